"""The columns of the account review that the lessons record: header, kind, sources, order; and
which of them are grades.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from keyacct_utils.lessons.catalogue import LESSONS

#: The identifier of a passage in the documents, as "S002-8b".
SOURCE_ID = re.compile(r"\bS\d{3}-\d+[a-z]?\b")


@dataclass(frozen=True)
class Column:
    """One column: the lesson and name under which it is recorded, and how it is shown.

    kind : "text", "money", "share" (a fraction shown in percent), "points", "days", "rank", "count"
        or "expected" (a count of which parts tell).
    detail : shown on the lesson's own sheet only.
    """

    lesson: str
    name: str
    header: str
    kind: str = "text"
    sources: tuple[str, ...] = ()
    detail: bool = False


def _declared(last: bool) -> list[Column]:
    return [
        Column(lesson.code, item.name, item.header, item.kind, item.sources, item.detail)
        for lesson in LESSONS
        for item in lesson.review
        if item.last == last
    ]


#: What the review says itself, of no single lesson: the one action, why, and what speaks against.
OWN = (
    Column("", "recommended", "recommended action"),
    Column("", "recommended_by", "the rule that won"),
    Column("", "against", "reasons against"),
)
#: What it computes from the roll-up, for accounts that send goods back.
RETURNED = Column("", "returned_share", "sent back, of what it bought", "share")
#: In the order of the sheet "accounts". What a lesson records besides follows at the end, under its
#: own name.
COLUMNS: tuple[Column, ...] = (
    *OWN,
    *_declared(last=False),
    RETURNED,
    *_declared(last=True),
)
DECLARED: Mapping[tuple[str, str], Column] = MappingProxyType(
    {(item.lesson, item.name): item for item in COLUMNS}
)


class LessonGrading(NamedTuple):
    """A column that sorts accounts into classes, with the lesson that records it."""

    lesson: str
    name: str
    word: str
    title: str
    order: tuple[str, ...] = ()
    by: str = ""
    why: str = ""


GRADINGS: tuple[LessonGrading, ...] = tuple(
    LessonGrading(lesson.code, item.name, item.word, item.title, item.order, item.by, item.why)
    for lesson in LESSONS
    for item in lesson.gradings
)
#: Classes of lesson 02 that make a key account: by the power company's rule (S000-8) or by rank
#: (S002-1g).
KEY_CLASSES = ("important", "efficiency", "potential", "VIP", "main")


def shown(lesson: str, name: str, label: str) -> Column:
    """How a recorded column is shown; one that is not declared keeps ``label`` and its kind is
    told from its values.
    """
    return DECLARED.get((lesson, name), Column(lesson, name, label, ""))
