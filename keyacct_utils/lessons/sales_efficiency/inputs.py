"""What lesson 14 looks at: two windows of a ledger, who owns the accounts, and what is known of the
people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.sales_efficiency.growth import window_before
from keyacct_utils.lessons.shared.named import Priced
from keyacct_utils.lessons.shared.owners import main_owner, owners_of

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["People", "people"]

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Windows:
    """Two windows of equal length, one right after the other."""

    earlier: pd.Timestamp
    start: pd.Timestamp
    end: pd.Timestamp
    #: "all": no period is set; "halves": the ledger does not hold it and as much time before it (of
    #: both the halves of the ledger are taken); "cut": the ledger ends within it.
    note: str = ""

    @property
    def months(self) -> int:
        """Length of each, in months."""
        after = self.end + pd.Timedelta(days=1)
        return (after.year - self.start.year) * MONTHS_A_YEAR + after.month - self.start.month


@dataclass(frozen=True)
class People(Priced):
    """What the lesson looks at."""

    name: str
    currency: str
    returns: str
    #: None where the ledger has no dates, or not two months.
    windows: Windows | None
    #: Why there are none.
    why: str
    #: Sales by account in both windows, and before them (empty without windows).
    before: pd.Series
    now: pd.Series
    known: pd.Index
    #: Sales by whole month, from the first of the window before.
    monthly: pd.Series
    #: Owner by account, and how an owner is shown; empty where the book knows none.
    owner: pd.Series
    called: pd.Series
    results: pd.DataFrame
    scores: pd.DataFrame
    targets: pd.DataFrame
    tries: pd.DataFrame
    #: First and last day of the period that was asked for; None for all.
    period: tuple[pd.Timestamp, pd.Timestamp] | None
    #: Accounts of the ledger, and the months from its first to its last (1 without dates).
    accounts: int
    span: int
    #: Accounts that the book leaves out, though results of managers may hold them.
    left_out: int
    #: Who says who the owner is: "accounts", "ledger" (who sold the most in the window before).
    told_by: str = ""

    def label(self, owner: object) -> str:
        """An owner as a reader knows it."""
        return str(self.called.get(owner, owner))


def _month(day: Any) -> pd.Period:
    return pd.Period(pd.Timestamp(day), "M")


def _windows(opened: Book, period: str) -> tuple[Windows | None, str]:
    """The period and the time of the same length before it; halves of the ledger where the ledger
    does not hold both.
    """
    if not opened.has("ledger", "date"):
        return None, "the ledger has no date"
    totals = opened.totals().iloc[0]
    if pd.isna(totals["first_date"]):
        return None, "no row of the ledger has a date"
    first = _month(totals["first_date"])
    last = _month(totals["last_date"]) - int(opened.cut_short() is not None)
    start, end = opened.period_dates(period)
    note = "all"
    if start is not None and end is not None:
        stop = min(_month(end), last)
        since = _month(start)
        if since <= stop:
            begin, finish = since.start_time, stop.end_time.normalize()
            earlier = window_before(begin, finish)
            if _month(earlier) >= first:
                return Windows(earlier, begin, finish, "" if stop == _month(end) else "cut"), ""
        note = "halves"
    half = ((last - first).n + 1) // 2
    if half < 1:
        return None, "the ledger does not reach over two whole months"
    begin = (last - half + 1).start_time
    return Windows((last - 2 * half + 1).start_time, begin, last.end_time.normalize(), note), ""


def _span(opened: Book) -> int:
    if not opened.has("ledger", "date"):
        return 1
    totals = opened.totals().iloc[0]
    if pd.isna(totals["first_date"]):
        return 1
    return int((_month(totals["last_date"]) - _month(totals["first_date"])).n) + 1


def _sums(opened: Book, start: pd.Timestamp | None, end: pd.Timestamp) -> pd.Series:
    rows = opened.rollup(
        by_line=False, start=None if start is None else start.date(), end=end.date()
    )
    return rows.set_index("account_id")["revenue"].astype(float)


def _owners(opened: Book, windows: Windows | None) -> tuple[pd.Series, str]:
    """Owner by account; where only the ledger knows, who sold the most in the window before. A
    group of accounts has the owner that all of them share.
    """
    start = None if windows is None else windows.earlier.date()
    end = None if windows is None else (windows.start - pd.Timedelta(days=1)).date()
    rows, told_by = owners_of(opened, start, end)
    if rows is None:
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str"), told_by
    return main_owner(rows, several="none"), told_by


def _labels(opened: Book) -> pd.Series:
    if not opened.has("managers", "name_zh"):
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    names = opened.table("managers").set_index("manager_id")["name_zh"].dropna()
    shown = names + " " + names.index
    return shown.where(names != names.index, names)


def _rows(opened: Book, table: str) -> pd.DataFrame:
    if not opened.has(table):
        return pd.DataFrame()
    if opened.has(table) and table == "opportunities" and opened.has(table, "account_id"):
        return opened.counted(table)
    return opened.table(table)


def people(opened: Book, period: str = "book") -> People:
    """What became of the customers, and what is known of those who look after them?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month: the window that is looked at. The window
        before it has the same length.

    Raises
    ------
    ValueError
        For a period that is written otherwise or that the ledger does not hold.
    """
    windows, why = _windows(opened, period)
    start, end = opened.period_dates(period)
    owner, told_by = _owners(opened, windows)
    empty = pd.Series(dtype=float)
    before = now = monthly = empty
    known = pd.Index([], dtype="str")
    if windows is not None:
        last = windows.start - pd.Timedelta(days=1)
        before = _sums(opened, windows.earlier, last)
        now = _sums(opened, windows.start, windows.end)
        old = _sums(opened, None, windows.earlier - pd.Timedelta(days=1))
        known = pd.Index(old[old > 0].index)
        rows = opened.rollup(
            period="month",
            by_line=False,
            start=windows.earlier.date(),
            end=windows.end.date(),
        )
        monthly = rows.groupby("period")["revenue"].sum().astype(float)
    return People(
        name=opened.name,
        currency=opened.currency,
        returns=opened.returns,
        windows=windows,
        why=why,
        before=before,
        now=now,
        known=known,
        monthly=monthly,
        owner=owner,
        called=_labels(opened),
        results=_rows(opened, "manager_results"),
        scores=_rows(opened, "judge_scores"),
        targets=_rows(opened, "targets"),
        tries=_rows(opened, "opportunities"),
        period=None if start is None or end is None else (pd.Timestamp(start), pd.Timestamp(end)),
        accounts=max(1, len(opened.rollup(by_line=False))),
        span=_span(opened),
        left_out=len(opened.excluded),
        told_by=told_by,
    )
