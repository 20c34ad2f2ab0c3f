"""The monthly ledger: annual totals are fixed first, months follow by largest remainder in whole
cents.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from keyacct_utils.world.accounts import RIVAL_SECTOR
from keyacct_utils.world.margins import base_margins, cost_of, power_margins
from keyacct_utils.world.plan import (
    LIST_THRESHOLD,
    NO_GROWTH,
    first_day,
    lognormal_quantiles,
    scaled,
)

#: How many accounts buy lines S and E in a book of 600 (Zhonggang Rail comes on top in E).
BUYERS = {"S": 480, "E": 260}
#: Share of the top 20 % of each line's accounts; sigma is solved for it.
TOP_SHARES = {"S": 0.56, "E": 0.89}
OUTLIER_SHARE = (13, 50)
#: Median yearly revenue of a buyer of the line, yuan.
MEDIANS = {"S": 250_000, "E": 180_000}
#: A grower that does not double grows by less than this factor in a year.
STEADY = 1.7
#: Red-ink corrections (P) and returns (E) in a book of 600 accounts and 48 months.
CORRECTIONS = {"P": 60, "E": 45}
#: What refusals leave of a planned doubling is at least this multiple of the year before.
STILL_DOUBLED = 2.06
#: Weights are whole multiples of this fraction, so that the months are found in integers.
WEIGHT_SCALE = 1_000_000
#: Seasons by line: relative level of the months January to December.
SEASON = {
    "P": (1.06, 0.86, 0.95, 0.94, 0.97, 1.04, 1.15, 1.17, 1.02, 0.94, 0.94, 1.02),
    "S": (0.80, 0.70, 1.10, 1.15, 1.10, 1.00, 0.90, 0.90, 1.05, 1.10, 1.10, 1.10),
    "E": (0.70, 0.60, 0.95, 1.05, 1.05, 1.05, 0.95, 0.95, 1.05, 1.05, 1.20, 1.40),
}
#: Persistence and spread of the sector factor and of the account's own monthly noise, by line.
AR, SECTOR_SD = 0.6, 0.03
NOISE_SD = {"P": 0.06, "S": 0.22, "E": 0.75}
#: List price of line P, yuan/kWh, by voltage, in the first year; it moves by the factors of
#: PRICE_STEPS.
TARIFF = {0.4: 0.742, 10.0: 0.695, 35.0: 0.664, 110.0: 0.638}
#: First month (counted from the end of the book, 1 = the last) of a new tariff, and its factor on
#: the first one.
PRICE_STEPS = ((48, 1.0), (30, 1.018), (13, 1.026))
#: What the rival's attack on one sector costs: points of discount in line P, log growth in line S.
RIVAL_DISCOUNT, RIVAL_LOSS = 1.5, 0.24
UNIT_PRICE = {"S": 460.0, "E": 5_200.0}
YEARLY_PRICE = {"S": 1.02, "E": 1.015}


def split_exactly(totals: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Split whole totals by whole weights along the last axis with the largest remainder method;
    sums are exact.
    """
    sums = weights.sum(axis=-1, keepdims=True)
    sums = np.where(sums == 0, 1, sums)
    product = totals[..., None] * weights
    share, remainder = product // sums, product % sums
    missing = totals - share.sum(axis=-1)
    order = np.argsort(np.argsort(-remainder, axis=-1, kind="stable"), axis=-1, kind="stable")
    return share + (order < missing[..., None])


def solve_sigma(n: int, share: float) -> float:
    """The sigma with which the top 20 % of n stratified lognormal values hold the share."""
    top = math.ceil(round(0.2 * n, 9))

    def gap(sigma: float) -> float:
        values = lognormal_quantiles(n, 0.0, sigma)
        return float(values[:top].sum() / values.sum()) - share

    return round(float(brentq(gap, 0.3, 4.0, xtol=1e-9)), 6)


