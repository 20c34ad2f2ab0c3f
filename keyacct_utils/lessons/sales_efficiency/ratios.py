"""The six ratios of sales efficiency, and whether a target is met (六项指标、目标达成), lesson N14.

S002-1k asks for six ratios and names no denominators: each has two readings here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["READINGS", "Attainment", "Ratio", "attainment", "six_ratios"]


#: What is there at the beginning and not added up over periods.
STOCK = "receivables_opening"


class Ratio(NamedTuple):
    """A reading of one of the six: what is divided by what; both are sums of columns."""

    above: str
    below: tuple[str, ...]
    says: str


#: Ratio by name, and its readings; the first of each is the default.
READINGS: Mapping[str, Mapping[str, Ratio]] = {
    "visits_per_day": {
        "customers": Ratio(
            "customer_days", ("workdays",), "customers seen, once a day each / days"
        ),
        "visits": Ratio("visits", ("workdays",), "visits / days"),
    },
    "sales_per_customer": {
        "closed": Ratio(
            "sales", ("customers_closed",), "sales / customers closed, once a period each"
        ),
        "visited": Ratio(
            "sales", ("customers_visited",), "sales / customers visited, once a period each"
        ),
    },
    "cash_recovery": {
        "sales": Ratio("cash_collected", ("sales",), "cash collected / sales"),
        "due": Ratio(
            "cash_collected",
            ("sales", "receivables_opening"),
            "cash collected / (sales + opening receivables)",
        ),
    },
    "receivables_recovery": {
        "opening_and_new": Ratio(
            "receivables_collected",
            ("receivables_opening", "receivables_new"),
            "collected / (opening + new receivables)",
        ),
        "opening": Ratio(
            "receivables_collected", ("receivables_opening",), "collected / opening receivables"
        ),
    },
    "cost_per_customer": {
        "customers": Ratio(
            "visit_cost", ("customers_visited",), "cost / customers visited, once a period each"
        ),
        "visits": Ratio("visit_cost", ("visits",), "cost / visits"),
    },
    "attainment": {
        "sales": Ratio("sales", ("target",), "sales / target"),
        "cash": Ratio("cash_collected", ("target",), "cash collected / target"),
    },
}


def _by_unit(rows: pd.DataFrame, one: Ratio, together: bool, confidence: float) -> pd.DataFrame:
    """Value, limits and number of periods by unit; receivables at the opening are a stock, of which
    that of each manager's first period counts.
    """
    flows = [name for name in one.below if name != STOCK]
    first = ~rows["_who"].duplicated().to_numpy()
    above = rows[one.above].to_numpy(dtype=float)
    flow = rows[flows].to_numpy(dtype=float).sum(axis=1)
    stock = rows[STOCK].to_numpy(dtype=float) * first if STOCK in one.below else 0 * flow
    codes, units = pd.factorize(rows["_unit"], sort=True)
    if together and "period" in rows:  # of all together a period is one draw
        by, periods = pd.factorize(rows["period"])
        above, flow, stock = (np.bincount(by, part) for part in (above, flow, stock))
        codes = np.zeros(len(periods), dtype=int)
    total = np.bincount(codes, above)
    below = np.bincount(codes, flow) + np.bincount(codes, stock)
    n = np.bincount(codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = total / below
        pull = (above - value[codes] * flow) / below[codes]
        pull = pull - (np.bincount(codes, pull) / n)[codes]
        spread = np.sqrt(np.bincount(codes, pull**2) / (n - 1))
    factor = stats.t.ppf((1 + confidence) / 2, np.maximum(n - 1, 1))
    reach = np.where(n > 1, factor * np.sqrt(n) * spread, np.nan)
    found = pd.DataFrame(
        {
            "unit": units,
            "value": value,
            "low": np.clip(value - reach, 0.0, None),
            "high": value + reach,
            "periods": n,
        }
    )
    return found[below > 0]


def six_ratios(
    results: pd.DataFrame,
    readings: Mapping[str, str] | None = None,
    by: str | None = "manager_id",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How efficient are the people: the six ratios of S002-1k, with intervals (六项指标)?

    Parameters
    ----------
    results : one row per manager and period: any of workdays, visits, customer_days (customers
        seen, each once a day), customers_visited, customers_closed (counts); sales,
        cash_collected, receivables_opening, receivables_new, receivables_collected, visit_cost,
        target (currency); manager_id; period, by which rows are put in order. A row with a gap in
        what a ratio takes is left out of that ratio.
    readings : reading by ratio, as in ``READINGS``: ``{"attainment": "cash"}``; the first reading
        where none is named.
    by : column of the units; None for all together.
    confidence : level of the intervals.

    Returns
    -------
    DataFrame, one row per unit ("all") and ratio that the columns allow: unit, ratio, reading,
        value, low, high, periods (that it is of). cash_recovery, receivables_recovery and
        attainment are fractions, the others counts a day or currency. Limits are missing for one
        period, and lie at 0 at least.

    Raises
    ------
    ValueError : an unknown ratio or reading, no row, a missing column of units, amounts that are no
        numbers, and results that allow none of the six.

    Notes
    -----
    Each is a ratio of sums over the periods, not a mean of ratios. customers_visited and
    customers_closed count a customer once a period, so what is "per customer" is per customer and
    period: over a year of quarters it is not what a customer brings in the year. The interval is
    that of a ratio of sums by linearisation, each period one draw (Cochran 1977, 6.4), with t of
    the periods less one: it asks how far the ratio swings from period to period. Receivables at the
    opening are those of each manager's first period, taken as fixed. With cash_collected = cash
    sales + receivables_collected, cash recovery is [sales - (receivables at the end - at the
    opening)] / sales. Without cash sales the readings "due" of cash and "opening_and_new" of
    receivables are one number. Source S002-1k.

    References
    ----------
    Cochran 1977, Sampling Techniques, 3rd ed.
    """
    chosen = {name: next(iter(ways)) for name, ways in READINGS.items()}
    for name, way in (readings or {}).items():
        if name not in READINGS:
            raise ValueError(
                f"readings names {name!r}: the six are {', '.join(READINGS)}"
                f"{'. ' + nearest(name, list(READINGS)) if nearest(name, list(READINGS)) else ''}"
            )
        if way not in READINGS[name]:
            raise ValueError(
                f"readings gives {name} as {way!r}: expected one of {', '.join(READINGS[name])}"
            )
        chosen[name] = way
    fraction("confidence", confidence, one=False)
    need_columns(results, () if by is None else (by,), "results")
    if not len(results):
        raise ValueError("results has no row: choose another period")
    rows = results.sort_values("period", kind="stable") if "period" in results else results
    rows = rows.assign(_unit="all" if by is None else rows[by])
    rows["_who"] = rows["manager_id"] if "manager_id" in rows else rows["_unit"]
    found = []
    for name, way in chosen.items():
        one = READINGS[name][way]
        needed = list(dict.fromkeys((one.above, *one.below)))
        if not set(needed) <= set(rows):
            continue
        known = rows.assign(
            **{column: to_number(rows[column], f"results.{column}") for column in needed}
        ).dropna(subset=[*needed, "_unit"])
        if len(known):
            part = _by_unit(known, one, by is None, confidence)
            found.append(part.assign(ratio=name, reading=way))
    if not found or not sum(map(len, found)):
        raise ValueError(
            f"results has none of the pairs that the six ratios need; it has {some(results)}"
        )
    columns = ["unit", "ratio", "reading", "value", "low", "high", "periods"]
    return pd.concat(found, ignore_index=True)[columns]


