"""Odd books of sellers, targets and judges: what the lesson on sales efficiency has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

QUARTERS = ("2023-01-01", "2023-04-01", "2023-07-01", "2023-10-01",
            "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01")  # fmt: skip


def _two_years(accounts: int = 30, seed: int = 5, stop: int = 3, come: int = 4) -> str:
    """Accounts that buy each month of two years; some stop after the first, some come in the second."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(accounts + come):
        level = rng.lognormal(5, 1)
        for month in range(24):
            if (n < stop and month >= 12) or (n >= accounts and month < 12):
                continue
            day = f"{2023 + month // 12}-{month % 12 + 1:02d}-12"
            rows.append(f"C{n:02d},{day},{level * rng.lognormal(0, 0.4):.2f}")
    return "account_id,date,revenue\n" + "\n".join(rows) + "\n"


def _owned(accounts: int = 34, owners: int = 5) -> str:
    rows = [f"C{n:02d},S{n % owners}" for n in range(accounts)]
    return "account_id,manager_id\n" + "\n".join(rows) + "\n"


def _results(units: int, spread: float = 0.1, noise: float = 0.1, seed: int = 6) -> str:
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(units):
        skill = spread * (n - (units - 1) / 2) / max(1, units)
        for day in QUARTERS:
            rows.append(f"S{n},{day},{1000 * (1 + skill + rng.normal(0, noise)):.2f},1000")
    return "manager_id,period,sales,target\n" + "\n".join(rows) + "\n"


def _tries(cells: dict[tuple[str, str], tuple[int, int]], still: int = 0) -> str:
    rows, number = [], 0
    for (who, kind), (tried, won) in cells.items():
        for n in range(tried):
            number += 1
            rows.append(f"T{number},{who},{kind},{'won' if n < won else 'lost'}")
    rows += [f"U{n},S0,easy,open" for n in range(still)]
    return "opportunity_id,manager_id,kind,outcome\n" + "\n".join(rows) + "\n"


def _scores(rows: list[tuple[str, str, str, float]], criteria: tuple[str, ...] = ("total",)) -> str:
    lines = [
        f"{name},{case},{judge},{criterion},{score}"
        for name, case, judge, score in rows
        for criterion in criteria
    ]
    return "round,case_id,judge_id,criterion,score\n" + "\n".join(lines) + "\n"


def owners_of_a_ledger() -> dict[str, str]:
    """A ledger and who owns the accounts: some left, some came, one has no owner."""
    accounts = _owned().replace("C07,S2", "C07,")
    return {"ledger.csv": _two_years(), "accounts.csv": accounts, "toml": 'period = "2024"\n'}


def one_owner_has_all() -> dict[str, str]:
    return {
        "ledger.csv": _two_years(),
        "accounts.csv": _owned(owners=1),
        "toml": 'period = "2024"\n',
    }


def nobody_changed() -> dict[str, str]:
    """Each account buys the same in each month: nothing to tell owners apart by."""
    rows = [
        f"C{n:02d},{2023 + m // 12}-{m % 12 + 1:02d}-01,{10 * (n + 1)}"
        for n in range(25)
        for m in range(24)
    ]
    return {
        "ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n",
        "accounts.csv": _owned(25),
        "toml": 'period = "2024"\n',
    }


def all_left() -> dict[str, str]:
    """No customer of the first year bought in the second; others did."""
    rows = [f"O{n},2023-0{n % 9 + 1}-05,{100 + n}" for n in range(24)]
    rows += [f"N{n},2024-0{n % 9 + 1}-05,{50 + n}" for n in range(24)]
    rows += ["N1,2024-12-30,5", "O1,2023-12-30,5", "O2,2023-01-02,5"]
    return {
        "ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n",
        "toml": 'period = "2024"\ncurrency = "EUR"\n',
    }


def more_back_than_bought() -> dict[str, str]:
    """In the second year the customers sent back more than they bought."""
    rows = [f"R{n:02d},2023-{n % 12 + 1:02d}-05,{100 + n}" for n in range(24)]
    rows += [f"R{n:02d},2024-{n % 12 + 1:02d}-05,{-60 - n}" for n in range(24)]
    rows += ["Z,2024-12-30,7"]
    return {
        "ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n",
        "toml": 'period = "2024"\n',
    }


def equal_sellers() -> dict[str, str]:
    """Four managers of one skill, and a fifth without a target in one quarter."""
    results = _results(5, spread=0.0).replace("S4,2024-04-01", "S4,2024-05-01")
    return {"ledger.csv": _two_years(), "manager_results.csv": results, "toml": 'period = "2024"\n'}


def targets_always_met() -> dict[str, str]:
    """Sales are the target to the cent in each quarter: no luck, no skill."""
    return {
        "ledger.csv": _two_years(),
        "manager_results.csv": _results(6, 0.0, 0.0),
        "toml": 'period = "2024"\n',
    }


def three_sellers_and_a_star() -> dict[str, str]:
    """Too few to tell skill from luck; one is far ahead."""
    return {"ledger.csv": _two_years(), "manager_results.csv": _results(3, 2.0)}


def better_in_each_quarter() -> dict[str, str]:
    return {
        "ledger.csv": _two_years(),
        "manager_results.csv": _results(8, 3.0, 0.02),
        "toml": 'period = "2024"\n',
    }


