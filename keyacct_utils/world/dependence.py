"""How the sectors and a few accounts move with the market: what lesson 19 shall find.

Planted: nine sector betas, far enough apart to be told in four years; a mix of effort that leaves
risk on the table (`CUT` says how the truth is reckoned); and one pair of accounts of line E, the
outlier and the ministry, of which one falls where the other grows (S000-12g).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from keyacct_utils.contract.tables import SECTORS
from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts, spend

#: Cov(growth of the sector, growth of the market) / Var(growth of the market).
BETAS = {
    "steel": 1.8,
    "coal": 1.6,
    "machinery": 1.4,
    "chemical": 1.2,
    "textile": 1.0,
    "transport": 0.8,
    "finance": 0.6,
    "government": 0.4,
    "health_education": 0.2,
}
#: Monthly growth of the market: mean and standard deviation; and what is a sector's own.
GROWTH, MARKET_SD, OWN_SD = 0.003, 0.03, 0.025
#: Contribution per yuan of effort, and effort of the first month in million yuan.
YIELD = {
    "steel": 3.05,
    "coal": 3.0,
    "machinery": 3.2,
    "chemical": 3.1,
    "textile": 2.9,
    "transport": 3.2,
    "finance": 3.1,
    "government": 3.0,
    "health_education": 3.05,
}
EFFORT = {
    "steel": 2.1,
    "coal": 0.9,
    "machinery": 2.2,
    "chemical": 1.6,
    "textile": 0.5,
    "transport": 1.9,
    "finance": 0.6,
    "government": 0.9,
    "health_education": 1.3,
}
#: Effort follows the business, but for so much (standard deviation of the logarithm).
EFFORT_NOISE = 0.02
#: How far the effort for a sector may move from what it is, in the mix of least risk.
BOUNDS = (0.5, 1.5)
LAST_YEAR = 12
#: Accounts of line E that are followed by name, the outlier and the ministry among them.
FOLLOWED = 6
CONFLICT = -0.5
PAIR_SD, OTHERS_SD, OTHERS_BETA = 0.05, 0.03, 1.0
#: What such an account leaves of its sales.
CONTRIBUTION_SHARE = 0.2
INDEX_BASE = 100.0


def _levels(growth: np.ndarray) -> np.ndarray:
    """Levels along the last axis from 1 on, with this growth from month to month."""
    start = np.ones((*growth.shape[:-1], 1))
    return np.concatenate([start, np.cumprod(1 + growth, axis=-1)], axis=-1)


def least_risk(
    weights: np.ndarray, gain: np.ndarray, covariance: np.ndarray, bounds: tuple[float, float]
) -> float:
    """Share of its standard deviation that a mix loses where effort is moved at equal return."""
    scale = np.sqrt(weights @ covariance @ weights)
    result = minimize(
        lambda w: w @ covariance @ w / scale**2,
        weights,
        jac=lambda w: 2 * covariance @ w / scale**2,
        bounds=[(bounds[0] * w, bounds[1] * w) for w in weights],
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones_like(w)},
            {"type": "eq", "fun": lambda w: (w - weights) @ gain, "jac": lambda w: gain},
        ],
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    return float(1 - np.sqrt(result.fun))


def _ministry(upstream: Upstream, bought: pd.Series, rail: str) -> str:
    """The largest buyer of line E among the authorities; of all others where none buys."""
    sector = upstream["accounts"].set_index("account_id")["sector"]
    others = bought.drop(rail)
    official = others[sector.reindex(others.index) == "government"]
    return str((official if (official > 0).any() else others).idxmax())


def _accounts(
    rng: np.random.Generator, upstream: Upstream, market: np.ndarray, months: int
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Contribution of the accounts followed by name, and which two are in conflict."""
    bought = spend(upstream, months, "E")
    latent = upstream["latent"]
    rail = str(latent.loc[latent["outlier"], "account_id"].iloc[0])
    ministry = _ministry(upstream, bought, rail)
    rest = bought.drop([rail, ministry]).nlargest(FOLLOWED - 2).index
    ids = [rail, ministry, *map(str, rest)]
    growth = OTHERS_BETA * (market - GROWTH) + rng.normal(0, OTHERS_SD, (FOLLOWED, months - 1))
    pair = rng.multivariate_normal([0, 0], [[1, CONFLICT], [CONFLICT, 1]], months - 1).T
    growth[:2] = PAIR_SD * pair
    base = bought[ids].clip(lower=1_000).to_numpy() / LAST_YEAR * CONTRIBUTION_SHARE
    amount = base[:, None] * _levels(GROWTH + growth)
    start = book_start(upstream)
    order = np.argsort(ids)
    table = pd.DataFrame(
        {
            "month": np.repeat(month_starts(start, np.arange(months)), FOLLOWED),
            "account_id": np.tile(np.array(ids)[order], months),
            "contribution": np.round(amount[order].T.ravel(), 2),
        }
    )
    return table, {"account_id": rail, "other": ministry, "correlation": CONFLICT}


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Market, sectors and followed accounts by month; and the betas, the cut and the conflict.

    Reads accounts, ledger and latent.
    """
    beta = np.array([BETAS[name] for name in SECTORS])
    gain = np.array([YIELD[name] for name in SECTORS])
    market = GROWTH + rng.normal(0, MARKET_SD, months - 1)
    own = rng.normal(0, OWN_SD, (len(SECTORS), months - 1))
    growth = GROWTH + beta[:, None] * (market - GROWTH) + own
    effort = np.array([EFFORT[name] for name in SECTORS])[:, None] * 1e6 * _levels(growth)
    contribution = effort * gain[:, None]
    effort = effort * np.exp(rng.normal(0, EFFORT_NOISE, effort.shape))
    month = month_starts(book_start(upstream), np.arange(months))
    sectors = pd.DataFrame(
        {
            "month": np.repeat(month, len(SECTORS)),
            "sector": np.tile(np.array(SECTORS, dtype=object), months),
            "contribution": np.round(contribution.T.ravel(), 2),
            "effort": np.round(effort.T.ravel(), 2),
        }
    )
    index = pd.DataFrame({"month": month, "level": np.round(INDEX_BASE * _levels(market), 4)})
    followed, conflict = _accounts(rng, upstream, market, months)
    now = effort[:, -LAST_YEAR:].sum(axis=1)
    covariance = np.outer(gain, gain) * (
        np.outer(beta, beta) * MARKET_SD**2 + np.diag(np.full(len(beta), OWN_SD**2))
    )
    truth = {
        "betas": dict(BETAS),
        "market_sd": MARKET_SD,
        "own_sd": OWN_SD,
        "yield": dict(YIELD),
        "bounds": list(BOUNDS),
        "frontier_cut": least_risk(now / now.sum(), gain, covariance, BOUNDS),
        "conflict": conflict,
    }
    tables = {"market_index": index, "sector_months": sectors, "account_months": followed}
    return tables, truth
