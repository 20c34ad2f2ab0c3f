"""Lesson 21: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.account_plan import actions, inputs, statements
from keyacct_utils.lessons.account_plan.inputs import Found
from keyacct_utils.lessons.shared.periods import Year
from keyacct_utils.truth.planted import AtLeast, Item, Naive, Truth, stated
from keyacct_utils.world import receivables
from keyacct_utils.world.account_plan import ANYWAY, EFFECTS, HOURS, SPREAD, statements_of

#: Accounts that are chosen, and how many of them at least have to be among the true best.
CHOSEN, AT_LEAST = 30, 24
#: Three standard errors of an effect by kind, measured over 400 draws of its 240 trials by lot.
_EFFECT = {"sell": 0.039, "keep": 0.179, "streamline": 0.045}
_TRIALS, _NEAR = 240, 0.9
#: A size of account, how far what it can gain strays from it, and how far its estimate does
#: (standard deviations of logarithms).
_SIGMA, _OWN, _ERROR = 1.7, 0.6, 0.25

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def _day(tables: Tables) -> pd.Timestamp:
    return pd.Timestamp(tables["ledger"]["date"].max()) + pd.offsets.MonthEnd(0)


def found_in(tables: Tables) -> Found:
    """What the lesson looks at, from the tables of a world (`inputs.found` does it on a book)."""
    day = _day(tables)
    first = day - pd.DateOffset(years=1)
    ledger = tables["ledger"]
    year = ledger[ledger["date"] > first]
    people = year.groupby("account_id")[["revenue", "cost_goods"]].sum()
    people = pd.DataFrame(
        {"sales": people["revenue"], "amount": people["revenue"] - people["cost_goods"]}
    )
    line = year[year["line"] == "S"]
    rate = float(1 - line["cost_goods"].sum() / line["revenue"].sum())
    bought = tables["holdings"].groupby("account_id")["spend"].sum()
    asked = tables["activities"]
    asked = asked[asked["date"] > day - pd.Timedelta(days=inputs.YEAR_DAYS)]
    start = pd.Timestamp(ledger["date"].min()).replace(day=1)
    made = {
        "room": inputs.room_by_wallets(
            tables["account_sizes"].set_index("account_id")["size"],
            bought,
            tables["wallet_survey"].set_index("account_id")["wallet"],
        ),
        "at_risk": inputs.losses_by_lines(tables["subscriptions"], start, day),
        "overdue": inputs.overdue_bills(
            tables["invoices"], day + pd.offsets.MonthEnd(receivables.AFTER)
        ),
        "service": inputs.service_cost(asked, tables["cost_pools"]),
    }
    visits = tables["visits"].pivot_table(
        index="account_id", columns="quarter", values="visits", aggfunc="sum"
    )
    mean = visits.fillna(0.0).mean(axis=1)
    made["visits"] = pd.DataFrame({"value": mean, "low": mean, "high": mean, "shared": ""})
    none = pd.DataFrame()
    names = ("action_trials", "visit_trials", "reminders")
    return Found(
        name="", currency="CNY", when="", returns="net",
        labels=pd.Series(dtype=object), measure="margin", people=people,
        year=Year(first.date(), day.date(), 12), months=0, uncosted=0.0,
        years=pd.Series(dtype=float), before=none, quarters=none,
        gone=frozenset(), gone_months=0, due_day="",
        silence=None, unsold=frozenset(), unsure=frozenset(),
        owner=tables["accounts"].set_index("account_id")["manager_id"],
        facts=pd.concat(made).rename_axis(["input", "account_id"]),
        given=dict.fromkeys(made, "book"), covers={}, page=none, visits=visits, leans="",
        margin_rate=rate,
        trials={name: tables[name] for name in names},
    )  # fmt: skip


def _actions(tables: Tables, trials: Tables | None = None) -> pd.DataFrame:
    found = found_in(tables)
    return actions.candidates(found, actions.effects(found.trials if trials is None else trials))


def first_accounts(candidates: pd.DataFrame, count: int = CHOSEN) -> set[str]:
    """The accounts whose best action brings most an hour."""
    each = (candidates["gain"] / candidates["hours"]).groupby(candidates["account_id"]).max()
    return set(each.nlargest(count).index)


def true_ratios(truth: Truth) -> pd.DataFrame:
    """What an hour of each action truly brings, by account."""
    frame = truth["account_plan.csv"].set_index("account_id").astype(float)
    return frame / pd.Series(truth["account_plan"]["hours"]).reindex(frame.columns)


def true_best(truth: Truth) -> set[str]:
    """The accounts whose best action truly brings most an hour."""
    return set(true_ratios(truth).max(axis=1).nlargest(CHOSEN).index)


def _best(truth: Truth) -> AtLeast:
    best = true_best(truth)
    return AtLeast(AT_LEAST, lambda found: float(len(best & set(found))))


def _rail(truth: Truth) -> AtLeast:
    """The order of the actions at the account that a line hangs on: share of the pairs of them that
    stand in the order of what an hour of each truly brings.
    """
    row = true_ratios(truth).loc[truth["dependence"]["conflict"]["account_id"]]
    return AtLeast(_NEAR, lambda found: in_order(row, found))


def in_order(truly: pd.Series, found: Sequence[str]) -> float:
    """Share of the pairs that truly differ which stand in the same order in what was found, the
    best first; what was not found brings nothing.
    """
    place = {name: float(len(found) - at) for at, name in enumerate(found)}
    told = pd.Series(place, dtype=float).reindex(truly.index).fillna(0.0)
    pairs = [(a, b) for a, b in itertools.combinations(truly.index, 2) if truly[a] != truly[b]]
    same = [np.sign(truly[a] - truly[b]) == np.sign(told[a] - told[b]) for a, b in pairs]
    return float(np.mean(same)) if same else 1.0


def outlier(tables: Tables) -> str:
    """The account that holds most of a line, of all lines the largest share."""
    last = tables["ledger"][tables["ledger"]["date"] > _day(tables) - pd.DateOffset(years=1)]
    sums = last.groupby(["line", "account_id"])["revenue"].sum()
    share = sums / sums.groupby(level=0).transform("sum")
    largest: Any = share.idxmax()
    return str(largest[1])


def of_account(candidates: pd.DataFrame, account: str, by: str = "an hour") -> dict[str, float]:
    """What each action brings at an account, an hour or in all."""
    rows = candidates[candidates["account_id"] == account]
    value = rows["gain"] / (rows["hours"] if by == "an hour" else 1.0)
    keys = [
        f"{kind}_{level}" if kind == "visit" else str(kind)
        for kind, level in zip(rows["kind"], rows["level"], strict=True)
    ]
    return dict(zip(keys, map(float, value), strict=True))


def _by_sales(tables: Tables) -> set[str]:
    return set(found_in(tables).people["sales"].nlargest(CHOSEN).index)


def _by_margin(tables: Tables) -> set[str]:
    return set(found_in(tables).people["amount"].nlargest(CHOSEN).index)


def _order(brings: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(brings, key=lambda key: (-brings[key], key)))


def _by_gain(tables: Tables) -> tuple[str, ...]:
    return _order(of_account(_actions(tables), outlier(tables), "in all"))


def _of_kind(how: str, kind: str, tables: Tables) -> float:
    """An effect by a wrong comparison: no control, or what managers chose taken in."""
    rows = tables["action_trials"]
    rows = rows[rows["kind"] == kind]
    each = rows["gain"] / rows["base"]
    lot, tried = rows["by_lot"] == 1, rows["tried"] == 1
    if how == "no control":
        return float(each[lot & tried].mean())
    return float(each[~lot & tried].mean() - each[~lot & ~tried].mean())


def _kinds(tables: Tables) -> dict[str, str]:
    return {str(k): str(v) for k, v in
            statements.audit_numbers(tables["plan_statements"])["kind"].items()}  # fmt: skip


def _differ(tables: Tables) -> dict[str, str]:
    """Totals that are not the sum of their parts, all taken for slips of adding up."""
    found = {}
    for name, rows in tables["plan_statements"].groupby("statement_id"):
        value = pd.to_numeric(rows["written"].str.replace(",", ""), errors="coerce")
        total = rows["role"] == "total"
        same = abs(float(value[total].sum()) - float(value[~total].sum())) < 1e-9
        found[str(name)] = "sound" if same else "arithmetic"
    return found


ITEMS = (
    Item(
        "the kind of fault of each statement of the plan",
        stated("account_plan", "statements"),
        naive=(Naive("every sum that is off taken for a slip of adding up", _differ),),
    ),
    *(
        Item(
            f"share of its base that {words} brings",
            stated("account_plan", "effects", kind),
            _EFFECT[kind],
            (
                Naive("what comes anyway counted in", partial(_of_kind, "no control", kind)),
                Naive(
                    "what managers chose, against what they did not",
                    partial(_of_kind, "chosen", kind),
                ),
            ),
        )
        for kind, words in (
            ("sell", "an offer"),
            ("keep", "an early renewal"),
            ("streamline", "bundling service"),
        )
    ),
    Item(
        "24 or more of the 30 accounts at which an hour truly brings most",
        _best,
        None,
        (
            Naive("the 30 largest by sales", _by_sales),
            Naive("the 30 largest by margin", _by_margin),
        ),
    ),
    Item(
        "the order of the actions where a line hangs on one account: share of pairs that are right",
        _rail,
        None,
        (Naive("by what each brings in all, whatever the hours", _by_gain),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 21 finds in the tables of a world, by the names of ITEMS."""
    found = found_in(tables)
    known = actions.effects(found.trials)
    every = actions.candidates(found, known)
    values = (
        _kinds(tables),
        *(float(known.table["effect"][kind]) for kind in EFFECTS),
        first_accounts(every),
        _order(of_account(every, outlier(tables))),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size does each statement of the lesson hold?

    What an hour brings at an account goes with its size, and is told with an error; trials are as
    many for each account as in the synthetic book.
    """
    found: dict[str, list[bool]] = {}
    count = max(1, round(CHOSEN * accounts / BUNDLED_SIZE[0]))
    trials = max(8, round(_TRIALS * accounts / BUNDLED_SIZE[0]))
    for _ in range(repeats):
        size = _SIGMA * rng.normal(size=accounts)
        truly = size + _OWN * rng.normal(size=accounts)
        told = truly + _ERROR * rng.normal(size=accounts)
        best = set(np.argsort(-truly)[:count])
        share = len(best & set(np.argsort(-told)[:count])) / count
        by_size = len(best & set(np.argsort(-size)[:count])) / count
        tried = rng.random(trials) < 0.5
        tried[:2], tried[2:4] = True, False
        gain = ANYWAY["sell"] + EFFECTS["sell"] * tried + rng.normal(0, SPREAD["sell"], trials)
        rows = pd.DataFrame({"kind": "sell", "by_lot": 1, "tried": tried.astype(int), "base": 1.0,
                             "gain": gain, "hours": HOURS["sell"]})  # fmt: skip
        effect = actions.effects({"action_trials": rows}).table.loc["sell"]
        table, kinds = statements_of(rng)
        answers = {
            "four of five of the accounts chosen are among the true best": share >= 0.8,
            "the accounts chosen by size alone are fewer of the true best": by_size < share,
            "an offer is shown to bring more than nothing": bool(effect["low"] > 0),
            "every statement of a plan is sorted right": _kinds({"plan_statements": table})
            == kinds,
        }
        for name, held in answers.items():
            found.setdefault(name, []).append(held)
    return found
