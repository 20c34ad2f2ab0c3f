"""Ties and renewals: which bond holds when a rival undercuts (lesson 05).

Planted: renewals follow P = logistic((tolerance[level] - gap + GAMMA v) / SLOPE) with v the account
value; good accounts get the higher levels (selection on v); the tolerance of level 1 decays to its
long-run value as the rival copies the offer (S000-7a; Berry & Parasuraman 1991). An account that
refused an offer buys less in the twelve months after it: the ledger is made with these refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import expit

from keyacct_utils.world.upstream import (
    Built,
    Upstream,
    book_start,
    joined_month,
    month_starts,
    normal_scores,
    spend,
)

#: Tolerated price gap in percent by level, long-run value (gap of S000-7a, filled in METHODS).
TOLERANCE = {1: 3.0, 2: 6.0, 3: 15.0}
#: Tolerance of a level-1 offer on its first day; it halves towards the long-run value.
TOLERANCE_NEW = 6.0
HALF_LIFE_MONTHS = 6.0
SLOPE = 2.0
#: Effect of one standard deviation of account value, in points of tolerated gap.
GAMMA = 3.5
#: Correlation of account value with the propensity to be given a higher level, and with spend.
SELECTION = 0.5
VALUE_SPEND = 0.6
#: Weight of visits in the part of the propensity that is not account value.
VISIT_WEIGHT = 0.5
SHARE_LEVEL_2, SHARE_LEVEL_3 = 0.35, 0.15
OFFERS = 4
#: Share of its purchases that an account gives to the rival after a refusal, and for how long.
REFUSAL_LOSS, LOSS_MONTHS = 0.12, 12
MAX_GAP = 20.0
#: Months since the offer are floor(48 u^1.5): recent offers are the more frequent.
MAX_OFFER_MONTHS, OFFER_AGE_POWER = 48, 1.5
#: Share that the second rater puts one level off: kappa = (1 - .121 - .395) / (1 - .395) = .80.
RATER_ERROR = 0.121
DAYS_IN_MONTH = 28

#: Probability of each indicator by level 1, 2, 3 (a rebate of at least 1 %, and so on).
INDICATORS = {
    "rebate": (0.90, 0.35, 0.25),
    "price_guarantee": (0.55, 0.10, 0.08),
    "club_member": (0.06, 0.75, 0.60),
    "shared_system": (0.02, 0.04, 0.75),
    "joint_equipment": (0.01, 0.04, 0.65),
    "onsite_service": (0.02, 0.05, 0.70),
    "long_contract": (0.04, 0.10, 0.85),
}
#: Mean of the Poisson counts by level.
COUNTS = {
    "named_contacts": (1.2, 4.5, 5.5),
    "events_year": (0.3, 2.5, 2.5),
    "visits_year": (4.0, 9.0, 10.0),
}


@dataclass(frozen=True)
class Bonds:
    """What is planted in the ties and renewals of one book; the values of linjiang where nothing
    is said.
    """

    tolerance: Mapping[int, float] = field(default_factory=lambda: TOLERANCE)
    tolerance_new: float = TOLERANCE_NEW
    half_life: float = HALF_LIFE_MONTHS
    slope: float = SLOPE
    gamma: float = GAMMA
    selection: float = SELECTION
    share_2: float = SHARE_LEVEL_2
    share_3: float = SHARE_LEVEL_3
    offers: int = OFFERS
    rater_error: float = RATER_ERROR
    kappa: float = 0.80
    #: Lowest and highest price offered.
    prices: tuple[float, float] = (0.60, 0.80)
    #: The line whose sales go with the account value; None: all lines.
    line: str | None = "P"
    #: Share of the purchases lost in the LOSS_MONTHS months after a refusal.
    refusal_loss: float = REFUSAL_LOSS


LINJIANG = Bonds()


def tolerance(
    level: np.ndarray, months_since_offer: np.ndarray, bonds: Bonds = LINJIANG
) -> np.ndarray:
    """Tolerated price gap in percent: constant but for level 1, which decays to its long-run
    value.
    """
    extra = (bonds.tolerance_new - bonds.tolerance[1]) * 0.5 ** (
        months_since_offer / bonds.half_life
    )
    base = np.select(
        [level == 1, level == 2], [bonds.tolerance[1], bonds.tolerance[2]], bonds.tolerance[3]
    )
    return np.where(level == 1, base + extra, base)


def _last_year_visits(upstream: Upstream, ids: pd.Index, months: int) -> np.ndarray | None:
    if "activities" not in upstream:
        return None
    since = book_start(upstream) + pd.DateOffset(months=months - 12)
    acts = upstream["activities"]
    chosen = acts.loc[(acts["type"] == "visit") & (acts["date"] >= since), "account_id"]
    return chosen.value_counts().reindex(ids, fill_value=0).to_numpy()


def _levels(
    rng: np.random.Generator, value: np.ndarray, visits: np.ndarray | None, bonds: Bonds
) -> np.ndarray:
    """Levels of fixed shares, selected on account value and, in the rest, on visits."""
    n = len(value)
    rest = rng.normal(size=n)
    if visits is not None:
        score = normal_scores(visits + rng.random(n))
        score = score - value * (score @ value) / (value @ value)
        rest = VISIT_WEIGHT * score / score.std() + np.sqrt(1 - VISIT_WEIGHT**2) * rest
    wish = bonds.selection * value + np.sqrt(1 - bonds.selection**2) * rest
    order = np.argsort(np.argsort(wish, kind="stable"), kind="stable")
    top, middle = round(bonds.share_3 * n), round(bonds.share_2 * n)
    return np.where(order >= n - top, 3, np.where(order >= n - top - middle, 2, 1))


def _second_rater(rng: np.random.Generator, level: np.ndarray, error: float) -> np.ndarray:
    """One level off on a fixed share of the accounts."""
    off = rng.choice(len(level), size=round(error * len(level)), replace=False)
    rated = level.copy()
    step = np.where(
        level[off] == 1, 1, np.where(level[off] == 3, -1, rng.choice([-1, 1], len(off)))
    )
    rated[off] = level[off] + step
    return rated


def _ties(
    rng: np.random.Generator,
    ids: pd.Series,
    value: np.ndarray,
    level: np.ndarray,
    visits: np.ndarray | None,
    bonds: Bonds,
) -> pd.DataFrame:
    n = len(ids)
    has = {
        name: (rng.random(n) < np.array(p)[level - 1]).astype(int) for name, p in INDICATORS.items()
    }
    count = {name: rng.poisson(np.array(mean)[level - 1]) for name, mean in COUNTS.items()}
    long_years, short_years = (
        rng.choice([3.0, 4.0, 5.0], n),
        rng.choice([1.0, 2.0], n, p=[0.8, 0.2]),
    )
    return pd.DataFrame(
        {
            "account_id": ids,
            "rebate_pct": np.round(np.where(has["rebate"] == 1, rng.uniform(1, 5, n), 0.0), 1),
            "price_guarantee": has["price_guarantee"],
            "named_contacts": count["named_contacts"],
            "visits_year": count["visits_year"] if visits is None else visits,
            "events_year": count["events_year"],
            "club_member": has["club_member"],
            "shared_system": has["shared_system"],
            "joint_equipment": has["joint_equipment"],
            "onsite_service": has["onsite_service"],
            "contract_years": np.where(has["long_contract"] == 1, long_years, short_years),
            "account_value": value,
            "bond_level": level,
            "bond_level_rater2": _second_rater(rng, level, bonds.rater_error),
        }
    )


def _renewals(
    rng: np.random.Generator,
    ties: pd.DataFrame,
    start: pd.Timestamp,
    begin: np.ndarray,
    months: int,
    bonds: Bonds,
) -> pd.DataFrame:
    """Some offers per account, one in each equal part of its time in the book; prices first, then
    the decision on them.
    """
    n = len(ties)
    size = n * bonds.offers
    row = np.repeat(np.arange(n), bonds.offers)
    level = ties["bond_level"].to_numpy()[row]
    value = ties["account_value"].to_numpy()[row]
    part = np.tile(np.arange(bonds.offers), n) + rng.random(size)
    month = begin[row] + np.floor((months - begin[row]) * part / bonds.offers).astype(int)
    date = month_starts(start, month) + rng.integers(0, DAYS_IN_MONTH, size).astype(
        "timedelta64[D]"
    )
    ours = np.round(rng.uniform(*bonds.prices, size), 4)
    rival = np.round(ours * (1 - rng.uniform(0, MAX_GAP, size) / 100), 4)
    gap = 100 * (1 - rival / ours)
    since = np.floor(MAX_OFFER_MONTHS * rng.random(size) ** OFFER_AGE_POWER).astype(int)
    chance = expit((tolerance(level, since, bonds) - gap + bonds.gamma * value) / bonds.slope)
    frame = pd.DataFrame(
        {
            "account_id": ties["account_id"].to_numpy()[row],
            "date": date,
            "our_price": ours,
            "rival_price": rival,
            "bond_level": level,
            "months_since_offer": since,
            "renewed": (rng.random(size) < chance).astype(int),
        }
    ).sort_values(["date", "account_id"], kind="stable", ignore_index=True)
    frame.insert(0, "renewal_id", [f"N{i:05d}" for i in range(1, size + 1)])
    return frame


def bought_after(
    renewals: pd.DataFrame,
    ids: pd.Series,
    start: pd.Timestamp,
    months: int,
    bonds: Bonds = LINJIANG,
) -> np.ndarray:
    """What refusals leave of the purchases of each account and month (accounts x months): each
    takes its share in the LOSS_MONTHS months after its own.
    """
    refused = renewals[renewals["renewed"] == 0]
    row = pd.Index(ids).get_indexer(refused["account_id"])
    date = pd.to_datetime(refused["date"])
    month = ((date.dt.year - start.year) * 12 + date.dt.month - start.month).to_numpy()
    times = np.zeros((len(ids), months + LOSS_MONTHS + 1))
    for after in range(1, LOSS_MONTHS + 1):
        np.add.at(times, (row, month + after), 1)
    return np.asarray((1 - bonds.refusal_loss) ** times[:, :months])


def true_effect(value: np.ndarray, bonds: Bonds = LINJIANG) -> float:
    """Mean over accounts, gaps and months of P(renewed | level 3) - P(renewed | level 1)."""
    gap = (np.arange(40) + 0.5) * MAX_GAP / 40
    edges = (np.arange(MAX_OFFER_MONTHS + 1) / MAX_OFFER_MONTHS) ** (1 / OFFER_AGE_POWER)
    shift = bonds.gamma * value[:, None] - gap[None, :]
    tolerated = tolerance(np.ones(MAX_OFFER_MONTHS, dtype=int), np.arange(MAX_OFFER_MONTHS), bonds)
    level_1 = np.average(
        [expit((tol + shift) / bonds.slope).mean() for tol in tolerated], weights=np.diff(edges)
    )
    return float(expit((bonds.tolerance[3] + shift) / bonds.slope).mean() - level_1)


def build(
    rng: np.random.Generator,
    upstream: Upstream,
    months: int,
    bonds: Bonds = LINJIANG,
) -> Built:
    """Tables ``ties`` and ``renewals`` with what was planted in them.

    Reads accounts and ledger; activities (visits of the last twelve months become ``visits_year``)
    if built. Months: at least 4. Where the offers are drawn already, because the ledger was made
    with their refusals, the tables are those; only the visits are counted anew.
    """
    ids = upstream["accounts"]["account_id"].reset_index(drop=True)
    n = len(ids)
    if "renewals" in upstream:
        counted = _last_year_visits(upstream, pd.Index(ids), months)
        ties = upstream["ties"]
        ties = ties if counted is None else ties.assign(visits_year=counted)
        found = {"ties": ties, "renewals": upstream["renewals"]}
        return found, _planted(ties["account_value"].to_numpy(), bonds)
    last_year = spend(upstream, months, bonds.line).to_numpy()
    mixed = VALUE_SPEND * normal_scores(last_year) + np.sqrt(1 - VALUE_SPEND**2) * rng.normal(
        size=n
    )
    value = np.round(normal_scores(mixed), 3)
    visits = _last_year_visits(upstream, pd.Index(ids), months)
    level = _levels(rng, value, visits, bonds)
    ties = _ties(rng, ids, value, level, visits, bonds)
    renewals = _renewals(rng, ties, book_start(upstream), joined_month(upstream), months, bonds)
    return {"ties": ties, "renewals": renewals}, _planted(value, bonds)


def _planted(value: np.ndarray, bonds: Bonds) -> dict[str, object]:
    """The truth of ties and renewals."""
    extra = bonds.tolerance_new - bonds.tolerance[1]
    return {
        "renewal_rule": "P = logistic((tolerance - gap + gamma * account_value) / slope)",
        "gap_definition": "100 * (1 - rival_price / our_price), uniform on 0-20",
        "tolerance": {str(k): v for k, v in bonds.tolerance.items()},
        "tolerance_level_1": (
            f"{bonds.tolerance[1]:g} + {extra:g} * 0.5 ** "
            f"(months_since_offer / {bonds.half_life:g})"
        ),
        "tolerance_level_1_new": bonds.tolerance_new,
        "half_life_months": bonds.half_life,
        "slope": bonds.slope,
        "gamma": bonds.gamma,
        "selection": bonds.selection,
        "level_shares": {
            "1": 1 - bonds.share_2 - bonds.share_3,
            "2": bonds.share_2,
            "3": bonds.share_3,
        },
        "true_effect_3_minus_1": round(true_effect(value, bonds), 4),
        "share_of_purchases_lost_after_a_refusal": bonds.refusal_loss,
        "months_of_that_loss": LOSS_MONTHS,
        "kappa_raters": bonds.kappa,
        "rater_error": bonds.rater_error,
        "indicator_probability_by_level": {name: list(p) for name, p in INDICATORS.items()},
    }
