"""From a goal of some years to what next year asks of each account (目标管理)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

from keyacct_utils.lessons.shared.amounts import Interval, years_ahead
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits

__all__ = ["GoalTree", "goal_tree", "growth_of_accounts", "growth_of_years", "split_to_the_cent"]

#: Growths without which no year is foretold from years alone.
FEWEST_GROWTHS = 3
DRAWS = 400
REACHED, OUT_OF_REACH, OPEN = "can be reached", "cannot be reached", "cannot be told"


class GoalTree(NamedTuple):
    """A goal, its years, and what the first of them asks of each account."""

    base: float
    goal: float
    #: By year: goal, and what comes without the plan, with its interval.
    years: pd.DataFrame
    #: By account: amount of last year, drift, planned, asked (all three add up to its goal), goal.
    accounts: pd.DataFrame
    #: What the first year brings with the plan, with its interval.
    reach: Interval
    verdict: str


def growth_of_years(years: pd.Series) -> Interval:
    """Growth of the next year, from those that were: their mean, and the 95 % interval of one more
    (Student's t).

    Parameters
    ----------
    years : amount of each year, in their order, above zero.

    Raises
    ------
    ValueError
        If there are fewer than four years, or one is not above zero.
    """
    values = to_number(years, "years").to_numpy(dtype=float)
    if len(values) <= FEWEST_GROWTHS:
        raise ValueError(
            f"years: {len(values)} year(s), {FEWEST_GROWTHS + 1} are needed for "
            f"{FEWEST_GROWTHS} growths; growth_of_accounts needs two"
        )
    if not (values > 0).all():
        raise ValueError("years: a year is not above zero, so no growth starts from it")
    growth = values[1:] / values[:-1] - 1
    n = len(growth)
    mean = float(growth.mean())
    reach = float(student.ppf(0.975, n - 1) * growth.std(ddof=1) * np.sqrt(1 + 1 / n))
    return Interval(mean, max(-1.0, mean - reach), mean + reach)


def growth_of_accounts(before: pd.Series, now: pd.Series, draws: int | None = None) -> Interval:
    """Growth of all accounts together, with the 95 % interval over accounts drawn anew.

    It says how far last year's growth hangs on single accounts, not what another year brings.

    Raises
    ------
    ValueError
        If the year before adds up to nothing.
    """
    both = pd.DataFrame({"before": before, "now": now}).fillna(0.0)
    whole = float(both["before"].sum())
    if not whole > 0:
        raise ValueError("before adds up to nothing above zero: no growth starts from it")
    estimate = float(both["now"].sum()) / whole - 1
    if len(both) < 2:
        return Interval(estimate, np.nan, np.nan)
    weights = drawn_counts(len(both), draws or DRAWS, np.random.default_rng(0))
    sums = weights @ both.to_numpy(dtype=float)
    sums = sums[sums[:, 0] > 0]
    return Interval(estimate, *percentile_limits(sums[:, 1] / sums[:, 0] - 1))


def split_to_the_cent(total: float, weights: pd.Series) -> pd.Series:
    """A total in parts by weight, in whole cents that add up to it (largest remainders)."""
    values = weights.clip(lower=0.0).fillna(0.0).to_numpy(dtype=float)
    if not values.sum() > 0:
        values = np.ones(len(values))
    cents = round(abs(total) * 100)
    exact = cents * values / values.sum()
    whole = np.floor(exact + 1e-9).astype(np.int64)
    rest = int(cents - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")[:rest]
    whole[order] += 1
    return pd.Series(np.sign(total) * whole / 100, index=weights.index)


def _gains(gains: pd.DataFrame | None, index: pd.Index) -> tuple[pd.Series, Interval]:
    """What the plan brings by account, and together with its interval."""
    nothing = pd.Series(0.0, index=index)
    if gains is None or not len(gains):
        return nothing, Interval(0.0, 0.0, 0.0)
    need_columns(gains, ("account_id", "gain", "low", "high"), "gains")
    strange = sorted(set(gains["account_id"]) - set(index))
    if strange:
        raise ValueError(f"gains: {some(strange)} not among the accounts of base")
    by = gains.groupby("account_id")["gain"].sum().reindex(index).fillna(0.0)
    return by, together(gains)


def together(gains: pd.DataFrame) -> Interval:
    """A sum of gains with its 95 % interval: what is known of an effect is shared by all actions of
    its kind, what is known of a base by the accounts of one label, and what is left is its own.
    A shared distance to a limit is added up first; those that are not shared, as squares (MOVER).

    Parameters
    ----------
    gains : gain, low, high; kind, effect_low, effect_high where the error of an effect is shared;
        shared (a label, empty where nothing is), shared_low, shared_high where that of a base is.
    """
    total = float(gains["gain"].sum())
    gain = gains["gain"]
    kind = gains["kind"] if "effect_low" in gains and "kind" in gains else pd.Series("", gain.index)
    label = gains["shared"] if "shared" in gains else pd.Series("", gain.index)
    square = {}
    for end in ("low", "high"):
        effect, base = (
            (gains[f"{name}_{end}"] - gain).abs() if f"{name}_{end}" in gains else gain * 0.0
            for name in ("effect", "shared")
        )
        base = base.where(label != "", 0.0)
        own = ((gains[end] - gain) ** 2 - effect**2 - base**2).clip(lower=0.0)
        of_effects = effect.groupby(kind).sum() ** 2
        of_bases = base.groupby([kind, label]).sum() ** 2
        square[end] = float(own.sum() + of_effects.sum() + of_bases.sum())
    return Interval(total, max(0.0, total - square["low"] ** 0.5), total + square["high"] ** 0.5)


def of_first_year(gains: pd.DataFrame) -> pd.DataFrame:
    """The same gains, as much of them as comes in the next year."""
    part = gains["first_year"] / gains["gain"].where(gains["gain"] > 0)
    ends = ["gain", "low", "high", "effect_low", "effect_high", "shared_low", "shared_high"]
    return gains.assign(**{name: gains[name] * part.fillna(0.0) for name in ends})


def _verdict(goal: float, reach: Interval) -> str:
    if np.isnan(reach.low) or np.isnan(reach.high):
        return OPEN
    return REACHED if goal <= reach.low else OUT_OF_REACH if goal > reach.high else OPEN


def goal_tree(
    base: pd.Series,
    goal: float,
    years: int = 3,
    *,
    growth: tuple[float, float, float] = (0.0, 0.0, 0.0),
    gains: pd.DataFrame | None = None,
) -> GoalTree:
    """What does a goal of some years ask of next year, and of each account?

    Equal growth leads to the goal. Next year's is parted into what comes anyway (the drift), what
    the plan brings, and what is still asked, by size; to the cent, so that the accounts add up.

    Parameters
    ----------
    base : amount of last year by account, of either sign; above zero in all.
    goal : the amount wanted in the last year, above zero.
    years : until then.
    growth : of a year without the plan: estimate, low, high.
    gains : what the plan brings next year, that year alone (`of_first_year`): account_id, gain,
        low, high (and what of these is shared: see `together`).

    Returns
    -------
    GoalTree : verdict "can be reached" where the whole interval of drift and plan lies at next
        year's goal or above, "cannot be reached" where all of it lies below, else "cannot be told".

    Raises
    ------
    ValueError
        If base is empty, repeated or adds up to nothing, goal is not above zero, a growth lies
        below -1, or gains names an account that base lacks.

    Notes
    -----
    Source: S000-4d.
    """
    if not isinstance(base, pd.Series) or not len(base):
        raise ValueError("base: expected a Series with one amount per account, at least one")
    if base.index.has_duplicates:
        twice = some(base.index[base.index.duplicated()])
        raise ValueError(f"base: accounts are repeated ({twice}); sum them first")
    amount = to_number(base, "base")
    if amount.isna().any() or np.isinf(amount).any():
        bad = some(amount.index[amount.isna() | np.isinf(amount)])
        raise ValueError(f"base: no amount for {bad}: leave them out or write 0")
    whole = float(amount.sum())
    if not whole > 0:
        raise ValueError(f"base adds up to {whole:,.2f}: a goal needs an amount above zero")
    if isinstance(goal, bool) or not isinstance(goal, int | float | np.number) or not goal > 0:
        raise ValueError(f"goal is {goal!r}: expected the amount wanted, above zero")
    count = years_ahead("years", years)
    rise = Interval(*map(float, growth))
    if rise.estimate <= -1 or rise.low < -1:
        raise ValueError(f"growth is {rise.estimate:g}: nothing can fall by more than all of it")
    step = (goal / whole) ** (1 / count)
    path = [whole * step**year for year in range(1, count)] + [float(goal)]
    drift = pd.DataFrame(
        {"goal": [round(value, 2) for value in path]},
        index=pd.Index(range(1, count + 1), name="year"),
    )
    for name, rate in (("drift", rise.estimate), ("low", rise.low), ("high", rise.high)):
        drift[name] = [whole * (1 + rate) ** year for year in range(1, count + 1)]
    planned, sum_of = _gains(gains, amount.index)
    table = pd.DataFrame({"amount": amount, "drift": (amount * rise.estimate).round(2)})
    table["planned"] = planned.round(2)
    left = float(drift["goal"].iloc[0]) - float(table.sum().sum())
    table["asked"] = split_to_the_cent(round(left, 2), amount)
    table["goal"] = table.sum(axis=1).round(2)
    reach = _reach(whole, rise, sum_of)
    verdict = _verdict(float(drift["goal"].iloc[0]), reach)
    return GoalTree(whole, float(goal), drift, table, reach, verdict)


def _reach(whole: float, rise: Interval, plan: Interval) -> Interval:
    """Drift and plan together, with the interval of their sum (MOVER)."""
    middle = whole * (1 + rise.estimate) + plan.estimate
    if np.isnan(rise.low):
        return Interval(middle, np.nan, np.nan)
    down = np.hypot(whole * (rise.estimate - rise.low), plan.estimate - plan.low)
    up = np.hypot(whole * (rise.high - rise.estimate), plan.high - plan.estimate)
    return Interval(middle, middle - float(down), middle + float(up))


def as_words(tree: GoalTree) -> dict[str, Any]:
    """The numbers of a tree that sentences name."""
    first = tree.years.iloc[0]
    return {
        "base": tree.base,
        "goal": tree.goal,
        "years": len(tree.years),
        "next": float(first["goal"]),
        "rise": tree.goal / tree.base - 1,
        "step": float(first["goal"]) / tree.base - 1,
        "drift": float(tree.accounts["drift"].sum()),
        "planned": float(tree.accounts["planned"].sum()),
        "asked": float(tree.accounts["asked"].sum()),
        "verdict": tree.verdict,
    }
