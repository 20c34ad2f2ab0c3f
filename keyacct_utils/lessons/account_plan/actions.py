"""What could be done at each account, what that brings, and what to do with the hours there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, curve_fit, linprog, milp
from statsmodels.stats.proportion import confint_proportions_2indep

from keyacct_utils.lessons.account_plan import HOURS, REMIND, TEAM
from keyacct_utils.lessons.account_plan.inputs import BASES, Found, Z
from keyacct_utils.lessons.shared.amounts import fraction, years_ahead
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "ACTIONS",
    "Choice",
    "by_ratio",
    "by_size",
    "candidates",
    "effects",
    "gain_of",
    "next_best_action",
    "response",
    "value_of_an_hour",
]


class Action(NamedTuple):
    """A kind of action: which input it moves, what it is called, and its hours where no trial
    tells.
    """

    base: str
    words: str
    hours: float
    #: What would make its line of the plan wrong.
    wrong: str
    #: Whether the gain comes in each year of the horizon, and not in the next alone.
    lasts: bool


#: Kinds of action, and what each rests on.
ACTIONS: dict[str, Action] = {
    "sell": Action(
        "room", "offer what it does not buy of us", 24.0, "the room is bought elsewhere for good",
        True,
    ),
    "keep": Action(
        "at_risk", "renew early, close the gap", 4.0,
        "it would have stayed, or leaves all the same", True,
    ),
    "collect": Action("overdue", REMIND, 3.0, "the bills are in dispute", False),
    "streamline": Action(
        "service", "bundle calls and visits", 12.0, "the hours saved stay on the payroll", True
    ),
    "visit": Action(
        "visits", "visit more often", 7.0, "it answers otherwise than in the trial, or "
        "quarters are visited otherwise", False,
    ),
}  # fmt: skip
#: Visits a quarter more that are weighed against each other.
MORE_VISITS = (1, 2, 3)
COLUMNS = ("account_id", "manager_id", "kind", "level", "hours", "gain", "low", "high",
           "first_year", "base", "effect", "part", "worth")  # fmt: skip
#: What of the error of a gain is shared: by all actions of its kind (the effect), and by the
#: accounts of one label (their base).
SHARED = ("effect_low", "effect_high", "shared", "shared_low", "shared_high")
#: A gap of the solver that decides nothing: this part of the whole gain.
GAP = 1e-3


class Effects(NamedTuple):
    """What actions bring of their base, and what a visit adds."""

    #: By kind: effect, low, high, hours, trials, and where it is from.
    table: pd.DataFrame
    #: a and k of the response to visits with their covariance; None where nothing tells.
    curve: tuple[np.ndarray, np.ndarray] | None


def response(trials: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What do v visits a quarter add to a margin: a (1 - exp(-k v)), by least squares?

    Parameters
    ----------
    trials : visits and lift_pct; only rows that a lot decided (``by_lot`` 1) where that is known.

    Returns
    -------
    (a as a fraction, k), and their covariance.

    Raises
    ------
    ValueError
        If there are fewer than ten trials, or the curve does not fit.
    """
    need_columns(trials, ("visits", "lift_pct"), "trials")
    rows = trials[trials["by_lot"] == 1] if "by_lot" in trials else trials
    rows = rows.dropna(subset=["visits", "lift_pct"])
    if len(rows) < 10 or rows["visits"].nunique() < 3:
        raise ValueError(
            f"trials: {len(rows)} by lot with {rows['visits'].nunique()} numbers of visits: "
            "a curve takes 10 and 3"
        )
    v, y = rows["visits"].to_numpy(dtype=float), rows["lift_pct"].to_numpy(dtype=float) / 100

    def curve(x: np.ndarray, a: float, k: float) -> np.ndarray:
        return a * -np.expm1(-k * x)

    try:
        found, covariance = curve_fit(curve, v, y, (max(y.max(), 0.01), 0.4), maxfev=2_000)
    except RuntimeError:
        raise ValueError("trials: no curve that levels off fits them; do without") from None
    if not np.isfinite(covariance).all() or found[1] <= 0 or found[0] <= 0:
        raise ValueError("trials: no curve that levels off fits them; do without")
    return found, covariance


