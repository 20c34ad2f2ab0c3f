"""Write the synthetic book: CSV per table, truth, the messy export of the same book, and a manifest
of hashes.

``python -m keyacct_utils.world.write`` regenerates everything under ``datasets/``, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.book.template import write_dictionary
from keyacct_utils.collection import ROOT
from keyacct_utils.contract.tables import TABLES, Column
from keyacct_utils.world import World, build, distributor
from keyacct_utils.world.datapackage import FILE, data_package
from keyacct_utils.world.raw_export import write_raw_export

#: Four years of invoices are settled as far as they ever will be three months after the last month
#: of the ledger.
AS_OF = "2025-03-31"
NAME = "Linjiang Energy Supply"
MANIFEST = "SHA256SUMS"
#: Decimals at most of a number that is not money; trailing zeros are not written.
DECIMALS = {"ahp_matrices": 9}
DEFAULT_DECIMALS = 6


def trimmed(values: pd.Series, decimals: int) -> np.ndarray:
    """Numbers as text with at most the given decimals and no trailing zeros; empty where
    missing.
    """
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    missing = np.isnan(numbers)
    # Adding zero turns -0.0 into 0.0.
    text = np.char.mod(f"%.{decimals}f", np.where(missing, 0.0, np.round(numbers, decimals)) + 0.0)
    text = np.char.rstrip(np.char.rstrip(text, "0"), ".")
    return np.where(missing, "", np.where(np.isin(text, ["", "-", "-0"]), "0", text)).astype(object)


def as_text(
    values: pd.Series, column: Column | None, decimals: int = DEFAULT_DECIMALS
) -> np.ndarray:
    """One column as text: money with two decimals, dates as 2024-03-05, missing values empty."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), "", np.datetime_as_string(days)).astype(object)
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).where(values.notna(), "").to_numpy()
    if column is not None and column.kind == "money":
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isnan(numbers), "", np.char.mod("%.2f", np.nan_to_num(numbers))).astype(
            object
        )
    return trimmed(values, decimals)


def table_text(name: str, table: pd.DataFrame) -> str:
    """A table of the contract as CSV text, columns in the contract's order."""
    contract = TABLES[name]
    columns = [column for column in contract.columns if column.name in table]
    decimals = DECIMALS.get(name, DEFAULT_DECIMALS)
    frame = pd.DataFrame(
        {column.name: as_text(table[column.name], column, decimals) for column in columns}
    )
    return frame.to_csv(index=False, lineterminator="\n")


def _plain(value: Any) -> Any:
    """A value that JSON can hold; floats rounded so that the text is the same on every machine."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), DEFAULT_DECIMALS)
    return value


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def write_truth(truth: dict[str, dict[str, object]], folder: Path) -> None:
    """One JSON file per topic, and a CSV beside it for each table that a topic holds."""
    for topic, planted in truth.items():
        rest = {}
        for key, value in planted.items():
            if isinstance(value, pd.DataFrame):
                name = topic if key == "accounts" else f"{topic}_{key}"
                frame = pd.DataFrame(
                    {str(column): as_text(value[column], None) for column in value}
                )
                _save(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
            else:
                rest[key] = _plain(value)
        _save(folder / f"{topic}.json", json.dumps(rest, ensure_ascii=False, indent=1) + "\n")


def write_book(world: World, folder: Path, name: str = NAME) -> None:
    """A clean book: one CSV per table, ``book.toml`` and ``truth/``."""
    lines = [
        "contract_version = 1",
        f'name = "{name}"',
        'currency = "CNY"',
        f"as_of = {AS_OF}",
        'period = "2024"',
        "",
    ]
    for table, rows in world.tables.items():
        _save(folder / f"{table}.csv", table_text(table, rows))
        lines += [f"[tables.{table}]", f'path = "{table}.csv"', ""]
    _save(folder / "book.toml", "\n".join(lines[:-1]) + "\n")
    described = data_package(name, world.tables)
    _save(folder / FILE, json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    write_truth(world.truth, folder / "truth")


def manifest_text(folder: Path) -> str:
    """SHA-256 of every generated file below the folder, as ``sha256sum`` writes it."""
    files = [path for book in README for path in (folder / book).rglob("*") if path.is_file()]
    kept = sorted(
        (path.relative_to(folder).as_posix(), path) for path in files if path.suffix != ".md"
    )
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in kept
    )


README = {
    "linjiang": (
        "The synthetic book of Linjiang Energy Supply (临江供能集团)",
        """\
An invented company, generated by `make data`; the same bytes each time. Licence: CC BY 4.0. Amounts are yuan with two decimals.
`truth/` holds what was planted; no lesson's analysis reads it, only its closing check. This page is generated from the data
contract in `keyacct_utils/contract/tables.py`.""",
    ),
    "raw_export": (
        "The same company as a messy export",
        """\
What a billing system hands out: `sales_*.csv` in GB18030 with Chinese headers, amounts in 万元, one file a year, dates such as
2024年03月, blanks at the ends of ids; `accounts.xlsx` with a sheet of customer files. `book.toml` says what is what, and
`Book.open("raw_export")` gives the accounts and totals of `../linjiang` to the cent. Use its `book.toml` as a model for your
own; the columns are those of [the clean book](../linjiang/README.md).""",
    ),
    "yunhe": (
        "The second synthetic book: Yunhe Food & Beverage Distribution (云禾食品饮料配送公司)",
        """\
An invented distributor, for trying a method on another trade: 180 accounts from January 2022 to
December 2024, flatter than 80/20, strongly seasonal (line B, beverages, peaks in July; line G,
festive groceries, is sold from August to October and from December to February), with accounts that
stopped and joined, returns, and a few that lose money. No power rule fits it and it has no credit
events, so lesson 07 is skipped. Generated by `make data`; the same bytes each time. Licence: CC BY
4.0. Amounts are yuan with two decimals; a posting is dated by its day of delivery.

`truth/` holds what was planted, in the form of [linjiang](../linjiang/README.md);
`keyacct_utils.truth.known("yunhe")` reads it. Ties and renewals are kept of the customers of today;
questionnaires went to those of them that joined before 2024. Credit is charged on all lines. This
page is generated from the data contract.""",
    ),
}


def lacking(world: World) -> str:
    """The columns of the contract that a world's tables do not have, as a sentence."""
    gone = [
        f"`{name}.{column}`"
        for name, rows in world.tables.items()
        for column in TABLES[name].names
        if column not in rows
    ]
    return f"Of the columns below it does not have: {', '.join(gone)}."


def write_all(folder: Path, accounts: int = 600, months: int = 48) -> None:
    """The books and the manifest; accounts and months are those of linjiang."""
    world = build(accounts, months)
    write_book(world, folder / "linjiang")
    write_raw_export(world, folder / "raw_export", AS_OF)
    title, text = README["linjiang"]
    absent = ", ".join(f"`{name}`" for name in TABLES if name not in world.tables)
    note = f"This is the whole contract; the book itself does not have {absent}."
    write_dictionary(folder / "linjiang", title, f"{text}\n\n{note}", TABLES)
    write_dictionary(folder / "raw_export", *README["raw_export"], ())
    second = distributor.build()
    write_book(second, folder / distributor.FOLDER, distributor.NAME)
    title, text = README[distributor.FOLDER]
    write_dictionary(
        folder / distributor.FOLDER, title, f"{text}\n\n{lacking(second)}", second.tables
    )
    _save(folder / MANIFEST, manifest_text(folder))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "datasets")
