"""What reads without a fault and is probably wrong all the same: totals among the rows, one
account in two spellings, a gap.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb

from keyacct_utils.book.intake.company_forms import without_form
from keyacct_utils.book.intake.returns_and_repeats import money_of, rows_of
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.book.intake.staged_table import Condition, Staged, locate
from keyacct_utils.book.intake.sums_of_rows import Sums, sums_of_rows
from keyacct_utils.book.intake.survey_answers import scale_remarks
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault, cut
from keyacct_utils.contract.tables import MONEY_SCALE, Table

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

TOTALS = "a row of totals, not an account"
SUMS = "the sum of the other rows, not an account"
#: Ids that nobody gives to an account, in small letters, without blanks and colons.
_TOTAL_WORDS = (
    "合计", "总计", "小计", "共计", "累计", "总合计", "本页合计", "本月合计", "本年累计",
    "本页小计", "合计数", "总计数", "汇总", "合計", "總計", "小計", "共計", "總合計", "累計",
    "匯總", "総計", "総合計", "합계", "소계", "총계", "총합계",
    "total", "totals", "subtotal", "sub-total", "subtotals",
    "grandtotal", "grandtotals", "totalresult", "reporttotal", "overalltotal", "overallresult",
    "totalgeneral", "totalgénéral", "sous-total", "gesamt", "summe", "gesamtsumme",
    "zwischensumme", "gesamtergebnis", "endsumme", "итого", "всего", "общийитог", "totaal",
    "eindtotaal", "subtotaal", "totale", "totalecomplessivo", "totalgeral", "sumatotal", "razem",
    "összesen", "celkem", "toplam", "geneltoplam",
)  # fmt: skip
_BLANKS_AND_COLONS = " :：\u3000\u00a0\t"
_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F))
_ASCII = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F))
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB")
_LARGEST = 2**63 - 1
#: Days that systems write for a date that they do not know.
_PLACEHOLDERS = ("1900-01-01", "1970-01-01", "2099-12-31")
_MONTHS_SHORT = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
#: What spreadsheets make of True, 1-2, MAR1 or 2E10.
_MADE_OF_CODES = (
    ("(?i)true|false|wahr|falsch|vrai|faux|verdadero|falso", "truth values"),
    (
        rf"(?i)(?:19|20)\d{{2}}-\d{{2}}-\d{{2}}(?:[T ].*)?|\d{{1,2}}-{_MONTHS_SHORT}(?:-\d+)?"
        rf"|{_MONTHS_SHORT}-\d{{2}}|\d{{1,2}}月\d{{1,2}}日",
        "dates",
    ),
    (r"\d[eE]\d{1,2}", "powers of ten"),
)
#: Digits, a point and three digits, with or without a sign or a currency: 12.500, € -1.250.
_POINTED = r"^[^\d.,]*[1-9]\d{0,2}\.\d{3}[^\d.,]*$"
_SPELLED = (
    "names that are one but for the form of the company, punctuation or capital letters count as "
    "accounts of their own"
)
#: No line carries more than this.
_HIGHEST_KV = 1_200


def total_rows(
    staged: Staged, connection: duckdb.DuckDBPyConnection | None = None
) -> Iterator[Condition]:
    """Rows of totals: counted, they double the business and lead every ranking. With a connection
    to where the rows lie, those are told too that only hold the sum of others.
    """
    if "account_id" not in staged.columns:
        return
    sums = sums_of_rows(connection, staged) if connection else Sums()
    staged.sums_by_chance = sums.chance
    words = ", ".join(quoted(word, "'") for word in _TOTAL_WORDS)
    bare = f"lower(translate(account_id, {quoted(_BLANKS_AND_COLONS, chr(39))}, ''))"
    # Most ids end in a digit, which no such word does.
    named = (
        "CASE WHEN right(account_id, 1) BETWEEN '0' AND '9' THEN false "
        f"ELSE coalesce({bare} IN ({words}), false) END"
    )
    if sums.named:
        named = f"({named} OR rowid IN ({', '.join(map(str, sums.named))}))"
    yield Condition("account_id", named, TOTALS, "one account a row")
    if sums.told:
        told = f"rowid IN ({', '.join(map(str, sums.told))})"
        yield Condition("account_id", told, SUMS, "one account a row")


def type_faults(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    parts: list[Part],
    columns: Mapping[str, str],
) -> Iterator[Fault]:
    """Columns of a Parquet file or an SQL answer whose type can hold no value of the contract's."""
    for part in (part for part in parts if part.native_types):
        types = dict(
            connection.sql(f"DESCRIBE SELECT * FROM {part.relation}")
            .project("column_name, column_type")
            .fetchall()
        )
        for name, own in columns.items():
            column, given = table.column(name), str(types[own])
            plain = given == "VARCHAR" or given.removeprefix("U").startswith(_NUMBERS)
            if column.kind in ("money", "number", "integer"):
                fits = plain
            elif column.kind == "flag":
                fits = plain or given == "BOOLEAN"
            else:
                fits = not given.startswith(_NESTED)
            if not fits or given.endswith("]"):
                mend = "map another column, or give it that type where the file is written"
                yield Fault(
                    table.name,
                    f"a column of type {given[:60]}",
                    mend,
                    name,
                    part.path.name,
                    expected=column.expected,
                )


