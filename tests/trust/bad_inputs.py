"""Faults in every table and column of the contract, one at a time, and what is said of each.

Six rows of a table, made from the examples of the contract, have one thing wrong. Caught is a fault
that names the table, and the column where it is about one, with a way out; or a book that opens
with every other cell as it was written. The corpus of tests/bad_inputs is run and counted beside.
"""

from __future__ import annotations

import csv
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.collection import ROOT
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES, Column, Table
from tests.trust.results import caught

TITLE = "Bad inputs"
Rows = list[dict[str, str]]
ROWS, PLACE = 6, 2
#: Faults of each column, and columns of each table, at most.
_FAULTS, _COLUMNS = 2, 4
_CORPUS = "tests/bad_inputs"
_SLIPS = re.compile(r"Traceback|duckdb|<class|object at 0x|\bNaT\b|\bnan\b")
#: What is written in one cell, by the fault; kinds of column for which it is one.
_CELLS = {
    "text in the place of a number": ("about 5", ("money", "number", "integer", "flag")),
    "infinite": ("inf", ("money", "number", "integer", "flag")),
    "too large": ("1e400", ("money", "number", "integer", "flag")),
    "half": ("0.5", ("integer", "flag")),
    "a day that is none": ("2024-02-30", ("date",)),
    "text in the place of a day": ("soon", ("date",)),
    "a word that is none of those allowed": ("mispelt", ("category", "flag", "integer")),
}


def good(table: Table) -> Rows:
    """Rows that the contract accepts."""
    rows = []
    for number in range(ROWS):
        row = {column.name: column.example for column in table.columns}
        for name in table.key or ():
            row[name] = _other(table.column(name), number)
        rows.append(row | ({"account_id": f"A{number:04d}"} if "account_id" in row else {}))
    return rows


def _other(column: Column, number: int) -> str:
    """The value of a key in another row."""
    if column.kind == "date":
        return f"2024-{number + 1:02d}-01"
    if column.kind in ("integer", "number"):
        return str(number + 1)
    return column.example if column.allowed else f"{column.example}{number}"


def write(folder: Path, name: str, rows: Rows, encoding: str = "utf-8", blank: str = "") -> None:
    """A book of a ledger, accounts and the table; the heading of column ``blank`` is empty."""
    accounts = [{"account_id": f"A{number:04d}"} for number in range(ROWS)]
    tables = {"ledger": [row | {"revenue": "5"} for row in accounts], "accounts": accounts}
    text = 'contract_version = 1\nname = "Small"\n'
    for file, lines in (tables | {name: rows}).items():
        own = encoding if file == name else "utf-8"
        with (folder / f"{file}.csv").open("w", newline="", encoding=own) as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["" if column == blank else column for column in lines[0]])
            writer.writerows(line.values() for line in lines)
        text += f'[tables.{file}]\npath = "{file}.csv"\n'
    (folder / "book.toml").write_text(text, encoding="utf-8")


def cell_faults(column: Column) -> Iterator[tuple[str, str]]:
    """What can be wrong in one cell of a column: a name and what is written."""
    for fault, (value, kinds) in _CELLS.items():
        if column.kind in kinds and (column.kind != "category" or column.allowed):
            yield fault, value
    low = column.low if column.low is not None else column.above
    if low is not None:
        yield "below what is possible", f"{low - 1:g}"
    if column.high is not None:
        yield "above what is possible", f"{column.high + 1:g}"


def faults_of(table: Table, dice: random.Random) -> Iterator[tuple[str, str, Rows, dict[str, str]]]:
    """Faults of a table: the column or none, the fault, the rows, and how they are written."""
    columns = dice.sample(table.columns, min(_COLUMNS, len(table.columns)))
    for column in columns:
        kinds = list(cell_faults(column))
        for fault, value in dice.sample(kinds, min(_FAULTS, len(kinds))):
            rows = good(table)
            rows[PLACE][column.name] = value
            yield column.name, fault, rows, {}
        yield column.name, "empty column", [row | {column.name: ""} for row in good(table)], {}
        yield column.name, "column without a heading", good(table), {"blank": column.name}
    if table.key:
        rows = good(table)
        rows[PLACE] |= {name: rows[0][name] for name in table.key}
        yield "", "a key twice", rows, {}
    if "account_id" in table.names and table.name != "accounts":
        rows = good(table)
        rows[PLACE]["account_id"] = "X9999"
        yield "account_id", "an account that is unknown", rows, {}
    if texts := [column.name for column in table.columns if column.kind == "text"]:
        rows = good(table)
        rows[PLACE][texts[0]] = "临江第一钢铁厂"
        yield "", "another encoding", rows, {"encoding": "gb18030"}


