"""Options of a whole book that would do nothing: who writes one relies on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from keyacct_utils.book.intake.book_toml import Settings
from keyacct_utils.book.intake.sql_rows import reads
from keyacct_utils.contract.faults import Fault

_FILE = "book.toml"


def idle_options(settings: Settings, columns: Collection[str] | None) -> Iterator[Fault]:
    """A fault with its way out for each.

    Parameters
    ----------
    settings : Settings
    columns : collection of str, optional
        The columns of the contract that the ledger has; None where the book has no ledger.
    """
    found, ledger = settings.conventions, columns or ()
    if columns is None:
        yield from _without_ledger(settings)
    if found.standard_cost is not None and "cost_goods" not in ledger:
        mend = (
            "map cost_goods to a column of costs, empty where one is not known (sql: "
            "CAST(NULL AS DOUBLE) AS cost_goods, where none is), or leave standard_cost out"
        )
        problem = "standard_cost has no effect: the ledger has no cost_goods"
        yield Fault(_FILE, problem, mend)
    if found.year_start == 1 and found.year_named_by != "end":
        mend = "say in which month the year begins, fiscal_year_start = 4, or leave it out"
        problem = "fiscal_year_named_by has no effect: the year begins in January and ends with it"
        yield Fault(_FILE, problem, mend)
    if found.year_start != 1 and "date" not in ledger:
        mend = "map ledger.date, or leave fiscal_year_start out"
        yield Fault(_FILE, "fiscal_year_start has no effect: the ledger has no date", mend)
    if settings.spark_master and not any(item.spark for item in settings.tables.values()):
        mend = 'read the ledger there, spark = "sales.parquet", or leave spark_master out'
        yield Fault(_FILE, "spark_master has no effect: no table is on Spark", mend)
    sqls = [item.sql for item in settings.tables.values() if item.sql]
    for name in settings.files:
        if not any(reads(sql, name) for sql in sqls):
            mend = "read it in the sql of a table, or leave the section out"
            yield Fault(f"[files.{name}]", "no sql of a table reads this file", mend)


def _without_ledger(settings: Settings) -> Iterator[Fault]:
    """Options that choose among transactions, of a book that has none."""
    asked = {
        "exclude": bool(settings.exclude),
        "group_by": bool(settings.group_by),
        "returns": settings.conventions.returns != "net",
    }
    for key in (key for key, given in asked.items() if given):
        yield Fault(
            _FILE,
            f"{key} has no effect: the book has no ledger",
            f"add [tables.ledger], or leave {key} out",
        )
