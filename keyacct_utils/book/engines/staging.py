"""A remote ledger made ready: its columns mapped, its values read where they are, and what can be
wrong with a row.
"""

from __future__ import annotations

from pathlib import Path

from keyacct_utils.book.engines.remote import Remote, untyped, work_select
from keyacct_utils.book.intake import contract_checks as checking
from keyacct_utils.book.intake.book_toml import Settings, Source
from keyacct_utils.book.intake.chosen_rows import own_names
from keyacct_utils.book.intake.contract_checks import Condition, Staged
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.book.intake.unused_columns import candidates, look_remotely
from keyacct_utils.contract.faults import BookFaults, Fault
from keyacct_utils.contract.tables import Table

#: Options that need the rows here.
_READ_HERE = ("duplicates", "repeated_keys", "currency_rates")


def find(table: Table, source: Source, settings: Settings, notes: list[str]) -> Staged | None:
    """Stage the table where it lies; None, and a note, where its values must be parsed and so be
    read row by row.

    Raises
    ------
    BookFaults
        If it cannot be reached, or lacks a column that the contract requires.
    """
    remote = _remote(source, settings, notes)
    if remote is None:
        return None
    types = remote.types()
    columns, faults, remarks = checking.map_columns(table, source, list(types))
    wanted = [name for name in _READ_HERE if getattr(source, name)]
    if wanted:
        mend = "say it in the query: SELECT DISTINCT, or amount * rate"
        faults.append(
            Fault(table.name, f"{', '.join(wanted)} cannot be done where the ledger lies", mend)
        )
    if faults:
        raise BookFaults(faults, settings.file.name)
    if texts := untyped(table, columns, types):
        problem = (
            f"{', '.join(texts)} of {remote.label} hold text "
            "where the contract has amounts, numbers or dates"
        )
        if not source.database_env:
            raise BookFaults(
                [Fault(table.name, problem, "store them with their types, or cast them in a view")],
                settings.file.name,
            )
        notes.append(
            f"{table.name}: {problem}, so that all rows are read "
            "here; cast them in a query and only account rows travel"
        )
        return None
    notes += remarks
    spoken = {*columns.values(), *own_names(source, list(types))}
    odd = [
        found
        for found in look_remotely(remote, candidates(table, columns, source, list(types)))
        if found.kind == "currency" or found.own not in spoken
    ]
    kept = [found.own for found in odd]
    remote.steps[f"work_{table.name}"] = work_select(table, columns, types, source, kept)
    part = Part(Path(remote.label), list(types), "given_rows", native_types=True)
    staged = Staged(table, source, [part], columns, materialised=False, remote=remote)
    staged.odd = odd
    staged.rows = remote.sql(f"SELECT count(*) AS n FROM {staged.work}").fetchall()[0][0]
    if not staged.rows:
        raise BookFaults(
            [
                Fault(
                    table.name, "there is no row", "check the table or the query", file=remote.label
                )
            ],
            settings.file.name,
        )
    return staged


def _remote(source: Source, settings: Settings, notes: list[str]) -> Remote | None:
    if source.spark:
        from keyacct_utils.book.engines import spark

        return spark.SparkLedger(source, settings)
    from keyacct_utils.book.engines import database

    return database.find_remote(source, notes)


def conditions(staged: Staged, known_accounts: set[str] | None) -> list[Condition]:
    """The contract's conditions; an account that the table of accounts lacks is named, because
    that table is here.
    """
    found = checking.conditions(staged, {})
    if known_accounts is None or staged.remote is None:
        return found
    query = f"SELECT DISTINCT account_id FROM {staged.work} WHERE account_id IS NOT NULL"
    orphans = sorted({row[0] for row in staged.remote.sql(query).fetchall()} - known_accounts)
    if orphans:
        listed = ", ".join(quoted(name, "'") for name in orphans)
        condition = f"account_id IS NOT NULL AND account_id IN ({listed})"
        found.append(
            Condition(
                "account_id", condition, "not in the table accounts", "an id that accounts has"
            )
        )
    return found
