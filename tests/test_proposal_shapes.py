"""``keyacct init --from``: title lines, list rules, pivots, months and accounts beside each other, and headers of words that no list has."""

from __future__ import annotations

import datetime as dt
import tomllib

import openpyxl
import pytest
from test_proposal import chosen, columns, opened, proposed, unsure, write

from keyacct_utils.book.proposing import periods, wording


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("购方单位代号", "account_id"), ("ResellerKey", "account_id"), ("Kundenschlüssel", "account_id"), ("CódigoCliente", "account_id"),
        ("Code acheteur", "account_id"), ("经销商编码", "account_id"), ("BillingDate", "date"), ("Verkaufsdatum", "date"), ("FechaVenta", "date"),
        ("Date de vente", "date"), ("结算日期", "date"), ("SalesAmount", "revenue"), ("Umsatzerlöse", "revenue"), ("ImporteNeto", "revenue"),
        ("销售净额", "revenue"), ("CantidadVendida", "volume"), ("TotalProductCost", "cost_goods"), ("CosteVentas", "cost_goods"), ("销货成本额", "cost_goods"),
    ],
)  # fmt: skip
def test_words_tell_a_column(header, column, tmp_path):
    names = {"account_id": "Customer No", "date": "Posting Date", "revenue": "Net Value"}
    names[column] = header
    values = {
        "account_id": "C1",
        "date": "2024-01-05",
        "revenue": "5",
        "volume": "7",
        "cost_goods": "4",
    }
    rows = ",".join(names) + "\n"
    rows = ",".join(names.values()) + "\n" + ",".join(values[name] for name in names) + "\n"
    proposal, text = proposed(tmp_path, write(tmp_path, "a.csv", rows))
    assert columns(proposal, "ledger")[column] == header
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [5.0]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("购方识别号", "a tax number"),
        ("购买方名称", "a name rather than an id"),
        ("购货单位", "a name rather than an id"),
        ("客户类型", None),
        ("AccountBalance", None),
        ("customer_order_no", None),
    ],
)
def test_words_that_leave_the_account_open(header, told):
    found = wording.worded("ledger", "account_id", header)
    assert (found is None) if told is None else told in found


def test_a_name_that_holds_codes_is_an_id(tmp_path):
    proposal, text = proposed(
        tmp_path, write(tmp_path, "a.csv", "Kunde,Netto\n000101,5\n000102,7\n")
    )
    assert columns(proposal, "ledger")["account_id"] == "Kunde"
    assert opened(tmp_path, text).rollup()["account_id"].tolist() == ["000101", "000102"]


def test_a_list_with_title_rule_and_star_rows(tmp_path):
    lines = (
        "\t31.12.2024\tListe der Umsätze\t1\t1\n\n"
        "\tKunde\tName 1\tBuch.dat.\tNetto\n"
        "\t-----\t------\t---------\t------\n"
        "\t0000100001\tAlpha\t05.01.2024\t1.234,56\n"
        "\t0000100002\tBeta\t09.02.2024\t12.000,00\n"
        "*\t\t\t\t13.234,56\n"
    )
    proposal, text = proposed(tmp_path, write(tmp_path, "l.txt", lines, "utf-16"))
    given = tomllib.loads(text)["tables"]["ledger"]
    assert given["skip"] == 2 and given["date_format"] == {"date": "%d.%m.%Y"}
    assert columns(proposal, "ledger") == {
        "account_id": "Kunde",
        "date": "Buch.dat.",
        "revenue": "Netto",
    }
    assert given["void"] == {"(column 1)": ["*"], "Kunde": ["-----"]}
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [13234.56]


@pytest.mark.parametrize(
    ("labels", "name", "days"),
    [
        (["2024-01", "2024-02"], "sales.csv", ["2024-01-01", "2024-02-01"]),
        (["1月", "2月"], "2024年销售.csv", ["2024-01-01", "2024-02-01"]),
        (["Jan", "Feb"], "sales_2023.csv", ["2023-01-01", "2023-02-01"]),
        (["Januar", "März"], "umsatz 2023.csv", ["2023-01-01", "2023-03-01"]),
        (["janv. 2024", "févr. 2024"], "ventes.csv", ["2024-01-01", "2024-02-01"]),
        (["KW 1", "KW 2"], "umsatz_2024.csv", ["2024-01-04", "2024-01-11"]),
        (["2024年第1周", "2024年第2周"], "销售.csv", ["2024-01-04", "2024-01-11"]),
        (["Q1 2024", "Q2 2024"], "sales.csv", ["2024-01-01", "2024-04-01"]),
        (["2023", "2024"], "sales.csv", ["2023-01-01", "2024-01-01"]),
    ],
)
def test_periods_beside_each_other_become_rows(labels, name, days, tmp_path):
    rows = f"客户编号,名称,{','.join(labels)},合计\nK1,甲,5.50,,5.50\nK2,乙,7,8,15\n合计,,12.50,8,20.50\n"
    _, text = proposed(tmp_path, write(tmp_path, name, rows))
    assert "'客户编号' holds 合计 " in unsure(text)
    text = chosen(text, 'void."客户编号" = ["合计"]')
    book = opened(tmp_path, text)
    assert book.totals()["revenue"].tolist() == [20.50]
    dates = book.table("ledger").sort_values(["account_id", "date"])["date"]
    assert dates.dt.strftime("%Y-%m-%d").tolist() == [days[0], *days]
    assert tomllib.loads(text)["tables"]["ledger"]["columns_to_rows"]["total"] == "合计"


