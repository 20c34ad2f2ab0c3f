"""A list of accounts with their fate: proposed, opened by itself, and leaks among its columns told."""

from __future__ import annotations

import random

import pytest

from keyacct_utils.book import Book
from keyacct_utils.book.proposing.proposal import ROOT_ENV
from keyacct_utils.book.proposing.trying import first_choices, tried
from keyacct_utils.book.template import decisions
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.credit_grade import findings as lesson
from keyacct_utils.review.account_review import join_records
from keyacct_utils.review.changes import amounts_of
from keyacct_utils.review.ten_numbers import ten_numbers
from keyacct_utils.running.readiness import readiness_lines


def rows(fate: tuple[str, str], n: int = 200) -> list[tuple[str, int, str, str]]:
    """Size, trade and late days of each account, and its fate in the words given (bad, good)."""
    drawn = random.Random(3)
    sizes = [drawn.random() for _ in range(n)]
    bad = [drawn.random() < 0.1 + 0.5 * size for size in sizes]
    return [
        (
            f"{100 * size:.1f}",
            drawn.randrange(6),
            drawn.choice(["food", "steel"]),
            fate[0 if b else 1],
        )
        for size, b in zip(sizes, bad, strict=True)
    ]


def listed(header: str, fate: tuple[str, str], key: str = "") -> str:
    head = f"{key + ',' if key else ''}size,late,trade,{header}\n"
    lines = (",".join(map(str, row)) for row in rows(fate))
    return head + "".join(f"{f'K{n:03d},' if key else ''}{line}\n" for n, line in enumerate(lines))


def number_of_bad() -> int:
    return sum(row[3] == "bad" for row in rows(("bad", "good")))


@pytest.mark.parametrize(
    ("header", "fate", "key"),
    [
        ("default", ("1", "0"), ""), ("outcome", ("bad", "good"), "customer_id"), ("class", ("2", "1"), ""),
        ("good_1_bad_0", ("0", "1"), ""), ("是否违约", ("是", "否"), "客户编号"), ("逾期", ("1", "0"), "客户编号"),
        ("risk", ("Bad", "Good"), ""), ("target", ("1", "0"), ""), ("repaid", ("no", "yes"), "client_id"),
        ("loan_status", ("Charged Off", "Fully Paid"), ""), ("default.payment.next.month", ("1", "0"), ""),
    ],
)  # fmt: skip
def test_a_list_with_its_fate_is_proposed_and_asked_for(header, fate, key, tmp_path, monkeypatch):
    (tmp_path / "list.csv").write_text(listed(header, fate, key), encoding="utf-8")
    proposal, text = tried(tmp_path, [tmp_path / "list.csv"])
    asked = [point for _, point in decisions(text)] + proposal.open_points
    assert len(asked) <= 3 and any("which column is the fate" in point for point in asked)
    assert list(proposal.tables) == ["credit_features"]
    monkeypatch.setenv(ROOT_ENV, str(tmp_path))
    (tmp_path / "book.toml").write_text(first_choices(text), encoding="utf-8")
    table = Book.open(tmp_path).table("credit_features")
    assert (len(table), table["defaulted"].sum()) == (200, number_of_bad())
    assert {"size", "late", "trade"} <= {*table} and header not in table
    assert (table["account_id"].iloc[0] == "K000") == bool(key)


def test_a_ledger_with_a_column_of_two_values_is_no_list(tmp_path):
    lines = "".join(f"K{n % 9},2024-01-0{1 + n % 7},{n},{n % 5},{n % 2}\n" for n in range(60))
    (tmp_path / "sales.csv").write_text(f"customer_id,order_date,net_amount,qty,risk\n{lines}")
    proposal, _ = tried(tmp_path, [tmp_path / "sales.csv"])
    assert list(proposal.tables) == ["ledger"]


def test_a_profile_with_a_flag_of_two_values_is_no_list(tmp_path):
    # once: the account profile of a book, by its flag rival_target
    lines = "".join(f"K{n},{n % 7},{n % 5},{n % 3},{n % 2}\n" for n in range(60))
    (tmp_path / "profile.csv").write_text(
        f"account_id,innovation,market_power,service_demand,rival_target\n{lines}"
    )
    proposal, _ = tried(tmp_path, [tmp_path / "profile.csv"])
    assert list(proposal.tables) == ["account_profile"]


