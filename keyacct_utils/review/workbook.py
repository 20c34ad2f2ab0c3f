"""``account_review.xlsx``: a page to read, one row per account, one sheet per lesson, and what
every column means.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
from openpyxl import Workbook

from keyacct_utils.review import sheets
from keyacct_utils.review.account_review import NAME, PARQUET, Recorded, Review
from keyacct_utils.review.columns import COLUMNS, DECLARED, SOURCE_ID, Column, shown
from keyacct_utils.review.page import Page, write_page
from keyacct_utils.review.record import ACCOUNT_ID, whole_file

#: Rows of a lesson's sheet: more than anyone reads there; the sheet of all accounts has every row
#: that fits.
LESSON_ROWS = 10_000
#: What matters comes first: the column that sorts a lesson's sheet, and whether the smallest comes
#: first.
_SORTED_BY = {
    "01": ("rank", True), "02": ("n_schemes", False), "03": ("grade", True), "04": ("profit", True),
    "05": ("lift_npv", False), "06": ("satisfaction", True), "07": ("credit_score", True),
}  # fmt: skip
#: Characters of a meaning on one line.
_LEGEND_WIDEST = 110
_UNITS = {
    "share": "%",
    "points": "number",
    "days": "days",
    "rank": "rank",
    "count": "count",
    "expected": "count",
}


def write_workbook(review: Review, page: Page, path: str | os.PathLike[str]) -> None:
    """Write the workbook; it appears whole or not at all.

    Parameters
    ----------
    review : Review
        From `account_review.join_records`.
    page : Page
        What the first sheet says, from `summary.summarise`.
    path : path
        Where the workbook goes.

    Notes
    -----
    Names are data, never code: a text that starts like a formula is written as text and marked so.
    Above the rows of a sheet the first accounts by rank are kept, and the first page says so.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "keyacct"
    accounts, room = review.accounts, sheets.SHEET_ROWS - 1
    codes = sorted({recorded.lesson for recorded in review.columns.values()} - {""})
    page.notes.extend(_cut(len(accounts), room))
    write_page(book, page)
    headers = _headers(review)
    _add(book, "accounts", review, accounts.head(room), [NAME, ACCOUNT_ID, *_main(review)], headers)
    for code in codes:
        own = [label for label, recorded in review.columns.items() if recorded.lesson == code]
        _add(
            book,
            f"lesson {code}",
            review,
            _lesson_rows(review, code, own),
            [NAME, ACCOUNT_ID, *own],
            headers,
            wide=False,
        )
    legend = _legend(review, headers)
    sheets.add_table(
        book,
        "legend",
        legend,
        ["General"] * legend.shape[1],
        one_page_wide=True,
        widest=_LEGEND_WIDEST,
    )
    with whole_file(Path(path)) as temporary:
        book.save(temporary)


def _cut(rows: int, room: int) -> list[str]:
    """What the workbook leaves out for want of rows."""
    cut = []
    if rows > room:
        cut.append(
            f"A sheet holds {room:,} accounts: the first by rank of "
            f"{rows:,} are here; {PARQUET} and the CSV have all."
        )
    if rows > LESSON_ROWS:
        cut.append(
            "The sheets of the lessons hold their first "
            f"{LESSON_ROWS:,} accounts; {PARQUET} and the CSV have all."
        )
    return cut


def _main(review: Review) -> list[str]:
    """The columns of the sheet of accounts: the declared ones in their order, then what else was
    recorded.
    """
    labels = {(recorded.lesson, recorded.name): label for label, recorded in review.columns.items()}
    first = [
        labels[item.lesson, item.name]
        for item in COLUMNS
        if not item.detail and (item.lesson, item.name) in labels
    ]
    return first + [label for key, label in labels.items() if key not in DECLARED]


def _headers(review: Review) -> dict[str, str]:
    """Readable headers; where two columns would share one, both keep the name under which they are
    recorded.
    """
    wanted = {NAME: "account", ACCOUNT_ID: "account id"}
    wanted |= {
        label: _header(review, shown(recorded.lesson, recorded.name, label).header)
        for label, recorded in review.columns.items()
    }
    used = list(wanted.values())
    return {label: header if used.count(header) == 1 else label for label, header in wanted.items()}


def _header(review: Review, header: str) -> str:
    """A header; without dates no amount is one of a year."""
    return header if review.dated else header.replace(" a year", " in all")


def _lesson_rows(review: Review, code: str, own: list[str]) -> pd.DataFrame:
    """The accounts of a lesson, what matters first, and rank within."""
    rows = review.accounts[review.accounts[own].notna().any(axis=1)]
    name, rising = _SORTED_BY.get(code, ("", True))
    for label in own:
        if review.columns[label].name == name:
            rows = rows.sort_values(label, ascending=rising, kind="stable")
    return rows.head(LESSON_ROWS)


def _add(
    book: Workbook,
    title: str,
    review: Review,
    rows: pd.DataFrame,
    labels: list[str],
    headers: dict[str, str],
    wide: bool = True,
) -> None:
    formats = [_format(review, rows, label) for label in labels]
    sheets.add_table(
        book,
        title,
        rows[labels].rename(columns=headers),
        formats,
        frozen="C2",
        one_page_wide=not wide,
    )


def _format(review: Review, rows: pd.DataFrame, label: str) -> str:
    recorded = review.columns.get(label)
    if recorded is None:
        return "General"
    return sheets.number_format(rows[label], _column(label, recorded), recorded.meaning)


def _column(label: str, recorded: Recorded) -> Column:
    return shown(recorded.lesson, recorded.name, label)


def _legend(review: Review, headers: dict[str, str]) -> pd.DataFrame:
    """What each column means, its unit and its sources; then what made this run."""
    currency = str(review.run.get("currency", ""))
    rows = [
        ("account", NAME, "", "display name", "", ""),
        ("account id", ACCOUNT_ID, "", "account, as in the book", "", ""),
    ]
    for label, recorded in review.columns.items():
        column = _column(label, recorded)
        sources = dict.fromkeys([*column.sources, *SOURCE_ID.findall(recorded.meaning)])
        unit = currency if column.kind == "money" else _UNITS.get(column.kind, "")
        rows.append(
            (headers[label], label, recorded.lesson, recorded.meaning, unit, ", ".join(sources))
        )
    legend = pd.DataFrame(
        rows, columns=["column", "name in Parquet and CSV", "lesson", "meaning", "unit", "sources"]
    )
    made = [(key, "", "", value, "", "") for key, value in _run_facts(review.run)]
    return pd.concat([legend, pd.DataFrame(made, columns=legend.columns)], ignore_index=True)


def _run_facts(run: dict[str, object]) -> list[tuple[str, str]]:
    """What made the run, one fact a row."""
    facts = [
        (f"run: {key.replace('_', ' ')}", run.get(key))
        for key in ("book", "data_hash", "currency", "period", "as_of")
    ]
    for group, word in (("parameters", "parameter"), ("versions", "version")):
        values = run.get(group)
        facts += (
            [(f"{word}: {name}", value) for name, value in values.items()]
            if isinstance(values, dict)
            else []
        )
    return [(key, str(value)) for key, value in facts if value not in (None, "")]
