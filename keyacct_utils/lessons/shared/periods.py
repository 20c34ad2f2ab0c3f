"""The time that an answer speaks of, in the words of every lesson."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyacct_utils.book import Book

__all__ = ["Year", "gone_accounts", "in_words", "last_day", "last_year", "sold_in"]

MONTHS_A_YEAR = 12
#: Days of purchase without which nothing is said of when an account buys again.
FEWEST_PURCHASES = 3
#: Months without a purchase after which an account is gone, at least.
FEWEST_MONTHS = 3


def in_words(totals: Mapping[str, Any] | pd.Series) -> str:
    """From when to when do the rows behind an answer reach?

    Parameters
    ----------
    totals : a row of `Book.totals`: first_date and last_date, absent or missing without dates.

    Returns
    -------
    str : "from 2024-01-01 to 2024-12-01", or "over all its rows".
    """
    first, last = totals.get("first_date"), totals.get("last_date")
    if first is None or last is None or pd.isna(first) or pd.isna(last):
        return "over all its rows"
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def sold_in(opened: Book, start: dt.date | None, end: dt.date | None) -> pd.DataFrame:
    """What did each account buy in a period?

    Parameters
    ----------
    opened : Book
    start, end : first and last day; None for the whole book.

    Returns
    -------
    DataFrame : the roll-up by account_id, lines together.

    Raises
    ------
    ValueError
        Where no account has sales above zero in the period.
    """
    people = opened.rollup(by_line=False, start=start, end=end).set_index("account_id")
    if not (people["revenue"] > 0).any():
        raise ValueError(
            "ledger.revenue: no account has sales above zero in this period, of "
            f"{len(people):,} with a row: choose another period, or check the sign of the amounts"
        )
    return people


def last_day(opened: Book, posted: dt.date | pd.Timestamp, end: dt.date | None) -> pd.Timestamp:
    """The last day of the month of the last posting, as far as the book is complete by then: a
    ledger that breaks off within a month ends with its last row.

    Parameters
    ----------
    opened : Book
    posted : day of the last row up to ``end``.
    end : last day of the period; None for the whole book.
    """
    day = pd.Timestamp(posted)
    last = day if opened.cut_short(end) is not None else day + pd.offsets.MonthEnd(0)
    if opened.as_of is not None:
        last = max(day, min(last, pd.Timestamp(opened.as_of)))
    return last if end is None else min(last, pd.Timestamp(end))


class Year(NamedTuple):
    """The last twelve whole months of a book."""

    #: First and last day; None where nothing is dated, or no month is whole.
    start: dt.date | None
    end: dt.date | None
    #: Whole months that there are, twelve at most; 0 where nothing is dated.
    months: int

    @property
    def scale(self) -> float:
        """What makes an amount of these months one of a year."""
        return MONTHS_A_YEAR / self.months if self.months else 1.0


def last_year(opened: Book, end: dt.date | None = None) -> Year:
    """Which are the last twelve whole months up to a day?

    A month in which the ledger breaks off is not whole (`Book.cut_short`).

    Parameters
    ----------
    opened : Book
    end : last day that counts; None for the whole book.
    """
    nothing = Year(None, None, 0)
    if not opened.has("ledger", "date"):
        return nothing
    known = opened.totals(end=end).iloc[0]
    if pd.isna(known["first_date"]):
        return nothing
    begins, last = (pd.Period(known[name], "M") for name in ("first_date", "last_date"))
    last -= int(opened.cut_short(end) is not None)
    if last < begins:
        return nothing
    first = max(begins, last - MONTHS_A_YEAR + 1)
    return Year(first.start_time.date(), last.end_time.date(), (last - first).n + 1)


def gone_accounts(opened: Book, end: dt.date | None) -> tuple[frozenset[str], int, str]:
    """Who has a sale before the last months and none since they began, after the period neither;
    how many these are: a third of those that the book holds up to the end of the period, a year at
    most (lesson 03). None where that is less than a quarter. And the last of them, where the book
    goes on after the period.
    """
    if not opened.has("ledger", "date"):
        return frozenset(), 0, ""
    known = opened.totals(end=end).iloc[0]
    if pd.isna(known["first_date"]):
        return frozenset(), 0, ""
    first, last = (pd.Period(known[name], "M") for name in ("first_date", "last_date"))
    last -= int(opened.cut_short(end) is not None)
    months = min(MONTHS_A_YEAR, ((last - first).n + 1) // 3)
    if months < FEWEST_MONTHS:
        return frozenset(), 0, ""
    since = (last - months + 1).start_time.date()
    before = opened.rollup(by_line=False, end=since - dt.timedelta(days=1))
    after = opened.rollup(by_line=False, start=since)
    bought, still = (set(part.loc[part["sold"] > 0, "account_id"]) for part in (before, after))
    goes_on = opened.totals().iloc[0]["last_date"] > known["last_date"]
    return frozenset(bought - still), months, str(last) if goes_on else ""
