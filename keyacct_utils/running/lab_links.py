"""Links in a trainee's copy of a lesson: an id leads to what the document says, a term to its
meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from nbformat import NotebookNode

from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.site.claims import ITEM
from keyacct_utils.site.documents import document_pages, read_documents
from keyacct_utils.site.terms import Term, bounded, read_terms

GLOSSARY = "docs/glossary.md"
SOURCES = "docs/sources"
SOURCES_FILE = "docs/sources.toml"
#: What stays as it is: links, code, formulas, headings.
_KEPT = re.compile(r"\[[^\]]*\]\([^)]*\)|`[^`]*`|\$[^$]*\$|^#.*$", re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
#: A label of the site's pages, which is no Markdown.
_LABEL = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)


def source_pages(root: Path) -> dict[str, str]:
    """What the documents say and which lessons work it, as Markdown, by the paths of the pages."""
    if not (root / SOURCES_FILE).exists():
        return {}
    cited: dict[str, list[Lesson]] = {}
    for item in LESSONS:
        path = root / "notebooks" / f"{item.stem}.ipynb"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for code in dict.fromkeys(ITEM.findall(text)):
            cited.setdefault(code, []).append(item)
    pages = document_pages(read_documents(root / SOURCES_FILE), [], cited)
    return {
        f"{name}.md": _LABEL.sub("", text)
        for name, text in pages.items()
        if not name.endswith("/index")
    }


def glossary_terms(root: Path) -> list[Term]:
    """The terms of the glossary."""
    return read_terms((root / GLOSSARY).read_text(encoding="utf-8"))


def link(notebook: NotebookNode, up: str, terms: Sequence[Term]) -> NotebookNode:
    """Put the links into the prose of a notebook, in place; ``up`` leads from it to the workspace.

    Each id is a link to its document. A term printed bold is a link at its first place, with its
    meaning as the hint.
    """
    left = {term.anchor: term for term in terms}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _outside(cell.source, lambda text: _ids(text, up))
            cell.source = _outside(cell.source, lambda text: _terms(text, up, left))
    return notebook


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Change what is neither a link nor code, a formula or a heading."""
    made, place = [], 0
    for kept in _KEPT.finditer(text):
        made += [change(text[place : kept.start()]), kept[0]]
        place = kept.end()
    return "".join([*made, change(text[place:])])


def _ids(text: str, up: str) -> str:
    return ITEM.sub(lambda found: f"[{found[0]}]({up}{SOURCES}/{found[0][:4]}.md)", text)


def _terms(text: str, up: str, left: dict[str, Term]) -> str:
    own = dict(left)

    def linked(found: re.Match[str]) -> str:
        for anchor, term in own.items():
            if anchor in left and re.fullmatch(bounded(term.pattern()), found[1]):
                del left[anchor]
                meaning = term.meaning.replace('"', "'")
                return f'[{found[0]}]({up}{GLOSSARY} "{meaning}")'
        return found[0]

    return _BOLD.sub(linked, text)
