"""Write what a run hands on: the account review as Parquet, CSV and workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.review.account_review import (
    PARQUET,
    STEM,
    Review,
    join_records,
    read_review,
    write_csv,
    write_parquet,
)
from keyacct_utils.review.changes import amounts_of
from keyacct_utils.review.columns import shown
from keyacct_utils.review.page import Page
from keyacct_utils.review.recommended import with_recommendation, with_returns
from keyacct_utils.review.summary import summarise
from keyacct_utils.review.workbook import write_workbook

#: Decimals of each kind of number in the CSV.
_DIGITS = {"share": 6, "points": 2, "days": 2, "rank": 0, "count": 0, "expected": 4}
#: What a run hands on, by name.
FILES = (PARQUET, f"{STEM}.csv", f"{STEM}.xlsx")


def hand_on(records: Path, out: Path, book: Book, record: Mapping[str, Any]) -> Page:
    """Write the account review of a run in its three forms; returns its first page.

    Parameters
    ----------
    records : Path
        Folder of the run, whose ``review/`` holds the lessons' records; the files are written into
        it.
    out : Path
        Folder of the results, where an earlier run may have left its review.
    book : Book
        For names and roll-ups.
    record : mapping
        What made the run, as in ``run.json``.
    """
    # an account that the book leaves out is in no number, so it has no row to be empty either
    names = book.names().drop([*book.excluded], errors="ignore")
    review = join_records(records, names, _facts(record))
    amounts = amounts_of(book, str(record["parameters"].get("period", "book")))
    review = replace(
        with_returns(review, amounts),
        gone=amounts.gone,
        gone_months=amounts.gone_months,
        gone_to=amounts.gone_to,
        grouped=amounts.grouped,
        dated=amounts.start is not None,
    )
    review = with_recommendation(review)
    review.run["last_day"] = _last_day(book)
    parquet, csv, workbook = (records / name for name in FILES)
    page = summarise(review, book, _earlier(out, review), amounts)
    review, money = _in_cents(review)
    write_parquet(review, parquet)
    write_csv(review.accounts, csv, money, _digits(review))
    write_workbook(review, page, workbook)
    return page


def _in_cents(review: Review) -> tuple[Review, list[str]]:
    """Amounts with two decimals, as every form shows them, and their columns."""
    amounts = [
        label
        for label, own in review.columns.items()
        if shown(own.lesson, own.name, label).kind == "money"
        and pd.api.types.is_float_dtype(review.accounts[label])
    ]
    # never a minus before nothing
    rounded = {label: review.accounts[label].round(2) + 0.0 for label in amounts}
    return replace(review, accounts=review.accounts.assign(**rounded)), amounts


def _digits(review: Review) -> dict[str, int]:
    """Decimals that a column needs, where its kind tells: six hold a share."""
    kinds = {
        label: shown(own.lesson, own.name, label).kind for label, own in review.columns.items()
    }
    return {label: _DIGITS[kind] for label, kind in kinds.items() if kind in _DIGITS}


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """What made the run, in one level: the period is the one that was asked for, else the book's
    own.
    """
    book, parameters = record["book"], record["parameters"]
    kept = {key: book[key] for key in ("data_hash", "bundled", "currency", "as_of", "notes")}
    kept["reconciliation"] = book.get("reconciliation", [])
    kept["excluded"] = book.get("excluded", {})
    period = parameters.get("period", "book")
    told = {key: record[key] for key in ("parameters", "lessons", "versions")}
    return {
        "book": book["name"],
        **kept,
        "period": book["period"] if period == "book" else period,
        **told,
    }


def _last_day(book: Book) -> str:
    """The day of the last row of the ledger; empty without one."""
    if not book.has("ledger", "date"):
        return ""
    last = book.totals().iloc[0]["last_date"]
    return "" if pd.isna(last) else f"{last:%Y-%m-%d}"


def _earlier(out: Path, review: Review) -> Review | None:
    """The review of an earlier run of the same book on other data; None where there is none, or
    none that can be read.
    """
    try:
        found = read_review(out)
    except (ValueError, OSError):
        return None
    same_book = found.run.get("book") == review.run.get("book")
    return (
        found if same_book and found.run.get("data_hash") != review.run.get("data_hash") else None
    )
