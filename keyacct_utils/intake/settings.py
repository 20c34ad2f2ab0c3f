"""``book.toml``: which file is which table, and how its columns are written. TOML only, never code."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyacct_utils.faults import BookFaults, Fault, nearest
from keyacct_utils.tables import TABLES, UNIT_FACTORS

CONTRACT_VERSION = 1

_Key = tuple[type, ...]
_TOP: dict[str, _Key] = {
    "contract_version": (int,), "name": (str,), "currency": (str,), "as_of": (dt.date,), "period": (str, int),
    "group_by": (str,), "exclude": (dict,), "root_env": (str,), "tables": (dict,), "files": (dict,),
}  # fmt: skip
_SOURCE: dict[str, _Key] = {
    "path": (str, list), "sql": (str,), "columns": (dict,), "encoding": (str,), "sep": (str,), "sheet": (str,),
    "skip": (int,), "decimal": (str,), "date_format": (str, dict), "unit": (str, dict), "na": (list,),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where one table (or raw file) comes from and how it is written."""

    name: str
    paths: tuple[Path, ...] = ()
    sql: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    sep: str = ""
    sheet: str = ""
    skip: int = 0
    decimal: str = "."
    date_format: str | Mapping[str, str] = ""
    unit: str | Mapping[str, str] = ""
    na: tuple[str, ...] = ()

    def date_format_of(self, column: str) -> str:
        """The declared date format of a column, or the empty text."""
        return self.date_format if isinstance(self.date_format, str) else self.date_format.get(column, "")

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
    tables: Mapping[str, Source]
    files: Mapping[str, Source]

    @property
    def folder(self) -> Path:
        """The folder in which the book lies."""
        return self.file.parent


def _check_keys(where: str, given: Mapping[str, Any], known: Mapping[str, _Key], faults: list[Fault]) -> None:
    for key, value in given.items():
        if key not in known:
            faults.append(Fault(where, f"unknown key {key!r}", nearest(key, known) or f"use one of {', '.join(known)}"))
        elif not isinstance(value, known[key]) or isinstance(value, bool):
            wanted = " or ".join(kind.__name__ for kind in known[key])
            faults.append(Fault(where, f"{key} is {value!r}", f"write it as {wanted}"))


def _paths(where: str, patterns: list[str], root: Path, faults: list[Fault]) -> tuple[Path, ...]:
    found: list[Path] = []
    for pattern in patterns:
        relative = Path(pattern)
        if relative.is_absolute() or ".." in relative.parts:
            mend = "write a path below it, or name its folder in an environment variable with root_env"
            faults.append(Fault(where, f"path {pattern!r} leads out of the book's folder", mend))
            continue
        matches = sorted(root.glob(pattern)) if any(sign in pattern for sign in "*?[") else [root / relative]
        if not matches:
            faults.append(Fault(where, f"no file matches {pattern!r}", "check the pattern and the folder"))
        for path in matches:
            if path.is_dir():
                faults.append(Fault(where, f"{pattern!r} is a folder", f'name a file in it, or all of them: "{pattern}/*.csv"'))
            elif not path.is_file():
                siblings = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
                hint = nearest(path.name, siblings) or f"the folder holds {', '.join(sorted(siblings)[:5]) or 'nothing'}"
                faults.append(Fault(where, f"there is no file {pattern!r}", hint))
            elif not path.resolve().is_relative_to(root.resolve()):
                faults.append(
                    Fault(where, f"path {pattern!r} links out of the book's folder", "put the file itself into the folder")
                )
            else:
                found.append(path)
    return tuple(found)


