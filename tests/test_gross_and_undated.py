"""A book that leaves returns out says so wherever amounts begin, and one that takes them off says
nothing of it; without dates no sentence is cut short.
"""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from gallery.lessons import findings
from gallery.rules import texts

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import lesson
from keyacct_utils.review.changes import amounts_of
from keyacct_utils.review.left_out import left_out, undated
from keyacct_utils.review.record import ACCOUNT_ID
from keyacct_utils.review.ten_numbers import ten_numbers
from keyacct_utils.running.readiness import readiness_lines

GROSS = "All amounts are gross: rows below zero are left out"
INPUTS = {
    "01": "sales", "02": "accounts", "03": "accounts", "04": "known_costs",
}  # fmt: skip
ROWS = [
    ("A", "2023-01-05", "100", "80"), ("A", "2024-01-05", "120", "80"),
    ("A", "2024-02-05", "-20", "-15"), ("B", "2024-02-05", "60", "40"), ("C", "", "7", "5"),
]  # fmt: skip


def opened(write_book, top: str = "", dated: bool = True) -> Book:
    names = ["account_id", "date", "revenue", "cost_goods"]
    kept = [place for place, name in enumerate(names) if dated or name != "date"]
    lines = [names, *ROWS]
    text = "".join(",".join(row[place] for place in kept) + "\n" for row in lines)
    return Book.open(write_book(text, f'{top}\n[tables.ledger]\npath = "ledger.csv"\n'))


def says(code: str, book: Book) -> str:
    steps = import_module(f"keyacct_utils.lessons.{lesson(code).topic}.findings")
    given = getattr(steps, INPUTS[code])(book) if code in INPUTS else book
    return " ".join(steps.book_in_numbers(given).sentences(markup=False))


@pytest.mark.parametrize("code", ["00", *INPUTS])
@pytest.mark.parametrize("dated", [True, False])
def test_gross_amounts_are_called_gross(write_book, code, dated):
    gross = says(code, opened(write_book, 'returns = "gross"', dated))
    assert GROSS in gross
    assert "after returns" not in gross
    net = says(code, opened(write_book, "", dated))
    assert GROSS not in net and "before returns" not in net
    for text in (gross, net):
        assert not re.search(r" \.(?: |$)|  ", text)


@pytest.mark.parametrize("code", ["02", "04"])
@pytest.mark.parametrize("empty", [False, True])
def test_without_dates_no_length_of_time_is_made_up(write_book, monkeypatch, code, empty):
    """An amount is told "in all", and not "a year"; a rate of interest stays one a year."""
    monkeypatch.setattr(truth, "SIMULATED_BOOKS", 2)
    steps = import_module(f"keyacct_utils.lessons.{lesson(code).topic}.findings")
    monkeypatch.setattr(steps, "DRAWS", 20)
    day, gap = ("date,", ",") if empty else ("", "")  # a column of dates that holds none
    rows = [f"K{n:02d},{gap}{1000 + 10 * n},{900 + 15 * n}" for n in range(24)]
    text = f"account_id,{day}revenue,cost_goods\n" + "\n".join(rows) + "\n"
    told = []
    for line, found in findings(code, Book.open(write_book(text))):
        if found.known and "found_in_size" not in line:
            told += [line + ": " + said for said in texts(found)]
            if found.table is not None:
                told += [line + ": " + str(name) for name in found.shown_table().columns]
    assert len(told) > 20
    made_up = re.compile(r"(?<!% )\ba year\b|\bone year\b|\bmonths?\b")
    assert not [said for said in told if made_up.search(said.partition(": ")[2])]
    if code == "04":
        assert any(said.endswith("gain in all if it works") for said in told)


