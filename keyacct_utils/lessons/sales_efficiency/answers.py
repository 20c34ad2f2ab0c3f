"""Exercises of lesson 14: sales efficiency."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.sales_efficiency import growth, judges, luck
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 14.1: purchases of five customers last year and this year, 10,000 yuan, and one new.
FIVE = {
    "Anhe": (90, 60),
    "Boda": (70, 80),
    "Chenxi": (50, 50),
    "Dafeng": (30, 0),
    "Enkang": (10, 20),
}
NEW = 40
#: Manager and year of 14.2, places of 14.3, years of 14.4, year of 14.5, goal of 14.6.
MANAGER, YEAR = "M21", 2022
PLACES, LESSON_PLACES = 10, 8
BEFORE, AFTER = "2022", "2023"
STAR_YEAR = 2022
GOAL = 0.95
VERDICTS = ("holds", "does not hold", "cannot be told")


def _five(book: Book) -> dict[str, float]:
    before = sum(a for a, _ in FIVE.values())
    return {
        "gross": sum(min(a, b) for a, b in FIVE.values()) / before,
        "net": sum(b for _, b in FIVE.values()) / before,
        "kept": sum(b > 0 for _, b in FIVE.values()) / len(FIVE),
    }


@lru_cache(maxsize=4)
def year_of(book: Book, year: int = YEAR) -> pd.DataFrame:
    """The rows of the manager of 14.2 in a year."""
    if not book.has("manager_results", "customer_days", "workdays", "visit_cost", "visits"):
        raise ValueError("it has no manager_results with visits; take the bundled book linjiang")
    rows = book.table("manager_results").sort_values("period")
    days = pd.to_datetime(rows["period"])
    rows = rows[(rows["manager_id"] == MANAGER) & (days.dt.year == year)]
    if not len(rows):
        raise ValueError(f"manager_results has no row of {MANAGER} in {year}")
    return rows


def _exam(book: Book, year: int = YEAR) -> dict[str, float]:
    rows = year_of(book, year)
    opening = float(rows["receivables_opening"].iloc[0])
    return {
        "per_day": float(rows["customer_days"].sum() / rows["workdays"].sum()),
        "per_visit": float(rows["visit_cost"].sum() / rows["visits"].sum()),
        "recovery": float(
            rows["receivables_collected"].sum() / (opening + rows["receivables_new"].sum())
        ),
    }


def _mean_of_quarters(book: Book) -> dict[str, float]:
    rows = year_of(book)
    return {
        "per_quarter": float((rows["customers_visited"] / rows["workdays"]).mean()),
        "per_day": float((rows["customer_days"] / rows["workdays"]).mean()),
        "per_visit": float((rows["visit_cost"] / rows["visits"]).mean()),
    }


def _stock_added(book: Book) -> dict[str, float]:
    rows = year_of(book)
    due = rows["receivables_opening"].sum() + rows["receivables_new"].sum()
    return {"recovery": float(rows["receivables_collected"].sum() / due)}


def _ratio(book: Book, above: str, below: str, name: str) -> dict[str, float]:
    rows = year_of(book)
    return {name: float(rows[above].sum() / rows[below].sum())}


@lru_cache(maxsize=4)
def sheets_of(book: Book) -> pd.DataFrame:
    """Sheets of the contest: mean points of each judge for each entrant and round."""
    if not book.has("judge_scores", "group"):
        raise ValueError("it has no judge_scores; take the bundled book linjiang")
    rows = book.table("judge_scores")
    rows = rows[rows["round"].isin(["heat", "second"])]
    if not len(rows):
        raise ValueError("judge_scores has no round heat; take the bundled book linjiang")
    rows = rows.assign(case=rows["round"] + " " + rows["case_id"])
    keys = ["round", "group", "case_id", "case", "judge_id"]
    return pd.DataFrame(rows.groupby(keys, as_index=False)["score"].mean())


def _swaps(
    book: Book, places: int = PLACES, by_region: bool = True, severity: pd.Series | None = None
) -> dict[str, float]:
    sheets = sheets_of(book)
    if severity is None:
        severity = judges.judge_severity(sheets, case="case")[0]["severity"]
    heats = sheets[sheets["round"] == "heat"]
    heats = heats.assign(fair=heats["score"] - heats["judge_id"].map(severity))
    means = heats.groupby(["group", "case_id"], as_index=False)[["score", "fair"]].mean()
    inside = {}
    for name in ("score", "fair"):
        ordered = means.sort_values([name, "case_id"], ascending=[False, True])
        if by_region:
            chosen = ordered.groupby("group").head(places)
        else:
            chosen = ordered.head(places * means["group"].nunique())
        inside[name] = set(chosen["case_id"])
    return {
        "swapped": len(inside["fair"] - inside["score"]),
        "lift": float((means["fair"] - means["score"]).max()),
    }


def _by_raw_means(book: Book, rounds: tuple[str, ...] = ("heat",)) -> dict[str, float]:
    sheets = sheets_of(book)
    sheets = sheets[sheets["round"].isin(rounds)]
    raw = sheets.groupby("judge_id")["score"].mean() - sheets["score"].mean()
    return _swaps(book, severity=raw)


def _by_heats(book: Book) -> dict[str, float]:
    sheets = sheets_of(book)
    heats = sheets[sheets["round"] == "heat"]
    return _swaps(book, severity=judges.judge_severity(heats, case="case")[0]["severity"])


def _rounds_mixed(book: Book) -> dict[str, float]:
    """An entrant taken for one case in both rounds."""
    severity = judges.judge_severity(sheets_of(book), case="case_id")[0]["severity"]
    return {"lift": _swaps(book, severity=severity)["lift"]}


def _eight(book: Book) -> dict[str, float]:
    """Told by the count alone: the places do not touch the gain."""
    return {"swapped": _swaps(book, LESSON_PLACES)["swapped"]}


def _lift(found: Mapping[str, float]) -> dict[str, float]:
    """The gain of a wrong severity: its count is that of eight places too, and tells nothing."""
    return {"lift": found["lift"]}


def _of_harshest_sheet(book: Book) -> dict[str, float]:
    """All of the harsh judge's severity, where it is shared between two sheets."""
    severity = judges.judge_severity(sheets_of(book), case="case")[0]["severity"]
    return {"lift": -float(severity.min())}


