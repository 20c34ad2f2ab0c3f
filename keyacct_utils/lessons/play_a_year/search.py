"""The best policy that a search finds, how far its own years flatter it, what each decision costs,
and how many years it takes until a policy shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import differential_evolution
from scipy.stats import norm

from keyacct_utils.lessons.play_a_year.decisions import (
    DECIDED,
    Decisions,
    Plan,
    mixed,
    of_plan,
    plan_of,
)
from keyacct_utils.lessons.play_a_year.game import (
    DRAWS,
    Luck,
    expected_by_account,
    interval,
    luck,
    profits,
)
from keyacct_utils.lessons.play_a_year.year import QUARTERS, Year, year_of
from keyacct_utils.lessons.shared.amounts import at_least

#: Years on which a policy is chosen, their seed and that of the search, its generations and its
#: candidates for each of the numbers below.
CHOSEN_ON, SEED, GENERATIONS, CANDIDATES = 10, 1, 14, 4
#: What the search turns, and between which limits: from which margin an account with a weak tie is
#: listed, what a visit has to bring, the cut-off, the discount of the largest class and of the
#: others, the terms of both, and from which capacity (kVA) a project is hastened. Money and
#: capacity as powers of ten.
SEARCHED = {
    "list_from": (4.0, 8.5),
    "visit_brings": (2.5, 5.0),
    "cutoff": (0.0, 100.0),
    "discount_large": (0.0, 0.02),
    "discount_others": (0.0, 0.02),
    "terms_large": (0.0, 1.0),
    "terms_others": (0.0, 1.0),
    "hasten_from": (2.0, 4.0),
}
#: Chance to see a difference that is there, and not to see one that is not.
POWER, CONFIDENCE = 0.8, 0.95
_SCORE_STEP, _DISCOUNT_STEP = 5.0, 0.001


@dataclass(frozen=True)
class Best:
    """The best policy that was found."""

    decisions: Decisions
    #: What the search turned, by the names of `SEARCHED`.
    rule: dict[str, float]
    #: Its gain over the last year in the years on which it was chosen, with its interval.
    chosen_gain: float
    chosen_low: float
    chosen_high: float
    #: Policies that were tried, years and seed of the choice.
    tried: int
    years: int
    seed: int


def visits_that_pay(year: Year, brings: float) -> np.ndarray:
    """Visits a quarter up to which each brings at least so much; by account."""
    rule = year.rules
    before = np.maximum(year.whole * year.unvisited, 0.0) / QUARTERS * rule["visit_ceiling"] / 100
    first = before * -np.expm1(-rule["visit_rate"])
    with np.errstate(divide="ignore"):
        count = np.floor(1 + np.log(first / brings) / rule["visit_rate"])
    return np.where(first >= brings, count, 0.0)


def plan_by_rule(year: Year, x: np.ndarray) -> Plan:
    """The plan that the numbers of `SEARCHED` make, of what a firm can see of its accounts."""
    told = dict(zip(SEARCHED, map(float, x), strict=True))
    large = year.tier == year.classes[-1]
    days = np.array([year.rules[f"days_{code}"] for code in year.codes])
    pick = [
        days[min(int(told[name] * len(days)), len(days) - 1)]
        for name in ("terms_large", "terms_others")
    ]
    off = [
        _DISCOUNT_STEP * np.floor(told[name] / _DISCOUNT_STEP)
        for name in ("discount_large", "discount_others")
    ]
    visits = visits_that_pay(year, 10 ** told["visit_brings"])
    return Plan(
        listed=(year.level == 1) & (year.whole >= 10 ** told["list_from"]),
        visits=np.repeat(visits[:, None], QUARTERS, axis=1),
        days=np.where(large, *pick),
        cutoff=_SCORE_STEP * np.floor(told["cutoff"] / _SCORE_STEP),
        discount=np.where(large, *off),
        hasten=(year.case["capacity"] >= 10 ** told["hasten_from"]) & (year.case["green"] == 0),
    )


def decisions_of(year: Year, plan: Plan) -> Decisions:
    """A plan that is the same in all quarters, as decisions that can be read and changed."""
    code = {year.rules[f"days_{name}"]: name for name in year.codes}
    return Decisions(
        listed=tuple(map(str, year.ids[plan.listed])),
        visits=pd.Series(plan.visits[:, 0], index=year.ids),
        terms=pd.Series([code[days] for days in plan.days], index=year.ids),
        cutoff=plan.cutoff,
        discount=pd.Series(plan.discount, index=year.ids),
        hasten=tuple(map(str, year.cases.index[plan.hasten])),
    )


def best_found(
    source: Any, years: int = CHOSEN_ON, *, seed: int = SEED, generations: int = GENERATIONS
) -> Best:
    """Which policy earns most, among those that the numbers of `SEARCHED` describe?

    Parameters
    ----------
    source : Book, World or Year
    years : int
        Drawn years on which policies are compared, at least 2. The policy has to be judged on
        others: on its own it is flattered.
    seed : int
        Of those years and of the search. It has to differ from the seed of the years that judge.
    generations : int
        Rounds of the search; each tries 4 policies for each of the eight numbers.

    Raises
    ------
    ValueError
        For fewer than 2 years or less than 1 generation.

    References
    ----------
    Storn & Price 1997, Differential evolution, Journal of Global Optimization 11.
    """
    year = year_of(source)
    at_least("generations", generations, 1)
    drawn = luck(year, years, seed)
    base = profits(year, plan_of(year, Decisions(), limits=False), drawn)
    scale = max(abs(float(base.mean())), 1.0)

    def cost(x: np.ndarray) -> float:
        plan = plan_by_rule(year, x)
        over = max(plan.hours(year) / max(year.hours, 1e-9) - 1, 0.0)
        over += max(plan.money(year) / max(year.money, 1e-9) - 1, 0.0)
        return scale * (over + (over > 0)) - float(profits(year, plan, drawn).mean())

    found = differential_evolution(
        cost, list(SEARCHED.values()), maxiter=generations, popsize=CANDIDATES, rng=seed,
        polish=False, tol=0.0,
    )  # fmt: skip
    plan = plan_by_rule(year, found.x)
    gain = profits(year, plan, drawn) - base
    return Best(
        decisions_of(year, plan), dict(zip(SEARCHED, map(float, found.x), strict=True)),
        float(gain.mean()), *interval(gain), int(found.nfev), years, seed,
    )  # fmt: skip


def winners_curse(
    source: Any, policies: Mapping[str, Decisions], draws: int = DRAWS, *, seed: int = 0,
    drawn: Luck | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What does the policy that was best in one year bring in that year, and in all the others?

    Each year chooses the policy that earned most in it.

    Returns
    -------
    DataFrame
        By drawn year: chosen (the policy), own (its gain over the mean of all policies in that
        year), others (its gain in the mean of the other years). What the choice flatters is the
        mean of own - others.

    Raises
    ------
    ValueError
        For fewer than 2 policies.
    """
    year = year_of(source)
    at_least("policies", len(policies), 2)
    drawn = drawn or luck(year, draws, seed)
    earned = np.array([profits(year, plan_of(year, item), drawn) for item in policies.values()])
    ahead = earned - earned.mean(axis=0)
    chosen = ahead.argmax(axis=0)
    rows = np.arange(len(drawn))
    own = ahead[chosen, rows]
    others = (ahead.sum(axis=1)[chosen] - own) / (len(drawn) - 1)
    names = np.array(list(policies), dtype=object)
    return pd.DataFrame({"chosen": names[chosen], "own": own, "others": others})


