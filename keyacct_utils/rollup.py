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
_PERIODS = {None: "''", **{name: f"CASE WHEN date IS NULL THEN '' ELSE {label} END" for name, label in _LABELS.items()}}
#: Amounts are reported to this fraction of the currency unit.
CENTS = 100
_STEP = MONEY_SCALE // CENTS
_OPTIONAL = {"date": "DATE", "line": "VARCHAR", "volume": "DOUBLE", "cost_goods": "BIGINT"}


def rollup_sql(
    source: str = "ledger",
    *,
    period: Period | None = None,
    by_line: bool = True,
    line: str | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> str:
    """The roll-up as SQL text, for an engine to run over ``source``."""
    if period not in _PERIODS:
        raise ValueError(f"period is {period!r}; use None, 'year', 'quarter' or 'month'")
    conditions = ["1 = 1"]
    if line is not None:
        conditions.append("line = '" + line.replace("'", "''") + "'")
    if start is not None:
        conditions.append(f"date >= DATE '{start:%Y-%m-%d}'")
    if end is not None:
        conditions.append(f"date <= DATE '{end:%Y-%m-%d}'")
    return SQL.format(
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
        Keep one line of business; keep rows dated from ``start`` to ``end``, both included.
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
    query = rollup_sql(relation, period=period, by_line=by_line, line=line, start=start, end=end)
    frame = connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
    for name in ("revenue", "cost"):
        frame[name] = to_cents(frame[name].to_numpy())
    frame["volume"] = frame["volume"] / MONEY_SCALE
    for name, own in (("cost", "cost_goods"), ("volume", "volume")):
        if own not in have:
            frame[name] = np.nan
    for name in ("account_id", "period", "line"):
        frame[name] = frame[name].astype("str")
    return frame if period else frame.drop(columns="period")
