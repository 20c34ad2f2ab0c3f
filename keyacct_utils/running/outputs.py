"""Execute the committed lessons and write their outputs anew; print which numbers moved.

python -m keyacct_utils.running.outputs [LESSON ...]
"""

from __future__ import annotations

import base64
import contextlib
import difflib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from keyacct_utils.book import Book
from keyacct_utils.book.intake import checked
from keyacct_utils.lessons.catalogue import NOTEBOOKS, notebook_path, tables_of
from keyacct_utils.running.execution import socket_kernel
from keyacct_utils.running.forking import forked_kernels

_PICTURE = re.compile(r'src="data:image/png;base64,([^"]*)"')
README_PICTURE = NOTEBOOKS.parent / "docs" / "_static" / "lesson_01.png"
#: Seconds that one cell may take.
CELL_TIMEOUT = 300
_WORKERS = 2
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def output_text(cell: NotebookNode) -> list[str]:
    """The outputs of a cell as lines of text, pictures left out."""
    lines: list[str] = []
    for output in cell.get("outputs", []):
        data: Any = output.get("data", {})
        text = (
            output.get("text")
            or data.get("text/markdown")
            or data.get("text/plain")
            or data.get("text/html")
            or ""
        )
        lines += _PICTURE.sub("", text).splitlines()
    return lines


def moved(old: NotebookNode, new: NotebookNode) -> list[str]:
    """What changed between the outputs of two versions of a notebook, line by line."""
    before, after = (
        [cell for cell in book.cells if cell.cell_type == "code"] for book in (old, new)
    )
    report = []
    for number, (left, right) in enumerate(zip(before, after, strict=False), 1):
        changes = [
            line
            for line in difflib.unified_diff(
                output_text(left), output_text(right), lineterm="", n=0
            )
            if not line.startswith(("---", "+++", "@@"))
        ]
        if changes:
            report.append(f"  cell [{number}]")
            report += [f"    {line}" for line in changes]
    if len(before) != len(after):
        report.append(f"  {len(before)} code cells became {len(after)}")
    return report


def read_hash(book: Book, path: Path) -> str:
    """Which data the notebook of a lesson, or of its solutions, depends on."""
    return book.tables_hash(tables_of(path.name[:2], book.tables))


@contextlib.contextmanager
def checked_books() -> Iterator[tuple[Book, str]]:
    """The bundled book, and where it and the second one, which sheets of exercises ask about, lie
    checked for kernels while the block runs.
    """
    opened = {name: Book.open(name) for name in ("linjiang", "yunhe")}
    with tempfile.TemporaryDirectory(prefix="keyacct-", ignore_cleanup_errors=True) as folder:
        places = {name: Path(folder) / name for name in opened}
        lying = [str(places[name]) for name, book in opened.items() if book.put_down(places[name])]
        yield opened["linjiang"], os.pathsep.join(lying)


def execute(path: Path, data_hash: str, staged: str = "") -> NotebookNode:
    """The notebook with fresh outputs, free of this machine; ``staged`` is where the checked book
    lies, if anywhere.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="keyacct-") as sockets:
        kernel = socket_kernel(Path(sockets) / "kernel.json")
        resources = {"metadata": {"path": str(path.parent)}}
        client = NotebookClient(
            notebook, km=kernel, timeout=CELL_TIMEOUT, resources=resources, coalesce_streams=True
        )
        client.execute(cleanup_kc=True, env={**os.environ, checked.VARIABLE: staged})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": _KERNEL,
            "language_info": {"name": "python"},
            "keyacct": {"book": "linjiang", "data_hash": data_hash},
        }
    )
    return notebook


def refresh(path: Path, data_hash: str, staged: str = "") -> list[str]:
    """Rewrite one notebook; returns what moved."""
    old = nbformat.read(path, as_version=4)
    new = execute(path, data_hash, staged)
    temporary = path.with_name(path.name + ".tmp")
    nbformat.write(new, temporary)
    temporary.replace(path)
    return moved(old, new)


def save_picture(notebook: NotebookNode) -> None:
    """Keep the first figure of lesson 01 as the picture of the README."""
    for output in [output for cell in notebook.cells for output in cell.get("outputs", [])]:
        if found := _PICTURE.search(output.get("data", {}).get("text/html", "")):
            README_PICTURE.write_bytes(base64.b64decode(found[1]))
            return


def main(lessons: list[str]) -> int:
    """Refresh the lessons (all, where none is named); returns 1 if one failed."""
    found = sorted(NOTEBOOKS.glob("*.ipynb")) + sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    paths = [path for path in found if not lessons or path.name[:2] in lessons]
    failed = 0
    read = [nbformat.read(path, as_version=4) for path in paths]
    with (
        forked_kernels(read),
        checked_books() as (opened, staged),
        ThreadPoolExecutor(_WORKERS) as pool,
    ):
        jobs = [
            (path, pool.submit(refresh, path, read_hash(opened, path), staged)) for path in paths
        ]
        for path, job in jobs:
            try:
                changes = job.result()
            except CellExecutionError as error:
                print(f"{path.name}: failed, left as it was\n{error}", file=sys.stderr)
                failed = 1
                continue
            if path == notebook_path("01"):
                save_picture(nbformat.read(path, as_version=4))
            print(
                f"{path.name}: " + ("nothing moved" if not changes else "\n" + "\n".join(changes))
            )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
