"""Prices that move, and what accounts do about it (lesson 16).

Planted: volume answers the price with one of three elasticities; discounts go to whoever looks
about to leave and buys less for that reason (so price and volume fall together); the posted price
moves with what a district's power costs, whatever an account does; the volume that is noted is read
on another day than the one that is billed. Peak and valley use answer the two steps of the spread,
while the use at peak drifts upwards everywhere. Four price points per respondent stand around what
the offer is worth to each.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.upstream import (
    Built,
    Upstream,
    book_start,
    joined_month,
    month_starts,
    spend,
)

#: Elasticity of each class, and accounts in it at full size (METHODS; the class names of S000-7e).
ELASTICITY = {"rigid": -0.1, "elastic": -0.5, "sensitive": -1.4}
ACCOUNTS = {"rigid": 120, "elastic": 200, "sensitive": 80}
FULL = 600
MONTHS = 48
#: Log of what a unit costs: spread over time that all districts share, and each district's own.
COMMON_SD, DISTRICT_SD, PERSISTENCE = 0.05, 0.18, 0.5
BASE_COST, MARKUP = 0.40, 1.35
#: Points of risk (0 to 10): level of an account, its swings, how long they last, error of the note.
RISK_LEVEL, RISK_BETWEEN, RISK_SD, RISK_MEMORY, NOTE_ERROR = 4.0, 1.0, 2.0, 0.6, 0.2
#: Points of discount, and loss of volume (log), per point of risk.
DISCOUNT_PER_POINT, LOSS_PER_POINT = 0.03, 0.22
DISCOUNT_SD, MOST_DISCOUNT = 0.01, 0.40
#: Log spread of volume from month to month that nothing explains, and of its reading.
NOISE_SD, READING_SD = 0.04, 0.08
SEASON = (0.02, -0.10, -0.02, -0.04, 0.0, 0.06, 0.12, 0.12, 0.02, -0.06, -0.06, -0.02)
#: Part of the account's purchases of line P that its blocks come to on top, and the least of them.
BLOCK_SHARE, LEAST_BLOCK = 0.10, 2_000

#: Time of use: accounts at full size, elasticity of substitution, drift of the log ratio a month.
TOU_ACCOUNTS, SUBSTITUTION, DRIFT = 60, 0.12, 0.004
#: Part of the use that is neither peak nor valley, and lowest and highest load factor and share of
#: holidays.
FLAT_PART, LOAD_FACTORS, HOLIDAYS = 0.35, (0.35, 0.85), (0.01, 0.06)
#: Log of the ratio peak to valley price before, after the first and after the second step; months
#: before the end of the book in which each wave gets its first and its second step.
RATIOS = (np.log(2.0), np.log(3.0), np.log(4.0))
WAVES = ((30, 13), (22, 6))
RATIO_SD = 0.08
HOURS = 730

#: Van Westendorp: respondents, worth of the offer to the median one, its log spread, what each
#: calls too cheap, cheap, expensive and too expensive as a part of it, and how sharply; share of
#: answers that are muddled.
RESPONDENTS, WORTH, WORTH_SD = 240, 3_000.0, 0.20
POINTS = {"too_cheap": 0.60, "cheap": 0.80, "expensive": 1.20, "too_expensive": 1.50}
POINT_SD, MUDDLED = 0.05, 0.06


def scaled_classes(accounts: int) -> dict[str, int]:
    """How many accounts of each class a book of this size has."""
    return {name: int(count * accounts / FULL + 0.5) for name, count in ACCOUNTS.items()}


def _ar(rng: np.random.Generator, shape: tuple[int, int], sd: float, memory: float) -> np.ndarray:
    """Stationary AR(1) along the last axis."""
    out = np.empty(shape)
    out[:, 0] = rng.normal(0, sd, shape[0])
    for t in range(1, shape[1]):
        out[:, t] = memory * out[:, t - 1] + rng.normal(0, sd * (1 - memory**2) ** 0.5, shape[0])
    return out


def price_panel(
    rng: np.random.Generator,
    elasticity: np.ndarray,
    district: np.ndarray,
    size: np.ndarray,
    months: int,
    first_month: int = 0,
) -> dict[str, np.ndarray]:
    """Accounts x months of cost, list price, price, risk as noted, volume and amount."""
    n, zones = len(elasticity), int(district.max()) + 1
    cost = BASE_COST * np.exp(
        rng.normal(0, COMMON_SD, months) + _ar(rng, (zones, months), DISTRICT_SD, PERSISTENCE)
    )
    cost = np.round(cost, 4)[district]
    posted = np.round(cost * MARKUP, 4)
    risk = np.clip(
        rng.normal(RISK_LEVEL, RISK_BETWEEN, n)[:, None]
        + _ar(rng, (n, months), RISK_SD, RISK_MEMORY),
        0,
        10,
    )
    discount = np.clip(
        DISCOUNT_PER_POINT * risk + rng.normal(0, DISCOUNT_SD, risk.shape), 0, MOST_DISCOUNT
    )
    price = np.round(posted * (1 - discount), 4)
    season = np.array(SEASON)[(first_month + np.arange(months)) % 12]
    log_volume = (
        np.log(size)[:, None]
        + season
        + elasticity[:, None] * np.log(price / (BASE_COST * MARKUP))
        - LOSS_PER_POINT * (risk - RISK_LEVEL)
        + rng.normal(0, NOISE_SD, risk.shape)
    )
    billed = np.maximum(1, np.rint(np.exp(log_volume)))
    read = billed * np.exp(rng.normal(0, READING_SD, risk.shape))
    note = np.clip(np.rint(risk + rng.normal(0, NOTE_ERROR, risk.shape)), 0, 10)
    return {
        "volume": np.maximum(1, np.rint(read)),
        "amount": np.round(billed * price, 2),
        "price": price,
        "list_price": posted,
        "unit_cost": cost,
        "risk": note,
    }


def _traded(
    rng: np.random.Generator, upstream: Upstream, months: int
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Blocks of power that some accounts buy at each month's price, on top of their contract."""
    span = min(months, MONTHS)
    file = upstream["accounts"]
    bought = spend(upstream, months, "P").to_numpy()
    there = np.flatnonzero((joined_month(upstream) <= months - span) & (bought > 0))
    wanted = scaled_classes(len(file))
    chosen = np.sort(rng.choice(there, min(sum(wanted.values()), len(there)), replace=False))
    classes = np.repeat(list(wanted), list(wanted.values()))
    classes = rng.permutation(classes)[: len(chosen)]
    elasticity = np.array([ELASTICITY[name] for name in classes])
    district = pd.factorize(file["district"].to_numpy()[chosen], sort=True)[0]
    size = np.maximum(bought[chosen] / 12 * BLOCK_SHARE / (BASE_COST * MARKUP), LEAST_BLOCK)
    cubes = price_panel(rng, elasticity, district, size, span)
    ids = file["account_id"].to_numpy()[chosen]
    start = month_starts(book_start(upstream), np.arange(months - span, months))
    table = pd.DataFrame(
        {"month": np.repeat(start, len(ids)), "account_id": np.tile(ids, span)}
        | {name: values.T.ravel() for name, values in cubes.items()}
    )
    return table, {
        "elasticity": {str(name): ELASTICITY[name] for name in wanted},
        "accounts": {str(name): int((classes == name).sum()) for name in wanted},
        "mean_elasticity": float(elasticity.mean()),
        "class_of": {str(i): str(name) for i, name in zip(ids, classes, strict=True)},
        "reading_sd": READING_SD,
        "discount_per_point_of_risk": DISCOUNT_PER_POINT,
        "log_volume_lost_per_point_of_risk": LOSS_PER_POINT,
    }


