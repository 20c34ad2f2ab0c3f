"""Books in a database: a real PostgreSQL and SQLite files give what the same rows in DuckDB give, row by row."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults
from tests import postgres

#: account, date, line, revenue, cost, volume: month ends, a leap day, returns, halves of a cent, nothing, Chinese.
ROWS = [
    ("001", "2023-01-31", "P", "100.005", "80.00", "10.5"),
    ("001", "2024-02-29", "P", "-20.00", "-16.00", "-2"),
    ("001", "2024-02-01", "S", "0.00004", None, "1"),
    ("1", "2024-12-31", None, "1234567890.12", "1.00", None),
    (" 客户 ", "2021-03-01", "P", "99.995", "1.005", "0.25"),
    (" 客户 ", "2021-03-31", "E", "-99.995", "0", "3"),
    ("O'Brien; DROP TABLE sales", None, "P", "7", "5", "1"),
    ("z", "2024-07-01", "E", "50", "60", "0"),
    ("z", "2024-07-02", "E", "50", "60", "0"),
]
NAMES = ("account_id", "date", "line", "revenue", "cost_goods", "volume")
#: What a book may set, and what the postings of a table may leave out: the same on every engine.
SET = {
    "plain": ("", ""),
    "gross": ('returns = "gross"\n', ""),
    "fiscal": ("fiscal_year_start = 4\n", ""),
    "standard cost": ("standard_cost = 0.333333\n", ""),
}
BOOK = 'contract_version = 1\nname = "DB"\nperiod = "all"\n'


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    with postgres.server() as running:
        running.run(
            "CREATE TABLE sales (cust varchar, day date, line text, amount numeric(18, 5), cost_goods numeric, volume float8)",
            "CREATE TABLE as_text (account_id text, date text, revenue text)",
            "INSERT INTO as_text VALUES ('A', '2024年3月5日', '1,200.50'), ('B', '2024-03-06', '(100)')",
            "CREATE SCHEMA crm",
            "CREATE TABLE crm.sales (account_id text, revenue numeric)",
            "CREATE TABLE firms (account_id text PRIMARY KEY, name_en text, group_id text)",
            "INSERT INTO firms VALUES ('001', 'First', 'G'), ('1', 'Other', NULL), ('客户', '<b>x</b>', NULL), "
            "('O''Brien; DROP TABLE sales', 'O''Brien', 'G'), ('z', 'Z', NULL)",
        )
        with psycopg.connect(running.address()) as connection, connection.cursor() as cursor:
            cursor.executemany("INSERT INTO sales VALUES (%s, %s, %s, %s, %s, %s)", ROWS)
        yield running


@pytest.fixture
def pg_book(server, tmp_path, monkeypatch) -> Callable[..., Path]:
    """Write a book over the server; its address is in SALES_DB."""

    def write(
        origin: str = 'table = "sales"', mapped: str = "", rest: str = "", top: str = ""
    ) -> Path:
        columns = mapped or 'columns = { account_id = "cust", date = "day", revenue = "amount" }'
        text = f'{BOOK}{top}\n[tables.ledger]\ndatabase_env = "SALES_DB"\n{origin}\n{columns}\n{rest}\n'
        (tmp_path / "book.toml").write_text(text, encoding="utf-8")
        return tmp_path / "book.toml"

    monkeypatch.setenv("SALES_DB", server.address())
    return write


@pytest.fixture
def file_book(tmp_path_factory) -> Callable[..., Book]:
    """The same rows as a CSV file."""

    def write(rest: str = "", top: str = "", rows: list[tuple] = ROWS) -> Book:
        folder = tmp_path_factory.mktemp("file")
        pd.DataFrame(rows, columns=list(NAMES)).to_csv(folder / "ledger.csv", index=False)
        text = f'{BOOK}{top}\n[tables.ledger]\npath = "ledger.csv"\n{rest}\n'
        (folder / "book.toml").write_text(text, encoding="utf-8")
        if "accounts.csv" in rest:
            ids = ["001", "1", "客户", "O'Brien; DROP TABLE sales", "z"]
            groups = ["G", None, None, "G", None]
            names = ["First", "Other", "<b>x</b>", "O'Brien", "Z"]
            frame = pd.DataFrame({"account_id": ids, "name_en": names, "group_id": groups})
            frame.to_csv(folder / "accounts.csv", index=False)
        return Book.open(folder)

    return write


CALLS = [
    {}, {"period": "year"}, {"period": "quarter"}, {"period": "month"}, {"by_line": False}, {"line": "P"}, {"line": ""},
    {"start": "2024-01-01"}, {"end": "2024-02-29", "period": "month"}, {"start": "2030-01-01"},
]  # fmt: skip


def assert_same(left: Book, right: Book) -> None:
    for call in CALLS:
        pd.testing.assert_frame_equal(left.rollup(**call), right.rollup(**call), obj=str(call))
        pd.testing.assert_frame_equal(left.totals(**call), right.totals(**call), obj=str(call))
    pd.testing.assert_series_equal(left.names(), right.names())
    assert left.cut_short() == right.cut_short() and left.full_years() == right.full_years()
    begin, end = right.period_dates("2024")
    assert left.period_dates("2024") == (begin, end) and (end - begin).days == 365


def test_postgresql_gives_what_duckdb_gives(pg_book, file_book):
    book = Book.open(pg_book())
    assert book._remote is not None
    assert_same(book, file_book())
    key = ["account_id", "date", "revenue"]
    left, right = (
        b.table("ledger").sort_values(key, ignore_index=True) for b in (book, file_book())
    )
    pd.testing.assert_frame_equal(left[right.columns], right)


def test_a_query_with_its_own_words_and_percent_signs(pg_book, file_book):
    query = """query = \"\"\"SELECT cust AS account_id, day AS date, line, amount AS revenue, cost_goods, volume
    FROM sales -- 100 % of them
    WHERE cust NOT LIKE '%:no%' ;\"\"\" """
    assert_same(Book.open(pg_book(query, mapped=" ")), file_book())


