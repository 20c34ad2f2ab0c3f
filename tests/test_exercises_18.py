"""Exercises of lesson 18: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pandas as pd
import pytest
from gallery import books
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.channel import answers

LEDGER = "account_id,date,revenue\nA,2024-01-05,100\nA,2024-01-30,60\nA,2024-02-27,40\n"


def test_right_values_worked_by_hand(linjiang):
    # .22 squared three times; .825 % squared eighty times
    assert find("18.1").expected(linjiang) == pytest.approx(
        {"few": 0.1452, "many": 0.005445, "lost": 0.22}
    )


def test_a_book_that_cannot_answer_says_so_and_the_last_is_recomputed(write_book):
    book = Book.open(write_book(LEDGER))
    for code, lacks in (("18.2", "distributors"), ("18.3", "scans"), ("18.4", "scans")):
        blank = {part.name: 0 for part in find(code).parts}
        told = exercises.judge(find(code), blank, book).text.replace("\\", "")
        assert f"it has no {lacks}" in told
    # Monday to Friday: 26 January and 26 February are the first of the last four days
    found = find("18.5").expected(book)
    assert found["share"] == pytest.approx(0.5) and found["even"] == pytest.approx(8 / 44)
    assert found["choice"] == "peak"


def test_freight_by_half_dearer(tmp_path):
    book = Book.open(books.write("without_prices", tmp_path / "a"))
    with pytest.raises(ValueError, match="no district_prices"):
        find("18.2").expected(book)
    book = Book.open(books.write("one_dumps", tmp_path / "b"))
    shops = book.table("distributors").set_index("distributor_id")
    ways = book.table("district_freight")
    prices = book.table("district_prices").set_index("district")["price"]
    gain = {
        who: max(
            prices[way.to_district] - row.price * (1 - row.rebate_pct / 100) - 1.5 * way.freight
            for way in ways.itertuples()
            if way.from_district == row.district
        )
        for who, row in shops.iterrows()
    }
    found = find("18.2").expected(book)
    assert found["gain"] == pytest.approx(max(gain.values()))
    assert found["count"] == sum(value > 0 for value in gain.values())


def test_the_colleague_counts_what_chains_carry(linjiang):
    who = answers.accused(linjiang)
    assert who == "D07"
    found = find("18.3").expected(linjiang)
    # of 294 cases 104 lie in his chains, 75 of them abroad: 11 of the other 190 do
    assert found["fault"] == "chains" and found["flagged"] == 3
    assert found["share"] == pytest.approx(11 / 190)
    asked = {"fault": "chains", "flagged": 3}
    for share, told in ((11 / 294, "still in the number below"), (11 / 219, "only those abroad")):
        assert told in exercises.judge(find("18.3"), asked | {"share": share}, linjiang).text
    naive = answers.scanned(linjiang, chains=False)
    assert naive.loc[who, "share"] > 0.2 and naive["flagged"].sum() > found["flagged"]


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.1, "share": 0.2, "usual": 0.03, "choice": "no"}
    assert "is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "yes"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.3}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 10})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"yes", "no"} and "3 distributors of 24" in sides["yes"][1]
    # a bar above all of them is a reason for no
    high = answers._both_sides(linjiang, own | {"bar": 0.3})
    assert "Above your bar lies none of 24" in high["no"][-1] and len(high["yes"]) == 1


def test_near_misses_are_told_their_cause(linjiang):
    right = find("18.4").expected(linjiang) | {"bar": 0.1, "choice": "yes"}
    text = "Yes, the share is far above that of all others here. We write and we ask first."
    every = answers._no_chain_store(linjiang)["share"]
    assert round(every, 3) == 0.198
    told = exercises.judge(find("18.4"), right | {"share": every, "defence": text}, linjiang).text
    assert "leaves out every store of a chain" in told
    book = bundled("yunhe")
    right = find("18.5").expected(book)
    assert round(answers._last_days(book)["mean"], 3) == 0.194
    told = exercises.judge(find("18.5"), right | {"even": 0.194}, book).text
    assert "mean over the months" in told
    weekdays = answers._numbers(answers._last_days(book, calendar=False))
    told = exercises.judge(find("18.5"), right | weekdays, book).text
    assert "from Monday to Friday" in told


def test_mistakes_differ_from_what_is_right(linjiang):
    """A likely mistake that equals the right value would be taken for it."""
    yunhe = bundled("yunhe")
    for code in ("18.1", "18.2", "18.3", "18.4", "18.5"):
        exercise, book = find(code), yunhe if code == "18.5" else linjiang
        right = exercise.expected(book)
        for mistake in exercise.mistakes:
            for name, wrong in mistake.wrong(book).items():
                part = next(part for part in exercise.parts if part.name == name)
                if isinstance(wrong, str):
                    assert wrong != right[name]
                elif part.name != "usual":
                    assert abs(wrong - right[name]) > part.tolerance, (code, mistake.hint)


def test_the_last_days_end_with_the_month():
    found = answers._last_days(bundled("yunhe"))
    sold = bundled("yunhe").rollup(period="day", by_line=False).groupby("period")["revenue"].sum()
    assert sold.sum() == pytest.approx(bundled("yunhe").totals()["revenue"].iloc[0], abs=0.5)
    assert pd.Series(found).drop("choice").between(0, 1).all()
