"""Odd books of lines that end and of buyers that fall silent: what the lesson on churn has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

HEAD = "subscription_id,account_id,start,end,end_reason,yearly_value,price_gap,missed_visits,satisfaction"


def _ledger(months: int = 24, accounts: int = 6) -> str:
    rows = [
        f"K{n},{2022 + m // 12}-{m % 12 + 1:02d}-10,{100 * (n + 1)}"
        for n in range(accounts)
        for m in range(months)
    ]
    return "account_id,date,revenue\n" + "\n".join(rows) + "\n"


def _lines(rows: list[tuple], head: str = HEAD) -> str:
    text = [
        ",".join("" if v is None else str(v) for v in (f"B{n}", *row)) for n, row in enumerate(rows)
    ]
    return head + "\n" + "\n".join(text) + "\n"


def _many(count: int = 120, seed: int = 1, left: float = 0.4) -> list[tuple]:
    rng, rows = np.random.default_rng(seed), []
    for n in range(count):
        year, month = 2019 + int(rng.integers(0, 4)), 1 + int(rng.integers(0, 12))
        gone = rng.random() < left
        end = f"{2022 + (year == 2022) + int(rng.integers(0, 2)) * (year < 2022)}-{1 + int(rng.integers(0, 12)):02d}-20"
        reason = ["rival_price", "own_business", "other"][int(rng.integers(0, 3))]
        rows.append(
            (
                f"K{n % 40}", f"{year}-{month:02d}-05", end if gone else None,
                reason if gone else None, round(float(rng.lognormal(8, 1)), 2),
                round(float(rng.normal(4, 5)), 1), int(rng.random() < 0.3),
                round(float(np.clip(rng.normal(70, 10), 0, 100)), 1),
            )
        )  # fmt: skip
    return rows


def _book(rows: list[tuple], **more: str) -> dict[str, str]:
    return {"ledger.csv": _ledger(), "subscriptions.csv": _lines(rows), **more}


def lines_of_all_kinds() -> dict[str, str]:
    accounts = "account_id,sector\n" + "".join(
        f"K{n},{('government', 'steel', 'coal')[n % 3]}\n" for n in range(40)
    )
    return _book(_many(), **{"accounts.csv": accounts})


def nobody_left() -> dict[str, str]:
    return _book([(*row[:2], None, None, *row[4:]) for row in _many()])


def all_left() -> dict[str, str]:
    return _book([(*row[:2], "2023-06-30", "rival_price", *row[4:]) for row in _many()])


def one_line() -> dict[str, str]:
    return _book([("K1", "2022-05-01", "2022-05-01", "other", 100, 3, 0, 80)])


def no_reasons() -> dict[str, str]:
    return _book([(*row[:3], None, *row[4:]) for row in _many()])


def reasons_of_ones_own() -> dict[str, str]:
    return _book([(*row[:3], "moved away" if row[2] else None, *row[4:]) for row in _many()])


def no_values() -> dict[str, str]:
    return _book([(*row[:4], None, *row[5:]) for row in _many()])


def half_the_values() -> dict[str, str]:
    rows = [
        (*r[:4], r[4] if n % 2 else None, r[5] if n % 3 else None, *r[6:])
        for n, r in enumerate(_many())
    ]
    return _book(rows)


def ends_to_come() -> dict[str, str]:
    """Notice was given for a day after the book; some begin after it, some ended before it."""
    rows = [(*row[:2], "2026-01-31", "rival_price", *row[4:]) for row in _many(60)]
    rows += [("K3", "2025-01-01", None, None, 10, 1, 0, 50)]
    return _book(rows)


def one_account_holds_all() -> dict[str, str]:
    return _book([("K1", *row[1:]) for row in _many()])


def one_sided() -> dict[str, str]:
    """Each line that left had missed visits, and no other."""
    return _book([(*row[:6], int(row[2] is not None), row[7]) for row in _many()])


def nothing_known() -> dict[str, str]:
    """Covariates that are the same for all."""
    return _book([(*row[:5], 3, 0, 70) for row in _many()])


def bare_lines() -> dict[str, str]:
    head = "subscription_id,account_id,start,end"
    return {"ledger.csv": _ledger(), "subscriptions.csv": _lines([r[:3] for r in _many(30)], head)}


def stopped_and_seasonal() -> dict[str, str]:
    """Weekly buyers of whom a third stop, ice in summer, and one that buys once."""
    rows = []
    for n in range(12):
        weeks = 60 if n % 3 == 0 else 150
        for week in range(weeks):
            day = np.datetime64("2021-01-04") + 7 * week + (n * week) % 5
            rows.append(f"W{n},{day},{50 + n},{'N' if n % 2 else 'S'}")
    for year in (2021, 2022, 2023):
        rows += [
            f"Ice,{year}-{month:02d}-{day:02d},500,S" for month in (6, 7, 8) for day in (5, 20)
        ]
    rows.append("Once,2022-02-02,900,N")
    return {"ledger.csv": "account_id,date,revenue,line\n" + "\n".join(rows) + "\n"}


def few_months_of_one_buyer() -> dict[str, str]:
    return {
        "ledger.csv": "account_id,date,revenue\nA,2024-01-03,5\nA,2024-01-20,5\nA,2024-02-02,-9\n"
    }


def only_returns_late() -> dict[str, str]:
    rows = [
        "A,2023-01-03,50",
        "A,2023-02-03,50",
        "A,2023-03-03,50",
        "A,2024-03-03,-10",
        "B,2024-01-05,3",
    ]
    return {"ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n"}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        lines_of_all_kinds, nobody_left, all_left, one_line, no_reasons, reasons_of_ones_own, no_values,
        half_the_values, ends_to_come, one_account_holds_all, one_sided, nothing_known, bare_lines,
        stopped_and_seasonal, few_months_of_one_buyer, only_returns_late,
    )
}  # fmt: skip
