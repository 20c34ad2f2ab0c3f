"""The function reference from the docstrings: one page for the room of each lesson, one for each
folder that a notebook imports from. What runs behind the command line is read in the code.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.site.markdown import toctree

FOLDER = "docs/reference"
PACKAGE = "keyacct_utils"
ROOMS = "lessons"
#: Beside the rooms of the lessons.
SHARED = ("book", "contract", "exercises", "lessons", "lessons.shared", "truth")
#: What a sheet of exercises takes for right stands on no page.
LEFT_OUT = ("answers",)


def reference_pages(package: Path, lessons: Iterable[Lesson]) -> dict[str, str]:
    """The pages as Markdown, by their names without the ending; the first is the overview."""
    groups = [
        (item.stem, f"Functions of lesson {item.code}", _modules(package, f"{ROOMS}.{item.topic}"))
        for item in lessons
    ]
    groups += [
        (name.replace(".", "_"), f"Functions in {name}", _modules(package, name)) for name in SHARED
    ]
    pages = {f"{FOLDER}/index": ""}
    overview = [
        "# Function reference",
        "",
        "From the docstrings of the package: the room of each lesson, then what they share.",
        "",
    ]
    for stem, title, modules in groups:
        pages[f"{FOLDER}/{stem}"] = _page(title, modules)
        overview += [f"- [{title}]({stem}.md): {', '.join(_leaf(name) for name in modules)}"]
    return {
        **pages,
        f"{FOLDER}/index": "\n".join([*overview, "", *toctree(stem for stem, *_ in groups)]),
    }


def _leaf(name: str) -> str:
    """The last part of a name, which fits on a phone."""
    return f"`{name.rpartition('.')[2]}`"


def _modules(package: Path, name: str) -> list[str]:
    """A folder of the package and the modules that lie in it."""
    folder = package.joinpath(*name.split("."))
    stems = [path.stem for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")]
    return [name, *(f"{name}.{stem}" for stem in stems if stem not in LEFT_OUT)]


def _page(title: str, modules: list[str]) -> str:
    blocks = [
        f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {PACKAGE}.{name}\n```\n" for name in modules
    ]
    return "\n".join([f"# {title}", "", *blocks])