@lru_cache(maxsize=8)
def years_of(book: Book, before: str = BEFORE, now: str = AFTER) -> tuple[pd.Series, pd.Series]:
    """Sales by account in two years."""
    if not book.has("ledger", "date"):
        raise ValueError("its ledger has no date; take the bundled book linjiang")
    found = []
    for year in (before, now):
        rows = book.rollup(by_line=False, start=f"{year}-01-01", end=f"{year}-12-31")
        found.append(rows.set_index("account_id")["revenue"].astype(float))
    if not (found[0] > 0).any():
        raise ValueError(f"nobody bought in {before}; take the bundled book linjiang")
    return found[0], found[1]


def colleague(before: pd.Series, now: pd.Series) -> float:
    """The faulty net retention of 14.4: all sales of the year over all of the year before."""
    return float(now.sum() / before.sum())


def _net(book: Book) -> dict[str, Any]:
    before, now = years_of(book)
    return {"fault": "new", "net": growth.retention_of(before, now).net.estimate}


def _gross(book: Book) -> dict[str, float]:
    return {"net": growth.retention_of(*years_of(book)).gross.estimate}


def _next_years(book: Book) -> dict[str, float]:
    return {"net": growth.retention_of(*years_of(book, "2023", "2024")).net.estimate}


def _share_of_now(book: Book) -> dict[str, float]:
    before, now = years_of(book)
    old = now.reindex(before.index[before > 0]).fillna(0.0)
    return {"net": float(old.sum() / now.sum())}


@lru_cache(maxsize=4)
def reached_of(book: Book, year: int = STAR_YEAR) -> pd.DataFrame:
    """Attainment by manager and quarter of a year."""
    if not book.has("manager_results", "sales", "target"):
        raise ValueError("it has no manager_results with targets; take the bundled book linjiang")
    rows = book.table("manager_results")
    rows = rows[pd.to_datetime(rows["period"]).dt.year == year]
    rows = rows[rows["target"] > 0]
    wide = rows.assign(reached=rows["sales"] / rows["target"]).pivot(
        index="manager_id", columns="period", values="reached"
    )
    if len(wide) < luck.FEWEST_UNITS or wide.shape[1] < 2:
        raise ValueError(f"it has too few managers with targets in {year}; take linjiang")
    return wide.dropna()


