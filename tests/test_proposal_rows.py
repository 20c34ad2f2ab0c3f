"""``keyacct init --from``: rows that must not count as they stand, each told in one line to decide."""

from __future__ import annotations

import re

import pytest
from test_proposal import chosen, opened, proposed, unsure, write

from keyacct_utils.book import Book, template
from keyacct_utils.book.proposing import judging, proposal


def total(folder, text, *lines):
    return opened(folder, chosen(text, *lines)).totals()["revenue"].tolist()


def test_several_currencies_are_told_and_one_currency_makes_a_book(tmp_path):
    rows = "K1,2024-01-05,100,EUR\nK1,2024-01-06,9000,JPY\nK2,2024-02-05,50,EUR\n"
    file = write(tmp_path, "a.csv", "Kunden-Nr,Rechnungsdatum,Nettobetrag,Waers\n" + rows)
    _, text = proposed(tmp_path, file)
    assert "the column 'Waers' holds EUR 2, JPY 1: amounts of several currencies" in unsure(text)
    assert "give instead what one unit is worth" in unsure(text)
    assert "currency_rates = { JPY = ... }" in unsure(text)
    assert total(tmp_path, text, 'void."Waers" = ["JPY"]') == [150.0]
    proposal, text = proposed(
        tmp_path,
        write(tmp_path, "b.csv", "Kunden-Nr,Nettobetrag,Waers\nK1,5,CHF\nK2,6,CHF\n"),
    )
    assert proposal.currency == "CHF" and not unsure(text)


def test_a_book_whose_data_lie_elsewhere_says_where_they_were_found(tmp_path, monkeypatch):
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir(), data.mkdir()
    file = write(data, "a.csv", "Kunden-Nr,Nettobetrag\nK1,5\nK2,6\n")
    text = template.book_template(proposal.propose(home, [file]))
    (home / "book.toml").write_text(text, encoding="utf-8")
    monkeypatch.delenv("KEYACCT_DATA", raising=False)
    with pytest.raises(ValueError, match="is not set") as caught:
        Book.open(home)
    assert f"set KEYACCT_DATA to the folder of the data, {data}" in str(caught.value)


def test_rates_settle_the_choice_among_currencies(tmp_path):
    rows = "K1,2024-01-05,100,EUR\nK1,2024-01-06,9000,JPY\nK2,2024-02-05,50,EUR\n"
    file = write(tmp_path, "a.csv", "Kunden-Nr,Rechnungsdatum,Nettobetrag,Waers\n" + rows)
    _, text = proposed(tmp_path, file)
    assert any("currencies" in point for _, point in template.undecided(text))
    rates = "currency_rates = { EUR = 1, JPY = 0.006 }"
    for text_of in (
        text.replace("[tables.ledger]", f"[tables.ledger]\n{rates}"),
        re.sub(r'(?m)^# (void\."?Waers"? = .*)$', rates, text, count=1),
    ):
        assert rates in text_of
        assert not any("currencies" in point for _, point in template.undecided(text_of))


@pytest.mark.parametrize(
    ("header", "plus", "minus"),
    [
        ("S/H", "S", "H"),
        ("D/C", "D", "C"),
        ("Soll/Haben", "Soll", "Haben"),
        ("借贷方向", "借", "贷"),
        ("Kind", "Invoice", "Credit Memo"),
        ("Belegart", "Rechnung", "Gutschrift"),
        ("tipo", "Factura", "Abono"),
        ("发票类型", "蓝字", "红字"),
    ],
)
@pytest.mark.parametrize("thousands", [False, True])
def test_amounts_without_a_sign_beside_debit_and_credit(header, plus, minus, thousands, tmp_path):
    amounts = ("1,100.00", "1,030.00", "1,090.00") if thousands else ("100.00", "30.00", "90.00")
    rows = "".join(
        f'{account},2024-01-0{day},"{amount}", {side}\n'
        for account, day, amount, side in zip(
            ("K1", "K1", "K2"), (5, 6, 7), amounts, (plus, minus, plus), strict=True
        )
    )
    file = write(tmp_path, "l.csv", f"Customer No,Posting Date,Net Value,{header}\n{rows}")
    _, text = proposed(tmp_path, file)
    assert f"no amount of {minus} has a minus" in unsure(text)
    first = re.sub(r'# sql = """\n((?:# .*\n)+?)# """', _on, text, count=1)
    right = 1160.0 if thousands else 160.0
    assert opened(tmp_path, first).totals()["revenue"].tolist() == [right]


