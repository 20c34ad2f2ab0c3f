"""A lesson run as plain code, without a kernel: its code cells one after the other, each finding caught."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any
from unittest import mock

import nbformat

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import notebook_path
from keyacct_utils.lessons.showing.finding import Finding

STORY = "story"


@cache
def code_cells(code: str, *, story: bool) -> tuple[str, ...]:
    """The code cells of a lesson; those that only the synthetic book has are left out of others."""
    notebook = nbformat.read(notebook_path(code), as_version=4)
    kept = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return tuple(
        cell.source for cell in kept if story or STORY not in cell.metadata.get("tags", [])
    )


@cache
def compiled(code: str, *, story: bool) -> list[tuple[CodeType, CodeType | None, str]]:
    """Each cell as its statements, its last expression if it ends with one, and that as text."""
    made = []
    for number, source in enumerate(code_cells(code, story=story)):
        tree, place = ast.parse(source), f"{code}[{number}]"
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        line = compile(ast.Expression(last.value), place, "eval") if last else None
        made.append((compile(tree, place, "exec"), line, ast.unparse(last) if last else ""))
    return made


def findings(code: str, opened: Book, *, story: bool = False) -> Iterator[tuple[str, Finding]]:
    """Run a lesson on a book; yields (the line that made it, the finding)."""
    space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_, **__: None}
    for statements, last, text in compiled(code, story=story):
        value = None
        with (
            contextlib.redirect_stdout(io.StringIO()),
            mock.patch.object(Book, "open", return_value=opened),
        ):
            exec(statements, space)
            if last is not None:
                value = eval(last, space)
        if isinstance(value, Finding):
            yield text, value