def shapley(values: Mapping[frozenset[str], Any], names: Sequence[str]) -> dict[str, Any]:
    """What does each part add, on average over all orders in which the parts can come?

    Parameters
    ----------
    values : mapping of frozenset to number or array
        Worth of each set of parts, the empty one too.
    names : sequence of str
        The parts.

    Raises
    ------
    ValueError
        Where a set of parts has no value.

    References
    ----------
    Shapley 1953, A value for n-person games, Contributions to the Theory of Games 2.
    """
    n = len(names)
    for size in range(n + 1):
        for taken in combinations(names, size):
            if frozenset(taken) not in values:
                raise ValueError(
                    f"values lacks {sorted(taken)}: expected each set of {list(names)}"
                )
    weight = [factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)]
    return {
        name: sum(
            weight[len(taken)] * (values[taken | {name}] - value)
            for taken, value in values.items()
            if name not in taken
        )
        for name in names
    }


def _mixtures(year: Year, start: Plan, end: Plan, drawn: Luck) -> dict[frozenset[str], np.ndarray]:
    """Profit by draw, for each set of decisions that are taken from ``end``.

    What is the same in both plans is played once, and projects add the same whatever else is
    decided.
    """
    net = year.case["worth"] - year.case["cost"]
    more = float((net * end.hasten).sum() - (net * start.hasten).sum())
    moves = [
        name
        for name in DECIDED
        if name != "hasten" and not np.array_equal(of_plan(start, name), of_plan(end, name))
    ]
    played = {
        frozenset(taken): profits(year, mixed(start, end, taken), drawn)
        for size in range(len(moves) + 1)
        for taken in combinations(moves, size)
    }
    return {
        frozenset(taken): played[frozenset(taken) & frozenset(moves)] + more * ("hasten" in taken)
        for size in range(len(DECIDED) + 1)
        for taken in combinations(DECIDED, size)
    }


