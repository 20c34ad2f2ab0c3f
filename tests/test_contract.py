"""Bad and odd input: every fault is named with its place and the way out, and good input is read exactly."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults

ACCOUNTS = '[tables.accounts]\npath = "accounts.csv"\n'


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


def test_smallest_book_is_account_and_amount(write_book):
    book = Book.open(write_book("account_id,revenue\nA1,10\nA2,5\n"))
    rows = book.rollup()
    assert rows["account_id"].tolist() == ["A1", "A2"]
    assert rows["revenue"].tolist() == [10.0, 5.0]
    assert (
        rows["cost"].isna().all()
        and rows["first_date"].isna().all()
        and (rows["active_months"] == 0).all()
    )
    assert not book.has("ledger", "date") and not book.has("survey")
    with pytest.raises(ValueError, match="no date"):
        book.rollup(period="year")


# Each case: the ledger as written, options of [tables.ledger], and what the report must say.
BAD_LEDGERS = {
    "missing column": ("account_id,date\nA1,2024-01-05\n", "", ["ledger.revenue", "'revenue' is missing", "the file has account_id, date"]),
    "misspelt column": ("account_id,revenu\nA1,5\n", "", ["ledger.revenue", "did you mean 'revenu'"]),
    "mapping to nothing": ("kunde,revenue\nA1,5\n", 'columns = { account_id = "kund" }', ["'kund' is missing", "'kunde'"]),
    "mapping of nothing": ("account_id,revenue\nA1,5\n", 'columns = { acount_id = "x" }', ["no column 'acount_id'", "'account_id'"]),
    "two columns of one name": ("account_id,revenue,revenue\nA1,5,6\n", "", ["names revenue more than once"]),
    "mapped twice": ("account_id,revenue\nA1,5\n", 'columns = { cost_goods = "revenue" }', ["'revenue' is mapped to revenue, cost_goods"]),
    "not a number": ("account_id,revenue\nA1,5\nA2,abc\n", "", ["ledger.revenue (ledger.csv): 1 row: not an amount: line 3 'abc'"]),
    "wrong type hides no other": ("account_id,revenue,date\n,abc,2024-13-01\n", "", ["account_id", "'abc'", "'2024-13-01'"]),
    "unparseable date": ("account_id,revenue,date\nA1,5,soon\n", "", ["ledger.date", "line 2 'soon'", "date_format"]),
    "ambiguous dates": (
        "account_id,revenue,date\nA1,5,03/04/2024\nA2,5,13/04/2024\n", "",
        ["2 rows", "day first '03/04/2024' is 2024-04-03", "month first '03/04/2024' is 2024-03-04", 'date_format = "%d/%m/%Y"'],
    ),
    "mixed order": (
        "account_id,revenue,date\nA1,5,13/04/2024\nA2,5,04/13/2024\n", 'date_format = "%d/%m/%Y"', ["1 row", "line 3 '04/13/2024'"],
    ),
    "date out of time": ("account_id,revenue,date\nA1,5,0024-01-05\n", "", ["ledger.date", "out of range", "line 2"]),
    "serial dates": ("account_id,revenue,date\nA1,5,45358\n", "", ['date_format = "excel"']),
    "empty file": ("", "", ["the file is empty"]),
    "header only": ("account_id,revenue\n", "", ["a header but no row"]),
    "empty amounts": ("account_id,revenue\nA1,\nA2,5\n", "", ["ledger.revenue", "1 row: empty: line 2"]),
    "empty id": ("account_id,revenue\n  ,5\n", "", ["ledger.account_id", "empty: line 2"]),
    "NaN": ("account_id,revenue\nA1,NaN\n", "", ["not an amount: line 2 'NaN'", 'na = ["NaN"]']),
    "inf": ("account_id,revenue\nA1,inf\nA2,-Infinity\n", "", ["2 rows: not an amount: line 2 'inf', line 3 '-Infinity'"]),
    "NULL": ("account_id,revenue\nA1,NULL\n", "", ["line 2 'NULL'", 'na = ["NULL"]']),
    "declared NULL in a required column": ("account_id,revenue\nA1,NULL\n", 'na = ["NULL"]', ["1 row: empty: line 2"]),
    "decimal comma": ('account_id;revenue\nA1;"1.200,50"\n', "", ["line 2 '1.200,50'", 'decimal = ","']),
    "a unit in the cell": ("account_id,revenue\nA1,12.5万\n", "", ["line 2 '12.5万'", "unit"]),
    "percent in an amount": ("account_id,revenue\nA1,5%\n", "", ["not an amount: line 2 '5%'"]),
    "groups of the wrong size": ('account_id,revenue\nA1,"1,20"\n', "", ["line 2 '1,20'"]),
    "unquoted separator": (
        "account_id,revenue\nA1,1,200\nA2,5\n", "", ["1 row: the line does not split", "line 2 'A1,1,200'", "double quotes", "2 values a line"],
    ),
    "short line": ("account_id,date,revenue\nA1,5\nA2,2024-01-01,5\n", "", ["line 2 'A1,5'", "3 values a line"]),
    "open quote": ('account_id,revenue\nA1,5\nA2,"7\nA3,8\n', "", ["the line does not split", "line 3"]),
    "discount over 100": ("account_id,revenue,discount_pct\nA1,5,120\n", "", ["ledger.discount_pct", "out of range: line 2 '120'", "at most 100"]),
    "unknown encoding": ("account_id,revenue\nA1,5\n", 'encoding = "gb18o30"', ["unknown encoding 'gb18o30'", "gb18030"]),
    "too large to count": ("account_id,revenue\nA1,99999999999999999999\n", "", ["not an amount: line 2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_LEDGERS)
def test_bad_ledger_is_reported(case, write_book):
    ledger, options, wanted = BAD_LEDGERS[case]
    text = report(write_book(ledger, options=options))
    for part in wanted:
        assert part in text, text
    assert "to mend:" in text


def test_all_faults_come_at_once(write_book):
    text = report(
        write_book(
            "account_id,revenue,date\nA1,x,2024-01-01\n,5,2024-02-30\n",
            ACCOUNTS,
            accounts__csv="account_id,listed_ka\nA1,maybe\nA1,1\n",
        )
    )
    for part in (
        "4 faults",
        "accounts.listed_ka",
        "'maybe'",
        "the key (account_id) is given again: line 3 'A1'",
        "'x'",
        "'2024-02-30'",
        "empty",
    ):
        assert part in text if part != "4 faults" else "5 faults" in text


def test_orphans_duplicates_and_values_not_allowed(write_book):
    text = report(
        write_book(
            "account_id,revenue\nA1,5\nA9,5\nA9,6\n",
            ACCOUNTS,
            accounts__csv="account_id,purchase_pattern,power_factor\nA1,sustaned,0.9\nA2,one_off,1.5\n",
        )
    )
    assert (
        "ledger.account_id (ledger.csv): 2 rows: not in the table accounts: line 3 'A9', line 4 'A9'"
        in text
    )
    assert "accounts.purchase_pattern" in text and "did you mean 'sustained'" in text
    assert (
        "accounts.power_factor" in text
        and "line 3 '1.5'" in text
        and "above 0 and at most 1" in text
    )


def test_minus_99_in_a_bounded_column_hints_at_missing(write_book):
    text = report(
        write_book(toml=ACCOUNTS, accounts__csv="account_id,capacity_kva\nA1,-99\nA2,5\n")
    )
    assert "out of range: line 2 '-99'" in text and 'na = ["-99"]' in text
    book = Book.open(write_book("account_id,revenue\nA1,-99\nA2,0\n"))
    assert any("often means missing" in note for note in book.notes)
    assert "ledger.revenue: 1 negative amount, -99.00 in all, counts as a return" in book.notes
    assert "ledger.revenue: 1 amount is zero" in book.notes


def test_wrong_encoding_shows_the_readings_and_proposes(write_book):
    data = "客户编号,销售额\n临江第一钢铁厂有限公司,5\n北方化工集团股份有限公司,7\n".encode(
        "gb18030"
    )
    columns = 'columns = { account_id = "客户编号", revenue = "销售额" }'
    text = report(write_book(data, options=columns))
    assert (
        "not readable as utf-8 near line 1" in text
        and "as gb18030: '客户编号,销售额'" in text
        and 'encoding = "gb18030"' in text
    )
    book = Book.open(write_book(data, options=columns + '\nencoding = "gb18030"'))
    assert book.rollup()["account_id"].tolist() == [
        "临江第一钢铁厂有限公司",
        "北方化工集团股份有限公司",
    ]


def test_late_bad_byte_is_found_with_its_line(write_book):
    data = b"account_id,revenue\n" + b"A1,1\n" * 50_000 + "客,1\n".encode("gb18030")
    assert "near line 50002" in report(write_book(data))


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfaccount_id,revenue\nA1,5\n",
        "account_id,revenue\nA1,5\n".encode("utf-16"),
        b"account_id,revenue\rA1,5\r",
        b"account_id,revenue\r\nA1,5\r\n",
        b"account_id;revenue\nA1;5\n",
        b"account_id\trevenue\nA1\t5\n",
        b'"account_id","revenue"\n"A1","5"\n',
        b"account_id,revenue\nA1,5",
        b"account_id,revenue\n\nA1,5\n\n",
    ],
)
def test_forms_of_text_file(data, write_book):
    rows = Book.open(write_book(data)).rollup()
    assert rows[["account_id", "revenue"]].values.tolist() == [["A1", 5.0]]


def test_written_amounts(write_book):
    written = {
        "1200.5": 1200.5, "1,200.50": 1200.5, "¥1,200": 1200, "-¥1,200": -1200, "5元": 5, "CNY 7": 7, "(1,200.00)": -1200,
        "1200-": -1200, "１，２００．５": 1200.5, "12 345": 12345, " 7 ": 7, "1e3": 1000, "+3": 3, ".5": 0.5, "0.005": 0.01, "-0.005": -0.01,
    }  # fmt: skip
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["account_id", "revenue"])
    writer.writerows([f"A{i:02d}", text] for i, text in enumerate(written))
    assert Book.open(write_book(stream.getvalue())).rollup()["revenue"].tolist() == list(
        written.values()
    )


def test_written_dates_shares_flags_and_ids(write_book):
    accounts = (
        "account_id,fee_recovery,important_type,start_date\n"
        "001,97%,是,2024年3月5日\n002 ,0.5,no,20240305\n\u00a0003,１００％,Y,2024/3/5\nA 4,0.25,0,2024-03\n"
    )
    book = Book.open(
        write_book(
            "account_id,revenue\n001,5\n002,5\n003,5\nA 4,1\n", ACCOUNTS, accounts__csv=accounts
        )
    )
    table = book.table("accounts")
    assert table["account_id"].tolist() == ["001", "002", "003", "A 4"]
    assert table["fee_recovery"].tolist() == [0.97, 0.5, 1.0, 0.25]
    assert table["important_type"].tolist() == [1, 0, 1, 0]
    assert table["start_date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-03-05"] * 3 + [
        "2024-03-01"
    ]
    # once: without a line, so that nobody found the rows
    trimmed = "accounts.account_id: blanks at the ends were trimmed in 2 rows (lines 3, 4)"
    assert trimmed in book.notes


def test_unit_and_decimal_comma(write_book):
    book = Book.open(
        write_book(
            "account_id;revenue\nA1;1.234,567801\n",
            options='decimal = ","\nunit = { revenue = "万元" }',
        )
    )
    assert book.rollup()["revenue"].tolist() == [12345678.01]


def test_declared_dates(write_book):
    book = Book.open(
        write_book("account_id,revenue,date\nA1,5,05.03.2024\n", options='date_format = "%d.%m.%Y"')
    )
    assert str(book.rollup()["first_date"][0].date()) == "2024-03-05"
    book = Book.open(
        write_book(
            "account_id,revenue,date\nA1,5,45356\n", options='date_format = { date = "excel" }'
        )
    )
    assert str(book.rollup()["first_date"][0].date()) == "2024-03-05"


def test_lines_count_as_an_editor_does(write_book):
    ledger = 'account_id,line,revenue\nA1,"two\nlines",5\n\nA2,x,bad\nA3,1,2,3\nA4,x,worse\n'
    text = report(write_book(ledger))
    assert "line 5 'bad', line 7 'worse'" in text and "line 6 'A3,1,2,3'" in text


def test_many_files_of_one_table(write_book):
    options = 'path = "part*.csv"\n'
    toml = f"[tables.ledger]\n{options}"
    book = write_book(
        toml=toml, part1__csv="account_id,revenue\nA1,5\n", part2__csv="revenue,account_id\n7,A1\n"
    )
    assert Book.open(book).rollup()["revenue"].tolist() == [12.0]
    book = write_book(
        toml=toml,
        part1__csv="account_id,revenue\nA1,5\n",
        part2__csv="account_id,revenue\nA1,5\nA2,x\n",
    )
    assert "ledger.revenue (part2.csv): 1 row: not an amount: line 3 'x'" in report(book)
    book = write_book(
        toml=toml, part1__csv="account_id,revenue\nA1,5\n", part2__csv="account_id,amount\nA1,5\n"
    )
    assert "other columns than part1.csv: amount, revenue" in report(book)


def test_gzip_and_parquet(write_book, tmp_path):
    book = write_book(gzip.compress(b"account_id,revenue\nA1,5\n"), name="ledger.csv.gz")
    assert Book.open(book).rollup()["revenue"].tolist() == [5.0]
    assert "damaged gzip" in report(
        write_book(gzip.compress(b"account_id,revenue\nA1,5\n" * 9)[:-9], name="ledger.csv.gz")
    )
    frame = pd.DataFrame(
        {
            "account_id": ["1", "2"],
            "revenue": [0.1, float("nan")],
            "date": pd.to_datetime(["2024-01-01", None]),
        }
    )
    stream = io.BytesIO()
    frame.to_parquet(stream)
    assert "ledger.revenue (ledger.parquet): 1 row" in report(
        write_book(stream.getvalue(), name="ledger.parquet")
    )
    stream = io.BytesIO()
    frame.fillna({"revenue": 0.2}).astype({"account_id": "int64"}).to_parquet(stream)
    rows = Book.open(write_book(stream.getvalue(), name="ledger.parquet")).rollup()
    assert rows["account_id"].tolist() == ["1", "2"] and rows["revenue"].tolist() == [0.1, 0.2]
    assert "cannot be read as Parquet" in report(write_book(b"PAR1 no", name="ledger.parquet"))


def sheet(rows: list[list[object]], title: str = "Sheet1") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = title
    for row in rows:
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def test_workbook(write_book):
    rows = [
        ["account_id", "revenue", "date"],
        ["001", 1200.5, pd.Timestamp("2024-03-05").to_pydatetime()],
        [2, "1,000", "2024年3月6日"],
    ]
    book = Book.open(write_book(sheet(rows), name="ledger.xlsx"))
    assert book.rollup()[["account_id", "revenue"]].values.tolist() == [
        ["001", 1200.5],
        ["2", 1000.0],
    ]
    assert "there is no sheet 'Sales'" in report(
        write_book(sheet(rows), name="ledger.xlsx", options='sheet = "Sales"')
    )
    text = report(write_book(sheet([*rows, ["A3", "x", None]]), name="ledger.xlsx"))
    assert "line 4 'x'" in text
    assert "the file is text, not a workbook" in report(
        write_book(b"no workbook", name="ledger.xlsx")
    )


def test_excel_error_cell(write_book):
    data = sheet([["account_id", "revenue"], ["A1", 5]])
    source = io.BytesIO(data)
    workbook = openpyxl.load_workbook(source)
    workbook.active["B3"], workbook.active["A3"] = "#DIV/0!", "A2"
    workbook.active["B3"].data_type = "e"
    stream = io.BytesIO()
    workbook.save(stream)
    assert "holds an Excel error: B3 #DIV/0!" in report(
        write_book(stream.getvalue(), name="ledger.xlsx")
    )


def test_paths(write_book, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    assert "is a folder" in report(write_book(toml='[tables.ledger]\npath = "folder"\n'))
    assert "there is no file 'ledge.csv'" in report(
        write_book(toml='[tables.ledger]\npath = "ledge.csv"\n')
    )
    assert "leads out of the book's folder" in report(
        write_book(toml='[tables.ledger]\npath = "../ledger.csv"\n')
    )
    assert "leads out of the book's folder" in report(
        write_book(toml='[tables.ledger]\npath = "/etc/passwd"\n')
    )
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    assert "links out of the book's folder" in report(
        write_book(toml='[tables.ledger]\npath = "link.csv"\n')
    )
    assert "no file matches" in report(write_book(toml='[tables.ledger]\npath = "x*.csv"\n'))
    # once: "there is no file book.toml there", of a path that nobody told
    wanted = f"there is no file {tmp_path / 'elsewhere' / 'book.toml'}"
    assert wanted in report(tmp_path / "elsewhere" / "book.toml")
    monkeypatch.chdir(tmp_path)
    assert wanted in report(Path("elsewhere/book.toml"))


@pytest.mark.parametrize(
    ("toml", "wanted"),
    [
        ("tabels = 3", "did you mean 'tables'"),
        ("[tables.legder]\npath='x'", "did you mean 'ledger'"),
        ("[tables.ledger]\npaht = 'x'", "did you mean 'path'"),
        ("[tables.ledger]\npath = 3", "path is 3"),
        ("[tables.ledger]\npath = 'ledger.csv'\nsql = 'SELECT 1'", "names path and sql"),
        ("[tables.ledger]\npath = 'ledger.csv'\nunit = '万'", "unknown unit '万'"),
        ("[tables.accounts]\npath = 'ledger.csv'", "no table of transactions"),
        ("group_by = 'sector'\n[tables.ledger]\npath = 'ledger.csv'", "group_by is 'sector'"),
        (
            "root_env = 'KEYACCT_NOT_SET'\n[tables.ledger]\npath = 'ledger.csv'",
            "KEYACCT_NOT_SET is not set",
        ),
        ("this is no toml", "cannot be read as TOML"),
        ("this is no toml", "mend that line: this is no toml"),
        # once: "Invalid date or datetime (at line 2, column 9)", "mend that line"
        ("as_of = 2018-02-30", "in line 2 as_of is 2018-02-30, and there is no such day"),
    ],
)
def test_faults_of_book_toml(toml, wanted, write_book, tmp_path):
    write_book()
    (tmp_path / "book.toml").write_text(f"contract_version = 1\n{toml}\n", encoding="utf-8")
    assert wanted in report(tmp_path / "book.toml")


def test_contract_version_is_required(write_book, tmp_path):
    write_book()
    (tmp_path / "book.toml").write_text("[tables.ledger]\npath = 'ledger.csv'\n", encoding="utf-8")
    assert "contract_version is missing" in report(tmp_path / "book.toml")


SQL_BOOK = '[files.orders]\npath = "orders.csv"\n[tables.ledger]\nsql = "{}"\n'
ORDERS = "id,price,qty,discount\n001,9.80,10,0.05\n002,1,3,0\n"


def test_sql_over_the_books_files(write_book):
    sql = "SELECT id AS account_id, price * qty * (1 - discount) AS revenue FROM orders"
    rows = Book.open(write_book(toml=SQL_BOOK.format(sql), orders__csv=ORDERS)).rollup()
    assert rows[["account_id", "revenue"]].values.tolist() == [["001", 93.1], ["002", 3.0]]


@pytest.mark.parametrize(
    ("sql", "mend"),
    [
        # once: "it can read the [files.*] of this book: orders", and no word of its columns
        ("SELECT o.ids AS account_id, qty AS revenue FROM orders AS o", "did you mean 'id'? orders has id, price, qty, discount"),
        ("SELECT id AS account_id, prize AS revenue FROM orders", "did you mean 'price'? orders has id, price, qty, discount"),
        ("SELECT orders.sum AS revenue FROM orders", "to mend:  orders has id, price, qty, discount"),
    ],
)  # fmt: skip
def test_sql_that_asks_for_a_column_that_is_not_there(sql, mend, write_book):
    assert mend in report(write_book(toml=SQL_BOOK.format(sql), orders__csv=ORDERS))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('ledger.csv')", "SELECT * FROM 'ledger.csv'", "COPY orders TO 'stolen.csv'", "DROP TABLE orders",
        "SELECT 1; SELECT 2", "SELECT nothing FROM orders", "INSTALL httpfs", "SET enable_external_access = true", "ATTACH 'x.db'",
    ],
)  # fmt: skip
def test_sql_reaches_nothing_but_its_files(sql, write_book, tmp_path):
    before = sorted(tmp_path.iterdir())
    text = report(write_book(toml=SQL_BOOK.format(sql), orders__csv=ORDERS))
    assert "the sql does not run" in text and "orders" in text
    assert {path.name for path in tmp_path.iterdir()} - {path.name for path in before} <= {
        "book.toml",
        "ledger.csv",
        "orders.csv",
    }


def test_quarantine_reconciles_rows_and_money(write_book, tmp_path):
    ledger = "account_id,revenue,date\nA1,100,2024-01-01\nA2,abc,2024-01-01\nA9,30,2024-01-01\nA1,1,2,3\nA1,7.50,2024-02-30\nA2,5,2024-01-02\n"
    accounts = "account_id,listed_ka\nA1,1\nA2,0\nA2,1\n"
    path = write_book(ledger, ACCOUNTS, accounts__csv=accounts)
    aside = tmp_path / "aside.csv"
    book = Book.open(path, quarantine=aside)
    assert book.rollup()[["account_id", "revenue"]].values.tolist() == [["A1", 100.0], ["A2", 5.0]]
    totals = {row["table"]: row for row in book.reconciliation}
    assert totals["ledger"] == {
        "table": "ledger", "rows": 6, "rows used": 2, "rows set aside": 4, "money column": "revenue",
        "money": 142.5, "money used": 105.0, "money set aside": 37.5, "no amount in set aside": 2,
    }  # fmt: skip
    assert totals["accounts"]["rows set aside"] == 1
    rows = list(csv.DictReader(aside.open(encoding="utf-8-sig")))
    assert [(row["table"], row["line"]) for row in rows] == [
        ("accounts", "4"),
        ("ledger", "3"),
        ("ledger", "4"),
        ("ledger", "6"),
        ("ledger", "5"),
    ]
    assert "not in the table accounts" in rows[2]["reason"] and "A9" in rows[2]["row"]
    with pytest.raises(BookFaults):
        Book.open(write_book("account_id,amount\nA1,5\n"), quarantine=tmp_path / "other.csv")
    with pytest.raises(BookFaults, match="no row of ledger is without fault"):
        Book.open(write_book("account_id,revenue\nA1,x\n"), quarantine=tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()


def test_groups_and_exclusions(write_book):
    toml = (
        'group_by = "group_id"\n[exclude]\nA3 = "own company"\n[tables.ledger]\npath = "ledger.csv"\n'
        + ACCOUNTS
    )
    accounts = "account_id,group_id,name_zh\nA1,G1,甲\nA2,G1,\nA3,,丙\nA4,,丁\n"
    path = write_book("account_id,revenue\nA1,1\nA2,2\nA3,4\nA4,8\n", toml, accounts__csv=accounts)
    book = Book.open(path)
    assert book.rollup()[["account_id", "revenue"]].values.tolist() == [["A4", 8.0], ["G1", 3.0]]
    assert book.totals()["revenue"].tolist() == [11.0]
    assert any("account A3 (own company), 1 row," in note for note in book.notes)
    assert book.names()["A4"] == "丁"


def test_a_book_opens_from_anywhere(write_book, tmp_path, monkeypatch):
    path = write_book()
    monkeypatch.chdir("/")
    assert Book.open(path).data_hash == Book.open(str(path)).data_hash
    assert Book.open(path.parent).name == "Test"


def test_what_the_lessons_assume_is_no_data(write_book):
    # once: two runs that differed in [lesson.*] only were not told to be of the same data
    toml = '[tables.ledger]\npath = "ledger.csv"\n'
    hashes = [
        Book.open(write_book(toml=text)).data_hash
        for text in (toml, toml + "[lesson.concentration]\nq = 0.1\n", 'returns = "gross"\n' + toml)
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_asking_for_what_is_not_there(write_book):
    book = Book.open(write_book())
    with pytest.raises(ValueError, match="no table 'survey'; it has ledger"):
        book.table("survey")
    with pytest.raises(ValueError, match="contract has no table 'surveys'"):
        book.has("surveys")
    with pytest.raises(ValueError, match="no column 'colour'"):
        book.has("ledger", "colour")


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024Q1", "2024-01-01", "2024-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
    ],
)
def test_periods(period, first, last, write_book):
    start, end = Book.open(write_book()).period_dates(period)
    assert (str(start), str(end)) == (first, last)


def test_periods_that_do_not_exist(write_book):
    book = Book.open(write_book())
    assert book.period_dates() == (None, None)
    with pytest.raises(ValueError, match="runs from 2024-01-05 to 2024-03-05"):
        book.period_dates("2023")
    for wrong in ("24", "2024Q5", "2024-13", "last year", ""):
        with pytest.raises(ValueError, match="write 'book', 'all'"):
            book.period_dates(wrong)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=8)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_any_text_is_read_or_reported(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("fuzz")
    with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(
            [["account_id", "revenue", "date"], *rows]
        )
    (folder / "book.toml").write_text(
        'contract_version = 1\n[tables.ledger]\npath = "ledger.csv"\n', encoding="utf-8"
    )
    try:
        total = Book.open(folder / "book.toml").rollup()
    except BookFaults as fault:
        assert "to mend:" in str(fault)
    else:
        assert total["n_rows"].sum() == len(rows) and total["revenue"].notna().all()


def test_a_year_is_full_where_the_ledger_reaches_both_its_ends(write_book):
    rows = "".join(
        f"A,{day},1\n" for day in ("2022-03-05", "2023-01-31", "2023-12-01", "2024-11-30")
    )
    book = Book.open(write_book("account_id,date,revenue\n" + rows))
    full, touched = book.full_years()
    assert list(full) == ["2023"] and touched == ["2022", "2024"]
    assert [str(day) for day in full["2023"]] == ["2023-01-01", "2023-12-31"]
    assert Book.open(write_book("account_id,revenue\nA,1\n")).full_years() == ({}, [])


def _days(start: str, end: str, freq: str = "D") -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in pd.date_range(start, end, freq=freq)]


@pytest.mark.parametrize(
    ("days", "as_of", "cut"),
    [
        (_days("2023-01-01", "2024-12-05"), "", "2024-12-05"),  # daily, and then silence
        (_days("2023-01-01", "2024-12-24"), "", "2024-12-24"),
        (_days("2023-01-01", "2024-12-25"), "", ""),  # the days to New Year
        (_days("2023-01-01", "2024-12-30"), "", ""),  # the 31st was a Sunday
        (_days("2023-01-02", "2024-12-15", "W-MON"), "", "2024-12-09"),
        (_days("2023-01-02", "2024-12-22", "W-FRI"), "", "2024-12-20"),
        (_days("2023-01-02", "2024-12-31", "W-MON"), "", ""),
        (_days("2023-01-01", "2024-12-01", "MS"), "", ""),  # bills of the 1st
        (_days("2023-01-01", "2024-12-01", "MS"), "2024-12-01", ""),
        (_days("2023-01-01", "2024-12-01", "MS"), "2024-12-31", ""),
        (_days("2023-01-01", "2024-12-31", "ME"), "2024-12-31", ""),
        # bills of the 1st and the 28th, the last one missing
        ([*_days("2023-01-28", "2024-11-30", "MS"), *[f"{m}-28" for m in
          pd.period_range("2023-01", "2024-11", freq="M").astype(str)], "2024-12-01"], "", "2024-12-01"),
        # an account that buys when it likes: as long a silence as before is no end
        (["2023-01-20", "2023-02-25", "2023-06-03", "2024-03-28", "2024-11-29", "2024-12-02"], "", ""),
        # a firm that shuts down before Christmas each year
        ([*_days("2023-01-01", "2023-12-18"), *_days("2024-01-05", "2024-12-18")], "", ""),
        # two months in which nothing was sold are no reason to call the last one whole
        ([*_days("2023-01-01", "2023-05-31"), *_days("2023-08-01", "2024-12-18")], "", "2024-12-18"),
        # as_of is the owner's word
        (_days("2023-01-01", "2024-12-18"), "2024-12-31", ""),
        (_days("2023-01-01", "2024-12-18"), "2025-03-31", ""),
        (_days("2023-01-01", "2024-12-18"), "2024-12-18", "2024-12-18"),
        (_days("2023-01-01", "2024-12-18"), "2024-12-30", ""),
        (_days("2023-01-01", "2024-12-05"), "2024-06-30", "2024-12-05"),  # it knows not of December
        (_days("2023-01-01", "2024-12-31"), "2024-12-10", ""),  # posted beyond
        (_days("2023-01-02", "2024-12-11", "W-MON"), "2024-12-11", "2024-12-09"),
        (["2024-12-05"], "", ""),
    ],
)  # fmt: skip
def test_a_year_in_whose_last_month_the_ledger_breaks_off_is_not_full(write_book, days, as_of, cut):
    rows = "".join(f"A,{day},1\n" for day in days)
    book = write_book("account_id,date,revenue\n" + rows)
    if as_of:
        book.write_text(f"as_of = {as_of}\n" + book.read_text("utf-8"), "utf-8")
    opened = Book.open(book)
    assert str(opened.cut_short() or "") == cut
    if len(days) > 1:
        assert ("2024" in opened.full_years()[0]) is not bool(cut)
        assert list(opened.full_years()[0])[:1] == ["2023"]
    # what is asked for ends before the ledger does
    assert opened.cut_short(dt.date(2024, 11, 30)) is None


def test_a_silence_before_more_rows_is_no_end(write_book):
    """Daily to 5 November, nothing more in that month, and again from December."""
    days = [*_days("2024-01-01", "2024-11-05"), *_days("2024-12-01", "2024-12-31")]
    book = Book.open(write_book("account_id,date,revenue\n" + "".join(f"A,{d},1\n" for d in days)))
    assert book.cut_short(dt.date(2024, 11, 30)) is None and "2024" in book.full_years()[0]
    none = Book.open(write_book("account_id,date,revenue\nA,2024-01-01,1\nA,,2\n"))
    assert none.cut_short() is None
    assert Book.open(write_book("account_id,revenue\nA,1\n")).cut_short() is None


def test_a_key_that_is_set_twice_says_where_and_which_header_is_still_off(write_book):
    # once: "Cannot overwrite a value (at line 9)", with "mend that line"
    top = 'contract_version = 1\nname = "Test"\n[tables.ledger]\npath = "a.csv"\n'
    off = (
        "[tables.ledger.columns]\nrevenue = 'x'\n# [tables.accounts]\n# [tables.accounts.columns]\n"
    )
    book = write_book()
    for text, wanted in (
        (top + off + "revenue = 'y'\n", ["revenue is set twice in [tables.ledger.columns]",
         "in line 6 and in line 9", "take the # before [tables.accounts.columns] in line 8 away"]),
        (top + 'path = "b.csv"\n', ["path is set twice in [tables.ledger], in line 4 and in line 5",
         'delete one of the two lines: path = "b.csv"']),
        ('name = "a"\n\nname = "b"\n', ["name is set twice in the top of the file, in line 1 and"]),
    ):  # fmt: skip
        book.write_text(text, encoding="utf-8")
        with pytest.raises(BookFaults) as caught:
            Book.open(book)
        assert all(part in str(caught.value) for part in wanted), str(caught.value)
