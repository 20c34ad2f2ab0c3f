"""The sheets and solutions as the tests run them: cell by cell, with what was handed in kept."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
from pathlib import Path
from unittest import mock

import nbformat

from keyacct_utils import exercises
from keyacct_utils.book import Book
from keyacct_utils.book.intake import checked
from keyacct_utils.exercises import checking
from keyacct_utils.exercises.sheets import SOURCES
from keyacct_utils.lessons.catalogue import lesson
from keyacct_utils.running.outputs import checked_books


def read(folder: Path, code: str) -> nbformat.NotebookNode:
    return nbformat.read(folder / f"{lesson(code).stem}.ipynb", as_version=4)


@functools.cache
def checked_once() -> str:
    """Where the bundled books lie checked, as they do for the kernels of a run."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(checked_books())[1]


def run_all(
    notebook: nbformat.NotebookNode, **parameters: str
) -> tuple[dict[str, tuple[object, Book]], dict[str, object]]:
    """Run the cells of a sheet in order; returns what was checked, answer and book by code, and the names at the end."""
    names: dict[str, object] = {}
    handed: dict[str, tuple[object, Book]] = {}
    check = exercises.check

    def note(code: str, answer: object, book: Book | None = None) -> None:
        handed[code] = answer, book or checking._book
        check(code, answer, book)

    with (
        mock.patch.object(exercises, "check", note),
        mock.patch.dict(os.environ, {checked.VARIABLE: checked_once()}),
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
