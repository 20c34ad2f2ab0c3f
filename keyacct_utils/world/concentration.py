"""How concentrated the sales are: the lognormal behind each line, and its measures as written."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.world.plan import TOP_FRACTION


def gini(values: np.ndarray) -> float:
    """Sample Gini coefficient of values that are not negative."""
    x = np.sort(values)
    n = len(x)
    return float(2 * (np.arange(1, n + 1) * x).sum() / (n * x.sum()) - (n + 1) / n)


def _shape(cents: np.ndarray) -> dict[str, float]:
    x = -np.sort(-cents)
    top = math.ceil(round(TOP_FRACTION * len(x), 9))
    return {
        "accounts": len(x),
        "revenue": round(int(x.sum()) / 100, 2),
        "top_20_percent_share": round(float(x[:top].sum() / x.sum()), 6),
        "gini": round(gini(x), 4),
        "largest_share": round(float(x[0] / x.sum()), 6),
    }


def concentration_truth(
    ledger: pd.DataFrame, parameters: dict[str, dict[str, Any]]
) -> dict[str, object]:
    """Concentration of the last calendar year's net revenue by line, as written, and the lognormal
    behind it.
    """
    year = ledger["date"].dt.year.max()
    last = ledger[ledger["date"].dt.year == year]
    cents = (
        last["revenue"]
        .mul(100)
        .round()
        .astype("int64")
        .groupby([last["line"], last["account_id"]])
        .sum()
    )
    out: dict[str, object] = {
        "period": str(year),
        "measure": "net revenue",
        "share_tolerance": 0.0005,
        "sigma_tolerance": 0.05,
    }
    for line, given in parameters.items():
        totals = cents[line]
        unit = "monthly fee" if line == "P" else "yearly revenue"
        entry: dict[str, object] = {**given, "mu_of": unit, **_shape(totals.to_numpy())}
        if "outlier" in given:
            entry["without_outlier"] = _shape(
                totals.drop(given["outlier"]["account_id"]).to_numpy()
            )
        out[line] = entry
    return out
