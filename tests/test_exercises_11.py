"""Exercises of lesson 11: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.relationship_stages import answers, chains

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def ledger() -> str:
    """Six accounts in eight quarters: two go, one of them comes back."""
    lines = {
        "A": [9] * 8,
        "B": [9] * 8,
        "C": [1] * 8,
        "D": [1, 1, 1, 0, 0, 0, 0, 0],
        "E": [1, 1, 1, 0, 1, 1, 1, 1],
        "F": [1] * 8,
    }
    rows = [
        f"{name},202{n // 4 + 3}-{3 * (n % 4) + 2:02d}-05,{amount}"
        for name, line in lines.items()
        for n, amount in enumerate(line)
        if amount
    ]
    return "account_id,date,revenue\n" + "\n".join(rows) + "\n"


def test_right_values_worked_by_hand(linjiang):
    # from stable: Aida, Caiyun, Duoduo rise, Bolin stays and lapses; from deep 4 of 6 stay;
    # from lapsed: Erya comes back, Bolin stays
    assert find("11.1").expected(linjiang) == pytest.approx(
        {"up": 0.6, "stays": 4 / 6, "back": 0.5}
    )


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(ledger()))
    for code in ("11.2", "11.3", "11.4"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no stage\\_history" in exercises.judge(find(code), blank, book).text
    # 80 % of the amounts above zero are 1: A and B are deep, always. Lapsed: D four times to
    # itself, E once back to build; Wilson of 1 of 2 accounts, and once of 1 in 5 quarters
    found = find("11.5").expected(book)
    assert found["stays"] == 1 and found["high"] == pytest.approx(0.9055, abs=1e-4)
    assert answers._by_moves(book)["high"] == pytest.approx(0.6245, abs=1e-4)
    assert found["choice"] == "come back"
    with pytest.raises(ValueError, match="has no date"):
        find("11.5").expected(Book.open(write_book("account_id,revenue\nA,5\n")))


def test_yunhe_rules_out_nothing_where_nobody_came_back():
    found = find("11.5").expected(bundled("yunhe"))
    assert found["choice"] == "cannot be told" and found["high"] == pytest.approx(0.3244, abs=1e-4)
    # 33 quarters of 8 accounts, once taken for 33 cases
    assert answers.came_back(answers.derived(bundled("yunhe"))) == (8, 0)
    assert answers._by_moves(bundled("yunhe"))["high"] == pytest.approx(0.1043, abs=1e-4)
    assert answers._normal(bundled("yunhe")) == {"high": 0.0}


def test_the_colleague_takes_the_rate_of_a_year_for_a_quarter(linjiang):
    found = find("11.3").expected(linjiang)
    assert found["fault"] == "rate"
    assert answers.worth(linjiang, answers.DISCOUNT) < 0.3 * found["value"]


def test_the_hint_names_a_call_that_gives_the_odds(linjiang):
    chances = answers.read(linjiang).before
    ends = chains.fundamental_matrix(chances, ["deep", "lapsed"])
    assert ends.odds.loc["build", "deep"] == pytest.approx(find("11.2").expected(linjiang)["odds"])
    assert 'fundamental_matrix(matrix, ["deep", "lapsed"])' in find("11.2").hints[1]


def test_what_is_rare_is_a_span_and_not_a_path(linjiang):
    """Once a chance of one in ten thousand was called an exception; any exact path is rare."""
    chances = answers.read(linjiang).before
    likeliest = max(
        chains.path_odds(chances, [("build", first), ("stable", then), ("deep", 1)])
        for first in range(1, 20)
        for then in range(1, 20)
    )
    assert likeliest == pytest.approx(0.0181, abs=5e-5)
    assert answers.at(chances, "build", "build") ** 15 == pytest.approx(0.0058, abs=5e-5)
    sheet = (NOTEBOOKS / "solutions" / "11_relationship_stages.ipynb").read_text(encoding="utf-8")
    assert "has 1.8 %" in sheet and "stay 0.58 % of those" in sheet


def test_both_were_better_before_the_change(linjiang):
    before = find("11.2").expected(linjiang)
    assert before["odds"] > answers._odds(answers.read(linjiang).now) + 0.1
    assert 20 < before["path"] < 300


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    right = find("11.4").expected(linjiang)
    own = {"bar": 0.25, "choice": "once a year", **right}
    assert "is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "more often"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.9}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 25})
    assert set(answers._both_sides(linjiang, own)) == {"more often", "once a year"}


def test_those_who_leave_the_list_bring_nothing(linjiang):
    """Once: "many who leave the list bring something still", to explain why less money is missed."""
    found = answers.read(linjiang)
    assert found.reward["build"] < 0 == found.reward["lapsed"]
    # 68.19 in build, 41.35 lapsed
    assert answers._of_the_gone(linjiang) == pytest.approx(
        found.reward["build"] * 68.19 / (68.19 + 41.35), rel=1e-3
    )
    said = " ".join(answers._both_sides(linjiang, {})["more often"])
    assert "The frozen list brings 11.8 % less" in said and "bring -3.14 k each" in said
    table = chains.frozen_list_cost(found.now, found.reward, found.start, listed=answers.LISTED)
    missed = (table["cost"] / table["renewed"]).tolist()
    assert missed[0] == 0 and missed == sorted(missed)
    assert missed[-1] == pytest.approx(0.229, abs=5e-4)
    assert table["renewed"].is_monotonic_decreasing


def test_how_many_deep_accounts_came_through_build(linjiang):
    """Once: "all accounts that are deep today came through it"; half of them were never seen there."""
    wide = linjiang.table("stage_history").pivot(
        index="account_id", columns="quarter", values="stage"
    )
    deep = wide[wide.iloc[:, -1] == "deep"]
    assert (len(deep), int((deep == "build").any(axis=1).sum())) == (77, 39)
    # of the others nobody comes from lapsed without a quarter in build
    assert answers.at(answers.read(linjiang).pooled, "lapsed", "build") == pytest.approx(
        1 - answers.at(answers.read(linjiang).pooled, "lapsed", "lapsed")
    )
    sheet = (NOTEBOOKS / "solutions" / "11_relationship_stages.ipynb").read_text(encoding="utf-8")
    assert "Of Linjiang's 77 deep accounts 39 were in build" in sheet


def test_a_mean_of_twenty_is_outlasted_by_more_than_a_third():
    """Once: "the first quarters take most", which speaks for five of ten and not for four."""
    lost = [0.95**quarter * 0.05 for quarter in range(40)]
    assert sum(lost[:10]) == pytest.approx(0.40, abs=5e-3)
    assert sum(lost[10:20]) < sum(lost[:10]) < 0.5
    assert 1 - sum(lost[:20]) == pytest.approx(0.36, abs=5e-3)
    sheet = (NOTEBOOKS / "solutions" / "11_relationship_stages.ipynb").read_text(encoding="utf-8")
    assert "36 % are still there then" in sheet


def test_what_learners_handed_in_is_told_by_its_cause(linjiang):
    """Once: 724.8, .397, .153 and .664 were only "wrong"."""
    for code, name, value, told in (
        ("11.1", "back", 1 / 15, "divided by all moves"),
        ("11.2", "odds", 0.664, "of an account in stable"),
        ("11.3", "value", 724.8, "lacks the moves that arrive in 2023Q3"),
        ("11.4", "left", 0.397, "lacks the moves that arrive in 2023Q3"),
        ("11.4", "left", 0.153, "after one quarter"),
        ("10.1", "year", 0.1647, "takes 4.5 % for a rate"),
    ):
        item = find(code)
        own = (
            {"choice": "more often", "bar": 0.1, "defence": "No. It is not."}
            if code == "11.4"
            else {}
        )
        given = {**item.expected(linjiang), **own, name: value}
        assert told in exercises.judge(item, given, linjiang).text, (code, name)
