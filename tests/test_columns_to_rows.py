"""``columns_to_rows``: months, accounts or lines that stand beside each other become rows, and their totals are reconciled."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.book.intake.book_toml import read_settings
from keyacct_utils.book.intake.fingerprint import tables_hash
from keyacct_utils.contract.faults import BookFaults

WIDE = "客户,名称,2024-01,2024-02,2024-03,合计\nK1,甲,100.50,,7,107.50\nK2,乙,20,30,-,50\n"
WAY = (
    'columns_to_rows = { stay = ["客户", "名称"], label = "月", value = "金额", total = "合计" }\n'
)
COLUMNS = (
    'na = ["-"]\n[tables.ledger.columns]\naccount_id = "客户"\ndate = "月"\nrevenue = "金额"\n'
)


def test_months_become_rows_and_reconcile(write_book):
    book = Book.open(write_book(WIDE, options=WAY + COLUMNS))
    ledger = book.table("ledger")
    assert ledger["revenue"].tolist() == [100.50, 7.0, 20.0, 30.0]
    assert ledger["date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-01-01",
        "2024-03-01",
        "2024-01-01",
        "2024-02-01",
    ]
    assert book.totals()["revenue"].tolist() == [157.50]
    note = "3 columns of ledger.csv (2024-01 to 2024-03) became rows: 6 cells, 4 rows, 2 cells"
    assert any(note in text for text in book.notes)


def test_a_total_that_does_not_add_up_is_a_fault_with_its_line(write_book):
    wrong = WIDE.replace(",50\n", ",51\n")
    with pytest.raises(BookFaults, match=r"line 3 '51 against 50.00'"):
        Book.open(write_book(wrong, options=WAY + COLUMNS))


def test_totals_of_rounded_cells_may_miss_by_half_a_cent_each(write_book):
    rows = "客户,1,2,合计\nK1,0.004,0.004,0.01\n"
    way = 'columns_to_rows = { stay = ["客户"], label = "月", value = "金额", total = "合计", dates = { "1" = 2024-01-01, "2" = 2024-02-01 } }\n'
    assert Book.open(write_book(rows, options=way + COLUMNS)).totals()["revenue"].tolist() == [0.01]


def test_faults_name_the_line_of_the_file(write_book):
    with pytest.raises(BookFaults, match=r"ledger.revenue.*1 row: not an amount: line 3 'oops'"):
        Book.open(write_book(WIDE.replace("30,", "oops,"), options=WAY + COLUMNS))


def test_labels_become_dates_by_a_format_or_a_list(write_book):
    rows = "客户;Jan 24;Feb 24\nK1;1.000,5;2\n"
    way = 'sep = ";"\ndecimal = ","\ncolumns_to_rows = { stay = ["客户"], label = "月", value = "金额" }\n'
    form = 'date_format.date = "%b %y"\n'
    book = Book.open(write_book(rows, options=way + form + COLUMNS))
    assert book.table("ledger")["date"].dt.month.tolist() == [1, 2]
    assert book.totals()["revenue"].tolist() == [1002.5]
    listed = way.replace(" }", ', dates = { "Jan 24" = 2024-01-01, "Feb 24" = "2024-02-01" } }')
    again = Book.open(write_book(rows, options=listed + COLUMNS))
    pd.testing.assert_frame_equal(again.rollup(period="month"), book.rollup(period="month"))
    missing = way.replace(" }", ', dates = { "Jan 24" = 2024-01-01 } }')
    with pytest.raises(BookFaults, match="no date is given for Feb 24"):
        Book.open(write_book(rows, options=missing + COLUMNS))


def test_accounts_beside_each_other(write_book):
    rows = "month,Alpha,Beta\n2024-01,5,7\n2024-02,6,\n"
    way = 'columns_to_rows = { stay = ["month"], label = "who", value = "sum" }\n'
    columns = '[tables.ledger.columns]\ndate = "month"\naccount_id = "who"\nrevenue = "sum"\n'
    book = Book.open(write_book(rows, options=way + columns))
    assert book.rollup().set_index("account_id")["revenue"].to_dict() == {
        "Alpha": 11.0,
        "Beta": 7.0,
    }


def test_a_workbook_with_dates_for_headers_and_void_rows(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (
        ["客户", pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01"), "合计", None],
        ["K1", 5.25, None, 5.25, None],
        ["K2", 1, 2, 3, None],
        ["合计", 6.25, 2, 8.25, None],
    ):
        sheet.append(row)
    workbook.save(tmp_path / "ledger.xlsx")
    text = 'contract_version = 1\n[tables.ledger]\npath = "ledger.xlsx"\nvoid = { "客户" = ["合计"] }\n'
    way = WAY.replace(', "名称"', "")
    (tmp_path / "book.toml").write_text(text + way + COLUMNS, encoding="utf-8")
    assert Book.open(tmp_path).totals()["revenue"].tolist() == [8.25]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ('{ stay = ["客户"] }', "does not say label, value"),
        ('{ stay = ["客户"], label = "客户", value = "v" }', "names 客户 more than once"),
        ('{ stay = ["客戶"], label = "m", value = "v" }', "'客戶', which columns_to_rows names"),
        ('{ stay = "客户", label = "m", value = "v" }', "stay is '客户'"),
        ('{ stay = ["客户"], label = "m", value = "v", sum = "x" }', "unknown key 'sum'"),
        ('{ stay = ["客户"], label = "m", value = "v", dates = { a = 5 } }', "the date of 'a'"),
        (
            '{ stay = ["客户", "名称", "2024-01", "2024-02", "2024-03", "合计"], label = "m", value = "v" }',
            "leaves no column to turn",
        ),
    ],
)
def test_faults_of_the_option(way, words, write_book):
    with pytest.raises(BookFaults, match=words):
        Book.open(write_book(WIDE, options=f"columns_to_rows = {way}\n" + COLUMNS))


def test_sql_and_raw_files_unpivot_by_themselves(write_book):
    way = '[tables.ledger]\nsql = "SELECT 1"\ncolumns_to_rows = { stay = ["a"], label = "b", value = "c" }\n'
    with pytest.raises(BookFaults, match="columns_to_rows belongs to files"):
        Book.open(write_book(toml=way))


def test_only_books_that_use_it_get_another_hash(write_book):
    plain = write_book(
        "客户,金额\nK1,5\n",
        options='[tables.ledger.columns]\naccount_id = "客户"\nrevenue = "金额"\n',
    )
    assert "columns_to_rows" not in repr(read_settings(plain).tables["ledger"])
    other = WAY.replace(', total = "合计"', "").replace('"名称"', '"名称", "合计"')
    hashes = [
        tables_hash(read_settings(write_book(WIDE, options=way + COLUMNS)), ["ledger"])
        for way in (WAY, other)
    ]
    assert hashes[0] != hashes[1]
