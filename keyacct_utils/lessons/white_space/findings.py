"""The steps of lesson 15: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

from keyacct_utils.lessons.shared.amounts import Interval, descending, fraction
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, Verdict, at_least, untested
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import count
from keyacct_utils.lessons.white_space import (
    LESSON,
    affinities,
    campaigns,
    demand,
    figures,
    gaps,
)
from keyacct_utils.lessons.white_space.inputs import Line, Space, space

__all__ = [
    "account_review",
    "book_in_numbers",
    "by_account",
    "campaign",
    "claims",
    "clients",
    "fan",
    "offers",
    "on_survey",
    "other_horizons",
    "other_quantiles",
    "pencil",
    "potential",
    "quantity_to_hold",
    "space",
    "tested",
    "which_go_together",
    "white_space",
]

Z = float(stats.norm.ppf(0.975))
#: Months ahead, and dates from which it is forecast again.
HORIZON, ORIGINS = 3, 12
#: Dates without which nothing is said of how well it was forecast.
FEWEST_DATES = 3
#: Share of the surveyed accounts whose gap counts as large.
LARGE = 1 / 3
#: Rows of a table or a figure.
PAIRS_SHOWN, OFFERS_SHOWN, GAPS_SHOWN = 10, 8, 8
#: A client overstates where it surely says so much more than comes.
OVERSTATED = 0.1
#: Months of growth without which nobody is said to lead.
FEWEST_LED = 18


def book_in_numbers(found: Space) -> Finding:
    """Which book, and what of it is looked at."""
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when,
        "accounts": len(found.spend),
        "products": found.spend.shape[1],
        "unit": found.unit,
        "sum": float(found.spend.to_numpy().sum()),
        "money": found.unit_of_money,
        "years": found.years,
        "months": len(found.total),
        "left_out": found.left_out,
        "left_out_sum": found.left_out_sum,
    }
    says = [
        "**{book}**, {when}: {accounts:count account}.",
        *steps.gross(found.returns),
        "White space is looked at in {products:count PRODUCT} for {sum:money}{money} ({years}), "
        "demand in {months:count month}.".replace("PRODUCT", found.unit),
    ]
    if found.left_out:
        says.append(
            "{left_out:count PRODUCT} with fewer buyers ({left_out_sum:money}) "
            "{verb} left out.".replace("PRODUCT", found.unit)
        )
        numbers["verb"] = "is" if found.left_out == 1 else "are"
    return Finding(numbers, (*says, *_not_in_the_sum(found, numbers)))


def _not_in_the_sum(found: Space, numbers: dict[str, Any]) -> list[str]:
    """Which amounts of the ledger are in no product that somebody bought."""
    says = []
    named = found.unsold.drop(index="", errors="ignore")
    if len(named):
        numbers |= {"unsold": [str(name) for name in named.index], "none_of": float(named.sum())}
        says.append(
            "Not in it, since nobody bought anything of it: {unsold:names} (booked: "
            "{none_of:money})."
        )
    if "" in found.unsold:
        numbers["nameless"] = float(found.unsold[""])
        numbers["unit"] = found.unit
        says.append("Not in it, since no {unit} is named: {nameless:money}.")
    return says


def pencil(size: Sequence[float], bought: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Five accounts on a napkin: size, purchases, and purchases per size."""
    frame = pd.DataFrame({"size": list(size), "bought": list(bought)}, index=list(names))
    return frame.assign(per_size=frame["bought"] / frame["size"])


def _group_names(found: Space) -> tuple[pd.Series | None, str]:
    """Groups of the map: size, the smallest first; all accounts together where there are few."""
    groups = found.groups()
    if groups is None:
        return None, "all accounts"
    last = int(groups.max())
    names = {0: "smallest", last: "largest"}
    words = groups.astype(int).map(lambda n: names.get(n, f"{n + 1} of {last + 1}"))
    return words, "accounts by size" if found.size is not None else "accounts by all they buy"


def white_space(found: Space, q: float = 0.9) -> Finding:
    """Where is the white space, and what would it be worth if every buyer bought as the best-served
    of its peers do?

    Parameters
    ----------
    q : quantile of the peers that counts as potential.
    """
    fraction("q", q, one=False)
    if found.held.shape[1] < 2:
        return unknown(
            "There is one {unit} only, so there is no white space between them: ledger.line or "
            "holdings.product would tell them apart.",
            unit=found.unit,
        )
    groups, xlabel = _group_names(found)
    shares = found.held.mean().to_frame("all")
    if groups is not None:
        order = list(dict.fromkeys(groups.loc[found.groups().sort_values().index]))
        shares = found.held.groupby(groups).mean().T[order]
    matrix = gaps.gap_matrix(found.spend, found.size, q)
    worth = matrix.where(found.held).clip(lower=0.0)
    table = pd.DataFrame(
        {
            "holders": found.held.sum(),
            "share": found.held.mean(),
            "blank": (~found.held).sum(),
            "typical": found.spend.where(found.held & (found.spend > 0)).median(),
            "gap": worth.sum(min_count=1),
        }
    ).sort_values("share", ascending=False, kind="stable")
    common, rare = table.index[0], table.index[-1]
    numbers: dict[str, Any] = {
        "unit": found.unit,
        "accounts": len(found.held),
        "products": found.held.shape[1],
        "cells": int(found.held.size),
        "blank": float((~found.held).to_numpy().mean()),
        "none": int((~found.held.any(axis=1)).sum()),
        "common": str(common),
        "common_share": float(table.loc[common, "share"]),
        "rare": str(rare),
        "rare_share": float(table.loc[rare, "share"]),
        "mean": float(found.held.sum(axis=1).mean()),
        "q": q,
        "money": found.unit_of_money,
        "years": found.years,
        "matrix": matrix,
    }
    says = [
        "Of {cells:,} cells (an account and a {unit}) {blank:percent} are blank: an account buys "
        "{mean:.1f} of {products} {unit}s on average.",
        "Most common is {common} ({common_share:percent} of the accounts), rarest {rare} "
        "({rare_share:percent}).",
    ]
    if numbers["none"]:
        numbers["buys"] = "buys" if numbers["none"] == 1 else "buy"
        says.append("{none:count account} {buys} none of them.")
    told = table["gap"].dropna()
    if len(told):
        top = told.idxmax()
        numbers |= {"told": len(told), "top": str(top), "top_gap": float(told[top])}
        says.append(
            "A blank is no gap yet: not everybody needs everything. Among those that do buy, the "
            "way up to the {q:percent0} line of their peers is longest in {top}: "
            "{top_gap:money}{money} ({years})."
        )
    else:
        says.append("A blank is no gap yet: not everybody needs everything.")
    drawn = shares.loc[table.index].head(20)
    picture = Picture(
        lambda title: figures.space_map(drawn, title, f"{xlabel} (percent that buy it)"),
        "{blank:percent0} of the cells are blank",
        "Map of the share of accounts that buy each {unit}, by group of size. The most common, "
        "{common}, is bought by {common_share:percent}, the rarest, {rare}, by "
        "{rare_share:percent}.",
    )
    columns = {
        "holders": Shown("buyers", ",.0f"),
        "share": Shown("of all", "percent"),
        "blank": Shown("blank", ",.0f"),
        "typical": Shown("a buyer spends (median)", "money"),
        "gap": Shown("way up of its buyers", "money"),
    }
    view = table.rename_axis(found.unit)
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


class _Potential(NamedTuple):
    line: Line
    wallet: gaps.Wallet
    table: pd.DataFrame


def _peers(found: Space, peers: str) -> pd.Series | None:
    if peers not in ("size", "sector"):
        raise ValueError(f"peers is {peers!r}: 'size', or 'sector' for a level of each sector")
    return found.sector if peers == "sector" else None


def _potential(found: Space, q: float, peers: str) -> _Potential | str:
    """The line of potential with what each account lacks; or why there is none."""
    fraction("q", q, one=False)
    grouped = _peers(found, peers)
    line = found.line()
    if line is None:
        return (
            "it takes a size (account_sizes.size), or two products (ledger.line, holdings.product)"
        )
    bought = line.bought.where(line.bought > 0)
    try:
        wallet = gaps.wallet(line.size.where(line.size > 0), bought, q, peers=grouped)
    except ValueError as error:
        return str(error)
    table = wallet.table.assign(bought=line.bought.reindex(wallet.table.index).fillna(0.0))
    table["gap"] = (table["potential"] - table["bought"]).clip(lower=0.0)
    table["gap_low"] = (table["low"] - table["bought"]).clip(lower=0.0)
    table["gap_high"] = (table["high"] - table["bought"]).clip(lower=0.0)
    return _Potential(line, wallet, table)


def _why_no_line(why: str) -> Finding:
    return unknown("No line of potential can be drawn here: {why}.", why=why.rstrip("."))


