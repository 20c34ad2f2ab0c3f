"""What a year brings: luck drawn once for everybody, decisions played on it, and the mean in closed
form.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from keyacct_utils.lessons.play_a_year.decisions import Decisions, Plan, plan_of
from keyacct_utils.lessons.play_a_year.year import DAYS, MONTHS, QUARTERS, Year, year_of
from keyacct_utils.lessons.shared.amounts import at_least

#: Years that are drawn.
DRAWS = 200
#: What is drawn of each account, each from a stream of its own.
MECHANISMS = ("growth", "default", "offer", "stay", "visits", "lines")
#: What a profit is made of, in the order in which it is told.
PARTS = {
    "goods": "sales less cost of goods",
    "credit": "interest on credit",
    "defaults": "lost in defaults",
    "services": "services that left",
    "service": "visits, care and other service",
    "projects": "projects hastened",
}
LAST_YEAR = "as last year"
#: Refusals take from the month after the offer on: so much of the year on average.
_AFTER = (MONTHS - 1) / 2 / MONTHS


@dataclass(frozen=True)
class Luck:
    """What happens whatever is decided, by draw and account."""

    seed: int
    growth: np.ndarray
    #: Whether it defaults, and the part of the year that it is there.
    defaults: np.ndarray
    alive: np.ndarray
    #: Gap to the rival's offer, what a new offer makes it bear beyond, the share of the year after
    #: its answer, and where its answer lies on the scale of the gap.
    gap: np.ndarray
    extra: np.ndarray
    after: np.ndarray
    answer: np.ndarray
    #: Uniform: an account that is refused stays where it lies below the share.
    stay: np.ndarray
    #: Standard normal: what visits bring beyond or below the mean.
    visits: np.ndarray
    #: By draw and service: exponential waiting, in units of its hazard.
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.growth)

    @cached_property
    def failed(self) -> np.ndarray:
        """Volume of those that default, none of the others."""
        return np.asarray(self.growth * self.defaults)

    def first(self, count: int) -> Luck:
        """So many of the drawn years: those that a smaller number of draws would have drawn."""
        arrays = {n: getattr(self, n) for n in (f.name for f in fields(self)) if n != "seed"}
        cut: dict[str, Any] = {name: value[:count] for name, value in arrays.items()}
        return replace(self, **cut)


def _streams(year: Year, mechanism: str, seed: int, draws: int, columns: np.ndarray) -> np.ndarray:
    """Uniform numbers, one stream for each account and mechanism: draws x sum of the columns."""
    key = MECHANISMS.index(mechanism)
    parts = [
        np.random.Generator(
            np.random.PCG64(np.random.SeedSequence([seed, key, zlib.crc32(name.encode())]))
        ).random((draws, count))
        for name, count in zip(map(str, year.ids), columns, strict=True)
        if count
    ]
    return np.concatenate(parts, axis=1) if parts else np.empty((draws, 0))


def luck(source: Any, draws: int = DRAWS, seed: int = 0) -> Luck:
    """Draw so many years: the same numbers for every policy.

    Parameters
    ----------
    source : Book, World or Year
    draws : int
        Years, at least 2.
    seed : int
        Each account and mechanism has its own stream of it, so that no decision and no other
        account changes what happens to it; fewer draws are the first of more.

    Raises
    ------
    ValueError
        For fewer than 2 draws.
    """
    year = year_of(source)
    at_least("draws", draws, 2)
    rule, ones = year.rules, np.ones(len(year), dtype=int)
    growth = norm.ppf(_streams(year, "growth", seed, draws, ones))
    growth = np.clip(
        rule["growth_mean"] + rule["growth_sd"] * growth, rule["growth_low"], rule["growth_high"]
    )
    fails, when = np.moveaxis(
        _streams(year, "default", seed, draws, 2 * ones).reshape(draws, -1, 2), 2, 0
    )
    defaults = fails < year.chance
    gap, age, month, answer = np.moveaxis(
        _streams(year, "offer", seed, draws, 4 * ones).reshape(draws, -1, 4), 2, 0
    )
    age = np.floor(rule["offer_months"] * age ** rule["offer_power"])
    extra = (rule["tolerance_new"] - rule["tolerance_1"]) * 0.5 ** (age / rule["half_life"])
    order = np.argsort(year.line["place"], kind="stable")
    count = np.bincount(year.line["place"], minlength=len(year))
    waits = np.empty((draws, len(order)))
    waits[:, order] = -np.log1p(-_streams(year, "lines", seed, draws, count))
    return Luck(
        seed=seed,
        growth=1 + growth,
        defaults=defaults,
        alive=np.where(defaults, when, 1.0),
        gap=rule["most_gap"] * gap,
        extra=extra,
        after=(MONTHS - 1 - np.floor(MONTHS * month)) / MONTHS,
        answer=rule["slope"] * (np.log(answer) - np.log1p(-answer)),
        stay=_streams(year, "stay", seed, draws, ones),
        visits=norm.ppf(_streams(year, "visits", seed, draws, ones)),
        lines=waits,
    )


@dataclass(frozen=True)
class _Yield:
    """What each account brings in a year in which nothing happens, under a plan."""

    cut: np.ndarray
    #: Sales less cost of goods with what visits add, interest on credit, what is owed on a day.
    goods: np.ndarray
    interest: np.ndarray
    owed: np.ndarray
    #: Standard deviation of what visits add, service, hazard of each line of service a month.
    noise: np.ndarray
    service: np.ndarray
    hazard: np.ndarray
    level: np.ndarray
    factor: np.ndarray
    projects: float


def _yield(year: Year, plan: Plan) -> _Yield:
    rule = year.rules
    cut = year.score < plan.cutoff
    due = np.where(cut, 0.0, plan.days)
    given = np.where(cut, 0.0, plan.discount)
    # a day more of credit is a price that is lower by its interest
    factor = (1 - given) * (1 - rule["capital"] * (due - year.days) / DAYS)
    volume = factor**year.elasticity
    scale = year.unvisited
    sold = year.sales * scale * volume * (1 - given)
    priced = sold - (year.sales - year.priced) * scale * volume
    service = year.service * scale
    base = priced + service + year.other * scale
    more = year.lift(plan.visits)
    # of the service line no more can come than the account buys elsewhere
    over = np.maximum(more * np.maximum(service, 0.0) - year.wallet * rule["service_margin"], 0.0)
    added = np.where(base > 0, more * base - over, 0.0)
    # what visits add is sold on the account's terms as well
    owed = sold * due / DAYS * (1 + added / np.where(base > 0, base, 1.0))
    missed = (plan.visits.sum(axis=1) < year.promise)[year.line["place"]]
    ratio = np.where(missed, rule["ratio_missed_visits"], 1.0)
    made = plan.visits.sum(axis=1) + plan.listed * year.care_visits
    return _Yield(
        cut=cut,
        goods=base + added,
        interest=rule["capital"] * owed,
        owed=rule["lost_of_default"] * owed,
        noise=np.maximum(base, 0.0) * rule["visit_noise"] / 100 / np.sqrt(QUARTERS),
        service=made * rule["visit_cost"] + year.other_service,
        hazard=year.line["preventable"] * ratio + year.line["own"],
        level=np.where(plan.listed, np.maximum(year.level, 2), year.level),
        factor=factor,
        projects=float(((year.case["worth"] - year.case["cost"]) * plan.hasten).sum()),
    )


def bears(year: Year, level: np.ndarray) -> np.ndarray:
    """The gap to a rival's price that an account bears by its tie, in percent, in the long run."""
    each = np.array([0.0, *(year.rules[f"tolerance_{n}"] for n in (1, 2, 3))])
    return np.asarray(each[level] + year.rules["value_weight"] * year.value)


