"""Exercises of lesson 06: the satisfaction index."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from keyacct_utils.lessons.satisfaction_index import index as sf
from keyacct_utils.lessons.shared.amounts import top_count
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question

if TYPE_CHECKING:
    from keyacct_utils.book import Book

QUALITY, SATISFACTION, LOYALTY = ("Q1", "Q2", "Q3"), ("S1", "S2", "S3"), ("L1", "L2")
#: 06.1: as many as one works by hand.
FEW = 12
#: 06.1: the numbers of the lesson that are not its t: that of five answers, and "about twice".
OF_FIVE, ROUGHLY = 2.78, 2.0
#: 06.4: the promise of the complaints desk, in hours; the lesson takes 48.
PROMISED = 60.0
#: 06.2: half-width in points of the index, and the level of the interval.
MARGIN, SURE = 4.0, 0.90
#: 06.5: the widest bar that is still a bar, in scale points; the customers of one branch.
WIDEST, BRANCH = 2.0, 12
#: 06.6: answers that a manager must have both times, managers that are needed, and the part that counts as the top.
LEAST, TOO_FEW, TOP = 10, 5, 0.25
VERDICTS = ("lasts", "not seen", "turns round")
INSTEAD = "take the bundled book linjiang"


@lru_cache(maxsize=8)
def answers_of(book: Book, *columns: str) -> pd.DataFrame:
    """The questionnaires with all of these answers."""
    if lacking := [name for name in columns if not book.has("survey", name)]:
        raise ValueError(f"it has no survey.{', survey.'.join(lacking)}; {INSTEAD}")
    return book.counted("survey").dropna(subset=list(columns))


def index_of(answers: pd.DataFrame) -> pd.Series:
    """The satisfaction index of each questionnaire, items alike."""
    found = sf.index_score(answers[list(SATISFACTION)])
    assert isinstance(found, pd.Series)
    return found


def _by_hand(book: Book) -> dict[str, float]:
    few = answers_of(book, *SATISFACTION).head(FEW)
    score = index_of(few)
    error = float(t.ppf(0.975, len(score) - 1) * score.sem())
    return {
        "index": float(score.mean()),
        "error": error,
        "alpha": sf.cronbach_alpha(few[list(SATISFACTION)]),
    }


def _error_with(book: Book, quantile: float) -> dict[str, float]:
    """The half-width with another number in the place of t."""
    return {"error": _by_hand(book)["error"] / float(t.ppf(0.975, FEW - 1)) * quantile}


def _of_single_items(book: Book) -> dict[str, float]:
    """The half-width as if each item were the answer of another customer."""
    items = answers_of(book, *SATISFACTION).head(FEW)[list(SATISFACTION)]
    each = pd.Series(100 * (items.to_numpy(float).ravel() - 1) / 9)
    return {"error": float(t.ppf(0.975, len(each) - 1) * each.sem())}


def _sectors(book: Book) -> tuple[pd.DataFrame, pd.Series]:
    """The questionnaires with their sector, and the accounts of each sector."""
    answers = answers_of(book, "account_id", "year", *SATISFACTION)
    if not book.has("accounts", "sector"):
        raise ValueError(f"it has no accounts.sector; {INSTEAD}")
    sector = book.counted("accounts").set_index("account_id")["sector"].dropna()
    return answers.assign(sector=answers["account_id"].map(sector)), sector.groupby(sector).size()


def last_survey(book: Book) -> pd.DataFrame:
    """The questionnaires of the last survey up to the end of the book's own period, with their sector."""
    answers, _ = _sectors(book)
    known = answers[answers["year"] <= end.year] if (end := book.period_dates()[1]) else answers
    if known.empty:
        raise ValueError(f"its survey begins after its own period; {INSTEAD}")
    return known[known["year"] == known["year"].max()]


def _sizes(
    book: Book, confidence: float = SURE, finite: bool = True, power: float | None = None
) -> dict[str, Any]:
    answers, accounts = _sectors(book)
    spread = float(index_of(answers).std())
    sizes = accounts.map(
        lambda n: sf.required_sample_size(MARGIN, spread, confidence, n if finite else None, power)
    )
    asked = (
        last_survey(book)
        .drop_duplicates("account_id")
        .groupby("sector")
        .size()
        .reindex(sizes.index, fill_value=0)
    )
    return {"sizes": sizes, "total": int(sizes.sum()), "short": int((asked < sizes).sum())}