def effects(
    trials: Mapping[str, pd.DataFrame],
    *,
    sell: float = 0.1,
    keep: float = 0.3,
    collect: float = 0.05,
    streamline: float = 0.1,
) -> Effects:
    """Which part of its base does each kind of action bring?

    By lot: the mean of gain over base where it was tried, less that where it was not. What managers
    chose is left out: they go where it would have come anyway.

    Parameters
    ----------
    trials : by table: action_trials, visit_trials, reminders; those that the book has.
    sell, keep, collect, streamline : assumed where no trial tells.

    Raises
    ------
    ValueError
        If an assumed effect is no fraction.
    """
    assumed = {"sell": sell, "keep": keep, "collect": collect, "streamline": streamline}
    rows = {}
    tried = trials.get("action_trials")
    for kind, value in assumed.items():
        fraction(kind, value)
        row = {"effect": value, "low": np.nan, "high": np.nan, "hours": ACTIONS[kind].hours,
               "trials": 0, "source": "assumed"}  # fmt: skip
        if tried is not None and kind != "collect":
            row |= _of_trials(tried[tried["kind"] == kind])
        rows[kind] = row
    if "reminders" in trials:
        rows["collect"] |= _of_reminders(trials["reminders"])
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("kind")
    curve = None
    if "visit_trials" in trials:
        try:
            curve = response(trials["visit_trials"])
        except ValueError:
            curve = None
    return Effects(table, curve)


def _of_trials(rows: pd.DataFrame) -> dict[str, Any]:
    """The difference of two means of gain over base, with its 95 % interval (Welch)."""
    lot = rows[(rows["by_lot"] == 1) & (rows["base"] > 0)]
    share = lot["gain"] / lot["base"]
    with_it, without = share[lot["tried"] == 1], share[lot["tried"] == 0]
    if len(with_it) < 2 or len(without) < 2:
        return {}
    effect = float(with_it.mean() - without.mean())
    error = float(np.sqrt(with_it.var() / len(with_it) + without.var() / len(without)))
    found = {"effect": effect, "low": effect - Z * error, "high": effect + Z * error,
             "trials": len(lot), "source": "trials by lot"}  # fmt: skip
    hours: Any = rows.loc[rows["tried"] == 1, "hours"].dropna() if "hours" in rows else []
    return found | ({"hours": float(np.mean(hours))} if len(hours) else {})


def _of_reminders(rows: pd.DataFrame) -> dict[str, Any]:
    """What a reminder adds to the chance that a bill is paid, by lot (Newcombe's interval)."""
    lot = rows[rows["by_lot"] == 1] if "by_lot" in rows else rows
    counts = [(int(part["paid"].sum()), len(part))
              for part in (lot[lot["reminded"] == flag] for flag in (1, 0))]  # fmt: skip
    if min(n for _, n in counts) < 2:
        return {}
    (k, n), (without, m) = counts
    low, high = confint_proportions_2indep(k, n, without, m, method="newcomb")
    return {"effect": k / n - without / m, "low": low, "high": high, "trials": n + m,
            "source": "reminders by lot"}  # fmt: skip


def lasting(horizon: int, rate: float) -> float:
    """What one unit a year is worth that comes for so many years, the first in full."""
    count = years_ahead("horizon", horizon)
    if not 0 <= rate < 1:
        raise ValueError(f"rate is {rate!r}: expected a fraction a year, 0.1 for 10 %")
    return float(sum((1 + rate) ** -year for year in range(count)))


