"""What the contract looks like on paper: the data dictionary and the commented ``book.toml``, both from the declarations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from keyacct_utils.intake.settings import CONTRACT_VERSION
from keyacct_utils.tables import TABLES, UNIT_FACTORS, Column, Table

_HEAD = f"""\
# A book: which of your files is which table. Lines that begin with # are off; take the # away to use them.
# The smallest book is one table of transactions with account_id and revenue. Everything else unlocks more;
# `keyacct check book.toml` says which lesson runs, and which column would unlock another.
contract_version = {CONTRACT_VERSION}
name = "My book"
currency = "CNY"
# as_of = 2024-12-31         # the day up to which the book is complete
period = "all"               # what the lessons look at: "all", "2024", "2024Q3" or "2024-09"
# group_by = "group_id"      # count the accounts of one group as one
# root_env = "MY_DATA"       # paths start at the folder named in this environment variable, not at this file's
# [exclude]
# A0007 = "our own subsidiary"

# A raw file that SQL below may read (a join, price x quantity, columns to rows):
# [files.orders]
# path = "orders.csv"
"""

_OPTIONS = f"""\
# path = ["2023.csv", "2024.csv"] or "sales_*.csv"     CSV, TSV, .xlsx, .xls, .parquet, each also as .csv.gz
# sql = "SELECT id AS account_id, price * quantity AS revenue FROM orders"     instead of path, over [files.*]
# encoding = "gb18030"       without it UTF-8 is expected; nothing is guessed
# sep = ";"                  without it the one of , ; tab | that the header has most of
# sheet = "Sales"            of a workbook; without it the first
# skip = 2                   lines before the header
# decimal = ","              if 1.234,50 means 1234.50
# date_format = "%d.%m.%Y"   or "excel" for serial numbers; 2024-03-05, 2024/3/5, 20240305, 2024年3月5日 need none
# unit = {{ revenue = "万元" }}   of amounts: {", ".join(UNIT_FACTORS)}
# na = ["NULL", "-99"]       written codes that mean "missing"
"""


def _comment(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    example = f", such as {column.example}" if column.example else ""
    return f"{column.meaning}{unit}; {column.expected}{example}"


def _section(table: Table, active: bool) -> Iterable[str]:
    mark = "" if active else "# "
    key = f"; key: {', '.join(table.key)}" if table.key else ""
    yield f"\n# {table.name} ({table.chinese}): {table.meaning}{key}"
    yield f"{mark}[tables.{table.name}]"
    yield f'{mark}path = "{table.name}.csv"'
    if active:
        yield _OPTIONS.rstrip()
    yield f"{mark}[tables.{table.name}.columns]     # name in the contract = your column"
    for column in table.columns:
        on = active and column.required
        need = "required" if column.required else "optional"
        yield f'{"" if on else "# "}{column.name} = "{column.name}"     # {need}: {column.chinese}, {_comment(column)}'


def book_template() -> str:
    """The text of a new ``book.toml``: every table and column of the contract, with meaning, unit and example."""
    order = ["ledger", *(name for name in TABLES if name != "ledger")]
    lines = [_HEAD.rstrip()]
    for name in order:
        lines.extend(_section(TABLES[name], active=name == "ledger"))
    return "\n".join(lines) + "\n"


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
        parts.append(f"## {name} ({table.chinese})\n\n{table.meaning[0].upper()}{table.meaning[1:]}. {key}\n")
        parts.append("| column | 中文 | kind | unit | need | valid | meaning |\n|---|---|---|---|---|---|---|")
        for column in table.columns:
            need = "required" if column.required else "optional"
            cells = (f"`{column.name}`", column.chinese, column.kind, column.unit or "-", need, column.expected, column.meaning)
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