def potential(
    found: Space,
    q: float = 0.9,
    peers: Literal["size", "sector"] = "size",
    *,
    shown: int = GAPS_SHOWN,
) -> Finding:
    """How much more could each account buy, by what the best-served accounts of its size buy?

    Parameters
    ----------
    q : quantile of the peers that counts as potential; no document names one.
    peers : "size": all accounts of the same size; "sector": those of the same sector too.
    shown : accounts in the table, the largest gaps.
    """
    made = _potential(found, q, peers)
    if isinstance(made, str):
        return _why_no_line(made)
    line, wallet, table = made
    buying = table["bought"] > 0
    order = descending(table["gap"]).index
    top = table.loc[order].head(shown)
    numbers: dict[str, Any] = {
        "what": line.what,
        "by": line.by,
        "q": q,
        "slope": wallet.slope,
        "low": wallet.low,
        "high": wallet.high,
        "tenfold": 10**wallet.slope,
        "ten": 10,
        "drawn": wallet.accounts,
        "accounts": len(table),
        "none": int((~buying).sum()),
        "above": int((table["bought"] > table["potential"]).sum()),
        "bought": float(table["bought"].sum()),
        "total": wallet.total.estimate,
        "total_low": wallet.total.low,
        "total_high": wallet.total.high,
        "gap": float(table["gap"].sum()),
        "gap_buyers": float(table.loc[buying, "gap"].sum()),
        "gap_none": float(table.loc[~buying, "gap"].sum()),
        **_without_potential(made),
        "who": found.called(order[0]),
        "most": float(table["gap"].iloc[table.index.get_loc(order[0])]),
        "first": len(top),
        "first_share": float(top["gap"].sum() / table["gap"].sum()) if table["gap"].sum() else 0.0,
        "money": found.unit_of_money,
        "years": found.years,
        "peers": peers,
        "frame": table,
    }
    says = [
        "{q:percent0} of the buyers of a size stay below the line of potential (drawn through "
        "{drawn:count buyer}: {what}, by {by}). An account {ten} times as large has "
        "{tenfold:.1f} times the potential: the slope is {slope:.2f} ({low:.2f} to {high:.2f}).",
        "All potentials together: {total:money}{money} ({total_low:money} to {total_high:money}), "
        "where {bought:money} are bought ({years}). The gaps of those below the line add up to "
        "{gap:money}.",
    ]
    numbers["buys"] = "buys" if numbers["none"] == 1 else "buy"
    if numbers["without"]:
        one = numbers["without"] == 1
        numbers["have"], numbers["size"] = "has" if one else "have", _their_size(found, peers)
        says.append(
            "Not in it: {without:count account} that {have} no potential, for want of {size}; "
            "{without_bought:money} more are bought there."
        )
    if numbers["none"] and numbers["gap"]:
        says.append(
            "Of it, {gap_buyers:money} is of buyers and {gap_none:money} of {none:count account} "
            "that {buys} nothing of it: whether there is a need at all has to be asked."
        )
    says.append(
        "The largest gap is that of {who}, which buys nothing of it: {most:money}. The first "
        "{first} hold {first_share:percent} of all gaps."
        if numbers["gap"] and not buying[order[0]]
        else "The largest gap is that of {who}: {most:money}. The first {first} hold "
        "{first_share:percent} of all gaps."
    )
    view = top.assign(name=[found.called(i) for i in top.index])[
        ["name", "bought", "potential", "low", "high", "gap"]
    ].rename_axis("account")
    columns = {
        "bought": Shown("bought of us", "money"),
        "potential": Shown("potential", "money"),
        "low": Shown("from", "money"),
        "high": Shown("to", "money"),
        "gap": Shown("gap", "money"),
    }
    picture = Picture(
        lambda title: _draw_potential(found, made, title),
        "Gaps below the line: {gap_buyers:money}{money} of buyers, {gap_none:money} of the others"
        if numbers["none"]
        else "The gaps below the line add up to {gap:money}{money}",
        "Purchases ({what}) against the size of the account, with the line that {q:percent0} of "
        "buyers stay below. Slope {slope:.2f}, {drawn:count buyer}; ticks at the foot for "
        "{none:count account} that {buys} nothing."
        if numbers["none"]
        else "Purchases ({what}) against the size of the account, with the line that {q:percent0} "
        "of buyers stay below. Slope {slope:.2f}, {drawn:count buyer}.",
    )
    return Finding(numbers, tuple(says), view, columns, picture)


def _without_potential(made: _Potential) -> dict[str, Any]:
    """Accounts that buy, but have nothing to be compared by."""
    bought = made.line.bought[made.line.bought > 0]
    left = bought[~bought.index.isin(made.table.index)]
    return {"without": len(left), "without_bought": float(left.sum())}


def _their_size(found: Space, peers: str) -> str:
    size = "a size" if found.size is not None else f"purchases of any other {found.unit}"
    return f"{size} or a sector" if peers == "sector" else size


def _draw_potential(found: Space, made: _Potential, title: str) -> Any:
    line, _, table = made
    size = line.size.reindex(table.index)
    points = pd.DataFrame({"size": size, "bought": table["bought"]})
    points["wallet"] = found.wallet.reindex(points.index) if found.size is not None else np.nan
    ordered = table.set_axis(size).sort_index()[["potential", "low", "high"]]
    ordered = ordered[~ordered.index.duplicated()]
    xlabel = (
        "size of the account" if found.size is not None else f"bought of the other {found.unit}s"
    )
    ylabel = f"{line.what}, {found.currency or 'amount'}"
    return figures.potential_plot(points, ordered, title, f"{xlabel} (log scale)", ylabel)


def _no_survey(found: Space) -> str:
    """Why the ranking of gaps cannot be tested; empty where it can."""
    if found.size is None:
        return "account_sizes.size and wallet_survey.wallet"
    known = found.wallet.index.intersection(found.size.index)
    if len(known) < gaps.FEWEST:
        return f"wallet_survey.wallet of {gaps.FEWEST} accounts of known size"
    return ""


def on_survey(found: Space, q: float = 0.9, peers: Literal["size", "sector"] = "size") -> Finding:
    """Are these the true gaps? The ranking against wallets that accounts named themselves.

    Parameters
    ----------
    q, peers : as `potential`.
    """
    if why := _no_survey(found):
        return unknown("Whether these gaps are true ones needs {why}.", why=why)
    made = _potential(found, q, peers)
    if isinstance(made, str):
        return _why_no_line(made)
    assert found.size is not None
    known = found.wallet.reindex(found.wallet.index.intersection(found.size.index)).dropna()
    bought = made.line.bought.reindex(known.index).fillna(0.0)
    line = gaps.survey_line(found.size, known)
    first = max(1, round(LARGE * len(known)))
    rules = {
        "surveyed line, each left out": gaps.left_out_wallets(found.size, known),
        "quantile of the peers": made.wallet.table["potential"].reindex(known.index),
        "mean wallet for everybody": pd.Series(float(known.mean()), known.index),
        "who buys most has most to give": 2 * bought,
    }
    rows = {}
    for name, told in rules.items():
        test = gaps.gap_test(told, bought, known, first)
        rows[name] = {
            "rank": _written(test.rank, ".2f"),
            "share": _written(test.share, ".2f"),
            "hits": test.hits,
            "rank_at": test.rank.estimate,
            "share_at": test.share.estimate,
            "share_low": test.share.low,
        }
    table = pd.DataFrame(rows).T
    ratio = (rules["quantile of the peers"] / known).dropna()
    numbers: dict[str, Any] = {
        "asked": len(known),
        "first": first,
        "by_lot": first**2 / len(known),
        "slope": line.slope,
        "low": line.low,
        "high": line.high,
        "ratio": float(ratio.median()),
        "ratio_low": float(ratio.quantile(0.1)),
        "ratio_high": float(ratio.quantile(0.9)),
        "most_of": 0.8,
        "peers_hits": int(table.loc["quantile of the peers", "hits"]),
        "line_hits": int(table.loc["surveyed line, each left out", "hits"]),
        "most_hits": int(table.loc["who buys most has most to give", "hits"]),
        "share": float(table.loc["quantile of the peers", "share_at"]),
        "line_share": float(table.loc["surveyed line, each left out", "share_at"]),
        "ours": float(bought.sum() / known.sum()),
        "frame": table,
    }
    says = (
        "{asked:count account} named what they spend with everybody: {ours:percent0} of it with "
        "us. Their wallets rise with the size with a slope of {slope:.2f} ({low:.2f} to "
        "{high:.2f}).",
        "The potential by peers, which no wallet was needed for, is {ratio:.2f} of the wallet in "
        "the middle of them, and {ratio_low:.2f} to {ratio_high:.2f} of it for {most_of:percent0} "
        "of the accounts. Of the {first} largest true gaps it names {peers_hits}; the line through "
        "the wallets of the others {line_hits}; who simply buys most {most_hits}; lots would name "
        "{by_lot:.0f}.",
    )
    view = table[["rank", "share", "hits"]].rename_axis("gaps told by")
    columns = {
        "rank": Shown("rank correlation (95 %)"),
        "share": Shown("correlation of shares (95 %)"),
        "hits": Shown("of {first} largest", ",.0f"),
    }
    return Finding(numbers, says, view, columns)


