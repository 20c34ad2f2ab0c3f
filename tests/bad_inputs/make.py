"""The files of the corpus whose bytes matter: encodings, line ends, workbooks, Parquet, gzip.

They are made anew for each trial, so that no editor, version control or transfer can mend them.
To look at a case: ``python tests/bad_inputs/make.py CASE FOLDER``.
"""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parent
HEADER = b"account_id,revenue\n"
PLAIN = HEADER + b"A1,100.00\nA2,50.00\n"
SHEET = [["account_id", "revenue"], ["A1", 100], ["A2", 50]]
GZIPPED = gzip.compress(HEADER + b"".join(b"A%d,%d.00\n" % (i, 7 * i) for i in range(200)), mtime=0)


def workbook(
    sheets: dict[str, list[list[Any]]], change: Callable[[openpyxl.Workbook], None] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def error_cells(book: openpyxl.Workbook) -> None:
    for place, error in (("B3", "#REF!"), ("B4", "#DIV/0!")):
        book.active[place] = error
        book.active[place].data_type = "e"


def hide_first(book: openpyxl.Workbook) -> None:
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1


def merge_title(book: openpyxl.Workbook) -> None:
    book.active.merge_cells("A1:C1")


def format_below(book: openpyxl.Workbook) -> None:
    for row in range(4, 60):
        book.active.cell(row, 2).number_format = "0.00"


def parquet(columns: dict[str, pa.Array]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def compound_file(*streams: str) -> bytes:
    """The smallest OLE compound file with empty streams of these names: the shell of .xls and of locked workbooks."""
    free, end, fat_sector = b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\xfd\xff\xff\xff"
    header = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + bytes.fromhex("3e000300feff09000600")
        + bytes(6)
    )
    header += (
        (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(4)
    )
    header += (4096).to_bytes(4, "little") + end + bytes(4) + end + bytes(4) + bytes(4) + free * 108

    def entry(name: str, kind: int, right: bytes, child: bytes) -> bytes:
        text = name.encode("utf-16-le")
        body = (
            text.ljust(64, b"\0")
            + (len(text) + 2).to_bytes(2, "little")
            + bytes([kind, 1])
            + free
            + right
            + child
        )
        return body + bytes(36) + end + bytes(8)

    numbers = [number.to_bytes(4, "little") for number in range(2, len(streams) + 1)]
    directory = entry("Root Entry", 5, free, (1).to_bytes(4, "little"))
    for name, following in zip(streams, [*numbers, free], strict=True):
        directory += entry(name, 2, following, free)
    return header + fat_sector + end + free * 126 + directory.ljust(512, b"\0")


def sqlite_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE ledger (account_id TEXT, revenue REAL)")
        connection.commit()
        connection.close()
        return path.read_bytes()


def damaged(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return (
        packed[:middle]
        + bytes(byte ^ 0xFF for byte in packed[middle : middle + 40])
        + packed[middle + 40 :]
    )


DAY = dt.date(2024, 1, 31)
UTC_TIMES = pa.array(
    [dt.datetime(2024, 1, 31, 16, 0), dt.datetime(2024, 1, 31, 23, 59)], pa.timestamp("us", "UTC")
)
BIG = 2**64 - 1

FILES: dict[str, Callable[[], bytes]] = {
    "gb18030_undeclared/ledger.csv": lambda: "客户编号,销售额\n临江第一钢铁厂,100.00\n北方化工集团,50.00\n".encode("gb18030"),
    "big5_undeclared/ledger.csv": lambda: "客戶編號,銷售額\n臨江第一鋼鐵廠,100.00\n".encode("big5"),
    "latin1_name_undeclared/ledger.csv": lambda: HEADER + "A1,100\nA2,Müller,50\n".encode("latin-1"),
    "mixed_encodings/ledger.csv": lambda: (
        HEADER + "临江第一钢铁厂,100.00\nA2,50.00\n".encode() + "A3,北方化工集团,7\n".encode("gb18030")
    ),
    "gb18030_cut_in_a_character/ledger.csv": lambda: HEADER + "A1,100\n北方化工集团".encode("gb18030")[:-1],
    "bom_against_declared_encoding/ledger.csv": lambda: codecs.BOM_UTF8 + HEADER + "临江,100\n".encode(),
    "bom_in_the_middle/ledger.csv": lambda: (codecs.BOM_UTF8 + HEADER + b"A1,100.00\n") * 2,
    "bom_before_a_row/ledger.csv": lambda: PLAIN + codecs.BOM_UTF8 + b"A1,7.00\n",
    "utf16_unicode_text/ledger.csv": lambda: "客户\t金额\r\n临江钢铁\t100.00\r\n北方化工\t50.00\r\n".encode("utf-16"),
    "utf16_without_mark/ledger.csv": lambda: PLAIN.decode().encode("utf-16-le"),
    "nul_bytes/ledger.csv": lambda: HEADER + b"A1,100.00\nA2\x00\x00,50.00\n",
    "cr_only/ledger.csv": lambda: (PLAIN + b"A3,7.00\n").replace(b"\n", b"\r"),
    "mixed_line_ends/ledger.csv": lambda: b"account_id,revenue\r\nA1,100.00\nA2,50.00\r\nA3,7.00\rA4,8.00\n",
    "cr_inside_the_last_value/ledger.csv": lambda: PLAIN.replace(b"\n", b"\r\r\n"),
    "very_wide_file/ledger.csv": lambda: (
        b"account_id,revenue," + b",".join(b"c%d" % i for i in range(1998)) + b"\nA1,5" + b"," * 1998 + b"\n"
    ),
    "very_long_cell/ledger.csv": lambda: HEADER + b"A1,5\nA2," + b"x" * 12_000 + b"\n",
    "id_hidden_characters/ledger.csv": lambda: HEADER + "A1,100.00\nA\u200b1,50.00\nA\u00ad1,7.00\n\u200fA1,8.00\n".encode(),
    "excel_lock_file/sales.xlsx": lambda: workbook({"Sheet": SHEET}),
    "excel_lock_file/~$sales.xlsx": lambda: b"\x05Wang " + b" \0" * 77,
    "csv_is_xlsx/ledger.csv": lambda: workbook({"Sheet": SHEET}),
    "csv_is_xls/ledger.csv": lambda: compound_file("Workbook"),
    "csv_is_gzip/ledger.csv": lambda: GZIPPED,
    "csv_is_parquet/ledger.csv": lambda: parquet({"account_id": pa.array(["A1"]), "revenue": pa.array([5])}),
    "csv_is_sqlite/ledger.csv": sqlite_file,
    "csv_is_pdf/ledger.csv": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "xlsx_with_password/ledger.xlsx": lambda: compound_file("EncryptedPackage", "EncryptionInfo"),
    "xlsx_cut_off/ledger.xlsx": lambda: workbook({"Sheet": SHEET})[:1500],
    "xlsx_first_sheet_empty/ledger.xlsx": lambda: workbook({"Cover": [], "Sales": SHEET}),
    "xlsx_first_sheet_hidden/ledger.xlsx": lambda: workbook({"old": [*SHEET, ["A9", 9]], "sales": SHEET}, hide_first),
    "xlsx_sheet_per_month/ledger.xlsx": lambda: workbook(dict.fromkeys(("Jan", "Feb", "Mar"), SHEET)),
    "xlsx_sheet_misspelt/ledger.xlsx": lambda: workbook({"Sales": SHEET}),
    "xlsx_numbers_as_text/ledger.xlsx": lambda: workbook(
        {"Sheet": [["account_id", "revenue"], ["001", "1,200.00"], ["1002", "50"], [1003, 7]]}
    ),
    "xlsx_dates_mixed/ledger.xlsx": lambda: workbook(
        {"Sheet": [["account_id", "date", "revenue"], ["A1", DAY, 1], ["A1", "2024年2月5日", 2], ["A1", 45356, 4]]}
    ),
    "xlsx_error_cells/ledger.xlsx": lambda: workbook({"Sheet": [["account_id", "revenue"], ["A1", 5], ["A2"], ["A3"]]}, error_cells),
    "xlsx_merged_header/ledger.xlsx": lambda: workbook(
        {"Sheet": [["Sales 2024", None, None], ["account_id", "line", "revenue"], ["A1", "P", 5]]}, merge_title
    ),
    "xlsx_title_skipped/ledger.xlsx": lambda: workbook(
        {"Sheet": [["Sales 2024"], [], ["account_id", "revenue"], ["A1", 5], ["A2", "x"]]}
    ),
    "xlsx_formulas_never_calculated/ledger.xlsx": lambda: workbook(
        {"Sheet": [["account_id", "revenue"], ["A1", 5], ["A2", "=B2*2"]]}
    ),
    "xlsx_long_ids_as_numbers/ledger.xlsx": lambda: workbook(
        {"Sheet": [["account_id", "revenue"], [float(123456789012345678), 100], ["123456789012345999", 50]]}
    ),
    "xlsx_formatted_to_the_end/ledger.xlsx": lambda: workbook({"Sheet": SHEET}, format_below),
    "parquet_nested/ledger.parquet": lambda: parquet(
        {"account_id": pa.array(["A1"]), "revenue": pa.array([{"net": 5, "tax": 1}])}
    ),
    "parquet_list_id/ledger.parquet": lambda: parquet({"account_id": pa.array([["A1", "A2"]]), "revenue": pa.array([5])}),
    "parquet_bool_revenue/ledger.parquet": lambda: parquet(
        {"account_id": pa.array(["A1", "A2"]), "revenue": pa.array([True, False])}
    ),
    "parquet_decimal/ledger.parquet": lambda: parquet({
        "account_id": pa.array(["A1", "A1", "A2"]).dictionary_encode(),
        "revenue": pa.array([Decimal("12345678901.2344"), Decimal("0.0055"), Decimal("0")], pa.decimal128(38, 10)),
    }),
    "parquet_timestamp_with_zone/ledger.parquet": lambda: parquet(
        {"account_id": pa.array(["A1", "A1"]), "date": UTC_TIMES, "revenue": pa.array([1, 2])}
    ),
    "parquet_uint64_huge/ledger.parquet": lambda: parquet(
        {"account_id": pa.array([BIG, 1], pa.uint64()), "revenue": pa.array([1, BIG], pa.uint64())}
    ),
    "parquet_nan/ledger.parquet": lambda: parquet(
        {"account_id": pa.array(["A1", "A2", "A3"]), "revenue": pa.array([1.0, float("nan"), None])}
    ),
    "parquet_date_as_amount/ledger.parquet": lambda: parquet({"account_id": pa.array(["A1"]), "revenue": pa.array([DAY])}),
    "parquet_damaged/ledger.parquet": lambda: parquet({"account_id": pa.array(["A1"]), "revenue": pa.array([5])})[:-30],
    "gzip_cut_off/ledger.csv.gz": lambda: GZIPPED[:-20],
    "gzip_damaged_inside/ledger.csv.gz": lambda: damaged(GZIPPED),
    "gzip_gb18030/ledger.csv.gz": lambda: gzip.compress(
        HEADER + "临江第一钢铁厂,5\n北方化工集团,7\n".encode("gb18030"), mtime=0
    ),
    "toml_in_gb18030/book.toml": lambda: 'contract_version = 1\nname = "临江"\n[tables.ledger]\npath = "ledger.csv"\n'.encode("gb18030"),
    "toml_with_mark/book.toml": lambda: (
        codecs.BOM_UTF8 + 'contract_version = 1\r\nname = "临江"\r\n[tables.ledger]\r\npath = "ledger.csv"\r\n'.encode()
    ),
}  # fmt: skip


def lay_out(case: str, folder: Path) -> Path:
    """Put the files of a case, as an analyst would have them, into ``folder``; returns the path of its book.toml."""
    shutil.copytree(ROOT / case, folder, ignore=shutil.ignore_patterns("case.toml"))
    for name, build in FILES.items():
        if name.startswith(f"{case}/"):
            (folder / name.removeprefix(f"{case}/")).write_bytes(build())
    return folder / "book.toml"


if __name__ == "__main__":
    print(lay_out(sys.argv[1], Path(sys.argv[2])))
