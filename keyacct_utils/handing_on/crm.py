"""``crm/``: the plan of lesson 21 for a CRM, in CSV files with the fields of Salesforce's objects
AccountPlan, AccountPlanObjective and AccountPlanObjectiveMeasure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import cut
from keyacct_utils.lessons.account_plan import ASSUMED, HORIZON, HOURS, LESSON, told_rest
from keyacct_utils.lessons.account_plan import findings as lesson
from keyacct_utils.lessons.account_plan.planning import Plan
from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.lessons.showing.words import count, rounded
from keyacct_utils.review.account_review import Review, asked, write_csv
from keyacct_utils.review.columns import OWN
from keyacct_utils.review.recommended import NONE
from keyacct_utils.review.record import ACCOUNT_ID, recorded

FOLDER = "crm"
#: One row per account, per action, and per gain that is expected.
PLANS, OBJECTIVES, MEASURES = (
    f"account_plan{ending}.csv" for ending in ("", "_objective", "_objective_measure")
)
#: Ours, by which the rows of the files find each other: Salesforce gives ids of its own.
KEY = "External_Id__c"
#: Amounts below this are written to the cent.
_SMALL = 100.0
#: Characters of a name in Salesforce.
_LONGEST = 80
_RECORDED = ("plan_rank", "plan_first", "plan_gain")


def write_crm(folder: Path, review: Review, book: Book, parameters: Mapping[str, Any]) -> str:
    """Write the plan into ``crm/``; returns why not, where the lesson ran, else nothing.

    Parameters
    ----------
    folder : Path
        Of the run: what the lessons recorded is read from it, and the files are written into it.
    review : Review
        For the names of the accounts, and for what made the run.
    book : Book
    parameters : mapping
        What was set for the run, as in ``run.json``.
    """
    states = {item["lesson"]: item["state"] for item in review.run.get("lessons", [])}
    if states.get(LESSON.code) not in ("full", "part"):
        return ""
    if review.column(LESSON.code, "plan_first") is None:
        return f"{FOLDER}/ was not written: lesson {LESSON.code} plans nothing on this book"
    made = plan_of(folder, book, parameters)
    if not _is_recorded(made, review):
        return (
            f"{FOLDER}/ was not written: the plan could not be made again as lesson {LESSON.code} "
            "recorded it; a lesson that it rests on failed"
        )
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, frame in tables(made, review).items():
        write_csv(frame, folder / FOLDER / name, ["TargetValue"] if name == MEASURES else ())
    return ""


def plan_of(folder: Path, book: Book, parameters: Mapping[str, Any]) -> Plan:
    """The plan as lesson 21 made it: the same steps, from what the others recorded in the run."""
    last = {item.code for item in LESSONS if item.after_all}
    findings = recorded(folder)
    findings = findings[~findings["lesson"].isin(last)]
    given = {"parameters": parameters}
    value = {
        name: asked(given, LESSON.topic, name, default)
        for name, default in (("period", "book"), ("hours", HOURS), ("horizon", HORIZON))
    }
    found = lesson.found(book, str(value["period"]), findings)
    works = lesson.what_works(found, **_set(parameters, "what_works"))
    hours, years = float(value["hours"]), int(value["horizon"])
    return lesson.make(found, works, hours, years, **_set(parameters, "make"))


def _set(parameters: Mapping[str, Any], step: str) -> dict[str, Any]:
    """What the book sets for a step of the lesson."""
    begin = f"{LESSON.topic}.{step}."
    return {
        name.removeprefix(begin): value
        for name, value in parameters.items()
        if name.startswith(begin)
    }


def _is_recorded(made: Plan, review: Review) -> bool:
    """Whether this is the plan that the review holds, to the cent."""
    again = lesson.account_review(made)
    if not again.known:
        return False
    new = again.numbers["review"].set_index(ACCOUNT_ID)[[*_RECORDED]]
    old = pd.DataFrame({name: review.column(LESSON.code, name) for name in _RECORDED})
    old = old.set_axis(pd.Index(review.accounts[ACCOUNT_ID].astype(str))).dropna()
    new, old = (frame.assign(plan_gain=frame["plan_gain"].round(2)) for frame in (new, old))
    rows = [{i: tuple(row) for i, *row in frame.itertuples()} for frame in (new, old)]
    return rows[0] == rows[1]


def tables(made: Plan, review: Review) -> dict[str, pd.DataFrame]:
    """The rows of each file, by its name.

    Parameters
    ----------
    made : Plan
    review : Review
        For names, currency, and the last day of the data, after which the plan begins.
    """
    start, end = _year_after(str(review.run.get("as_of") or review.run.get("last_day") or ""))
    lines = made.lines[made.lines[ACCOUNT_ID].isin(_present(review))].reset_index(drop=True)
    place = lines.groupby(ACCOUNT_ID).cumcount() + 1
    plan = lines[ACCOUNT_ID].astype(str) + (f":{start}" if start else "")
    key = plan + ":" + place.astype(str)
    names = review.accounts.set_index(ACCOUNT_ID)["account"].astype(str)
    during = {"StartDate": start, "EndDate": end}
    first = place == 1
    accounts = lines[ACCOUNT_ID].astype(str)
    called = [cut(f"Plan {start} {names.get(i, i)}".replace("  ", " "), _LONGEST) for i in accounts]
    owner = accounts.map(made.found.owner)
    plans = pd.DataFrame(
        {
            KEY: plan,
            "AccountId": accounts,
            "OwnerId": owner.fillna("").astype(str),
            "Name": called,
            "Status": "Not Started",
            **during,
            "Notes": accounts.map(_notes(made, lines, review)),
        }
    )[first]
    over = [f"{made.found.measure} over {count(years, 'year')}" for years in lines["years"]]
    objectives = pd.DataFrame(
        {
            KEY: key,
            "AccountPlanId": plan,
            "Name": [cut(str(action), _LONGEST) for action in lines["action"]],
            "Description": [
                _described(row, made.found.unit_of_money) for row in lines.to_dict("records")
            ],
            "Status": "New",
            **during,
        }
    )
    measures = pd.DataFrame(
        {
            KEY: key + ":gain",
            "AccountPlanObjectiveId": key,
            "Name": [cut(f"{text[0].upper()}{text[1:]}, expected", _LONGEST) for text in over],
            "ValueType": "Currency",
            "TargetValue": lines["gain"].astype(float),
        }
    )
    return {PLANS: plans, OBJECTIVES: objectives, MEASURES: measures}


def _year_after(last: str) -> tuple[str, str]:
    """The first and the last day of the year that begins after this day; empty without one."""
    if not last:
        return "", ""
    start = pd.Timestamp(last) + pd.Timedelta(days=1)
    end: dt.date = (start + pd.DateOffset(years=1) - pd.Timedelta(days=1)).date()
    return start.date().isoformat(), end.isoformat()


def _hours(hours: float) -> str:
    return f"{float(rounded(hours, 1)):,g}"


def _present(review: Review) -> set[str]:
    """The accounts at which something is recommended: none of them is gone."""
    action = review.column("", OWN[0].name)
    known = review.accounts[ACCOUNT_ID]
    return set(known if action is None else known[action != NONE])


def _notes(made: Plan, lines: pd.DataFrame, review: Review) -> dict[str, str]:
    """What is planned at each account in all, and from what."""
    sums = lines.groupby(ACCOUNT_ID).agg(
        n=("gain", "size"), gain=("gain", "sum"), hours=("hours", "sum")
    )
    each = lines["action"] + ": " + lines["reckoned"] + "; rests on "
    each += lines["rests_on"].map(told_rest) + "."
    reckoned = each.groupby(lines[ACCOUNT_ID].astype(str)).agg(" ".join)
    run = review.run
    source = f"{run.get('book', '')}, data {str(run.get('data_hash', ''))[:12]}"
    unit, what = made.found.unit_of_money, made.found.measure
    return {
        str(i): f"{count(int(row['n']), 'action')} for {_hours(row['hours'])} hours, expected to "
        f"bring {_whole(row['gain'])[0]}{unit} of {what}, where it lasts over "
        f"{count(made.horizon, 'year')}. {reckoned[str(i)]} keyacct lesson {LESSON.code}: {source}."
        for i, row in sums.iterrows()
    }


def _whole(*amounts: float) -> list[str]:
    """Amounts in one unit, to the whole of it; all to the cent where one of them is small."""
    digits = 0 if min(map(abs, amounts)) >= _SMALL else 2
    return [f"{rounded(value, digits):,.{digits}f}" for value in amounts]


def _assumed(row: Mapping[Any, Any]) -> str:
    told = f"; {ASSUMED}, which the interval leaves out"
    return told if ASSUMED in str(row["rests_on"]) else ""


def _described(row: Mapping[Any, Any], unit: str) -> str:
    """What an action is expected to bring, what it rests on, and what would make it wrong."""
    gain, low, high = _whole(row["gain"], row["low"], row["high"])
    return (
        f"Expected: {gain}{unit}, {low} to {high} (95 %), {row['reckoned']}; takes "
        f"{_hours(row['hours'])} hours. Rests on {told_rest(row['rests_on'])}{_assumed(row)}. "
        f"Wrong if {row['wrong_if']}."
    )
