"""A jump at a cut: are accounts just over a threshold served otherwise than those just below it
(断点回归), lesson N12.

``x`` is what the cut is drawn in (monthly spend, its logarithm), ``y`` what may jump (minutes of
service, a discount). Both are arrays or Series of the same length, without missing values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Floats, fraction

__all__ = ["Density", "Jump", "density_check", "placebo_jumps", "threshold_jump"]

#: Accounts on a side without which no line is drawn there.
FEWEST_BESIDE = 10
#: Nearest neighbours of the variance (Abadie & Imbens 2006; three in Armstrong & Kolesár).
NEIGHBOURS = 3
#: Bandwidths that are tried between the smallest and the largest possible one.
TRIED = 60
#: Powers of the curve that tells how strongly a side bends.
POWERS = 4
KERNELS = {
    "triangular": lambda u: np.clip(1 - np.abs(u), 0, None),
    "uniform": lambda u: (np.abs(u) <= 1).astype(float),
}


class Jump(NamedTuple):
    """A jump at a cut: the height just at or above it less the height just below it.

    ``low`` and ``high`` hold it with the stated confidence whatever the curve does, as long as it
    bends by no more than ``curvature``; ``bias`` is the most by which such a curve can mislead the
    two lines, ``se`` the standard error, ``below`` and ``above`` the accounts within the bandwidth.
    """

    jump: float
    low: float
    high: float
    se: float
    bias: float
    bandwidth: float
    curvature: float
    below: int
    above: int
    #: The heights of the two lines at the cut.
    left: float
    right: float
    #: Standard deviation of y between accounts of the same x, within the bandwidth.
    spread: float


class Density(NamedTuple):
    """Whether accounts gather on one side of a cut: logarithm of the density just above over that
    just below, its standard error, and the p-value of no difference.
    """

    log_ratio: float
    se: float
    p: float
    bandwidth: float


def _pair(x: ArrayLike, y: ArrayLike, cut: float) -> tuple[Floats, Floats]:
    try:
        a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("x and y: expected numbers; convert the columns first") from None
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"x has {a.size} values and y {b.size}: expected one of each per account")
    if not np.isfinite(cut):
        raise ValueError(f"cut is {cut}: expected a finite number, in the unit of x")
    if bad := int((~np.isfinite(a) | ~np.isfinite(b)).sum()):
        raise ValueError(f"x and y: {bad} accounts have a value that is missing or not finite")
    return a - cut, b


def _need_sides(x: Floats, what: str = "") -> None:
    below, above = len(np.unique(x[x < 0])), len(np.unique(x[x >= 0]))
    if min(below, above) < FEWEST_BESIDE:
        raise ValueError(
            f"x has {below} different values below the cut and {above} at or above it{what}: a "
            "line "
            f"on each side takes at least {FEWEST_BESIDE}; choose another cut or a wider "
            "bandwidth"
        )


def _weights(x: Floats, side: np.ndarray, width: float, kernel: str) -> Floats:
    """Weights w of the observations on one side, so that sum w y is the height at the cut."""
    k = np.where(side, KERNELS[kernel](x / width), 0.0)
    s0, s1, s2 = k.sum(), (k * x).sum(), (k * x * x).sum()
    scale = s0 * s2 - s1 * s1
    # one value of x with all the weight draws no line
    if not scale > 1e-12 * max(s0 * s2, 1e-300):
        return np.full(len(x), np.nan)
    return np.asarray(k * (s2 - s1 * x) / scale)


def _variances(x: Floats, y: Floats) -> Floats:
    """Variance of each y by its nearest neighbours on the same side of the cut."""
    found = np.empty(len(x))
    for side in (x < 0, x >= 0):
        own = np.flatnonzero(side)
        order = own[np.argsort(x[own], kind="stable")]
        place, values = x[order], y[order]
        near = min(NEIGHBOURS, len(order) - 1)
        for i in range(len(order)):
            low, high = max(0, i - near), min(len(order), i + near + 1)
            gaps = np.abs(place[low:high] - place[i])
            gaps[i - low] = np.inf
            limit = np.partition(gaps, near - 1)[near - 1]
            # all at the same distance count, or the answer would hang on the order of the rows
            first = np.searchsorted(place, place[i] - limit - 1e-12, "left")
            last = np.searchsorted(place, place[i] + limit + 1e-12, "right")
            others = np.r_[values[first:i], values[i + 1 : last]]
            found[order[i]] = (values[i] - others.mean()) ** 2 * len(others) / (len(others) + 1)
    return found


def _bend(x: Floats, y: Floats) -> float:
    """The strongest bend of a curve of the fourth power, on either side."""
    bends = []
    for side in (x < 0, x >= 0):
        own = x[side]
        scale = float(np.abs(own).max())
        powers = min(POWERS, len(np.unique(own)) - 1)
        curve = np.polynomial.Polynomial.fit(own / scale, y[side], powers).convert()
        grid = np.linspace(own.min() / scale, own.max() / scale, 201)
        bends.append(float(np.abs(curve.deriv(2)(grid)).max()) / scale**2)
    return max(bends)


def critical_value(bias: float, confidence: float = 0.95) -> float:
    """How many standard errors wide must an interval be on either side, if the estimate may be off
    by ``bias`` standard errors?

    Notes
    -----
    The quantile of the size of N(bias, 1): 1.960 without bias, 2.181 at half a standard error.

    References
    ----------
    Armstrong & Kolesár 2018, Econometrica 86(2), 655-683.
    """
    if not np.isfinite(bias) or bias < 0:
        raise ValueError(f"bias is {bias}: expected 0 or more, in standard errors")
    fraction("confidence", confidence, one=False)
    return float(np.sqrt(stats.ncx2.ppf(confidence, 1, bias**2)))


def _at(x: Floats, width: float, kernel: str) -> tuple[Floats, Floats]:
    return _weights(x, x < 0, width, kernel), _weights(x, x >= 0, width, kernel)


def _worst_bias(x: Floats, lower: Floats, upper: Floats, curvature: float) -> float:
    return curvature / 2 * abs(float((lower * x**2).sum()) + float((upper * x**2).sum()))


def _best_width(x: Floats, variance: Floats, curvature: float, kernel: str) -> float:
    """The bandwidth with the least mean squared error that a curve so bent can bring."""
    inner = max(np.sort(-x[x < 0])[FEWEST_BESIDE - 1], np.sort(x[x >= 0])[FEWEST_BESIDE - 1])
    outer = float(np.abs(x).max())
    widths = np.geomspace(
        max(inner, outer * 1e-6) * (1 + 1e-9), max(outer, inner) * 1.000001, TRIED
    )
    best, least = float(widths[-1]), np.inf
    for width in widths:
        lower, upper = _at(x, width, kernel)
        risk = (
            _worst_bias(x, lower, upper, curvature) ** 2 + ((lower**2 + upper**2) * variance).sum()
        )
        if np.isfinite(risk) and risk < least:
            best, least = float(width), float(risk)
    return best


def threshold_jump(
    x: ArrayLike,
    y: ArrayLike,
    cut: float,
    bandwidth: float | None = None,
    curvature: float | None = None,
    kernel: str = "triangular",
    confidence: float = 0.95,
) -> Jump:
    """How far does ``y`` jump where ``x`` reaches the cut?

    Parameters
    ----------
    x, y : one value per account; those with x at the cut belong to the upper side.
    cut : the threshold, in the unit of x.
    bandwidth : only accounts so near to the cut are used, in the unit of x. None takes the one with
        the least worst-case mean squared error; it is in the answer.
    curvature : the most that the curve may bend (second derivative, unit of y per unit of x
        squared). None takes the strongest bend of a curve of the fourth power on either side: a
        rule of thumb and no proof; state your own where you know better. 0 says: straight lines.
    kernel : "triangular" weighs near accounts more, "uniform" all alike.
    confidence : of the interval.

    Returns
    -------
    Jump : in the unit of y.

    Raises
    ------
    ValueError : fewer than ten different values of x on a side (within the bandwidth), values that
        are missing, a bandwidth of zero or less, a curvature below zero, a kernel that is unknown.

    Notes
    -----
    A line on each side by weighted least squares, both read at the cut (local linear regression).
    Variances by three nearest neighbours. The interval is estimate +- cv(bias / se) se, where bias
    = M/2 abs(sum w x^2) over both sides is the most that a curve with abs(f'') <= M can mislead the
    lines, and cv the quantile of `critical_value`: it covers without any under-smoothing. Source
    S000-5f.

    References
    ----------
    Armstrong & Kolesár 2020, Quantitative Economics 11(1), 1-39; Imbens & Lemieux 2008, Journal of
    Econometrics 142(2).
    """
    a, b = _pair(x, y, cut)
    if kernel not in KERNELS:
        raise ValueError(f"kernel is {kernel!r}: expected one of {', '.join(KERNELS)}")
    if bandwidth is not None and not (np.isfinite(bandwidth) and bandwidth > 0):
        raise ValueError(f"bandwidth is {bandwidth}: expected more than 0, in the unit of x")
    if curvature is not None and not (np.isfinite(curvature) and curvature >= 0):
        raise ValueError(f"curvature is {curvature}: expected 0 (straight) or more")
    fraction("confidence", confidence, one=False)
    _need_sides(a)
    bend = _bend(a, b) if curvature is None else float(curvature)
    variance = _variances(a, b)
    width = _best_width(a, variance, bend, kernel) if bandwidth is None else float(bandwidth)
    near = np.abs(a) < width if kernel == "triangular" else np.abs(a) <= width
    _need_sides(a[near], f" within the bandwidth of {width:g}")
    lower, upper = _at(a, width, kernel)
    left, right = float((lower * b).sum()), float((upper * b).sum())
    se = float(np.sqrt(((lower**2 + upper**2) * variance).sum()))
    bias = _worst_bias(a, lower, upper, bend)
    half = critical_value(bias / se, confidence) * se if se > 0 else bias
    jump = right - left
    below, above = int((near & (a < 0)).sum()), int((near & (a >= 0)).sum())
    spread = float(np.sqrt(variance[near].mean()))
    limits = (jump - half, jump + half)
    return Jump(jump, *limits, se, bias, width, bend, below, above, left, right, spread)


def placebo_jumps(
    x: ArrayLike,
    y: ArrayLike,
    cut: float,
    cuts: Sequence[float] | None = None,
    **options: float | None,
) -> pd.DataFrame:
    """Does ``y`` jump as much where there is no cut?

    Parameters
    ----------
    x, y, cut : as `threshold_jump` takes them.
    cuts : false cuts; None takes the quartiles of x on each side. A cut below the true one uses the
        accounts below it only, so that the true jump cannot leak in.
    options : curvature, kernel, confidence of `threshold_jump`.

    Returns
    -------
    DataFrame by cut: jump, low, high, told (bool: the interval leaves zero out); a false cut
        without ten accounts on either side has no row.

    Raises
    ------
    ValueError : what `threshold_jump` refuses.

    References
    ----------
    Imbens & Lemieux 2008, Journal of Econometrics 142(2), 615-635, section 7.
    """
    a, b = _pair(x, y, cut)
    where = np.asarray(x, dtype=float)
    if cuts is None:
        _need_sides(a)
        cuts = [
            float(np.quantile(where[side], q))
            for side in (a < 0, a >= 0)
            for q in (0.25, 0.5, 0.75)
        ]
    rows = {}
    for false in cuts:
        if false == cut:
            raise ValueError(f"cuts hold {false:g}, which is the true cut: leave it out")
        side = where < cut if false < cut else where >= cut
        try:
            found = threshold_jump(where[side], b[side], false, **options)  # type: ignore[arg-type]
        except ValueError as error:
            if "takes at least" not in str(error):
                raise
            continue
        rows[float(false)] = (found.jump, found.low, found.high, found.low > 0 or found.high < 0)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["jump", "low", "high", "told"])
    return table.rename_axis("cut")


def density_check(x: ArrayLike, cut: float, bandwidth: float | None = None) -> Density:
    """Do accounts gather just over or just below the cut, as if somebody had moved them?

    Parameters
    ----------
    x : one value per account.
    cut : the threshold, in the unit of x.
    bandwidth : accounts so near to the cut are counted; None takes half the distance from the cut
        to the nearer end of x, at least as far as ten accounts on each side.

    Returns
    -------
    Density : a small p says that the accounts just over the cut are not comparable with those
        below.

    Raises
    ------
    ValueError : fewer than ten different values of x on a side.

    Notes
    -----
    Counts of narrow bins, a weighted line through them on each side, and the difference of the
    logarithms of both heights at the cut; its variance is 24/5 (1/f+ + 1/f-) / (n h).

    References
    ----------
    McCrary 2008, Journal of Econometrics 142(2), 698-714.
    """
    a, _ = _pair(x, np.zeros(np.size(x)), cut)
    if bandwidth is not None and not (np.isfinite(bandwidth) and bandwidth > 0):
        raise ValueError(f"bandwidth is {bandwidth}: expected more than 0, in the unit of x")
    _need_sides(a)
    least = max(np.sort(-a[a < 0])[FEWEST_BESIDE - 1], np.sort(a[a >= 0])[FEWEST_BESIDE - 1])
    width = max(min(-a.min(), a.max()) / 2, float(least)) if bandwidth is None else float(bandwidth)
    n = len(a)
    bins = max(10, int(np.ceil(2 * np.sqrt(n))))
    step = width / bins
    edges = np.arange(-bins, bins + 1) * step
    heights = np.histogram(a, edges)[0] / (n * step)
    middle = (edges[:-1] + edges[1:]) / 2
    lower, upper = (float((w * heights).sum()) for w in _at(middle, width, "triangular"))
    if min(lower, upper) <= 0:
        raise ValueError(
            f"x: next to no account within {width:g} on one side of the cut; choose a wider "
            "bandwidth"
        )
    ratio = float(np.log(upper / lower))
    se = float(np.sqrt(24 / 5 * (1 / upper + 1 / lower) / (n * width)))
    return Density(ratio, se, float(2 * stats.norm.sf(abs(ratio / se))), width)
