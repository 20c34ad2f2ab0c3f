"""The declared types of what a step assumes: whether a value of a ``book.toml`` fits one, and how
it is said in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from keyacct_utils.book.template import toml_text
from keyacct_utils.running.parameters import WORDS


def of_default(default: object) -> Any:
    """The type of a default; a list may be of any length."""
    if isinstance(default, list | tuple):
        kinds = {float if type(part) is int else of_default(part) for part in default}
        return GenericAlias(tuple, (kinds.pop(), ...)) if len(kinds) == 1 else tuple
    return type(default)


def value_of(kind: Any) -> Any:
    """The type of the values of a mapping; None where it is no mapping."""
    origin = get_origin(kind)
    return get_args(kind)[1] if isinstance(origin, type) and issubclass(origin, Mapping) else None


def fits(kind: Any, value: object) -> bool:
    """Whether a value, as TOML gives it, is of a type: a bool is no number, and a number is
    finite.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(fits(part, value) for part in parts)
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if origin is not None or kind in (tuple, list):
        if not isinstance(value, list | tuple) or not value:
            return False
        if (length := _length(kind)) and len(value) != length:
            return False
        wanted = parts if length else parts[:1] * len(value)
        return all(fits(part, item) for part, item in zip(wanted, value, strict=bool(parts)))
    if kind is float:
        return type(value) in (int, float) and math.isfinite(float(str(value)))
    return type(value) is kind


def written_for(kind: Any, value: object) -> object:
    """What was probably meant: a number in quotes without them, a text that has none with them;
    None where that does not fit either.
    """
    if isinstance(value, list):
        tried: list[object] = [[_turned(part, to) for part in value] for to in (str, int, float)]
    else:
        tried = [_turned(value, to) for to in (str, int, float)]
    return next((item for item in tried if fits(kind, item)), None)


def _turned(value: object, to: type) -> object:
    try:
        return to(str(value)) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _length(kind: Any) -> int:
    """How many entries a list has to have; 0 for any."""
    parts = get_args(kind)
    return len(parts) if get_origin(kind) is tuple and parts and parts[-1] is not Ellipsis else 0


def in_words(kind: Any) -> str:
    """A type as its reader would say it: "a list of 2 numbers"."""
    return _words(kind, 0)


def _words(kind: Any, several: int) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(_words(part, several) for part in parts if part is not NoneType)
    if origin is Literal:
        shown = " or ".join(toml_text(part) for part in parts)
        return shown if len(parts) < 3 else f"one of {', '.join(map(toml_text, parts))}"
    if origin is not None or kind in (tuple, list):
        length = _length(kind)
        count = f"{length} " if length else ""
        of = _words(parts[0], 1) if parts else "values"
        return f"{'lists' if several else 'a list'} of {count}{of}"
    return WORDS[kind][several] if kind in WORDS else "a value"
