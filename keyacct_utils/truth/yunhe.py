"""The second synthetic book, yunhe: what was planted, and what the lessons' methods find in it.

``ITEMS`` by lesson; values come from ``truth.known("yunhe")`` or from the truth of another seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.concentration import measures as concentration
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.truth import (
    profitability,
    relationship_levels,
    satisfaction_index,
    value_grading,
)
from keyacct_utils.truth.planted import Item, Truth, stated
from keyacct_utils.world.distributor.plan import BONDS, LINES, RATES
from keyacct_utils.world.relationship_levels import true_effect

#: An account without a posting in so many days at the end of the book has stopped.
QUIET_DAYS = 100
#: The naive effect exceeds the true one by this factor in every seed of 40.
OVERSTATED = 1.05
#: Tolerances are at least 2.5 standard deviations over 40 seeds (``truth.judge --book yunhe``).
_SHARE, _SIGMA, _SEASON = 0.0005, 0.05, 0.12
_PEAK = "peak of the whale curve, as a multiple of the total"
_MANAGERS = "standard deviation between managers, in those of satisfaction"
_NAIVE = f"at least {OVERSTATED:g} times"


def _names(*path: str) -> Any:
    return lambda truth: set(stated(*path)(truth))


def _log_rates(truth: Truth) -> dict[str, float]:
    return {name: float(np.log(rate)) for name, rate in truth["profitability"]["rates"].items()}


def _peaks(truth: Truth) -> dict[str, int]:
    return dict(truth["ledger"]["peak_month_by_line"])


def _season(line: str) -> Any:
    def levels(truth: Truth) -> dict[str, float]:
        given = np.array(truth["ledger"]["season_by_line"][line], dtype=float)
        return {str(month + 1): float(level) for month, level in enumerate(given / given.mean())}

    return levels


def _gross_profit(truth: Truth) -> float:
    year = truth["case_d"]["gross_profit_by_year"]
    return float(year["2023"] / year["2022"] - 1)


def _widest_gap(truth: Truth) -> str:
    gaps: dict[str, float] = truth["satisfaction_index"]["servqual_gaps"]
    return min(gaps, key=lambda name: gaps[name])


def _of_line(line: str) -> tuple[Item, ...]:
    return (
        Item(f"line {line}: share of the top 20 %",
             stated("concentration", line, "top_20_percent_share"), _SHARE),
        Item(f"line {line}: Gini coefficient", stated("concentration", line, "gini"), _SHARE),
        Item(f"line {line}: sigma", stated("concentration", line, "sigma"), _SIGMA),
        Item(f"line {line}: level of each month, 1 = mean", _season(line), _SEASON),
    )  # fmt: skip


_GRADING = {item.name: item for item in value_grading.ITEMS}
_CENTRES = "the four groups: centres, points"
_SURVEY = "satisfaction_index"
_TIES = "relationship_levels"
ITEMS: dict[str, tuple[Item, ...]] = {
    "01": (
        *(item for line in LINES for item in _of_line(line)),
        Item("month of the peak, by line", _peaks),
        Item("returns, by line", lambda truth: dict(truth["ledger"]["returns_by_line"])),
        Item("accounts that stopped, by name", _names("ledger", "stopped")),
        Item("accounts that joined, by name", _names("ledger", "joined")),
    ),
    "02": (
        Item("growers that the list misses, by name", _names("qualification", "growers_missed")),
        Item("decliners that the list keeps, by name", _names("qualification", "decliners_kept")),
    ),
    "03": (
        *(_GRADING[name] for name in (
            "number of groups, by silhouette", "the four groups: members (overlap of 0.9 or more)",
            "the pool: members (overlap of 0.9 or more)", "who doubled, by name",
        )),
        Item(_CENTRES, _GRADING[_CENTRES].planted, 0.4),
    ),
    "04": (
        Item("the five driver rates, as logarithms", _log_rates, 0.08),
        Item("cost of a pool that no driver moves, as a logarithm",
             lambda truth: float(np.log(truth["profitability"]["fixed_per_pool"])), 0.017),
        Item(_PEAK, stated("profitability", "whale_peak"), 0.002),
        Item("share of accounts that lose money", stated("profitability", "loss_share"), 0.001),
        Item("loss-makers, by name", _names("profitability", "loss_makers")),
        Item("losses by the price, by name", _names("profitability", "price_cut")),
        Item("losses by the service, by name", _names("profitability", "overserved")),
        Item("change of gross profit 2022-2023 by the bridge, share", _gross_profit, 0.0001),
    ),
    "05": (
        Item("tolerance of level 1 in the long run", stated(_TIES, "tolerance", "1"), 1.0),
        Item("tolerance of level 2", stated(_TIES, "tolerance", "2"), 0.7),
        Item("tolerance of level 3", stated(_TIES, "tolerance", "3"), 1.1),
        Item("tolerance of a level-1 offer on its first day",
             stated(_TIES, "tolerance_level_1_new"), 2.2),
        Item("slope", stated(_TIES, "slope"), 0.3),
        Item("points of tolerance per unit of account value", stated(_TIES, "gamma"), 0.5),
        Item("effect of level 3 over level 1, regression",
             stated(_TIES, "true_effect_3_minus_1"), 0.07),
        Item("share of purchases lost after a refusal",
             stated(_TIES, "share_of_purchases_lost_after_a_refusal"), 0.07),
        Item("naive effect against the true one", lambda truth: _NAIVE),
        Item("kappa of the two raters", stated(_TIES, "kappa_raters"), 0.015),
    ),
    "06": (
        *(Item(f"corrected path {name} to S", stated(_SURVEY, "paths_to_S", name), 0.10)
          for name in "EQV"),
        Item("corrected path S to L, without the gain from prompt answers",
             stated(_SURVEY, "path_S_to_L"), 0.10),
        Item("loading of an item of satisfaction or loyalty", stated(_SURVEY, "loading"), 0.03),
        *(Item(f"gap of {name}", stated(_SURVEY, "servqual_gaps", name), 0.18)
          for name in satisfaction_index.satisfaction.SERVQUAL_ITEMS),
        Item("the widest gap", _widest_gap),
        Item("points of loyalty from a prompt answer", stated(_SURVEY, "recovery_points"), 0.55),
        Item("mean delivered value in points", stated(_SURVEY, "delivered_value_mean"), 4.0),
        Item(_MANAGERS, stated(_SURVEY, "manager_sd"), 0.13),
    ),
}  # fmt: skip


def _sales(ledger: pd.DataFrame) -> dict[str, Any]:
    """Lesson 01, and who stopped and joined."""
    last = ledger["date"].dt.year.max()
    year, month = ledger["date"].dt.year, ledger["date"].dt.month
    amounts = ledger[year == last].groupby(["line", "account_id"])["revenue"].sum().round(2)
    out: dict[str, Any] = {}
    monthly = {}
    for line in LINES:
        out[f"line {line}: share of the top 20 %"] = concentration.top_share(amounts[line])
        out[f"line {line}: Gini coefficient"] = concentration.gini(amounts[line])
        out[f"line {line}: sigma"] = concentration.lognormal_sigma(amounts[line])
        sold = ledger[ledger["line"] == line].groupby([year, month])["revenue"].sum()
        level = sold.unstack(fill_value=0).reindex(columns=range(1, 13), fill_value=0.0)
        monthly[line] = level.div(level.mean(axis=1), axis=0).mean()
        levels = {str(k): float(v) for k, v in monthly[line].items()}
        out[f"line {line}: level of each month, 1 = mean"] = levels
    peaks = {line: int(level.to_numpy().argmax()) + 1 for line, level in monthly.items()}
    out["month of the peak, by line"] = peaks
    out["returns, by line"] = ledger[ledger["revenue"] < 0]["line"].value_counts().to_dict()
    days = ledger.groupby("account_id")["date"].agg(["min", "max"])
    quiet = days["max"] < ledger["date"].max() - pd.Timedelta(days=QUIET_DAYS)
    out["accounts that stopped, by name"] = set(days.index[quiet])
    out["accounts that joined, by name"] = set(days.index[days["min"].dt.year > year.min()])
    return out


def _list(tables: Mapping[str, pd.DataFrame], threshold: float) -> dict[str, Any]:
    ledger = tables["ledger"]
    last = ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]
    listed = tables["accounts"].set_index("account_id")["listed_ka"] == 1
    now = last.groupby("account_id")["revenue"].sum().round(2).reindex(listed.index, fill_value=0.0)
    return {
        "growers that the list misses, by name": set(now.index[(now >= threshold) & ~listed]),
        "decliners that the list keeps, by name": set(now.index[(now < threshold) & listed]),
    }


def _ties(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    found = relationship_levels.recover(tables)
    offers = relationship_levels.offers_of(tables)
    true = true_effect(tables["ties"]["account_value"].to_numpy(), BONDS)
    over = rl.level_effect(offers, "naive").estimate / true
    told = _NAIVE if over >= OVERSTATED else f"{over:.2f} times"
    return found | {"naive effect against the true one": told}


def _profit(one_line: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Lesson 04 over all lines taken as one."""
    found = profitability.recover(one_line)
    ledger = one_line["ledger"].rename(columns={"cost_goods": "cost"})
    year = ledger["date"].dt.year
    first = year.min()
    bridge = profitability.pf.profit_bridge(ledger[year == first], ledger[year == first + 1])
    change = bridge["change"].sum() / bridge["profit_before"].sum()
    by_price = found["big accounts that lose money in line P, by name"]
    by_service = found["accounts that the service, charged last, turns into a loss, by name"]
    return {
        "the five driver rates, as logarithms": {
            name: found[profitability.rate_item(name)] for name in RATES
        },
        "cost of a pool that no driver moves, as a logarithm": found[
            "cost of a pool that no driver moves, as a logarithm"
        ],
        "loss-makers, by name": by_price | by_service,
        "losses by the price, by name": by_price,
        "losses by the service, by name": by_service,
        "change of gross profit 2022-2023 by the bridge, share": float(change),
    } | {name: found[name] for name in found if name.startswith(("peak of", "share of"))}


