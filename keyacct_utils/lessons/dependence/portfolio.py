"""The mix of customers as a portfolio: its variance, the mixes of least risk, and what a customer
is worth at its risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog, minimize

from keyacct_utils.lessons.shared.amounts import Floats

__all__ = [
    "Mix",
    "efficient_frontier",
    "least_risk",
    "minimum_variance",
    "portfolio_variance",
    "required_return",
    "risk_adjusted_value",
    "scorecard_retention",
    "tangency",
]

Vector = pd.Series | Sequence[float] | npt.NDArray[Any]
Bounds = tuple[float, float] | Sequence[tuple[float, float]]
#: Below this share of the largest eigenvalue a covariance counts as singular.
SINGULAR = 1e-10
_TIGHT = 1e-9


class Mix(NamedTuple):
    """Shares by sector, and what the mix brings and risks, in the unit of the returns."""

    weights: pd.Series
    mean: float
    sd: float


def _names(*tables: object) -> list[Any] | None:
    for table in tables:
        if isinstance(table, pd.Series | pd.DataFrame):
            return list(table.index)
    return None


def _covariance(covariance: object, n: int, names: list[Any] | None) -> Floats:
    if isinstance(covariance, pd.DataFrame) and names is not None:
        if set(covariance.index) != set(names) or set(covariance.columns) != set(names):
            raise ValueError("covariance is of other names than the other arguments: align them")
        covariance = covariance.loc[names, names]
    matrix = np.asarray(covariance, dtype=float)
    if matrix.shape != (n, n):
        raise ValueError(
            f"covariance has shape {matrix.shape}: expected {n} rows and as many columns"
        )
    if not np.isfinite(matrix).all():
        raise ValueError("covariance holds missing or infinite values: more months are needed")
    if not np.allclose(matrix, matrix.T, rtol=1e-8, atol=1e-14):
        raise ValueError("covariance is not symmetric: rows and columns must say the same")
    values = np.linalg.eigvalsh(matrix)
    if values[-1] <= 0 or values[0] < -1e-8 * values[-1]:
        raise ValueError(
            "covariance is no covariance: a mix would have a variance below zero, or none has any"
        )
    return matrix


def _vector(name: str, values: object, names: list[Any] | None) -> Floats:
    if isinstance(values, pd.Series) and names is not None:
        if set(values.index) != set(names):
            raise ValueError(f"{name} is of other names than the other arguments: align them")
        values = values.loc[names]
    found = np.asarray(values, dtype=float)
    if found.ndim != 1 or not len(found):
        raise ValueError(f"{name} must be one number for each, got shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds missing or infinite values: leave these out")
    return found


def _regular(matrix: Floats) -> Floats:
    values = np.linalg.eigvalsh(matrix)
    if values[0] <= SINGULAR * values[-1]:
        raise ValueError(
            "covariance is singular: two of them move as one, one does not move, or there are "
            "fewer months than columns; leave one out, or take single_index_covariance"
        )
    return matrix


def portfolio_variance(weights: Vector, covariance: pd.DataFrame | npt.NDArray[Any]) -> float:
    """How much does a mix as a whole vary?

    Parameters
    ----------
    weights : share of each sector or account (fractions; they need not add up to 1).
    covariance : of their growths or returns, n x n, symmetric.

    Returns
    -------
    float : w' S w, in the squared unit of the growth; its root is the standard deviation.

    Raises
    ------
    ValueError : shapes or names that do not fit, missing values, a matrix that is not symmetric or
        no covariance.

    References
    ----------
    Markowitz 1952, Portfolio Selection, Journal of Finance 7(1).
    """
    names = _names(weights, covariance)
    w = _vector("weights", weights, names)
    return float(w @ _covariance(covariance, len(w), names) @ w)


def _mix(w: Floats, mu: Floats, matrix: Floats, names: list[Any] | None) -> Mix:
    weights = pd.Series(w, index=names, dtype=float, name="weight")
    return Mix(weights, float(w @ mu), float(np.sqrt(max(0.0, float(w @ matrix @ w)))))


def minimum_variance(returns: Vector, covariance: pd.DataFrame | npt.NDArray[Any]) -> Mix:
    """Which mix varies least, if shares may be below zero?

    Parameters
    ----------
    returns, covariance : expected return of each, and how they vary together.

    Raises
    ------
    ValueError : as `portfolio_variance`; a singular covariance.

    Notes
    -----
    S^-1 1 / (1' S^-1 1).
    """
    names = _names(returns, covariance)
    mu = _vector("returns", returns, names)
    matrix = _regular(_covariance(covariance, len(mu), names))
    raw = np.linalg.solve(matrix, np.ones(len(mu)))
    return _mix(raw / raw.sum(), mu, matrix, names)


def tangency(
    returns: Vector, covariance: pd.DataFrame | npt.NDArray[Any], riskless: float
) -> tuple[Mix, float]:
    """Which mix brings most over a riskless return for its standard deviation?

    Returns
    -------
    (Mix, float) : the mix and its Sharpe ratio, (mean - riskless) / sd.

    Raises
    ------
    ValueError : as `minimum_variance`; no mix brings more than the riskless return.

    Notes
    -----
    S^-1 (mu - r) / (1' S^-1 (mu - r)).

    References
    ----------
    Bodie, Kane & Marcus, Investments, chapter on optimal risky portfolios.
    """
    names = _names(returns, covariance)
    mu = _vector("returns", returns, names)
    matrix = _regular(_covariance(covariance, len(mu), names))
    raw = np.linalg.solve(matrix, mu - riskless)
    if raw.sum() <= 0:
        raise ValueError(
            f"riskless is {riskless:g}: the mix of least risk brings no more; take a lower one"
        )
    mix = _mix(raw / raw.sum(), mu, matrix, names)
    return mix, (mix.mean - riskless) / mix.sd


def _limits(bounds: Bounds, n: int) -> list[tuple[float, float]]:
    given: list[Any] = [bounds] * n if np.ndim(bounds) == 1 else list(bounds)
    if len(given) != n:
        raise ValueError(f"bounds has {len(given)} pairs: expected one, or {n}")
    pairs = []
    for pair in given:
        if np.shape(pair) != (2,) or not pair[0] <= pair[1]:
            raise ValueError(f"bounds has {pair!r}: expected (least, most) of a share")
        pairs.append((float(pair[0]), float(pair[1])))
    low, high = (sum(pair[side] for pair in pairs) for side in (0, 1))
    if low > 1 + _TIGHT or high < 1 - _TIGHT:
        raise ValueError(
            f"bounds let the shares add up to {low:g} to {high:g}, and never to 1: widen them"
        )
    return pairs


def _solve(
    target: float, mu: Floats, matrix: Floats, limits: list[tuple[float, float]], start: Floats
) -> Floats:
    unit = float(np.trace(matrix)) / len(mu)
    scaled = matrix / unit
    # A return that is the same for all says nothing, and SLSQP takes no constraint twice.
    same = np.ptp(mu) <= _TIGHT * max(1.0, float(np.abs(mu).max()))
    constraints = [{"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones_like(w)}]
    if not same:
        constraints.append({"type": "eq", "fun": lambda w: w @ mu - target, "jac": lambda w: mu})
    found = minimize(
        lambda w: float(w @ scaled @ w),
        start,
        jac=lambda w: 2 * scaled @ w,
        bounds=limits,
        constraints=constraints,
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    if not found.success:
        raise ValueError(f"no mix was found for a return of {target:g}: {found.message}")
    return np.asarray(np.clip(found.x, [low for low, _ in limits], [high for _, high in limits]))


def _reach(mu: Floats, limits: list[tuple[float, float]], sign: int) -> Floats:
    found = linprog(sign * mu, A_eq=np.ones((1, len(mu))), b_eq=[1.0], bounds=limits)
    return np.asarray(found.x)


def least_risk(
    returns: Vector,
    covariance: pd.DataFrame | npt.NDArray[Any],
    target: float,
    bounds: Bounds = (0.0, 1.0),
) -> Mix:
    """Which mix brings a given return at the least risk?

    Parameters
    ----------
    returns : expected return of each (contribution per yuan of effort, say).
    covariance : of the returns, in the squared unit of theirs.
    target : the return that the mix shall bring.
    bounds : least and most share of each: one pair for all, or one pair each.

    Returns
    -------
    Mix : weights (add up to 1), mean, sd.

    Raises
    ------
    ValueError : as `portfolio_variance`; a singular covariance; bounds that cannot add up to 1; a
        target that no mix within them brings.

    Notes
    -----
    min w' S w with sum w = 1, w' mu = target, by sequential least squares (SLSQP).

    References
    ----------
    Markowitz 1952; Kraft 1988 (SLSQP), DFVLR-FB 88-28.
    """
    names = _names(returns, covariance)
    mu = _vector("returns", returns, names)
    matrix = _regular(_covariance(covariance, len(mu), names))
    limits = _limits(bounds, len(mu))
    worst, best = (_reach(mu, limits, sign) for sign in (1, -1))
    low, high = float(worst @ mu), float(best @ mu)
    room = _TIGHT * max(1.0, abs(high))
    if not low - room <= target <= high + room:
        raise ValueError(
            f"target is {target:g}: within the bounds a mix brings {low:g} to {high:g}"
        )
    part = 0.5 if high - low <= room else (target - low) / (high - low)
    start = worst + min(1.0, max(0.0, part)) * (best - worst)
    return _mix(_solve(target, mu, matrix, limits, start), mu, matrix, names)


def efficient_frontier(
    returns: Vector,
    covariance: pd.DataFrame | npt.NDArray[Any],
    bounds: Bounds = (0.0, 1.0),
    points: int = 15,
) -> pd.DataFrame:
    """What is the least risk at each return (efficient frontier, 有效前沿)?

    Parameters
    ----------
    returns, covariance, bounds : as `least_risk`.
    points : mixes from the one of least risk to the one of most return, at least 2.

    Returns
    -------
    DataFrame, one row per mix: mean, sd, and the share of each.

    Raises
    ------
    ValueError : as `least_risk`; fewer than 2 points.
    """
    if points < 2:
        raise ValueError(f"points is {points}: a frontier has at least 2")
    names = _names(returns, covariance)
    mu = _vector("returns", returns, names)
    matrix = _regular(_covariance(covariance, len(mu), names))
    limits = _limits(bounds, len(mu))
    best = _reach(mu, limits, -1)
    start = np.clip(np.full(len(mu), 1 / len(mu)), *np.array(limits).T)
    calm = _solve(0.0, np.zeros(len(mu)), matrix, limits, start)
    rows = []
    for part in np.linspace(0, 1, points):
        between = calm + part * (best - calm)
        w = _solve(float(between @ mu), mu, matrix, limits, between)
        mix = _mix(w, mu, matrix, names)
        rows.append([mix.mean, mix.sd, *mix.weights])
    columns = names if names is not None else [f"share {n}" for n in range(len(mu))]
    return pd.DataFrame(rows, columns=["mean", "sd", *columns])


def required_return(beta: float, riskless: float, premium: float) -> float:
    """At which rate must the cash of a customer with this beta be discounted?

    Parameters
    ----------
    beta : of the customer.
    riskless : rate of safe money (a fraction a year).
    premium : what is asked for bearing the risk of the market (a fraction a year), from 0 to 1.

    Raises
    ------
    ValueError : values that are no finite numbers; a premium below zero or above one; a rate of -1
        or less.

    Notes
    -----
    riskless + beta x premium (capital asset pricing model).

    References
    ----------
    Sharpe 1964, Journal of Finance 19(3); Dhar & Glazer 2003, HBR May.
    """
    for name, value in (("beta", beta), ("riskless", riskless), ("premium", premium)):
        if not isinstance(value, Real) or not np.isfinite(value):
            raise ValueError(f"{name} is {value!r}: expected a number")
    if not 0 <= premium <= 1:
        raise ValueError(
            f"premium is {premium:g}: risk is paid for by a fraction a year from 0 to 1; 6 % is "
            "0.06"
        )
    rate = riskless + beta * premium
    if rate <= -1:
        raise ValueError(f"riskless + beta x premium is {rate:g}: a rate of -1 or less is none")
    return float(rate)


def risk_adjusted_value(
    margin: float,
    retention: float,
    beta: float,
    *,
    riskless: float = 0.03,
    premium: float = 0.06,
    growth: float = 0.0,
    horizon: int | None = None,
    first_margin: Literal["end", "now"] = "end",
) -> float:
    """What is a customer worth, if its cash is discounted at the rate that its beta asks for?

    Parameters
    ----------
    margin : of a year (currency).
    retention : chance to be a customer for another year, from 0 to 1.
    beta, riskless, premium : see `required_return`.
    growth : of the margin a year.
    horizon : years that count; all of them where None.
    first_margin : "end": the first margin comes in a year, if the customer is still there; "now":
        one margin more, at once.

    Returns
    -------
    float : currency of today.

    Raises
    ------
    ValueError : a retention that is no share; a horizon below 1; a value without end (margins that
        grow as fast as they are discounted and lost).

    Notes
    -----
    sum over t of m (1 + g)^(t-1) r^t / (1 + k)^t, k = riskless + beta x premium; without horizon
    and growth m r / (1 + k - r).

    References
    ----------
    Gupta & Lehmann 2003, Journal of Interactive Marketing 17(1); Ryals & Knox 2005, European
    Journal of Marketing 39.
    """
    if not 0 <= retention <= 1:
        raise ValueError(f"retention is {retention:g}: a share from 0 to 1; 90 % is 0.9")
    if first_margin not in ("end", "now"):
        raise ValueError(f"first_margin is {first_margin!r}; use 'end' or 'now'")
    if not (np.isfinite(margin) and np.isfinite(growth) and growth > -1):
        raise ValueError(f"margin is {margin!r}, growth {growth!r}: numbers, growth above -1")
    step = (1 + growth) * retention / (1 + required_return(beta, riskless, premium))
    if horizon is not None and horizon < 1:
        raise ValueError(f"horizon is {horizon}: at least 1 year, or None for all")
    if horizon is None and step >= 1:
        raise ValueError(
            "the margins never fade (retention x growth outruns the rate): name a horizon"
        )
    years = np.arange(1, (horizon or 0) + 1)
    total = step / (1 - step) if horizon is None else float((step**years).sum())
    return float(margin * (total / (1 + growth) + (first_margin == "now")))


#: Chance of staying at the ends of a scorecard from 0 to 10 and at its middle (assumption).
ANCHORS = {0.0: 0.50, 5.0: 0.85, 10.0: 0.97}


def scorecard_retention(
    scores: pd.DataFrame | pd.Series,
    weights: Mapping[str, float] | None = None,
    anchors: Mapping[float, float] = ANCHORS,
) -> pd.Series:
    """Which chance of staying does a relationship scorecard give each account?

    Parameters
    ----------
    scores : points by account: a Series, or a DataFrame with one column per criterion.
    weights : of the criteria, above zero; all alike where not given.
    anchors : chance of staying (0 to 1) at some scores, as the managers of the accounts set them;
        between two of them a straight line. They are a judgement until renewals test them.

    Returns
    -------
    Series by account: retention, a share.

    Raises
    ------
    ValueError : scores missing or outside the anchors; weights of other columns; fewer than two
        anchors, or a chance that is no share.

    References
    ----------
    Ryals & Knox 2007, Industrial Marketing Management 36: relationship scorecards of key accounts.
    """
    places = sorted(float(place) for place in anchors)
    chances = [float(chance) for _, chance in sorted(anchors.items())]
    if len(places) < 2 or not all(0 <= chance <= 1 for chance in chances):
        raise ValueError("anchors needs two scores or more, each with a chance from 0 to 1")
    table = scores.to_frame("score") if isinstance(scores, pd.Series) else scores
    if not len(table) or not table.shape[1]:
        raise ValueError("scores is empty: one row per account is needed")
    parts = dict.fromkeys(table.columns, 1.0) if weights is None else dict(weights)
    if set(parts) != set(table.columns) or not all(value > 0 for value in parts.values()):
        raise ValueError("weights must name the columns of scores, each above zero")
    w = pd.Series(parts, dtype=float)
    values = (table.astype(float) * w).sum(axis=1, skipna=False) / w.sum()
    if values.isna().any():
        raise ValueError(f"scores: {values.isna().sum()} accounts lack points: fill or drop them")
    if ((values < places[0]) | (values > places[-1])).any():
        raise ValueError(f"scores lie outside the anchors, {places[0]:g} to {places[-1]:g}")
    found = np.interp(values.to_numpy(), places, chances)
    return pd.Series(found, index=values.index, name="retention")