@dataclass(frozen=True)
class _Flow:
    """What is left of each account in the drawn years, and of its services what is lost."""

    made: _Yield
    #: By draw and account: the volume; by draw and refused account: whether it stays.
    flow: np.ndarray
    stays: np.ndarray
    #: Services that leave: in which draw, which one, and what part of a year is lost.
    draw: np.ndarray
    service: np.ndarray
    lost: np.ndarray


def _flow(year: Year, plan: Plan, drawn: Luck) -> _Flow:
    made = _yield(year, plan)
    room = (100 - drawn.gap) / made.factor
    room += bears(year, made.level) - 100
    room += drawn.extra * (made.level == 1)
    flow = np.where(drawn.answer > room, drawn.after, 0.0)
    flow *= -year.rules["refusal_loss"]
    flow += 1
    flow *= drawn.growth
    flow *= drawn.alive
    stays = drawn.stay[:, made.cut] < year.rules["stays"]
    flow[:, made.cut] *= stays
    wait = MONTHS * made.hazard
    at = np.flatnonzero(drawn.lines < wait)
    draw, service = np.divmod(at, max(len(wait), 1))
    place = year.line["place"][service]
    lost = (1 - drawn.lines[draw, service] / wait[service]) * drawn.alive[draw, place]
    lost[made.cut[place]] *= (drawn.stay[draw, place] < year.rules["stays"])[made.cut[place]]
    return _Flow(made, flow, stays, draw, service, lost)