def _on(found: re.Match[str]) -> str:
    return 'sql = """\n' + re.sub("(?m)^# ", "", found[1]) + '"""'


def test_letters_that_say_neither_debit_nor_credit_are_no_doubt(tmp_path):
    rows = "K1,100,C\nK1,30,D\n"
    _, text = proposed(tmp_path, write(tmp_path, "l.csv", "Customer No,Net Value,Size\n" + rows))
    assert "sql:" not in unsure(text)
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [130.0]


def test_credit_with_its_own_minus_is_no_doubt(tmp_path):
    rows = "K1,100,Invoice\nK1,-30,Credit Memo\n"
    _, text = proposed(tmp_path, write(tmp_path, "l.csv", "Customer No,Net Value,Type\n" + rows))
    assert "sql:" not in unsure(text)
    assert opened(tmp_path, text).totals()["revenue"].tolist() == [70.0]


def test_invoices_made_void_are_named(tmp_path):
    rows = "".join(
        f"G{i % 3},{i},{' 作废发票' if i % 4 == 0 else '正常发票'}\n" for i in range(1, 9)
    )
    _, text = proposed(tmp_path, write(tmp_path, "l.csv", "客户编号,未税金额,发票状态\n" + rows))
    assert "'发票状态' holds 正常发票 6, 作废发票 2" in unsure(text)
    assert total(tmp_path, text, 'void."发票状态" = ["作废发票"]') == [24.0]


def test_states_of_unknown_words_are_named_too(tmp_path):
    rows = "K1,100,A\nK1,30,A\nK2,7,X\n"
    _, text = proposed(tmp_path, write(tmp_path, "l.csv", "Customer No,Net Value,Status\n" + rows))
    assert "'Status' holds A 2, X 1: every row counts" in unsure(text)
    assert total(tmp_path, text, 'void."Status" = ["X"]') == [130.0]


@pytest.mark.parametrize(
    "words",
    [
        ("Opening Balance", "Closing Balance"),
        ("期初余额", "本月合计"),
        ("Saldovortrag", "Endsaldo"),
        ("Report à nouveau", "Solde final"),
    ],
)
def test_balances_among_postings_are_named(words, tmp_path):
    rows = f"2024-01-01,C1,{words[0]},800\n2024-01-05,C1,Inv 1,70\n2024-01-31,C1,{words[1]},870\n"
    file = write(tmp_path, "l.csv", "Date,Customer No,Particulars,Net Amount\n" + rows)
    _, text = proposed(tmp_path, file)
    assert f"'Particulars' holds {words[0]} 1, {words[1]} 1" in unsure(text)
    line = f'void."Particulars" = ["{words[0]}", "{words[1]}"]'
    assert total(tmp_path, text, line) == [70.0]


def test_a_joined_ledger_has_the_same_lines(tmp_path):
    heads = "order_no,customer_code,order_status\n" + "".join(
        f"{i},C{i % 3},{'cancelled' if i % 5 == 0 else 'shipped'}\n" for i in range(20)
    )
    lines = "order_no,amount\n" + "".join(f"{i},10\n" for i in range(20))
    _, text = proposed(
        tmp_path, write(tmp_path, "heads.csv", heads), write(tmp_path, "lines.csv", lines)
    )
    assert "'order_status' holds shipped 16, cancelled 4" in unsure(text)
    assert total(tmp_path, text, 'void."order_status" = ["cancelled"]') == [160.0]


