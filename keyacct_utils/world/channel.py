"""Distributors of line E, what they order, where it turns up and who buys it: what lesson 18 shall
find.

Planted: two distributors like those of K company (S003-10c), one of a hundred small users and one
of four second-tier wholesalers; three whose quota their district cannot take and who sell the rest
where the gate is open; one whose goods are carried abroad by the chains that he supplies; two who
load stock at the end of a quarter and two whose bills are merely written at the end of a month;
three orders far above the buyer's past; and the margin from which a rebate may rise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.upstream import Built, Upstream, book_start, spend

DISTRIBUTORS, DISTRICTS = 24, 8
#: Of what line E sells through either way in the last year, the part through distributors.
CHANNEL_SHARE = 0.6
#: The two of S003-10c, and the customers that they name with the share that these take.
A, B = "D01", "D02"
NAMED = {A: (100, 0.70), B: (4, 0.75)}
#: Share of the goods found outside the district, of honest ones (mean, spread) and of those who
#: divert: what the quota asks for above the demand goes where the gate is open.
HONEST, HONEST_SD = 0.03, 0.01
DIVERTERS = {"D03": 0.15, "D11": 0.165, "D19": 0.18}
#: Carried to other districts by the chains of this one; share of his scans, and who else has a
#: chain.
BENIGN, BENIGN_SHARE, OTHER_CHAIN = "D07", 0.22, "D15"
#: For each case in a store of a chain abroad, so many in stores of chains at home.
CHAIN_AT_HOME = 0.4
CHAINS = ("恒通五金连锁", "万家建材", "佳选电料")
#: Diverted goods that turn up in a store of a chain, which the diverter does not supply.
HIDDEN = 0.05
LOADERS, LOADED = ("D05", "D14"), 0.7
INVOICERS, INVOICED_OF_EIGHT = ("D09", "D16"), 5
JUMPERS, JUMP = ("D08", "D13", "D21"), (3.0, 3.6)
#: Quota above demand though no gate pays: he misses it.
STRESSED, STRESS = "D10", 1.2
#: Price of a unit by class of distributor (yuan) and rebate (percent); our cost of a unit.
LARGE = (A, B, "D03", "D11", "D15", "D19")
MIDDLE = ("D05", "D06", "D07", "D08", "D09", "D12", "D14", "D17", "D22")
PRICE = {"large": (752.0, 3.0), "middle": (776.0, 2.0), "small": (796.0, 1.0)}
#: Named buyers of the other distributors, by class: least, and the most less one.
BUYERS = {"large": (145, 166), "middle": (85, 106), "small": (45, 61)}
WEIGHT = {"large": 1.7, "middle": 1.0, "small": 0.55}
UNIT_COST, COST_NOISE = 670.8, 0.01
#: What we pay to carry a unit to A, to B, and to the others.
CARRIAGE = {A: 6.0, B: 18.0}
CARRIAGE_OTHERS = (8.0, 14.0)
#: What small buyers pay for a unit, by district, and freight of a unit: first district, each more.
LOCAL = (792.0, 806.0, 818.0, 784.0, 812.0, 798.0, 776.0, 824.0)
FREIGHT = (30.0, 12.0)
#: Growth a year (S003-10d: 24 % on average, B 2 %), spread; noise of a month.
GROWTH, GROWTH_SD, MONTH_SD = 0.24, 0.05, 0.10
OWN_GROWTH = {A: 0.45, B: 0.02}
#: Margin on what he pays, and costs of his house as a part of his sales.
MARKUP = {A: 0.07, B: 0.045}
COSTS = {A: 0.060, B: 0.068}
MARKUP_OTHERS, COSTS_OTHERS = (0.055, 0.085), (0.045, 0.065)
#: Days that the named buyers of A and B take to pay (repeated in turn), and the others.
TERMS = {A: (0, 0, 0, 0, 30), B: (30, 30, 60, 90)}
REST_TERMS = {A: 0, B: 15}
TERMS_OF = {A: 0, B: 45}
#: Interest a year, growth and part of it that was ours before, which the truth is reckoned with.
RATE, DOUBLED, TAKEN = 0.07, 1.0, 0.4
SHIPMENTS_A_MONTH, LAST_DAYS, LAST_YEAR = 8, 5, 12
SCANS, SCANNED_MONTHS = 14_000, 24


def ids() -> list[str]:
    """The distributors by id."""
    return [f"D{n + 1:02d}" for n in range(DISTRIBUTORS)]


def tier(who: str) -> str:
    """The class by which he pays."""
    return "large" if who in LARGE else "middle" if who in MIDDLE else "small"


def district(who: str) -> int:
    """The number of his district: three distributors in each."""
    return (int(who[1:]) - 1) // 3


def diverted(who: str) -> float:
    """Part of his goods that he sells elsewhere, beside what crosses any border."""
    return (DIVERTERS[who] - HONEST) / (1 - HONEST) if who in DIVERTERS else 0.0


def freight(first: int, second: int) -> float:
    """What a unit costs from one district to another."""
    start, each = FREIGHT
    return start + each * abs(first - second)


def gains(who: str) -> np.ndarray:
    """What a unit would bring him in each district above what it costs him there."""
    price, rebate = PRICE[tier(who)]
    home = district(who)
    landed = np.array([freight(home, n) for n in range(DISTRICTS)]) + price * (1 - rebate / 100)
    found = np.array(LOCAL) - landed
    found[home] = -np.inf
    return found


def _monthly(rng: np.random.Generator, months: int) -> np.ndarray:
    """Volume by distributor and month: growth and noise, loads and jumps not yet in."""
    who = ids()
    growth = np.array([OWN_GROWTH.get(name, rng.normal(GROWTH, GROWTH_SD)) for name in who]).clip(
        0.0, 0.6
    )
    weight = np.array([WEIGHT[tier(name)] for name in who]) * np.exp(rng.normal(0, 0.1, len(who)))
    weight[who.index(A)] = 2.6
    steps = (np.arange(months) - (months - LAST_YEAR / 2)) / LAST_YEAR
    level = weight[:, None] * (1 + growth[:, None]) ** steps[None, :]
    return np.asarray(level * np.exp(rng.normal(0, MONTH_SD, level.shape)))


def _with_loads(
    rng: np.random.Generator, units: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[list[str]]]:
    """The same with loads at the end of quarters, which are missing in the next month, and with
    three months far above the past; the loads; who jumped in which month of the book.
    """
    who, months = ids(), units.shape[1]
    loads = np.zeros_like(units)
    for name in LOADERS:
        row = who.index(name)
        loads[row, 2::3] = LOADED * units[row, 2::3]
    units = units.copy()
    units[:, 1:] -= loads[:, :-1]
    jumps = []
    for name in JUMPERS:
        month = months - LAST_YEAR + int(rng.integers(0, LAST_YEAR))
        units[who.index(name), month] *= rng.uniform(*JUMP)
        jumps.append([name, str(month)])
    return units, loads, jumps


def _days(rng: np.random.Generator, days: np.ndarray, who: str) -> np.ndarray:
    """Working days of a month on which he is delivered to."""
    if who not in INVOICERS:
        return np.sort(rng.choice(days, SHIPMENTS_A_MONTH))
    late = rng.choice(days[-LAST_DAYS:], INVOICED_OF_EIGHT)
    early = rng.choice(days[:-LAST_DAYS], SHIPMENTS_A_MONTH - INVOICED_OF_EIGHT)
    return np.sort(np.r_[early, late])


def _shipments(
    rng: np.random.Generator, units: np.ndarray, loads: np.ndarray, worked: list[np.ndarray]
) -> pd.DataFrame:
    carriage = {name: CARRIAGE.get(name, rng.uniform(*CARRIAGE_OTHERS)) for name in ids()}
    parts = []
    for row, name in enumerate(ids()):
        price = PRICE[tier(name)][0]
        for month, days in enumerate(worked):
            on = _days(rng, days, name)
            share = rng.dirichlet(np.full(len(on), 6.0))
            number = np.rint(share * units[row, month])
            if loads[row, month] > 0:
                on = np.r_[on, rng.choice(days[-LAST_DAYS:])]
                number = np.r_[number, np.rint(loads[row, month])]
            number = np.maximum(number, 1.0)
            cost = UNIT_COST * (1 + rng.normal(0, COST_NOISE, len(on)))
            parts.append(
                pd.DataFrame(
                    {
                        "date": on,
                        "distributor_id": name,
                        "units": number.astype(np.int64),
                        "revenue": np.round(number * price, 2),
                        "cost_goods": np.round(number * cost, 2),
                        "freight": np.round(number * carriage[name], 2),
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["date", "distributor_id", "units"], ignore_index=True)


def _buyers(rng: np.random.Generator, who: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares and days of the named buyers, and the days of the rest."""
    if who in NAMED:
        number, held = NAMED[who]
        terms = np.resize(np.array(TERMS[who]), number)
        return np.full(number, held / number), terms, float(REST_TERMS[who])
    number = int(rng.integers(*BUYERS[tier(who)]))
    share = rng.lognormal(0, 0.9, number)
    share = share / share.sum() * rng.uniform(0.75, 0.92)
    return share, rng.choice([0, 30, 60], number, p=[0.5, 0.35, 0.15]), 0.0


