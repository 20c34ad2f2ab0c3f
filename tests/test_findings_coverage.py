"""What lesson 12 says of small books worked by hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons.coverage import findings as lesson
from keyacct_utils.lessons.coverage.inputs import _years

REAL = os.environ.get("KEYACCT_REAL_DATA")


def opened(tmp_path: Path, toml: str = "", **tables: str) -> Book:
    text = 'contract_version = 1\nname = "made"\n' + toml
    for name, rows in tables.items():
        (tmp_path / f"{name}.csv").write_text(rows, encoding="utf-8")
        text += f'[tables.{name}]\npath = "{name}.csv"\n'
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    return Book.open(tmp_path / "book.toml")


LEDGER = "account_id,date,revenue,cost_goods\nA,2024-02-01,600,300\nB,2024-05-01,300,200\nC,2024-09-01,100,90\nD,2024-10-01,-50,0\n"
ACCOUNTS = "account_id,manager_id\nA,M1\nB,M2\nC,\nD,M2\n"
VISITS = (
    "quarter,account_id,manager_id,tier,visits\n"
    "2024-01-01,A,M1,crystal,2\n2024-01-01,B,M2,A+,0\n"
    "2024-04-01,A,M1,crystal,1\n2024-04-01,A,M2,crystal,1\n2024-04-01,B,,A+,1\n"
)


def test_owners_and_orphans_by_hand(tmp_path):
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, accounts=ACCOUNTS))
    table = lesson.owners(found).numbers["frame"]
    assert table["accounts"].to_dict() == {"M1": 1, "M2": 2}
    assert table["amount"].to_dict() == {"M1": 600.0, "M2": 250.0}
    lone = lesson.without_owner(found).numbers
    assert lone["ids"] == ["C"] and lone["two"] == 0 and lone["part"] == pytest.approx(0.1)


def test_owners_of_one_account_each_are_told_in_the_singular(tmp_path):
    accounts = "account_id,manager_id\nA,M1\nB,M2\nC,M3\nD,\n"
    found = lesson.owners(lesson.cover(opened(tmp_path, ledger=LEDGER, accounts=accounts)))
    assert str(found).startswith("3 owners look after 1 account each, 1.0 on average")
    assert str(found.alt).endswith("One owner has 1 account at most.")


def test_accounts_without_sales_count_for_their_owner_on_the_whole_page(tmp_path):
    rows = ACCOUNTS + "E,M1\nF,M1\n"  # E and F bought nothing
    visits = "quarter,account_id,manager_id,visits\n" + "".join(
        f"2024-01-01,{row},1\n" for row in rows.split()[1:]
    )
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=visits))
    numbers = lesson.owners(found).numbers
    assert numbers["frame"]["accounts"].to_dict() == {"M1": 3, "M2": 2}
    assert (numbers["owned"], numbers["all"], numbers["each"]) == (5, 6, 2.5)
    lone = lesson.without_owner(found).numbers
    assert lone["accounts"] - lone["none"] == numbers["owned"]
    assert lesson._of_lenovo(found).here == "2.5: those with an owner: 5 over 2 managers"


def test_who_is_outsold_at_each_account_is_one_of_the_managers(tmp_path):
    rows = "account_id,revenue,manager_id\nA,60,S1\nA,40,S3\nB,10,S2\nB,5,S3\n"
    found = lesson.cover(opened(tmp_path, ledger=rows))
    assert lesson._there(found) == 3  # S3 sells, and has no account
    said = lesson.owners(found)
    assert said.numbers["owners"] == 2 and said.numbers["outsold"] == 1
    assert "sold the most to no account, and so have none here: 1." in str(said)


@pytest.mark.parametrize("calls", [12.0, 24.0])
def test_what_is_promised_adds_up_and_the_calls_are_told_as_assumed(tmp_path, calls):
    said = lesson.staff_needed(
        lesson.cover(opened(tmp_path, ledger=LEDGER, accounts=ACCOUNTS)), calls_a_year=calls
    )
    numbers = said.numbers
    # three accounts bought: 12 minutes a call
    assert numbers["call_hours"] == pytest.approx(3 * calls * 12 / 60)
    assert numbers["visit_hours"] == pytest.approx(said.table["hours"].sum())
    assert numbers["planned"] == pytest.approx(numbers["visit_hours"] + numbers["call_hours"])
    assert f"called {calls:g} times a year is assumed" in str(said)
    assert ("S000-5d" in str(said)) == (calls == 12)


@pytest.mark.parametrize("second", ["S2", "S1"])
def test_who_sold_is_not_who_is_named(tmp_path, second):
    rows = f"account_id,revenue,manager_id\nA,60,S1\nA,40,{second}\nB,10,S2\n"
    found = lesson.cover(opened(tmp_path, ledger=rows))
    claim = lesson._of_owners(found)
    assert claim.verdict == "cannot be tested here" and "not who is named" in claim.why
    assert claim.here == ("1 of 2" if second == "S2" else "2 of 2") + " have one seller"
    assert ("breaks no rule" in str(lesson.without_owner(found))) == (second == "S2")


def test_of_few_managers_the_factors_are_told_to_hundredths(tmp_path):
    few = lesson.cover(opened(tmp_path, ledger=LEDGER, accounts=ACCOUNTS))
    said = lesson.factors(few, lesson.staff_needed(few))
    assert f"{said.numbers['all']:.2f} managers in place of {said.numbers['plain']:.2f}" in str(
        said
    )
    assert said.columns["change"].form == "+.2f"
    many = looked_at(lesson.cover, "linjiang")
    said = lesson.factors(many, lesson.staff_needed(many))
    assert f"{said.numbers['all']:.1f} managers in place of {said.numbers['plain']:.1f}" in str(
        said
    )
    assert said.columns["change"].form == "+.1f"


def test_two_owners_of_a_quarter_are_one_look(tmp_path):
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=VISITS))
    table = lesson.kept(found).numbers["table"]
    assert table.loc["crystal", ["looks", "met"]].tolist() == [2, 2]
    assert table.loc["A+", ["looks", "met", "missed"]].tolist() == [2, 1, 1]
    lone = lesson.without_owner(found).numbers
    # C and D bought and stand in no row of the last quarter
    assert lone["ids"] == ["B", "C", "D"] and lone["several"] == ["A"]


def test_rows_given_twice_without_an_owner_to_tell_them_apart_are_refused(tmp_path):
    rows = "quarter,account_id,visits\n2024-01-01,A,1\n2024-01-01,A,2\n"
    with pytest.raises(ValueError, match="repeat a quarter and an account"):
        lesson.cover(opened(tmp_path, ledger=LEDGER, visits=rows))


def test_visits_of_other_times_are_left_out_and_told(tmp_path):
    rows = VISITS + "2021-01-01,A,M1,crystal,9\n"
    book = opened(tmp_path, 'period = "2024"\n', ledger=LEDGER, visits=rows)
    found = lesson.cover(book)
    assert found.outside == 1 and found.looks["visits"].max() == 2
    assert "left out: 1" in str(lesson.book_in_numbers(found))


def test_a_missing_number_of_visits_is_not_zero(tmp_path):
    with pytest.raises(ValueError, match="empty: line 3"):
        opened(tmp_path, ledger=LEDGER, visits=VISITS.replace("A+,0", "A+,"))


def test_an_account_that_is_left_out_counts_nowhere(tmp_path):
    book = opened(tmp_path, ledger=LEDGER, accounts=ACCOUNTS, visits=VISITS, toml="")
    with (tmp_path / "book.toml").open("a") as toml:
        toml.write('\n[exclude]\nA = "sold"\n')
    book = Book.open(tmp_path / "book.toml")
    found = lesson.cover(book)
    assert "A" not in set(found.looks["account_id"]) | set(found.owners["account_id"])
    assert "A" not in found.sales.index and "A" not in found.classes.index


def test_who_sold_the_most_owns_the_account_where_nobody_else_is_named(tmp_path):
    rows = "account_id,revenue,manager_id\nA,60,S1\nA,40,S2\nB,10,S2\nC,5,\n"
    found = lesson.cover(opened(tmp_path, ledger=rows))
    assert found.owners_from == "ledger"
    assert lesson.owners(found).numbers["frame"]["accounts"].to_dict() == {"S1": 1, "S2": 1}
    lone = lesson.without_owner(found).numbers
    assert lone["ids"] == ["C"] and lone["several"] == ["A"]


def test_staff_by_hand(tmp_path):
    """One crystal account (8 visits) and one A+ (4), 90 minutes each; 12 calls of 12 minutes to both."""
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=VISITS))
    staff = lesson.staff_needed(found, for_accounts=0.5).numbers
    assert staff["hours"] == pytest.approx(12 * 1.5 + 24 * 0.2)
    assert staff["needed"] == pytest.approx((18 + 4.8) / (12 * 166 * 0.5))


def test_a_shortage_that_hangs_on_an_assumption_is_no_verdict():
    found = looked_at(lesson.cover, "linjiang")
    staff = lesson.staff_needed(found)
    assert staff.numbers["short_low"] > 0
    claims = lesson._of_staff(staff)
    assert claims.verdict == "cannot be told from this book"


@pytest.fixture(scope="module")
def bundled():
    found = looked_at(lesson.cover, "linjiang")
    return found, lesson.what_visits_bring(found)


def test_the_plan_brings_more_and_keeps_its_limits(bundled):
    found, curve = bundled
    plan = lesson.best_plan(found, curve, minimum=1, maximum=10)
    frame = plan.numbers["frame"]
    assert frame["visits"].min() >= 1 and frame["visits"].max() <= 10
    assert frame["visits"].sum() == frame["now"].sum() == plan.numbers["total"]
    assert frame["contribution"].sum() > frame["brings"].sum()
    assert plan.numbers["low"] <= plan.numbers["gain"] <= plan.numbers["high"]
    tight = lesson.best_plan(found, curve, minimum=1, maximum=4).numbers["gain"]
    assert tight < plan.numbers["gain"]
    assert not lesson.best_plan(found, curve, minimum=9).known


def test_bad_parameters_are_named(bundled):
    found, curve = bundled
    bad = [
        (lambda: lesson.kept(found, standard=()), "standard names no class"),
        (lambda: lesson.kept(found, standard=(("A+", -1),)), "standard of 'A\\+'"),
        (lambda: lesson.kept(found, standard=("A+",)), "standard holds"),
        (lambda: lesson.kept(found, every=0), "every is 0"),
        (lambda: lesson.unfair_jump(found, cut=-3), "cut is -3"),
        (lambda: lesson.unfair_jump(found, bandwidth=0), "bandwidth is 0"),
        (lambda: lesson.best_plan(found, curve, minimum=-1), "minimum is -1"),
        (lambda: lesson.best_plan(found, curve, minimum=3, maximum=2), "below the minimum"),
        (lambda: lesson.staff_needed(found, for_accounts=0), "for_accounts"),
        (lambda: lesson.staff_needed(found, speed=0), "speed is 0"),
        (lambda: lesson.takers(found, hours_each=0), "hours_each is 0"),
        (lambda: lesson.levels(found, few=5, many=2), "few is 5"),
        (lambda: lesson.levels(found, cuts=(0.4, 0.2)), "cuts is"),
        (lambda: lesson.other_plans(found, curve, minimums=()), "at least one"),
        (lambda: lesson.pencil(["Li"], [1, 2], [1]), "one of each per account"),
    ]
    for call, says in bad:
        with pytest.raises(ValueError, match=says):
            call()


def test_the_cut_of_a_document_is_not_taken_over_into_another_currency(tmp_path):
    book = Book.open(books.write("no_lot", tmp_path / "no_lot"))
    found = lesson.cover(book)
    assert "is that of a document in yuan" in str(lesson.unfair_jump(found))
    assert lesson.unfair_jump(found, cut=2900.0).known


def test_trials_that_tell_nothing_carry_no_plan(tmp_path):
    for name in ("visits_that_bring_nothing", "visits_in_a_line", "visits_that_harm"):
        found = lesson.cover(Book.open(books.write(name, tmp_path / name)))
        curve = lesson.what_visits_bring(found)
        assert not lesson.best_plan(found, curve).known
        assert "at most" not in str(curve)


@pytest.mark.skipif(not REAL, reason="KEYACCT_REAL_DATA is not set: no real books to try")
def test_northwind_by_its_employees(tmp_path):
    """Known: Peacock (4) sold 232,890.85 to 75 customers; 9 employees, 89 customers that bought."""
    toml = '''contract_version = 1
name = "Northwind"
currency = "USD"
period = "all"
root_env = "KEYACCT_REAL_DATA"
[files.orders]
path = "northwind/orders.csv"
[files.details]
path = "northwind/order_details.csv"
[tables.ledger]
sql = """
SELECT orders.CustomerID AS account_id, orders.OrderDate AS date,
       CAST(orders.EmployeeID AS VARCHAR) AS manager_id,
       details.UnitPrice * details.Quantity * (1 - details.Discount) AS revenue
