"""Changes of single cells of the bundled data, and whether the hashes see each of them.

One character of one cell is another; all else stays, byte for byte. Caught is a change where the
line of SHA256SUMS is wrong, the book has another hash, and every lesson that reads the table, and no
other, is told that its committed outputs come from other data.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import shutil
import tempfile
from pathlib import Path

import nbformat

from keyacct_utils.book.intake.book_toml import read_settings
from keyacct_utils.book.intake.fingerprint import data_hash, tables_hash
from keyacct_utils.collection import ROOT
from keyacct_utils.lessons.catalogue import LESSONS, notebook_path, tables_of
from tests.trust.results import caught

TITLE = "Changed data"
BOOKS = ("linjiang", "yunhe")


def written(cells: list[str]) -> str:
    """A line of a CSV file."""
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow(cells)
    return file.getvalue()


def spoil(path: Path, dice: random.Random) -> tuple[int, str]:
    """Change one character of one cell of a file; the line and the column."""
    lines = path.read_text(encoding="utf-8").split("\n")
    names = next(csv.reader([lines[0]]))
    while True:
        place = dice.randrange(1, len(lines))
        cells = next(csv.reader([lines[place]]), [])
        filled = [number for number, value in enumerate(cells) if value]
        if filled and written(cells) == lines[place]:
            break
    column = dice.choice(filled)
    value = cells[column]
    at = dice.randrange(len(value))
    letters = "0123456789" if value[at].isdigit() else "abcxyz临江"
    other = dice.choice([letter for letter in letters if letter != value[at]])
    cells[column] = value[:at] + other + value[at + 1 :]
    lines[place] = written(cells)
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return place + 1, names[column]


class Hashes:
    """What is committed of the bundled books, and which of it a changed copy no longer fits."""

    def __init__(self, folder: Path):
        self.folder = folder
        manifest = (ROOT / "datasets" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        self.sums = {name: digest for digest, name in map(str.split, manifest)}
        self.settings = {book: read_settings(folder / book / "book.toml") for book in BOOKS}
        self.books = {book: data_hash(each, {}) for book, each in self.settings.items()}
        self.notebooks = {
            item.code: nbformat.read(notebook_path(item.code), as_version=4).metadata
            for item in LESSONS
        }
        if found := self.stale():
            raise SystemExit(f"nothing was changed, but the hashes of lessons {found} do not fit")

    def stale(self) -> set[str]:
        """Lessons whose committed outputs come from other data."""
        own = self.settings["linjiang"]
        return {
            code
            for code, metadata in self.notebooks.items()
            if tables_hash(own, tables_of(code, own.tables)) != metadata["keyacct"]["data_hash"]
        }

    def see(self, book: str, path: Path) -> bool:
        """Whether a changed file is seen wherever it has to be, and nowhere else."""
        own = self.settings["linjiang"]
        named = {
            name
            for name, source in own.tables.items()
            if book == "linjiang" and path in source.paths
        }
        reading = {item.code for item in LESSONS if named & set(tables_of(item.code, own.tables))}
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return (
            digest != self.sums[f"{book}/{path.name}"]
            and data_hash(self.settings[book], {}) != self.books[book]
            and self.stale() == reading
        )


def run(count: int = 200, seed: int = 1) -> list[dict[str, object]]:
    """Change one cell at a time in a copy of the bundled books; a row for each."""
    dice, rows = random.Random(seed), []
    with tempfile.TemporaryDirectory() as place:
        for book in BOOKS:
            shutil.copytree(ROOT / "datasets" / book, Path(place) / book)
        hashes = Hashes(Path(place))
        files = [
            (book, path)
            for book, settings in hashes.settings.items()
            for path in sorted({path for each in settings.tables.values() for path in each.paths})
        ]
        for _ in range(count):
            book, path = dice.choice(files)
            before = path.read_bytes()
            line, column = spoil(path, dice)
            rows.append(
                {"book": book, "table": path.stem, "line": line, "column": column,
                 "caught": hashes.see(book, path)}
            )  # fmt: skip
            path.write_bytes(before)
    return rows


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    tables = len({(row["book"], row["table"]) for row in rows})
    return (
        f"One character of one cell of the bundled books is another, in {len(rows)} seeded places of "
        f"{tables} tables. Caught: the line of\nSHA256SUMS is wrong, the hash of the book is another, "
        "and every lesson that reads the table, and no other, is told that its committed\noutputs "
        f"come from other data.\n\n{caught(rows, 'book')}"
    )
