"""Names of accounts that stand in the ledger: the table of accounts, where no other file is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keyacct_utils.book.proposing.judging import Judge
from keyacct_utils.book.proposing.matching import WORDED, Found, Option, match, read_with
from keyacct_utils.contract.tables import TABLES

NAMES = ("name_zh", "name_en")
#: Of the accounts that stand in several rows, how many must have one name in all of them. A column
#: of products or people changes from row to row.
_ONE_NAME = 0.9
_SAME_FILE = "it is the file of the ledger: take the same line as there"


def accounts_in_ledger(ledger: Found, judge: Judge) -> Found | None:
    """The table of accounts that the rows of a ledger make: one row per account, the fullest.

    Parameters
    ----------
    ledger : Found
        The files of the ledger with their columns.

    Returns
    -------
    Found or None
        The id and the names, or nothing where no header speaks of a name, the id is not sure, or
        accounts change their name from row to row. What is to be decided of the file is the same
        for both tables.
    """
    account = next((item for item in ledger.choices if item.column.name == "account_id"), None)
    if account is None or not account.sure or ledger.first.spread:
        return None
    table, used = TABLES["accounts"], {choice.own for choice in ledger.choices}
    ids = ledger.values(account.own)
    named = [
        choice
        for choice in match(table, ledger)
        if choice.column.name in NAMES
        and choice.rank <= WORDED
        and choice.own not in used
        and _belongs(ids, ledger.values(choice.own))
    ]
    trial = Found(ledger.peeks)
    read_with(trial, [replace(account, column=table.column("account_id")), *named], judge)
    sure = [choice for choice in trial.choices if choice.sure]
    if not any(choice.column.name in NAMES for choice in sure):
        return None
    first = Option(
        "repeated_keys", ("first",), remark="one row per account: the fullest, of these the first"
    )
    options = [
        replace(option, reason=_SAME_FILE) if option.reason else option for option in trial.options
    ]
    return Found(ledger.peeks, [*options, first], sure)


def _belongs(ids: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a name is the account's: the same in all of its rows, for nearly all accounts."""
    seen: dict[str, set[str]] = {}
    rows: dict[str, int] = {}
    for account, name in zip(ids, names, strict=True):
        if account.strip() and name.strip():
            seen.setdefault(account.strip(), set()).add(name.strip())
            rows[account.strip()] = rows.get(account.strip(), 0) + 1
    repeated = [account for account, count in rows.items() if count > 1]
    alike = sum(len(seen[account]) == 1 for account in repeated)
    return bool(repeated) and alike >= _ONE_NAME * len(repeated)
