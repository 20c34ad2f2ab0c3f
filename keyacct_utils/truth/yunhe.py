"""The second synthetic book, yunhe: what was planted, and what the lessons' methods find in it.

``ITEMS`` by lesson; values come from ``truth.known("yunhe")`` or from the truth of another seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.concentration import measures as concentration
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.truth import concentration as amounts_of
from keyacct_utils.truth import (
    profitability,
    relationship_levels,
    satisfaction_index,
    value_grading,
)
from keyacct_utils.truth.planted import Item, Naive, Truth, stated
from keyacct_utils.world.distributor.plan import BONDS, LINES, RATES
from keyacct_utils.world.relationship_levels import true_effect

#: An account without a posting in so many days at the end of the book has stopped.
QUIET_DAYS = 100
#: The naive effect exceeds the true one by this factor in every seed of 40.
OVERSTATED = 1.05
#: Tolerances are 2.5 to 3 standard deviations of the right method over 40 seeds (``truth.judge
#: --book yunhe``), or rounding where it has no error; each wrong method misses by more.
_SHARE, _SIGMA, _SEASON = 0.0005, 0.005, {"B": 0.08, "G": 0.12}
THRESHOLD = 1_200_000
Tables = Mapping[str, pd.DataFrame]
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


# What somebody in a hurry does in the place of the lesson's method: each must miss what is planted.


def _by_line(of: Callable[[pd.DataFrame], Any]) -> Callable[[Tables], dict[str, Any]]:
    def finds(tables: Tables) -> dict[str, Any]:
        ledger = tables["ledger"]
        return {line: of(ledger[ledger["line"] == line]) for line in LINES}

    return finds


def _peak_of_all(tables: Tables) -> dict[str, int]:
    ledger = tables["ledger"]
    sold = ledger.groupby(ledger["date"].dt.month)["revenue"].sum()
    return dict.fromkeys(LINES, int(sold.index.to_numpy()[sold.to_numpy().argmax()]))


def _who_returned(rows: pd.DataFrame) -> int:
    return int(rows.loc[rows["revenue"] < 0, "account_id"].nunique())


def _moved(low: float, high: float) -> Callable[[Tables], set[str]]:
    """Whose sales of the last year are from ``low`` to ``high`` times those of the first year."""

    def finds(tables: Tables) -> set[str]:
        ledger = tables["ledger"]
        year = ledger["date"].dt.year.rename("year")
        sold = ledger.groupby(["account_id", year])["revenue"].sum().unstack(fill_value=0)
        ratio = sold.iloc[:, -1] / sold.iloc[:, 0].where(sold.iloc[:, 0] > 0)
        return set(sold.index[ratio.fillna(np.inf).between(low, high)])

    return finds


def _by_first_year(tables: Tables) -> set[str]:
    """The growers that the list misses, by the sales of the first year."""
    ledger = tables["ledger"]
    year = ledger["date"].dt.year
    return _list({**tables, "ledger": ledger[year == year.min()]}, THRESHOLD)[_MISSED]


def _listed_and_fell(tables: Tables) -> set[str]:
    """Who is listed and sold less than two years before, above the threshold or not."""
    accounts = tables["accounts"]
    fell = _moved(0.0, 1.0)(tables)
    return fell & set(accounts.loc[accounts["listed_ka"] == 1, "account_id"])


def _as_one(tables: Tables) -> dict[str, pd.DataFrame]:
    """All lines taken as one, so that the lessons' methods see the whole book."""
    return {**tables, **{name: tables[name].assign(line="P") for name in ("ledger", "invoices")}}


def _of_topic(item: Item) -> tuple[Naive, ...]:
    """The wrong methods of an item of linjiang, over all lines taken as one."""

    def over(finds: Callable[[Tables], Any]) -> Callable[[Tables], Any]:
        return lambda tables: finds(_as_one(tables))

    return tuple(Naive(wrong.name, over(wrong.finds)) for wrong in item.naive)


