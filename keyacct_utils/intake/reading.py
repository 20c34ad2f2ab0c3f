"""Files of any make into DuckDB as text, with the line of every record kept traceable.

Nothing is guessed: a text file is UTF-8, or has a byte-order mark, or the book declares its encoding.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa

from keyacct_utils.faults import Fault, nearest
from keyacct_utils.intake.encodings import LIKELY, better_reading, readings
from keyacct_utils.intake.settings import Source
from keyacct_utils.intake.sheets import read_sheet

_SEPARATORS = (",", ";", "\t", "|")
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
#: How far behind the first unreadable line others are looked for.
_SEARCHED_LINES = 10_000
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LONGEST_LINE = 10_000_000
#: Blanks that exports leave at the ends of a cell, no-break and full-width ones among them.
BLANKS = " \t\u00a0\u3000\ufeff"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


@dataclass
class Part:
    """One file of a table as it was read."""

    path: Path
    header: list[str]
    #: What DuckDB reads it with: a table function call, or the name of a registered Arrow table.
    relation: str
    #: For text: the decoded copy (or the file itself), the separator, and the lines before the header.
    text: Path | None = None
    sep: str = ","
    skip: int = 0
    #: Rows of a sheet that precede the first record.
    first_line: int = 1
    native_types: bool = False
    offset: int = 0
    #: Fingerprint of rows that no file holds.
    digest: str = ""
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def column(self, name: str) -> str:
        """How the relation calls a column of the header."""
        return quoted(name) if self.native_types else f"c{self.header.index(name)}"

    def lines(self, records: list[int]) -> list[int]:
        """The line, counted from 1 as an editor or sheet does, at which each record (counted from 0) begins."""
        if self.text is None:
            return [record + self.first_line for record in records]
        wanted, found, record = set(records), {}, 0
        for line, row in self.walk():
            if len(row) == len(self.header):
                if record in wanted:
                    found[record] = line
                record += 1
            if len(found) == len(wanted):
                break
        return [found.get(record, 0) for record in records]

    def walk(self) -> Iterator[tuple[int, list[str]]]:
        """Each record of a text file after the header, with the line on which it begins; blank lines are no records."""
        assert self.text is not None
        with self.text.open(encoding="utf-8-sig", newline="") as stream:
            for _ in range(self.skip):
                next(stream)
            reader = csv.reader(stream, delimiter=self.sep)
            next(reader)
            start = reader.line_num + 1
            for row in reader:
                if row:
                    yield start + self.skip, row
                start = reader.line_num + 1


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
            if len(sample) > _SAMPLE // 16 or (first_line and number > first_line + _SEARCHED_LINES):
                break
    found = readings(sample)
    mend = f'if that reads right, declare encoding = "{next(iter(found))}"' if found else "declare the encoding it was written in"
    return Fault(table, f"not readable as {encoding} near line {first_line} ({_shown(found)})", mend, file=path.name)


def _shown(found: Mapping[str, str]) -> str:
    lines = {name: next(iter(text.splitlines()), "")[:40] for name, text in found.items()}
    return "; ".join(f"as {name}: {text!r}" for name, text in lines.items()) or "no common encoding reads it"


def _gibberish_fault(table: str, path: Path, encoding: str, sample: str) -> Fault | None:
    """A declared encoding that reads the bytes, but as something that nobody wrote."""
    data = sample.encode(encoding)
    better = better_reading(data, encoding)
    if not better:
        return None
    both = {encoding: sample, better: data.decode(better)}
    mend = f'if that reads right, declare encoding = "{better}"; if {encoding} does, write the file anew as UTF-8'
    return Fault(table, f"read as {encoding} it makes no sense ({_shown(both)})", mend, file=path.name)


def _no_text_fault(table: str, path: Path, head: bytes) -> Fault | None:
    """Bytes that are no text as they stand: a workbook under another name, or UTF-16 without its mark."""
    if head.startswith(_WORKBOOK_MARKS):
        ending = ".xlsx" if head.startswith(b"PK") else ".xls"
        return Fault(table, "the file is a workbook, not text", f"name it {path.stem}{ending}", file=path.name)
    if b"\0" in head and not head.startswith(tuple(bom for bom, _ in _BOMS)):
        guess = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        text = head[:200].decode(guess, errors="replace").splitlines()[0][:40]
        mend = f'if that reads right, declare encoding = "{guess}"; else export it as text'
        return Fault(table, f"the file holds zero bytes, which no text has (as {guess}: {text!r})", mend, file=path.name)
    return None


def _as_utf8(table: str, path: Path, source: Source, scratch: Path) -> Path | Fault:
    """The file itself where DuckDB can read it as it lies, else a decoded copy with ordinary line ends."""
    try:
        with _open_bytes(path) as stream:
            head = stream.read(_SAMPLE)
    except (gzip.BadGzipFile, EOFError) as error:
        return Fault(table, f"damaged gzip file: {error}", "pack it again", file=path.name)
    if not head.strip():
        return Fault(table, "the file is empty", "export it again", file=path.name)
    if not source.encoding and (fault := _no_text_fault(table, path, head)):
        return fault
    encoding = source.encoding or next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        hint = nearest(encoding, (*LIKELY, "latin-1"))
        return Fault(table, f"unknown encoding {encoding!r}", hint or "gb18030, big5, utf-8, latin-1, ...", file=path.name)
    only_cr = b"\r" in head and b"\n" not in head
    lies_ready = encoding in ("utf-8", "utf-8-sig") and path.suffix != ".gz" and not only_cr
    copy = scratch / f"{table}-{len(list(scratch.iterdir()))}.csv"
    try:
        with _open_bytes(path) as stream:
            if lies_ready:
                while chunk := stream.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
                return path
            translate = None if only_cr else ""
            sample = ""
            with (
                io.TextIOWrapper(stream, encoding=encoding, newline=translate) as text,
                copy.open("w", encoding="utf-8", newline="") as out,
            ):
                while piece := text.read(_CHUNK):
                    out.write(piece)
                    if len(sample) < _SAMPLE // 16 and not piece.isascii():
                        sample = "\n".join(line for line in piece.splitlines() if not line.isascii())[: _SAMPLE // 16]
    except UnicodeDecodeError:
        return _decoding_fault(table, path, encoding)
    except (gzip.BadGzipFile, EOFError) as error:
        return Fault(table, f"damaged gzip file: {error}", "pack it again", file=path.name)
    fault = None if encoding.startswith("utf") or not sample else _gibberish_fault(table, path, encoding, sample)
    return fault or copy


def _header(text: Path, skip: int, sep: str) -> tuple[list[str], str]:
    with text.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(skip):
            next(stream, "")
        position = stream.readline()
        if not sep:
            sep = max(_SEPARATORS, key=position.count)
        rest = stream.read(_SAMPLE)
    row = next(csv.reader(io.StringIO(position + rest, newline=""), delimiter=sep), [])
    return [name.strip(BLANKS) for name in row], sep


def quoted(name: str, mark: str = '"') -> str:
    """A name (or with ``'`` a text) as SQL writes it."""
    return mark + name.replace(mark, mark * 2) + mark


def _read_text(table: str, path: Path, source: Source, scratch: Path) -> Part | Fault:
    text = _as_utf8(table, path, source, scratch)
    if isinstance(text, Fault):
        return text
    header, sep = _header(text, source.skip, source.sep)
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    file, delim = quoted(str(text), "'"), quoted(sep, "'")
    call = (
        f"read_csv({file}, auto_detect=false, header=true, skip={source.skip}, delim={delim}, "
        f"quote='\"', escape='\"', columns={{{columns}}}, store_rejects=true, rejects_limit=0, max_line_size={_LONGEST_LINE})"
    )
    return Part(path, header, call, text=text, sep=sep, skip=source.skip)


def _read_sheet(connection: duckdb.DuckDBPyConnection, table: str, path: Path, source: Source, number: int) -> Part | Fault:
    rows = read_sheet(table, path, source.sheet, source.skip)
    if isinstance(rows, Fault):
        return rows
    header = [(name or "").strip(BLANKS) for name in rows.values[0]]
    arrays = [pa.array([row[i] for row in rows.values[1:]], pa.string()) for i in range(len(header))]
    name = f"sheet_{table}_{number}"
    connection.register(name, pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(header))]))
    return Part(path, header, f"(SELECT * FROM {name})", first_line=rows.header_line + 1)


