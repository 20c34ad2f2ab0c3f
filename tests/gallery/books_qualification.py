"""Odd books in the tables of lesson 02: features, profiles, lists and matrices as nobody hoped for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gallery.books import HOSTILE, _ledger, _months

FEATURES = ("voltage_kv", "power_factor", "important_type")
PROFILE = (
    "employees", "revenue_m", "service_demand", "growth", "social_value", "innovation", "market_power", "credit_ext",
    "sales_potential", "product_fit", "cross_region", "rival_target",
)  # fmt: skip
YUAN = 'currency = "CNY"\nperiod = "2024"\n'


def _power(fees, *, years=2, line="P", volume=True) -> str:
    """A monthly ledger in which each account pays the same fee; its volume grows by a tenth a year."""
    rows = [
        (f"C{n:03d}", f"{month}-15", line, *([int(fee * (1 + int(month[:4]) / 10))] if volume else []), f"{fee:.2f}")
        for n, fee in enumerate(fees, 1)
        for month in _months(2025 - years, 12 * years)
    ]  # fmt: skip
    return _ledger(rows, f"account_id,date,line,{'volume,' if volume else ''}revenue")


def _table(rows, columns) -> str:
    return _ledger(rows, ",".join(columns))


def _invoices(fees, recovered) -> str:
    rows = [
        (f"I{n}", f"C{n:03d}", "2024-06-30", f"{fee:.2f}", f"{fee * share:.2f}")
        for n, (fee, share) in enumerate(zip(fees, recovered, strict=True), 1)
    ]
    return _table(rows, ("invoice_id", "account_id", "issue", "amount", "paid_amount"))


def _profile(n: int, seed: int = 1, growth: str = "0.05") -> str:
    rng = np.random.default_rng(seed)
    rows = [
        (f"C{i:03d}", rng.integers(10, 900), f"{rng.lognormal(3, 1):.1f}", f"{rng.uniform(0, 10):.1f}", growth,
         f"{rng.uniform(0, 100):.0f}", f"{rng.uniform(0, 10):.1f}", f"{rng.uniform(0, 10):.1f}", "ABCD"[i % 4],
         f"{rng.lognormal(15, 1):.0f}", i % 2, int(i % 3 == 0), int(i % 5 == 0))
        for i in range(1, n + 1)
    ]  # fmt: skip
    return _table(rows, ("account_id", *PROFILE))


def power_one_row() -> dict[str, str]:
    """One account with everything known of it."""
    accounts = _table(
        [("C001", 110, 0.95, 0, 1, "steel")], ("account_id", *FEATURES, "listed_ka", "sector")
    )
    return {
        "ledger.csv": _power([6e6]),
        "accounts.csv": accounts,
        "invoices.csv": _invoices([6e6], [0.95]),
        "account_profile.csv": _profile(1),
        "toml": YUAN,
    }


def power_at_the_limits() -> dict[str, str]:
    """Every account stands exactly on a limit of the rule."""
    fees = [5e6, 5e6, 1e6, 1e6, 3e6, 3e6]
    rows = [(f"C{n:03d}", 35, 0.90, 0, n % 2, "coal") for n in range(1, 7)]
    return {
        "ledger.csv": _power(fees),
        "accounts.csv": _table(rows, ("account_id", *FEATURES, "listed_ka", "sector")),
        "invoices.csv": _invoices(fees, [0.9] * 6),
        "toml": YUAN,
    }


def power_one_class() -> dict[str, str]:
    """Forty accounts, all important, all listed, all in one sector."""
    fees = list(np.random.default_rng(2).lognormal(15, 1, 40))
    rows = [(f"C{n:03d}", 10, 0.85, 1, 1, "government", 1) for n in range(1, 41)]
    names = ("account_id", *FEATURES, "listed_ka", "sector", "priority_project")
    return {"ledger.csv": _power(fees), "accounts.csv": _table(rows, names), "toml": YUAN}


def power_empty_features() -> dict[str, str]:
    """The columns are there; but for one account nothing stands in them."""
    fees = list(np.random.default_rng(3).lognormal(14, 1.5, 35))
    rows = [("C001", 35, 0.95, 0, 1)] + [(f"C{n:03d}", "", "", "", "") for n in range(2, 36)]
    return {
        "ledger.csv": _power(fees, volume=False),
        "accounts.csv": _table(rows, ("account_id", *FEATURES, "listed_ka")),
        "account_profile.csv": _table(
            [("C001", 5, 1.0), *[(f"C{n:03d}", "", "") for n in range(2, 36)]],
            ("account_id", "employees", "revenue_m"),
        ),
        "toml": YUAN,
    }


def power_without_factor() -> dict[str, str]:
    """No power factor and no invoices: the efficiency type is left out or unknown."""
    fees = list(np.random.default_rng(4).lognormal(14.5, 1.5, 40))
    rows = [(f"C{n:03d}", (10, 35, 110)[n % 3], int(n % 4 == 0)) for n in range(1, 41)]
    return {
        "ledger.csv": _power(fees, years=1),
        "accounts.csv": _table(rows, ("account_id", "voltage_kv", "important_type")),
        "toml": YUAN,
    }


def power_in_kronor() -> dict[str, str]:
    """All that the rule asks for, in another currency, with a hostile list of matrices and names."""
    n = len(HOSTILE)
    fees = list(np.random.default_rng(5).lognormal(15, 1, n))
    rows = [
        ('C{:03d},"{}",35,0.95,0,{},"{}"').format(i, name.replace('"', '""'), i % 2, "| <b> $x$")
        for i, name in enumerate(HOSTILE, 1)
    ]
    accounts = "account_id,name_zh,voltage_kv,power_factor,important_type,listed_ka,sector\n"
    matrix = [
        ("odd", "a", "a", 1),
        ("odd", "a", "b", 3),
        ("odd", "b", "a", 3),
        ("odd", "b", "b", 1),
    ]
    return {
        "ledger.csv": _power(fees),
        "accounts.csv": accounts + "\n".join(rows) + "\n",
        "account_profile.csv": _profile(n),
        "ahp_matrices.csv": _table(matrix, ("matrix", "row", "column", "value")),
        "toml": 'currency = "SEK"\n',
    }


def profile_without_dates() -> dict[str, str]:
    """Profiles and purchases, no date, a criterion that does not vary, matrices of two and of equals."""
    rng = np.random.default_rng(6)
    n = 50
    ledger = _table(
        [(f"C{i:03d}", f"{rng.lognormal(8, 1):.2f}") for i in range(1, n + 1)],
        ("account_id", "revenue"),
    )
    rows = [
        (f"C{i:03d}", i % 2, ("sustained", "one_off")[i % 3 == 0], int(i % 7 == 0), int(i % 6 == 0),
         0, "", i % 10)
        for i in range(1, n + 1)
    ]  # fmt: skip
    names = ("account_id", "central_purchase", "purchase_pattern", "listed_ka", "priority_project", "important_type",
             "group_id", "tenure_y")  # fmt: skip
    factors = ("people", "social_influence", "income", "service_demand", "growth")
    matrix = [("all_equal", a, b, 1) for a in factors for b in factors]
    matrix += [
        ("two", "x", "x", 1),
        ("two", "x", "y", 2),
        ("two", "y", "x", 0.5),
        ("two", "y", "y", 1),
    ]
    return {
        "ledger.csv": ledger,
        "accounts.csv": _table(rows, names),
        "account_profile.csv": _profile(n),
        "ahp_matrices.csv": _table(matrix, ("matrix", "row", "column", "value")),
    }


def list_of_the_ended() -> dict[str, str]:
    """Everyone on the list has ended; those who pay are not on it; returns outweigh sales for one."""
    rows = [(f"C{n:03d}", f"{year}-{m:02d}-10", "P", 4000 + 10 * n)
            for n in range(1, 31) for year in ((2022, 2023) if n <= 10 else (2022, 2023, 2024)) for m in range(1, 13)]  # fmt: skip
    rows += [("C030", "2024-12-20", "P", -90000)]
    accounts = _table(
        [(f"C{n:03d}", 1 if n <= 10 else 0) for n in range(1, 31)], ("account_id", "listed_ka")
    )
    return {
        "ledger.csv": _ledger(rows, "account_id,date,line,revenue"),
        "accounts.csv": accounts,
        "toml": 'currency = "EUR"\nperiod = "2024"\n',
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        power_one_row, power_at_the_limits, power_one_class, power_empty_features, power_without_factor, power_in_kronor,
        profile_without_dates, list_of_the_ended,
    )
}  # fmt: skip