def _parts(year: Year, found: _Flow, drawn: Luck, who: np.ndarray) -> dict[str, np.ndarray]:
    """The parts of the profit by draw, projects apart, at the accounts where ``who`` is 1."""
    made, flow, cut = found.made, found.flow, found.made.cut
    margin = year.line["margin"] * who[year.line["place"]]
    each = found.lost * margin[found.service]
    served = made.service * who
    return {
        "goods": flow @ (made.goods * who) + (flow * drawn.visits) @ (made.noise * who),
        "credit": -(flow @ (made.interest * who)),
        # who is refused pays in advance and owes nothing
        "defaults": -(drawn.failed @ (made.owed * who)),
        "services": -np.bincount(found.draw, weights=each, minlength=len(drawn)),
        "service": -(served[~cut].sum() + found.stays @ served[cut]),
    }


def parts_of(year: Year, plan: Plan, drawn: Luck) -> dict[str, np.ndarray]:
    """The parts of the profit by draw, by the names of `PARTS`; losses are below zero."""
    found = _flow(year, plan, drawn)
    projects = np.full(len(drawn), found.made.projects)
    return _parts(year, found, drawn, np.ones(len(year))) | {"projects": projects}


def profits_by_group(year: Year, plan: Plan, drawn: Luck, group: np.ndarray) -> pd.DataFrame:
    """Profit of each drawn year at the accounts of each group, without that of the projects."""
    found = _flow(year, plan, drawn)
    return pd.DataFrame(
        {name: sum(_parts(year, found, drawn, group == name).values()) for name in np.unique(group)}
    )


def profits(year: Year, plan: Plan, drawn: Luck) -> np.ndarray:
    """Profit of each drawn year."""
    return np.asarray(sum(parts_of(year, plan, drawn).values()))


@dataclass(frozen=True)
class Played:
    """A year played many times."""

    #: Profit by draw.
    profit: np.ndarray
    #: The same in its parts.
    parts: pd.DataFrame
    hours: float
    money: float

    @property
    def mean(self) -> float:
        """Mean profit."""
        return float(self.profit.mean())

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Of the mean over many years."""
        return interval(self.profit, confidence)


def interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a mean by Student's t; both ends are the mean where all values are the same."""
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    wide = float(student.ppf((1 + confidence) / 2, len(values) - 1)) * error
    return mean - wide, mean + wide


def play(
    source: Any, decisions: Decisions, draws: int = DRAWS, *, seed: int = 0,
    drawn: Luck | None = None, limits: bool = True,
) -> Played:  # fmt: skip
    """What would the year bring?

    Parameters
    ----------
    source : Book, World or Year
        `year_of` says which tables it needs.
    decisions : Decisions
    draws, seed : int
        Years, and where their luck begins.
    drawn : Luck, optional
        Years that were drawn before, in their place.
    limits : bool
        Whether hours and money have to suffice.

    Returns
    -------
    Played

    Raises
    ------
    ValueError
        For decisions that cannot be (`plan_of`), a book without the tables, fewer than 2 draws.
    """
    year = year_of(source)
    plan = plan_of(year, decisions, limits=limits)
    parts = pd.DataFrame(parts_of(year, plan, drawn or luck(year, draws, seed)))
    return Played(
        parts.sum(axis=1).to_numpy(), parts, hours=plan.hours(year), money=plan.money(year)
    )


