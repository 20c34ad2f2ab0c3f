"""Odd books of cases: what the lesson on lead time has to stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

FIRST = date(2023, 1, 2)
HEAD = "case_id,account_id,start,end"


def _day(number: int) -> str:
    return (FIRST + timedelta(days=int(number))).isoformat()


def _cases(rows: list[tuple[object, ...]], further: str = "") -> str:
    head = HEAD + ("," + further if further else "")
    lines = [
        f"K{n},A{n % 23},{_day(start)},{_day(end) if end is not None else ''}"
        + "".join(f",{value}" for value in rest)
        for n, (start, end, *rest) in enumerate(rows)
    ]
    return "\n".join([head, *lines]) + "\n"


def _spread(count: int, seed: int = 4, last: int = 400) -> list[tuple[int, int | None]]:
    """Cases of which the last are open."""
    rng = np.random.default_rng(seed)
    found = []
    for start in sorted(rng.integers(0, last, count).tolist()):
        end = start + int(rng.gamma(4, 12))
        found.append((start, end if end <= last else None))
    return found


def cases_alone() -> dict[str, str]:
    """Beginning and end, and nothing else: no ledger, no calendar."""
    return {"cases.csv": _cases([(a, b) for a, b in _spread(60)])}


def cases_none_done() -> dict[str, str]:
    return {"cases.csv": _cases([(n, None) for n in range(8)])}


def cases_all_done() -> dict[str, str]:
    """All done, each on the day of its asking."""
    return {"cases.csv": _cases([(n, n) for n in range(30)])}


def one_case() -> dict[str, str]:
    return {"cases.csv": _cases([(0, 9)])}


def cases_with_promises() -> dict[str, str]:
    """Some late, some not due, one without; a district without a name, one of a single case."""
    rows = [
        (a, b, _day(a + 40) if n % 9 else "", ("North", "South", "")[n % 3] if n else "Isle")
        for n, (a, b) in enumerate(_spread(70))
    ]
    return {"cases.csv": _cases(rows, "promise,district")}


def _channel(count: int, seed: int = 6, hide: bool = False) -> str:
    rng = np.random.default_rng(seed)
    rows = []
    for start, _ in _spread(count, seed, 900):
        hard, dual = int(rng.integers(1, 6)), int(rng.random() < 0.3)
        green = int(rng.random() < (0.2 + 0.12 * hard))
        end = start + int(60 + 8 * hard - 9 * green + rng.normal(0, 8))
        done = end if end <= 900 else None
        rest = (green,) if hide else (green, hard, dual, rng.choice(["new", "more"]), "N")
        rows.append((start, done, *rest))
    return _cases(
        rows, "green_channel" if hide else "green_channel,complexity,dual_source,kind,district"
    )


def channel_of_the_hard() -> dict[str, str]:
    return {"cases.csv": _channel(220)}


def channel_and_nothing_known() -> dict[str, str]:
    """Who got the channel is written down, and nothing else."""
    return {"cases.csv": _channel(160, 8, hide=True)}


def channel_by_rule() -> dict[str, str]:
    """Whoever is urgent gets the channel, nobody else does."""
    rows = [(a * 3, a * 3 + 40 + a % 7, a % 2, a % 2, 1 + a % 4) for a in range(120)]
    return {"cases.csv": _cases(rows, "green_channel,priority,complexity")}


def channel_for_all() -> dict[str, str]:
    rows = [(a, a + 30 + a % 5, 1, 1 + a % 3) for a in range(60)]
    return {"cases.csv": _cases(rows, "green_channel,complexity")}


def own_activities() -> dict[str, str]:
    """Words of one's own, some steps twice, some running, a cause here and there, feeders."""
    rows = _spread(40, 9)
    lines = ["case_id,activity,start,end,delay_days,cause"]
    for n, (start, end) in enumerate(rows):
        stop = end if end is not None else start + 5
        middle = start + (stop - start) // 2
        lines.append(
            f"K{n},勘查,{_day(start)},{_day(middle)},{n % 4},{('人手', '', '设备')[n % 3]}"
        )
        lines.append(f"K{n},施工,{_day(middle)},{_day(stop) if end is not None else ''},,")
        if n % 5 == 0:
            lines.append(f"K{n},勘查,{_day(middle)},{_day(stop)},2,设备")
    feeders = "feeder,kv,amps,load_a,mm2\nL1,10,275,280,70\nL2,10,380,100,120\nL3,10,380,0,120\n"
    return {
        "cases.csv": _cases([(a, b) for a, b in rows]),
        "case_events.csv": "\n".join(lines) + "\n",
        "feeders.csv": feeders,
    }


def activities_without_end() -> dict[str, str]:
    lines = ["case_id,activity,start,end", *(f"K{n},wait,{_day(n)}," for n in range(12))]
    return {
        "cases.csv": _cases([(n, None) for n in range(12)]),
        "case_events.csv": "\n".join(lines) + "\n",
    }


def cases_and_a_short_calendar() -> dict[str, str]:
    """A calendar of one month; one account left out; amounts beside."""
    days = [f"{_day(n)},{int(n % 7 < 4)}" for n in range(30)]
    return {
        "ledger.csv": "account_id,revenue\nA1,100\nA2,50\n",
        "cases.csv": _cases([(a, b) for a, b in _spread(45, 12)]),
        "calendar.csv": "date,workday\n" + "\n".join(days) + "\n",
        "toml": 'currency = "EUR"\n[exclude]\nA3 = "own use"\n',
    }


def meetings_only() -> dict[str, str]:
    """Meetings and visits of a channel without anything else of it."""
    rows = [(a * 2, a * 2 + 30 if a < 24 else None, 1, a % 6, a % 2) for a in range(26)]
    return {"cases.csv": _cases(rows, "green_channel,meetings,return_visit")}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        cases_alone, cases_none_done, cases_all_done, one_case, cases_with_promises,
        channel_of_the_hard, channel_and_nothing_known, channel_by_rule, channel_for_all,
        own_activities, activities_without_end, cases_and_a_short_calendar, meetings_only,
    )
}  # fmt: skip