def _revenue_change(tables: Tables) -> float:
    ledger = tables["ledger"]
    year = ledger.groupby(ledger["date"].dt.year)["revenue"].sum()
    return float(year.iloc[1] / year.iloc[0] - 1)


def _one_rate(tables: Tables) -> dict[str, float]:
    by_name = {item.name: item for item in profitability.ITEMS}
    wrong = {name: by_name[profitability.rate_item(name)].naive[0] for name in RATES}
    return {name: each.finds(tables) for name, each in wrong.items()}


def _price_alone(tables: Tables) -> set[str]:
    """Who loses before credit and service."""
    ledger = tables["ledger"]
    last = ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]
    left = (last["revenue"] - last["cost_goods"]).groupby(last["account_id"]).sum()
    return set(left.index[left < 0])


def _alone(driver: str) -> Callable[[Tables], float]:
    """The corrected correlation with satisfaction: the other drivers are not held."""
    return lambda tables: float(
        satisfaction_index.satisfaction.pls_path_model(
            tables["survey"], satisfaction_index.BLOCKS, satisfaction_index.PATHS, draws=0
        ).latent_correlations[driver]["S"]
    )


def _by_the_hour(tables: Tables) -> float:
    """A straight line in the hours until the answer: what an hour less is worth."""
    asked = tables["survey"].dropna(subset=["hours_to_answer"])
    loyal = asked[list(satisfaction_index.BLOCKS["L"])].mean(axis=1)
    return float(-np.polyfit(asked["hours_to_answer"].astype(float), loyal, 1)[0])


def _share_of_variance(tables: Tables) -> float:
    """Of the managers in the variance of the means of three items."""
    survey = tables["survey"]
    score = survey[list(satisfaction_index.BLOCKS["S"])].mean(axis=1)
    means = satisfaction_index.satisfaction.group_means(score, survey["manager_id"])
    return float(means.between_sd**2 / (means.between_sd**2 + means.within_sd**2))


def _straight(tables: Tables) -> float:
    offers = relationship_levels.offers_of(tables)
    return float(-4 * np.polyfit(offers["gap"], offers["renewed"], 1)[0])


def _chance_by_value(tables: Tables) -> float:
    offers = relationship_levels.offers_of(tables)
    return float(np.polyfit(offers["account_value"], offers["renewed"], 1)[0])


def _renewed(tables: Tables) -> pd.Series:
    """Share renewed by level."""
    offers = relationship_levels.offers_of(tables)
    return offers.groupby("bond_level")["renewed"].mean()


def _log_odds(tables: Tables) -> float:
    share = _renewed(tables)
    odds = np.log(share / (1 - share))
    return float(odds[3] - odds[1])


def _second_over(tables: Tables) -> str:
    share, value = _renewed(tables), tables["ties"]["account_value"].to_numpy()
    return _told_over(float(share[2] - share[1]) / true_effect(value, BONDS))


def _told_over(over: float) -> str:
    return _NAIVE if over >= OVERSTATED else f"{over:.2f} times"


def _of_line(line: str) -> tuple[Item, ...]:
    share, gini = (
        amounts_of.wrong_amounts(measure, line)
        for measure in (concentration.top_share, concentration.gini)
    )
    level = {str(month): 1.0 for month in range(1, 13)}
    return (
        Item(f"line {line}: share of the top 20 %",
             stated("concentration", line, "top_20_percent_share"), _SHARE, share),
        Item(f"line {line}: Gini coefficient", stated("concentration", line, "gini"), _SHARE, gini),
        Item(f"line {line}: sigma", stated("concentration", line, "sigma"), _SIGMA,
             (amounts_of.base_ten(line),)),
        Item(f"line {line}: level of each month, 1 = mean", _season(line), _SEASON[line],
             (Naive("a twelfth of the year in every month", lambda tables: level),)),
    )  # fmt: skip


