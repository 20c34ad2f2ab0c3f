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
from keyacct_utils.review.left_out import left_out

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
    book = Book.open(write_book(data, toml, name="raw.parquet", accounts__csv=CUSTOMERS.encode()))
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


# --- sql over files -----------------------------------------------------------------------------


def sql_book(sql: str, options: str = "", extra: str = "", file: str = "raw.csv") -> str:
    return f'[files.raw]\npath = "{file}"\n{options}\n[tables.ledger]\nsql = "{sql}"\n{extra}\n'


COUNTED = "SELECT Customer AS account_id, Qty * Price AS revenue FROM raw"


def by_sql(write_book, text: str, sql: str = COUNTED, options: str = "") -> Book:
    return Book.open(write_book(text, sql_book(sql, options), name="raw.csv"))


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (("9007199254740993001", "9007199254740993002"), "19 digits"),
        (("1234567890123456", "1234567890123457"), "16 digits"),
        (("2.1", "2.10"), "the last zero of a code"),
        (("0042", "42"), "leading zeros"),
        (("1,000", "1000"), "commas"),
        (("7E3", "7000"), "powers of ten"),
        (("aB", "Ab"), "capital letters"),
    ],
)
def test_ids_stay_apart_behind_sql(ids, why, write_book):
    lines = "".join(f"{one};2;{price}\n" for one, price in zip(ids, ("1.50", "3"), strict=True))
    assert rows(by_sql(write_book, "Customer;Qty;Price\n" + lines)) == {ids[0]: 3.0, ids[1]: 6.0}


@pytest.mark.parametrize(
    ("prices", "options", "total"),
    [
        (("1.10", "2.5"), "", 9.7),
        (("1.10", "1.1"), "", 5.5),
        (("10.0", "7.25"), "", 41.75),
        (('"1,200.50"', "0.01"), "", 2401.03),
        (("¥1.10", "2"), "", 8.2),
        (("0012.50", "1"), "", 28.0),
        (("10.500", "2.250"), 'decimal = ","\nsep = ","', 27750.0),
        (("0.30000000000000004", "1e-05"), "", 0.6),
        (("5", "-99"), 'na = ["-99"]', None),
    ],
)
def test_a_price_times_a_quantity_is_exact_to_the_cent(prices, options, total, write_book):
    text = "Customer,Qty,Price\nA1,2,{}\nA1,3,{}\n".format(*prices)
    if total is None:
        fault = report(write_book(text, sql_book(COUNTED, options), name="raw.csv"))
        assert "ledger.revenue" in fault and "1 row: empty" in fault
        return
    assert rows(by_sql(write_book, text, options=options)) == {"A1": total}


def test_products_are_decimals_not_doubles(write_book):
    """1.005 x 100 x 0.01 is 1.005 and rounds up; the product of doubles is below it."""
    sql = "SELECT Customer AS account_id, Qty * Price * Part AS revenue FROM raw"
    text = "Customer,Qty,Price,Part\nA1,100,1.005,0.01\nA2,3,1.1,1\n"
    book = by_sql(write_book, text, sql)
    assert rows(book) == {"A1": 1.01, "A2": 3.3}


def test_options_of_raw_files_do_what_they_say(write_book):
    text = "Customer,Day,Umsatz\nA1,05.03.2024,1\nA2,06.03.2024,2\n"
    sql = "SELECT Customer AS account_id, Day AS date, Umsatz AS revenue FROM raw"
    options = 'date_format = "%d.%m.%Y"\nunit = { Umsatz = "万元" }'
    book = by_sql(write_book, text, sql, options)
    assert rows(book) == {"A1": 10_000.0, "A2": 20_000.0}
    assert str(book.totals()["last_date"][0])[:10] == "2024-03-06"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ('unit = "万元"', "unit of [files.*] names its column"),
        ('columns = { account_id = "Customer" }', "columns have no effect"),
        ('date_format = "%d.%m.%Y"', "reads no column"),
        ('unit = { Preis = "万元" }', "names the column 'Preis'"),
        ('sheet = "Sales"', "sheet has no effect"),
    ],
)
def test_an_option_without_effect_is_a_fault(options, told, write_book):
    text = "Customer,Qty,Price\nA1,2,1.5\n"
    assert told in report(write_book(text, sql_book(COUNTED, options), name="raw.csv"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ('encoding = "gb18030"', "encoding has no effect"),
        ('sep = ";"', "sep has no effect"),
        ("skip = 2", "skip has no effect"),
    ],
)
def test_an_option_of_files_does_nothing_for_sql(options, told, write_book):
    toml = sql_book(COUNTED, extra=options)
    assert told in report(write_book("Customer,Qty,Price\nA1,2,1.5\n", toml, name="raw.csv"))


