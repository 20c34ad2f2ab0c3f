"""Lesson 04: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.truth.planted import Item, Truth, stated
from keyacct_utils.world import build
from keyacct_utils.world.margins import CREDIT_DAYS

_CAPITAL = 0.08
_LINE = "P"
_FULL, _MONTHS, _TWO_YEARS = 600, 48, 24
#: Logarithms, so that one tolerance is the same share of each rate: 3.4 standard errors of the
#: least sure one over 40 seeds.
_RATE, _PEAK, _LOSERS, _EFFECT, _PART = 0.06, 0.002, 0.001, 0.001, 0.001
#: Resamples for an interval: with 100 it holds the truth in 91 % of cases, with 300 or more in 94
#: %.
_DRAWS = 300
#: Close enough for a decision in a book of another size: of the peak, of a share, of the effect.
_NEAR_RATE, _NEAR_PEAK, _NEAR_SHARE, _NEAR_EFFECT = 0.10, 0.08, 0.05, 0.10


def _log_rates(truth: Truth) -> dict[str, float]:
    return {name: float(np.log(rate)) for name, rate in truth["profitability"]["rates"].items()}


def _names(topic: str, key: str) -> Any:
    return lambda truth: set(truth[topic][key])


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48


ITEMS = (
    Item("the five driver rates, as logarithms (0.06 is 6 %)", _log_rates, _RATE),
    Item(
        ("peak of the whale curve, as a multiple of the total"),
        stated("profitability", "whale_peak"),
        _PEAK,
    ),
    Item("share of accounts that lose money", stated("profitability", "loss_share"), _LOSERS),
    Item(
        ("accounts that only the service turns into a loss, by name"),
        _names("profitability", "overserved"),
    ),
    Item("big accounts that lose money in line P, by name", _names("case_d", "big_loss_makers")),
    Item("new small customers, by name", _names("case_d", "new_small_customers")),
    Item(
        "Case D: effect of price and cost, share of gross profit before",
        stated("case_d", "price_cost_effect_share_of_gross_profit"),
        _EFFECT,
    ),
    Item(
        ("Case D: part of it caused by new customers"),
        stated("case_d", "part_of_new_small_customers"),
        _PART,
    ),
)


def _year(frame: pd.DataFrame, column: str, last: int) -> pd.DataFrame:
    return frame[frame[column].dt.year == last]


def findings(
    profits: pd.DataFrame, power: pd.DataFrame, rates: pd.Series, bridge: pd.DataFrame
) -> dict[str, Any]:
    """What lesson 04 found, by the names of ITEMS.

    Parameters
    ----------
    profits, power : from `account_profit`, last year: all lines with credit and service; line P
        before both.
    rates : by driver.
    bridge : from `profit_bridge`, line P, the last year but two to the last but one.
    """
    effect, fresh = bridge["price"] + bridge["unit_cost"], bridge["status"] == "new"
    new = set(bridge.loc[fresh, "account_id"])
    values = (
        {str(name): float(np.log(max(rate, 1e-9))) for name, rate in rates.items()},
        pf.whale_peak(profits["profit"]).peak,
        float((profits["profit"] < 0).mean()),
        set(profits.index[profits["loss_from"] == "service"]),
        set(power.index[power["profit"] < 0]) - new,
        new,
        float(effect.sum() / bridge["profit_before"].sum()),
        float(effect[fresh].sum() / effect.sum()),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The planted values of a synthetic book, recovered from its tables alone."""
    ledger, pools = tables["ledger"], tables["cost_pools"]
    drivers = [name for name in pools if name not in ("month", "team", "cost")]
    rates = pf.recover_driver_rates(pools["cost"], pools[drivers], draws=1)["rate"]
    last = int(ledger["date"].dt.year.max())
    power = pf.account_profit(
        _year(ledger[ledger["line"] == _LINE], "date", last).rename(columns={"cost_goods": "cost"})
    )
    return findings(_profits(tables, rates, last), power, rates, _bridge(ledger, last))