def _read_parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> Part | Fault:
    call = f"read_parquet({quoted(str(path), chr(39))})"
    try:
        header = [row[0] for row in connection.sql(f"DESCRIBE SELECT * FROM {call}").fetchall()]
    except duckdb.Error as error:
        return Fault(table, f"cannot be read as Parquet: {str(error).splitlines()[0]}", "write it again", file=path.name)
    return Part(path, header, call, native_types=True)


def header_faults(table: str, part: Part) -> Iterator[Fault]:
    """What is wrong with the names of the columns."""
    twice = sorted({name for name in part.header if name and part.header.count(name) > 1})
    if twice:
        yield Fault(
            table, f"the header names {', '.join(twice)} more than once", "give each column its own name", file=part.path.name
        )
    if not any(part.header):
        yield Fault(
            table, "there is no header line", "put the column names into the first line, or set skip", file=part.path.name
        )


def read_parts(
    connection: duckdb.DuckDBPyConnection, table: str, source: Source, scratch: Path
) -> tuple[list[Part], list[Fault]]:
    """Find out how each file of a table is to be read; nothing is loaded yet except sheets."""
    parts: list[Part] = []
    faults: list[Fault] = []
    for number, path in enumerate(source.paths):
        suffixes = [suffix.lower() for suffix in path.suffixes]
        kind = suffixes[-1] if suffixes else ""
        if kind == ".parquet":
            part = _read_parquet(connection, table, path)
        elif kind in _SHEETS:
            part = _read_sheet(connection, table, path, source, number)
        else:
            part = _read_text(table, path, source, scratch)
        if isinstance(part, Fault):
            faults.append(part)
            continue
        faults.extend(header_faults(table, part))
        # Columns without a name cannot be mapped, but must not stop the reader.
        part.header = [name or f"(column {i})" for i, name in enumerate(part.header, 1)]
        parts.append(part)
    for part in parts[1:]:
        if set(part.header) != set(parts[0].header):
            differing = ", ".join(sorted(set(part.header) ^ set(parts[0].header)))
            mend = "files of one table have the same columns"
            faults.append(Fault(table, f"other columns than {parts[0].path.name}: {differing}", mend, file=part.path.name))
    return parts, faults


