"""What a section of ``book.toml`` may say of where its rows come from and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyacct_utils.contract.faults import Fault
from keyacct_utils.contract.tables import UNIT_FACTORS

SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db")
#: Names of ways to write a date that no pattern of strptime tells.
DATE_WORDS = ("excel", "roc", "buddhist")


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
    for own, values in given.get("void", {}).items():
        if not isinstance(values, list) or not values:
            yield Fault(
                where,
                f"void of {own!r} is {values!r}",
                f'list the values that make a row void: {{ {own} = ["作废"] }}',
            )
