"""How amounts are written: signs and codes of every currency, groups, debit and credit, and what stays open."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from babel import Locale
from babel.numbers import format_currency
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book
from keyacct_utils.book.intake.currency_marks import INDIAN, MARKS
from keyacct_utils.book.proposing import judging
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES

WriteBook = Callable[..., Path]


def table(amounts: list[str], sep: str = ",") -> str:
    stream, sep = io.StringIO(), sep.replace("\\t", "\t")
    rows = [("account_id", "revenue"), *((f"A{i:02d}", text) for i, text in enumerate(amounts))]
    csv.writer(stream, delimiter=sep).writerows(rows)
    return stream.getvalue()


def book_of(write_book: WriteBook, amounts: list[str], currency: str = "", **how: str) -> Path:
    sep = how.get("sep", ",")
    options = "\n".join(f'{key} = "{value}"' for key, value in how.items())
    book = write_book(table(amounts, sep), options=options)
    if currency:
        text = book.read_text(encoding="utf-8").replace(
            "[tables", f'currency = "{currency}"\n[tables', 1
        )
        book.write_text(text, encoding="utf-8")
    return book


def read(book: Path) -> list[float]:
    return Book.open(book).rollup(by_line=False)["revenue"].tolist()


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


POINT = [
    ("CHF", ["CHF 1'234.50", "Fr. 1’234.50", "1'234.50 SFr."]),
    ("INR", ["₹1,234.50", "Rs. 1,234.50", "Rs.1234.50", "Rs 1,234.50", "INR 1,234.50"]),
    ("SGD", ["S$1,234.50", "SGD 1,234.50", "$1,234.50"]),
    ("AUD", ["A$1,234.50", "AU$ 1,234.50", "1,234.50 AUD"]),
    ("CAD", ["CA$1,234.50", "C$1,234.50", "$1,234.50 CAD"]),
    ("MXN", ["MX$1,234.50", "$1,234.50", "MXN1,234.50"]),
    ("ILS", ["₪1,234.50", "1,234.50 ₪", "ILS 1,234.50"]),
    ("THB", ["฿1,234.50", "THB 1,234.50", "1,234.50 บาท"]),
    ("CNY", ["CN¥1,234.50", "￥1,234.50", "RMB 1,234.50", "1,234.50元"]),
    ("AED", ["AED 1,234.50", "Dhs. 1,234.50", "1,234.50 د.إ"]),
    ("KRW", ["₩1,234.50", "￦1,234.50", "KRW 1,234.50"]),
]
COMMA = [
    ("BRL", ["R$ 1.234,50", "R$1.234,50", "BRL 1.234,50"]),
    ("SEK", ["1 234,50 kr", "SEK 1.234,50", "1.234,50 kr."]),
    ("DKK", ["kr. 1.234,50", "1.234,50 DKK"]),
    ("PLN", ["1 234,50 zł", "1.234,50 PLN"]),
    ("TRY", ["₺1.234,50", "1.234,50 TL", "TRY 1.234,50"]),
    ("RUB", ["1 234,50 ₽", "1 234,50 руб.", "RUB 1234,50"]),
    ("VND", ["1.234,50 ₫", "1.234,50 đ", "VND 1.234,50"]),
    ("CHF", ["Fr. 1.234,50", "1.234,50 CHF"]),
    ("EUR", ["1.234,50 €", "€ 1.234,50", "EUR 1.234,50"]),
]


@pytest.mark.parametrize(("currency", "written"), POINT)
def test_amounts_in_the_declared_currency(currency, written, write_book):
    assert read(book_of(write_book, written, currency)) == [1234.5] * len(written)


@pytest.mark.parametrize(("currency", "written"), COMMA)
def test_amounts_with_a_decimal_comma_in_the_declared_currency(currency, written, write_book):
    book = book_of(write_book, written, currency, sep=";", decimal=",")
    assert read(book) == [1234.5] * len(written)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("(Rs. 1,234.50)", -1234.5), ("Rs. (1,234.50)", -1234.5), ("-S$5", -5), ("S$-5", -5), ("kr -5", -5),
        ("₺5-", -5), ("5- ₽", -5), ("5 CHF-", -5), ("(5 zł)", -5), ("1'234-", -1234),
    ],
)  # fmt: skip
def test_signs_of_taking_back_beside_a_currency(written, amount, write_book):
    assert read(book_of(write_book, [written])) == [amount]


@pytest.mark.parametrize(
    ("currency", "written"),
    [("CHF", "€ 5"), ("SEK", "5 zł"), ("INR", "$5"), ("BRL", "US$ 5"), ("USD", "$5 CAD"), ("KRW", "5 TL")],
)  # fmt: skip
def test_another_currency_than_the_declared_one_is_a_fault(currency, written, write_book):
    fault = report(book_of(write_book, ["7", written], currency))
    assert f"1 row: in another currency: line 3 {written!r}" in fault


@pytest.mark.parametrize(
    "written", ["5K", "5 M", "STOP 5", "5 ALLE", "total", "5 pcs", "€ 5 €5", "5Rs.5"]
)
def test_letters_that_are_no_currency_stay_a_fault(written, write_book):
    assert "not an amount" in report(book_of(write_book, [written]))


JUDGE = judging.Judge()
LOCALES = ["en_US", "en_IN", "de_DE", "de_CH", "sv_SE", "pl_PL", "pt_BR", "fr_FR", "ja_JP", "zh_CN"]


@given(
    cents=st.integers(-(10**9), 10**9),
    currency=st.sampled_from(sorted({codes[0] for codes in MARKS.values() if len(codes) == 1})),
    locale=st.sampled_from(LOCALES),
)
@settings(max_examples=150, derandomize=True, deadline=None, database=None)
def test_what_a_locale_writes_is_read_or_refused_and_never_another_number(cents, currency, locale):
    """Amounts as CLDR writes them in ten places."""
    form = "#,##0.00 ¤;-#,##0.00 ¤"
    written = format_currency(cents / 100, currency, form, locale, currency_digits=False)
    decimal = Locale.parse(locale).number_symbols["latn"]["decimal"]
    source = judging.Source(name="", decimal=decimal)
    ((_, found, _),) = JUDGE.read([written], TABLES["ledger"].column("revenue"), source)
    assert found in (None, cents * 100)


def test_every_code_in_use_is_read_before_and_behind_the_amount():
    column, source = TABLES["ledger"].column("revenue"), judging.Source(name="")
    codes = [mark for mark in MARKS if len(mark) == 3 and mark.isascii() and mark.isalpha()]
    assert len(codes) > 150
    written = [
        form for code in codes for form in (f"{code} 1,234.50", f"1,234.50 {code}", f"-{code}5")
    ]
    found = JUDGE.read(written, column, source)
    wrong = [text for text, value, _ in found if value not in (12_345_000, -50_000)]
    assert not wrong


# --- groups of India ----------------------------------------------------------------------------------------------------

LAKHS = ["1,00,000", "12,34,567.50", "1,00,00,000"]


@pytest.mark.parametrize("currency", INDIAN)
def test_groups_of_india_are_read_in_its_currencies(currency, write_book):
    assert read(book_of(write_book, LAKHS, currency)) == [100_000, 1_234_567.5, 10_000_000]


def test_groups_of_india_are_read_behind_a_sign_of_rupees(write_book):
    assert read(book_of(write_book, ["₹1,00,000", "Rs. 12,34,567"])) == [100_000, 1_234_567]


@pytest.mark.parametrize("currency", ["", "CNY", "USD"])
def test_groups_of_two_elsewhere_may_be_a_slip(currency, write_book):
    fault = report(book_of(write_book, ["1,00,000", "1,000"], currency))
    assert (
        "1 row: not an amount: line 2 '1,00,000'" in fault and 'declare currency = "INR"' in fault
    )


def test_both_ways_of_grouping_are_noted(write_book):
    book = Book.open(book_of(write_book, ["1,00,000", "1,000,000"], "INR"))
    assert any("1 values in groups of India (1,00,000) beside 1 in groups" in n for n in book.notes)


# --- debit and credit, points between thousands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["5 Dr", "1,234.50 Cr", "5.00CR", "5 S", "5,00 H", "Dr 5", "5 贷", "借 5"]
)
def test_debit_and_credit_are_explained(written, write_book):
    fault = report(book_of(write_book, [written]))
    assert "not an amount" in fault and "debit and credit do not say by themselves" in fault


@pytest.mark.parametrize("sep", ["\t", ",", ";", "|"])
def test_points_that_may_stand_between_thousands_are_noted(sep, write_book):
    options = {"sep": sep.replace("\t", "\\t")}
    book = Book.open(book_of(write_book, ["12.500", "1.250", "980"], **options))
    (note,) = [n for n in book.notes if "the point before decimals" in n]
    assert note.startswith("ledger.revenue: 2 values such as '1.250'")
    assert read(book_of(write_book, ["12.500", "1.250", "980"], decimal=",", **options)) == [
        12_500, 1_250, 980,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "amounts",
    [["12.5", "1.250"], ["0.685", "1.250"], ["1.250", "1,250.500"], ["1.2505"], ["12"], ["1.25"]],
)
def test_points_that_can_only_be_decimal_are_not_noted(amounts, write_book):
    book = Book.open(book_of(write_book, amounts))
    assert not [n for n in book.notes if "before decimals" in n]


def test_a_proposal_leaves_points_before_three_digits_open():
    for sep in "\t,;|":
        sign, doubt = judging.decimal_sign(["12.500", "1.250", "980"], sep)
        assert sign == "," and "12500, or has three decimals" in doubt
    assert judging.decimal_sign(["1.234"], "") == (".", "")  # numbers of a sheet are no text


def test_a_decimal_sign_that_is_declared_is_not_declared_again(write_book):
    fault = report(book_of(write_book, ["1.234,50", "1234.50"], sep=";", decimal=","))
    assert "line 3 '1234.50'" in fault
    assert 'declare decimal = ","' not in fault and "have a decimal point" in fault
    thousands = report(book_of(write_book, ["1.234.567"]))
    assert 'if points stand between thousands, declare decimal = ","' in thousands
