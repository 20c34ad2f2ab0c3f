"""The last day of a column of dates over whole files, however little of them was looked at."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.source_files import Part, quoted, read_parts
from keyacct_utils.book.intake.value_parsing import (
    MACROS,
    exact_expression,
    given_expression,
    parsed_expression,
    plain_expression,
)
from keyacct_utils.book.proposing.judging import Judge
from keyacct_utils.book.proposing.matching import Found, match
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES

_DATE = TABLES["ledger"].column("date")


def last_day(groups: Sequence[Found], judge: Judge) -> dt.date | None:
    """The last day of the ledger's dates; None where no column of them is sure."""
    for group in groups:
        for choice in group.choices or match(TABLES["ledger"], group):
            if choice.column.name != "date" or not choice.sure:
                continue
            forms = [
                option.values[0]
                for option in group.options
                if option.key == "date_format.date" and not option.reason
            ]
            source = Source(name="ledger", date_format=str(forms[0]) if forms else "")
            rows = judge.read(group.values(choice.own), _DATE, source)
            days = [value for _, value, _ in rows if isinstance(value, dt.date)]
            if not group.whole and not group.first.spread:
                days += _of_files(group, choice.own, source)
            if days:
                return max(days)
    return None


def _of_files(group: Found, own: str, source: Source) -> list[dt.date]:
    """The last day of each file, read as the book will read it; none of what cannot be read."""
    first = group.first
    paths = tuple(sorted({peek.path for peek in group.peeks}))
    way = Source(
        name="ledger",
        paths=paths,
        table=first.part if first.kind == "sqlite" else "",
        encoding=next(iter(first.readings), ""),
        sep=first.sep if first.kind == "text" else "",
        sheet=first.part if first.kind == "sheet" and first.named else "",
        skip=0 if first.blanks else first.skip,
    )
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as scratch:
        connection.execute(MACROS)
        try:
            parts = _parts(connection, way, Path(scratch))
            return [day for part in parts if (day := _last(connection, group, part, own, source))]
        except (BookFaults, duckdb.Error, OSError, ValueError):
            return []


def _parts(connection: duckdb.DuckDBPyConnection, way: Source, scratch: Path) -> list[Part]:
    if not way.in_database:
        return read_parts(connection, "ledger", way, scratch)[0]
    from keyacct_utils.book.engines import database  # SQLAlchemy is slow to import

    return [database.read_table(connection, "ledger", way)]


def _last(
    connection: duckdb.DuckDBPyConnection, group: Found, part: Part, own: str, source: Source
) -> dt.date | None:
    if group.first.blanks:
        place = group.first.header.index(own) + 1
        raw, kind = (
            f"string_split_regex(trim({part.column(part.header[0])}), '\\s+')[{place}]",
            "VARCHAR",
        )
    else:
        raw = part.column(own)
        described = connection.sql(f"DESCRIBE SELECT {raw} AS v FROM {part.relation}").fetchall()
        kind = str(described[0][1])
    text, native, plain = quoted("t"), quoted("n"), quoted("p")
    given = f"SELECT {given_expression(raw, source, kind)} AS t, {raw} AS n FROM {part.relation}"
    step = f"SELECT *, {plain_expression(text, native, kind, _DATE, source)} AS p FROM ({given})"
    exact = exact_expression(plain, kind, _DATE)
    step = f"SELECT *, {exact} AS x FROM ({step})"
    day = parsed_expression(text, plain, quoted("x"), kind, _DATE, source)
    rows = connection.sql(f"SELECT max({day}) FROM ({step})").fetchall()
    return rows[0][0] if rows and isinstance(rows[0][0], dt.date) else None
