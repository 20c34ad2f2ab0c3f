"""How dates are written: times of day, other eras, periods, names of months; each hint leads to the right day, none in a circle."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book
from keyacct_utils.book.intake.written_dates import english, form_of_names, time_form
from keyacct_utils.book.proposing import judging
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES

WriteBook = Callable[..., Path]
DATE = TABLES["ledger"].column("date")
#: 5 March and 31 December 2024 as they are written, and the format that reads them.
WRITTEN = {
    "%m/%d/%Y %I:%M:%S %p": ("3/5/2024 12:00:00 AM", "12/31/2024 11:59:00 PM"),
    "%m/%d/%Y %I:%M %p": ("3/5/2024 12:00 AM", "12/31/2024 1:05 pm"),
    "%m/%d/%Y %I:%M%p": ("3/5/2024 12:00AM", "12/31/2024 1:05PM"),
    "%m/%d/%Y %H:%M": ("3/5/2024 0:00", "12/31/2024 23:59"),
    "%m/%d/%y %H:%M": ("3/5/24 0:00", "12/31/24 23:59"),
    "%d.%m.%Y %H:%M:%S": ("05.03.2024 00:00:00", "31.12.2024 23:59:59"),
    "%d/%m/%Y, %H:%M:%S": ("05/03/2024, 10:00:00", "31/12/2024, 23:59:59"),
    "%d/%m/%Y %H:%M:%S.%f": ("05/03/2024 10:00:00.000", "31/12/2024 23:59:59.123"),
    "%d.%m.%Y": ("05.03.2024", "31.12.2024"),
    "buddhist": ("05/03/2567", "31/12/2567"),
    "roc": ("113/03/05", "113/12/31"),
    "excel": ("45356", "45657"),
    "%d. %b %Y": ("5. März 2024", "31. Dez. 2024"),
    "%d-%b-%Y": ("05-Mrz-2024", "31-Dezember-2024"),
    "%d.%b.%Y": ("05.Mär.2024", "31.Dez.2024"),
    "%d %b %Y": ("5 mars 2024", "31 déc. 2024"),
    "%d de %b de %Y": ("5 de marzo de 2024", "31 de diciembre de 2024"),
    "%d/%b/%Y": ("05/mar/2024", "31/dic/2024"),
    "%b %d, %Y": ("March 5, 2024", "Dec 31, 2024"),
    "%d %b %Y %H:%M": ("5 mar. 2024 10:30", "31 dez. 2024 9:05"),
    "%Y-%b-%d": ("2024-Mar-05", "2024-Dec-31"),
    "%Y%m%d%H%M%S": ("20240305000000", "20241231235959"),
}
MONTHS = {
    "%Y.0%m": ("2024.003", "2024.012"),
    "%Y/0%m": ("2024/003", "2024/012"),
    "0%m.%Y": ("003.2024", "012.2024"),
    "0%m/%Y": ("003/2024", "012/2024"),
    "%Y0%m": ("2024003", "2024012"),
    "%b %Y": ("März 2024", "Dez. 2024"),
    "%b-%y": ("mrt-24", "dec-24"),
}


def book_of(write_book: WriteBook, days: tuple[str, ...], form: str = "", na: str = "") -> Path:
    stream = io.StringIO()
    rows = [(f"A{i}", 1, day) for i, day in enumerate(days)]
    csv.writer(stream).writerows([("account_id", "revenue", "date"), *rows])
    options = f'date_format = "{form}"\n' if form else ""
    return write_book(stream.getvalue(), options=options + na)


def days_of(book: Path) -> list[str]:
    return [str(day)[:10] for day in Book.open(book).rollup()["first_date"]]


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


def mend(fault: str) -> str:
    return fault.partition("to mend:")[2]


@pytest.mark.parametrize("form", [*WRITTEN, *MONTHS])
def test_the_format_reads_the_days(form, write_book):
    wanted = ["2024-03-05", "2024-12-31"] if form in WRITTEN else ["2024-03-01", "2024-12-01"]
    assert days_of(book_of(write_book, (WRITTEN | MONTHS)[form], form)) == wanted


@pytest.mark.parametrize("form", [*WRITTEN, *MONTHS])
@pytest.mark.parametrize("first", ["", "%d/%m/%Y", "%d-%b-%Y", "roc"])
def test_hints_lead_to_a_format_that_reads_all_and_never_in_a_circle(form, first, write_book):
    """What is declared at first is wrong, or nothing: each hint is followed as it stands."""
    written, tried, declared = (WRITTEN | MONTHS)[form], set(), first
    wanted = ["2024-03-05", "2024-12-31"] if form in WRITTEN else ["2024-03-01", "2024-12-01"]
    for _ in range(4):
        try:
            assert days_of(book_of(write_book, written, declared)) == wanted
            return
        except BookFaults as faults:
            said = mend(str(faults))
        hint = re.search(r'date_format (?:= |\(such as )"([^"]+)"', said)
        if not hint:  # then it says that what is declared is not what is written
            assert declared and "not written as" in said
            return
        tried.add(declared)
        declared = hint[1]
        assert declared not in tried, f"in a circle: {declared}"
    pytest.fail(f"no end after {tried}")


@pytest.mark.parametrize("form", WRITTEN)
def test_without_a_declaration_the_first_hint_is_the_right_one(form, write_book):
    assert f'"{form}"' in mend(report(book_of(write_book, WRITTEN[form])))


@pytest.mark.parametrize("form", MONTHS)
def test_periods_and_months_are_told_with_their_format(form, write_book):
    assert f'"{form}"' in mend(report(book_of(write_book, MONTHS[form])))


def test_special_periods_are_no_months(write_book):
    fault = report(book_of(write_book, ("2024.001", "2024.013"), "%Y.0%m"))
    assert "periods 013 to 016 are closing entries" in mend(fault)


def test_days_with_and_without_a_time_have_no_one_format(write_book):
    fault = report(book_of(write_book, ("3/5/2024 12:00 AM", "12/31/2024")))
    assert "what stands behind the days is not of one form" in mend(fault)
    assert "declare date_format" not in mend(fault)


@pytest.mark.parametrize(
    "empty",
    ["0000-00-00", "00.00.0000", "00/00/0000", "00000000", "0000-00-00 00:00:00", "1900-01-00", "1/0/1900", "0001-01-01", "1899-12-30",
     "0001-01-01T00:00:00", "9999-12-31", "31.12.9999", "01.01.0001"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", "%d.%m.%Y"])
def test_what_stands_for_no_date_is_missing(empty, form, write_book):
    others = ("05.03.2024",) if form else ("2024-03-05",)
    hint = mend(report(book_of(write_book, (*others, empty), form)))
    assert f'na = ["{empty}"]' in hint
    assert days_of(book_of(write_book, (*others, empty), form, f'na = ["{empty}"]\n')) == [
        "2024-03-05",
        "NaT",
    ]


def test_several_codes_for_no_date_are_listed_together(write_book):
    days = ("0000-00-00", "00.00.0000", "00000000", "2024-01-05")
    assert 'na = ["0000-00-00", "00.00.0000", "00000000"]' in report(book_of(write_book, days))


def test_the_first_day_of_1900_is_noted(write_book):
    book = Book.open(book_of(write_book, ("1900-01-01", "2024-01-05")))
    assert any('declare na = ["1900-01-01"] if so' in note for note in book.notes)


@pytest.mark.parametrize("form", ["", "%d/%m/%Y"])
def test_a_day_of_the_buddhist_era_is_told(form, write_book):
    fault = report(book_of(write_book, ("05/03/2567", "29/02/2567"), form))
    assert "2567 is 2024" in fault and 'date_format = "buddhist"' in fault


def test_buddhist_days_as_they_are_written(write_book):
    days = ("29/02/2567", "5-3-2567", "05.03.2567", "2567-03-05", "2567/3/5", "05/03/2567 10:30")
    assert days_of(book_of(write_book, days, "buddhist")) == ["2024-02-29", *["2024-03-05"] * 5]
    fault = report(book_of(write_book, ("30/02/2567",), "buddhist"))
    assert "there is no such day" in fault and "declare" not in mend(fault)


def test_ordinary_years_are_not_of_the_buddhist_era(write_book):
    assert "not a date" in report(book_of(write_book, ("05/03/2024",), "buddhist"))


LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "en")


@given(
    day=st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)),
    language=st.sampled_from(LANGUAGES),
    pattern=st.sampled_from(["d. MMM y", "d MMMM y", "dd-MMM-y", "d. MMMM y", "MMM d, y", "dd.MMM.yy", "y MMM d", "MMMM y"]),
)  # fmt: skip
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_every_month_of_seven_languages_is_read(day, language, pattern):
    written = format_date(day, pattern, locale=language)
    form = form_of_names([written])
    if pattern == "dd.MMM.yy" and ".." in written:
        return  # a point for the abbreviation and one that separates
    assert form, written
    found = dt.datetime.strptime(english(written), form).date()
    assert found == (day if "d" in pattern.replace("MMM", "") else day.replace(day=1))
    ((_, read, _),) = JUDGE.read([written], DATE, judging.Source(name="", date_format=form))
    assert read == found


JUDGE = judging.Judge()


@pytest.mark.parametrize(
    "text", ["Marketing 2024", "Mayer", "märz", "May", "Augustine 3", "5 foo 2024"]
)
def test_words_are_no_months(text):
    assert form_of_names([text]) == ""


@given(st.times())
@settings(max_examples=100, derandomize=True, deadline=None, database=None)
def test_times_of_day_have_their_format(time):
    for form in ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S.%f"):
        assert time_form(" " + time.strftime(form)) == " " + form
    assert time_form("") == "" and time_form(" soon") is None


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (("05/03/2567", "31/12/2567"), "buddhist"), (("2024.001", "2024.012"), "%Y.0%m"), (("001.2024", "012.2024"), "0%m.%Y"),
        (("5. März 2024", "31. Dezember 2024"), "%d. %b %Y"), (("3/5/2024 12:00:00 AM", "12/31/2024 11:59:00 PM"), "%m/%d/%Y %I:%M:%S %p"),
    ],
)  # fmt: skip
def test_a_proposal_knows_these_ways(values, form):
    assert JUDGE.dates(values, DATE, judging.Source(name="")).form == form