def oversized(connection: duckdb.DuckDBPyConnection, staged: Staged) -> Iterator[Fault]:
    """Sums that are too large to be counted exactly; every roll-up would stop on them."""
    for column in (staged.table.column(name) for name in staged.columns):
        if not staged.table.large or not (column.kind == "money" or column.name == "volume"):
            continue
        scale = 1 if column.kind == "money" else MONEY_SCALE
        total = connection.sql(
            f"SELECT sum(abs(CAST({quoted(column.name)} AS DOUBLE))) FROM {staged.work}"
        ).fetchall()[0][0]
        if total is not None and total * scale > _LARGEST:
            problem = (
                "the sum of the amounts is too large to be "
                f"counted: {total * scale / MONEY_SCALE:,.0f}"
            )
            mend = (
                "count in a larger unit with sql (such as "
                "thousands), and look for amounts in a wrong unit"
            )
            yield Fault(
                staged.table.name,
                problem,
                mend,
                column.name,
                expected=f"at most {_LARGEST // MONEY_SCALE:,}",
            )


def suspicions(connection: duckdb.DuckDBPyConnection, staged: Mapping[str, Staged]) -> list[str]:
    """Notes on what a person would question; they may quote values of the files."""
    found: list[str] = []
    for item in (item for item in staged.values() if not item.remote):
        found += _sums_by_chance(connection, item)
        for part in item.parts:
            found += [f"{item.table.name} ({part.path.name}): {remark}" for remark in part.remarks]
            found += _hidden(connection, item, part)
        for name in item.columns:
            kind = item.table.column(name).kind
            if kind == "date":
                found += _dates(connection, item, name)
            elif kind in ("money", "number"):
                found += _commas(connection, item, name)
                found += _points(connection, item, name)
                found += _lakhs(connection, item, name)
            elif kind in ("id", "category"):
                found += _line_breaks(connection, item, name)
                if kind == "id" and not item.huge:
                    found += _made_of_codes(connection, item, name)
    if "survey" in staged:
        found += scale_remarks(connection, staged["survey"])
    if "accounts" in staged and not staged["accounts"].huge:
        found += _namesakes(connection, staged["accounts"], "ledger" in staged)
        found += _spellings(connection, staged["accounts"], "ledger" in staged)
    if "ledger" in staged:
        if not staged["ledger"].huge:
            found += _look_alikes(connection)
            found += _spelled_ids(connection)
        found += _gaps(staged["ledger"].engine(connection), staged["ledger"])
    if "accounts" in staged and "voltage_kv" in staged["accounts"].columns:
        count = connection.sql(
            f"SELECT count(*) FROM accounts WHERE voltage_kv > {_HIGHEST_KV}"
        ).fetchall()[0][0]
        if count:
            found.append(
                f"accounts.voltage_kv: {count:,} rows above "
                f"{_HIGHEST_KV:,} kV; if these are volts, divide by 1,000"
            )
    return found


