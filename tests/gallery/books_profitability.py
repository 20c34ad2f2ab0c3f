"""Odd books for what an account leaves: costs, cost pools, activities and invoices that are not as they should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gallery.books import HOSTILE, _ledger, _months

#: account, revenue and cost of one year.
Year = Mapping[str, tuple[float, float]]


def _two_years(before: Year, after: Year, volume: float = 10) -> str:
    """Twelve postings a year for each account, with the volume of a month."""
    rows = [
        (name, f"{month}-05", "P", f"{sold / 12:.2f}", f"{spent / 12:.2f}", volume)
        for first, year in ((2023, before), (2024, after))
        for name, (sold, spent) in year.items()
        for month in _months(first, 12)
    ]
    return _ledger(rows, "account_id,date,line,revenue,cost_goods,volume")


def _pools(months: int, *, calls: float | None = None, cost: float | None = None) -> str:
    """A team: 200 a visit, 30 a call; ``calls`` keeps them in proportion, ``cost`` is the same for all."""
    rng, rows = np.random.default_rng(11), []
    for month in _months(2024, months):
        visits = int(rng.integers(5, 30))
        phoned = int(rng.integers(5, 60)) if calls is None else int(visits * calls)
        spent = 200 * visits + 30 * phoned if cost is None else cost
        rows.append((f"{month}-01", "T1", spent, visits, phoned))
    return _ledger(rows, "month,team,cost,visits,calls")


def _visits(names: list[str], each: int = 2) -> str:
    rows = [
        (f"V{number}{time}", f"2024-0{1 + time % 9}-10", name, ("visit", "call")[time % 2])
        for number, name in enumerate(names)
        for time in range(each)
    ]
    return _ledger(rows, "activity_id,date,account_id,type")


OLD = {f"K{n:02d}": (12000.0 + 600 * n, 9000.0 + 400 * n) for n in range(12)}


def nobody_loses() -> dict[str, str]:
    """Two like years, service known, no loss anywhere."""
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "cost_pools.csv": _pools(12),
        "activities.csv": _visits(list(OLD)),
        "toml": 'period = "2024"\ncurrency = "CNY"\n',
    }


def all_lose() -> dict[str, str]:
    """Everything is sold below its cost."""
    worse = {name: (sold, sold * 1.2) for name, (sold, _) in OLD.items()}
    return {"ledger.csv": _two_years(OLD, worse), "toml": 'period = "2024"\ncurrency = "EUR"\n'}


def neither_half() -> dict[str, str]:
    """Sales up, profit down, by the cost of old accounts: nobody is new, nobody was lost."""
    after = {name: (sold * 1.1, spent * 1.4) for name, (sold, spent) in OLD.items()}
    return {"ledger.csv": _two_years(OLD, after), "toml": 'period = "2024"\ncurrency = "USD"\n'}


def lost_and_new() -> dict[str, str]:
    """The two best were lost, three new ones are sold below cost: both halves of the diagnosis."""
    after = {name: year for name, year in OLD.items() if name not in ("K10", "K11")}
    after |= {f"N{n}": (20000.0, 21500.0) for n in range(3)}
    return {"ledger.csv": _two_years(OLD, after), "toml": 'period = "2024"\n'}


def only_lost() -> dict[str, str]:
    """The rest bought more and paid less; the best were lost, and nobody is new."""
    after = {n: (s * 1.6, c * 1.75) for n, (s, c) in OLD.items() if n not in ("K10", "K11")}
    return {"ledger.csv": _two_years(OLD, after), "toml": 'period = "2024"\n'}


def nine_of_a_hundred() -> dict[str, str]:
    """9 % of the small and 10 % of the large lose money: nothing to tell."""
    rows = [
        (
            f"Z{n:03d}",
            "2024-06-15",
            f"{1000 - 5 * n}.00",
            1100 if n % 11 == 4 else f"{500 - 4 * n}.00",
        )
        for n in range(100)
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods")}


def costs_missing() -> dict[str, str]:
    """Of some rows the cost is not known, of one account never."""
    rows = [
        (
            f"M{n % 7}",
            f"2024-{1 + n % 12:02d}-15",
            100 + n,
            "" if n % 5 == 0 or n % 7 == 3 else 80 + n,
        )
        for n in range(84)
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods")}


def few_pools() -> dict[str, str]:
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "cost_pools.csv": _pools(2),
        "activities.csv": _visits(list(OLD)),
    }


def pools_together() -> dict[str, str]:
    """Calls are always twice the visits."""
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "cost_pools.csv": _pools(12, calls=2),
        "activities.csv": _visits(list(OLD)),
    }


def pools_without_driver() -> dict[str, str]:
    """A team that costs the same whatever it does; another account is served and buys nothing."""
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "cost_pools.csv": _pools(12, cost=5000),
        "activities.csv": _visits([*OLD, "X99"], each=4),
        "toml": 'period = "2024"\n',
    }


def free_pools() -> dict[str, str]:
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "cost_pools.csv": _pools(12, cost=0),
        "activities.csv": _visits(list(OLD)),
    }


def odd_invoices() -> dict[str, str]:
    """Other terms, no due date, a credit note, a period without a loss but with credit."""
    rows = [
        (f"I{n}", f"K{n % 12:02d}", f"2024-{1 + n % 12:02d}-20", "" if n % 9 == 0 else f"2024-{1 + n % 12:02d}-28",
         -500 if n % 10 == 3 else 9000, f"2025-01-{1 + n % 20:02d}" if n % 2 else "", "N30")
        for n in range(48)
    ]  # fmt: skip
    return {
        "ledger.csv": _two_years(OLD, OLD),
        "invoices.csv": _ledger(
            rows, "invoice_id,account_id,issue,due,amount,paid_date,terms_code"
        ),
        "toml": 'period = "2024"\ncurrency = "SEK"\n',
    }


def near_nothing() -> dict[str, str]:
    """Gains and losses almost cancel: a peak without an upper limit."""
    rows = [
        (f"W{n:02d}", "2024-03-03", 1000 + n, 900 + n if n % 2 else 1099 + n) for n in range(60)
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods")}


def hostile_losses() -> dict[str, str]:
    """Names that are markup, among the best and among the losses."""
    rows = [
        (
            f"C{n:03d}",
            f"{year}-{month:02d}-05",
            100 + 9 * n,
            (60, 130)[n % 3 == 1] + 8 * n,
            5,
            n % 4,
        )
        for n in range(1, len(HOSTILE) + 1)
        for year in (2023, 2024)
        for month in range(1, 13)
    ]
    quoted = "".join(
        'C{:03d},"{}"\n'.format(n, name.replace('"', '""')) for n, name in enumerate(HOSTILE, 1)
    )
    return {
        "ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods,volume,discount_pct"),
        "accounts.csv": "account_id,name_zh\n" + quoted,
        "toml": 'period = "2024"\n',
    }


def to_the_cent() -> dict[str, str]:
    """Accounts that break even to the cent, and one that is given away."""
    rows = [("A", "2024-01-01", 80.10, 60.10), ("A", "2024-02-01", 19.90, 39.90)]
    rows += [
        ("B", "2024-01-01", 0.10, 0.30),
        ("B", "2024-02-01", 0.20, 0),
        ("C", "2024-01-01", 0, 0),
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods")}


def invoices_alone() -> dict[str, str]:
    """No cost of goods, but what was invoiced and when it is due; one account never on credit."""
    sales = [("Anhe", 40000), ("Boda", 20000), ("Chenxi", 8000), ("Dafeng", 5000), ("Enkang", 2000)]
    bills = [
        ("I1", "Anhe", "2024-01-31", "2024-03-01", 36500, "2024-03-31"),
        ("I2", "Boda", "2024-02-01", "2024-05-11", 7300, "2024-05-11"),
        ("I3", "Boda", "2024-03-01", "2024-03-11", 3650, "2024-03-11"),
        ("I4", "Chenxi", "2024-04-01", "2024-05-01", 7300, "2024-06-10"),
        ("I5", "Dafeng", "2024-05-01", "2024-05-31", 7300, "2024-05-31"),
        ("I6", "Dafeng", "2024-05-01", "2024-05-31", -3650, "2024-05-31"),
        ("I7", "Dafeng", "2024-05-01", "", 100, ""),
    ]
    return {
        "ledger.csv": _ledger([(n, "2024-06-30", s) for n, s in sales], "account_id,date,revenue"),
        "invoices.csv": _ledger(bills, "invoice_id,account_id,issue,due,amount,paid_date"),
        "toml": 'currency = "CNY"\nperiod = "all"\n',
    }


def invoices_without_a_date() -> dict[str, str]:
    """No cost of goods, no date of a sale, and no invoice that says when it is due."""
    return {
        "ledger.csv": "account_id,revenue\nA,100\nB,60\n",
        "invoices.csv": "invoice_id,account_id,issue,due,amount\nI1,A,2024-01-05,,100\n",
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        nobody_loses, all_lose, neither_half, lost_and_new, only_lost, nine_of_a_hundred, costs_missing, few_pools, pools_together,
        pools_without_driver, free_pools, odd_invoices, near_nothing, hostile_losses, to_the_cent,
        invoices_alone, invoices_without_a_date,
    )
}  # fmt: skip
