"""One sheet of a workbook: a frozen header, filters, formats, widths, print set-up; every text
stays text.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from keyacct_utils.review.account_review import FORMULA_STARTS
from keyacct_utils.review.columns import Column

#: Rows of a sheet in .xlsx, one of them the header (ECMA-376); characters of a cell.
SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
#: Characters that XML 1.0 has no place for, besides those that openpyxl knows.
_NO_XML = re.compile("[\ufffe\uffff]")
_NARROWEST, _WIDEST = 8, 48
#: Rows that decide how wide a column is.
_MEASURED = 1_000
_LARGE = 1_000
#: The number of A4 among the paper sizes of ECMA-376.
_A4 = 9
_HEADER_LINES = 3
_LINE_HEIGHT = 15.0
_SHARE_NAME = re.compile(r"(^|_)share(_|$)")
_SHARE_MEANING = re.compile(r"(^|[,(;]\s*)share\b")
_INDENTED = Alignment(horizontal="left", indent=1)
_HEADER_EDGE = Border(bottom=Side("thin", "8796A8"))
PERCENT, MONEY, CENTS, POINTS, WHOLE, DAY = "0.0%", "#,##0", "#,##0.00", "0.0", "0", "yyyy-mm-dd"


def font(**style: Any) -> Font:
    """The workbook's font: openpyxl names none for a font that is only bold, and each program then
    takes its own.
    """
    return Font(**{"name": "Calibri", "size": 11, **style})


_HEADER_FONT, _HEADER_FILL = font(bold=True), PatternFill("solid", fgColor="E7ECF2")


def number_format(values: pd.Series, column: Column, meaning: str) -> str:
    """Format of a column: by its declared kind, else by its name, its meaning and its values."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return DAY
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "General"
    size = values.abs().max()
    if column.kind:
        money = MONEY if size >= _LARGE else CENTS
        return {
            "share": PERCENT,
            "points": POINTS,
            "days": POINTS,
            "money": money,
            "rank": WHOLE,
            "count": MONEY,
            "expected": CENTS,
        }.get(column.kind, "General")
    whole = bool((values.dropna() % 1 == 0).all())
    count = whole and bool(size > 1)
    share = _SHARE_NAME.search(column.name) or _SHARE_MEANING.search(meaning)
    if pd.api.types.is_float_dtype(values) and not count and share:
        return PERCENT
    return WHOLE if whole else MONEY if size >= _LARGE else "0.000"


def add_table(
    book: Workbook,
    title: str,
    frame: pd.DataFrame,
    formats: Sequence[str],
    *,
    frozen: str = "A2",
    one_page_wide: bool = False,
    widest: int = _WIDEST,
) -> None:
    """Append a sheet with one table: bold frozen header, filters, columns as wide as their content,
    A4 landscape.

    Parameters
    ----------
    frame : DataFrame
        Its column names are the header.
    formats : sequence of str
        Number format of each column.
    frozen : str
        Cell below and right of what stays in view.
    one_page_wide : bool
        Shrink the print to one page in width.
    widest : int
        Widest column, characters.
    """
    sheet = book.create_sheet(title)
    set_up(sheet, one_page_wide)
    sheet.freeze_panes = frozen
    sheet.print_title_rows = "1:1"
    if frozen[0] > "A":
        sheet.print_title_cols = f"A:{chr(ord(frozen[0]) - 1)}"
    lines = 1
    for number, name in enumerate(map(str, frame), 1):
        width = _column_width(
            name, (text_of(value) for value in frame[name].head(_MEASURED)), widest
        )
        lines = max(lines, len(textwrap.wrap(name, width - 2)))
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = _LINE_HEIGHT * lines
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(frame.shape[1], 1))}{len(frame) + 1}"
    header = [styled(sheet, str(name)) for name in frame]
    for cell, style in zip(header, formats, strict=True):
        as_header(cell, style != "General")
    sheet.append(header)
    _append_rows(sheet, frame, formats)


def _append_rows(sheet: Any, frame: pd.DataFrame, formats: Sequence[str]) -> None:
    """Append the rows. One cell object per column serves all rows, since openpyxl writes a row at
    once and keeps nothing.
    """
    plain = [styled(sheet, "", style) for style in formats]
    guarded = [styled(sheet, FORMULA_STARTS[0], style) for style in formats]
    for cell in [cell for cell in (*plain, *guarded) if cell.number_format == "General"]:
        cell.alignment = _INDENTED  # text beside a number needs room
    for start in range(0, len(frame), _MEASURED):
        part = frame.iloc[start : start + _MEASURED]
        for row in zip(*(part[name].tolist() for name in part), strict=True):
            sheet.append([_filled(*each) for each in zip(plain, guarded, row, strict=True)])


def _filled(plain: Any, guarded: Any, raw: Any) -> Any:
    """The cell of a column with the value of this row; a text that starts like a formula is marked
    as text.
    """
    value = cell_value(raw)
    if value is None:
        return None
    cell = guarded if isinstance(value, str) and value.startswith(FORMULA_STARTS) else plain
    # the setter would take "=..." for a formula and "#N/A" for an error
    cell._value = value
    kinds = {str: "s", bool: "b", int: "n", float: "n"}
    cell.data_type = kinds.get(type(value), "d")
    return cell


def set_up(sheet: Any, one_page_wide: bool) -> None:
    """Landscape A4 with page numbers; printed one page wide where asked."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.7, 0.3
    sheet.oddFooter.center.text = "&A, &P / &N"
    if one_page_wide:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0


def as_header(cell: Any, of_numbers: bool) -> None:
    """Dress a cell as a header, above text or above numbers."""
    cell.font, cell.fill, cell.border = _HEADER_FONT, _HEADER_FILL, _HEADER_EDGE
    align = {"horizontal": "right"} if of_numbers else {"horizontal": "left", "indent": 1}
    cell.alignment = Alignment(wrap_text=True, vertical="top", **align)


def styled(sheet: Any, value: Any, number_format: str = "General") -> Any:
    """A cell; text stays text whatever it begins with: no formula, no link, no error value."""
    value = cell_value(value)
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # openpyxl takes "=..." for a formula and "#N/A" for an error
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
    cell.number_format = number_format
    return cell


def cell_value(value: Any) -> Any:
    """A value as a sheet can hold it: missing is empty, an infinite number and anything unknown is
    text.
    """
    if isinstance(value, str):
        return _NO_XML.sub("", ILLEGAL_CHARACTERS_RE.sub("", value))[:CELL_CHARACTERS]
    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(None).to_pydatetime()
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool | int | dt.date) or (
        isinstance(value, float) and math.isfinite(value)
    ):
        return value
    return cell_value(str(value))


def text_of(value: Any) -> str:
    """A value about as long as the sheet shows it."""
    value = cell_value(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.3g}"
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


def text_width(text: str) -> int:
    """Width in characters of a sheet; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _column_width(header: str, texts: Iterable[str], widest: int) -> int:
    """As wide as the content; a long header wraps between its words."""
    words = max((text_width(word) for word in header.split()), default=0)
    needed = max(
        words,
        math.ceil(text_width(header) / _HEADER_LINES),
        *(text_width(text) for text in texts),
        0,
    )
    return min(max(needed + 3, _NARROWEST), widest)
