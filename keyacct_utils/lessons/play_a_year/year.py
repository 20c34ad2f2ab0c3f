"""The year that is played: what each account brings at its start, and by which rules it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.named import Named

#: Lines of the ledger: whose price, credit and discount are decided, and whose wallet is known.
PRICED, SERVICE = "P", "S"
QUARTERS, MONTHS, DAYS, WORKDAYS_A_WEEK = 4, 12, 365, 5
#: Sales that may be given away for discounts, beside what the service of the last year cost: no
#: document names a sum.
ROOM = 0.01
#: Rules that have to be there; those by class, by terms and by voltage come on top.
RULES = (
    "growth_mean", "growth_sd", "growth_low", "growth_high", "visit_ceiling", "visit_rate",
    "visit_noise", "visit_minutes", "visit_km", "way_speed", "call_minutes", "visit_cost",
    "call_cost", "capital", "days_T1", "lost_of_default", "stays", "tolerance_1", "tolerance_2",
    "tolerance_3", "tolerance_new", "half_life", "slope", "value_weight", "most_gap",
    "offer_months", "offer_power", "refusal_loss", "care_1", "care_2", "ratio_price_gap",
    "ratio_missed_visits", "ratio_satisfaction", "unit_price_gap", "unit_satisfaction",
    "mean_price_gap", "mean_satisfaction", "hazard_preventable", "hazard_own", "service_margin",
    "days_saved", "building_days", "load_factor",
)  # fmt: skip
TABLES = ("year_accounts", "year_mechanisms", "visits", "ties")


@dataclass(frozen=True)
class Year(Named):
    """A year to be played; arrays are by account, in the order of ``ids``."""

    name: str
    currency: str
    labels: pd.Series
    #: The year that is over, as a word.
    last: str
    ids: pd.Index
    tier: np.ndarray
    #: Sales of the line whose price is decided, and of all lines.
    sales: np.ndarray
    all_sales: np.ndarray
    #: Sales less cost of goods of the priced line, of the service line, of the others.
    priced: np.ndarray
    service: np.ndarray
    other: np.ndarray
    level: np.ndarray
    value: np.ndarray
    #: Visits of the last year, accounts x quarters.
    visits: np.ndarray
    listed: np.ndarray
    terms: np.ndarray
    score: np.ndarray
    chance: np.ndarray
    elasticity: np.ndarray
    #: What it buys of the service line elsewhere.
    wallet: np.ndarray
    other_service: np.ndarray
    #: Services that run: place of the account, yearly margin, hazard if no visit is missed, what
    #: fails by itself.
    lines: pd.DataFrame
    #: Open cases by case_id: place of the account (-1 where it is not played), what each is worth
    #: and takes when it is hastened.
    cases: pd.DataFrame
    rules: Mapping[str, float]
    #: The rules as the book has them, with where each was read.
    sources: pd.DataFrame
    #: Sold to accounts of which the world says nothing.
    unplayed: int
    #: Hours and money that may be spent.
    hours: float
    money: float

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def visit_hours(self) -> float:
        """Hours that a visit takes, with the way."""
        rule = self.rules
        return (rule["visit_minutes"] + 60 * rule["visit_km"] / rule["way_speed"]) / 60

    @property
    def care_visits(self) -> float:
        """Visits a year that the care of a listed account takes on top."""
        return self.rules["care_2"] - self.rules["care_1"]

    @cached_property
    def promise(self) -> np.ndarray:
        """Visits a year that the class of each account is promised."""
        by_tier = {
            tier: QUARTERS * self.rules.get(f"promise_{tier}", 0.0)
            for tier in set(map(str, self.tier))
        }
        return np.array([by_tier[tier] for tier in self.tier], dtype=float)

    @cached_property
    def days(self) -> np.ndarray:
        """Days of credit in the last year."""
        return np.array([self.rules[f"days_{code}"] for code in self.terms])

    @cached_property
    def codes(self) -> list[str]:
        """The terms that can be given, the shortest first."""
        found = [name.removeprefix("days_") for name in self.rules if name.startswith("days_T")]
        return sorted(found, key=lambda code: self.rules[f"days_{code}"])

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each account stands."""
        return {str(account): place for place, account in enumerate(self.ids)}

    @cached_property
    def line(self) -> dict[str, np.ndarray]:
        """The columns of the services that run, as arrays."""
        found = {str(name): self.lines[name].to_numpy(dtype=float) for name in self.lines}
        return found | {"place": self.lines["place"].to_numpy(dtype=int)}

    @cached_property
    def case(self) -> dict[str, np.ndarray]:
        """The columns of the open cases, as arrays."""
        return {str(name): self.cases[name].to_numpy(dtype=float) for name in self.cases}

    @cached_property
    def whole(self) -> np.ndarray:
        """Sales less cost of goods of all lines in the last year."""
        return np.asarray(self.priced + self.service + self.other)

    @cached_property
    def unvisited(self) -> np.ndarray:
        """Part of that which would have come without any visit; all of a margin below zero."""
        return np.where(self.whole > 0, 1 / (1 + self.lift(self.visits)), 1.0)

    def lift(self, visits: np.ndarray) -> np.ndarray:
        """What visits (accounts x quarters) add to the margin of a year, as a part of it."""
        added = -np.expm1(-self.rules["visit_rate"] * visits) * self.rules["visit_ceiling"] / 100
        return np.asarray(added.mean(axis=1))

    @cached_property
    def classes(self) -> list[str]:
        """Classes of the service plan, the smallest accounts first."""
        sold = pd.Series(self.all_sales).groupby(self.tier).mean()
        return [str(name) for name in sold.sort_values(kind="stable").index]

    def limited(self, *, hours: float = 1.0, money: float = 1.0) -> Year:
        """The same year with a part of the hours and of the money.

        Raises
        ------
        ValueError
            For a part that is below 0.
        """
        for name, part in (("hours", hours), ("money", money)):
            if not part >= 0:
                raise ValueError(f"{name} is {part}: expected a part of 0 or more, such as 0.5")
        return replace(self, hours=hours * self.hours, money=money * self.money)


