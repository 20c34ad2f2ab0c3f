"""Which accounts qualify under the base reading, where the readings disagree, and how the list of
key accounts errs (lesson 02).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.plan import (
    BOUNDARY_LARGE,
    BOUNDARY_SMALL,
    EFFICIENCY_FEE,
    LIST_THRESHOLD,
    POTENTIAL_FEE,
    first_day,
)

#: Why the readings disagree on an account of a role.
REASONS = {
    "power_factor": "fails the power-factor limit of 0.90 only",
    "power_factor_fee": "fails fee and power-factor limit; at a lower limit the fee only",
    "fee_exact": "fee exactly 5,000,000.00 a month",
    "recovery_exact": "recovery exactly 90 %",
    "voltage_only": "fails the voltage test only",
    "growth_only": "fails the growth test only",
    "recovery_only": "fails the recovery test only",
    "fee_only": "fails the fee test only",
}


def _classes(latent: pd.DataFrame) -> np.ndarray:
    fee, voltage, role = latent["fee"], latent["voltage_kv"], latent["role"]
    return np.select(
        [
            role == "important",
            role.isin(["efficiency", "fee_exact", "recovery_exact"]),
            voltage.between(10, 35) & (fee >= POTENTIAL_FEE) & (fee < EFFICIENCY_FEE),
            fee >= POTENTIAL_FEE,
        ],
        ["important", "efficiency", "potential", "between"],
        "none",
    )


def qualification_truth(
    latent: pd.DataFrame, ledger: pd.DataFrame, months: int
) -> dict[str, object]:
    """The class of each account under the base reading, the boundary accounts and why, and the
    list error.
    """
    power = ledger[ledger["line"] == "P"]
    first = (
        power[power["date"].dt.year == first_day(months).year]
        .groupby("account_id")["revenue"]
        .sum()
    )
    boundary = latent["role"].isin(list(REASONS))
    classes = _classes(latent)
    status = np.select(
        [latent["missed"], latent["kept"], latent["listed"]],
        ["grower missed", "decliner kept", "listed and reached"],
        "neither",
    )
    table = pd.DataFrame(
        {
            "account_id": latent["account_id"],
            "class": classes,
            "boundary": boundary.astype(int),
            "reason": latent["role"].map(REASONS).fillna(""),
            "avg_monthly_fee": latent["fee"],
            "avg_monthly_fee_first_year": (
                first.reindex(latent["account_id"]).fillna(0).to_numpy() / 12
            ).round(2),
            "list_status": status,
        }
    )
    fee = latent["fee"]
    return {
        "accounts": table,
        "base_reading": {"power_factor_limit": 0.90, "at_threshold": ">=", "combine": "all"},
        "class_counts": {
            str(k): int(v) for k, v in pd.Series(classes).value_counts().sort_index().items()
        },
        "boundary_accounts": int(boundary.sum()),
        "boundary_by_reason": {
            REASONS[role]: int((latent["role"] == role).sum())
            for role in ("fee_exact", *BOUNDARY_LARGE, *BOUNDARY_SMALL)
        },
        "median_monthly_fee": float(fee.median()),
        "accounts_with_fee_at_least": {
            str(t): int((fee >= t).sum()) for t in (POTENTIAL_FEE, LIST_THRESHOLD, EFFICIENCY_FEE)
        },
        "list_threshold": LIST_THRESHOLD,
        "listed": int(latent["listed"].sum()),
        "reached_in_last_year": int((fee >= LIST_THRESHOLD).sum()),
        "growers_missed": int(latent["missed"].sum()),
        "decliners_kept": int(latent["kept"].sum()),
    }
