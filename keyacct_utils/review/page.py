"""The first sheet: a page that a manager can read and print."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from keyacct_utils.contract.faults import cut
from keyacct_utils.lessons.showing.words import percent, rounded, safe
from keyacct_utils.review import sheets

#: Number, what, figure, unit, what it says: together a landscape page at about full size.
_COLUMN_WIDTHS = (4.0, 32.0, 16.0, 17.0, 90.0)
_LINE = 15.5
#: Characters of running text for each unit of column width, which is the width of a digit.
_PER_UNIT = 1.2
#: Characters of a note or fact on one line of the page, and of its title.
_NOTE, _TITLE_LENGTH = 150, 80
_TITLE, _SECTION = sheets.font(bold=True, size=17), sheets.font(bold=True, size=13, color="1F4E79")
_QUIET = sheets.font(color="5A6570")
_TOP, _WRAPPED = (
    Alignment(vertical="top"),
    Alignment(vertical="top", horizontal="left", wrap_text=True, indent=1),
)
_RIGHT = Alignment(vertical="top", horizontal="right", wrap_text=True)


@dataclass(frozen=True)
class Line:
    """One row of a section: what, the figure (a number, a text, or None where it is missing), its
    unit, and what it says.
    """

    what: str
    figure: float | int | str | None
    unit: str
    says: str
    format: str = "#,##0"


@dataclass(frozen=True)
class Section:
    """A heading, the headers of its five columns, and its lines; ``empty`` is said where there is
    none.
    """

    title: str
    headers: tuple[str, str, str, str, str]
    lines: list[Line]
    empty: str = ""
    numbered: bool = True
    #: In the order of what its lines stand, "of the money at stake"; empty where it says nothing.
    order: str = ""
    #: How many there are in all, and of what, where the lines are the first of them: "20 accounts
    #: with a planned action".
    of: str = ""


@dataclass
class Page:
    """The page: a title, a few facts below it, sections, and notes at the end."""

    title: str
    facts: list[str]
    sections: list[Section]
    notes: list[str] = field(default_factory=list)

    def section(self, title: str) -> Section:
        """The section of this title. Raises KeyError where there is none."""
        return {item.title: item for item in self.sections}[title]


def as_markdown(page: Page) -> str:
    """The page as Markdown, for the first page of a site; its texts are data, never markup."""
    parts = [*(f"{safe(fact)}\n" for fact in page.facts)]
    for section in page.sections:
        parts.append(f"## {safe(section.title)}\n")
        if not section.lines:
            parts.append(f"{safe(section.empty)}\n")
            continue
        if section.order:
            parts.append(f"{safe(in_order(section, len(section.lines)))}.\n")
        parts += [
            "| " + " | ".join(safe(header) for header in section.headers[1:]) + " |",
            "|---|---:|---|---|",
            *(_row(line) for line in section.lines),
            "",
        ]
    if page.notes:
        parts += ["## Notes\n", *(f"- {safe(note)}" for note in page.notes), ""]
    return "\n".join(parts)


def in_order(section: Section, shown: int) -> str:
    """Which lines these are, and in which order they stand."""
    if not section.of or shown < 2:
        return f"In the order {section.order}"
    return f"The first {shown} of {section.of}, in the order {section.order}"


def _row(line: Line) -> str:
    cells = [line.what, figure(line), line.unit, line.says]
    return "| " + " | ".join(" ".join(safe(text).split()) for text in cells) + " |"


def figure(line: Line) -> str:
    """A figure as its cell in the workbook shows it."""
    value = line.figure
    if value is None or isinstance(value, str):
        return value or "-"
    if line.format.endswith("%"):
        return percent(float(value))
    digits = len(line.format.partition(".")[2])
    return f"{rounded(value, digits):,.{digits}f}"


def _as_shown(line: Line) -> str:
    """The format of a cell: of a share with as many decimals as `figure` writes."""
    if line.figure is None or isinstance(line.figure, str) or not line.format.endswith("%"):
        return line.format
    decimals = percent(float(line.figure)).removesuffix(" %").partition(".")[2]
    return f"0.{'0' * len(decimals)}%" if decimals else line.format


def write_page(book: Workbook, page: Page) -> None:
    """Append the sheet "summary"."""
    sheet = book.create_sheet("summary")
    sheets.set_up(sheet, one_page_wide=True)
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCDE", _COLUMN_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    rows = [
        [_cell(sheet, cut(page.title, _TITLE_LENGTH), _TITLE)],
        *([_cell(sheet, fact, _QUIET)] for fact in page.facts),
    ]
    heights: list[float | None] = [24.0, *([None] * len(page.facts))]
    for section in page.sections:
        rows += [[], [_cell(sheet, section.title, _SECTION)]]
        heights += [None, 19.0]
        if section.order and section.lines:
            order = in_order(section, len(section.lines))
            rows.append([None, _cell(sheet, order, _QUIET)])
            heights.append(None)
        made = _section_rows(sheet, section)
        rows += made
        heights += [_height(row) for row in made]
    if page.notes:
        rows += [[], [_cell(sheet, "Notes", _SECTION)]]
        heights += [None, 19.0]
        made = [
            [None, _cell(sheet, line, _QUIET)]
            for note in page.notes
            for line in textwrap.wrap(note, _NOTE)
        ]
        rows += made
        heights += [None] * len(made)
    for number, height in enumerate(heights, 1):
        if height:
            sheet.row_dimensions[number].height = height
    for row in rows:
        sheet.append(row)


def _section_rows(sheet: Any, section: Section) -> list[list[Any]]:
    if not section.lines:
        return [[None, _cell(sheet, section.empty)]]
    header = [_cell(sheet, text) for text in section.headers]
    for number, cell in enumerate(header):
        sheets.as_header(cell, of_numbers=number == 2)
    rows = [header]
    for number, line in enumerate(section.lines, 1):
        shown = _cell(
            sheet, "-" if line.figure is None else line.figure, number_format=_as_shown(line)
        )
        shown.alignment = _RIGHT
        rest = [_cell(sheet, text) for text in (line.unit, line.says)]
        what = _cell(sheet, line.what)
        for cell in (what, *rest):
            cell.alignment = _WRAPPED
        rows.append([_cell(sheet, number) if section.numbered else None, what, shown, *rest])
    return rows


def _cell(sheet: Any, value: Any, font: Font | None = None, number_format: str = "General") -> Any:
    cell = sheets.styled(sheet, value, number_format)
    cell.alignment = _TOP
    if font is not None:
        cell.font = font
    return cell


def _height(row: list[Any]) -> float:
    """Excel does not grow a row by itself before the file is edited: the lines of wrapped text are
    counted here.
    """
    lines = [
        math.ceil(sheets.text_width(str(cell.value)) / (width * _PER_UNIT))
        for cell, width in zip(row, _COLUMN_WIDTHS, strict=False)
        if cell is not None and isinstance(cell.value, str) and cell.alignment.wrap_text
    ]
    return _LINE * max(lines, default=1)