@pytest.mark.parametrize("top", ["standard_cost = 0.333333", 'returns = "gross"'])
def test_what_is_assumed_and_left_out_is_the_same_there(pg_book, file_book, top):
    top = f'{top}\nexclude = {{ z = "ours" }}'
    book, same = Book.open(pg_book(top=top)), file_book("", top)
    assert book._remote is not None
    assert_same(book, same)
    assert same.totals()["n_uncosted"].item() > 0
    assert book.excluded_rows == same.excluded_rows != (0, 0.0)


def test_groups_and_exclusions_are_counted_here(pg_book, file_book):
    top = 'group_by = "group_id"\nexclude = { z = "ours" }'
    firms = '[tables.accounts]\ndatabase_env = "SALES_DB"\ntable = "firms"'
    book, same = (
        Book.open(pg_book(rest=firms, top=top)),
        file_book('[tables.accounts]\npath = "accounts.csv"', top),
    )
    assert_same(book, same)
    assert book.rollup(by_line=False)["account_id"].tolist() == ["1", "G", "客户"]


def test_the_notes_on_a_remote_ledger_are_those_on_a_file(pg_book, file_book):
    top = 'as_of = 2024-11-30\ngroup_by = "group_id"\nexclude = { z = "ours", nobody = "gone" }'
    firms = '[tables.accounts]\ndatabase_env = "SALES_DB"\ntable = "firms"'
    here = file_book('[tables.accounts]\npath = "accounts.csv"', top).notes
    there = Book.open(pg_book(rest=firms, top=top)).notes
    about = re.compile(r"trimmed|columns of the file|are zero")
    assert sorted(note for note in there if not about.search(note)) == sorted(
        note for note in here if not about.search(note)
    )
    for piece in (
        "2 negative amounts, -120.00 in all",
        "dated after as_of",
        "2 accounts count as 1 group;",
        "excluded: account z (ours), 2 rows",
    ):
        assert any(piece in note for note in there), there


