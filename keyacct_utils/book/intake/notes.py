"""What is no fault of a book but worth knowing before its numbers are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import duckdb

from keyacct_utils.book.intake.book_toml import FEATURES, Settings
from keyacct_utils.book.intake.leaks import leaks
from keyacct_utils.book.intake.returns_and_repeats import (
    equal_rows,
    money_of,
    number_of,
    red_ink,
    repeated_rows,
    returns,
    rows_of,
)
from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import VOID_VALUE, Staged, locate
from keyacct_utils.book.intake.unreadable_values import MISSING_CODES
from keyacct_utils.book.intake.unused_columns import converted, odd_notes, too_large
from keyacct_utils.contract.faults import ROWS_SHOWN, Discreet
from keyacct_utils.contract.tables import Column

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

_ZONE = r"\d:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$"
#: The day of a row, by table: what comes after ``as_of`` is told.
_DAYS = {"ledger": "date", "invoices": "issue", "activities": "date"}
_FEW = 5


def remarks(
    connection: duckdb.DuckDBPyConnection, staged: Mapping[str, Staged], settings: Settings
) -> list[str]:
    """What is no fault but worth knowing.

    Void rows, blanks that were trimmed, codes that may mean missing, negative and zero amounts,
    signs of other currencies, time zones, rows that stand in two files, rows after ``as_of``,
    returns, red-ink invoices, groups, accounts left out.
    """
    found: list[str] = []
    for item in staged.values():
        engine = item.engine(connection)
        found += _not_counted(engine, item)
        found += _without_date(engine, item, settings)
        found += odd_notes(engine, item, settings.currency)
        found += converted(engine, item, settings.currency)
        found += too_large(item)
        found += _trimmed(connection, item)
        for column in (item.table.column(own) for own in item.columns):
            found += _of_column(engine, item, column, settings)
            found += _missing(engine, item, column, settings)
        found += _after(engine, item, settings)
        found += leaks(connection, item) if item.table.name == FEATURES else []
        if item.remote:
            continue
        if item.huge:
            found.append(
                f"{item.table.name}: {item.rows:,} rows were "
                "checked; rows that stand twice were not looked for"
            )
        else:
            found += repeated_rows(connection, item)
            found += equal_rows(connection, item)
        found += red_ink(connection, item)
    if ledger := staged.get("ledger"):
        found += returns(connection, settings.conventions.returns) if not ledger.huge else []
        found += _grouped(connection, settings)
        found += _left_out(ledger.engine(connection), settings)
    return found


def _trimmed(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """Ids with blanks at their ends: how many, and in which lines, which quotes none of them."""
    for name, count in item.trimmed.items():
        if not count:
            continue
        blanks = (
            f"SELECT rowid FROM {item.numbered} WHERE {quoted('blanks:' + name)} "
            f"ORDER BY rowid LIMIT {ROWS_SHOWN}"
        )
        rows = [] if item.huge else [row for (row,) in connection.sql(blanks).fetchall()]
        files: dict[str, list[str]] = {}
        for file, line in locate(item, rows):
            files.setdefault(file, []).append(str(line))
        shown = "; ".join(
            f"{f'{file} ' if len(item.parts) > 1 else ''}line{'s' * (len(lines) > 1)} "
            f"{', '.join(lines)}"
            for file, lines in files.items()
        )
        more = ", ..." if count > len(rows) else ""
        where = f"{item.table.name}.{name}"
        said = f"{where}: blanks at the ends were trimmed in {rows_of(count)}"
        text = f"{said} ({shown}{more})" if shown else said
        # the name of a file may tell of the book
        yield text if len(item.parts) > 1 else Discreet(text)


def _not_counted(connection: duckdb.DuckDBPyConnection | Remote, item: Staged) -> Iterator[str]:
    """Rows that the book's own word leaves out: how many, and what they would add."""
    source = item.source
    beyond, worth_of = item.outside
    if beyond:
        worth = f" with {money_of(worth_of)} of {item.money_column}" if item.money_column else ""
        yield Discreet(
            f"{item.table.name}: {rows_of(beyond)} of {item.rows + beyond:,}{worth} "
            f"{'is' if beyond == 1 else 'are'} left out by the WHERE of its sql"
        )
    for option, test in item.left_out.items():
        count, amount, known = _count_and_money(connection, item, test)
        worth = _worth(item, count, amount, known)
        one = count == 1
        text = f"{item.table.name}: {rows_of(count)} of {item.rows:,}"
        if option == "void":
            yield from _void(connection, item) if count else _none_void(item)
        elif option == "where":
            yield f"{text}{worth} {'is' if one else 'are'} left out by where ({source.where})"
        elif option == "duplicates":
            verb = "repeats" if one else "repeat"
            yield Discreet(
                f"{text}{worth} {verb} an earlier row in every column and "
                f'{"does" if one else "do"} not count (duplicates = "drop")'
            )
        else:
            yield Discreet(
                f"{text}{worth} {'has' if one else 'have'} a key that another row has and "
                f'{"does" if one else "do"} not count (repeated_keys = "first")'
            )
            yield from _several_values(connection, item)


