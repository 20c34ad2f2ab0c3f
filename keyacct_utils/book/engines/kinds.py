"""The databases in which a ledger can stay: how each names the types of its columns, and what its
SQL must say otherwise so that the contract's questions mean the same there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from keyacct_utils.book.engines.remote import ColumnType


def _as_it_is(node: exp.Expr) -> exp.Expr:
    return node


@dataclass(frozen=True)
class Kind:
    """A kind of database that can do the contract's arithmetic.

    Parameters
    ----------
    name, dialect : str
        As people call it, and its SQL as sqlglot calls it.
    types : mapping
        What a type of a column means; a type that is not listed is text, which must be parsed.
    type_name : callable
        The driver's code of a column's type to the type's name.
    adapt : callable
        Applied to each node of a query: what a translation word by word would get wrong there.
    settings : str
        What ends each query.
    doubts : tuple of str
        What a reader should know before trusting a number; shown by ``keyacct check``.
    extra : str
        The collection's extra that installs the driver; "" where it comes along.
    """

    name: str
    dialect: str
    types: Mapping[str, ColumnType]
    type_name: Callable[[Any], str] = str
    adapt: Callable[[exp.Expr], exp.Expr] = _as_it_is
    settings: str = ""
    doubts: tuple[str, ...] = ()
    extra: str = ""

    def adapted(self, query: exp.Expr) -> exp.Expr:
        """A query, each node of it made ready for this database, the innermost first."""
        for node in reversed(list(query.walk())):
            new = self.adapt(node)
            if new is not node:
                node.replace(new)
        return query

    def column_type(self, code: Any) -> ColumnType:
        """What a column of this type holds."""
        return self.types.get(_bare(self.type_name(code)), "text")


def _bare(name: str) -> str:
    """A type without its length, its time zone, and the mark that it may be missing."""
    inner = re.sub(r"^(?:(?:nullable|lowcardinality)\()+|\)+$", "", name.lower())
    return inner.partition("(")[0].partition(" ")[0]


def types_of(numbers: str, floats: str, dates: str) -> dict[str, ColumnType]:
    """What each of these types means, by names with blanks between."""
    return {
        **dict.fromkeys(numbers.split(), "number"),
        **dict.fromkeys(floats.split(), "float"),
        **dict.fromkeys(dates.split(), "date"),
    }


def _postgres_type(code: Any) -> str:
    from psycopg import adapters  # only where a PostgreSQL database is read

    known = adapters.types.get(code)
    return known.name if known else ""


def _snowflake_type(code: Any) -> str:
    from snowflake.connector.constants import FIELD_ID_TO_NAME

    return FIELD_ID_TO_NAME[code]


def _call(name: str, *given: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(given))


#: ClickHouse counts bytes in these where the contract counts characters.
_CLICKHOUSE_NAMES = {
    exp.Lower: "lowerUTF8",
    exp.Upper: "upperUTF8",
    exp.Translate: "translateUTF8",
    exp.Right: "rightUTF8",
    exp.Left: "leftUTF8",
}


def _for_clickhouse(node: exp.Expr) -> exp.Expr:
    """Characters for bytes, days since 1900 for days since 1970, and no sum that wraps around."""
    if name := _CLICKHOUSE_NAMES.get(type(node)):
        return _call(name, *node.iter_expressions())
    if isinstance(node, exp.Trim) and node.expression:
        ends = f"^[{re.escape(node.expression.name)}]+|[{re.escape(node.expression.name)}]+$"
        given = (exp.Literal.string(ends), exp.Literal.string(""))
        return _call("replaceRegexpAll", node.this, *given)
    if isinstance(node, exp.Cast) and node.is_type("date", "bigint"):
        kind = "Nullable(Date32)" if node.is_type("date") else "Nullable(Int64)"
        return _call("accurateCast", node.this, exp.Literal.string(kind))
    if isinstance(node, exp.BitwiseLeftShift):  # it shifts in rows that the CASE leaves out, too
        places = _call("least", _call("greatest", node.expression, _ZERO.copy()), _LAST_BIT.copy())
        return _call("bitShiftLeft", node.this, places)
    if isinstance(node, exp.Abs):  # a decimal cannot be held against a bound beyond its digits
        return exp.Abs(this=_call("toFloat64", node.this))
    if isinstance(node, exp.Sum):
        return exp.Sum(this=_call("toInt256", node.this))
    return node


_ZERO, _LAST_BIT = exp.Literal.number(0), exp.Literal.number(63)
#: Otherwise a sum is taken of the sum that bears its name, and what a join or a sum does not find
#: is zero and not missing.
_CLICKHOUSE_SETTINGS = (
    " SETTINGS prefer_column_name_to_alias = 1, join_use_nulls = 1, "
    "aggregate_functions_null_for_empty = 1"
)


def _for_snowflake(node: exp.Expr) -> exp.Expr:
    """Names as they are written: without quotes Snowflake makes capitals of them."""
    if isinstance(node, exp.Identifier):
        node.set("quoted", True)
    return node


_MOVES = (
    "each question sees the rows of its moment: take a table that stands still, or give the query "
    "an end date, or the numbers of a lesson may not belong together"
)
_TRANSLATED = (
    "its SQL was translated and parsed when this was made, and not run on such an engine: compare "
    "a total or two with your own query before you trust a number"
)
#: By SQLAlchemy's name of the database.
KINDS = {
    "postgresql": Kind(
        "PostgreSQL",
        "postgres",
        types_of("int2 int4 int8 numeric", "float4 float8", "date timestamp timestamptz"),
        _postgres_type,
    ),
    "clickhousedb": Kind(
        "ClickHouse",
        "clickhouse",
        types_of(
            "int8 int16 int32 int64 uint8 uint16 uint32 uint64 decimal",
            "float32 float64",
            "date date32 datetime datetime64",
        ),
        adapt=_for_clickhouse,
        settings=_CLICKHOUSE_SETTINGS,
        doubts=(_MOVES,),
        extra="clickhouse",
    ),
    "snowflake": Kind(
        "Snowflake",
        "snowflake",
        types_of("fixed", "real", "date timestamp timestamp_ntz timestamp_ltz timestamp_tz"),
        _snowflake_type,
        _for_snowflake,
        doubts=(_MOVES,),
        extra="snowflake",
    ),
    "trino": Kind(
        "Trino",
        "trino",
        types_of("tinyint smallint integer bigint decimal", "real double", "date timestamp"),
        doubts=(_MOVES, _TRANSLATED),
        extra="trino",
    ),
    "bigquery": Kind(
        "BigQuery",
        "bigquery",
        types_of("integer int64 numeric bignumeric", "float float64", "date datetime timestamp"),
        doubts=(_MOVES, _TRANSLATED),
        extra="bigquery",
    ),
}
#: Databases whose own arithmetic is not asked, and why, by SQLAlchemy's name.
READ_HERE = {
    "mssql": "T-SQL (SQL Server, Fabric) has no aggregate of bits and compares text without case",
    "oracle": "Oracle takes empty text for missing and has no whole number of 64 bits",
    "hive": "Hive makes nothing of a number that does not fit, where an error is needed",
    "teradatasql": "Teradata compares text without case and pads it with blanks",
    "mysql": "MySQL's months come out wrong in translation, without an error",
    "mariadb": "MariaDB's months come out wrong in translation, without an error",
}