def which_decision_cost_most(
    source: Any, decisions: Decisions, best: Decisions, draws: int = DRAWS, *, seed: int = 0,
    drawn: Luck | None = None, confidence: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """What does each decision of a policy cost beside the best that was found?

    Parameters
    ----------
    decisions, best : Decisions
        The policy, and the one that its decisions are taken from one at a time.

    Returns
    -------
    DataFrame
        By decision, the one that costs most first: alone (what it brings to take only this one
        from the best) and shapley (its mean over all orders in which they could be taken), each
        with its interval from paired years. The Shapley values add up to the whole difference, the
        others need not: decisions work on each other.

    Raises
    ------
    ValueError
        Where one of the two policies cannot be (`plan_of`). A mixture of both is not asked for its
        hours.
    """
    year = year_of(source)
    drawn = drawn or luck(year, draws, seed)
    earned = _mixtures(year, plan_of(year, decisions), plan_of(year, best), drawn)
    shares, rows = shapley(earned, DECIDED), []
    for name in DECIDED:
        alone, share = earned[frozenset([name])] - earned[frozenset()], shares[name]
        rows.append(
            (
                name, float(alone.mean()), *interval(alone, confidence),
                float(np.mean(share)), *interval(np.asarray(share), confidence),
            )
        )  # fmt: skip
    columns = [
        "decision", "alone", "alone_low", "alone_high", "shapley", "shapley_low", "shapley_high",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).set_index("decision")
    return table.sort_values("shapley", ascending=False, kind="stable")


def years_needed(
    gain: float, sd: float, *, power: float = POWER, confidence: float = CONFIDENCE
) -> float:
    """How many values of each kind tell two means apart?

    Parameters
    ----------
    gain, sd : difference of the means, standard deviation of a value
    power, confidence : chance to see the difference, and not to see one that is not there

    Raises
    ------
    ValueError
        For a difference of 0, a standard deviation below 0, or a power or confidence that does not
        lie between 0 and 1.

    Notes
    -----
    n = 2 (z + z')^2 sd^2 / gain^2 with the normal quantiles of confidence (both sides) and power.
    """
    for name, value in (("power", power), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ValueError(f"{name} is {value!r}: expected a number between 0 and 1")
    if gain == 0 or not sd >= 0:
        raise ValueError(
            f"gain is {gain!r} and sd {sd!r}: expected a difference that is not 0 and a standard "
            "deviation of 0 or more"
        )
    z = float(norm.ppf((1 + confidence) / 2) + norm.ppf(power))
    return 2 * (z * sd / gain) ** 2


@dataclass(frozen=True)
class Showing:
    """How long it takes until the advantage of a policy shows."""

    gain: float
    #: Standard deviation of a year's profit, and of the difference of both in one year.
    sd: float
    sd_paired: float
    #: Years before and years after the change that a firm needs; pairs that the game needs.
    years: float
    pairs: float
    #: Chance that the better policy earns less in a year than the other did in another year.
    wrong: float


def years_until_it_shows(
    source: Any, decisions: Decisions, against: Decisions | None = None, draws: int = DRAWS, *,
    seed: int = 0, drawn: Luck | None = None, power: float = POWER, confidence: float = CONFIDENCE,
) -> Showing:  # fmt: skip
    """How many years does it take until a policy can be told from another by its profit?

    Parameters
    ----------
    power, confidence : float
        Chance to see the difference, and not to see one that is not there; between 0 and 1.

    Raises
    ------
    ValueError
        For a power or a confidence outside its limits, or policies between which nothing lies.

    Notes
    -----
    n = 2 (z + z')^2 s^2 / d^2 years before and as many after the change: d is the mean difference,
    s the standard deviation of a year, z and z' the normal quantiles of confidence (both sides) and
    power. In pairs of the same years n = (z + z')^2 s_d^2 / d^2.
    """
    year = year_of(source)
    drawn = drawn or luck(year, draws, seed)
    ours, theirs = (
        profits(year, plan_of(year, item), drawn) for item in (decisions, against or Decisions())
    )
    gain, paired = float((ours - theirs).mean()), float((ours - theirs).std(ddof=1))
    if gain == 0:
        raise ValueError("the two policies earn the same in every year: no number of years helps")
    sd = float(np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 2))
    kept = {"power": power, "confidence": confidence}
    wrong = float(((ours[:, None] - theirs[None, :]) * np.sign(gain) < 0).mean())
    return Showing(
        gain, sd, paired, max(1.0, years_needed(gain, sd, **kept)),
        max(1.0, years_needed(gain, paired, **kept) / 2), wrong,
    )  # fmt: skip


def care_that_pays(source: Any) -> pd.Series:
    """What the care of a listed account brings beyond its visits, by account, in closed form and
    with all else as in the last year.
    """
    year = year_of(source)
    base = plan_of(year, Decisions(), limits=False)
    all_on, none = (replace(base, listed=np.full(len(year), on)) for on in (True, False))
    return pd.Series(
        expected_by_account(year, all_on) - expected_by_account(year, none), index=year.ids
    )


__all__ = [
    "Best", "Showing", "best_found", "care_that_pays", "decisions_of", "plan_by_rule", "shapley",
    "visits_that_pay", "which_decision_cost_most", "winners_curse", "years_needed",
    "years_until_it_shows",
]  # fmt: skip
