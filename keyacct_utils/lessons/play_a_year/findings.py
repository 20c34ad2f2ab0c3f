"""The steps of lesson 22: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.play_a_year import LESSON, figures, game, search
from keyacct_utils.lessons.play_a_year.decisions import (
    Decisions,
    Plan,
    advice,
    affordable,
    mixed,
    plan_of,
    random_list,
    to_hasten,
    top_by_sales,
)
from keyacct_utils.lessons.play_a_year.game import PARTS, Luck, Played, interval
from keyacct_utils.lessons.play_a_year.search import Best
from keyacct_utils.lessons.play_a_year.year import QUARTERS, ROOM, Year, calls_of, year_of
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, Verdict, at_least, untested
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval, write
from keyacct_utils.lessons.showing.words import count

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Years that are drawn; those that choose among lists drawn by lot, and so many lists.
DRAWS, CHOOSING, LISTS = 200, 100, 24
WORDS = {
    "listed": "the list",
    "visits": "visits",
    "terms": "terms",
    "cutoff": "the cut-off",
    "discount": "discounts",
    "hasten": "projects hastened",
}
ADVICE, BEST, RANDOM = "the documents' advice", "best found", "a list by lot"
#: What is left of an advantage, up to which "hardly" is said.
HARDLY = 0.25
GAIN = {
    "gain": Shown("gain{unit}", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
}
#: The rules in words: what each row is called, what it says, the names of its values.
TOLD: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "growth",
        "an account's volume grows by {growth_mean:percent} on average; most of it is luck "
        "(standard deviation {growth_sd:percent})",
        ("growth_mean", "growth_sd"),
    ),
    (
        "visits",
        "visits add at most {visit_ceiling:.0f} % to the margin that a quarter would have without "
        "them; each takes {closer:percent} of the way that is left, and costs {visit_cost:,.0f}; "
        "what they add is sold on the account's terms as well",
        ("visit_ceiling", "visit_rate", "visit_cost"),
    ),
    (
        "promised visits",
        "where fewer visits are made than the class is promised, services leave "
        "{ratio_missed_visits:.1f} times as often",
        ("ratio_missed_visits", "hazard_preventable", "hazard_own"),
    ),
    (
        "offers of rivals",
        "once a year a rival offers up to {most_gap:.0f} % less; a tie bears {tolerance_1:.0f}, "
        "{tolerance_2:.0f} or {tolerance_3:.0f} % by its level, more for an account of value; who "
        "turns us down buys {refusal_loss:percent0} less for the months that follow",
        ("tolerance_1", "slope", "value_weight", "most_gap", "refusal_loss"),
    ),
    (
        "care of the list",
        "a listed account gets {care:.0f} visits a year more for its people, and so a tie of level "
        "two at least",
        ("care_1", "care_2"),
    ),
    (
        "price",
        "a percent off the price brings as many percent of volume as the account's elasticity "
        "says; it also lowers the gap to the rival",
        (),
    ),
    (
        "terms",
        "each day of credit costs {capital:percent0} a year; a shorter term counts as a higher "
        "price",
        ("capital", "days_T1"),
    ),
    (
        "default",
        "an account that defaults stops on some day of the year and {lost_of_default:percent0} of "
        "what it owes is lost",
        ("lost_of_default",),
    ),
    (
        "cut-off",
        "of the accounts below it {stays:percent0} stay and pay in advance, at the full price; the "
        "others leave with all that they buy",
        ("stays",),
    ),
    (
        "services",
        "of the service line no visit sells more than the account buys elsewhere; of what it sells "
        "{service_margin:percent0} is margin",
        ("service_margin",),
    ),
    (
        "projects",
        "the green channel saves {days_saved:.1f} working days, in which the new load already "
        "draws power; it takes {calls:count call}, one a week of building, each {call_minutes:.0f} "
        "minutes and {call_cost:,.0f}; a project that is in it is not hastened again",
        (
            "days_saved",
            "load_factor",
            "building_days",
            "call_minutes",
            "call_cost",
            "kwh_profit_10",
        ),
    ),
)
SOURCE_OF = {"price": "the table year_accounts (price_response.ELASTICITY)"}


@dataclass(frozen=True)
class Game(Named):
    """A year with its luck, and how it goes where all is done as in the last one."""

    year: Year
    drawn: Luck
    last: Played

    @property
    def currency(self) -> str:
        """Of the amounts."""
        return self.year.currency

    @property
    def labels(self) -> pd.Series:
        """Names of the accounts."""
        return self.year.labels


def ready(
    opened: Book,
    *,
    seed: int = 0,
    room: float = ROOM,
    stays: float | None = None,
    lost_of_default: float | None = None,
    draws: int | None = None,
) -> Game:
    """The year, its luck, and the last year's decisions played on it.

    Parameters
    ----------
    opened : Book
    seed : int
        Where the luck begins.
    room : float
        Part of the priced line's sales that may be given away for discounts.
    stays, lost_of_default : float, optional
        Assumptions of the world that no topic plants; by default as the book has them.

    Raises
    ------
    ValueError
        Where the book is no synthetic world.
    """
    year = year_of(opened, stays=stays, lost_of_default=lost_of_default, room=room)
    drawn = game.luck(year, draws or DRAWS, seed)
    return Game(year, drawn, game.play(year, Decisions(), drawn=drawn))


def book_in_numbers(found: Game) -> Finding:
    """Which year, and what there is to decide with."""
    year = found.year
    visits, care = year.visits.sum(), year.listed.sum() * year.care_visits
    spent = float((visits + care) * year.rules["visit_cost"])
    numbers = {
        "book": year.name, "accounts": len(year), "sales": float(year.all_sales.sum()),
        "unit": found.unit_of_money, "last": year.last, "listed": int(year.listed.sum()),
        "visits": int(visits), "care": int(care), "hours": year.hours, "money": year.money,
        "minutes": 60 * year.visit_hours, "spent": spent, "room": year.money - spent,
        "open": len(year.cases), "unplayed": year.unplayed,
    }  # fmt: skip
    says = [
        "**{book}**: the year after {last} is played with {accounts:count account} that bought for "
        "{sales:money}{unit}.",
        "Last year {visits:count visit} were made and {listed:count account} stood on the list.",
        "You have as many hours as that took: {visits:,} visits and {care:,} more for the care of "
        "the list, {minutes:.0f} minutes each with the way, are {hours:,.0f} hours.",
        "You have {money:money}{unit}: the {spent:money} that these cost, and {room:money} for "
        "discounts.",
    ]
    if year.unplayed:
        says.append("Of {unplayed:count account} of the ledger the world says nothing: left out.")
    return Finding(numbers, tuple(says))


def rules_of_the_world(found: Game) -> Finding:
    """By which rules accounts answer, where each was read, and which lesson finds it from data."""
    rule, sources = dict(found.year.rules), found.year.sources.set_index("name")
    rule |= {"closer": float(-np.expm1(-rule["visit_rate"])), "care": found.year.care_visits}
    rule["calls"] = calls_of(rule)
    rows = []
    for name, template, values in TOLD:
        where, codes = [SOURCE_OF[name]] if name in SOURCE_OF else [], []
        for value in values:
            if "source" in sources and isinstance(sources.loc[value, "source"], str):
                where.append(sources.loc[value, "source"])
            if "lesson" in sources and isinstance(sources.loc[value, "lesson"], str):
                codes.append(sources.loc[value, "lesson"])
        codes = codes or (["16"] if name == "price" else [])
        told = ", ".join(dict.fromkeys(where)) or "year_mechanisms"
        rows.append(
            (name, write(template, rule, markup=False), ", ".join(dict.fromkeys(codes)), told)
        )
    table = pd.DataFrame(rows, columns=["rule", "what it says", "lesson", "read from"])
    return Finding({"rules": len(table)}, table=table, prose=True)


def pencil(
    margins: Sequence[float], names: Sequence[str], *, ceiling: float = 0.10, rate: float = 0.45,
    visits: int = 4,
) -> pd.DataFrame:  # fmt: skip
    """Five accounts on a napkin: what the first, the second and each further visit adds."""
    margin = pd.Series(list(margins), index=list(names), dtype=float)
    left = np.exp(-rate * np.arange(visits + 1))
    each = np.outer(margin * ceiling, left[:-1] - left[1:])
    table = pd.DataFrame(
        each, index=margin.index, columns=[f"visit {n + 1}" for n in range(visits)]
    )
    table.insert(0, "margin", margin)
    return table.round(2)


def _told(low: float, high: float) -> str:
    """Whether a difference is told from nothing."""
    return "more" if low > 0 else "less" if high < 0 else "untold"


_GAIN_SAYS = {
    "more": "They earn {gain:money}{unit} more than doing as last year (95 % interval {low:money} "
    "to {high:money}).",
    "less": "They earn {lost:money}{unit} less than doing as last year (95 % interval of the "
    "difference {low:money} to {high:money}).",
    "untold": "Beside doing as last year their gain is {gain:money}{unit} (95 % interval "
    "{low:money} to {high:money}): it cannot be told which earns more.",
    "same": "They earn exactly what doing as last year earns, in every single year.",
}


def _gain(found: Game, played: Played) -> dict[str, Any]:
    """The gain over the last year, paired, and how it is told."""
    gain = played.profit - found.last.profit
    low, high = interval(gain)
    told = "same" if not gain.any() else _told(low, high)
    return {
        "profit": played.mean, "gain": float(gain.mean()), "lost": -float(gain.mean()), "low": low,
        "high": high, "told": told, "better": float((gain > 0).mean()),
        "unit": found.unit_of_money, "draws": len(gain),
    }  # fmt: skip


def as_last_year(found: Game) -> Finding:
    """What does the year bring if all is done as in the last one?"""
    profit = found.last.profit
    low, high = found.last.interval()
    numbers = {
        "profit": found.last.mean, "low": low, "high": high, "worst": float(profit.min()),
        "best": float(profit.max()), "sd": float(profit.std(ddof=1)), "draws": len(profit),
        "unit": found.unit_of_money, "last": found.year.last,
    }  # fmt: skip
    table = pd.DataFrame(
        {
            "part": list(PARTS.values()),
            "amount": found.last.parts[list(PARTS)].mean().to_numpy(),
        }
    )
    return Finding(
        numbers,
        (
            "Done as in {last}, the year brings a profit of {profit:money}{unit}: the mean of "
            "{draws:,} drawn years, 95 % interval {low:money} to {high:money}.",
            "A single year is luck: its standard deviation is {sd:money}{unit}, the worst of "
            "these years brings {worst:money}, the best {best:money}."
            if numbers["sd"] > 0
            else "Nothing is left to luck here: each of these years brings {worst:money}.",
        ),
        table,
        {"part": Shown("part of the profit"), "amount": Shown("mean a year", "money")},
        Picture(
            lambda title: figures.years_plot(profit, title, f"profit{found.axis_unit}"),
            "The same decisions, another year: {worst:money} to {best:money}",
            "Histogram of {draws:,} drawn years of profit, from {worst:money} to {best:money}, "
            "with a line at their mean, {profit:money}.",
        ),
    )


def own_decisions(found: Game, decisions: Decisions) -> Finding:
    """What do your decisions bring beside doing as last year, and where does it come from?"""
    played = game.play(found.year, decisions, drawn=found.drawn)
    numbers = _gain(found, played) | {
        "hours": played.hours, "limit": found.year.hours, "money": played.money,
        "purse": found.year.money,
    }  # fmt: skip
    difference = played.parts - found.last.parts
    ends = [interval(difference[name].to_numpy()) for name in PARTS]
    table = pd.DataFrame(
        {
            "part": list(PARTS.values()),
            "gain": difference[list(PARTS)].mean().to_numpy(),
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )
    return Finding(
        numbers,
        (
            "Your decisions bring a profit of {profit:money}{unit}.",
            _GAIN_SAYS[numbers["told"]],
            "They take {hours:,.0f} of {limit:,.0f} hours and cost {money:money} of "
            "{purse:money}{unit}.",
        ),
        table,
        {"part": Shown("part of the profit"), **GAIN},
    )


def lists(found: Game, *, share: float = 0.2, seed: int = 1) -> Finding:
    """Which list earns its care: that of last year, by sales, by lot, or of those whom it moves?

    Parameters
    ----------
    share : float
        Length of the list by sales where the book has no list of its own.
    seed : int
        Of the list by lot.
    """
    year = found.year
    care = search.care_that_pays(year)
    pays = [str(name) for name in care.index[care > 0]]
    length = int(year.listed.sum())
    largest = top_by_sales(year, share if not length else 1.0)[: length or None]
    lot = np.random.default_rng(seed).permutation(len(year))[: len(largest)]
    chosen = {
        "nobody": [],
        "last year's list": [str(name) for name in year.ids[year.listed]],
        "the largest by sales": largest,
        RANDOM: [str(name) for name in year.ids[lot]],
        "where the care pays": pays,
    }
    weak = set(map(str, year.ids[year.level == 1]))
    earned = {
        name: game.profits(year, plan_of(year, Decisions(listed=ids), limits=False), found.drawn)
        for name, ids in chosen.items()
    }
    rows = []
    for name, ids in chosen.items():
        gain = earned[name] - earned["nobody"]
        rows.append((name, len(ids), len(weak & set(ids)), float(gain.mean()), *interval(gain)))
    columns = ["list", "accounts", "weak", "gain", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    numbers = _of_lists(found, table.set_index("list"), earned) | {"weak": len(weak)}
    return Finding(
        numbers,
        (
            _LIST_SAYS[numbers["told"]],
            "Of these accounts, {strong:,} of {listed:,} had a tie of level two or better anyway: "
            "there the care of {cost:money}{unit} a year changes nothing.",
            _RULE_SAYS[numbers["rule_told"]],
            "Care pays at {pays:count account} of {weak:,} with a weak tie: {of_pays:money}{unit} "
            "beyond its cost (95 % interval {pays_low:money} to {pays_high:money}).",
        ),
        table,
        {
            "list": Shown("who is listed"), "accounts": Shown("accounts", ",.0f"),
            "weak": Shown("with a weak tie", ",.0f"), **GAIN,
        },
    )  # fmt: skip


#: What a list brings hangs on its length (each account costs its care) and on its rule.
_LIST_SAYS = {
    "more": "The care of the {listed:count account} with the largest sales costs {bill:money}"
    "{unit} and keeps {kept:money}: {gain:money} more than no list at all (95 % interval "
    "{low:money} to {high:money}).",
    "less": "The care of the {listed:count account} with the largest sales costs {bill:money}"
    "{unit} and keeps {kept:money}: {lost:money} less than no list at all (95 % interval of the "
    "difference {low:money} to {high:money}).",
    "untold": "The care of the {listed:count account} with the largest sales costs {bill:money}"
    "{unit} and keeps {kept:money}; whether that beats no list cannot be told (95 % interval of "
    "the difference {low:money} to {high:money}).",
}
_RULE_SAYS = {
    "more": "What it costs hangs on its length, what it keeps on its rule: beside a list by lot of "
    "the same length it brings {rule:money}{unit} more (95 % interval {rule_low:money} to "
    "{rule_high:money}).",
    "less": "What it costs hangs on its length, what it keeps on its rule: beside a list by lot of "
    "the same length it brings {rule_lost:money}{unit} less (95 % interval of the difference "
    "{rule_low:money} to {rule_high:money}).",
    "untold": "What it costs hangs on its length, what it keeps on its rule: whether it brings "
    "more than a list by lot of the same length cannot be told (95 % interval {rule_low:money} to "
    "{rule_high:money}).",
}


def _of_lists(found: Game, table: pd.DataFrame, earned: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What the sentences about lists read: the length apart from the rule."""
    sales, pays = table.loc["the largest by sales"], table.loc["where the care pays"]
    rule = earned["the largest by sales"] - earned[RANDOM]
    rule_low, rule_high = interval(rule)
    cost = found.year.care_visits * found.year.rules["visit_cost"]
    gain, bill = float(sales["gain"]), float(sales["accounts"] * cost)
    return {
        "unit": found.unit_of_money, "listed": int(sales["accounts"]), "cost": cost,
        "strong": int(sales["accounts"] - sales["weak"]), "bill": bill, "kept": gain + bill,
        "gain": gain, "lost": -gain, "low": float(sales["low"]), "high": float(sales["high"]),
        "told": _told(sales["low"], sales["high"]),
        "rule": float(rule.mean()), "rule_lost": -float(rule.mean()), "rule_low": rule_low,
        "rule_high": rule_high, "rule_told": _told(rule_low, rule_high),
        "pays": int(pays["accounts"]), "of_pays": float(pays["gain"]),
        "pays_low": float(pays["low"]), "pays_high": float(pays["high"]),
    }  # fmt: skip


