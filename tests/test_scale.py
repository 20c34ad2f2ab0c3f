"""Large ledgers: the roll-up in passes, the memory limit, progress, and that nothing is left behind."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book, passes
from keyacct_utils.book.intake import progress
from keyacct_utils.book.intake.source_files import BLANKS
from keyacct_utils.book.intake.value_parsing import MACROS
from keyacct_utils.book.rollup import Cut, rollup
from keyacct_utils.contract.faults import BookFaults

CALLS = [
    {}, {"period": "month"}, {"period": "quarter", "by_line": False}, {"by_line": False}, {"line": "P"}, {"line": "none"},
    {"start": dt.date(2024, 2, 1), "end": dt.date(2024, 2, 29)},
]  # fmt: skip


def rows(count: int = 3000) -> list[tuple]:
    """Postings of 300 accounts in three lines: negative ones, without date, line or cost, with odd ids, at month ends."""
    chance = random.Random(7)
    ids = [f"A{number:03}" for number in range(290)] + [
        "",
        "a",
        "Ä",
        "客户一",
        "客户二",
        "O'Brien",
        "it''s",
        "0",
        "~",
        " x",
    ]
    days = [
        dt.date(2023, 12, 31),
        dt.date(2024, 1, 31),
        dt.date(2024, 2, 1),
        dt.date(2024, 2, 29),
        None,
    ]
    return [
        (chance.choice(ids), chance.choice(days), chance.choice(["P", "S", "E", None]), chance.randint(-(10**9), 10**12),
         chance.choice([None, chance.randint(0, 10**11)]), chance.choice([None, chance.randint(0, 999) / 8]))
        for _ in range(count)
    ]  # fmt: skip


def connect(postings: list[tuple], threads: int = 2) -> duckdb.DuckDBPyConnection:
    columns = zip(*postings, strict=True)
    kinds = {
        "account_id": pa.string(), "date": pa.date32(), "line": pa.string(), "revenue": pa.int64(), "cost_goods": pa.int64(),
        "volume": pa.float64(),
    }  # fmt: skip
    ledger = pa.table(
        {
            name: pa.array(column, kind)
            for (name, kind), column in zip(kinds.items(), columns, strict=True)
        }
    )
    connection = duckdb.connect(config={"threads": threads})
    connection.register("arrow_ledger", ledger)
    connection.execute("CREATE TABLE ledger AS SELECT * FROM arrow_ledger")
    return connection


@pytest.fixture
def scarce(monkeypatch) -> list[str]:
    """Memory for about 100 groups; the conditions of the passes that were made."""
    monkeypatch.setattr(
        passes, "_limit_bytes", lambda connection: 100 * passes._GROUP_BYTES / passes._FILLED
    )
    monkeypatch.setattr(passes, "_SAMPLE", 4)
    monkeypatch.setattr(passes, "_BATCH", 50)
    made: list[str] = []
    plain = passes._ranges
    monkeypatch.setattr(
        passes, "_ranges", lambda *given: made.extend(found := plain(*given)) or found
    )
    return made


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_passes_give_what_one_query_gives(call, scarce):
    connection = connect(rows())
    passed = rollup(connection, cut=Cut(**call))
    assert (len(scarce) > 1) == (len(passed) > 0)
    with pytest.MonkeyPatch.context() as plenty:
        plenty.setattr(passes, "_limit_bytes", lambda connection: 1e12)
        pd.testing.assert_frame_equal(passed, rollup(connection, cut=Cut(**call)))


def test_each_pass_has_about_as_many_groups_and_all_are_covered(scarce):
    connection = connect(rows())
    rollup(connection)
    counts = [connection.sql(f"SELECT count(*) FROM (SELECT DISTINCT account_id, line FROM ledger WHERE {part})").fetchall()[0][0]
              for part in scarce]  # fmt: skip
    assert len(counts) >= 5 and max(counts) < 3 * min(counts)
    assert (
        sum(counts)
        == connection.sql(
            "SELECT count(*) FROM (SELECT DISTINCT account_id, line FROM ledger)"
        ).fetchall()[0][0]
    )
    assert connection.sql("SELECT current_setting('threads')").fetchall()[0][0] == os.cpu_count()


@pytest.mark.parametrize("threads", [1, 4])
def test_neither_row_order_nor_threads_nor_passes_change_a_row_or_a_rank(threads, scarce):
    postings = rows()
    expected = rollup(connect(postings))
    random.Random(threads).shuffle(postings)
    found = rollup(connect(postings, threads))
    pd.testing.assert_frame_equal(found, expected)
    ranked = [
        frame.sort_values(["revenue", "account_id", "line"]).index for frame in (found, expected)
    ]
    assert ranked[0].equals(ranked[1])


def test_one_account_alone_is_one_pass(scarce):
    frame = rollup(connect([("A", None, None, 1, 1, 1.0)] * 1000))
    assert scarce == [passes.EVERYONE] and frame["n_rows"].tolist() == [1000]


# The memory limit


def test_the_limit_comes_from_the_book_and_the_environment_goes_before_it(write_book, monkeypatch):
    monkeypatch.delenv(passes.LIMIT_VARIABLE, raising=False)
    path = write_book(toml='[tables.ledger]\npath = "ledger.csv"')
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('name = "Test"', 'name = "Test"\nmemory_limit = "300MB"'), encoding="utf-8"
    )
    ask = "SELECT current_setting('memory_limit')"
    assert Book.open(path)._connection.sql(ask).fetchall()[0][0] == "286.1 MiB"
    monkeypatch.setenv(passes.LIMIT_VARIABLE, "512MiB")
    book = Book.open(path)
    assert book._connection.sql(ask).fetchall()[0][0] == "512.0 MiB"
    assert passes._limit_bytes(book._connection) == 512 * 2**20
    assert book.totals()["revenue"].tolist() == [175.5]


@pytest.mark.parametrize("limit", ["much", "1", "-1GB", "1GB; DROP TABLE ledger", "80%"])
def test_a_limit_that_is_none_is_refused(limit, write_book, monkeypatch):
    monkeypatch.setenv(passes.LIMIT_VARIABLE, limit)
    with pytest.raises(BookFaults, match='write a number and a unit, such as "4GB"') as caught:
        Book.open(write_book())
    assert passes.LIMIT_VARIABLE in str(caught.value) and repr(limit) in str(caught.value)


# Files read in place


def parquet(
    path: Path, accounts: list[str], revenue: list[float | None], kind: pa.DataType | None = None
) -> None:
    days = [dt.date(2024, 1, 31) + dt.timedelta(days=i) for i in range(len(accounts))]
    pq.write_table(
        pa.table(
            {
                "account_id": accounts,
                "date": days,
                "revenue": pa.array(revenue, kind or pa.float64()),
            }
        ),
        path,
    )


@pytest.fixture
def in_place(tmp_path) -> Path:
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Parts"\n[tables.ledger]\npath = "*.parquet"\n'
    )
    parquet(tmp_path / "p1.parquet", ["A", "B"], [1.5, 2.0])
    return tmp_path


def test_files_of_the_same_types_are_read_as_one_relation(in_place):
    parquet(in_place / "p2.parquet", ["A", "C"], [4.0, 8.0])
    book = Book.open(in_place)
    view = book._connection.sql(
        "SELECT sql FROM duckdb_views() WHERE view_name = 'work_ledger'"
    ).fetchall()[0][0]
    assert "UNION" not in view and "read_parquet" in view
    assert book.rollup()["revenue"].tolist() == [5.5, 2.0, 8.0]
    assert any("1 row of p2" in note for note in book.notes) is False


def test_files_of_different_types_are_read_as_well(in_place):
    parquet(in_place / "p2.parquet", ["A", "C"], [4, 8], pa.int32())
    assert Book.open(in_place).rollup()["revenue"].tolist() == [5.5, 2.0, 8.0]


def test_a_fault_in_a_later_file_names_that_file_and_line(in_place):
    parquet(in_place / "p2.parquet", ["A", "C"], [4.0, None])
    with pytest.raises(BookFaults, match=r"ledger\.revenue \(p2\.parquet\): 1 row: empty: line 2"):
        Book.open(in_place)


def test_rows_of_a_file_that_stand_in_another_are_told_by_its_name(in_place):
    parquet(in_place / "p2.parquet", ["A", "C"], [1.5, 8.0])
    assert any(
        "1 row of p2.parquet" in note and "stands in p1.parquet" in note
        for note in Book.open(in_place).notes
    )


def test_ids_found_clean_are_not_trimmed_again_and_others_are(in_place):
    clean = Book.open(in_place)._connection
    assert (
        '"found:account_id" AS'
        in clean.sql("SELECT sql FROM duckdb_views() WHERE view_name = 'ledger'").fetchall()[0][0]
    )
    parquet(in_place / "p2.parquet", [" A", "C\u3000"], [4.0, 8.0])
    book = Book.open(in_place)
    assert book.rollup()["account_id"].tolist() == ["A", "B", "C"]
    trimmed = "ledger.account_id: blanks at the ends were trimmed in 2 rows (p2.parquet line"
    assert any(trimmed in note for note in book.notes)


@pytest.fixture(scope="module")
def macros() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MACROS)
    return connection


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.text(st.sampled_from("a客 \t\u3000\ufeff\u00a0é"), max_size=8) | st.none(),
        min_size=1,
        max_size=60,
    )
)
def test_trimming_takes_every_kind_of_blank_off_both_ends(macros, values):
    connection = macros
    connection.register(
        "given", pa.table({"i": range(len(values)), "t": pa.array(values, pa.string())})
    )
    found = [row[0] for row in connection.sql("SELECT trimmed(t) FROM given ORDER BY i").fetchall()]
    assert found == [
        (value.strip(BLANKS) or None) if value is not None else None for value in values
    ]


# Progress, and nothing left


def test_a_long_roll_up_shows_how_far_it_is(scarce, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    monkeypatch.setattr(progress, "_TICK", 0.001)
    monkeypatch.setattr(sys, "stderr", screen)
    rollup(connect(rows()))
    assert "adding up" in screen.getvalue() and "%" in screen.getvalue()
    assert screen.getvalue().endswith("\r")


CHILD = """
    import os, sys
    from pathlib import Path
    from keyacct_utils.book import Book
    book = Book.open(sys.argv[1])
    book._connection.execute("CREATE TABLE big AS SELECT hash(i) AS h, md5(CAST(i AS VARCHAR)) AS t FROM range(2000000) AS n(i)")
    spilled = sum(path.stat().st_size for path in Path(os.environ["TMPDIR"]).rglob("*") if path.is_file())
    print(spilled, flush=True)
    if sys.argv[2] == "wait":
        book._connection.execute("SELECT max(a.h + b.h) FROM big AS a, big AS b").fetchall()
"""


@pytest.mark.parametrize("end", ["leave", "wait"])
def test_what_was_written_to_disk_is_gone_at_the_end_and_after_ctrl_c(end, write_book, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(write_book()), end]
    environment = {**os.environ, "TMPDIR": str(folder), passes.LIMIT_VARIABLE: "60MB"}
    environment.pop("KEYACCT_RUN_DIR", None)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path
    ) as child:
        assert child.stdout is not None
        spilled = int(child.stdout.readline())
        if end == "wait":
            child.send_signal(signal.SIGINT)
        code = child.wait(30)
    assert spilled > 10**6 and (code == 0) == (end == "leave")
    assert list(folder.iterdir()) == [] and not (tmp_path / ".tmp").exists()
