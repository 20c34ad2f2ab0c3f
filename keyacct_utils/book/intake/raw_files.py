"""Files that only SQL reads: each column gets a type that loses nothing of what is written.

What reaches the book as an id stays the text of the file; what is counted with is an exact
decimal, read by the same code and options as an amount of the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import duckdb

from keyacct_utils.book.intake import unused_columns
from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.currency_marks import MARKS, code_of
from keyacct_utils.book.intake.repeats_behind_sql import Repeated
from keyacct_utils.book.intake.source_files import Part, quoted, rejected_lines
from keyacct_utils.book.intake.sql_columns import Uses
from keyacct_utils.book.intake.staged_table import HUGE
from keyacct_utils.book.intake.unreadable_values import SET_ASIDE, way_out
from keyacct_utils.book.intake.value_parsing import (
    WHOLE_UP_TO,
    given_expression,
    parsed_expression,
    plain_expression,
)
from keyacct_utils.contract.faults import ROWS_SHOWN, Discreet, Fault, cut, nearest
from keyacct_utils.contract.tables import UNIT_FACTORS, Column

#: Whole numbers that every engine and spreadsheet holds; longer ones are ids and stay text.
_WHOLE = r"-?(0|[1-9]\d{0,14})"
#: Whole numbers as pandas writes a column with a gap: 4711.0.
_FLOATED = r"-?(0|[1-9]\d{0,14})\.0"
_PLAIN = r"-?(0|[1-9]\d{0,14})(\.\d+)?"
_DAY = r"\d{4}-\d{2}-\d{2}"
#: As `number_value` reads; factors of a product have room for three such.
_DECIMALS, _DIGITS = 10, 38
#: From here on a column that is counted with is one of numbers with some slips.
_MOST = 0.5
#: So many values tell of most columns of text that they are no numbers and no days.
_TRIED = 1_000
_NUMBER = Column("number", "number", "", "", "")
_DATE = Column("date", "date", "", "", "")


@dataclass(frozen=True)
class _Seen:
    """What the values of one column look like; all but ``rows`` speak of the filled cells."""

    rows: int
    read: int
    whole: bool
    floated: bool
    exact: bool
    days: bool
    decimals: int
    digits: int

    @property
    def number(self) -> str:
        """The type that holds all values exactly."""
        if self.whole or (self.floated and not self.decimals):
            return "BIGINT"
        return f"DECIMAL({min(max(self.digits, 1) + self.decimals, _DIGITS)}, {self.decimals})"


@dataclass
class Loaded:
    """What there is to say of a raw file."""

    faults: list[Fault]
    notes: list[str] = field(default_factory=list)
    #: Rows that repeat another one; None where none does.
    repeated: Repeated | None = None


def reading_as(source: Source, asked: Collection[Source]) -> Source:
    """A raw file with what the tables that are made of it by sql say of how values are written."""
    na = dict.fromkeys([*source.na, *(code for table in asked for code in table.na)])
    comma = any(table.decimal == "," for table in (source, *asked))
    return replace(source, na=tuple(na), decimal="," if comma else ".")


def create_typed(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: list[Part],
    uses: Uses,
    currency: str = "",
) -> Loaded:
    """Load a raw file for SQL.

    Its faults are lines that could not be loaded, which SQL would never see; values of a column
    that is counted with and are no numbers; options that do nothing; and currencies of which no
    SQL speaks.
    """
    faults = [*_same_names(source, parts[0], uses), *_unknown_columns(source, parts[0])]
    if faults:
        return Loaded(faults)
    unspoken = [own for own in parts[0].header if not uses.speaks_of(own)]
    odds = list(unused_columns.look(connection, parts, unspoken))
    table = quoted(source.name)
    twice = {name.lower() for name in _of_two_cases(parts[0].header)}
    header = [own for own in parts[0].header if own.lower() not in twice]
    for number, part in enumerate(parts):
        columns = ", ".join(f"{part.column(own)} AS {quoted(own)}" for own in header)
        select = f"SELECT {columns} FROM {part.relation}"
        verb = f"INSERT INTO {table} BY NAME" if number else f"CREATE TABLE {table} AS"
        before = sum(item.records for item in parts[:number])
        connection.execute(f"{verb} {select}")
        rows = connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        part.offset, part.records = before, rows - before
        faults += rejected_lines(connection, source.name, part)
    types = dict(connection.sql(f"DESCRIBE {table}").project("column_name, column_type").fetchall())
    formatted = False
    for own in header:
        found = _typed(connection, source, parts, own, types[own], uses, currency)
        faults += found.faults
        formatted = formatted or found.by_format
        if found.expression:
            connection.execute(
                f"ALTER TABLE {table} ALTER {quoted(own)} TYPE {found.kind} "
                f"USING {found.expression}"
            )
    faults += _without_effect(source, parts, formatted)
    currencies, notes = unused_columns.raw_faults(source.name, odds)
    loaded = Loaded(
        [
            replace(fault, mend=fault.mend.replace(f", {SET_ASIDE}", ""))
            for fault in [*faults, *currencies]
        ],
        notes,
    )
    _equal_rows(connection, source, header, loaded)
    return loaded


def _equal_rows(
    connection: duckdb.DuckDBPyConnection, source: Source, header: list[str], loaded: Loaded
) -> None:
    """Find, and drop if asked, rows that are equal in every column; beside the file stands then
    what it would be with the other choice.
    """
    table, cells = quoted(source.name), ", ".join(map(quoted, header))
    first = f"SELECT min(rowid) FROM {table} GROUP BY {cells}"
    count = connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    if count > HUGE and source.duplicates != "drop":
        said = f"files.{source.name}: {count:,} rows; rows that stand twice were not looked for"
        loaded.notes.append(Discreet(said))
        return
    rows, different = connection.sql(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {cells} FROM {table})) "
        f"FROM {table}"
    ).fetchall()[0]
    if rows == different:
        return
    loaded.repeated = Repeated(source, rows, rows - different)
    other, drop = quoted(loaded.repeated.other), source.duplicates == "drop"
    kept = "" if drop else f" WHERE rowid IN ({first})"
    connection.execute(f"CREATE TABLE {other} AS SELECT * FROM {table}{kept} ORDER BY rowid")
    if drop:
        connection.execute(f"DELETE FROM {table} WHERE rowid NOT IN ({first})")


@dataclass(frozen=True)
class _Typed:
    kind: str = ""
    expression: str = ""
    by_format: bool = False
    faults: tuple[Fault, ...] = ()


def _typed(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: list[Part],
    own: str,
    kind: str,
    uses: Uses,
    currency: str,
) -> _Typed:
    """The type of one column and how its values become of it."""
    table, raw, comma = (
        quoted(source.name),
        quoted(own),
        source.decimal == "," and kind == "VARCHAR",
    )
    text = given_expression(raw, source, kind)
    if source.date_format and kind == "VARCHAR":
        typed = _by_format(connection, source, parts, own, text, uses)
        if typed:
            return typed
    if kind not in ("VARCHAR", *WHOLE_UP_TO):
        if not source.na:
            return _in_unit(source, own, raw, kind)
        return _in_unit(source, own, f"CASE WHEN {text} IS NOT NULL THEN {raw} END", kind)
    # what stays text stays as it is: the table that it reaches trims it, and says so
    as_text = _Typed("VARCHAR", text) if source.na or kind in WHOLE_UP_TO else _Typed()
    wanted = uses.counted(own) or own in _units(source) or (comma and uses.as_number(own))
    plain = text if kind in WHOLE_UP_TO else plain_expression(text, raw, "VARCHAR", _NUMBER, source)
    values = f"SELECT {text} AS given, {plain} AS plain FROM {table}"
    if kind == "VARCHAR" and not wanted:
        first = _look(connection, f"{values} WHERE {text} IS NOT NULL LIMIT {_TRIED}", kind, comma)
        if not (first.days or first.exact or first.whole or first.floated):
            return as_text
    seen = _look(connection, values, kind, comma)
    exact = f"CAST(number_value({plain}) AS {seen.number})"
    if uses.as_id(own):
        if seen.rows and (seen.whole or (seen.floated and not comma)):
            return _Typed("BIGINT", f"CAST(number_value({text}) AS BIGINT)")
        return as_text
    if not seen.rows or seen.days:
        return _Typed("DATE", f"CAST({text} AS DATE)") if seen.rows else as_text
    # what only passes through as text is read by the table, with all its checks of the writing
    if seen.read == seen.rows and (wanted or seen.exact or kind in WHOLE_UP_TO):
        if fault := _foreign(connection, source, parts, own, text, currency):
            return _Typed(faults=(fault,))
        return _in_unit(source, own, exact, seen.number)
    if own in _units(source) or (uses.as_number(own) and _shall_count(source, own, seen, uses)):
        bad = (
            f"SELECT rowid, {text} AS given FROM {table} "
            f"WHERE given IS NOT NULL AND number_value({plain}) IS NULL"
        )
        return _Typed(faults=(_fault(connection, source, parts, own, bad, _NUMBER),))
    return as_text


def _foreign(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: list[Part],
    own: str,
    text: str,
    currency: str,
) -> Fault | None:
    """Amounts with signs of several currencies, or of another than the book's: their sum is of
    nothing.
    """
    marked = f"SELECT rowid, {text} AS given FROM {quoted(source.name)} WHERE {text} IS NOT NULL"
    signs = [
        sign
        for (sign,) in connection.sql(
            f"SELECT DISTINCT currency_mark(given) AS mark FROM ({marked}) ORDER BY mark"
        ).fetchall()
        if sign
    ]
    if not signs or (
        (common := set.intersection(*(set(MARKS[sign]) for sign in signs)))
        and (not currency or code_of(currency) in common)
    ):
        return None
    wrong = [sign for sign in signs if code_of(currency) not in MARKS[sign]]
    listed = ", ".join(quoted(sign, "'") for sign in wrong)
    fault = _fault(
        connection,
        source,
        parts,
        own,
        f"SELECT * FROM ({marked}) WHERE currency_mark(given) IN ({listed})",
        _NUMBER,
    )
    return replace(
        fault,
        problem="in another currency" if currency else "signs of several currencies",
        expected=f"amounts in {currency or 'one currency'}",
        mend="convert them, or leave the rows out with WHERE in the sql",
    )


def _shall_count(source: Source, own: str, seen: _Seen, uses: Uses) -> bool:
    """Whether the values of a column that are no numbers have to be mended in the file: SQL could
    not count, or would read the others without the option.
    """
    return source.decimal == "," or (uses.counted(own) and seen.read > _MOST * seen.rows)


def _look(connection: duckdb.DuckDBPyConnection, select: str, kind: str, comma: bool) -> _Seen:
    steps = f"SELECT *, number_value(plain) AS number FROM ({select}) WHERE given IS NOT NULL"
    shown = "rtrim(rtrim(CAST(number AS VARCHAR), '0'), '.')"
    scale = "length(split_part({}, '.', 2))"
    matches = ", ".join(
        f"coalesce(bool_and(regexp_full_match(given, '{form}')), false)"
        for form in (_WHOLE, _FLOATED, _PLAIN, _DAY)
    )
    query = (
        f"SELECT count(*), count(number), {matches}, "
        f"count(DISTINCT {scale.format('given')}) = 1 OR NOT bool_or(regexp_matches(given, "
        f"'[.].*0$')), max({scale.format('given')}), max({scale.format(shown)}), "
        f"max(length(ltrim(split_part({shown}, '.', 1), '-'))) FROM ({steps})"
    )
    rows, read, whole, floated, plain_all, days, even, written, needed, digits = connection.sql(
        query
    ).fetchall()[0]
    exact = bool(plain_all and even) and not comma
    decimals = min(written if exact else needed or 0, _DECIMALS)
    if kind in WHOLE_UP_TO:
        floated, decimals = floated or bool(read and not needed), min(needed or 0, _DECIMALS)
    return _Seen(rows, read, whole, floated, exact, days, decimals or 0, digits or 0)


def _units(source: Source) -> dict[str, str]:
    return {} if isinstance(source.unit, str) else dict(source.unit)


def _in_unit(source: Source, own: str, expression: str, kind: str) -> _Typed:
    factor = UNIT_FACTORS[_units(source)[own]] if own in _units(source) else 1
    if factor == 1:
        return _Typed(kind, expression)
    scale = kind.rpartition(", ")[2].rstrip(")") if kind.startswith("DECIMAL") else "0"
    return _Typed(f"DECIMAL({_DIGITS}, {scale})", f"({expression}) * {factor}")


def _by_format(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: list[Part],
    own: str,
    text: str,
    uses: Uses,
) -> _Typed | None:
    """A column of days in the declared format; None where the format is not for this column."""
    named = not isinstance(source.date_format, str)
    if named and own not in source.date_format:
        return None
    if not named and (uses.as_id(own) or uses.as_number(own)):
        return None
    form = source.date_format_of(own)
    spoken = replace(source, date_format=form)
    plain = plain_expression(text, quoted(own), "VARCHAR", _DATE, spoken)
    day = parsed_expression(text, plain, "", "VARCHAR", _DATE, spoken)
    table = quoted(source.name)
    rows, read = connection.sql(f"SELECT count({text}), count({day}) FROM {table}").fetchall()[0]
    if rows and rows == read:
        return _Typed("DATE", day, by_format=True)
    if rows and (named or "date" in uses.of(own)):
        bad = (
            f"SELECT rowid, {text} AS given FROM {table} WHERE given IS NOT NULL AND {day} IS NULL"
        )
        return _Typed(by_format=True, faults=(_fault(connection, source, parts, own, bad, _DATE),))
    return None


def _fault(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: list[Part],
    own: str,
    bad: str,
    column: Column,
) -> Fault:
    """Values that cannot be read, with file and line."""
    count = connection.sql(f"SELECT count(*) FROM ({bad})").fetchall()[0][0]
    rows = connection.sql(f"{bad} ORDER BY rowid LIMIT {ROWS_SHOWN}").fetchall()
    first, files = [], []
    for rowid, value in rows:
        part = [item for item in parts if item.offset <= rowid][-1]
        first.append((part.lines([rowid - part.offset])[0], str(value)))
        files.append(part.path.name)
    mend = way_out(column, [value for _, value in first], (), source.date_format_of(own))
    return Fault(
        source.name,
        f"not {column.expected.split(' such')[0]}",
        mend,
        own,
        ", ".join(dict.fromkeys(files)),
        count,
        tuple(first),
        f"{column.expected}, as the sql counts with it" if column is _NUMBER else column.expected,
    )


def _of_two_cases(header: list[str]) -> list[str]:
    small = [name.lower() for name in header]
    return [name for name in header if small.count(name.lower()) > 1]


def _same_names(source: Source, part: Part, uses: Uses) -> Iterator[Fault]:
    """Names that differ only in capital letters are one name in SQL."""
    names = [name for name in _of_two_cases(part.header) if uses.speaks_of(name)]
    if names:
        yield Fault(
            source.name,
            f"{', '.join(map(repr, names))} are one name in SQL, which knows no capital letters",
            "rename one in the file, or read the table with path instead of sql",
            file=part.path.name,
        )


def _unknown_columns(source: Source, part: Part) -> Iterator[Fault]:
    named = [("unit", name) for name in _units(source)]
    if not isinstance(source.date_format, str):
        named += [("date_format", name) for name in source.date_format]
    for key, name in named:
        if name not in part.header:
            hint = nearest(name, part.header) or f"it has {', '.join(map(cut, part.header))}"
            yield Fault(
                source.name,
                f"{key} names the column {name!r}, which the file has not",
                hint,
                file=part.path.name,
            )


def _without_effect(source: Source, parts: list[Part], formatted: bool) -> Iterator[Fault]:
    if source.date_format and isinstance(source.date_format, str) and not formatted:
        yield Fault(
            source.name,
            f"date_format {source.date_format!r} reads no column",
            'name the column: date_format = { COLUMN = "..." }, or leave it out',
            file=parts[0].path.name,
        )