def compare(
    source: Any,
    policies: Mapping[str, Decisions],
    draws: int = DRAWS,
    *,
    seed: int = 0,
    drawn: Luck | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Each policy against doing as in the last year, in the same years.

    Returns
    -------
    DataFrame
        One row per policy, doing as last year first: profit with its interval (low, high), gain
        over the last year with the interval of the paired difference (gain_low, gain_high), share
        of the years in which it is ahead (better), hours.

    Raises
    ------
    ValueError
        As `play`.
    """
    year = year_of(source)
    drawn = drawn or luck(year, draws, seed)
    # last year had all its hours, whatever this one has
    base = play(year, Decisions(), drawn=drawn, limits=False)
    rows = []
    for name, decisions in {LAST_YEAR: None, **policies}.items():
        found = base if decisions is None else play(year, decisions, drawn=drawn)
        gain = found.profit - base.profit
        rows.append(
            (
                name, found.mean, *found.interval(confidence), float(gain.mean()),
                *interval(gain, confidence), float((gain > 0).mean()), found.hours,
            )
        )  # fmt: skip
    columns = [
        "policy", "profit", "low", "high", "gain", "gain_low", "gain_high", "better", "hours",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).set_index("policy")


def mean_growth(year: Year) -> float:
    """Mean factor of the volume: that of a normal clipped at both ends."""
    mean, sd = year.rules["growth_mean"], year.rules["growth_sd"]
    low, high = year.rules["growth_low"], year.rules["growth_high"]
    if sd == 0:
        return 1 + float(np.clip(mean, low, high))
    a, b = (low - mean) / sd, (high - mean) / sd
    inside = mean * (norm.cdf(b) - norm.cdf(a)) - sd * (norm.pdf(b) - norm.pdf(a))
    return 1 + float(low * norm.cdf(a) + inside + high * norm.sf(b))


def refusal_chance(year: Year, level: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Chance that an account turns down the year's offer: over a gap that is uniform, the logistic
    curve has an integral.
    """
    rule = year.rules
    slope, most = rule["slope"], rule["most_gap"]
    months = np.arange(rule["offer_months"])
    edges = (np.append(months, rule["offer_months"]) / rule["offer_months"]) ** (
        1 / rule["offer_power"]
    )
    extra = (rule["tolerance_new"] - rule["tolerance_1"]) * 0.5 ** (months / rule["half_life"])
    room = bears(year, level)[:, None] + np.where((level == 1)[:, None], extra, 0.0)
    first, last = (100 - (100 - gap) / factor[:, None] for gap in (0.0, most))
    stays = slope * (
        np.logaddexp(0, (room - first) / slope) - np.logaddexp(0, (room - last) / slope)
    )
    return np.asarray(1 - (stays / (last - first)) @ np.diff(edges))


def expected_by_account(source: Any, decisions: Decisions | Plan) -> np.ndarray:
    """Mean profit of each account in closed form, without that of the projects."""
    year = year_of(source)
    plan = decisions if isinstance(decisions, Plan) else plan_of(year, decisions)
    made, rule = _yield(year, plan), year.rules
    here = np.where(made.cut, rule["stays"], 1.0)
    alive = 1 - year.chance / 2
    kept = 1 - rule["refusal_loss"] * _AFTER * refusal_chance(year, made.level, made.factor)
    flow = mean_growth(year) * alive * kept
    wait = MONTHS * made.hazard
    gone = 1 - -np.expm1(-wait) / wait
    lost = np.bincount(
        year.line["place"],
        weights=year.line["margin"] * gone,
        minlength=len(year),
    )
    owed = mean_growth(year) * year.chance * made.owed
    return np.asarray(
        here * (flow * (made.goods - made.interest) - owed - alive * lost - made.service)
    )


def expected(source: Any, decisions: Decisions | Plan) -> float:
    """Mean profit of the year in closed form, with which the simulated mean has to agree."""
    year = year_of(source)
    plan = decisions if isinstance(decisions, Plan) else plan_of(year, decisions)
    return float(expected_by_account(year, plan).sum()) + _yield(year, plan).projects
