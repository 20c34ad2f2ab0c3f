"""Who makes the profit (客户盈利性): driver rates from cost pools, and profit per account
after service
and credit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.lessons.profitability.profit_actions import (
    action_list,
    active_best,
    delivery_readings,
    recovery_plan,
)
from keyacct_utils.lessons.profitability.profit_bridge import bridge_steps, profit_bridge
from keyacct_utils.lessons.profitability.whale import (
    WhaleBand,
    WhalePeak,
    adjusted_gini,
    dependence,
    erosion,
    peak_covered,
    whale_band,
    whale_curve,
    whale_peak,
)
from keyacct_utils.lessons.shared.amounts import Floats, Interval, at_least, tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits

__all__ = [
    "PoolFit",
    "WhaleBand",
    "WhalePeak",
    "account_profit",
    "action_list",
    "active_best",
    "adjusted_gini",
    "bridge_steps",
    "credit_cost",
    "delivery_readings",
    "dependence",
    "driver_counts",
    "erosion",
    "fit_pools",
    "peak_covered",
    "profit_bridge",
    "rate_draws",
    "recover_driver_rates",
    "recovery_plan",
    "whale_band",
    "whale_curve",
    "whale_peak",
]

DAYS_A_YEAR = 365
#: Mean days from sale to invoice where a month is billed at its end: half of it. An assumption
#: that no document gives: nothing charges it unless it is asked for.
BILLING_LAG = 15.0


def driver_counts(
    activities: pd.DataFrame, driver_of: Mapping[str, str] = DRIVER_OF_ACTIVITY
) -> pd.DataFrame:
    """How often did each account call on each cost driver (成本动因)?

    Parameters
    ----------
    activities : DataFrame
        account_id and type, one row per contact or job.
    driver_of : mapping
        The driver that each type counts towards; the contract's by default.

    Returns
    -------
    DataFrame of counts, indexed by account_id, one column per driver in the order of ``driver_of``
        An account without activities has no row.

    Raises
    ------
    ValueError
        No row, a missing account_id, or a type without a driver.
    """
    need_columns(activities, ("account_id", "type"), "activities")
    odd = activities.loc[~activities["type"].isin(list(driver_of)), "type"]
    if activities.empty or len(odd) or activities["account_id"].isna().any():
        blank = int(activities["account_id"].isna().sum())
        raise ValueError(
            f"activities has {len(activities)} rows, {blank} without "
            f"account_id, {len(odd)} of an unknown type "
            f"({some(odd.unique())}); expected one of {some(driver_of)}: "
            "mend the rows, or pass driver_of"
        )
    drivers = list(dict.fromkeys(driver_of.values()))
    codes = pd.Categorical(activities["type"].map(dict(driver_of)), categories=drivers)
    accounts, ids = pd.factorize(activities["account_id"], sort=True)
    flat = np.bincount(accounts * len(drivers) + codes.codes, minlength=len(ids) * len(drivers))
    return pd.DataFrame(
        flat.reshape(-1, len(drivers)), index=pd.Index(ids, name="account_id"), columns=drivers
    )


def _pool_values(pools: pd.Series, counts: pd.DataFrame, driverless: bool) -> tuple[Floats, Floats]:
    if not isinstance(counts, pd.DataFrame) or counts.shape[1] == 0:
        raise ValueError("counts must be a DataFrame with one column per driver, and at least one")
    x = np.column_stack([to_number(counts[name], f"counts.{name}").to_numpy() for name in counts])
    y = to_number(pd.Series(pools), "pools").to_numpy()
    n, k = x.shape
    if len(y) != n or n <= k + driverless:
        own = "drivers and the cost without a driver" if driverless else "drivers"
        raise ValueError(
            f"pools has {len(y)} rows, counts {n} x {k}; "
            f"expected the same rows, more of them than {own}"
        )
    bad = int((~np.isfinite(y) | (y < 0)).sum()), int((~np.isfinite(x) | (x < 0)).sum())
    if any(bad):
        raise ValueError(
            f"pools has {bad[0]} and counts {bad[1]} values that are "
            "missing, infinite or negative; mend or drop the rows"
        )
    if y.sum() == 0:
        raise ValueError(
            f"pools: all {n} costs are zero, so no rate is defined; is the cost column mapped?"
        )
    never = [str(name) for name, total in zip(counts, x.sum(axis=0), strict=True) if total == 0]
    if never:
        raise ValueError(
            f"counts: {some(never)} never occurs, so its rate cannot be known; drop the column"
        )
    rank = int(np.linalg.matrix_rank(x / np.linalg.norm(x, axis=0)))
    if rank < k:
        raise ValueError(
            f"counts: the {k} drivers ({some(counts)}) move "
            f"together, only {rank} can be told apart; "
            "merge those that always go in proportion, or add months or teams in which they differ"
        )
    if not driverless:
        return y, x
    x = np.column_stack([x, np.ones(n)])
    if int(np.linalg.matrix_rank(x / np.linalg.norm(x, axis=0))) <= k:
        raise ValueError(
            f"counts: the drivers ({some(counts)}) add up to the same in every pool, so a cost "
            "that no driver moves cannot be told from them; pass driverless=False"
        )
    return y, x


class PoolFit(NamedTuple):
    """What the cost pools say: the rates, the cost that no driver moves, and how far both tell."""

    #: By driver: rate, low, high (currency per unit) and share (of the cost of all pools).
    rates: pd.DataFrame
    #: Cost of one pool that no driver moves, currency; missing where it was not asked for.
    driverless: Interval
    #: The same as a share of the cost of all pools.
    driverless_share: Interval
    #: Share of the differences between pools that the fit tells of pools it has not seen: 1 all,
    #: 0 no better than their mean, below 0 worse. Missing where the pools do not differ.
    told: Interval


#: Parts into which the pools are cut to ask what the rates tell of pools that they have not seen.
FOLDS = 10


def fit_pools(
    pools: pd.Series,
    counts: pd.DataFrame,
    *,
    driverless: bool = True,
    confidence: float = 0.95,
    draws: int = 500,
    random_state: int = 0,
) -> PoolFit:
    """What does one unit of each driver cost, and which part of the cost does no driver move?

    Parameters
    ----------
    pools : Series
        Cost of each pool (a team in a month), currency, none negative.
    counts : DataFrame
        Driver counts of the same pools, one column per driver; more pools than rates.
    driverless : bool
        Whether every pool may also have one equal cost that no driver moves (无动因成本). Without
        it such a cost is charged to the drivers: the rates are too high, and seem to explain all.
    confidence, draws, random_state
        Level of the intervals, resamples of the pools, seed.

    Returns
    -------
    PoolFit

    Raises
    ------
    ValueError
        No more pools than rates, a missing, infinite or negative value, all costs zero, a driver
        that never occurs, or drivers that cannot be told apart (a driver that is the same in every
        pool cannot be told from ``driverless``).

    Notes
    -----
    Non-negative least squares, min ``|F + X r - c|`` over F, r >= 0; percentile bootstrap over
    pools, each resample fitted anew. ``share = r_k sum(x_k) / sum(c)``; with ``driverless_share``
    the shares sum to about 1 whatever the fit is worth. That says ``told``, a cross-validated R2
    over `FOLDS` parts: ``1 - sum (c - predicted)^2 / sum (c - mean of the other parts)^2``. S000-2d
    names activity-based costing.

    References
    ----------
    Lawson & Hanson 1974, Solving Least Squares Problems; Kaplan & Anderson 2004, Harvard Business
    Review 82(11); Stone 1974, Journal of the Royal Statistical Society B 36(2).
    """
    y, x = _pool_values(pools, counts, driverless)
    limits = tails(confidence)
    rng, n = np.random.default_rng(random_state), len(y)
    found, part = _resampled_rates(y, x, draws, rng)
    rate = nnls(x, y)[0]
    low, high = np.quantile(found, limits, axis=0)
    k = counts.shape[1]
    table = pd.DataFrame(
        {
            "rate": rate[:k],
            "low": low[:k],
            "high": high[:k],
            "share": rate[:k] * x[:, :k].sum(axis=0) / y.sum(),
        },
        index=pd.Index(counts.columns, name="driver"),
    )
    told, none = _told(y, x, confidence, draws, rng), Interval(np.nan, np.nan, np.nan)
    if not driverless:
        return PoolFit(table, none, none, told)
    own = Interval(float(rate[-1]), float(low[-1]), float(high[-1]))
    share = Interval(float(n * rate[-1] / y.sum()), *percentile_limits(part, confidence))
    return PoolFit(table, own, share, told)


def _resampled_rates(
    y: Floats, x: Floats, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Rates of resamples of the pools, and the part of the cost that the last of them takes."""
    n = len(y)
    found, part = np.empty((at_least("draws", draws, 1), x.shape[1])), np.empty(draws)
    for draw in range(draws):
        rows = rng.integers(0, n, n)
        found[draw] = nnls(x[rows], y[rows])[0]
        part[draw] = n * found[draw, -1] / max(float(y[rows].sum()), 1e-300)
    return found, part