def _source(name: str, section: str, given: Any, root: Path, faults: list[Fault]) -> Source | None:
    where = f"[{section}.{name}]"
    if not isinstance(given, dict):
        faults.append(Fault(where, f"is {given!r}", 'write a section with path = "file.csv"'))
        return None
    before = len(faults)
    _check_keys(where, given, _SOURCE, faults)
    if ("path" in given) == ("sql" in given):
        faults.append(Fault(where, "needs either path or sql", 'write path = "file.csv", or sql = "SELECT ..." over [files.*]'))
    units = given.get("unit", "")
    for unit in [units] if isinstance(units, str) else units.values():
        if unit and unit not in UNIT_FACTORS:
            faults.append(Fault(where, f"unknown unit {unit!r}", f"use one of {', '.join(UNIT_FACTORS)}"))
    if section == "tables":
        known = TABLES[name].names
        named = [given.get(key, {}) for key in ("columns", "unit", "date_format")]
        for column in [column for part in named if isinstance(part, dict) for column in part]:
            if column not in known:
                hint = nearest(column, known) or f"the table has {', '.join(known)}"
                faults.append(Fault(where, f"the contract has no column {column!r}", hint))
    if len(faults) > before:
        return None
    options = {key: value for key, value in given.items() if key not in ("path", "na")}
    patterns = given.get("path", [])
    paths = _paths(where, [patterns] if isinstance(patterns, str) else patterns, root, faults)
    return Source(name=name, paths=paths, na=tuple(str(item) for item in given.get("na", ())), **options)


def _root(file: Path, given: Mapping[str, Any]) -> Path:
    variable = given.get("root_env")
    if not variable:
        return file.parent
    folder = os.environ.get(variable, "")
    if not folder or not Path(folder).is_dir():
        state = "is not set" if not folder else "does not name a folder"
        fault = Fault("book.toml", f"the environment variable {variable} {state}", f"set {variable} to the folder of the data")
        raise BookFaults([fault], file.name)
    return Path(folder)


def read_settings(file: Path) -> Settings:
    """Read and check a ``book.toml``.

    Raises
    ------
    BookFaults
        With every unknown key, wrong type, unknown table or column, and path that is missing or leads out of the folder.
    """
    if file.is_dir():
        file = file / "book.toml"
    if not file.is_file():
        raise BookFaults(
            [Fault("book.toml", f"there is no file {file.name} there", "write one with: keyacct init FOLDER")], str(file)
        )
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BookFaults([Fault("book.toml", f"cannot be read as TOML in UTF-8: {error}", "mend that line")], file.name) from None
    faults: list[Fault] = []
    _check_keys("book.toml", given, _TOP, faults)
    if given.get("contract_version") != CONTRACT_VERSION:
        mend = f"write contract_version = {CONTRACT_VERSION}"
        faults.append(Fault("book.toml", f"contract_version is {given.get('contract_version')!r}", mend))
    root = _root(file, given)
    sources: dict[str, dict[str, Source]] = {"tables": {}, "files": {}}
    for section in ("files", "tables"):
        for name, part in (given.get(section) or {}).items() if isinstance(given.get(section, {}), dict) else ():
            if section == "tables" and name not in TABLES:
                hint = nearest(name, TABLES) or f"the contract has {', '.join(TABLES)}"
                faults.append(Fault("book.toml", f"the contract has no table {name!r}", hint))
            elif section == "files" and not name.isidentifier():
                faults.append(Fault("book.toml", f"[files.{name}] is no name for SQL", "use letters, digits and _"))
            elif (source := _source(name, section, part, root, faults)) is not None:
                sources[section][name] = source
    if "ledger" not in (given.get("tables") or {}):
        mend = "add [tables.ledger] with at least account_id and revenue: the smallest book is one table of transactions"
        faults.append(Fault("book.toml", "there is no table of transactions", mend))
    if given.get("group_by", "group_id") != "group_id":
        faults.append(Fault("book.toml", f"group_by is {given['group_by']!r}", 'write group_by = "group_id", or leave it out'))
    if faults:
        raise BookFaults(faults, file.name)
    as_of = given.get("as_of")
    return Settings(
        file=file, name=given.get("name", file.parent.name), currency=given.get("currency", ""),
        as_of=as_of.date() if isinstance(as_of, dt.datetime) else as_of, period=str(given.get("period", "all")),
        group_by=given.get("group_by", ""), exclude={str(k): str(v) for k, v in given.get("exclude", {}).items()},
        tables=sources["tables"], files=sources["files"],
    )  # fmt: skip
