"""Files of any make into DuckDB as text, with the line of every record kept traceable.

Nothing is guessed: a text file is UTF-8, or has a byte-order mark, or the book declares its
encoding.
"""

from __future__ import annotations

import contextlib
import csv
import filecmp
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.file_formats import companion_fault
from keyacct_utils.book.intake.source_options import SHEET_SUFFIXES
from keyacct_utils.book.intake.spreadsheets import read_sheet
from keyacct_utils.book.intake.text_decoding import as_utf8
from keyacct_utils.book.intake.unreadable_values import SET_ASIDE
from keyacct_utils.contract.faults import ROWS_SHOWN, Fault

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 1 << 16
_LONGEST_LINE = 10_000_000
#: Among so many lines the header is looked for where the first is none.
_TITLE_LINES = 30
csv.field_size_limit(_LONGEST_LINE)
#: Blanks that exports leave at the ends of a cell: line ends, no-break, full-width and invisible
#: ones among them.
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b\u200e\u200f\u2060"


@dataclass
class Part:
    """One file of a table as it was read."""

    path: Path
    header: list[str]
    #: What DuckDB reads it with: a table function call, or the name of a registered Arrow table.
    relation: str
    #: For text: the decoded copy (or the file itself), the separator, and the lines before the
    #: header.
    text: Path | None = None
    sep: str = ","
    skip: int = 0
    #: Rows of a sheet that precede the first record.
    first_line: int = 1
    native_types: bool = False
    offset: int = 0
    #: Records that DuckDB read.
    records: int = 0
    #: Fingerprint of rows that no file holds.
    digest: str = ""
    rejected: list[tuple[int, str]] = field(default_factory=list)
    #: Of a workbook: the sheet, its rows (counted from 1) that are hidden, whether its days count
    #: from 1904, and what else is to be told of it.
    sheet: str = ""
    hidden: tuple[int, ...] = ()
    from_1904: bool = False
    remarks: tuple[str, ...] = ()

    def column(self, name: str) -> str:
        """How the relation calls a column of the header."""
        return quoted(name) if self.native_types else f"c{self.header.index(name)}"

    def lines(self, records: list[int]) -> list[int]:
        """The line, counted from 1 as an editor or sheet does, at which each record (counted from
        0) begins; 0 if unknown.
        """
        if self.text is None:
            return [record + self.first_line for record in records]
        wanted, found, record = set(records), {}, 0
        for line, row, _ in self.walk():
            if self.fits(row):
                if record in wanted:
                    found[record] = line
                record += 1
            if len(found) == len(wanted) and not self.rejected:
                break
        # Where quotes are broken, two readers may not agree on what a record is; then no line is
        # better than a wrong one.
        agreed = not self.rejected or record == self.records
        return [found.get(record, 0) if agreed else 0 for record in records]

    def fits(self, row: list[str] | None) -> bool:
        """Whether a record has the header's columns; DuckDB passes over empty values behind the
        last of them.
        """
        return row is not None and len(row) >= len(self.header) and not any(row[len(self.header) :])

    def walk(self) -> Iterator[tuple[int, list[str] | None, str]]:
        """Each record after the header: its first line, its values (None where quotes are broken),
        its text.

        Blank lines are no records, except where there is one column only.
        """
        assert self.text is not None
        with self.text.open(encoding="utf-8-sig", newline="") as stream:
            for _ in range(self.skip):
                next(stream)
            consumed: list[str] = []
            reader = csv.reader(
                _noting(stream, consumed), delimiter=self.sep, strict=True, skipinitialspace=True
            )
            next(reader)
            while True:
                start = reader.line_num + 1 + self.skip
                consumed.clear()
                try:
                    row: list[str] | None = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    row = self._without_blanks_after_quotes("".join(consumed))
                if row or row is None or len(self.header) == 1:
                    yield start, row, "".join(consumed)

    def _without_blanks_after_quotes(self, text: str) -> list[str] | None:
        """The values of a record in which blanks follow a closing quote; None where it is broken
        otherwise.
        """
        closed = re.sub(rf'"[ \t]+(?={re.escape(self.sep)}|\r?\n|$)', '"', text)
        with contextlib.suppress(csv.Error):
            rows = list(
                csv.reader(
                    io.StringIO(closed, newline=""),
                    delimiter=self.sep,
                    strict=True,
                    skipinitialspace=True,
                )
            )
            return rows[0] if len(rows) == 1 else None
        return None