def _written(value: Interval, form: str) -> str:
    return "-" if np.isnan(value.estimate) else with_interval(*value, form=form)


def _pairs(found: Space) -> pd.DataFrame | str:
    """All pairs seen often enough, as they look and within groups; or why there are none."""
    if found.held.shape[1] < 2:
        return "two products or more (ledger.line, holdings.product)"
    try:
        table = affinities.affinity(found.held, found.strata())
    except ValueError as error:
        return str(error)
    if not len(table):
        return (
            "two products that some accounts hold and others do not, and that chance alone would "
            f"let {affinities.EXPECTED} of them hold together"
        )
    return table


def which_go_together(found: Space, *, shown: int = PAIRS_SHOWN) -> Finding:
    """Which products go together, and for which is it more than chance and size?

    Parameters
    ----------
    shown : pairs in the figure, the largest lifts and those that stand.
    """
    table = _pairs(found)
    if isinstance(table, str):
        none = unknown("Which products go together takes {why}.", why=table.rstrip("."))
        # what everybody holds goes with nothing, yet what is left can be offered
        still = {"frame": None} if found.held[found.held.any(axis=1)].all().any() else {}
        return Finding({**none.numbers, **still}, unknown=none.unknown)
    holders = found.held[found.held.any(axis=1)]
    stand = table[table["told_within"] & (table["odds"] > 1)]
    apart = int((table["told_within"] & (table["odds"] < 1)).sum())
    known = not isinstance(found.strata(), str)
    top = table.iloc[0]
    clear = table[(table["odds_low"] > 1) & ~table["told_within"]]
    numbers: dict[str, Any] = {
        "clear": len(clear),
        "pairs": len(table),
        "holders": len(holders),
        "above": int((table["lift"] > 1).sum()),
        "naive": int((table["low"] > 1).sum()),
        "told": int((table["told"] & (table["lift"] > 1)).sum()),
        "within": len(stand),
        "apart": apart,
        "level": 0.05,
        "by": "size" if known else f"number of other {found.unit}s",
        "one": str(top["first"]),
        "two": str(top["second"]),
        "lift": float(top["lift"]),
        "lift_low": float(top["low"]),
        "lift_high": float(top["high"]),
        "stands": "stands" if bool(top["told_within"] and top["odds"] > 1) else "does not stand",
        "names": [f"{row.first} + {row.second}" for row in stand.itertuples()],
        "frame": table,
    }
    says = [
        "Of {pairs:count pair} that are seen often enough among {holders:count buyer}, {above} "
        "have a lift above one, {naive} with an interval above one.",
        "Counting that so many were looked at (false discovery rate {level:percent0}), {told} "
        "stand; among accounts of like {by}, {within}: {names:names}."
        if len(stand)
        else "Counting that so many were looked at (false discovery rate {level:percent0}), {told} "
        "stand; among accounts of like {by}, none.",
        "The largest lift, {one} with {two} ({lift:.2f}, {lift_low:.2f} to {lift_high:.2f}), "
        "{stands} among their like.",
    ]
    drawn = _drawn_pairs(table, stand, holders, shown)
    says += _of_the_picture(drawn, len(stand), numbers)
    if len(clear):
        numbers["have"] = "has" if len(clear) == 1 else "have"
        says.append(
            "{clear} more {have} an interval above one among their like; of so many pairs that "
            "happens by luck too, so they do not stand."
        )
    if apart:
        numbers["fall"] = "is" if apart == 1 else "are"
        says.append("Bought together less often than chance would have it {fall} {apart}.")
    if not known:
        says.append(
            "This book knows no size: what stands may still be size, which the number of other "
            "{unit}s tells only in part."
        )
        numbers["unit"] = found.unit
    numbers["endless"] = len(_chosen(table, stand, shown)) - len(drawn)
    if numbers["endless"]:
        says.append(
            "Not drawn: {endless:count pair} of which all or none of the holders of one hold the "
            "other, within each group of their like; such an odds ratio has no end."
        )
    picture = None
    if len(drawn):
        picture = Picture(
            lambda title: figures.affinity_plot(
                drawn, title, "odds ratio (1: nothing to do, log scale)"
            ),
            "{within} of {pairs:count pair} {verb} among accounts of like {by}",
            "Odds ratios of pairs of products: as they look, and with intervals among accounts of "
            "like {by}, where those that stand are filled. The largest lift is that of {one} with "
            "{two}.",
        )
    numbers["verb"] = "stands" if len(stand) == 1 else "stand"
    columns = {
        "support": Shown("of all", "percent"),
        "confidence": Shown("of the first", "percent"),
        "reverse": Shown("of the second", "percent"),
        "lift": Shown("lift", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "odds": Shown("odds ratio within", ".2f"),
        "told": Shown("stands", "yes"),
        "told_within": Shown("stands within", "yes"),
    }
    view = table[["first", "second", "together", *columns]]
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


def _of_the_picture(drawn: pd.DataFrame, stand: int, numbers: dict[str, Any]) -> list[str]:
    """Which pairs are drawn, and where the largest lift stands among them."""
    if not len(drawn):
        return []
    numbers["drawn"] = len(drawn)
    says = [
        "Drawn {are} {drawn:count pair}: the largest lifts, and those that stand."
        if stand
        else "Drawn {are} {drawn:count pair}: the largest lifts."
    ]
    numbers["are"] = "is" if len(drawn) == 1 else "are"
    first = f"{numbers['one']} + {numbers['two']}"
    if first in drawn.index:
        row = drawn.loc[first]
        for name in ("plain", "odds", "odds_low", "odds_high"):
            numbers[f"top_{name}"] = float(row[name])
        says.append(
            "As an odds ratio the largest lift is {top_plain:.2f} as it looks, and "
            "{top_odds:.2f} ({top_odds_low:.2f} to {top_odds_high:.2f}) among their like."
        )
    return says


def _chosen(table: pd.DataFrame, stand: pd.DataFrame, shown: int) -> pd.Index:
    return table.index[:shown].union(stand.index[:shown]).sort_values()


def _drawn_pairs(
    table: pd.DataFrame, stand: pd.DataFrame, holders: pd.DataFrame, shown: int
) -> pd.DataFrame:
    """The pairs of the figure: odds ratio as it looks and within, largest lifts first."""
    rows = {}
    for place in _chosen(table, stand, shown):
        pair = table.loc[place]
        one, two = holders[pair["first"]], holders[pair["second"]]
        a, b, c, d = (
            float((x & y).sum()) + 0.5
            for x, y in ((one, two), (one, ~two), (~one, two), (~one, ~two))
        )
        odds, low, high = (float(pair[name]) for name in ("odds", "odds_low", "odds_high"))
        if not (low > 0 and np.isfinite(high)):
            continue
        stands = place in stand.index
        rows[f"{pair['first']} + {pair['second']}"] = (a * d / (b * c), odds, low, high, stands)
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["plain", "odds", "odds_low", "odds_high", "stands"]
    )


def _offer_peers(found: Space, sector: bool = True) -> pd.DataFrame | None:
    """Groupings that say what an account needs: size, and the sector where it is known."""
    parts = {}
    groups = found.groups()
    if groups is not None and found.size is not None:
        parts["size"] = groups
    if sector and found.sector is not None and found.sector.nunique() > 1:
        parts["sector"] = found.sector
    return pd.DataFrame(parts).reindex(found.held.index) if parts else None


