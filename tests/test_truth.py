"""The judge itself: it passes what was planted, fails what was not, and tells a small book from a large one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from opened import bundled

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS
from keyacct_utils.lessons.catalogue import lesson as lesson_named
from keyacct_utils.truth import judge, sizes
from keyacct_utils.truth.concentration import process_share
from keyacct_utils.truth.planted import AtLeast


@pytest.fixture(scope="module")
def book():
    return bundled("linjiang")


def planted(book: Book, lesson: str) -> dict[str, object]:
    known = truth.read_folder(book.folder / "truth")
    right = {item.name: item.planted(known) for item in truth.topic_of(lesson).ITEMS}
    bounds = [name for name, value in right.items() if isinstance(value, AtLeast)]
    # a bound is no value: what the right method finds stands in, and has to reach it
    tables = {name: book.table(name) for name in book.tables} if bounds else {}
    found = truth.topic_of(lesson).recover(tables) if bounds else {}
    return {**right, **{name: found[name] for name in bounds}}


def spoilt(value: object, shift: float) -> object:
    """The value, wrong by twice what is allowed; a table with its wallets given to others."""
    if isinstance(value, pd.DataFrame):
        return value.assign(told=value["told"].to_numpy()[::-1])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + shift
    if isinstance(value, set):
        return set(list(value)[: len(value) // 2])  # a bound may bear one that is missing
    if isinstance(value, dict):
        first = next(iter(value))
        return {**value, first: spoilt(value[first], shift)}
    return f"{value}x"


@pytest.mark.parametrize("lesson", [item.code for item in LESSONS if item.code != "00"])
def test_what_was_planted_passes_and_anything_else_fails(book, lesson):
    right = planted(book, lesson)
    assert set(truth.check(book, lesson, right)["verdict"]) == {"PASS"}
    for item in truth.topic_of(lesson).ITEMS:
        name, value = item.name, right[item.name]
        wrong = spoilt(value, 2 * (item.tolerance or 0.03))
        verdicts = truth.check(book, lesson, {**right, name: wrong})["verdict"]
        assert verdicts[name] == "FAIL" and (verdicts == "FAIL").sum() == 1


@pytest.mark.parametrize("lesson", [item.code for item in LESSONS if item.code != "00"])
def test_a_wrong_method_is_told_from_the_right_one(book, lesson):
    """A tolerance that the naive method passes too would prove nothing; each item names one."""
    table = truth.naive(book, lesson)
    assert set(table["item"]) == {item.name for item in truth.topic_of(lesson).ITEMS}
    assert table.loc[table["verdict"] != "FAIL", ["item", "method", "found"]].values.tolist() == []


@pytest.mark.parametrize("lesson", ["01", "02", "03", "04", "05", "06", "07"])
def test_what_was_planted_is_told_from_nothing(lesson):
    """Once .4 points of loyalty were planted, to within .4: a method that finds none passed."""
    known = truth.known("linjiang")
    nothing = {  # planted next to nothing, on purpose: the lesson is to find no more
        "consistency ratio of that matrix",
        "reliability of a manager's mean of five answers",
    }
    for item in truth.topic_of(lesson).ITEMS:
        value = item.planted(known)
        if isinstance(value, int | float) and item.tolerance is not None:
            assert (item.tolerance < 0.75 * abs(value)) != (item.name in nothing), item.name


def test_every_item_must_be_reported_and_no_other(book):
    right = planted(book, "01")
    with pytest.raises(ValueError, match="lacks line P: sigma"):
        truth.check(
            book, "01", {name: value for name, value in right.items() if name != "line P: sigma"}
        )
    with pytest.raises(
        ValueError,
        match=r"nothing was planted under 'line P: sigmaa'; did you mean 'line P: sigma'",
    ):
        truth.check(book, "01", {**right, "line P: sigmaa": 1.7})


def test_another_book_has_no_truth():
    assert "no truth to compare with" in truth.check(Book.open("raw_export"), "01", {})


@pytest.mark.parametrize("lesson", ["01", "02"])
def test_a_larger_book_finds_more(lesson):
    small, large = (
        truth.sample_size_check(lesson, accounts, 24, repeats=40)["held in"]
        for accounts in (30, 600)
    )
    assert (large >= small - 0.1).all() and large.sum() > small.sum() + 0.4


def test_intervals_contain_the_estimate_and_seeds_repeat():
    first, second = (truth.sample_size_check("01", 50, 12, repeats=20) for _ in range(2))
    assert first.equals(second)
    assert first["held in"].between(first["low"] - 1e-9, first["high"] + 1e-9).all()


def test_the_share_that_the_process_of_lesson_01_gives_is_not_80_percent_exactly():
    """Phi(.8416 - 1.703) leaves 80.55 %; a million accounts with the noise of a quarter's months agree."""
    assert process_share(1.703, 10**9) == pytest.approx(0.8055, abs=5e-5)
    rng = np.random.default_rng(0)
    months = sum(rng.lognormal(-0.045, 0.3, 1_000_000) for _ in range(3))
    amounts = np.sort(rng.lognormal(0, 1.703, 1_000_000) * months)
    assert process_share(1.703, 3) == pytest.approx(
        amounts[-200_000:].sum() / amounts.sum(), abs=0.003
    )