def test_the_page_says_what_its_revenue_is(write_book):
    import pandas as pd

    from keyacct_utils.review.account_review import Review

    bare = Review(pd.DataFrame({"account": ["A"], ACCOUNT_ID: ["A"]}), {}, {"currency": "EUR"})
    gross, net = (
        ten_numbers(bare, amounts_of(opened(write_book, top), "2024"))[1]
        for top in ('returns = "gross"', "")
    )
    assert (gross.figure, net.figure) == (180.0, 160.0)
    assert gross.says.startswith("Before returns, which the book leaves out")
    assert net.says.startswith("After returns of 20.00 EUR, 11.1 % of sales.")


def test_rows_without_a_date_are_told_where_a_period_is_cut(write_book):
    book = opened(write_book)
    assert undated(book, "2024") == (1, 7.0) and undated(book, "all") == (0, 0.0)
    assert left_out(book, "2024") == [
        "Without a date, so in no number of a period: 1 of 5 rows of ledger, with 7.00 of revenue "
        "(2.6 % of the book's)."
    ]
    assert left_out(book, "all") == [] == left_out(opened(write_book, dated=False))


def test_what_is_left_out_is_told_of_the_whole_book_where_a_period_is_cut(write_book):
    text = "account_id,date,revenue,state\n" + "".join(
        f"{line}\n"
        for line in (
            "A,2023-01-05,100,ok", "A,2023-01-05,100,ok", "B,2024-01-05,50,void",
            "C,2024-01-05,30,test", "D,2023-05-05,20,ok",
        )
    )  # fmt: skip
    options = (
        'void = { state = ["void"] }\nwhere = "state <> \'test\'"\nduplicates = "drop"\n'
        '[exclude]\nD = "closed"\n'
    )
    book = Book.open(write_book(text, options=options))
    assert left_out(book, "2023") == [
        "In no number here, in the whole book: ledger: 1 row of 5 is void (state: void) with 50.00 "
        "of revenue, and does not count; that is 16.7 % of 300.00.",
        "Left out by where, in no number here: 1 of 5 rows of ledger in the whole book, with 30.00 "
        "of revenue (10.0 % of 300.00).",
        "Dropped as repeated, in no number here: 1 of 5 rows of ledger in the whole book, with "
        "100.00 of revenue (33.3 % of 300.00).",
        "Left out by book.toml (exclude), in no number here: 1 account, 1 row of ledger in the "
        "whole book with 20.00 of revenue (16.7 % of 120.00).",
    ]
    said = left_out(book, "all")
    assert len(said) == 4 and not any("whole book" in text for text in said)
    # check says what the page and run.json say
    shown = " ".join(" ".join(readiness_lines(book)).split())
    assert all(text in shown for text in said)


def test_a_row_dropped_for_its_key_stands_on_the_page(write_book):
    # once: in run.json only
    text = "invoice_id,account_id,issue,amount\nI1,A,2024-01-05,10\nI1,A,2024-01-05,10\n"
    own = '[tables.invoices]\npath = "invoices.csv"\nrepeated_keys = "first"'
    book = Book.open(write_book("account_id,revenue\nA,5\n", own, invoices__csv=text))
    assert left_out(book, "all") == [
        "Dropped for a repeated key, in no number here: 1 of 2 rows of invoices, with 10.00 of "
        "amount (50.0 % of 20.00)."
    ]


def test_a_period_that_is_not_over_names_the_days_of_both_years(write_book):
    # once: "accounts back, with nothing the year before", of one that bought in June of that year
    rows = "account_id,date,revenue\nA,2016-03-01,5\nA,2017-06-01,50\nA,2018-02-01,60\nB,2017-01-05,10\nB,2018-01-05,11\n"
    top = 'as_of = 2018-05-06\nperiod = "2018"\n'
    path = write_book(rows)
    path.write_text(path.read_text("utf-8").replace("[tables", top + "[tables", 1), "utf-8")
    found = amounts_of(Book.open(path))
    assert found.days == "up to 06 May"
    assert found.reason == "Both years up to 06 May: 71.00 of the period's revenue."
    assert found.before is not None and found.before.to_dict() == {"B": 10.0}
