"""What the book leaves out (``exclude``) is left out of every table that a lesson reads, as it is of the ledger."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.book.book import DATASETS
from keyacct_utils.lessons import dependence
from keyacct_utils.lessons.churn import answers as churn_answers
from keyacct_utils.lessons.churn import findings as churn
from keyacct_utils.lessons.credit_grade import answers as credit_answers
from keyacct_utils.lessons.credit_grade import findings as credit
from keyacct_utils.lessons.relationship_levels import answers as levels_answers
from keyacct_utils.lessons.relationship_levels import inputs as levels
from keyacct_utils.lessons.relationship_stages import answers as stages_answers
from keyacct_utils.lessons.relationship_stages import findings as stages
from keyacct_utils.lessons.satisfaction_index import answers as survey_answers
from keyacct_utils.lessons.satisfaction_index import findings as survey
from keyacct_utils.lessons.start_here.findings import book_in_numbers
from keyacct_utils.review.account_review import PARQUET
from keyacct_utils.review.changes import amounts_of
from keyacct_utils.review.handover import hand_on

GONE = "A0393"


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """The bundled book without one account."""
    folder = tmp_path_factory.mktemp("without") / "linjiang"
    shutil.copytree(DATASETS / "linjiang", folder)
    with (folder / "book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[exclude]\n{GONE} = "sold"\n')
    return Book.open(folder / "book.toml")


def test_a_table_as_it_counts(without, linjiang):
    whole, counted = without.table("survey"), without.counted("survey")
    assert len(counted) == (whole["account_id"] != GONE).sum() < len(whole)
    assert counted.index.tolist() == list(range(len(counted)))
    pd.testing.assert_frame_equal(linjiang.counted("survey"), linjiang.table("survey"))


def test_no_lesson_and_no_sheet_reads_an_account_that_is_left_out(without):
    """Once: surveys, ties and offers, events and stages of such an account counted in 05, 06, 07,
    and in the sheets of 10 and 11, while its sales did not.
    """
    bonds = levels.bonds(without)
    scored = credit.record(without)
    ids = {
        "ties": bonds.ties["account_id"],
        "offers": bonds.offers["account_id"],
        "listed": bonds.listed,
        "survey": survey.survey(without).rows["account_id"],
        "events": scored.events["account_id"],
        "scored": scored.accounts["account_id"],
        "lines": churn.churn(without).lines["account_id"],
        "stages": stages.stages(without).panel["account_id"],
        "sheet 05": levels_answers.offers_of(without)["account_id"],
        "sheet 06": survey_answers.answers_of(without, "S1")["account_id"],
        "sheet 07": credit_answers.people(without)["account_id"],
        "sheet 10": churn_answers.lines_of(without)["account_id"],
        "sheet 11": stages_answers.panel_of(without)["account_id"],
    }
    for name, found in ids.items():
        assert len(found) and GONE not in set(found), name


def test_the_whole_of_a_drill_leaves_it_out_too(without, linjiang):
    """Once: money owed and hours of all, beside sales without it."""
    for name in ("owed on an average day", "hours of service"):
        every = dependence.loss_drill(linjiang, GONE)
        less = dependence.loss_drill(without, "A0001")
        assert less.loc[name, "all"] == pytest.approx(every.loc[name, "left"])


def test_it_is_none_of_the_accounts_of_the_book_and_has_no_row(without, linjiang, tmp_path):
    """Once: "Of 40 accounts in the book" and an empty row of the review, under "in no number here:
    1 account"."""
    known = amounts_of(linjiang).known
    assert amounts_of(without).known == known - 1
    assert book_in_numbers(without).numbers["accounts"] == known - 1
    told = {"name": "linjiang", "data_hash": "", "bundled": False, "currency": "CNY"}
    told |= {"as_of": None, "notes": [], "period": "all"}
    record = {"book": told, "parameters": {}, "lessons": [], "versions": {}}
    hand_on(tmp_path, tmp_path, without, record)
    rows = pd.read_parquet(tmp_path / PARQUET)["account_id"]
    assert len(rows) == known - 1 and GONE not in set(rows)
