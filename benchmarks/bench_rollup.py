"""The roll-up against plain pandas and against the bare DuckDB query, on the same generated rows in
one run.

CPU seconds of this process, the least of several rounds taken in turn, so that a noisy machine hits
all alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd

from keyacct_utils.book.rollup import rollup, rollup_sql

ROWS_PER_ACCOUNT = 100


def generate(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """A table ``ledger`` of ``rows`` postings over four years in three lines."""
    accounts = rows // ROWS_PER_ACCOUNT
    connection.execute(f"""
        CREATE OR REPLACE TABLE ledger AS
        SELECT 'A' || lpad(CAST(hash(i) % {accounts} AS VARCHAR), 7, '0') AS account_id,
               DATE '2021-01-01' + CAST(hash(i, 1) % 1461 AS INTEGER) AS date,
               ['P', 'S', 'E'][1 + CAST(hash(i, 2) % 3 AS INTEGER)] AS line,
               CAST(hash(i, 3) % 100000000 AS BIGINT) AS revenue,
               CAST(hash(i, 4) % 80000000 AS BIGINT) AS cost_goods,
               CAST(hash(i, 5) % 1000 AS DOUBLE) AS volume
        FROM range({rows}) AS numbers(i)""")


def plain_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """The same answer as an analyst would write it."""
    months = frame.assign(month=frame["date"].dt.year * 12 + frame["date"].dt.month)
    grouped = months.groupby(["account_id", "line"], sort=True)
    return grouped.agg(
        revenue=("revenue", "sum"),
        cost=("cost_goods", "sum"),
        volume=("volume", "sum"),
        n_rows=("revenue", "size"),
        first_date=("date", "min"),
        last_date=("date", "max"),
        active_months=("month", "nunique"),
    ).reset_index()


def least_cpu(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least CPU seconds of each task over rounds in turn."""
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            spent[name].append(time.process_time() - start)
    return {name: min(times) for name, times in spent.items()}


def main() -> None:
    """Print the ratios for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(
        "rows         bare query  roll-up   pandas    roll-up/bare  pandas/roll-up   (CPU seconds)"
    )
    for rows in options.rows:
        connection = duckdb.connect()
        generate(connection, rows)
        frame = (
            connection.sql("SELECT * FROM ledger").to_arrow_table().to_pandas(date_as_object=False)
        )
        ours, theirs = rollup(connection), plain_pandas(frame)
        assert np.array_equal(ours["active_months"], theirs["active_months"]) and ours[
            "account_id"
        ].equals(theirs["account_id"])
        query = rollup_sql(first_month=2021 * 12 + 1, last_month=2024 * 12 + 12)
        tasks = {
            "bare": lambda c=connection, q=query: c.sql(q).to_arrow_table(),
            "ours": lambda c=connection: rollup(c),
            "pandas": lambda f=frame: plain_pandas(f),
        }
        cpu = least_cpu(tasks, options.rounds)
        ratios = f"{cpu['ours'] / cpu['bare']:12.2f}  {cpu['pandas'] / cpu['ours']:14.2f}"
        print(f"{rows:11,}  {cpu['bare']:9.2f}  {cpu['ours']:7.2f}  {cpu['pandas']:7.2f}  {ratios}")


if __name__ == "__main__":
    main()
