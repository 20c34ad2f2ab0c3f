"""Lesson 18: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.channel import diversion, loading, platforms
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.channel import (
    DIVERTERS,
    DOUBLED,
    HONEST,
    HONEST_SD,
    INVOICED_OF_EIGHT,
    LAST_YEAR,
    LOADED,
    MONTH_SD,
    RATE,
    SHIPMENTS_A_MONTH,
    TAKEN,
    A,
    B,
)

#: Three standard errors: rounding of units (index), a share of some 200 scans outside the stores of
#: chains with what borders add (a usual one), one of some 290 (of a diverter), the noise of demand
#: and quota (excess), of markups (profit) and of costs (rebate), and rounding of units (channel).
_INDEX, _USUAL, _SHARE, _EXCESS, _PROFIT, _REBATE, _CHANNEL = (
    0.0002, 0.060, 0.067, 0.022, 0.003, 0.0012, 0.0002,
)  # fmt: skip
_FEWEST_MONTHS = 13

#: Distributors and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 24, 48
#: What a size counts: those who order, and not accounts.
UNIT = "distributor"

Tables = Mapping[str, pd.DataFrame]


def _distributors(tables: Tables) -> pd.DataFrame:
    return tables["distributors"].set_index("distributor_id")


def _year(tables: Tables, name: str) -> pd.DataFrame:
    """Rows of the last twelve months."""
    last = tables["shipments"]["date"].max().to_period("M")
    rows = tables[name]
    return rows[rows["date"] >= (last - LAST_YEAR + 1).start_time].reset_index(drop=True)


def _index(tables: Tables, how: str = "index") -> dict[str, float]:
    """Sum of squared shares of A and B; of the named alone, or with the rest as one buyer."""
    found = {}
    for letter, who in (("A", A), ("B", B)):
        rows = tables["downstream"]
        rows = rows[rows["distributor_id"] == who]
        named = rows.loc[rows["named"] == 1, "units"].astype(float)
        total = None if how == "alone" else float(rows["units"].sum())
        made = platforms.downstream_concentration(named, total)
        found[letter] = made.most if how == "most" else made.hhi
    return found


def outside(tables: Tables, chains: bool = True) -> pd.DataFrame:
    """Who sells outside his district in the last year, by the lesson's method."""
    rows = _year(tables, "scans")
    explained = diversion.chain_flow(rows, tables["downstream"]) if chains else None
    return diversion.out_of_district(rows, _distributors(tables)["district"], explained)


def _caught(flagged: set[str]) -> bool:
    """Two of the three or more, and at most one other."""
    return len(flagged & set(DIVERTERS)) >= 2 and len(flagged - set(DIVERTERS)) <= 1


def _by_mean(tables: Tables) -> bool:
    """Mean and standard deviation, which the diverters move themselves."""
    share = outside(tables)["share"]
    z = (share - share.mean()) / share.std()
    return _caught(set(share.index[z > diversion.Z_LIMIT]))


def _gates(tables: Tables, rebate: bool = True, times: float = 1.0) -> set[str]:
    shops = tables["distributors"]
    offers = shops.assign(rebate=shops["rebate_pct"] / 100 if rebate else 0.0)
    prices = tables["district_prices"].set_index("district")["price"]
    made = diversion.arbitrage(offers, prices, tables["district_freight"], times)
    return set(made.loc[made["open"], "distributor_id"])


def _peaks(tables: Tables) -> pd.DataFrame:
    rows = tables["shipments"].rename(columns={"distributor_id": "who", "units": "amount"})
    return loading.month_end_spike(rows, tables["calendar"])


def _peak_alone(tables: Tables) -> set[str]:
    found = _peaks(tables)
    return set(found.index[found["low"] > found["even"]])


def _monthly(tables: Tables) -> pd.DataFrame:
    rows = tables["shipments"]
    month = rows["date"].dt.strftime("%Y-%m").rename("month")
    return rows.pivot_table(
        index="distributor_id", columns=month, values="units", aggfunc="sum", fill_value=0
    ).astype(float)


def _jumps(tables: Tables, rule: loading.Rule = "own_past") -> set[str]:
    monthly = _monthly(tables)
    found = loading.unusual_orders(monthly, rule, since=str(monthly.columns[-LAST_YEAR]))
    found = found[found["flagged"]]
    return {f"{who} {month}" for who, month in zip(found["who"], found["month"], strict=True)}


def profit(tables: Tables) -> pd.DataFrame:
    """What is left to each distributor, by the lesson's method."""
    shops, rows = _distributors(tables), tables["downstream"]
    owed = (rows["amount"] * rows["terms_days"]).groupby(rows["distributor_id"]).sum()
    sums = rows.groupby("distributor_id")[["units", "amount"]].sum()
    goods = sums["units"] * shops["price"]
    made = pd.DataFrame(
        {
            "sales": sums["amount"],
            "goods": goods,
            "rebate": goods * shops["rebate_pct"] / 100,
            "costs": shops["costs"],
            "owed": owed / platforms.DAYS_OF_A_YEAR,
        }
    )
    return platforms.distributor_profit(made, RATE)