def _downstream(
    rng: np.random.Generator, demand: dict[str, float], markup: dict[str, float]
) -> pd.DataFrame:
    """Who buys from each distributor in the last year; one row for all who are not named."""
    parts = []
    for name in ids():
        share, terms, rest = _buyers(rng, name)
        if name in (BENIGN, OTHER_CHAIN):  # the chains buy most of what they carry abroad
            held = 0.32 if name == BENIGN else 0.06
            share = np.r_[np.full(len(CHAINS), held / len(CHAINS)), share * (1 - held)]
            terms = np.r_[np.full(len(CHAINS), 30), terms]
        count, price = len(share), PRICE[tier(name)][0] * (1 + markup[name])
        chains = list(CHAINS) if name in (BENIGN, OTHER_CHAIN) else []
        kind = "second_tier" if name == B else "end_user"
        number = np.rint(np.r_[share, 1 - share.sum()] * demand[name])
        paid = price * (1 + np.r_[rng.normal(0, 0.004, count), 0.0])
        parts.append(
            pd.DataFrame(
                {
                    "buyer_id": [f"{name}-{n + 1:03d}" for n in range(count)] + [f"{name}-000"],
                    "distributor_id": name,
                    "kind": ["chain"] * len(chains)
                    + [kind] * (count - len(chains))
                    + ["not_named"],
                    "chain": pd.array(
                        [*chains, *[None] * (count + 1 - len(chains))], dtype="object"
                    ),
                    "named": [1] * count + [0],
                    "units": np.maximum(number, 1).astype(np.int64),
                    "amount": np.round(np.maximum(number, 1) * paid, 2),
                    "terms_days": np.r_[terms, rest].astype(np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values("buyer_id", ignore_index=True)


def _scans(
    rng: np.random.Generator, districts: list[str], days: np.ndarray, number: int
) -> pd.DataFrame:
    """Cases found in shops: at home, across the border, dumped, or in the store of a chain."""
    who = np.array(ids(), dtype=object)
    owner = np.repeat(who, number)
    home = np.array([district(name) for name in owner])
    place, chain = home.copy(), np.full(len(owner), None, dtype=object)
    size = HONEST * (1 - HONEST) / HONEST_SD**2 - 1
    honest = dict(zip(who, rng.beta(HONEST * size, (1 - HONEST) * size, len(who)), strict=True))
    draw = rng.random(len(owner))
    for name in who:
        mine = np.flatnonzero(owner == name)
        at = district(name)
        near = np.array([0.0 if n == at else 1 / freight(at, n) for n in range(DISTRICTS)])
        out = draw[mine] < honest[name]
        place[mine[out]] = rng.choice(DISTRICTS, out.sum(), p=near / near.sum())
        rest = mine[~out]
        if name in DIVERTERS:
            gain = np.maximum(gains(name), 0.0)
            dumped = rest[rng.random(len(rest)) < diverted(name)]
            place[dumped] = rng.choice(DISTRICTS, len(dumped), p=gain / gain.sum())
            hidden = dumped[rng.random(len(dumped)) < HIDDEN]
            chain[hidden] = rng.choice(CHAINS, len(hidden))
        if name in (BENIGN, OTHER_CHAIN):
            part = BENIGN_SHARE if name == BENIGN else 0.04
            u = rng.random(len(rest))
            abroad, stays = rest[u < part], rest[(u >= part) & (u < (1 + CHAIN_AT_HOME) * part)]
            others = np.array([n for n in range(DISTRICTS) if n != at])
            place[abroad] = rng.choice(others, len(abroad))
            for found in (abroad, stays):
                chain[found] = rng.choice(CHAINS, len(found))
    table = pd.DataFrame(
        {
            "date": rng.choice(days, len(owner)),
            "distributor_id": owner,
            "district": np.array(districts, dtype=object)[place],
            "chain": chain,
        }
    )
    return table.sort_values(
        ["date", "distributor_id", "district"], ignore_index=True, kind="stable"
    )


def profit_rate(who: str, rate: float = RATE) -> float:
    """What is left to A or B of his sales, as planted: markup and rebate less costs and
    interest.
    """
    markup, rebate = MARKUP[who], PRICE[tier(who)][1] / 100
    number, held = NAMED[who]
    days = held * float(np.mean(np.resize(TERMS[who], number))) + (1 - held) * REST_TERMS[who]
    return (markup + rebate) / (1 + markup) - COSTS[who] - rate * days / 365


def usual_outside() -> float:
    """Share outside of the goods of BENIGN that lie in no store of a chain, as planted."""
    elsewhere = (1 - HONEST) * (1 - (1 + CHAIN_AT_HOME) * BENIGN_SHARE)
    return HONEST / (HONEST + elsewhere)


def break_even() -> float:
    """By how much the rebate of A may rise if he doubles his volume."""
    price, rebate = PRICE[tier(A)]
    margin = 1 - (UNIT_COST + CARRIAGE[A]) / price
    return (margin - rebate / 100) * (1 - TAKEN) * DOUBLED / (1 + DOUBLED)


def _distributors(
    rng: np.random.Generator, districts: list[str], shipped: pd.Series, demand: dict[str, float],
    sales: pd.Series,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for name in ids():
        price, rebate = PRICE[tier(name)]
        stress = rng.uniform(0.86, 1.04)
        quota = demand[name] * (STRESS if name == STRESSED else stress)
        if name in DIVERTERS:  # he meets the quota, by what he sells elsewhere
            quota = float(shipped[name]) * (1 + rng.normal(0, 0.005))
        costs = COSTS.get(name, rng.uniform(*COSTS_OTHERS)) * float(sales[name])
        rows.append(
            {
                "distributor_id": name,
                "district": districts[district(name)],
                "price": price,
                "rebate_pct": rebate,
                "quota": int(round(quota, -1)),
                "costs": round(costs, -2),
                "terms_days": TERMS_OF.get(name, int(rng.choice([15, 30]))),
            }
        )
    return pd.DataFrame(rows)


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Distributors, shipments, scans, their buyers, local prices and freight; and what was planted.

    Reads accounts (districts), calendar and ledger.
    """
    districts = [f"D{n + 1}" for n in range(DISTRICTS)]
    direct = float(spend(upstream, months, "E").sum())
    units, loads, jumps = _with_loads(rng, _monthly(rng, months))
    price = np.array([PRICE[tier(name)][0] for name in ids()])
    last = float(((units + loads)[:, -LAST_YEAR:].sum(axis=1) * price).sum())
    scale = direct * CHANNEL_SHARE / (1 - CHANNEL_SHARE) / last  # with loads and jumps
    units, loads = units * scale, loads * scale
    calendar = upstream["calendar"]
    days = calendar.loc[calendar["workday"] == 1, "date"].to_numpy().astype("datetime64[s]")
    start = book_start(upstream).to_period("M")
    of = pd.DatetimeIndex(days).to_period("M")
    worked = [days[of == start + n] for n in range(months)]
    shipments = _shipments(rng, units, loads, worked)
    year = shipments[shipments["date"] >= (start + months - LAST_YEAR).start_time]
    shipped = year.groupby("distributor_id")["units"].sum()
    demand = {
        name: float(shipped[name]) * (1 - diverted(name)) * (1 + rng.normal(0, 0.005))
        for name in ids()
    }
    markup = {name: MARKUP.get(name, rng.uniform(*MARKUP_OTHERS)) for name in ids()}
    downstream = _downstream(rng, demand, markup)
    sales = downstream.groupby("distributor_id")["amount"].sum()
    recent = days[of >= start + months - SCANNED_MONTHS]
    tables = {
        "distributors": _distributors(rng, districts, shipped, demand, sales),
        "shipments": shipments,
        "scans": _scans(rng, districts, recent, SCANS // DISTRIBUTORS),
        "downstream": downstream,
        "district_prices": pd.DataFrame({"district": districts, "price": LOCAL}),
        "district_freight": pd.DataFrame(
            [
                {
                    "from_district": districts[i],
                    "to_district": districts[j],
                    "freight": freight(i, j),
                }
                for i in range(DISTRICTS)
                for j in range(DISTRICTS)
                if i != j
            ]
        ),
    }
    truth = {
        "index": {"A": 100 * (0.70 / 100) ** 2, "B": 4 * (0.75 / 4) ** 2},
        "channel_share": CHANNEL_SHARE,
        "usual_outside": usual_outside(),
        "diverters": dict(DIVERTERS),
        "excess": {name: diverted(name) for name in DIVERTERS},
        "benign": BENIGN,
        "gates": [name for name in ids() if (gains(name) > 0).any()],
        "loaders": list(LOADERS),
        "jumps": [f"{name} {start + int(month)}" for name, month in jumps],
        "profit_rate": {"A": profit_rate(A), "B": profit_rate(B)},
        "rate": RATE,
        "break_even": break_even(),
    }
    return tables, truth
