"""The map of the lessons, read from the rooms: what each asks and needs, and what it builds on."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from keyacct_utils import lessons
from keyacct_utils.collection import ROOT
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.lessons.shared.declaration import Lesson, Need

if TYPE_CHECKING:
    from keyacct_utils.book import Book

NOTEBOOKS = ROOT / "notebooks"


def _rooms() -> tuple[Lesson, ...]:
    rooms = [
        import_module(f"{lessons.__name__}.{room.name}")
        for room in pkgutil.iter_modules(lessons.__path__)
        if room.ispkg
    ]
    return tuple(
        sorted(
            (room.LESSON for room in rooms if hasattr(room, "LESSON")), key=lambda item: item.code
        )
    )


LESSONS: tuple[Lesson, ...] = _rooms()


def lesson(code: str) -> Lesson:
    """Look up a lesson by its number, ``"01"``. Raises ValueError for a number that does not exist."""
    for item in LESSONS:
        if item.code == code:
            return item
    raise ValueError(
        f"there is no lesson {code!r}; there are {', '.join(item.code for item in LESSONS)}"
    )


def notebook_path(code: str) -> Path:
    """Where the notebook of a lesson lies."""
    return NOTEBOOKS / f"{lesson(code).stem}.ipynb"


def tables_of(code: str, there: Collection[str]) -> list[str]:
    """The tables of a book that a lesson reads, out of those that are there; the lesson without needs reads all."""
    read = {need.table for need in lesson(code).needs} | {"ledger", "accounts"}
    read |= {need.instead[0] for need in lesson(code).needs if need.instead}
    return sorted(read & set(there) if lesson(code).needs else there)


def map_table() -> pd.DataFrame:
    """One row per lesson: question, minutes, what comes before, tables needed."""
    return pd.DataFrame(
        {
            "lesson": [f"[{item.code} {item.title}]({item.stem}.ipynb)" for item in LESSONS],
            "question": [item.question for item in LESSONS],
            "minutes": [
                f"{item.minutes} + {item.deeper_minutes}"
                if item.deeper_minutes
                else str(item.minutes)
                for item in LESSONS
            ],
            "necessary before": [", ".join(item.necessary) or "-" for item in LESSONS],
            "helpful before": [", ".join(item.helpful) or "-" for item in LESSONS],
            "tables": [
                ", ".join(dict.fromkeys(need.table for need in item.needs)) or "-"
                for item in LESSONS
            ],
        }
    ).set_index("lesson")


def needs_table(code: str) -> pd.DataFrame:
    """The columns that a lesson uses, with unit, meaning and what each unlocks, from the contract."""
    rows = []
    needs = lesson(code).needs
    whole = {need.instead for need in needs if not need.unlocks}
    asked = [
        (table, name, unlocks)
        for need in needs
        for table, columns, unlocks in (
            (need.table, need.columns, need.unlocks or "the lesson needs it"),
            *(
                ((*need.instead, f"instead of {_whole(need)}"),)
                if need.instead and (not need.unlocks or need.instead not in whole)
                else ()
            ),
            *((*held, "opens a part of the lesson") for held, _ in need.least),
        )
        for name in columns
    ]
    uses: dict[tuple[str, str], list[str]] = {}
    for table, name, unlocks in asked:
        uses.setdefault((table, name), []).append(unlocks)
    for (table, name), unlocked in uses.items():
        column = TABLES[table].column(name)
        rows.append(
            {
                "column": f"{table}.{name}",
                "中文": column.chinese,
                "meaning": column.meaning,
                "unit": column.unit or "-",
                "unlocks": "; ".join(unlocked),
            }
        )
    return pd.DataFrame(rows).set_index("column")


def _whole(need: Need) -> str:
    """What another table stands in for: a column, or the table."""
    return f"{need.table}.{need.columns[0]}" if len(need.columns) == 1 else need.table


def missing(
    book: Book, code: str
) -> tuple[tuple[tuple[str, str], ...], list[tuple[tuple[tuple[str, str], ...], str]]]:
    """What a lesson lacks in a book, as (table, column).

    Returns
    -------
    stops : tuple
        The columns without which the lesson cannot run.
    adds : list of (columns, what they unlock)
        The cheapest first: in tables that the book has before new ones, few columns before many.
    """
    gaps = []
    needs = lesson(code).needs
    # a lesson that has what it needs reads no other table in the place of what only adds to it
    replaced = {
        need.instead[0]
        for need in needs
        if need.instead and not need.unlocks and not book.has(need.table, *need.columns)
    }
    for need in needs:
        if need.unless and book.has(need.unless[0], *need.unless[1]):
            continue
        in_place = (
            need.instead
            and need.instead[0] in replaced
            and book.has(need.instead[0], *need.instead[1])
        )
        if in_place and not need.beyond:
            continue
        part = [adds for held, adds in need.least if book.has(held[0], *held[1])]
        table, columns = need.table, need.columns
        if need.instead and need.unlocks and need.instead[0] in replaced:
            table, columns = need.instead
        lacking = tuple((table, name) for name in columns if not book.has(table, name))
        unlocks = need.beyond if in_place else need.unlocks or (part[0] if part else "")
        gaps.append((unlocks, lacking))
    stops = tuple(column for unlocks, columns in gaps for column in columns if not unlocks)
    adds = [(columns, unlocks) for unlocks, columns in gaps if columns and unlocks]
    return stops, sorted(adds, key=lambda item: (not book.has(item[0][0][0]), len(item[0])))


def readiness(book: Book) -> pd.DataFrame:
    """Which lessons run on a book: full, in part or skipped, why, and which columns would unlock more.

    Returns
    -------
    DataFrame
        One row per lesson with ``lesson`` (code), ``title``, ``state`` (``full``, ``part``, ``skipped``), ``reason``
        (what stops the lesson) and ``unlocks`` (the missing columns and what each would add).
    """
    rows = []
    for item in LESSONS:
        stops, gaps = missing(book, item.code)
        adds = [
            f"{', '.join('.'.join(column) for column in columns)}: {unlocks}"
            for columns, unlocks in gaps
        ]
        rows.append(
            {
                "lesson": item.code,
                "title": item.title,
                "state": "skipped" if stops else "part" if adds else "full",
                "reason": f"the book has no {', '.join('.'.join(column) for column in stops)}"
                if stops
                else "",
                "unlocks": "; ".join(adds),
            }
        )
    return pd.DataFrame(rows)
