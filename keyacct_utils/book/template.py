"""What the contract looks like on paper: the data dictionary and the commented ``book.toml``, both from the declarations."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from keyacct_utils.book.intake.book_toml import CONTRACT_VERSION, FOUND_IN
from keyacct_utils.book.proposing.doubts import RATES
from keyacct_utils.book.proposing.matching import Choice, Option
from keyacct_utils.book.proposing.proposal import ROOT_ENV, Proposal, Section
from keyacct_utils.contract.tables import TABLES, UNIT_FACTORS, Column, Table

_TITLE = """\
# A book: which of your files is which table. Lines that begin with # are off; take the # away to use them.
# The smallest book is one table of transactions with account_id and revenue; what else there is stands below the line ====.
# `keyacct check book.toml` says which lesson runs, and which column would unlock another.
"""
_PROPOSED = """\
# Proposed after a look at the files. What is sure is on. Each line "# unsure:" is yours to decide: it gives the reason,
# and below it are the lines to choose from; "# perhaps:" is a choice that can wait. Beside each column stand values of it.
# A line "# open:" says what no single line below can change.
"""
#: The columns and options of a ledger that stand first.
_FIRST_COLUMNS = ("account_id", "revenue", "date", "line", "volume", "cost_goods")
_FIRST_OPTIONS = """\
# encoding = "gb18030"       # without it UTF-8 is expected; nothing is guessed
# skip = 2                   # lines before the header; sheet = "Sales" of a workbook
# decimal = ","              # if 1.234,50 means 1234.50
# date_format = "%d.%m.%Y"   # or "excel" for serial numbers, "roc" for 113/3/5, "buddhist" for 5/3/2567; 2024-03-05, 20240305, 2024年3月5日 need none
# void = { status = ["cancelled"] }     # rows that do not count: your column, and what stands in it
"""
_FOLD = f"""
# {"=" * 110}
# All that follows is optional.
"""
_SETTINGS = """\
# What may stand at the top, above the first [section]:
#   group_by = "group_id"      # count the accounts of one group as one
#   returns = "gross"          # leave negative rows out; without it they are subtracted
#   standard_cost = 0.7        # cost of goods where ledger.cost_goods is empty: so much of the revenue; without it unknown
#   fiscal_year_start = 4      # first month of the year; "2024" is then April 2023 to March 2024, the year that ends in 2024
#   fiscal_year_named_by = "start"     # "2024" is April 2024 to March 2025
#   root_env = "MY_DATA"       # paths start at the folder named in this environment variable, not at this file's
#   [exclude]
#   A0007 = "our own subsidiary"
#   [lesson.concentration]     # what a lesson assumes: `keyacct parameters` lists all, in this form
#   large_accounts.share = 0.05
#   [files.orders]             # a raw file that sql may read (a join, price x quantity)
#   path = "orders.csv"
"""
_OPTIONS = f"""\
# What may stand in a [tables.*], above its columns:
#   path = ["2023.csv", "2024.csv"]     # or "sales_*.csv"; CSV, TSV, .xlsx, .xls, .ods, .parquet, each also as .csv.gz
#   sql = "SELECT id AS account_id, price * quantity AS revenue FROM orders"     # instead of path, over [files.*]
#   table = "sales"            # of path = "erp.sqlite", or of a database whose address stands in the environment variable
#   database_env = "ERP_URL"   # named here; query = "SELECT ..." instead of table
#   encoding = "gb18030"       # without it UTF-8 is expected; nothing is guessed
#   sep = ";"                  # without it the one of , ; tab | that the header has most of
#   sheet = "Sales"            # of a workbook; without it the first
#   skip = 2                   # lines before the header
#   decimal = ","              # if 1.234,50 means 1234.50
#   date_format = "%d.%m.%Y"   # or "excel" for serial numbers, "roc" for 113/3/5, "buddhist" for 5/3/2567; 2024-03-05, 20240305, 2024年3月5日 need none
#   unit = {{ revenue = "万元" }}   # of amounts: {", ".join(UNIT_FACTORS)}
#   na = ["NULL", "-99"]       # written codes that mean "missing"
#   void = {{ status = ["cancelled"] }}     # rows that do not count: your column, and what stands in it
#   where = "Country = 'DE'"   # rows that count: a condition in SQL on your columns
#   duplicates = "drop"        # rows that are equal in every column count once; "keep" says that each counts
#   repeated_keys = "first"    # of the rows with one key one counts: accounts out of a ledger that has their names
#   currency_rates = {{ USD = 7.1 }}     # what one unit is worth in the book's currency; 1 for amounts that are converted already
#   currency_column = "Curr"   # which column names the currency, where more than one does
#   columns_to_rows = {{ stay = ["客户编号"], label = "month", value = "amount" }}     # months (or accounts) beside each other
#                              # become rows: then date = "month", revenue = "amount". total = "合计" in it is a column that is
#                              # checked and left out; labels that are no dates: dates = {{ "1月" = 2024-01-01 }}
"""
#: How a line begins that leaves something to the book's owner.
UNSURE = "# unsure: "
_CONTROL = {"\x7f": "\\u007f"}
#: Tables whose optional columns are asked for too: a wrong one makes other numbers wrong.
_ASKED = ("ledger", "invoices")
_LONGEST_REMARK = 400
_UNUSED_SHOWN = 40


def toml_key(name: str) -> str:
    """A key as TOML writes it: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_text(name)


