"""The steps of lesson 20: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.lead_time import LESSON, activities, channel, days, figures, waiting
from keyacct_utils.lessons.lead_time import unseen as bounds
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, Verdict, at_least, untested
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

Floats = npt.NDArray[np.float64]
#: Resamples of accounts for an interval.
DRAWS = 400
#: Fewer cases than these get no interval and decide nothing.
FEWEST = 20
#: What the cases of the channel are compared on, where the book has it.
KNOWN = ("complexity", "dual_source", "priority", "kind", "queue")
#: What may be asked for: columns of a case that are known when it begins.
MAY_BE_KNOWN = (*KNOWN, "kv", "capacity_kva", "district")
#: A difference of working days, and of a share, that would change no decision.
MARGIN_DAYS, MARGIN = 1.0, 0.05
#: Names of activities that fit into a sentence.
MOST_NAMES = 12
#: How the methods are called.
CALLED = {
    "naive": "as they stand",
    "regression": "regression",
    "ipw": "weighting",
    "aipw": "weighting and regression",
    "matching": "matching",
}
#: Cases of an account in a simulated book.
CASES_PER_ACCOUNT = 0.8
#: What the covariates are called.
NAMES = {
    "complexity": "complexity", "dual_source": "two sources", "priority": "priority",
    "kind": "kind", "queue": "others in flight", "kv": "voltage", "capacity_kva": "capacity",
    "district": "district",
}  # fmt: skip


@dataclass(frozen=True)
class Cases:
    """What the lesson looks at."""

    name: str
    #: "working" or "calendar".
    count: str
    #: Day of the look; whether it is the last day on which anything is written.
    day: pd.Timestamp
    own_day: bool
    #: case_id, account_id, start, end (missing while open) and what the book has besides; `lasted`
    #: (days from start to end, or to the day of the look), `done`.
    cases: pd.DataFrame
    #: case_id, activity, start, end, ...; None where the book has none.
    events: pd.DataFrame | None
    feeders: pd.DataFrame | None
    calendar: pd.DataFrame | None
    #: Days between the first and the last that the calendar does not name.
    uncovered: int
    #: Cases that begin after the day of the look or outside of the period; rows without a start.
    later: int
    undated: int
    #: First end in the file where those of earlier cases are lacking, and the cases begun before.
    recorded: pd.Timestamp | None
    cut: int
    #: The period that the book sets and the lesson was not asked for; empty where none.
    passed_over: str

    def words(self, number: float) -> str:
        """A number of days in words: "1 working day", "4.5 working days"."""
        if not np.isfinite(number):
            return "an unknown number of days"
        shown = f"{number:,.0f}" if abs(number - round(number)) < 1e-9 else f"{number:,.1f}"
        return f"{shown} {self.count} day{'' if shown == '1' else 's'}"

    @property
    def unit(self) -> str:
        """What a day is: "working days"."""
        return f"{self.count} days"

    def lasting(self, start: pd.Series, end: pd.Series) -> pd.Series:
        """Days between two dates, as the lesson counts."""
        found: pd.Series = days.days_between(start, end, self.count, self.calendar)
        return found

    def curve(self, cases: pd.DataFrame) -> pd.DataFrame:
        """Share of these cases that is done after so many days."""
        return waiting.completed_by(cases, self.day, self.calendar, self.count)


def cases(
    opened: Book,
    period: str = "all",
    as_of: str = "book",
    count: Literal["working", "calendar"] = "working",
) -> Cases:
    """Which cases were there, how long did each last, which are open?

    Parameters
    ----------
    opened : Book
    period : cases that began in it: "all", "book" (the book's own), a year, a quarter or a month.
    as_of : day of the look; "book" for the last day on which a case or an activity began or ended,
        since nothing is known of the time behind it.
    count : "working" days, by the table `calendar` or from Monday to Friday; or "calendar" days.

    Raises
    ------
    ValueError
        For an odd count, day or period, and where no case had begun.
    """
    if count not in ("working", "calendar"):
        raise ValueError(f"count is {count!r}; use 'working' or 'calendar'")
    table = opened.counted("cases")
    if "end" not in table:
        table = table.assign(end=pd.NaT)
    undated = int(table["start"].isna().sum())
    table = table[table["start"].notna()]
    start, end = opened.period_dates(period)
    inside = pd.Series(True, index=table.index)
    if start is not None and end is not None:
        inside = (table["start"] >= pd.Timestamp(start)) & (table["start"] <= pd.Timestamp(end))
    events = opened.table("case_events") if opened.has("case_events") else None
    written = [table["start"], table["end"]]
    if events is not None:
        events = events.assign(end=events.get("end", pd.NaT))
        events = events[events["case_id"].isin(table["case_id"])]
        written += [events["start"], events["end"]]
    last = pd.concat(written).max()
    day = last if as_of == "book" else pd.Timestamp(days.as_day(as_of))
    chosen = table[inside]
    if chosen.empty or not (chosen["start"] <= day).any():
        raise ValueError(
            "no case had begun: choose a later as_of, another period, or add rows to the table "
            "cases"
        )
    known = waiting.known_cases(chosen, day)
    recorded = waiting.recorded_from(table, day)
    cut = 0 if recorded is None else int((known["start"] < recorded).sum())
    if recorded is not None and cut == len(known):
        raise ValueError(
            f"cases: no end before {recorded:%Y-%m-%d} is in the file, so of the cases begun "
            "before only those that lasted are; choose a later period, or add the rows"
        )
    known = known[known["start"] >= recorded] if recorded is not None else known
    later = int((chosen["start"] > day).sum()) + int((~inside).sum())
    calendar = opened.table("calendar") if opened.has("calendar", "workday") else None
    done = known["end"].notna()
    until = known["end"].fillna(day)
    known = known.assign(
        done=done, lasted=days.days_between(known["start"], until, count, calendar)
    )
    if events is not None:
        events = events[events["case_id"].isin(known["case_id"])]
        events = events[events["start"].notna() & (events["start"] <= day)]
        events = events.assign(end=events["end"].where(events["end"] <= day))
        events = None if events.empty else events.reset_index(drop=True)
    return Cases(
        name=opened.name,
        count=count,
        day=pd.Timestamp(day),
        own_day=as_of == "book",
        cases=known.reset_index(drop=True),
        events=events,
        feeders=opened.table("feeders") if opened.has("feeders") else None,
        calendar=calendar,
        uncovered=days.uncovered(calendar, known["start"], until) if count == "working" else 0,
        later=later,
        undated=undated,
        recorded=recorded,
        cut=cut,
        passed_over=opened.period if period == "all" and opened.period != "all" else "",
    )


def book_in_numbers(found: Cases) -> Finding:
    """Which book, how many cases, and how many are open?"""
    rows = found.cases
    numbers: dict[str, Any] = {
        "book": found.name, "n": len(rows), "accounts": rows["account_id"].nunique(),
        "first": f"{rows['start'].min():%Y-%m-%d}", "last": f"{rows['start'].max():%Y-%m-%d}",
        "open": int((~rows["done"]).sum()), "done": int(rows["done"].sum()),
        "day": f"{found.day:%Y-%m-%d}", "later": found.later, "undated": found.undated,
        "uncovered": found.uncovered, "period": found.passed_over, "cut": found.cut,
        "recorded": "" if found.recorded is None else f"{found.recorded:%Y-%m-%d}",
        "activities": 0 if found.events is None else len(found.events),
        "kinds": [] if found.events is None
        else sorted(found.events["activity"].dropna().astype("str").unique()),
    }  # fmt: skip
    says = [
        "**{book}**: {n:count case} of {accounts:count account}, begun from {first} to {last}; "
        "{done:,} done, {open:,} open on {day}.",
        "That is the last day on which anything is written, and the day of the look."
        if found.own_day
        else "That is the day of the look that was asked for.",
    ]
    if found.events is not None:
        says.append(
            "{activities:count activity/activities} of these cases stand in case_events, by name: "
            "{kinds:names}."
            if 1 < len(numbers["kinds"]) <= MOST_NAMES
            else "{activities:count activity/activities} of these cases stand in case_events."
        )
    if found.later:
        says.append("{later:count case} that began later, or outside of the period, stand aside.")
    if found.cut:
        says.append(
            "No case in the file was done before {recorded}, so of those begun before it only the "
            "slow ones are here: {cut:count case} begun before stand aside, or the early years "
            "would look slow."
        )
    if found.undated:
        says.append("{undated:count case} without a beginning stand aside.")
    if found.passed_over:
        says.append("The book's own period ({period}) is not used: cases of all years are taken.")
    if found.count == "calendar":
        says.append("Every day counts, Sundays and holidays too.")
    elif found.calendar is None:
        says.append(
            "The book has no calendar of working days: Monday to Friday are counted, holidays "
            "among them. The table calendar would say which days were worked."
        )
    elif found.uncovered:
        says.append(
            "{uncovered:count day} are not in the calendar; of these Monday to Friday are counted."
        )
    return Finding(numbers, tuple(says))


def pencil() -> pd.DataFrame:
    """Five cases on a napkin."""
    return pd.DataFrame(
        {
            "start": pd.to_datetime(
                ["2024-09-23", "2024-09-26", "2024-10-08", "2024-10-11", "2024-10-14"]
            ),
            "end": pd.to_datetime(["2024-09-27", "2024-10-09", "2024-10-18", "2024-10-16", None]),
            "promise": pd.to_datetime(
                ["2024-09-30", "2024-10-10", "2024-10-15", "2024-10-18", "2024-10-16"]
            ),
        },
        index=pd.Index(["Anhe", "Boda", "Chenxi", "Dafeng", "Enkang"], name="account"),
    )  # fmt: skip


def napkin_calendar() -> pd.DataFrame:
    """The days of September and October 2024 in China: free from 1 to 7 October, worked on Sunday
    29 September and Saturday 12 October.
    """
    date = pd.date_range("2024-09-01", "2024-10-31")
    free = date.isin(pd.date_range("2024-10-01", "2024-10-07"))
    extra = date.isin(pd.to_datetime(["2024-09-14", "2024-09-29", "2024-10-12"]))
    holiday = date.isin(pd.to_datetime(["2024-09-16", "2024-09-17"]))
    worked = ((date.day_of_week < days.WEEK) & ~free & ~holiday) | extra
    return pd.DataFrame({"date": date, "workday": worked.astype(int)})


def _few(found: Cases) -> bool:
    return len(found.cases) < FEWEST


def done_by(found: Cases) -> Finding:
    """By when is half of the cases done, the open ones kept?"""
    curve = found.curve(found.cases)
    done = found.cases[found.cases["done"]]
    if curve.empty:
        return unknown(
            "No case is done yet, so nothing says how long one takes; cases.end would.",
        )
    median, low, high = waiting.time_until(curve)
    ninety = waiting.time_until(curve, 0.9)[0]
    closed = float(done["lasted"].median())
    numbers: dict[str, Any] = {
        "n": len(found.cases), "open": int((~found.cases["done"]).sum()), "unit": found.unit,
        "closed": closed, "closed_in_words": found.words(closed), "half": 0.5, "most": 0.9,
        "last": float(curve["share"].iloc[-1]), "count": found.count,
    }  # fmt: skip
    if np.isnan(median):
        says = [
            "Of all cases {last:percent0} are done by the last day that is known; by when "
            "{half:percent0} are, is not known yet."
        ]
        title = "Fewer than half of the cases are done so far"
    else:
        numbers |= {"median": median, "in_words": found.words(median)}
        says = ["Half of the cases are done within {in_words}"]
        if not _few(found) and np.isfinite(low) and np.isfinite(high):
            numbers |= {"low": low, "high": high}
            says[0] += " (95 %: {low:,.0f} to {high:,.0f})."
        elif not _few(found) and np.isfinite(low):
            numbers |= {"low": low}
            says[0] += " (95 %: {low:,.0f} or more)."
        else:
            says[0] += "."
        title = "Half of the cases are done within {in_words}"
    if np.isfinite(ninety):
        numbers |= {"ninety": ninety, "ninety_in_words": found.words(ninety)}
        says.append("{most:percent0} are done within {ninety_in_words}.")
    if not numbers["open"]:
        says.append("No case is open, so nothing had to be left out.")
    elif np.isnan(median) or closed < median:
        says.append(
            "Without the {open:count open case} it would be {closed_in_words}: who leaves out "
            "what is not done yet leaves out some of the slow ones."
        )
    else:
        says.append(
            "Without the {open:count open case} it would be {closed_in_words}, no less: here few "
            "are open, or they have not been open for long."
        )
    return Finding(
        numbers,
        tuple(says),
        picture=_done_picture(
            found,
            found.cases,
            title,
            "Two curves that rise from nothing: the share of cases that is done after so many "
            "{unit}, once with the {open:count open case} kept, once of the done ones only.",
        ),
    )


def recent(found: Cases, days_back: int = 180) -> Finding:
    """How long do the cases of the last months take, of which many are still open?

    Parameters
    ----------
    days_back : calendar days before the day of the look, in which they began.
    """
    if days_back < 1:
        raise ValueError(f"days_back is {days_back}: expected calendar days, 1 or more")
    late = found.cases[found.cases["start"] > found.day - pd.Timedelta(days=days_back)]
    numbers: dict[str, Any] = {
        "days_back": days_back, "n": len(late), "open": int((~late["done"]).sum()),
        "needed": FEWEST,
    }  # fmt: skip
    if len(late) < FEWEST or not late["done"].any():
        return unknown(
            "Of the cases that began in the last {days_back} days there are {n:,}, {open:,} of "
            "them open: too few to say how long they take; {needed} are needed, and one that is "
            "done.",
            **numbers,
        )
    median, low, high = waiting.time_until(found.curve(late))
    closed = float(late.loc[late["done"], "lasted"].median())
    numbers |= {"closed": closed, "closed_in_words": found.words(closed)}
    says = [
        "{n:count case} began in the last {days_back} calendar days, and {open:,} of them are open."
    ]
    if np.isnan(median):
        says.append(
            "Fewer than half have been seen to their end. Half of those that are done took "
            "{closed_in_words} or less: they are among the quick ones."
        )
        return Finding(numbers, tuple(says))
    numbers |= {"median": median, "in_words": found.words(median)}
    if np.isfinite(low) and np.isfinite(high):
        numbers |= {"low": low, "high": high}
        says.append(
            "With the open ones kept half are done within {in_words} "
            "(95 %: {low:,.0f} to {high:,.0f})."
        )
    elif np.isfinite(low):
        numbers["low"] = low
        says.append(
            "With the open ones kept half are done within {in_words} (95 %: {low:,.0f} or more)."
        )
    else:
        says.append("With the open ones kept half are done within {in_words}.")
    says.append("Half of those that are done already took {closed_in_words} or less.")
    title = "Of the cases of the last {days_back} days half are done within {in_words}"
    if closed < median:
        says.append(
            "That is no speed: to leave out the open ones makes the last months look faster."
        )
        title += ", not {closed_in_words}"
    return Finding(
        numbers,
        tuple(says),
        picture=_done_picture(
            found,
            late,
            title,
            "Two curves for the {n:count case} of the last {days_back} days: the share that is "
            "done after so many days with the {open:,} open ones kept, dotted where few were "
            "followed so long, and of the done ones only.",
        ),
    )


def _done_picture(found: Cases, rows: pd.DataFrame, title: str, alt: str) -> Picture:
    """The share of some cases that is done after so many days, with the open ones and without."""
    curve = found.curve(rows)
    alone = rows.loc[rows["done"], "lasted"].value_counts(normalize=True).sort_index().cumsum()
    return Picture(
        lambda shown: figures.done_plot(
            curve, alone, shown, f"{found.unit} from the beginning", "share of cases done"
        ),
        title,
        alt,
    )


def readings(found: Cases) -> Finding:
    """How far does the answer hang on what a day is?"""
    ways: dict[str, tuple[pd.DataFrame | None, str]] = {
        "calendar days": (None, "calendar"), "Monday to Friday": (None, "working"),
    }  # fmt: skip
    if found.calendar is not None:
        ways["working days of the calendar"] = (found.calendar, "working")
    rows = []
    for name, (calendar, count) in ways.items():
        for first_day in (False, True):
            curve = waiting.completed_by(
                found.cases, found.day, calendar, count, first_day=first_day
            )
            value, low, high = waiting.time_until(curve) if len(curve) else (np.nan,) * 3
            reading = f"{name}, first day counted" if first_day else name
            rows.append({"reading": reading, "median": value, "low": low, "high": high})
    table = pd.DataFrame(rows)
    if table["median"].isna().all():
        return unknown("Not half of the cases are done, so no reading has a middle yet.")
    if _few(found):
        table = table.drop(columns=["low", "high"])
    numbers = {"least": float(table["median"].min()), "most": float(table["median"].max())}
    return Finding(
        numbers,
        (
            "The same cases take {least:,.0f} to {most:,.0f} days, as one counts. A promise of "
            "days says nothing until it says which.",
        )
        if numbers["least"] < numbers["most"]
        else ("All readings give {least:,.0f} days here.",),
        table,
        columns={
            "reading": Shown("what is counted"), "median": Shown("half are done by", ",.0f"),
            "low": Shown("from (95 %)", ",.0f"), "high": Shown("to (95 %)", ",.0f"),
        },
    )  # fmt: skip


def _judged(found: Cases, rows: pd.DataFrame, name: str) -> dict[str, Any] | None:
    """One promise: how many were due, and which share was kept."""
    if rows.empty:
        return None
    line = waiting.within_promise(rows, found.day).iloc[0]
    few = line["due"] < FEWEST
    return {
        "promise": name, "due": int(line["due"]), "kept": int(line["kept"]),
        "share": line["share"], "low": np.nan if few else line["low"],
        "high": np.nan if few else line["high"], "open_late": int(line["open_late"]),
        "not_due": int(line["not_due"]) + int(line["unpromised"]),
    }  # fmt: skip


def _promised(found: Cases, rows: pd.DataFrame, limit: float) -> pd.DataFrame:
    if found.count == "working":
        due = days.add_working_days(rows["start"], limit, found.calendar)
    else:
        due = rows["start"] + pd.to_timedelta(np.ceil(limit), unit="D")
    return rows.assign(promise=due)


def _limit(name: str, value: float) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value:g}: a promise is a number of days, 0 or more")
    return float(value)


def promises(
    found: Cases,
    single: float = 15,
    dual: float = 30,
    reply: str = "company_review",
    others: tuple[tuple[str, int], ...] = (
        ("design_review", 10),
        ("mid_inspection", 5),
        ("completion_inspection", 5),
        ("energise", 5),
    ),
) -> Finding:
    """Which share was done by the day that was promised?

    Parameters
    ----------
    single, dual : days until the plan is answered, for one and for two sources.
    reply : the activity that ends with the answer.
    others : activities with the days that each may take.
    """
    _limit("single", single), _limit("dual", dual)
    rows: list[dict[str, Any] | None] = []
    if "promise" in found.cases and found.cases["promise"].notna().any():
        rows.append(_judged(found, found.cases, "the day promised"))
    there = set() if found.events is None else set(found.events["activity"])
    if found.events is not None and reply in there:
        answered = activities.span_of(found.events, found.cases, reply)
        two = (
            answered["dual_source"].fillna(0) == 1
            if "dual_source" in answered
            else pd.Series(False, index=answered.index)
        )
        for limit, part, called in (
            (single, answered[~two], "one source"), (dual, answered[two], "two sources")
        ):  # fmt: skip
            name = f"plan answered, {called}: {limit:g} days"
            rows.append(_judged(found, _promised(found, part, limit), name))
    for name, limit in others:
        _limit(f"others ({name})", limit)
        if found.events is not None and name in there:
            part = found.events[found.events["activity"] == name]
            owner = found.cases.set_index("case_id")["account_id"]
            part = part.assign(account_id=part["case_id"].map(owner)).dropna(subset=["account_id"])
            rows.append(_judged(found, _promised(found, part, limit), f"{name}: {limit:g} days"))
    table = pd.DataFrame([row for row in rows if row is not None and row["due"]])
    if table.empty:
        return unknown(
            "No promise is known whose day has come: cases.promise would give the day, or "
            "case_events the activities that the limits are set for."
        )
    first = table.iloc[0]
    numbers: dict[str, Any] = {
        "promise": first["promise"], "share": float(first["share"]), "due": int(first["due"]),
        "kept": int(first["kept"]), "open_late": int(table["open_late"].sum()),
        "frame": table.set_index("promise"), "unit": found.unit, "n": len(table),
    }  # fmt: skip
    says = ["“{promise}”: {kept:,} of {due:,} that have come due were kept, {share:percent}"]
    if np.isfinite(first["low"]):
        numbers |= {"low": float(first["low"]), "high": float(first["high"])}
        says[0] += " (95 %: {low:percent} to {high:percent})."
    else:
        says[0] += "."
    if len(table) > 1:
        worst = table.loc[table["share"].idxmin()]
        numbers |= {"worst": worst["promise"], "worst_share": float(worst["share"])}
        says.append("The promise that is kept least often is “{worst}”: {worst_share:percent}.")
    if numbers["open_late"]:
        says.append(
            "Not done by the end of their day, still open and so not kept: {open_late:,}; the day "
            "of the look counts as over."
        )
    shown = table.set_index("promise")
    drawn = shown.assign(
        low=shown["low"].fillna(shown["share"]), high=shown["high"].fillna(shown["share"])
    )
    return Finding(
        numbers,
        tuple(says),
        table,
        columns={
            "promise": Shown("promise ({unit})"), "due": Shown("due", ",.0f"),
            "kept": Shown("kept", ",.0f"), "share": Shown("share", "percent"),
            "low": Shown("from (95 %)", "percent"), "high": Shown("to (95 %)", "percent"),
            "open_late": Shown("due, still open", ",.0f"),
            "not_due": Shown("not due, or no promise", ",.0f"),
        },
        picture=Picture(
            lambda title: figures.share_plot(drawn, title, "share kept, of those due"),
            "“{promise}”: kept in {share:percent0} of cases",
            "The share kept of each of {n:count promise}, with its interval where there is one.",
        ),
    )  # fmt: skip


def _no_events(found: Cases) -> Finding:
    return unknown(
        "The book does not say what was done for a case, from when to when: the table case_events "
        "would (case_id, activity, start, end)."
    )


def stages(found: Cases) -> Finding:
    """How long does each activity take?"""
    if found.events is None or found.events["end"].isna().all():
        return _no_events(found)
    table = activities.stage_durations(found.events, found.calendar, found.count)
    table = table[table["done"] > 0]
    longest = table.sort_values("median", ascending=False, kind="stable").iloc[0]
    numbers: dict[str, Any] = {
        "activities": len(table), "longest": str(longest.name), "unit": found.unit,
        "median": float(longest["median"]), "in_words": found.words(float(longest["median"])),
        "q90": float(longest["q90"]), "frame": table, "part": 0.9,
    }  # fmt: skip
    says = [
        "Half of the cases are through “{longest}” within {in_words}, {part:percent0} within "
        "{q90:,.0f}."
    ]
    if len(table) > 1:
        says.insert(0, "Of {activities:count activity/activities}, “{longest}” takes longest.")
    return Finding(
        numbers,
        tuple(says),
        table.reset_index()[["activity", "done", "running", "median", "low", "high", "q90"]],
        show_table=False,
        columns={
            "activity": Shown("activity"), "done": Shown("done", ",.0f"),
            "running": Shown("running", ",.0f"), "median": Shown("median, {unit}", ",.1f"),
            "low": Shown("from (95 %)", ",.0f"), "high": Shown("to (95 %)", ",.0f"),
            "q90": Shown("{part:percent0} within", ",.0f"),
        },
        picture=Picture(
            lambda title: figures.stage_plot(table, title, f"{found.unit} of the activity"),
            "“{longest}” takes longest: {in_words} in the middle"
            if len(table) > 1
            else "“{longest}” takes {in_words} in the middle",
            "For each of {activities:count activity/activities} the middle half of its days, the "
            "median, and the days within which {part:percent0} are done.",
        ),
    )  # fmt: skip


def _by_account(found: Cases, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of cases (index: case_id) added up by account."""
    owner = found.cases.assign(case_id=found.cases["case_id"].astype("str"))
    return rows.groupby(rows.index.map(owner.set_index("case_id")["account_id"])).sum()


def _finished(found: Cases) -> pd.DataFrame:
    """Activities of the cases that are done and have an end for each: one set of cases for all
    that a table says of paths.
    """
    events = found.events if found.events is not None else pd.DataFrame({"case_id": [], "end": []})
    done = set(found.cases.loc[found.cases["done"], "case_id"].astype("str"))
    running = set(events.loc[events["end"].isna(), "case_id"].astype("str"))
    return events[events["case_id"].astype("str").isin(done - running)]


def path(found: Cases, draws: int | None = None) -> Finding:
    """Which activity decides when a case is done, and for how many of its days?"""
    if found.events is None:
        return _no_events(found)
    events = _finished(found)
    if events.empty:
        return unknown(
            "No case that is done has an end for all of its activities, so no path through one is "
            "known; case_events.end would show it."
        )
    table = activities.days_on_path(events, found.calendar, found.count)
    whole = float(table.to_numpy().sum())
    if not whole:
        return unknown("All activities were done on the day on which they began: no days to share.")
    share = (table.sum() / whole).sort_values(ascending=False, kind="stable")
    share = share[share > 0]
    beside = activities.stage_durations(events, found.calendar, found.count)["share"]
    frame = pd.DataFrame({"share": share, "added_up": beside.reindex(share.index)})
    numbers: dict[str, Any] = {
        "cases": len(table), "first": str(share.index[0]), "share": float(share.iloc[0]),
        "waiting": float(share.get(activities.WAITING, 0.0)), "waits": activities.WAITING,
    }  # fmt: skip
    sums = _by_account(found, table)
    if len(sums) >= FEWEST:
        rng = np.random.default_rng(20)
        drawn = drawn_counts(len(sums), draws or DRAWS, rng) @ sums[share.index].to_numpy()
        parts = drawn / drawn.sum(axis=1, keepdims=True)
        ends = np.array([percentile_limits(column) for column in parts.T])
        frame["low"] = np.minimum(ends[:, 0], frame["share"])
        frame["high"] = np.maximum(ends[:, 1], frame["share"])
        numbers |= {"low": float(frame["low"].iloc[0]), "high": float(frame["high"].iloc[0])}
        if len(share) > 1:
            gap = percentile_limits(parts[:, 0] - parts[:, 1])[0]
            numbers |= {"second": str(share.index[1]), "ahead": bool(gap > 0)}
    numbers["frame"] = frame
    says = ["Of the days of {cases:count finished case}, “{first}” took {share:percent}"]
    says[0] += " (95 %: {low:percent} to {high:percent})." if "low" in numbers else "."
    if numbers.get("ahead"):
        says.append("It is the bottleneck: no other activity comes near.")
        if frame["share"].iloc[1] > 0.5 * frame["share"].iloc[0]:
            says[-1] = "It takes more days than any other."
    elif "ahead" in numbers:
        says.append("Whether it or “{second}” takes more is not told by these cases.")
    if numbers["waiting"]:
        says.append("In {waiting:percent} of the days nothing was written down: {waits}.")
    reset = frame.rename_axis("activity").reset_index()
    return Finding(
        numbers,
        tuple(says),
        reset,
        columns={
            "activity": Shown("activity"),
            "share": Shown("share of the days waited for", "percent"),
            "added_up": Shown("share of all days added up", "percent"),
            "low": Shown("from (95 %)", "percent"), "high": Shown("to (95 %)", "percent"),
        },
    )  # fmt: skip


def causes(found: Cases, draws: int | None = None) -> Finding:
    """Which causes took how many of the days that were lost?"""
    events = found.events
    if events is None or "delay_days" not in events or "cause" not in events:
        return unknown(
            "The book does not say why days were lost: case_events.delay_days and "
            "case_events.cause would."
        )
    if not float(events["delay_days"].fillna(0).sum()):
        return unknown("No delay is written down in case_events.delay_days.")
    owner = found.cases.set_index(found.cases["case_id"].astype("str"))["account_id"]
    accounts = events["case_id"].astype("str").map(owner)
    enough = accounts.nunique() >= FEWEST
    # an account's cases hang together, so accounts are drawn
    table = activities.delay_by_cause(
        events.assign(case_id=accounts), draws=(draws or DRAWS) if enough else 0
    )
    table["low"] = np.minimum(table["low"], table["share"])
    table["high"] = np.maximum(table["high"], table["share"])
    most = str(table["delays"].idxmax())
    numbers: dict[str, Any] = {
        "first": str(table.index[0]), "share": float(table["share"].iloc[0]),
        "days": float(table["days"].sum()), "delays": int(table["delays"].sum()),
        "often": most, "often_share": float(table.loc[most, "share_of_delays"]),
        "often_days": float(table.loc[most, "share"]), "frame": table, "n": len(table),
        "each": float(table["days"].iloc[0] / table["delays"].iloc[0]),
        "often_each": float(table.loc[most, "days"] / table.loc[most, "delays"]),
    }  # fmt: skip
    says = [
        "{delays:count delay} cost {days:,.0f} days. “{first}” took {share:percent} of them"
        if numbers["delays"] > 1
        else "{delays:count delay} cost {days:,.0f} days. “{first}” took {share:percent} of it"
    ]
    if enough:
        numbers |= {"low": float(table["low"].iloc[0]), "high": float(table["high"].iloc[0])}
        says[0] += " (95 %: {low:percent} to {high:percent})."
    else:
        says[0] += "."
    if most != numbers["first"]:
        says.append(
            "By number the first would be “{often}”, with {often_share:percent} of the delays and "
            "{often_days:percent} of the days: it costs {often_each:,.1f} days each time, "
            "“{first}” {each:,.1f}."
        )
    return Finding(
        numbers,
        tuple(says),
        table.reset_index(),
        show_table=False,
        columns={
            "cause": Shown("cause"), "delays": Shown("delays", ",.0f"),
            "days": Shown("days", ",.0f"),
            "share": Shown("share of days", "percent"), "low": Shown("from (95 %)", "percent"),
            "high": Shown("to (95 %)", "percent"), "cumulated": Shown("cumulated", "percent"),
            "share_of_delays": Shown("share of delays", "percent"),
        },
        picture=Picture(
            lambda title: figures.pareto_plot(table, title, "share"),
            "“{first}” takes {share:percent0} of the lost days",
            "For each of {n:count cause} two bars: its share of the lost days, and its share of "
            "the "
            "delays by number.",
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """Cases of the channel beside the others."""

    #: Rows of cases with `days`, `queue` and what they are compared on.
    frame: pd.DataFrame
    known: tuple[str, ...]
    #: Asked for, and not in the book or without a difference.
    lacking: tuple[str, ...]
    followed: int
    #: Still open, counted with the days that they have lasted.
    open: int
    #: Began too late to be followed.
    late: int
    effects: Mapping[str, channel.Effect]
    #: Why there is nothing to compare; empty where there is.
    why: str
    #: By method, why it says nothing.
    silent: Mapping[str, str]


def _early(found: Cases, followed: int) -> pd.DataFrame:
    """Cases that began so long before the day of the look, with their queue."""
    if followed < 0:
        raise ValueError(f"followed is {followed}: expected calendar days, 0 or more")
    by = "district" if "district" in found.cases else None
    queue = waiting.in_flight(found.cases, found.day, by)
    frame = found.cases.assign(queue=queue, days=found.cases["lasted"])
    return frame[frame["start"] <= found.day - pd.Timedelta(days=followed)]


def _clusters(frame: pd.DataFrame) -> str | None:
    """What hangs together: accounts, where there are enough of them."""
    return "account_id" if frame["account_id"].nunique() >= FEWEST else None


def compare(found: Cases, known: tuple[str, ...] = KNOWN, followed: int = 240) -> Compared:
    """The cases of the channel and the others, by each method.

    Parameters
    ----------
    known : what was known of a case when it began, and they are compared on.
    followed : calendar days: only cases that began so long before the day of the look count, since
        of the later ones only the quick are done. Those still open count with the days they have
        lasted, which are fewer than they will be.
    """
    known = tuple(known)
    if odd := [name for name in known if name not in MAY_BE_KNOWN]:
        raise ValueError(f"known names {odd[0]!r}; use some of {', '.join(MAY_BE_KNOWN)}")
    if not known:
        raise ValueError(f"known is empty: name what differs, such as {', '.join(KNOWN[:2])}")
    frame = _early(found, followed)
    there = tuple(name for name in known if name in frame and frame[name].nunique(dropna=True) > 1)
    if not set(there) - {"queue", "district"}:
        there = ()  # of the case itself nothing is known, so nothing is held equal
    empty: dict[str, channel.Effect] = {}
    late = len(found.cases) - len(frame)
    base = Compared(
        frame, there, tuple(name for name in known if name not in there), followed,
        int((~frame["done"]).sum()), late, empty, "", {},
    )  # fmt: skip
    if "green_channel" not in frame or frame["green_channel"].isna().all():
        why = (
            "The book does not say which cases went through a green channel (or whatever else was "
            "tried): cases.green_channel would, with what was known of each case before."
        )
        return _with(base, why=why)
    flag = frame["green_channel"]
    small = min(int((flag == 1).sum()), int((flag == 0).sum()))
    if small < FEWEST:
        why = (
            "Too few cases to compare: fewer than {needed} in the channel or beside it, of those "
            "that began {followed} calendar days or more before the day of the look."
        )
        return _with(base, why=why)
    effects, silent = dict(empty), {}
    clusters = _clusters(frame)
    for method in channel.METHODS:
        if method != "naive" and not there:
            silent[method] = "nothing is known of a case when it began"
            continue
        try:
            effects[method] = channel.channel_effect(
                frame, () if method == "naive" else there, method, clusters=clusters
            )
        except ValueError as error:
            silent[method] = str(error)
    return _with(base, effects=effects, silent=silent)


def _with(base: Compared, **changes: Any) -> Compared:
    return Compared(**(vars(base) | changes))


def _nothing_to_compare(found: Cases, compared: Compared) -> Finding:
    return unknown(compared.why, needed=FEWEST, followed=compared.followed)


def naive(found: Cases, compared: Compared) -> Finding:
    """How do the cases of the channel differ as they stand?"""
    if "naive" not in compared.effects:
        return _nothing_to_compare(found, compared)
    effect = compared.effects["naive"]
    flag = compared.frame["green_channel"] == 1
    inside, outside = (float(compared.frame.loc[here, "days"].mean()) for here in (flag, ~flag))
    numbers: dict[str, Any] = {
        "treated": effect.treated, "others": effect.others, "inside": inside, "outside": outside,
        "value": effect.value, "low": effect.low, "high": effect.high, "unit": found.unit,
        "late": compared.late, "open": compared.open, "followed": compared.followed,
    }  # fmt: skip
    says = [
        "{treated:count case} of the channel took {inside:,.1f} {unit} on average, {others:,} "
        "others {outside:,.1f}: a difference of {value:+.1f} (95 %: {low:+.1f} to {high:+.1f})."
    ]
    if effect.low <= 0 <= effect.high:
        says.append("As they stand no difference is told.")
    elif effect.value > 0:
        says.append("As they stand the cases of the channel are slower.")
    else:
        says.append("As they stand the cases of the channel are faster.")
    if compared.late:
        says.append(
            "Not counted, since they could not be followed for {followed} calendar days: "
            "{late:count case}."
        )
    if compared.open:
        says.append("{open:,} of those counted are still open, and will take longer than this.")
    return Finding(numbers, tuple(says))


def balance(found: Cases, compared: Compared) -> Finding:
    """Are the cases of the channel like the others, before and after weighting?"""
    if "naive" not in compared.effects:
        return _nothing_to_compare(found, compared)
    effect = compared.effects.get("aipw") or compared.effects.get("regression")
    if effect is None or not len(compared.known):
        return unknown(
            "Nothing is known of a case before it was let into the channel: complexity, priority, "
            "kind or dual_source in cases would say how the two groups differ."
            if not compared.known
            else "Whether a case went through the channel follows from what is known of it: no "
            "case "
            "in the channel has one like it outside."
        )
    table = effect.balance.copy()
    table.index = pd.Index(
        [NAMES.get(name.split(": ")[0], name) + (f": {name.split(': ')[1]}" if ": " in name else "")
         for name in table.index], name="known",
    )  # fmt: skip
    largest = table["before"].abs().idxmax()
    numbers: dict[str, Any] = {
        "limit": channel.BALANCED, "n": len(table), "largest": str(largest),
        "before": float(table.loc[largest, "before"]), "lacking": [
            NAMES[name] for name in compared.lacking
        ],
        "unlike": int((table["before"].abs() > channel.BALANCED).sum()), "frame": table,
    }  # fmt: skip
    says = [
        "Of {n:count thing} known of a case beforehand, the groups differ in {unlike:,} by more "
        "than {limit:.1f} standard deviations; most in {largest} ({before:+.2f})."
        if numbers["unlike"]
        else "In all {n:count thing} known of a case beforehand the groups differ by "
        "{limit:.1f} standard deviations or less."
    ]
    if table["after"].notna().any():
        numbers["after"] = float(table["after"].abs().max())
        says.append(
            "After weighting the largest difference is {after:.2f}: balanced."
            if numbers["after"] <= channel.BALANCED
            else "After weighting the largest difference is {after:.2f}: not balanced yet."
        )
    if overlap := effect.overlap:
        numbers |= {
            "outside": overlap.treated_outside + overlap.others_outside,
            "all": effect.treated + effect.others, "worth": overlap.treated_effective,
            "treated": effect.treated,
        }  # fmt: skip
        says.append(
            "The chances of {outside:,} of {all:,} cases lie outside of the range that both groups "
            "have; weighted, the {treated:,} of the channel tell as much as {worth:,.0f} that all "
            "count alike."
        )
    if compared.lacking:
        says.append("Not known, or the same for all: {lacking:names}.")
    shown = table.reset_index()
    return Finding(
        numbers,
        tuple(says),
        shown if table["after"].notna().any() else shown.drop(columns="after"),
        columns={
            "known": Shown("known beforehand"),
            "before": Shown("difference before, standard deviations", "+.2f"),
            "after": Shown("after weighting", "+.2f"),
        },
    )


def effects(found: Cases, compared: Compared) -> Finding:
    """Did the channel make cases faster, others like them beside?"""
    if "naive" not in compared.effects:
        return _nothing_to_compare(found, compared)
    table = pd.DataFrame(
        {
            CALLED[name]: {"value": item.value, "low": item.low, "high": item.high}
            for name, item in compared.effects.items()
        }
    ).T.rename_axis("method")
    best = compared.effects.get("aipw") or compared.effects.get("regression")
    if best is None:
        return unknown(
            "Only the cases as they stand can be compared, and that compares unlike with unlike: "
            "more cases, or complexity, priority, kind and dual_source in cases, would tell more."
        )
    plain = compared.effects["naive"]
    numbers: dict[str, Any] = {
        "value": best.value, "low": best.low, "high": best.high, "unit": found.unit,
        "method": CALLED[best.method], "naive": plain.value, "frame": table, "n": len(table),
        "known": [NAMES[name] for name in compared.known],
        "least": float(table.drop(CALLED["naive"])["value"].min()),
        "most": float(table.drop(CALLED["naive"])["value"].max()),
    }  # fmt: skip
    says = [
        "With {known:names} held equal the difference is {value:+.1f} {unit} (95 %: {low:+.1f} to "
        "{high:+.1f}), by {method}."
    ]
    if len(table) > 2:
        says.append("The adjusted methods say {least:+.1f} to {most:+.1f}.")
    if best.high < 0:
        says.append("Cases of the channel are faster than others like them.")
        title = "Beside cases like them, those of the channel are faster: {value:+.1f} {unit}"
        if plain.low <= 0 <= plain.high or plain.value > 0:
            says.append(
                "As they stand ({naive:+.1f}) that is hidden: the channel was given to cases that "
                "take longer anyway."
            )
    elif best.low > 0:
        says.append("Cases of the channel are slower than others like them.")
        title = "Beside cases like them, those of the channel are slower: {value:+.1f} {unit}"
    else:
        says.append("Whether the channel helped is not told by these cases.")
        title = "Whether the channel helped is not told: {value:+.1f} {unit}"
    says.append(
        "That it is the channel's doing rests on this: nothing that is not in the table drives "
        "both who gets the channel and how long a case takes."
    )
    return Finding(
        numbers,
        tuple(says),
        table.reset_index(),
        columns={
            "method": Shown("method"), "value": Shown("difference, {unit}", "+.1f"),
            "low": Shown("from (95 %)", "+.1f"), "high": Shown("to (95 %)", "+.1f"),
        },
        picture=Picture(
            lambda title: figures.forest_plot(
                table, title, f"{found.unit}, channel less others (below 0: faster)"
            ),
            title,
            "The difference between cases of the channel and others with its interval, by "
            "{n:count method}; a line marks no difference.",
        ),
    )  # fmt: skip


def unseen(found: Cases, compared: Compared) -> Finding:
    """How strong would something that nobody wrote down have to be to make the effect nothing?"""
    best = compared.effects.get("aipw") or compared.effects.get("regression")
    if best is None or len(compared.known) < 2:
        return unknown(
            "Trying what is left without one of the things known takes two of them and an "
            "adjusted comparison."
        )
    table = _left_out(compared, best)
    if len(table) < 2:
        return unknown("Without one of the things known no comparison is left.")
    moved = (table["value"] - best.value).abs()
    worst = str(moved.iloc[1:].idxmax())
    numbers: dict[str, Any] = {
        "name": worst, "unit": found.unit,
        "would": float(table.loc[worst, "value"]), "value": best.value, "frame": table,
    }  # fmt: skip
    says = [
        "Had nobody written down {name}, the difference would come out as {would:+.1f} in place "
        "of {value:+.1f} {unit}."
    ]
    plain = bounds.strengths(compared.frame, compared.known)
    told = bounds.needed_strength(plain.value, plain.se, plain.df, 0.95)
    if told and best.low * best.high > 0:
        numbers |= {
            "nothing": bounds.needed_strength(plain.value, plain.se, plain.df), "told": told
        }  # fmt: skip
        says.append(
            "Something unseen that explains {nothing:percent} of what is left unexplained of who "
            "gets the channel, and as much of the days, would make it nothing; with "
            "{told:percent} of each it would not be told any more."
        )
        says += _as_strong(table, plain.value, numbers)
    else:
        says.append("It is not told from nothing as it is, so nothing unseen is needed for that.")
    return Finding(
        numbers,
        tuple(says),
        table.rename_axis("known").reset_index(),
        columns={
            "known": Shown("known"), "value": Shown("without it, {unit}", "+.1f"),
            "of_channel": Shown("of the channel", "percent"),
            "of_days": Shown("of the days", "percent"),
            "left": Shown("an unseen one leaves", "+.1f"),
            "low": Shown("from (95 %)", "+.1f"), "high": Shown("to (95 %)", "+.1f"),
        },
    )  # fmt: skip


def _left_out(compared: Compared, best: channel.Effect) -> pd.DataFrame:
    """By thing known: the difference without it, what it explains, and what something unseen that
    is as strong would leave of it.
    """
    rows: dict[str, dict[str, float]] = {"(nothing left out)": {"value": best.value}}
    plain = bounds.strengths(compared.frame, compared.known)
    for name in compared.known:
        rest = [other for other in compared.known if other != name]
        try:
            item = channel.channel_effect(
                compared.frame, rest, best.method, clusters=_clusters(compared.frame)
            )
        except ValueError:
            continue
        rows[NAMES[name]] = {"value": item.value}
        if name in plain.known.index:
            of_channel, of_days = (float(share) for share in plain.known.loc[name])
            left = bounds.left_by_unseen(
                plain.value, plain.se, plain.df, *bounds.as_strong_as(of_channel, of_days)
            )
            rows[NAMES[name]] |= {
                "of_channel": of_channel, "of_days": of_days, "left": left.value, "low": left.low,
                "high": left.high,
            }  # fmt: skip
    columns = ["value", "of_channel", "of_days", "left", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _as_strong(table: pd.DataFrame, value: float, numbers: dict[str, Any]) -> list[str]:
    """What something unseen would leave that is as strong as the strongest thing known."""
    toward = np.sign(value) * table["left"].dropna()
    if toward.empty:
        return []
    row = table.loc[str(toward.idxmin())]
    numbers |= {
        "strong": str(row.name), "of_channel": float(row["of_channel"]),
        "of_days": float(row["of_days"]), "left": float(row["left"]),
        "left_low": float(row["low"]), "left_high": float(row["high"]),
    }  # fmt: skip
    says = [
        "{strong:start} explains {of_channel:percent} of the one and {of_days:percent} of the "
        "other. Something unseen as strong as that, which it does not foretell, would leave "
        "{left:+.1f} (95 %: {left_low:+.1f} to {left_high:+.1f}) of it by regression."
    ]
    if row["low"] * row["high"] > 0 and row["left"] * value > 0:
        says.append(
            "So it would take something stronger than all that was written down. Whether there is "
            "such a thing no table says: ask who gave the channel to whom."
        )
    else:
        says.append(
            "So one thing as strong, and not written down, is enough that nothing is told. Whether "
            "there is such a thing no table says: ask who gave the channel to whom."
        )
    return says


def queue(
    found: Cases, followed: int = 240, by: Literal["district", "kind"] = "district"
) -> Finding:
    """Where do cases queue, and how many days go with one more in flight?

    Parameters
    ----------
    followed : as in `compare`, for the days of one more in flight.
    by : "district", or "kind".
    """
    if by not in ("district", "kind"):
        raise ValueError(f"by is {by!r}; use 'district' or 'kind'")
    if by not in found.cases or found.cases[by].isna().all():
        return unknown(
            "The book does not say to which {by} a case belongs: cases.{by} would.".replace(
                "{by}", by
            )
        )
    table = waiting.queue_by_district(found.cases, found.day, by, found.calendar, found.count)
    numbers: dict[str, Any] = {
        "groups": len(table), "first": str(table.index[0]), "queue": float(table["queue"].iloc[0]),
        "by": by, "frame": table, "unit": found.unit, "median": float(table["median"].iloc[0]),
    }  # fmt: skip
    says = [
        "In {first} a new case met {queue:.1f} others in flight on average"
        + (", the most of {groups} groups by {by}." if len(table) > 1 else ".")
    ]
    slope = _slope(found, followed, by)
    if isinstance(slope, waiting.QueueEffect):
        numbers |= {"slope": slope.slope, "low": slope.low, "high": slope.high, "n": slope.n}
        says.append(
            "With the {by} and what else is known held equal, one more in flight goes with "
            "{slope:+.2f} {unit} (95 %: {low:+.2f} to {high:+.2f})."
        )
        if slope.low <= 0 <= slope.high:
            says.append("Whether a queue makes cases slower is not told.")
        else:
            met = float(_early(found, followed)["queue"].mean())
            numbers |= {
                "met": met, "cost": met * slope.slope, "cost_low": met * slope.low,
                "cost_high": met * slope.high,
            }  # fmt: skip
            says.append(
                "The {n:count case} that could be followed met {met:.1f} on average: {cost:+.1f} "
                "{unit} beside an empty {by} (95 %: {cost_low:+.1f} to {cost_high:+.1f}), if each "
                "of them counts alike."
            )
    else:
        says.append(slope)
    shown = table.reset_index()
    if (table["cases"] < FEWEST).all():
        shown = shown.drop(columns=["low", "high"])
    else:
        few = shown["cases"] < FEWEST
        shown.loc[few, ["low", "high"]] = np.nan
    return Finding(
        numbers,
        tuple(says),
        shown,
        columns={
            by: Shown(by), "cases": Shown("cases", ",.0f"), "open": Shown("open", ",.0f"),
            "queue": Shown("others in flight", ".1f"),
            "median": Shown("half are done by, {unit}", ",.0f"),
            "low": Shown("from (95 %)", ",.0f"), "high": Shown("to (95 %)", ",.0f"),
        },
    )  # fmt: skip


def _slope(found: Cases, followed: int, by: str) -> waiting.QueueEffect | str:
    """Days of one more in flight, or why they are not known."""
    frame = _early(found, followed)
    if by != "district":
        frame = frame.assign(queue=waiting.in_flight(found.cases, found.day, by))
    held = [
        name
        for name in ("complexity", "dual_source", "priority", "green_channel", by)
        if name in frame and frame[name].nunique(dropna=True) > 1
    ]
    if len(frame) < FEWEST:
        return "Too few cases began early enough to say what a queue costs."
    try:
        return waiting.queue_effect(
            frame["days"],
            frame["queue"],
            frame[held],
            frame["account_id"] if _clusters(frame) else None,
        )
    except ValueError:
        return "What one more in flight goes with is not told by so few cases, or so even a queue."


def by_year(found: Cases) -> Finding:
    """Did cases become faster from year to year?"""
    year = found.cases["start"].dt.year
    rows = []
    for name, part in found.cases.groupby(year):
        curve = found.curve(part)
        median, low, high = waiting.time_until(curve) if len(curve) else (np.nan,) * 3
        few = len(part) < FEWEST
        rows.append(
            {"year": str(name), "cases": len(part), "open": int((~part["done"]).sum()),
             "median": median, "low": np.nan if few else low, "high": np.nan if few else high}
        )  # fmt: skip
    table = pd.DataFrame(rows)
    told = table[table["low"].notna() & table["high"].notna()]
    if len(told) < 2:
        return unknown(
            "Comparing years takes two with {needed} cases each, of which half are done.",
            needed=FEWEST,
        )
    first, last = told.iloc[0], told.iloc[-1]
    way = (
        "faster" if last["high"] < first["low"] else "slower" if last["low"] > first["high"] else ""
    )
    numbers: dict[str, Any] = {
        "first": first["year"], "last": last["year"], "then": found.words(float(first["median"])),
        "now": found.words(float(last["median"])), "way": way, "unit": found.unit, "frame": table,
        "first_low": float(first["low"]), "first_high": float(first["high"]),
        "last_low": float(last["low"]), "last_high": float(last["high"]),
    }  # fmt: skip
    says = [
        "Half of the cases that began in {first} were done within {then}, of those of {last} "
        "within "
        "{now}."
    ]
    says.append(
        "The intervals do not touch: cases became {way}."
        if way
        else "The intervals touch, so whether cases became faster is not told."
    )
    return Finding(
        numbers,
        tuple(says),
        table,
        columns={
            "year": Shown("began in"), "cases": Shown("cases", ",.0f"),
            "open": Shown("open", ",.0f"),
            "median": Shown("half are done by, {unit}", ",.0f"),
            "low": Shown("from (95 %)", ",.0f"), "high": Shown("to (95 %)", ",.0f"),
        },
    )  # fmt: skip


def feeders(found: Cases, limit: float = 0.9) -> Finding:
    """Which lines are full?

    Parameters
    ----------
    limit : share of the capacity from which on a line counts as full.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit:g}: expected a share of the capacity, such as 0.9")
    if found.feeders is None or found.feeders[["amps", "load_a", "kv"]].isna().any(axis=1).all():
        return unknown(
            "The book does not say what the lines carry: the table feeders would (feeder, kv, "
            "amps, "
            "load_a)."
        )
    table = waiting.feeder_headroom(found.feeders, limit)
    where = found.feeders.set_index(found.feeders["feeder"].astype("str"))
    for name in ("district", "mm2"):
        if name in where:
            table[name] = where[name].reindex(table.index)
    full = table[table["full"]]
    numbers: dict[str, Any] = {
        "n": len(table), "full": len(full), "limit": limit, "names": list(full.index),
        "room": float(table["headroom_mva"].clip(lower=0).sum()), "frame": table,
        "left_out": table.attrs["left_out"], "over": int((table["loading"] > 1).sum()),
    }  # fmt: skip
    says = ["Over {limit:percent0} of what they can carry: {full:,} of {n:count feeder}."]
    if len(full):
        says.append("By name: {names:names}.")
    if numbers["over"]:
        says.append("Over what they can carry: {over:,}.")
    if numbers["left_out"]:
        says.append("{left_out:count feeder} without a load or a capacity stand aside.")
    shown = table[["loading", "headroom_mva"]].head(10)
    for name in ("district", "mm2"):
        if name in table:
            shown.insert(0, name, table[name].head(10))
    return Finding(
        numbers,
        tuple(says),
        shown.rename_axis("feeder").reset_index(),
        columns={
            "feeder": Shown("feeder"), "mm2": Shown("mm2", ",.0f"), "district": Shown("district"),
            "loading": Shown("loading", "percent"), "headroom_mva": Shown("room, MVA", ".2f"),
        },
    )  # fmt: skip


def cadence(found: Cases, per_week: float = 1.0) -> Finding:
    """Were the meetings and the return visits of the channel held?

    Parameters
    ----------
    per_week : meetings in each whole week.
    """
    if not per_week > 0:
        raise ValueError(f"per_week is {per_week:g}: expected meetings a week, above 0")
    rows = found.cases
    if "green_channel" in rows:
        rows = rows[rows["green_channel"] == 1]
    there = [
        name for name in ("meetings", "return_visit") if name in rows and rows[name].notna().any()
    ]
    if not there:
        return unknown(
            "The book does not say whether the meetings of the channel were held: cases.meetings "
            "and cases.return_visit would."
        )
    kept = rows[["start", "end", "account_id", *there]]
    table = waiting.cadence_compliance(kept, found.day, per_week)
    table = table[table["cases"] > 0]
    if table.empty:
        return unknown("No case ran a whole week or was closed, so no meeting was due yet.")
    table.loc[table["cases"] < FEWEST, ["low", "high"]] = np.nan
    first = table.iloc[0]
    numbers: dict[str, Any] = {
        "demand": str(table.index[0]), "share": float(first["share"]), "cases": int(first["cases"]),
        "frame": table,
    }  # fmt: skip
    return Finding(
        numbers,
        (
            "Of {cases:count case} for which it was due, {share:percent} kept the demand "
            "“{demand}” in full.",
        ),
        table.reset_index(),
        columns={
            "demand": Shown("demand"), "cases": Shown("cases", ",.0f"),
            "kept": Shown("kept in full", ",.0f"), "share": Shown("share", "percent"),
            "low": Shown("from (95 %)", "percent"), "high": Shown("to (95 %)", "percent"),
        },
    )  # fmt: skip


def order(found: Cases, share: float = 0.95) -> Finding:
    """In which order are the activities done, and which may slip?

    Parameters
    ----------
    share : fraction of the cases in which one has to end before the other begins.
    """
    if not 0.5 < share <= 1:
        raise ValueError(f"share is {share:g}: expected a fraction above 0.5 and up to 1")
    if found.events is None or found.events["end"].isna().all():
        return _no_events(found)
    if pairs := activities.unsettled(found.events, share):
        return unknown(
            "Which comes first changes from case to case: {first} and {second}. So nothing says "
            "which of the activities may slip.",
            first=pairs[0][0],
            second=pairs[0][1],
        )
    finished = _finished(found)
    if finished.empty:
        return unknown(
            "No case that is done has an end for all of its activities, so nothing says which of "
            "them may slip; case_events.end would."
        )
    after = activities.follows(found.events, share)
    typical = activities.stage_durations(finished, found.calendar, found.count)["mean"]
    before = {
        name: tuple(one for one in ones if one in typical.index)
        for name, ones in after.items()
        if name in typical.index
    }
    table = activities.critical_path(typical, before)
    free = table[~table["critical"]].sort_values("slack", ascending=False)
    numbers: dict[str, Any] = {
        "days": float(table.attrs["days"]), "in_words": found.words(round(table.attrs["days"], 1)),
        "critical": int(table["critical"].sum()), "n": len(table), "free": list(free.index),
        "share": share, "frame": table, "unit": found.unit,
    }  # fmt: skip
    says = [
        "By their mean days in finished cases the activities take {in_words}; {critical:,} of "
        "{n:,} decide the whole."
    ]
    if len(free):
        numbers |= {"loosest": str(free.index[0]), "slack": float(free["slack"].iloc[0])}
        says.append(
            "In the mean case “{loosest}” could take {slack:.1f} {unit} longer and the case would "
            "last no longer."
        )
    shown = table.reset_index()
    shown["after"] = [", ".join(before.get(name, ())) or "-" for name in shown["activity"]]
    path_of = activities.days_on_path(finished, found.calendar, found.count)
    waited = (path_of > 0).mean()
    shown["waited"] = waited.reindex(shown["activity"]).to_numpy()
    if len(free) and waited[numbers["loosest"]] > 0:
        numbers["waited"] = float(waited[numbers["loosest"]])
        numbers["tied"] = path_of.attrs["shared"].get(numbers["loosest"], 0) / len(path_of)
        numbers["alone"] = numbers["waited"] - numbers["tied"]
        says.append(
            "No case is the mean one: {alone:percent} of the finished cases waited for it alone, "
            "and {tied:percent} for it and another that ended on the same day; there each day more "
            "is a day later."
            if numbers["tied"]
            else "No case is the mean one: {waited:percent} of the finished cases waited for it, "
            "and there each day more is a day later."
        )
    columns = {
        "activity": Shown("activity"), "after": Shown("begins after"),
        "days": Shown("mean, {unit}", ".1f"), "slack": Shown("may slip by", ".1f"),
        "waited": Shown("on the path of so many cases", "percent"),
    }  # fmt: skip
    kept = [name for name in columns if name in shown]
    return Finding(
        numbers, tuple(says), shown[kept], columns={name: columns[name] for name in kept}
    )


def overdue(found: Cases, share: float = 0.8) -> Finding:
    """Which activities that run now have lasted unusually long?

    Parameters
    ----------
    share : fraction of the cases that are through an activity by then, those that run kept.
    """
    if not 0.5 <= share < 1:
        raise ValueError(f"share is {share:g}: expected a fraction of 0.5 or more and below 1")
    if found.events is None or found.events["end"].isna().all():
        return _no_events(found)
    running = found.events[found.events["end"].isna()]
    if running.empty:
        return unknown("No activity runs on the day of the look, so none can be late.")
    today = pd.Series(found.day, index=running.index)
    running = running.assign(lasted=found.lasting(running["start"], today))
    usual = {
        name: waiting.time_until(found.curve(part), share)[0]
        for name, part in found.events[found.events["activity"].isin(running["activity"])].groupby(
            "activity"
        )
        if part["end"].notna().sum() >= FEWEST
    }
    running = running.assign(usual=running["activity"].map(usual))
    judged = running[running["usual"].notna()]
    if judged.empty:
        return unknown(
            "Of no activity that runs {needed} are finished, so what is usual is not known.",
            needed=FEWEST,
        )
    owner = found.cases.set_index("case_id")["account_id"]
    late = judged[judged["lasted"] > judged["usual"]]
    late = late.assign(over=late["lasted"] - late["usual"], account=late["case_id"].map(owner))
    late = late.sort_values(["over", "case_id"], ascending=[False, True], ignore_index=True)
    numbers: dict[str, Any] = {
        "n": len(late), "running": len(judged), "share": share, "rest": 1 - share,
        "day": f"{found.day:%Y-%m-%d}", "unit": found.unit, "frame": late,
    }  # fmt: skip
    if len(late):
        says = [
            "Of {running:count activity/activities} that run on {day}, {n:,} have lasted longer "
            "than {share:percent0} of their kind take.",
            "{rest:percent0} of all get there with nothing wrong: it says where to ask first, and "
            "not who is at fault.",
        ]
    else:
        says = [
            "None of {running:count activity/activities} that run on {day} has lasted longer than "
            "{share:percent0} of its kind take."
        ]
    return Finding(
        numbers,
        tuple(says),
        late[["case_id", "account", "activity", "lasted", "usual"]].head(10) if len(late) else None,
        columns={
            "case_id": Shown("case"), "account": Shown("account"), "activity": Shown("activity"),
            "lasted": Shown("{unit} so far", ",.0f"),
            "usual": Shown("{share:percent0} are through by", ",.0f"),
        },
    )  # fmt: skip


def claims(
    found: Cases, compared: Compared, reply: tuple[float, float] = (10, 29), most: float = 0.9
) -> Finding:
    """What the documents claim of connections, each with its test on this book.

    Parameters
    ----------
    reply : days within which a plan is answered, "ten to over twenty": 20 and a few is read as up
        to 29.
    most : share of the plans that has to be answered within them, for the claim to hold.
    """
    if not 0 <= reply[0] <= reply[1] < np.inf:
        raise ValueError(f"reply is {reply}: expected two numbers of days, the smaller one first")
    if not 0 < most < 1:
        raise ValueError(f"most is {most:g}: expected a fraction above 0 and below 1")
    return steps.verdicts(
        [
            _of_reply(found, reply, most),
            _of_causes(found),
            _of_lines(found),
            _of_channel(compared),
            _of_years(found),
            _of_queue(found, compared.followed),
            untested(
                "S002-3a",
                "connection is slow",
                "the same days at other suppliers",
                "no book shows another supplier's cases",
            ),
            untested(
                "S002-5c",
                "wrong metering and irregular use are found out",
                "what was billed beside what was measured",
                "no table holds readings of meters",
            ),
            untested(
                "S003-12b, S000-11c",
                "an account manager with deadlines speeds a case up",
                "cases with and without one, alike otherwise",
                "cases does not say who owned each step",
            ),
        ]
    )


class Answered(NamedTuple):
    """Plans that were answered within the days that a document names, of those that could be."""

    within: float
    low: float
    high: float
    sooner: float
    n: int


def _answered(found: Cases, rows: pd.DataFrame, reply: tuple[float, float]) -> Answered | None:
    """Of the plans whose last day has come, answered or not: which share lies within the days?"""
    last, first = (_promised(found, rows, limit)["promise"] for limit in (reply[1], reply[0]))
    due = rows[last <= found.day]
    if len(due) < FEWEST:
        return None
    soon = (due["end"] < first[due.index]).to_numpy()
    within = (due["end"] <= last[due.index]).to_numpy() & ~soon
    worth = waiting.effective_number(within, due["account_id"])
    low, high = proportion_confint(within.mean() * worth, worth, method="wilson")
    return Answered(float(within.mean()), float(low), float(high), float(soon.mean()), len(due))


def _of_reply(found: Cases, reply: tuple[float, float], most: float) -> Claim:
    claim = (
        "S000-1a",
        "the plan is answered after ten to over twenty days",
        f"share of the plans answered in {reply[0]:g} to {reply[1]:g} {found.unit}, by sources: "
        f"{percent(most, 0)} or more",
    )
    activity = "company_review"
    if found.events is None or activity not in set(found.events["activity"]):
        return untested(*claim, f"needs case_events with the activity {activity}")
    answered = activities.span_of(found.events, found.cases, activity)
    two = answered["dual_source"] == 1 if "dual_source" in answered else None
    parts = (
        {"all": answered}
        if two is None
        else {"one source": answered[~two], "two sources": answered[two]}
    )
    told = {name: _answered(found, part, reply) for name, part in parts.items()}
    there = {name: item for name, item in told.items() if item is not None}
    if not there:
        return untested(*claim, f"needs {FEWEST} plans whose {reply[1]:g} days have passed")
    each = [at_least(item.low, item.high, most) for item in there.values()]
    alike = set(each)
    verdict: Verdict = (
        each[0] if len(alike) == 1 else UNTOLD if UNTOLD in alike else "holds in part"
    )
    here = "; ".join(
        f"{with_interval(item.within, item.low, item.high)}"
        + (f" with {name}" if len(parts) > 1 else "")
        for name, item in there.items()
    )
    soon = sum(item.sooner * item.n for item in there.values()) / sum(
        item.n for item in there.values()
    )
    other = replace(found, count="calendar" if found.count == "working" else "working")
    otherwise = [_answered(other, parts[name], reply) for name in there]
    why = f"{percent(soon)} sooner; in {other.unit} " + " and ".join(
        percent(item.within) for item in otherwise if item is not None
    )
    return Claim(*claim, here, verdict, why, len(there))


def _of_causes(found: Cases) -> Claim:
    claim = (
        "S000-1b",
        "four causes delay a connection: coordination, source points, tracking, equipment",
        "share of the lost days by cause",
    )
    told = causes(found)
    if not told.known:
        return untested(*claim, "needs case_events.delay_days and cause")
    numbers = told.numbers
    return untested(
        *claim,
        f"the document gives no shares; here {numbers['first']} takes {percent(numbers['share'])}",
    )


def _of_lines(found: Cases) -> Claim:
    claim = (
        "S000-1c",
        "thin lines (70 mm2) leave no room",
        "share of full lines, those of 70 mm2 less the others",
    )
    lines = found.feeders
    if lines is None or "mm2" not in lines or not (lines["mm2"] == 70).any():
        return untested(*claim, "needs feeders with mm2, some of 70")
    told = feeders(found)
    if not told.known:
        return untested(*claim, "needs feeders with amps and load_a")
    table = told.numbers["frame"]
    thin = table["mm2"] == 70
    n1, n0 = int(thin.sum()), int((~thin & table["mm2"].notna()).sum())
    if n1 + n0 < FEWEST or not n1 or not n0:
        return untested(*claim, f"needs {FEWEST} lines, thin and other ones")
    k1, k0 = int((thin & table["full"]).sum()), int((~thin & table["full"]).sum())
    low, high = confint_proportions_2indep(k1, n1, k0, n0, method="newcomb")
    value = k1 / n1 - k0 / n0
    return Claim(
        *claim,
        with_interval(value, low, high),
        at_least(low, high, MARGIN),
        f"{k1} of {n1} against {k0} of {n0}",
    )


def _side(low: float, high: float) -> Verdict:
    """Whether something is below 0."""
    return "holds" if high < 0 else "does not hold" if low > 0 else UNTOLD


def _of_channel(compared: Compared) -> Claim:
    claim = (
        "S000-1e",
        "the green channel makes a connection faster",
        "days of the channel less others like them: below 0",
    )
    best = compared.effects.get("aipw") or compared.effects.get("regression")
    if best is None:
        return untested(*claim, f"needs green_channel, and {FEWEST} cases in it and beside it")
    plain = bounds.strengths(compared.frame, compared.known)
    told = bounds.needed_strength(plain.value, plain.se, plain.df, 0.95)
    return Claim(
        *claim,
        with_interval(best.value, best.low, best.high, "+.1f"),
        _side(best.low, best.high),
        f"unless something unseen explains {percent(told)} of who gets the channel and of the days"
        if told and best.low * best.high > 0
        else "",
    )


def _of_years(found: Cases) -> Claim:
    claim = (
        "S000-1g",
        "the connection cycle becomes shorter",
        "days by which half are done, first and last year: intervals apart",
    )
    told = by_year(found)
    if not told.known:
        return untested(*claim, f"needs two years of {FEWEST} cases each")
    numbers = told.numbers
    verdicts: dict[str, Verdict] = {"faster": "holds", "slower": "does not hold", "": UNTOLD}
    return Claim(
        *claim,
        f"{numbers['then']} ({numbers['first']}), {numbers['now']} ({numbers['last']})",
        verdicts[numbers["way"]],
    )


def _of_queue(found: Cases, followed: int) -> Claim:
    claim = (
        "S000-11f",
        "neighbours in flight delay a project",
        "days that go with one more in flight, the rest held equal: above 0",
    )
    if "district" not in found.cases or found.cases["district"].isna().all():
        return untested(*claim, "needs cases.district")
    slope = _slope(found, followed, "district")
    if isinstance(slope, str):
        return untested(*claim, "needs more cases, or queues that differ")
    return Claim(
        *claim,
        with_interval(slope.slope, slope.low, slope.high, "+.2f"),
        _side(-slope.high, -slope.low),
    )


def size(found: Cases) -> tuple[int, int]:
    """Accounts and months of a simulated book with as many cases as this one."""
    first, last = found.cases["start"].min(), found.day
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return round(len(found.cases) / CASES_PER_ACCOUNT), months


def account_review(found: Cases) -> Finding:
    """What the account review takes from the lesson."""
    rows = found.cases
    groups = rows.groupby("account_id")
    frame = pd.DataFrame(
        {"cases": groups.size(), "cases_open": (~rows["done"]).groupby(rows["account_id"]).sum()}
    )
    open_now = rows[~rows["done"]]
    frame["open_longest"] = open_now.groupby("account_id")["lasted"].max()
    frame["lead_median"] = rows[rows["done"]].groupby("account_id")["lasted"].median()
    if "promise" in rows and rows["promise"].notna().any():
        known = rows[rows["promise"].notna()]
        late = (known["promise"] <= found.day) & ~(known["end"] <= known["promise"])
        frame["cases_late"] = late.groupby(known["account_id"]).sum().reindex(frame.index)
    words = {"day": f"{found.day:%Y-%m-%d}", "unit": found.unit}
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)


__all__ = [
    "Cases", "Compared", "account_review", "balance", "book_in_numbers", "by_year", "cadence",
    "cases", "causes", "claims", "compare", "done_by", "effects", "feeders", "naive",
    "napkin_calendar", "order", "overdue", "path", "pencil", "promises", "queue", "readings",
    "recent", "size", "stages", "unseen",
]  # fmt: skip
