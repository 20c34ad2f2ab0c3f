"""Who is visited how often, and what a visit brings: what lesson 12 shall find.

Planted: how often the promised visits are made, class by class; fewer minutes of service just over
the cut than just below it (S000-5f); accounts that nobody owns and accounts with two owners; a
curve a (1 - exp(-k v)) of what v visits in a quarter add to an account's margin, in trials by lot,
beside trials in which managers chose whom to visit; visits that follow the fee and not what they
bring; and fewer managers than the promised service takes.
"""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from keyacct_utils.world.profitability import TYPES
from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts, normal_scores

#: Classes of the service plan by the monthly fee at the start of the year (yuan): each from this
#: fee on. A+ and crystal are those of S000-5c; what lies below and above them is of our own.
TIERS = {"basic": 0.0, "A+": 1_500.0, "crystal": 3_000.0, "gold": 10_000.0}
CUT = TIERS["crystal"]
#: Promised visits a quarter (S000-5d; gold of our own), and the share of quarters in which they are
#: made.
STANDARD = {"A+": 1, "crystal": 2, "gold": 3}
MET = {"A+": 0.83, "crystal": 0.61, "gold": 0.70}
#: Visits a quarter to accounts without a promise; further ones where it is kept.
BASIC_VISITS = 0.5
#: Expected further visits: at the middle of the margins, growth per standard deviation, at most.
FURTHER, FURTHER_RISE, FURTHER_MOST = 0.25, 1.2, 6.0
#: Accounts differ: the share of an account is a draw from a beta of this concentration.
CONCENTRATION = 8.0
#: Logarithm of the fee: middle and spread (yuan), and how far it follows the margin.
FEE_MIDDLE, FEE_SD, FOLLOWS = 2_820.0, 0.85, 0.75
#: Accounts of so large a margin (standard deviations) are gold whatever their fee was: at least
#: that of gold, times up to.
LARGE, LARGE_TIMES = 1.2, 1.6
#: Minutes of service a month: at the cut, per unit of the fee's logarithm, the jump, and the spread
#: (standard deviation) between accounts of one fee and between the quarters of one account.
AT_CUT, RISE, JUMP, ACCOUNT_SD, QUARTER_SD = 150.0, 45.0, -28.0, 8.0, 8.0
LEAST_MINUTES = 5.0
#: Share of the accounts without an owner, and with two.
NOBODY, TWO = 0.03, 0.02
#: Response: percent of the quarter's margin at most, and per visit.
A, K = 10.0, 0.45
#: Trials by lot and by choice in a book of 600 accounts; visits up to; spread; what the chosen ones
#: would have brought more per visit without any.
BY_LOT, BY_CHOICE, MOST_VISITS, TRIAL_SD, CHOSEN_RISE = 600, 400, 10, 1.0, 0.9
FULL = 600
#: Least visits to each account in the plan of most contribution.
COVER = 1
#: Share of a manager's working hours that is left for accounts, kilometres an hour on the way.
FOR_ACCOUNTS, SPEED = 1 / 3, 30.0
CALLS_A_YEAR = 12
MORE_CRYSTAL = 1_500
QUARTERS = 4


def margins(upstream: Upstream, months: int) -> pd.Series:
    """Sales less cost of goods of the last twelve months, by account."""
    ledger = upstream["ledger"]
    recent = ledger[ledger["date"] >= book_start(upstream) + pd.DateOffset(months=months - 12)]
    gross = (recent["revenue"] - recent["cost_goods"]).groupby(recent["account_id"]).sum()
    return gross.reindex(upstream["accounts"]["account_id"], fill_value=0.0).astype(float)


def tier_of(fee: np.ndarray) -> np.ndarray:
    """Class of the service plan by monthly fee."""
    names = np.array(list(TIERS), dtype=object)
    return np.asarray(names[np.searchsorted(list(TIERS.values()), fee, side="right") - 1])


