"""Cost of what was sold: why sales rise and profit falls (Case D), and who makes the loss."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Price/cost effect from the last year but two to the last but one, share of the former's gross
#: profit; Case D (S002-1m).
PRICE_COST_EFFECT = -0.38
#: Part of that effect which the new customers cause.
NEW_CUSTOMER_PART = 0.60
#: Whale peak of the last year after the cost of credit: profit of the profitable accounts over
#: total profit.
WHALE_PEAK = 1.65
COST_OF_CAPITAL = 0.08
#: Mean days from sale to payment by terms, with a month's half for billing, for the cost of credit.
CREDIT_DAYS = {"T1": 35, "T2": 62, "T3": 92}
#: Gross margin of line P by voltage before the price cuts, and its spread between accounts.
POWER_MARGIN = {0.4: 0.085, 10.0: 0.042, 35.0: 0.036, 110.0: 0.032}
MARGIN_SD = 0.006
OTHER_MARGIN = {"S": (0.30, 0.04), "E": (0.16, 0.03)}
RATE_SCALE = 1_000_000


def cost_of(revenue: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Cost in cents of revenue in cents at a margin, in integers, half a cent up."""
    keep = RATE_SCALE - np.rint(margin * RATE_SCALE).astype(np.int64)
    return (revenue * keep + RATE_SCALE // 2) // RATE_SCALE


def base_margins(rng: np.random.Generator, latent: pd.DataFrame, line: str) -> np.ndarray:
    """Gross margin of each account in a line in normal times, share of revenue."""
    n = len(latent)
    if line == "P":
        own = latent["voltage_kv"].map(POWER_MARGIN).to_numpy() + rng.normal(0, MARGIN_SD, n)
        return np.round(np.maximum(own, 0.024), 4)
    mean, sd = OTHER_MARGIN[line]
    return np.round(np.clip(rng.normal(mean, sd, n), mean - 3 * sd, mean + 3 * sd), 4)


def power_margins(
    latent: pd.DataFrame,
    base: np.ndarray,
    revenue: np.ndarray,
    volume: np.ndarray,
    other_profit: np.ndarray,
) -> tuple[np.ndarray, dict[str, object]]:
    """Margins of line P (accounts x years) that make Case D and the whale curve come out as
    planned.

    Parameters
    ----------
    latent : one row per account; big_loss and new mark those whose price was cut two years before
        the end.
    base : margin in normal times.
    revenue, volume : accounts x years of line P, cents and kWh.
    other_profit : gross profit of the other lines in the last year, cents per account.

    Notes
    -----
    The price/cost effect of an account is volume now x (unit profit now - unit profit before); a
    new account is compared with the mean unit profit of line P before.
    """
    years = revenue.shape[1]
    margin = np.repeat(base[:, None], years, axis=1)
    big, new = latent["big_loss"].to_numpy(), latent["new"].to_numpy()
    if years < 3 or not big.any() or not new.any():
        margin[big, -2:] = -0.03
        return margin, {}
    before, now = revenue[:, -3].astype(float), revenue[:, -2].astype(float)
    profit = before * base
    old_unit = np.divide(profit, volume[:, -3], out=np.zeros(len(base)), where=volume[:, -3] > 0)
    old_unit[new] = profit.sum() / volume[:, -3].sum()
    standard = volume[:, -2] * old_unit
    drift = (now * base - standard)[~big & ~new].sum()
    effect = PRICE_COST_EFFECT * profit.sum()
    margin[new, -2:] = (standard[new].sum() + NEW_CUSTOMER_PART * effect) / now[new].sum()
    margin[big, -2] = (standard[big].sum() + (1 - NEW_CUSTOMER_PART) * effect - drift) / now[
        big
    ].sum()
    credit = revenue[:, -1] * COST_OF_CAPITAL * latent["terms"].map(CREDIT_DAYS).to_numpy() / 365
    last = revenue[:, -1] * margin[:, -1] + other_profit - credit
    gains = last[~big & (last > 0)].sum()
    losses = -last[~big & (last <= 0)].sum()
    # All big accounts lose: gains / (gains - losses - big loss) = peak.
    wanted = gains * (1 - 1 / WHALE_PEAK) - losses
    margin[big, -1] = (-wanted + credit[big].sum() - other_profit[big].sum()) / revenue[
        big, -1
    ].sum()
    margin = np.round(margin, 6)
    return margin, {
        "measure": (
            "line P, last year but two to last but one: sum of "
            "volume x (unit profit - that before; new: mean before)"
        ),
        "price_cost_effect_share_of_gross_profit": PRICE_COST_EFFECT,
        "part_of_new_small_customers": NEW_CUSTOMER_PART,
        "new_small_customers": sorted(latent.loc[new, "account_id"]),
        "big_loss_makers": sorted(latent.loc[big, "account_id"]),
        "margin_of_new_small_customers": float(margin[new, -1].mean()),
        "margin_of_big_loss_makers_by_year": [
            float(value) for value in margin[big, -2:].mean(axis=0)
        ],
        "whale_peak_after_cost_of_credit": WHALE_PEAK,
    }
