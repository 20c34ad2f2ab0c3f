"""Exercises of lesson 10: churn."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.churn import rates, rhythm, spells, survival
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

#: The story of 10.1: months of six contracts, and which of them ended; and a loss per quarter.
MONTHS, ENDED = (3, 7, 9, 15, 22, 26), (1, 0, 1, 1, 0, 0)
QUARTER, YEAR = 0.045, 12
#: S000-5i and S000-5j: lost in a half-year, and what authorities have of it; and the base of 10.2.
HALF_YEAR, OF_LOSS, OF_BASE = 0.0306, 0.2653, 0.20
PRODUCT, COLLEAGUES = "storage", "training"
OWN_BUSINESS = "own_business"
#: The rule of thumb of 10.5, days, and its level.
DAYS, LEVEL = 28, 0.70


def _napkin(book: Book) -> dict[str, float]:
    curve = survival.kaplan_meier(MONTHS, ENDED)
    return {
        "stay": survival.survival_at(curve, YEAR)[0],
        "year": rates.annualise(QUARTER, 4),
        "month": rates.annualise(QUARTER, 4, to=12),
    }


@lru_cache(maxsize=4)
def lines_of(book: Book) -> pd.DataFrame:
    """The lines of the book that ran in its own period."""
    if not book.has("subscriptions", "start", "end", "end_reason", "product", "missed_visits"):
        raise ValueError(
            "it has no subscriptions with product, end_reason and missed_visits; take the bundled "
            "book linjiang"
        )
    begin, end = watched(book)
    return spells.of_subscriptions(book.counted("subscriptions"), begin, end)


def watched(book: Book) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of 10.2 to 10.4: the book's own period; all months of its ledger where it
    has none.
    """
    start, end = book.period_dates()
    if start is not None and end is not None:
        return pd.Timestamp(start), pd.Timestamp(end)
    known = book.totals().iloc[0]
    first = pd.Timestamp(known["first_date"]).to_period("M").to_timestamp()
    return first, pd.Timestamp(known["last_date"]) + pd.offsets.MonthEnd(0)


def _ratio_of(lines: pd.DataFrame, mine: pd.Series) -> float:
    table = rates.exposure_adjusted_rates(spells.by_group(lines, mine))
    return float(table["ratio"][True])


def _authorities(book: Book) -> dict[str, Any]:
    lines = lines_of(book)
    mine = lines["product"] == PRODUCT
    if not mine.any() or mine.all():
        raise ValueError(f"it has no product {PRODUCT}; take the bundled book linjiang")
    others = (1 - OF_LOSS) / (1 - OF_BASE)
    row = rates.exposure_adjusted_rates(spells.by_group(lines, mine)).T[True]
    return {
        "rate": HALF_YEAR * OF_LOSS / OF_BASE,
        "ratio": OF_LOSS / OF_BASE / others,
        "product": float(row["ratio"]),
        "shown": "more" if row["ratio_low"] > 1 else "less" if row["ratio_high"] < 1 else "no",
    }


def _whole_time(book: Book) -> pd.DataFrame:
    """The lines over all months of the ledger, where the exercises ask for the book's period."""
    lines_of(book)
    known = book.totals().iloc[0]
    first = pd.Timestamp(known["first_date"]).to_period("M").to_timestamp()
    last = pd.Timestamp(known["last_date"]) + pd.offsets.MonthEnd(0)
    return spells.of_subscriptions(book.counted("subscriptions"), first, last)


def _all_years(book: Book) -> dict[str, float]:
    lines = _whole_time(book)
    return {"product": _ratio_of(lines, lines["product"] == PRODUCT)}


def _upside_down(book: Book) -> dict[str, float]:
    lines = lines_of(book)
    return {"product": 1 / _ratio_of(lines, lines["product"] == PRODUCT)}


def _by_estimate(book: Book) -> dict[str, str]:
    """Told by the estimate and not by its interval."""
    lines = lines_of(book)
    above = _ratio_of(lines, lines["product"] == PRODUCT) > 1
    return {"shown": "more" if above else "less"}


