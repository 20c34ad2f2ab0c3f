"""The columns of the account review that the lessons record: header, kind, sources, order; and
which of them are grades.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: The identifier of a passage in the documents, as "S002-8b".
SOURCE_ID = re.compile(r"\bS\d{3}-\d+[a-z]?\b")


@dataclass(frozen=True)
class Column:
    """One column: the lesson and name under which it is recorded, and how it is shown.

    kind : "text", "money", "share" (a fraction shown in percent), "points", "rank" or "count".
    detail : shown on the lesson's own sheet only.
    """

    lesson: str
    name: str
    header: str
    kind: str = "text"
    sources: tuple[str, ...] = ()
    detail: bool = False


#: In the order of the sheet "accounts". What a lesson records besides follows at the end, under its
#: own name.
COLUMNS: tuple[Column, ...] = (
    Column("01", "rank", "rank by amount", "rank"),
    Column("01", "rank_low", "rank, best (95 %)", "rank"),
    Column("01", "rank_high", "rank, worst (95 %)", "rank"),
    Column("01", "amount", "amount", "money"),
    Column("01", "share", "share of the book", "share", ("S000-2a", "S004-1a")),
    Column("01", "abc", "ABC class", "text", ("S000-3a", "S003-8a")),
    Column("01", "share_of_draws_in_top", "in the top: share of draws", "share"),
    Column("02", "class", "qualification"),
    Column("02", "rule", "by which rule"),
    Column("02", "boundary", "changes with the reading"),
    Column("02", "list_advice", "present list"),
    Column("02", "n_schemes", "schemes that say key", "count"),
    Column("03", "grade", "value grade"),
    Column("03", "grade_kept_share", "value grade kept: share of draws", "share"),
    Column("03", "value_cell", "current x potential value", "text", ("S001-1b", "S002-4e")),
    Column("03", "paint_class", "cow, star, dog, wildcat", "text", ("S003-8b",)),
    Column("03", "position", "position", "text", (), True),
    Column("03", "group", "group", "text", ("S000-7c",), True),
    Column("03", "next_rank", "rank among the next", "rank", ("S000-7c", "S000-8c")),
    Column("04", "profit", "profit", "money", ("S000-2d", "S002-4e")),
    Column("04", "profit_rank", "rank by profit", "rank"),
    Column("04", "gross_profit", "gross profit", "money", ("S002-4e",), True),
    Column("04", "credit", "cost of credit", "money", ("S000-3i", "S002-4e"), True),
    Column("04", "service", "cost to serve", "money", ("S000-2d",), True),
    Column("05", "bond_level", "relationship level", "rank", ("S000-7a",)),
    Column("05", "renewal_share", "chance to renew", "share", ("S000-7a",)),
    Column("05", "lift_to", "lift to level", "rank"),
    Column("05", "lift_npv", "value of the lift", "money"),
    Column("05", "evidence_1", "financial ties", "text", ("S000-6c", "S000-7a", "S000-7b"), True),
    Column("05", "evidence_2", "social ties", "text", ("S000-7a", "S001-1f", "S004-1e"), True),
    Column("05", "evidence_3", "structural ties", "text", ("S000-7a", "S003-7a"), True),
    Column("06", "satisfaction", "satisfaction", "points", ("S002-7j",)),
    Column("06", "satisfaction_low", "satisfaction, from (95 %)", "points", ("S002-7j",)),
    Column("06", "satisfaction_high", "satisfaction, to (95 %)", "points", ("S002-7j",)),
    Column("06", "answers", "answers", "count"),
    Column("06", "loyalty", "loyalty", "points", (), True),
    Column("06", "delivered_value", "delivered value", "points", ("S002-1i",), True),
    Column("06", "late_answers", "late answers to complaints", "count", (), True),
    Column("07", "credit_grade", "credit grade", "text", ("S002-7g",)),
    Column("07", "credit_kept_share", "credit grade kept: share of readings", "share", ("S002-7",)),
    Column("07", "grade_worst", "credit grade, worst reading", "text", ("S002-7g",)),
    Column("07", "grade_best", "credit grade, best reading", "text", ("S002-7g",)),
    Column("07", "credit_score", "credit score", "points"),
    Column("07", "credit_veto", "credit veto", "text", ("S002-7",), True),
    Column("07", "appeal", "ground for appeal"),
    Column("04", "action", "suggested action"),
    Column("04", "why", "why"),
    Column("04", "loss_from", "the loss comes from"),
    Column("04", "needed_rise", "price rise to break even", "share"),
    Column("04", "gain", "gain a year", "money"),
)
DECLARED: Mapping[tuple[str, str], Column] = MappingProxyType(
    {(item.lesson, item.name): item for item in COLUMNS}
)


@dataclass(frozen=True)
class Grading:
    """A column that sorts accounts into classes; ``order`` runs from the best to the worst, empty
    where there is none.
    """

    lesson: str
    name: str
    #: As in a condition: "grade changes > 5".
    word: str
    title: str
    order: tuple[str, ...] = ()


GRADINGS: tuple[Grading, ...] = (
    Grading("01", "abc", "abc", "ABC class", ("A", "B", "C")),
    Grading("02", "class", "qualification", "qualification"),
    Grading("03", "grade", "grade", "value grade", ("A", "B", "C")),
    Grading("05", "bond_level", "level", "relationship level", ("3", "2", "1")),
    Grading("07", "credit_grade", "credit", "credit grade", ("AAA", "AA", "A", "B", "C", "D")),
)
#: Classes of lesson 02 that make a key account: by the power company's rule (S000-8) or by rank
#: (S002-1g).
KEY_CLASSES = ("important", "efficiency", "potential", "VIP", "main")


def shown(lesson: str, name: str, label: str) -> Column:
    """How a recorded column is shown; one that is not declared keeps ``label`` and its kind is
    told from its values.
    """
    return DECLARED.get((lesson, name), Column(lesson, name, label, ""))
