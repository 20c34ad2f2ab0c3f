"""What customers of the service subsidiary are worth: what lesson 09 shall find.

The subsidiary keeps books of its own, over customers of its own. Planted: maintenance contracts in
which each customer stays with one and the same chance, and training contracts in which the chance
differs between customers; orders for spare parts by customers that buy when they need some, and
leave without a word; what it takes to win a customer and to keep one; and how many small customers
follow a reference.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from keyacct_utils.world.upstream import Built, Upstream, book_start

#: Chance that a maintenance contract is kept for another year; contracts that began.
RETENTION, MAINTENANCE = 0.86, 1400
#: Mean margin a year by size, its coefficient of variation, and the share of contracts.
MARGINS = {"large": 60_000.0, "medium": 20_000.0, "small": 6_000.0}
SIZES = {"large": 0.15, "medium": 0.30, "small": 0.55}
VARIATION = 0.75
#: Training contracts: chance to leave at a renewal is beta distributed between customers.
ALPHA, BETA, TRAINING = 0.9, 2.7, 1600
TRAINING_MARGIN = 9_000.0
#: Years in which contracts began, before the book's last.
COHORTS = 8
DISCOUNT = 0.10
#: Spare parts: rate of buying (gamma, per week), chance to leave after an order (beta), amounts.
CUSTOMERS = 1200
RATE_SHAPE, RATE_SCALE = 0.8, 10.0
LEAVE_A, LEAVE_B = 0.9, 3.0
AMOUNT_P, AMOUNT_Q, AMOUNT_GAMMA = 2.0, 4.0, 450.0
#: Weeks in which they first bought (from the start of the book), and weeks of the question.
JOINED_WITHIN, NEXT = 0.6, 26.0
#: What is spent on one, and what it buys: floor + ceiling (1 - exp(-rate x)).
SPENT = {"win": (500, 1000, 1500, 3000, 5000), "keep": (0, 500, 1000, 2000, 4000)}
FLOOR = {"win": 0.0, "keep": 0.70}
KEEP_CEILING, KEEP_RATE, WIN_RATE = 0.20, 1 / 1500, 1 / 1700
TRIALS = 2500
#: Spent for each won over spent for each kept.
COST_RATIO = 3.2
#: Value of a customer at which the best spending is asked for.
WORTH = 20_000.0
#: One more reference heard of raises the chance to come by so much.
FOLLOW, ALONE, HEARD, PROSPECTS = 0.03, 0.06, 2.5, 5000
MOST_HEARD = 6


def _lognormal(mean: float, count: int) -> np.ndarray:
    """Amounts at the quantiles of their distribution, so that their mean is the planted one."""
    spread = np.sqrt(np.log(1 + VARIATION**2))
    values = np.exp(spread * norm.ppf((np.arange(count) + 0.5) / count))
    return np.asarray(values / values.mean() * mean)


def _contracts(rng: np.random.Generator, end: pd.Timestamp) -> pd.DataFrame:
    """Contracts of both kinds, those that ended and those that run."""
    parts = []
    for kind, count in (("maintenance", MAINTENANCE), ("training", TRAINING)):
        leave = (
            np.full(count, 1 - RETENTION) if kind == "maintenance" else rng.beta(ALPHA, BETA, count)
        )
        kept = rng.geometric(np.clip(leave, 1e-9, 1)) - 1
        month = rng.integers(0, 12 * COHORTS, count)
        start = np.datetime64(end, "M") - month
        gone = start + 12 * (kept + 1)
        runs = gone > np.datetime64(end, "M")
        size = np.repeat(list(SIZES), np.round(np.array(list(SIZES.values())) * count).astype(int))
        size = rng.permutation(np.resize(size, count))
        margin = np.empty(count)
        for name, mean in MARGINS.items():
            mine = size == name
            level = mean if kind == "maintenance" else TRAINING_MARGIN
            margin[mine] = rng.permutation(_lognormal(level, int(mine.sum())))
        days = start.astype("datetime64[s]")
        over = np.where(runs, np.datetime64("NaT", "s"), gone.astype("datetime64[s]"))
        parts.append(
            pd.DataFrame(
                {"kind": kind, "size": size, "start": days, "end": over, "margin": margin.round(2)}
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(["start", "kind"], kind="stable")
    table.insert(0, "contract_id", [f"K{n:05d}" for n in range(1, len(table) + 1)])
    return table.reset_index(drop=True)


def _orders(
    rng: np.random.Generator, start: pd.Timestamp, weeks: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of all customers, and what is hidden of each: its rate, whether it has left, its
    chance to leave, its mean amount.
    """
    rate = rng.gamma(RATE_SHAPE, 1 / RATE_SCALE, CUSTOMERS)
    leave = rng.beta(LEAVE_A, LEAVE_B, CUSTOMERS)
    mean = AMOUNT_P / rng.gamma(AMOUNT_Q, 1 / AMOUNT_GAMMA, CUSTOMERS)
    first = np.sort(rng.uniform(0, JOINED_WITHIN * weeks, CUSTOMERS))
    rows, gone = [], np.zeros(CUSTOMERS, dtype=bool)
    for number in range(CUSTOMERS):
        now, before = first[number], -1
        while now < weeks:
            # two orders of one day are one purchase: the second moves to the next day
            day = max(int(now * 7), before + 1)
            if day >= weeks * 7:
                break
            amount = rng.gamma(AMOUNT_P, mean[number] / AMOUNT_P)
            rows.append((number, day, amount))
            if before >= 0 and rng.random() < leave[number]:
                gone[number] = True
                break
            before = day
            now += rng.exponential(1 / rate[number])
    frame = pd.DataFrame(rows, columns=["number", "day", "amount"])
    frame = frame.sort_values(["day", "number"], kind="stable")
    table = pd.DataFrame(
        {
            "order_id": [f"O{n:05d}" for n in range(1, len(frame) + 1)],
            "customer_id": [f"S{n + 1:04d}" for n in frame["number"]],
            "date": (start + pd.to_timedelta(frame["day"], unit="D")).to_numpy(),
            "amount": frame["amount"].round(2).clip(lower=0.01).to_numpy(),
        }
    )
    hidden = pd.DataFrame({"rate": rate, "leave": leave, "mean": mean, "gone": gone})
    hidden.index = pd.Index([f"S{n + 1:04d}" for n in range(CUSTOMERS)])
    return table, hidden