def _by_time(rng: np.random.Generator, upstream: Upstream, months: int) -> pd.DataFrame:
    """The line-P volume and bill of the largest accounts, split by time of use."""
    file, ledger = upstream["accounts"], upstream["ledger"]
    count = max(2, int(TOU_ACCOUNTS * len(file) / FULL + 0.5))
    old = file["account_id"].to_numpy()[joined_month(upstream) == 0]
    ids = np.sort(spend(upstream, months, "P")[old].nlargest(count).index.to_numpy(dtype=object))
    rows = ledger[(ledger["line"] == "P") & ledger["account_id"].isin(ids)]
    start = book_start(upstream)
    at = (rows["date"].dt.year - start.year) * 12 + rows["date"].dt.month - start.month
    sums = rows.groupby([at.rename("month"), "account_id"])[["volume", "revenue"]].sum()
    sums = sums[(sums["volume"] > 0) & (sums["revenue"] > 0)].reset_index()
    month, row = sums["month"].to_numpy(), np.searchsorted(ids, sums["account_id"])
    wave = np.array(WAVES)[rng.permutation(len(ids)) % 2]
    step = (months - month[:, None] <= wave[row]).sum(axis=1)
    spread = np.array(RATIOS)[step]
    share = (
        rng.normal(0.3, 0.25, len(ids))[row]
        - SUBSTITUTION * spread
        + DRIFT * month
        + 0.5 * np.array(SEASON)[month % 12]
        + rng.normal(0, RATIO_SD, len(sums))
    )
    volume = sums["volume"].to_numpy()
    flat = np.rint(FLAT_PART * volume)
    valley = np.maximum(1, np.rint((volume - flat) / (1 + np.exp(share))))
    peak = volume - flat - valley
    up = np.exp(spread / 2)
    level = sums["revenue"].to_numpy() / (peak * up + flat + valley / up)
    load = rng.uniform(*LOAD_FACTORS, len(ids))[row]
    holidays = rng.uniform(*HOLIDAYS, len(ids))[row]
    return pd.DataFrame(
        {
            "month": month_starts(start, month),
            "account_id": sums["account_id"],
            "peak_volume": peak,
            "flat_volume": flat,
            "valley_volume": valley,
            "peak_price": np.round(level * up, 4),
            "flat_price": np.round(level, 4),
            "valley_price": np.round(level / up, 4),
            "max_demand": np.rint(volume / (HOURS * load)),
            "holiday_volume": np.rint(holidays * volume),
        }
    )


