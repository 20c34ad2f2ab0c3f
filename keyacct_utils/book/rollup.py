"""Transactions to rows per account: one SQL text, integer money, the same result in any row
order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from keyacct_utils.book import passes
from keyacct_utils.book.intake.progress import interruptible
from keyacct_utils.contract.conventions import Conventions
from keyacct_utils.contract.tables import MONEY_SCALE

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

Period = Literal["year", "quarter", "month", "day"]

SQL = (Path(__file__).parent / "rollup.sql").read_text(encoding="utf-8")

#: Amounts are reported to this fraction of the currency unit.
CENTS = 100
_STEP = MONEY_SCALE // CENTS
#: Months that one BIGINT holds as bits, sign and one bit to spare.
_BITS = 62
_MONTH = "EXTRACT(YEAR FROM date) * 12 + EXTRACT(MONTH FROM date)"
_LINE = "COALESCE(line, '')"
#: Columns of a roll-up behind those that a reader looks for first.
LATER = ("sold", "returned", "margin", "uncosted", "n_uncosted")
#: What is added up where account rows are.
_SUMS = ("revenue", "cost", "volume", "n_rows", "sold", "uncosted", "n_uncosted")
_OPTIONAL = {"date": "DATE", "line": "VARCHAR", "volume": "DOUBLE", "cost_goods": "BIGINT"}


CALENDAR_AND_NET = Conventions()


@dataclass(frozen=True)
class Cut:
    """What a roll-up is cut by.

    Parameters
    ----------
    period : {None, "year", "quarter", "month", "day"}
        Adds a text column ``period``: "2024", "2024Q1", "2024-03", "2024-03-05"; empty for rows
        without a date.
    by_line : bool
        False adds the lines up and sets ``line`` to "all".
    line : str, optional
        Keep one line of business; "" keeps the rows without one.
    start, end : date, optional
        Keep rows dated from ``start`` to ``end``, both included.
    conventions : Conventions
        Which months make a year, what it is called, and whether returns are taken off.
    """

    period: Period | None = None
    by_line: bool = True
    line: str | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    conventions: Conventions = CALENDAR_AND_NET

    @property
    def kept(self) -> str:
        """Which postings count, as SQL."""
        conditions = [self.conventions.kept_sql]
        if self.line is not None:
            conditions.append(f"{_LINE} = '" + self.line.replace("'", "''") + "'")
        if self.start is not None:
            conditions.append(f"date >= DATE '{self.start:%Y-%m-%d}'")
        if self.end is not None:
            conditions.append(f"date <= DATE '{self.end:%Y-%m-%d}'")
        return " AND ".join(conditions)


WHOLE = Cut()


def _label(period: Period | None, conventions: Conventions) -> str:
    """Name of the period of a row, as SQL."""
    if period is None:
        return "''"
    year = conventions.year_sql()
    labels = {
        "year": year,
        "quarter": f"CONCAT({year}, 'Q', {conventions.quarter_sql()})",
        "month": "CONCAT(LPAD(CAST(EXTRACT(YEAR FROM date) AS VARCHAR), 4, '0'), '-', "
        "LPAD(CAST(EXTRACT(MONTH FROM date) AS VARCHAR), 2, '0'))",
    }
    labels["day"] = (
        f"{labels['month'][:-1]}, '-', LPAD(CAST(EXTRACT(DAY FROM date) AS VARCHAR), 2, '0'))"
    )
    if period not in labels:
        raise ValueError(f"period is {period!r}; use None, 'year', 'quarter', 'month' or 'day'")
    return f"CASE WHEN date IS NULL THEN '' ELSE {labels[period]} END"


def rollup_sql(
    source: str = "ledger",
    cut: Cut = WHOLE,
    *,
    first_month: int = 0,
    last_month: int = -1,
    accounts: str = "1 = 1",
) -> str:
    """The roll-up as SQL text, for an engine to run over ``source``; ``accounts`` is a condition on
    the accounts to take.

    The months from ``first_month`` to ``last_month`` (year x 12 + month) come back as bits, `_BITS`
    to a column.
    """
    masks = []
    for number, begin in enumerate(range(first_month, last_month + 1, _BITS)):
        bit = f"CAST(1 AS BIGINT) << CAST({_MONTH} - {begin} AS INTEGER)"
        within = f"{_MONTH} BETWEEN {begin} AND {min(begin + _BITS - 1, last_month)}"
        masks.append(
            f",\n    COALESCE(BIT_OR(CASE WHEN revenue > 0 AND {within} THEN {bit} END), 0) "
            f"AS months_{number}"
        )
    return SQL.format(
        months="".join(masks),
        period=_label(cut.period, cut.conventions),
        line=_LINE if cut.by_line else "'all'",
        cost=cut.conventions.cost_sql,
        source=source,
        condition=f"{cut.kept} AND {accounts}",
        # what is the same in all rows is not grouped by
        keys=", ".join(["1", *(["2"] if cut.period else []), *(["3"] if cut.by_line else [])]),
    )


def to_cents(amounts: np.ndarray) -> np.ndarray:
    """Integers of 1/10,000 rounded half away from zero to cents, as currency units."""
    magnitude = (np.abs(amounts) + _STEP // 2) // _STEP
    return np.sign(amounts) * magnitude / CENTS


def rollup(
    connection: duckdb.DuckDBPyConnection,
    source: str = "ledger",
    cut: Cut = WHOLE,
    columns: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row per account and line (and period) from a table of transactions.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds ``source``: ``account_id``, ``revenue`` and ``cost_goods`` as integers of 1/10,000
        currency unit, and, where
        ``columns`` names them, ``date``, ``line`` and ``volume``. A
        `keyacct_utils.book.engines.remote.Remote` will do as well.
    cut : Cut
        Period, line, dates and conventions.
    columns : collection of str, optional
        The columns that ``source`` has; default: all of them. An absent one gives missing values,
        never an invented zero.

    Returns
    -------
    DataFrame
        ``account_id, [period,] line, revenue, cost, volume, n_rows, first_date, last_date,
        active_months, sold, returned, margin, uncosted, n_uncosted``, in that order of rows. Money
        in currency units, rounded half away from zero to cents once per row. The sum of nothing is
        0.
        ``active_months`` counts the calendar months with at least one sale: returns alone are none.
        ``sold`` is revenue before returns, ``returned`` what they take off, ``margin`` revenue less
        cost, each rounded by itself;
        ``uncosted`` and ``n_uncosted`` are the revenue and the number of the rows without a cost of
        goods, which ``cost`` holds nothing for, or the book's ``standard_cost``.

    Raises
    ------
    ValueError
        If ``period``, ``start`` or ``end`` is asked for and the transactions have no date.
    """
    have = set(columns) if columns is not None else {"account_id", "revenue", *_OPTIONAL}
    parts = _parts(connection, source, have, cut)
    # map keeps no part while the next is made
    frames = map(partial(as_frame, have=have, period=cut.period), parts)
    return interruptible(partial(_joined, frames), [connection])


