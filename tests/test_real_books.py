"""Trials on real books and on the messy export: totals, shares and top accounts agree with the known facts to the cent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.lessons.concentration import measures as cn
from keyacct_utils.running import parameters, runner
from keyacct_utils.running.outputs import output_text

BOOKS = Path(__file__).parent / "books"


def test_messy_export_is_the_clean_book():
    clean, messy = Book.open("linjiang"), Book.open("raw_export")
    for period in (None, "month"):
        pd.testing.assert_frame_equal(clean.rollup(period=period), messy.rollup(period=period))
    pd.testing.assert_frame_equal(clean.totals(), messy.totals())
    left, right = clean.table("accounts"), messy.table("accounts")
    pd.testing.assert_frame_equal(
        left.sort_values("account_id", ignore_index=True),
        right[left.columns].sort_values("account_id", ignore_index=True),
    )
    assert any("blanks at the ends were trimmed" in note for note in messy.notes)


def test_northwind(real_data):
    book = Book.open(BOOKS / "northwind")
    assert book.totals()["revenue"].tolist() == [1265793.04]
    revenue = book.rollup(by_line=False).set_index("account_id")["revenue"]
    assert len(revenue) == 89 and cn.accounts_to_reach(revenue) == 34
    assert round(100 * cn.top_share(revenue), 2) == 60.06 and round(cn.gini(revenue), 4) == 0.5755
    assert revenue.nlargest(3).to_dict() == {
        "QUICK": 110277.31,
        "ERNSH": 104874.98,
        "SAVEA": 104361.95,
    }


def test_wholesale(real_data):
    book = Book.open(BOOKS / "wholesale")
    assert book.totals()["revenue"].tolist() == [14619500.0]
    spend = book.rollup(by_line=False).set_index("account_id")["revenue"]
    assert (
        len(spend) == 440
        and round(100 * cn.top_share(spend), 2) == 42.90
        and round(cn.gini(spend), 4) == 0.3640
    )
    assert book.table("accounts")["sector"].value_counts().tolist() == [298, 142]


def executed(book: str, folder: Path) -> dict[str, str]:
    summary = runner.run(book=book, lessons=["01", "02"], out=folder, progress=False)
    assert summary.exit_code == 0, str(summary)
    return {
        path.name[:2]: "\n".join(
            line for cell in nbformat.read(path, as_version=4).cells for line in output_text(cell)
        )
        for path in (folder / "notebooks").glob("*.ipynb")
    }


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "northwind",
            [
                "1,265,793.04 USD",
                "hold 60.1 %",
                "The rule does not fit: this is flatter than 80 %",
                "QUICK-Stop",
            ],
        ),
        ("wholesale", ["14,619,500.00 MU", "42.9 %", "Ranks are judged by dated rows"]),
    ],
)
def test_lessons_on_real_books(name, sentences, real_data, tmp_path):
    texts = executed(str(BOOKS / name), tmp_path)
    for sentence in sentences:
        assert sentence in texts["01"]
    assert "FAIL" not in texts["01"] + texts["02"] and "nan" not in re.findall(
        r"[a-z]+", texts["01"]
    )
    assert "Linjiang" not in texts["01"] + texts["02"]
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    notebook = nbformat.read(tmp_path / "notebooks" / "01_concentration.ipynb", as_version=4)
    assert notebook.metadata["keyacct"] == {
        "book": run["book"]["name"],
        "data_hash": Book.open(BOOKS / name).data_hash,
    }
    assert (tmp_path / "account_review.xlsx").stat().st_size > 5_000


def test_a_book_of_two_accounts_is_told_so(tmp_path, write_book):
    texts = executed(str(write_book("account_id,revenue\nA1,10\nA2,5\n")), tmp_path / "out")
    assert (
        "no interval is worth printing: read the names" in texts["01"]
        and "2 accounts: too few to simulate" in texts["01"]
    )


def test_a_flat_book_is_told_so(tmp_path, write_book):
    rows = "".join(f"A{i:03d},{100 + i % 7}\n" for i in range(200))
    texts = executed(str(write_book("account_id,revenue\n" + rows)), tmp_path / "out")
    assert "The rule does not fit: this is flatter than 80 %" in texts["01"]


HALF_YEAR = "".join(f"A{i},2024-0{1 + i % 6}-05,{100 * i}\n" for i in range(1, 9))
RETURNED_YEAR = "".join(
    f"A{i},{year}-{month}-05,{sign * i}\n"
    for i in range(1, 4)
    for month in ("01", "12")
    for year, sign in ((2022, 7), (2023, -5), (2024, 7))
)
ODD_BOOKS = {
    "half a year": HALF_YEAR,
    "more returned than sold": "A1,2024-01-05,100\nA2,2024-02-05,-2000\nA3,2024-03-05,500\n",
    "a year of returns": RETURNED_YEAR,
}


@pytest.mark.parametrize("rows", ODD_BOOKS.values(), ids=ODD_BOOKS)
def test_odd_books_run_through(rows, tmp_path, write_book):
    book = write_book("account_id,date,revenue\n" + rows)
    summary = runner.run(
        book=str(book), lessons=["01", "02", "03"], out=tmp_path / "out", progress=False
    )
    assert summary.exit_code == 0, str(summary)


def test_a_run_with_rows_set_aside(tmp_path, write_book):
    book = write_book("account_id,revenue\nA1,10\nA2,5\nA3,oops\n")
    with pytest.raises(parameters.InputError, match="line 4 'oops'"):
        runner.run(book=str(book), lessons=["01"], out=tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()
    aside = tmp_path / "aside.csv"
    summary = runner.run(
        book=str(book), lessons=["01"], out=tmp_path / "out", progress=False, quarantine=aside
    )
    assert summary.exit_code == 0, str(summary)
    assert "oops" in aside.read_text(encoding="utf-8-sig")
    run = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    ledger = next(item for item in run["book"]["reconciliation"] if item["table"] == "ledger")
    assert (
        ledger["rows"],
        ledger["rows used"],
        ledger["rows set aside"],
        ledger["money used"],
    ) == (3, 2, 1, 15.0)
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == [
        "account_review.csv",
        "account_review.parquet",
        "account_review.xlsx",
        "notebooks",
        "review",
        "run.json",
    ]
