"""The published credit rule of a power company (信用等级评定): points, veto and grade under every
reading of its wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from keyacct_utils.lessons.credit_grade.events import SECTIONS, Day, account_table, event_table
from keyacct_utils.lessons.credit_grade.golden_rules import GOLDEN_AS_OF, Golden, golden_cases
from keyacct_utils.lessons.credit_grade.readings import (
    BANDS,
    BASE,
    CLEAN_BONUS,
    LIGHTING_MAXIMUM,
    MAXIMUM,
    OPEN,
    POINTS,
    UNNUMBERED,
    VETO_SECTIONS,
    Reading,
    all_readings,
    rule_points,
    single_changes,
)
from keyacct_utils.lessons.credit_grade.tally import Tally, arrears_runs, consecutive_arrears, tally
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "CUTOFFS",
    "GOLDEN_AS_OF",
    "LOCAL_CUTOFFS",
    "MAXIMUM",
    "OPEN",
    "POINTS",
    "SECTIONS",
    "Golden",
    "Reading",
    "all_readings",
    "arrears_runs",
    "consecutive_arrears",
    "golden_cases",
    "grade",
    "reading_flips",
    "reading_range",
    "rule_points",
    "score_events",
    "score_readings",
    "single_changes",
]

#: The rule names six grades and no limits: an assumption. A score of exactly 90 is AAA.
CUTOFFS: Mapping[str, float] = {"AAA": 90.0, "AA": 80.0, "A": 70.0, "B": 60.0, "C": 50.0}
#: Limits of another supply company's three grades (A from 90, B from 70, C below): the last has
#: none.
LOCAL_CUTOFFS: Mapping[str, float] = {"A": 90.0, "B": 70.0}
LOWEST = "D"
FULL_SCORE = 100.0
_DECIMALS = 9


def _hangs_on(section: int) -> tuple[str, ...]:
    """The fields of a reading that the points of a section hang on."""
    if section in (7, 8):
        return ("unjudged",)
    codes = set(SECTIONS[section].codes)
    asked = {
        "bands": codes & set(BANDS),
        "made_good": codes & {"arrears_made_good"},
        "damage": codes & {"facilities_damaged"},
        "unnumbered": codes & set(UNNUMBERED),
        "lighting": section in LIGHTING_MAXIMUM,
        "rescue": section in VETO_SECTIONS,
    }
    return ("floor", "cap", *(field for field, here in asked.items() if here))


_HANGS_ON = {section: _hangs_on(section) for section in MAXIMUM}
#: Points of a section and who has none left, by section and by the fields that they hang on.
_Parts = dict[tuple[object, ...], tuple[np.ndarray, np.ndarray]]


def _deducted(counts: Tally, reading: Reading, section: int) -> tuple[np.ndarray, np.ndarray]:
    """(points lost, points earned) in one section, per account."""
    lost, earned = np.zeros(counts.size), np.zeros(counts.size)
    for code in SECTIONS[section].codes:
        if code in BANDS:
            tiers = np.array(BANDS[code])
            tiers = np.cumsum(tiers) if reading.bands == "cumulate" else tiers
            lost += counts.bands[code] @ tiers
            continue
        points = -reading.damage if code == "facilities_damaged" else POINTS[code]
        once = (code in UNNUMBERED and reading.unnumbered == "once") or (
            code == "arrears_made_good" and reading.made_good == "once"
        )
        times = np.minimum(counts.events[code], 1) if once else counts.events[code]
        if points < 0:
            lost += -points * times
        else:
            earned += points * times
    if section in CLEAN_BONUS:
        name, points = CLEAN_BONUS[section]
        earned += points * counts.clean[name]
    return lost, earned


def _section(counts: Tally, reading: Reading, section: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of one section, and who has none left when the veto looks, per account."""
    maximum = MAXIMUM[section]
    if section in (7, 8):
        share = np.where(
            np.isnan(counts.judged[section]), reading.unjudged * maximum, counts.judged[section]
        )
        return np.where(counts.lighting, np.nan, share), np.zeros(counts.size, bool)
    lost, earned = _deducted(counts, reading, section)
    full = np.where(counts.lighting, LIGHTING_MAXIMUM.get(section, np.nan), maximum)
    scale = np.where(counts.lighting & (reading.lighting == "scaled"), full / maximum, 1.0)
    value = np.round(full + scale * (earned - lost), _DECIMALS)
    seen = value if reading.rescue else np.round(full - scale * lost, _DECIMALS)
    points = np.where(value < 0, 0.0, value) if reading.floor == "zero" else value
    points = np.where(points > full, full, points) if reading.cap == "section" else points
    return points, seen <= 0