def test_what_sql_cannot_count_is_told_with_file_and_line(write_book):
    text = "Customer,Qty,Price\nA1,2,1.5\nA2,1,n.n.\nA3,1,2\nA4,1,3\n"
    fault = report(write_book(text, sql_book(COUNTED), name="raw.csv"))
    assert "raw.Price (raw.csv): 1 row: not a number: line 3 'n.n.'" in fault


def test_names_that_differ_in_case_are_refused_where_sql_reads_them(write_book):
    text = "Customer,Qty,Price,price\nA1,2,1.5,9\n"
    assert "are one name in SQL" in report(write_book(text, sql_book(COUNTED), name="raw.csv"))
    sql = "SELECT Customer AS account_id, Qty AS revenue FROM raw"
    assert rows(by_sql(write_book, text, sql)) == {"A1": 2.0}


@pytest.mark.parametrize("currency", ["", "CNY"])
def test_signs_of_two_currencies_are_seen_before_sql_counts(currency, write_book):
    toml = f'currency = "{currency}"\n' + sql_book(COUNTED)
    fault = report(write_book("Customer,Qty,Price\nA1,2,¥1.5\nA2,1,HK$7\n", toml, name="raw.csv"))
    assert "raw.Price (raw.csv)" in fault and "line 3 'HK$7'" in fault


# --- which rows count ---------------------------------------------------------------------------

SALES = (
    "Seller,Customer,Day,Amount,No\n"
    "Oak,C1,2024-01-05,100.50,1\nElm,C1,2024-02-06,7,2\nOak,C2,,30,3\nOak,C2,,30,3\n"
    "Oak,C3,2023-03-07,-2,4\n"
)
FIELDS = 'columns = { account_id = "Customer", date = "Day", revenue = "Amount" }'
FORMS = ("csv", "xlsx", "parquet", "sqlite", "sql", "sql of parquet")


def in_form(form: str, text: str, options: str, tmp_path: Path) -> str:
    """The same rows in another form of file, and the section that reads them."""
    frame = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)
    frame = frame.replace({"": None})
    typed = frame.assign(
        Amount=frame["Amount"].astype(float),
        Day=pd.to_datetime(frame["Day"]),
        No=frame["No"].astype(float),
    )
    typed.to_parquet(tmp_path / "sales.parquet")
    (tmp_path / "sales.csv").write_text(text)
    (tmp_path / "sales.xlsx").write_bytes(
        sheet(
            tuple(frame), *typed.astype(object).where(typed.notna(), None).itertuples(index=False)
        )
    )
    with sqlite3.connect(tmp_path / "sales.sqlite") as base:
        frame.to_sql("sales", base, index=False, if_exists="replace")
    if form.startswith("sql") and form != "sqlite":
        file = "sales.parquet" if "parquet" in form else "sales.csv"
        return (
            f'[files.raw]\npath = "{file}"\n[tables.ledger]\n{options}\n{FIELDS}\n'
            'sql = "SELECT Seller, Customer, Day, Amount, No FROM raw"\n'
        )
    table = 'table = "sales"\n' if form == "sqlite" else ""
    return f'[tables.ledger]\npath = "sales.{form}"\n{table}{options}\n{FIELDS}\n'


