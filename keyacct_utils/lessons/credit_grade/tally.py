"""Credit events counted per account as the rule of S002-7 needs them: no Python loop over accounts
or events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keyacct_utils.lessons.credit_grade.events import (
    CODES,
    MOST,
    NUMBER,
    Day,
    Events,
    as_day,
    event_table,
)

#: Months before the day of scoring that count, where the reading does not say otherwise (S002-7h).
DEFAULT_WINDOW = 12
#: Full years without arrears, without an accident (S002-7b, 7c).
CLEAN_YEARS = {"arrears_free": 1, "accident_free": 3}
ACCIDENTS = (
    "accident_inside",
    "branch_switch_trip",
    "substation_switch_trip",
    "accident_concealed",
)
#: Two breaches "within a year" are at most so many days apart.
YEAR_DAYS = 365
_MONTHS_IN_YEAR = 12
#: Months and lengths packed into one integer with the account, so that one plain sort orders them
#: (bits of each).
_MONTH_BITS, _LENGTH_BITS = 16, 8
_BANDED = {"arrears": 3, "branch_switch_trip": 2, "contract_breach": 2}


@dataclass(frozen=True)
class Tally:
    """Per account: events by code, runs by code and band, clean years (bool), judged points of
    sections 7 and 8, lighting.
    """

    size: int
    events: Mapping[str, np.ndarray]
    bands: Mapping[str, np.ndarray]
    clean: Mapping[str, np.ndarray]
    judged: Mapping[int, np.ndarray]
    lighting: np.ndarray


def _runs(row: np.ndarray, start: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, ...]:
    """Runs without a gap: (row, first start, units covered, members, two members one unit apart) of
    each run.

    A member covers ``start`` to ``start + length - 1``; it belongs to the run before it when it
    starts by the unit after.
    """
    if not len(row):
        return tuple(
            np.zeros(0, dtype=kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.bool_)
        )
    base = int(start.min())
    packed = ((row << _MONTH_BITS | (start - base)) << _LENGTH_BITS) | length
    packed.sort()
    place = packed >> _LENGTH_BITS  # row and start
    end = place + (
        packed & MOST
    )  # rows are far apart, so that no run reaches into the next account
    owner = place >> _MONTH_BITS
    reach = np.maximum.accumulate(end)
    new = np.ones(len(place), dtype=bool)
    new[1:] = (place[1:] > reach[:-1]) | (owner[1:] != owner[:-1])
    first = np.flatnonzero(new)
    members = np.diff(first, append=len(place))
    covered = reach[first + members - 1] - place[first]
    beside = np.zeros(len(place), dtype=np.int64)
    beside[1:] = (np.diff(place) == 1) & ~new[1:]
    return (
        owner[first],
        (place[first] & 2**_MONTH_BITS - 1) + base,
        covered,
        members,
        np.add.reduceat(beside, first) > 0,
    )


def _arrears(events: Events, kept: np.ndarray) -> tuple[np.ndarray, ...]:
    mine = np.flatnonzero(kept & (events.code == NUMBER["arrears"]))
    months = events.date[mine].astype("datetime64[M]").astype(np.int64)
    return _runs(
        events.row[mine],
        months,
        np.ones(len(mine), np.int64) if events.months is None else events.months[mine],
    )


def _since(day: pd.Timestamp, months: int) -> np.datetime64:
    return np.datetime64(day - pd.DateOffset(months=int(months)), "D")


def _in_window(events: Events, day: pd.Timestamp, months: int | None) -> np.ndarray:
    return (
        np.ones(len(events.row), dtype=bool)
        if months is None
        else events.date >= _since(day, months)
    )


def _bands(events: Events, kept: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Runs per account and band: arrears by months owed without a break, breaches and trips by
    number within a year.
    """
    out = {}
    for code, top in _BANDED.items():
        if code == "arrears":
            owner, _, band, _, _ = _arrears(events, kept)
        else:
            mine = np.flatnonzero(kept & (events.code == NUMBER[code]))
            order = np.lexsort((events.date[mine], events.row[mine]))
            row, date = events.row[mine][order], events.date[mine][order].astype(np.int64)
            new = np.ones(len(row), dtype=bool)
            new[1:] = (np.diff(row) != 0) | (np.diff(date) > YEAR_DAYS)
            first = np.flatnonzero(new)
            owner, band = row[first], np.diff(first, append=len(row))
        cell = owner * top + np.minimum(band, top) - 1
        out[code] = np.bincount(cell, minlength=size * top).reshape(size, top)
    return out