def part_of_one(name: str, value: Any) -> float:
    """A number from 0 to 1, or a ValueError that names the argument."""
    if not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} is {value!r}: expected a part from 0 to 1, such as 0.45")
    return float(value)


def _rules(table: pd.DataFrame, changed: Mapping[str, float]) -> dict[str, float]:
    """The rules by name; a missing one, or one that is no number, is named."""
    found = dict(zip(table["name"].astype(str), table["value"].astype(float), strict=True))
    if lacking := [name for name in RULES if name not in found]:
        raise ValueError(
            f"year_mechanisms lacks {', '.join(lacking[:5])}"
            f"{' and others' if len(lacking) > 5 else ''}: the rules of a year come from a "
            "synthetic world as a whole; take the two tables of the bundled book linjiang"
        )
    if odd := [name for name, value in found.items() if not np.isfinite(value)]:
        raise ValueError(f"year_mechanisms: {odd[0]} has no value; expected a number")
    for name in ("lost_of_default", "stays"):
        if name in changed:
            found[name] = part_of_one(name, changed[name])
    return found


def _lines(rows: pd.DataFrame | None, ids: pd.Index, rule: Mapping[str, float]) -> pd.DataFrame:
    """Services that run at the end of the year; none where the book has no such table."""
    columns = ["place", "margin", "preventable", "own"]
    if rows is None:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    rows = rows[rows["end"].isna() & rows["account_id"].isin(ids)]
    log = np.zeros(len(rows))
    for name in ("price_gap", "satisfaction"):
        if name in rows:
            off = rows[name].to_numpy(dtype=float) - rule[f"mean_{name}"]
            log += np.log(rule[f"ratio_{name}"]) * np.nan_to_num(off) / rule[f"unit_{name}"]
    return pd.DataFrame(
        {
            "place": ids.get_indexer(pd.Index(rows["account_id"])),
            "margin": rows["yearly_value"].to_numpy(dtype=float) * rule["service_margin"],
            "preventable": rule["hazard_preventable"] * np.exp(log),
            "own": rule["hazard_own"],
        }
    )


def calls_of(rule: Mapping[str, float]) -> int:
    """Calls that hasten a project: one in each week of its building."""
    return int(np.ceil(rule["building_days"] / WORKDAYS_A_WEEK))


