"""The same company as its billing system exports it: GB18030, Chinese headers, 万元,
yearly files, a
workbook.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from keyacct_utils.contract.tables import TABLES
from keyacct_utils.world import World

ENCODING = "gb18030"
SHEET, WORKBOOK = "客户档案", "accounts.xlsx"
UNIT = "万元"
#: 万元 in cents: six decimals hold every cent.
CENTS = 1_000_000
HEADERS = {"revenue": "销售额(万元)", "cost_goods": "销售成本(万元)"}
NO_GROUP = "无"
FLAG = {1: "是", 0: "否"}
#: The first timestamp a zip entry can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
#: Every k-th id is padded with blanks, as a fixed-width field leaves them.
PAD_EVERY = 7
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


def header(table: str, column: str) -> str:
    """The header of a contract column in the export."""
    return HEADERS.get(column, TABLES[table].column(column).chinese)


def _padded(ids: pd.Series) -> list[str]:
    return [f"{item}  " if i % PAD_EVERY == 0 else str(item) for i, item in enumerate(ids)]


def _ten_thousands(amounts: pd.Series) -> list[str]:
    """Yuan as 万元 with six decimals: nothing is lost."""
    cents = np.rint(amounts.to_numpy() * 100).astype(np.int64).tolist()
    return [f"{'-' if c < 0 else ''}{abs(c) // CENTS}.{abs(c) % CENTS:06d}" for c in cents]


def ledger_text(rows: pd.DataFrame, full_width: bool) -> str:
    """One year of the ledger, tab-separated; the oldest system wrote full-width discounts."""
    volume = [f"{v:,.0f}" if v == int(v) else f"{v:,.2f}" for v in rows["volume"].tolist()]
    discount = [f"{d:g}%" for d in rows["discount_pct"].tolist()]
    columns = {
        "date": [f"{d.year}年{d.month}月" for d in rows["date"]],
        "account_id": _padded(rows["account_id"]),
        "line": rows["line"].tolist(),
        "volume": volume,
        "list_price": [f"{p:g}" if p < 10 else f"{p:.2f}" for p in rows["list_price"].tolist()],
        "discount_pct": [d.translate(_FULL_WIDTH) for d in discount] if full_width else discount,
        "revenue": _ten_thousands(rows["revenue"]),
        "cost_goods": _ten_thousands(rows["cost_goods"]),
    }
    lines = ["\t".join(header("ledger", name) for name in columns)]
    lines += ["\t".join(row) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def _cells(accounts: pd.DataFrame) -> dict[str, list[object]]:
    """The accounts as a clerk keeps them: flags in words, dates as 20120601, capacities with
    separators.
    """
    cells: dict[str, list[object]] = {}
    for column in TABLES["accounts"].columns:
        if column.name not in accounts:
            continue
        values = accounts[column.name]
        if column.name == "account_id":
            cells[column.name] = list(_padded(values))
        elif column.kind == "flag":
            cells[column.name] = [FLAG[int(v)] for v in values]
        elif column.kind == "date":
            cells[column.name] = [d.strftime("%Y%m%d") for d in values]
        elif column.name == "capacity_kva":
            cells[column.name] = [f"{v:,.0f}" for v in values]
        elif column.kind == "number":
            cells[column.name] = [float(v) for v in values]
        else:
            cells[column.name] = [str(v) or NO_GROUP for v in values]
    return cells


def workbook_bytes(accounts: pd.DataFrame) -> bytes:
    """The accounts as .xlsx, the same bytes every time: no timestamps, no compression that depends
    on a library.
    """
    cells = _cells(accounts)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.append([header("accounts", name) for name in cells])
    for row in zip(*cells.values(), strict=True):
        sheet.append(row)
    saved, out = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-01-01T00:00:00Z", content
                )
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # the same on every operating system
            target.writestr(entry, content)
    return out.getvalue()


def _mapping(table: str, names: list[str]) -> str:
    return "\n".join(f'{name} = "{header(table, name)}"' for name in names)


def toml_text(world: World, as_of: str) -> str:
    """The ``book.toml`` that reads the export."""
    ledger = [column for column in TABLES["ledger"].names if column in world.tables["ledger"]]
    accounts = [column for column in TABLES["accounts"].names if column in world.tables["accounts"]]
    return f"""# The same company as in ../linjiang, as its billing system exports it.
contract_version = 1
name = "Linjiang Energy Supply (raw export)"
currency = "CNY"
as_of = {as_of}
period = "2024"

[tables.ledger]
path = "sales_*.csv"    # one file a year
encoding = "{ENCODING}"
sep = "\\t"
date_format = "%Y年%m月"
unit = {{ revenue = "{UNIT}", cost_goods = "{UNIT}" }}

[tables.ledger.columns]
{_mapping("ledger", ledger)}

[tables.accounts]
path = "{WORKBOOK}"
sheet = "{SHEET}"
date_format = "%Y%m%d"
na = ["{NO_GROUP}"]

[tables.accounts.columns]
{_mapping("accounts", accounts)}
"""


def write_raw_export(world: World, folder: Path, as_of: str) -> None:
    """Yearly ledger files, the workbook of accounts, and the ``book.toml`` that maps them."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = world.tables["ledger"]
    years = ledger["date"].dt.year
    for year in sorted(years.unique()):
        text = ledger_text(ledger[years == year], full_width=year == years.min())
        (folder / f"sales_{year}.csv").write_bytes(text.encode(ENCODING))
    (folder / WORKBOOK).write_bytes(workbook_bytes(world.tables["accounts"]))
    (folder / "book.toml").write_bytes(toml_text(world, as_of).encode("utf-8"))
