"""What is wrong with an input: which table, column and rows, what was expected, and how to mend
it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

#: How many offending rows a message shows.
ROWS_SHOWN = 5
_LONGEST_SHOWN = 60


def cut(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """A value as a message or a title shows it: its beginning, where it is long."""
    return text if len(text) <= longest else text[:longest] + "…"


class Discreet(str):
    """A remark of names of the contract, numbers and dates alone: it may be shown under codes."""


class Refusal(ValueError):
    """Something asked for cannot be given: the problem, and how to mend it, apart."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem}: {mend}")
        self.problem, self.mend = problem, mend


@dataclass(frozen=True)
class Fault:
    """One fault of an input."""

    table: str
    problem: str
    mend: str
    column: str = ""
    file: str = ""
    count: int = 0
    #: (line as the user's editor or sheet counts it, 0 in a database; the value as written)
    first: tuple[tuple[int, str], ...] = ()
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        text = f"{where}{f' ({self.file})' if self.file else ''}: "
        if self.count:
            text += f"{self.count:,} row{'s' if self.count > 1 else ''}: "
        text += self.problem
        if self.first:
            first = [(line, cut(value)) for line, value in self.first]
            shown = ", ".join(
                f"line {line} {value!r}" if value and line else value or f"line {line}"
                for line, value in first
            )
            text += f": {shown}{', ...' if self.count > len(self.first) else ''}"
        if self.expected:
            text += f"\n    expected: {self.expected}"
        return f"{text}\n    to mend:  {self.mend}"


class BookFaults(ValueError):
    """All faults of a book, collected; ``str()`` is the report."""

    def __init__(self, faults: Iterable[Fault], source: str = "the book"):
        self.faults = list(faults)
        self.source = source
        count = len(self.faults)
        lines = [f"{source} has {count} fault{'s' if count != 1 else ''}:"]
        lines += [f"{number}. {fault}" for number, fault in enumerate(self.faults, 1)]
        super().__init__("\n".join(lines))


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint at the known names that look like ``name``, at least as much as ``cutoff`` (1 is the
    same); empty where none does.
    """
    folded = {str(item).casefold(): str(item) for item in known}
    close = [
        folded[item]
        for item in difflib.get_close_matches(str(name).casefold(), folded, n=3, cutoff=cutoff)
    ]
    return f"did you mean {' or '.join(repr(cut(item)) for item in close)}?" if close else ""
