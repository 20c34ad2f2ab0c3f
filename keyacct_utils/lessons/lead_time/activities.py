"""Where the days of a case go: activities, the path that decides, and causes of delay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import quantile_test

from keyacct_utils.lessons.lead_time.days import as_dates, days_between
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits

#: Between the activities of a case.
WAITING = "(waiting)"
#: An activity whose delay has no cause.
UNNAMED = "(no cause named)"
#: Fewer finished activities than these give no interval.
FEWEST = 6

__all__ = [
    "critical_path", "days_on_path", "delay_by_cause", "follows", "span_of", "stage_durations",
    "unsettled",
]  # fmt: skip


def _checked(events: pd.DataFrame, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Rows with days as dates; a row without a start is left out."""
    need_columns(events, ("case_id", "activity", "start", "end", *columns), "events")
    if events.empty:
        raise ValueError("events has 0 rows: expected activities with a start; check the filter")
    found = pd.DataFrame(
        {
            "case_id": events["case_id"].astype("str"),
            "activity": events["activity"].astype("str"),
            "start": as_dates(events["start"], "events.start").astype("datetime64[s]"),
            "end": as_dates(events["end"], "events.end").astype("datetime64[s]"),
        }
    )
    for column in columns:
        found[column] = events[column].to_numpy()
    wrong = found[found["end"] < found["start"]]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"events: {len(wrong)} end before they start, such as {row['activity']} of case "
            f"{row['case_id']}; mend the dates"
        )
    return found[found["start"].notna() & events["activity"].notna().to_numpy()]