def _by_count(book: Book) -> dict[str, float]:
    """Lines that ended over all lines, without the time that they were watched."""
    lines = lines_of(book)
    mine = lines["product"] == PRODUCT
    return {"product": float(lines["event"][mine].mean() / lines["event"][~mine].mean())}


def _to_all(book: Book) -> dict[str, float]:
    lines = lines_of(book)
    mine = lines["product"] == PRODUCT
    table = spells.by_group(lines, mine)
    rate = table["events"] / table["exposure"]
    whole = table["events"].sum() / table["exposure"].sum()
    return {"product": float(rate[True] / whole)}


def _colleague(book: Book, watched_from_start: bool) -> float:
    lines = lines_of(book)
    mine = lines[lines["product"] == COLLEAGUES]
    if not len(mine):
        raise ValueError(f"it has no product {COLLEAGUES}; take the bundled book linjiang")
    begun = 0.0 if watched_from_start else mine["entry"]
    return float(mine["event"].sum() / (mine["duration"] - begun).sum() * 12)


def _training(book: Book) -> dict[str, Any]:
    return {"fault": "before", "rate": _colleague(book, False)}


def _only_ended(book: Book) -> dict[str, float]:
    lines = lines_of(book)
    mine = lines[(lines["product"] == COLLEAGUES) & (lines["event"] == 1)]
    return {"rate": float(len(mine) / (mine["duration"] - mine["entry"]).sum() * 12)}


def _training_all(book: Book) -> dict[str, float]:
    lines = _whole_time(book)
    mine = lines[lines["product"] == COLLEAGUES]
    return {"rate": float(mine["event"].sum() / (mine["duration"] - mine["entry"]).sum() * 12)}


def _by_lines(book: Book) -> dict[str, float]:
    """Ratio and part from shares of the lines, without the time that they were watched."""
    lines = _ours(book)
    share = lines["event"].groupby(lines["missed_visits"] == 1).mean()
    ratio = float(share[True] / share[False])
    return {"ratio": ratio, "part": rates.attributable_fraction(_exposed(book)["part"], ratio)}


def _share_ended(book: Book) -> dict[str, float]:
    lines = lines_of(book)
    return {"rate": float(lines.loc[lines["product"] == COLLEAGUES, "event"].mean())}


def _visits(lines: pd.DataFrame) -> dict[str, float]:
    """Crude ratio of rates with and without missed visits, and what they add."""
    ratio = _ratio_of(lines, lines["missed_visits"] == 1)
    exposed = float((lines.loc[lines["event"] == 1, "missed_visits"] == 1).mean())
    return {"ratio": ratio, "part": rates.attributable_fraction(exposed, ratio)}


def _ours(book: Book, lines: pd.DataFrame | None = None) -> pd.DataFrame:
    lines = (lines_of(book) if lines is None else lines).dropna(subset=["missed_visits"])
    kept = (lines["event"] == 1) & (lines["cause"] != OWN_BUSINESS)
    found = lines.assign(event=kept.astype(int))
    by = found.groupby(found["missed_visits"] == 1)["event"].sum()
    if len(by) < 2 or (by == 0).any():
        raise ValueError("it has no losses with and without missed visits; take linjiang")
    return found


def _hire(book: Book) -> dict[str, float]:
    return _visits(_ours(book))


def _visits_all_years(book: Book) -> dict[str, float]:
    """The same over all months of the ledger."""
    return _visits(_ours(book, _whole_time(book)))


def _as_in_the_lesson(book: Book) -> dict[str, float]:
    """The lesson's own: over all months, by the model that holds price and satisfaction equal."""
    names = ["missed_visits", "price_gap", "satisfaction"]
    lines = _ours(book, _whole_time(book))
    if not set(names) <= set(lines):
        raise ValueError("it has no price_gap and satisfaction beside missed_visits")
    lines = lines.dropna(subset=names)
    model = survival.hazard_model(lines, names, entry="entry", cluster="account_id")
    ratio = float(model["ratio"]["missed_visits"])
    exposed = float((lines.loc[lines["event"] == 1, "missed_visits"] == 1).mean())
    return {"ratio": ratio, "part": rates.attributable_fraction(exposed, ratio)}


