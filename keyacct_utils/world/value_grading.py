"""The account profile: axes of the value matrices and the next key accounts (lesson 03).

Planted: four latent groups on two axes (attractiveness of the account's business, strength of the
relationship; Fiocca 1982) with centres two units apart, and what makes an account grow. Two things
do: its headroom (what it could still buy) and how well its need fits our product; the rest is luck.
The signals measure the headroom, product_fit measures the fit, both with noise. So no column of the
profile knows who doubled: all that one can know is what drove it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm

from keyacct_utils.world.upstream import Built, Upstream, normal_scores, spend

#: Share of the accounts and centre (attractiveness, relationship) of each latent group, in axis
#: units.
GROUPS = {
    "key_today": (0.08, 1.0, 1.0),
    "key_tomorrow": (0.14, 1.0, -1.0),
    "harvest": (0.10, -1.0, 1.0),
    "maintain": (0.68, -1.0, -1.0),
}
AXIS_NOISE = 0.35
#: Points of the 0-10 scale per axis unit, and the middle of the scale.
AXIS_POINTS, AXIS_MIDDLE = 1.8, 5.0
#: What the growth of the last year owes to headroom and to fit, each a standard normal; growth is
#: taken as a normal score, and what these two leave is luck.
HEADROOM, FIT = 0.7, 0.35
#: How closely each signal follows the headroom (correlation), and product_fit the fit.
SIGNAL_LOADING = {"growth": 0.85, "sales_potential": 0.8, "industry_rank": 0.75}
FIT_LOADING, FIT_SHARE = 0.8, 0.7
BLANK_SHARE = 0.08
FILES = ("file_organisation", "file_trend", "file_credit", "file_history")
BRAND_HARM_SHARE, QUALITY_SHARE = 0.02, 0.15
DOUBLE = 2.0


@dataclass(frozen=True)
class Grading:
    """What is planted in the profile of one book; the values of linjiang where nothing is said."""

    groups: Mapping[str, tuple[float, float, float]] = field(default_factory=lambda: GROUPS)
    #: The line whose sales count; None: all lines.
    line: str | None = "P"


LINJIANG = Grading()


def _groups(
    rng: np.random.Generator, size: np.ndarray, pool: np.ndarray, plan: Grading
) -> np.ndarray:
    """Exact group sizes: the pool is part of tomorrow's key accounts, the larger others tend to be
    today's.
    """
    n = len(size)
    count = {name: round(share * n) for name, (share, _, _) in plan.groups.items()}
    score = normal_scores(size) + rng.normal(size=n)
    group = np.full(n, "maintain", dtype=object)
    today = np.argsort(np.where(pool, np.inf, -score), kind="stable")[: count["key_today"]]
    group[today] = "key_today"
    group[pool] = "key_tomorrow"
    rest = rng.permutation(np.flatnonzero(group == "maintain"))
    more = max(count["key_tomorrow"] - int(pool.sum()), 0)
    group[rest[:more]] = "key_tomorrow"
    group[rest[more : more + count["harvest"]]] = "harvest"
    return group


def _plant(
    rng: np.random.Generator, upstream: Upstream, months: int, plan: Grading
) -> tuple[pd.DataFrame, bool]:
    """Latent group, pool and outcome of every account, and whether the ledger shows just this
    outcome.
    """
    hidden = upstream["latent"].set_index("account_id").reindex(upstream["accounts"]["account_id"])
    pool, doubled = (hidden[name].to_numpy(dtype=bool) for name in ("pool", "doubled"))
    now, before = (spend(upstream, months, plan.line, back).to_numpy() for back in (1, 2))
    group = _groups(rng, before, pool, plan)
    grown = _growth(now, before)
    headroom, fit = _drivers(rng.spawn(1)[0], grown)
    shown = np.array_equal((before > 0) & (now >= DOUBLE * before), doubled)
    return pd.DataFrame(
        {
            "account_id": hidden.index.to_numpy(),
            "group": group,
            "doubled": doubled.astype(int),
            "grown": grown,
            "headroom": headroom,
            "fit": fit,
        }
    ), shown


def _growth(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Normal score of the growth of purchases; missing for who bought nothing in one of the two
    years.
    """
    there = (before > 0) & (now > 0)
    grown = np.full(len(now), np.nan)
    grown[there] = normal_scores(now[there] / before[there])
    return grown


