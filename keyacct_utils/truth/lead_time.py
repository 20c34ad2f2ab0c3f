"""Lesson 20: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.lead_time import activities, channel, days, waiting
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.lead_time import (
    BELT,
    CASES_PER_ACCOUNT,
    EFFECT,
    LIMITS,
    RECENT,
    Drawn,
    draw,
    expected,
    weights,
)

#: What METHODS allows of the effect; the others from the table of 40 seeds.
_EFFECT, _ALL, _SHARE, _MEDIAN, _BOTTLENECK, _QUEUE = 2.6, 3.2, 0.11, 9.0, 0.015, 0.38
_CAUSES, _CADENCE = 0.08, 0.11
#: Days from the beginning of a case after which all but very few are done.
FOLLOWED = 240
#: What was known of a case before it was let into the channel.
KNOWN = ("complexity", "dual_source", "priority", "kind", "queue")
_HELD = ["complexity", "dual_source", "priority", "green_channel", "district"]
_NEAR, _WEEKS_AHEAD = 3.0, 220

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48
#: A larger book is simulated with as many accounts: it takes as long as all else of the lesson.
LARGEST = 3000

Tables = Mapping[str, pd.DataFrame]


def _last(tables: Tables) -> pd.Timestamp:
    cases = tables["cases"]
    return pd.Timestamp(pd.concat([cases["start"], cases["end"]]).max())


def _cases(tables: Tables) -> pd.DataFrame:
    cases = tables["cases"]
    queue = waiting.in_flight(cases, _last(tables))
    lasted = days.working_days(cases["start"], cases["end"], tables["calendar"])
    return cases.assign(queue=queue, days=lasted)


def _followed(tables: Tables) -> pd.DataFrame:
    """Cases that began so early that nearly all of them are done; the rest count as they are."""
    cases = _cases(tables)
    early = cases["start"] <= _last(tables) - pd.Timedelta(days=FOLLOWED)
    still = days.working_days(
        cases["start"], pd.Series(_last(tables), index=cases.index), tables["calendar"]
    )
    return cases.assign(days=cases["days"].fillna(still))[early]


def compared(early: pd.DataFrame, method: channel.Method, leave_out: bool = True) -> channel.Effect:
    """The channel beside others like it, as the lesson compares it."""
    known = () if method == "naive" else KNOWN
    return channel.channel_effect(early, known, method, clusters="account_id", leave_out=leave_out)


def _effect(early: pd.DataFrame, method: channel.Method) -> float:
    return compared(early, method, leave_out=False).value


def _answers(tables: Tables, dual: int, limit: float, count: str = "working") -> float:
    cases, day = tables["cases"], _last(tables)
    cases = cases[cases["dual_source"] == dual]
    found = activities.span_of(tables["case_events"], cases, "company_review")
    if count == "working":
        due = days.add_working_days(found["start"], limit, tables["calendar"])
    else:
        due = found["start"] + pd.Timedelta(days=int(limit))
    return float(waiting.within_promise(found.assign(promise=due), day)["share"].iloc[0])


def _answered(tables: Tables, limits: tuple[float, float] = LIMITS, count: str = "working") -> Any:
    return {
        name: _answers(tables, dual, limits[dual], count)
        for dual, name in enumerate(("single", "dual"))
    }


def _path(tables: Tables) -> float:
    path = activities.days_on_path(tables["case_events"], tables["calendar"])
    return float(path["design_equipment"].sum() / path.to_numpy().sum())


def _all_added_up(tables: Tables) -> float:
    """Share of the days of all activities, those that ran beside others too."""
    table = activities.stage_durations(tables["case_events"], tables["calendar"])
    return float(table["share"].to_dict()["design_equipment"])


def _causes(tables: Tables) -> dict[str, float]:
    found = activities.delay_by_cause(tables["case_events"], draws=0)["share"]
    return {str(name): float(share) for name, share in found.items()}


def _by_number(tables: Tables) -> dict[str, float]:
    found = activities.delay_by_cause(tables["case_events"], draws=0)["share_of_delays"]
    return {str(name): float(share) for name, share in found.items()}


def slope(cases: pd.DataFrame, held: bool = True) -> waiting.QueueEffect:
    """Days of one more in flight, with the district and what is known held equal or not."""
    return waiting.queue_effect(
        cases["days"], cases["queue"], cases[_HELD] if held else None, cases["account_id"]
    )


def _typical(tables: Tables) -> float:
    """Days by which half of the cases of the last months are done."""
    day = _last(tables)
    late = tables["cases"]
    late = late[late["start"] > day - pd.Timedelta(days=RECENT)]
    return waiting.time_until(waiting.completed_by(late, day, tables["calendar"]))[0]


def _done_today(tables: Tables) -> float:
    """Open cases taken as done on the day of the look."""
    late, day = tables["cases"], _last(tables)
    late = late[late["start"] > day - pd.Timedelta(days=RECENT)]
    lasted = days.working_days(late["start"], late["end"].fillna(day), tables["calendar"])
    return float(lasted.median())


def _full(tables: Tables) -> tuple[str, ...]:
    table = waiting.feeder_headroom(tables["feeders"])
    return tuple(sorted(table.index[table["full"]]))


def _thin(tables: Tables) -> tuple[str, ...]:
    table = tables["feeders"]
    return tuple(sorted(table.loc[table["mm2"] == 70, "feeder"]))


def _cadence(tables: Tables) -> dict[str, float]:
    cases = tables["cases"]
    table = waiting.cadence_compliance(cases[cases["green_channel"] == 1], _last(tables))
    share = table["share"].to_dict()
    return {"meetings": float(share["meetings"]), "visits": float(share["return visit"])}


def _all_meetings(tables: Tables) -> dict[str, float]:
    """Meetings held over meetings asked for, as if each case were some part right."""
    cases = tables["cases"]
    cases = cases[cases["green_channel"] == 1]
    weeks = (cases["end"].fillna(_last(tables)) - cases["start"]).dt.days // 7
    share = float(cases["meetings"].sum() / weeks.sum())
    return {"meetings": share, "visits": _cadence(tables)["visits"]}


ITEMS = (
    Item(
        "working days that the green channel saves",
        stated("lead_time", "effect"),
        _EFFECT,
        (
            Naive(
                "cases of the channel against the others", lambda t: _effect(_followed(t), "naive")
            ),
        ),
    ),
    Item(
        "the same by regression, by weights and by matching",
        lambda truth: dict.fromkeys(
            ("regression", "ipw", "matching"), truth["lead_time"]["effect"]
        ),
        _ALL,
        (
            Naive(
                "cases of the channel against the others",
                lambda t: dict.fromkeys(
                    ("regression", "ipw", "matching"), _effect(_followed(t), "naive")
                ),
            ),
        ),
    ),
    Item(
        "plans answered within 15 and 30 working days",
        stated("lead_time", "answered_in_time"),
        _SHARE,
        (
            Naive("calendar days in their place", lambda t: _answered(t, count="calendar")),
            Naive("one limit for both", lambda t: _answered(t, (LIMITS[0], LIMITS[0]))),
        ),
    ),
    Item(
        "share of the days that design and equipment take",
        stated("lead_time", "bottleneck_share"),
        _BOTTLENECK,
        (Naive("days of all activities added up", _all_added_up),),
    ),
    Item(
        "working days by which half of the cases are done, of the last 240 days",
        stated("lead_time", "median_of_late"),
        _MEDIAN,
        (Naive("open cases taken as done today", _done_today),),
    ),
    Item(
        "shares of the lost days, by cause",
        stated("lead_time", "delay_shares"),
        _CAUSES,
        (Naive("number of delays in the place of days", _by_number),),
    ),
    Item(
        "working days that each case in flight adds",
        stated("lead_time", "days_of_one_in_flight"),
        _QUEUE,
        (
            Naive(
                "districts and difficulty not held equal",
                lambda t: slope(_followed(t), False).slope,
            ),
        ),
    ),
    Item(
        "feeders over 90 %, by name",
        lambda truth: tuple(truth["lead_time"]["full_feeders"]),
        None,
        (Naive("all thin ones", _thin),),
    ),
    Item(
        "cases of the channel with all weekly meetings, and with a return visit",
        lambda truth: {
            "meetings": truth["lead_time"]["cadence_kept"],
            "visits": truth["lead_time"]["visited"],
        },
        _CADENCE,
        (Naive("meetings over meetings asked for", _all_meetings),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 20 finds in the tables of a world, by the names of ITEMS."""
    early = _followed(tables)
    values = (
        _effect(early, "aipw"),
        {name: _effect(early, name) for name in ("regression", "ipw", "matching")},
        _answered(tables),
        _path(tables),
        _typical(tables),
        _causes(tables),
        slope(early).slope,
        _full(tables),
        _cadence(tables),
    )
    return {item.name: found for item, found in zip(ITEMS, values, strict=True)}


