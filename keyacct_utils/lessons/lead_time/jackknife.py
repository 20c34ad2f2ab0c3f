"""How sure is an estimate that solves equations? Leave out one account after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
#: Numbers that the slopes of all rows may hold; beyond that no account weighs anything alone.
MOST_CELLS = 20_000_000
#: Of the largest: directions in which the equations without an account say nothing.
FLAT = 1e-12


class Term(NamedTuple):
    """Slopes of some equations by some parameters: of each row the left times the right."""

    equations: slice
    parameters: slice
    left: Floats
    right: Floats


class Equations(NamedTuple):
    """Equations whose sum over the rows an estimate makes 0."""

    #: What each row adds to each equation.
    parts: Floats
    #: The slopes of it.
    terms: tuple[Term, ...]
    #: The estimate is this combination of the parameters.
    of: Floats


def spread(
    equations: Equations, clusters: npt.NDArray[Any] | None = None, leave_out: bool = True
) -> tuple[float, int]:
    """Standard error of an estimate, and the number of clusters that it rests on.

    Each cluster is left out once, and the equations are solved anew by one step of Newton's method
    (for least squares that is exact). So a cluster that draws the estimate to itself is judged by
    the others.

    Parameters
    ----------
    clusters : of each row; every row by itself without them.
    leave_out : False for the error of a large sample (the sandwich), which takes the slopes of all
        rows each time; that is taken too where the slopes of all rows are more than `MOST_CELLS`.

    Notes
    -----
    Without g the parameters move by the inverse of (A - A_g) times psi_g, where psi_g is what g
    adds to the equations and A the sum of all slopes. The variance is (G - 1) / G times the sum of
    the squared moves.

    References
    ----------
    Stefanski & Boos 2002, The American Statistician 56(1), 29-38 (estimating equations). MacKinnon,
    Nielsen & Webb 2023, Journal of Applied Econometrics 38(5), 671-694 (jackknife of clusters).
    """
    n, size = equations.parts.shape
    owner = np.arange(n) if clusters is None else pd.factorize(clusters)[0]
    row = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(owner[row]) > 0])
    groups = len(starts)
    parts = np.add.reduceat(equations.parts[row], starts)
    leave_out = leave_out and n * size**2 <= MOST_CELLS
    slopes = np.zeros((groups if leave_out else 1, size, size))
    for equation, parameter, left, right in equations.terms:
        if leave_out:
            each = left[row][:, :, None] * right[row][:, None, :]
            slopes[:, equation, parameter] += np.add.reduceat(each, starts)
        else:
            slopes[0, equation, parameter] += left.T @ right
    rest = slopes.sum(axis=0) - (slopes if leave_out else 0.0)
    moved = (np.linalg.pinv(rest, rcond=FLAT) @ parts[:, :, None])[:, :, 0] @ equations.of
    return float(np.sqrt((groups - 1) / groups * (moved**2).sum())), groups


def least_squares(y: Floats, x: Floats, place: int) -> tuple[float, Equations]:
    """Coefficient of the column at that place, and the equations that least squares solve."""
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    every = slice(0, x.shape[1])
    parts = x * (y - x @ found)[:, None]
    of = np.eye(x.shape[1])[place]
    return float(found[place]), Equations(parts, (Term(every, every, -x, x),), of)