def _shrunk(book: Book) -> luck.Shrinkage:
    wide = reached_of(book)
    return luck.shrink(wide.mean(axis=1), luck.pooled_variance(wide), wide.shape[1])


def _star(book: Book) -> dict[str, float]:
    found = _shrunk(book)
    first = int(found.table["mean"].to_numpy().argmax())
    chance = luck.chance_of_best(found, draws=40_000).reindex(found.table.index)
    return {
        "weight": float(found.table["weight"].iloc[0]),
        "chance": float(chance.iloc[first]),
    }


def _one_quarter(book: Book) -> dict[str, float]:
    wide = reached_of(book)
    found = luck.shrink(wide.mean(axis=1), luck.pooled_variance(wide), 1)
    return {"weight": float(found.table["weight"].iloc[0])}


def _variance_of_the_mean(book: Book) -> dict[str, float]:
    """The variance of the mean handed to ``shrink``, which divides by the quarters once more."""
    wide = reached_of(book)
    variance = luck.pooled_variance(wide) / wide.shape[1]
    found = luck.shrink(wide.mean(axis=1), variance, wide.shape[1])
    return {"weight": float(found.table["weight"].iloc[0])}


def _raw_spread(book: Book) -> dict[str, float]:
    """The spread of the raw means taken for that of skill."""
    wide = reached_of(book)
    raw, error = float(wide.mean(axis=1).var()), luck.pooled_variance(wide) / wide.shape[1]
    return {"weight": raw / (raw + error)}


def _luck_for_skill(book: Book) -> dict[str, float]:
    return {"weight": 1 - _star(book)["weight"]}


def _even(book: Book) -> dict[str, float]:
    return {"chance": 1 / len(reached_of(book))}


def _without_shrinking(book: Book) -> dict[str, float]:
    """The chance where the raw means are drawn around themselves."""
    table = _shrunk(book).table
    rng = np.random.default_rng(0)
    drawn = rng.normal(table["mean"], table["error"], (40_000, len(table)))
    first = int(table["mean"].to_numpy().argmax())
    return {"chance": float((drawn.argmax(axis=1) == first).mean())}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "expected is a chance above 0 and below 1.")


_follows = by_the_bar(
    "chance",
    "yes",
    operator.ge,
    "the chance is {}",
    ("at your own bar or above", "below your own bar"),
)


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found, chance = _shrunk(book), _star(book)["chance"]
    table = found.table
    first = int(table["mean"].to_numpy().argmax())
    lead = float(table["mean"].iloc[first]) - found.centre
    left = float(table["shrunk"].iloc[first]) - found.centre
    even = 1 / len(table)
    yes = [
        f"After shrinkage the first is still expected {100 * left:.1f} points above the mean.",
        f"A chance of {percent(chance)} is {chance / even:.0f} times that of a lot.",
    ]
    no = [
        f"With a chance of {percent(1 - chance)} somebody else is better.",
        f"Of the {100 * lead:.1f} points that it was ahead, {100 * (lead - left):.1f} are luck.",
        "Whoever is named and falls back next year is blamed for what was luck.",
    ]
    return {"yes": yes, "no": no}


def _kept(book: Book) -> dict[str, Any]:
    before, now = years_of(book, "2023", "2024")
    base = before.index[before > 0]
    stayed = int((now.reindex(base).fillna(0.0) > 0).sum())
    low, high = proportion_confint(stayed, len(base), 0.05, "wilson")
    verdict = VERDICTS[0] if low >= GOAL else VERDICTS[1] if high < GOAL else VERDICTS[2]
    return {"kept": stayed / len(base), "low": float(low), "choice": verdict}


def _either(book: Book) -> dict[str, float]:
    before, now = years_of(book, "2023", "2024")
    had, has = set(before.index[before > 0]), set(now.index[now > 0])
    return {"kept": len(had & has) / len(had | has)}