def visits_that_pay(found: Game) -> Finding:
    """How many visits are made in each class, and how many bring more than they cost?"""
    year, rule = found.year, found.year.rules
    pays = search.visits_that_pay(year, rule["visit_cost"])
    made = year.visits.mean(axis=1)
    over = np.maximum(year.visits - pays[:, None], 0.0).sum(axis=1)
    # the last visit of a quarter, where one was made
    mean = np.maximum(year.whole * year.unvisited, 0.0) / QUARTERS * rule["visit_ceiling"] / 100
    step = -np.expm1(-rule["visit_rate"]) * np.exp(-rule["visit_rate"] * np.maximum(made - 1, 0))
    frame = pd.DataFrame(
        {
            "tier": year.tier, "made": made, "pays": pays, "last": mean * step, "over": over,
            "total": year.visits.sum(axis=1), "promise": year.promise / QUARTERS,
        }
    )  # fmt: skip
    group = frame.groupby("tier")
    table = group.agg(
        accounts=("made", "size"), promise=("promise", "first"), made=("made", "mean"),
        pays=("pays", "mean"), last=("last", "median"),
    ).reindex(year.classes)  # fmt: skip
    table["over"] = group["over"].sum() / group["total"].sum().where(group["total"].sum() > 0)
    first, top = str(year.classes[0]), str(year.classes[-1])
    whole = float(frame["total"].sum())
    numbers = {
        "cost": rule["visit_cost"], "unit": found.unit_of_money, "visits": int(whole),
        "over": int(frame["over"].sum()), "share": float(frame["over"].sum() / max(whole, 1.0)),
        "top": top, "made": float(table["made"].iloc[-1]), "pays": float(table["pays"].iloc[-1]),
        "lower": first, "none": int((pays == 0).sum()), "accounts": len(year),
    }  # fmt: skip
    top_says = (
        "In class {top}, where the largest accounts are, more would pay than are made: {pays:.1f} "
        "a quarter beside {made:.1f}."
        if round(numbers["pays"], 1) > round(numbers["made"], 1)
        else "In class {top}, where the largest accounts are, {made:.1f} a quarter are made, and "
        "{pays:.1f} pay."
    )
    return Finding(
        numbers,
        (
            "{over:,} of {visits:count visit} ({share:percent0}) brought less than the "
            "{cost:,.0f}{unit} that one costs.",
            "At {none:,} of {accounts:count account} not even the first visit of a quarter pays.",
            top_says,
        ),
        table.rename_axis("class").reset_index(),
        {
            "class": Shown("class"), "accounts": Shown("accounts", ",.0f"),
            "promise": Shown("promised", ".0f"), "made": Shown("made a quarter", ".1f"),
            "pays": Shown("that pay", ".1f"), "last": Shown("the last one brings", "money"),
            "over": Shown("brought too little", "percent0"),
        },
        Picture(
            lambda title: figures.visits_plot(table[["made", "pays"]], title, "visits a quarter"),
            "{share:percent0} of the visits brought less than they cost",
            "Bars of visits a quarter by class, those made and those that pay; in class {top} "
            "{made:.1f} are made and {pays:.1f} pay.",
        ),
        show_table=False,
    )  # fmt: skip


