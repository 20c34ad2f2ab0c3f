"""Connection projects from the application to the day the current flows: what lesson 20 shall find.

Planted: a green channel that saves 6.5 working days, and that difficult, urgent projects are let
into, so that its cases are no faster as they stand; how often a plan is answered in time; which
activity takes most of the days; what delays cost by cause; how many days each project in flight in
the district adds; and the thin lines of the growth belt that are full. Of several names of its
random stream one was taken with which the bundled book lies near the mean of many; what was planted
is judged over 40 seeds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from keyacct_utils.world.upstream import Built, Upstream, book_start

Ints = npt.NDArray[np.int64]
#: Cases of a book of 600 accounts, by account; how much more begin at the end.
CASES_PER_ACCOUNT, MORE = 0.8, 0.6
#: Working days that the channel saves, and that each project in flight in the district adds.
EFFECT, QUEUE = -6.5, 1.0
#: Districts of the growth belt, how many more projects there are, and the days its lines add.
BELT, BELT_CASES, BELT_DAYS = ("D3", "D6"), 2.2, 14.0
#: Of 1 to 5.
COMPLEXITY = (0.15, 0.25, 0.25, 0.2, 0.15)
DUAL, PRIORITY, NEW = 0.3, 0.2, 0.6
#: Log odds of the channel: without anything, priority, a point of complexity, two sources.
CHANNEL = (-1.15, 1.0, 0.43, 0.78)
#: Working days by which the plan is answered (single source, two sources), the share answered by
#: then, and the spread (standard deviation of the logarithm).
LIMITS, PASSED, REPLY_SD = (15.0, 30.0), (0.58, 0.49), 0.22
#: Parts of the answer: survey and review; the rest are the plans.
SURVEY, REVIEW = 0.25, 0.3
#: Mean days of the customer's design and equipment at complexity 3, days of a point, spread.
DESIGN, DESIGN_POINT, DESIGN_SD = 44.5, 5.0, 0.10
#: Construction: days, days of a point, spread.
BUILDING, BUILDING_POINT, BUILDING_SD = 13.5, 1.5, 2.5
#: Design review, inspection on the way, inspection at the end, current on: mean days above one.
SHORT = {"design_review": 4.0, "mid_inspection": 1.6, "completion_inspection": 2.0, "energise": 1.8}
#: Where a delay of each cause happens, its chance, and its mean days.
DELAYS = {
    "coordination": ("company_review", 0.42, 2.0),
    "source_points": ("construction", 0.16, 6.0),
    "tracking": ("mid_inspection", 0.20, 3.0),
    "equipment": ("design_equipment", 0.30, 8.0),
}
#: Share of the channel's cases that had every weekly meeting, and of the closed ones a visit.
CADENCE, VISITED = 0.62, 0.80
ACTIVITIES = (
    "survey", "external_plan", "internal_plan", "company_review", "design_equipment",
    "design_review", "construction", "mid_inspection", "completion_inspection", "energise",
)  # fmt: skip
#: Activities one after the other; the two plans are made at the same time.
CHAIN = tuple(name for name in ACTIVITIES if name not in ("external_plan", "internal_plan"))
#: Cross-sections (mm2) and what they carry (A).
CONDUCTORS = {70: 275, 120: 380, 150: 445, 185: 515, 240: 610}
FEEDERS, THIN_IN_BELT, THIN_ELSEWHERE = 60, 6, 5
FULL, ROOM = (0.915, 1.03), (0.35, 0.85)
#: Books that the expected values are simulated in.
SIMULATED, DAYS_AHEAD = 120, 1500
#: The last days of a book, in which many cases are still open.
RECENT = 240


class Drawn(NamedTuple):
    """What is drawn of each case, in the order in which they begin."""

    start: Ints
    district: npt.NDArray[np.object_]
    complexity: Ints
    dual: Ints
    priority: Ints
    new: Ints
    green: Ints
    #: Working days by activity, without the queue; days of delay by cause.
    days: dict[str, Ints]
    delays: dict[str, Ints]
    #: Days of each case as it went, the queue that it met, and its first and last day (numbers).
    lead: Ints
    queue: Ints
    end: Ints


def _choice(rng: np.random.Generator, n: int, share: float) -> Ints:
    return (rng.random(n) < share).astype(np.int64)


def _reply(rng: np.random.Generator, dual: Ints) -> Ints:
    """Working days until the plan is answered: the planted share within the limit."""
    limit, passed = np.array(LIMITS)[dual], np.array(PASSED)[dual]
    mean = np.log(limit) - REPLY_SD * norm.ppf(passed)
    return np.maximum(4, np.ceil(np.exp(rng.normal(mean, REPLY_SD)))).astype(np.int64)


def draw(
    rng: np.random.Generator,
    district: npt.NDArray[np.object_],
    worked: Ints,
    months: int,
) -> Drawn:
    """Cases of a book: ``district`` of each, and which days are worked (from the book's first day,
    and long enough behind its last).
    """
    n, length = len(district), round(months * 365.25 / 12)
    open_days = np.flatnonzero(worked[:length])
    weight = 1 + MORE * open_days / length
    start = np.sort(rng.choice(open_days, n, p=weight / weight.sum()))
    complexity = rng.choice(np.arange(1, 6), n, p=COMPLEXITY).astype(np.int64)
    dual = _choice(rng, n, DUAL)
    priority, new = _choice(rng, n, PRIORITY), _choice(rng, n, NEW)
    base, for_priority, for_point, for_dual = CHANNEL
    odds = base + for_priority * priority + for_point * (complexity - 3) + for_dual * dual
    green = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    reply = _reply(rng, dual)
    survey = np.maximum(1, np.rint(SURVEY * reply)).astype(np.int64)
    review = np.maximum(1, np.rint(REVIEW * reply)).astype(np.int64)
    plan = np.maximum(1, reply - survey - review)
    beside = np.maximum(1, np.rint(plan * rng.uniform(0.4, 1.0, n))).astype(np.int64)
    outside = rng.random(n) < 0.75
    mean = DESIGN + DESIGN_POINT * (complexity - 3)
    design = mean * np.exp(rng.normal(-(DESIGN_SD**2) / 2, DESIGN_SD, n))
    delays = {}
    for cause, (_, chance, typical) in DELAYS.items():
        long = 1 + rng.poisson(typical - 1, n)
        delays[cause] = np.where(rng.random(n) < chance, long, 0).astype(np.int64)
    # talk that delays is part of the review, and no longer than it
    delays["coordination"] = np.minimum(delays["coordination"], review)
    building = BUILDING + BUILDING_POINT * (complexity - 3) + EFFECT * green
    building = building + BELT_DAYS * np.isin(district, BELT) + rng.normal(0, BUILDING_SD, n)
    short = {name: 1 + rng.poisson(mean_days - 1, n) for name, mean_days in SHORT.items()}
    noise = rng.random(n)
    days = {
        "survey": survey,
        "external_plan": np.where(outside, plan, beside),
        "internal_plan": np.where(outside, beside, plan),
        "company_review": review,
        "design_equipment": np.rint(design).astype(np.int64) + delays["equipment"],
        **{name: found.astype(np.int64) for name, found in short.items()},
    }
    days["mid_inspection"] = days["mid_inspection"] + delays["tracking"]
    fixed = sum(days[name] for name in CHAIN if name != "construction") + plan
    return _run(start, district, worked, building, noise, fixed, Drawn(
        start, district, complexity, dual, priority, new, green, days, delays, start, start, start
    ))  # fmt: skip


def _run(
    start: Ints, district: npt.NDArray[np.object_], worked: Ints, building: np.ndarray,
    noise: np.ndarray, fixed: Ints, drawn: Drawn,
) -> Drawn:  # fmt: skip
    """One case after the other, since each meets those that are still in flight."""
    upto = np.cumsum(worked)
    built, queue, end = (np.zeros(len(start), dtype=np.int64) for _ in range(3))
    open_until: dict[object, list[int]] = {}
    for n, day in enumerate(start):
        there = [until for until in open_until.get(district[n], []) if until > day]
        queue[n] = len(there)
        # a whole number of days, rounded so that the mean is kept
        days = building[n] + QUEUE * queue[n]
        built[n] = max(1, int(np.floor(days + noise[n])))
        built[n] += drawn.delays["source_points"][n]
        end[n] = np.searchsorted(upto, upto[day] + fixed[n] + built[n])
        open_until[district[n]] = [*there, int(end[n])]
    days = {**drawn.days, "construction": built}
    return drawn._replace(days=days, lead=fixed + built, queue=queue, end=end)


def workdays(calendar: pd.DataFrame) -> Ints:
    """1 for each working day from the first day of a calendar, and from Monday to Friday behind its
    last.
    """
    first = calendar["date"].to_numpy().astype("datetime64[D]").min()
    days = np.arange(first, first + len(calendar) + DAYS_AHEAD)
    found = np.is_busday(days).astype(np.int64)
    found[: len(calendar)] = calendar.sort_values("date")["workday"].to_numpy(dtype=np.int64)
    return found


def weights(district: npt.NDArray[np.object_]) -> np.ndarray:
    """How likely each account is to ask for a connection."""
    weight = np.where(np.isin(district, BELT), BELT_CASES, 1.0)
    return np.asarray(weight / weight.sum())


@lru_cache(maxsize=1)
def expected() -> dict[str, object]:
    """What cases of such a process come to, over many books of 48 months without holidays."""
    rng = np.random.default_rng(20)
    worked = np.tile([1, 1, 1, 1, 1, 0, 0], 430)
    names = np.array([f"D{n}" for n in range(1, 9)], dtype=object)
    lead, design, lost = [], [], dict.fromkeys(DELAYS, 0)
    for _ in range(SIMULATED):
        found = draw(rng, rng.choice(names, 480, p=weights(names)), worked, 48)
        late = found.start >= round(48 * 365.25 / 12) - RECENT
        lead.append(found.lead[late])
        design.append((found.days["design_equipment"].sum(), found.lead.sum()))
        for name in DELAYS:
            lost[name] += int(found.delays[name].sum())
    whole = sum(lost.values())
    days, total = np.array(design).sum(axis=0)
    return {
        "median_of_late": float(np.median(np.concatenate(lead))),
        "bottleneck_share": float(days / total),
        "delay_shares": {name: lost[name] / whole for name in DELAYS},
    }


def _feeders(rng: np.random.Generator, districts: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Lines by district: the thin ones of the belt are full, thin ones elsewhere are not."""
    belt = [name for name in districts if name in BELT] or districts[:2]
    others = [name for name in districts if name not in belt] or belt
    thin = [belt[n % len(belt)] for n in range(THIN_IN_BELT)]
    thin += [others[n % len(others)] for n in range(THIN_ELSEWHERE)]
    rest = [districts[n % len(districts)] for n in range(FEEDERS - len(thin))]
    mm2 = np.r_[np.full(len(thin), 70), rng.choice([120, 150, 185, 240], len(rest))]
    full = np.arange(FEEDERS) < THIN_IN_BELT
    loading = np.where(full, rng.uniform(*FULL, FEEDERS), rng.uniform(*ROOM, FEEDERS))
    amps = np.array([CONDUCTORS[size] for size in mm2])
    order = rng.permutation(FEEDERS)
    table = pd.DataFrame(
        {
            "feeder": [f"F{n + 1:02d}" for n in range(FEEDERS)],
            "district": np.array([*thin, *rest], dtype=object)[order],
            "kv": 10,
            "mm2": mm2[order],
            "amps": amps[order],
            "load_a": np.rint(loading * amps)[order].astype(np.int64),
        }
    )
    return table, table.loc[full[order], "feeder"].tolist()


