"""Fuzzing of the intake: whatever comes in, a book opens with its exact content or every fault is said in words."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book
from keyacct_utils.book.intake import source_files as reading
from keyacct_utils.book.intake.book_toml import Source, read_settings
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES

LEDGER = '[tables.ledger]\npath = "ledger.csv"\n'
PLAIN = b"account_id,revenue\nA1,5\nA2,7\n"


def fixed(examples: int) -> settings:
    """The same examples in every run."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


@contextlib.contextmanager
def folder(ledger: bytes = PLAIN, toml: str | bytes = LEDGER, **files: bytes) -> Iterator[Path]:
    """A book of its own for each example."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        (path / "ledger.csv").write_bytes(ledger)
        for file, data in files.items():
            (path / file.replace("__", ".")).write_bytes(data)
        text = toml if isinstance(toml, bytes) else f"contract_version = 1\n{toml}".encode()
        (path / "book.toml").write_bytes(text)
        yield path / "book.toml"


def open_or_faults(book: Path) -> Book | None:
    """Open a book; nothing but BookFaults, with a way out for each, may come instead. No file may appear or change."""
    before = {path.name: path.read_bytes() for path in book.parent.iterdir()}
    try:
        opened = Book.open(book)
    except BookFaults as faults:
        assert faults.faults and all(fault.mend for fault in faults.faults)
        assert str(book.parent) not in str(faults)
        opened = None
    assert {path.name: path.read_bytes() for path in book.parent.iterdir()} == before
    return opened


#: Bytes that mean something to a reader of CSV, and some that mean something else in another encoding.
TELLING = [
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc1\xd9",
    b"\x81",
    b"A1",
    b"5",
    b"-",
    b".",
    b" ",
]
SOME_BYTES = st.one_of(
    st.binary(max_size=60), st.lists(st.sampled_from(TELLING), max_size=25).map(b"".join)
)  # fmt: skip


@fixed(50)
@given(
    st.sampled_from(
        [b"", b"account_id,revenue\n", b"account_id;revenue\r\n", b'"account_id","revenue"\r']
    ),
    SOME_BYTES,
    st.sampled_from(
        ["", "utf-8", "gb18030", "big5", "latin-1", "utf-16", "utf-16-le", "shift_jis"]
    ),
)
@example(b"account_id,revenue\n", b'A1,"5\n', "")
@example(b"account_id,revenue\n", b"A1,5\r\nA2,6\n", "")
@example(b"", b"\xef\xbb\xbf", "")
@example(b"", b"\r", "utf-16")
def test_any_bytes_are_read_or_refused(head, tail, encoding):
    option = f'encoding = "{encoding}"\n' if encoding else ""
    with folder(head + tail, LEDGER + option) as book:
        opened = open_or_faults(book)
        if opened is not None:
            assert opened.rollup()["revenue"].notna().all()


TEXT = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6
)
CELL = st.one_of(
    TEXT,
    st.sampled_from(['O"Brien', "a,b;c|d", "two\nlines", "临江钢铁", "NULL", "001", "1e5", "  x "]),
)
#: What the readers take for ends of a cell, and what stands for an empty one.
STRIPPED = reading.BLANKS


@st.composite
def csv_files(draw: st.DrawFn) -> tuple[list[list[str]], str, str, int, str]:
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5))
    sep, end = (
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    # The csv module leaves a line feed without quotes where it is not the line end.
    quoting = (
        csv.QUOTE_ALL if end == "\r" else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    )
    return rows, sep, encoding, quoting, end


def trimmed(cell: str) -> str | None:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip(STRIPPED) or None


@fixed(50)
@given(csv_files())
def test_any_table_of_text_comes_back_cell_for_cell(written):
    rows, sep, encoding, quoting, end = written
    header = [f"column {number}" for number in range(len(rows[0]))]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=sep, quoting=quoting, lineterminator=end).writerows(
        [header, *rows]
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "table.csv"
        path.write_bytes(stream.getvalue().encode(encoding))
        (Path(name) / "scratch").mkdir()
        declared = "" if encoding.startswith("utf-8") or encoding == "utf-16" else encoding
        connection = duckdb.connect()
        parts, faults = reading.read_parts(
            connection,
            "t",
            Source("t", (path,), encoding=declared, sep=sep),
            Path(name) / "scratch",
        )
        if any("makes no sense" in fault.problem for fault in faults):
            return  # random characters look like a wrong encoding, and rightly so
        assert not faults, faults
        found = connection.sql(f"SELECT * FROM {parts[0].relation}").fetchall()
        assert [[trimmed(cell or "") for cell in row] for row in found] == [
            [trimmed(cell) for cell in row] for row in rows
        ]
        assert list(reading.rejected_lines(connection, "t", parts[0])) == []
        assert all(line > 0 for line in parts[0].lines(list(range(len(rows)))))


#: Ways to write an amount, and what each needs declared.
STYLES = {
    "plain": (lambda value: f"{value}", ""),
    "thousands": (lambda value: f"{value:,}", ""),
    "decimal comma": (lambda value: f"{value:,}".translate(str.maketrans(",.", ".,")), 'decimal = ","\n'),
    "brackets": (lambda value: f"({-value:,})" if value < 0 else f"{value:,}", ""),
    "trailing minus": (lambda value: f"{-value}-" if value < 0 else f"{value}", ""),
    "sign in front": (lambda value: f"¥{value}" if value >= 0 else f"-¥{-value}", ""),
    "word behind": (lambda value: f"{value} CNY", ""),
    "full width": (lambda value: f"{value}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.-"}), ""),
    "blanks between": (lambda value: f"{value:,}".replace(",", " "), ""),
    "万元": (lambda value: f"{value / 10_000}", 'unit = { revenue = "万元" }\n'),
}  # fmt: skip
AMOUNT = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)


@fixed(30)
@given(st.sampled_from(sorted(STYLES)), st.lists(AMOUNT, min_size=1, max_size=8))
def test_amounts_of_any_style_sum_exactly(style, amounts):
    write, options = STYLES[style]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerows([["account_id", "revenue"], *(["A1", write(amount)] for amount in amounts)])
    with folder(stream.getvalue().encode(), 'currency = "CNY"\n' + LEDGER + options) as book:
        total = Book.open(book).totals()["revenue"][0]
    assert Decimal(f"{total:.2f}") == sum(amounts).quantize(Decimal("0.01"), ROUND_HALF_UP)


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)} = {toml_value(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)


WORD = st.one_of(
    st.text(st.characters(codec="ascii"), max_size=5),
    st.sampled_from(
        ["ledger.csv", "*.csv", "..", "/etc/hostname", "account_id", "revenue", "group_id", "万元", "2024", "2024Q9", "utf-8", "base64",
         "rot13", "idna", "%d.%m.%Y", "%Q", "excel", ",", "ledger", "SELECT 1", "net", "[", "**", "\x00", "ledger.csv/x", ".", "DATE"]
    ),
)  # fmt: skip
LEAF = st.one_of(
    WORD,
    st.integers(-3, 99999),
    st.booleans(),
    st.sampled_from(["inf", "2024-06-30", "12:00:00"]).map(lambda text: RawToml(text)),
)
ANY = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORD, inner, max_size=2)),
    max_leaves=4,
)
TOP = (
    "name",
    "currency",
    "as_of",
    "period",
    "group_by",
    "exclude",
    "root_env",
    "files",
    "fiscal_year_start",
    "returns",
    "tables",
)
SOURCE = (
    "path", "sql", "columns", "encoding", "sep", "sheet", "skip", "decimal", "date_format", "unit", "na", "void", "table", "query", "spark",
)  # fmt: skip


class RawToml:
    """A value of TOML that Python's literals do not write: a day, a time, infinity."""

    def __init__(self, text: str):
        self.text = text

    def __str__(self) -> str:
        return self.text