def discounts(found: Game, discount: float = 0.01) -> Finding:
    """Does a discount bring the volume that it needs?"""
    year = found.year
    base = plan_of(year, Decisions())
    plan = replace(base, discount=np.full(len(year), plan_of_discount(discount)))
    mean = game.expected_by_account(year, plan) - game.expected_by_account(year, base)
    frame = pd.DataFrame(
        {
            "elasticity": year.elasticity.round(2), "sales": year.sales, "margin": year.priced,
            "pays": mean > 0,
        }
    )  # fmt: skip
    kind = np.where(year.sales > 0, frame["elasticity"], np.nan)
    gain = _gain_by_group(found, plan, kind)
    frame = frame[year.sales > 0]
    group = frame.groupby("elasticity")
    table = group.agg(
        accounts=("pays", "size"), sales=("sales", "sum"), margin=("margin", "sum"),
    ).join(_with_ends(gain))  # fmt: skip
    table["rate"] = table["margin"] / table["sales"]
    table = table.reset_index()
    needed = 1 / (1 - discount / table["rate"].where(table["rate"] > discount)) - 1
    low, high = interval(gain.sum(axis=1).to_numpy())
    numbers = {
        "discount": discount, "unit": found.unit_of_money,
        "pays": int(frame["pays"].sum()), "accounts": len(frame),
        "gain": float(table["gain"].sum()), "low": low, "high": high,
        "given": float(discount * frame["sales"].sum()),
        "answer": float(frame["elasticity"].min()),
    }  # fmt: skip
    table["needed"] = needed
    table["brings"] = (1 - discount) ** table["elasticity"] - 1
    says = [
        "{discount:percent} off the price of all accounts gives {given:money}{unit} away and "
        "changes the mean profit by {gain:money}{unit} (95 % interval {low:money} to "
        "{high:money}).",
        "On average it pays at {pays:,} of {accounts:count account}.",
    ]
    columns = ["elasticity", "accounts", "rate", "needed", "brings", "gain", "low", "high"]
    return Finding(
        numbers,
        tuple(says),
        table[columns],
        {
            "elasticity": Shown("elasticity", ".2f"), "accounts": Shown("accounts", ",.0f"),
            "rate": Shown("margin of sales", "percent"),
            "needed": Shown("more volume needed", "percent"),
            "brings": Shown("volume it brings", "percent2"), **GAIN,
        },
    )  # fmt: skip


