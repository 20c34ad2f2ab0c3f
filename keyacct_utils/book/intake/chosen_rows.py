"""Which rows of a table count: those that ``where`` chooses, each once where repeats are dropped,
one per key where the first row of a key stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import duckdb
import sqlglot
from sqlglot import exp

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.book.intake.sql_columns import counted_with
from keyacct_utils.book.intake.staged_table import AGAIN, OUTSIDE, ROW, Staged
from keyacct_utils.contract.faults import Fault, cut, nearest

#: What SQL could learn of the machine.
OF_THE_MACHINE = re.compile(
    r"\b(?:current_setting|duckdb_\w+|pragma_\w+|pg_settings)\b", re.IGNORECASE
)
DUPLICATES, REPEATED_KEYS = "duplicates", "repeated_keys"


def _parsed(where: str) -> exp.Expression | str:
    """A condition as a tree, or what it is not."""
    try:
        statements = sqlglot.parse(where, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        return f"where cannot be read: {str(error).splitlines()[0]}"
    tree = statements[0] if len(statements) == 1 else None
    if not isinstance(tree, exp.Expression) or not isinstance(tree, exp.Condition):
        return "where is not one condition"
    if tree.find(exp.Query, exp.Subquery, exp.Table):
        return "where asks for other tables"
    if asked := OF_THE_MACHINE.search(where):
        return f"{asked[0]} tells of this machine, not of the book"
    return tree


def own_names(source: Source, header: Collection[str]) -> dict[str, bool]:
    """The columns that ``where`` speaks of, and whether each is compared with a number; empty where
    it cannot be read.
    """
    tree = _parsed(source.where) if source.where else ""
    if isinstance(tree, str):
        return {}
    found: dict[str, bool] = {}
    for column in tree.find_all(exp.Column):
        own = _matched(column.name, header)
        found[own] = found.get(own, False) or counted_with(column)
    return found


def _matched(name: str, header: Collection[str]) -> str:
    alike = [own for own in header if own.lower() == name.lower()]
    return alike[0] if name not in header and len(alike) == 1 else name


def where_faults(table: str, source: Source, header: Collection[str], file: str) -> Iterator[Fault]:
    """What is wrong with ``where`` before it runs."""
    if not source.where:
        return
    form = "write a condition on the columns of the file, such as \"Country = 'DE'\""
    tree = _parsed(source.where)
    if isinstance(tree, str):
        yield Fault(table, tree, form, file=file)
        return
    named = own_names(source, header)
    if not named:
        yield Fault(table, "where speaks of no column", form, file=file)
    for own in (own for own in named if own not in header):
        mend = nearest(own, header) or f"the file has {', '.join(map(cut, header))}"
        yield Fault(table, f"where speaks of the column {own!r}, which is missing", mend, file=file)


def where_sql(source: Source, header: Collection[str]) -> str:
    """The condition over columns that are called ``where:NAME``; false where it is not known."""
    tree = _parsed(source.where)
    assert not isinstance(tree, str)
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.column(f"where:{_matched(column.name, header)}", quoted=True))
    return f"coalesce(NOT ({tree.sql(dialect='duckdb')}), true) AS {OUTSIDE}" if tree else ""


def whole_row(part: Part, header: Collection[str], alone: bool) -> str:
    """One number for all that is written in a row, the columns in the order of the first file; as
    text, unless all rows are of the same types.
    """
    form = "{}" if alone else "CAST({} AS VARCHAR)"
    cells = ", ".join(form.format(part.column(own)) for own in header)
    return f"hash({cells}) AS {ROW}"


def mark_repeats(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Mark the rows that ``duplicates`` and ``repeated_keys`` leave out; the first stands."""
    source, work = staged.source, staged.work
    if not source.drops:
        return
    connection.execute(f"ALTER TABLE {work} ADD COLUMN {AGAIN} VARCHAR DEFAULT ''")
    ways = []
    if source.duplicates == "drop":
        ways.append((DUPLICATES, ROW, "rowid"))
    if source.repeated_keys:
        key = [quoted(name) for name in staged.table.key]
        gaps = " + ".join(f"CAST({quoted(name)} IS NULL AS INTEGER)" for name in staged.columns)
        ways.append((REPEATED_KEYS, ", ".join(key), f"{gaps}, rowid"))
    for reason, group, order in ways:
        numbered = (
            f"SELECT rowid AS place, row_number() OVER (PARTITION BY {group} ORDER BY {order}) "
            f"AS number FROM {work} WHERE {staged.live}"
        )
        connection.execute(
            f"UPDATE {work} SET {AGAIN} = '{reason}' WHERE rowid IN "
            f"(SELECT place FROM ({numbered}) WHERE number > 1)"
        )
