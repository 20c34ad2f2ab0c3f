"""The source tree that Sphinx reads: notebooks, and the pages that are made from them and from
``docs/``.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from keyacct_utils.book.template import data_dictionary
from keyacct_utils.collection import PACKAGE, ROOT
from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.showing.words import safe
from keyacct_utils.site import notebooks as nb
from keyacct_utils.site.claims import ITEM, Claim, claims_of, claims_page, one_verdict
from keyacct_utils.site.documents import FOLDER as SOURCES
from keyacct_utils.site.documents import document_pages, item_addresses, read_documents
from keyacct_utils.site.markdown import toctree
from keyacct_utils.site.reference import FOLDER as REFERENCE
from keyacct_utils.site.reference import reference_pages
from keyacct_utils.site.terms import glossary_page, read_terms

DOCS = ROOT / "docs"
#: What the pages' last hand (``markup``) needs to know.
FACTS = "site.json"
WELCOME = (
    "Each lesson takes a rule of key-account practice, tries it on "
    "data, and says whether it holds and how sure that is. "
    "Code and numbers stand beside each other; sentences about the book are written by the code."
)
HEAD = ("| lesson | question | minutes | after (helpful) | tables |", "|---|---|---:|---|---|")
FOLDERS = {"": "Lessons", "exercises": "Exercises"}
#: A page of exercises is made from the solutions, where they are there.
_FROM = {"": ("",), "exercises": ("solutions", "exercises")}


def found_notebooks(notebooks: Path) -> dict[str, Path]:
    """The notebooks of a folder by the place of their page: ``01_topic.ipynb``,
    ``exercises/01_topic.ipynb``.
    """
    found: dict[str, Path] = {}
    for folder, places in _FROM.items():
        names = sorted(
            {path.name for place in places for path in (notebooks / place).glob("*.ipynb")}
        )
        for name in names:
            path = next(path for place in places if (path := notebooks / place / name).exists())
            found[(Path(folder) / name).as_posix()] = path
    return found


def write_sources(
    source: Path, found: dict[str, Path], title: str, private: bool, front: str = ""
) -> dict[str, bytes]:
    """Write the source tree; returns the files to put beside the pages, by their place on the
    site.
    """
    kept = {name: source / "notebooks" / name for name in found}
    read = {name: nbformat.read(path, as_version=4) for name, path in found.items()}
    pages, facts = _pages_beside(read, private)
    for name, text in pages.items():
        target = source / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            nb.unlink_left_out(text, target, source, set(kept.values()), ROOT), encoding="utf-8"
        )
    beside: dict[str, bytes] = {}
    headings = {}
    for name, notebook in read.items():
        target = kept[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        headings[name] = nb.first_heading(notebook, target.stem)
        if found[name].parent.name == "solutions":
            notebook = nb.folded(notebook)
        notebook = nb.fold_deeper(notebook)
        if private:
            nb.mark_findings(notebook)
        beside |= nb.page_of(notebook, target, source, set(kept.values()), ROOT)
        nbformat.write(notebook, target)
        # The page's own source has its pictures beside it and its solutions folded: offer the
        # notebook itself.
        handed_out = found[name].parent.parent / "exercises" / found[name].name
        beside[f"_sources/notebooks/{name}"] = (
            handed_out if handed_out.exists() else found[name]
        ).read_bytes()
    (source / FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    (source / "index.md").write_text(_index(title, headings, pages, front), encoding="utf-8")
    return beside


def _pages_beside(
    read: dict[str, NotebookNode], private: bool
) -> tuple[dict[str, str], dict[str, object]]:
    """The pages that are no notebooks, by their names without the ending, and what ``markup``
    needs to know.
    """
    lessons = {item: read[f"{item.stem}.ipynb"] for item in LESSONS if f"{item.stem}.ipynb" in read}
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    texts = {item.code: (f"{item.stem}.ipynb", nb.prose_of(book)) for item, book in lessons.items()}
    pages = {
        "docs/glossary": glossary_page(glossary, texts),
        "docs/data_dictionary": f"# Data dictionary 数据字典\n\n{data_dictionary()}",
    }
    facts: dict[str, object] = {
        "terms": [term._asdict() for term in read_terms(glossary)],
        "items": {},
        "root": str(ROOT),
    }
    if not private:
        claims = [claim for item, book in lessons.items() for claim in claims_of(item, book)]
        one_verdict(claims)
        documents = read_documents(DOCS / "sources.toml")
        facts["items"] = item_addresses(documents)
        pages |= {"docs/claims": claims_page(claims)} if claims else {}
        pages |= document_pages(documents, claims, _cited(lessons))
        own = (path for path in sorted(DOCS.glob("*.md")) if path.stem != "glossary")
        pages |= {f"docs/{path.stem}": path.read_text(encoding="utf-8") for path in own}
        pages |= reference_pages(PACKAGE, lessons)
        _known([*claims], texts, item_addresses(documents))
    return pages, facts


def _cited(lessons: dict[Lesson, NotebookNode]) -> dict[str, list[Lesson]]:
    cited: dict[str, list[Lesson]] = {}
    for item, book in lessons.items():
        for code in dict.fromkeys(ITEM.findall(nb.text_of(book))):
            cited.setdefault(code, []).append(item)
    return cited


def _known(claims: list[Claim], texts: dict[str, tuple[str, str]], items: dict[str, str]) -> None:
    """Refuse an id that no document has."""
    named = {(claim.lesson.code, code) for claim in claims for code in claim.items}
    named |= {(lesson, code) for lesson, (_, text) in texts.items() for code in ITEM.findall(text)}
    if unknown := sorted(
        f"{code} in lesson {lesson}" for lesson, code in named if code not in items
    ):
        raise ValueError(
            f"{len(unknown)} ids that docs/sources.toml does not have: {', '.join(unknown[:10])}"
        )


def _index(title: str, headings: dict[str, str], pages: dict[str, str], front: str = "") -> str:
    known = {item.stem: item for item in LESSONS}
    rows = []
    for name in (name for name in headings if "/" not in name):
        item = known.get(Path(name).stem)
        cells: tuple[object, ...] = (f"[{headings[name]}](notebooks/{name})", "", "", "", "")
        if item:
            before = ", ".join([*item.necessary, *(f"({code})" for code in item.helpful)])
            tables = ", ".join(dict.fromkeys(need.table for need in item.needs))
            cells = (
                f"[{item.code} {item.title}](notebooks/{name}) {item.title_zh}",
                item.question,
                item.minutes,
                before,
                tables,
            )
        rows.append(
            "| " + " | ".join(str(cell).replace("|", r"\|") or "-" for cell in cells) + " |"
        )
    text = [
        f"# {safe(title)}",
        "",
        *([front, "## Lessons", ""] if front else []),
        WELCOME,
        "",
        "| lesson | question | minutes | after (helpful) | tables |",
        "|---|---|---:|---|---|",
    ]
    main = [
        name
        for name in pages
        if not name.startswith((f"{SOURCES}/", f"{REFERENCE}/")) or name.endswith("/index")
    ]
    text += [*rows, "", f"More: {', '.join(f'{{doc}}`{name}`' for name in main)}.", ""]
    for folder, caption in FOLDERS.items():
        named = [
            f"notebooks/{Path(name).with_suffix('')}"
            for name in headings
            if name.rpartition("/")[0] == folder
        ]
        text += toctree(named, caption)
    return "\n".join([*text, *toctree(main, "Beside the lessons")])
