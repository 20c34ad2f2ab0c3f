"""Lesson 01: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.concentration import measures as concentration
from keyacct_utils.lessons.shared.claims import ABOUT, by_interval
from keyacct_utils.truth.planted import Item, Naive, stated

#: Amounts stand at the quantiles of their distribution, so the right method has no error from seed
#: to seed (standard error over 40 seeds: 0.0000): what is allowed is rounding, and less than what
#: any wrong method below is off by.
_SHARE, _SIGMA = 0.0005, 0.005
_MONTHLY_NOISE = 0.3

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 12


def _last(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    ledger = tables["ledger"]
    return ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]


def _amounts(rows: pd.DataFrame, line: str | None = None) -> pd.Series:
    chosen = rows if line is None else rows[rows["line"] == line]
    return chosen.groupby("account_id")["revenue"].sum().round(2)


def _years(measure: Callable[[pd.Series], float], line: str) -> Naive:
    """The whole ledger where one year is asked."""

    def finds(tables: Mapping[str, pd.DataFrame]) -> float:
        amounts = _amounts(tables["ledger"], line)
        return measure(amounts[amounts > 0])

    return Naive("all years added up", finds)


def _postings(measure: Callable[[pd.Series], float], line: str) -> Naive:
    """A row of the ledger taken for an account: the faults of exercise 01.4."""

    def finds(tables: Mapping[str, pd.DataFrame]) -> float:
        rows = _last(tables)
        posted = rows.loc[rows["line"] == line, "revenue"]
        return measure(posted[posted > 0])

    return Naive("every posting taken for an account", finds)


def base_ten(line: str) -> Naive:
    """Sigma of logarithms to the wrong base."""
    return Naive(
        "logarithms to base ten",
        lambda tables: float(np.log10(_amounts(_last(tables), line)).std()),
    )


def _largest(amounts: pd.Series) -> float:
    return float(amounts.max() / amounts.sum())


def _with_outlier(measure: Callable[[pd.Series], float]) -> Naive:
    return Naive("the outlier left in", lambda tables: measure(_amounts(_last(tables), "E")))


def wrong_amounts(measure: Callable[[pd.Series], float], line: str) -> tuple[Naive, Naive]:
    """Wrong methods of a measure of a line: of all years, and of postings."""
    return _years(measure, line), _postings(measure, line)


_share, _gini, _sigma = concentration.top_share, concentration.gini, concentration.lognormal_sigma
ITEMS = (
    Item(
        "line P: share of the top 20 %",
        stated("concentration", "P", "top_20_percent_share"),
        _SHARE,
        wrong_amounts(_share, "P"),
    ),
    Item(
        "line P: Gini coefficient",
        stated("concentration", "P", "gini"),
        _SHARE,
        wrong_amounts(_gini, "P"),
    ),
    Item(
        "line P: share of the largest account",
        stated("concentration", "P", "largest_share"),
        _SHARE,
        wrong_amounts(_largest, "P"),
    ),
    Item(
        "line P: sigma",
        stated("concentration", "P", "sigma"),
        _SIGMA,
        (
            base_ten("P"),
            Naive(
                "from the share of the top fifth alone",
                lambda tables: _sigma(_amounts(_last(tables), "P"), "top_share"),
            ),
        ),
    ),
    Item(
        "line S: share of the top 20 %",
        stated("concentration", "S", "top_20_percent_share"),
        _SHARE,
        wrong_amounts(_share, "S"),
    ),
    Item(
        "line S: sigma",
        stated("concentration", "S", "sigma"),
        _SIGMA,
        (*wrong_amounts(_sigma, "S"), base_ten("S")),
    ),
    Item(
        "line E without the outlier: share of the top 20 %",
        stated("concentration", "E", "without_outlier", "top_20_percent_share"),
        _SHARE,
        (_with_outlier(_share),),
    ),
    Item(
        "line E without the outlier: sigma",
        stated("concentration", "E", "sigma"),
        _SIGMA,
        (_with_outlier(_sigma), base_ten("E")),
    ),
    Item(
        "line E: the outlier",
        stated("concentration", "E", "outlier", "account_id"),
        naive=(
            Naive(
                "the largest over all lines",
                lambda tables: str(_amounts(_last(tables)).idxmax()),
            ),
        ),
    ),
    Item(
        "line E: share of the outlier",
        stated("concentration", "E", "outlier", "share"),
        _SHARE,
        (
            Naive(
                "against what the others hold",
                lambda tables: 1 / (1 / _largest(_amounts(_last(tables), "E")) - 1),
            ),
            _years(_largest, "E"),
        ),
    ),
)


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What lesson 01 finds in the tables of a world, by the names of ITEMS."""
    power, services, equipment = (_amounts(_last(tables), line) for line in "PSE")
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


def process_share(sigma: float, months: int) -> float:
    """Which share do the top 20 % of an unlimited number of accounts hold, with lognormal levels
    of this sigma and the noise of so many months?

    Notes
    -----
    The noise of m months adds log(1 + (exp(s^2) - 1) / m) to the variance of the logarithms
    (Fenton & Wilkinson: a sum of lognormals as one with the same mean and variance). 80 % is what
    a stratified book of 600 gives; a large book, whose interval is narrow, tells the two apart.
    """
    noise = np.log1p(np.expm1(_MONTHLY_NOISE**2) / months)
    return concentration.lognormal_top_share(float(np.sqrt(sigma**2 + noise)))


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many random books of this size, with the spread of line P, does each statement of the
    lesson hold?
    """
    sigma, rule, other = 1.703, 0.80, 0.56
    target = process_share(sigma, max(months, 1))
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        level = rng.lognormal(0, sigma, accounts)
        noise = rng.lognormal(-(_MONTHLY_NOISE**2) / 2, _MONTHLY_NOISE, (accounts, max(months, 1)))
        amounts = (level[:, None] * noise).sum(axis=1)
        share = concentration.top_share(amounts)
        _, low, high, *_ = concentration.size_interval(
            amounts, draws=200, random_state=int(rng.integers(2**31))
        )
        count = concentration.top_count(accounts, 0.2)
        kept = np.isin(np.argsort(-amounts)[:count], np.argsort(-level)[:count]).mean()
        answers = {
            "the top-20 % share is within 2 points of what the process gives": abs(share - target)
            <= 0.02,
            "it is within 5 points": abs(share - target) <= 0.05,
            "the 95 % interval covers what the process gives": low <= target <= high,
            "the interval rules out 56 % (a line without 80/20)": low > other,
            "80/20 is called true: the interval lies within 5 points of 80 %": by_interval(
                low, high, rule, ABOUT
            )
            == "holds",
            "at least 95 % of the top 20 % are the accounts that belong there": kept >= 0.95,
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
