"""Odd books in the tables of lesson 03: profiles, surveys and invoices as readers bring them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

PROFILE = (
    "selling_cost,industry_rank,growth,sales_potential,social_value,brand_harm,"
    "business_attractiveness,relationship_strength,management_difficulty,relative_strength,"
    "product_fit"
)


def _ids(n: int) -> list[str]:
    return [f"V{number:03d}" for number in range(1, n + 1)]


def _table(columns: str, rows: list[tuple]) -> str:
    return columns + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def _ledger(levels, *, volume=True, seed=1) -> str:
    """Accounts x months of three years; ``levels`` holds the amounts of the last two of them."""
    rng = np.random.default_rng(seed)
    rows = []
    for account, amounts in zip(_ids(len(levels)), levels, strict=True):
        for year, amount in zip((2022, 2023, 2024), (amounts[0], *amounts), strict=True):
            for month in range(1, 13):
                sold = round(amount * rng.lognormal(0, 0.2) / 12, 2)
                if amount:
                    row = (
                        account,
                        f"{year}-{month:02d}-10",
                        "P",
                        f"{sold:.2f}",
                        f"{0.8 * sold:.2f}",
                    )
                    rows.append((*row, f"{sold / 2:.2f}") if volume else row)
    columns = "account_id,date,line,revenue,cost_goods" + (",volume" if volume else "")
    return _table(columns, rows)


def _profile(points, seed=1, **fixed) -> str:
    """A row per account: the two axes of the groups are given, the rest is drawn or fixed."""
    rng = np.random.default_rng(seed)
    rows = []
    for account, (attractive, close) in zip(_ids(len(points)), points, strict=True):
        drawn = {
            "selling_cost": round(rng.uniform(10, 90), 2),
            "industry_rank": rng.integers(1, 60),
            "growth": round(rng.normal(0.05, 0.05), 3),
            "sales_potential": round(rng.lognormal(9, 0.5), 2),
            "social_value": round(rng.uniform(0, 100), 1),
            "brand_harm": int(rng.uniform() < 0.1),
            "business_attractiveness": round(attractive, 2),
            "relationship_strength": round(close, 2),
            "management_difficulty": round(rng.uniform(1, 9), 2),
            "relative_strength": round(rng.uniform(1, 9), 2),
            "product_fit": 1,
        }
        rows.append((account, *(drawn | fixed).values()))
    return _table(f"account_id,{PROFILE}", rows)


def _corners(n: int, seed: int = 1) -> list[tuple[float, float]]:
    """Four groups of points."""
    rng = np.random.default_rng(seed)
    middle = [(7, 7), (7, 3), (3, 7), (3, 3)]
    return [
        tuple(np.add(middle[number % 4], rng.normal(0, 0.4, 2)).clip(0, 10)) for number in range(n)
    ]


def _amounts(n: int, seed: int = 2, grown=()) -> list[tuple[float, float]]:
    """A year's amount before and after; those in ``grown`` buy three times as much."""
    rng = np.random.default_rng(seed)
    before = rng.lognormal(8, 1, n)
    return [
        (amount, amount * (3 if number in grown else 1)) for number, amount in enumerate(before)
    ]


def one_row_of_each() -> dict[str, str]:
    return {
        "ledger.csv": _ledger([(900, 1000)]),
        "account_profile.csv": _profile([(5.0, 5.0)]),
        "survey.csv": "respondent,account_id,S1,S2,S3\nR1,V001,7,8,9\n",
        "invoices.csv": "invoice_id,account_id,issue,due,amount,paid_date\n"
        "I1,V001,2024-02-01,2024-03-01,500,2024-02-20\n",
    }


def all_alike() -> dict[str, str]:
    """Every account has the same points and nearly the same amounts."""
    fixed = {
        "selling_cost": 10, "industry_rank": 5, "growth": 0.05, "sales_potential": 9000,
        "social_value": 50, "brand_harm": 0, "management_difficulty": 5, "relative_strength": 5,
    }  # fmt: skip
    return {
        "ledger.csv": _ledger([(1000, 1000)] * 30),
        "account_profile.csv": _profile([(5.0, 5.0)] * 30, **fixed),
    }


