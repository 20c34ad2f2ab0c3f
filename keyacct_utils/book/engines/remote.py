"""A ledger that stays in a database or on a cluster: SQL is translated and run there, only its
answers travel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

import pyarrow as pa
import sqlglot
from sqlglot import exp

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.chosen_rows import own_names, where_sql
from keyacct_utils.book.intake.source_files import BLANKS, quoted
from keyacct_utils.book.intake.staged_table import VOID, VOID_VALUE
from keyacct_utils.book.intake.value_parsing import void_expression, void_value_expression
from keyacct_utils.contract.tables import MONEY_SCALE, Column, Table

#: What an engine's column type means here; "text" also stands for every type that is not listed.
ColumnType = Literal["number", "float", "date", "text"]
#: The kinds of the contract that a type of the engine can carry without being parsed.
_NATIVE: dict[str, tuple[str, ...]] = {
    "money": ("number", "float"), "number": ("number", "float"), "date": ("date",),
    "id": ("text", "number"), "text": ("text", "number"), "category": ("text", "number"),
}  # fmt: skip
#: Floats that are no number, as engines write them.
_NO_NUMBERS = "'nan', 'infinity', '-infinity', 'inf', '-inf'"
#: Amounts beyond this do not fit the 64 bits in which they are added up.
_LARGEST = 9 * 10**18


class Answer:
    """The rows of a query, with the two ways of taking them that a DuckDB relation has."""

    def __init__(self, table: pa.Table):
        self._table = table

    def fetchall(self) -> list[tuple]:
        """All rows as tuples."""
        return list(zip(*(column.to_pylist() for column in self._table.columns), strict=True))

    def to_arrow_table(self) -> pa.Table:
        """All rows as an Arrow table."""
        return self._table


class Remote(ABC):
    """One table that an engine holds as ``given_rows``. Queries are written in DuckDB's SQL, like
    those of local tables.

    An engine gives the dialect and a label that tells no address, and says how a query is run and
    of which types the columns are.
    """

    dialect: str
    label: str
    #: The table as the engine's own SQL gives it.
    given: str

    def __init__(self) -> None:
        #: Named steps on top of ``given_rows``, in DuckDB's SQL and in the order in which they
        #: build on each other.
        self.steps: dict[str, str] = {}

    @abstractmethod
    def types(self) -> dict[str, ColumnType]:
        """Type of each column of ``given_rows``."""

    @abstractmethod
    def run(self, query: str) -> pa.Table:
        """The answer to a query in the engine's own SQL. Raises BookFaults with one line where the
        engine cannot give it.
        """

    def translated(self, query: str) -> str:
        """A query in DuckDB's SQL as the engine's, with the steps before it."""
        steps = [f"given_rows AS ({self.given}\n)"]
        steps += [f"{name} AS ({self._own(sql)})" for name, sql in self.steps.items()]
        return f"WITH {', '.join(steps)} {self._own(query)}"

    def _own(self, query: str) -> str:
        return self.adapted(sqlglot.parse_one(query, read="duckdb")).sql(self.dialect)

    def adapted(self, query: exp.Expr) -> exp.Expr:
        """A query in which what would mean something else there is written otherwise."""
        return query

    def sql(self, query: str) -> Answer:
        """Run a query over ``given_rows`` and the steps."""
        return Answer(self.run(self.translated(query)))

    execute = sql


def untyped(table: Table, columns: Mapping[str, str], types: Mapping[str, str]) -> list[str]:
    """Own names of the columns whose type in the engine is not that of the contract, so that their
    values must be parsed.
    """
    return [
        own
        for name, own in columns.items()
        if types[own] not in _NATIVE.get(table.column(name).kind, ())
    ]


def work_select(
    table: Table,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    source: Source,
    kept: Sequence[str] = (),
) -> str:
    """Written (``"raw:NAME"``) and checked columns of ``given_rows``, as `contract_checks.stage`
    makes them.
    """
    fields = [f"TRIM(CAST({quoted(own)} AS VARCHAR)) AS {quoted('own:' + own)}" for own in kept]
    for name, own in columns.items():
        given = quoted(own)
        raw = f"NULLIF(TRIM(CAST({given} AS VARCHAR), {quoted(BLANKS, chr(39))}), '')"
        if source.na:
            raw = (
                f"CASE WHEN {raw} NOT IN "
                f"({', '.join(quoted(code, chr(39)) for code in source.na)}) THEN {raw} END"
            )
        fields.append(f"{raw} AS {quoted('raw:' + name)}")
        fields.append(
            f"{_value(table.column(name), given, raw, types[own], source)} AS {quoted(name)}"
        )
    if source.void:
        raws = {own: quoted(own) for own in source.void}
        fields.append(f"{void_expression(source, raws)} AS {VOID}")
        fields.append(f"{void_value_expression(source, raws)} AS {VOID_VALUE}")
    if source.where:
        named = own_names(source, list(types))
        fields.append(where_sql(source, list(types)))
        columns_asked = ", ".join(f"{quoted(own)} AS {quoted('where:' + own)}" for own in named)
        return f"SELECT {', '.join(fields)} FROM (SELECT *, {columns_asked} FROM given_rows) AS g"
    return f"SELECT {', '.join(fields)} FROM given_rows"


def _value(column: Column, given: str, raw: str, kind: str, source: Source) -> str:
    if column.kind in ("id", "text", "category"):
        return raw
    if column.kind == "date":
        return f"CASE WHEN {raw} IS NOT NULL THEN CAST({given} AS DATE) END"
    present = f"{raw} IS NOT NULL"
    if kind == "float":
        present += f" AND LOWER(CAST({given} AS VARCHAR)) NOT IN ({_NO_NUMBERS})"
    if column.kind == "number":
        return (
            f"CASE WHEN {present} AND ABS({given}) < {_LARGEST} "
            f"THEN CAST({given} AS DECIMAL(38, 10)) END"
        )
    factor = source.unit_factor_of(column.name) * MONEY_SCALE
    fits = f"{present} AND ABS({given}) < {_LARGEST // factor}"
    return (
        f"CASE WHEN {fits} THEN CAST(ROUND(CAST({given} "
        f"AS DECIMAL(38, 10)) * {factor}) AS BIGINT) END"
    )
