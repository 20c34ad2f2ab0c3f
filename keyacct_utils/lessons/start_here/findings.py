"""The steps of lesson 00: which book, which lessons, what runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Shown, unknown

if TYPE_CHECKING:
    from keyacct_utils.book import Book

YEAR_COLUMNS = {
    "cost": Shown("cost of goods", "money"),
    "margin": Shown("gross margin", "money"),
    "rate": Shown("margin rate", "percent"),
}


def book_in_numbers(opened: Book) -> Finding:
    """Which book this is, how many accounts it has and how much they bought."""
    whole = opened.totals().iloc[0]
    dated = opened.has("ledger", "date") and pd.notna(whole["first_date"])
    numbers: dict[str, Any] = {
        "book": opened.name,
        "accounts": len(opened.names().index.difference([*opened.excluded])),
        "posted": opened.rollup(by_line=False)["account_id"].nunique(),
        "rows": int(whole["n_rows"]),
        "amount": float(whole["revenue"]),
        "unit": f" {opened.currency}" if opened.currency else "",
    }
    if dated:
        numbers |= {name: f"{whole[name]:%Y-%m-%d}" for name in ("first_date", "last_date")}
    if not opened.has("ledger"):
        return Finding(numbers, _of_invoices(opened, numbers))
    holds = (
        "**{book}** holds {accounts:count account} and {rows:count row} of transactions worth "
        "{amount:money}{unit}."
        if numbers["posted"] == numbers["accounts"]
        else "**{book}** holds {accounts:count account}, of which {posted:count has/have} "
        "transactions, and {rows:count row} of transactions worth {amount:money}{unit}."
    )
    runs = (
        "It runs from {first_date} to {last_date}." if dated else "Its transactions have no date."
    )
    return Finding(numbers, (holds, runs, *steps.gross(opened.returns)))


def _of_invoices(opened: Book, numbers: dict[str, Any]) -> tuple[str, ...]:
    """What a book without a ledger holds: its invoices, where it has some; adds the numbers."""
    none = ("**{book}** holds {accounts:count account} and no transactions.",)
    if not opened.has("invoices", "account_id", "amount"):
        return none
    rows = opened.table("invoices")
    rows = rows[~rows["account_id"].isin(list(opened.excluded))]
    if rows.empty:
        return none
    numbers |= {
        "invoices": len(rows),
        "billed_to": int(rows["account_id"].nunique()),
        "billed": float(rows["amount"].sum()),
    }
    dates = rows["issue"].dropna() if "issue" in rows else pd.Series(dtype="datetime64[s]")
    if len(dates):
        numbers |= {"first": f"{dates.min():%Y-%m-%d}", "last": f"{dates.max():%Y-%m-%d}"}
    return (
        "**{book}** holds {accounts:count account} and no transactions, but {invoices:count "
        "invoice} to {billed_to:count account} over {billed:money}{unit}, issued from {first} to "
        "{last}."
        if len(dates)
        else "**{book}** holds {accounts:count account} and no transactions, but {invoices:count "
        "invoice} to {billed_to:count account} over {billed:money}{unit}.",
        "What of it is open, and what past due, is in lesson 08 and on the first page of a run.",
    )


def years(opened: Book) -> Finding:
    """Did sales and margin go the same way from year to year?"""
    if not opened.has("ledger"):
        return unknown(
            "There are no transactions, so no year can be told; ledger.date and ledger.revenue "
            "would allow it."
        )
    if not opened.has("ledger", "date"):
        return unknown(
            "The transactions have no date, so no year can be told; ledger.date would allow it."
        )
    table = opened.totals(period="year").query("period != ''").set_index("period")
    if table.empty:
        return unknown("No transaction has a date, so no year can be told.")
    without = table["uncosted"].sum()
    table = table.rename_axis("year")[["revenue", "cost", "margin"]]
    whole, short = opened.full_years()
    numbers = {
        "years": len(table),
        "first": str(table.index[0]),
        "last": str(table.index[-1]),
        "short": short,
    }
    cut = (
        (
            "The ledger does not cover the whole of {short:names}: such a year is no measure of "
            "growth.",
        )
        if short
        else ()
    )
    if not opened.has("ledger", "cost_goods"):
        says = ("The ledger has no cost of goods, so sales cannot be set against margin.", *cut)
        return Finding(numbers, says, table[["revenue"]])
    if without and opened.standard_cost is None:
        numbers |= {
            "without": float(without),
            "unit": f" {opened.currency}" * bool(opened.currency),
        }
        cut = (
            *cut,
            "The cost of goods of {without:money}{unit} of revenue is missing, so the margin here "
            "is at most what is shown.",
        )
    table["rate"] = table["margin"] / table["revenue"].where(table["revenue"] > 0)
    if len(table) < 2:
        says = ("There is one year, {first}: growth needs two.", *cut)
        return Finding(numbers, says, table, YEAR_COLUMNS)
    # a year that is not whole has risen or fallen against none
    moves = table[["revenue", "margin"]].diff().loc[table.index[table.index.isin(list(whole))][1:]]
    if moves.empty:
        says = ("Growth needs two whole years side by side, and this ledger has none.", *cut)
        return Finding(numbers, says, table, YEAR_COLUMNS)
    apart = moves.index[moves["revenue"] * moves["margin"] < 0]
    numbers |= {
        "apart": list(apart),
        "first": str(table.index[table.index.get_loc(moves.index[0]) - 1]),
        "last": str(moves.index[-1]),
    }
    says = (
        "Years in which sales and margin went opposite ways: {apart:names}."
        if len(apart)
        else "From {first} to {last}, sales and margin moved the same way."
        if len(moves) == 1
        else "From {first} to {last}, sales and margin moved the same way every year.",
        *cut,
    )
    return Finding(numbers, says, table, YEAR_COLUMNS)


def lesson_map(sheets: Mapping[str, int]) -> Finding:
    """What each lesson asks, how long it and its sheet of exercises take, and what it builds on.

    ``sheets`` gives the minutes of the sheets by the number of the lesson.
    """
    table = catalogue.map_table()
    table.insert(2, "exercises", [str(sheets.get(item.code, "-")) for item in catalogue.LESSONS])
    columns = {"lesson": Shown("lesson", "link")}
    return Finding({"lessons": len(table)}, table=table.reset_index(), columns=columns, prose=True)


def readiness(opened: Book) -> Finding:
    """Which lessons run on a book, and which columns would unlock more."""
    ready = catalogue.readiness(opened)
    states = ready["state"].value_counts()
    numbers = {state: int(states.get(state, 0)) for state in ("full", "part", "skipped")}
    both = (ready["reason"] != "") & (ready["unlocks"] != "")
    more = both.map({True: "; then ", False: ""}) + ready["unlocks"]
    table = ready[["lesson", "title", "state"]].assign(
        missing=(ready["reason"] + more).replace("", "-")
    )
    says = (
        (
            "On this book {full:count lesson runs/lessons run} "
            "in full, {part} in part, {skipped} not at all."
        ),
    )
    return Finding(numbers, says, table, prose=True)
