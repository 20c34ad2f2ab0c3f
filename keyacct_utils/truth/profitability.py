"""Lesson 04: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world import build
from keyacct_utils.world.margins import CREDIT_DAYS
from keyacct_utils.world.profitability import FIXED, POOL_ERROR, RATES

_CAPITAL = 0.08
_LINE = "P"
_FULL, _MONTHS, _TWO_YEARS = 600, 48, 24
#: Three standard errors of the right method over 40 seeds: the logarithm of each rate and of the
#: cost of a pool that no driver moves, and the peak.
_RATE = {"visits": 0.014, "calls": 0.102, "quotes": 0.045, "cases": 0.035, "urgent_jobs": 0.017}
_FIXED, _PEAK = 0.026, 0.003
#: These come out but for what the truth files round: less than one account, and less than any error
#: that the tables allow.
_LOSERS, _EFFECT, _PART = 0.001, 0.001, 0.001
#: Resamples for an interval: with 100 it holds the truth in 91 % of cases, with 300 or more in 94
#: %.
_DRAWS = 300
#: Close enough for a decision in a book of another size: of the peak, of a share, of the effect.
_NEAR_RATE, _NEAR_PEAK, _NEAR_SHARE, _NEAR_EFFECT = 0.10, 0.08, 0.05, 0.10


def _log_rate(driver: str) -> Any:
    return lambda truth: float(np.log(truth["profitability"]["rates"][driver]))


def rate_item(driver: str) -> str:
    """The name of the item of a driver's rate."""
    return f"rate of {driver.replace('_', ' ')}, as a logarithm (0.1 is 10 %)"


def _names(topic: str, key: str) -> Any:
    return lambda truth: set(truth[topic][key])


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48


