"""Transactions to rows per account: one SQL text, integer money, the same result in any row order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from keyacct_utils.tables import MONEY_SCALE

Period = Literal["year", "quarter", "month"]

SQL = (Path(__file__).parent / "rollup.sql").read_text(encoding="utf-8")

_YEAR = "LPAD(CAST(EXTRACT(YEAR FROM date) AS VARCHAR), 4, '0')"
_LABELS = {
    "year": _YEAR,
    "quarter": f"CONCAT({_YEAR}, 'Q', CAST(EXTRACT(QUARTER FROM date) AS VARCHAR))",
    "month": f"CONCAT({_YEAR}, '-', LPAD(CAST(EXTRACT(MONTH FROM date) AS VARCHAR), 2, '0'))",
}
_PERIODS: dict[str | None, str] = {
    None: "''",
    **{name: f"CASE WHEN date IS NULL THEN '' ELSE {label} END" for name, label in _LABELS.items()},
}
#: Amounts are reported to this fraction of the currency unit.
CENTS = 100
_STEP = MONEY_SCALE // CENTS
#: Months that one BIGINT holds as bits, sign and one bit to spare.
_BITS = 62
_MONTH = "EXTRACT(YEAR FROM date) * 12 + EXTRACT(MONTH FROM date)"
_OPTIONAL = {"date": "DATE", "line": "VARCHAR", "volume": "DOUBLE", "cost_goods": "BIGINT"}


def rollup_sql(
    source: str = "ledger",
    *,
    period: Period | None = None,
    by_line: bool = True,
    line: str | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    first_month: int = 0,
    last_month: int = -1,
) -> str:
    """The roll-up as SQL text, for an engine to run over ``source``.

    The months from ``first_month`` to ``last_month`` (year x 12 + month) come back as bits, `_BITS` to a column.
    """
    if period not in _PERIODS:
        raise ValueError(f"period is {period!r}; use None, 'year', 'quarter' or 'month'")
    conditions = ["1 = 1"]
    if line is not None:
        conditions.append("COALESCE(line, '') = '" + line.replace("'", "''") + "'")
    if start is not None:
        conditions.append(f"date >= DATE '{start:%Y-%m-%d}'")
    if end is not None:
        conditions.append(f"date <= DATE '{end:%Y-%m-%d}'")
    masks = []
    for number, begin in enumerate(range(first_month, last_month + 1, _BITS)):
        bit = f"CAST(1 AS BIGINT) << CAST({_MONTH} - {begin} AS INTEGER)"
        within = f"{_MONTH} BETWEEN {begin} AND {min(begin + _BITS - 1, last_month)}"
        masks.append(f",\n    COALESCE(BIT_OR(CASE WHEN {within} THEN {bit} END), 0) AS months_{number}")
    return SQL.format(
        months="".join(masks),
        period=_PERIODS[period],
        line="COALESCE(line, '')" if by_line else "'all'",
        source=source,
        condition=" AND ".join(conditions),
    )


def to_cents(amounts: np.ndarray) -> np.ndarray:
    """Integers of 1/10,000 rounded half away from zero to cents, as currency units."""
    magnitude = (np.abs(amounts) + _STEP // 2) // _STEP
    return np.sign(amounts) * magnitude / CENTS


def rollup(
    connection: duckdb.DuckDBPyConnection,
    source: str = "ledger",
    *,
    period: Period | None = None,
    by_line: bool = True,
    line: str | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    columns: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row per account and line (and period) from a table of transactions.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds ``source``: ``account_id``, ``revenue`` and ``cost_goods`` as integers of 1/10,000 currency unit, and, where
        ``columns`` names them, ``date``, ``line`` and ``volume``.
    period : {None, "year", "quarter", "month"}
        Adds a text column ``period``: "2024", "2024Q1", "2024-03"; empty for rows without a date.
    by_line : bool
        False adds the lines up and sets ``line`` to "all".
    line, start, end
        Keep one line of business ("": the rows without one); keep rows dated from ``start`` to ``end``, both included.
    columns : collection of str, optional
        The columns that ``source`` has; default: all of them. An absent one gives missing values, never an invented zero.

    Returns
    -------
    DataFrame
        ``account_id, [period,] line, revenue, cost, volume, n_rows, first_date, last_date, active_months``, in that order of
        rows. Revenue and cost in currency units, rounded half away from zero to cents once per row. The sum of nothing is 0.
        ``active_months`` counts the calendar months with at least one row.

    Raises
    ------
    ValueError
        If ``period``, ``start`` or ``end`` is asked for and the transactions have no date.
    """
    have = set(columns) if columns is not None else {"account_id", "revenue", *_OPTIONAL}
    if "date" not in have and (period is not None or start is not None or end is not None):
        raise ValueError("the transactions have no date: leave out period, start and end, or add ledger.date to the book")
    if "line" not in have and line is not None:
        raise ValueError(f"the transactions have no line, so that line = {line!r} cannot be kept; add ledger.line to the book")
    absent = [f"CAST(NULL AS {kind}) AS {name}" for name, kind in _OPTIONAL.items() if name not in have]
    relation = f"(SELECT *, {', '.join(absent)} FROM {source}) AS transactions" if absent else source
    first, last = connection.sql(f"SELECT MIN(date), MAX(date) FROM {relation}").fetchall()[0]
    months = {"first_month": first.year * 12 + first.month, "last_month": last.year * 12 + last.month} if first else {}
    query = rollup_sql(relation, period=period, by_line=by_line, line=line, start=start, end=end, **months)
    frame = connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
    masks = [name for name in frame if name.startswith("months_")]
    bits = frame[masks].to_numpy("int64")
    frame = frame.drop(columns=masks).assign(active_months=np.bitwise_count(bits).sum(axis=1, dtype="int64"))
    for name in ("revenue", "cost"):
        frame[name] = to_cents(frame[name].to_numpy())
    frame["volume"] = frame["volume"] / MONEY_SCALE
    for name, own in (("cost", "cost_goods"), ("volume", "volume")):
        if own not in have:
            frame[name] = np.nan
    for name in ("account_id", "period", "line"):
        frame[name] = frame[name].astype("str")
    return frame if period else frame.drop(columns="period")
