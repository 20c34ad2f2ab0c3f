"""Exercises of lesson 08: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import nbformat
import pandas as pd
import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SOURCES
from keyacct_utils.lessons.receivables import answers

LEDGER = "account_id,date,revenue\nA,2024-01-05,600\n"


def test_right_values_worked_by_hand(linjiang):
    # 3 for the use of 97, over 50 days
    found = find("08.1").expected(linjiang)
    assert found["simple"] == pytest.approx(3 / 97 * 7.3)
    assert found["effective"] == pytest.approx((100 / 97) ** 7.3 - 1)
    # 336 come on average, in 240 days; steel of 350 fetches 297.5
    debt = find("08.3").expected(linjiang)
    assert debt["worth"] == pytest.approx(336 / 1.08 ** (240 / 365))
    assert debt["choice"] == "wait" and debt["needed"] * 0.85 == pytest.approx(debt["worth"])
    assert find("08.5").expected(linjiang)["loss"] == pytest.approx(1 - 1.08 ** (60 / 365) / 1.02)


def test_the_look_of_that_day_by_plain_pandas(linjiang):
    rows = linjiang.table("invoices")
    rows = rows[(rows["line"] == "E") & (rows["issue"].dt.year == 2023) & (rows["amount"] > 0)]
    day = pd.Timestamp("2024-01-31")
    paid = rows["paid_date"].where(rows["paid_date"] <= day)
    late = (paid > rows["due"]) | (paid.isna() & (rows["due"] < day))
    known = late | (paid <= rows["due"])
    found = find("08.2").expected(linjiang)
    assert found["undecided"] == (~known).sum()
    assert found["count"] == pytest.approx(late.sum() / known.sum(), abs=1e-4)


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book(LEDGER))
    for code in ("08.2", "08.4", "08.5", "08.6"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no invoices with issue" in exercises.judge(find(code), blank, book).text


def test_the_colleague_divides_by_the_column(linjiang):
    found = find("08.4").expected(linjiang)
    assert found["fault"] == "backwards" and found["rate"] < answers._backwards(linjiang)["rate"]


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.01, "open": 0.04, "loss": 0.007, "choice": "sign"}
    assert "is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "refuse"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.05}) == ""
    assert "five per cent are 0.05" in answers._bar_is_sound({"bar": 5})
    assert answers._bar_is_sound({"bar": 0}) == ""  # once refused
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"sign", "refuse"} and "still open on 2024-03-31" in sides["refuse"][0]
    assert "What is open is not lost: of it, 0.00 %" in sides["sign"][0]


def test_the_bar_is_asked_of_what_it_is_compared_with():
    """Once: a bar on money "that may never come", compared with money that was still open."""
    told = nbformat.read(SOURCES / "08_receivables.ipynb", 4).cells
    asked = next(cell.source for cell in told if cell.source.startswith("## 08.5"))
    assert "that may still be open on the 31 March after it" in asked
    (bar,) = find("08.5").own
    assert "open" in bar.asks and "loss" not in bar.asks


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"paid": 0.0179}, "leaves out what is open"),  # once "the invoices of 2023", at .01801
        ({"lost": 0.1084, "paid": 0.0272}, "less than its face"),
        ({"lost": 0.0356, "paid": 0.0180}, "the invoices of 2023"),
    ],
)
def test_wrong_readings_of_the_other_book_are_told_apart(wrong, says):
    book = bundled("yunhe")
    told = exercises.judge(find("08.6"), find("08.6").expected(book) | wrong, book).text
    assert says in told


def test_the_other_book_gives_a_clear_answer():
    """Once a coin flip: the wait was .01802 and half of the whole .01782."""
    book = bundled("yunhe")
    found = find("08.6").expected(book)
    assert found["choice"] == "what is open" and found["paid"] < 0.3 * found["lost"]
    swapped = {"lost": found["paid"], "paid": found["lost"], "choice": found["choice"]}
    assert "are swapped" in exercises.judge(find("08.6"), swapped, book).text
    wrong = found | {"choice": "the wait"}
    assert "only the wait is left" in exercises.judge(find("08.6"), wrong, book).text


@pytest.mark.parametrize(
    ("code", "part", "value", "says"),
    [
        ("08.1", "simple", 0.03 * 365 / 60, "over 60 days"),
        ("08.1", "effective", (100 / 97) ** (365 / 60) - 1, "from day 0"),
        ("08.2", "count", 0.2560, "every open invoice"),
        ("08.2", "count", 0.2226, "all lines"),
        ("08.3", "worth", 336 / (1 + 0.08 * 240 / 365), "simple interest"),
        ("08.3", "needed", 336 / 1.08 ** (240 / 365) * 1.15, "adds 15 %"),
        ("08.4", "rate", 0.859, "axis=0"),
        ("08.4", "rate", 0.470, "from December 2022"),
        ("08.4", "rate", 0.064, "back to 31-60"),
        ("08.5", "loss", 1.02 - 1.08 ** (60 / 365), "a part of the 102"),
        ("08.5", "open", 0.0523, "counts the invoices"),
        ("08.5", "open", 0.0, "open today"),
        ("08.1", "simple", 3 / 97 * 7.2, "360 days"),
        ("08.1", "effective", (100 / 97) ** 7.2 - 1, "360 days"),
    ],
)
def test_the_likeliest_wrong_answers_get_a_reason(linjiang, code, part, value, says):
    task = find(code)
    answer = dict(task.expected(linjiang)) | {part: value}
    own = {one.name: 0.02 for one in task.own} | {"defence": "Refuse. It is open."}
    answer |= {"choice": "refuse", **own} if task.own else {}
    assert says in exercises.judge(task, answer, linjiang).text
