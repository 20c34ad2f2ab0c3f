"""What stands in no number of a run, in rows and money: rows set aside, void, not chosen, undated,
of accounts that the book leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyacct_utils.book import Book
from keyacct_utils.book.intake.loading import UNKNOWN
from keyacct_utils.lessons.showing.words import cents, count, percent

#: As the reconciliation calls rows that are not chosen, and as the page does.
_NOT_CHOSEN = {
    "left out by where": "Left out by where",
    "left out by sql": "Left out by the WHERE of the sql",
    "dropped as repeated": "Dropped as repeated",
    "dropped for a repeated key": "Dropped for a repeated key",
}

#: A note on one value of ``void``.
_VOID = re.compile(
    r"(?P<table>\w+): (?P<rows>[\d,]+ rows?) of [\d,]+ (?:is|are) void \((?P<value>.*)\)"
    r"(?P<worth>[^()]*(?: \(not known in [\d,]+ rows?\))?), and do(?:es)? not count",
    re.DOTALL,
)


def left_out(book: Book, period: str = "book") -> list[str]:
    """The sentences, none where every row counts.

    Parameters
    ----------
    book : Book
    period : str
        That of the run: rows without a date are in none but "all"; where it is not that, the other
        sentences say that they speak of the whole book.
    """
    cut = (book.period if period == "book" else period) != "all"
    whole = " in the whole book" if cut else ""
    return [
        *_set_aside(book.reconciliation, whole),
        *_void(book.reconciliation, book.notes, whole),
        *_not_chosen(book.reconciliation, whole),
        *_undated(book, period),
        *_excluded(book, whole),
    ]


def undated(book: Book, period: str = "book") -> tuple[int, float]:
    """Rows without a date and their revenue, where the period leaves them out; else none."""
    try:
        start, _ = book.period_dates(period)
    except ValueError:
        return 0, 0.0
    if start is None or not book.has("ledger"):
        return 0, 0.0
    years = book.totals(period="year")
    without = years[years["period"] == ""]
    return int(without["n_rows"].sum()), round(float(without["revenue"].sum()), 2)


def _set_aside(reconciliation: Sequence[Mapping[str, Any]], whole: str) -> Iterator[str]:
    for item in reconciliation:
        if not (rows := item.get("rows set aside", 0)):
            continue
        said = (
            f"Set aside as faulty, in no number here: {rows:,} of {item['rows']:,} rows of "
            f"{item['table']}{whole}"
        )
        unknown = item.get(f"{UNKNOWN} set aside", 0)
        if unknown == rows and item["money column"]:
            said += f", without a known {item['money column']}"
        elif item["money column"] and item["money"]:
            share = percent(item["money set aside"] / item["money"])
            said += (
                f", with {cents(item['money set aside'])} of {cents(item['money'])} of "
                f"{item['money column']} ({share})"
            )
            said += f" (not known in {count(unknown, 'row')})" if unknown else ""
        yield said + "."


def tells_void(note: str) -> bool:
    """Whether a note tells the rows of one value of ``void``, which `left_out` tells too."""
    return bool(_VOID.fullmatch(note))


def _void(
    reconciliation: Sequence[Mapping[str, Any]], notes: Sequence[str], whole: str
) -> Iterator[str]:
    """A sentence for each table, with each value of ``void`` by the notes where there are several;
    by the sums of the reconciliation alone where the notes are withheld, since they quote the book.
    """
    told = [found for note in notes if (found := _VOID.fullmatch(str(note)))]
    for item in reconciliation:
        if not item.get("rows void"):
            continue
        mine = [found for found in told if found["table"] == item["table"]]
        if len(mine) == 1:
            share = _share(item, "money void").replace(" (", " ").rstrip(")")
            that = f"; that is{share}" if share and item["money void"] else ""
            yield f"In no number here{',' if whole else ''}{whole}: {mine[0][0]}{that}."
            continue
        values = "; ".join(f"{one['rows']} ({one['value']}){one['worth']}" for one in mine)
        yield (
            f"Void, in no number here: {item['rows void']:,} of {item['rows']:,} rows of "
            f"{item['table']}{whole}{_worth(item, 'void')}{f': {values}' if values else ''}."
        )


def _worth(item: Mapping[str, Any], what: str) -> str:
    """The money of rows that are in no number, and its share of all; an empty cell is no zero."""
    if not item["money column"]:
        return ""
    unknown = item.get(f"{UNKNOWN} {what}", 0)
    if unknown and unknown == item[f"rows {what}"]:
        return f", without a known {item['money column']}"
    rest = f" (not known in {count(unknown, 'row')})" if unknown else ""
    worth = f", with {cents(item.get(f'money {what}', 0.0))} of {item['money column']}"
    return f"{worth}{_share(item, f'money {what}')}{rest}"


def _share(item: Mapping[str, Any], what: str) -> str:
    """The share of all money that a table holds, where that is a share of anything."""
    if not item["money column"] or item.get("money", 0) <= 0:
        return ""
    return f" ({percent(item.get(what, 0.0) / item['money'])} of {cents(item['money'])})"


def _not_chosen(reconciliation: Sequence[Mapping[str, Any]], whole: str) -> Iterator[str]:
    """Rows that where, the sql of a table, or duplicates = "drop" leaves out."""
    for item in reconciliation:
        for what, said in _NOT_CHOSEN.items():
            if not (rows := item.get(f"rows {what}", 0)):
                continue
            yield (
                f"{said}, in no number here: {rows:,} of {item['rows']:,} rows of "
                f"{item['table']}{whole}{_worth(item, what)}."
            )


def _undated(book: Book, period: str) -> Iterator[str]:
    rows, money = undated(book, period)
    if rows:
        every = book.totals().iloc[0]
        whole = float(every["revenue"])
        share = f" ({percent(money / whole)} of the book's)" if whole > 0 else ""
        yield (
            f"Without a date, so in no number of a period: {rows:,} of "
            f"{int(every['n_rows']):,} rows of ledger, with {cents(money)} of revenue{share}."
        )


def _excluded(book: Book, whole: str) -> Iterator[str]:
    rows, money = book.excluded_rows
    if rows:
        accounts = count(len(book.excluded), "account")
        every = money + float(book.totals()["revenue"].sum())
        share = f" ({percent(money / every)} of {cents(every)})" if every > 0 else ""
        yield (
            f"Left out by book.toml (exclude), in no number here: {accounts}, "
            f"{count(rows, 'row')} of ledger{whole} with {cents(money)} of revenue{share}."
        )
