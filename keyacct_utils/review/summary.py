"""The page of a run: the book in ten numbers, what changed, what to do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keyacct_utils.book import Book
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.review.account_review import Review
from keyacct_utils.review.changes import Amounts, amounts_of, year_lines
from keyacct_utils.review.comparison import compare
from keyacct_utils.review.first_actions import first_actions, gains_are_told, nothing_to_do
from keyacct_utils.review.page import Line, Page, Section
from keyacct_utils.review.ten_numbers import ten_numbers

_NOTES = 6
#: Characters of a fact on one line of the page.
_LINE = 150
_GAINS = (
    "A gain counts if the action works; lesson 04 says "
    "what hangs on refusals and on costs that stay."
)


def summarise(review: Review, book: Book, earlier: Review | None = None) -> Page:
    """Write the page from the numbers.

    Parameters
    ----------
    review : Review
        Of this run.
    book : Book
        For the roll-ups of the period and of the year before.
    earlier : Review, optional
        Of an earlier run, to say what changed since; one of other data of the same book.
    """
    run = review.run
    currency = str(run.get("currency", ""))
    parameters: dict[str, Any] = run.get("parameters", {})
    amounts = amounts_of(book, str(parameters.get("period", "book")))
    headers = ("what", "figure", "unit", "what it says, and how sure it is")
    sections = [
        Section("The book in ten numbers", ("", *headers), ten_numbers(review, amounts)),
        Section(
            "What changed since the year before",
            ("", "what", "money", "unit", "how many, and the largest"),
            year_lines(amounts, book.names(), currency),
            f"Nothing to compare with: {amounts.reason}.",
            numbered=False,
        ),
    ]
    if earlier is not None:
        since = (
            "What changed since the run before (data up to "
            f"{earlier.run.get('as_of') or 'an unknown day'})"
        )
        sections.append(
            Section(since, ("", *headers), _since(earlier, review), "Nothing.", numbered=False)
        )
    sections.append(
        Section(
            "What to do first",
            ("", "account", "money at stake", "unit", "action, and why"),
            first_actions(review),
            nothing_to_do(review),
        )
    )
    return Page(
        f"Account review: {run.get('book', '')}", _facts(review, amounts), sections, _notes(review)
    )


def _facts(review: Review, amounts: Amounts) -> list[str]:
    run = review.run
    days = f"{amounts.start} to {amounts.end}" if amounts.start else "all rows, undated"
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
    return [period, *_assumed(run), *_set_aside(run.get("reconciliation", []))]


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


def _set_aside(reconciliation: Sequence[Mapping[str, Any]]) -> list[str]:
    """The rows that no number of the review knows, because they were faulty and set aside."""
    found = []
    for item in reconciliation:
        if not (rows := item["rows set aside"]):
            continue
        said = (
            f"Set aside as faulty, in no number here: {rows:,} of {item['rows']:,} rows of "
            f"{item['table']}"
        )
        if item["money column"] and item["money"]:
            share = percent(item["money set aside"] / item["money"])
            said += (
                f", with {item['money set aside']:,.2f} of {item['money']:,.2f} of "
                f"{item['money column']} ({share})"
            )
        found.append(said + ".")
    return found


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


def _notes(review: Review) -> list[str]:
    """What the reader should know besides: lessons that did not run in full, remarks on the
    data.
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
    remarks = [lessons] * bool(partly) + [_GAINS] * gains_are_told(review)
    return remarks + [str(note) for note in run.get("notes", [])[:_NOTES]]
