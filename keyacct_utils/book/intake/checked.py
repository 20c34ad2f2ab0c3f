"""A checked book put down by a run for its kernels, which take it up without reading and checking
it again.

What lies there is one DuckDB file with the tables as the book hands them out, and what the checks
said, as JSON. It is taken up only for the same ``book.toml``, read in the same way, and while no
file of the book has changed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from keyacct_utils.book.intake.book_toml import Settings
from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Staged
from keyacct_utils.book.intake.value_parsing import MACROS
from keyacct_utils.contract.tables import TABLES, Column, Kind, Table

#: Tells the kernels of a run where the checked book lies; several places stand as in PATH.
VARIABLE = "KEYACCT_STAGED"
_TABLES, _CONTENTS, _MARK = "book.duckdb", "book.json", 2
_ATTACHED = '"put down"'


@dataclass(frozen=True)
class Origin:
    """From what a book was read, and how: its files as they were, and whether faulty rows were set
    aside.
    """

    files: list[list[Any]]
    lenient: bool


@dataclass(frozen=True)
class Notes:
    """What the checks said, as they quote the book, and which of it quotes nothing."""

    notes: list[str]
    discreet: list[str]


@dataclass(frozen=True)
class Contents:
    """What stands beside the tables."""

    origin: Origin
    notes: Notes
    reconciliation: list[dict[str, object]]
    data_hash: str


@dataclass(frozen=True)
class Found:
    """A book taken up."""

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, Staged]
    notes: Notes
    reconciliation: list[dict[str, object]]
    data_hash: str


def fingerprint(settings: Settings) -> list[list[Any]]:
    """Path, size and times of every file that a book reads; it changes with any of them."""
    sources = [*settings.tables.values(), *settings.files.values()]
    paths = [settings.file, *sorted({path for source in sources for path in source.paths})]
    found = [(path.resolve(), path.stat()) for path in paths]
    return [
        [str(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns] for path, state in found
    ]


def put_down(
    place: Path,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    tables: Mapping[str, Staged],
    contents: Contents,
) -> bool:
    """Write a checked book into a new folder that only its user can enter.

    Parameters
    ----------
    place : Path
        The folder.
    connection : DuckDBPyConnection
        Holds the tables, under their names, and the relation that roll-ups read.
    settings : Settings
        Names the files of the book.
    tables : mapping of str to Staged
        None of them remote. Files that are read in place stay where they are.
    contents : Contents
        The origin has to be that of the tables: a file that changed while they were read would be
        missed else.

    Returns
    -------
    bool
        False, and nothing is left, where a file of the book has changed or the folder cannot be
        written.
    """
    try:
        place.mkdir(mode=0o700)
    except OSError:  # what lies there is not ours
        return False
    try:
        _write(place / _TABLES, connection, tables)
        columns = {name: staged.columns for name, staged in tables.items()}
        told = {"mark": _MARK, "columns": columns, "further": _further(tables)}
        text = json.dumps({**told, **asdict(contents)}, default=str)
        (place / _CONTENTS).write_text(text, encoding="utf-8")
        if fingerprint(settings) == contents.origin.files:
            return True
    except (OSError, duckdb.Error):
        pass
    shutil.rmtree(place, ignore_errors=True)
    return False


def _further(tables: Mapping[str, Staged]) -> dict[str, dict[str, Kind]]:
    """The columns of each table that the contract does not name, and of what kind they are."""
    return {
        name: {
            column.name: column.kind
            for column in staged.table.columns
            if column.name not in TABLES[name].names
        }
        for name, staged in tables.items()
    }


def _with_further(name: str, kinds: Mapping[str, Kind]) -> Table:
    further = (Column(own, kind, "", own, own) for own, kind in kinds.items())
    return replace(TABLES[name], columns=(*TABLES[name].columns, *further))


def _write(file: Path, connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Staged]) -> None:
    in_place = {
        name
        for name, staged in tables.items()
        if not staged.materialised
        and all(part.relation.startswith("read_parquet(") for part in staged.parts)
    }
    views = dict(
        connection.sql("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall()
    )
    connection.execute(f"ATTACH {quoted(str(file), chr(39))} AS {_ATTACHED}")
    try:
        for name in tables.keys() - in_place:
            connection.execute(f"CREATE TABLE {_ATTACHED}.{name} AS SELECT * FROM {name}")
    finally:
        connection.execute(f"DETACH {_ATTACHED}")
    with duckdb.connect(str(file)) as own:
        own.execute(MACROS)
        for name in in_place:
            own.execute(views[tables[name].work])
            own.execute(views[name])
        own.execute(views["rollup_source"])


def take_up(
    place: Path, settings: Settings, lenient: bool, config: Mapping[str, Any]
) -> Found | None:
    """Open a book that was put down.

    Parameters
    ----------
    place : Path
        The folder.
    settings : Settings
        Of the book that is asked for, read anew.
    lenient : bool
        Whether faulty rows are to be set aside.
    config : mapping
        Settings of DuckDB.

    Returns
    -------
    Found or None
        None where it is another book, was read in another way, or a file has changed since.
    """
    try:
        told = json.loads((place / _CONTENTS).read_text(encoding="utf-8"))
        origin = Origin(fingerprint(settings), lenient)
        if told["mark"] != _MARK or Origin(**told["origin"]) != origin:
            return None
        tables = {
            name: Staged(
                _with_further(name, told["further"][name]), settings.tables[name], [], columns
            )
            for name, columns in told["columns"].items()
        }
        connection = duckdb.connect(str(place / _TABLES), read_only=True, config=dict(config))
    except (OSError, ValueError, KeyError, TypeError, duckdb.Error):
        return None
    return Found(
        connection, tables, Notes(**told["notes"]), told["reconciliation"], told["data_hash"]
    )
