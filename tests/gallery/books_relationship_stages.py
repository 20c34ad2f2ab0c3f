"""Odd books of stages: what the lesson on relationship stages has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

QUARTERS = [f"{2021 + n // 4}-{3 * (n % 4) + 1:02d}-01" for n in range(12)]
LEDGER = "account_id,revenue\nS0,100\nS1,50\n"


def _history(stages: dict[str, list[str]], amounts: dict[str, str], days: list[str]) -> str:
    head = "quarter,account_id,stage" + (",contribution" if amounts else "")
    rows = [
        f"{day},{name},{stage}" + (f",{amounts[stage]}" if amounts else "")
        for name, line in stages.items()
        for day, stage in zip(days, line, strict=False)
        if stage
    ]
    return head + "\n" + "\n".join(rows) + "\n"


def _walks(names: list[str], count: int, length: int, stay: float = 0.7) -> dict[str, list[str]]:
    rng = np.random.default_rng(5)
    found = {}
    for number in range(count):
        now, line = int(rng.integers(len(names))), []
        for _ in range(length):
            line.append(names[now])
            if rng.random() > stay:
                now = int(rng.integers(len(names)))
        found[f"S{number}"] = line
    return found


def own_names() -> dict[str, str]:
    """Stages that are called otherwise, with what they bring."""
    walks = _walks(["contact", "customer", "partner"], 40, 12)
    amounts = {"contact": "-5", "customer": "20", "partner": "90"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def own_without_amounts() -> dict[str, str]:
    walks = _walks(["build", "stable", "deep", "lapsed"], 30, 8)
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, {}, QUARTERS)}


def own_in_years() -> dict[str, str]:
    """Stages of each year; a few contributions are missing."""
    walks = _walks(["build", "stable", "deep", "lapsed"], 25, 6)
    days = [f"{2018 + n}-01-01" for n in range(6)]
    amounts = {"build": "-1", "stable": "10", "deep": "", "lapsed": "0"}
    return {
        "ledger.csv": LEDGER,
        "stage_history.csv": _history(walks, amounts, days),
        "toml": 'currency = "EUR"\n',
    }


def own_of_one_quarter() -> dict[str, str]:
    walks = _walks(["build", "stable", "deep", "lapsed"], 10, 1)
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, {}, QUARTERS)}


def all_in_one_stage() -> dict[str, str]:
    """Everybody is deep, always."""
    walks = {f"S{n}": ["deep"] * 8 for n in range(25)}
    amounts = {"deep": "100"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def lost_for_good() -> dict[str, str]:
    """Nobody comes back, and all are lost at the end."""
    walks = {f"S{n}": ["deep"] * (1 + n % 9) + ["lapsed"] * 4 for n in range(30)}
    amounts = {"deep": "100", "lapsed": "0"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def seen_in_the_last_quarter() -> dict[str, str]:
    """Two stages that nobody was seen leaving or staying in."""
    walks = {f"S{n}": ["build", "stable", "build", "lapsed"] for n in range(24)}
    walks["S0"] = ["build", "stable", "stable", "deep"]
    amounts = {"build": "0", "stable": "10", "deep": "50", "lapsed": "0"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def gaps_between_quarters() -> dict[str, str]:
    """A whole quarter is missing, and some accounts have holes of their own."""
    walks = _walks(["build", "stable", "deep", "lapsed"], 30, 12)
    for number, line in enumerate(walks.values()):
        line[5] = ""
        line[(number * 3) % 12] = ""
    amounts = {"build": "-4", "stable": "10", "deep": "50", "lapsed": "0"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def nineteen_accounts() -> dict[str, str]:
    walks = _walks(["build", "stable", "deep", "lapsed"], 19, 12)
    amounts = {"build": "-4", "stable": "10", "deep": "-50", "lapsed": "0"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


def never_lost() -> dict[str, str]:
    """Three stages of trade, and no account that lapsed; each loses money."""
    walks = _walks(["build", "stable", "deep"], 40, 12)
    amounts = {"build": "-4", "stable": "-10", "deep": "-50"}
    return {"ledger.csv": LEDGER, "stage_history.csv": _history(walks, amounts, QUARTERS)}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        own_names, own_without_amounts, own_in_years, own_of_one_quarter, all_in_one_stage, lost_for_good,
        seen_in_the_last_quarter, gaps_between_quarters, nineteen_accounts, never_lost,
    )
}  # fmt: skip
