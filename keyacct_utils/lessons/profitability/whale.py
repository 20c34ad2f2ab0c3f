"""The whale curve (鲸鱼曲线): how profit adds up over accounts, what the loss-makers take back, and
how sure that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import (
    Amounts,
    Floats,
    Interval,
    account_values,
    at_least,
    by_account,
    descending,
    tails,
)

#: Measured in 200 books of so many accounts (docs/coverage.md): the lowest share of the 95 %
#: intervals of the peak that hold it, of lognormal sales (sigma 1 to 2.1) whose margins are normal
#: and lose money in one account of three or of six.
PEAK_COVERED: dict[int, float] = {30: 0.72, 100: 0.78, 600: 0.88}


class WhalePeak(NamedTuple):
    """The highest point of the curve: what the profitable accounts make, against what is left."""

    peak: float
    at_share: float
    profitable: int
    losing: int
    at_peak: float
    total: float


class WhaleBand(NamedTuple):
    """The curve with a band (share_of_accounts, estimate, low, high), and the interval of its
    peak.
    """

    curve: pd.DataFrame
    peak: Interval


def _positive_total(values: Floats) -> float:
    total = float(values.sum())
    if total <= 0:
        raise ValueError(
            f"x: the total profit of {len(values)} accounts is "
            f"{total:g}; a share of it needs a total above 0. "
            "Use erosion and adjusted_gini, which do without, "
            "or the column cumulative of whale_curve"
        )
    return total


def whale_curve(profit: Amounts) -> pd.DataFrame:
    """How does profit add up, from the most profitable account to the greatest loss?

    Parameters
    ----------
    profit : one amount per account, currency; negative amounts are losses.

    Returns
    -------
    DataFrame by account, most profitable first (ties by account_id)
        profit, rank, share_of_accounts, cumulative (currency) and share_of_total, which is absent
        where the total is not above 0.

    Raises
    ------
    ValueError
        As `keyacct_utils.lessons.shared.amounts` says, but for negative amounts and a total of
        zero.

    References
    ----------
    Cooper & Kaplan 1991, Harvard Business Review 69(3); van Raaij 2005, Marketing Intelligence &
    Planning 23(4).
    """
    ordered = descending(by_account(profit, account_values(profit, "any")))
    n, total = len(ordered), float(ordered.sum())
    rank = np.arange(1, n + 1)
    out = pd.DataFrame(
        {
            "profit": ordered,
            "rank": rank,
            "share_of_accounts": rank / n,
            "cumulative": ordered.cumsum(),
        }
    )
    return out.assign(share_of_total=out["cumulative"] / total) if total > 0 else out


def whale_peak(profit: Amounts) -> WhalePeak:
    """How much do the profitable accounts make, as a multiple of what is left of it?

    Returns
    -------
    WhalePeak
        peak (profit of the profitable accounts by the total, >= 1), at_share (share of accounts
        that are profitable), profitable and losing (accounts with profit above and below 0),
        at_peak and total (currency).

    Raises
    ------
    ValueError
        As for `whale_curve`; also a total that is not above 0.

    Notes
    -----
    ``peak = sum of max(p, 0) / sum of p``. It explodes as the total nears 0: quote `erosion` beside
    it.
    """
    values = account_values(profit, "any")
    total, gains = _positive_total(values), values > 0
    made = float(values[gains].sum())
    return WhalePeak(
        made / total, float(gains.mean()), int(gains.sum()), int((values < 0).sum()), made, total
    )


def erosion(profit: Amounts) -> float:
    """Which part of what the profitable accounts make do the others take back?

    Returns
    -------
    float : ``1 - total / profit of the profitable accounts``; 0 without losses, above 1 where the
        total is a loss.

    Raises
    ------
    ValueError
        As for `whale_curve`; also if no account makes a profit.
    """
    values = account_values(profit, "any")
    made = float(values[values > 0].sum())
    if made <= 0:
        raise ValueError(
            f"x: none of {len(values)} accounts makes a profit "
            f"(largest {values.max():g}), so nothing can erode"
        )
    return 1 - float(values.sum()) / made


def adjusted_gini(profit: Amounts) -> float:
    """How unequal are profits, when some are losses?

    Returns
    -------
    float from 0 (all equal) to 1 - 1 / n (one account makes all the profit, another all the loss)
        Without losses it is the plain coefficient of lesson 01, `concentration.measures.gini`; NaN,
        undefined, for one account or where all are 0.

    Raises
    ------
    ValueError
        As for `whale_curve`.

    Notes
    -----
    ``sum of |p_i - p_j| over all ordered pairs / (2 n (gains + losses))``, gains and losses both
    counted positive: the plain form, without the factor n / (n - 1) that the reference has, so that
    one book has one Gini coefficient. The usual coefficient exceeds 1 with losses; that of
    \\|p\\| hides their sign.

    References
    ----------
    Raffinetti, Siletti & Vernizzi 2015, Statistical Methods & Applications 24(3).
    """
    ordered = np.sort(account_values(profit, "any"))
    n, size = len(ordered), float(np.abs(ordered).sum())
    if n == 1 or size == 0:
        return float("nan")
    pairs = 2 * float(
        (2 * np.arange(1, n + 1) - n - 1) @ (ordered / size)
    )  # sum over all ordered pairs, by ranks
    return pairs / (2 * n)


def dependence(profit: Amounts, counts: Sequence[int] = (1, 5, 10, 20, 50)) -> pd.DataFrame:
    """What would be left if the most profitable accounts were lost?

    Parameters
    ----------
    profit : one amount per account.
    counts : how many of the most profitable are lost. Only accounts that make a profit can be lost
        as the best: where fewer do, so many are left out and counted. A count of at least the
        number of accounts has no row.

    Returns
    -------
    DataFrame indexed by accounts lost (those that were left out, not those asked for)
        their profit, share_of_total (of the total; absent where the total is not above 0) and left
        (currency).

    Raises
    ------
    ValueError
        As for `whale_curve`; a count below 1.

    References
    ----------
    Storbacka 1997, Journal of Marketing Management 13(5).
    """
    curve = whale_curve(profit)
    cumulative, made = curve["cumulative"].to_numpy(), int((curve["profit"] > 0).sum())
    asked = {at_least("counts", count, 1) for count in counts if count < len(cumulative)}
    lost = sorted({min(count, made) for count in asked} - {0})
    their, total = cumulative[np.array(lost, dtype=int) - 1], cumulative[-1]
    out = pd.DataFrame(
        {"profit": their, "left": total - their}, index=pd.Index(lost, name="accounts lost")
    )
    return out.assign(share_of_total=their / total) if total > 0 else out


def peak_covered(n: int) -> float:
    """How often such an interval of 95 % holds the peak, as measured: the lowest of the simulated
    processes, in books of about n accounts.
    """
    return PEAK_COVERED[
        max((size for size in PEAK_COVERED if size <= n), default=min(PEAK_COVERED))
    ]


def whale_band(
    profit: Amounts,
    *,
    points: int = 101,
    draws: int = 500,
    confidence: float = 0.95,
    random_state: int = 0,
) -> WhaleBand:
    """How sure are curve and peak, as those of the process that brought the accounts?

    Parameters
    ----------
    profit : at least 2 amounts per account with a total above 0.
    points, draws, confidence, random_state : points of the curve, resamples of the accounts, level,
        seed.

    Returns
    -------
    WhaleBand
        The band is pointwise. A resample whose total is not above 0 has no share: it counts as
        infinitely high, so that a limit may be infinite.

    Raises
    ------
    ValueError
        As for `whale_peak`; one account; fewer than 2 points.

    Notes
    -----
    Percentile bootstrap over accounts. The book itself is a full count; the band speaks of the
    process that made it. With few, very unequal accounts it is too narrow (see
    `bootstrap_interval`). How often the interval holds the peak is measured: `PEAK_COVERED`. A
    tail of gains and losses alike (`tail_rows`) covers hardly better there, and less often in the
    synthetic book (85 instead of 91 %), so it is not used. Time grows as draws x n.
    """
    values = -np.sort(-account_values(profit, "any"))
    n, limits = len(values), tails(confidence)
    if n < 2:
        raise ValueError(
            "x holds one account; expected at least 2, since resampling one account says nothing"
        )
    _positive_total(values)
    at = np.linspace(0, 1, at_least("points", points, 2))
    rng, shares = (
        np.random.default_rng(random_state),
        np.full((at_least("draws", draws, 1), points), np.inf),
    )
    peaks = np.full(draws, np.inf)
    for draw in range(draws):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        cumulative = np.concatenate([[0], np.cumsum(times * values)])
        if (total := cumulative[-1]) > 0:
            shares[draw] = np.interp(
                at, np.concatenate([[0], np.cumsum(times)]) / n, cumulative / total
            )
            peaks[draw] = cumulative.max() / total
    whole = np.concatenate([[0], np.cumsum(values)]) / values.sum()
    curve = pd.DataFrame(
        {"share_of_accounts": at, "estimate": np.interp(at, np.arange(n + 1) / n, whole)}
    )
    curve["low"] = np.quantile(shares, limits[0], axis=0, method="lower")
    curve["high"] = np.quantile(shares, limits[1], axis=0, method="higher")
    low, high = (
        np.quantile(peaks, limits[0], method="lower"),
        np.quantile(peaks, limits[1], method="higher"),
    )
    return WhaleBand(curve, Interval(whale_peak(values).peak, float(low), float(high)))
