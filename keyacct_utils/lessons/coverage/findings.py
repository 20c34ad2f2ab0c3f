"""The steps of lesson 12: each a Finding from plain inputs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.coverage import (
    LESSON,
    assignment,
    compliance,
    figures,
    plans,
    staffing,
    thresholds,
)
from keyacct_utils.lessons.coverage.inputs import (
    DAYS_A_YEAR,
    PLANNED,
    QUARTERS_A_YEAR,
    Cover,
    cover,
    main_owner,
)
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.claims import (
    UNTESTED,
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    share_margin,
    untested,
)
from keyacct_utils.lessons.showing import figures as shared_figures
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import count

__all__ = ["cover"]

#: Promised visits a quarter: S000-5d names two classes; the highest is an assumption.
Standard = tuple[tuple[str, float], ...]
STANDARD: Standard = (("A+", 1), ("crystal", 2), ("gold", 3))
DOCUMENT = frozenset({"A+", "crystal"})
#: Owners shown, rows of a list, groups of accounts in the figure of the plan.
SHOWN, LISTED, GROUPS = 12, 6, 6
#: Fewer accounts or owners than these carry no rule.
FEWEST_ACCOUNTS, FEWEST_OWNERS, FEWEST_TIMES = 20, 6, 5
#: Minutes of a visit with its way, of a call, and hours a month, where the book has none.
STATED_VISIT, STATED_CALL, STATED_HOURS = 90.0, 12.0, 166.0
#: Calls a year to each account with a promise: one a month (S000-5d).
CALLS = 12.0
#: S004-1b: more than 20,000 accounts and 300 managers.
LENOVO = 20_000 / 300
#: Between these shares of the working hours left for accounts the verdict on the staff must hold.
HOURS_OPEN = (0.25, 0.5)
#: Below so many managers a number of them is told to hundredths.
FEW_MANAGERS = 10
#: Values of k between its limits at which the gain of a plan is computed.
BETWEEN = 7
MINUTES = 60


def _positive(name: str, value: object, zero: bool = False) -> float:
    told = isinstance(value, Real) and not isinstance(value, bool)
    number = float(value) if told else math.nan
    if not math.isfinite(number) or number < 0 or (number == 0 and not zero):
        raise ValueError(
            f"{name} is {value!r}: expected a number {'of 0 or more' if zero else 'above 0'}"
        )
    return number


def _promised(found: Cover, standard: Standard, every: float) -> tuple[dict[str, float], bool]:
    """Promised visits a look, by the classes of the book; whether they are those of ``standard``.

    A promise is written per quarter; looks of a month or a year take their part of it.
    """
    if not isinstance(standard, Sequence) or isinstance(standard, str) or not len(standard):
        raise ValueError("standard names no class: expected (class, visits a quarter), ...")
    for pair in standard:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ValueError(f"standard holds {pair!r}: expected (class, visits a quarter)")
        _positive(f"standard of {pair[0]!r}", pair[1], zero=True)
    _positive("every", every)
    wanted = {str(name): float(value) for name, value in standard}
    there = set(found.classes)
    own = {name: value for name, value in wanted.items() if name in there and value > 0}
    if found.looks is not None and own:
        seen = set(_looks(found)["tier"].dropna())
        own = {name: value for name, value in own.items() if name in seen}
    if own:
        return own, True
    return dict.fromkeys(sorted(there), float(every)), False


def _looks(found: Cover) -> pd.DataFrame:
    """Looks with the class of the account; those of accounts without a class have none."""
    assert found.looks is not None
    if "tier" in found.looks and found.classes_are == "class of service":
        return found.looks
    looks = found.looks.drop(columns="tier", errors="ignore")
    return looks.assign(tier=looks["account_id"].map(found.classes))


def _a_look(found: Cover, per_quarter: float) -> float:
    """Visits a look of so many a quarter: never below one visit a look."""
    return max(1.0, per_quarter * QUARTERS_A_YEAR / found.looks_a_year)


def book_in_numbers(found: Cover) -> Finding:
    """Which book, which time, and what of its coverage it knows."""
    sold = found.sales[found.sales > 0]
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when,
        "accounts": len(found.sales),
        "sales": float(sold.sum()),
        "unit": found.unit_of_money,
        "apart": int((found.sales <= 0).sum()),
        "classes": found.classes.nunique(),
        "classes_are": found.classes_are,
        "outside": found.outside,
    }
    says = [
        "**{book}**, {when}: {accounts:count account}, sales of {sales:money}{unit}.",
        *steps.gross(found.returns),
    ]
    if numbers["apart"]:
        says.append(
            "Accounts with sales of zero or less: {apart}; they have an owner all the same."
            if found.owners is not None
            else "Accounts with sales of zero or less: {apart}."
        )
    if found.looks is not None:
        numbers |= {
            "looks": count(found.looks["period"].nunique(), found.span),
            "span": found.span,
            "visits": float(found.looks["visits"].sum()),
            "visited": found.looks["account_id"].nunique(),
        }
        says.append("Visits are known for {looks}: {visits:,.0f}, of {visited:count account}.")
    if found.both is not None:
        of = found.both.groupby("account_id")[["visits", "logged"]].sum()
        numbers |= {
            "logged": float(of["logged"].sum()),
            "reported": float(of["visits"].sum()),
            "apart_at": int((of["visits"] != of["logged"]).sum()),
            "both_at": len(of),
        }
        says.append(
            "The activities of the same quarters hold {logged:,.0f} visits, and another number "
            "than the table visits at {apart_at:,} of {both_at:count account}: two records. "
            "Promises and plans are read from visits; minutes, season and what is asked for from "
            "activities."
            if numbers["apart_at"]
            else "The activities of the same quarters hold the same visits."
        )
    if found.outside:
        says.append("Rows of visits outside of that time are left out: {outside}.")
    says.append(
        "The promise of an account hangs on its {classes_are} ({classes:count class/classes})."
    )
    return Finding(numbers, tuple(says))


def pencil(
    owner: Sequence[str | None],
    promised: Sequence[float],
    made: Sequence[float],
    names: Sequence[str] = ("Anhe", "Boda", "Chenxi", "Dafeng", "Enkang"),
) -> pd.DataFrame:
    """Five accounts on a napkin: who owns them, visits promised and made in the quarter."""
    if not len(owner) == len(promised) == len(made) == len(names):
        raise ValueError("owner, promised, made and names: expected one of each per account")
    return pd.DataFrame(
        {
            "owner": ["-" if name is None else name for name in owner],
            "promised": list(promised),
            "made": list(made),
        },
        index=pd.Index(list(names), name="account"),
    )


_NO_OWNER = (
    "The book does not say who owns an account: accounts.manager_id, or ledger.manager_id (who "
    "sold it), would tell."
)
_SOURCE = {
    "visits": "the last rows of visits",
    "accounts": "the file of accounts",
    "ledger": "the ledger: an account is counted for who sold it the most",
}


def _everyone(found: Cover) -> pd.Series:
    """Sales of all accounts that bought or have a row of owners; those who bought nothing have 0.

    Who looks after an account looks after it in a time without sales too.
    """
    if found.owners is None:
        return found.sales
    sales = found.sales.set_axis(found.sales.index.astype(str))
    names = pd.Index(found.owners["account_id"].astype(str).unique())
    return sales.reindex(sales.index.union(names), fill_value=0.0)


def owners(found: Cover) -> Finding:
    """Who looks after how many accounts, and how much money?"""
    if found.owners is None:
        return unknown(_NO_OWNER)
    sales = _everyone(found)
    table = compliance.owned(found.owners, sales)
    named = table[table.index != ""].copy()
    if not len(named):
        return unknown(_NO_OWNER)
    named["of_accounts"] = named["accounts"] / len(sales)
    most, money = named["accounts"].idxmax(), named["amount"].idxmax()
    total = float(found.sales.sum())
    numbers: dict[str, Any] = {
        "owners": len(named),
        "source": _SOURCE[found.owners_from],
        "most": str(most),
        "most_accounts": int(named["accounts"].max()),
        "least_accounts": int(named["accounts"].min()),
        "money": str(money),
        "money_amount": float(named["amount"].max()),
        "middle": float(named["accounts"].median()),
        "each": float(named["accounts"].sum() / len(named)),
        "unit": found.unit_of_money,
        "nobody": int(table["accounts"].get("", 0)),
        "owned": int(named["accounts"].sum()),
        "all": len(sales),
        "shown": min(len(named), SHOWN),
        "frame": named,
    }
    one = len(named) == 1
    alike = numbers["least_accounts"] == numbers["most_accounts"]
    many = (
        "{most_accounts:count account}" if alike else "{least_accounts} to {most_accounts} accounts"
    )
    says = [
        "One owner looks after all accounts that have one, {most_accounts} of them (by {source})."
        if one
        else "{owners} owners look after "
        + many
        + " each, {each:.1f} on average ({owned:,} of {all:count account} have one, by {source})."
    ]
    says += _of_several(found, numbers)
    numbers["outsold"] = len(_named_people(found)) - len(named)
    if numbers["outsold"]:
        says.append(
            "Sellers who sold the most to no account, and so have none here: {outsold}."
            if found.owners_from == "ledger"
            else "Named beside an account that counts for another: {outsold} more."
        )
    if total > 0 and pd.notna(named["share"].max()):
        numbers["money_share"] = float(named["share"].max())
        says.append(
            "The most money is with {money}: {money_amount:money}{unit}, {money_share:percent} of "
            "the net sales."
        )
    if not one and most != money:
        says.append("The most accounts are with {most}.")
        far = named["of_accounts"] - named["share"]
        if total > 0 and far.max() > 0:
            name = far.idxmax()
            numbers |= {
                "far": str(name),
                "far_accounts": float(named["of_accounts"][name]),
                "far_share": float(named["share"][name]),
            }
            says.append(
                "Those with many accounts need not have much money: {far} has "
                "{far_accounts:percent} of the accounts and {far_share:percent} of the net sales."
            )
    if len(named) > SHOWN:
        says.append("Shown are the {shown} with the most money.")
    shown = named.head(SHOWN)
    picture = None
    if len(named) > 1 and total > 0 and (shown["share"] >= 0).all():
        picture = Picture(
            lambda title: figures.owners_plot(
                shown, title, "share of all accounts and of all sales"
            ),
            "{most} has the most accounts, {money} the most money"
            if most != money
            else "{most} has the most accounts and the most money",
            "Two bars for each of {shown:count owner}, those of the most money: share of the "
            "accounts and share of the money, ordered by money. One owner has "
            "{most_accounts:count account} at most.",
        )
    columns = {
        "manager_id": Shown("owner"),
        "amount": Shown("sales", "money"),
        "largest": Shown("largest account in them", "percent"),
    }
    view = shown[["accounts", "amount", "share", "largest"]].reset_index()
    if not total > 0:
        view = view.drop(columns="share")
    return Finding(numbers, tuple(says), view, columns, picture)


def _of_several(found: Cover, numbers: dict[str, Any]) -> list[str]:
    """For whom accounts with several owners count, where the ledger does not weigh them."""
    if found.owners_from == "ledger":
        return []
    lone = without_owner(found).numbers
    if not lone["two"]:
        return []
    numbers |= {"two": lone["two"], "two_amount": lone["two_amount"], "unit": found.unit_of_money}
    return [
        "Accounts with several owners: {two} ({two_amount:money}{unit}). Each counts wholly for "
        "the one whom the file of accounts names, else for the first id."
        if found.filed is not None
        else "Accounts with several owners: {two} ({two_amount:money}{unit}). Each counts wholly "
        "for the first id."
    ]


def without_owner(found: Cover) -> Finding:
    """Which accounts have no owner, or more than one, and how much money is that?"""
    if found.owners is None:
        return unknown(_NO_OWNER)
    ids = None
    if found.staff is not None:
        ids = found.staff["manager_id"].dropna().astype(str).tolist()
    table = compliance.orphans(found.owners, ids)
    of = found.sales.copy()
    of.index = of.index.astype(str)
    table["amount"] = of.reindex(table.index)
    none, two = table[table["owners"] == 0], table[table["owners"] > 1]
    accounts = int(found.owners["account_id"].nunique())
    total = float(of[of > 0].sum())
    numbers: dict[str, Any] = {
        "accounts": accounts,
        "none": len(none),
        "two": len(two),
        "two_amount": float(two["amount"].sum()),
        "share": len(none) / accounts,
        "amount": float(none["amount"].clip(lower=0).sum()),
        "part": float(none["amount"].clip(lower=0).sum()) / total,
        "gone": int((none["gone"] > 0).sum()),
        "unit": found.unit_of_money,
        "who": found.named(none.nlargest(3, "amount").index),
        "ids": list(map(str, none.index)),
        "several": list(map(str, two.index)),
        "source": _SOURCE[found.owners_from],
    }
    says = [
        "Of {accounts:count account}, {none} {verb} no owner and {two} more than one (by {source})."
        if accounts != 1
        else "The account has an owner."
        if not len(none)
        else "The account has no owner."
    ]
    if found.owners_from == "ledger" and accounts > 1:
        says = [
            "Of {accounts:count account}, {none} {verb} no seller and {two} more than one (by the "
            "ledger, which names who sold)."
        ]
    numbers["verb"] = "has" if len(none) == 1 else "have"
    if len(none) and accounts > 1:
        says.append(
            "Those without one bought for {amount:money}{unit} ({part:percent} of the sales above "
            "zero), among them {who:names}."
            if len(none) > 1
            else "It bought for {amount:money}{unit} ({part:percent} of the sales above zero): "
            "{who:names}."
        )
    if found.filed is not None:
        numbers["filed"] = int(
            pd.Index(found.owners["account_id"].unique()).isin(found.filed.index).sum()
        )
        numbers["filed_none"] = int(none.index.isin(found.filed.index).sum())
        says.append(
            "The file of accounts says otherwise: it names an owner for {filed:,} of {all_of}, "
            "{filed_none} of these among them. Here the rows of visits count: who goes there."
            if numbers["filed_none"]
            else "The file of accounts names an owner for {filed:,} of {all_of}. Here the rows of "
            "visits count: who goes there."
        )
        numbers["all_of"] = count(accounts, "account")
    if numbers["gone"]:
        says.append("Named owners who are not among the managers: of {gone:count account}.")
    if found.owners_from == "ledger" and len(two):
        says.append(
            "That several sold to an account breaks no rule: S000-1d wants one who is named for "
            "it, and the ledger does not say who that is; accounts.manager_id would."
        )
    return Finding(numbers, tuple(says))


_NO_VISITS = (
    "Nothing is known of visits in this time: the table visits, or activities with type and date, "
    "would tell."
)


def kept(
    found: Cover, standard: Standard = STANDARD, every: float = 1.0, confidence: float = 0.95
) -> Finding:
    """How often are the promised visits made?

    Parameters
    ----------
    standard : (class, visits a quarter), ...; S000-5d names two classes.
    every : visits a quarter for each class, where the book has none of those classes (S000-1f).
    confidence : of the intervals.
    """
    promised, named = _promised(found, standard, every)
    fraction("confidence", confidence, one=False)
    if found.looks is None:
        return unknown(_NO_VISITS)
    looks = _looks(found)
    a_look = {name: _a_look(found, value) for name, value in promised.items()}
    there = set(looks["tier"].dropna().astype(str))
    a_look = {name: value for name, value in a_look.items() if name in there}
    if not a_look:
        return unknown("No account that was visited has a class with a promise.")
    table = compliance.visit_compliance(looks, a_look, confidence=confidence)
    worst, best = table["share"].idxmin(), table["share"].idxmax()
    numbers: dict[str, Any] = {
        "table": table,
        "classes": len(table),
        "span": found.span,
        "worst": str(worst),
        "best": str(best),
        "share": float(table["share"].min()),
        "low": float(table["low"][worst]),
        "high": float(table["high"][worst]),
        "best_share": float(table["share"].max()),
        "missed": float(table["missed"].sum()),
        "made": float(table["visits"].sum()),
        "looks": int(table["looks"].sum()),
        "effective": float(table["effective"].sum()),
        "accounts": int(table["accounts"].sum()),
        "every": float(every),
        "apart": "yes" if table["high"][worst] < table["low"][best] else "no",
    }
    for name in table.index:
        numbers[f"share {name}"] = float(table["share"][name])
    says = [
        "The promised visits were made in {share:percent} of the {span}s of class {worst} (95 % "
        "interval {low:percent} to {high:percent})."
    ]
    if not named:
        says.insert(
            0,
            "The book names none of the classes of the standard: {every:g} a quarter is promised "
            "to all.",
        )
    if len(table) > 1 and worst != best:
        says.append(
            "Class {best} comes to {best_share:percent}: surely more, the intervals lie apart."
            if numbers["apart"] == "yes"
            else "Class {best} comes to {best_share:percent}: the intervals overlap, so no order "
            "is told."
        )
    says.append("Visits short of the promise: {missed:,.0f}, beside {made:,.0f} that were made.")
    if numbers["effective"] < 0.98 * numbers["looks"]:
        says.append(
            "{looks:,} looks at {accounts:count account} count for {effective:,.0f} independent "
            "ones: who was missed once is missed again."
        )
    if found.looks_from == "activities":
        says.append("Visits are counted among the activities, in whole quarters only.")
    if found.both is not None:
        numbers |= _by_the_other(found, str(worst), a_look)
    if "other" in numbers:
        says.append(
            "By the visits of the activities it would be {other:percent} in class {worst} (95 % "
            "interval {other_low:percent} to {other_high:percent}), and the least in class "
            "{other_worst}, {other_least:percent}: find out what each record counts before anybody "
            "is judged by one."
            if numbers["other_worst"] != numbers["worst"]
            else "By the visits of the activities it would be {other:percent} in class {worst} "
            "(95 % interval {other_low:percent} to {other_high:percent}): find out what each "
            "record counts before anybody is judged by one."
        )
    picture = Picture(
        lambda title: shared_figures.ranked_intervals(
            table[["share", "low", "high"]],
            title,
            "share of looks with the promised visits",
            columns=("share", "low", "high"),
            n=len(table),
        ),
        "In class {worst} the promised visits are made in {share:percent0} of the {span}s",
        "A point and an interval for each class: the share of {span}s in which the promised "
        "visits were made, lowest {share:percent} in class {worst}.",
    )
    columns = {
        "standard": Shown("promised a look", ".2g"),
        "looks": Shown("looks", ",.0f"),
        "met": Shown("kept", ",.0f"),
        "share": Shown("share kept", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "missed": Shown("visits short", ",.0f"),
    }
    view = table[["standard", "accounts", "looks", "met", "share", "low", "high", "missed"]]
    return Finding(numbers, tuple(says), view.rename_axis("class"), columns, picture)


def _by_the_other(found: Cover, name: str, a_look: dict[str, float]) -> dict[str, Any]:
    """The share of a class by the visits of the activities, where it is another one, and the class
    with the least by them.
    """
    assert found.both is not None
    both = found.both.drop(columns="tier", errors="ignore")
    keys = ["period", "account_id"]
    both = both.merge(_looks(found)[[*keys, "tier"]], on=keys)
    classes = both["tier"].astype("str")
    own = both[classes == name]
    if not len(own) or (own["visits"] == own["logged"]).all():
        return {}
    wanted = {key: value for key, value in a_look.items() if key in set(classes)}
    table = compliance.visit_compliance(both, wanted, made="logged")
    row = table.loc[name]
    return {
        "other": row["share"],
        "other_low": row["low"],
        "other_high": row["high"],
        "other_worst": str(table["share"].idxmin()),
        "other_least": float(table["share"].min()),
    }


#: Monthly spend from which an account is a key account (S000-5e), yuan.
CUT = 3_000.0
#: What the documents promise, in visits a quarter to each account.
READINGS: tuple[tuple[str, float], ...] = (
    ("at least one a quarter (S000-1f)", 1.0),
    ("two a quarter (S000-5d, crystal)", 2.0),
    ("two a month (S000-8e)", 6.0),
    ("four a month, to each account (S000-10a)", 12.0),
)


def other_standards(found: Cover, readings: tuple[tuple[str, float], ...] = READINGS) -> Finding:
    """How does the answer move with the standard that is read?

    Parameters
    ----------
    readings : (words, visits a quarter to each account), ...
    """
    for pair in readings:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ValueError(f"readings hold {pair!r}: expected (words, visits a quarter)")
        _positive(f"reading {pair[0]!r}", pair[1])
    if not readings:
        raise ValueError("readings is empty: expected (words, visits a quarter), ...")
    if found.looks is None:
        return unknown(_NO_VISITS)
    looks = _looks(found).assign(all="all")
    rows = []
    for words, value in readings:
        row = compliance.visit_compliance(looks, {"all": _a_look(found, value)}, by="all").iloc[0]
        rows.append((words, value, row["share"], row["low"], row["high"], row["missed"]))
    table = pd.DataFrame(rows, columns=["words", "value", "share", "low", "high", "missed"])
    numbers = {
        "readings": len(table),
        "most": float(table["share"].max()),
        "least": float(table["share"].min()),
        "easiest": str(table["words"][table["share"].idxmax()]),
        "hardest": str(table["words"][table["share"].idxmin()]),
        "visits": float(looks["visits"].sum()),
        "times": count(looks["period"].nunique(), found.span),
        "span": found.span,
        "table": table,
    }
    says = [
        "Asked of all accounts alike, the standard “{easiest}” is kept in {most:percent} of their "
        "{span}s and “{hardest}” in {least:percent}.",
        "If four a month means four in all and not four to each account, no look breaks it: "
        "{visits:,.0f} visits were made in {times}.",
    ]
    if numbers["visits"] < 12 * looks["period"].nunique():
        says.pop()
    columns = {
        "words": Shown("standard"),
        "value": Shown("a quarter", ".3g"),
        "share": Shown("share kept", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "missed": Shown("visits short", ",.0f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _beside(found: Cover) -> pd.DataFrame | None:
    """Spend and minutes a month of each account, averaged over its looks."""
    if found.looks is None or not {"monthly_spend", "minutes"} <= set(found.looks):
        return None
    looks = found.looks.dropna(subset=["monthly_spend", "minutes"])
    looks = looks[looks["monthly_spend"] > 0]
    if not len(looks):
        return None
    of = looks.groupby("account_id").agg(x=("monthly_spend", "mean"), y=("minutes", "mean"))
    return of.assign(y=of["y"] / (12 / found.looks_a_year))


_NO_CUT = (
    "Whether service jumps at a cut takes visits.monthly_spend and visits.minutes, of at least ten "
    "accounts on each side of it."
)


_IN_YUAN = (
    "The cut of {cut:,.0f} a month is that of a document in yuan, and this book is in {currency}: "
    "set cut to the threshold of your own plan."
)


def _of_document(found: Cover, cut: float) -> bool:
    """Whether the cut is that of the document, and the book's currency another."""
    return cut == CUT and found.currency not in ("", "CNY")


