"""The roll-up: exact, independent of row order and engine settings, and equal to what a hand or pandas gives."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book.rollup import Cut, rollup, rollup_sql, to_cents
from keyacct_utils.contract.conventions import Conventions

COLUMNS = [
    "account_id",
    "line",
    "revenue",
    "cost",
    "volume",
    "n_rows",
    "first_date",
    "last_date",
    "active_months",
    "sold",
    "returned",
    "margin",
    "uncosted",
    "n_uncosted",
]


def connect(rows: list[tuple]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE ledger (account_id VARCHAR, date DATE, line VARCHAR, revenue BIGINT, cost_goods BIGINT, volume DOUBLE)"
    )
    if rows:
        connection.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)", rows)
    return connection


ROWS = [
    ("A2", "2024-01-31", "P", 10_000, 5_000, 1.5),
    ("A1", "2024-02-01", "P", 25, None, 2.0),
    ("A1", "2024-02-28", "P", 25, 1, 2.5),
    ("A1", "2023-12-31", "S", -70_000, 0, None),
    ("A1", None, "S", 1, 0, 0.0),
]


def test_frozen_columns_by_hand():
    frame = rollup(connect(ROWS))
    assert list(frame.columns) == COLUMNS
    assert frame[["account_id", "line"]].values.tolist() == [["A1", "P"], ["A1", "S"], ["A2", "P"]]
    # 25 + 25 of 1/10,000 is half a cent: rounded once, away from zero.
    assert frame["revenue"].tolist() == [0.01, -7.0, 1.0]
    assert frame["cost"].tolist() == [0.0, 0.0, 0.5]
    assert frame["volume"].tolist() == [4.5, 0.0, 1.5]
    assert frame["n_rows"].tolist() == [2, 2, 1]
    # a month with returns alone is no month with a purchase
    assert frame["active_months"].tolist() == [1, 0, 1]
    assert frame["sold"].tolist() == [0.01, 0.0, 1.0]
    assert frame["returned"].tolist() == [0.0, 7.0, 0.0]
    assert frame["margin"].tolist() == [0.0, -7.0, 0.5]
    assert frame["uncosted"].tolist() == [0.0, 0.0, 0.0]
    assert frame["n_uncosted"].tolist() == [1, 0, 0]
    assert frame["first_date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-02-01",
        "2023-12-31",
        "2024-01-31",
    ]


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("year", ["", "2023", "2024", "2024"]),
        ("quarter", ["", "2023Q4", "2024Q1", "2024Q1"]),
        ("month", ["", "2023-12", "2024-01", "2024-02"]),
    ],
)
def test_periods(period, labels):
    frame = rollup(connect(ROWS), cut=Cut(period=period, by_line=False))
    assert list(frame.columns) == ["account_id", "period", *COLUMNS[1:]]
    assert sorted(frame["period"]) == labels
    assert set(frame["line"]) == {"all"}


def test_keeping_a_line_and_a_time():
    connection = connect(ROWS)
    assert rollup(connection, cut=Cut(line="P", start=pd.Timestamp("2024-02-01").date()))[
        "account_id"
    ].tolist() == ["A1"]
    assert rollup(connection, cut=Cut(end=pd.Timestamp("2023-12-31").date()))[
        "revenue"
    ].tolist() == [-7.0]
    assert rollup(connection, cut=Cut(line="it's")).empty
    unnamed = connect([*ROWS, ("A3", None, None, 5, 0, 0.0)])
    assert rollup(unnamed, cut=Cut(line=""))["account_id"].tolist() == ["A3"]
    with pytest.raises(ValueError, match="'week'"):
        rollup(connection, cut=Cut(period="week"))


def test_months_are_counted_over_decades():
    days = pd.date_range("1990-01-15", "2024-12-15", freq="30D")
    frame = rollup(connect([("A1", day.date(), "P", 1, 0, 0.0) for day in days]))
    assert frame["active_months"].tolist() == [len({(day.year, day.month) for day in days})]


def test_no_rows_give_no_rows():
    frame = rollup(connect([]))
    assert list(frame.columns) == COLUMNS and frame.empty


@given(st.integers(-(10**15), 10**15))
def test_cents_are_rounded_half_away_from_zero(amount):
    expected = (Decimal(amount) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert to_cents(np.array([amount]))[0] == float(expected)


ROW = st.tuples(
    st.sampled_from(["A1", "A2", "A3", "a1", "Ä"]), st.none() | st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2024-12-31").date()),
    st.sampled_from(["P", "S"]), st.integers(-(10**13), 10**13), st.none() | st.integers(0, 10**13),
    st.none() | st.floats(-1e6, 1e6).map(lambda x: round(x, 3)),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    st.lists(ROW, min_size=1, max_size=40),
    st.randoms(use_true_random=False),
    st.sampled_from([None, "month"]),
)
def test_row_order_changes_nothing(rows, random, period):
    shuffled = rows[:]
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(
        rollup(connect(rows), cut=Cut(period=period)),
        rollup(connect(shuffled), cut=Cut(period=period)),
    )


@settings(deadline=None, max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=40))
def test_equal_to_integer_arithmetic(rows):
    frame = rollup(connect(rows)).set_index(["account_id", "line"])
    for (account, line), row in frame.iterrows():
        mine = [item for item in rows if (item[0], item[2]) == (account, line)]
        assert row["revenue"] == to_cents(np.array([sum(item[3] for item in mine)]))[0]
        assert row["cost"] == to_cents(np.array([sum(item[4] or 0 for item in mine)]))[0]
        assert row["n_rows"] == len(mine)
        exact = [
            ("sold", sum(max(item[3], 0) for item in mine)),
            ("returned", -sum(min(item[3], 0) for item in mine)),
            ("margin", sum(item[3] - (item[4] or 0) for item in mine)),
            ("uncosted", sum(item[3] for item in mine if item[4] is None)),
        ]
        for name, amount in exact:
            assert row[name] == to_cents(np.array([amount]))[0]
        assert row["n_uncosted"] == sum(item[4] is None for item in mine)
        assert row["active_months"] == len(
            {(item[1].year, item[1].month) for item in mine if item[1] and item[3] > 0}
        )


def test_float_sums_would_swap_ranks_where_integers_do_not():
    amounts = [1e14, *[0.1] * 10, -1e14]
    rows = [("A1", None, "P", round(amount * 10_000), 0, 0.0) for amount in amounts] + [
        ("A2", None, "P", 10_000, 0, 0.0)
    ]
    frame = rollup(connect(rows[::-1]))
    assert frame["revenue"].tolist() == [1.0, 1.0]
    assert sum(amounts) != 1.0


@pytest.mark.parametrize("engine", ["spark", "postgres"])
def test_the_text_is_plain_enough_to_translate(engine):
    text = sqlglot.transpile(
        rollup_sql(cut=Cut(period="quarter", line="P", start=pd.Timestamp("2024-01-01").date())),
        read="duckdb",
        write=engine,
    )
    assert len(text) == 1
    assumed = Cut(conventions=Conventions(standard_cost=0.7))
    text += sqlglot.transpile(rollup_sql(cut=assumed), read="duckdb", write=engine)
    assert "CAST(0.700000 AS DECIMAL(10, 6))" in text[1]
    for word in ("OVER (", "FILTER (", "COUNT(DISTINCT"):
        assert word not in " ".join(text).upper()
