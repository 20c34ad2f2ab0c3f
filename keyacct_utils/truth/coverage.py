"""Lesson 12: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.coverage import compliance, plans, staffing, thresholds
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world import coverage as planted
from keyacct_utils.world.coverage import (
    CALLS_A_YEAR,
    COVER,
    CUT,
    FOR_ACCOUNTS,
    JUMP,
    MET,
    MORE_CRYSTAL,
    SPEED,
    STANDARD,
    A,
    K,
)

#: Three standard errors of the right method: the standard deviation of what it finds over books of
#: 40 seeds. `tests/test_coverage_truth.py` measures them anew. Of the shares it is that of gold,
#: the class of the fewest accounts.
TOLERANCES = {
    "share": 0.085,
    "jump": 8.5,
    "spread": 1.5,
    "a": 0.27,
    "k": 0.04,
    "gain": 0.0075,
    "staff": 0.12,
    "more": 0.4,
}
#: S004-1b: accounts per manager of a maker of computers.
LENOVO = 200 / 3
#: Close enough for a decision in a book of another size.
_NEAR_SHARE, _NEAR_RATE, _NEAR_GAIN, _SIGMA = 0.05, 0.1, 0.03, 1.703
_FEWEST = 10
BUNDLED_SIZE = 600, 12

Tables = Mapping[str, pd.DataFrame]


def _looks(tables: Tables) -> pd.DataFrame:
    """One row per account and quarter, however many owners there are."""
    rows = tables["visits"]
    keys = ["quarter", "account_id"]
    found = rows.groupby(keys, as_index=False)[["visits", "calls", "minutes"]].sum()
    first = rows.drop_duplicates(keys)[[*keys, "tier", "monthly_spend"]]
    return found.merge(first, on=keys)


def _met(tables: Tables) -> dict[str, float]:
    found = compliance.visit_compliance(_looks(tables), STANDARD)
    return {str(name): float(share) for name, share in found["share"].items()}


def _of_averages(tables: Tables) -> dict[str, float]:
    """Visits made over visits promised."""
    looks = _looks(tables)
    made = looks.groupby("tier")["visits"].mean()
    return {name: float(made[name] / promised) for name, promised in STANDARD.items()}


def _of_years(tables: Tables) -> dict[str, float]:
    """Accounts that came to the promised number over the year."""
    looks = _looks(tables)
    year = looks.groupby("account_id").agg(tier=("tier", "first"), visits=("visits", "sum"))
    wanted = 4 * year["tier"].map(STANDARD)
    kept = (year["visits"] >= wanted).groupby(year["tier"]).mean()
    return {name: float(kept[name]) for name in STANDARD}


def _minutes(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    looks = _looks(tables)
    of = looks.groupby("account_id").agg(
        spend=("monthly_spend", "first"), minutes=("minutes", "mean")
    )
    return np.log(of["spend"].to_numpy() / CUT), of["minutes"].to_numpy() / 3


def _jump(tables: Tables) -> thresholds.Jump:
    return thresholds.threshold_jump(*_minutes(tables), 0.0)


def _of_all(tables: Tables) -> float:
    """Standard deviation of the minutes of all accounts, whatever they spend."""
    return float(_minutes(tables)[1].std(ddof=1))


def _means(tables: Tables) -> float:
    x, y = _minutes(tables)
    return float(y[x >= 0].mean() - y[x < 0].mean())


def _near(tables: Tables) -> float:
    """Means of the accounts up to half above and down to two thirds of the cut, without lines."""
    x, y = _minutes(tables)
    near = np.abs(x) < np.log(1.5)
    return float(y[near & (x >= 0)].mean() - y[near & (x < 0)].mean())


def _curve(tables: Tables, lot: bool = True) -> plans.Response:
    rows = tables["visit_trials"]
    rows = rows[rows["by_lot"] == 1] if lot else rows
    return plans.fit_response(rows["visits"], rows["lift_pct"])


def _first_visit(tables: Tables) -> float:
    """What the first visit brings, over the average of those with the most."""
    rows = tables["visit_trials"]
    rows = rows[rows["by_lot"] == 1]
    means = rows.groupby("visits")["lift_pct"].mean()
    return float(means[1] / means.index.max())


def gain(
    tables: Tables, margin: pd.Series, k: float, cover: int = COVER, whole: bool = False
) -> float:
    """Share by which the best plans of as many visits a quarter bring more than the visits made; of
    the whole margin too, where that is asked.
    """
    made = _looks(tables).pivot(index="account_id", columns="quarter", values="visits")
    margin = margin.reindex(made.index).clip(lower=0.0)
    frame = pd.DataFrame({"a": margin * A / 100 / 4, "k": k})
    now = best = 0.0
    for quarter in made:
        now += plans.plan_value(frame, made[quarter])
        plan = plans.allocate_visits(frame, int(made[quarter].sum()), cover)
        best += float(plan["contribution"].sum())
    return (best - now) / (float(margin.sum()) if whole else now)


def _gain(tables: Tables, cover: int = COVER, whole: bool = False, k: float | None = None) -> float:
    months = tables["ledger"]["date"].dt.to_period("M").nunique()
    margin = planted.margins(tables, months)
    return gain(tables, margin, _curve(tables).k if k is None else k, cover, whole)


def _year(tables: Tables) -> pd.DataFrame:
    rows = tables["activities"]
    return rows[rows["date"].dt.year == rows["date"].dt.year.max()]


def _staff(tables: Tables, speed: float = SPEED, surplus: bool = True) -> float:
    year = _year(tables)
    long = year["minutes"] + year["km"] / speed * 60
    mean = long.groupby(year["type"]).mean()
    tier = _looks(tables).drop_duplicates("account_id")["tier"].value_counts()
    counts = {name: float(tier.get(name, 0)) for name in STANDARD}
    hours = 12 * float(tables["managers"]["hours_per_month"].iloc[0]) * FOR_ACCOUNTS
    visits = staffing.workload(
        counts, {name: 4 * v for name, v in STANDARD.items()}, float(mean["visit"]), hours
    )
    calls = staffing.workload(counts, CALLS_A_YEAR, float(mean["call"]), hours)
    asked = float(long[~year["type"].isin(["visit", "call"])].sum()) / 60
    work = float(visits["hours"].sum() + calls["hours"].sum()) + (asked if surplus else 0.0)
    return staffing.managers_needed(work, hours).needed - len(tables["managers"])


def _more(tables: Tables) -> float:
    year = _year(tables)
    long = (year["minutes"] + year["km"] / SPEED * 60).groupby(year["type"]).mean()
    hours = 12 * float(tables["managers"]["hours_per_month"].iloc[0]) * FOR_ACCOUNTS
    visits = staffing.workload(
        {"crystal": MORE_CRYSTAL}, 4 * STANDARD["crystal"], float(long["visit"]), hours
    )
    calls = staffing.workload({"crystal": MORE_CRYSTAL}, CALLS_A_YEAR, float(long["call"]), hours)
    return float(visits["managers"].sum() + calls["managers"].sum())


def _owners(tables: Tables, wanted: int) -> set[str]:
    rows = tables["visits"]
    last = rows[rows["quarter"] == rows["quarter"].max()]
    last = last.assign(manager_id=last["manager_id"].replace("", None))
    found = compliance.orphans(last)
    found = found[found["owners"] == wanted] if wanted == 0 else found[found["owners"] > 1]
    return set(map(str, found.index))


def _by_file(tables: Tables) -> set[str]:
    found = compliance.orphans(tables["accounts"])
    return set(map(str, found.index[found["owners"] == 0]))


def _by_visits(tables: Tables) -> set[str]:
    """Accounts that nobody visited in the last quarter."""
    rows = tables["visits"]
    last = rows[rows["quarter"] == rows["quarter"].max()]
    made = last.groupby("account_id")["visits"].sum()
    return set(map(str, made.index[made == 0]))


ITEMS = (
    Item(
        "share of quarters in which the promised visits were made, class by class",
        lambda truth: dict(truth["coverage"]["compliance"]),
        TOLERANCES["share"],
        (
            Naive("visits made over visits promised", _of_averages),
            Naive("a year's visits set against four times the promise", _of_years),
        ),
    ),
    Item(
        "jump of the minutes a month at the cut",
        stated("coverage", "jump"),
        TOLERANCES["jump"],
        (
            Naive("the mean above the cut less the mean below it", _means),
            Naive("the same of those near the cut, without lines", _near),
        ),
    ),
    Item(
        "spread of the minutes a month between accounts of one spend",
        stated("coverage", "minutes_sd"),
        TOLERANCES["spread"],
        (Naive("the spread of all accounts, whatever they spend", _of_all),),
    ),
    Item(
        "what visits bring at most, percent of the margin",
        stated("coverage", "response", "a"),
        TOLERANCES["a"],
        (Naive("accounts that managers chose counted in", lambda t: _curve(t, lot=False).a),),
    ),
    Item(
        "how fast it levels off, per visit",
        stated("coverage", "response", "k"),
        TOLERANCES["k"],
        (Naive("accounts that managers chose counted in", lambda t: _curve(t, lot=False).k),),
    ),
    Item(
        "by how much the best plan of as many visits brings more",
        stated("coverage", "plan_gain"),
        TOLERANCES["gain"],
        (
            Naive("taken of the whole margin", lambda tables: _gain(tables, whole=True)),
            Naive("without cover of the small", lambda tables: _gain(tables, cover=0)),
        ),
    ),
    Item(
        "managers that are missing",
        stated("coverage", "short"),
        TOLERANCES["staff"],
        (
            Naive("the way left out", lambda tables: _staff(tables, speed=np.inf)),
            Naive(
                "only what is promised, not what is asked for", lambda t: _staff(t, SPEED, False)
            ),
            Naive(
                "accounts over those per manager elsewhere",
                lambda t: len(t["accounts"]) / LENOVO - len(t["managers"]),
            ),
        ),
    ),
    Item(
        "managers for 1,500 more crystal accounts",
        stated("coverage", "more_customers"),
        TOLERANCES["more"],
        (Naive("accounts over those per manager elsewhere", lambda t: MORE_CRYSTAL / LENOVO),),
    ),
    Item(
        "accounts without an owner",
        lambda truth: set(truth["coverage"]["without_owner"]),
        naive=(
            Naive("the file of accounts taken at its word", _by_file),
            Naive("those whom nobody visited", _by_visits),
        ),
    ),
    Item(
        "accounts with two owners",
        lambda truth: set(truth["coverage"]["with_two_owners"]),
        naive=(Naive("the file of accounts taken at its word", _by_file),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 12 finds in the tables of a world, by the names of ITEMS."""
    curve, jump = _curve(tables), _jump(tables)
    values = (
        _met(tables),
        float(jump.jump),
        float(jump.spread),
        curve.a,
        curve.k,
        _gain(tables, k=curve.k),
        _staff(tables),
        _more(tables),
        _owners(tables, 0),
        _owners(tables, 2),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        margin = rng.lognormal(0, _SIGMA, accounts)
        spend = planted.FEE_MIDDLE * rng.lognormal(0, planted.FEE_SD, accounts)
        tier = planted.tier_of(spend)
        made = planted.visits_made(rng, tier, planted.normal_scores(margin))
        looks = pd.DataFrame(
            {
                "account_id": np.repeat(np.arange(accounts), made.shape[1]).astype(str),
                "tier": np.repeat(tier, made.shape[1]),
                "visits": made.ravel(),
            }
        )
        named = {name: v for name, v in STANDARD.items() if (tier == name).any()}
        shares = compliance.visit_compliance(looks, named) if named else pd.DataFrame()
        row = shares.loc["crystal"] if "crystal" in shares.index else None
        x = np.log(spend / CUT)
        noise = np.hypot(planted.ACCOUNT_SD, planted.QUARTER_SD / 2)
        y = planted.AT_CUT + planted.RISE * x + JUMP * (x >= 0) + rng.normal(0, noise, accounts)
        jump = None
        if min((x < 0).sum(), (x >= 0).sum()) >= _FEWEST:
            jump = thresholds.threshold_jump(x, y, 0.0)
        rows = planted.trials(rng, np.arange(accounts).astype(str))
        lot = rows[rows["by_lot"] == 1]
        curve = None
        with suppress(ValueError):
            curve = plans.fit_response(lot["visits"], lot["lift_pct"])
        true = planted.gain(margin, made)
        mine = planted.gain(margin, made, curve.k) if curve else np.nan
        statements = {
            "the share of crystal comes out within 5 points": row is not None
            and abs(row["share"] - MET["crystal"]) <= _NEAR_SHARE,
            "its 95 % interval holds the true share": row is not None
            and row["low"] <= MET["crystal"] <= row["high"],
            "the jump is told: its interval lies below 0": jump is not None and jump.high < 0,
            "the interval of the jump holds the true one": jump is not None
            and jump.low <= JUMP <= jump.high,
            "k comes out within 0.1": curve is not None and abs(curve.k - K) <= _NEAR_RATE,
            "the gain of the best plan comes out within 3 points": abs(mine - true) <= _NEAR_GAIN,
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
