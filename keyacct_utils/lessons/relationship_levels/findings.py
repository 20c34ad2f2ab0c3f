"""The steps of lesson 05: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.relationship_levels import LESSON
from keyacct_utils.lessons.relationship_levels import figures as rf
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.lessons.relationship_levels.inputs import (
    AGE,
    FEWEST_ACCOUNTS,
    RATERS,
    RUBRIC,
    VALUE,
    Bonds,
    Model,
    Plans,
    Reason,
    bonds,
    called,
    liftable,
    mean_chance,
    model,
    plans,
    priced,
)
from keyacct_utils.lessons.relationship_levels.level_effects import BALANCED, THIN
from keyacct_utils.lessons.relationship_levels.refusals import REGULAR, WINDOW
from keyacct_utils.lessons.relationship_levels.renewals import offer_design
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.claims import (
    ABOUT,
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.comparison import agreement, attainable_kappa
from keyacct_utils.lessons.shared.resampling import percentile_limits
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import count, money, percent

__all__ = [
    "Bonds", "Model", "Plans", "account_review", "after_a_refusal", "agreement_of_raters",
    "bonds", "book_in_numbers", "by_value", "caps", "chances", "claims",
    "comparable", "costs", "counted", "effect", "evidence", "four_ways", "guarantee", "how_long",
    "judges", "levels_told", "model", "one_slope", "overlap", "payback", "payback_table",
    "plain_advice", "plans", "rubric", "scores", "tolerance", "tolerance_table", "wears_off",
    "what_goes_in",
]  # fmt: skip

#: Draws of the coefficients for the interval of a guarantee.
DRAWS = 500
#: Edges of the bands of gap in which offers are counted, in percent of our price.
EDGES = (5.0, 10.0, 15.0)
#: A level keeps so many of its accounts where it counts as emptied.
EMPTIED = 0.05
#: Level of the test whether a concession wears off.
SIGNIFICANT = 0.01
#: Below this p-value the curves of survival differ by far more than chance.
FAR = 0.001
#: A gap that the documents may mean by small, and by large (S000-7a gives none); percent.
SMALL, LARGE = 2.0, 10.0
#: Columns of a share with its interval.
SHARE = ("share", "low", "high")
#: Share of listed accounts that never refused from which they count as predictable (S003-7a gives
#: none).
PREDICTABLE = 0.95

TOLERANCE_COLUMNS = {
    "offers": Shown("offers", ",.0f"),
    "renewed": Shown("renewed", "percent"),
    "tolerance": Shown("tolerance (% of our price)", ".1f"),
    "low": Shown("from", ".1f"),
    "high": Shown("to", ".1f"),
}
EFFECT_COLUMNS = {
    "estimate": Shown("renewals gained", "percent"),
    "low": Shown("from", "percent"),
    "high": Shown("to", "percent"),
    "difference": Shown("difference in value (sd)", ".2f"),
}
LIFT_COLUMNS = {
    "margin": Shown("margin a year", "money"),
    "now": Shown("renews now", "percent0"),
    "lifted": Shown("renews lifted", "percent0"),
    "npv": Shown("NPV", "money"),
    "npv_low": Shown("NPV from", "money"),
    "npv_high": Shown("NPV to", "money"),
    "payback_years": Shown("years to pay back", ",.0f"),
    "years": Shown("median years to pay back", ",.0f"),
    "worth": Shown("worth lifting", ",.0f"),
    "worth_low": Shown("worth from", ",.0f"),
    "worth_high": Shown("worth to", ",.0f"),
    "margin_needed": Shown("median margin needed a year", "money"),
}
_TOGETHER = Shown("their NPV together", "money")
GUARANTEE_COLUMNS = {
    "cost": Shown("cost an offer", "money"),
    "idle": Shown("of it idle", "money"),
    "kept_margin": Shown("margin kept", "money"),
    "net": Shown("net", "money"),
    "low": Shown("net from", "money"),
    "high": Shown("net to", "money"),
}

#: Why a book has no renewal model, and what would give one.
WHY: Mapping[Reason, str] = {
    "none": (
        "No offer has an answer, two prices and a level: renewals.bond_level, or ties of the "
        "rubric, would give the level."
    ),
    "few": (
        "The offers come from {accounts:count account}; a model needs {needed}, since the answers "
        "of one account are not independent."
    ),
    "won": (
        "Every offer was renewed, so no gap is known at which accounts leave; offers that were "
        "lost, in renewals, would show it."
    ),
    "lost": (
        "No offer was renewed, so no gap is known at which accounts stay; offers that were kept, "
        "in renewals, would show it."
    ),
    "separated": (
        "A level, or a limit of the gap or of the account value, parts kept from lost offers "
        "without exception (perfect separation), so the model has no finite answer: more offers, "
        "or levels pooled in renewals.bond_level, would give one."
    ),
    "gap": (
        "Renewal does not fall as the gap grows, so no tolerance is defined; look whether "
        "renewals.our_price and renewals.rival_price are swapped."
    ),
    "alike": (
        "The gap does not vary enough beside level and account value for a model; offers at other "
        "gaps, in renewals, would allow one."
    ),
}


def _no_model(model: Model) -> Finding:
    assert model.why
    return unknown(WHY[model.why], accounts=model.bonds.accounts, needed=FEWEST_ACCOUNTS)


def _needs_model() -> Finding:
    return unknown(
        "This step needs the renewal model; the step on what gap each level bears says why this "
        "book has none, and what would give one."
    )


def _plus(value: float, digits: int = 3) -> float:
    """A number that is not shown as minus nothing."""
    rounded = round(float(value), digits)
    return float(value) if rounded else 0.0


def book_in_numbers(bonds: Bonds) -> Finding:
    """Which book, how many ties and offers, and how large the gaps are."""
    gap = bonds.offers["gap"]
    numbers: dict[str, Any] = {
        "book": bonds.name,
        "ties": len(bonds.ties),
        "offers": len(gap),
        "accounts": bonds.accounts,
        "left_out": bonds.left_out,
    }
    says = [
        "**{book}**: ties of {ties:count account}, {offers:count offer} that can be used.",
        *steps.gross(bonds.returns),
    ]
    if len(gap):
        numbers |= {
            "renewed": float(bonds.offers["renewed"].mean()),
            "median": _plus(abs(gap.median()), 1),
            "tenth": float(gap.quantile(0.9)),
        }
        says.append("The offers went to {accounts:count account}; {renewed:percent0} were renewed.")
        says.append(
            "In the median offer both asked the same price."
            if not numbers["median"]
            else "In the median offer the rival undercut us by {median:.1f} % of our price."
            if gap.median() > 0
            else "In the median offer the rival was dearer, by {median:.1f} points of our price."
        )
        if len(gap) >= 10 and numbers["tenth"] > 0:
            says.append("In one offer of ten he undercut us by {tenth:.1f} % or more.")
    if bonds.left_out:
        says.append(
            "Left out are {left_out:count offer} without an answer, a level, two prices or, where "
            "the book has it, an account value."
        )
    says.append(
        "The level is the one written on the offer."
        if bonds.by_rater
        else "The level is the one told from the ties."
    )
    return Finding(numbers, tuple(says))


def _no_rubric(bonds: Bonds) -> Finding:
    return unknown(
        "No level can be told from the ties: the book has no tie of the rubric, such as "
        "ties.visits_year or ties.shared_system.",
        ties=len(bonds.ties),
    )


def levels_told(bonds: Bonds) -> Finding:
    """How many accounts are bound by price, by people and by structure?"""
    scored = bonds.scored
    if scored.empty:
        return _no_rubric(bonds)
    has = {level: sum(item.level == level for item in bonds.rubric) for level in rl.LEVEL_NAMES}
    one_tie = 1 / min(n for n in (has[2], has[3], 99) if n)
    near = (scored["to_next"] > 0) & (scored["to_next"] <= one_tie + 1e-9)
    count = {level: int((scored["level"] == level).sum()) for level in rl.LEVEL_NAMES}
    numbers = {
        "accounts": len(scored),
        "price": count[1],
        "people": count[2],
        "structure": count[3],
        "structural_share": count[3] / len(scored),
        "near": int(near.sum()) if has[2] or has[3] else 0,
        "missing": int((scored["missing"] > 0).sum()),
        "first": called(1),
        "second": called(2),
        "third": called(3),
        "unseen": [called(level) for level in (2, 3) if not has[level]],
    }
    says = [
        "Told from the ties: {price:count account} at {first}, {people:count account} at {second} "
        "and {structure:count account} at {third}.",
    ]
    if numbers["near"]:
        says.append("About one tie short of the next level: {near:count account}.")
    if numbers["missing"]:
        says.append(
            "{missing:count account} with empty ties: what is empty counts neither for nor against."
        )
    if numbers["unseen"]:
        says.append("The book has no tie that speaks for {unseen:names}: no account can reach it.")
    return Finding(numbers, tuple(says))


def scores(bonds: Bonds) -> Finding:
    """What share of the ties of each kind do the accounts of each level have?"""
    if bonds.scored.empty:
        return _no_rubric(bonds)
    names = list(rl.LEVEL_NAMES.values())
    groups = bonds.scored.groupby("level")
    table = groups[names].mean()
    table.insert(0, "accounts", groups.size())
    table.index = pd.Index([called(level) for level in table.index], name="told from the ties")
    columns = {name: Shown(f"mean {name} score", "percent0") for name in names}
    return Finding({"levels": len(table)}, table=table, columns=columns)


def rubric(bonds: Bonds) -> Finding:
    """Which tie counts for which level, and from what value on?"""
    table = pd.DataFrame(
        [
            (item.column, called(item.level), item.at_least, item.weight, item.source)
            for item in bonds.rubric or rl.INDICATORS
        ],
        columns=["tie", "speaks for", "from", "weight", "source"],
    )
    columns = {"from": Shown("from", "g"), "weight": Shown("weight", "g")}
    return Finding({"ties": len(table)}, table=table, columns=columns, prose=True)


def evidence(bonds: Bonds, each: int = 2) -> Finding:
    """On what evidence was a level told? The first accounts of each."""
    scored = bonds.scored
    if scored.empty:
        return _no_rubric(bonds)
    chosen = pd.concat([scored[scored["level"] == level].head(each) for level in rl.LEVEL_NAMES])
    table = pd.DataFrame(
        {
            "account": [bonds.labels.get(i, i) for i in chosen.index],
            "level": [called(level) for level in chosen["level"]],
            **{called(k): chosen[f"evidence_{k}"].to_numpy() for k in rl.LEVEL_NAMES},
        }
    )
    return Finding({"shown": len(table)}, table=table, prose=True)


def agreement_of_raters(bonds: Bonds) -> Finding:
    """Do two people, and the rubric, see the same level?"""
    judged, rows = bonds.judged, {}
    for place, first in enumerate(judged):
        for second in list(judged)[place + 1 :]:
            both = pd.DataFrame({"a": judged[first], "b": judged[second]}).dropna().astype(int)
            if len(both) < 2 or both.nunique().min() < 2 or not set(both["a"]) & set(both["b"]):
                continue
            found = agreement(both["a"], both["b"])
            rows[f"{first} and {second}"] = {
                "alike": float((both["a"] == both["b"]).mean()),
                "kappa": _plus(found["kappa"], 2),
                "low": _plus(found["kappa_low"], 2),
                "high": _plus(found["kappa_high"], 2),
                "attainable": _plus(attainable_kappa(both["a"], both["b"]), 2),
            }
    if not rows:
        return unknown(
            "Agreement needs two judgements of the level that vary over the same accounts; "
            "ties.bond_level and {second} would allow it.",
            second="ties.bond_level_rater2",
        )
    raters = " and ".join(RATERS.values())
    pair = raters if raters in rows else next(iter(rows))
    numbers = {"pair": pair, **rows[pair], "rows": rows}
    says = [
        "The {pair} agree on {alike:percent0} of the accounts; beyond chance that is a kappa of "
        "{kappa:.2f} ({low:.2f} to {high:.2f}). With so many accounts at each level as either "
        "sees, it could reach {attainable:.2f}."
    ]
    own = rows.get(f"{RATERS['bond_level']} and {RUBRIC}")
    if pair != raters:
        numbers["second"] = "ties.bond_level_rater2"
        says.append("Two people did not judge it; {second} would allow that.")
    elif own:
        numbers["own"] = own["kappa"]
        says.append(
            "The rubric and the first rater reach {own:.2f}, no less than the two raters."
            if own["kappa"] >= rows[pair]["kappa"]
            else "The rubric and the first rater reach {own:.2f}, less than the two raters."
        )
    table = pd.DataFrame(rows).T.rename_axis("pair")
    columns = {
        "alike": Shown("accounts alike", "percent"),
        "kappa": Shown("kappa", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "attainable": Shown("at most", ".2f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _bands(gap: pd.Series, edges: Sequence[float]) -> pd.Series:
    """The band of gap of each offer, in words."""
    limits = [-np.inf, 0.0, *edges, np.inf]
    words = [
        "rival dearer",
        f"under {edges[0]:g} %",
        *(f"{low:g} to under {high:g} %" for low, high in pairwise(edges)),
        f"{edges[-1]:g} % or more",
    ]
    return pd.cut(gap, limits, right=False, labels=words)


def counted(bonds: Bonds, edges: Sequence[float] = EDGES) -> Finding:
    """How many offers were renewed, level by level and gap by gap? Plain counts."""
    offers = bonds.offers
    if offers.empty:
        return unknown(WHY["none"])
    banded = offers.assign(band=_bands(offers["gap"], edges))
    cells = banded.groupby(["bond_level", "band"], observed=True)["renewed"].agg(["sum", "size"])
    written = (cells["sum"].astype(str) + " of " + cells["size"].astype(str)).unstack()
    table = written.loc[:, [name for name in banded["band"].cat.categories if name in written]]
    table.index = pd.Index([called(level) for level in table.index], name="renewed, by gap")
    table.columns = pd.Index([str(name) for name in table.columns])
    fullest = banded["band"].value_counts().idxmax()
    parts = {
        called(level): {
            "level": called(level),
            "won": int(cells["sum"][level, fullest]),
            "of": int(cells["size"][level, fullest]),
        }
        for level in bonds.levels
        if (level, fullest) in cells.index
    }
    head = (
        "Renewed where the rival was dearer:"
        if fullest == "rival dearer"
        else "Renewed against a gap of {band}:"
    )
    says = [Sentence("{won} of {of:count offer} at {level}.", of=name) for name in parts]
    numbers = {"band": str(fullest), "cells": cells, **parts}
    return Finding(numbers, (head, *says), table)


Place = Literal["bears", "dearer", "beyond", "below"]
#: What is said of the tolerance of a level, by where it lies among the gaps of the book.
BEARS: Mapping[Place, str] = {
    "bears": (
        "{level:start} bears a gap of {tolerance:.1f} % (95 % interval {low:.1f} to {high:.1f})."
    ),
    "dearer": (
        "{level:start} stays as often as it leaves only where the rival is dearer, by {short:.1f} "
        "points ({short_low:.1f} to {short_high:.1f})."
    ),
    "beyond": (
        "{level:start} still renews more often than not at the largest gap of this book, "
        "{largest:.1f} %: where it gives way is not known."
    ),
    "below": (
        "{level:start} is left more often than not even at the smallest gap of this book, "
        "{smallest:.1f} %."
    ),
}
BEARS_MOST: Mapping[Place, str] = {
    "bears": "{widest:start} bears a gap of {most:.0f} % ({most_low:.0f} to {most_high:.0f})",
    "dearer": "No level bears a gap: all leave unless the rival is dearer",
    "beyond": "{widest:start} gives way at no gap of this book",
    "below": "No level bears even the smallest gap of this book",
}


def tolerance(model: Model) -> Finding:
    """How large a gap does each level bear before leaving is as likely as staying?"""
    bonds, fit = model.bonds, model.fit
    if fit is None:
        return _no_model(model)
    gap, found = bonds.offers["gap"], fit.tolerance
    smallest, largest = _plus(gap.min(), 1), float(gap.max())
    parts = {
        called(level): {
            "level": called(level),
            "tolerance": _plus(row["tolerance"], 1),
            "low": _plus(row["low"], 1),
            "high": _plus(row["high"], 1),
            "short": _plus(-row["tolerance"], 1),
            "short_low": _plus(-row["high"], 1),
            "short_high": _plus(-row["low"], 1),
            "place": _place(row["tolerance"], gap),
        }
        for level, row in found.iterrows()
    }
    widest = int(found["tolerance"].idxmax())
    most = found.loc[widest]
    numbers: dict[str, Any] = {
        "smallest": smallest,
        "largest": largest,
        "widest": called(widest),
        "most": float(most["tolerance"]),
        "most_low": _plus(most["low"], 0),
        "most_high": _plus(most["high"], 0),
        "slope": fit.slope.estimate,
        "even": [
            f"{name} {part['tolerance']:.1f} %"
            for name, part in parts.items()
            if part["place"] in ("bears", "dearer")
        ],
        **parts,
    }
    says: list[Sentence | str] = [
        Sentence(BEARS[parts[called(level)]["place"]], of=called(level)) for level in bonds.levels
    ]
    emptied = _emptied(model)
    if emptied is not None:
        numbers |= {"emptied": emptied, "kept": EMPTIED, "base": called(bonds.base)}
        says.append(
            "Were every offer of {base} at a gap of {emptied:.0f} %, the model would expect only "
            "{kept:percent0} of them to be renewed."
        )
    if bonds.has_value:
        gamma = fit.value_effects.iloc[0]
        numbers |= {
            f"gamma_{name}" if name != "gamma" else name: _plus(value, 1)
            for name, value in gamma.items()
        }
        says.append(
            "What a level bears is said of an account whose value is zero; one unit more of "
            "account value changes it by {gamma:.1f} points of gap ({gamma_low:.1f} to "
            "{gamma_high:.1f})."
        )
    else:
        says.append(
            "The book has no account value, so this mixes what the level does with what the "
            "account is; ties.account_value would part them."
        )
    if fit.new_offer is not None and AGE in model.at:
        numbers |= {"fading": called(1), "age": round(float(model.at[AGE].iloc[0]))}
        says.append(
            "What {fading} bears is meant in the long run, when all that a new offer adds has "
            "gone; its curve is drawn for an offer {age:count month} old."
        )
    curves, points = _curves(model)
    picture = Picture(
        lambda title: rf.retention_curves(curves, title, points),
        BEARS_MOST[parts[called(widest)]["place"]],
        "Chance to renew against the price gap, a curve with a band for each level, and points for "
        "the shares counted. Tolerances told by the model: {even:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _emptied(model: Model) -> float | None:
    """The gap at which the model expects a share of ``EMPTIED`` of the lowest level's own offers to
    be renewed; None where that is at no gap of the book.
    """
    bonds = model.bonds
    least, most = max(0.0, float(bonds.offers["gap"].min())), float(bonds.offers["gap"].max())
    if least >= most:
        return None

    def beyond(gap: float) -> float:
        return float(model.shares(bonds.base, gap)["share"].iloc[0]) - EMPTIED

    return float(brentq(beyond, least, most)) if beyond(least) >= 0 >= beyond(most) else None


def _place(value: float, gap: pd.Series) -> Place:
    if value > gap.max():
        return "beyond"
    return "below" if value < gap.min() else "bears" if value >= 0 else "dearer"


def _curves(model: Model, edges: Sequence[float] = EDGES) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The curves of the model, and the shares counted in bands of the gap."""
    bonds = model.bonds
    gap = bonds.offers["gap"]
    low = min(0.0, float(np.floor(gap.quantile(0.01))))
    grid = np.linspace(low, max(1.0, float(np.ceil(gap.quantile(0.99)))), 80)
    curves = pd.concat(
        [model.chances(level, grid).assign(level=called(level)) for level in bonds.levels],
        ignore_index=True,
    )
    banded = bonds.offers.assign(band=_bands(gap, edges))
    seen = banded.groupby(["bond_level", "band"], observed=True).agg(
        gap=("gap", "mean"), chance=("renewed", "mean"), offers=("renewed", "size")
    )
    seen = seen[seen["offers"] >= 5].reset_index()
    return curves, seen.assign(level=[called(level) for level in seen["bond_level"]])


