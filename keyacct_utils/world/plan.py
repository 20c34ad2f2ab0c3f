"""The design of the book in rank space: who is how large, of which power class, listed, growing or
new.

Row ``r`` of the plan is the account with the (r+1)-th largest line-P revenue of the last year.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri

#: The book ends with this year.
LAST_YEAR = 2024
#: Size of the book for which METHODS states the counts; other sizes scale them.
FULL_ACCOUNTS = 600
#: Counts at full size: at least 3 m a month now, on the list, reached it but unlisted (S000-5e).
KEY_NOW, LISTED, MISSED = 87, 96, 22
IMPORTANT_SHARE = 0.11
TOP_SHARE, TOP_FRACTION = 0.80, 0.20
LIST_THRESHOLD = 3_000_000
EFFICIENCY_FEE, POTENTIAL_FEE = 5_000_000, 1_000_000
#: No fee but a planted one lies nearer to a class threshold than this.
CLEAR = 0.006
#: Boundary accounts at full size, by what makes the readings disagree: 40 in all.
BOUNDARY_LARGE = {
    "power_factor": 6,
    "recovery_exact": 4,
    "voltage_only": 4,
    "growth_only": 4,
    "recovery_only": 2,
}
BOUNDARY_SMALL = {"power_factor_fee": 8, "fee_only": 8}
FEE_EXACT = 4
#: Other roles that need a second failed test to lie clear of the boundary.
CLEAR_LARGE = {"between": 5}
CLEAR_SMALL = {"clear_35kv": 25, "clear_110kv": 6}
DOUBLED, POOL, BIG_LOSS, NEW_SMALL = 22, 60, 29, 75
#: Of the accounts that doubled, how many are also growers the list misses.
DOUBLED_AND_MISSED = 14
#: Growth of volume nearer to 0 than this is planted nowhere.
NO_GROWTH = 0.02
#: Growth of an account's volume in a year: mean, standard deviation, least and most.
GROWTH_MEAN, GROWTH_SD, GROWTH_LOW, GROWTH_HIGH = 0.035, 0.09, -0.28, 0.55
#: A book of two years has its list year just before the last: no role that hangs on growth lies in
#: this band of fees.
LIST_BAND = (2.6e6, 3.4e6)
#: Roles whose volume fell on the year before; every other role that matters grew.
FALLING = ("growth_only", "clear_35kv", "clear_110kv", "between")


def first_day(months: int) -> pd.Timestamp:
    """First day of a book of so many months."""
    return pd.Timestamp(LAST_YEAR + 1 - months // 12, 1, 1)


def scaled(count: int, accounts: int) -> int:
    """Scale a count stated for 600 accounts to a book of another size."""
    return math.floor(count * accounts / FULL_ACCOUNTS + 0.5)


def lognormal_quantiles(n: int, mu: float, sigma: float) -> np.ndarray:
    """Stratified lognormal values, largest first: exp(mu + sigma * Phi^-1((i - 1/2) / n))."""
    points = (np.arange(n, 0, -1) - 0.5) / n
    return np.exp(mu + sigma * ndtri(points))


def _fees(n: int, sigma: float) -> tuple[np.ndarray, float, np.ndarray]:
    """Yearly line-P revenue in cents (a multiple of 120), mu of the monthly fee, ranks set to the
    threshold.
    """
    key = scaled(KEY_NOW, n)
    z = ndtri((np.arange(n, 0, -1) - 0.5) / n)
    mu = round(math.log(LIST_THRESHOLD) - sigma * float(z[key - 1] + z[key]) / 2, 6)
    fee = lognormal_quantiles(n, mu, sigma)
    nearest = np.argsort(np.abs(np.log(fee / EFFICIENCY_FEE)), kind="stable")[
        : scaled(FEE_EXACT, n)
    ]
    for threshold in (EFFICIENCY_FEE, POTENTIAL_FEE):
        gap = fee / threshold - 1
        pushed = threshold * (1 + np.where(gap < 0, -1, 1) * (CLEAR + 0.1 * np.abs(gap)))
        fee = np.where(np.abs(gap) < CLEAR, pushed, fee)
    fee[nearest] = EFFICIENCY_FEE
    fee = -np.sort(-fee)
    # A multiple of 120 cents: the monthly mean and a tenth of the year are whole cents.
    return (
        np.rint(fee * 12 * 100 / 120).astype(np.int64) * 120,
        mu,
        np.flatnonzero(fee == EFFICIENCY_FEE),
    )


def power_fees(n: int) -> tuple[np.ndarray, dict[str, float], np.ndarray]:
    """Solve sigma so that the top 20 % of accounts hold 80.00 % of line P after the boundary
    adjustments.
    """
    top = math.ceil(round(TOP_FRACTION * n, 9))

    def gap(sigma: float) -> float:
        cents, _, _ = _fees(n, sigma)
        return float(cents[:top].sum() / cents.sum()) - TOP_SHARE

    # Rounded up, so that the top accounts reach the share and not all but a few yuan of it.
    sigma = math.ceil(brentq(gap, 1.2, 3.0, xtol=1e-7) * 1e6) / 1e6
    cents, mu, exact = _fees(n, sigma)
    return cents, {"sigma": sigma, "mu": mu}, exact


def _take(
    rng: np.random.Generator, free: np.ndarray, count: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Draw up to count of the free ranks (a boolean mask) and mark them as taken."""
    candidates = np.flatnonzero(free)
    count = min(count, len(candidates))
    p = None if weight is None else weight[candidates] / weight[candidates].sum()
    chosen = (
        np.sort(rng.choice(candidates, size=count, replace=False, p=p)) if count else candidates[:0]
    )
    free[chosen] = False
    return chosen


