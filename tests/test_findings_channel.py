"""What lesson 18 says of small books worked by hand, of the bundled book, and of real ledgers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.channel import findings as lesson
from keyacct_utils.lessons.channel import loading

BOOKS = Path(__file__).parent / "books"


@pytest.fixture(scope="module")
def found(linjiang):
    return lesson.channel(linjiang)


def odd(tmp_path, name):
    return lesson.channel(Book.open(books.write(name, tmp_path / name)))


def test_two_wholesalers(found):
    made = lesson.wholesalers()
    assert (made.numbers["few"], made.numbers["many"]) == ("B", "A")
    assert "loses 18.75 % of its volume" in str(made) and "0.70 % and 0.0049" in str(made)
    here = lesson.who_hangs_on_few(found).numbers
    assert (here["few"], here["many"]) == ("D02", "D01")
    assert round(here["few_hhi"], 4) == 0.1406 and round(here["many_hhi"], 4) == 0.0049


def test_the_channel_beside_the_ledger(found, linjiang):
    """In plain pandas: deliveries and line E of the year."""
    year = linjiang.table("shipments")
    through = year.loc[pd.to_datetime(year["date"]).dt.year == 2024, "revenue"].sum()
    rows = linjiang.rollup(line="E", start="2024-01-01", end="2024-12-31")
    made = lesson.shares_by_channel(found)
    assert made.numbers["channel"] == pytest.approx(
        through / (through + rows["revenue"].sum()), abs=1e-6
    )
    claim = lesson.claims(found).data["claims"][0]
    assert claim[0] == "S003-5a" and f"{100 * made.numbers['channel']:.1f} %" in claim[3]
    # once the claim took all lines where the step took line E
    assert "all lines" in str(lesson.shares_by_channel(found, line=""))


def test_what_is_planted_is_told(found):
    planted = truth.known("linjiang")["channel"]
    elsewhere = lesson.who_sells_elsewhere(found).numbers
    assert set(elsewhere["flagged"]) == set(planted["diverters"])
    assert planted["benign"] in elsewhere["cleared"]
    assert 0 < elsewhere["false"] < 1
    pays = lesson.does_it_pay(found).numbers
    assert pays["gates"] == planted["gates"] and pays["both"] == 3
    hard = lesson.quota_stress(found).numbers
    assert set(hard["stressed"]) == {*planted["diverters"], "D10"}
    assert (hard["both"], hard["neither"]) == (3, 0)
    ends = lesson.month_end(found).numbers
    assert ends["loading"] == planted["loaders"] and ends["invoiced"] == ["D09", "D16"]
    assert sorted(lesson.orders_above_their_past(found).numbers["names"]) == planted["jumps"]
    left = lesson.where_is_his_profit(found).numbers
    assert left["who"] == left["turned"][0] == "D02" and left["losing"] == 1
    rise = lesson.rebate_for_more(found).numbers
    assert rise["who"] == "D01" and rise["low"] < planted["break_even"] < rise["high"]


def test_a_platforms_a_and_b(found):
    """S003-10: on each of the three platforms A stands before B."""
    points = lesson.three_platforms(found).numbers["points"]
    assert (points.loc["D01"] > points.loc["D02"]).all()
    other = lesson.three_platforms(found, sales_to_logistics=1.0, sales_to_capital=0.2,
                                   logistics_to_capital=5.0)  # fmt: skip
    assert not other.numbers["consistency"] < 0.1 and "too high" in str(other)


def test_freight_and_limits_move_what_they_should(found):
    opens = [lesson.does_it_pay(found, times).numbers["open"] for times in (0.0, 1.0, 2.0, 9.0)]
    assert opens == sorted(opens, reverse=True) and opens[-1] == 0
    flagged = lesson.other_limits(found, (1.0, 3.0, 20.0)).numbers["frame"]["flagged"].tolist()
    assert flagged[0] > flagged[1] > flagged[2] == 0
    chance = lesson.other_limits(found).numbers["frame"]["chance"]
    assert chance.is_monotonic_decreasing


def test_verdicts_come_from_intervals(found, tmp_path):
    ruled = {row[0]: row[4].split(":")[0] for row in lesson.claims(found).data["claims"]}
    assert ruled == {
        "S003-5a": "does not hold",
        "S003-3a": "cannot be told from this book",
        "S003-3b": "holds",
        "S003-3c": "holds",
        "S003-10c": "holds",
        "S003-10d": "holds",
        "S003-10e, S003-10f": "holds",
        "S003-10h": "holds",
    }
    bare = lesson.claims(odd(tmp_path, "bills_of_the_last_day")).data["claims"]
    assert {row[4] for row in bare} == {"cannot be tested here"}


def test_a_ledger_that_loads(tmp_path):
    made = lesson.month_end(odd(tmp_path, "loads_each_quarter"))
    assert made.numbers["loading"] == [lesson.WHOLE]
    assert -made.numbers["frame"]["slope"].iloc[0] > 0.5
    dates = lesson.month_end(odd(tmp_path, "bills_of_the_last_day"))
    assert not dates.known and "dates of bills" in str(dates)


def test_few_are_not_judged_and_chains_explain(tmp_path):
    assert "Nobody can be judged" in str(
        lesson.who_sells_elsewhere(odd(tmp_path, "three_distributors"))
    )
    assert "Nobody can be judged" in str(lesson.who_sells_elsewhere(odd(tmp_path, "few_scans")))
    told = lesson.who_sells_elsewhere(odd(tmp_path, "one_dumps"))
    assert told.numbers["flagged"] == ["V6"] and "EUR" not in str(told)
    # all that lies outside is carried: nothing is left to compare
    carried = lesson.who_sells_elsewhere(odd(tmp_path, "carried_by_chains"))
    assert carried.numbers["usual"] == 0 and carried.numbers["count"] == 0
    assert carried.numbers["false"] < 0.01


def test_who_is_left_out_of_the_book_is_left_out_here(tmp_path):
    made = odd(tmp_path, "distributors_are_accounts")
    assert "B" not in set(made.shipments["distributor_id"]) | set(made.distributors.index)
    assert "B" not in set(made.scans["distributor_id"]) | set(made.downstream["distributor_id"])
    said = lesson.book_in_numbers(made)
    assert said.numbers["both"] == 2 and "2 are accounts of the ledger too" in str(said)
    # what is sold to distributors does not count as direct
    assert lesson.shares_by_channel(made, line="").numbers["channel"] == 1.0


def test_the_review(found, tmp_path):
    made = lesson.account_review(found).numbers["review"]
    assert len(made) == 600 and {"orders_above_past", "orders_largest"} <= set(made)
    assert made["orders_above_past"].max() <= 12
    both = lesson.account_review(odd(tmp_path, "distributors_are_accounts")).numbers["review"]
    assert set(both["dumps"].dropna()) <= {"yes", "no"} and both["sold_outside"].notna().any()


def test_what_is_no_size_is_refused_in_words(found):
    for call, told in (
        (lambda: lesson.who_sells_elsewhere(found, "3"), "z_limit is '3'"),
        (lambda: lesson.who_sells_elsewhere(found, 0.0), "z_limit is 0.0"),
        (lambda: lesson.does_it_pay(found, -1.0), "freight_times is -1.0"),
        (lambda: lesson.where_is_his_profit(found, 7), "7 % is 0.07"),
        (lambda: lesson.three_platforms(found, 7), "7 % is 0.07"),
        (lambda: lesson.three_platforms(found, delivery=-1.0), "delivery is -1.0"),
        (lambda: lesson.quota_stress(found, 0.0), "limit is 0.0"),
        (lambda: lesson.orders_above_their_past(found, 0), "z is 0"),
        (lambda: lesson.rebate_for_more(found, who="nobody"), "who is 'nobody'"),
        (lambda: lesson.rebate_for_more(found, growth=0.0), "growth is 0.0"),
        (lambda: lesson.shares_by_channel(found, by="colour"), "by is 'colour'"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_nothing_above_zero_is_refused(write_book):
    with pytest.raises(ValueError, match="no account has sales above zero"):
        lesson.channel(Book.open(write_book("account_id,revenue\nA,-1\n")))


# Real ledgers


def _last_five(days: pd.Series) -> pd.Series:
    """Whether each day is among the last five of Monday to Friday of its month."""
    month = days.dt.to_period("M")
    first = {
        one: pd.bdate_range(one.start_time, one.end_time.normalize())[-5] for one in month.unique()
    }
    return days >= month.map(first)


def test_northwind(real_data):
    """Recomputed from the files: shares of countries, and the last five working days."""
    made = lesson.channel(Book.open(BOOKS / "northwind"))
    orders = pd.read_csv(real_data / "northwind" / "orders.csv", parse_dates=["OrderDate"])
    rows = pd.read_csv(real_data / "northwind" / "order_details.csv").merge(orders, on="OrderID")
    sold = rows["UnitPrice"] * rows["Quantity"] * (1 - rows["Discount"])
    home = pd.read_csv(real_data / "northwind" / "customers.csv").set_index("CustomerID")["Country"]
    by = sold.groupby(rows["CustomerID"].map(home)).sum()
    said = lesson.shares_by_channel(made)
    assert said.numbers["top"] == by.idxmax() == "USA"
    assert said.numbers["share"] == pytest.approx(by.max() / by.sum(), abs=1e-5)
    assert round(said.numbers["share"], 3) == 0.194 and said.numbers["groups"] == 21
    ends = lesson.month_end(made)
    late = _last_five(rows["OrderDate"])
    assert ends.numbers["whole_share"] == pytest.approx(sold[late].sum() / sold.sum(), abs=1e-4)
    assert not ends.numbers["loading"] and round(ends.numbers["whole_share"], 3) == 0.210
    table = lesson.orders_above_their_past(made).table
    # buyers in lumps: the rule of six months flags what chance alone would
    assert table["flagged"].tolist() == [0, 18, 30, 18]
    assert table["chance"].iloc[1] == pytest.approx(18.7, abs=0.5)
    assert not lesson.who_sells_elsewhere(made).known


def test_cdnow(cdnow, real_data):
    made = lesson.channel(cdnow)
    rows = pd.read_csv(
        real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    days = pd.to_datetime(rows["date"].astype(str))
    ends = lesson.month_end(made)
    share = rows["dollar_value"][_last_five(days)].sum() / rows["dollar_value"].sum()
    assert ends.numbers["frame"]["share"].tolist() == pytest.approx([share], abs=1e-5)
    assert (ends.numbers["steady"], ends.numbers["loading"]) == (1, [])
    assert not lesson.shares_by_channel(made).known
    orders = lesson.orders_above_their_past(made)
    assert (orders.numbers["count"], orders.numbers["buyers"]) == (0, 1388)
    assert lesson.account_review(made).known


def test_online_retail(real_data, tmp_path):
    rows = pd.read_parquet(real_data / "online_retail" / "online_retail.parquet")
    rows = rows.dropna(subset=["CustomerID"])
    rows["account_id"] = rows["CustomerID"].astype(int).astype(str)
    rows["date"] = pd.to_datetime(rows["InvoiceDate"]).dt.strftime("%Y-%m-%d")
    rows["revenue"] = (rows["Quantity"] * rows["UnitPrice"]).round(2)
    sold = rows.groupby(["account_id", "date"])["revenue"].sum().round(2).reset_index()
    sold.to_csv(tmp_path / "ledger.csv", index=False)
    home = rows.groupby("account_id")["Country"].first().rename("district")
    home.reset_index().to_csv(tmp_path / "accounts.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "R"\n[tables.ledger]\npath = "ledger.csv"\n'
        '[tables.accounts]\npath = "accounts.csv"\n',
        encoding="utf-8",
    )
    made = lesson.channel(Book.open(tmp_path / "book.toml"))
    said = lesson.shares_by_channel(made).numbers
    by = sold.groupby(sold["account_id"].map(home))["revenue"].sum()
    assert said["top"] == "United Kingdom"
    assert said["share"] == pytest.approx(by["United Kingdom"] / by.sum(), abs=1e-6)
    # twelve months before each are needed, and the file ends in the thirteenth
    assert not lesson.orders_above_their_past(made).known
    assert lesson.month_end(made).known


def test_yunhe_is_a_distributor_s_own_ledger():
    made = lesson.channel(Book.open("yunhe"))
    ends = lesson.month_end(made)
    assert ends.numbers["loading"] == [] and ends.numbers["untold"] == 0
    assert ends.numbers["frame"].loc[lesson.WHOLE, "judged"] == loading.EVEN
    assert lesson.shares_by_channel(made).numbers["groups"] == 5
    assert np.isfinite(lesson.shares_by_channel(made).numbers["low"])
