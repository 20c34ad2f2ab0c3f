"""What a visit brings, and whom to visit (走访响应与分配), lesson N12."""

from __future__ import annotations

import heapq
import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import minimize_scalar

from keyacct_utils.lessons.shared.amounts import Floats, fraction
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["Response", "allocate_visits", "fit_response", "marginal", "plan_value", "response"]

#: Speeds of saturation that are tried: from a straight line to all with a fraction of a visit,
#: times one over the largest number of visits.
SPEEDS = (1e-3, 1e2)
GRID = 2001
#: Different numbers of visits without which no curve is drawn.
FEWEST_DOSES = 3


class Response(NamedTuple):
    """The curve a (1 - exp(-k v)): what v visits bring, with 95 % (or other) limits.

    An upper limit of a may be infinite and a lower one of k zero: then the trials do not tell where
    the curve levels off.
    """

    a: float
    k: float
    a_low: float
    a_high: float
    k_low: float
    k_high: float
    #: Standard deviation of a trial around the curve; trials.
    spread: float
    n: int

    @property
    def told(self) -> bool:
        """Whether the trials tell where the curve levels off, and that visits bring something."""
        return self.a_low > 0 and self.k_low > 0 and math.isfinite(self.a_high + self.k_high)


def response(visits: ArrayLike, a: ArrayLike, k: ArrayLike) -> Floats:
    """What so many visits bring: a (1 - exp(-k v)), in the unit of a."""
    return np.asarray(
        np.asarray(a, dtype=float) * -np.expm1(-np.asarray(k, dtype=float) * np.asarray(visits)),
        dtype=float,
    )


def marginal(visits: ArrayLike, a: ArrayLike, k: ArrayLike) -> Floats:
    """What the next visit brings after so many: a exp(-k v) (1 - exp(-k)), in the unit of a."""
    rate = np.asarray(k, dtype=float)
    return np.asarray(
        np.asarray(a, dtype=float) * np.exp(-rate * np.asarray(visits)) * -np.expm1(-rate),
        dtype=float,
    )


def _shapes(v: Floats, k: Floats) -> Floats:
    """1 - exp(-k v), one row per k; scaled so that a slow one is a line and no nothing."""
    return -np.expm1(-np.outer(k, v))


