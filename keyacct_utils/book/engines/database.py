"""Tables in a database, by SQLAlchemy: a ledger stays where the contract's arithmetic can be done,
everything else is read in batches.

The address stands in an environment variable and nowhere else: no message repeats it, nor what a
driver says of it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sqlite3
import urllib.parse
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy
from sqlalchemy import exc
from sqlglot import exp
from tqdm import tqdm

from keyacct_utils.book.engines.kinds import KINDS, READ_HERE, Kind
from keyacct_utils.book.engines.remote import ColumnType, Remote
from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.contract.faults import BookFaults, Fault, nearest

# what the pool logs of a dead connection tells the address
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
_BATCH = 50_000
#: Beyond this a float does not hold each whole number.
_FLOAT_HOLDS = 2**53
#: Seconds that a database has to answer a first call.
_PATIENCE = 10
_EXAMPLE = "postgresql://USER:PASSWORD@HOST/DATABASE"
#: By module: the package that brings a driver, and how the address begins where it has to change.
_PACKAGES = {
    "MySQLdb": ("pymysql", "mysql+pymysql://..."),
    "pymysql": ("pymysql", ""),
    "mariadb": ("mariadb", ""),
    "mysql": ("mysql-connector-python", ""),
    "pyodbc": ("pyodbc", ""),
    "pymssql": ("pymssql", ""),
    "oracledb": ("oracledb", ""),
    "cx_Oracle": ("oracledb", "oracle+oracledb://..."),
    "psycopg2": ("psycopg2-binary", ""),
}
#: Kinds of database as an address begins with them.
_KNOWN = (*sorted(KINDS), "sqlite", "mysql+pymysql", "mssql+pyodbc", "oracle+oracledb")
_NO_TABLE = "no such table|42P01|UNKNOWN_TABLE|Table .* does not exist|Not found: Table"
#: Letters of a driver's message.
_MOST_TOLD = 300
_LOST = "the connection to the database was lost"
_GONE = "closed the connection|connection is closed|terminating connection|a closed database"
_MENDS = {
    "password": ("the database refuses the user or the password", "correct them in the address"),
    "database": ("there is no such database on the server", "correct its name in the address"),
    "unreachable": (
        "the database cannot be reached",
        "check host and port in the address, and that the server runs",
    ),
}
_SAID = (
    (
        r"password authentication failed|no password supplied|role .* does not exist|28P01|28000",
        "password",
    ),
    (r"database .* does not exist|3D000", "database"),
    (
        (
            r"connection refused|could not translate|name "
            r"resolution|resolve host|time(d )?out|no route|No such file"
        ),
        "unreachable",
    ),
)


class Connection:
    """A database opened for reading, which sees one state of the data as long as it lives."""

    def __init__(self, source: Source):
        self.source = source
        self.label = (
            f"the database named in {source.database_env}"
            if source.database_env
            else source.paths[0].name
        )
        with self._plainly():
            self.engine = _engine(source)
            self.connection = self.engine.connect()
            if self.engine.dialect.name == "postgresql":
                self.connection = self.connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )

    @property
    def select(self) -> str:
        """What the book asks for, as the database's own SQL."""
        if self.source.query:
            return self.source.query.strip().rstrip(";")
        preparer = self.engine.dialect.identifier_preparer
        # Snowflake's name of a table that was made without quotes is in capitals; quote() knows
        folds = self.engine.dialect.name == "snowflake"
        quote = preparer.quote if folds else preparer.quote_identifier
        return f"SELECT * FROM {'.'.join(quote(part) for part in self.source.table.split('.'))}"

    @contextlib.contextmanager
    def rows(self, query: str) -> Iterator[tuple[list[str], list[Any], Iterator[list[tuple]]]]:
        """Names of the columns, the driver's codes of their types, and the rows in batches."""
        options = {"stream_results": True, "max_row_buffer": _BATCH, "no_parameters": True}
        with self._plainly():
            result = self.connection.execution_options(**options).exec_driver_sql(query)
            described = result.cursor.description if result.cursor is not None else None
            if described is None:
                raise _fault(self.source, "the query gives no rows", "write one SELECT")
            # each partition is a list of SQLAlchemy's rows, which are tuples
            yield (
                [item[0] for item in described],
                [item[1] for item in described],
                result.partitions(_BATCH),
            )  # type: ignore[misc]

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Say in one line of our own what the driver says with addresses in it."""
        try:
            yield
        except ModuleNotFoundError as error:
            package, address = _PACKAGES.get(str(error.name).partition(".")[0], ("", ""))
            mend = "install the package that holds it (docs/databases.md, Drivers)"
            if package:  # MySQLdb, say, is no package's name
                mend = f"pip install {package}{f', and write {address}' if address else ''}"
            raise _fault(self.source, f"the driver {error.name} is not installed", mend) from None
        except exc.NoSuchModuleError:
            address = os.environ.get(self.source.database_env, "")
            kind = KINDS.get(address.partition("://")[0].partition("+")[0])
            if kind is not None and kind.extra:
                raise _fault(
                    self.source,
                    f"the driver for {kind.name} is not installed",
                    f"pip install 'keyacct[{kind.extra}]'",
                ) from None
            scheme = address.partition("://")[0]  # a word of it, never the address
            word = f", {scheme!r}" if re.fullmatch(r"[A-Za-z][\w+.\-]{0,39}", scheme) else ""
            raise _fault(
                self.source,
                f"its address names a kind of database that is not known{word}",
                f"write {_EXAMPLE}; known are {', '.join(_KNOWN)}, and others whose SQLAlchemy "
                "dialect is installed",
            ) from None
        except exc.ArgumentError:
            raise _fault(
                self.source, "its address cannot be read", f"write it like {_EXAMPLE}"
            ) from None
        except (exc.SQLAlchemyError, sqlite3.Error) as error:
            raise _fault(self.source, *self._told(error)) from None

    def _told(self, error: Exception) -> tuple[str, str]:
        cause = getattr(error, "orig", error)
        said = f"{getattr(cause, 'sqlstate', '')} {cause}"
        if not hasattr(self, "connection"):
            known = next(
                (_MENDS[key] for form, key in _SAID if re.search(form, said, re.IGNORECASE)), None
            )
            return known or (
                f"the database cannot be opened ({type(cause).__name__})",
                "check the address",
            )
        if getattr(error, "connection_invalidated", False) or _is_lost(cause):
            # or the pool would log an error of its own, with the address, when it is collected
            self.connection.invalidate()
            return _LOST, "try again; nothing was written"
        diagnosis = getattr(cause, "diag", None)
        text = (diagnosis.message_primary if diagnosis else None) or str(cause).partition("\n")[0]
        return f"the database does not answer: {_shortened(text)}", self._tables_hint(said)

    def _tables_hint(self, said: str) -> str:
        if not re.search(_NO_TABLE, said, re.IGNORECASE):
            return "correct the query, or the name of the table"
        try:
            with self.engine.connect() as second:
                seen, schema = sqlalchemy.inspect(second), self.source.table.rpartition(".")[0]
                named = schema in seen.get_schema_names()
                names = (
                    sorted(f"{schema}.{name}" for name in seen.get_table_names(schema))
                    if named
                    else []
                )
                names = names or sorted(seen.get_table_names())
        except exc.SQLAlchemyError:
            names = []
        shown = f"the database has {', '.join(names[:12])}" if names else "the user sees no table"
        return f"{nearest(self.source.table, names)} {shown}".strip()


def _shortened(text: str) -> str:
    """What a driver says, without the address and the query that some repeat."""
    told = re.sub(r"\w+://\S+", "(address)", text).partition(" In scope ")[0]
    return told if len(told) <= _MOST_TOLD else told[:_MOST_TOLD] + "..."


def _is_lost(cause: BaseException) -> bool:
    """Whether the connection is gone. Where the driver gives a code, the text does not count: it
    repeats the query, in which a column may be called "closed".
    """
    code = getattr(cause, "sqlstate", None)
    form = r"08\d{3}|57P0\d" if code else _GONE
    return re.search(form, code or str(cause)) is not None


def _fault(source: Source, problem: str, mend: str) -> BookFaults:
    where = source.database_env or (source.paths[0].name if source.paths else "")
    return BookFaults([Fault(source.name, problem, mend, file=where)])


def _engine(source: Source) -> sqlalchemy.Engine:
    if not source.database_env:
        return _sqlite(source, source.paths[0])
    address = os.environ.get(source.database_env, "")
    if not address:
        raise _fault(
            source,
            f"the environment variable {source.database_env} is not set",
            f"set it to {_EXAMPLE}",
        )
    url = sqlalchemy.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", address))
    if url.get_backend_name() == "sqlite":
        return _sqlite(source, Path(url.database or ""))
    patience = (
        {"connect_timeout": _PATIENCE}
        if url.get_backend_name() in ("postgresql", "mysql", "mariadb")
        else {}
    )
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=patience)


def _sqlite(source: Source, path: Path) -> sqlalchemy.Engine:
    """Read-only, so that neither a wrong name makes an empty file nor a query changes one."""
    if not path.is_file():
        raise _fault(source, "there is no such SQLite file", "correct its path")
    uri = f"file:{urllib.parse.quote(str(path.resolve()))}?mode=ro"
    # the rows may be read by a thread of DuckDB's
    return sqlalchemy.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False)
    )


class DatabaseLedger(Remote):
    """A table or query of a database that can do the contract's arithmetic."""

    def __init__(self, connection: Connection, kind: Kind):
        super().__init__()
        self.connection, self.label, self.given = connection, connection.label, connection.select
        self.dialect, self.kind = kind.dialect, kind

    def translated(self, query: str) -> str:
        """A query in DuckDB's SQL as the database's, with the steps before it."""
        return super().translated(query) + self.kind.settings

    def adapted(self, query: exp.Expr) -> exp.Expr:
        """Functions that count bytes, wrap around or fold names there are written otherwise."""
        return self.kind.adapted(query)

    def types(self) -> dict[str, ColumnType]:
        """Type of each column, as the database describes the query."""
        query = f"SELECT * FROM ({self.given}\n) AS asked LIMIT 0"
        with self.connection.rows(query) as (names, codes, _):
            return {
                name: self.kind.column_type(code) for name, code in zip(names, codes, strict=True)
            }

    def run(self, query: str) -> pa.Table:
        """The answer to a query in the database's own SQL."""
        with self.connection.rows(query) as (given, _, batches):
            names = [
                name if given.count(name) == 1 else f"{name}_{i}" for i, name in enumerate(given)
            ]
            tables = [
                pa.table([_array(column) for column in zip(*batch, strict=True)], names=names)
                for batch in batches
            ]
        if not tables:
            return pa.table([pa.nulls(0) for _ in names], names=names)
        return pa.concat_tables(tables, promote_options="permissive")