def gain_of(
    base: pd.DataFrame, effect: tuple[float, float, float], factor: float = 1.0
) -> pd.DataFrame:
    """A product of two uncertain numbers with its 95 % interval (method of variance estimates
    recovery, MOVER).

    Parameters
    ----------
    base : value, low, high; and, where accounts share a part of the error, shared, shared_low and
        shared_high (`inputs.INPUT`)
    effect : value, low, high; missing limits count as none
    factor : a known number

    References
    ----------
    Zou & Donner (2008), Construction of confidence limits about effect measures: a general
    approach, Statistics in Medicine 27(10), 1693-1702.
    """
    need_columns(base, ("value", "low", "high"), "base")
    if "shared" not in base:
        base = base.assign(shared="", shared_low=base["value"], shared_high=base["value"])
    value, low, high = (float(end) for end in effect)
    low, high = (value if np.isnan(end) else end for end in (low, high))
    value, low, high = (max(0.0, end) for end in (value, low, high))
    made = base["value"] * value
    down = np.hypot(made - base["low"] * value, base["value"] * (value - low))
    up = np.hypot(base["high"] * value - made, base["value"] * (high - value))
    found = pd.DataFrame(
        {
            "gain": made,
            "low": (made - down).clip(lower=0.0),
            "high": made + up,
            "effect_low": base["value"] * low,
            "effect_high": base["value"] * high,
            "shared_low": base["shared_low"] * value,
            "shared_high": base["shared_high"] * value,
        }
    )
    return (found * factor).assign(shared=base["shared"])


def _of_visits(
    found: Found, curve: tuple[np.ndarray, np.ndarray], even: bool = False
) -> pd.DataFrame:
    """What one, two or three more visits a quarter add in a year: each quarter visited as last year
    or, ``even``, as often as the others. The first visits add most, so a thin quarter weighs. The
    curve tells parts of the margin without visits; that of last year had what its visits added.
    """
    (a, k), covariance = curve
    amount = found.people["amount"].clip(lower=0.0)
    seen: Any = found.visits
    if not len(seen):
        seen = found.facts.loc["visits", ["value"]]
    elif even:
        seen = seen.mean(axis=1).to_frame()
    seen = seen.reindex(amount.index[amount.index.isin(list(seen.index))]).fillna(0.0)
    parts, now = [], np.exp(-k * seen)
    added, moved = (1 - now).mean(axis=1), (seen * now).mean(axis=1)
    had = 1 + a * added
    for more in MORE_VISITS:
        then = np.exp(-k * (seen + more))
        share = (now - then).mean(axis=1)
        slope = (-seen * now + (seen + more) * then).mean(axis=1)
        by_a, by_k = share / had**2, a * slope / had - a**2 * share * moved / had**2
        error = np.sqrt(
            by_a**2 * covariance[0, 0]
            + by_k**2 * covariance[1, 1]
            + 2 * by_a * by_k * covariance[0, 1]
        )
        own = amount[seen.index]
        ends = {name: own * (a * share / had + sign * Z * error).clip(lower=0.0)
                for name, sign in (("gain", 0), ("low", -1), ("high", 1))}  # fmt: skip
        part = pd.DataFrame(ends).assign(level=more, hours=more * ACTIONS["visit"].hours)
        part = part.assign(effect_low=part["low"], effect_high=part["high"], shared="")
        part = part.assign(base=own, effect=a * share / had)
        parts.append(part.assign(shared_low=part["gain"], shared_high=part["gain"]))
    return pd.concat(parts).assign(kind="visit", part=1.0, worth=1.0)


def candidates(
    found: Found,
    known: Effects,
    horizon: int = 3,
    *,
    rate: float = 0.10,
    late_cost: float = 0.05,
    even: bool = False,
) -> pd.DataFrame:
    """What could be done at each account that is not gone, and what is expected of it?

    Parameters
    ----------
    found : what the plan rests on.
    known : what the kinds of action bring.
    horizon : years for which a gain in sales or service lasts; a visit and a reminder last one.
    rate : a year, by which later years count less.
    late_cost : what a bill paid late costs, as a fraction of it; no document says.
    even : the visits of last year are taken as spread evenly over its quarters.

    Returns
    -------
    DataFrame : account_id, manager_id, kind, level, hours, gain, low, high (95 %, of the measure:
        margin, or sales where no cost is known), first_year (of the gain, what comes in the next
        year), base, effect, part and worth (whose product is the gain: what there is to move, the
        part that is moved, what of that counts, and what one a year is worth over the years),
        effect_low, effect_high (by the effect's error alone, which all accounts share),
        shared, shared_low, shared_high (by the error of the base that the accounts of a label
        share).

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """
    stays = lasting(horizon, rate)
    fraction("late_cost", late_cost)
    counts = {
        "sell": found.margin_rate,
        "keep": found.margin_rate,
        "collect": late_cost,
        "streamline": 1.0,
    }
    parts = []
    there = set(found.facts.index.get_level_values(0))
    for kind, part in counts.items():
        if (base := ACTIONS[kind].base) not in there:
            continue
        row: Any = known.table.loc[kind]
        effect = (float(row["effect"]), float(row["low"]), float(row["high"]))
        own: Any = found.facts.loc[base]
        worth = stays if ACTIONS[kind].lasts else 1.0
        made = gain_of(own, effect, part * worth)
        made = made.assign(base=own["value"], effect=effect[0], part=part, worth=worth)
        parts.append(made.assign(kind=kind, level=1, hours=row["hours"]))
    if known.curve is not None and "visits" in there:
        parts.append(_of_visits(found, known.curve, even))
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS, *SHARED])
    every = pd.concat(parts).rename_axis("account_id").reset_index()
    every = every[(every["gain"] > 0) & ~every["account_id"].isin(list(found.gone))]
    owner = found.owner.reindex(every["account_id"]).to_numpy() if len(found.owner) else TEAM
    every = every.assign(manager_id=owner).sort_values(
        ["account_id", "kind", "level"], ignore_index=True, kind="stable"
    )
    every["first_year"] = every["gain"] / every["worth"]
    return every[[*COLUMNS, *SHARED]]


