"""``book.toml``: which file is which table, and how its columns are written. TOML only, never
code.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyacct_utils.book.intake.source_options import (
    ColumnsToRows,
    columns_to_rows,
    effect_faults,
    is_file,
    option_faults,
    origin_faults,
)
from keyacct_utils.contract.conventions import NAMED_BY, RETURNS, Conventions
from keyacct_utils.contract.faults import BookFaults, Fault, Refusal, cut, nearest
from keyacct_utils.contract.tables import TABLES, UNIT_FACTORS

CONTRACT_VERSION = 1
#: The table that is a book without a ledger: a list of accounts whose credit is judged.
FEATURES = "credit_features"
#: Each of these tables is a book by itself, without a ledger.
ALONE = (FEATURES, "invoices", "stage_history", "contacts", "cases", "opportunities", "bids")

_Key = tuple[type, ...]
_TOP: dict[str, _Key] = {
    "contract_version": (int,),
    "name": (str,),
    "currency": (str,),
    "as_of": (dt.date,),
    "period": (str, int),
    "group_by": (str,),
    "exclude": (dict,),
    "root_env": (str,),
    "tables": (dict,),
    "files": (dict,),
    "spark_master": (str,),
    "fiscal_year_start": (int,),
    "fiscal_year_named_by": (str,),
    "returns": (str,),
    "standard_cost": (int, float),
    "lesson": (dict,),
    "memory_limit": (str,),
}
_SOURCE: dict[str, _Key] = {
    "path": (str, list),
    "sql": (str,),
    "database_env": (str,),
    "table": (str,),
    "query": (str,),
    "spark": (str,),
    "columns": (dict,),
    "encoding": (str,),
    "sep": (str,),
    "sheet": (str,),
    "skip": (int,),
    "decimal": (str,),
    "date_format": (str, dict),
    "unit": (str, dict),
    "na": (list,),
    "void": (dict,),
    "columns_to_rows": (dict,),
    "where": (str,),
    "duplicates": (str,),
    "repeated_keys": (str,),
    "currency_rates": (dict,),
    "currency_column": (str,),
}
_CONVENTIONS = {"fiscal_year_start": 1, "fiscal_year_named_by": "end", "returns": "net"}
_TOML_NAMES = {
    str: 'text, "..."',
    int: "a whole number",
    float: "a number",
    list: 'a list, ["...", "..."]',
    dict: 'a section, { name = "..." }',
    dt.date: "a date, 2024-12-31",
}


@dataclass(frozen=True)
class Source:
    """Where one table (or raw file) comes from and how it is written."""

    name: str
    paths: tuple[Path, ...] = ()
    sql: str = ""
    #: Environment variable with the address of a database; a SQLite file is a path instead. Then
    #: one of table and query.
    database_env: str = ""
    table: str = ""
    query: str = ""
    #: Parquet or a catalog table that Spark reads.
    spark: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    sep: str = ""
    sheet: str = ""
    skip: int = 0
    decimal: str = "."
    date_format: str | Mapping[str, str] = ""
    unit: str | Mapping[str, str] = ""
    na: tuple[str, ...] = ()
    #: Own column -> written values that make a row void.
    void: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Not in the text of a source, which tells books apart: `tables_hash` adds it where it is used.
    columns_to_rows: ColumnsToRows | None = field(default=None, repr=False)
    #: A condition in SQL over own columns: rows that do not meet it do not count.
    where: str = field(default="", repr=False)
    #: "drop" counts rows that are equal in every column once; "keep" says that each counts.
    duplicates: str = field(default="", repr=False)
    #: "first": of rows with the same key the fullest counts, of these the first.
    repeated_keys: str = field(default="", repr=False)
    #: Code of a currency -> what one unit of it is worth in that of the book.
    currency_rates: Mapping[str, int | float] = field(default_factory=dict, repr=False)
    currency_column: str = field(default="", repr=False)

    @property
    def void_values(self) -> list[tuple[str, str]]:
        """Each own column of ``void`` with each of its values, in the order of the book."""
        return [(own, value) for own, values in self.void.items() for value in values]

    @property
    def drops(self) -> bool:
        """Whether rows are left out for being there already."""
        return self.duplicates == "drop" or bool(self.repeated_keys)

    @property
    def in_database(self) -> bool:
        """Whether the rows come from a database."""
        return bool(self.table or self.query)

    def date_format_of(self, column: str) -> str:
        """The declared date format of a column, or the empty text."""
        return (
            self.date_format
            if isinstance(self.date_format, str)
            else self.date_format.get(column, "")
        )

    def unit_factor_of(self, column: str) -> int:
        """How many currency units one written unit of a money column is worth."""
        unit = self.unit if isinstance(self.unit, str) else self.unit.get(column, "")
        return UNIT_FACTORS[unit] if unit else 1


@dataclass(frozen=True)
class Settings:
    """A parsed and checked ``book.toml``."""

    file: Path
    name: str
    currency: str
    as_of: dt.date | None
    period: str
    group_by: str
    exclude: Mapping[str, str]
    conventions: Conventions
    tables: Mapping[str, Source]
    files: Mapping[str, Source]
    #: How much memory DuckDB may take, such as "4GB"; empty: four fifths of the machine's.
    memory_limit: str = ""
    #: Where Spark runs, such as "local[2]" or "spark://HOST:7077", or "active" for the session of
    #: this process.
    spark_master: str = ""

    @property
    def folder(self) -> Path:
        """The folder in which the book lies."""
        return self.file.parent


def _check_keys(
    where: str, given: Mapping[str, Any], known: Mapping[str, _Key], faults: list[Fault]
) -> None:
    for key, value in given.items():
        if key not in known:
            faults.append(
                Fault(
                    where,
                    f"unknown key {key!r}",
                    nearest(key, known) or f"use one of {', '.join(known)}",
                )
            )
        elif not isinstance(value, known[key]) or isinstance(value, bool):
            wanted = " or ".join(_TOML_NAMES[kind] for kind in known[key])
            faults.append(Fault(where, f"{key} is {value!r}", f"write it as {wanted}"))


def _paths(where: str, patterns: list[str], root: Path, faults: list[Fault]) -> tuple[Path, ...]:
    found: list[Path] = []
    for pattern in patterns:
        relative = Path(pattern)
        if relative.is_absolute() or ".." in relative.parts:
            mend = (
                "write a path below it, or name its folder in an environment variable with root_env"
            )
            faults.append(Fault(where, f"path {pattern!r} leads out of the book's folder", mend))
            continue
        matches = (
            sorted(root.glob(pattern))
            if any(sign in pattern for sign in "*?[")
            else [root / relative]
        )
        if not matches:
            faults.append(
                Fault(where, f"no file matches {pattern!r}", "check the pattern and the folder")
            )
        for path in matches:
            if path.is_dir():
                faults.append(
                    Fault(
                        where,
                        f"{pattern!r} is a folder",
                        f'name a file in it, or all of them: "{pattern}/*.csv"',
                    )
                )
            elif not path.is_file():
                siblings = (
                    [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
                )
                hint = (
                    nearest(path.name, siblings)
                    or f"the folder holds {', '.join(sorted(siblings)[:5]) or 'nothing'}"
                )
                faults.append(Fault(where, f"there is no file {pattern!r}", hint))
            elif not path.resolve().is_relative_to(root.resolve()):
                faults.append(
                    Fault(
                        where,
                        f"path {pattern!r} links out of the book's folder",
                        "put the file itself into the folder",
                    )
                )
            else:
                found.append(path)
    return tuple(found)


def _conventions(given: Mapping[str, Any], faults: list[Fault]) -> Conventions:
    """How the book counts, and whether its period can be read so."""
    start, named_by, returns = (given.get(key, default) for key, default in _CONVENTIONS.items())
    before = len(faults)
    if start not in range(1, 13):
        faults.append(
            Fault(
                "book.toml",
                f"fiscal_year_start is {start!r}",
                "write the first month of the year, 1 to 12",
            )
        )
    for key, value, known in (
        ("fiscal_year_named_by", named_by, NAMED_BY),
        ("returns", returns, RETURNS),
    ):
        if value not in known:
            faults.append(
                Fault(
                    "book.toml",
                    f"{key} is {value!r}",
                    f"write {' or '.join(repr(item) for item in known)}",
                )
            )
    cost = given.get("standard_cost")
    if isinstance(cost, int | float) and not 0 < cost <= 1:
        faults.append(
            Fault(
                "book.toml",
                f"standard_cost is {cost!r}",
                "write the share of the revenue, above 0 and at most 1: 70 % is 0.7",
            )
        )
    if len(faults) > before:
        return Conventions()
    share = float(cost) if isinstance(cost, int | float) else None
    found = Conventions(start, named_by, returns, share)
    period = str(given.get("period", "all"))
    try:
        if period not in ("all", "book"):
            found.dates(period)
    except Refusal as refused:
        faults.append(Fault("book.toml", refused.problem, refused.mend.replace("'book', ", "")))
    return found


def _misplaced(where: str, given: Mapping[str, Any], known: Collection[str]) -> list[Fault]:
    """Options of the table that stand among its columns: in TOML a line belongs to the last
    section above it.
    """
    section = f"{where[:-1]}.columns]"
    options = [key for key in given.get("columns", {}) if key in _SOURCE and key not in known]
    return [
        Fault(where, f"{key} stands among the columns", f"move the line up, above {section}")
        for key in options
    ]


def _source(name: str, section: str, given: Any, root: Path, faults: list[Fault]) -> Source | None:
    where = f"[{section}.{name}]"
    if not isinstance(given, dict):
        faults.append(Fault(where, f"is {given!r}", 'write a section with path = "file.csv"'))
        return None
    before = len(faults)
    _check_keys(where, given, _SOURCE, faults)
    faults.extend(origin_faults(where, given))
    if len(faults) == before and section == "tables":
        faults.extend(_misplaced(where, given, TABLES[name].names))
    if len(faults) == before:
        faults.extend(option_faults(where, given))
        faults.extend(effect_faults(where, given))
    if section == "tables" and "repeated_keys" in given and not TABLES[name].key:
        mend = 'for rows that are equal in every column there is duplicates = "drop"'
        faults.append(Fault(where, f"repeated_keys: {name} has no key", mend))
    if section == "tables" and len(faults) == before:
        known = TABLES[name].names
        named = [given.get(key, {}) for key in ("columns", "unit", "date_format")]
        for column in [column for part in named if isinstance(part, dict) for column in part]:
            if column not in known:
                hint = nearest(column, known) or f"the table has {', '.join(known)}"
                faults.append(Fault(where, f"the contract has no column {column!r}", hint))
    if len(faults) > before:
        return None
    options = {
        key: value
        for key, value in given.items()
        if key not in ("path", "na", "void", "columns_to_rows")
    }
    patterns = given.get("path", [given["spark"]] if is_file(given.get("spark", "")) else [])
    paths = _paths(where, [patterns] if isinstance(patterns, str) else patterns, root, faults)
    void = {
        own: tuple(str(item) for item in values) for own, values in given.get("void", {}).items()
    }
    return Source(
        name=name,
        paths=paths,
        na=tuple(str(item) for item in given.get("na", ())),
        void=void,
        columns_to_rows=columns_to_rows(given),
        **options,
    )


#: The line of a proposed book in which the folder of its data is told.
FOUND_IN = "the data were found in: "


def _root(file: Path, given: Mapping[str, Any]) -> Path:
    variable = given.get("root_env")
    if not variable or not isinstance(variable, str):
        return file.parent
    folder = os.environ.get(variable, "")
    if not folder or not Path(folder).is_dir():
        state = "is not set" if not folder else "does not name a folder"
        fault = Fault(
            "book.toml",
            f"the environment variable {variable} {state}",
            f"set {variable} to the folder of the data{_found_in(file)}",
        )
        raise BookFaults([fault], file.name)
    return Path(folder)


def _found_in(file: Path) -> str:
    """Where the data were when the book was proposed, if it says so and the folder is there."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    told = [line[len(FOUND_IN) + 2 :] for line in lines if line.startswith(f"# {FOUND_IN}")]
    return f", {told[0]}" if told and Path(told[0]).is_dir() else ""


