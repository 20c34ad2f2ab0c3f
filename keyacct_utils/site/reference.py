"""The function reference: one page for the modules of each lesson, one for each folder of the
package, from the docstrings.

Which module belongs to which lesson is read from the imports of the notebooks and of the modules,
so there is no list to keep.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.site.markdown import toctree

FOLDER = "docs/reference"
PACKAGE = "keyacct_utils"
SHARED, AROUND = "shared", "around"


def reference_pages(package: Path, lessons: Mapping[Lesson, NotebookNode]) -> dict[str, str]:
    """The pages as Markdown, by their names without the ending; the first is the overview."""
    used = {lesson: _imported(_code(notebook)) for lesson, notebook in lessons.items()}
    flat = {
        path.stem: path for path in sorted(package.glob("*.py")) if not path.stem.startswith("_")
    }
    imports = {
        name: _imported(path.read_text(encoding="utf-8")) & flat.keys()
        for name, path in flat.items()
    }
    homes = {name: _home(name, used, imports) for name in flat}
    groups: list[tuple[str, str, list[str]]] = []
    for lesson in lessons:
        own = [name for name, home in homes.items() if home == lesson.stem]
        groups.append((lesson.stem, f"Functions of lesson {lesson.code}", own))
    groups.append(
        (
            SHARED,
            "Functions shared by the lessons",
            [name for name, home in homes.items() if home == SHARED],
        )
    )
    groups.append(
        (
            AROUND,
            "Functions around the lessons",
            [name for name, home in homes.items() if home == AROUND],
        )
    )
    for folder in sorted(path.parent for path in package.glob("*/__init__.py")):
        parts = [
            f"{folder.name}.{path.stem}"
            for path in sorted(folder.glob("*.py"))
            if not path.stem.startswith("_")
        ]
        groups.append((folder.name, f"Functions in {folder.name}", [folder.name, *parts]))
    pages = {f"{FOLDER}/index": ""}
    overview = [
        "# Function reference",
        "",
        "From the docstrings of the package, by the lesson that uses them.",
        "",
    ]
    filled = [group for group in groups if group[2]]
    for stem, title, modules in filled:
        pages[f"{FOLDER}/{stem}"] = _page(title, modules)
        overview += [f"- [{title}]({stem}.md): {', '.join(f'`{name}`' for name in modules)}"]
    return {
        **pages,
        f"{FOLDER}/index": "\n".join([*overview, "", *toctree(stem for stem, *_ in filled)]),
    }


def _home(name: str, used: Mapping[Lesson, set[str]], imports: Mapping[str, set[str]]) -> str:
    """The page of a module: of the first lesson that imports it; shared where more than half of
    the lessons do.
    """
    users = [lesson for lesson, names in used.items() if name in names]
    users = users or [lesson for lesson, names in used.items() if name in _reached(names, imports)]
    return AROUND if not users else users[0].stem if 2 * len(users) <= len(used) else SHARED


def _page(title: str, modules: list[str]) -> str:
    blocks = [
        f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {PACKAGE}.{name}\n```\n" for name in modules
    ]
    return "\n".join([f"# {title}", "", *blocks])


def _code(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def _imported(code: str) -> set[str]:
    """Modules of the package that Python code imports, by their names within it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith(f"{PACKAGE}.")
            }
    return found


def _reached(start: set[str], imports: Mapping[str, set[str]]) -> set[str]:
    """The modules imported directly or by way of others."""
    reached, waiting = set(), [name for name in start if name in imports]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports[name]
    return reached
