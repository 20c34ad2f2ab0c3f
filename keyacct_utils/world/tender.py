"""Tenders of line E and who bid what: what lesson 17 shall find.

Planted: what panels gave for a lower price, a technical point, a service point and for having
supplied before, and nothing for being local, though local bidders win more often, since they get
better points for service; vetoes that hit low bids more often; estimates of cost that are right on
average and too low where they won; and tenders that are skipped where a rival has supplied before.

A tender belongs to an account and a year of the ledger, and its budget is cut to a part of what the
account bought of us in line E in that year: so what was won fits into those sales. What was lost or
skipped was bought from others beside them; the ledger does not hold it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import expit

from keyacct_utils.world.upstream import Built, Upstream

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Log odds of a bid of the whole budget, a technical point, a service point, the incumbent, a local
#: bidder.
BETA = {"price": -9.0, "tech": 0.06, "service": 0.05, "incumbent": 0.8, "local": 0.0}
#: Tenders of a book of 600 accounts and 48 months, and bids of each.
TENDERS, BIDS = 400, 4
#: True cost over the budget: mean and spread; error of an estimate (sd of the logarithm).
COST, COST_SD, ERROR_SD = 0.70, 0.03, 0.13
#: Over the estimate; price of a technical point over 76, and of having supplied before.
MARKUP, POINT_COST, INCUMBENT_COST = 0.12, 0.0025, 0.02
#: Rivals, and how far the level of their prices spreads around the common one.
RIVALS, LEVEL_SPREAD = 11, 0.05
TECH, TECH_SD, OUR_TECH = 76.0, 12.0, 4.0
SERVICE, SERVICE_SD, SERVICE_TECH, SERVICE_LOCAL = 67.0, 10.0, 0.25, 15.0
INCUMBENT, LOCAL = 0.4, 0.25
#: No price above this part of the budget (the ceiling is public).
CEILING = 0.99
#: A bid below this part of the mean of its tender is vetoed with the first chance, any other with
#: the second.
LOW, VETO_LOW, VETO = 0.88, 0.35, 0.02
#: Log odds of entering: without anything, for each rival that has supplied before, if we have.
ENTER = (2.0, -1.2, 1.5)
#: Points of price, technical and service by rule, and how often each; rules for price points.
WEIGHTS = ((30, 49, 21), (40, 42, 18), (50, 35, 15), (60, 28, 12))
WEIGHTS_SHARE = (0.3, 0.35, 0.2, 0.15)
RULES, RULES_SHARE = ("lowest", "mean", "second_mean"), (0.6, 0.25, 0.15)
#: Least sales of an account in a year that are put out to tender, and the part that is.
LEAST_SALES, PART = 50_000.0, (0.35, 0.9)
#: The reference bid, of which expected values are told: our scores, our price, our cost.
OWN = {"tech": 80.0, "service": 74.0, "incumbent": 0.0}
USUAL, REFERENCE_COST = 0.80, 0.70
SIMULATED = 20_000
OURS = "LES"


class Drawn(NamedTuple):
    """Tenders x bids; our bid is the first where we entered."""

    entered: npt.NDArray[np.bool_]
    #: True cost over the budget, and our estimate of it.
    cost: Floats
    estimate: Floats
    rival: Ints
    price: Floats
    tech: Floats
    service: Floats
    incumbent: Ints
    local: Ints
    veto: npt.NDArray[np.bool_]
    #: Place of the winner.
    won: Ints


def utility(price: Floats, tech: Floats, service: Floats, incumbent: Ints) -> Floats:
    """What the panel sees in a bid, apart from chance."""
    return (
        BETA["price"] * price
        + BETA["tech"] * tech
        + BETA["service"] * service
        + BETA["incumbent"] * incumbent
    )


def draw(rng: np.random.Generator, number: int) -> Drawn:
    """So many tenders with their bids and winners."""
    shape = (number, BIDS)
    incumbent = (rng.random(shape) < INCUMBENT).astype(np.int64)
    odds = ENTER[0] + ENTER[1] * incumbent[:, 1:].sum(axis=1) + ENTER[2] * incumbent[:, 0]
    entered = rng.random(number) < expit(odds)
    rival = rng.random((number, RIVALS)).argsort(axis=1)[:, :BIDS].astype(np.int64)
    level: Floats = np.linspace(-LEVEL_SPREAD, LEVEL_SPREAD, RIVALS)[rival]
    ours = np.zeros(shape, dtype=bool)
    ours[:, 0] = entered
    level[ours] = 0.0
    tech: Floats = TECH + np.where(ours, OUR_TECH, 0.0) + rng.normal(0, TECH_SD, shape)
    tech = np.asarray(np.round(np.clip(tech, 30, 100), 1), dtype=float)
    local = (rng.random(shape) < LOCAL).astype(np.int64)
    service: Floats = SERVICE + SERVICE_TECH * (tech - TECH) + SERVICE_LOCAL * local.astype(float)
    service = service + rng.normal(0, SERVICE_SD, shape)
    service = np.asarray(np.round(np.clip(service, 20, 100), 1), dtype=float)
    cost = rng.normal(COST, COST_SD, number)
    error = rng.normal(0, ERROR_SD, shape) + ERROR_SD**2 / 2  # cost / estimate is 1 on average
    estimate = cost[:, None] * np.exp(error)
    price = estimate * (1 + MARKUP) + level + POINT_COST * (tech - TECH)
    price = np.clip(price + INCUMBENT_COST * incumbent, 0.2, CEILING)
    low = price < LOW * price.mean(axis=1, keepdims=True)
    veto = rng.random(shape) < np.where(low, VETO_LOW, VETO)
    veto[(~veto).sum(axis=1) < 2] = False
    seen = utility(price, tech, service, incumbent) + rng.gumbel(size=shape)
    won = np.where(veto, -np.inf, seen).argmax(axis=1).astype(np.int64)
    return Drawn(
        entered, cost, estimate[:, 0], rival, price, tech, service, incumbent, local, veto, won
    )


def against(drawn: Drawn) -> Floats:
    """Sum of exp(utility) of the valid rivals of each tender: all bidders where we were not."""
    seen = np.exp(utility(drawn.price, drawn.tech, drawn.service, drawn.incumbent))
    seen[drawn.veto] = 0.0
    seen[drawn.entered, 0] = 0.0
    return np.asarray(seen.sum(axis=1))


def chance(price: float, rivals: Floats) -> float:
    """Chance of our reference bid at this price, the mean over fields of rivals."""
    seen = (BETA[name] * value for name, value in (OWN | {"price": price}).items())
    return float((1 / (1 + rivals * np.exp(-sum(seen)))).mean())


def profit(price: float, rivals: Floats) -> float:
    """What our reference bid brings on average at this price, over the budget."""
    return (price - REFERENCE_COST) * chance(price, rivals)


@lru_cache(maxsize=1)
def many() -> tuple[Drawn, Floats]:
    """Many tenders of this kind, and what stands against us in each."""
    drawn = draw(np.random.default_rng(0), SIMULATED)
    return drawn, against(drawn)


def profit_kept(price: float) -> float:
    """Share of the best expected profit that this price brings, among many tenders."""
    drawn, rivals = many()
    met = rivals[drawn.entered]
    return profit(price, met) / profit(expected()["best_bid"], met)


@lru_cache(maxsize=1)
def expected() -> dict[str, float]:
    """What many tenders of this kind say: the best bid, the winner's curse, the chances."""
    drawn, rivals = many()
    met, skipped = rivals[drawn.entered], rivals[~drawn.entered]
    best = minimize_scalar(
        lambda b: -profit(float(b), met),
        bounds=(REFERENCE_COST, 1.0),
        method="bounded",
        options={"xatol": 1e-8},
    )
    ours = drawn.entered & (drawn.won == 0)
    return {
        "best_bid": float(best.x),
        "curse": float((drawn.cost[ours] / drawn.estimate[ours]).mean() - 1),
        "chance_entered": chance(USUAL, met),
        "chance_skipped": chance(USUAL, skipped),
    }