def fit_response(visits: ArrayLike, contribution: ArrayLike, confidence: float = 0.95) -> Response:
    """What do visits bring, and where does it level off?

    Parameters
    ----------
    visits : visits in the period, one per trial: 0 or more, at least three different numbers. They
        should have been set by lot: where managers choose, they visit whom they expect to buy.
    contribution : what the trial brought above what it would have brought without any visit, in a
        unit of your own; trials with 0 visits count towards the spread only.
    confidence : of the limits.

    Returns
    -------
    Response : a (at most, in the unit of the contribution), k (per visit) and their limits.

    Raises
    ------
    ValueError : lengths that differ, values that are missing, visits below zero, fewer than three
        numbers of visits or five trials, contributions that do not rise with visits.

    Notes
    -----
    Least squares of a (1 - exp(-k v)); for each k the best a is a ratio of sums, so one number is
    searched. Limits by profile: all values at which the sum of squares is below its least times
    1 + F(1, n - 2) / (n - 2). Source S002-5b, S000-4e.

    References
    ----------
    Lodish 1971, Management Science 18(4); Bates & Watts 1988, Nonlinear Regression Analysis and Its
    Applications, ch. 6.
    """
    fraction("confidence", confidence, one=False)
    try:
        v, y = np.asarray(visits, dtype=float), np.asarray(contribution, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("visits and contribution: expected numbers") from None
    if v.ndim != 1 or v.shape != y.shape:
        raise ValueError(
            f"visits has {v.size} values and contribution {y.size}: expected one of each per trial"
        )
    if bad := int((~np.isfinite(v) | ~np.isfinite(y)).sum()):
        raise ValueError(f"visits and contribution: {bad} trials have a value that is missing")
    if (v < 0).any():
        raise ValueError(f"visits: {int((v < 0).sum())} are below zero")
    doses = len(np.unique(v))
    if doses < FEWEST_DOSES or len(v) < FEWEST_DOSES + 2 or not v.any():
        raise ValueError(
            f"visits: {len(v)} trials with {doses} different numbers of visits; a curve takes at "
            f"least {FEWEST_DOSES} of them and {FEWEST_DOSES + 2} trials"
        )
    n, top = len(v), float(v.max())
    speeds = np.geomspace(SPEEDS[0] / top, SPEEDS[1] / top, GRID)
    shapes = _shapes(v, speeds)
    squares, mixed = (shapes**2).sum(axis=1), shapes @ y
    heights = mixed / squares
    errors = (y**2).sum() - mixed * heights

    def error(log_k: float) -> float:
        shape = _shapes(v, np.array([math.exp(log_k)]))[0]
        return float((y**2).sum() - (shape @ y) ** 2 / (shape @ shape))

    best = int(np.argmin(errors))
    ends = np.log(speeds[[max(best - 1, 0), min(best + 1, GRID - 1)]])
    k = math.exp(float(minimize_scalar(error, bounds=tuple(ends), method="bounded").x))
    shape = _shapes(v, np.array([k]))[0]
    a = float((shape @ y) / (shape @ shape))
    if not a > 0:
        raise ValueError(
            "contribution does not rise with visits: the best curve falls; a plan of visits cannot "
            "be drawn from these trials"
        )
    least = float(((y - a * shape) ** 2).sum())
    limit = least * (1 + stats.f.ppf(confidence, 1, n - 2) / (n - 2))
    inside = errors <= max(limit, float(errors.min()))
    room = np.sqrt(np.clip(limit - errors[inside], 0, None) / squares[inside])
    lows, highs = heights[inside] - room, heights[inside] + room
    first, last = np.flatnonzero(inside)[[0, -1]]
    return Response(
        a=a,
        k=k,
        a_low=max(0.0, min(float(lows.min()), a)),
        a_high=math.inf if first == 0 else max(float(highs.max()), a),
        k_low=0.0 if first == 0 else min(float(speeds[first]), k),
        k_high=math.inf if last == GRID - 1 else max(float(speeds[last]), k),
        spread=math.sqrt(least / (n - 2)),
        n=n,
    )


def _whole(name: str, value: float) -> int:
    if isinstance(value, bool) or not math.isfinite(value) or value < 0 or value != int(value):
        raise ValueError(f"{name} is {value!r}: expected a whole number of visits, 0 or more")
    return int(value)


def _per_account(name: str, value: pd.Series | float, index: pd.Index) -> list[int]:
    if isinstance(value, pd.Series):
        lost = index.difference(value.index)
        if len(lost):
            raise ValueError(f"{name} has no value for {some(lost)}")
        return [_whole(name, float(v)) for v in value.reindex(index)]
    return [_whole(name, float(value))] * len(index)


def allocate_visits(
    accounts: pd.DataFrame,
    total: int,
    minimum: pd.Series | int = 0,
    maximum: pd.Series | int | None = None,
) -> pd.DataFrame:
    """Whom to visit how often, so that the visits together bring the most?

    Parameters
    ----------
    accounts : by account_id: a (what visits bring at most, currency a period) and k (per visit),
        both 0 or more.
    total : visits that can be made in the period, a whole number.
    minimum, maximum : visits per account, one for all or a Series by account_id; no maximum by
        default.

    Returns
    -------
    DataFrame by account_id: visits, contribution (currency), last (what the last visit brings;
    missing
        without any), following (what one more would bring).

    Raises
    ------
    ValueError : missing columns, values that are missing or negative, a total below the minimum
        cover (says how many are missing), a maximum below the minimum.

    Notes
    -----
    The next visit goes where it brings the most, until none is left. Because each further visit to
    an account brings less than the one before, no other plan of as many visits brings more (an
    exchange of any two visits loses). Ties go to the first account_id. A visit goes nowhere where
    it brings nothing.

    References
    ----------
    Lodish 1971, CALLPLAN, Management Science 18(4), P25-P40; Ibaraki & Katoh 1988, Resource
    Allocation Problems, ch. 4 (greedy is optimal for separable concave returns).
    """
    need_columns(accounts, ("a", "k"), "accounts")
    if not len(accounts):
        raise ValueError("accounts has no rows: nobody to visit")
    if not accounts.index.is_unique:
        raise ValueError("accounts: account ids are repeated")
    frame = accounts.sort_index(kind="stable")
    values = {}
    for name in ("a", "k"):
        column = to_number(frame[name], f"accounts.{name}")
        if column.isna().any() or (column < 0).any() or np.isinf(column).any():
            raise ValueError(f"accounts.{name}: expected finite numbers of 0 or more, none missing")
        values[name] = column.to_numpy()
    a, k = values["a"], values["k"]
    total = _whole("total", total)
    least = _per_account("minimum", minimum, frame.index)
    most = [total] * len(frame)
    if maximum is not None:
        most = _per_account("maximum", maximum, frame.index)
    if any(low > high for low, high in zip(least, most, strict=True)) and maximum is not None:
        raise ValueError("maximum is below the minimum for some accounts")
    if sum(least) > total:
        raise ValueError(
            f"total is {total} visits, the minimum cover takes {sum(least)}: "
            f"{sum(least) - total} are missing; lower the minimum or find more visits"
        )
    visits = list(least)
    gains = marginal(np.array(visits), a, k)
    queue = [(-gain, i) for i, gain in enumerate(gains) if gain > 0 and visits[i] < most[i]]
    heapq.heapify(queue)
    left, fades = total - sum(visits), np.exp(-k)
    while left and queue:
        gain, i = heapq.heappop(queue)
        visits[i] += 1
        left -= 1
        if gain * fades[i] < 0 and visits[i] < most[i]:
            heapq.heappush(queue, (gain * fades[i], i))
    made = np.array(visits)
    found = pd.DataFrame(
        {
            "visits": made,
            "contribution": response(made, a, k),
            "last": np.where(made > 0, marginal(made - 1, a, k), np.nan),
            "following": marginal(made, a, k),
        },
        index=frame.index,
    )
    return found.reindex(accounts.index)


def plan_value(accounts: pd.DataFrame, visits: pd.Series) -> float:
    """What does a plan of visits bring together, in the unit of ``a``?

    Parameters
    ----------
    accounts : by account_id: a, k.
    visits : by account_id; an account that it lacks is not visited. Fractions are taken as they
        are: an average of several periods brings less than each of them, so hand in periods one by
        one.
    """
    need_columns(accounts, ("a", "k"), "accounts")
    made = visits.reindex(accounts.index).fillna(0.0)
    return float(response(made.to_numpy(dtype=float), accounts["a"], accounts["k"]).sum())
