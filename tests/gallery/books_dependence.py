"""Odd books of markets and mixes: what the lesson on dependence has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MONTHS = [f"{2022 + n // 12}-{n % 12 + 1:02d}" for n in range(30)]


def _ledger(amounts: dict[str, list[float]], months: list[str] = MONTHS) -> str:
    rows = [
        f"{name},{month}-10,{value:.2f}"
        for name, values in amounts.items()
        for month, value in zip(months, values, strict=False)
    ]
    return "account_id,date,revenue\n" + "\n".join(rows) + "\n"


def _flat(count: int = 4, months: int = 30) -> dict[str, list[float]]:
    return {f"F{n}": [100.0 * (n + 1)] * months for n in range(count)}


def _market(values: list[float]) -> str:
    rows = [f"{m}-01,{v:.3f}" for m, v in zip(MONTHS, values, strict=False)]
    return "month,level\n" + "\n".join(rows) + "\n"


def _sectors(levels: dict[str, list[float]], effort: float | None = 50.0) -> str:
    head = "month,sector,contribution" + (",effort" if effort is not None else "")
    tail = "" if effort is None else f",{effort:.2f}"
    rows = [
        f"{m}-01,{name},{value:.2f}{tail}"
        for name, values in levels.items()
        for m, value in zip(MONTHS, values, strict=False)
    ]
    return head + "\n" + "\n".join(rows) + "\n"


def _walk(seed: int, sd: float = 0.04) -> list[float]:
    rng = np.random.default_rng(seed)
    return list(100 * np.exp(np.cumsum(rng.normal(0, sd, len(MONTHS)))))


def nothing_moves() -> dict[str, str]:
    """Every month the same: no growth, no beta."""
    return {"ledger.csv": _ledger(_flat())}


def market_stands_still() -> dict[str, str]:
    """An index that never moves is no market."""
    book = {f"W{n}": _walk(n) for n in range(5)}
    return {"ledger.csv": _ledger(book), "market_index.csv": _market([100.0] * 30)}


def market_elsewhere() -> dict[str, str]:
    """Accounts of the ledger beside an index."""
    book = {f"W{n}": _walk(n) for n in range(5)}
    return {
        "ledger.csv": _ledger(book),
        "market_index.csv": _market(_walk(9)),
        "toml": 'currency = "EUR"\n',
    }


def two_as_one() -> dict[str, str]:
    """Two sectors that move as one: with an index they still have variances of their own."""
    walk = _walk(1)
    levels = {"iron": walk, "steel": [2 * v for v in walk], "hospital": _walk(2)}
    return {"ledger.csv": _ledger(_flat()), "sector_months.csv": _sectors(levels)}


def one_sector() -> dict[str, str]:
    return {
        "ledger.csv": _ledger(_flat()),
        "sector_months.csv": _sectors({"iron": _walk(1)}),
        "market_index.csv": _market(_walk(3)),
    }


def sectors_below_zero() -> dict[str, str]:
    """A sector that loses money in some months, and one in all."""
    levels = {
        "iron": [v - 100 for v in _walk(1)],
        "sand": [-v for v in _walk(2)],
        "hospital": _walk(4),
    }
    return {
        "ledger.csv": _ledger(_flat()),
        "sector_months.csv": _sectors(levels),
        "market_index.csv": _market(_walk(3)),
    }


def no_effort() -> dict[str, str]:
    levels = {"iron": _walk(1), "hospital": _walk(2)}
    return {
        "ledger.csv": _ledger(_flat()),
        "sector_months.csv": _sectors(levels, None),
        "market_index.csv": _market(_walk(3)),
    }


def one_swallows_all() -> dict[str, str]:
    """A large loss-maker: the best account brings more than the whole margin."""
    rows = ["G,2024-01-05,1000,200", "L,2024-02-05,900,1500", "M,2024-03-05,100,60"]
    return {"ledger.csv": "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"}


def two_in_conflict() -> dict[str, str]:
    """Two that share one cake: what one wins the other loses."""
    part = [50 + 30 * np.sin(n * 2.1) for n in range(30)]
    book = {"Pat": part, "Mat": [100 - v for v in part], "Rest": _walk(5)}
    return {"ledger.csv": _ledger(book)}


def small_sellers() -> dict[str, str]:
    """Sellers with one buyer each, and sectors of one account."""
    accounts = "account_id,manager_id,sector\nF0,S1,a\nF1,S2,b\nF2,S2,c\nF3,,\n"
    return {"ledger.csv": _ledger(_flat()), "accounts.csv": accounts}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        nothing_moves, market_stands_still, market_elsewhere, two_as_one, one_sector,
        sectors_below_zero, no_effort, one_swallows_all, two_in_conflict, small_sellers,
    )
}  # fmt: skip
