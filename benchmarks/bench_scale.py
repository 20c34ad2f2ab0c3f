"""The roll-up of ledgers of 10 and 100 million rows under a memory limit, each measured in a
process of its own.

    python benchmarks/bench_scale.py [--memory 1GB] [--rounds 1] [--sizes 10x0.5 10x5 100x5]

A size is millions of rows x millions of accounts. The rows are made by DuckDB, two million at a
time, as one Parquet file for each stretch of days, so that 2 % of the accounts hold 27 % of the
rows; the folder is removed at the end.

open        `Book.open`, with all checks of the contract and all remarks on the book.
roll-up     `Book.rollup` to the finished frame; peak memory of this alone.
bare        the same SQL over the same files, run by DuckDB without a book and without pandas.
one query   the roll-up in one query without a memory limit, run by DuckDB alone.
pandas      what an analyst would write, with the rows of the smallest size in memory.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

MILLION = 1_000_000
PIECE = 2 * MILLION
DAYS, FIRST = 1461, "2021-01-01"
#: First and last month of the rows, as year x 12 + month.
MONTHS = {"first_month": 2021 * 12 + 1, "last_month": 2024 * 12 + 12}
AIMS = (
    "Aims under the limit: peak memory at most 1.5 GB, "
    "CPU growth at most 12, roll-up at most 1.15 x bare."
)


def generate(folder: Path, rows: int, accounts: int) -> None:
    """A book with a ledger of ``rows`` postings over four years; most accounts have one main line
    of three.
    """
    (folder / "ledger").mkdir(parents=True)
    connection = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": False})
    for number, first in enumerate(range(0, rows, PIECE)):
        begin, end = (
            DAYS * first // rows,
            max(DAYS * min(first + PIECE, rows) // rows, DAYS * first // rows + 1),
        )
        connection.execute(f"""
            COPY (SELECT 'A' || lpad(CAST(a AS VARCHAR), 7, '0') AS account_id,
                    DATE '{FIRST}' + CAST({begin} + hash(i, 1) % {end - begin} AS INTEGER) AS date,
                    ['P', 'S', 'E'][1 + CAST(CASE WHEN hash(i, 2) % 100 < 92 THEN hash(a) ELSE hash(i, 2) END % 3 AS INT)] line,
                    round(revenue, 2) AS revenue, round(revenue * (0.5 + hash(i, 4) % 5000 / 10000), 2) AS cost_goods,
                    CAST(hash(i, 5) % 1000 AS DOUBLE) AS volume
                FROM (SELECT i, a, 3e6 / (a + 30) * (0.5 + hash(i, 3) % 1000000 / 1e6) AS revenue
                    FROM (SELECT i, CAST(floor({accounts} * pow(hash(i) % 1000000000 / 1e9, 3)) AS BIGINT) AS a
                        FROM range({first}, {min(first + PIECE, rows)}) AS numbers(i))))
            TO '{folder}/ledger/part-{number:03}.parquet' (FORMAT parquet)""")
    toml = (
        'contract_version = 1\nname = "Bench"\ncurrency = '
        '"CNY"\n[tables.ledger]\npath = "ledger/*.parquet"\n'
    )
    (folder / "book.toml").write_text(toml)


def source(folder: Path) -> str:
    """The ledger's rows as the roll-up wants them, without a book."""
    return (
        "(SELECT account_id, date, line, CAST(round(revenue * 10000) AS BIGINT) AS revenue, "
        "CAST(round(cost_goods * 10000) AS BIGINT) AS cost_goods, volume "
        f"FROM read_parquet('{folder}/ledger/*.parquet'))"
    )