@pytest.mark.parametrize("form", FORMS)
def test_the_same_book_in_every_form(form, tmp_path, write_book):
    """Totals, accounts, rows left out, and what is said of rows without a date."""
    options = "where = \"seller = 'Oak' AND amount > -100\""
    toml = 'period = "2024"\n' + in_form(form, SALES, options, tmp_path)
    book = Book.open(write_book(b"", toml, name="unused.csv"))
    assert rows(book) == {"C1": 100.5, "C2": 60.0, "C3": -2.0}
    (ledger,) = book.reconciliation
    assert (ledger["rows"], ledger["rows used"], ledger["rows left out by where"]) == (5, 4, 1)
    assert (ledger["money"], ledger["money used"]) == (165.5, 158.5)
    assert (ledger["money left out by where"], ledger["rows set aside"]) == (7.0, 0)
    assert (ledger["rows without date"], ledger["money without date"]) == (2, 60.0)
    (note,) = notes(book, "left out by where")
    assert note.startswith("ledger: 1 row of 5 with 7.00 of revenue is left out by where (seller")
    (note,) = notes(book, "no date")
    assert note == (
        "ledger.date: 2 rows with 60.00 of revenue have no date and belong to no period: "
        "the period of this book, 2024, leaves them out"
    )


@pytest.mark.parametrize("option", ["where = \"Seller = 'Oak'\"", 'void = { Seller = ["Oak"] }'])
def test_what_leaves_rows_out_of_a_file_is_said_of_its_table(option, tmp_path, write_book):
    toml = in_form("sql", SALES, "", tmp_path)
    fault = report(
        write_book(b"", toml.replace("[files.raw]", f"[files.raw]\n{option}"), name="unused.csv")
    )
    word = option.split(" ")[0]
    assert (
        f"{word} belongs to a table\n" in fault and f"write {word} into the [tables.NAME]" in fault
    )
    assert "its SELECT must give the column too" in fault and "with rows and money" in fault


@pytest.mark.parametrize("form", FORMS)
def test_equal_rows_are_told_kept_or_dropped(form, tmp_path, write_book):
    def opened(option: str) -> Book:
        toml = in_form(form, SALES, "", tmp_path)
        head = "[files.raw]" if form in ("sql", "sql of parquet") else "[tables.ledger]"
        return Book.open(
            write_book(b"", toml.replace(head, f"{head}\n{option}"), name="unused.csv")
        )

    plain, kept, dropped = map(opened, ("", 'duplicates = "keep"', 'duplicates = "drop"'))
    assert rows(plain) == rows(kept) == {"C1": 107.5, "C2": 60.0, "C3": -2.0}
    assert rows(dropped) == {"C1": 107.5, "C2": 30.0, "C3": -2.0}
    (note,) = notes(plain, "repeats an earlier row")
    assert "1 row of 5" in note and 'declare duplicates = "drop"' in note
    assert (
        "1 row of 5 with 30.00 of revenue" in note
        or "(ledger: 1 row with 30.00 of revenue)" in note
    )
    assert 'count: duplicates = "keep"' in notes(kept, "repeats")[0].replace("counts", "count")
    told = dropped.reconciliation[0]
    assert (told["rows"], told["rows dropped as repeated"]) == (5, 1)
    assert told["money dropped as repeated"] == 30.0
    assert notes(dropped, 'does not count (duplicates = "drop")')


LINES = "No,Who,Price,Number\n1,A,2.50,4\n1,A,2.50,4\n2,,9.00,3\n2,,9.00,3\n3,B,1.00,5\n3,B,1.00,5\n4,C,1,2\n"
LINES_SQL = '[files.raw]\npath = "raw.csv"\n{}\n[tables.ledger]\n{}\nsql = """{}"""\n'


