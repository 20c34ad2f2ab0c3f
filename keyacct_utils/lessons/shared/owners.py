"""Who owns an account (客户经理): one way for all lessons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["main_owner", "owners_of", "sold_through"]

Day = dt.date | str | None


def sold_through(
    opened: Book, column: Literal["contact_id", "manager_id"], start: Day = None, end: Day = None
) -> pd.DataFrame:
    """Net sales by account and person of the ledger; no row where nothing is known of persons.

    Returns
    -------
    DataFrame : account_id, ``column`` (empty where a row names nobody), revenue, days, last, as
        `Book.by_person` gives them.
    """
    empty = pd.DataFrame(columns=["account_id", column, "revenue", "days", "last"])
    if not opened.has("ledger", column):
        return empty
    try:
        return opened.by_person(column, start, end)
    except ValueError:  # the ledger stays in another database
        return empty


def owners_of(opened: Book, start: Day = None, end: Day = None) -> tuple[pd.DataFrame | None, str]:
    """Who owns each account: by the file of accounts, else who sold to it.

    Parameters
    ----------
    opened : Book
    start, end : first and last day of the sales that count, where the ledger has to tell.

    Returns
    -------
    DataFrame : account_id (as the book counts them: groups are one), manager_id (missing where
        nobody is named), and weight (net sales) where the ledger told; a row for each owner. None
        where the book names nobody.
    str : "accounts", "ledger", or empty.
    """
    if opened.has("accounts", "manager_id"):
        file = opened.counted("accounts").dropna(subset=["account_id"])
        if file["manager_id"].notna().any():
            grouped = {str(own): str(group) for own, group in opened.grouped().items()}
            ids = [grouped.get(name, name) for name in file["account_id"].astype(str)]
            return file[["account_id", "manager_id"]].assign(account_id=ids), "accounts"
    rows = sold_through(opened, "manager_id", start, end)
    named = rows["manager_id"] != ""
    if not named.any():
        return None, ""
    # who has only rows without a seller stays, as an account of nobody
    lone = rows[~named & ~rows["account_id"].isin(rows.loc[named, "account_id"])]
    found = pd.concat([rows[named], lone.assign(manager_id=None)], ignore_index=True)
    found = found.rename(columns={"revenue": "weight"})
    return found[["account_id", "manager_id", "weight"]], "ledger"


def main_owner(owners: pd.DataFrame, several: Literal["first", "none"] = "first") -> pd.Series:
    """The owner of each account that has one.

    Parameters
    ----------
    owners : account_id and manager_id, a row for each owner, and weight where it is known.
    several : of several owners that no weight tells apart, "first" takes the first id (so that each
        account counts once), "none" takes nobody.

    Returns
    -------
    Series : manager_id by account_id; accounts without an owner have no row.
    """
    named = owners.dropna(subset=["account_id", "manager_id"])
    named = named[named["manager_id"].astype(str).str.strip() != ""]
    named = named.assign(weight=named.get("weight", 0.0)).drop_duplicates()
    if several == "none":
        most = named.groupby("account_id")["weight"].transform("max")
        top = named[named["weight"] == most]
        named = top[~top.duplicated("account_id", keep=False)]
    named = named.sort_values("manager_id", kind="stable")
    named = named.sort_values("weight", ascending=False, kind="stable")
    first = named.drop_duplicates("account_id")
    return pd.Series(
        first["manager_id"].astype(str).to_numpy(),
        index=pd.Index(first["account_id"].astype(str), dtype="str"),
        dtype="str",
    )