def _dated(first: np.datetime64, day: np.ndarray, last: int) -> npt.NDArray[np.datetime64]:
    """Days by their numbers; those behind the last are not known yet."""
    found = (first + np.asarray(day)).astype("datetime64[s]")
    found[np.asarray(day) > last] = np.datetime64("NaT")
    return found


def events_of(drawn: Drawn, worked: Ints) -> pd.DataFrame:
    """First and last day (numbers) of each activity of each case, and what was lost in it."""
    upto = np.cumsum(worked)
    at, parts = upto[drawn.start], []
    begun = at
    for name in ACTIVITIES:
        done = begun + drawn.days[name]
        if name == "company_review":
            begun = begun + np.maximum(drawn.days["external_plan"], drawn.days["internal_plan"])
            done = begun + drawn.days[name]
        cause = next((why for why, (where, *_) in DELAYS.items() if where == name), "")
        lost = drawn.delays[cause] if cause else np.zeros(len(at), dtype=np.int64)
        parts.append(
            pd.DataFrame(
                {
                    "case": np.arange(len(at)),
                    "activity": name,
                    "start": np.where(begun == at, drawn.start, np.searchsorted(upto, begun)),
                    "end": np.searchsorted(upto, done),
                    "delay_days": lost,
                    "cause": np.where(lost > 0, cause, ""),
                }
            )
        )
        if name not in ("external_plan", "internal_plan"):
            begun = done
    return pd.concat(parts, ignore_index=True)


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Cases, their events and the feeders; and what was planted in them.

    Reads accounts, calendar and, for the first day, the ledger.
    """
    accounts = upstream["accounts"].sort_values("account_id")
    district = accounts["district"].to_numpy(dtype=object)
    worked = workdays(upstream["calendar"])
    first = np.datetime64(book_start(upstream), "D")
    last = len(upstream["calendar"]) - 1
    number = round(CASES_PER_ACCOUNT * len(accounts))
    owner = rng.choice(len(accounts), number, p=weights(district))
    drawn = draw(rng, district[owner], worked, months)
    ids = np.array([f"P{n + 1:04d}" for n in range(number)], dtype=object)
    events = events_of(drawn, worked)
    known = events[events["start"] <= last].sort_values(["case", "start", "end"], kind="stable")
    closed = drawn.end <= last
    weeks = (np.minimum(drawn.end, last) - drawn.start) // 7
    missed = np.where(rng.random(number) < CADENCE, 0, 1 + rng.poisson(2.0, number))
    held = np.maximum(0, weeks - missed)
    visited = _choice(rng, number, VISITED)
    volts = accounts["voltage_kv"].to_numpy()[owner]
    size = np.exp(rng.normal(6.2 + 0.25 * (drawn.complexity - 3), 0.5))
    cases = pd.DataFrame(
        {
            "case_id": ids,
            "account_id": accounts["account_id"].to_numpy(dtype=object)[owner],
            "start": _dated(first, drawn.start, last),
            "end": _dated(first, drawn.end, last),
            "district": drawn.district,
            "kind": np.where(drawn.new == 1, "new", "extension"),
            "kv": volts,
            "capacity_kva": (50 * np.maximum(1, np.rint(size / 50))).astype(np.int64),
            "dual_source": drawn.dual,
            "complexity": drawn.complexity,
            "priority": drawn.priority,
            "green_channel": drawn.green,
            "meetings": pd.array(np.where(drawn.green == 1, held, -1), dtype="Int64"),
            "return_visit": pd.array(visited, dtype="Int64"),
        }
    )
    cases.loc[drawn.green == 0, "meetings"] = pd.NA
    cases.loc[(drawn.green == 0) | ~closed, "return_visit"] = pd.NA
    case_events = pd.DataFrame(
        {
            "case_id": ids[known["case"].to_numpy()],
            "activity": known["activity"].to_numpy(dtype=object),
            "start": _dated(first, known["start"].to_numpy(), last),
            "end": _dated(first, known["end"].to_numpy(), last),
            "delay_days": pd.array(known["delay_days"].to_numpy(), dtype="Int64"),
            "cause": known["cause"].to_numpy(dtype=object),
        }
    )
    running = case_events["end"].isna() | (case_events["delay_days"] == 0)
    case_events.loc[running, "delay_days"] = pd.NA
    case_events.loc[running, "cause"] = pd.NA
    feeders, full = _feeders(rng, sorted(set(district)))
    truth: dict[str, object] = {
        "effect": EFFECT,
        "answered_in_time": dict(zip(("single", "dual"), PASSED, strict=True)),
        "days_of_one_in_flight": QUEUE,
        "full_feeders": full,
        "cadence_kept": CADENCE,
        "visited": VISITED,
        **expected(),
    }
    return {"cases": cases, "case_events": case_events, "feeders": feeders}, truth