def account_rows(
    connection: duckdb.DuckDBPyConnection | Remote,
    source: str,
    have: Collection[str],
    cut: Cut = WHOLE,
) -> pa.Table:
    """The roll-up as exact integers, months as bits: rows that can still be added up; see `rollup`
    for the arguments.
    """
    parts = _parts(connection, source, have, cut)
    return pa.concat_tables(list(parts))


def _parts(
    connection: duckdb.DuckDBPyConnection | Remote,
    source: str,
    have: Collection[str],
    cut: Cut,
) -> Iterator[pa.Table]:
    """The account rows in one part, or in several where DuckDB would run out of memory."""
    if "date" not in have and (cut.period or cut.start is not None or cut.end is not None):
        raise ValueError(
            "the transactions have no date: leave out period, "
            "start and end, or add ledger.date to the book"
        )
    if "line" not in have and cut.line is not None:
        raise ValueError(
            "the transactions have no line, so that line = "
            f"{cut.line!r} cannot be kept; add ledger.line to the book"
        )
    absent = [
        f"CAST(NULL AS {kind}) AS {name}" for name, kind in _OPTIONAL.items() if name not in have
    ]
    relation = (
        f"(SELECT *, {', '.join(absent)} FROM {source}) AS transactions" if absent else source
    )
    first, last = connection.sql(f"SELECT MIN(date), MAX(date) FROM {relation}").fetchall()[0]
    months = (
        {"first_month": first.year * 12 + first.month, "last_month": last.year * 12 + last.month}
        if first
        else {}
    )
    keys = f"account_id, {_label(cut.period, cut.conventions)} AS period" + (
        f", {_LINE} AS line" if cut.by_line else ""
    )

    def query(accounts: str = passes.EVERYONE) -> str:
        return rollup_sql(relation, cut, accounts=accounts, **months)

    if isinstance(connection, duckdb.DuckDBPyConnection):
        parts = passes.account_rows(connection, query, keys, relation, cut.kept)
    else:
        parts = iter([connection.sql(query()).to_arrow_table()])
    yield from map(_of_known_types, parts)