def _noting(lines: Iterable[str], consumed: list[str]) -> Iterator[str]:
    for line in lines:
        consumed.append(line)
        yield line


def _header(text: Path, skip: int, sep: str) -> tuple[list[str], str]:
    with text.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(skip):
            next(stream, "")
        position = stream.readline()
        if not sep:
            sep = max(SEPARATORS, key=re.sub(r'"[^"]*"', "", position).count)
        rest = stream.read(_SAMPLE)
    row = next(csv.reader(io.StringIO(position + rest, newline=""), delimiter=sep), [])
    return [name.strip(BLANKS) for name in row], sep


def _title_fault(
    table: str, path: Path, source: Source, header: list[str], below: Iterable[list[str]]
) -> Fault | None:
    """A header that holds none of the columns which the book names, where a line below holds them:
    what stands above is a title.
    """
    wanted = set(source.columns.values())
    if not wanted or wanted & set(header):
        return None
    for number, cells in enumerate(below, 1):
        if len(wanted & {cell.strip(BLANKS) for cell in cells}) >= min(2, len(wanted)):
            lines = source.skip + number
            return Fault(
                table,
                f"a title stands above the header, which is in line {lines + 1}",
                f"declare skip = {lines}: so many lines stand above the header",
                file=path.name,
            )
    return None


def _lines_below(text: Path, source: Source, sep: str) -> Iterator[list[str]]:
    """The lines below the first, each split by the declared sign or by the one it has most of."""
    with text.open(encoding="utf-8-sig", newline="") as stream:
        for line in islice(stream, source.skip + 1, source.skip + _TITLE_LINES):
            sign = source.sep or max(SEPARATORS, key=line.count)
            yield next(csv.reader([line], delimiter=sign if sign in line else sep), [])


def quoted(name: str, mark: str = '"') -> str:
    """A name (or with ``'`` a text) as SQL writes it."""
    return mark + name.replace(mark, mark * 2) + mark


def _read_text(table: str, path: Path, source: Source, scratch: Path) -> Part | Fault:
    text = as_utf8(table, path, source, scratch)
    if isinstance(text, Fault):
        return text
    header, sep = _header(text, source.skip, source.sep)
    if fault := _title_fault(table, path, source, header, _lines_below(text, source, sep)):
        return fault
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    file, delim = quoted(str(text), "'"), quoted(sep, "'")
    call = (
        f"read_csv({file}, auto_detect=false, header=true, skip={source.skip}, delim={delim}, "
        f"quote='\"', escape='\"', columns={{{columns}}}, store_rejects=true, "
        f"rejects_limit=0, max_line_size={_LONGEST_LINE})"
    )
    return Part(path, header, call, text=text, sep=sep, skip=source.skip)


def _read_sheet(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, source: Source, number: int
) -> Part | Fault:
    rows = read_sheet(table, path, source.sheet, source.skip)
    if isinstance(rows, Fault):
        return rows
    texts = [[name or "" for name in row] for row in rows.values[:_TITLE_LINES]]
    header = [name.strip(BLANKS) for name in texts[0]]
    shifted = replace(source, skip=rows.header_line - 1)
    if fault := _title_fault(table, path, shifted, header, texts[1:]):
        return fault
    arrays = [
        pa.array([row[i] for row in rows.values[1:]], pa.string()) for i in range(len(header))
    ]
    name = f"sheet_{table}_{number}"
    connection.register(
        name, pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(header))])
    )
    return Part(
        path,
        header,
        f"(SELECT * FROM {name})",
        first_line=rows.header_line + 1,
        sheet=rows.sheet,
        hidden=rows.hidden,
        from_1904=rows.from_1904,
        remarks=rows.remarks,
    )