def test_months_without_a_year_are_asked_for(tmp_path):
    rows = "客户编号,1月,2月\nK1,5,6\n"
    _, text = proposed(tmp_path, write(tmp_path, "销售.csv", rows))
    assert "1月 to 2月 name no year" in unsure(text)
    line = next(line for line in text.split("\n") if line.startswith("# columns_to_rows = { stay"))
    assert opened(tmp_path, text.replace(line, line[2:])).totals()["revenue"].tolist() == [11.0]


def test_numbers_below_months_need_a_name(tmp_path):
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", "客户编号,2024-01,2024-02\nK1,5,6\n"))
    assert "nothing says what the numbers below 2024-01 to 2024-02 are: amounts?" in unsure(text)
    assert opened(tmp_path, chosen(text, 'revenue = "amount"')).totals()["revenue"].tolist() == [11]


def test_years_in_a_list_of_accounts_stay_where_they_are(tmp_path):
    accounts = "客户编号,名称,2022,2023\nK1,甲,5,6\nK2,乙,7,8\n"
    sales = "客户编号,销售日期,未税金额\nK1,2024-01-05,100\nK2,2024-01-06,50\n"
    proposal, text = proposed(
        tmp_path, write(tmp_path, "档案.csv", accounts), write(tmp_path, "明细.csv", sales)
    )
    assert (
        set(proposal.tables) == {"accounts", "ledger"}
        and 'columns_to_rows = { stay = ["客户编号", "名称' not in text
    )
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [150.0]


def test_one_unit_and_two_files_of_months(tmp_path):
    rows = "单位:万元,,\n客户编号,2024-01,2024-02\nK1,1.5,2\n"
    write(tmp_path, "销售a.csv", rows)
    write(tmp_path, "销售b.csv", rows.replace("1.5", "3"))
    _, text = proposed(tmp_path, *sorted(tmp_path.glob("*.csv")))
    given = tomllib.loads(text)["tables"]["ledger"]
    assert given["path"] == "销售*.csv" and given["skip"] == 1
    assert given["unit"] == {"revenue": "万元"}
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [85_000.0]


def test_accounts_beside_each_other_become_rows(tmp_path):
    rows = "month,Alpha,Beta,Gamma,Total\n2024-01,5,6,7,18\n2024-02,1,,3,4\n"
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", rows))
    assert "3 columns of numbers stand beside 'month' (Alpha, Beta, Gamma)" in unsure(text)
    book = opened(tmp_path, chosen(text, 'account_id = "account"'))
    assert book.rollup().set_index("account_id")["revenue"].to_dict() == {
        "Alpha": 6.0,
        "Beta": 6.0,
        "Gamma": 10.0,
    }


@pytest.mark.parametrize(
    ("rows", "amount", "total"),
    [
        ("行标签", "求和项:销售金额", "总计"),
        ("Row Labels", "Sum of Net Sales", "Grand Total"),
        ("Zeilenbeschriftungen", "Summe von Nettobetrag", "Gesamtergebnis"),
    ],
)
def test_a_pivot_table_is_told(rows, amount, total, tmp_path):
    workbook = openpyxl.Workbook()
    for line in (["year", "2024"], [], [rows, amount], ["甲", 5], ["乙", 7], [total, 12]):
        workbook.active.append(line)
    workbook.save(tmp_path / "pivot.xlsx")
    _, text = proposed(tmp_path, tmp_path / "pivot.xlsx")
    assert "what the rows of a pivot table are called" in unsure(text)
    text = chosen(text, f'account_id = "{rows}"', f'void."{rows}" = ["{total}"]')
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [12.0]


def test_names_of_periods():
    assert periods.first_days(["2024-W01"], 1) == {"2024-W01": dt.date(2024, 1, 4)}
    for text in ("Kunde", "100", "12", "Total", "May Ltd", "20241", "K1", ""):
        assert not periods.names_period(text), text
    assert periods.first_days(["Jan", "January"], 2024) is None
    assert periods.years_in("Sales 2023 to 2024, 12024") == [2023, 2024]
