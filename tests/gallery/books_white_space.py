"""Odd books of products, sizes, wallets and months: what the lesson on white space has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MONTHS = [f"{2021 + n // 12}-{n % 12 + 1:02d}" for n in range(48)]
PRODUCTS = ("tea", "rice", "oil", "salt", "soap", "rope")


def _csv(head: str, rows: list[tuple]) -> str:
    return head + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def _ledger(accounts: int = 40, months: list[str] = MONTHS, seed: int = 1) -> str:
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(6, 1, accounts))
    rows = [
        (f"W{a:02d}", f"{m}-10", f"{level[a] * (1 + 0.3 * np.sin(n)) * rng.lognormal(0, 0.2):.2f}")
        for n, m in enumerate(months)
        for a in range(accounts)
    ]
    return _csv("account_id,date,revenue", rows)


def _holdings(accounts: int = 40, seed: int = 2, share: float = 0.4) -> str:
    rng = np.random.default_rng(seed)
    rows = [
        (f"W{a:02d}", product, f"{rng.lognormal(5, 1):.2f}")
        for a in range(accounts)
        for product in PRODUCTS
        if rng.random() < share
    ]
    return _csv("account_id,product,spend", rows)


def _sizes(accounts: int = 40, seed: int = 3) -> str:
    rng = np.random.default_rng(seed)
    return _csv(
        "account_id,size", [(f"W{a:02d}", f"{rng.lognormal(4, 1):.1f}") for a in range(accounts)]
    )


def everybody_buys_everything() -> dict[str, str]:
    """Nothing is blank and nothing is left to offer."""
    return {"ledger.csv": _ledger(12), "holdings.csv": _holdings(12, share=1.1)}


def nobody_holds_two() -> dict[str, str]:
    """One product each: no pair, no test of offers."""
    rows = [(f"W{a:02d}", PRODUCTS[a % 6], 100 + a) for a in range(40)]
    return {"ledger.csv": _ledger(), "holdings.csv": _csv("account_id,product,spend", rows)}


def all_of_one_size() -> dict[str, str]:
    """A size that tells nothing apart."""
    rows = [(f"W{a:02d}", 50) for a in range(40)]
    return {
        "ledger.csv": _ledger(),
        "holdings.csv": _holdings(),
        "account_sizes.csv": _csv("account_id,size", rows),
    }


def credits_in_holdings() -> dict[str, str]:
    """An account that was credited more than it bought of a product."""
    text = _holdings() + "W00,glue,-50.00\nW01,glue,20.00\n"
    return {"ledger.csv": _ledger(), "holdings.csv": text, "account_sizes.csv": _sizes()}


def few_wallets() -> dict[str, str]:
    """Three accounts were asked."""
    rows = [(f"W{a:02d}", 9000) for a in range(3)]
    return {
        "ledger.csv": _ledger(),
        "holdings.csv": _holdings(),
        "account_sizes.csv": _sizes(),
        "wallet_survey.csv": _csv("account_id,wallet", rows),
    }


def wallets_of_all() -> dict[str, str]:
    """Everybody was asked, in euros; sectors are known."""
    rng = np.random.default_rng(5)
    rows = [(f"W{a:02d}", f"{rng.lognormal(7.5, 1):.2f}") for a in range(40)]
    people = [(f"W{a:02d}", "north" if a % 2 else "south") for a in range(40)]
    return {
        "ledger.csv": _ledger(),
        "holdings.csv": _holdings(),
        "account_sizes.csv": _sizes(),
        "wallet_survey.csv": _csv("account_id,wallet", rows),
        "accounts.csv": _csv("account_id,sector", people),
        "toml": 'currency = "EUR"\n',
    }


def two_clients() -> dict[str, str]:
    """Two clients foretell; one more says something in one month only."""
    rng = np.random.default_rng(7)
    rows = [
        (f"{m}-01", f"W{a:02d}", f"{rng.lognormal(6, 0.2):.0f}") for m in MONTHS for a in range(2)
    ]
    rows.append(("2023-05-01", "W07", 10))
    return {
        "ledger.csv": _ledger(),
        "client_forecasts.csv": _csv("month,account_id,forecast", rows),
    }


def one_branch_each() -> dict[str, str]:
    """A campaign in one branch, beside one other."""
    rows = [
        (f"{m}-01", branch, int(branch == "B1" and m >= "2024-01"), 100 + n)
        for n, m in enumerate(MONTHS[24:])
        for branch in ("B1", "B2")
    ]
    return {
        "ledger.csv": _ledger(5),
        "campaign_months.csv": _csv("month,branch,running,sales", rows),
    }


def campaign_everywhere() -> dict[str, str]:
    rows = [(f"{m}-01", f"B{b}", int(m >= "2024-01"), 100 + b) for m in MONTHS[24:] for b in (1, 2)]
    return {
        "ledger.csv": _ledger(5),
        "campaign_months.csv": _csv("month,branch,running,sales", rows),
    }


def nothing_moves() -> dict[str, str]:
    """Every month the same: no step to measure an error by."""
    rows = [(f"F{a}", f"{m}-10", "x" if a % 2 else "y", 100 + a) for m in MONTHS for a in range(6)]
    return {"ledger.csv": _csv("account_id,date,line,revenue", rows)}


def hostile_products() -> dict[str, str]:
    """Names that look like markup, formulas and commands."""
    names = ("=1+1", "| pipe |", "<b>bold</b>", "$x$", "{curly}", "%s")
    rng = np.random.default_rng(9)
    rows = [
        (f"W{a:02d}", name, f"{rng.lognormal(5, 1):.2f}")
        for a in range(60)
        for name in names
        if rng.random() < 0.5
    ]
    return {"ledger.csv": _ledger(60), "holdings.csv": _csv("account_id,product,spend", rows)}


def six_lines() -> dict[str, str]:
    """A ledger alone, with quantities: lines stand for products."""
    rng = np.random.default_rng(11)
    rows = [
        (f"W{a:02d}", f"{m}-05", line, n, f"{n * rng.lognormal(2, 0.1):.2f}")
        for a in range(60)
        for line in PRODUCTS
        if rng.random() < 0.5
        for m in MONTHS[:30]
        for n in [int(rng.poisson(4)) + 1]
    ]
    return {"ledger.csv": _csv("account_id,date,line,volume,revenue", rows)}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        everybody_buys_everything, nobody_holds_two, all_of_one_size, credits_in_holdings,
        few_wallets, wallets_of_all, two_clients, one_branch_each, campaign_everywhere,
        nothing_moves, hostile_products, six_lines,
    )
}  # fmt: skip