def _none_void(item: Staged) -> Iterator[str]:
    declared = "; ".join(f"{own}: {', '.join(values)}" for own, values in item.source.void.items())
    yield (
        f"{item.table.name}: no row is void ({declared}); "
        "check the values that void names in book.toml"
    )


def _void(connection: duckdb.DuckDBPyConnection | Remote, item: Staged) -> Iterator[str]:
    """Each value that makes rows void by itself: a cancelled document and a row of totals are no
    one figure. A row that two values name is told with the first.
    """
    for number, (own, value) in enumerate(item.source.void_values, 1):
        count, amount, known = _count_and_money(connection, item, f"{VOID_VALUE} = {number}")
        if count:
            worth = _worth(item, count, amount, known)
            is_, does = ("is", "does") if count == 1 else ("are", "do")
            yield (
                f"{item.table.name}: {rows_of(count)} of {item.rows:,} {is_} void "
                f"({own}: {value}){worth}, and {does} not count"
            )


def _several_values(connection: duckdb.DuckDBPyConnection | Remote, item: Staged) -> Iterator[str]:
    """Columns in which rows of one key differ, so that the choice of the row matters."""
    key = ", ".join(quoted(name) for name in item.table.key)
    for name in (name for name in item.columns if name not in item.table.key):
        each = (
            f"SELECT count(DISTINCT {quoted('raw:' + name)}) AS several FROM {item.work} "
            f"GROUP BY {key}"
        )
        count = connection.sql(f"SELECT count_if(several > 1) FROM ({each}) AS e").fetchall()[0][0]
        if count:
            yield Discreet(
                f"{item.table.name}.{name}: of {number_of(count, 'key')} the rows differ; "
                "that of the fullest row counts, of these the first"
            )


def _count_and_money(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, test: str
) -> tuple[int, int, int]:
    """Rows, their money, and of how many of them it is known."""
    money = quoted(item.money_column) if item.money_column else "NULL"
    count, amount, known = connection.sql(
        f"SELECT count(*), sum({money}), count({money}) FROM {item.work} WHERE {test}"
    ).fetchall()[0]
    return count, int(amount or 0), known


def _worth(item: Staged, count: int, amount: int, known: int) -> str:
    """What rows that do not count hold: an empty amount is unknown, and no zero."""
    if not item.money_column:
        return ""
    if count and not known:
        return f" without a known {item.money_column}"
    rest = f" (not known in {rows_of(count - known)})" if count > known else ""
    return f" with {money_of(amount)} of {item.money_column}{rest}"


