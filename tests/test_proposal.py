"""``keyacct init --from``: what is proposed for real and made files, what is left open, and that any file gives valid TOML."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyacct_utils.book import DATASETS, Book
from keyacct_utils.book.intake.book_toml import read_settings
from keyacct_utils.book.proposing import judging, peeking, synonyms
from keyacct_utils.book.proposing.peeking import peek
from keyacct_utils.book.proposing.proposal import ROOT_ENV, Proposal, propose
from keyacct_utils.book.proposing.trying import first_choices, tried
from keyacct_utils.book.template import decisions, first_steps, undecided
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.review.left_out import left_out


def proposed(folder: Path, *files: Path) -> tuple[Proposal, str]:
    proposal, text = tried(folder, files)
    tomllib.loads(text)
    return proposal, text


def chosen(text: str, *lines: str) -> str:
    """The text with these commented lines switched on, each of which must be there once."""
    for line in lines:
        assert text.count(f"\n# {line}") == 1, line
        text = text.replace(f"\n# {line}", f"\n{line}")
    return text


def opened(folder: Path, text: str) -> Book:
    (folder / "book.toml").write_text(text, encoding="utf-8")
    return Book.open(folder)


def columns(proposal: Proposal, table: str) -> dict[str, str]:
    return {
        choice.column.name: choice.own for choice in proposal.tables[table].choices if choice.sure
    }


def unsure(text: str) -> str:
    return "\n".join(point for _, point in decisions(text))


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# Real data


@pytest.mark.parametrize(
    ("header", "sure"),
    [
        ("EmployeeID", True),
        ("业务员编号", True),
        ("员工工号", True),
        ("客户经理编号", True),
        ("业务员", False),
        ("销售员", False),
        ("客户经理", False),
        ("Sales Rep", False),
    ],
)
def test_who_sold_it_is_proposed_and_a_name_is_left_to_decide(header, sure, tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text(
        f"客户编号,销售日期,销售额,{header}\nC1,2024-01-05,100,M1\nC2,2024-01-06,200,M2\n",
        encoding="utf-8",
    )
    proposal, text = proposed(tmp_path, file)
    assert (columns(proposal, "ledger").get("manager_id") == header) is sure
    if not sure:
        assert "two people of one name would count as one" in unsure(text)
        line = next(x for x in text.splitlines() if x.startswith("# manager_id") and header in x)
        text = chosen(text, line[2:])
    sold = opened(tmp_path, text).by_person("manager_id")
    assert dict(zip(sold["manager_id"], sold["revenue"], strict=True)) == {"M1": 100, "M2": 200}


def test_who_sold_it_comes_with_the_head_of_an_order(real_data, tmp_path, monkeypatch):
    """Northwind: employee 4 sold 232,890.85 to 75 customers."""
    monkeypatch.setenv(ROOT_ENV, str(real_data / "northwind"))
    files = sorted((real_data / "northwind").glob("*.csv"))
    _, text = proposed(tmp_path, *files)
    sold = opened(tmp_path, text).by_person("manager_id")
    of = sold[sold["manager_id"] == "4"]
    assert of["revenue"].sum() == pytest.approx(232_890.85, abs=0.5) and len(of) == 75
    assert sold["manager_id"].nunique() == 9


@pytest.mark.parametrize("source", ["*.csv", "northwind.sqlite"])
def test_northwind_is_reviewed_after_the_decisions_listed(source, real_data, tmp_path, monkeypatch):
    files = sorted((real_data / "northwind").glob(source))
    proposal, text = proposed(tmp_path, *files)
    assert [point.split(":")[0] for _, point in decisions(text)] == [
        "currency"
    ] and not proposal.open_points
    assert f'root_env = "{ROOT_ENV}"' in text
    monkeypatch.setenv(ROOT_ENV, str(proposal.root))
    book = opened(tmp_path, chosen(text, 'currency = "CNY"'))
    assert book.totals()["revenue"].tolist() == [1265793.04]
    revenue = book.rollup(by_line=False).set_index("account_id")["revenue"]
    assert len(revenue) == 89
    assert revenue.nlargest(3).to_dict() == {
        "QUICK": 110277.31,
        "ERNSH": 104874.98,
        "SAVEA": 104361.95,
    }
    assert book.names()["QUICK"] == "QUICK-Stop"
    assert proposal.last_day == pd.Timestamp("2018-05-06").date()


def test_cdnow_in_columns_of_blanks(real_data, tmp_path, monkeypatch):
    proposal, text = proposed(tmp_path, *sorted((real_data / "cdnow").iterdir()))
    monkeypatch.setenv(ROOT_ENV, str(proposal.root))
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [2500315.63]


def test_wholesale_columns_become_lines_only_when_one_says_so(real_data, tmp_path, monkeypatch):
    proposal, text = proposed(tmp_path, real_data / "wholesale" / "wholesale_customers.csv")
    assert "6 columns of wholesale_customers.csv hold numbers" in unsure(text)
    monkeypatch.setenv(ROOT_ENV, str(proposal.root))
    on = re.sub(r'# sql = """\n# (.*)\n# (.*)\n# """', r'sql = """\n\1\n\2\n"""', text)
    assert opened(tmp_path, on).totals()["revenue"].tolist() == [14619500.0]