def _by_normal(book: Book) -> dict[str, Any]:
    """The sizes with the normal quantile in the place of t."""
    answers, accounts = _sectors(book)
    n0 = (norm.ppf(0.5 + SURE / 2) * float(index_of(answers).std()) / MARGIN) ** 2
    sizes = np.ceil(n0 / (1 + (n0 - 1) / accounts)).astype(int)
    return {"sizes": sizes, "total": int(sizes.sum())}


def _counted_otherwise(book: Book, every_year: bool) -> dict[str, int]:
    answers, accounts = _sectors(book)
    counted = answers.drop_duplicates("account_id") if every_year else last_survey(book)
    asked = counted.groupby("sector").size().reindex(accounts.index, fill_value=0)
    return {"short": int((asked < _sizes(book)["sizes"]).sum())}


def _firm_as_a_whole(book: Book) -> dict[str, int]:
    answers, accounts = _sectors(book)
    return {
        "total": sf.required_sample_size(
            MARGIN, float(index_of(answers).std()), SURE, population=int(accounts.sum())
        )
    }


def _looks(book: Book) -> tuple[pd.DataFrame, pd.DataFrame]:
    answers = answers_of(book, *QUALITY, *SATISFACTION).astype(
        dict.fromkeys((*QUALITY, *SATISFACTION), float)
    )
    return answers[list(QUALITY)], answers[list(SATISFACTION)]


def _one_item(book: Book) -> dict[str, float]:
    quality, satisfied = _looks(book)
    one = float(np.corrcoef(quality["Q1"], satisfied["S1"])[0, 1])
    three = float(np.corrcoef(quality.mean(axis=1), satisfied.mean(axis=1))[0, 1])
    corrected = three / math.sqrt(sf.cronbach_alpha(quality) * sf.cronbach_alpha(satisfied))
    return {"one": one, "three": three, "corrected": corrected, "reliability": one / corrected}


def _means(book: Book) -> pd.DataFrame:
    return pd.concat([block.mean(axis=1) for block in _looks(book)], axis=1)


def _single_pairs(book: Book) -> dict[str, float]:
    quality, satisfied = _looks(book)
    return {"three": float(np.corrcoef(quality.T, satisfied.T)[:3, 3:].mean())}


def complaints(
    book: Book, otherwise: float | None = None, limit: float = PROMISED
) -> dict[str, Any]:
    """The gain from an answer in time; ``otherwise`` stands for the hours of those who did not complain."""
    answers = answers_of(book, *SATISFACTION, *LOYALTY)
    if not book.has("survey", "hours_to_answer"):
        raise ValueError(f"it has no survey.hours_to_answer; {INSTEAD}")
    hours = (
        answers["hours_to_answer"]
        if otherwise is None
        else answers["hours_to_answer"].fillna(otherwise)
    )
    loyal, satisfied = (answers[list(items)].mean(axis=1) for items in (LOYALTY, SATISFACTION))
    found = sf.recovery_effect(loyal, satisfied, hours, limit)
    later = int((hours >= limit).sum())
    return {
        "fault": "hours",
        "in_time": int(hours.notna().sum()) - later,
        "gain": found.estimate,
        "low": found.low,
    }


def _plain_difference(book: Book) -> dict[str, float]:
    answers = answers_of(book, *LOYALTY, "hours_to_answer")
    loyal, prompt = answers[list(LOYALTY)].mean(axis=1), answers["hours_to_answer"] < PROMISED
    return {"gain": float(loyal[prompt].mean() - loyal[~prompt].mean())}


@lru_cache(maxsize=8)
def gaps_of(book: Book, first: int | None = None, by_item: bool = False) -> pd.DataFrame:
    """Gaps by dimension (or by item) of the customers who answered all pairs, or the first of them."""
    items = [item for own in sf.SERVQUAL_ITEMS.values() for item in own]
    answers = answers_of(
        book, *(side + item for side in ("perceived_", "expected_") for item in items)
    )
    if len(answers) < BRANCH:
        raise ValueError(
            f"{len(answers)} customers answered all 22 pairs, fewer than {BRANCH}; {INSTEAD}"
        )
    perceived, expected = sf.servqual_pairs(answers.head(first or len(answers)))
    return sf.servqual_gap(perceived, expected, None if by_item else sf.SERVQUAL_ITEMS).drop("all")