def _cases(rows: pd.DataFrame | None, ids: pd.Index, rule: Mapping[str, float]) -> pd.DataFrame:
    """Open cases, what it is worth to hasten each, and what that takes: nothing of either where a
    case is in the green channel already, since it cannot be hastened again.
    """
    columns = ["place", "days", "worth", "cost", "hours", "priority", "green", "capacity"]
    if rows is None:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    rows = rows[rows["end"].isna()].set_index("case_id").sort_index()
    profit = np.array([rule.get(f"kwh_profit_{volts:g}", 0.0) for volts in rows["kv"]])
    a_day = rows["capacity_kva"].to_numpy(dtype=float) * rule["load_factor"] * 24 * profit
    green = rows["green_channel"].fillna(0).to_numpy() == 1
    days = np.where(green, 0.0, rule["days_saved"] * 7 / WORKDAYS_A_WEEK)
    calls = calls_of(rule)
    return pd.DataFrame(
        {
            "place": ids.get_indexer(pd.Index(rows["account_id"])),
            "days": days,
            "worth": a_day * days,
            "cost": np.where(green, 0.0, calls * rule["call_cost"]),
            "hours": np.where(green, 0.0, calls * rule["call_minutes"] / 60),
            "priority": rows["priority"].fillna(0).to_numpy() == 1,
            "green": green,
            "capacity": rows["capacity_kva"].to_numpy(dtype=float),
        },
        index=rows.index,
    )


def _sold(source: Any) -> tuple[pd.DataFrame, str]:
    """Sales and margin by account and line in the last year, and which year it is."""
    if hasattr(source, "rollup"):
        start, end = source.period_dates()
        rows = source.rollup(start=start, end=end)
        if "margin" not in rows:
            raise ValueError("ledger has no cost_goods: the profit of a year needs it")
        kept = rows[["account_id", "line", "revenue", "margin"]]
        return kept.fillna({"margin": 0.0}), str(start)[:4] if start else "the last year"
    rows = source.tables["ledger"]
    day = pd.to_datetime(rows["date"])
    last = day.max()
    rows = rows[day >= last.replace(day=1) - pd.DateOffset(months=MONTHS - 1)]
    rows = rows.assign(margin=rows["revenue"] - rows["cost_goods"])
    found = rows.groupby(["account_id", "line"], as_index=False)[["revenue", "margin"]].sum()
    return found, str(last.year)


def _table(source: Any, name: str) -> pd.DataFrame | None:
    """A table of a book or of a world; None where it has none."""
    if not hasattr(source, "rollup"):
        found: pd.DataFrame | None = source.tables.get(name)
        return found
    if not source.has(name):
        return None
    return source.table(name) if name == "year_mechanisms" else source.counted(name)


def _by_line(sold: pd.DataFrame, ids: pd.Index, value: str) -> pd.DataFrame:
    wide = sold.pivot_table(index="account_id", columns="line", values=value, aggfunc="sum")
    wide = wide.reindex(ids).fillna(0.0)
    for line in (PRICED, SERVICE):
        if line not in wide:
            wide[line] = 0.0
    return wide


