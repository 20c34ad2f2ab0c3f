"""Amounts per account as the measures take them: one check, one meaning of "top q", one order of
ties.

Amounts are one number per account (currency, volume or margin) in a Series indexed by account_id,
an array or a list. Every measure takes them in any order, ignores their unit and raises the same
``ValueError`` for: no account, a value that is no finite number, a negative amount, a total of
zero. Zero amounts count as accounts except where logarithms are taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Amounts = pd.Series | npt.NDArray[Any] | Sequence[float]

#: Shares are compared to this many decimals, so that the float sum .8 - 1e-16 counts as 80 %.
SHARE_DECIMALS = 12


class Interval(NamedTuple):
    """An estimate with the limits of its interval."""

    estimate: float
    low: float
    high: float


class PositivePart(NamedTuple):
    """The accounts with a positive amount, and what was left out to get them."""

    kept: pd.Series
    zero: int
    negative: int
    amount_left_out: float


def _first(values: Floats, bad: npt.NDArray[np.bool_], x: object) -> str:
    labels = x.index[bad][:3] if isinstance(x, pd.Series) else np.flatnonzero(bad)[:3]
    return ", ".join(
        f"{label}: {value:g}" for label, value in zip(labels, values[bad][:3], strict=True)
    )


def account_values(
    x: Amounts, sign: Literal["any", "nonnegative", "positive"] = "nonnegative"
) -> Floats:
    """The amounts as a float array, or the ValueError that the module describes."""
    series = x if isinstance(x, pd.Series) else None
    try:
        raw = np.asarray(x if series is None else series.to_numpy(dtype=float, na_value=np.nan))
        if (
            raw.ndim != 1
            or (raw.size and raw.dtype.kind in "USmMbc")
            or (series is not None and series.dtype == "str")
        ):
            raise TypeError(
                f"{raw.ndim}-dimensional, dtype {raw.dtype if series is None else series.dtype}"
            )
        values = raw.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "x must be one number per account (Series, 1-d "
            f"array, list), got {type(x).__name__}: {error}"
        ) from None
    if not values.size:
        raise ValueError(
            "x holds no account; expected at least one amount. "
            "Is the period or the line of the roll-up empty?"
        )
    bad = ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"x: {bad.sum()} of {len(values)} are no finite numbers "
            f"(first: {_first(values, bad, x)}); repair or drop them"
        )
    bad = values <= 0 if sign == "positive" else values < 0
    if sign != "any" and bad.any():
        found = (
            f"{bad.sum()} of {len(values)} amounts are "
            f"{'negative' if sign == 'nonnegative' else 'zero or negative'}"
        )
        way = (
            "net the postings per account first, or keep positive_part(x).kept and report the rest"
        )
        raise ValueError(f"x: {found} (first: {_first(values, bad, x)}); {way}")
    if sign != "any" and values.max() == 0:
        raise ValueError(
            f"x: all {len(values)} amounts are zero, so no "
            "share is defined; expected a positive total"
        )
    return values


def ascending_shares(x: Amounts) -> Floats:
    """Each amount as a share of the total, ascending."""
    # Ascending, so that no result depends on the order of the input; divided by the largest first,
    # so that no sum overflows.
    ordered = np.sort(account_values(x))
    ordered = ordered / ordered[-1]
    return ordered / ordered.sum()


def fraction(name: str, value: float, one: bool = True) -> float:
    """A fraction above 0, or a ValueError that names the argument."""
    told = isinstance(value, Real)  # a text has no size to compare
    if not told or not (0 < value < 1 or (one and value == 1)):
        raise ValueError(
            f"{name} must be a fraction above 0 and "
            f"{'at most' if one else 'below'} 1, got {value!r}; 20 % is 0.2"
        )
    return float(value)


def above(share: Any, limit: float) -> Any:
    """Whether a share, or each of several, is more than a limit, compared to `SHARE_DECIMALS`."""
    return np.round(share, SHARE_DECIMALS) > round(limit, SHARE_DECIMALS)


def at_least(name: str, value: int, least: int) -> int:
    """A count of at least ``least``, or a ValueError that names the argument."""
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return value


#: Nobody's customers can be looked ahead further than this: a larger number is one of months.
MOST_YEARS = 30


def years_ahead(name: str, years: int, least: int = 1) -> int:
    """Whole years that are looked ahead, `MOST_YEARS` at most, or a ValueError that names the
    argument.
    """
    if not isinstance(years, Integral) or not least <= years <= MOST_YEARS:
        raise ValueError(
            f"{name} must be whole years from {least} to {MOST_YEARS}, got {years!r}; 36 months "
            "are 3"
        )
    return int(years)


def by_account(x: Amounts, values: Floats) -> pd.Series:
    """The amounts as a Series by account id; ids must not repeat."""
    series = pd.Series(values, index=x.index if isinstance(x, pd.Series) else None, dtype=float)
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()]
        raise ValueError(
            f"x: {len(twice)} account ids are repeated (first: "
            f"{list(twice[:3])}); sum per account first"
        )
    return series


def descending(series: pd.Series) -> pd.Series:
    """Largest first; ties stay in the order of account_id."""
    try:
        return series.sort_index().sort_values(
            ascending=False, kind="stable"
        )  # ties stay in the order of account_id
    except TypeError:
        raise ValueError(
            "x: account ids of mixed types cannot be ordered, "
            "so ties cannot be broken; make them all text"
        ) from None


def top_count(n: int, q: float) -> int:
    """How many accounts "the top q of n" are: ceil(q n), with 0.2 x 15 = 3 despite the float
    3.0000000000000004.
    """
    return math.ceil(round(fraction("q", q) * n, 9))


class TopShare(NamedTuple):
    """What the largest of the accounts make of the net total of all of them."""

    #: A fraction of the net total; above 1 where the others together lose money.
    share: float
    #: How many are counted as the top, and of how many.
    counted: int
    accounts: int
    total: float


def share_of_top(x: Amounts, q: float = 0.2) -> TopShare:
    """Which share of the net total do the top q of all accounts make (S000-2a, S004-1a: "80/20")?

    The one definition of every lesson, for sales as for profit: each account that bought counts
    among the accounts, one with a loss too, and the share is of the net total. Where losses are
    left out on both sides instead, the few are fewer and the total is larger, so the share is
    smaller: 80 % can become of what is 115 %.

    Parameters
    ----------
    x : amount per account that bought (sales, margin or profit, currency), of either sign.
    q : fraction of accounts, above 0 and at most 1; the ceil(q n) largest are counted.

    Returns
    -------
    TopShare : share (a fraction; above 1 where the rest together lose money), counted (ceil(q n)),
        accounts (n), total (net, currency).

    Raises
    ------
    ValueError : as the module says, but for negative amounts; a net total of zero or less, of which
        nothing is a share.

    Notes
    -----
    sum of the ceil(q n) largest x_i / sum of all x_i. On amounts none of which is negative it is
    the ordinate of the Lorenz curve from above; with losses that of the whale curve at q.
    """
    values = np.sort(account_values(x, "any"))
    total, counted = math.fsum(values), top_count(len(values), q)
    if not total > 0:
        raise ValueError(
            f"x: the net total of {len(values)} accounts is {total:g}, so nothing is a share of it"
        )
    best = math.fsum(values[len(values) - counted :])
    return TopShare(best / total, counted, len(values), total)


def positive_part(x: Amounts) -> PositivePart:
    """Which accounts have a positive amount, and how much is left out by keeping only these?

    Parameters
    ----------
    x : amounts per account, net of returns; negative and zero amounts allowed.

    Returns
    -------
    PositivePart : kept (Series in the order of x), zero and negative (accounts left out),
        amount_left_out (<= 0).

    Raises
    ------
    ValueError : as the module says, but for negative amounts; none positive.
    """
    values = account_values(x, "any")
    if not (values > 0).any():
        raise ValueError(
            f"x: none of {len(values)} amounts is positive "
            f"(largest {values.max():g}); is their sign right?"
        )
    series = x if isinstance(x, pd.Series) else pd.Series(values)
    below = values[values < 0]
    return PositivePart(
        series[values > 0].astype(float), int((values == 0).sum()), len(below), math.fsum(below)
    )


def accounts_to_reach(x: Amounts, share: float = 0.8) -> int:
    """How many of the largest accounts together hold at least ``share`` (S003-8a: cumulate to 80
    %)?

    Parameters
    ----------
    x : n amounts per account, none negative. One account gives 1.
    share : fraction of the amount, above 0 and at most 1.

    Returns
    -------
    int : the smallest k of 1..n. Shares are compared to 12 decimals.
    """
    fraction("share", share)
    held = np.cumsum(ascending_shares(x)[::-1])
    return int((np.round(held / held[-1], SHARE_DECIMALS) < round(share, SHARE_DECIMALS)).sum()) + 1


#: The few of the 80/20 rule, as a share of the accounts.
FEW_SHARE = 0.2
#: A share from which an account is looked at by name (IFRS 8, paragraph 34).
MAJOR_SHARE = 0.10
#: Cumulated shares at which class A and class B end.
ABC_CUTS = (0.8, 0.95)


def abc_classes(x: Amounts, cuts: tuple[float, float] = ABC_CUTS) -> pd.Series:
    """Which accounts are class A, B, C by cumulated share (ABC 分类)?

    Parameters
    ----------
    x : n amounts per account, none negative, account ids not repeated.
    cuts : the two inner cumulated shares, rising; 80/95 by default, 70/90 is in use too (S000-3a
        gives none).

    Returns
    -------
    Series of "A", "B", "C" with the index of x (0..n-1 for a list), named "abc".

    Notes
    -----
    The account that crosses a cut belongs to the better class: A is the smallest set of largest
    accounts that holds at least cuts[0], so there are ``accounts_to_reach(x, cuts[0])`` of them.
    Ties break by account_id, so two accounts with the same amount can fall into different classes.
    """
    if len(cuts) != 2 or not 0 < cuts[0] < cuts[1] < 1:
        raise ValueError(
            "cuts must be two rising fractions inside (0, 1), "
            f"as (0.8, 0.95), without a final 1; got {cuts!r}"
        )
    order = descending(by_account(x, account_values(x)))
    counts = [accounts_to_reach(x, cut) for cut in cuts]
    letters = np.array(["A", "B", "C"])[
        np.searchsorted(counts, np.arange(len(order)), side="right")
    ]
    classes = pd.Series(letters, index=order.index, dtype="str", name="abc")
    return classes.reindex(x.index if isinstance(x, pd.Series) else range(len(order)))


def costed_margin(rows: pd.DataFrame) -> pd.Series:
    """The margin of the rows with a cost, of a roll-up: there revenue without one (``uncosted``)
    counts as margin.
    """
    return (rows["margin"] - rows["uncosted"]).round(2)


def tails(confidence: float) -> tuple[float, float]:
    """The two quantiles that a level of confidence leaves out."""
    tail = (1 - fraction("confidence", confidence, one=False)) / 2
    return tail, 1 - tail
