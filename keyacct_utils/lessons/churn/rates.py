"""How many leave in a time, and why: rates by exposure, in another unit, and what a cause adds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.rates import confint_poisson, confint_poisson_2indep

from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import need_columns, to_number

__all__ = [
    "annualise",
    "attributable_fraction",
    "cause_shares",
    "exposure_adjusted_rates",
    "win_back_break_even",
    "win_back_value",
]


def annualise(rate: float, periods_per_year: float, *, to: float = 1.0) -> float:
    """Which share is lost in a year (年流失率), when so much is lost in a part of one?

    Parameters
    ----------
    rate : share lost in one period, from 0 to 1.
    periods_per_year : how many such periods a year has: 2 for a half-year, 12 for a month.
    to : parts of a year that the answer is for: 1 a year, 12 a month.

    Returns
    -------
    float : share lost in the other period, if each period loses the same share of what is left.

    Raises
    ------
    ValueError : a rate outside 0 to 1; a number of periods that is not above 0.

    Notes
    -----
    1 - (1 - rate)^(periods_per_year / to). Twice the half-yearly rate is too much: the second half
    loses a share of what the first one left. 3.06 % a half-year (S000-5i) are 6.03 % a year and
    0.517 % a month.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate is {rate!r}: expected a share from 0 to 1; 3 % is 0.03")
    for name, value in (("periods_per_year", periods_per_year), ("to", to)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value!r}: expected a number above 0, such as 12")
    return float(1 - (1 - rate) ** (periods_per_year / to))


