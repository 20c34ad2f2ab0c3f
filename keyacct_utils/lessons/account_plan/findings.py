"""The steps of lesson 21: each a Finding from plain inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from keyacct_utils.lessons.account_plan import measures
from keyacct_utils.lessons.showing.finding import Finding

if TYPE_CHECKING:
    from keyacct_utils.book import Book


@dataclass(frozen=True)
class Accounts:
    """What the lesson looks at."""

    name: str
    #: Amount by account_id.
    amounts: pd.Series
    labels: pd.Series


def accounts(opened: Book, period: str = "book") -> Accounts:
    """What did each account buy in the period?"""
    start, end = opened.period_dates(period)
    rows = opened.rollup(start=start, end=end, by_line=False)
    return Accounts(opened.name, rows.set_index("account_id")["revenue"], opened.labels())


def book_in_numbers(found: Accounts) -> Finding:
    """Which book, and how much."""
    numbers = {
        "book": found.name,
        "accounts": len(found.amounts),
        "total": measures.total(found.amounts),
    }
    return Finding(numbers, ("**{book}**: {accounts:count account} bought for {total:money}.",))
