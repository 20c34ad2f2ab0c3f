"""What is planted in the book of Yunhe, a distributor of food and drink (云禾食品饮料配送公司).

Row ``r`` of the plan is the account with the (r+1)-th largest beverage revenue of 2024; those that
stopped before 2024 stand last.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.relationship_levels import Bonds
from keyacct_utils.world.satisfaction_index import Voice
from keyacct_utils.world.value_grading import GROUPS, Grading

NAME = "Yunhe Food & Beverage Distribution"
FOLDER = "yunhe"
SEED = 20240808
ACCOUNTS, MONTHS, FIRST_YEAR = 180, 36, 2022
#: Lines of business: B beverages (peak in July), G festive groceries (年货, peak in January).
LINES = ("B", "G")
BUYERS_G = 120
#: Share of the top 20 % of each line's accounts in 2024; sigma is solved for it.
TOP_SHARES = {"B": 0.52, "G": 0.45}
#: Median yearly revenue of a buyer of the line, yuan.
MEDIANS = {"B": 420_000, "G": 130_000}
#: Relative level of the months January to December; groceries are sold for the festivals only.
SEASON = {
    "B": (0.70, 0.50, 0.70, 0.85, 1.10, 1.45, 1.90, 1.60, 1.05, 0.80, 0.65, 0.70),
    "G": (2.60, 0.90, 0, 0, 0, 0, 0, 0.80, 1.70, 0.60, 0, 1.40),
}
NOISE_SD = {"B": 0.22, "G": 0.20}
#: Gross margin by year, spread between accounts, and that of accounts whose price was cut too far.
MARGIN = {"B": (0.155, 0.126, 0.138), "G": (0.230, 0.195, 0.210)}
MARGIN_SD, CUT_MARGIN = 0.012, (0.02, -0.05, -0.05)
UNIT_PRICE, YEARLY_PRICE = {"B": 42.0, "G": 118.0}, {"B": 1.02, "G": 1.03}
#: Points of discount beyond the account's own where the price was cut, in 2023 and 2024.
CUT_POINTS = 15.0
RETURNS = {"B": 40, "G": 22}
#: How many accounts stopped before 2024 and during it, joined in the two last years, lose money.
STOPPED_BEFORE, STOPPED_IN, JOINED_2023, JOINED_2024 = 7, 4, 6, 6
CUT, OVERSERVED = 5, 11
#: Potential accounts, and how many of them doubled in 2024.
POOL, DOUBLED = 24, 9
#: The key-account list was made at the end of 2022: accounts of at least this revenue in that year.
LIST_THRESHOLD = 1_200_000
#: Yuan per unit of each driver, yuan a month that a team costs whatever it does, and expected
#: activities of the book.
RATES = {"visits": 380.0, "calls": 45.0, "quotes": 160.0, "cases": 290.0, "urgent_jobs": 820.0}
FIXED = 4_000.0
ACTIVITIES = 4_000
#: Yearly cost to serve: at most this share of the margin, and what an over-served account takes.
SERVED_AT_MOST, OVERSERVED_TIMES, OVERSERVED_FLOOR = 0.45, 2.0, 12_000.0
SIZE_POWER, ACCOUNT_SD = 0.45, 0.25

BONDS = Bonds(
    tolerance={1: 4.0, 2: 9.0, 3: 12.0}, tolerance_new=9.0, half_life=4.0, slope=1.5, gamma=2.0,
    selection=0.60, share_2=0.35, share_3=0.20, offers=8, rater_error=0.15, kappa=0.77,
    prices=(38.0, 46.0), line=None, refusal_loss=0.0,  # its customers buy as before
)  # fmt: skip
VOICE = Voice(
    paths={"E": 0.20, "Q": 0.28, "V": 0.45}, correlation={"EQ": 0.3, "EV": 0.4, "QV": 0.35},
    loyalty=0.60, loading=0.80, manager_sd=0.35, exact_managers=True, recovery=0.9, per_account=2.5,
    servqual={"tangibles": (4, -0.1), "reliability": (5, -1.0), "responsiveness": (4, -0.4),
              "assurance": (4, -0.2), "empathy": (5, -0.5)},
    values={"product": 68.0, "service": 71.0, "personnel": 74.0, "image": 60.0},
    costs={"money": 55.0, "time": 38.0, "energy": 36.0, "mental": 26.0},
)  # fmt: skip
_SHARES = {"key_today": 0.15, "key_tomorrow": 0.20, "harvest": 0.25, "maintain": 0.40}
GRADING = Grading({name: (_SHARES[name], *GROUPS[name][1:]) for name in GROUPS}, line=None)

#: Sectors, their odds among the 60 largest accounts and among the others, and what an account of
#: each is called (Chinese, English).
LARGE = 60
SECTORS = {
    "supermarket": ((0.36, 0.10), (("超市", "Supermarket"), ("购物广场", "Shopping Plaza"),
                           ("生鲜超市", "Fresh Market"), ("连锁超市", "Supermarket Chain"))),
    "convenience": ((0.02, 0.36), (("便利店", "Convenience"), ("副食店", "Grocery"),
                           ("烟酒行", "Wine & Tobacco"), ("社区店", "Corner Shop"))),
    "restaurant": ((0.12, 0.28), (("酒楼", "Restaurant"), ("火锅店", "Hot Pot"),
                          ("餐饮有限公司", "Catering"), ("小吃城", "Food Court"))),
    "hotel": ((0.08, 0.09), (("大酒店", "Hotel"), ("宾馆", "Inn"), ("度假村", "Resort"),
                     ("商务酒店", "Business Hotel"))),
    "canteen": ((0.12, 0.11), (("中学食堂", "School Canteen"), ("工厂食堂", "Works Canteen"),
                       ("医院食堂", "Hospital Canteen"), ("机关食堂", "Office Canteen"))),
    "wholesale": ((0.30, 0.06), (("商贸有限公司", "Trading"), ("批发部", "Wholesale"),
                         ("食品有限公司", "Foods"), ("经销部", "Dealers"))),
}  # fmt: skip
TOWNS = ("north", "south", "east", "west", "lakeside")


def _pick(
    rng: np.random.Generator,
    free: np.ndarray,
    low: int,
    high: int,
    count: int,
) -> np.ndarray:
    """Draw ranks from low to high that are free, and mark them as taken."""
    inside = np.flatnonzero(free[low:high]) + low
    chosen = np.sort(rng.choice(inside, count, replace=False))
    free[chosen] = False
    return chosen


def build_plan(rng: np.random.Generator) -> pd.DataFrame:
    """The design of the book, one row per rank.

    Returns
    -------
    DataFrame
        role (plain, stopped_before, stopped_in, joined_2023, joined_2024, cut, overserved),
        begin and end (first month of business and the month after the last, counted from the
        start of the book), pool, doubled, growth (of 2023 and 2024, logarithms).
    """
    active = ACCOUNTS - STOPPED_BEFORE
    role = np.full(ACCOUNTS, "plain", dtype=object)
    role[active:] = "stopped_before"
    free = np.arange(ACCOUNTS) < active
    for name, low, high, count in (
        ("cut", 12, 70, CUT), ("overserved", 138, active, OVERSERVED),
        ("joined_2023", 35, 150, JOINED_2023), ("joined_2024", 35, 150, JOINED_2024),
        ("stopped_in", 40, 150, STOPPED_IN),
    ):  # fmt: skip
        role[_pick(rng, free, low, high, count)] = name
    pool, doubled = np.zeros((2, ACCOUNTS), dtype=bool)
    doubled[_pick(rng, free, 25, 120, DOUBLED)] = True
    pool[_pick(rng, free, 25, 140, POOL - DOUBLED)] = True
    growth = np.clip(rng.normal(0.06, 0.11, (ACCOUNTS, 2)), -0.3, 0.45)
    growth[doubled, 1] = np.log(rng.uniform(2.15, 2.7, DOUBLED))
    growth[role == "joined_2023", 1] = rng.uniform(0.0, 0.15, JOINED_2023)
    plan = pd.DataFrame({
        "role": role, "begin": 0, "end": MONTHS, "pool": pool | doubled, "doubled": doubled,
        "growth_2023": growth[:, 0], "growth_2024": growth[:, 1],
    })  # fmt: skip
    for name, column, low, high in (
        ("joined_2023", "begin", 12, 16), ("joined_2024", "begin", 25, 31),
        ("stopped_before", "end", 15, 23), ("stopped_in", "end", 28, 33),
    ):  # fmt: skip
        chosen = (role == name).nonzero()[0]
        plan.loc[chosen, column] = rng.integers(low, high, len(chosen))
    return plan