def _of_a_and_b(tables: Tables, column: str = "margin") -> dict[str, float]:
    found = profit(tables)[column]
    return {"A": float(found[A]), "B": float(found[B])}


def _margin(tables: Tables) -> tuple[float, float]:
    """What A leaves us before rebate, and its rebate."""
    rows = _year(tables, "shipments")
    rows = rows[rows["distributor_id"] == A]
    kept = float((rows["revenue"] - rows["cost_goods"] - rows["freight"]).sum())
    rebate = float(_distributors(tables)["rebate_pct"][A]) / 100
    return kept / float(rows["revenue"].sum()), rebate


def _rise(tables: Tables, taken: float = TAKEN, before: bool = False, on: str = "all") -> float:
    margin, rebate = _margin(tables)
    return platforms.rebate_break_even(margin, 0.0 if before else rebate, DOUBLED, taken, on)  # type: ignore[arg-type]


def _excess(tables: Tables) -> dict[str, float]:
    quota = _distributors(tables)["quota"].astype(float)
    demand = tables["downstream"].groupby("distributor_id")["units"].sum().astype(float)
    found = diversion.stress(quota, demand.reindex(quota.index))["excess"]
    return {who: float(found[who]) for who in DIVERTERS}


def _by_deliveries(tables: Tables) -> dict[str, float]:
    """What was delivered taken for what his buyers took: whoever meets his quota has no stress."""
    quota = _distributors(tables)["quota"].astype(float)
    shipped = _year(tables, "shipments").groupby("distributor_id")["units"].sum().astype(float)
    found = diversion.stress(quota, shipped.reindex(quota.index))["excess"]
    return {who: float(found[who]) for who in DIVERTERS}


def _channel(tables: Tables, line: str | None = "E") -> float:
    ledger = _year(tables, "ledger")
    direct = float(ledger.loc[ledger["line"] == line if line else slice(None), "revenue"].sum())
    through = float(_year(tables, "shipments")["revenue"].sum())
    return through / (through + direct)