@pytest.mark.parametrize("option", ["", 'duplicates = "drop"'])
def test_repeats_behind_sql_are_told_with_what_they_move(option, write_book):
    def opened(sql: str, where: str = "") -> Book:
        toml = LINES_SQL.format(option, where, sql)
        return Book.open(write_book(LINES, toml, name="raw.csv"))

    reckoned = "SELECT Who AS account_id, Price * Number AS revenue FROM raw"
    chosen = opened(reckoned, "where = \"account_id = 'A'\"")
    inside = opened(f"{reckoned} WHERE Who IS NOT NULL")
    summed = opened(
        "SELECT Who AS account_id, sum(Price * Number) AS revenue FROM raw "
        "WHERE Who IS NOT NULL GROUP BY 1"
    )
    for book, moved in (
        (chosen, "(ledger: 1 row with 10.00 of revenue)"),
        (inside, "(ledger: 2 rows with 15.00 of revenue)"), (summed, "(ledger: 15.00 of revenue)"),
    ):  # fmt: skip
        (note,) = notes(book, "repeat an earlier row")
        assert note.startswith(
            f"files.raw: 3 rows of 7 repeat an earlier row in every column {moved}"
        )
        dropped = [row for row in book.reconciliation if row["table"] == "files.raw"]
        assert [row["money dropped as repeated"] for row in dropped] == (
            [float(moved.split(" of ")[0].split(" ")[-1])] if option else []
        )
    assert not notes(opened(reckoned, "where = \"account_id = 'C'\""), "and count:")


def test_rows_that_the_sql_leaves_out_are_told(write_book):
    def opened(sql: str) -> Book:
        return Book.open(write_book(LINES, LINES_SQL.format("", "", sql), name="raw.csv"))

    reckoned = "SELECT Who AS account_id, Price * Number AS revenue FROM raw"
    for sql in (
        f"{reckoned} WHERE Who IS NOT NULL",
        f"{reckoned} WHERE Who > ''",
        f"{reckoned} WHERE Who = 'A' UNION ALL {reckoned} WHERE Who = 'B'",
    ):
        book = opened(sql)
        if "UNION" in sql:  # what one of them leaves out the other may hold
            assert notes(book, "told nowhere") and not book.reconciliation
            continue
        (row,) = book.reconciliation
        assert (row["rows"], row["rows used"], row["rows left out by sql"]) == (7, 5, 2)
        assert (row["money"], row["money used"], row["money left out by sql"]) == (86.0, 32.0, 54.0)
        told = "2 rows of 7 with 54.00 of revenue are left out by the WHERE of its sql"
        assert f"ledger: {told}" in book.notes and not notes(book, "told nowhere")
        assert left_out(book) == [
            "Left out by the WHERE of the sql, in no number here: 2 of 7 rows of ledger, with 54.00 "
            "of revenue (62.8 % of 86.00)."
        ]
    for sql, word in (
        (f"WITH x AS ({reckoned} WHERE Who IS NOT NULL) SELECT * FROM x", "WHERE"),
        ("SELECT Who AS account_id, sum(Price) AS revenue FROM raw WHERE Who > '' GROUP BY 1", "WHERE"),
        (f"{reckoned} JOIN (SELECT DISTINCT No AS n FROM raw WHERE Who > '') ON n = No", "WHERE, DISTINCT, JOIN"),
    ):  # fmt: skip
        book = opened(sql)
        (note,) = notes(book, "told nowhere")
        assert note.startswith(
            f"ledger: its sql may leave rows out, which are told nowhere ({word})"
        )
        assert 'where = "..." in [tables.ledger]' in note
    summed = opened("SELECT No AS account_id, sum(Price) AS revenue FROM raw GROUP BY 1")
    assert not notes(summed, "leave rows out") and not summed.reconciliation


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("Seler = 'Oak'", "did you mean 'Seller'?"),
        ("Seller = ", "where cannot be read"),
        ("Seller IN (SELECT content FROM read_text('/etc/hostname'))", "asks for other tables"),
        ("Seller = current_setting('threads')", "tells of this machine"),
        ("1 = 1", "speaks of no column"),
        ("Seller = 'Ash'", "all 5 rows are left out"),
        ("SELECT 1", "not one condition"),
        ("Seller = 'Oak'); DROP TABLE ledger", "where"),
    ],
)
def test_a_where_that_cannot_be_meant(where, told, write_book):
    path = write_book(SALES, options=f'where = "{where}"\n{FIELDS}')
    assert told in report(path)