def _gain_by_group(found: Game, plan: Plan, group: np.ndarray) -> pd.DataFrame:
    """Gain over last year by draw at the accounts of each group; those without one are left out."""
    last = plan_of(found.year, Decisions(), limits=False)
    before, after = (
        game.profits_by_group(found.year, item, found.drawn, group) for item in (last, plan)
    )
    return (after - before).loc[:, lambda frame: frame.columns.notna()]


def _with_ends(gain: pd.DataFrame) -> pd.DataFrame:
    """Mean and interval of each column."""
    rows = {name: (column.mean(), *interval(column.to_numpy())) for name, column in gain.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["gain", "low", "high"])


def plan_of_discount(discount: float) -> float:
    """A discount of at most a half, or a ValueError."""
    if not 0 < discount < 0.5:
        raise ValueError(
            f"discount is {discount!r}: expected a part of the price above 0 and below 0.5, such "
            "as 0.01"
        )
    return discount


def hastening(found: Game) -> Finding:
    """Which open projects are worth the green channel?"""
    cases = found.year.cases
    if cases.empty:
        return unknown(
            "No open project is known: a table cases with the end left empty would show which to "
            "hasten."
        )
    net = cases["worth"] - cases["cost"]
    priority, called = cases["priority"].astype(bool), to_hasten(found.year)
    numbers = {
        "open": len(cases), "green": int(cases["green"].sum()), "pay": int((net > 0).sum()),
        "all": float(net[net > 0].sum()), "priority": int(priority.sum()),
        "in_it": int(priority.sum() - called.sum()), "called": int(called.sum()),
        "of_priority": float(net[called].sum()), "unit": found.unit_of_money,
        "useless": int((net[called] <= 0).sum()), "cost": float(cases["cost"].max()),
        "calls": calls_of(found.year.rules), "profit": float(found.last.mean),
    }  # fmt: skip
    says = ["Open projects: {open:,}; in the channel already: {green:,}, not to be hastened again."]
    if numbers["green"] < numbers["open"]:
        says.append(
            "To hasten one of the others takes {calls:count call}, {cost:,.0f}{unit}; at {pay:,} "
            "the power that flows earlier is worth it, {all:money}{unit} together, beside a profit "
            "of {profit:money}."
        )
    says.append("With priority: {priority:,}; of these in the channel already: {in_it:,}.")
    if numbers["called"]:
        says.append(
            "The documents would let in the rest, {called:count project}: "
            "{of_priority:money}{unit} together; not worth their calls: {useless:,}."
        )
    return Finding(numbers, tuple(says))