def _read_parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> Part | Fault:
    call = f"read_parquet({quoted(str(path), chr(39))})"
    try:
        header = [row[0] for row in connection.sql(f"DESCRIBE SELECT * FROM {call}").fetchall()]
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(path), path.name)
        return Fault(
            table, f"cannot be read as Parquet: {reason}", "write it again", file=path.name
        )
    return Part(path, header, call, native_types=True)


def header_faults(table: str, part: Part) -> Iterator[Fault]:
    """What is wrong with the names of the columns."""
    twice = sorted({name for name in part.header if name and part.header.count(name) > 1})
    if twice:
        yield Fault(
            table,
            f"the header names {', '.join(twice)} more than once",
            "give each column its own name",
            file=part.path.name,
        )
    if not any(part.header):
        yield Fault(
            table,
            "there is no header line",
            "put the column names into the first line, or set skip",
            file=part.path.name,
        )


def _counted_twice(table: str, parts: list[Part]) -> Iterator[Fault]:
    """Files of one table with the same rows: a copy in the folder, or a file that two patterns
    match.
    """
    sizes: dict[int, list[Path]] = {}
    for part in parts:
        path = part.path
        alike = sizes.setdefault(path.stat().st_size, [])
        twin = next((other for other in alike if filecmp.cmp(path, other, shallow=False)), None)
        alike.append(path)
        if twin is None or (part.text and not next(part.walk(), None)):
            continue
        if twin == path:
            problem, mend = "the file is named twice", "let one path only match it"
        else:
            problem = f"the same content as {twin.name}"
            mend = (
                "delete the copy; if both count, add a column "
                "that tells them apart, such as the month"
            )
        yield Fault(table, f"{problem}: its rows would be counted twice", mend, file=path.name)


def read_parts(
    connection: duckdb.DuckDBPyConnection, table: str, source: Source, scratch: Path
) -> tuple[list[Part], list[Fault]]:
    """Find out how each file of a table is to be read; nothing is loaded yet except sheets."""
    parts: list[Part] = []
    faults: list[Fault] = []
    for number, path in enumerate(source.paths):
        suffixes = [suffix.lower() for suffix in path.suffixes]
        kind = suffixes[-1] if suffixes else ""
        part: Part | Fault | None = companion_fault(table, path)
        if part:
            pass
        elif kind == ".parquet":
            part = _read_parquet(connection, table, path)
        elif kind.removeprefix(".") in SHEET_SUFFIXES:
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
    faults += [*_counted_twice(table, parts)]
    for part in parts[1:]:
        if set(part.header) != set(parts[0].header):
            differing = ", ".join(sorted(set(part.header) ^ set(parts[0].header)))
            mend = "files of one table have the same columns"
            faults.append(
                Fault(
                    table,
                    f"other columns than {parts[0].path.name}: {differing}",
                    mend,
                    file=part.path.name,
                )
            )
    return parts, faults


def rejected_lines(
    connection: duckdb.DuckDBPyConnection, table: str, part: Part
) -> Iterator[Fault]:
    """Lines of a text file, just read, that do not split into the header's columns; the part
    remembers them.
    """
    if part.text is None:
        return
    query = (
        "SELECT line, csv_line FROM reject_errors WHERE file_id "
        "= (SELECT max(file_id) FROM reject_scans) ORDER BY line"
    )
    scanned = connection.sql("SELECT count(*) FROM reject_scans").fetchall()[0][0]
    rows = connection.sql(query).fetchall() if scanned else []
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if not rows:
        return
    # DuckDB does not count line breaks inside quotes; the csv module does, but takes an open quote
    # for a long value.
    counted = [(line, text.strip("\r\n")) for line, row, text in part.walk() if not part.fits(row)]
    listed = {line: text.strip("\r\n") for line, text in rows}
    part.rejected = counted if len(counted) == len(listed) else sorted(listed.items())
    if part.rejected:
        mend = (
            f"put values that hold {part.sep!r} into double quotes "
            f"and close every quote, or declare sep, {SET_ASIDE}"
        )
        expected = f"{len(part.header)} values a line, as in the header"
        problem, first = (
            "the line does not split into the header's columns",
            tuple(part.rejected[:ROWS_SHOWN]),
        )
        yield Fault(table, problem, mend, "", part.path.name, len(part.rejected), first, expected)
