"""Service: activities and the cost pools that they drive; what each year earned (lesson 04).

Planted: five driver rates, and a cost of every pool that no driver moves; new accounts and a
few very small ones are served far beyond what they bring (S002-1m, S002-8b); middling accounts that
have everything made for them (quotes, urgent jobs, complaints) lose money by it alone; accounts
just below the list threshold get more service than those just above it (S000-5).

A rate is the full cost of one unit: the crew, its vehicle and instruments, the desk and the
standby behind it. So the service takes about a tenth of the gross profit, and decides a third of
the loss-makers: who spreads it by revenue, or charges the drivers with the cost that none of them
moves, names others.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.world.margins import COST_OF_CAPITAL, CREDIT_DAYS
from keyacct_utils.world.plan import FULL_ACCOUNTS, LIST_THRESHOLD
from keyacct_utils.world.upstream import (
    Built,
    Upstream,
    book_start,
    days_in,
    joined_month,
    month_starts,
    spend,
)

#: Effort of one unit of each driver, and yuan per unit of effort: together the rates.
EFFORT = {"visits": 180.0, "calls": 25.0, "quotes": 95.0, "cases": 140.0, "urgent_jobs": 320.0}
YUAN_PER_EFFORT = 20.0
RATES = {name: YUAN_PER_EFFORT * effort for name, effort in EFFORT.items()}
#: Yuan a month that a team costs whatever it does (heads, rooms, systems), in a book of 600
#: accounts; and the largest relative error of each term of a pool's cost.
FIXED, POOL_ERROR = 300_000.0, 0.02
#: Expected activities of the full book, and its months.
FULL_ACTIVITIES, FULL_MONTHS = 45_000, 48
#: Share of the activities, minutes, kilometres and seasonal peak (month, height) of each type.
TYPES = {
    "visit": (0.30, 60.0, 22.0, (5, 0.10)),
    "call": (0.36, 12.0, 0.0, (3, 0.15)),
    "quote": (0.10, 90.0, 0.0, (4, 0.45)),
    "survey": (0.08, 30.0, 0.0, (11, 0.40)),
    "complaint": (0.06, 45.0, 0.0, (7, 0.35)),
    "urgent": (0.10, 150.0, 26.0, (7, 0.55)),
}
#: Spread (log) of the intensity of each driver between teams and months: it is what identifies the
#: rates.
TEAM_MONTH_SD = 0.35
#: Service grows with this power of the monthly fee; spread (log) between accounts of one size.
SIZE_POWER, ACCOUNT_SD = 0.25, 0.15
#: Cost to serve of a new account relative to an old one of its size (S002-1m).
NEW_FACTOR = 3.0
LOSS_SHARE = 0.18
#: Yearly effort for an over-served very small account: this multiple of its margin, and a floor.
OVERSERVED, OVERSERVED_FLOOR = 1.8, 6_000.0
#: At most this share is over-served: a book of 24 months has no new accounts and keeps its fewer
#: loss-makers.
OVERSERVED_MOST = 0.02
#: Yearly effort for any other profitable account: at most this share of its margin.
SERVED_AT_MOST = 0.5
#: Accounts that have everything made for them: share of the accounts, the yearly margin that they
#: have (yuan), the service that they take as a multiple of it, and the mix of what they ask for.
CUSTOM_SHARE, CUSTOM_MARGIN, CUSTOM_TIMES = 0.04, (150_000.0, 600_000.0), (1.5, 2.0)
CUSTOM_MIX = {"quote": 0.40, "urgent": 0.34, "complaint": 0.26}
#: Nobody stands near the edge: an account whose service comes to the first share of its margin asks
#: for urgent jobs until it comes to the second.
EDGE = (0.85, 1.25)
#: Minutes a month more just below the list threshold; the extra fades out at lower fees (shares of
#: the threshold).
JUMP_MINUTES, JUMP_FULL, JUMP_NONE = 28.0, 0.50, 0.25
ANSWER_HOURS, ANSWER_SD, TIME_SD = 30.0, 0.8, 0.30


def _margin(upstream: Upstream, months: int) -> np.ndarray:
    """Gross profit of all lines less cost of credit, last twelve months, by account."""
    accounts, ledger = upstream["accounts"], upstream["ledger"]
    recent = ledger.loc[ledger["date"] >= book_start(upstream) + pd.DateOffset(months=months - 12)]
    gross = (recent["revenue"] - recent["cost_goods"]).groupby(recent["account_id"]).sum()
    profit = gross.reindex(accounts["account_id"], fill_value=0.0).to_numpy(dtype=float)
    terms = upstream["latent"].set_index("account_id")["terms"].reindex(accounts["account_id"])
    days = terms.map(CREDIT_DAYS).to_numpy(dtype=float)
    return profit - spend(upstream, months, "P").to_numpy() * COST_OF_CAPITAL * days / 365


def _overserved(margin: np.ndarray) -> np.ndarray:
    """The least profitable accounts that must lose money for the share of loss-makers to be
    LOSS_SHARE; none if too many.
    """
    missing = max(round(LOSS_SHARE * len(margin)) - int((margin < 0).sum()), 0)
    order = np.argsort(np.where(margin >= 0, margin, np.inf), kind="stable")
    chosen = np.zeros(len(margin), dtype=bool)
    if missing <= OVERSERVED_MOST * len(margin):
        chosen[order[:missing]] = True
    return chosen


def type_cost(rates: Mapping[str, float]) -> np.ndarray:
    """Cost of one activity of each type."""
    return np.array([rates[DRIVER_OF_ACTIVITY[name]] for name in TYPES])


def _intensity(
    rng: np.random.Generator, upstream: Upstream, months: int, begin: np.ndarray
) -> np.ndarray:
    """Expected activities a month by account and type (accounts x types)."""
    n, new, present = len(begin), begin > 0, np.clip(1 - begin / months, 0, 1)
    fee = np.maximum(spend(upstream, months, "P").to_numpy() / 12, 1.0)
    mix, minutes = (np.array([row[k] for row in TYPES.values()], dtype=float) for k in (0, 1))
    weight = (
        (fee / LIST_THRESHOLD) ** SIZE_POWER
        * np.exp(ACCOUNT_SD * rng.normal(size=n))
        * np.where(new, NEW_FACTOR, 1.0)
    )
    jump = np.clip((fee / LIST_THRESHOLD - JUMP_NONE) / (JUMP_FULL - JUMP_NONE), 0, 1) * (
        fee < LIST_THRESHOLD
    )
    visits = np.where(new, 0.0, JUMP_MINUTES * jump / minutes[0])
    total = FULL_ACTIVITIES / FULL_ACCOUNTS / FULL_MONTHS * n
    rate = np.outer(weight / (weight @ present), mix) * (total - visits.sum())
    rate[:, 0] += visits
    margin = _margin(upstream, months)
    over = _overserved(margin)
    cost = 12 * rate @ type_cost(EFFORT)
    wanted = np.where(
        over,
        np.maximum(OVERSERVED * margin, OVERSERVED_FLOOR),
        np.minimum(cost, SERVED_AT_MOST * margin),
    )
    wanted = np.where(margin < 0, cost, wanted)
    return np.asarray(rate * (wanted / cost)[:, None])


def activity_counts(
    rng: np.random.Generator,
    rate: np.ndarray,
    team: np.ndarray,
    begin: np.ndarray,
    months: int,
    first: int,
    end: np.ndarray | None = None,
) -> np.ndarray:
    """Activities by account, month and type; each driver has its own ups and downs in each team and
    month.

    ``begin`` and ``end`` are the first month of each account and the one after its last.
    """
    month = np.arange(months)
    drivers = list(RATES)
    shock = np.exp(
        TEAM_MONTH_SD * rng.normal(size=(team.max() + 1, months, len(drivers)))
        - TEAM_MONTH_SD**2 / 2
    )
    expected = np.empty((len(rate), months, len(TYPES)))
    for k, (name, row) in enumerate(TYPES.items()):
        peak, height = row[3]
        season = 1 + height * np.cos(2 * np.pi * (month + first + 1 - peak) / 12)
        expected[:, :, k] = (
            rate[:, [k]] * season * shock[:, :, drivers.index(DRIVER_OF_ACTIVITY[name])][team]
        )
    there = (month >= begin[:, None]) & (month < (months if end is None else end[:, None]))
    return rng.poisson(expected * there[:, :, None])


def asked_for(
    rng: np.random.Generator, counts: np.ndarray, margin: np.ndarray, old: np.ndarray
) -> np.ndarray:
    """What the accounts of custom work ask for beyond the others, and who is pushed off the edge;
    accounts x months x types.

    ``margin`` is that of the last twelve months, ``old`` who was a customer all the time.
    """
    n, months, _ = counts.shape
    kinds, each = list(TYPES), type_cost(RATES)
    more = np.zeros_like(counts)
    low, high = CUSTOM_MARGIN
    able = np.flatnonzero(old & (margin >= low) & (margin <= high))
    chosen = rng.permutation(able)[: max(1, round(CUSTOM_SHARE * n))]
    served = counts[:, -12:].sum(axis=1) @ each
    wanted = margin[chosen] * rng.uniform(*CUSTOM_TIMES, size=len(chosen)) - served[chosen]
    mix = np.array([CUSTOM_MIX.get(kind, 0.0) for kind in kinds])
    a_month = np.maximum(wanted, 0.0) / (12 * float(mix @ each))
    more[chosen] = rng.poisson(np.broadcast_to(
        (a_month[:, None] * mix)[:, None, :], (len(chosen), months, len(kinds))
    ))  # fmt: skip
    served = (counts + more)[:, -12:].sum(axis=1) @ each
    edge, urgent = (margin > 0) & (served > EDGE[0] * margin), kinds.index("urgent")
    lacking = np.maximum(EDGE[1] * margin - served, 0.0)[edge]
    jobs = np.ceil(lacking / each[urgent]).astype(int)
    for account, number in zip(np.flatnonzero(edge), jobs, strict=True):
        when = months - 1 - rng.integers(0, 12, number)
        np.add.at(more, (np.full(number, account), when, np.full(number, urgent)), 1)
    return more


def _dates(
    rng: np.random.Generator,
    calendar: pd.DataFrame,
    month: np.ndarray,
    kind: np.ndarray,
    start: pd.Timestamp,
) -> np.ndarray:
    """A day of the month: a working day but for complaints and urgent jobs."""
    names = np.array(list(TYPES), dtype=object)
    anyday = np.isin(names[kind], ["complaint", "urgent"])
    days = calendar["date"].to_numpy().astype("datetime64[D]")
    work = calendar["workday"].to_numpy() == 1
    out = np.empty(len(month), dtype="datetime64[D]")
    for mask, open_days in ((anyday, np.ones(len(days), dtype=bool)), (~anyday, work)):
        out[mask] = days_in(rng, days[open_days], month[mask], start)
    return out.astype("datetime64[s]")


def activity_table(
    rng: np.random.Generator, upstream: Upstream, counts: np.ndarray
) -> pd.DataFrame:
    """The table ``activities``, one row for each that is counted."""
    accounts = upstream["accounts"]
    account, month, kind = (np.repeat(index, counts[counts > 0]) for index in np.nonzero(counts))
    names = np.array(list(TYPES), dtype=object)
    minutes, km = (np.array([row[k] for row in TYPES.values()])[kind] for k in (1, 2))
    spread = np.exp(TIME_SD * rng.normal(size=(2, len(kind))) - TIME_SD**2 / 2)
    answer = np.round(ANSWER_HOURS * np.exp(ANSWER_SD * rng.normal(size=len(kind))), 1)
    frame = pd.DataFrame(
        {
            "date": _dates(rng, upstream["calendar"], month, kind, book_start(upstream)),
            "account_id": accounts["account_id"].to_numpy()[account],
            "manager_id": accounts["manager_id"].to_numpy()[account],
            "type": names[kind],
            "minutes": np.maximum(np.round(minutes * spread[0]), 1),
            "km": np.round(km * spread[1], 1),
            "hours_to_answer": np.where(names[kind] == "complaint", answer, np.nan),
        }
    ).sort_values(["date", "account_id", "type"], kind="stable", ignore_index=True)
    width = max(6, len(str(len(frame))))
    frame.insert(0, "activity_id", [f"V{i:0{width}d}" for i in range(1, len(frame) + 1)])
    return frame


def pool_table(
    rng: np.random.Generator,
    counts: np.ndarray,
    team: np.ndarray,
    teams: pd.Index,
    start: pd.Timestamp,
    rates: Mapping[str, float],
    fixed: float = 0.0,
) -> pd.DataFrame:
    """One row per month and team: driver counts equal those of the activities, each term of the
    cost errs by up to POOL_ERROR. ``fixed`` is what each costs without any of them.
    """
    months = counts.shape[1]
    drivers = list(rates)
    total = np.zeros((months, len(teams), len(drivers)), dtype=int)
    for k, name in enumerate(TYPES):
        for t in range(len(teams)):
            total[:, t, drivers.index(DRIVER_OF_ACTIVITY[name])] += counts[team == t, :, k].sum(
                axis=0
            )
    terms = (
        total
        * np.array(list(rates.values()))
        * (1 + rng.uniform(-POOL_ERROR, POOL_ERROR, total.shape))
    )
    own = fixed * (1 + rng.uniform(-POOL_ERROR, POOL_ERROR, total.shape[:2])) if fixed else 0.0
    month = month_starts(start, np.repeat(np.arange(months), len(teams)))
    frame = pd.DataFrame(
        {
            "month": month,
            "team": np.tile(np.asarray(teams), months),
            "cost": np.round((terms.sum(axis=2) + own).ravel(), 2),
        }
    )
    for k, driver in enumerate(drivers):
        frame[driver] = total[:, :, k].ravel()
    return frame


def case_d_truth(ledger: pd.DataFrame, planted: dict[str, object]) -> dict[str, object]:
    """Sales and gross profit by year, and the price/cost effect that was planted in line P (Case
    D, S002-1m).
    """
    year = ledger["date"].dt.year
    cents = ledger[["revenue", "cost_goods"]].mul(100).round().astype("int64").groupby(year).sum()
    profit = cents["revenue"] - cents["cost_goods"]
    return {
        **planted,
        "sales_by_year": {str(y): round(int(v) / 100, 2) for y, v in cents["revenue"].items()},
        "gross_profit_by_year": {str(y): round(int(v) / 100, 2) for y, v in profit.items()},
    }


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``activities`` and ``cost_pools`` with what was planted in them.

    Reads accounts, managers, calendar, ledger (with cost_goods) and latent (terms, for the cost of
    credit).
    """
    accounts, start = upstream["accounts"], book_start(upstream)
    begin = joined_month(upstream)
    new = begin > 0
    team_of = upstream["managers"].set_index("manager_id")["team"]
    team, teams = pd.factorize(accounts["manager_id"].map(team_of), sort=True)
    rate = _intensity(rng, upstream, months, begin)
    counts = activity_counts(rng, rate, np.asarray(team), begin, months, start.month - 1)
    margin = _margin(upstream, months)
    # a stream of its own: the visits, on which other tables are built, stay as they are
    more = asked_for(rng.spawn(1)[0], counts, margin, ~new)
    counts = counts + more
    cost = counts[:, -12:, :].sum(axis=1) @ type_cost(RATES)
    yearly = counts.reshape(len(counts), -1, 12, len(TYPES)).sum(axis=2) @ type_cost(RATES)
    profit, ids = margin - cost, accounts["account_id"].to_numpy()
    fixed = FIXED * len(accounts) / FULL_ACCOUNTS
    pools = pool_table(rng, counts, np.asarray(team), pd.Index(teams), start, RATES, fixed)
    truth: dict[str, object] = {
        "rates": dict(RATES),
        "fixed_per_pool": fixed,
        "pool_error": POOL_ERROR,
        "profit_base": (
            "last twelve months, all lines: revenue - cost_goods "
            "- cost of credit on P (8 % a year) - cost to serve"
        ),
        "profit_total": round(float(profit.sum()), 2),
        "whale_peak": round(float(profit[profit > 0].sum() / profit.sum()), 4),
        "loss_share": round(float((profit < 0).mean()), 4),
        "cost_to_serve_total": round(float(cost.sum()), 2),
        "cost_to_serve_by_year": {
            name: yearly[part].sum(axis=0).round(2).tolist()
            for name, part in (("new_accounts", new), ("others", ~new))
        },
        "cost_without_driver_a_year": 12 * fixed * len(teams),
        "custom_work": sorted(ids[more[:, :, list(TYPES).index("quote")].any(axis=1)].tolist()),
        "overserved": sorted(ids[(margin >= 0) & (profit < 0)].tolist()),
        "new_accounts": sorted(accounts.loc[new, "account_id"].tolist()),
        "new_account_cost_factor": NEW_FACTOR,
        "jump_minutes_per_month_at_list_threshold": -JUMP_MINUTES,
    }
    return {
        "activities": activity_table(rng, upstream, counts),
        "cost_pools": pools,
    }, truth