def _points(counts: Tally, reading: Reading, known: _Parts | None = None) -> dict[str, np.ndarray]:
    """Section points, total and veto, one element per account.

    ``known`` keeps the sections of these counts from one reading to the next: most readings differ
    in what other sections hang on.
    """
    known = {} if known is None else known
    out: dict[str, np.ndarray] = {}
    empty = []
    for section, fields in _HANGS_ON.items():
        key = (section, *(getattr(reading, field) for field in fields))
        if key not in known:
            known[key] = _section(counts, reading, section)
        out[SECTIONS[section].name], none_left = known[key]
        if section in VETO_SECTIONS:
            empty.append(none_left)
    total = np.nansum(np.column_stack(list(out.values())), axis=1)
    out["score"] = np.round(
        np.minimum(total, FULL_SCORE) if reading.cap == "total" else total, _DECIMALS
    )
    out["veto"] = {
        "either": empty[0] | empty[1],
        "both": empty[0] & empty[1],
        "none": np.zeros(counts.size, bool),
    }[reading.veto]
    return out


def score_events(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None = None,
    *,
    reading: Reading = BASE,
    as_of: Day = None,
    record_from: Day = None,
) -> pd.DataFrame:
    """How many points does the written rule give each account, and does its veto apply?

    Parameters
    ----------
    events : DataFrame
        account_id, date, code (of ``tables.CREDIT_CODES``); optionally section (must agree with the
        code), months (arrears: how long, 1 if missing), persons (unqualified electricians, 1 if
        missing).
    accounts : DataFrame, optional
        account_id, all accounts to score: one without events keeps its points. Optionally
        lighting_user (0/1), start_date (or tenure_y, years at ``as_of``), operation_score and
        development_score (0 to 5). By default the accounts that have events.
    reading : Reading
    as_of : date, optional
        Day of scoring: events on it or later are left out, events before its window too. Default:
        the first of the month after the last event.
    record_from : date, optional
        First day that the event record covers; by default it covers all.

    Returns
    -------
    DataFrame by account_id, in the order of ``accounts`` (or of the ids)
        commercial, safety, legal, cooperation, operation, development (points; missing where a
        lighting user is not judged on them), score (points), veto (bool). An account whose start is
        not known gets no bonus for clean years.

    Raises
    ------
    ValueError
        Unknown code, id or date missing, months or persons below 1, an event of an account that
        ``accounts`` lacks, an account twice, nothing to score.

    Notes
    -----
    Section = full points - deductions + bonuses, then floor and cap; score = sum of six sections,
    of a lighting user two. Months owed without a break are one run, and its length is the band;
    breaches and trips within a year of the one before are one run. S002-7a to 7h; every choice is a
    field of :class:`Reading`. One sort of the arrears, counts for the rest.
    """
    index, found = _scored(events, accounts, [reading], as_of, record_from)
    return pd.DataFrame(next(found), index=index)


def score_readings(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None,
    readings: Mapping[str, Reading],
    *,
    as_of: Day = None,
    record_from: Day = None,
) -> dict[str, pd.DataFrame]:
    """The points of every account in several readings: the events are checked once, and counted
    once for each window.

    Parameters
    ----------
    events, accounts, as_of, record_from : as in :func:`score_events`
    readings : mapping name -> Reading

    Returns
    -------
    dict : by the names of ``readings``, each as :func:`score_events` gives it.

    Raises
    ------
    ValueError : as :func:`score_events`.
    """
    index, found = _scored(events, accounts, list(readings.values()), as_of, record_from)
    return {
        name: pd.DataFrame(points, index=index)
        for name, points in zip(readings, found, strict=True)
    }


def _scored(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None,
    readings: Sequence[Reading],
    as_of: Day,
    record_from: Day,
) -> tuple[pd.Index, Iterator[dict[str, np.ndarray]]]:
    """The accounts, and their points in one reading after the other."""
    day, table = event_table(events, as_of)
    people, place = account_table(accounts, table, day)
    windows = dict.fromkeys(each.window_months for each in readings)
    counted = {window: tally(table, people, place, day, window, record_from) for window in windows}
    known: dict[int | None, _Parts] = {window: {} for window in windows}
    return people.index, (
        _points(counted[each.window_months], each, known[each.window_months]) for each in readings
    )


def _limits(cutoffs: Mapping[str, float]) -> tuple[list[str], np.ndarray]:
    names, limits = list(cutoffs), np.array([float(value) for value in cutoffs.values()])
    if not names or not np.isfinite(limits).all() or (np.diff(limits) >= 0).any():
        raise ValueError(
            f"cutoffs is {dict(cutoffs)}: expected grades "
            "from best to worst, each limit below the last"
        )
    lowest = LOWEST if LOWEST not in names else f"below {names[-1]}"
    return [lowest, *names[::-1]], limits[::-1]