def test_a_pipeline_asks_which_deals_count_and_when(real_data, tmp_path):
    proposal, text = proposed(tmp_path, *sorted((real_data / "maven_crm").glob("*.csv")))
    for point in (
        "'engage_date', 'close_date' may all be it",
        "Lost 2,473",
    ):
        assert point in unsure(text)
    assert '# date = "close_date"' in text
    assert columns(proposal, "ledger")["account_id"] == "account"
    assert "a name, and the key of accounts.csv" in text


def says_what_is_undecided(folder: Path, text: str) -> None:
    """A proposal opens as it stands, or its faults are those of the lines that are left to decide."""
    asked = {point.partition(":")[0].split(" ")[0] for _, point in decisions(text)}
    tables = {where.partition(".")[0] for where in asked}
    try:
        opened(folder, text)
    except BookFaults as error:
        for fault in error.faults:
            table = fault.table.strip("[]").removeprefix("tables.")
            assert table in tables or "there is no table of transactions" in fault.problem, str(
                fault
            )


def test_raw_export_is_what_was_written_by_hand(tmp_path, monkeypatch):
    folder = DATASETS / "raw_export"
    proposal, text = proposed(
        tmp_path, *sorted(folder.glob("sales_*.csv")), folder / "accounts.xlsx"
    )
    assert proposal.currency == "CNY"
    assert [point.split(":")[1] for _, point in decisions(text)] == [" encoding"]
    monkeypatch.setenv(ROOT_ENV, str(proposal.root))
    book, by_hand = (
        opened(tmp_path, chosen(text, 'encoding = "gb18030"\n')),
        Book.open("raw_export"),
    )
    mine, theirs = (
        tomllib.loads(text)["tables"],
        tomllib.loads((folder / "book.toml").read_text(encoding="utf-8"))["tables"],
    )
    for name, given_by_hand in theirs.items():
        assert mine[name]["columns"] == given_by_hand["columns"]
        assert {key: mine[name].get(key) for key in ("path", "sep", "unit", "na")} == {
            key: given_by_hand.get(key) for key in ("path", "sep", "unit", "na")
        }
    pd.testing.assert_frame_equal(book.rollup(period="month"), by_hand.rollup(period="month"))


def test_every_table_of_the_clean_book_is_found(tmp_path):
    proposal, text = proposed(tmp_path, *sorted((DATASETS / "linjiang").glob("*.csv")))
    # credit_features stands in the place of credit events, which this book has
    made = [name for name in TABLES if name != "credit_features"]
    assert set(proposal.tables) == set(made) and not proposal.unused and not proposal.open_points
    assert [point.split(":")[0] for _, point in decisions(text)] == ["currency"]
    for name in made:
        with (DATASETS / "linjiang" / f"{name}.csv").open(encoding="utf-8") as stream:
            header = next(csv.reader(stream))
        assert columns(proposal, name) == {own: own for own in header}


# Made files: languages, encodings, forms


