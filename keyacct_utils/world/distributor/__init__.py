"""The second synthetic book: Yunhe, a distributor of food and drink (云禾食品饮料配送公司).

Another trade and shape than linjiang: 180 accounts, flatter, strongly seasonal, with accounts that
stop and join and a list of loss-makers; no power rule and no credit events apply.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import TABLES
from keyacct_utils.world import (
    World,
    relationship_levels,
    satisfaction_index,
    stream,
    value_grading,
)
from keyacct_utils.world.accounts import OWNERSHIP, build_managers
from keyacct_utils.world.concentration import concentration_truth
from keyacct_utils.world.distributor import plan as p
from keyacct_utils.world.distributor.profitability import build_service, margin_truth
from keyacct_utils.world.distributor.qualification import list_truth
from keyacct_utils.world.distributor.sales import (
    build_invoices,
    build_sales,
    invoice_truth,
    movement_truth,
)
from keyacct_utils.world.names import company_names
from keyacct_utils.world.reference import build_calendar

__all__ = ["FOLDER", "NAME", "SEED", "build"]

FOLDER, NAME, SEED = p.FOLDER, p.NAME, p.SEED
#: Columns of the profile that nobody at a distributor writes down.
_UNKNOWN = ("quality_flag", "operation_score", "development_score", *value_grading.FILES)


def _latent(rng: np.random.Generator) -> pd.DataFrame:
    """The plan in the order of the accounts, with sector, terms and payment class."""
    latent = p.build_plan(rng)
    n = len(latent)
    latent.insert(0, "rank", np.arange(n))
    odds = np.array([by_size for by_size, _ in p.SECTORS.values()])
    latent["sector"] = np.concatenate([
        rng.choice(list(p.SECTORS), size, p=odds[:, k])
        for k, size in enumerate((p.LARGE, n - p.LARGE))
    ])  # fmt: skip
    latent["terms"] = rng.choice(["T1", "T2", "T3"], n, p=[0.60, 0.28, 0.12])
    latent["quality"] = rng.choice(["A", "B", "C"], n, p=[0.55, 0.32, 0.13])
    latent = latent.iloc[rng.permutation(n)].reset_index(drop=True)
    latent.insert(0, "account_id", [f"Y{i:03d}" for i in range(1, n + 1)])
    return latent


def _accounts(
    rng: np.random.Generator,
    latent: pd.DataFrame,
    ledger: pd.DataFrame,
    managers: pd.DataFrame,
) -> pd.DataFrame:
    n = len(latent)
    forms = {name: endings for name, (_, endings) in p.SECTORS.items()}
    chinese, english = company_names(rng, latent["sector"].to_numpy(), forms, "云禾县")
    opening = np.datetime64(f"{p.FIRST_YEAR}-01")
    days = opening.astype("datetime64[D]") - rng.integers(120, 5000, n).astype("timedelta64[D]")
    joined = opening + latent["begin"].to_numpy().astype("timedelta64[M]")
    start = np.where(latent["begin"] > 0, joined.astype("datetime64[D]"), days)
    first = ledger[ledger["date"].dt.year == p.FIRST_YEAR].groupby("account_id")["revenue"].sum()
    listed = first.reindex(latent["account_id"], fill_value=0.0).to_numpy() >= p.LIST_THRESHOLD
    chain = latent["sector"].isin(["supermarket", "convenience"]).to_numpy() & (rng.random(n) < 0.3)
    group = np.where(chain, np.char.mod("G%02d", rng.integers(1, 10, n)), "").astype(object)
    public = (latent["sector"] == "canteen").to_numpy() & (rng.random(n) < 0.6)
    owner = rng.choice(list(OWNERSHIP[:4]), n, p=[0.08, 0.80, 0.04, 0.08]).astype(object)
    return pd.DataFrame({
        "account_id": latent["account_id"],
        "name_zh": chinese,
        "name_en": english,
        "sector": latent["sector"],
        "district": rng.choice(list(p.TOWNS), n, p=[0.28, 0.22, 0.2, 0.18, 0.12]),
        "ownership": np.where(public, "public", owner),
        "start_date": start.astype("datetime64[s]"),
        "tenure_y": np.round((np.datetime64("2024-12-31") - start).astype(int) / 365.25, 1),
        "central_purchase": ((group != "") & (rng.random(n) < 0.7)).astype(int),
        "purchase_pattern": np.where(rng.random(n) < 0.93, "sustained", "one_off"),
        "listed_ka": listed.astype(int),
        "manager_id": managers["manager_id"].to_numpy()[rng.integers(0, len(managers), n)],
        "group_id": group,
        "centre_of_influence": (rng.random(n) < 0.06).astype(int),
    })  # fmt: skip


def _sales_truth(
    latent: pd.DataFrame, tables: dict[str, pd.DataFrame], lines: dict[str, dict[str, Any]]
) -> dict[str, dict[str, object]]:
    """The truth of what no table beside sales, bills and the list was made for."""
    return {
        "concentration": concentration_truth(tables["ledger"], lines),
        "ledger": movement_truth(latent, tables["ledger"]),
        "qualification": list_truth(tables),
        "case_d": margin_truth(tables),
        "receivables_terms": invoice_truth(),
    }


def build(seed: int = SEED) -> World:
    """Build the book of Yunhe: 180 accounts, three years to December 2024.

    Parameters
    ----------
    seed : int
        Each table draws from a stream of its own, derived from the seed and the table's name.

    Returns
    -------
    World
        Tables with the contract's columns, and the truth by lesson topic. Ties and renewals are
        kept of today's customers; questionnaires went to those of today that joined before 2024.
    """

    def streams(name: str) -> np.random.Generator:
        return stream(seed, f"{p.FOLDER}.{name}")

    latent = _latent(streams("plan"))
    calendar, managers = build_calendar(p.MONTHS), build_managers(streams("managers"), len(latent))
    tables: dict[str, pd.DataFrame] = {"managers": managers, "calendar": calendar, "latent": latent}
    ledger, rows, lines = build_sales(streams, latent, calendar)
    tables["ledger"] = ledger
    tables["accounts"] = _accounts(streams("accounts"), latent, ledger, managers)
    tables["invoices"] = build_invoices(streams, latent, rows)
    planted = _sales_truth(latent, tables, lines)
    rng = streams("profile")
    added, planted["value_grading"] = value_grading.build(rng, tables, p.MONTHS, p.GRADING)
    tables["account_profile"] = added["account_profile"].drop(columns=list(_UNKNOWN))
    del planted["value_grading"]["blank_share_files"]
    added, planted["profitability"] = build_service(streams("service"), tables)
    tables |= added
    today = (latent["end"] == p.MONTHS).to_numpy()
    here = tables | {"accounts": tables["accounts"][today].reset_index(drop=True)}
    rng = streams("relations")
    added, planted["relationship_levels"] = relationship_levels.build(rng, here, p.MONTHS, p.BONDS)
    tables |= added
    asked = today & (latent["begin"] <= p.MONTHS - 12).to_numpy()
    here = tables | {"accounts": tables["accounts"][asked].reset_index(drop=True)}
    rng = streams("voice")
    added, planted["satisfaction_index"] = satisfaction_index.build(rng, here, p.MONTHS, p.VOICE)
    tables |= added
    kept = {name: tables[name] for name in TABLES if name in tables}
    return World(kept, planted)
