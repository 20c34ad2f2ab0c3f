"""The survey: what drives satisfaction, where service falls short, what recovery is worth (lesson
06).

Planted: a latent path model E, Q, V -> S -> L (Fornell et al. 1996), in which the items of the
drivers load unequally and those of satisfaction and loyalty alike, SERVQUAL
gaps (Parasuraman, Zeithaml & Berry 1988) and a gain in loyalty from complaints answered within 48
hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import expit

from keyacct_utils.world.upstream import Built, Upstream, book_start, joined_month

#: Latent paths to satisfaction and correlations of the antecedents (E-Q, E-V, Q-V).
PATHS = {"E": 0.11, "Q": 0.53, "V": 0.36}
CORRELATION = {"EQ": 0.4, "EV": 0.3, "QV": 0.5}
LOYALTY_PATH = 0.80
#: Of the items of satisfaction and of loyalty; of the three items of each driver.
LOADING, DRIVER_LOADINGS = 0.85, (0.8, 0.9, 0.5)
ITEMS = {"E": 3, "Q": 3, "V": 3, "S": 3, "L": 2}
#: Items are round(6.5 + 1.5 x) kept within 1-10; rounding adds 1/12 to the variance, which the
#: loadings allow for.
ITEM_MEAN, ITEM_SD = 6.5, 1.5
#: Loadings before rounding are so much above those after it.
ROUNDED = float(np.sqrt(1 + 1 / (12 * ITEM_SD**2)))
#: Standard deviation between managers, in standard deviations of latent satisfaction.
MANAGER_SD = 0.05
RESPONDENTS_PER_ACCOUNT, LAST_YEAR_SHARE = 1.5, 1 / 3
#: Complaints: logit intercept and effect of satisfaction; gain in points (1-10) when answered in
#: time.
COMPLAINT = (-0.9, -0.6)
RECOVERY_POINTS, RECOVERY_HOURS = 0.6, 48.0
#: Items of each SERVQUAL dimension and the planted gap (perceived - expected) in points.
SERVQUAL = {
    "tangibles": (4, -0.2),
    "reliability": (5, -0.5),
    "responsiveness": (4, -0.8),
    "assurance": (4, -0.3),
    "empathy": (5, -0.4),
}
EXPECTED_MEAN, EXPECTED_SD, PERCEIVED_SD = 7.6, 0.9, 0.9
#: Mean points of the delivered-value scores and points per standard deviation of latent value.
VALUES = {"product": 72.0, "service": 66.0, "personnel": 70.0, "image": 68.0}
COSTS = {"money": 48.0, "time": 44.0, "energy": 34.0, "mental": 30.0}
VALUE_SLOPE, VALUE_NOISE = 4.0, 8.0
RECOMMEND_MEAN, RECOMMEND_SLOPE, RECOMMEND_NOISE = 7.4, 1.5, 0.9


@dataclass(frozen=True)
class Voice:
    """What is planted in the survey of one book; the values of linjiang where nothing is said."""

    paths: Mapping[str, float] = field(default_factory=lambda: PATHS)
    correlation: Mapping[str, float] = field(default_factory=lambda: CORRELATION)
    loyalty: float = LOYALTY_PATH
    #: Of each item of satisfaction and loyalty, and of the items of each driver.
    loading: float = LOADING
    driver_loadings: tuple[float, ...] = DRIVER_LOADINGS
    manager_sd: float = MANAGER_SD
    #: Whether the managers drawn differ by exactly ``manager_sd`` (a book with few of them).
    exact_managers: bool = False
    recovery: float = RECOVERY_POINTS
    #: Questionnaires per account.
    per_account: float = RESPONDENTS_PER_ACCOUNT
    servqual: Mapping[str, tuple[int, float]] = field(default_factory=lambda: SERVQUAL)
    values: Mapping[str, float] = field(default_factory=lambda: VALUES)
    costs: Mapping[str, float] = field(default_factory=lambda: COSTS)

    @property
    def loadings(self) -> dict[str, tuple[float, ...]]:
        """Of the items of each block."""
        return {
            name: self.driver_loadings if name in self.paths else (self.loading,) * count
            for name, count in ITEMS.items()
        }

    @property
    def raw_loading(self) -> float:
        """Loading of satisfaction and loyalty before rounding."""
        return self.loading * ROUNDED


LINJIANG = Voice()


def _latents(rng: np.random.Generator, manager: np.ndarray, plan: Voice) -> dict[str, np.ndarray]:
    """Standard normal latents by the path model; the manager effect is part of the disturbance of
    S.
    """
    size = len(manager)
    corr = np.eye(3)
    corr[0, 1] = corr[1, 0] = plan.correlation["EQ"]
    corr[0, 2] = corr[2, 0] = plan.correlation["EV"]
    corr[1, 2] = corr[2, 1] = plan.correlation["QV"]
    # Whitened: the sample has the planted correlations exactly, so that only measurement error
    # blurs the paths.
    draw = rng.normal(size=(size, len(ITEMS)))
    draw = draw - draw.mean(axis=0)
    draw = draw @ np.linalg.inv(np.linalg.cholesky(np.cov(draw.T))).T
    drivers = draw[:, :3] @ np.linalg.cholesky(corr).T
    beta = np.array(list(plan.paths.values()))
    skill = rng.normal(size=manager.max() + 1)
    if plan.exact_managers:
        skill = (skill - skill.mean()) / skill.std(ddof=1)
    skill = plan.manager_sd * skill
    rest = np.sqrt(1 - beta @ corr @ beta - plan.manager_sd**2)
    satisfied = drivers @ beta + skill[manager] + rest * draw[:, 3]
    loyal = plan.loyalty * satisfied + np.sqrt(1 - plan.loyalty**2) * draw[:, 4]
    return {"E": drivers[:, 0], "Q": drivers[:, 1], "V": drivers[:, 2], "S": satisfied, "L": loyal}


def _complaints(rng: np.random.Generator, satisfied: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who complained and the hours until the answer (missing without a complaint); hours do not
    depend on satisfaction.
    """
    complained = rng.random(len(satisfied)) < expit(COMPLAINT[0] + COMPLAINT[1] * satisfied)
    hours = np.round(np.exp(np.log(RECOVERY_HOURS) + 0.8 * rng.normal(size=len(satisfied))), 1)
    return complained.astype(int), np.where(complained, hours, np.nan)


