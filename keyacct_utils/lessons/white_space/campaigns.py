"""What did a campaign add? Difference in differences, with the months before it in sight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["Uplift", "uplift"]

#: Branches of each side without which a difference has no error.
FEWEST = 2
#: Months before the campaign without which their trend says nothing.
FEWEST_BEFORE = 3


class Uplift(NamedTuple):
    """What a campaign added, beside what two wrong comparisons would have said."""

    #: Difference in differences with 95 % limits: a fraction where logarithms were taken.
    effect: Interval
    #: After less before, of the branches with the campaign alone.
    before_after: float
    #: After the start, the branches with the campaign less the others.
    with_without: float
    #: How much faster the branches with the campaign grew in a month before it, with 95 % limits.
    trend: Interval
    treated: int
    control: int
    start: pd.Timestamp
    #: By month: gap of the two sides less its mean before the start, low, high; after (bool).
    path: pd.DataFrame


def _checked(rows: pd.DataFrame, columns: tuple[str, str, str, str], log: bool) -> pd.DataFrame:
    need_columns(rows, columns, "rows")
    running, outcome = columns[2:]
    frame = rows[list(columns)].set_axis(["branch", "month", "running", "outcome"], axis=1)
    if frame.isna().any().any():
        where = [name for name in columns if rows[name].isna().any()]
        raise ValueError(f"rows: {some(where)} holds missing values; fill or drop these rows")
    if frame.duplicated(["branch", "month"]).any():
        twice = frame.loc[frame.duplicated(["branch", "month"]), "branch"].unique()
        raise ValueError(f"rows: a month stands twice for {some(twice)}; sum it first")
    frame["outcome"] = to_number(frame["outcome"], f"rows.{outcome}")
    frame["running"] = to_number(frame["running"], f"rows.{running}") > 0
    if log and (frame["outcome"] <= 0).any():
        bad = frame.loc[frame["outcome"] <= 0, "branch"].unique()
        raise ValueError(
            f"rows.{outcome}: values of zero or less ({some(bad)}) have no logarithm; leave these "
            "branches out, or take log=False"
        )
    if log:
        frame["outcome"] = np.log(frame["outcome"])
    return frame


def _start(frame: pd.DataFrame) -> pd.Timestamp:
    """The month in which the campaign began, the same for all."""
    begun = frame[frame["running"]].groupby("branch")["month"].min()
    if not len(begun):
        raise ValueError("rows.running is never 1: no branch had a campaign")
    if begun.nunique() > 1:
        raise ValueError(
            f"rows.running begins in {begun.nunique()} different months: compare the branches of "
            "one start at a time with those that never had it"
        )
    if frame["branch"].nunique() == len(begun):
        raise ValueError("rows.running: every branch had the campaign; none is left to compare")
    return begun.iloc[0]


def _difference(one: pd.Series, two: pd.Series) -> Interval:
    """Difference of two means with its 95 % interval (Welch); no interval for a single branch."""
    estimate = float(one.mean() - two.mean())
    if min(len(one), len(two)) < FEWEST or one.std() + two.std() == 0:
        return Interval(estimate, np.nan, np.nan)
    limits = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    return Interval(estimate, float(limits.low), float(limits.high))


def _growth(interval: Interval, log: bool) -> Interval:
    return Interval(*(float(np.expm1(value)) if log else value for value in interval))


def uplift(
    rows: pd.DataFrame,
    *,
    branch: str = "branch",
    month: str = "month",
    running: str = "running",
    outcome: str = "sales",
    log: bool = True,
) -> Uplift:
    """What did the campaign add, beyond what would have come anyway?

    Parameters
    ----------
    rows : one row per branch and month.
    branch, month, running, outcome : names of its columns; ``running`` is 1 in months in which the
        campaign runs in that branch. All campaigns begin in the same month; months after its end
        are left out.
    log : logarithms of the outcome, so that the effect is a fraction of it; else in its unit.

    Returns
    -------
    Uplift : effect with its 95 % interval, the two wrong comparisons, the trend before the start
        with its interval, numbers of branches, start, and the path of the gap month by month.

    Raises
    ------
    ValueError : a column that is not there, missing or repeated rows, values of zero or less with
        logarithms, no campaign, no branch without it, different starts, no month before.

    Notes
    -----
    (after - before) of the branches with the campaign less (after - before) of the others, each
    branch one number; so months of one branch that go together make no false precision. It is the
    campaign's doing only if both sides would have moved alike without it: the months before can
    contradict that, and not prove it.

    References
    ----------
    S003-12a. Card & Krueger 1994, American Economic Review 84(4), table 3; Bertrand, Duflo &
    Mullainathan 2004, Quarterly Journal of Economics 119(1).
    """
    frame = _checked(rows, (branch, month, running, outcome), log)
    start = _start(frame)
    treated = set(frame.loc[frame["running"], "branch"])
    frame["treated"] = frame["branch"].isin(treated)
    frame["after"] = frame["month"] >= start
    frame = frame[~(frame["treated"] & frame["after"] & ~frame["running"])]
    means = frame.pivot_table(index="branch", columns="after", values="outcome")
    if False not in means:
        raise ValueError("rows: no month lies before the start of the campaign")
    means = means.dropna()
    change = means[True] - means[False]
    has = pd.Series(change.index.isin(list(treated)), index=change.index)
    if has.all() or not has.any():
        raise ValueError("rows: on one side no branch has months before and after the start")
    level = _difference(means.loc[has, True], means.loc[~has, True]).estimate
    moved = float(change[has].mean())
    frame = frame[frame["branch"].isin(list(change.index))]
    return Uplift(
        _growth(_difference(change[has], change[~has]), log),
        float(np.expm1(moved)) if log else moved,
        float(np.expm1(level)) if log else level,
        _growth(_trend(frame[~frame["after"]]), log),
        int(has.sum()),
        int((~has).sum()),
        start,
        _path(frame, log),
    )


def _trend(before: pd.DataFrame) -> Interval:
    """How much steeper the branches with the campaign rose a month, before it."""
    wide = before.pivot(index="month", columns="branch", values="outcome").sort_index()
    wide = wide.dropna(axis=1)
    if len(wide) < FEWEST_BEFORE or wide.shape[1] < 2:
        return Interval(np.nan, np.nan, np.nan)
    slopes = pd.Series(np.polyfit(np.arange(len(wide)), wide.to_numpy(), 1)[0], index=wide.columns)
    treated = before.groupby("branch")["treated"].first().reindex(slopes.index).astype(bool)
    if treated.all() or not treated.any():
        return Interval(np.nan, np.nan, np.nan)
    return _difference(slopes[treated], slopes[~treated])


def _path(frame: pd.DataFrame, log: bool) -> pd.DataFrame:
    """Gap of the two sides month by month, each branch less its own mean before the start."""
    base = frame[~frame["after"]].groupby("branch")["outcome"].mean()
    moved = frame.assign(moved=frame["outcome"] - frame["branch"].map(base))
    rows = []
    for month, part in moved.groupby("month"):
        one, two = part.loc[part["treated"], "moved"], part.loc[~part["treated"], "moved"]
        if len(one) and len(two):
            found = _growth(_difference(one, two), log)
            rows.append((month, *found, bool(part["after"].iloc[0])))
    return pd.DataFrame(rows, columns=["month", "gap", "low", "high", "after"]).set_index("month")