def _exposed(book: Book) -> dict[str, float]:
    lines = _ours(book)
    return {"part": float((lines.loc[lines["event"] == 1, "missed_visits"] == 1).mean())}


def _all_causes(book: Book) -> dict[str, float]:
    return _visits(lines_of(book).dropna(subset=["missed_visits"]))


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a share of the losses lies between 0 and 1.")


_follows = by_the_bar("part", "yes", operator.gt, "the share is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    lines = _ours(book)
    missed = lines["missed_visits"] == 1
    found = _visits(lines)
    lost = int(lines["event"].sum())
    row = rates.exposure_adjusted_rates(spells.by_group(lines, missed)).T[True]
    exposed = float(missed[lines["event"] == 1].mean())
    low, high = (
        rates.attributable_fraction(exposed, float(row[n])) for n in ("ratio_low", "ratio_high")
    )
    return {
        "yes": [
            f"With missed visits lines leave {found['ratio']:.2f} times as often (95 % "
            f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}).",
            f"That is {found['part'] * lost:.0f} of {count(lost, 'loss', 'losses')} more than with "
            f"visits kept, if the visits are the cause: {percent(found['part'])} (95 % "
            f"{percent(low)} to {percent(high)}, with the share of the lost that had missed visits "
            "taken as known).",
        ],
        "no": [
            f"{percent(float(missed.mean()))} of the lines have missed visits; most of these stay "
            "all the same."
            if lines.loc[missed, "event"].mean() < 0.5
            else f"{percent(float(missed.mean()))} of the lines have missed visits.",
            *_held_equal(lines),
            "Lines whose visits are missed may differ in other ways: a trial by lot would tell.",
        ],
    }


def _held_equal(lines: pd.DataFrame) -> list[str]:
    """The ratio of missed visits with price and satisfaction held equal, where the book has both."""
    names = ["missed_visits", "price_gap", "satisfaction"]
    if not set(names) <= set(lines):
        return []
    known = lines.dropna(subset=names)
    try:
        model = survival.hazard_model(known, names, entry="entry", cluster="account_id")
    except ValueError:
        return []
    row = model.loc["missed_visits"]
    return [
        f"With price and satisfaction held equal it is {row['ratio']:.2f} times as often (95 % "
        f"{row['low']:.2f} to {row['high']:.2f})"
        + (": no difference is shown." if row["low"] <= 1 <= row["high"] else ".")
    ]


@lru_cache(maxsize=4)
def purchases(book: Book) -> pd.DataFrame:
    """Days on which something was bought: rows of the ledger above zero."""
    rows = book.counted("ledger")
    rows = rows[(rows["revenue"] > 0) & rows["date"].notna()]
    if not len(rows):
        raise ValueError("it has no dated sales above zero")
    return rows[["account_id", "date", "revenue"]]


def _silent(book: Book, level: float = LEVEL, **options: Any) -> pd.DataFrame:
    rows = purchases(book)
    return rhythm.lapsed(rows, rows["date"].max(), level, **options)


def _by_level_alone(book: Book, level: float) -> int:
    """Accounts silent too long by the level, whether or not they have been silent so long before."""
    return int(_silent(book, level, longer_than_any=False)["lapsed"].sum())


def _over(book: Book, days: int) -> int:
    """Accounts with a rhythm that are silent for so many days or more."""
    table = _silent(book)
    return int(((table["silence"] >= days) & table["limit"].notna()).sum())


def _named(book: Book, table: pd.DataFrame) -> dict[str, Any]:
    rows = purchases(book)
    sold = rows.groupby("account_id")["revenue"].sum().reindex(table.index)
    gone = table[table["lapsed"]]
    if not len(gone):
        raise ValueError("nobody has lapsed in it; take the bundled book yunhe")
    return {
        "lapsed": len(gone),
        "alone": _by_level_alone(book, LEVEL),
        "thumb": _over(book, DAYS),
        "first": str(sold[gone.index].sort_index().sort_values(kind="stable").index[-1]),
    }


def _another(book: Book) -> dict[str, Any]:
    return _named(book, _silent(book))