@pytest.mark.parametrize("lesson", [item.code for item in LESSONS if item.code != "00"])
def test_the_kept_outcome_of_simulated_books_is_what_a_simulation_gives(lesson):
    accounts, months = truth.topic_of(lesson).BUNDLED_SIZE
    kept = sizes.kept(lesson, accounts, months)
    assert {len(held) for held in kept.values()} == {sizes.BOOKS}
    anew = truth.simulated(lesson, accounts, months, 4, sizes.SEED)
    assert {name: held[:4] for name, held in kept.items()} == anew
    assert sizes.kept(lesson, accounts + 1, months) == {}
    shown = json.loads((NOTEBOOKS / f"{lesson_named(lesson).stem}.ipynb").read_text("utf-8"))
    unit = getattr(truth.topic_of(lesson), "UNIT", "account")
    text = f"{sizes.BOOKS} books of {accounts:,} {unit}s and {months} months were simulated"
    assert text in json.dumps(shown, ensure_ascii=False)


def test_a_book_larger_than_those_simulated_is_told_both_sizes(monkeypatch):
    # once "60 books of 3,000 accounts" without a word for a book that stands for 9,015
    monkeypatch.setattr(truth.topic_of("01"), "LARGEST", 20, raising=False)
    text = str(truth.found_in_size("01", 9_015, 12, books=2))
    assert text.startswith("2 books of 20 accounts and 12 months were simulated")
    assert "counts as one of that size, this one too, which stands for 9,015 accounts" in text
    assert "stands for" not in str(truth.found_in_size("01", 20, 12, books=2))


def test_what_is_counted_is_called_by_its_name():
    # once "1 account: too few to simulate" of a book of 23,570 accounts and one list of orders
    assert str(truth.found_in_size("18", 1, 18)).startswith("1 distributor: too few to simulate")


def test_growth_needs_two_years():
    told = truth.sample_size_check("02", 100, 12, repeats=5)["held in"]
    assert np.isnan(told["every class can be told (growth needs two years)"])


@pytest.mark.parametrize(
    ("lesson", "accounts", "months", "untried"),
    [("02", 60, 12, 1), ("03", 60, 12, 2), ("03", 8, 24, 2), ("04", 60, 12, 2), ("19", 60, 5, 4)],
)
def test_what_no_book_of_this_size_could_show_is_not_called_a_failure(
    lesson, accounts, months, untried
):
    # once: "The statement that held least often: ... (needs two years) (0 % of the books)"
    found = truth.found_in_size(lesson, accounts, months, books=3)
    assert len(found.numbers["untried"]) == untried
    assert found.numbers["weakest"] not in found.numbers["untried"]
    assert "Not tried, since in a book of this size" in str(found)
    assert found.shown_table().loc[found.numbers["untried"]].eq("-").to_numpy().all()
    assert found.table["held in"].notna().sum() == len(found.table) - untried
    assert "untried" not in truth.found_in_size(lesson, 60, 48, books=1).numbers


def test_a_quarter_of_a_year_is_simulated_too():
    # once: lines that begin between month 0 and month -3
    assert truth.found_in_size("10", 5, 3, books=2).known


def test_where_nothing_can_be_tried_no_statement_is_the_weakest():
    found = truth.found_in_size("07", 60, 12, books=2)
    assert "weakest" not in found.numbers and found.table["held in"].isna().all()


@pytest.mark.parametrize(
    "arguments", [("01", 4, 12, 5), ("01", 50, 0, 5), ("01", 50, 12, 0), ("00", 50, 12, 5)]
)
def test_bad_sizes(arguments):
    with pytest.raises(ValueError, match=r"at least 5 accounts|no truth and no sample-size check"):
        truth.sample_size_check(*arguments)


def test_the_judge_finds_the_committed_seed_sound_and_a_wrong_method_not(monkeypatch):
    rows = judge.outcomes([judge.SEED], ["01", "02"])
    assert rows["recovered"].all() and (judge.summary(rows)["verdict"] == "sound").all()
    topic = truth.topic_of("01")
    right = topic.recover
    monkeypatch.setattr(topic, "recover", lambda tables: {**right(tables), "line P: sigma": 1.5})
    table = judge.summary(judge.outcomes([judge.SEED], ["01"]))
    assert (
        table.loc[("01", "line P: sigma"), "verdict"] == "NOT SOUND"
        and (table["verdict"] == "sound").sum() == len(table) - 1
    )
