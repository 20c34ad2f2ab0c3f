"""Findings of lesson 00 on small books worked by hand, above all sentences that were false on real books."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.lessons.showing.finding import Finding
from keyacct_utils.lessons.start_here import findings as lesson


def said(finding: Finding) -> str:
    return " ".join(finding.sentences(markup=False))


def test_accounts_without_a_row_are_told_from_those_that_bought(write_book):
    """Three accounts in the file, one of them in the ledger with two rows."""
    path = write_book(
        "account_id,date,revenue\nA,2024-01-05,100\nA,2024-02-05,50\n",
        '[tables.accounts]\npath = "accounts.csv"',
        accounts__csv="account_id,name_en\nA,Anhe\nB,Boda\nC,Chenxi\n",
    )
    found = lesson.book_in_numbers(Book.open(path))
    assert said(found) == (
        "**Test** holds 3 accounts, of which 1 has transactions, and 2 rows of transactions worth "
        "150.0. It runs from 2024-01-05 to 2024-02-05."
    )


def test_a_year_that_the_ledger_covers_in_part_is_named(write_book):
    """From July 2022 to June 2024: only 2023 is whole."""
    rows = [f"A,{2022 + m // 12}-{m % 12 + 1:02d}-05,100,{60 + m}" for m in range(6, 30)]
    ledger = "\n".join(["account_id,date,revenue,cost_goods", *rows]) + "\n"
    found = lesson.years(Book.open(write_book(ledger)))
    assert found.numbers["short"] == ["2022", "2024"]
    assert "The ledger does not cover the whole of 2022, 2024: such a year" in said(found)
    whole = [f"A,{2022 + m // 12}-{m % 12 + 1:02d}-05,100,60" for m in range(24)]
    ledger = "\n".join(["account_id,date,revenue,cost_goods", *whole]) + "\n"
    assert "does not cover" not in said(lesson.years(Book.open(write_book(ledger))))


def _two_ways(first: int, last: int) -> str:
    """Sales of 100 and a margin of 40 in the first month, counted from 2021-01; both grow by 1 a
    month, but in 2023 the margin falls.
    """
    rows = [
        f"A,{2021 + m // 12}-{m % 12 + 1:02d}-{day:02d},{100 + m},{60 + (40 if m // 12 == 2 else 0)}"
        for m in range(first, last)
        for day in (5, 28)
    ]
    return "\n".join(["account_id,date,revenue,cost_goods", *rows]) + "\n"


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (0, 36, "Years in which sales and margin went opposite ways: 2023."),
        # once: the year that is there in part was said to rise or to fall like any other
        (0, 30, "From 2021 to 2022, sales and margin moved the same way."),
        (18, 36, "Growth needs two whole years side by side, and this ledger has none."),
        (8, 48, "Years in which sales and margin went opposite ways: 2023."),
        (0, 24, "From 2021 to 2022, sales and margin moved the same way."),
    ],
)
def test_only_whole_years_grow(write_book, first, last, says):
    found = lesson.years(Book.open(write_book(_two_ways(first, last))))
    assert said(found).startswith(says)
    assert said(found).endswith("no measure of growth.") is (first > 0 or last % 12 > 0)


def test_a_year_that_breaks_off_in_its_last_month_does_not_grow(write_book):
    """The rows of 2023 end on 5 December: 2023 is not whole, and no year to compare."""
    ledger = _two_ways(0, 36).rsplit("\n", 2)[0] + "\n"
    assert ledger.rstrip().rpartition("\n")[2].startswith("A,2023-12-05")
    found = lesson.years(Book.open(write_book(ledger)))
    assert said(found) == (
        "From 2021 to 2022, sales and margin moved the same way. The ledger does not cover the "
        "whole of 2023: such a year is no measure of growth."
    )


def test_why_a_lesson_is_skipped_does_not_run_into_what_would_add_to_it(write_book):
    table = lesson.readiness(Book.open(write_book())).table.set_index("lesson")
    missing = table.loc["04", "missing"]
    assert missing.startswith("the book has no ledger.cost_goods; then ledger.")
    assert "then" not in table.loc["01", "missing"]
    assert table.loc["00", "missing"] == "-"
