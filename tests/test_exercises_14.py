"""Exercises of lesson 14: right values worked by hand, and the likeliest wrong answers are named."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
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
    yunhe = Book.open("yunhe")
    item = find("14.6")
    right = item.expected(yunhe)
    # 167 of 174
    assert right["kept"] == pytest.approx(167 / 174) and right["choice"] == "cannot be told"
    for mistake in item.mistakes:
        wrong = mistake.wrong(yunhe)
        said = told("14.6", yunhe, choice=right["choice"], **wrong)
        assert mistake.hint.split(".")[0] in said, mistake.hint


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.5, "chance": 0.12, "choice": "yes"}
    assert "below your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "no"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.1}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 50})
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