def offers(found: Space, pairs: Finding, *, first: int = 3, shown: int = OFFERS_SHOWN) -> Finding:
    """What to offer whom next, and would such offers have named what accounts do hold?

    Parameters
    ----------
    pairs : from `which_go_together`.
    first : offers that count in the test.
    shown : accounts in the table, the most valuable offers.
    """
    if not pairs.known and ("frame" not in pairs.numbers or found.held.shape[1] < 2):
        return Finding(pairs.numbers, unknown=pairs.unknown)
    peers = _offer_peers(found)
    table = affinities.next_offer(
        found.held,
        found.spend.clip(lower=0.0),
        peers=peers,
        pairs=pairs.numbers["frame"],
        groups=found.groups(),
    )
    if not len(table):
        return unknown("Every account buys everything: there is nothing left to offer.")
    table = table.sort_values("value", ascending=False, kind="stable")
    top = table.iloc[0]
    numbers: dict[str, Any] = {
        "accounts": len(table),
        "who": found.called(table.index[0]),
        "product": str(top["product"]),
        "chance": float(top["chance"]),
        "worth": float(top["worth"]),
        "value": float(top["value"]),
        "common": str(table["product"].value_counts().sort_index().idxmax()),
        "because": int((table["because"] != "").sum()),
        "money": found.unit_of_money,
        "years": found.years,
        "those": _those_who_pay(found, str(top["product"]), table.index[0]),
        "frame": table,
    }
    numbers["times"] = int((table["product"] == numbers["common"]).sum())
    says = [
        "The offer worth most: {product} to {who}. Accounts like it hold it with a chance of "
        "{chance:percent0}, and half of {those} spend {worth:money}{money} or more on it "
        "({years}). Most often the first offer is {common} ({times} of {accounts:count account}); "
        "a pair that stands speaks for {because} of the offers.",
    ]
    try:
        tried = affinities.fair_offers(found.held, peers, found.strata())
        test = affinities.offer_test(found.held, first=first, tried=tried)
    except ValueError:
        says.append(
            "Too few accounts hold two of them and lack more than {first}, so such offers cannot "
            "be tested."
        )
        numbers["first"] = first
    else:
        gain = test.gain
        numbers |= {
            "first": first,
            "tried": tried,
            "hit": test.offers,
            "popular": test.popular,
            "gain": gain.estimate,
            "gain_low": gain.low,
            "gain_high": gain.high,
            "hidden": test.hidden,
            "sure": test.sure,
            "tested": test.accounts,
        }
        better = "told" if gain.low > 0 else "worse" if gain.high < 0 else "open"
        says += [
            "Tested by hiding each of {hidden:count purchase} of {tested:count account} in turn, "
            "with what other accounts teach: it was among the first {first} offers in "
            "{hit:percent}, and where simply the most common is offered in {popular:percent}.",
            *_not_counted(numbers),
            {
                "told": "The offers are better by {gain:points} points ({gain_low:points} to "
                "{gain_high:points}).",
                "worse": "The offers are worse by that test: offer the most common.",
                "open": "Which of the two is better cannot be told: the difference is "
                "{gain:points} points ({gain_low:points} to {gain_high:points}).",
            }[better],
        ]
    view = table.head(shown).assign(name=[found.called(i) for i in table.index[:shown]])
    view = view[["name", "product", "chance", "worth", "value", "because"]].rename_axis("account")
    columns = {
        "product": Shown("next offer"),
        "chance": Shown("chance", "percent0"),
        "worth": Shown("holders spend (median)", "money"),
        "value": Shown("chance x spend", "money"),
        "because": Shown("it holds"),
    }
    view["because"] = view["because"].replace("", "-")
    return Finding(numbers, tuple(says), view, columns)


def _those_who_pay(found: Space, product: str, account: object) -> str:
    """Whose median spend an offer is reckoned with, in words; see `affinities.next_offer`."""
    groups = found.groups()
    if groups is not None and account in groups.index:
        like = groups.index[groups == groups.loc[account]]
        if (found.spend.loc[like, product] > 0).sum() >= affinities.EXPECTED:
            return (
                "its holders of like size"
                if found.size is not None
                else "the holders that buy as much"
            )
    return "all its holders"


def _not_counted(numbers: dict[str, Any]) -> list[str]:
    """How many hidden purchases no offers could have missed."""
    if not numbers["sure"]:
        return []
    numbers["more"] = "is" if numbers["sure"] == 1 else "are"
    return [
        "{sure:count more purchase} {more} not counted: of accounts that lack so little that any "
        "{first} offers name it."
    ]


class _Test(NamedTuple):
    #: Of all months ahead, and of the last of them alone, which is what a horizon means.
    made: demand.Backtest
    there: demand.Backtest
    #: MASE of the regression less that of the better naive forecast there, over series.
    gain: Interval
    naive: str
    naives: tuple[str, ...]


#: Months that the regression without months of the year sees at the least.
_LEAST = demand.FEWEST_LEFT + 2


def _short(horizon: int, dates: int = FEWEST_DATES) -> str:
    months = _LEAST + horizon + dates - 1
    return f"ledger.date over {months} whole months or more, with sales that move"


def _steps(made: demand.Backtest) -> str:
    """What errors are measured by, in words."""
    return "from year to year" if made.season == demand.SEASON else "from month to month"


def _backtested(
    series: pd.Series | pd.DataFrame,
    horizon: int,
    origins: int,
    methods: Sequence[demand.Method] = ("regression",),
    indicator: pd.DataFrame | None = None,
    season: int | None = None,
    factor: pd.DataFrame | None = None,
) -> _Test | None:
    """A backtest with as many origins as the months allow; None where they allow none. Judged is
    the last month ahead: how well three months ahead is told, not the next three on average.
    """
    months = len(series)
    years = months - horizon - 2 * demand.SEASON + 1
    seasons = months >= 3 * demand.SEASON and years >= FEWEST_DATES
    many = min(origins, years if seasons else months - horizon - _LEAST + 1)
    if many < min(origins, FEWEST_DATES):
        return None
    try:
        made = demand.backtest(series, horizon, many, methods, indicator, season, factor)
    except ValueError:
        return None
    there = made.at(horizon)
    table = there.table
    if demand.NAIVE not in table.index or methods[0] not in table.index:
        return None
    both = tuple(name for name in (demand.NAIVE, demand.SEASONAL) if name in table.index)
    naive = str(table.loc[list(both), "mase"].idxmin())
    return _Test(made, there, _over(there.each[methods[0]] - there.each[naive]), naive, both)


def _over(each: pd.Series) -> Interval:
    """Mean over series with its 95 % interval; no interval for one."""
    n, mean = len(each), float(each.mean())
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    reach = float(stats.t.ppf(0.975, n - 1) * each.std() / np.sqrt(n))
    return Interval(mean, mean - reach, mean + reach)


def _series(found: Space) -> tuple[pd.Series | pd.DataFrame, str]:
    """What is forecast: clients that foretell theirs, else the largest accounts that buy in every
    month; all together where these are fewer than three."""
    if found.followed.shape[1] >= 3:
        return found.followed, "clients" if found.said.shape[1] else "accounts"
    return found.total, "total"


def _ahead(
    found: Space, horizon: int, origins: int = ORIGINS, season: int | None = None
) -> _Test | None:
    """The backtest of what is forecast, with the sector factor where it is known."""
    asked = ("ahead", horizon, origins, season)
    return found.once(asked, lambda: _tried_ahead(found, horizon, origins, season))


def _tried_ahead(found: Space, horizon: int, origins: int, season: int | None) -> _Test | None:
    series, which = _series(found)
    methods: tuple[demand.Method, ...] = ("regression",)
    if which == "total" or isinstance(found.factor, str):
        return _backtested(series, horizon, origins, methods, season=season)
    methods += ("regression with sector factor",)
    return _backtested(series, horizon, origins, methods, season=season, factor=found.factor)


def _by_sector(found: Space, made: _Test, numbers: dict[str, Any]) -> list[str]:
    """What the sector factor takes off the error, put into the numbers and told."""
    if _series(found)[1] == "total":
        return []
    if demand.WITH_SECTOR not in made.there.table.index:
        numbers["sector_why"] = (
            found.factor
            if isinstance(found.factor, str)
            else f"{2 * demand.SEASON} months before the first date"
        )
        return ["A forecast with the factor of the sector takes {sector_why}."]
    gain = _over(made.there.each[demand.REGRESSION] - made.there.each[demand.WITH_SECTOR])
    numbers |= {
        "sector_mase": float(made.there.table.loc[demand.WITH_SECTOR, "mase"]),
        "sector_gain": gain.estimate,
        "sector_low": gain.low,
        "sector_high": gain.high,
    }
    sure = "less" if gain.low > 0 else "more" if gain.high < 0 else "open"
    return [
        "The regression that takes the months of the year from the others of the sector errs "
        "{sector_mase:.2f} times the step.",
        {
            "less": "Over the accounts that is surely less than from its own past: "
            "{sector_gain:.3f} off ({sector_low:.3f} to {sector_high:.3f}).",
            "more": "Over the accounts that is surely more than from its own past: "
            "{sector_gain:.3f} off ({sector_low:.3f} to {sector_high:.3f}).",
            "open": "Whether that is less than from its own past cannot be told: {sector_gain:.3f} "
            "off ({sector_low:.3f} to {sector_high:.3f}).",
        }[sure],
    ]


