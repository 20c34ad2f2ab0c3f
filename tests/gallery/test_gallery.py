"""Every finding of every lesson, on every odd book: no exception, and the rules kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from opened import bundled

from gallery import books, rules
from gallery.lessons import findings
from keyacct_utils import lessons, truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import LESSONS, lesson, missing

ROOMS = Path(lessons.__file__).parent
#: Lessons whose steps are findings.
TAUGHT = [item.code for item in LESSONS if (ROOMS / item.topic / "findings.py").exists()]
#: Which book each lesson is held to: those for all, and its own.
HUNG = [
    (code, name) for code in TAUGHT for name in (*books.BOOKS, *books.of_topic(lesson(code).topic))
]
#: Resamples and simulated books: what a sentence says is tested here, not how sure it is.
DRAWS, SIMULATED = 25, 2
BUNDLED = ("linjiang", "yunhe")


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Callable[[str], Book]:
    """An odd book or a bundled one by its name; each is read once for all lessons."""
    folder = tmp_path_factory.mktemp("gallery")

    @cache
    def read(name: str) -> Book:
        return bundled(name) if name in BUNDLED else Book.open(books.write(name, folder / name))

    return read


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr(truth, "SIMULATED_BOOKS", SIMULATED)
    for code in TAUGHT:
        steps = import_module(f"keyacct_utils.lessons.{lesson(code).topic}.findings")
        if hasattr(steps, "DRAWS"):
            monkeypatch.setattr(steps, "DRAWS", DRAWS)


@pytest.mark.parametrize(("code", "name"), HUNG)
def test_every_finding_keeps_the_rules(code, name, opened):
    book = opened(name)
    if missing(book, code)[0]:
        pytest.skip("the book lacks what the lesson needs")
    known = (*book.names(), *book.labels(), book.name, *books.HOSTILE)
    seen, wrong = 0, []
    for line, finding in findings(code, book):
        seen += 1
        wrong += [f"{line}: {fault}" for fault in rules.faults(finding, known_names=known)]
        if finding.picture is not None and finding.known:
            finding.figure()
    assert not wrong, "\n".join(wrong)
    assert seen >= 5


@pytest.mark.parametrize("code", TAUGHT)
def test_every_finding_keeps_the_rules_on_the_bundled_books(code, opened):
    for name in BUNDLED:
        book = opened(name)
        if missing(book, code)[0]:
            continue
        known = (book.name, *book.names(), *book.labels())
        wrong = [
            f"{name}: {line}: {fault}"
            for line, finding in findings(code, book)
            for fault in rules.faults(finding, known_names=known)
        ]
        assert not wrong, "\n".join(wrong)
