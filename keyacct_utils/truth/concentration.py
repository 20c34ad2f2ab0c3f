"""Lesson 01: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.concentration import measures as concentration
from keyacct_utils.truth.planted import Item, stated

_SHARE, _SIGMA = 0.0005, 0.05
_MONTHLY_NOISE = 0.3

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 12

#: The amounts stand at the quantiles of their distribution, so shares are exact to the display.
ITEMS = (
    Item(
        "line P: share of the top 20 %",
        stated("concentration", "P", "top_20_percent_share"),
        _SHARE,
    ),
    Item("line P: Gini coefficient", stated("concentration", "P", "gini"), _SHARE),
    Item(
        "line P: share of the largest account",
        stated("concentration", "P", "largest_share"),
        _SHARE,
    ),
    Item("line P: sigma", stated("concentration", "P", "sigma"), _SIGMA),
    Item(
        "line S: share of the top 20 %",
        stated("concentration", "S", "top_20_percent_share"),
        _SHARE,
    ),
    Item("line S: sigma", stated("concentration", "S", "sigma"), _SIGMA),
    Item(
        "line E without the outlier: share of the top 20 %",
        stated("concentration", "E", "without_outlier", "top_20_percent_share"),
        _SHARE,
    ),
    Item("line E without the outlier: sigma", stated("concentration", "E", "sigma"), _SIGMA),
    Item("line E: the outlier", stated("concentration", "E", "outlier", "account_id")),
    Item("line E: share of the outlier", stated("concentration", "E", "outlier", "share"), _SHARE),
)


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What lesson 01 finds in the tables of a world, by the names of ITEMS."""
    ledger = tables["ledger"]
    last = ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]
    amounts = last.groupby(["line", "account_id"])["revenue"].sum().round(2)
    power, services, equipment = (amounts[line] for line in "PSE")
    outlier = concentration.flag_outliers(equipment).iloc[0]
    rest = equipment.drop(outlier.name)
    values = (
        concentration.top_share(power),
        concentration.gini(power),
        power.max() / power.sum(),
        concentration.lognormal_sigma(power),
        concentration.top_share(services),
        concentration.lognormal_sigma(services),
        concentration.top_share(rest),
        concentration.lognormal_sigma(rest),
        outlier.name,
        outlier["share"],
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many random books of this size, with the spread of line P, does each statement of the
    lesson hold?
    """
    sigma, target, other = 1.703, 0.80, 0.56
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        level = rng.lognormal(0, sigma, accounts)
        noise = rng.lognormal(-(_MONTHLY_NOISE**2) / 2, _MONTHLY_NOISE, (accounts, max(months, 1)))
        amounts = (level[:, None] * noise).sum(axis=1)
        share = concentration.top_share(amounts)
        fit = concentration.fit_lognormal_sigma(
            amounts, draws=200, random_state=int(rng.integers(2**31))
        )
        low, high = (concentration.lognormal_top_share(value) for value in (fit.low, fit.high))
        count = concentration.top_count(accounts, 0.2)
        kept = np.isin(np.argsort(-amounts)[:count], np.argsort(-level)[:count]).mean()
        answers = {
            "the top-20 % share is within 2 points of the 80 % that the process gives": abs(
                share - target
            )
            <= 0.02,
            "it is within 5 points": abs(share - target) <= 0.05,
            "the 95 % interval of that share covers 80 %": low <= target <= high,
            "the interval rules out 56 % (a line without 80/20)": low > other,
            "at least 95 % of the top 20 % are the accounts that belong there": kept >= 0.95,
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