def tested(found: Space, horizon: int = HORIZON, origins: int = ORIGINS) -> Finding:
    """How well would a forecast have done, beside the naive ones?

    Parameters
    ----------
    horizon : months ahead.
    origins : dates from which it is forecast again, one a month.
    """
    _whole("horizon", horizon)
    _whole("origins", origins)
    _, which = _series(found)
    made = _ahead(found, horizon, origins)
    if made is None:
        return unknown("A forecast that can be tested takes {why}.", why=_short(horizon))
    table = made.there.table
    regression = table.loc[demand.REGRESSION]
    numbers: dict[str, Any] = {
        "what": found.demand,
        "series": made.there.each.shape[0],
        "steady": found.steady,
        "steps": _steps(made.made),
        "horizon": horizon,
        "origins": made.made.origins,
        "mase": float(regression["mase"]),
        "naive": made.naive,
        "naive_mase": float(table.loc[made.naive, "mase"]),
        "inside": float(regression["inside"]),
        "promised": demand.LEVELS[-1] - demand.LEVELS[0],
        "gain": made.gain.estimate,
        "frame": table,
        "each": made.there.each,
    }
    whose = {
        "clients": "of {series:count account} that buy in every month and say each month what they "
        "expect",
        "accounts": "of {series:count account}, the largest of the {steady} that buy in every month"
        if found.steady > found.followed.shape[1]
        else "of {series:count account}, all that buy in every month",
        "total": "of all accounts together",
    }[which]
    says = [
        f"Forecast is the {{what}} {whose}, {{horizon:count month}} ahead, from "
        "{origins:count date} of the past, each with what was known then.",
        "At that distance the regression errs {mase:.2f} times the step {steps}; the better naive "
        "forecast, {naive}, {naive_mase:.2f} times."
        if len(made.naives) > 1
        else "At that distance the regression errs {mase:.2f} times the step {steps}; the naive "
        "forecast {naive_mase:.2f} times. The seasonal one takes more months than these.",
    ]
    if np.isnan(made.gain.low):
        says.append(
            "That is one series, whose errors hang together: no interval is given, and "
            "their difference proves nothing for the months to come."
        )
    else:
        numbers |= {"gain_low": made.gain.low, "gain_high": made.gain.high}
        sure = "less" if made.gain.high < 0 else "more" if made.gain.low > 0 else "open"
        says.append(
            {
                "less": "Over the accounts it errs surely less: by {gain:.2f} ({gain_low:.2f} to "
                "{gain_high:.2f}).",
                "more": "Over the accounts it errs surely more: by {gain:.2f} ({gain_low:.2f} to "
                "{gain_high:.2f}). Take the naive one.",
                "open": "Which of them errs less cannot be told: {gain:.2f} ({gain_low:.2f} to "
                "{gain_high:.2f}).",
            }[sure]
        )
    says += _by_sector(found, made, numbers)
    says.append(
        "Within the band of the regression, which promises {promised:percent0}, came "
        "{inside:percent0} of the months."
    )
    columns = {
        "mase": Shown("MASE", ".2f"),
        "pinball": Shown("pinball, scaled", ".3f"),
        "inside": Shown("within the band", "percent0"),
        "forecasts": Shown("forecasts", ",.0f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def by_account(ahead: Finding) -> Finding:
    """For whom does the sector foretell better than the account's own past?

    Parameters
    ----------
    ahead : from `tested`.
    """
    if not ahead.known or "sector_gain" not in ahead.numbers:
        why = ahead.numbers.get("sector_why", "three accounts or more that buy in every month")
        return unknown("A forecast with the factor of the sector takes {why}.", why=why)
    each = ahead.numbers["each"][[demand.REGRESSION, demand.WITH_SECTOR]]
    numbers: dict[str, Any] = {
        "series": len(each),
        "less": int((each[demand.WITH_SECTOR] < each[demand.REGRESSION]).sum()),
        "horizon": ahead.numbers["horizon"],
        "frame": each,
    }
    says = (
        "With the months of the year of its sector the error is less for {less} of "
        "{series:count account}, {horizon:count month} ahead.",
    )
    picture = Picture(
        lambda title: figures.errors_plot(
            each, title, "error from its own past (MASE)", "error by its sector (MASE)"
        ),
        "By its sector the error is less for {less} of {series}",
        "Error of the forecast by the sector against that from the account's own past, one dot for "
        "each of {series:count account}; below the line for {less}.",
    )
    return Finding(numbers, says, picture=picture)


def _whole(name: str, value: int, least: int = 1) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}: expected a whole number of {least} or more")


def fan(found: Space, horizon: int = 6) -> Finding:
    """What will the next months bring, and how wide is that?

    Parameters
    ----------
    horizon : months ahead.
    """
    _whole("horizon", horizon)
    try:
        ahead = demand.forecast(found.total, horizon)
    except ValueError:
        return unknown(
            "A forecast takes {why}.", why=f"ledger.date over {_LEAST} whole months or more"
        )
    seasonal = len(found.total) > demand.SEASON
    naive = demand.SEASONAL if seasonal else demand.NAIVE
    beside = demand.forecast(found.total, horizon, "seasonal naive" if seasonal else "naive")
    first, last = ahead.iloc[0], ahead.iloc[-1]
    together = float(ahead["middle"].sum())
    numbers: dict[str, Any] = {
        "what": found.demand,
        "in_units": f" {found.demand_unit}" if found.demand_unit else "",
        "next": str(ahead.index[0]),
        "last": str(ahead.index[-1]),
        "middle": float(first["middle"]),
        "low": float(first["low"]),
        "high": float(first["high"]),
        "last_middle": float(last["middle"]),
        "last_low": float(last["low"]),
        "last_high": float(last["high"]),
        "together": together,
        "naive": naive,
        "naive_together": float(beside["middle"].sum()),
        "promised": demand.LEVELS[-1] - demand.LEVELS[0],
        "horizon": horizon,
        "frame": ahead,
    }
    says = [
        "{next}: {middle:money}{in_units} ({low:money} to {high:money}, with a chance of "
        "{promised:percent0}).",
    ]
    if horizon > 1:
        says.append("{last}: {last_middle:money} ({last_low:money} to {last_high:money}).")
    made = _backtested(found.total, min(horizon, HORIZON), ORIGINS)
    tried = made is not None and naive in made.naives
    together_says = "All {horizon:count month} together: {together:money}; the {naive} forecast "
    says.append(
        together_says + "says {naive_together:money}."
        if tried
        else together_says + "says {naive_together:money}. How well that one would have done "
        "cannot be tested on so few months."
    )
    if made is not None:
        table = made.there.table
        numbers |= {
            "tried": made.made.origins,
            "ahead": made.made.horizon,
            "mase": float(table.loc[demand.REGRESSION, "mase"]),
            "best_naive": made.naive,
            "naive_mase": float(table.loc[made.naive, "mase"]),
        }
        says.append(
            "From {tried:count date} of the past, {ahead:count month} ahead, the regression erred "
            "{mase:.2f} steps, the {best_naive} forecast {naive_mase:.2f}: one series, so no "
            "interval."
        )
    history = found.total.tail(2 * demand.SEASON)
    axis = ", ".join(filter(None, (found.demand, found.demand_unit)))
    picture = Picture(
        lambda title: figures.fan_plot(history, ahead, beside["middle"].rename(naive), title, axis),
        "Next month: {low:money} to {high:money}",
        "The {what} by month and the next {horizon:count month} with a band that promises "
        "{promised:percent0}, beside the {naive} forecast.",
    )
    columns = {name: Shown(name, "money") for name in ("low", "middle", "high")}
    view = ahead.set_axis([str(month) for month in ahead.index]).rename_axis("month")
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


def _foretold(found: Space) -> demand.LeadLag | None:
    if not found.said.shape[1] or not len(found.followed):
        return None
    try:
        return demand.lead_lag(found.said, found.followed)
    except ValueError:
        return None


def _no_clients() -> Finding:
    return unknown(
        "What clients foretell takes client_forecasts of accounts that buy in every month, over "
        "two years or more."
    )


def clients(found: Space, origins: int = ORIGINS, *, overstated: float = OVERSTATED) -> Finding:
    """Is the word of the clients worth asking for, and whose is not?

    Parameters
    ----------
    origins : dates from which it is forecast again.
    overstated : a client overstates where it surely says so much more than comes (fraction).
    """
    fraction("overstated", overstated)
    _whole("origins", origins)
    lead = _foretold(found)
    if lead is None:
        return _no_clients()
    numbers: dict[str, Any] = {
        "clients": found.said.shape[1],
        "lead": lead.best,
        "correlation": lead.correlation.estimate,
        "overstated": overstated,
        "frame": lead.table,
        "sure": "yes" if lead.sure else "no",
    }
    says = [
        "What {clients:count client} say goes best with what they buy {lead:count month} later "
        "(correlation of growth {correlation:.2f})."
        if lead.best > 0
        else "What {clients:count client} say foretells nothing: it goes best with what they buy "
        "at lead {lead} (correlation of growth {correlation:.2f}).",
        "That lead is surely better than any other."
        if lead.sure
        else "Another lead may be as good.",
    ]
    if lead.best > 0:
        says += _worth(found, lead.best, origins, numbers)
        bias = demand.client_bias(found.said, found.followed, lead.best)
        over = bias[bias["low"] > overstated]
        numbers |= {"over": len(over), "bias": bias, "most": float(bias["bias"].iloc[0])}
        numbers["who"] = found.called(bias.index[0])
        numbers["say"] = "says" if len(over) == 1 else "say"
        says.append(
            "{over} of them surely {say} {overstated:percent0} more than comes, or worse; most "
            "{who}, {most:percent0}."
            if len(over)
            else "None of them surely says {overstated:percent0} more than comes."
        )
    picture = Picture(
        lambda title: figures.lead_plot(
            lead.table, lead.best, title, "months from the word to the purchase"
        ),
        "Word and purchase go together best at a lead of {lead}",
        "Correlation of growth between what clients say and what they buy, by lead in months; it "
        "is highest at {lead}: {correlation:.2f}.",
    )
    columns = {
        "correlation": Shown("correlation", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
    }
    return Finding(numbers, tuple(says), lead.table, columns, picture, show_table=False)


def _worth(found: Space, lead: int, origins: int, numbers: dict[str, Any]) -> list[str]:
    """What the word saves in a backtest, put into the numbers and told."""
    moved = found.said.set_axis(pd.PeriodIndex(found.said.index, freq="M") + lead)
    methods: tuple[demand.Method, ...] = (
        "regression with indicator", "regression", "indicator",
    )  # fmt: skip
    test = _backtested(found.followed, lead, origins, methods, moved)
    if test is None or not set(methods) <= set(test.there.table.index):
        return ["Too few months to test what it would have saved."]
    table, each = test.there.table, test.there.each
    gain = _over(each[demand.REGRESSION] - each[demand.WITH_INDICATOR])
    numbers |= {
        "word": float(table.loc[demand.INDICATOR, "mase"]),
        "with_word": float(table.loc[demand.WITH_INDICATOR, "mase"]),
        "without": float(table.loc[demand.REGRESSION, "mase"]),
        "naive": test.naive,
        "naive_mase": float(table.loc[test.naive, "mase"]),
        "gain": gain.estimate,
        "steps": _steps(test.made),
        "backtest": table,
    }
    says = [
        "{lead:count month} ahead, the error in steps {steps} (MASE) is {naive_mase:.2f} for the "
        "{naive} forecast, {without:.2f} for the regression, {word:.2f} for the word as it stands, "
        "and {with_word:.2f} for the regression that takes the word in."
    ]
    if not np.isnan(gain.low):
        numbers |= {"gain_low": gain.low, "gain_high": gain.high}
        says.append(
            "The word takes {gain:.2f} steps off the error of the regression ({gain_low:.2f} to "
            "{gain_high:.2f} over the clients)."
            if gain.low > 0
            else "Whether the word takes anything off the error of the regression cannot be told: "
            "{gain:.2f} steps ({gain_low:.2f} to {gain_high:.2f} over the clients)."
        )
    return says


def quantity_to_hold(
    found: Space,
    service: float = 0.95,
    *,
    lead_time: int = 2,
    late: float = 0.0,
    origins: int = ORIGINS,
) -> Finding:
    """How much to hold for the months until more can be had, so as not to run out?

    Parameters
    ----------
    service : chance not to run out in that time; see `critical_ratio` for one that pays.
    lead_time : months until a new delivery comes.
    late : standard deviation of that time, in months.
    origins : dates from which it is forecast again, for the error.
    """
    fraction("service", service, one=False)
    _whole("lead_time", lead_time)
    demand.safety_stock(0.0, float(lead_time), service, lead_time_sd=late)
    made = _backtested(found.total, lead_time, origins)
    if made is None:
        return unknown("How much to hold takes {why}.", why=_short(lead_time, demand.FEWEST_LEFT))
    sums = made.made.errors.groupby(["method", "origin"])["error"].sum()
    # about nothing, not about their mean: what a forecast misses each time is to be held too
    spread = {str(name): _usual(part) for name, part in sums.groupby(level=0)}
    ones = made.made.errors[made.made.errors["ahead"] == 1].groupby("method")["error"]
    single = {str(name): _usual(part) for name, part in ones}
    if len(sums.loc[demand.REGRESSION]) < demand.FEWEST_LEFT:
        return unknown("How much to hold takes {why}.", why=_short(lead_time, demand.FEWEST_LEFT))
    mean = float(found.total.tail(demand.SEASON).mean())
    if mean <= 0:
        return unknown(
            "More of {what} came back in the last {months:count month} than was sold: there is no "
            "demand to hold stock for.",
            what=found.demand,
            months=len(found.total.tail(demand.SEASON)),
        )
    rows = {
        name: {
            "sigma": single[name],
            "sum": spread[name],
            "root": demand.safety_stock(
                single[name], lead_time, service, demand=mean, lead_time_sd=late
            ),
            "hold": demand.safety_stock(spread[name], 1.0, service, demand=mean, lead_time_sd=late),
        }
        for name in made.made.table.index
    }
    table = pd.DataFrame(rows).T
    naive = min(made.naives, key=lambda name: rows[name]["hold"])
    numbers: dict[str, Any] = {
        "what": found.demand,
        "service": service,
        "z": float(stats.norm.ppf(service)),
        "lead_time": lead_time,
        "hold": rows[demand.REGRESSION]["hold"],
        "naive": naive,
        "naive_hold": rows[naive]["hold"],
        "root": rows[demand.REGRESSION]["root"],
        "part": rows[demand.REGRESSION]["hold"] / (mean * lead_time),
        "frame": table,
        "origins": made.made.origins,
    }
    says = [
        "Not to run out with a chance of {service:percent0} within {lead_time:count month} takes "
        "{hold:money} beyond the forecast ({z:.2f} times its error over that time, as the root of "
        "the mean square), {part:percent} of what is used in it; with the {naive} forecast "
        "{naive_hold:money}.",
        "By the root of the lead time, from errors of single months, it would be {root:money}: "
        "errors that hang together add up otherwise. From {origins:count date}.",
    ]
    if late:
        numbers["late"] = late
        says.append("Deliveries that vary by {late:.1f} months are in it.")
    columns = {
        "sigma": Shown("error of a month", "money"),
        "sum": Shown("error over the time", "money"),
        "root": Shown("hold, by the root", "money"),
        "hold": Shown("hold", "money"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("forecast"), columns, show_table=False)


def _usual(errors: pd.Series) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt((errors**2).mean()))


def _uplift(found: Space) -> campaigns.Uplift | str:
    if found.campaign is None:
        return "campaign_months, with branches that had no campaign"
    try:
        return campaigns.uplift(found.campaign)
    except ValueError as error:
        return str(error)


def campaign(found: Space) -> Finding:
    """What did the campaign add, and did both sides move alike before it?"""
    made = _uplift(found)
    if isinstance(made, str):
        return unknown("What a campaign added takes {why}.", why=made.rstrip("."))
    effect, trend = made.effect, made.trend
    numbers: dict[str, Any] = {
        "treated": made.treated,
        "control": made.control,
        "start": str(pd.Period(made.start, "M")),
        "effect": effect.estimate,
        "before_after": made.before_after,
        "with_without": made.with_without,
        "frame": made.path,
        "made": made,
    }
    says = [
        "From {start} on a campaign ran in {treated:count branch/branches}; {control} had none.",
    ]
    if np.isnan(effect.low):
        says.append(
            "Difference in differences: {effect:percent} of change; with so few branches no "
            "interval can be given."
        )
    else:
        numbers |= {"low": effect.low, "high": effect.high}
        says.append(
            "Difference in differences: a change of {effect:percent} ({low:percent} to "
            "{high:percent})."
        )
    says.append(
        "After less before, in these branches alone, would have told a change of "
        "{before_after:percent}; with less without, after the start, a difference that is a change "
        "of {with_without:percent}."
    )
    if not np.isnan(trend.low):
        numbers |= {"trend": trend.estimate, "trend_low": trend.low, "trend_high": trend.high}
        level = "{trend:percent2} a month ({trend_low:percent2} to {trend_high:percent2})"
        says.append(
            "Before it, the change of the gap between both sides was " + level + ": the months do "
            "not contradict that both would have moved alike."
            if trend.low <= 0 <= trend.high
            else "Before it, the change of the gap between both sides was already " + level + ": "
            "the effect cannot be told from that."
        )
    picture = Picture(
        lambda title: figures.campaign_plot(
            made.path, title, "gap of both sides, less its mean before"
        ),
        "The campaign: a change of {effect:percent}",
        "Gap in sales between branches with and without the campaign, by month, less its mean "
        "before {start}; with intervals. The effect is a change of {effect:percent}.",
    )
    columns = {
        "gap": Shown("gap", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "after": Shown("campaign", "yes"),
    }
    view = made.path.set_axis([str(pd.Period(m, "M")) for m in made.path.index]).rename_axis(
        "month"
    )
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


def other_quantiles(
    found: Space,
    peers: Literal["size", "sector"] = "size",
    quantiles: tuple[float, ...] = (0.5, 0.75, 0.9, 0.95),
    *,
    first: int = 30,
) -> Finding:
    """How much hangs on the quantile: the sum, and who is named?

    Parameters
    ----------
    quantiles : tried in the place of the one of the lesson.
    first : how many of the largest gaps are compared.
    """
    made = {q: _potential(found, q, peers) for q in quantiles}
    lines = {q: one for q, one in made.items() if not isinstance(one, str)}
    failed = {q: one for q, one in made.items() if isinstance(one, str)}
    if len(lines) < 2:
        why = next(one for one in made.values() if isinstance(one, str))
        return _why_no_line(why)
    last = list(lines)[-1]
    first = min(first, len(lines[last].table))
    named = {q: set(descending(one.table["gap"]).index[:first]) for q, one in lines.items()}
    table = pd.DataFrame(
        {
            "q": list(lines),
            "slope": [
                with_interval(one.wallet.slope, one.wallet.low, one.wallet.high, form=".2f")
                for one in lines.values()
            ],
            "gap": [float(one.table["gap"].sum()) for one in lines.values()],
            "same": [len(named[q] & named[last]) for q in lines],
        }
    )
    numbers: dict[str, Any] = {
        "tried": len(table),
        "low": float(table["gap"].min()),
        "high": float(table["gap"].max()),
        "same": int(table["same"].min()),
        "first": first,
        "last": last,
        "money": found.unit_of_money,
    }
    says = [
        "With {tried} quantiles all gaps together run from {low:money} to {high:money}{money}: the "
        "sum is a choice. Of the {first} largest gaps at {last:percent0}, at least {same} are "
        "among the {first} largest at each of the others.",
    ]
    for place, (q, why) in enumerate(failed.items()):
        numbers |= {f"no_{place}": q, f"why_{place}": why.rstrip(".")}
        says.append(f"No line at {{no_{place}:percent0}}: {{why_{place}}}.")
    columns = {
        "q": Shown("quantile", "percent0"),
        "slope": Shown("slope (95 %)"),
        "gap": Shown("all gaps", "money"),
        "same": Shown("same names", ",.0f"),
    }
    return Finding(numbers, tuple(says), table, columns)


#: Headers of the table of horizons, so that it is no wider than the page.
_SHORT_NAMES = {demand.WITH_SECTOR: "by its sector"}


def other_horizons(
    found: Space, horizons: tuple[int, ...] = (1, 3, 6), origins: int = ORIGINS
) -> Finding:
    """How much hangs on how far ahead it is looked?

    Parameters
    ----------
    horizons : months ahead.
    """
    made = {horizon: _ahead(found, horizon, origins) for horizon in horizons}
    tests = _in_one_step(
        found, {horizon: test for horizon, test in made.items() if test is not None}
    )
    if not tests:
        return unknown("Other horizons take {why}.", why=_short(min(horizons)))
    table = pd.DataFrame({horizon: test.there.table["mase"] for horizon, test in tests.items()}).T
    table = table.rename_axis("months ahead")
    naive = [name for name in (demand.NAIVE, demand.SEASONAL) if name in table]
    # what reads as equal is called neither less nor more
    better = table[demand.REGRESSION].round(2) < table[naive].min(axis=1).round(2)
    gains = {horizon: test.gain for horizon, test in tests.items()}
    short = [horizon for horizon in made if horizon not in tests]
    numbers: dict[str, Any] = {
        "tried": len(table),
        "better": int(better.sum()),
        "sure": sum(gain.high < 0 for gain in gains.values()),
        "least": float(table[demand.REGRESSION].min()),
        "most": float(table[demand.REGRESSION].max()),
        "steps": _steps(next(iter(tests.values())).made),
        "frame": table,
    }
    both = "both naive forecasts"
    if len(naive) < 2:
        both = "the naive forecast (the seasonal one takes more months than these)"
    elif table[naive].isna().any().any():
        both = "the naive forecasts that the months allow there"
    says = [f"At {{better}} of {{tried:count distance}} the regression errs less than {both}."]
    if not np.isnan([gain.high for gain in gains.values()]).any():
        says.append("Over the accounts it surely errs less at {sure} of them.")
    says += _sector_at(tests, numbers)
    says.append(
        "The error of the regression runs from {least:.2f} to {most:.2f} steps {steps}."
        if len(table) > 1
        else "The error of the regression is {least:.2f} steps {steps}."
    )
    if short:
        numbers["short"] = [str(horizon) for horizon in short]
        says.append("Too few months to look so many ahead: {short:names}.")
    columns = {name: Shown(_SHORT_NAMES.get(name, name), ".2f") for name in table} | {
        "months ahead": Shown("months ahead", ",.0f"),
        "gain": Shown("regression less the better naive (95 %)"),
    }
    view = table.assign(gain=[_written(gain, ".2f") for gain in gains.values()]).reset_index()
    return Finding(numbers, tuple(says), view, columns)


def _sector_at(tests: dict[int, _Test], numbers: dict[str, Any]) -> list[str]:
    """At how many distances the sector factor surely takes off the error of the regression."""
    both = [
        test.there.each[demand.REGRESSION] - test.there.each[demand.WITH_SECTOR]
        for test in tests.values()
        if demand.WITH_SECTOR in test.there.each
    ]
    if not both:
        return []
    numbers |= {"by_sector": len(both), "sector_sure": sum(_over(off).low > 0 for off in both)}
    return [
        "With the factor of the sector it surely errs less than from its own past at {sector_sure} "
        "of {by_sector}."
    ]


def _in_one_step(found: Space, tests: dict[int, _Test]) -> dict[int, _Test]:
    """The same tests, with all errors in the same steps: those of a year where all allow them."""
    if len({test.made.season for test in tests.values()}) < 2:
        return tests
    # months that the first date sees, where they are fewest
    seen = min(
        len(found.total) - horizon - test.made.origins + 1 for horizon, test in tests.items()
    )
    season = demand.SEASON if seen >= demand.SEASON + demand.FEWEST_PAIRS else 1
    again = {
        horizon: _ahead(found, horizon, test.made.origins, season)
        for horizon, test in tests.items()
    }
    return {horizon: test for horizon, test in again.items() if test is not None}


def claims(
    found: Space,
    offered: Finding,
    ahead: Finding,
    told: Finding,
    added: Finding,
    q: float = 0.9,
) -> Finding:
    """What the documents claim of potential and demand, each with its test on this book.

    Parameters
    ----------
    offered : from `offers`.
    ahead : from `tested`.
    told : from `clients`.
    added : from `campaign`.
    q : quantile of the peers.
    """
    made = [_of_barometer(found), _of_visits(told), _of_regression(ahead)]
    made += [
        _of_sector(found),
        _of_sector_factor(ahead),
        _of_segment(found, offered),
        _of_estimates(found, q),
        _of_campaign(added),
    ]
    made += [
        untested(
            "S000-12h",
            "a first product opens the door for the others",
            "which product came first, and what followed where it came by lot",
            "needs the date of the first purchase of each product",
        ),
        untested(
            "S000-7h",
            "plans of the government foretell new accounts",
            "new accounts after published plans, against the months without",
            "needs a list of such plans",
        ),
    ]
    return steps.verdicts(made)


def _above_zero(low: float, high: float) -> Verdict:
    """Whether something is surely more than nothing. That nothing moves at all is no effect."""
    return "does not hold" if high <= 0 else UNTOLD if low <= 0 else at_least(low, high, 0.0)


def _of_barometer(found: Space) -> Claim:
    claim = (
        "S000-3h",
        "key accounts are the barometer: their sales foretell those of the others",
        "growth of the others on that of the key accounts a month before, given their own",
    )
    key = found.key
    if key.shape[1] < 2:
        return untested(*claim, "needs a dated ledger of key accounts and of others")
    if len(key) < demand.SEASON + FEWEST_LED:
        needed = demand.SEASON + FEWEST_LED
        return untested(*claim, f"needs {needed} dated months of both; there are {len(key)}")
    if empty := int((key <= 0).any(axis=1).sum()):
        return untested(*claim, f"needs sales of both above zero in every month; {empty} lack them")
    growth = np.log(key).diff(demand.SEASON).dropna()
    y = growth["others"].to_numpy()[1:]
    x = np.column_stack(
        [np.ones(len(y)), growth["key"].to_numpy()[:-1], growth["others"].to_numpy()[:-1]]
    )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return untested(*claim, "needs growth that differs between them")
    # errors of growths on the year before go together over months
    fit = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True)
    low, high = np.asarray(fit.conf_int())[1]
    return Claim(
        *claim,
        with_interval(float(fit.params[1]), float(low), float(high), form=".2f"),
        _above_zero(float(low), float(high)),
        "foretells means above zero; one month ahead, by sales",
    )


def _of_visits(told: Finding) -> Claim:
    claim = (
        "S000-9f",
        "periodic visits to learn the expected consumption pay",
        "error of the regression that the word of the clients takes off, in steps (MASE)",
    )
    if not told.known:
        return untested(*claim, "needs client_forecasts of accounts that buy in every month")
    if told.numbers["lead"] <= 0:
        return untested(*claim, "needs a word that runs ahead of the purchase")
    if "gain" not in told.numbers:
        return untested(*claim, "needs more months, to test what the word would have saved")
    if "gain_low" not in told.numbers:
        return untested(*claim, "needs client_forecasts of two accounts or more")
    low, high = told.numbers["gain_low"], told.numbers["gain_high"]
    return Claim(
        *claim,
        with_interval(told.numbers["gain"], low, high, form=".2f"),
        _above_zero(low, high),
        "what a visit costs is not in it",
    )


def _of_regression(ahead: Finding) -> Claim:
    claim = (
        "S000-3c",
        "regression foretells the demand of key accounts",
        "error saved against the better naive forecast, over accounts",
    )
    if not ahead.known:
        return untested(*claim, f"needs {_short(HORIZON)}")
    if "gain_low" not in ahead.numbers:
        return untested(*claim, "needs three accounts or more that buy in every month")
    low, high = -ahead.numbers["gain_high"], -ahead.numbers["gain_low"]
    naive, horizon = ahead.numbers["naive"], ahead.numbers["horizon"]
    return Claim(
        *claim,
        with_interval(-ahead.numbers["gain"], low, high, form=".2f"),
        _above_zero(low, high),
        f"against the {naive} forecast, {count(horizon, 'month')} ahead",
    )


def _of_sector_factor(ahead: Finding) -> Claim:
    claim = (
        "S000-11b",
        "the sector foretells what an account will use",
        "error of the regression that the months of the year of its sector take off, over accounts",
    )
    if not ahead.known:
        return untested(*claim, f"needs {_short(HORIZON)}")
    if "sector_why" in ahead.numbers:
        return untested(*claim, f"needs {ahead.numbers['sector_why']}")
    if "sector_low" not in ahead.numbers:
        return untested(*claim, "needs three accounts or more that buy in every month")
    low, high = ahead.numbers["sector_low"], ahead.numbers["sector_high"]
    return Claim(
        *claim,
        with_interval(ahead.numbers["sector_gain"], low, high, form=".3f"),
        _above_zero(low, high),
        "made from other accounts alone",
    )


def _of_sector(found: Space) -> Claim:
    claim = (
        "S000-11b",
        "the sector foretells what an account consumes",
        "squared error (logarithms) saved by a level of each sector, accounts left out in turn",
    )
    line = found.line()
    if line is None or found.sector is None:
        return untested(*claim, "needs accounts.sector, and a size or two products")
    both = pd.DataFrame({"x": line.size, "y": line.bought, "sector": found.sector}).dropna()
    both = both[(both["x"] > 0) & (both["y"] > 0)]
    both = both[both.groupby("sector")["x"].transform("size") >= gaps.FEWEST_PEERS]
    if both["sector"].nunique() < 2:
        return untested(*claim, f"needs two sectors of {gaps.FEWEST_PEERS} buyers")
    if both["x"].nunique() < 3:
        return untested(*claim, "needs accounts of three different sizes")
    plain = np.column_stack([np.ones(len(both)), np.log(both["x"])])
    more = np.column_stack([plain, pd.get_dummies(both["sector"], dtype=float).iloc[:, 1:]])
    y = np.log(both["y"].to_numpy())
    saved = _left_out(plain, y) ** 2 - _left_out(more, y) ** 2
    gain = _over(pd.Series(saved))
    return Claim(
        *claim,
        with_interval(*gain, form=".3f"),
        _above_zero(gain.low, gain.high),
        "beyond what the size says",
    )


def _left_out(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Errors of least squares where each row is left out in its turn."""
    hat = x @ np.linalg.pinv(x)
    return np.asarray((y - hat @ y) / np.clip(1 - np.diag(hat), 1e-9, None))


def _of_segment(found: Space, offered: Finding) -> Claim:
    claim = (
        "S000-6b",
        "each segment is to be offered products of its own",
        "places that a hidden purchase moves up among the offers when the sector is known",
    )
    if found.sector is None or found.sector.nunique() < 2:
        return untested(*claim, "needs accounts.sector, with two sectors or more")
    if "tried" not in offered.numbers:
        return untested(*claim, "needs accounts that hold two products and lack more")
    without = affinities.fair_offers(found.held, _offer_peers(found, sector=False), found.strata())
    both = offered.numbers["tried"].merge(
        without, on=["account", "product"], suffixes=("", "_without")
    )
    # where the hidden one is all that could be offered it has no place to move to
    both = both[both["candidates"] > 1]
    if both["account"].nunique() < 2:
        return untested(*claim, "needs accounts that hold two products and lack one")
    up = (both["rank_without"] - both["rank"]).astype(float)
    # what one account holds is not independent: one mean each
    gain = _over(up.groupby(both["account"]).mean())
    return Claim(
        *claim,
        with_interval(*gain, form=".2f"),
        _above_zero(gain.low, gain.high),
        "among accounts of like size" if found.size is not None else "",
    )


def _of_estimates(found: Space, q: float) -> Claim:
    claim = (
        "S002-3a",
        "potential is estimated too weakly to steer by",
        "rank correlation of the gaps by peers with the true ones; weak is below 0.5",
    )
    if why := _no_survey(found):
        return untested(*claim, f"needs {why}")
    made = _potential(found, q, "size")
    if isinstance(made, str):
        return untested(*claim, f"needs a line of potential: {made.rstrip('.')}")
    known = found.wallet.reindex(found.wallet.index.intersection(found.size.index)).dropna()
    bought = made.line.bought.reindex(known.index).fillna(0.0)
    test = gaps.gap_test(
        made.wallet.table["potential"], bought, known, max(1, round(LARGE * len(known)))
    )
    return Claim(
        *claim,
        _written(test.rank, ".2f"),
        at_least(-test.rank.high, -test.rank.low, -0.5),
        "of a potential by size; of estimates by hand nothing is known",
    )


def _of_campaign(added: Finding) -> Claim:
    claim = (
        "S003-12a",
        "a campaign for electric appliances raises sales",
        "difference in differences between branches",
    )
    if not added.known:
        return untested(*claim, "needs campaign_months, with branches that had no campaign")
    if "low" not in added.numbers:
        return untested(*claim, "needs campaign_months of more branches, for an interval")
    low, high = added.numbers["low"], added.numbers["high"]
    trend = added.numbers.get("trend_low", 0.0) <= 0 <= added.numbers.get("trend_high", 0.0)
    return Claim(
        *claim,
        with_interval(added.numbers["effect"], low, high, form="percent"),
        _above_zero(low, high) if trend else UNTOLD,
        "what it cost is not in it" if trend else "both sides moved apart before",
    )


def account_review(
    found: Space,
    offered: Finding,
    q: float = 0.9,
    peers: Literal["size", "sector"] = "size",
) -> Finding:
    """What the account review takes from the lesson.

    Parameters
    ----------
    offered : from `offers`.
    """
    index = found.spend.index
    frame = pd.DataFrame(index=index)
    made = _potential(found, q, peers)
    what = "all products" if found.size is not None else "the product"
    if not isinstance(made, str):
        what = made.line.what
        table = made.table.reindex(index)
        frame["bought_of_us"] = made.line.bought.reindex(index).fillna(0.0)
        frame["potential"] = table["potential"]
        frame["potential_low"], frame["potential_high"] = table["low"], table["high"]
        frame["gap"] = table["gap"]
        if found.size is not None and len(found.wallet):
            share = frame["bought_of_us"] / found.wallet.reindex(index)
            if share.notna().any():
                frame["wallet_share"] = share
    if offered.known:
        table = offered.numbers["frame"].reindex(index)
        frame["next_offer"], frame["offer_value"] = table["product"], table["value"]
    if not frame.shape[1]:
        return unknown("No account has what the review takes from this lesson.")
    words = {
        "what": what,
        "currency": found.currency or "currency of the book",
        "years": found.years,
        "q": q,
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