def tolerance_table(model: Model) -> Finding:
    """The tolerances in a table, with the offers they rest on."""
    if model.fit is None:
        return _needs_model()
    table = model.fit.tolerance.rename(index=called).rename_axis("level")[list(TOLERANCE_COLUMNS)]
    slope = model.fit.slope
    numbers = {"slope": slope.estimate, "low": slope.low, "high": slope.high}
    says = (
        "The slope is {slope:.1f} ({low:.1f} to {high:.1f}) points of gap."
        if np.isfinite(slope.high)
        else "The slope is {slope:.1f} points of gap, at least {low:.1f}.",
    )
    return Finding(numbers, says, table, TOLERANCE_COLUMNS)


def chances(model: Model, gaps: Sequence[float] = (0, 2, 5, 10, 15)) -> Finding:
    """What share of a level's own offers would be renewed at which gap, by the model?"""
    if model.fit is None:
        return _needs_model()
    largest = model.bonds.offers["gap"].max()
    shown = [float(gap) for gap in gaps if gap <= largest] or [0.0]
    table = pd.DataFrame(
        {
            called(level): model.shares(level, shown)["share"].to_numpy()
            for level in model.bonds.levels
        },
        index=[f"gap of {gap:g} %" for gap in shown],
    ).T.rename_axis("share of its offers renewed, by the model")
    columns = {str(name): Shown(str(name), "percent0") for name in table}
    return Finding({"gaps": shown}, table=table, columns=columns)


