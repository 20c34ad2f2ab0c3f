"""Exercises of lesson 19: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from opened import bundled

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


def test_both_sides_reckon_what_the_bar_costs(linjiang, write_book):
    """Once: "gives up to 23.6 % of the line away" for any bar, and a reason for yes under no."""
    asked = {"bar": 0.2, "choice": "yes"}
    sides = answers._both_sides(linjiang, asked)
    # (0.2362 - 0.2) / (1 - 0.2) of the line go, or 0.2362 / 0.2 - 1 of it are won
    assert "gives 4.5 % of the line away" in sides["no"][0]
    assert "Others who buy 18.1 % of the line more" in sides["yes"][2]
    below = answers._both_sides(linjiang, asked | {"bar": 0.3})
    assert "would change nothing today" in below["no"][0] and len(below["no"]) == 1
    assert "23.6" not in " ".join(below["no"]) and "costs nothing but time" not in str(sides)
    # 50, 30, 20: at a bar of 0.4 the first keeps 0.4 / 0.6 x 50
    shares = pd.Series([0.5, 0.3, 0.2])
    assert answers._given_away(shares, 0.4) == pytest.approx(1 - 0.5 / 0.6)
    # at 0.35 both keep 0.35 of what they and the third bring: 0.2 / 0.3
    assert answers._given_away(shares, 0.35) == pytest.approx(1 - 0.2 / 0.3)
    assert answers._given_away(shares, 0.5) == 0 and np.isnan(answers._given_away(shares, 0.3))
    few = answers._both_sides(Book.open(write_book(LEDGER)), asked)
    assert "So few accounts cannot come below your bar" in few["no"][0]


def told(code, book, **answer):
    """What the check says to an answer that is right but for these parts."""
    item = find(code)
    right = item.expected(book) | {"choice": "yes", "bar": 0.2, "defence": "Yes. It is."}
    names = [part.name for part in item.parts]
    return exercises.judge(item, {name: right[name] for name in names} | answer, book).text


def test_the_likeliest_wrong_answers_are_named(linjiang):
    """Once: 0.26 and 9.5 (the book's own period) were "too large" and "too small"."""
    own = answers._line_of_period(linjiang)
    assert own == pytest.approx({"share": 0.26, "effective": 9.5}, abs=0.05)
    assert "the period that the book declares" in told("19.4", linjiang, **own)
    whole = answers._all_of_period(linjiang)
    assert whole == pytest.approx({"share": 0.087, "effective": 57.8}, abs=0.05)
    assert "all its lines, in the period" in told("19.4", linjiang, **whole)


def test_margin_where_sales_are_asked_is_named(write_book):
    """Once: "close, round only at the end" and "so many are not enough"."""
    rows = "account_id,revenue,cost_goods\nA,100,90\nB,90,40\nC,80,40\n"
    book = Book.open(write_book(rows))
    # margins 10, 50, 40 of 100: B holds half
    assert answers._by_margin(book) == {"share": 0.5}
    assert "This is margin" in told("19.5", book, share=0.5)
    yunhe = bundled("yunhe")
    of_margin = answers._by_margin(yunhe)
    assert of_margin["share"] == pytest.approx(0.0403, abs=1e-4)
    choice = find("19.5").expected(yunhe)["choice"]
    said = told("19.5", yunhe, **of_margin, count=11, choice=choice)
    assert "This is margin" in said and "rounded" not in said and "Or is it margin?" in said


def test_true_quarters_are_named(linjiang):
    """Once: "too small" for 0.841 (ends of quarters) and 0.848 (their sums)."""
    finance, market = answers.levels_of(linjiang)[0]["finance"], answers.levels_of(linjiang)[1]
    ends = answers._of_quarters(linjiang, "last")
    y, x = (series.iloc[2::3].pct_change().dropna() for series in (finance, market))
    assert ends["beta"] == pytest.approx(y.cov(x) / x.var()) == pytest.approx(0.841, abs=5e-4)
    assert "`beta`, `lost`: These are quarters" in told("19.2", linjiang, **ends)
    sums = answers._of_quarters(linjiang, "sum")
    assert sums["beta"] == pytest.approx(0.848, abs=5e-4)
    assert "`beta`, `lost`: These are quarters" in told("19.2", linjiang, **sums)


def test_names_for_a_count_and_a_profit_for_a_cushion_are_told(linjiang):
    """Once: "is a list" and "too large"."""
    assert "These are their names" in told("19.1", linjiang, alone=["Anhe", "Boda"])
    assert "These are their names" not in told("19.1", linjiang, alone=3)
    assert "This is the profit" in told("19.1", linjiang, cushion=90)


def test_the_colleague_names_the_right_sector_by_the_wrong_number(linjiang):
    growth, market = answers.growths(linjiang, 2)
    slopes = {name: growth[name].cov(market) / market.var() for name in growth}
    assert answers.colleague(growth, market)[0] == min(slopes, key=slopes.get)
