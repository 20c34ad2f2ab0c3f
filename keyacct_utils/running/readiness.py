"""What a book is good for, on a screen: which lessons run, and which columns would unlock more,
the cheapest first.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from keyacct_utils.book.intake.book_toml import FEATURES
from keyacct_utils.book.intake.leaks import LEAK
from keyacct_utils.book.intake.loading import UNKNOWN
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.lessons.catalogue import LESSONS, lesson, missing, readiness
from keyacct_utils.lessons.showing.words import cents, count, rounded
from keyacct_utils.review.left_out import left_out, tells_void

if TYPE_CHECKING:
    from keyacct_utils.book import Book

_WIDEST, _SHOWN = 110, 6
_UNDATED = "money without date"
_WORDS = {"full": "in full", "part": "in part", "skipped": "skipped"}
#: An undecided line of void: where it stands, and of which table.
_VOID_POINT = re.compile(r"\s*line (\d+): (\w+): void\.")
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
    # what is void stands below, with what else is in no number
    if notes := [note for note in book.notes if not tells_void(note)]:
        lines += [
            "",
            "Notes:",
            *(line for note in notes for line in _wrapped(note, "  ", width)),
        ]
    if aside := left_out(book):
        lines += [
            "",
            "In no number of the lessons:",
            *(line for text in aside for line in _wrapped(text, "  ", width)),
        ]
    lines += ["", "Rows and amounts:"]
    for text in [*_counted(book), *map(_reconciled, book.reconciliation)]:
        lines += _wrapped(text, "  ", width)
    return lines if lines[-1] != "Rows and amounts:" else lines[:-2]


def _counted(book: Book) -> list[str]:
    """What counts, of every book with a ledger: the sum to set against that of the source."""
    if not book.has("ledger"):
        return []
    every = book.totals().iloc[0]
    return [
        f"In the numbers of the lessons: {count(int(every['n_rows']), 'row')} of ledger with "
        f"{cents(float(every['revenue']))} of revenue"
    ]


def begin_with_void(open_points: Sequence[str], faults: str) -> list[str]:
    """Which undecided line to look at first, where cells are empty and it may be that their rows do
    not count: an order that was not won has no amount.
    """
    lines = [
        place[1]
        for point in open_points
        if (place := _VOID_POINT.match(point))
        and re.search(rf"\. {place[2]}\.\w+ .*: empty", faults)
    ]
    return [
        f"Begin with line {line}: cells that are empty in rows that do not count are no fault."
        for line in lines
    ]


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


def _known(item: Mapping[str, object], key: str, value: float) -> str:
    """An amount, as far as it is known: an empty cell is no zero."""
    what = key.removeprefix("money").strip()
    rows, unknown = item.get(f"rows {what}"), item.get(f"{UNKNOWN} {what}")
    if not unknown:
        return cents(value)
    return "unknown" if unknown == rows else f"{cents(value)} (unknown in {unknown:,} of the rows)"


def _reconciled(item: Mapping[str, object]) -> str:
    """A table's rows and money: "ledger: rows 5, rows used 4, rows set aside 1; revenue 152.00,
    used 105.00, set aside 47.00".
    """
    rows = ", ".join(f"{key} {value:,}" for key, value in item.items() if key.startswith("rows"))
    amounts = {key: value for key, value in item.items() if isinstance(value, float)}
    money = ", ".join(
        f"{key.removeprefix('money').strip()} {_known(item, key, value)}".strip()
        for key, value in amounts.items()
    )
    # what has no date is used, and is no part of its own
    parts = [Decimal(rounded(v, 2)) for k, v in amounts.items() if k not in ("money", _UNDATED)]
    if parts and sum(parts) != Decimal(rounded(amounts["money"], 2)):
        money += "; each is rounded to the cent by itself"
    return f"{item['table']}: {rows}" + (
        f"; {item['money column']} {money}" if item["money column"] else ""
    )
