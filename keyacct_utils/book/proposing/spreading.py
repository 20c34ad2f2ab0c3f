"""Sheets whose months, weeks or accounts stand beside each other, looked at as the rows that
``columns_to_rows`` will make of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.telling_words import TOTALS
from keyacct_utils.book.proposing.judging import Judge
from keyacct_utils.book.proposing.matching import Found, match
from keyacct_utils.book.proposing.peeking import LOOKED_ROWS, Peek
from keyacct_utils.book.proposing.periods import first_days, names_period, needs_year, years_in
from keyacct_utils.book.proposing.synonyms import key, words
from keyacct_utils.book.proposing.wording import speaks_of
from keyacct_utils.contract.tables import TABLES

_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,' ]*[)%]?-?|-|")
_MOST_ODD = 0.05
_FEWEST_PERIODS, _FEWEST_ACCOUNTS = 2, 3
_LABELS, _VALUES = ("period", "month", "year_month"), ("amount", "sales_amount", "net_amount")
_SHOWN = 3


def _numeric(values: Sequence[str]) -> bool:
    given = [value for value in values if value]
    odd = sum(not _NUMBER.fullmatch(value) for value in given)
    return bool(given) and odd <= _MOST_ODD * len(given)


def _own_names(peek: Peek) -> list[str]:
    """The header as the book will call it: a column without a name by its number."""
    return [own or f"(column {place})" for place, own in enumerate(peek.header, 1)]


def _melted(
    peek: Peek, stay: list[int], labels: dict[int, str], names: tuple[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows as they will be read."""
    header = [_own_names(peek)[place] for place in stay] + list(names)
    rows = []
    for row in peek.rows:
        cells = [row[place] if place < len(row) else "" for place in range(len(peek.header))]
        kept = [cells[place] for place in stay]
        rows += [
            [*kept, label, cells[place]] for place, label in labels.items() if cells[place].strip()
        ]
    return header, rows


def _turned(
    peek: Peek, over: list[int], names: tuple[str, str], dates: Sequence[dict[str, dt.date]]
) -> Peek:
    """The look at a file as the rows that it will be: ``dates`` gives the day of each header, once
    for each reading that is possible.
    """
    own = _own_names(peek)
    totals = [
        place
        for place, name in enumerate(own)
        if place not in over
        and key(name) in words(TOTALS)
        and _numeric(peek.values(peek.header[place]))
    ]
    filled = [
        any(place < len(row) and row[place].strip() for row in peek.rows)
        for place in range(len(own))
    ]
    stay = [
        place
        for place, name in enumerate(own)
        if place not in (*over, *totals[:1]) and (peek.header[place] or filled[place])
    ]
    way: dict[str, object] = {"stay": [own[place] for place in stay]}
    way |= dict(zip(("label", "value"), names, strict=True))
    if totals:
        way["total"] = own[totals[0]]
    ways = tuple(way | ({"dates": days} if days else {}) for days in dates)
    texts = {place: str(dates[0].get(own[place], own[place])) for place in over}
    header, rows = _melted(peek, stay, texts, names)
    shown = f"{own[over[0]][:40]} to {own[over[-1]][:40]}"
    return replace(
        peek,
        header=header,
        rows=rows[:LOOKED_ROWS],
        cut=not peek.whole or len(rows) > LOOKED_ROWS,
        spread=ways,
        spread_remark=f"{len(over)} columns, {shown}",
        _read={},
    )


def _free(choices: Sequence[str], taken: Sequence[str]) -> str:
    return next((name for name in choices if name not in taken), f"{choices[0]}_of_column")


def periods_to_rows(peek: Peek, judge: Judge) -> Peek:
    """The file with its months, weeks, quarters or years as rows, if it has them beside each other;
    else as it is.
    """
    if peek.kind == "sqlite" or peek.blanks:
        return peek
    over = [
        place
        for place, own in enumerate(peek.header)
        if own and names_period(own) and _numeric(peek.values(own))
    ]
    labels = [peek.header[place] for place in over]
    around = f"{peek.title} {peek.part} {peek.path.stem}"
    years = years_in(around)
    asked = needs_year(labels) and len(years) != 1
    if asked and not years:
        written = dt.datetime.fromtimestamp(peek.path.stat().st_mtime, dt.UTC).year
        years = [written, written - 1]
    readings = [days for year in years or [1] if (days := first_days(labels, year))]
    ours = any(set(labels) <= set(table.names) for table in TABLES.values())
    if len(over) < _FEWEST_PERIODS or len(over) == len(peek.header) or not readings or ours:
        return peek
    column = TABLES["ledger"].column("date")
    read = judge.read(labels, column, Source(name=""))
    if all(value for _, value, _ in read) and len(read) == len(labels):
        readings = [{}]
    names = _free(_LABELS, peek.header), _free(_VALUES, peek.header)
    turned = _turned(peek, over, names, readings)
    if asked and len(readings) > 1:
        turned.spread_doubt = (
            f"{labels[0]} to {labels[-1]} name no year, and {len(years)} are possible: choose one, "
            "or write it"
        )
    named = speaks_of(around) | frozenset[str]().union(*map(speaks_of, labels))
    if "quantity" in named and not named & {"amount", "net"}:
        turned.doubts[names[1]] = "quantities by the name of the file, not amounts"
    elif not named & {"amount", "net"}:
        turned.doubts[names[1]] = (
            f"nothing says what the numbers below {labels[0]} to {labels[-1]} are: amounts?"
        )
    return turned


def accounts_to_rows(found: Found, judge: Judge) -> Found | None:
    """A file of dates with a column for each account, as rows; None where it is none."""
    peek = found.first
    if peek.kind == "sqlite" or peek.blanks or peek.spread or len(found.peeks) > 1:
        return None
    chosen = {choice.column.name: choice for choice in match(TABLES["ledger"], found)}
    first = chosen["date"].own if "date" in chosen else peek.header[0]
    if "account_id" in chosen or not first or not _dates(first, found, judge):
        return None
    over = [
        place
        for place, own in enumerate(peek.header)
        if own
        and own != first
        and not speaks_of(own)
        and key(own) not in words(TOTALS)
        and _numeric(peek.values(own))
    ]
    if len(over) < _FEWEST_ACCOUNTS:
        return None
    turned = _turned(
        peek, over, (_free(("account", "customer"), peek.header), _free(_VALUES, peek.header)), [{}]
    )
    shown = ", ".join(peek.header[place][:30] for place in over[:_SHOWN])
    turned.doubts[turned.header[-2]] = (
        f"{len(over)} columns of numbers stand beside {first!r} ({shown}): is each an account?"
    )
    return Found([turned])


def _dates(own: str, found: Found, judge: Judge) -> bool:
    values = [value for value in found.values(own) if value and key(value) not in words(TOTALS)]
    column = TABLES["ledger"].column("date")
    form = judge.dates(values, column, Source(name=""))
    rows = judge.read(values, column, Source(name="", date_format=form.form))
    return bool(rows) and all(value for _, value, _ in rows) and len(set(values)) == len(values)
