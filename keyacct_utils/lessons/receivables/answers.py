"""Exercises of lesson 08: receivables and terms."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.receivables import bills, terms
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The offer of 08.1: discount, last day of it, day on which all is due.
OFFER = (0.03, 10, 60)
#: The look of 08.2: line, year of issue, day.
LINE, YEAR, DAY = "E", 2023, "2024-01-31"
#: The debt of 08.3, 10,000 yuan: chance that it comes, days, interest, share that goods fetch.
DEBT, CHANCE, WAIT, RATE, FETCHED, OFFERED = 480.0, 0.7, 240, 0.08, 0.85, 350.0
#: The colleague's year and step of 08.4.
ROLL_YEAR, FROM, TO = 2023, "31-60", "61-90"
#: The bargain of 08.5: more is paid, so many days later; terms and year that are looked at.
MORE, LATER, LONG_TERMS, SEEN, SEEN_ON = 0.02, 60, "T3", 2023, "2024-03-31"
#: The book of 08.6.
SHORT_TERMS, OTHER_YEAR, OTHER_DAY, OTHER_RATE = "T1", 2022, "2023-03-31", 0.12
WEIGHTY = ("the wait", "what is open")


def _offer() -> dict[str, float]:
    return {
        "simple": terms.annualised_discount_cost(*OFFER),
        "effective": terms.annualised_discount_cost(*OFFER, compounded=True),
    }


def _by_days(year: int) -> tuple[float, float]:
    """The two rates of the offer, with a year of so many days."""
    price, times = OFFER[0] / (1 - OFFER[0]), year / (OFFER[2] - OFFER[1])
    return price * times, (1 + price) ** times - 1


@lru_cache(maxsize=4)
def invoices_of(book: Book) -> pd.DataFrame:
    """The invoices of a book with all that the sheet asks about."""
    if not book.has("invoices", "issue", "due", "amount", "paid_date", "terms_code"):
        raise ValueError(
            "it has no invoices with issue, due, paid_date and terms_code; take the bundled book "
            "linjiang"
        )
    rows = book.table("invoices")
    if rows["paid_date"].isna().all():
        raise ValueError("none of its invoices is paid; take the bundled book linjiang")
    return rows


def _issued(book: Book, year: int, day: str) -> pd.DataFrame:
    rows = invoices_of(book)
    rows = rows[(rows["issue"].dt.year == year) & (rows["issue"] <= day)]
    if rows.empty:
        raise ValueError(f"it has no invoices issued in {year}; take the bundled book linjiang")
    return rows


def _of_line(book: Book) -> pd.DataFrame:
    rows = _issued(book, YEAR, DAY)
    if "line" not in rows or not (rows["line"] == LINE).any():
        raise ValueError(f"its invoices have no line {LINE}; take the bundled book linjiang")
    counted = ~rows["account_id"].isin(list(book.excluded))
    return rows[(rows["line"] == LINE) & counted]


@lru_cache(maxsize=4)
def _late(book: Book) -> bills.LateShare:
    return bills.late_share(_of_line(book), DAY)


def _look(book: Book) -> dict[str, float]:
    found = _late(book)
    return {"count": found.by_count, "money": found.by_money, "undecided": found.undecided}


def _not_due_is_on_time(book: Book) -> dict[str, float]:
    found = _late(book)
    rows = _of_line(book)
    known = bills.judged_bills(bills.known_on(rows, DAY), pd.Timestamp(DAY))
    late = known["fate"].isin(["paid late", "open late"])
    return {
        "count": found.late / len(known),
        "money": float(known.loc[late, "amount"].sum() / known["amount"].sum()),
    }


def _all_open_is_late(book: Book) -> dict[str, float]:
    known = bills.judged_bills(bills.known_on(_of_line(book), DAY), pd.Timestamp(DAY))
    late = known["fate"] != "on time"
    return {
        "count": float(late.mean()),
        "money": float(known.loc[late, "amount"].sum() / known["amount"].sum()),
    }


def _of_all_lines(book: Book) -> dict[str, float]:
    rows = _issued(book, YEAR, DAY)
    found = bills.late_share(rows[~rows["account_id"].isin(list(book.excluded))], DAY)
    return {"count": found.by_count, "money": found.by_money, "undecided": found.undecided}


def _with_hindsight(book: Book) -> dict[str, float]:
    rows = _of_line(book)
    last = max(rows["paid_date"].max(), rows["due"].max()) + pd.Timedelta(days=1)
    found = bills.late_share(rows, last)
    return {"count": found.by_count, "money": found.by_money}


def _debt() -> dict[str, Any]:
    worth = DEBT * terms.set_off_share(CHANCE, WAIT, RATE)
    needed = worth / FETCHED
    return {
        "worth": worth,
        "needed": needed,
        "choice": "goods" if needed < OFFERED else "wait",
    }


def _states(book: Book, year: int | None = ROLL_YEAR) -> pd.DataFrame:
    rows = invoices_of(book)
    first, last = rows["issue"].min(), rows["issue"].max()
    ends = pd.date_range(first, last + pd.offsets.MonthEnd(0), freq="ME")
    if year is not None:
        begin, end = pd.Timestamp(f"{year - 1}-12-31"), pd.Timestamp(f"{year}-12-31")
        ends = ends[(ends >= begin) & (ends <= end)]
    if len(ends) < 2:
        raise ValueError(f"it has no invoices of {year}; take the bundled book linjiang")
    as_of = max(rows["paid_date"].max(), ends[-1])
    known = rows[rows["issue"] <= as_of]
    return bills.account_states(known, list(ends), as_of)


@lru_cache(maxsize=8)
def states_of(book: Book) -> pd.DataFrame:
    """State of each account at the ends of the months of `ROLL_YEAR`, from the December before."""
    return _states(book)


@lru_cache(maxsize=8)
def rates_of(book: Book, year: int | None = ROLL_YEAR) -> pd.DataFrame:
    """Roll rates of a year, or of all months."""
    rates = bills.roll_rates(_states(book, year))
    if FROM not in rates.index or TO not in rates.columns:
        raise ValueError(f"nobody was {FROM} days behind; take the bundled book linjiang")
    return rates


def _fault(book: Book) -> dict[str, Any]:
    return {"fault": "backwards", "rate": float(rates_of(book)[TO][FROM])}


def _backwards(book: Book) -> dict[str, float]:
    counts = bills.roll_counts(states_of(book)).sum().unstack("to")
    return {"rate": float(counts[TO][FROM] / counts[TO].sum())}


def _unaligned(book: Book) -> dict[str, float]:
    """A cell over the sum of the row that has the name of its column."""
    counts = bills.roll_counts(states_of(book)).sum().unstack("to")
    return {"rate": float(counts[TO][FROM] / counts.loc[TO].sum())}


def _without_december(book: Book) -> dict[str, float]:
    rates = bills.roll_rates(states_of(book).iloc[:, 1:])
    return {"rate": float(rates[TO].get(FROM, float("nan")))}


def _bargain(book: Book) -> dict[str, float]:
    later = 1 - terms.prepayment_discount(RATE, LATER)
    return {"loss": 1 - 1 / ((1 + MORE) * later), "open": _open(book, LONG_TERMS)}


def _open(book: Book, which: str) -> float:
    rows = _issued(book, SEEN, SEEN_ON)
    rows = rows[rows["terms_code"] == which]
    if rows.empty:
        raise ValueError(f"it has no invoices at {which}; take the bundled book linjiang")
    known = bills.known_on(rows, SEEN_ON)
    return float(known["open"].sum() / known["amount"].sum())


def _open_by_count(book: Book) -> dict[str, float]:
    rows = _issued(book, SEEN, SEEN_ON)
    known = bills.known_on(rows[rows["terms_code"] == LONG_TERMS], SEEN_ON)
    return {"open": float((known["open"] > 0).mean())}


def _open_now(book: Book) -> dict[str, float]:
    return {"open": _since(book)[1]}


def _since(book: Book) -> tuple[pd.Timestamp, float]:
    """The last day that the book knows, and what of the same bills is still open then."""
    rows = _issued(book, SEEN, SEEN_ON)
    rows = rows[rows["terms_code"] == LONG_TERMS]
    paid = [each for each in (rows["paid_date"].max(), pd.Timestamp(SEEN_ON)) if pd.notna(each)]
    last = pd.Timestamp(book.as_of) if book.as_of is not None else max(paid)
    known = bills.known_on(rows, max(last, pd.Timestamp(SEEN_ON)))
    return last, float(known["open"].sum() / known["amount"].sum())


_bar_is_sound = sound_bar(
    lambda bar: 0 <= bar < 1,
    "a part of the money is a fraction from 0 to below 1; five per cent are 0.05.",
)


_follows = by_the_bar(
    "open", "sign", operator.le, "what stayed open is {} your own bar", ("not above", "above")
)


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found = _bargain(book)
    rows = _issued(book, SEEN, SEEN_ON)
    sold = float(rows.loc[rows["terms_code"] == LONG_TERMS, "amount"].sum())
    last, still = _since(book)
    return {
        "sign": [
            f"What is open is not lost: of it, {percent(still, 2)} of the money is still open on "
            f"{last:%Y-%m-%d}.",
            f"{percent(MORE)} more pays {LATER} days of waiting and a loss of up to "
            f"{percent(found['loss'], 2)}.",
            f"{money(sold)} were sold at {LONG_TERMS} in {SEEN}: some of it may not have been "
            "sold at all at shorter ones.",
        ],
        "refuse": [
            f"Of what was sold at {LONG_TERMS} in {SEEN}, {percent(found['open'], 2)} was still "
            f"open on {SEEN_ON}.",
            "Who asks for days is not drawn by lot: those who cannot pay ask first.",
        ],
    }


def _other(book: Book, open_as: terms.OpenAs, year: int = OTHER_YEAR, day: str = OTHER_DAY,
           rate: float = OTHER_RATE) -> float:  # fmt: skip
    worth = terms.value_of_terms(_issued(book, year, day), day, rate, open_as=open_as)["worth"]
    if not {SHORT_TERMS, LONG_TERMS} <= set(worth.index):
        raise ValueError(f"it lacks {SHORT_TERMS} or {LONG_TERMS}; take the bundled book yunhe")
    return float(1 - worth[LONG_TERMS] / worth[SHORT_TERMS])


def _points(book: Book) -> dict[str, float]:
    """The difference of the worths in the place of the share."""
    rows = _issued(book, OTHER_YEAR, OTHER_DAY)
    worth = terms.value_of_terms(rows, OTHER_DAY, OTHER_RATE)["worth"]
    return {"lost": float(worth[SHORT_TERMS] - worth[LONG_TERMS])}


def _known_later(book: Book) -> dict[str, float]:
    """With all that the book knows by its end."""
    rows = invoices_of(book)
    day = max(rows["paid_date"].max(), rows["due"].max()) + pd.Timedelta(days=1)
    return {"lost": _other(book, "lost", day=str(day.date()))}


def _of_the_face(book: Book) -> dict[str, float]:
    """What T3 is worth less than its face, in the place of less than T1."""
    rows = _issued(book, OTHER_YEAR, OTHER_DAY)
    return {
        open_as: 1
        - float(
            terms.value_of_terms(rows, OTHER_DAY, OTHER_RATE, open_as=open_as)["worth"][LONG_TERMS]
        )
        for open_as in ("lost", "paid")
    }


def _other_choice(book: Book) -> dict[str, str]:
    return {"choice": next(one for one in WEIGHTY if one != _readings(book)["choice"])}


def _readings(book: Book) -> dict[str, Any]:
    lost, paid = _other(book, "lost"), _other(book, "paid")
    return {"lost": lost, "paid": paid, "choice": WEIGHTY[0] if paid > lost / 2 else WEIGHTY[1]}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "08.1", "A discount left lying", "redo by hand",
        (
            Part("simple", "a year, without interest on interest: fraction, 4 decimals", 0.0005),
            Part("effective", "a year, with interest on interest: fraction, 4 decimals", 0.0005),
        ),
        lambda book: _offer(),
        (
            "Who does not take the discount pays 3 for the use of 97, for the days between.",
            "The days are those from the last day of the discount to the day due. How often do they fit into 365?",
            "Simple: the price of one such span times how many fit. With interest on interest: one plus that price, to the power of how many fit, less one.",
        ),
        (
            Mistake(lambda book: {"simple": OFFER[0] * 365 / (OFFER[2] - OFFER[1])}, "This takes 3 of 100. Who waits has the use of 97 only: divide by that."),
            Mistake(lambda book: {"simple": OFFER[0] / (1 - OFFER[0]) * 365 / OFFER[2]}, "This counts from day 0. The first ten days are free: count from the last day of the discount."),
            Mistake(lambda book: {"simple": OFFER[0] * 365 / OFFER[2]}, "This takes 3 of 100, over 60 days. It is 3 of 97, over the 50 days after the tenth."),
            Mistake(lambda book: {"effective": (1 + OFFER[0] / (1 - OFFER[0])) ** (365 / OFFER[2]) - 1}, "This counts from day 0. The first ten days are free: how often do fifty days fit into 365?"),
            Mistake(lambda book: {"effective": (1 + OFFER[0]) ** (365 / (OFFER[2] - OFFER[1])) - 1}, "This takes 3 of 100 to the power. It is 3 of 97."),
            Mistake(lambda book: {"simple": _by_days(360)[0], "effective": _by_days(360)[1]}, "This takes a year of 360 days, as banks do. Here it has 365."),
            Mistake(lambda book: {"simple": _offer()["effective"], "effective": _offer()["simple"]}, "The two are swapped: interest on interest makes it more."),
        ),
    ),
    Exercise(
        "08.2", "The look on another day", "change an assumption",
        (
            Part("count", "late share by count: fraction, 4 decimals", 0.0001),
            Part("money", "late share by money: fraction, 4 decimals", 0.0001),
            Part("undecided", "invoices that nobody can judge: a count"),
        ),
        _look,
        (
            "A payment after the day is not known on it: treat such an invoice as open.",
            "Late: paid after the day due, or open and past it. An invoice that is open and not yet due stands aside. Credit notes are left out.",
            "`rc.late_share(invoices, as_of)` does it for a DataFrame of invoices.",
        ),
        (
            Mistake(lambda book: {"count": _late(book).paid_count, "money": _late(book).paid_money}, "This looks at paid invoices alone: the worst payers are missing."),
            Mistake(_not_due_is_on_time, "This counts invoices that are open and not yet due as on time. Nobody knows yet: leave them out."),
            Mistake(_all_open_is_late, "This counts every open invoice as late. One that is not due yet stands aside."),
            Mistake(_of_all_lines, "This is of all lines. Line E is asked."),
            Mistake(_with_hindsight, "This knows what came after the day. On that day nobody did."),
            Mistake(lambda book: {"count": _late(book).by_money, "money": _late(book).by_count}, "The two shares are swapped."),
        ),
    ),
    Exercise(
        "08.3", "Steel for a debt", "change an assumption",
        (
            Part("worth", "what the debt is worth today: 10,000 yuan, 1 decimal", 0.1),
            Part("needed", "list price that is as good: 10,000 yuan, 1 decimal", 0.1),
            Part("choice", choices=("goods", "wait")),
        ),
        lambda book: _debt(),
        (
            "Take off first what may never come, then what the days cost.",
            "480 times the chance, divided by 1.08 to the power of days over 365.",
            "Of 100 at list price 85 are fetched: divide what the debt is worth by 0.85.",
        ),
        (
            Mistake(lambda book: {"worth": DEBT * terms.set_off_share(1.0, WAIT, RATE)}, "This takes the money for sure. It comes with a chance of 70 %."),
            Mistake(lambda book: {"worth": DEBT * CHANCE}, "This is what comes on average, in 240 days. Discount it to today."),
            Mistake(lambda book: {"worth": DEBT * CHANCE / (1 + RATE * WAIT / 365)}, "This is simple interest. Here 8 % a year means 1.08 to the power of days over 365."),
            Mistake(lambda book: {"needed": _debt()["worth"] * (2 - FETCHED)}, "This adds 15 % to the worth. Of the list price 15 % is lost: divide by 0.85."),
            Mistake(lambda book: {"needed": _debt()["worth"]}, "Goods of that list price fetch 15 % less."),
            Mistake(lambda book: {"needed": _debt()["worth"] * FETCHED}, "This multiplies by what they fetch. Goods that fetch less have to be worth more at list price."),
            Mistake(lambda book: {"choice": "goods" if _debt()["choice"] == "wait" else "wait"}, "Set what the goods on offer fetch beside what the debt is worth today."),
        ),
    ),
    Exercise(
        "08.4", "The colleague's roll rate", "find the fault",
        (
            Part("fault", choices=("backwards", "months", "open", "notes")),
            Part("rate", "from 31-60 to 61-90 days: fraction, 3 decimals", 0.002),
        ),
        _fault,
        (
            "What adds up to one in the colleague's table: the rows or the columns?",
            "The question is where those who are 31-60 days behind go. So divide by all who were there.",
            "`rc.roll_rates(states)` has the months in order; its row 31-60 is asked.",
        ),
        (
            Mistake(_unaligned, "`table / table.sum(axis=1)` sets the sums against the columns: `table.div(table.sum(axis=1), axis=0)` divides each row by its own."),
            Mistake(lambda book: {"rate": float(rates_of(book)[FROM][TO])}, "This is the way from 61-90 back to 31-60. Read the row 31-60."),
            Mistake(_without_december, "The step from December 2022 to January is missing."),
            Mistake(_backwards, "This is the colleague's own number: of those 61-90 days behind, where they came from."),
            Mistake(lambda book: {"rate": float(rates_of(book, None)[TO][FROM])}, "This is over all years. The colleague takes 2023."),
            Mistake(lambda book: {"rate": float(rates_of(book)[FROM][FROM])}, "This is the share that stays 31-60 days behind."),
            Mistake(lambda book: {"fault": "months"}, "December before is needed to see who moved in January. Look further."),
            Mistake(lambda book: {"fault": "open"}, "Open invoices are in: they make the states. Look further."),
            Mistake(lambda book: {"fault": "notes"}, "A credit note is never past due, so it makes no state. Look further."),
        ),
    ),
    Exercise(
        "08.5", "B asks for sixty days", "decide and defend",
        (
            Part("choice", choices=("sign", "refuse")),
            Part("bar", "largest part open that you would bear: fraction", own=True),
            Part("loss", "that the 2 % can bear: fraction, 4 decimals", 0.0001),
            Part("open", "still open, of T3 in 2023: fraction, 4 decimals", 0.0002),
            DEFENCE,
        ),
        _bargain,
        (
            "Set `bar` before you look: which part may be open on 31 March, so that you still sign?",
            "102 that come in 60 days are worth 102 / 1.08^(60/365) today. Which part may be missing until 100 are left?",
            "Open on that day: not paid by then, less what was paid. Divide by all that was invoiced at T3 in 2023.",
        ),
        (
            Mistake(lambda book: {"loss": MORE}, "This forgets the wait: sixty days eat a part of the 2 %."),
            Mistake(lambda book: {"loss": MORE - terms.prepayment_discount(RATE, LATER)}, "Nearly: the loss is of the 102, not of the 100."),
            Mistake(lambda book: {"loss": terms.prepayment_discount(RATE, LATER)}, "This is what the wait alone costs. What is left of the 2 % may be lost."),
            Mistake(lambda book: {"loss": MORE - ((1 + RATE) ** (LATER / 365) - 1)}, "This is 102 less what 100 grow to, as a part of 100. The loss is a part of the 102."),
            Mistake(_open_by_count, "This counts the invoices. Which part of the money was open?"),
            Mistake(_open_now, "This is what is open today. On 31 March 2024 the later payments were not known."),
            Mistake(lambda book: {"open": _open(book, SHORT_TERMS)}, "This is of T1, the short terms. B asks for long ones."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "08.6", "Another book, dearer money", "another book",
        (
            Part("lost", "T3 worth less, open is lost: fraction, 4 decimals", 0.0003),
            Part("paid", "T3 worth less, open is paid: fraction, 4 decimals", 0.0003),
            Part("choice", choices=WEIGHTY),
        ),
        _readings,
        (
            "Take the invoices of `other`, not of `opened`, issued in 2022, as known on 31 March 2023. `rc.value_of_terms` has a parameter for the rate and one for what is open.",
            "How much less: one, less the worth at T3 over the worth at T1.",
            "If what is open is paid on that day, only the wait is left. Is that more than half of the whole?",
        ),
        (
            Mistake(lambda book: {"lost": _other(book, "lost", rate=RATE), "paid": _other(book, "paid", rate=RATE)}, "This is at 8 %, as in the lesson. Money is dearer here: 12 %."),
            Mistake(lambda book: {"paid": _other(book, "dropped")}, "This leaves out what is open. If it is paid on that day, it came after a long wait: `open_as=\"paid\"`."),
            Mistake(_of_the_face, "This is what T3 is worth less than its face. How much less than T1: one, less the worth at T3 over the worth at T1."),
            Mistake(_points, "This is the difference of the two worths. How much less T3 is worth is a share of the worth at T1."),
            Mistake(lambda book: {"lost": _other(book, "lost", 2023, "2024-03-31"), "paid": _other(book, "paid", 2023, "2024-03-31")}, "These are the invoices of 2023. Those of 2022 are asked, as known on 31 March 2023."),
            Mistake(_known_later, "This knows what came after 31 March 2023. Give that day as `as_of`."),
            Mistake(lambda book: {"lost": _other(book, "paid"), "paid": _other(book, "lost")}, "The two are swapped: what is lost makes T3 worth less than what is paid."),
            Mistake(_other_choice, "If all is paid on that day, only the wait is left. Compare that with half of what it is if the open money is lost."),
        ),
    ),
    Question("08.q1", "Thirty-one days on average", "c"),
    Question("08.q2", "More days in February", "b"),
    Question("08.q3", "Two per cent for sixty days", "a"),
)  # fmt: skip
