"""The exercise sheets: `notebooks/exercises/` generated from the one source,
`notebooks/solutions/`.

python -m keyacct_utils.exercises.sheets

An exercise is a Markdown cell with the heading ``## 01.2 Its title`` and all cells down to the next
``## ``. What is solution in it is marked: in a code cell the lines from ``# solution`` to
``# end of solution``, which give way to ``answer = ...``, and in a cell with ``exercises.commit(``
to the trainee's own numbers, ``bar = ...``; or a whole cell, Markdown or code, with the tag
``solution``, which is left out. The solution of a question explains each choice in a list of items
``- (a) ...``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from keyacct_utils.exercises.asked import Question, find, sheet_minutes
from keyacct_utils.lessons.catalogue import NOTEBOOKS, lesson

SOURCES = NOTEBOOKS / "solutions"
SHEETS = NOTEBOOKS / "exercises"
START, END = "# solution", "# end of solution"
TAG = "solution"
#: How the prose of a solution begins.
SOLUTION = "**Solution.**"
#: The call by which a trainee sets a bar; the region of its cell sets the bar, not the answer.
COMMIT = "exercises.commit("
_HEADING = re.compile(r"^## (?:(\d\d\.q?\d) )?", re.MULTILINE)
_CHOICE = re.compile(r"^- \((\w)\) (.+)$", re.MULTILINE)
_LESSON = re.compile(r"# (\d\d) ")
_TIME = re.compile(r"^(\*\*Time:\*\*) \d+ minutes", re.MULTILINE)
_REGION = re.compile(rf"^{START}\n(.*?)^{END}$\n?", re.DOTALL | re.MULTILINE)


def blank(code: str) -> str:
    """What stands in place of a solution: ``answer = ...``, or a dict of the parts with what each
    asks.
    """
    item = find(code)
    if isinstance(item, Question):
        return "answer = ...  # the letter of your choice\n"
    if not item.parts[0].name:
        return f"answer = ...  # {item.parts[0].wanted}\n"
    lines = [
        f'    "{part.name}": {part.name if part.own else "..."},  # {part.wanted}\n'
        for part in item.parts
    ]
    return "answer = {\n" + "".join(lines) + "}\n"


def blank_own(code: str) -> str:
    """What stands in place of the trainee's own numbers, which are set before the look."""
    item = find(code)
    own = () if isinstance(item, Question) else item.own
    return "".join(f"{part.name} = ...  # {part.wanted}\n" for part in own)


def by_exercise(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Each cell with the code of its exercise; "" for cells outside of any."""
    code = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := _HEADING.findall(cell.source)):
            code = found[-1]
        yield code, cell


def _regions(code: str, cell: NotebookNode) -> list[str]:
    """The marked regions of a code cell. Raises ValueError for a marker without its other half, or
    outside an exercise.
    """
    lines = cell.source.splitlines()
    found = [match[1] for match in _REGION.finditer(cell.source)]
    if not lines.count(START) == lines.count(END) == len(found):
        raise ValueError(
            f"cell {cell.id}: {lines.count(START)} '{START}' "
            f"and {lines.count(END)} '{END}', not in pairs"
        )
    if found and not code:
        raise ValueError(
            f"cell {cell.id}: a solution outside of an exercise; its heading is '## NN.1 Title'"
        )
    return found


def exercise_sheet(notebook: NotebookNode) -> NotebookNode:
    """The exercises of a solutions notebook: solutions taken out, outputs cleared.

    Raises
    ------
    ValueError
        For a marker without its other half, an exercise without a marked answer, or a code that is
        not declared.
    """
    made = copy.deepcopy(notebook)
    answered: dict[str, int] = {}
    cells = []
    for code, cell in by_exercise(made):
        if code:
            answered.setdefault(code, 0)
        if TAG in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code":
            found, put = len(_regions(code, cell)), blank
            if COMMIT in cell.source:
                put = blank_own
            else:
                answered[code] = answered.get(code, 0) + found
            text = put(code) if found else ""
            cell.source = _REGION.sub(lambda _, text=text: text, cell.source).rstrip("\n")  # type: ignore[misc]
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
    if wrong := [code for code, times in answered.items() if code and times != 1]:
        raise ValueError(
            f"{', '.join(wrong)}: each exercise has one "
            f"region '{START}' ... '{END}', which sets answer"
        )
    if made.cells and (numbered := _LESSON.match(made.cells[0].source)):
        minutes = f"\\1 {sheet_minutes(numbered[1])} minutes"
        made.cells[0].source = _TIME.sub(minutes, made.cells[0].source)
    made.cells = cells
    made.metadata.pop("keyacct", None)
    return made


def explanations(code: str) -> dict[str, str]:
    """What to say to each choice of a question, by its letter: the list items ``- (a) ...`` of its
    solution.
    """
    return dict(_CHOICE.findall("\n".join(solution_of(code))))


def debrief(code: str) -> str:
    """Why the answer is right and what it means, as Markdown: the prose of the solution, no code.

    For a question it is what to say to each other choice.
    """
    item = find(code)
    if isinstance(item, Question):
        others = [
            f"- ({key}) {text}" for key, text in explanations(code).items() if key != item.right
        ]
        return "\n".join(["The others are not right:\n", *others])
    prose = [text for text in solution_of(code) if text.startswith(SOLUTION)]
    return "\n\n".join(text.removeprefix(SOLUTION).strip() for text in prose)


def solution_of(code: str) -> list[str]:
    """The solution of an exercise as Markdown: its marked code, and its marked prose."""
    path = SOURCES / f"{lesson(code[:2]).stem}.ipynb"
    if not path.exists():
        raise ValueError(
            f"the solutions of lesson {code[:2]} are not there: "
            f"{path.name} is missing from notebooks/solutions"
        )
    found = []
    for place, cell in by_exercise(nbformat.read(path, as_version=4)):
        marked = TAG in cell.metadata.get("tags", [])
        if place != code or not (marked or cell.cell_type == "code"):
            continue
        if cell.cell_type == "markdown":
            found.append(cell.source)
        else:
            found += [
                f"```python\n{text.rstrip()}\n```"
                for text in ([cell.source] if marked else _regions(code, cell))
            ]
    return found


def write_sheets() -> list[str]:
    """Write every sheet anew; returns the names of those that changed."""
    SHEETS.mkdir(exist_ok=True)
    changed = []
    for source in sorted(SOURCES.glob("*.ipynb")):
        text = nbformat.writes(exercise_sheet(nbformat.read(source, as_version=4))) + "\n"
        target = SHEETS / source.name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            temporary = target.with_name(target.name + ".tmp")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(target)
            changed.append(source.name)
    return changed


def sheets_without_source() -> list[Path]:
    """Sheets whose solutions notebook is gone."""
    return [path for path in sorted(SHEETS.glob("*.ipynb")) if not (SOURCES / path.name).exists()]