@dataclass(frozen=True)
class Choice:
    """Which actions are taken, and what an hour more would bring."""

    #: The rows of the candidates that are taken.
    taken: pd.DataFrame
    gain: float
    #: By manager: hours there are, hours used, what one hour more would bring (dual of the plan in
    #: which actions can be split).
    hours: pd.DataFrame
    #: What the plan in which actions can be split would bring: no plan brings more.
    most: float
    notes: Mapping[str, float] = field(default_factory=dict)


def _checked(actions: pd.DataFrame) -> pd.DataFrame:
    need_columns(actions, ("account_id", "kind", "hours", "gain"), "actions")
    frame = actions if "manager_id" in actions else actions.assign(manager_id=TEAM)
    for name in ("hours", "gain"):
        values = to_number(frame[name], f"actions.{name}")
        bad = frame.index[values.isna() | ~np.isfinite(values) | (values < 0)]
        if len(bad):
            raise ValueError(
                f"actions.{name}: {len(bad)} row(s) are missing, endless or below zero "
                f"({some(bad)}): expected 0 or more"
            )
    return frame


def _open(frame: pd.DataFrame) -> pd.DataFrame:
    """The actions that somebody could take and that bring anything."""
    kept = frame["manager_id"].notna() & (frame["gain"] > 0)
    return frame[kept].reset_index(drop=True)


def _hours_of(frame: pd.DataFrame, hours: float | Mapping[str, float]) -> pd.Series:
    """Hours of each manager who has something to do."""
    names = pd.Index(sorted(frame["manager_id"].dropna().astype(str).unique()), name="manager_id")
    if isinstance(hours, Mapping):
        lacking = [name for name in names if name not in hours]
        if lacking:
            raise ValueError(f"hours has none for {some(lacking)}: name the hours of each manager")
        given = pd.Series({name: hours[name] for name in names}, dtype=float)
    else:
        if isinstance(hours, bool) or not isinstance(hours, int | float | np.number):
            raise ValueError(f"hours is {hours!r}: expected a number of hours for each manager")
        given = pd.Series(float(hours), index=names)
    if (given < 0).any() or given.isna().any() or np.isinf(given).any():
        raise ValueError(f"hours is {hours!r}: expected 0 or more for each manager")
    return given.rename_axis("manager_id")


def _rows_of(frame: pd.DataFrame, have: pd.Series) -> tuple[Any, np.ndarray]:
    """What binds, as sparse rows with their ends: the hours of each manager, and one action of a
    kind at an account.
    """
    n = len(frame)
    order = pd.Series(range(len(have)), index=have.index)
    at = order.reindex(frame["manager_id"].astype(str)).to_numpy()
    load = sparse.csr_matrix(
        (frame["hours"].to_numpy(dtype=float), (at, np.arange(n))), shape=(len(have), n)
    )
    group = frame.groupby(["account_id", "kind"], sort=False).ngroup().to_numpy()
    several = np.flatnonzero(np.bincount(group) > 1) if n else np.array([], dtype=int)
    inside = np.flatnonzero(np.isin(group, several))
    place = np.searchsorted(several, group[inside])
    once = sparse.csr_matrix((np.ones(len(inside)), (place, inside)), shape=(len(several), n))
    return sparse.vstack([load, once]).tocsr(), np.r_[have.to_numpy(), np.ones(len(several))]