def stage_durations(
    events: pd.DataFrame,
    calendar: pd.DataFrame | None = None,
    count: str = "working",
    *,
    first_day: bool = False,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How long does each activity take, and how much do its days spread?

    Parameters
    ----------
    events : DataFrame
        case_id, activity, start, end (empty while it runs). An activity that a case does twice
        counts twice.
    calendar, count, first_day : as in `days.days_between`.
    confidence : of the interval of the median.

    Returns
    -------
    DataFrame by activity, in the order in which they begin: done (finished), running, q25, median,
        q75, q90, mean (days), low, high (limits of the median, which hold whatever the
        distribution; missing below six), share (of all days of finished activities).

    Raises
    ------
    ValueError
        No rows, missing columns, an end before its start, nothing finished.

    References
    ----------
    S000-1a, S000-7d. Conover 1999, Practical Nonparametric Statistics, 3rd ed., 3.2 (limits of a
    quantile).
    """
    found = _checked(events)
    found["days"] = days_between(found["start"], found["end"], count, calendar, first_day=first_day)
    done = found[found["days"].notna()]
    if done.empty:
        raise ValueError("events: no activity has an end; the days of a stage take both days")
    begun = found.groupby("case_id")["start"].transform("min")
    order = (found["start"] - begun).groupby(found["activity"]).mean()
    rows = {}
    for name in order.sort_values(kind="stable").index:
        days = done.loc[done["activity"] == name, "days"].to_numpy()
        running = int((found["activity"] == name).sum()) - len(days)
        low = high = np.nan
        if len(days) >= FEWEST:
            limits = quantile_test(days, p=0.5).confidence_interval(confidence)
            low, high = limits.low, limits.high
        q25, median, q75, q90 = (
            np.quantile(days, (0.25, 0.5, 0.75, 0.9)) if len(days) else [np.nan] * 4
        )
        rows[name] = {
            "done": len(days), "running": running, "q25": q25, "median": median, "q75": q75,
            "q90": q90, "mean": days.mean() if len(days) else np.nan, "low": low, "high": high,
            "share": days.sum(),
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("activity")
    whole = table["share"].sum()
    table["share"] = table["share"] / whole if whole else np.nan
    return table


def span_of(events: pd.DataFrame, cases: pd.DataFrame, last: str) -> pd.DataFrame:
    """Cases that end with an activity: from the start of the case to the end of that activity.

    Parameters
    ----------
    events : as in `stage_durations`; the last one counts where a case did it twice.
    cases : DataFrame
        case_id, start and whatever else.
    last : name of the activity.

    Returns
    -------
    DataFrame : rows of ``cases`` with the end of that activity as ``end``, missing while it runs
        or has not begun.

    Raises
    ------
    ValueError
        An activity that no case has.
    """
    found = _checked(events)
    need_columns(cases, ("case_id", "start"), "cases")
    there = found[found["activity"] == last]
    if there.empty:
        raise ValueError(
            f"last is {last!r}, which no case has; the activities are "
            f"{some(map(repr, dict.fromkeys(found['activity'])))}"
        )
    running = there.loc[there["end"].isna(), "case_id"]
    ends = there.groupby("case_id")["end"].max()
    ends[ends.index.isin(running)] = pd.NaT
    return cases.assign(end=cases["case_id"].astype("str").map(ends).to_numpy())


def days_on_path(
    events: pd.DataFrame,
    calendar: pd.DataFrame | None = None,
    count: str = "working",
) -> pd.DataFrame:
    """Which activities decided when each finished case was done, and for how many days?

    From its last end backwards: the activity that ended last before another began is the one that
    this one waited for. Activities that ran beside it decided nothing.

    Parameters
    ----------
    events : as in `stage_durations`. Cases with an activity that still runs are left out.
    calendar, count : as in `days.days_between`.

    Returns
    -------
    DataFrame of cases (rows) by activities (columns, and "(waiting)"): days; a row adds up to the
        days from the case's first start to its last end. ``attrs["shared"]``: by activity, the
        number of cases in which another ran on the same days and decided as much.

    Raises
    ------
    ValueError
        What `stage_durations` refuses; no case of which all activities are finished.

    Notes
    -----
    Where two end on the same day the one that began later counts; where they began on the same day
    too, each gets an equal part of the days. Where nothing ended before but
    something else still runs, that counts until the later one begins.

    References
    ----------
    S000-1a, S000-11c. Kelley & Walker 1959, Critical-path planning and scheduling, Proceedings of
    the Eastern Joint Computer Conference.
    """
    found = _checked(events)
    running = set(found.loc[found["end"].isna(), "case_id"])
    found = found[~found["case_id"].isin(running)]
    if found.empty:
        raise ValueError("events: no case has an end for all of its activities")
    found = found.sort_values("case_id", kind="stable")
    number = found[["start", "end"]].to_numpy().astype("datetime64[D]").astype(np.int64)
    rows = list(zip(found["activity"], *number.T.tolist(), strict=True))
    cases = found["case_id"].to_numpy()
    cuts = [0, *(np.flatnonzero(cases[1:] != cases[:-1]) + 1).tolist(), len(rows)]
    pieces: list[tuple[str, str, int, int, int]] = []
    for at, to in pairwise(cuts):
        pieces += [(str(cases[at]), *piece) for piece in _backwards(rows[at:to])]
    table = pd.DataFrame(pieces, columns=["case_id", "activity", "start", "end", "among"])
    for name in ("start", "end"):
        table[name] = table[name].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    spent = days_between(table["start"], table["end"], count, calendar)
    table["days"] = spent / table["among"]
    both = table[(table["among"] > 1) & (spent > 0)]
    wide = table.pivot_table(index="case_id", columns="activity", values="days", aggfunc="sum")
    begun = found.groupby("case_id")["start"].transform("min")
    order = (found["start"] - begun).groupby(found["activity"]).mean()
    names = [*order.sort_values(kind="stable").index, WAITING]
    found = wide.reindex(columns=names).fillna(0.0)
    found.attrs["shared"] = both.groupby("activity")["case_id"].nunique().to_dict()
    return found


def _backwards(rows: list[tuple[str, int, int]]) -> list[tuple[str, int, int, int]]:
    """Pieces of time of one case: what decided, from which day (a number) to which, and among how
    many that ran on the same days.

    Each row is an activity with its first and its last day.
    """
    pieces: list[tuple[str, int, int, int]] = []
    now = max(end for _, _, end in rows)
    while before := [row for row in rows if row[1] < now]:
        until, start = max((min(end, now), start) for _, start, end in before)
        if until < now:
            pieces.append((WAITING, until, now, 1))
        names = [name for name, *row in before if (min(row[1], now), row[0]) == (until, start)]
        pieces += [(name, start, until, len(names)) for name in names]
        now = start
    return pieces


def follows(events: pd.DataFrame, share: float = 0.95) -> dict[str, tuple[str, ...]]:
    """Which activities come directly after which, read from the dates?

    Parameters
    ----------
    events : as in `stage_durations`.
    share : fraction of the cases with both in which the one has to end by the day on which the
        other begins.

    Returns
    -------
    dict : by activity, those that it directly follows. What follows something that follows is left
        out (transitive reduction).

    Raises
    ------
    ValueError
        A share that is not above 0.5 and up to 1, and what `stage_durations` refuses.
    """
    if not 0.5 < share <= 1:
        raise ValueError(f"share is {share:g}: expected a fraction above 0.5 and up to 1")
    found = _order(events)
    names, held = [str(name) for name in found.index], found.to_numpy()
    places = range(len(names))
    after = {
        names[n]: {
            names[m] for m in places if m != n and held[m, n] >= share and held[m, n] > held[n, m]
        }
        for n in places
    }
    return {
        name: tuple(
            sorted(one for one in before if not any(one in after[mid] for mid in before - {one}))
        )
        for name, before in after.items()
    }


def _order(events: pd.DataFrame) -> pd.DataFrame:
    """Share of the cases with both in which the activity of the row ends by the day on which that
    of the column begins; 0 where no case has both.
    """
    found = _checked(events).dropna(subset=["end"])
    rows = found.groupby(["activity", "case_id"]).agg(start=("start", "min"), end=("end", "max"))
    first, last = (rows[name].unstack("case_id") for name in ("start", "end"))
    begun, done = first.to_numpy(), last.to_numpy()
    held = np.zeros((len(done), len(done)))
    for place, ends in enumerate(done):
        both = ~np.isnat(ends) & ~np.isnat(begun)
        kept = ((ends <= begun) & both).sum(axis=1)
        held[place] = kept / np.maximum(both.sum(axis=1), 1)
    np.fill_diagonal(held, 0.0)
    return pd.DataFrame(held, index=first.index, columns=first.index)


def unsettled(events: pd.DataFrame, share: float = 0.95) -> list[tuple[str, str]]:
    """Pairs of activities of which the one ends before the other begins in some of the cases, and
    not in others: neither one after the other nor side by side.

    Parameters
    ----------
    events, share : as in `follows`. A pair is settled if one comes first in this share of the cases
        or more, or in less than one less this share either way.
    """
    held = _order(events)
    names = held.index.tolist()
    return [
        (one, other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if 1 - share < max(held.loc[one, other], held.loc[other, one]) < share
    ]


def critical_path(
    durations: Mapping[str, float] | pd.Series, after: Mapping[str, Iterable[str]]
) -> pd.DataFrame:
    """Which activities may not be late without making the whole late (关键路径)?

    Parameters
    ----------
    durations : days by activity, 0 or more.
    after : by activity, those that have to be done before it begins; an activity that is not named
        can begin at once.

    Returns
    -------
    DataFrame by activity, in an order in which they can be done: days, start, finish (earliest, in
        days from the beginning), slack (days that it may slip), critical (slack 0).
        ``attrs["days"]`` is the length of the whole.

    Raises
    ------
    ValueError
        Days that are missing or below 0, a name without days, a circle.

    Notes
    -----
    Earliest start: the largest earliest finish of those before. Latest finish: the smallest latest
    start of those behind. Slack is the difference.

    References
    ----------
    Kelley & Walker 1959. Checked against the Reliable Construction Co. project of Hillier &
    Lieberman, Introduction to Operations Research: 44 weeks by A-B-C-E-F-J-L-N.
    """
    days = to_number(pd.Series(durations), "durations")
    if days.empty or days.isna().any() or (days < 0).any():
        raise ValueError("durations: each activity needs days of 0 or more; at least one activity")
    before = {str(name): tuple(after.get(name, ())) for name in days.index}
    named = {name for parts in before.values() for name in parts} | set(after)
    if unknown := sorted(named - set(days.index)):
        raise ValueError(f"after names {some(map(repr, unknown))}, which durations does not hold")
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError as error:
        circle = " - ".join(error.args[1])
        raise ValueError(f"after goes in a circle: {circle}; nothing can begin") from None
    finish: dict[str, float] = {}
    for name in order:
        finish[name] = max((finish[one] for one in before[name]), default=0.0) + days[name]
    whole = max(finish.values())
    latest = dict.fromkeys(order, whole)
    for name in reversed(order):
        for one in before[name]:
            latest[one] = min(latest[one], latest[name] - days[name])
    table = pd.DataFrame(
        {
            "days": [days[name] for name in order],
            "start": [finish[name] - days[name] for name in order],
            "finish": [finish[name] for name in order],
            "slack": [latest[name] - finish[name] for name in order],
        },
        index=pd.Index(order, name="activity"),
    )
    table["critical"] = table["slack"] <= 1e-9 * max(whole, 1.0)
    table.attrs["days"] = whole
    return table


def delay_by_cause(
    events: pd.DataFrame, *, draws: int = 1000, random_state: int = 0, confidence: float = 0.95
) -> pd.DataFrame:
    """Which causes took how many of the days that were lost (帕累托)?

    Parameters
    ----------
    events : DataFrame
        case_id, delay_days (working days lost, as they were written down; empty or 0 for none) and
        cause.
    draws : resamples of cases, since the delays of a case hang together; 0 gives no interval.

    Returns
    -------
    DataFrame by cause, the most days first: delays (number), days, share, low, high (limits of the
        share), cumulated, share_of_delays (by number, which is not the same).

    Raises
    ------
    ValueError
        Missing columns, delays below 0, no delay at all.

    References
    ----------
    S000-1b. Juran 1951, Quality Control Handbook (the vital few).
    """
    need_columns(events, ("case_id", "cause", "delay_days"), "events")
    days = to_number(events["delay_days"], "events.delay_days").fillna(0.0)
    if (days < 0).any():
        raise ValueError("events.delay_days is below 0: days lost are 0 or more")
    if draws < 0:
        raise ValueError(f"draws is {draws}: expected 0 or more resamples")
    if not days.sum():
        raise ValueError(
            "events: no delay is written down; delay_days says how many days were lost"
        )
    late = days > 0
    cause = events["cause"].astype("object").where(events["cause"].notna(), UNNAMED)
    by = days[late].groupby(cause[late].astype("str"))
    table = pd.DataFrame({"delays": by.size(), "days": by.sum()}).rename_axis("cause")
    table = table.sort_values("days", ascending=False, kind="stable")
    table["share"] = table["days"] / table["days"].sum()
    cases = pd.crosstab(
        events["case_id"].astype("str"), cause.astype("str"), days, aggfunc="sum"
    ).fillna(0.0)[table.index]
    low = high = np.full(len(table), np.nan)
    if draws and len(cases) >= 2:
        rng = np.random.default_rng(random_state)
        sums = drawn_counts(len(cases), draws, rng) @ cases.to_numpy()
        sums = sums[sums.sum(axis=1) > 0]
        shares = sums / sums.sum(axis=1, keepdims=True)
        if len(shares):
            low, high = np.array([percentile_limits(column, confidence) for column in shares.T]).T
    table["low"], table["high"] = low, high
    table["cumulated"] = table["share"].cumsum()
    table["share_of_delays"] = table["delays"] / table["delays"].sum()
    return table