def create_typed(connection: duckdb.DuckDBPyConnection, name: str, parts: list[Part]) -> None:
    """Load a raw file for SQL: whole numbers, numbers and ISO dates get their type, text such as "001" stays text."""
    for number, part in enumerate(parts):
        columns = ", ".join(f"{part.column(own)} AS {quoted(own)}" for own in part.header)
        select = f"SELECT {columns} FROM {part.relation}"
        connection.execute(f"INSERT INTO {name} BY NAME {select}" if number else f"CREATE TABLE {name} AS {select}")
    for own, kind in connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {name})").fetchall():
        if kind != "VARCHAR":
            continue
        value = f"nullif(trim({quoted(own)}), '')"
        forms = {"BIGINT": r"-?(0|[1-9]\d{0,17})", "DOUBLE": r"-?(0|[1-9]\d*)(\.\d+)?", "DATE": r"\d{4}-\d{2}-\d{2}"}
        tests = ", ".join(f"bool_and(regexp_full_match({value}, '{form}'))" for form in forms.values())
        fits = connection.execute(f"SELECT {tests} FROM {name}").fetchall()[0]
        for form, fit in zip(forms, fits, strict=True):
            if fit:
                connection.execute(f"ALTER TABLE {name} ALTER {quoted(own)} TYPE {form} USING CAST({value} AS {form})")
                break
