"""How far two schemes agree, where an account stands, and what a threshold or a frozen list
changes (一致性与敏感性).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from keyacct_utils.contract.faults import ROWS_SHOWN
from keyacct_utils.lessons.shared.amounts import tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

#: Variance of Fisher's z of Kendall's tau is TAU_VARIANCE / (n - TAU_LOST): Fieller, Hartley and
#: Pearson (1957).
TAU_VARIANCE, TAU_LOST = 0.437, 4
#: The same paper gives that variance for samples of at least this size.
TAU_SMALLEST = 10


def _same_accounts(a: pd.Series, b: pd.Series, first: str, second: str) -> None:
    """Raise a ValueError unless both are indexed by the same accounts, each once."""
    if a.index.is_unique and a.index.equals(b.index):
        return
    odd = a.index.symmetric_difference(b.index)
    twice = [*a.index[a.index.duplicated()], *b.index[b.index.duplicated()]]
    if len(odd) or twice:
        found = (
            f"{len(odd)} account(s) in one only ({some(odd)}), "
            f"{len(twice)} repeated ({some(twice)})"
        )
        raise ValueError(f"{first} and {second}: {found}: expected the same accounts, each once")


def agreement(
    a: pd.Series, b: pd.Series, order: Sequence[object] | None = None, confidence: float = 0.95
) -> pd.Series:
    """Do two schemes put the accounts in the same classes, or in the same order?

    Parameters
    ----------
    a, b : Series, indexed by account
        Class labels (kappa), numbers (tau), or flags and whole numbers (both). Paired by index.
    order : sequence of labels, lowest first, optional
        Makes text labels ordinal, so that tau is defined too. Ordered categories need none.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Series
        n (pairs with both present), kappa, kappa_low, kappa_high, tau, tau_low, tau_high. NaN where
        undefined: kappa for measured numbers or when both put every account in one and the same
        class; tau for unordered labels or a constant; the tau interval for n < 10 or tau = +-1.

    Raises
    ------
    ValueError
        Indices differ or repeat, fewer than two pairs, no label in common, ``order`` lacks a label,
        confidence not in (0, 1).

    Notes
    -----
    kappa = (p_o - p_e) / (1 - p_e), interval by its asymptotic variance. tau is tau-b; interval by
    Fisher's z with variance 0.437 / (n - 4), derived for data without ties: wide classes make it
    approximate.

    References
    ----------
    Cohen, J. (1960), Educational and Psychological Measurement 20. Fleiss, Cohen and Everitt
    (1969), Psychological Bulletin 72. Kendall, M. G. (1945), Biometrika 33. Fieller, Hartley and
    Pearson (1957), Biometrika 44.
    """
    z = stats.norm.isf(tails(confidence)[0])
    _same_accounts(a, b, "a", "b")
    pair = pd.DataFrame({"a": a, "b": b.reindex(a.index)}).dropna()
    if len(pair) < 2:
        raise ValueError(
            f"a and b share {len(pair)} account(s) with both values: expected at least 2"
        )
    out = dict.fromkeys(
        ("n", "kappa", "kappa_low", "kappa_high", "tau", "tau_low", "tau_high"), float("nan")
    ) | {"n": len(pair)}
    if not any(pd.api.types.is_float_dtype(pair[side]) for side in pair):
        out |= _kappa(pair["a"].astype("object"), pair["b"].astype("object"), z)
    out |= _tau(_ranks(pair["a"], order), _ranks(pair["b"], order), z)
    return pd.Series(out, name="agreement")


def _kappa(a: pd.Series, b: pd.Series, z: float) -> dict[str, float]:
    labels = sorted(set(a) | set(b), key=str)
    if not set(a) & set(b):
        raise ValueError(
            f"a has the labels {some(a.unique())}, b "
            f"{some(b.unique())}: map both to the same labels first"
        )
    if len(labels) == 1:
        return {}
    place, k = {label: number for number, label in enumerate(labels)}, len(labels)
    cells = a.map(place).to_numpy(dtype=int) * k + b.map(place).to_numpy(dtype=int)
    result = cohens_kappa(np.bincount(cells, minlength=k * k).reshape(k, k))
    half = z * np.sqrt(max(result.var_kappa, 0.0))
    kappa = float(result.kappa)
    return {"kappa": kappa, "kappa_low": kappa - half, "kappa_high": min(kappa + half, 1.0)}


def attainable_kappa(a: pd.Series, b: pd.Series) -> float:
    """Which kappa could two schemes reach at most, given how many accounts each puts into each
    class?

    Two lists of 30 and of 90 names cannot agree fully, whoever stands on them: a kappa is read
    beside this ceiling.

    Parameters
    ----------
    a, b : Series, indexed by account
        Class labels or flags, paired by index; a pair with a value missing counts for neither.

    Returns
    -------
    float
        Between 0 and 1; 1 where both have the same number in every class. Missing without a pair,
        and where both put every account in one and the same class.

    Raises
    ------
    ValueError
        Indices differ or repeat.

    Notes
    -----
    kappa_max = (sum_k min(p_k, q_k) - p_e) / (1 - p_e), p_e = sum_k p_k q_k; p_k and q_k are the
    shares of class k in a and in b.

    References
    ----------
    Cohen, J. (1960), Educational and Psychological Measurement 20. Sim and Wright (2005), Physical
    Therapy 85(3).
    """
    _same_accounts(a, b, "a", "b")
    pair = pd.DataFrame({"a": a, "b": b.reindex(a.index)}).dropna()
    if pair.empty:
        return float("nan")
    shares = pd.DataFrame(
        {side: pair[side].value_counts(normalize=True) for side in ("a", "b")}
    ).fillna(0.0)
    most, chance = float(shares.min(axis=1).sum()), float((shares["a"] * shares["b"]).sum())
    return (most - chance) / (1 - chance) if chance < 1 else float("nan")


def _tau(a: np.ndarray | None, b: np.ndarray | None, z: float) -> dict[str, float]:
    if a is None or b is None:
        return {}
    tau = float(stats.kendalltau(a, b).statistic)
    if len(a) < TAU_SMALLEST or not abs(tau) < 1:
        return {"tau": tau}
    low, high = fisher_limits(tau, z * np.sqrt(TAU_VARIANCE / (len(a) - TAU_LOST)))
    return {"tau": tau, "tau_low": low, "tau_high": high}


def fisher_limits(correlation: float, reach: float) -> tuple[float, float]:
    """The limits that lie ``reach`` below and above a correlation on the scale of Fisher's z.

    Notes
    -----
    tanh(atanh r -+ reach): the limits stay between -1 and 1. Fisher 1921, Metron 1.
    """
    low, high = np.tanh(np.arctanh(correlation) + np.array([-reach, reach]))
    return float(low), float(high)


def _ranks(values: pd.Series, order: Sequence[object] | None) -> np.ndarray | None:
    """Numbers in the order of the values; None where the values have no order."""
    if order is not None and not pd.api.types.is_numeric_dtype(values):
        unknown = set(values) - set(order)
        if unknown:
            raise ValueError(
                f"order lacks {len(unknown)} label(s): "
                f"{some(sorted(unknown, key=str))}; it has {some(order)}"
            )
        return (
            values.astype("object")
            .map({label: rank for rank, label in enumerate(order)})
            .to_numpy(dtype=float)
        )
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(dtype=float) if values.cat.ordered else None
    return values.to_numpy(dtype=float) if pd.api.types.is_numeric_dtype(values) else None


def pairwise_agreement(table: pd.DataFrame, order: Sequence[object] | None = None) -> pd.DataFrame:
    """How far does each pair of schemes (columns) agree? One row per pair.

    Parameters
    ----------
    table : DataFrame, one row per account, one column per scheme
        Class labels or criteria to rank by, such as the five of S000-2b (``RANKING_CRITERIA``).
    order : sequence of labels, lowest first, optional
        As in :func:`agreement`.

    Returns
    -------
    DataFrame
        Columns first, second and those of :func:`agreement`.

    Raises
    ------
    ValueError
        Fewer than two columns, or what :func:`agreement` refuses.
    """
    need_columns(table, (), "table")
    if table.shape[1] < 2:
        raise ValueError(
            f"table has {table.shape[1]} column(s): expected at least 2 schemes to compare"
        )
    pairs = itertools.combinations(table.columns, 2)
    return pd.DataFrame(
        [{"first": x, "second": y, **agreement(table[x], table[y], order)} for x, y in pairs]
    )


def rank_features(accounts: pd.DataFrame, value: str, group: str | None = None) -> pd.DataFrame:
    """Where does each account stand in its book, or in its industry: how many, and how much money,
    lie above it?

    Parameters
    ----------
    accounts : DataFrame
        account_id, the column ``value`` (any unit) and, if named, the column ``group``.
    value, group : str
        What to rank by, largest first; within which group (S000-3a: the industry). Ties break by
        account_id.

    Returns
    -------
    DataFrame
        ``accounts`` with rank_before (share of the accounts above it) and share_before (share of
        the value above it). The account that crosses a cut belongs to the upper class: class =
        first cut with rank_before < cut. Missing without a value; share_before is missing too where
        the group's total is not positive.

    Raises
    ------
    ValueError
        A column is missing or ``value`` holds text.

    Notes
    -----
    For S000-3a (grades A/B/C by industry) and S002-1g (classes of 1, 4, 15 and 80 % of the
    accounts).
    """
    need_columns(accounts, ["account_id", value, *([group] if group else [])], "accounts")
    work = pd.DataFrame(
        {"id": accounts["account_id"], "v": to_number(accounts[value], f"accounts.{value}")}
    )
    work["g"] = accounts[group] if group else 0
    parts = work.sort_values(["v", "id"], ascending=[False, True]).groupby("g", dropna=False)["v"]
    total, above = parts.transform("sum"), parts.cumsum()
    rank = parts.cumcount() / parts.transform("count")
    share = (above - work["v"]) / total.where(total > 0)
    return accounts.assign(
        rank_before=rank.where(work["v"].notna()).round(9), share_before=share.round(9)
    )


def threshold_sensitivity(
    accounts: pd.DataFrame,
    thresholds: ArrayLike,
    column: str = "avg_monthly_fee",
    money: str | None = None,
    operator: str = ">=",
) -> pd.DataFrame:
    """How many accounts qualify, and how much money do they hold, as the threshold moves?

    Parameters
    ----------
    accounts : DataFrame
        The column tested and the money column, one row per account.
    thresholds : array
        Grid of thresholds, unit of ``column``.
    column, money : str
        What is tested; whose sum is reported (by default the same column).
    operator : {">=", ">"}
        Whether an account exactly at the threshold qualifies.

    Returns
    -------
    DataFrame
        One row per threshold, in the order given: threshold, n_accounts, share_accounts, money,
        share_money (of the accounts that can be judged) and n_unknown (accounts without a value, in
        none of the counts). Missing money counts as 0.

    Raises
    ------
    ValueError
        A column is missing or holds text, the grid is empty or not finite, another operator.
    """
    need_columns(accounts, [column, money or column], "accounts")
    grid = np.asarray(thresholds, dtype=float)
    if (
        grid.ndim != 1
        or not len(grid)
        or not np.isfinite(grid).all()
        or operator not in (">=", ">")
    ):
        found = f"thresholds {grid.ravel()[:ROWS_SHOWN]}, operator {operator!r}"
        raise ValueError(f"{found}: expected a list of finite numbers, and >= or >")
    values, held = (
        to_number(accounts[name], f"accounts.{name}") for name in (column, money or column)
    )
    known = values.notna()
    order = np.argsort(values[known].to_numpy(), kind="stable")
    start = np.searchsorted(
        values[known].to_numpy()[order], grid, side="left" if operator == ">=" else "right"
    )
    tail = np.concatenate([np.cumsum(held[known].fillna(0).to_numpy()[order][::-1])[::-1], [0.0]])
    count = len(order) - start
    out = pd.DataFrame(
        {
            "threshold": grid,
            "n_accounts": count,
            "share_accounts": count / len(order) if len(order) else np.nan,
        }
    )
    out = out.assign(
        money=tail[start], share_money=tail[start] / tail[0] if tail[0] > 0 else np.nan
    )
    return out.assign(n_unknown=int((~known).sum()))


def static_list_error(
    listed: pd.Series, value: pd.Series, threshold: float, operator: str = ">="
) -> pd.DataFrame:
    """Whom does a list frozen earlier miss, and whom does it keep, by the same criterion today
    (S000-5e)?

    Parameters
    ----------
    listed : Series of 0/1 or bool, indexed by account_id
    value : Series, indexed by account_id
        Today's value of the criterion, such as the monthly fee.
    threshold : float
        The criterion, unit of ``value``; ``operator`` ">=" or ">".

    Returns
    -------
    DataFrame, indexed by account_id
        listed (bool), value, error: "grower missed", "decliner kept", "none", or "unknown" where
        the value is missing.

    Raises
    ------
    ValueError
        Different or repeated accounts, flags that are not 0 or 1, text for numbers, another
        operator.
    """
    _same_accounts(listed, value, "listed", "value")
    flag, amount = to_number(listed, "listed"), to_number(value.reindex(listed.index), "value")
    if not flag.isin([0, 1]).all():
        raise ValueError(
            f"listed holds {some(listed[~flag.isin([0, 1])])}: expected 0 or 1 for each account"
        )
    if operator not in (">=", ">") or not np.isfinite(threshold):
        raise ValueError(
            f"operator is {operator!r}, threshold {threshold}: expected >= or > and a finite number"
        )
    reaches = (amount >= threshold) if operator == ">=" else (amount > threshold)
    cases = [amount.isna(), reaches & (flag == 0), ~reaches & (flag == 1)]
    error = np.select(
        [case.to_numpy() for case in cases], ["unknown", "grower missed", "decliner kept"], "none"
    )
    return pd.DataFrame(
        {
            "listed": flag == 1,
            "value": amount,
            "error": pd.Series(error, index=flag.index, dtype="str"),
        }
    )
