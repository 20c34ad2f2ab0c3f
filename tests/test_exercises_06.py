"""Exercises of lesson 06: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from exercise_runs import read, run_all

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS, SOURCES
from keyacct_utils.lessons.satisfaction_index import answers
from keyacct_utils.lessons.satisfaction_index import index as sf

#: Three customers; each item has the variance 9, the sums 6, 9 and 21 have 63.
THREE = {"S1": [1, 4, 7], "S2": [4, 1, 7], "S3": [1, 4, 7]}


@pytest.fixture
def survey_book(write_book) -> Callable[..., Book]:
    """A book of a survey, with accounts where some are given."""

    def make(
        survey: dict[str, object] | pd.DataFrame, accounts: pd.DataFrame | None = None
    ) -> Book:
        frame = pd.DataFrame(survey)
        if "account_id" not in frame:
            frame["account_id"] = [f"A{n}" for n in range(len(frame))]
        frame["respondent"] = [f"R{n:03}" for n in range(len(frame))]
        tables = {"survey": frame} | ({} if accounts is None else {"accounts": accounts})
        toml = "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in tables)
        path: Path = write_book(
            toml=toml,
            **{f"{name}__csv": table.to_csv(index=False) for name, table in tables.items()},
        )
        return Book.open(path)

    return make


def test_an_index_its_error_and_alpha_worked_by_hand(survey_book):
    book = survey_book(THREE)
    # means 2, 3, 7: indices 100/9, 200/9, 600/9; deviations -2, -1, 3 in units of 100/9
    spread = 100 / 9 * math.sqrt((4 + 1 + 9) / 2)
    right = {
        "index": 100 / 3,
        "error": 4.30265 * spread / math.sqrt(3),
        "alpha": 1.5 * (1 - 27 / 63),
    }
    assert find("06.1").expected(book) == pytest.approx(right, abs=1e-4)
    # a row without one of the answers does not count
    gap = {name: [*values, None if name == "S2" else 9] for name, values in THREE.items()}
    assert find("06.1").expected(survey_book(gap)) == pytest.approx(right, abs=1e-4)


def test_only_the_first_twelve_count(survey_book):
    many = {name: values * 3 + [7, 7, 7, 10, 10] for name, values in THREE.items()}
    # three times the three, three more of the best, and two that no longer count
    assert find("06.1").expected(survey_book(many))["index"] == pytest.approx(
        100 * ((3 * 12 + 3 * 7) / 12 - 1) / 9
    )


def test_sample_sizes_worked_by_hand(survey_book):
    ids = [f"A{n}" for n in range(105)]
    accounts = pd.DataFrame({"account_id": ids, "sector": ["big"] * 100 + ["small"] * 4 + [None]})
    own = {**THREE, "account_id": ["A1", "A100", "A100"], "year": [2023, 2024, 2024]}
    right = find("06.2").expected(survey_book(own, accounts))
    # s = 29.397; of 100 accounts 60 reach 1.6711 s / √60 √(40 / 99) = 4.03, 61 reach 3.95; three of four reach 28.6
    assert right["sizes"].to_dict() == {"big": 61, "small": 4} and right["total"] == 65
    # one account of the small sector answered in 2024, twice; none of the big one
    assert right["short"] == 2
    everyone = {name: values + values[:1] for name, values in THREE.items()}
    own = {**everyone, "account_id": ["A100", "A101", "A102", "A103"], "year": [2024] * 4}
    assert find("06.2").expected(survey_book(own, accounts))["short"] == 1


def test_who_takes_z_for_t_is_told_so(linjiang):
    hand, sizes = find("06.1"), find("06.2")
    right = hand.expected(linjiang)
    text = exercises.judge(
        hand, right | {"error": right["error"] / 2.20099 * 1.95996}, linjiang
    ).text
    assert "This takes 1.96, which is for many answers." in text
    right = sizes.expected(linjiang)
    by_z = answers._by_normal(linjiang)
    assert by_z["total"] < right["total"]
    text = exercises.judge(sizes, right | by_z, linjiang).text
    assert "This takes z." in text


def test_a_correction_worked_by_hand(survey_book):
    twins = {**THREE, "Q1": THREE["S1"], "Q2": THREE["S2"], "Q3": THREE["S3"]}
    # the same answers twice: all correlations are 1, and both alphas 6/7
    right = {"one": 1, "three": 1, "corrected": 7 / 6, "reliability": 6 / 7}
    assert find("06.3").expected(survey_book(twins)) == pytest.approx(right)


def test_the_gain_from_a_prompt_answer_worked_by_hand(survey_book):
    loyal, hours = [8, 8, 7, 6, 6, 5, 1, 1], [1, 2, 59.9, 60, 65, 70, None, None]
    frame = {
        **dict.fromkeys(answers.SATISFACTION, [5] * 8),
        "L1": loyal,
        "L2": loyal,
        "hours_to_answer": hours,
    }
    # means 23/3 and 17/3; residual 4/3 over 6 - 2, as satisfaction does not vary; t(4) = 2.7764
    low = 2 - 2.7764 * math.sqrt(1 / 3 * 2 / 3)
    right = find("06.4").expected(survey_book(frame))
    assert right == pytest.approx(
        {"fault": "hours", "in_time": 3, "gain": 2.0, "low": low}, abs=1e-4
    )


def twelve_customers() -> pd.DataFrame:
    """Gaps: tangibles -1, reliability 0, responsiveness -2 or 2, assurance 1, empathy -1 or 0."""
    perceived = {
        "tangibles": [6] * 12, "reliability": [7] * 12, "responsiveness": [5, 9] * 6, "assurance": [8] * 12, "empathy": [6, 7] * 6,
    }  # fmt: skip
    columns = {
        f"perceived_{item}": perceived[name]
        for name, items in sf.SERVQUAL_ITEMS.items()
        for item in items
    }
    return pd.DataFrame(
        columns | {name.replace("perceived", "expected"): [7] * 12 for name in columns}
    )


def test_the_rule_and_the_bar_worked_by_hand(survey_book):
    frame, item = twelve_customers(), find("06.5")
    book = survey_book(frame)
    # t(11) = 2.201: empathy -0.5 ± 2.201 x 0.5222 / √12 = -0.83 to -0.17, responsiveness 0 ± 1.33
    own = {
        "choice": "do not",
        "bar": 0.9,
        "within": 3,
        "short": 2,
        "of_twelve": 2,
        "defence": "A. B.",
    }
    assert exercises.judge(item, own, book).state == "right"
    assert exercises.judge(item, own | {"bar": 1.0, "within": 4}, book).state == "right", (
        "at the bar is within"
    )
    assert (
        exercises.judge(item, own | {"choice": "print it", "bar": 1.4, "within": 5}, book).state
        == "right"
    )
    fewer = frame.assign(expected_22=[7] * 11 + [None])
    assert (
        "11 customers answered all 22 pairs" in exercises.judge(item, own, survey_book(fewer)).text
    )


def test_a_decision_has_to_follow_from_its_bar(solved, linjiang):
    own, item = solved["06.5"][0], find("06.5")
    assert (
        "contradict your choice"
        in exercises.judge(item, own | {"choice": "print it"}, linjiang).text
    )
    assert (
        "does not follow from your bar" in exercises.judge(item, own | {"within": 3}, linjiang).text
    )
    for bar in (0, -0.5, 2.5):
        assert "Name one above 0" in exercises.judge(item, own | {"bar": bar}, linjiang).text
    assert "`bar` is missing (NaN)" in exercises.judge(item, own | {"bar": math.nan}, linjiang).text
    assert (
        '"print it" or "do not"' in exercises.judge(item, own | {"choice": "maybe"}, linjiang).text
    )
    wide = own | {"choice": "print it", "bar": 1.0, "within": 5}
    assert exercises.judge(item, wide, linjiang).state == "right"
    assert (
        "contradict your choice"
        in exercises.judge(item, wide | {"choice": "do not"}, linjiang).text
    )


def two_years(last: list[int], answers_each: int = 10) -> pd.DataFrame:
    """Managers M1 to M5 with the index rising before, their answers of the last year, and M6 with nine answers."""
    rows = [
        (f"M{n}", year, level)
        for n in range(1, 6)
        for year, level in ((2023, n), (2024, last[n - 1]))
    ] * answers_each
    rows += [("M6", year, level) for year, level in ((2023, 9), (2024, 1))] * 9
    frame = pd.DataFrame(rows, columns=["manager_id", "year", "S1"])
    return frame.assign(S2=frame["S1"], S3=frame["S1"])


def test_two_orders_of_managers_worked_by_hand(survey_book):
    item, book = find("06.6"), survey_book(two_years([2, 1, 4, 3, 5]))
    # 1 - 6 x 4 / (5 x 24) = 0.8; atanh 1.0986 ± 1.96 / √2; the top two are M5, M4 and M5, M3
    right = {"managers": 5, "correlation": 0.8, "low": -0.280, "high": 0.986, "stay": 1}
    assert item.expected(book) == pytest.approx(right, abs=1e-3)
    assert exercises.judge(item, right | {"choice": "not seen"}, book).state == "right"
    assert "does it hold 0?" in exercises.judge(item, right | {"choice": "lasts"}, book).text
    same = item.expected(survey_book(two_years([1, 2, 3, 4, 5])))
    assert same["correlation"] == pytest.approx(1) and same["low"] > 0.99 and same["stay"] == 2
    for sign, verdict in ((1, "lasts"), (-1, "turns round")):
        assert (
            answers._verdict_follows(
                book, {"low": 0.2 * sign, "high": 0.3 * sign, "choice": verdict}
            )
            == ""
        )


def test_the_package_and_plain_arithmetic_agree(linjiang):
    survey = linjiang.table("survey")
    first = survey.head(12)[["S1", "S2", "S3"]].astype(float)
    assert find("06.1").expected(linjiang)["index"] == pytest.approx(
        (first.to_numpy().mean() - 1) / 9 * 100
    )
    known = survey[survey["hours_to_answer"].notna()]
    assert (
        find("06.4").expected(linjiang)["in_time"]
        == (known["hours_to_answer"] < 60).sum()
        < len(known)
        < len(survey)
    )
    sizes = find("06.2").expected(linjiang)["sizes"]
    assert set(sizes.index) == set(linjiang.table("accounts")["sector"].dropna())


def test_a_book_that_cannot_answer_says_so(solved, survey_book):
    export = Book.open("raw_export")
    for code in ("06.1", "06.2", "06.3", "06.4", "06.5", "06.6"):
        outcome = exercises.judge(find(code), solved[code][0], export)
        assert outcome.state == "impossible" and "it has no survey." in outcome.text, (
            code,
            outcome.text,
        )
    short = survey_book(
        {**THREE, "year": [2024] * 3, "manager_id": ["M1"] * 3, "L1": [1] * 3, "L2": [1] * 3}
    )
    told = {
        "06.2": "no accounts.sector", "06.3": "no survey.Q1, survey.Q2, survey.Q3", "06.4": "no survey.hours", "06.6": "one year only",
    }  # fmt: skip
    for code, words in told.items():
        text = exercises.judge(find(code), solved[code][0], short).text.replace("\\", "")
        assert "cannot be worked" in text and words in text, text
    few = survey_book(two_years([1, 2, 3, 4, 5], answers_each=5))
    assert (
        "0 managers have 10 answers both times"
        in exercises.judge(find("06.6"), solved["06.6"][0], few).text
    )


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(linjiang):
    _, names = run_all(read(SHEETS, "06"))
    desk = answers.complaints(linjiang, 0.0)
    assert (names["in_time"], names["gain"], names["low"]) == pytest.approx(
        (desk["in_time"], desk["gain"], desk["low"])
    )
    assert names["every"] == len(linjiang.table("survey"))
    own = {
        "fault": "limit",
        "in_time": names["in_time"],
        "gain": names["gain"],
        "low": names["low"],
    }
    text = exercises.judge(find("06.4"), own, linjiang).text
    assert "- `fault`, `in_time`, `gain`, `low`: Look at who is counted" in text


def test_a_count_of_nothing_names_no_mistake_but_the_verdict_is_told(solved):
    """All managers would give 24 of them and another correlation: ten managers disprove it."""
    own, book = solved["06.6"]
    wrong = own | {"stay": 0, "choice": "turns round"}
    text = exercises.judge(find("06.6"), wrong, book).text
    assert answers._again(book, 1)["stay"] == 0 and "every manager" not in text
    assert "`stay` is too small." in text
    # the verdict contradicts the interval, whatever stays
    assert "`choice` does not follow from your own interval." in text
    assert "own interval" not in exercises.judge(find("06.6"), own | {"stay": 0}, book).text
    every = {name: answers._again(book, 1)[name] for name in ("managers", "correlation")}
    text = exercises.judge(find("06.6"), own | every | {"low": -0.5}, book).text
    assert "`managers`, `correlation` could be this: “This takes every manager." in text


def test_only_the_year_before_is_told(solved):
    own, book = solved["06.6"]
    survey = book.table("survey").dropna(subset=["manager_id", "S1", "S2", "S3"])
    score = survey[["S1", "S2", "S3"]].mean(axis=1)
    last = survey["year"].max()
    means = pd.concat(
        [score[survey["year"] == year].groupby(survey["manager_id"]).agg(["size", "mean"]) for year in (last - 1, last)],
        axis=1, keys=["before", "last"],
    )  # fmt: skip
    kept = means[(means.xs("size", axis=1, level=1) >= 10).all(axis=1)].xs("mean", axis=1, level=1)
    r = kept["before"].corr(kept["last"], method="spearman")
    ends = [math.tanh(math.atanh(r) + sign * 1.96 / math.sqrt(len(kept) - 3)) for sign in (-1, 1)]
    wrong = {"managers": len(kept), "correlation": r, "low": ends[0], "high": ends[1]}
    text = exercises.judge(find("06.6"), own | wrong, book).text
    assert "This takes the year before the last one only." in text and "rounded" not in text


def test_another_limit_is_told_as_such_and_the_promise_is_the_desks(solved):
    own, book = solved["06.4"]
    survey = book.table("survey").dropna(subset=["S1", "S2", "S3", "L1", "L2", "hours_to_answer"])
    loyal, pleased = survey[["L1", "L2"]].mean(axis=1), survey[["S1", "S2", "S3"]].mean(axis=1)
    found = sf.recovery_effect(loyal, pleased, survey["hours_to_answer"], 48)
    within = int((survey["hours_to_answer"] < 48).sum())
    wrong = own | {"in_time": within, "gain": found.estimate, "low": found.low}
    text = exercises.judge(find("06.4"), wrong, book).text
    assert (
        "`in_time`, `gain`, `low`: This is for 48 hours" in text and "never complained" not in text
    )
    text = exercises.judge(find("06.4"), own | {"fault": "limit"}, book).text
    assert "`fault`: 60 hours is the desk's own promise" in text


def test_another_number_than_t_and_items_for_answers_are_told(solved):
    own, book = solved["06.1"]
    items = book.table("survey").head(12)[["S1", "S2", "S3"]].astype(float)
    each = 100 * (items.mean(axis=1) - 1) / 9
    single = 100 * (items.stack() - 1) / 9
    told = {
        2.78 * each.std() / 12**0.5: "This takes 2.78, which is for five answers.",
        2 * each.std() / 12**0.5: "This takes 2, a rule of thumb",
        2.030108 * single.std() / 6: "This takes the items for answers",
    }
    for error, words in told.items():
        text = exercises.judge(find("06.1"), own | {"error": error}, book).text
        assert f"`error`: {words}" in text and "rounded" not in text


def test_the_prose_of_the_solutions_says_what_the_book_shows(linjiang):
    """Prose is written once: what it says of Linjiang has to move with the data."""
    text = "\n".join(cell.source for cell in read(SOURCES, "06").cells)
    twelve, sizes = find("06.1").expected(linjiang), find("06.2").expected(linjiang)
    last = answers.last_survey(linjiang)
    link, desk = find("06.3").expected(linjiang), find("06.4").expected(linjiang)
    gaps, few = answers.gaps_of(linjiang), answers.gaps_of(linjiang, answers.BRANCH)
    complained = int(linjiang.table("survey")["hours_to_answer"].notna().sum())
    assert twelve["error"] > 5 and twelve["index"] - twelve["error"] > 50
    assert (gaps["low"] >= -0.5).sum() == 2 and (few["high"] < 0).sum() == 2 and sizes["short"] == 6
    hidden = [100 * (1 - link[name] / link["corrected"]) for name in ("one", "three")]
    for sentence in (
        f"an index of {twelve['index']:.1f}, give or take {twelve['error']:.1f}",
        f"At Linjiang {sizes['total']} accounts are enough where {last['account_id'].nunique()} "
        f"answered last time (some twice: {len(last)} questionnaires), and yet six sectors",
        f"one question hides {hidden[0]:.0f} % of the link, three hide {hidden[1]:.0f} %",
        f"{desk['in_time']} of {complained} complaints were answered in time, and it matters: the "
        f"gain is {desk['gain']:.2f} points",
        f"empathy not quite ({-gaps.loc['empathy', 'low']:.3f}); responsiveness may miss by "
        f"{-gaps.loc['responsiveness', 'low']:.2f}",
        f"({-few['gap'].mean():.2f} points against {-gaps['gap'].mean():.2f})",
    ):
        assert sentence in text, sentence
    assert "halves of one survey" not in text