def _items(
    rng: np.random.Generator,
    latent: dict[str, np.ndarray],
    loadings: Mapping[str, tuple[float, ...]],
) -> dict[str, np.ndarray]:
    """Integer items 1-10 whose correlation with their latent is the planted one after
    rounding.
    """
    columns: dict[str, np.ndarray] = {}
    for name, count in ITEMS.items():
        loading = ROUNDED * np.array(loadings[name])[:, None]
        noise = np.sqrt(1 - loading**2) * rng.normal(size=(count, len(latent[name])))
        scores = np.clip(
            np.round(ITEM_MEAN + ITEM_SD * (loading * latent[name] + noise)), 1, 10
        ).astype(int)
        columns |= {f"{name}{i + 1}": scores[i] for i in range(count)}
    return columns


def _servqual(
    rng: np.random.Generator,
    quality: np.ndarray,
    answered: np.ndarray,
    planted: Mapping[str, tuple[int, float]],
) -> dict[str, pd.Series]:
    """Twenty-two pairs for the respondents of the long form; missing for the others."""
    size, gaps = (
        len(quality),
        np.concatenate([np.full(count, gap) for count, gap in planted.values()]),
    )
    shape = (len(gaps), size)
    demanding = 0.5 * rng.normal(size=size)
    expected = EXPECTED_MEAN + demanding + EXPECTED_SD * rng.normal(size=shape)
    perceived = (
        EXPECTED_MEAN
        + gaps[:, None]
        + demanding
        + 0.5 * quality
        + PERCEIVED_SD * rng.normal(size=shape)
    )
    columns: dict[str, pd.Series] = {}
    for prefix, scores in (("perceived_", perceived), ("expected_", expected)):
        whole = np.clip(np.round(scores), 1, 10)
        for i in range(len(gaps)):
            columns[f"{prefix}{i + 1:02d}"] = pd.Series(
                np.where(answered, whole[i], np.nan)
            ).astype("Int64")
    return columns


def _delivered(rng: np.random.Generator, value: np.ndarray, plan: Voice) -> dict[str, np.ndarray]:
    """Value scores rise and cost scores fall with latent perceived value (S002-1i)."""
    size = len(value)
    columns: dict[str, np.ndarray] = {}
    for prefix, means, sign in (("value_", plan.values, 1), ("cost_", plan.costs, -1)):
        for name, mean in means.items():
            score = mean + sign * VALUE_SLOPE * value + VALUE_NOISE * rng.normal(size=size)
            columns[prefix + name] = np.round(np.clip(score, 0, 100), 0)
    return columns


