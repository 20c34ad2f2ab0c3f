"""What changed since the year before: revenue per account from the roll-up, and who moved it."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.lessons.shared.periods import gone_accounts
from keyacct_utils.lessons.showing.words import ABOVE_ZERO, cents, count, money
from keyacct_utils.review import sheets
from keyacct_utils.review.page import Line

_NAMED = 3
#: Why a book of credit features alone has no amount.
NO_LEDGER = "the book has no ledger"
#: What is counted, where the word alone could mislead.
_BACK = ", with nothing the year before and a purchase earlier"
_STOPPED = ", with a purchase the year before and none in this period"
_STOPPED_IN_DAYS = ", with a purchase in these days of the year before and none in this period"
_WON = ", whose first purchase came in the year before, after these days"
_AGAIN = ", with nothing in these days of the year before, but on its other days, and earlier too"


@dataclass(frozen=True)
class Amounts:
    """Revenue per account in the period and in the same days a year before, which is None for the
    ``reason`` given. Where there is a year before, the reason says what it may lack.
    """

    now: pd.Series
    before: pd.Series | None
    total: float
    before_total: float
    known: int  # accounts in the book, each group as one, without those that it leaves out
    start: dt.date | None
    end: dt.date | None
    reason: str = ""
    #: Revenue before returns by account, in the period, the year before and on the days that both
    #: have: who was credited more than it bought has bought. None where it was not asked for.
    sold: pd.Series | None = None
    sold_before: pd.Series | None = None
    sold_same: pd.Series | None = None
    #: Accounts with a sale before the period, at any time that the book holds.
    earlier: frozenset[str] = frozenset()
    #: Of these, who has one between the days of the year before and the period; who none before.
    between: frozenset[str] = frozenset()
    won: frozenset[str] = frozenset()
    #: Revenue by account on the days that the year before has too; None where these are all.
    same: pd.Series | None = None
    #: Accounts that bought once and nothing in the last months of the period or since: gone, as
    #: lesson 03 tells it; and how many months these are.
    gone: frozenset[str] = frozenset()
    gone_months: int = 0
    #: The last of these months, where the book goes on after the period; else empty.
    gone_to: str = ""
    #: Which days these are, "from 01 December to 09 December"; empty where they are all.
    days: str = ""
    same_total: float = 0.0
    #: Returns by account, and sales and returns of all, each rounded once.
    returned: pd.Series | None = None
    sold_total: float = 0.0
    returned_total: float = 0.0
    #: Of all rows of the period: revenue less cost of goods, and the revenue of the rows without a
    #: cost; missing without costs.
    margin: float = math.nan
    uncosted: float = 0.0
    n_uncosted: int = 0
    returns: str = "net"
    standard_cost: float | None = None
    #: Of each account that counts with its group: the id of that.
    grouped: Mapping[str, str] = field(default_factory=dict)

    @property
    def compared(self) -> pd.Series:
        """What stands against the year before."""
        return self.now if self.same is None else self.same

    def bought(self) -> pd.DataFrame:
        """Who bought in the ``period``, on its days ``compared`` and in the year ``before``, by
        what was sold: a net amount of zero or less may hold purchases too.
        """
        sold_same = self.sold if self.same is None else self.sold_same
        had = {
            "period": self.now > 0 if self.sold is None else self.sold > 0,
            "compared": self.compared > 0 if sold_same is None else sold_same > 0,
        }
        if self.before is not None:
            had["before"] = self.before > 0 if self.sold_before is None else self.sold_before > 0
        return pd.DataFrame(had).eq(True)


def amounts_of(book: Book, period: str = "book") -> Amounts:
    """Revenue of the period, and of the year before cut at the day up to which the book is
    complete.
    """
    dated = book.has("ledger", "date")
    reason = "" if dated else "the ledger has no date"
    if not book.has("ledger"):
        reason = NO_LEDGER
    try:
        start, end = book.period_dates(period)
    except ValueError as error:
        # the lessons that need the period have failed with it; the rest of the page still stands
        start, end, reason = None, None, str(error) if book.has("ledger") else NO_LEDGER
    frame = book.rollup(by_line=False, start=start, end=end)
    every = book.totals(start=start, end=end).sum(numeric_only=True)
    costed = book.has("ledger", "cost_goods")
    grouped = {str(one): str(group) for one, group in book.grouped().items()}
    found = Amounts(
        _by_account(frame, "revenue"),
        None,
        float(every["revenue"]),
        0.0,
        len(book.names().index.difference([*grouped, *book.excluded])),
        start,
        end,
        sold=_by_account(frame, "sold"),
        returned=_by_account(frame, "returned"),
        sold_total=float(every["sold"]),
        returned_total=float(every["returned"]),
        margin=float(every["margin"]) if costed else math.nan,
        uncosted=float(every["uncosted"]) if costed else 0.0,
        n_uncosted=int(every["n_uncosted"]) if costed else 0,
        returns=book.returns,
        standard_cost=book.standard_cost,
        grouped=grouped,
    )
    if reason == NO_LEDGER:
        return replace(found, reason=reason)
    if dated:
        gone, months, to = gone_accounts(book, end)
        found = replace(found, gone=gone, gone_months=months, gone_to=to)
    if start is None or end is None:
        first, last = _span(frame, dated)
        said = reason or _whole_book(first, last)
        return replace(found, start=first, end=last, reason=said)
    return _with_year_before(book, found, start, _complete(book, frame, end))


def _complete(book: Book, frame: pd.DataFrame, end: dt.date) -> dt.date:
    """The last day of a period that the book holds whole: by ``as_of``, by the last day posted
    where the ledger breaks off in its month, else by the end of that month.
    """
    if book.as_of:
        return min(end, book.as_of)
    return min(end, book.cut_short(end) or _month_end(frame["last_date"].max()))


def _with_year_before(book: Book, found: Amounts, start: dt.date, end: dt.date) -> Amounts:
    first, last = [_year_before(day) for day in (start, end)]
    before = book.rollup(by_line=False, start=first, end=last)
    if before.empty:
        reason = f"the book has no rows from {first} to {last}"
        return replace(found, end=end, reason=reason)
    begins = _begins(book)
    late = (begins.year, begins.month) > (first.year, first.month)
    # like with like: from the day a year after the first one that the book holds
    opening = _year_after(begins) if late else start
    same, sold_same, reason, days = None, None, "", ""
    same_total = _total(book, opening, end)
    # found.end is the end of the period as asked for; rows on other days have no counterpart
    short = found.end is not None and end < found.end
    if late or short or round(same_total - found.total, 2):
        part = book.rollup(by_line=False, start=opening, end=end)
        same, sold_same = _by_account(part, "revenue"), _by_account(part, "sold")
        days = f"from {opening:%d %B} to {end:%d %B}" if late else f"up to {end:%d %B}"
        why = f", since the book begins on {begins}" if late else ""
        reason = f"Both years {days}{why}: {cents(same_total)} of the period's revenue."
    eve = start - dt.timedelta(days=1)
    until = _buyers(book, None, last)
    between = _buyers(book, last + dt.timedelta(days=1), eve) if last < eve else frozenset()
    return replace(
        found,
        before=_by_account(before, "revenue"),
        sold_before=_by_account(before, "sold"),
        before_total=_total(book, first, last),
        end=end,
        reason=reason,
        earlier=_buyers(book, None, eve),
        between=between,
        won=between - until,
        same=same,
        sold_same=sold_same,
        same_total=same_total,
        days=days,
    )


def _buyers(book: Book, start: dt.date | None, end: dt.date | None) -> frozenset[str]:
    rows = book.rollup(by_line=False, start=start, end=end)
    return frozenset(rows.loc[rows["sold"] > 0, "account_id"])


def _begins(book: Book) -> dt.date:
    """The first day that the book holds. Where each month is posted on one day, that of its bills,
    it holds the whole first month.
    """
    months = book.totals(period="month").dropna(subset=["first_date"])
    first = months["first_date"].min().date()
    monthly = bool((months["first_date"] == months["last_date"]).all())
    return first.replace(day=1) if monthly else first


def _whole_book(first: dt.date | None, last: dt.date | None) -> str:
    """Why the whole book is compared with nothing, and what could be."""
    if first is None or last is None or first.year == last.year:
        return "the period is the whole book, which touches one year only"
    return f"the period is the whole book; name a year (-p period={last.year})"


def _span(frame: pd.DataFrame, dated: bool) -> tuple[dt.date | None, dt.date | None]:
    first, last = frame["first_date"].min(), frame["last_date"].max()
    return (first.date(), last.date()) if dated and pd.notna(first) else (None, None)


def _by_account(frame: pd.DataFrame, amount: str) -> pd.Series:
    return frame.set_index("account_id")[amount]


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


def _year_after(day: dt.date) -> dt.date:
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return dt.date(day.year + 1, day.month, min(day.day, last))


def year_lines(amounts: Amounts, names: pd.Series, currency: str) -> list[Line]:
    """Accounts up and down, new, won or bought again since the days of the year before, back, and
    those that stopped, with the money behind each, and the three that moved most either way.
    """
    if amounts.before is None:
        return []
    both = pd.concat(
        [amounts.compared.rename("now"), amounts.before.rename("before")], axis=1
    ).fillna(0.0)
    moved = (both["now"] - both["before"]).round(2)
    bought = amounts.bought().reindex(both.index, fill_value=False)
    begun = ~bought["before"] & bought["compared"]
    # who bought on other days of the period has not stopped; "gone" is another rule
    stopped = bought["before"] & ~bought["compared"] & ~bought["period"]
    neither = (both <= 0).all(axis=1) & (moved != 0) & ~begun & ~stopped
    stayed = ~begun & ~stopped & ~neither
    known, between, won = (
        pd.Series(both.index.isin(list(ids)), index=both.index)
        for ids in (amounts.earlier, amounts.between, amounts.won)
    )
    groups = {
        "accounts up": (moved > 0) & stayed,
        "accounts down": (moved < 0) & stayed,
        "accounts new": begun & ~known,
        "accounts won since": begun & won,
        "accounts buying again": begun & known & between & ~won,
        "accounts back": begun & known & ~between,
        "accounts that stopped": stopped,
    }
    for what in ("accounts won since", "accounts buying again", "accounts back"):
        if not groups[what].any():
            del groups[what]
    if neither.any():  # a year of returns, and then none, is no rise
        groups["returns above sales"] = neither
    meant = {
        "accounts won since": _WON,
        "accounts buying again": _AGAIN,
        "accounts back": _BACK,
        "accounts new": _new_in_all(amounts),
        "accounts that stopped": _STOPPED_IN_DAYS if _in_days(amounts) else _STOPPED,
    }
    lines = []
    for what, chosen in groups.items():
        change = moved[chosen]
        largest = change.loc[
            change.abs().sort_index().sort_values(ascending=False, kind="stable").index[:_NAMED]
        ]
        told = "; ".join(f"{called(names, str(i))} {money(value)}" for i, value in largest.items())
        which = f"{count(int(chosen.sum()), 'account')}{meant.get(what, '')}"
        figure = round(float(change.sum()), 2) + 0.0
        lines.append(Line(what, figure, currency, f"{which}. {told}".strip(), sheets.CENTS))
    return lines


def _in_days(amounts: Amounts) -> bool:
    """Whether the year before has other days than those compared, as for a quarter."""
    if amounts.days or amounts.start is None or amounts.end is None:
        return bool(amounts.days)
    return _year_before(amounts.end) + dt.timedelta(days=1) < amounts.start


def _new_in_all(amounts: Amounts) -> str:
    """Of how many accounts that are new in the period those of the days compared are a part."""
    if not amounts.days or amounts.sold is None:
        return ""
    sold = amounts.sold[amounts.sold > 0]
    new = int((~sold.index.isin(list(amounts.earlier))).sum())
    return f" in these days; in the whole period {new:,} bought for the first time"


def of_the_amount(amounts: pd.Series) -> str:
    """Of what a share is one: an account below zero holds nothing, so where there is one, the whole
    of the shares is more than the revenue of the book.
    """
    return "of the amount" + (ABOVE_ZERO if (amounts < 0).any() else "")


def called(names: pd.Series, account: str) -> str:
    """An account by its name, not too long, and its id: two may bear one name."""
    name = _short(names.get(account, account))
    return name if name == _short(account) else f"{name} ({account})"


def _short(name: object, width: int = 24) -> str:
    text = str(name)
    return text if len(text) <= width else text[: width - 1] + "…"
