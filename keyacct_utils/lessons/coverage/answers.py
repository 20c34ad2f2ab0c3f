"""Exercises of lesson 12: coverage."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.coverage import compliance, plans, staffing, thresholds
from keyacct_utils.lessons.shared.amounts import positive_part
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 12.1: margin of five accounts in a quarter, 10,000 yuan; a tenth can be added at
#: most, and each visit adds half of what is left of it.
FIVE = {"Anhe": 160, "Boda": 60, "Chenxi": 28, "Dafeng": 20, "Enkang": 12}
AT_MOST, HALF, SIX = 0.10, np.log(2), 6
#: The class and the promise of 12.2, the class and the minutes of 12.3, the cut of 12.4.
TIER, PROMISE = "gold", 4
CLASS, VISITS_A_YEAR, MINUTES, HOURS = "crystal", 8, 104, 166
CUT = 1_500.0
FAULTS = ("units", "minutes", "class", "rounding")
LINJIANG = "take the bundled book linjiang"


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"a": pd.Series(FIVE) * AT_MOST, "k": HALF})


def _six(book: Book) -> dict[str, float]:
    plan = plans.allocate_visits(_frame(), SIX)
    return {
        "anhe": int(plan["visits"]["Anhe"]),
        "last": float(plan["last"].min()),
        "total": float(plan["contribution"].sum()),
    }


def _value(**visits: int) -> float:
    return plans.plan_value(_frame(), pd.Series(visits, dtype=float))


@lru_cache(maxsize=4)
def looks_of(book: Book) -> pd.DataFrame:
    """One row per quarter and account: class, spend, visits and minutes of all owners together."""
    if not book.has("visits", "tier", "monthly_spend", "minutes"):
        raise ValueError(f"it has no visits with tier, monthly_spend and minutes; {LINJIANG}")
    rows = book.counted("visits").dropna(subset=["quarter", "visits"])
    keys = ["quarter", "account_id"]
    sums = rows.groupby(keys)[["visits", "minutes"]].sum().astype(float)
    first = rows.groupby(keys)[["tier", "monthly_spend"]].first()
    return sums.join(first).reset_index()


def _of_class(book: Book, looks: pd.DataFrame, name: str) -> pd.DataFrame:
    own = looks[looks["tier"] == name]
    if not len(own):
        raise ValueError(f"it has no class {name}; {LINJIANG}")
    return own


def _kept(book: Book, promise: int = PROMISE) -> dict[str, float]:
    own = _of_class(book, looks_of(book), TIER)
    row = compliance.visit_compliance(own, {TIER: promise}).iloc[0]
    return {"share": float(row["share"]), "short": float(row["missed"])}


def _by_rows(book: Book) -> dict[str, float]:
    """Rows of two owners of one account are judged one by one."""
    looks_of(book)
    rows = book.counted("visits").dropna(subset=["quarter", "visits"])
    rows = rows[rows["tier"] == TIER]
    made = rows["visits"].astype(float)
    return {
        "share": float((made >= PROMISE).mean()),
        "short": float((PROMISE - made).clip(lower=0).sum()),
    }


def _of_all_looks(book: Book) -> dict[str, float]:
    """Visits promised less visits made: those too many count against those that lack."""
    own = _of_class(book, looks_of(book), TIER)
    return {"short": float(PROMISE * len(own) - own["visits"].sum())}


def _of_average(book: Book) -> dict[str, float]:
    own = _of_class(book, looks_of(book), TIER)
    return {"share": float(own["visits"].mean() / PROMISE)}


def _of_year(book: Book) -> dict[str, float]:
    own = _of_class(book, looks_of(book), TIER)
    year = own.groupby("account_id")["visits"].agg(["sum", "size"])
    return {"share": float((year["sum"] >= PROMISE * year["size"]).mean())}


def accounts_of(book: Book) -> int:
    """Accounts of the class of 12.3 in the last quarter."""
    looks = looks_of(book)
    own = _of_class(book, looks[looks["quarter"] == looks["quarter"].max()], CLASS)
    return int(own["account_id"].nunique())


def colleague(accounts: float) -> float:
    """The faulty reckoning of 12.3: visits of a year over the hours of a month."""
    return accounts * VISITS_A_YEAR * MINUTES / 60 / HOURS


def _managers(book: Book, hours: float = 12 * HOURS) -> dict[str, Any]:
    work = staffing.workload({CLASS: accounts_of(book)}, VISITS_A_YEAR, MINUTES, hours)
    return {"fault": "units", "managers": float(work["managers"].sum())}


@lru_cache(maxsize=4)
def beside(book: Book) -> pd.DataFrame:
    """Spend and minutes a month by account."""
    of = looks_of(book).groupby("account_id")
    table = pd.DataFrame({"x": of["monthly_spend"].mean(), "y": of["minutes"].mean() / 3})
    return table[table["x"] > 0]


def _jump(book: Book, cut: float = CUT, log: bool = True, months: int = 1) -> dict[str, float]:
    table = beside(book)
    x = np.log(table["x"] / cut) if log else table["x"] - cut
    found = thresholds.threshold_jump(x, table["y"] * months, 0.0)
    return {"jump": found.jump, "high": found.high}


def _of_means(book: Book) -> dict[str, float]:
    table = beside(book)
    above = table["x"] >= CUT
    return {"jump": float(table["y"][above].mean() - table["y"][~above].mean())}


def _turned(book: Book) -> dict[str, float]:
    return {"jump": -_jump(book)["jump"]}


def _other_end(book: Book) -> dict[str, float]:
    table = beside(book)
    found = thresholds.threshold_jump(np.log(table["x"] / CUT), table["y"], 0.0)
    return {"high": found.low}


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if 0 < own["bar"] < 1000:
        return ""
    return f"`bar` is {own['bar']:g}: expected minutes a month, more than 0."


def _follows(book: Book, answer: Mapping[str, Any]) -> str:
    bar, high = float(answer["bar"]), float(answer["high"])
    choice = answer["choice"].strip().casefold()
    if (choice == "yes") == (high < -bar):
        return ""
    found = "surely more than" if high < -bar else "not surely more than"
    return (
        f"Your numbers contradict your choice: the loss at the cut is {found} your own bar, and "
        "you say "
        f"“{choice}”."
    )


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    table, bar = beside(book), float(answer["bar"])
    found = thresholds.threshold_jump(np.log(table["x"] / CUT), table["y"], 0.0)
    lines = (
        f"The lines stand at {found.left:.1f} minutes just below and {found.right:.1f} just over "
        f"the cut: {'a loss' if found.jump < 0 else 'no loss'}."
    )
    yes = [
        f"The loss may be as large as {-found.low:.0f} minutes a month."
        if found.low < 0
        else "The interval leaves no room for a loss at all.",
        f"The interval is {found.high - found.low:.0f} minutes wide: a loss of less than half of "
        "that would often not show.",
    ]
    no = [
        f"It may be as small as {-found.high:.0f} minutes a month, and your bar is {bar:g}."
        if found.high < 0
        else f"There may be none: the interval reaches to {found.high:.0f} minutes more.",
        f"{found.below} accounts below and {found.above} above tell it: those far from the cut "
        "are not "
        "asked.",
    ]
    (yes if found.jump < 0 else no).insert(0, lines)
    return {"yes": yes, "no": no}


def _owned(book: Book, period: bool = False) -> pd.DataFrame:
    if not book.has("accounts", "manager_id"):
        raise ValueError("its accounts have no manager_id")
    start, end = book.period_dates() if period else (None, None)
    rows = book.rollup(by_line=False, start=start, end=end).set_index("account_id")["revenue"]
    sold = positive_part(rows).kept
    owner = book.counted("accounts")[["account_id", "manager_id"]]
    return compliance.owned(owner, sold)


def _largest(book: Book, period: bool = False) -> dict[str, float]:
    table = _owned(book, period)
    table = table[table.index != ""]
    if not len(table):
        raise ValueError("its accounts name no owner")
    return {
        "most": int(table["accounts"].max()),
        "share": float(table["share"].max()),
        "largest": float(table["largest"].iloc[0]),
    }


def _of_the_busiest(book: Book) -> dict[str, float]:
    table = _owned(book)
    table = table[table.index != ""]
    busiest = int(table["accounts"].to_numpy().argmax())
    return {"share": float(table["share"].iloc[busiest])}


def _of_period(book: Book) -> dict[str, float]:
    found = _largest(book, True)
    return {"most": found["most"], "largest": found["largest"]}


def _of_rows_above_zero(book: Book) -> dict[str, float]:
    """Sales without what came back."""
    sold = book.rollup(by_line=False).set_index("account_id")["sold"]
    owner = book.counted("accounts")[["account_id", "manager_id"]]
    table = compliance.owned(owner, positive_part(sold).kept)
    return {"largest": float(table[table.index != ""]["largest"].iloc[0])}


def _of_all(book: Book) -> dict[str, float]:
    """The largest account over the whole book."""
    table = _owned(book)
    top = table.iloc[0]
    return {"largest": float(top["largest"] * top["amount"] / table["amount"].sum())}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "12.1", "Six visits and five accounts", "redo by hand",
        (
            Part("anhe", "visits to Anhe: a count"),
            Part("last", "what the visit that brings least adds: 10,000 yuan, 1 decimal", 0.05),
            Part("total", "what all six add: 10,000 yuan, 1 decimal", 0.05),
        ),
        _six,
        (
            "The first visit adds half of a tenth of the margin: 8.0 to Anhe, 3.0 to Boda.",
            "The second visit to Anhe adds 4.0. Which visit adds the most after that?",
            "Write down what each visit to each account would add, and strike out the six largest.",
        ),
        (
            Mistake(lambda book: {"anhe": 2, "total": _value(Anhe=2, Boda=1, Chenxi=1, Dafeng=1, Enkang=1)}, "This is one visit to each and the sixth to Anhe. A third visit to Anhe adds more than the first to Enkang."),
            Mistake(lambda book: {"anhe": 6, "total": _value(Anhe=6)}, "This gives all to Anhe. Its fourth visit adds less than the first to Chenxi."),
            Mistake(lambda book: {"last": _six(book)["total"] / SIX}, "This is the average of the six. The least of them is asked: it decides where a visit goes."),
            Mistake(lambda book: {"last": 1.0}, "This is what a seventh visit would add. The least of the six is asked."),
            Mistake(lambda book: {"total": 8.0 * 3 + 3.0 * 2 + 1.4}, "This counts each visit like the first to its account. Each adds half of the one before."),
        ),
    ),
    Exercise(
        "12.2", "What if gold were promised four", "change an assumption",
        (
            Part("share", "of its quarters with four visits or more: fraction, 3 decimals", 0.001),
            Part("short", "visits short of four a quarter: a count"),
        ),
        _kept,
        (
            "`opened.counted(\"visits\")` has two rows where an account has two owners. Add the visits up by quarter and account first.",
            "Keep the class gold and look at each quarter of each account by itself: four or more?",
            "A quarter with no visit is four short, one with three visits one, one with nine none.",
        ),
        (
            Mistake(_by_rows, "These are rows. Two owners of one account have a row each: add their visits up first."),
            Mistake(lambda book: _kept(book, 3), "This is the promise of three, as in the lesson. Four are asked."),
            Mistake(_of_average, "This is visits made over visits promised. Who was visited nine times does not make up for who was not."),
            Mistake(_of_all_looks, "This is visits promised less visits made. Visits beyond four at one account do not help another: add up what each look lacks."),
            Mistake(_of_year, "This sets a year's visits against the promise of a year. The promise is one of each quarter."),
        ),
    ),
    Exercise(
        "12.3", "The colleague's staff", "find the fault",
        (
            Part("fault", choices=FAULTS),
            Part("managers", "that the visits take, with all their hours: 2 decimals", 0.005),
        ),
        _managers,
        (
            "Say each factor with its unit: accounts, visits a year, minutes a visit, hours a "
            "what?",
            "A year on one side, a month on the other: how many hours does a manager have in a "
            "year?",
            "Divide by 12 x 166 hours.",
        ),
        (
            Mistake(lambda book: {"managers": colleague(accounts_of(book))}, "This is the colleague's own number."),
            Mistake(lambda book: {"managers": 12 * colleague(accounts_of(book))}, "This multiplies by twelve. The year has twelve times the hours, so it takes a twelfth of the people."),
            Mistake(lambda book: {"managers": _managers(book, 4 * HOURS)["managers"]}, "This leaves a third of the hours for accounts, as the lesson does. All of them are asked."),
            Mistake(lambda book: {"managers": _managers(book)["managers"] * 60}, "These are minutes over hours: divide by 60."),
            Mistake(lambda book: {"fault": "minutes"}, "The minutes are turned into hours. Look further."),
            Mistake(lambda book: {"fault": "class"}, "The accounts are those of the class. Look further."),
            Mistake(lambda book: {"fault": "rounding"}, "Nothing is rounded before the end. Look further."),
        ),
    ),
    Exercise(
        "12.4", "A desk for those over 1,500?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "loss at the cut from which you would act: minutes a month", own=True),
            Part("jump", "of the minutes a month at 1,500: 1 decimal", 0.05),
            Part("high", "upper end of its 95 % interval: 1 decimal", 0.05),
            DEFENCE,
        ),
        _jump,
        (
            "Set `bar` before you look. From how many minutes a month less would you build a desk?",
            "Add the minutes up by quarter and account, take the mean of the quarters, and divide "
            "by 3.",
            "`cv.threshold_jump(np.log(spend / 1500), minutes, 0)` has jump, low and high.",
        ),
        (
            Mistake(_of_means, "This is the mean of all above less the mean of all below. Read both lines at the cut."),
            Mistake(_turned, "This is turned round: the height just over the cut less that just below it is asked."),
            Mistake(lambda book: _jump(book, 3_000.0), "This is the cut at 3,000, as in the lesson. The cut at 1,500 is asked."),
            Mistake(lambda book: _jump(book, months=3), "These are minutes a quarter. A month is asked: divide by 3."),
            Mistake(lambda book: _jump(book, log=False), "This takes the spend as it is. Its logarithm is asked: `np.log(spend / 1500)`."),
            Mistake(_other_end, "This is the lower end of the interval. The upper one says how small the loss may be."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "12.5", "Another book, other owners", "another book",
        (
            Part("most", "accounts that one owner has at most: a count"),
            Part("share", "with the owner of the most money: fraction, 4 decimals", 0.0005),
            Part("largest", "largest account in that owner's sales: fraction, 4 decimals", 0.0005),
        ),
        _largest,
        (
            "`other.rollup(by_line=False)` gives sales by account over all rows. Keep the accounts "
            "above zero.",
            "`other.table(\"accounts\")` says who owns each: set manager_id beside the sales and add up.",
            "`cv.owned` takes both.",
        ),
        (
            Mistake(_of_the_busiest, "This is the owner of the most accounts. The one with the most money is asked."),
            Mistake(_of_period, "This is the period that the book declares. The question is about all its rows."),
            Mistake(_of_rows_above_zero, "This leaves the returns out. Add up all rows of an account first, then keep the accounts above zero."),
            Mistake(_of_all, "This is a share of all sales. It is asked of that owner's own."),
        ),
    ),
    Question("12.q1", "None of twenty", "b"),
    Question("12.q2", "The best class", "c"),
    Question("12.q3", "Who is visited more buys more", "a"),
)  # fmt: skip
