"""The assumptions of the steps of a lesson: found in the calls of its notebook, and written into
them for a book.

A notebook calls ``lesson.classes(sales, cuts=(0.8, 0.95))``: the step ``classes`` assumes ``cuts``.
What stands in the notebook as a literal can be set, in the call itself or in a dict or name that is
handed to it; so can what a reading is made of (``reading = cr.Reading(...)``), where a step takes
it. Only the literal is replaced, so whoever reads the executed notebook sees what was used.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast, get_type_hints

from nbformat import NotebookNode

from keyacct_utils.running.kinds import of_default, value_of
from keyacct_utils.running.parameters import TAG, declared, is_story

_ROOMS, _STEPS = "keyacct_utils.lessons", "findings"
#: A key that TOML writes as it stands.
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Place:
    """A literal in a notebook: its cell, and from where to where it stands, in bytes of the
    source.
    """

    cell: int
    start: int
    end: int


@dataclass
class Assumption:
    """What a step assumes, as the notebook has it: ``share`` of ``large_accounts``, in each of its
    calls.
    """

    step: str
    #: The keyword; below it, with a dot, the key of a dict: ``costs.social``.
    name: str
    default: Any
    #: As it is written in the notebook.
    written: str
    #: The module that holds the step.
    home: str
    places: list[Place] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The name in ``book.toml``."""
        return f"{self.step}.{self.name}"

    def kind(self) -> Any:
        """The type that the step declares for it; where it declares none, that of the default."""
        first, *below = self.name.split(".")
        try:
            # a lesson knows Book only by name
            found = get_type_hints(self.made_by(), localns={"Book": object}).get(first)
        except (NameError, TypeError):
            found = None
        for _ in below:
            found = value_of(found)
        return of_default(self.default) if found is None else found

    def made_by(self) -> Any:
        """The step, or the class of the reading; None where its module cannot be imported."""
        try:
            return getattr(importlib.import_module(self.home), self.step, None)
        except ImportError:
            return None


@dataclass
class Found:
    """What can be set in the steps of a notebook, and what cannot."""

    #: By ``step.keyword``, in the order of the notebook.
    assumptions: dict[str, Assumption] = field(default_factory=dict)
    #: What a step is given otherwise: the parameter of the lesson, or "" for what is computed.
    elsewhere: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def names(self, step: str) -> list[str]:
        """What can be set in a step."""
        return [item.name for item in self.assumptions.values() if item.step == step]


def find(notebook: Mapping[str, Any]) -> Found:
    """Read what the steps of a lesson assume.

    Cells that only the synthetic company has, and cells that are not plain Python, are passed over.

    Raises
    ------
    ValueError
        If the cell of parameters has another form (`keyacct_utils.running.parameters.declared`).
    """
    reader = _Reader(frozenset(declared(notebook)))
    cells = list(_trees(notebook))
    for _, _, tree in cells:
        reader.imports(tree)
    for _, _, tree in cells:
        reader.handed_on(tree)
    for number, source, tree in cells:
        reader.cell(number, source, tree)
    return reader.found


def _trees(notebook: Mapping[str, Any]) -> Iterator[tuple[int, str, ast.Module]]:
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code" or is_story(cell) or TAG in cell["metadata"].get("tags", []):
            continue
        try:
            yield number, cell["source"], ast.parse(cell["source"])
        except SyntaxError:  # a line for IPython, such as %time
            continue


def _names(nodes: Sequence[ast.AST]) -> set[str]:
    return {item.id for node in nodes for item in ast.walk(node) if isinstance(item, ast.Name)}