def _survey(rng: np.random.Generator) -> pd.DataFrame:
    """Four price points of each respondent; a few answers are muddled."""
    worth = WORTH * rng.lognormal(0, WORTH_SD, RESPONDENTS)
    points = np.array(list(POINTS.values()))
    said = worth[:, None] * points * rng.lognormal(0, POINT_SD, (RESPONDENTS, len(points)))
    said = np.sort(np.rint(said / 50) * 50, axis=1)
    muddled = rng.random(RESPONDENTS) < MUDDLED
    said[muddled] = said[muddled][:, ::-1]
    frame = pd.DataFrame(said, columns=list(POINTS))
    frame.insert(0, "respondent", [f"W{i:03d}" for i in range(1, RESPONDENTS + 1)])
    return frame


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Blocks at moving prices, use by time, price points; and the answers that were planted.

    Reads accounts and ledger.
    """
    traded, truth = _traded(rng, upstream, months)
    by_time = _by_time(rng, upstream, months)
    low, high = POINTS["cheap"], POINTS["expensive"]
    truth |= {
        "substitution": SUBSTITUTION,
        "drift_of_log_ratio_a_month": DRIFT,
        "price_points": {
            "worth_to_the_median_respondent": WORTH,
            "indifference": WORTH * (low * high) ** 0.5,
            "optimum": WORTH * (POINTS["too_cheap"] * POINTS["too_expensive"]) ** 0.5,
        },
    }
    return {"price_months": traded, "tou_months": by_time, "price_survey": _survey(rng)}, truth
