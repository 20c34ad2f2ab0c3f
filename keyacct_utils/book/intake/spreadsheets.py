"""A sheet of a workbook as rows of text; cells without a value of their own (errors, formulas
never run) are reported.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from keyacct_utils.book.intake.file_formats import disguise_fault
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault, nearest

_ERROR_CELL = rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+\d+)"[^>]*>(?:<f[^>]*>.*?</f>)?<v>([^<]*)</v>'
_FORMULA_WITHOUT_VALUE = rb'<c\b(?![^>]*\bt="str")[^>]*\br="([A-Z]+\d+)"[^>]*><f\b[^>]*>[^<]*</f>(?:<v\s*/>|<v></v>)?</c>'
_SAMPLE = 1 << 12
#: Excel keeps 15 digits of a number: of a longer one, such as an id, the last are lost.
_EXCEL_DIGITS = 1e15


@dataclass(frozen=True)
class Rows:
    """The header and the records of a sheet as text, and the sheet row of the header."""

    values: list[list[str | None]]
    header_line: int


def _xml(path: Path, sheet: str) -> bytes:
    """The sheet of an .xlsx workbook as it is stored."""
    names = {
        "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "rel": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "package": "http://schemas.openxmlformats.org/package/2006/relationships",
    }
    with zipfile.ZipFile(path) as archive:
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {
            item.get("Id"): item.get("Target", "")
            for item in relations.iterfind("package:Relationship", names)
        }
        for item in workbook.iterfind("main:sheets/main:sheet", names):
            if item.get("name") == sheet:
                target = targets[item.get(f"{{{names['rel']}}}id")].lstrip("/")
                return archive.read(target if target.startswith("xl/") else f"xl/{target}")
    return b""


def _cells_fault(table: str, path: Path, sheet: str) -> Fault | None:
    """Cells of an .xlsx sheet that the reader hands out as empty though something stands in
    them.
    """
    xml = _xml(path, sheet)
    if errors := re.findall(_ERROR_CELL, xml):
        first = ", ".join(
            f"{cell.decode()} {value.decode()}" for cell, value in errors[:ROWS_SHOWN]
        )
        mend = "mend the formulas, or save the sheet with values only"
        return Fault(
            table,
            f"{len(errors):,} cells of sheet {sheet!r} hold an Excel error: {first}",
            mend,
            file=path.name,
        )
    if cells := re.findall(_FORMULA_WITHOUT_VALUE, xml):
        first = ", ".join(cell.decode() for cell in cells[:ROWS_SHOWN])
        mend = "open the workbook in Excel or LibreOffice and save it: that calculates it"
        problem = (
            f"{len(cells):,} cells of sheet {sheet!r} hold a formula without its value: {first}"
        )
        return Fault(table, problem, mend, file=path.name)
    return None


def _chosen(table: str, path: Path, workbook: CalamineWorkbook, sheet: str) -> str | Fault:
    """The sheet that is named, else the only one that a user sees with something in it."""
    if sheet:
        if sheet in workbook.sheet_names:
            return sheet
        mend = (
            nearest(sheet, workbook.sheet_names)
            or f"the workbook has {', '.join(workbook.sheet_names)}"
        )
        return Fault(table, f"there is no sheet {sheet!r}", mend, file=path.name)
    visible = [
        item.name for item in workbook.sheets_metadata if item.visible == SheetVisibleEnum.Visible
    ]
    filled = [name for name in visible if workbook.get_sheet_by_name(name).height]
    if len(filled) > 1:
        problem = (
            f"the workbook has {len(filled)} sheets with "
            f"something in them: {', '.join(map(repr, filled))}"
        )
        mend = (
            f'say which one is the table: sheet = "{filled[0]}"; '
            "a table in several sheets belongs into one"
        )
        return Fault(table, problem, mend, file=path.name)
    return (filled or visible or workbook.sheet_names)[0]


def _cell_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).upper()  # as the sheet shows it; 1 would be another id
    if isinstance(value, float) and abs(value) >= _EXCEL_DIGITS:
        return f"{value:.15g}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_sheet(table: str, path: Path, sheet: str, skip: int) -> Rows | Fault:
    """The rows of one sheet (the only one in use, where none is named) after ``skip`` rows; a
    Fault where there are none.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        return _unopened(table, path, str(error))
    name = _chosen(table, path, workbook, sheet)
    if isinstance(name, Fault):
        return name
    if path.suffix.lower() in (".xlsx", ".xlsm") and (fault := _cells_fault(table, path, name)):
        return fault
    worksheet = workbook.get_sheet_by_name(name)
    start = worksheet.start[0] if worksheet.start else 0
    rows = [
        [_cell_text(value) for value in row]
        for row in worksheet.to_python(skip_empty_area=True)[max(skip - start, 0) :]
    ]
    # A sheet's used area often runs on over cells that were only formatted.
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        return Fault(
            table, f"sheet {name!r} is empty", "name the sheet that holds the table", file=path.name
        )
    return Rows(rows, max(skip, start) + 1)


def _unopened(table: str, path: Path, reason: str) -> Fault:
    """Why a file that is named like a workbook is none."""
    head = path.read_bytes()[:_SAMPLE]
    if "assword" not in reason:
        if not head.startswith(b"PK") and (
            fault := disguise_fault(table, path, head, "a workbook")
        ):
            return fault
        if head and b"\0" not in head and head[:1].isascii():
            return Fault(
                table,
                "the file is text, not a workbook",
                f"name it {path.stem}.csv",
                file=path.name,
            )
    else:
        return Fault(
            table,
            "the workbook is locked with a password",
            "save a copy without one",
            file=path.name,
        )
    return Fault(
        table,
        f"cannot be opened as a workbook: {reason}",
        "open and save it again as .xlsx",
        file=path.name,
    )
