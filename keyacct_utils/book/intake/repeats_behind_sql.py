"""Rows of a file behind sql that stand twice: what they bring to the tables that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.contract_checks import rows_and_money
from keyacct_utils.book.intake.returns_and_repeats import money_of, rows_of
from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Staged
from keyacct_utils.contract.faults import Discreet
from keyacct_utils.contract.tables import MONEY_SCALE


@dataclass
class Repeated:
    """A file, its rows, how many repeat an earlier one, and per table the answers of its sql with
    all of them and with each once.
    """

    source: Source
    rows: int
    more: int
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def other(self) -> str:
        """The relation that holds the file as it would be with the other choice."""
        return f"other:{self.source.name}"

    def ask_otherwise(self, inner: duckdb.DuckDBPyConnection, sql: str) -> object:
        """The answer of a sql with the other choice; None where it does not run then."""
        mine, other, aside = (
            quoted(name) for name in (self.source.name, self.other, f"this:{self.source.name}")
        )
        inner.execute(f"ALTER TABLE {mine} RENAME TO {aside}")
        inner.execute(f"ALTER TABLE {other} RENAME TO {mine}")
        try:
            return inner.sql(sql).to_arrow_table()
        except duckdb.Error:
            return None
        finally:
            inner.execute(f"ALTER TABLE {mine} RENAME TO {other}")
            inner.execute(f"ALTER TABLE {aside} RENAME TO {mine}")


def told_of(
    connection: duckdb.DuckDBPyConnection, repeated: Repeated, staged: Mapping[str, Staged]
) -> tuple[list[str], dict[str, object] | None]:
    """The note, and the line of the reconciliation where the rows are dropped."""
    source, more = repeated.source, repeated.more
    moved, amounts = [], list[tuple[str, int]]()
    for name, (every, once) in repeated.answers.items():
        if name not in staged:
            continue
        item = staged[name]
        (_, rows, money), (_, fewer, less) = (
            rows_and_money(connection, item, f"(FROM {a} EXCEPT ALL FROM {b})")
            for a, b in ((every, once), (once, every))
        )
        worth = [f"{money_of(money - less)} of {item.money_column}"] if item.money_column else []
        if rows > fewer or money != less:
            counted = [rows_of(rows - fewer)] if rows > fewer else []
            moved.append(f"{name}: {' with '.join([*counted, *worth])}")
        if item.money_column:
            amounts.append((f"{item.money_column} of {name}", money - less))
    if repeated.answers and not moved and source.duplicates != "drop":
        return [], None
    one = more == 1
    said = (
        f"files.{source.name}: {rows_of(more)} of {repeated.rows:,} "
        f"{'repeats' if one else 'repeat'} an earlier row in every column"
        + (f" ({'; '.join(moved)})" if moved else "")
    )
    if source.duplicates != "drop":
        way = (
            'duplicates = "keep"'
            if source.duplicates
            else 'if they are copies, declare duplicates = "drop", else duplicates = "keep"'
        )
        return [Discreet(f"{said}, and {'counts' if one else 'count'}: {way}")], None
    line: dict[str, object] = {
        "table": f"files.{source.name}",
        "rows": repeated.rows,
        "rows used": repeated.rows - more,
        "rows set aside": 0,
        "rows dropped as repeated": more,
        "money column": amounts[0][0] if amounts else "",
    }
    if amounts:
        line["money dropped as repeated"] = amounts[0][1] / MONEY_SCALE
    does = "does" if one else "do"
    return [Discreet(f'{said} and {does} not count (duplicates = "drop")')], line
