"""The steps of lesson 21: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.account_plan import (
    HORIZON,
    HOURS,
    LESSON,
    actions,
    figures,
    goals,
    inputs,
    planning,
    statements,
)
from keyacct_utils.lessons.account_plan.actions import ACTIONS
from keyacct_utils.lessons.account_plan.inputs import BASES, FACTS, Found
from keyacct_utils.lessons.account_plan.planning import CHOSEN, Plan
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.amounts import at_least as least_count
from keyacct_utils.lessons.shared.claims import ABOUT, UNTOLD, Claim, at_least, untested
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import money

if TYPE_CHECKING:
    from keyacct_utils.book import Book

DRAWS = 400
#: Accounts on the ladder, lines of the plan in the table, accounts in the goal tree.
RUNGS, LINES, BRANCHES = 12, 10, 3
#: Quarters in which a contribution has to be above zero to count as sustained.
QUARTERS = 8
#: Share of the gain that is to come from outside the first fifth (no document says).
SMALL_SHARE = 0.2

found = inputs.found


def pencil(gains: Sequence[float], hours: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Five actions on a napkin: what each brings, its hours, and what an hour brings."""
    table = pd.DataFrame({"gain": list(gains), "hours": list(hours)}, index=list(names))
    return table.assign(an_hour=table["gain"] / table["hours"])


def book_in_numbers(found: Found) -> Finding:
    """Which book, which time, how much, and who has hours."""
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when,
        "months": found.year.months,
        "accounts": len(found.people),
        "amount": float(found.people["amount"].sum()),
        "unit": found.unit_of_money,
        "measure": found.measure,
        "silent": len(found.unsold),
        "returned": int((found.people["sales"] <= 0).sum()) - len(found.unsold),
        "gone": len(found.gone & set(found.people.index)),
        "gone_months": found.gone_months,
        "uncosted": found.uncosted,
        "managers": int(found.owner.nunique()),
        "owned": len(found.owner),
        "nobody": len(found.people) - len(found.owner),
    }
    at_most = "at most " if found.uncosted else ""
    when = "the last {months:count whole month} ({when})" if found.year.months else "{when}"
    says = [
        f"**{{book}}**, {when}: {{accounts:count account}}, {{measure}} of {at_most}"
        "{amount:money}{unit}. What an action brings is counted in {measure}.",
        *steps.gross(found.returns),
    ]
    if found.uncosted:
        says.append("Sales of {uncosted:money} have no cost: their {measure} is not known.")
    if found.year.months and found.year.scale > 1:
        says.append("That is less than a year: all amounts are those of a year at this pace.")
    if not found.year.months:
        says.append("No whole month is dated, so all rows are taken as one year.")
    if numbers["silent"]:
        says.append("No sale in that time: {silent:count account}.")
    if numbers["returned"] > 0:
        says.append("Bought, and sent back all of it or more: {returned:count account}.")
    if numbers["gone"] and found.gone_months:
        says.append(
            "Gone, with nothing bought in the last {gone_months:count whole month} or since: "
            "{gone:count account}. Nothing is planned there."
        )
        says += _owed_by_the_gone(found, numbers)
    if not numbers["managers"]:
        says.append("The book names no owners: hours are those of all together.")
    else:
        says.append("Owners: {managers:count manager} of {owned:count account}.")
        if numbers["nobody"]:
            says.append(
                "Without an owner: {nobody:count account}. Nobody has hours for them, so nothing "
                "is planned there."
            )
    return Finding(numbers, tuple(says))


def _owed_by_the_gone(found: Found, numbers: dict[str, Any]) -> list[str]:
    """Bills past their day of accounts that are gone: they are owed, and no plan wins them."""
    rows = found.facts.reset_index()
    owing = (rows["input"] == "overdue") & rows["account_id"].isin(list(found.gone))
    if not (owed := float(rows.loc[owing, "value"].sum())):
        return []
    numbers["owed_by_gone"] = owed
    return ["They owe {owed_by_gone:money}{unit} past its day, which is for lesson 08 to collect."]