def best(found: Game, *, years: int | None = None, seed: int = 1, generations: int = 14) -> Best:
    """The best policy that a search finds; see `search.best_found`.

    Raises
    ------
    ValueError
        Where its luck would be the luck that judges it.
    """
    if seed == found.drawn.seed:
        raise ValueError(
            f"seed is {seed}, that of the years that judge: a policy that is chosen on them is "
            "flattered by them; take another"
        )
    few = len(found.drawn) < DRAWS
    count = years or (search.CHOSEN_ON if not few else 4)
    return search.best_found(found.year, count, seed=seed, generations=2 if few else generations)


def league(found: Game, chosen: Best, policies: Mapping[str, Decisions] | None = None) -> Finding:
    """Which policy earns most, in the same years?"""
    told_by_documents = advice(found.year)
    played = affordable(found.year, told_by_documents)
    every = {
        ADVICE: played,
        RANDOM: random_list(found.year, seed=1),
        **(policies or {}),
        BEST: chosen.decisions,
    }  # fmt: skip
    table = game.compare(found.year, every, drawn=found.drawn)
    shown = table.sort_values("gain", ascending=False, kind="stable").reset_index()
    own, top = table.loc[BEST], str(shown["policy"].iloc[0])
    others = table.drop(index=BEST)
    second = str(others["gain"].idxmax())
    lead = (
        game.play(found.year, every[BEST], drawn=found.drawn).profit
        - game.play(found.year, every.get(second, Decisions()), drawn=found.drawn).profit
    )
    numbers: dict[str, Any] = {
        "unit": found.unit_of_money, "policies": len(table), "draws": len(found.drawn),
        "top": top, "gain": float(own["gain"]), "low": float(own["gain_low"]),
        "high": float(own["gain_high"]), "hours": float(own["hours"]), "limit": found.year.hours,
        "second": second, "lead": float(lead.mean()), "lead_low": interval(lead)[0],
        "lead_high": interval(lead)[1], "tried": chosen.tried, "years": chosen.years,
        "chosen": chosen.chosen_gain, "chosen_low": chosen.chosen_low,
        "chosen_high": chosen.chosen_high, "apart": abs(chosen.chosen_gain - float(own["gain"])),
        "way": "more" if chosen.chosen_gain > own["gain"] else "less",
        "advice_gain": float(table.loc[ADVICE, "gain"]),
        "advice_low": float(table.loc[ADVICE, "gain_low"]),
        "advice_high": float(table.loc[ADVICE, "gain_high"]), "frame": table,
        "advice_hours": float(table.loc[ADVICE, "hours"]),
    }  # fmt: skip
    numbers["ahead"] = _told(numbers["low"], numbers["high"])
    gains = {
        "more": "Over {draws:,} years that no policy was chosen on, the best found earns "
        "{gain:money}{unit} more than doing as last year (95 % interval {low:money} to "
        "{high:money}).",
        "less": "Over {draws:,} years that no policy was chosen on, even the best found earns less "
        "than doing as last year: {gain:money}{unit} (95 % interval {low:money} to {high:money}).",
        "untold": "Over {draws:,} years that no policy was chosen on, the best found brings "
        "{gain:money}{unit} beside doing as last year (95 % interval {low:money} to {high:money}): "
        "it cannot be told which earns more.",
    }[numbers["ahead"]]
    told = _told(numbers["lead_low"], numbers["lead_high"])
    numbers["told"] = told
    leads = {
        "more": "It is ahead of the next one, {second}, by {lead:money}{unit} (95 % interval "
        "{lead_low:money} to {lead_high:money}).",
        "less": "It is behind {second}: the search, with its few tries, found nothing as good.",
        "untold": "Whether it is ahead of {second} cannot be told (95 % interval {lead_low:money} "
        "to {lead_high:money}).",
    }[told]
    says = (
        gains,
        leads,
        "It takes {hours:,.0f} of {limit:,.0f} hours.",
        "The documents' advice is played to the letter: it takes {advice_hours:,.0f} hours."
        if played is told_by_documents
        else "The documents' advice asks for more than there is: it is played as far as hours and "
        "money go, the largest accounts first.",
        "On the {years:,} years that chose it among {tried:count policy/policies} it seemed to "
        "bring {chosen:money} ({chosen_low:money} to {chosen_high:money}), {apart:money} {way}.",
    )
    bars = shown.set_index("policy").rename(
        columns={"gain": "value", "gain_low": "low", "gain_high": "high", "low": "p", "high": "q"}
    )
    columns = {
        "policy": Shown("policy"), "profit": Shown("profit{unit}", "money"),
        "gain": Shown("gain", "money"), "gain_low": Shown("from", "money"),
        "gain_high": Shown("to", "money"), "better": Shown("years ahead", "percent0"),
        "hours": Shown("hours", ",.0f"),
    }  # fmt: skip
    return Finding(
        numbers, says, shown[list(columns)], columns,
        Picture(
            lambda title: figures.gains_plot(
                bars[["value", "low", "high"]], title, f"gain over last year{found.axis_unit}"
            ),
            "Beside last year: the best found {gain:money}, the advice {advice_gain:money}",
            "Points with intervals: the gain of {policies:,} policies over doing as last year; "
            "best found {gain:money}, the documents' advice {advice_gain:money}.",
        ),
        show_table=False,
    )  # fmt: skip