def grade(scores: pd.DataFrame, cutoffs: Mapping[str, float] = CUTOFFS) -> pd.Series:
    """Which of the six grades does each score earn?

    Parameters
    ----------
    scores : DataFrame
        score (points) and optionally veto (bool): the lowest grade whatever the score.
    cutoffs : mapping grade -> smallest score, best grade first; below the last it is D.

    Returns
    -------
    Series of ordered category, worst grade first, on the index of ``scores``.

    Raises
    ------
    ValueError : cut-offs that do not fall, a score that is missing or infinite.

    Notes
    -----
    S002-7g names four classes and six grades without limits: 90/80/70/60/50 is an assumption, and
    so is that the limit belongs to the better grade.
    """
    need_columns(scores, ["score"], "scores")
    names, limits = _limits(cutoffs)
    values = to_number(scores["score"], "scores.score").to_numpy()
    if not np.isfinite(values).all():
        bad = scores.index[~np.isfinite(values)]
        raise ValueError(
            f"scores.score: {len(bad)} are no finite numbers "
            f"({some(bad)}); score these accounts or drop them"
        )
    code = np.searchsorted(limits, values, side="right")
    if "veto" in scores:
        code = np.where(scores["veto"].to_numpy(dtype=bool), 0, code)
    return pd.Series(
        pd.Categorical.from_codes(code, pd.Index(names), ordered=True),
        index=scores.index,
        name="grade",
    )


def _codes(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None,
    readings: Sequence[Reading],
    as_of: Day,
    record_from: Day,
    cutoffs: Mapping[str, float],
) -> tuple[np.ndarray, pd.Index, pd.Index]:
    """Codes of the grades, accounts x readings."""
    index, found = _scored(events, accounts, readings, as_of, record_from)
    names, limits = _limits(cutoffs)
    out = np.empty((len(index), len(readings)), dtype=np.int8)
    for column, points in enumerate(found):
        out[:, column] = np.where(
            points["veto"], 0, np.searchsorted(limits, points["score"], side="right")
        )
    return out, index, pd.Index(names)


def reading_flips(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None = None,
    readings: Mapping[str, Reading] | Sequence[Reading] | None = None,
    *,
    as_of: Day = None,
    record_from: Day = None,
    cutoffs: Mapping[str, float] = CUTOFFS,
) -> pd.DataFrame:
    """Which accounts change grade between the readings of the rule?

    Parameters
    ----------
    events, accounts, as_of, record_from : as in :func:`score_events`
    readings : mapping name -> Reading, or a sequence; by default the base and every single change
        (:func:`single_changes`)
    cutoffs : as in :func:`grade`

    Returns
    -------
    DataFrame by account_id
        One column of grades per reading, then n_grades (different grades), worst, best (ordered
        categories) and flips (bool).

    Raises
    ------
    ValueError : fewer than two readings, or what :func:`score_events` refuses.
    """
    chosen = single_changes() if readings is None else readings
    named = (
        dict(chosen)
        if isinstance(chosen, Mapping)
        else {str(reading): reading for reading in chosen}
    )
    if len(named) < 2:
        raise ValueError(
            f"readings holds {len(named)} different reading(s): expected at least 2 to compare"
        )
    codes, ids, names = _codes(events, accounts, list(named.values()), as_of, record_from, cutoffs)
    kinds = [*named, "worst", "best"]
    shown = np.column_stack([codes, codes.min(axis=1), codes.max(axis=1)])
    frame = {
        name: pd.Categorical.from_codes(shown[:, i], names, ordered=True)
        for i, name in enumerate(kinds)
    }
    n_grades = np.column_stack([(codes == code).any(axis=1) for code in range(len(names))]).sum(
        axis=1
    )
    return pd.DataFrame(frame, index=ids).assign(n_grades=n_grades, flips=n_grades > 1)


def reading_range(
    events: pd.DataFrame,
    accounts: pd.DataFrame | None = None,
    readings: Sequence[Reading] | None = None,
    *,
    as_of: Day = None,
    record_from: Day = None,
    cutoffs: Mapping[str, float] = CUTOFFS,
) -> pd.DataFrame:
    """Under how many of all readings does each account get each grade?

    Parameters
    ----------
    events, accounts, as_of, record_from, cutoffs : as in :func:`reading_flips`
    readings : by default all combinations, :func:`all_readings`

    Returns
    -------
    DataFrame by account_id : one column per grade, best first, with the share of readings that give
        it (0 to 1).

    Raises
    ------
    ValueError : no reading, or what :func:`score_events` refuses.
    """
    chosen = all_readings() if readings is None else list(readings)
    if not chosen:
        raise ValueError("readings holds 0 readings: expected at least 1")
    codes, ids, names = _codes(events, accounts, chosen, as_of, record_from, cutoffs)
    return pd.DataFrame(
        {name: (codes == code).mean(axis=1) for code, name in enumerate(names)}, index=ids
    )[list(names[::-1])]
