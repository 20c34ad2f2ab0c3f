"""A sheet of a workbook as rows of text; cells without a value of their own (errors, formulas
never run) are reported.
"""

from __future__ import annotations

import contextlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from keyacct_utils.book.intake.file_formats import disguise_fault
from keyacct_utils.book.intake.ods_cells import look_at_ods
from keyacct_utils.book.intake.sheet_cells import Cells, look
from keyacct_utils.book.intake.xls_cells import look_at_xls
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault, nearest

_SAMPLE = 1 << 12
#: What is raised where a file is not as its kind should be.
_BROKEN = (
    KeyError, ValueError, IndexError, StopIteration, struct.error, zipfile.BadZipFile,
    ElementTree.ParseError,
)  # fmt: skip
#: Excel keeps 15 digits of a number: of a longer one, such as an id, the last are lost.
_EXCEL_DIGITS = 1e15
#: Formulas that hold 0 one and all, from which on that is told.
_FEW = 2


@dataclass(frozen=True)
class Rows:
    """The header and the records of a sheet as text, and the sheet row of the header."""

    values: list[list[str | None]]
    header_line: int
    sheet: str = ""
    #: Sheet rows that a filter or somebody hid.
    hidden: tuple[int, ...] = ()
    from_1904: bool = False
    remarks: tuple[str, ...] = ()


def _cells_fault(table: str, path: Path, sheet: str, cells: Cells) -> Fault | None:
    """Cells of an .xlsx sheet that the reader hands out as empty, or as 0, though something else
    stands in them.
    """
    calculate = "open the workbook in Excel or LibreOffice and save it: that calculates it"
    problems, mends = [], []
    for kind, places, mend in (
        ("an Excel error", cells.errors, "mend the formulas, or save the sheet with values only"),
        ("a formula without its value", cells.uncalculated, calculate),
    ):
        if places:
            count, more = len(places), ", ..." if len(places) > ROWS_SHOWN else ""
            where = f"{count:,} cell{'s' if count > 1 else ''} of sheet {sheet!r}"
            verb = "hold" if count > 1 else "holds"
            problems.append(f"{where} {verb} {kind}: {', '.join(places[:ROWS_SHOWN])}{more}")
            mends.append(mend)
    if problems:
        return Fault(table, "; ".join(problems), "; ".join(mends), file=path.name)
    count = sum(cells.formulas.values())
    if cells.to_calculate and count >= _FEW and count == sum(cells.zeros.values()):
        problem = (
            f"all {count:,} formulas of sheet {sheet!r} hold 0, and the workbook asks to be "
            f"calculated when it is opened: in {', '.join(cells.formulas)}"
        )
        return Fault(table, problem, calculate, file=path.name)
    return None


def _beside_values(path: Path, sheet: str) -> Cells:
    """What a sheet stores beside its values, by the kind of the workbook: the reader hands out an
    error as an empty cell.
    """
    kind = path.suffix.lower()
    with contextlib.suppress(*_BROKEN):
        if kind in (".xlsx", ".xlsm"):
            return look(path, sheet)
        if kind == ".ods":
            return look_at_ods(path, sheet)
        if kind == ".xls":
            return look_at_xls(path, sheet)
    return Cells(unseen=True)


def _unseen(sheet: str, cells: Cells) -> tuple[str, ...]:
    if not cells.unseen:
        return ()
    return (
        f"whether sheet {sheet!r} has errors, hidden rows or formulas that were never calculated "
        "cannot be told from this workbook, and such a cell is read as empty: open it in a "
        "spreadsheet program and save it as .xlsx to have that checked",
    )


def _zero_remarks(sheet: str, cells: Cells) -> tuple[str, ...]:
    return tuple(
        f"all {count:,} formulas in column {column} of sheet {sheet!r} hold 0; if they should not, "
        "the program that wrote the workbook did not calculate them: open it in Excel or "
        "LibreOffice and save it"
        for column, count in cells.formulas.items()
        if count >= _FEW and cells.zeros[column] == count
    )


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
    cells = _beside_values(path, name)
    if fault := _cells_fault(table, path, name, cells):
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
    return Rows(
        rows,
        max(skip, start) + 1,
        name,
        tuple(cells.hidden),
        cells.from_1904,
        _zero_remarks(name, cells) + _unseen(name, cells),
    )


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
