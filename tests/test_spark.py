"""A ledger on local Spark gives what the same rows in DuckDB give, row by row."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.running import runner
from tests.test_databases import CALLS, ROWS, SET

#: As in the databases' test, with the days at both ends of a month and a year.
LEDGER = [
    *ROWS,
    ("末日", "2023-12-31", "P", "1.005", "1", "1"),
    ("末日", "2024-01-01", "P", "2.005", "1", "1"),
]
TOP = 'contract_version = 1\nname = "Spark"\nperiod = "all"\n'


def parquet(path: Path, rows: list[tuple]) -> None:
    accounts, dates, lines, revenue, cost, volume = zip(*rows, strict=True)
    pq.write_table(
        pa.table(
            {
                "account_id": pa.array(accounts, pa.string()),
                "date": pa.array(
                    [dt.date.fromisoformat(day) if day else None for day in dates], pa.date32()
                ),
                "line": pa.array(lines, pa.string()),
                "revenue": pa.array(
                    [Decimal(value) if value else None for value in revenue], pa.decimal128(20, 5)
                ),
                "cost_goods": pa.array(
                    [Decimal(value) if value else None for value in cost], pa.decimal128(20, 5)
                ),
                "volume": pa.array(
                    [float(value) if value else None for value in volume], pa.float64()
                ),
            }
        ),
        path,
    )


@pytest.fixture(scope="session")
def spark(tmp_path_factory) -> Iterator[object]:
    pyspark = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (make spark)")
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine (Debian: apt install openjdk-17-jre-headless)")
    builder = pyspark.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "2").config(
        "spark.driver.bindAddress", "127.0.0.1"
    )
    builder = builder.config(
        "spark.sql.warehouse.dir", (tmp_path_factory.mktemp("warehouse")).as_uri()
    )
    session = (
        builder.config("spark.log.level", "OFF")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Part files as a cluster leaves them, and the same rows as one file for DuckDB."""
    made = tmp_path_factory.mktemp("spark")
    (made / "ledger").mkdir()
    parquet(made / "ledger" / "part-0.parquet", LEDGER[:5])
    parquet(made / "ledger" / "part-1.parquet", LEDGER[5:])
    pd.DataFrame(
        LEDGER, columns=["account_id", "date", "line", "revenue", "cost_goods", "volume"]
    ).to_csv(made / "ledger.csv", index=False)
    ids = sorted({row[0].strip() for row in LEDGER})
    pd.DataFrame(
        {"account_id": ids, "group_id": ["G" if i < 2 else None for i in range(len(ids))]}
    ).to_csv(made / "accounts.csv", index=False)
    return made


def book(folder: Path, ledger: str, top: str = "", rest: str = "") -> Book:
    (folder / "book.toml").write_text(
        f"{TOP}{top}\n[tables.ledger]\n{ledger}\n{rest}\n", encoding="utf-8"
    )
    return Book.open(folder)


ON_SPARK = 'spark = "ledger/*.parquet"'
ACTIVE = 'spark_master = "active"\n'


@pytest.mark.parametrize(
    ("top", "rest"),
    [
        *SET.values(),
        (
            'group_by = "group_id"\nexclude = { z = "ours" }\n',
            '[tables.accounts]\npath = "accounts.csv"',
        ),
    ],
    ids=[*SET, "groups"],
)
def test_spark_gives_what_duckdb_gives(spark, folder, top, rest):
    there, here = (
        book(folder, ON_SPARK, ACTIVE + top, rest),
        book(folder, 'path = "ledger.csv"', top, rest),
    )
    assert there._remote is not None
    # a query on local Spark takes a second or two: the other conventions are tried where they matter
    for call in [
        call for call in CALLS if not top or call in ({}, {"period": "year"}, {"period": "quarter"})
    ]:
        pd.testing.assert_frame_equal(there.rollup(**call), here.rollup(**call), obj=str(call))
    pd.testing.assert_frame_equal(there.totals(), here.totals())
    pd.testing.assert_series_equal(there.names(), here.names())
    assert there.period_dates("2024") == here.period_dates("2024")


def test_row_order_and_partitions_change_nothing(spark, folder, tmp_path):
    (tmp_path / "ledger").mkdir()
    parquet(tmp_path / "ledger" / "all.parquet", LEDGER[::-1])
    pd.testing.assert_frame_equal(
        book(tmp_path, ON_SPARK, ACTIVE).rollup(), book(folder, ON_SPARK, ACTIVE).rollup()
    )


