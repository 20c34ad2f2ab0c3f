"""Lesson 19: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from keyacct_utils.lessons.dependence import betas, measures, portfolio
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.dependence import BETAS, BOUNDS, CONFLICT, LAST_YEAR, MARKET_SD, OWN_SD

#: Three standard errors of a beta (.12 each) and of the correlation (.11); what the brief allows of
#: the cut.
_BETA, _RANK, _CUT, _CORRELATION, _SHARE = 0.40, 0.90, 0.04, 0.33, 0.0005
#: Close enough for a decision in a book of another size.
_NEAR_BETA, _SIGMA, _MONTHLY_NOISE = 0.25, 1.703, 0.3
_FEWEST_MONTHS = 8

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def _wide(tables: Tables, name: str, by: str, value: str = "contribution") -> pd.DataFrame:
    return tables[name].pivot(index="month", columns=by, values=value).sort_index()


def _growth(tables: Tables) -> tuple[pd.DataFrame, pd.Series]:
    market = betas.changes(tables["market_index"].set_index("month")[["level"]])["level"]
    return betas.changes(_wide(tables, "sector_months", "sector")), market


def cut(
    contribution: pd.DataFrame,
    effort: pd.DataFrame,
    covariance: pd.DataFrame,
    bounds: tuple[float, float] = BOUNDS,
) -> float:
    """Share of its standard deviation that the mix of the last year loses at equal return, where
    the effort for a sector may become ``bounds`` times what it is.
    """
    gain = contribution.sum() / effort.sum()
    now = effort.tail(LAST_YEAR).sum()
    weights = now / now.sum()
    spread = covariance.mul(gain, axis=0).mul(gain, axis=1)
    limits = [(bounds[0] * share, min(1.0, bounds[1] * share)) for share in weights]
    best = portfolio.least_risk(gain, spread, float((weights * gain).sum()), limits)
    return 1 - best.sd / float(np.sqrt(portfolio.portfolio_variance(weights, spread)))


def _cut(tables: Tables, bounds: tuple[float, float] = BOUNDS) -> float:
    growth, market = _growth(tables)
    covariance = betas.single_index_covariance(growth, market)
    contribution, effort = (
        _wide(tables, "sector_months", "sector", value) for value in ("contribution", "effort")
    )
    return cut(contribution, effort, covariance, bounds)


def _in_order(found: pd.Series) -> bool:
    true = pd.Series(BETAS)
    return bool(spearmanr(found.reindex(true.index), true).statistic >= _RANK)


def _last(tables: Tables) -> pd.DataFrame:
    ledger = tables["ledger"]
    return ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]


def _line(tables: Tables) -> tuple[str, float, float]:
    """The account that one line depends on most, its share of the line, and of the whole book."""
    last = _last(tables)
    sums = last.groupby(["line", "account_id"])["revenue"].sum().round(2)
    found = measures.depends_on_one(sums[sums > 0])
    account, share = str(found["account"]["E"]), float(found["share"]["E"])
    whole = last.groupby("account_id")["revenue"].sum()
    return account, share, float(whole[account]) / float(whole.sum())


def _by_volatility(tables: Tables) -> dict[str, float]:
    growth, market = _growth(tables)
    return {str(name): float(value) for name, value in (growth.std() / market.std()).items()}


def _by_size(tables: Tables) -> bool:
    return _in_order(_wide(tables, "sector_months", "sector").sum())


def _one_for_all(tables: Tables) -> float:
    """The mean correlation of all pairs, taken for each."""
    table = betas.changes(_wide(tables, "account_months", "account_id")).corr().to_numpy()
    return float(table[np.triu_indices(len(table), 1)].mean())


def _two_largest(tables: Tables) -> set[str]:
    return set(_wide(tables, "account_months", "account_id").sum().nlargest(2).index)


def _largest_of_all(tables: Tables) -> str:
    return str(_last(tables).groupby("account_id")["revenue"].sum().idxmax())


ITEMS = (
    Item(
        "the nine sector betas",
        lambda truth: dict(truth["dependence"]["betas"]),
        _BETA,
        (Naive("how much a sector varies, taken for its beta", _by_volatility),),
    ),
    Item(
        "their order has a rank correlation of 0.9 or more with the truth",
        lambda truth: True,
        None,
        (Naive("the largest sector taken for the riskiest", _by_size),),
    ),
    Item(
        "share of the standard deviation that another mix saves at equal return",
        stated("dependence", "frontier_cut"),
        _CUT,
        (
            Naive("the fall of the variance taken for it", lambda t: 1 - (1 - _cut(t)) ** 2),
            Naive("effort moved without a limit", lambda tables: _cut(tables, (0.0, np.inf))),
        ),
    ),
    Item(
        "the two accounts in conflict",
        lambda truth: {truth["dependence"]["conflict"][name] for name in ("account_id", "other")},
        naive=(Naive("the two largest of those followed", _two_largest),),
    ),
    Item(
        "correlation of the two in conflict",
        stated("dependence", "conflict", "correlation"),
        _CORRELATION,
        (Naive("the mean correlation taken for that of every pair", _one_for_all),),
    ),
    Item(
        "the account that line E depends on most",
        stated("dependence", "conflict", "account_id"),
        naive=(Naive("the largest over all lines", _largest_of_all),),
    ),
    Item(
        "its share of line E",
        stated("concentration", "E", "outlier", "share"),
        _SHARE,
        (Naive("its share of the whole book", lambda tables: _line(tables)[2]),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 19 finds in the tables of a world, by the names of ITEMS."""
    growth, market = _growth(tables)
    found = betas.beta_table(growth, market)["beta"]
    followed = betas.changes(_wide(tables, "account_months", "account_id"))
    pair = betas.most_opposed(followed)
    account, share, _ = _line(tables)
    values = (
        {str(name): float(value) for name, value in found.items()},
        _in_order(found),
        _cut(tables),
        set(pair),
        float(betas.correlation_interval(followed[pair[0]], followed[pair[1]]).estimate),
        account,
        share,
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


_OF_MONTHS = (
    "all nine betas come out within 0.25",
    "their order has a rank correlation of 0.9 or more with the truth",
    "at least eight of the nine 95 % intervals hold the true beta",
    "the conflict is told: the interval of the correlation lies below 0",
)


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    return () if months >= _FEWEST_MONTHS else _OF_MONTHS


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    true = pd.Series(BETAS)
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        level = rng.lognormal(0, _SIGMA, accounts)
        noise = rng.lognormal(-(_MONTHLY_NOISE**2) / 2, _MONTHLY_NOISE, accounts)
        year = level * (1 + (noise - 1) / np.sqrt(max(1, min(months, LAST_YEAR))))
        market = rng.normal(0, MARKET_SD, max(months - 1, 1))
        own = rng.normal(0, OWN_SD, (max(months - 1, 1), len(true)))
        pair = rng.multivariate_normal([0, 0], [[1, CONFLICT], [CONFLICT, 1]], max(months - 1, 1))
        answers = [False] * 4
        if months >= _FEWEST_MONTHS:
            growth = pd.DataFrame(market[:, None] * true.to_numpy() + own, columns=true.index)
            table = betas.beta_table(growth, pd.Series(market)).loc[true.index]
            tie = betas.correlation_interval(pd.Series(pair[:, 0]), pd.Series(pair[:, 1]))
            answers = [
                bool(((table["beta"] - true).abs() <= _NEAR_BETA).all()),
                _in_order(table["beta"]),
                int(((table["low"] <= true) & (true <= table["high"])).sum()) >= len(true) - 1,
                tie.high < 0,
            ]
        statements = {
            "the account named as the largest is the largest": bool(
                np.argmax(year) == np.argmax(level)
            ),
            "its share is within 2 points": abs(year.max() / year.sum() - level.max() / level.sum())
            <= 0.02,
            **dict(zip(_OF_MONTHS, answers, strict=False)),
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