def _made_of_codes(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    """Ids that a spreadsheet turned into truth values, dates or powers of ten."""
    raw = quoted("raw:" + name)
    for form, what in _MADE_OF_CODES:
        query = (
            f"SELECT count(*), list(DISTINCT {raw} ORDER BY {raw})[:{ROWS_SHOWN}] "
            f"FROM {item.work} WHERE {item.counted} AND regexp_full_match({raw}, '{form}')"
        )
        count, values = connection.sql(query).fetchall()[0]
        if count:
            shown = ", ".join(cut(repr(value)) for value in values)
            yield (
                f"{item.table.name}.{name}: {rows_of(count)} with ids that look like {what} "
                f"({shown}); a spreadsheet may have made them of codes: compare with the source"
            )


def _sums_by_chance(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    for rowid in item.sums_by_chance:
        query = (
            f'SELECT "raw:account_id", {quoted(item.money_column)} FROM {item.work} '
            f"WHERE rowid = {rowid} AND {item.counted}"
        )
        for name, amount in connection.sql(query).fetchall():
            file, line = locate(item, [rowid])[0]
            yield (
                f"{item.table.name}.account_id: {cut(repr(name))} ({file} line {line}) holds "
                f"{money_of(amount)}, the sum of all other rows; if it is a total, delete the line"
            )


def _hidden(connection: duckdb.DuckDBPyConnection, item: Staged, part: Part) -> Iterator[str]:
    """Rows of a sheet that nobody sees in it: they count all the same."""
    places = [row - part.first_line for row in part.hidden]
    rowids = [part.offset + place for place in places if 0 <= place < part.records]
    if not rowids:
        return
    money = f"sum({quoted(item.money_column)})" if item.money_column else "NULL"
    query = (
        f"SELECT count(*), {money} FROM {item.work} "
        f"WHERE rowid IN ({', '.join(map(str, rowids))}) AND {item.counted}"
    )
    count, amount = connection.sql(query).fetchall()[0]
    if count:
        worth = f" with {money_of(amount or 0)} of {item.money_column}" if item.money_column else ""
        counts = "is hidden, and counts" if count == 1 else "are hidden, and count"
        yield (
            f"{item.table.name} ({part.path.name}): {count:,} of {part.records:,} rows of sheet "
            f"{part.sheet!r}{worth} {counts}; if a filter was meant to leave them out, delete them"
        )


def _narrow(name: str) -> str:
    """SQL: a text with ASCII for full-width signs."""
    wide, plain = quoted(_FULL_WIDTH, "'"), quoted(_ASCII, "'")
    return f"translate(nfc_normalize({name}), {wide}, {plain})"


def _key(name: str) -> str:
    """SQL: a name or an id without what the eye does not tell apart."""
    return f"lower(regexp_replace({_narrow(name)}, '[\\s\\p{{Z}}\\p{{Cf}}]', '', 'g'))"


def _sold(ledger: bool) -> str:
    """SQL: what each account brought in; of a book without a ledger no account is in it."""
    if ledger:
        return "(SELECT account_id, sum(revenue) AS amount FROM ledger GROUP BY account_id)"
    return "(SELECT CAST(NULL AS VARCHAR) AS account_id, CAST(NULL AS BIGINT) AS amount LIMIT 0)"


def _listed(
    groups: list[tuple[list[str], int]], names: Sequence[str] = (), ledger: bool = True
) -> str:
    """Ids that belong together, under their name if one is given, with what they bring in."""
    shown = "; ".join(
        f"{f'{cut(name)!r}: ' if name else ''}"
        f"{', '.join(cut(repr(one)) for one in ids[:ROWS_SHOWN])}"
        f"{f' ({money_of(amount or 0)} of revenue)' if ledger else ''}"
        for (ids, amount), name in itertools.zip_longest(groups[:ROWS_SHOWN], names[:ROWS_SHOWN])
    )
    return shown + ("; ..." if len(groups) > ROWS_SHOWN else "")


def two_names(connection: duckdb.DuckDBPyConnection | Remote, item: Staged) -> str:
    """What is to be said of accounts that stand twice, under different names; empty where none
    does.
    """
    names = [name for name in ("name_zh", "name_en") if name in item.columns]
    if item.table.name != "accounts" or not names:
        return ""
    name = names[0]
    query = (
        f"SELECT account_id, list(DISTINCT {name} ORDER BY {name}) FROM {item.work} "
        f"WHERE {item.live} GROUP BY account_id HAVING count(DISTINCT {name}) > 1 ORDER BY 1"
    )
    found = connection.sql(query).fetchall()
    if not found:
        return ""
    shown = "; ".join(
        f"{cut(repr(account))} is {' and '.join(cut(repr(one)) for one in called[:ROWS_SHOWN])}"
        for account, called in found[:ROWS_SHOWN]
    )
    return f"; of one id with two names look which is right: {shown}"


def _look_alikes(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    # Ids of letters and digits only, nearly all, take the short way.
    key = (
        "ltrim(CASE WHEN regexp_full_match(account_id, '[0-9A-Za-z_-]+') THEN lower(account_id) "
        f"ELSE regexp_replace({_key('account_id')}, '^(\\d+)\\.0$', '\\1') END, '0')"
    )
    query = (
        "SELECT list(account_id ORDER BY account_id) AS ids, sum(amount) FROM "
        "(SELECT account_id, sum(revenue) AS amount FROM ledger GROUP BY account_id) "
        f"GROUP BY {key} HAVING count(*) > 1 ORDER BY ids"
    )
    groups = connection.sql(query).fetchall()
    if groups:
        yield (
            "ledger.account_id: ids that look alike count as "
            f"accounts of their own: {_listed(groups)}; "
            "if they are one, write them alike, or give them one group_id"
        )


def _namesakes(connection: duckdb.DuckDBPyConnection, item: Staged, ledger: bool) -> Iterator[str]:
    """Two ids under one name, unless one group_id says already that they are one."""
    for name in ("name_zh", "name_en"):
        if name not in item.columns:
            continue
        group = "group_id" if "group_id" in item.columns else "NULL"
        query = (
            "SELECT list(account_id ORDER BY account_id) AS ids, sum(amount), "
            f"arg_min({name}, account_id) FROM accounts "
            f"LEFT JOIN {_sold(ledger)} USING (account_id) "
            f"WHERE {name} IS NOT NULL GROUP BY {_key(name)} "
            f"HAVING count(*) > 1 AND (count(DISTINCT {group}) <> 1 OR count({group}) < count(*)) "
            "ORDER BY ids"
        )
        if groups := connection.sql(query).fetchall():
            listed = _listed(
                [found[:2] for found in groups], [found[2] for found in groups], ledger
            )
            yield (
                f"accounts.{name}: one name under several ids, which count as accounts of their "
                f"own: {listed}; if they are one, give them one group_id"
            )


def _spellings(connection: duckdb.DuckDBPyConnection, item: Staged, ledger: bool) -> Iterator[str]:
    """Names that differ in the form of the company, in punctuation, blanks or capital letters,
    unless one group_id says already that they are one.
    """
    for name in (name for name in ("name_zh", "name_en") if name in item.columns):
        group = "group_id" if "group_id" in item.columns else "NULL"
        bare, _ = without_form(_narrow(name))
        query = (
            f"SELECT list(account_id || ' ' || {name} ORDER BY account_id) AS ids, sum(amount) "
            f"FROM (SELECT *, {bare} AS bare, {_key(name)} AS key FROM accounts) LEFT JOIN "
            f"{_sold(ledger)} USING (account_id) WHERE bare <> '' GROUP BY bare "
            "HAVING count(DISTINCT key) > 1 "
            f"AND (count(DISTINCT {group}) <> 1 OR count({group}) < count(*)) ORDER BY ids"
        )
        if groups := connection.sql(query).fetchall():
            yield (
                f"accounts.{name}: {_SPELLED}: {_listed(groups, ledger=ledger)}; if they are "
                "one firm, give them one group_id"
            )


def _spelled_ids(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The same of ids that are names: those without a form of the company may be codes."""
    bare, formed = without_form(_narrow("account_id"))
    query = (
        "SELECT list(account_id ORDER BY account_id) AS ids, sum(amount) FROM "
        f"(SELECT *, {bare} AS bare, {formed} AS formed, {_key('account_id')} AS key FROM "
        "(SELECT account_id, sum(revenue) AS amount FROM ledger GROUP BY account_id) "
        "WHERE regexp_matches(account_id, '\\p{L}')) "
        "GROUP BY bare HAVING count(DISTINCT key) > 1 AND bool_or(formed) ORDER BY ids"
    )
    if groups := connection.sql(query).fetchall():
        yield (
            f"ledger.account_id: {_SPELLED}: {_listed(groups)}; if they are one firm, write them "
            "alike, or give them one group_id"
        )


def _gaps(connection: duckdb.DuckDBPyConnection | Remote, ledger: Staged) -> Iterator[str]:
    """Calendar months without a row between the first and the last: a file that was not
    exported.
    """
    if "date" not in ledger.columns:
        return
    month = "extract(year FROM date) * 12 + extract(month FROM date) - 1"
    known = ", ".join(f"DATE '{day}'" for day in _PLACEHOLDERS)
    query = f"SELECT DISTINCT {month} FROM ledger WHERE date NOT IN ({known}) ORDER BY 1"
    have = [int(row[0]) for row in connection.sql(query).fetchall()]
    gaps = sorted(set(range(have[0], have[-1])) - set(have)) if have else []
    if gaps and len(gaps) < len(have):
        shown = ", ".join(f"{number // 12}-{number % 12 + 1:02d}" for number in gaps[:ROWS_SHOWN])
        more = f", and {len(gaps) - ROWS_SHOWN:,} months more" if len(gaps) > ROWS_SHOWN else ""
        yield f"ledger.date: no row in {shown}{more}; is a file missing?"


def _dates(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    known = ", ".join(f"DATE '{day}'" for day in _PLACEHOLDERS)
    raw = quoted("raw:" + name)
    query = (
        f"SELECT {quoted(name)}, count(*), min(CAST({raw} AS VARCHAR)) FROM {item.work} "
        f"WHERE {quoted(name)} IN ({known}) GROUP BY 1 ORDER BY 1"
    )
    for day, count, written in connection.sql(query).fetchall():
        yield (
            f"{item.table.name}.{name}: {count:,} rows hold {day}, which often means missing; "
            f'declare na = ["{written}"] if so'
        )
    part = item.parts[0] if item.parts else None
    if part and part.native_types:
        types = dict(
            connection.sql(f"DESCRIBE SELECT * FROM {part.relation}")
            .project("column_name, column_type")
            .fetchall()
        )
        if types[item.columns[name]] == "TIMESTAMP WITH TIME ZONE":
            yield (
                f"{item.table.name}.{name}: holds instants; the day is "
                "that of UTC, for another zone convert it with sql"
            )


def _commas(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    """Commas before three digits in a file of semicolons: thousands as read, but a decimal comma
    is as likely.
    """
    if item.source.decimal == "," or not any(part.text and part.sep == ";" for part in item.parts):
        return
    raw = quoted("raw:" + name)
    query = (
        f"SELECT count(*), min({raw}) FROM {item.work} WHERE "
        f"regexp_full_match({raw}, '-?\\d{{1,3}},\\d{{3}}') "
        f"AND NOT EXISTS (SELECT 1 FROM {item.work} WHERE contains({raw}, "
        f"'.') OR regexp_matches({raw}, ',.*,'))"
    )
    count, example = connection.sql(query).fetchall()[0]
    if count:
        yield (
            f"{item.table.name}.{name}: {count:,} values such as {example!r} "
            "are read with the comma between thousands, in a "
            'file of semicolons; if it marks decimals, declare decimal = ","'
        )


def _points(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    """Points before three digits throughout: decimals as read, but points between thousands are as
    likely.

    A value that can only have decimals (0.685, 12.5, 1,250.500) or could not have been a number of
    a sheet's (12.345, not 12.500) settles it.
    """
    if item.source.decimal == "," or name not in item.texts:
        return
    raw = quoted("raw:" + name)
    pointed = f"regexp_matches({raw}, '{_POINTED}')"
    settled = f"contains({raw}, '.') AND (NOT {pointed} OR contains({raw}, ','))"
    if connection.sql(f"SELECT 1 FROM {item.work} WHERE {settled} LIMIT 1").fetchall():
        return
    written = "true" if any(part.text for part in item.parts) else f"bool_or({raw} LIKE '%.%0')"
    query = (
        f"SELECT count(*), min({raw}) FROM {item.work} "
        f"WHERE {item.counted} AND contains({raw}, '.') AND {pointed} HAVING {written}"
    )
    for count, example in connection.sql(query).fetchall():
        if count:
            yield (
                f"{item.table.name}.{name}: {count:,} values such as {example!r} are read with the "
                "point before decimals, and every one has three; if it stands between thousands, "
                'declare decimal = ","'
            )


def _lakhs(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    """Groups of India beside those of the rest of the world: one of them is a slip."""
    if name not in item.texts:
        return
    raw, sign = quoted("raw:" + name), "." if item.source.decimal == "," else ","
    some = f"SELECT 1 FROM {item.work} WHERE contains({raw}, '{sign}') LIMIT 1"
    if not connection.sql(some).fetchall():
        return
    sign = f"[{sign}]"
    query = (
        f"SELECT count_if(regexp_matches({raw}, '(^|\\D)\\d{{1,2}}({sign}\\d{{2}})+{sign}\\d{{3}}"
        f"(\\D|$)')), count_if(regexp_matches({raw}, '\\d{sign}\\d{{3}}{sign}\\d{{3}}')) "
        f"FROM {item.work} WHERE {item.counted}"
    )
    indian, western = connection.sql(query).fetchall()[0]
    if indian and western:
        yield (
            f"{item.table.name}.{name}: {indian:,} values in groups of India (1,00,000) beside "
            f"{western:,} in groups of three (1,000,000), each read as it is written"
        )


def _line_breaks(connection: duckdb.DuckDBPyConnection, item: Staged, name: str) -> Iterator[str]:
    query = f"SELECT count_if(contains({quoted(name)}, chr(10))) FROM {item.work}"
    count = connection.sql(query).fetchall()[0][0]
    if count:
        text = (
            f"{count:,} values hold a line break; if a quote was left open, rows are hidden in them"
        )
        yield f"{item.table.name}.{name}: {text}"
