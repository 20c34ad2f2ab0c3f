"""Ledgers in ClickHouse (in this process, by chdb) and in Snowflake's dialect (by fakesnow) give
what the same rows in DuckDB give, row by row; for Trino and BigQuery the SQL is parsed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy
import sqlglot
from sqlglot import exp

from keyacct_utils.book import Book
from keyacct_utils.book.engines import spark, staging
from keyacct_utils.book.engines.kinds import KINDS, READ_HERE
from keyacct_utils.book.engines.remote import ColumnType, Remote
from keyacct_utils.contract.faults import BookFaults
from tests.test_databases import BOOK, NAMES, ROWS, SET, assert_same

#: Names whose last byte is that of a blank of Chinese text, days at both ends of a month and of
#: what a small date can hold, a total in capitals of another script.
LEDGER = [
    *ROWS,
    (" 一\u3000", "1969-12-31", "P", "1.005", "1", "1"),
    ("\u3000户\u200b", "1904-02-29", "S", "2.005", "1", "1"),
    ("Ω", "2024-01-01", "p", "-0.00005", None, "1e-7"),
]
#: What an engine calls text, a day, an amount, and a float that may be missing.
CLICKHOUSE = ("String", "Nullable(Date32)", "Nullable(Decimal(18, 5))", "Nullable(Float64)")
SNOWFLAKE = ("varchar", "date", "number(18, 5)", "float")


@dataclass
class Engine:
    """A database that runs here, and how a table is made in it."""

    name: str
    address: str
    types: tuple[str, str, str, str]
    ending: str = ""

    def run(self, *statements: str) -> None:
        made = sqlalchemy.create_engine(self.address, poolclass=sqlalchemy.NullPool)
        with made.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()

    def table(self, name: str, rows: list[tuple]) -> None:
        text, day, amount, number = self.types
        missing = text.replace("String", "Nullable(String)")
        columns = (
            f"account_id {text}, date {day}, line {missing}, revenue {amount}, "
            f"cost_goods {amount}, volume {number}"
        )
        values = ", ".join(
            f"({', '.join(_literal(value, place > 2) for place, value in enumerate(row))})"
            for row in rows
        )
        self.run(
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE TABLE {name} ({columns}){self.ending}",
            f"INSERT INTO {name} VALUES {values}",
        )


def _literal(value: str | None, number: bool) -> str:
    if value is None:
        return "NULL"
    return value if number else "'" + value.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory) -> Iterator[Engine]:
    for name in ("clickhouse_connect", "chdb"):
        pytest.importorskip(name, reason=f"{name} is not installed (make engines)")
    place = tmp_path_factory.mktemp("clickhouse") / "data"
    address = f"clickhousedb://default@localhost/default?interface=chdb&path={place}"
    yield Engine("clickhouse", address, CLICKHOUSE, " ENGINE = MergeTree ORDER BY tuple()")


@pytest.fixture(scope="module")
def snowflake() -> Iterator[Engine]:
    for name in ("fakesnow", "snowflake.sqlalchemy"):
        pytest.importorskip(name, reason=f"{name} is not installed (make engines)")
    import fakesnow
    from fakesnow import variables

    with pytest.MonkeyPatch.context() as patch, fakesnow.patch():
        # it takes '$US', which stands in quotes, for a variable; Snowflake does not
        patch.setattr(variables.Variables, "inline_variables", lambda _, sql: sql)
        yield Engine("snowflake", "snowflake://user:secret@account/DB/PUBLIC", SNOWFLAKE)


@pytest.fixture(params=["clickhouse", "snowflake"])
def engine(request) -> Engine:
    return request.getfixturevalue(request.param)


@pytest.fixture
def engine_book(engine, tmp_path, monkeypatch) -> Callable[..., Path]:
    """Write a book over the engine; its address is in SALES_DB."""
    monkeypatch.setenv("SALES_DB", engine.address)
    folder = tmp_path / "there"
    folder.mkdir()

    def write(rows: list[tuple] = LEDGER, rest: str = "", top: str = "", query: str = "") -> Path:
        engine.table("sales", rows)
        of = {name: name.upper() if engine.name == "snowflake" else name for name in NAMES}
        columns = ", ".join(f'{name} = "{own}"' for name, own in of.items())
        origin = f'query = "{query}"' if query else 'table = "sales"'
        text = (
            f'{BOOK}{top}\n[tables.ledger]\ndatabase_env = "SALES_DB"\n{origin}\n'
            f"columns = {{ {columns} }}\n{rest}\n"
        )
        (folder / "book.toml").write_text(text, encoding="utf-8")
        return folder / "book.toml"

    return write


def here(folder: Path, rows: list[tuple] = LEDGER, rest: str = "", top: str = "") -> Book:
    """The same rows as a file."""
    folder.mkdir()
    pd.DataFrame(rows, columns=list(NAMES)).to_csv(folder / "ledger.csv", index=False)
    text = f'{BOOK}{top}\n[tables.ledger]\npath = "ledger.csv"\n{rest}\n'
    (folder / "book.toml").write_text(text, encoding="utf-8")
    return Book.open(folder)


@pytest.mark.parametrize(
    ("top", "rest"),
    [
        *SET.values(),
        ("", "where = \"line <> 'P'\""),
        ("", 'void.line = ["E"]'),
    ],
    ids=[*SET, "where", "void"],
)
def test_an_engine_gives_what_duckdb_gives(engine, engine_book, tmp_path, top, rest):
    there = rest.replace("line", "LINE") if engine.name == "snowflake" else rest
    assert_same(
        Book.open(engine_book(rest=there, top=top)), here(tmp_path / "here", rest=rest, top=top)
    )


def test_only_account_rows_travel_and_that_rows_may_move_is_said(engine, engine_book):
    book = Book.open(engine_book())
    assert book._remote is not None
    assert sum("each question sees the rows of its moment" in note for note in book.notes) == 1


def test_bad_rows_are_counted_and_named_there(engine, engine_book, tmp_path):
    bad = [
        ("A", "2024-01-01", "P", "5", None, None),
        (" \u3000", "2024-01-01", "P", "5", None, None),
        ("ИТОГО", "2024-01-01", "P", "10", None, None),
        ("合 计", "2024-01-01", "P", "10", None, None),
    ]
    with pytest.raises(BookFaults) as there:
        Book.open(engine_book(bad))
    with pytest.raises(BookFaults) as file:
        here(tmp_path / "here", bad)
    counts = [[(f.column, f.problem, f.count) for f in e.value.faults] for e in (there, file)]
    assert counts[0] == counts[1] and len(counts[0]) == 2


def test_a_sum_that_does_not_fit_is_an_error_and_no_wrong_number(engine, engine_book):
    most = [("A", "2024-01-01", "P", "899999999999999", None, None)] * 2
    engine.types = tuple(kind.replace("18, 5", "38, 5") for kind in engine.types)  # type: ignore[assignment]
    with pytest.raises(BookFaults, match="does not answer"):
        Book.open(engine_book(most)).totals()


def test_what_goes_wrong_is_told_without_the_address(engine, engine_book):
    with pytest.raises(BookFaults) as caught:
        Book.open(engine_book(query="SELECT account_id FROM nowhere"))
    told = str(caught.value)
    assert "the database does not answer" in told and "secret" not in told
    assert (
        "://" not in told and len(told.splitlines()) <= 5 and max(map(len, told.split("\n"))) < 600
    )


# engines that cannot be started here


class Recorded(Remote):
    """A ledger in DuckDB asked as if it were elsewhere, which keeps what it is asked."""

    dialect, label, given = "duckdb", "the recorder", "SELECT * FROM there"

    def __init__(self, rows: list[tuple]):
        super().__init__()
        self.asked: list[exp.Expr] = []
        self.connection = duckdb.connect()
        self.connection.register(
            "text", pa.table(dict(zip(NAMES, zip(*rows, strict=True), strict=True)))
        )
        self.connection.execute(
            "CREATE TABLE there AS SELECT account_id, CAST(date AS DATE) AS date, line, "
            "CAST(revenue AS DECIMAL(18, 5)) AS revenue, CAST(cost_goods AS DECIMAL(18, 5)) AS "
            "cost_goods, CAST(volume AS DOUBLE) AS volume FROM text"
        )

    def types(self) -> dict[str, ColumnType]:
        return dict(zip(NAMES, ("text", "date", "text", "number", "number", "float"), strict=True))

    def adapted(self, query: exp.Expr) -> exp.Expr:
        self.asked.append(query.copy())
        return query

    def run(self, query: str) -> pa.Table:
        return self.connection.sql(query).to_arrow_table()


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> list[exp.Expr]:
    """Every question that a book asks of its ledger."""
    recorded = Recorded(LEDGER)
    folder = tmp_path_factory.mktemp("asked")
    rest = 'where = "line <> \'x\'"\nvoid.line = ["E"]'
    text = f'{BOOK}\n[tables.ledger]\ndatabase_env = "NOWHERE"\ntable = "sales"\n{rest}\n'
    (folder / "book.toml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "_remote", lambda *_: recorded)
        assert_same(Book.open(folder), here(tmp_path_factory.mktemp("file") / "b", rest=rest))
    return recorded.asked


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_question_is_sql_of_the_engine(asked, name):
    kind = KINDS[name]
    written = {kind.adapted(query.copy()).sql(kind.dialect) for query in asked}
    assert len(written) > 20
    for sql in written:
        tree = sqlglot.parse_one(sql, read=kind.dialect)
        # a function that sqlglot does not know there is one that it passed on from DuckDB
        foreign = {node.name for node in tree.find_all(exp.Anonymous)}
        assert foreign <= OWN.get(name, set()), f"{foreign - OWN.get(name, set())} in {sql}"
    if kind.dialect in ("trino", "snowflake"):
        assert not any("<<" in sql for sql in written)


#: Functions of the engine that sqlglot hands through by name.
OWN = {
    "clickhousedb": {
        "lowerUTF8", "upperUTF8", "translateUTF8", "rightUTF8", "leftUTF8", "replaceRegexpAll",
        "accurateCast", "toFloat64", "toInt256", "bitShiftLeft", "least", "greatest",
    },
    "trino": {"BITWISE_LEFT_SHIFT"},
}  # fmt: skip


def test_types_are_told_by_what_the_drivers_call_them():
    click, trino = KINDS["clickhousedb"], KINDS["trino"]
    for code, meant in {
        "Nullable(Decimal(18, 2))": "number",
        "LowCardinality(Nullable(String))": "text",
        "DateTime64(3, 'UTC')": "date",
        "UInt64": "number",
        "UInt256": "text",
        "Nullable(Float64)": "float",
    }.items():
        assert click.column_type(code) == meant, code
    for code, meant in {
        "decimal(18,2)": "number",
        "timestamp(3) with time zone": "date",
        "varchar(20)": "text",
        "double": "float",
    }.items():
        assert trino.column_type(code) == meant, code
    assert KINDS["bigquery"].column_type("BIGNUMERIC") == "number"
    told = ("decimal(20,5)", "timestamp_ntz", "double", "array<int>")
    assert [spark._KIND.column_type(code) for code in told] == ["number", "date", "float", "text"]


@pytest.mark.parametrize("backend", sorted(set(KINDS) - {"postgresql"}))
def test_a_missing_driver_is_named_with_the_way_to_get_it(backend, tmp_path, monkeypatch):
    module = {"clickhousedb": "clickhouse_connect", "bigquery": "sqlalchemy_bigquery"}
    if importlib.util.find_spec(module.get(backend, backend)) is not None:
        pytest.skip("the driver is installed")
    monkeypatch.setenv("SALES_DB", f"{backend}://user:hunter2@host/db")
    text = f'{BOOK}\n[tables.ledger]\ndatabase_env = "SALES_DB"\ntable = "sales"\n'
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BookFaults) as caught:
        Book.open(tmp_path)
    kind = KINDS[backend]
    assert f"the driver for {kind.name} is not installed" in str(caught.value)
    assert f"keyacct[{kind.extra}]" in str(caught.value) and "hunter2" not in str(caught.value)


@pytest.mark.parametrize("backend", sorted(READ_HERE))
def test_others_are_read_here_and_the_reason_is_named(backend, tmp_path, monkeypatch):
    """SQLite stands in for a server of theirs: only its name is another."""
    from tests.test_databases import sqlite_file

    sqlite_file(tmp_path / "there.sqlite", ROWS)
    made = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'there.sqlite'}")
    monkeypatch.setattr(made.dialect, "name", backend)
    monkeypatch.setattr("keyacct_utils.book.engines.database._engine", lambda _: made)
    monkeypatch.setenv("SALES_DB", f"{backend}://somewhere")
    text = f'{BOOK}\n[tables.ledger]\ndatabase_env = "SALES_DB"\ntable = "sales"\n'
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    book = Book.open(tmp_path)
    assert book._remote is None
    assert [n for n in book.notes if READ_HERE[backend] in n and "row by row" in n]
    assert_same(book, here(tmp_path / "here", ROWS))
