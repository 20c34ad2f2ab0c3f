"""The contract's checks as SQL over a table where it lies: every fault counted in one scan, the first rows shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from keyacct_utils.faults import ROWS_SHOWN, Fault, nearest
from keyacct_utils.intake.hints import SET_ASIDE, readings_of_date, way_out
from keyacct_utils.intake.parsing import (
    MARKS,
    exact_expression,
    given_expression,
    parsed_expression,
    plain_expression,
    void_expression,
)
from keyacct_utils.intake.reading import Part, quoted
from keyacct_utils.intake.settings import Source
from keyacct_utils.tables import MONEY_SCALE, UNIT_FACTORS, Column, Table

if TYPE_CHECKING:
    from keyacct_utils.engines.remote import Remote

_OLDEST, _NEWEST = "DATE '1900-01-01'", "DATE '2100-12-31'"


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong with a row."""

    column: str
    predicate: str
    problem: str
    expected: str = ""


@dataclass
class Staged:
    """A table of the book as DuckDB holds it: ``work_NAME`` with written (``"raw:NAME"``) and parsed columns."""

    table: Table
    source: Source
    parts: list[Part]
    columns: dict[str, str]
    #: False where the files are left in place and read through a view.
    materialised: bool = True
    rows: int = 0
    #: Where the rows are, if not in DuckDB: then there are no lines and the working relation is a step of the engine's.
    remote: Remote | None = None

    @property
    def work(self) -> str:
        """Name of the relation that holds written and parsed values of every row."""
        return f"work_{self.table.name}"

    def engine(self, local: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | Remote:
        """What runs SQL over the working relation."""
        return self.remote or local

    @property
    def numbered(self) -> str:
        """The working relation with a ``rowid``, also where it is a view."""
        if self.remote:
            return f"(SELECT *, 0 AS rowid FROM {self.work}) AS numbered"
        return self.work if self.materialised else f"(SELECT *, row_number() OVER () - 1 AS rowid FROM {self.work})"

    @property
    def money_column(self) -> str:
        """The amount by which the table's money is reconciled; empty where it has none."""
        names = [column.name for column in self.table.columns if column.kind == "money" and column.name in self.columns]
        return names[0] if names else ""


def map_columns(table: Table, source: Source, header: list[str]) -> tuple[dict[str, str], list[Fault], list[str]]:
    """Contract name -> own name, by the book's mapping and otherwise by equal names; with faults and notes."""
    faults: list[Fault] = []
    mapping: dict[str, str] = {}
    file = source.paths[0].name if source.paths else source.database_env or "sql"
    for column in table.columns:
        own = source.columns.get(column.name, column.name)
        if own in header:
            mapping[column.name] = own
            continue
        if column.name not in source.columns and not column.required:
            continue
        close = nearest(own, header) or nearest(column.name, header) or nearest(column.chinese, header)
        found = f"the file has {', '.join(header)}"
        mend = f'{close + " " if close else ""}in book.toml: columns = {{ {column.name} = "NAME IN THE FILE" }}; {found}'
        problem = f"the column {own!r} is missing"
        faults.append(Fault(table.name, problem, mend, column.name, file, expected=f"{column.expected}: {column.meaning}"))
    used = list(mapping.values())
    for own in sorted({own for own in used if used.count(own) > 1}):
        names = ", ".join(name for name, value in mapping.items() if value == own)
        faults.append(Fault(table.name, f"{own!r} is mapped to {names}", "map each to its own column", file=file))
    notes = []
    extras = [name for name in header if name not in used]
    if extras:
        hints = {extra: nearest(extra, [name for name in table.names if name not in mapping]) for extra in extras}
        shown = ", ".join(f"{extra!r} ({hint})" if hint else repr(extra) for extra, hint in hints.items())
        notes.append(f"{table.name}: columns of the file that are not used: {shown}")
    return mapping, faults, notes


def stage(connection: duckdb.DuckDBPyConnection, staged: Staged) -> list[Fault]:
    """Create the working relation of a table from its files; returns faults of rows that do not fit the header."""
    selects = [_select(connection, staged, part) for part in staged.parts]
    faults: list[Fault] = []
    if not staged.materialised:
        connection.execute(f"CREATE VIEW {staged.work} AS {' UNION ALL '.join(selects)}")
        counts = [connection.sql(f"SELECT count(*) FROM {part.relation}").fetchall()[0][0] for part in staged.parts]
    else:
        counts = []
        for part, select in zip(staged.parts, selects, strict=True):
            verb = f"INSERT INTO {staged.work}" if counts else f"CREATE TABLE {staged.work} AS"
            total = sum(counts)
            connection.execute(f"{verb} {select}")
            counts.append(connection.sql(f"SELECT count(*) FROM {staged.work}").fetchall()[0][0] - total)
            faults.extend(_rejected(connection, staged, part))
    for i, part in enumerate(staged.parts):
        part.offset = sum(counts[:i])
    staged.rows = sum(counts)
    if not staged.rows and not faults:
        names = ", ".join(part.path.name for part in staged.parts)
        faults.append(Fault(staged.table.name, "there is a header but no row", "export it again, with its rows", file=names))
    return faults


def _select(connection: duckdb.DuckDBPyConnection, staged: Staged, part: Part) -> str:
    """Written and parsed values of one file, step by step: deep expressions would take longer to plan than to run."""
    types = dict(connection.sql(f"DESCRIBE SELECT * FROM {part.relation}").project("column_name, column_type").fetchall())
    steps: list[list[str]] = [[], [], [], []]
    for name, own in staged.columns.items():
        column, raw = staged.table.column(name), part.column(own)
        raw_type = types[own if part.native_types else raw]
        text, native, plain, exact = (quoted(f"{step}:{name}") for step in ("raw", "native", "plain", "exact"))
        steps[0].append(f"{given_expression(raw, staged.source)} AS {text}, {raw} AS {native}")
        steps[1].append(f"{plain_expression(text, native, raw_type, column, staged.source)} AS {plain}")
        steps[2].append(f"{exact_expression(plain, raw_type, column)} AS {exact}")
        steps[3].append(f"{text}, {parsed_expression(text, plain, exact, raw_type, column, staged.source)} AS {quoted(name)}")
        if column.kind == "id" and raw_type == "VARCHAR":
            steps[3].append(f"{native} <> {text} AS {quoted('blanks:' + name)}")
    first, second, third, last = (", ".join(items) for items in steps)
    inner = f"SELECT *, {second} FROM (SELECT {first} FROM {part.relation})"
    return f"SELECT {last} FROM (SELECT *, {third} FROM ({inner}))"


def _rejected(connection: duckdb.DuckDBPyConnection, staged: Staged, part: Part) -> Iterator[Fault]:
    if part.text is None:
        return
    query = "SELECT line, csv_line FROM reject_errors WHERE file_id = (SELECT max(file_id) FROM reject_scans) ORDER BY line"
    scanned = connection.sql("SELECT count(*) FROM reject_scans").fetchall()[0][0]
    rows = connection.sql(query).fetchall() if scanned else []
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if not rows:
        return
    # DuckDB does not count line breaks inside quotes; the csv module does, but takes an open quote for a long value.
    counted = [(line, part.sep.join(row)) for line, row in part.walk() if len(row) != len(part.header)]
    listed = {line: text.strip("\r\n") for line, text in rows}
    part.rejected = counted if len(counted) == len(listed) else sorted(listed.items())
    if part.rejected:
        first = tuple((line, text[:60]) for line, text in part.rejected[:ROWS_SHOWN])
        mend = f"put values that hold {part.sep!r} into double quotes and close every quote, or declare sep, {SET_ASIDE}"
        expected = f"{len(part.header)} values a line, as in the header"
        problem = "the line does not split into the header's columns"
        yield Fault(staged.table.name, problem, mend, "", part.path.name, len(part.rejected), first, expected)


def _bound(column: Column, value: float) -> str:
    return str(int(value * MONEY_SCALE)) if column.kind == "money" else repr(value)


def _column_conditions(column: Column) -> Iterator[Condition]:
    raw, parsed = quoted("raw:" + column.name), quoted(column.name)
    if column.required:
        yield Condition(column.name, f"{raw} IS NULL", "empty", column.expected)
    if column.kind not in ("id", "text", "category"):
        yield Condition(column.name, f"{raw} IS NOT NULL AND {parsed} IS NULL", f"not {_article(column)}", column.expected)
    limits = [f"{parsed} <= {_bound(column, column.above)}"] if column.above is not None else []
    limits += [f"{parsed} < {_bound(column, column.low)}"] if column.low is not None else []
    limits += [f"{parsed} > {_bound(column, column.high)}"] if column.high is not None else []
    if column.kind == "date":
        limits = [f"{parsed} NOT BETWEEN {_OLDEST} AND {_NEWEST}"]
    if limits:
        yield Condition(column.name, f"coalesce({' OR '.join(limits)}, false)", "out of range", column.expected)
    if column.allowed:
        values = ", ".join(quoted(value, "'") if isinstance(value, str) else repr(value) for value in column.allowed)
        yield Condition(column.name, f"coalesce({parsed} NOT IN ({values}), false)", "not allowed", column.expected)


def _article(column: Column) -> str:
    return column.expected.split(" at least")[0].split(" above")[0].split(" at most")[0]


def conditions(staged: Staged, references: Mapping[str, str]) -> list[Condition]:
    """Everything that can be wrong with a row of this table; ``references`` maps an id column to the table that owns it."""
    table, have = staged.table, staged.columns
    found = [item for column in table.columns if column.name in have for item in _column_conditions(column)]
    if table.key and all(name in have for name in table.key):
        key = ", ".join(quoted(name) for name in table.key)
        first = f"SELECT min(rowid) FROM {staged.work} GROUP BY {key}"
        given = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in table.key)
        label = table.key[-1] if len(table.key) == 1 else table.key[0]
        text = f"the key ({', '.join(table.key)}) is given again"
        found.append(Condition(label, f"({given}) AND rowid NOT IN ({first})", text, "each key once"))
    for name, owner in references.items():
        if name in have and owner != table.name:
            known = f"SELECT {quoted(name)} FROM {owner}"
            predicate = f"{quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({known})"
            found.append(Condition(name, predicate, f"not in the table {owner}", f"an id that {owner} has"))
    for predicate, needed, text in table.rules:
        if all(name in have for name in needed):
            found.append(Condition(needed[0], f"coalesce(NOT ({predicate}), false)", f"not {text}", text))
    return found


