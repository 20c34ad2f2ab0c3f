"""The bundled books, opened and put down once for all tests of a process."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
from collections.abc import Callable
from typing import TypeVar
from unittest import mock

from keyacct_utils.book import Book
from keyacct_utils.book.intake import checked
from keyacct_utils.running.outputs import checked_books

Look = TypeVar("Look")


@functools.cache
def _put_down() -> tuple[Book, str]:
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(checked_books())


def staged() -> str:
    """Where the bundled books lie checked, as they do for the kernels of a run."""
    return _put_down()[1]


@functools.cache
def bundled(name: str) -> Book:
    """A bundled book: one object for all tests, so that what is computed once for a book is."""
    if name == "linjiang":
        return _put_down()[0]
    with mock.patch.dict(os.environ, {checked.VARIABLE: staged()}):
        return Book.open(name)


@functools.cache
def looked_at(look: Callable[[Book], Look], name: str) -> Look:
    """What a lesson looks at in a bundled book; it is frozen, so one serves all tests."""
    return look(bundled(name))