def _visits(rows: pd.DataFrame, ids: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Visits of the last four quarters (accounts x quarters), and the class of each account."""
    last = np.sort(rows["quarter"].unique())[-QUARTERS:]
    rows = rows[rows["quarter"].isin(last)]
    wide = rows.pivot_table(index="account_id", columns="quarter", values="visits", aggfunc="sum")
    made = wide.reindex(ids).fillna(0.0).to_numpy(dtype=float)
    made = np.pad(made, ((0, 0), (0, QUARTERS - made.shape[1])))
    tier = rows.dropna(subset=["tier"]).groupby("account_id")["tier"].last().reindex(ids)
    return made, tier.fillna("none").astype(str).to_numpy()


def year_of(
    source: Any,
    *,
    stays: float | None = None,
    lost_of_default: float | None = None,
    room: float = ROOM,
) -> Year:
    """The year that follows a book of a synthetic world, ready to be played.

    Parameters
    ----------
    source : Book, World or Year
        Anything with the tables ``year_accounts``, ``year_mechanisms``, ``visits``, ``ties`` and a
        ledger with lines and costs. A Year is handed back as it is.
    stays, lost_of_default : float, optional
        Share of refused accounts that stay and pay in advance, and of what a defaulting account
        owes that is lost; by default as the world has them.
    room : float
        Share of the priced line's sales that may be given away for discounts.

    Raises
    ------
    ValueError
        Where a table, a rule or a cost is missing, or an assumption is no fraction.
    """
    if isinstance(source, Year):
        return source
    tables = {name: _table(source, name) for name in (*TABLES, "subscriptions", "cases")}
    if lacking := [name for name in TABLES if tables[name] is None]:
        raise ValueError(
            f"there is no table {lacking[0]}: a year can be played only where a synthetic world "
            "says how accounts answer; take the bundled book linjiang"
        )
    given = {"stays": stays, "lost_of_default": lost_of_default}
    changed = {name: value for name, value in given.items() if value is not None}
    sources = _there(tables["year_mechanisms"])
    rule = _rules(sources, changed)
    own = _there(tables["year_accounts"]).sort_values("account_id").set_index("account_id")
    if own.empty:
        raise ValueError("year_accounts has no row: expected one for each account that is played")
    ids = own.index
    sold, last = _sold(source)
    sales, margin = _by_line(sold, ids, "revenue"), _by_line(sold, ids, "margin")
    visits, tier = _visits(_there(tables["visits"]), ids)
    ties = _there(tables["ties"]).set_index("account_id").reindex(ids)
    if unknown := sorted({str(c) for c in own["terms_code"]} - {n[5:] for n in rule}):
        raise ValueError(
            f"year_accounts.terms_code: {unknown[0]} has no days; expected one of "
            f"{', '.join(n[5:] for n in rule if n.startswith('days_T'))}"
        )
    found = Year(
        name=str(getattr(source, "name", "world")),
        currency=str(getattr(source, "currency", "CNY")),
        labels=source.labels() if hasattr(source, "labels") else pd.Series(ids, ids),
        last=last,
        ids=ids,
        tier=tier,
        sales=sales[PRICED].to_numpy(),
        all_sales=sales.sum(axis=1).to_numpy(),
        priced=margin[PRICED].to_numpy(),
        service=margin[SERVICE].to_numpy(),
        other=margin.drop(columns=[PRICED, SERVICE]).sum(axis=1).to_numpy(),
        level=ties["bond_level"].fillna(1).to_numpy(dtype=int),
        value=ties["account_value"].fillna(0.0).to_numpy(dtype=float),
        visits=visits,
        listed=_listed(source, ids),
        terms=own["terms_code"].astype(str).to_numpy(),
        score=own["credit_score"].to_numpy(dtype=float),
        chance=own["default_chance"].to_numpy(dtype=float),
        elasticity=own["elasticity"].to_numpy(dtype=float),
        wallet=own["wallet_left"].to_numpy(dtype=float),
        other_service=own["other_service"].to_numpy(dtype=float),
        lines=_lines(tables["subscriptions"], ids, rule),
        cases=_cases(tables["cases"], ids, rule),
        rules=rule,
        sources=sources,
        unplayed=len(set(sold["account_id"]) - set(ids)),
        hours=0.0,
        money=0.0,
    )
    return _with_limits(found, part_of_one("room", room))


def _there(table: pd.DataFrame | None) -> pd.DataFrame:
    """A table that was looked for before."""
    assert table is not None
    return table


def _listed(source: Any, ids: pd.Index) -> np.ndarray:
    """Who is on the list of key accounts."""
    file = _table(source, "accounts")
    if file is None or "listed_ka" not in file:
        return np.zeros(len(ids), dtype=bool)
    on = file.set_index("account_id")["listed_ka"].reindex(ids).fillna(0)
    return np.asarray(on.to_numpy() == 1)


def _with_limits(found: Year, room: float) -> Year:
    """The hours of the last year, with the care of its list; and what those cost, and the room."""
    made = found.visits.sum() + found.listed.sum() * found.care_visits
    spent = made * found.rules["visit_cost"] + room * float(np.maximum(found.sales, 0).sum())
    return replace(found, hours=float(made * found.visit_hours), money=float(spent))
