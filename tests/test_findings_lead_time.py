"""What lesson 20 says of small books worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery import books, books_lead_time

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import readiness
from keyacct_utils.lessons.lead_time import findings as lesson
from keyacct_utils.world.lead_time import CASES_PER_ACCOUNT

HEAD = "case_id,account_id,start,end"


def written(tmp_path, files, toml=""):
    toml = f'contract_version = 1\nname = "Odd"\n{toml}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return Book.open(tmp_path / "book.toml")


def rows(*lines, head=HEAD):
    return {"cases.csv": "\n".join([head, *lines]) + "\n"}


FOUR = rows(
    "K1,A,2024-03-04,2024-03-06",
    "K2,A,2024-03-04,2024-03-12",
    "K3,B,2024-03-05,2024-03-15",
    "K4,C,2024-03-11,",
)


def test_cases_alone_are_a_book(tmp_path):
    book = written(tmp_path, FOUR)
    assert book.tables == ("cases",) and list(book.names()) == ["A", "B", "C"]
    states = readiness(book).set_index("lesson")["state"]
    assert states["20"] == "part" and states["01"] == "skipped"
    found = lesson.cases(book)
    said = str(lesson.book_in_numbers(found))
    assert "4 cases of 3 accounts" in said and "3 done, 1 open on 2024-03-15" in said
    assert "no calendar of working days: Monday to Friday" in said
    # 2, 6 and 8 working days; the open one has lasted 4: 1 of 4, then of 2 that are left 1
    done = lesson.done_by(found)
    assert done.numbers["median"] == 6 and done.numbers["closed"] == 6
    assert "low" not in done.numbers and "within 6 working days." in str(done)
    review = lesson.account_review(found).numbers["review"].set_index("account_id")
    assert review.loc["C", ["cases", "cases_open", "open_longest"]].tolist() == [1, 1, 4]
    assert review.loc["A", "lead_median"] == 4 and "cases_late" not in review


def test_the_day_of_the_look_cuts_what_came_later(tmp_path):
    book = written(tmp_path, FOUR)
    early = lesson.cases(book, as_of="2024-03-10")
    assert early.later == 1 and early.cases["done"].tolist() == [True, False, False]
    assert "1 case that began later" in str(lesson.book_in_numbers(early))
    days = lesson.cases(book, count="calendar").cases["lasted"].tolist()
    assert days == [2, 8, 10, 4]
    for options, says in (
        ({"count": "weeks"}, "use 'working'"),
        ({"as_of": "soon"}, "as_of is 'soon'"),
        ({"as_of": "2020-01-01"}, "no case had begun"),
        ({"period": "2024"}, "period is '2024'"),
    ):
        with pytest.raises(ValueError, match=says):
            lesson.cases(book, **options)


def test_an_account_that_is_left_out_has_no_cases(tmp_path):
    files = {"ledger.csv": "account_id,revenue\nA,10\nB,5\n"} | FOUR
    book = written(tmp_path, files, '[exclude]\nA = "our own"\n')
    assert lesson.cases(book).cases["account_id"].tolist() == ["B", "C"]


def test_a_period_that_is_not_used_is_said(linjiang):
    said = str(lesson.book_in_numbers(lesson.cases(linjiang)))
    assert "own period (2024) is not used" in said
    year = lesson.cases(linjiang, period="book")
    assert year.cases["start"].dt.year.unique().tolist() == [2024]
    assert "is not used" not in str(lesson.book_in_numbers(year))


def test_promises_by_hand(tmp_path):
    lines = [
        f"K{n},A{n},2024-03-04,{'2024-03-08' if n < 15 else '' if n < 18 else '2024-03-25'},2024-03-11"
        for n in range(25)
    ]
    found = lesson.cases(written(tmp_path, rows(*lines, head=HEAD + ",promise")))
    kept = lesson.promises(found)
    assert kept.numbers["share"] == 0.6 and kept.numbers["open_late"] == 3
    assert kept.numbers["low"] == pytest.approx(0.407, abs=5e-4)
    late = lesson.account_review(found).numbers["review"]["cases_late"].sum()
    assert late == 10
    with pytest.raises(ValueError, match="single is -1"):
        lesson.promises(found, single=-1)


def test_the_channel_is_hidden_by_hard_cases(linjiang):
    found = lesson.cases(linjiang)
    compared = lesson.compare(found)
    plain, best = compared.effects["naive"], compared.effects["aipw"]
    assert plain.value > 0 and best.high < 0 and best.low < -6.5 < best.high
    assert "is hidden" in str(lesson.effects(found, compared))
    told = lesson.balance(found, compared).numbers
    assert told["largest"] == "complexity" and told["after"] < 0.1
    moved = lesson.without_each(found, compared).numbers
    assert moved["name"] == "complexity" and moved["would"] > best.value
    claims = {row[0]: row[4] for row in lesson.claims(found, compared).data["claims"]}
    assert claims == {
        "S000-1a": "holds",
        "S000-1b": "cannot be tested here",
        "S000-1c": "holds",
        "S000-1e": "holds",
        "S000-1g": "cannot be told from this book",
        "S000-11f": "holds",
        "S002-3a": "cannot be tested here",
        "S003-12b, S000-11c": "cannot be tested here",
    }
    for options, says in (
        ({"known": ("charm",)}, "known names 'charm'"),
        ({"known": ()}, "known is empty"),
        ({"followed": -1}, "followed is -1"),
    ):
        with pytest.raises(ValueError, match=says):
            lesson.compare(found, **options)


def test_a_channel_of_which_nothing_is_known_gets_no_verdict(tmp_path):
    """Once: "faster than others like them", with nothing held equal but the queue."""
    found = lesson.cases(Book.open(books.write("channel_and_nothing_known", tmp_path)))
    compared = lesson.compare(found)
    assert list(compared.effects) == ["naive"] and not lesson.effects(found, compared).known
    claims = {row[0]: row[4] for row in lesson.claims(found, compared).data["claims"]}
    assert claims["S000-1e"] == "cannot be tested here"


def test_the_bottleneck_lies_on_the_path(linjiang):
    found = lesson.cases(linjiang)
    told = lesson.path(found)
    assert told.numbers["first"] == "design_equipment" and told.numbers["ahead"]
    frame = told.numbers["frame"]
    assert frame["share"].sum() == pytest.approx(1)
    # beside the external plan the internal one is waited for less than it takes
    assert frame.loc["internal_plan", "share"] < frame.loc["internal_plan", "added_up"]
    causes = lesson.causes(found).numbers
    assert (causes["first"], causes["often"]) == ("equipment", "coordination")
    assert lesson.order(found).numbers["free"] == ["internal_plan"]


def test_an_order_that_changes_tells_no_slack(tmp_path):
    """Once: an activity that comes first in four cases of five "could take longer"."""
    found = lesson.cases(Book.open(books.write("own_activities", tmp_path)))
    assert "changes from case to case" in str(lesson.order(found))


def test_lines_that_are_full_by_name(linjiang):
    told = lesson.feeders(lesson.cases(linjiang)).numbers
    assert told["full"] == 6 and told["names"][0] == "F29"
    with pytest.raises(ValueError, match="limit is 0"):
        lesson.feeders(lesson.cases(linjiang), 0)
    with pytest.raises(ValueError, match="per_week is 0"):
        lesson.cadence(lesson.cases(linjiang), 0)
    with pytest.raises(ValueError, match="days_back is 0"):
        lesson.recent(lesson.cases(linjiang), 0)
    with pytest.raises(ValueError, match="by is 'team'"):
        lesson.queue(lesson.cases(linjiang), by="team")


def test_a_simulated_book_has_as_many_cases(linjiang):
    assert lesson.size(lesson.cases(linjiang)) == (600, 48)
    assert lesson.CASES_PER_ACCOUNT == CASES_PER_ACCOUNT


def test_every_odd_book_opens(tmp_path):
    for name in books_lead_time.BOOKS:
        book = Book.open(books.write(name, tmp_path / name))
        assert readiness(book).set_index("lesson").loc["20", "state"] != "skipped"


def test_northwind_orders_until_they_are_shipped(real_data, tmp_path):
    """The known facts: 830 orders of 89 customers, 809 shipped, 37 of them late."""
    text = (Path(real_data) / "northwind" / "orders.csv").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Orders"\n[tables.cases]\npath = "orders.csv"\n'
        '[tables.cases.columns]\ncase_id = "OrderID"\naccount_id = "CustomerID"\n'
        'start = "OrderDate"\nend = "ShippedDate"\npromise = "RequiredDate"\n'
        'district = "ShipCountry"\nkind = "ShipVia"\n',
        encoding="utf-8",
    )
    found = lesson.cases(Book.open(tmp_path / "book.toml"))
    numbers = lesson.book_in_numbers(found).numbers
    assert (numbers["n"], numbers["accounts"], numbers["done"]) == (830, 89, 809)
    kept = lesson.promises(found).numbers
    # 37 late, and one whose day has come and that is not shipped
    assert kept["due"] - kept["kept"] == 38 and kept["open_late"] == 1
    assert lesson.done_by(found).numbers["median"] == 5