def _tables(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The ledger, the pools and the last year."""
    return tables["ledger"], tables["cost_pools"], int(tables["ledger"]["date"].dt.year.max())


def _drivers(pools: pd.DataFrame) -> list[str]:
    return [str(name) for name in pools if name not in ("month", "team", "cost")]


def _one_for_all(tables: Mapping[str, pd.DataFrame]) -> float:
    """The same for every unit of every driver: cost of the pools by what was done."""
    _, pools, _ = _tables(tables)
    return float(np.log(pools["cost"].sum() / pools[_drivers(pools)].to_numpy().sum()))


def _all_on_drivers(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Rates that carry the cost that no driver moves."""
    _, pools, _ = _tables(tables)
    counts = pools[_drivers(pools)]
    return pf.recover_driver_rates(pools["cost"], counts, driverless=False, draws=1)["rate"]


def _left_over(tables: Mapping[str, pd.DataFrame]) -> float:
    """What rates that carry every cost leave of a pool, on average."""
    _, pools, _ = _tables(tables)
    left = pools["cost"] - pools[_drivers(pools)] @ _all_on_drivers(tables)
    return float(np.log(max(left.abs().mean(), 1e-9)))


def _spread_by_revenue(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Profit where the cost of the pools of the year is spread by revenue."""
    _, pools, last = _tables(tables)
    found = _profits(tables, None, last)
    spent = float(pools.loc[pools["month"].dt.year == last, "cost"].sum())
    service = found["revenue"] / found["revenue"].sum() * spent
    profit = found["gross_profit"] - found["credit"] - service
    turned = (profit < 0) & (found["gross_profit"] - found["credit"] >= 0)
    return found.assign(service=service, profit=profit, turned=turned)


def _of_bridge(tables: Mapping[str, pd.DataFrame], column: str, fresh: bool) -> float:
    """A part of the bridge: of gross profit before, or that of the new customers of the whole."""
    ledger, _, last = _tables(tables)
    found = _bridge(ledger, last)
    if not fresh:
        return float(found[column].sum() / found["profit_before"].sum())
    return float(found.loc[found["status"] == "new", column].sum() / found[column].sum())


def _losing_in_all(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    rates = _rates(tables)
    found = _profits(tables, rates, _tables(tables)[2])
    return set(found.index[found["profit"] < 0])


def _smallest(tables: Mapping[str, pd.DataFrame], many: int = 75) -> set[str]:
    ledger, _, last = _tables(tables)
    sold = _year(ledger[ledger["line"] == _LINE], "date", last)
    return set(sold.groupby("account_id")["revenue"].sum().nsmallest(many).index)


_BY_REVENUE = "the cost of the pools spread by revenue"
ITEMS = (
    *(
        Item(
            rate_item(driver),
            _log_rate(driver),
            _RATE[driver],
            (Naive("one rate for every activity", _one_for_all),),
        )
        for driver in RATES
    ),
    Item(
        "cost of a pool that no driver moves, as a logarithm",
        lambda truth: float(np.log(truth["profitability"]["fixed_per_pool"])),
        _FIXED,
        (Naive("what rates that carry every cost leave of a pool", _left_over),),
    ),
    Item(
        "peak of the whale curve, as a multiple of the total",
        stated("profitability", "whale_peak"),
        _PEAK,
        (
            Naive(
                _BY_REVENUE,
                lambda tables: pf.whale_peak(_spread_by_revenue(tables)["profit"]).peak,
            ),
            Naive(
                "rates that carry every cost",
                lambda tables: (
                    pf.whale_peak(
                        _profits(tables, _all_on_drivers(tables), _tables(tables)[2])["profit"]
                    ).peak
                ),
            ),
        ),
    ),
    Item(
        "share of accounts that lose money",
        stated("profitability", "loss_share"),
        _LOSERS,
        (
            Naive(
                "the service left out",
                lambda tables: float(
                    (_profits(tables, None, _tables(tables)[2])["profit"] < 0).mean()
                ),
            ),
        ),
    ),
    Item(
        "accounts that the service, charged last, turns into a loss, by name",
        _names("profitability", "overserved"),
        None,
        (
            Naive(
                _BY_REVENUE,
                lambda tables: set(_spread_by_revenue(tables).query("turned").index),
            ),
        ),
    ),
    Item(
        "big accounts that lose money in line P, by name",
        _names("case_d", "big_loss_makers"),
        None,
        (Naive("every account that loses", _losing_in_all),),
    ),
    Item(
        "new customers, by name",
        _names("case_d", "new_small_customers"),
        None,
        (Naive("the smallest accounts", _smallest),),
    ),
    Item(
        "Case D: effect of price and cost, share of gross profit before",
        stated("case_d", "price_cost_effect_share_of_gross_profit"),
        _EFFECT,
        (
            Naive(
                "the whole change, volume and mix in it",
                lambda tables: _of_bridge(tables, "change", False),
            ),
        ),
    ),
    Item(
        "Case D: part of it caused by new customers",
        stated("case_d", "part_of_new_small_customers"),
        _PART,
        (
            Naive(
                "their part of the whole change", lambda tables: _of_bridge(tables, "change", True)
            ),
        ),
    ),
)


def _year(frame: pd.DataFrame, column: str, last: int) -> pd.DataFrame:
    return frame[frame[column].dt.year == last]


def findings(
    profits: pd.DataFrame, power: pd.DataFrame, fit: pf.PoolFit, bridge: pd.DataFrame
) -> dict[str, Any]:
    """What lesson 04 found, by the names of ITEMS.

    Parameters
    ----------
    profits, power : from `account_profit`, last year: all lines with credit and service; line P
        before both.
    fit : from `fit_pools`.
    bridge : from `profit_bridge`, line P, the last year but two to the last but one.
    """
    effect, fresh = bridge["price"] + bridge["unit_cost"], bridge["status"] == "new"
    new = set(bridge.loc[fresh, "account_id"])
    values = (
        *(float(np.log(max(fit.rates["rate"][driver], 1e-9))) for driver in RATES),
        float(np.log(max(fit.driverless.estimate, 1e-9))),
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
    ledger, _, last = _tables(tables)
    fit = _fit(tables)
    power = pf.account_profit(
        _year(ledger[ledger["line"] == _LINE], "date", last).rename(columns={"cost_goods": "cost"})
    )
    profits = _profits(tables, fit.rates["rate"], last)
    return findings(profits, power, fit, _bridge(ledger, last))


def _fit(tables: Mapping[str, pd.DataFrame]) -> pf.PoolFit:
    pools = tables["cost_pools"]
    return pf.fit_pools(pools["cost"], pools[_drivers(pools)], draws=1)


def _rates(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    return _fit(tables).rates["rate"]


def _profits(
    tables: Mapping[str, pd.DataFrame], rates: pd.Series | None, last: int
) -> pd.DataFrame:
    """Profit by account in the last year; without rates the service is left out."""
    sales = _year(tables["ledger"], "date", last).rename(columns={"cost_goods": "cost"})
    invoices = _year(tables["invoices"], "issue", last)
    counts = None
    if rates is not None:
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
    pools, last = tables["cost_pools"], _tables(tables)[2]
    return (
        _profits(tables, _rates(tables), last)["profit"],
        _bridge(tables["ledger"], last),
        pools[["month", *_drivers(pools)]],
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
    error = 1 + rng.uniform(-POOL_ERROR, POOL_ERROR, (len(counts), len(true) + 1))
    cost = (counts * true * error[:, :-1]).sum(axis=1) + FIXED * size * error[:, -1]
    try:
        found = pf.recover_driver_rates(
            cost, counts, draws=_DRAWS, random_state=int(rng.integers(2**31))
        )
    except ValueError:  # too few pools, or drivers that never occur or move together
        return False, False
    near = bool((np.abs(found["rate"] / true - 1) <= _NEAR_RATE).all())
    return near, int(((found["low"] <= true) & (true <= found["high"])).sum()) >= len(true) - 1


_FALL = (
    "Case D: the fall by price and cost is within 10 points of gross profit (two years are needed)"
)
_BY_THE_NEW = "Case D: the new customers are seen to cause most of it"


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    return () if months >= _TWO_YEARS else (_FALL, _BY_THE_NEW)


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many samples of the synthetic book does each statement of the lesson hold?"""
    profit, bridge, pools = _world()
    true = np.array(list(RATES.values()))
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
            _FALL: known and abs(moved / base - whole) <= _NEAR_EFFECT,
            _BY_THE_NEW: known and (effect[rows][fresh[rows]].sum() / moved > 0.5) == (part > 0.5),
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
