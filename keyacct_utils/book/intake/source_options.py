"""What a section of ``book.toml`` may say of where its rows come from and how they are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keyacct_utils.contract.faults import Fault
from keyacct_utils.contract.tables import UNIT_FACTORS

DATABASE_SUFFIXES = ("sqlite", "sqlite3", "db")
SQLITE_SUFFIXES = tuple(f".{suffix}" for suffix in DATABASE_SUFFIXES)
SHEET_SUFFIXES = ("xlsx", "xlsm", "xls", "xlsb", "ods")
#: Names of ways to write a date that no pattern of strptime tells.
DATE_WORDS = ("excel", "roc", "buddhist")
DUPLICATES = ("keep", "drop")
_HIGH_RATE = 1e9
#: Options that choose rows or change amounts of a table, which also work on the answer of its sql.
_OF_TABLES = ("void", "where", "repeated_keys", "currency_rates", "currency_column")
#: Those that leave rows out.
_LEAVE_OUT = ("void", "where", "repeated_keys")

_SPREAD = {"stay": list, "label": str, "value": str, "total": str, "dates": dict}


@dataclass(frozen=True)
class ColumnsToRows:
    """How columns that stand beside each other, one for each month, say, become rows."""

    #: Own columns that stay as they are, on each of the rows.
    stay: tuple[str, ...]
    #: What to call the column that then holds the headers of the others, and the one with their
    #: values.
    label: str
    value: str
    #: A column with the sum of the others, checked and left out; empty where there is none.
    total: str = ""
    #: Header -> the date it means, where it cannot be read as one.
    dates: Mapping[str, str] = field(default_factory=dict)


def columns_to_rows(given: Mapping[str, Any]) -> ColumnsToRows | None:
    """The option of that name, once `option_faults` finds nothing wrong with it."""
    way = given.get("columns_to_rows")
    if not way:
        return None
    dates = {own: str(day) for own, day in way.get("dates", {}).items()}
    stay = tuple(way["stay"])
    return ColumnsToRows(stay, way["label"], way["value"], way.get("total", ""), dates)


def _spread_faults(where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    way = given["columns_to_rows"]
    form = 'columns_to_rows = { stay = ["客户编号"], label = "month", value = "amount" }'
    if "path" not in given or given.get("table") or given.get("query"):
        mend = "give a text file, a workbook or Parquet, or write UNPIVOT in sql"
        yield Fault(where, "columns_to_rows belongs to files", mend)
    if where.startswith("[files."):
        mend = "let a table read the file, or write UNPIVOT in the sql that does"
        yield Fault(where, "columns_to_rows belongs to a table", mend)
    for key in way:
        if key not in _SPREAD:
            mend = f"it takes {', '.join(_SPREAD)}"
            yield Fault(where, f"columns_to_rows: unknown key {key!r}", mend)
        elif not isinstance(way[key], _SPREAD[key]):
            yield Fault(where, f"columns_to_rows: {key} is {way[key]!r}", f"write {form}")
    if missing := [key for key in ("stay", "label", "value") if not way.get(key)]:
        yield Fault(where, f"columns_to_rows does not say {', '.join(missing)}", f"write {form}")
        return
    if not isinstance(way["stay"], list) or not all(isinstance(own, str) for own in way["stay"]):
        yield Fault(where, f"columns_to_rows: stay is {way['stay']!r}", f"write {form}")
        return
    names = [*way["stay"], way["label"], way["value"]]
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        mend = "stay, label and value are columns of their own: give each its own name"
        yield Fault(where, f"columns_to_rows names {', '.join(twice)} more than once", mend)
    dates = way.get("dates", {})
    for own, day in dates.items() if isinstance(dates, dict) else ():
        if not isinstance(day, dt.date) and not isinstance(day, str):
            mend = 'write a date, such as { "Jan" = 2024-01-01 }'
            yield Fault(where, f"columns_to_rows: the date of {own!r} is {day!r}", mend)


def origin_faults(where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Rows come from one place: files, SQL over them, a database or Spark."""
    origins = [key for key in ("path", "sql", "database_env", "spark") if given.get(key)]
    if len(origins) != 1:
        problem = (
            f"names {' and '.join(origins)}" if origins else "does not say where its rows come from"
        )
        ways = (
            'path = "file.csv", sql = "SELECT ..." over [files.*], '
            'database_env = "NAME" or spark = "file.parquet"'
        )
        yield Fault(where, problem, f"write one of {ways}")
        return
    path = given.get("path")
    in_database = origins == ["database_env"] or (
        isinstance(path, str) and path.lower().endswith(SQLITE_SUFFIXES)
    )
    asked = [key for key in ("table", "query") if key in given]
    if in_database and len(asked) != 1:
        problem = (
            "names both table and query" if asked else "does not say what to read from the database"
        )
        yield Fault(where, problem, 'write either table = "sales" or query = "SELECT ..."')
    if asked and not in_database:
        mend = (
            f"leave {' and '.join(asked)} out, or name a "
            "database with database_env or a SQLite file"
        )
        yield Fault(where, f"{' and '.join(asked)} belong to a database", mend)
    if "spark" in origins and where != "[tables.ledger]":
        yield Fault(
            where, "only the ledger can stay on Spark", "give this table a path, or a database"
        )