def _clean(
    events: Events, place: np.ndarray, day: pd.Timestamp, started: np.ndarray, record_from: Day
) -> dict[str, np.ndarray]:
    """Who was a customer on record for so many years without arrears, without an accident?"""
    record, out = as_day(record_from, "record_from"), {}
    for name, years in CLEAN_YEARS.items():
        since = _since(day, _MONTHS_IN_YEAR * years)
        codes = ("arrears",) if name == "arrears_free" else ACCIDENTS
        bad = np.flatnonzero(
            np.isin(np.arange(len(CODES)), [NUMBER[code] for code in codes])[events.code]
        )
        last = events.date[bad]
        if (
            name == "arrears_free" and events.months is not None
        ):  # arrears that began before the year may reach into it
            last, since_then = (
                last.astype("datetime64[M]") + (events.months[bad] - 1),
                since.astype("datetime64[M]"),
            )
            bad = bad[last >= since_then]
        else:
            bad = bad[last >= since]
        long_enough = (started <= since) & (record is None or np.datetime64(record, "D") <= since)
        out[name] = long_enough & (np.bincount(place[events.row[bad]], minlength=len(started)) == 0)
    return out


def tally(
    events: Events,
    people: pd.DataFrame,
    place: np.ndarray,
    day: pd.Timestamp,
    window: int | None,
    record_from: Day = None,
) -> Tally:
    """The counts of one window, in the order of ``people``, where the accounts of the events stand
    at ``place``.
    """
    size, known = len(people), len(events.ids)

    def spread(counts: np.ndarray) -> np.ndarray:
        out = np.zeros((size, *counts.shape[1:]), dtype=counts.dtype)
        out[place] = counts[:known]
        return out

    kept = _in_window(events, day, window)
    cells = events.row * len(CODES) + events.code
    counts = np.bincount(cells[kept], minlength=known * len(CODES)).reshape(known, len(CODES))
    if events.persons is not None:
        found = kept & (events.code == NUMBER["electrician_unqualified"])
        persons = np.bincount(events.row[found], weights=events.persons[found], minlength=known)
        counts[:, NUMBER["electrician_unqualified"]] = persons.astype(np.int64)
    everyone = people["started"].to_numpy(dtype="datetime64[D]")
    clean = _clean(events, place, day, everyone, record_from)
    judged = {
        7: people["operation"].to_numpy(dtype=float),
        8: people["development"].to_numpy(dtype=float),
    }
    by_code = spread(counts)
    return Tally(
        size, {code: by_code[:, number] for code, number in NUMBER.items()},
        {code: spread(found) for code, found in _bands(events, kept, known).items()},
        clean, judged, people["lighting"].to_numpy(dtype=bool),
    )  # fmt: skip


def arrears_runs(
    events: pd.DataFrame, *, window_months: int | None = DEFAULT_WINDOW, as_of: Day = None
) -> pd.DataFrame:
    """Who owed how many months without a break?

    Parameters
    ----------
    events, as_of : as in :func:`~keyacct_utils.lessons.credit_grade.scoring.score_events`
    window_months : months before ``as_of`` that count; None counts all

    Returns
    -------
    DataFrame, one row per run, by account_id and time
        account_id, first_month (first day of it), months (owed without a break), entries (rows of
        events), consecutive (bool: two entries stand in months that follow each other).

    Raises
    ------
    ValueError : as :func:`~keyacct_utils.lessons.credit_grade.scoring.score_events`.
    """
    day, table = event_table(events, as_of)
    owner, first, months, entries, beside = _arrears(table, _in_window(table, day, window_months))
    frame = pd.DataFrame(
        {
            "account_id": table.ids[owner],
            "first_month": first.astype("datetime64[M]").astype("datetime64[s]"),
        }
    )
    frame = frame.assign(months=months, entries=entries, consecutive=beside)
    return frame.sort_values(["account_id", "first_month"], ignore_index=True)


def consecutive_arrears(
    events: pd.DataFrame, *, window_months: int | None = DEFAULT_WINDOW, as_of: Day = None
) -> set[str]:
    """The accounts with entries of arrears in two months that follow each other."""
    runs = arrears_runs(events, window_months=window_months, as_of=as_of)
    return set(runs.loc[runs["consecutive"], "account_id"])