def rate_draws(
    pools: pd.Series,
    counts: pd.DataFrame,
    *,
    driverless: bool = True,
    draws: int = 500,
    random_state: int = 0,
) -> pd.DataFrame:
    """The rates of the resamples from which `fit_pools` has its intervals, one row per draw."""
    y, x = _pool_values(pools, counts, driverless)
    found, _ = _resampled_rates(y, x, draws, np.random.default_rng(random_state))
    return pd.DataFrame(found[:, : counts.shape[1]], columns=counts.columns)


def _told(
    y: Floats, x: Floats, confidence: float, draws: int, rng: np.random.Generator
) -> Interval:
    """Cross-validated R2 against the mean, with its interval over pools.

    A fold is every tenth pool, so that each has all seasons. A resample draws the pools with the
    two errors that each was found to have.
    """
    n = len(y)
    folds = np.arange(n) % min(FOLDS, n)
    missed, spread = np.empty(n), np.empty(n)
    for fold in np.unique(folds):
        out = folds == fold
        missed[out] = (y[out] - x[out] @ nnls(x[~out], y[~out])[0]) ** 2
        spread[out] = (y[out] - y[~out].mean()) ** 2
    if not spread.sum() > 1e-12 * float(y @ y):
        return Interval(np.nan, np.nan, np.nan)
    times = drawn_counts(n, draws, rng)
    drawn = times @ spread
    found = 1 - (times @ missed)[drawn > 0] / drawn[drawn > 0]
    return Interval(float(1 - missed.sum() / spread.sum()), *percentile_limits(found, confidence))


