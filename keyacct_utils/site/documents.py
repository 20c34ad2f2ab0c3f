"""A page for each source document: what it says, in our own words, and where the lessons work it
(``docs/sources.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.site.claims import ANCHOR, Claim
from keyacct_utils.site.markdown import toctree

FOLDER = "docs/sources"
_NOTE = (
    "What each document says, in our own words; facts and figures are "
    "theirs. Titles of essays are ours where the collection "
    "prints none. Essays disagree, are at times damaged, and "
    "prove little: that is why the lessons test them."
)


def read_documents(path: Path) -> dict[str, Any]:
    """The content of the pages, by the id of the document."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _essays(code: str, document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((f"{code}-{key}", value) for key, value in document.items() if isinstance(value, dict))


def item_addresses(documents: Mapping[str, Any]) -> dict[str, str]:
    """Where each item stands: its id -> page and anchor, from the root of the site."""
    return {
        f"{essay}{letter}": f"{FOLDER}/{code}.html#{essay.lower()}{letter}"
        for code, document in documents.items()
        for essay, content in _essays(code, document)
        for letter in content
        if len(letter) == 1
    }


def document_pages(
    documents: Mapping[str, Any], claims: list[Claim], cited: Mapping[str, list[Lesson]]
) -> dict[str, str]:
    """The pages as Markdown, by their names without the ending.

    Parameters
    ----------
    documents : mapping
        What `read_documents` gives.
    claims : list of Claim
        The claims that lessons test.
    cited : mapping of item id to lessons
        The lessons that name the item anywhere.
    """
    pages = {f"{FOLDER}/index": _overview(documents, claims, cited)}
    for code, document in documents.items():
        lines = [
            f"# {code} {document['title']}",
            "",
            f"**{document['title_zh']}**",
            "",
            document["about"],
            "",
            _NOTE,
        ]
        for essay, content in _essays(code, document):
            lines += [
                "",
                f"({essay.lower()})=",
                f"## {essay} {content['title']}",
                "",
                f"**{content['title_zh']}**",
                "",
            ]
            lines += [content["says"], "", "| id | what it says | worked in |", "|---|---|---|"]
            for letter in (letter for letter in content if len(letter) == 1):
                item = f"{essay}{letter}"
                says, *notes = (
                    [content[letter]] if isinstance(content[letter], str) else content[letter]
                )
                text = says + "".join(f" *We note: {note}*" for note in notes)
                lines.append(
                    f'| <span id="{item.lower()}" class="item">{item}</span> '
                    f"| {text} | {_worked(item, claims, cited)} |"
                )
        pages[f"{FOLDER}/{code}"] = "\n".join([*lines, ""])
    return pages


def _worked(item: str, claims: list[Claim], cited: Mapping[str, list[Lesson]]) -> str:
    tested = [claim for claim in claims if item in claim.items]
    texts = [
        (
            f"[lesson {claim.lesson.code}](../../notebooks/{claim.lesson.stem}.ipynb#{ANCHOR}): "
            f"{claim.verdict}"
        )
        for claim in tested
    ]
    codes = {claim.lesson.code for claim in tested}
    others = [lesson for lesson in cited.get(item, []) if lesson.code not in codes]
    texts += [f"[lesson {lesson.code}](../../notebooks/{lesson.stem}.ipynb)" for lesson in others]
    return "; ".join(texts) or "-"


def _address(lesson: Lesson) -> str:
    return f"../../notebooks/{lesson.stem}.ipynb"


def _overview(
    documents: Mapping[str, Any], claims: list[Claim], cited: Mapping[str, list[Lesson]]
) -> str:
    tested = {item for claim in claims for item in claim.items}
    lines = [
        "# Source documents 文献",
        "",
        _NOTE,
        "",
        "| document | essays | items | cited in lessons | tested as claims |",
    ]
    lines.append("|---|---:|---:|---:|---:|")
    for code, document in documents.items():
        items = list(item_addresses({code: document}))
        numbers = (
            len(list(_essays(code, document))),
            len(items),
            sum(i in cited for i in items),
            sum(i in tested for i in items),
        )
        lines.append(
            f"| [{code} {document['title']}]({code}.md) "
            f"{document['title_zh']} | {' | '.join(map(str, numbers))} |"
        )
    return "\n".join([*lines, "", *toctree(documents)])
