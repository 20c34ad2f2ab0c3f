"""Lesson 09: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.lifetime_value import buying, contracts, values
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.lifetime_value import (
    DISCOUNT,
    LEAVE_A,
    LEAVE_B,
    NEXT,
    RATE_SCALE,
    RATE_SHAPE,
    RETENTION,
    WORTH,
)

#: About three standard errors of each, over 40 seeds.
_RETENTION, _MULTIPLE, _LOG_VALUE, _PERIODS = 0.012, 0.23, 0.07, 0.8
_ORDERS, _ALIVE, _MEAN, _RATIO, _FOLLOW = 0.055, 0.03, 90.0, 0.28, 0.0135
_BEST_WIN = 700.0
#: Close enough for a decision in a book of another size.
_NEAR_RETENTION, _NEAR_ORDERS = 0.03, 0.15
_CONTRACT_YEARS, _LEAST_MONTHS, _DAYS = 4, 6, 30.4375
#: The renewal whose customers are looked at: those that are in their fourth year.
_FOURTH = 4

#: Customers that buy when they need something, and months, of the bundled book.
BUNDLED_SIZE = 1200, 48

Tables = Mapping[str, pd.DataFrame]


def _as_of(tables: Tables) -> pd.Timestamp:
    last = tables["ledger"]["date"].max()
    return pd.Timestamp(last).to_period("M").to_timestamp("D") + pd.offsets.MonthEnd(0)


def _survivors(tables: Tables, kind: str) -> pd.DataFrame:
    rows = tables["contracts"]
    return contracts.survivors_of(rows[rows["kind"] == kind], _as_of(tables))


def _kept(tables: Tables) -> float:
    return float(contracts.constant_retention(_survivors(tables, "maintenance")).estimate)


def _values(tables: Tables, multiple: float) -> dict[str, float]:
    rows = tables["contracts"]
    mean = rows[rows["kind"] == "maintenance"].groupby("size")["margin"].mean()
    return {str(name): float(np.log(value * multiple)) for name, value in mean.items()}


def _multiple(retention: float) -> float:
    return values.margin_multiple(retention, DISCOUNT)


def _history(tables: Tables) -> pd.DataFrame:
    return buying.buying_history(
        tables["orders"], _as_of(tables), account="customer_id", amount="amount"
    )


def _top(history: pd.DataFrame) -> pd.Index:
    often = history.loc[history["frequency"] > 0]
    orders = often["frequency"] + 1
    mean = (often["mean_value"] * often["frequency"] + often["first_value"]) / orders
    return mean.nlargest(len(often) // 10).index


def _all_orders(history: pd.DataFrame) -> pd.DataFrame:
    """The history with means over all orders, the first one too."""
    orders = history["frequency"] + 1
    mean = (
        history["mean_value"].fillna(0) * history["frequency"] + history["first_value"]
    ) / orders
    return pd.DataFrame({"frequency": orders, "mean_value": mean})


def _pulled(history: pd.DataFrame) -> float:
    """What an order of the tenth with the largest mean is expected to bring."""
    whole = _all_orders(history)
    model = buying.fit_gamma_gamma(whole)
    return float(buying.expected_mean_value(model, whole)[_top(history)].mean())


def _average_cost(tables: Tables, successes_only: bool = True) -> float:
    """Spent for each won over spent for each kept."""
    rows = (
        tables["spend_trials"]
        .groupby("purpose")
        .agg(spent=("spent", "sum"), won=("success", "sum"), tried=("success", "size"))
    )
    each = rows["spent"] / (rows["won"] if successes_only else rows["tried"])
    return float(each["win"] / each["keep"])


def _best(tables: Tables, purpose: str) -> float:
    rows = tables["spend_trials"]
    mine = rows[rows["purpose"] == purpose]
    found = values.fit_response(mine["spent"], mine["success"].astype(float), draws=1)
    return values.best_spending(WORTH, found.ceiling, found.rate, found.floor).spent


def _until_average(tables: Tables, purpose: str) -> float:
    """Spending raised until what is spent equals chance times value: the average, not the next."""
    rows = tables["spend_trials"]
    mine = rows[rows["purpose"] == purpose]
    return float(WORTH * mine["success"].astype(float).mean())


def _slope(tables: Tables) -> float:
    rows = tables["prospects"]
    heard, joined = rows["heard"].astype(float), rows["joined"].astype(float)
    return float(heard.cov(joined) / heard.var())


def _any_or_none(tables: Tables) -> float:
    rows = tables["prospects"]
    joined = rows["joined"].astype(float)
    return float(joined[rows["heard"] > 0].mean() - joined[rows["heard"] == 0].mean())


def _constant_periods(tables: Tables) -> float:
    return _multiple(float(contracts.constant_retention(_survivors(tables, "training")).estimate))


def _training_periods(tables: Tables) -> float:
    model = contracts.fit_sbg(_survivors(tables, "training"))
    return contracts.residual_lifetime_sbg(model, _FOURTH, DISCOUNT)


def _planted_periods(truth: Mapping[str, Any]) -> float:
    planted = truth["lifetime_value"]["training"]
    model = contracts.ShiftedBeta(planted["alpha"], planted["beta"], 0.0, 1.0, False)
    return contracts.residual_lifetime_sbg(model, _FOURTH, DISCOUNT)


def _still_running(tables: Tables) -> float:
    rows = tables["contracts"]
    mine = rows[rows["kind"] == "maintenance"]
    return float(mine["end"].isna().mean())


def _bought_lately(tables: Tables) -> float:
    history = _history(tables)
    return float((history["age"] - history["recency"] <= NEXT).mean())


def _as_before(tables: Tables) -> float:
    history = _history(tables)
    return float((history["frequency"] / history["age"].clip(lower=1) * NEXT).mean())


ITEMS = (
    Item(
        "retention of the maintenance contracts",
        stated("lifetime_value", "retention"),
        _RETENTION,
        (Naive("the share of all contracts ever made that still runs", _still_running),),
    ),
    Item(
        "margins that such a contract is worth at 10 %",
        stated("lifetime_value", "multiple"),
        _MULTIPLE,
        (
            Naive("the first margin counted now", lambda tables: _multiple(_kept(tables)) + 1),
            Naive("the mean life without a discount", lambda t: _kept(t) / (1 - _kept(t))),
        ),
    ),
    Item(
        "logarithm of the value of such a contract, by size of the customer",
        lambda truth: {
            name: float(np.log(value)) for name, value in truth["lifetime_value"]["values"].items()
        },
        _LOG_VALUE,
        (
            Naive("one margin for all sizes", lambda tables: _pooled(tables)),
            Naive(
                "the first margin counted now",
                lambda tables: _values(tables, _multiple(_kept(tables)) + 1),
            ),
        ),
    ),
    Item(
        "discounted years to come of a training contract in its fourth year",
        _planted_periods,
        _PERIODS,
        (Naive("one chance to stay for all of them", _constant_periods),),
    ),
    Item(
        "orders of spare parts that a customer of today is expected to place in 26 weeks",
        stated("lifetime_value", "parts", "orders_next"),
        _ORDERS,
        (Naive("everybody goes on as before", _as_before),),
    ),
    Item(
        "share of these customers that has not left",
        stated("lifetime_value", "parts", "alive"),
        _ALIVE,
        (Naive("who ordered in the last 26 weeks", _bought_lately),),
    ),
    Item(
        "next order of the tenth with the largest mean",
        stated("lifetime_value", "parts", "top_mean"),
        _MEAN,
        (
            Naive(
                "their own mean",
                lambda tables: float(_own_mean(_history(tables))),
            ),
        ),
    ),
    Item(
        "spent for each won over spent for each kept",
        stated("lifetime_value", "cost_ratio"),
        _RATIO,
        (
            Naive("spent for each that was tried", lambda tables: _average_cost(tables, False)),
            Naive("the claim of five", lambda tables: 5.0),
        ),
    ),
    Item(
        "best spending to win one worth 20,000",
        stated("lifetime_value", "best", "win"),
        _BEST_WIN,
        (Naive("up to what it brings on average", lambda t: _until_average(t, "win")),),
    ),
    Item(
        "chance to come that each reference adds",
        stated("lifetime_value", "follow"),
        _FOLLOW,
        (Naive("who heard of any against who heard of none", _any_or_none),),
    ),
)


def _pooled(tables: Tables) -> dict[str, float]:
    rows = tables["contracts"]
    mine = rows[rows["kind"] == "maintenance"]
    value = float(np.log(mine["margin"].mean() * _multiple(_kept(tables))))
    return {str(name): value for name in mine["size"].unique()}


def _own_mean(history: pd.DataFrame) -> float:
    return float(_all_orders(history)["mean_value"][_top(history)].mean())


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 09 finds in the tables of a world, by the names of ITEMS."""
    kept = _kept(tables)
    history = _history(tables)
    model = buying.fit_bg_nbd(history)
    found = (
        kept,
        _multiple(kept),
        _values(tables, _multiple(kept)),
        _training_periods(tables),
        float(buying.expected_purchases(model, history, NEXT).mean()),
        float(buying.p_alive(model, history).mean()),
        _pulled(history),
        _average_cost(tables),
        _best(tables, "win"),
        _slope(tables),
    )
    return {item.name: value for item, value in zip(ITEMS, found, strict=True)}