def test_big5_with_titles_unit_and_void_rows(tmp_path):
    rows = "".join(
        f"C{i % 9:03d},2024/{i % 12 + 1}/5,{i}.5,電力,{'作廢' if i % 4 == 0 else '正常'}\n"
        for i in range(1, 60)
    )
    head = "公司名稱:台灣電力設備股份有限公司\n單位:萬元\n\n客戶代號,訂單日期,銷售金額,產品類別,單據狀態\n"
    _, text = proposed(tmp_path, write(tmp_path, "明細.csv", head + rows, "big5"))
    assert (
        "skip = 3" in text
        and 'unit.revenue = "万元"' in text
        and 'currency = "' in unsure(text) + text
    )
    assert "as big5: '公司名稱:台灣電力設備股份有限公司'" in unsure(
        text
    ) and "正常 45, 作廢 14" in unsure(text)
    on = chosen(text, 'encoding = "big5"', 'void."單據狀態" = ["作廢"]')
    total = 10_000 * sum(i + 0.5 for i in range(1, 60) if i % 4)
    assert opened(tmp_path, on).totals()["revenue"].tolist() == [total]


def test_monthly_files_in_german(tmp_path):
    for month in (1, 2, 3):
        rows = "".join(
            f"{10000 + i % 7};{i:02d}.{month:02d}.2024;1.234,5{i % 10};Geräte\n"
            for i in range(1, 29)
        )
        write(
            tmp_path,
            f"umsatz_2024-{month:02d}.csv",
            "Kundennummer;Rechnungsdatum;Nettobetrag (EUR);Warengruppe\n" + rows,
            "latin-1",
        )
    proposal, text = proposed(tmp_path, *sorted(tmp_path.glob("*.csv")))
    given = tomllib.loads(text)
    assert given["currency"] == "EUR" and "root_env" not in given
    ledger = given["tables"]["ledger"]
    assert (ledger["path"], ledger["sep"], ledger["decimal"]) == ("umsatz_2024-*.csv", ";", ",")
    assert ledger["date_format"] == {"date": "%d.%m.%Y"} and "encoding" not in ledger
    assert columns(proposal, "ledger") == {
        "date": "Rechnungsdatum", "account_id": "Kundennummer", "line": "Warengruppe", "revenue": "Nettobetrag (EUR)",
    }  # fmt: skip
    cents = 3 * sum(123450 + i % 10 for i in range(1, 29))
    book = opened(tmp_path, chosen(text, 'encoding = "cp1252"'))
    assert book.totals()["revenue"].tolist() == [cents / 100] and book.table("ledger")[
        "line"
    ].unique().tolist() == ["Geräte"]


def test_french_accounts(tmp_path):
    rows = "".join(f"{i};Société d'Énergie {i};Électricité\n" for i in range(40))
    proposal, text = proposed(
        tmp_path,
        write(
            tmp_path,
            "clients.csv",
            "N° client;Raison sociale;Secteur d'activité\n" + rows,
            "cp1252",
        ),
    )
    expected = {
        "account_id": "N° client",
        "name_en": "Raison sociale",
        "sector": "Secteur d'activité",
    }
    assert columns(proposal, "accounts") == expected
    assert (
        '# encoding = "cp1252"' in text and "[tables.ledger] is missing" in proposal.open_points[0]
    )


def test_day_and_month_in_any_order_are_both_shown(tmp_path):
    rows = "".join(f"K{i},{i:02d}/{13 - i:02d}/2024,{i}\n" for i in range(1, 13))
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", "cust_no,order_date,amount\n" + rows))
    assert "'01/12/2024' is 2024-12-01 (%d/%m/%Y), or 2024-01-12 (%m/%d/%Y)" in unsure(text)
    day_first = opened(tmp_path, chosen(text, 'date_format.date = "%d/%m/%Y"')).table("ledger")[
        "date"
    ]
    assert day_first[0] == pd.Timestamp("2024-12-01")


@pytest.mark.parametrize(
    ("values", "form", "reason"),
    [
        (["2024-03-05", "2024年3月5日", "20240305"], "", ""),
        (["31/01/2024", "01/02/2024"], "%d/%m/%Y", "31/01/2024 is 2024-01-31"),
        (["1/31/2024 1:05 PM", "2/1/2024 11:00 AM"], "%m/%d/%Y %I:%M %p", ""),
        (["45356", "45357"], "excel", "45356 is 2024-03-05"),
        (["202403", "202404"], "%Y%m", ""),
        (["05-Mar-24", "31-Dec-23"], "%d-%b-%y", ""),
        (["31/01/2024", "01/31/2024"], "", "mixed orders: '31/01/2024' reads only as %d/%m/%Y"),
        (["113/03/05", "113/12/31"], "roc", "113/03/05 is 2024-03-05"),
        (["soon", "later"], "", "no format reads all"),
    ],
)
def test_dates(values, form, reason):
    found = judging.Judge().dates(values, TABLES["ledger"].column("date"), judging.Source(name=""))
    assert found.form == form and reason in found.reason