def test_a_table_of_the_catalog(spark, folder):
    spark.read.parquet(str(folder / "ledger")).createOrReplaceTempView("sales_of_all_years")
    there = book(folder, 'spark = "sales_of_all_years"', ACTIVE)
    pd.testing.assert_frame_equal(there.rollup(), book(folder, 'path = "ledger.csv"').rollup())


def test_the_contract_is_checked_there(spark, tmp_path):
    (tmp_path / "ledger").mkdir()
    table = pa.table(
        {
            "account_id": ["A", None, "B", "O'Brien", "A"],
            "revenue": pa.array([1.0, 2.0, float("nan"), 4.0, 8.0]),
            "date": pa.array(
                [
                    dt.date(24, 1, 5),
                    dt.date(2024, 1, 5),
                    dt.date(2024, 1, 6),
                    None,
                    dt.date(2024, 1, 7),
                ]
            ),
        }
    )
    pq.write_table(table, tmp_path / "ledger" / "x.parquet")
    (tmp_path / "accounts.csv").write_text("account_id\nA\nB\n", encoding="utf-8")
    rest = '[tables.accounts]\npath = "accounts.csv"'
    with pytest.raises(BookFaults) as caught:
        book(tmp_path, ON_SPARK, ACTIVE, rest)
    for piece in (
        "ledger.account_id (Spark): 1 row: empty",
        "ledger.revenue (Spark): 1 row: not an amount: account B: NaN",
        "1 row: out of range: account A: 0024-01-05",
        "1 row: not in the table accounts: account O'Brien: O'Brien",
    ):
        assert piece in str(caught.value), str(caught.value)
    opened = Book.open(tmp_path, quarantine=tmp_path / "aside.csv")
    ledger = next(item for item in opened.reconciliation if item["table"] == "ledger")
    assert (ledger["rows"], ledger["rows used"], ledger["money set aside"]) == (5, 1, 7.0)
    assert opened.rollup()["account_id"].tolist() == ["A"]


@pytest.mark.parametrize(
    ("ledger", "top", "wanted"),
    [
        (ON_SPARK, "", "the book does not say where Spark runs"),
        ('spark = "nowhere.parquet"', ACTIVE, "there is no file 'nowhere.parquet'"),
        ('spark = "../x/*.parquet"', ACTIVE, "leads out of the book's folder"),
        (
            'spark = "no_such_table"',
            ACTIVE,
            "Spark does not answer: The table or view `no_such_table` cannot be found",
        ),
        ('spark = "s3a://bucket/x"\npath = "ledger.csv"', ACTIVE, "names path and spark"),
        (
            'spark = "ledger/*.parquet"\ncolumns = { revenue = "amount" }',
            ACTIVE,
            "the column 'amount' is missing",
        ),
        (
            'spark = "texts.parquet"',
            ACTIVE,
            "date, revenue of Spark hold text where the contract has amounts, numbers or dates",
        ),
    ],
)
def test_what_goes_wrong_is_one_clear_line(spark, folder, ledger, top, wanted):
    pq.write_table(
        pa.table({"account_id": ["A"], "revenue": ["1,200"], "date": ["2024-01-05"]}),
        folder / "texts.parquet",
    )
    with pytest.raises(BookFaults) as caught:
        book(folder, ledger, top)
    assert wanted in str(caught.value), str(caught.value)
    assert len(str(caught.value).splitlines()) <= 6


def test_a_second_table_cannot_be_on_spark(spark, folder):
    with pytest.raises(BookFaults, match="only the ledger can stay on Spark"):
        book(folder, ON_SPARK, ACTIVE, '[tables.accounts]\nspark = "accounts"')


def test_without_pyspark_the_way_out_is_said(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(BookFaults, match="PySpark is not installed") as caught:
        book(folder, ON_SPARK, ACTIVE)
    assert "make spark" in str(caught.value)


def test_a_lesson_runs_on_a_book_on_spark(spark, folder, tmp_path):
    (folder / "book.toml").write_text(
        f'{TOP}spark_master = "local[1]"\n[tables.ledger]\n{ON_SPARK}\n', encoding="utf-8"
    )
    summary = runner.run(
        book=folder / "book.toml", lessons=["01"], out=tmp_path / "out", progress=False
    )
    assert summary.exit_code == 0, str(summary)
