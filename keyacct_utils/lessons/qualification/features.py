"""Who qualifies as a key account (大客户认定): what must be known of each account, and the
engine that
judges it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import at_least
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.classification import classify, flips, rule_table
from keyacct_utils.lessons.shared.comparison import (
    agreement,
    attainable_kappa,
    pairwise_agreement,
    rank_features,
    static_list_error,
    threshold_sensitivity,
)
from keyacct_utils.lessons.shared.criteria_weights import (
    ahp_weights,
    entropy_weights,
    weighted_score,
)
from keyacct_utils.lessons.shared.rules import (
    ABC_GRID,
    FACTOR_COLUMNS,
    LIST_THRESHOLD,
    POWER_RULES,
    PYRAMID,
    RANKING_CRITERIA,
    SCHEMES,
    TELECOM_STATED,
    TELECOM_TIERS,
    Open,
    Reading,
    Rule,
    Scheme,
    Test,
    allowed_readings,
    applicable_rules,
    applicable_schemes,
    tier_rules,
)

__all__ = [
    "ABC_GRID",
    "FACTOR_COLUMNS",
    "LIST_THRESHOLD",
    "POWER_RULES",
    "PYRAMID",
    "RANKING_CRITERIA",
    "SCHEMES",
    "TELECOM_STATED",
    "TELECOM_TIERS",
    "Open",
    "Reading",
    "Rule",
    "Scheme",
    "Test",
    "account_features",
    "agreement",
    "ahp_weights",
    "allowed_readings",
    "applicable_rules",
    "applicable_schemes",
    "attainable_kappa",
    "classify",
    "entropy_weights",
    "flips",
    "pairwise_agreement",
    "rank_features",
    "rule_table",
    "static_list_error",
    "threshold_sensitivity",
    "tier_rules",
    "weighted_score",
]

_DERIVED = ("avg_monthly_fee", "yoy", "fee_recovery")


def _per_account(
    frame: pd.DataFrame, columns: Sequence[str], argument: str, line: str | None
) -> pd.DataFrame:
    """Sums per account of one line of business; a missing summand makes the sum missing. Money is
    summed in whole cents.
    """
    need_columns(frame, ["account_id", *columns], argument)
    if line is not None and "line" in frame and len(frame):
        lines, frame = frame["line"], frame[frame["line"] == line]
        if frame.empty:
            raise ValueError(
                f"{argument} has no row of line {line!r}: it has "
                f"{some(lines.unique())}; line=None takes all rows"
            )
    numbers = pd.DataFrame(
        {column: to_number(frame[column], f"{argument}.{column}") for column in columns}
    )
    cents = [column for column in columns if column != "volume"]
    numbers[cents] = (numbers[cents] * 100).round()
    return numbers.groupby(frame["account_id"]).sum(skipna=False)


def _recovery(invoices: pd.DataFrame, line: str | None, year: int | None) -> pd.Series:
    need_columns(
        invoices, ["account_id", "amount", *(["issue"] if year is not None else [])], "invoices"
    )
    if year is not None and not pd.api.types.is_datetime64_any_dtype(invoices["issue"]):
        raise ValueError(
            f"invoices.issue holds {some(invoices['issue'])}: "
            "expected dates; convert the column first"
        )
    kept = invoices if year is None else invoices[invoices["issue"].dt.year == year]
    unpaid = kept["paid_amount"].isna() & (
        kept["paid_date"].isna() if "paid_date" in kept else True
    )
    sums = _per_account(
        kept.assign(paid_amount=kept["paid_amount"].mask(unpaid, 0)),
        ["amount", "paid_amount"],
        "invoices",
        line,
    )
    return sums["paid_amount"] / sums["amount"].where(sums["amount"] > 0)


def account_features(
    accounts: pd.DataFrame,
    now: pd.DataFrame,
    before: pd.DataFrame | None = None,
    invoices: pd.DataFrame | None = None,
    *,
    line: str | None = "P",
    months: float = 12,
    year: int | None = None,
    grown: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What must be known of each account before the power rule can judge it?

    Parameters
    ----------
    accounts : DataFrame
        account_id and any column of that table; its avg_monthly_fee, yoy, fee_recovery are used
        where nothing can be derived.
    now, before : DataFrame
        Roll-ups of the year and of the year before: account_id, revenue (currency), optionally
        volume and line.
    invoices : DataFrame, optional
        account_id, amount, paid_amount, optionally line, issue, paid_date. Payments up to its date.
    line : line of business to judge; None takes all rows
    months : months in the period of ``now``; a part of one counts as such
    year : keep the invoices issued in this year; None keeps all
    grown : the part of ``now`` whose months ``before`` has too; None takes all of ``now``

    Returns
    -------
    DataFrame
        ``accounts`` with revenue, volume, avg_monthly_fee (currency a month), yoy and fee_recovery
        (shares) added or completed. One that no account has a value of is left out. An account
        without a row in ``now`` has no fee: missing, not 0.

    Raises
    ------
    ValueError
        Columns or the line missing, months < 1, accounts repeated, or a roll-up that holds accounts
        which ``accounts`` lacks.

    Notes
    -----
    fee = revenue / months; yoy = volume_now / volume_before - 1, missing without a positive volume
    before; recovery = sum paid / sum invoiced, in whole cents, so that exactly 90 % is exactly 0.9;
    missing when nothing is invoiced on balance or an amount is missing. An unpaid invoice (no
    payment, no date of one) counts as paid 0. S000-8a.
    """
    need_columns(accounts, ["account_id"], "accounts")
    at_least("months", int(months), 1)
    ids = accounts["account_id"]
    if ids.duplicated().any():
        raise ValueError(f"accounts repeats {some(ids[ids.duplicated()])}: expected each once")
    current = _per_account(now, ["revenue", *(["volume"] if "volume" in now else [])], "now", line)
    strange = current.index.difference(pd.Index(ids))
    if len(strange):
        raise ValueError(
            f"now holds {len(strange)} account(s) that accounts "
            f"lacks: {some(strange)}; add them or leave them out"
        )
    derived = {"avg_monthly_fee": current["revenue"] / (100 * months)}
    if before is not None and "volume" in before and "volume" in current:
        earlier = _per_account(before, ["volume"], "before", line)["volume"]
        later = current["volume"]
        if grown is not None:
            same = _per_account(grown, ["volume"], "grown", line)["volume"]
            later = same.reindex(later.index, fill_value=0.0).where(later.notna())
        derived["yoy"] = later / earlier.where(earlier > 0) - 1
    if invoices is not None and "paid_amount" in invoices:
        derived["fee_recovery"] = _recovery(invoices, line, year)
    current["revenue"] /= 100
    out = accounts.assign(**{str(name): ids.map(sums) for name, sums in current.items()})
    for name in _DERIVED:
        given = (
            to_number(accounts[name], f"accounts.{name}")
            if name in accounts
            else pd.Series(np.nan, index=accounts.index)
        )
        found = ids.map(derived[name]) if name in derived else given
        out[name] = found.where(found.notna(), given)
    return out.drop(
        columns=[
            name
            for name in ("revenue", "volume", *_DERIVED)
            if name in out and out[name].isna().all()
        ]
    )
