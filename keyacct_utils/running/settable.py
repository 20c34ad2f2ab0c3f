"""What can be set for the lessons, listed as a ``book.toml`` would set it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence

from keyacct_utils.book.template import toml_text
from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons import catalogue as lessons
from keyacct_utils.running.assumptions import Assumption
from keyacct_utils.running.kinds import in_words
from keyacct_utils.running.lesson_tables import Table, table_of
from keyacct_utils.running.parameters import BOOK, TYPES, InputError

_WIDTH = 34
#: How numpydoc begins where the type stands before the description.
_TYPE = re.compile(r"(float|int|str|bool|tuple|sequence|mapping|\{)")


def settable_lines(codes: Sequence[str] = ()) -> list[str]:
    """Every parameter, and what every step assumes, with the lessons' own values: TOML that sets
    nothing new.

    Parameters
    ----------
    codes : sequence of str
        Of the lessons to list; all by default.

    Raises
    ------
    InputError
        For a lesson that does not exist, or a notebook that cannot be read.
    """
    known = [item.code for item in lessons.LESSONS]
    for code in codes:
        if code not in known:
            raise InputError(
                f"there is no lesson {code!r}; {nearest(code, known)} "
                f"The lessons are {', '.join(known)}"
            )
    lines: list[str] = []
    for item in lessons.LESSONS:
        if codes and item.code not in codes:
            continue
        try:
            table = table_of(item)
        except Exception as error:  # nbformat raises whatever its parser does
            raise InputError(f"{item.stem}.ipynb cannot be read: {error}") from error
        if own := list(_of_lesson(table)):
            lines += [f"# {item.code} {item.title} {item.title_zh}", table.where, *own, ""]
    return lines[:-1]


def _of_lesson(table: Table) -> Iterator[str]:
    for parameter in table.declared.values():
        if parameter.name != BOOK:
            told = f"{in_words(TYPES[parameter.type])}: {parameter.comment}"
            yield _line(parameter.name, parameter.default, told)
    step = ""
    for item in table.found.assumptions.values():
        if item.step != step:
            step = item.step
            if about := _first_paragraph(item):
                yield f"# {step}: {about}"
        about = _described(item)
        yield _line(item.key, item.default, in_words(item.kind()) + (f": {about}" if about else ""))


def _line(key: str, value: object, told: str) -> str:
    return f"{f'{key} = {toml_text(value)}':<{_WIDTH}} # {told}"


def _first_paragraph(item: Assumption) -> str:
    text = inspect.getdoc(item.made_by()) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _described(item: Assumption) -> str:
    """What the step's docstring says of a keyword, where it does."""
    text = inspect.getdoc(item.made_by()) or ""
    found = re.search(rf"^{item.name.partition('.')[0]} : (.*(?:\n    .+)*)", text, re.MULTILINE)
    if not found:
        return ""
    first, _, below = found[1].partition("\n")
    return " ".join((below if below and _TYPE.match(first) else found[1]).split())
