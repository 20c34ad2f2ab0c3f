"""Exercises of lesson 20: lead time and the green channel."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.lead_time import days, waiting
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 20.1: asked, promised, done; and the day of the look.
FIVE = {
    "Aida": ("2024-04-25", "2024-04-29", "2024-04-29"),
    "Bolin": ("2024-04-26", "2024-04-30", "2024-05-08"),
    "Caiyun": ("2024-04-29", "2024-05-07", "2024-05-07"),
    "Duoduo": ("2024-05-06", "2024-05-10", None),
    "Erya": ("2024-05-09", "2024-05-16", None),
}
LOOK, WITHIN = "2024-05-13", 6
#: Cases of 20.3 began before this day; what the colleague held equal, and what was known before.
BEFORE = "2024-05-01"
BEFOREHAND = ("complexity", "dual_source", "priority")
#: The promise of 20.4, in working days.
PROMISED = 114
#: The year of 20.5, and what most means.
YEAR, MOST = 2022, 0.5
VERDICTS = ("most keep it", "most do not", "cannot be told")


def napkin() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The five repairs of 20.1, and the days of that spring."""
    five = pd.DataFrame.from_dict(FIVE, orient="index", columns=["start", "promise", "end"])
    date = pd.date_range("2024-04-20", "2024-05-20")
    free = date.isin(pd.date_range("2024-05-01", "2024-05-05"))
    extra = date.isin(pd.to_datetime(["2024-04-28", "2024-05-11"]))
    worked = ((date.day_of_week < days.WEEK) & ~free) | extra
    return five, pd.DataFrame({"date": date, "workday": worked.astype(int)})


def _five(book: Book) -> dict[str, float]:
    five, calendar = napkin()
    curve = waiting.completed_by(five, LOOK, calendar)
    return {
        "days": days.working_days(FIVE["Bolin"][0], FIVE["Bolin"][2], calendar),
        "kept": float(waiting.within_promise(five, LOOK, clusters=None)["share"].iloc[0]),
        "done": waiting.share_done(curve, WITHIN)[0],
    }


