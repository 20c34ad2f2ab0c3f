"""Exercises of lesson 12: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import numpy as np
import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.coverage import answers

LEDGER = "account_id,revenue\nA,600\nB,200\nC,150\nD,50\nE,-20\n"
ACCOUNTS = "account_id,manager_id\nA,M1\nB,M2\nC,M2\nD,\nE,M2\n"


def book_of(tmp_path):
    (tmp_path / "ledger.csv").write_text(LEDGER)
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    toml = 'contract_version = 1\nname = "owners"\n[tables.ledger]\npath = "ledger.csv"\n'
    (tmp_path / "book.toml").write_text(toml + '[tables.accounts]\npath = "accounts.csv"\n')
    return Book.open(tmp_path / "book.toml")


def test_right_values_worked_by_hand(linjiang, tmp_path):
    # 8, 4, 2 (Anhe), 3, 1.5 (Boda), 1.4 (Chenxi)
    found = find("12.1").expected(linjiang)
    assert (found["anhe"], found["last"], found["total"]) == (
        3,
        pytest.approx(1.4),
        pytest.approx(19.9),
    )
    # E came to less than nothing, D has nobody: M1 600 of 1,000, M2 two accounts
    own = find("12.5").expected(book_of(tmp_path))
    assert own == {"most": 2, "share": pytest.approx(0.6), "largest": pytest.approx(1.0)}


def test_a_book_that_cannot_answer_says_so(tmp_path):
    book = book_of(tmp_path)
    for code in ("12.2", "12.3", "12.4"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no visits with tier" in exercises.judge(find(code), blank, book).text


def test_the_second_way_agrees(linjiang):
    rows = linjiang.table("visits")
    own = rows[rows["tier"] == "crystal"].groupby(["quarter", "account_id"])["visits"].sum()
    found = find("12.2").expected(linjiang)
    assert found["share"] == pytest.approx(float((own >= 3).mean()))
    assert found["short"] == float((3 - own.astype(float)).clip(lower=0).sum())
    accounts = answers.accounts_of(linjiang)
    assert find("12.3").expected(linjiang)["managers"] == pytest.approx(
        accounts * 8 * 104 / 60 / (12 * 166)
    )


def told(code, book, **answer):
    """What the check says to an answer that is right but for these parts."""
    item = find(code)
    right = item.expected(book) | {"choice": "no", "bar": 10.0, "defence": "No. It is."}
    names = [part.name for part in item.parts]
    return exercises.judge(item, {name: right[name] for name in names} | answer, book).text


@pytest.mark.parametrize("code", ["12.1", "12.2", "12.3", "12.4", "12.5"])
def test_each_wrong_answer_gets_its_own_hint(code, linjiang):
    book = Book.open("yunhe") if code == "12.5" else linjiang
    item = find(code)
    right = item.expected(book)
    for mistake in item.mistakes:
        wrong = mistake.wrong(book)
        off = [
            name
            for name, value in wrong.items()
            if value != right[name]
            and (isinstance(value, str) or not np.isclose(value, right[name]))
        ]
        assert off, mistake.hint
        assert mistake.hint.split("`")[0][:40] in told(code, book, **wrong), mistake.hint


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 10.0, "jump": -25.0, "high": -14.0, "choice": "no"}
    assert "surely more than your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "yes"}) == ""
    assert answers._follows(linjiang, own | {"high": -5.0}) == ""
    assert "more than 0" in answers._bar_is_sound({"bar": 0})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"yes", "no"} and all(sides.values())


def test_an_interval_that_reaches_over_zero_is_not_called_a_loss_of_zero(linjiang):
    """At 1,500 nothing was planted: the interval holds a gain as well."""
    sides = answers._both_sides(linjiang, {"bar": 10.0})
    high = answers._jump(linjiang)["high"]
    assert high > 0
    assert sides["no"][0] == f"There may be none: the interval reaches to {high:.0f} minutes more."