def power_years(rng: np.random.Generator, latent: pd.DataFrame, years: int) -> np.ndarray:
    """Annual line-P revenue in cents: the last year is the plan's; the first obeys the list rule
    (S000-5e).
    """
    n = len(latent)
    last = latent["cents"].to_numpy()
    price = PRICE_STEPS[2][1] / PRICE_STEPS[1][1]
    before = last / ((1 + latent["growth"].to_numpy()) * price)
    limit = 12 * 100 * LIST_THRESHOLD
    listed = latent["listed"].to_numpy()
    kept, missed = latent["kept"].to_numpy(), latent["missed"].to_numpy()
    first = before * np.exp(-rng.normal(0.14, 0.12, n))
    first = np.where(kept, limit * (1.02 + rng.gamma(1.5, 0.16, n)), first)
    steady = missed & ~latent["doubled"].to_numpy()
    first = np.where(steady, limit * rng.uniform(0.55, 0.97, n), first)
    above, below = (
        limit * (1.01 + rng.uniform(0, 0.08, n)),
        limit * (0.98 - rng.uniform(0, 0.08, n)),
    )
    first = np.where(listed, np.maximum(first, above), np.minimum(first, below))
    out = np.zeros((n, years))
    out[:, -1], out[:, -2] = last, before
    if years == 2:  # the list year is the year before: the list rule wins over the planned growth
        first = np.where(steady, np.maximum(first, np.minimum(last / STEADY, limit * 0.98)), first)
        moved = (listed != (before >= limit)) | steady
        first = np.where(moved, first, before)
        near = moved & (np.abs(last / (first * price) - 1) < NO_GROWTH)
        out[:, 0] = np.where(near, np.where(listed, last * 1.04, last * 0.95), first)
    else:
        out[:, 0] = first
        for year in range(1, years - 2):
            step = np.log(before / first) * year / (years - 2)
            out[:, year] = first * np.exp(step + rng.normal(0, 0.03, n))
        fresh = latent["new"].to_numpy()
        out[fresh, : years - 2] = 0
        out[:, -2] *= np.where(fresh, (12 - np.maximum(latent["start_month"], 0)) / 12, 1.0)
    return np.rint(out / 10).astype(np.int64) * 10


def other_years(
    rng: np.random.Generator, latent: pd.DataFrame, years: int, line: str
) -> tuple[np.ndarray, dict[str, object]]:
    """Annual revenue in cents of line S or E: exact quantiles in the last year, growth backwards
    from there.
    """
    total = len(latent)
    rail = latent["outlier"].to_numpy()
    n = min(scaled(BUYERS[line], total), total - 1)
    sigma, mu = solve_sigma(n, TOP_SHARES[line]), round(math.log(MEDIANS[line]), 6)
    size = np.log(latent["fee"].to_numpy()) / 1.7 + rng.normal(0, 1.0, total)
    buyers = np.argsort(np.where(rail, -np.inf, size + rng.normal(0, 1.5, total)), kind="stable")[
        total - n :
    ]
    buyers = buyers[np.argsort(-size[buyers], kind="stable")]
    cents = np.zeros(total, dtype=np.int64)
    cents[buyers] = np.rint(lognormal_quantiles(n, mu, sigma) * 100).astype(np.int64)
    truth: dict[str, object] = {"line": line, "n": n, "mu": mu, "sigma": sigma}
    if line == "E":
        part, whole = OUTLIER_SHARE
        cents[buyers[0]] -= cents.sum() % (whole - part)
        cents[rail] = cents.sum() // (whole - part) * part
        truth["outlier"] = {
            "account_id": str(latent.loc[rail, "account_id"].iloc[0]),
            "share": part / whole,
        }
    growth = rng.normal(0.07, 0.12, (total, years - 1))
    if line == "S":
        growth[:, -1] -= np.where(latent["sector"] == RIVAL_SECTOR, RIVAL_LOSS, 0.0)
    out = np.zeros((total, years))
    out[:, -1] = cents
    for year in range(years - 2, -1, -1):
        out[:, year] = out[:, year + 1] / np.exp(growth[:, year])
    if years > 2:
        fresh = latent["new"].to_numpy()
        out[fresh, : years - 2] = 0
        out[:, -2] *= np.where(fresh, (12 - np.maximum(latent["start_month"], 0)) / 12, 1.0)
    return np.rint(out).astype(np.int64), truth


