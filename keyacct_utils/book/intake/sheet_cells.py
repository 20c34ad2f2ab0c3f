"""What an .xlsx workbook stores beside the values that a reader hands out: errors, formulas without
a value of their own, hidden rows, the system of its dates.

Told by what the XML means, not by its text: any prefix, Transitional or Strict, shared formulas.
"""

from __future__ import annotations

import contextlib
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl.utils import column_index_from_string, get_column_letter

#: Without one of these a sheet needs no closer look: an error, a formula, something hidden.
_WORTH_A_LOOK = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:[\w.-]+:)?f[\s>/]|\bhidden\s*=""")
_TRUE = ("1", "true", "on")


@dataclass
class Cells:
    """What a sheet stores beside its values. Rows are counted from 1, as a sheet does."""

    #: Cells with an error ("B2 #REF!"), and cells with a formula that was never calculated.
    errors: list[str] = field(default_factory=list)
    uncalculated: list[str] = field(default_factory=list)
    #: Per column (A, B, ...): how many formulas it has, and how many of them hold 0.
    formulas: dict[str, int] = field(default_factory=dict)
    zeros: dict[str, int] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    #: Days are counted from 1904, as Excel once did on the Macintosh.
    from_1904: bool = False
    #: The program that wrote it asks for its formulas to be calculated when it is opened.
    to_calculate: bool = False
    #: What the file stores could not be read, so that all of this is unknown.
    unseen: bool = False

    def count_formula(self, column: str, zero: bool) -> None:
        """One formula more in a column, and whether it holds 0."""
        self.formulas[column] = self.formulas.get(column, 0) + 1
        self.zeros[column] = self.zeros.get(column, 0) + int(zero)


def local_name(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {local_name(name): value for name, value in element.attrib.items()}


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relations of a part: id -> (last word of the type, the part that is meant)."""
    folder, name = posixpath.split(part)
    found = {}
    for item in ElementTree.fromstring(archive.read(f"{folder}/_rels/{name}.rels".lstrip("/"))):
        given = _attributes(item)
        target = posixpath.normpath(posixpath.join("/" + folder, given.get("Target", "")))
        found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], target.lstrip("/"))
    return found


def _rows(xml: bytes) -> Iterator[tuple[int, bool, list[tuple[str, dict[str, Any]]]]]:
    """Each row: its number, whether it is hidden, and per cell its column, type, formula, value."""
    number = 0
    for _, element in ElementTree.iterparse(io.BytesIO(xml)):
        if local_name(element.tag) != "row":
            continue
        given = _attributes(element)
        number = int(given.get("r", number + 1))
        place, cells = 0, []
        for cell in (item for item in element if local_name(item.tag) == "c"):
            of_cell = _attributes(cell)
            letters = re.match(r"[A-Z]*", of_cell.get("r", ""))
            place = place + 1
            column = letters[0] if letters and letters[0] else get_column_letter(place)
            place = column_index_from_string(column)
            inner = {local_name(item.tag): item.text or "" for item in cell}
            cells.append((column, {"type": of_cell.get("t", "n"), **inner}))
        yield number, given.get("hidden", "") in _TRUE, cells
        element.clear()


def _is_zero(value: str) -> bool:
    with contextlib.suppress(ValueError):
        return float(value) == 0
    return False


def _sheet_xml(path: Path, sheet: str, found: Cells) -> bytes:
    """A sheet as it is stored; what the workbook says of all its sheets goes to ``found``."""
    with zipfile.ZipFile(path) as archive:
        main = next((t for k, t in _related(archive, "").values() if k == "officeDocument"), "")
        parts, part = _related(archive, main), ""
        for item in ElementTree.fromstring(archive.read(main)).iter():
            given, kind = _attributes(item), local_name(item.tag)
            if kind == "workbookPr":
                found.from_1904 = given.get("date1904", "") in _TRUE
            elif kind == "calcPr":
                found.to_calculate = given.get("fullCalcOnLoad", "") in _TRUE
            elif kind == "sheet" and given.get("name") == sheet:
                part = parts.get(given.get("id", ""), ("", ""))[1]
        return archive.read(part) if part else b""


def look(path: Path, sheet: str) -> Cells:
    """What one sheet of an .xlsx workbook stores beside its values; ``unseen`` where its XML is not
    to be had, though a reader hands out values.
    """
    found = Cells()
    try:
        return _look(_sheet_xml(path, sheet, found), found)
    except (KeyError, ValueError, zipfile.BadZipFile, ElementTree.ParseError):
        found.unseen = True
        return found


def _look(xml: bytes, found: Cells) -> Cells:
    if not _WORTH_A_LOOK.search(xml):
        return found
    for number, hidden, cells in _rows(xml):
        if hidden:
            found.hidden.append(number)
        for column, cell in cells:
            value = cell.get("v", "").strip()
            if cell["type"] == "e":
                found.errors.append(f"{column}{number} {value}".strip())
            elif "f" in cell and cell["type"] != "str":
                if not value:
                    found.uncalculated.append(f"{column}{number}")
                found.count_formula(column, cell["type"] == "n" and _is_zero(value))
    return found
