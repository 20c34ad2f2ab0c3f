"""The accounts and their managers: what the plan implies for each account, in account order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import SECTORS
from keyacct_utils.world.names import company_names, manager_names
from keyacct_utils.world.plan import FULL_ACCOUNTS, first_day, scaled

DISTRICTS = tuple(f"D{i}" for i in range(1, 9))
OUTLIER_ZH, OUTLIER_EN = "中港铁路集团", "Zhonggang Rail"
#: The sector that a rival attacks from the middle of the last year but one.
RIVAL_SECTOR = "chemical"
MANAGERS, SMALLEST_PORTFOLIO, LARGEST_PORTFOLIO = 24, 8, 60
TEAMS = ("T1", "T2", "T3", "T4")
HOURS_PER_MONTH = 166.0
#: Sector shares of ordinary accounts: large, middle, small (in the order of SECTORS).
_MIX = (
    (0.22, 0.22, 0.20, 0.06, 0.14, 0.10, 0.01, 0.02, 0.03),
    (0.12, 0.10, 0.16, 0.18, 0.22, 0.12, 0.02, 0.03, 0.05),
    (0.06, 0.05, 0.12, 0.24, 0.26, 0.12, 0.03, 0.05, 0.07),
)
OWNERSHIP = ("state", "private", "foreign", "collective", "public")
#: Odds of the forms of ownership: ordinary, large and public accounts.
_OWNERSHIP_ODDS = (
    (0.12, 0.68, 0.10, 0.10, 0.0),
    (0.50, 0.30, 0.12, 0.08, 0.0),
    (0.25, 0.03, 0.02, 0.0, 0.70),
)
#: Monthly fee, yuan, from which the mix of sectors and owners is that of large accounts.
LARGE_FEE, MIDDLE_FEE = 3e6, 4e5
_MIX_IMPORTANT = (0.0, 0.0, 0.0, 0.0, 0.0, 0.12, 0.34, 0.20, 0.34)


def _draw(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """Draw one column index per row of a matrix of weights."""
    edges = np.cumsum(weights, axis=1)
    return (rng.random(len(weights))[:, None] > edges / edges[:, -1:]).sum(axis=1)


def account_ids(n: int) -> np.ndarray:
    """Ids A0001 ... wide enough for n accounts."""
    width = max(4, len(str(n)))
    return np.array([f"A{i:0{width}d}" for i in range(1, n + 1)], dtype=object)


def _sectors(rng: np.random.Generator, plan: pd.DataFrame) -> np.ndarray:
    band = np.select([plan["fee"] >= LARGE_FEE, plan["fee"] >= MIDDLE_FEE], [0, 1], 2)
    weights = np.array(_MIX)[band]
    weights[(plan["role"] == "important").to_numpy()] = _MIX_IMPORTANT
    sector = np.array(SECTORS, dtype=object)[_draw(rng, weights)]
    sector[outlier_rank(len(plan))] = "transport"
    return sector


def outlier_rank(n: int) -> int:
    """The row of the plan (0 = largest) that is Zhonggang Rail: large in line P, but no giant
    there.
    """
    return scaled(28, n)


def build_latent(rng: np.random.Generator, plan: pd.DataFrame) -> pd.DataFrame:
    """Put the plan into account order and add what is hidden about each account.

    Returns the plan's columns with account_id, sector, outlier, risk (standard normal, high = bad
    payer), quality (payment class A, B, C) and start_month (first month of business counted from
    the start of the last year but one, 0 to 2, or -1 for an account that is there from the first
    day).
    """
    n = len(plan)
    latent = plan.copy()
    latent["sector"] = _sectors(rng, plan)
    latent["outlier"] = np.arange(n) == outlier_rank(n)
    risk = (
        rng.standard_normal(n)
        + np.where(latent["new"], 0.9, 0.0)
        - np.where(latent["fee"] > LARGE_FEE, 0.3, 0.0)
    )
    poor = latent["role"].isin(["recovery_only", "recovery_exact"])
    good = latent["role"].isin(["efficiency", "important"]) & (risk > 1)
    latent["risk"] = np.round(
        np.where(poor, np.abs(risk) + 0.8, np.where(good, risk - 1.2, risk)), 4
    )
    latent["quality"] = np.select([latent["risk"] < 0.25, latent["risk"] < 1.25], ["A", "B"], "C")
    steps = np.array([[0.55, 0.30, 0.15], [0.30, 0.35, 0.35]])[latent["new"].astype(int)]
    latent["terms"] = np.array(["T1", "T2", "T3"], dtype=object)[_draw(rng, steps)]
    latent.loc[poor, "terms"] = "T1"
    latent["start_month"] = np.where(latent["new"], rng.integers(0, 3, n), -1)
    latent = latent.iloc[rng.permutation(n)].reset_index(drop=True)
    latent.insert(0, "account_id", account_ids(n))
    return latent


def portfolio_sizes(n: int) -> np.ndarray:
    """How many accounts each manager has: 8 to 60 in a book of 600, bent so that they sum to n."""
    count = max(len(TEAMS), scaled(MANAGERS, n))
    mean = n * MANAGERS / (FULL_ACCOUNTS * count)
    low, high = max(1, round(SMALLEST_PORTFOLIO * mean)), round(LARGEST_PORTFOLIO * mean)
    steps = np.linspace(0, 1, count)
    left, right = -6.0, 6.0
    for _ in range(60):
        bend = (left + right) / 2
        total = (low + (high - low) * steps ** np.exp(bend)).sum()
        left, right = (bend, right) if total > n else (left, bend)
    raw = low + (high - low) * steps ** np.exp(bend)
    sizes = np.floor(raw + 1e-6).astype(int)
    up = 1 + np.argsort(-(raw - sizes)[1:-1], kind="stable")[: n - sizes.sum()]
    sizes[up] += 1
    return sizes


def build_managers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """The account managers: 24 in a book of 600, in four teams."""
    count = len(portfolio_sizes(n))
    return pd.DataFrame(
        {
            "manager_id": [f"M{i:02d}" for i in range(1, count + 1)],
            "name_zh": manager_names(rng, count),
            "team": [TEAMS[i % len(TEAMS)] for i in range(count)],
            "hours_per_month": HOURS_PER_MONTH,
            "salary": np.round(rng.normal(178_000, 22_000, count), -2),
        }
    )


def _groups(rng: np.random.Generator, n: int) -> np.ndarray:
    """Groups of two to six accounts; most accounts belong to none."""
    group = np.full(n, "", dtype=object)
    free = rng.permutation(n)
    start = 0
    for g in range(scaled(30, n)):
        size = int(rng.integers(2, 7))
        group[free[start : start + size]] = f"G{g + 1:03d}"
        start += size
    return group


def build_accounts(rng: np.random.Generator, latent: pd.DataFrame, months: int) -> pd.DataFrame:
    """The accounts table."""
    n = len(latent)
    fee = latent["fee"].to_numpy()
    chinese, english = company_names(rng, latent["sector"].to_numpy())
    rail = latent["outlier"].to_numpy()
    chinese[rail], english[rail] = OUTLIER_ZH, OUTLIER_EN
    public = latent["sector"].isin(["government", "health_education"]).to_numpy()
    odds = np.array(_OWNERSHIP_ODDS)[np.select([public, fee > LARGE_FEE], [2, 1], 0)]
    ownership = np.array(OWNERSHIP, dtype=object)[_draw(rng, odds)]
    days = np.datetime64(first_day(months), "D") - rng.integers(200, 9000, n).astype(
        "timedelta64[D]"
    )
    fresh = np.datetime64("2023-01") + np.maximum(latent["start_month"].to_numpy(), 0).astype(
        "timedelta64[M]"
    )
    start = np.where(latent["new"], fresh.astype("datetime64[D]"), days)
    group = _groups(rng, n)
    manager = np.repeat(
        [f"M{i:02d}" for i in range(1, len(portfolio_sizes(n)) + 1)], portfolio_sizes(n)
    ).astype(object)
    load = fee / 0.62 / (730 * rng.uniform(0.32, 0.62, n)) / latent["power_factor"].to_numpy()
    return pd.DataFrame(
        {
            "account_id": latent["account_id"],
            "name_zh": chinese,
            "name_en": english,
            "sector": latent["sector"],
            "district": np.array(DISTRICTS, dtype=object)[
                rng.choice(8, n, p=[0.2, 0.16, 0.14, 0.13, 0.12, 0.1, 0.08, 0.07])
            ],
            "ownership": ownership,
            "voltage_kv": latent["voltage_kv"],
            "capacity_kva": np.maximum(30, np.round(load, -1)),
            "power_factor": latent["power_factor"],
            "start_date": start,
            "tenure_y": np.round((np.datetime64("2024-12-31") - start).astype(int) / 365.25, 1),
            "central_purchase": ((group != "") & (rng.random(n) < 0.5)).astype(int),
            "purchase_pattern": np.where(rng.random(n) < 0.9, "sustained", "one_off"),
            "important_type": (latent["role"] == "important").astype(int),
            "lighting_user": ((latent["voltage_kv"] < 1) & (rng.random(n) < 0.5)).astype(int),
            "priority_project": (rng.random(n) < 0.05).astype(int),
            "listed_ka": latent["listed"].astype(int),
            "manager_id": manager[rng.permutation(n)],
            "group_id": group,
            "centre_of_influence": (rng.random(n) < np.where(fee > LARGE_FEE, 0.15, 0.03)).astype(
                int
            ),
        }
    )