def month_weights(
    rng: np.random.Generator,
    latent: pd.DataFrame,
    months: int,
    line: str,
    bought: np.ndarray | None = None,
) -> np.ndarray:
    """Whole weights (accounts x months): season, AR(1) sector factor, AR(1) account noise; 0
    before the start. ``bought`` is what refusals leave of the purchases of each month.
    """
    n = len(latent)
    codes, _ = pd.factorize(latent["sector"], sort=True)
    sector = np.zeros((codes.max() + 1, months))
    own = np.zeros((n, months))
    shock = rng.standard_normal((codes.max() + 1, months)) * SECTOR_SD
    noise = rng.standard_normal((n, months)) * NOISE_SD[line]
    for t in range(months):
        sector[:, t] = AR * (sector[:, t - 1] if t else 0) + shock[:, t]
        own[:, t] = AR * (own[:, t - 1] if t else 0) + noise[:, t]
    log = np.tile(np.log(SEASON[line]), months // 12) + sector[codes] + own
    level = np.exp(log) if bought is None else np.exp(log) * bought
    weights = np.maximum(1, np.rint(level * WEIGHT_SCALE)).astype(np.int64)
    start = np.where(latent["new"], months - 24 + latent["start_month"], 0).astype(int)
    return np.where(np.arange(months) < start[:, None], 0, weights)


def years_kept(weights: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """What refusals leave of the purchases of each year (accounts x years): the mean over its
    months; 1 where the account is not there yet. The weights are those after the refusals.
    """
    n, months = weights.shape
    by_year = (n, months // 12, 12)
    had = (weights / bought).reshape(by_year).sum(axis=2)
    has = weights.reshape(by_year).sum(axis=2)
    return np.divide(has, had, out=np.ones(had.shape), where=had > 0)


def refused_years(
    annual: np.ndarray, kept: np.ndarray, latent: pd.DataFrame, line: str
) -> np.ndarray:
    """Annual revenue in cents where refusals made accounts buy less.

    What the plan states stays as it is: the last year, in line P the first year too (the list was
    made of it). The growth of the plan is that of the purchases before refusals took some of
    them, so the years between move: by their own factor over those of the years that stay. The
    power classes hang on the growth of line P's last year: no account grows or shrinks by less
    than NO_GROWTH, one whose role hangs on the sign keeps it, and those that doubled (they alone)
    still do.
    """
    years = annual.shape[1]
    if years < 3 and line == "P":
        return annual
    out = annual.astype(float)
    for year in range(years - 1):
        if line == "P" and year == 0:
            continue
        late = min(year / (years - 2), 1.0) if line == "P" else 1.0
        out[:, year] *= kept[:, year] / (kept[:, 0] ** (1 - late) * kept[:, -1] ** late)
    if line == "P":
        same = annual[:, -1] / (PRICE_STEPS[2][1] / PRICE_STEPS[1][1])  # without growth
        held = (~latent["role"].isin(["plain", "important"]) | latent["new"]).to_numpy()
        grows = np.where(held, latent["growth"] > 0, out[:, -2] < same)
        clear = np.where(
            grows,
            np.minimum(out[:, -2], same / (1 + NO_GROWTH)),
            np.maximum(out[:, -2], same / (1 - NO_GROWTH)),
        )
        out[:, -2] = np.where(
            latent["doubled"],
            np.minimum(clear, same / STILL_DOUBLED),
            np.maximum(clear, same / STEADY),
        )
        return np.rint(out / 10).astype(np.int64) * 10
    return np.rint(out).astype(np.int64)


def unit_prices(latent: pd.DataFrame, months: int, line: str) -> np.ndarray:
    """List price (accounts x months), four decimals."""
    factor = np.ones(months)
    if line == "P":
        base = latent["voltage_kv"].map(TARIFF).to_numpy()
        for back, level in PRICE_STEPS:
            factor[np.arange(months) >= months - back] = level
    else:
        base = np.full(len(latent), UNIT_PRICE[line])
        factor[:] = YEARLY_PRICE[line] ** (np.arange(months) // 12)
    return np.round(base[:, None] * factor, 4 if line == "P" else 2)


def discounts(rng: np.random.Generator, latent: pd.DataFrame, months: int, line: str) -> np.ndarray:
    """Discount in percent (accounts x months): the account's own; deeper for those whose price was
    cut.
    """
    own = np.round(rng.gamma(2.0, {"P": 0.8, "S": 2.5, "E": 4.0}[line], len(latent)) * 2) / 2
    own = np.minimum(own, {"P": 6.0, "S": 15.0, "E": 25.0}[line])
    out = np.repeat(own[:, None], months, axis=1)
    if line == "P":
        cut = np.where(latent["new"], 14.0, np.where(latent["big_loss"], 5.0, 0.0))
        out[:, -24:] += cut[:, None]
        rival = (latent["sector"] == RIVAL_SECTOR).to_numpy()
        out[:, -18:] += np.where(rival, RIVAL_DISCOUNT, 0.0)[:, None]
    return out


def corrections(rng: np.random.Generator, monthly: np.ndarray, wanted: int) -> np.ndarray:
    """Amounts taken back later (accounts x months, <= 0), as many as wanted: red-ink corrections,
    or returns.

    The month that was billed too high is raised in ``monthly`` by what a later month of the same
    year takes back, so that annual totals remain exact.
    """
    back = np.zeros_like(monthly)
    months = monthly.shape[1]
    candidates = np.flatnonzero((monthly > 0) & (np.arange(months) % 12 < 10))
    count = min(len(candidates), wanted)
    chosen = np.sort(rng.choice(candidates, count, replace=False))
    account, month = np.divmod(chosen, months)
    part = monthly[account, month] * rng.integers(4, 20, count) // 100
    monthly[account, month] += part
    np.add.at(back, (account, month + rng.integers(1, 3, count)), -part)
    return back


def _rows(
    line: str, cents: np.ndarray, price: np.ndarray, discount: np.ndarray, margin: np.ndarray
) -> pd.DataFrame:
    """One row per account and month with an amount; volume follows from revenue, list price and
    discount.
    """
    account, month = np.nonzero(cents)
    revenue = cents[account, month]
    list_price, cut = price[account, month], discount[account, month]
    net = list_price * (1 - cut / 100)
    size = np.abs(revenue) / 100
    volume = size / net
    if line == "E":  # whole pieces of a changing mix: the mean list price of the row follows
        volume = np.maximum(1, np.rint(volume))
        list_price = np.round(size / volume / (1 - cut / 100), 2)
    volume = (
        np.maximum(1, np.rint(volume)) if line == "P" else np.maximum(0.01, np.round(volume, 2))
    )
    return pd.DataFrame(
        {
            "month": month,
            "row": account,
            "line": line,
            "volume": volume * np.sign(revenue),
            "list_price": list_price,
            "discount_pct": cut,
            "revenue": revenue,
            "cost": cost_of(revenue, margin[account, month // 12]),
        }
    )


def build_ledger(
    streams: Callable[[str], np.random.Generator],
    latent: pd.DataFrame,
    months: int,
    bought: np.ndarray | None = None,
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """The ledger, one row per account, line and month (and a few corrections), with what was
    planted in it.

    Parameters
    ----------
    bought : accounts x months, the share of its purchases that an account still makes after the
        offers that it refused; by default all.
    """
    years, n = months // 12, len(latent)
    lines: dict[str, dict[str, object]] = {}
    annual = {"P": power_years(streams("ledger.P.years"), latent, years)}
    for line in ("S", "E"):
        annual[line], lines[line] = other_years(
            streams(f"ledger.{line}.years"), latent, years, line
        )
    monthly, back, price, cut, base = {}, {}, {}, {}, {}
    for line, cents in annual.items():
        weights = month_weights(streams(f"ledger.{line}.months"), latent, months, line, bought)
        if bought is not None:
            cents = annual[line] = refused_years(cents, years_kept(weights, bought), latent, line)
        monthly[line] = split_exactly(cents, weights.reshape(n, years, 12)).reshape(n, months)
        wanted = scaled(CORRECTIONS.get(line, 0) * months // 48, n)
        back[line] = corrections(streams(f"ledger.{line}.corrections"), monthly[line], wanted)
        price[line] = unit_prices(latent, months, line)
        cut[line] = discounts(streams(f"ledger.{line}.discounts"), latent, months, line)
        base[line] = base_margins(streams(f"ledger.{line}.margins"), latent, line)
    volume = (
        ((monthly["P"] + back["P"]) / price["P"] / (100 - cut["P"]))
        .reshape(n, years, 12)
        .sum(axis=2)
    )
    other = annual["S"][:, -1] * base["S"] + annual["E"][:, -1] * base["E"]
    margin = {line: np.repeat(base[line][:, None], years, axis=1) for line in ("S", "E")}
    margin["P"], profit = power_margins(latent, base["P"], annual["P"], volume, other)
    parts = [
        _rows(line, amount[line], price[line], cut[line], margin[line])
        for line in annual
        for amount in (monthly, back)
    ]
    return _as_table(latent, pd.concat(parts, ignore_index=True), months), {
        "lines": lines,
        "profit": profit,
    }


def _as_table(latent: pd.DataFrame, rows: pd.DataFrame, months: int) -> pd.DataFrame:
    rows = rows.sort_values(
        ["month", "row", "line", "revenue"], ascending=[True, True, True, False], kind="stable"
    )
    first = np.datetime64(first_day(months), "M")
    return pd.DataFrame(
        {
            "date": (first + rows["month"].to_numpy().astype("timedelta64[M]")).astype(
                "datetime64[s]"
            ),
            "account_id": latent["account_id"].to_numpy()[rows["row"]],
            "line": rows["line"].to_numpy(),
            "volume": rows["volume"].to_numpy(),
            "list_price": rows["list_price"].to_numpy(),
            "discount_pct": rows["discount_pct"].to_numpy(),
            "revenue": rows["revenue"].to_numpy() / 100,
            "cost_goods": rows["cost"].to_numpy() / 100,
        }
    )


def movement_truth() -> dict[str, object]:
    """How amounts move within the year, and how prices move."""
    return {
        "season_by_line": {line: list(levels) for line, levels in SEASON.items()},
        "persistence_of_sector_and_account_factors": AR,
        "innovation_sd_of_sector_factor": SECTOR_SD,
        "innovation_sd_of_account_noise_by_line": NOISE_SD,
        "tariff_by_voltage": {f"{voltage:g}": price for voltage, price in TARIFF.items()},
        "tariff_steps_months_before_end": [list(step) for step in PRICE_STEPS],
        "rival": {
            "sector": RIVAL_SECTOR,
            "extra_discount_points_line_P_last_18_months": RIVAL_DISCOUNT,
            "log_growth_line_S_last_year": -RIVAL_LOSS,
        },
    }