def test_only_account_rows_travel(pg_book, server, monkeypatch):
    server.run(
        "DROP TABLE IF EXISTS many",
        "CREATE TABLE many AS SELECT 'A' || (i % 7) AS account_id, DATE '2024-01-01' + (i % 366) AS date, "
        "(i % 100)::numeric AS revenue FROM generate_series(1, 50000) AS i",
    )
    from keyacct_utils.book.engines.database import DatabaseLedger

    travelled = []
    plain = DatabaseLedger.run
    monkeypatch.setattr(
        DatabaseLedger,
        "run",
        lambda self, query: travelled.append(rows := plain(self, query)) or rows,
    )
    book = Book.open(pg_book('table = "many"', mapped=" "))
    assert len(book.rollup(by_line=False)) == 7 and book.totals()["n_rows"].tolist() == [50_000]
    assert (
        max(answer.num_rows for answer in travelled) == 12
    )  # the months in which anything was posted


def test_text_columns_are_read_here_and_that_is_said(pg_book):
    book = Book.open(pg_book('table = "as_text"', mapped=" "))
    assert book._remote is None and any(
        "date, revenue of the database named in SALES_DB hold text" in note for note in book.notes
    )
    assert book.rollup()["revenue"].tolist() == [1200.5, -100.0]


def test_bad_rows_in_postgresql_are_reported_and_can_be_set_aside(pg_book, server, tmp_path):
    server.run(
        "DROP TABLE IF EXISTS bad",
        "CREATE TABLE bad (account_id text, date date, revenue float8)",
        "INSERT INTO bad VALUES ('A', '2024-01-01', 5), ('A', '2024-01-02', 'NaN'), (NULL, '2024-01-03', 1), ('B', '0024-01-04', 2), "
        "('C', '2024-01-05', NULL), ('D', '2024-01-06', 1e30), ('E', '2024-01-07', 3)",
    )
    firms = '[tables.accounts]\npath = "accounts.csv"'
    (tmp_path / "accounts.csv").write_text("account_id\nA\nB\nC\nD\n", encoding="utf-8")
    book = pg_book('table = "bad"', mapped=" ", rest=firms)
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    told = str(caught.value)
    for piece in (
        "ledger.revenue (the database named in SALES_DB): 2 rows: not an amount: account A: NaN, account D: 1e+30",
        "ledger.revenue (the database named in SALES_DB): 1 row: empty: account C: empty",
        "ledger.account_id (the database named in SALES_DB): 1 row: empty",
        "1 row: out of range: account B: 0024-01-04",
        "1 row: not in the table accounts: account E: E",
    ):
        assert piece in told, told
    opened = Book.open(book, quarantine=tmp_path / "aside.csv")
    assert opened.rollup()["account_id"].tolist() == ["A"] and opened.totals()[
        "revenue"
    ].tolist() == [5.0]
    counted = (
        opened.reconciliation[0]
        if opened.reconciliation[0]["table"] == "ledger"
        else opened.reconciliation[1]
    )
    assert (counted["rows"], counted["rows used"], counted["rows set aside"]) == (7, 1, 6)
    assert (counted["money"], counted["money used"], counted["money set aside"]) == (11.0, 5.0, 6.0)
    assert len(pd.read_csv(tmp_path / "aside.csv")) == 6


