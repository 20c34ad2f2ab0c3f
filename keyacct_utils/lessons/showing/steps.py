"""Steps that every lesson has: what it needs, what the documents claim, what the review takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from keyacct_utils.lessons.catalogue import needs_table
from keyacct_utils.lessons.shared.claims import LEVEL, UNTESTED, Claim, by_chance
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.showing.finding import Finding, unknown
from keyacct_utils.lessons.showing.templates import write

#: What is said of the amounts of a book that leaves returns out.
BEFORE_RETURNS = (
    'All amounts are gross: rows below zero are left out (returns = "gross" in book.toml), and no '
    "return is taken off."
)

#: What a share of revenue is of, in lessons where an account below zero holds nothing.
SHARES_OF = (
    "A share of revenue is here of the revenue of the accounts above zero; below it: "
    "{below:count account}."
)


def gross(returns: str) -> list[str]:
    """What is said of the amounts of a book by how it counts returns; nothing where they are taken
    off, as a reader expects.
    """
    return [BEFORE_RETURNS] if returns == "gross" else []


def needs(lesson: Lesson) -> Finding:
    """Which columns the lesson uses, and what each unlocks."""
    table = needs_table(lesson.code).rename_axis("column")
    return Finding({"columns": len(table)}, table=table.reset_index(), prose=True)


def verdicts(claims: Sequence[Claim]) -> Finding:
    """What the documents claim, with the test made here and the verdict on this book, and how
    many verdicts chance alone would bring.
    """
    judged = [claim for claim in claims if claim.verdict != UNTESTED]
    tested = [claim for claim in judged if claim.of_this_book]
    numbers: dict[str, Any] = {
        "claims": len(claims),
        "tested": len(tested),
        "holding": sum(claim.verdict == "holds" for claim in tested),
        "failing": sum(claim.verdict == "does not hold" for claim in tested),
    }
    numbers["open"] = len(tested) - numbers["holding"] - numbers["failing"]
    table = pd.DataFrame(
        [(item.source, item.says, item.test, item.here, item.ruling) for item in claims],
        columns=["claim", "what it says", "test", "this book", "verdict"],
    )
    decided = (
        "Of {claims:count claim}, {tested} could be tested on this book: {holding} held, {failing} "
        "did not."
    )
    some_open = (
        "Of {claims:count claim}, {tested} could be tested on this book: {holding} held, {failing} "
        "did not, {open} held in part or could not be decided."
    )
    says = [some_open if numbers["open"] else decided]
    if reckoned := len(judged) - len(tested):
        numbers["reckoned"] = reckoned
        says.append("{reckoned:count more claim} rested on the documents' own figures alone.")
    tests, chance = by_chance(claims)
    if tests:
        numbers |= {"tests": tests, "level": LEVEL, "by_chance": chance}
        says.append(
            "These verdicts rest on {tests:count test} at {level:percent0}. Were there nothing to "
            "find, chance alone would bring {by_chance:.2f} verdicts all the same, on average."
        )
    data = {"claims": [list(item[:-2]) for item in claims]}  # without what a reader does not see
    return Finding(numbers, tuple(says), table, prose=True, data=data)


def review(
    lesson: Lesson, frame: pd.DataFrame, numbers: Mapping[str, Any] | None = None
) -> Finding:
    """What the account review takes from the lesson.

    Parameters
    ----------
    lesson : Lesson
        Its declaration says what each column means; a column that ``frame`` lacks is left out.
    frame : DataFrame
        ``account_id`` and columns of the declaration, one row per account.
    numbers : mapping
        What the meanings name: a measure, a currency, a period.

    Raises
    ------
    ValueError
        For a column that the room does not declare.
    """
    declared = {item.name: item for item in lesson.review}
    odd = [name for name in frame if name != "account_id" and name not in declared]
    if odd:
        raise ValueError(
            f"review: {', '.join(map(str, odd))} not declared in the room {lesson.topic}"
        )
    if frame.empty:
        return unknown("No account has what the review takes from this lesson.")
    kept = [name for name in declared if name in frame]
    meaning = {name: write(declared[name].meaning, numbers or {}, markup=False) for name in kept}
    said = {
        "columns": len(kept),
        "accounts": len(frame),
        "review": frame[["account_id", *kept]],
        "meaning": meaning,
    }
    return Finding(
        said,
        (
            (
                "The account review takes {columns:count column} "
                "for {accounts:count account} from this lesson."
            ),
        ),
    )


def made_with(versions: Mapping[str, str]) -> Finding:
    """The versions that numbers depend on, in a line; all of them are in ``numbers``."""
    named = (
        "Made with keyacct {keyacct}, Python {python}, "
        "pandas {pandas}, numpy {numpy}, scipy {scipy}."
    )
    return Finding(dict(versions), (named,))


__all__ = ["gross", "made_with", "needs", "review", "verdicts"]
