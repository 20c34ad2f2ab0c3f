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

from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts, spend

#: Elasticity of each class, and accounts in it at full size (METHODS; the class names of S000-7e).
ELASTICITY = {"rigid": -0.1, "elastic": -0.5, "sensitive": -1.4}
ACCOUNTS = {"rigid": 120, "elastic": 200, "sensitive": 80}
FULL = 600
MONTHS = 36
#: Log of what a unit costs: spread over time that all districts share, and each district's own.
COMMON_SD, DISTRICT_SD, PERSISTENCE = 0.05, 0.16, 0.5
BASE_COST, MARKUP = 0.40, 1.35
#: Points of risk (0 to 10): level of an account, its swings, how long they last, error of the note.
RISK_LEVEL, RISK_BETWEEN, RISK_SD, RISK_MEMORY, NOTE_ERROR = 4.0, 1.0, 2.0, 0.6, 0.5
#: Points of discount, and loss of volume (log), per point of risk.
DISCOUNT_PER_POINT, LOSS_PER_POINT = 0.03, 0.20
DISCOUNT_SD, MOST_DISCOUNT = 0.01, 0.40
#: Log spread of volume from month to month that nothing explains, and of its reading.
NOISE_SD, READING_SD = 0.05, 0.08
SEASON = (0.02, -0.10, -0.02, -0.04, 0.0, 0.06, 0.12, 0.12, 0.02, -0.06, -0.06, -0.02)
#: Part of the account's yearly purchases of line P that a month's blocks make up, in kWh per yuan.
BLOCK_SHARE = 0.02

#: Time of use: accounts at full size, elasticity of substitution, drift of the log ratio a month.
TOU_ACCOUNTS, SUBSTITUTION, DRIFT = 60, 0.12, 0.004
#: Log of the ratio peak to valley price before, after the first and after the second step; months
#: before the end of the book in which each wave gets its first and its second step.
RATIOS = (np.log(2.0), np.log(3.0), np.log(4.0))
WAVES = ((30, 13), (22, 6))
RATIO_SD, FLAT_PRICE = 0.08, 0.68
HOURS = 730

#: Van Westendorp: respondents, worth of the offer to the median one, its log spread, what each calls
#: too cheap, cheap, expensive and too expensive as a part of it, and how sharply.
RESPONDENTS, WORTH, WORTH_SD = 240, 3.0, 0.20
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
