"""A Finding: what it refuses, how it is written, what a notebook shows of it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.figure import Figure

from keyacct_utils.lessons.shared.claims import (
    UNTOLD,
    Claim,
    at_least,
    by_chance,
    by_interval,
    untested,
)
from keyacct_utils.lessons.showing import finding as module
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.minutes import parts, reading_minutes, shown
from keyacct_utils.lessons.showing.templates import (
    TemplateError,
    constant_text,
    fields,
    with_interval,
    write,
)
from keyacct_utils.lessons.showing.words import flat

NUMBERS = {
    "q": 0.2,
    "share": 0.7951,
    "line": "P|x",
    "accounts": 1,
    "who": ["A", "B*"],
    "labels": ["A 1, Anhe", "B 2, Boda"],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("The top {q:percent0} hold {share:percent}.", "The top 20 % hold 79.5 %."),
        ("{line:start} has {accounts:count account}.", r"P\|x has 1 account."),
        ("{accounts:count country/countries}: {who:names}", r"1 country: A, B\*"),
        ("{share:.2f} and {share:points} points", "0.80 and 79.5 points"),
        ("{accounts}", "1"),
        ("{labels:names}", "A 1, Anhe; B 2, Boda"),
    ],
)
def test_a_sentence_is_written_from_its_template(template, text):
    assert write(template, NUMBERS) == text


def test_two_ends_are_written_in_one_unit_where_the_first_would_have_none():
    text = "{low:money} to {high:money} (95 %)"
    assert write(text, {"low": 0.97, "high": 3003.28}) == "0.97 to 3,003.28 (95 %)"
    assert write(text, {"low": 846.9, "high": 1060.0}) == "0.85 k to 1.06 k (95 %)"
    assert write(text, {"low": 846.9e3, "high": 1.06e6}) == "846.9 k to 1.06 m (95 %)"
    with pytest.raises(TemplateError, match="missing"):
        write(text, {"low": math.nan, "high": 5.0})


def test_a_sentence_without_markup_keeps_the_signs_of_names():
    assert write("{line} {who:names}", NUMBERS, markup=False) == "P|x A, B*"


@pytest.mark.parametrize(
    ("template", "numbers", "message"),
    [
        ("{shares:percent}", NUMBERS, "has a field 'shares'; the numbers are q, share"),
        ("{x:percent}", {"x": math.nan}, "a value is missing"),
        ("{x}", {"x": None}, "a value is missing"),
        ("{x}", {"x": 0.123456}, "needs a form"),
        ("{x:furlongs}", {"x": 1.5}, "no form 'furlongs'"),
    ],
)
def test_a_sentence_that_cannot_be_written_is_refused_with_its_template(template, numbers, message):
    with pytest.raises(TemplateError, match=message):
        write(template, numbers)
    with pytest.raises(TemplateError, match=message):
        Finding(numbers, (template,))


def test_fields_and_constants_of_a_template():
    assert fields("{a} is {b:.1f} of 3") == ["a", "b"]
    assert constant_text("{a} is {b:.1f} of 3").split() == ["is", "of", "3"]


def test_a_sentence_may_speak_of_a_part_of_the_numbers():
    found = Finding(
        {"q": 0.2, "P": {"share": 0.5}}, (Sentence("{q:percent0}: {share:percent}", of="P"),)
    )
    assert str(found) == "20 %: 50.0 %"


def test_a_finding_that_says_nothing_is_refused():
    with pytest.raises(TemplateError, match="says nothing"):
        Finding({"a": 1})
    with pytest.raises(TypeError, match="a tuple of sentences"):
        Finding({"a": 1}, "One text.")


def test_a_table_keeps_raw_values_and_is_shown_in_forms():
    table = pd.DataFrame(
        {"share": [0.5, math.nan], "n": [1000, 2], "big": [True, False]},
        index=pd.Index(["P", "S"], name="line"),
    )
    found = Finding(
        {"q": 0.2}, table=table, columns={"share": Shown("top {q:percent0} hold", "percent")}
    )
    shown_table = found.shown_table()
    assert list(shown_table) == ["top 20 % hold", "n", "big"]
    assert (
        shown_table.loc["P"].tolist() == ["50.0 %", "1,000", "yes"]
        and shown_table.iloc[1, 0] == "-"
    )
    assert found.table["share"]["P"] == 0.5
    with pytest.raises(TemplateError, match="column 'odds' holds fractions"):
        Finding({}, table=pd.DataFrame({"odds": [0.5]}))


@pytest.mark.parametrize(
    ("guess", "found", "form", "text"),
    [
        (..., 0.8, "percent", "You wrote no guess. It came out as 80.0 %."),
        (0.5, 0.8, "percent", "You wrote 50.0 %; it is more: 80.0 %."),
        (0.8, 0.80004, "percent", "You wrote 80.0 %, and so it is."),
        (80, 0.8, "percent", "You wrote 80: a share is written as a fraction, 0.5 for one half."),
        (7, 5, ",", "You wrote 7; it is less: 5."),
        ("p", "P", "", "You said p, and so it is."),
        ("S", "P", "", "You said S; it is P."),
        (
            "18 %",
            0.8,
            "percent",
            "You wrote “18 %”, which is a text: write a number, without quotation marks, unit or % sign.",
        ),
        (7, "P", "", "You wrote 7: a word in quotation marks is asked for."),
        # once "it is more" for 940 thousand, and "it is 2023Q3" for 2023 Q3
        (
            940,
            939_900.0,
            "money",
            "If you wrote thousands, that is 940.0 k; it came out as 939.9 k.",
        ),
        # once "You wrote 6, and so it is" for 6.4, and "You wrote 0" for 0.1
        (6.4, 6, ",.0f", "You wrote 6.4: a whole number is asked for. It came out as 6."),
        (0.1, 6, ",", "You wrote 0.1: a whole number is asked for. It came out as 6."),
        (6.0, 6, ",.0f", "You wrote 6, and so it is."),
        ("2023 q3", "2023Q3", "text", "You said 2023 q3, and so it is."),
    ],
)
def test_a_guess_is_set_beside_what_came_out(guess, found, form, text):
    assert str(Finding({"x": found}, ("Found.",)).beside(guess, "x", form)) == text


def test_a_guess_of_another_kind_or_about_nothing_is_refused():
    found = Finding({"x": 0.5}, ("Found.",))
    with pytest.raises(ValueError, match="expected one number"):
        found.beside([0.5], "x")
    with pytest.raises(ValueError, match="name is 'y'; the numbers are x"):
        found.beside(0.5, "y")
    assert unknown("Not here.").beside(0.5, "x").sentences() == ["Not here."]


def test_a_guess_about_a_number_that_the_book_does_not_give_is_told_so():
    found = Finding({"x": math.nan}, ("Found.",))
    for guess in (0.5, ...):
        assert "this book does not give" in str(found.beside(guess, "x"))


def test_a_notebook_shows_figure_sentences_and_table_in_this_order(monkeypatch):
    seen = []
    monkeypatch.setattr(
        module.style, "show", lambda fig, alt, title: seen.append(("figure", alt, title))
    )
    monkeypatch.setattr(
        module,
        "display",
        lambda item, **_: seen.append((type(item).__name__, str(getattr(item, "data", "")))),
    )
    picture = Picture(lambda title: Figure(), "A message", "What it shows, {n} of it.")
    found = Finding({"n": 3}, ("There are {n}.",), pd.DataFrame({"n": range(30)}), picture=picture)
    found._ipython_display_()
    assert seen == [
        ("figure", "What it shows, 3 of it.", "A message"),
        ("Markdown", "There are 3."),
        ("DataFrame", ""),
        ("Markdown", "5 more rows are in `.table`."),
    ]
    seen.clear()
    unknown("The ledger has no date; ledger.date would allow it.")._ipython_display_()
    assert seen == [("Markdown", "The ledger has no date; ledger.date would allow it.")]
    with pytest.raises(ValueError, match="has no figure"):
        unknown("Not here.").figure()


def test_verdicts_follow_from_intervals():
    assert by_interval(0.76, 0.84, 0.8, margin=0.05) == "holds"
    assert by_interval(0.7, 0.75, 0.8, margin=0.04) == "does not hold"
    # Thirty accounts: the interval holds 80 %, and 70 % and 90 % as well.
    assert by_interval(0.62, 0.91, 0.8, margin=0.05) == UNTOLD
    assert by_interval(0.7, 0.752, 0.8, margin=0.05) == UNTOLD
    assert by_interval(math.nan, math.nan, 0.8, margin=0.05) == UNTOLD
    with pytest.raises(ValueError, match=r"margin is -0\.1"):
        by_interval(0.7, 0.9, 0.8, margin=-0.1)
    assert at_least(0.82, 0.9, 0.8) == "holds" and at_least(0.78, 0.9, 0.8) == UNTOLD
    assert at_least(0.78, 0.9, 0.8, margin=0.03) == "holds"
    assert at_least(0.1, 0.2, 0.8) == "does not hold"
    found = steps.verdicts([untested("S000-2a", "says", "test", "needs a date")])
    assert str(found) == "Of 1 claim, 0 could be tested on this book: 0 held, 0 did not."
    assert found.data["claims"][0][4] == "cannot be tested here"


def test_a_table_of_verdicts_says_how_many_chance_would_bring():
    tested = Claim("S000-2a", "says", "test", "0.8", "holds")
    exact = tested._replace(tests=0)
    in_two_parts = tested._replace(verdict="holds in part", tests=2)
    left_out = untested("S000-2b", "says", "test", "needs a date")
    assert by_chance([tested, exact, in_two_parts, left_out]) == (3, pytest.approx(0.15))
    assert by_chance([tested] * 20) == (20, pytest.approx(1.0))
    found = steps.verdicts([tested, exact, in_two_parts, left_out])
    assert str(found).endswith(
        # once "decide 0.15 of them", which reads as 15 %
        "These verdicts rest on 3 tests at 5 %. Were there nothing to find, chance alone would "
        "bring 0.15 verdicts all the same, on average."
    )
    assert "chance" not in str(steps.verdicts([exact, left_out]))
    with pytest.raises(ValueError, match="level is 1: expected a fraction"):
        by_chance([tested], 1)
    with pytest.raises(ValueError, match="below 0"):
        by_chance([tested._replace(tests=-1)])


def test_minutes_follow_from_what_a_reader_meets():
    cells = [
        {"cell_type": "markdown", "source": "## A\n" + "word " * 749, "metadata": {}},
        {"cell_type": "code", "source": "guess = ...", "metadata": {}, "outputs": []},
        {
            "cell_type": "code",
            "source": "x",
            "metadata": {},
            "outputs": [{"data": {"text/html": "<table>"}}, {"data": {"text/html": "<img>"}}],
        },
        {"cell_type": "markdown", "source": "### Deeper: B", "metadata": {"tags": ["deeper"]}},
        {"cell_type": "code", "source": "y", "metadata": {}, "outputs": []},
    ]
    core, deeper = parts(cells)
    assert len(core) == 3 and len(deeper) == 2
    assert shown(core) == {"words": 750, "tables": 1, "figures": 1, "guesses": 1, "cells": 2}
    assert reading_minutes(core) == 10 and reading_minutes(deeper) == 0


def test_a_value_is_written_with_its_interval():
    assert with_interval(0.8, 0.754, 0.838) == "80 % (75 % to 84 %)"
    # once: "3.1 % (3 % to 3 %)", a share outside its own interval
    assert with_interval(0.0312, 0.029, 0.0334) == "3.1 % (2.9 % to 3.3 %)"
    assert with_interval(-0.001, math.nan, math.nan, form=".2f") == "0.00"
    assert with_interval(1.66, 1.37, math.inf) == "166 % (137 % or more)"
    assert flat(-0.004) == 0.0 and flat(-0.006) == -0.006