def recover_driver_rates(
    pools: pd.Series,
    counts: pd.DataFrame,
    *,
    driverless: bool = True,
    confidence: float = 0.95,
    draws: int = 500,
    random_state: int = 0,
) -> pd.DataFrame:
    """What does one unit of each driver cost, when only the cost of whole teams and months is
    known?

    Parameters
    ----------
    pools, counts, driverless, confidence, draws, random_state
        As for `fit_pools`.

    Returns
    -------
    DataFrame indexed by driver
        rate, low, high (currency per unit) and share (of the cost of all pools).

    Raises
    ------
    ValueError
        As for `fit_pools`.

    Notes
    -----
    ``fit_pools(...).rates``. Rates are told apart only by teams and months whose mix differs.
    """
    return fit_pools(
        pools,
        counts,
        driverless=driverless,
        confidence=confidence,
        draws=draws,
        random_state=random_state,
    ).rates


def _days(
    invoices: pd.DataFrame, reading: str | Mapping[str, float], as_of: object, lag_days: float
) -> pd.Series:
    """Days from sale to payment by invoice."""
    if isinstance(reading, Mapping):
        need_columns(invoices, ("terms_code",), "invoices")
        odd = invoices.loc[~invoices["terms_code"].isin(list(reading)), "terms_code"]
        if len(odd):
            raise ValueError(
                f"reading has no days for terms {some(odd.unique())} "
                f"of {len(odd)} invoices; it has {some(reading)}"
            )
        return to_number(invoices["terms_code"].map(dict(reading)), "reading")
    end = {"agreed": "due", "paid": "paid_date"}.get(reading)
    if end is None:
        raise ValueError(f"reading is {reading!r}; expected 'agreed', 'paid' or days by terms code")
    need_columns(invoices, ("issue", end), "invoices")
    until = pd.to_datetime(invoices[end])
    if reading == "paid":
        if "paid_amount" in invoices:
            until = until.mask(invoices["paid_amount"].fillna(0).abs() < invoices["amount"].abs())
        if until.isna().any():
            if as_of is None:
                raise ValueError(
                    f"invoices: {int(until.isna().sum())} of {len(invoices)} "
                    "are open; pass as_of, the day they run to"
                )
            until = until.fillna(pd.Timestamp(str(as_of)))
    return (until - pd.to_datetime(invoices["issue"])).dt.days + lag_days


def credit_cost(
    invoices: pd.DataFrame,
    cost_of_capital: float,
    *,
    reading: Literal["agreed", "paid"] | Mapping[str, float] = "agreed",
    as_of: object = None,
    lag_days: float = 0.0,
) -> pd.Series:
    """What does the credit that each account takes cost in interest?

    Parameters
    ----------
    invoices : DataFrame
        The invoices of the period: account_id, amount; issue with due ("agreed") or with paid_date
        and, if known, paid_amount ("paid"); terms_code for standard days.
    cost_of_capital : float
        Interest a year, a fraction.
    reading : {"agreed", "paid"} or mapping of terms code to days
        Until the due date; until it was paid, and what is still open up to ``as_of``; or standard
        days from sale to payment.
    lag_days : float
        Mean days from the sale to its invoice, added to the first two readings; without it credit
        begins with the invoice. ``BILLING_LAG`` is that of a month billed at its end.

    Returns
    -------
    Series of currency by account_id, in the order of the ids.

    Raises
    ------
    ValueError
        A rate or lag that is negative or no number, a missing value, open invoices without
        ``as_of``, terms without days.

    Notes
    -----
    ``amount x cost_of_capital x days / 365``, simple interest; a credit note takes its part back.
    S000-3i, S002-4e.
    """
    for name, value in (("cost_of_capital", cost_of_capital), ("lag_days", lag_days)):
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value!r}; expected a number of 0 or more (8 % is 0.08)")
    need_columns(invoices, ("account_id", "amount"), "invoices")
    days = _days(invoices, reading, as_of, lag_days)
    cost = to_number(invoices["amount"], "invoices.amount") * cost_of_capital * days / DAYS_A_YEAR
    if gaps := int(
        (~np.isfinite(cost.to_numpy()) | invoices["account_id"].isna().to_numpy()).sum()
    ):
        raise ValueError(
            f"invoices: {gaps} of {len(invoices)} lack an account, "
            "a date or a finite amount; mend or drop them"
        )
    return cost.groupby(invoices["account_id"]).sum().rename("credit")