def keys_only() -> dict[str, str]:
    """Profiles of which nothing is filled in but the key."""
    rows = [(account, *[""] * 11) for account in _ids(20)]
    return {
        "ledger.csv": _ledger(_amounts(20), volume=False),
        "account_profile.csv": _table(f"account_id,{PROFILE}", rows),
        "invoices.csv": _table(
            "invoice_id,account_id,issue,due,amount,paid_date",
            [(f"I{n}", account, "2024-02-01", "2024-03-01", 500, "") for n, account in
             enumerate(_ids(20))],
        ),
    }  # fmt: skip


def small_pool() -> dict[str, str]:
    """A pool smaller than the list: everybody is picked."""
    return {
        "ledger.csv": _ledger(_amounts(60, grown=range(1, 60, 8))),
        "account_profile.csv": _profile(_corners(60)),
    }


def signals_upside_down() -> dict[str, str]:
    """Those with the best signals shrank, those with the worst doubled."""
    n = 240
    grown = [number for number in range(1, n, 4) if number % 8 == 1]
    text = _profile(_corners(n)).splitlines()
    rows = [line.split(",") for line in text[1:]]
    for number, row in enumerate(rows):
        worst = number in grown
        row[2:5] = ["90", "-0.2", "100"] if worst else ["1", "0.3", "900000"]
        row[3] = f"{float(row[3]) + number / 10000:.4f}"
    return {
        "ledger.csv": _ledger(_amounts(n, grown=grown)),
        "account_profile.csv": _table(text[0], [tuple(row) for row in rows]),
        "toml": 'currency = "JPY"\n',
    }


def gone_and_new() -> dict[str, str]:
    """A third stopped buying, a third began in the last year."""
    levels = [
        ((amount, 0), (0, amount), (amount, 2.5 * amount))[number % 3]
        for number, (amount, _) in enumerate(_amounts(90))
    ]
    return {"ledger.csv": _ledger(levels), "toml": 'currency = "EUR"\n'}


def all_gone() -> dict[str, str]:
    """Nobody but one account bought in the last year."""
    levels = [(amount, 0.0) for amount, _ in _amounts(40)]
    levels[0] = (500.0, 500.0)
    return {
        "ledger.csv": _ledger(levels, volume=False),
        "account_profile.csv": _profile(_corners(40)),
    }


def half_a_profile() -> dict[str, str]:
    """Points of every other account, a flag of harm that is mostly empty, losses in the book."""
    text = _profile(_corners(50)).splitlines()
    rows = [line.split(",") for line in text[1:]]
    for number, row in enumerate(rows):
        if number % 2:
            row[1:] = [""] * (len(row) - 1)
        elif number % 6:
            row[6] = ""
    return {
        "ledger.csv": _ledger(_amounts(50)).replace("-05-10,P,", "-05-10,Q,"),
        "account_profile.csv": _table(text[0], [tuple(row) for row in rows]),
    }


def hostile_lines() -> dict[str, str]:
    """Lines of business with names that break tables and templates; no dates."""
    rng = np.random.default_rng(5)
    lines = ("{x}", "a|b", "share", "<b>c</b>", "$y$")
    rows = [
        (account, line, f"{rng.lognormal(6, 1):.2f}")
        for account in _ids(30)
        for line in lines
        if rng.uniform() < 0.7
    ]
    return {"ledger.csv": _table("account_id,line,revenue", rows), "toml": 'currency = "USD"\n'}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    f"grading_{made.__name__}": made
    for made in (
        one_row_of_each, all_alike, keys_only, small_pool, signals_upside_down, gone_and_new,
        all_gone, half_a_profile, hostile_lines,
    )
}  # fmt: skip