ITEMS = (
    Item(
        "squared shares of the named buyers of A and B",
        lambda truth: dict(truth["channel"]["index"]),
        _INDEX,
        (
            Naive("shares of the named buyers only", lambda tables: _index(tables, "alone")),
            Naive("the rest counted as one buyer", lambda tables: _index(tables, "most")),
        ),
    ),
    Item(
        "two or three of those who divert are flagged, and at most one other",
        lambda truth: True,
        None,
        (Naive("mean and standard deviation for median and MAD", _by_mean),),
    ),
    Item(
        "share that those who divert sell outside",
        lambda truth: dict(truth["channel"]["diverters"]),
        _SHARE,
        (
            Naive(
                "the usual share taken for each",
                lambda tables: dict.fromkeys(DIVERTERS, float(outside(tables)["expected"].iloc[0])),
            ),
        ),
    ),
    Item(
        "share of D07 outside its district that no chain explains",
        stated("channel", "usual_outside"),
        _USUAL,
        (
            Naive(
                "what chains carry counted as dumping",
                lambda tables: float(outside(tables, chains=False)["share"]["D07"]),
            ),
        ),
    ),
    Item(
        "distributors with an open gate",
        lambda truth: set(truth["channel"]["gates"]),
        None,
        (
            Naive("rebate forgotten", lambda tables: _gates(tables, rebate=False)),
            Naive("freight forgotten", lambda tables: _gates(tables, times=0.0)),
        ),
    ),
    Item(
        "part of the quota that finds no buyer at home, of those who divert",
        lambda truth: dict(truth["channel"]["excess"]),
        _EXCESS,
        (Naive("deliveries taken for demand", _by_deliveries),),
    ),
    Item(
        "who loads at the end of a month",
        lambda truth: set(truth["channel"]["loaders"]),
        None,
        (Naive("a peak alone", _peak_alone),),
    ),
    Item(
        "months far above the own past in the last year",
        lambda truth: set(truth["channel"]["jumps"]),
        None,
        (Naive("the highest of six months", lambda tables: _jumps(tables, "six_months")),),
    ),
    Item(
        "what is left to A and B of their sales",
        lambda truth: dict(truth["channel"]["profit_rate"]),
        _PROFIT,
        (Naive("without interest", lambda tables: _of_a_and_b(tables, "margin_before")),),
    ),
    Item(
        "rise of the rebate of A that doubling pays for",
        stated("channel", "break_even"),
        _REBATE,
        (
            Naive("paid on the extra only", lambda tables: _rise(tables, on="extra")),
            Naive("nothing taken from others", lambda tables: _rise(tables, taken=0.0)),
            Naive("the rebate of today forgotten", lambda tables: _rise(tables, before=True)),
        ),
    ),
    Item(
        "share of line E that goes through distributors",
        stated("channel", "channel_share"),
        _CHANNEL,
        (Naive("all lines", lambda tables: _channel(tables, None)),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 18 finds in the tables of a world, by the names of ITEMS."""
    found, peaks = outside(tables), _peaks(tables)
    values = (
        _index(tables),
        _caught(set(found.index[found["flagged"]])),
        {who: float(found["share"][who]) for who in DIVERTERS},
        float(found["share"]["D07"]),
        _gates(tables),
        _excess(tables),
        set(peaks.index[peaks["judged"] == loading.LOADED]),
        _jumps(tables),
        _of_a_and_b(tables),
        _rise(tables),
        _channel(tables),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


_OF_SCANS = (
    "two or three of three who sell 15 % to 18 % outside are flagged, and at most one other",
    "all three are, if they sell 20 % or more",
)
_OF_ORDERS = (
    "who loads at quarter ends is told, and the writer of late bills is not accused",
    "a month of three times the usual is found, and no other of the last year",
)
_SCANS_A_YEAR = 290


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    lost = () if accounts >= diversion.FEWEST_DISTRIBUTORS else _OF_SCANS
    return (*lost, *(() if months > _FEWEST_MONTHS else _OF_ORDERS))


def _scanned(rng: np.random.Generator, shares: np.ndarray) -> set[int]:
    """Places of those flagged, of distributors who sell these shares outside."""
    count = rng.binomial(_SCANS_A_YEAR, shares)
    rows = pd.DataFrame(
        {
            "distributor_id": np.repeat(np.arange(len(shares)), _SCANS_A_YEAR),
            "district": np.where(
                np.arange(_SCANS_A_YEAR)[None, :] < count[:, None], "away", "home"
            ).ravel(),
        }
    )
    home = pd.Series("home", index=np.arange(len(shares)))
    found = diversion.out_of_district(rows, home)
    return set(found.index[found["flagged"]])


def _orders(
    rng: np.random.Generator, accounts: int, months: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of each month in two parts (before its last days and in them), and by month: the first
    loads, the second writes late bills, the third orders three times as much in one month.
    """
    total = np.exp(rng.normal(0, MONTH_SD, (accounts, months)))
    late = np.full((accounts, months), 5 / 21)
    if accounts > 1:
        late[1] = INVOICED_OF_EIGHT / SHIPMENTS_A_MONTH
    part = rng.beta(SHIPMENTS_A_MONTH * late, SHIPMENTS_A_MONTH * (1 - late))
    load = np.zeros_like(total)
    load[0, 2::3] = LOADED * total[0, 2::3]
    total[:, 1:] -= load[:, :-1]
    total[min(2, accounts - 1), -LAST_YEAR // 2] *= 3.0
    start = pd.Period("2021-01", "M")
    month = [start + n for n in range(months)]
    early = [one.start_time + pd.Timedelta(days=8 + n % 5) for n, one in enumerate(month)]
    ends = [one.end_time.normalize() for one in month]
    who = np.repeat(np.arange(accounts), months)
    orders = pd.DataFrame(
        {
            "who": np.r_[who, who],
            "date": [*early * accounts, *ends * accounts],
            "amount": np.r_[(total * (1 - part)).ravel(), (total * part + load).ravel()],
        }
    )
    return orders, pd.DataFrame(total + load, columns=[str(one) for one in month])


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of so many distributors and months, with what was planted, does each
    statement of the lesson hold?
    """
    found: dict[str, list[bool]] = {}
    size = HONEST * (1 - HONEST) / HONEST_SD**2 - 1
    for _ in range(repeats):
        answers = [False] * 4
        if accounts >= diversion.FEWEST_DISTRIBUTORS:
            shares = rng.beta(HONEST * size, (1 - HONEST) * size, accounts)
            three = min(3, (accounts - 1) // 2)
            shares[:three] = list(DIVERTERS.values())[:three]
            flagged = _scanned(rng, shares)
            few = set(range(three))
            answers[0] = len(flagged & few) >= min(2, three) and len(flagged - few) <= 1
            shares[:three] = 0.2
            answers[1] = few <= _scanned(rng, shares)
        if months > _FEWEST_MONTHS:
            orders, monthly = _orders(rng, accounts, months)
            judged = loading.month_end_spike(orders)["judged"]
            told = set(judged.index[judged == loading.LOADED])
            answers[2] = told == {0}
            made = loading.unusual_orders(monthly, since=str(monthly.columns[-LAST_YEAR]))
            made = made[made["flagged"]]
            answers[3] = list(zip(made["who"], made["month"], strict=True)) == [
                (min(2, accounts - 1), monthly.columns[-LAST_YEAR // 2])
            ]
        for name, answer in zip((*_OF_SCANS, *_OF_ORDERS), answers, strict=True):
            found.setdefault(name, []).append(bool(answer))
    return found
