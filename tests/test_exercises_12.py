"""Exercises of lesson 12: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import numpy as np
import pytest
from opened import bundled

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
    own = rows[rows["tier"] == "gold"].groupby(["quarter", "account_id"])["visits"].sum()
    found = find("12.2").expected(linjiang)
    assert found["share"] == pytest.approx(float((own >= 4).mean()))
    assert found["short"] == float((4 - own.astype(float)).clip(lower=0).sum())
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
    book = bundled("yunhe") if code == "12.5" else linjiang
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


def test_an_estimate_that_is_a_gain_is_no_argument_for_the_desk(linjiang):
    """At 1,500 nothing was planted: the lines rise by one minute, and the interval holds a gain."""
    sides = answers._both_sides(linjiang, {"bar": 10.0})
    jump, high = answers._jump(linjiang).values()
    assert jump > 0 and high > 0
    assert sides["no"][0].endswith("just over the cut: no loss.")
    assert sides["no"][1] == f"There may be none: the interval reaches to {high:.0f} minutes more."
    assert not any("The lines stand" in side for side in sides["yes"])


def test_visits_too_many_at_one_account_do_not_pass_for_those_that_lack(linjiang):
    """In gold some looks hold more than four: promised less made is another number."""
    right, net = find("12.2").expected(linjiang)["short"], answers._of_all_looks(linjiang)["short"]
    assert (right, net) == (283.0, 74.0)
    assert "promised less visits made" in told("12.2", linjiang, short=net)


def test_returns_left_out_have_a_cause(linjiang):
    book = bundled("yunhe")
    largest = answers._of_rows_above_zero(book)["largest"]
    assert largest == pytest.approx(0.2034, abs=5e-5)
    assert "leaves the returns out" in told("12.5", book, largest=largest)


def test_the_printed_jump_of_the_lesson_is_known_as_that_of_the_other_cut(linjiang):
    assert "cut at 3,000" in told("12.4", linjiang, jump=-26.4, high=-21.1)
    assert "cut at 3,000" in told("12.4", linjiang, jump=-26.4)
