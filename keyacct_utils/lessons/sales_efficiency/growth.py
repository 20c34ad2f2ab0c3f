"""What became of the customers of the window before: the bridge from one window to the next, and
gross and net retention (增长分解、客户保留率), lesson N14.

Amounts are one number per account (currency) in a Series by account_id, as many in one window as in
the other: an account that is missing in one bought nothing there. Shares are fractions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared.amounts import Interval, account_values, by_account, fraction
from keyacct_utils.lessons.shared.checks import need_columns, to_number

__all__ = ["Retention", "growth_bridge", "retention_of", "retention_ratios"]

#: Fewer customers of the year before say nothing of how sure a share of their money is.
FEWEST = 20
PARTS = ("lost", "smaller", "larger", "back", "new")


class Retention(NamedTuple):
    """What is left of the customers of the window before."""

    #: Of each yuan before, how much is left at most one yuan each; growth does not count.
    gross: Interval
    #: Of each yuan before, how much the same customers bring now.
    net: Interval
    #: Share of the customers that bought again.
    accounts: Interval
    #: Customers of the window before: sales above zero.
    customers: int
    #: As many of equal size would be as uneven: 1 / sum of squared shares.
    effective: float


def _pair(before: pd.Series, now: pd.Series) -> pd.DataFrame:
    for name, series in (("before", before), ("now", now)):
        if not isinstance(series, pd.Series):
            raise ValueError(
                f"{name} is a {type(series).__name__}: expected a Series of amounts by account_id"
            )
        if len(series):
            by_account(series, account_values(series, "any"))
    both = pd.DataFrame({"before": before.astype(float), "now": now.astype(float)})
    return both.fillna(0.0)


def _ratio_interval(weights: np.ndarray, ratios: np.ndarray, confidence: float) -> Interval:
    """A weighted mean of ratios, each account one draw, and its interval by linearisation."""
    estimate = float(weights @ ratios)
    n = len(weights)
    if n < FEWEST:
        return Interval(estimate, np.nan, np.nan)
    error = float(np.sqrt(n / (n - 1) * (weights**2 @ (ratios - estimate) ** 2)))
    freedom = max(1.0, 1 / float(weights @ weights) - 1)
    reach = float(stats.t.ppf((1 + confidence) / 2, freedom)) * error
    return Interval(estimate, max(0.0, estimate - reach), estimate + reach)


def retention_of(before: pd.Series, now: pd.Series, confidence: float = 0.95) -> Retention:
    """How much of the customers of the window before is left?

    Parameters
    ----------
    before, now : amounts by account (currency) in two windows of the same length. Those with an
        amount above zero before are the customers; others do not count, however much they buy now.
    confidence : level of the intervals.

    Returns
    -------
    Retention : gross, net and accounts, each an Interval of fractions (net may be above one);
        limits are missing for fewer than 20 customers.

    Raises
    ------
    ValueError : no account with an amount above zero before, repeated ids, values that are no
        finite numbers, a confidence that is no fraction.

    Notes
    -----
    net = sum of now / sum of before over the customers; gross takes min(now, before) of each, at
    least zero, so it is at most one. A ratio of sums is the mean of each customer's own ratio,
    weighted by what it bought before; its standard error is that of such a mean (linearisation,
    Cochran 1977, 6.4), with the t of as many degrees of freedom as there are customers of equal
    size less one. The limits ask how far the ratio would move with other customers of this kind,
    not where the next year will lie. Accounts: Wilson's interval. Source S000-5n.

    References
    ----------
    Cochran 1977, Sampling Techniques, 3rd ed.; Wilson 1927, JASA 22.
    """
    fraction("confidence", confidence, one=False)
    both = _pair(before, now)
    base = both[both["before"] > 0]
    if not len(base):
        raise ValueError(
            "before has no account with an amount above zero: retention needs customers of the "
            "window before; choose a later window"
        )
    weights = (base["before"] / base["before"].sum()).to_numpy()
    ratios = (base["now"] / base["before"]).to_numpy()
    gross = _ratio_interval(weights, np.clip(ratios, 0, 1), confidence)
    net = _ratio_interval(weights, ratios, confidence)
    if net.estimate < 0:  # returns above sales: no share that stops at zero
        net = Interval(net.estimate, np.nan, np.nan)
    stayed, n = int((base["now"] > 0).sum()), len(base)
    low, high = proportion_confint(stayed, n, 1 - confidence, "wilson")
    return Retention(
        Interval(gross.estimate, gross.low, min(1.0, gross.high)),
        net,
        Interval(stayed / n, float(low), float(high)),
        n,
        1 / float(weights @ weights),
    )


def retention_ratios(
    transactions: pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    confidence: float = 0.95,
) -> Retention:
    """Gross and net retention of a window, from transactions.

    Parameters
    ----------
    transactions : account_id, date, revenue (currency; returns below zero). Rows without a date are
        left out.
    start, end : first and last day of the window. The window before it has the same length: as
        many whole months where both ends are those of months, else as many days.
    confidence : level of the intervals.

    Returns
    -------
    Retention : see `retention_of`.

    Raises
    ------
    ValueError : a missing column, an end before the start, revenue that is no number, a window
        before without any customer, or one that begins before the first transaction.

    Notes
    -----
    A customer counts if it bought before the window began. Who first bought in the window cannot
    have been lost: in the denominator it would only raise the share (immortal time).
    """
    need_columns(transactions, ("account_id", "date", "revenue"), "transactions")
    dates = pd.to_datetime(transactions["date"])
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise ValueError(f"end is {last:%Y-%m-%d}, before start, {first:%Y-%m-%d}: swap them")
    earlier = window_before(first, last)
    if not dates.notna().any() or dates.min() > earlier + pd.DateOffset(months=1):
        raise ValueError(
            f"transactions begin after {earlier:%Y-%m-%d}, where the window before would have to: "
            "choose a later start or a shorter window"
        )
    rows = transactions.assign(revenue=to_number(transactions["revenue"], "transactions.revenue"))

    def sums(since: pd.Timestamp, until: pd.Timestamp) -> pd.Series:
        return rows[(dates >= since) & (dates <= until)].groupby("account_id")["revenue"].sum()

    before = sums(earlier, first - pd.Timedelta(days=1))
    return retention_of(before, sums(first, last), confidence)


def window_before(start: pd.Timestamp, end: pd.Timestamp) -> pd.Timestamp:
    """First day of the window of the same length that ends the day before ``start``."""
    after = end + pd.Timedelta(days=1)
    if start.day == 1 and after.day == 1:
        months = (after.year - start.year) * 12 + after.month - start.month
        return start - pd.DateOffset(months=months)
    return start - (after - start)


def growth_bridge(
    before: pd.Series, now: pd.Series, known: pd.Index | list[str] | None = None
) -> pd.DataFrame:
    """From the sales of one window to those of the next: who went, shrank, grew, came (增长分解)?

    Parameters
    ----------
    before, now : amounts by account (currency).
    known : ids of accounts that had bought before both windows, so that a return is told from a
        first purchase. Without it all that come are new.

    Returns
    -------
    DataFrame by part, in this order: lost (sales above zero before, none now), smaller, larger
        (than before), back (known, none before), new. Columns accounts and amount: the five
        amounts are the change of the total. An account of zero or less in both windows is in
        "smaller" or "larger" by its change, or nowhere where that is zero.

    Raises
    ------
    ValueError : repeated ids, values that are no finite numbers.

    Notes
    -----
    now - before = lost + smaller + larger + back + new. Source S000-5n (保存量、激增量).
    """
    both = _pair(before, now)
    change = both["now"] - both["before"]
    had, has = both["before"] > 0, both["now"] > 0
    old = both.index.isin(list(known) if known is not None else [])
    absent = (both["before"] == 0) & has
    part = np.select(
        [had & ~has, absent & old, absent, change < 0, change > 0],
        ["lost", "back", "new", "smaller", "larger"],
        "",
    )
    table = change.groupby(part).agg(["size", "sum"]).reindex(list(PARTS), fill_value=0)
    table.columns = pd.Index(["accounts", "amount"])
    table.index.name = "part"
    return table.astype({"accounts": int, "amount": float})
