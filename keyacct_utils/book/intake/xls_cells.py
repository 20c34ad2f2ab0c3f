"""What an .xls workbook stores beside the values that a reader hands out: the records of BIFF
([MS-XLS]) in the compound file ([MS-CFB]) that holds them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from openpyxl.utils import get_column_letter

from keyacct_utils.book.intake.sheet_cells import Cells

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFF0  # from here on a number of a sector is a sign
_FORMULA, _DATE_1904, _BOUND_SHEET, _BOOL_OR_ERROR, _ROW, _BOF, _EOF = (
    0x06, 0x22, 0x85, 0x205, 0x208, 0x809, 0x0A,
)  # fmt: skip
_BIFF8 = 0x600
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip
#: Flags: a row of no height; a formula to be calculated when the workbook is opened.
_NO_HEIGHT, _ON_LOAD = 0x20, 0x02
_NO_NUMBER, _IS_STRING, _IS_ERROR, _IS_EMPTY = b"\xff\xff", 0, 2, 3


def _chain(table: list[int], start: int) -> Iterator[int]:
    seen = 0
    while start < _END and start < len(table) and seen <= len(table):
        yield start
        start, seen = table[start], seen + 1


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _stream(data: bytes) -> bytes:
    """The stream of the workbook in a compound file. Raises ValueError where there is none."""
    if not data.startswith(_MAGIC):
        raise ValueError("no compound file")
    size, small = (
        1 << struct.unpack_from("<H", data, 30)[0],
        1 << struct.unpack_from("<H", data, 32)[0],
    )
    directory, least, first_mini = (struct.unpack_from("<I", data, at)[0] for at in (48, 56, 60))
    more, count = struct.unpack_from("<2I", data, 68)

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    listed = _numbers(data[76:512])
    for _ in range(count):  # lists of the table's sectors that the header has no room for
        *numbers, more = _numbers(sector(more))
        listed += numbers
    table = [item for number in listed if number < _END for item in _numbers(sector(number))]

    def whole(start: int) -> bytes:
        return b"".join(sector(number) for number in _chain(table, start))

    entries = whole(directory)
    found, root = None, (0, 0)
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        place = struct.unpack_from("<2I", entries, at + 116)
        if kind == 5:
            root = place
        elif name in ("Workbook", "Book") and (found is None or name == "Workbook"):
            found = place
    if found is None:
        raise ValueError("no workbook in the compound file")
    start, length = found
    if length >= least:
        return whole(start)[:length]
    pool, minis = whole(root[0]), _numbers(whole(first_mini))
    parts = [pool[n * small : (n + 1) * small] for n in _chain(minis, start)]
    return b"".join(parts)[:length]


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheet_name(record: bytes, version: int) -> str:
    count, text = record[6], record[7:]
    if version < _BIFF8:
        return text[:count].decode("latin-1")
    wide, text = text[0] & 1, text[1:]
    return text[: count * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def look_at_xls(path: Path, sheet: str) -> Cells:
    """What one sheet stores beside its values. Raises ValueError, struct.error or IndexError where
    the file is not as its kind should be.
    """
    stream, found = _stream(path.read_bytes()), Cells()
    version, start = 0, None
    for kind, record in _records(stream):
        if kind == _BOF:
            version = struct.unpack_from("<H", record)[0]
        elif kind == _DATE_1904:
            found.from_1904 = struct.unpack_from("<H", record)[0] == 1
        elif kind == _BOUND_SHEET and _sheet_name(record, version) == sheet:
            start = struct.unpack_from("<I", record)[0]
        elif kind == _EOF:
            break
    if start is None:
        raise ValueError("the sheet is not in the workbook")
    depth = 0
    for kind, record in _records(stream, start):
        depth += (kind == _BOF) - (kind == _EOF)  # a chart within the sheet is a sheet of its own
        if depth <= 0:
            break
        if depth == 1:
            _look_at(kind, record, found)
    return found


def _look_at(kind: int, record: bytes, found: Cells) -> None:
    if kind == _ROW:
        if struct.unpack_from("<I", record, 12)[0] & _NO_HEIGHT:
            found.hidden.append(struct.unpack_from("<H", record)[0] + 1)
        return
    if kind not in (_BOOL_OR_ERROR, _FORMULA):
        return
    row, place = struct.unpack_from("<HH", record)
    column = get_column_letter(place + 1)
    if kind == _BOOL_OR_ERROR:
        if record[7]:
            found.errors.append(f"{column}{row + 1} {_ERRORS.get(record[6], '')}".strip())
        return
    result, flags = record[6:14], struct.unpack_from("<H", record, 14)[0]
    plain = result[6:8] != _NO_NUMBER
    if not plain and result[0] == _IS_ERROR:
        found.errors.append(f"{column}{row + 1} {_ERRORS.get(result[2], '')}".strip())
    elif plain or result[0] not in (_IS_STRING, _IS_EMPTY):
        zero = plain and struct.unpack("<d", result)[0] == 0
        found.count_formula(column, zero)
        found.to_calculate = found.to_calculate or bool(flags & _ON_LOAD)