def own_book(write_book, text: str, top: str = "") -> Book:
    path = write_book(own__csv=text)
    own = '[tables.credit_features]\npath = "own.csv"\n'
    path.write_text(f'contract_version = 1\nname = "Own"\n{top}\n{own}', encoding="utf-8")
    return Book.open(path)


def test_a_book_of_credit_features_alone(write_book):
    text = listed("defaulted", ("1", "0"), "account_id")
    book = own_book(write_book, text)
    assert book.tables == ("credit_features",) and len(book.names()) == 200
    assert book.rollup().empty and book.totals()[["revenue", "n_rows"]].iloc[0].tolist() == [0, 0]
    states = catalogue.readiness(book).set_index("lesson")
    assert states["state"].tolist() == ["full", *["skipped"] * 6, "part", *["skipped"] * 15]
    assert states.loc["01", "reason"] == "the book has no ledger.account_id, ledger.revenue"
    # once: "+ defaults.default_12m", though credit_features says who defaulted
    assert states.loc["07", "unlocks"] == (
        "credit_features.date: the day of scoring; "
        "credit_features.exposure: the money at stake and the expected loss"
    )
    assert lesson.record(book).default.sum() == number_of_bad()
    found = amounts_of(book)
    assert found.reason == "the book has no ledger"


def test_the_first_page_makes_up_no_amount_without_a_ledger(write_book, tmp_path):
    book = own_book(write_book, listed("defaulted", ("1", "0"), "account_id"))
    review = join_records(tmp_path / "none", book.names(), {})
    lines = ten_numbers(review, amounts_of(book))
    assert [line.figure for line in lines[:2]] == [None, None]
    assert all("the book has no ledger" in line.says for line in lines[:2])


@pytest.mark.parametrize(
    "top", ['returns = "gross"', 'group_by = "group_id"', '[exclude]\nK1 = "x"']
)
def test_what_chooses_among_transactions_has_no_effect_without_any(top, write_book):
    with pytest.raises(BookFaults, match="has no effect: the book has no ledger"):
        own_book(write_book, listed("defaulted", ("1", "0"), "account_id"), top)


def test_a_fate_in_words_says_how_to_map_it(write_book):
    with pytest.raises(BookFaults) as caught:
        own_book(write_book, listed("defaulted", ("bad", "good"), "account_id"))
    said = str(caught.value)
    assert "not 0 or 1" in said and "say which value means 1" in said
    assert "WHEN 'good' THEN 1 WHEN ... THEN 0 END AS defaulted" in said or (
        "WHEN 'bad' THEN 1 WHEN ... THEN 0 END AS defaulted" in said
    )


def leaking(write_book, leak) -> list[str]:
    kept = rows(("1", "0"))
    text = "account_id,defaulted,size,trade,leak\n" + "".join(
        f"K{n:03d},{row[3]},{row[0]},{row[2]},{leak(row[3], n)}\n" for n, row in enumerate(kept)
    )
    book = own_book(write_book, text)
    said = " ".join(" ".join(readiness_lines(book)).split())
    told = [note.partition(":")[0] for note in book.notes if "a leak, perhaps" in note]
    assert ("! credit_features.leak: a leak, perhaps" in said) == bool(told)
    return told


@pytest.mark.parametrize(
    "leak",
    [
        lambda fate, n: fate,  # the fate itself
        lambda fate, n: {"1": "bad", "0": "good"}[fate],  # in words
        lambda fate, n: n + 1000 * int(fate),  # on one side of all others
        lambda fate, n: {"1": "c", "0": "ab"[n % 2]}[fate],  # finer
        lambda fate, n: n + 1 if fate == "1" else "",  # filled in for those that defaulted
    ],
)
def test_a_feature_that_is_the_fate_is_named(leak, write_book):
    assert leaking(write_book, leak) == ["credit_features.leak"]


@pytest.mark.parametrize(
    "leak",
    [
        lambda fate, n: n,
        lambda fate, n: f"note {n}",  # names accounts, and tells no fate
        lambda fate, n: "late" if fate == "1" and n != 7 and n % 3 else "never",
        lambda fate, n: "",
    ],
)
def test_a_feature_that_only_goes_with_the_fate_is_none(leak, write_book):
    assert leaking(write_book, leak) == []