def next_best_action(
    actions: pd.DataFrame,
    hours: float | Mapping[str, float] = HOURS,
    *,
    small: Sequence[str] = (),
    cover: float = 0.0,
) -> Choice:
    """Which actions bring most within the hours that the managers have?

    A mixed-integer program: each action is taken or not, at most one of its kind at an account,
    no manager works more hours than there are. The dual of the same program without "or not" is
    what one hour more of a manager would bring.

    Parameters
    ----------
    actions : account_id, kind, hours, gain, and manager_id where owners are known (one pool of
        hours otherwise). An action of nobody is left out.
    hours : of each manager, or by manager.
    small, cover : at least this fraction of all hours goes to these accounts (抓大不放小, S001-1g).

    Raises
    ------
    ValueError
        If a column is missing or a number is negative or missing, or no plan reaches the cover.
    """
    frame = _checked(actions)
    if isinstance(cover, bool) or not 0 <= cover < 1:
        raise ValueError(f"cover is {cover!r}: expected a fraction of the hours, 0.2 for a fifth")
    frame = _open(frame)
    have = _hours_of(frame, hours)
    if not len(frame):
        empty = pd.DataFrame(columns=["hours", "used", "one_more"], dtype=float)
        return Choice(frame, 0.0, empty.rename_axis("manager_id"), 0.0)
    rows, ends = _rows_of(frame, have)
    if cover > 0:
        each = frame["hours"].to_numpy(dtype=float)
        of = frame["account_id"].isin(list(small)).to_numpy()
        rows = sparse.vstack([rows, sparse.csr_matrix((cover * each - of * each)[None, :])])
        ends = np.r_[ends, 0.0]
    split = linprog(-frame["gain"], A_ub=rows, b_ub=ends, bounds=(0, 1), method="highs")
    if split.status != 0:
        raise ValueError(f"no plan fits these hours: {split.message}")
    taken = _whole(frame, rows, ends) if cover > 0 else _by_manager(frame, have, split)
    used = taken.groupby(taken["manager_id"].astype(str))["hours"].sum()
    table = pd.DataFrame(
        {
            "hours": have,
            "used": used.reindex(have.index).fillna(0.0),
            "one_more": np.abs(split.ineqlin.marginals[: len(have)]),
        }
    )
    return Choice(taken, float(taken["gain"].sum()), table, float(-split.fun))


