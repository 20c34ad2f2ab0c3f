"""Faults that only the way of writing shows: another currency, day and month in two orders, ids
that Excel has cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from keyacct_utils.book.intake.currency_marks import INDIAN, MARKS, code_of
from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Condition, Staged, locate
from keyacct_utils.book.intake.unreadable_values import SET_ASIDE, both_readings, readings_of_date
from keyacct_utils.book.intake.written_dates import time_form
from keyacct_utils.contract.tables import Column

_PLAIN_NUMBER = r"-?\d+(\.\d+)?"
_INDIAN_GROUPS = r"(^|[^\d.,])\d{1,2}([.,]\d{2})+[.,]\d{3}([^\d]|$)"
_INDIAN_MARKS = "|".join(
    re.escape(mark) for mark, codes in MARKS.items() if set(codes) & set(INDIAN)
)
#: 1.23E+12 in the notations of all countries; 2E10 may be a code and only counts with its sign.
_CUT_ID = r"[+-]?(\d[.,٫]\d+[eE][+-]?\d{1,3}|\d+[eE]\+\d{1,3})"
_NO_ORDER = f"no format reads them all; correct the order where the file was made, {SET_ASIDE}"
SWAPPED = "day and month may be swapped"


def written_conditions(staged: Staged, currency: str) -> Iterator[Condition]:
    """What can be wrong with the text of a row although each value can be read by itself."""
    declared = code_of(currency)
    foreign = [mark for mark, codes in MARKS.items() if declared not in codes]
    yield from _cut_ids(staged)
    for name in (own for own in staged.columns if own in staged.texts):
        column, raw = staged.table.column(name), quoted("raw:" + name)
        if column.kind in ("money", "number") and declared not in INDIAN:
            # 12,34,567 is a number of India's, and elsewhere as likely a slip of 1,234,567.
            sign = "." if staged.source.decimal == "," else ","
            grouped = (
                f"regexp_matches({raw}, '{_INDIAN_GROUPS}') "
                f"AND NOT regexp_matches(upper({raw}), '{_INDIAN_MARKS}')"
            )
            yield Condition(
                name,
                f"CASE WHEN contains({raw}, '{sign}') THEN {grouped} ELSE false END",
                f"not {column.expected.split(' at least')[0].split(' above')[0]}",
                column.expected,
            )
        if column.kind == "money" and len(foreign) < len(MARKS):
            marks = ", ".join(quoted(mark, "'") for mark in foreign)
            other = (
                f"CASE WHEN regexp_full_match({raw}, '{_PLAIN_NUMBER}') "
                f"THEN false ELSE coalesce(mark_before({raw}) IN ({marks}), false) "
                f"OR coalesce(mark_behind({raw}) IN ({marks}), false) END"
            )
            yield Condition(
                name, f"coalesce({other}, false)", "in another currency", f"amounts in {currency}"
            )
        elif column.kind == "date" and (
            declared_order := _order(staged.source.date_format_of(name))
        ):
            other = "month" if declared_order == "day" else "day"
            proof = f"EXISTS (SELECT 1 FROM {staged.work} WHERE day_month_order({raw}) = '{other}')"
            yield Condition(
                name,
                f"coalesce(day_month_order({raw}) = 'either' AND {proof}, false)",
                SWAPPED,
                "one order of both",
            )


def _cut_ids(staged: Staged) -> Iterator[Condition]:
    """Ids of which a spreadsheet or a float has kept the first digits only."""
    for name in (own for own in staged.columns if staged.table.column(own).kind == "id"):
        raw = quoted("raw:" + name)
        cut = f"contains(lower({raw}), 'e') AND regexp_full_match({raw}, '{_CUT_ID}')"
        if name in staged.floats:
            cut = f"{cut} OR abs(TRY_CAST({raw} AS DOUBLE)) >= {staged.floats[name]}"
        elif name not in staged.texts:
            continue
        yield Condition(
            name,
            f"coalesce({cut}, false)",
            "an id that Excel has cut to a few digits"
            if name in staged.texts
            else "an id kept as a float, which has cut it to a few digits",
            "the whole id",
        )


def _order(form: str) -> str:
    """Which of day and month a declared format has first; empty where no other order is near."""
    if form[:2] in ("%d", "%e"):
        return "day" if "%m" in form else ""
    return "month" if form[:2] == "%m" else ""


def order_of_dates(connection: duckdb.DuckDBPyConnection, staged: Staged, column: Column) -> str:
    """How many rows can only be read with the day first, only with the month first, or both ways;
    empty where none can.
    """
    raw = quoted("raw:" + column.name)
    query = (
        f"SELECT day_month_order({raw}) AS found, count(*), min(rowid), "
        f"arg_min({raw}, rowid) FROM {staged.numbered} "
        f"WHERE {staged.live} GROUP BY found HAVING found IS NOT NULL"
    )
    orders = {
        found: (count, rowid, value)
        for found, count, rowid, value in connection.sql(query).fetchall()
    }
    if not orders:
        return ""
    texts = {
        "day": "can only be day first",
        "month": "can only be month first",
        "either": "can be either",
    }
    shown = []
    for key, text in texts.items():
        if key in orders:
            count, rowid, value = orders[key]
            readings = ", ".join(
                f"{label} {value!r} is {day}" for label, day in readings_of_date(value).items()
            )
            (file, line), plural = locate(staged, [rowid])[0], "s" if count > 1 else ""
            shown.append(f"{count:,} row{plural} {text} (first {file} line {line}: {readings})")
    listed = "; ".join(shown)
    declared = staged.source.date_format_of(column.name)
    if {"day", "month"} <= set(orders):
        return f"{listed}: {_NO_ORDER}"
    if other := "" if declared else _written_otherwise(connection, staged, column):
        return f"{listed}; {other}: correct these where the file was made, {SET_ASIDE}"
    times = _times(connection, staged, column)
    if len(times) != 1 or next(iter(times)) is None:
        return f"{listed}; what stands behind the days is not of one form: {_NO_ORDER}"
    time = next(iter(times)) or ""
    values = [
        value for key, (_, _, value) in sorted(orders.items(), key=lambda item: item[0] == "either")
    ]
    proposed = both_readings(values, time, _order(declared))
    if not proposed or f'"{declared}"' in proposed:
        return f"{listed}: {_NO_ORDER}" if declared else ""
    return f"{proposed}; {listed}"


def _times(
    connection: duckdb.DuckDBPyConnection, staged: Staged, column: Column
) -> set[str | None]:
    """The formats of what stands behind the days of a column; None for what is no time."""
    raw = f"plain({quoted('raw:' + column.name)})"
    rest = f"regexp_extract({raw}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+(.*)$', 1)"
    shape = f"regexp_replace({rest}, '[0-9]+', '1', 'g')"
    query = (
        f"SELECT DISTINCT ON ({shape}) {rest} FROM {staged.numbered} "
        f"WHERE {staged.live} AND day_month_order({raw}) IS NOT NULL"
    )
    found = connection.sql(query).fetchall()
    return {time_form(rest) for (rest,) in found}


def _written_otherwise(
    connection: duckdb.DuckDBPyConnection, staged: Staged, column: Column
) -> str:
    """Rows that need no format: they could not be read any more if one were declared."""
    raw = quoted("raw:" + column.name)
    query = (
        f"SELECT count(*), min(rowid), arg_min({raw}, rowid) FROM {staged.numbered} "
        f"WHERE {staged.live} AND {quoted(column.name)} IS NOT "
        f"NULL AND day_month_order({raw}) IS NULL"
    )
    count, rowid, value = connection.sql(query).fetchall()[0]
    if not count:
        return ""
    file, line = locate(staged, [rowid])[0]
    plural = "s are" if count > 1 else " is"
    return (
        f"{count:,} row{plural} written otherwise (first {file} line "
        f"{line}: {value!r}), which a date_format would not read"
    )