def locate(staged: Staged, rowids: list[int]) -> list[tuple[str, int]]:
    """File and line of rows of the working relation."""
    if staged.remote:
        return [(staged.parts[0].path.name, 0)] * len(rowids)
    placed: dict[int, tuple[str, int]] = {}
    for part, following in zip(staged.parts, [*staged.parts[1:], None], strict=True):
        end = following.offset if following else staged.rows
        mine = [rowid for rowid in rowids if part.offset <= rowid < end]
        for rowid, line in zip(mine, part.lines([rowid - part.offset for rowid in mine]) if mine else [], strict=True):
            placed[rowid] = (part.path.name, line)
    return [placed[rowid] for rowid in rowids]


def check(connection: duckdb.DuckDBPyConnection | Remote, staged: Staged, checks: list[Condition]) -> list[Fault]:
    """Count every condition in one scan; look up the first rows of those that fail."""
    if not checks or not staged.rows:
        return []
    counts = connection.sql(
        f"SELECT {', '.join(f'count_if({item.predicate})' for item in checks)} FROM {staged.numbered}"
    ).fetchall()[0]
    faults = []
    for item, count in zip(checks, counts, strict=True):
        if not count:
            continue
        column = staged.table.column(item.column)
        value = quoted("raw:" + item.column)
        if staged.remote:  # the account says where to look
            value = f"concat('account ', {quoted('raw:account_id')}, ': ', coalesce({value}, 'empty'))"
        shown = f"SELECT rowid, {value} AS shown FROM {staged.numbered} WHERE {item.predicate}"
        rows = connection.sql(f"{shown} ORDER BY rowid, shown LIMIT {ROWS_SHOWN}").fetchall()
        places = locate(staged, [rowid for rowid, _ in rows])
        values = [str(value) for _, value in rows if value is not None]
        first = tuple((line, str(value) if value is not None else "") for (_, line), (_, value) in zip(places, rows, strict=True))
        file = ", ".join(dict.fromkeys(name for name, _ in places))
        if item.problem == "empty":
            mend = f"fill the cells, {SET_ASIDE}"
        elif item.problem.startswith("not in the table"):
            mend = f"add them there or correct the id, {SET_ASIDE}"
        elif "given again" in item.problem:
            mend = f"remove or merge the later rows, {SET_ASIDE} (the first of each is kept)"
        else:
            mend = _way_out(column, values, column.allowed)
        faults.append(Fault(staged.table.name, item.problem, mend, item.column, file, count, first, item.expected))
    return faults