@fixed(120)
@given(
    st.dictionaries(st.one_of(st.sampled_from(TOP), WORD), ANY, max_size=2),
    st.dictionaries(st.one_of(st.sampled_from(SOURCE), WORD), ANY, max_size=3),
    st.booleans(),
)
@example({"tables": "x"}, {}, False)
@example({"root_env": 3}, {}, True)
@example({"root_env": "A=B"}, {}, True)
@example({}, {"path": "a\x00b"}, False)
@example({}, {"path": ["ledger.csv", 3]}, False)
@example({}, {"unit": {"revenue": ["x"]}}, True)
@example({}, {"sep": ""}, True)
@example({}, {"date_format": {"date": 3}}, True)
@example({"exclude": {"A1": "x", "A2": "x"}}, {}, True)
@example({"period": "9999Q5"}, {}, True)
@example({"fiscal_year_start": 0}, {}, True)
def test_any_settings_are_read_or_refused(top, source, with_path):
    source = {**({"path": "ledger.csv"} if with_path else {}), **source}
    text = "contract_version = 1\n"
    text += "".join(f"{json.dumps(key)} = {toml_value(value)}\n" for key, value in top.items())
    if "tables" not in top:
        text += "[tables.ledger]\n" + "".join(
            f"{json.dumps(key)} = {toml_value(value)}\n" for key, value in source.items()
        )
    with folder(toml=text.encode()) as book:
        if "spark" in source or "database_env" in source:
            with contextlib.suppress(BookFaults):
                read_settings(book)  # no cluster is asked for
        else:
            open_or_faults(book)