def _of_known_types(rows: pa.Table) -> pa.Table:
    """An engine whose answer is empty, or all missing, does not say of which type it is."""
    kinds = {name: pa.string() for name in ("account_id", "period", "line")}
    kinds |= {name: pa.date32() for name in ("first_date", "last_date")}
    return rows.cast(pa.schema([(name, kinds.get(name, pa.int64())) for name in rows.column_names]))


def _joined(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    """Frames one below the other, column by column, so that never more than one column is there
    twice.
    """
    columns: dict[str, list[pd.Series]] = {}
    for frame in frames:
        for name in map(str, frame):
            columns.setdefault(name, []).append(frame[name].copy())
        del frame
    return pd.DataFrame(
        {name: pd.concat(columns.pop(name), ignore_index=True) for name in list(columns)},
        copy=False,
    )


def as_frame(rows: pa.Table, have: Collection[str], period: Period | None = None) -> pd.DataFrame:
    """Account rows in currency units, with months counted; columns that the transactions lack are
    missing.
    """
    for i, name in enumerate(
        ("account_id", "period", "line")
    ):  # a copy, or DuckDB's buffers would live as long as the frame
        rows = rows.set_column(
            i, name, pa.concat_arrays([pa.array([], pa.string()), *rows[name].chunks])
        )
    frame = rows.to_pandas(date_as_object=False)
    masks = [name for name in frame if name.startswith("months_")]
    bits = frame[masks].to_numpy("int64")
    frame = frame.drop(columns=masks).assign(
        active_months=np.bitwise_count(bits).sum(axis=1, dtype="int64")
    )
    frame["returned"] = to_cents(frame["sold"].to_numpy() - frame["revenue"].to_numpy())
    frame["margin"] = to_cents(frame["revenue"].to_numpy() - frame["cost"].to_numpy())
    for name in ("revenue", "cost", "sold", "uncosted"):
        frame[name] = to_cents(frame[name].to_numpy())
    frame["volume"] = frame["volume"] / MONEY_SCALE
    for name, own in (("cost", "cost_goods"), ("margin", "cost_goods"), ("volume", "volume")):
        if own not in have:
            frame[name] = np.nan
    for name in ("account_id", "period", "line"):
        frame[name] = frame[name].astype("str")
    order = [name for name in frame if name not in LATER] + list(LATER)
    return frame[[name for name in order if period or name != "period"]]


def added_up(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, account: str, condition: str = "1 = 1"
) -> pa.Table:
    """Account rows added up again under another account.

    Parameters
    ----------
    account : str
        SQL over the rows (which it sees as ``account_row``) that gives the account to count them
        under.
    condition : str
        SQL that says which rows to keep.
    """
    kept = [name for name in rows.column_names if name.startswith("months_")]
    sums = [f"CAST(sum({name}) AS BIGINT) AS {name}" for name in _SUMS]
    dates = ["min(first_date) AS first_date", "max(last_date) AS last_date"]
    bits = [f"bit_or({name}) AS {name}" for name in kept]
    connection.register("account_row", rows)
    try:
        select = ", ".join([f"{account} AS account_id", "period", "line", *sums, *dates, *bits])
        query = (
            f"SELECT {select} FROM account_row WHERE {condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return connection.sql(query).to_arrow_table()
    finally:
        connection.unregister("account_row")
