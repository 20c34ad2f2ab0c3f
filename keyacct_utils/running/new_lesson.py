"""An empty room for a new lesson: declaration, findings, generator, truth, notebook and tests.

python -m keyacct_utils.running.new_lesson TOPIC
"""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from keyacct_utils.collection import ROOT
from keyacct_utils.lessons.catalogue import LESSONS

FILES = {
    "keyacct_utils/lessons/$topic/__init__.py": '''"""$title."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="$code",
    topic="$topic",
    title="$title",
    title_zh="",
    question="",
    minutes=5,
    helpful=("01",),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "measures", "findings")
''',
    "keyacct_utils/lessons/$topic/measures.py": '''"""The methods of lesson $code: pure functions on DataFrames."""

from __future__ import annotations

import pandas as pd

__all__ = ["total"]


def total(amounts: pd.Series) -> float:
    """How much is it together? The first method of the lesson takes its place."""
    return float(amounts.sum())
''',
    "keyacct_utils/lessons/$topic/findings.py": '''"""The steps of lesson $code: each a Finding from plain inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from keyacct_utils.lessons.$topic import measures
from keyacct_utils.lessons.showing.finding import Finding

if TYPE_CHECKING:
    from keyacct_utils.book import Book


@dataclass(frozen=True)
class Accounts:
    """What the lesson looks at."""

    name: str
    #: Amount by account_id.
    amounts: pd.Series
    labels: pd.Series


def accounts(opened: Book, period: str = "book") -> Accounts:
    """What did each account buy in the period?"""
    start, end = opened.period_dates(period)
    rows = opened.rollup(start=start, end=end, by_line=False)
    return Accounts(opened.name, rows.set_index("account_id")["revenue"], opened.labels())


def book_in_numbers(found: Accounts) -> Finding:
    """Which book, and how much."""
    numbers = {
        "book": found.name,
        "accounts": len(found.amounts),
        "total": measures.total(found.amounts),
    }
    return Finding(numbers, ("**{book}**: {accounts:count account} bought for {total:money}.",))
''',
    "keyacct_utils/world/$topic.py": '''"""What is planted in the synthetic book for lesson $code: nothing yet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def build(
    rng: np.random.Generator, upstream: Mapping[str, pd.DataFrame], months: int
) -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """Tables of the lesson and what was planted in them; ``world.ADDED`` lists who adds some."""
    return {}, {}
''',
    "keyacct_utils/truth/$topic.py": '''"""Lesson $code: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.truth.planted import Item

ITEMS: tuple[Item, ...] = ()


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the lesson finds in the tables of a world, by the names of ITEMS."""
    return {}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many random books of this size does each statement of the lesson hold?"""
    return {}
''',
    "tests/test_findings_$topic.py": '''"""What lesson $code says of small books worked by hand."""

from __future__ import annotations

from keyacct_utils.book import Book
from keyacct_utils.lessons.$topic import findings as lesson


def test_the_book_in_numbers(write_book):
    found = lesson.book_in_numbers(lesson.accounts(Book.open(write_book())))
    assert found.numbers["accounts"] == 2 and found.numbers["total"] == 175.5
''',
}
#: The book may hold a topic's tables before there is a lesson on them: their generator stays.
KEPT = "keyacct_utils/world/$topic.py"
SECTIONS = (
    "The data", "The method", "How sure are we", "What the documents claim", ("Was the planted " "truth recovered"), "On your own data",
    "What you can do now",
)  # fmt: skip
PARAMETERS = """# What a reader may change
book: str = "linjiang"  # a bundled book or the path of a book.toml
period: str = "book"  # "book" (its own), "all", "2024", "2024Q1" or "2024-03\""""
OPENING = """from keyacct_utils.book import Book
from keyacct_utils.lessons.$topic import findings as lesson

opened = Book.open(book)
accounts = lesson.accounts(opened, period)
lesson.book_in_numbers(accounts)"""


def notebook(names: dict[str, str]) -> nbformat.NotebookNode:
    """The notebook of the lesson: its sections in their order, its parameters, its first step."""
    head = "# $code $title\n\n**Question:**\n\n**Time:** 5 minutes. **Before this:** **Sources:**"
    cells = [
        new_markdown_cell(Template(head).substitute(names)),
        new_markdown_cell("## You will be able to"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
    ]
    for section in SECTIONS:
        cells.append(new_markdown_cell(f"## {section}"))
        if section == SECTIONS[0]:
            cells.append(new_code_cell(Template(OPENING).substitute(names)))
    for number, cell in enumerate(cells):
        cell["id"] = f"{names['topic'][:40]}-{number}"
    return new_notebook(cells=cells)


def _in_order(text: str) -> str:
    """The imports of the package in their order, which hangs on the name of the topic."""
    lines = text.splitlines(keepends=True)
    own = [n for n, line in enumerate(lines) if line.startswith("from keyacct_utils")]
    for place, line in zip(own, sorted(lines[n] for n in own), strict=True):
        lines[place] = line
    return "".join(lines)


def write(topic: str, root: Path = ROOT, code: str = "") -> list[Path]:
    """Write the empty room of a topic; returns the files.

    Parameters
    ----------
    topic : str
        Slug of the topic, such as ``receivables``: the same in lessons, world, truth, notebooks and
        tests.
    root : Path
        The repository.
    code : str
        Number of the lesson; by default the next free one.

    Raises
    ------
    ValueError
        If the topic is no name for a module, or one of the files is there already (but the topic's
        generator, which is left as it is). Nothing is written then.
    """
    if not topic.isidentifier() or topic != topic.lower():
        raise ValueError(f"topic is {topic!r}: expected a slug such as 'receivables'")
    code = code or f"{max(int(item.code) for item in LESSONS) + 1:02d}"
    names = {"topic": topic, "code": code, "title": topic.replace("_", " ").capitalize()}
    texts = {
        root / Template(name).substitute(names): _in_order(Template(text).substitute(names))
        for name, text in FILES.items()
        if name != KEPT or not (root / Template(KEPT).substitute(names)).exists()
    }
    page = root / "notebooks" / f"{code}_{topic}.ipynb"
    there = [path for path in (*texts, page) if path.exists()]
    if there:
        raise ValueError(f"{there[0].relative_to(root)} is there already: choose another topic")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    page.parent.mkdir(exist_ok=True)
    nbformat.write(notebook(names), page)
    return [*texts, page]


def main(arguments: list[str]) -> int:
    """Write the room and say which files it has."""
    try:
        (topic,) = arguments
        files = write(topic)
    except ValueError as error:
        print(f"make lesson TOPIC=slug: {error}", file=sys.stderr)
        return 2
    print("\n".join(path.relative_to(ROOT).as_posix() for path in files))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
