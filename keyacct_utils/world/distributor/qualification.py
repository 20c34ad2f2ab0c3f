"""How the list of key accounts of Yunhe errs two years after it was made."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from keyacct_utils.world.distributor import plan as p


def list_truth(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """The list of 2022 against the revenue of 2024."""
    ledger, accounts = tables["ledger"], tables["accounts"].set_index("account_id")
    last = ledger[ledger["date"].dt.year == p.FIRST_YEAR + 2]
    now = last.groupby("account_id")["revenue"].sum().round(2)
    now = now.reindex(accounts.index, fill_value=0.0)
    on, reached = accounts["listed_ka"] == 1, now >= p.LIST_THRESHOLD
    return {
        "list_rule": f"revenue of all lines in {p.FIRST_YEAR} at least the threshold",
        "list_threshold_yearly": p.LIST_THRESHOLD,
        "listed": int(on.sum()),
        "reached_in_last_year": int(reached.sum()),
        "growers_missed": sorted(now.index[reached & ~on]),
        "decliners_kept": sorted(now.index[on & ~reached]),
    }