def _now_over_before(book: Book) -> dict[str, float]:
    before, now = years_of(book, "2023", "2024")
    return {"kept": float((now > 0).sum() / (before > 0).sum())}


def _of_the_new(book: Book) -> dict[str, float]:
    before, now = years_of(book, "2023", "2024")
    had, has = set(before.index[before > 0]), set(now.index[now > 0])
    return {"kept": len(had & has) / len(has)}


def _in_money(book: Book) -> dict[str, float]:
    return {"kept": growth.retention_of(*years_of(book, "2023", "2024")).gross.estimate}


def _net_money(book: Book) -> dict[str, float]:
    return {"kept": growth.retention_of(*years_of(book, "2023", "2024")).net.estimate}


def _jeffreys(book: Book) -> dict[str, float]:
    before, _ = years_of(book, "2023", "2024")
    n = int((before > 0).sum())
    stayed = round(_kept(book)["kept"] * n)
    return {"low": float(proportion_confint(stayed, n, 0.05, "jeffreys")[0])}


def _plain_limit(book: Book) -> dict[str, float]:
    before, _ = years_of(book, "2023", "2024")
    p, n = _kept(book)["kept"], int((before > 0).sum())
    return {"low": float(p - 1.959964 * np.sqrt(p * (1 - p) / n))}


