"""The plan: which action at which account, what it rests on, and what would make it wrong."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.account_plan import ASSUMED, HORIZON, HOURS, SHORT, actions, inputs
from keyacct_utils.lessons.account_plan.actions import ACTIONS, Choice, Effects
from keyacct_utils.lessons.account_plan.inputs import BASES, Found, Source
from keyacct_utils.lessons.shared.amounts import descending, top_count
from keyacct_utils.lessons.showing.words import cents, count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["CHOSEN", "Plan", "chosen", "lines_of", "made_of", "plan", "without_action"]

#: Accounts of the plan that get a page.
CHOSEN = 30
#: Why nothing is renewed at an account of which lesson 10 says nothing.
UNSURE = "bought too seldom to tell what goes"
#: The largest accounts, as a share of all (S001-1g).
FIFTH = 0.2


@dataclass(frozen=True)
class Plan:
    """What to do next year with the hours that there are."""

    found: Found
    known: Effects
    #: All that could be done.
    every: pd.DataFrame
    choice: Choice
    #: One row per action that is taken, the account with most an hour first.
    lines: pd.DataFrame
    hours: float
    horizon: int
    #: What a bill paid late is taken to cost, as a fraction of it.
    late_cost: float
    #: A year, by which later years count less.
    rate: float

    @property
    def missing(self) -> dict[str, Source]:
        """Inputs that nothing gives, with the lesson of each and the columns that would."""
        return self.found.missing


def years_of(kind: str, horizon: int) -> int:
    """Years over which what an action of a kind brings is counted."""
    return horizon if ACTIONS[kind].lasts else 1


def reckoned(found: Found, row: Mapping[Hashable, Any], assumed: bool, rate: float) -> str:
    """What the gain of an action is of, over how many years, and whose product it is."""
    kind, base = str(row["kind"]), cents(row["base"])
    effect = _fine(row["effect"]) + (" (assumed)" if assumed else "")
    during = f"{found.measure} over {count(int(row['years']), 'year')}"
    if kind == "visit":
        return f"{during}: {effect} of {base}, its {found.measure} of the last year"
    name = ACTIONS[kind].base
    told = f"{during}: {effect} of {base} {found.covered(name)}"
    silence = found.silence
    if name == "at_risk" and silence is not None and row["account_id"] in silence.pace.index:
        own = silence.pace.loc[row["account_id"]]
        told += (
            f", which are {_fine(own['chance'])} of {cents(own['pace'])}, its sales of the "
            f"last {count(silence.days, 'day')} at the pace of a year"
        )
    if kind == "collect":
        told += f"; of that {_fine(row['part'])}, what a late bill costs"
    elif row["part"] != 1:
        told += f"; {_fine(row['part'])} of that is {found.measure}"
    if row["years"] > 1:
        told += f"; times {row['worth']:.4f} for {row['years']} years"
        told += f", later ones discounted by {percent(rate)} a year" if rate else ""
    return told


def _fine(share: float) -> str:
    """A fraction in percent to four figures, so that a product can be redone from it."""
    size = math.floor(math.log10(abs(100 * share))) if share else 0
    return percent(share, min(8, max(2, 3 - size)))


def lines_of(
    found: Found, taken: pd.DataFrame, known: Effects, horizon: int, rate: float = 0.10
) -> pd.DataFrame:
    """Each action with the finding that it rests on, and what would make it wrong.

    Returns
    -------
    DataFrame : account_id, manager_id, kind, level, action, hours, gain, low, high, an_hour,
        rests_on (lesson and title, whether in a short form, and whether what the action brings is
        assumed), years (over which it is counted), given ("run" where the lesson recorded it in
        this run, "book" where it was reckoned from the tables), reckoned (the gain in words),
        wrong_if.
    """
    kinds = taken["kind"].map(lambda kind: ACTIONS[kind])
    assumed = set(known.table.index[known.table["trials"] == 0])
    words = [
        f"{action.words}: {level} more a quarter" if kind == "visit" else action.words
        for action, kind, level in zip(kinds, taken["kind"], taken["level"], strict=True)
    ]
    given = [found.given.get(action.base, "book") for action in kinds]
    table = taken.assign(
        action=pd.Series(words, index=taken.index, dtype=object),
        an_hour=taken["gain"] / taken["hours"].where(taken["hours"] > 0),
        rests_on=[
            BASES[action.base].title
            + (f" ({SHORT})" if source == "book" else "")
            + (f"; {ASSUMED}" if name in assumed else "")
            for name, action, source in zip(taken["kind"], kinds, given, strict=True)
        ],
        years=[years_of(kind, horizon) for kind in taken["kind"]],
        given=given,
        wrong_if=[action.wrong for action in kinds],
    )
    table["reckoned"] = [
        reckoned(found, row, row["kind"] in assumed, rate) for row in table.to_dict("records")
    ]
    best = table.groupby("account_id")["an_hour"].transform("max")
    order = table.assign(best=best).sort_values(
        ["best", "account_id", "an_hour"], ascending=[False, True, False], kind="stable"
    )
    return order.drop(columns=["best", *actions.SHARED]).reset_index(drop=True)


def without_action(made: Plan) -> pd.Series:
    """Why nothing is planned at an account: a reason for each that has no line. Whoever is gone is
    gone, whatever else may hold.
    """
    found = made.found
    none = found.people.index.difference(pd.Index(made.lines["account_id"]))
    why = pd.Series("nothing known to move", index=none, dtype=object)
    why[none.isin(list(made.every["account_id"]))] = "no hours left for it"
    if len(found.owner):
        why[~none.isin(list(found.owner.index))] = "no owner"
    nothing = ~none.isin(list(made.every["account_id"]))
    why[none.isin(list(found.unsure)) & nothing] = UNSURE
    why[none.isin(list(found.gone))] = "gone"
    return why


def first_fifth(found: Found) -> list[str]:
    """The largest fifth of the accounts by sales."""
    sales = descending(found.people["sales"])
    return [str(name) for name in sales.index[: top_count(len(sales), FIFTH)]]


def chosen(lines: pd.DataFrame, count: int = CHOSEN) -> list[str]:
    """The accounts of the plan at which an hour brings most, in that order."""
    return [str(name) for name in lines["account_id"].drop_duplicates().head(count)]


def made_of(
    found: Found,
    known: Effects,
    hours: float = HOURS,
    horizon: int = HORIZON,
    *,
    rate: float = 0.10,
    late_cost: float = 0.05,
    cover: float = 0.0,
) -> Plan:
    """The plan from what is known: see `plan`."""
    every = actions.candidates(found, known, horizon, rate=rate, late_cost=late_cost)
    small = list(found.people.index.difference(first_fifth(found)))
    choice = actions.next_best_action(every, hours, small=small, cover=cover)
    lines = lines_of(found, choice.taken, known, horizon, rate)
    return Plan(found, known, every, choice, lines, hours, horizon, late_cost, rate)


def plan(
    book: Book,
    findings: pd.DataFrame | None = None,
    hours: float = HOURS,
    horizon: int = HORIZON,
    *,
    period: str = "book",
    known: Effects | None = None,
    rate: float = 0.10,
    late_cost: float = 0.05,
    cover: float = 0.0,
) -> Plan:
    """What to do next year at which account, with the hours that there are?

    Parameters
    ----------
    book : Book
    findings : what the other lessons recorded of each account in a run
        (`keyacct_utils.review.record.recorded`): account_id, lesson, name, value. Without it the
        tables of the book have to tell; `Plan.missing` says what nobody tells.
    hours : of each manager for what is planned; of all together where the book names no owners.
    horizon : years for which a gain in sales or service lasts.
    period : the time that the plan starts from.
    known : what the kinds of action bring; by default from the trials of the book, else assumed.
    rate, late_cost : see `candidates`.
    cover : at least this fraction of the hours goes to accounts outside the first fifth by sales.

    Raises
    ------
    ValueError
        Where no account has sales above zero, or a parameter is out of its range.
    """
    found = inputs.found(book, period, findings)
    effects = actions.effects(found.trials) if known is None else known
    return made_of(found, effects, hours, horizon, rate=rate, late_cost=late_cost, cover=cover)
