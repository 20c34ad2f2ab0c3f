"""The parameters of the lessons: read from the tagged cell, checked by their declared type before
anything runs.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keyacct_utils.contract.faults import nearest

Value = str | int | float | bool

TAG = "parameters"
#: Of a cell that tells the story of the synthetic company, and is left out on any other book.
STORY = "story"
#: Set by ``--book``, never by ``-p``.
BOOK = "book"
FORM = "name: type = literal  # meaning, unit, allowed values (types: str, int, float, bool)"
TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
#: The types of parameters, one value and several, in words.
WORDS: dict[type, tuple[str, str]] = {
    str: ("text", "texts"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
}
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class InputError(ValueError):
    """What the user gave cannot be used; the text says what, and the way out."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of one lesson."""

    name: str
    type: str
    default: Value
    comment: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.type} = {self.default!r}" + (
            f"  # {self.comment}" if self.comment else ""
        )


def is_story(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of a notebook belongs to the synthetic company only."""
    return STORY in cell["metadata"].get("tags", [])


def declared(notebook: Mapping[str, Any]) -> dict[str, Parameter]:
    """Read the parameters that a notebook declares in its cell tagged ``parameters``.

    papermill's own reader misses values that hold ``=`` and unions, so the cell is parsed as Python
    here.

    Parameters
    ----------
    notebook : mapping
        A notebook in nbformat 4.

    Returns
    -------
    dict of str to Parameter
        In the order of the cell; empty for a notebook without such a cell.

    Raises
    ------
    ValueError
        For a line that is not of the form ``name: type = literal``, naming the line.
    """
    cells = [
        c
        for c in notebook["cells"]
        if c["cell_type"] == "code" and TAG in c["metadata"].get("tags", [])
    ]
    if not cells:
        return {}
    source: str = cells[0]["source"]
    lines = source.splitlines()
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ValueError(
            f"parameters cell, line {error.lineno}: not Python ({error.msg}); expected {FORM}"
        ) from None
    found = {}
    for statement in statements:
        line = lines[statement.lineno - 1]
        parameter = _parameter(statement, line)
        if parameter is None:
            raise ValueError(
                f"parameters cell, line {statement.lineno}: {line.strip()!r}; expected {FORM}"
            )
        found[parameter.name] = parameter
    return found


def _parameter(statement: ast.stmt, line: str) -> Parameter | None:
    """One statement as a parameter; None where it has another form or its literal another type."""
    match statement:
        case ast.AnnAssign(
            target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as node
        ) if kind in TYPES:
            try:
                value = ast.literal_eval(node)
            except ValueError:
                return None
            # ast counts columns in UTF-8 bytes
            rest = line.encode()[statement.end_col_offset or 0 :].decode().strip()
            return Parameter(name, kind, value, rest.lstrip("# ")) if is_of(kind, value) else None
    return None


def is_of(kind: str, value: object) -> bool:
    """Whether a value already has a declared type: a bool is no int, an int may stand for a
    float.
    """
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    return isinstance(value, TYPES[kind]) or (kind == "float" and isinstance(value, int))


def parse(parameter: Parameter, value: Value) -> Value:
    """Read a value by the declared type: ``"001"`` stays text where the lesson says ``str``.

    Raises
    ------
    InputError
        Where the value is not of the declared type (a float must be finite).
    """
    result: Value | None = None
    if parameter.type == "str" or not isinstance(value, str):
        result = value if is_of(parameter.type, value) else None
    elif parameter.type == "bool":
        result = _BOOLS.get(value.strip().lower())
    else:
        try:
            result = TYPES[parameter.type](value)
        except ValueError:
            result = None
    if result is None or (isinstance(result, float) and not math.isfinite(result)):
        wanted, _ = WORDS[TYPES[parameter.type]]
        raise InputError(f"parameter {parameter.name}={value!r} must be {wanted}: {parameter}")
    return float(result) if parameter.type == "float" else result


def split(assignments: Iterable[str]) -> dict[str, str]:
    """Turn ``name=value`` texts into a dict; the value stays text until a lesson's declaration
    gives it a type.

    Raises
    ------
    InputError
        For a text without ``=`` or a name that is given twice.
    """
    found: dict[str, str] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"-p {text!r} is not of the form name=value")
        if name in found:
            raise InputError(f"-p {name} is given twice: {found[name]!r} and {value!r}")
        found[name] = value
    return found


def assign(
    wanted: Mapping[str, Value], lessons: Mapping[str, Mapping[str, Parameter]]
) -> dict[str, dict[str, Value]]:
    """Give each lesson those of the wanted parameters that it declares, typed as it declares them.

    Parameters
    ----------
    wanted : mapping of str to str, int, float or bool
        Names and values; text is read by the declared type.
    lessons : mapping of str to (mapping of str to Parameter)
        What each chosen lesson declares (:func:`declared`).

    Returns
    -------
    dict of str to dict
        For each lesson its own values.

    Raises
    ------
    InputError
        For a name that no chosen lesson declares (papermill would only warn), or a value of another
        type.
    """
    known = sorted({name for own in lessons.values() for name in own} - {BOOK})
    for name in wanted:
        if name == BOOK:
            raise InputError("the book is chosen with --book, not as a parameter")
        if name not in known:
            own = [
                f"  {code}: {item}"
                for code, items in lessons.items()
                for item in items.values()
                if item.name != BOOK
            ]
            listed = (
                "the lessons' own parameters:\n" + "\n".join(own)
                if own
                else "the chosen lessons have no parameters"
            )
            hint = nearest(name, known)
            raise InputError(
                f"no chosen lesson has a parameter {name!r}; {hint + ' ' if hint else ''}{listed}"
            )
    return {
        code: {n: parse(own[n], v) for n, v in wanted.items() if n in own}
        for code, own in lessons.items()
    }