def effect_faults(where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Options that would do nothing where they stand: who writes one relies on it."""
    raw = where.startswith("[files.")
    paths = given.get("path", [])
    kinds = {
        path.lower().removesuffix(".gz").rpartition(".")[2]
        for path in ([paths] if isinstance(paths, str) else paths)
        if isinstance(path, str)
    }
    sheets, typed = kinds & set(SHEET_SUFFIXES), kinds & {"parquet", *DATABASE_SUFFIXES}
    texts = kinds - sheets - typed
    can = {
        "encoding": texts,
        "sep": texts,
        "sheet": sheets,
        "skip": texts | sheets,
        "decimal": kinds - {"parquet"} or "sql" in given or "database_env" in given,
    }
    for key in (key for key, effect in can.items() if key in given and not effect):
        if "sql" in given:
            mend = "write it into the [files.NAME] that the sql reads"
        elif given.get(key) in ("", 0, "."):
            continue
        else:
            mend = "leave it out; it is for " + (
                "workbooks" if key == "sheet" else "tables that are written as text"
            )
        yield Fault(where, f"{key} has no effect here", mend)
    for key in (key for key in _OF_TABLES if raw and key in given):
        mend = (
            f"write {key} into the [tables.NAME] that reads the file; where that has sql, its "
            "SELECT must give the column too"
        )
        if key in _LEAVE_OUT:
            mend += "; what it leaves out is told with rows and money"
        yield Fault(where, f"{key} belongs to a table", mend)
    if "sql" in given and "duplicates" in given:
        mend = "write it into the [files.NAME] that the sql reads, or SELECT DISTINCT"
        yield Fault(where, "duplicates has no effect here", mend)
    if "currency_column" in given and not given.get("currency_rates"):
        mend = "add currency_rates = { USD = 7.1 }"
        yield Fault(where, "currency_column has no effect without currency_rates", mend)
    if raw and "columns" in given:
        mend = "name the columns in the sql: SELECT own AS name"
        yield Fault(where, "columns have no effect in [files.*]", mend)
    if raw and isinstance(given.get("unit", {}), str):
        mend = 'write unit = { COLUMN = "' + given["unit"] + '" }'
        yield Fault(where, "unit of [files.*] names its column", mend)


def is_file(spark: str) -> bool:
    """Whether Spark is to read files of the book, rather than object storage or a table of its
    catalog.
    """
    return "://" not in spark and ("/" in spark or spark.endswith(".parquet"))


def option_faults(where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Options of the right type with a value that means nothing."""
    units = given.get("unit", "")
    for unit in [units] if isinstance(units, str) else units.values():
        if unit and unit not in [*UNIT_FACTORS]:
            yield Fault(where, f"unknown unit {unit!r}", f"use one of {', '.join(UNIT_FACTORS)}")
    for key in ("columns", "date_format"):
        for name, value in given[key].items() if isinstance(given.get(key), dict) else ():
            if not isinstance(value, str):
                yield Fault(where, f"{key} of {name} is {value!r}", f"write {'a text in quotes'}")
    if not all(isinstance(item, str) for item in given.get("path", "")):
        yield Fault(
            where, f"path is {given['path']!r}", 'write path = "file.csv", or a list of such texts'
        )
    forms = given.get("date_format", "")
    for form in [forms] if isinstance(forms, str) else forms.values():
        if form and form not in DATE_WORDS and "%" not in str(form):
            yield Fault(
                where,
                f"date_format is {form!r}",
                f'write "%Y-%m-%d", say, or {" or ".join(DATE_WORDS)}',
            )
    for key, known in (("duplicates", DUPLICATES), ("repeated_keys", ("first",))):
        if key in given and given[key] not in known:
            ways = " or ".join(f'{key} = "{word}"' for word in known)
            yield Fault(where, f"{key} is {given[key]!r}", f"write {ways}, or leave it out")
    for code, rate in given.get("currency_rates", {}).items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < _HIGH_RATE:
            mend = "write what one unit is worth: currency_rates = { USD = 7.1 }"
            yield Fault(where, f"the rate of {code} is {rate!r}", mend)
    if given.get("decimal", ".") not in (".", ","):
        yield Fault(
            where, f"decimal is {given['decimal']!r}", 'write decimal = ",", or leave it out'
        )
    if len(given.get("sep", ",")) != 1 or given.get("sep") in ('"', "\n", "\r"):
        yield Fault(where, f"sep is {given['sep']!r}", 'write one character, such as ";" or "\\t"')
    if given.get("skip", 0) < 0:
        yield Fault(
            where, f"skip is {given['skip']}", "write the number of lines before the header"
        )
    if given.get("columns_to_rows"):
        yield from _spread_faults(where, given)
    for own, values in given.get("void", {}).items():
        if not isinstance(values, list) or not values:
            yield Fault(
                where,
                f"void of {own!r} is {values!r}",
                f'list the values that make a row void: {{ {own} = ["作废"] }}',
            )
