"""One planted value, and the truth files as the topics read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

Truth = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One planted value: where the truth files state it, and how far off a recovered value may
    be.
    """

    name: str
    planted: Callable[[Truth], Any]
    #: Largest difference that still counts as recovered; None: must be equal.
    tolerance: float | None = None


def stated(*path: str) -> Callable[[Truth], Any]:
    """The value at this path of the truth files: topic (the file's name), then keys."""
    return lambda truth: reduce(getitem, path, truth)
