"""What a room declares of its lesson: the one place where the map, the needs and the review read
it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Columns of one table. An empty ``unlocks`` means that the lesson cannot run without them."""

    table: str
    columns: tuple[str, ...]
    unlocks: str = ""
    #: The table that the lesson can run on instead, and its columns.
    instead: tuple[str, tuple[str, ...]] | None = None
    #: What these columns add to a book that has only that table; empty where it is as good.
    beyond: str = ""
    #: What opens a part of the lesson on a book that has neither: columns, and what the needed ones
    #: would add to them.
    least: tuple[tuple[tuple[str, tuple[str, ...]], str], ...] = ()
    #: Columns of another table that say the same: a book that has them is not asked for these.
    unless: tuple[str, tuple[str, ...]] | None = None


AMOUNTS = Need("ledger", ("account_id", "revenue"))


@dataclass(frozen=True)
class ReviewColumn:
    """A column that the lesson adds to the account review, and how it is shown there.

    Parameters
    ----------
    kind : str
        "text", "money", "share" (a fraction shown in percent), "points", "days", "rank", "count"
        or "expected" (a count of which parts tell).
    meaning : str
        Template of what it says, with its unit; its fields are numbers of the review's finding.
    detail : bool
        Shown on the lesson's own sheet only.
    last : bool
        Stands at the end of the sheet of accounts.
    """

    name: str
    header: str
    kind: str = "text"
    meaning: str = ""
    sources: tuple[str, ...] = ()
    detail: bool = False
    last: bool = False


@dataclass(frozen=True)
class Grading:
    """A column that sorts accounts into classes; ``order`` runs from the best to the worst, empty
    where there is none.
    """

    name: str
    #: As in a condition: "grade changes > 5".
    word: str
    title: str
    order: tuple[str, ...] = ()
    #: Column of the review whose number the classes cut; empty where no single number decides.
    by: str = ""
    #: Column of the review that says why an account is in its class.
    why: str = ""


@dataclass(frozen=True)
class Lesson:
    """One lesson of the collection."""

    code: str
    topic: str
    title: str
    title_zh: str
    question: str
    #: Of the core path, and of what is folded under Deeper.
    minutes: int
    deeper_minutes: int = 0
    necessary: tuple[str, ...] = ()
    helpful: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    review: tuple[ReviewColumn, ...] = ()
    gradings: tuple[Grading, ...] = ()
    #: It reads what the others recorded in a run: it is executed after all of them.
    after_all: bool = False
    #: Steps on the reader's book whose finding answers the question in a report, the first that has
    #: a figure; none named: the first figure of all.
    headline: tuple[str, ...] = ()
    #: The step whose sentences stand beside that figure, where the figure's own do not answer.
    answered_by: str = ""

    @property
    def stem(self) -> str:
        """File name of the notebook without its ending."""
        return f"{self.code}_{self.topic}"