def _given(file: Path) -> dict[str, Any]:
    """What a ``book.toml`` holds. Raises BookFaults where it is not there or cannot be read."""
    if not file.is_file():
        raise BookFaults(
            [
                Fault(
                    "book.toml",
                    f"there is no file {file.absolute()}",
                    "write one with: keyacct init FOLDER",
                )
            ],
            file.name,
        )
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BookFaults(
            [Fault("book.toml", f"is not UTF-8 in line {line}", "save it again as UTF-8")],
            file.name,
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BookFaults([_no_toml(file, error)], file.name) from None


def _no_toml(file: Path, error: tomllib.TOMLDecodeError) -> Fault:
    """The line that cannot be read, as it is written; of a day that no calendar has, its key."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    place = re.search(r"at line (\d+)", str(error))
    line = lines[int(place[1]) - 1].strip() if place and int(place[1]) <= len(lines) else ""
    key, _, value = (part.strip() for part in line.partition("="))
    if "Invalid date" in str(error) and place and value:
        return Fault(
            "book.toml",
            f"cannot be read as TOML in UTF-8: in line {place[1]} {key} is {cut(value)}, "
            "and there is no such day",
            f"write a day of the calendar: {key} = 2024-12-31",
        )
    if "overwrite a value" in str(error) and place and (twice := _twice(lines, int(place[1]))):
        return twice
    mend = f"mend that line: {cut(line)}" if line else "mend that line"
    if "\\" in str(error):
        mend = f"{mend}; a path is written with /, also on Windows"
    return Fault("book.toml", f"cannot be read as TOML in UTF-8: {error}", mend)


def _twice(lines: list[str], place: int) -> Fault | None:
    """A key that stands twice in one section, often since a header between them is still off."""
    key = lines[place - 1].partition("=")[0].strip()
    above = [line.strip() for line in lines[: place - 1]]
    start = max((n for n, line in enumerate(above) if line.startswith("[")), default=-1)
    first = [
        n for n, line in enumerate(above) if n > start and line.partition("=")[0].strip() == key
    ]
    if not first:
        return None
    section = above[start].partition("]")[0] + "]" if start >= 0 else "the top of the file"
    off = [
        (n + 1, header[1])
        for n, line in enumerate(above)
        if n > first[0] and (header := re.match(r"#\s*(\[[A-Za-z][\w.\-]*\])", line))
    ]
    mend = f"delete one of the two lines: {cut(lines[place - 1].strip())}"
    if off:
        mend = f"take the # before {off[-1][1]} in line {off[-1][0]} away, or {mend}"
    return Fault(
        "book.toml",
        f"cannot be read as TOML in UTF-8: {key} is set twice in {section}, in line {first[0] + 1} "
        f"and in line {place}",
        mend,
    )


def lesson_tables(file: Path) -> dict[str, Any]:
    """The tables ``[lesson.<topic>]`` of a ``book.toml``, unchecked: a book does not know the
    lessons. Empty where there are none, or the file cannot be read, which `read_settings` says.
    """
    try:
        found = _given(file).get("lesson", {})
    except (BookFaults, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def read_settings(file: Path) -> Settings:
    """Read and check a ``book.toml``.

    Raises
    ------
    BookFaults
        With every unknown key, wrong type, unknown table or column, and path that is missing or
        leads out of the folder.
    """
    if file.is_dir():
        file = file / "book.toml"
    given = _given(file)
    faults: list[Fault] = []
    _check_keys("book.toml", given, _TOP, faults)
    if given.get("contract_version") != CONTRACT_VERSION:
        mend = f"write contract_version = {CONTRACT_VERSION}"
        faults.append(
            Fault(
                "book.toml", f"contract_version is {given.get('contract_version', 'missing')}", mend
            )
        )
    conventions = _conventions(given, faults)
    root = _root(file, given)
    sources: dict[str, dict[str, Source]] = {"tables": {}, "files": {}}
    for section in ("files", "tables"):
        for name, part in (
            (given.get(section) or {}).items() if isinstance(given.get(section, {}), dict) else ()
        ):
            if section == "tables" and name not in TABLES:
                hint = nearest(name, TABLES) or f"the contract has {', '.join(TABLES)}"
                faults.append(Fault("book.toml", f"the contract has no table {name!r}", hint))
            elif section == "files" and not name.isidentifier():
                faults.append(
                    Fault(
                        "book.toml",
                        f"[files.{name}] is no name for SQL",
                        "use letters, digits and _",
                    )
                )
            elif (source := _source(name, section, part, root, faults)) is not None:
                sources[section][name] = source
    tables = given.get("tables")
    if not isinstance(tables, dict) or not {"ledger", *ALONE} & set(tables):
        mend = (
            "add [tables.ledger] with at least account_id and revenue: the smallest book is one "
            f"table of transactions, or of {FEATURES} for lesson 07, of invoices for lesson 08, "
            "of stage_history for lesson 11, of contacts for lesson 13, of bids or opportunities "
            "for lesson 17, or of cases for lesson 20"
        )
        faults.append(Fault("book.toml", "there is no table of transactions", mend))
    if given.get("group_by", "group_id") != "group_id":
        faults.append(
            Fault(
                "book.toml",
                f"group_by is {given['group_by']!r}",
                'write group_by = "group_id", or leave it out',
            )
        )
    if faults:
        raise BookFaults(faults, file.name)
    as_of = given.get("as_of")
    return Settings(
        file=file,
        name=given.get("name", file.parent.name),
        currency=given.get("currency", ""),
        as_of=as_of.date() if isinstance(as_of, dt.datetime) else as_of,
        period=str(given.get("period", "all")),
        group_by=given.get("group_by", ""),
        exclude={str(k): str(v) for k, v in given.get("exclude", {}).items()},
        conventions=conventions,
        tables=sources["tables"],
        files=sources["files"],
        memory_limit=given.get("memory_limit", ""),
        spark_master=given.get("spark_master", ""),
    )