FROM details JOIN orders ON orders.OrderID = details.OrderID
"""
'''
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    found = lesson.cover(Book.open(tmp_path / "book.toml"))
    sold = found.owners.groupby("manager_id")["weight"].agg(["sum", "size"])
    assert (
        sold.loc["4", "sum"] == pytest.approx(232_890.85, abs=0.5) and sold.loc["4", "size"] == 75
    )
    assert len(found.sales) == 89 and len(sold) == 9
    lone = lesson.without_owner(found).numbers
    assert lone["none"] == 0 and 0 < lone["two"] <= 89
    assert np.isclose(lesson.owners(found).numbers["frame"]["accounts"].sum(), 89)


def test_the_speed_on_the_way_is_an_assumption_and_its_effect_is_shown(linjiang):
    """Visits of 2024 take 60 minutes and 22 km on average: 104 minutes at 30 km an hour."""
    found = looked_at(lesson.cover, "linjiang")
    staff = lesson.staff_needed(found, speed=30.0, other_speeds=(20.0, 45.0))
    rows = linjiang.table("activities")
    rows = rows[(rows["date"].dt.year == 2024) & (rows["type"] == "visit")]
    n = staff.numbers
    assert n["there_minutes"] == pytest.approx(rows["minutes"].mean())
    assert n["km"] == pytest.approx(rows["km"].mean())
    assert n["visit"] == pytest.approx(n["there_minutes"] + n["km"] * 2)
    assert "The speed is assumed: at 30 km an hour" in str(staff)
    for speed, name in ((20.0, "needed_slow"), (45.0, "needed_fast")):
        other = lesson.staff_needed(found, speed=speed).numbers["needed"]
        assert n[name] == pytest.approx(other)
    with pytest.raises(ValueError, match="other_speeds"):
        lesson.staff_needed(found, other_speeds=(20.0,))


def test_what_is_measured_is_told_apart_from_what_is_stated(tmp_path):
    rows = "".join(f"V{i},2024-0{1 + i % 3}-05,A,visit,{50 + i}\n" for i in range(6))
    text = "activity_id,date,account_id,type,minutes\n" + rows
    book = opened(tmp_path, ledger=LEDGER, visits=VISITS, activities=text)
    said = str(lesson.staff_needed(lesson.cover(book)))
    assert "km of the way are not known and left out" in said
    assert "A call is taken to last 12 minutes, as stated" in said


def test_two_records_of_visits_are_set_beside_each_other(linjiang):
    """By plain pandas: what the table visits holds, and what the activities of the year hold."""
    visits, rows = linjiang.table("visits"), linjiang.table("activities")
    rows = rows[(rows["date"].dt.year == 2024) & (rows["type"] == "visit")]
    made = visits.groupby("account_id")["visits"].sum().astype(float)
    logged = rows.groupby("account_id").size().reindex(made.index, fill_value=0)
    found = looked_at(lesson.cover, "linjiang")
    n = lesson.book_in_numbers(found).numbers
    assert (n["reported"], n["logged"]) == (made.sum(), logged.sum())
    assert n["apart_at"] == int((made != logged).sum()) > 0
    quarter = rows["date"].dt.to_period("Q").dt.start_time.rename("quarter")
    own = visits[visits["tier"] == "crystal"].drop_duplicates(["quarter", "account_id"])
    keys = pd.MultiIndex.from_frame(own[["account_id", "quarter"]])
    of = rows.groupby(["account_id", quarter]).size().reindex(keys, fill_value=0)
    kept = lesson.kept(found).numbers
    assert kept["worst"] == "crystal" and kept["other"] == pytest.approx((of >= 2).mean())
    assert kept["other_low"] < kept["other"] < kept["other_high"]


def test_records_that_agree_raise_no_doubt(tmp_path):
    rows = "V1,2024-01-05,A,visit\nV2,2024-02-05,A,visit\nV3,2024-03-05,B,visit\nV4,2024-06-05,B,call\n"
    visits = "quarter,account_id,tier,visits\n2024-01-01,A,crystal,2\n2024-01-01,B,A+,1\n"
    text = "activity_id,date,account_id,type\n" + rows
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=visits, activities=text))
    assert "hold the same visits" in str(lesson.book_in_numbers(found))
    assert "other" not in lesson.kept(found).numbers


def test_the_spread_of_service_minutes_is_stated():
    jump = lesson.unfair_jump(looked_at(lesson.cover, "linjiang"))
    assert jump.numbers["spread"] == pytest.approx(8.94, abs=1.5)
    assert f"differ by {jump.numbers['spread']:.1f} minutes (standard deviation)" in str(jump)


def test_a_promise_that_no_document_makes_is_told_as_an_assumption():
    found = looked_at(lesson.cover, "linjiang")
    made = lesson._of_promises(found, lesson.kept(found), 0.9)
    notes = {item.says.split()[-1]: item.why for item in made}
    assert "promise is an assumption" in notes["gold"] and "promise" not in notes["crystal"]


def test_the_whole_margin_counts_the_losses_and_a_year_is_the_book_s(linjiang):
    """By plain pandas: 2024 is twelve months, and accounts with a loss are part of the margin."""
    ledger = linjiang.table("ledger")
    year = ledger[ledger["date"].dt.year == 2024]
    margin = (year["revenue"] - year["cost_goods"]).groupby(year["account_id"]).sum().astype(float)
    found = looked_at(lesson.cover, "linjiang")
    assert found.years == 1.0 and found.when == "from 2024-01-01 to 2024-12-31"
    n = lesson.best_plan(found, lesson.what_visits_bring(found)).numbers
    assert n["whole"] == pytest.approx(margin.sum()) and n["losing"] == (margin < 0).sum() == 104
    assert n["of_whole"] == pytest.approx(n["more"] / margin.sum())
    assert n["of_whole"] == pytest.approx(0.0111, abs=0.00005)
    assert n["more"] == pytest.approx(4_894_721, abs=1)


@pytest.mark.parametrize(
    ("begin", "close", "years"),
    [
        ("2024-01-01", "2024-12-31", 1.0),
        ("2023-01-01", "2024-12-31", 2.0),
        ("2024-01-01", "2024-03-31", 0.25),
        ("2024-01-15", "2024-02-14", 31 / 365.25),
    ],
)
def test_whole_months_are_twelfths_of_a_year(begin, close, years):
    assert _years(pd.Timestamp(begin), pd.Timestamp(close)) == pytest.approx(years)


def test_what_is_asked_for_is_that_of_all_accounts_and_says_so(linjiang):
    """By plain pandas: hours of the activities that nobody planned, by class of service."""
    rows = linjiang.table("activities")
    rows = rows[(rows["date"].dt.year == 2024) & ~rows["type"].isin(["visit", "call"])]
    tier = linjiang.table("visits").drop_duplicates("account_id").set_index("account_id")["tier"]
    hours = (rows["minutes"] + 2 * rows["km"]) / 60
    of = hours.groupby(rows["account_id"].map(tier).astype(str)).sum()
    staff = lesson.staff_needed(looked_at(lesson.cover, "linjiang"))
    n = staff.numbers
    assert n["asked"] == pytest.approx(of.sum()) and n["asked_others"] == pytest.approx(of["basic"])
    alone = (n["planned"] + of.drop("basic").sum()) / n["each"]
    assert n["needed_alone"] == pytest.approx(alone) == pytest.approx(27.46, abs=0.005)
    assert "What all accounts ask for beside it takes 13,913, 2,582 of them" in str(staff)


def test_an_account_of_two_owners_counts_for_the_one_in_its_file(tmp_path):
    """Last quarter: A is with M1 and M2, B with nobody. The file names M2 for A, M2 for B."""
    file = "account_id,manager_id\nA,M2\nB,M2\nC,\nD,M2\n"
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=VISITS, accounts=file))
    table = lesson.owners(found).numbers["frame"]
    assert table["accounts"].to_dict() == {"M2": 1} and table["amount"]["M2"] == 600.0
    lone = lesson.without_owner(found)
    assert lone.numbers["ids"] == ["B", "C", "D"]
    assert (lone.numbers["filed"], lone.numbers["filed_none"]) == (3, 2)
    assert "names an owner for 3 of 4 accounts, 2 of these among them" in str(lone)
    assert lesson._of_owners(found).verdict == "does not hold"


def test_two_records_of_owners_that_disagree_are_no_verdict():
    found = looked_at(lesson.cover, "linjiang")
    claim = lesson._of_owners(found)
    assert claim.here == "570 of 600 by the visits, 600 by the file of accounts"
    assert claim.verdict == "cannot be told from this book"
    said = lesson.owners(found)
    assert "Accounts with several owners: 12 (1.07 bn CNY)" in str(said)
    frame = said.numbers["frame"]
    # A0133 (537 m) is with M04 and M06, and its file names M06
    assert frame["accounts"]["M04"] == 8 and frame["largest"]["M06"] == pytest.approx(
        0.9133, abs=1e-4
    )
    assert (said.numbers["far"], said.numbers["shown"]) == ("M23", 12)


def test_work_holds_the_way(linjiang):
    found = looked_at(lesson.cover, "linjiang")
    rows = linjiang.table("activities")
    rows = rows[rows["date"].dt.year == 2024]
    hours = (rows["minutes"] + 2 * rows["km"]) / 60
    work = lesson.by_revenue(found, speed=30.0).numbers
    owner = lesson.main_owner(found)
    of = hours.groupby(rows["account_id"].map(owner).astype("str")).sum()
    assert work["frame"]["work"].to_dict() == pytest.approx(
        of.reindex(work["frame"].index).to_dict()
    )
    assert work["kind"] == "hours of service with the way"
    assert work["rho"] == pytest.approx(0.76, abs=0.005)


def test_the_class_with_the_least_by_the_other_record_is_named():
    kept = lesson.kept(looked_at(lesson.cover, "linjiang"))
    assert kept.numbers["other_worst"] == "gold"
    assert kept.numbers["other_least"] == pytest.approx(0.366, abs=0.0005)
    assert "and the least in class gold, 36.6 %" in str(kept)


def test_the_review_has_a_row_for_each_account_that_is_looked_after(tmp_path):
    # once 61 of 63: two accounts with an owner and eight quarters of visits had bought nothing
    visits = "quarter,account_id,manager_id,visits\n2024-01-01,A,M1,1\n2024-01-01,E,M1,1\n"
    found = lesson.cover(opened(tmp_path, ledger=LEDGER, visits=visits))
    taken = lesson.account_review(found).numbers["review"].set_index("account_id")
    assert taken["owners"].to_dict() == {"A": 1, "B": 0, "C": 0, "D": 0, "E": 1}
