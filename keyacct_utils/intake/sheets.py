"""A sheet of a workbook as rows of text, with its error cells reported."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from keyacct_utils.faults import ROWS_SHOWN, Fault, nearest


@dataclass(frozen=True)
class Rows:
    """The header and the records of a sheet as text, and the sheet row of the header."""

    values: list[list[str | None]]
    header_line: int


def _error_cells(path: Path, sheet: str) -> list[str]:
    """Cells of an .xlsx sheet that hold an Excel error; the reader hands them out as empty."""
    names = {
        "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "rel": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "package": "http://schemas.openxmlformats.org/package/2006/relationships",
    }
    with zipfile.ZipFile(path) as archive:
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {item.get("Id"): item.get("Target", "") for item in relations.iterfind("package:Relationship", names)}
        for item in workbook.iterfind("main:sheets/main:sheet", names):
            if item.get("name") == sheet:
                target = targets[item.get(f"{{{names['rel']}}}id")].lstrip("/")
                xml = archive.read(target if target.startswith("xl/") else f"xl/{target}")
                cells = re.findall(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+\d+)"[^>]*>(?:<f[^>]*>.*?</f>)?<v>([^<]*)</v>', xml)
                return [f"{cell.decode()} {value.decode()}" for cell, value in cells]
    return []


def _cell_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_sheet(table: str, path: Path, sheet: str, skip: int) -> Rows | Fault:
    """The rows of one sheet (the first, where none is named) after ``skip`` rows; a Fault where there are none."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        return Fault(table, f"cannot be opened as a workbook: {error}", "open and save it again as .xlsx", file=path.name)
    name = sheet or workbook.sheet_names[0]
    if name not in workbook.sheet_names:
        mend = nearest(name, workbook.sheet_names) or f"the workbook has {', '.join(workbook.sheet_names)}"
        return Fault(table, f"there is no sheet {name!r}", mend, file=path.name)
    if path.suffix in (".xlsx", ".xlsm") and (errors := _error_cells(path, name)):
        first = ", ".join(errors[:ROWS_SHOWN])
        mend = "mend the formulas, or save the sheet with values only"
        return Fault(table, f"{len(errors)} cells of sheet {name!r} hold an Excel error: {first}", mend, file=path.name)
    worksheet = workbook.get_sheet_by_name(name)
    start = worksheet.start[0] if worksheet.start else 0
    rows = [[_cell_text(value) for value in row] for row in worksheet.to_python(skip_empty_area=True)[max(skip - start, 0) :]]
    # A sheet's used area often runs on over cells that were only formatted.
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        return Fault(table, f"sheet {name!r} is empty", "name the sheet that holds the table", file=path.name)
    return Rows(rows, max(skip, start) + 1)
