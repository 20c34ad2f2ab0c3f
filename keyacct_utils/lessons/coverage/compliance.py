"""Who is visited as promised, and who has nobody (走访达标, 无主客户), lesson N12."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from numbers import Real

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.owners import main_owner

__all__ = ["orphans", "owned", "visit_compliance", "wilson"]


def wilson(met: float, of: float, confidence: float = 0.95) -> Interval:
    """Between which limits does a share lie, of which so many of so many were seen?

    Parameters
    ----------
    met, of : how many met it, of how many; need not be whole numbers, where each counts for less
        than one.
    confidence : of the interval.

    Returns
    -------
    Interval : fractions; the interval is never empty and never leaves 0 to 1.

    Raises
    ------
    ValueError : none of none, more than all, a negative count.

    Notes
    -----
    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    References
    ----------
    Wilson 1927, Journal of the American Statistical Association 22; Newcombe 1998, Statistics in
    Medicine 17(8), 857-872.
    """
    fraction("confidence", confidence, one=False)
    if not (np.isfinite(of) and of > 0):
        raise ValueError(f"of is {of}: expected a count above 0; a share of none is no share")
    if not (np.isfinite(met) and 0 <= met <= of):
        raise ValueError(f"met is {met} of {of}: expected 0 up to all of them")
    low, high = proportion_confint(met, of, alpha=1 - confidence, method="wilson")
    share = met / of
    return Interval(share, min(float(low), share), max(float(high), share))


def _effective(met: pd.Series, accounts: pd.Series, confidence: float) -> float:
    """For how many independent looks do these count? Looks at one account resemble each other."""
    n, p = len(met), float(met.mean())
    groups = (met - p).groupby(accounts.to_numpy()).sum()
    k = len(groups)
    if k == n:
        return float(n)
    if k < 2:
        return 1.0
    if p in (0.0, 1.0):
        return float(k)
    variance = k / (k - 1) * float((groups**2).sum()) / n**2
    effect = max(1.0, variance * n / (p * (1 - p)))
    tails = (1 + confidence) / 2
    return max(1.0, n / effect * float((stats.norm.ppf(tails) / stats.t.ppf(tails, k - 1)) ** 2))


def visit_compliance(
    visits: pd.DataFrame,
    standard: Mapping[str, float] | float,
    by: str = "tier",
    made: str = "visits",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How often was the promised number of visits made, class by class?

    Parameters
    ----------
    visits : one row per account and period (a quarter), those without a visit too: account_id,
        ``by`` (the class) and ``made`` (visits in the period).
    standard : promised visits a period, by class, or one for all; a class that is not named has no
        promise and no row.
    by, made : names of the columns.
    confidence : of the intervals.

    Returns
    -------
    DataFrame by class, in the order of ``standard``: standard, accounts, looks (rows), met, share,
        low, high, effective (independent looks that they count for), missed (visits short of the
        standard), visits (made in all).

    Raises
    ------
    ValueError : missing columns, values below zero or missing, a standard of zero or less, no row
        in a named class.

    Notes
    -----
    Wilson's interval on n / deff looks: quarters of one account resemble each other, so that 400 of
    100 accounts count for fewer (deff >= 1; t with accounts - 1 degrees of freedom). Sources
    S000-5d, S000-1f, S000-8e, S000-10a.

    References
    ----------
    Wilson 1927; Korn & Graubard 1998, Survey Methodology 24(2), 193-201; Franco et al. 2019,
    Journal of Survey Statistics and Methodology 7(3).
    """
    need_columns(visits, ("account_id", by, made), "visits")
    if not len(visits):
        raise ValueError("visits has no rows: expected one per account and period")
    count = to_number(visits[made], f"visits.{made}")
    if count.isna().any() or (count < 0).any():
        raise ValueError(
            f"visits.{made}: {int((count.isna() | (count < 0)).sum())} rows are missing or below "
            "zero; write 0 where nobody came, and leave out what is not known"
        )
    if visits["account_id"].isna().any():
        raise ValueError("visits.account_id is missing in some rows: fill it or drop them")
    promised: dict[str, float]
    if isinstance(standard, Mapping):
        promised = dict(standard)
    else:
        promised = dict.fromkeys(sorted(visits[by].dropna().astype(str).unique()), standard)
    if not promised:
        raise ValueError("standard names no class: expected visits a period by class")
    known = visits[by].astype(str)
    rows: dict[str, dict[str, float]] = {}
    for name, wanted in promised.items():
        if isinstance(wanted, bool) or not isinstance(wanted, Real) or not 0 < wanted < np.inf:
            raise ValueError(
                f"standard of {name!r} is {wanted!r}: expected visits a period, above 0; leave "
                "out a "
                "class without a promise"
            )
        own = visits[by].notna() & (known == str(name))
        if not own.any():
            raise ValueError(
                f"standard names {name!r}, which no row of visits has; they have "
                f"{some(sorted(known[visits[by].notna()].unique()))}"
            )
        met = (count[own] >= float(wanted)).astype(float)
        effective = _effective(met, visits.loc[own, "account_id"], confidence)
        share = float(met.mean())
        found = wilson(share * effective, effective, confidence)
        rows[name] = {
            "standard": float(wanted),
            "accounts": int(visits.loc[own, "account_id"].nunique()),
            "looks": int(own.sum()),
            "met": int(met.sum()),
            "share": share,
            "low": min(found.low, share),
            "high": max(found.high, share),
            "effective": effective,
            "missed": float((float(wanted) - count[own]).clip(lower=0).sum()),
            "visits": float(count[own].sum()),
        }
    return pd.DataFrame(list(rows.values()), index=list(rows)).rename_axis(by)


