"""Exercises of lesson 21: the account plan."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.account_plan import actions, findings, goals, inputs, planning
from keyacct_utils.lessons.account_plan.statements import audit_numbers
from keyacct_utils.lessons.shared.amounts import descending
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 21.1: what five actions bring (1,000 yuan) and their hours; the hours there are.
FIVE = {
    "Anhe": (60, 10),
    "Boda": (100, 20),
    "Chenxi": (120, 30),
    "Dafeng": (20, 15),
    "Enkang": (9, 9),
}
THERE, MORE = 50, 10
#: Hours of 21.2, and its horizon; the horizon of 21.3; hours and accounts of 21.5.
FULL, HALF, ONE_YEAR, FIVE_YEARS = 80.0, 40.0, 1, 5
FEWER_HOURS, TWENTY = 60.0, 20
#: Place by sales of the account of 21.3.
PLACE = 5
#: The goal of 21.6.
TARGET, YEARS = 1.5, 2
#: The plan of 21.4: statement, role, as printed, unit, from, to, whether the parts are all.
PLAN = (
    ("staff", "total", "412", "people", 2025, 2025, 1),
    ("staff", "part", "286", "people", 2025, 2025, 1),
    ("staff", "part", "126", "people", 2025, 2025, 1),
    ("sales", "total", "1,860", "10k yuan", 2025, 2025, 1),
    ("sales", "part", "1,150", "10k yuan", 2025, 2025, 1),
    ("sales", "part", "620", "10k yuan", 2025, 2025, 1),
    ("orders", "total", "940", "10k yuan", 2025, 2025, 1),
    ("orders", "part", "510", "10k yuan", 2024, 2025, 1),
    ("orders", "part", "430", "10k yuan", 2025, 2025, 1),
    ("sites", "total", "75", "sites", 2025, 2025, 0),
    ("sites", "part", "31", "sites", 2025, 2025, 0),
    ("sites", "part", "18", "sites", 2025, 2025, 0),
)
KINDS = ("sound", "arithmetic", "scope", "incomplete", "unit", "misprint")
DOING = tuple(actions.ACTIONS)


def _by_hand(book: Book) -> dict[str, float]:
    return {
        "best": _best(THERE),
        "greedy": _greedy(THERE),
        "more": _best(THERE + MORE) - _best(THERE),
    }


def _best(hours: int) -> int:
    """The most that any of the 32 choices brings."""
    return max(
        sum(gain for gain, _ in taken)
        for n in range(len(FIVE) + 1)
        for taken in itertools.combinations(FIVE.values(), n)
        if sum(each for _, each in taken) <= hours
    )


def _greedy(hours: int, by_hour: bool = True) -> int:
    order = sorted(FIVE.values(), key=lambda item: -item[0] / (item[1] if by_hour else 1))
    total = 0
    for gain, each in order:
        if each <= hours:
            total, hours = total + gain, hours - each
    return total


@lru_cache(maxsize=4)
def known(book: Book) -> tuple[inputs.Found, actions.Effects]:
    """What the lesson knows of a book, outside of a run."""
    found = inputs.found(book)
    return found, actions.effects(found.trials)


@lru_cache(maxsize=16)
def possible(book: Book, horizon: int) -> pd.DataFrame:
    """What could be done at each account."""
    found, effects = known(book)
    made = actions.candidates(found, effects, horizon)
    if not len(made):
        raise ValueError("no input is there that an action could move")
    return made


@lru_cache(maxsize=16)
def _gain(book: Book, horizon: int, hours: float) -> float:
    return actions.next_best_action(possible(book, horizon), hours).gain


def _halved(book: Book) -> dict[str, float]:
    full, half = (_gain(book, ONE_YEAR, hours) for hours in (FULL, HALF))
    return {"left": half / full, "lost": (full - half) / 1e6}


def _halved_of(book: Book, horizon: int) -> dict[str, float]:
    full, half = (_gain(book, horizon, hours) for hours in (FULL, HALF))
    return {"left": half / full, "lost": (full - half) / 1e6}


def _taken_by_hour(book: Book) -> dict[str, float]:
    full, half = (float(actions.by_ratio(possible(book, ONE_YEAR), hours)["gain"].sum())
                  for hours in (FULL, HALF))  # fmt: skip
    return {"left": half / full, "lost": (full - half) / 1e6}


def fifth(book: Book) -> str:
    """The account with the fifth largest sales of the period."""
    sales = descending(known(book)[0].people["sales"])
    if len(sales) < PLACE:
        raise ValueError("it has fewer than five accounts")
    return str(sales.index[PLACE - 1])


def _of_fifth(book: Book, horizon: int = FIVE_YEARS) -> pd.DataFrame:
    rows = possible(book, horizon)
    rows = rows[rows["account_id"] == fifth(book)]
    if not len(rows):
        raise ValueError("nothing can be planned at its fifth largest account")
    return rows.assign(an_hour=rows["gain"] / rows["hours"])


def _own_plan(book: Book, horizon: int = FIVE_YEARS, by: str = "an_hour") -> dict[str, Any]:
    first = _of_fifth(book, horizon).sort_values(by, ascending=False, kind="stable").iloc[0]
    return {
        "first": str(first["kind"]),
        "an_hour": float(first["an_hour"]) / 1e3,
        "low": float(first["low"] / first["hours"]) / 1e3,
    }


def _numbers_of(answer: Mapping[str, Any], *parts: str) -> dict[str, Any]:
    """The parts of an answer that a mistake changes."""
    return {name: answer[name] for name in parts}


def _largest_plan(book: Book) -> dict[str, float]:
    rows = possible(book, FIVE_YEARS)
    rows = rows[rows["account_id"] == descending(known(book)[0].people["sales"]).index[0]]
    each = rows[["gain", "low"]].div(rows["hours"], axis=0) / 1e3
    first = each.sort_values("gain", ascending=False, kind="stable").iloc[0]
    return {"an_hour": float(first["gain"]), "low": float(first["low"])}


def _whole_gain(book: Book) -> dict[str, float]:
    first = _of_fifth(book).sort_values("an_hour", ascending=False, kind="stable").iloc[0]
    return {"an_hour": float(first["gain"]) / 1e3, "low": float(first["low"]) / 1e3}


def plan_of() -> pd.DataFrame:
    """The plan of 21.4 as a table of statements."""
    frame = pd.DataFrame(
        PLAN, columns=["statement_id", "role", "written", "unit", "begins", "ends", "complete"]
    )
    frame["begins"] = pd.to_datetime(frame["begins"].astype(str) + "-01-01")
    frame["ends"] = pd.to_datetime(frame["ends"].astype(str) + "-12-31")
    return frame


def _audit(book: Book) -> dict[str, Any]:
    made = audit_numbers(plan_of())
    found: dict[str, Any] = dict(made["kind"])
    return {name: found[name] for name in ("staff", "sales", "orders", "sites")} | {
        "gap": abs(float(made["gap"]["sales"]))
    }


def _without_offers(
    book: Book, hours: float = FEWER_HOURS, kind: str = "sell", chosen: int = TWENTY
) -> dict[str, Any]:
    every = possible(book, planning.HORIZON)
    if not (every["kind"] == kind).any():
        raise ValueError("it knows no room to sell into")
    whole = actions.by_ratio(every, hours)
    rest = actions.by_ratio(every[every["kind"] != kind], hours)
    both = findings.first_accounts(whole, chosen) & findings.first_accounts(rest, chosen)
    lost = 1 - float(rest["gain"].sum() / whole["gain"].sum())
    return {"lost": lost, "kept": len(both)}


def _only_dropped(book: Book) -> dict[str, float]:
    """The offers of the plan struck out, and their hours left idle."""
    whole = actions.by_ratio(possible(book, planning.HORIZON), FEWER_HOURS)
    sold = float(whole.loc[whole["kind"] == "sell", "gain"].sum())
    return {"lost": sold / float(whole["gain"].sum())}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a share of the gain lies between 0 and 1.")
_follows = by_the_bar("lost", "yes", operator.gt, "the share that is lost is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found, effects = known(book)
    lost = _without_offers(book)
    room = found.facts.loc["room"]
    width = float((room["high"] - room["low"]).sum() / room["value"].sum())
    wins = float(effects.table["effect"]["sell"])
    tried = int(effects.table["trials"]["sell"])
    yes = [
        f"Without the room the plan brings {percent(lost['lost'])} less, even with the hours put "
        "to other work.",
        f"Of {TWENTY} accounts chosen, {lost['kept']} stay: the others are there for what they "
        "could buy.",
    ]
    no = [
        f"The limits of one account's room lie {percent(width, 0)} of the room apart on average.",
        f"That an offer wins {percent(wins)} of it rests on {count(tried, 'trial')}.",
    ]
    return {"yes": yes, "no": no}


@lru_cache(maxsize=4)
def _two_years(book: Book) -> tuple[pd.Series, pd.Series]:
    """Sales by account of the book's last two whole years, the earlier first."""
    if not book.has("ledger", "date"):
        raise ValueError("its ledger has no date")
    years = sorted(book.full_years()[0].items())
    if len(years) < 2:
        raise ValueError("it has fewer than two whole years")
    first, last = (
        book.rollup(by_line=False, start=start, end=end).set_index("account_id")["revenue"]
        for _, (start, end) in years[-2:]
    )
    return first.astype(float), last.astype(float)