FADES: Mapping[bool, str] = {
    True: "The fall is more than chance (test at the {level:percent0} level, the search for a "
    "half-life counted in).",
    False: "The fall is within what chance would do (test at the {level:percent0} level, the "
    "search for a half-life counted in).",
}


def _fading(model: Model, decaying: int) -> float:
    """p-value of the test whether the extra of a new offer fades at a level."""
    return rl.fading_p(model.bonds.offers, model.bonds.covariates, decaying=decaying)


def wears_off(model: Model, edges: Sequence[float] = (6, 12, 24)) -> Finding:
    """Does a concession hold less, the older it is?"""
    bonds, fit = model.bonds, model.fit
    if fit is None:
        return _needs_model()
    if not model.aged or fit.new_offer is None or fit.half_life is None:
        return unknown(
            "Whether a concession wears off is told from the age of the offers of {level}; "
            "renewals.months_since_offer, filled for all of them, would allow it.",
            level=called(1),
        )
    fades = _fading(model, 1) < SIGNIFICANT
    life = fit.half_life
    numbers: dict[str, Any] = {
        "new": _plus(fit.new_offer.estimate, 1),
        "old": _plus(fit.tolerance.loc[1, "tolerance"], 1),
        "level": SIGNIFICANT,
        "fades": fades,
        "life": life.estimate,
        "first": called(1),
    }
    says = ["The model puts the first day at {new:.1f} % and the long run at {old:.1f} %."]
    falls = fit.new_offer.estimate > fit.tolerance.loc[1, "tolerance"]
    says.append(
        FADES[fades]
        if falls
        else "That is no fall: in this book an old concession bears as much as a new one or more."
    )
    if falls and fades and np.isfinite(life.low):
        numbers |= {"life_low": life.low, "life_high": life.high}
        says.append(
            "Half of the extra is gone after {life:.0f} months ({life_low:.0f} to "
            "{life_high:.0f}): that it fades can be told, how fast cannot."
            if life.high > 3 * life.low
            else "Half of the extra is gone after {life:.0f} months ({life_low:.0f} to "
            "{life_high:.0f})."
        )
    elif falls and fades:
        says.append("How fast it fades cannot be told from this book.")
    if bonds.top != 1:
        try:
            numbers["top_fades"] = _fading(model, bonds.top) < SIGNIFICANT
            numbers["top"] = called(bonds.top)
            says.append(
                "At {top} the tolerance changes with the age of the offer."
                if numbers["top_fades"]
                else "At {top} no change with the age of the offer is seen."
            )
        except ValueError:
            says.append("For the highest level this cannot be tested: ages are missing there.")
    table = _by_age(bonds, edges)
    if table is None:
        return Finding(numbers, tuple(says))
    numbers |= {
        "newest": _plus(table["tolerance"].iloc[0], 1),
        "oldest": _plus(table["tolerance"].iloc[-1], 1),
        "from": str(table.index[0]),
        "to": str(table.index[-1]),
    }
    marks = {called(2): fit.tolerance.loc[2, "tolerance"]} if 2 in bonds.levels else {}
    picture = Picture(
        lambda title: rf.interval_rows(
            table.rename(columns={"tolerance": "estimate"}),
            title,
            f"tolerance of {called(1)} (% of our price, 95 % interval)",
            marks,
        ),
        "A new concession bears {newest:.1f} %, an old one {oldest:.1f} %"
        if fades and falls
        else "No fall with the age of a concession is seen beyond chance",
        "Tolerance of {first} by the age of the offer: {newest:.1f} % at {from}, {oldest:.1f} % at "
        "{to}.",
    )
    return Finding(
        numbers, tuple(says), table, TOLERANCE_COLUMNS, picture if len(table) > 1 else None
    )


def _by_age(bonds: Bonds, edges: Sequence[float]) -> pd.DataFrame | None:
    """Tolerance of level 1 by bands of the age of its offer; None where it cannot be fitted."""
    ages = bonds.offers.loc[bonds.offers["bond_level"] == 1, AGE]
    inside = [edge for edge in edges if ages.min() < edge <= ages.max()]
    if not inside:
        return None
    try:
        banded = bonds.offers.assign(band=rl.age_bands(bonds.offers, inside))
        found = rl.renewal_model(banded, bonds.covariates, level="band").tolerance
    except ValueError:
        return None
    found = found[[str(name).startswith("1 (") for name in found.index]]
    found = found.rename(index=lambda name: str(name)[3:-1])
    order = sorted(found.index, key=lambda name: float(str(name).split()[0]))
    return found.loc[order].rename_axis("age of the offer")


