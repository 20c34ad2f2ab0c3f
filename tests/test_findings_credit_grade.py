"""What lesson 07 says: numbers and sentences on books that were worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from gallery import books
from test_exercises_07 import DEFAULTS, EVENTS, LEDGER, TOML

from keyacct_utils.book import Book
from keyacct_utils.lessons import credit_grade as cr
from keyacct_utils.lessons.credit_grade import findings as lesson
from keyacct_utils.lessons.credit_grade.score_measures import bin_edges


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


def test_a_cut_off_that_asks_nobody_is_not_praised(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    found = lesson.costs(turned, burden=100.0, draws=20)
    assert found.numbers["asks"] == "nobody"
    assert "At these costs the cheapest is to ask nobody: no cut-off saves anything." in says(found)
    assert found.title == "At these costs the cheapest is a deposit from nobody"
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), found))
    assert ruled["S000-3i"] == "does not hold: at the assumed costs nobody need be asked"


def test_a_reversed_score_is_said_to_be_reversed(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    found = lesson.score_and_default(turned)
    assert found.numbers["high"] < 0.5 and "the score is reversed" in says(found)
    assert found.title.startswith("The score is reversed")
    steps = lesson.grades_and_default(turned)
    assert "the order of the grades is reversed here" in says(steps)
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), lesson.costs(turned)))
    assert ruled["S000-9a"] == "does not hold: it points the wrong way"


def test_no_safety_event_no_word_of_safety(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    assert "All accounts alike, so left out: safety" in says(lesson.sections(turned))
    assert "Safety:" not in says(lesson.sections(turned))
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), lesson.costs(turned)))
    assert ruled["S002-7c"] == "cannot be tested here: no account differs in it"


def test_a_score_with_one_bin(tmp_path):
    alike = odd("credit_nothing_varies", tmp_path)
    for step in (
        lesson.score_and_default, lesson.sections, lesson.repairs, lesson.costs, lesson.card,
        lesson.card_and_rule, lesson.calibration, lesson.expected_loss_by_grade, lesson.evidence,
    ):  # fmt: skip
        found = step(alike)
        assert not found.known and found.table is None and found.picture is None
    assert says(lesson.grades_and_default(alike)) == (
        "All accounts whose fate is known have one grade, AAA: there is no step to look at. "
        "Other limits of the grades would make some."
    )
    ruled = verdicts(lesson.claims(alike, lesson.every_reading(alike), lesson.costs(alike)))
    assert ruled["S002-7i"].startswith("cannot be tested here")


def test_no_window_is_invented_where_no_date_is_known(tmp_path):
    found = lesson.book_in_numbers(odd("credit_undated_defaults", tmp_path).record)
    assert "twelve months" not in says(found)
    assert "17 accounts of 60 defaulted, 28.3 %. The book does not say when" in says(found)
    assert "The ledger has no dates" in says(lesson.costs(odd("credit_undated_defaults", tmp_path)))


def test_of_so_many_d_accounts_so_many_defaulted(tmp_path, scored):
    text = says(lesson.every_account(odd("credit_all_defaulted_d", tmp_path)))
    assert "Of 30 D accounts whose fate is known, 15 defaulted; of all 30 accounts 15 did." in text
    assert (
        "Of 46 D accounts whose fate is known, 11 defaulted; of all 600 accounts 46 did."
        in says(lesson.every_account(scored))
    )


def test_a_rise_from_grade_to_grade_needs_its_test(scored):
    found = lesson.grades_and_default(scored)
    # 12 of 360, 10 of 105, 8 of 60, 3 of 20, 2 of 9, 11 of 46: only the first step stands alone.
    assert found.numbers["rates"]["defaults"].tolist() == [12, 10, 8, 3, 2, 11]
    assert (found.numbers["firm"], found.numbers["steps"]) == (1, 5)
    assert "Taken alone, 1 of 5 steps can be told from chance" in says(found)
    few = pd.DataFrame({"accounts": [20, 9], "defaults": [3, 2]})
    # 2 of 9 after 3 of 20: z = .476, one side .317
    assert lesson._trend(few) == pytest.approx(0.317, abs=0.001) and lesson._firm_steps(few) == 0


def test_card_and_rule_cannot_be_told_apart(scored):
    found = lesson.card_and_rule(scored, draws=100)
    assert (
        round(found.numbers["gain"], 3) == -0.032
        and found.numbers["low"] < 0 < found.numbers["high"]
    )
    assert "Which of the two foretells better cannot be told from this book." in says(found)
    assert found.numbers["table"]["Brier"].round(4).tolist() == [0.0692, 0.0637, 0.0697]


def test_the_veto_counts_in_the_stability_of_grades(scored):
    table = lesson.stability(scored).table
    assert (100 * table.loc["D", ["expected", "actual"]]).round(1).tolist() == [5.9, 7.2]


def test_the_rule_says_its_conditions_and_the_sections_their_numbers():
    table = lesson.rule_lines(cr.Reading(damage=20.0)).table.set_index("event")
    assert len(table) == 25 and table["section (full points)"].iloc[0] == "3 commercial (30)"
    assert table.loc["electrician_unqualified", "when"].startswith("per person")
    assert "three years" in table.loc["accident_free", "when"]
    assert table.loc["facilities_damaged", "points"] == "-20"
    assert set(lesson.CONDITIONS) == set(cr.rule_points()["code"])


def test_one_account_shows_only_readings_that_change_something(scored):
    found = lesson.one_account(lesson.every_reading(scored))
    assert found.table.index[0] == "as read here"
    assert len(found.table) == found.numbers["changing"] + 1
    assert found.numbers["changing"] + found.numbers["others"] == 14


def test_readings_and_review_by_hand(small):
    ways = lesson.every_reading(small)
    # A6 owed two months running: D if the bands cumulate; A7 owed in 2022, so months 24 reach it.
    assert ways.flips.loc["A6", "bands cumulate"] == "D"
    review = lesson.account_review(small, ways).numbers["review"].set_index("account_id")
    assert review.loc["A6", ["credit_grade", "grade_worst", "grade_best", "appeal"]].tolist() == [
        "AA", "D", "AA", "-",
    ]  # fmt: skip
    assert review["credit_score"].tolist() == [90, 95, 100, 90, 85, 80, 100]


def test_those_who_share_the_largest_value_are_a_bin_of_their_own():
    assert bin_edges([1, 2, 3, *[10] * 7], 2).tolist() == [3]
    assert bin_edges([10] * 7, 2).tolist() == []
    assert cr.information_value([1, 1, 2, *[3] * 9], [1, 1, 0, *[0] * 8, 1], 2) > 0


def test_events_must_be_there(write_book):
    book = write_book(
        LEDGER, TOML, credit_events__csv="event_id,account_id,date,code\n", defaults__csv=DEFAULTS
    )
    with pytest.raises(ValueError, match=r"credit_events|empty|no row"):
        lesson.record(Book.open(book))


def test_limits():
    assert lesson.limits(95, 5) == {"AAA": 95, "AA": 90, "A": 85, "B": 80, "C": 75}
    with pytest.raises(ValueError, match="above 0"):
        lesson.limits(90, 0)


def test_arrears_then_and_now_are_of_the_same_accounts(scored):
    """An account that came in between has grades on one day only, so its arrears are no change."""
    found = lesson.stability(scored)
    record = scored.record
    earlier = record.as_of - pd.DateOffset(years=1)
    old = set(record.accounts.loc[record.accounts["start_date"] < earlier, "account_id"])
    entries = record.events[record.events["code"] == "arrears"]
    mine = entries[entries["account_id"].isin(old)]
    counted = [
        int(mine["date"].between(day - pd.DateOffset(years=1), day, inclusive="left").sum())
        for day in (earlier, record.as_of)
    ]
    assert [found.numbers["arrears_then"], found.numbers["arrears_now"]] == counted == [225, 297]
    assert entries["date"].between(earlier, record.as_of, inclusive="left").sum() == 377
    assert len(old) == found.numbers["accounts"] == 525


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
