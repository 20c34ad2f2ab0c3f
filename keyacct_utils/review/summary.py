"""The page of a run: the book in ten numbers, what changed, what to do first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.lessons.account_plan import HOURS
from keyacct_utils.lessons.credit_grade.score_measures import gini_auc
from keyacct_utils.lessons.showing.words import cents, count
from keyacct_utils.review.account_review import Review, up_to
from keyacct_utils.review.changes import NO_LEDGER, Amounts, amounts_of, year_lines
from keyacct_utils.review.comparison import compare
from keyacct_utils.review.first_actions import (
    first_actions,
    gains_are_told,
    how_many,
    is_preset,
    money_is,
    nothing_to_do,
    ordered_by,
)
from keyacct_utils.review.in_short import in_short
from keyacct_utils.review.left_out import left_out, tells_void
from keyacct_utils.review.page import Line, Page, Section
from keyacct_utils.review.recommended import actions_counted, planned
from keyacct_utils.review.record import ACCOUNT_ID
from keyacct_utils.review.sheets import PERCENT
from keyacct_utils.review.ten_numbers import ten_numbers

#: Titles of the sections that a report takes.
IN_SHORT, FIRST = "In short", "What to do first"
_NOTES = 6
#: An amount: what a note with one speaks of may move the figures of the page.
_MONEY = re.compile(r"\d\.\d\d(?!\d)")
#: A note on amounts of another currency stands above, beside that of the book.
_CONVERTED = "(currency_rates)"
_HALF_A_CENT, _HALF = 0.005, 0.5
#: Characters of a fact on one line of the page.
_LINE = 150
_GAINS = (
    "A gain counts if the action works; lesson 04 says "
    "what hangs on refusals and on costs that stay."
)


def summarise(
    review: Review, book: Book, earlier: Review | None = None, amounts: Amounts | None = None
) -> Page:
    """Write the page from the numbers.

    Parameters
    ----------
    review : Review
        Of this run.
    book : Book
        For the roll-ups of the period and of the year before.
    earlier : Review, optional
        Of an earlier run, to say what changed since; one of other data of the same book.
    amounts : Amounts, optional
        From `amounts_of`, where it is known already.
    """
    run = review.run
    currency = str(run.get("currency", ""))
    parameters: dict[str, Any] = run.get("parameters", {})
    period = str(parameters.get("period", "book"))
    amounts, names = amounts or amounts_of(book, period), book.names()
    first = first_actions(review)
    headers = ("what", "figure", "unit", "what it says, and how sure it is")
    sections = [
        Section(
            IN_SHORT,
            ("", "question", "figure", "unit", "answer"),
            [*in_short(review, amounts, names, first), *actions_counted(review, bool(first))],
            numbered=False,
        ),
        Section("The book in ten numbers", ("", *headers), _ten(review, book, amounts)),
        Section(
            "What changed since the year before"
            + (f" (both years {amounts.days})" if amounts.days else ""),
            ("", "what", "money", "unit", "how many, and the largest"),
            year_lines(amounts, names, currency),
            f"Nothing to compare with: {amounts.reason}.",
            numbered=False,
        ),
    ]
    if earlier is not None:
        since = f"What changed since the run before ({up_to(earlier.run)})"
        sections.append(
            Section(since, ("", *headers), _since(earlier, review), "Nothing.", numbered=False)
        )
    sections.append(
        Section(
            FIRST,
            ("", "account", money_is(review), "unit", "action, and why"),
            first,
            nothing_to_do(review),
            order=ordered_by(review),
            of=how_many(review),
        )
    )
    return Page(
        f"Account review: {run.get('book', '')}",
        _facts(review, amounts, left_out(book, period), _of_invoices(book, period, amounts)),
        sections,
        _notes(review),
    )


def _ten(review: Review, book: Book, amounts: Amounts) -> list[Line]:
    """The ten numbers; of a book without a ledger what is known of its credit, and the rest in one
    line.
    """
    lines = ten_numbers(review, amounts)
    if amounts.reason != NO_LEDGER:
        return lines
    known = [line for line in lines if line.figure is not None]
    rest = ", ".join(line.what for line in lines if line.figure is None)
    says = f"{NO_LEDGER[0].upper()}{NO_LEDGER[1:]}; keyacct check says which columns they lack."
    return [
        *_owed(review),
        *_fates(review, book),
        *known,
        Line(f"not known: {rest}", None, "", says),
    ]


def _owed(review: Review) -> list[Line]:
    """What is open and what of it is past due, as lesson 08 has it."""
    currency = str(review.run.get("currency", ""))
    lines: list[Line] = []
    for what, name in (("open invoices", "open_amount"), ("past due", "overdue_amount")):
        amounts = review.column("08", name)
        if amounts is None:
            continue
        known = amounts.dropna()
        says = f"At {int((known > 0).sum())} of {count(len(known), 'account')} with invoices"
        if lines:
            says += ", on the same day; of each at most what it owes."
        else:
            told = [own.meaning for own in review.columns.values() if own.name == name]
            says += f" (lesson 08): {told[0]}."
        lines.append(Line(what, float(known.sum()), currency, says))
    late = review.column("08", "late_share")
    if late is not None:
        known = late.dropna()
        half = int((known > _HALF).sum())
        says = f"At {half} of {count(len(known), 'account')} more than half of the money was late."
        lines.append(Line("accounts often late", half, "accounts", says))
    return lines


def _fates(review: Review, book: Book) -> list[Line]:
    """How many met which fate, and what the score tells of it."""
    if not book.has("credit_features", "defaulted"):
        return []
    fate = book.table("credit_features").set_index(ACCOUNT_ID)["defaulted"].dropna().astype(int)
    of = f"Of {count(len(fate), 'account')} whose fate is known."
    lines = [Line("accounts that defaulted", int(fate.sum()), "accounts", of)]
    if len(fate):
        rate = float(fate.mean())
        lines.append(Line("share that defaulted", rate, "of the accounts", of, PERCENT))
    score = review.column("07", "credit_score")
    if score is None or fate.nunique() < 2:
        return lines
    score = score.set_axis(pd.Index(review.accounts[ACCOUNT_ID].astype(str)))
    both = pd.concat([score, fate.rename("fate")], axis=1, join="inner").dropna()
    if both["fate"].nunique() < 2:
        return lines
    found = gini_auc(both.iloc[:, 0].astype(float), both["fate"].astype(int))
    says = (
        f"95 % interval {found.low:.3f} to {found.high:.3f}; 0.5 tells nothing. Lesson 07 sets a "
        "cut-off against its cost."
    )
    return [*lines, Line("AUC of the credit score", float(found.auc), "0 to 1", says, "0.000")]


def _of_invoices(book: Book, period: str, amounts: Amounts) -> str:
    """Which days the page is of, where the book has invoices and no ledger; else empty."""
    if amounts.reason == NO_LEDGER and book.has("invoices"):
        named = "issue" if book.has("invoices", "issue") else "due"
        if not book.has("invoices", named):
            return "all invoices, undated"
        days = book.table("invoices")[named].dropna()
        try:
            start, end = book.period_dates(period)
        except ValueError:
            start = end = None
        if start is not None and end is not None:
            days = days[days.between(pd.Timestamp(start), pd.Timestamp(end))]
        told = "issued" if named == "issue" else "due"
        if days.empty:
            return f"{start} to {end}, in which no invoice was {told}"
        return f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, in which invoices were {told}"
    return ""


def _facts(review: Review, amounts: Amounts, aside: list[str], invoiced: str = "") -> list[str]:
    run = review.run
    days = f"{amounts.start} to {amounts.end}" if amounts.start else "all rows, undated"
    days = invoiced or days
    complete = (
        f"data complete up to {run['as_of']}"
        if run.get("as_of")
        else "no day declared up to which data are complete"
    )
    made = (
        f"data {str(run.get('data_hash', ''))[:12]}, keyacct "
        f"{run.get('versions', {}).get('keyacct', '')}"
    )
    period = (
        f"Period {days}; {complete}; amounts in "
        f"{run.get('currency') or 'no declared currency'}; {made}."
    )
    rates = [f"{note}." for note in map(str, run.get("notes", [])) if _CONVERTED in note]
    return [period, *rates, *_assumed(run), *aside, *_adds_up(review, amounts)]


def _assumed(run: Mapping[str, Any]) -> list[str]:
    """What was set for this run, by the command or in ``book.toml``, on as many lines as it
    takes.
    """
    lines: list[str] = []
    for name, value in run.get("parameters", {}).items():
        told = f"{name} = {value}"
        if not lines:
            lines = [f"Set for this run, not as the lessons have it: {told}"]
        elif len(lines[-1]) + len(told) < _LINE:
            lines[-1] += f"; {told}"
        else:
            lines = [*lines[:-1], lines[-1] + ";", told]
    return [*lines[:-1], lines[-1] + "."] if lines else []


def _adds_up(review: Review, amounts: Amounts) -> list[str]:
    """Whether the amounts of the accounts add up to the revenue of the page, and why not."""
    amount = review.column("01", "amount")
    if amount is None:
        return []
    told = round(float(amount.round(2).sum()), 2)
    apart = round(told - amounts.total, 2)
    if not apart:
        return []
    total = f"The column amount adds up to {cents(told)}, revenue is {cents(amounts.total)}"
    if abs(apart) <= _HALF_A_CENT * (len(amount) + 1):
        return [f"{total}: each account is rounded to the cent by itself, the total once."]
    return [f"{total}: lesson 01 looked at another measure or period; the legend says which."]


def _since(earlier: Review, review: Review) -> list[Line]:
    """What is not the same about the runs, then the net figures that are not zero."""
    found = compare(earlier, review)
    # the title says which day the data are of
    said = [text for text in found.differences if not text.startswith("the day of the data")]
    lines = [Line("not the same", None, "", text) for text in said]
    for measure in found.measures.values():
        if measure.value and not measure.name.endswith(("rises", "falls", "moved")):
            lines.append(Line(measure.name, measure.value, measure.unit, measure.says))
    return lines


def _of_plan(review: Review) -> list[str]:
    """What a planned gain is, as lesson 21 recorded it."""
    if not len(planned(review)):
        return []
    (meaning,) = [
        own.meaning
        for own in review.columns.values()
        if (own.lesson, own.name) == ("21", "plan_gain")
    ]
    said = f"What to do first is the plan of lesson 21; its money is {meaning}."
    if is_preset(review.run):
        said += (
            f" Its hours, {HOURS:,g}, are a preset and decide how many accounts have an action: "
            "keyacct run -p hours=40 sets your own."
        )
    return [said]


def _notes(review: Review) -> list[str]:
    """What the reader should know besides: lessons that did not run in full, remarks on the data,
    those with money first, and how many there are beyond the page.
    """
    run = review.run
    partly = [
        f"{item['lesson']} ({item['state']})"
        for item in run.get("lessons", [])
        if item["state"] != "full"
    ]
    lessons = (
        f"Lessons that did not run in full: {', '.join(partly)}; "
        "keyacct check says which columns they lack."
    )
    remarks = [lessons] * bool(partly) + [_GAINS] * gains_are_told(review) + _of_plan(review)
    notes = [
        note
        for note in map(str, run.get("notes", []))
        if _CONVERTED not in note and not tells_void(note)
    ]
    notes.sort(key=lambda note: not _MONEY.search(note))
    more = len(notes) - _NOTES
    where = "in run.json under notes and with keyacct check"
    rest = f"{count(more, 'further note')} on the data, {where}."
    return remarks + notes[:_NOTES] + [rest] * (more > 0)
