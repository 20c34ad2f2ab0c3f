"""A lesson run as plain code, without a kernel: its code cells one after the other, each finding caught."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterator
from typing import Any
from unittest import mock

import nbformat

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import notebook_path
from keyacct_utils.lessons.showing.finding import Finding

STORY = "story"


def code_cells(code: str, *, story: bool) -> list[str]:
    """The code cells of a lesson; those that only the synthetic book has are left out of others."""
    notebook = nbformat.read(notebook_path(code), as_version=4)
    kept = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell.source for cell in kept if story or STORY not in cell.metadata.get("tags", [])]


def findings(code: str, opened: Book, *, story: bool = False) -> Iterator[tuple[str, Finding]]:
    """Run a lesson on a book; yields (the line that made it, the finding)."""
    space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_, **__: None}
    for number, source in enumerate(code_cells(code, story=story)):
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        value = None
        with (
            contextlib.redirect_stdout(io.StringIO()),
            mock.patch.object(Book, "open", return_value=opened),
        ):
            exec(compile(tree, f"{code}[{number}]", "exec"), space)
            if last is not None:
                line = compile(ast.Expression(last.value), f"{code}[{number}]", "eval")
                value = eval(line, space)
        if last is not None and isinstance(value, Finding):
            yield ast.unparse(last), value
