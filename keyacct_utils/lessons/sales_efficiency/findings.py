"""The steps of lesson 14: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.sales_efficiency import LESSON, figures, growth, judges, luck, ratios
from keyacct_utils.lessons.sales_efficiency.inputs import MONTHS_A_YEAR, People, people
from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.claims import Claim, at_least, untested
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import value_form, with_interval
from keyacct_utils.lessons.showing.words import percent

__all__ = [
    "account_review",
    "book_in_numbers",
    "bridge",
    "claims",
    "denominators",
    "funnel",
    "goal_readings",
    "judged",
    "lucky",
    "midway",
    "mix",
    "napkin",
    "open_tries",
    "other_methods",
    "owners",
    "people",
    "six",
    "star",
    "targets_met",
    "turned_around",
    "unfair",
    "weights",
]

CONFIDENCE = 0.95
#: Parts of the bridge as a reader knows them.
PARTS = {
    "lost": "bought before, not now",
    "smaller": "buy less",
    "larger": "buy more",
    "back": "came back",
    "new": "bought for the first time",
}
#: Limits of S000-10b, and the reliability that a mean score needs to tell cases apart (Koo & Li
#: 2016, J. Chiropr. Med. 15: 0.75 and more is good).
RETENTION, GROWTH, NEW_ACCOUNTS, RELIABLE = 0.95, 0.10, 0.30, 0.75
#: Of the cases, how many the best are in a sentence.
BEST_PART = 0.25
FORMS = {
    "visits_per_day": ".2f",
    "sales_per_customer": "money",
    "cash_recovery": "percent",
    "receivables_recovery": "percent",
    "cost_per_customer": "money",
    "attainment": "percent",
}
SIX = ratios.READINGS
TITLES = {
    "visits_per_day": "customers a day",
    "sales_per_customer": "sales per customer",
    "cash_recovery": "cash recovery",
    "receivables_recovery": "recovery of receivables",
    "cost_per_customer": "cost per customer visited",
    "attainment": "attainment of target",
}


def _day(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}"


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return f"{_day(start)} to {_day(end)}"


def _sidak(units: int) -> float:
    """Level of each of so many intervals, so that all hold together at the level of one."""
    return float(CONFIDENCE ** (1 / max(1, units)))


def _none(found: People) -> Finding:
    return unknown(
        "There is no window and no window before it: {why}. A ledger with dates over two whole "
        "months or more would give them.",
        why=found.why,
    )


def book_in_numbers(found: People) -> Finding:
    """Which book, and which two windows."""
    numbers: dict[str, Any] = {"book": found.name, "left_out": found.left_out}
    says = []
    if found.windows is None:
        numbers["why"] = found.why
        says.append("**{book}**: no windows can be set side by side, since {why}.")
    else:
        w = found.windows
        numbers |= {
            "now": _span(w.start, w.end),
            "before": _span(w.earlier, w.start - pd.Timedelta(days=1)),
            "months": w.months,
            "buyers": int((found.before > 0).sum()),
            "buyers_now": int((found.now > 0).sum()),
        }
        says.append(
            "**{book}**: what was bought in the window from {now} is set beside the window from "
            "{before} ({months:count month} each). {buyers:count account} bought in the first "
            "window, {buyers_now} in the second."
        )
        if w.note == "all":
            says.append("No period is set: the whole months of the ledger are cut into two halves.")
        if w.note == "halves":
            says.append(
                "The ledger does not hold the period that is set and as much time before it: its "
                "whole months are cut into two halves."
            )
        if w.note == "cut":
            says.append("The ledger ends within the period: the window ends with its last month.")
        if w.months % MONTHS_A_YEAR:
            says.append(
                "The windows are no whole years, so the season is part of what changed between "
                "them."
            )
    says += steps.gross(found.returns)
    if found.left_out and len(found.results):
        says.append(
            "Accounts left out by the book: {left_out}. Tables by manager may hold them still."
        )
    return Finding(numbers, tuple(says))


def napkin(before: Sequence[float], now: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Five accounts on a napkin: what each bought before and now, and what is left of it."""
    frame = pd.DataFrame({"before": list(before), "now": list(now)}, index=list(names))
    frame["left at most"] = frame[["before", "now"]].min(axis=1)
    frame["change"] = frame["now"] - frame["before"]
    return frame


def _retention(found: People) -> growth.Retention | None:
    return growth.retention_of(found.before, found.now) if (found.before > 0).any() else None


def _unbilled(found: People) -> int:
    """Tries won in the window whose account is none yet, or has no sale by the end of it."""
    rows, w = found.tries, found.windows
    if w is None or not len(rows) or not {"account_id", "closed"} <= set(rows):
        return 0
    closed = pd.to_datetime(rows["closed"])
    won = rows[(rows["outcome"] == "won") & (closed >= w.start) & (closed <= w.end)]
    buyers = found.now.index[found.now > 0].union(found.before.index[found.before > 0])
    return int((~won["account_id"].isin(list(buyers.union(found.known)))).sum())