@lru_cache(maxsize=4)
def read(book: Book) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Cases with their working days, events, and the calendar."""
    if not book.has("cases", "end"):
        raise ValueError("it has no cases with an end; take the bundled book linjiang")
    cases = book.counted("cases")
    calendar = book.table("calendar") if book.has("calendar", "workday") else None
    events = book.table("case_events") if book.has("case_events") else pd.DataFrame()
    lasted = days.working_days(cases["start"], cases["end"], calendar)
    return cases.assign(days=lasted), events, calendar


def _last(book: Book) -> pd.Timestamp:
    cases = read(book)[0]
    return pd.Timestamp(pd.concat([cases["start"], cases["end"]]).max())


def _by_activity(book: Book, name: str) -> pd.Series:
    """Working days of an activity, by case, of the finished cases."""
    cases, events, calendar = read(book)
    if events.empty or name not in set(events["activity"]):
        raise ValueError(f"it has no case_events with the activity {name}; take linjiang")
    rows = events[(events["activity"] == name) & events["end"].notna()]
    spent = days.working_days(rows["start"], rows["end"], calendar)
    by_case: pd.Series = spent.groupby(rows["case_id"]).sum()
    return by_case.reindex(cases.loc[cases["days"].notna(), "case_id"]).dropna()


def _lost(book: Book, cause: str | None) -> tuple[float, int, int]:
    """Days that were lost to a cause (to all of them) in finished cases, number of the delays, and
    of the finished cases.
    """
    cases, events, _ = read(book)
    if "delay_days" not in events:
        raise ValueError("it has no case_events with delay_days; take linjiang")
    done = cases.loc[cases["days"].notna(), "case_id"]
    rows = events[events["case_id"].isin(done) & (events["delay_days"].fillna(0) > 0)]
    rows = rows if cause is None else rows[rows["cause"] == cause]
    return float(rows["delay_days"].sum()), len(rows), len(done)


def _what_if(book: Book) -> dict[str, float]:
    outside, inside = (_by_activity(book, f"{name}_plan") for name in ("external", "internal"))
    now, then = np.maximum(outside, inside), np.maximum(outside, inside / 2)
    total, _, number = _lost(book, "equipment")
    if not number or not total:
        raise ValueError("no finished case of it lost a day to equipment; take linjiang")
    return {"equipment": total / number, "plan": float((now - then).mean())}


def _open_ones_too(book: Book) -> dict[str, float]:
    """Delays of all cases over the finished ones."""
    cases, events, _ = read(book)
    lost = events.loc[events["cause"] == "equipment", "delay_days"].sum()
    return {"equipment": float(lost / cases["days"].notna().sum())}


def _all_cases(book: Book) -> dict[str, float]:
    """Delays of all cases over all cases."""
    cases, events, _ = read(book)
    lost = events.loc[events["cause"] == "equipment", "delay_days"].sum()
    return {"equipment": float(lost / len(cases))}


def _plan_of_means(book: Book) -> dict[str, float]:
    """The two mean plans laid side by side, as if they were one case."""
    outside, inside = (
        _by_activity(book, f"{name}_plan").mean() for name in ("external", "internal")
    )
    return {"plan": float(max(outside, inside) - max(outside, inside / 2))}


def _plan_of_all(book: Book) -> dict[str, float]:
    """Of all cases whose plans are done, the open ones among them."""
    _, events, calendar = read(book)
    spent = events.assign(days=days.working_days(events["start"], events["end"], calendar))
    plans = spent.pivot_table(index="case_id", columns="activity", values="days", aggfunc="sum")
    outside, inside = plans["external_plan"], plans["internal_plan"]
    saved = np.maximum(outside, inside) - np.maximum(outside, inside / 2)
    return {"plan": float(saved.mean())}


def _plan_alone(book: Book) -> dict[str, float]:
    return {"plan": float(_by_activity(book, "internal_plan").mean() / 2)}


def _share_of_later(book: Book) -> dict[str, float]:
    """Halved where it is the later one, as if the other plan did not wait then."""
    outside, inside = (_by_activity(book, f"{name}_plan") for name in ("external", "internal"))
    return {"plan": float((inside / 2).where(inside > outside, 0.0).mean())}


def _share_of_not_sooner(book: Book) -> dict[str, float]:
    """The same, where both end on the same day too."""
    outside, inside = (_by_activity(book, f"{name}_plan") for name in ("external", "internal"))
    return {"plan": float((inside / 2).where(inside >= outside, 0.0).mean())}


def _whole_days(book: Book, rounded: Callable[[pd.Series], pd.Series]) -> dict[str, float]:
    """Half of a plan rounded to whole days."""
    outside, inside = (_by_activity(book, f"{name}_plan") for name in ("external", "internal"))
    now, then = np.maximum(outside, inside), np.maximum(outside, rounded(inside / 2))
    return {"plan": float((now - then).mean())}


def _of_one_delay(book: Book) -> dict[str, float]:
    """Days of a delay of equipment, open cases too, to the one decimal that the lesson prints."""
    events = read(book)[1]
    days_lost = events.loc[events["cause"] == "equipment", "delay_days"]
    return {"equipment": round(float(days_lost[days_lost > 0].mean()), 1)}


def _of_equipment(book: Book, by: str) -> dict[str, float]:
    total, delays, number = _lost(book, None if by == "all" else "equipment")
    over = {"delays": delays, "cases": len(read(book)[0]), "all": number}[by]
    return {"equipment": total / over}


def colleague_frame(book: Book) -> pd.DataFrame:
    """The cases of 20.3 with the days of their construction."""
    cases, _, _ = read(book)
    lacking = [name for name in ("green_channel", *BEFOREHAND) if name not in cases]
    if lacking:
        raise ValueError(f"its cases lack {', '.join(lacking)}; take linjiang")
    built = _by_activity(book, "construction")
    rows = cases[cases["start"] < BEFORE].dropna(subset=["days", "green_channel", *BEFOREHAND])
    found = rows.assign(construction=rows["case_id"].map(built)).dropna(subset=["construction"])
    if len(found) < 20 or found["green_channel"].nunique() < 2:
        raise ValueError("it has too few cases of the channel and beside it; take linjiang")
    return found


def slope(book: Book, *held: str, every: bool = False, calendar: bool = False) -> float:
    """Days of the channel with some columns held equal, by least squares; of the finished cases of
    all years, and in calendar days, where that is asked.
    """
    rows = colleague_frame(book)
    if every:
        rows = read(book)[0].dropna(subset=["days", "green_channel", *held])
    if calendar:
        rows = rows.assign(days=(rows["end"] - rows["start"]).dt.days)
    design = sm.add_constant(rows[["green_channel", *held]].astype(float))
    return float(sm.OLS(rows["days"].astype(float), design).fit().params["green_channel"])


def _fault(book: Book) -> dict[str, Any]:
    return {"fault": "after", "value": slope(book, *BEFOREHAND)}


def single(book: Book) -> pd.DataFrame:
    """Cases with one source."""
    cases, _, _ = read(book)
    if "dual_source" not in cases:
        raise ValueError("its cases do not say dual_source; take linjiang")
    rows = cases[cases["dual_source"] == 0]
    if rows["days"].notna().sum() < 20:
        raise ValueError("it has fewer than 20 finished cases with one source; take linjiang")
    return rows


def _promise(book: Book) -> dict[str, float]:
    curve = waiting.completed_by(single(book), _last(book), read(book)[2])
    share, low, _ = waiting.share_done(curve, PROMISED)
    if not np.isfinite(low):
        raise ValueError("all or none of its cases are done by then; take linjiang")
    return {"share": share, "low": low}


def _a_quarter_on(book: Book) -> pd.Timestamp:
    return _last(book) + pd.offsets.QuarterEnd()


def _promise_otherwise(book: Book, how: str) -> dict[str, float]:
    rows, calendar = single(book), read(book)[2]
    if how == "done":
        return {"share": float((rows["days"].dropna() <= PROMISED).mean())}
    if how == "open":
        return {"share": float((rows["days"] <= PROMISED).mean())}
    if how == "high":
        curve = waiting.completed_by(rows, _last(book), calendar)
        return {"low": waiting.share_done(curve, PROMISED)[2]}
    curve = {
        "all": lambda: waiting.completed_by(read(book)[0], _last(book), calendar),
        "calendar": lambda: waiting.completed_by(rows, _last(book), calendar, "calendar"),
        "weekdays": lambda: waiting.completed_by(rows, _last(book)),
        "quarter": lambda: waiting.completed_by(rows, _a_quarter_on(book), calendar),
    }[how]()
    share, low, _ = waiting.share_done(curve, PROMISED)
    return {"share": share, "low": low} if np.isfinite(low) else {"share": share}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a share of cases lies between 0 and 1.")


_follows = by_the_bar(
    "low", "promise", operator.ge, "the lower end is {} your own bar", ("not below", "below")
)


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found, rows = _promise(book), single(book)
    late = 1 - found["share"]
    return {
        "promise": [
            f"{percent(found['share'])} of cases with one source are done within {PROMISED} "
            "working days, the open ones kept.",
            "A customer who knows a day can plan its plant by it; who knows none plans for the "
            "worst.",
        ],
        "no promise": [
            f"{percent(late)} would be told a day that is not kept, and the share that keeps it "
            f"may be as low as {percent(found['low'])}.",
            f"{count(int(rows['days'].isna().sum()), 'case')} of them are open: of the last months "
            "least is known, and the promise is for the next.",
        ],
    }


def channel_of(book: Book, year: int | None = YEAR) -> pd.DataFrame:
    """Cases of the channel that began in a year."""
    cases, _, _ = read(book)
    if "meetings" not in cases or "green_channel" not in cases:
        raise ValueError("its cases do not say which meetings were held; take linjiang")
    rows = cases[cases["green_channel"] == 1]
    rows = rows if year is None else rows[rows["start"].dt.year == year]
    if rows["meetings"].notna().sum() < 5:
        raise ValueError(f"fewer than 5 cases of its channel began in {year}; take linjiang")
    return rows


def _kept(book: Book, year: int | None = YEAR) -> tuple[pd.Series, pd.Series]:
    """Whether each case had all its weekly meetings, and its account."""
    rows = channel_of(book, year)
    weeks = (rows["end"].fillna(_last(book)) - rows["start"]).dt.days // 7
    rows = rows[(weeks >= 1) & rows["meetings"].notna()]
    return rows["meetings"] >= weeks.reindex(rows.index), rows["account_id"]


def _cadence(book: Book) -> dict[str, Any]:
    kept, owner = _kept(book)
    share, worth = float(kept.mean()), waiting.effective_number(kept, owner)
    low, high = proportion_confint(share * worth, worth, method="wilson")
    verdict = VERDICTS[0] if low > MOST else VERDICTS[1] if high < MOST else VERDICTS[2]
    return {"share": share, "low": float(low), "high": float(high), "choice": verdict}


def _all_years(book: Book) -> dict[str, float]:
    return {"share": float(_kept(book, None)[0].mean())}


def _of_meetings(book: Book) -> dict[str, float]:
    rows = channel_of(book)
    weeks = (rows["end"].fillna(_last(book)) - rows["start"]).dt.days // 7
    return {"share": float(rows["meetings"].sum() / weeks.sum())}


def _upper(book: Book) -> dict[str, float]:
    kept, owner = _kept(book)
    worth = waiting.effective_number(kept, owner)
    return {"low": float(proportion_confint(kept.mean() * worth, worth, method="wilson")[1])}


def _textbook(book: Book) -> dict[str, float]:
    """The share and 1.96 standard errors, which is not Wilson's; its lower end comes too near."""
    kept, _ = _kept(book)
    return {"high": float(proportion_confint(kept.sum(), len(kept), method="normal")[1])}