def what_the_best_does(found: Game, chosen: Best) -> Finding:
    """What does the best policy decide, beside last year?"""
    year, plan = found.year, plan_of(found.year, chosen.decisions)
    base = plan_of(year, Decisions())
    code = {year.rules[f"days_{name}"]: name for name in year.codes}
    terms = pd.Series(plan.days).map(code).value_counts()
    numbers = {
        "listed": int(plan.listed.sum()), "before": int(base.listed.sum()),
        "visits": int(plan.visits.sum()), "made": int(base.visits.sum()), "cutoff": plan.cutoff,
        "refused": int((year.score < plan.cutoff).sum()), "accounts": len(year),
        "discounted": int((plan.discount > 0).sum()), "hastened": int(plan.hasten.sum()),
        "open": len(plan.hasten), "short": int(terms.get(year.codes[0], 0)),
        "code": year.codes[0], "losing": int(((year.score < plan.cutoff) & (year.whole < 0)).sum()),
    }  # fmt: skip
    return Finding(
        numbers,
        (
            "It lists {listed:count account} instead of {before:,}, makes {visits:count visit} "
            "instead of {made:,}, and gives {discounted:count account} a discount.",
            "It gives the shortest terms, {code}, to {short:,} of {accounts:count account}.",
            "It refuses credit below {cutoff:.0f} points, to {refused:count account}; sold to "
            "below cost among these: {losing:,}.",
            "It hastens {hastened:,} of {open:count open project}.",
        ),
    )


def costs(found: Game, policies: Mapping[str, Decisions], chosen: Best) -> Finding:
    """Which decision of each policy costs most, beside the best that was found?

    Parameters
    ----------
    policies : mapping of str to Decisions
        One or two, by what to call them.
    """
    tables = {
        name: search.which_decision_cost_most(
            found.year, affordable(found.year, item), chosen.decisions, drawn=found.drawn
        )
        for name, item in policies.items()
    }
    each = {name: _dearest(name, table) for name, table in tables.items()}
    first, *others = each.values()
    numbers = {"unit": found.unit_of_money, "draws": len(found.drawn), **first, **each}
    ends = {"shapley": "value", "shapley_low": "low", "shapley_high": "high"}
    bars = pd.concat(
        [
            table[list(ends)].rename(columns={old: new + end for old, new in ends.items()})
            for table, end in zip(tables.values(), ("", "_2"), strict=False)
        ],
        axis=1,
    ).rename(index=WORDS)
    table = pd.concat(tables, names=["policy"]).rename(index=WORDS, level=1).reset_index()
    columns = {name: Shown(name, "money") for name in table} | {
        "policy": Shown("policy"), "decision": Shown("decision"),
    }  # fmt: skip
    return Finding(
        numbers,
        (
            *(Sentence(item, name) for name in each for item in _COST_SAYS[each[name]["told"]]),
            "Alone is what it brings to replace this one decision and no other. Decisions work on "
            "each other, so what they cost alone need not add up; the Shapley values do.",
        ),
        table,
        columns,
        Picture(
            lambda title: figures.gains_plot(
                bars, title, f"cost a year by Shapley{found.axis_unit}",
                others[0]["policy"] if others else "", first["policy"] if others else "",
            ),
            "Dearest of {policy}: {top}, {cost:money} a year",
            "Points with intervals: what each decision costs by Shapley; the dearest of {policy} "
            "is {top}, {cost:money}.",
        ),
        show_table=False,
    )  # fmt: skip


_FAR = "Between {policy} and the best found lie {whole:money}{unit} a year."
_DEAR = (
    "The dearest decision there: {top}, {cost:money} by Shapley (95 % interval {low:money} to "
    "{high:money}), {alone:money} alone."
)
_COST_SAYS = {
    "apart": (_FAR, _DEAR, "The next, {next}, costs less, and their intervals lie apart."),
    "meet": (
        _FAR, _DEAR,
        "Whether it is dearer than {next} cannot be told: their intervals meet.",
    ),
    "none": (_FAR, "None of these decisions surely costs anything beside the best found."),
    "ahead": (
        "The best found earns {ahead:money}{unit} a year less than {policy}.",
        "None of these decisions surely costs anything beside it.",
    ),
    "ahead, with a fault": (
        "The best found earns {ahead:money}{unit} a year less than {policy}.",
        "One decision costs all the same: {top}, {cost:money} by Shapley (95 % interval "
        "{low:money} to {high:money}), {alone:money} alone.",
    ),
}  # fmt: skip


def _dearest(policy: str, table: pd.DataFrame) -> dict[str, Any]:
    """What the sentences about the cost of one policy read."""
    row, whole = table.iloc[0], float(table["shapley"].sum())
    sure = row["shapley_low"] > 0
    told = "none" if not sure else "apart"
    if sure and row["shapley_low"] <= table["shapley_high"].iloc[1]:
        told = "meet"
    if whole < 0:
        told = "ahead, with a fault" if sure else "ahead"
    return {
        "policy": policy, "whole": whole, "ahead": -whole, "sum": float(table["alone"].sum()),
        "decision": str(table.index[0]), "top": WORDS[str(table.index[0])],
        "cost": float(row["shapley"]), "low": float(row["shapley_low"]),
        "high": float(row["shapley_high"]), "alone": float(row["alone"]),
        "next": WORDS[str(table.index[1])], "told": told, "frame": table,
    }  # fmt: skip


