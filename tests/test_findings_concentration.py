"""What lesson 01 says of small books worked by hand, and what it once got wrong."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.lessons.concentration import findings as lesson

FIVE = "account_id,date,line,revenue,cost_goods\n" + "".join(
    f"{name},2024-{month:02d}-05,{line},{amount / 4},{amount / 5}\n"
    for name, line, amount in (
        ("A", "X", 500),
        ("B", "X", 200),
        ("C", "X", 150),
        ("D", "X", 100),
        ("E", "Y", 50),
    )
    for month in (1, 4, 7, 10)
)


def toml(currency: str) -> str:
    return f'currency = "{currency}"\n[tables.ledger]\npath = "ledger.csv"'


@pytest.fixture
def five(write_book):
    return lesson.sales(Book.open(write_book(FIVE, toml=toml("CNY"))))


def test_the_book_in_numbers(five):
    found = lesson.book_in_numbers(five)
    assert found.numbers["revenue"] == 1000.0 and found.numbers["rows"] == 20
    assert "from 2024-01-05 to 2024-10-05: 20 rows of 5 accounts." in str(found)
    assert str(found).endswith("Every account has a positive total; none stands apart.")


def test_shares_by_hand(five):
    found = lesson.curves(five, 0.2)
    assert found.table.loc["X", "top_share"] == pytest.approx(500 / 950)
    assert found.table.loc["all lines", ["top_share", "accounts_to_reach"]].tolist() == [0.5, 3]
    assert found.table.loc["all lines", "gini"] == pytest.approx(0.4)
    assert lesson.effective_number(five).table.loc["Y", "estimate"] == 1


def test_five_accounts_get_no_interval_and_no_verdict(five):
    found = lesson.rule(five, 0.2)
    assert found.numbers["X"]["ruling"] == "too few" and found.table["low"].isna().all()
    assert "With 4 accounts no interval is worth printing: read the names." in str(found)
    rulings = {row[0]: row[4] for row in lesson.claims(five).data["claims"]}
    assert rulings["S000-2a, S000-9a"] == "not decided"
    assert rulings["S000-4g"] == rulings["S003-9a"] == "cannot be tested here"


def test_classes_move_with_their_cuts(five):
    found = lesson.classes(five)
    assert (found.numbers["first"], found.numbers["second"]) == (3, 2)
    assert found.numbers["moved"] == 1


def test_margin_is_compared_only_where_there_is_a_cost(five, write_book):
    found = lesson.margin_and_sales(five)
    assert (found.numbers["sales"], found.numbers["both"]) == (0.5, 1)
    bare = lesson.sales(Book.open(write_book("account_id,revenue\nA,3\nB,1\n")))
    assert str(lesson.margin_and_sales(bare)).startswith("The ledger has no cost of goods")
    claims = {row[0]: row[4:] for row in lesson.claims(bare).data["claims"]}
    assert claims["S000-2a, S003-9c, S004-1a"] == [
        "cannot be tested here",
        "needs ledger.cost_goods",
    ]


def test_ranks_need_months(five, write_book):
    assert lesson.ranks(five, draws=20).numbers["firm"] == 5
    bare = lesson.sales(Book.open(write_book("account_id,revenue\nA,3\nB,1\n")))
    assert "here there are 0" in str(lesson.ranks(bare))


def test_one_year_is_called_one_year(five):
    # once: "two full years are needed" for four years of data, and a year that the ledger does not cover
    assert str(lesson.by_year(five)).startswith("The ledger has no complete year of line X")


def test_lines_whose_intervals_overlap_are_not_told_apart(linjiang, monkeypatch):
    # once: "alike" for 45 against 52 %, and "differs" for any two shares ten points apart
    found = lesson.sales(linjiang)

    def ruling() -> str:
        return {row[0]: row[4] for row in lesson.claims(found).data["claims"]}["S000-4g"]

    assert ruling() == "holds"
    monkeypatch.setattr(lesson, "_interval", lambda amounts, q, draws=None: (0.45, 0.66))
    assert ruling() == "not decided"


def test_a_limit_in_yuan_is_not_laid_on_another_currency(write_book):
    found = lesson.sales(Book.open(write_book(FIVE, toml=toml("USD"))))
    ruling = {row[0]: row[4:] for row in lesson.claims(found).data["claims"]}["S000-5b"]
    assert ruling == ["cannot be tested here", "the limit is in yuan, the book in USD"]


def test_the_review_has_a_meaning_for_each_column(five):
    found = lesson.account_review(five, lesson.ranks(five, draws=20))
    frame = found.numbers["review"].set_index("account_id")
    assert frame.loc["A", ["rank", "amount", "abc"]].tolist() == [1, 500.0, "A"]
    assert found.numbers["meaning"]["amount"] == "revenue of the period, CNY"
    assert list(found.numbers["meaning"]) == list(frame)


def test_nothing_to_look_at_is_said_before_any_step(write_book):
    with pytest.raises(ValueError, match="no account has a positive total of revenue"):
        lesson.sales(Book.open(write_book("account_id,revenue\nA,-3\nB,0\n")))
    with pytest.raises(ValueError, match="measure is 'profit'"):
        lesson.sales(Book.open(write_book()), measure="profit")
    with pytest.raises(ValueError, match="line is 'Z'; the book has whole book"):
        lesson.sales(Book.open(write_book()), line="Z")
