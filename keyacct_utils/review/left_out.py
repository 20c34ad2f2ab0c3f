"""What stands in no number of a run, in rows and money: rows set aside, void, undated, of accounts
that the book leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyacct_utils.book import Book
from keyacct_utils.lessons.showing.words import count, percent


def left_out(book: Book, period: str = "book") -> list[str]:
    """The sentences, none where every row counts.

    Parameters
    ----------
    book : Book
    period : str
        That of the run: rows without a date are in none but "all".
    """
    return [
        *_set_aside(book.reconciliation),
        *_void(book.reconciliation, book.notes),
        *_undated(book, period),
        *_excluded(book),
    ]


def undated(book: Book, period: str = "book") -> tuple[int, float]:
    """Rows without a date and their revenue, where the period leaves them out; else none."""
    try:
        start, _ = book.period_dates(period)
    except ValueError:
        return 0, 0.0
    if start is None:
        return 0, 0.0
    years = book.totals(period="year")
    without = years[years["period"] == ""]
    return int(without["n_rows"].sum()), round(float(without["revenue"].sum()), 2)


def _set_aside(reconciliation: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in reconciliation:
        if not (rows := item.get("rows set aside", 0)):
            continue
        said = (
            f"Set aside as faulty, in no number here: {rows:,} of {item['rows']:,} rows of "
            f"{item['table']}"
        )
        if item["money column"] and item["money"]:
            share = percent(item["money set aside"] / item["money"])
            said += (
                f", with {item['money set aside']:,.2f} of {item['money']:,.2f} of "
                f"{item['money column']} ({share})"
            )
        yield said + "."


def _void(reconciliation: Sequence[Mapping[str, Any]], notes: Sequence[str]) -> Iterator[str]:
    """By the notes, which tell each value of ``void`` by itself; by the sums of the reconciliation
    where the notes are withheld, since they quote the book.
    """
    told = set()
    for note in notes:
        if " void (" in note and "not count" in note:
            told.add(str(note).partition(":")[0])
            yield f"In no number here: {note}."
    for item in reconciliation:
        if item.get("rows void") and item["table"] not in told:
            worth = (
                f", with {item['money void']:,.2f} of {item['money column']}"
                if item["money column"]
                else ""
            )
            yield (
                f"Void, in no number here: {item['rows void']:,} of {item['rows']:,} rows of "
                f"{item['table']}{worth}."
            )


def _undated(book: Book, period: str) -> Iterator[str]:
    rows, money = undated(book, period)
    if rows:
        every = book.totals().iloc[0]
        whole = float(every["revenue"])
        share = f" ({percent(money / whole)} of the book's)" if whole > 0 else ""
        yield (
            f"Without a date, so in no number of a period: {rows:,} of "
            f"{int(every['n_rows']):,} rows of ledger, with {money:,.2f} of revenue{share}."
        )


def _excluded(book: Book) -> Iterator[str]:
    rows, money = book.excluded_rows
    if rows:
        accounts = count(len(book.excluded), "account")
        yield (
            f"Left out by book.toml (exclude), in no number here: {accounts}, "
            f"{count(rows, 'row')} of ledger with {money:,.2f} of revenue."
        )
