"""What the tables that are built already say, for those that are built on them, and on which scale
and day a draw falls.

A topic that adds tables has ``build(rng, upstream, months)``: its own stream of random numbers, the
tables before it, and the length of the book in months. It returns its tables by name, and what was
planted in them (values that JSON holds, or a DataFrame that becomes a file). What of the tables it
reads, and how many months it needs, its own docstring says.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

#: Tables by name, and ``latent``: what no table of the book shows.
Upstream = Mapping[str, pd.DataFrame]
#: The tables of a topic, and what was planted in them.
Built = tuple[dict[str, pd.DataFrame], dict[str, object]]


def normal_scores(x: np.ndarray | pd.Series) -> np.ndarray:
    """Van der Waerden scores of the ranks: standard normal whatever the scale of x."""
    values = np.asarray(x, dtype=float)
    return np.asarray(norm.ppf((rankdata(values, method="ordinal") - 0.5) / len(values)))


def book_start(upstream: Upstream) -> pd.Timestamp:
    """First day of the book's first month."""
    return pd.Timestamp(upstream["ledger"]["date"].min()).to_period("M").to_timestamp()


def spend(upstream: Upstream, months: int, line: str | None, years_back: int = 1) -> pd.Series:
    """Revenue of a line (None: of all) by account in the book's last twelve months
    (``years_back=1``), or those before (2).
    """
    first = book_start(upstream) + pd.DateOffset(months=months - 12 * years_back)
    ledger = upstream["ledger"]
    inside = (ledger["date"] >= first) & (ledger["date"] < first + pd.DateOffset(months=12))
    if line is not None:
        inside &= ledger["line"] == line
    total = ledger.loc[inside].groupby("account_id")["revenue"].sum()
    return total.reindex(upstream["accounts"]["account_id"], fill_value=0.0).astype(float)


def joined_month(upstream: Upstream) -> np.ndarray:
    """First month of the book in which each account is a customer (0 for those that are there from
    the start).
    """
    joined, start = pd.to_datetime(upstream["accounts"]["start_date"]), book_start(upstream)
    month = (joined.dt.year - start.year) * 12 + joined.dt.month - start.month + (joined.dt.day > 1)
    return month.clip(lower=0).to_numpy(dtype=int)


def month_starts(start: pd.Timestamp, month: np.ndarray) -> np.ndarray:
    """First day of each month, counted from the book's start."""
    return (np.datetime64(start, "M") + np.asarray(month, dtype=int)).astype("datetime64[s]")


def days_in(
    rng: np.random.Generator, days: np.ndarray, month: np.ndarray, start: pd.Timestamp
) -> np.ndarray:
    """One of the given days in each of the months, counted from the book's start."""
    of = (days.astype("datetime64[M]") - np.datetime64(start, "M")).astype(int)
    low, high = np.searchsorted(of, month), np.searchsorted(of, month, side="right")
    return np.asarray(days[low + np.floor(rng.random(len(month)) * (high - low)).astype(int)])
