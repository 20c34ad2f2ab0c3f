"""What changed since the year before: revenue per account from the roll-up, and who moved it."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.lessons.showing.words import count, money
from keyacct_utils.review.page import Line

_NAMED = 3


@dataclass(frozen=True)
class Amounts:
    """Revenue per account in the period and in the same days a year before, which is None for the
    ``reason`` given. Where there is a year before, the reason says what it may lack.
    """

    now: pd.Series
    before: pd.Series | None
    total: float
    before_total: float
    known: int
    start: dt.date | None
    end: dt.date | None
    reason: str = ""


def amounts_of(book: Book, period: str = "book") -> Amounts:
    """Revenue of the period, and of the year before cut at the day up to which the book is
    complete.
    """
    dated = book.has("ledger", "date")
    reason = "" if dated else "the ledger has no date"
    try:
        start, end = book.period_dates(period)
    except ValueError as error:
        # the lessons that need the period have failed with it; the rest of the page still stands
        start, end, reason = None, None, str(error)
    frame = book.rollup(by_line=False, start=start, end=end)
    now = _by_account(frame)
    total, known = _total(book, start, end), len(book.names())
    if start is None or end is None:
        first, last = _span(frame, dated)
        return Amounts(
            now, None, total, 0.0, known, first, last, reason or _whole_book(first, last)
        )
    end = min(end, book.as_of or _month_end(frame["last_date"].max()))
    earlier = [_year_before(day) for day in (start, end)]
    before = _by_account(book.rollup(by_line=False, start=earlier[0], end=earlier[1]))
    if before.empty:
        return Amounts(
            now,
            None,
            total,
            0.0,
            known,
            start,
            end,
            f"the book has no rows from {earlier[0]} to {earlier[1]}",
        )
    begins = book.totals()["first_date"].min().date()
    late = (begins.year, begins.month) > (earlier[0].year, earlier[0].month)
    return Amounts(
        now,
        before,
        total,
        _total(book, *earlier),
        known,
        start,
        end,
        f"The book begins on {begins}, so the year before may not be whole." if late else "",
    )


def _whole_book(first: dt.date | None, last: dt.date | None) -> str:
    """Why the whole book is compared with nothing, and what could be."""
    if first is None or last is None or first.year == last.year:
        return "the period is the whole book, which touches one year only"
    return f"the period is the whole book; name a year (-p period={last.year})"


def _span(frame: pd.DataFrame, dated: bool) -> tuple[dt.date | None, dt.date | None]:
    first, last = frame["first_date"].min(), frame["last_date"].max()
    return (first.date(), last.date()) if dated and pd.notna(first) else (None, None)


def _by_account(frame: pd.DataFrame) -> pd.Series:
    return frame.set_index("account_id")["revenue"]


def _total(book: Book, start: dt.date | None, end: dt.date | None) -> float:
    return float(book.totals(start=start, end=end)["revenue"].sum())


def _month_end(day: pd.Timestamp) -> dt.date:
    return dt.date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])


def _year_before(day: dt.date) -> dt.date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return dt.date(
        day.year - 1,
        day.month,
        last if day == _month_end(pd.Timestamp(day)) else min(day.day, last),
    )


def year_lines(amounts: Amounts, names: pd.Series, currency: str) -> list[Line]:
    """Accounts up and down, new and gone, with the money behind each, and the three that moved
    most either way.
    """
    if amounts.before is None:
        return []
    both = pd.concat([amounts.now.rename("now"), amounts.before.rename("before")], axis=1).fillna(
        0.0
    )
    moved = (both["now"] - both["before"]).round(2)
    new, gone = (both["before"] <= 0) & (both["now"] > 0), (both["now"] <= 0) & (both["before"] > 0)
    neither = (both <= 0).all(axis=1) & (moved != 0)
    groups = {
        "accounts up": (moved > 0) & ~new & ~neither,
        "accounts down": (moved < 0) & ~gone & ~neither,
        "accounts new": new,
        "accounts gone": gone,
    }
    if neither.any():  # a year of returns, and then none, is no rise
        groups["returns above sales"] = neither
    lines = []
    for what, chosen in groups.items():
        change = moved[chosen]
        largest = change.loc[
            change.abs().sort_index().sort_values(ascending=False, kind="stable").index[:_NAMED]
        ]
        told = "; ".join(
            f"{_short(names.get(i, i))} {money(value)}" for i, value in largest.items()
        )
        lines.append(
            Line(
                what,
                float(change.sum()),
                currency,
                f"{count(int(chosen.sum()), 'account')}. {told}".strip(),
            )
        )
    return lines


def _short(name: object, width: int = 24) -> str:
    text = str(name)
    return text if len(text) <= width else text[: width - 1] + "…"
