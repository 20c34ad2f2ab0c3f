"""Exercises of lesson 09: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.lifetime_value import answers

#: Two full years: A, B and C buy in the first, A and B in the second, and D comes.
LEDGER = "account_id,date,revenue,cost_goods\n" + "".join(
    f"{name},{year}-{month:02d}-05,{sold},{spent}\n"
    for name, sold, spent, years in (
        ("A", 100, 60, (2023, 2024)),
        ("B", 50, 30, (2023, 2024)),
        ("C", 10, 5, (2023,)),
        ("D", 10, 4, (2024,)),
    )
    for year in years
    for month in range(1, 13)
)


def test_right_values_worked_by_hand(linjiang):
    # 300 x .75 / .33, and 300 more; (.8 / .28) / (.75 / .33)
    found = find("09.1").expected(linjiang)
    assert found == pytest.approx({"value": 681.818, "now": 981.818, "rise": 0.257143}, abs=1e-3)
    # i = .05 / (.95 x 1.85 - 1)
    assert find("09.2").expected(linjiang)["discount"] == pytest.approx(0.06601, abs=1e-5)


def test_the_other_root_is_named_and_not_called_the_share_of_the_others(linjiang):
    """.05 x 1.05 / (r (1 - r)) is .85 at two retentions that add up to one at 5 %."""
    right = find("09.2").expected(linjiang)
    other = right | {"retention": 1 - right["retention"]}
    told = exercises.judge(find("09.2"), other, linjiang)
    assert told.state == "wrong" and "one half or more is asked" in told.text
    assert "share of the others" not in told.text


@pytest.mark.parametrize(
    ("code", "part", "wrong", "words"),
    [
        # (.7875 / .2925) / (.75 / .33) - 1
        ("09.1", "rise", lambda right, book: 0.184615, ".75 to .7875"),
        ("09.1", "rise", lambda right, book: 1.257143, "what lies above one"),
        ("09.3", "retention", lambda right, book: 585 / 692, "first renewal alone"),
        ("09.3", "retention", lambda right, book: 0.8285928, "365.25"),
        ("09.1", "now", lambda right, book: 300 / 0.33, "in full"),
        ("09.3", "retention", lambda right, book: 0.8503, "up to the end of the year"),
        ("09.3", "retention", lambda right, book: 0.8710, "parts of a year"),
        ("09.4", "average", lambda right, book: 1901, "over all amounts"),
        ("09.4", "more", lambda right, book: 26010, "off the fitted curve"),
    ],
)
def test_likely_wrong_answers_are_told_why(linjiang, code, part, wrong, words):
    right = dict(find(code).expected(linjiang))
    if code == "09.4":
        right |= {"choice": "no", "bar": 20_000, "defence": "No. Too dear."}
    told = exercises.judge(find(code), right | {part: wrong(right, linjiang)}, linjiang)
    assert told.state == "wrong" and words in told.text


def test_all_buyers_of_the_year_are_not_those_that_stayed():
    """Once within the tolerance by chance: 62.86 and not 62.95."""
    book = bundled("yunhe")
    right = dict(find("09.5").expected(book))
    other = answers._all_buyers(book)["value"]
    assert abs(other / right["value"] - 1) < 0.005
    told = exercises.judge(find("09.5"), right | {"value": other}, book)
    assert told.state == "wrong" and "new ones too" in told.text
    twice = exercises.judge(find("09.5"), right | {"value": 60.41}, book)
    assert "counts twice" in twice.text
    rounded = exercises.judge(find("09.5"), right | {"value": round(right["value"], 2)}, book)
    assert rounded.state == "right"


def test_a_forgotten_book_is_asked_for(linjiang, monkeypatch):
    said = []
    monkeypatch.setattr(exercises, "say", said.append)
    exercises.use(linjiang)
    yunhe = bundled("yunhe")
    answer = dict(find("09.5").expected(yunhe))
    exercises.check("09.5", answer)
    assert "judged on Linjiang" in said[-1] and "book=other" in said[-1]
    exercises.check("09.5", answer | {"value": 1.0}, book=yunhe)
    assert "book=other" not in said[-1]


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(LEDGER))
    for code, table in (("09.3", "contracts"), ("09.4", "spend\\_trials")):
        blank = {part.name: 0 for part in find(code).parts}
        assert f"no table {table}" in exercises.judge(find(code), blank, book).text
    # A and B of three; their margins are 480 and 240 a year, 360 on average
    found = find("09.5").expected(book)
    assert found["kept"] == pytest.approx(2 / 3) and found["choice"] == "room"
    assert found["value"] == pytest.approx(360 * (2 / 3) / (1.12 - 2 / 3) / 1e4)


def test_the_colleague_counts_contracts_that_nobody_has_asked(linjiang):
    rows = answers.contracts_of(linjiang)
    found = find("09.3").expected(linjiang)
    assert answers.colleague(rows) < found["retention"] - 0.05
    assert found["retention"] == pytest.approx(0.86, abs=0.03)
    assert (rows["kept"] <= rows["came"]).all() and (rows["kept"] >= 0).all()


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 20_000, "average": 4_600, "more": 30_700, "choice": "yes"}
    assert "costs more than what it is worth" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "no"}) == ""
    assert answers._follows(linjiang, own | {"bar": 40_000}) == ""
    assert "in yuan" in answers._bar_is_sound({"bar": 5})
    assert set(answers._both_sides(linjiang, own)) == {"yes", "no"}
