"""The steps of lesson 08: each a Finding from plain inputs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from keyacct_utils.lessons.receivables import LESSON, bills, figures, terms
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import at_least as count_of
from keyacct_utils.lessons.shared.claims import UNTESTED, Claim, at_least, untested
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples of an interval.
DRAWS = 400
#: Accounts drawn anew say nothing of how sure a share is where there are fewer than these.
FEWEST_ACCOUNTS = 10
#: Ends of months below which no roll rates are told.
FEWEST_MONTHS = 6
#: Accounts and months below which no trend from year to year is told.
FEWEST_TREND, TWO_YEARS = 20, 24
#: A state left fewer times than this has no rate that says anything.
FEWEST_ROLLS = 20
#: Terms by name or by days, beyond which days are put together.
MOST_TERMS = 6
#: Days of terms at which they are put together.
TERM_EDGES = (0, 15, 45, 75, 105)
DAYS_A_WEEK, YEAR = 7, terms.YEAR
GRADES = ("A", "B", "C", "D")
#: A difference of late shares between the worst and the best grade that would matter.
MATTERS = 0.05
#: Part of what is open that is much for one day of billing.
MUCH = 0.2
#: Unpaid for so long: the axis of the wait ends where so little is left.
REST = 0.01
LONGEST = 365
#: K's wholesaler A (S003-10f): so much of it is paid on delivery.
ON_DELIVERY = 0.80
HUNDRED = 100.0

Floats = npt.NDArray[np.float64]
#: Invoices that were mended, as `Receivables.odd` counts those known on the day of the look.
_MENDED = ("no issue", "no due", "prepaid")
#: What a step says of a book that has a ledger only.
NO_BILLS = "The book has no invoices; invoices.amount, due and paid_date would tell {what}."
NO_PAYMENTS = (
    "The book does not say when invoices were paid, so {what} cannot be told; invoices.paid_date "
    "would allow it."
)
NONE_PAID = (
    "No invoice of the book is paid yet, so {what} cannot be told; a book that reaches a later day "
    "would tell."
)
NO_PERIOD = "No invoice was issued in the period, so {what} cannot be told; choose another period."


@dataclass(frozen=True)
class Receivables(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    returns: str
    #: Payments are known up to this day, and who says so: "book", "reader", "beyond" (a
    #: reader, of a day after the last known), or "rows" (the last day on which anything was
    #: invoiced or paid).
    as_of: pd.Timestamp
    #: The last day that the book knows, as it declares or its invoices show.
    known: pd.Timestamp
    says_who: str
    #: Day of the stocks: the last of the period, or ``as_of`` where that is earlier.
    day: pd.Timestamp
    #: Invoices issued by ``as_of``: account_id, issue, due, amount, terms and, where known,
    #: paid_date, paid_amount, disputed. Empty where the book has none.
    invoices: pd.DataFrame
    #: Those of them that were issued in the period, and when.
    issued: pd.DataFrame
    when: str
    #: Whether payments are known at all; the names of the terms or only their days.
    payments: bool
    #: The columns of payments are there, and by them nothing is paid.
    none_paid: bool
    named_terms: bool
    #: Sales of the period up to ``as_of``, and when: of the ledger, or what was invoiced where
    #: there is none.
    sales: float
    sales_when: str
    #: Cost of goods over sales, where it is known of all; and the sales without a cost.
    cost_share: float
    uncosted: float
    labels: pd.Series
    grades: pd.Series
    trial: pd.DataFrame | None
    #: Rows that were left out or mended, by what was wrong with them.
    odd: Mapping[str, int] = field(default_factory=dict)
    net_days: int = 30

    @property
    def until(self) -> pd.DataFrame:
        """Invoices issued by the day of the stocks."""
        return self.invoices[self.invoices["issue"] <= self.day]


def receivables(
    opened: Book,
    period: str = "book",
    as_of: str = "book",
    *,
    net_days: int = 30,
    rate: float = 0.08,
) -> Receivables:
    """What was invoiced, when was it due, and when was it paid?

    Parameters
    ----------
    opened : Book
        With invoices, or with a ledger alone, of which less can be said.
    period : "book", "all", a year, a quarter or a month, in which invoices were issued.
    as_of : the day up to which payments are known; "book" takes the book's own, or the last day on
        which something was invoiced or paid. No later day than the book's own is taken; where it
        has none, the end of the month of that last day.
    net_days : days of credit, where an invoice has no day of issue or none on which it is due.
    rate : cost of capital a year that the steps will take, so that a wrong one is told at once.

    Raises
    ------
    ValueError
        For a day that is none, before the first invoice or after the last known; days of credit
        below zero; a rate that is no cost of capital.
    """
    _cost_of_capital(rate)
    if net_days < 0:
        raise ValueError(f"net_days is {net_days}: expected 0 days of credit or more")
    start, end = opened.period_dates(period)
    frame, odd = _invoices(opened, net_days)
    whole = frame
    day, says_who = _as_of(opened, frame, as_of)
    if len(frame):
        late = frame["issue"] > day
        odd["future"], frame = int(late.sum()), frame[~late]
        odd |= {name: int(frame[name].sum()) for name in _MENDED if name in frame}
        frame = frame.drop(columns=[name for name in _MENDED if name in frame])
        if frame.empty:
            raise ValueError(f"as_of is {day:%Y-%m-%d}, before the first invoice: give a later day")
    issued = frame
    if start is not None and len(frame):
        issued = frame[frame["issue"].between(pd.Timestamp(start), pd.Timestamp(end))]
    stock = min(day, pd.Timestamp(end)) if end is not None else day
    until = min(day.date(), end or day.date()) if says_who != "rows" else end
    sales, cost_share, uncosted, sales_when = _sales(opened, issued, start, until)
    when = sales_when
    if len(issued):
        when = f"from {issued['issue'].min():%Y-%m-%d} to {issued['issue'].max():%Y-%m-%d}"
    grades = pd.Series(dtype="str")
    if opened.has("account_profile", "credit_ext"):
        grades = opened.table("account_profile").set_index("account_id")["credit_ext"].dropna()
    has_trial = opened.has("reminders", "account_id", "reminded", "paid")
    return Receivables(
        name=opened.name,
        currency=opened.currency,
        returns=opened.returns,
        as_of=day,
        known=_known(opened, whole)[0],
        says_who=says_who,
        day=stock,
        invoices=frame,
        issued=issued,
        when=when,
        payments="paid_date" in frame and bool(frame["paid_date"].notna().any()),
        none_paid=_none_paid(frame),
        named_terms=bool(frame.attrs.get("named", False)),
        sales=sales,
        sales_when=sales_when if opened.has("ledger") else when,
        cost_share=cost_share,
        uncosted=uncosted,
        labels=opened.labels(),
        grades=grades,
        trial=opened.table("reminders") if has_trial else None,
        odd=odd,
        net_days=net_days,
    )


def _cost_of_capital(rate: float) -> None:
    if not (np.isfinite(rate) and 0 <= rate <= 1):
        raise ValueError(f"rate is {rate}: expected a fraction a year from 0 to 1; 8 % is 0.08")


def _one_or_more(name: str, values: Sequence[Any]) -> None:
    if not len(values):
        raise ValueError(f"{name} is empty: expected one value or more")


def _as_of(opened: Book, frame: pd.DataFrame, as_of: str) -> tuple[pd.Timestamp, str]:
    """The day up to which payments are known, and who says so; a day that a reader asks for may not
    lie after it, or what was paid since would count as open.
    """
    known, says_who = _known(opened, frame)
    if as_of == "book":
        return known, says_who
    try:
        day = pd.Timestamp(as_of).normalize()
    except (ValueError, TypeError, AttributeError):
        raise ValueError(
            f"as_of is {as_of!r}: expected 'book' or a day such as 2024-12-31"
        ) from None
    # A book that declares no day may well be whole up to the end of its last month.
    last = known if says_who == "book" else known + pd.offsets.MonthEnd(0)
    if day > last and (says_who == "book" or len(frame)):
        whose = (
            "the day up to which the book declares to be complete"
            if says_who == "book"
            else "the last day on which anything was invoiced or paid"
        )
        raise ValueError(
            f"as_of is {day:%Y-%m-%d}, after {known:%Y-%m-%d}, {whose}: what was paid since would "
            "count as open and late. Give an earlier day, or set as_of in book.toml where the book "
            "is complete up to a later one"
        )
    return day, "beyond" if day > known and len(frame) else "reader"


def _known(opened: Book, frame: pd.DataFrame) -> tuple[pd.Timestamp, str]:
    """The last day that the book knows: as it declares, else the last that its invoices show."""
    if opened.as_of is not None:
        return pd.Timestamp(opened.as_of), "book"
    if not len(frame):
        return pd.Timestamp("2000-01-01"), "rows"
    days = [frame["issue"].max()]
    if "paid_date" in frame and frame["paid_date"].notna().any():
        days.append(frame["paid_date"].max())
    return max(days), "rows"


def _invoices(opened: Book, net_days: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """The invoices by the accounts of the book, every one with an amount and both days."""
    columns = ["account_id", "issue", "due", "amount", "terms"]
    has_day = opened.has("invoices", "due") or opened.has("invoices", "issue")
    if not opened.has("invoices", "account_id", "amount") or not has_day:
        return pd.DataFrame(columns=columns), {}
    frame = opened.table("invoices")
    frame = frame[~frame["account_id"].isin(list(opened.excluded))].reset_index(drop=True)
    if opened.has("accounts", "group_id") and opened.has("ledger"):
        counted = set(opened.rollup(by_line=False)["account_id"])
        group = frame["account_id"].map(
            opened.table("accounts").set_index("account_id")["group_id"]
        )
        frame["account_id"] = group.where(group.isin(list(counted))).fillna(frame["account_id"])
    wait = pd.Timedelta(days=net_days)
    for name in ("issue", "due"):
        if name not in frame:
            frame[name] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    no_issue, no_due = frame["issue"].isna(), frame["due"].isna()
    frame["no issue"], frame["no due"] = no_issue & ~no_due, no_due & ~no_issue
    frame["issue"], frame["due"] = (
        frame["issue"].fillna(frame["due"] - wait),
        frame["due"].fillna(frame["issue"] + wait),
    )
    gone = frame["amount"].isna() | frame["issue"].isna() | frame["account_id"].isna()
    frame = frame[~gone].copy()
    if "paid_date" in frame:
        frame["prepaid"] = (frame["paid_date"] < frame["issue"]) & (frame["amount"] > 0)
        frame["paid_date"] = frame["paid_date"].mask(frame["prepaid"], frame["issue"])
    named = "terms_code" in frame and bool(frame["terms_code"].notna().any())
    frame["terms"] = frame["terms_code"] if named else _terms_by_days(frame)
    frame.attrs["named"] = named
    return frame, {"left out": int(gone.sum())}


def _none_paid(frame: pd.DataFrame) -> bool:
    told = [name for name in ("paid_date", "paid_amount") if name in frame]
    if not told or frame.empty:
        return False
    dated = "paid_date" in frame and bool(frame["paid_date"].notna().any())
    return not dated and not ("paid_amount" in frame and bool((frame["paid_amount"] > 0).any()))


def _terms_by_days(frame: pd.DataFrame) -> pd.Series:
    """Terms by their days of credit, put together where there are many."""
    days = (frame["due"] - frame["issue"]).dt.days.clip(lower=0)
    if days.nunique() <= MOST_TERMS:
        return days.map(lambda value: f"{value:.0f} days")
    ends = [*TERM_EDGES, np.inf]
    names = [
        f"{low + 1:g} to {high:g} days" if np.isfinite(high) else f"over {low:g} days"
        for low, high in itertools.pairwise(ends)
    ]
    found = pd.cut(days, ends, labels=names).astype("object")
    return found.where(days > 0, "0 days")


def _sales(
    opened: Book, issued: pd.DataFrame, start: Any, end: Any
) -> tuple[float, float, float, str]:
    """Sales of the period, cost of goods as a share of them, sales without a cost, and when."""
    if not opened.has("ledger"):
        return float(issued["amount"].sum()) if len(issued) else 0.0, np.nan, 0.0, "in all"
    totals = opened.totals(start=start, end=end).iloc[0]
    when = periods.in_words(totals)
    sales, cost_share, uncosted = float(totals["revenue"]), np.nan, 0.0
    if opened.has("ledger", "cost_goods"):
        uncosted = float(totals["uncosted"])
        known = sales - uncosted
        if known > 0 and pd.notna(totals["cost"]):
            cost_share = float(totals["cost"]) / known
    return sales, cost_share, uncosted, when


_ODD = {
    "left out": (
        "One invoice has no amount, no day or no account and is left out.",
        "Invoices without an amount, a day or an account are left out: {n:,}.",
    ),
    "future": (
        "One invoice is issued after {as_of} and is not known on that day.",
        "Invoices issued after {as_of} are not known on that day and are left out: {n:,}.",
    ),
    "prepaid": (
        "One invoice was paid before it was issued and counts as paid on the day of issue.",
        "Invoices paid before they were issued count as paid on the day of issue: {n:,}.",
    ),
    "no due": (
        "One invoice does not say when it is due: {net_days:count day} after issue is assumed.",
        "Invoices that do not say when they are due: {n:,}. For these {net_days:count day} after "
        "issue is assumed.",
    ),
    "no issue": (
        "One invoice does not say when it was issued: {net_days:count day} before it is due is "
        "assumed.",
        "Invoices that do not say when they were issued: {n:,}. For these {net_days:count day} "
        "before the day due is assumed.",
    ),
}


_KNOWN_UP_TO = {
    "book": "Payments are known up to {as_of}, as the book declares; what is owed is looked at on "
    "{day}.",
    "reader": "Payments are looked at as known on {as_of}, the day that was asked for; what is "
    "owed is looked at on {day}.",
    "beyond": "Payments are looked at as known on {as_of}, the day that was asked for, though "
    "nothing was invoiced or paid after {known}: what was paid since counts as open here, unless "
    "the book is complete up to that day (as_of in book.toml would say so); what is owed is looked "
    "at on {day}.",
    "rows": "Payments are known up to {as_of}, the last day on which anything was invoiced or paid "
    "(as_of in book.toml would say otherwise); what is owed is looked at on {day}.",
}


def book_in_numbers(found: Receivables) -> Finding:
    """Which book, which invoices, known up to which day."""
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when if len(found.invoices) else found.sales_when,
        "unit": found.unit_of_money,
        "sales": found.sales,
        "invoices": len(found.issued),
    }
    if found.invoices.empty:
        says = (
            "**{book}** has no invoices. Who owes what cannot be told: invoices.amount, due and "
            "paid_date would allow it.",
            "What a delay of payment would cost can: its sales {when} were {sales:money}{unit}.",
            *steps.gross(found.returns),
        )
        return Finding(numbers, says)
    numbers |= {
        "all": len(found.invoices),
        "accounts": int(found.invoices["account_id"].nunique()),
        "as_of": f"{found.as_of:%Y-%m-%d}",
        "day": f"{found.day:%Y-%m-%d}",
        "known": f"{found.known:%Y-%m-%d}",
        "billed": float(found.issued["amount"].sum()),
        "first": f"{found.invoices['issue'].min():%Y-%m-%d}",
        "last": f"{found.invoices['issue'].max():%Y-%m-%d}",
    }
    says_: list[Sentence | str] = [
        "**{book}** has {all:count invoice} to {accounts:count account}, issued from {first} to "
        "{last}.",
    ]
    if found.issued.empty:
        says_.append("No invoice was issued in the period.")
    else:
        says_.append(
            "The period has {invoices:count invoice} of them, issued {when}, over "
            "{billed:money}{unit}."
        )
        if len(found.issued) < len(found.until):
            numbers["stock"] = len(found.until)
            says_.append(
                "How late they are is told of these; who owes, days of sales and roll rates of "
                "all that were issued by {day}: {stock:count invoice}."
            )
    says_.append(_KNOWN_UP_TO[found.says_who])
    if not found.payments:
        says_.append(
            "When invoices were paid is not known, only how much."
            if "paid_amount" in found.invoices and (found.invoices["paid_amount"] > 0).any()
            else "No invoice is paid by the columns of payments: each counts as open."
            if found.none_paid
            else "No invoice has a day of payment: each counts as open, as in a list of open items."
        )
    for name, (one, many) in _ODD.items():
        if number := found.odd.get(name, 0):
            numbers[name] = {
                "n": number,
                "as_of": numbers["as_of"],
                "net_days": found.net_days,
            }
            says_.append(Sentence(one if number == 1 else many, of=name))
    return Finding(numbers, tuple(says_))


def pencil(
    issue: Sequence[int], due: Sequence[int], paid: Sequence[int | None], amount: Sequence[float]
) -> pd.DataFrame:
    """Five invoices on a napkin: days of issue, due and payment (None while open), and amount."""
    start = pd.Timestamp("2024-03-01") - pd.Timedelta(days=1)
    days = {"issue": issue, "due": due, "paid_date": paid}
    frame = pd.DataFrame(
        {
            name: [pd.NaT if day is None else start + pd.Timedelta(days=day) for day in values]
            for name, values in days.items()
        }
    ).astype("datetime64[s]")
    frame.insert(0, "account_id", ["Anhe", "Boda", "Chenxi", "Dafeng", "Enkang"][: len(frame)])
    frame["amount"] = np.asarray(amount, dtype=float)
    return frame


def _resampled(
    parts: pd.DataFrame, statistic: Callable[[Floats], Floats], draws: int | None
) -> tuple[float, float]:
    """Limits of a statistic of sums over accounts, with accounts drawn anew: missing where there
    are few. ``parts`` has a row per account; ``statistic`` takes draws x columns.
    """
    if len(parts) < FEWEST_ACCOUNTS:
        return np.nan, np.nan
    weights = drawn_counts(len(parts), draws or DRAWS, np.random.default_rng(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = statistic(weights @ parts.to_numpy(dtype=float))
    values = values[np.isfinite(values)]
    return percentile_limits(values) if len(values) else (np.nan, np.nan)


def _missing(
    found: Receivables, what: str, *, payments: bool = True, any_paid: bool = True
) -> Finding | None:
    """Why a step has no answer: no invoices, no payments known, or none made where it takes one."""
    if found.invoices.empty:
        return unknown(NO_BILLS, what=what)
    if payments and not found.payments and not (found.none_paid and not any_paid):
        return unknown(NONE_PAID if found.none_paid else NO_PAYMENTS, what=what)
    return None


FEW = "How sure that is cannot be told from fewer than {fewest:count account}."


def how_late(found: Receivables, *, draws: int | None = None) -> Finding:
    """Which share of the invoices was late, and how long does one stay unpaid?

    Parameters
    ----------
    draws : resamples of accounts for the intervals.
    """
    what = "which invoices were late"
    if gap := _missing(found, what, any_paid=False):
        return gap
    if found.issued.empty:
        return unknown(NO_PERIOD, what=what)
    known = bills.known_on(found.issued, found.as_of, ["issue"])
    judged = bills.judged_bills(known, found.as_of)
    judged = judged[judged["fate"] != ""]
    if judged.empty:
        return unknown(
            "No invoice of the period can be judged on {as_of}: all are credit notes, open and not "
            "yet due, or paid without a date. A book that reaches a later day would allow it.",
            as_of=f"{found.as_of:%Y-%m-%d}",
        )
    share = bills.late_share(found.issued, found.as_of)
    curve = bills.days_to_pay(found.issued, found.as_of)
    numbers: dict[str, Any] = {
        **share._asdict(),
        "late_count": share.by_count,
        "late_money": share.by_money,
        "as_of": f"{found.as_of:%Y-%m-%d}",
        "fewest": FEWEST_ACCOUNTS,
        "unit": found.unit_of_money,
    }
    late = judged["fate"] != "on time"
    parts = pd.DataFrame(
        {
            "n": 1.0,
            "late": late.astype(float),
            "amount": judged["amount"],
            "money": judged["amount"] * late,
        }
    )
    parts = parts.groupby(judged["account_id"]).sum()
    count = _resampled(parts, lambda s: s[:, 1] / s[:, 0], draws)
    money = _resampled(parts, lambda s: s[:, 3] / s[:, 2], draws)
    says: list[str] = []
    plain = (
        "Late were {late_count:percent} of {judged:count invoice}, and {late_money:percent} of the "
        "money."
    )
    if share.late in (0, share.judged):
        says += [plain, "Drawing accounts anew cannot say how sure that is: all fared alike."]
    elif np.isnan(count[0]):
        says += [plain, FEW]
    else:
        numbers |= {
            "low": count[0],
            "high": count[1],
            "money_low": money[0],
            "money_high": money[1],
        }
        says.append(
            "Late were {late_count:percent} of {judged:count invoice} ({low:percent} to "
            "{high:percent} with other accounts of this kind, 95 % of draws), and "
            "{late_money:percent} of the money ({money_low:percent} to {money_high:percent})."
        )
    if found.none_paid:
        says.append(
            "No invoice of the book is paid yet. If it is a list of open items, those that were "
            "paid are missing in it, and this is no late share."
        )
    says += _of_the_open(share)
    says += _of_disputed(found, numbers)
    says += _of_the_wait(curve, numbers)
    last = _last_day(curve)
    picture = None
    if last > 0:
        numbers["last"] = last
        picture = Picture(
            lambda title: figures.wait_plot(
                curve, title, "days since the invoice was issued", last
            ),
            "Half are paid within {half:count day}, {part:percent0} within {nearly:count day}"
            if "nearly" in numbers
            else "Half are paid within {half:count day}, and {rest:percent} stay unpaid"
            if "half" in numbers
            else "Late by count {late_count:percent}, by money {late_money:percent}",
            "Falling curves of the share of invoices that are still unpaid by days since issue, up "
            "to {last:,} days: all invoices, and the paid ones alone.",
        )
    return Finding(numbers, tuple(says), picture=picture)


def _of_the_open(share: bills.LateShare) -> list[str]:
    """What leaving the open invoices out would do, and what cannot be judged."""
    says = []
    if share.open_late and not np.isnan(share.paid_count):
        says.append(
            "Over paid invoices alone it were {paid_count:percent} and {paid_money:percent}: that "
            "leaves out {open_late:count invoice} still open past the day due on {as_of}."
        )
    elif not share.open_late:
        says.append("None of them is still open past the day due on {as_of}.")
    if share.undecided:
        says.append("Open and not yet due, so not judged: {undecided:count invoice}.")
    if share.undated:
        says.append("Paid without a date, so not judged: {undated:count invoice}.")
    return says


def _of_disputed(found: Receivables, numbers: dict[str, Any]) -> list[str]:
    """The late share without the invoices that are disputed."""
    if "disputed" not in found.issued:
        return []
    disputed = found.issued["disputed"].fillna(0) == 1
    numbers["disputed"] = int(disputed.sum())
    if not disputed.any():
        return ["No invoice of the period is disputed."]
    try:
        rest = bills.late_share(found.issued[~disputed], found.as_of)
    except ValueError:
        return ["Disputed: {disputed:count invoice}; without these none can be judged."]
    numbers["undisputed_count"], numbers["undisputed_money"] = rest.by_count, rest.by_money
    return [
        "Without {disputed:count disputed invoice} it were {undisputed_count:percent} and "
        "{undisputed_money:percent}."
    ]


def _first_below(curve: pd.Series, share: float) -> float:
    """The first day on which no more than this share is unpaid."""
    below = curve.index[curve <= share + 1e-12]
    return float(below[0]) if len(below) else np.nan


def _of_the_wait(curve: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    half = _first_below(curve["unpaid"], 0.5)
    if np.isnan(half):
        return ["Not half of the invoices are paid yet, so no typical wait can be told."]
    numbers["half"] = int(half)
    late = _first_below(curve["unpaid"], 0.05)
    if np.isnan(late):
        numbers["rest"] = float(curve["unpaid"].iloc[-1])
        return ["Half are paid within {half:count day} of issue; {rest:percent} stay unpaid for as "
                "long as can be seen."]  # fmt: skip
    numbers["nearly"], numbers["part"] = int(late), 0.95
    return ["Half are paid within {half:count day} of issue, {part:percent0} within "
            "{nearly:count day}."]  # fmt: skip


def _last_day(curve: pd.DataFrame) -> int:
    """Where the axis of the wait ends; 0 where nothing is paid, so that there is no curve."""
    if curve.empty:
        return 0
    end = _first_below(curve["unpaid"], REST)
    last = end if not np.isnan(end) else float(curve.index[-1])
    return int(min(max(last, DAYS_A_WEEK) if last > 0 else 0, LONGEST))


def _month_ends(found: Receivables) -> list[pd.Timestamp]:
    """Ends of months from the first invoice to the day of the stocks."""
    first = found.until["issue"].min()
    ends = pd.date_range(first, found.day, freq="ME").tolist()
    if not ends or ends[-1] < found.day:
        ends.append(found.day)
    return ends


def who_owes_us(
    found: Receivables, edges: tuple[int, ...] = bills.EDGES, *, shown: int = 8
) -> Finding:
    """Who owes us how much, and how old is it?

    Parameters
    ----------
    edges : days past due at which one age ends and the next begins, from 0 on.
    shown : accounts in the table, those with most past due.
    """
    count_of("shown", shown, 1)
    if gap := _missing(found, "who owes how much", payments=False):
        return gap
    if found.until.empty:
        return unknown(NO_PERIOD, what="who owes how much")
    names = bills.bucket_names(edges)
    table = bills.ageing(found.until, found.day, edges)
    owed, overdue = float(table["total"].sum()), float(table["overdue"].sum())
    positive = float(table[names].to_numpy().sum())
    credit = float(table[bills.CREDIT].sum())
    numbers: dict[str, Any] = {
        "day": f"{found.day:%Y-%m-%d}",
        "owed": owed,
        "overdue": overdue,
        "positive": positive,
        "old": float(table[names[-1]].sum()),
        "last": names[-1],
        "behind": int((table["overdue"] > 0).sum()),
        "accounts": len(table),
        "unit": found.unit_of_money,
        "credit": -credit,
    }
    if positive <= 0:
        return Finding(numbers, ("On {day} no invoice is open.",))
    numbers["share"] = overdue / positive
    says = [
        "On {day} invoices of {positive:money}{unit} are open, {share:percent} of it past due, "
        "{old:money} {last} days."
        if numbers["old"] > 0
        else "On {day} invoices of {positive:money}{unit} are open, {share:percent} of it past "
        "due, nothing {last} days."
        if overdue > 0
        else "On {day} invoices of {positive:money}{unit} are open, and nothing of it is past due."
    ]
    if credit < 0:
        says.append("Open credit notes of {credit:money} would be taken off.")
    behind = table[table["overdue"] > 0].sort_values("overdue", ascending=False, kind="stable")
    head = behind.head(shown)
    if len(head):
        numbers |= {
            "first": len(head),
            "who": found.called(head.index[0]),
            "most": float(head["overdue"].iloc[0]),
            "part": float(head["overdue"].sum() / overdue),
        }
        says.append(
            "Past due is {behind:count account}: {who}, with {most:money}."
            if len(behind) == 1
            else "Something is past due at {behind} of {accounts:count account}, most at {who} "
            "({most:money})."
            if len(head) == len(behind)
            else "Something is past due at {behind} of {accounts:count account}; the first {first} "
            "owe {part:percent} of it, {who} most ({most:money})."
        )
        oldest = table[names[-1]].sort_values(ascending=False, kind="stable")
        if float(oldest.iloc[0]) > 0 and oldest.index[0] != head.index[0]:
            numbers |= {"who_old": found.called(oldest.index[0]), "most_old": float(oldest.iloc[0])}
            says.append("Of what is {last} days past due, {who_old} owes most ({most_old:money}).")
    view = head[["total", "overdue", *names[1:]]]
    view.insert(0, "name", found.named(view.index))
    columns = {name: Shown(f"{name} days", "money") for name in names[1:]}
    columns |= {"total": Shown("owed", "money"), "overdue": Shown("past due", "money")}
    days = _month_ends(found)
    picture = None
    if len(days) >= FEWEST_MONTHS:
        river = bills.open_by_month(found.until, days, found.as_of, edges)
        numbers |= {"months": len(days), "peak": float(river.sum(axis=1).max())}
        says += _of_the_worst_end(river, numbers)
        picture = Picture(
            lambda title: figures.river_plot(river, title, f"open{found.unit_of_money}"),
            "{share:percent} of what is owed on {day} is past due",
            "Stacked areas of the amounts open at {months:count end/ends} of months, by age from "
            "not due to {last} days; the highest sum is {peak:money}.",
        )
    return Finding(
        numbers, tuple(says), view.rename_axis("account") if len(view) else None, columns, picture
    )


def _of_the_worst_end(river: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """At which end of a month most of what was open was past due, where that is not the last."""
    whole = river.sum(axis=1)
    share = (river.iloc[:, 1:].sum(axis=1) / whole.where(whole > 0)).dropna()
    if share.empty or not share.max() > 0:
        return []
    worst = share.idxmax()
    numbers |= {"worst_day": f"{worst:%Y-%m-%d}", "worst_share": float(share[worst])}
    if worst == river.index[-1]:
        return ["At no end of a month before was so large a part past due."]
    return ["Of the ends of months the largest part past due was that of {worst_day}: "
            "{worst_share:percent}."]  # fmt: skip


def _flows(found: Receivables, end: pd.Timestamp, window: int) -> dict[str, float] | None:
    """Receivables at both ends of a window, what was invoiced in it, and what is not yet due."""
    begin = end - pd.Timedelta(days=window)
    rows = found.invoices
    rows = rows[(rows["issue"] <= end)]
    inside = rows[rows["issue"] > begin]
    sales = float(inside["amount"].sum())
    if not sales > 0:
        return None
    river = bills.open_by_month(rows, [begin, end], found.as_of)
    opening, closing = (float(value) for value in river.sum(axis=1))
    return {
        "opening": opening,
        "sales": sales,
        "closing": closing,
        "current": float(river.iloc[1, 0]),
    }


def days_outstanding(found: Receivables, window: int = 365, *, draws: int | None = None) -> Finding:
    """How many days of sales are unpaid, how many would be if all paid on the day due?

    Parameters
    ----------
    window : days up to the day of the stocks whose invoices count as credit sales.
    draws : resamples of accounts for the interval.
    """
    if window < 1:
        raise ValueError(f"window is {window}: expected 1 day or more")
    what = "how many days of sales are unpaid"
    if gap := _missing(found, what, any_paid=False):
        return gap
    first = found.invoices["issue"].min()
    span = min(window, int((found.day - first).days) + 1)
    now = _flows(found, found.day, span)
    if now is None:
        return unknown(
            "What was invoiced in the {days:count day} before {day} does not add up to more than "
            "zero, so it makes up no days; another period or window would allow it.",
            days=span,
            day=f"{found.day:%Y-%m-%d}",
        )
    rows = {f"{found.day:%Y-%m-%d}": _days_of(now, span)}
    earlier = found.day - pd.DateOffset(years=1)
    if earlier - pd.Timedelta(days=span) >= first - pd.Timedelta(days=1):
        before = _flows(found, earlier, span)
        if before is not None:
            rows = {f"{earlier:%Y-%m-%d}": _days_of(before, span), **rows}
    table = pd.DataFrame(rows).T
    numbers: dict[str, Any] = {
        "day": f"{found.day:%Y-%m-%d}",
        "window": span,
        "unit": found.unit_of_money,
        "fewest": FEWEST_ACCOUNTS,
        **now,
        **{str(name): float(value) for name, value in table.iloc[-1].items()},
    }
    says = [
        "On {day}, {dso:.1f} days of sales are unpaid, at the sales of the {window:count day} "
        "before it; {best:.1f} would be if all paid on the day due, so {delay:.1f} are delay."
    ]
    says += _of_the_billing_day(found, span, numbers)
    low, high = _dso_interval(found, span, draws)
    if now["closing"] <= 0:
        says.append("All is paid, and drawing accounts anew cannot say how sure that is.")
    elif np.isnan(low):
        says.append(FEW)
    else:
        numbers |= {"low": low, "high": high}
        says.append(
            "With other accounts of this kind it were {low:.1f} to {high:.1f} days (95 % of draws)."
        )
    if pd.notna(table["cei"].iloc[-1]):
        says.append("Of what could be collected in that time, {cei:percent} was.")
    else:
        del numbers["cei"]
    if len(table) > 1:
        numbers["moved"] = float(table["dso"].iloc[-1] - table["dso"].iloc[0])
        says.append("Against the year before, days unpaid changed by {moved:+.1f}.")
    columns = {
        "dso": Shown("days of sales unpaid", ".1f"),
        "best": Shown("if all paid on the day due", ".1f"),
        "delay": Shown("delay", ".1f"),
        "cei": Shown("collected, of what could be", "percent"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("day"), columns)


def _of_the_billing_day(found: Receivables, span: int, numbers: dict[str, Any]) -> list[str]:
    """The days that were agreed, and what the look would be a day earlier, where much was invoiced
    on its very day.
    """
    rows, begin = found.until, found.day - pd.Timedelta(days=span)
    inside = rows[(rows["issue"] > begin) & (rows["amount"] > 0)]
    if inside.empty:
        return []
    wait = (inside["due"] - inside["issue"]).dt.days
    numbers["agreed"] = float((wait * inside["amount"]).sum() / inside["amount"].sum())
    says = ["Agreed were {agreed:.1f} days on average, by money."]
    fresh = rows[rows["issue"] == found.day]
    left = bills.known_on(fresh, found.day)["open"] if len(fresh) else pd.Series(dtype=float)
    today = float(left.clip(lower=0).sum())
    eve = found.day - pd.Timedelta(days=1)
    before = _flows(found, eve, span) if eve >= rows["issue"].min() else None
    if before is None or today < MUCH * numbers["closing"] or not numbers["closing"] > 0:
        return says
    numbers |= {
        "today": today / numbers["closing"],
        "eve": f"{eve:%Y-%m-%d}",
        "eve_dso": _days_of(before, span)["dso"],
    }
    return [
        *says,
        "The look falls on a day of billing: {today:percent} of what is open was invoiced on {day} "
        "itself, and a day earlier, on {eve}, {eve_dso:.1f} days were unpaid. Compare like days; "
        "the delay hardly hangs on it.",
    ]


def _days_of(flow: Mapping[str, float], window: int) -> dict[str, float]:
    dso = bills.days_sales_outstanding(flow["closing"], flow["sales"], window)
    best = bills.best_possible_dso(flow["current"], flow["sales"], window)
    could = flow["opening"] + flow["sales"] - flow["current"]
    cei = np.nan
    if could > 0 and flow["closing"] <= flow["opening"] + flow["sales"]:
        cei = bills.collection_effectiveness(
            flow["opening"], flow["sales"], flow["closing"], flow["current"]
        )
    return {"dso": dso, "best": best, "delay": dso - best, "cei": cei}


def _dso_interval(found: Receivables, window: int, draws: int | None) -> tuple[float, float]:
    rows = found.until
    known = bills.known_on(rows[rows["issue"] <= found.day], found.day, ["issue"])
    inside = rows["issue"] > found.day - pd.Timedelta(days=window)
    parts = pd.DataFrame({"open": known["open"].clip(lower=0), "sales": rows["amount"] * inside})
    parts = parts.groupby(rows["account_id"]).sum()
    return _resampled(
        parts, lambda s: np.where(s[:, 1] > 0, s[:, 0] / s[:, 1] * window, np.nan), draws
    )


def account_states(found: Receivables) -> pd.DataFrame:
    """The state of each account at the ends of whole months, from the first month before something
    was due.
    """
    ends = [day for day in _month_ends(found) if day == day + pd.offsets.MonthEnd(0)]
    if len(ends) < 2:
        return pd.DataFrame()
    try:
        return bills.account_states(found.until, ends, found.as_of)
    except ValueError:
        return pd.DataFrame()


def roll(found: Receivables, *, draws: int | None = None) -> Finding:
    """Of the accounts that are behind, how many catch up, and how many roll on?

    Parameters
    ----------
    draws : resamples of accounts for the intervals.
    """
    what = "how accounts roll from one state to the next"
    if gap := _missing(found, what):
        return gap
    states = account_states(found)
    months = states.shape[1]
    if months < FEWEST_MONTHS:
        return unknown(
            "Roll rates take invoices and payments over {needed:count month} or more; this book "
            "has {months:count whole month}.",
            needed=FEWEST_MONTHS,
            months=months,
        )
    names = bills.state_names()
    counts = bills.roll_counts(states, names)
    left = counts.T.groupby(level="from").sum().T.sum().reindex(names)
    if not left[names[1:]].sum():
        return unknown(
            "No account was behind at the end of any of {months:count month}, so nothing rolled.",
            months=months,
        )
    first, second = names[1], names[2]
    if left[first] < FEWEST_ROLLS:
        return unknown(
            "Accounts were seen {first} days behind {seen:count time}: fewer than {few}, so no "
            "rate is told.",
            first=first,
            seen=int(left[first]),
            few=FEWEST_ROLLS,
        )
    rates = bills.roll_rates(states, names)
    numbers: dict[str, Any] = {
        "months": months,
        "from_month": f"{states.columns[0]:%Y-%m}",
        "to_month": f"{states.columns[-1]:%Y-%m}",
        "accounts": len(states),
        "fewest": FEWEST_ACCOUNTS,
        "few": FEWEST_ROLLS,
        "frame": rates,
        "states": states,
        "first": first,
        "second": second,
        "seen": int(left[first]),
        "on": float(rates.loc[first, second]),
        "cured": float(rates.loc[first, bills.CURRENT]),
    }
    low, high = _rate_interval(counts, first, second, draws)
    says = [
        "Over {months:count end/ends} of months, from {from_month} to {to_month}: of the accounts "
        "{first} days behind, {cured:percent} are current a month later and {on:percent} have "
        "rolled on to {second}; seen {seen:,} times."
    ]
    if np.isnan(low):
        says.append(FEW)
    else:
        numbers |= {"low": low, "high": high}
        says.append(
            "With other accounts of this kind {low:percent} to {high:percent} would roll on "
            "(95 % of draws)."
        )
    says += _of_the_end(rates, left, numbers)
    says += _of_growth(states, numbers)
    thin = [str(name) for name in names if 0 < left[name] < FEWEST_ROLLS]
    if thin:
        numbers["thin"] = thin
        says.append("Rows seen fewer than {few} times, of which nothing follows: {thin:names}.")
    picture = Picture(
        lambda title: figures.roll_plot(rates, title),
        "{on:percent} of those {first} days behind roll on",
        "Matrix of monthly transition shares from each state of days past due to each other, over "
        "{months:count end/ends} of months.",
    )
    table = rates.rename_axis("from").rename_axis(None, axis=1)
    columns = {name: Shown(name, "percent") for name in table.columns}
    return Finding(numbers, tuple(says), table, columns, picture, show_table=False)


def _rate_interval(
    counts: pd.DataFrame, source: str, target: str, draws: int | None
) -> tuple[float, float]:
    parts = pd.DataFrame({"from": counts[source].sum(axis=1), "both": counts[(source, target)]})
    seen = parts[parts["from"] > 0]
    return _resampled(seen, lambda s: s[:, 1] / s[:, 0], draws)


def _of_the_end(rates: pd.DataFrame, left: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """The chance to get to the last state before being current again."""
    between = list(left.index[1:-1])
    if (left[between] < FEWEST_ROLLS).any():
        return []
    square = rates.reindex(index=left.index).copy()
    square.loc[left.index[-1]] = square.loc[left.index[-1]].fillna(0.0)
    if not square.loc[left.index[-1]].sum():
        square.loc[left.index[-1], left.index[-1]] = 1.0
    try:
        chance = bills.chance_of_rolling(square, to=str(left.index[-1]))
    except ValueError:
        return []
    numbers |= {
        "end": str(left.index[-1]),
        "start_chance": float(chance.iloc[0]),
        "late_chance": float(chance.iloc[-1]),
        "late_state": str(chance.index[-1]),
        "chance": chance.to_dict(),
    }
    return [
        "If every month is like these, one {first} days behind gets {end} days "
        "behind with a chance "
        "of {start_chance:percent} before it is current again; one {late_state} days behind with "
        "{late_chance:percent}."
    ]


def _of_growth(states: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    if len(states) < FEWEST_TREND or states.shape[1] < TWO_YEARS:
        return []
    try:
        growth = bills.growth_of_falling_behind(states)
    except (ValueError, np.linalg.LinAlgError):
        return []
    if not np.isfinite(growth).all() or growth.high > 1e3:
        return []
    numbers |= {"growth": growth.estimate, "growth_low": growth.low, "growth_high": growth.high}
    fell = falling_behind(states)
    numbers |= {
        "year_one": str(fell.index[0]),
        "year_last": str(fell.index[-1]),
        "fell_first": float(fell.iloc[0]),
        "fell_last": float(fell.iloc[-1]),
    }
    spans = (
        " Of those current at the end of a month, {fell_first:percent} were behind a month later "
        "in {year_one} and {fell_last:percent} in {year_last}."
    )
    if growth.low > 1:
        return [
            "From year to year the chance to fall behind grew by a factor of {growth:.2f} "
            "({growth_low:.2f} to {growth_high:.2f}): accounts fall behind more often than before."
            + spans,
            "That is of how many fall behind, not of the money past due on a day, which may fall "
            "all the same.",
        ]
    if growth.high < 1:
        return [
            "From year to year the chance to fall behind shrank by a factor of {growth:.2f} "
            "({growth_low:.2f} to {growth_high:.2f}): accounts fall behind less often than before."
            + spans
        ]
    return [
        "From year to year the chance to fall behind changed by a factor of {growth:.2f} "
        "({growth_low:.2f} to {growth_high:.2f}): no trend is told."
    ]


def falling_behind(states: pd.DataFrame) -> pd.Series:
    """Of the accounts that were current at the end of a month, which part was behind a month later,
    by calendar year.
    """
    before, after = states.iloc[:, :-1].to_numpy(), states.iloc[:, 1:].to_numpy()
    at_risk = (before == bills.CURRENT) & ~pd.isna(after)
    fell = (at_risk & (after != bills.CURRENT)).sum(axis=0)
    table = pd.DataFrame({"fell": fell, "risk": at_risk.sum(axis=0)}, index=states.columns[1:])
    by_year = table.groupby(pd.DatetimeIndex(table.index).year).sum()
    by_year = by_year[by_year["risk"] > 0]
    return by_year["fell"] / by_year["risk"]


def price_of_waiting(
    found: Receivables,
    rate: float = 0.08,
    losses: tuple[float, ...] = (0.0, 0.01, 0.02, 0.05),
    *,
    days: tuple[int, ...] = (0, 30, 60, 90, 120),
) -> Finding:
    """Which discount for payment at once is as good as waiting?

    Parameters
    ----------
    rate : cost of capital a year.
    losses : expected parts of the money that never come (chance of default x part lost then).
    days : that we would wait.
    """
    _one_or_more("losses", losses)
    _one_or_more("days", days)
    names = [f"{percent(loss)} never paid" if loss else "all paid" for loss in losses]
    grid = pd.DataFrame(
        {
            name: [terms.prepayment_discount(rate, day, loss) for day in days]
            for name, loss in zip(names, losses, strict=True)
        },
        index=pd.Index(days, name="days"),
    )
    worst, last = max(losses), max(days)
    numbers: dict[str, Any] = {
        "rate": rate,
        "last": last,
        "alone": terms.prepayment_discount(rate, last),
        "worst": worst,
        "with_loss": terms.prepayment_discount(rate, last, worst),
        "sales": found.sales,
        "unit": found.unit_of_money,
        "when": found.sales_when,
        "grid": grid,
    }
    says = [
        "At {rate:percent} a year, waiting {last:count day} is as good as a discount of "
        "{alone:percent2} now if all pay; where {worst:percent} never comes, of "
        "{with_loss:percent2}."
        if worst > 0
        else "At {rate:percent} a year, waiting {last:count day} is as good as a discount of "
        "{alone:percent2} now."
    ]
    if worst > 0 and rate > 0:
        numbers["as_days"] = float(-np.log(1 - worst) / np.log(1 + rate) * YEAR)
        says.append("A loss of {worst:percent} weighs as much as {as_days:,.0f} days of waiting.")
    if found.sales > 0 and rate > 0:
        numbers["a_day"] = found.sales * terms.prepayment_discount(rate, 1)
        says.append(
            "One more day of credit on all sales {when} ({sales:money}{unit}) costs "
            "{a_day:money}{unit}."
        )
    picture = Picture(
        lambda title: figures.discount_plot(grid, title, ()),
        "What waiting is worth: a discount by days and by what never comes",
        "Lines of the discount that is as good as waiting, rising with the days up to {last}; a "
        "higher loss lifts the line from its start. At {last} days {alone:percent2} without loss.",
    )
    columns = {name: Shown(name, "percent2") for name in grid.columns}
    return Finding(numbers, tuple(says), grid, columns, picture, show_table=False)


def _group_rows(found: Receivables, group: pd.Series, long: int) -> pd.DataFrame:
    """By account and group: invoices judged and late, money due long ago and still open, days."""
    known = bills.known_on(found.issued, found.as_of, ["issue"])
    judged = bills.judged_bills(known, found.as_of)
    judged = judged.assign(
        group=group.reindex(judged.index),
        n=(judged["fate"] != "").astype(float),
        late=judged["fate"].isin(["paid late", "open late"]).astype(float),
    )
    old = ((found.as_of - judged["due"]).dt.days > long) & ~judged["undated"]
    judged["old"] = judged["amount"] * old
    judged["still"] = judged["open"] * old
    columns = ["n", "late", "old", "still"]
    return judged.dropna(subset=["group"]).groupby(["group", "account_id"])[columns].sum()


def by_grade(
    found: Receivables, rate: float = 0.08, *, long: int = 90, draws: int | None = None
) -> Finding:
    """Does the credit grade tell who pays late, and what discount would each grade be worth?

    Parameters
    ----------
    rate : cost of capital a year.
    long : days past due after which open money counts as not coming.
    draws : resamples of accounts for the intervals.
    """
    count_of("long", long, 0)
    what = "who pays late by grade"
    if gap := _missing(found, what):
        return gap
    if found.issued.empty:
        return unknown(NO_PERIOD, what=what)
    graded = len(found.grades) > 0
    group = (
        found.issued["account_id"].map(found.grades)
        if graded
        else pd.Series("all", index=found.issued.index)
    )
    rows = _group_rows(found, group, long)
    rows = rows[rows["n"] > 0]
    if rows.empty:
        return unknown(
            "No invoice of the period can be judged by grade; account_profile.credit_ext and later "
            "payments would allow it."
        )
    known = bills.known_on(found.issued, found.as_of, ["issue"])
    time, paid = bills.durations(known, found.as_of)
    of_group = group.reindex(time.index)
    table = []
    for name, part in rows.groupby(level="group"):
        low, high = _resampled(part, lambda s: s[:, 1] / s[:, 0], draws)
        old = float(part["old"].sum())
        still = float(part["still"].sum()) / old if old > 0 else np.nan
        days = bills.typical_days(time[of_group == name], paid[of_group == name])
        sure = pd.notna(still) and still < 1 and pd.notna(days)
        discount = terms.prepayment_discount(rate, days, still) if sure else np.nan
        late = float(part["late"].sum() / part["n"].sum())
        table.append((str(name), len(part), late, low, high, still, days, discount))
    columns_ = ["grade", "accounts", "late", "low", "high", "still", "days", "discount"]
    frame = pd.DataFrame(table, columns=columns_).set_index("grade")
    numbers: dict[str, Any] = {
        "rate": rate,
        "long": long,
        "grades": len(frame),
        "fewest": FEWEST_ACCOUNTS,
        "frame": frame,
        "matters": MATTERS,
    }
    says = _of_grades(rows, frame, numbers, draws) if graded else [
        "The book has no credit grades (account_profile.credit_ext would add them), "
        "so all accounts "
        "stand in one row."
    ]  # fmt: skip
    says.append(
        "The discount is the one that is as good as the typical wait at "
        "{rate:percent} a year, with "
        "what is open {long:count day} after it was due taken as not coming."
    )
    if graded:
        says.append(
            "Days to pay and discount hang on the terms too: a grade that is sold long terms waits "
            "longer without being later."
        )
    columns = {
        "late": Shown("late, of its invoices", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "still": Shown("of the money, open for long", "percent2"),
        "days": Shown("typical days to pay", ",.0f"),
        "discount": Shown("discount as good", "percent2"),
    }
    return Finding(numbers, tuple(says), frame, columns)


def _of_grades(
    rows: pd.DataFrame, frame: pd.DataFrame, numbers: dict[str, Any], draws: int | None
) -> list[Any]:
    """Whether the worst grade pays late more often than the best, and which pairs are told."""
    names = [name for name in GRADES if name in frame.index]
    if len(names) < 2:
        return ["All accounts have one grade, so it tells nobody from anybody."]
    best, worst = names[0], names[-1]
    numbers |= {
        "best": best,
        "worst": worst,
        "gap": float(frame.loc[worst, "late"] - frame.loc[best, "late"]),
    }
    low, high = difference(rows.loc[worst], rows.loc[best], draws)
    numbers["size"] = abs(numbers["gap"])
    if np.isnan(low):
        return [
            "Grade {worst} was late in {size:points} points more of its invoices than grade {best}."
            if numbers["gap"] >= 0
            else "Grade {worst} was late in {size:points} points less of its invoices than grade "
            "{best}.",
            FEW,
        ]
    numbers |= {"gap_low": low, "gap_high": high}
    says = [
        "Grade {worst} was late in {size:points} points more of its invoices than grade {best} "
        "(difference {gap_low:points} to {gap_high:points}, 95 % of draws of accounts)."
        if numbers["gap"] >= 0
        else "Grade {worst} was late in {size:points} points less of its invoices than grade "
        "{best} (difference {gap_low:points} to {gap_high:points}, 95 % of draws of accounts)."
    ]
    says.append(
        "The worst grade pays late more often than the best."
        if low > 0
        else "The worst grade was late less often than the best."
        if high < 0
        else "So no difference between these two is told."
    )
    return says + _of_pairs(rows, frame, names, numbers, draws)


def _of_pairs(
    rows: pd.DataFrame,
    frame: pd.DataFrame,
    names: list[str],
    numbers: dict[str, Any],
    draws: int | None,
) -> list[str]:
    """Which of all pairs of grades are told apart, and whether in the order of the grades."""
    told, pairs = [], list(itertools.combinations(names, 2))
    for better, worse in pairs:
        gap = float(frame.loc[worse, "late"] - frame.loc[better, "late"])
        low, high = difference(rows.loc[worse], rows.loc[better], draws)
        if low > 0 or high < 0:
            told.append((worse, better, gap, low, high))
    numbers |= {"pairs": len(pairs), "told": len(told), "against": sum(g[2] < 0 for g in told)}
    if len(pairs) < 2:
        return []
    if not told:
        return ["No pair of {pairs} is told apart."]
    says: list[Any] = ["Of {pairs} pairs of grades, told apart (each at 95 %): {told}."]
    for place, (worse, better, gap, low, high) in enumerate(told):
        name = f"pair {place + 1}"
        late, other = (worse, better) if gap >= 0 else (better, worse)
        ends = sorted((abs(low), abs(high)))
        numbers[name] = {
            "late": late,
            "other": other,
            "gap": abs(gap),
            "low": ends[0],
            "high": ends[1],
        }
        says.append(
            Sentence(
                "{late} is later than {other} by {gap:points} points ({low:points} to "
                "{high:points}).",
                of=name,
            )
        )
    if numbers["against"]:
        says.append(
            "Where a better grade is the later one, the order of the grades is not that of "
            "lateness."
        )
    return says


def difference(
    first: pd.DataFrame, second: pd.DataFrame, draws: int | None = None
) -> tuple[float, float]:
    """Limits of the difference of two late shares, with accounts of each group drawn anew."""
    if min(len(first), len(second)) < FEWEST_ACCOUNTS:
        return np.nan, np.nan
    rng, sides = np.random.default_rng(0), []
    for part in (first, second):
        sums = drawn_counts(len(part), draws or DRAWS, rng) @ part[["late", "n"]].to_numpy()
        sides.append(sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan))
    gap = sides[0] - sides[1]
    gap = gap[np.isfinite(gap)]
    return percentile_limits(gap) if len(gap) else (np.nan, np.nan)


def _terms_parts(
    found: Receivables, rate: float, open_as: terms.OpenAs, lag_days: float
) -> pd.DataFrame:
    """Amount that counts and its worth, by terms and account."""
    rows = terms.worth_by_invoice(found.issued, found.as_of, rate, open_as, lag_days)
    keys = [
        found.issued["terms"].reindex(rows.index),
        found.issued["account_id"].reindex(rows.index),
    ]
    return rows.groupby(keys)[["amount", "worth"]].sum()


def _gap_of_terms(
    parts: pd.DataFrame, worst: str, best: str, draws: int | None
) -> tuple[float, float]:
    """Limits of how much less the one is worth than the other, accounts drawn anew."""
    sides = [parts.loc[name] for name in (worst, best)]
    if min(map(len, sides)) < FEWEST_ACCOUNTS:
        return np.nan, np.nan
    # an account that buys at both terms is drawn for both at once
    both = pd.concat(sides, axis=1).fillna(0.0)

    def gap(sums: Floats) -> Floats:
        worth = np.maximum(sums[:, [1, 3]], 0) / np.where(sums[:, [0, 2]] > 0, sums[:, [0, 2]], 0)
        return np.asarray(1 - worth[:, 0] / worth[:, 1])

    return _resampled(both, gap, draws)


def worth_of_terms(
    found: Receivables,
    rate: float = 0.08,
    open_as: terms.OpenAs = "lost",
    *,
    lag_days: int = 0,
    draws: int | None = None,
) -> Finding:
    """What are 100 that were invoiced worth on the day of issue, by terms?

    Parameters
    ----------
    rate : cost of capital a year.
    open_as : what is open on the last known day is "lost", left out ("dropped") or "paid" then.
    lag_days : days between sale and invoice, on top; 0 unless the book says otherwise.
    draws : resamples of accounts for the interval.
    """
    terms.assumed(rate, open_as, lag_days)
    what = "what the terms are worth"
    if gap := _missing(found, what):
        return gap
    if found.issued.empty:
        return unknown(NO_PERIOD, what=what)
    rows = found.issued
    try:
        made = {
            reading: terms.value_of_terms(
                rows, found.as_of, rate, by=rows["terms"], open_as=reading, lag_days=lag_days
            )
            for reading in (open_as, "dropped")
        }
    except ValueError:
        return unknown(
            "Nothing that was invoiced in the period and was due by {as_of} adds up to more than "
            "zero, or nothing of it is paid, so no terms can be judged; another period would allow "
            "it.",
            as_of=f"{found.as_of:%Y-%m-%d}",
        )
    table = made[open_as].copy()
    agreed = (rows["due"] - rows["issue"]).dt.days.groupby(rows["terms"]).median()
    table["agreed"] = agreed.reindex(table.index)
    table = table.sort_values("agreed", kind="stable")
    table["time"] = HUNDRED * (1 - made["dropped"]["worth"].reindex(table.index)).fillna(0.0)
    table["lost"] = (HUNDRED * (1 - table["worth"]) - table["time"]).clip(lower=0.0)
    table["hundred"] = HUNDRED * table["worth"]
    numbers: dict[str, Any] = {
        "rate": rate,
        "as_of": f"{found.as_of:%Y-%m-%d}",
        "terms": len(table),
        "hundred": HUNDRED,
        "fewest": FEWEST_ACCOUNTS,
        "frame": table,
        "lag": lag_days,
        "gone": 1 - float(table["worth"].iloc[-1]),
    }
    says: list[str] = []
    if len(table) == 1:
        numbers |= {"one": str(table.index[0]), "left": float(table["hundred"].iloc[0])}
        numbers["kinds"] = int(rows["terms"].nunique())
        says.append(
            "All is sold at {one}: {hundred:.0f} invoiced are worth {left:.2f}."
            if numbers["kinds"] == 1
            else "Of {kinds} kinds of terms only {one} can be judged: {hundred:.0f} invoiced are "
            "worth {left:.2f}."
        )
    else:
        says += _of_terms(found, table, numbers, rate, open_as, lag_days, draws)
    says.append(
        {
            "lost": "What is past due and open on {as_of} counts as lost here, which nobody knows.",
            "dropped": "What is open on {as_of} is left out here.",
            "paid": "What is open on {as_of} counts as paid on that day here.",
        }[open_as]
    )
    numbers["early"] = int(((rows["due"] >= found.as_of) & (rows["amount"] > 0)).sum())
    if numbers["early"]:
        says.append("Not past due then, so left out: {early:count invoice}.")
    drawn = table[["time", "lost"]]
    picture = Picture(
        lambda title: figures.worth_plot(drawn, title, "worth less, of 100 invoiced"),
        _title_of_terms(numbers),
        "Bars of what {hundred:.0f} that were invoiced are worth less, by terms: by the wait, and "
        "at most by what is still open.",
    )
    view = table[["invoices", "amount", "agreed", "days", "open", "hundred"]]
    columns = {
        "invoices": Shown("invoices", ",.0f"),
        "amount": Shown("invoiced", "money"),
        "agreed": Shown("days agreed", ",.0f"),
        "days": Shown("days taken, of what is paid", ",.1f"),
        "open": Shown("still open", "percent2"),
        "hundred": Shown("{hundred:.0f} are worth", ".2f"),
    }
    return Finding(numbers, tuple(says), view, columns, picture)


def _title_of_terms(numbers: Mapping[str, Any]) -> str:
    if "less" not in numbers:
        return "{hundred:.0f} invoiced at {one} are worth {left:.2f}"
    if numbers.get("low", 1.0) <= 0 <= numbers.get("high", 1.0):
        return "{worst} against {best}: no difference is told"
    return (
        "Of {hundred:.0f} at {worst} {gone:percent2} is gone at most, at {best} "
        "{gone_best:percent2}"
        if "most" in numbers
        else "Of {hundred:.0f} at {worst} {gone:percent2} is gone, at {best} {gone_best:percent2}"
    )


def _of_terms(
    found: Receivables,
    table: pd.DataFrame,
    numbers: dict[str, Any],
    rate: float,
    open_as: terms.OpenAs,
    lag_days: float,
    draws: int | None,
) -> list[Any]:
    """The longest terms against the shortest."""
    best, worst = str(table.index[0]), str(table.index[-1])
    less = 1 - float(table.loc[worst, "worth"] / table.loc[best, "worth"])
    wait = 1 - (1 - table.loc[worst, "time"] / HUNDRED) / (1 - table.loc[best, "time"] / HUNDRED)
    numbers |= {"best": best, "worst": worst, "less": less, "wait": float(wait)}
    numbers["gone_best"] = 1 - float(table.loc[best, "worth"])
    low, high = _gap_of_terms(_terms_parts(found, rate, open_as, lag_days), worst, best, draws)
    says: list[Any] = [
        "Sold at {worst}, the longest terms, {hundred:.0f} invoiced are worth {less:percent2} less "
        "than at {best}, the shortest."
        if less >= 0
        else "Sold at {worst}, the longest terms, {hundred:.0f} invoiced are worth no less than at "
        "{best}, the shortest: the difference is {less:percent2}."
    ]
    if np.isnan(low):
        says.append(FEW)
    else:
        numbers |= {"low": low, "high": high}
        numbers["more"] = max(-low, 0.0)
        says.append(
            "With other accounts of this kind it were between {more:percent2} more and "
            "{high:percent2} less (95 % of draws), so no difference is told."
            if low < 0 <= high
            else "With other accounts of this kind it were {low:percent2} to {high:percent2} (95 % "
            "of draws)."
        )
    if open_as == "lost":
        if less > wait > 0:
            says.append(
                "The wait alone makes {wait:percent2}; the rest is money that is still open."
            )
        says += _of_the_open_money(found, table, rate, lag_days, numbers, draws)
    return says


def bounds_of_terms(
    lost: Mapping[str, float], paid: Mapping[str, float], worst: str, best: str
) -> tuple[float, float]:
    """How much less the one is worth than the other at least and at most, by the worths of both if
    what is open is lost and if it is paid: the open money of the one may come and that of the other
    not, so that the difference is not between that of all lost and that of all paid.
    """
    return 1 - paid[worst] / lost[best], 1 - lost[worst] / paid[best]


def _of_the_open_money(
    found: Receivables,
    table: pd.DataFrame,
    rate: float,
    lag_days: float,
    numbers: dict[str, Any],
    draws: int | None,
) -> list[Any]:
    """What the difference can be yet: all that is open comes at the one terms, and nothing at the
    other. How much of it is open for long, and what became of the open money of a year before.
    """
    best, worst = numbers["best"], numbers["worst"]
    paid = _terms_parts(found, rate, "paid", lag_days)
    sums = paid.groupby(level=0).sum()
    worth = sums["worth"] / sums["amount"]
    numbers["floor"] = float(1 - worth[worst] / worth[best])
    low, high = _gap_of_terms(paid, worst, best, draws)
    if not np.isnan(low):
        numbers |= {"floor_low": low, "floor_high": high}
    open_ = table["open"].fillna(0.0)
    numbers |= {"open_best": float(open_[best]), "open_worst": float(open_[worst])}
    if not numbers["open_best"] and not numbers["open_worst"]:
        return ["Nothing that was due is open at either, so no more can be lost."]
    numbers["least"], numbers["most"] = bounds_of_terms(
        table["worth"].to_dict(), worth.to_dict(), worst, best
    )

    def told(name: str) -> str:
        if numbers[name] < -1:  # hardly anything of the other came: a percentage says nothing
            return "more than twice as much"
        numbers[f"{name}_size"] = abs(numbers[name])
        return f"{{{name}_size:percent2}} {'less' if numbers[name] >= 0 else 'more'}"

    says: list[Any] = [
        "Open is {open_worst:percent2} at {worst} and {open_best:percent2} at {best}, and either "
        f"may come or not. If all of it comes at both, {{worst}} is worth {told('floor')}.",
        f"If it comes at {{worst}} alone, {told('least')}; if at {{best}} alone, {told('most')}: "
        "what will be lies between these two.",
    ]
    says += _of_the_order(table, numbers)
    says += [_of_the_old(found, name, numbers) for name in (worst, best)]
    return says + _of_the_year_before(found, numbers)


def _of_the_order(table: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """Where longer terms have less open than shorter ones, that is said."""
    shares = table["open"].fillna(0.0)
    falls = [
        (shorter, longer)
        for shorter, longer in itertools.combinations(shares.index, 2)
        if shares[longer] < shares[shorter]
    ]
    if not falls:
        return []
    shorter, longer = max(falls, key=lambda pair: shares[pair[0]] - shares[pair[1]])
    numbers |= {"shorter": str(shorter), "longer": str(longer)}
    numbers |= {"open_short": float(shares[shorter]), "open_long": float(shares[longer])}
    return [
        "What is open does not simply grow with the days: at {shorter} it is "
        "{open_short:percent2}, at {longer}, which are longer, {open_long:percent2}."
    ]


def _of_the_old(found: Receivables, name: str, numbers: dict[str, Any]) -> Sentence:
    """How much of what is open at these terms is past due for long."""
    known = bills.known_on(found.issued[found.issued["terms"] == name], found.as_of)
    due = known[(known["amount"] > 0) & (known["due"] < found.as_of)]
    old = due["due"] < found.as_of - pd.Timedelta(days=bills.LONG)
    whole = float(due["open"].sum())
    part = float(due.loc[old, "open"].sum()) / whole if whole > 0 else 0.0
    numbers[f"old {name}"] = {
        "terms": name, "long": bills.LONG, "open": whole, "part": part, "unit": found.unit_of_money
    }  # fmt: skip
    return Sentence(
        "Nothing is open at {terms}."
        if not whole > 0
        else "Of the {open:money}{unit} open at {terms}, {part:percent} is more than {long:count "
        "day} past due, which is where the grades above take it as not coming."
        if part > 0
        else "Nothing of the {open:money}{unit} open at {terms} is more than {long:count day} past "
        "due yet.",
        of=f"old {name}",
    )


def _of_the_year_before(found: Receivables, numbers: dict[str, Any]) -> list[str]:
    """What was open of the bills of a year before on the same day a year before, and is still."""
    year, every = pd.DateOffset(years=1), found.invoices
    first, last = found.issued["issue"].min() - year, found.issued["issue"].max() - year
    then = found.as_of - year
    if every["issue"].min() > first + pd.Timedelta(days=31):
        return []
    known: dict[str, Any] = {"then": f"{then:%Y-%m-%d}"}
    for place in ("worst", "best"):
        rows = every[(every["terms"] == numbers[place]) & every["issue"].between(first, last)]
        rows = rows[(rows["amount"] > 0) & (rows["due"] < then)]
        if rows.empty:
            return []
        whole = float(rows["amount"].sum())
        for name, day in (("then", then), ("still", found.as_of)):
            left = bills.known_on(rows, day)["open"]
            known[f"{name}_{place}"] = float(left.sum()) / whole
    numbers |= known
    return [
        "Of the bills of a year before, {then_worst:percent} at {worst} and {then_best:percent} "
        "at {best} was open on {then}; {still_worst:percent} and {still_best:percent} is on "
        "{as_of}. That is what became of one year's open money, and no rule for the next."
    ]


def grant_or_refuse(
    found: Receivables,
    chances: tuple[float, ...] = (0.7, 0.8, 0.9, 0.95, 0.99),
    *,
    p_again: float = 0.95,
    discount: float = 0.08,
) -> Finding:
    """From which chance of payment does an order on credit pay?

    Parameters
    ----------
    chances : that the first order is paid; no ledger knows them.
    p_again : chance that a repeat order is paid, by those who paid the first.
    discount : of the repeat order, a year later.
    """
    _one_or_more("chances", chances)
    if not np.isfinite(found.cost_share):
        return unknown(
            "The book does not know what its goods cost (ledger.cost_goods would tell), so the "
            "chance of payment from which an order on credit pays cannot be told."
        )
    if found.cost_share <= 0:
        return unknown("The cost of the goods adds up to nothing, so any order on credit pays.")
    cost = HUNDRED * found.cost_share
    rows = {p: terms.credit_decision(HUNDRED, cost, p, p_again, discount) for p in chances}
    table = pd.DataFrame(
        {
            "first": {p: row.first for p, row in rows.items()},
            "both": {p: row.total for p, row in rows.items()},
        }
    ).rename_axis("chance")
    numbers: dict[str, Any] = {
        "cost": cost,
        "hundred": HUNDRED,
        "break_even": found.cost_share,
        "p_again": p_again,
        "again_rate": discount,
        "uncosted": found.uncosted,
        "unit": found.unit_of_money,
    }
    loss = found.cost_share >= 1
    says = [
        "An order of {hundred:.0f} costs {cost:.1f} in goods: it loses money even if all pay."
        if loss
        else "An order of {hundred:.0f} costs {cost:.1f} in goods: on credit it pays from a chance "
        "of payment of {break_even:percent} on."
    ]
    if found.uncosted:
        says.append("Sales of {uncosted:money}{unit} have no cost and are left out of that share.")
    if not loss:
        says.append(
            "Those who paid order again a year later, and pay that order with a chance of "
            "{p_again:percent}: what it brings, at {again_rate:percent} a year and only from those "
            "who paid the first, is added in the last column."
            if p_again > found.cost_share
            else "A repeat order a year later, paid with a chance of {p_again:percent}, would add "
            "nothing: that chance is not above the first."
        )
    table = table.reset_index()
    columns = {
        "chance": Shown("chance of payment", "percent0"),
        "first": Shown("first order of {hundred:.0f} brings", "+.1f"),
        "both": Shown("with a repeat order", "+.1f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def reminders(found: Receivables) -> Finding:
    """What does a reminder bring, and what would those who were chosen say?"""
    if found.trial is None:
        return unknown(
            "The book has no trial of reminders: reminders.reminded, paid and by_lot "
            "would tell what "
            "one brings."
        )
    trial = found.trial.dropna(subset=["account_id", "reminded", "paid"])
    if "by_lot" in trial:
        trial = trial.dropna(subset=["by_lot"])
    try:
        lift = terms.reminder_effect(trial)
    except ValueError as error:
        return unknown("What a reminder brings cannot be told: {why}.", why=str(error))
    lot = trial[trial["by_lot"] == 1] if "by_lot" in trial else trial
    if not np.isfinite(lift).all():
        return unknown("What a reminder brings cannot be told: the bills of too few accounts.")
    numbers: dict[str, Any] = {
        "lift": lift.estimate,
        "low": max(lift.low, -1.0),
        "high": min(lift.high, 1.0),
        "bills": len(lot),
        "hundred": int(HUNDRED),
        "by_lot": "yes" if "by_lot" in trial else "no",
    }
    numbers["size"] = abs(lift.estimate)
    lot_says = (
        "Of {bills:count overdue bill} for which a lot decided, those reminded were paid "
        "{size:points} points more often (95 % interval {low:points} to {high:points})."
        if lift.estimate >= 0
        else "Of {bills:count overdue bill} for which a lot decided, those reminded were paid "
        "{size:points} points less often (95 % interval {low:points} to {high:points})."
    )
    other_says = (
        "Of {bills:count overdue bill}, those reminded were paid {size:points} points more often "
        "(95 % interval {low:points} to {high:points})."
        if lift.estimate >= 0
        else "Of {bills:count overdue bill}, those reminded were paid {size:points} points less "
        "often (95 % interval {low:points} to {high:points})."
    )
    if "by_lot" in trial:
        says = [
            lot_says,
            "A reminder brings money within the time that was counted; whether it would have come "
            "later anyway is not known."
            if lift.low > 0
            else "A reminder seems to do harm."
            if lift.high < 0
            else "So no effect is told.",
        ]
    else:
        says = [other_says, "If no lot decided who was reminded, this is no effect."]
    chosen = trial[trial["by_lot"] == 0] if "by_lot" in trial else trial.iloc[:0]
    if len(chosen) and 0 < chosen["reminded"].sum() < len(chosen):
        paid = chosen.groupby("reminded")["paid"].mean()
        gap = float(paid.loc[1] - paid.loc[0])
        numbers |= {"chosen": gap, "chosen_size": abs(gap), "others": len(chosen)}
        says.append(
            "Where somebody chose ({others:count bill}), those reminded were paid "
            "{chosen_size:points} points less often than those left alone: that compares who was "
            "chosen, not what a reminder does."
            if gap < 0
            else "Where somebody chose ({others:count bill}), those reminded were paid "
            "{chosen_size:points} points more often than those left alone: that compares who was "
            "chosen, not what a reminder does."
        )
    return Finding(numbers, tuple(says))


def discounts_on_offer(
    rate: float = 0.08,
    offers: tuple[tuple[float, int, int], ...] = (
        (0.02, 10, 30), (0.01, 15, 30), (0.02, 10, 60), (0.03, 10, 45), (0.03, 15, 30),
    ),
) -> Finding:  # fmt: skip
    """What does a buyer pay a year who leaves a discount for early payment lying?

    Parameters
    ----------
    rate : what money costs us a year.
    offers : (discount, last day of it, day on which all is due).
    """
    _one_or_more("offers", offers)
    rows = [
        (
            f"{100 * discount:g}/{first} net {net}",
            terms.annualised_discount_cost(discount, first, net),
            terms.annualised_discount_cost(discount, first, net, compounded=True),
            terms.prepayment_discount(rate, net - first),
        )
        for discount, first, net in offers
    ]
    table = pd.DataFrame(rows, columns=["offer", "simple", "effective", "ours"]).set_index("offer")
    numbers = {
        "offers": len(table),
        "rate": rate,
        "cheapest": str(table["effective"].idxmin()),
        "least": float(table["effective"].min()),
        "dearer": int((table["effective"] > rate).sum()),
    }
    says = (
        "Dearer to us than money at {rate:percent} a year: {dearer} of {offers} "
        "offers. The cheapest "
        "is {cheapest}, at {least:percent} a year.",
    )
    columns = {
        "simple": Shown("a year, simple", "percent2"),
        "effective": Shown("a year, with interest on interest", "percent2"),
        "ours": Shown("discount worth giving for those days", "percent2"),
    }
    return Finding(numbers, says, table, columns)


def late_fees(
    rate: float = 0.08, daily: tuple[float, ...] = (0.001, 0.002, 0.003), *, days: int = 30
) -> Finding:
    """Does a late fee make up for the wait? No document names the rate (S002-6d).

    Parameters
    ----------
    rate : cost of capital a year.
    daily : fees a day, fractions of the amount.
    days : past due.
    """
    cost = HUNDRED * ((1 + rate) ** (days / YEAR) - 1)
    table = pd.DataFrame(
        {
            "fee": [terms.late_fee(HUNDRED, days, each) for each in daily],
            "year": [YEAR * each for each in daily],
        },
        index=pd.Index([f"{100 * each:g} % a day" for each in daily], name="late fee"),
    )
    numbers = {
        "days": days,
        "hundred": HUNDRED,
        "cost": cost,
        "rate": rate,
        "covering": int((table["fee"] > cost).sum()),
        "rates": len(table),
    }
    says = (
        "Waiting {days:count day} for {hundred:.0f} costs {cost:.2f} at {rate:percent} a year; of "
        "{rates} rates of the fee, {covering} bring more, if the fee is paid.",
    )
    columns = {
        "fee": Shown("fee on {hundred:.0f} after {days:count day}", ".2f"),
        "year": Shown("a year", "percent"),
    }
    return Finding(numbers, says, table, columns)


def set_off(rate: float = 0.08, *, p_pay: float = 0.6, days: int = 180) -> Finding:
    """Goods instead of money (抹账): what must they fetch?

    Parameters
    ----------
    rate : cost of capital a year.
    p_pay : chance that the money still comes.
    days : until it would come.
    """
    numbers = {
        "p_pay": p_pay,
        "days": days,
        "rate": rate,
        "share": terms.set_off_share(p_pay, days, rate),
    }
    says = (
        "A debt that comes with a chance of {p_pay:percent0} in {days:count day} is worth "
        "{share:percent} of its face at {rate:percent} a year: goods that fetch more than that, "
        "after the cost of selling them, are better than waiting.",
    )
    return Finding(numbers, says)


def other_readings(
    found: Receivables,
    rate: float = 0.08,
    *,
    rates: tuple[float, ...] = (0.04, 0.12),
    lags: tuple[int, ...] = (15, 30),
) -> Finding:
    """How far does the difference between the terms hang on what was assumed?

    Parameters
    ----------
    rate : the rate of the lesson.
    rates : other costs of capital a year.
    lags : days between sale and invoice, on top of the credit.
    """
    for other in (rate, *rates):
        terms.assumed(other)
    for lag in lags:
        terms.assumed(rate, lag_days=lag)
    what = "what the terms are worth"
    if gap := _missing(found, what):
        return gap
    if found.issued.empty:
        return unknown(NO_PERIOD, what=what)
    issued = found.issued
    try:
        kept = terms.value_of_terms(issued, found.as_of, rate, by=issued["terms"]).index
    except ValueError:
        kept = pd.Index([])
    if len(kept) < 2:
        return unknown(
            "Fewer than two kinds of terms can be judged, so no difference hangs on anything."
        )
    agreed = (issued["due"] - issued["issue"]).dt.days.groupby(issued["terms"]).median()
    agreed = agreed.reindex(kept).sort_values(kind="stable")
    best, worst = str(agreed.index[0]), str(agreed.index[-1])

    def worth(rate: float, open_as: terms.OpenAs, lag: int) -> pd.Series:
        rows = found.issued
        try:
            table = terms.value_of_terms(
                rows, found.as_of, rate, by=rows["terms"], open_as=open_as, lag_days=lag
            )
        except ValueError:
            return pd.Series(np.nan, index=[best, worst])
        return table["worth"].reindex([best, worst])

    def less(rate: float, open_as: terms.OpenAs, lag: int) -> tuple[float, float]:
        made = worth(rate, open_as, lag)
        return HUNDRED * float(made[best]), 1 - float(made[worst] / made[best])

    lost, paid = worth(rate, "lost", 0), worth(rate, "paid", 0)
    least, most = bounds_of_terms(lost.to_dict(), paid.to_dict(), worst, best)
    rows: dict[str, tuple[float, float]] = {
        "as above: open is lost": less(rate, "lost", 0),
        "open is paid on the last known day": less(rate, "paid", 0),
        f"open is lost at {worst} and paid at {best}": (HUNDRED * float(paid[best]), most),
        f"open is paid at {worst} and lost at {best}": (HUNDRED * float(lost[best]), least),
        "open is left out": less(rate, "dropped", 0),
        **{f"{percent(other)} a year": less(other, "lost", 0) for other in rates},
        **{f"invoiced {lag} days after the sale": less(rate, "lost", lag) for lag in lags},
    }
    table = pd.DataFrame(rows, index=["hundred_best", "less"]).T.rename_axis("reading")
    known = table["less"].dropna()
    numbers: dict[str, Any] = {
        "best": best,
        "worst": worst,
        "hundred": HUNDRED,
        "low": float(known.min()),
        "high": float(known.max()),
        "readings": len(known),
    }
    numbers |= {"more": max(-numbers["low"], 0.0), "least": max(-numbers["high"], 0.0)}
    says = (
        "Over {readings:count reading}, {worst} is worth {low:percent2} to {high:percent2} less "
        "than {best}."
        if numbers["low"] >= 0
        else "Over {readings:count reading} it hangs on what becomes of the open money: {worst} is "
        "worth more than twice as much as {best} by one of them."
        if numbers["low"] < -1
        else "Over {readings:count reading} it goes either way: {worst} is worth between "
        "{more:percent2} more and {high:percent2} less than {best}."
        if numbers["high"] > 0
        else "Over {readings:count reading}, {worst} is worth {least:percent2} to {more:percent2} "
        "more than {best}.",
    )
    columns = {
        "hundred_best": Shown("{hundred:.0f} at {best} are worth", ".2f"),
        "less": Shown("{worst} is worth less by", "percent2"),
    }
    return Finding(numbers, says, table, columns)


def claims(
    found: Receivables, worth: Finding, graded: Finding, reminded: Finding, rate: float = 0.08
) -> Finding:
    """What the documents claim of receivables, each with its test on this book."""
    made = [_of_prepayment(worth), _of_grade_claim(graded), _of_dunning(reminded)]
    made += [_of_fee(rate), _of_set_off(), _of_delivery(found), _of_rivals()]
    return steps.verdicts(made)


def _of_prepayment(worth: Finding) -> Claim:
    source, says = "S000-3i", "payment after use costs the seller: concede on price for prepayment"
    test = (
        "what is invoiced at the longest terms is worth less than at the shortest, even if all "
        "that is open comes"
    )
    if not worth.known or "low" not in worth.numbers:
        why = "needs paid invoices at two kinds of terms, of ten accounts each"
        return untested(source, says, test, why)
    names = ("floor", "floor_low", "floor_high")
    names = names if names[1] in worth.numbers else ("less", "low", "high")
    less, low, high = (worth.numbers[name] for name in names)
    return Claim(
        source,
        says,
        test,
        with_interval(less, low, high, form="percent2"),
        at_least(low, high, 0.0),
        "of the bills as they are, whoever was given which terms; not that the terms cause it",
    )


def _of_grade_claim(graded: Finding) -> Claim:
    source, says = "S002-7i", "treat customers by grade, so that risk is avoided"
    test = (
        f"late share of the worst grade less that of the best, at least {100 * MATTERS:.0f} points"
    )
    if not graded.known or "gap_low" not in graded.numbers:
        return untested(source, says, test, "needs grades of ten accounts each, and payments")
    gap, low, high = (graded.numbers[name] for name in ("gap", "gap_low", "gap_high"))
    return Claim(
        source,
        says,
        test,
        with_interval(gap, low, high, form="percent"),
        at_least(low, high, MATTERS),
        "of the external grade in account_profile; other pairs of grades stand in its step",
    )


def _of_dunning(reminded: Finding) -> Claim:
    source, says = "S002-6e", "a call centre that duns by itself brings money in"
    test = "lift of the share paid within 30 days, where a lot decided, above 0"
    if not reminded.known or reminded.numbers["by_lot"] != "yes":
        return untested(source, says, test, "needs reminders for which a lot decided")
    lift, low, high = (reminded.numbers[name] for name in ("lift", "low", "high"))
    return Claim(
        source, says, test, with_interval(lift, low, high, form="percent"), at_least(low, high, 0.0)
    )


def _of_fee(rate: float) -> Claim:
    return Claim(
        "S002-6d",
        "a late fee is reckoned on what is past due",
        "0.1 % a day against the cost of capital",
        f"{percent(YEAR * 0.001)} a year against {percent(rate)}",
        UNTESTED,
        "arithmetic only: no rate is named, and no book here says which fees were paid",
        0,
    )


def _of_set_off() -> Claim:
    return untested(
        "S002-5d",
        "be patient with customers in difficulty, even by setting off debts",
        "what the goods fetched against the break-even share",
        "needs what goods taken for debts fetched",
    )


def _of_delivery(found: Receivables) -> Claim:
    source, says = "S003-10f", "of two wholesalers one is paid on delivery for 80 % and more"
    test = "share of the money that is paid on the day of issue"
    if found.issued.empty or not found.payments:
        return untested(source, says, test, "needs paid invoices; a case of two firms")
    known = bills.known_on(found.issued, found.as_of, ["issue"])
    known = known[known["amount"] > 0]
    at_once = known["settled"].notna() & (known["settled"] <= known["issue"])
    whole = float(known["amount"].sum())
    here = percent(float(known.loc[at_once, "amount"].sum()) / whole) if whole > 0 else "-"
    return Claim(source, says, test, here, UNTESTED, "a case of two firms, not a rule", 0)


def _of_rivals() -> Claim:
    return untested(
        "S003-9d",
        "rivals are partners too, and direct sale needs a balance with retail",
        "terms that rivals and retailers get, against the others",
        "needs a column that says who is a rival or a retailer",
    )


def owed(found: Receivables) -> pd.DataFrame:
    """By account: open_amount, credit notes taken off, and overdue_amount, the part of it that is
    past due; empty where nothing was invoiced by the day of the look.
    """
    if found.until.empty:
        return pd.DataFrame(columns=["open_amount", "overdue_amount"], dtype=float)
    aged = bills.ageing(found.until, found.day)
    overdue = np.minimum(aged["overdue"], aged["total"].clip(lower=0))
    return pd.DataFrame({"open_amount": aged["total"], "overdue_amount": overdue})


def account_review(found: Receivables, rate: float = 0.08) -> Finding:
    """What the account review takes from the lesson."""
    if found.invoices.empty:
        return unknown(NO_BILLS, what="what each account owes")
    _cost_of_capital(rate)
    people = pd.Index(sorted(found.invoices["account_id"].unique()), name="account_id")
    frame = pd.DataFrame(index=people)
    until = found.until
    if len(until):
        frame[["open_amount", "overdue_amount"]] = owed(found).reindex(people).fillna(0.0)
        known = bills.known_on(until, found.day)
        owing = known[(known["amount"] > 0) & (known["open"] > 0)]
        oldest = (found.day - owing["due"]).dt.days.clip(lower=0).groupby(owing["account_id"]).max()
        frame["oldest_days"] = oldest.reindex(people).fillna(0).astype(int)
    if found.payments and len(found.issued):
        known = bills.known_on(found.issued, found.as_of, ["issue"])
        judged = bills.judged_bills(known, found.as_of)
        judged = judged[judged["fate"] != ""]
        late = judged["amount"] * (judged["fate"] != "on time")
        sums = pd.DataFrame({"late": late, "all": judged["amount"]}).groupby(judged["account_id"])
        frame["late_share"] = (sums["late"].sum() / sums["all"].sum()).reindex(people)
        frame["days_to_pay"] = _days_by_money(known, found.as_of).reindex(people).round(1)
        worth = terms.worth_by_invoice(found.issued, found.as_of, rate, "paid", 0)
        worth = worth[worth["amount"] > 0]
        by = worth[["amount", "worth"]].groupby(known["account_id"].reindex(worth.index)).sum()
        frame["waiting_cost"] = (1 - by["worth"] / by["amount"]).reindex(people)
    words = {
        "day": f"{found.day:%Y-%m-%d}",
        "as_of": f"{found.as_of:%Y-%m-%d}",
        "when": found.when,
        "rate": rate,
        "currency": found.currency or "currency of the book",
    }
    return steps.review(LESSON, frame.reset_index(), words)


def _days_by_money(known: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Mean days from issue to payment by account, by money: what was paid in part counts up to its
    last payment, what is open up to the day of the look.
    """
    rows = known[(known["amount"] > 0) & ~known["undated"]]
    paid = rows["amount"] - rows["open"]
    until = (rows["paid_date"].fillna(day) - rows["issue"]).dt.days
    money_days = paid * until + rows["open"] * (day - rows["issue"]).dt.days
    who = rows["account_id"]
    return money_days.groupby(who).sum() / rows["amount"].groupby(who).sum()


def size(found: Receivables) -> tuple[int, int]:
    """Accounts with invoices and months of the book, for the sample-size step."""
    if found.until.empty:
        return 0, 0
    return int(found.invoices["account_id"].nunique()), len(_month_ends(found))