@contextmanager
def _silent() -> Iterator[None]:
    """What C writes to the standard output goes nowhere: HiGHS 1.12 prints a line there that
    no option stops (its issue 2783).
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _whole(frame: pd.DataFrame, rows: Any, ends: np.ndarray) -> pd.DataFrame:
    """The rows of the best plan in which each action is taken or not."""
    if not len(frame):
        return frame
    with _silent():
        best = milp(
            -frame["gain"].to_numpy(dtype=float),
            constraints=LinearConstraint(rows, -np.inf, ends),
            integrality=np.ones(len(frame)),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": GAP},
        )
    if best.x is None:
        raise ValueError(f"no plan fits these hours: {best.message}")
    return frame[best.x > 0.5]


def _by_manager(frame: pd.DataFrame, have: pd.Series, split: Any) -> pd.DataFrame:
    """The same, where only hours bind: each manager by himself, so that most actions are settled
    before the search (an action whose reduced cost is more than what the manager's split plan
    brings above a whole one stays as it is there).
    """
    ratio = frame["gain"] / frame["hours"].clip(lower=1e-9)
    first = np.flatnonzero(split.x > 1 - 1e-9)
    order = dict.fromkeys([*first, *np.argsort(-ratio.to_numpy(), kind="stable")])
    who = frame["manager_id"].astype(str)
    some_plan = frame.loc[_in_order(frame, have, list(order)).index, "gain"].groupby(who).sum()
    room = (frame["gain"] * split.x).groupby(who).sum().sub(some_plan, fill_value=0.0)
    room = who.map(room).to_numpy() + 1e-6
    out, sure = split.lower.marginals > room, -split.upper.marginals > room
    settled = frame[sure]
    keys = pd.MultiIndex.from_frame(frame[["account_id", "kind"]])
    open_ = ~out & ~sure & ~keys.isin(keys[sure])
    left = have - settled.groupby(who)["hours"].sum().reindex(have.index).fillna(0.0)
    rest = frame[open_]
    found = _whole(rest, *_rows_of(rest, left))
    return frame.loc[settled.index.union(found.index)]


def _in_order(frame: pd.DataFrame, have: pd.Series, order: Sequence[int]) -> pd.DataFrame:
    """Take actions in an order, each as long as its manager has the hours."""
    left, done, taken = have.to_dict(), set(), []
    keys = list(zip(frame["account_id"], frame["kind"], strict=True))
    who, each = frame["manager_id"].astype(str).tolist(), frame["hours"].tolist()
    for at in order:
        if keys[at] in done or each[at] > left[who[at]] + 1e-9:
            continue
        left[who[at]] -= each[at]
        done.add(keys[at])
        taken.append(at)
    return frame.iloc[taken]


def by_ratio(actions: pd.DataFrame, hours: float | Mapping[str, float] = HOURS) -> pd.DataFrame:
    """Take what brings most an hour, one after the other, until the hours are used: greedy."""
    frame = _checked(actions)
    frame = _open(frame)
    ratio = frame["gain"] / frame["hours"].clip(lower=1e-9)
    order = ratio.sort_values(ascending=False, kind="stable").index
    return _in_order(frame, _hours_of(frame, hours), list(order))


def by_size(
    actions: pd.DataFrame, sales: pd.Series, hours: float | Mapping[str, float] = HOURS
) -> pd.DataFrame:
    """Take all that can be done at the largest account, then at the next: the documents' order."""
    frame = _checked(actions)
    frame = _open(frame)
    key = pd.DataFrame({"sales": frame["account_id"].map(sales).fillna(0.0), "gain": frame["gain"]})
    order = key.sort_values(["sales", "gain"], ascending=False, kind="stable").index
    return _in_order(frame, _hours_of(frame, hours), list(order))


def value_of_an_hour(
    actions: pd.DataFrame,
    hours: float = HOURS,
    times: Sequence[float] = (0.5, 1.0, 1.5, 2.0),
) -> pd.DataFrame:
    """What do more, or fewer, hours bring?

    Of plans in which an action may be split: whole ones come in lumps, so that an hour more brings
    nothing or a whole action.

    Returns
    -------
    DataFrame : by hours of each manager: gain of the best plan; one_more, what an hour more of each
        brings by solving anew; and dual, what the dual says (both per hour, mean over managers).

    Raises
    ------
    ValueError
        If a number of times is not above zero, or the actions are not as `next_best_action` asks.
    """
    if not len(times) or any(isinstance(t, str) or not t > 0 for t in times):
        raise ValueError(f"times is {times!r}: expected numbers above 0, such as (0.5, 1.0, 2.0)")
    frame = _open(_checked(actions))
    have = _hours_of(frame, hours)
    rows, ends = _rows_of(frame, have)
    made = []
    for each in sorted(set(times)):
        now = np.r_[have * each, ends[len(have) :]]
        more = now + np.r_[np.ones(len(have)), np.zeros(len(ends) - len(have))]
        plans = [linprog(-frame["gain"], A_ub=rows, b_ub=end, bounds=(0, 1), method="highs")
                 for end in (now, more)]  # fmt: skip
        gain, next_ = (-found.fun for found in plans)
        dual = np.abs(plans[0].ineqlin.marginals[: len(have)])
        made.append((hours * each, gain, (next_ - gain) / len(have), float(dual.mean())))
    columns = ["hours", "gain", "one_more", "dual"]
    return pd.DataFrame(made, columns=columns).set_index("hours")


def base_words(kind: str) -> str:
    """What an action moves, in words."""
    return BASES[ACTIONS[kind].base].words