def orphans(accounts: pd.DataFrame, managers: Collection[str] | None = None) -> pd.DataFrame:
    """Which accounts have no owner, or more than one (无主客户)?

    Parameters
    ----------
    accounts : account_id and manager_id; an account with several owners has several rows. A row
        without manager_id says that nobody is named there.
    managers : ids of those who work here; others do not count as owners. None takes all.

    Returns
    -------
    DataFrame by account_id, those without an owner first: owners (a count, never 1), managers
    (their
        ids in a row, empty without any), gone (named owners who do not work here).

    Raises
    ------
    ValueError : missing columns, a row without account_id.

    Notes
    -----
    Source S000-1d: one named manager for each account.
    """
    need_columns(accounts, ("account_id", "manager_id"), "accounts")
    if accounts["account_id"].isna().any():
        raise ValueError("accounts.account_id is missing in some rows: fill it or drop them")
    ids = pd.Index(sorted(accounts["account_id"].astype(str).unique()), name="account_id")
    named = accounts.dropna(subset=["manager_id"])
    named = named.assign(
        account_id=named["account_id"].astype(str), manager_id=named["manager_id"].astype(str)
    )
    named = named[named["manager_id"].str.strip() != ""]
    named = named.drop_duplicates(["account_id", "manager_id"])
    here = (
        pd.Series(True, index=named.index)
        if managers is None
        else named["manager_id"].isin([str(name) for name in managers])
    )
    counts = named[here].groupby("account_id").size().reindex(ids, fill_value=0)
    gone = named[~here].groupby("account_id").size().reindex(ids, fill_value=0)
    joined = (
        named[here].sort_values("manager_id").groupby("account_id")["manager_id"].agg(", ".join)
    )
    found = pd.DataFrame(
        {"owners": counts.astype(int), "managers": joined.reindex(ids, fill_value=""), "gone": gone}
    )
    found = found[found["owners"] != 1]
    return found.sort_values("owners", kind="stable")


def owned(owners: pd.DataFrame, amounts: pd.Series) -> pd.DataFrame:
    """How many accounts and how much money does each owner look after?

    Parameters
    ----------
    owners : account_id and manager_id, as `orphans` takes them, and where it is known weight (what
        this owner sold to the account); an account counts for the owner of the largest weight, ties
        by manager_id.
    amounts : sales by account_id (currency).

    Returns
    -------
    DataFrame by manager_id, the most money first, "" for accounts without an owner: accounts,
    amount,
        share (of all amounts), largest (share of the largest account in the owner's amount; missing
        where that is not above zero).

    Raises
    ------
    ValueError : missing columns, amounts that are missing, repeated account ids.
    """
    need_columns(owners, ("account_id", "manager_id"), "owners")
    if not amounts.index.is_unique:
        raise ValueError("amounts: account ids are repeated; add them up first")
    if not len(amounts) or amounts.isna().any():
        raise ValueError("amounts: no account, or an amount that is missing; drop or fill it")
    main = main_owner(owners).reindex(amounts.index.astype(str)).fillna("")
    values = pd.Series(amounts.to_numpy(dtype=float), index=main.to_numpy())
    of = values.groupby(level=0)
    table = pd.DataFrame({"accounts": of.size(), "amount": of.sum()})
    total = float(values.sum())
    table["share"] = table["amount"] / total if total > 0 else np.nan
    table["largest"] = (of.max() / table["amount"]).where(table["amount"] > 0)
    return table.rename_axis("manager_id").sort_values("amount", ascending=False, kind="stable")
