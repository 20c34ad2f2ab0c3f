"""One planted value, and the truth files as the topics read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

Truth = Mapping[str, Any]


@dataclass(frozen=True)
class Naive:
    """A wrong method that people use, and what it finds in the tables of a world."""

    #: What it does wrong, in a few words: "returns left out".
    name: str
    #: From the tables of a world; the same kind of value as `recover` gives for the item.
    finds: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class AtLeast:
    """A planted value that is no number to come near to: what was found has to agree with the truth
    so well, by a score of it.
    """

    least: float
    score: Callable[[Any], float]


@dataclass(frozen=True)
class Item:
    """One planted value: where the truth files state it, and how far off a recovered value may
    be.
    """

    name: str
    planted: Callable[[Truth], Any]
    #: Largest difference that still counts as recovered; None: must be equal.
    tolerance: float | None = None
    #: Wrong methods that this item tells from the right one: what each finds must FAIL.
    naive: tuple[Naive, ...] = ()


def stated(*path: str) -> Callable[[Truth], Any]:
    """The value at this path of the truth files: topic (the file's name), then keys."""
    return lambda truth: reduce(getitem, path, truth)
