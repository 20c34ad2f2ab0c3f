"""What is decided for a year, and whether it can be: names, limits, hours and money."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons.play_a_year.year import PRICED, QUARTERS, Year, year_of
from keyacct_utils.lessons.showing.words import count

#: By class of the service plan, by account, or one value for all; None: as in the last year.
By = Mapping[str, Any] | pd.Series | float | str | None
#: No account is visited oftener, and no price is halved.
MOST_VISITS, MOST_DISCOUNT, MOST_SCORE = 60.0, 0.5, 150.0


@dataclass(frozen=True)
class Decisions:
    """What is decided for the year. ``Decisions()`` is doing all as in the last one.

    Parameters
    ----------
    listed : ids of accounts, optional
        Who is on the key-account list, and so gets the care that makes a tie of people.
    visits : by class, by account or one number, optional
        Visits a quarter.
    terms : by class, by account or one code, optional
        "T1", "T2" or "T3": one, two or three months until payment is due.
    cutoff : float
        An account whose score lies below gets no credit; 0 refuses nobody.
    discount : by class, by account or one number
        Part of the price that is given away, such as 0.01.
    hasten : ids of cases
        Open connection projects that are let into the green channel; one that is in it already
        gains and costs nothing.

    Notes
    -----
    A class or an account that is not named stays as it was in the last year.
    """

    listed: Iterable[str] | None = None
    visits: By = None
    terms: By = None
    cutoff: float = 0.0
    discount: By = None
    hasten: Iterable[str] = ()


#: What is decided, in the order in which it is told; what a plan calls by another name.
DECIDED = tuple(item.name for item in fields(Decisions))
_FIELDS = {"terms": "days"}


@dataclass(frozen=True)
class Plan:
    """Decisions account by account, as `game` plays them."""

    listed: np.ndarray
    #: Accounts x quarters.
    visits: np.ndarray
    days: np.ndarray
    cutoff: float
    discount: np.ndarray
    #: By open case.
    hasten: np.ndarray

    def hours(self, year: Year) -> float:
        """Hours of visits, of the care of the list and of hastening."""
        made = self.visits.sum() + self.listed.sum() * year.care_visits
        return float(made * year.visit_hours + (year.case["hours"] * self.hasten).sum())

    def money(self, year: Year) -> float:
        """What they cost, with the discounts on the sales of the last year."""
        made = self.visits.sum() + self.listed.sum() * year.care_visits
        calls = float((year.case["cost"] * self.hasten).sum())
        given = float((self.discount * np.maximum(year.sales, 0.0)).sum())
        return float(made * year.rules["visit_cost"]) + calls + given


def _number(name: str, value: Any, most: float, unit: str) -> float:
    told = isinstance(value, Real) and not isinstance(value, bool)
    if not told or not 0 <= value <= most:
        raise ValueError(
            f"{name} is {value!r}: expected a number from 0 to {most:g} ({unit}); leave it out to "
            "do as in the last year"
        )
    return float(value)


def _by(
    year: Year, name: str, given: By, base: np.ndarray, one: Callable[[Any], Any]
) -> np.ndarray:
    """A decision by account: ``base``, where it says something else what it says."""
    if given is None:
        return base
    if not isinstance(given, Mapping | pd.Series):
        return np.full(len(year), one(given), dtype=base.dtype)
    out, classes = base.copy(), set(year.classes)
    known: dict[tuple[type, Any], Any] = {}  # the same value is checked once, not once an account
    for key, value in given.items():
        told = (type(value), value)
        if not isinstance(value, Hashable):
            checked = one(value)
        elif told in known:
            checked = known[told]
        else:
            checked = known[told] = one(value)
        if key in classes:
            out[year.tier == key] = checked
        elif key in year.places:
            out[year.places[key]] = checked
        else:
            raise ValueError(
                f"{name}: there is no class and no account {key!r}; the classes are "
                f"{', '.join(year.classes)}. "
                f"{nearest(str(key), [*year.classes, *year.ids])}".rstrip()
            )
    return out


def _chosen(what: str, given: Iterable[str], known: pd.Index) -> np.ndarray:
    """Which of the known ids are named; one that is unknown is an error."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        kind = "one text" if isinstance(given, str) else repr(given)
        raise ValueError(f"{what} is {kind}; expected a list of ids, such as [{given!r}]")
    names = list(given)
    if odd := [name for name in names if name not in known]:
        hint = nearest(str(odd[0]), known)
        raise ValueError(
            f"{what}: there is no {odd[0]!r}; expected ids such as "
            f"{known[0] if len(known) else 'none, since nothing is open'}. {hint}".rstrip()
        )
    return np.asarray(known.isin(names))