def _audited(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    written = rows.groupby("statement_id", sort=False)["written"].agg("; ".join)
    return table.assign(written=written)[["kind", "written", "why"]]


def audit(rows: pd.DataFrame) -> Finding:
    """Which of these statements contradict themselves, and in which way?

    Parameters
    ----------
    rows : one row per number, as `audit_numbers` takes them.
    """
    made = statements.audit_numbers(rows)
    counts = made["kind"].value_counts()
    numbers: dict[str, Any] = {
        "statements": len(made),
        "sound": int(counts.get(statements.SOUND, 0)),
        "faulty": int(made["kind"].isin(statements.KINDS).sum()),
        "kinds": [f"{kind} {counts[kind]}" for kind in statements.KINDS if kind in counts],
        "slips": int(counts.get("arithmetic", 0)),
        "frame": made,
    }
    says = ["Statements with a fault: {faulty} of {statements} ({kinds:names})."]
    if not numbers["faulty"]:
        says = ["Of {statements:count statement} none has a fault."]
    shown = _audited(made, rows)
    if "source" in rows:
        told = rows.groupby("statement_id", sort=False)[["source", "says"]].first()
        shown = told.join(shown[["kind", "why"]])
    columns = {"why": Shown("what the rule finds"), "written": Shown("as printed"),
               "says": Shown("statement"), "source": Shown("source")}  # fmt: skip
    faulty = shown[shown["kind"] != statements.SOUND] if "source" not in rows else shown
    table = faulty if len(faulty) else shown.head(1)
    return Finding(numbers, tuple(says), table, columns, prose=True)


def audit_plan(opened: Book) -> Finding:
    """The same of the plan that the book holds."""
    if not opened.has("plan_statements"):
        return unknown(
            "The book holds no plan: plan_statements (statement_id, role, written) would have its "
            "numbers audited."
        )
    return audit(opened.table("plan_statements").sort_values(["statement_id", "number"]))


#: Of whom a short form of lesson 10 says as little as the lesson itself.
UNSURE = (
    "Bought of late, but on fewer than {fewest} days in all or not within the last year: "
    "{unsure:count account}. Nothing tells what goes there, so no renewal is planned."
)


def inputs_known(found: Found) -> Finding:
    """What is there to plan with, from which lesson, and what is missing?"""
    rows = []
    for name, source in (BASES | FACTS).items():
        there = name in found.given
        count = 0
        if there and name in BASES:
            count = int((found.facts.index.get_level_values(0) == name).sum())
        elif there:
            count = int(found.page[name].notna().sum())
        origin = {"run": "this run", "book": "the book"}.get(found.given.get(name, ""), "missing")
        words = found.covered(name) if there else source.words
        rows.append((words, source.title, origin, count, "" if there else source.needs))
    table = pd.DataFrame(rows, columns=["input", "lesson", "origin", "count", "needs"])
    lacking = [source.words for source in found.missing.values()]
    numbers = {
        "there": len(table) - len(lacking),
        "all": len(table),
        "lacking": lacking,
        "empty": [
            str(word)
            for word in table.loc[(table["origin"] != "missing") & (table["count"] == 0), "input"]
        ],
        "in_run": int((table["origin"] == "this run").sum()),
        "rate": found.margin_rate,
    }
    says = ["Inputs that are there: {there} of {all}."]
    if numbers["empty"]:
        says.append("They say nothing of any account: {empty:names}.")
    if lacking:
        says.append("Missing: {lacking:names}; the last column says what would give each.")
    if numbers["in_run"]:
        says.append("Recorded by the lessons of this run: {in_run}.")
    if found.silence is not None:
        told = found.silence
        numbers |= {"lost": told.lost, "watched": told.watched, "days": told.days}
        numbers |= {"lost_money": told.lost_money, "unsure": len(found.unsure)}
        numbers["fewest"] = periods.FEWEST_PURCHASES
        says.append(
            "What is expected to go is reckoned in a short form of lesson 10: {days:count day} "
            "before the end {watched:count account} had bought on {fewest} days or more, of which "
            "{lost} bought nothing since; these had {lost_money:percent} of the money. Each "
            "account has the share of its class of silence, of its sales of the last "
            "{days:count day}, net of what came back, at the pace of a year."
        )
        if told.days < inputs.YEAR_DAYS:
            says.append(
                "The book is short: that share is of {days:count day} and not of a year, in which "
                "more may go."
            )
        if numbers["unsure"]:
            says.append(UNSURE)
    if found.measure == "margin":
        says.append(
            "Where an input is in sales, {rate:percent} of it counts as margin: that of the line "
            "it is about, or of the whole book, where its cost is known."
            if found.uncosted
            else "Where an input is in sales, {rate:percent} of it counts as margin: that of the "
            "line it is about, or of the whole book."
        )
    columns = {"origin": Shown("from"), "count": Shown("accounts", ",.0f"),
               "needs": Shown("would be given by")}  # fmt: skip
    return Finding(numbers, tuple(says), table, columns, prose=True)


def what_works(
    found: Found,
    *,
    sell: float = 0.1,
    keep: float = 0.3,
    collect: float = 0.05,
    streamline: float = 0.1,
) -> Finding:
    """Which part of its base does each kind of action bring?

    Parameters
    ----------
    sell, keep, collect, streamline : assumed where the book has no trial; no document says.
    """
    known = actions.effects(
        found.trials, sell=sell, keep=keep, collect=collect, streamline=streamline
    )
    table = known.table.reset_index()
    table.insert(1, "base", table["kind"].map(actions.base_words))
    told = table["trials"] > 0
    numbers: dict[str, Any] = {
        "known": known,
        "told": int(told.sum()),
        "assumed": [str(kind) for kind in table.loc[~told, "kind"]],
        "all": len(table),
    }
    says = ["Kinds of action tried by lot: {told} of {all}."]
    if numbers["assumed"]:
        says.append("Assumed, not known: {assumed:names}. Set your own in the call.")
    for kind in ("sell", "keep"):
        if bool(told[table["kind"] == kind].any()):
            row = known.table.loc[kind]
            numbers[kind] = float(row["effect"])
    if "sell" in numbers:
        says.append("An offer brings {sell:percent} of the room within a year.")
    if known.curve is not None:
        a, k = known.curve[0]
        numbers |= {"most": float(a), "first": float(-np.expm1(-k))}
        says.append(
            "Visits add up to {most:percent} of a quarter's {measure}; the first one a quarter "
            "brings {first:percent} of that."
        )
        numbers["measure"] = found.measure
    told_as = [f"{kind}: {ACTIONS[str(kind)].words}" for kind in table["kind"]]
    table = table.assign(kind=told_as)
    columns = {
        "kind": Shown("action"),
        "base": Shown("of"),
        "effect": Shown("brings", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "hours": Shown("hours", ".1f"),
        "trials": Shown("trials", ",.0f"),
        "source": Shown("known by"),
    }
    return Finding(numbers, tuple(says), table, columns)


def make(
    found: Found,
    works: Finding,
    hours: float = HOURS,
    horizon: int = 3,
    *,
    rate: float = 0.10,
    late_cost: float = 0.05,
) -> Plan:
    """The plan from what is known and what works (`plan` does all of it at once)."""
    return planning.made_of(
        found, works.numbers["known"], hours, horizon, rate=rate, late_cost=late_cost
    )


def _nothing(made: Plan) -> Finding | None:
    if len(made.lines):
        return None
    if len(made.every):
        return unknown("No action fits into the hours of anybody: give more hours.")
    return unknown(
        "Nothing can be planned: no input is there that an action could move. The table of inputs "
        "says which columns would give one."
    )


def _span(made: Plan) -> str:
    """Over which years an hour counts, for an axis; empty where all is counted for one year."""
    return "" if made.horizon == 1 else f", {made.horizon} years where it lasts"


def _counted(made: Plan) -> list[str]:
    """Over how many years gains are counted, where these differ."""
    if made.horizon == 1:
        return []
    return ["A gain that lasts counts for {horizon:count year}, a visit or a reminder for one."]


def ladder(made: Plan, *, count: int = CHOSEN) -> Finding:
    """At which accounts does an hour bring most, and with which action?

    Parameters
    ----------
    count : accounts that are chosen.
    """
    least_count("count", count, 1)
    if (none := _nothing(made)) is not None:
        return none
    names = planning.chosen(made.lines, count)
    first = made.lines.drop_duplicates("account_id").head(count)
    rungs = first.assign(low=first["low"] / first["hours"], high=first["high"] / first["hours"])
    rungs = rungs.assign(name=made.found.named(rungs["account_id"])).set_index("name")
    sales = made.found.people["sales"].sort_values(ascending=False, kind="stable")
    both = len(set(names) & set(sales.index[: len(names)]))
    counts = first["kind"].value_counts()
    top = rungs.iloc[0]
    numbers: dict[str, Any] = {
        "count": len(names),
        "who": str(rungs.index[0]),
        "what": str(top["action"]),
        "an_hour": float(top["an_hour"]),
        "low": float(top["low"]),
        "high": float(top["high"]),
        "both": both,
        "kinds": [f"“{ACTIONS[str(kind)].words}” {number}" for kind, number in counts.items()],
        "unit": made.found.unit_of_money,
        "measure": made.found.measure,
        "names": names,
        "shown": min(RUNGS, len(rungs)),
        "over": planning.years_of(str(top["kind"]), made.horizon),
        "horizon": made.horizon,
        "hours": made.hours,
    }
    whose = "of each manager" if len(made.found.owner) else "in all"
    preset = ", a preset: set your own" if made.hours == HOURS else ""
    says = [
        "An hour brings most at {who} ({what}): {an_hour:money}{unit} of {measure} over "
        "{over:count year}, {low:money} to {high:money} (95 %).",
        "Also among as many largest by sales: {both} of {count:count account} chosen.",
        "What is done first there: {kinds:names}.",
        f"The whole plan fits into {{hours:,.0f}} hours {whose}{preset}.",
        *_counted(made),
    ]
    view = first.assign(name=made.found.named(first["account_id"]))[
        ["name", "action", "hours", "gain", "low", "high", "an_hour"]
    ]
    drawn = rungs.head(RUNGS)[["an_hour", "low", "high", "kind"]]
    drawn = drawn.assign(kind=[ACTIONS[kind].words for kind in drawn["kind"]])
    picture = Picture(
        lambda title: figures.ladder_plot(
            drawn, title, f"{made.found.measure} an hour{made.found.axis_unit}{_span(made)}"
        ),
        "Where an hour brings most: {who} first, with {an_hour:money}",
        "The {shown:count account} of the plan at which an hour brings most, each with what it "
        "brings and its 95 % interval, coloured by the kind of action.",
    )
    return Finding(numbers, tuple(says), view.reset_index(drop=True), PLANNED, picture,
                   show_table=False)  # fmt: skip


PLANNED = {
    "name": Shown("account"),
    "hours": Shown("hours", ".1f"),
    "gain": Shown("brings", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
    "an_hour": Shown("an hour", "money"),
    "rests_on": Shown("rests on lesson"),
    "wrong_if": Shown("wrong if"),
}


def the_plan(made: Plan, *, shown: int = LINES) -> Finding:
    """The lines of the plan, each with what it rests on; and what other ways of choosing bring.

    Parameters
    ----------
    shown : lines in the table; all are in ``numbers["lines"]``.
    """
    least_count("shown", shown, 1)
    if (none := _nothing(made)) is not None:
        return none
    taken, found = made.choice.taken, made.found
    whole = goals.together(taken)
    greedy = float(actions.by_ratio(made.every, made.hours)["gain"].sum())
    size = float(actions.by_size(made.every, found.people["sales"], made.hours)["gain"].sum())
    view = made.lines.head(shown).copy()
    view.insert(0, "name", found.named(view["account_id"]))
    view = view[
        ["name", "action", "hours", "gain", "low", "high", "an_hour", "rests_on", "wrong_if"]
    ]
    lacking = [source.words for source in made.missing.values()]
    numbers: dict[str, Any] = {
        "lines": made.lines,
        "planned": len(made.lines),
        "accounts": int(made.lines["account_id"].nunique()),
        "hours": float(taken["hours"].sum()),
        "have": float(made.choice.hours["hours"].sum()),
        "gain": whole.estimate,
        "low": whole.low,
        "high": whole.high,
        "unit": found.unit_of_money,
        "measure": found.measure,
        "most": made.choice.most,
        "reached": made.choice.gain / made.choice.most,
        "greedy": greedy,
        "size": size,
        "size_share": size / whole.estimate,
        "greedy_share": greedy / whole.estimate,
        "lacking": lacking,
        "shown": len(view),
        "horizon": made.horizon,
        "first_year": float(taken["first_year"].sum()),
        "in_run": int((made.lines["given"] == "run").sum()),
        "here": int((made.lines["given"] == "book").sum()),
        "assumed": _assumed(made),
        "assumed_words": [f"“{ACTIONS[kind].words}”" for kind in _assumed(made)],
        "late_cost": made.late_cost,
    }
    says = [
        "**{planned:count action} at {accounts:count account} take {hours:,.0f} of {have:,.0f} "
        "hours and bring {gain:money}{unit} of {measure} over {horizon:count year}, {low:money} to "
        "{high:money} (95 %)**; {first_year:money} of it comes in the next year.",
        "If actions could be split, a plan could bring {most:money} in these hours, and none "
        "brings more: this one brings {reached:percent} of that.",
        "Taking what brings most an hour, one after the other, brings {greedy_share:percent} of "
        "it; going from the largest account down brings {size_share:percent}.",
    ]
    if numbers["assumed"]:
        says.append(
            "Assumed and not known: what {assumed_words:names} brings of its base. The interval "
            "does not hold that."
        )
    says += _by_quarters(made, numbers)
    if "collect" in set(taken["kind"]):
        says.append("A bill that is paid late is taken to cost {late_cost:percent} of it.")
    says.append(
        "Lines that rest on what a lesson of this run recorded: {in_run}; on a short form of its "
        "finding, made here from the book: {here}."
        if numbers["in_run"]
        else "Each line rests on a short form of the finding of its lesson, made here from the "
        "book."
    )
    if found.unsure:
        numbers |= {"unsure": len(found.unsure), "fewest": periods.FEWEST_PURCHASES}
        says.append(UNSURE)
    why = planning.without_action(made).value_counts()
    if len(why):
        numbers |= {"without": int(why.sum()), "why": [f"{name} {n}" for name, n in why.items()]}
        says.append("Without an action: {without:count account} ({why:names}).")
    if lacking:
        says.append("Not known, so not planned with: {lacking:names}.")
    says.append("The table shows the first {shown:count line}.")
    return Finding(numbers, tuple(says), view, PLANNED, prose=False)


def _by_quarters(made: Plan, numbers: dict[str, Any]) -> list[str]:
    """What the visits of the plan would bring if last year's had been spread evenly."""
    visits = made.lines[made.lines["kind"] == "visit"]
    if not len(made.found.visits) or not len(visits):
        return []
    key = ["account_id", "kind", "level"]
    even = actions.candidates(made.found, made.known, made.horizon, even=True).set_index(key)
    numbers["visits_gain"] = float(visits["gain"].sum())
    numbers["visits_even"] = float(
        even["gain"].reindex(pd.MultiIndex.from_frame(visits[key])).sum()
    )
    return [
        "Visits are reckoned in the quarters of last year, and a thin one weighs, as if each "
        "quarter earned as much: theirs bring {visits_gain:money}; had last year's visits been "
        "spread evenly, {visits_even:money}."
    ]


def _assumed(made: Plan) -> list[str]:
    """Kinds of action in the plan that no trial tells of."""
    kinds = made.known.table.index[made.known.table["trials"] == 0]
    return [str(kind) for kind in kinds if (made.lines["kind"] == kind).any()]


def hour(made: Plan, times: tuple[float, ...] = (0.25, 0.5, 1.0, 1.5, 2.0)) -> Finding:
    """What would an hour more bring?

    Parameters
    ----------
    times : of the hours of each manager, for which the plan is made anew.
    """
    if (none := _nothing(made)) is not None:
        return none
    table = actions.value_of_an_hour(made.every, made.hours, (*times, 1.0))
    dual = made.choice.hours["one_more"]
    half = table.index[table.index <= made.hours / 2 * (1 + 1e-9)]
    numbers: dict[str, Any] = {
        "hours": made.hours,
        "one_more": float(table.loc[made.hours, "one_more"]),
        "dual": float(dual.mean()),
        "managers": len(dual),
        "best": str(dual.idxmax()),
        "best_value": float(dual.max()),
        "least": str(dual.idxmin()),
        "least_value": float(dual.min()),
        "unit": made.found.unit_of_money,
        "measure": made.found.measure,
        "frame": table,
        "horizon": made.horizon,
        "top": float(table.index[-1]),
    }
    says = [
        "At {hours:,.0f} hours of each, one hour more brings {one_more:money}{unit} of {measure} "
        "over {horizon:count year} on average, by solving anew; the dual says {dual:money}. Both "
        "are of plans in which an action can be split."
    ]
    if np.isnan(made.found.hour_cost):
        says.append(
            "What an hour costs is not known: managers (hours_per_month, salary) would tell."
        )
    else:
        numbers["cost"] = made.found.hour_cost
        numbers["times"] = numbers["one_more"] / made.found.hour_cost
        says.append(
            "A working hour costs {cost:money}{unit} (salaries by the hours that they pay), so "
            "the hour brings {times:,.1f} times that."
            if numbers["one_more"] >= made.found.hour_cost
            else "A working hour costs {cost:money}{unit} (salaries by the hours that they pay), "
            "more than the hour brings."
        )
    if len(half):
        numbers["halved"] = float(table.loc[half[-1], "gain"] / table.loc[made.hours, "gain"])
        numbers["at_half"] = float(half[-1])
        says.append("With {at_half:,.0f} hours of each, {halved:percent} of the gain is left.")
    if float(dual.max()) > float(dual.min()):
        says.append(
            "An hour is worth most with {best} ({best_value:money}) and least with {least} "
            "({least_value:money}): the difference is what an hour moved from one to the other "
            "brings."
        )
    picture = Picture(
        lambda title: figures.hours_plot(
            table,
            made.hours,
            title,
            f"{made.found.measure} gained{made.found.axis_unit}{_span(made)}",
        ),
        "One hour more of a manager brings {one_more:money} at {hours:,.0f} hours",
        "What the best plan brings, by the hours of each manager up to {top:,.0f}: the curve "
        "bends, each further hour brings less.",
    )
    columns = {"gain": Shown("plan brings", "money"), "one_more": Shown("one hour more", "money"),
               "dual": Shown("by the dual", "money")}  # fmt: skip
    return Finding(numbers, tuple(says), table, columns, picture, show_table=False)


def page(made: Plan, account: str = "") -> Finding:
    """One account on one page: how it went, what is known, what to do first, what would change it.

    Parameters
    ----------
    account : account_id; empty for the one that holds most of a line, or of all sales.

    Raises
    ------
    ValueError
        If the account is not in the book.
    """
    found = made.found
    name = account or found.leans
    if name not in found.people.index:
        raise ValueError(
            f"account is {name!r}: the book has no such account in this period; its ids are like "
            f"{', '.join(found.people.index[:3])}"
        )
    rows = made.every[made.every["account_id"] == name]
    if name in found.gone:
        return unknown(
            "{who} is gone: it bought nothing in the last months, so nothing is planned there.",
            who=found.called(name),
        )
    if not len(rows):
        return unknown("Nothing is known that could be done at {who}.", who=found.called(name))
    taken = made.lines[made.lines["account_id"] == name]
    every = planning.lines_of(found, rows, made.known, made.horizon, made.rate)
    every = every.assign(taken=[
        bool(((taken["kind"] == kind) & (taken["level"] == level)).any())
        for kind, level in zip(every["kind"], every["level"], strict=True)
    ])  # fmt: skip
    sales = found.people["sales"]
    first = every.iloc[0]
    second = every[every["kind"] != first["kind"]]
    numbers: dict[str, Any] = {
        "account": name,
        "who": found.called(name),
        "share": float(sales[name] / sales[sales > 0].sum()) if sales[name] > 0 else 0.0,
        "rank": int((sales > sales[name]).sum()) + 1,
        "accounts": len(sales),
        "amount": float(found.people.loc[name, "amount"]),
        "measure": found.measure,
        "unit": found.unit_of_money,
        "what": str(first["action"]),
        "an_hour": float(first["an_hour"]),
        "low": float(first["low"] / first["hours"]),
        "high": float(first["high"] / first["hours"]),
        "rests": str(first["rests_on"]),
        "wrong": str(first["wrong_if"]),
        "planned": int(every["taken"].sum()),
        "order": list(zip(every["kind"], every["level"], strict=True)),
        "horizon": made.horizon,
        "over": int(first["years"]),
        "taken": [str(words) for words in taken["action"]],
        "reckoned": str(first["reckoned"]),
        "brings": float(first["gain"]),
    }
    at_most = "at most " if found.uncosted else ""
    says = [
        "**{who}** is number {rank} of {accounts} by sales ({share:percent}), with {measure} of "
        f"{at_most}{{amount:money}}{{unit}} in the last year.",
        "First: {what}. An hour brings {an_hour:money} over {over:count year}, {low:money} to "
        "{high:money} (95 %); it rests on lesson {rests}, and is wrong if {wrong}.",
        "It brings {brings:money}, {reckoned}.",
    ]
    if len(second):
        other = second.iloc[0]
        numbers |= {"next": str(other["action"]), "next_hour": float(other["an_hour"])}
        numbers["apart"] = bool(other["high"] / other["hours"] < numbers["low"])
        says.append(
            "Next: {next} ({next_hour:money} an hour), less by intervals that lie apart."
            if numbers["apart"]
            else "Next: {next} ({next_hour:money} an hour); the intervals overlap, so the order of "
            "the two is not sure."
        )
    says.append(
        "Taken into the plan of all accounts: {taken:names}."
        if len(taken)
        else "Nothing of it is taken into the plan of all accounts: the hours bring more elsewhere."
    )
    says += _counted(made)
    covers = [f"“{found.words(key)}” covers {part} only" for key, part in found.covers.items()
              if (key, name) in found.facts.index]  # fmt: skip
    if covers:
        numbers["covers"] = covers
        says.append("Here {covers:names}.")
    lacking = [source.words for source in made.missing.values()]
    if lacking:
        numbers["lacking"] = lacking
        says.append("It could change with what is not known: {lacking:names}.")
    facts = _facts(found, name)
    quarters = found.quarters.loc[name].dropna() if name in found.quarters.index else pd.Series()
    drawn = every.set_index("action")[["an_hour", "low", "high"]].head(8)
    each = every.set_index("action")["hours"].head(8)
    drawn = drawn.assign(low=drawn["low"] / each, high=drawn["high"] / each)
    picture = Picture(
        lambda title: figures.page_plot(
            quarters, drawn, title, found.measure, (found.axis_unit, _span(made)), facts
        ),
        "{who}: first {what}",
        "Above, the {measure} of {who} by quarter with what is known of it; below, what an hour of "
        "each action brings with its 95 % interval.",
    )
    view = every[["action", "hours", "gain", "low", "high", "an_hour", "rests_on", "taken"]]
    columns = PLANNED | {"taken": Shown("in the plan", "yes")}
    return Finding(numbers, tuple(says), view, columns, picture)


def _facts(found: Found, name: str) -> list[str]:
    """What is known of an account, in short lines."""
    told = []
    for key in BASES:
        if key in found.given and (key, name) in found.facts.index:
            value = float(found.facts["value"].loc[[(key, name)]].iloc[0])
            number = f"{value:.1f}" if key == "visits" else money(value)
            if key == "visits" and name in found.visits.index:
                number += f" ({', '.join(f'{one:.0f}' for one in found.visits.loc[name])})"
            told.append(f"{found.covered(key)}: {number}")
    for key, source in FACTS.items():
        if key in found.page and name in found.page.index and pd.notna(found.page.at[name, key]):
            told.append(f"{source.words}: {found.page[key].astype(object)[name]!s}")
    return told


def growth_of(found: Found, draws: int | None = None) -> tuple[Interval | None, str]:
    """Growth of a year without the plan, and from what: years, accounts, or nothing."""
    if len(found.years) > goals.FEWEST_GROWTHS and bool((found.years > 0).all()):
        return goals.growth_of_years(found.years), "years"
    if len(found.before) and float(found.before["before"].sum()) > 0:
        made = goals.growth_of_accounts(found.before["before"], found.before["now"], draws or DRAWS)
        return made, "accounts"
    return None, ""


def tree(made: Plan, target: float = 1.1, years: int = 3, *, draws: int | None = None) -> Finding:
    """What does a goal of some years ask of next year and of each account, and can it be reached?

    Parameters
    ----------
    target : the goal as a multiple of last year's amount.
    years : until then.
    draws : resamples of accounts, where the book has too few years.
    """
    if isinstance(target, bool) or not isinstance(target, int | float) or not target > 0:
        raise ValueError(f"target is {target!r}: a multiple of last year, 1.1 for a tenth more")
    found = made.found
    growth, by = growth_of(found, draws)
    base = found.people["amount"]
    whole = float(base.sum())
    if growth is None or np.isnan(growth.low) or not whole > 0:
        return unknown(
            "What comes without the plan cannot be told: it takes dated rows of two years."
        )
    taken = goals.of_first_year(made.choice.taken) if len(made.lines) else None
    made_tree = goals.goal_tree(base, round(target * whole, 2), years, growth=growth, gains=taken)
    numbers: dict[str, Any] = goals.as_words(made_tree) | {
        "target": target - 1,
        "growth": growth.estimate,
        "growth_low": growth.low,
        "growth_high": growth.high,
        "low": made_tree.reach.low,
        "high": made_tree.reach.high,
        "middle": made_tree.reach.estimate,
        "unit": found.unit_of_money,
        "measure": found.measure,
        "n_years": len(found.years),
        "frame": made_tree.accounts,
        "tree": made_tree,
    }
    says = [
        "The goal is {measure} of {goal:money}{unit} in {years:count year}, a change of "
        "{target:percent}. Next year's part of it is {next:money}, a change of {step:percent}.",
        "Years of twelve whole months: {n_years}. By their growth a year changes it by "
        "{growth:percent}, "
        "{growth_low:percent} to {growth_high:percent} (95 %, of one year more)."
        if by == "years"
        else "In the last twelve whole months it changed by {growth:percent} on the twelve before, "
        "{growth_low:percent} to {growth_high:percent} (95 % of draws of accounts; another year "
        "may differ by more).",
        "With what the plan brings in that year alone ({planned:money}) it comes to "
        "{middle:money}, {low:money} to {high:money}.",
        {
            goals.REACHED: "**The goal of next year can be reached: it lies below that interval**.",
            goals.OUT_OF_REACH: "**The goal of next year cannot be reached: it lies above that "
            "interval**.",
            goals.OPEN: "**Whether the goal of next year can be reached cannot be told: it lies "
            "within that interval**.",
        }[made_tree.verdict],
        "Beyond drift and plan it asks {asked:money} of the accounts, by size."
        if numbers["asked"] >= 0
        else "Drift and plan come to more than it asks.",
    ]
    if found.uncosted:
        numbers["uncosted"] = found.uncosted
        says.append(
            "Sales of {uncosted:money} in the last year have no cost: all these amounts are at "
            "most what is shown."
        )
    table = made_tree.accounts.sort_values("amount", ascending=False, kind="stable")
    view = table.assign(name=found.named(table.index)).set_index("name").head(LINES)
    view = view.rename_axis("account")
    columns = {
        "amount": Shown("last year", "money"),
        "drift": Shown("comes or goes anyway", "money"),
        "planned": Shown("the plan brings next year", "money"),
        "asked": Shown("still asked", "money"),
        "goal": Shown("goal of next year", "money"),
    }
    levels = _levels(made_tree, table, found, years)
    picture = Picture(
        lambda title: figures.tree_plot(levels, title),
        "A goal of {goal:money} asks {next:money} of next year"
        + {
            goals.REACHED: ", which can be reached",
            goals.OUT_OF_REACH: ", which cannot be reached",
        }.get(made_tree.verdict, "; whether it is reached cannot be told"),
        "The goal, next year's part of it, and its three parts (last year and drift, plan, still "
        "asked), which add up to it; below, not hung on any of these, the same amount of next year "
        "by account: the largest and all others.",
    )
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


def _levels(
    made: goals.GoalTree, table: pd.DataFrame, found: Found, years: int
) -> list[list[tuple[str, float]]]:
    """Rows of boxes for the goal tree; the last is the row of next year by account."""
    first = float(made.years["goal"].iloc[0])
    sums = table.sum()
    head = table["goal"].head(BRANCHES)
    accounts = [(found.called(name), float(value)) for name, value in head.items()]
    rest = float(sums["goal"] - head.sum())
    accounts += [("all others", rest)] if len(table) > BRANCHES else []
    parts = [
        ("last year and drift", float(sums["amount"] + sums["drift"])),
        ("the plan, next year alone", float(sums["planned"])),
        ("still asked", float(sums["asked"])),
    ]
    top = [(f"goal in {years} years" if years > 1 else "goal", made.goal)]
    return [top, [("next year", first)], parts, accounts]


def first_accounts(taken: pd.DataFrame, count: int) -> set[str]:
    """The accounts of a plan at which an hour brings most."""
    ratio = (taken["gain"] / taken["hours"]).groupby(taken["account_id"]).max()
    return set(ratio.sort_values(ascending=False, kind="stable").index[:count])


def without_each(made: Plan, *, count: int = CHOSEN) -> Finding:
    """How much of the plan hangs on each input: what is left without it?

    Parameters
    ----------
    count : accounts that are chosen.
    """
    least_count("count", count, 1)
    if (none := _nothing(made)) is not None:
        return none
    whole = actions.by_ratio(made.every, made.hours)
    every = first_accounts(whole, count)
    rows = []
    for kind, action in ACTIONS.items():
        if action.base not in made.found.given:
            continue
        rest = actions.by_ratio(made.every[made.every["kind"] != kind], made.hours)
        names = first_accounts(rest, count)
        lost = 1 - float(rest["gain"].sum() / whole["gain"].sum())
        words, title = made.found.words(action.base), BASES[action.base].title
        rows.append((words, title, lost, len(every & names)))
    table = pd.DataFrame(rows, columns=["input", "lesson", "lost", "kept"])
    table = table.sort_values("lost", ascending=False, kind="stable").reset_index(drop=True)
    first, last = table.iloc[0], table.iloc[-1]
    numbers: dict[str, Any] = {
        "chosen": len(every),
        "first": first["input"],
        "first_lost": float(first["lost"]),
        "first_kept": int(first["kept"]),
        "last": last["input"],
        "last_lost": max(0.0, float(last["lost"])),
        "inputs": len(table),
        "frame": table,
    }
    says = [
        "Without “{first}” the plan brings {first_lost:percent} less, and {first_kept} of the "
        "{chosen:count account} chosen stay (each plan taken by what an hour brings)."
    ]
    if len(table) > 1:
        says.append("Least hangs on “{last}”: {last_lost:percent}.")
    columns = {"lost": Shown("plan brings less by", "percent"),
               "kept": Shown("of the chosen stay", ",.0f")}  # fmt: skip
    return Finding(numbers, tuple(says), table, columns)


def other_horizons(
    found: Found,
    works: Finding,
    hours: float,
    horizon: int = HORIZON,
    horizons: tuple[int, ...] = (1, 5),
    late_costs: tuple[float, ...] = (0.02, 0.10),
    *,
    count: int = CHOSEN,
) -> Finding:
    """How does the choice move with the years that count, with what a late bill costs, and with
    visits that are spread evenly?
    """
    known = works.numbers["known"]
    made: dict[str, dict[str, Any]] = {
        f"{years} years" if years > 1 else "1 year": {"horizon": years} for years in horizons
    }
    made |= {f"late bills cost {100 * cost:g} %": {"late_cost": cost} for cost in late_costs}
    made |= {"visits spread evenly": {"even": True}} if len(found.visits) else {}
    plans = {
        name: actions.candidates(found, known, **{"horizon": horizon} | more)
        for name, more in made.items()
    }
    base = actions.candidates(found, known, horizon)
    if not all(len(frame) for frame in (base, *plans.values())):
        return unknown("Nothing can be planned, so nothing hangs on the horizon.")
    chosen = first_accounts(actions.by_ratio(base, hours), count)
    kept = pd.Series(
        {
            name: len(chosen & first_accounts(actions.by_ratio(frame, hours), count))
            for name, frame in plans.items()
        },
        name="kept",
    ).rename_axis("assumption")
    numbers = {
        "tried": len(kept),
        "chosen": len(chosen),
        "least": int(kept.min()),
        "most": int(kept.max()),
        "on": str(kept.idxmin()),
        "each": [f"{name} {n}" for name, n in kept.items()],
    }
    says = (
        "Of {chosen:count account} chosen, {least} to {most} stay under {tried} other assumptions "
        "({each:names}); fewest under “{on}”.",
    )
    columns = {"kept": Shown("of the chosen stay", ",.0f")}
    return Finding(numbers, says, kept.to_frame(), columns, show_table=False)


def claims(made: Plan) -> Finding:
    """What the documents claim, each with its test on this book."""
    audited = statements.audit_numbers(statements.cases())
    rows = [
        Claim(source, says, "do its numbers agree", str(audited["why"][name]),
              UNTOLD if audited["kind"][name] == "scope" else "does not hold",
              f"{audited['kind'][name]}, whatever the book", 0)
        for name, source, says in (
            ("railway", "S000-12d", "the own railway grows from 1,369 by 1,716 to over 3,358 km"),
            ("orders", "S003-2d", "one programme brought over 240 m yuan of orders in 2004"),
        )
    ]  # fmt: skip
    rows += [_of_small(made), _of_sustained(made)]
    rows.append(
        untested(
            "S000-12h", "enter a large client by depot building, and by parts with the vehicle",
            "what came of entries of either kind", "no table says by which way we came in",
        )
    )  # fmt: skip
    rows.append(
        untested(
            "S003-6a", "each step from finding a client to collecting the money pays",
            "gain by step, with and without it", "opportunities has no steps",
        )
    )  # fmt: skip
    return steps.verdicts(rows)


def _of_small(made: Plan) -> Claim:
    claim = (
        "S001-1g",
        "grasp the large without dropping the small",
        "share of the plan's gain from outside the first fifth by sales, at least a fifth",
    )
    first = planning.first_fifth(made.found)
    if not len(made.lines) or len(first) == len(made.found.people):
        return untested(*claim, "nothing is planned, or there is one account")
    taken = made.choice.taken
    of = taken["account_id"].isin(first)
    large, small = (goals.together(taken[rows]) for rows in (of, ~of))
    low = small.low / (small.low + large.high) if small.low + large.high else 0.0
    high = small.high / (small.high + large.low) if small.high + large.low else 0.0
    share = small.estimate / (small.estimate + large.estimate)
    return Claim(
        *claim,
        with_interval(share, low, high, form="percent0"),
        at_least(low, high, SMALL_SHARE, 0.0),
        "the fifth is ours; without any rule to cover them",
    )


def _of_sustained(made: Plan) -> Claim:
    claim = (
        "S003-7a",
        "every key account brings a contribution that is predictable and goes on",
        f"share of the accounts chosen with {made.found.measure} above zero in each of the last "
        f"{QUARTERS} quarters",
    )
    quarters, names = made.found.quarters, planning.chosen(made.lines)
    if not len(names) or quarters.shape[1] < QUARTERS:
        return untested(*claim, f"needs {QUARTERS} quarters and a plan")
    last = quarters.iloc[:, -QUARTERS:].reindex(names).fillna(0.0)
    held = int((last > 0).all(axis=1).sum())
    low, high = proportion_confint(held, len(names), method="wilson")
    return Claim(
        *claim,
        with_interval(held / len(names), low, high, form="percent0"),
        at_least(low, high, 1.0, ABOUT),
        "of the accounts that this plan chose",
    )


def account_review(made: Plan) -> Finding:
    """What the account review takes from the lesson."""
    first = made.lines.drop_duplicates("account_id").set_index("account_id")
    later = made.lines[made.lines["account_id"].duplicated()]
    more = later.groupby("account_id")["action"].agg("; ".join).reindex(first.index)
    rank = pd.Series(range(1, len(first) + 1), index=first.index, dtype=float)
    frame = pd.DataFrame(
        {
            "plan_rank": rank,
            "plan_first": first["action"].astype(object),
            "plan_gain": first["gain"],
            "plan_gain_low": first["low"],
            "plan_gain_high": first["high"],
            "plan_years": first["years"].astype(float),
            "plan_hours": first["hours"],
            "plan_rests_on": first["rests_on"].astype(object),
            "plan_reckoned": first["reckoned"].astype(object),
            "plan_base": first["base"].astype(float),
            "plan_effect": first["effect"].astype(float),
            "plan_times": first["part"].astype(float) * first["worth"].astype(float),
            "plan_owner": first["manager_id"].astype(object),
            "plan_more": more.astype(object).where(more.notna(), ""),
            "plan_total": made.lines.groupby("account_id")["gain"].sum().reindex(first.index),
        }
    )
    words: Mapping[str, Any] = {
        "measure": made.found.measure,
        "currency": made.found.currency or "currency of the book",
        "horizon": made.horizon,
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
