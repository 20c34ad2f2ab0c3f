"""What an .ods workbook stores beside the values that a reader hands out (OpenDocument 1.3, part 3,
section 19: attributes of table cells and rows).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from openpyxl.utils import get_column_letter

from keyacct_utils.book.intake.sheet_cells import Cells, local_name

_ERROR = re.compile(r"#[A-Z/0]+[!?]?|Err:\d+|#N/A")
#: A sheet ends in rows and columns that are repeated by the million.
_MOST_REPEATS = 10_000
_HIDDEN = ("collapse", "filter")


def _given(element: ElementTree.Element, name: str) -> list[str]:
    """The values of an attribute of any namespace: a value type has two, of which one is newer."""
    return [value for key, value in element.attrib.items() if local_name(key) == name]


def _one(element: ElementTree.Element, name: str) -> str:
    return next(iter(_given(element, name)), "")


def _repeats(element: ElementTree.Element, what: str) -> int:
    return int(_one(element, f"number-{what}-repeated") or 1)


def _rows(
    element: ElementTree.Element, hidden: bool = False
) -> Iterator[tuple[bool, ElementTree.Element]]:
    """The rows of a table in their order, those of groups among them."""
    for item in element:
        kind = local_name(item.tag)
        if kind == "table-row":
            yield hidden or _one(item, "visibility") in _HIDDEN, item
        elif kind in ("table-row-group", "table-header-rows", "table-rows"):
            yield from _rows(item, hidden or _one(item, "display") == "false")


def _look_at(column: str, number: int, cell: ElementTree.Element, found: Cells) -> None:
    text = "".join(cell.itertext()).strip()
    types, formula = _given(cell, "value-type"), bool(_one(cell, "formula"))
    if "error" in types or (formula and _ERROR.fullmatch(text)):
        found.errors.append(f"{column}{number} {text}".strip())
        return
    if not formula or types == ["string"]:
        return
    if not types and not text:
        found.uncalculated.append(f"{column}{number}")
    value = _one(cell, "value") or text
    found.count_formula(column, bool(re.fullmatch(r"-?0*\.?0+", value)))


def look_at_ods(path: Path, sheet: str) -> Cells:
    """What one sheet stores beside its values. Raises what a broken archive or XML raises."""
    with zipfile.ZipFile(path) as archive:
        tree = ElementTree.fromstring(archive.read("content.xml"))
    found, number = Cells(), 1
    tables = [item for item in tree.iter() if local_name(item.tag) == "table"]
    table = next(item for item in tables if _one(item, "name") == sheet)
    for hidden, row in _rows(table):
        times = _repeats(row, "rows")
        if hidden:
            found.hidden.extend(range(number, number + min(times, _MOST_REPEATS)))
        place = 1
        for cell in (item for item in row if local_name(item.tag).endswith("table-cell")):
            width = _repeats(cell, "columns")
            told = cell.attrib and (len(cell) or _one(cell, "formula"))
            for beside in range(min(width, _MOST_REPEATS) if told else 0):
                for below in range(min(times, _MOST_REPEATS)):
                    _look_at(get_column_letter(place + beside), number + below, cell, found)
            place += width
        number += times
    return found