@pytest.mark.parametrize("sep", [",", "\t", ";", "|"])
def test_points_before_three_digits_are_asked_for_in_every_text_file(sep):
    assert judging.decimal_sign(["1.250", "980", "12.500"], sep) == (
        ",",
        "'1.250' is 1250, or has three decimals",
    )
    assert judging.decimal_sign(["1.250", "980", "12.50"], sep) == (".", "")


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["1/5/2024 12:00:00 AM", "12/31/2024 11:59:00 PM"], "%m/%d/%Y %I:%M:%S %p"),
        (["31.12.2024 11:59 PM", "01.05.2024 01:00 AM"], "%d.%m.%Y %I:%M %p"),
    ],
)
def test_times_of_twelve_hours_get_a_format(values, form, tmp_path):
    rows = "".join(f"K{i},5,{value}\n" for i, value in enumerate(values))
    _, text = proposed(tmp_path, write(tmp_path, "l.csv", "Customer No,Amount,Date\n" + rows))
    assert f'date_format.date = "{form}"' in text
    assert opened(tmp_path, text).table("ledger")["date"].dt.day.tolist() in ([5, 31], [31, 1])


def test_names_in_the_ledger_make_the_table_of_accounts(tmp_path):
    rows = [
        f"K{n % 6:03d},临江{'甲乙丙丁戊己'[n % 6]}有限公司,2024-{n % 12 + 1:02d}-05,货{n % 5},{100 + n}\n"
        for n in range(48)
    ]
    head = "客户编号,客户名称,日期,产品名称,金额\n"
    made, text = proposed(tmp_path, write(tmp_path, "a.csv", head + "".join(rows)))
    found = {choice.column.name: choice.own for choice in made.tables["accounts"].choices}
    assert found == {"account_id": "客户编号", "name_zh": "客户名称"}
    assert 'repeated_keys = "first"' in text
    # what one table takes from the file, the other does not call unused
    assert made.tables["ledger"].unused == made.tables["accounts"].unused == []
    accounts = opened(tmp_path, text).table("accounts").set_index("account_id")["name_zh"]
    assert accounts["K002"] == "临江丙有限公司" and len(accounts) == 6


def test_names_are_proposed_too_where_the_encoding_and_a_row_of_sums_are_to_be_decided(tmp_path):
    # once: no accounts at all, and the names "not used"
    rows = [
        f"K{n % 6:03d},临江{'甲乙丙丁戊己'[n % 6]}有限公司,2024-{n % 12 + 1:02d}-05,{100 + n}\n"
        for n in range(48)
    ]
    total = f"合计,,,{sum(100 + n for n in range(48))}\n"
    path = tmp_path / "a.csv"
    path.write_bytes(("客户编号,客户名称,日期,金额\n" + "".join(rows) + total).encode("gb18030"))
    made, text = proposed(tmp_path, path)
    found = {choice.column.name: choice.own for choice in made.tables["accounts"].choices}
    assert found == {"account_id": "客户编号", "name_zh": "客户名称"}
    assert made.tables["ledger"].unused == []
    assert "accounts: encoding: it is the file of the ledger: take the same line as there" in text
    for line in ('encoding = "gb18030"', 'void."客户编号" = ["合计"]'):
        assert text.count(f"# {line}") == 2
        text = text.replace(f"# {line}", line)
    accounts = opened(tmp_path, text).table("accounts").set_index("account_id")["name_zh"]
    assert accounts["K002"] == "临江丙有限公司" and len(accounts) == 6


def test_a_name_that_changes_from_row_to_row_is_none_of_the_account(tmp_path):
    rows = [f"K{n % 6:03d},Part {n % 7},2024-{n % 12 + 1:02d}-05,{100 + n}\n" for n in range(48)]
    head = "customer_id,customer_name,date,amount\n"
    made, _ = proposed(tmp_path, write(tmp_path, "a.csv", head + "".join(rows)))
    assert "accounts" not in made.tables