def _visits(book: Book) -> dict[str, float]:
    rows = channel_of(book)
    if "return_visit" not in rows:
        raise ValueError("its cases do not say return_visit")
    return {"share": float(rows.loc[rows["end"].notna(), "return_visit"].mean())}


def _ended(book: Book) -> dict[str, float]:
    """Cases that ended in the year, in the place of those that began in it."""
    rows = channel_of(book, None)
    rows = rows[rows["end"].dt.year == YEAR]
    weeks = (rows["end"] - rows["start"]).dt.days // 7
    return {"share": float((rows["meetings"] >= weeks)[weeks >= 1].mean())}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "20.1", "Five repairs and a holiday", "redo by hand",
        (
            Part("days", "working days of Bolin: a whole number"),
            Part("kept", "of the promises whose day has come: fraction, 2 decimals", 0.005),
            Part("done", "done within six working days, open ones kept: fraction, 2 decimals", 0.005),
        ),
        _five,
        (
            "A day counts if it lies behind the day of asking, up to the day it was done. Cross out the holiday, and put in the Sunday.",
            "A promise counts once its day has come. An open case past its day has broken it.",
            "Three working days: two of five are done, so three fifths are open. Erya is seen for three days only. After six days one of the two that are left is done: half of the three fifths.",
        ),
        (
            Mistake(lambda book: {"days": 8}, "You counted Monday to Friday. The holiday is free, and the Sunday 28 April was worked."),
            Mistake(lambda book: {"days": 12}, "These are calendar days."),
            Mistake(lambda book: {"days": 7}, "You counted the day of asking too. Counting begins on the day after."),
            Mistake(lambda book: {"days": 5}, "You left out the Sunday that was worked."),
            Mistake(lambda book: {"kept": 2 / 3}, "You left out Duoduo, which is open and past its day: that promise is broken."),
            Mistake(lambda book: {"kept": 0.4}, "You counted Erya, whose day has not come: nobody knows yet."),
            Mistake(lambda book: {"kept": 0.6}, "You counted Erya as kept. Its day has not come: it stands aside."),
            Mistake(lambda book: {"done": 1.0}, "You left the open cases out, or took them as done today. Both make the shop fast."),
            Mistake(lambda book: {"done": 0.6}, "You took open cases as not done within six days. Erya was watched for three days only: of the other three nobody knows."),
            Mistake(lambda book: {"done": 0.75}, "You left Erya out altogether. For three days it was watched, and it counts among those open then."),
            Mistake(lambda book: {"done": 0.4}, "This is the share within three days. One more was done on the sixth."),
            Mistake(lambda book: {"done": 0.3}, "This is the share that is still open."),
        ),
    ),
    Exercise(
        "20.2", "What if equipment came in time", "change an assumption",
        (
            Part("equipment", "saved per finished case: working days, 2 decimals", 0.01),
            Part("plan", "saved per finished case: working days, 2 decimals", 0.005),
        ),
        _what_if,
        (
            "Finished cases are those with an `end` in the table cases. Keep only their rows of case_events, add up delay_days with the cause equipment, and divide by the number of finished cases.",
            "The review waits for the later of the two plans. Take the larger of both, with the internal plan as it is and with half of it.",
            "`lt.working_days(rows[\"start\"], rows[\"end\"], calendar)` gives the days of an activity. Put external and internal plan of each case into two columns; `np.maximum(outside, inside) - np.maximum(outside, inside / 2)` is what the case saves. Take the mean over the finished cases, those that save nothing among them.",
        ),
        (
            Mistake(lambda book: _of_equipment(book, "delays"), "You divided by the delays. A finished case without one saves nothing, and counts too: divide by the finished cases, and keep the delays of those only."),
            Mistake(_of_one_delay, "This is what the lesson prints: the days of one delay. A case without one saves nothing, and counts too: divide by the finished cases."),
            Mistake(_open_ones_too, "You added up the delays of cases that are still open too, and divided by the finished ones. Keep the rows of the finished cases only."),
            Mistake(_all_cases, "You took all cases, above and below. Only the finished ones are asked."),
            Mistake(lambda book: _of_equipment(book, "cases"), "You divided by all cases. Only the finished ones are asked."),
            Mistake(lambda book: _of_equipment(book, "all"), "These are the days of all causes. Equipment is asked."),
            Mistake(_plan_alone, "This is half of the internal plan. The review waits for the external one too, so most of that is not saved."),
            Mistake(_plan_of_means, "You compared the two means. The mean case waits for the external plan; other cases wait for the internal one. Take each case by itself, then the mean."),
            Mistake(_plan_of_all, "You took the plans of open cases too. Only the finished cases are asked."),
            Mistake(_share_of_later, "You saved half of the internal plan wherever it is the later one. Then the external one is waited for: no more is saved than up to its end."),
            Mistake(_share_of_not_sooner, "You saved half of the internal plan wherever it is not the sooner one. Then the external one is waited for: no more is saved than up to its end, and nothing where both end on the same day."),
            Mistake(lambda book: _whole_days(book, np.ceil), "You rounded half of a plan up to whole days. Half a day counts here."),
            Mistake(lambda book: _whole_days(book, np.floor), "You rounded half of a plan down to whole days. Half a day counts here."),
        ),
    ),
    Exercise(
        "20.3", "The colleague finds no effect", "find the fault",
        (
            Part("fault", choices=("open", "priority", "after", "straight")),
            Part("value", "with what was known beforehand: working days, 2 decimals", 0.01),
        ),
        _fault,
        (
            "What may be held equal is what was known of a case before it was let into the channel.",
            "Look at each column of the colleague's design: when was it known, and can the channel change it?",
            "One column is of the time after: the channel saves its days there, so the word is the one for that. Take it out of the list, change nothing else, and read the number at `green_channel`: `fit.params[\"green_channel\"]`, below 0.",
        ),
        (
            Mistake(lambda book: {"value": slope(book, *BEFOREHAND, "construction")}, "This is the colleague's own number."),
            Mistake(lambda book: {"value": slope(book)}, "This holds nothing equal. What was known beforehand has to be."),
            Mistake(lambda book: {"value": slope(book, *BEFOREHAND, calendar=True)}, "These are calendar days. The colleague counts working days of the calendar."),
            Mistake(lambda book: {"value": slope(book, *BEFOREHAND, every=True)}, "These are the finished cases of all years. Of the last months only the quick ones are done: keep the cases that began before May 2024."),
            Mistake(lambda book: {"value": slope(book, "dual_source", "priority")}, "Complexity is known beforehand, so it stays."),
            Mistake(lambda book: {"value": slope(book, "complexity", "dual_source")}, "Priority is known beforehand, so it stays."),
            Mistake(lambda book: {"value": slope(book, "complexity", "dual_source", "construction")}, "You left out priority and kept construction: it is the other way round."),
            Mistake(lambda book: {"fault": "open"}, "These cases began so early that they are done. Look further."),
            Mistake(lambda book: {"fault": "priority"}, "Priority is known beforehand and drives who gets the channel: it has to be held equal. Look further."),
            Mistake(lambda book: {"fault": "straight"}, "A curve for complexity would change little here. Look further."),
        ),
    ),
    Exercise(
        "20.4", "A day for the customer", "decide and defend",
        (
            Part("choice", choices=("promise", "no promise")),
            Part("bar", "smallest share that has to keep the day: fraction", own=True),
            Part("share", "done within 114 working days: fraction, 3 decimals", 0.001),
            Part("low", "lower end of its 95 % interval: fraction, 3 decimals", 0.001),
            DEFENCE,
        ),
        _promise,
        (
            "Set `bar` before you look. Then `lt.completed_by(rows, look, calendar)` for the cases with one source; `look` is the day of the look, a date.",
            "`lt.share_done(curve, 114)` gives the share and both ends.",
            "The day of the look is the last day on which a case began or ended.",
        ),
        (
            Mistake(lambda book: _promise_otherwise(book, "done"), "You left the open cases out. Those that are done are the quicker ones."),
            Mistake(lambda book: _promise_otherwise(book, "open"), "You took the open cases as late. Some began only last month: they are to be kept as long as they are known."),
            Mistake(lambda book: _promise_otherwise(book, "all"), "This takes cases with two sources too. One source is asked."),
            Mistake(lambda book: _promise_otherwise(book, "calendar"), "These are calendar days. The promise is one of working days."),
            Mistake(lambda book: _promise_otherwise(book, "weekdays"), "You counted Monday to Friday. Holidays are free, and some Saturdays and Sundays were worked: give the calendar."),
            Mistake(lambda book: _promise_otherwise(book, "quarter"), "You looked a quarter later, when nothing is written any more: so open cases seem to last. The day of the look is the last one on which a case began or ended."),
            Mistake(lambda book: _promise_otherwise(book, "high"), "This is the upper end. Whoever promises asks how bad it may be."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "20.5", "Another year: were the meetings held?", "another book",
        (
            Part("share", "cases of the channel with all weekly meetings: fraction, 3 decimals", 0.001),
            Part("low", "lower end of its 95 % interval: fraction, 3 decimals", 0.001),
            Part("high", "upper end of the same interval: fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _cadence,
        (
            "Take the cases of the channel that began in 2022. Each whole week that a case ran asks for one meeting.",
            "`lt.cadence_compliance(rows, day)` judges each case as a whole; the row \"meetings\" is asked.",
            "\"most keep it\" needs a lower end above 0.5, \"most do not\" an upper end below 0.5.",
        ),
        (
            Mistake(_of_meetings, "You divided meetings by weeks. A case keeps the demand in full or does not: one week without a meeting breaks it."),
            Mistake(_all_years, "These are cases of all years. 2022 is asked."),
            Mistake(_visits, "These are the return visits. The weekly meetings are asked."),
            Mistake(_ended, "These are the cases that ended in 2022. Those that began in 2022 are asked."),
            Mistake(_upper, "This is the upper end. The lower one is asked."),
            Mistake(_textbook, "This is the share and 1.96 standard errors on either side. Wilson's interval is asked, which leans toward one half."),
            Mistake(lambda book: {"choice": "most do not"}, "The whole interval has to lie below 0.5 for that."),
            Mistake(lambda book: {"choice": "most keep it"}, "The whole interval has to lie above 0.5 for that."),
        ),
    ),
    Question("20.q1", "The month looks fast", "c"),
    Question("20.q2", "A faster internal plan", "b"),
    Question("20.q3", "Balanced, and then", "d"),
)  # fmt: skip