def _goal(book: Book) -> dict[str, Any]:
    before, now = _two_years(book)
    growth = goals.growth_of_accounts(before, now)
    sold = pd.Series(now).astype(float)
    made = goals.goal_tree(sold, TARGET * float(sold.sum()), YEARS, growth=growth)
    return {
        "step": float(made.years["goal"].iloc[0]) / made.base - 1,
        "growth": growth.estimate,
        "choice": made.verdict,
    }


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "21.1", "Five actions and fifty hours", "redo by hand",
        (
            Part("best", "the most that fifty hours can bring: 1,000 yuan", 0.5),
            Part("greedy", "what the order by an hour brings: 1,000 yuan", 0.5),
            Part("more", "what ten hours more would bring: 1,000 yuan", 0.5),
        ),
        _by_hand,
        (
            "Begin with what an hour of each brings: 6, 5, 4, and then far less.",
            "After the two best 20 hours are left, and the third needs 30. Is there a pair that uses all 50?",
            "With sixty hours three of them fit. Take the best of fifty from that.",
        ),
        (
            Mistake(lambda book: {"best": _greedy(THERE)}, "This is what the order by an hour brings. Try pairs that use all the hours."),
            Mistake(lambda book: {"best": sum(gain for gain, _ in FIVE.values())}, "This is all five together: they take more hours than there are."),
            Mistake(lambda book: {"greedy": _greedy(THERE, by_hour=False)}, "This takes what brings most in all first. Divide by the hours."),
            Mistake(lambda book: {"greedy": 160}, "Twenty hours are left after the two best. The third does not fit, but another does: go on down the list."),
            Mistake(lambda book: {"more": _best(THERE + MORE)}, "This is what sixty hours bring. Take off what fifty bring."),
        ),
    ),
    Exercise(
        "21.2", "Hours halved", "change an assumption",
        (
            Part("left", "part of the gain that is left: fraction, 3 decimals", 0.004),
            Part("lost", "what is lost: million, 2 decimals", 0.02, relative=True),
        ),
        _halved,
        (
            "`ap.plan(opened, hours=80, horizon=1)` makes the plan of one year; its `.choice.gain` is what it brings.",
            "Make it twice, with 80 and with 40 hours of each manager.",
            "Less than half is lost: what goes first is what brought least.",
        ),
        (
            Mistake(lambda book: _halved_of(book, 3), "This counts gains for three years, as in the lesson. One year is asked: `horizon=1`."),
            Mistake(lambda book: {"left": 0.5}, "Half of the hours is not half of the gain: the worst actions go first."),
            Mistake(lambda book: {"left": 1 - _halved(book)["left"]}, "This is the part that is lost. The part that is left is asked."),
            Mistake(lambda book: {"lost": _halved(book)["lost"] * 1e6}, "This is in yuan. Millions are asked."),
        ),
    ),
    Exercise(
        "21.3", "The plan of your account", "change an assumption",
        (
            Part("first", choices=DOING),
            Part("an_hour", "what an hour of it brings: 1,000, 2 decimals", 0.01, relative=True),
            Part("low", "the lower limit of that: 1,000, 2 decimals", 0.01, relative=True),
        ),
        _own_plan,
        (
            "`plan = ap.plan(opened, horizon=5)` holds all that could be done in `plan.every`.",
            "Keep the rows of the account with the fifth largest sales, and divide gain by hours.",
            "The limits in `low` are of the whole action: divide them by the hours too.",
        ),
        (
            Mistake(lambda book: _numbers_of(_own_plan(book, 3), "an_hour", "low"), "This counts gains for three years, as in the lesson. Five are asked: `horizon=5`."),
            Mistake(lambda book: _largest_plan(book), "This is the largest account. You own the fifth largest."),
            Mistake(lambda book: _numbers_of(_own_plan(book, by="gain"), "first", "an_hour"), "This action brings most in all, and takes most hours. Sort by what an hour brings."),
            Mistake(_whole_gain, "This is the whole action. Divide by its hours."),
            Mistake(lambda book: {"an_hour": _own_plan(book)["low"]}, "This is the lower limit. It is asked too, but under `low`."),
        ),
    ),
    Exercise(
        "21.4", "Audit a plan", "find the fault",
        (
            Part("staff", choices=KINDS),
            Part("sales", choices=KINDS),
            Part("orders", choices=KINDS),
            Part("sites", choices=KINDS),
            Part("gap", "by how much the sales do not add up: 10k yuan", 0.5),
        ),
        _audit,
        (
            "Add up the parts of each statement first. Two of the four totals are met.",
            "A total that is met proves nothing where a part covers another time.",
            "Where the parts are not said to be all there are, a shortfall is no slip.",
        ),
        (
            Mistake(lambda book: {"orders": "sound"}, "The sum is right, and one part covers two years while the total covers one: by chance, or by making it fit."),
            Mistake(lambda book: {"sites": "arithmetic"}, "Nobody says that the two are all sites. Ask for the others."),
            Mistake(lambda book: {"sites": "sound"}, "The parts come to less than the total. Are they said to be all there are?"),
            Mistake(lambda book: {"sales": "incomplete"}, "The plan says that the two parts are all there are. Then they have to add up."),
            Mistake(lambda book: {"sales": "unit"}, "No power of ten brings the parts to the total."),
            Mistake(lambda book: {"staff": "arithmetic"}, "286 and 126 are 412."),
            Mistake(lambda book: {"gap": 1_770.0}, "This is the sum of the parts. How far is it from the total?"),
        ),
    ),
    Exercise(
        "21.5", "Is the room worth its survey?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "largest part of the gain that you would do without: fraction", own=True),
            Part("lost", "part of the gain that is lost without offers: fraction, 3 decimals", 0.001),
            Part("kept", "of the twenty accounts chosen, those that stay: a count"),
            DEFENCE,
        ),
        _without_offers,
        (
            "Set `bar` before you look. From which loss on would you pay for the survey again?",
            "`ap.by_ratio(plan.every, 60)` takes what brings most an hour. Do it with and without the rows of kind sell.",
            "The hours that were for offers go to other work: so less is lost than the offers bring.",
        ),
        (
            Mistake(_only_dropped, "This strikes the offers out and leaves their hours idle. Plan anew without them."),
            Mistake(lambda book: _without_offers(book, FULL, chosen=30), "These are 80 hours and thirty accounts, as in the lesson. 60 and twenty are asked."),
            Mistake(lambda book: {"lost": 1 - _without_offers(book)["lost"]}, "This is the part that is left. The part that is lost is asked."),
            Mistake(lambda book: {"kept": TWENTY - _without_offers(book)["kept"]}, "These are those that go. How many stay?"),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "21.6", "A goal for another book", "another book",
        (
            Part("step", "change that the goal asks of next year: fraction, 4 decimals", 0.0005),
            Part("growth", "of sales, the last whole year on the one before: 4 decimals", 0.0005),
            Part("choice", choices=(goals.REACHED, goals.OUT_OF_REACH, goals.OPEN)),
        ),
        _goal,
        (
            "Equal growth over two years to half as much again: what is it a year?",
            "`other.full_years()` names the whole years with their days. Add up the sales of the last two.",
            "`ap.growth_of_accounts` gives growth with its interval. Does the step of the goal lie above it?",
        ),
        (
            Mistake(lambda book: {"step": (TARGET - 1) / YEARS}, "This parts the rise evenly. Growth is compounded: the second year grows from the first."),
            Mistake(lambda book: {"step": TARGET - 1}, "This is the whole rise. It is to come in two years."),
            Mistake(lambda book: {"growth": float(_two_years(book)[1].sum() / _two_years(book)[0].sum())}, "This is the ratio of the two years. Growth is one less."),
            Mistake(lambda book: {"growth": float(1 - _two_years(book)[0].sum() / _two_years(book)[1].sum())}, "This divides by the later year. Growth is of the earlier one."),
        ),
    ),
    Question("21.q1", "An hour and a big account", "c"),
    Question("21.q2", "The shadow price", "b"),
    Question("21.q3", "A sum that is right", "d"),
)  # fmt: skip
