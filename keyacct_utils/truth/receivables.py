"""Lesson 08: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.receivables import bills, terms
from keyacct_utils.truth.planted import Item, Naive, Truth, stated
from keyacct_utils.world.receivables import (
    BILLS_EACH,
    BY_LOT,
    EVEN_CLASSES,
    PAID_UNREMINDED,
    REMINDER_LIFT,
    STATES,
    TERM_MONTHS,
    ageing_states,
    t3_aimed_at,
)

#: The worst of 25 rates (the last state is thin), three standard errors of the growth, of a chance
#: of rolling and of the lift, and three and a half of what T3 is worth less (sd .00004 over 12
#: seeds). The worth at each of the terms is no parameter, so it is no item.
_RATE, _GROWTH, _CHANCE, _WORTH, _LIFT = 0.08, 0.11, 0.035, 0.00015, 0.06
#: Payments are known for three months after the last invoice.
_KNOWN = pd.offsets.MonthEnd(3)
_LINE, _LAST_YEAR = "P", 12
_NAMES = bills.state_names()

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def _as_of(tables: Tables) -> pd.Timestamp:
    return pd.Timestamp(tables["invoices"]["issue"].max() + _KNOWN)


def _states(tables: Tables) -> pd.DataFrame:
    issue = tables["invoices"]["issue"]
    ends = pd.date_range(issue.min(), issue.max() + pd.offsets.MonthEnd(0), freq="ME")
    return bills.account_states(tables["invoices"], list(ends), _as_of(tables))


def _flat(matrix: pd.DataFrame) -> dict[str, float]:
    full = matrix.reindex(index=_NAMES, columns=_NAMES).fillna(0.0).to_numpy()
    return {
        f"{a} to {b}": float(full[i, j]) for i, a in enumerate(STATES) for j, b in enumerate(STATES)
    }


def _planted_rates(truth: Truth) -> pd.DataFrame:
    values = np.array(truth["receivables_terms"]["roll_all_accounts_expected"])
    return pd.DataFrame(values / values.sum(axis=1, keepdims=True), _NAMES, _NAMES)


def _backwards(tables: Tables) -> dict[str, float]:
    counts = bills.roll_counts(_states(tables)).sum().unstack("to")
    counts = counts.reindex(index=_NAMES, columns=_NAMES).fillna(0)
    return _flat((counts / counts.sum()).T)


def _share_behind(tables: Tables) -> float:
    """Growth a year of the share of accounts that are behind, from the first year to the last."""
    states = _states(tables)
    share = (states != bills.CURRENT).where(states.notna()).mean().astype(float)
    yearly = share.groupby(pd.DatetimeIndex(states.columns).year.to_numpy()).mean()
    return float((yearly.iloc[-1] / yearly.iloc[0]) ** (1 / (len(yearly) - 1)))


def _multiplied(tables: Tables) -> float:
    rates = bills.roll_rates(_states(tables))
    steps = itertools.pairwise(_NAMES[1:])
    return float(np.prod([float(rates[b][a]) for a, b in steps]))


def _year(tables: Tables) -> pd.DataFrame:
    rows = tables["invoices"]
    last = rows["issue"].max() - pd.DateOffset(months=_LAST_YEAR)
    return rows[(rows["line"] == _LINE) & (rows["issue"] > last)]


def _worths(tables: Tables, open_as: terms.OpenAs = "lost") -> dict[str, float]:
    table = terms.value_of_terms(_year(tables), _as_of(tables), open_as=open_as)
    return {str(name): float(value) for name, value in table["worth"].items()}


def _less(tables: Tables, open_as: terms.OpenAs = "lost") -> float:
    worth = _worths(tables, open_as)
    return 1 - worth["T3"] / worth["T1"]


@functools.cache
def _t3_aimed_at() -> float:
    return t3_aimed_at()


def _all_reminders(tables: Tables) -> float:
    return terms.reminder_effect(tables["reminders"].drop(columns="by_lot")).estimate


def _chosen(tables: Tables) -> float:
    rows = tables["reminders"]
    return terms.reminder_effect(rows[rows["by_lot"] == 0].drop(columns="by_lot")).estimate


ITEMS = (
    Item(
        "the monthly roll rates",
        lambda truth: _flat(_planted_rates(truth)),
        _RATE,
        (Naive("read backwards: where those in a state came from", _backwards),),
    ),
    Item(
        "chance to go from 1-30 days to over 90 before being current again",
        lambda truth: float(bills.chance_of_rolling(_planted_rates(truth))["1-30"]),
        _CHANCE,
        (Naive("the three rates of rolling on, multiplied", _multiplied),),
    ),
    Item(
        "factor a year by which the chance to fall behind grows",
        stated("receivables_terms", "yearly_growth_of_falling_behind"),
        _GROWTH,
        (Naive("growth of the share that is behind, the start included", _share_behind),),
    ),
    Item(
        "how much less it is worth at T3 than at T1",
        lambda truth: _t3_aimed_at(),
        _WORTH,
        (
            Naive("open invoices left out", lambda tables: _less(tables, "dropped")),
            Naive("open invoices taken as paid", lambda tables: _less(tables, "paid")),
        ),
    ),
    Item(
        "lift of a reminder, where a lot decided",
        stated("receivables", "reminder_lift"),
        _LIFT,
        (
            Naive("all bills, those that a clerk chose too", _all_reminders),
            Naive("those that a clerk chose alone", _chosen),
        ),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 08 finds in the tables of a world, by the names of ITEMS."""
    states = _states(tables)
    rates = bills.roll_rates(states)
    values = (
        _flat(rates),
        float(bills.chance_of_rolling(rates)["1-30"]),
        bills.growth_of_falling_behind(states).estimate,
        _less(tables),
        terms.reminder_effect(tables["reminders"]).estimate,
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def _drawn_states(rng: np.random.Generator, accounts: int, months: int) -> pd.DataFrame:
    quality = rng.choice(["A", "B", "C"], accounts, p=EVEN_CLASSES)
    due = rng.choice(list(TERM_MONTHS.values()), accounts)
    codes = ageing_states(rng, pd.DataFrame({"quality": quality}), due, months)
    named = np.array(_NAMES, dtype=object)[codes]
    named[np.arange(months)[None, :] < due[:, None] - 1] = None
    ends = pd.date_range("2021-01-31", periods=months, freq="ME")
    return pd.DataFrame(named, index=pd.Index(range(accounts), name="account_id"), columns=ends)


def _expected() -> pd.DataFrame:
    """The roll rates of a very large book, drawn once from its own seed."""
    return bills.roll_rates(_drawn_states(np.random.default_rng(0), 4_000, 48))


def _drawn_trial(rng: np.random.Generator, accounts: int) -> pd.DataFrame:
    row = rng.integers(0, accounts, round(BILLS_EACH * BY_LOT * accounts))
    quality = rng.choice(["A", "B", "C"], accounts, p=EVEN_CLASSES)[row]
    reminded = rng.integers(0, 2, len(row))
    pays = pd.Series(quality).map(PAID_UNREMINDED).to_numpy() + REMINDER_LIFT * reminded
    paid = (rng.random(len(row)) < pays).astype(int)
    return pd.DataFrame({"account_id": row, "reminded": reminded, "paid": paid})


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    true = _expected()
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        answers = [False, False, False]
        if months >= 3:
            states = _drawn_states(rng, accounts, months)
            rates = bills.roll_rates(states).reindex(index=_NAMES, columns=_NAMES)
            off = (rates - true).abs().to_numpy()
            answers[0] = bool(np.isfinite(off).all() and off.max() <= _RATE)
            first, second = _NAMES[1], _NAMES[2]
            gap = float(rates[second].get(first, np.nan)) - float(true[second][first])
            answers[1] = abs(gap) <= 0.05
            try:
                answers[2] = bills.growth_of_falling_behind(states).low > 1
            except ValueError:
                answers[2] = False
        try:
            told = terms.reminder_effect(_drawn_trial(rng, accounts)).low > 0
        except ValueError:
            told = False
        statements = {
            "no roll rate is off by more than 0.08": answers[0],
            "the share of 1-30 days that rolls on is within 5 points": answers[1],
            "arrears that creep up are told: the interval of the growth lies above 1": answers[2],
            "the lift of a reminder is told: its interval lies above 0": told,
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
