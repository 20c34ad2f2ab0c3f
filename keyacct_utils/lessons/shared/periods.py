"""The time that an answer speaks of, in the words of every lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from keyacct_utils.book import Book

__all__ = ["in_words", "sold_in"]


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