def how_long(bonds: Bonds) -> Finding:
    """What share of each level has never refused, after so many offers?"""
    if bonds.offers.empty:
        return unknown(WHY["none"])
    if not bonds.dated:
        return unknown("The order of the offers is not known; renewals.date would give it.")
    stay, p_value = rl.survival_by_level(bonds.offers)
    ends = stay.groupby("level").last()
    parts = {
        called(level): {
            "level": called(level),
            "kept": float(row["kept"]),
            "time": int(row["time"]),
        }
        for level, row in ends.iterrows()
    }
    first, last = called(ends.index[0]), called(ends.index[-1])
    numbers: dict[str, Any] = {
        "p": p_value,
        "first": first,
        "last": last,
        "first_kept": parts[first]["kept"],
        "last_kept": parts[last]["kept"],
        "first_time": parts[first]["time"],
        "last_time": parts[last]["time"],
        **parts,
    }
    says: list[Sentence | str] = [
        Sentence("{level:start}: {kept:percent0} never refused in {time:count offer}.", of=name)
        for name in parts
    ]
    says.append(
        "The levels cannot be compared: there is one of them, or all accounts answered alike."
        if np.isnan(p_value)
        else "The curves differ by far more than chance (log-rank test)."
        if p_value < FAR
        else "Log-rank test: p = {p:.3f}."
    )
    table = stay.assign(level=[called(level) for level in stay["level"]]).set_index("level")
    columns = {
        "time": Shown("offer", ",.0f"),
        "at_risk": Shown("accounts facing it", ",.0f"),
        "lost": Shown("lost", ",.0f"),
        "kept": Shown("never refused", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    picture = Picture(
        lambda title: rf.survival_steps(
            stay.assign(level=[called(level) for level in stay["level"]]), title, "offers faced"
        ),
        "{last_kept:percent0} of {last} never refused, {first_kept:percent0} of {first}"
        if len(ends) > 1
        else "{last_kept:percent0} never refused in {last_time:count offer}",
        "Share of accounts that never refused, by the offers faced, a step curve for each level. "
        "{last:start} ends at {last_kept:percent0}, {first} at {first_kept:percent0}.",
    )
    return Finding(numbers, tuple(says), table.head(16), columns, picture)


def _two_levels(bonds: Bonds) -> Finding:
    if bonds.offers.empty:
        return unknown(WHY["none"])
    return unknown(
        "All offers were made at {only}, so no two levels can be compared.", only=called(bonds.top)
    )


def _plain(bonds: Bonds) -> rl.LevelEffect:
    return rl.level_effect(
        bonds.offers, "naive", treated=bonds.top, control=bonds.base, covariates=bonds.covariates
    )


def by_value(bonds: Bonds, groups: int = 3) -> Finding:
    """Like with like by hand: the highest and the lowest level among accounts of similar value."""
    if len(bonds.levels) < 2:
        return _two_levels(bonds)
    if not bonds.has_value:
        return unknown(
            "Accounts of similar value cannot be told; ties.account_value, as it was before the "
            "tie was formed, would allow it."
        )
    offers = bonds.offers
    part = pd.qcut(offers[VALUE].rank(method="first"), groups, labels=False)
    pair = offers.assign(part=part)[offers["bond_level"].isin([bonds.base, bonds.top])]
    cells = pair.groupby(["part", "bond_level"])["renewed"].agg(["sum", "size", "mean"]).unstack()
    words = {0: "lowest", groups - 1: "highest"}
    table = pd.DataFrame(
        {
            called(level): [
                "none"
                if np.isnan(cells["size", level].get(number, np.nan))
                else f"{cells['sum', level][number]:.0f} of {cells['size', level][number]:.0f}"
                for number in cells.index
            ]
            for level in (bonds.base, bonds.top)
        }
    )
    gained = cells["mean", bonds.top] - cells["mean", bonds.base]
    table["difference"] = gained.to_numpy()
    table.index = pd.Index(
        [words.get(number, "middle") for number in cells.index], name="account value"
    )
    weight = part.value_counts().reindex(gained.dropna().index)
    plain = _plain(bonds).estimate
    numbers: dict[str, Any] = {
        "plain": _plus(plain),
        "groups": groups,
        "top": called(bonds.top),
        "base": called(bonds.base),
        "compared": int(gained.notna().sum()),
    }
    says = ["Share renewed, {top} less {base}: {plain:points} points all together."]
    if numbers["compared"]:
        numbers["alike"] = _plus(float((gained.dropna() * weight).sum() / weight.sum()))
        says.append(
            "Within groups of similar value: {alike:points} points, the mean over the groups."
        )
    if numbers["compared"] < groups:
        says.append(
            "{compared} of {groups:count group} could be compared: in the others one level has no "
            "offer."
        )
    columns = {"difference": Shown("difference, points", "points")}
    return Finding(numbers, tuple(says), table, columns)


AdjustedKey = Literal["gains", "open", "loses"]
ADJUSTED: Mapping[AdjustedKey, str] = {
    "gains": (
        "The interval lies above zero: among accounts of equal value the level itself goes with "
        "more renewals."
    ),
    "open": "The interval holds zero: whether the level itself does anything cannot be told here.",
    "loses": "The interval lies below zero: at equal value the higher level renews less.",
}


def _key(low: float, high: float) -> AdjustedKey:
    return "gains" if low > 0 else "loses" if high < 0 else "open"


def _no_adjustment(model: Model) -> Finding | None:
    """Why the levels cannot be compared at equal value; None where they can."""
    bonds = model.bonds
    if len(bonds.levels) < 2:
        return _two_levels(bonds)
    if model.fit is None:
        return _needs_model()
    if not bonds.has_value:
        return unknown(
            "The plain difference between {top} and {base} is {plain:points} points. It is no "
            "effect of the level; ties.account_value, as it was before the tie was formed, would "
            "allow to tell the two apart.",
            top=called(bonds.top),
            base=called(bonds.base),
            plain=_plus(_plain(bonds).estimate),
        )
    if model.adjusted is None:
        return unknown(
            "The account value foretells the level, so no account could have been at either: "
            "nothing is left to compare; accounts of equal value at both levels would allow it."
        )
    return None


def effect(model: Model) -> Finding:
    """How much of what looks like the bond is the account?"""
    lacking = _no_adjustment(model)
    adjusted = None if lacking else model.adjusted
    if adjusted is None:
        assert lacking
        return lacking
    bonds = model.bonds
    plain = _plain(bonds)
    over = plain.estimate - adjusted.estimate
    numbers: dict[str, Any] = {
        "top": called(bonds.top),
        "base": called(bonds.base),
        "plain": _plus(plain.estimate),
        "plain_low": _plus(plain.low),
        "plain_high": _plus(plain.high),
        "adjusted": _plus(adjusted.estimate),
        "low": _plus(adjusted.low),
        "high": _plus(adjusted.high),
        "over": abs(_plus(over)),
    }
    says = [
        "Share renewed, {top} less {base}: {plain:points} points by plain count "
        "({plain_low:points} to {plain_high:points}), {adjusted:points} at equal value "
        "({low:points} to {high:points})."
    ]
    if plain.estimate > 0 and 0 < over <= plain.estimate:
        numbers["part"] = over / plain.estimate
        says.append("So {part:percent0} of what looks like the bond is the account.")
    elif round(over, 3):
        says.append("The two differ by {over:points} points.")
    says.append(ADJUSTED[_key(adjusted.low, adjusted.high)])
    rows = _effect_rows({"plain count": plain, "at equal value": adjusted})
    picture = Picture(
        lambda title: rf.interval_rows(
            rows,
            title,
            "renewals gained by the higher level (95 % interval)",
            percent=True,
        ),
        "Plain count: {plain:points} points; at equal value {adjusted:points} "
        "({low:points} to {high:points})",
        "Difference in the share renewed between {top} and {base}: {plain:points} points by plain "
        "count ({plain_low:points} to {plain_high:points}), {adjusted:points} at equal value "
        "({low:points} to {high:points}).",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _effect_rows(found: Mapping[str, rl.LevelEffect]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: [one.estimate, one.low, one.high] for name, one in found.items()},
        index=["estimate", "low", "high"],
    ).T.rename_axis("method")


def _weighted(model: Model, floor: float, method: Literal["ipw", "aipw"] = "ipw") -> rl.LevelEffect:
    bonds = model.bonds
    return rl.level_effect(
        bonds.offers,
        method,
        treated=bonds.top,
        control=bonds.base,
        covariates=[VALUE, "gap"],
        floor=floor,
    )


def _no_weights() -> Finding:
    return unknown(
        "Account value and gap foretell the level, so no weights exist; accounts of equal value at "
        "several levels would allow them."
    )


def four_ways(model: Model, floor: float = 0.01) -> Finding:
    """The effect of the level four ways, and how strong a hidden cause would have to be."""
    lacking = _no_adjustment(model)
    if lacking:
        return lacking
    bonds, adjusted = model.bonds, model.adjusted
    assert adjusted
    try:
        found = {
            "naive": _plain(bonds),
            "regression": adjusted,
            "weighted": _weighted(model, floor),
            "doubly robust": _weighted(model, floor, "aipw"),
        }
    except ValueError:
        return _no_weights()
    rows, robust = _effect_rows(found), found["doubly robust"]
    like = [one.estimate for name, one in found.items() if name != "naive"]
    numbers: dict[str, Any] = {
        "top": called(bonds.top),
        "base": called(bonds.base),
        **{name: _plus(one.estimate) for name, one in found.items()},
        "robust": _plus(robust.estimate),
        "low": _plus(robust.low),
        "high": _plus(robust.high),
        "apart": abs(_plus(max(like) - min(like))),
    }
    says = [
        "Doubly robust, right if one of its two models is: {robust:points} points ({low:points} to "
        "{high:points}). The three adjusted answers lie within {apart:points} points.",
    ]
    if robust.ratio is not None:
        limit = robust.ratio.low if robust.ratio.estimate > 1 else robust.ratio.high
        crosses = robust.ratio.low <= 1 <= robust.ratio.high
        numbers |= {
            "ratio": robust.ratio.estimate,
            "ratio_low": robust.ratio.low,
            "ratio_high": robust.ratio.high,
            "hidden": rl.e_value(robust.ratio.estimate),
            "hidden_limit": 1.0 if crosses else rl.e_value(limit),
        }
        says.append(
            "At {top} {ratio:.1f} times as many renew as at {base} ({ratio_low:.1f} to "
            "{ratio_high:.1f})."
        )
        says.append(
            "The interval holds no difference, so no hidden cause is needed to explain it."
            if crosses
            else "To explain all of that, a hidden cause would have to make the higher level, and "
            "renewal, {hidden:.1f} times as likely each, beyond account value and gap (E-value). "
            "One of {hidden_limit:.1f} times would take the interval to no difference."
        )
    picture = Picture(
        lambda title: rf.interval_rows(
            rows,
            title,
            "renewals gained by the higher level (95 % interval)",
            percent=True,
        ),
        "Naive {naive:points} points, regression {regression:points}, weighted {weighted:points}, "
        "doubly robust {robust:points}",
        "Effect of {top} instead of {base} in points of the share renewed: naive {naive:points}, "
        "regression {regression:points}, weighted {weighted:points}, doubly robust "
        "{robust:points} ({low:points} to {high:points}).",
    )
    return Finding(numbers, tuple(says), rows, EFFECT_COLUMNS, picture)


def comparable(model: Model, floor: float = 0.01) -> Finding:
    """Are the accounts of the two levels comparable, before and after weighting?"""
    lacking = _no_adjustment(model)
    if lacking:
        return lacking
    bonds = model.bonds
    try:
        weighted, plain = _weighted(model, floor), _plain(bonds)
    except ValueError:
        return _no_weights()
    regression = model.adjusted
    assert regression
    before, after = (abs(float(value)) for value in weighted.balance.loc[VALUE])
    there = weighted.overlap.loc[bonds.top]
    numbers = {
        "before": before,
        "after": after,
        "limit": BALANCED,
        "top": called(bonds.top),
        "base": called(bonds.base),
        "thin": float(there["thin"]),
        "thin_below": THIN,
        "offers": int(there["offers"]),
        "effective": float(there["effective_offers"]),
    }
    says = [
        "After weighting the groups are balanced."
        if after < BALANCED
        else "After weighting the groups are not yet balanced."
        if after < before
        else "Weighting does not bring the groups together."
    ]
    if there["thin"] > 0.1 and after > BALANCED:
        says.append(
            "For {thin:percent0} of the offers {top} has a chance below {thin_below:percent0}: "
            "such accounts hardly ever have it, and no weight mends that."
        )
        nearer = abs(weighted.estimate - plain.estimate) < abs(regression.estimate - plain.estimate)
        says.append(
            "The regression fills the hole with the shape of its curve; the weighting cannot, and "
            "stays nearer to the plain count."
            if nearer
            else "The regression fills the hole with the shape of its curve; the weighting cannot."
        )
    says.append("{offers:count offer} at {top} weigh as much as {effective:,.0f}.")
    columns = {
        "offers": Shown("offers", ",.0f"),
        "lowest": Shown("lowest propensity", "percent"),
        "median": Shown("median", "percent"),
        "highest": Shown("highest", "percent"),
        "thin": Shown("below {thin_below:percent0}", "percent"),
        "largest_weight": Shown("largest weight", ",.1f"),
        "effective_offers": Shown("effective offers", ",.0f"),
    }
    balance = weighted.balance.rename(
        index={VALUE: "account value", "gap": "price gap"},
        columns={"before": "as it is", "after": "weighted"},
    )
    picture = Picture(
        lambda title: rf.love_plot(balance, title, BALANCED),
        "Weighting takes the difference in value from {before:.1f} to {after:.1f} sd",
        "Difference in account value between {top} and {base}: {before:.2f} standard deviations as "
        "it is, {after:.2f} after weighting; below {limit:g} counts as balanced.",
    )
    table = weighted.overlap.rename(index=called)
    return Finding(numbers, tuple(says), table, columns, picture)


Refused = Literal["costs", "no loss seen", "not known"]
#: What is said of the share lost after a refusal, by where its interval lies.
LOSES: Mapping[str, str] = {
    "loses": (
        "The interval lies above zero: a refusal costs business. Lifts and promises are priced "
        "with this share."
    ),
    "open": (
        "The interval holds zero: this book shows no loss of business after a refusal. So nothing "
        "is priced that would prevent one."
    ),
    "gains": (
        "The interval lies below zero: accounts that refused bought more afterwards. So nothing is "
        "priced that would prevent a refusal."
    ),
}


#: What is said of the plain comparison, by where it lies beside the one of like with like.
PLAIN_LOSS: Mapping[str, str] = {
    "near": (
        "That lies within the interval: what else tells the accounts apart changes little here."
    ),
    "smaller": (
        "The plain one is smaller: by what else is known of them, the accounts that refused would "
        "have grown faster, and that hides a part of the loss."
    ),
    "larger": (
        "The plain one is larger: by what else is known of them, the accounts that renewed would "
        "have grown faster anyway, and that passes for a loss."
    ),
}


def _beside_plain(loss: rl.RefusalLoss) -> str:
    if loss.low <= loss.plain <= loss.high:
        return "near"
    return "smaller" if loss.plain < loss.low else "larger"


def after_a_refusal(bonds: Bonds) -> Finding:
    """What share of its purchases does an account take elsewhere after it refused an offer?"""
    reason = "After a refusal, purchases of {window:count month} must be on record; "
    if not bonds.dated or bonds.months.empty or bonds.offers.empty:
        return unknown(
            reason + "ledger.date and renewals.date would show them.",
            window=WINDOW,
            verdict="not known",
        )
    loss = bonds.loss
    if loss is None:
        return unknown(
            reason + "this needs {needed} accounts that refused and as many that renewed, with "
            "a ledger that reaches {window:count month} beyond their offers on both sides.",
            window=WINDOW,
            needed=FEWEST_ACCOUNTS,
            verdict="not known",
        )
    verdict: Refused = "costs" if loss.seen else "no loss seen"
    numbers = {
        "window": WINDOW,
        "regular": REGULAR,
        "refused": loss.refused,
        "renewed": loss.renewed,
        "counted": loss.refused + loss.renewed,
        "offers": len(bonds.offers),
        "plain": _plus(loss.plain),
        "lost": _plus(loss.estimate),
        "low": _plus(loss.low),
        "high": _plus(loss.high),
        "verdict": verdict,
    }
    says = (
        "Counted are {counted:,} of {offers:,} offers: those with {window:count month} on record "
        "before and after, of accounts that bought in {regular} months or more of the first year. "
        "{refused:,} were refused, {renewed:,} renewed.",
        "Share of the purchases lost in the {window:count month} after a refusal, at equal level, "
        "account value, size and year of the offer: {lost:percent} ({low:percent} to "
        "{high:percent}). By plain comparison it is {plain:percent}."
        if bonds.has_value
        else "Share of the purchases lost in the {window:count month} after a refusal, at equal "
        "level, size and year of the offer: {lost:percent} ({low:percent} to {high:percent}). By "
        "plain comparison it is {plain:percent}.",
        PLAIN_LOSS[_beside_plain(loss)],
        LOSES["loses" if loss.low > 0 else "gains" if loss.high < 0 else "open"],
    )
    return Finding(numbers, says)


def _price(loss: rl.RefusalLoss) -> tuple[dict[str, Any], str]:
    """With what a refusal is priced, and the sentence that says so."""
    numbers = {"lost": _plus(loss.estimate)}
    if not loss.refused:
        return (
            numbers,
            "A refusal is priced at {lost:percent} of a year's purchases: an assumption.",
        )
    numbers |= {"lost_low": _plus(loss.low), "lost_high": _plus(loss.high)}
    return numbers, (
        "A refusal is priced at {lost:percent} of a year's purchases ({lost_low:percent} to "
        "{lost_high:percent}), as this book shows it; the intervals hold that doubt too."
    )


def _at_most(bonds: Bonds) -> tuple[dict[str, Any], list[str]]:
    """Where costs are lacking, margins are the most that they can be."""
    rows, revenue = bonds.uncosted
    if not rows:
        return {}, []
    return {"uncosted": rows, "uncosted_revenue": revenue}, [
        "No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} of "
        "revenue a year: the margins here, and what keeping them brings, are **at most** what is "
        "said."
    ]


NO_PLANS: Mapping[str, str] = {
    "model": "What lifting pays needs the renewal model, which this book does not allow.",
    "cost": ("What lifting pays needs the margin of an account; ledger.cost_goods would give it."),
    "unseen": (
        "What lifting pays needs what a refusal costs, and that is not known: ledger.date and "
        "renewals.date, with purchases of {window:count month} before and after the offers, would "
        "show it."
    ),
    "free": (
        "This book shows no loss of business after a refusal: the share of a year's purchases lost "
        "lies between {low:percent} and {high:percent}. Lifting then keeps nothing, and no lift is "
        "priced; renewals of more accounts in a ledger of more years would narrow the interval."
    ),
    "nobody": (
        "No account that bought something can be lifted: a higher level needs offers at it, in "
        "renewals."
    ),
}


def _no_plans(plans: Plans) -> Finding:
    if plans.why == "model":
        return _needs_model()
    if plans.why == "free" and plans.loss:
        low, high = _plus(plans.loss.low), _plus(plans.loss.high)
        return unknown(NO_PLANS["free"], low=low, high=high)
    if plans.why == "unseen":
        return unknown(NO_PLANS["unseen"], window=WINDOW)
    return unknown(NO_PLANS[plans.why or "nobody"])


def _lift(pair: tuple[int, int]) -> str:
    return f"level {pair[0]} to {pair[1]}"


def _gains(plans: Plans, best: pd.DataFrame, draws: int | None) -> dict[str, float]:
    """How many accounts some lift pays for, and what those bring together that it pays for by the
    estimate, each with its 95 % interval; the intervals of the single accounts in ``best``.
    """
    drawn = plans.drawn(draws)
    by_pair = {pair: pd.DataFrame(values, plans.of[pair].index) for pair, values in drawn.items()}
    most = pd.concat(by_pair.values()).groupby(level=0).max()
    own = list(zip(best["now_at"], best["to"], strict=True))
    chosen = pd.DataFrame(
        [by_pair[pair].loc[account] for pair, account in zip(own, best.index, strict=True)],
        index=best.index,
    )
    best[["npv_low", "npv_high"]] = chosen.quantile([0.025, 0.975], axis=1).T.to_numpy()
    count = (most > 0).sum().quantile([0.025, 0.975])
    total = chosen[best["worth"]].sum().quantile([0.025, 0.975])
    return {
        "worth_low": float(np.floor(count.iloc[0])),
        "worth_high": float(np.ceil(count.iloc[1])),
        "npv_low": float(total.iloc[0]),
        "npv_high": float(total.iloc[1]),
        "sure": int((best["worth"] & (best["npv_low"] > 0)).sum()),
    }


#: Why a lift that costs nothing at once has a flat line in the figure.
FLAT = (
    "From {lift}, lifting costs nothing at once: where it pays, it has paid back in the first "
    "year, so its line is flat."
)


def payback(plans: Plans, shown: int = 8, *, draws: int | None = None) -> Finding:
    """Whom does it pay to lift, and how soon has it paid back?

    Parameters
    ----------
    plans : Plans
    shown : accounts in the table
    draws : of the coefficients and of what a refusal costs, for the intervals
    """
    if not plans.of or plans.loss is None:
        return _no_plans(plans)
    bonds, best = plans.model.bonds, plans.best
    gains = _gains(plans, best, draws)
    worth = best[best["worth"]]
    parts = {
        _lift(pair): {
            "lift": _lift(pair),
            "worth_of": int(plan["worth"].sum()),
            "of": len(plan),
            "paid": float((plan["payback_years"] <= plans.years).mean()),
        }
        for pair, plan in plans.of.items()
    }
    soonest = max(parts, key=lambda name: float(str(parts[name]["paid"])))
    numbers: dict[str, Any] = {
        "accounts": len(best),
        "worth": len(worth),
        "share": len(worth) / len(best),
        "years": plans.years,
        "soonest": soonest,
        "paid": parts[soonest]["paid"],
        "unit": bonds.unit,
        **gains,
        **parts,
    }
    says: list[Sentence | str] = [
        Sentence("From {lift}, lifting pays for {worth_of:,} of {of:count account}.", of=name)
        for name in parts
    ]
    says += [
        Sentence(FLAT, of=_lift(pair))
        for pair in plans.of
        if not plans.costs[pair][0] and parts[_lift(pair)]["paid"]
    ]
    if len(worth):
        numbers["npv"] = float(worth["npv"].sum())
        says.append(
            "Accounts for which some lift pays: {worth:,} ({worth_low:,.0f} to {worth_high:,.0f}). "
            "The best lift of each brings {npv:money}{unit} together ({npv_low:money} to "
            "{npv_high:money})."
        )
        says.append(
            "Of these, {sure:count account} with an interval of the net present value that lies "
            "above zero."
        )
    price, sentence = _price(plans.loss)
    most, doubt = _at_most(bonds)
    numbers |= price | most
    says += [sentence, *doubt]
    table = None
    if len(worth):
        table = worth.head(shown)[
            ["margin", "now", "lifted", "npv", "npv_low", "npv_high", "payback_years"]
        ]
        table = table.reset_index(drop=True)
        table.insert(0, "account", [bonds.labels.get(i, i) for i in worth.index[:shown]])
        table.insert(
            1, "lift", [f"{row.now_at} to {row.to}" for row in worth.head(shown).itertuples()]
        )
    horizon = list(range(1, plans.years + 1))
    paid = pd.DataFrame(
        {
            _lift(pair): [100 * (plan["payback_years"] <= year).mean() for year in horizon]
            for pair, plan in plans.of.items()
        },
        index=[str(year) for year in horizon],
    )
    picture = Picture(
        lambda title: figures.sensitivity_curve(
            paid, title, "years after lifting", "accounts that have paid back (%)"
        ),
        "Within {years:count year}, lifting from {soonest} pays back for {paid:percent0}",
        "Share of accounts whose lifting has paid back, by year, a line for each lift. After "
        "{years:count year} the highest is {soonest} with {paid:percent0}.",
    )
    return Finding(numbers, tuple(says), table, LIFT_COLUMNS, picture)


def _worth_limits(plan: pd.DataFrame, drawn: np.ndarray) -> dict[str, float]:
    """95 % limits of the number of accounts that one lift pays for, and of what those bring
    together that it pays for by the estimate (``plan["worth"]``).
    """
    low, high = percentile_limits((drawn > 0).sum(axis=0))
    least, most = percentile_limits(drawn[plan["worth"].to_numpy(dtype=bool)].sum(axis=0))
    return {
        "worth_low": float(np.floor(low)),
        "worth_high": float(np.ceil(high)),
        "npv_low": least,
        "npv_high": most,
    }


def payback_table(plans: Plans, *, draws: int | None = None) -> Finding:
    """The lifts side by side: chances (means), the margin needed (median), for how many accounts
    each pays and what it brings them together, with 95 % intervals.

    Parameters
    ----------
    plans : Plans
    draws : of the coefficients and of what a refusal costs, for the intervals
    """
    if not plans.of:
        return _no_plans(plans)
    drawn = plans.drawn(draws)
    table = pd.DataFrame(
        {
            _lift(pair): {
                "accounts": len(plan),
                "now": plan["now"].mean(),
                "lifted": plan["lifted"].mean(),
                "margin_needed": plan["margin_needed"].median(),
                "worth": plan["worth"].sum(),
                "npv": plan.loc[plan["worth"], "npv"].sum(),
                **_worth_limits(plan, drawn[pair]),
                "years": plan.loc[plan["worth"], "payback_years"].median(),
            }
            for pair, plan in plans.of.items()
        }
    ).T.rename_axis("lift")
    table["margin_needed"] = table["margin_needed"].where(np.isfinite(table["margin_needed"]))
    columns = LIFT_COLUMNS | {"npv": _TOGETHER}
    return Finding({"lifts": len(table)}, table=table, columns=columns)


def plain_advice(plans: Plans) -> Finding:
    """Whom would one lift who believes the plain count?"""
    if not plans.of or plans.loss is None:
        return _no_plans(plans)
    bonds = plans.model.bonds
    pair = (bonds.base, bonds.top)
    if pair not in plans.of:
        return unknown(
            "No account at {base} can be lifted to {top}.",
            base=called(bonds.base),
            top=called(bonds.top),
        )
    mine, (once, year) = plans.of[pair], plans.costs[pair]
    share = bonds.offers.groupby("bond_level")["renewed"].mean()
    advised = rl.lift_payback(
        mine[["margin"]].assign(now=share[bonds.base], lifted=share[bonds.top]),
        lost=plans.loss.estimate,
        cost_once=once,
        cost_year=year,
        years=plans.years,
        rate=plans.rate,
    )["worth"]
    wrong, missed = mine[advised & ~mine["worth"]], mine[~advised & mine["worth"]]
    numbers = {
        "base": called(bonds.base),
        "top": called(bonds.top),
        "plain": int(advised.sum()),
        "model": int(mine["worth"].sum()),
        "wrong": len(wrong),
        "lost": abs(_plus(wrong["npv"].sum(), 2)),
        "missed": len(missed),
        "forgone": float(missed["npv"].sum()),
        "unit": bonds.unit,
    }
    says = (
        "The plain count takes every account of {base} to renew like the others there, and like "
        "those of {top} once lifted.",
        "It would lift {plain:count account}; the model says {model}.",
        "Lifted at a loss by the model's count: {wrong} ({lost:money}{unit})."
        if len(wrong)
        else "By the model's count none of them is lifted at a loss.",
        "Left out though it would pay: {missed} ({forgone:money}{unit})."
        if len(missed)
        else "Nobody is left out for whom it would pay.",
    )
    return Finding(numbers, says)


def costs(
    plans: Plans, times: Sequence[float] = (0.5, 1.0, 2.0), *, draws: int | None = None
) -> Finding:
    """For how many accounts does lifting still pay when the assumed costs are other ones?

    Parameters
    ----------
    plans : Plans
    times : the assumed costs, so many times each
    draws : of the coefficients and of what a refusal costs, for the intervals
    """
    if not plans.of or plans.loss is None:
        return _no_plans(plans)
    gained = plans.gained(draws)
    words = {0.5: "half", 1.0: "as assumed", 2.0: "double"}
    rows, parts = {}, {}
    for pair, plan in plans.of.items():
        once, year = plans.costs[pair]
        for factor in times:
            tried = rl.lift_payback(
                plan[["margin", "now", "lifted"]],
                lost=plans.loss.estimate,
                cost_once=factor * once,
                cost_year=factor * year,
                years=plans.years,
                rate=plans.rate,
            )
            rows[_lift(pair), words.get(factor, f"{factor:g} times")] = {
                "worth": int(tried["worth"].sum()),
                "npv": tried.loc[tried["worth"], "npv"].sum(),
                **_worth_limits(tried, gained[pair] - plans.cost(pair, factor)),
                "years": tried.loc[tried["worth"], "payback_years"].median(),
            }
        mine = [row for (lift, _), row in rows.items() if lift == _lift(pair)]
        parts[_lift(pair)] = {
            "lift": _lift(pair),
            "fewest": min(row["worth"] for row in mine),
            "most": max(row["worth"] for row in mine),
            "low": min(row["worth_low"] for row in mine),
            "high": max(row["worth_high"] for row in mine),
            "of": len(plan),
        }
    says = tuple(
        Sentence(
            "From {lift}, lifting pays for {fewest:,} to {most:,} of {of:count account}; with the "
            "doubt of the model, for {low:,.0f} to {high:,.0f}."
            if parts[name]["fewest"] < parts[name]["most"]
            else "From {lift}, lifting pays for {most:,} of {of:count account} at all of these "
            "costs; with the doubt of the model, for {low:,.0f} to {high:,.0f}.",
            of=name,
        )
        for name in parts
    )
    table = pd.DataFrame(rows).T.rename_axis(["lift", "costs"])
    columns = LIFT_COLUMNS | {"npv": _TOGETHER}
    return Finding(parts, says, table, columns)


def _covered(model: Model) -> pd.DataFrame:
    """Offers of the lowest level to accounts with a promise, with their amounts a year."""
    bonds = model.bonds
    promised = (
        bonds.ties.loc[(bonds.ties["price_guarantee"] == 1).fillna(False), "account_id"]
        if "price_guarantee" in bonds.ties
        else bonds.offers["account_id"].unique()
    )
    mine = bonds.offers["account_id"].isin(promised) & (bonds.offers["bond_level"] == bonds.base)
    covered = bonds.offers[mine].merge(bonds.yearly.reset_index(), on="account_id")
    covered["amount"] = covered["revenue"].clip(lower=0)
    if bonds.has_cost:
        covered["margin"] = covered["revenue"] - covered["cost"]
    return covered


def _no_promise(model: Model) -> Finding:
    return unknown(
        "No account of the lowest level has such a promise, offers and amounts, so its cost cannot "
        "be reckoned; ties.price_guarantee says who has one."
    )


def guarantee(
    model: Model,
    *,
    free: float = 0.0,
    share: float = 1.0,
    cap: float = 5.0,
    claims: float = 1.0,
    lost: float | Literal["book"] = "book",
    draws: int | None = None,
) -> Finding:
    """What does a promise of price compensation cost, and what does it keep?

    Parameters
    ----------
    model : Model
    free : points of gap that are not compensated
    share : of the gap above that which is paid, 0 to 1
    cap : most that is paid, percent of our price
    claims : share of the offers on which it is claimed
    lost : share of a year's purchases that a refusal costs: "book" as the book shows it, or an
        assumption from 0 to 1
    draws : of the coefficients and of what a refusal costs, for the interval
    """
    bonds = model.bonds
    if bonds.offers.empty:
        return unknown(WHY["none"])
    covered = _covered(model)
    if covered.empty or not covered["amount"].sum() > 0:
        return _no_promise(model)
    terms = {"free": free, "share": share, "cap": cap, "claims": claims}
    fit, loss = model.fit if bonds.has_cost else None, priced(bonds, lost)
    share_lost = loss.estimate if loss else 0.0
    each = rl.guarantee_cost(covered, fit, **terms, lost=max(0.0, share_lost))
    total = each.sum() / len(covered)
    numbers: dict[str, Any] = {
        "base": called(bonds.base),
        "accounts": int(covered["account_id"].nunique()),
        "cap": cap,
        "cost": float(total["cost"]),
        "of_revenue": float(total["cost"] * len(covered) / covered["amount"].sum()),
        "unit": bonds.unit,
    }
    says = [
        "Covered: {accounts:count account} of {base} with such a promise; the rival's offers that "
        "they had stand for those to come."
        if "price_guarantee" in bonds.ties
        else "The book does not say who has such a promise: all of {base}, "
        "{accounts:count account}, are taken to."
    ]
    if not total["cost"] > 0:
        return Finding(numbers, (*says, "On these offers the promise pays nothing."))
    says.append(
        "For each offer of the rival the promise costs {cost:money}{unit} a year, "
        "{of_revenue:percent} of the revenue covered."
    )
    if fit is None:
        says.append("That is if every account renews and claims: the most it can cost.")
        return Finding(numbers, tuple(says))
    numbers["idle"] = float(total["idle"] / total["cost"])
    says.append("Of that, {idle:percent0} is idle: paid to accounts that would have renewed.")
    if loss is None or not loss.seen:
        says.append(
            "What it keeps has no price: this book shows no loss of business after a refusal."
            if loss
            else "What it keeps has no price: this book cannot show what a refusal costs."
        )
        return Finding(numbers, tuple(says))
    low, high = percentile_limits(_drawn_nets(fit, covered, terms, loss, draws or DRAWS))
    price, sentence = _price(loss)
    most, doubt = _at_most(bonds)
    numbers |= price | most
    numbers |= {
        "kept": _plus(total["kept_margin"], 2),
        "net": _plus(total["net"], 2),
        "low": _plus(low, 2),
        "high": _plus(high, 2),
    }
    says += [sentence, "The margin kept is {kept:money}{unit}."]
    says.append(
        "The net is {net:money}{unit} an offer ({low:money} to {high:money}): the promise costs "
        "more than it keeps."
        if high < 0
        else "The net is {net:money}{unit} an offer ({low:money} to {high:money}): the promise "
        "keeps more than it costs."
        if low > 0
        else "The net is {net:money}{unit} an offer ({low:money} to {high:money}): whether it pays "
        "cannot be told."
    )
    numbers["gaining"] = int((each["net"].groupby(covered["account_id"]).sum() > 0).sum())
    says.append(
        "Account by account it brings a gain for {gaining:,} of them."
        if numbers["gaining"]
        else "Account by account it brings a gain for none of them."
    )
    return Finding(numbers, (*says, *doubt))


def _drawn_nets(
    fit: rl.RenewalFit,
    covered: pd.DataFrame,
    terms: Mapping[str, float],
    loss: rl.RefusalLoss,
    draws: int,
) -> np.ndarray:
    """The net an offer, over coefficients and the share lost, drawn from their sampling
    distributions; the same draws for all terms.
    """
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(fit.params.to_numpy(), fit.cov.to_numpy(), draws, method="eigh")
    lost = loss.drawn(rng, draws).clip(0, 1)
    paid = rl.guarantee_cost(covered, fit, **terms)["paid_points"]
    without, claimed = (
        expit(offer_design(fit, offers).to_numpy() @ drawn.T)
        for offers in (covered, covered.assign(gap=covered["gap"] - paid))
    )
    each = (covered["amount"] * paid / 100).to_numpy()[:, None]
    margin = covered["margin"].to_numpy()[:, None]
    nets = terms["claims"] * ((claimed - without) * margin * lost - each * claimed).mean(axis=0)
    return np.asarray(nets)


def caps(
    model: Model,
    tried: Sequence[float] = (1, 2, 5, 10),
    *,
    free: float = 0.0,
    share: float = 1.0,
    claims: float = 1.0,
    lost: float | Literal["book"] = "book",
    draws: int | None = None,
) -> Finding:
    """Which cap of the promise does best, and which cannot be told from it?

    Parameters
    ----------
    model : Model
    tried : caps, percent of our price
    free, share, claims, lost : as in `guarantee`
    draws : of the coefficients and of what a refusal costs, for the intervals; the caps are
        compared draw by draw
    """
    if model.fit is None:
        return _needs_model()
    if not model.bonds.has_cost:
        return unknown("The net of a promise needs the margin; ledger.cost_goods would give it.")
    loss = priced(model.bonds, lost)
    if loss is None or not loss.seen:
        return unknown(
            "The net of a promise needs what a refusal costs, and this book shows no loss; see the "
            "step on what follows a refusal, which ledger.date and renewals.date allow."
        )
    covered = _covered(model)
    if covered.empty or not covered["amount"].sum() > 0:
        return _no_promise(model)
    terms = {"free": free, "share": share, "claims": claims}
    rows, nets = {}, {}
    for cap in tried:
        with_cap = {**terms, "cap": cap}
        each = rl.guarantee_cost(covered, model.fit, **with_cap, lost=loss.estimate)
        nets[f"{cap:g}"] = _drawn_nets(model.fit, covered, with_cap, loss, draws or DRAWS)
        low, high = percentile_limits(nets[f"{cap:g}"])
        parts = each[["cost", "idle", "kept_margin", "net"]].sum() / len(covered)
        rows[f"{cap:g}"] = {**parts, "low": low, "high": high}
    table = pd.DataFrame(rows).T.rename_axis("cap (% of price)")
    best = str(table["net"].idxmax())
    behind = {name: percentile_limits(nets[best] - nets[name]) for name in table.index.drop(best)}
    alike = [name for name, (low, high) in behind.items() if low <= 0 <= high]
    numbers = {
        "best": float(best), "net": _plus(table["net"].max(), 2), "unit": model.bonds.unit,
        "tried": list(tried), "low": _plus(table["low"][best], 2),
        "high": _plus(table["high"][best], 2), "alike": [f"{name} %" for name in alike],
    }  # fmt: skip
    says = [
        "Of the caps tried, {best:g} % does best, with {net:money}{unit} an offer ({low:money} to "
        "{high:money})."
        if numbers["net"] > 0
        else "Of the caps tried, {best:g} % does best, and not one of them brings a gain: "
        "{net:money}{unit} an offer ({low:money} to {high:money}).",
    ]
    if alike:
        says.append("Not to be told from it, draw by draw: a cap of {alike:names}.")
    return Finding(numbers, tuple(says), table, GUARANTEE_COLUMNS)


#: What holding a part of the level equal does to the answer of one method.
LINKED = (
    "Holding the linked system equal too, a part of the level itself, takes the {method} answer "
    "from {without:points} to {linked:points} points, and its interval is {width_linked:points} "
    "points wide instead of {width:points}."
)


def what_goes_in(model: Model, floor: float = 0.01) -> Finding:
    """How far does the answer hang on what is adjusted for?"""
    lacking = _no_adjustment(model)
    if lacking:
        return lacking
    bonds = model.bonds
    more = [name for name in ("visits_year", "shared_system") if name in bonds.ties]
    offers = bonds.offers.merge(bonds.ties[["account_id", *more]], on="account_id").dropna(
        subset=[VALUE, *more]
    )
    sets = {"account value": [VALUE]}
    if "visits_year" in more:
        sets |= {
            "account value and visits": [VALUE, "visits_year"],
            "visits alone": ["visits_year"],
        }
    if "shared_system" in more:
        sets["account value and linked system"] = [VALUE, "shared_system"]
    rows: dict[tuple[str, str], list[float]] = {}
    refused: dict[str, str] = {}
    for text, chosen in sets.items():
        for method in ("regression", "weighted"):
            try:
                found = rl.level_effect(
                    offers.astype(dict.fromkeys(more, float)),
                    "ipw" if method == "weighted" else "regression",
                    treated=bonds.top,
                    control=bonds.base,
                    covariates=[*chosen, "gap"] if method == "weighted" else chosen,
                    floor=floor,
                )
                rows[text, method] = [found.estimate, found.low, found.high]
            except ValueError:
                refused[text] = method
    if not rows:
        return _no_weights()
    table = pd.DataFrame(rows, index=["estimate", "low", "high"]).T
    table.index = table.index.set_names(["adjusted for", "method"])
    plain, base = _plain(bonds).estimate, table["estimate"].get(("account value", "regression"))
    alone = table["estimate"].get(("visits alone", "regression"))
    numbers: dict[str, Any] = {
        "least": _plus(table["estimate"].min()),
        "greatest": _plus(table["estimate"].max()),
        "plain": _plus(plain),
        "refused": list(refused),
    }
    says: list[Sentence | str] = [
        "The answers run from {least:points} to {greatest:points} points."
    ]
    if alone is not None and base is not None and abs(alone - plain) < abs(base - plain):
        numbers["alone"] = _plus(alone)
        says.append(
            "Adjusting for the wrong thing is no adjustment: with visits alone the regression "
            "gives {alone:points} points, nearer to the {plain:points} of the plain count."
        )
    width = table["high"] - table["low"]
    for method in ("regression", "weighted"):
        both = ("account value", method), ("account value and linked system", method)
        if all(name in table.index for name in both):
            numbers[method] = {
                "method": method,
                "without": _plus(table["estimate"][both[0]]),
                "linked": _plus(table["estimate"][both[1]]),
                "width": _plus(width[both[0]]),
                "width_linked": _plus(width[both[1]]),
            }
            says.append(Sentence(LINKED, of=method))
    if refused:
        says.append(
            "With {refused:names} no answer exists, or not by both methods: the level is foretold."
        )
    return Finding(numbers, tuple(says), table, EFFECT_COLUMNS)


def overlap(model: Model) -> Finding:
    """Do the methods agree among accounts that could be at either level?"""
    lacking = _no_adjustment(model)
    if lacking:
        return lacking
    bonds = model.bonds
    pair = {"treated": bonds.top, "control": bonds.base}
    try:
        chance = rl.propensities(bonds.offers, [VALUE, "gap"])
        common = bonds.offers[(chance[[bonds.base, bonds.top]] >= THIN).all(axis=1)]
        found = {
            "naive": rl.level_effect(common, "naive", **pair),
            "regression": rl.level_effect(common, "regression", **pair),
            "weighted": rl.level_effect(common, "ipw", **pair, covariates=[VALUE, "gap"]),
        }
    except ValueError:
        return unknown(
            "Too few offers went to accounts that could be at either level; more offers at both, "
            "to accounts of equal value, would allow it."
        )
    table = _effect_rows(found)
    table["difference"] = [
        one.balance["after" if name == "weighted" else "before"][VALUE]
        for name, one in found.items()
    ]
    numbers = {
        "left": int(common["account_id"].nunique()),
        "accounts": bonds.accounts,
        "apart": abs(_plus(found["regression"].estimate - found["weighted"].estimate)),
    }
    says = (
        "Among {left:count account} of {accounts:,} both levels were possible.",
        "Regression and weighting are {apart:points} points apart there.",
    )
    return Finding(numbers, says, table, EFFECT_COLUMNS)


def judges(model: Model) -> Finding:
    """How far does the answer hang on who judged the level?"""
    if model.fit is None:
        return _needs_model()
    bonds, rows = model.bonds, {}
    for text, judged in bonds.judged.items():
        again = bonds.offers.assign(bond_level=bonds.offers["account_id"].map(judged))
        again = again.dropna(subset="bond_level").astype({"bond_level": int})
        life = model.fit.half_life.estimate if model.fit.half_life else None
        try:
            found = rl.renewal_model(again, bonds.covariates, half_life=life).tolerance["tolerance"]
        except ValueError:
            continue
        rows[text] = {called(level): value for level, value in found.items()}
        if bonds.has_value and len(bonds.levels) > 1:
            try:
                rows[text]["effect"] = rl.level_effect(
                    again, "regression", treated=bonds.top, control=bonds.base
                ).estimate
            except ValueError:
                continue
    if len(rows) < 2:
        return unknown(
            "A model needs the level judged in two ways at least; ties.bond_level, {second} or "
            "ties of the rubric would give another.",
            second="ties.bond_level_rater2",
        )
    table = pd.DataFrame(rows).T.rename_axis("level by")
    levels = [name for name in map(called, rl.LEVEL_NAMES) if name in table]
    table = table.reindex(columns=[*levels, *(["effect"] if "effect" in table else [])])
    columns = {name: Shown(name, ".1f") for name in levels}
    numbers: dict[str, Any] = {"judges": list(rows), "top": called(bonds.top)}
    says: list[str] = []
    if "effect" in table:
        columns["effect"] = Shown("effect at equal value", "percent0")
        numbers |= {
            "least": _plus(table["effect"].min()),
            "greatest": _plus(table["effect"].max()),
        }
        if table["effect"].notna().sum() > 1:
            says.append(
                "The effect at equal value is {least:points} points, whoever judged the level."
                if numbers["least"] == numbers["greatest"]
                else "The effect at equal value runs from {least:points} to {greatest:points} "
                "points, depending on who judged the level."
            )
    if not says:
        numbers |= {
            "lowest": _plus(table[levels[-1]].min(), 1),
            "highest": _plus(table[levels[-1]].max(), 1),
            "shown": levels[-1],
        }
        says.append(
            "The tolerance of {shown} is {lowest:.1f} %, whoever judged the level."
            if numbers["lowest"] == numbers["highest"]
            else "The tolerance of {shown} runs from {lowest:.1f} to {highest:.1f} %, depending on "
            "who judged the level."
        )
    return Finding(numbers, tuple(says), table, columns)


def one_slope(model: Model) -> Finding:
    """Is one slope enough for all levels?"""
    bonds = model.bonds
    if model.fit is None:
        return _needs_model()
    if len(bonds.levels) < 2:
        return _two_levels(bonds)
    try:
        own = {
            level: rl.renewal_model(
                bonds.offers[bonds.offers["bond_level"] == level], bonds.covariates
            )
            for level in bonds.levels
        }
        whole = rl.renewal_model(bonds.offers, bonds.covariates)
    except ValueError:
        return unknown(
            "A model for each level by itself needs more offers, kept and lost, at every level."
        )
    better = 2 * (sum(one.log_likelihood for one in own.values()) - whole.log_likelihood)
    p_value = float(chi2.sf(better, (len(own) - 1) * (1 + len(bonds.covariates))))
    table = pd.DataFrame(
        {called(level): list(one.slope) for level, one in own.items()},
        index=["slope", "low", "high"],
    ).T.rename_axis("level")
    table["high"] = table["high"].where(np.isfinite(table["high"]))
    columns = {
        "slope": Shown("slope (points of gap)", ".1f"),
        "low": Shown("from", ".1f"),
        "high": Shown("to", ".1f"),
    }
    says = (
        "Separate models fit no better than chance would have it (p = {p:.2f})."
        if p_value > 0.05
        else "Separate models fit better: one slope is too simple here (p = {p:.3f}).",
    )
    return Finding({"p": p_value}, says, table, columns)


_NO_MODEL = "needs a renewal model"


def _points(one: rl.LevelEffect, digits: int = 1) -> str:
    estimate, low, high = (100 * value for value in (one.estimate, one.low, one.high))
    return f"{estimate:.{digits}f} points ({low:.{digits}f} to {high:.{digits}f})"


def claims(model: Model, cap: float = 5.0, differ: float = ABOUT) -> Finding:
    """What the documents claim of the levels, each with its test on this book.

    Parameters
    ----------
    model : Model
    cap : of the promise, percent of our price
    differ : difference of two shares renewed that would change no decision, a share of 0 or more

    Raises
    ------
    ValueError
        If ``differ`` is no difference of two shares, such as 5 for five points.
    """
    fraction("differ", differ)
    made = [
        *_of_gaps(model),
        _of_copying(model),
        _of_structure(model),
        _of_promise(model, cap),
        *_of_club(model),
        *_of_value(model),
        _of_kinds(model.bonds, differ),
        _of_predictability(model.bonds),
        _of_other_means(model),
    ]
    return steps.verdicts(made)


def _of_gaps(model: Model) -> list[Claim]:
    small = (
        "S000-7a",
        "levels 1 and 2 hold only against small price differences",
        f"share of their own offers renewed at gaps of {SMALL:g} and {LARGE:g} %, by the model: "
        "more than a half, and less (gaps and half are ours)",
    )
    large = (
        "S000-7a",
        "large differences need structural bonds",
        f"share of the offers of level 3 renewed at a gap of {LARGE:g} %, by the model: more than "
        "a half",
    )
    if model.fit is None:
        return [untested(*small, _NO_MODEL), untested(*large, _NO_MODEL)]
    levels = model.bonds.levels
    found = []
    lower = [level for level in (1, 2) if level in levels]
    if len(lower) < 2:
        found.append(untested(*small, "needs offers at levels 1 and 2"))
    else:
        at = {level: model.shares(level, [SMALL, LARGE]) for level in lower}
        bears = [
            at_least(frame["low"].iloc[0], frame["high"].iloc[0], 0.5) for frame in at.values()
        ]
        stays = [
            at_least(frame["low"].iloc[1], frame["high"].iloc[1], 0.5) for frame in at.values()
        ]
        here = "; ".join(
            " and ".join(with_interval(*row) for row in frame[list(SHARE)].to_numpy())
            for frame in at.values()
        )
        verdict = _only_small(bears, stays)
        open_at = [f"{gap:g} %" for gap, told in ((SMALL, bears), (LARGE, stays)) if UNTOLD in told]
        why = f"at {' and '.join(open_at)} a half cannot be ruled out" if open_at else ""
        found.append(
            Claim(*small, here, verdict, why if verdict == UNTOLD else "", tests=2 * len(at))
        )
    if 3 not in levels:
        return [*found, untested(*large, "needs offers at level 3")]
    row = model.shares(3, LARGE).iloc[0]
    verdict = at_least(row["low"], row["high"], 0.5)
    return [
        *found,
        Claim(*large, with_interval(*row[list(SHARE)]), verdict, tests=1),
    ]


def _only_small(bears: Sequence[Verdict], stays: Sequence[Verdict]) -> Verdict:
    """Two parts, each a test at each level: that they renew at the small gap, and that they do not
    at the large one.
    """
    small: Verdict = _all(bears)
    large: Verdict = _all(
        [{"holds": "does not hold", "does not hold": "holds"}.get(one, UNTOLD) for one in stays]
    )
    parts = {small, large}
    if parts == {"holds", "does not hold"}:
        return "holds in part"
    return parts.pop() if len(parts) == 1 else UNTOLD


def _all(verdicts: Sequence[Any]) -> Verdict:
    """One verdict for all: that of one that fails, else of one that is open, else it holds."""
    return next((one for one in ("does not hold", UNTOLD) if one in verdicts), "holds")


def _of_copying(model: Model) -> Claim:
    claim = (
        "S000-7a, S000-6c",
        "level 1 is easily copied",
        "tolerance of a level-1 offer, new and in the long run",
    )
    fit = model.fit
    if fit is None or not model.aged or fit.new_offer is None:
        return untested(*claim, "needs a model and renewals.months_since_offer at level 1")
    long_run, low, high = fit.tolerance.loc[1, ["tolerance", "low", "high"]].astype(float)
    new = with_interval(*fit.new_offer, form=".1f")
    here = f"{new} and {with_interval(long_run, low, high, form='.1f')} %"
    if _fading(model, 1) >= SIGNIFICANT:
        return Claim(*claim, here, UNTOLD, "within what chance would do", tests=1)
    fades = fit.new_offer.estimate > long_run
    return Claim(
        *claim, here, "holds" if fades else "does not hold", "it fades" if fades else "", tests=1
    )


def _of_structure(model: Model) -> Claim:
    claim = (
        "S000-7a",
        "structural ties are what keeps accounts",
        "effect of level 3 over the lowest level, plain and at equal value",
    )
    bonds = model.bonds
    if bonds.offers.empty or bonds.top != 3 or bonds.base == 3:
        return untested(*claim, "needs offers at level 3 and at a lower one")
    adjusted = None if _no_adjustment(model) else model.adjusted
    if adjusted is None:
        return untested(*claim, "needs a model and ties.account_value")
    plain = _plain(bonds)
    verdict = at_least(adjusted.low, adjusted.high, 0.0)
    less = verdict == "holds" and plain.estimate > adjusted.high
    here = f"{_points(plain)}; {_points(adjusted)}"
    return Claim(*claim, here, verdict, "but less than it looks" if less else "", tests=1)


def _of_promise(model: Model, cap: float) -> Claim:
    claim = (
        "S000-7b",
        "promise price compensation",
        "net of the promise as we read it: the gap to a rival is paid from the first point on, all "
        f"of it, up to {cap:g} % of our price, and everybody claims (the document has no terms)",
    )
    found = guarantee(model, cap=cap)
    loss = model.bonds.loss
    if "idle" in found.numbers and loss is not None and not loss.seen:
        here = f"share lost after a refusal: {with_interval(loss.estimate, loss.low, loss.high)}"
        return Claim(
            *claim,
            here,
            UNTOLD,
            "what it keeps has no price where a refusal costs nothing",
            tests=1,
        )
    if "net" not in found.numbers:
        return untested(
            *claim,
            "needs a model, ledger.cost_goods, accounts with a promise, purchases after refusals",
        )
    net, low, high = (found.numbers[name] for name in ("net", "low", "high"))
    here = f"{money(net, model.bonds.currency)} an offer ({money(low)} to {money(high)})"
    verdict = at_least(low, high, 0.0)
    why = {
        "holds": "as a rule: on these terms it keeps more than it costs",
        "does not hold": "as a rule: on these terms it costs more than it keeps",
    }
    return Claim(*claim, here, verdict, why.get(verdict, ""), tests=1)


def _of_club(model: Model) -> list[Claim]:
    claim = (
        "S001-1f",
        "a customer club lifts loyalty",
        "effect of membership on renewal: plain count; at equal account value; at equal value and "
        "equal level",
    )
    value = untested(
        "S001-1f",
        "a customer club lifts what its members buy",
        "purchases before and after joining, against accounts that did not join",
        "needs the day on which an account joined",
    )
    bonds = model.bonds
    needs = "needs a model, ties.account_value, and members and others in ties.club_member"
    if model.fit is None or not bonds.has_value or "club_member" not in bonds.ties:
        return [untested(*claim, needs), value]
    joined = bonds.offers.merge(bonds.ties[["account_id", "club_member"]].dropna(), on="account_id")
    joined = joined.astype({"club_member": int})
    flags = {f"level_{k}": (joined["bond_level"] == k).astype(int) for k in bonds.levels[1:]}
    try:
        plain = _club_effect(joined, "naive", [VALUE])
        alike = _club_effect(joined, "regression", [VALUE])
        level = _club_effect(joined.assign(**flags), "regression", [VALUE, *flags])
    except ValueError:
        return [untested(*claim, needs), value]
    verdict, why = _whichever_came_first(*(at_least(x.low, x.high, 0.0) for x in (alike, level)))
    here = "; ".join(_points(one) for one in (plain, alike, level))
    return [Claim(*claim, here, verdict, why, tests=2), value]


def _club_effect(
    joined: pd.DataFrame, method: Literal["naive", "regression"], equal: Sequence[str]
) -> rl.LevelEffect:
    return rl.level_effect(
        joined, method, treated=1, control=0, covariates=equal, level="club_member"
    )


def _whichever_came_first(alike: Verdict, level: Verdict) -> tuple[Verdict, str]:
    """What is said of a tie that may make the level, or follow from it.

    If the tie makes the level, the level is part of what it does and may not be held equal
    (``alike``, at equal account value alone); if accounts of the level are given the tie, it has to
    be (``level``). So only what both say is said.
    """
    if alike == level:
        return alike, "whether the club makes the level or follows it" if alike != UNTOLD else ""
    return (
        UNTOLD,
        "if the club makes the level, the second number counts; if accounts of the level are let "
        "in, the third; the book does not say which came first",
    )


def _of_value(model: Model) -> list[Claim]:
    price = (
        "S000-5l",
        "lower accounts care for price",
        "points of price gap that an account bears more per unit of its value",
    )
    quality = untested(
        "S000-5l",
        "top accounts care for quality",
        "weight that accounts of high and of low value give to quality",
        "needs what each account says of quality, or quality offered beside the price",
    )
    if model.fit is None or not model.bonds.has_value:
        return [untested(*price, "needs a model and ties.account_value"), quality]
    gamma, low, high = model.fit.value_effects[["gamma", "low", "high"]].to_numpy()[0]
    verdict = at_least(low, high, 0.0)
    why = "accounts of higher value bear a larger gap; for what, is not told"
    here = with_interval(gamma, low, high, form=".1f")
    return [Claim(*price, here, verdict, why if verdict == "holds" else "", tests=1), quality]


def _of_kinds(bonds: Bonds, differ: float) -> Claim:
    claim = (
        "S000-2c, S003-5d",
        "transactional and relational customers differ",
        f"share renewed, highest less lowest level, beyond {100 * differ:g} points",
    )
    if len(bonds.levels) < 2 or bonds.accounts < FEWEST_ACCOUNTS:
        return untested(*claim, f"needs two levels and {FEWEST_ACCOUNTS} accounts")
    plain = _plain(bonds)
    if bonds.offers["renewed"].nunique() < 2:
        return untested(*claim, "needs offers renewed and refused")
    alike = by_interval(plain.low, plain.high, 0.0, differ)
    opposite: Mapping[Verdict, Verdict] = {"holds": "does not hold", "does not hold": "holds"}
    verdict = opposite.get(alike, UNTOLD)
    why = "whether by the bond is another question" if verdict == "holds" else ""
    return Claim(*claim, _points(plain), verdict, why, tests=1)


def _of_predictability(bonds: Bonds) -> Claim:
    claim = (
        "S003-7a",
        "a key account contributes predictably",
        f"listed key accounts that never refused by the end: {percent(PREDICTABLE, 0)} or more, a "
        "figure of ours",
    )
    if not bonds.listed:
        return untested(*claim, "needs accounts.listed_ka: a level is no list of key accounts")
    mine = bonds.offers[bonds.offers["account_id"].isin(bonds.listed)]
    if mine.empty or not bonds.dated:
        return untested(*claim, "needs dated offers to listed accounts")
    # those of all levels together
    stay = rl.survival_by_level(mine.assign(listed="listed"), level="listed")[0]
    kept, low, high = stay.iloc[-1][["kept", "low", "high"]]
    if np.isnan(low):  # nobody lost, or everybody
        began = int(stay["at_risk"].iloc[0])
        low, high = proportion_confint(round(kept * began), began, method="wilson")
    listed = mine["account_id"].nunique()
    here = f"{with_interval(kept, low, high)}, of {count(listed, 'listed account')}"
    return Claim(*claim, here, at_least(low, high, PREDICTABLE), tests=1)


def _of_other_means(model: Model) -> Claim:
    claim = (
        "S004-1e",
        "compete by other means than price first",
        "points of gap that the highest level bears more than the lowest",
    )
    if model.fit is None or len(model.bonds.levels) < 2:
        return untested(*claim, "needs a model and two levels")
    worth = rl.level_worth(model.fit, model.bonds.top, model.bonds.base)
    verdict = at_least(worth.low, worth.high, 0.0)
    why = "as a rule: a tie is worth points of price" if verdict == "holds" else ""
    return Claim(*claim, with_interval(*worth, form=".1f"), verdict, why, tests=1)


def _present_chance(model: Model) -> pd.Series:
    """Chance of each account below the highest level to renew, at its level and all gaps."""
    accounts = liftable(model)
    below = accounts[accounts["level"] < model.bonds.top]
    parts = [
        pd.Series(mean_chance(model, mine, int(str(level))), mine.index)
        for level, mine in below.groupby("level")
    ]
    return pd.concat(parts) if parts else pd.Series(dtype=float)


def account_review(bonds: Bonds, plans: Plans | None = None) -> Finding:
    """What the account review takes from the lesson."""
    if bonds.scored.empty:
        return unknown("No account has what the review takes from this lesson.")
    frame = bonds.scored[["level", "evidence_1", "evidence_2", "evidence_3"]].rename(
        columns={"level": "bond_level"}
    )
    if plans is not None and plans.model.fit is not None:
        frame["renewal_share"] = _present_chance(plans.model).reindex(frame.index)
    if plans is not None and plans.of:
        best = plans.best
        frame["lift_to"] = best.loc[best["npv"] > 0, "to"].astype("Int64").reindex(frame.index)
        frame["lift_npv"] = best["npv"].reindex(frame.index).round(2)
    words = {"currency": bonds.currency or "currency of the book"}
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