@pytest.mark.parametrize(
    ("origin", "address", "wanted"),
    [
        ('table = "sales"', "", "the environment variable SALES_DB is not set"),
        ('table = "sales"', "not an address", "its address cannot be read"),
        (
            'table = "sales"',
            "foo://u:hunter2@h/d",
            "a kind of database that is not known, 'foo'\n    to mend:  write "
            "postgresql://USER:PASSWORD@HOST/DATABASE; known are bigquery, clickhousedb, postgresql",
        ),
        (
            'table = "sales"',
            "mysql+pymysql://u:hunter2@h/d",
            "the driver pymysql is not installed\n    to mend:  pip install pymysql",
        ),
        ('table = "sales"', {"password": "hunter2"}, "refuses the user or the password"),
        (
            'table = "sales"',
            {"user": "stranger", "password": "hunter2"},
            "refuses the user or the password",
        ),
        ('table = "sales"', {"database": "elsewhere"}, "no such database"),
        ('table = "sales"', {"port": 1}, "cannot be reached"),
        ('table = "sale"', {}, "did you mean 'sales'"),
        ('table = "crm.sale"', {}, "did you mean 'crm.sales'"),
        ('query = "SELECT * FROM sale"', {}, 'relation "sale" does not exist'),
        (
            'query = "SELECT c_7f8608123, terminated FROM sale"',
            {},
            'relation "sale" does not exist',
        ),
        ('query = "SELECT closed FROM sales"', {}, 'column "closed" does not exist'),
        ('query = "SELEC 1"', {}, "syntax error"),
        ('query = "DELETE FROM sales RETURNING *"', {}, "the database does not answer"),
        ('query = "SELECT cust AS account_id FROM sales"', {}, "ledger.revenue"),
        (
            'query = "SELECT cust AS account_id, amount AS revenue FROM sales WHERE false"',
            {},
            "there is no row",
        ),
    ],
)
def test_what_goes_wrong_is_one_clear_line_without_the_address(
    origin, address, wanted, pg_book, server, monkeypatch
):
    given = server.address(**address) if isinstance(address, dict) else address
    monkeypatch.setenv("SALES_DB", given)
    with pytest.raises(BookFaults) as caught:
        Book.open(
            pg_book(
                origin,
                mapped='columns = { account_id = "cust", revenue = "amount" }'
                if "table" in origin
                else " ",
            )
        )
    told = str(caught.value)
    assert wanted in told, told
    shown = "".join(traceback.format_exception(caught.value))
    for secret in ("hunter2", postgres.PASSWORD, "127.0.0.1", str(server.port), "stranger"):
        assert secret not in shown
    assert len(told.splitlines()) <= 5


def test_a_lost_connection_is_said_and_nothing_else_breaks(pg_book):
    with postgres.server() as short_lived:
        short_lived.run(
            "CREATE TABLE sales AS SELECT 'A' AS cust, DATE '2024-01-01' AS day, 5 AS amount"
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SALES_DB", short_lived.address())
            book = Book.open(pg_book())
        assert book.totals()["revenue"].tolist() == [5.0]
        short_lived.stop()
        with pytest.raises(BookFaults, match="the connection to the database was lost") as caught:
            book.rollup()
    assert "127.0.0.1" not in str(caught.value)


def test_the_data_hash_follows_the_rows(pg_book, server):
    before = Book.open(pg_book()).data_hash
    assert before == Book.open(pg_book()).data_hash
    server.run("BEGIN", "INSERT INTO sales VALUES ('new', '2024-01-01', 'P', 1, 1, 1)", "COMMIT")
    try:
        assert Book.open(pg_book()).data_hash != before
    finally:
        server.run("DELETE FROM sales WHERE cust = 'new'")
    assert Book.open(pg_book()).data_hash == before


def test_one_book_sees_one_state(pg_book, server):
    book = Book.open(pg_book())
    before = book.totals()["revenue"].tolist()
    server.run("INSERT INTO sales VALUES ('late', '2024-01-01', 'P', 1000, 1, 1)")
    try:
        assert book.totals()["revenue"].tolist() == before and "late" not in book.names().index
    finally:
        server.run("DELETE FROM sales WHERE cust = 'late'")


# SQLite


def sqlite_file(path: Path, rows: list[tuple] = ROWS) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE sales (account_id, date, line, revenue NUMERIC, cost_goods, volume)"
        )
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()


@pytest.mark.parametrize("by", ["path", "address"])
def test_sqlite_gives_what_duckdb_gives(by, tmp_path, file_book, monkeypatch):
    sqlite_file(tmp_path / "a b%20c.sqlite")
    origin = 'path = "a b%20c.sqlite"' if by == "path" else 'database_env = "LITE"'
    monkeypatch.setenv("LITE", f"sqlite:///{tmp_path}/a b%2520c.sqlite")
    (tmp_path / "book.toml").write_text(
        f'{BOOK}[tables.ledger]\n{origin}\ntable = "sales"\n', encoding="utf-8"
    )
    assert_same(Book.open(tmp_path), file_book())


