"""Wallets, services held, what clients foretell, and a campaign: what lesson 15 shall find.

Everything hangs on the ledger that stands. What an account buys of line S in the last year is a
share of its wallet, and its wallet goes with its size (slope `SLOPE`). Which services it holds
goes with its size and its sector, and three pairs go together beyond that. Clients foretell the
volume of line P that comes two months later, and some of them overstate it. A campaign ran in half
of the branches, in the larger ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import beta, norm

from keyacct_utils.world.ledger import SEASON, split_exactly
from keyacct_utils.world.upstream import (
    Built,
    Upstream,
    book_start,
    month_starts,
    normal_scores,
    spend,
)

#: Percent of wallet per percent of size, and what of a wallet its size does not say (standard
#: deviation of the logarithm).
SLOPE, WALLET_SD = 0.8, 0.17
#: Shares of the wallet that buyers give us: Beta with these two, whatever the wallet.
SHARE = (4.0, 3.0)
#: Mean logarithm of the size (kW of installed load).
SIZE_LEVEL = 5.5
SURVEYED = 0.15
#: A service: log odds of holding it at middle size, per standard deviation of size, and its usual
#: weight in the bill.
SERVICES = {
    "inspection": (0.7, 0.2, 1.0),
    "maintenance": (0.3, 0.3, 1.6),
    "metering": (-0.2, 0.2, 0.8),
    "training": (-0.4, 0.3, 0.5),
    "drawing_review": (-0.7, 0.4, 0.6),
    "equipment_test": (-0.5, 0.3, 0.9),
    "monitoring": (-0.4, 0.4, 1.2),
    "efficiency": (-0.9, 0.4, 1.5),
    "storage": (-1.2, 0.5, 2.5),
    "power_quality": (-2.7, 1.9, 1.8),
    "charging": (-2.9, 2.0, 1.6),
    "operation": (-3.0, 2.2, 3.0),
}
#: Services that go together whatever the size: a need of the account's own behind both.
PAIRS = (
    ("drawing_review", "equipment_test"),
    ("monitoring", "storage"),
    ("metering", "efficiency"),
)
PAIR_WEIGHT = 1.9
#: Sectors in which a service is asked for more (log odds).
FAVOURED = {
    ("power_quality", "finance"): 1.2,
    ("power_quality", "health_education"): 1.2,
    ("efficiency", "textile"): 1.0,
    ("training", "machinery"): 1.0,
    ("charging", "transport"): 1.2,
}
WEIGHT_SD = 0.5
#: Clients who foretell, months ahead, error (standard deviation of the logarithm), who overstates
#: and by how much.
CLIENTS, LEAD, SAID_SD, OVERSTATING, OVERSTATED = 24, 2, 0.03, 5, 1.25
#: What the others are off on average.
HONEST_SD = 0.02
#: Branches, months with the campaign, its effect, what large branches sell more (standard
#: deviations of the logarithm), growth a month, noise of a month and of a year.
BRANCHES, MONTHS, EFFECT = 40, 12, 0.04
BRANCH_LEVEL, BRANCH_SD, GROWTH, NOISE, DRIFT = 13.0, 0.4, 0.005, 0.035, 0.006


def _wallets(rng: np.random.Generator, bought: np.ndarray) -> np.ndarray:
    """Wallets of which what is bought is a share that has nothing to do with the wallet.

    What is bought is known: so its share is drawn from what goes with it. Who buys much has a
    larger wallet and gives more of it; just so that wallet and share are uncorrelated.
    """
    score = normal_scores(bought)
    share = beta(*SHARE)
    tie = np.log(share.rvs(20_000, random_state=0)).std() / np.log(bought).std()
    tie = min(0.95, float(tie))
    drawn = tie * score + np.sqrt(1 - tie**2) * rng.normal(size=len(bought))
    return bought / share.ppf(norm.cdf(drawn))


def _sizes(rng: np.random.Generator, wallet: np.ndarray) -> np.ndarray:
    """Sizes of which the wallet's logarithm has the slope, with so much that they do not say.

    (log size, log wallet) is a pair of which only the wallet is known yet: its size is drawn from
    what goes with that wallet.
    """
    log = np.log(wallet)
    variance = (log.var() - WALLET_SD**2) / SLOPE**2
    back = SLOPE * variance / log.var()
    rest = np.sqrt(variance - back**2 * log.var())
    return np.exp(SIZE_LEVEL + back * (log - log.mean()) + rng.normal(0, rest, len(log)))


def surveyed(rng: np.random.Generator, size: np.ndarray, count: int) -> np.ndarray:
    """Accounts asked for their wallet: as many small as large ones, not as they come."""
    log, free = np.log(size), np.ones(len(size), dtype=bool)
    low, high = np.quantile(log, [0.005, 0.995])
    chosen = []
    for target in rng.uniform(low, high, count):
        place = int(np.argmin(np.where(free, np.abs(log - target), np.inf)))
        free[place] = False
        chosen.append(place)
    return np.sort(chosen)


def _holdings(
    rng: np.random.Generator, cents: np.ndarray, size: np.ndarray, sector: np.ndarray
) -> np.ndarray:
    """Cents that each account spends on each service: they add up to its bill."""
    z = (np.log(size) - np.log(size).mean()) / np.log(size).std()
    names = list(SERVICES)
    odds = np.array([[a + b * score for a, b, _ in SERVICES.values()] for score in z])
    for pair in PAIRS:
        need = rng.normal(0, PAIR_WEIGHT, len(z))
        for name in pair:
            odds[:, names.index(name)] += need
    for (name, where), more in FAVOURED.items():
        odds[sector == where, names.index(name)] += more
    held = rng.random(odds.shape) < 1 / (1 + np.exp(-odds))
    held[~held.any(axis=1), 0] = True
    usual = np.array([weight for *_, weight in SERVICES.values()])
    weight = usual * np.exp(rng.normal(0, WEIGHT_SD, odds.shape)) * held
    return split_exactly(cents, np.rint(1e6 * weight).astype(np.int64))


def _forecasts(
    rng: np.random.Generator, upstream: Upstream, months: int
) -> tuple[pd.DataFrame, list[str]]:
    """What the largest clients foretell each month, and which of them overstate it."""
    ledger = upstream["ledger"]
    power = ledger[ledger["line"] == "P"]
    wide = power.pivot_table(index="date", columns="account_id", values="volume", aggfunc="sum")
    steady = wide.columns[(wide > 0).all() & wide.notna().all()]
    bought = spend(upstream, months, "P")[list(steady)]
    ids = np.sort(bought.nlargest(min(CLIENTS, len(bought))).index.to_numpy(dtype=object))
    volume = wide[list(ids)].to_numpy()
    # two months beyond the book, as the clients see them: a year ago, grown as their last year
    grown = volume[-12:].sum(axis=0) / volume[-24:-12].sum(axis=0)
    beyond = volume[-12 : -12 + LEAD] * grown * np.exp(rng.normal(0, 0.06, (LEAD, len(ids))))
    ahead = np.vstack([volume[LEAD:], beyond])
    over = rng.choice(len(ids), min(OVERSTATING, len(ids) // 4), replace=False)
    off = rng.normal(0, HONEST_SD, len(ids))
    off[over] = np.log(OVERSTATED)
    said = ahead * np.exp(off + rng.normal(0, SAID_SD, ahead.shape))
    month = month_starts(book_start(upstream), np.arange(months))
    table = pd.DataFrame(
        {
            "month": np.repeat(month, len(ids)),
            "account_id": np.tile(ids, months),
            "forecast": np.rint(said).ravel(),
        }
    )
    return table, sorted(map(str, ids[over]))


def _campaign(rng: np.random.Generator, upstream: Upstream, months: int) -> pd.DataFrame:
    """Sales of branches over two years; the campaign runs in the second, in the larger half."""
    level = rng.normal(BRANCH_LEVEL, BRANCH_SD, BRANCHES)
    treated = np.zeros(BRANCHES, dtype=bool)
    treated[np.argsort(level + rng.normal(0, BRANCH_SD, BRANCHES))[BRANCHES // 2 :]] = True
    t = np.arange(2 * MONTHS)
    running = treated[:, None] & (t >= MONTHS)
    season = np.log(np.array(SEASON["P"]))[t % 12]
    drift = rng.normal(0, DRIFT, (BRANCHES, 1)) * (t >= MONTHS)
    noise = rng.normal(0, NOISE, (BRANCHES, len(t)))
    log = level[:, None] + GROWTH * t + season + drift + noise + np.log(1 + EFFECT) * running
    month = month_starts(book_start(upstream), months - 2 * MONTHS + t)
    return pd.DataFrame(
        {
            "month": np.tile(month, BRANCHES),
            "branch": np.repeat([f"B{n + 1:02d}" for n in range(BRANCHES)], len(t)),
            "running": running.ravel().astype(np.int64),
            "sales": np.round(np.exp(log).ravel(), 2),
        }
    )


def _needs(
    rng: np.random.Generator, upstream: Upstream, months: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Sizes, services held and surveyed wallets; and the wallet of every account."""
    bought = spend(upstream, months, "S").sort_index()
    ids = bought.index.to_numpy(dtype=object)
    buying = bought.to_numpy() > 0
    wallet = np.zeros(len(ids))
    wallet[buying] = _wallets(rng, bought.to_numpy()[buying])
    usual = np.log(wallet[buying])
    wallet[~buying] = np.exp(rng.normal(usual.mean(), usual.std(), int((~buying).sum())))
    size = np.maximum(np.round(_sizes(rng, wallet), 1), 0.1)
    sector = upstream["accounts"].set_index("account_id")["sector"].reindex(ids).to_numpy()
    cents = np.rint(100 * bought.to_numpy()[buying]).astype(np.int64)
    split = _holdings(rng, cents, size[buying], sector[buying])
    who, what = np.nonzero(split)
    holdings = pd.DataFrame(
        {
            "account_id": ids[buying][who],
            "product": np.array(list(SERVICES), dtype=object)[what],
            "spend": split[who, what] / 100,
        }
    )
    asked = surveyed(rng, size, max(1, round(SURVEYED * len(ids))))
    wallet = np.round(wallet, 2)
    tables = {
        "account_sizes": pd.DataFrame({"account_id": ids, "size": size}),
        "holdings": holdings,
        "wallet_survey": pd.DataFrame({"account_id": ids[asked], "wallet": wallet[asked]}),
    }
    return tables, pd.DataFrame({"account_id": ids, "wallet": wallet})


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``account_sizes``, ``holdings``, ``wallet_survey``, ``client_forecasts`` and
    ``campaign_months``; and what was planted in them.

    Reads accounts and ledger.
    """
    tables, wallets = _needs(rng, upstream, months)
    forecasts, over = _forecasts(rng, upstream, months)
    tables["client_forecasts"] = forecasts
    tables["campaign_months"] = _campaign(rng, upstream, months)
    truth: dict[str, object] = {
        "slope": SLOPE,
        "pairs": [list(pair) for pair in PAIRS],
        "lead": LEAD,
        "overstating": over,
        "effect": EFFECT,
        "accounts": wallets,
    }
    return tables, truth
