"""Files of any make into DuckDB as text, with the line of every record kept traceable.

Nothing is guessed: a text file is UTF-8, or has a byte-order mark, or the book declares its encoding.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

import duckdb
import pyarrow as pa
from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook

from keyacct_utils.faults import ROWS_SHOWN, Fault, nearest
from keyacct_utils.settings import Source

_SEPARATORS = (",", ";", "\t", "|")
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_LONGEST_LINE = 10_000_000
#: Blanks that exports leave at the ends of a cell, no-break and full-width ones among them.
BLANKS = " \t\u00a0\u3000\ufeff"
_LIKELY_ENCODINGS = ("gb18030", "big5", "cp1252", "utf-16")
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
    decoder_line, sample = 0, b""
    with _open_bytes(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                decoder_line, sample = decoder_line or number, sample + line
                if len(sample) > _SAMPLE // 16:
                    break
                continue
            if sample:
                break
    readings = {}
    for candidate in _LIKELY_ENCODINGS:
        try:
            readings[candidate] = sample.decode(candidate).splitlines()[0][:40]
        except (UnicodeDecodeError, IndexError):
            continue
    best = from_bytes(sample).best()
    guess = best.encoding.replace("_", "-") if best else ""
    proposed = guess if guess in readings else next(iter(readings), "")
    shown = "; ".join(f"as {name}: {text!r}" for name, text in readings.items()) or "no common encoding reads it"
    mend = f'if that reads right, declare encoding = "{proposed}"' if proposed else "declare the encoding it was written in"
    return Fault(table, f"not readable as {encoding} near line {decoder_line} ({shown})", mend, file=path.name)


def _as_utf8(table: str, path: Path, source: Source, scratch: Path) -> Path | Fault:
    """The file itself where DuckDB can read it as it lies, else a decoded copy with ordinary line ends."""
    try:
        with _open_bytes(path) as stream:
            head = stream.read(_SAMPLE)
    except (gzip.BadGzipFile, EOFError) as error:
        return Fault(table, f"damaged gzip file: {error}", "pack it again", file=path.name)
    if not head.strip():
        return Fault(table, "the file is empty", "export it again", file=path.name)
    encoding = source.encoding or next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        hint = nearest(encoding, (*_LIKELY_ENCODINGS, "utf-8", "latin-1"))
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
            with (
                io.TextIOWrapper(stream, encoding=encoding, newline=translate) as text,
                copy.open("w", encoding="utf-8", newline="") as out,
            ):
                while piece := text.read(_CHUNK):
                    out.write(piece)
    except UnicodeDecodeError:
        return _decoding_fault(table, path, encoding)
    except (gzip.BadGzipFile, EOFError) as error:
        return Fault(table, f"damaged gzip file: {error}", "pack it again", file=path.name)
    return copy


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


def _read_sheet(connection: duckdb.DuckDBPyConnection, table: str, path: Path, source: Source, number: int) -> Part | Fault:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        return Fault(table, f"cannot be opened as a workbook: {error}", "open and save it again as .xlsx", file=path.name)
    sheet = source.sheet or workbook.sheet_names[0]
    if sheet not in workbook.sheet_names:
        mend = nearest(sheet, workbook.sheet_names) or f"the workbook has {', '.join(workbook.sheet_names)}"
        return Fault(table, f"there is no sheet {sheet!r}", mend, file=path.name)
    if path.suffix in (".xlsx", ".xlsm") and (errors := _error_cells(path, sheet)):
        first = ", ".join(errors[:ROWS_SHOWN])
        mend = "mend the formulas, or save the sheet with values only"
        return Fault(table, f"{len(errors)} cells of sheet {sheet!r} hold an Excel error: {first}", mend, file=path.name)
    worksheet = workbook.get_sheet_by_name(sheet)
    start = worksheet.start[0] if worksheet.start else 0
    rows = worksheet.to_python(skip_empty_area=True)[max(source.skip - start, 0) :]
    if not rows:
        return Fault(table, f"sheet {sheet!r} is empty", "name the sheet that holds the table", file=path.name)
    header = [(_cell_text(value) or "").strip(BLANKS) for value in rows[0]]
    records = [[_cell_text(value) for value in row] for row in rows[1:]]
    # A sheet's used area often runs on over cells that were only formatted.
    while records and not any(records[-1]):
        records.pop()
    arrays = [pa.array([row[i] for row in records], pa.string()) for i in range(len(header))]
    name = f"sheet_{table}_{number}"
    connection.register(name, pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(header))]))
    return Part(path, header, f"(SELECT * FROM {name})", first_line=max(source.skip, start) + 2)


def _read_parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> Part | Fault:
    call = f"read_parquet({quoted(str(path), chr(39))})"
    try:
        header = [row[0] for row in connection.sql(f"DESCRIBE SELECT * FROM {call}").fetchall()]
    except duckdb.Error as error:
        return Fault(table, f"cannot be read as Parquet: {str(error).splitlines()[0]}", "write it again", file=path.name)
    return Part(path, header, call, native_types=True)


def _header_faults(table: str, part: Part) -> Iterator[Fault]:
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
        faults.extend(_header_faults(table, part))
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