def _drivers(rng: np.random.Generator, grown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Headroom and fit behind a growth that the ledger holds already.

    Growth = HEADROOM h + FIT f + luck, three independent normals. The ledger is there first, so h,
    f and luck are drawn and then moved by their parts of what their sum lacks (Matheron's rule):
    that gives them the distribution that they have given the growth. They are as if the growth had
    been drawn from them.
    """
    luck = np.sqrt(1 - HEADROOM**2 - FIT**2)
    headroom, fit, rest = rng.normal(size=(3, len(grown)))
    drawn = HEADROOM * headroom + FIT * fit + luck * rest
    lacking = np.where(np.isnan(grown), 0.0, grown - drawn)
    return headroom + HEADROOM * lacking, fit + FIT * lacking


def _axes(
    rng: np.random.Generator, group: np.ndarray, plan: Grading
) -> tuple[np.ndarray, np.ndarray]:
    centre = np.array([plan.groups[name][1:] for name in group])
    points = AXIS_MIDDLE + AXIS_POINTS * (centre + AXIS_NOISE * rng.normal(size=centre.shape))
    kept = np.round(np.clip(points, 0, 10), 2)
    return kept[:, 0], kept[:, 1]


def _files(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """The four parts of the account file, blank in an exact share of all cells."""
    cells = np.full(n * len(FILES), "on file", dtype=object)
    cells[rng.choice(len(cells), size=round(BLANK_SHARE * len(cells)), replace=False)] = None
    return dict(zip(FILES, cells.reshape(len(FILES), n), strict=True))


def _noisy(signal: np.ndarray, loading: float, noise: np.ndarray) -> np.ndarray:
    """A standard normal that has this correlation with the signal."""
    return loading * signal + np.sqrt(1 - loading**2) * noise


def _flags(rng: np.random.Generator, group: np.ndarray, fit: np.ndarray) -> dict[str, np.ndarray]:
    n = len(group)
    seen = _noisy(fit, FIT_LOADING, norm.ppf(rng.random(n)))
    fits = np.zeros(n, dtype=int)
    fits[np.argsort(-seen, kind="stable")[: round(FIT_SHARE * n)]] = 1
    harm = np.zeros(n, dtype=int)
    maintain = np.flatnonzero(group == "maintain")
    harm[rng.choice(maintain, size=round(BRAND_HARM_SHARE * n), replace=False)] = 1
    return {
        "product_fit": fits,
        "cross_region": (rng.random(n) < 0.12).astype(int),
        "rival_target": (rng.random(n) < 0.12).astype(int),
        "brand_harm": harm,
        "quality_flag": (rng.random(n) < QUALITY_SHARE).astype(int),
    }


def _points(x: np.ndarray) -> np.ndarray:
    return np.round(np.clip(x, 0, 10), 1)


def _profile(
    rng: np.random.Generator,
    upstream: Upstream,
    months: int,
    plant: pd.DataFrame,
    plan: Grading,
) -> pd.DataFrame:
    group, headroom, fit = (plant[name].to_numpy() for name in ("group", "headroom", "fit"))
    n = len(plant)
    now, before = (spend(upstream, months, plan.line, back).to_numpy() for back in (1, 2))
    size = np.maximum(np.where(before > 0, before, now), 1.0)
    signal = {
        name: _noisy(headroom, loading, rng.normal(size=n))
        for name, loading in SIGNAL_LOADING.items()
    }
    attractive, relation = _axes(rng, group.astype(object), plan)
    revenue_m = size / 1e6 * np.exp(rng.normal(2.5, 0.5, n))
    demand = rng.normal(5, 1.8, n)
    return pd.DataFrame(
        {
            "account_id": plant["account_id"],
            "employees": np.round(revenue_m * np.exp(rng.normal(0.6, 0.5, n))).astype(int) + 5,
            "revenue_m": np.round(revenue_m, 2),
            "growth": np.round(0.04 + 0.03 * signal["growth"], 4),
            "credit_ext": rng.choice(["A", "B", "C", "D"], n, p=[0.35, 0.40, 0.18, 0.07]),
            "industry_rank": np.maximum(
                np.round(np.exp(2.6 - 0.7 * signal["industry_rank"])), 1
            ).astype(int),
            "sales_potential": np.round(size * np.exp(0.5 + 0.25 * signal["sales_potential"]), 2),
            "selling_cost": np.round(size * np.exp(rng.normal(-5.5, 0.6, n)), 2),
            "social_value": np.round(
                np.clip(50 + 12 * normal_scores(size) + rng.normal(0, 10, n), 0, 100), 0
            ),
            "innovation": _points(rng.normal(5.5, 1.8, n)),
            "market_power": _points(rng.normal(5.5, 1.8, n)),
            "service_demand": _points(demand),
            "business_attractiveness": attractive,
            "relationship_strength": relation,
            "management_difficulty": _points(2.5 + 0.5 * demand + rng.normal(0, 1.4, n)),
            "relative_strength": _points(0.6 * relation + 2.4 + rng.normal(0, 1.0, n)),
            **_flags(rng, group, fit),
            "operation_score": rng.choice([2.0, 3.0, 4.0, 5.0], n, p=[0.05, 0.2, 0.4, 0.35]),
            "development_score": rng.choice(
                [1.0, 2.0, 3.0, 4.0, 5.0], n, p=[0.05, 0.15, 0.3, 0.3, 0.2]
            ),
            **_files(rng, n),
        }
    ).astype(dict.fromkeys(FILES, "string"))


def _apart(grown: np.ndarray, doubled: np.ndarray) -> tuple[float, float]:
    """How far apart those who doubled and the others grew, and the variance within the two."""
    yes, no = grown[doubled & ~np.isnan(grown)], grown[~doubled & ~np.isnan(grown)]
    if not len(yes) or not len(no):
        return 0.0, 1.0
    within = (len(yes) * yes.var() + len(no) * no.var()) / (len(yes) + len(no))
    return float(yes.mean() - no.mean()), float(within)


def lift_together(apart: float, within: float) -> float:
    """By how many standard deviations the mean of the signals of those who doubled lies higher.

    Parameters
    ----------
    apart, within : float
        As growth, in normal scores: the difference of the two means and the variance within.

    Returns
    -------
    float
        sum_j c_j apart / sqrt((sum_j c_j)^2 within + (sum_j a_j)^2 (1 - H^2) + sum_j (1 - a_j^2)),
        with H the part of headroom in growth, a_j the loading of signal j and c_j = H a_j.
    """
    a = np.array([*SIGNAL_LOADING.values()])
    c = HEADROOM * a.sum()
    spread = c**2 * within + a.sum() ** 2 * (1 - HEADROOM**2) + (1 - a**2).sum()
    return float(c * apart / np.sqrt(spread))


def _lifts(plant: pd.DataFrame) -> tuple[dict[str, float], float]:
    """What the mechanism lets expect of the signals of those who doubled, in standard deviations:
    each in the book, and their mean in the pool.
    """
    grown, doubled = plant["grown"].to_numpy(), plant["doubled"].to_numpy(dtype=bool)
    apart, within = _apart(grown, doubled)
    each = {
        name: HEADROOM * a * apart / np.sqrt((HEADROOM * a) ** 2 * (within - 1) + 1)
        for name, a in SIGNAL_LOADING.items()
    }
    inside = plant["pool"].to_numpy(dtype=bool)
    together = lift_together(*_apart(grown[inside], doubled[inside]))
    return {name: round(float(value), 4) for name, value in each.items()}, round(together, 4)


def build(
    rng: np.random.Generator,
    upstream: Upstream,
    months: int,
    plan: Grading = LINJIANG,
) -> Built:
    """Table ``account_profile`` with what was planted in it.

    Reads accounts, ledger and latent (pool: who is in the group of tomorrow; doubled: who doubled
    line-P revenue in the ledger's last year). Months: at least 24. Of the truth, ``groups`` is a
    DataFrame (account_id, group, pool, doubled, headroom, fit); its pool is the rule that a lesson
    can see, the group and product_fit.
    """
    plant, shown = _plant(rng, upstream, months, plan)
    profile = _profile(rng, upstream, months, plant, plan)
    tomorrow = (plant["group"] == "key_tomorrow") & (profile["product_fit"] == 1)
    plant.insert(2, "pool", tomorrow.astype(int))
    shifts, together = _lifts(plant)
    plant = plant.drop(columns="grown").round({"headroom": 4, "fit": 4})
    sold = "revenue" if plan.line is None else f"line-{plan.line} revenue"
    middle, points = AXIS_MIDDLE, AXIS_POINTS
    truth: dict[str, object] = {
        "groups": plant,
        "group_shares": {name: values[0] for name, values in plan.groups.items()},
        "group_centres_points": {
            name: [middle + points * c for c in values[1:]] for name, values in plan.groups.items()
        },
        "axes": ["business_attractiveness", "relationship_strength"],
        "centre_distance_units": 2.0,
        "axis_noise_units": AXIS_NOISE,
        "points_per_unit": AXIS_POINTS,
        "kmeans": "the two axes in points without z-scores, k = 4, n_init = 25",
        "pool": plant.loc[plant["pool"] == 1, "account_id"].tolist(),
        "pool_rule": "group key_tomorrow with product_fit = 1",
        "doubled": plant.loc[plant["doubled"] == 1, "account_id"].tolist(),
        "doubled_in_ledger": shown,
        "growth_from": {"headroom": HEADROOM, "fit": FIT},
        "signal_loadings": dict(SIGNAL_LOADING),
        "fit_loading": FIT_LOADING,
        "signals": shifts,
        "signals_together_in_pool": together,
        "signals_formula": (
            f"z(growth) + z(log(sales_potential / {sold} "
            "of the year before)) - z(log(industry_rank))"
        ),
        "blank_share_files": BLANK_SHARE,
    }
    return {"account_profile": profile}, truth
