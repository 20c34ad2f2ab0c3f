"""What is planted in Yunhe's sales and list, in the form of linjiang's truth files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from keyacct_utils.world.distributor import plan as p
from keyacct_utils.world.margins import COST_OF_CAPITAL
from keyacct_utils.world.planted import case_d_truth, concentration_truth
from keyacct_utils.world.receivables import CREEP, ROLL, STATES


def _movement(latent: pd.DataFrame, ledger: pd.DataFrame) -> dict[str, object]:
    def names(*roles: str) -> list[str]:
        return sorted(latent.loc[latent["role"].isin(roles), "account_id"])

    returns = ledger[ledger["revenue"] < 0]["line"].value_counts().sort_index()
    peaks = {line: levels.index(max(levels)) + 1 for line, levels in p.SEASON.items()}
    return {
        "season_by_line": {line: list(levels) for line, levels in p.SEASON.items()},
        "peak_month_by_line": peaks,
        "sd_of_account_noise_by_line": dict(p.NOISE_SD),
        "stopped": names("stopped_before", "stopped_in"),
        "joined": names("joined_2023", "joined_2024"),
        "returns_by_line": {str(line): int(count) for line, count in returns.items()},
    }


def _listed(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
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


def truth_of(
    latent: pd.DataFrame, tables: Mapping[str, pd.DataFrame], lines: dict[str, dict[str, Any]]
) -> dict[str, dict[str, object]]:
    """The truth by topic, but for the topics that have a generator of their own."""
    margins = {line: list(by_year) for line, by_year in p.MARGIN.items()}
    return {
        "concentration": concentration_truth(tables["ledger"], lines),
        "ledger": _movement(latent, tables["ledger"]),
        "qualification": _listed(tables),
        "case_d": case_d_truth(tables["ledger"], {"mean_margin_by_line_and_year": margins}),
        "receivables_terms": {
            "states": list(STATES),
            "roll_by_quality_first_year": {k: [list(row) for row in v] for k, v in ROLL.items()},
            "yearly_growth_of_falling_behind": CREEP,
            "cost_of_capital": COST_OF_CAPITAL,
        },
    }
