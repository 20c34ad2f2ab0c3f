"""A table whose months, weeks, accounts or lines stand beside each other, turned into rows: what
``columns_to_rows`` in ``book.toml`` says, carried out by DuckDB's UNPIVOT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.returns_and_repeats import money_of
from keyacct_utils.book.intake.source_files import Part, quoted, rejected_lines
from keyacct_utils.book.intake.source_options import ColumnsToRows
from keyacct_utils.book.intake.value_parsing import (
    exact_expression,
    given_expression,
    parsed_expression,
    plain_expression,
)
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault, cut, nearest
from keyacct_utils.contract.tables import MONEY_SCALE, TABLES, Column

#: By how much a total may miss the sum of its columns, for each column: half a cent, as a sheet
#: that shows cents rounds.
_HALF_A_CENT = MONEY_SCALE // 200
_NAMES_SHOWN = 5


@dataclass
class Spread(Part):
    """A file after its columns became rows: a record still knows the line that it came from."""

    wide: Part | None = None
    #: The record of the file from which each row was made.
    origins: Sequence[int] = field(default_factory=list)

    def lines(self, records: list[int]) -> list[int]:
        """The line of the file at which the record begins that each row was made from."""
        assert self.wide is not None
        return self.wide.lines([int(self.origins[record]) for record in records])


def spread(
    connection: duckdb.DuckDBPyConnection, table: str, source: Source, parts: list[Part]
) -> tuple[list[Part], list[Fault], list[str]]:
    """Each file of a table with its spread columns as rows, with faults and notes.

    Cells that are empty, or hold a code of ``na``, make no row. Where the book names a column of
    totals, every row is added up and compared with it.
    """
    way = source.columns_to_rows
    assert way is not None
    found: list[Part] = []
    faults: list[Fault] = []
    notes: list[str] = []
    for number, part in enumerate(parts):
        over, wrong = _over(connection, table, way, part)
        if wrong:
            faults += wrong
            continue
        wide, long = f"wide_{table}_{number}", f"long_{table}_{number}"
        _read(connection, source, part, over, wide)
        faults += rejected_lines(connection, table, part)
        if way.total:
            faults += _unequal(connection, table, source, part, over, wide)
        _unpivot(connection, way, part, over, (wide, long))
        part.records = connection.sql(f"SELECT count(*) FROM {wide}").fetchall()[0][0]
        connection.execute(f"DROP TABLE {wide}")
        origins = connection.sql(f"SELECT record FROM {long} ORDER BY rowid").fetchnumpy()["record"]
        header = [*way.stay, way.label, way.value]
        found.append(
            Spread(part.path, header, long, rejected=part.rejected, wide=part, origins=origins)
        )
        cells = part.records * len(over)
        notes.append(
            f"{table}: {len(over):,} columns of {part.path.name} ({cut(over[0])} to "
            f"{cut(over[-1])}) became rows: {cells:,} cells, {len(origins):,} rows, "
            f"{cells - len(origins):,} cells are empty and make none"
        )
    return found, faults, notes


def _over(
    connection: duckdb.DuckDBPyConnection, table: str, way: ColumnsToRows, part: Part
) -> tuple[list[str], list[Fault]]:
    """The columns that become rows: all that neither stay nor hold the total."""
    file = part.path.name
    faults = [
        Fault(
            table,
            f"the column {own!r}, which columns_to_rows names, is missing",
            f"{nearest(own, part.header)} the file has {', '.join(map(cut, part.header))}".strip(),
            file=file,
        )
        for own in (*way.stay, *([way.total] if way.total else []))
        if own not in part.header
    ]
    over = [own for own in part.header if own not in way.stay and own != way.total]
    filled = []
    for own in over:
        if own.startswith("(column "):
            column = part.column(own)
            query = f"SELECT 1 FROM {part.relation} WHERE trim(CAST({column} AS VARCHAR)) <> ''"
            if not connection.sql(f"{query} LIMIT 1").fetchall():
                continue
            mend = "give it a name in the header, or name it in stay"
            faults.append(Fault(table, f"{own} has values and no name", mend, file=file))
        filled.append(own)
    if not filled:
        mend = "name in stay only the columns that are the same for every month or account"
        faults.append(Fault(table, "columns_to_rows leaves no column to turn", mend, file=file))
    if unknown := [own for own in filled if way.dates and own not in way.dates]:
        mend = 'add them, such as dates = { "Jan" = 2024-01-01 }, or name them in stay or total'
        text = f"no date is given for {', '.join(map(cut, unknown[:_NAMES_SHOWN]))}"
        more = f" and {len(unknown) - _NAMES_SHOWN} more" if len(unknown) > _NAMES_SHOWN else ""
        faults.append(Fault(table, f"columns_to_rows: {text}{more}", mend, file=file))
    return filled, faults


def _read(
    connection: duckdb.DuckDBPyConnection, source: Source, part: Part, over: list[str], wide: str
) -> None:
    """The file as text: ``s`` columns that stay, ``v`` columns of values (NULL where nothing is
    given), ``t`` the total.
    """
    way = source.columns_to_rows
    assert way is not None
    columns = [
        f"CAST({part.column(own)} AS VARCHAR) AS s{place}" for place, own in enumerate(way.stay)
    ]
    values = [*((f"v{place}", own) for place, own in enumerate(over))]
    values += [("t", way.total)] if way.total else []
    columns += [
        f"{given_expression(f'CAST({part.column(own)} AS VARCHAR)', source)} AS {name}"
        for name, own in values
    ]
    connection.execute(f"CREATE TABLE {wide} AS SELECT {', '.join(columns)} FROM {part.relation}")


def _unpivot(
    connection: duckdb.DuckDBPyConnection,
    way: ColumnsToRows,
    part: Part,
    over: list[str],
    names: tuple[str, str],
) -> None:
    wide, long = names
    labels = ", ".join(quoted(way.dates.get(own, own), "'") for own in over)
    stay = [f"s{place} AS c{place}" for place in range(len(way.stay))]
    place = "CAST(substr(label, 2) AS INTEGER)"
    fields = [
        *stay,
        f"list_extract([{labels}], {place} + 1) AS c{len(stay)}",
        f"value AS c{len(stay) + 1}",
        "record",
    ]
    values = ", ".join(f"v{number}" for number in range(len(over)))
    rows = (
        f"UNPIVOT (SELECT * {'EXCLUDE (t)' if way.total else ''}, rowid AS record FROM {wide}) "
        f"ON {values} INTO NAME label VALUE value"
    )
    connection.execute(
        f"CREATE TABLE {long} AS SELECT {', '.join(fields)} FROM ({rows}) ORDER BY record, {place}"
    )


def _amount(source: Source, table: str) -> Column:
    """The column of the contract that the values are, by which they are read."""
    way = source.columns_to_rows
    assert way is not None
    mapped = [name for name, own in source.columns.items() if own == way.value]
    name = mapped[0] if mapped else way.value
    known = TABLES[table].names
    return TABLES[table].column(name if name in known else "revenue")


def _unequal(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    source: Source,
    part: Part,
    over: list[str],
    wide: str,
) -> Iterator[Fault]:
    """Rows whose columns do not add up to the total that stands beside them."""
    column = _amount(source, table)
    way = source.columns_to_rows
    assert way is not None
    scale = 1 if column.kind == "money" else MONEY_SCALE
    missed = _HALF_A_CENT * source.unit_factor_of(column.name) * len(over)

    def read(text: str) -> str:
        plain = plain_expression(text, text, "VARCHAR", column, source)
        exact = exact_expression(plain, "VARCHAR", column)
        parsed = parsed_expression(text, plain, exact, "VARCHAR", column, source)
        return f"CASE WHEN {text} IS NULL THEN 0 ELSE CAST(({parsed}) * {scale} AS HUGEINT) END"

    added = " + ".join(read(f"v{place}") for place in range(len(over)))
    rows = connection.sql(
        f"SELECT rowid, added, t FROM (SELECT rowid, {added} AS added, {read('t')} AS told, t "
        f"FROM {wide}) WHERE t IS NOT NULL AND abs(added - told) > {missed} ORDER BY rowid"
    ).fetchall()
    if rows:
        part.records = connection.sql(f"SELECT count(*) FROM {wide}").fetchall()[0][0]
        first = rows[:ROWS_SHOWN]
        shown = [f"{told} against {money_of(added)}" for _, added, told in first]
        yield Fault(
            table,
            "the columns do not add up to the total beside them",
            "correct the cells, name in stay what is no amount, or leave total out",
            way.total,
            part.path.name,
            len(rows),
            tuple(zip(part.lines([row[0] for row in first]), shown, strict=True)),
            f"{way.total} is the sum of {cut(over[0])} to {cut(over[-1])}",
        )
