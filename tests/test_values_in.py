"""How values come into a book: the same id, amount and day from every form of file and through sql."""

from __future__ import annotations

import io
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults

WriteBook = Callable[..., Path]


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


def rows(book: Book) -> dict[str, float]:
    found = book.rollup(by_line=False)
    return dict(zip(found["account_id"], found["revenue"], strict=True))


def notes(book: Book, word: str) -> list[str]:
    return [note for note in book.notes if word in note]


def parquet(**columns: object) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def sheet(*lines: tuple[object, ...]) -> bytes:
    made = openpyxl.Workbook()
    for line in lines:
        made.active.append(line)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


# --- ids ----------------------------------------------------------------------------------------

NAMES = '[tables.accounts]\npath = "accounts.csv"\ncolumns = { name_en = "name" }\n'
CUSTOMERS = "account_id,name\n4711,Oak\n4712,Elm\n"
SQL = (
    '[files.raw]\npath = "{}"\n[tables.ledger]\n'
    'sql = "SELECT account_id, revenue FROM raw"\n[tables.accounts]\npath = "accounts.csv"\n'
    'columns = {{ name_en = "name" }}\n'
)


@pytest.mark.parametrize("number", ["float64", "float32", "int64", "Int32"])
@pytest.mark.parametrize("by_sql", [False, True])
def test_ids_kept_as_numbers_are_handed_out_as_they_were_checked(number, by_sql, write_book):
    data = parquet(account_id=pd.Series([4711, 4712, 4711], dtype=number), revenue=[1.5, 2.0, 3.0])
    toml = SQL.format("raw.parquet") if by_sql else NAMES
    book = Book.open(
        write_book(data, toml, name="raw.parquet", accounts__csv=CUSTOMERS.encode())
    )
    assert rows(book) == {"4711": 4.5, "4712": 2.0}
    assert book.names().tolist() == ["Oak", "Elm"]


@pytest.mark.parametrize(
    "written", ["4.56E+11", "4,56E+11", "4.56e11", "5E+12", "4٫56E+11", "4.6E-7"]
)
def test_an_id_that_was_cut_is_a_fault_in_every_notation(written, write_book):
    fault = report(write_book(f"account_id;revenue\nA1;5\n{written};7\n"))
    assert "ledger.account_id" in fault and "1 row: an id that Excel has cut" in fault
    assert f"line 3 {written!r}" in fault


@pytest.mark.parametrize(("kind", "first"), [("float64", 2.0**53), ("float32", 2.0**24)])
def test_floats_that_cannot_hold_the_id_are_a_fault(kind, first, write_book):
    data = parquet(account_id=pd.Series([17, first], dtype=kind), revenue=[1.0, 2.0])
    fault = report(write_book(data, name="ledger.parquet"))
    assert "1 row: an id kept as a float, which has cut it to a few digits" in fault


def test_truth_values_are_no_ones_and_zeros(write_book):
    lines = [("account_id", "revenue"), (True, 5), (1, 7), (False, 2), (0, 1)]
    book = Book.open(write_book(sheet(*lines), name="ledger.xlsx"))
    assert rows(book) == {"0": 1.0, "1": 7.0, "FALSE": 2.0, "TRUE": 5.0}
    (note,) = notes(book, "truth values")
    assert note.startswith("ledger.account_id: 2 rows") and "'FALSE', 'TRUE'" in note


def test_codes_that_became_dates_are_told(write_book):
    book = Book.open(write_book("account_id,revenue\n2-Jan,5\n3月4日,6\n1-17,7\n2E10,1\n"))
    (dates,), (powers,) = notes(book, "look like dates"), notes(book, "powers of ten")
    assert "2 rows" in dates and "'2-Jan', '3月4日'" in dates and "'2E10'" in powers


def test_composed_and_decomposed_letters_look_alike(write_book):
    one, two = (unicodedata.normalize(form, "Söder") for form in ("NFC", "NFD"))
    book = Book.open(write_book(f"account_id,revenue\n{one},5\n{two},6\n"))
    assert len(rows(book)) == 2 and notes(book, "ids that look alike")


def test_a_float_of_a_database_is_the_whole_number_it_stands_for(tmp_path, write_book):
    with sqlite3.connect(tmp_path / "erp.sqlite") as base:
        base.execute("CREATE TABLE sales (account_id REAL, revenue REAL)")
        base.executemany("INSERT INTO sales VALUES (?, ?)", [(4711.0, 1.5), (4712.0, 2.0)])
    toml = f'[tables.ledger]\npath = "erp.sqlite"\ntable = "sales"\n{NAMES}'
    book = Book.open(write_book(b"", toml, name="unused.csv", accounts__csv=CUSTOMERS.encode()))
    assert rows(book) == {"4711": 1.5, "4712": 2.0} and book.names().tolist() == ["Oak", "Elm"]
