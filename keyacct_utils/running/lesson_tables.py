"""The tables ``[lesson.<topic>]`` of a ``book.toml``: what a book sets for the lessons, checked
before anything runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from keyacct_utils.book import Book, book_file
from keyacct_utils.book.intake.book_toml import lesson_tables, read_settings
from keyacct_utils.book.template import toml_text
from keyacct_utils.contract.faults import BookFaults, Fault, cut, nearest
from keyacct_utils.lessons import catalogue as lessons
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.running.assumptions import Found, find
from keyacct_utils.running.kinds import fits, in_words, written_for
from keyacct_utils.running.parameters import (
    BOOK,
    TYPES,
    InputError,
    Parameter,
    Value,
    declared,
    is_of,
)

FileName = str | os.PathLike[str]


@dataclass
class Table:
    """What a book sets for one lesson, and what can be set there."""

    lesson: Lesson
    declared: dict[str, Parameter]
    found: Found
    parameters: dict[str, Value] = field(default_factory=dict)
    #: By ``step.keyword``, as TOML gives them.
    assumptions: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The heading in ``book.toml``."""
        return f"[lesson.{self.lesson.topic}]"

    def values(self) -> dict[str, Any]:
        """All that is set, by its key."""
        return self.parameters | self.assumptions

    def lines(self) -> list[str]:
        """What is set, beside what the lesson has, and which other steps keep theirs."""
        lines = [
            f"{name} = {toml_text(value)} (the lesson has {toml_text(self.declared[name].default)})"
            for name, value in self.parameters.items()
        ]
        for key, value in self.assumptions.items():
            item = self.found.assumptions[key]
            text = f"{key} = {toml_text(value)} (the lesson has {toml_text(item.default)}"
            others = [
                other.key
                for other in self.found.assumptions.values()
                if other.name == item.name and other.key not in self.assumptions
                if other.default == item.default
            ]
            lines.append(text + (f", and keeps it in {', '.join(others)})" if others else ")"))
        return lines

    def _fault(self, problem: str, mend: str, expected: str = "") -> None:
        self.faults.append(Fault(self.where, problem, mend, expected=expected))

    def read(self, given: Mapping[str, Any]) -> None:
        """Take what is right of a table, and note the faults of the rest."""
        for key, value in given.items():
            if key in self.declared:
                self._parameter(key, value)
            elif key in self.found.steps:
                self._step(key, value)
            else:
                self._unknown(key, value)
        self._twice()

    def _parameter(self, name: str, value: Any) -> None:
        parameter = self.declared[name]
        if name == BOOK:
            self._fault("the book is not set in itself", "choose it with --book")
        elif is_of(parameter.type, value) and fits(TYPES[parameter.type], value):
            self.parameters[name] = float(value) if parameter.type == "float" else value
        else:
            self._wrong(name, value, TYPES[parameter.type], parameter.default)

    def _wrong(self, key: str, value: Any, kind: Any, default: Any) -> None:
        meant = written_for(kind, value)
        mend = (
            f"write it like the lesson's own: {key} = {toml_text(default)}"
            if meant is None
            else f"write {key} = {toml_text(meant)}"
        )
        self._fault(f"{key} is {_shown(value)}", mend, in_words(kind))

    def _step(self, step: str, given: Any) -> None:
        if not isinstance(given, Mapping):
            names = self.found.names(step)
            mend = f"write {step}.{names[0]} = {_shown(given)}" if names else "leave it out"
            self._fault(f"{step} is a step, and is {_shown(given)}", mend, self._can(step))
            return
        for name, value in _flat(given, self.found.names(step)):
            key = f"{step}.{name}"
            item = self.found.assumptions.get(key)
            if item is None:
                self._not_in(step, name)
            elif fits(kind := item.kind(), value):
                self.assumptions[key] = value
            else:
                self._wrong(key, value, kind, item.default)

    def _can(self, step: str) -> str:
        """What can be set in a step, or that nothing can."""
        names = self.found.names(step)
        return f"of {step}: {', '.join(names)}" if names else f"{step} has nothing to set"

    def _not_in(self, step: str, name: str) -> None:
        """A keyword that is not there, or comes from elsewhere."""
        key = f"{step}.{name}"
        if parameter := self.found.elsewhere.get(key):
            self._fault(
                f"{key} is given by the parameter {parameter} of the lesson",
                f"write {parameter} = ... in {self.where}",
            )
        elif key in self.found.elsewhere:
            self._fault(
                f"{key} is computed in the lesson",
                "it cannot be set; leave it out",
                self._can(step),
            )
        elif below := [item for item in self.found.names(step) if item.startswith(f"{name}.")]:
            self._fault(f"{key} is a section", f"write {step}.{below[0]} = ...", self._can(step))
        else:
            elsewhere = self._with_keyword(name)
            mend = nearest(name, self.found.names(step)) or (
                f"did you mean {' or '.join(elsewhere)}?" if elsewhere else self._listing()
            )
            self._fault(f"the step {step} has no keyword {name!r}", mend, self._can(step))

    def _with_keyword(self, name: str) -> list[str]:
        return [key for key, item in self.found.assumptions.items() if item.name == name]

    def _listing(self) -> str:
        return f"see: keyacct parameters {self.lesson.code}"

    def _unknown(self, key: str, value: Any) -> None:
        """A key that is neither a parameter nor a step."""
        names = [name for name in self.declared if name != BOOK]
        steps = [step for step in self.found.steps if self.found.names(step)]
        if isinstance(value, Mapping):
            mend = nearest(key, steps) or nearest(key, self.found.steps) or self._listing()
            expected = f"a step: {', '.join(steps)}" if steps else "the lesson has no steps to set"
            self._fault(f"the lesson has no step {key!r}", mend, expected)
            return
        keyword = self._with_keyword(key)
        mend = f"did you mean {' or '.join(keyword)}?" if keyword else nearest(key, names)
        self._fault(
            f"the lesson has no parameter {key!r}",
            mend or self._listing(),
            f"a parameter: {', '.join(names)}; or step.keyword" if names else "step.keyword",
        )

    def _twice(self) -> None:
        """Two keys for one literal of the notebook that say different things."""
        seen: dict[Any, str] = {}
        for key, value in self.assumptions.items():
            for place in self.found.assumptions[key].places:
                other = seen.setdefault(place, key)
                if self.assumptions[other] != value:
                    self._fault(
                        f"{other} and {key} are one in the lesson, and differ",
                        "write the same value, or only one of them",
                    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a section"
    return cut(toml_text(value)) if isinstance(value, str | int | float | list) else str(value)


def _flat(given: Mapping[str, Any], names: list[str], above: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of a step, those of a section below it with a dot, as far as the names go."""
    for key, value in given.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and any(known.startswith(f"{name}.") for known in names):
            yield from _flat(value, names, f"{name}.")
        else:
            yield name, value


@dataclass
class Asked:
    """What a book sets for the lessons, and what is wrong with it."""

    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def lines(self) -> list[str]:
        """What is set, for the screen."""
        return [
            f"{table.lesson.code}  {line}"
            for table in sorted(self.tables.values(), key=lambda item: item.lesson.code)
            for line in table.lines()
        ]


def table_of(lesson: Lesson) -> Table:
    """What can be set for a lesson, with nothing set yet.

    Raises
    ------
    ValueError, OSError
        If its notebook cannot be read.
    """
    notebook = nbformat.read(lessons.notebook_path(lesson.code), as_version=4)
    return Table(lesson, declared(notebook), find(notebook))


def asked(book: FileName) -> Asked:
    """Read and check what a book sets for the lessons; all of them, whichever will run.

    A lesson whose notebook cannot be read is passed over: it fails in the run and says why.
    """
    found = Asked()
    topics = {item.topic: item for item in lessons.LESSONS}
    for topic, given in lesson_tables(book_file(book)).items():
        if topic not in topics:
            found.faults.append(_no_topic(topic))
        elif not isinstance(given, Mapping):
            mend = "write a section with parameters and step.keyword of the lesson"
            found.faults.append(Fault(f"[lesson.{topic}]", f"is {_shown(given)}", mend))
        else:
            try:
                table = table_of(topics[topic])
            except Exception:  # nbformat raises whatever its parser does
                continue
            table.read(given)
            found.tables[topic] = table
            found.faults += table.faults
    return found


def _no_topic(topic: str) -> Fault:
    coded = {name: item.topic for item in lessons.LESSONS for name in (item.code, item.stem)}
    known = [item.topic for item in lessons.LESSONS]
    hint = f"did you mean {coded[topic]!r}?" if topic in coded else nearest(topic, known)
    return Fault(
        "book.toml",
        f"[lesson] sets {topic!r}, and there is no such lesson",
        hint or "use one of them",
        expected=f"one of {', '.join(known)}",
    )


def open_book(
    book: FileName, quarantine: FileName | None, pseudonymise: FileName | None
) -> tuple[Book, Asked]:
    """Open a book and read what it sets for the lessons.

    Raises
    ------
    InputError
        With all faults of both. A book that sets something wrong leaves nothing behind: no key,
        and no rows set aside.
    """
    wanted = asked(book)
    try:
        if not wanted.faults:
            return Book.open(book, quarantine=quarantine, pseudonymise=pseudonymise), wanted
        if quarantine is None:
            Book.open(book)
        else:
            read_settings(book_file(book))
    except BookFaults as error:
        raise InputError(str(BookFaults([*wanted.faults, *error.faults], error.source))) from error
    except (ValueError, OSError) as error:
        raise InputError(str(error)) from error
    raise InputError(str(BookFaults(wanted.faults, Path(book_file(book)).name)))
