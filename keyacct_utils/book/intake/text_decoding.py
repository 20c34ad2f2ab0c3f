"""Text of any encoding and any line ends as UTF-8 that DuckDB can read; bytes that are no text are
refused.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.encoding_candidates import LIKELY, better_reading, readings
from keyacct_utils.book.intake.file_formats import disguise_fault
from keyacct_utils.contract.faults import Fault, nearest

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
#: How far behind the first unreadable line others are looked for.
_SEARCHED_LINES = 10_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)
#: Share of zero bytes at every other place from which on a text is UTF-16.
_UTF16_ZEROS = 0.25


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _decoding_fault(table: str, path: Path, encoding: str) -> Fault:
    """The first line that is not readable, and how it reads under the likely encodings."""
    first_line, sample = 0, b""
    with _open_bytes(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                first_line, sample = first_line or number, sample + line
            if len(sample) > _SAMPLE // 16 or (
                first_line and number > first_line + _SEARCHED_LINES
            ):
                break
    found = readings(sample)
    mend = (
        f'if that reads right, declare encoding = "{next(iter(found))}"'
        if found
        else "declare the encoding it was written in"
    )
    return Fault(
        table,
        f"not readable as {encoding} near line {first_line} ({_shown(found)})",
        mend,
        file=path.name,
    )


def _shown(found: Mapping[str, str]) -> str:
    lines = {name: next(iter(text.splitlines()), "")[:40] for name, text in found.items()}
    return (
        "; ".join(f"as {name}: {text!r}" for name, text in lines.items())
        or "no common encoding reads it"
    )


def _gibberish_fault(table: str, path: Path, encoding: str, sample: str) -> Fault | None:
    """A declared encoding that reads the bytes, but as something that nobody wrote."""
    data = sample.encode(encoding)
    better = better_reading(data, encoding)
    if not better:
        return None
    both = {encoding: sample, better: data.decode(better)}
    mend = (
        f'if that reads right, declare encoding = "{better}"; '
        f"if {encoding} does, write the file anew as UTF-8"
    )
    return Fault(
        table, f"read as {encoding} it makes no sense ({_shown(both)})", mend, file=path.name
    )


def _zero_bytes_fault(table: str, path: Path, head: bytes) -> Fault | None:
    """Zero bytes: UTF-16 without its mark, or a damaged file."""
    if b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > _UTF16_ZEROS * len(head) / 2:
        guess = "utf-16-le" if odd > even else "utf-16-be"
        text = head[:200].decode(guess, errors="replace").splitlines()[0][:40]
        mend = f'if that reads right, declare encoding = "{guess}"; else export it as text'
        return Fault(
            table,
            f"the file holds zero bytes, which no text has (as {guess}: {text!r})",
            mend,
            file=path.name,
        )
    return _damaged_by_zeros(table, path, head[: head.index(0)].count(b"\n") + 1)


def _damaged_by_zeros(table: str, path: Path, line: int) -> Fault:
    return Fault(
        table,
        f"the file holds zero bytes, which no text has: line {line}",
        "export it again",
        file=path.name,
    )


def _lies_ready(stream: IO[bytes], encoding: str) -> bool:
    """Whether DuckDB can read UTF-8 as it lies: readable throughout, no zero byte, one kind of
    line end.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    pairs = returns = feeds = 0
    before, clean = b"", True
    while chunk := stream.read(_CHUNK):
        decoder.decode(chunk)
        pairs, returns, feeds = (
            pairs + (before + chunk).count(b"\r\n"),
            returns + chunk.count(b"\r"),
            feeds + chunk.count(b"\n"),
        )
        before, clean = chunk[-1:], clean and b"\0" not in chunk
    decoder.decode(b"", final=True)
    return clean and returns == pairs and pairs in (0, feeds)


def _recode(table: str, path: Path, encoding: str, copy: Path) -> Path | Fault:
    """A copy in UTF-8 with LF as its only line end."""
    sample, lines = "", 1
    with (
        _open_bytes(path) as stream,
        io.TextIOWrapper(stream, encoding=encoding, newline=None) as text,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        while piece := text.read(_CHUNK):
            if "\0" in piece:
                return _damaged_by_zeros(
                    table, path, lines + piece[: piece.index("\0")].count("\n")
                )
            lines += piece.count("\n")
            out.write(piece)
            if len(sample) < _SAMPLE // 16 and not piece.isascii():
                sample = "\n".join(line for line in piece.splitlines() if not line.isascii())[
                    : _SAMPLE // 16
                ]
    fault = (
        None
        if encoding.startswith("utf") or not sample
        else _gibberish_fault(table, path, encoding, sample)
    )
    return fault or copy


def as_utf8(table: str, path: Path, source: Source, scratch: Path) -> Path | Fault:
    """The file itself where DuckDB can read it as it lies, else a decoded copy with ordinary line
    ends.
    """
    try:
        with _open_bytes(path) as stream:
            head = stream.read(_SAMPLE)
        if not head.strip():
            return Fault(table, "the file is empty", "export it again", file=path.name)
        if fault := disguise_fault(table, path, head):
            return fault
        marked = next((name for bom, name in _BOMS if head.startswith(bom)), "")
        if not source.encoding and not marked and (fault := _zero_bytes_fault(table, path, head)):
            return fault
        encoding = source.encoding or marked or "utf-8"
        try:
            is_text = isinstance("".encode(encoding), bytes) and isinstance(
                bytes(4).decode(encoding), str
            )
        except (LookupError, UnicodeError, ValueError):
            is_text = False
        if not is_text:
            hint = nearest(encoding, (*LIKELY, "latin-1"))
            return Fault(
                table,
                f"unknown encoding {encoding!r}",
                hint or "gb18030, big5, utf-8, latin-1, ...",
                file=path.name,
            )
        if encoding in ("utf-8", "utf-8-sig") and path.suffix != ".gz":
            with _open_bytes(path) as stream:
                if _lies_ready(stream, encoding):
                    return path
        return _recode(
            table, path, encoding, scratch / f"{table}-{len(list(scratch.iterdir()))}.csv"
        )
    except UnicodeDecodeError:
        return _decoding_fault(table, path, encoding)
    except UnicodeError:  # UTF-16 without its mark
        mend = f'declare encoding = "{encoding}-le" or "{encoding}-be"'
        return Fault(
            table,
            f"not readable as {encoding}: it begins without a byte-order mark",
            mend,
            file=path.name,
        )
    except _DAMAGED as error:
        return Fault(table, f"damaged gzip file: {error}", "pack it again", file=path.name)