def visits_made(rng: np.random.Generator, tier: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Visits by account and quarter; ``size`` is the normal score of the margin."""
    n = len(tier)
    made = rng.poisson(BASIC_VISITS, (n, QUARTERS))
    for name, promised in STANDARD.items():
        own = np.flatnonzero(tier == name)
        share = MET[name]
        chance = rng.beta(share * CONCENTRATION, (1 - share) * CONCENTRATION, len(own))
        kept = rng.random((len(own), QUARTERS)) < chance[:, None]
        further = np.minimum(FURTHER * np.exp(FURTHER_RISE * size[own]), FURTHER_MOST)
        more = promised + np.floor(further[:, None] + rng.random(kept.shape)).astype(int)
        fewer = rng.binomial(promised - 1, 0.7, kept.shape)
        made[own] = np.where(kept, more, fewer)
    return np.asarray(made)


def best_plan(margin: np.ndarray, total: int, k: float = K, cover: int = COVER) -> np.ndarray:
    """So many visits, at least ``cover`` to each account, so that they bring the most."""
    visits = np.full(len(margin), cover)
    queue = [(-value, i) for i, value in enumerate(margin * np.exp(-k * cover))]
    heapq.heapify(queue)
    for _ in range(total - int(visits.sum())):
        value, i = heapq.heappop(queue)
        visits[i] += 1
        heapq.heappush(queue, (value * np.exp(-k), i))
    return visits


def gain(margin: np.ndarray, visits: np.ndarray, k: float = K, cover: int = COVER) -> float:
    """Share by which the best plans of as many visits a quarter bring more than these (accounts x
    quarters), of what visits bring.
    """
    margin = np.clip(margin, 0, None)

    def value(made: np.ndarray) -> float:
        return float((margin * -np.expm1(-k * made)).sum())

    best = sum(value(best_plan(margin, int(made.sum()), k, cover)) for made in visits.T)
    return best / sum(value(made) for made in visits.T) - 1


def needed(tier: pd.Series, activities: pd.DataFrame, hours_per_month: float) -> float:
    """Managers that the promised service takes, with what was asked for beside it in the year."""
    visit, call = TYPES["visit"], TYPES["call"]
    way = visit[2] / SPEED * 60
    counts = tier.value_counts()
    visits = sum(4 * STANDARD[name] * int(counts.get(name, 0)) for name in STANDARD)
    calls = CALLS_A_YEAR * sum(int(counts.get(name, 0)) for name in STANDARD)
    other = activities[~activities["type"].isin(["visit", "call"])]
    asked = float((other["minutes"] + other["km"] / SPEED * 60).sum())
    hours = (visits * (visit[1] + way) + calls * call[1] + asked) / 60
    return hours / (12 * hours_per_month * FOR_ACCOUNTS)


def _owners(
    rng: np.random.Generator, frame: pd.DataFrame, managers: np.ndarray
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The last two quarters without an owner for some; for others a second one in the last."""
    ids = frame["account_id"].unique()
    drawn = rng.permutation(ids)
    none = sorted(drawn[: round(NOBODY * len(ids))])
    two = sorted(drawn[len(none) : len(none) + round(TWO * len(ids))])
    last = np.sort(frame["quarter"].unique())
    frame.loc[frame["account_id"].isin(none) & (frame["quarter"] >= last[-2]), "manager_id"] = ""
    both = frame["account_id"].isin(two) & (frame["quarter"] == last[-1])
    second = frame[both].copy()
    order = {name: place for place, name in enumerate(managers)}
    step = 1 + rng.integers(0, len(managers) - 1, len(second))
    at = second["manager_id"].map(order).to_numpy(dtype=int)
    second["manager_id"] = managers[(at + step) % len(managers)]
    for column in ("visits", "calls", "minutes"):
        whole = frame.loc[both, column].to_numpy()
        frame.loc[both, column] = whole - whole // 2
        second[column] = whole // 2
    found = pd.concat([frame, second])
    return found, none, two


def trials(rng: np.random.Generator, accounts: np.ndarray) -> pd.DataFrame:
    """Visits of a quarter and what they added to the margin, in percent; by lot, and by choice."""
    size = len(accounts) / FULL
    lot, choice = max(30, round(BY_LOT * size)), max(20, round(BY_CHOICE * size))
    by_lot = np.r_[np.ones(lot, dtype=int), np.zeros(choice, dtype=int)]
    n = len(by_lot)
    visits = rng.integers(0, MOST_VISITS + 1, n)
    lift = A * -np.expm1(-K * visits) + rng.normal(0, TRIAL_SD, n)
    lift += np.where(by_lot == 0, CHOSEN_RISE * (visits - MOST_VISITS / 2), 0.0)
    order = rng.permutation(n)
    table = pd.DataFrame(
        {
            "account_id": rng.choice(accounts, n),
            "visits": visits,
            "by_lot": by_lot,
            "lift_pct": np.round(lift, 2),
        }
    ).iloc[order]
    table.insert(0, "trial_id", [f"W{i:04d}" for i in range(1, n + 1)])
    return table.reset_index(drop=True)


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Visits of the last four quarters by account, trials of visits, and what was planted in them.

    Reads accounts, managers, ledger and activities.
    """
    accounts, managers = upstream["accounts"], upstream["managers"]
    ids = accounts["account_id"].to_numpy()
    n = len(ids)
    margin = margins(upstream, months).to_numpy()
    noise = normal_scores(rng.normal(size=n))
    size = normal_scores(margin)
    fee = FEE_MIDDLE * np.exp(FEE_SD * (FOLLOWS * size + np.sqrt(1 - FOLLOWS**2) * noise))
    of_gold = TIERS["gold"] * rng.uniform(1, LARGE_TIMES, n)
    fee = np.round(np.where(size > LARGE, np.maximum(fee, of_gold), fee), 2)
    tier = tier_of(fee)
    made = visits_made(rng, tier, size)
    level = AT_CUT + RISE * np.log(fee / CUT) + JUMP * (fee >= CUT)
    level += rng.normal(0, ACCOUNT_SD, n)
    monthly = level[:, None] + rng.normal(0, QUARTER_SD, (n, QUARTERS))
    quarter = np.arange(QUARTERS)
    frame = pd.DataFrame(
        {
            "quarter": np.tile(month_starts(book_start(upstream), months - 12 + 3 * quarter), n),
            "account_id": np.repeat(ids, QUARTERS),
            "manager_id": np.repeat(accounts["manager_id"].to_numpy(), QUARTERS),
            "tier": np.repeat(tier, QUARTERS),
            "monthly_spend": np.repeat(fee, QUARTERS),
            "visits": made.ravel(),
            "calls": rng.poisson(3.0, n * QUARTERS),
            "minutes": np.round(3 * np.clip(monthly, LEAST_MINUTES, None)).astype(int).ravel(),
        }
    )
    frame, none, two = _owners(rng, frame, managers["manager_id"].to_numpy())
    frame = frame.sort_values(["quarter", "account_id", "manager_id"], ignore_index=True)
    hours = float(managers["hours_per_month"].iloc[0])
    activities = upstream["activities"]
    year = activities[
        activities["date"] >= book_start(upstream) + pd.DateOffset(months=months - 12)
    ]
    staff = needed(pd.Series(tier), year, hours)
    way = TYPES["visit"][2] / SPEED * 60
    more = MORE_CRYSTAL * (
        4 * STANDARD["crystal"] * (TYPES["visit"][1] + way) + CALLS_A_YEAR * 12.0
    )
    truth = {
        "compliance": dict(MET),
        "jump": JUMP,
        "minutes_sd": float(np.hypot(ACCOUNT_SD, QUARTER_SD / np.sqrt(QUARTERS))),
        "response": {"a": A, "k": K},
        "plan_gain": gain(margin, made),
        "managers": len(managers),
        "needed": staff,
        "short": staff - len(managers),
        "more_customers": more / 60 / (12 * hours * FOR_ACCOUNTS),
        "without_owner": none,
        "with_two_owners": two,
    }
    return {"visits": frame, "visit_trials": trials(rng, ids)}, truth
