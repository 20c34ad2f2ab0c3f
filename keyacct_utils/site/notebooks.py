"""Notebooks as the site shows them: pictures beside the page, solutions folded, no link to what is
not there.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from keyacct_utils.exercises.sheets import COMMIT, END, START, TAG, blank, blank_own, by_exercise
from keyacct_utils.lessons.showing.minutes import DEEPER

IMAGES = "_images"
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_TO_NOTEBOOK = re.compile(r"\]\(([\w./-]+)\.ipynb")
_PICTURE = re.compile(r'(<img\b[^>]*?)src="data:image/png;base64,([A-Za-z0-9+/=\s]+)"([^>]*>)')
_WIDTH = re.compile(r'\bwidth="(\d+)"')
_SOLVED = re.compile(rf"^{START}\n(.*?)^{END}$\n?", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def mark_findings(notebook: NotebookNode) -> None:
    """Say, on the pages of a book of one's own, that the answer at the head of a lesson is not of
    this book; in place.
    """
    for cell in notebook.cells[:1]:
        cell.source = cell.source.replace(
            "**Found here:**", "**Found in the synthetic book of the lesson, not in yours:**"
        )


def page_of(
    notebook: NotebookNode, page: Path, source: Path, kept: set[Path], root: Path
) -> dict[str, bytes]:
    """Make a notebook ready for its page, in place; returns the pictures by their place on the
    site.

    Parameters
    ----------
    notebook : NotebookNode
    page : Path
        Where the notebook will be in the source tree.
    source : Path
        The source tree; it mirrors the repository.
    kept : set of Path
        The notebooks that will be in the source tree.
    root : Path
        The repository.
    """
    notebook.metadata.setdefault(
        "language_info", {"name": "python"}
    )  # absent until a notebook has been executed
    up = "../" * len(page.relative_to(source).parent.parts)
    pictures: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = unlink_left_out(cell.source, page, source, kept, root)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/markdown" in data:
                said = "".join(data["text/markdown"])
                said = unlink_left_out(said, page, source, kept, root)
                # Sphinx turns links to notebooks into links to pages in prose only, not in outputs
                data["text/markdown"] = _TO_NOTEBOOK.sub(r"](\1.html", said)
            if "<img" in (text := "".join(data.get("text/html", ""))):
                data["text/html"] = _PICTURE.sub(lambda found: _beside(found, up, pictures), text)
    return pictures


def _beside(found: re.Match[str], up: str, pictures: dict[str, bytes]) -> str:
    content = base64.b64decode(found[2])
    name = f"{IMAGES}/{hashlib.sha256(content).hexdigest()[:16]}.png"
    pictures[name] = content
    shape = ""
    if width := _WIDTH.search(found[3]):
        # The height reserves the room, so that nothing jumps when a picture arrives. PNG: bytes
        # 16-23 are both sizes.
        wide, high = (int.from_bytes(content[start : start + 4]) for start in (16, 20))
        shape = f' height="{round(int(width[1]) * high / max(wide, 1))}"'
    return f'{found[1]}src="{up}{name}" loading="lazy"{shape}{found[3]}'


def unlink(text: str, gone: Callable[[str], bool]) -> str:
    """Turn links to files that are ``gone``, judged by their address, into plain text."""
    return _LINK.sub(
        lambda found: found[1] if ":" not in found[2] and gone(found[2]) else found[0], text
    )


def unlink_left_out(text: str, page: Path, source: Path, kept: set[Path], root: Path) -> str:
    """Turn links to files of the repository that are not on this site into plain text; leave all
    others, broken ones too.
    """

    def left_out(address: str) -> bool:
        target = Path((page.parent / address).as_posix()).resolve()
        inside = (
            target.relative_to(source.resolve())
            if target.is_relative_to(source.resolve())
            else None
        )
        return (
            inside is not None
            and target not in kept
            and not target.exists()
            and (root / inside).exists()
        )

    return unlink(text, left_out)


def folded(notebook: NotebookNode) -> NotebookNode:
    """An exercise page from a notebook of solutions: each exercise as it is handed out, its
    solution folded below it.
    """
    cells: list[NotebookNode] = []
    opened = ""
    for code, cell in by_exercise(notebook):
        marked = TAG in cell.metadata.get("tags", [])
        answered = cell.cell_type == "code" and _SOLVED.search(cell.source) is not None
        if not code and marked:
            continue  # says to a reader of the notebook that it is the one with the solutions
        if opened and (answered or not marked):
            cells.append(_raw("</details>"))
            opened = ""
        if answered:
            cells.append(nbformat.v4.new_code_cell(_asked(code, cell.source)))
        if code and (answered or marked) and not opened:
            cells.append(
                _raw(
                    f'<details class="solution"><summary>Solution of {html.escape(code)}</summary>'
                )
            )
            opened = code
        if answered:
            cell.source = _SOLVED.sub(lambda found: found[1], cell.source)
        elif marked and cell.cell_type == "markdown":
            cell.source = _HEADING.sub(r"**\1**", cell.source)
        cells.append(cell)
    if opened:
        cells.append(_raw("</details>"))
    notebook.cells = cells
    return notebook


def _asked(code: str, source: str) -> str:
    text = blank_own(code) if COMMIT in source else blank(code)
    return _SOLVED.sub(lambda _: text, source).rstrip("\n")


def _raw(markup: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(
        markup
    )  # markup in Markdown reaches the page as it is; a raw cell gets a box


def fold_deeper(notebook: NotebookNode) -> NotebookNode:
    """Fold what stands under a heading *Deeper* below that heading; in place."""
    cells: list[NotebookNode] = []
    inside = False
    for cell in notebook.cells:
        heads = cell.cell_type == "markdown" and cell.source.startswith("#")
        if inside and heads:
            cells.append(_raw("</details>"))
            inside = False
        cells.append(cell)
        if heads and DEEPER in cell.metadata.get("tags", []):
            cell.source, _, text = cell.source.partition("\n")
            cells.append(_raw('<details class="deeper"><summary>Show this part</summary>'))
            cells += [nbformat.v4.new_markdown_cell(text.strip())] if text.strip() else []
            inside = True
    if inside:
        cells.append(_raw("</details>"))
    notebook.cells = cells
    return notebook


def first_heading(notebook: NotebookNode, otherwise: str) -> str:
    """The title of a notebook."""
    lines = (
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
    )
    return next((line[2:].strip() for line in lines if line.startswith("# ")), otherwise)


def text_of(notebook: NotebookNode) -> str:
    """What a notebook says, in its prose, its code and its printed outputs, pictures left out."""
    texts = []
    for cell in notebook.cells:
        texts.append(cell.source)
        for output in cell.get("outputs", []):
            texts += [
                "".join(output.get("data", {}).get(kind, ""))
                for kind in ("text/markdown", "text/plain")
            ]
    return "\n".join(texts).replace("\\-", "-")


def prose_of(notebook: NotebookNode) -> str:
    """The Markdown that its author wrote."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
