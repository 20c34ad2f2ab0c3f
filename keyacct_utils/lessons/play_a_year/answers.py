"""Exercises of lesson 22: play_a_year."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from keyacct_utils.lessons.play_a_year import game, search
from keyacct_utils.lessons.play_a_year.decisions import DECIDED, Decisions, mixed, plan_of
from keyacct_utils.lessons.play_a_year.year import QUARTERS, Year, year_of
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, money

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The customer of 22.1: sales (thousand yuan), margin, discount, elasticity.
SALES, MARGIN, DISCOUNT, ELASTICITY = 1000.0, 0.05, 0.02, -1.4
#: What the plan of 22.3 decides: more visits to the largest class, a discount, a cut-off, terms.
MORE_VISITS, PLAN_DISCOUNT, PLAN_CUTOFF = 4, 0.003, 55.0
#: The cut-off of 22.4, and the years of 22.5.
CUTOFF, OTHER_SEED, OTHER_DRAWS = 75.0, 5, 100
MILLION, CAREER = 1e6, 40
SPANS = ("within ten years", "within a career", "not within a career")


@lru_cache(maxsize=4)
def played_year(book: Book) -> Year:
    """The year of a book; what it lacks is said as an exercise says it."""
    try:
        return year_of(book)
    except ValueError:
        raise ValueError(
            "it has no year_accounts and no year_mechanisms; take the bundled book linjiang"
        ) from None


def _napkin(
    margin: float = MARGIN, discount: float = DISCOUNT, elasticity: float = ELASTICITY
) -> dict[str, float]:
    volume = (1 - discount) ** elasticity
    after = SALES * volume * (margin - discount)
    return {
        "needed": discount / (margin - discount),
        "brings": volume - 1,
        "change": after - SALES * margin,
    }


def _half(book: Book, whole: bool = False) -> dict[str, float]:
    """Half of the hours, no list, only the largest class is visited, as often as they allow."""
    year = played_year(book)
    large = year.tier == year.classes[-1]
    hours = year.hours * (1.0 if whole else 0.5)
    each = hours / (QUARTERS * year.visit_hours * int(large.sum()))
    visits = float(np.floor(min(each, 60.0)))
    return {"visits": visits, "gain": _of_visits(year, visits, listed=False)}


def _of_visits(year: Year, visits: float, *, listed: bool) -> float:
    large = year.tier == year.classes[-1]
    base = plan_of(year, Decisions())
    plan = replace(
        base,
        listed=base.listed if listed else np.zeros(len(year), dtype=bool),
        visits=np.repeat(np.where(large, visits, 0.0)[:, None], QUARTERS, axis=1),
    )
    return (game.expected(year, plan) - game.expected(year, base)) / MILLION


def _half_but(book: Book, **changed: Any) -> dict[str, float]:
    year, right = played_year(book), _half(book)
    if changed.get("listed"):
        return {"gain": _of_visits(year, right["visits"], listed=True)}
    if changed.get("yearly"):
        return {"visits": QUARTERS * right["visits"]}
    return {"gain": _of_visits(year, right["visits"], listed=False) * MILLION}


def colleague(year: Year) -> Decisions:
    """The plan of 22.3."""
    return Decisions(
        visits={year.classes[-1]: MORE_VISITS, year.classes[0]: 0},
        terms=year.codes[0],
        cutoff=PLAN_CUTOFF,
        discount=PLAN_DISCOUNT,
    )


def _each_taken_back(book: Book) -> dict[str, float]:
    """What it brings to take each decision of the plan back, by closed form, million yuan."""
    year = played_year(book)
    base, plan = plan_of(year, Decisions()), plan_of(year, colleague(year))
    whole = game.expected(year, plan)
    return {
        name: (game.expected(year, mixed(plan, base, [name])) - whole) / MILLION for name in DECIDED
    }


def _dearest(book: Book) -> dict[str, Any]:
    found = _each_taken_back(book)
    name = max(found, key=lambda item: found[item])
    return {"fault": name, "cost": found[name]}


def _in_steps(book: Book) -> dict[str, float]:
    """The discount alone beside last year, not taken out of the plan."""
    year = played_year(book)
    base = plan_of(year, Decisions())
    plan = plan_of(year, Decisions(discount=PLAN_DISCOUNT))
    return {"cost": (game.expected(year, base) - game.expected(year, plan)) / MILLION}


def _given_away(book: Book) -> dict[str, float]:
    return {"cost": PLAN_DISCOUNT * float(played_year(book).sales.sum()) / MILLION}


def _refused(book: Book, cutoff: float = CUTOFF) -> dict[str, float]:
    year = played_year(book)
    base, plan = (
        game.expected_by_account(year, plan_of(year, Decisions(cutoff=points)))
        for points in (0.0, cutoff)
    )
    gain = (plan - base) / MILLION
    return {
        "gain": float(gain.sum()),
        "refused": float((year.score < cutoff).sum()),
        "earning": float(gain[base >= 0].sum()),
    }


def _by_margin(book: Book) -> dict[str, float]:
    """The gain at accounts whose margin is above zero, whatever credit and service cost."""
    year = played_year(book)
    base, plan = (
        game.expected_by_account(year, plan_of(year, Decisions(cutoff=points)))
        for points in (0.0, CUTOFF)
    )
    return {"earning": float((plan - base)[year.whole >= 0].sum()) / MILLION}


def _at_the_limit(book: Book) -> dict[str, float]:
    """An account with just so many points counted as refused."""
    return {"refused": float((played_year(book).score <= CUTOFF).sum())}


_bar_is_sound = sound_bar(
    lambda bar: 0 <= bar <= 1_000, "a gain in million yuan, 0 or more and at most 1,000."
)
_follows = by_the_bar("gain", "yes", operator.gt, "the gain is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    year, found = played_year(book), _refused(book)
    losing = found["gain"] - found["earning"]
    unit = MILLION
    stays = year.rules["stays"]
    return {
        "yes": [
            f"On average it brings {money(unit * found['gain'])} a year.",
            f"At the accounts that cost money as they are it brings {money(unit * losing)}.",
        ],
        "no": [
            f"{count(int(found['refused']), 'account')} are told that we do not trust them, and "
            f"{100 * (1 - stays):.0f} % of them leave (an assumption).",
            f"At the accounts that earn it changes the profit by {money(unit * found['earning'])}.",
        ],
    }


@lru_cache(maxsize=8)
def _showing(book: Book, seed: int = OTHER_SEED) -> search.Showing:
    year = played_year(book)
    policy = Decisions(visits={year.classes[0]: 0})
    return search.years_until_it_shows(year, policy, draws=OTHER_DRAWS, seed=seed)


def _luck(book: Book) -> dict[str, Any]:
    told = _showing(book)
    years = float(np.ceil(told.years))
    verdict = SPANS[0] if 2 * years <= 10 else SPANS[1] if 2 * years <= CAREER else SPANS[2]
    return {"gain": told.gain / MILLION, "years": years, "choice": verdict}


def _paired_years(book: Book) -> dict[str, float]:
    return {"years": float(np.ceil(_showing(book).pairs))}


def _one_sample(book: Book) -> dict[str, float]:
    return {"years": float(np.ceil(_showing(book).years / 2))}


def _both_spans(book: Book) -> dict[str, float]:
    return {"years": float(np.ceil(2 * _showing(book).years))}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "22.1", "Two percent for a good customer", "redo by hand",
        (
            Part("needed", "more volume that is needed: fraction, 3 decimals", 0.001),
            Part("brings", "more volume that it brings: fraction, 4 decimals", 0.0003),
            Part("change", "of the profit: thousand yuan, 1 decimal", 0.1),
        ),
        lambda book: _napkin(),
        (
            "Before: a margin of 5 % of 1,000. After: of each yuan of the old price two fen are gone, and they go out of the margin.",
            "Volume goes with the price to the power of the elasticity: `0.98 ** -1.4`.",
            "Profit after = 1,000 times the volume times (margin less discount).",
        ),
        (
            Mistake(lambda book: {"needed": DISCOUNT / MARGIN}, "This is the part of the margin that goes. What is left has to be earned on more volume: divide by the margin that is left."),
            Mistake(lambda book: {"needed": DISCOUNT}, "This is the discount. So much volume would do only if all of the price were margin."),
            Mistake(lambda book: {"brings": -_napkin()["brings"]}, "A lower price brings more volume, not less."),
            Mistake(lambda book: {"brings": -ELASTICITY * DISCOUNT}, "Elasticity times discount is near it. Exactly it is the price to the power of the elasticity, less one."),
            Mistake(lambda book: {"brings": DISCOUNT}, "This is an elasticity of one. The customer answers with 1.4."),
            Mistake(lambda book: {"change": -SALES * DISCOUNT}, "This is what is given away at the old volume. The volume grows too."),
            Mistake(lambda book: {"change": SALES * _napkin()["brings"]}, "These are the sales that the volume brings at the old price. Of a yuan of sales three fen are margin."),
        ),
    ),
    Exercise(
        "22.2", "Half of the hours", "change an assumption",
        (
            Part("visits", "whole visits a quarter to each account of the class: a count"),
            Part("gain", "over last year: million yuan, 2 decimals", 0.01, relative=True),
        ),
        _half,
        (
            "`pl.year_of(opened).limited(hours=0.5)` is the year with half of the hours. A visit takes `year.visit_hours`; there are four quarters.",
            "`pl.Decisions(listed=[], visits=...)` with 0 for every other class; `year.classes` names them.",
            "`pl.expected(year, decisions)` is the mean profit. Take that of `pl.Decisions()` in the whole year off.",
        ),
        (
            Mistake(lambda book: {"visits": _half(book, whole=True)["visits"]}, "This takes all the hours. Half of them are there."),
            Mistake(lambda book: _half_but(book, yearly=True), "These are the visits of a year. A quarter is asked."),
            Mistake(lambda book: _half_but(book, listed=True), "Here last year's list still gets its care. Give it up: `listed=[]`."),
            Mistake(lambda book: _half_but(book, scaled=True), "This is in yuan. Million yuan are asked."),
        ),
    ),
    Exercise(
        "22.3", "The plan with one bad part", "find the fault",
        (
            Part("fault", choices=("visits", "terms", "cutoff", "discount")),
            Part("cost", "of that decision: million yuan, 1 decimal", 0.003, relative=True),
        ),
        _dearest,
        (
            "Take one decision back to what it was last year, and leave the others.",
            "`dataclasses.replace(plan, terms=None)` is the plan with last year's terms; no discount is 0, no cut-off is 0.",
            "The cost of a decision is the mean profit without it less that of the whole plan: `pl.expected`.",
        ),
        (
            Mistake(_given_away, "This is what is given away at last year's volume. Volume, defaults and the rival answer it."),
            Mistake(_in_steps, "This is the decision alone, beside last year. Take it out of the plan: the others change what it costs."),
            Mistake(lambda book: {"cost": -_dearest(book)["cost"]}, "The sign is turned: a cost is what the profit gains without the decision."),
        ),
    ),
    Exercise(
        "22.4", "No credit below 75?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "the gain that you ask for: million yuan", own=True),
            Part("gain", "of the cut-off: million yuan, 2 decimals", 0.01, relative=True),
            Part("refused", "accounts without credit: a count"),
            Part("earning", "gain at the accounts that earn: million yuan, 2 decimals", 0.01, relative=True),
            DEFENCE,
        ),
        _refused,
        (
            "`pl.expected_by_account(year, pl.Decisions(cutoff=75))` gives the mean profit of each account.",
            "Compare with `pl.Decisions()`. An account earns where its profit as last year is 0 or more.",
            "Who has fewer than 75 points is refused; who has just 75 is not.",
        ),
        (
            Mistake(lambda book: {"gain": _refused(book, 70.0)["gain"]}, "This is a cut-off of 70, as in the lesson. 75 is asked."),
            Mistake(lambda book: {"gain": _refused(book, 80.0)["gain"]}, "This is a cut-off of 80, as in the lesson. 75 is asked."),
            Mistake(_at_the_limit, "This counts those with just 75 points too. They keep their credit."),
            Mistake(_by_margin, "These are the accounts with a margin above zero. Interest, defaults and service come off before an account earns."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "22.5", "Other years", "another book",
        (
            Part("gain", "a year: million yuan, 2 decimals", 0.01, relative=True),
            Part("years", "before, and as many after: a count"),
            Part("choice", choices=SPANS),
        ),
        _luck,
        (
            "`pl.years_until_it_shows` takes the year, the decisions, `draws` and `seed`.",
            "Its `years` are those before the change; as many come after. Round up.",
            "Before and after together: does it show within ten years, within forty, or not?",
        ),
        (
            Mistake(lambda book: {"years": float(np.ceil(_showing(book, 0).years))}, "These are the years of the lesson, seed 0. Seed 5 is asked."),
            Mistake(_paired_years, "So many pairs of the same years would do. A firm has no pairs: it lives each year once."),
            Mistake(_one_sample, "This is half of it: both spans of years have their luck."),
            Mistake(_both_spans, "These are both spans together. The years before the change are asked."),
        ),
    ),
    Question("22.q1", "A decision that cannot matter", "c"),
    Question("22.q2", "The best of fifty plans", "b"),
    Question("22.q3", "Alone and by Shapley", "a"),
)  # fmt: skip
