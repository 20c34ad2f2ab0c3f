"""Who owns an account: one way for lessons 12, 13 and 14."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.lessons.buying_centre import findings as buying
from keyacct_utils.lessons.catalogue import missing
from keyacct_utils.lessons.coverage import findings as coverage
from keyacct_utils.lessons.sales_efficiency import inputs as efficiency
from keyacct_utils.lessons.shared import owners

#: A was sold to by S1 (60 before, 10 after) and S2 (90 after); B by S2; C by nobody who is named.
LEDGER = (
    "account_id,date,revenue,manager_id\nB,2023-01-01,0,S2\nA,2023-10-01,60,S1\nB,2023-11-01,20,S2\n"
    "A,2024-03-01,10,S1\nA,2024-04-01,90,S2\nB,2024-05-01,30,S2\nB,2024-06-01,-5,S1\n"
    "C,2024-06-01,7,\n"
)


def opened(folder: Path, **tables: str) -> Book:
    text = 'contract_version = 1\nname = "made"\nperiod = "2024"\n'
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
        text += f'[tables.{name}]\npath = "{name}.csv"\n'
    (folder / "book.toml").write_text(text, encoding="utf-8")
    return Book.open(folder / "book.toml")


def test_the_file_of_accounts_comes_before_the_ledger(tmp_path):
    file = "account_id,manager_id\nA,M1\nB,\nC,M2\n"
    rows, source = owners.owners_of(opened(tmp_path, ledger=LEDGER, accounts=file))
    assert source == "accounts"
    assert owners.main_owner(rows).to_dict() == {"A": "M1", "C": "M2"}


def test_else_who_sold_the_most_in_the_time_asked_for(tmp_path):
    book = opened(tmp_path, ledger=LEDGER)
    for dates, right in (((None, None), "S2"), (("2023-01-01", "2023-12-31"), "S1")):
        rows, source = owners.owners_of(book, *dates)
        assert source == "ledger" and owners.main_owner(rows)["A"] == right
    rows, _ = owners.owners_of(book)
    assert rows.set_index("account_id")["manager_id"].isna().to_dict()["C"]
    assert rows["weight"].sum() == pytest.approx(212)


def test_nobody_is_named(tmp_path):
    assert owners.owners_of(
        opened(tmp_path, ledger="account_id,date,revenue\nA,2024-01-01,1\n")
    ) == (None, "")
    rows = owners.sold_through(
        opened(tmp_path, ledger="account_id,date,revenue\nA,2024-01-01,1\n"), "manager_id"
    )
    assert not len(rows)


def test_of_several_owners_without_a_weight_the_first_or_nobody():
    rows = pd.DataFrame(
        {"account_id": ["A", "A", "B", "B"], "manager_id": ["M2", "M1", "M3", "M3"]}
    )
    assert owners.main_owner(rows).to_dict() == {"A": "M1", "B": "M3"}
    assert owners.main_owner(rows, several="none").to_dict() == {"B": "M3"}
    heavy = rows.assign(weight=[5.0, 3.0, 1.0, 1.0])
    assert owners.main_owner(heavy, several="none").to_dict() == {"A": "M2", "B": "M3"}


def test_a_lesson_that_has_the_owners_from_the_ledger_does_not_lack_them(tmp_path):
    # once: "ran without accounts.manager_id", of a lesson that had taken the owners of the ledger
    for code in ("12", "14"):
        for rows, lacks in ((LEDGER, False), ("account_id,date,revenue\nA,2024-01-01,1\n", True)):
            _, adds = missing(opened(tmp_path, ledger=rows), code)
            asked = {column for columns, _ in adds for column in columns}
            assert (("accounts", "manager_id") in asked) == lacks, (code, lacks)


def test_the_three_lessons_answer_alike(tmp_path):
    """Lesson 14 asks who sold the most before its window: who won a customer in it did not own it."""
    book = opened(tmp_path, ledger=LEDGER)
    assert coverage.main_owner(coverage.cover(book)).to_dict() == {"A": "S2", "B": "S2"}
    assert efficiency.people(book).owner.to_dict() == {"A": "S1", "B": "S2"}
    sold = buying._by(book, "manager_id", ("2024-01-01", "2024-12-31"))
    assert sold.set_index(["account_id", "manager_id"])["revenue"].to_dict() == {
        ("A", "S1"): 10.0, ("A", "S2"): 90.0, ("B", "S2"): 30.0, ("C", ""): 7.0,
    }  # fmt: skip
