"""Exercises of lesson 21: right values worked by hand, wrong ones that are wrong, books that cannot answer."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.account_plan import answers


def test_right_values_worked_by_hand(linjiang):
    # 100 + 120 in 50 hours; 60 + 100, then 20 in the 20 hours left; 280 in 60 hours
    assert find("21.1").expected(linjiang) == {"best": 220, "greedy": 180, "more": 60}
    found = find("21.4").expected(linjiang)
    assert found == {
        "staff": "sound", "sales": "arithmetic", "orders": "scope", "sites": "incomplete",
        "gap": 90.0,
    }  # fmt: skip


def test_a_goal_by_hand(write_book):
    rows = "account_id,date,revenue\n" + "".join(
        f"{name},{year}-{month:02d}-05,{100 if year == 2023 else 110}\n"
        for name in ("A", "B", "C")
        for year in (2023, 2024)
        for month in range(1, 13)
    )
    found = find("21.6").expected(Book.open(write_book(rows)))
    assert found["growth"] == pytest.approx(0.1) and found["step"] == pytest.approx(1.5**0.5 - 1)
    assert found["choice"] == "cannot be reached"


def test_no_mistake_has_the_right_value(linjiang):
    for code in ("21.1", "21.2", "21.3", "21.4", "21.5", "21.6"):
        book = Book.open("yunhe") if code == "21.6" else linjiang
        item = find(code)
        right = item.expected(book)
        for mistake in item.mistakes:
            wrong = mistake.wrong(book)
            assert any(wrong[name] != right[name] for name in wrong), (code, mistake.hint)


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book("account_id,revenue\nA,5\nB,3\n"))
    for code in ("21.2", "21.3", "21.5"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no input is there" in exercises.judge(find(code), blank, book).text
    blank = {part.name: 0 for part in find("21.6").parts}
    assert "no date" in exercises.judge(find("21.6"), blank, book).text


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.1, "lost": 0.17, "kept": 18, "choice": "no"}
    assert "above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "yes"}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 50})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"yes", "no"} and "18 stay" in sides["yes"][1]
