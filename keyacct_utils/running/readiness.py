"""What a book is good for, on a screen: which lessons run, and which columns would unlock more,
the cheapest first.
"""

from __future__ import annotations

import shutil
import textwrap
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from keyacct_utils.book.intake.book_toml import FEATURES
from keyacct_utils.book.intake.leaks import LEAK
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.lessons.catalogue import LESSONS, lesson, missing, readiness
from keyacct_utils.lessons.showing.words import cents, rounded
from keyacct_utils.review.left_out import left_out

if TYPE_CHECKING:
    from keyacct_utils.book import Book

_WIDEST, _SHOWN = 110, 6
_UNDATED = "money without date"
_WORDS = {"full": "in full", "part": "in part", "skipped": "skipped"}
Columns = tuple[tuple[str, str], ...]


def readiness_lines(book: Book, assumed: Sequence[str] = (), width: int = 0) -> list[str]:
    """The readiness map of a book, what it sets for the lessons, its notes and what was set aside.

    Parameters
    ----------
    assumed : sequence of str
        What the book sets for the lessons, a line each.
    width : int
        Columns of the screen; 0 asks the terminal.
    """
    width = width or min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    table = readiness(book)
    states = table["state"].value_counts()
    counted = ", ".join(
        f"{states[state]} {word}" for state, word in _WORDS.items() if state in states
    )
    lines = [f"{book.name}: the book can be used (data {book.data_hash[:12]}); lessons: {counted}"]
    if first := _look_for_first(book):
        lines += [
            "",
            "Columns to look for first:",
            *(line for text in first for line in _wrapped(text, "  ", width)),
        ]
    lines.append("")
    for row in table.to_dict("records"):
        lines += _of_lesson(book, row, width)
    if assumed:
        lines += [
            "",
            "Set for the lessons in book.toml:",
            *(line for text in assumed for line in _wrapped(text, "  ", width)),
        ]
    if book.notes:
        lines += [
            "",
            "Notes:",
            *(line for note in book.notes for line in _wrapped(note, "  ", width)),
        ]
    if aside := left_out(book):
        lines += [
            "",
            "In no number of the lessons:",
            *(line for text in aside for line in _wrapped(text, "  ", width)),
        ]
    if book.reconciliation:
        lines += ["", "Rows and amounts:"]
        for item in book.reconciliation:
            lines += _wrapped(_reconciled(item), "  ", width)
    return lines


def _of_lesson(book: Book, row: Mapping[Hashable, Any], width: int) -> list[str]:
    lines = [f"{row['lesson']}  {_WORDS[row['state']]:<8}  {row['title']}"]
    stops, adds = missing(book, row["lesson"])
    if stops:
        lines += _wrapped(f"needs {_named(stops)}", "      ", width)
        if adds:
            lines += _wrapped(
                f"then {len(adds)} more columns or groups of columns add to it", "      ", width
            )
        return lines
    if any(need.instead and need.instead[0] == FEATURES for need in lesson(row["lesson"]).needs):
        lines += [
            line
            for note in book.notes
            if LEAK in note
            for line in _wrapped(f"! {note.partition(':')[0]}: {LEAK}; see notes", "      ", width)
        ]
    for columns, unlocks in adds:
        lines += _wrapped(f"+ {_named(columns)}: {unlocks}", "      ", width)
    return lines


def _named(columns: Columns) -> str:
    """Columns by their table: "ledger.date", "accounts: sector, listed_ka"."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for table, name in columns:
        by_table[table].append(name)
    return "; ".join(
        f"{table}.{names[0]}" if len(names) == 1 else f"{table}: {', '.join(names)}"
        for table, names in by_table.items()
    )


def _look_for_first(book: Book) -> list[str]:
    """Sets of missing columns that unlock most: few columns before many, in tables that the book
    has before new ones.
    """
    runs: dict[Columns, list[str]] = defaultdict(list)
    gains: dict[Columns, list[str]] = defaultdict(list)
    for item in LESSONS:
        stops, adds = missing(book, item.code)
        if stops:
            runs[stops].append(item.code)
        for columns, _ in adds if not stops else ():
            gains[columns].append(item.code)

    def cost(columns: Columns) -> tuple[int, int, int]:
        new_tables = {table for table, _ in columns} - set(book.tables)
        asked = {
            *columns,
            *((table, name) for table in new_tables for name in TABLES[table].required),
        }
        return len(new_tables), len(asked), -2 * len(runs[columns]) - len(gains[columns])

    texts = []
    for columns in sorted([*{**runs, **gains}], key=cost)[:_SHOWN]:
        chinese = ", ".join(TABLES[table].column(name).chinese for table, name in columns)
        effects = [f"lesson {', '.join(runs[columns])} would run"] if runs[columns] else []
        effects += [f"more in {', '.join(dict.fromkeys(gains[columns]))}"] if gains[columns] else []
        texts.append(f"{_named(columns)} ({chinese}): {'; '.join(effects)}")
    return texts


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
    )


def _reconciled(item: Mapping[str, object]) -> str:
    """A table's rows and money: "ledger: rows 5, rows used 4, rows set aside 1; revenue 152.00,
    used 105.00, set aside 47.00".
    """
    rows = ", ".join(f"{key} {value:,}" for key, value in item.items() if key.startswith("rows"))
    amounts = {key: value for key, value in item.items() if isinstance(value, float)}
    money = ", ".join(
        f"{key.removeprefix('money').strip()} {cents(value)}".strip()
        for key, value in amounts.items()
    )
    # what has no date is used, and is no part of its own
    parts = [Decimal(rounded(v, 2)) for k, v in amounts.items() if k not in ("money", _UNDATED)]
    if parts and sum(parts) != Decimal(rounded(amounts["money"], 2)):
        money += "; each is rounded to the cent by itself"
    return f"{item['table']}: {rows}" + (
        f"; {item['money column']} {money}" if item["money column"] else ""
    )