def _roles(
    rng: np.random.Generator, fee: np.ndarray, exact: np.ndarray, reserved: np.ndarray, months: int
) -> np.ndarray:
    """Give each rank its role in the power classes."""
    n = len(fee)
    role = np.full(n, "plain", dtype=object)
    role[exact] = "fee_exact"
    large, middle = fee >= EFFICIENCY_FEE, (fee >= POTENTIAL_FEE) & (fee < EFFICIENCY_FEE)
    free = np.ones(n, dtype=bool)
    free[exact] = free[reserved] = False
    important = round(IMPORTANT_SHARE * n)
    for stratum, share in ((large, 0.08), (middle, 0.27), (fee < POTENTIAL_FEE, 0.65)):
        part = free & stratum
        role[_take(rng, part, round(share * important))] = "important"
    free &= role != "important"
    role[free & large] = "efficiency"
    open_large, open_middle = free & large, free & middle
    if months == 24:
        open_middle &= (fee < LIST_BAND[0]) | (fee > LIST_BAND[1])
    for name, count in (BOUNDARY_LARGE | CLEAR_LARGE).items():
        role[_take(rng, open_large, scaled(count, n))] = name
    for name, count in (BOUNDARY_SMALL | CLEAR_SMALL).items():
        role[_take(rng, open_middle, scaled(count, n), fee)] = name
    return role


def _voltage(rng: np.random.Generator, fee: np.ndarray, role: np.ndarray) -> np.ndarray:
    size = np.log(fee) + rng.normal(0, 0.35, len(fee))
    voltage = np.where(size > math.log(60_000), 10.0, 0.4)
    tall = np.where(size > math.log(14e6), 110.0, 35.0)
    high = np.isin(
        role,
        [
            "efficiency",
            "power_factor",
            "recovery_exact",
            "growth_only",
            "recovery_only",
            "fee_exact",
        ],
    )
    voltage = np.where(high | ((role == "important") & (size > math.log(4e6))), tall, voltage)
    voltage = np.where(np.isin(role, ["power_factor_fee", "fee_only", "clear_35kv"]), 35.0, voltage)
    voltage = np.where(role == "clear_110kv", 110.0, voltage)
    return np.where((fee >= POTENTIAL_FEE) & (voltage < 10), 10.0, voltage)


def _power_factor(rng: np.random.Generator, role: np.ndarray) -> np.ndarray:
    n = len(role)
    value = np.clip(0.985 - rng.gamma(2.2, 0.024, n), 0.72, 0.985)
    for limit in (0.80, 0.85, 0.90):
        gap = value - limit
        value = np.where(np.abs(gap) < 0.008, limit + np.where(gap < 0, -0.008, 0.008), value)
    passing = ~np.isin(role, ["plain", "important", "between", "clear_35kv", "clear_110kv"])
    value = np.where(passing & (value < 0.908), rng.uniform(0.91, 0.97, n), value)
    low = np.isin(role, ["power_factor", "power_factor_fee"])
    band = np.where(np.cumsum(low) % 2 == 0, 0.808, 0.858)
    return np.round(np.where(low, band + rng.uniform(0, 0.034, n), value), 3)