def _between_managers(survey: pd.DataFrame) -> float:
    """Spread of the managers' true means in standard deviations of latent satisfaction."""
    block = survey[list(satisfaction_index.BLOCKS["S"])]
    means = satisfaction_index.satisfaction.group_means(block.mean(axis=1), survey["manager_id"])
    alpha = satisfaction_index.satisfaction.cronbach_alpha(block)
    total = means.between_sd**2 + means.within_sd**2
    return float(means.between_sd / np.sqrt(total * alpha))


def recover(tables: Mapping[str, pd.DataFrame], threshold: float = 1_200_000) -> dict[str, Any]:
    """What the methods of lessons 01 to 06 find in the tables of the book, by the names of ITEMS.

    Parameters
    ----------
    tables : mapping
        The tables of `keyacct_utils.world.distributor.build`, or of ``Book.open("yunhe")``.
    threshold : float
        Yearly revenue that earns a place on the list, currency.
    """
    as_one = {name: tables[name].assign(line="P") for name in ("ledger", "invoices")}
    one_line = {**tables, **as_one}
    found = _sales(tables["ledger"]) | _list(tables, threshold) | value_grading.recover(one_line)
    found |= _profit(one_line) | _ties(tables) | satisfaction_index.recover(tables)
    found[_MANAGERS] = _between_managers(tables["survey"])
    return {item.name: found[item.name] for items in ITEMS.values() for item in items}