def _frame(drawn: Drawn, last: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "days": drawn.lead.astype(float), "green_channel": drawn.green,
            "complexity": drawn.complexity, "dual_source": drawn.dual,
            "priority": drawn.priority, "kind": np.where(drawn.new == 1, "new", "more"),
            "queue": drawn.queue, "district": drawn.district,
        }
    )[drawn.start <= last - FOLLOWED]  # fmt: skip


def simulated(rng: np.random.Generator, accounts: int, months: int) -> pd.DataFrame:
    """Cases of a simulated book that began early enough to be followed, with their accounts."""
    names = np.array([f"D{n}" for n in range(1, 9)], dtype=object)
    last = round(months * 365.25 / 12) - 1
    worked = np.tile([1, 1, 1, 1, 1, 0, 0], last // 7 + _WEEKS_AHEAD)
    place = rng.choice(names, accounts)
    owner = rng.choice(accounts, round(CASES_PER_ACCOUNT * accounts), p=weights(place))
    frame = _frame(draw(rng, place[owner], worked, months), last)
    return frame.assign(account_id=owner[frame.index])


def _tried(rng: np.random.Generator, accounts: int, months: int) -> dict[str, bool]:
    names = np.array([f"D{n}" for n in range(1, 9)], dtype=object)
    last = round(months * 365.25 / 12) - 1
    worked = np.tile([1, 1, 1, 1, 1, 0, 0], last // 7 + _WEEKS_AHEAD)
    district = rng.choice(names, round(CASES_PER_ACCOUNT * accounts), p=weights(names))
    drawn = draw(rng, district, worked, months)
    frame = _frame(drawn, last)
    found = dict.fromkeys(
        (
            "the effect of the channel is told from nothing",
            "the effect of the channel is within 3 days",
            "the naive difference is no saving",
        ),
        False,
    )
    try:
        effect = channel.channel_effect(frame, KNOWN, "aipw")
        naive = channel.channel_effect(frame, (), "naive")
    except ValueError:
        pass
    else:
        found = dict(
            zip(
                found,
                (effect.high < 0, abs(effect.value - EFFECT) <= _NEAR, naive.high > 0),
                strict=True,
            )
        )
    lost = {name: int(days_lost.sum()) for name, days_lost in drawn.delays.items()}
    design, whole = drawn.days["design_equipment"].sum(), drawn.lead.sum()
    share = float(design / whole) if whole else np.nan
    planted = float(str(expected()["bottleneck_share"]))
    belt = np.isin(drawn.district, BELT)
    return found | {
        "design and equipment take within 2 points of their share": abs(share - planted) <= 0.02,
        "the cause that takes most days is the right one": max(lost, key=lost.__getitem__)
        == "equipment",
        "the belt has the longer queue": bool(
            belt.any() and (~belt).any() and drawn.queue[belt].mean() > drawn.queue[~belt].mean()
        ),
    }


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        for name, answer in _tried(rng, accounts, months).items():
            found.setdefault(name, []).append(bool(answer))
    return found
