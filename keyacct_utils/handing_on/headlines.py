"""The figures of executed lessons: by which step, what they show and what is said with them; and
the one of each lesson that answers its question.
"""

from __future__ import annotations

import ast
import base64
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.showing.style import picture_hash

_PICTURE = re.compile(
    r'<img alt="([^"]*)" src="data:image/png;base64,([A-Za-z0-9+/=\s]+)"', re.DOTALL
)
#: The title that matplotlib writes into an SVG.
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LINK = re.compile(r"\[((?:\\.|[^\[\]\\])*)\]\((?:\\.|[^()\\])*\)")
_MARKS = re.compile(r"\\(.)|(\*+|`)", re.DOTALL)
#: What stands below a table that was cut: no sentence of the finding.
_MORE = "more rows are in `.table`"
#: Tag of a heading whose part is folded (the first figure of a lesson is sought before).
_DEEPER = "deeper"


@dataclass(frozen=True)
class Drawn:
    """One figure of a lesson, as its notebook holds it."""

    code: str
    #: The step that made it: what the figure is called by.
    step: str
    png: bytes
    alt: str
    #: The sentences that the finding says, as plain text.
    says: tuple[str, ...] = ()
    #: Its message, where the run kept it (with the SVG); else empty.
    title: str = ""
    svg: bytes | None = None
    deeper: bool = False
    #: Name of its files without the ending.
    stem: str = ""


@dataclass(frozen=True)
class Headline:
    """What stands for one lesson: the finding that answers its question, or why there is none."""

    lesson: Lesson
    drawn: Drawn | None
    says: tuple[str, ...]
    #: What the lesson lacked on this book, as the run tells it.
    lacks: str = ""


@dataclass
class _Cells:
    """Walks the cells of a notebook and knows which step a name stands for."""

    named: dict[str, str] = field(default_factory=dict)
    deeper: bool = False

    def step(self, source: str) -> str:
        """The step whose finding the last line of a cell shows; empty where it shows none."""
        try:
            body = ast.parse(source).body
        except SyntaxError:  # a line for the shell
            return ""
        for line in body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                self.named[line.targets[0].id] = _called(line.value)
        last = body[-1] if body else None
        if not isinstance(last, ast.Expr):
            return ""
        if isinstance(last.value, ast.Name):
            return self.named.get(last.value.id, "")
        return _called(last.value)


def _called(value: ast.expr) -> str:
    """``who_owes_us`` of ``lesson.who_owes_us(found)``."""
    called = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    return value.func.attr if called else ""  # type: ignore[attr-defined]


def plain(markdown: str) -> str:
    """The text of Markdown that a finding wrote: names in it were made safe, and are text again."""
    unlinked = _LINK.sub(r"\1", markdown)
    return html.unescape(_MARKS.sub(lambda found: found[1] or "", unlinked)).strip()


def drawn_in(notebook: NotebookNode, code: str, kept: Path | None = None) -> list[Drawn]:
    """All figures of an executed notebook, in its order, each with a name of its own.

    Parameters
    ----------
    notebook : NotebookNode
    code : str
        Of the lesson, "01".
    kept : Path, optional
        The folder in which the run kept its figures as SVG (`style.KEPT`).
    """
    found: list[Drawn] = []
    cells = _Cells()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            cells.deeper = _DEEPER in cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            step = cells.step(cell.source)
            found += [
                replace(item, code=code, step=step, deeper=cells.deeper) for item in _shown(cell)
            ]
    times: dict[str, int] = {}
    named = []
    for number, item in enumerate(found, 1):
        base = item.step or f"figure_{number}"
        times[base] = times.get(base, 0) + 1
        stem = f"{code}_{base}" + (f"_{times[base]}" if times[base] > 1 else "")
        named.append(_with_svg(replace(item, stem=stem), kept))
    return named


def _shown(cell: Mapping[str, Any]) -> Iterator[Drawn]:
    """The figures of a cell, each with the sentences up to the next one."""
    picture: re.Match[str] | None = None
    says: list[str] = []
    for output in [*cell.get("outputs", []), None]:
        data = output.get("data", {}) if output is not None else {}
        new = _PICTURE.search("".join(data.get("text/html", "")))
        if picture and (new or output is None):
            png = base64.b64decode(picture[2])
            yield Drawn("", "", png, html.unescape(picture[1]), tuple(says))
        if new:
            picture, says = new, []
        elif _is_sentence(said := "".join(data.get("text/markdown", ""))):
            says.append(plain(said))


def _is_sentence(markdown: str) -> bool:
    return bool(markdown.strip()) and not markdown.startswith("|") and _MORE not in markdown


def _with_svg(item: Drawn, kept: Path | None) -> Drawn:
    path = kept / f"{picture_hash(item.png)}.svg" if kept else None
    if path is None or not path.is_file():
        return item
    content = path.read_bytes()
    title = _TITLE.search(content.decode("utf-8"))
    return replace(item, svg=content, title=html.unescape(title[1]).strip() if title else "")


def headline(
    lesson: Lesson, notebook: NotebookNode, figures: list[Drawn], lacks: str = ""
) -> Headline:
    """The finding that stands for a lesson: of the first step that it declares and that has a
    figure; what the first of them says, where none has one.

    Notes
    -----
    No other figure takes its place: it may be a case from the documents, not of this book. Where
    the lesson names a step that answers (``answered_by``), its sentences stand beside the figure.
    """
    named = [item for step in lesson.headline for item in figures if item.step == step]
    if not lesson.headline:
        named = [item for item in figures if not item.deeper]
    answer = _said_by(notebook, (lesson.answered_by,)) if lesson.answered_by else []
    if named:
        return Headline(lesson, named[0], tuple(answer) or named[0].says, lacks)
    said = answer or _said_by(notebook, lesson.headline)
    return Headline(lesson, None, tuple(said[:1]), lacks)


def _said_by(notebook: NotebookNode, steps: tuple[str, ...]) -> list[str]:
    """What the findings of some steps say, in the order of the notebook."""
    said: list[str] = []
    cells = _Cells()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cells.step(cell.source) in steps:
            said += _sentences(cell)
    return said


def _sentences(cell: Mapping[str, Any]) -> list[str]:
    """What a cell says in words."""
    found = ["".join(item.get("data", {}).get("text/markdown", "")) for item in cell["outputs"]]
    return [plain(text) for text in found if _is_sentence(text)]


def read_lessons(
    folder: Path, lacks: Mapping[str, str], kept: Path | None = None
) -> tuple[list[Headline], list[Drawn]]:
    """What stands for each lesson that a run has done, and all of their figures.

    Parameters
    ----------
    folder : Path
        Of the executed notebooks.
    lacks : mapping of str to str
        By code: what a lesson went without on this book.
    kept : Path, optional
        As in `drawn_in`.
    """
    headlines, every = [], []
    for lesson in LESSONS:
        path = folder / f"{lesson.stem}.ipynb"
        if not path.is_file() or lesson.code == "00":  # the map of the lessons finds nothing itself
            continue
        notebook = nbformat.read(path, as_version=4)
        figures = drawn_in(notebook, lesson.code, kept)
        headlines.append(headline(lesson, notebook, figures, lacks.get(lesson.code, "")))
        every += figures
    return headlines, every


def write_figures(figures: list[Drawn], folder: Path) -> None:
    """Each figure as ``NN_step.png``, and as ``.svg`` where the run kept it."""
    folder.mkdir(exist_ok=True)
    for item in figures:
        (folder / f"{item.stem}.png").write_bytes(item.png)
        if item.svg is not None:
            (folder / f"{item.stem}.svg").write_bytes(item.svg)