def _of_accounts(values: pd.Series | None, name: str) -> pd.Series:
    if values is None:
        return pd.Series(dtype=float)
    numbers = to_number(values, name)
    if not np.isfinite(numbers).all() or not values.index.is_unique:
        raise ValueError(
            f"{name}: expected one finite number per account_id, "
            f"each id once; {len(values)} rows given"
        )
    return numbers


def account_profit(
    sales: pd.DataFrame,
    counts: pd.DataFrame | None = None,
    rates: pd.Series | Mapping[str, float] | None = None,
    credit: pd.Series | None = None,
) -> pd.DataFrame:
    """What does each account leave after the goods, the credit and the service it takes?

    Parameters
    ----------
    sales : DataFrame
        account_id, revenue, cost (currency); an account may have several rows (lines), which are
        added.
    counts, rates : DataFrame by account_id and driver, and the rate of each driver in currency per
        unit Both or neither. An account without counts took no service.
    credit : Series by account_id
        Cost of the credit it takes, currency; 0 for an account that is not in it.

    Returns
    -------
    DataFrame indexed by account_id, sorted
        revenue, gross_profit, credit, service, profit (currency), margin (profit by revenue;
        missing where revenue is not above 0) and loss_from: "goods" (the gross profit is negative),
        "credit" or "service" (the deduction that turns it negative, in this order), "none" for an
        account that loses nothing. Accounts that only took service or credit are included.

    Raises
    ------
    ValueError
        No row, a missing or infinite amount, counts without rates, or a driver without a rate.

    Notes
    -----
    ``profit = revenue - cost of goods - credit - sum of rate x count``. S000-2d, S002-4e; METHODS
    of N04.
    """
    need_columns(sales, ("account_id", "revenue", "cost"), "sales")
    numbers = {name: to_number(sales[name], f"sales.{name}") for name in ("revenue", "cost")}
    bad = int(
        (
            ~np.isfinite(pd.DataFrame(numbers).to_numpy()).all(axis=1)
            | sales["account_id"].isna().to_numpy()
        ).sum()
    )
    if sales.empty or bad:
        raise ValueError(
            f"sales: {bad} of {len(sales)} rows lack an account "
            "or a finite amount; is the cost of goods mapped?"
        )
    if (counts is None) != (rates is None):
        raise ValueError("counts and rates go together: give both, or neither")
    service = pd.Series(dtype=float)
    if counts is not None:
        rate = to_number(pd.Series(rates), "rates").reindex(counts.columns)
        if not np.isfinite(rate).all():
            raise ValueError(
                f"rates lacks {some(rate.index[~np.isfinite(rate)])}: "
                "every driver of counts needs a finite rate"
            )
        service = _of_accounts((counts * rate).sum(axis=1), "counts")
    total = pd.DataFrame(numbers).groupby(sales["account_id"]).sum()
    taken = _of_accounts(credit, "credit")
    ids = total.index.union(service.index).union(taken.index).sort_values().rename("account_id")
    total = total.reindex(ids, fill_value=0.0)
    service, taken = service.reindex(ids, fill_value=0.0), taken.reindex(ids, fill_value=0.0)
    out = pd.DataFrame(
        # Cents add up to crumbs of 1e-11, which are neither a profit nor a loss.
        {"revenue": total["revenue"], "gross_profit": (total["revenue"] - total["cost"]).round(6)}
    )
    out["credit"], out["service"] = taken, service
    out["profit"] = (out["gross_profit"] - taken - service).round(6)
    out["margin"] = (out["profit"] / out["revenue"]).where(out["revenue"] > 0)
    steps = [out["profit"] >= 0, out["gross_profit"] < 0, out["gross_profit"] - taken < 0]
    return out.assign(loss_from=np.select(steps, ["none", "goods", "credit"], "service"))
