"""Exercises of lesson 15: right values worked by hand, books that cannot answer, decisions that
follow from their evidence."""

from __future__ import annotations

import numpy as np
import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.white_space import answers


def test_right_values_worked_by_hand(linjiang):
    # 144 x 70 / 240 = 42; 57 / 42; steps 4, 6, 8, 4: 5.5, errors 3 and 1: 2
    right = find("15.1").expected(linjiang)
    assert right == pytest.approx({"chance": 42, "lift": 57 / 42, "mase": 2 / 5.5})


def test_the_error_of_one_month_is_not_called_a_share_of_others(linjiang):
    """Once 1 less the right MASE was the error of the first month alone, by accident."""
    item = find("15.1")
    told = exercises.judge(item, item.expected(linjiang) | {"mase": 3 / 5.5}, linjiang).text
    assert "first of the two months alone" in told and "share of the others" not in told


def test_the_best_client_after_the_shift_is_another_one(linjiang):
    item = find("15.3")
    told = exercises.judge(item, item.expected(linjiang) | {"off": 0.0195}, linjiang).text
    assert "This is another client" in told


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book("account_id,date,revenue\nA,2024-01-05,5\n"))
    for code, told in (
        ("15.2", "no account\\_sizes"),
        ("15.3", "no client\\_forecasts"),
        ("15.4", "no holdings"),
        ("15.5", "it has 1 months; 25 are needed"),
    ):
        blank = {part.name: 0 for part in find(code).parts}
        assert told in exercises.judge(find(code), blank, book).text, code


def test_every_likely_mistake_is_wrong_and_has_its_message(linjiang):
    yunhe = bundled("yunhe")
    for code in ("15.1", "15.2", "15.3", "15.4", "15.5"):
        item, book = find(code), yunhe if code == "15.5" else linjiang
        right = item.expected(book)
        own = {part.name: 1.0 for part in item.own}
        words = {part.name: "two sentences" for part in item.parts if part.words}
        whole = {**right, **own, **words}
        if code == "15.4":
            whole["choice"] = "yes" if right["value"] > 1.0 else "no"
        for mistake in item.mistakes:
            wrong = mistake.wrong(book)
            told = exercises.judge(item, whole | wrong, book)
            assert told.state == "wrong" and mistake.hint.split(":")[0][:20] in told.text.replace(
                "\\", ""
            ), (
                code,
                wrong,
            )


def test_the_colleague_measures_the_season(linjiang):
    said, came = answers.forecasts_of(linjiang)
    name, off = answers.colleague(said, came)
    right = find("15.3").expected(linjiang)
    assert right["fault"] == "lead" and right["off"] < off / 2
    ratio = np.log(said[name].shift(2) / came[name]).dropna()
    assert right["off"] == pytest.approx(np.expm1(ratio.abs().mean()))


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    right = find("15.4").expected(linjiang)
    low = {**right, "bar": right["value"] / 2, "choice": "no"}
    assert "is above your own bar" in answers._follows(linjiang, low)
    assert answers._follows(linjiang, low | {"choice": "yes"}) == ""
    assert answers._bar_is_sound({"bar": 0.0}) and not answers._bar_is_sound({"bar": 1.0})
    sides = answers._both_sides(linjiang, low)
    assert "moves that share by 7 points" in " ".join(sides["no"])
    assert len(sides["yes"]) >= 2 and len(sides["no"]) >= 2