def unfair_jump(
    found: Cover,
    cut: float = CUT,
    bandwidth: float | None = None,
    curvature: float | None = None,
    confidence: float = 0.95,
) -> Finding:
    """Are accounts just over the cut served less than those just below it (S000-5f)?

    Parameters
    ----------
    cut : monthly spend from which an account belongs to the higher class, in the book's currency.
    bandwidth : of the logarithm of the spend; None takes that of the least error.
    curvature : most bend of minutes over the logarithm of the spend; None reads it from the data.
    confidence : of the interval.
    """
    _positive("cut", cut)
    if bandwidth is not None:
        _positive("bandwidth", bandwidth)
    if curvature is not None:
        _positive("curvature", curvature, zero=True)
    fraction("confidence", confidence, one=False)
    points = _beside(found)
    if points is None:
        return unknown(_NO_CUT)
    if _of_document(found, cut):
        return unknown(_IN_YUAN, cut=float(cut), currency=found.currency)
    x, y = np.log(points["x"] / cut), points["y"]
    try:
        made = thresholds.threshold_jump(x, y, 0.0, bandwidth, curvature, confidence=confidence)
    except ValueError as error:
        return unknown("No jump at {cut:,.0f} can be told: {why}.", cut=float(cut), why=str(error))
    upper, lower = y[x >= 0], y[x < 0]
    numbers: dict[str, Any] = {
        "cut": float(cut),
        "unit": found.unit_of_money,
        "jump": made.jump,
        "size": abs(made.jump),
        "low": made.low,
        "high": made.high,
        "se": made.se,
        "bias": made.bias,
        "bandwidth": made.bandwidth,
        "curvature": made.curvature,
        "from": float(cut * np.exp(-made.bandwidth)),
        "to": float(cut * np.exp(made.bandwidth)),
        "below": made.below,
        "above": made.above,
        "left": made.left,
        "right": made.right,
        "spread": made.spread,
        "naive": float(upper.mean() - lower.mean()),
        "naive_size": abs(float(upper.mean() - lower.mean())),
        "told": "less" if made.high < 0 else "more" if made.low > 0 else "not told",
    }
    says = [
        "At {cut:,.0f}{unit} a month the two lines stand at {left:,.0f} minutes a month just below "
        "and {right:,.0f} just over it: {jump:+,.1f} (95 % interval {low:+,.1f} to {high:+,.1f})."
        if confidence == 0.95
        else "At {cut:,.0f}{unit} a month the two lines stand at {left:,.0f} minutes a month just "
        "below and {right:,.0f} just over it: {jump:+,.1f} (interval {low:+,.1f} to {high:+,.1f}).",
        {
            "less": "Accounts just over the cut are served less than those just below it.",
            "more": "Accounts just over the cut are served more than those just below it.",
            "not told": "The interval holds zero: no jump is told, either way.",
        }[numbers["told"]],
        "On average those above the cut have {naive_size:,.0f} minutes more than those below: they "
        "are larger, and that hides what happens at the cut."
        if numbers["naive"] >= 0
        else "On average those above the cut have {naive_size:,.0f} minutes less than those "
        "below, all of them taken together.",
        "Used are accounts from {from:,.0f} to {to:,.0f} ({below} below, {above} above). Those of "
        "the same spend differ by {spread:,.1f} minutes (standard deviation); the interval knows "
        "that, and allows for a bend that may mislead the lines by {bias:,.1f} minutes.",
    ]
    near = np.abs(x) <= made.bandwidth
    shown = pd.DataFrame({"x": points["x"][near], "y": y[near]})
    lines = _lines(x.to_numpy(), y.to_numpy(), made, cut)
    picture = Picture(
        lambda title: figures.jump_plot(
            shown,
            lines,
            cut,
            title,
            f"spend a month{f', {found.currency}' if found.currency else ''} (logarithmic)",
            "minutes of service a month",
        ),
        {
            "less": "Just over the cut there are {size:,.0f} minutes a month less",
            "more": "Just over the cut there are {size:,.0f} minutes a month more",
            "not told": "No jump at the cut is told",
        }[numbers["told"]],
        "Minutes of service over monthly spend, one point per account, and a line on each side of "
        "the cut at {cut:,.0f}: {left:,.0f} minutes just below, {right:,.0f} just over it.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _lines(x: np.ndarray, y: np.ndarray, made: thresholds.Jump, cut: float) -> pd.DataFrame:
    """Ends of the two lines, in the unit of spend."""
    rows = []
    for side, own, height in (("below", x < 0, made.left), ("above", x >= 0, made.right)):
        near = own & (np.abs(x) < made.bandwidth)
        weight = 1 - np.abs(x[near]) / made.bandwidth
        slope = float((weight * x[near] * (y[near] - height)).sum() / (weight * x[near] ** 2).sum())
        end = -made.bandwidth if side == "below" else made.bandwidth
        for place in sorted((0.0, end)):
            rows.append((float(cut * np.exp(place)), height + slope * place, side))
    return pd.DataFrame(rows, columns=["x", "y", "side"])


def jump_checks(
    found: Cover, cut: float = CUT, bandwidths: tuple[float, ...] = (0.3, 0.6, 1.0)
) -> Finding:
    """Does it jump where there is no cut, do accounts gather at it, and what does the bandwidth do?

    Parameters
    ----------
    cut : as in `unfair_jump`.
    bandwidths : others that are tried, of the logarithm of the spend.
    """
    _positive("cut", cut)
    for value in bandwidths:
        _positive("bandwidth", value)
    points = _beside(found)
    if points is None:
        return unknown(_NO_CUT)
    if _of_document(found, cut):
        return unknown(_IN_YUAN, cut=float(cut), currency=found.currency)
    x, y = np.log(points["x"] / cut).to_numpy(), points["y"].to_numpy()
    rows = []
    try:
        made = thresholds.threshold_jump(x, y, 0.0)
        dense = thresholds.density_check(x, 0.0)
    except ValueError as error:
        return unknown("No jump at {cut:,.0f} can be told: {why}.", cut=float(cut), why=str(error))
    rows.append(("the cut", float(cut), made.bandwidth, made.jump, made.low, made.high))
    narrow = 0
    for value in bandwidths:
        try:
            other = thresholds.threshold_jump(x, y, 0.0, bandwidth=value)
        except ValueError:
            narrow += 1
            continue
        rows.append(("the cut", float(cut), value, other.jump, other.low, other.high))
    placebo = thresholds.placebo_jumps(x, y, 0.0)
    for place, row in placebo.iterrows():
        spend = float(cut * np.exp(float(str(place))))
        rows.append(("no cut", spend, np.nan, row["jump"], row["low"], row["high"]))
    table = pd.DataFrame(rows, columns=["where", "spend", "bandwidth", "jump", "low", "high"])
    at = table[table["where"] == "the cut"]
    sides = np.where(at["high"] < 0, -1, np.where(at["low"] > 0, 1, 0))
    numbers = {
        "cut": float(cut),
        "false": len(placebo),
        "told": int(placebo["told"].sum()),
        "p": dense.p,
        "ratio": float(np.exp(dense.log_ratio)),
        "low": float(np.exp(dense.log_ratio - 1.96 * dense.se)),
        "high": float(np.exp(dense.log_ratio + 1.96 * dense.se)),
        "tried": len(at),
        "same": "yes" if len(set(sides)) == 1 else "no",
        "narrow": narrow,
        "table": table,
    }
    says = [
        "At {false:count place} without a cut the lines jump surely at {told} (by chance one in "
        "twenty would)."
        if len(placebo)
        else "No false cut has accounts enough on both sides.",
        "Just over the cut there are {ratio:.2f} times as many accounts as just below (95 % "
        "interval {low:.2f} to {high:.2f}): no gathering is told."
        if dense.p >= 0.05
        else "Just over the cut there are {ratio:.2f} times as many accounts as just below (95 % "
        "interval {low:.2f} to {high:.2f}): somebody may have moved them, and then both sides are "
        "not alike.",
        "With each of the {tried} bandwidths the answer is the same."
        if numbers["same"] == "yes"
        else "The answer changes among the {tried} bandwidths: read the table.",
    ]
    if narrow:
        says.append("Too narrow for ten accounts a side: {narrow:count bandwidth}.")
    columns = {
        "where": Shown("where"),
        "spend": Shown("spend a month", ",.0f"),
        "bandwidth": Shown("bandwidth", ".2f"),
        "jump": Shown("jump, minutes a month", "+.1f"),
        "low": Shown("from", "+.1f"),
        "high": Shown("to", "+.1f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _trials(found: Cover, lot: bool) -> pd.DataFrame | None:
    if found.trials is None:
        return None
    rows = found.trials.dropna(subset=["visits", "lift_pct"])
    if "by_lot" in rows and rows["by_lot"].notna().any():
        return rows[rows["by_lot"] == (1 if lot else 0)]
    return rows if lot else None


_NO_TRIALS = (
    "What a visit brings is not known: the table visit_trials (visits set by lot, and what the "
    "margin came to) would tell."
)


_OPEN = (
    "The trials do not tell what visits bring, and a plan hangs on that: more trials, with more "
    "visits, would tell."
)


def _doses(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean of the trials by number of visits, with its t interval."""
    of = rows.groupby(rows["visits"].astype(int))["lift_pct"]
    table = pd.DataFrame({"trials": of.size(), "mean": of.mean(), "sd": of.std(ddof=1)})
    n = table["trials"]
    half = table["sd"] / np.sqrt(n) * stats.t.ppf(0.975, np.maximum(n - 1, 1))
    half = half.where(n > 1, 0.0)
    table["low"], table["high"] = table["mean"] - half, table["mean"] + half
    return table


def what_visits_bring(found: Cover, confidence: float = 0.95) -> Finding:
    """What do visits bring, and where does it level off?

    Parameters
    ----------
    confidence : of the limits of the curve.
    """
    fraction("confidence", confidence, one=False)
    rows = _trials(found, lot=True)
    if rows is None or not len(rows):
        return unknown(_NO_TRIALS)
    try:
        curve = plans.fit_response(rows["visits"], rows["lift_pct"], confidence)
    except ValueError as error:
        return unknown("The trials give no curve: {why}.", why=str(error))
    table = _doses(rows)
    most = int(rows["visits"].max())
    numbers: dict[str, Any] = {
        "a": curve.a,
        "k": curve.k,
        "a_low": curve.a_low,
        "a_high": curve.a_high if math.isfinite(curve.a_high) else None,
        "k_low": curve.k_low,
        "k_high": curve.k_high if math.isfinite(curve.k_high) else None,
        "n": curve.n,
        "spread": curve.spread,
        "most": most,
        "first": float(plans.response(1, curve.a, curve.k)),
        "third": float(plans.marginal(2, curve.a, curve.k)),
        "half": math.log(2) / curve.k,
        "curve": curve,
        "lot": "yes" if "by_lot" in rows else "no",
        "span": found.span,
    }
    open_end = not curve.told
    numbers["open"] = "yes" if open_end else "no"
    if open_end:
        says = [
            "Over {n:count trial} the added margin rises with visits too slowly, too fast or too "
            "unevenly for a curve: where it levels off, and whether a visit brings anything, is "
            "not told. More trials, with more visits, would tell."
        ]
    else:
        says = [
            "Over {n:count trial} visits add {a:.2f} % of an account's margin at most (95 % "
            "interval {a_low:.2f} to {a_high:.2f}), at a speed k of {k:.3f} per visit "
            "({k_low:.3f} to {k_high:.3f}).",
            "The first visit of a {span} brings {first:.2f} %, the third {third:.2f} %; half of "
            "all is reached after {half:.1f} visits.",
            "More than {most} visits were not tried; what lies beyond is the curve's word only.",
        ]
    if numbers["lot"] == "no":
        says.append(
            "The book does not say that a lot set the visits: if managers chose, the curve tells "
            "whom they chose."
        )
    picture = Picture(
        lambda title: figures.response_plot(
            table, curve, title, f"visits in the {found.span}", "added, percent of the margin"
        ),
        "What visits bring is not told by these trials"
        if open_end
        else "Each further visit brings less than the one before",
        "Mean added margin by number of visits with its interval; no curve is told by them."
        if open_end
        else "Mean added margin by number of visits with its interval, and the curve through "
        "them: {first:.2f} % with one visit, at most {a:.2f} %.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def chosen_by_managers(found: Cover) -> Finding:
    """What would trials say in which managers chose whom to visit?"""
    lot, chosen = _trials(found, lot=True), _trials(found, lot=False)
    if lot is None or chosen is None or not len(lot) or not len(chosen):
        return unknown(
            "The book has no trials of both kinds: visit_trials.by_lot tells those apart that "
            "managers chose."
        )
    try:
        right = plans.fit_response(lot["visits"], lot["lift_pct"])
    except ValueError as error:
        return unknown("The trials by lot give no curve: {why}.", why=str(error))
    if not right.told:
        return unknown(
            "The trials by lot do not tell what visits bring: there is nothing to set the others "
            "beside."
        )
    numbers: dict[str, Any] = {
        "lot": len(lot),
        "chosen": len(chosen),
        "a": right.a,
        "k": right.k,
        "a_low": right.a_low,
        "k_low": right.k_low,
    }
    rest = chosen["lift_pct"] - plans.response(chosen["visits"], right.a, right.k)
    if len(chosen) < FEWEST_TIMES or chosen["visits"].nunique() < 2:
        return unknown("Too few trials were chosen by managers to set them beside those by lot.")
    line = stats.linregress(chosen["visits"].astype(float), rest.astype(float))
    half = float(stats.t.ppf(0.975, len(chosen) - 2) * line.stderr)
    numbers |= {
        "slope": float(line.slope),
        "low": float(line.slope) - half,
        "high": float(line.slope) + half,
    }
    says = [
        "By lot ({lot:count trial}): at most {a:.1f} %, k {k:.2f}. Where managers chose "
        "({chosen:count trial}) the margin rises by {slope:+.2f} points a visit beyond that curve "
        "(95 % interval {low:+.2f} to {high:+.2f}).",
        "Managers visit those more of whom they expect more; who plans by such trials visits the "
        "same few ever more often."
        if numbers["low"] > 0
        else "Managers visit those more of whom they expect less; such trials make visits look "
        "worthless."
        if numbers["high"] < 0
        else "No difference is told between those chosen and those by lot.",
    ]
    return Finding(numbers, tuple(says))


def _frame(found: Cover, curve: plans.Response) -> pd.DataFrame:
    """What visits bring at most to each account in a look (currency), and how fast."""
    return pd.DataFrame({"a": found.worth * curve.a / 100, "k": curve.k})


def _made(found: Cover) -> pd.DataFrame:
    """Visits of each account (rows) by look (columns), 0 where it has no row."""
    assert found.looks is not None
    table = found.looks.pivot_table(
        index="account_id", columns="period", values="visits", aggfunc="sum"
    )
    index = found.sales.index.union(table.index)
    return table.reindex(index).fillna(0.0).round().astype(int)


def _gain(
    worth: pd.Series, made: pd.DataFrame, k: float, minimum: int, maximum: int
) -> tuple[float, float]:
    """What the visits made brought, and what the best plans of as many would have, per unit of
    a.
    """
    frame = pd.DataFrame({"a": worth, "k": k})
    now = best = 0.0
    for look in made:
        now += plans.plan_value(frame, made[look])
        plan = plans.allocate_visits(frame, int(made[look].sum()), minimum, maximum)
        best += float(plan["contribution"].sum())
    return now, best


def best_plan(found: Cover, curve: Finding, minimum: int = 1, maximum: int = 10) -> Finding:
    """Where would as many visits bring the most, and how much more?

    Parameters
    ----------
    curve : what `what_visits_bring` found.
    minimum : visits to each account in each look (S001-1g: do not drop the small).
    maximum : visits to one account: no more than were tried.
    """
    for name, value in (("minimum", minimum), ("maximum", maximum)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} is {value!r}: expected a whole number of visits, 0 or more")
    if maximum < max(minimum, 1):
        raise ValueError(f"maximum is {maximum}, below the minimum of {max(minimum, 1)}")
    if not curve.known:
        return unknown(_NO_TRIALS if found.trials is None else curve.unknown, **curve.numbers)
    if not curve.numbers["curve"].told:
        return unknown(_OPEN)
    if found.looks is None:
        return unknown(_NO_VISITS)
    fitted: plans.Response = curve.numbers["curve"]
    made = _made(found)
    worth = found.worth.reindex(made.index).fillna(0.0)
    if not (worth > 0).any():
        return unknown("No account leaves a margin: there is nothing for visits to add to.")
    short = [int(made[look].sum()) for look in made if made[look].sum() < minimum * len(made)]
    if short:
        return unknown(
            "A cover of {minimum:count visit} a {span} to each of {accounts:count account} takes "
            "more visits than the {least} that were made: lower the minimum.",
            minimum=minimum,
            span=found.span,
            accounts=len(made),
            least=min(short),
        )
    high = fitted.k_high if math.isfinite(fitted.k_high) else 10 * fitted.k
    low = fitted.k_low if fitted.k_low > 0 else fitted.k / 10
    tried = [fitted.k, *np.geomspace(low, high, BETWEEN)]
    pairs = [_gain(worth, made, k, minimum, maximum) for k in tried]
    gains = [best / now - 1 if now > 0 else math.nan for now, best in pairs]
    if not math.isfinite(gains[0]):
        return unknown(
            "No visit was made to an account with a margin: there is nothing to compare."
        )
    part, yearly = fitted.a / 100, found.looks_a_year / made.shape[1]
    more = (pairs[0][1] - pairs[0][0]) * part * yearly
    # the losses of accounts below zero too: no visit adds to them, and they are part of the margin
    whole = math.nan if found.margin is None else float(found.margin.sum()) / found.years
    capped = bool((made > maximum).to_numpy().any())
    last = made.columns[-1]
    plan = plans.allocate_visits(
        _frame(found, fitted).reindex(made.index).fillna({"a": 0.0, "k": fitted.k}),
        int(made[last].sum()),
        minimum,
        maximum,
    )
    now = pd.Series(plans.response(made[last], worth * part, fitted.k), index=made.index)
    frame = plan.assign(now=made[last], worth=worth, brings=now)
    frame["change"] = frame["visits"] - frame["now"]
    numbers: dict[str, Any] = {
        "gain": gains[0],
        "low": min(gains),
        "high": max(gains),
        "more": more,
        "whole": whole,
        "of_whole": more / whole if whole > 0 else math.nan,
        "losing": 0 if found.margin is None else int((found.margin < 0).sum()),
        "total": int(made[last].sum()),
        "moved": int(frame["change"].clip(lower=0).sum()),
        "span": found.span,
        "accounts": len(frame),
        "minimum": minimum,
        "maximum": maximum,
        "unit": found.unit_of_money,
        "marginal": float(plan["last"][plan["visits"] > minimum].min())
        if (plan["visits"] > minimum).any()
        else float(plan["last"].max()),
        "frame": frame,
        "looks": count(made.shape[1], found.span),
        "base": "margin" if found.margin is not None else "sales",
    }
    says = [
        "Over {looks} the best plans of as many visits would have brought {gain:percent} more "
        "than the visits made (at the limits of k: {low:percent} to {high:percent}).",
        "That is a gain in what visits bring: {more:money}{unit} a year, {of_whole:percent2} of "
        "the whole margin of {whole:money}{unit}, in which {losing:count account} with a loss are "
        "counted too."
        if whole > 0 and numbers["losing"]
        else "That is a gain in what visits bring: {more:money}{unit} a year, {of_whole:percent2} "
        "of the whole margin of {whole:money}{unit}."
        if whole > 0
        else "That is a gain in what visits bring: {more:money}{unit} a year. The whole margin is "
        "not above zero, so no share of it is said."
        if found.margin is not None
        else "No cost is known: each account is taken to leave the same share of its sales, and "
        "what the plan brings in money is not known.",
        "In the last {span} {moved} of {total:count visit} would have gone elsewhere; each "
        "account keeps at least {minimum}, none gets more than {maximum}.",
    ]
    if gains[0] < 0 and capped:
        says[0] = (
            "Over {looks} the best plans of as many visits bring {gain:percent} against the visits "
            "made: some accounts got more than {maximum}, which the plan does not allow."
        )
    groups = _groups(frame)
    numbers["groups"] = len(groups)
    picture = Picture(
        lambda title: figures.plan_plot(
            groups,
            title,
            f"accounts by {numbers['base']}, {len(groups)} groups of as many accounts",
            "visits per account",
        ),
        "In the last {span} the plan moves {moved} of {total:count visit}",
        "Visits per account in the last {span}, by size of the account ({groups:count group} of as "
        "many accounts): those made and those of the best plan, of {total:count visit} each.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Visits per account of groups of accounts by size, made and best."""
    many = min(GROUPS, len(frame))
    order = frame.sort_values(["worth"], kind="stable")
    place = (np.arange(len(order)) * many) // len(order)
    of = order.groupby(place)[["now", "visits"]].mean()
    names = [f"{i + 1}" for i in range(many)]
    if many > 1:
        names[0], names[-1] = "smallest", "largest"
    return pd.DataFrame({"now": of["now"].to_numpy(), "best": of["visits"].to_numpy()}, index=names)


def next_visits(found: Cover, plan: Finding, shown: int = LISTED) -> Finding:
    """Whom to visit more, whom less, and what the last visit to each brings.

    Parameters
    ----------
    plan : what `best_plan` found.
    shown : accounts of each kind.
    """
    if isinstance(shown, bool) or not isinstance(shown, int) or shown < 1:
        raise ValueError(f"shown is {shown!r}: expected a whole number of accounts, 1 or more")
    if not plan.known:
        return unknown(plan.unknown, **plan.numbers)
    frame: pd.DataFrame = plan.numbers["frame"]
    frame = frame.assign(gained=frame["contribution"] - frame["brings"])
    up = frame[frame["change"] > 0].nlargest(shown, "gained")
    down = frame[frame["change"] < 0]
    down = down.sort_values(["change", "gained"], ascending=[True, False], kind="stable")
    down = down.head(shown)
    table = pd.concat([up, down])
    if not len(table):
        return Finding(
            {"accounts": len(frame)},
            ("The visits made are the best plan of as many already ({accounts:count account}).",),
        )
    view = pd.DataFrame(
        {
            "name": found.named(table.index),
            "now": table["now"].to_numpy(),
            "visits": table["visits"].to_numpy(),
            "last": table["last"].to_numpy(),
            "gained": table["gained"].to_numpy(),
        },
        index=table.index.rename("account_id"),
    )
    numbers: dict[str, Any] = {
        "more": int((frame["change"] > 0).sum()),
        "fewer": int((frame["change"] < 0).sum()),
        "same": int((frame["change"] == 0).sum()),
        "marginal": plan.numbers["marginal"],
        "unit": found.unit_of_money,
        "first": found.called(table.index[0]),
        "table": view,
    }
    says = [
        "The plan visits {more:count account} more often, {fewer} less often and {same} as often "
        "as in the last look.",
    ]
    if found.margin is None:
        view = view.drop(columns=["last", "gained"])
    else:
        says.append(
            "A visit above the minimum brings at least {marginal:money}{unit}; one that brings "
            "less belongs elsewhere."
        )
    columns = {
        "now": Shown("visits made", ",.0f"),
        "visits": Shown("in the plan", ",.0f"),
        "last": Shown("last visit brings", "money"),
        "gained": Shown("change in what visits bring", "money"),
    }
    return Finding(numbers, tuple(says), view.reset_index(drop=True), columns)


def other_plans(
    found: Cover,
    curve: Finding,
    minimums: tuple[int, ...] = (0, 1),
    maximums: tuple[int, ...] = (6, 10, 15),
    speeds: tuple[float, ...] = (0.3, 0.6),
) -> Finding:
    """How does the gain move with the cover, the most visits to one, and the speed of the curve?"""
    for value in (*minimums, *maximums):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(
                f"minimums and maximums hold {value!r}: expected whole numbers of visits"
            )
    for speed in speeds:
        _positive("speed", speed)
    if not minimums or not maximums:
        raise ValueError("minimums and maximums: expected at least one number of visits each")
    if not curve.known:
        return unknown(_NO_TRIALS if found.trials is None else curve.unknown, **curve.numbers)
    if not curve.numbers["curve"].told:
        return unknown(_OPEN)
    if found.looks is None:
        return unknown(_NO_VISITS)
    made = _made(found)
    worth = found.worth.reindex(made.index).fillna(0.0)
    fitted: plans.Response = curve.numbers["curve"]
    rows = []
    least = min(int(made[look].sum()) for look in made)
    for low in minimums:
        for high in maximums:
            if low * len(made) > least or high < max(low, 1):
                continue
            now, best = _gain(worth, made, fitted.k, low, high)
            if now > 0:
                rows.append((low, high, fitted.k, best / now - 1))
    first = next((row for row in rows if row[:2] == (minimums[-1], maximums[0])), None)
    for speed in speeds:
        low, high = minimums[-1], maximums[min(1, len(maximums) - 1)]
        if low * len(made) <= least and high >= max(low, 1):
            now, best = _gain(worth, made, float(speed), low, high)
            if now > 0:
                rows.append((low, high, float(speed), best / now - 1))
    if not rows:
        return unknown("No other plan fits the visits that were made.")
    table = pd.DataFrame(rows, columns=["minimum", "maximum", "k", "gain"])
    numbers = {
        "plans": len(table),
        "least": float(table["gain"].min()),
        "most": float(table["gain"].max()),
        "first": None if first is None else first[3],
        "table": table,
    }
    says = (
        "Over {plans:count plan} with the assumptions below the gain lies between {least:percent} "
        "and {most:percent} of what visits bring.",
    )
    columns = {
        "minimum": Shown("at least", ",.0f"),
        "maximum": Shown("at most", ",.0f"),
        "k": Shown("k", ".3f"),
        "gain": Shown("gain", "percent"),
    }
    return Finding(numbers, says, table, columns)


class _Long(NamedTuple):
    """Minutes of a visit or a call: way included, standard error, whether they are measured, and
    its way in km where that is measured too.
    """

    minutes: float
    se: float
    measured: bool
    km: float | None


def _durations(
    found: Cover, speed: float, stated_visit: float, stated_call: float
) -> dict[str, _Long]:
    """How long a visit and a call take."""
    stated = {
        "visit": _Long(float(stated_visit), 0.0, False, None),
        "call": _Long(float(stated_call), 0.0, False, None),
    }
    rows = found.activities
    if rows is None or "minutes" not in rows:
        return stated
    for kind in PLANNED:
        own = rows[(rows["type"] == kind) & rows["minutes"].notna()]
        if len(own) < FEWEST_TIMES:
            continue
        long, km = own["minutes"].astype(float), None
        if "km" in own and own["km"].notna().any():
            way = own["km"].fillna(0.0).astype(float)
            long, km = long + way / speed * MINUTES, float(way.mean())
        se = float(long.std(ddof=1) / math.sqrt(len(long)))
        stated[kind] = _Long(float(long.mean()), se, True, km)
    return stated


def _hours(rows: pd.DataFrame, speed: float) -> pd.Series:
    """Hours of each activity, its way included where km are known."""
    minutes = rows["minutes"].fillna(0.0).astype(float)
    if "km" in rows:
        minutes = minutes + rows["km"].fillna(0.0).astype(float) / speed * MINUTES
    return minutes / MINUTES


def _asked(found: Cover, speed: float, promised: Collection[str]) -> tuple[float, float]:
    """Hours a year of activities that nobody planned: of all accounts, and of those without a
    promise.
    """
    rows = found.activities
    if rows is None or "minutes" not in rows:
        return 0.0, 0.0
    own = rows[~rows["type"].isin(list(PLANNED))]
    hours = _hours(own, speed) / max(found.years, 1e-9)
    other = ~own["account_id"].map(found.classes).isin(list(promised))
    return float(hours.sum()), float(hours[other].sum())


def _km_asked(found: Cover) -> float:
    """Kilometres a year of activities that nobody planned."""
    rows = found.activities
    if rows is None or not {"minutes", "km"} <= set(rows):
        return 0.0
    own = rows[~rows["type"].isin(list(PLANNED))]
    return float(own["km"].fillna(0.0).astype(float).sum()) / max(found.years, 1e-9)


def _hours_a_year(found: Cover, for_accounts: float, stated: float) -> tuple[float, bool]:
    """Hours a year that one manager has for accounts, and whether the book says so."""
    staff = found.staff
    if staff is not None and "hours_per_month" in staff and staff["hours_per_month"].notna().any():
        return 12 * float(staff["hours_per_month"].mean()) * for_accounts, True
    return 12 * float(stated) * for_accounts, False


def _there(found: Cover) -> int | None:
    """Managers there are: those of the table, else all that are named beside an account."""
    if found.staff is not None and len(found.staff):
        return len(found.staff)
    return len(_named_people(found)) or None


def _named_people(found: Cover) -> set[str]:
    """All who stand beside an account, those whom another one outsells everywhere too."""
    if found.owners is None:
        return set()
    names = found.owners["manager_id"].dropna().astype(str)
    return set(names[names.str.strip() != ""])


def staff_needed(
    found: Cover,
    standard: Standard = STANDARD,
    every: float = 1.0,
    by_size: Standard = (("A", 2), ("B", 1), ("C", 0.25)),
    calls_a_year: float = CALLS,
    for_accounts: float = 1 / 3,
    speed: float = 30.0,
    other_speeds: tuple[float, float] = (20.0, 45.0),
    visit_minutes: float = STATED_VISIT,
    call_minutes: float = STATED_CALL,
    hours_per_month: float = STATED_HOURS,
) -> Finding:
    """How many managers does the promised service take, with what is asked for beside it?

    Parameters
    ----------
    standard, every : visits a quarter, as in `kept`; by_size those of classes A, B, C where the
        book has no other classes.
    calls_a_year : calls to each account with a promise (S000-5d: one a month).
    for_accounts : share of the working hours that is left for accounts; no document says.
    speed, other_speeds : km an hour on the way, door to door; no document says, and the others show
        what it does.
    visit_minutes, call_minutes, hours_per_month : where the book does not know them; the way is in
        them.
    """
    fraction("for_accounts", for_accounts)
    _positive("speed", speed)
    if not isinstance(other_speeds, Sequence) or len(other_speeds) != 2:
        raise ValueError(f"other_speeds is {other_speeds!r}: expected two speeds, km an hour")
    slow, fast = (_positive("other_speeds", value) for value in other_speeds)
    _positive("visit_minutes", visit_minutes)
    _positive("call_minutes", call_minutes)
    _positive("hours_per_month", hours_per_month)
    _positive("calls_a_year", calls_a_year, zero=True)
    by_class = found.classes_are == "class by size"
    promised, named = _promised(found, by_size if by_class else standard, every)
    counts = found.classes.value_counts()
    n = {name: float(counts.get(name, 0)) for name in promised}
    n = {name: value for name, value in n.items() if value > 0}
    if not n:
        return unknown("No account has a class with a promise: standard names the classes.")
    times = _durations(found, speed, visit_minutes, call_minutes)
    each, known = _hours_a_year(found, for_accounts, hours_per_month)
    visit, call = times["visit"], times["call"]
    visits = staffing.workload(
        n, {name: QUARTERS_A_YEAR * promised[name] for name in n}, visit.minutes, each
    )
    calls = staffing.workload(n, calls_a_year, call.minutes, each)
    asked, others = _asked(found, speed, n)
    planned = float(visits["hours"].sum()), float(calls["hours"].sum())
    work = sum(planned) + asked
    needed = staffing.managers_needed(work, each).needed
    se = math.hypot(
        float(visits["total"].sum()) * visit.se, float(calls["total"].sum()) * call.se
    ) / (MINUTES * each)
    there = _there(found)
    rows = [(f"visits, {name}", float(visits["hours"][name])) for name in visits.index]
    rows += [("calls", planned[1])] if planned[1] else []
    rows += [("asked for", asked)] if asked else []
    demand = pd.Series(dict(rows))
    demand = demand[demand > 0]
    numbers: dict[str, Any] = {
        "needed": needed,
        "low": needed - 1.96 * se,
        "high": needed + 1.96 * se,
        "hours": work,
        "each": each,
        "planned": sum(planned),
        "asked": asked,
        "asked_others": others,
        "all": len(found.sales),
        "needed_alone": needed - others / each,
        "visit": visit.minutes,
        "call": call.minutes,
        "speed": float(speed),
        "for_accounts": for_accounts,
        "there": there,
        "accounts": int(sum(n.values())),
        "calls_a_year": calls_a_year,
        "se": se,
        "work": work,
        "classes_are": found.classes_are,
        "every": float(every),
        "measured": "yes" if visit.measured else "no",
        "demand": demand,
        "visits": visits,
        "calls": calls,
    }
    if visit.km is not None:
        on_road = float(visits["total"].sum()) * visit.km
        on_road += float(calls["total"].sum()) * (call.km or 0.0) + _km_asked(found)
        numbers |= {
            "km": visit.km,
            "way": visit.km / speed * MINUTES,
            "there_minutes": visit.minutes - visit.km / speed * MINUTES,
            "slow": float(slow),
            "fast": float(fast),
            "needed_slow": needed + on_road * (1 / slow - 1 / speed) / each,
            "needed_fast": needed + on_road * (1 / fast - 1 / speed) / each,
        }
    says = []
    if not named:
        says.append(
            "The book names none of the classes of the standard: {every:g} a quarter is promised "
            "to all."
        )
    elif by_class:
        says.append(
            "Without classes of service accounts are promised visits by size (A, B, C): an "
            "assumption."
        )
    says += [
        "Accounts with a promise: {accounts:,} of {all:,}. What they are promised takes "
        "{planned:,.0f} hours a year. What all accounts ask for beside it takes {asked:,.0f}, "
        "{asked_others:,.0f} of them for accounts without a promise: {hours:,.0f} together."
        if asked and others
        else "Accounts with a promise: {accounts:,}. What they are promised takes {planned:,.0f} "
        "hours a year, what they ask for beside it {asked:,.0f}: {hours:,.0f} together."
        if asked
        else "Accounts with a promise: {accounts:,}. What they are promised takes {hours:,.0f} "
        "hours a year; what is asked for beside it is not known.",
        "A visit takes {there_minutes:.0f} minutes and {km:.0f} km, as measured. The speed is "
        "assumed: at {speed:g} km an hour the way is {way:.0f} minutes more, {visit:.0f} together."
        if visit.km is not None
        else "A visit takes {visit:.0f} minutes, as measured; km of the way are not known and left "
        "out."
        if visit.measured
        else "A visit is taken to last {visit:.0f} minutes with its way, as stated.",
        "A call takes {call:.0f} minutes, as measured; one manager has {each:,.0f} hours a year "
        "for accounts."
        if call.measured
        else "A call is taken to last {call:.0f} minutes, as stated; one manager has {each:,.0f} "
        "hours a year for accounts.",
    ]
    if planned[1]:
        numbers |= {"visit_hours": planned[0], "call_hours": planned[1]}
        says.append(
            "What is promised is visits, {visit_hours:,.0f} hours (the table), and calls, "
            "{call_hours:,.0f}: that each of these accounts is called {calls_a_year:g} times a "
            "year is assumed (one a month, as S000-5d has it for two classes)."
            if calls_a_year == CALLS
            else "What is promised is visits, {visit_hours:,.0f} hours (the table), and calls, "
            "{call_hours:,.0f}: that each of these accounts is called {calls_a_year:g} times a "
            "year is assumed."
        )
    if not known:
        says.append("The hours of a manager are stated, and not from the book.")
    if there is None:
        says.append("That is {needed:.2f} managers; how many there are the book does not say.")
    else:
        short = needed - there
        numbers |= {
            "short": short,
            "size": abs(short),
            "short_low": short - 1.96 * se,
            "short_high": short + 1.96 * se,
        }
        numbers["enough"] = for_accounts * needed / there
        says.append(
            "That is {needed:.2f} managers for what is promised alone; {there:count manager} can "
            "be counted, and what else they do is not known."
            if not asked
            else "That is {needed:.1f} managers where {there:count manager} can be counted: "
            "{size:.1f} too few."
            if short > 0
            else "That is {needed:.1f} managers where {there:count manager} can be counted: "
            "{size:.1f} more than it takes."
        )
        if se > 0 and asked:
            says.append(
                "The interval of the shortage, {short_low:+.1f} to {short_high:+.1f} (95 %), knows "
                "of the measured minutes only. What moves it more is an assumption: at "
                "{for_accounts:percent} of the working hours left for accounts it is as said, at "
                "{enough:percent} need and managers would meet."
                if numbers["enough"] <= 1
                else "The interval of the shortage, {short_low:+.1f} to {short_high:+.1f} (95 %), "
                "knows of the measured minutes only; even with all working hours left for accounts "
                "there would be too few."
            )
    if asked and others:
        says.append(
            "Were accounts without a promise left to somebody else, it would be "
            "{needed_alone:.1f} managers."
        )
    if visit.km is not None:
        says.append(
            "At {slow:g} km an hour it would be {needed_slow:.1f} managers, at {fast:g} "
            "{needed_fast:.1f}."
        )
    supply = None if there is None else there * each
    picture = Picture(
        lambda text: figures.hours_plot(demand, supply, text, "hours a year"),
        "{needed:.1f} managers are needed"
        if there is None
        else "{needed:.1f} managers are needed; {there} can be counted",
        "A bar of the hours a year that visits, calls and what is asked for take: {hours:,.0f}."
        if supply is None
        else "A bar of the hours a year that visits, calls and what is asked for take: "
        "{hours:,.0f}, beside those that are there.",
    )
    table = visits.assign(often=visits["calls"], total=visits["total"])[
        ["accounts", "often", "total", "hours", "managers"]
    ]
    columns = {
        "accounts": Shown("accounts", ",.0f"),
        "often": Shown("visits a year each", ".3g"),
        "total": Shown("visits a year", ",.0f"),
        "hours": Shown("hours", ",.0f"),
        "managers": Shown("managers", ".2f"),
    }
    return Finding(numbers, tuple(says), table, columns, picture)


def factors(
    found: Cover,
    staff: Finding,
    surge: float = 0.2,
    support: float = 0.15,
    churn: float = 0.1,
    quality: float = 1.1,
) -> Finding:
    """What do a busy season, a back office, empty posts and better managers do to the number?

    Parameters
    ----------
    staff : what `staff_needed` found.
    surge, support, churn, quality : as `managers_needed` takes them; S000-5h names them and gives
        no number.
    """
    _positive("quality", quality)
    _positive("surge", surge, zero=True)
    for name, value in (("support", support), ("churn", churn)):
        if not 0 <= _positive(name, value, zero=True) < 1:
            raise ValueError(f"{name} is {value!r}: expected a share of 0 or more and below 1")
    if not staff.known:
        return unknown(staff.unknown, **staff.numbers)
    work, each = float(staff.numbers["work"]), float(staff.numbers["each"])
    ways: tuple[tuple[str, dict[str, float]], ...] = (
        ("workload alone", {}),
        ("busiest season staffed", {"surge": surge}),
        ("back office takes its part", {"support": support}),
        ("posts empty for a part of the year", {"churn": churn}),
        ("managers who do more in an hour", {"quality": quality}),
        (
            "all of these",
            {"surge": surge, "support": support, "churn": churn, "quality": quality},
        ),
    )
    table = pd.DataFrame(
        [(words, staffing.managers_needed(work, each, **values).needed) for words, values in ways],
        columns=["factor", "needed"],
    )
    table["change"] = table["needed"] - table["needed"].iloc[0]
    numbers = {
        "plain": float(table["needed"].iloc[0]),
        "all": float(table["needed"].iloc[-1]),
        "least": float(table["needed"].min()),
        "most": float(table["needed"].max()),
        "surge": surge,
        "support": support,
        "churn": churn,
        "more": quality - 1,
        "table": table,
    }
    few = numbers["least"] < FEW_MANAGERS  # tenths would hide what a factor does
    says = (
        "With demand {surge:percent0} above the average in the season that is staffed, a back "
        "office that takes {support:percent0}, posts that stand empty for {churn:percent0} of the "
        "year and managers who do {more:percent0} more, it takes {all:.2f} managers in place of "
        "{plain:.2f}."
        if few
        else "With demand {surge:percent0} above the average in the season that is staffed, a back "
        "office that takes {support:percent0}, posts that stand empty for {churn:percent0} of the "
        "year and managers who do {more:percent0} more, it takes {all:.1f} managers in place of "
        "{plain:.1f}.",
        "One factor by itself moves the number between {least:.2f} and {most:.2f}; none of them "
        "is measured here."
        if few
        else "One factor by itself moves the number between {least:.1f} and {most:.1f}; none of "
        "them is measured here.",
    )
    columns = {
        "factor": Shown("factor"),
        "needed": Shown("managers needed", ".2f" if few else ".1f"),
        "change": Shown("change", "+.2f" if few else "+.1f"),
    }
    return Finding(numbers, says, table, columns)


def more_accounts(
    found: Cover,
    staff: Finding,
    accounts: int = 1500,
    visits_a_quarter: float = 2.0,
) -> Finding:
    """How many managers do so many more accounts take (S000-5g)?

    Parameters
    ----------
    staff : what `staff_needed` found.
    accounts : more accounts.
    visits_a_quarter : promised to each.
    """
    if isinstance(accounts, bool) or not isinstance(accounts, int) or accounts < 1:
        raise ValueError(f"accounts is {accounts!r}: expected a whole number, 1 or more")
    _positive("visits_a_quarter", visits_a_quarter, zero=True)
    if not staff.known:
        return unknown(staff.unknown, **staff.numbers)
    each, calls = float(staff.numbers["each"]), float(staff.numbers["calls_a_year"])
    often = QUARTERS_A_YEAR * visits_a_quarter
    class_of = {"new": float(accounts)}
    visits = staffing.workload(class_of, often, float(staff.numbers["visit"]), each)
    rung = staffing.workload(class_of, calls, float(staff.numbers["call"]), each)
    needed = float(visits["managers"].sum() + rung["managers"].sum())
    numbers = {
        "accounts": accounts,
        "needed": needed,
        "visits": float(visits["total"].sum()),
        "often": often,
        "calls": calls,
        "each": each,
        "lenovo": LENOVO,
        "by_lenovo": accounts / LENOVO,
        "size": abs(accounts / LENOVO - needed),
    }
    says = (
        "{accounts:,} more accounts with {often:g} visits and {calls:g} calls a year each take "
        "{needed:.1f} managers, before anything they ask for.",
        "At {lenovo:.1f} accounts per manager, as a maker of computers had (S004-1b), it would be "
        "{by_lenovo:.1f}: a number from elsewhere knows nothing of what was promised here.",
    )
    return Finding(numbers, says)


def by_revenue(
    found: Cover, standard: Standard = STANDARD, every: float = 1.0, speed: float = 30.0
) -> Finding:
    """Would staffing by revenue send managers where the work is?

    Parameters
    ----------
    standard, every : visits a quarter, as in `kept`.
    speed : km an hour on the way, as in `staff_needed`.
    """
    promised, _ = _promised(found, standard, every)
    _positive("speed", speed)
    if found.owners is None:
        return unknown(_NO_OWNER)
    main = main_owner(found)
    rows = found.activities
    if rows is not None and "minutes" in rows and rows["minutes"].notna().any():
        per = _hours(rows, speed).groupby(rows["account_id"].astype(str)).sum()
        way = "km" in rows and rows["km"].notna().any()
        kind = "hours of service with the way" if way else "hours of service without the way"
    elif found.classes_are == "class by size":
        return unknown(
            "The work of each owner is not known: activities with minutes, or classes of service, "
            "would tell."
        )
    else:
        per = found.classes.map(promised).fillna(0.0) * QUARTERS_A_YEAR
        kind = "promised visits a year"
    sales = _everyone(found)
    index = sales.index
    frame = pd.DataFrame(
        {
            "work": per.reindex(index).fillna(0.0).to_numpy(),
            "sales": sales.clip(lower=0.0).to_numpy(),
            "owner": main.reindex(index.astype(str)).to_numpy(),
        }
    ).dropna(subset=["owner"])
    of = frame.groupby("owner")[["work", "sales"]].sum()
    if len(of) < FEWEST_OWNERS or not of["work"].sum() > 0:
        return unknown(
            "Whether work follows revenue takes at least {fewest} owners; here there are {owners}.",
            fewest=FEWEST_OWNERS,
            owners=len(of),
        )
    rho = float(stats.spearmanr(of["work"], of["sales"]).statistic)
    if not math.isfinite(rho):
        return unknown("All owners have the same work: no order can be compared.")
    half = 1.96 * math.sqrt((1 + rho**2 / 2) / (len(of) - 3))
    low, high = (
        float(np.tanh(np.arctanh(min(max(rho, -0.999999), 0.999999)) + s * half)) for s in (-1, 1)
    )
    part = of / of.sum()
    moved = float((part["work"] - part["sales"]).clip(lower=0).sum())
    who = str((part["work"] - part["sales"]).abs().idxmax())
    numbers = {
        "rho": rho,
        "low": min(low, rho),
        "high": max(high, rho),
        "owners": len(of),
        "kind": kind,
        "done": "yes" if kind.startswith("hours") else "no",
        "moved": moved,
        "managers": moved * len(of),
        "who": who,
        "who_work": float(part["work"][who]),
        "who_sales": float(part["sales"][who]),
        "frame": of,
    }
    says = (
        "Over {owners} owners {kind} and sales go together with a rank correlation of {rho:.2f} "
        "(95 % interval {low:.2f} to {high:.2f}).",
        "Who staffed by revenue would put {moved:percent} of the people ({managers:.1f} of "
        "{owners}) where the work is not.",
        "Furthest apart is {who}: {who_work:percent} of the work, {who_sales:percent} of the "
        "sales.",
    )
    return Finding(numbers, says)


def takers(found: Cover, hours_each: float = 2.0, free_hours: float = 6.0) -> Finding:
    """Who takes the accounts without an owner, near to those that they have already?

    Parameters
    ----------
    hours_each : hours a month that such an account takes.
    free_hours : hours a month that each manager can give.
    """
    _positive("hours_each", hours_each)
    _positive("free_hours", free_hours)
    if found.owners is None:
        return unknown(_NO_OWNER)
    lone = without_owner(found).numbers["ids"]
    if not lone:
        return Finding(
            {"accounts": 0}, ("No account is without an owner: there is nothing to assign.",)
        )
    main = main_owner(found)
    managers = (
        sorted(set(main))
        if found.staff is None
        else sorted(found.staff["manager_id"].dropna().astype(str))
    )
    if not managers:
        return unknown(_NO_OWNER)
    if found.districts is None:
        return unknown("Who is near takes a district of each account: accounts.district.")
    of = found.districts.copy()
    of.index = of.index.astype(str)
    where = of.reindex(main.index)
    own = pd.crosstab(where, main)
    whole = own.sum()
    distance = pd.DataFrame(
        {
            name: [
                1
                - float(own.get(name, pd.Series(dtype=float)).get(of.get(account, ""), 0))
                / max(float(whole.get(name, 0)), 1.0)
                for account in lone
            ]
            for name in managers
        },
        index=lone,
    )
    hours = pd.Series(float(hours_each), index=lone)
    free = pd.Series(float(free_hours), index=managers)
    try:
        plan = assignment.assign_accounts(distance, hours, free)
    except ValueError as error:
        return unknown("No plan gives them all away: {why}.", why=str(error))
    spread = plan["manager"].value_counts()
    numbers = {
        "accounts": len(plan),
        "managers": len(spread),
        "most": int(spread.max()),
        "near": float((1 - plan["distance"]).mean()),
        "first": float((1 - distance.iloc[:, 0]).mean()),
        "random": float((1 - distance).to_numpy().mean()),
        "hours": float(hours_each),
        "free": float(free_hours),
        "plan": plan,
    }
    says = [
        "{accounts:count account} without an owner go to {managers:count manager}, at most {most} "
        "to one ({hours:g} hours a month each, {free:g} free).",
        "On average {near:percent} of the taker's accounts lie in the account's district; of a "
        "manager drawn at random {random:percent}.",
    ]
    if found.filed is not None and (named := int(pd.Index(lone).isin(found.filed.index).sum())):
        numbers["filed"] = named
        says.append(
            "The file of accounts names an owner for {filed} of {accounts}: ask these first why "
            "no row of visits does."
        )
    table = pd.DataFrame(
        {
            "name": found.named(plan.index),
            "district": [of.get(str(name), "") for name in plan.index],
            "manager": plan["manager"].to_numpy(),
            "near": (1 - plan["distance"]).to_numpy(),
        }
    )
    columns = {
        "district": Shown("district"),
        "manager": Shown("goes to"),
        "near": Shown("of its accounts there", "percent0"),
    }
    return Finding(numbers, tuple(says), table, columns)


def department(
    fixed: float = 400_000.0,
    hours_per_account: float = 20.0,
    manager_hour: float = 150.0,
    executive_hour: float = 400.0,
    gain: float = 0.0,
) -> Finding:
    """From how many key accounts on does a department pay (S000-3d)? All numbers are
    assumptions.
    """
    number = staffing.department_break_even(
        fixed, hours_per_account, manager_hour, executive_hour, gain
    )
    numbers: dict[str, Any] = {
        "fixed": float(fixed),
        "hours": float(hours_per_account),
        "ours": float(manager_hour),
        "theirs": float(executive_hour),
    }
    if math.isinf(number):
        return Finding(
            numbers,
            (
                "At {ours:,.0f} an hour of a manager and {theirs:,.0f} of an executive a "
                "department never pays.",
            ),
        )
    numbers |= {
        "accounts": number,
        "half": staffing.department_break_even(
            fixed, hours_per_account / 2, manager_hour, executive_hour, gain
        ),
    }
    says = [
        "With {fixed:,.0f} a year before the first account, {hours:g} hours each, {ours:,.0f} an "
        "hour of a manager and {theirs:,.0f} of an executive, a department pays from "
        "{accounts:,.0f} accounts on."
    ]
    if math.isfinite(numbers["half"]):
        says.append("At half the hours it is {half:,.0f}.")
    return Finding(numbers, tuple(says))


#: Kotler's five levels of service, by number of customers and margin.
LEVELS = (
    ("many customers", "accountable", "reactive", "basic or reactive"),
    ("a middling number", "proactive", "accountable", "reactive"),
    ("few customers", "partnership", "proactive", "accountable"),
)


def levels(
    found: Cover, few: int = 30, many: int = 300, cuts: tuple[float, float] = (0.05, 0.2)
) -> Finding:
    """Which of Kotler's levels of service fits each class, by number of accounts and margin?

    Parameters
    ----------
    few, many : up to so many accounts are few, from so many on they are many.
    cuts : margin over sales below which it is low, and from which on it is high.
    """
    if not 0 < few < many:
        raise ValueError(f"few is {few} and many {many}: expected two rising numbers above 0")
    if len(cuts) != 2 or not 0 <= cuts[0] < cuts[1] < 1:
        raise ValueError(f"cuts is {cuts!r}: expected two rising shares")
    if found.margin is None:
        return unknown("The level of service takes a margin: ledger.cost_goods.")
    index = found.sales.index
    classes = found.classes.reindex(index)
    of = pd.DataFrame({"sales": found.sales, "margin": found.margin, "class": classes})
    table = (
        of.dropna(subset=["class"])
        .groupby("class")
        .agg(accounts=("sales", "size"), sales=("sales", "sum"), margin=("margin", "sum"))
    )
    table = table[table["sales"] > 0]
    if not len(table):
        return unknown("No class has sales above zero.")
    table["part"] = table["margin"] / table["sales"]
    row = np.where(table["accounts"] >= many, 0, np.where(table["accounts"] <= few, 2, 1))
    column = np.where(table["part"] >= cuts[1], 1, np.where(table["part"] < cuts[0], 3, 2))
    table["level"] = [LEVELS[r][c] for r, c in zip(row, column, strict=True)]
    numbers = {
        "classes": len(table),
        "levels": table["level"].nunique(),
        "few": few,
        "many": many,
        "low": cuts[0],
        "high": cuts[1],
        "table": table,
    }
    says = (
        "Up to {few} accounts are few and from {many} on many; a margin is low below "
        "{low:percent0} and high from {high:percent0} on: assumptions, which Kotler's "
        "table leaves open.",
    )
    columns = {
        "class": Shown("class"),
        "part": Shown("margin over sales", "percent"),
        "level": Shown("level of service"),
    }
    view = table[["accounts", "part", "level"]].reset_index()
    return Finding(numbers, says, view, columns)


def effort(found: Cover, curve: Finding) -> Finding:
    """What does a visit bring on average, and what the next one, class by class (S000-5o)?

    Parameters
    ----------
    curve : what `what_visits_bring` found.
    """
    if not curve.known:
        return unknown(_NO_TRIALS if found.trials is None else curve.unknown, **curve.numbers)
    if not curve.numbers["curve"].told:
        return unknown(_OPEN)
    if found.looks is None:
        return unknown(_NO_VISITS)
    if found.margin is None:
        return unknown("What a visit brings in money takes a margin: ledger.cost_goods.")
    fitted: plans.Response = curve.numbers["curve"]
    looks = _looks(found)
    worth = found.worth
    worth.index = worth.index.astype(str)
    a = looks["account_id"].map(worth).fillna(0.0) * fitted.a / 100
    rows = pd.DataFrame(
        {
            "class": looks["tier"],
            "visits": looks["visits"],
            "brings": plans.response(looks["visits"], a, fitted.k),
            "following": plans.marginal(looks["visits"], a, fitted.k),
        }
    ).dropna(subset=["class"])
    of = rows.groupby("class").agg(
        looks=("visits", "size"),
        visits=("visits", "sum"),
        brings=("brings", "sum"),
        following=("following", "mean"),
    )
    of = of[of["visits"] > 0]
    if not len(of):
        return unknown("No class was visited.")
    of["average"] = of["brings"] / of["visits"]
    of = of.sort_values("average", ascending=False, kind="stable")
    top, nxt = str(of.index[0]), str(of["following"].idxmax())
    numbers = {
        "classes": len(of),
        "top": top,
        "average": float(of["average"].iloc[0]),
        "following": float(of["following"][top]),
        "next": nxt,
        "next_brings": float(of["following"].max()),
        "unit": found.unit_of_money,
        "table": of,
    }
    says = (
        "A visit to class {top} brought {average:money}{unit} on average, and the next one to it "
        "would bring {following:money}.",
        "Where the next visit goes is decided by what it brings, not by the average: it brings "
        "the most in class {next}, {next_brings:money}{unit}.",
    )
    columns = {
        "class": Shown("class"),
        "visits": Shown("visits", ",.0f"),
        "average": Shown("a visit brought", "money"),
        "following": Shown("the next would bring", "money"),
    }
    return Finding(numbers, says, of[["visits", "average", "following"]].reset_index(), columns)


def season(found: Cover) -> Finding:
    """Are accounts visited off season too, and outside of working days (S000-2f)?"""
    rows = found.activities
    if rows is None or not (rows["type"] == "visit").any():
        return unknown("Visits by day are not known: activities with type and date would tell.")
    visits = rows[rows["type"] == "visit"]
    months = found.monthly
    if len(months) < 12 or not (months > 0).all():
        return unknown(
            "Peak and off season take twelve months with sales; here there are {months}.",
            months=int((months > 0).sum()),
        )
    of = months.groupby(months.index.str[5:]).mean()
    peak = set(of.nlargest(6).index)
    inside = visits["date"].dt.strftime("%Y-%m").isin(months.index)
    visits = visits[inside]
    if not len(visits):
        return unknown("No visit falls into a month with sales.")
    month = visits["date"].dt.strftime("%m")
    days = pd.Series(
        [pd.Period(name, "M").days_in_month for name in months.index], index=months.index
    )
    expected = float(days[[name[5:] in peak for name in days.index]].sum() / days.sum())
    by_month = visits.groupby(visits["date"].dt.strftime("%Y-%m")).size()
    by_month = by_month.reindex(months.index, fill_value=0)
    # months differ by more than chance alone would make them: that widens the interval
    expect = by_month.sum() * days / days.sum()
    chi = float(((by_month - expect) ** 2 / expect).sum() / max(len(days) - 1, 1))
    n = len(visits) / max(1.0, chi)
    share = float(month.isin(list(peak)).mean())
    low, high = compliance.wilson(share * n, n)[1:]
    numbers: dict[str, Any] = {
        "visits": len(visits),
        "share": share,
        "low": min(low, share),
        "high": max(high, share),
        "expected": expected,
        "sales": float(months[[name[5:] in peak for name in months.index]].sum() / months.sum()),
        "least": int(by_month.min()),
    }
    says = [
        "The six busiest months of the year by sales hold {sales:percent} of the sales and "
        "{share:percent} of {visits:,} visits (95 % interval {low:percent} to {high:percent}); "
        "{expected:percent} of the days are theirs.",
        "In the month with the fewest visits there were {least:,}.",
    ]
    if found.workdays is not None:
        work = visits["date"].dt.normalize().map(found.workdays)
        if work.notna().any():
            numbers["off"] = float((work.dropna() == 0).mean())
            says.append("Outside of working days: {off:percent} of the visits.")
    return Finding(numbers, tuple(says))


def claims(
    found: Cover,
    promise: Finding,
    jump: Finding,
    staff: Finding,
    plan: Finding,
    kept_from: float = 0.9,
    alike: float = 0.9,
    margin: float = 0.05,
) -> Finding:
    """What the documents claim of coverage, each with its test on this book.

    Parameters
    ----------
    promise, jump, staff, plan : what `kept`, `unfair_jump`, `staff_needed` and `best_plan` found.
    kept_from : share of looks from which a promise counts as kept.
    alike : rank correlation from which staffing by revenue would do.
    margin : difference of shares that changes no decision.
    """
    fraction("kept_from", kept_from)
    fraction("alike", alike)
    share_margin("margin", margin)
    made = [
        _of_owners(found),
        *_of_promises(found, promise, kept_from),
        _of_each_quarter(found, kept_from),
    ]
    speed = float(staff.numbers.get("speed", 30.0))
    made += [_of_jump(jump), _of_staff(staff), _of_revenue(found, alike, speed)]
    made += [_of_season(found, margin), _of_plan(plan), _of_lenovo(found), _of_department()]
    return steps.verdicts(made)


def _of_owners(found: Cover) -> Claim:
    claim = ("S000-1d", "each account has one named manager", "accounts with exactly one owner")
    lone = without_owner(found)
    if not lone.known:
        return untested(*claim, "needs accounts.manager_id")
    n = lone.numbers["accounts"]
    one = n - lone.numbers["none"] - lone.numbers["two"]
    if found.owners_from == "ledger":
        here = f"{one:,} of {n:,} have one seller"
        why = "the ledger says who sold, not who is named: accounts.manager_id would"
        return Claim(*claim, here, UNTESTED, why, 0)
    verdict: Verdict = "holds" if one == n else "does not hold"
    if found.filed is None:
        return Claim(*claim, f"{one:,} of {n:,}", verdict, "a full count", 0)
    filed = lone.numbers["filed"]
    here = f"{one:,} of {n:,} by the visits, {filed:,} by the file of accounts"
    if (filed == n) == (one == n):
        return Claim(*claim, here, verdict, "a full count of each record", 0)
    return Claim(*claim, here, UNTOLD, "the two records disagree", 0)


def _of_promises(found: Cover, promise: Finding, kept_from: float) -> list[Claim]:
    says = "the promised visits are made"
    test = f"share of looks in which they were, at least {kept_from:.0%}".replace("%", " %")
    if not promise.known:
        return [untested("S000-5d", says, test, "needs visits, or activities")]
    table = promise.numbers["table"]
    return [
        Claim(
            "S000-5d",
            f"{says}, class {name}",
            test,
            with_interval(row["share"], row["low"], row["high"], form="percent"),
            at_least(row["low"], row["high"], kept_from),
            "the bar is an assumption"
            if name in DOCUMENT
            else "the promise is an assumption too: the document names A+ and crystal",
        )
        for name, row in table.iterrows()
    ]


def _of_each_quarter(found: Cover, kept_from: float) -> Claim:
    claim = (
        "S000-1f",
        "each account is met at least once a quarter",
        f"share of looks with a visit, at least {100 * kept_from:.0f} %",
    )
    if found.looks is None or found.span == "month":
        return untested(*claim, "needs visits by quarter")
    row = compliance.visit_compliance(_looks(found).assign(all="all"), {"all": 1.0}, by="all").iloc[
        0
    ]
    return Claim(
        *claim,
        with_interval(row["share"], row["low"], row["high"], form="percent"),
        at_least(row["low"], row["high"], kept_from),
        "the bar is an assumption",
    )


def _of_jump(jump: Finding) -> Claim:
    claim = (
        "S000-5f",
        "accounts just below the cut are served better than those just over it",
        "jump of the minutes a month at the cut",
    )
    if not jump.known:
        return untested(*claim, "needs visits.monthly_spend and visits.minutes")
    n = jump.numbers
    return Claim(
        *claim,
        with_interval(n["jump"], n["low"], n["high"], form="+.1f"),
        at_least(-n["high"], -n["low"], 0.0),
        "the interval rests on how much the curve may bend",
    )


def _of_staff(staff: Finding) -> Claim:
    claim = (
        "S000-5g",
        "there are fewer managers than the service takes",
        "managers that are missing",
    )
    if not staff.known or "short" not in staff.numbers:
        return untested(*claim, "needs the managers that there are")
    n = staff.numbers
    if n["measured"] == "no" or not n["asked"]:
        return untested(*claim, "minutes are stated, or what is asked for is not known")
    low, high = (
        n["needed"] * n["for_accounts"] / share + sign * 1.96 * n["se"] - n["there"]
        for share, sign in ((HOURS_OPEN[1], -1), (HOURS_OPEN[0], 1))
    )
    return Claim(
        *claim,
        with_interval(n["short"], low, high, form="+.1f"),
        at_least(low, high, 0.0),
        f"from {100 * HOURS_OPEN[0]:.0f} to {100 * HOURS_OPEN[1]:.0f} % of the hours left for "
        f"accounts, {n['speed']:g} km an hour",
    )


def _of_revenue(found: Cover, alike: float, speed: float) -> Claim:
    claim = (
        "S000-5h",
        "staffing by revenue alone misleads",
        f"rank correlation of work and sales over owners, below {alike:g}",
    )
    work = by_revenue(found, speed=speed)
    if not work.known or work.numbers["done"] != "yes":
        return untested(*claim, "needs activities with minutes, of six owners or more")
    n = work.numbers
    return Claim(
        *claim,
        with_interval(n["rho"], n["low"], n["high"], form=".2f"),
        at_least(-n["high"], -n["low"], -alike),
        "work that is done, which need not be what is needed",
    )


def _of_season(found: Cover, margin: float) -> Claim:
    claim = (
        "S000-2f",
        "contact is kept in peak and off season",
        "share of visits in the six busiest months, about that of their days",
    )
    year = season(found)
    if not year.known:
        return untested(*claim, "needs activities with dates, and twelve months of sales")
    n = year.numbers
    return Claim(
        *claim,
        with_interval(n["share"], n["low"], n["high"], form="percent"),
        by_interval(n["low"], n["high"], n["expected"], margin),
    )


def _of_plan(plan: Finding) -> Claim:
    claim = (
        "Lodish et al. 1988",
        "another plan of visits brought 8 % more sales (often told as profit)",
        "gain of the best plan in what visits bring",
    )
    if not plan.known:
        return untested(*claim, "needs visits and visit_trials")
    n = plan.numbers
    return Claim(
        *claim,
        with_interval(n["gain"], n["low"], n["high"], form="percent"),
        UNTESTED,
        "one firm's case; here it is a plan, and nobody has followed it yet",
        0,
    )


def _of_lenovo(found: Cover) -> Claim:
    there, lone = _there(found), without_owner(found)
    n, of = len(found.sales), "all"
    if lone.known:  # those whom nobody looks after are nobody's accounts
        n, of = lone.numbers["accounts"] - lone.numbers["none"], "those with an owner:"
    here = "-" if not there else f"{n / there:.1f}: {of} {n:,} over {there:,} managers"
    return Claim(
        "S004-1b",
        f"one manager looks after {LENOVO:.1f} accounts",
        "accounts per manager here",
        here,
        UNTESTED,
        "a case of one firm, not a rule",
        0,
    )


def _of_department() -> Claim:
    return untested(
        "S000-3d",
        "few accounts are for executives, many for a department",
        "number of accounts at which both cost the same",
        "needs what an hour of an executive costs",
    )


def account_review(
    found: Cover, plan: Finding | None = None, standard: Standard = STANDARD, every: float = 1.0
) -> Finding:
    """What the account review takes from the lesson."""
    promised, _ = _promised(found, standard, every)
    index = _everyone(found).index
    frame = pd.DataFrame(index=index)
    if found.owners is not None:
        named = found.owners.dropna(subset=["manager_id"])
        named = named[named["manager_id"].astype(str).str.strip() != ""]
        counts = named.drop_duplicates(["account_id", "manager_id"]).groupby("account_id").size()
        frame["owners"] = counts.reindex(index).fillna(0).astype(int)
    if found.classes_are != "class by size":
        frame["service_class"] = found.classes.reindex(index)
    if found.looks is not None:
        looks = _looks(found)
        a_look = {name: _a_look(found, value) for name, value in promised.items()}
        wanted = looks["tier"].astype("str").map(a_look)
        of = looks.assign(
            kept=np.where(wanted.isna(), np.nan, (looks["visits"] >= wanted).astype(float)),
            wanted=wanted,
        ).groupby("account_id")
        frame["visits_made"] = of["visits"].mean().reindex(index)
        frame["visits_promised"] = of["wanted"].last().reindex(index)
        frame["promise_kept"] = of["kept"].mean().reindex(index)
    if plan is not None and plan.known:
        best = plan.numbers["frame"].reindex(index)
        frame["visits_best"] = best["visits"]
        if found.margin is not None:
            frame["next_visit"] = best["following"]
    frame = frame.dropna(axis="columns", how="all")
    if not len(frame.columns):
        return unknown("No account has what the review takes from this lesson.")
    words = {
        "span": found.span,
        "currency": found.currency or "currency of the book",
        "classes": found.classes_are,
        "base": "margin" if found.margin is not None else "sales",
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)


def size(found: Cover) -> tuple[int, int]:
    """Accounts and months of the book, for the check of its size."""
    return len(found.sales), max(1, round(found.years * DAYS_A_YEAR / (DAYS_A_YEAR / 12)))
