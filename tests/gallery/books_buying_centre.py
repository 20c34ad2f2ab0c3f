"""Odd books of people: what the lesson on buying centres has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LEDGER = "account_id,date,revenue\nP0,2024-03-01,100\nP1,2024-06-01,50\nP2,2024-12-20,-30\n"
HEAD = "contact_id,account_id,level,role,power,stance,champion,last_contact,manager_id"


def _people(accounts: int, each: int, seed: int = 3) -> str:
    rng = np.random.default_rng(seed)
    rows = [HEAD]
    for account in range(accounts):
        for person in range(each):
            level = ("exec", "mid", "user")[min(person, 2)]
            day = f"2024-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}"
            day = day if rng.random() < 0.5 else "2022-05-05" if rng.random() < 0.5 else ""
            rows.append(
                f"K{account}-{person},P{account},{level},{('decider', 'buyer', 'user')[min(person, 2)]},"
                f"{rng.integers(0, 11)},{rng.integers(-2, 3)},{int(rng.random() < 0.2)},{day},"
                f"M{rng.integers(0, 3)}"
            )
    return "\n".join(rows) + "\n"


def _ties(accounts: int, each: int, share: float = 0.4, seed: int = 4) -> str:
    rng = np.random.default_rng(seed)
    rows = ["from_id,to_id,kind"]
    for account in range(accounts):
        for one in range(each):
            for other in range(one):
                if rng.random() < share:
                    kind = ("reports", "meets")[int(rng.random() < 0.5)]
                    rows.append(f"K{account}-{one},K{account}-{other},{kind}")
    return "\n".join(rows) + "\n"


def _departures(cases: list[tuple[str, str, int, int, str]]) -> str:
    rows = ["departure_id,date,account_id,threads,lost,sales_before"]
    rows += [f"H{n}," + ",".join(map(str, case)) for n, case in enumerate(cases)]
    return "\n".join(rows) + "\n"


def one_person() -> dict[str, str]:
    return {"contacts.csv": "contact_id,account_id\nK1,P1\n"}


def one_name_each() -> dict[str, str]:
    """A file with one name per account, as a sales system holds it."""
    rows = "".join(f"K{n},P{n}\n" for n in range(30))
    ledger = "account_id,revenue\n" + "".join(f"P{n},{100 + n}\n" for n in range(30))
    return {"ledger.csv": ledger, "contacts.csv": "contact_id,account_id\n" + rows}


def people_alone() -> dict[str, str]:
    """No ledger; the words are the book's own, and say nothing of their order."""
    rows = [
        f"K{n},P{n // 4},{('总部', '车间', '科室')[n % 3]},{('拍板人', '使用人')[n % 2]},2024-0{1 + n % 9}-11"
        for n in range(40)
    ]
    return {
        "contacts.csv": "contact_id,account_id,level,role,last_contact\n" + "\n".join(rows) + "\n"
    }


def people_with_all() -> dict[str, str]:
    rng = np.random.default_rng(6)
    cases = [
        (f"202{n % 3 + 1}-05-0{1 + n % 9}", f"P{n}", 1 + n % 3, int(rng.random() < 0.3), 100 + n)
        for n in range(45)
    ]
    return {
        "ledger.csv": LEDGER,
        "contacts.csv": _people(45, 7),
        "contact_ties.csv": _ties(45, 7),
        "departures.csv": _departures(cases),
        "toml": 'currency = "EUR"\n',
    }


def never_met() -> dict[str, str]:
    """Nobody was met within a year of the last sale; no champion, no tie."""
    rows = "".join(f"K{n},P{n % 3},{n % 3},2020-01-0{1 + n % 9}\n" for n in range(9))
    return {
        "ledger.csv": LEDGER,
        "contacts.csv": "contact_id,account_id,power,last_contact\n" + rows,
    }


def ties_across() -> dict[str, str]:
    """Ties that lead to other accounts, to nobody, to oneself; two people without any."""
    ties = "from_id,to_id,kind\nK0-0,K1-0,meets\nK0-1,X,meets\nK0-0,K0-0,meets\nK0-2,K0-1,meets\n"
    return {"ledger.csv": LEDGER, "contacts.csv": _people(3, 3), "contact_ties.csv": ties}


def no_power_at_all() -> dict[str, str]:
    rows = "".join(f"K{n},P{n // 3},0,{n % 3 - 1},1\n" for n in range(9))
    return {
        "ledger.csv": LEDGER,
        "contacts.csv": "contact_id,account_id,power,stance,champion\n" + rows,
    }


def few_departures() -> dict[str, str]:
    cases = [
        ("2024-01-05", "P0", 1, 1, ""),
        ("2024-02-05", "P1", 2, 0, ""),
        ("2024-11-30", "P1", 0, 0, ""),
    ]
    return {
        "ledger.csv": LEDGER,
        "contacts.csv": _people(3, 2),
        "departures.csv": _departures(cases),
    }


def nobody_lost() -> dict[str, str]:
    """Departures of one account, again and again; nothing was ever lost."""
    cases = [(f"2023-0{1 + n % 9}-05", "P0", 1 + n % 2, 0, 10) for n in range(24)]
    return {
        "ledger.csv": LEDGER,
        "contacts.csv": _people(3, 2),
        "departures.csv": _departures(cases),
    }


def buyers_in_the_ledger() -> dict[str, str]:
    """Who ordered and who of us sold stand in the ledger; one buyer's name is in two accounts, some
    sales name nobody, and one buyer only sent things back."""
    rng = np.random.default_rng(8)
    rows = ["account_id,date,revenue,contact_id,manager_id"]
    for n in range(120):
        who = f"B{rng.integers(0, 3)}" if n % 11 else ""
        rows.append(
            f"P{n % 24},2024-{1 + n % 12:02d}-0{1 + n % 9},{rng.integers(10, 500)},{who},E{n % 5}"
        )
    rows.append("P1,2024-12-28,-40,B9,E1")
    return {"ledger.csv": "\n".join(rows) + "\n"}


def buyers_without_dates() -> dict[str, str]:
    return {"ledger.csv": "account_id,revenue,contact_id\nP0,10,Ann\nP0,5,Bo\nP1,7,Cy\n"}


def nothing_sold() -> dict[str, str]:
    """More came back than was bought, everywhere."""
    ledger = "account_id,date,revenue\nP0,2024-03-01,-100\nP1,2024-06-01,-50\n"
    return {"ledger.csv": ledger, "contacts.csv": _people(2, 3), "contact_ties.csv": _ties(2, 3)}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        one_person, one_name_each, people_alone, people_with_all, never_met, ties_across, no_power_at_all,
        few_departures, nobody_lost, buyers_in_the_ledger, buyers_without_dates, nothing_sold,
    )
}  # fmt: skip