# --- columns that change what the amounts mean ----------------------------------------------------

MIXED = "Customer,Curr,Amount\nC1,USD,100.10\nC1,JPY,12000\nC2,usd ,1\n"
PLAIN = 'columns = { account_id = "Customer", revenue = "Amount" }'


@pytest.mark.parametrize("used", [False, True])
def test_two_currencies_in_a_column_are_a_fault_with_the_ways_out(used, write_book):
    fields = PLAIN.replace(" }", ', line = "Curr" }') if used else PLAIN
    fault = report(write_book(MIXED, options=fields))
    assert "revenue is in several currencies, which the column 'Curr' names" in fault
    assert "JPY (1 row, 12,000.00), USD (2 rows, 101.10)" in fault
    assert "where = \"Curr = 'JPY'\"" in fault and "currency_rates = { JPY = 1, USD = 1 }" in fault
    chosen = Book.open(write_book(MIXED, options=f"where = \"Curr <> 'JPY'\"\n{fields}"))
    assert chosen.totals()["revenue"].tolist() == [101.10]


def test_rates_turn_each_amount_into_the_currency_of_the_book(write_book):
    options = f"currency_rates = {{ USD = 7.1, JPY = 0.0478 }}\n{PLAIN}"
    book = Book.open(write_book(MIXED, options=options))
    assert rows(book) == {"C1": 1284.31, "C2": 7.1}  # 710.71 + 573.60


@pytest.mark.parametrize("column", ["", 'currency_column = "Curr"\n'])
def test_rows_in_another_currency_are_told_with_rate_and_share(column, write_book):
    # by hand: 100.10 + 1 USD at 7.1 are 717.81; 12,000 JPY at 0.0478 are 573.60; 8.59 CNY stay:
    # 1,300.00 in all, of which 55.2 % and 44.1 %
    text = MIXED.replace("Curr,", "Curr,Note,").replace(",100", ",a,100") + "C3,CNY,a,8.59\n"
    text = text.replace("JPY,", "JPY,b,").replace("usd ,", "usd ,c,")
    options = f"currency_rates = {{ USD = 7.1, JPY = 0.0478 }}\n{column}{PLAIN}"
    whole = f'currency = "CNY"\n[tables.ledger]\npath = "ledger.csv"\n{options}\n'
    book = Book.open(write_book(text, toml=whole))
    assert [note for note in book.notes if "currency_rates" in note] == [
        "ledger: 2 rows with 101.10 USD of revenue are converted at 7.1 (currency_rates) to "
        "717.81 CNY, 55.2 % of all revenue",
        "ledger: 1 row with 12,000.00 JPY of revenue is converted at 0.0478 (currency_rates) to "
        "573.60 CNY, 44.1 % of all revenue",
    ]
    # once: the column that the rates read was called unused
    assert [note for note in book.notes if "not used" in note] == [
        "ledger: columns of the file that are not used: 'Note'"
    ]


def test_a_rate_of_one_is_told_too(write_book):
    options = f"currency_rates = {{ USD = 1, JPY = 1 }}\n{PLAIN}"
    notes = [note for note in Book.open(write_book(MIXED, options=options)).notes if "rate" in note]
    assert notes == [
        "ledger: 2 rows in USD with 101.10 of revenue count as written, at a rate of 1 "
        "(currency_rates), 0.8 % of all revenue",
        "ledger: 1 row in JPY with 12,000.00 of revenue counts as written, at a rate of 1 "
        "(currency_rates), 99.2 % of all revenue",
    ]


def test_a_currency_without_a_rate_is_a_fault_of_its_rows(write_book):
    options = f"currency_rates = {{ USD = 7.1 }}\n{PLAIN}"
    fault = report(write_book(MIXED, options=options))
    assert (
        "ledger.revenue (ledger.csv): 1 row: in a currency without a rate (Curr): line 3" in fault
    )


