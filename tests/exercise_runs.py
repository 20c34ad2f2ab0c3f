"""The sheets and solutions as the tests run them: cell by cell, with what was handed in kept."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from unittest import mock

import nbformat
from opened import bundled

from keyacct_utils import exercises
from keyacct_utils.book import Book
from keyacct_utils.exercises import checking
from keyacct_utils.exercises.sheets import SOURCES
from keyacct_utils.lessons.catalogue import lesson


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def read(folder: Path, code: str) -> nbformat.NotebookNode:
    return nbformat.reads(_text(folder / f"{lesson(code).stem}.ipynb"), as_version=4)


def run_all(
    notebook: nbformat.NotebookNode,
    opened: Mapping[str, Book] = MappingProxyType({}),
    **parameters: str,
) -> tuple[dict[str, tuple[object, Book]], dict[str, object]]:
    """Run the cells of a sheet in order; returns what was checked, answer and book by code, and the names at the end.

    The bundled books and those of ``opened``, by the name that the cells give, are not opened anew.
    """
    names: dict[str, object] = {}
    handed: dict[str, tuple[object, Book]] = {}
    books = {name: bundled(name) for name in ("linjiang", "yunhe")} | {**opened}
    check, open_book = exercises.check, Book.open

    def found(book: str = "linjiang") -> Book:
        return books[book] if book in books else open_book(book)

    def note(code: str, answer: object, book: Book | None = None) -> None:
        handed[code] = answer, book or checking._book
        check(code, answer, book)

    with (
        mock.patch.object(exercises, "check", note),
        mock.patch.object(Book, "open", found),
    ):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell.id, "exec"), names)
                if "parameters" in cell.metadata.get("tags", []):
                    names |= parameters
    return handed, names


class Solved(dict[str, tuple[object, Book]]):
    """Answers with their books; a lesson's solutions are run when the first of them is asked for."""

    def __missing__(self, code: str) -> tuple[object, Book]:
        self.update(run_all(read(SOURCES, code[:2]))[0])
        return self[code]