def results_of_another_year() -> dict[str, str]:
    """What managers reached is known for years that the ledger does not hold."""
    return {
        "ledger.csv": _two_years(),
        "manager_results.csv": _results(6).replace("2024-", "2019-").replace("2023-", "2018-"),
        "toml": 'period = "2024"\n',
    }


def hard_and_easy() -> dict[str, str]:
    """Ahead overall, behind in each kind."""
    cells = {
        ("S0", "hard"): (80, 24), ("S0", "easy"): (20, 17),
        ("S1", "hard"): (10, 2), ("S1", "easy"): (90, 72),
    }  # fmt: skip
    return {"ledger.csv": _two_years(), "opportunities.csv": _tries(cells, still=12)}


def each_its_own_kind() -> dict[str, str]:
    cells = {("S0", "hard"): (10, 3), ("S1", "easy"): (12, 12)}
    return {"ledger.csv": _two_years(), "opportunities.csv": _tries(cells)}


def all_won() -> dict[str, str]:
    cells = {("S0", "easy"): (6, 6), ("S1", "easy"): (9, 9), ("S1", "hard"): (2, 2)}
    return {"ledger.csv": _two_years(), "opportunities.csv": _tries(cells)}


def one_seller_tries() -> dict[str, str]:
    return {
        "ledger.csv": _two_years(),
        "opportunities.csv": _tries({("S0", "easy"): (6, 2)}, still=3),
    }


def judges_of_one_mind() -> dict[str, str]:
    """Two judges who give the same points to all."""
    rows = [("only", f"P{n}", judge, 60.0 + n) for n in range(6) for judge in ("J1", "J2")]
    return {"ledger.csv": _two_years(), "judge_scores.csv": _scores(rows)}


def judges_who_never_meet() -> dict[str, str]:
    """Each panel has cases of its own."""
    rows = [("heat", f"P{n}", f"J{n % 2}", 70.0 + n) for n in range(8)]
    rows += [("heat", f"P{n}", f"J{n % 2 + 2}", 71.0 - n) for n in range(8)]
    return {"ledger.csv": _two_years(), "judge_scores.csv": _scores(rows)}


def judges_against_each_other() -> dict[str, str]:
    """What one puts first the other puts last."""
    rows = [("only", f"P{n}", "J1", 60.0 + n) for n in range(6)]
    rows += [("only", f"P{n}", "J2", 70.0 - n) for n in range(6)]
    return {"ledger.csv": _two_years(), "judge_scores.csv": _scores(rows)}


def all_points_alike() -> dict[str, str]:
    rows = [("only", f"P{n}", judge, 75.0) for n in range(6) for judge in ("J1", "J2", "J3")]
    return {"ledger.csv": _two_years(), "judge_scores.csv": _scores(rows, ("plan", "feedback"))}


def one_judge() -> dict[str, str]:
    rows = [("only", f"P{n}", "J1", 70.0 + n) for n in range(6)]
    return {"ledger.csv": _two_years(), "judge_scores.csv": _scores(rows)}


def targets_in_chinese() -> dict[str, str]:
    """A goal of nothing less than all, one that is met to the last, one without what it is of."""
    rows = [
        "G1,,留存率,rate,2024-01-01,1,20,20,,",
        "G2,,档案完整率,rate,2024-01-01,0.9,0,12,,",
        "G3,,新增客户,growth,2024-01-01,0.3,4,,0,",
        "G4,,收入,money,2024-01-01,0.1,120000,,100000,90000",
        "G5,,旧目标,rate,2020-01-01,0.5,3,9,,",
        "G6,,回款,rate,2024-01-01,0.8,5,,,",
    ]
    head = "target_id,manager_id,measure,kind,period,goal,reached,out_of,base,before\n"
    return {
        "ledger.csv": _two_years(),
        "targets.csv": head + "\n".join(rows) + "\n",
        "toml": 'period = "2024"\n',
    }


def targets_without_a_year() -> dict[str, str]:
    rows = ["G1,S0,kept,rate,0.95,9,10", "G2,S1,kept,rate,0.95,30,30", "G3,S2,kept,rate,0.95,0,4"]
    head = "target_id,manager_id,measure,kind,goal,reached,out_of\n"
    return {"ledger.csv": _two_years(), "targets.csv": head + "\n".join(rows) + "\n"}


def sellers_by_hand() -> dict[str, str]:
    """Six ratios from one quarter of two managers; one of them made no visit."""
    head = "manager_id,period,workdays,visits,customers_visited,visit_cost,sales,target\n"
    rows = ["S0,2024-10-01,60,0,0,0,500,0", "S1,2024-10-01,60,33,12,900,800,750"]
    return {
        "ledger.csv": _two_years(),
        "manager_results.csv": head + "\n".join(rows) + "\n",
        "toml": 'period = "2024"\n',
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        owners_of_a_ledger, one_owner_has_all, nobody_changed, all_left, more_back_than_bought,
        equal_sellers, targets_always_met, three_sellers_and_a_star, better_in_each_quarter,
        results_of_another_year, hard_and_easy, each_its_own_kind, all_won, one_seller_tries,
        judges_of_one_mind, judges_who_never_meet, judges_against_each_other, all_points_alike,
        one_judge, targets_in_chinese, targets_without_a_year, sellers_by_hand,
    )
}  # fmt: skip
