"""Columns beside the amounts that change what these mean: currencies, debit and credit, states of a
document, balances among the postings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.currency_marks import CODES, MARKS, code_of
from keyacct_utils.book.intake.returns_and_repeats import money_of, rows_of
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.book.intake.staged_table import Condition, Odd, Staged
from keyacct_utils.book.intake.telling_words import (
    ALIVE,
    BALANCES,
    CLASS_HEADER,
    CREDIT,
    DEAD,
    DEBIT,
    PAYMENT_HEADER,
    PLAIN_CODES,
    TOTALS,
    may_name_place,
    names_currency,
    names_state,
    of_document,
    speaks,
    spoken,
)
from keyacct_utils.contract.faults import Discreet, Fault, cut, nearest
from keyacct_utils.contract.tables import MONEY_SCALE, Table

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote


#: Pairs of words for what adds and what takes off.
_SIDES = [(spoken(adds), spoken(takes)) for adds, takes in zip(DEBIT, CREDIT, strict=True)]
_SIDE_WORDS = frozenset(word for pair in _SIDES for words in pair for word in words)
_DEAD = spoken(DEAD)
_ALIVE = spoken(ALIVE)
#: Balances and sums stand in the text of rows that are no postings.
_BALANCES = spoken(BALANCES) | spoken(TOTALS)
_FEW, _COLUMNS_LOOKED_AT, _SHOWN = 40, 200, 8
_BYTES_LOOKED_AT = 1_000_000_000
NO_RATE = "in a currency without a rate"


def _relation(part: Part) -> str:
    """The rows without noting those that do not split: that is said when the table is read."""
    return part.relation.replace("store_rejects=true, rejects_limit=0", "ignore_errors=true")


def _is_text(connection: duckdb.DuckDBPyConnection, part: Part, own: str) -> bool:
    """Whether words can stand in a column: all columns of files of text, some of typed ones."""
    if not part.native_types:
        return True
    typed = connection.sql(f"DESCRIBE SELECT {part.column(own)} FROM {part.relation}").fetchall()
    return str(typed[0][1]) == "VARCHAR"


def _asked(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    owns: Sequence[str],
    ask: str,
    value: str = "upper(trimmed(CAST({} AS VARCHAR)))",
) -> list[Any]:
    """An aggregate over each column, ``{}`` in it standing for the column."""
    selects = [
        "SELECT "
        + ", ".join(f"{value.format(part.column(own))} AS v{i}" for i, own in enumerate(owns))
        + f" FROM {_relation(part)}"
        for part in parts
    ]
    fields = ", ".join(ask.format(f"v{i}") for i in range(len(owns)))
    rows = " UNION ALL ".join(selects)
    return list(connection.sql(f"SELECT {fields} FROM ({rows})").fetchall()[0])


def look(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    owns: Sequence[str],
) -> Iterator[Odd]:
    """What these columns (the first 200 of them) say of the amounts beside them."""
    owns = [own for own in owns if _is_text(connection, parts[0], own)][:_COLUMNS_LOOKED_AT]
    if not owns or _large(parts):
        return
    words = ", ".join(quoted(word, "'") for word in sorted(_BALANCES))
    counts = _asked(connection, parts, owns, "approx_count_distinct({})", "{}")
    balances = _asked(
        connection, parts, owns, f"list(DISTINCT {{0}}) FILTER (WHERE {{0}} IN ({words}))"
    )
    few = [own for own, count in zip(owns, counts, strict=True) if 0 < count <= _FEW]
    listed = _asked(connection, parts, few, "list(DISTINCT {0} ORDER BY {0})") if few else []
    values = {own: [one for one in found if one] for own, found in zip(few, listed, strict=True)}
    for own, found in zip(owns, balances, strict=True):
        if found:
            yield Odd(own, "balance", tuple(sorted(found)))
        elif own in values and (odd := _judged(own, values[own])):
            yield odd


def look_remotely(remote: Remote, owns: Sequence[str]) -> Iterator[Odd]:
    """The same of a table that stays where it is: one scan counts in each column how many values
    are words that tell, and only columns of nothing else are asked for their values.
    """
    types = remote.types()
    owns = [own for own in owns if types.get(own) == "text" or names_state(own)]
    owns = owns[:_COLUMNS_LOOKED_AT]
    lists = [_coded_values(), _SIDE_WORDS, _DEAD, _BALANCES]
    fields = []
    for place, own in enumerate(owns):
        fields.append(f"COUNT(NULLIF({_plain_value(own)}, '')) AS f{place}")
        for number, found in enumerate(lists):
            words = ", ".join(quoted(word, "'") for word in sorted(found))
            told = f"CASE WHEN {_plain_value(own)} IN ({words}) THEN 1 END"
            fields.append(f"COUNT({told}) AS w{place}_{number}")
    if not fields:
        return
    (counts,) = remote.sql(f"SELECT {', '.join(fields)} FROM given_rows").fetchall()
    width = len(lists) + 1
    for place, own in enumerate(owns):
        filled, coded, sided, dead, balances = counts[place * width : (place + 1) * width]
        if balances:
            yield Odd(own, "balance", tuple(_remote_values(remote, own, _BALANCES)))
        elif filled and (filled in (coded, sided) or dead or _names_any_state(own)):
            values = _remote_values(remote, own)
            if len(values) <= _FEW and (odd := _judged(own, values)):
                yield odd


def _plain_value(own: str) -> str:
    return f"UPPER(TRIM(CAST({quoted(own)} AS VARCHAR)))"


def _remote_values(remote: Remote, own: str, among: Collection[str] = ()) -> list[str]:
    """The different values of a column, one more at most than are looked at."""
    value = _plain_value(own)
    words = ", ".join(quoted(word, "'") for word in sorted(among))
    only = f" WHERE {value} IN ({words})" if words else ""
    query = f"SELECT {value} AS v FROM given_rows{only} GROUP BY {value} LIMIT {_FEW + 1}"
    return sorted(value for (value,) in remote.sql(query).fetchall() if value)


def _coded_values() -> set[str]:
    """All that `_code` takes for a currency."""
    return {*CODES} | {mark for mark, codes in MARKS.items() if len(codes) == 1}


def _names_any_state(own: str) -> bool:
    return names_state(own) or may_name_place(own)


def too_large(item: Staged) -> Iterator[str]:
    """What is said of a table whose columns were not looked at."""
    if item.money_column and not item.remote and _large(item.parts):
        yield (
            f"{item.table.name}: its files are large; whether a column beside the amounts names "
            "currencies, debit and credit or states was not looked at"
        )


def _large(parts: Sequence[Part]) -> bool:
    paths = [part.text or part.path for part in parts]
    return sum(path.stat().st_size for path in paths if path.is_file()) > _BYTES_LOOKED_AT


def _judged(own: str, values: list[str]) -> Odd | None:
    codes = [_code(value) for value in values]
    if codes and all(codes) and (PLAIN_CODES & {*codes} or names_currency(own)):
        return Odd(own, "currency", tuple(values))
    for adds, takes in _SIDES:
        both = {*values} & adds and {*values} & takes
        if both and {*values} <= adds | takes and not _another_pair(own, values):
            return Odd(own, "side", tuple(value for value in values if value in takes))
    if not of_document(own):
        return None
    dead = [value for value in values if value in _DEAD]
    if dead and len(values) > 1:
        return Odd(own, "state", tuple(dead))
    told = names_state(own) or (may_name_place(own) and bool(_ALIVE & {*values}))
    return Odd(own, "state") if told and 1 < len(values) <= _SHOWN else None


def _another_pair(own: str, values: list[str]) -> bool:
    """Whether two words that could be debit and credit are, by the header, classes or ways to
    pay.
    """
    letters = all(len(value) == 1 and value.isascii() for value in values)
    return (letters and speaks(own, CLASS_HEADER)) or speaks(own, PAYMENT_HEADER)


def _code(value: str) -> str:
    """The code of a currency that is written as one, or by a sign that stands for one only."""
    code = code_of(value)
    if code in CODES:
        return code
    marks = MARKS.get(value, ())
    return marks[0] if marks else ""


def candidates(
    table: Table, columns: Mapping[str, str], source: Source, header: list[str]
) -> list[str]:
    """Columns that no amount, number or day is read from; none in a table without amounts."""
    kinds = {own: table.column(name).kind for name, own in columns.items()}
    if "money" not in kinds.values():
        return []
    return [
        own
        for own in header
        if kinds.get(own, "text") in ("text", "category", "id") and own not in source.void
    ]


def find(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: Source,
    parts: Sequence[Part],
    columns: Mapping[str, str],
    spoken: Collection[str],
) -> list[Odd]:
    """The columns of a table that change what its amounts mean; of those that the book uses or
    speaks of, only currencies.
    """
    used = {*columns.values(), *spoken}
    owns = candidates(table, columns, source, parts[0].header)
    found = look(connection, parts, owns)
    return [odd for odd in found if odd.kind == "currency" or odd.own not in used]


def currency_of(
    table: Table, source: Source, odds: Sequence[Odd], header: Collection[str]
) -> str | Fault:
    """The column that says in which currency each amount is, where the book gives rates."""
    if source.currency_column:
        if source.currency_column in header:
            return source.currency_column
        mend = nearest(source.currency_column, header) or "write the name of a column of the file"
        return Fault(table.name, f"the currency_column {source.currency_column!r} is missing", mend)
    found = [odd.own for odd in odds if odd.kind == "currency"]
    if len(found) == 1:
        return found[0]
    problem = (
        f"{', '.join(map(repr, found))} hold currencies"
        if found
        else "no column holds codes of currencies"
    )
    return Fault(
        table.name,
        f"currency_rates are given, and {problem}",
        f'say which column counts: currency_column = "{found[0] if found else "..."}"',
    )


def converted(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, currency: str
) -> Iterator[str]:
    """Which rows came in another currency than the book's, at which rate they were converted, and
    what share of all they are: such a sum hangs on the rate that the book gives.
    """
    if not item.rates or not item.money_column:
        return
    money, own = quoted(item.money_column), quoted("own:" + item.currency)
    home = code_of(currency) if currency else ""
    total = connection.sql(
        f"SELECT coalesce(sum({money}), 0) FROM {item.work} WHERE {item.counted}"
    ).fetchall()[0][0]
    for code, rate in item.rates.items():
        if code == home:
            continue
        # a converted amount stands at 1/10,000: the written one comes back to the same digit where
        # the unit is worth one or more, to the cent where it is worth less
        step = 1 if rate >= 1 else MONEY_SCALE // 100
        count, amount, written = connection.sql(
            f"SELECT count(*), coalesce(sum({money}), 0), "
            f"{step} * coalesce(sum(CAST(round({money} / {rate * step!r}) AS HUGEINT)), 0) "
            f"FROM {item.work} WHERE {item.counted} AND upper({own}) IN ({_written(code)})"
        ).fetchall()[0]
        if not count:
            continue
        name = item.money_column
        share = f", {100 * amount / total:.1f} % of all {name}" if 0 < amount <= total else ""
        if rate == 1:
            counts = "counts" if count == 1 else "count"
            yield Discreet(
                f"{item.table.name}: {rows_of(count)} in {code} with {money_of(amount)} of {name} "
                f"{counts} as written, at a rate of 1 (currency_rates){share}"
            )
            continue
        yield Discreet(
            f"{item.table.name}: {rows_of(count)} with {money_of(written)} {code} of {name} "
            f"{'is' if count == 1 else 'are'} converted at {rate} (currency_rates) to "
            f"{money_of(amount)}{f' {currency}' if currency else ''}{share}"
        )


def rate_sql(own: str, rates: Mapping[str, int | float]) -> str:
    """What one unit of a row's currency is worth, as an exact decimal; 1 where no rate is given,
    which is a fault of the row.
    """
    cases = " ".join(
        f"WHEN upper({quoted('own:' + own)}) IN ({_written(code)}) "
        f"THEN CAST('{rate!r}' AS DECIMAL(18, 8))"
        for code, rate in rates.items()
    )
    return f"CASE {cases} ELSE 1 END"


def _written(code: str) -> str:
    """How a currency may be written in a cell."""
    code = code_of(code)
    signs = [mark for mark, codes in MARKS.items() if codes == (code,)]
    return ", ".join(quoted(text, "'") for text in dict.fromkeys((code, *signs)))


def rate_conditions(staged: Staged) -> Iterator[Condition]:
    """Rows in a currency for which the book gives no rate."""
    if not staged.rates or not staged.money_column:
        return
    own = staged.currency
    known = ", ".join(_written(code) for code in staged.rates)
    yield Condition(
        staged.money_column,
        f"upper(coalesce({quoted('own:' + own)}, '')) NOT IN ({known})",
        f"{NO_RATE} ({own})",
        f"one of {', '.join(staged.rates)}",
    )


def _by_value(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, own: str
) -> list[tuple]:
    money = quoted(item.money_column)
    return connection.sql(
        f"SELECT coalesce(upper({quoted('own:' + own)}), '') AS v, count(*), "
        f"coalesce(sum({money}), 0), coalesce(sum(greatest({money}, 0)), 0) "
        f"FROM {item.work} WHERE {item.counted} GROUP BY v ORDER BY v"
    ).fetchall()


def _listed(values: Sequence[tuple]) -> str:
    shown = [
        f"{cut(value) or 'empty'} ({rows_of(count)}, {money_of(amount)})"
        for value, count, amount, _ in values[:_SHOWN]
    ]
    return ", ".join(shown) + (", ..." if len(values) > _SHOWN else "")


def _signs(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[Fault]:
    """Signs of several currencies among the amounts, where no declared currency tells which of
    them are wrong.
    """
    for name in (name for name in item.columns if name in item.texts):
        if item.table.column(name).kind != "money":
            continue
        raw = quoted("raw:" + name)
        marked = f"{item.work} WHERE {item.live} AND NOT regexp_full_match({raw}, '[0-9.,-]*')"
        query = f"SELECT currency_mark({raw}) AS mark, count(*) FROM {marked} GROUP BY 1"
        signs = {mark: count for mark, count in connection.sql(query).fetchall() if mark}
        if signs and not set.intersection(*(set(MARKS[mark]) for mark in signs)):
            listed = ", ".join(
                f"{mark} ({rows_of(count)})" for mark, count in sorted(signs.items())
            )
            yield Fault(
                item.table.name,
                f"written with signs of several currencies, {listed}",
                "declare currency, which tells the rows in another one, and convert these where "
                "the file is made, or set them aside with --quarantine FILE",
                name,
                expected="amounts in one currency",
            )


def currency_faults(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, declared: str
) -> Iterator[Fault]:
    """A sum over several currencies is a sum of nothing."""
    if item.rates or not item.money_column:
        return
    if not declared and isinstance(connection, duckdb.DuckDBPyConnection):
        yield from _signs(connection, item)
    for odd in (odd for odd in item.odd if odd.kind == "currency"):
        values = _by_value(connection, item, odd.own)
        codes = {_code(value) for value, *_ in values if value}
        if len(codes) > 1:
            rates = ", ".join(f"{code} = 1" for code in sorted(codes))
            name = odd.own if odd.own.isidentifier() else f'\\"{odd.own}\\"'
            yield Fault(
                item.table.name,
                f"{item.money_column} is in several currencies, which the column {odd.own!r} "
                f"names: {_listed(values)}",
                f"choose one, where = \"{name} = '{sorted(codes)[0]}'\", or give what one unit of "
                f"each is worth, currency_rates = {{ {rates} }} (all 1 where the amounts are in "
                "one currency already)",
                item.money_column,
                expected="amounts in one currency",
            )


def odd_notes(
    connection: duckdb.DuckDBPyConnection | Remote, item: Staged, currency: str
) -> Iterator[str]:
    """What the columns that no one uses would do to the amounts."""
    if not item.money_column:
        return
    name = item.money_column
    for odd in item.odd:
        values = _by_value(connection, item, odd.own)
        where = f"{item.table.name}: the column {odd.own!r} is not used and"
        if odd.kind == "currency":
            codes = sorted({_code(value) for value, *_ in values if value})
            if currency and not item.rates and codes and code_of(currency) not in codes:
                yield (
                    f"{item.table.name}: the column {odd.own!r} says {', '.join(codes)}, and the "
                    f"book {currency}; amounts are shown as {currency}"
                )
            continue
        marked = [row for row in values if row[0] in odd.values]
        total = sum(row[2] for row in values)
        if odd.kind == "side":
            taken = sum(row[3] for row in marked)
            if taken:
                off = ", ".join(row[0] for row in marked)
                yield (
                    f"{where} tells debit from credit, or invoices from credit notes: "
                    f"{_listed(values)}. If {off} takes off, {name} is "
                    f"{money_of(total - 2 * taken)}, not {money_of(total)}: write sql with CASE, "
                    "or leave rows out with where"
                )
        elif odd.kind == "balance":
            amount = sum(row[2] for row in marked)
            yield (
                f"{where} has balances or totals among the postings: {_listed(marked)}. Without "
                f"them {name} is {money_of(total - amount)}, not {money_of(total)}: leave them out "
                "with where or void"
            )
        elif marked or not odd.values:
            amount = sum(row[2] for row in marked)
            less = (
                f" Without {', '.join(row[0] for row in marked)} {name} is "
                f"{money_of(total - amount)}, not {money_of(total)}:"
                if marked
                else ""
            )
            yield (
                f"{where} tells states of a document: {_listed(values)}.{less} leave out with "
                "where or void what does not count"
            ).replace(". leave", ". Leave")


def raw_faults(file: str, odds: Sequence[Odd]) -> tuple[list[Fault], list[str]]:
    """The same of a file that only sql reads, for columns of which no sql speaks: faults and
    notes.
    """
    faults, notes = [], []
    for odd in odds:
        listed = ", ".join(odd.values[:_SHOWN])
        if odd.kind == "currency":
            if len({_code(value) for value in odd.values}) > 1:
                faults.append(
                    Fault(
                        file,
                        f"the column {odd.own!r} names several currencies, {listed}, and no sql "
                        "speaks of it",
                        "let the SELECT give it and choose one with where of the table, "
                        f"or multiply: amount * CASE {quoted(odd.own)} WHEN ... THEN ... END",
                        expected="amounts in one currency",
                    )
                )
            continue
        what = {
            "side": "tells debit from credit, or invoices from credit notes",
            "state": "tells states of a document",
            "balance": "has balances or totals among the rows",
        }[odd.kind]
        shown = f" ({listed})" if listed else ""
        notes.append(f"files.{file}: the column {odd.own!r} {what}{shown}, and no sql speaks of it")
    return faults, notes
