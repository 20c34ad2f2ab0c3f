"""Open cases kept: share done by a day, promises, queues of a district, feeders, cadence."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.lead_time.days import as_dates, as_day, days_between
from keyacct_utils.lessons.lead_time.jackknife import least_squares, spread
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

Floats = npt.NDArray[np.float64]
#: A share below this is the dust of a product.
DUST = 1e-12
#: Cases that must have begun before the first end, and the chance of what is seen if all were kept.
FEWEST_BEFORE, TOO_RARE = 5, 1e-3
#: A regression needs so many cases for each of its columns.
CASES_PER_COLUMN = 5

__all__ = [
    "QueueEffect", "cadence_compliance", "completed_by", "effective_number", "feeder_headroom",
    "in_flight", "known_cases", "queue_by_district", "queue_effect", "recorded_from", "share_done",
    "time_until", "within_promise",
]  # fmt: skip


def known_cases(cases: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """Cases as they were known on a day: those that had begun, with no end that lies ahead.

    Parameters
    ----------
    cases : DataFrame
        start, end (empty while open).
    as_of : day of the look.

    Returns
    -------
    DataFrame : the cases that began on or before that day; an end after it is missing.

    Raises
    ------
    ValueError
        Missing columns, no rows, an end before its start, no case that had begun.
    """
    need_columns(cases, ("start", "end"), "cases")
    if cases.empty:
        raise ValueError("cases has 0 rows: expected cases with a start; check the filter")
    day = as_day(as_of)
    start, end = (as_dates(cases[name], f"cases.{name}") for name in ("start", "end"))
    wrong = ~np.isnat(start) & ~np.isnat(end) & (end < start)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"cases: {int(wrong.sum())} end before they start, such as {start[at]} to {end[at]}; "
            "mend the dates"
        )
    end = np.where(end > day, np.datetime64("NaT"), end)
    found = cases.assign(start=start.astype("datetime64[s]"), end=end.astype("datetime64[s]"))
    found = found[~np.isnat(start) & (start <= day)]
    if found.empty:
        raise ValueError(f"cases: none had begun by {day}; take a later as_of")
    return found


def recorded_from(cases: pd.DataFrame, as_of: Any) -> pd.Timestamp | None:
    """From which day on were ends written down, where a file lacks those of earlier cases?

    A file cut from a list of closed cases holds an early case only if it lasted to the cut (left
    truncation), so early cases look slow. Told by chance: by the cases begun from the first end on
    (Kaplan-Meier, calendar days), how likely is it that none begun earlier ended before?

    Parameters
    ----------
    cases : DataFrame
        start, end (empty while open).
    as_of : day of the look.

    Returns
    -------
    Timestamp or None
        The first end, where five cases or more began before it and the chance is under 0.001.

    Raises
    ------
    ValueError
        What `known_cases` refuses.

    References
    ----------
    Klein & Moeschberger 2003, Survival Analysis, ch. 3.4 and 4.6 (left truncation).
    """
    found = known_cases(cases, as_of)
    first = found["end"].min()
    before, later = found[found["start"] < first], found[found["start"] >= first]
    if len(before) < FEWEST_BEFORE or not later["end"].notna().any():
        return None
    curve = completed_by(later, as_of, count="calendar")
    waited = (first - before["start"]).dt.days.to_numpy()
    at = np.searchsorted(curve.index.to_numpy(dtype=float), waited, side="left") - 1
    done = np.where(at >= 0, curve["share"].to_numpy()[np.maximum(at, 0)], 0.0)
    # A curve that reaches 1 at its last case does not make a longer one impossible.
    still = np.maximum(1 - done, 1 / (2 * len(later)))
    return pd.Timestamp(first) if float(np.log(still).sum()) < np.log(TOO_RARE) else None


def _lasted(
    found: pd.DataFrame,
    as_of: Any,
    count: str,
    calendar: pd.DataFrame | None,
    first_day: bool = False,
) -> tuple[pd.Series, pd.Series]:
    """Days that each case lasted, to the day of the look while open; and whether it is done."""
    done = found["end"].notna()
    until = found["end"].fillna(pd.Timestamp(as_day(as_of)))
    return days_between(found["start"], until, count, calendar, first_day=first_day), done


def completed_by(
    cases: pd.DataFrame,
    as_of: Any,
    calendar: pd.DataFrame | None = None,
    count: str = "working",
    *,
    first_day: bool = False,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which share of cases is done after so many days, the open ones kept (Kaplan-Meier)?

    Parameters
    ----------
    cases : DataFrame
        start, end (empty while open).
    as_of : day of the look; what came later is not known.
    calendar, count, first_day : as in `days.days_between`.
    confidence : of the limits.

    Returns
    -------
    DataFrame by days (those on which a case was done): at_risk, done, share (done by then), low,
        high. No row where no case is done. Limits are missing where all are done.

    Raises
    ------
    ValueError
        What `known_cases` refuses.

    Notes
    -----
    1 - prod over days u <= t of (1 - d_u / n_u), with d_u done of n_u that were still open and
    known. Greenwood's variance, limits on the scale log(-log S). It takes for granted that a case
    which is open on the day of the look is not slower by itself than one that began as late.

    References
    ----------
    Kaplan & Meier 1958, Journal of the American Statistical Association 53(282), 457-481.
    """
    found = known_cases(cases, as_of)
    time, done = _lasted(found, as_of, count, calendar, first_day)
    columns = ["at_risk", "done", "share", "low", "high"]
    if not done.any():
        return pd.DataFrame(columns=columns, dtype=float).rename_axis("days")
    fit = SurvfuncRight(time.to_numpy(dtype=float), done.to_numpy(dtype=int))
    spread = np.asarray(fit.surv_prob_se)
    left = np.where(np.asarray(fit.surv_prob) < DUST, 0.0, fit.surv_prob)
    wide = stats.norm.isf((1 - confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = wide * spread / (left * np.abs(np.log(left)))
        low, high = 1 - left ** np.exp(-reach), 1 - left ** np.exp(reach)
    sound = (left > 0) & (left < 1)
    data = {
        "at_risk": np.asarray(fit.n_risk, dtype=int),
        "done": np.asarray(fit.n_events, dtype=int),
        "share": 1 - left,
        "low": np.where(sound, low, np.nan),
        "high": np.where(sound, high, np.nan),
    }
    return pd.DataFrame(data, index=pd.Index(fit.surv_times, name="days"), columns=columns)


def time_until(curve: pd.DataFrame, share: float = 0.5) -> tuple[float, float, float]:
    """Days by which that share of cases is done, with its limits, from `completed_by`.

    Parameters
    ----------
    share : fraction above 0 and below 1.

    Returns
    -------
    tuple : days, low, high; missing where the curve, or its limit, does not get so far.

    References
    ----------
    Brookmeyer & Crowley 1982, Biometrics 38 (limits of the median by inverting those of the curve).
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share:g}: expected a fraction above 0 and below 1")

    def first(values: pd.Series) -> float:
        there = curve.index[values.fillna(-np.inf) >= share - DUST]
        return float(there[0]) if len(there) else np.nan

    value = first(curve["share"])
    high = first(curve["low"])
    low = first(curve["high"])
    return value, low if np.isfinite(value) and low <= value else np.nan, high


def share_done(curve: pd.DataFrame, days: float) -> tuple[float, float, float]:
    """The share that is done after so many days, with its limits, from `completed_by`; 0 before
    the first, without limits.
    """
    before = curve[curve.index <= days]
    if before.empty:
        return 0.0, np.nan, np.nan
    last = before.iloc[-1]
    return float(last["share"]), float(last["low"]), float(last["high"])


def effective_number(kept: Any, clusters: Any) -> float:
    """For how many independent cases do these count, if those of one account hang together?

    Parameters
    ----------
    kept : 0 or 1 for each case.
    clusters : account of each case.

    Returns
    -------
    float : n over the design effect, which is taken as 1 at least; n where nothing varies.

    Notes
    -----
    Design effect: variance of the share with the residuals added up by account, times g / (g - 1),
    over p (1 - p) / (n - 1).

    References
    ----------
    Kish 1965, Survey Sampling, 5.4 and 8.2.
    """
    value = np.asarray(kept, dtype=float)
    n = len(value)
    share = value.mean() if n else 0.0
    if n < 2 or share in (0.0, 1.0):
        return float(n)
    sums = pd.Series(value - share).groupby(np.asarray(clusters, dtype=object)).sum().to_numpy()
    groups = len(sums)
    if groups < 2:
        return 1.0
    together = groups / (groups - 1) * float((sums**2).sum()) / n**2
    return float(n / max(1.0, together / (share * (1 - share) / (n - 1))))


def within_promise(
    cases: pd.DataFrame,
    as_of: Any,
    by: str | None = None,
    clusters: str | None = "account_id",
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which share of cases was done by the day that was promised?

    A case counts once its day has come: done by then or not is known, also of a case that is still
    open. Whether one is done does not decide whether it counts. The day of the look counts as
    over: what is open and was promised for it was not kept.

    Parameters
    ----------
    cases : DataFrame
        start, end, promise (the day).
    as_of : day of the look.
    by : column of groups, if any.
    clusters : column of what hangs together; None, or a column that is not there, for cases by
        themselves.

    Returns
    -------
    DataFrame by group ("all" without one): due, kept, share, low, high (Wilson's interval for as
        many cases as those are worth, see `effective_number`), open_late (of those due, still
        open), not_due (not counted), unpromised (without a promise, not counted). Share and limits
        are missing where none is due.

    Raises
    ------
    ValueError
        Missing columns, a promise before the start, and what `known_cases` refuses.

    References
    ----------
    S000-1a, S000-1g. Wilson 1927, Journal of the American Statistical Association 22.
    """
    need_columns(cases, ("promise", *([by] if by else ())), "cases")
    found = known_cases(cases, as_of)
    day = pd.Timestamp(as_day(as_of))
    promise = pd.Series(
        as_dates(found["promise"], "cases.promise").astype("datetime64[s]"), index=found.index
    )
    if (odd := (promise < found["start"]).to_numpy()).any():
        raise ValueError(
            f"cases.promise: {int(odd.sum())} lie before the start of their case; mend the dates"
        )
    due = promise <= day
    kept = due & (found["end"] <= promise)
    group = found[by].astype("object").fillna("(not known)").astype("str") if by else "all"
    groups = pd.Series(group, index=found.index)
    rows = {}
    for name in sorted(groups.unique()):
        there = groups == name
        judged = due & there
        n, good = int(judged.sum()), int((kept & there).sum())
        share = low = high = np.nan
        if n:
            owner = found[clusters][judged] if clusters and clusters in found else None
            worth = n if owner is None else effective_number(kept[judged], owner)
            share = good / n
            low, high = proportion_confint(share * worth, worth, 1 - confidence, method="wilson")
        rows[name] = {
            "due": n, "kept": good, "share": share, "low": float(low), "high": float(high),
            "open_late": int((judged & found["end"].isna()).sum()),
            "not_due": int((there & promise.notna() & ~due).sum()),
            "unpromised": int((there & promise.isna()).sum()),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(by or "group")


def in_flight(cases: pd.DataFrame, as_of: Any, by: str | None = "district") -> pd.Series:
    """How many other cases of the same district were open on the day on which each began?

    Parameters
    ----------
    cases : as in `within_promise`, with the column ``by``; None for all cases together.

    Returns
    -------
    Series by the index of the cases that had begun; missing where the district is not known. A case
        that began on the same day counts, one that ended on it does not.

    Raises
    ------
    ValueError
        What `known_cases` refuses.

    References
    ----------
    S000-11f (在途用户).
    """
    need_columns(cases, (by,) if by else (), "cases")
    found = known_cases(cases, as_of)
    group = found[by] if by else pd.Series("all", index=found.index)
    queue = pd.Series(np.nan, index=found.index, name="queue")
    for _, rows in found.groupby(group):
        start = rows["start"].to_numpy()
        end = rows["end"].fillna(pd.Timestamp("2262-01-01")).to_numpy()
        begun = np.searchsorted(np.sort(start), start, side="right")
        ended = np.searchsorted(np.sort(end), start, side="right")
        itself = (end > start).astype(int)
        queue.loc[rows.index] = begun - ended - itself
    return queue


def queue_by_district(
    cases: pd.DataFrame,
    as_of: Any,
    by: str = "district",
    calendar: pd.DataFrame | None = None,
    count: str = "working",
) -> pd.DataFrame:
    """Where do cases queue, and how long do they last there?

    Parameters
    ----------
    cases : DataFrame
        start, end and the column ``by``.
    as_of, calendar, count : as in `completed_by`.

    Returns
    -------
    DataFrame by district, the longest queue first: cases, open (on the day of the look), queue
        (mean number of others in flight when a case began), median (days by which half are done,
        Kaplan-Meier; missing where not half are), low, high.

    Raises
    ------
    ValueError
        What `known_cases` refuses; no case with a district.

    References
    ----------
    S000-11f, S000-1c.
    """
    queue = in_flight(cases, as_of, by)
    found = known_cases(cases, as_of)
    if found[by].isna().all():
        raise ValueError(f"cases.{by} is empty: expected the {by} of each case")
    rows = {}
    for name, part in found.groupby(found[by].astype("str").where(found[by].notna())):
        median, low, high = time_until(completed_by(part, as_of, calendar, count))
        rows[str(name)] = {
            "cases": len(part), "open": int(part["end"].isna().sum()),
            "queue": float(queue[part.index].mean()), "median": median, "low": low, "high": high,
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(by)
    return table.sort_values("queue", ascending=False, kind="stable")


class QueueEffect(NamedTuple):
    """Days that each further case in flight goes with, with its limits, and of how many cases."""

    slope: float
    low: float
    high: float
    n: int


def queue_effect(
    days: Any,
    queue: Any,
    held: pd.DataFrame | None = None,
    clusters: Any | None = None,
    confidence: float = 0.95,
) -> QueueEffect:
    """How many days more goes with one more case in flight, other things held equal?

    Parameters
    ----------
    days : of each case; cases with a missing value anywhere are left out.
    queue : others in flight when it began.
    held : columns that are held equal (numbers, or words that become columns of 0 and 1), such as
        the district and the complexity; none compares as it is.
    clusters : of each case, what hangs together (the account).

    Returns
    -------
    QueueEffect : ordinary least squares; limits by the t distribution, with the error that leaves
        out each account (each case, without ``clusters``) in turn.

    Raises
    ------
    ValueError
        Lists of other lengths; fewer than five cases for each column; a queue that is always the
        same, or follows from what is held equal.

    References
    ----------
    S000-11f. MacKinnon & White 1985, Journal of Econometrics 29 (the jackknife of least squares).
    """
    y = pd.Series(np.asarray(days, dtype=float))
    design = pd.DataFrame({"one": 1.0, "queue": np.asarray(queue, dtype=float)})
    if len(y) != len(design) or (held is not None and len(held) != len(y)):
        raise ValueError("days, queue and held have other lengths: expected one row for each case")
    if held is not None and held.shape[1]:
        rows = held.reset_index(drop=True)
        plain = {
            name: rows[name].astype(
                "float64" if pd.api.types.is_numeric_dtype(rows[name]) else "str"
            )
            for name in rows
        }
        dummies = pd.get_dummies(pd.DataFrame(plain), drop_first=True, dtype=float)
        design = design.join(dummies.where(rows.notna().all(axis=1)))
    kept = y.notna() & design.notna().all(axis=1)
    design, y = design[kept], y[kept]
    design = design.loc[:, (design.nunique() > 1) | (design.columns == "one")]
    if len(y) < CASES_PER_COLUMN * max(2, design.shape[1]):
        raise ValueError(
            f"days: {len(y)} cases for {design.shape[1]} columns; {CASES_PER_COLUMN} for each are "
            "needed: hold fewer columns equal"
        )
    if "queue" not in design or np.linalg.matrix_rank(design.to_numpy()) < design.shape[1]:
        raise ValueError("queue is always the same, or follows from what is held equal")
    x = design.to_numpy(dtype=float)
    slope, equations = least_squares(y.to_numpy(), x, list(design.columns).index("queue"))
    owner = None if clusters is None else np.asarray(clusters, dtype=object)[kept.to_numpy()]
    se, groups = spread(equations, owner)
    reach = float(stats.t.isf((1 - confidence) / 2, groups - 1)) * se
    return QueueEffect(slope, slope - reach, slope + reach, len(y))


def feeder_headroom(feeders: pd.DataFrame, limit: float = 0.9) -> pd.DataFrame:
    """How much can still be connected to each feeder (线路负荷裕度)?

    Parameters
    ----------
    feeders : DataFrame
        feeder, kv, amps (what the conductor carries), load_a (peak load), both in ampere.
    limit : share of the capacity from which on a feeder counts as full.

    Returns
    -------
    DataFrame by feeder, the fullest first: capacity_mva, load_mva, loading (share), headroom_mva
        (up to the capacity; below 0 where it is overloaded), full. Rows with a missing value are
        left out, and counted in ``attrs["left_out"]``.

    Raises
    ------
    ValueError
        Missing columns; kv or amps of 0 or less, a load below 0; a limit that is not above 0.

    Notes
    -----
    S = sqrt(3) x kV x A / 1,000, in MVA: 10 kV and 275 A, about what 70 mm2 of aluminium carries,
    are 4.76 MVA.

    References
    ----------
    S000-1c. Glover, Sarma & Overbye, Power System Analysis and Design, ch. 2 (three-phase power).
    """
    need_columns(feeders, ("feeder", "kv", "amps", "load_a"), "feeders")
    if not limit > 0:
        raise ValueError(f"limit is {limit:g}: expected a share of the capacity, such as 0.9")
    numbers = pd.DataFrame(
        {name: to_number(feeders[name], f"feeders.{name}") for name in ("kv", "amps", "load_a")}
    )
    odd = (numbers[["kv", "amps"]] <= 0).any(axis=1) | (numbers["load_a"] < 0)
    if odd.any():
        raise ValueError(
            f"feeders: {some(feeders.loc[odd, 'feeder'])} has kv or amps of 0 or less, or a load "
            "below 0; mend them"
        )
    there = numbers.notna().all(axis=1)
    per_amp = np.sqrt(3) * numbers["kv"] / 1000
    table = pd.DataFrame(
        {
            "capacity_mva": per_amp * numbers["amps"],
            "load_mva": per_amp * numbers["load_a"],
            "loading": numbers["load_a"] / numbers["amps"],
            "headroom_mva": per_amp * (numbers["amps"] - numbers["load_a"]),
        }
    )[there]
    table["full"] = table["loading"] > limit
    table.index = pd.Index(feeders.loc[there, "feeder"].astype("str"), name="feeder")
    table = table.sort_values("loading", ascending=False, kind="stable")
    table.attrs["left_out"] = int((~there).sum())
    return table


def cadence_compliance(
    cases: pd.DataFrame,
    as_of: Any,
    per_week: float = 1.0,
    clusters: str | None = "account_id",
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Were the meetings held, and the return visits made, that the channel demands?

    Parameters
    ----------
    cases : DataFrame
        start, end, meetings (coordination meetings held), return_visit (1 or 0); of the cases that
        are to keep the cadence. Either of the last two may be missing.
    as_of : day of the look.
    per_week : meetings that are asked for in each whole week that a case runs.
    clusters : as in `within_promise`.

    Returns
    -------
    DataFrame by demand ("meetings", "return visit"): cases, kept, share, low, high. A case keeps
        the meetings if it had as many as whole weeks ask for; return visits are judged on closed
        cases.

    Raises
    ------
    ValueError
        Neither column; a number per week that is not above 0; meetings below 0.

    References
    ----------
    S000-1e (daily tracking, weekly coordination, monthly summary, closing return visit).
    """
    if not per_week > 0:
        raise ValueError(f"per_week is {per_week:g}: expected meetings a week, above 0")
    found = known_cases(cases, as_of)
    there = [name for name in ("meetings", "return_visit") if name in found]
    if not there:
        raise ValueError("cases lacks meetings and return_visit: one of them is needed")
    until = found["end"].fillna(pd.Timestamp(as_day(as_of)))
    weeks = (until - found["start"]).dt.days // 7
    rows = {}
    for name in there:
        value = to_number(found[name], f"cases.{name}")
        if (value < 0).any():
            raise ValueError(f"cases.{name} is below 0; a number held is 0 or more")
        asked = value.notna()
        if name == "meetings":
            asked &= weeks >= 1
            kept = value >= np.floor(per_week * weeks)
        else:
            asked &= found["end"].notna()
            kept = value == 1
        n, good = int(asked.sum()), int((kept & asked).sum())
        share = low = high = np.nan
        if n:
            owner = found[clusters][asked] if clusters and clusters in found else None
            worth = n if owner is None else effective_number(kept[asked], owner)
            share = good / n
            low, high = proportion_confint(share * worth, worth, 1 - confidence, method="wilson")
        label = "meetings" if name == "meetings" else "return visit"
        rows[label] = {"cases": n, "kept": good, "share": share, "low": low, "high": high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("demand")
