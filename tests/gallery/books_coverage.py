"""Odd books of owners, visits and trials: what the lesson on coverage has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

QUARTERS = ("2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01")


def _ledger(count: int = 30, *, cost: float | None = 0.7, seller: bool = False) -> str:
    rng = np.random.default_rng(7)
    head = "account_id,date,revenue" + (",cost_goods" if cost is not None else "")
    rows = []
    for number in range(count):
        for month in range(1, 13):
            sold = rng.lognormal(6, 1)
            row = f"V{number:02d},2024-{month:02d}-10,{sold:.2f}"
            row += f",{sold * cost:.2f}" if cost is not None else ""
            rows.append(row + (f",S{rng.integers(1, 9)}" if seller else ""))
    return head + (",manager_id" if seller else "") + "\n" + "\n".join(rows) + "\n"


def _visits(
    count: int = 30,
    *,
    looks=QUARTERS,
    made: int | None = None,
    tiers=("A+", "crystal", "gold"),
    spend=True,
    owner: str | None = "S1",
) -> str:
    rng = np.random.default_rng(8)
    head = "quarter,account_id,visits" + (",tier" if tiers else "")
    head += (",monthly_spend,minutes" if spend else "") + (
        ",manager_id" if owner is not None else ""
    )
    rows = []
    for number in range(count):
        fee = float(
            np.round(2000 * np.exp(0.8 * np.sin(number * 2.1)) * (1.5 if number % 2 else 1), 2)
        )
        for look in looks:
            times = int(rng.poisson(1.5)) if made is None else made
            row = f"{look},V{number:02d},{times}" + (
                f",{tiers[number % len(tiers)]}" if tiers else ""
            )
            row += f",{fee:.2f},{rng.integers(100, 900)}" if spend else ""
            rows.append(row + (f",{owner}" if owner is not None else ""))
    return head + "\n" + "\n".join(rows) + "\n"


def _trials(
    lift: Callable[[int, int], float], doses: int = 7, lot: bool = True, n: int = 60
) -> str:
    head = "trial_id,account_id,visits,lift_pct" + (",by_lot" if lot else "")
    rows = []
    for number in range(n):
        dose = number % doses
        row = f"T{number},V{number % 30:02d},{dose},{lift(dose, number):.3f}"
        rows.append(row + (f",{int(number % 5 > 0)}" if lot else ""))
    return head + "\n" + "\n".join(rows) + "\n"


def _curve(dose: int, number: int) -> float:
    return 8 * (1 - np.exp(-0.5 * dose)) + np.sin(number)


def _book(**files: str) -> dict[str, str]:
    made = {"ledger.csv": _ledger(), "visits.csv": _visits(), "visit_trials.csv": _trials(_curve)}
    made |= {f"{name}.csv": text for name, text in files.items() if name != "toml"}
    made["toml"] = files.get("toml", 'period = "2024"\ncurrency = "EUR"\n')
    return made


def sellers_in_the_ledger() -> dict[str, str]:
    """Eight people sell to everybody: no account has one owner."""
    return {"ledger.csv": _ledger(seller=True)}


def nobody_is_named() -> dict[str, str]:
    """A column of owners that is empty to the last row."""
    return {
        "ledger.csv": _ledger(),
        "accounts.csv": "account_id,manager_id\n" + "".join(f"V{n:02d},\n" for n in range(30)),
    }


def one_owns_all() -> dict[str, str]:
    return {
        "ledger.csv": _ledger(),
        "accounts.csv": "account_id,manager_id\n" + "".join(f"V{n:02d},S1\n" for n in range(30)),
    }


def an_owner_has_left() -> dict[str, str]:
    """An owner whom the table of managers does not have is refused; here all are, but for the hours."""
    owners = "".join(f"V{n:02d},S{n % 3}\n" for n in range(29)) + "V29,\n"
    return {
        "ledger.csv": _ledger(cost=None),
        "accounts.csv": "account_id,manager_id\n" + owners,
        "managers.csv": "manager_id\nS0\nS1\nS2\nS3\n",
    }


def visits_bare() -> dict[str, str]:
    """Quarter, account and visits, and nothing else."""
    return _book(visits=_visits(tiers=(), spend=False, owner=None))


def visits_by_month() -> dict[str, str]:
    months = tuple(f"2024-{month:02d}-01" for month in range(1, 13))
    return _book(visits=_visits(looks=months))


def nobody_was_visited() -> dict[str, str]:
    return _book(visits=_visits(made=0))


def all_were_visited_alike() -> dict[str, str]:
    return _book(visits=_visits(made=2, tiers=("crystal",)))


def visits_of_other_years() -> dict[str, str]:
    """The period is 2024, the visits are of 2021."""
    return _book(visits=_visits(looks=("2021-01-01", "2021-04-01")))


def classes_in_chinese() -> dict[str, str]:
    return _book(visits=_visits(tiers=("水晶", "金卡")), toml='period = "2024"\ncurrency = "CNY"\n')


def all_above_the_cut() -> dict[str, str]:
    rows = "".join(f"2024-01-01,V{n:02d},1,{4000 + 7 * n}.00,{300 + n}\n" for n in range(30))
    return _book(visits="quarter,account_id,visits,monthly_spend,minutes\n" + rows)


def visits_of_others() -> dict[str, str]:
    """Half of those who are visited bought nothing, half of those who bought are not visited."""
    return _book(
        visits=_visits().replace("V0", "X0"), visit_trials=_trials(_curve).replace("V0", "X0")
    )


def visits_that_bring_nothing() -> dict[str, str]:
    return _book(visit_trials=_trials(lambda dose, number: np.sin(number)))


def visits_that_harm() -> dict[str, str]:
    return _book(visit_trials=_trials(lambda dose, number: -2.0 * dose + np.sin(number)))


def visits_in_a_line() -> dict[str, str]:
    """Twice the visits bring twice as much: where it levels off is not told."""
    return _book(visit_trials=_trials(lambda dose, number: 1.5 * dose + 0.2 * np.sin(number)))


def two_doses() -> dict[str, str]:
    return _book(visit_trials=_trials(_curve, doses=2))


def no_lot() -> dict[str, str]:
    return _book(visit_trials=_trials(_curve, lot=False))


def all_lose_money() -> dict[str, str]:
    return _book(ledger=_ledger(cost=1.2))


def no_costs() -> dict[str, str]:
    return _book(ledger=_ledger(cost=None))


def one_is_visited() -> dict[str, str]:
    """A single account, a single quarter."""
    return {
        "ledger.csv": "account_id,date,revenue\nV00,2024-02-10,500\n",
        "visits.csv": "quarter,account_id,visits,tier\n2024-01-01,V00,1,A+\n",
        "visit_trials.csv": _trials(_curve),
        "toml": 'period = "2024"\n',
    }


def activities_bare() -> dict[str, str]:
    """Visits among activities, without minutes; one quarter without any."""
    rows = [
        f"J{n}-{month},2024-{month:02d}-05,V{n:02d},{'visit' if n % 3 else 'quote'}\n"
        for n in range(30)
        for month in (1, 2, 4, 5, 6, 11)
    ]
    return {
        "ledger.csv": _ledger(),
        "activities.csv": "activity_id,date,account_id,type\n" + "".join(rows),
        "toml": 'period = "2024"\n',
    }


def more_than_enough() -> dict[str, str]:
    """Twelve managers for thirty accounts."""
    staff = "manager_id,hours_per_month\n" + "".join(f"S{n},160\n" for n in range(1, 13))
    jobs = "".join(
        f"J{n},2024-{1 + n % 12:02d}-07,V{n % 30:02d},{('visit', 'call', 'quote')[n % 3]},{30 + n % 40},{n % 9}\n"
        for n in range(120)
    )
    return _book(managers=staff, activities="activity_id,date,account_id,type,minutes,km\n" + jobs)


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        sellers_in_the_ledger, nobody_is_named, one_owns_all, an_owner_has_left, visits_bare, visits_by_month,
        nobody_was_visited, all_were_visited_alike, visits_of_other_years, classes_in_chinese, all_above_the_cut,
        visits_of_others, visits_that_bring_nothing, visits_that_harm, visits_in_a_line, two_doses, no_lot,
        all_lose_money, no_costs, one_is_visited, activities_bare, more_than_enough,
    )
}  # fmt: skip