def _one_sided(book: Book) -> dict[str, float]:
    before, _ = years_of(book, "2023", "2024")
    n = int((before > 0).sum())
    return {"low": float(proportion_confint(round(_kept(book)["kept"] * n), n, 0.10, "wilson")[0])}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "14.1", "Five customers and a new one", "redo by hand",
        (
            Part("gross", "gross retention: fraction, 3 decimals", 0.001),
            Part("net", "net retention: fraction, 3 decimals", 0.001),
            Part("kept", "share of the customers kept: fraction, 3 decimals", 0.001),
        ),
        _five,
        (
            "Only the five of last year count: add up what they bought then.",
            "For gross retention each counts for at most what it bought last year.",
            "For net retention each counts for all that it buys now. The new one is in neither.",
        ),
        (
            Mistake(lambda book: {"net": (sum(b for _, b in FIVE.values()) + NEW) / 250}, "The new customer is in it. It was no customer when the year began, so it cannot have been kept."),
            Mistake(lambda book: {"gross": _five(book)["net"]}, "This counts growth too. For gross retention nobody counts for more than last year."),
            Mistake(lambda book: {"net": _five(book)["gross"]}, "Here growth of the five counts too: Boda and Enkang buy more than last year."),
            Mistake(lambda book: {"gross": _five(book)["kept"]}, "This is the share of customers. Gross retention is in money."),
            Mistake(lambda book: {"gross": 130 / 250}, "This counts only those who buy as much as before or more. Anhe buys less, and what it still buys is left."),
            Mistake(lambda book: {"kept": 5 / 6}, "The new customer is counted. Of the five of last year, how many bought again?"),
            Mistake(lambda book: {"kept": 1.0}, "Dafeng bought nothing. And the new customer does not take its place."),
        ),
    ),
    Exercise(
        "14.2", "The exam table, with data", "change an assumption",
        (
            Part("per_day", "customers visited per day, each once a day: 3 decimals", 0.001),
            Part("per_visit", "cost per visit: yuan, 1 decimal", 0.1),
            Part("recovery", "recovery of receivables: fraction, 3 decimals", 0.001),
        ),
        _exam,
        (
            "Take the four rows of the manager in that year. Each ratio is a sum over a sum.",
            "`customer_days` counts a customer once a day; `visits` counts each visit.",
            "Receivables at the start are a stock: of the year, those of its first quarter.",
        ),
        (
            Mistake(lambda book: _ratio(book, "visits", "workdays", "per_day"), "This is visits a day. The exam counts customers: two visits to one on a day are one."),
            Mistake(lambda book: _ratio(book, "customers_visited", "workdays", "per_day"), "This counts a customer once a quarter. It counts once on each day on which it was visited."),
            Mistake(lambda book: {"per_day": _mean_of_quarters(book)["per_day"]}, "This is a mean of four ratios. Add up the counts first, and the days, and divide once."),
            Mistake(lambda book: {"per_day": _mean_of_quarters(book)["per_quarter"]}, "This is a mean of four ratios, and counts a customer once a quarter. Add up `customer_days` and the days, and divide once."),
            Mistake(lambda book: {"per_visit": _mean_of_quarters(book)["per_visit"]}, "This is a mean of four ratios. Add up the costs first, and the visits, and divide once."),
            Mistake(lambda book: _ratio(book, "visit_cost", "customers_visited", "per_visit"), "This is the cost per customer visited, the first reading of the lesson. The cost per visit is asked."),
            Mistake(lambda book: _ratio(book, "visit_cost", "customer_days", "per_visit"), "This divides by customers seen, each once a day. Divide by visits."),
            Mistake(_stock_added, "The receivables at the start of four quarters are added up. What was open in January is open in April again: take the first quarter's."),
            Mistake(lambda book: _ratio(book, "receivables_collected", "receivables_new", "recovery"), "This leaves out what was open at the start."),
            Mistake(lambda book: {"recovery": float(year_of(book)["receivables_collected"].sum() / year_of(book)["receivables_opening"].iloc[0])}, "This leaves out what came new in the year, though that was collected too."),
            Mistake(lambda book: _exam(book, 2024), "This is the year 2024. Take 2022."),
            Mistake(lambda book: _exam(book, 2023), "This is the year 2023. Take 2022."),
        ),
    ),
    Exercise(
        "14.3", "What if ten go on", "change an assumption",
        (
            Part("swapped", "entrants who are out by points and in by fair points: a count"),
            Part("lift", "largest gain of an entrant by fair points: 1 decimal", 0.05),
        ),
        _swaps,
        (
            "Make one sheet of each round, entrant and judge: the mean of its criteria. `round` and `case_id` together name a case.",
            "`se.judge_severity(sheets, case=\"case\")` of both rounds together gives the severity of each judge.",
            "Take each judge's severity off its points in the heats, average by entrant, and rank within each region.",
        ),
        (
            Mistake(_eight, "This comes with eight places in each region, as in the lesson, and with a wrong severity too. Ten places are asked; where `lift` is wrong as well, mend the severity first."),
            Mistake(lambda book: {"swapped": _swaps(book, by_region=False)["swapped"]}, "This ranks all entrants together. Ten go on in each region."),
            Mistake(lambda book: {"swapped": 2 * _swaps(book)["swapped"]}, "Each swap is counted twice: one comes in and one goes out."),
            Mistake(lambda book: _lift(_by_heats(book)), "This is the severity in the heats alone. Take it from the sheets of both rounds."),
            Mistake(_rounds_mixed, "This takes an entrant for the same case in both rounds, though it is read anew in the second. `round` and `case_id` together name a case."),
            Mistake(lambda book: _lift(_by_raw_means(book, ("heat", "second"))), "This takes the mean points of each judge in both rounds for its severity. Not all judges read the same entrants in the heats: compare on the same cases."),
            Mistake(lambda book: _lift(_by_raw_means(book)), "This takes the mean points of each judge in the heats for its severity. A judge who reads strong entrants looks mild: compare on the same cases."),
            Mistake(_of_harshest_sheet, "This is the whole severity of the strictest judge. An entrant has two sheets, and only one of them is that judge's."),
        ),
    ),
    Exercise(
        "14.4", "The colleague's net retention", "find the fault",
        (
            Part("fault", choices=("new", "year", "count", "returns")),
            Part("net", "net retention of the customers of 2022 in 2023: fraction, 4 decimals", 0.0005),
        ),
        _net,
        (
            "Who is in the upper sum, and who in the lower?",
            "Which of those in the upper sum could have been lost?",
            "Keep the customers with sales above zero in 2022, and set their 2023 beside their 2022.",
        ),
        (
            Mistake(lambda book: {"net": colleague(*years_of(book))}, "This is the colleague's own number: all sales over all sales."),
            Mistake(_gross, "This is gross retention. Growth of the same customers counts in net retention."),
            Mistake(_next_years, "These are the years 2023 and 2024. The colleague compares 2022 and 2023."),
            Mistake(_share_of_now, "This is the share of old customers in the sales of 2023. Divide by what they brought in 2022."),
            Mistake(lambda book: {"net": _net(book)["net"] - 1}, "This is growth. Retention is the whole that is left: one more."),
            Mistake(lambda book: {"fault": "year"}, "The later year stands above and the earlier below, as it should. Look further."),
            Mistake(lambda book: {"fault": "count"}, "Net retention is in money, and so are these sums. Look further."),
            Mistake(lambda book: {"fault": "returns"}, "The roll-up takes returns off on both sides. Look further."),
        ),
    ),
    Exercise(
        "14.5", "A star for 2022?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "least chance that a star should have: fraction", own=True),
            Part("weight", "part of a mean that is kept as skill: fraction, 3 decimals", 0.001),
            Part("chance", "that the first is truly the best: fraction, 2 decimals", 0.03),
            DEFENCE,
        ),
        _star,
        (
            "Set `bar` before you look. Then make a table `wide` of 24 managers and the four quarters of 2022: sales over target in each quarter.",
            "`found = se.shrink(wide.mean(axis=1), se.pooled_variance(wide), 4)`: the variance is that of one quarter, and 4 makes it that of the mean. What is kept stands in `found.table[\"weight\"]`.",
            "`se.chance_of_best(found)` has a chance for each manager; take that of `wide.mean(axis=1).idxmax()`, who is first by the raw mean.",
        ),
        (
            Mistake(_variance_of_the_mean, "The variance is divided by four twice. `se.shrink` takes that of one quarter and divides by `sizes` itself."),
            Mistake(_one_quarter, "This takes each mean for a single quarter. It is of four: `sizes=4`."),
            Mistake(_raw_spread, "Here the spread of the raw means is taken for that of skill. Luck is in it too: take it off first."),
            Mistake(_luck_for_skill, "This is the part that is luck."),
            Mistake(_even, "This is the chance of a lot. The first of the table has a better one."),
            Mistake(_without_shrinking, "This draws around the raw means. The first of a table was lucky more often than not: draw around the shrunken ones."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "14.6", "Another book, another retention", "another book",
        (
            Part("kept", "share of the customers kept: fraction, 3 decimals", 0.001),
            Part("low", "lower limit of its 95 % interval (Wilson): fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _kept,
        (
            "`other.rollup(by_line=False, start=..., end=...)` gives one row per account. A customer has sales above zero.",
            "How many of those of 2023 have sales above zero in 2024?",
            "`low, high = proportion_confint(stayed, n, method=\"wilson\")` of statsmodels gives the interval. It takes both ends: with `low` at 0.95 or above the goal holds, with `high` below 0.95 it does not, and with 0.95 between them it cannot be told.",
        ),
        (
            Mistake(_either, "This divides by all who bought in either year. Who came in 2024 could not be lost."),
            Mistake(_now_over_before, "This is the number of customers of 2024 over that of 2023. New ones stand in for the lost."),
            Mistake(_of_the_new, "This divides by the customers of 2024. Who was there to be lost?"),
            Mistake(_in_money, "This is gross retention in money. The share of customers is asked."),
            Mistake(_net_money, "This is net retention in money. The share of customers is asked."),
            Mistake(lambda book: {"choice": VERDICTS[0]}, "The share lies above the goal, and a part of its interval does not. The goal holds where all of the interval is at 0.95 or above."),
            Mistake(lambda book: {"choice": VERDICTS[1]}, "The lower limit lies below the goal, and the upper one does not. The goal fails where all of the interval is below 0.95."),
            Mistake(_plain_limit, "This is the plain formula, p less 1.96 standard errors. Near one it is off: take Wilson's."),
            Mistake(_jeffreys, "This is Jeffreys' interval, which the lights of the lesson take. Wilson's is asked."),
            Mistake(_one_sided, "This leaves out five percent on each side. An interval of 95 % leaves out two and a half."),
        ),
    ),
    Question("14.q1", "The star falls back", "b"),
    Question("14.q2", "A harsh judge in a full panel", "c"),
    Question("14.q3", "Red in the funnel", "a"),
)  # fmt: skip
