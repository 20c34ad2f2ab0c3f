"""``keyacct init --from``: cost from profit, discounts in percent, returns in a file of their own, visits, and files in which no header says what it is."""

from __future__ import annotations

import datetime as dt
import tomllib

import openpyxl
import pytest
from test_proposal import chosen, columns, opened, proposed, unsure, write

from keyacct_utils.book.proposing import peeking
from keyacct_utils.book.proposing.trying import first_choices
from keyacct_utils.contract.faults import BookFaults


def test_cost_follows_from_sales_and_profit(tmp_path):
    rows = "K1,100.50,20.25\nK2,50,-5\n"
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", "Customer No,Net Sales,Profit\n" + rows))
    assert '# cost_goods is a."Net Sales" - a.Profit' in text and "sql:" not in unsure(text)
    book = opened(tmp_path, text)
    assert book.totals()[["revenue", "cost"]].to_numpy().tolist() == [[150.50, 135.25]]
    rate = "Customer No,Net Sales,Profit Rate\nK1,100,0.2\nK2,50,0.1\n"
    _, text = proposed(tmp_path, write(tmp_path, "b.csv", rate))
    assert "sql = " not in text.split("# ====")[0]


def test_a_discount_as_fraction_becomes_percent(tmp_path):
    rows = "".join(f"K{i},{i},{i % 3 / 10}\n" for i in range(1, 9))
    _, text = proposed(
        tmp_path, write(tmp_path, "a.csv", "Customer No,Net Sales,Discount\n" + rows)
    )
    assert "100 * a.Discount AS discount_pct" in text and "sql:" not in unsure(text)
    assert opened(tmp_path, text).table("ledger")["discount_pct"].max() == 20.0


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("names", [("sales", "returns"), ("销售明细", "退货明细")])
def test_returns_in_a_file_of_their_own_are_subtracted(names, sign, tmp_path):
    head = "Customer No,Posting Date,Net Sales\n"
    sales = write(tmp_path, f"{names[0]}.csv", head + "K1,2024-01-05,100\nK2,2024-01-06,50\n")
    back = write(tmp_path, f"{names[1]}.csv", head + f"K1,2024-02-05,{sign}30\n")
    proposal, text = proposed(tmp_path, back, sales)
    assert f"{names[1]}.csv holds returns by its name" in unsure(text) and not proposal.open_points
    assert opened(tmp_path, first_choices(text)).totals()["revenue"].tolist() == [120.0]


