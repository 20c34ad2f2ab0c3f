"""The time that an answer speaks of, in the words of every lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["in_words"]


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