def _growth(rng: np.random.Generator, role: np.ndarray) -> np.ndarray:
    """Volume growth on the year before; no value lies nearer to 0 than NO_GROWTH."""
    value = np.clip(rng.normal(GROWTH_MEAN, GROWTH_SD, len(role)), GROWTH_LOW, GROWTH_HIGH)
    size = np.maximum(np.abs(value), NO_GROWTH)
    positive = ~np.isin(role, ["plain", "important", *FALLING])
    sign = np.where(positive, 1, np.where(np.isin(role, FALLING), -1, np.sign(value)))
    return np.where(sign < 0, -np.minimum(size, -GROWTH_LOW), size)


def build_plan(
    rng: np.random.Generator, n: int, months: int
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Draw the design of a book of n accounts; one row per rank, largest first."""
    cents, parameters, exact = power_fees(n)
    fee = cents / 1200
    key = scaled(KEY_NOW, n)
    missed_n = scaled(MISSED, n)
    open_rank = np.ones(n, dtype=bool)
    open_rank[exact] = False
    near = open_rank & (fee >= LIST_THRESHOLD) & (fee < EFFICIENCY_FEE)
    both = _take(rng, near, min(scaled(DOUBLED_AND_MISSED, n), missed_n))
    role = _roles(rng, fee, exact, both, months)
    plain = role == "plain"
    flags = {
        name: np.zeros(n, dtype=bool)
        for name in ("missed", "kept", "doubled", "pool", "new", "big_loss")
    }
    flags["missed"][both] = flags["doubled"][both] = True
    # With two years only, a grower that is not to double must not come from below half.
    rest = (
        (np.arange(n) < key)
        & ~flags["missed"]
        & (fee < (4.9e6 if months == 24 else 9e6))
        & ~np.isin(role, FALLING)
    )
    flags["missed"][_take(rng, rest, missed_n - len(both))] = True
    flags["kept"][
        _take(
            rng,
            (np.arange(n) >= key)
            & (fee < 2.97e6)
            & (fee > 1.05e6)
            & (plain | np.isin(role, FALLING)),
            scaled(LISTED, n) - key + missed_n,
        )
    ] = True
    flags["doubled"][
        _take(
            rng,
            plain & ~flags["kept"] & (fee > 0.7e6) & (fee < 2.9e6),
            scaled(DOUBLED, n) - len(both),
        )
    ] = True
    similar = (
        plain & ~flags["kept"] & ~flags["doubled"] & ~flags["missed"] & (fee > 0.5e6) & (fee < 3e6)
    )
    flags["pool"] |= flags["doubled"]
    flags["pool"][_take(rng, similar, scaled(POOL, n) - int(flags["doubled"].sum()))] = True
    if months > 24:  # a year before the last but one is needed to see an account join
        fresh = plain & ~flags["kept"] & ~flags["pool"] & (fee > 0.4e6) & (fee < 1.6e6)
        flags["new"][_take(rng, fresh, scaled(NEW_SMALL, n))] = True
    sizable = np.flatnonzero((fee > 2.4e6) & (np.arange(n) >= scaled(36, n)) & ~flags["doubled"])
    picks = (
        np.linspace(0, len(sizable) - 1, min(scaled(BIG_LOSS, n), len(sizable))).round().astype(int)
    )
    flags["big_loss"][sizable[picks]] = True
    growth = _growth(rng, role)
    growth = np.where(flags["doubled"], rng.uniform(1.1, 1.6, n), growth)
    growth = np.where(flags["new"], rng.uniform(0.03, 0.12, n), growth)
    plan = pd.DataFrame(
        {
            "rank": np.arange(1, n + 1),
            "cents": cents,
            "fee": fee,
            "role": role,
            "voltage_kv": _voltage(rng, fee, role),
            "power_factor": _power_factor(rng, role),
            "growth": growth,
            "listed": ((np.arange(n) < key) & ~flags["missed"]) | flags["kept"],
            **flags,
        }
    )
    return plan, {"line": "P", "n": n, **parameters}
