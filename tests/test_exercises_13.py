"""Exercises of lesson 13: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.buying_centre import answers


def test_right_values_worked_by_hand(linjiang):
    # (-8 - 10 + 6 + 2 + 4) / 20; eight of ten pairs need C
    assert find("13.1").expected(linjiang) == pytest.approx({"support": -0.3, "between": 0.8})


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book("account_id,date,revenue\nA,2024-01-05,5\n"))
    for code, lacks in (("13.2", "contacts"), ("13.4", "contacts"), ("13.5", "departures")):
        blank = {part.name: 0 for part in find(code).parts}
        assert f"no {lacks}" in exercises.judge(find(code), blank, book).text


def test_the_colleague_counts_people_of_today(linjiang):
    found = find("13.3").expected(linjiang)
    assert found["fault"] == "today" and found["gap"] == pytest.approx(15 / 58 - 6 / 60)
    assert answers._today(linjiang) < 0


def test_half_of_the_departures_tell_less(linjiang):
    """Before 2023 the interval lies above zero, since then it holds zero and the value before."""
    assert answers.loss(linjiang).gap.low > 0
    later = answers.loss(linjiang, early=False).gap
    assert later.low < 0 < answers.loss(linjiang).gap.value < later.high
    assert find("13.5").expected(linjiang)["choice"] == "cannot be told"
    assert answers.loss(linjiang).gap.low < later.value < answers.loss(linjiang).gap.high


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    right = find("13.4").expected(linjiang)
    # 0.256 m at the low end for 0.2 m spent
    own = {"bar": 1.0, "choice": "run it", **right}
    assert answers._follows(linjiang, own) == ""
    assert "your bar is 2" in answers._follows(linjiang, own | {"bar": 2.0})
    assert answers._follows(linjiang, own | {"bar": 2.0, "choice": "not now"}) == ""
    assert "above 0" in answers._bar_is_sound({"bar": 0})
    assert set(answers._both_sides(linjiang, own)) == {"run it", "not now"}
    assert right["kept"] < 0.05 * answers._programme(linjiang, of="revenue")["kept"]