def _without_date(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, settings: Settings
) -> Iterator[str]:
    """Postings that fall out of every period."""
    if item.table.name != "ledger" or "date" not in item.columns:
        return
    count, amount, _ = _count_and_money(connection, item, f"date IS NULL AND {item.counted}")
    if count:
        one = count == 1
        text = f"{rows_of(count)} with {money_of(amount)} of revenue {'has' if one else 'have'}"
        period = (
            f"the period of this book, {settings.period}, leaves {'it' if one else 'them'} out"
            if settings.period != "all"
            else f'only period = "all" counts {"it" if one else "them"}'
        )
        yield Discreet(
            f"ledger.date: {text} no date and {'belongs' if one else 'belong'} to no period: "
            f"{period}"
        )


def _of_column(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, column: Column, settings: Settings
) -> Iterator[str]:
    name = f"{item.table.name}.{column.name}"
    raw, parsed = quoted("raw:" + column.name), quoted(column.name)
    source = f"{item.work} WHERE {item.counted}"
    if column.kind == "date" and column.name in item.texts:
        count = connection.sql(
            f"SELECT count_if(regexp_matches({raw}, '{_ZONE}')) FROM {source}"
        ).fetchall()[0][0]
        if count:
            yield (
                f"{name}: {rows_of(count)} {'carries' if count == 1 else 'carry'} a time zone; "
                "the day is the one written, in that zone"
            )
    if column.unit.startswith("percent"):
        low, high, fractions = connection.sql(
            f"SELECT min({parsed}), max({parsed}), "
            f"coalesce(count_if({parsed} > 0 AND {parsed} < 1), 0) FROM {source}"
        ).fetchall()[0]
        if fractions >= _FEW and low >= 0 and high <= 1:
            yield (
                f"{name}: all values lie between 0 and 1, read as percent; "
                "if they are shares, multiply them by 100 with sql"
            )
    if column.kind not in ("money", "number") or column.low is not None or column.above is not None:
        return
    codes = ", ".join(quoted(code, "'") for code in MISSING_CODES)
    counts = (
        f"count_if({raw} IN ({codes})), count_if({parsed} < "
        f"0), sum(least({parsed}, 0)), count_if({parsed} = 0)"
    )
    coded, negative, amount, zero = connection.execute(f"SELECT {counts} FROM {source}").fetchall()[
        0
    ]
    if coded:
        yield Discreet(
            f"{name}: {rows_of(coded)} with a number that "
            f"often means missing ({codes}); declare na if so"
        )
    if column.kind != "money":
        return
    if negative:
        gross = settings.conventions.returns == "gross" and name == "ledger.revenue"
        meaning = (
            'are left out of the roll-up with their rows (returns = "gross")'
            if gross
            else "count as returns"
        )
        if negative == 1:
            meaning = meaning.replace(
                "are left out of the roll-up with their rows",
                "is left out of the roll-up with its row",
            ).replace("count as returns", "counts as a return")
        said = f"{number_of(negative, 'negative amount')}, {money_of(amount)} in all"
        # what an account leaves may be below zero, and nothing was returned
        said += "" if column.name in _LEFT else f", {meaning}"
        yield Discreet(f"{name}: {said}")
    if zero:
        said = f"{number_of(zero, 'amount')} {'is' if zero == 1 else 'are'} zero"
        yield Discreet(f"{name}: {said}")


#: Columns of what is left after costs.
_LEFT = ("contribution", "margin")
#: Figures of the ledger that may be missing, and what then is so.
_UNKNOWN = {
    "cost_goods": "no cost is known of {them}, so a profit is at most what it seems; "
    "standard_cost = 0.7 in book.toml would assume a share of the revenue",
    "volume": "{they} in no total of volume, so such a total is at least what it seems",
}