def win_ceiling() -> float:
    """The ceiling of winning at which each one won costs `COST_RATIO` times one that is kept."""

    def cost(purpose: str, ceiling: float, rate: float) -> float:
        spent = np.array(SPENT[purpose], dtype=float)
        chance = FLOOR[purpose] - ceiling * np.expm1(-rate * spent)
        return float(spent.sum() / chance.sum())

    kept = cost("keep", KEEP_CEILING, KEEP_RATE)
    found = brentq(lambda c: cost("win", c, WIN_RATE) / kept - COST_RATIO, 0.05, 1.0)
    return float(found)


def _trials(rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for purpose, ceiling, rate in (
        ("win", win_ceiling(), WIN_RATE),
        ("keep", KEEP_CEILING, KEEP_RATE),
    ):
        spent = np.tile(np.array(SPENT[purpose], dtype=float), TRIALS // len(SPENT[purpose]))
        chance = FLOOR[purpose] - ceiling * np.expm1(-rate * spent)
        success = (rng.random(len(spent)) < chance).astype(int)
        parts.append(pd.DataFrame({"purpose": purpose, "spent": spent, "success": success}))
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "trial_id", [f"T{n:05d}" for n in range(1, len(table) + 1)])
    return table


def _prospects(rng: np.random.Generator) -> pd.DataFrame:
    heard = np.minimum(rng.poisson(HEARD, PROSPECTS), MOST_HEARD)
    joined = (rng.random(PROSPECTS) < ALONE + FOLLOW * heard).astype(int)
    ids = [f"P{n:05d}" for n in range(1, PROSPECTS + 1)]
    return pd.DataFrame({"prospect_id": ids, "heard": heard, "joined": joined})


def best(ceiling: float, rate: float) -> float:
    """What to spend on one where it is worth `WORTH`: ln(a k V) / k."""
    return float(np.log(ceiling * rate * WORTH) / rate)


def _next_year(orders: pd.DataFrame, hidden: pd.DataFrame, weeks: float) -> dict[str, object]:
    """What today's customers of spare parts will do, from what is hidden."""
    shown = hidden.loc[sorted(orders["customer_id"].unique())]
    there = shown[~shown["gone"]]
    # expected orders until it leaves: (1 - exp(-rate x leave x h)) / leave
    coming = -np.expm1(-there["rate"] * there["leave"] * NEXT) / there["leave"]
    counts = orders.groupby("customer_id")["amount"].agg(["mean", "size"])
    often = counts[counts["size"] > 1]
    top = often["mean"].nlargest(len(often) // 10).index
    return {
        "alive": float(len(there) / len(shown)),
        "orders_next": float(coming.sum() / len(shown)),
        "top_mean": float(shown.loc[top, "mean"].mean()),
    }


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Contracts, orders, trials of spending and prospects; and what stands behind them.

    Reads the ledger for the days of the book.
    """
    start = book_start(upstream)
    last = start + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    weeks = ((last - start).days + 1) / 7
    contracts = _contracts(rng, last)
    orders, hidden = _orders(rng, start, weeks)
    trials, prospects = _trials(rng), _prospects(rng)
    multiple = RETENTION / (1 + DISCOUNT - RETENTION)
    truth = {
        "retention": RETENTION,
        "discount": DISCOUNT,
        "multiple": multiple,
        "values": {name: mean * multiple for name, mean in MARGINS.items()},
        "training": {"alpha": ALPHA, "beta": BETA},
        "parts": _next_year(orders, hidden, weeks),
        "mean_amount": AMOUNT_P * AMOUNT_GAMMA / (AMOUNT_Q - 1),
        "cost_ratio": COST_RATIO,
        "worth": WORTH,
        "best": {"win": best(win_ceiling(), WIN_RATE), "keep": best(KEEP_CEILING, KEEP_RATE)},
        "follow": FOLLOW,
    }
    tables = {
        "contracts": contracts,
        "orders": orders,
        "spend_trials": trials,
        "prospects": prospects,
    }
    return tables, truth
