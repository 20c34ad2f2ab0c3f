"""Exercises of lesson 19: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.dependence import answers

LEDGER = """account_id,date,line,revenue
A,2024-01-05,X,600
B,2024-02-05,X,200
C,2024-03-05,Y,150
D,2024-03-06,Y,50
"""


def test_right_values_worked_by_hand(linjiang):
    # 500 less 410 are 90: Anhe (240) and Boda (120) bring more, Chenxi just that
    assert find("19.1").expected(linjiang) == {"cushion": 0.18, "alone": 2, "after": -150.0}


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(LEDGER))
    for code in ("19.2", "19.3"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no sector\\_months" in exercises.judge(find(code), blank, book).text
    # line X: 600 of 800, and 800^2 / (600^2 + 200^2) accounts of equal size
    assert find("19.4").expected(book) == pytest.approx({"share": 0.75, "effective": 1.6})
    # 600 of 1,000 are more than a quarter
    found = find("19.5").expected(book)
    assert found["share"] == pytest.approx(0.6)
    assert (found["count"], found["choice"]) == (1, "one alone")


def test_the_colleague_takes_the_calmest_for_a_hedge(linjiang):
    growth, market = answers.growths(linjiang, 2)
    name, ratio = answers.colleague(growth, market)
    found = find("19.3").expected(linjiang)
    assert found["fault"] == "spread" and abs(found["beta"]) < ratio
    assert found["beta"] == pytest.approx(growth[name].cov(market) / market.var())


def test_a_choice_has_to_follow_from_its_own_bar(write_book):
    book = Book.open(write_book(LEDGER))
    own = {"bar": 0.5, "share": 0.75, "effective": 1.6, "choice": "no"}
    assert "is above your own bar" in answers._follows(book, own)
    assert answers._follows(book, own | {"choice": "yes"}) == ""
    assert answers._follows(book, own | {"bar": 0.8}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 50})
    sides = answers._both_sides(book, own)
    assert set(sides) == {"yes", "no"} and "75.0 % of line X" in sides["yes"][0]
