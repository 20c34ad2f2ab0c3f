"""How sure is a gain: other accounts of this kind, and rates from other pools, drawn together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.profitability.profit_actions import (
    AGREE,
    LEVERS,
    PRICE,
    STARTS,
    Levers,
    Limits,
)
from keyacct_utils.lessons.shared.amounts import Floats

#: Sums of one draw: from how often each account was drawn, and what the rules say of it.
Sums = Callable[[np.random.Generator, np.ndarray, Levers], Floats]


def gain_draws(
    profits: pd.DataFrame,
    of: Sums,
    settings: Mapping[str, Any],
    *,
    counts: pd.DataFrame | None = None,
    rates: pd.DataFrame | None = None,
    draws: int = 500,
    random_state: int = 0,
) -> Floats:
    """What would the rules bring, had other accounts of this kind been won, and the rates been
    found from other pools?

    Parameters
    ----------
    profits : DataFrame
        From `account_profit`.
    of : function of a generator, how often each account was drawn, and its `Levers`
        The sums of one draw.
    settings : mapping
        Keywords of `action_list`.
    counts, rates : DataFrames, by account_id and by draw, one column per driver
        Both or neither: what each account called on, and the rates of each draw (`rate_draws`),
        the same for all accounts. Without them the service stays as it is.
    draws, random_state : resamples, seed.

    Returns
    -------
    array (draws, sums) : with other rates an account may lose that did not, or another lever be
        the mildest, so the rules are asked anew in each draw.

    References
    ----------
    Efron & Tibshirani 1993, An Introduction to the Bootstrap.
    """
    table = profits.sort_index()
    limits = Limits.of(table.index, settings)
    base = {name: table[name].to_numpy(float) for name in ("revenue", "gross_profit", "credit")}
    service, n = table["service"].to_numpy(float), len(table)
    used = None
    if counts is not None and rates is not None:
        used = counts.reindex(table.index).fillna(0.0)[list(rates)].to_numpy(float)
    rng = np.random.default_rng((random_state, 1))
    found = []
    for draw in range(draws):
        if used is not None and rates is not None:
            service = used @ rates.iloc[draw].to_numpy()
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        profit = np.round(base["gross_profit"] - base["credit"] - service, 6)
        # what is drawn of the sums, such as who accepts, moves no draw of the accounts: all sums of
        # one seed speak of the same accounts
        own = np.random.default_rng((random_state, 2, draw))
        found.append(of(own, times, limits.levers(**base, service=service, profit=profit)))
    return np.array(found)


def by_action(rng: np.random.Generator, times: np.ndarray, found: Levers) -> Floats:
    """The gain of each of `LEVERS` if it works, and then the gain of dropping them instead."""
    own, code = found.code >= 0, found.code[found.code >= 0]
    return np.concatenate(
        [
            np.bincount(code, (times * gains)[own], len(LEVERS))
            for gains in (found.gain, found.dropped)
        ]
    )


def plan_by_action(accepts: tuple[float, ...]) -> Sums:
    """The gain a year of each of `LEVERS`, for each share that accepts a higher price: who refuses
    leaves, and who accepts is drawn too.
    """

    def of(rng: np.random.Generator, times: np.ndarray, found: Levers) -> Floats:
        own = (found.code >= 0) & (times > 0)
        code, often = found.code[own], times[own]
        gain, dropped = found.gain[own], found.dropped[own]
        asked = code == LEVERS.index(PRICE)
        years = []
        for accept in accepts:
            share = np.array([{**AGREE, PRICE: accept}.get(name, 0.0) for name in LEVERS])
            yes = rng.binomial(often, share[code])
            brought = yes * gain + (often - yes) * dropped * asked
            years.append(np.bincount(code, brought, len(LEVERS)))
        return np.concatenate(years)

    return of


def part_of_year(months: int) -> Floats:
    """The part of a year in which each of `LEVERS` works, in a plan of so many months."""
    waits = (STARTS.get(name, months) for name in LEVERS)
    return np.array([max(months - wait, 0) / 12 for wait in waits])