def plan_of(source: Any, decisions: Decisions, *, limits: bool = True) -> Plan:
    """Decisions account by account, checked.

    Parameters
    ----------
    source : Book, World or Year
    decisions : Decisions
    limits : bool
        Whether hours and money are asked for; not for a mixture of two policies, that nobody plays.

    Raises
    ------
    ValueError
        An unknown account, class, case or code of terms; a number outside its limits; more hours or
        money than the year has. The message says which limit it is and how to keep it.
    """
    year = year_of(source)
    if not isinstance(decisions, Decisions):
        raise ValueError(
            f"decisions is {type(decisions).__name__}: expected Decisions(...), such as "
            "Decisions(discount=0.01)"
        )
    days = {code: year.rules[f"days_{code}"] for code in year.codes}

    def code_of(value: Any) -> float:
        if not isinstance(value, str) or value not in days:
            raise ValueError(f"terms is {value!r}: expected one of {', '.join(days)}")
        return days[value]

    def visits_of(value: Any) -> float:
        return _number("visits", value, MOST_VISITS, "visits a quarter")

    def discount_of(value: Any) -> float:
        return _number("discount", value, MOST_DISCOUNT, "a part of the price; 1 % is 0.01")

    visits = year.visits
    if decisions.visits is not None:
        untold = np.full(len(year), np.nan)
        said = _by(year, "visits", decisions.visits, untold, visits_of)
        visits = np.where(np.isnan(said)[:, None], visits, said[:, None] * np.ones(QUARTERS))
    plan = Plan(
        listed=year.listed
        if decisions.listed is None
        else _chosen("listed", decisions.listed, year.ids),
        visits=visits,
        days=_by(year, "terms", decisions.terms, year.days, code_of),
        cutoff=_number("cutoff", decisions.cutoff, MOST_SCORE, "points of the printed rule"),
        discount=_by(year, "discount", decisions.discount, np.zeros(len(year)), discount_of),
        hasten=_chosen("hasten", decisions.hasten, year.cases.index),
    )
    if limits:
        _within(year, plan)
    return plan


def _within(year: Year, plan: Plan) -> None:
    """A ValueError where hours or money do not suffice."""
    tolerance = 1 + 1e-9
    if (hours := plan.hours(year)) > year.hours * tolerance:
        visits = int(np.ceil((hours - year.hours) / year.visit_hours))
        listed = int(np.ceil(visits / max(year.care_visits, 1e-9)))
        raise ValueError(
            f"hours: these decisions take {hours:,.0f} hours, the year has {year.hours:,.0f}. Take "
            f"away {count(visits, 'visit')} a year, or {count(listed, 'account')} from the list"
        )
    if (money := plan.money(year)) > year.money * tolerance:
        sales = float(np.maximum(year.sales, 0.0).sum())
        raise ValueError(
            f"money: these decisions cost {money:,.0f}, the year has {year.money:,.0f}. Give less "
            f"discount: 0.001 on every account costs {0.001 * sales:,.0f} (line {PRICED})"
        )


def mixed(base: Plan, other: Plan, taken: Iterable[str]) -> Plan:
    """The plan ``base``, in which these decisions are those of ``other``."""
    return replace(base, **{_FIELDS.get(name, name): of_plan(other, name) for name in taken})