def _array(column: Sequence[Any]) -> pa.Array:
    """Values of a driver as Arrow; whole numbers beyond 64 bits as decimals."""
    try:
        return pa.array(column)
    except OverflowError:
        return pa.array([None if value is None else Decimal(value) for value in column])


def find_remote(source: Source, notes: list[str]) -> DatabaseLedger | None:
    """The table where it lies, if that is a database which can do the contract's arithmetic;
    others are read row by row, and a note says why.
    """
    if not source.database_env:
        return None
    connection = Connection(source)
    backend = connection.engine.dialect.name
    if reason := READ_HERE.get(backend):
        notes.append(f"{source.name}: all rows are read here, row by row, since {reason}")
    kind = KINDS.get(backend)
    if kind is None:
        return None
    notes += [f"{source.name}: {kind.name}: {doubt}" for doubt in kind.doubts]
    return DatabaseLedger(connection, kind)


def read_table(local: duckdb.DuckDBPyConnection, name: str, source: Source) -> Part:
    """Copy a table or query into DuckDB as text, in batches, to be parsed and checked like a file.

    Raises
    ------
    BookFaults
        In one line that tells no address: a variable that is not set, a wrong address or password,
        a missing table, a query that does not run, a connection that was lost.
    """
    database, relation = Connection(source), quoted(f"database_{name}")
    with (
        database.rows(database.select) as (header, _, batches),
        tqdm(
            desc=f"reading {name}",
            unit=" rows",
            unit_scale=True,
            delay=2,
            disable=None,
            leave=False,
        ) as bar,
    ):
        fields = ", ".join(f"c{i} VARCHAR" for i in range(len(header)))
        local.execute(f"CREATE OR REPLACE TABLE {relation} ({fields})")
        for batch in batches:
            columns = [
                pa.array([_text(value) for value in column], pa.string())
                for column in zip(*batch, strict=True)
            ]
            local.register("batch", pa.table(columns, names=[f"c{i}" for i in range(len(header))]))
            local.execute(f"INSERT INTO {relation} SELECT * FROM batch")
            local.unregister("batch")
            bar.update(len(batch))
    return Part(
        Path(database.label),
        [str(own) for own in header],
        relation,
        digest=_digest(local, relation),
    )


def _text(value: Any) -> str | None:
    """A value as a file would have it written."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < _FLOAT_HOLDS:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _digest(local: duckdb.DuckDBPyConnection, relation: str) -> str:
    """A fingerprint of the rows that does not depend on their order, which a database is free to
    choose.
    """
    row = f"md5_number_lower(CAST({relation} AS VARCHAR))"
    rows, total = local.execute(
        f"SELECT count(*), sum(CAST({row} AS HUGEINT)) FROM {relation}"
    ).fetchall()[0]
    return f"{rows} {total}"