@pytest.mark.parametrize(
    "text", ["Customer,Amount\nC1,5\n", "Customer,Amount,Curr,Cur2\nC1,5,USD,EUR\n"]
)
def test_rates_need_one_column_of_currencies(text, write_book):
    fault = report(write_book(text, options=f"currency_rates = {{ USD = 7.1 }}\n{PLAIN}"))
    assert "currency_rates are given, and" in fault and "currency_column = " in fault


@pytest.mark.parametrize("column", ["size", "Country"])
def test_codes_of_something_else_are_no_currencies(column, write_book):
    text = f"Customer,{column},Amount\nC1,TOP,1\nC1,ALL,2\nC2,TRY,3\n"
    assert rows(Book.open(write_book(text, options=PLAIN))) == {"C1": 3.0, "C2": 3.0}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("S", "H"), "If H takes off, revenue is 60.00, not 140.00"),
        (("借", "贷"), "If 贷 takes off, revenue is 60.00, not 140.00"),
        (("Invoice", "Credit Memo"), "If CREDIT MEMO takes off, revenue is 60.00, not 140.00"),
        (("Posted", "Cancelled"), "Without CANCELLED revenue is 100.00, not 140.00"),
        (("已审核", "作废"), "Without 作废 revenue is 100.00, not 140.00"),
        (("Inv 7", "Opening Balance"), "Without them revenue is 100.00, not 140.00"),
        (("销售", "期初余额"), "Without them revenue is 100.00, not 140.00"),
    ],
)
def test_an_unused_column_that_changes_the_amounts_is_told(values, told, write_book):
    text = f"Customer,Art,Amount\nC1,{values[0]},100\nC2,{values[1]},40\n"
    book = Book.open(write_book(text, options=PLAIN))
    assert rows(book) == {"C1": 100.0, "C2": 40.0}
    (note,) = notes(book, "'Art' is not used and")
    assert told in note
    quiet = Book.open(write_book(text, options=f'void = {{ Art = ["{values[1]}"] }}\n{PLAIN}'))
    assert not notes(quiet, "is not used and") and rows(quiet) == {"C1": 100.0}


def test_columns_of_which_no_sql_speaks_are_told_too(write_book):
    text = "Customer,Qty,Price,D/C,Curr\nC1,1,5,S,USD\nC2,2,5,H,USD\n"
    (note,) = notes(by_sql(write_book, text), "no sql speaks of it")
    assert note.startswith("files.raw: the column 'D/C' tells debit from credit")
    fault = report(write_book(text.replace("H,USD", "H,EUR"), sql_book(COUNTED), name="raw.csv"))
    assert "the column 'Curr' names several currencies, EUR, USD" in fault
    spoken = COUNTED + " WHERE Curr = 'USD'"
    book = Book.open(write_book(text.replace("H,USD", "H,EUR"), sql_book(spoken), name="raw.csv"))
    assert rows(book) == {"C1": 5.0}


# --- one column for two, names in the ledger --------------------------------------------------------


def test_one_column_may_feed_two_of_the_contract(write_book):
    text = "firm,amount\nOak,5\nElm,6\nOak,7\n"
    toml = (
        '[tables.ledger]\npath = "ledger.csv"\n'
        'columns = { account_id = "firm", line = "firm", revenue = "amount" }\n'
    )
    assert rows(Book.open(write_book(text, toml))) == {"Elm": 6.0, "Oak": 12.0}


@pytest.mark.parametrize("file", ["ledger.csv", "ledger.xlsx", "ledger.parquet"])
def test_names_in_the_ledger_make_the_accounts(file, tmp_path, write_book):
    text = "id,name,amount\n17,,5\n18,Elm,6\n17,Oak,7\n17,Oak Ltd,1\n"
    frame = pd.read_csv(io.StringIO(text), dtype={"name": "str"})
    frame.to_parquet(tmp_path / "ledger.parquet")
    frame.to_excel(tmp_path / "ledger.xlsx", index=False)
    toml = (
        f'[tables.ledger]\npath = "{file}"\ncolumns = {{ account_id = "id", revenue = "amount" }}\n'
        f'[tables.accounts]\npath = "{file}"\nrepeated_keys = "first"\n'
        'columns = { account_id = "id", name_en = "name" }\n'
    )
    book = Book.open(write_book(text, toml))
    assert book.names().to_dict() == {"17": "Oak", "18": "Elm"}
    assert rows(book) == {"17": 13.0, "18": 6.0}
    (note,) = notes(book, 'repeated_keys = "first"')
    assert note.startswith("accounts: 2 rows of 4 have a key that another row has and do not count")
    (note,) = notes(book, "the rows differ")
    assert note.startswith("accounts.name_en: of 1 key the rows differ")
    assert {row["table"]: row.get("rows used") for row in book.reconciliation} == {"accounts": 2}


