"""The glossary's terms: the page with where each is used, and what a lesson's first use of a term
leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

PAGE = "docs/glossary"
_LESSON = re.compile(r"lesson (\d\d)", re.IGNORECASE)
_SECTION = re.compile(r"^## ")
#: "Nobody books the cost" is not about a book.
_SINGULAR = {"book"}
#: A word such as "default" or "reading" means the term only in the lesson of its own section.
_PLAIN_WORD = re.compile(r"[a-z]+")


class Term(NamedTuple):
    """A row of the glossary."""

    english: str
    chinese: str
    meaning: str
    anchor: str
    names: tuple[str, ...]
    lessons: tuple[str, ...]  # where the term may be looked for; empty: in all

    def pattern(self) -> str:
        """A regular expression for its names, singular or plural."""
        return "|".join(sorted((_name_pattern(name) for name in self.names), key=len, reverse=True))

    def found_in(self, code: str, text: str) -> bool:
        """Whether a lesson's text uses the term."""
        return (not self.lessons or code in self.lessons) and re.search(
            bounded(self.pattern()), text
        ) is not None


def bounded(pattern: str) -> str:
    """The pattern as whole words."""
    return rf"(?<![\w/-])(?:{pattern})(?![\w-])"


def _name_pattern(name: str) -> str:
    words = re.escape(name).replace(r"\ ", r"\s+")
    if name.isupper() or name in _SINGULAR:
        return words
    ending = f"{words[:-1]}(?:y|ies)" if name.endswith("y") else f"{words}(?:e?s)?"
    return f"(?i:{ending})"


def read_terms(glossary: str) -> list[Term]:
    """The terms of ``docs/glossary.md``, in its order."""
    terms: list[Term] = []
    own: tuple[str, ...] = ()
    for line in glossary.splitlines():
        if _SECTION.match(line):
            own = ()
        elif not line.startswith("|"):
            own = own or tuple(_LESSON.findall(line))
        elif not line.startswith(("| English", "|---")):
            english, chinese, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            names = tuple(_names(english))
            plain = own if all(_PLAIN_WORD.fullmatch(name) for name in names) else ()
            anchor = "term-" + re.sub(r"[^a-z0-9]+", "-", names[0].lower()).strip("-")
            terms.append(Term(english, chinese, meaning, anchor, names, plain))
    return terms


def _names(english: str) -> Iterable[str]:
    bare, _, bracket = english.partition(" (")
    yield from (name.strip() for name in bare.split(","))
    if bracket.rstrip(")").isupper():
        yield bracket.rstrip(")")


def glossary_page(glossary: str, texts: Mapping[str, tuple[str, str]]) -> str:
    """The glossary with an anchor for each term and a column that says which lessons use it.

    Parameters
    ----------
    glossary : str
        The text of ``docs/glossary.md``.
    texts : mapping
        Lesson code -> (file name, text of the lesson).
    """
    terms = {term.english: term for term in read_terms(glossary)}
    lines = []
    for line in glossary.splitlines():
        if line.startswith("| English"):
            line += " used in |"
        elif line.startswith("|---"):
            line += "---|"
        elif line.startswith("|"):
            term = terms[line.strip("|").split("|")[0].strip()]
            used = [
                f"[{code}](../notebooks/{name})"
                for code, (name, text) in texts.items()
                if term.found_in(code, text)
            ]
            line = f'| <span id="{term.anchor}"></span>{line[2:]} {" ".join(used) or "-"} |'
        lines.append(line)
    return "\n".join([*lines, ""])
