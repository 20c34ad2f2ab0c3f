"""Working days between two days, and what a promise of working days falls due on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some

Floats = npt.NDArray[np.float64]
#: Days that are looked at: outside of these a date is a slip of the pen.
FIRST, LAST = np.datetime64("1900-01-01"), np.datetime64("2200-01-01")
#: Monday to Friday, as numpy counts days of the week.
WEEK = 5
#: So many days are looked ahead for each working day of a promise.
AHEAD, MORE = 3, 60

__all__ = ["add_working_days", "as_dates", "as_day", "days_between", "uncovered", "working_days"]


def as_day(day: Any, name: str = "as_of") -> np.datetime64:
    """A day from a date, a timestamp or a text such as "2024-12-31". Anything else is a ValueError
    that names the argument.
    """
    found = pd.to_datetime(pd.Series([day], dtype="object"), errors="coerce").iloc[0]
    if pd.isna(found):
        raise ValueError(f"{name} is {day!r}: expected a day such as 2024-12-31")
    return np.datetime64(found.date(), "D")


def as_dates(values: Any, name: str) -> npt.NDArray[np.datetime64]:
    """Days as numpy days, missing as NaT; text that is no date, or a year that is none, is a
    ValueError that shows it.
    """
    given = pd.Series(values).reset_index(drop=True)
    if not pd.api.types.is_datetime64_any_dtype(given):
        if pd.api.types.is_numeric_dtype(given) and given.notna().any():
            raise ValueError(f"{name} holds numbers ({given.dropna().iloc[0]}): expected dates")
        read = pd.to_datetime(given, errors="coerce", format="ISO8601")
        if len(bad := given[read.isna() & given.notna()]):
            raise ValueError(
                f"{name}: {some(map(repr, bad))} cannot be read as a date; write 2024-12-31"
            )
        given = read
    if given.dt.tz is not None:
        given = given.dt.tz_localize(None)
    found: npt.NDArray[np.datetime64] = given.to_numpy().astype("datetime64[D]")
    there = found[~np.isnat(found)]
    if len(odd := there[(there < FIRST) | (there > LAST)]):
        raise ValueError(f"{name} holds {odd[0]}: years from 1900 to 2199 are expected")
    return found


def _table(calendar: pd.DataFrame | None) -> tuple[npt.NDArray[np.datetime64], Floats]:
    """Days of a calendar, and whether each is worked."""
    if calendar is None:
        return np.array([], dtype="datetime64[D]"), np.array([])
    need_columns(calendar, ("date", "workday"), "calendar")
    day = as_dates(calendar["date"], "calendar.date")
    worked = pd.to_numeric(calendar["workday"], errors="coerce").to_numpy(dtype=float)
    if np.isnat(day).any() or not np.isin(worked, (0.0, 1.0)).all():
        raise ValueError(
            "calendar: each row needs a date and a workday of 0 or 1; take out the others"
        )
    if len(np.unique(day)) < len(day):
        twice = pd.Series(day)[pd.Series(day).duplicated()].iloc[0]
        raise ValueError(f"calendar: {pd.Timestamp(twice):%Y-%m-%d} stands twice; keep one row")
    return day, worked


def _worked(
    calendar: pd.DataFrame | None, first: np.datetime64, last: np.datetime64
) -> npt.NDArray[np.int64]:
    """1 for each working day from first to last: Monday to Friday, or as the calendar says."""
    days = np.arange(first, last + 1)
    found = np.is_busday(days).astype(np.int64)
    day, worked = _table(calendar)
    inside = (day >= first) & (day <= last)
    found[(day[inside] - first).astype(int)] = worked[inside].astype(np.int64)
    return found


def uncovered(calendar: pd.DataFrame | None, *dates: Any) -> int:
    """How many days between the first and the last of these dates does the calendar not name? They
    are taken for Monday to Friday.

    Parameters
    ----------
    calendar : DataFrame with date and workday, or None for no calendar at all
    dates : lists of dates

    Returns
    -------
    int : number of days; 0 where there is no date
    """
    there = (
        np.concatenate([as_dates(values, "dates") for values in dates]) if dates else np.array([])
    )
    there = there[~np.isnat(there)] if len(there) else there
    if not len(there):
        return 0
    first, last = there.min(), there.max()
    day, _ = _table(calendar)
    return int((last - first).astype(int)) + 1 - int(((day >= first) & (day <= last)).sum())


def working_days(
    start: Any, end: Any, calendar: pd.DataFrame | None = None, *, first_day: bool = False
) -> Any:
    """How many working days lie between two days (工作日)?

    Parameters
    ----------
    start, end : dates, or lists of equal length; an end (or a start) that is missing gives NaN.
    calendar : DataFrame, optional
        date and workday (1 or 0), as the table `calendar`. It decides, so a Sunday that is worked
        counts and a holiday does not. Days that it does not name, and all days without it, are
        worked from Monday to Friday.
    first_day : bool
        Count the day of the start too, if it is worked. By default counting begins on the day
        after: what is done on the day it was asked for took 0 days.

    Returns
    -------
    float, or Series of floats where ``start`` or ``end`` is a list (with the index of ``start``).

    Raises
    ------
    ValueError
        An end before its start; what is no date; lists of other lengths; a calendar without date
        and workday, or with a day twice.

    Notes
    -----
    The number of days d with start < d <= end that are worked. No source says whether the days of
    S000-1a are calendar or working days, nor whether the first counts: both are parameters.

    References
    ----------
    State Council notices on holidays and make-up working days, 2021-2024 (the calendar of the
    book).
    """
    single = np.ndim(start) == 0 and np.ndim(end) == 0
    index = start.index if isinstance(start, pd.Series) else None
    begun, ended = as_dates(np.atleast_1d(start), "start"), as_dates(np.atleast_1d(end), "end")
    if len(begun) != len(ended):
        if 1 not in (len(begun), len(ended)):
            raise ValueError(f"start has {len(begun)} dates and end {len(ended)}: expected as many")
        begun, ended = np.broadcast_arrays(begun, ended)
    known = ~np.isnat(begun) & ~np.isnat(ended)
    found = np.full(len(begun), np.nan)
    if len(wrong := np.flatnonzero(known & (ended < begun))):
        raise ValueError(
            f"end: {len(wrong)} of {len(begun)} lie before their start, such as "
            f"{ended[wrong[0]]} before {begun[wrong[0]]}; mend them or take the rows out"
        )
    if known.any():
        first, last = begun[known].min(), ended[known].max()
        worked = _worked(calendar, first, last)
        upto = np.cumsum(worked)
        at, to = ((days[known] - first).astype(int) for days in (begun, ended))
        found[known] = upto[to] - upto[at] + (worked[at] if first_day else 0)
    return float(found[0]) if single else pd.Series(found, index=index)


def days_between(
    start: Any,
    end: Any,
    count: str = "working",
    calendar: pd.DataFrame | None = None,
    *,
    first_day: bool = False,
) -> Any:
    """Days between two days, as `working_days`; or with ``count="calendar"`` each day counts.

    Raises
    ------
    ValueError
        Any other word, and what `working_days` refuses.
    """
    if count not in ("working", "calendar"):
        raise ValueError(f"count is {count!r}; use 'working' or 'calendar'")
    if count == "working":
        return working_days(start, end, calendar, first_day=first_day)
    days = np.arange(7)
    every = pd.DataFrame({"date": [], "workday": []})
    lists = [
        as_dates(np.atleast_1d(values), name) for values, name in ((start, "start"), (end, "end"))
    ]
    there = np.concatenate(lists)
    there = there[~np.isnat(there)]
    if len(there):
        days = np.arange(there.min(), there.max() + 1)
        every = pd.DataFrame({"date": days, "workday": 1})
    return working_days(start, end, every, first_day=first_day)


def add_working_days(
    start: Any, days: Any, calendar: pd.DataFrame | None = None, *, first_day: bool = False
) -> pd.Series:
    """On which day is a promise of so many working days due?

    Parameters
    ----------
    start : dates
    days : whole working days, 0 or more: one number, or one for each date; missing gives NaT.
    calendar, first_day : as in `working_days`.

    Returns
    -------
    Series of dates: the first day by which so many working days have passed. With 0 days it is the
        day of the start itself.

    Raises
    ------
    ValueError
        Days below 0, or what `working_days` refuses.
    """
    begun = as_dates(np.atleast_1d(start), "start")
    number = np.broadcast_to(np.asarray(days, dtype=float), begun.shape)
    if (number < 0).any() or not (np.isnan(number) | np.isfinite(number)).all():
        raise ValueError(f"days holds {np.nanmin(number):g}: a promise is 0 working days or more")
    known = ~np.isnat(begun) & ~np.isnan(number)
    due = np.full(len(begun), np.datetime64("NaT"), dtype="datetime64[D]")
    if known.any():
        first = begun[known].min()
        last = begun[known].max() + int(AHEAD * number[known].max()) + MORE
        worked = _worked(calendar, first, last)
        upto = np.cumsum(worked)
        at = (begun[known] - first).astype(int)
        before = upto[at] - (worked[at] if first_day else 0)
        wanted = before + np.ceil(number[known])
        place = np.maximum(np.searchsorted(upto, wanted), at)
        if (place >= len(upto)).any():
            raise ValueError("calendar: it has no working day for so long; check its workday")
        due[known] = first + place
    index = start.index if isinstance(start, pd.Series) else None
    return pd.Series(due.astype("datetime64[s]"), index=index)