def of_plan(plan: Plan, name: str) -> Any:
    """What a plan says of one decision, by its name in `DECIDED`."""
    return getattr(plan, _FIELDS.get(name, name))


def top_by_sales(year: Year, share: float) -> list[str]:
    """The accounts with the largest sales, so many of a hundred; ties by id."""
    if not 0 < share <= 1:
        raise ValueError(f"share is {share!r}: expected a part above 0 and at most 1, such as 0.2")
    order = np.lexsort((np.asarray(year.ids), -year.all_sales))
    return [str(name) for name in year.ids[order[: int(np.ceil(round(share * len(year), 9)))]]]


def to_hasten(year: Year) -> np.ndarray:
    """Which open cases the documents would let into the green channel: those with priority that are
    not in it.
    """
    rows = year.cases
    return (rows["priority"].astype(bool) & ~rows["green"].astype(bool)).to_numpy(dtype=bool)


def advice(
    source: Any, *, share: float = 0.2, discount: float = 0.005, cutoff: float = 60.0
) -> Decisions:
    """What the documents advise, taken literally.

    Parameters
    ----------
    share : float
        Part of the accounts that is on the list, by sales (S000-2a, S003-8a).
    discount : float
        What those get off the price (S000-3f, S002-3b); no document says how much.
    cutoff : float
        Score below which there is no credit: grades C and D (S002-7g with the usual steps of ten,
        S002-7i).

    Notes
    -----
    Visits are those that each class is promised (S000-5d, S000-1f), none where nothing is promised;
    terms stay; projects with priority that are not in the green channel go into it (S000-1e,
    S000-1i).
    """
    year = year_of(source)
    top = top_by_sales(year, share)
    visits = {name: year.rules.get(f"promise_{name}", 0.0) for name in year.classes}
    return Decisions(
        listed=top,
        visits=visits,
        cutoff=cutoff,
        discount=pd.Series(discount, index=top),
        hasten=[str(name) for name in year.cases.index[to_hasten(year)]],
    )


def affordable(source: Any, decisions: Decisions) -> Decisions:
    """The same decisions as far as hours and money go: the largest accounts are cared for and
    visited first, who comes after the last hour gets nothing, and discounts shrink in proportion.
    """
    year = year_of(source)
    decisions = _within_hours(year, decisions)
    plan = plan_of(year, decisions, limits=False)
    given = float((plan.discount * np.maximum(year.sales, 0.0)).sum())
    over = plan.money(year) - year.money
    if over <= 0 or given <= 0:
        return decisions
    part = max(1 - over / given, 0.0)
    return replace(decisions, discount=pd.Series(part * plan.discount, index=year.ids))


def _within_hours(year: Year, decisions: Decisions) -> Decisions:
    plan = plan_of(year, decisions, limits=False)
    if plan.hours(year) <= year.hours:
        return decisions
    order = np.lexsort((np.asarray(year.ids), -year.all_sales))
    left = year.hours / year.visit_hours
    listed, visits = np.zeros(len(year), dtype=bool), np.zeros_like(plan.visits)
    for place in order:
        care = plan.listed[place] * year.care_visits
        wanted = care + plan.visits[place].sum()
        if wanted > left:
            break
        listed[place], visits[place] = plan.listed[place], plan.visits[place]
        left -= wanted
    return replace(
        decisions,
        listed=[str(name) for name in year.ids[listed]],
        visits=pd.Series(visits[:, 0], index=year.ids),
        hasten=(),
    )


def random_list(source: Any, *, seed: int = 0) -> Decisions:
    """As in the last year, with a list of as many accounts drawn by lot."""
    year = year_of(source)
    drawn = np.random.default_rng(seed).permutation(len(year))[: int(year.listed.sum())]
    return Decisions(listed=[str(name) for name in year.ids[np.sort(drawn)]])
