"""The claims of the source documents with the verdicts of the lessons, read from the lessons'
committed outputs.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple, get_args

from nbformat import NotebookNode

from keyacct_utils.lessons.shared.claims import UNTESTED, Verdict
from keyacct_utils.lessons.shared.claims import Claim as Tested
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.showing.words import safe

#: Under which an output of a lesson carries data.
METADATA = "keyacct"
SECTION = "What the documents claim"
ANCHOR = "what-the-documents-claim"
ITEM = re.compile(r"\bS\d{3}-\d{1,2}[a-z]\b")
_ESCAPED = re.compile(r"\\(?=[^\w\s])")


class Claim(NamedTuple):
    """One row of a lesson's table; the cells are Markdown as the lesson printed them."""

    lesson: Lesson
    source: str
    says: str
    test: str
    here: str
    verdict: str

    @property
    def items(self) -> list[str]:
        """The ids of the items of the documents that the claim cites."""
        return ITEM.findall(plain(self.source))


def plain(cell: str) -> str:
    """A Markdown cell as text."""
    return html.unescape(_ESCAPED.sub("", cell))


def claims_of(lesson: Lesson, notebook: NotebookNode) -> list[Claim]:
    """The claims that a lesson tests: data that its output carries.

    Raises
    ------
    ValueError
        If the lesson has the heading "What the documents claim" and no such data.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if rows := output.get("metadata", {}).get(METADATA, {}).get("claims"):
                return [_from_data(lesson, Tested(*row)) for row in rows]
    headings = [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
    ]
    if f"## {SECTION}" in headings:
        raise ValueError(
            f"lesson {lesson.code}: no claims come with what stands under '{SECTION}'; "
            "run it anew (make outputs)"
        )
    return []


def _from_data(lesson: Lesson, claim: Tested) -> Claim:
    cells = (claim.source, claim.says, claim.test, claim.here, claim.ruling)
    return Claim(lesson, *(safe(cell) for cell in cells))


def conflicts(claims: list[Claim]) -> list[str]:
    """Claims that several lessons put alike and judge differently, one sentence each.

    A reader who meets "20 % of customers bring 80 % of profit" twice needs one verdict. Two rows
    are one claim where they cite an item in common and say the same of it; what cannot be tested in
    one lesson may be tested in another.
    """
    found = []
    told = [(each, _verdict(each)) for each in claims if _verdict(each) != UNTESTED]
    for place, (one, first) in enumerate(told):
        for other, second in told[place + 1 :]:
            same = {*one.items} & {*other.items} and _said(one) == _said(other)
            if same and first != second and one.lesson != other.lesson:
                found.append(
                    f"{', '.join(sorted({*one.items} & {*other.items}))} “{plain(one.says)}”: "
                    f"lesson {one.lesson.code} says “{first}”, lesson {other.lesson.code} "
                    f"“{second}”"
                )
    return found


def _said(claim: Claim) -> str:
    return " ".join(plain(claim.says).casefold().split())


def _verdict(claim: Claim) -> str:
    """The verdict without its reason."""
    text = plain(claim.verdict)
    return next((verdict for verdict in get_args(Verdict) if text.startswith(verdict)), text)


def one_verdict(claims: list[Claim]) -> None:
    """Stop where lessons contradict each other.

    Raises
    ------
    ValueError
        With every claim that has two verdicts.
    """
    if found := conflicts(claims):
        raise ValueError(
            "a claim has one verdict; these lessons contradict each other: " + "; ".join(found)
        )


def claims_page(claims: list[Claim]) -> str:
    """The page of all claims, lesson by lesson, as Markdown."""
    lessons = list(dict.fromkeys(claim.lesson for claim in claims))
    items = {item for claim in claims for item in claim.items}
    untested = sum(plain(claim.verdict).startswith(UNTESTED) for claim in claims)
    lines = [
        "# Claims and verdicts 文献的说法与检验",
        "",
        f"{len(claims)} claims from {len(items)} places in the "
        f"documents, tested in {len(lessons)} lessons; "
        f"{untested} could not be tested here. A verdict is about "
        "the book named in the lesson and no other. "
        "Each id leads to what the document says.",
    ]
    for lesson in lessons:
        lines += ["", f"## Lesson {lesson.code}: {lesson.title}", ""]
        lines += [
            f"Worked in [{lesson.code} {lesson.title}](../notebooks/{lesson.stem}.ipynb#{ANCHOR}).",
            "",
        ]
        lines += [
            "| claim | what it says | how it was tested | here | verdict |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| {' | '.join(claim[1:])} |" for claim in claims if claim.lesson == lesson]
    return "\n".join([*lines, ""])