def winners_curse(found: Game, *, policies: int = LISTS, draws: int | None = None) -> Finding:
    """How far does a year flatter the policy that was best in it?"""
    count = min(draws or CHOOSING, len(found.drawn))
    if not found.year.listed.any():
        return unknown(
            "Nobody is on last year's list, so lists by lot hold nobody either: "
            "accounts.listed_ka would show how long a list is."
        )
    tried = {f"list {n + 1}": random_list(found.year, seed=100 + n) for n in range(policies)}
    table = search.winners_curse(found.year, tried, drawn=found.drawn.first(count))
    flattered = (table["own"] - table["others"]).to_numpy()
    low, high = interval(flattered)
    numbers = {
        "unit": found.unit_of_money, "policies": policies, "draws": count,
        "own": float(table["own"].mean()), "others": float(table["others"].mean()),
        "flattered": float(flattered.mean()), "low": low, "high": high,
        "kept": float(table["others"].mean() / table["own"].mean())
        if table["own"].mean() > 0
        else 0.0,
        "listed": int(found.year.listed.sum()),
    }  # fmt: skip
    title_of_curse = (
        "Best in its year, and hardly better in the others"
        if low > 0 and numbers["kept"] < HARDLY
        else "The choice flatters by {flattered:money}"
    )
    says = (
        "{policies:,} lists of {listed:count account}, all drawn by lot, and {draws:,} years: "
        "each year chooses the list that was best in it.",
        "In its own year the chosen one is ahead of the mean list by {own:money}{unit}, in the "
        "other years by {others:money}.",
        "The choice flatters it by {flattered:money}{unit} (95 % interval {low:money} to "
        "{high:money}).",
    )
    return Finding(
        numbers, says, table, {"own": Shown("own year", "money"),
                               "others": Shown("other years", "money")},
        Picture(
            lambda title: figures.curse_plot(
                table["own"], table["others"], title,
                f"ahead of the mean list{found.axis_unit}",
            ),
            title_of_curse,
            "Two histograms: how far the chosen list is ahead in the year that chose it, "
            "{own:money} on average, and in the other years, {others:money}.",
        ),
        show_table=False,
    )  # fmt: skip


def years_until_it_shows(found: Game, policies: Mapping[str, Decisions]) -> Finding:
    """How many years does it take until a policy shows in the profit?"""
    rows = []
    for name, decisions in policies.items():
        try:
            told = search.years_until_it_shows(found.year, decisions, drawn=found.drawn)
        except ValueError:
            continue
        rows.append((name, told.gain, told.sd, told.years, told.wrong))
    if not rows:
        return unknown("These policies earn what doing as last year earns: nothing can show.")
    table = pd.DataFrame(rows, columns=["policy", "gain", "sd", "years", "wrong"])
    table["years"] = np.ceil(table["years"])
    slow = table.loc[table["years"].idxmax()]
    numbers = {
        "unit": found.unit_of_money, "policy": str(slow["policy"]), "years": int(slow["years"]),
        "gain": float(slow["gain"]), "sd": float(slow["sd"]), "wrong": float(slow["wrong"]),
        "power": search.POWER,
    }  # fmt: skip
    return Finding(
        numbers,
        (
            "{policy:start} shows slowest: a firm that sees one profit a year needs "
            "{years:count year} before and as many after, to see it with a chance of "
            "{power:percent0}.",
            "In {wrong:percent0} of all pairs of years the worse of the two policies earns more.",
        ),
        table,
        {
            "policy": Shown("policy"), "gain": Shown("gain a year", "money"),
            "sd": Shown("luck of a year", "money"), "years": Shown("years of each", ",.0f"),
            "wrong": Shown("worse one ahead", "percent0"),
        },
    )  # fmt: skip


def cutoffs(found: Game, points: tuple[int, ...] = (50, 60, 70, 80, 90)) -> Finding:
    """At which score does refusing credit pay, and to whom is that due?"""
    year, rows = found.year, []
    loses = game.expected_by_account(year, plan_of(year, Decisions())) < 0
    kind = np.where(loses, "losing", "earning")
    for score in points:
        gain = _gain_by_group(found, plan_of(year, Decisions(cutoff=float(score))), kind)
        whole = gain.sum(axis=1).to_numpy()
        each = (float(gain[name].mean()) if name in gain else 0.0 for name in ("losing", "earning"))
        rows.append((score, int((year.score < score).sum()), whole.mean(), *interval(whole), *each))
    table = pd.DataFrame(
        rows, columns=["score", "refused", "gain", "low", "high", "losing", "earning"]
    )
    top = table.loc[table["gain"].idxmax()]
    numbers = {
        "unit": found.unit_of_money, "score": int(top["score"]), "gain": float(top["gain"]),
        "low": float(top["low"]), "high": float(top["high"]), "refused": int(top["refused"]),
        "losing": float(top["losing"]), "earning": float(top["earning"]),
        "stays": year.rules["stays"],
    }  # fmt: skip
    return Finding(
        numbers,
        (
            "Of these cut-offs {score} brings most: {gain:money}{unit} a year (95 % interval "
            "{low:money} to {high:money}), with no credit for {refused:count account}.",
            "That is the sum of {losing:money} at accounts that cost money as they are and "
            "{earning:money} at the others.",
        ),
        table,
        {
            "score": Shown("cut-off", ".0f"), "refused": Shown("no credit", ",.0f"), **GAIN,
            "losing": Shown("at accounts that lose", "money"),
            "earning": Shown("at the others", "money"),
        },
    )  # fmt: skip


