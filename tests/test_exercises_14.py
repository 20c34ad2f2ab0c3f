"""Exercises of lesson 14: right values worked by hand, and the likeliest wrong answers are named."""

from __future__ import annotations

import re

import pytest
from opened import bundled
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons import sales_efficiency as se
from keyacct_utils.lessons.sales_efficiency import answers


def told(code, book, **answer):
    """What the check says to an answer that is right but for these parts."""
    item = find(code)
    right = item.expected(book) | {"bar": 0.5, "defence": "No. It is not."}
    right.setdefault("choice", "no")
    names = [part.name for part in item.parts]
    return exercises.judge(item, {name: right[name] for name in names} | answer, book).text


def test_right_values_worked_by_hand(linjiang):
    # 60 + 70 + 50 + 0 + 10 of 250; 210 of 250; four of five
    assert find("14.1").expected(linjiang) == pytest.approx(
        {"gross": 0.76, "net": 0.84, "kept": 0.8}
    )


@pytest.mark.parametrize(
    ("code", "parts", "said"),
    [
        ("14.1", {"net": 1.0}, "The new customer is in it"),
        ("14.1", {"gross": 0.84}, "This counts growth too"),
        ("14.1", {"kept": 0.833}, "The new customer is counted"),
        ("14.4", {"fault": "year"}, "Look further"),
    ],
)
def test_wrong_answers_by_hand_are_named(code, parts, said, linjiang):
    assert said in told(code, linjiang, **parts)


@pytest.mark.parametrize("code", ["14.2", "14.3", "14.4", "14.5"])
def test_each_likely_wrong_answer_has_its_own_hint(code, linjiang):
    """Each is told from the right value, and its hint is the one that is said."""
    item = find(code)
    right = item.expected(linjiang)
    for mistake in item.mistakes:
        wrong = mistake.wrong(linjiang)
        assert any(
            wrong[name] != right[name]
            if isinstance(wrong[name], str)
            else wrong[name] != pytest.approx(right[name], rel=1e-4)
            for name in wrong
        ), mistake
        said = told(code, linjiang, **wrong)
        assert mistake.hint.split(".")[0].replace("`", "") in said.replace("`", ""), mistake.hint


def test_the_other_book_leaves_the_goal_open():
    yunhe = bundled("yunhe")
    item = find("14.6")
    right = item.expected(yunhe)
    # 167 of 174
    assert right["kept"] == pytest.approx(167 / 174) and right["choice"] == "cannot be told"
    for mistake in item.mistakes:
        wrong = mistake.wrong(yunhe)
        said = told("14.6", yunhe, **{"choice": right["choice"]} | wrong)
        assert mistake.hint.split(".")[0] in said, mistake.hint


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.5, "chance": 0.12, "choice": "yes"}
    assert "below your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "no"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.1}) == ""
    assert "above 0 and below 1" in answers._bar_is_sound({"bar": 50})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"yes", "no"} and "somebody else is better" in sides["no"][0]


def test_books_that_cannot_answer_say_so(write_book):
    book = Book.open(write_book("account_id,date,revenue\nA,2024-01-05,6\n"))
    for code, reason in (
        ("14.2", "no manager\\_results"),
        ("14.3", "no judge\\_scores"),
        ("14.4", "nobody bought in 2022"),
        ("14.5", "no manager\\_results"),
        ("14.6", "nobody bought in 2023"),
    ):
        blank = {part.name: 0 for part in find(code).parts}
        assert reason in exercises.judge(find(code), blank, book).text, code


def lines_of(code):
    """The code that the hints of an exercise quote."""
    return re.findall(r"`([^`]+)`", " ".join(find(code).hints))


def test_the_hints_of_the_star_lead_to_what_is_accepted(linjiang):
    """Their lines, run as they stand, give the right values."""
    rows = linjiang.table("manager_results")
    rows = rows[rows["period"].dt.year == 2022]
    wide = rows.assign(reached=rows["sales"] / rows["target"]).pivot(
        index="manager_id", columns="period", values="reached"
    )
    here = {"se": se, "wide": wide}
    assign = next(line for line in lines_of("14.5") if line.startswith("found ="))
    exec(assign, here)
    weight, chances, first = (
        eval(next(line for line in lines_of("14.5") if line.startswith(part)), here)
        for part in ("found.table", "se.chance_of_best", "wide.mean(axis=1).idxmax")
    )
    # 1 less the luck of a mean over the variance of the raw means, in plain pandas
    by_hand = 1 - wide.var(axis=1).mean() / 4 / wide.mean(axis=1).var()
    assert weight.iloc[0] == pytest.approx(by_hand)
    answer = {"bar": 0.5, "choice": "no", "defence": "No. It is not."}
    answer |= {"weight": float(weight.iloc[0]), "chance": float(chances[first])}
    assert exercises.judge(find("14.5"), answer, linjiang).state == "right"


def test_the_hints_of_the_other_book_tell_all_three_verdicts():
    yunhe = bundled("yunhe")
    sums = [
        yunhe.rollup(by_line=False, start=f"{year}-01-01", end=f"{year}-12-31")
        for year in (2023, 2024)
    ]
    had, has = (set(rows.loc[rows["revenue"] > 0, "account_id"]) for rows in sums)
    here = {"stayed": len(had & has), "n": len(had), "proportion_confint": proportion_confint}
    exec(next(line for line in lines_of("14.6") if "proportion_confint" in line), here)
    last = find("14.6").hints[-1]
    assert all(text in last for text in ("the goal holds", "it does not", "cannot be told"))
    # the lower limit alone is below the goal: whoever looks at it only would say "does not hold"
    assert here["low"] < 0.95 < here["high"]
    answer = {"kept": len(had & has) / len(had), "low": here["low"], "choice": "cannot be told"}
    assert exercises.judge(find("14.6"), answer, yunhe).state == "right"
    said = told("14.6", yunhe, choice="does not hold")
    assert "the upper one does not" in said


def test_the_count_of_another_severity_is_not_taken_for_eight_places_alone(linjiang):
    """With ten places three wrong severities give the three of the lesson's eight: both are said."""
    right = find("14.3").expected(linjiang)
    eight = answers._eight(linjiang)
    assert (right["swapped"], eight["swapped"]) == (5, 3)
    assert "with eight places" in told("14.3", linjiang, swapped=3)
    sheets = answers.sheets_of(linjiang)
    raw = sheets.groupby("judge_id")["score"].mean() - sheets["score"].mean()
    for wrong, said in (
        (answers._swaps(linjiang, severity=raw), "mean points of each judge in both rounds"),
        (answers._by_raw_means(linjiang), "mean points of each judge in the heats"),
        (answers._by_heats(linjiang), "severity in the heats alone"),
    ):
        assert wrong["swapped"] == 3
        text = told("14.3", linjiang, **wrong)
        assert said in text and "mend the severity first" in text


@pytest.mark.parametrize("bar", [0, 1, -0.2, 50])
def test_a_bar_is_a_chance_above_zero_and_below_one(bar):
    assert "above 0 and below 1" in answers._bar_is_sound({"bar": bar})
