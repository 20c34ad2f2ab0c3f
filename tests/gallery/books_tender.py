"""Odd books of tenders and tries: what the lesson on tenders has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LEDGER = "account_id,date,revenue\nA,2024-01-05,900\nB,2024-02-05,500\nC,2024-03-05,100\n"
HEAD = "tender_id,bidder,price,won"
SCORES = ",ours,tech,service,incumbent,local,veto"


def _bids(
    count: int = 40,
    seed: int = 1,
    scores: bool = True,
    price: Callable[[np.random.Generator], float] | None = None,
    pick: Callable[[list[float]], int] | None = None,
    ours: str = "us",
) -> str:
    """Tenders of three or four bidders, won by the lowest of price less scores, or as picked."""
    rng = np.random.default_rng(seed)
    names = ["us", "Alt & Söhne", "<b>bold</b>", "R|4"]
    rows = []
    for number in range(count):
        prices = [price(rng) if price else float(rng.uniform(700, 1000)) for _ in names]
        tech, service = rng.uniform(50, 100, 4), rng.uniform(50, 100, 4)
        level = [p - 4 * t + 150 * rng.gumbel() for p, t in zip(prices, tech, strict=True)]
        won = pick(prices) if pick else int(np.argmin(level))
        for place, name in enumerate(names):
            row = f"T{number},{name},{prices[place]:.2f},{int(place == won)}"
            if scores:
                row += (
                    f",{int(name == ours)},{tech[place]:.1f},{service[place]:.1f},"
                    f"{int(rng.random() < 0.4)},{int(rng.random() < 0.3)},0"
                )
            rows.append(row)
    return HEAD + (SCORES if scores else "") + "\n" + "\n".join(rows) + "\n"


def _calls(count: int = 40, **columns: str) -> str:
    head = "tender_id,account_id,date,budget" + "".join(f",{name}" for name in columns)
    tail = "".join(f",{value}" for value in columns.values())
    rows = [f"T{n},{'ABC'[n % 3]},2024-{n % 12 + 1:02d}-05,1000.00{tail}" for n in range(count)]
    return head + "\n" + "\n".join(rows) + "\n"


def bids_alone() -> dict[str, str]:
    """Prices and who won, and nothing else."""
    return {"ledger.csv": LEDGER, "bids.csv": _bids(scores=False)}


def bids_with_scores() -> dict[str, str]:
    """No budget: prices over the mean bid; another currency."""
    return {"ledger.csv": LEDGER, "bids.csv": _bids(120), "toml": 'currency = "EUR"\n'}


def whole_tenders() -> dict[str, str]:
    weights = {"price_weight": "40", "tech_weight": "40", "service_weight": "20"}
    return {
        "ledger.csv": LEDGER,
        "bids.csv": _bids(150, 4),
        "tenders.csv": _calls(150, **weights, rule="mean", cost_estimate="700", cost_actual="730"),
    }


def lowest_always_wins() -> dict[str, str]:
    """No weight is large enough."""
    return {"ledger.csv": LEDGER, "bids.csv": _bids(pick=lambda p: int(np.argmin(p)))}


def dearest_always_wins() -> dict[str, str]:
    return {"ledger.csv": LEDGER, "bids.csv": _bids(pick=lambda p: int(np.argmax(p)))}


def few_tenders() -> dict[str, str]:
    """All columns, and fewer tenders than decide anything; opportunities beside them."""
    return {
        "ledger.csv": LEDGER,
        "bids.csv": _bids(14),
        "tenders.csv": _calls(14),
        "opportunities.csv": _tries(lambda n, won: f"{100 + n}.00"),
    }


def one_tender() -> dict[str, str]:
    return {"ledger.csv": LEDGER, "bids.csv": _bids(1), "tenders.csv": _calls(1)}


def one_bidder_each() -> dict[str, str]:
    rows = [f"T{n},us,{900 + n},1" for n in range(30)]
    return {"ledger.csv": LEDGER, "bids.csv": HEAD + "\n" + "\n".join(rows) + "\n"}


def equal_prices() -> dict[str, str]:
    """Every bid the same price: price has decided nothing."""
    return {"ledger.csv": LEDGER, "bids.csv": _bids(60, price=lambda rng: 900.0)}


def nobody_won() -> dict[str, str]:
    """Half of the tenders failed, one was split, one was won by a vetoed bid."""
    lines = _bids(60).splitlines()
    kept = [lines[0]]
    for line in lines[1:]:
        parts = line.split(",")
        number = int(parts[0][1:])
        if number < 30:
            parts[3] = "0"
        if number == 31:
            parts[3] = "1"
        if number == 32 and parts[3] == "1":
            parts[-1] = "1"
        kept.append(",".join(parts))
    return {"ledger.csv": LEDGER, "bids.csv": "\n".join(kept) + "\n"}


def we_lost_all() -> dict[str, str]:
    return {"ledger.csv": LEDGER, "bids.csv": _bids(50, pick=lambda p: 1 + int(np.argmin(p[1:])))}


def all_vetoed_but_one() -> dict[str, str]:
    """In each tender one bid is left, so nothing was chosen."""
    lines = _bids(25).splitlines()
    kept = [lines[0]]
    for line in lines[1:]:
        parts = line.split(",")
        parts[-1] = "0" if parts[3] == "1" else "1"
        kept.append(",".join(parts))
    return {"ledger.csv": LEDGER, "bids.csv": "\n".join(kept) + "\n"}


def _tries(values: Callable[[int, bool], str]) -> str:
    rng = np.random.default_rng(3)
    rows = []
    for n in range(90):
        won = bool(rng.random() < 0.55)
        outcome = "open" if n % 9 == 8 else "won" if won else "lost"
        rows.append(f"O{n},{'ABC'[n % 3]},M{n % 4},k{n % 2},{outcome},{values(n, won)}")
    return "opportunity_id,account_id,manager_id,kind,outcome,value\n" + "\n".join(rows) + "\n"


def tries_alone() -> dict[str, str]:
    return {"ledger.csv": LEDGER, "opportunities.csv": _tries(lambda n, won: f"{100 + n}.00")}


def value_of_won_only() -> dict[str, str]:
    """Lost tries have a value of zero, as a CRM hands them out."""
    return {
        "ledger.csv": LEDGER,
        "opportunities.csv": _tries(lambda n, won: f"{100 + n}.00" if won else "0"),
    }


def all_won() -> dict[str, str]:
    rows = [f"O{n},A,M1,won" for n in range(25)]
    head = "opportunity_id,account_id,manager_id,outcome"
    return {"ledger.csv": LEDGER, "opportunities.csv": head + "\n" + "\n".join(rows) + "\n"}


def all_lost() -> dict[str, str]:
    rows = [f"O{n},,M1,lost" for n in range(25)]
    head = "opportunity_id,account_id,manager_id,outcome"
    return {"ledger.csv": LEDGER, "opportunities.csv": head + "\n" + "\n".join(rows) + "\n"}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        bids_alone, bids_with_scores, whole_tenders, lowest_always_wins, dearest_always_wins,
        few_tenders, one_tender, one_bidder_each, equal_prices, nobody_won, we_lost_all, all_vetoed_but_one,
        tries_alone, value_of_won_only, all_won, all_lost,
    )
}  # fmt: skip