def _missing(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, column: Column, settings: Settings
) -> Iterator[str]:
    """Rows of the ledger without a figure that lessons add up: what is missing is no zero."""
    told = _UNKNOWN.get(column.name, "") if item.table.name == "ledger" else ""
    if not told or "revenue" not in item.columns:
        return
    gap = f"{quoted(column.name)} IS NULL"
    every, count, amount = connection.sql(
        f"SELECT count(*), count_if({gap}), sum(CASE WHEN {gap} THEN revenue END) "
        f"FROM {item.work} WHERE {item.counted}"
    ).fetchall()[0]
    share = settings.conventions.standard_cost
    if not count:
        return
    if column.name == "cost_goods" and share is not None:
        told = f"{100 * share:g} % of the revenue is assumed (standard_cost in book.toml)"
    said = told.format(
        them="it" if count == 1 else "them", they="it is" if count == 1 else "they are"
    )
    yield Discreet(
        f"ledger.{column.name}: missing in {rows_of(count)} of {every:,} with "
        f"{money_of(amount or 0)} of revenue; {said}"
    )


def _after(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, settings: Settings
) -> Iterator[str]:
    day = _DAYS.get(item.table.name, "")
    if not settings.as_of or day not in item.columns:
        return
    total = f"sum({item.money_column})" if item.money_column else "NULL"
    later = f"{day} > DATE '{settings.as_of:%Y-%m-%d}'"
    count, amount = connection.sql(
        f"SELECT count(*), {total} FROM {item.table.name} WHERE {later}"
    ).fetchall()[0]
    if count:
        worth = f" with {money_of(amount or 0)} of {item.money_column}" if item.money_column else ""
        text = f"{rows_of(count)}{worth} {'is' if count == 1 else 'are'} dated after as_of"
        counts = (
            "it counts: move as_of, or leave it out"
            if count == 1
            else "they count: move as_of, or leave them out"
        )
        yield Discreet(f"{item.table.name}: {text} ({settings.as_of}); {counts}")


def _grouped(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[str]:
    if not settings.group_by:
        return
    joined = "(SELECT DISTINCT account_id FROM ledger) LEFT JOIN accounts USING (account_id)"
    # an account whose id is that of a group counts with it: a parent among its subsidiaries
    query = (
        f"WITH joined AS (SELECT account_id, group_id FROM {joined}), counted AS "
        "(SELECT coalesce(group_id, account_id) AS unit, group_id IS NOT NULL OR account_id IN "
        "(SELECT group_id FROM joined WHERE group_id IS NOT NULL) AS grouped FROM joined) "
        "SELECT count_if(grouped), count(DISTINCT CASE WHEN grouped THEN unit END), "
        "count_if(NOT grouped) FROM counted"
    )
    members, groups, alone = connection.sql(query).fetchall()[0]
    yield Discreet(
        f"group_by: {number_of(members, 'account')} {'counts' if members == 1 else 'count'} as "
        f"{number_of(groups, 'group')}; {alone:,} "
        + (
            "has no group and counts by itself"
            if alone == 1
            else "have no group and count by themselves"
        )
    )
    namesakes = (
        "SELECT count(*) FROM accounts WHERE account_id IN (SELECT group_id FROM accounts) "
        "AND coalesce(group_id, account_id) <> account_id"
    )
    if count := connection.sql(namesakes).fetchall()[0][0]:
        yield (
            "group_by: 1 account has the id of a group to which it does not belong"
            if count == 1
            else f"group_by: {count:,} accounts have the id of a group to which they do not belong"
        )


def _left_out(connection: duckdb.DuckDBPyConnection | Remote, settings: Settings) -> Iterator[str]:
    for account, reason in settings.exclude.items():
        query = (
            "SELECT count(*), sum(revenue) FROM ledger "
            f"WHERE account_id = {quoted(account, chr(39))}"
        )
        count, amount = connection.sql(query).fetchall()[0]
        text = f"excluded: account {account} ({reason}), {rows_of(count)}"
        if count:
            yield f"{text}, {money_of(amount)}"
            continue
        yield f"{text}: the id is not in the ledger"