def _drawn(accounts: int, weeks: float, rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """Histories with what was planted, and the orders that are to come of each in 26 weeks."""
    rate = rng.gamma(RATE_SHAPE, 1 / RATE_SCALE, accounts)
    leave = np.maximum(rng.beta(LEAVE_A, LEAVE_B, accounts), 1e-9)
    age = rng.uniform(0.4, 1.0, accounts) * weeks
    until = rng.geometric(leave)
    coming = rng.poisson(rate * age)
    x = np.minimum(coming, until)
    gone = coming >= until
    # the last of x of n times that fall anywhere within the age
    n = np.maximum(coming, 1)
    recency = np.where(x > 0, age * rng.beta(np.maximum(x, 1), n - np.maximum(x, 1) + 1), 0.0)
    later = np.where(gone, 0.0, -np.expm1(-rate * leave * NEXT) / leave)
    history = pd.DataFrame({"frequency": x, "recency": recency, "age": age})
    return history, float(later.mean())


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    weeks = max(months, _LEAST_MONTHS) * _DAYS / buying.WEEK
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        risk = accounts * max(1, min(months // 12, _CONTRACT_YEARS))
        stayed = rng.binomial(risk, RETENTION)
        low, high = contracts.constant_retention([risk, stayed])[1:]
        history, true = _drawn(accounts, weeks, rng)
        near = False
        if accounts >= buying.FEWEST and (history["frequency"] > 0).any():
            model = buying.fit_bg_nbd(history)
            told = float(buying.expected_purchases(model, history, NEXT).mean())
            near = abs(told / true - 1) <= _NEAR_ORDERS
        statements = {
            "retention comes out within 3 points": abs(stayed / risk - RETENTION)
            <= _NEAR_RETENTION,
            "its 95 % interval holds the true retention": low <= RETENTION <= high,
            "the orders to come are told within 15 %": near,
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