@fixed(30)
@given(st.sampled_from(sorted(TABLES)), st.data())
def test_any_cells_in_any_table_are_read_or_refused(table, data):
    names = data.draw(st.lists(st.sampled_from(TABLES[table].names), max_size=4, unique=True))
    columns = list(dict.fromkeys([*TABLES[table].required, *names]))
    values = [column.example or "x" for column in map(TABLES[table].column, columns)]
    odd = st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e99",
            "9" * 30,
            "2024-02-30",
            "nan",
            "合计",
            "\u200b",
            "'",
            "1" + "0" * 18,
            "0001-01-01",
            "--",
            "%",
        ]
    )
    rows = data.draw(
        st.lists(
            st.tuples(*(st.one_of(st.just(value), odd, TEXT) for value in values)),
            min_size=1,
            max_size=3,
        )
    )
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([columns, *rows])
    content = stream.getvalue().encode()
    if table == "ledger":
        with folder(content) as book:
            open_or_faults(book)
    else:
        with folder(
            toml=f'{LEDGER}[tables.{table}]\npath = "other.csv"\n', other__csv=content
        ) as book:
            opened = open_or_faults(book)
            if opened is not None:
                assert len(opened.table(table)) == len(rows)


SQL_WORD = st.sampled_from(
    ["SELECT", "*", "FROM", "orders", "ledger", "id", "price", "AS", "account_id", "revenue", ",", "(", ")", "'outside.txt'", "read_text", "read_csv",
     "glob('*')", "COPY", "TO", "'stolen.csv'", "ATTACH", "INSTALL", "LOAD", "httpfs", "SET", "PRAGMA", "version()", "UNION ALL", "1", "'x'", "NULL",
     "WHERE", "GROUP BY", "CAST", "[1, 2]", "{'a': 1}", "getenv('HOME')", "CREATE TABLE t", "DROP TABLE", ";", "--", "/*", "\x00", "current_setting",
     "duckdb_settings()", "sniff_csv", "query('SELECT 1')", "source", "settings", "EXPORT DATABASE", "CALL", "VALUES", "interval 1 day", "unnest"]
)  # fmt: skip


@fixed(50)
@given(st.one_of(st.lists(SQL_WORD, max_size=9).map(" ".join), st.text(max_size=12)))
@example("SELECT content AS account_id, 1 AS revenue FROM read_text('outside.txt')")
@example("SELECT id AS account_id, price AS revenue FROM orders, read_csv('ledger.csv')")
@example("FROM 'outside.txt'")
@example("SELECT id AS account_id, {'a': 1} AS revenue FROM orders")
@example("SELECT [id] AS account_id, 1 AS revenue FROM orders")
@example("SELECT id AS account_id, 1/0 AS revenue FROM orders")
@example("SELECT NULL AS account_id, 'nan'::DOUBLE AS revenue FROM orders")
@example("SELECT id AS account_id, interval 1 day AS revenue FROM orders")
@example("SELECT id AS account_id, 1e300 AS revenue, 2 AS revenue FROM orders")
@example("VALUES ('A1', 5)")
@example("")
def test_any_sql_touches_nothing_outside(sql):
    toml = f'[files.orders]\npath = "orders.csv"\n[tables.ledger]\nsql = {toml_value(sql)}\n'
    with folder(
        PLAIN, toml, orders__csv=b"id,price\n001,5\n", outside__txt=b"SECRET-OF-ANOTHER-FILE"
    ) as book:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(book.parent)
            opened = open_or_faults(book)
        if opened is not None:
            assert (
                not opened.table("ledger")
                .astype("str")
                .map(lambda cell: "SECRET" in cell)
                .any(axis=None)
            )