def test_sqlite_columns_of_mixed_types_are_parsed_value_by_value(tmp_path):
    sqlite_file(
        tmp_path / "x.db",
        [
            ("A", "2024-01-05", "P", "1,200.50", 1, 1),
            ("A", 20240106, "P", 0.1, 1, 1),
            (7, None, None, 10**12, 0, 0),
        ],
    )
    (tmp_path / "book.toml").write_text(
        f'{BOOK}[tables.ledger]\npath = "x.db"\ntable = "sales"\n', encoding="utf-8"
    )
    rows = Book.open(tmp_path).rollup(by_line=False)
    assert rows["account_id"].tolist() == ["7", "A"] and rows["revenue"].tolist() == [1e12, 1200.6]


def test_faults_in_sqlite_name_the_row(tmp_path):
    sqlite_file(
        tmp_path / "x.db", [("A", "2024-01-05", "P", 5, 1, 1), ("A", "soon", "P", "abc", 1, 1)]
    )
    (tmp_path / "book.toml").write_text(
        f'{BOOK}[tables.ledger]\npath = "x.db"\ntable = "sales"\n', encoding="utf-8"
    )
    with pytest.raises(BookFaults) as caught:
        Book.open(tmp_path)
    assert "ledger.revenue (x.db): 1 row: not an amount: line 2 'abc'" in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        ('path = "x.db"\ntable = "sale"', "did you mean 'sales'"),
        ('path = "x.db"\nquery = "SELECT * FROM"', "incomplete input"),
        ('path = "x.db"\nquery = "DELETE FROM sales"', "readonly database"),
        ('path = "x.db"\nquery = "SELECT 1 AS a, 2 AS a"', "names a more than once"),
        ('path = "x.db"', "does not say what to read"),
        ('path = "x.db"\ntable = "sales"\nquery = "SELECT 1"', "names both table and query"),
        ('path = "ledger.csv"\ntable = "sales"', "table belong to a database"),
        ('path = "not.db"\ntable = "sales"', "file is not a database"),
        ('database_env = "LITE"\ntable = "sales"', "there is no such SQLite file"),
    ],
)  # fmt: skip
def test_faults_of_a_sqlite_book(origin, wanted, tmp_path, monkeypatch):
    sqlite_file(tmp_path / "x.db")
    (tmp_path / "not.db").write_text("account_id,revenue\n" * 200, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("account_id,revenue\nA,1\n", encoding="utf-8")
    monkeypatch.setenv("LITE", f"sqlite:///{tmp_path}/absent.db")
    (tmp_path / "book.toml").write_text(f"{BOOK}[tables.ledger]\n{origin}\n", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(BookFaults) as caught:
        Book.open(tmp_path)
    assert wanted in str(caught.value), str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_northwind_from_its_sqlite_file(real_data, tmp_path):
    text = (Path(__file__).parent / "books" / "northwind" / "book.toml").read_text(encoding="utf-8")
    text = text.replace(
        'path = "northwind/orders.csv"', 'path = "northwind/northwind.sqlite"\ntable = "Orders"'
    )
    text = text.replace(
        'path = "northwind/order_details.csv"',
        'path = "northwind/northwind.sqlite"\ntable = "Order Details"',
    )
    text = text.replace(
        'path = "northwind/customers.csv"',
        'path = "northwind/northwind.sqlite"\ntable = "Customers"',
    )
    assert len(re.findall("sqlite", text)) == 3
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    book = Book.open(tmp_path)
    assert len(book.rollup(by_line=False)) == 89
    pd.testing.assert_series_equal(
        book.names(), Book.open(Path(__file__).parent / "books" / "northwind").names()
    )


def test_currencies_and_states_of_a_remote_ledger_are_seen(pg_book, server):
    server.run(
        "DROP TABLE IF EXISTS mixed",
        "CREATE TABLE mixed (account_id text, waers text, status text, revenue numeric)",
        "INSERT INTO mixed VALUES ('A', 'USD', 'ok', 5), ('A', 'JPY', 'ok', 700), "
        "('B', 'USD', 'Cancelled', 30)",
    )
    with pytest.raises(BookFaults) as caught:
        Book.open(pg_book('table = "mixed"', mapped=" "))
    assert "the column 'waers' names: JPY (1 row, 700.00), USD (2 rows, 35.00)" in str(caught.value)
    chosen = 'table = "mixed"\nwhere = "waers = \'USD\'"'
    book = Book.open(pg_book(chosen, mapped=" "))
    (note,) = [note for note in book.notes if "states of a document" in note]
    assert "Without CANCELLED revenue is 5.00, not 35.00" in note


def test_columns_of_a_remote_ledger_tell_by_their_values_as_those_of_a_file(
    pg_book, server, tmp_path
):
    rows = [
        ("A", "USD", "S", "Inv 1", "x1", "TX", 5), ("A", " jpy ", "S", "Inv 2", "x2", "CA", 700),
        ("B", "USD", "H", "Opening balance", "x3", "TX", 30),
    ]  # fmt: skip
    server.run(
        "DROP TABLE IF EXISTS telling",
        "CREATE TABLE telling (account_id text, w text, kz text, memo text, no text, state text, "
        "revenue numeric)",
        *(f"INSERT INTO telling VALUES {row!r}" for row in rows),
    )
    lines = "".join(",".join(map(str, row)) + "\n" for row in rows)
    (tmp_path / "telling.csv").write_text(f"account_id,w,kz,memo,no,state,revenue\n{lines}")
    own = 'contract_version = 1\nname = "T"\n[tables.ledger]\npath = "telling.csv"\n'
    (tmp_path / "own.toml").write_text(own)
    with pytest.raises(BookFaults) as local:
        Book.open(tmp_path / "own.toml")
    with pytest.raises(BookFaults) as remote:
        Book.open(pg_book('table = "telling"', mapped=" "))
    told = "the column 'w' names: JPY (1 row, 700.00), USD (2 rows, 35.00)"
    assert told in str(local.value) and told in str(remote.value)
    only = "where = \"w = 'USD'\"\n"
    (tmp_path / "own.toml").write_text(own + only)
    said = [
        [note for note in book.notes if "is not used and" in note]
        for book in (
            Book.open(tmp_path / "own.toml"),
            Book.open(pg_book(f'table = "telling"\n{only}', mapped=" ")),
        )
    ]
    assert said[0] == said[1] and len(said[0]) == 2
    assert "'kz' is not used and tells debit from credit" in said[0][0]
    assert "'memo' is not used and has balances" in said[0][1]


def test_where_and_rows_without_a_date_in_postgresql_are_those_of_a_file(pg_book, server, tmp_path):
    rows = [("A", "Oak", "2024-01-05", 5), ("A", "Elm", "2024-01-06", 2.5), ("B", "Oak", None, 30)]
    server.run(
        "DROP TABLE IF EXISTS chosen",
        'CREATE TABLE chosen (account_id text, "Seller" text, date date, revenue numeric)',
        *(
            f"INSERT INTO chosen VALUES ('{a}', '{s}', {repr(d) if d else 'NULL'}, {r})"
            for a, s, d, r in rows
        ),
    )
    where = "where = \"seller = 'Oak' AND revenue > 1\"\n"
    remote = Book.open(pg_book(f'table = "chosen"\n{where}', mapped=" "))
    lines = "".join(f"{a},{s},{d or ''},{r}\n" for a, s, d, r in rows)
    (tmp_path / "chosen.csv").write_text(f"account_id,Seller,date,revenue\n{lines}")
    (tmp_path / "own.toml").write_text(
        f'contract_version = 1\nname = "T"\n[tables.ledger]\npath = "chosen.csv"\n{where}'
    )
    local = Book.open(tmp_path / "own.toml")
    assert remote.totals()["revenue"].tolist() == local.totals()["revenue"].tolist() == [35.0]
    assert remote.reconciliation == local.reconciliation
    assert local.reconciliation[0]["rows left out by where"] == 1
    assert [note for note in remote.notes if "where" in note or "no date" in note] == [
        note for note in local.notes if "where" in note or "no date" in note
    ]
    with pytest.raises(BookFaults, match="duplicates cannot be done where the ledger lies"):
        Book.open(pg_book('table = "chosen"\nduplicates = "drop"', mapped=" "))
