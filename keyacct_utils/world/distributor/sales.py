"""The ledger and the invoices of Yunhe: annual totals first, then months, then deliveries."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from keyacct_utils.world.distributor import plan as p
from keyacct_utils.world.ledger import WEIGHT_SCALE, corrections, solve_sigma, split_exactly
from keyacct_utils.world.margins import COST_OF_CAPITAL, cost_of
from keyacct_utils.world.plan import lognormal_quantiles
from keyacct_utils.world.receivables import CREEP, ROLL, STATES, invoice_table, part_payments, pay
from keyacct_utils.world.upstream import days_in

Streams = Callable[[str], np.random.Generator]
START = pd.Timestamp(f"{p.FIRST_YEAR}-01-01")


def _buyers(rng: np.random.Generator, latent: pd.DataFrame, line: str) -> np.ndarray:
    """Rows of the accounts that buy the line in 2024, largest first."""
    present = np.flatnonzero(latent["role"] != "stopped_before")
    by_rank = present[np.argsort(latent["rank"].to_numpy()[present], kind="stable")]
    if line == "B":
        return by_rank
    wish = np.linspace(1, -1, len(by_rank)) + rng.normal(0, 0.8, len(by_rank))
    return by_rank[np.argsort(-wish, kind="stable")[: p.BUYERS_G]]


def yearly(
    rng: np.random.Generator,
    latent: pd.DataFrame,
    line: str,
) -> tuple[np.ndarray, dict[str, object]]:
    """Revenue in cents (accounts x years): exact quantiles in 2024, growth backwards from there."""
    buyers = _buyers(rng, latent, line)
    n = len(buyers)
    sigma, mu = solve_sigma(n, p.TOP_SHARES[line]), round(math.log(p.MEDIANS[line]), 6)
    out = np.zeros((len(latent), 3))
    out[buyers, 2] = np.rint(lognormal_quantiles(n, mu, sigma) * 100)
    growth = latent[["growth_2023", "growth_2024"]].to_numpy()
    before = out[:, 2] / np.exp(growth[:, 1])
    gone = np.flatnonzero(latent["role"] == "stopped_before")
    some = gone if line == "B" else gone[: len(gone) // 2]
    before[some] = 100 * p.MEDIANS[line] * np.exp(rng.normal(0, 0.5, len(some)))
    out[:, 0] = before / np.exp(growth[:, 0])
    part = _present(latent, line).reshape(len(latent), 3, 12).sum(axis=2) / sum(p.SEASON[line])
    out[:, 1] = before * part[:, 1]
    out[:, 0] *= part[:, 0]
    return np.rint(out).astype(np.int64), {"line": line, "n": n, "mu": mu, "sigma": sigma}


def _present(latent: pd.DataFrame, line: str) -> np.ndarray:
    """Season (accounts x months) from the first month of the account to its last."""
    month = np.arange(p.MONTHS)
    begin, end = (latent[name].to_numpy()[:, None] for name in ("begin", "end"))
    return np.where((month >= begin) & (month < end), np.tile(p.SEASON[line], p.MONTHS // 12), 0.0)


def monthly(
    rng: np.random.Generator,
    latent: pd.DataFrame,
    line: str,
    cents: np.ndarray,
) -> np.ndarray:
    """Revenue in cents (accounts x months); the months of a year add up to it."""
    noise = rng.standard_normal((len(latent), p.MONTHS))
    weights = _present(latent, line) * np.exp(p.NOISE_SD[line] * noise)
    whole = np.rint(weights * WEIGHT_SCALE).astype(np.int64).reshape(len(latent), 3, 12)
    return split_exactly(cents, whole).reshape(len(latent), p.MONTHS)


def _margins(rng: np.random.Generator, latent: pd.DataFrame, line: str) -> np.ndarray:
    own = np.clip(rng.normal(0, p.MARGIN_SD, len(latent)), -3 * p.MARGIN_SD, 3 * p.MARGIN_SD)
    margin = np.array(p.MARGIN[line]) + own[:, None]
    margin[(latent["role"] == "cut").to_numpy()] = p.CUT_MARGIN
    return np.round(margin, 4)


def _rows(
    streams: Streams,
    latent: pd.DataFrame,
    line: str,
    cents: np.ndarray,
    margin: np.ndarray,
) -> pd.DataFrame:
    """One row per account and month with an amount; the volume follows from price and discount."""
    rng = streams(f"ledger.{line}.discounts")
    own = np.minimum(np.round(rng.gamma(2.0, 1.6, len(latent)) * 2) / 2, 9.0)
    cut = np.outer((latent["role"] == "cut").to_numpy(), np.arange(3) > 0) * p.CUT_POINTS
    account, month = np.nonzero(cents)
    year, revenue = month // 12, cents[account, month]
    discount = own[account] + cut[account, year]
    price = np.round(p.UNIT_PRICE[line] * p.YEARLY_PRICE[line] ** year, 2)
    cases = np.rint(np.abs(revenue) / 100 / (price * (1 - discount / 100)))
    volume = np.maximum(1, cases) * np.sign(revenue)
    return pd.DataFrame({"month": month, "row": account, "line": line, "volume": volume,
                         "list_price": price, "discount_pct": discount, "cents": revenue,
                         "cost": cost_of(revenue, margin[account, year])})  # fmt: skip


def build_sales(
    streams: Streams, latent: pd.DataFrame, calendar: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, object]]]:
    """The ledger, its rows by month and row of the account (in cents), and the sigmas planted.

    Returns are part of the rows: a month that was delivered too much is raised by what a later
    month of the same year takes back, so that annual totals remain exact.
    """
    parts, lines = [], {}
    steady = (latent["end"] == p.MONTHS).to_numpy()
    for line in p.LINES:
        cents, lines[line] = yearly(streams(f"ledger.{line}.years"), latent, line)
        amount = monthly(streams(f"ledger.{line}.months"), latent, line, cents)
        kept = amount[steady]
        back = np.zeros_like(amount)
        back[steady] = corrections(streams(f"ledger.{line}.returns"), kept, p.RETURNS[line])
        amount[steady] = kept
        margin = _margins(streams(f"ledger.{line}.margins"), latent, line)
        parts += [_rows(streams, latent, line, part, margin) for part in (amount, back)]
    rows = pd.concat(parts, ignore_index=True)
    open_days = calendar["date"].to_numpy().astype("datetime64[D]")[calendar["workday"] == 1]
    rows["date"] = days_in(streams("ledger.days"), open_days, rows["month"].to_numpy(), START)
    rows = rows.sort_values(["date", "row", "line", "cents"], kind="stable", ignore_index=True)
    table = pd.DataFrame({
        "date": rows["date"].astype("datetime64[s]"),
        "account_id": latent["account_id"].to_numpy()[rows["row"]],
        "line": rows["line"],
        "volume": rows["volume"],
        "list_price": rows["list_price"],
        "discount_pct": rows["discount_pct"],
        "revenue": rows["cents"] / 100,
        "cost_goods": rows["cost"] / 100,
    })  # fmt: skip
    return table, rows, lines


def movement_truth(latent: pd.DataFrame, ledger: pd.DataFrame) -> dict[str, object]:
    """Season, noise and returns by line, and the accounts that stopped and joined."""

    def names(*roles: str) -> list[str]:
        return sorted(latent.loc[latent["role"].isin(roles), "account_id"])

    returns = ledger[ledger["revenue"] < 0]["line"].value_counts().sort_index()
    peaks = {line: levels.index(max(levels)) + 1 for line, levels in p.SEASON.items()}
    return {
        "season_by_line": {line: list(levels) for line, levels in p.SEASON.items()},
        "peak_month_by_line": peaks,
        "sd_of_account_noise_by_line": dict(p.NOISE_SD),
        "stopped": names("stopped_before", "stopped_in"),
        "joined": names("joined_2023", "joined_2024"),
        "returns_by_line": {str(line): int(count) for line, count in returns.items()},
    }


def build_invoices(streams: Streams, latent: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One invoice per account, line and month; small accounts get one for a quarter's beverages."""
    sales = np.bincount(rows["row"], weights=rows["cents"], minlength=len(latent))
    small = (sales < np.median(sales))[rows["row"]] & (rows["line"] == "B").to_numpy()
    month = rows["month"].to_numpy()
    rows = rows.assign(issue=np.where(small, month // 3 * 3 + 2, month))
    cents = rows.groupby(["issue", "row", "line"])["cents"].sum()
    bills = cents[cents != 0].reset_index()
    pay(streams, bills, latent, latent["begin"].to_numpy(), p.MONTHS)
    part_payments(streams("invoices.parts"), bills, p.MONTHS)
    return invoice_table(bills, latent, p.MONTHS)


def invoice_truth() -> dict[str, object]:
    """How bills fall behind, and what credit costs."""
    return {
        "states": list(STATES),
        "roll_by_quality_first_year": {k: [list(row) for row in v] for k, v in ROLL.items()},
        "yearly_growth_of_falling_behind": CREEP,
        "cost_of_capital": COST_OF_CAPITAL,
    }
