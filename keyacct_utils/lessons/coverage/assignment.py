"""Who takes which account (客户指派), lesson N12."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_matrix, vstack

from keyacct_utils.lessons.shared.checks import numeric_table, some, to_number

__all__ = ["assign_accounts"]

#: Seconds that the search may take.
TIME = 10.0


def _series(name: str, value: pd.Series, wanted: pd.Index) -> pd.Series:
    lost = wanted.difference(value.index)
    if len(lost):
        raise ValueError(f"{name} has no value for {some(lost)}")
    numbers = to_number(value.reindex(wanted), name)
    if numbers.isna().any() or (numbers < 0).any():
        raise ValueError(f"{name}: expected hours of 0 or more, none missing")
    return numbers


def assign_accounts(
    distance: pd.DataFrame,
    hours: pd.Series | None = None,
    capacity: pd.Series | None = None,
    able: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Who takes which account, so that the ways are shortest and nobody is overloaded?

    Parameters
    ----------
    distance : accounts x managers: what it costs that this manager takes this account (km, minutes,
        yuan), none missing.
    hours : hours a month that each account takes, by account. Without hours each manager takes one
        account at most, and each account has one manager at most: min(accounts, managers) pairs.
    capacity : free hours a month, by manager; needed with hours.
    able : accounts x managers, True where the manager has the skill; all by default.

    Returns
    -------
    DataFrame by account: manager, distance; accounts that nobody gets (only without hours) are left
    out.

    Raises
    ------
    ValueError : distances that are missing, hours without capacity, an account that nobody is able
        to take, hours that do not fit (says how many are missing).

    Notes
    -----
    Without hours the assignment problem (Jonker-Volgenant, scipy). With hours the generalised one,
    as an integer programme (HiGHS): least sum of distances, every account once, no manager above
    capacity.

    References
    ----------
    Crouse 2016, IEEE Transactions on Aerospace and Electronic Systems 52(4); Martello & Toth 1990,
    Knapsack Problems, ch. 7. Source S000-5g, S000-5h.
    """
    costs = numeric_table(distance, "distance")
    if not costs.index.is_unique or not costs.columns.is_unique:
        raise ValueError("distance: accounts or managers are repeated")
    if not np.isfinite(costs.to_numpy()).all():
        raise ValueError("distance: a value is missing; say in `able` who cannot take an account")
    allowed = np.ones(costs.shape, dtype=bool)
    if able is not None:
        if len(costs.index.difference(able.index)) or len(costs.columns.difference(able.columns)):
            raise ValueError("able: expected the same accounts and managers as distance")
        marks = able.reindex(index=costs.index, columns=costs.columns)
        if marks.isna().any(axis=None):
            raise ValueError("able: a value is missing; write True or False")
        allowed = marks.astype(bool).to_numpy()
    nobody = costs.index[np.asarray(~allowed.any(axis=1), dtype=bool)]
    if len(nobody) and hours is not None:
        raise ValueError(f"able: nobody has the skill for {some(nobody)}")
    if hours is None:
        if capacity is not None:
            raise ValueError("capacity without hours: say how many hours each account takes")
        return _one_each(costs, allowed)
    if capacity is None:
        raise ValueError("hours without capacity: say how many free hours each manager has")
    return _within_hours(
        costs,
        _series("hours", hours, costs.index),
        _series("capacity", capacity, costs.columns),
        allowed,
    )


def _table(costs: pd.DataFrame, rows: np.ndarray, columns: np.ndarray) -> pd.DataFrame:
    order = np.argsort(rows, kind="stable")
    rows, columns = rows[order], columns[order]
    return pd.DataFrame(
        {
            "manager": costs.columns[columns],
            "distance": costs.to_numpy()[rows, columns],
        },
        index=costs.index[rows].rename("account"),
    )


def _one_each(costs: pd.DataFrame, allowed: np.ndarray) -> pd.DataFrame:
    # a pair that is not allowed costs more than any plan of allowed ones, and is dropped afterwards
    values = costs.to_numpy()
    wall = (np.abs(values).max() + 1) * (2 * min(values.shape) + 1)
    rows, columns = linear_sum_assignment(np.where(allowed, values, wall))
    kept = allowed[rows, columns]
    return _table(costs, rows[kept], columns[kept])


def _within_hours(
    costs: pd.DataFrame, hours: pd.Series, capacity: pd.Series, allowed: np.ndarray
) -> pd.DataFrame:
    n, m = costs.shape
    short = float(hours.sum() - capacity.sum())
    if short > 1e-9:
        raise ValueError(
            f"hours: all accounts take {hours.sum():,.1f}, the managers have {capacity.sum():,.1f} "
            f"free: {short:,.1f} are missing"
        )
    pairs = np.arange(n * m)
    once = csr_matrix((np.ones(n * m), (pairs // m, pairs)), shape=(n, n * m))
    load = csr_matrix((np.repeat(hours.to_numpy(), m), (pairs % m, pairs)), shape=(m, n * m))
    rows = vstack([once, load])
    low = np.r_[np.ones(n), np.zeros(m)]
    high = np.r_[np.ones(n), capacity.to_numpy() + 1e-9]
    found = milp(
        costs.to_numpy().ravel(),
        constraints=LinearConstraint(rows, low, high),
        integrality=np.ones(n * m),
        bounds=Bounds(0, allowed.ravel().astype(float)),
        options={"time_limit": TIME},
    )
    if found.x is None:
        raise ValueError(
            "hours: no plan gives every account whole to one manager who has the skill and the "
            "hours; free hours, or split an account"
        )
    chosen = np.flatnonzero(found.x > 0.5)
    return _table(costs, chosen // m, chosen % m)
