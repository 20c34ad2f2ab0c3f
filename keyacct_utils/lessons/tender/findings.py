"""The steps of lesson 17: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.claims import LEVEL, UNTOLD, Claim, Verdict, at_least, untested
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.lessons.tender import LESSON, bidding, choice, figures, scoring, wins
from keyacct_utils.lessons.tender.inputs import Tenders, tenders

Floats = npt.NDArray[np.float64]
#: Resamples of tenders for an interval.
DRAWS = 100
#: Fewer tries or tenders than these decide nothing.
FEWEST = 20
#: Steps of a feature in which its worth is told: scores in tens of points.
STEP = {"tech": 10.0, "service": 10.0, "incumbent": 1.0, "local": 1.0}
CALLED = {
    "tech": "{step:.0f} technical points",
    "service": "{step:.0f} service points",
    "incumbent": "having supplied before",
    "local": "a site in the district",
}
#: A difference of the price, as a part of the budget, that would change no decision.
MARGIN = 0.02
#: Groups that win rates are told of, the ones with most tries.
MOST_GROUPS = 12
#: The case of the school televisions (S003-2): price and rival, million yuan; sets; listed wins,
#: 10,000 yuan, the last one "and more"; what is claimed for 2004; the order of the case.
CASE_BID, CASE_LEAD, CASE_SETS, CASE_SALES, CASE_BUDGET = 24.7, 0.7, 12_400, 700.0, 216.44
CASE_WINS = {
    "poor districts in the west": 1000, "Guizhou": 198, "Yunnan": 343, "the south-west": 16_000,
    "Tibet": 230, "Anhui, Chongqing and others": 2100,
}  # fmt: skip
CASE_SPAN, CASE_YEAR = ("2002-07-01", "2004-09-30"), ("2004-01-01", "2004-12-31")
CASE_CLAIMED, CASE_ORDER = 24_000, 2470
#: Of a simulated book: tenders of an account, and its most accounts.
TENDERS_PER_ACCOUNT = 400 / 600
NO_BIDS = (
    "The book has no bids of others: the table bids (tender_id, bidder, price, won) would say "
    "whether the cheapest wins and what decides."
)
#: A mean premium that may lie twice as high as the lowest bid and more is told without limits.
WIDE = 1.0


def _no_ours(found: Tenders) -> Finding:
    """Why no bid of ours is known."""
    return unknown(
        "None of these bids is ours: bids.ours is 1 at none of them."
        if "ours" in found.bids
        else "The book does not say which bids are ours: the column bids.ours would."
    )


def _no_bids(found: Tenders) -> Finding:
    """Why there are no bids to compare."""
    if len(found.bids):
        return unknown(
            "No tender here has two valid bids or more, so nobody chose between bids: the bids of "
            "those who lost would say whether the cheapest wins and what decides."
        )
    if found.listed:
        return unknown(
            "None of the {listed:count bid} of the book lies in a tender that counts: its tenders "
            "are set aside or outside of the period.",
            listed=found.listed,
        )
    return unknown(NO_BIDS)


def book_in_numbers(found: Tenders) -> Finding:
    """Which book, how many tenders or tries, and what stands aside?"""
    bids = found.bids
    numbers: dict[str, Any] = {
        "book": found.name,
        "tenders": bids["tender_id"].nunique() if len(bids) else 0,
        "bids": len(bids),
        "bidders": bids["bidder"].nunique() if len(bids) else 0,
        "vetoed": int((~bids["valid"]).sum()) if len(bids) else 0,
        "tries": len(found.tries),
        "won": int(found.tries["won"].sum()),
        "kind": "bid" if found.kind == "bid" else "opportunity",
        "open": found.still_open,
        "unit": found.unit,
        "outside": found.outside,
        "beside": found.beside,
        "aside": found.no_winner + found.several + found.vetoed_winner,
        "no_winner": found.no_winner,
        "several": found.several,
        "vetoed_winner": found.vetoed_winner,
    }
    says: list[str] = []
    if len(bids):
        says.append(
            "**{book}**: {tenders:count tender} with {bids:count bid} of {bidders:count bidder}; "
            "{vetoed:count bid} vetoed."
        )
    if found.kind == "bid" and len(found.tries):
        says.append("Of our {tries:count bid} {won:,} won.")
    elif len(found.tries):
        text = "{tries:count opportunity/opportunities} decided, {won:,} of them won"
        more = "; {open:,} open, which decide nothing yet." if found.still_open else "."
        says.append(("**{book}**: " if bids.empty else "") + text + more)
    if len(bids):
        says.append(
            "Prices are taken over the budget of their tender."
            if found.unit == "budget"
            else "Not every tender has a budget, so prices are taken over the mean bid of their "
            "tender: tenders.budget would allow more."
        )
    if numbers["aside"]:
        says.append(
            "{aside:count tender} set aside: {no_winner} without a winner, {several} with several, "
            "{vetoed_winner} won by a bid that was vetoed."
        )
    if found.beside:
        says.append(
            "{beside:count opportunity/opportunities} in the book count nowhere in this lesson: "
            "our tries are our bids, and what stands in both lists would count twice."
        )
    if found.outside:
        says.append("Outside of the period: {outside:,}.")
    return Finding(numbers, tuple(says))


def pencil() -> pd.DataFrame:
    """Five bids on a napkin: million yuan, scores out of 100, and one that was rejected."""
    return pd.DataFrame(
        {
            "price": [24.0, 20.0, 25.0, 30.0, 16.0],
            "tech": [80, 60, 90, 95, 50],
            "veto": [0, 0, 0, 0, 1],
        },
        index=pd.Index(["Anhe", "Boda", "Chenxi", "Dafeng", "Enkang"], name="bidder"),
    )


def premium(
    own: float = 24.7, rival: float = 24.0, weights: Sequence[float] = (30.0, 40.0, 60.0)
) -> Finding:
    """How many points does a premium over the lowest bid cost, by the weight of price?

    Parameters
    ----------
    own, rival : prices, ours the higher one.
    weights : points that price can bring.
    """
    if not weights:
        raise ValueError("weights is empty: expected points that price can bring, such as (30,)")
    if own < rival:
        raise ValueError(f"own is {own:g}, below the rival's {rival:g}: then we are the lowest")
    over = own / rival - 1
    most = max(2 * over, 0.3)
    grid = np.linspace(0, most, 61)
    curves = pd.DataFrame(
        {w: w - scoring.price_points(1 + grid, 1.0, w) for w in weights}, index=grid
    )
    points = [float(w - scoring.price_points(own, rival, w)) for w in weights]
    table = pd.DataFrame({"weight": list(map(float, weights)), "lost": points})
    scale = [(100 - w) / 10 if w < 100 else np.nan for w in weights]
    table["lead"] = [
        10 * lost / share if share > 0 else np.nan
        for lost, share in zip(points, scale, strict=True)
    ]
    numbers = {
        "own": float(own), "rival": float(rival), "over": over, "of_own": 1 - rival / own,
        "least": points[0], "weight": float(weights[0]), "most": points[-1],
        "heavy": float(weights[-1]), "lead": float(table["lead"].iloc[0]), "table": table,
    }  # fmt: skip
    says = [
        "A bid of {own:g} lies {over:percent2} above a rival of {rival:g} ({of_own:percent2} of "
        "itself). Where price weighs {weight:g} of the points that costs {least:.2f} points"
    ]
    says[0] += "." if len(weights) == 1 else ", where it weighs {heavy:g}, {most:.2f}."
    if np.isfinite(numbers["lead"]) and weights[0] < 100:
        numbers["rest"] = 100 - float(weights[0])
        numbers["scale"] = 100
        says.append(
            "With a weight of {weight:g}, a lead of {lead:.1f} points out of {scale} in all that "
            "is scored for the other {rest:g} makes up for it."
        )
    columns = {"weight": Shown("price weighs", ".0f"), "lost": Shown("points lost", ".2f"),
               "lead": Shown("lead that makes up for it", ".1f")}  # fmt: skip
    picture = Picture(
        lambda title: figures.premium_plot(curves, over, title),
        "A premium of {over:percent} costs {least:.2f} points of {weight:g}",
        "Points lost against the premium over the lowest bid, a curve for each weight of price; a "
        "dotted line at {over:percent2}, where {least:.2f} to {most:.2f} points are lost.",
    )
    return Finding(numbers, tuple(says), table, columns, picture, show_table=False)


def case_wins() -> pd.DataFrame:
    """The wins that the case lists (S003-2d), in 10,000 yuan."""
    table = pd.DataFrame({"amount": pd.Series(CASE_WINS)}).rename_axis("where")
    return table.assign(at_least=[0] * (len(table) - 1) + [1], start=CASE_SPAN[0], end=CASE_SPAN[1])


def case_audit(claimed: float = 24_000, further: float = 2_470) -> Finding:
    """Do the wins that the case lists add up to what it claims?

    Parameters
    ----------
    claimed : orders of 2004 that are claimed, in 10,000 yuan.
    further : the order of the case itself, which may or may not be among them.
    """
    listed = case_wins()
    made = scoring.audit_wins(listed, claimed, further, CASE_YEAR)
    numbers = {
        "listed": made.listed, "claimed": float(claimed), "gap": made.gap, "least": made.least_gap,
        "with": made.listed + further, "open": made.open_ended, "verdict": made.verdict,
        "wins": len(listed), "first": CASE_SPAN[0][:7], "last": CASE_SPAN[1][:7],
        "year": CASE_YEAR[0][:4],
        "set": 1e6 * CASE_BID / CASE_SETS,
        "of_budget": CASE_BID / CASE_BUDGET,
        "of_sales": CASE_BID / CASE_SALES,
    }  # fmt: skip
    says = (
        "The {wins} listed wins add up to {listed:,.0f}, with the order of the case to "
        "{with:,.0f}. Claimed are {claimed:,.0f} for {year} alone, but the list reaches from "
        "{first} to {last}.",
        "So {least:,.0f} to {gap:,.0f} are not accounted for, if no listed win is larger than it "
        "is told: of {open:count amount} the case says “and more”."
        if made.least_gap > 0
        else "The list reaches the claim, over a longer time than the claim is for.",
        "**The case's own numbers do not support its claim**; they do not refute it either, since "
        "the list need not be whole.",
    )
    table = listed[["amount"]]
    columns = {"amount": Shown("10,000 yuan", ",.0f")}
    return Finding(numbers, says, table, columns)


def lowest_wins(found: Tenders) -> Finding:
    """Does the cheapest win?"""
    bids = found.valid
    if bids.empty:
        return _no_bids(found)
    rank = wins.price_ranks(bids)
    named = bids.assign(place=rank.where(rank <= 4, 5))
    table = wins.win_rates(named, "place").sort_index()
    words = {"1": "lowest", "2": "second", "3": "third", "4": "fourth", "5": "fifth or higher"}
    table.index = pd.Index([words[place] for place in table.index], name="price of the bid")
    winners = bids[bids["won"] == 1]
    first = int((rank[bids["won"] == 1] == 1).sum())
    low, high = proportion_confint(first, len(winners), 0.05, "wilson")
    numbers: dict[str, Any] = {
        "tenders": len(winners), "first": first, "share": first / len(winners), "low": float(low),
        "high": float(high), "bids": len(bids),
        "even": float((rank == 1).groupby(bids["tender_id"]).mean().mean()),
    }  # fmt: skip
    says = [
        "Of {tenders:count tender} the lowest valid bid won {first:,}: {share:percent} (95 %: "
        "{low:percent} to {high:percent}). Drawn by lot it would be {even:percent}."
    ]
    if numbers["low"] > numbers["even"]:
        says.append("So a low price helps.")
    elif numbers["high"] < numbers["even"]:
        says.append("So the lowest price is a drawback here.")
    else:
        says.append("Whether a low price helps cannot be told from that.")
    if numbers["high"] < 0.5:
        numbers["half"] = 0.5
        says.append("Surely fewer than {half:percent0} go to the cheapest.")
    if len(winners) > 1:
        over = wins.price_premium(bids)
        numbers |= {"over": over.estimate, "over_low": over.low, "over_high": over.high}
        says.append(
            "Each winner was the lowest bid."
            if over.estimate == 0
            else "The winner lies {over:percent} above the lowest bid on average (95 %: "
            "{over_low:percent} to {over_high:percent})."
            if over.high < WIDE
            else "The winner lies {over:percent} above the lowest bid on average; so few tenders "
            "do not tell how far that may lie off."
        )
    picture = Picture(
        lambda title: figures.rates_plot(
            table, title, "share of such bids that won, with its 95 % interval", numbers["even"]
        ),
        "The lowest bid won {share:percent0} of the tenders",
        "Share of bids that won, by the place of their price in the tender, with intervals; of the "
        "lowest {share:percent}; a dotted line at {even:percent}, what drawing lots would give it.",
    )
    columns = {"tries": Shown("bids", ",.0f"), "won": Shown("won", ",.0f")}
    columns |= {name: Shown(name, "percent") for name in ("rate", "low", "high")}
    return Finding(numbers, tuple(says), table, columns, picture, show_table=False)


NAMES = {
    "kind": "kind", "sector": "sector", "incumbent": "supplied before",
    "local": "site in the district", "manager_id": "manager", "value": "size",
}  # fmt: skip


def _by_size(tries: pd.DataFrame) -> pd.Series | str:
    """Thirds by value; in words why there are none."""
    value = tries["value"] if "value" in tries else pd.Series(np.nan, index=tries.index)
    known = value.where(value > 0)
    lost = known[tries["won"] == 0]
    if len(lost) and lost.isna().mean() > 0.1:
        return (
            "The value is missing or zero at {missing:percent0} of the lost tries: what is known "
            "of the won ones only says nothing of who wins."
        )
    if known.nunique() < 3:
        return "The tries have no values that differ: the column value would give some."
    parts = pd.qcut(known.rank(method="first"), 3, labels=["small", "middle", "large"])
    return parts.astype("object")


By = Literal["known", "kind", "sector", "incumbent", "local", "manager_id", "value"]


def _grouped(tries: pd.DataFrame, by: str) -> pd.DataFrame | Finding:
    """The tries with their groups as text; a finding where there are none."""
    if by == "value":
        parts = _by_size(tries)
        if isinstance(parts, str):
            lost = tries[tries["won"] == 0]
            gone = 1.0 if "value" not in lost else float((~(lost["value"] > 0)).mean())
            return unknown(parts, missing=gone)
        return tries.assign(value=parts)
    if by not in tries or tries[by].isna().all():
        return unknown("The tries do not say {by}: such a column would group them.", by=NAMES[by])
    if by in ("incumbent", "local"):
        return tries.assign(**{by: tries[by].map({1: "yes", 0: "no"})})
    return tries


def rates(found: Tenders, by: By = "known", fewest: int = 5) -> Finding:
    """Which share of our tries is won, of each kind?

    Parameters
    ----------
    by : "kind", "sector", "incumbent", "local", "manager_id" or "value" (thirds by size); "known"
        takes the first of these that the book has.
    fewest : groups with fewer tries stand aside.
    """
    if by not in get_args(By):
        raise ValueError(f"by is {by!r}: expected one of {', '.join(get_args(By))}")
    if found.tries.empty:
        return _no_ours(found) if len(found.bids) else _no_bids(found)
    varied = (n for n in NAMES if n in found.tries and found.tries[n].nunique() > 1)
    chosen = next(varied, "kind") if by == "known" else str(by)
    tries = _grouped(found.tries, chosen)
    if isinstance(tries, Finding):
        return tries
    table = wins.win_rates(tries, chosen).rename_axis(NAMES[chosen])
    few = int((table["tries"] < fewest).sum())
    kept = table.index[table["tries"] >= fewest][:MOST_GROUPS]
    # one of so many groups lies apart by chance: all intervals hold together
    level = LEVEL / max(1, len(kept))
    table = wins.win_rates(tries, chosen, confidence=1 - level).rename_axis(NAMES[chosen]).loc[kept]
    whole = wins.win_rates(tries).iloc[0]
    numbers: dict[str, Any] = {
        "tries": int(whole["tries"]), "won": int(whole["won"]), "rate": float(whole["rate"]),
        "low": float(whole["low"]), "high": float(whole["high"]), "by": NAMES[chosen],
        "groups": len(table), "few": few, "fewest": fewest,
    }  # fmt: skip
    says = [
        "Won: {won:,} of {tries:count try/tries}, {rate:percent} (95 %: {low:percent} to "
        "{high:percent})."
    ]
    if table.empty:
        return Finding(numbers, (*says, "No group has {fewest} tries or more."))
    apart = table[(table["high"] < whole["rate"]) | (table["low"] > whole["rate"])]
    numbers["names"] = [f"{name} {percent(row['rate'])}" for name, row in apart.iterrows()]
    says.append(
        "Of {groups:count group} by {by}, with intervals wide enough for all at once, apart from "
        "the whole: {names:names}."
        if len(apart)
        else "By {by}, with intervals wide enough for {groups:count group} at once, no group is "
        "surely apart from the whole."
    )
    if few:
        says.append("{few:count group} with fewer than {fewest} tries not shown.")
    return Finding(
        numbers, tuple(says), table, RATES, _rates_picture(table, numbers["rate"]), show_table=False
    )


RATES = {"tries": Shown("tries", ",.0f"), "won": Shown("won", ",.0f")} | {
    name: Shown(name, "percent") for name in ("rate", "low", "high")
}


def _rates_picture(table: pd.DataFrame, whole: float) -> Picture:
    groups = len(table)
    label = "share won, with its 95 % interval"
    label += f", widened for {groups} groups" if groups > 1 else ""
    return Picture(
        lambda title: figures.rates_plot(table, title, label, whole),
        "{rate:percent0} of our tries won, by {by}",
        "Share won by {by}, with intervals wide enough for {groups:count group} at once, and a "
        "dotted line at the share of all tries, {rate:percent}.",
    )


def _totals(
    bids: pd.DataFrame, rule: pd.Series, valid: pd.Series, above: float, below: float
) -> pd.Series:
    """Points of each valid bid of many tenders, as `scoring.score` gives them one by one.

    bids : price, tech, service, price_weight, tech_weight, service_weight, tender_id.
    """
    price = bids["price"].where(valid)
    mean = price.groupby(bids["tender_id"]).transform("mean")
    low = price.where(price <= mean * (1 + 1e-12))
    base = {
        "lowest": price.groupby(bids["tender_id"]).transform("min"),
        "mean": mean,
        "second_mean": low.groupby(bids["tender_id"]).transform("mean"),
    }
    weight = bids["price_weight"]
    points = pd.Series(np.nan, index=bids.index)
    for name, mark in base.items():
        away = 100 * (price - mark) / mark
        off = away.where(away > 0, 0) * above - away.where(away < 0, 0) * below
        given = weight * mark / price if name == "lowest" else (weight - off).clip(lower=0)
        points = points.where(rule != name, given)
    for name in ("tech", "service"):
        if f"{name}_weight" in bids and name in bids:
            points = points + bids[f"{name}_weight"].fillna(0) * bids[name] / 100
    return points.where(valid)


def _first(bids: pd.DataFrame, points: pd.Series) -> pd.Series:
    """Which row is first by points, by tender."""
    order = bids.assign(points=points.round(9)).dropna(subset=["points"])
    order = order.sort_values(["points", "price"], ascending=[False, True], kind="stable")
    return pd.Series(order.index, index=order["tender_id"]).groupby(level=0).first()


NO_RULE = (
    "The book does not say by which points a tender is scored: tenders.price_weight, tech_weight "
    "and service_weight, with bids.tech and bids.service, would."
)


def _scored(found: Tenders) -> pd.DataFrame:
    """Bids with the points that their call gives; empty where no call says."""
    rows, every = found.rows, found.bids
    criteria = [n for n in ("tech", "service") if n in every and f"{n}_weight" in rows]
    if every.empty or "price_weight" not in rows or not criteria:
        return every.iloc[:0]
    weights = ["price_weight", *(f"{n}_weight" for n in criteria)]
    bids = every.join(rows[[*weights, *(["rule"] if "rule" in rows else [])]], on="tender_id")
    bids = bids[bids[[*weights, *criteria]].notna().all(axis=1)]
    bids = bids.assign(rule=bids["rule"].fillna("lowest") if "rule" in bids else "lowest")
    return bids[bids.groupby("tender_id")["price"].transform("size") > 1].reset_index(drop=True)


#: How the benchmarks are called in the table of rules.
RULES = {"": "as each call says", "lowest": "lowest bid", "mean": "mean of all",
         "second_mean": "mean of those not above the mean"}  # fmt: skip
KEPT = "as each call says, vetoed bids kept"


def _firsts(bids: pd.DataFrame, above: float, below: float) -> dict[str, pd.Series]:
    """Who is first in each tender, by rule."""
    found = {}
    for rule, words in RULES.items():
        by = pd.Series(rule, index=bids.index) if rule else bids["rule"]
        found[words] = _first(bids, _totals(bids, by, bids["valid"], above, below))
    everyone = pd.Series(True, index=bids.index)
    found[KEPT] = _first(bids, _totals(bids, bids["rule"], everyone, above, below))
    return found


def _by_rule(bids: pd.DataFrame, firsts: Mapping[str, pd.Series]) -> pd.DataFrame:
    """How often another is first than as each call says, how often the cheapest of the bids that
    are counted is, and how far the first lies above that one.
    """
    own, price, rows = firsts[RULES[""]], bids["price"], {}
    for name, first in firsts.items():
        counted = price if name == KEPT else price.where(bids["valid"])
        lowest = counted.groupby(bids["tender_id"]).min()[first.index]
        asked = price[first].to_numpy()
        rows[name] = [(first != own).sum(), (asked <= lowest).mean(), (asked / lowest - 1).mean()]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["other", "cheapest", "over"])
    return table.rename_axis("full points of price for")


def rules(found: Tenders, above: float = 1.0, below: float = 0.5) -> Finding:
    """What would another rule for the points of price change?

    Parameters
    ----------
    above, below : points off for each percent above and below a mean.
    """
    for name, value in (("above", above), ("below", below)):
        if not 0 <= value < np.inf:
            raise ValueError(
                f"{name} is {value:g}: expected points off for each percent, 0 or more"
            )
    bids = _scored(found)
    if bids.empty:
        return unknown(NO_RULE)
    firsts = _firsts(bids, above, below)
    own, table = firsts[RULES[""]], _by_rule(bids, firsts)
    hits = int(bids.loc[own.to_numpy(), "won"].sum())
    low, high = proportion_confint(hits, len(own), LEVEL, "wilson")
    other, cheapest = table["other"].to_dict(), table["cheapest"].to_dict()
    numbers: dict[str, Any] = {
        "tenders": len(own), "hits": hits, "share": hits / len(own), "low": float(low),
        "high": float(high), "other_mean": int(other[RULES["mean"]]),
        "other_veto": int(other[KEPT]), "vetoed": int((~bids.loc[firsts[KEPT], "valid"]).sum()),
        "cheap": float(cheapest[RULES["lowest"]]),
        "cheap_mean": float(cheapest[RULES["mean"]]), "table": table,
    }  # fmt: skip
    numbers["moved"] = numbers["other_veto"] - numbers["vetoed"]
    says = (
        "With the mean of all bids in the place of each call's own rule, another bidder would be "
        "first in {other_mean:,} of {tenders:count tender}; the cheapest would be first in "
        "{cheap_mean:percent0} of them, with the lowest bid as the rule in {cheap:percent0}.",
        "Whoever forgets to take vetoed bids out first has another bid in front in {other_veto:,}: "
        "in {vetoed:,} a vetoed one, in {moved:,} a valid one, because a vetoed price has moved "
        "the benchmark."
        if numbers["other_veto"]
        else "Vetoed bids left in would put no other bid in front.",
        "The bid that is first by its call's own rule, vetoed bids out, won in {share:percent0} "
        "(95 %: {low:percent0} to {high:percent0}): **the points in the book do not tell the "
        "winner by themselves**."
        if hits < len(own)
        else "The bid that is first by its call's own rule won in each of the tenders.",
    )
    columns = {
        "other": Shown("another first", ",.0f"), "cheapest": Shown("cheapest first", "percent0"),
        "over": Shown("first above the lowest", "percent"),
    }  # fmt: skip
    return Finding(numbers, says, table, columns)


def _too_few(count: int) -> Finding:
    """Why so many tenders decide nothing."""
    return unknown(
        "{tenders:count tender} with a winner and two valid bids or more: too few to decide "
        "anything, which takes {fewest}.",
        tenders=count, fewest=FEWEST,
    )  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """What decided, as the winners say; or in words why it cannot be told."""

    weights: choice.Weights | None
    features: tuple[str, ...]
    #: Features asked for that the book lacks, or that vary between no bidders of a tender.
    left_out: tuple[str, ...]
    why: Finding | None = None


def decided(
    found: Tenders,
    features: tuple[str, ...] = ("price", "tech", "service", "incumbent", "local"),
) -> Decided:
    """Which weights make the winners likely?

    Parameters
    ----------
    features : price, and what else may have decided: "tech", "service", "incumbent", "local".
    """
    odd = [name for name in features if name not in ("price", *STEP)]
    if odd or "price" not in features:
        raise ValueError(
            f"features is {features!r}: expected 'price' and of {', '.join(STEP)} those that may "
            "have decided"
        )
    there = found.features()
    kept = tuple(name for name in features if name in there)
    lacking = tuple(name for name in features if name not in there)
    bids = found.valid
    tenders_ = bids["tender_id"].nunique() if len(bids) else 0
    if bids.empty:
        return Decided(None, kept, lacking, _no_bids(found))
    if tenders_ < FEWEST:
        return Decided(None, kept, lacking, _too_few(tenders_))
    try:
        weights = choice.implied_weights(_model(found), kept)
    except ValueError:
        return Decided(
            None, kept, lacking,
            unknown(
                "What decided cannot be told: something in the bids tells the winner without fail, "
                "or says the same as something else. More tenders, or fewer features, would help."
            ),
        )  # fmt: skip
    return Decided(weights, kept, lacking)


def _model(found: Tenders) -> pd.DataFrame:
    """The valid bids with their price over the unit."""
    return found.valid.assign(price=found.valid["share"])


def _priced(made: Decided) -> bool:
    return made.weights is not None and float(made.weights.table["high"].to_dict()["price"]) < 0


PRICE_LOOSE = (
    "The dearer bid does not surely lose in this book, so nothing can be put into price; more "
    "tenders, or the scores beside the price, would help."
)


def _why(made: Decided) -> Finding:
    """Why nothing can be put into price."""
    return made.why or unknown(PRICE_LOOSE)


def _no_feature(found: Tenders, feature: str) -> Finding:
    """Why a score or flag of the bids is not among what may have decided."""
    column = f"bids.{feature}"
    if feature not in found.bids:
        return unknown("The book does not hold {column}.", column=column)
    gone = int(found.valid[feature].isna().sum())
    if gone:
        return unknown(
            "{column} is missing at {gone:,} of {bids:count valid bid}; it is needed at each.",
            column=column, gone=gone, bids=len(found.valid),
        )  # fmt: skip
    if feature in found.features():
        return unknown("{column} was left out of what may have decided.", column=column)
    return unknown("{column} is the same for all bidders of each tender.", column=column)


def _step(feature: str) -> str:
    return CALLED[feature].format(step=STEP[feature])


def _in_rule(found: Tenders, feature: str) -> float:
    """What a step of a score is worth by the points of the calls, the lowest bid as benchmark:
    mean over tenders, over the unit; missing where no call says.
    """
    rows, name = found.rows, f"{feature}_weight"
    if name not in rows or "price_weight" not in rows:
        return float("nan")
    points = STEP[feature] * rows[name] / 100
    part = points / rows["price_weight"]
    lowest = _model(found).groupby("tender_id")["price"].min()
    known = part[(part < 1) & part.notna()]
    over = lowest.reindex(known.index) * (1 / (1 - known) - 1)
    return float(over.mean())


def _worths(found: Tenders, weights: choice.Weights, others: list[str]) -> pd.DataFrame:
    """Worth of a step of each feature with its limits, what bidders ask, what the calls' points
    would make it.
    """
    rows, bids = {}, _model(found)
    for name in others:
        value = choice.willingness_to_pay(weights, name, step=STEP[name])
        rest = tuple(n for n in others if n != name)
        asked = STEP[name] * wins.asked_for_quality(bids, name, others=rest)
        rows[_step(name)] = (*value, asked, _in_rule(found, name))
    names = ["worth", "low", "high", "asked", "by_rule"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("for")


def _of_place(found: Tenders, table: pd.DataFrame) -> dict[str, float]:
    """How often local bidders win as they stand, and what the place itself is worth."""
    raw = _model(found).groupby("local")["won"].mean().to_dict()
    near = table.loc[_step("local")]
    told = {f"near_{name}": float(near[name]) for name in ("worth", "low", "high")}
    return {"near": float(raw[1]), "far": float(raw[0])} | told


WORTH = {name: Shown(name, "percent") for name in ("worth", "low", "high")} | {
    "asked": Shown("asked by bidders", "percent"),
    "by_rule": Shown("by the rule", "percent"),
}


def worth(found: Tenders, made: Decided) -> Finding:
    """How much dearer may a bid be, for more of what else decides?"""
    if not _priced(made) or made.weights is None:
        return _why(made)
    others = [name for name in made.features if name != "price"]
    if not others:
        return unknown(
            "As far as each bid is known, the bids differ in price only: bids.tech, service, "
            "incumbent or local, filled in at each, would say what is worth a higher price."
        )
    table = _worths(found, made.weights, others)
    first = table.iloc[0]
    numbers: dict[str, Any] = {
        "tenders": made.weights.tenders, "unit": found.unit, "first": str(table.index[0]),
        "worth": float(first["worth"]), "low": float(first["low"]), "high": float(first["high"]),
        "asked": float(first["asked"]), "table": table, "by_rule": float(first["by_rule"]),
        "not_told": [n for n, row in table.iterrows() if row["low"] <= 0 <= row["high"]],
    }  # fmt: skip
    bounded = bool(np.isfinite([numbers["low"], numbers["high"]]).all())
    says = [
        "{tenders:count tender} say: for {first} a bid may be {worth:percent} of the {unit} dearer "
        "at the same chance (95 %: {low:percent} to {high:percent})."
        if bounded
        else "{tenders:count tender} say: for {first} a bid may be {worth:percent} of the {unit} "
        "dearer at the same chance; how far that may lie off has no limit here.",
        "Bidders ask {asked:percent} for it: what a thing costs those who offer it is not what it "
        "is worth to those who buy.",
    ]
    if np.isfinite(numbers["by_rule"]):
        says.append(
            "By the points of the calls, with the lowest bid as benchmark, it would be "
            "{by_rule:percent}."
        )
    if numbers["not_told"]:
        says.append("Not told from nothing: {not_told:names}.")
    if "local" in made.features:
        numbers |= _of_place(found, table)
        if np.isfinite([numbers["near_low"], numbers["near_high"]]).all():
            says.append(
                "Bidders with a site in the district won {near:percent0} of their valid bids, "
                "others {far:percent0}; with all else equal the site itself is worth "
                "{near_worth:percent} of the {unit} (95 %: {near_low:percent} to "
                "{near_high:percent})."
            )
    if made.left_out:
        numbers["left_out"] = [NAMES.get(name, name) for name in made.left_out]
        says.append(
            "Not in the book, not known of each bid, or the same for all bidders: {left_out:names}."
        )
    picture = Picture(
        lambda title: figures.worth_plot(table, title, f"part of the {found.unit}"),
        "{first:start}: worth {worth:percent} of the {unit} to those who choose",
        "For each step what it is worth in price with its interval, and what bidders ask for it; "
        "for {first} {worth:percent}, asked {asked:percent}.",
    )
    return Finding(numbers, tuple(says), table, WORTH, picture, show_table=False)


def _met(found: Tenders, entered: bool = True) -> pd.DataFrame:
    """Valid bids of others in the tenders that we entered (all, where ours are not known), or in
    those that we did not.
    """
    bids = found.bids[found.bids["valid"]].assign(price=lambda rows: rows["share"])
    if not found.ours_known:
        return bids if entered else bids.iloc[:0]
    mine = bids["tender_id"].isin(found.bids.loc[found.bids["ours"] == 1, "tender_id"])
    return bids[(mine == entered) & (bids["ours"] == 0)]


def _own(found: Tenders, made: Decided, own: Mapping[str, float] | None = None) -> dict[str, float]:
    """Our usual scores: the middle of ours, where they are known, else of all; no incumbent."""
    bids = found.bids[found.bids["valid"]]
    if found.ours_known:
        bids = bids[bids["ours"] == 1] if (bids["ours"] == 1).any() else bids
    usual = {
        name: float(bids[name].median()) if name in ("tech", "service") else 0.0
        for name in made.features
        if name != "price"
    }
    given = dict(own or {})
    if odd := [name for name in given if name not in usual]:
        raise ValueError(f"own names {', '.join(odd)}: expected {', '.join(usual) or 'nothing'}")
    return usual | {name: float(value) for name, value in given.items()}


def _supplied(supplied: bool) -> dict[str, float] | None:
    """What `_own` is told where we have supplied the client before."""
    return {"incumbent": 1.0} if supplied else None


def _who(found: Tenders, own: Mapping[str, float]) -> tuple[dict[str, Any], list[str]]:
    """Whose chance is reckoned: numbers, and the sentence that says it."""
    flags = {
        "incumbent": ("not having supplied the client before", "having supplied the client before"),
        "local": ("without a site in the district", "with a site in the district"),
    }
    points = {"tech": "{:.1f} technical points", "service": "{:.1f} service points"}
    numbers: dict[str, Any] = {
        "usual": [points[name].format(own[name]) for name in points if name in own],
        "taken": [both[int(own[name])] for name, both in flags.items() if name in own],
    }
    says = []
    if numbers["usual"]:
        says.append(
            "Our usual scores are the middle of our valid bids: {usual:names}."
            if found.ours_known
            else "The usual scores are the middle of all valid bids: {usual:names}."
        )
    if numbers["taken"]:
        says.append("We are taken as a bidder {taken:names}.")
    return numbers, says


def _field(found: Tenders, rivals: int) -> pd.DataFrame:
    """Whom we meet: the rivals of the past tender by tender, or so many drawn from them."""
    met = _met(found)
    if rivals < 0:
        raise ValueError(f"rivals is {rivals}: expected 0 (as in the past) or their number")
    return bidding.fields(met, rivals) if rivals and len(met) else met


NO_RIVALS = "No bid of a rival is left to bid against: more tenders would give some."


def chance(
    found: Tenders,
    made: Decided,
    rivals: int = 0,
    leads: tuple[float, float] = (-20.0, 20.0),
    supplied: bool = False,
) -> Finding:
    """What is the chance to win, by price and by a lead in technical points?

    Parameters
    ----------
    rivals : how many meet us, drawn from the past; 0: those of the tenders that we entered.
    leads : from and to how many points above our usual score.
    supplied : whether we have supplied the client before.
    """
    if not _priced(made) or made.weights is None:
        return _why(made)
    met = _field(found, rivals)
    if met.empty:
        return unknown(NO_RIVALS)
    if "tech" not in made.features:
        return _no_feature(found, "tech")
    own = _own(found, made, _supplied(supplied))
    low, high = np.quantile(met["price"], [0.02, 0.98])
    prices = np.linspace(low, high, 41)
    steps_of = np.linspace(*leads, 9)
    grid = np.array(
        [
            choice.win_probability(prices, own | {"tech": own["tech"] + lead}, met, made.weights)
            for lead in steps_of
        ]
    )
    middle = float(met["price"].median())
    with_lead = own | {"tech": own["tech"] + STEP["tech"]}
    at, better = (
        float(choice.win_probability(middle, scores, met, made.weights))
        for scores in (own, with_lead)
    )
    numbers: dict[str, Any] = {
        "price": middle, "told": found.part(middle), "of": found.of, "at": at, "better": better,
        "lead": STEP["tech"],
        "score": own["tech"], "tenders": met["tender_id"].nunique(), "rivals": rivals,
    }  # fmt: skip
    who, told = _who(found, own)
    numbers |= who
    says = (
        "At {told} {of}, the middle of what rivals ask, and our usual "
        "{score:.1f} technical points, the chance is {at:percent0}; with {lead:.0f} points more "
        "{better:percent0}.",
        "Rivals are those of {tenders:count past tender}, as they came."
        if not rivals
        else "{rivals:count rival} were drawn from past bids, {tenders:,} times.",
        *told,
    )
    picture = Picture(
        lambda title: figures.chance_plot(
            prices, steps_of, grid, title, f"our price, part of the {found.unit}",
            "technical points above our usual score",
        ),
        "A chance of {at:percent0} at the usual score and the middle price",
        "Map of the chance to win by price and by lead in technical points: it falls with the "
        "price and rises with the lead; {at:percent0} at {told} {of} without a lead, "
        "{better:percent0} with {lead:.0f} points.",
    )  # fmt: skip
    return Finding(numbers, says, picture=picture)


def _usual_markup(found: Tenders) -> float:
    """Our price over our estimate of the cost, the mean; missing where one is not known."""
    if not found.ours_known or "cost_estimate" not in found.rows:
        return float("nan")
    mine = found.bids[found.bids["ours"] == 1]
    ratio = mine["price"] / mine["tender_id"].map(found.rows["cost_estimate"]).astype(float)
    return float(ratio.mean())


def _fit_draws(found: Tenders, made: Decided, draws: int | None) -> pd.DataFrame | None:
    try:
        return choice.resampled_weights(_model(found), made.features, draws=draws or DRAWS)
    except ValueError:
        return None


def best(
    found: Tenders,
    made: Decided,
    cost: float = 0.70,
    rivals: int = 0,
    curse: float = 0.0,
    ceiling: float = 1.0,
    supplied: bool = False,
    draws: int | None = None,
) -> Finding:
    """Which price brings most on average?

    Parameters
    ----------
    cost : what the order costs us, a part of the budget (or of the mean bid).
    rivals : how many meet us, drawn from the past; 0: those of the tenders that we entered.
    curse : share by which the cost of what is won comes out above the estimate.
    ceiling : no higher price is allowed, in the unit of the cost.
    supplied : whether we have supplied the client before.
    draws : resamples of tenders for the interval; 0 for none.
    """
    if not _priced(made) or made.weights is None:
        return _why(made)
    met = _field(found, rivals)
    if met.empty:
        return unknown(NO_RIVALS)
    own, weights = _own(found, made, _supplied(supplied)), made.weights

    def at(prices: Floats, **other: float) -> Floats:
        chances = choice.win_probability(prices, own | other, met, weights)
        return np.asarray(chances, dtype=float)

    top = max(ceiling, cost * 1.01 * (1 + curse)) if found.unit == "mean bid" else ceiling
    best_ = bidding.best_bid(cost, at, top, curse)
    again = None if draws == 0 else _fit_draws(found, made, draws)
    ends = (np.nan, np.nan)
    if again is not None:
        ends = bidding.best_bid_interval(cost, own, met, again, top, curse)
    numbers: dict[str, Any] = {
        "cost": cost, "bid": best_.bid, "chance": best_.chance, "profit": best_.profit,
        "low": float(ends[0]), "high": float(ends[1]), "unit": found.unit, "curse": curse,
        "of": found.of, "cost_told": found.part(cost), "bid_told": found.part(best_.bid),
        "low_told": found.part(ends[0]), "high_told": found.part(ends[1]),
        "markup": best_.bid / cost - 1, "rivals": rivals, "ceiling": top, "own": own,
    }  # fmt: skip
    says = ["At a cost of {cost_told} {of} the price that brings most is {bid_told}"]
    says[0] += (
        " (95 %: {low_told} to {high_told}), with a chance of {chance:percent0}."
        if np.isfinite(ends).all()
        else ", with a chance of {chance:percent0}."
    )
    if best_.at_ceiling:
        says.append("That is the highest that is allowed: more would be better.")
    usual = _beside_usual(found, numbers, at)
    numbers |= usual
    if "kept" in usual:
        says.append(
            "Our usual markup of {usual_markup:percent} would ask {usual_told}: a chance of "
            "{usual_chance:percent0}, and {kept:percent0} of the best expected profit."
        )
    elif usual:
        says.append(
            "Our usual markup of {usual_markup:percent} does not cover that cost."
            if usual["usual"] <= cost * (1 + curse)
            else "Our usual markup of {usual_markup:percent} would ask more than is allowed."
        )
    if own.get("incumbent") == 0:
        known = bidding.best_bid(cost, lambda prices: at(prices, incumbent=1.0), top, curse)
        numbers |= {"known_told": found.part(known.bid), "known_chance": known.chance}
        says.append(
            "That is for a client whom we have not supplied before; for one whom we have it is "
            "{known_told}, with a chance of {known_chance:percent0}."
        )
    return Finding(numbers, tuple(says), picture=_profit_picture(numbers, at))


def _beside_usual(
    found: Tenders, numbers: Mapping[str, Any], at: Callable[[Floats], Floats]
) -> dict[str, Any]:
    """The bid at our usual markup, and what part of the best expected profit it brings."""
    markup = _usual_markup(found)
    if not np.isfinite(markup):
        return {}
    usual = numbers["cost"] * markup
    real = numbers["cost"] * (1 + numbers["curse"])
    told: dict[str, Any] = {"usual": usual, "usual_markup": markup - 1}
    if not real < usual <= numbers["ceiling"]:
        return told
    won = float(at(np.array([usual]))[0])
    kept = (usual - real) * won / numbers["profit"]
    return told | {"usual_told": found.part(usual), "usual_chance": won, "kept": kept}


def _profit_picture(numbers: Mapping[str, Any], at: Callable[[Floats], Floats]) -> Picture:
    real = numbers["cost"] * (1 + numbers["curse"])
    prices = np.linspace(real, numbers["ceiling"], 81)
    curve = pd.DataFrame({"chance": at(prices)}, index=prices)
    curve["profit"] = (prices - real) * curve["chance"]
    marks = {"best": numbers["bid"]} | ({"usual": numbers["usual"]} if "kept" in numbers else {})
    span = numbers["low"], numbers["high"]
    xlabel = f"our price, part of the {numbers['unit']}"
    return Picture(
        lambda title: figures.profit_plot(curve, marks, span, title, xlabel),
        "The best bid is {bid_told} {of}",
        "Expected profit against our price, which rises to its best at {bid_told} and falls "
        "behind it, and the chance to win, which falls all the way.",
    )


def other_rivals(
    found: Tenders,
    made: Decided,
    cost: float = 0.70,
    numbers_of: tuple[int, ...] = (1, 3, 5, 8),
    curse: float = 0.05,
    ceiling: float = 1.0,
) -> Finding:
    """What if more rivals come, or the winner's curse is in the cost?

    Parameters
    ----------
    cost, ceiling : as for `best`.
    numbers_of : rivals that meet us, drawn from past bids.
    curse : share by which the cost of what is won comes out above the estimate.
    """
    rows = {}
    for count in numbers_of:
        plain = best(found, made, cost, count, 0.0, ceiling, draws=0)
        if not plain.known:
            return plain
        dearer = best(found, made, cost, count, curse, ceiling, draws=0)
        rows[count] = [
            part
            for told in (plain, dearer)
            for part in (told.numbers["bid"], told.numbers["chance"])
        ]
    names = ["bid", "chance", "cursed", "cursed_chance"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("rivals")
    numbers: dict[str, Any] = {
        "few": int(table.index[0]), "many": int(table.index[-1]), "curse": curse, "of": found.of,
        "first": found.part(float(table["bid"].iloc[0])),
        "last": found.part(float(table["bid"].iloc[-1])),
        "dearer": found.part(float(table["cursed"].iloc[0])), "table": table,
    }  # fmt: skip
    says = (
        "The best bid is {first} {of} against {few:count rival} and {last} against {many:count "
        "rival}; with {curse:percent0} more of cost on what is won, {dearer} against "
        "{few:count rival}.",
    )
    price = "percent" if found.unit == "budget" else ".3f"
    columns = {
        "bid": Shown("best bid", price), "chance": Shown("chance", "percent0"),
        "cursed": Shown("best bid, cost {curse:percent0} higher", price),
        "cursed_chance": Shown("its chance", "percent0"),
    }  # fmt: skip
    return Finding(numbers, says, table, columns)


def curse(found: Tenders) -> Finding:
    """By how much does the cost of what we won come out above its estimate?"""
    rows = found.rows
    if not {"cost_estimate", "cost_actual"} <= set(rows.columns):
        return unknown(
            "What was won is not told with its cost before and after: tenders.cost_estimate and "
            "cost_actual would show the winner's curse."
        )
    if not found.ours_known:
        return _no_ours(found)
    mine = found.bids[(found.bids["ours"] == 1) & (found.bids["won"] == 1)]
    bid = mine.set_index("tender_id")["price"]
    won = rows.loc[bid.index].dropna(subset=["cost_estimate", "cost_actual"])
    if len(won) < 2:
        return unknown(
            "{known:count tender} that we won has both costs: two are needed."
            if len(won) == 1
            else "No tender that we won has both costs.",
            known=len(won),
        )
    over = bidding.winners_curse(won["cost_estimate"], won["cost_actual"])
    bid = bid[won.index]
    left = bidding.winners_curse(won["cost_actual"], bid)
    actual = float(won["cost_actual"].sum())
    numbers: dict[str, Any] = {
        "won": len(won), "curse": over.estimate, "low": over.low, "high": over.high,
        "planned": float((bid / won["cost_estimate"]).mean()) - 1,
        "left": left.estimate, "left_low": left.low, "left_high": left.high,
        "by_money": float(bid.sum()) / actual - 1,
    }  # fmt: skip
    says = [
        "Of {won:count tender} that we won, the cost came out {curse:percent} above our estimate "
        "on average (95 %: {low:percent} to {high:percent})."
        if over.estimate >= 0
        else "Of {won:count tender} that we won, the cost came out at {curse:percent} of the "
        "estimate beside it on average (95 %: {low:percent} to {high:percent}).",
        "**That is how a winner's curse looks.** Estimates that are too low on all tenders would "
        "look the same, since only what was won has a cost in the end; either way it belongs into "
        "the cost before you bid."
        if over.low > 0
        else "So costs came out below the estimates, surely."
        if over.high < 0
        else "Whether it is a curse or chance cannot be told.",
        "These bids asked {planned:percent} over the estimate on average; over the cost in the end "
        "it was {left:percent} (95 %: {left_low:percent} to {left_high:percent}), and by money "
        "{by_money:percent}.",
    ]
    return Finding(numbers, tuple(says))


def skipped(found: Tenders, made: Decided, price: float = 0.80, supplied: bool = False) -> Finding:
    """Would we have won the tenders that we did not enter as often as those we did?

    Parameters
    ----------
    price : the same bid for all of them, a part of the budget (or of the mean bid).
    supplied : whether we have supplied these clients before.
    """
    fraction("price", min(price, 1.0))
    if not _priced(made) or made.weights is None:
        return _why(made)
    if not found.ours_known:
        return _no_ours(found)
    here, there = _met(found), _met(found, entered=False)
    sizes = [frame["tender_id"].nunique() if len(frame) else 0 for frame in (here, there)]
    if min(sizes) < FEWEST:
        return unknown(
            "Rivals' valid bids are known in {entered:count tender} that we entered and in "
            "{others:,} that we did not; {fewest} of each are needed. Award notices of tenders "
            "without us, in bids, would say what others ask there.",
            entered=sizes[0], others=sizes[1], fewest=FEWEST,
        )  # fmt: skip
    own = _own(found, made, _supplied(supplied))
    ours = found.bids[found.bids["ours"] == 1]
    numbers: dict[str, Any] = {
        "price": price, "told": found.part(price), "of": found.of,
        "rate": float(ours["won"].mean()), "valid": float(ours.loc[ours["valid"], "won"].mean()),
        "entered": here["tender_id"].nunique(), "others": there["tender_id"].nunique(),
        "rivals": len(here) / here["tender_id"].nunique(),
        "rivals_there": len(there) / there["tender_id"].nunique(),
    }  # fmt: skip
    for name, frame in (("here", here), ("there", there)):
        value, low, high = _chance_interval(frame, own, made.weights, price)
        numbers |= {name: value, f"{name}_low": low, f"{name}_high": high}
    says = (
        "Our usual scores at {told} {of} would win {here:percent} of the "
        "{entered:,} tenders that we entered (95 %: {here_low:percent} to {here_high:percent}) and "
        "{there:percent} of the {others:,} that we did not (95 %: {there_low:percent} to "
        "{there_high:percent}).",
        *_had_supplied(found, made, own, price, numbers),
        _won_there(ours),
        "Where we entered {rivals:.1f} rivals met us; where we stayed away {rivals_there:.1f} "
        "others bid.",
        "**What we entered does not stand for the rest**: a plan for more tenders has to reckon "
        "with the lower chance."
        if numbers["there_high"] < numbers["here_low"]
        else "Whether the chances differ cannot be told.",
    )
    return Finding(numbers, says)


def _won_there(ours: pd.DataFrame) -> str:
    """What was won of the tenders that we entered."""
    if ours["valid"].all():
        return "We won {rate:percent} of those we entered, at the prices and scores of each."
    return (
        "We won {rate:percent} of those we entered, {valid:percent} of those in which our bid was "
        "valid, at the prices and scores of each."
    )


def _had_supplied(
    found: Tenders, made: Decided, own: Mapping[str, float], price: float, numbers: dict[str, Any]
) -> tuple[str, ...]:
    """What having supplied before does to the chance where we entered; adds to the numbers."""
    if own.get("incumbent") != 0 or made.weights is None:
        return ()
    ours = found.bids[found.bids["valid"] & (found.bids["ours"] == 1)]
    known = dict(own) | {"incumbent": 1.0}
    numbers["before"] = float(ours["incumbent"].mean())
    numbers["known"] = float(choice.win_probability(price, known, _met(found), made.weights))
    return (
        "That is for clients whom we have not supplied before. Had we supplied all of them, the "
        "same bid would win {known:percent} of those we entered; {before:percent0} of our valid "
        "bids went to clients whom we had.",
    )


def _chance_interval(
    rivals: pd.DataFrame, own: Mapping[str, float], weights: choice.Weights, price: float
) -> tuple[float, float, float]:
    """Chance at a price, with limits from the spread of the weights and of the tenders met."""
    names = list(weights.table.index)
    x, field = rivals[names].to_numpy(dtype=float), pd.factorize(rivals["tender_id"])[0]
    mine = np.array([price if name == "price" else own[name] for name in names])

    def chances(beta: Floats) -> Floats:
        """The chance in each tender."""
        return np.asarray(1 / (1 + np.bincount(field, np.exp((x - mine) @ beta))))

    level = weights.weight.to_numpy(dtype=float)
    each = chances(level)
    value = float(each.mean())
    steps_of = 1e-4 * weights.table["se"].to_numpy(dtype=float)
    slope = [
        (float(chances(level + step * (np.arange(len(level)) == place)).mean()) - value) / step
        for place, step in enumerate(steps_of)
    ]
    spread = np.array(slope) @ weights.covariance.to_numpy() @ np.array(slope)
    half = 1.96 * np.sqrt(spread + each.var(ddof=1) / len(each))
    return value, max(0.0, value - half), min(1.0, value + half)


def other_ways(found: Tenders, made: Decided, draws: int | None = None) -> Finding:
    """How much hangs on the method, and on which bids are counted?"""
    if not _priced(made) or made.weights is None:
        return _why(made)
    others = [name for name in made.features if name != "price"]
    if not others:
        return unknown("The bids differ in price only: there is no worth to tell otherwise.")
    feature = others[0]
    step = STEP[feature]
    weights, again = made.weights, _fit_draws(found, made, draws)
    rows: dict[str, Interval] = {
        "as above (Fieller)": choice.willingness_to_pay(weights, feature, step=step),
        "symmetric (delta)": choice.willingness_to_pay(weights, feature, step=step, method="delta"),
    }
    if again is not None:
        rows["tenders drawn anew"] = choice.willingness_to_pay(
            weights, feature, step=step, method="bootstrap", draws=again
        )
    everyone = found.bids.assign(price=found.bids["share"])
    for name, frame, names in (
        ("vetoed bids left in", everyone, made.features),
        ("the other scores left out", _model(found), ("price", feature)),
    ):
        if name.startswith("vetoed") and found.bids["valid"].all():
            continue
        try:
            other = choice.implied_weights(frame, names)
            rows[name] = choice.willingness_to_pay(other, feature, step=step)
        except ValueError:
            continue
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["worth", "low", "high"])
    table = table.rename_axis("way")
    numbers: dict[str, Any] = {
        "what": _step(feature), "unit": found.unit, "least": float(table["worth"].min()),
        "most": float(table["worth"].max()), "table": table, "ways": len(table),
    }  # fmt: skip
    says = (
        "{what:start}, in parts of the {unit}: {ways} ways say {least:percent} to {most:percent}.",
    )
    finite = table.replace([np.inf, -np.inf], np.nan)
    columns = {name: Shown(name, "percent") for name in ("worth", "low", "high")}
    return Finding(numbers, says, finite, columns)


def friedman_gates(found: Tenders, rivals: int = 3, markup: float = 0.15) -> Finding:
    """What do the classic rules say from rivals' past prices alone?

    Parameters
    ----------
    rivals : how many meet us, each like the average rival.
    markup : our price over our estimate of the cost, less one.
    """
    if rivals < 1 or not -1 < markup < 10:
        raise ValueError(
            f"rivals is {rivals}, markup {markup:g}: expected 1 or more, and such as .15"
        )
    if not found.ours_known:
        return _no_ours(found)
    if "cost_estimate" not in found.rows:
        return unknown(
            "Rivals' prices beside our own estimates are not known: tenders.cost_estimate would "
            "give them."
        )
    met = _met(found)
    ratio = (
        met["bidder"]
        .to_frame()
        .assign(
            ratio=found.bids.loc[met.index, "price"]
            / met["tender_id"].map(found.rows["cost_estimate"]).astype(float)
        )
    )
    past = ratio["ratio"].dropna()
    if len(past) < FEWEST:
        return unknown(
            "{past:count past bid} of rivals with our estimate beside it: too few, {fewest} are "
            "needed.",
            past=len(past), fewest=FEWEST,
        )  # fmt: skip
    one = float(bidding.chance_to_undercut(1 + markup, past)[0])
    each = np.full(rivals, one)
    levels = ratio.dropna().groupby("bidder")["ratio"].agg(["median", "size"])
    levels = levels[levels["size"] >= FEWEST].sort_values("median")
    numbers: dict[str, Any] = {
        "markup": markup, "past": len(past), "one": one, "rivals": rivals,
        "friedman": float(bidding.friedman(each)), "gates": float(bidding.gates(each)),
    }  # fmt: skip
    says = [
        "At a markup of {markup:percent0} our price lies below {one:percent0} of {past:count past "
        "bid} of rivals. Against {rivals:count such rival} the lowest price is ours in "
        "{friedman:percent} if they bid apart from each other (Friedman), and in {gates:percent} "
        "if bids hang together (Gates).",
    ]
    if len(levels) > 1:
        numbers |= {
            "cheap": str(levels.index[0]), "dear": str(levels.index[-1]),
            "cheap_at": float(levels["median"].iloc[0]) - 1,
            "dear_at": float(levels["median"].iloc[-1]) - 1,
        }  # fmt: skip
        says.append(
            "Of those met often, {cheap} asks least ({cheap_at:percent} over our estimate in the "
            "middle) and {dear} most ({dear_at:percent})."
        )
    says.append("Both know prices only: no score, and no panel that weighs one.")
    return Finding(numbers, tuple(says))


def quality_and_cost() -> Finding:
    """Three consultants, and two rules that are both called quality and cost."""
    table = pd.DataFrame(
        {"technical": [75.0, 80.0, 90.0], "cost": [120.0, 100.0, 110.0]},
        index=pd.Index(["first", "second", "third"], name="offer"),
    )
    for scale in ("best", "raw"):
        table[scale] = scoring.quality_cost_score(
            table["technical"], table["cost"], scale="best" if scale == "best" else "raw"
        )
    top = table.loc["third"]
    numbers = {"best": float(top["best"]), "raw": float(top["raw"])}
    columns = {
        "technical": Shown("technical", ".0f"), "cost": Shown("cost", ".0f"),
        "best": Shown("scaled to the best", ".1f"), "raw": Shown("as they are", ".1f"),
    }  # fmt: skip
    says = ("The third offer is first by both, with {best:.1f} and {raw:.1f} points.",)
    return Finding(numbers, says, table, columns)


def _arithmetic() -> list[Claim]:
    told = case_audit().numbers
    prem = premium().numbers
    return [
        Claim(
            "S003-2d",
            "more than 24,000 (10,000 yuan) of orders in 2004",
            "sum of the wins that the case lists",
            f"{told['listed']:,.0f} listed, {told['with']:,.0f} with the order of the case",
            UNTOLD,
            f"{told['least']:,.0f} to {told['gap']:,.0f} are not accounted for",
            0,
            of_this_book=False,
        ),
        Claim(
            "S003-2e",
            "won though the bid was more than 0.7 million above the rivals'",
            "points that the premium costs where price weighs 30 to 60 of 100",
            f"{prem['least']:.2f} to {prem['most']:.2f} points",
            UNTOLD,
            "the case tells neither the rule of the tender nor the points that made up for it",
            0,
            of_this_book=False,
        ),
    ]


def _plain(reason: Finding) -> str:
    """The reason why something is unknown, as a table of claims writes it."""
    return " ".join(reason.sentences(markup=False)).removesuffix(".")


def _not_price_alone(found: Tenders) -> Claim:
    claim = (
        "S003-2i",
        "the plan beats the price",
        "share of tenders that the lowest valid bid does not win: one half or more",
    )
    told = lowest_wins(found)
    if not told.known:
        return untested(*claim, _plain(told))
    if told.numbers["tenders"] < FEWEST:
        return untested(*claim, _plain(_too_few(told.numbers["tenders"])))
    share = told.numbers["share"]
    low, high = 1 - told.numbers["high"], 1 - told.numbers["low"]
    return Claim(*claim, with_interval(1 - share, low, high), at_least(low, high, 0.5))


def _of_worth(
    found: Tenders, made: Decided, feature: str, source: str, says: str, least: float
) -> Claim:
    step = _step(feature)
    test = f"worth of {step}, part of the {found.unit}: {percent(least)} or more"
    if len(found.valid) and feature not in made.features:
        return untested(source, says, test, _plain(_no_feature(found, feature)))
    if made.weights is None or not _priced(made):
        return untested(source, says, test, _plain(_why(made)))
    value = choice.willingness_to_pay(made.weights, feature, step=STEP[feature])
    here = with_interval(*value, "percent")
    if not np.isfinite([value.low, value.high]).all():
        return Claim(source, says, test, percent(value.estimate), UNTOLD, "no limit can be set")
    verdict: Verdict = at_least(value.low, value.high, least)
    return Claim(source, says, test, here, verdict)


def _veto_rules(found: Tenders) -> Claim:
    claim = (
        "S003-2h",
        "experts hold a veto",
        "tenders with a vetoed bid that such a bid won all the same: none",
    )
    if found.bids.empty and not found.vetoed_winner:
        return untested(*claim, _plain(_no_bids(found)))
    if "veto" not in found.bids:
        return untested(*claim, "the book does not hold bids.veto")
    if found.bids["valid"].all() and not found.vetoed_winner:
        return untested(*claim, "no bid of these tenders was vetoed")
    hit = found.bids.loc[~found.bids["valid"], "tender_id"].nunique() + found.vetoed_winner
    low, high = proportion_confint(found.vetoed_winner, hit, 0.05, "wilson")
    verdict: Verdict = "does not hold" if low > MARGIN else "holds" if high <= 0.05 else UNTOLD
    return Claim(*claim, with_interval(found.vetoed_winner / hit, low, high, "percent"), verdict)


def claims(found: Tenders, made: Decided, least: float = 0.0292) -> Finding:
    """What the documents claim, and what this book says.

    Parameters
    ----------
    least : premium that ten technical points have to carry, a part of the price: that of S003-2e.
    """
    if not 0 <= least < 1:
        raise ValueError(f"least is {least:g}: expected a fraction such as 0.0292")
    rows = [
        *_arithmetic(),
        _of_worth(
            found, made, "tech", "S003-2e, S003-7d", "a fitting plan carries a higher price", least
        ),
        _of_worth(
            found, made, "local", "S003-2f, S003-2g", "a factory in the province helps to win",
            MARGIN,
        ),
        _of_worth(
            found, made, "incumbent", "S003-2d, S003-6a",
            "who has done such projects before is ahead", MARGIN,
        ),
        _veto_rules(found),
        _not_price_alone(found),
        untested(
            "S002-6b", "watching rivals pays", "prices of rivals foretold before the bid",
            "needs what was expected of rivals before each bid",
        ),
    ]  # fmt: skip
    return steps.verdicts(rows)


def size(found: Tenders) -> tuple[int, int]:
    """Accounts and months of a simulated book with as many tenders as this one."""
    number = found.bids["tender_id"].nunique() if len(found.bids) else 0
    return round(number / TENDERS_PER_ACCOUNT), 48


def account_review(found: Tenders) -> Finding:
    """What the account review takes from the lesson."""
    tries = found.tries
    if tries.empty or "account_id" not in tries or tries["account_id"].isna().all():
        return unknown("The tries do not say for whom they were: account_id would.")
    groups = tries[tries["account_id"].notna()].groupby("account_id")
    frame = pd.DataFrame({"tries": groups.size(), "tries_won": groups["won"].sum()})
    if found.kind == "bid":
        mine = tries[tries["won"] == 1]
        frame["won_by_tender"] = (
            mine.groupby("account_id")["price"].sum().reindex(frame.index, fill_value=0.0)
        )
        called = found.rows["account_id"].value_counts() if "account_id" in found.rows else None
        if called is not None:
            frame = frame.reindex(frame.index.union(called.index).rename("account_id"))
            frame["tenders"] = called.reindex(frame.index)
            frame[["tries", "tries_won"]] = frame[["tries", "tries_won"]].fillna(0).astype(int)
            frame["won_by_tender"] = frame["won_by_tender"].fillna(0.0)
    words = {
        "what": "bids of ours" if found.kind == "bid" else "opportunities",
        "currency": found.currency or "currency",
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)


__all__ = [
    "Decided", "Tenders", "account_review", "best", "book_in_numbers", "case_audit", "case_wins",
    "chance", "claims", "curse", "decided", "friedman_gates", "lowest_wins", "other_rivals",
    "other_ways", "pencil", "premium", "quality_and_cost", "rates", "rules", "size",
    "skipped", "tenders", "worth",
]  # fmt: skip
