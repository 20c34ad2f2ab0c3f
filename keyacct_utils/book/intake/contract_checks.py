"""The contract's checks as SQL over a table where it lies: every fault counted in one scan, the
first rows shown.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.chosen_rows import (
    mark_repeats,
    own_names,
    where_faults,
    where_sql,
    whole_row,
)
from keyacct_utils.book.intake.mixed_notations import SWAPPED, order_of_dates, written_conditions
from keyacct_utils.book.intake.source_files import SEPARATORS, Part, quoted, rejected_lines
from keyacct_utils.book.intake.staged_table import (
    OUTSIDE,
    ROW,
    VOID,
    VOID_VALUE,
    Condition,
    Staged,
    locate,
)
from keyacct_utils.book.intake.totals_and_spellings import SUMS, TOTALS, total_rows, two_names
from keyacct_utils.book.intake.unreadable_values import MISSING_CODES as MISSING_CODES
from keyacct_utils.book.intake.unreadable_values import SET_ASIDE, special_dates, way_out
from keyacct_utils.book.intake.unused_columns import NO_RATE, rate_conditions, rate_sql
from keyacct_utils.book.intake.value_parsing import (
    WHOLE_UP_TO,
    exact_expression,
    given_expression,
    parsed_expression,
    plain_expression,
    void_expression,
    void_value_expression,
)
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault, cut, nearest
from keyacct_utils.contract.tables import MONEY_SCALE, UNIT_FACTORS, Column, Kind, Table

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

#: How much a header that nobody uses has to look like a column of the contract to be taken for it.
_ALIKE = 0.75
#: How many names of columns a message lists.
_NAMES_SHOWN = 20
_OLDEST, _NEWEST = "DATE '1900-01-01'", "DATE '2100-12-31'"


def map_columns(
    table: Table, source: Source, header: list[str], elsewhere: Collection[str] = ()
) -> tuple[dict[str, str], list[Fault], list[str]]:
    """Contract name -> own name, by the book's mapping and otherwise by equal names; with faults
    and notes. Columns that other tables take from the same file are ``elsewhere``.
    """
    faults: list[Fault] = []
    mapping: dict[str, str] = {}
    file = source.paths[0].name if source.paths else source.database_env or "sql"
    for column in table.columns:
        own = source.columns.get(column.name, column.name)
        if own in header:
            mapping[column.name] = own
            continue
        if column.name not in source.columns and not column.required:
            continue
        other = column.instead
        if column.name not in source.columns and source.columns.get(other, other) in header:
            continue
        close = (
            nearest(own, header) or nearest(column.name, header) or nearest(column.chinese, header)
        )
        found = f"the file has {_listed(header)}{_header_hint(header, source)}"
        mend = (
            f"{close + ' ' if close else ''}in book.toml: columns "
            f'= {{ {column.name} = "NAME IN THE FILE" }}; {found}'
        )
        problem = f"the column {own!r} is missing"
        faults.append(
            Fault(
                table.name,
                problem,
                mend,
                column.name,
                file,
                expected=f"{column.expected}: {column.meaning}",
            )
        )
    for own in source.void:
        if own not in header:
            mend = f"{nearest(own, header)} the file has {', '.join(header)}".strip()
            faults.append(
                Fault(
                    table.name,
                    f"the column {own!r}, which says what is void, is missing",
                    mend,
                    file=file,
                )
            )
    units = [
        _unit_fault(table.column(name), own, source, table.name, file)
        for name, own in mapping.items()
    ]
    faults += [fault for fault in units if fault]
    faults += where_faults(table.name, source, header, file)
    used = list(mapping.values())
    for own in sorted({own for own in used if used.count(own) > 1}):
        names = [name for name, value in mapping.items() if value == own]
        amounts = [name for name in names if table.column(name).kind in ("money", "number")]
        if len(amounts) > 1:
            problem = f"{own!r} is mapped to {', '.join(names)}"
            faults.append(Fault(table.name, problem, "map each to its own column", file=file))
    # which column of currencies the rates read is known when its values are looked at
    late = bool(source.currency_rates) and not source.currency_column
    notes = [] if late else unused_note(table, source, header, mapping, elsewhere)
    return mapping, faults, notes


def unused_note(
    table: Table,
    source: Source,
    header: list[str],
    mapping: Mapping[str, str],
    elsewhere: Collection[str] = (),
) -> list[str]:
    """The columns of the file that the book neither maps nor speaks of nor reads currencies from,
    nor uses ``elsewhere``; no note where there are none.
    """
    spoken = {*source.void, *own_names(source, header), source.currency_column, *elsewhere}
    extras = [name for name in header if name not in mapping.values() and name not in spoken]
    if not extras:
        return []
    hints = {
        extra: nearest(extra, [name for name in table.names if name not in mapping], _ALIKE)
        for extra in extras[:_NAMES_SHOWN]
    }
    shown = [
        f"{cut(extra)!r} ({hint})" if hint else repr(cut(extra)) for extra, hint in hints.items()
    ]
    return [f"{table.name}: columns of the file that are not used: {_listed(shown, len(extras))}"]


#: From this share of numbers on a column that the contract does not name is one of numbers, and
#: what else stands in it is a fault; with more different texts than these it is free text.
_MOSTLY, _MOST_CATEGORIES = 0.9, 50


def widened(
    connection: duckdb.DuckDBPyConnection, table: Table, source: Source, part: Part
) -> Table:
    """The table with the columns of the file that the contract does not name, where the table takes
    such: numbers, categories, or free text.
    """
    taken = {source.columns.get(name, name) for name in table.names} | set(source.void)
    own = [name for name in part.header if name not in taken and name not in table.names]
    if not table.further or not own:
        return table
    tried = tuple(Column(name, "number", "", name, name) for name in own)
    probe = Staged(replace(table, columns=tried), source, [part], {name: name for name in own})
    counts = ", ".join(
        f"count({quoted('raw:' + name)}), count({quoted(name)}), "
        f"count(DISTINCT {quoted('raw:' + name)})"
        for name in own
    )
    found = connection.sql(f"SELECT {counts} FROM ({_select(connection, probe, part, '0')})")
    values = found.fetchall()[0]
    kinds: dict[str, Kind] = {}
    for name, given, numbers, distinct in zip(
        own, values[::3], values[1::3], values[2::3], strict=True
    ):
        if given and numbers >= _MOSTLY * given:
            kinds[name] = "number"
        else:
            kinds[name] = "category" if distinct <= _MOST_CATEGORIES else "text"
    return replace(
        table,
        columns=(
            *table.columns,
            *(Column(name, kind, "", name, name) for name, kind in kinds.items()),
        ),
    )


def _listed(names: list[str], count: int = 0) -> str:
    """The first names of a long list, and how many there are."""
    count = count or len(names)
    more = f", ... ({count:,} in all)" if count > _NAMES_SHOWN else ""
    return ", ".join(cut(name) for name in names[:_NAMES_SHOWN]) + more


def _header_hint(header: list[str], source: Source) -> str:
    """What a line looks like that is no header: a title, or one that was split by the wrong
    sign.
    """
    if len(header) == 1 and any(sign in header[0] for sign in SEPARATORS):
        return "; if these are several columns, correct sep"
    if sum(name.startswith("(column ") for name in header) * 2 >= len(header) and not source.skip:
        return "; if that is a title, say with skip how many lines stand above the header"
    return ""


def _unit_fault(column: Column, own: str, source: Source, table: str, file: str) -> Fault | None:
    """A header that names a unit which the book does not declare would make every amount wrong by
    that factor.
    """
    named = next((unit for unit in sorted(UNIT_FACTORS, key=len, reverse=True) if unit in own), "")
    declared = source.unit if isinstance(source.unit, str) else source.unit.get(column.name, "")
    if column.kind != "money" or UNIT_FACTORS.get(named, 1) == 1 or declared:
        return None
    mend = (
        f'declare unit = {{ {column.name} = "{named}" }}, or "元" if the amounts are in whole units'
    )
    return Fault(
        table,
        f"the header {own!r} names the unit {named}, and the book declares none",
        mend,
        column.name,
        file,
    )


def stage(connection: duckdb.DuckDBPyConnection, staged: Staged) -> list[Fault]:
    """Create the working relation of a table from its files; returns faults of rows that do not
    fit the header.
    """
    relations = _read_at_once(connection, staged) or [
        (str(number), part) for number, part in enumerate(staged.parts)
    ]
    selects = [_select(connection, staged, part, number) for number, part in relations]
    faults: list[Fault] = []
    if not staged.materialised:
        connection.execute(f"CREATE VIEW {staged.work} AS {' UNION ALL '.join(selects)}")
        counts = [
            connection.sql(f"SELECT count(*) FROM {part.relation}").fetchall()[0][0]
            for part in staged.parts
        ]
    else:
        counts = []
        for part, select in zip(staged.parts, selects, strict=True):
            verb = f"INSERT INTO {staged.work}" if counts else f"CREATE TABLE {staged.work} AS"
            total = sum(counts)
            connection.execute(f"{verb} {select}")
            counts.append(
                connection.sql(f"SELECT count(*) FROM {staged.work}").fetchall()[0][0] - total
            )
            faults.extend(rejected_lines(connection, staged.table.name, part))
    mark_repeats(connection, staged)
    for i, part in enumerate(staged.parts):
        part.offset, part.records = sum(counts[:i]), counts[i]
    staged.rows = sum(counts)
    if not staged.rows and not faults:
        names = ", ".join(part.path.name for part in staged.parts)
        faults.append(
            Fault(
                staged.table.name,
                "there is a header but no row",
                "export it again, with its rows",
                file=names,
            )
        )
    elif (
        staged.rows
        and not connection.sql(
            f"SELECT 1 FROM {staged.work} WHERE {staged.live} LIMIT 1"
        ).fetchall()
    ):
        faults.append(
            Fault(
                staged.table.name,
                f"all {staged.rows:,} rows are "
                + ("void" if list(staged.left_out) == ["void"] else "left out"),
                f"correct {' and '.join(staged.left_out)} in book.toml",
            )
        )
    return faults


def rows_and_money(
    connection: duckdb.DuckDBPyConnection, staged: Staged, relation: str
) -> tuple[int, int, int]:
    """Rows of a relation in the form of a table's own: all of them, and those that void and where
    of the table let count with their money.
    """
    part = replace(staged.parts[0], relation=relation)
    money = quoted(staged.money_column) if staged.money_column else "NULL"
    tests = [test for option, test in staged.left_out.items() if option in ("void", "where")]
    live = " AND ".join(f"NOT ({test})" for test in tests) or "true"
    query = (
        f"SELECT count(*), count_if({live}), sum(CASE WHEN {live} THEN {money} END) "
        f"FROM ({_select(connection, staged, part, '0')})"
    )
    every, rows, amount = connection.sql(query).fetchall()[0]
    return every, int(rows or 0), int(amount or 0)


def _read_at_once(connection: duckdb.DuckDBPyConnection, staged: Staged) -> list[tuple[str, Part]]:
    """Parquet files of the same types as one relation: in a UNION ALL each file would hold groups
    of its own in a GROUP BY.
    """
    calls = [part.relation for part in staged.parts]
    if (
        staged.materialised
        or len(calls) < 2
        or not all(call.startswith("read_parquet(") for call in calls)
    ):
        return []
    if (
        len({str(connection.sql(f"DESCRIBE SELECT * FROM {call}").fetchall()) for call in calls})
        > 1
    ):
        return []
    files = ", ".join(quoted(str(part.path), "'") for part in staged.parts)
    return [
        (
            f"list_position([{files}], filename) - 1",
            replace(staged.parts[0], relation=f"read_parquet([{files}])"),
        )
    ]


def _select(connection: duckdb.DuckDBPyConnection, staged: Staged, part: Part, number: str) -> str:
    """Written and parsed values of one file, step by step: deep expressions would take longer to
    plan than to run.
    """
    types = dict(
        connection.sql(f"DESCRIBE SELECT * FROM {part.relation}")
        .project("column_name, column_type")
        .fetchall()
    )
    steps: list[list[str]] = [[f'{number} AS "part:"'], [], [], ['"part:"']]
    if staged.source.void:
        raws = {own: part.column(own) for own in staged.source.void}
        steps[0].append(f"{void_expression(staged.source, raws)} AS {VOID}")
        steps[0].append(f"{void_value_expression(staged.source, raws)} AS {VOID_VALUE}")
        steps[3] += [VOID, VOID_VALUE]
    for own in staged.kept:
        name = quoted("own:" + own)
        steps[0].append(f"trimmed(CAST({part.column(own)} AS VARCHAR)) AS {name}")
        steps[3].append(name)
    steps[0] += _where_columns(staged, part, types)
    if staged.source.where:
        steps[1].append(where_sql(staged.source, part.header))
        steps[3].append(OUTSIDE)
    if staged.repeats:
        alone = len(staged.parts) == 1 or part.relation.startswith("read_parquet([")
        steps[0].append(whole_row(part, staged.parts[0].header, alone))
        steps[3].append(ROW)
    for name, own in staged.columns.items():
        column, raw = staged.table.column(name), part.column(own)
        raw_type = types[own if part.native_types else raw]
        if raw_type == "VARCHAR":
            staged.texts.add(name)
        if column.kind == "id" and raw_type in WHOLE_UP_TO:
            staged.floats[name] = WHOLE_UP_TO[raw_type]
        text, native, plain, exact = (
            quoted(f"{step}:{name}") for step in ("raw", "native", "plain", "exact")
        )
        steps[0].append(
            f"{given_expression(raw, staged.source, raw_type)} AS {text}, {raw} AS {native}"
        )
        steps[1].append(
            f"{plain_expression(text, native, raw_type, column, staged.source)} AS {plain}"
        )
        worth = exact_expression(plain, raw_type, column)
        if staged.rates and (column.kind == "money" or column.unit.startswith("currency")):
            worth = f"{worth} * {rate_sql(staged.currency, staged.rates)}"
        steps[2].append(f"{worth} AS {exact}")
        parsed = parsed_expression(
            text, plain, exact, raw_type, column, staged.source, part.from_1904
        )
        steps[3].append(f"{text}, {parsed} AS {quoted(name)}")
        if column.kind == "id":
            is_text = raw_type == "VARCHAR"
            steps[3].append(
                f"{f'{native} <> {text}' if is_text else 'false'} AS {quoted('blanks:' + name)}"
            )
            if not staged.materialised:
                # what no blank has to be trimmed from; a float is handed out as it was checked
                found = native if is_text else quoted(name)
                steps[3].append(f"{found} AS {quoted('found:' + name)}")
    first, second, third, last = (", ".join(items) for items in steps)
    inner = f"SELECT *, {second} FROM (SELECT {first} FROM {part.relation})"
    return f"SELECT {last} FROM (SELECT *, {third} FROM ({inner}))"


def _where_columns(staged: Staged, part: Part, types: Mapping[str, str]) -> Iterator[str]:
    """The columns that ``where`` speaks of: numbers and days as the book reads them, texts without
    the blanks at their ends.
    """
    source = replace(staged.source, unit="")
    for own, is_number in own_names(source, part.header).items():
        raw = part.column(own)
        raw_type = types[own if part.native_types else raw]
        kinds = [name for name, mapped in staged.columns.items() if mapped == own]
        column = staged.table.column(kinds[0]) if kinds else Column(own, "text", "", "", "")
        if is_number and column.kind not in ("money", "number", "integer"):
            column = Column(own, "number", "", "", "")
        text = given_expression(raw, source, raw_type)
        plain = plain_expression(text, raw, raw_type, column, source)
        value = text
        if column.kind in ("money", "number", "integer"):
            value = exact_expression(plain, raw_type, column)
        elif column.kind == "date":
            value = parsed_expression(text, plain, "", raw_type, column, source)
        yield f"{value} AS {quoted('where:' + own)}"


def _bound(column: Column, value: float) -> str:
    return str(int(value * MONEY_SCALE)) if column.kind == "money" else repr(value)


def _column_conditions(column: Column) -> Iterator[Condition]:
    raw, parsed = quoted("raw:" + column.name), quoted(column.name)
    if column.required:
        yield Condition(column.name, f"{raw} IS NULL", "empty", column.expected)
    if column.kind not in ("id", "text", "category"):
        yield Condition(
            column.name,
            f"{raw} IS NOT NULL AND {parsed} IS NULL",
            f"not {_article(column)}",
            column.expected,
        )
    limits = [f"{parsed} <= {_bound(column, column.above)}"] if column.above is not None else []
    limits += [f"{parsed} < {_bound(column, column.low)}"] if column.low is not None else []
    limits += [f"{parsed} > {_bound(column, column.high)}"] if column.high is not None else []
    if column.kind == "date":
        limits = [f"{parsed} NOT BETWEEN {_OLDEST} AND {_NEWEST}"]
    if limits:
        yield Condition(
            column.name, f"coalesce({' OR '.join(limits)}, false)", "out of range", column.expected
        )
    if column.allowed:
        values = ", ".join(
            quoted(value, "'") if isinstance(value, str) else repr(value)
            for value in column.allowed
        )
        yield Condition(
            column.name,
            f"coalesce({parsed} NOT IN ({values}), false)",
            "not allowed",
            column.expected,
        )


def _article(column: Column) -> str:
    return column.expected.split(" at least")[0].split(" above")[0].split(" at most")[0]


def conditions(
    staged: Staged,
    references: Mapping[str, str],
    currency: str = "",
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[Condition]:
    """Everything that can be wrong with a row of this table; ``references`` maps an id column to
    the table that owns it. With the connection that holds the rows, sums among them are told.
    """
    table, have = staged.table, staged.columns
    found = [
        item
        for column in table.columns
        if column.name in have
        for item in _column_conditions(column)
    ]
    found += total_rows(staged, connection)
    found += rate_conditions(staged)
    found += written_conditions(staged, currency)
    if table.key and all(name in have for name in table.key):
        key = ", ".join(quoted(name) for name in table.key)
        first = f"SELECT min(rowid) FROM {staged.work} WHERE {staged.live} GROUP BY {key}"
        given = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in table.key)
        label = table.key[-1] if len(table.key) == 1 else table.key[0]
        text = f"the key ({', '.join(table.key)}) is given again"
        found.append(
            Condition(label, f"({given}) AND rowid NOT IN ({first})", text, "each key once")
        )
    for name, owner in references.items():
        if name in have and owner != table.name:
            known = f"SELECT {quoted(name)} FROM {owner}"
            predicate = f"{quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({known})"
            found.append(
                Condition(name, predicate, f"not in the table {owner}", f"an id that {owner} has")
            )
    for predicate, needed, text in table.rules:
        if all(name in have for name in needed):
            found.append(
                Condition(needed[0], f"coalesce(NOT ({predicate}), false)", f"not {text}", text)
            )
    if staged.left_out:
        return [replace(item, predicate=f"({staged.live} AND {item.predicate})") for item in found]
    return found


def check(
    connection: duckdb.DuckDBPyConnection | Remote, staged: Staged, checks: list[Condition]
) -> list[Fault]:
    """Count every condition in one scan; look up the first rows of those that fail."""
    if not checks or not staged.rows:
        return []
    ids = (
        []
        if staged.remote
        else [name for name in staged.columns if staged.table.column(name).kind == "id"]
    )
    counted = [item.predicate for item in checks] + [quoted("blanks:" + name) for name in ids]
    query = (
        f"SELECT {', '.join(f'count_if({predicate})' for predicate in counted)} "
        f"FROM {staged.numbered}"
    )
    counts = connection.sql(query).fetchall()[0]
    staged.trimmed = dict(zip(ids, counts[len(checks) :], strict=True))
    faults = []
    for item, count in zip(checks, counts, strict=False):
        if not count:
            continue
        column = staged.table.column(item.column)
        value = quoted("raw:" + item.column)
        if staged.remote:  # the account says where to look
            value = (
                f"concat('account ', {quoted('raw:account_id')}, ': ', coalesce({value}, 'empty'))"
            )
        shown = f"SELECT rowid, {value} AS shown FROM {staged.numbered} WHERE {item.predicate}"
        rows = connection.sql(f"{shown} ORDER BY rowid, shown LIMIT {ROWS_SHOWN}").fetchall()
        places = locate(staged, [rowid for rowid, _ in rows])
        values = [str(value) for _, value in rows if value is not None]
        distinct = [value for value in dict.fromkeys(values) if value.strip()]
        first = tuple(
            (line, str(value) if value is not None else "")
            for (_, line), (_, value) in zip(places, rows, strict=True)
        )
        file = ", ".join(dict.fromkeys(name for name, _ in places))
        if item.problem == "empty":
            mend = f"fill the cells, leave out with void or where what does not count, {SET_ASIDE}"
        elif item.problem.startswith("not in the table"):
            mend = (
                f"add them there (who has not bought yet too), correct the id, {SET_ASIDE}; where "
                "accounts is read from the ledger, its sql can UNION the ids of this file"
            )
        elif item.problem.startswith(NO_RATE):
            mend = f"add its rate to currency_rates, leave it out with where, {SET_ASIDE}"
        elif item.problem == TOTALS:
            mend = f"delete the line, {SET_ASIDE}; if it is an account, give it another id"
            own = staged.columns.get("account_id")
            if own and distinct and not staged.remote:
                key, named = (json.dumps(text, ensure_ascii=False) for text in (own, distinct))
                mend = (
                    f"write void.{key} = {named} below [tables.{staged.table.name}] of book.toml, "
                    f"{mend}"
                )
        elif item.problem == SUMS:
            mend = (
                f"delete the line, {SET_ASIDE}; if it is an account that happens to hold the sum "
                "of the others, sort the rows another way"
            )
        elif staged.columns.get(item.column) in values:
            mend = f"the header stands again among the rows: delete those lines, {SET_ASIDE}"
        elif "given again" in item.problem:
            mend = f"remove or merge the later rows, {SET_ASIDE} (the first of each is kept)"
            mend += two_names(connection, staged)
        else:
            mend = ""
            if column.kind == "date" and column.name in staged.texts:
                declared = staged.source.date_format_of(column.name)
                mend = "" if item.problem == SWAPPED else special_dates(values, declared)
                mend = mend or order_of_dates(connection, staged, column)
            mend = mend or way_out(
                column,
                values,
                column.allowed,
                staged.source.date_format_of(column.name),
                staged.source.decimal,
                staged.columns.get(item.column, ""),
            )
        if count == staged.rows:  # nothing would be left of the table
            mend = mend.replace(f", {SET_ASIDE}", "").replace(f" {SET_ASIDE}", "")
        faults.append(
            Fault(
                staged.table.name,
                item.problem,
                mend,
                item.column,
                file,
                count,
                first,
                item.expected,
            )
        )
    return faults
