"""Write report, deck, figures and plan of a run into its folder, from what lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.handing_on.crm import write_crm
from keyacct_utils.handing_on.deck import deck_page
from keyacct_utils.handing_on.headlines import read_lessons, write_figures
from keyacct_utils.handing_on.pages import BESIDE, CRM, DECK, PPTX, REPORT, Results
from keyacct_utils.handing_on.printing import print_pdf
from keyacct_utils.handing_on.report import report_page
from keyacct_utils.handing_on.slides import INSTALL, write_pptx
from keyacct_utils.review.account_review import Review, read_review
from keyacct_utils.review.page import Page
from keyacct_utils.review.record import ACCOUNT_ID, whole_file

REPORT_PDF, FIGURES = "report.pdf", "figures"
#: Accounts with a page of their own.
LARGEST = 20
#: Above so many accounts sales are added up by year, not by quarter.
_MANY = 100_000


def write_files(
    folder: Path,
    page: Page,
    record: Mapping[str, Any],
    book: Book,
    report: bool = False,
    deck: bool = False,
    kept: Path | None = None,
) -> list[str]:
    """Write what was asked for; returns what could not be had, a line each.

    Parameters
    ----------
    folder : Path
        Of the run: its notebooks and its account review are read, and the files written into it.
    page : Page
        The answers, as the workbook has them.
    record : mapping
        As in ``run.json``.
    book : Book
        For sales over time.
    report, deck : bool
        Which of them.
    kept : Path, optional
        Where the kernels kept the figures as SVG.
    """
    review = read_review(folder)
    lacks = {item["lesson"]: item["reason"] for item in record["lessons"] if item["reason"]}
    headlines, figures = read_lessons(folder / "notebooks", lacks, kept)
    write_figures(figures, folder / FIGURES)
    not_planned = write_crm(folder, review, book, record["parameters"]) if report else ""
    period = str(record["parameters"].get("period", "book"))
    largest = largest_accounts(review, book, period)
    slides = deck and find_spec("pptx") is not None
    wanted = {REPORT: report, DECK: deck, PPTX: slides, CRM: (folder / CRM).is_file()}
    sales = history(book, largest)
    results = Results(
        page,
        review,
        headlines,
        record["left_out"],
        sales,
        largest,
        breaks_off(book, sales),
        {name: what for name, what in BESIDE.items() if wanted.get(name, True)},
    )
    for name, made in ((REPORT, report_page), (DECK, deck_page)):
        if wanted[name]:
            with whole_file(folder / name) as temporary:
                temporary.write_text(made(results), encoding="utf-8")
    if slides:
        write_pptx(results, folder / PPTX)
    missing = print_pdf(folder / REPORT, folder / REPORT_PDF) if report else ""
    not_written = INSTALL if deck and not slides else ""
    return [line for line in (not_planned, missing, not_written) if line]


def largest_accounts(review: Review, book: Book, period: str = "book") -> list[str]:
    """The first accounts by amount: as lesson 01 ranks them, else by the sales of the period."""
    amount = review.column("01", "amount")
    ids = review.accounts[ACCOUNT_ID].astype(str)
    if amount is not None:
        amounts = amount.astype(float).set_axis(ids)
    elif book.has("ledger"):
        start, end = book.period_dates(period)
        rows = book.rollup(by_line=False, start=start, end=end)
        amounts = rows.set_index(rows[ACCOUNT_ID].astype(str))["revenue"]
    else:
        return ids.head(LARGEST).tolist()
    amounts = amounts[amounts.index.isin(set(ids))].dropna().sort_index()
    return amounts.sort_values(ascending=False, kind="stable").index[:LARGEST].tolist()


def history(book: Book, accounts: Sequence[str]) -> pd.DataFrame:
    """Sales of these accounts by quarter over the whole book, a row each; empty without dates."""
    if not (accounts and book.has("ledger", "date")):
        return pd.DataFrame()
    by = "quarter" if len(book.names()) <= _MANY else "year"
    rows = book.rollup(period=by, by_line=False)  # type: ignore[arg-type]
    rows = rows[rows["period"].notna()]
    every = sorted(rows["period"].astype(str).unique())
    rows = rows[rows[ACCOUNT_ID].isin(list(accounts))]
    found = rows.assign(period=rows["period"].astype(str)).pivot_table(
        index=ACCOUNT_ID, columns="period", values="revenue", aggfunc="sum"
    )
    return found.reindex(index=list(accounts), columns=every).fillna(0.0)


def breaks_off(book: Book, sales: pd.DataFrame) -> str:
    """The day up to which the data are, where the last period of these sales ends later; else
    empty.
    """
    if sales.empty:
        return ""
    _, end = book.period_dates(str(sales.columns[-1]))
    month = book.totals().iloc[0]["last_date"] + pd.offsets.MonthEnd(0)
    last = book.as_of or book.cut_short() or month.date()
    return str(last) if end and last < end else ""
