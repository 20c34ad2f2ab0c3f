"""A roll-up in several passes over ranges of accounts, where all its groups at once would not fit
into the memory limit.

DuckDB turns to disk when the groups of a GROUP BY exceed about half of its memory limit, and then
needs two to four times the processor time, or stops. A pass over a quarter of the accounts fits,
and the passes follow each other in the order of the rows.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from keyacct_utils.book.intake.progress import Progress
from keyacct_utils.contract.faults import BookFaults, Fault

EVERYONE = "1 = 1"
#: Names the memory that DuckDB may use, such as 1GB; ``memory_limit`` in book.toml does so too.
LIMIT_VARIABLE = "KEYACCT_MEMORY_LIMIT"
_LIMIT = r"(\d+(?:\.\d+)?)\s*(bytes|[KMGT]i?B)"
_UNITS = {
    "bytes": 1,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
#: Measured: bytes of one group in DuckDB's hash table, and the part of the limit that it fills
#: before it turns to disk.
_GROUP_BYTES, _FILLED = 330, 0.6
#: One account in so many is looked at, chosen by hash, to find ranges with equally many groups.
_SAMPLE = 256
_BATCH = 250_000


def limit_config(declared: str = "") -> dict[str, str]:
    """DuckDB's setting for the memory that the environment or else the book allows; empty where
    neither says anything.

    Raises
    ------
    BookFaults
        If the limit is not a number with a unit.
    """
    limit, place = (
        (os.environ[LIMIT_VARIABLE], LIMIT_VARIABLE)
        if os.environ.get(LIMIT_VARIABLE)
        else (declared, "book.toml")
    )
    if limit and not re.fullmatch(_LIMIT, limit):
        raise BookFaults(
            [Fault(place, f"memory_limit is {limit!r}", 'write a number and a unit, such as "4GB"')]
        )
    return {"memory_limit": limit} if limit else {}


def account_rows(
    connection: duckdb.DuckDBPyConnection,
    query: Callable[[str], str],
    keys: str,
    source: str,
    condition: str,
) -> Iterator[pa.Table]:
    """The rows of a roll-up in the order of the accounts, in parts, with progress on the terminal.

    Parameters
    ----------
    query : callable
        Gives the roll-up as SQL for a condition on ``account_id``; it ends in ORDER BY.
    keys : str
        What the roll-up groups by, as SQL over the rows.
    source, condition : str
        The rows.
    """
    with Progress(connection, 1) as bar:
        bar.step("counting accounts")
        split = _ranges(connection, keys, source, condition)
    with Progress(connection, len(split)) as bar, _sparing(connection, len(split) > 1):
        for accounts in split:
            bar.step("adding up")
            if len(split) == 1:
                yield connection.sql(query(accounts)).to_arrow_table()
            else:
                yield from _sorted_later(connection, query(accounts))


def _sorted_later(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.Table]:
    """The rows of one pass in batches, sorted when the groups are gone, which leave no room for
    it.
    """
    unsorted, order = query.rsplit("ORDER BY", 1)
    connection.register("pass_rows", connection.sql(unsorted).to_arrow_table())
    try:
        with connection.sql(f"SELECT * FROM pass_rows ORDER BY {order}").to_arrow_reader(
            _BATCH
        ) as batches:
            # map keeps no batch while the next is made
            yield from map(pa.Table.from_batches, map(_listed, batches))
    finally:
        connection.unregister("pass_rows")
        pa.default_memory_pool().release_unused()


def _listed(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    return [batch]


def _ranges(
    connection: duckdb.DuckDBPyConnection, keys: str, source: str, condition: str
) -> list[str]:
    room = _limit_bytes(connection) * _FILLED / _GROUP_BYTES
    # every thread collects groups of its own
    threads = int(connection.sql("SELECT current_setting('threads')").fetchall()[0][0])
    if connection.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0] * threads <= room:
        return [EVERYONE]
    sample = (
        f"SELECT DISTINCT {keys} FROM {source} WHERE "
        f"({condition}) AND hash(account_id) % {_SAMPLE} = 0"
    )
    counted = connection.sql(
        f"SELECT account_id, count(*) FROM ({sample}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    groups = np.cumsum([count for _, count in counted]) * _SAMPLE
    if not len(groups) or groups[-1] * threads <= room:
        return [EVERYONE]
    passes = math.ceil(groups[-1] / room)
    places = np.searchsorted(groups, groups[-1] * np.arange(1, passes) / passes)
    edges = sorted({counted[place][0] for place in places})
    written = ["'" + edge.replace("'", "''") + "'" for edge in edges]
    between = [f"account_id >= {low} AND account_id < {high}" for low, high in pairwise(written)]
    return [
        f"account_id < {written[0]}",
        *between,
        f"(account_id >= {written[-1]} OR account_id IS NULL)",
    ]


def _limit_bytes(connection: duckdb.DuckDBPyConnection) -> float:
    number, unit = re.fullmatch(
        _LIMIT, connection.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    ).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


@contextmanager
def _sparing(connection: duckdb.DuckDBPyConnection, wanted: bool) -> Iterator[None]:
    """One thread while passes run, because two would each hold the same groups; and memory is
    given back after each pass.
    """
    if wanted:
        connection.execute("SET threads = 1; SET allocator_background_threads = true")
    try:
        yield
    finally:
        if wanted:
            connection.execute("RESET threads; RESET allocator_background_threads")
