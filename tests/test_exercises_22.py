"""Exercises of lesson 22: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyacct_utils.book import Book
from keyacct_utils.collection import ROOT
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons import play_a_year as pl
from keyacct_utils.lessons.play_a_year import answers

LEDGER = "account_id,date,line,revenue\nA,2024-01-05,P,600\nB,2024-02-05,P,200\n"


def test_right_values_worked_by_hand(linjiang):
    found = find("22.1").expected(linjiang)
    assert found["needed"] == pytest.approx(2 / 3)
    # 0.98^-1.4 = 1.02869; 1,028.69 x 0.03 less 50
    assert found["brings"] == pytest.approx(0.02869, abs=1e-5)
    assert found["change"] == pytest.approx(30.8606 - 50, abs=1e-3)
    # half of 7,222.8 hours, 84 accounts, four quarters, 104 minutes each
    assert find("22.2").expected(linjiang)["visits"] == 3611.4 * 60 // (84 * 4 * 104)
    assert find("22.3").expected(linjiang)["fault"] == "discount"


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book(LEDGER))
    for code in ("22.2", "22.3", "22.4", "22.5"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no year\\_accounts" in exercises.judge(find(code), blank, book).text


def test_the_years_before_and_after_are_counted_together(linjiang, monkeypatch):
    """Four before and four after lie within ten, six and six within a career of forty."""
    told = answers._showing(linjiang)
    spans = {4.0: "within ten years", 6.0: "within a career", 20.0: "within a career",
             21.0: "not within a career"}  # fmt: skip
    for years, span in spans.items():
        monkeypatch.setattr(answers, "_showing", lambda *_, years=years: replace(told, years=years))
        assert answers._luck(linjiang)["choice"] == span
    sheet = (ROOT / "notebooks/exercises/22_play_a_year.ipynb").read_text(encoding="utf-8")
    assert "with the years before and after counted together" in sheet


def test_the_small_decision_is_right_in_every_pair_of_years(linjiang):
    """As the solution of 22.5 says, which names no number."""
    year = answers.played_year(linjiang)
    policy = {"none": pl.Decisions(visits={year.classes[0]: 0})}
    made = pl.compare(year, policy, answers.OTHER_DRAWS, seed=answers.OTHER_SEED)
    assert made.loc["none", "better"] == 1.0
    told = answers._showing(linjiang)
    assert told.sd > 10 * told.gain
    sheet = (ROOT / "notebooks/solutions/22_play_a_year.ipynb").read_text(encoding="utf-8")
    assert "right in every pair of the same years" in sheet


def test_each_mistake_is_told_from_the_right_value(linjiang):
    for code in ("22.1", "22.2", "22.3", "22.4", "22.5"):
        exercise = find(code)
        right = exercise.expected(linjiang)
        for mistake in exercise.mistakes:
            wrong = mistake.wrong(linjiang)
            parts = {part.name: part for part in exercise.parts}
            assert any(
                abs(value - right[name])
                > parts[name].tolerance * (abs(right[name]) if parts[name].relative else 1)
                for name, value in wrong.items()
            ), (code, mistake.hint)


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 5.0, "gain": 22.9, "refused": 75, "earning": -1.7, "choice": "no"}
    assert "the gain is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "yes"}) == ""
    assert answers._follows(linjiang, own | {"bar": 30.0}) == ""
    assert "million yuan" in answers._bar_is_sound({"bar": -1})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"yes", "no"} and "accounts are told" in sides["no"][0]
    # 24.64 - 1.71 = 22.93: no part is told as if it were of a smaller whole
    assert "22.93" in sides["yes"][0] and "24.64" in sides["yes"][1] and "-1.71" in sides["no"][1]
    assert not any("of it" in text or "of that" in text for text in [*sides["yes"], *sides["no"]])


def test_the_parts_of_the_plan_are_not_what_they_are_alone(linjiang):
    each = answers._each_taken_back(linjiang)
    assert each["discount"] > 0 > max(each["terms"], each["visits"], each["cutoff"])
    assert each["listed"] == each["hasten"] == 0
    alone = answers._in_steps(linjiang)["cost"]
    assert alone != pytest.approx(each["discount"], rel=find("22.3").parts[1].tolerance)


def test_half_of_the_hours_suffice_to_beat_last_year(linjiang):
    assert answers._half(linjiang)["gain"] > 0
    year = answers.played_year(linjiang)
    assert answers._of_visits(year, 0.0, listed=True) < answers._half(linjiang)["gain"]
