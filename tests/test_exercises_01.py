"""Exercises of lesson 01: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pandas as pd
import pytest
from exercise_runs import read, run_all

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS
from keyacct_utils.lessons.concentration.answers import colleague, rows_of

#: Accounts of one line, with dates but without costs.
TINY = "account_id,date,revenue\nA1,2024-01-05,600\nA2,2024-02-05,200\nA3,2024-03-05,150\nA4,2024-03-06,50\nA5,2024-03-07,-5\n"


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(TINY))
    # 600 of 1,000 for the one account that is a fifth of four
    right = {"fault": "rows", "share": 0.6}
    assert "every account buys in one line only" in exercises.judge(find("01.4"), right, book).text
    assert (
        "no cost\\_goods"
        in exercises.judge(
            find("01.5"), dict.fromkeys(("choice", "bar", "in_both", "losing", "defence"), 0), book
        ).text
    )
    classes = pd.Series(["A", "A", "B", "C"], index=["A1", "A2", "A3", "A4"])
    # at 80/95 %: 600 + 200 are A, 150 reach 95 % and are B
    assert exercises.judge(find("01.3"), {"classes": classes, "moved": 0}, book).state == "right"
    assert (
        exercises.judge(
            find("01.2"), {"sigma": 1.5349, "top_fifth": 0.7559, "here": 0.6}, book
        ).state
        == "right"
    )
    few = {"accounts": 4, "share": 0.6, "low": 0.25, "high": 0.82, "choice": "holds"}
    outcome = exercises.judge(find("01.6"), few, book)
    assert outcome.state == "wrong" and (
        "fewer than 30" in outcome.text or "`low`" in outcome.text or "`high`" in outcome.text
    )


def test_right_values_worked_by_hand(linjiang):
    # 580, 180, 65, 65, 50 of 940; the squares sum to 336,400 + 32,400 + 2 x 4,225 + 2,500 = 379,750
    five = {"net": 940, "share": 580 / 940, "effective": 940**2 / 379_750}
    assert find("01.1").expected(linjiang) == pytest.approx(five)
    # Phi^-1(0.9) - Phi^-1(0.4) = 1.2816 + 0.2533
    assert find("01.2").expected(linjiang)["sigma"] == pytest.approx(1.2816 + 0.2533, abs=1e-4)
    rows = linjiang.rollup(start="2024-01-01", end="2024-12-31")
    totals = rows.groupby("account_id")["revenue"].sum().sort_values(ascending=False)
    assert find("01.4").expected(linjiang)["share"] == pytest.approx(
        totals.iloc[:150].sum() / totals.sum()
    )
    margin = (
        (rows["revenue"] - rows["cost"])
        .groupby(rows["account_id"])
        .sum()
        .sort_values(ascending=False)
    )
    both = set(totals.index[:120]) & set(margin.index[:120])
    losing = set(totals.index[:120]) & set(margin[margin < 0].index)
    assert find("01.5").expected(linjiang) == {"in_both": len(both) / 120, "losing": len(losing)}


def test_the_likely_wrong_shares_have_a_hint_of_their_own(linjiang):
    # all lines in the year of the book; line P alone
    rows = rows_of(linjiang)
    every = rows.groupby("account_id")["revenue"].sum().nlargest(60).sum() / rows["revenue"].sum()
    of_p = rows[rows["line"] == "P"].groupby("account_id")["revenue"].sum()
    line = of_p.nlargest(150).sum() / of_p.sum()
    assert (round(every, 3), round(line, 4)) == (0.652, 0.8439)
    right = find("01.2").expected(linjiang)
    told = exercises.judge(find("01.2"), right | {"here": every}, linjiang).text
    assert "all its lines, in the period that the book declares" in told
    told = exercises.judge(find("01.4"), {"fault": "rows", "share": line}, linjiang).text
    assert "the largest line alone" in told


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(linjiang):
    _, names = run_all(read(SHEETS, "01"))
    assert names["top_quarter"](names["rows"]) == pytest.approx(
        colleague(rows_of(linjiang)), abs=1e-12
    )


def test_a_decision_has_to_follow_from_its_evidence(solved, linjiang):
    own, item = solved["01.5"][0], find("01.5")
    assert exercises.judge(item, own | {"choice": "yes", "bar": 0.7}, linjiang).state == "right"
    assert "contradict your choice" in exercises.judge(item, own | {"choice": "yes"}, linjiang).text
    assert "contradict your choice" in exercises.judge(item, own | {"bar": 0.7}, linjiang).text
    for bar in (0.3, 0.5, 1.01):
        assert "Name a bar above 0.5" in exercises.judge(item, own | {"bar": bar}, linjiang).text
    assert "Name a bar" not in exercises.judge(item, own | {"bar": 1.0}, linjiang).text
    assert (
        "`bar` is missing (NaN)"
        in exercises.judge(item, own | {"bar": float("nan")}, linjiang).text
    )
    assert '"yes" or "no"' in exercises.judge(item, own | {"choice": "maybe"}, linjiang).text
    own, other = solved["01.6"]
    assert "does not follow" in exercises.judge(find("01.6"), own | {"choice": "holds"}, other).text