def other_assumptions(
    found: Game, chosen: Best, *, stays: tuple[float, ...] = (0.0, 0.5, 1.0),
    lost_of_default: tuple[float, ...] = (0.25, 0.45, 0.75),
) -> Finding:  # fmt: skip
    """How much hangs on what no topic plants: who stays when refused, and what a default loses?

    Parameters
    ----------
    stays, lost_of_default : tuple of float
        What each is set to, with the other as it is played; what is played already stands in the
        first row, once.
    """
    names = ("stays", "lost_of_default")
    now = tuple(found.year.rules[name] for name in names)
    worlds = [now, *((value, now[1]) for value in stays), *((now[0], v) for v in lost_of_default)]
    # what is decided does not hang on them
    policies = Decisions(), affordable(found.year, advice(found.year)), chosen.decisions
    plans = [plan_of(found.year, item) for item in policies]
    rows: list[tuple[float, ...]] = []
    for world in dict.fromkeys(worlds):
        rules = {**found.year.rules, **dict(zip(names, world, strict=True))}
        year = replace(found.year, rules=rules)
        last, *others = (game.profits(year, plan, found.drawn) for plan in plans)
        ends = [(float((x - last).mean()), *interval(x - last)) for x in others]
        rows.append((*world, *ends[0], *ends[1]))
    columns = [*names, "advice", "a_low", "a_high", "best", "b_low", "b_high"]
    table = pd.DataFrame(rows, columns=columns)
    advice_told = {_told(*row) for row in table[["a_low", "a_high"]].to_numpy()}
    best_told = {_told(*row) for row in table[["b_low", "b_high"]].to_numpy()}
    numbers = {
        "least": float(table["best"].min()), "most": float(table["best"].max()),
        "a_least": float(table["advice"].min()), "a_most": float(table["advice"].max()),
        "unit": found.unit_of_money, "rows": len(table),
        "steady": len(advice_told) == 1 and len(best_told) == 1 and "untold" not in advice_told,
    }  # fmt: skip
    says = (
        "Over these {rows:,} worlds the best found gains {least:money} to {most:money}{unit}, "
        "the documents' advice {a_least:money} to {a_most:money}.",
        "None of them turns either around."
        if numbers["steady"]
        else "Which of the two is ahead of doing as last year hangs on the world.",
    )
    shown = {
        "stays": Shown("stay", ".2f"), "lost_of_default": Shown("lost of a default", ".2f"),
        "advice": Shown("advice gains", "money"), "a_low": Shown("from", "money"),
        "a_high": Shown("to", "money"), "best": Shown("best found gains", "money"),
        "b_low": Shown("from ", "money"), "b_high": Shown("to ", "money"),
    }  # fmt: skip
    return Finding(numbers, says, table, shown)


def claims(found: Game, *, discount: float = 0.005) -> Finding:
    """What the documents advise, each alone, with its test in this world.

    Notes
    -----
    The list is as long as that of the last year, so that its rule is tested and not its length.
    Where a piece of advice takes more hours than there are, they come off the care of the list, in
    the last year's decisions too.
    """
    told = advice(found.year, discount=discount)
    tests = (
        ("listed", "S000-2a, S003-8a", "the largest by sales are the key accounts"),
        ("visits", "S000-5d, S000-1f", "each class gets the visits of its standard"),
        ("discount", "S000-3f, S002-3b", "large accounts get a discount"),
        ("cutoff", "S002-7g, S002-7i", "accounts of low grade get no credit"),
        ("hasten", "S000-1e, S000-1i", "projects with priority go into the green channel"),
    )
    made = [_of_one(found, told, name, source, says) for name, source, says in tests]
    made.append(
        untested(
            "S000-3i",
            "buyers who come back pay after use",
            "what terms bring in orders",
            "the world plants no answer to terms but that to a price",
        )
    )
    return steps.verdicts(made)


def _alone(year: Year, told: Decisions, name: str) -> tuple[Plan, Plan, int]:
    """Doing as last year; the same with one decision of the advice; accounts that both take off the
    list, for the hours that it needs.
    """
    base = plan_of(year, Decisions())
    if name == "listed":
        told = replace(told, listed=top_by_sales(year, 1.0)[: int(base.listed.sum())])
    plan = mixed(base, plan_of(year, told, limits=False), [name])
    over = plan.hours(year) - year.hours * (1 + 1e-9)
    if over <= 0:
        return base, plan, 0
    off = int(np.ceil(over / max(year.visit_hours * year.care_visits, 1e-9)))
    order = np.lexsort((np.asarray(year.ids), year.all_sales))
    kept = base.listed.copy()
    kept[[place for place in order if kept[place]][:off]] = False
    return replace(base, listed=kept), replace(plan, listed=kept), off


def _of_one(found: Game, told: Decisions, name: str, source: str, says: str) -> Claim:
    """One decision of the advice, everything else as last year: does it raise the profit?"""
    year = found.year
    base, plan, off = _alone(year, told, name)
    test = _TESTS.get(name, "gain over last year of this decision alone, same years")
    if name == "hasten" and year.cases.empty:
        return untested(source, says, "its gain", "needs a table cases with open cases")
    if name == "hasten" and not plan.hasten.any():
        return untested(
            source, says, test, "no open project with priority is outside the green channel"
        )
    if name == "listed" and not base.listed.any():
        return untested(source, says, test, "nobody was on last year's list")
    if plan.hours(year) > year.hours * (1 + 1e-9) or plan.money(year) > year.money * (1 + 1e-9):
        return untested(source, says, test, "alone it takes more hours or money than the year has")
    if off:
        test += f"; {count(off, 'account')} off the list in both, for its hours"
    gain = game.profits(year, plan, found.drawn) - game.profits(year, base, found.drawn)
    low, high = interval(gain)
    verdict: Verdict = at_least(low, high, 0.0) if gain.any() else UNTOLD
    # nothing is drawn of a project: there is no chance in its verdict
    tests = 0 if name == "hasten" else 1
    return Claim(
        source, says, test, with_interval(float(gain.mean()), low, high, form="money"), verdict,
        "in a year; what it is worth later is not counted", tests,
    )  # fmt: skip


_TESTS = {
    "listed": "gain over last year's list of the same length, same years",
    "hasten": "gain over last year of this decision alone, for those not in it yet; the same in "
    "each drawn year, since nothing is drawn of a project",
}


def account_review(found: Game) -> Finding:
    """What the account review takes from the lesson."""
    year = found.year
    care = search.care_that_pays(year)
    frame = pd.DataFrame(
        {
            "account_id": [str(name) for name in year.ids],
            "year_care": np.where(care.to_numpy() > 0, "yes", "no"),
            "year_visits": search.visits_that_pay(year, year.rules["visit_cost"]).astype(int),
            "year_profit": game.expected_by_account(year, plan_of(year, Decisions())),
        }
    )
    numbers = {
        "care": year.care_visits, "cost": year.rules["visit_cost"], "currency": year.currency,
        "last": year.last,
    }  # fmt: skip
    return steps.review(LESSON, frame, numbers)


__all__ = [
    "Game", "account_review", "as_last_year", "best", "book_in_numbers", "claims", "costs",
    "cutoffs", "discounts", "hastening", "league", "lists", "other_assumptions", "own_decisions",
    "pencil", "ready", "rules_of_the_world", "visits_that_pay", "what_the_best_does",
    "winners_curse", "years_until_it_shows",
]  # fmt: skip
