"""What a file is, told by its first bytes: exports often bear an ending that their bytes
contradict.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from keyacct_utils.contract.faults import Fault

_SAVE = "open it in Excel or LibreOffice and save it as .xlsx"
_MARKS = (
    (b"\xd0\xcf\x11\xe0", "an old workbook", "name it {stem}.xls"),
    (b"\x1f\x8b", "packed with gzip", "name it {name}.gz"),
    (b"PAR1", "a Parquet file", "name it {stem}.parquet"),
    (b"SQLite format 3\0", "an SQLite database", "name it {stem}.sqlite, and say which table"),
    (b"%PDF", "a PDF", "export the table itself, as CSV or .xlsx"),
)  # fmt: skip
_MARKUP = (
    (
        rb"(?i)<(!doctype html|html|head|body|table|div)\b",
        "an HTML page",
        f"export it again, or {_SAVE}",
    ),
    (rb"<\?xml|<\w+:?\w* xmlns", "XML", f"export it again, or {_SAVE}"),
    (rb"\[\s*\{|\{\s*\"", "JSON", "export it as CSV"),
)
#: Files that programs leave beside the one that was meant.
_COMPANIONS = (
    ("~$", "Excel's lock file", "close the workbook in Excel"),
    ("._", "a companion file of macOS", "delete it"),
)


def disguise(head: bytes) -> tuple[str, str]:
    """What bytes are that are no plain table of text, and what to do about it; two empty texts
    where nothing is known.

    ``{stem}`` and ``{name}`` in the advice stand for the file's name without and with its ending.
    """
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head:
            return "a workbook", "name it {stem}.xlsx"
        return "a zip archive", "unpack it first; a workbook would be named .xlsx"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    known = ((what, mend) for mark, what, mend in _MARKS if head.startswith(mark))
    markup = ((what, mend) for pattern, what, mend in _MARKUP if re.match(pattern, text))
    return next(known, None) or next(markup, ("", ""))


def disguise_fault(table: str, path: Path, head: bytes, wanted: str = "text") -> Fault | None:
    """A file whose bytes are something else than ``wanted``."""
    what, mend = disguise(head)
    if not what:
        return None
    name = path.name.removesuffix(".gz")
    advice = mend.format(name=name, stem=name.rpartition(".")[0] or name)
    return Fault(table, f"the file is {what}, not {wanted}", advice, file=path.name)


def companion_fault(table: str, path: Path) -> Fault | None:
    """A file that a pattern such as ``*.xlsx`` catches though nobody wrote it."""
    for start, what, mend in _COMPANIONS:
        if path.name.startswith(start):
            return Fault(
                table,
                f"this is {what}, not the table",
                f"{mend}, or write a narrower pattern",
                file=path.name,
            )
    return None