def test_a_key_is_needed_for_repeated_keys(write_book):
    fault = report(write_book(SALES, options=f'repeated_keys = "first"\n{FIELDS}'))
    assert "repeated_keys: ledger has no key" in fault


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_chosen_rows_are_those_of_a_book_put_down_for_a_run(
    form, tmp_path, write_book, monkeypatch
):
    options = "where = \"Seller = 'Oak'\"" + ('\nduplicates = "drop"' if form == "csv" else "")
    path = write_book(b"", in_form(form, SALES, options, tmp_path), name="unused.csv")
    book = Book.open(path)
    assert book.put_down(tmp_path / "down")
    monkeypatch.setenv("KEYACCT_STAGED", str(tmp_path / "down"))
    again = Book.open(path)
    assert (
        rows(again)
        == rows(book)
        == {"C1": 100.5, "C2": 30.0 if form == "csv" else 60.0, "C3": -2.0}
    )
    assert (again.notes, again.reconciliation) == (book.notes, book.reconciliation)


def test_the_hash_of_the_tables_follows_the_options(write_book):
    plain = Book.open(write_book(SALES, options=FIELDS)).tables_hash(["ledger"])
    chosen = Book.open(write_book(SALES, options=f"where = \"Seller = 'Oak'\"\n{FIELDS}"))
    assert chosen.tables_hash(["ledger"]) != plain


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("status_account", ("A11", "A12")),  # German credit: the account's, not the document's
        ("Customer Status", ("Active", "Deleted")),
        ("marital_status", ("single", "married")),
        ("客户状态", ("正常", "无效")),
        ("State", ("TX", "CA")),
        ("Customer class", ("C", "D")),
        ("Card", ("Credit", "Debit")),
        ("occurrence", ("ALL", "TOP")),  # codes of currencies, and words
        ("current_plan", ("TOP", "GEL")),
    ],
)
def test_a_word_inside_a_longer_name_makes_no_state_side_or_currency(header, values, write_book):
    text = f"Customer,{header},Amount\nC1,{values[0]},100\nC2,{values[1]},40\n"
    book = Book.open(write_book(text, options=PLAIN))
    assert not notes(book, "is not used and") and rows(book) == {"C1": 100.0, "C2": 40.0}


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("customer_order_status", ("A11", "A12")), ("Zahlungsstatus", ("a", "b")), ("OrderState", ("x", "y")),
        ("State", ("Posted", "Open")), ("State", ("Posted", "Cancelled")), ("客户订单状态", ("甲", "乙")),
        ("Category", ("Sale", "Return")), ("Kz", ("S", "H")),
    ],
)  # fmt: skip
def test_the_state_of_a_document_is_told_under_any_of_its_names(header, values, write_book):
    text = f"Customer,{header},Amount\nC1,{values[0]},100\nC2,{values[1]},40\n"
    assert len(notes(Book.open(write_book(text, options=PLAIN)), "is not used and")) == 1


@pytest.mark.parametrize(
    "header", ["CURRENCYCODE", "doc_cur", "HWAERS", "Rechnungswährung", "币种代码"]
)
def test_a_header_of_currencies_is_known_inside_a_longer_name(header, write_book):
    text = f"Customer,{header},Amount\nC1,MOP,100\nC2,TOP,40\n"
    assert "is in several currencies" in report(write_book(text, options=PLAIN))
