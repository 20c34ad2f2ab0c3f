"""Odd books of plans: what the lesson on the account plan has to stand."""

from __future__ import annotations

from collections.abc import Callable

YEARS = (2023, 2024)


def _ledger(amounts: dict[str, float], line: str = "", years: tuple[int, ...] = YEARS) -> str:
    head = "account_id,date,revenue" + (",line" if line else "")
    rows = [
        f"{name},{year}-{month:02d}-10,{value:.2f}" + (f",{line}" if line else "")
        for name, value in amounts.items()
        for year in years
        for month in (2, 5, 8, 11)
    ]
    return head + "\n" + "\n".join(rows) + "\n"


def _many(count: int = 30) -> dict[str, float]:
    return {f"P{n:02d}": 1000.0 / (n + 1) for n in range(count)}


def nobody_owns() -> dict[str, str]:
    """Owners for two accounts of thirty; the others belong to nobody."""
    accounts = "account_id,manager_id\nP00,M1\nP01,M2\n" + "".join(
        f"{name},\n" for name in list(_many())[2:]
    )
    return {"ledger.csv": _ledger(_many()), "accounts.csv": accounts}


def bills_alone() -> dict[str, str]:
    """One input only: bills past their day."""
    bills = "invoice_id,account_id,issue,due,amount,paid_date\n" + "\n".join(
        f"I{n},P{n:02d},2024-03-01,2024-04-01,{100 + n},{'' if n % 2 else '2024-04-05'}"
        for n in range(6)
    )
    ledger = "account_id,date,revenue\n" + "\n".join(
        f"P{n:02d},2024-0{n + 1}-05,100" for n in range(6)
    )
    return {"ledger.csv": ledger + "\n", "invoices.csv": bills + "\n"}


def sound_plan() -> dict[str, str]:
    """A plan none of whose statements contradicts itself, hostile texts among them."""
    rows = ["s1,0,total,100,km", "s1,1,part,60,km", "s1,2,part,40,km",
            "*|<b>,0,total,5,a|b", "*|<b>,1,part,5,a|b"]  # fmt: skip
    table = "statement_id,number,role,written,unit\n" + "\n".join(rows) + "\n"
    return {"ledger.csv": _ledger(_many(12)), "plan_statements.csv": table}


def crooked_plan() -> dict[str, str]:
    """A plan without totals, and one whose numbers are none."""
    rows = ["s1,0,part,100", "s2,0,total,many", "s2,1,part,4", "s3,0,total,9", "s3,1,part,4"]
    table = "statement_id,number,role,written\n" + "\n".join(rows) + "\n"
    return {"ledger.csv": _ledger(_many(12)), "plan_statements.csv": table}


def useless_trials() -> dict[str, str]:
    """Trials without a lot, and with an effect below zero."""
    rows = [f"T{n},P{n:02d},sell,0,{n % 2},5,100,{n}" for n in range(10)]
    rows += [f"U{n},P{n:02d},keep,1,{n % 2},5,100,{-10 * (n % 2)}" for n in range(10)]
    table = "trial_id,account_id,kind,by_lot,tried,hours,base,gain\n" + "\n".join(rows) + "\n"
    return {"ledger.csv": _ledger(_many()), "action_trials.csv": table}


def no_loss_and_no_room() -> dict[str, str]:
    """Everybody buys the same each quarter and one line: nothing to move."""
    return {"ledger.csv": _ledger(dict.fromkeys(_many(), 50.0), "X")}


def two_lines() -> dict[str, str]:
    """Half of the accounts lack a line: room by peers; four years, so growth by years."""
    first = _ledger(_many(24), "X", (2021, 2022, 2023, 2024))
    second = _ledger({f"P{n:02d}": 30.0 for n in range(0, 24, 2)}, "Y", (2021, 2022, 2023, 2024))
    return {"ledger.csv": first + second.partition("\n")[2], "toml": 'period = "2024"\n'}


def losing_year() -> dict[str, str]:
    """Margins below zero in all: gains count in sales."""
    rows = [f"P{n:02d},{y}-0{m}-05,100,130" for n in range(12) for y in YEARS for m in (1, 4, 7)]
    return {"ledger.csv": "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"}


def three_years() -> dict[str, str]:
    """Three years by day with costs, lines and sellers; the last month breaks off on the 9th."""
    rows = ["account_id,date,revenue,cost_goods,line,manager_id"]
    for year in (2022, 2023, 2024):
        for month in range(1, 13):
            for n in range(24):
                for day in (3, 9, 17, 26):
                    if (year, month) == (2024, 12) and day > 9:
                        continue
                    value = 100.0 * (n + 1) * (1 + 0.1 * (year - 2022))
                    line = "Y" if n % 2 and day == 9 else "X"
                    rows.append(
                        f"P{n:02d},{year}-{month:02d}-{day:02d},{value:.2f},{0.6 * value:.2f},"
                        f"{line},M{1 + n % 2}"
                    )
    return {"ledger.csv": "\n".join(rows) + "\n"}


def half_a_year() -> dict[str, str]:
    """Six months and no more."""
    rows = [f"P{n:02d},2024-{m:02d}-28,100" for n in range(12) for m in range(1, 7)]
    return {"ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n"}


def costs_missing() -> dict[str, str]:
    """A year in which one month has no costs."""
    rows = [f"P{n:02d},2024-{m:02d}-28,100,{60 if m != 5 else ''}"
            for n in range(12) for m in range(1, 13)]  # fmt: skip
    return {"ledger.csv": "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        nobody_owns, bills_alone, sound_plan, crooked_plan, useless_trials, no_loss_and_no_room,
        two_lines, losing_year, three_years, half_a_year, costs_missing,
    )
}  # fmt: skip