@pytest.mark.parametrize(
    ("values", "sep", "expected"),
    [
        (["1.234,50", "7,5"], ";", (",", "")),
        (["1,234.50", "7.5"], ",", (".", "")),
        (["12", "7"], ";", (".", "")),
        (["1,234", "2,345"], ",", (".", "")),
        (["1.234"], ";", (",", "'1.234' is 1234, or has three decimals")),
        (["7,5", "7.5"], ";", (",", "some amounts have a decimal comma and some a decimal point")),
    ],
)
def test_decimal_sign(values, sep, expected):
    assert judging.decimal_sign(values, sep) == expected


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 0.15, 0.05], "fraction"),
        ([0, 15, 5], "percent"),
        ([0.9, 0.95], ""),
        ([90, 95], ""),
        ([], "percent"),
    ],
)
def test_discounts_are_judged_by_their_values(values, kind):
    assert judging.discount_kind(values)[0] == kind


def test_a_share_of_the_price_leaves_both_readings(tmp_path):
    lines = "cust_no,price,qty,discount\n" + "".join(f"K{i},10,2,0.9\n" for i in range(5))
    _, text = proposed(tmp_path, write(tmp_path, "lines.csv", lines))
    assert "is 0.9 ten percent off (九折), or ninety?" in unsure(text)
    assert "# " in text and text.count('# sql = """') == 2 and "list_price * lines" not in text
    assert (
        "lines.price * lines.qty * (1 - lines.discount)" in text
        and "lines.price * lines.qty * lines.discount" in text
    )


def test_lines_find_their_account_by_a_shared_key(tmp_path):
    heads = "order_no,customer_code,order_date\n" + "".join(
        f"{i},C{i % 7},2024-03-{i % 28 + 1:02d}\n" for i in range(50)
    )
    lines = "order_no,item,price,qty,disc\n" + "".join(
        f'{i // 2},x,"{i + 1},50",{i % 5 + 1},{i % 3 * 10}%\n' for i in range(100)
    )
    proposal, text = proposed(
        tmp_path, write(tmp_path, "heads.csv", heads), write(tmp_path, "order.csv", lines)
    )
    assert set(proposal.files) == {"heads", "file_order"} and [
        p.split(":")[0] for p in unsure(text).split("\n")
    ] == ["currency"]
    total = sum((i + 1.5) * (i % 5 + 1) * (1 - i % 3 / 10) for i in range(100))
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [round(total, 2)]


def test_lines_without_their_order_are_faults_not_lost(tmp_path):
    heads = "order_no,customer_code\n" + "".join(f"{i},C{i}\n" for i in range(20))
    lines = "order_no,amount\n" + "".join(f"{i},10\n" for i in range(21))
    _, text = proposed(
        tmp_path, write(tmp_path, "heads.csv", heads), write(tmp_path, "lines.csv", lines)
    )
    assert "# 95% of the 21 values of order_no were found in heads.csv" in text
    asked = "ledger: where: account_id: 1 row: empty (line 21): this line leaves such rows out"
    assert asked in unsure(text) and '\n# where = "account_id IS NOT NULL"\n' in text
    assert "\nWHERE" not in text
    book = opened(tmp_path, first_choices(text))
    assert book.totals()["revenue"].tolist() == [200.0]
    told = "ledger: 1 row of 21 with 10.00 of revenue is left out by where (account_id IS NOT NULL)"
    assert told in book.notes
    (row,) = book.reconciliation
    assert (row["rows left out by where"], row["money left out by where"]) == (1, 10.0)
    page = "Left out by where, in no number here: 1 of 21 rows of ledger, with 10.00 of revenue "
    assert left_out(book) == [f"{page}(4.8 % of 210.00)."]


def test_a_long_head_file_leaves_the_join_open(tmp_path, monkeypatch):
    monkeypatch.setattr(peeking, "LOOKED_ROWS", 50)
    heads = "order_no,customer_code\n" + "".join(f"{i},C{i % 9}\n" for i in range(70))
    lines = "order_no,amount\n" + "".join(f"{i},10\n" for i in range(40))
    _, text = proposed(
        tmp_path, write(tmp_path, "heads.csv", heads), write(tmp_path, "lines.csv", lines)
    )
    assert (
        "a value of order_no that stands twice there counts lines twice" in unsure(text)
        and "\nsql" not in text
    )


