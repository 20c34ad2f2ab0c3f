"""What lesson 07 says: numbers and sentences on books that were worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery import books
from test_exercises_07 import DEFAULTS, EVENTS, LEDGER, TOML

from keyacct_utils.book import Book
from keyacct_utils.lessons.credit_grade import findings as lesson


def says(finding) -> str:
    return " ".join(finding.sentences(markup=False))


def verdicts(finding) -> dict[str, str]:
    """The ruling of each claim, by its source."""
    return dict(zip(finding.table["claim"], finding.table["verdict"], strict=True))


def odd(name: str, folder: Path) -> lesson.Scored:
    return lesson.score_all(lesson.record(Book.open(books.write(name, folder / name))))


@pytest.fixture
def small(write_book) -> lesson.Scored:
    """Seven accounts with 90, 95, 100, 90, 85, 80 and 100 points, of which four defaulted."""
    book = write_book(LEDGER, TOML, credit_events__csv=EVENTS, defaults__csv=DEFAULTS)
    return lesson.score_all(lesson.record(Book.open(book)))


@pytest.fixture(scope="module")
def scored(linjiang) -> lesson.Scored:
    return lesson.score_all(lesson.record(linjiang))


def test_grades_and_auc_by_hand(small):
    assert says(lesson.every_account(small)) == "7 accounts: 5 in grade AAA, 0 in D."
    found = lesson.score_and_default(small)
    # Payers 100, 90, 85 against defaulters 90, 95, 80, 100: 3.5 + 1.5 + 1 of 12 pairs.
    assert found.numbers["auc"] == pytest.approx(0.5) and found.numbers["side"] == "few"
    assert "With 4 defaults and 3 payers no verdict is given; 10 of each are the least." in says(
        found
    )
    assert "Of 4 defaulters, 3 (75 %) had the 90 points of AAA or more." in says(found)


def test_costs_by_hand(small):
    # At risk is a sixth of the bill: losses 90, 270, 18, 4.5; burdens 5, 9, 1.
    found = lesson.costs(small, draws=20).numbers
    assert (found["nobody"], found["everybody"]) == (pytest.approx(382.5), pytest.approx(15))
    assert found["best"] == pytest.approx(14.5) and found["cutoff"] == 100
    assert (found["asked"], found["caught"], found["payers"]) == (5, 3, 2)
    assert found["name"] == "A2" and found["heavy"] == pytest.approx(270 / 382.5)
    table = lesson.cost_of_limits(small).table
    assert table.loc["below AAA", ["treated", "cost"]].tolist() == [2, pytest.approx(365.5)]


def test_a_cut_off_that_asks_nobody_is_no_cut_off(tmp_path):
    # the lowest have paid, so at a small loss nobody is asked: once "the cheapest cut-off at 70 points"
    scored = odd("credit_reversed", tmp_path)
    found = lesson.other_costs(scored, lgd=1e-6)
    assert "Of 9 combinations 9 ask nobody and 0 everybody" in says(found)
    assert "points" not in says(found) and set(found.table.to_numpy().ravel()) == {"nobody"}
    limits = lesson.cost_of_limits(scored, lgd=1e-6).table
    assert limits.loc["the cheapest", "cutoff"] == "nobody"


def test_safety_is_not_spoken_of_where_no_event_concerns_it(tmp_path):
    scored = odd("credit_reversed", tmp_path)
    found = lesson.repairs(scored)
    assert not found.known or "2. without safety" not in found.table.index


def test_a_day_of_scoring_that_nobody_named_is_said_to_be_taken(tmp_path):
    record = lesson.record(Book.open(books.write("credit_undated_defaults", tmp_path / "undated")))
    told = says(lesson.book_in_numbers(record))
    assert "The book names no day of scoring (defaults.window_start), so the first day" in told
    assert "Every account is scored as of" not in told


def test_as_many_d_as_defaults_are_not_the_same_accounts(scored):
    found = lesson.every_account(scored)
    assert (found.numbers["known"], found.numbers["defaults"], found.numbers["bad"]) == (46, 46, 11)
    assert "the accounts are not: 11 are both D and defaulted." in says(found)