def test_returns_in_a_sheet_of_their_own(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Sales"
    workbook.create_sheet("Returns")
    for sheet, rows in (("Sales", [["K1", 100], ["K2", 50]]), ("Returns", [["K1", 30]])):
        for row in [["Customer No", "Net Sales"], *rows]:
            workbook[sheet].append(row)
    workbook.save(tmp_path / "book.xlsx")
    _, text = proposed(tmp_path, tmp_path / "book.xlsx")
    assert opened(tmp_path, first_choices(text)).totals()["revenue"].tolist() == [120.0]


def test_visits_without_codes_become_activities(tmp_path):
    sales = "客户编号,销售日期,未税金额\nK1,2024-01-05,100\nK2,2024-01-06,50\n"
    visits = "走访日期,客户编号,方式,分钟\n2024-01-08,K1,上门走访,45\n2024-01-09,K1,电话,5\n"
    proposal, text = proposed(
        tmp_path, write(tmp_path, "销售.csv", sales), write(tmp_path, "走访记录.csv", visits)
    )
    assert not proposal.unused and "上门走访 1, 电话 1" in unsure(text)
    book = opened(tmp_path, first_choices(text))
    assert book.table("activities")[["type", "minutes"]].to_numpy().tolist() == [
        ["visit", 45.0],
        ["call", 5.0],
    ]
    _, plain = proposed(
        tmp_path,
        tmp_path / "销售.csv",
        write(tmp_path, "visits.csv", "visit_date,客户编号\n2024-01-08,K1\n"),
    )
    assert "each row counts as one activity of the type visit" in unsure(plain)
    book = opened(tmp_path, first_choices(plain))
    assert book.table("activities")["type"].tolist() == ["visit"]
    assert book.totals()["revenue"].tolist() == [150.0]


def test_an_id_an_amount_and_a_day_told_by_their_values(tmp_path):
    rows = "".join(f"P{i % 7:03d},2024-0{i % 9 + 1}-05,{i}.25,{i % 2}\n" for i in range(1, 60))
    proposal, text = proposed(
        tmp_path, write(tmp_path, "x.csv", "aa;bb;cc;dd\n".replace(";", ",") + rows)
    )
    assert "the values of 'aa' are those of an id: 7 different in 59 rows" in unsure(text)
    assert "the values of 'cc' are those of an amount" in unsure(text)
    assert "#   dd: 1, 0" in text
    book = opened(tmp_path, chosen(text, 'account_id = "aa"', 'revenue = "cc"', 'date = "bb"'))
    assert book.totals()["revenue"].tolist() == [sum(range(1, 60)) + 59 * 0.25]
    assert columns(proposal, "ledger") == {}


def test_rows_without_an_account_are_accounts_of_their_own(tmp_path):
    rows = "".join(f"{i}.50,{i % 2}\n" for i in range(1, 9))
    _, text = proposed(tmp_path, write(tmp_path, "loans.csv", "amount,defaulted\n" + rows))
    assert "no column tells accounts apart" in unsure(text)
    book = opened(tmp_path, first_choices(text))
    assert len(book.rollup()) == 8 and book.table("defaults")["default_12m"].sum() == 4


@pytest.mark.parametrize(("header", "defaults"), [("good_1_bad_0", 1), ("bad_1_good_0", 3)])
def test_good_and_bad_are_told_apart(header, defaults, tmp_path):
    text = f"amount,{header}\n5,1\n6,1\n7,1\n8,0\n"
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", text))
    assert opened(tmp_path, first_choices(text)).table("defaults")["default_12m"].sum() == defaults


def test_files_that_cannot_be_placed_are_written_down_with_their_columns(tmp_path):
    path = write(
        tmp_path, "q.csv", "Liste vom 5. Mai\nStadt;Größe\nBerlin;groß\nKöln;klein\n", "cp1252"
    )
    proposal, text = proposed(tmp_path, path)
    given = tomllib.loads(first_choices(text))["files"]["q"]
    assert given == {"path": "q.csv", "encoding": "cp1252", "sep": ";", "skip": 1}
    assert "#   Stadt: Berlin, Köln" in text and "#   Größe: groß, klein" in text
    assert "[tables.ledger] is missing" in proposal.open_points[0]


def test_the_last_day_is_that_of_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr(peeking, "LOOKED_ROWS", 50)
    days = [dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(120)]
    rows = "".join(f"K{i % 5},{day:%d.%m.%Y},7\n" for i, day in enumerate(days))
    proposal, text = proposed(
        tmp_path, write(tmp_path, "a.csv", "Kundennummer,Datum,Netto\n" + rows)
    )
    assert proposal.last_day == days[-1] and f"# as_of = {days[-1]} " in text


def test_rows_with_faults_are_among_the_decisions(tmp_path):
    rows = "".join(f"K{i % 5},7,{i}\n" for i in range(30)) + ",7,1\nK1,oops,1\nK1,7,-3\n"
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", "Customer No,Net Sales,Price\n" + rows))
    told = unsure(text)
    assert "ledger.account_id: 1 row: empty (line 32)" in told
    assert "ledger.revenue: 1 row: not an amount (line 33 'oops')" in told
    assert "1 row: out of range (line 34 '-3')" in told and '# list_price = "Price"' in text
    with pytest.raises(BookFaults) as caught:
        opened(tmp_path, text)
    assert {fault.column for fault in caught.value.faults} == {"account_id", "revenue"}
