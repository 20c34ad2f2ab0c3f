"""A first look at files of any make: encoding, separator, lines above the header, header, values.
Nothing is decided here.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from keyacct_utils.book.intake.encoding_candidates import readings
from keyacct_utils.book.intake.source_files import BLANKS
from keyacct_utils.book.intake.spreadsheets import read_sheet
from keyacct_utils.book.proposing.periods import names_period
from keyacct_utils.book.proposing.synonyms import PLAIN, keys, words
from keyacct_utils.book.proposing.wording import speaks_of
from keyacct_utils.contract.faults import Fault
from keyacct_utils.contract.tables import TABLES

#: Rows of a file that are looked at.
LOOKED_ROWS = 20_000
#: What marks a row of sums in the lists of SAP, in a column that has no name.
STARS = re.compile(r"[*Σ∑]{1,5}")
_SEPARATORS = (",", ";", "\t", "|")
_HEAD_RECORDS, _TITLE_RECORDS = 200, 15
_SAMPLE, _CHUNK = 1 << 18, 1 << 20
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_DATABASES = (".sqlite", ".sqlite3", ".db")
_PACKED = (
    ".zip",
    ".7z",
    ".rar",
    ".tar",
    ".bz2",
    ".xz",
    ".zst",
    ".pdf",
    ".doc",
    ".docx",
    ".json",
    ".xml",
    ".html",
)


@dataclass
class Peek:
    """One table as it was found: a text file, a sheet, a Parquet file or a table of an SQLite
    file.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    kind: str = "text"
    #: Text above the header.
    title: str = ""
    encoding: str = ""
    #: How the header reads under each likely encoding, best first, where the bytes do not say it.
    readings: dict[str, str] = field(default_factory=dict)
    sep: str = ""
    skip: int = 0
    #: Name of the sheet or of the database's table, and whether it must be said.
    part: str = ""
    named: bool = False
    #: For columns that are separated by runs of blanks: the whole header line.
    blanks: str = ""
    #: Rows were dropped after the look.
    cut: bool = False
    #: How columns beside each other became the rows above: the option of `book.toml`, or several
    #: to choose from where there is a doubt.
    spread: tuple[dict[str, object], ...] = ()
    spread_doubt: str = ""
    spread_remark: str = ""
    #: Rows that are none: lines drawn in a list, and sums that a star in a column without a name
    #: marks.
    drawn: list[list[str]] = field(default_factory=list)
    #: Column -> what only its owner knows of it.
    doubts: dict[str, str] = field(default_factory=dict)
    _read: dict[str, list[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every row was looked at."""
        return not self.cut and len(self.rows) < LOOKED_ROWS

    @property
    def label(self) -> str:
        """The file, with its sheet or table."""
        return f"{self.path.name} [{self.part}]" if self.part else self.path.name

    def values(self, own: str) -> list[str]:
        """What stands in a column, blanks at the ends away; the empty text where nothing does."""
        if own not in self._read:
            place = self.header.index(own)
            self._read[own] = [
                row[place].strip(BLANKS) if place < len(row) else "" for row in self.rows
            ]
        return self._read[own]


def _bytes_of(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with _bytes_of(path) as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _known_names(text: str) -> int:
    """How many cells at the head of a reading are a Chinese column name that exports have."""
    names = {column.chinese for table in TABLES.values() for column in table.columns}
    listed = {word for word in words(" ".join([*PLAIN.values(), *names])) if not word.isascii()}
    return sum(
        any(way in listed for way in keys(cell)) for cell in re.split(r"[,;\t|\r\n]", text[:2_000])
    )


def _encoding(path: Path, head: bytes) -> tuple[str, dict[str, str]]:
    """The encoding and, where the bytes do not say it (BOM, strict UTF-8), the likely ones with
    their readings, best first.
    """
    if head.startswith(_BOMS):
        return ("utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-16"), {}
    zeros = Counter(place % 2 for place, byte in enumerate(head[:4_000]) if not byte)
    if zeros.total() > len(head[:4_000]) / 5:
        wide = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        return wide, {wide: _first_strange_line(head[:2_000].decode(wide, "replace"))}
    if _decodes(path, "utf-8"):
        return "utf-8", {}
    whole = head if len(head) < _SAMPLE else head[: head.rfind(b"\n") + 1]
    possible = {name: text for name, text in readings(whole).items() if _decodes(path, name)}
    possible = possible or {"latin-1": whole.decode("latin-1")}
    order = sorted(possible, key=lambda name: -_known_names(possible[name]))
    return order[0], {name: _first_strange_line(possible[name]) for name in order}


def _first_strange_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if not line.isascii()), lines[0] if lines else "")[
        :60
    ].replace("\t", " | ")


def _is_datum(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+(]?[\d.,\s/:年月日%-]+[)%]?", cell.strip()))


def _names(record: list[str]) -> bool:
    """Whether a record may be a header: most of its cells are names, or the months and years of a
    table that has them beside each other, after at least one name.
    """
    given = [cell for cell in record if cell.strip(BLANKS)]
    periods = sum(map(names_period, given))
    data = sum(_is_datum(cell) and not names_period(cell) for cell in given)
    names = len(given) - sum(_is_datum(cell) or names_period(cell) for cell in given)
    return names > data + periods or (periods > 1 and names > 0 and data <= 1)


def _known(record: list[str]) -> int:
    return sum(bool(speaks_of(cell)) or names_period(cell) for cell in record)


def _header_at(records: list[list[str]]) -> int:
    """The record that names the columns: the first that is about as full as most are and holds
    names, or a fuller one below it whose words are known; lines above it are a title.
    """
    filled = [sum(bool(cell.strip(BLANKS)) for cell in record) for record in records]
    usual = Counter(count for count in filled if count).most_common(1)[0][0] if any(filled) else 0
    if usual <= 1:
        return 0
    wanted = max(2, 0.6 * usual)
    full = [place for place, count in enumerate(filled[:_TITLE_RECORDS]) if count >= wanted]
    named = [place for place in full if _names(records[place])]
    if not named:
        return full[0] if full else 0
    first = named[0]
    fuller = [
        place
        for place in named[1:]
        if filled[place] >= filled[first] and _known(records[place]) > _known(records[first]) + 1
    ]
    return max(fuller, key=lambda place: (_known(records[place]), -place), default=first)


def _separator(sample: str) -> str:
    """The sign that splits most lines into equally many cells; empty where none does, a blank
    where runs of blanks do.
    """
    best, most = "", 0.4
    for sign in _SEPARATORS:
        records = [
            record
            for record in csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
            if record
        ]
        widths = Counter(len(record) for record in records[:_HEAD_RECORDS])
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        share = count / max(1, min(len(records), _HEAD_RECORDS))
        if width > 1 and share > most + 1e-9:
            best, most = sign, share
    lines = [line.split() for line in sample.splitlines()[:_HEAD_RECORDS] if line.strip()]
    even = len({len(line) for line in lines}) == 1 and len(lines) > 1 and len(lines[0]) > 1
    numeric = even and all(_is_datum(cell) for line in lines[1:] for cell in line[-1:])
    return best or (" " if numeric else "")


def _peek_text(path: Path) -> Peek | str:
    with _bytes_of(path) as stream:
        head = stream.read(_SAMPLE)
    if not head.strip():
        return "the file is empty"
    if (
        b"\0" in head[:4_000]
        and head[:4_000].count(0) <= len(head[:4_000]) / 5
        and not head.startswith(_BOMS)
    ):
        return "not a text file, a workbook, Parquet or SQLite: export it as CSV"
    encoding, shown = _encoding(path, head)
    with (
        _bytes_of(path) as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as stream,
    ):
        sample = "".join(islice(stream, _HEAD_RECORDS))
    sep = _separator(sample)
    with (
        _bytes_of(path) as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as stream,
    ):
        if sep == " ":
            lines = [line for line in islice(stream, LOOKED_ROWS + 1) if line.strip()]
            found = Peek(
                path,
                lines[0].split(),
                [line.split() for line in lines[1:]],
                encoding=encoding,
                readings=shown,
            )
            found.blanks, found.sep = (
                lines[0].strip(BLANKS + "\r\n"),
                next(s for s in "\t|;," if s not in sample),
            )
            return found
        reader = csv.reader(stream, delimiter=sep or ",")
        records: list[tuple[int, list[str]]] = []
        before = 0
        for record in islice(reader, LOOKED_ROWS + _TITLE_RECORDS):
            if record:
                records.append((before, record))
            before = reader.line_num
    place = _header_at([record for _, record in records[:_HEAD_RECORDS]])
    title = " ".join(cell for _, record in records[:place] for cell in record if cell.strip())
    header = [name.strip(BLANKS) for name in records[place][1]]
    rows = [record for _, record in records[place + 1 :]]
    return Peek(path, header, rows, "text", title, encoding, shown, sep or ",", records[place][0])


def _peek_sheets(path: Path) -> Iterator[Peek | str]:
    try:
        names = CalamineWorkbook.from_path(str(path)).sheet_names
    except (CalamineError, OSError) as error:
        yield f"cannot be opened as a workbook ({error}): open and save it again as .xlsx"
        return
    for name in names:
        rows = read_sheet(path.stem, path, name, 0)
        if isinstance(rows, Fault):
            if len(names) == 1 or "empty" not in rows.problem:
                yield f"{rows.problem}: {rows.mend}"
            continue
        texts = [[cell or "" for cell in row] for row in rows.values]
        place = _header_at(texts[:_HEAD_RECORDS])
        header = [cell.strip(BLANKS) for cell in texts[place]]
        title = " ".join(cell for row in texts[:place] for cell in row if cell)
        skip = rows.header_line - 1 + place if place else 0
        found = texts[place + 1 : place + 1 + LOOKED_ROWS]
        yield Peek(path, header, found, "sheet", title, skip=skip, part=name, named=len(names) > 1)


def _text(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _peek_parquet(path: Path) -> Peek | str:
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=LOOKED_ROWS), None)
            header = list(file.schema_arrow.names)
    except (OSError, ValueError) as error:
        return f"cannot be read as Parquet ({str(error).splitlines()[0]}): write it again"
    columns = (
        []
        if batch is None
        else [[_text(value) for value in column.to_pylist()] for column in batch.columns]
    )
    return Peek(path, header, [list(row) for row in zip(*columns, strict=True)], "parquet")


def _peek_database(path: Path) -> Iterator[Peek | str]:
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rootpage"
            )
        ]
        for name in (name for name in names if not name.startswith("sqlite_")):
            marked = '"' + name.replace('"', '""') + '"'
            cursor = connection.execute(f"SELECT * FROM {marked} LIMIT {LOOKED_ROWS}")
            header = [item[0] for item in cursor.description]
            yield Peek(
                path,
                header,
                [[_text(value) for value in row] for row in cursor],
                "sqlite",
                part=name,
                named=True,
            )
        connection.close()
    except sqlite3.Error as error:
        yield f"cannot be read as SQLite ({error})"


def _found(path: Path) -> Iterable[Peek | str]:
    suffix = path.suffix.lower()
    if not path.is_file():
        return ["a folder; name the files in it" if path.is_dir() else "there is no such file"]
    if suffix in _PACKED:
        return [f"{suffix} is not read: unpack it, or export it as CSV or .xlsx"]
    if suffix in _SHEETS:
        return _peek_sheets(path)
    if suffix in _DATABASES:
        return _peek_database(path)
    return [_peek_parquet(path) if suffix == ".parquet" else _peek_text(path)]


def _is_drawn(row: list[str]) -> bool:
    return any(cell.strip() for cell in row) and all(
        re.fullmatch(r"[-=_+*~.]{2,}|", cell.strip()) for cell in row
    )


def _set_aside(item: Peek) -> None:
    """Take out of a list what is no row of it."""
    bare = [place for place, own in enumerate(item.header) if not own]
    kept: list[list[str]] = []
    for row in item.rows:
        starred = any(place < len(row) and STARS.fullmatch(row[place].strip()) for place in bare)
        (item.drawn if starred or _is_drawn(row) else kept).append(row)
    item.rows[:] = kept


def peek(path: Path) -> tuple[list[Peek], list[str]]:
    """Look at a file: the tables found in it, and in words what kept others from being read."""
    try:
        found = list(_found(path)) or ["there is no table in it"]
    except (OSError, EOFError, csv.Error, UnicodeError) as error:
        found = [f"cannot be read: {error}"]
    peeks, problems = [], [f"{path.name}: {item}" for item in found if isinstance(item, str)]
    for item in (item for item in found if isinstance(item, Peek)):
        if item.kind in ("text", "sheet") and not item.blanks:
            _set_aside(item)
        data = sum(_is_datum(cell) for cell in item.header if cell)
        data = 0 if _names(item.header) else data
        twice = sorted({name for name in item.header if name and item.header.count(name) > 1})
        if item.kind != "sqlite" and (data > len(item.header) / 2 or not any(item.header)):
            problems.append(
                f"{item.label}: its first line holds data, not names: add a line of column names"
            )
        elif twice:
            shown = ", ".join(name[:40] for name in twice[:5])
            problems.append(
                f"{item.label}: the header names {shown} more "
                "than once: give each column its own name"
            )
        elif not item.rows:
            problems.append(f"{item.label}: a header but no row")
        else:
            peeks.append(item)
    return peeks, problems