def _clients(rng: np.random.Generator, upstream: Upstream, months: int) -> pd.DataFrame:
    """Account and year of each tender, and its budget: part of what was bought of line E."""
    ledger = upstream["ledger"]
    rows = ledger[ledger["line"] == "E"]
    sums = rows.groupby(["account_id", rows["date"].dt.year])["revenue"].sum()
    sums = sums[sums >= LEAST_SALES].rename_axis(["account_id", "year"])
    sold = sums.reset_index(name="sold")
    number = round(TENDERS * len(upstream["accounts"]) / 600 * months / 48)
    number = min(number, len(sold))
    weight = np.sqrt(sold["sold"].to_numpy())
    picked = rng.choice(len(sold), number, replace=False, p=weight / weight.sum())
    chosen = sold.iloc[np.sort(picked)].reset_index(drop=True)
    budget = np.round(chosen["sold"] * rng.uniform(*PART, number) / 100) * 100
    day = rng.integers(0, 90, number)
    start = pd.to_datetime(chosen["year"].astype(str) + "-01-01")
    date = (start + pd.to_timedelta(day, unit="D")).astype("datetime64[s]")
    found = chosen.assign(budget=budget, date=date)
    return found.sort_values(["date", "account_id"], ignore_index=True)


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``tenders`` and ``bids``; and what was planted. Reads accounts and ledger."""
    clients = _clients(rng, upstream, months)
    number = len(clients)
    drawn = draw(rng, number)
    ids = np.array([f"Z{n:04d}" for n in range(1, number + 1)], dtype=object)
    points = np.array(WEIGHTS)[rng.choice(len(WEIGHTS), number, p=WEIGHTS_SHARE)]
    budget = clients["budget"].to_numpy(dtype=float)
    ours = drawn.entered & (drawn.won == 0)
    tenders = pd.DataFrame(
        {
            "tender_id": ids,
            "account_id": clients["account_id"],
            "date": clients["date"],
            "budget": budget,
            "price_weight": points[:, 0],
            "tech_weight": points[:, 1],
            "service_weight": points[:, 2],
            "rule": rng.choice(np.array(RULES, dtype=object), number, p=RULES_SHARE),
            "cost_estimate": np.where(drawn.entered, np.round(drawn.estimate * budget, -1), np.nan),
            "cost_actual": np.where(ours, np.round(drawn.cost * budget, -1), np.nan),
        }
    )
    mine = np.zeros((number, BIDS), dtype=bool)
    mine[:, 0] = drawn.entered
    names = np.array([f"R{n:02d}" for n in range(1, RIVALS + 1)], dtype=object)[drawn.rival]
    bids = pd.DataFrame(
        {
            "tender_id": np.repeat(ids, BIDS),
            "bidder": np.where(mine, OURS, names).ravel(),
            "ours": mine.ravel().astype(np.int64),
            "price": np.round(drawn.price * budget[:, None], -1).ravel(),
            "tech": drawn.tech.ravel(),
            "service": drawn.service.ravel(),
            "incumbent": drawn.incumbent.ravel(),
            "local": drawn.local.ravel(),
            "veto": drawn.veto.ravel().astype(np.int64),
            "won": (np.arange(BIDS)[None, :] == drawn.won[:, None]).ravel().astype(np.int64),
        }
    )
    bids = bids.sort_values(["tender_id", "bidder"], ignore_index=True)
    price = -BETA["price"]
    truth: dict[str, object] = {
        "weights": {name: value for name, value in BETA.items() if name != "local"},
        "ten_points": 10 * BETA["tech"] / price,
        "incumbent": BETA["incumbent"] / price,
        "local": BETA["local"] / price,
        "own": dict(OWN),
        "usual": USUAL,
        "reference_cost": REFERENCE_COST,
        **expected(),
    }
    return {"tenders": tenders, "bids": bids}, truth
