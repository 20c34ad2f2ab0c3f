"""Accounts under contract: we are told when one leaves. One chance for all, or a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1

from keyacct_utils.lessons.lifetime_value.buying import covariance_of
from keyacct_utils.lessons.shared.amounts import Floats, Interval
from keyacct_utils.lessons.shared.checks import need_columns

__all__ = [
    "ShiftedBeta",
    "constant_retention",
    "fit_sbg",
    "likelihood_ratio",
    "monthly_retention",
    "residual_lifetime_sbg",
    "survival_sbg",
    "survivors_of",
]

#: Limits of the logarithm of a parameter: above them everybody has the same chance.
LIMITS = (-6.0, 8.0)
_NEAR = 1e-2


@dataclass(frozen=True)
class ShiftedBeta:
    """Each customer leaves at a renewal with a chance of its own, which differs as a beta does."""

    alpha: float
    beta: float
    log_likelihood: float
    customers: float
    #: Whether one chance for all fits as well: these data show no difference between customers.
    same_for_all: bool
    #: Covariance of the logarithms of alpha and beta, where it can be told.
    covariance: np.ndarray | None = None

    def retention(self, tenure: int) -> float:
        """Chance to stay at the renewal number ``tenure``, for those that came so far."""
        return (self.beta + tenure - 1) / (self.alpha + self.beta + tenure - 1)


def _cohorts(survivors: Sequence[float] | pd.DataFrame) -> list[Floats]:
    """Survivors by renewal, one array per cohort."""
    if isinstance(survivors, pd.DataFrame):
        rows = [row.dropna().to_numpy(dtype=float) for _, row in survivors.iterrows()]
    else:
        try:
            rows = [np.asarray(list(survivors), dtype=float)]
        except (TypeError, ValueError):
            raise ValueError(
                "survivors: expected counts such as [1000, 869, 743], or a DataFrame of them, one "
                "cohort a row"
            ) from None
    rows = [row for row in rows if len(row) > 1]
    if not rows:
        raise ValueError(
            "survivors holds no cohort with a renewal: expected how many there were at first and "
            "after each renewal"
        )
    for row in rows:
        if not np.isfinite(row).all() or (row < 0).any() or row[0] <= 0:
            raise ValueError(
                f"survivors {list(row)}: expected counts of 0 or more, the first above 0"
            )
        if (np.diff(row) > 0).any():
            raise ValueError(f"survivors {list(row)} grow: nobody comes back in a cohort")
    return rows


def fit_sbg(survivors: Sequence[float] | pd.DataFrame) -> ShiftedBeta:
    """How far do customers under contract differ in their chance to leave (shifted beta-geometric)?

    Parameters
    ----------
    survivors : how many are there at first and after each renewal, [1000, 869, 743, ...]; or a
        DataFrame with one cohort a row, shorter ones with missing values at the end.

    Returns
    -------
    ShiftedBeta

    Raises
    ------
    ValueError
        Where no cohort has a renewal, counts are negative, missing or grow, nobody ever left, or
        nobody stayed at the first renewal.

    Notes
    -----
    P(leave at renewal t) = B(alpha + 1, beta + t - 1) / B(alpha, beta), P(stay through t) =
    B(alpha, beta + t) / B(alpha, beta). The chance to stay at renewal t is (beta + t - 1) / (alpha
    + beta + t - 1): it rises with tenure though no customer changes, since those that leave easily
    have left.

    References
    ----------
    Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing
    21(1), 76-90.
    """
    rows = _cohorts(survivors)
    left, stayed = _tallies(rows)
    if not left.sum() > 0:
        raise ValueError("survivors: nobody left, so the chance to leave cannot be told")
    if not stayed.sum() > 0:
        raise ValueError("survivors: nobody stayed to the end of a cohort's first renewal")

    def negative(logs: Floats) -> float:
        alpha, beta = np.exp(logs)
        t = np.arange(1, len(left) + 1)
        gone = betaln(alpha + 1, beta + t - 1) - betaln(alpha, beta)
        there = betaln(alpha, beta + t) - betaln(alpha, beta)
        return -float(left @ gone + stayed @ there)

    found = min(
        (
            minimize(negative, np.log(start), method="L-BFGS-B", bounds=[LIMITS] * 2)
            for start in ((1.0, 3.0), (8.0, 40.0))
        ),
        key=lambda one: float(one.fun),
    )
    logs = np.asarray(found.x, dtype=float)
    alpha, beta = map(float, np.exp(logs))
    same = -float(found.fun) - _one_chance(rows, left, stayed) < _NEAR
    customers = float(sum(row[0] for row in rows))
    covariance = None if same else covariance_of(negative, logs)
    return ShiftedBeta(alpha, beta, -float(found.fun), customers, same, covariance)


def _one_chance(rows: Sequence[Floats], left: Floats, stayed: Floats) -> float:
    """Log-likelihood where all have the share that was kept for their chance."""
    t = np.arange(1, len(left) + 1)
    share = sum(row[1:].sum() for row in rows) / sum(row[:-1].sum() for row in rows)
    share = min(max(float(share), 1e-12), 1 - 1e-12)
    leave = np.log1p(-share) + (t - 1) * np.log(share)
    return float(left @ leave + stayed @ (t * np.log(share)))


def _tallies(rows: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Over all cohorts: how many left at each renewal, and how many were still there after the last
    renewal that is known.
    """
    longest = max(len(row) for row in rows) - 1
    left, stayed = np.zeros(longest), np.zeros(longest)
    for row in rows:
        left[: len(row) - 1] += -np.diff(row)
        stayed[len(row) - 2] += row[-1]
    return left, stayed