def test_net_and_gross_and_an_invoice_list_as_ledger(tmp_path):
    both = "客户编号,含税金额,未税金额\nA1,113,100\nA2,226,200\n"
    proposal, _ = proposed(tmp_path, write(tmp_path, "a.csv", both))
    assert columns(proposal, "ledger") == {"account_id": "客户编号", "revenue": "未税金额"}
    invoices = "客户编号\t开票日期\t发票号\t含税金额\n" + "".join(
        f"A{i % 3}\t2024-01-0{i}\tF{i}\t{i}\n" for i in range(1, 9)
    )
    proposal, text = proposed(tmp_path, write(tmp_path, "inv.txt", invoices))
    assert set(proposal.tables) == {
        "invoices",
        "ledger",
    } and "'含税金额' is with tax by its name" in unsure(text)


def test_missing_codes_sure_and_unsure(tmp_path):
    rows = "".join(
        f"A{i},{'NULL' if i % 5 == 0 else i},{-99 if i % 4 == 0 else i}\n" for i in range(1, 30)
    )
    _, text = proposed(
        tmp_path,
        write(tmp_path, "a.csv", "客户编号,销售成本,数量\n".replace("数量", "销售额") + rows),
    )
    assert (
        'na = ["NULL"]' in text
        and "'-99' may mean missing: it stands 7 times in revenue" in unsure(text)
    )


def test_gzip_parquet_sheets_and_a_database_agree(tmp_path):
    frame = pd.DataFrame(
        {"客户编号": ["001", "A2"], "订单日期": ["2024-01-05", "2024-02-05"], "金额": [100.5, 7.0]}
    )
    with gzip.open(tmp_path / "a.csv.gz", "wt", encoding="utf-8") as stream:
        frame.to_csv(stream, index=False)
    frame.to_parquet(tmp_path / "b.parquet")
    with pd.ExcelWriter(tmp_path / "c.xlsx") as book:
        pd.DataFrame({"说明": ["导出于"]}).to_excel(book, sheet_name="封面", index=False)
        frame.to_excel(book, sheet_name="明细", index=False, startrow=2)
    with sqlite3.connect(tmp_path / "d.sqlite") as database:
        frame.to_sql("订单 明细", database, index=False)
    for name in ("a.csv.gz", "b.parquet", "c.xlsx", "d.sqlite"):
        proposal, text = proposed(tmp_path, tmp_path / name)
        assert columns(proposal, "ledger") == {
            "date": "订单日期",
            "account_id": "客户编号",
            "revenue": "金额",
        }, name
        assert opened(tmp_path, text).rollup()["account_id"].tolist() == ["001", "A2"], name


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_old_workbook(tmp_path):
    write(tmp_path, "old.csv", "cust_no,order_date,amount\n001,2024-01-05,5.5\nA2,2024-01-31,7\n")
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xls", "--outdir", tmp_path,
         tmp_path / "old.csv"], check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    if not (tmp_path / "old.xls").exists():
        pytest.skip("this LibreOffice is without Calc")
    proposal, text = proposed(tmp_path, tmp_path / "old.xls")
    assert columns(proposal, "ledger") == {
        "date": "order_date",
        "account_id": "cust_no",
        "revenue": "amount",
    }
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [12.5]


def test_files_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG\0abc" * 50 + bytes(10))
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04oops")
    (tmp_path / "broken.db").write_bytes(b"no database")
    (tmp_path / "bare.db").write_bytes(b"")
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8bno")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    write(tmp_path, "empty.csv", "\n \n")
    write(tmp_path, "headless.csv", "A1,5\nA2,6\n1,2\n".replace("A", "1"))
    write(tmp_path, "twice.csv", "a,b,a\n1,2,3\n")
    write(tmp_path, "bare.csv", "customer_id,amount\n")
    names = sorted(path.name for path in tmp_path.iterdir())
    proposal, _ = proposed(tmp_path, *(tmp_path / name for name in names), tmp_path)
    text = "\n".join(proposal.unread)
    assert not proposal.tables and all(name in text for name in names)
    for words in (
        "holds data, not names",
        "a header but no row",
        "names a more than once",
        "the file is empty",
        "a folder",
        "there is no table in it",
    ):
        assert words in text