def _years(n_respondents: int, first_year: int, months: int) -> np.ndarray:
    """Year of each questionnaire: a third in the last year, the others equally in the years
    before.
    """
    years = max(months // 12, 1)
    last = n_respondents if years == 1 else round(LAST_YEAR_SHARE * n_respondents)
    earlier = np.sort(np.arange(n_respondents - last) % max(years - 1, 1)) + first_year
    return np.concatenate([earlier, np.full(last, first_year + years - 1)])


def _respondents(rng: np.random.Generator, joined: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Row of the account that answers each questionnaire; an account that joined late answers only
    later.
    """
    pool = np.resize(rng.permutation(len(joined)), len(year))
    late = joined[pool] > year[0]
    open_slots = np.flatnonzero(year >= joined.max())
    slots = rng.choice(open_slots, size=late.sum(), replace=False)
    pick = np.empty(len(year), dtype=int)
    rest = np.setdiff1d(np.arange(len(year)), slots)
    pick[slots], pick[rest] = pool[late], pool[~late]
    return pick


def _truth(long_forms: int, plan: Voice) -> dict[str, object]:
    return {
        "paths_to_S": dict(plan.paths),
        "latent_correlations": dict(plan.correlation),
        "path_S_to_L": plan.loyalty,
        "loading": plan.loading,
        "driver_loadings": list(plan.driver_loadings),
        "item_scale": "round(6.5 + 1.5 x), kept within 1-10",
        "servqual_gaps": {name: gap for name, (_, gap) in plan.servqual.items()},
        "servqual_items": {name: count for name, (count, _) in plan.servqual.items()},
        "servqual_respondents": long_forms,
        "recovery_points": plan.recovery,
        "recovery_hours": RECOVERY_HOURS,
        "recovery_measured_on": (
            "mean of L1 and L2 (points 1-10), complainers only, given the mean of S1-S3"
        ),
        "manager_sd": plan.manager_sd,
        "delivered_value_mean": round(sum(plan.values.values()) - sum(plan.costs.values()), 1),
        "delivered_value_per_sd_of_V": VALUE_SLOPE * (len(plan.values) + len(plan.costs)),
        "recommend_per_sd_of_L": RECOMMEND_SLOPE,
    }


def build(
    rng: np.random.Generator,
    upstream: Upstream,
    months: int,
    plan: Voice = LINJIANG,
) -> Built:
    """Table ``survey`` with what was planted in it.

    Reads accounts (with manager_id) and ledger (for the first month).
    """
    accounts = upstream["accounts"]
    size = round(plan.per_account * len(accounts))
    first_year = book_start(upstream).year
    year = _years(size, first_year, months)
    pick = _respondents(rng, first_year + -(-joined_month(upstream) // 12), year)
    manager, _ = pd.factorize(accounts["manager_id"].to_numpy()[pick], sort=True)
    latent = _latents(rng, manager, plan)
    complained, hours = _complaints(rng, latent["S"])
    in_time = (complained == 1) & (np.nan_to_num(hours, nan=np.inf) < RECOVERY_HOURS)
    latent["L"] = latent["L"] + in_time * plan.recovery / (plan.raw_loading * ITEM_SD)
    recommend = (
        RECOMMEND_MEAN + RECOMMEND_SLOPE * latent["L"] + RECOMMEND_NOISE * rng.normal(size=size)
    )
    survey = pd.DataFrame(
        {
            "respondent": [f"R{i:04d}" for i in range(1, size + 1)],
            "account_id": accounts["account_id"].to_numpy()[pick],
            "manager_id": accounts["manager_id"].to_numpy()[pick],
            "year": year,
            **_items(rng, latent, plan.loadings),
            "complaint": complained,
            "hours_to_answer": hours,
            "recommend": np.clip(np.round(recommend), 0, 10).astype(int),
            **_servqual(rng, latent["Q"], year == year.max(), plan.servqual),
            **_delivered(rng, latent["V"], plan),
        }
    )
    return {"survey": survey}, _truth(int((year == year.max()).sum()), plan)
