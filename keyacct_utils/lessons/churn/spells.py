"""From subscriptions or a ledger to lines with a time under watch: what all steps of the lesson
count from.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns

__all__ = ["by_group", "of_silence", "of_subscriptions"]

#: Days of a mean month.
MONTH = 30.4375
#: A line that ends on its first day was there for a part of it.
LEAST_DAYS = 0.5


def _watched(long: pd.Series, entry: pd.Series) -> pd.Series:
    """Months from the start to the end; who ends or is first seen on the last day was watched for
    a part of it.
    """
    return pd.Series(long.astype(float).clip(lower=entry + LEAST_DAYS) / MONTH)


def of_subscriptions(
    subscriptions: pd.DataFrame,
    begin: str | dt.date | pd.Timestamp,
    end: str | dt.date | pd.Timestamp,
) -> pd.DataFrame:
    """Lines as they were known on the day ``end``, watched from ``begin`` on.

    Parameters
    ----------
    subscriptions : DataFrame, one row per line: ``account_id``, ``start``, ``end`` (missing while
        it runs), and where they are known ``end_reason`` and ``yearly_value``; other columns stay.
    begin, end : first and last day under watch. A line that had ended before ``begin`` or starts
        after ``end`` was never watched; an end that lies after ``end`` is not known yet.

    Returns
    -------
    DataFrame by the index of ``subscriptions``, those that were watched: account_id; duration
        (months from the start to its end or to ``end``), entry (months from the start to the day
        from which it was watched), event (1 ended), cause (its reason; "not known" where it ended
        without one), value (currency a year, missing where it is), and the other columns.

    Raises
    ------
    ValueError : missing columns; a line without a start or that ends before it; ``end`` before
        ``begin``; no line that was watched.
    """
    need_columns(subscriptions, ("account_id", "start", "end"), "subscriptions")
    first, last = pd.Timestamp(begin).normalize(), pd.Timestamp(end).normalize()
    if pd.isna(first) or pd.isna(last) or last <= first:
        raise ValueError(f"end is {end}, begin {begin}: nobody watched for a day")
    start, stop = pd.to_datetime(subscriptions["start"]), pd.to_datetime(subscriptions["end"])
    if start.isna().any():
        raise ValueError(f"subscriptions: {int(start.isna().sum())} lines have no start")
    if (stop < start).any():
        raise ValueError(f"subscriptions: {int((stop < start).sum())} lines end before they start")
    watched = (start <= last) & ~(stop < first)
    if not watched.any():
        raise ValueError(
            f"subscriptions: no line ran between {first:%Y-%m-%d} and {last:%Y-%m-%d}: take "
            "another period"
        )
    rows = subscriptions[watched].copy()
    start, stop = start[watched], stop[watched]
    gone = stop.notna() & (stop <= last)
    until = stop.where(gone, last)
    entry = (first - start).dt.days.clip(lower=0)
    rows["entry"] = entry / MONTH
    rows["duration"] = _watched((until - start).dt.days, entry)
    rows["event"] = gone.astype(int)
    reason = rows["end_reason"] if "end_reason" in rows else pd.Series(pd.NA, index=rows.index)
    rows["cause"] = reason.astype("object").where(reason.notna(), "not known").where(gone, None)
    value = rows.get("yearly_value", np.nan)
    rows["value"] = pd.Series(value, index=rows.index, dtype=float)
    return rows.drop(columns=["end_reason", "yearly_value"], errors="ignore")


def of_silence(
    silence: pd.DataFrame,
    begin: str | dt.date | pd.Timestamp,
    end: str | dt.date | pd.Timestamp,
) -> pd.DataFrame:
    """Accounts of a ledger that nobody told when they left: each counts as lost on the day on which
    its silence became too long.

    Parameters
    ----------
    silence : DataFrame from `rhythm.lapsed` on the day ``end``.
    begin, end : first and last day under watch.

    Returns
    -------
    DataFrame by account_id, those with a rhythm of their own and under watch in that time:
        account_id, duration, entry, event, cause (missing where it is still there). The time of an
        account begins with its first purchase in the ledger, which may not be its first at all; it
        is watched from its third on, since before that it could not have been called lapsed.

    Raises
    ------
    ValueError : missing columns, ``end`` before ``begin``.
    """
    need_columns(silence, ("limit", "lapsed", "first", "judged", "since"), "silence")
    first, last = pd.Timestamp(begin).normalize(), pd.Timestamp(end).normalize()
    if pd.isna(first) or pd.isna(last) or last <= first:
        raise ValueError(f"end is {end}, begin {begin}: nobody watched for a day")
    rows = silence[silence["limit"].notna()]
    gone = rows["lapsed"] & (rows["since"] <= last)
    until = rows["since"].where(gone, last)
    watched = until >= first
    rows, gone, until = rows[watched], gone[watched], until[watched]
    entry = (rows["judged"].where(rows["judged"] > first, first) - rows["first"]).dt.days
    long = (until - rows["first"]).dt.days
    return pd.DataFrame(
        {
            "account_id": rows.index.astype(str),
            "entry": entry / MONTH,
            "duration": _watched(long, entry),
            "event": gone.astype(int),
            "cause": pd.Series("not known", index=rows.index, dtype=object).where(gone, None),
        }
    )


def by_group(lines: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Events and years under watch by group, for `rates.exposure_adjusted_rates`; lines without a
    group are left out.
    """
    need_columns(lines, ("duration", "entry", "event"), "lines")
    years = (lines["duration"] - lines["entry"]) / 12
    frame = pd.DataFrame({"events": lines["event"], "exposure": years})
    return frame.groupby(group.to_numpy()).sum()