def toml_text(value: object) -> str:
    """A text, number or list as TOML writes it in one line."""
    if isinstance(value, str):
        written = json.dumps(value, ensure_ascii=False)
        return "".join(_CONTROL.get(sign, sign) for sign in written)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    if isinstance(value, dict):
        items = ", ".join(f"{toml_key(name)} = {toml_text(item)}" for name, item in value.items())
        return f"{{ {items} }}"
    return str(value)


def sql_text(sql: str) -> str:
    """SQL as a text of several lines."""
    lines = (
        toml_text(line)[1:-1]
        .replace('\\"', '"')
        .replace('""""', '""\\"\\"')
        .replace('"""', '""\\"')
        for line in sql.split("\n")
    )
    return '"""\n' + "\n".join(lines) + '\n"""'


def _remark(text: str) -> str:
    """Text that may stand behind a #: one line, nothing that a terminal or TOML would take for a command."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain if len(plain) <= _LONGEST_REMARK else plain[:_LONGEST_REMARK] + " ..."


def _comment(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    example = f", such as {column.example}" if column.example else ""
    return f"{column.meaning}{unit}; {column.expected}{example}"


def _column_line(column: Column, on: bool) -> str:
    need = "required" if column.required else "optional"
    return (
        f'{"" if on else "# "}{column.name} = "{column.name}"     # '
        f"{need}: {column.chinese}, {_comment(column)}"
    )


def _heading(table: Table) -> str:
    key = f"; key: {', '.join(table.key)}" if table.key else ""
    return f"\n# {table.name} ({table.chinese}): {table.meaning}{key}"


def _section(table: Table) -> Iterator[str]:
    yield _heading(table)
    yield f"# [tables.{table.name}]"
    yield f'# path = "{table.name}.csv"'
    yield f"# [tables.{table.name}.columns]     # name in the contract = your column"
    yield from (_column_line(column, False) for column in table.columns)


def _ledger_first(table: Table) -> Iterator[str]:
    """The smallest book: a ledger with what matters most, the rest of its columns last."""
    yield _heading(table)
    yield f"[tables.{table.name}]"
    yield f'path = "{table.name}.csv"        # one file, "sales_*.csv" or a list; CSV, Excel, Parquet'
    yield _FIRST_OPTIONS.rstrip()
    yield f"[tables.{table.name}.columns]     # name in the contract = your column"
    first = [table.column(name) for name in _FIRST_COLUMNS]
    yield from (_column_line(column, column.required) for column in first)
    yield _FOLD.rstrip()
    yield f"# {table.name} has these columns too:"
    yield from (_column_line(c, False) for c in table.columns if c.name not in _FIRST_COLUMNS)
    yield ""
    yield _SETTINGS.rstrip()
    yield _OPTIONS.rstrip()


def _option_lines(where: str, option: Option) -> Iterator[str]:
    name, _, own = option.key.partition(".")
    key = f"{name}.{own if name != 'void' else toml_text(own)}" if own else name
    if option.reason:
        yield _remark(f"# unsure: {where}: {key}: {option.reason}")
        yield from (f"# {key} = {toml_text(value)}" for value in option.values)
    else:
        remark = f"     # {_remark(option.remark)}" if option.remark else ""
        yield f"{key} = {toml_text(option.values[0])}{remark}"


def _source_lines(where: str, section: Section) -> Iterator[str]:
    if section.patterns:
        yield (
            "path = "
            f"{toml_text(section.patterns[0] if len(section.patterns) == 1 else section.patterns)}"
        )
    yield from (f"# {_remark(text)}" for text in section.remarks)
    yield from (_remark(f"# unsure: {where}{text}") for text in section.warnings)
    if section.reason:
        yield _remark(f"# unsure: {where}: sql: {section.reason}")
    mark = "# " if section.reason else ""
    for sql in section.sqls:
        yield from (f"{mark}{line}" for line in f"sql = {sql_text(sql)}".split("\n"))
    for option in section.options:
        yield from _option_lines(where, option)


def _choice_lines(where: str, choice: Choice) -> Iterator[str]:
    column = choice.column
    seen = f"seen: {choice.examples}" if choice.examples else "empty"
    if choice.reason:
        mark = "unsure" if column.required or where in _ASKED else "perhaps"
        yield _remark(f"# {mark}: {where}.{column.name} ({column.meaning}): {choice.reason}")
    note = f"; {choice.remark}" if choice.remark else ""
    line = f"{'# ' if choice.reason else ''}{column.name} = {toml_text(choice.own)}"
    yield f"{line:<36} # {_remark(f'{column.chinese}; {seen}{note}')}"
    for own, values in choice.others.items():
        line = f"# {column.name} = {toml_text(own)}"
        yield f"{line:<36} # {_remark(f'or this; seen: {values}')}"


def _proposed_section(table: Table, section: Section) -> Iterator[str]:
    yield _heading(table)
    yield f"[tables.{table.name}]     # {_remark(section.label)}"
    yield from _source_lines(table.name, section)
    yield f"[tables.{table.name}.columns]     # name in the contract = your column"
    for choice in section.choices:
        yield from _choice_lines(table.name, choice)
    if section.unused:
        more = (
            f" and {len(section.unused) - _UNUSED_SHOWN} more"
            if len(section.unused) > _UNUSED_SHOWN
            else ""
        )
        yield _remark(
            "# columns of the file that are not used: "
            f"{', '.join(own[:40] for own in section.unused[:_UNUSED_SHOWN])}{more}"
        )
    if section.seen:
        yield "# What stands in the other columns of the file:"
        yield from (_remark(f"#   {text}") for text in section.seen)
    taken = {*section.given, *(choice.column.name for choice in section.choices)}
    free = [column.name for column in table.columns if column.name not in taken]
    if free:
        way = "add  expression AS name  to the SELECT" if section.sqls else "write  name = "
        way += "" if section.sqls else '"your column"'
        yield _remark(f"# not found; {way} for: {', '.join(free)}")


def _top(proposal: Proposal | None) -> Iterator[str]:
    yield _TITLE + (_PROPOSED if proposal else "") + f"contract_version = {CONTRACT_VERSION}"
    if proposal is None:
        yield 'name = "My book"\ncurrency = "CNY"'
        yield "# as_of = 2024-12-31         # the day up to which the book is complete"
    else:
        yield f"name = {toml_text(proposal.name)}"
        if proposal.currency:
            yield f'currency = "{proposal.currency}"             # named in the files'
        else:
            yield (
                "# unsure: currency: no file names it, or names several; "
                "amounts are shown without one until a line is on"
            )
            yield '# currency = "CNY"'
        day = proposal.last_day or "2024-12-31"
        yield f"# as_of = {day}         # the day up to which the book is complete" + (
            "; this is the last one in the files" if proposal.last_day else ""
        )
    yield 'period = "all"               # what the lessons look at: "all", "2024", "2024Q3" or "2024-09"'
    if proposal and proposal.outside:
        yield (
            f'root_env = "{ROOT_ENV}"    # paths start at the '
            "folder named in this environment variable"
        )
        yield f"# {FOUND_IN}{proposal.root}"
    for point in proposal.open_points if proposal else ():
        yield _open_line(point)


def _open_line(point: str) -> str:
    return _remark(f"# open: {point}")


def book_template(proposal: Proposal | None = None) -> str:
    """The text of a new ``book.toml``: every table and column of the contract, with meaning, unit and example.

    Parameters
    ----------
    proposal : Proposal, optional
        What was found in the user's files: these sections are written first, the rest of the contract below, switched off.
    """
    order = ["ledger", *(name for name in TABLES if name != "ledger")]
    lines = list(_top(proposal))
    files, tables = (proposal.files, proposal.tables) if proposal else ({}, {})
    for name, section in files.items():
        lines += [
            "",
            f"[files.{name}]     # {_remark(section.label)}",
            *_source_lines(f"files.{name}", section),
        ]
        lines += ["# What stands in its columns:"] if section.seen else []
        lines += [_remark(f"#   {text}") for text in section.seen]
    for name in order:
        if name in tables:
            lines.extend(_proposed_section(TABLES[name], tables[name]))
    if proposal is None:
        lines.extend(_ledger_first(TABLES["ledger"]))
    else:
        lines += [_FOLD.rstrip(), _SETTINGS.rstrip(), _OPTIONS.rstrip()]
    for name in order:
        if name not in tables and (proposal or name != "ledger"):
            lines.extend(_section(TABLES[name]))
        elif name in tables:
            lines += [_heading(TABLES[name]), *_dictionary_lines(TABLES[name])]
    return "\n".join(lines) + "\n"


def _dictionary_lines(table: Table) -> Iterator[str]:
    yield "# Its columns, above:"
    for column in table.columns:
        need = "required" if column.required else "optional"
        yield f"#   {column.name}: {need}: {column.chinese}, {_comment(column)}"


def decisions(text: str) -> list[tuple[int, str]]:
    """What a book leaves to its owner: line number and text of each line that is marked unsure."""
    return [
        (number, line[len(UNSURE) :])
        for number, line in enumerate(text.split("\n"), 1)
        if line.startswith(UNSURE)
    ]


#: What a choice among currencies said before it named the option.
_ADDED = "amounts are added as they stand"


def undecided(text: str) -> list[tuple[int, str]]:
    """Those of the decisions for which no line was switched on yet: a line in the same section with the key of the choice."""
    lines = text.split("\n")
    found = []
    for number, point in decisions(text):
        below = [line for line in lines[number:] if not line.startswith(UNSURE)]
        choice = re.match(r"(# )?([^=#]+?) = ", below[0]) if below else None
        section = list(itertools.takewhile(lambda line: not line.startswith("["), below))
        above = itertools.takewhile(lambda line: not line.startswith("["), lines[number - 1 :: -1])
        rated = any(re.match(rf"{RATES}\s*=", line) for line in [*above, *section])
        if rated and (RATES in point or _ADDED in point):
            continue
        rows = re.match(r"\w+\.\w+: \d", point)
        if rows or not choice or not any(line.startswith(f"{choice[2]} = ") for line in section):
            found.append((number, point))
    return found


def left_to_decide(book: Path) -> list[str]:
    """What the screen says of a book's undecided lines; empty where there are none, or no book that can be read."""
    file = book / "book.toml" if book.is_dir() else book
    try:
        open_points = undecided(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return []
    shown = [_remark(f"  line {number}: {point}") for number, point in open_points]
    return [f"Left to decide in {file.name}:", *shown] if shown else []


def first_steps(target: Path, text: str, proposal: Proposal | None) -> list[str]:
    """What the screen says after a book was written: what was found, what to decide, which commands come next."""
    lines = [f"{target} is written."]
    if proposal:
        lines.append("")
        for name, section in proposal.tables.items():
            taken = [
                *section.given,
                *(choice.column.name for choice in section.choices if choice.sure),
            ]
            lines.append(
                _remark(
                    f"  {name:<15} {section.label}{' by sql' if section.sqls else ''}: "
                    f"{', '.join(taken)}"
                )
            )
        if proposal.unused:
            lines.append(_remark(f"  {'not used':<15} {', '.join(proposal.unused)}"))
        if proposal.unread:
            lines += ["", "Not read:", *(_remark(f"  {text}") for text in proposal.unread)]
        written = text.split("\n")
        open_points = [f"line {number}: {point}" for number, point in decisions(text)] + [
            f"line {written.index(_open_line(point)) + 1}: {point}"
            for point in proposal.open_points
        ]
        count = len(open_points)
        lines += [
            "",
            f"{count} thing{'s' if count > 1 else ''} to decide:"
            if count
            else "Nothing is left to decide.",
        ]
        lines += [_remark(f"  {number}. {point}") for number, point in enumerate(open_points, 1)]
    lines += ["", "Next:"]
    if proposal and proposal.outside:
        lines.append(f"  export {ROOT_ENV}={shlex.quote(str(proposal.root))}")
    edit = f"  edit {shlex.quote(str(target))}" + (
        ": take the # away from the lines you choose" if proposal else ""
    )
    lines += [edit] if not proposal or decisions(text) or proposal.open_points else []
    book = shlex.quote(str(target))
    return [*lines, f"  keyacct check {book}", f"  keyacct run --book {book} --out review"]


def data_dictionary(names: Iterable[str] | None = None) -> str:
    """The tables of the contract in Markdown: column, Chinese, kind, unit, need, valid values, meaning.

    Parameters
    ----------
    names : iterable of str, optional
        The tables to describe; default: all of the contract.
    """
    parts = []
    for name in TABLES if names is None else names:
        table = TABLES[name]
        key = f"Key: {', '.join(f'`{part}`' for part in table.key)}. " if table.key else "No key. "
        parts.append(
            f"## {name} ({table.chinese})\n\n{table.meaning[0].upper()}{table.meaning[1:]}. {key}\n"
        )
        parts.append(
            "| column | 中文 | kind | unit | need | valid | meaning |\n|---|---|---|---|---|---|---|"
        )
        for column in table.columns:
            need = "required" if column.required else "optional"
            cells = (
                f"`{column.name}`",
                column.chinese,
                column.kind,
                column.unit or "-",
                need,
                column.expected,
                column.meaning,
            )
            parts.append("| " + " | ".join(cells) + " |")
        for _, _, text in table.rules:
            parts.append(f"\nEvery row: {text}.")
        parts.append("")
    return "\n".join(parts)


def write_dictionary(folder: Path, title: str, text: str, names: Iterable[str]) -> None:
    """Write the README of a data set: what it is, and the dictionary of its tables."""
    described = [name for name in TABLES if name in set(names)]
    content = f"# {title}\n\n{text}\n\n{data_dictionary(described)}"
    (folder / "README.md").write_text(content.rstrip() + "\n", encoding="utf-8")