def _longest_silence(book: Book) -> dict[str, Any]:
    table = _silent(book)
    return {"first": str(table["silence"].idxmax())}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "10.1", "Six contracts and a quarter", "redo by hand",
        (
            Part("stay", "still there after 12 months: fraction, 3 decimals", 0.001),
            Part("year", "lost in a year: fraction, 4 decimals", 0.0005),
            Part("month", "lost in a month: fraction, 5 decimals", 0.00005),
        ),
        _napkin,
        (
            "Go from end to end. How many were still seen just before each of them?",
            "At 3 months one of six ends. At 9 only four are left to end: the second was last seen at 7.",
            "What is kept multiplies: after four quarters (1 - 0.045) to the fourth is left.",
        ),
        (
            Mistake(lambda book: {"stay": 4 / 6}, "This takes the contract that was last seen at 7 months for one that stayed the year. It counts only until then."),
            Mistake(lambda book: {"stay": 3 / 5}, "This leaves the contract that was seen for 7 months out altogether. Until then it was there."),
            Mistake(lambda book: {"year": 4 * QUARTER}, "This is four times the quarter. Each quarter loses a share of what the one before left."),
            Mistake(lambda book: {"year": -math.expm1(-4 * QUARTER)}, "This takes 4.5 % for a rate. It is a share of those that were there: 0.955 are kept, four times."),
            Mistake(lambda book: {"month": QUARTER / 3}, "This is a third of the quarter. What is kept multiplies: take the third root of it."),
            Mistake(lambda book: {"year": (1 - QUARTER) ** 4}, "This is what is kept. The loss is the rest."),
        ),
    ),
    Exercise(
        "10.2", "A fifth of the business", "change an assumption",
        (
            Part("rate", "of authorities in a half-year: fraction, 4 decimals", 0.0002),
            Part("ratio", "their rate over that of the others: 2 decimals", 0.01),
            Part("product", "rate of storage over that of all other products: 2 decimals", 0.01),
            Part("shown", choices=("more", "less", "no")),
        ),
        _authorities,
        (
            "Of 100 yuan a half-year loses 3.06, and authorities have 26.53 % of that: they hold 20 of the 100, the others the rest. For the book, `ch.exposure_adjusted_rates` takes losses (`events`) and years (`exposure`) by group and gives `ratio`, `ratio_low` and `ratio_high`.",
            "The others lose the rest, and hold 80.",
            "In the book: losses and years under watch of storage and of all others. `ch.of_subscriptions` gives entry and duration in months; the years are their difference over 12.",
            "A difference is shown where both limits of the ratio lie on one side of 1.",
        ),
        (
            Mistake(lambda book: {"rate": HALF_YEAR * OF_LOSS}, "This is their part of the loss over the whole business. Divide by what they hold."),
            Mistake(lambda book: {"ratio": OF_LOSS / OF_BASE}, "This compares them with all together, themselves included. Compare with the others."),
            Mistake(lambda book: {"ratio": OF_LOSS / (1 - OF_LOSS)}, "This compares losses with losses. Divide each by what could be lost."),
            Mistake(_by_count, "This divides by the number of lines. Some were watched for the whole year and some for a month: divide by the years under watch."),
            Mistake(_to_all, "This compares storage with all products, itself included. Compare with the others."),
            Mistake(_all_years, "This is the ratio over all months of the ledger. Asked is the book's own period."),
            Mistake(_upside_down, "This is the ratio the other way round: storage over all others."),
            Mistake(_by_estimate, "This is on which side of 1 the ratio lies. Does its interval lie there, too?"),
        ),
    ),
    Exercise(
        "10.3", "The colleague's calm rate", "find the fault",
        (
            Part("fault", choices=("before", "running", "unit", "reason")),
            Part("rate", "of training in a year: losses per year under watch, 4 decimals", 0.0005),
        ),
        _training,
        (
            "Which years does the colleague divide by? Was anybody watching in all of them?",
            "The losses are those of the period. The years should be those of the period, too.",
            "Count the years of each line from its start or the first day of the period, whichever is later.",
        ),
        (
            Mistake(lambda book: {"rate": _colleague(book, True)}, "This is the colleague's own number."),
            Mistake(_only_ended, "This divides by the years of the lines that ended. Those that run were there to leave, too."),
            Mistake(_share_ended, "This is the share that ever ended, not a rate by year."),
            Mistake(_training_all, "This is over all months of the ledger. Asked is the book's own period."),
            Mistake(lambda book: {"rate": _colleague(book, False) / 12}, "This is by month. `entry` and `duration` are months: over 12 they are years."),
            Mistake(lambda book: {"rate": -math.expm1(-_colleague(book, False))}, "This is the share that is lost in a year at this rate. Asked are losses per year under watch."),
            Mistake(lambda book: {"fault": "running"}, "Lines that still run belong into the years. Look further."),
            Mistake(lambda book: {"fault": "unit"}, "Days over 365.25 are years. Look further."),
            Mistake(lambda book: {"fault": "reason"}, "All reasons are asked for here. Look further."),
        ),
    ),
    Exercise(
        "10.4", "Another account manager?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "least share of the losses that missed visits must add: fraction", own=True),
            Part("ratio", "rate with missed visits over rate without: 2 decimals", 0.01),
            Part("part", "of those losses that missed visits add: fraction, 3 decimals", 0.002),
            DEFENCE,
        ),
        _hire,
        (
            "Set `bar` before you look. How much of the loss must hang on visits before you pay for more?",
            "Count only losses with another reason than own_business. Divide each group's by its years under watch.",
            "The fraction is p (r - 1) / r: p the share of the lost with missed visits, r the ratio.",
        ),
        (
            Mistake(_as_in_the_lesson, "This is the lesson's own number: of all years, with price and satisfaction held equal. Asked is the plain ratio of rates over the book's own period."),
            Mistake(_visits_all_years, "This is over all months of the ledger. Asked is the book's own period."),
            Mistake(_exposed, "This is the share of the lost whose visits were missed. Some of them would have left anyway."),
            Mistake(_by_lines, "This divides by the number of lines. Divide by the years that each group was under watch."),
            Mistake(_all_causes, "This counts customers that failed in business, too. No visit keeps these."),
            Mistake(lambda book: {"part": _hire(book)["ratio"] - 1}, "This is by how much the rate is higher. Of the losses it is less: p (r - 1) / r."),
            Mistake(lambda book: {"ratio": 1 / _hire(book)["ratio"]}, "This is the ratio the other way round: with missed visits over without."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "10.5", "Another book, each by its own rhythm", "another book",
        (
            Part("lapsed", "accounts that have lapsed at the level of 70 %: a count"),
            Part("alone", "accounts that would be called if the level alone decided: a count"),
            Part("thumb", "accounts silent for 28 days or more: a count"),
            Part("first", "account_id of the lapsed one that had bought most: text"),
        ),
        _another,
        (
            "Take the rows of `other.table(\"ledger\")` above zero. The day of the look is the last of them. `ch.lapsed` takes them, the day and the level; with `longer_than_any=False` the level alone decides.",
            "Of what `ch.lapsed` gives, `p` is the chance of such a gap, `silence` the days since the last purchase, and `limit` is missing where there is no rhythm.",
            "Sum the revenue of each account that has lapsed, over all rows above zero.",
        ),
        (
            Mistake(lambda book: {"lapsed": _named(book, _silent(book, longer_than_any=False))["lapsed"]}, "This counts silences that the account has had before. Demand that it is longer than each of them."),
            Mistake(lambda book: {"alone": _by_level_alone(book, 0.95)}, "This is the lesson's level of 95 %, or the count of those silent for longer than each gap before, too. Here three of ten are asked, 0.7, and by the level alone."),
            Mistake(lambda book: {"alone": _by_level_alone(book, 0.3)}, "This is the level 0.3. A gap as long that comes in three of ten is the level 0.7."),
            Mistake(lambda book: {"thumb": _over(book, DAYS + 1)}, "This many are silent for more than 28 days. Those silent for just 28 count, too."),
            Mistake(_longest_silence, "This is the one that is silent for longest. Asked is the one that had bought most."),
        ),
    ),
    Question("10.q1", "Most of the loss", "c"),
    Question("10.q2", "No reason given", "b"),
    Question("10.q3", "Ranks well", "a"),
)  # fmt: skip