def _profits(tables: Mapping[str, pd.DataFrame], rates: pd.Series, last: int) -> pd.DataFrame:
    sales = _year(tables["ledger"], "date", last).rename(columns={"cost_goods": "cost"})
    invoices = _year(tables["invoices"], "issue", last)
    counts = pf.driver_counts(_year(tables["activities"], "date", last))
    credit = pf.credit_cost(invoices[invoices["line"] == _LINE], _CAPITAL, reading=CREDIT_DAYS)
    return pf.account_profit(sales, counts, rates, credit)


def _bridge(ledger: pd.DataFrame, last: int) -> pd.DataFrame:
    power = ledger[ledger["line"] == _LINE].rename(columns={"cost_goods": "cost"})
    return pf.profit_bridge(_year(power, "date", last - 2), _year(power, "date", last - 1))


@cache
def _world() -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """Profit by account, the bridge and the pools of the synthetic book."""
    tables = build(_FULL, _MONTHS).tables
    pools = tables["cost_pools"]
    drivers = [name for name in pools if name not in ("month", "team", "cost")]
    rates = pf.recover_driver_rates(pools["cost"], pools[drivers], draws=1)["rate"]
    last = int(tables["ledger"]["date"].dt.year.max())
    return (
        _profits(tables, rates, last)["profit"],
        _bridge(tables["ledger"], last),
        pools[["month", *drivers]],
    )


def _rates_found(
    pools: pd.DataFrame, size: float, months: int, rng: np.random.Generator, true: np.ndarray
) -> tuple[bool, bool]:
    """Whether rates come out near, and inside their intervals but for one: months drawn anew,
    counts of another size.
    """
    by_month = [frame.drop(columns="month").to_numpy() for _, frame in pools.groupby("month")]
    mean = np.vstack([by_month[i] for i in rng.integers(0, len(by_month), months)]) * size
    counts = pd.DataFrame(rng.poisson(mean), columns=pools.columns[1:])
    cost = (counts * true * (1 + rng.uniform(-0.02, 0.02, counts.shape))).sum(axis=1)
    try:
        found = pf.recover_driver_rates(
            cost, counts, draws=_DRAWS, random_state=int(rng.integers(2**31))
        )
    except ValueError:  # too few pools, or drivers that never occur or move together
        return False, False
    near = bool((np.abs(found["rate"] / true - 1) <= _NEAR_RATE).all())
    return near, int(((found["low"] <= true) & (true <= found["high"])).sum()) >= len(true) - 1


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many samples of the synthetic book does each statement of the lesson hold?"""
    profit, bridge, pools = _world()
    true = np.array([180.0, 25.0, 95.0, 140.0, 320.0])
    peak, losers = pf.whale_peak(profit).peak, float((profit < 0).mean())
    effect = (bridge["price"] + bridge["unit_cost"]).to_numpy()
    before, fresh, total = (
        bridge["profit_before"].to_numpy(),
        (bridge["status"] == "new").to_numpy(),
        effect.sum(),
    )
    whole, part = total / before.sum(), effect[fresh].sum() / total
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        near, inside = _rates_found(pools, accounts / _FULL, months, rng, true)
        drawn = profit.to_numpy()[rng.integers(0, len(profit), accounts)]
        band = None
        if drawn.sum() > 0:
            band = pf.whale_band(
                drawn, points=2, draws=100, random_state=int(rng.integers(2**31))
            ).peak
        rows = rng.integers(0, len(bridge), accounts)
        base, moved = before[rows].sum(), effect[rows].sum()
        known = months >= _TWO_YEARS and base > 0 and moved < 0
        answers = {
            "all five driver rates come out within 10 %": near,
            "at least four of the five 95 % intervals hold the true rate": inside,
            "the peak of the whale curve is within 8 % of its true value": band is not None
            and abs(band.estimate / peak - 1) <= _NEAR_PEAK,
            "its 95 % interval holds the true peak": band is not None
            and band.low <= peak <= band.high,
            "the share of loss-makers is within 5 points": abs((drawn < 0).mean() - losers)
            <= _NEAR_SHARE,
            (
                "Case D: the fall by price and cost is within 10 "
                "points of gross profit (two years are needed)"
            ): known and abs(moved / base - whole) <= _NEAR_EFFECT,
            "Case D: the new customers are seen to cause most of it": known
            and (effect[rows][fresh[rows]].sum() / moved > 0.5) == (part > 0.5),
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