_GRADING = {item.name: item for item in value_grading.ITEMS}
_PROFIT = {item.name: item for item in profitability.ITEMS}
_TIED = {item.name: item for item in relationship_levels.ITEMS}
_ASKED = {item.name: item for item in satisfaction_index.ITEMS}
_CENTRES = "the four groups: centres, points"
_SURVEY = "satisfaction_index"
_TIES = "relationship_levels"
_MISSED = "growers that the list misses, by name"
_KEPT = "decliners that the list keeps, by name"
_FIXED = "cost of a pool that no driver moves, as a logarithm"
_LOSE = "share of accounts that lose money"
_BY_PRICE = "big accounts that lose money in line P, by name"
_BY_SERVICE = "accounts that the service, charged last, turns into a loss, by name"


def _asked(name: str, planted: Callable[[Truth], Any], tolerance: float | None) -> Item:
    """An item of the survey, with the wrong methods that linjiang has for it."""
    return Item(name, planted, tolerance, _ASKED[name].naive)


def _tied(name: str, planted: Callable[[Truth], Any], tolerance: float) -> Item:
    return Item(name, planted, tolerance, _TIED[name].naive)


ITEMS: dict[str, tuple[Item, ...]] = {
    "01": (
        *(item for line in LINES for item in _of_line(line)),
        Item("month of the peak, by line", _peaks, naive=(
            Naive("the peak of all lines together", _peak_of_all),)),
        Item("returns, by line", lambda truth: dict(truth["ledger"]["returns_by_line"]), naive=(
            Naive("accounts that returned, not returns", _by_line(_who_returned)),)),
        Item("accounts that stopped, by name", _names("ledger", "stopped"), naive=(
            Naive("sales down by half", _moved(0.0, 0.5)),)),
        Item("accounts that joined, by name", _names("ledger", "joined"), naive=(
            Naive("sales doubled", _moved(2.0, np.inf)),)),
    ),
    "02": (
        Item(_MISSED, _names("qualification", "growers_missed"), naive=(
            Naive("by the sales of the first year", _by_first_year),)),
        Item(_KEPT, _names("qualification", "decliners_kept"), naive=(
            Naive("whoever is listed and sold less than two years before", _listed_and_fell),)),
    ),
    "03": (
        *(replace(_GRADING[name], naive=_of_topic(_GRADING[name])) for name in (
            "number of groups, by silhouette", "the four groups: members (overlap of 0.9 or more)",
            "the pool: members (overlap of 0.9 or more)", "who doubled, by name",
        )),
        Item(_CENTRES, _GRADING[_CENTRES].planted, 0.4, _of_topic(_GRADING[_CENTRES])),
    ),
    "04": (
        Item("the five driver rates, as logarithms", _log_rates, 0.08, (
            Naive("one rate for every activity", _one_rate),)),
        Item(_FIXED,
             lambda truth: float(np.log(truth["profitability"]["fixed_per_pool"])), 0.017,
             _of_topic(_PROFIT[_FIXED])),
        Item(_PEAK, stated("profitability", "whale_peak"), 0.0003, _of_topic(_PROFIT[_PEAK])),
        Item(_LOSE, stated("profitability", "loss_share"), 0.001, _of_topic(_PROFIT[_LOSE])),
        Item("loss-makers, by name", _names("profitability", "loss_makers"), naive=(
            Naive("the goods alone", _price_alone),)),
        Item("losses by the price, by name", _names("profitability", "price_cut"),
             naive=_of_topic(_PROFIT[_BY_PRICE])),
        Item("losses by the service, by name", _names("profitability", "overserved"),
             naive=_of_topic(_PROFIT[_BY_SERVICE])),
        Item("change of gross profit 2022-2023 by the bridge, share", _gross_profit, 0.0001, (
            Naive("the change of sales", _revenue_change),)),
    ),
    "05": (
        _tied("tolerance of level 1 in the long run", stated(_TIES, "tolerance", "1"), 1.0),
        _tied("tolerance of level 2", stated(_TIES, "tolerance", "2"), 0.7),
        _tied("tolerance of level 3", stated(_TIES, "tolerance", "3"), 1.1),
        _tied("tolerance of a level-1 offer on its first day",
              stated(_TIES, "tolerance_level_1_new"), 2.2),
        Item("slope", stated(_TIES, "slope"), 0.23, (
            Naive("four times the slope of a straight line through the renewals", _straight),)),
        Item("points of tolerance per unit of account value", stated(_TIES, "gamma"), 0.5, (
            Naive("takes the change of the chance for points of gap", _chance_by_value),)),
        Item("effect of level 3 over level 1, regression",
             stated(_TIES, "true_effect_3_minus_1"), 0.07, (
            Naive("takes the difference of log odds for one of shares", _log_odds),)),
        _tied("share of purchases lost after a refusal",
              stated(_TIES, "share_of_purchases_lost_after_a_refusal"), 0.07),
        Item("naive effect against the true one", lambda truth: _NAIVE, naive=(
            Naive("counts level 2 for level 3", _second_over),)),
        _tied("kappa of the two raters", stated(_TIES, "kappa_raters"), 0.005),
    ),
    "06": (
        *(Item(f"corrected path {name} to S", stated(_SURVEY, "paths_to_S", name), 0.10, (
            Naive("the driver alone, the others not held", _alone(name)),)) for name in "EQV"),
        _asked("corrected path S to L, without the gain from prompt answers",
               stated(_SURVEY, "path_S_to_L"), 0.10),
        _asked("loading of an item of satisfaction or loyalty", stated(_SURVEY, "loading"), 0.028),
        *(_asked(f"gap of {name}", stated(_SURVEY, "servqual_gaps", name), 0.18)
          for name in satisfaction_index.satisfaction.SERVQUAL_ITEMS),
        _asked("the widest gap", _widest_gap, None),
        Item("points of loyalty from a prompt answer", stated(_SURVEY, "recovery_points"), 0.55, (
            Naive("a straight line in the hours until the answer", _by_the_hour),)),
        _asked("mean delivered value in points", stated(_SURVEY, "delivered_value_mean"), 3.7),
        Item(_MANAGERS, stated(_SURVEY, "manager_sd"), 0.13, (
            Naive("their share of the variance, taken for the spread", _share_of_variance),)),
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
        _MISSED: set(now.index[(now >= threshold) & ~listed]),
        _KEPT: set(now.index[(now < threshold) & listed]),
    }


def _ties(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    found = relationship_levels.recover(tables)
    offers = relationship_levels.offers_of(tables)
    true = true_effect(tables["ties"]["account_value"].to_numpy(), BONDS)
    over = rl.level_effect(offers, "naive").estimate / true
    return found | {"naive effect against the true one": _told_over(over)}


def _profit(one_line: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Lesson 04 over all lines taken as one."""
    found = profitability.recover(one_line)
    ledger = one_line["ledger"].rename(columns={"cost_goods": "cost"})
    year = ledger["date"].dt.year
    first = year.min()
    bridge = profitability.pf.profit_bridge(ledger[year == first], ledger[year == first + 1])
    change = bridge["change"].sum() / bridge["profit_before"].sum()
    by_price = found[_BY_PRICE]
    by_service = found[_BY_SERVICE]
    return {
        "the five driver rates, as logarithms": {
            name: found[profitability.rate_item(name)] for name in RATES
        },
        _FIXED: found[_FIXED],
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


def recover(tables: Mapping[str, pd.DataFrame], threshold: float = THRESHOLD) -> dict[str, Any]:
    """What the methods of lessons 01 to 06 find in the tables of the book, by the names of ITEMS.

    Parameters
    ----------
    tables : mapping
        The tables of `keyacct_utils.world.distributor.build`, or of ``Book.open("yunhe")``.
    threshold : float
        Yearly revenue that earns a place on the list, currency.
    """
    one_line = _as_one(tables)
    found = _sales(tables["ledger"]) | _list(tables, threshold) | value_grading.recover(one_line)
    found |= _profit(one_line) | _ties(tables) | satisfaction_index.recover(tables)
    found[_MANAGERS] = _between_managers(tables["survey"])
    return {item.name: found[item.name] for items in ITEMS.values() for item in items}
