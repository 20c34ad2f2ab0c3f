"""Lesson 22: what was planted, and would it be found in a book of another size?

What a policy brings on average was reckoned by the generator on grids; here it is simulated, and
its tolerance is three standard errors of that simulation (`DRAWN` years).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.play_a_year import decisions as decided
from keyacct_utils.lessons.play_a_year import game, search
from keyacct_utils.lessons.play_a_year.decisions import Decisions
from keyacct_utils.lessons.play_a_year.year import Year, year_of
from keyacct_utils.truth.planted import Item, Naive, Truth, stated
from keyacct_utils.world.play_a_year import RULES

DRAWN, SEED = 200, 7
MILLION = 1e6
#: Three standard errors of `DRAWN` years (root mean square over 40 seeds), million yuan: of the
#: profit, and of paired differences.
_PROFIT, _ADVICE, _TERMS, _CUTOFF = 7.1, 1.9, 2.0, 1.8
_DISCOUNT, _VISITS, _LIST = 0.36, 0.10, 0.034

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 12

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class _World:
    """Tables in the form in which a year is read."""

    tables: Tables


def _year(tables: Tables) -> Year:
    return year_of(_World(tables))


def _single(year: Year, name: str) -> Decisions:
    """As last year, but for one decision of the documents."""
    told = decided.advice(year)
    return Decisions(terms="T1") if name == "days" else Decisions(**{name: getattr(told, name)})


def _gain(year: Year, drawn: game.Luck, chosen: Decisions) -> float:
    """Mean gain over the last year in the same years, million yuan."""
    base, plan = (decided.plan_of(year, item, limits=False) for item in (Decisions(), chosen))
    return float((game.profits(year, plan, drawn) - game.profits(year, base, drawn)).mean()) / 1e6


def _of(name: str) -> Any:
    def planted(truth: Truth) -> float:
        return float(truth["play_a_year"]["gains"][name]) / MILLION

    return planted


def _millions(*path: str) -> Any:
    return lambda truth: float(stated(*path)(truth)) / MILLION


# What somebody does who does not know the lesson.


def _margin_only(tables: Tables) -> float:
    """The margin less interest and service, and nobody defaults."""
    year = _year(tables)
    found = game.play(year, Decisions(), 50, seed=SEED).parts
    return float(found[["goods", "credit", "service"]].sum(axis=1).mean()) / MILLION


def _sales_of_advice(tables: Tables) -> float:
    """More volume at the old price, taken for the gain."""
    year = _year(tables)
    plan = decided.plan_of(year, decided.advice(year), limits=False)
    return float((year.sales * ((1 - plan.discount) ** year.elasticity - 1)).sum()) / MILLION


def _interest_only(tables: Tables) -> float:
    """The interest saved, without what fewer days of credit lose in a default."""
    year = _year(tables)
    fewer = year.days - year.rules["days_T1"]
    return float((year.rules["capital"] * year.sales * fewer / 365).sum()) / MILLION


def _sales_that_leave(tables: Tables) -> float:
    """The sales of those who leave, taken for what it costs to refuse them."""
    year = _year(tables)
    cut = year.score < decided.advice(year).cutoff
    return -float((1 - year.rules["stays"]) * year.all_sales[cut].sum()) / MILLION


def _given_away(tables: Tables) -> float:
    """The discount times the sales of all accounts, not of the large ones alone."""
    return -0.005 * float(_year(tables).all_sales.sum()) / MILLION


def _straight(tables: Tables) -> float:
    """Visits that each add as much as the first."""
    year = _year(tables)
    told = decided.plan_of(year, _single(year, "visits"), limits=False)
    first = year.rules["visit_ceiling"] / 100 * -np.expm1(-year.rules["visit_rate"])
    more = (told.visits - year.visits).mean(axis=1)
    cost = year.rules["visit_cost"] * (told.visits - year.visits).sum()
    return float((np.maximum(year.whole, 0) * first * more).sum() - cost) / MILLION


def _care_for_nothing(tables: Tables) -> float:
    """What the ties keep, without the visits that the care takes."""
    year = _year(tables)
    return _closed(replace(year, rules={**year.rules, "care_2": year.rules["care_1"]}), "listed")


def _closed(year: Year, name: str) -> float:
    chosen = (Decisions(), _single(year, name))
    base, plan = (decided.plan_of(year, item, limits=False) for item in chosen)
    return (game.expected(year, plan) - game.expected(year, base)) / MILLION


def _largest(tables: Tables) -> set[str]:
    return set(decided.top_by_sales(_year(tables), 0.2))


def _with_priority(tables: Tables) -> set[str]:
    cases = _year(tables).cases
    return {str(name) for name in cases.index[cases["priority"].astype(bool)]}


def _busiest(tables: Tables) -> str:
    """The decision that moves most hours."""
    return "visits"


ITEMS = (
    Item(
        "profit of doing as last year, million yuan",
        _millions("play_a_year", "last_year"),
        _PROFIT,
        (Naive("nobody defaults and no service leaves", _margin_only),),
    ),
    Item(
        "gain of the documents' advice, million yuan",
        _millions("play_a_year", "advice"),
        _ADVICE,
        (Naive("more volume taken for profit", _sales_of_advice),),
    ),
    Item(
        "gain of the shortest terms alone, million yuan",
        _of("days"),
        _TERMS,
        (Naive("the interest saved, without the defaults", _interest_only),),
    ),
    Item(
        "gain of the advised cut-off alone, million yuan",
        _of("cutoff"),
        _CUTOFF,
        (Naive("the sales that leave, taken for the cost", _sales_that_leave),),
    ),
    Item(
        "gain of the advised discount alone, million yuan",
        _of("discount"),
        _DISCOUNT,
        (Naive("given on all sales", _given_away),),
    ),
    Item(
        "gain of the advised visits alone, million yuan",
        _of("visits"),
        _VISITS,
        (Naive("every visit adds as much as the first", _straight),),
    ),
    Item(
        "gain of a list of the largest fifth by sales, alone, million yuan",
        _of("listed"),
        _LIST,
        (Naive("the care taken to cost nothing", _care_for_nothing),),
    ),
    Item(
        "accounts whose care pays",
        lambda truth: set(truth["play_a_year"]["care"]),
        naive=(Naive("the largest fifth by sales", _largest),),
    ),
    Item(
        "projects that are worth hastening",
        lambda truth: set(truth["play_a_year"]["hasten"]),
        naive=(Naive("those with priority", _with_priority),),
    ),
    Item(
        "the decision of the advice that costs most",
        lambda truth: min(
            (n for n in truth["play_a_year"]["gains"] if n != "days"),
            key=truth["play_a_year"]["gains"].get,
        ),
        naive=(Naive("the one that moves most hours", _busiest),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 22 finds in the tables of a world, by the names of ITEMS."""
    year = _year(tables)
    drawn = game.luck(year, DRAWN, SEED)
    care = search.care_that_pays(year)
    net = year.cases["worth"] - year.cases["cost"]
    costs = search.which_decision_cost_most(
        year, decided.advice(year), Decisions(), drawn=drawn.first(20)
    )
    values = (
        game.play(year, Decisions(), drawn=drawn).mean / MILLION,
        _gain(year, drawn, decided.advice(year)),
        *(
            _gain(year, drawn, _single(year, name))
            for name in ("days", "cutoff", "discount", "visits", "listed")
        ),
        {str(name) for name in care.index[care > 0]},
        {str(name) for name in net.index[net > 0]},
        str(costs.index[0]),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


#: A made-up year: spread of sales (log), margin of sales, share of terms, years that are paired.
_SIGMA, _MEDIAN, _MARGIN, _MARGIN_SD, _PAIRS = 1.7, 4e6, 0.04, 0.02, 20
_RULE = {name: float(value) for name, _, _, _, value in RULES}


def made_up(rng: np.random.Generator, accounts: int) -> Year:
    """A year of so many accounts, with the rules of the world and attributes drawn for it."""
    ids = pd.Index([f"A{n:05d}" for n in range(accounts)])
    sales = _MEDIAN * rng.lognormal(0, _SIGMA, accounts)
    order = np.argsort(np.argsort(sales)) / accounts
    tier = np.array(["basic", "A+", "crystal", "gold"])[np.searchsorted([0.25, 0.5, 0.85], order)]
    risk = rng.normal(size=accounts)
    none = pd.DataFrame({name: [] for name in ("place", "margin", "preventable", "own")})
    cases = ("place", "days", "worth", "cost", "hours", "priority", "green", "capacity")
    rules = _RULE | {"hazard_preventable": 0.0027, "hazard_own": 0.003}
    return Year(
        name="made up", currency="", labels=pd.Series(ids, ids), last="last year", ids=ids,
        tier=tier, sales=sales, all_sales=sales,
        priced=sales * rng.normal(_MARGIN, _MARGIN_SD, accounts), service=np.zeros(accounts),
        other=np.zeros(accounts), level=rng.choice([1, 2, 3], accounts, p=[0.5, 0.35, 0.15]),
        value=rng.normal(size=accounts), visits=rng.poisson(1.5, (accounts, 4)).astype(float),
        listed=order > 0.84, terms=rng.choice(["T1", "T2", "T3"], accounts, p=[0.54, 0.3, 0.16]),
        score=np.clip(95 - 12 * risk, 30, 100), chance=1 / (1 + np.exp(3.2 - 1.4 * risk)),
        elasticity=rng.choice([-0.1, -0.5, -1.4], accounts), wallet=np.zeros(accounts),
        other_service=np.zeros(accounts), lines=none,
        cases=pd.DataFrame({name: pd.Series(dtype=float) for name in cases}), rules=rules,
        sources=pd.DataFrame(), unplayed=0, hours=np.inf, money=np.inf,
    )  # fmt: skip


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many made-up years of this many accounts does each statement of the lesson hold?"""
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        year = made_up(rng, accounts)
        base, short, cheap = (
            decided.plan_of(year, item)
            for item in (Decisions(), Decisions(terms="T1"), Decisions(discount=0.01))
        )
        drawn = game.luck(year, _PAIRS, int(rng.integers(2**31)))
        before = game.profits(year, base, drawn)
        gain, loss = (game.profits(year, plan, drawn) - before for plan in (short, cheap))
        true = game.expected(year, short) - game.expected(year, base)
        low, high = game.interval(gain)
        statements = {
            "20 paired years tell that short terms earn more": low > 0,
            "the paired interval of their gain holds the true one": low <= true <= high,
            "20 paired years tell that a discount for all loses": game.interval(loss)[1] < 0,
            "one year with short terms beats another year without": bool(
                before[1] + gain[1] > before[0]
            ),
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