def test_paths_inside_stay_relative_and_outside_get_a_root(tmp_path):
    inside, outside = tmp_path / "book", tmp_path / "it's [data]"
    (inside / "raw").mkdir(parents=True)
    outside.mkdir()
    text = "customer_id,amount\nA1,5\n"
    proposal, book = proposed(inside, write(inside / "raw", "s[1].csv", text))
    assert (
        tomllib.loads(book)["tables"]["ledger"]["path"] == "raw/s[[]1].csv" and not proposal.outside
    )
    assert opened(inside, book).totals()["revenue"].tolist() == [5.0]
    proposal, book = proposed(inside, write(outside, "s.csv", text))
    steps = "\n".join(first_steps(inside / "book.toml", book, proposal))
    assert f"export {ROOT_ENV}='{tmp_path}/it'\"'\"'s [data]'" in steps


# Names and texts


def test_synonyms_name_columns_of_the_contract():
    assert synonyms.undeclared() == []


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("客戶編號", "account_id"), ("客户代码", "account_id"), ("KUNNR", "account_id"), ("Cust. No.", "account_id"), ("t.cust_no", "account_id"),
        ("未稅金額", "revenue"), ("銷售額(萬元)", "revenue"), ("NETWR", "revenue"), ("net amount [USD]", "revenue"), ("Chiffre d’affaires", "revenue"),
        ("單據日期", "date"), ("FKDAT", "date"), ("數量", "volume"), ("產品類別", "line"), ("Ｑｔｙ", "volume"), ("銷貨成本", "cost_goods"),
    ],
)  # fmt: skip
def test_headers_in_use(header, column):
    known = synonyms.known_as("ledger", TABLES["ledger"].column(column))
    assert min(known[way] for way in synonyms.keys(header) if way in known)[0] <= 1