def same(before: pd.DataFrame, after: pd.DataFrame, column: str, written: str) -> str:
    """Which other cells are not as they were written; empty where all are."""
    if len(before) != len(after):
        return f"{len(before)} rows became {len(after)}"
    for name in before.columns:
        old = before[name]
        if name not in after:
            new = None if name == column else pd.Series(dtype=object)
        else:
            new = after[name]
        if name == column and (new is None or new.isna().all()):
            continue
        if new is None or not len(new):
            return f"column {name} is missing"
        differs = ~((old == new) | (old.isna() & new.isna()))
        if name == column:
            found = "" if pd.isna(new.iloc[PLACE]) else str(new.iloc[PLACE])
            if differs.iloc[PLACE] and found not in ("", written):
                return f"{written!r} is read as {found!r}"
            differs.iloc[PLACE] = False
        if differs.any():
            return f"other cells of {name} are other values"
    return ""


def tried(
    table: Table, column: str, rows: Rows, how: dict[str, str], before: pd.DataFrame
) -> tuple[str, str]:
    """Whether the book was refused or accepted, and what is wrong with that."""
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), table.name, rows, **how)
        try:
            opened = Book.open(Path(place))
        except BookFaults as faults:
            text = str(faults)
            ours = [fault for fault in faults.faults if fault.table == table.name]
            named = any(not column or column in f"{f.column} {f.problem} {f.mend}" for f in ours)
            if not named:
                return "refused", f"table or column is not named: {text[:300]}"
            slip = _SLIPS.search(text.replace("'inf'", ""))
            return "refused", f"it says {slip[0]!r}" if slip else ""
        except Exception as error:
            return "raised", f"{type(error).__name__}: {error}"[:300]
        found = same(before, opened.table(table.name), column, rows[PLACE].get(column, ""))
        return ("accepted, with a note" if opened.notes else "accepted"), found


def corpus() -> list[dict[str, object]]:
    """The cases of the corpus, as their own test judges them."""
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "told.xml"
        asked = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
        asked += ["-o", "addopts=", f"--junitxml={told}", "tests/test_bad_inputs.py"]
        subprocess.run(asked, cwd=ROOT, check=False, capture_output=True)
        cases = [
            one for one in ElementTree.parse(told).iter("testcase") if "[" in one.get("name", "")
        ]
    return [
        {"table": "", "column": "", "fault": _CORPUS, "outcome": case.get("name"), "wrong": "",
         "caught": not case.findall("failure") and not case.findall("error")}
        for case in cases
    ]  # fmt: skip


def run(seed: int = 1) -> Iterator[dict[str, object]]:
    """All faults of all tables and the corpus, a row for each."""
    for name, table in TABLES.items():
        with tempfile.TemporaryDirectory() as place:
            write(Path(place), name, good(table))
            before = Book.open(Path(place)).table(name)
        for column, fault, written, how in faults_of(table, random.Random(f"{seed} {name}")):
            outcome, wrong = tried(table, column, written, how, before)
            yield {
                "table": name, "column": column, "fault": fault, "outcome": outcome,
                "wrong": wrong, "caught": not wrong,
            }  # fmt: skip
            if wrong:
                print(name, column, fault, outcome, wrong, flush=True)
    yield from corpus()


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    made = [row for row in rows if row["fault"] != _CORPUS]
    outcomes = pd.Series([row["outcome"] for row in made]).value_counts()
    wrong = [
        f"- {row['table']}.{row['column']}, {row['fault']}: {row['wrong']}"
        for row in rows
        if row["caught"] != "True"
    ]
    return (
        f"One fault at a time in {len({row['table'] for row in made})} tables and "
        f"{len({(row['table'], row['column']) for row in made})} of their columns, and the corpus of "
        f"`{_CORPUS}`. Caught: refused, with a fault that names table and\ncolumn and a way out; or "
        "accepted, with every other cell as it was written. Of the made ones "
        + ", ".join(f"{count} were {outcome}" for outcome, count in sorted(outcomes.items()))
        + f".\n\n{caught(rows, 'fault')}\n\n"
        + "\n".join(wrong)
    ).rstrip()
