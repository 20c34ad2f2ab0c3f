"""A book as a Data Package (datapackage.org, version 2): what its files and columns hold, for
whoever does not use this package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from keyacct_utils.contract.tables import TABLES, Column, Table

FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
#: A flag is written 0 or 1, an id is text even where it looks like a number.
TYPES = {
    "id": "string", "text": "string", "category": "string", "money": "number", "number": "number",
    "integer": "integer", "flag": "integer", "date": "date",
}  # fmt: skip


def field(column: Column, required: bool) -> dict[str, Any]:
    """One column as a field of a table schema; ``unit`` is ours, the rest are the standard's."""
    constraints: dict[str, Any] = {"required": True} if required else {}
    for name, bound in (
        ("minimum", column.low), ("maximum", column.high), ("exclusiveMinimum", column.above)
    ):  # fmt: skip
        if bound is not None:
            constraints[name] = bound
    if column.kind == "flag":
        constraints["enum"] = [0, 1]
    elif column.allowed:
        constraints["enum"] = list(column.allowed)
    numeric = column.allowed and not isinstance(column.allowed[0], str)
    return {
        "name": column.name,
        "title": column.chinese,
        "type": "number" if numeric else TYPES[column.kind],
        "description": column.meaning,
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def resource(table: Table, rows: pd.DataFrame, known: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """One file with its schema: the columns that it has, in the contract's order."""
    filled = [name for name in rows if rows[name].notna().all() and not rows[name].eq("").any()]
    # a visit without a manager has no key that the standard would take
    key = list(table.key) if set(table.key) <= set(filled) else []
    fields = [
        field(item, item.name in key or (item.required and item.name in filled))
        for item in table.columns
        if item.name in rows
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if key:
        schema["primaryKey"] = key
    if "account_id" in rows and table.name != "accounts" and "accounts" in known:
        reference = {"resource": "accounts", "fields": ["account_id"]}
        schema["foreignKeys"] = [{"fields": ["account_id"], "reference": reference}]
    return {
        "name": table.name,
        "title": table.chinese,
        "description": table.meaning,
        "path": f"{table.name}.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def data_package(title: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What are the files of a synthetic book, column by column?

    Parameters
    ----------
    title : name of the book.
    tables : the rows of each table of the contract by its name.

    Returns
    -------
    dict : a Data Package of version 2, ready for JSON.

    Raises
    ------
    KeyError : for a table that the contract does not have.

    References
    ----------
    Data Package standard, version 2 (2024), Table Schema.
    """
    return {
        "$schema": PROFILE,
        "name": re.sub(r"[^a-z0-9]+", "-", title.lower()),
        "title": title,
        "licenses": [LICENCE],
        "resources": [resource(TABLES[table], rows, tables) for table, rows in tables.items()],
    }