def constant_retention(
    survivors: Sequence[float] | pd.DataFrame, confidence: float = 0.95
) -> Interval:
    """Which share of the renewals that came up was kept, one chance for all?

    Parameters
    ----------
    survivors : as `fit_sbg`.
    confidence : level of the interval.

    Returns
    -------
    Interval : fraction a period, limits of Clopper and Pearson.

    Raises
    ------
    ValueError : as `fit_sbg` for counts; where no renewal came up.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26(4), 404-413.
    """
    rows = _cohorts(survivors)
    risk = float(sum(row[:-1].sum() for row in rows))
    kept = float(sum(row[1:].sum() for row in rows))
    return _share(kept, risk, confidence)


def _share(kept: float, risk: float, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low = float(stats.beta.ppf(tail, kept, risk - kept + 1)) if kept > 0 else 0.0
    high = float(stats.beta.isf(tail, kept + 1, risk - kept)) if kept < risk else 1.0
    return Interval(kept / risk, low, high)


def monthly_retention(
    months: float, left: float, confidence: float = 0.95, periods: float = 12
) -> Interval:
    """Which share stays a year, from months at risk and accounts that left?

    Parameters
    ----------
    months : months in which an account could have left, added over accounts.
    left : accounts that did.
    confidence : level of the interval.
    periods : months of the result.

    Returns
    -------
    Interval : fraction a year, (1 - left / months)^12, limits of Clopper and Pearson for the month.

    Raises
    ------
    ValueError : for no month, or more that left than months.
    """
    if not (months > 0 and 0 <= left <= months):
        raise ValueError(
            f"months is {months!r} and left is {left!r}: expected months above 0 and no more that "
            "left than months"
        )
    return Interval(*(share**periods for share in _share(months - left, months, confidence)))


def survival_sbg(model: ShiftedBeta, renewals: Sequence[int] | Floats) -> Floats:
    """Which share is still there after so many renewals? B(alpha, beta + t) / B(alpha, beta)."""
    t = np.asarray(renewals, dtype=float)
    if (t < 0).any():
        raise ValueError("renewals holds numbers below 0: expected 0 or more")
    return np.exp(betaln(model.alpha, model.beta + t) - betaln(model.alpha, model.beta))


def residual_lifetime_sbg(model: ShiftedBeta, period: int, discount: float) -> float:
    """How many more periods, discounted, is a customer in its first, second, third ... one expected
    to stay?

    Parameters
    ----------
    model : from `fit_sbg`, or any alpha and beta.
    period : n, the period that it is in: 1 for one that has not yet been asked to renew. Looked at
        just before the next renewal falls due; the period of that renewal counts whole.
    discount : a fraction a period, 0 or more; above 0 where alpha is 1 or less.

    Returns
    -------
    float : discounted expected periods, the next one included if it renews.

    Raises
    ------
    ValueError : for a period below 1 or not whole, a discount of -1 or less, and where the sum has
        no end.

    Notes
    -----
    (beta + n - 1) / (alpha + beta + n - 1) 2F1(1, beta + n; alpha + beta + n; 1 / (1 + i)).

    References
    ----------
    Fader & Hardie (2010), Customer-base valuation in a contractual setting: the perils of ignoring
    heterogeneity, Marketing Science 29(1), 85-93.
    """
    if not (float(period).is_integer() and period >= 1):
        raise ValueError(f"period is {period!r}: expected a whole number, 1 or more")
    if not -1 < discount <= 1:
        raise ValueError(
            f"discount is {discount!r}: expected a fraction a period above -1 and at most 1; 10 % "
            "is 0.1"
        )
    if discount < 0 or (discount == 0 and model.alpha <= 1):
        raise ValueError(
            f"discount is {discount:g} with alpha {model.alpha:g}: the sum has no end; take a "
            "discount above 0"
        )
    there = model.beta + float(period) - 1
    total = model.alpha + there
    series = hyp2f1(1, there + 1, total + 1, 1 / (1 + discount))
    return float(there / total * series)


class Test(NamedTuple):
    """A likelihood ratio and its p value."""

    statistic: float
    p: float


def likelihood_ratio(survivors: Sequence[float] | pd.DataFrame) -> Test:
    """Do customers differ in their chance to leave, or is one chance enough?

    Parameters
    ----------
    survivors : as `fit_sbg`.

    Returns
    -------
    Test : twice the gain of log-likelihood over one chance for all, and the p value.

    Notes
    -----
    One chance lies at the edge of the model (alpha and beta without end), so that the statistic is
    0 in half of the samples where nobody differs: p is half the tail of chi-squared with 1 degree.

    References
    ----------
    Self & Liang (1987), Journal of the American Statistical Association 82(398), 605-610.
    """
    model, rows = fit_sbg(survivors), _cohorts(survivors)
    gain = max(0.0, 2 * (model.log_likelihood - _one_chance(rows, *_tallies(rows))))
    return Test(gain, 0.5 * float(stats.chi2.sf(gain, 1)) if gain > 0 else 1.0)


def survivors_of(
    contracts: pd.DataFrame, as_of: pd.Timestamp, *, start: str = "start", end: str = "end"
) -> pd.DataFrame:
    """Cohorts of contracts by year of start: how many are there at first and after each year?

    Parameters
    ----------
    contracts : one row each; ``start`` a date, ``end`` the day it ended or missing while it runs.
    as_of : last day that is known. Only renewals that had come up for the whole cohort count.

    Returns
    -------
    DataFrame by year of start : columns 0, 1, 2, ... (renewals); missing where not yet known.

    Raises
    ------
    ValueError : for missing columns, an end before its start, or no start on or before ``as_of``.
    """
    need_columns(contracts, (start, end), "contracts")
    begun, gone = pd.to_datetime(contracts[start]), pd.to_datetime(contracts[end])
    if (gone < begun).any():
        raise ValueError(f"contracts: {int((gone < begun).sum())} end before they start")
    known = begun.notna() & (begun <= as_of)
    if not known.any():
        raise ValueError(f"contracts: none started on or before {as_of:%Y-%m-%d}")
    begun, gone = begun[known], gone[known].where(gone[known] <= as_of)
    # whole years that were kept: a contract that ends on its first anniversary kept none
    kept = _years(begun, gone, before=True)
    seen = _years(begun, pd.Series(as_of, index=begun.index))
    rows = {}
    for year in sorted(begun.dt.year.unique()):
        mine = begun.dt.year == year
        # every renewal is counted for whom it has come up; those not yet asked drop from both
        longest = int(seen[mine].min())
        if longest < 1:
            continue
        rows[year] = [float(mine.sum())] + [
            float((kept[mine].isna() | (kept[mine] >= n)).sum()) for n in range(1, longest + 1)
        ]
    frame = pd.DataFrame({year: pd.Series(row) for year, row in rows.items()}).T
    return frame.rename_axis("start")


def _years(begun: pd.Series, until: pd.Series, *, before: bool = False) -> pd.Series:
    """Anniversaries from one day up to another (``before`` leaves out one that falls on it), as
    counts; missing where that day is.
    """
    months = (until.dt.year - begun.dt.year) * 12 + until.dt.month - begun.dt.month
    exact = until.dt.day == begun.dt.day
    months = months - (until.dt.day < begun.dt.day).astype(int)
    if before:
        months = months - (exact & (months % 12 == 0)).astype(int)
    return (months // 12).where(until.notna())