class Attainment(NamedTuple):
    """What was reached of a goal, and how sure it is that what lies behind reaches it."""

    #: What the goal is about: a rate, or a growth (fractions).
    value: float
    #: Whether it reached the goal, as counted.
    met: bool
    low: float
    high: float
    #: That the rate or growth behind the count is at the goal or above; missing where unknown.
    chance: float


def _quantile(a: float, b: float, q: float) -> float:
    """Of a beta distribution."""
    return float(special.betaincinv(a, b, q))


def _above(a: float, b: float, x: float) -> float:
    """Chance that a beta distribution lies above ``x``."""
    return float(special.betainc(b, a, 1 - x))


def attainment(
    reached: float,
    goal: float,
    out_of: float | None = None,
    base: float | None = None,
    kind: Literal["rate", "growth"] = "rate",
    confidence: float = 0.95,
) -> Attainment:
    """Is the target met, and would it be again: by how much, and by luck (目标达成概率)?

    Parameters
    ----------
    reached : count (rate, or growth of a count), 0 or more.
    goal : fraction; a rate of 0 to 1 such as 0.95, or a growth such as 0.30, above -1.
    out_of : of a rate: count that it is of, at least ``reached``.
    base : of a growth: count of the year before, above 0.
    kind : "rate" or "growth".
    confidence : level of the interval.

    Returns
    -------
    Attainment : value, met, low, high, chance. For a goal of 1 chance is 0 where anything is
        missing, and unknown else: no count shows that a rate is exactly one.

    Raises
    ------
    ValueError : counts below zero or endless, more reached than there is, no out_of or base where
        it is needed, a goal out of range, an unknown kind.

    Notes
    -----
    Rate: Beta(k + 1/2, n - k + 1/2), Jeffreys' posterior. Growth: given the sum of two Poisson
    counts the newer is binomial, so with Beta(k + 1/2, b + 1/2) for its share p the growth is
    p / (1 - p) - 1. Source S000-10b.

    References
    ----------
    Brown, Cai & DasGupta 2001, Statistical Science 16(2).
    """
    if kind not in ("rate", "growth"):
        raise ValueError(f"kind is {kind!r}: expected 'rate' or 'growth'")
    fraction("confidence", confidence, one=False)
    if not (reached >= 0 and np.isfinite(reached)):
        raise ValueError(f"reached is {reached!r}: expected a count of 0 or more")
    other, name = (out_of, "out_of") if kind == "rate" else (base, "base")
    if other is None or not (other > 0 and np.isfinite(other)):
        raise ValueError(f"{name} is {other!r}: a {kind} needs a count above 0")
    if kind == "rate" and reached > other:
        raise ValueError(f"reached is {reached:g}, more than out_of, {other:g}")
    if kind == "rate" and not 0 < goal <= 1:
        raise ValueError(f"goal is {goal!r}: a rate lies above 0 and at 1 at most; 95 % is 0.95")
    if kind == "growth" and not (goal > -1 and np.isfinite(goal)):
        raise ValueError(f"goal is {goal!r}: a growth is above -1; 30 % is 0.30")
    tail = (1 - confidence) / 2
    rest = other - reached if kind == "rate" else other
    a, b = float(reached) + 0.5, float(rest) + 0.5
    low, high = _quantile(a, b, tail), _quantile(a, b, 1 - tail)
    if kind == "rate":
        value = reached / other
        low = 0.0 if reached == 0 else low
        high = 1.0 if reached == other else high
        chance = _above(a, b, goal) if goal < 1 else (0.0 if rest else np.nan)
        return Attainment(value, value >= goal - 1e-12, min(low, value), max(high, value), chance)
    value = reached / other - 1
    low, high = low / (1 - low) - 1, high / (1 - high) - 1
    chance = _above(a, b, (1 + goal) / (2 + goal))
    met = value >= goal - 1e-12
    return Attainment(value, met, -1.0 if reached == 0 else min(low, value), high, chance)
