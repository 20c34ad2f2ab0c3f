"""Service of Yunhe and what it costs: a planted list of accounts loses money through it; what each
year sold and earned.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keyacct_utils.world import profitability as base
from keyacct_utils.world.distributor import plan as p
from keyacct_utils.world.margins import COST_OF_CAPITAL, CREDIT_DAYS
from keyacct_utils.world.upstream import Built, book_start, spend


def margin_of(tables: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Gross profit of 2024 less the cost of credit on all lines, by account."""
    ledger, latent = tables["ledger"], tables["latent"]
    last = ledger[ledger["date"].dt.year == p.FIRST_YEAR + 2]
    gross = (last["revenue"] - last["cost_goods"]).groupby(last["account_id"]).sum()
    profit = gross.reindex(latent["account_id"], fill_value=0.0).to_numpy()
    days = latent["terms"].map(CREDIT_DAYS).to_numpy(dtype=float)
    sold = spend(tables, p.MONTHS, None).to_numpy()
    return np.asarray(profit - sold * COST_OF_CAPITAL * days / 365)


def _expected(
    rng: np.random.Generator,
    tables: Mapping[str, pd.DataFrame],
    margin: np.ndarray,
) -> np.ndarray:
    """Expected activities a month by account and type."""
    latent = tables["latent"]
    mix = np.array([row[0] for row in base.TYPES.values()], dtype=float)
    months = (latent["end"] - latent["begin"]).to_numpy(dtype=float)
    size = np.maximum(spend(tables, p.MONTHS, None).to_numpy(), 60_000.0)
    weight = size**p.SIZE_POWER * np.exp(p.ACCOUNT_SD * rng.normal(size=len(latent)))
    rate = np.outer(weight / (weight @ months) * p.ACTIVITIES, mix)
    open_last = np.clip(latent["end"] - (p.MONTHS - 12), 0, 12)
    open_last = np.minimum(open_last, p.MONTHS - latent["begin"]).to_numpy(dtype=float)
    cost = open_last * (rate @ base.type_cost(p.RATES))
    over = (latent["role"] == "overserved").to_numpy()
    wanted = np.minimum(cost, p.SERVED_AT_MOST * margin)
    wanted = np.where(over, np.maximum(p.OVERSERVED_TIMES * margin, p.OVERSERVED_FLOOR), wanted)
    kept = (margin > 0) & (open_last > 0)
    return rate * np.where(kept, wanted / np.maximum(cost, 1e-9), 1.0)[:, None]


def build_service(rng: np.random.Generator, tables: Mapping[str, pd.DataFrame]) -> Built:
    """Tables ``activities`` and ``cost_pools`` with what was planted in them."""
    accounts, latent = tables["accounts"], tables["latent"]
    team_of = tables["managers"].set_index("manager_id")["team"]
    team, teams = pd.factorize(accounts["manager_id"].map(team_of), sort=True)
    margin, start = margin_of(tables), book_start(tables)
    counts = base.activity_counts(
        rng, _expected(rng, tables, margin), np.asarray(team), latent["begin"].to_numpy(),
        p.MONTHS, start.month - 1, latent["end"].to_numpy(),
    )  # fmt: skip
    cost = counts[:, -12:, :].sum(axis=1) @ base.type_cost(p.RATES)
    profit = pd.Series(margin - cost, index=latent["account_id"])
    here = (latent["role"] != "stopped_before").to_numpy()
    truth: dict[str, object] = {
        "rates": dict(p.RATES),
        "fixed_per_pool": p.FIXED,
        "pool_error": base.POOL_ERROR,
        "profit_base": "2024, all lines: revenue - cost_goods - cost of credit on all lines "
        "(8 % a year, T1=35, T2=62, T3=92 days) - cost to serve",
        "profit_total": round(float(profit.sum()), 2),
        "whale_peak": round(float(profit[profit > 0].sum() / profit.sum()), 4),
        "loss_share": round(float((profit[here] < 0).mean()), 4),
        "loss_makers": sorted(latent.loc[latent["role"].isin(["cut", "overserved"]), "account_id"]),
        "price_cut": sorted(latent.loc[latent["role"] == "cut", "account_id"]),
        "overserved": sorted(latent.loc[latent["role"] == "overserved", "account_id"]),
        "cost_to_serve_total": round(float(cost.sum()), 2),
    }
    added = {"activities": base.activity_table(rng, tables, counts)}
    added["cost_pools"] = base.pool_table(
        rng,
        counts,
        np.asarray(team),
        pd.Index(teams),
        start,
        p.RATES,
        p.FIXED,
    )
    return added, truth


def margin_truth(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """Sales and gross profit by year, and the mean margins that were planted."""
    margins = {line: list(by_year) for line, by_year in p.MARGIN.items()}
    return base.case_d_truth(tables["ledger"], {"mean_margin_by_line_and_year": margins})