def exposure_adjusted_rates(
    table: pd.DataFrame,
    *,
    events: str = "events",
    exposure: str = "exposure",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Who leaves more often, given how many there were to leave and for how long?

    Parameters
    ----------
    table : DataFrame, one row per group (its index): ``events``, how many left, and ``exposure``,
        the time that all of the group were watched together (years, say).
    confidence : level of the intervals.

    Returns
    -------
    DataFrame by group, in the order given: events, exposure, share_of_events, share_of_exposure;
        rate (events per unit of exposure), low, high; ratio (rate over that of all others
        together), ratio_low, ratio_high. A group without exposure has no rate; without events among
        the others there is no ratio. Both are missing then.

    Raises
    ------
    ValueError : columns that are missing; no group; events or exposure below zero, missing or not
        whole; events in a group that nobody watched.

    Notes
    -----
    A share of all events says how large a group is, too. Rates divide by what could be lost. The
    interval of a rate is exact (Garwood), that of a ratio by score.

    References
    ----------
    S000-5j; Garwood 1936, Biometrika 28; Gu, Ng, Tang & Schucany 2008, Biometrical Journal 50(2).
    """
    fraction("confidence", confidence, one=False)
    need_columns(table, (events, exposure), "table")
    if not len(table):
        raise ValueError("table has 0 rows: expected one per group")
    count = to_number(table[events], f"table.{events}")
    time = to_number(table[exposure], f"table.{exposure}")
    for name, values in ((events, count), (exposure, time)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(
                f"table.{name} holds values that are missing or below 0: count them anew, or leave "
                "these groups out"
            )
    if (count % 1 != 0).any():
        raise ValueError(f"table.{events} holds parts of an event: expected whole numbers")
    if ((time == 0) & (count > 0)).any():
        raise ValueError(
            f"table.{exposure} is 0 where events are not: who left was there for some time"
        )
    alpha, rows = 1 - confidence, []
    for lost, watched in zip(count, time, strict=True):
        rate = low = high = ratio = below = above = np.nan
        if watched > 0:
            rate = lost / watched
            low, high = confint_poisson(lost, watched, method="exact-c", alpha=alpha)
            low = max(0.0, float(np.nan_to_num(low)))
        others, rest = count.sum() - lost, time.sum() - watched
        if watched > 0 and rest > 0 and others > 0:
            ratio = rate / (others / rest)
            below, above = confint_poisson_2indep(
                lost, watched, others, rest, method="score", compare="ratio", alpha=alpha
            )
            below = max(0.0, float(np.nan_to_num(below)))
        rows.append((rate, low, high, ratio, below, above))
    found = pd.DataFrame(
        rows, index=table.index, columns=["rate", "low", "high", "ratio", "ratio_low", "ratio_high"]
    )
    share = count / count.sum() if count.sum() > 0 else count * np.nan
    part = time / time.sum() if time.sum() > 0 else time * np.nan
    front = {
        "events": count.astype("int64"),
        "exposure": time,
        "share_of_events": share,
        "share_of_exposure": part,
    }
    return pd.DataFrame(front).join(found)


def attributable_fraction(exposed: float, ratio: float, *, among: str = "cases") -> float:
    """Which share of the losses would not have been, had nobody been exposed (归因分数)?

    Parameters
    ----------
    exposed : share that was exposed (missed visits, say), from 0 to 1.
    ratio : hazard (or rate) of the exposed over that of the others, above 0.
    among : whom ``exposed`` is a share of: "cases", those that left; or "all" that could leave.

    Returns
    -------
    float : a fraction of the losses; below 0 where the exposed leave less often.

    Raises
    ------
    ValueError : a share outside 0 to 1, a ratio that is not above 0, another ``among``.

    Notes
    -----
    Of cases p (r - 1) / r; of all p (r - 1) / (1 + p (r - 1)). The share of the lost that were
    exposed is no such fraction: some of them would have left anyway. It says what would be gained
    only if the exposure is a cause.

    References
    ----------
    Levin 1953, Acta Unio Internationalis Contra Cancrum 9; Miettinen 1974, American Journal of
    Epidemiology 99(5).
    """
    if not 0 <= exposed <= 1:
        raise ValueError(f"exposed is {exposed!r}: expected a share from 0 to 1")
    if not (np.isfinite(ratio) and ratio > 0):
        raise ValueError(f"ratio is {ratio!r}: expected a number above 0; 1 is no difference")
    if among not in ("cases", "all"):
        raise ValueError(f"among is {among!r}: use 'cases' or 'all'")
    if among == "cases":
        return float(exposed * (ratio - 1) / ratio)
    return float(exposed * (ratio - 1) / (1 + exposed * (ratio - 1)))


def cause_shares(cause: pd.Series, value: pd.Series | None = None) -> pd.DataFrame:
    """Which causes take most, by how many left and by what they were worth?

    Parameters
    ----------
    cause : the reason of each loss (text); a missing one counts as "not known".
    value : what each was worth (currency a year); without it by count alone.

    Returns
    -------
    DataFrame by cause, the largest first (by value, where there is one; ties by name): events,
        share (of the events), and value, value_share where values are given.

    Raises
    ------
    ValueError : no loss; values of another length, missing or below 0.
    """
    if not len(cause):
        raise ValueError("cause holds no loss: there is nothing to divide by cause")
    reason = pd.Series(cause).astype("object").fillna("not known").astype(str)
    grouped = reason.groupby(reason.to_numpy())
    table = pd.DataFrame({"events": grouped.size()})
    table["share"] = table["events"] / len(reason)
    by = "events"
    if value is not None:
        amounts = to_number(pd.Series(value), "value").to_numpy()
        if len(amounts) != len(reason):
            raise ValueError(f"value has {len(amounts)} entries, cause {len(reason)}: one for each")
        if not np.isfinite(amounts).all() or (amounts < 0).any():
            raise ValueError("value holds amounts that are missing or below 0: leave them out")
        table["value"] = pd.Series(amounts).groupby(reason.to_numpy()).sum()
        whole = float(amounts.sum())
        table["value_share"] = table["value"] / whole if whole > 0 else np.nan
        by = "value"
    table = table.rename_axis("cause").sort_index()
    return table.sort_values(by, ascending=False, kind="stable")


def win_back_value(
    chance: float, margin: float, *, retention: float, discount: float, cost: float
) -> float:
    """What is it worth to try to win a lost customer back (赢回)?

    Parameters
    ----------
    chance : of coming back, from 0 to 1.
    margin : of a year once back (currency), first earned in a year.
    retention : chance of staying another year once back, from 0 to 1.
    discount : rate a year, 0 or more.
    cost : of the attempt (currency), paid whether or not it works.

    Returns
    -------
    float : currency; below 0 where the attempt costs more than it brings.

    Raises
    ------
    ValueError : values outside these limits.

    Notes
    -----
    chance x margin / (1 + discount - retention) - cost: once it is back, the first year's margin
    comes for sure.
    """
    multiple = _multiple(retention, discount)
    if not 0 <= chance <= 1:
        raise ValueError(f"chance is {chance!r}: expected a share from 0 to 1")
    if not (np.isfinite(cost) and cost >= 0 and np.isfinite(margin)):
        raise ValueError("cost or margin is missing, or cost is below 0")
    return float(chance * margin * multiple - cost)


def win_back_break_even(margin: float, *, retention: float, discount: float, cost: float) -> float:
    """At which chance of coming back does an attempt pay: a share; infinite where a margin that is
    not above 0 never pays. Units and errors as in `win_back_value`.
    """
    win_back_value(0.0, margin, retention=retention, discount=discount, cost=cost)
    if margin <= 0:
        return float("inf")
    return float(cost / (margin * _multiple(retention, discount)))


def _multiple(retention: float, discount: float) -> float:
    """Value today of one a year, for as long as it stays, the first in a year for sure."""
    if not 0 <= retention <= 1:
        raise ValueError(f"retention is {retention!r}: expected a share from 0 to 1")
    if not (np.isfinite(discount) and discount >= 0):
        raise ValueError(f"discount is {discount!r}: expected a rate of 0 or more; 10 % is 0.1")
    if 1 + discount - retention <= 0:
        raise ValueError(
            "retention is 1 and discount 0: a margin for ever, not discounted, has no value; take "
            "a discount above 0"
        )
    return 1 / (1 + discount - retention)