HEADERS = [
    "客户编号",
    "customer_id",
    "amount",
    "金额(万元)",
    "含税金额",
    "order_date",
    "price",
    "qty",
    "discount",
    "状态",
    "name",
    "date",
    "line",
]
CELLS = [
    "A1",
    "1,5",
    "1.234,50",
    "01/02/2024",
    "45000",
    "NULL",
    "-99",
    "作废",
    "0.15",
    "90%",
    "",
    "=1+1",
    "2024年3月",
]
hostile = st.one_of(
    st.sampled_from(
        [
            *HEADERS,
            'a"b',
            "a'''b",
            '"""',
            "x\ny",
            "x\r\ny",
            "😀",
            "\x7f\x00\x1b[31m",
            "\\",
            "長" * 5_000,
            "# off",
            "a.b",
            "\u202e",
        ]
    ),
    st.text(max_size=12),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    header=st.lists(hostile, min_size=1, max_size=6, unique=True),
    rows=st.lists(
        st.lists(st.one_of(st.sampled_from(CELLS), st.text(max_size=8)), max_size=7), max_size=8
    ),
    sep=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    name=st.sampled_from(["a.csv", "订单.txt", "select.tsv", "x y'z\".csv"]),
)
def test_any_file_gives_toml_that_the_book_reads(header, rows, sep, encoding, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("w", encoding=encoding, errors="replace", newline="") as stream:
            csv.writer(stream, delimiter=sep).writerows([header, *rows])
        _, text = proposed(Path(folder), path)
        (Path(folder) / "book.toml").write_text(text, encoding="utf-8")
        try:
            read_settings(Path(folder) / "book.toml")
        except BookFaults as error:
            undecided = (
                "there is no table of transactions",
                "does not say where its rows come from",
                "needs one of",
                "needs ",
            )
            assert all(
                any(words in fault.problem for words in undecided) for fault in error.faults
            ), str(error)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    data=st.binary(min_size=1, max_size=300),
    name=st.sampled_from(["a.csv", "a.csv.gz", "a.xlsx", "a.xls", "a.parquet", "a.db"]),
)
def test_any_bytes_are_looked_at_without_a_traceback(data, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        peeks, problems = peek(path)
        assert peeks or problems
        proposed(Path(folder), path)


def test_hostile_names_reach_neither_screen_nor_sql_as_code(tmp_path):
    header = '"price ""; DROP TABLE x --",cust_no,"unit\nprice",qty,\x1b[31mred\n'
    _, text = proposed(tmp_path, write(tmp_path, "a.csv", header + "9,K1,2.5,4,x\n9,K2,2.5,2,x\n"))
    assert "\x1b" not in text
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [15.0]
    screen = first_steps(tmp_path / "book.toml", text, propose(tmp_path, [tmp_path / "a.csv"]))
    assert all(line.isprintable() for line in screen)


def test_what_the_screen_lists_stands_in_the_file_on_that_line(tmp_path):
    # once: three things on the screen and one of them in book.toml
    write(tmp_path, "orders_a.csv", "cust_no,order_date,amount\nA1,2024-01-03,5\n")
    write(tmp_path, "orders_b.csv", "cust_no,order_date,amount,note\nA1,2024-01-03,7,x\n")
    proposal, text = proposed(tmp_path, tmp_path / "orders_a.csv", tmp_path / "orders_b.csv")
    assert proposal.open_points
    screen = first_steps(tmp_path / "book.toml", text, proposal)
    lines = text.split("\n")
    told = [re.search(r"^  \d+\. line (\d+): (.*)", line) for line in screen]
    told = [found for found in told if found]
    assert len(told) == len(proposal.open_points) + len(decisions(text))
    for found in told:
        assert found[2][:60] in lines[int(found[1]) - 1]
    assert sum(line.startswith("# open: ") for line in lines) == len(proposal.open_points)


def test_the_command_writes_once_and_lists_what_to_decide(tmp_path):
    write(tmp_path, "a.csv", "cust_no,order_date,amount\nA1,01/02/2024,5\n")
    write(tmp_path, "b.csv", "x,y\nfoo,bar\n")
    call = ["keyacct", "init", "nw", "--from", "a.csv", "b.csv"]
    program = [sys.executable, "-m", "keyacct_utils.running.cli", *call[1:]]
    first = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (
        first.returncode == 0 and "2 things to decide" in first.stdout and "b.csv" in first.stdout
    ), first.stderr
    number = int(re.search(r"line (\d+): ledger: date_format.date", first.stdout)[1])
    assert (
        (tmp_path / "nw" / "book.toml")
        .read_text(encoding="utf-8")
        .split("\n")[number - 1]
        .startswith("# unsure: ledger: date_format")
    )
    check = [sys.executable, "-m", "keyacct_utils.running.cli", "check", "nw"]
    said = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = said.stdout + said.stderr
    assert f"line {number}: ledger: date_format.date" in told and "Traceback" not in told
    again = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "exists and stays as it is" in again.stderr


def test_a_decision_is_taken_once_its_line_is_on(tmp_path):
    rows = "K1,01/02/2024,5,A\nK2,03/04/2024,6,X\n"
    file = write(tmp_path, "a.csv", "Customer No,Posting Date,Net Amount,Status\n" + rows)
    _, text = proposed(tmp_path, file)
    points = [point.split(":")[0] + point.split(":")[1] for _, point in undecided(text)]
    assert points == [
        "currency no file names it, or names several; amounts are shown without one until a line is on",
        "ledger date_format.date",
        'ledger void."Status"',
    ]
    on = chosen(text, 'currency = "CNY"', 'void."Status" = ["X"]')
    assert [point.split(":")[1] for _, point in undecided(on)] == [" date_format.date"]
    assert not undecided(first_choices(text))


def test_chances_to_sell_are_no_second_ledger(tmp_path):
    heads = {
        "销售明细.csv": ["日期,客户编号,业务员,销售额", "2024-01-02,0001,赵六,100", "2024-02-02,0002,李强,50"],
        "商机.csv": [
            "商机编号,客户编号,业务员,商机类型,开始日期,结束日期,结果,金额(万元)",
            "T0001,0001,赵六,新客户,2023-12-14,2024-03-08,输单,7.18",
            "T0002,0002,李强,续约,2024-01-14,2024-03-08,赢单,2.18",
        ],
    }  # fmt: skip
    for name, lines in heads.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="gb18030")
    proposal, text = proposed(tmp_path, *(tmp_path / name for name in heads))
    assert set(proposal.tables) >= {"ledger", "opportunities"}
    assert "商机.csv" in text and not any("UNION ALL" in point for point in proposal.open_points)