def bridge(found: People) -> Finding:
    """From the sales of the window before to those of the window."""
    if found.windows is None:
        return _none(found)
    kept = _retention(found)
    if kept is None:
        return unknown(
            "Nobody bought in the window before ({before}): a later period has one.",
            before=_span(found.windows.earlier, found.windows.start - pd.Timedelta(days=1)),
        )
    parts = growth.growth_bridge(found.before, found.now, found.known)
    numbers: dict[str, Any] = {
        "before": float(found.before.sum()),
        "now": float(found.now.sum()),
        "unit": found.unit_of_money,
        "customers": kept.customers,
        "effective": kept.effective,
        "gross": kept.gross.estimate,
        "net": kept.net.estimate,
        "bridge": parts,
        "kept": kept,
    }
    for name in growth.PARTS:
        numbers[name] = float(parts.loc[name, "amount"])
    numbers["came"] = numbers["new"] + numbers["back"]
    numbers["gone"] = -(numbers["lost"] + numbers["smaller"])
    numbers["unbilled"] = _unbilled(found)
    says = [
        "Sales went from {before:money} to {now:money}{unit}. Customers of the window before took "
        "{gone:money} of it away and added {larger:money}; others brought {came:money}."
        if numbers["came"] > 0
        else "Sales went from {before:money} to {now:money}{unit}. Customers of the window before "
        "took {gone:money} of it away and added {larger:money}; the ledger holds no sale to "
        "anybody else.",
    ]
    if numbers["unbilled"]:
        says.append(
            "Tries won in the window for accounts without a sale by its end: {unbilled}. What they "
            "bring is in none of these sums."
        )
    if np.isnan(kept.gross.low):
        numbers["fewest"] = growth.FEWEST
        says.append(
            "**Gross retention is {gross:percent}**; with their growth, net retention is "
            "{net:percent}. Below {fewest} customers ({customers} here) no interval is told."
        )
    else:
        numbers |= {"low": kept.gross.low, "high": kept.gross.high}
        numbers |= {"net_low": kept.net.low, "net_high": kept.net.high}
        says.append(
            "**Gross retention is {gross:percent}** (95 %: {low:percent} to {high:percent}); with "
            "their growth, net retention is {net:percent} ({net_low:percent} to "
            "{net_high:percent}). The {customers:count customer} weigh as {effective:,.0f} of "
            "equal size."
        )
        if np.isnan(kept.net.low):
            says[-1] = (
                "**Gross retention is {gross:percent}** (95 %: {low:percent} to {high:percent}); "
                "returns make net retention {net:percent}. The {customers:count customer} weigh "
                "as {effective:,.0f} of equal size."
            )
    drawn = pd.concat(
        [
            pd.DataFrame({"amount": [numbers["before"]]}, index=["window before"]),
            parts[["amount"]].rename(index=PARTS),
            pd.DataFrame({"amount": [numbers["now"]]}, index=["window"]),
        ]
    )
    if (parts["amount"][["back"]] == 0).all():
        drawn = drawn.drop(index=PARTS["back"])
    title = (
        "Old customers gave back more than old customers took away"
        if numbers["net"] >= 1
        else "Old customers bring {net:percent} of the sales before; others fill the gap"
        if numbers["now"] >= numbers["before"]
        else "Old customers bring {net:percent} of the sales before; others do not fill the gap"
    )
    if not numbers["gone"] > 0:
        title = "No old customer took anything away"
    picture = Picture(
        lambda text: figures.bridge_plot(
            drawn, text, f"sales of the window{f', {found.currency}' if found.currency else ''}"
        ),
        title,
        "Bars from {before:money} of sales in the window before to {now:money}{unit} now: "
        "customers who left or buy less take {gone:money}, those who buy more add {larger:money}, "
        "others {came:money}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def denominators(found: People) -> Finding:
    """Whose retention: four readings, of which two count people who could not have been lost."""
    if found.windows is None:
        return _none(found)
    kept = _retention(found)
    if kept is None:
        return unknown("Nobody bought in the window before, so nobody could be kept.")
    base = found.before[found.before > 0]
    rows: list[tuple[str, int, float, float, float]] = []
    old = base[base.index.isin(list(found.known))]
    rows.append(("customers of the window before", len(base), *_three(kept)))
    numbers: dict[str, Any] = {
        "fair": kept.accounts.estimate,
        "fair_net": kept.net.estimate,
        "old": len(old),
        "base": len(base),
    }
    says = []
    if len(old) and len(old) < len(base):
        older = growth.retention_of(old, found.now)
        rows.append(("of them: bought before that window too", len(old), *_three(older)))
        numbers |= {"old_net": older.net.estimate}
        less = numbers["fair_net"] - numbers["old_net"]
        says.append(
            "Who came during the window before bought for a part of it only, and grows when the "
            "whole window is set beside it: without those, net retention is {old_net:percent} and "
            "not {fair_net:percent} (growth counted)."
            if less > 0
            else "Without those who came during the window before, net retention is "
            "{old_net:percent} beside {fair_net:percent} (growth counted)."
        )
    elif not len(old):
        says.append(
            "Nobody bought before the window before, so those who came during it cannot be told "
            "from the others: they bought for a part of it only, and seem to grow."
        )
    now = found.now[found.now > 0]
    either = base.index.union(now.index)
    numbers["naive"] = len(now) / len(either)
    rows.append(
        ("naive: all who bought in either window", len(either), len(now) / len(either), 0, 0)
    )
    total = float(found.before.sum())
    if total > 0:
        numbers["naive_net"] = float(found.now.sum()) / total
        rows.append(
            ("naive: all sales now / all before", len(either), np.nan, np.nan, numbers["naive_net"])
        )
    table = pd.DataFrame(rows, columns=["reading", "accounts", "kept", "gross", "net"])
    table.loc[table["reading"].str.startswith("naive: all who"), ["gross", "net"]] = np.nan
    if percent(numbers["naive"]) == percent(numbers["fair"]):
        says.append(
            "Of the accounts of the window before {fair:percent} bought again. To count all buyers "
            "of both windows makes no difference here: too few came."
        )
    elif numbers["naive"] > numbers["fair"]:
        says.append(
            "Whoever counts all buyers of both windows finds {naive:percent} of the accounts kept "
            "instead of {fair:percent}: who came later cannot have been lost."
        )
    else:
        says.append(
            "Of the accounts of the window before {fair:percent} bought again; all buyers of both "
            "windows counted, it would be {naive:percent}."
        )
    columns = {
        "reading": Shown("who is counted"),
        "accounts": Shown("accounts", ",.0f"),
        "kept": Shown("bought again", "percent"),
        "gross": Shown("gross retention", "percent"),
        "net": Shown("net retention", "percent"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _three(kept: growth.Retention) -> tuple[float, float, float]:
    return kept.accounts.estimate, kept.gross.estimate, kept.net.estimate


def by_owner(found: People) -> tuple[pd.DataFrame, float] | None:
    """Net retention of each owner's customers (customers, net, gross, size as of customers of equal
    size), and how much the ratio of one customer varies around its owner's; None where there are
    not four owners, twenty customers or any difference.
    """
    base = found.before[found.before > 0]
    owner = found.owner.reindex(base.index).dropna()
    base = base[owner.index]
    if owner.nunique() < luck.FEWEST_UNITS or len(base) < growth.FEWEST:
        return None
    now = found.now.reindex(base.index).fillna(0.0)
    ratio = now / base
    weight = base / base.groupby(owner).transform("sum")
    net = (weight * ratio).groupby(owner).sum()
    gross = (weight * ratio.clip(0, 1)).groupby(owner).sum()
    concentration = (weight**2).groupby(owner).sum()
    left = float((1 - concentration).sum())
    around = float((weight * (ratio - owner.map(net)) ** 2).sum())
    if left <= 1e-9 or around <= 1e-18:
        return None
    table = pd.DataFrame(
        {
            "customers": owner.value_counts().reindex(net.index),
            "net": net,
            "gross": gross,
            "size": 1 / concentration,
        }
    )
    return table.rename_axis("owner"), around / left


def _least(amounts: pd.Series | pd.DataFrame) -> float:
    """Below which no ratio of these can lie: 0, unless returns outweigh sales somewhere."""
    return 0.0 if (amounts.to_numpy(dtype=float) >= 0).all() else -np.inf


def _of_owners(found: People) -> tuple[pd.DataFrame, luck.Shrinkage] | None:
    """What `by_owner` gives, and the same with luck taken out."""
    made = by_owner(found)
    if made is None:
        return None
    table, variance = made
    level, least = _sidak(len(table)), _least(found.now)
    return table, luck.shrink(table["net"], variance, table["size"], confidence=level, least=least)


def _apart(table: pd.DataFrame, centre: float) -> pd.Series:
    return (table["low"] > centre) | (table["high"] < centre)


def _from_centre(found: People, table: pd.DataFrame, centre: float) -> list[str]:
    """Names with their points from the mean of all and the interval of these."""
    return [
        f"{found.label(name)} {value_form(row['shrunk'] - centre, 'points')} "
        f"({value_form(row['low'] - centre, 'points')} to "
        f"{value_form(row['high'] - centre, 'points')})"
        for name, row in table.iterrows()
    ]


def _with_limits(found: People, table: pd.DataFrame, value: str) -> list[str]:
    """Names with their value and interval: nobody is named without."""
    return [
        f"{found.label(name)} {with_interval(row[value], row['low'], row['high'], 'percent')}"
        for name, row in table.iterrows()
    ]


def owners(found: People, ends: int = 3) -> Finding:
    """Which owner keeps its customers, once luck is taken out?

    Parameters
    ----------
    ends : owners shown at each end of the raw order; all stand in ``numbers["frame"]``.
    """
    if isinstance(ends, bool) or not isinstance(ends, int) or ends < 1:
        raise ValueError(f"ends is {ends!r}: expected a whole number of 1 or more")
    if found.windows is None:
        return _none(found)
    if not len(found.owner):
        return unknown(
            "The book does not say who looks after which account: the column manager_id of "
            "accounts would."
        )
    made = _of_owners(found)
    if made is None:
        return unknown(
            "Owners cannot be compared: it takes {units} owners, {fewest} customers of the window "
            "before, and some that changed.",
            units=luck.FEWEST_UNITS,
            fewest=growth.FEWEST,
        )
    table, shrunk = made
    frame = table.join(shrunk.table.drop(columns="size"))
    apart = _apart(frame, shrunk.centre)
    frame = frame.sort_values(["shrunk", "mean"], ascending=False, kind="stable")
    base = found.before[found.before > 0]
    without = int(base.index.difference(found.owner.index).size)
    w, owned = found.windows, base[base.index.isin(found.owner.index)]
    numbers: dict[str, Any] = {
        "owners": len(frame),
        "customers": int(frame["customers"].sum()),
        "centre": shrunk.centre,
        "firm": float(found.now.reindex(owned.index).fillna(0.0).sum() / owned.sum()),
        "window": _span(w.earlier, w.start - pd.Timedelta(days=1)),
        "spread": shrunk.spread,
        "raw_low": float(frame["mean"].min()),
        "raw_high": float(frame["mean"].max()),
        "low": float(frame["shrunk"].min()),
        "high": float(frame["shrunk"].max()),
        "apart": int(apart.sum()),
        "names": _from_centre(found, frame[apart.reindex(frame.index)], shrunk.centre),
        "without": without,
        "frame": frame,
    }
    says = []
    if found.told_by == "ledger":
        says.append(
            "The owner of an account is who sold the most to it in the window before ({window}), "
            "and the table counts what it bought then: by another time it may be somebody else."
        )
    says += [
        "Raw net retention runs from {raw_low:percent} to {raw_high:percent}, growth counted; "
        "shrunken it runs from {low:percent} to {high:percent} around {centre:percent}, the mean "
        "of the owners."
        if shrunk.spread > 0
        else "Raw net retention runs from {raw_low:percent} to {raw_high:percent}, growth counted; "
        "shrunken, all owners lie at their mean, {centre:percent}.",
        "That mean weighs each owner by how surely it is known; weighed by sales, all of them "
        "together are at {firm:percent}, growth counted.",
    ]
    if shrunk.spread == 0:
        says.append(
            "**The owners differ no more than chance makes equals differ**: customers change by "
            "themselves, and few large ones decide. No owner is better or worse for what this "
            "table can tell."
        )
    elif numbers["apart"]:
        says.append(
            "With intervals wide enough for all {owners} owners together, these are apart from the "
            "mean, in points: {names:names}."
        )
    else:
        says.append(
            "With intervals wide enough for all {owners} owners together, **none can be told from "
            "the mean**."
        )
    if without:
        says.append("Customers of the window before without an owner: {without}.")
    ordered = frame.sort_values("mean", ascending=False, kind="stable")
    if len(ordered) > 2 * ends:
        ordered = pd.concat([ordered.head(ends), ordered.tail(ends)])
    shown = ordered[["customers", "size", "mean", "shrunk", "low", "high"]].reset_index()
    shown["owner"] = [found.label(name) for name in shown["owner"]]
    columns = {
        "customers": Shown("customers", ",.0f"),
        "size": Shown("weigh as", ".1f"),
        "mean": Shown("raw net retention", "percent"),
        "shrunk": Shown("shrunken", "percent"),
        "low": Shown("from (95 %, all together)", "percent"),
        "high": Shown("to", "percent"),
    }
    return Finding(numbers, tuple(says), shown, columns)


def _in_period(found: People, rows: pd.DataFrame) -> pd.DataFrame:
    if not len(rows) or "period" not in rows or found.period is None:
        return rows
    days = pd.to_datetime(rows["period"])
    return rows[(days >= found.period[0]) & (days <= found.period[1])]


def six(found: People, readings: dict[str, str] | None = None) -> Finding:
    """The six ratios of S002-1k, each in both readings, with intervals.

    Parameters
    ----------
    readings : of the ratios that are not to be taken in the first reading.
    """
    chosen = {name: next(iter(ways)) for name, ways in SIX.items()}
    if readings and len(found.results):
        ratios.six_ratios(found.results.iloc[:1].assign(**_ones()), readings)  # names are checked
    chosen |= readings or {}
    if not len(found.results):
        return unknown(
            "The book has no figures of visits, cash and targets by manager: the table "
            "manager\\_results would give the six ratios."
        )
    rows = _in_period(found, found.results)
    if not len(rows):
        return unknown(
            "The table manager\\_results has no row in the period: another one, or all, has some."
        )
    lines: list[tuple[str, str, str, str]] = []
    changed: dict[str, int] = {}
    frame = []
    second = {name: next(way for way in ways if way != chosen[name]) for name, ways in SIX.items()}
    whole, each = [], []
    for reading in (chosen, second):
        try:
            whole.append(ratios.six_ratios(rows, reading, by=None))
            each.append(ratios.six_ratios(rows, reading))
        except ValueError:
            break
    for name in SIX:
        halves = []
        for firm, by in zip(whole, each, strict=True):
            one, units = firm[firm["ratio"] == name], by[by["ratio"] == name]
            if not len(one):
                continue
            way, form = str(one["reading"].iloc[0]), FORMS[name]
            value, low, high = one[["value", "low", "high"]].iloc[0]
            shown = [value_form(part, form) for part in (value, low, high)]
            between = "-" if np.isnan(low) else f"{shown[1]} to {shown[2]}"
            lines.append((TITLES[name], SIX[name][way].says, shown[0], between))
            frame.append(units.assign(form=form))
            values = units.set_index("unit")["value"]
            halves.append(set(values.index[values > values.median()]))
        if len(halves) == 2:
            changed[name] = len(halves[0] - halves[1])
    if not lines:
        return unknown(
            "The table manager\\_results lacks the pairs of columns that the six ratios need, such "
            "as visits and workdays, or sales and target."
        )
    managers = int(rows["manager_id"].nunique())
    periods = int(rows["period"].nunique())
    numbers: dict[str, Any] = {
        "ratios": len({line[0] for line in lines}),
        "units": managers,
        "periods": periods,
        "changed": changed,
        "frame": pd.concat(frame, ignore_index=True),
    }
    says = [
        "Ratios that the columns allow: {ratios}, over {units:count manager} and "
        "{periods:count period}."
    ]
    if changed and managers > 1:
        most = max(changed, key=lambda name: changed[name])
        numbers |= {"most": TITLES[most], "moved": changed[most]}
        says.append(
            "The reading is no detail: of {most}, the other reading moves {moved} of {units} "
            "managers from the upper half to the lower."
            if changed[most]
            else "No reading moves a manager from the upper half to the lower."
        )
    if periods > 1 and any("once a period" in line[1] for line in lines):
        says.append(
            "Customers are counted once a period, so what is per customer is per customer and "
            "period, of which there are {periods}."
        )
    if _all_on_credit(rows):
        says.append(
            "All cash is collected receivables here, and all sales are on credit: the two "
            "recoveries differ by what they are set beside only."
        )
    table = pd.DataFrame(lines, columns=["ratio", "reading", "value", "interval"])
    columns = {"interval": Shown("interval at 95 %")}
    return Finding(numbers, tuple(says), table, columns)


def _all_on_credit(rows: pd.DataFrame) -> bool:
    """Whether the two recoveries are of the same cash and of the same sales."""
    pairs = [("cash_collected", "receivables_collected"), ("sales", "receivables_new")]
    if not {name for pair in pairs for name in pair} <= set(rows):
        return False
    return all(np.allclose(rows[a], rows[b], rtol=0, atol=0.005) for a, b in pairs)


def _ones() -> dict[str, float]:
    return {
        column: 1.0
        for ways in SIX.values()
        for one in ways.values()
        for column in (one.above, *one.below)
    }


def _reached(found: People) -> pd.DataFrame:
    """Attainment by manager and period, of the periods in which at least half of the managers have
    a target.
    """
    rows = found.results
    if not len(rows) or not {"sales", "target"} <= set(rows):
        return pd.DataFrame()
    rows = rows[(rows["target"] > 0) & rows["sales"].notna()]
    if not len(rows):
        return pd.DataFrame()
    wide = rows.assign(reached=rows["sales"] / rows["target"]).pivot(
        index="manager_id", columns="period", values="reached"
    )
    wide = wide.loc[:, wide.notna().mean() >= 0.5]
    return wide.sort_index(axis=1)


def _split(found: People, wide: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Periods of the window before and of the window; halves where they are not in the table."""
    days = pd.DatetimeIndex(wide.columns)
    if found.windows is not None:
        w = found.windows
        before = wide.loc[:, (days >= w.earlier) & (days < w.start)]
        now = wide.loc[:, (days >= w.start) & (days <= w.end)]
        if before.shape[1] and now.shape[1]:
            return before.dropna(), now.dropna()
    half = wide.shape[1] // 2
    last = wide.iloc[:, -2 * half :] if half else wide
    return last.iloc[:, :half].dropna(), last.iloc[:, half:].dropna()


def _names(found: People, index: pd.Index) -> pd.Series:
    return pd.Series({name: found.label(name) for name in index}, dtype="object")


def lucky(found: People) -> Finding:
    """Who reached more of the target, once luck is taken out, and did the next window agree?"""
    wide = _reached(found)
    if not len(wide):
        return unknown(
            "The book has no sales and targets by manager and period: the columns sales and target "
            "of manager\\_results would show who is better and who was lucky."
        )
    before, now = _split(found, wide)
    both = before.index.intersection(now.index)
    before, now = before.loc[both], now.loc[both]
    if len(both) < luck.FEWEST_UNITS or before.shape[1] < 2 or not now.shape[1]:
        return unknown(
            "It takes {units} managers with targets in two periods or more and in a later one; "
            "here are {managers}, in {periods:count period}.",
            units=luck.FEWEST_UNITS,
            managers=len(both),
            periods=before.shape[1],
        )
    variance = luck.pooled_variance(before)
    if variance <= 1e-18:
        return unknown("No manager's attainment varies from period to period: luck has no room.")
    level = _sidak(len(both))
    raw_of, least = before.mean(axis=1), _least(before)
    shrunk = luck.shrink(raw_of, variance, before.shape[1], confidence=level, least=least)
    spread = luck.spread_limits(shrunk)
    frame = shrunk.table.assign(next=now.mean(axis=1))
    frame = frame.sort_values("mean", ascending=False, kind="stable")
    # each beside the mean of its own window: a good year of all is nobody's skill
    later = frame["next"] - frame["next"].mean()
    raw, fair = frame["mean"] - frame["mean"].mean(), frame["shrunk"] - frame["shrunk"].mean()
    off_raw, off_fair = (raw - later) ** 2, (fair - later) ** 2
    gain = off_raw - off_fair
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(gain) - 1)) * float(gain.sem())
    many = max(1, round(BEST_PART * len(frame)))
    apart = _apart(frame, shrunk.centre)
    columns = pd.DatetimeIndex(before.columns), pd.DatetimeIndex(now.columns)
    numbers: dict[str, Any] = {
        "managers": len(frame),
        "dropped": len(wide) - len(frame),
        "periods": before.shape[1],
        "since": _day(columns[0][0]),
        "later": _day(columns[1][0]),
        "centre": shrunk.centre,
        "spread": shrunk.spread,
        "spread_low": spread[0],
        "spread_high": spread[1],
        "luck": float(np.sqrt(variance / before.shape[1])),
        "weight": float(frame["weight"].mean()),
        "best": many,
        "ahead": float(raw.head(many).mean()),
        "shrunk": float(fair.head(many).mean()),
        "next": float(later.head(many).mean()),
        "off_raw": float(np.sqrt(off_raw.mean())),
        "off_fair": float(np.sqrt(off_fair.mean())),
        "gain_low": float(gain.mean()) - reach,
        "gain_high": float(gain.mean()) + reach,
        "apart": int(apart.sum()),
        "names": _from_centre(found, frame[apart], shrunk.centre),
        "frame": frame,
    }
    numbers["ratio"] = numbers["off_fair"] / numbers["off_raw"] if numbers["off_raw"] > 0 else 1.0
    says = [
        "Of a manager's distance from the mean over {periods:count period} from {since}, "
        "{weight:percent0} is kept as skill: managers truly differ by a standard deviation of "
        "{spread:points} points (95 %: {spread_low:points} to {spread_high:points}), and luck adds "
        "{luck:points}.",
        "The best {best} by raw mean were {ahead:points} points above the mean; shrinkage expects "
        "{shrunk:points} of them, and in the window from {later} it was {next:points}."
        if many > 1
        else "The best by raw mean was {ahead:points} points above the mean; shrinkage expects "
        "{shrunk:points} of it, and in the window from {later} it was {next:points}.",
    ]
    if numbers["gain_low"] > 0:
        says.append(
            "For the next window raw means were off by {off_raw:points} points, **shrunken ones by "
            "{off_fair:points}**; that is surely less."
        )
    elif numbers["gain_high"] < 0:
        says.append(
            "For the next window raw means were off by {off_raw:points} points, shrunken ones by "
            "{off_fair:points}: here shrinking did harm, surely."
        )
    else:
        says.append(
            "For the next window raw means were off by {off_raw:points} points, shrunken ones by "
            "{off_fair:points}; one window with {managers} managers cannot tell these two apart."
        )
    says.append(
        "Apart from the mean with intervals wide enough for all, in points: {names:names}."
        if numbers["apart"]
        else "With intervals wide enough for all, no manager is apart from the mean."
    )
    if numbers["dropped"]:
        says.append("Managers without a target in every period are left out: {dropped}.")
    names = _names(found, frame.index)
    picture = Picture(
        lambda title: figures.shrink_plot(
            frame, title, "attainment of target", shrunk.centre, names, frame["next"]
        ),
        "The best were {ahead:points} points ahead, and {next:points} in the next window"
        if many > 1
        else "The best was {ahead:points} points ahead, and {next:points} in the next window",
        "Attainment of {managers:count manager}: raw mean, shrunken mean with its interval (95 % "
        "for all together), and what each reached in the next window. Of a manager's distance from "
        "the mean {weight:percent0} is kept.",
    )
    return Finding(numbers, tuple(says), picture=picture)


#: Bounds between which chances are put together, to be set beside what came of them.
BANDS = (0.1, 0.5, 0.9)
NO_MIDWAY = (
    "It takes sales and targets of {units} managers in each period of a window of {periods:.0f} or "
    "more, so that a part of it can be seen from within."
)


def _seen_midway(found: People, seen: int) -> tuple[pd.DataFrame, pd.Series | None] | None:
    """Chances seen after so many periods of the window, and who met the target in the end (None
    where the rest is not known yet).
    """
    rows, w = found.results, found.windows
    if w is None or not len(rows) or not {"sales", "target"} <= set(rows):
        return None
    wide = rows.pivot(index="manager_id", columns="period", values=["sales", "target"])
    days = pd.DatetimeIndex(wide["target"].columns)
    now = sorted(days[(days >= w.start) & (days <= w.end)])
    over = sorted(days[(days >= w.earlier) & (days < w.start)]) + now[:seen]
    if len(now) <= seen or len(over) < 2:
        return None
    sales, target = wide["sales"].astype(float), wide["target"].astype(float)
    known = target[over + now[seen:]].gt(0).all(axis=1) & sales[over].notna().all(axis=1)
    if known.sum() < luck.FEWEST_UNITS:
        return None
    sales, target = sales[known], target[known]
    past = sales[over] / target[over]
    if luck.pooled_variance(past) <= 1e-18:
        return None
    so_far, whole = sales[now[:seen]].sum(axis=1), target[now].sum(axis=1)
    table = luck.chance_to_attain(past, so_far, whole, target[now[seen:]])
    table["on_track"] = so_far >= target[now[:seen]].sum(axis=1)
    if not sales[now].notna().all().all():
        return table, None
    return table, sales[now].sum(axis=1) >= whole


def midway(found: People, seen: int = 2) -> Finding:
    """Seen from within the window: how likely does each manager reach the target of all of it?

    Parameters
    ----------
    seen : periods of the window that are over.
    """
    if isinstance(seen, bool) or not isinstance(seen, int) or seen < 1:
        raise ValueError(f"seen is {seen!r}: expected a whole number of periods, 1 or more")
    made = _seen_midway(found, seen)
    if made is None:
        return unknown(NO_MIDWAY, units=luck.FEWEST_UNITS, periods=seen + 1)
    table, met = made
    chance, n = table["chance"], len(table)
    spread = float(np.sqrt((chance * (1 - chance)).sum()))
    reach = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * spread
    ends = (*BANDS, 1.0)
    words = [
        f"{'under' if not low else percent(low, 0) + ' to'} {percent(high, 0)}"
        for low, high in zip((0.0, *BANDS), ends, strict=True)
    ]
    band = np.searchsorted(BANDS, chance, side="right")
    lines = []
    for place, name in enumerate(words):
        mine = band == place
        here = float(met[mine].sum()) if met is not None else np.nan
        lines.append((name, int(mine.sum()), float(chance[mine].sum()), here))
    frame = pd.DataFrame(lines, columns=["chance", "managers", "expected", "met"])
    numbers: dict[str, Any] = {
        "seen": seen,
        "managers": n,
        "expected": float(chance.sum()),
        "low": max(0.0, float(chance.sum()) - reach),
        "high": min(float(n), float(chance.sum()) + reach),
        "on_track": int(table["on_track"].sum()),
        "open": int(((chance > BANDS[0]) & (chance < BANDS[-1])).sum()),
        "least": BANDS[0],
        "most": BANDS[-1],
        "frame": table,
    }
    says = [
        "Seen after {seen:count period}, {on_track} of {managers} managers are on track (at their "
        "target so far). For the whole window {expected:.1f} are expected to reach it (95 %: "
        "{low:.1f} to {high:.1f}), and for {open} it is open: a chance of {least:percent0} to "
        "{most:percent0}."
    ]
    if met is not None:
        says += _what_came(table, met, numbers)
    columns = {
        "chance": Shown("chance seen then"),
        "managers": Shown("managers", ",.0f"),
        "expected": Shown("expected to reach it", ".1f"),
        "met": Shown("reached it", ",.0f"),
    }
    return Finding(numbers, tuple(says), frame, columns)


def _what_came(table: pd.DataFrame, met: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """Sentences on the chances and on "on track" beside what came; adds to the numbers."""
    fair = (table["chance"] - met) ** 2
    crude = (table["on_track"].astype(float) - met) ** 2
    less = crude - fair
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(less) - 1)) * float(less.sem())
    numbers |= {
        "reached": int(met.sum()),
        "wrong": int((table["on_track"] != met).sum()),
        "score": float(fair.mean()),
        "crude": float(crude.mean()),
        "less_low": float(less.mean()) - reach,
        "less_high": float(less.mean()) + reach,
    }
    says = [
        "{reached} reached it. "
        "Who takes on track for done, and the others for lost, was wrong for {wrong}."
    ]
    if numbers["less_low"] > 0:
        says.append(
            "The mean squared error of the chances is {score:.2f}; that of on track taken for sure "
            "{crude:.2f}, **surely more**."
        )
    elif numbers["less_high"] < 0:
        says.append(
            "The mean squared error of the chances is {score:.2f}; that of on track taken for sure "
            "{crude:.2f}, surely less here."
        )
    else:
        says.append(
            "The mean squared error of the chances is {score:.2f}; that of on track taken for sure "
            "{crude:.2f}. One window cannot tell these two apart."
        )
    return says


def _decided(found: People) -> pd.DataFrame:
    rows = found.tries
    if not len(rows):
        return rows
    rows = rows[rows["outcome"].isin(["won", "lost"]) & rows["manager_id"].notna()]
    return rows.assign(won=(rows["outcome"] == "won").astype(int))


NO_TRIES = (
    "The book has no opportunities that were won or lost by two managers or more: the table "
    "opportunities would give win rates."
)


def _rates(tries: pd.DataFrame) -> pd.DataFrame:
    table = tries.groupby("manager_id")["won"].agg(["size", "sum"])
    table.columns = pd.Index(["tries", "won"])
    table["rate"] = table["won"] / table["tries"]
    level = _sidak(len(table))
    low, high = proportion_confint(table["won"], table["tries"], 1 - level, "wilson")
    table["low"], table["high"] = low, high
    return table


def funnel(found: People) -> Finding:
    """Which raw win rates does chance alone not make?"""
    tries = _decided(found)
    if not len(tries) or tries["manager_id"].nunique() < 2:
        return unknown(NO_TRIES)
    table = _rates(tries)
    whole = float(tries["won"].mean())
    level = round(_sidak(len(table)), 4)
    limits = luck.funnel_limits(whole, table["tries"], (CONFIDENCE, level), len(tries))
    few, all_of = (f"{100 * part:g}" for part in (CONFIDENCE, level))
    table["outside"] = (table["rate"] < limits[f"low_{all_of}"]) | (
        table["rate"] > limits[f"high_{all_of}"]
    )
    loose = (table["rate"] < limits[f"low_{few}"]) | (table["rate"] > limits[f"high_{few}"])
    table = table.sort_values(["rate", "tries"], ascending=[False, False], kind="stable")
    last = table.iloc[-1]
    numbers: dict[str, Any] = {
        "managers": len(table),
        "tries": int(table["tries"].sum()),
        "whole": whole,
        "loose": int(loose.sum()),
        "by_chance": (1 - CONFIDENCE) * len(table),
        "outside": int(table["outside"].sum()),
        "names": _with_limits(found, table[table["outside"]], "rate"),
        "last": found.label(table.index[-1]),
        "last_id": str(table.index[-1]),
        "rate": float(last["rate"]),
        "low": float(last["low"]),
        "high": float(last["high"]),
        "of": int(last["tries"]),
        "frame": table,
    }
    says = [
        "Of {tries:count try/tries} by {managers} managers {whole:percent} was won. Outside the "
        "inner limits: {loose} of {managers} managers. Were all equal and all tries alike, chance "
        "would put about {by_chance:.1f} there.",
        "Outside the outer limits, which hold for all managers together: {names:names}."
        if numbers["outside"]
        else "No manager lies outside the outer limits, which hold for all managers together.",
        "The lowest raw rate has {last}: {rate:percent} of {of:count try/tries} (95 % for all "
        "managers together: {low:percent} to {high:percent}). **Whether the tries were alike is "
        "the next question**.",
    ]
    most = min(len(tries), table["tries"].max() * 1.1)
    sizes = np.unique(np.linspace(max(1, table["tries"].min() * 0.8), most, 60).astype(int))
    lines = luck.funnel_limits(
        whole, list(map(int, sizes)), (CONFIDENCE, level), len(tries)
    ).set_index("size")
    picture = Picture(
        lambda title: figures.funnel_plot(table, lines, whole, title, _names(found, table.index)),
        "Win rates: {outside} of {managers} managers outside what chance makes of equals"
        if numbers["outside"]
        else "Win rates: chance alone would make such differences of equals",
        "Share won against the number of tries for {managers:count manager}, with limits in which "
        "chance keeps equals around {whole:percent}; {outside} outside the outer ones.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _mixed(found: People) -> pd.DataFrame | None:
    tries = _decided(found)
    if not len(tries) or "kind" not in tries:
        return None
    tries = tries.dropna(subset=["kind"])
    if tries["kind"].nunique() < 2 or tries["manager_id"].nunique() < 2:
        return None
    try:
        one = luck.mix_adjusted(tries, confidence=_sidak(tries["manager_id"].nunique()))
    except ValueError:
        return None
    one["told"] = (one["low"] > 0) | (one["high"] < 0)
    return one


NO_KINDS = (
    "What kind the tries were is not known, or two managers have no kind in common: the column "
    "kind of opportunities would tell hard ones from easy ones."
)


def mix(found: People) -> Finding:
    """Who wins more or less than the others would have with the same mix of tries?"""
    table = _mixed(found)
    if table is None:
        return unknown(NO_KINDS)
    tries = _decided(found)
    whole = float(tries["won"].mean())
    table["raw"] = table["won"] / table["tries"] - whole
    last = str(table["raw"].sort_index().idxmin())
    table = table.sort_values("gap", ascending=False, kind="stable")
    mine = table.loc[last]
    numbers: dict[str, Any] = {
        "managers": len(table),
        "kinds": sorted(map(str, tries["kind"].dropna().unique())),
        "last": found.label(last),
        "last_id": last,
        "rate": float(mine["rate"]),
        "expected": float(mine["expected"]),
        "gap": float(mine["gap"]),
        "low": float(mine["low"]),
        "high": float(mine["high"]),
        "place": int(table.index.get_loc(last)) + 1,
        "told": int(table["told"].sum()),
        "names": [
            f"{found.label(name)} {value_form(row['gap'], 'points')} "
            f"({value_form(row['low'], 'points')} to {value_form(row['high'], 'points')})"
            for name, row in table[table["told"]].iterrows()
        ],
        "unlike": int((table["tries"] - table["compared"]).sum()),
        "no_kind": int(tries["kind"].isna().sum()),
        "frame": table,
    }
    says = [
        "{last}, last by raw rate, won {rate:percent}. The others, with its mix of tries, would "
        "have won {expected:percent}: a gap of {gap:points} points (95 % for all managers "
        "together: {low:points} to {high:points}), place {place} of {managers}.",
    ]
    if mine["high"] < 0:
        says.append(
            "With like set beside like it still wins less, surely: the mix explains a part at most."
        )
    elif mine["low"] > 0:
        says.append("**With like set beside like it wins more than the others do**.")
    else:
        says.append("**With like set beside like it cannot be told from the others**.")
    says.append(
        "Apart from the others, in points: {names:names}."
        if numbers["told"]
        else "With intervals wide enough for all, nobody is apart from the others."
    )
    if numbers["unlike"] or numbers["no_kind"]:
        says.append(
            "Left out: {unlike} of a kind that nobody else tried, {no_kind} of no known kind."
        )
    picture = Picture(
        lambda title: figures.gap_plot(
            table,
            title,
            "points of win rate above the others (raw: above the rate of all)",
            _names(found, table.index),
        ),
        "Like beside like: {told} of {managers} managers surely apart from the others"
        if numbers["told"]
        else "Like beside like, no manager is surely apart from the others",
        "For each of {managers:count manager} the win rate less that of the others at the same "
        "mix, with its interval (95 % for all together), and the raw rate less that of all. {last} "
        "moves to {gap:points} points.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _difference(tries: pd.DataFrame, one: str, other: str, kinds: int) -> tuple[float, float]:
    """Limits of the difference of two rates (Newcombe's), wide enough for so many kinds together;
    missing where one of the two tried nothing.
    """
    won = [tries.loc[tries["manager_id"] == who, "won"] for who in (one, other)]
    if not all(map(len, won)):
        return np.nan, np.nan
    counts = [number for part in won for number in (int(part.sum()), len(part))]
    alpha = 1 - CONFIDENCE ** (1 / kinds)
    low, high = confint_proportions_2indep(*counts, method="newcomb", alpha=alpha)
    return float(low), float(high)


def turned_around(found: People) -> Finding:
    """Is somebody ahead overall and behind in every kind (Simpson)?"""
    tries = _decided(found)
    table = _mixed(found)
    if table is None:
        return unknown(NO_KINDS)
    tries = tries.dropna(subset=["kind"])
    overall = tries.groupby("manager_id")["won"].mean()
    by = tries.groupby(["manager_id", "kind"])["won"].agg(["sum", "size"])
    rate = (by["sum"] / by["size"]).unstack()
    mine = str(overall.sort_index().idxmin())
    pairs = []
    for other in overall.index:
        if not overall[other] > overall[mine]:
            continue
        two = rate.loc[[mine, other]].dropna(axis=1, how="all")
        if two.shape[1] > 1 and (two.loc[mine] > two.loc[other]).all():  # a gap is not above
            pairs.append(other)
    numbers: dict[str, Any] = {"last": found.label(mine), "turned": len(pairs)}
    if not pairs:
        return Finding(
            numbers,
            (
                "No colleague is ahead of {last}, the last by raw rate, overall and behind in "
                "every kind.",
            ),
        )
    other = max(pairs, key=lambda name: (overall[name], name))
    rows = []
    ease = tries.groupby("kind")["won"].mean().sort_values(ascending=False, kind="stable")
    for kind in ease.index:
        line: list[Any] = [str(kind)]
        for who in (mine, other):
            here = by.reset_index()
            here = here[(here["manager_id"] == who) & (here["kind"] == kind)]
            won, size = int(here["sum"].sum()), int(here["size"].sum())
            line += [f"{won} of {size}", won / size if size else np.nan]
        rows.append((*line, *_difference(tries[tries["kind"] == kind], mine, other, len(ease))))
    whole: list[Any] = ["all"]
    for who in (mine, other):
        all_of = tries.loc[tries["manager_id"] == who, "won"]
        whole += [f"{int(all_of.sum())} of {len(all_of)}", float(all_of.mean())]
    rows.append((*whole, *_difference(tries, mine, other, 1)))
    names = ["kind", "mine", "my_rate", "theirs", "their_rate", "low", "high"]
    frame = pd.DataFrame(rows, columns=names)
    told = int(((frame["low"] > 0) | (frame["high"] < 0)).iloc[:-1].sum())
    frame["apart"] = [
        with_interval(a - b, low, high, "points")
        for a, b, low, high in frame[["my_rate", "their_rate", "low", "high"]].to_numpy()
    ]
    frame = frame.drop(columns=["low", "high"])
    numbers |= {"other": found.label(other), "other_id": str(other), "kinds": len(rows) - 1}
    numbers |= {"mine": float(overall[mine]), "theirs": float(overall[other]), "told": told}
    limits = _rates(tries).loc[[mine, other], ["low", "high"]].to_numpy()
    for part, ends in zip(("mine", "theirs"), limits, strict=True):
        numbers |= {f"{part}_low": float(ends[0]), f"{part}_high": float(ends[1])}
    says = (
        "{other} is ahead of {last} overall, {theirs:percent} ({theirs_low:percent} to "
        "{theirs_high:percent}) to {mine:percent} ({mine_low:percent} to {mine_high:percent}; 95 % "
        "for all managers together), and behind in each of the {kinds} kinds: it tried more of "
        "what is easy.",
        "The turn is arithmetic. That one of the two is truly better in a kind can be told in "
        "{told} of the {kinds} (95 % for all kinds together)."
        if told
        else "The turn is arithmetic. That one of the two is truly better can be told in none of "
        "the {kinds} kinds (95 % for all kinds together).",
    )
    columns = {
        "mine": Shown("{last}: won"),
        "my_rate": Shown("{last}: rate", "percent"),
        "theirs": Shown("{other}: won"),
        "their_rate": Shown("{other}: rate", "percent"),
        "apart": Shown("points apart (95 %)"),
    }
    return Finding(numbers, says, frame, columns)


def _panels(found: People) -> list[pd.DataFrame]:
    """Sheets (mean over criteria) of judges who have cases in common, the largest panel first."""
    rows = found.scores
    if not len(rows):
        return []
    rows = rows.assign(case=rows["round"].astype(str) + " " + rows["case_id"].astype(str))
    rows = rows.dropna(subset=["score", "judge_id"])
    keys = ["round", "case_id", "case", "judge_id"]
    sheets = rows.groupby(keys, as_index=False)["score"].mean()
    # judges by the cases that they share, step by step
    panel = {name: number for number, name in enumerate(sorted(sheets["judge_id"].unique()))}
    moved = True
    while moved:
        moved = False
        for _, names in sheets.groupby("case")["judge_id"]:
            least = min(panel[name] for name in names)
            for name in names:
                moved |= panel[name] != least
                panel[name] = least
    parts = [part for _, part in sheets.groupby(sheets["judge_id"].map(panel))]
    parts = [p for p in parts if p["judge_id"].nunique() > 1 and p["case"].nunique() > 1]
    return sorted(parts, key=len, reverse=True)


def _complete(sheets: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rounds in which every judge scored every case, cases x judges."""
    found = {}
    for name, part in sheets.groupby("round"):
        wide = part.pivot(index="case_id", columns="judge_id", values="score")
        if min(wide.shape) > 1 and wide.notna().all().all() and wide.to_numpy().std() > 0:
            found[str(name)] = wide
    return found


NO_SCORES = (
    "The book has no points that two judges gave to the same cases: the table judge\\_scores would "
    "show whether judges agree and who is harsh."
)


def judged(found: People) -> Finding:
    """Who is harsh, and how far do judges agree?"""
    panels = _panels(found)
    if not panels:
        return unknown(NO_SCORES)
    sheets = panels[0]
    m = sheets["judge_id"].nunique()
    table, _ = judges.judge_severity(sheets, case="case", confidence=_sidak(m))
    frame = table.rename(columns={"severity": "gap"})
    frame["told"] = (frame["low"] > 0) | (frame["high"] < 0)
    rows = []
    for part in panels:
        for name, ratings in _complete(part).items():
            try:
                w = judges.kendall_w(ratings)
                one = judges.intraclass_correlation(ratings, "2,1")
            except ValueError:
                continue
            try:
                mean = judges.intraclass_correlation(ratings, "3,k")
            except ValueError:
                mean = Interval(np.nan, np.nan, np.nan)
            rows.append((name, w.cases, w.judges, w.w, *one, *mean))
    names = ["round", "cases", "judges", "w", "one", "one_low", "one_high"]
    agree = pd.DataFrame(rows, columns=[*names, "mean", "mean_low", "mean_high"])
    harsh = str(frame["gap"].idxmin())
    row = frame.loc[harsh]
    numbers: dict[str, Any] = {
        "judges": m,
        "sheets": len(sheets),
        "cases": int(sheets["case"].nunique()),
        "harsh": harsh,
        "off": float(row["gap"]),
        "raw": float(row["raw"]),
        "told": int(frame["told"].sum()),
        "rounds": sorted(map(str, sheets["round"].unique())),
        "panels": len(panels),
        "frame": frame,
        "agree": agree,
    }
    says = []
    if np.isnan(row["low"]):
        says.append(
            "{judges} judges on {cases:count case}: so few sheets say nothing of how sure a "
            "judge's severity is."
        )
        picture = None
    else:
        numbers |= {
            "low": -float(row["high"]),
            "high": -float(row["low"]),
            "by": -float(row["gap"]),
        }
        says.append(
            "**{harsh} takes {by:.1f} points off** beside the mean judge on the same cases (95 % "
            "for all judges together: {low:.1f} to {high:.1f}). The raw mean of its points lies "
            "{raw:+.1f} from that of all sheets, since that also hangs on whom it got to judge."
            if frame.loc[harsh, "told"]
            else "The strictest is {harsh}, {by:.1f} points below the mean judge on the same cases "
            "(95 % for all judges together: {low:.1f} to {high:.1f}), which chance may do. The raw "
            "mean of its points lies {raw:+.1f} from that of all sheets."
        )
        ordered = frame.sort_values("gap", kind="stable")
        picture = Picture(
            lambda title: figures.gap_plot(
                ordered,
                title,
                "points against the mean judge",
                pd.Series({name: str(name) for name in ordered.index}),
                form="points",
            ),
            "{harsh} takes {by:.1f} points off, surely"
            if frame.loc[harsh, "told"]
            else "No judge is surely the harshest",
            "For each of {judges:count judge} the severity with its interval (95 % for all "
            "together), and the raw mean of the points given less that of all sheets. {harsh} is "
            "{by:.1f} points below the mean judge.",
        )
    if len(agree):
        first = agree.iloc[0]
        numbers |= {
            "round": str(first["round"]),
            "w": float(first["w"]),
            "one": float(first["one"]),
            "mean": float(first["mean"]),
        }
        says.append(
            "In the round {round} the judges agree on the order by W = {w:.2f}, and in points, "
            "where severity counts as error, one with another by {one:.2f}."
        )
        if pd.notna(first["mean"]):
            says.append("The order by the mean of all of them is reliable by {mean:.2f}.")
    else:
        says.append("In no round did every judge score every case, so their order has no W.")
    columns = {
        "cases": Shown("cases", ",.0f"),
        "judges": Shown("judges", ",.0f"),
        "w": Shown("Kendall's W", ".2f"),
        "one": Shown("one judge in points, ICC(2,1)", ".2f"),
        "one_low": Shown("low", ".2f"),
        "one_high": Shown("high", ".2f"),
        "mean": Shown("order by the mean, ICC(3,k)", ".2f"),
        "mean_low": Shown("from", ".2f"),
        "mean_high": Shown("to", ".2f"),
    }
    return Finding(numbers, tuple(says), agree if len(agree) else None, columns, picture=picture)


def unfair(found: People, places: int = 8) -> Finding:
    """Who would be in, and who out, had every case been read by all judges?

    Parameters
    ----------
    places : cases of each group that go on.
    """
    if isinstance(places, bool) or not isinstance(places, int) or places < 1:
        raise ValueError(f"places is {places!r}: expected a whole number of 1 or more")
    for sheets in _panels(found):
        table, fair = judges.judge_severity(sheets, case="case")
        whole = _complete(sheets)
        rest = [name for name in sheets["round"].unique() if str(name) not in whole]
        if not rest:
            continue
        rows = sheets[sheets["round"].isin(rest)]
        left = rows["score"] - rows["judge_id"].map(table["severity"]) - rows["case"].map(fair)
        freedom = len(rows) - rows["case"].nunique()
        per_case = len(rows) / rows["case"].nunique()
        by = rows.groupby(["round", "case_id", "case"], as_index=False)["score"].mean()
        by["fair"] = by["case"].map(fair)
        of = found.scores.drop_duplicates(["round", "case_id"]).set_index(["round", "case_id"])
        by["group"] = (
            [of["group"].get(key, "all") for key in zip(by["round"], by["case_id"], strict=True)]
            if "group" in of
            else "all"
        )
        by["group"] = by["group"].fillna("all")
        keys = ["round", "group"]
        for name in ("score", "fair"):
            ordered = by.sort_values([name, "case_id"], ascending=[False, True], kind="stable")
            by[f"in_{name}"] = ordered.groupby(keys).cumcount().reindex(by.index) < places
        out = by[by["in_score"] & ~by["in_fair"]]
        into = by[~by["in_score"] & by["in_fair"]]
        numbers: dict[str, Any] = {
            "cases": len(by),
            "groups": int(by["group"].nunique()),
            "places": places,
            "swapped": len(into),
            "sheets": per_case,
        }
        if by.groupby(keys).size().max() <= places:
            continue
        error = np.sqrt(float((left**2).sum()) / max(1, freedom) * 2 / per_case)
        numbers["chance"] = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * error
        if not len(into):
            return Finding(
                numbers,
                (
                    "With {places} places a group, severity changes nothing: the same cases are in "
                    "by points and by fair points.",
                ),
            )
        pairs = []
        for key, part in into.groupby(keys):
            gone = out[(out["round"] == key[0]) & (out["group"] == key[1])]
            for a, b in zip(
                part.sort_values("fair", ascending=False).itertuples(),
                gone.sort_values("fair").itertuples(),
                strict=True,
            ):
                pairs.append(
                    (str(key[1]), str(a.case_id), a.score, a.fair, str(b.case_id), b.score, b.fair)
                )
        names = ["group", "in", "in_points", "in_fair", "out", "out_points", "out_fair"]
        frame = pd.DataFrame(pairs, columns=names)
        apart = frame["in_fair"] - frame["out_fair"]
        numbers["sure"] = int((apart > numbers["chance"]).sum())
        frame["apart"] = [
            with_interval(gap, gap - numbers["chance"], gap + numbers["chance"], "+.1f")
            for gap in apart
        ]
        says = (
            "With {places} places a group, {swapped} of {cases} cases are out by their points and "
            "would be in by points with the severity taken out.",
            "With {sheets:.1f} sheets a case two of them differ by {chance:.1f} points by chance "
            "(95 %); of the swaps above {sure} differ by more. Fair points take the judge's "
            "severity out, not its mood of the day.",
        )
        columns = {
            "in": Shown("in by fair points"),
            "in_points": Shown("points", ".1f"),
            "in_fair": Shown("fair", ".1f"),
            "out": Shown("in by points"),
            "out_points": Shown("its points", ".1f"),
            "out_fair": Shown("its fair", ".1f"),
            "apart": Shown("fair points apart (95 %)"),
        }
        return Finding(numbers, says, frame, columns)
    if not _panels(found):
        return unknown(NO_SCORES)
    return unknown(
        "Every judge scored every case, or each group has no more cases than places: severity "
        "changes no place."
    )


def _target_rows(found: People) -> pd.DataFrame:
    rows = found.targets
    if not len(rows):
        return rows
    inside = _in_period(found, rows)
    rows = inside if len(inside) else rows
    if "period" in rows and rows["period"].notna().any():
        rows = rows[rows["period"] == rows["period"].max()]
    return rows


def _growth_of_sales(found: People) -> tuple[float, float, float] | None:
    """Growth of the ledger from year to year, its standard error over months, and degrees of
    freedom; None unless the windows are two years without a gap.
    """
    w = found.windows
    if w is None or w.months != MONTHS_A_YEAR or len(found.monthly) != 2 * w.months:
        return None
    before = found.monthly.iloc[: w.months].to_numpy()
    now = found.monthly.iloc[w.months :].to_numpy()
    if (before.sum() - before <= 0).any():
        return None
    without = (now.sum() - now) / (before.sum() - before)
    n = len(without)
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return float(now.sum() / before.sum() - 1), error, n - 1


def _limits_of_growth(known: tuple[float, float, float]) -> tuple[float, float]:
    """Interval of a growth, by t; sales that do not fall below zero fall by all at most."""
    value, error, freedom = known
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return max(value - reach, min(value, -1.0)), value + reach


def _one_target(found: People, row: pd.Series) -> ratios.Attainment | None:
    """What was reached of one target; None where it lacks the number that it is of. That nothing is
    missing (a rate of 1) is a count: it has no interval, and nothing missing today is no proof of
    what lies behind.
    """
    kind = str(row["kind"])
    other = row.get("out_of" if kind == "rate" else "base")
    if pd.isna(other) or not float(other) > 0 or pd.isna(row["reached"]):
        return None
    reached, goal = float(row["reached"]), float(row["goal"])
    if kind == "money":
        value = reached / float(other) - 1
        known = _growth_of_sales(found)
        met = value >= goal - 1e-12
        same = known is not None and abs(known[0] - value) < 0.005
        if known is None or not same or known[1] == 0:
            return ratios.Attainment(value, met, np.nan, np.nan, np.nan)
        _, error, freedom = known
        limits = _limits_of_growth((value, error, freedom))
        chance = float(stats.t.sf((goal - value) / error, freedom))
        return ratios.Attainment(value, met, *limits, chance)
    try:
        if kind == "rate":
            one = ratios.attainment(reached, goal, out_of=float(other))
            return one if goal < 1 else one._replace(low=np.nan, high=np.nan)
        return ratios.attainment(reached, goal, base=float(other), kind="growth")
    except ValueError:
        return None


def _light(one: ratios.Attainment, sure: float) -> str:
    if np.isnan(one.chance):
        return "as counted only"
    return "green" if one.chance >= sure else "red" if one.chance <= 1 - sure else "amber"


def targets_met(found: People, sure: float = 0.975) -> Finding:
    """Which targets are met, and how sure is it that what lies behind meets them?

    Parameters
    ----------
    sure : chance from which a light is green, and one less it from which it is red. At 0.975 green
        and red are where the whole interval of 95 % is at the goal, or below it, as in the
        verdicts. A manager is surely below where that holds for all managers together.
    """
    if fraction("sure", sure, one=False) <= 0.5:
        raise ValueError(f"sure is {sure:g}: expected more than one half, or green and red overlap")
    rows = _target_rows(found)
    if not len(rows):
        return unknown(
            "The book has no targets with what was reached: the table targets would show how sure "
            "it is that they are met."
        )
    parts = rows.assign(**{name: rows.get(name, np.nan) for name in ("out_of", "base")})
    owner = parts["manager_id"] if "manager_id" in parts else pd.Series(pd.NA, parts.index)
    lines: list[tuple[Any, ...]] = []
    kept: dict[tuple[str, str, float], ratios.Attainment] = {}
    gaps: list[str] = []
    for key, part in parts.groupby(["measure", "kind", "goal"], sort=False):
        measure, kind, goal = str(key[0]), str(key[1]), float(key[2])
        of_firm = part[owner[part.index].isna()]
        each = part[owner[part.index].notna()]
        source = of_firm if len(of_firm) else each
        column = "out_of" if kind == "rate" else "base"
        source = source.dropna(subset=["reached", column])
        if not len(source):
            continue
        summed = source[["reached", column]].sum()
        row = pd.Series({"kind": kind, "goal": goal, **summed.to_dict()})
        one = _one_target(found, row)
        if one is None:
            continue
        kept[(measure, kind, goal)] = one
        single = [_one_target(found, line) for _, line in each.iterrows()]
        known = [item for item in single if item is not None]
        if len(known) < len(single):
            gaps.append(f"{measure} ({len(single) - len(known)})")
        missed = sum(not item.met for item in known)
        bar = 1 - sure ** (1 / max(1, len(known)))  # for all managers together
        surely = sum(item.chance <= bar for item in known if not np.isnan(item.chance))
        judged_here = kind != "money"
        lines.append(
            (
                *(measure, goal, one.value, one.low, one.high, _yes(one.met), one.chance),
                _light(one, sure),
                f"{missed} of {len(known)}" if known else "-",
                f"{surely}" if known and judged_here else "-",
            )
        )
    if not lines:
        return unknown(
            "No target has the number that it is of: out\\_of for a rate, base for a growth."
        )
    names = ["measure", "goal", "value", "low", "high", "met", "chance", "light"]
    table = pd.DataFrame(lines, columns=[*names, "missed", "surely"])
    numbers: dict[str, Any] = {
        "targets": len(table),
        "met": int((table["met"] == "yes").sum()),
        "green": int((table["light"] == "green").sum()),
        "red": int((table["light"] == "red").sum()),
        "sure": sure,
        "measures": kept,
        "gaps": gaps,
        "frame": table,
    }
    says = [
        "Met as counted: {met} of {targets:count target} of the firm. At a chance of "
        "{sure:percent}, lights that are green: {green}, red: {red}; any other is open, or known "
        "as counted only.",
    ]
    if {key[1] for key in kept} & {"rate", "growth"}:
        says.append(
            "Of counts the interval goes with the chance (Jeffreys'), so it lies a little nearer "
            "to none or all than Wilson's does."
        )
    if gaps:
        says.append(
            "Managers whose number is of nothing (zero or missing), and who are in no count of "
            "managers: {gaps:names}."
        )
    columns = {
        "goal": Shown("goal", "percent0"),
        "value": Shown("reached", "percent"),
        "low": Shown("from (95 %)", "percent"),
        "high": Shown("to (95 %)", "percent"),
        "met": Shown("met"),
        "chance": Shown("chance it truly meets it", "percent"),
        "missed": Shown("managers below"),
        "surely": Shown("surely, all together"),
    }
    return Finding(numbers, tuple(says), table, columns)


def goal_readings(found: People) -> Finding:
    """What does "+10 points" or "+30 %" ask for: each reading of the goals (S000-10b)."""
    rows = _target_rows(found)
    lines: list[tuple[str, str, float, float, str]] = []
    if len(rows):
        for key, part in rows.groupby(["measure", "kind", "goal"], sort=False):
            measure, kind, goal = str(key[0]), str(key[1]), float(key[2])
            if kind == "rate" or "base" not in part:
                continue
            part = part.dropna(subset=["base"])
            base, reached = float(part["base"].sum()), float(part["reached"].sum())
            if not base > 0:
                continue
            value = reached / base - 1
            lines.append((measure, "growth of the period", goal, value, _yes(value >= goal)))
            if "before" in part and part["before"].notna().all() and part["before"].sum() > 0:
                needed = base / float(part["before"].sum()) - 1 + goal
                lines.append(
                    (
                        measure,
                        "points above the growth before",
                        needed,
                        value,
                        _yes(value >= needed),
                    )
                )
    if not lines:
        return unknown(
            "No target is a growth with its base: the columns base and before of targets would "
            "show what each reading asks for."
        )
    table = pd.DataFrame(lines, columns=["measure", "reading", "needed", "reached", "met"])
    by = table.groupby("measure", sort=False)["met"].nunique()
    numbers: dict[str, Any] = {
        "measures": len(by),
        "hang": int((by > 1).sum()),
        "names": [str(name) for name in by.index[by > 1]],
    }
    says = (
        "Whether the goal is met hangs on the reading for: {names:names}."
        if numbers["hang"]
        else "Both readings say the same here, where both can be reckoned.",
    )
    columns = {
        "needed": Shown("growth needed", "percent"),
        "reached": Shown("growth reached", "percent"),
    }
    return Finding(numbers, says, table, columns)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def open_tries(found: People) -> Finding:
    """How far could the open tries move the win rate?"""
    rows = found.tries
    tries = _decided(found)
    if not len(tries):
        return unknown(NO_TRIES)
    still = int((rows["outcome"] == "open").sum())
    won, n = int(tries["won"].sum()), len(tries)
    numbers = {
        "open": still,
        "decided": n,
        "rate": won / n,
        "least": won / (n + still),
        "most": (won + still) / (n + still),
    }
    if not still:
        return Finding(numbers, ("All of {decided:count try/tries} are decided.",))
    return Finding(
        numbers,
        (
            "Beside {decided} decided tries {open} are open. Were all of these lost, the rate of "
            "{rate:percent} would be {least:percent}; were all won, {most:percent}. Nothing lies "
            "outside these two.",
        ),
    )


def star(found: People) -> Finding:
    """If the star goes to the first of the table, how likely is it the best?"""
    wide = _reached(found)
    if not len(wide):
        return unknown(
            "A star needs sales and targets by manager and period: sales and target of "
            "manager\\_results."
        )
    _, now = _split(found, wide)
    if len(now) < luck.FEWEST_UNITS or now.shape[1] < 2:
        return unknown(
            "It takes {units} managers with two periods or more.", units=luck.FEWEST_UNITS
        )
    variance = luck.pooled_variance(now)
    if variance <= 1e-18:
        return unknown("No manager's attainment varies from period to period: luck has no room.")
    level = _sidak(len(now))
    raw_of, least = now.mean(axis=1), _least(now)
    shrunk = luck.shrink(raw_of, variance, now.shape[1], confidence=level, least=least)
    chance = luck.chance_of_best(shrunk)
    table = shrunk.table.assign(best=chance).sort_values("mean", ascending=False, kind="stable")
    first = table.index[0]
    numbers: dict[str, Any] = {
        "first": found.label(first),
        "first_id": str(first),
        "ahead": float(table.loc[first, "mean"]) - shrunk.centre,
        "shrunk": float(table.loc[first, "shrunk"]) - shrunk.centre,
        "low": float(table.loc[first, "low"]) - shrunk.centre,
        "high": float(table.loc[first, "high"]) - shrunk.centre,
        "best": float(table.loc[first, "best"]),
        "even": 1 / len(table),
        "managers": len(table),
    }
    frame = table.head(5).reset_index()
    frame["manager"] = [found.label(name) for name in frame["manager_id"]]
    frame = frame[["manager", "mean", "shrunk", "low", "high", "best"]]
    says = (
        "{first} has the highest raw mean of the window, {ahead:points} points above the mean of "
        "all; shrunken it is {shrunk:points} (95 % for all managers together: {low:points} to "
        "{high:points}).",
        "The chance that it is truly the best of {managers} is {best:percent0}; a lot drawn among "
        "all would be right in {even:percent0}.",
    )
    columns = {
        "mean": Shown("raw mean", "percent"),
        "shrunk": Shown("shrunken", "percent"),
        "low": Shown("from (95 %, all together)", "percent"),
        "high": Shown("to", "percent"),
        "best": Shown("chance of being the best", "percent0"),
    }
    return Finding(numbers, says, frame, columns)


def weights(found: People, first: int = 5) -> Finding:
    """Whom do the first places of the appraisal hang on: one dimension doubled after the other.

    Parameters
    ----------
    first : places that count.
    """
    if isinstance(first, bool) or not isinstance(first, int) or first < 1:
        raise ValueError(f"first is {first!r}: expected a whole number of 1 or more")
    rows = found.scores
    best = None
    if len(rows):
        for name, part in rows.groupby("round"):
            wide = part.groupby(["case_id", "criterion"])["score"].mean().unstack()
            whole = wide.notna().all().all() and wide.shape[1] > 1 and len(wide) > first
            if whole and (best is None or wide.shape[1] > best[1].shape[1]):
                best = (str(name), wide)
    if best is None:
        return unknown(
            "No round has points in several criteria for more cases than places: judge\\_scores "
            "with a criterion would show what hangs on the weights."
        )
    name, wide = best

    def leaders(weight: pd.Series) -> set[str]:
        score = (wide * weight / weight.sum()).sum(axis=1).round(9)
        ordered = score.sort_index().sort_values(ascending=False, kind="stable")
        return set(ordered.index[:first])

    even = pd.Series(1.0, index=wide.columns)
    base = leaders(even)
    lines = []
    for criterion in wide.columns:
        doubled = even.copy()
        doubled[criterion] = 2.0
        lines.append((str(criterion), len(base & leaders(doubled))))
    table = pd.DataFrame(lines, columns=["doubled", "same"])
    numbers = {
        "round": name,
        "first": first,
        "cases": len(wide),
        "criteria": len(wide.columns),
        "least": int(table["same"].min()),
    }
    says = (
        "In the round {round} each of {criteria} criteria counts the same, since no document names "
        "weights. With one of them doubled, at least {least} of the first {first} stay."
        if numbers["least"] < first
        else "In the round {round} each of {criteria} criteria counts the same; with any of them "
        "doubled, the first {first} stay the same.",
    )
    columns = {
        "doubled": Shown("criterion that counts twice"),
        "same": Shown("of the first {first}, the same", ",.0f"),
    }
    return Finding(numbers, says, table, columns)


def other_methods(found: People) -> Finding:
    """How much hangs on the estimator and on how many periods are taken together?"""
    wide = _reached(found)
    before, _ = _split(found, wide) if len(wide) else (wide, wide)
    if len(before) < luck.FEWEST_UNITS or before.shape[1] < 2:
        return unknown(
            "It takes sales and targets of {units} managers in two periods or more.",
            units=luck.FEWEST_UNITS,
        )
    lines = []
    whole = wide.dropna()
    for what, part in (("window before", before), ("all periods", whole)):
        if part.shape[1] < 2 or len(part) < luck.FEWEST_UNITS:
            continue
        variance = luck.pooled_variance(part)
        if variance <= 1e-18:
            continue
        for method in ("moments", "james_stein"):
            made = luck.shrink(part.mean(axis=1), variance, part.shape[1], method)
            error = float(np.sqrt(variance / part.shape[1]))
            weight = float(made.table["weight"].mean())
            row = (what, part.shape[1], method.replace("_", " "), made.spread, error, weight)
            lines.append(row)
    if not lines:
        return unknown("No manager's attainment varies from period to period: luck has no room.")
    names = ["periods", "count", "method", "spread", "luck", "weight"]
    table = pd.DataFrame(lines, columns=names)
    numbers: dict[str, Any] = {
        "least": float(table["weight"].min()),
        "most": float(table["weight"].max()),
    }
    says = [
        "What is kept as skill lies between {least:percent0} and {most:percent0}, by the method "
        "and by how many periods are averaged: the mean of more periods holds less luck."
        if numbers["most"] - numbers["least"] > 0.05
        else "What is kept as skill lies between {least:percent0} and {most:percent0} whatever the "
        "method and the periods."
    ]
    spread, luck_of = float(table["spread"].iloc[0]), float(table["luck"].iloc[0])
    if spread > 0:
        numbers |= {
            "gain": luck.expected_gain(spread, luck_of, len(before)),
            "books": 400,
        }
        says.append(
            "Over {books} simulated books with the spread and the luck of the first row, shrunken "
            "means are off by {gain:.2f} times the error of raw ones on average; a single book may "
            "say otherwise."
        )
    columns = {
        "periods": Shown("which periods"),
        "count": Shown("how many", ",.0f"),
        "spread": Shown("true spread, points", "points"),
        "luck": Shown("luck of a mean, points", "points"),
        "weight": Shown("kept as skill", "percent0"),
    }
    return Finding(numbers, tuple(says), table, columns)


def claims(found: People, stock: float = RETENTION) -> Finding:
    """What the documents claim or ask of sales and sellers, each with its test on this book.

    Parameters
    ----------
    stock : gross retention from which the stock counts as kept (S000-5n names no figure).
    """
    fraction("stock", stock)
    kept = _retention(found) if found.windows is not None else None
    measures = _target_rows(found)
    made = [
        _of_retention(found, kept),
        *_of_stock(found, stock),
        _of_growth(found),
        _of_new(found, measures),
        _of_files(found, measures),
        *_of_judges(found),
    ]
    return steps.verdicts(made)


YEARS = "needs a window of a year with the year before it, and 20 customers then"


def _of_a_year(found: People) -> bool:
    return found.windows is not None and found.windows.months == MONTHS_A_YEAR


def _of_retention(found: People, kept: growth.Retention | None) -> Claim:
    claim = (
        "S000-10b",
        "95 % of the accounts are kept in a year",
        "share of the customers of the year before that bought again, Jeffreys' interval",
    )
    if kept is None or kept.customers < growth.FEWEST or not _of_a_year(found):
        return untested(*claim, YEARS)
    stayed = round(kept.accounts.estimate * kept.customers)
    one = ratios.attainment(stayed, RETENTION, out_of=kept.customers)  # as the lights are told
    return Claim(
        *claim,
        with_interval(one.value, one.low, one.high, form="percent"),
        at_least(one.low, one.high, RETENTION),
    )


def _of_stock(found: People, stock: float) -> list[Claim]:
    """The two halves of "keep the stock, spur the increment": of those who were customers before
    the window before, what is left, and what that and their growth come to.
    """
    base = found.before[found.before > 0]
    old = base[base.index.isin(list(found.known))]
    whom = f"the {len(old):,} of {len(base):,} customers who bought before the window before too"
    halves: tuple[tuple[str, str, str], ...] = (
        (
            "S000-5n",
            "keep the stock: little of what old customers bought is lost",
            f"gross retention of {whom}, growth not counted, against {percent(stock, 0)}",
        ),
        (
            "S000-5n",
            "spur the increment: old customers add more than is lost",
            f"net retention of {whom}, growth counted, against 100 %",
        ),
    )
    if len(old) < growth.FEWEST:
        why = "needs 20 customers from before the window before: who came during it seems to grow"
        return [untested(*half, why) for half in halves]
    kept = growth.retention_of(old, found.now)
    return [
        Claim(*half, with_interval(*one, form="percent"), at_least(one.low, one.high, bar), why)
        for half, one, bar, why in zip(
            halves,
            (kept.gross, kept.net),
            (stock, 1.0),
            ("the figure is this lesson's, the document names none", ""),
            strict=True,
        )
    ]


def _of_growth(found: People) -> Claim:
    claim = ("S000-10b", "revenue grows by 10 % in a year", "growth from year to year, over months")
    known = _growth_of_sales(found)
    if known is None:
        return untested(
            *claim, "needs a window of a year with the year before it, each month posted"
        )
    low, high = _limits_of_growth(known)
    return Claim(
        *claim,
        with_interval(known[0], low, high, form="percent"),
        at_least(low, high, GROWTH),
        "read as growth; as points above the growth before it asks for another number",
    )


def _measure(rows: pd.DataFrame, kind: str, goal: float) -> pd.DataFrame:
    if not len(rows):
        return rows
    return rows[(rows["kind"] == kind) & np.isclose(rows["goal"].astype(float), goal)]


def _of_new(found: People, rows: pd.DataFrame) -> Claim:
    claim = ("S000-10b", "30 % more new accounts", "growth of the count, two Poisson counts")
    part = _measure(rows, "growth", NEW_ACCOUNTS)
    if not len(part) or "base" not in part or not part["base"].sum() > 0:
        return untested(
            *claim, "needs targets with a growth of 0.30, what was reached and its base"
        )
    one = ratios.attainment(
        float(part["reached"].sum()), NEW_ACCOUNTS, base=float(part["base"].sum()), kind="growth"
    )
    return Claim(
        *claim,
        with_interval(one.value, one.low, one.high, form="percent"),
        at_least(one.low, one.high, NEW_ACCOUNTS),
    )


def _of_files(found: People, rows: pd.DataFrame) -> Claim:
    claim = ("S000-10b", "files are complete, 100 %", "parts of the file that are there, counted")
    part = _measure(rows, "rate", 1.0)
    if not len(part) or "out_of" not in part or not part["out_of"].sum() > 0:
        return untested(*claim, "needs targets with a rate of 1, what was reached and out_of")
    value = float(part["reached"].sum() / part["out_of"].sum())
    return Claim(
        *claim,
        percent(value),
        "holds" if value >= 1 else "does not hold",
        "a count, without error",
        0,
    )


def _of_judges(found: People) -> list[Claim]:
    made = []
    complete = {name: wide for part in _panels(found) for name, wide in _complete(part).items()}
    contests = (
        ("S003-4d", "the judges of a contest put proposals in an order that can be relied on"),
        ("S000-9c", "a yearly appraisal by a panel tells managers apart"),
    )
    managers = set(found.results["manager_id"]) if len(found.results) else set()
    if len(found.owner):
        managers |= set(found.owner)
    for source, says in contests:
        test = "reliability of the mean of the panel, ICC(3,k), against 0.75 (Koo & Li 2016)"
        rounds = [
            (name, wide)
            for name, wide in complete.items()
            if (set(wide.index) <= managers) == (source == "S000-9c")
        ]
        one = None
        for _, wide in rounds:
            try:
                one = judges.intraclass_correlation(wide, "3,k")
                break
            except ValueError:
                continue
        if one is None or not np.isfinite(one.low):
            made.append(
                untested(source, says, test, "needs a round in which every judge scored every case")
            )
            continue
        made.append(
            Claim(
                source,
                says,
                test,
                with_interval(*one, form=".2f"),
                at_least(one.low, one.high, RELIABLE),
                "of the order only; that the order is right no panel can show",
            )
        )
    return made


def account_review(found: People) -> Finding:
    """What the account review takes from the lesson."""
    if found.windows is None:
        return unknown(
            "Without two windows the review takes nothing from this lesson: {why}.", why=found.why
        )
    ids = found.before.index.union(found.now.index)
    before, now = (part.reindex(ids).fillna(0.0) for part in (found.before, found.now))
    change = now - before
    old = ids.isin(list(found.known))
    had, has = before > 0, now > 0
    part = np.select(
        [had & ~has, ~had & has & old, ~had & has, change < 0, change > 0],
        ["lost", "back", "new", "smaller", "larger"],
        "same",
    )
    frame = pd.DataFrame(
        {
            "bridge_part": part,
            "sales_change": change,
            "net_retention": (now / before).where(had),
        },
        index=ids,
    )
    made = _of_owners(found)
    if made is not None:
        shrunk = made[1].table
        owner = found.owner.reindex(ids)
        for name, column in (
            ("owner_retention", "shrunk"),
            ("owner_retention_low", "low"),
            ("owner_retention_high", "high"),
        ):
            frame[name] = owner.map(shrunk[column]).astype(float)
    words = {
        "owner": "who sold the most to it in the window before"
        if found.told_by == "ledger"
        else "as the table of accounts names it",
        "currency": found.currency or "currency of the book",
        "now": _span(found.windows.start, found.windows.end),
        "before": _span(found.windows.earlier, found.windows.start - pd.Timedelta(days=1)),
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
