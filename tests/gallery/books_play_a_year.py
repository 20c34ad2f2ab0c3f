"""Odd years to be played: what the lesson on a played year has to stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keyacct_utils.world.play_a_year import RULES

QUARTERS = ("2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01")
#: id, sales of P, cost of P, sales of S, tier, level, terms, score, chance, elasticity, visits.
Row = tuple[str, float, float, float, str, int, str, float, float, float, int]
USUAL: tuple[Row, ...] = (
    ("A1", 90e6, 85e6, 2e6, "gold", 1, "T2", 95, 0.02, -0.1, 4),
    ("A2", 60e6, 58e6, 1e6, "gold", 2, "T1", 85, 0.05, -0.5, 3),
    ("A3", 9e6, 8.6e6, 3e5, "crystal", 1, "T3", 55, 0.30, -1.4, 2),
    ("A4", 5e6, 5.2e6, 1e5, "crystal", 3, "T1", 100, 0.01, -0.5, 2),
    ("A5", 2e6, 1.9e6, 5e4, "A+", 1, "T1", 75, 0.10, -0.5, 1),
    ("A6", 8e5, 7.7e5, 0.0, "basic", 1, "T2", 90, 0.04, -0.1, 0),
)


def rules(**changed: float) -> str:
    """The table of rules, with hazards of its own."""
    rows = [(name, value, unit, code, source) for name, unit, code, source, value in RULES]
    rows += [("hazard_preventable", 0.0027, "a month", "10", "churn.base_hazards")]
    rows += [("hazard_own", 0.003, "a month", "10", "churn.base_hazards")]
    text = "name,value,unit,lesson,source\n"
    for name, value, unit, code, source in rows:
        text += f'{name},{changed.get(name, value)},{unit},{code},"{source}"\n'
    return text


def year(
    rows: Sequence[Row] = USUAL, listed: Sequence[str] | None = ("A1", "A2"), **changed: float
) -> dict[str, str]:
    """A book with all that a year needs."""
    ledger = "account_id,date,line,revenue,cost_goods\n"
    hidden = (
        "account_id,terms_code,credit_score,default_chance,elasticity,wallet_left,other_service\n"
    )
    visits, ties = "quarter,account_id,tier,visits\n", "account_id,bond_level,account_value\n"
    for name, sales, cost, service, tier, level, terms, score, chance, answer, made in rows:
        for month in range(1, 13):
            ledger += f"{name},2024-{month:02d}-10,P,{sales / 12:.2f},{cost / 12:.2f}\n"
        if service:
            ledger += f"{name},2024-06-10,S,{service:.2f},{0.7 * service:.2f}\n"
        hidden += f"{name},{terms},{score},{chance},{answer},200000,20000\n"
        visits += "".join(f"{quarter},{name},{tier},{made}\n" for quarter in QUARTERS)
        ties += f"{name},{level},0.3\n"
    found = {
        "ledger.csv": ledger, "year_accounts.csv": hidden, "visits.csv": visits, "ties.csv": ties,
        "year_mechanisms.csv": rules(**changed),
    }  # fmt: skip
    if listed is not None:
        found["accounts.csv"] = "account_id,listed_ka\n" + "".join(
            f"{row[0]},{int(row[0] in listed)}\n" for row in rows
        )
    return found


def usual_year() -> dict[str, str]:
    """Six accounts, two of them listed; services and open projects too."""
    lines = "subscription_id,account_id,start,end,yearly_value,price_gap,satisfaction\n"
    lines += "B1,A1,2022-01-01,,40000,4,70\nB2,A3,2022-01-01,,30000,12,55\n"
    lines += "B3,A3,2022-01-01,2023-01-01,30000,12,55\n"
    cases = "case_id,account_id,start,end,kv,capacity_kva,priority,green_channel\n"
    cases += "P1,A1,2024-11-01,,10,900,1,0\nP2,A3,2024-11-01,,0.4,200,0,1\n"
    cases += "P3,A2,2024-03-01,2024-06-01,10,500,0,0\nP4,A5,2024-12-01,,10,100,1,0\n"
    return year() | {"subscriptions.csv": lines, "cases.csv": cases}


def one_account() -> dict[str, str]:
    return year(USUAL[:1], ("A1",))


def nobody_listed() -> dict[str, str]:
    """A book that knows of no list."""
    return year(listed=None)


def all_lose_money() -> dict[str, str]:
    return year([(*row[:2], row[1] * 1.05, *row[3:]) for row in USUAL])


def nobody_fails() -> dict[str, str]:
    """No default, no growth, no rival: every year is the same but for what visits bring."""
    calm = [(*row[:8], 0.0, 0.0, row[10]) for row in USUAL]
    return year(calm, growth_sd=0.0, growth_mean=0.0, visit_noise=0.0, refusal_loss=0.0)


def shortest_terms_already() -> dict[str, str]:
    """One class, all with the same terms and the same elasticity, all visited and all tied."""
    alike = [(*row[:4], "gold", 3, "T1", 100.0, 0.01, -0.5, 4) for row in USUAL]
    return year(alike)


def never_visited() -> dict[str, str]:
    return year([(*row[:10], 0) for row in USUAL], ("A1",))


def hostile_year() -> dict[str, str]:
    """Ids with signs that tables and Markdown read."""
    names = ["A|1", "*A2*", "A_3_", "007", "<A5>", "A6`"]
    rows = [(name, *row[1:]) for name, row in zip(names, USUAL, strict=True)]
    return year(rows, ("A|1", "007")) | {"toml": 'currency = "EUR"\n'}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        usual_year, one_account, nobody_listed, all_lose_money, nobody_fails,
        shortest_terms_already, never_visited, hostile_year,
    )
}  # fmt: skip