class _Reader:
    """Goes through the cells of one notebook and knows which name stands for which literal."""

    def __init__(self, parameters: frozenset[str]) -> None:
        self.found = Found()
        self._parameters = parameters
        #: Modules of steps, and rooms, by the name that the notebook gives them.
        self._homes: dict[str, str] = {}
        self._rooms: dict[str, str] = {}
        #: Names that are handed to a step.
        self._taken: set[str] = set()
        #: What a name stands for: cell, source and expression.
        self._bound: dict[str, tuple[int, str, ast.expr]] = {}

    def imports(self, tree: ast.Module) -> None:
        """Note under which names the lesson's steps and its room are known."""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_ROOMS):
                for name in node.names:
                    known = self._homes if name.name == _STEPS else self._rooms
                    known[name.asname or name.name] = f"{node.module}.{name.name}"

    def handed_on(self, tree: ast.Module) -> None:
        """Note which names a step is given."""
        for node in ast.walk(tree):
            if self._called(node, self._homes) and isinstance(node, ast.Call):
                self._taken |= _names([*node.args, *node.keywords])

    def cell(self, number: int, source: str, tree: ast.Module) -> None:
        """Read the calls of a cell, then what its names stand for, statement by statement."""
        for statement in tree.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and (home := self._called(node, self._homes)):
                    self._call(number, source, node, home)
            if not isinstance(statement, ast.Assign):
                continue
            for name in _names(statement.targets):
                self._bound.pop(name, None)
            if len(statement.targets) > 1 or not isinstance(statement.targets[0], ast.Name):
                continue
            name, value = statement.targets[0].id, statement.value
            self._bound[name] = (number, source, value)
            if name in self._taken and (home := self._reading(value)):
                self._call(number, source, cast(ast.Call, value), home)

    def _reading(self, value: ast.expr) -> str:
        """The room whose class is called, as in ``cr.Reading(...)``; empty where none is."""
        home = self._called(value, self._rooms)
        match value:
            case ast.Call(func=ast.Attribute(attr=name)) if name[0].isupper():
                return home
        return ""

    @staticmethod
    def _called(node: ast.AST, homes: Mapping[str, str]) -> str:
        """The module of the step or reading that is called; empty where none is."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=alias))):
                return homes.get(alias, "")
        return ""

    def _call(self, number: int, source: str, call: ast.Call, home: str) -> None:
        step = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if step not in self.found.steps:
            self.found.steps.append(step)
        given: list[tuple[str, ast.expr]] = [
            (item.id, item) for item in call.args if isinstance(item, ast.Name)
        ]
        given += [(item.arg or "", item.value) for item in call.keywords]
        for name, value in given:
            self._take(Assumption(step, name, None, "", home), (number, source, value))

    def _take(
        self, item: Assumption, where: tuple[int, str, ast.expr], seen: frozenset[str] = frozenset()
    ) -> None:
        """Find the literal behind an argument: itself, what its name stands for, a key of a
        dict.
        """
        number, source, node = where
        if isinstance(node, ast.Name):
            if node.id in self._bound and node.id not in seen:
                self._take(item, self._bound[node.id], seen | {node.id})
            elif item.name:
                self.found.elsewhere[item.key] = node.id if node.id in self._parameters else ""
            return
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                own = key.value if isinstance(key, ast.Constant) else None
                if isinstance(own, str) and _BARE.fullmatch(own):
                    name = f"{item.name}.{own}".lstrip(".")
                    below = Assumption(item.step, name, None, "", item.home)
                    self._take(below, (number, source, value), seen)
            return
        try:
            item.default = ast.literal_eval(node)
        except ValueError:
            item.default = None
        if not item.name or not _can_be_set(item.default):
            if item.name:
                self.found.elsewhere[item.key] = ""
            return
        item.written = ast.get_source_segment(source, node) or ""
        known = self.found.assumptions.setdefault(item.key, item)
        if (place := _place(number, source, node)) not in known.places:
            known.places.append(place)


def _can_be_set(value: object) -> bool:
    """Whether a default is of a kind that TOML can write."""
    if isinstance(value, tuple | list):
        return all(map(_can_be_set, value))
    return isinstance(value, str | int | float)


def _place(number: int, source: str, node: ast.expr) -> Place:
    lines = source.encode().split(b"\n")

    def offset(line: int, column: int) -> int:
        return sum(len(text) + 1 for text in lines[: line - 1]) + column

    end = offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    return Place(number, offset(node.lineno, node.col_offset), end)


def python_text(value: object, default: object = None) -> str:
    """A value as the notebook would write it: a list is a tuple where the notebook has one."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        inner = default[0] if isinstance(default, list | tuple) and default else None
        parts = [python_text(part, inner) for part in value]
        if isinstance(default, list):
            return f"[{', '.join(parts)}]"
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    return repr(value)


def write(
    notebook: NotebookNode, found: Found, values: Mapping[str, object], source: str = "book.toml"
) -> NotebookNode:
    """A copy of a notebook with values in place of its literals.

    Parameters
    ----------
    notebook : NotebookNode
        The one in which the assumptions were found.
    found : Found
    values : mapping of str to value
        By ``step.keyword``.
    source : str
        Where they were set, for the comment at the end of each cell that says what the lesson has.
    """
    made = deepcopy(notebook)
    changes = [
        (place, found.assumptions[key], value)
        for key, value in values.items()
        for place in found.assumptions[key].places
    ]
    remarks: dict[int, dict[str, None]] = {}
    for place, item, value in sorted(changes, key=lambda change: change[0].start, reverse=True):
        text = made.cells[place.cell].source.encode()
        written = python_text(value, item.default).encode()
        made.cells[place.cell].source = (text[: place.start] + written + text[place.end :]).decode()
    for place, item, _ in sorted(changes, key=lambda change: change[0].start):
        own = " ".join(item.written.split())
        said = f"# {item.key} is set in {source}; the lesson has {own}"
        remarks.setdefault(place.cell, {})[said] = None
    for number, lines in remarks.items():
        made.cells[number].source = "\n".join([made.cells[number].source.rstrip("\n"), *lines])
    return made