def measured(work: Callable[[], object]) -> dict[str, float]:
    """CPU and wall seconds, rows of the answer, and the most memory that was in use meanwhile."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / MILLION * 1024 / 1000
    return {**spent, "peak": peak, "rows": answer if isinstance(answer, int) else len(answer)}  # type: ignore[arg-type]


def child_book(folder: Path) -> dict[str, dict[str, float]]:
    """Open the book and roll it up."""
    from keyacct_utils.book import Book

    opened: list[Book] = []
    spent = {"open": measured(lambda: opened.append(Book.open(folder)) or 0)}
    return spent | {"roll-up": measured(lambda: opened[0].rollup())}


def child_bare(folder: Path) -> dict[str, dict[str, float]]:
    """The same SQL without a book."""
    from keyacct_utils.book import passes
    from keyacct_utils.book.rollup import rollup_sql

    with tempfile.TemporaryDirectory(dir=folder) as spill:
        connection = duckdb.connect(config={"temp_directory": spill, **passes.limit_config()})
        rows = source(folder)
        query = functools.partial(rollup_sql, rows, **MONTHS)
        keys = "account_id, '' AS period, COALESCE(line, '') AS line"
        parts = passes.account_rows(
            connection, lambda accounts: query(accounts=accounts), keys, rows, "1 = 1"
        )
        return {"bare": measured(lambda: sum(part.num_rows for part in parts))}


def child_one_query(folder: Path) -> dict[str, dict[str, float]]:
    """One query, as much memory as it likes."""
    from keyacct_utils.book.rollup import rollup_sql

    connection = duckdb.connect()
    query = rollup_sql(source(folder), **MONTHS)
    return {"one query": measured(lambda: connection.sql(query).to_arrow_table().num_rows)}


def child_pandas(folder: Path) -> dict[str, dict[str, float]]:
    """Plain pandas, reading included."""
    import pandas as pd
    from bench_rollup import plain_pandas

    return {
        "pandas": measured(
            lambda: plain_pandas(
                pd.read_parquet(folder / "ledger").astype({"date": "datetime64[s]"})
            )
        )
    }


CHILDREN = {
    "book": child_book,
    "bare": child_bare,
    "one_query": child_one_query,
    "pandas": child_pandas,
}


def run(children: list[str], folder: Path, memory: str, rounds: int) -> dict[str, dict[str, float]]:
    """What the children measured, in turn; of several rounds the one with the least CPU."""
    found: dict[str, dict[str, float]] = {}
    for child in children * rounds:
        command = [sys.executable, __file__, "--child", child, str(folder)]
        environment = {**os.environ, "KEYACCT_MEMORY_LIMIT": memory, "TMPDIR": str(folder)}
        output = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, check=True, text=True
        ).stdout
        for name, spent in json.loads(output).items():
            found[name] = min(spent, found.get(name, spent), key=lambda item: item["cpu"])
        left = [path.name for path in folder.iterdir() if path.name not in ("ledger", "book.toml")]
        assert not left, f"temporary files were left: {left}"
    return found


def report(
    size: str, folder: Path, options: argparse.Namespace, first: bool
) -> dict[str, dict[str, float]]:
    """Measure one size and print its rows of the table."""
    found = run(
        ["book", "bare", "one_query", *(["pandas"] if first else [])],
        folder,
        options.memory,
        options.rounds,
    )
    rows, accounts = size.split("x")
    for name, spent in found.items():
        ratio = f"{spent['cpu'] / found['bare']['cpu']:.2f}" if name != "open" else ""
        answer = f"{spent['rows']:,}" if spent["rows"] else ""
        cells = (f"{spent['cpu']:.1f}", f"{spent['wall']:.1f}", f"{spent['peak']:.2f}", ratio)
        print(
            "|", " | ".join((f"{rows} M", f"{accounts} M", name, answer, *cells)), "|", flush=True
        )
    return found


def main() -> None:
    """Print the table and the growth of CPU from each size to the last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sizes", nargs="+", default=["10x0.5", "10x5", "100x5"])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CHILDREN[options.child[0]](Path(options.child[1]))))
        return
    print(
        "| rows | accounts | | account rows | CPU s | wall s | peak "
        "GB | CPU to bare |\n|---|---|---|---|---|---|---|---|"
    )
    cpu = {}
    for size in options.sizes:
        folder = Path(
            tempfile.mkdtemp(prefix="keyacct-bench-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        )
        try:
            generate(folder, *(round(float(part) * MILLION) for part in size.split("x")))
            cpu[size] = report(size, folder, options, first=size == options.sizes[0])["roll-up"][
                "cpu"
            ]
        finally:
            shutil.rmtree(folder)
    last = options.sizes[-1]
    for size in options.sizes[:-1]:
        print(f"CPU growth of the roll-up from {size} to {last}: {cpu[last] / cpu[size]:.1f}")
    print(AIMS)


if __name__ == "__main__":
    main()