def _fall_short(book: Book, by_item: bool = False) -> dict[str, int]:
    every, few = gaps_of(book, by_item=by_item), gaps_of(book, BRANCH, by_item)
    return {"short": int((every["high"] < 0).sum()), "of_twelve": int((few["high"] < 0).sum())}


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if 0 < own["bar"] <= WIDEST:
        return ""
    return f"`bar` is {own['bar']:g}: it is a shortfall in points of the scale. Name one above 0 and at most {WIDEST:g}."


def _print_or_not(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for the sentence in the brochure, and what against it."""
    gaps, few = gaps_of(book).sort_values("gap"), _fall_short(book)
    least, largest, lowest = (
        -gaps[name].to_numpy(float)[at] for name, at in (("gap", -1), ("gap", 0), ("low", 0))
    )
    return {
        "print it": [
            f"In {gaps.index[-1]} customers miss {least:.2f} points on a scale from 1 to 10.",
            f"Of the first {BRANCH} customers, {few['of_twelve']} of {len(gaps)} dimensions fall short.",
        ],
        "do not": [
            f"Of all customers, {few['short']} of {len(gaps)} dimensions fall short by the rule.",
            f"In {gaps.index[0]} they miss {largest:.2f} points, and it may be "
            f"{lowest:.2f}. With {BRANCH} answers an interval is wide, so little can fall short.",
        ],
    }


def _claim_follows(book: Book, answer: Mapping[str, Any]) -> str:
    bar, within, choice = (
        float(answer["bar"]),
        float(answer["within"]),
        answer["choice"].strip().casefold(),
    )
    low = gaps_of(book)["low"]
    if within != (low >= -bar).sum():
        return "`within` does not follow from your bar: count the dimensions whose lower limit, unrounded, is -bar or more."
    if (choice == "print it") != (within == len(low)):
        return f"Your numbers contradict your choice: {within:g} of {len(low)} dimensions are within your own bar, and you say “{choice}”."
    return ""


def _two_times(book: Book, least: int = LEAST, back: int | None = None) -> pd.DataFrame:
    """Mean index of each manager in the years before (or so many of them) and in the last year of
    the survey.
    """
    answers = answers_of(book, "manager_id", "year", *SATISFACTION)
    last = answers["year"] == answers["year"].max()
    if last.all():
        raise ValueError(f"its survey has one year only; {INSTEAD}")
    near = answers["year"] >= answers["year"].max() - (back or 0)
    score = index_of(answers)
    both = pd.concat(
        [
            score[part].groupby(answers["manager_id"][part]).agg(["size", "mean"])
            for part in (~last if back is None else ~last & near, last)
        ],
        axis=1,
    )
    both.columns = pd.Index(["n_before", "before", "n_last", "last"])
    kept = both[(both["n_before"] >= least) & (both["n_last"] >= least)]
    if len(kept) < TOO_FEW:
        raise ValueError(
            f"{len(kept)} managers have {least} answers both times, fewer than {TOO_FEW}; {INSTEAD}"
        )
    return kept[["before", "last"]].sort_index()


def _again(
    book: Book, least: int = LEAST, method: Any = "spearman", back: int | None = None
) -> dict[str, Any]:
    means = _two_times(book, least, back)
    rho = float(np.clip(means["before"].corr(means["last"], method=method), -1 + 1e-9, 1 - 1e-9))
    limits = np.tanh(
        np.arctanh(rho) + norm.ppf([0.025, 0.975]) / math.sqrt(len(means) - 3)
    ).tolist()
    few = top_count(len(means), TOP)
    tops = [
        set(means[time].sort_values(ascending=False, kind="stable").index[:few])
        for time in ("before", "last")
    ]
    return {
        "managers": len(means),
        "correlation": rho,
        "low": limits[0],
        "high": limits[1],
        "stay": len(tops[0] & tops[1]),
    }


def _untransformed(book: Book) -> dict[str, float]:
    right = _again(book)
    reach = float(norm.ppf(0.975)) / math.sqrt(right["managers"] - 3)
    return {"low": right["correlation"] - reach, "high": right["correlation"] + reach}


def _verdict_follows(book: Book, answer: Mapping[str, Any]) -> str:
    low, high = float(answer["low"]), float(answer["high"])
    follows = VERDICTS[0] if low > 0 else VERDICTS[2] if high < 0 else VERDICTS[1]
    told = "`choice` does not follow from your own interval. Does it lie above 0, below 0, or does it hold 0?"
    return "" if answer["choice"].strip().casefold() == follows else told


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "06.1", "Twelve questionnaires by hand", "redo by hand",
        (Part("index", "mean of the twelve: points, 1 decimal", 0.1),
         Part("error", "half-width of its 95 % interval: points, 1 decimal", 0.1),
         Part("alpha", "Cronbach's alpha of the three items: 2 decimals", 0.01)),
        _by_hand,
        ("One index for each of the twelve first: 100 (mean of the three answers - 1) / 9.",
         "The half-width is t s / √n. s is the standard deviation of the twelve indices, with n - 1 below the line; t is `t.ppf(0.975, n - 1)`, in Excel `T.INV.2T(0.05, n - 1)`.",
         "Alpha takes four variances: one for each item, and that of the sum of the three. k is 3: the items, not the customers."),
        (Mistake(lambda book: {"index": 0.9 * _by_hand(book)["index"] + 10}, "The scale starts at 1, not at 0: all answers the worst have to give 0."),  # 100 mean / 10
         Mistake(lambda book: {"index": 0.09 * _by_hand(book)["index"] + 1}, "This is the mean answer on the scale from 1 to 10. Put it on 0 to 100: subtract 1, divide by 9, times 100."),
         Mistake(lambda book: _error_with(book, OF_FIVE), "This takes 2.78, which is for five answers. With twelve t has 11 degrees of freedom and is smaller."),
         Mistake(lambda book: _error_with(book, ROUGHLY), "This takes 2, a rule of thumb for many answers. Twelve know their own spread less well: take t with 11 degrees of freedom."),
         Mistake(_of_single_items, "This takes the items for answers, three times as many as there are customers. The items of one customer go together: make one index of them first, then there are twelve."),
         Mistake(lambda book: _error_with(book, norm.ppf(0.975)), "This takes 1.96, which is for many answers. Twelve know their own spread less well: take t with 11 degrees of freedom."),
         Mistake(lambda book: {"alpha": 2 / 3 * _by_hand(book)["alpha"]}, "The factor k / (k - 1) is missing."),
         Mistake(lambda book: {"error": _by_hand(book)["error"] * math.sqrt((FEW - 1) / FEW)}, "This divides by n in the standard deviation. These are twelve of many, so divide by n - 1."),
         Mistake(lambda book: {"error": _by_hand(book)["error"] * math.sqrt(FEW)}, "This is how far one customer lies from the mean. Divide by √n for the mean."),
         Mistake(lambda book: _error_with(book, 1.0), "This is the standard error. The half-width of the interval is t times that."),
         Mistake(lambda book: {"error": 2 * _by_hand(book)["error"]}, "This is the whole width of the interval. Half of it is asked."),
         Mistake(lambda book: {"alpha": FEW / (FEW - 1) * 2 / 3 * _by_hand(book)["alpha"]}, "k is the number of items here, not of customers.")),
    ),
    Exercise(
        "06.2", "How many to ask in each sector", "change an assumption",
        (Part("sizes", "Series of the accounts to ask, by sector"),
         Part("total", "of all sectors: a count"),
         Part("short", "sectors in which the last survey had too few: a count")),
        _sizes,
        ("Three things change: the margin, the level of the interval and, for each sector, the number of accounts N.",
         "The smallest n with t s / √n · √((N - n) / (N - 1)) ≤ m. For 90 % t is `t.ppf(0.95, n - 1)`, so try n = 2, 3, ... for each sector; `sf.required_sample_size` does it too.",
         "For `short`, keep the questionnaires of `last_year`, and of those one per account; count by sector and compare with `sizes`."),
        (Mistake(lambda book: _sizes(book, finite=False), "This is for a sector without end. Each sector has N accounts and no more: the second root makes n smaller."),
         Mistake(lambda book: {name: _sizes(book, 0.95)[name] for name in ("sizes", "total")}, "This is at 95 %. The director asks for 90 %, so t is smaller."),
         Mistake(lambda book: {name: _sizes(book, 0.80)[name] for name in ("sizes", "total")}, "This takes t at 0.90. A 90 % interval leaves out 5 % on each side: t at 0.95."),
         Mistake(_by_normal, "This takes z. The answers have to tell their own spread too: take t with n - 1 degrees of freedom, which asks for one or two more."),
         Mistake(lambda book: {"sizes": _sizes(book, finite=False, power=0.8)["sizes"]}, "This is for telling two sectors apart. To know each of them is asked."),
         Mistake(lambda book: {"sizes": _sizes(book)["sizes"] - 1}, "This rounds down. One answer too few misses the margin: round up."),
         Mistake(_firm_as_a_whole, "This is for the firm as one group. Each sector has to be known by itself: add up the sizes."),
         Mistake(lambda book: _counted_otherwise(book, False), "This counts questionnaires. Some accounts sent two; count the accounts."),
         Mistake(lambda book: _counted_otherwise(book, True), "This counts all years of the survey. Take `last_year`.")),
    ),
    Exercise(
        "06.3", "One question instead of three", "change an assumption",
        (Part("one", "correlation of Q1 with S1: 3 decimals", 0.001),
         Part("three", "of the means of the three items each: 3 decimals", 0.001),
         Part("corrected", "free of the error of measurement: 3 decimals", 0.001),
         Part("reliability", "of a single item, that follows: 3 decimals", 0.001)),
        _one_item,
        ("`three` first takes one mean per customer and block, then the correlation of the two means.",
         "Spearman's correction divides `three` by the root of the product of both alphas.",
         "The correction runs backwards too: what is measured with one item each is `corrected` times the root of both reliabilities. Here both are the same."),
        (# the product of the alphas is (three / corrected)²
         Mistake(lambda book: {"corrected": (right := _one_item(book))["corrected"] ** 2 / right["three"]}, "This divides by the product of the alphas. The formula has its root."),
         Mistake(lambda book: {"corrected": (right := _one_item(book))["three"] ** 2 / right["corrected"]}, "This multiplies. Error makes a correlation too small, so the corrected one is larger."),
         Mistake(lambda book: {"three": float(_means(book).corr(method="spearman").to_numpy()[0, 1])}, "This correlates ranks. Pearson's correlation is asked."),
         Mistake(_single_pairs, "This is the mean of the correlations of single items. Take the mean of the items first, then one correlation."),
         Mistake(lambda book: {"reliability": math.sqrt(_one_item(book)["reliability"])}, "This is the root of it, the loading. With two items of the same reliability the root of the product is the reliability itself."),
         Mistake(lambda book: {"reliability": sf.cronbach_alpha(_looks(book)[0])}, "This is the alpha of three items together. How reliable is one alone?"),
         Mistake(lambda book: {"reliability": _one_item(book)["one"] / _one_item(book)["three"]}, "This compares with three items, and they have an error too. Compare with `corrected`.")),
    ),
    Exercise(
        "06.4", "Most were answered at once", "find the fault",
        (Part("fault", choices=("hours", "limit", "loyalty", "satisfaction")),
         Part("in_time", "complaints answered within 60 hours: a count"),
         Part("gain", "in loyalty, at equal satisfaction: points, 2 decimals", 0.01),
         Part("low", "lower limit of its 95 % interval: points, 2 decimals", 0.01)),
        complaints,
        ("How many customers complained, and how many does the colleague's sentence speak of?",
         "Look at `survey[\"hours_to_answer\"].describe()` before and after the third line of the function.",
         "`sf.recovery_effect` leaves out by itself whoever has no hours: hand it the column as it is."),
        (Mistake(lambda book: complaints(book, 0.0) | {"fault": "limit"}, "Look at who is counted: this takes in customers whom nobody had to answer."),
         Mistake(lambda book: {name: value for name, value in complaints(book, 999.0).items() if name == "low"}, "This counts those who never complained as answered late. They are neither; leave them out."),
         Mistake(lambda book: {name: value for name, value in complaints(book, limit=sf.PROMPT_HOURS).items() if name != "fault"}, "This is for 48 hours, as in the lesson. The desk promises 60."),
         Mistake(_plain_difference, "This is the plain difference of two means. Hold satisfaction equal, as the function does."),
         Mistake(lambda book: {"in_time": int(answers_of(book, "hours_to_answer")["hours_to_answer"].ge(PROMISED).sum())}, "These were answered later. Count the others."),
         Mistake(lambda book: {"in_time": len(answers_of(book, "hours_to_answer"))}, "These are all who complained. Count those answered within 60 hours."),
         Mistake(lambda book: {"fault": "limit"}, "60 hours is the desk's own promise, and the promise is what it is held to; the 48 of the lesson are no rule either. Look further."),
         Mistake(lambda book: {"fault": "loyalty"}, "Two items are a short measure of loyalty, but the same for both groups. Look further."),
         Mistake(lambda book: {"fault": "satisfaction"}, "Holding satisfaction equal is the lesson's own way: the two groups may differ in it. Look further.")),
    ),
    Exercise(
        "06.5", "May we print that we meet requirements?", "decide and defend",
        (Part("choice", choices=("print it", "do not")),
         Part("bar", "largest shortfall that still counts as met: points above 0", own=True),
         Part("within", "dimensions within your bar, of all customers: a count"),
         Part("short", "fall short by the ISO rule, of all customers: a count"),
         Part("of_twelve", "the same, of the first twelve customers: a count"),
         DEFENCE),
        _fall_short,
        ("Set `bar` before you compute anything. A point is one step of the scale from 1 to 10: which shortfall would you call met if you were the customer?",
         "`sf.servqual_pairs(survey)` gives perceived and expected; `sf.servqual_gap(perceived, expected, sf.SERVQUAL_ITEMS)` the intervals. Leave out the row \"all\".",
         "Falls short: the upper limit `high` is below 0. Within your bar: the lower limit `low` is -bar or more. For the twelve use `.head(12)` of both tables."),
        (Mistake(lambda book: {"short": _fall_short(book, by_item=True)["short"]}, "This counts single items. Group them in the five dimensions."),
         Mistake(lambda book: {name: len(sf.SERVQUAL_ITEMS) - value for name, value in _fall_short(book).items()}, "These do not fall short. Count the others."),
         Mistake(lambda book: {"of_twelve": int((gaps_of(book, BRANCH)["gap"] < 0).sum())}, "This counts gaps below 0. The rule asks for the whole interval below 0."),
         Mistake(lambda book: {"short": _fall_short(book)["short"] + 1}, "This counts the row \"all\" too. It is no dimension: drop it.")),
        _claim_follows, _bar_is_sound, _print_or_not,
    ),
    Exercise(
        "06.6", "Another year, the same order?", "another book",
        (Part("managers", "with ten answers or more both times: a count"),
         Part("correlation", "of the ranks, before and last: 2 decimals", 0.01),
         Part("low", "lower limit of its interval: 2 decimals", 0.01), Part("high", "upper limit: 2 decimals", 0.01),
         Part("stay", "in the top quarter both times: a count"),
         Part("choice", choices=VERDICTS)),
        _again,
        ("Two means per manager: one over all years but the last, one over the last. Drop who has fewer than ten answers in either.",
         "`scipy.stats.spearmanr(before, last).statistic` is the rank correlation.",
         "The interval, as in the lesson: tanh(atanh(r) ± 1.96 / √(k - 3)) with k managers. The top quarter is rounded up to whole managers."),
        (Mistake(lambda book: {name: value for name, value in _again(book, 1).items() if name not in ("high", "stay")}, "This takes every manager. Keep those with ten answers or more both times."),
         Mistake(lambda book: {name: value for name, value in _again(book, back=1).items() if name != "stay"}, "This takes the year before the last one only. The past years are all years but the last."),
         Mistake(lambda book: {"correlation": _again(book, method="pearson")["correlation"]}, "This correlates the means. The question is about the order: correlate the ranks."),
         Mistake(_untransformed, "This adds the error to the correlation itself. Add it to atanh(r) and take tanh of both ends."),
         Mistake(lambda book: {"stay": top_count(_again(book)["managers"], TOP)}, "This is how long the top quarter is. Count those who are in it both times.")),
        _verdict_follows,
    ),
    Question("06.q1", "Give or take one point", "c"),
    Question("06.q2", "An alpha below zero", "b"),
    Question("06.q3", "A path of 0.54", "d"),
)  # fmt: skip
