"""Odd books of contracts, orders and trials: what the lesson on lifetime value has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LEDGER = "account_id,date,revenue\n" + "".join(
    f"A{n},2023-{month:02d}-05,{100 * n}\n" for n in range(1, 6) for month in range(1, 13)
)


def _needed(accounts: int = 40, seed: int = 1, cost: str = "") -> str:
    """Accounts that buy now and then over three years."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(accounts):
        day = int(rng.integers(0, 500))
        for _ in range(int(rng.integers(1, 9))):
            date = np.datetime64("2021-01-01") + day
            rows.append(f"N{n:02d},{date},{rng.lognormal(5, 0.6):.2f}{cost}")
            day += int(rng.integers(10, 160))
            if day > 1090:
                break
    head = "account_id,date,revenue" + (",cost_goods" if cost else "")
    return head + "\n" + "\n".join(rows) + "\n"


def all_stay() -> dict[str, str]:
    """Contracts of which none has ended."""
    rows = "".join(f"K{n},maintenance,2020-0{n}-01,,{1000 * n}\n" for n in range(1, 8))
    return {
        "ledger.csv": LEDGER,
        "contracts.csv": "contract_id,kind,start,end,margin\n" + rows,
    }


def all_leave() -> dict[str, str]:
    """Each contract ends at its first renewal."""
    rows = "".join(f"K{n},2021-0{n}-01,2022-0{n}-01\n" for n in range(1, 8))
    return {"ledger.csv": LEDGER, "contracts.csv": "contract_id,start,end\n" + rows}


def young_contracts() -> dict[str, str]:
    """No renewal has come up for any whole year of starts."""
    rows = "K1,2023-02-01,,500\nK2,2023-06-01,,\n"
    return {"ledger.csv": LEDGER, "contracts.csv": "contract_id,start,end,margin\n" + rows}


def losing_contracts() -> dict[str, str]:
    """Contracts with margins below zero, of two kinds, one of a single customer."""
    rows = [f"K{n},a,2019-03-0{n},{'2021-03-01' if n < 4 else ''},-{n}00" for n in range(1, 9)]
    rows += ["K9,b,2020-01-01,2021-01-01,50"]
    return {
        "ledger.csv": LEDGER,
        "contracts.csv": "contract_id,kind,start,end,margin\n" + "\n".join(rows) + "\n",
    }


def orders_without_amounts() -> dict[str, str]:
    rows = _needed().splitlines()[1:]
    orders = [
        f"O{n},{row.rsplit(',', 1)[0].split(',')[0]},{row.split(',')[1]}"
        for n, row in enumerate(rows)
    ]
    return {
        "ledger.csv": _needed(seed=2),
        "orders.csv": "order_id,customer_id,date\n" + "\n".join(orders) + "\n",
    }


def nobody_came_back() -> dict[str, str]:
    rows = "".join(f"B{n:02d},2024-{n % 12 + 1:02d}-03,{10 + n}\n" for n in range(40))
    return {"ledger.csv": "account_id,date,revenue\n" + rows}


def clockwork() -> dict[str, str]:
    """Each buys every other month for the same amount and nobody leaves."""
    rows = "".join(
        f"C{n:02d},{2022 + m // 12}-{m % 12 + 1:02d}-{n % 28 + 1:02d},250\n"
        for n in range(30)
        for m in range(n % 2, 30, 2)
    )
    return {"ledger.csv": "account_id,date,revenue\n" + rows, "toml": 'currency = "JPY"\n'}


def now_and_then_with_losses() -> dict[str, str]:
    """Buyers when needed of whom some cost more than they bring."""
    return {"ledger.csv": _needed(cost=",90"), "toml": 'currency = "EUR"\n'}


def half_left() -> dict[str, str]:
    """Month by month, and half of them stopped after a year."""
    rows = "".join(
        f"H{n:02d},{2022 + m // 12}-{m % 12 + 1:02d}-04,{50 + n},{40 + n % 20}\n"
        for n in range(30)
        for m in range(24 if n % 2 else 12)
    )
    return {"ledger.csv": "account_id,date,revenue,cost_goods\n" + rows}


def trials_of_nothing() -> dict[str, str]:
    """Nothing was won; keeping was tried at one level; prospects who all came."""
    trials = "".join(f"T{n},win,100,0\n" for n in range(9)) + "T9,keep,50,1\n"
    return {
        "ledger.csv": LEDGER,
        "spend_trials.csv": "trial_id,purpose,spent,success\n" + trials,
        "prospects.csv": "prospect_id,heard,joined\n"
        + "".join(f"P{n},{n % 3},1\n" for n in range(30)),
    }


def trials_at_two_levels() -> dict[str, str]:
    """A ratio of costs, and no curve; prospects that references drive away."""
    trials = "".join(f"T{n},win,{100 + 50 * (n % 2)},{int(n % 4 == 0)}\n" for n in range(200))
    trials += "".join(f"U{n},keep,{40 * (n % 2)},{int(n % 5 != 0)}\n" for n in range(200))
    joined = "".join(f"P{n},{n % 4},{int(n % 4 == 0)}\n" for n in range(120))
    return {
        "ledger.csv": LEDGER,
        "spend_trials.csv": "trial_id,purpose,spent,success\n" + trials,
        "prospects.csv": "prospect_id,heard,joined\n" + joined,
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        all_stay, all_leave, young_contracts, losing_contracts, orders_without_amounts,
        nobody_came_back, clockwork, now_and_then_with_losses, half_left, trials_of_nothing,
        trials_at_two_levels,
    )
}  # fmt: skip
