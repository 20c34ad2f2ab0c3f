"""What reads without a fault and is probably not meant: scales of a survey, one name twice, a title for a header, labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.book.proposing.peeking import peek
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.lessons.credit_grade import scorecard
from keyacct_utils.lessons.shared import checks, criteria_weights
from keyacct_utils.lessons.value_grading import account_ranking

WriteBook = Callable[..., Path]
SURVEY = '[tables.survey]\npath = "survey.csv"\n'
ACCOUNTS = '[tables.accounts]\npath = "accounts.csv"\n'
LEDGER = "account_id,revenue\nA1,100.00\nA2,50.00\nA3,7.00\n"


def table(*rows: tuple[object, ...]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


# --- scales and codes of a survey ---------------------------------------------------------------------------------------


def survey(*answers: int, items: tuple[str, ...] = ("S1", "S2")) -> str:
    rows = [(f"R{i}", "A1", *[answer] * len(items)) for i, answer in enumerate(answers)]
    return table(("respondent", "account_id", *items), *rows)


def remarks(write_book: WriteBook, text: str) -> list[str]:
    book = Book.open(write_book(LEDGER, SURVEY, survey__csv=text))
    return [note for note in book.notes if note.startswith("survey")]


def test_a_scale_of_five_is_asked_for(write_book):
    (note,) = remarks(write_book, survey(*range(1, 6), *range(1, 6)))
    assert note.startswith("survey: no answer above 5 in S1 to S2, where the scale is 1 to 10")
    assert "is it a scale of five?" in note and "2 * S1" in note


@pytest.mark.parametrize(
    "answers", [(1, 2, 3, 4, 5), [*range(1, 6)] * 3 + [6], [*range(1, 11)] * 3, [7] * 30]
)
def test_a_scale_of_ten_or_few_answers_are_not_questioned(answers, write_book):
    assert remarks(write_book, survey(*answers)) == []


def test_items_asked_alike_are_judged_together(write_book):
    rows = [("respondent", "account_id", "S1", "S2", "E1")]
    rows += [(f"R{i}", "A1", 1 + i % 5, 1 + i % 10, 1 + i % 5) for i in range(40)]
    (note,) = remarks(write_book, table(*rows))
    assert "in E1, where the scale" in note


def test_answers_that_stand_apart_may_be_none(write_book):
    (note,) = remarks(write_book, survey(*([*range(1, 6)] * 4), 9, 9))
    assert note.startswith("survey.S1 to S2: no answer above 5 but 4 of 9")
    assert "nullif(S1, 9)" in note


@pytest.mark.parametrize("code", ["99", "88", "98", "-1", "-9", "999"])
def test_codes_of_no_answer_are_led_to_na(code, write_book):
    text = survey(8, 9, 10) + f"R9,A1,{code},7\n"
    fault = report(write_book(LEDGER, SURVEY, survey__csv=text))
    assert f"out of range: line 5 '{code}'" in fault and f'declare na = ["{code}"]' in fault
    toml = SURVEY + f'na = ["{code}"]\n'
    assert Book.open(write_book(LEDGER, toml, survey__csv=text)).notes is not None


def test_a_zero_is_not_led_to_na(write_book):
    fault = report(write_book(LEDGER, SURVEY, survey__csv=survey(8, 0)))
    assert "nullif(S1, 0)" in fault and "na = " not in fault


# --- one name under two ids, one id with two names ----------------------------------------------------------------------


@pytest.mark.parametrize("column", ["name_zh", "name_en"])
@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme Ltd", "ACME  Ltd"), ("北方化工", "北方化工"), ("M\u00fcller", "Mu\u0308ller"), ("ＡＢ１", "ab1")],
)  # fmt: skip
def test_one_name_under_two_ids_is_noted_with_its_money(one, other, column, write_book):
    accounts = table(("account_id", column), ("A1", one), ("A2", "Bolt"), ("A3", other))
    book = Book.open(write_book(LEDGER, ACCOUNTS, accounts__csv=accounts))
    (note,) = [note for note in book.notes if "one name under several ids" in note]
    assert note.startswith(f"accounts.{column}:") and "'A1', 'A3' (107.00 of revenue)" in note
    # once: the ids alone, and not the name that they share
    assert f"{one!r}: 'A1'" in note


def test_a_group_says_already_that_two_are_one(write_book):
    rows = [("A1", "Acme", "G1"), ("A2", "", ""), ("A3", "Acme", "G1")]
    accounts = table(("account_id", "name_en", "group_id"), *rows)
    book = Book.open(write_book(LEDGER, ACCOUNTS, accounts__csv=accounts))
    assert not [note for note in book.notes if "one name" in note]


def test_one_id_with_two_names_is_told(write_book):
    accounts = table(
        ("account_id", "name_en"), ("A1", "Acme"), ("A1", "Bolt"), ("A2", "x"), ("A3", "y")
    )
    fault = report(write_book(LEDGER, ACCOUNTS, accounts__csv=accounts))
    assert "of one id with two names look which is right: 'A1' is 'Acme' and 'Bolt'" in fault


def test_ids_that_look_alike_are_noted_with_their_money(write_book):
    ledger = "account_id,revenue\nM\u00fcller,5\nMu\u0308ller,7\na1,1\n"
    book = Book.open(write_book(ledger))
    (note,) = [note for note in book.notes if "look alike" in note]
    assert "(12.00 of revenue)" in note


# --- a title above the header -------------------------------------------------------------------------------------------

TITLED = (
    "31.12.2024\tListe\t1\n\n\tKunde\tName\tBuch.dat.\tBetrag\n\n"
    "\t1001\tAlpha\t05.01.2024\t1.234,56\n\t1002\tBeta\t09.02.2024\t12.000,00\n"
)
NAMED = 'decimal = ","\ndate_format = "%d.%m.%Y"\ncolumns = { account_id = "Kunde", revenue = "Betrag", date = "Buch.dat." }'


def test_a_title_is_not_taken_for_the_header(write_book, tmp_path):
    fault = report(write_book(TITLED, name="l.txt", options=NAMED))
    assert "a title stands above the header, which is in line 3" in fault
    assert "declare skip = 2" in fault
    book = Book.open(write_book(TITLED, name="l.txt", options="skip = 2\n" + NAMED))
    assert book.totals()["revenue"][0] == 13_234.56
    ((found,), problems) = peek(tmp_path / "l.txt")
    assert (found.skip, found.header[1], problems) == (2, "Kunde", [])


def test_a_title_of_a_sheet_is_not_taken_for_the_header(write_book):
    made = openpyxl.Workbook()
    for row in [["Sales", "2024"], [], ["Customer", "Revenue"], ["A1", 5], ["A2", 7]]:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    options = 'columns = { account_id = "Customer", revenue = "Revenue" }'
    fault = report(write_book(stream.getvalue(), name="l.xlsx", options=options))
    assert "a title stands above the header, which is in line 3" in fault
    book = Book.open(write_book(stream.getvalue(), name="l.xlsx", options="skip = 2\n" + options))
    assert book.totals()["revenue"][0] == 12.0


def test_a_header_of_months_is_a_header(tmp_path):
    (tmp_path / "l.csv").write_text(
        "Customer,City,2024-01,2024-02\nA1,B,5,6\nA2,C,7,8\n", encoding="utf-8"
    )
    ((found,), _) = peek(tmp_path / "l.csv")
    assert (found.skip, found.header) == (0, ["Customer", "City", "2024-01", "2024-02"])


# --- tables whose labels are numbers ------------------------------------------------------------------------------------

NUMBERED = pd.DataFrame(np.array([[1, 2, 3.0], [2, 3, 4], [3, 1, 5]]), index=["a", "b", "c"])


def test_labels_that_are_numbers_work_as_any_others():
    lettered = NUMBERED.rename(columns=str)
    for labels, names in (([1, 2, 3], [1, 2, 3]), ({0: 1, 1: 2, 2: 3}, {"0": 1, "1": 2, "2": 3})):
        pd.testing.assert_series_equal(
            account_ranking.topsis(NUMBERED, labels), account_ranking.topsis(lettered, names)
        )
    pd.testing.assert_series_equal(
        criteria_weights.weighted_score(NUMBERED, {0: 1, 1: 2}, benefit={1: False}),
        criteria_weights.weighted_score(lettered, {"0": 1, "1": 2}, benefit={"1": False}),
    )
    stable = account_ranking.rank_stability(NUMBERED, {0: 1, 2: 1}, draws=20)
    assert stable.equals(account_ranking.rank_stability(lettered, {"0": 1, "2": 1}, draws=20))


def test_where_names_are_wanted_the_message_says_how_to_make_them():
    for call in (
        lambda: checks.need_columns(NUMBERED, ["0", "1"], "table"),
        lambda: criteria_weights.weighted_score(NUMBERED, {"0": 1}),
        lambda: scorecard.fit_scorecard(NUMBERED, [0, 1, 0]),
    ):
        with pytest.raises(ValueError, match=r"labels that are numbers \(0, 1, 2\)") as caught:
            call()
        assert ".columns.map(str)" in str(caught.value)


def test_a_column_that_another_table_takes_from_the_file_is_used(write_book):
    # once: "accounts: not used: 'employees'", and 'office_location' was taken for
    # 'file_organisation'
    accounts = table(
        ("account_id", "employees", "office_location", "sectr"), ("A1", 5, "Rome", "steel")
    )
    profile = '[tables.account_profile]\npath = "accounts.csv"\n'
    ledger = "account_id,revenue\nA1,1\n"
    book = Book.open(write_book(ledger, ACCOUNTS + profile, accounts__csv=accounts))
    unused = "columns of the file that are not used: 'office_location'"
    assert [note for note in book.notes if "not used" in note] == [
        f"accounts: {unused}, 'sectr' (did you mean 'sector'?)",
        f"account_profile: {unused}, 'sectr'",
    ]


def test_words_of_ones_own_are_to_be_translated(tmp_path):
    (tmp_path / "opportunities.csv").write_text(
        "opportunity_id,manager_id,outcome\nT1,M1,赢单\nT2,M1,输单\n", encoding="utf-8"
    )
    toml = (
        'contract_version = 1\nname = "Odd"\n[tables.opportunities]\npath = "opportunities.csv"\n'
    )
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(BookFaults) as raised:
        Book.open(tmp_path)
    said = str(raised.value)
    assert "translate them with sql over [files.*]" in said
    assert "CASE outcome WHEN '赢单' THEN 'won' or 'lost' or 'open' WHEN ... END AS outcome" in said


def test_a_column_of_percent_that_is_empty_all_through_says_nothing(write_book):
    """DuckDB counts nothing as NULL, not as 0."""
    book = Book.open(write_book("account_id,revenue,discount_pct\nA,5,\nB,6,\n"))
    assert not any("discount_pct" in note for note in book.notes)
    assert book.totals()["revenue"].tolist() == [11.0]
