"""Faults planted in the rooms of the lessons, and how many of them the room's own tests find.

One mutant is one changed node of the syntax tree: an operator, a comparison, a constant, a sort
direction, a dropped term, a flipped sign, a quantile that is off by one, a weight left out. The tests
of a room are collected once; a forked child gives the loaded functions the changed code, runs those
that touch the changed line, the quickest first, then the others, and stops at the first that fails.
Text and type hints are not changed.

    python -m tests.trust.mutants --lesson 01 --count 25 --seed 1
    python -m tests.trust.mutants --lesson 01 --survivors       those that got through, once more

What cannot change anything that a reader or a test could see is named in equivalent.toml.
"""

from __future__ import annotations

import argparse
import ast
import csv
import functools
import inspect
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FunctionType
from typing import Any

import coverage
import pytest

from keyacct_utils.book import Book
from keyacct_utils.book.intake import checked
from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.running.outputs import checked_books
from tests.trust.results import keep, kept, table

TITLE = "Mutants"
ROOT = Path(__file__).parents[2]
ROOMS = ROOT / "keyacct_utils" / "lessons"
_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
#: Arguments that a careless hand leaves out.
_LEFT_OUT = ("weights", "freq_weights", "sample_weight", "ddof", "axis", "ascending", "side")
#: Files of a room that hold figures: a changed colour or place is no wrong number.
_NOT_CHANGED = ("figures.py", "__init__.py")
#: Seconds for one mutant beside those that its tests took unchanged.
_PATIENCE = 60
#: A test that takes fewer seconds may live on what another has computed.
_QUICK = 0.3
#: Seconds of processor time after which a mutant that no test has found counts as one that got through.
_ENOUGH = 40
#: Where the process of one room puts its rows down.
_OUT = "KEYACCT_MUTANTS"


@dataclass(frozen=True)
class Mutant:
    """One change: where it stands, what it is, and what became of it."""

    lesson: str
    file: str
    line: int
    place: int
    kind: str
    #: The line of the source, and what the changed node was and became.
    code: str
    change: str
    fate: str = ""
    by: str = ""
    seconds: float = 0.0


def changes(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """What can be changed at a node: a name of the change and the node that takes its place."""
    found: list[tuple[str, ast.AST]] = []
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        other = _COMPARED[type(node.ops[0])]()
        found.append(
            ("comparison", ast.Compare(node.left, [other, *node.ops[1:]], node.comparators))
        )
    if isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        other = _COMPUTED[type(node.op)]()
        found.append(("operator", ast.BinOp(node.left, other, node.right)))
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            found.append(("dropped term", node.left))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        found.append(("flipped sign", node.operand))
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        found.append(("and, or", ast.BoolOp(other, node.values)))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        found.append(("constant", ast.Constant(_moved(node.value))))
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        found.append(("true, false", ast.Constant(not node.value)))
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in _LEFT_OUT:
                rest = [other for other in node.keywords if other is not keyword]
                found.append((f"{keyword.arg} left out", ast.Call(node.func, node.args, rest)))
    return found


def _moved(value: int | float) -> int | float:
    """A number beside it: the next whole one, a share off by a hundredth, else a tenth more."""
    if isinstance(value, int):
        return value + 1
    return value + 0.01 if 0 < value < 1 else value * 1.1 or 1.0


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Nodes of functions that compute, with each change that can be made; no text, no hints."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            skipped |= {id(one) for one in ast.walk(node.annotation)}
        if isinstance(node, ast.FunctionDef):
            hints = [node.returns, *node.decorator_list]
            skipped |= {id(one) for hint in hints if hint is not None for one in ast.walk(hint)}
        if isinstance(node, ast.JoinedStr | ast.Raise):
            skipped |= {id(one) for one in ast.walk(node)}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    seen: set[int] = set()
    for function in functions:
        for node in ast.walk(function):
            if id(node) not in skipped and id(node) not in seen:
                seen.add(id(node))
                yield from ((node, kind, new) for kind, new in changes(node))


def mutants_of(lesson: str, topic: str) -> list[Mutant]:
    """All mutants of a room."""
    found = []
    for path in sorted((ROOMS / topic).glob("*.py")):
        if path.name not in _NOT_CHANGED:
            text = path.read_text(encoding="utf-8")
            lines = text.splitlines()
            name = str(path.relative_to(ROOT))
            for place, (node, kind, new) in enumerate(sites(ast.parse(text))):
                told = f"{_short(node)} -> {_short(new)}"
                code = lines[node.lineno - 1].strip()
                found.append(Mutant(lesson, name, node.lineno, place, kind, code, told))
    return found


def _short(node: ast.AST) -> str:
    """The source of a node, its middle left out where it is long."""
    text = ast.unparse(ast.fix_missing_locations(node))
    return text if len(text) <= 80 else f"{text[:50]} ... {text[-25:]}"


def changed(mutant: Mutant) -> str:
    """The source of the file with its change made."""
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    for place, (node, _, new) in enumerate(sites(tree)):
        if place == mutant.place:
            swap = _Swap(node, new)
            return ast.unparse(ast.fix_missing_locations(swap.visit(tree)))
    raise LookupError(f"{mutant.file} has no place {mutant.place}")


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def apply(mutant: Mutant) -> None:
    """Give the functions of the loaded module the code and the defaults of the changed one, in
    place, so that every module that has taken them by name has the change.
    """
    name = mutant.file.removesuffix(".py").replace("/", ".")
    module = sys.modules[name]
    new = {"__name__": name, "__file__": module.__file__, "__package__": module.__package__}
    exec(compile(changed(mutant), str(ROOT / mutant.file), "exec"), new)
    others = dict(_functions(new, name))
    for place, function in _functions(vars(module), name):
        other = others[place]
        function.__code__ = other.__code__
        function.__defaults__, function.__kwdefaults__ = other.__defaults__, other.__kwdefaults__


def _functions(space: dict[str, Any], module: str) -> Iterator[tuple[str, FunctionType]]:
    """The functions that a module defines, those of its classes too, by where they stand."""
    for name, value in list(space.items()):
        if getattr(value, "__module__", None) != module:
            continue
        if isinstance(value, type):
            for own, held in list(vars(value).items()):
                inner = getattr(held, "fget", None) or getattr(held, "__func__", held)
                function = inspect.unwrap(inner) if callable(inner) else inner
                if isinstance(function, FunctionType) and function.__module__ == module:
                    yield f"{name}.{own}", function
        elif callable(value):
            function = inspect.unwrap(value)
            if isinstance(function, FunctionType) and not function.__closure__:
                yield name, function


def tests_of(lesson: str, topic: str) -> list[str]:
    """The unit tests of a room."""
    names = (f"test_{topic}*.py", f"test_findings_{topic}*.py", f"test_exercises_{lesson}*.py")
    return sorted(
        str(path.relative_to(ROOT)) for name in names for path in (ROOT / "tests").glob(name)
    )


_QUIET = ["-q", "-n0", "-p", "no:cacheprovider", "-p", "no:nbval", "-o", "addopts=", "--no-header"]


class Room:
    """Collects the tests of a room once, and judges each mutant in a child that begins there."""

    def __init__(self, topic: str, mutants: Sequence[Mutant]):
        self.topic, self.mutants, self.judged = topic, mutants, []
        self.failed, self.seconds = "", {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test took, and the first that failed."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running the tests once."""
        items = {item.nodeid: item for item in session.items}
        known = _in_child(lambda: self._measured(list(items.values())))[0]
        if known is None or known["failed"]:
            raise SystemExit(f"{self.topic}: unchanged, {known and known['failed']} fails")
        for mutant in self.mutants:
            self.judged.append(self._judged(mutant, items, known))
            told = self.judged[-1]
            print(told.lesson, told.file, told.line, told.kind, told.fate, told.by, told.seconds)
        return True

    def _measured(self, items: Sequence[pytest.Item]) -> dict[str, Any]:
        """What each test takes, and which lines it touches."""
        measured = coverage.Coverage(data_file=None, source=[str(ROOMS / self.topic)])
        measured.start()
        for item, then in _with_next(items):
            measured.switch_context(item.nodeid)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=then)
        measured.stop()
        data = measured.get_data()
        lines = {
            str(Path(name).relative_to(ROOT)): {
                str(line): [test for test in tests if test]
                for line, tests in data.contexts_by_lineno(name).items()
            }
            for name in data.measured_files()
        }
        return {"seconds": self.seconds, "lines": lines, "failed": self.failed}

    def _judged(self, mutant: Mutant, items: dict[str, pytest.Item], known: dict) -> Mutant:
        touching = set(known["lines"].get(mutant.file, {}).get(str(mutant.line), []))
        if not touching:
            return replace(mutant, fate="not touched")
        # what one test computed is kept for others, which then do not touch the line: the quick ones
        # run too, as they may have been handed what was computed; a slow one computes by itself
        seconds = known["seconds"]
        order = [
            test
            for test in sorted(items, key=lambda test: (test not in touching, seconds.get(test, 0)))
            if test in touching or seconds.get(test, 0.0) < _QUICK
        ]
        begun = time.monotonic()
        patience = _PATIENCE + 3 * sum(seconds[test] for test in order if test in seconds)
        found, late = _in_child(
            lambda: self._tried(mutant, [items[test] for test in order]), patience
        )
        fate, by = ("killed by time", "") if late else ("killed", "a crash")
        if found is not None:
            fate, by = ("killed" if found["by"] else "survived"), found["by"]
        return replace(mutant, fate=fate, by=by, seconds=round(time.monotonic() - begun, 1))

    def _tried(self, mutant: Mutant, items: Sequence[pytest.Item]) -> dict[str, str]:
        try:
            apply(mutant)
        except Exception as error:
            return {"by": f"loading it: {error}"}
        begun = time.process_time()
        for item, then in _with_next(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=then)
            if self.failed or time.process_time() - begun > _ENOUGH:
                break
        return {"by": self.failed}


def _with_next(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each test and the one after it, by which pytest knows which fixtures to keep."""
    return zip(items, [*items[1:], None], strict=True)


def _in_child(work: Callable[[], dict], patience: float = 3600) -> tuple[dict | None, bool]:
    """What the work gives in a forked child; None where it died, and whether it took too long."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        child = os.fork()
        if child == 0:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            os.setsid()
            try:
                told.write_text(json.dumps(work()), encoding="utf-8")
            finally:
                os._exit(0)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG)[0]:
                done = told.is_file() and told.read_text(encoding="utf-8")
                return (json.loads(done) if done else None), False
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return None, True


def drawn(lesson: str, count: int, seed: int, survivors: bool) -> list[Mutant]:
    """A sample of the mutants of a room, or those of the last that got through."""
    found = mutants_of(lesson, _topic(lesson))
    if survivors:
        through = {_named(row) for row in kept("mutants") if not _killed(row)}
        return [mutant for mutant in found if _named(asdict(mutant)) in through]
    random.Random(f"{seed} {lesson}").shuffle(found)
    return found[:count]


def _topic(lesson: str) -> str:
    return next(item.topic for item in LESSONS if item.code == lesson)


def _named(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A mutant, wherever its line stands by now."""
    return row["file"], row["kind"], row["code"], row["change"]


def _killed(row: Mapping[str, Any]) -> bool:
    return row["fate"].startswith("killed")


def judge_room(lesson: str, mutants: Sequence[Mutant], out: Path) -> None:
    """Judge mutants of one room and write a row for each."""
    topic = _topic(lesson)
    room = Room(topic, mutants)
    sys.path.insert(0, str(ROOT / "tests"))
    import opened

    # the books lie checked where the process that started this one put them: a child takes them up
    opened._put_down = functools.cache(
        lambda: (Book.open("linjiang"), os.environ[checked.VARIABLE])
    )
    code = pytest.main([*_QUIET, *tests_of(lesson, topic)], plugins=[room])
    if code or len(room.judged) != len(room.mutants):
        raise SystemExit(f"{topic}: pytest ended with {code}")
    with (out / f"{lesson}.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, list(asdict(room.judged[0])))
        rows.writeheader()
        rows.writerows(map(asdict, room.judged))


def judge(lessons: Sequence[str], options: Sequence[str]) -> list[dict[str, Any]]:
    """Judge the rooms of lessons, each in a process of its own; the rows of all rooms, those of
    others as they were.
    """
    rows = {(row["lesson"], *_named(row)): row for row in kept("mutants")}
    with checked_books() as (_, place), tempfile.TemporaryDirectory() as out:
        for lesson in lessons:
            own = [sys.executable, "-m", "tests.trust.mutants", "--lesson", lesson, *options]
            environment = os.environ | {checked.VARIABLE: str(place), _OUT: out}
            subprocess.run(own, cwd=ROOT, env=environment, check=False)
            if (path := Path(out) / f"{lesson}.csv").is_file():
                with path.open(encoding="utf-8", newline="") as file:
                    found = list(csv.DictReader(file))
                sites = len(mutants_of(lesson, _topic(lesson)))
                if "--survivors" not in options:
                    rows = {key: row for key, row in rows.items() if key[0] != lesson}
                rows |= {(lesson, *_named(row)): row | {"sites": sites} for row in found}
                keep("mutants", [rows[key] for key in sorted(rows)])
    return [rows[key] for key in sorted(rows)]


def run() -> list[dict[str, Any]]:
    """Judge a sample of every room."""
    return judge([item.code for item in LESSONS[1:]], [])


def equivalents() -> dict[tuple[str, str, str], str]:
    """Why a change is none that anybody could see, by file, line of code and change."""
    named = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))
    return {(one["file"], one["code"], one["change"]): one["reason"] for one in named["mutant"]}


def _scored(rows: Sequence[Mapping[str, str]], same: Collection[tuple[str, str, str]]) -> tuple:
    """How many were drawn, are equivalent and were killed, and the share of those that can be."""
    equal = [row for row in rows if (row["file"], row["code"], row["change"]) in same]
    killed = sum(_killed(row) for row in rows if row not in equal)
    return len(rows), len(equal), killed, f"{killed / max(len(rows) - len(equal), 1):.0%}"


def _part(row: Mapping[str, str]) -> str:
    name = Path(row["file"]).stem
    return {"findings": "findings: steps", "answers": "answers: exercises"}.get(name, "methods")


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    same, lessons = equivalents(), sorted({row["lesson"] for row in rows})
    body = []
    for lesson in lessons:
        own = [row for row in rows if row["lesson"] == lesson]
        body.append((lesson, f"{int(own[0]['sites']):,}", *_scored(own, same)))
    body += [
        (part, "", *_scored([row for row in rows if _part(row) == part], same))
        for part in sorted({_part(row) for row in rows})
    ]
    body.append(("**all**", "", *_scored(rows, same)))
    through = [
        (row["lesson"], Path(row["file"]).name, f"`{row['code']}`", f"`{row['change']}`")
        for row in rows
        if not _killed(row) and (row["file"], row["code"], row["change"]) not in same
    ]
    left = [item.code for item in LESSONS[1:] if item.code not in lessons]
    missing = f" Rooms not measured yet: {', '.join(left)}." if left else ""
    head = ("", "can be changed", "drawn", "equivalent", "killed", "share")
    reasons = [(Path(file).name, f"`{change}`", why) for (file, _, change), why in same.items()]
    return (
        "One node of the syntax tree of a room is another: an operator, a comparison, a constant, "
        "a sign, a term, an argument left out. The unit tests of\nthat room have to fail; the "
        "committed outputs and the gallery, which see more, are not asked. Drawn by seed; one that "
        f"tests of {_ENOUGH} s of processor\ntime do not find counts as got through. The share "
        f"leaves equivalent ones out.{missing}\n\n{table(head, body)}\n\n"
        "### Those that got through\n\n"
        f"{table(('lesson', 'file', 'line of code', 'change'), through)}\n\n"
        "### Equivalent, with the reason\n\n"
        f"{table(('file', 'change', 'reason'), reasons)}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Judge a sample of mutants of each room, each room in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lesson", nargs="*", default=[item.code for item in LESSONS[1:]])
    parser.add_argument("--count", type=int, default=25, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors", action="store_true", help="those that got through")
    asked = parser.parse_args(argv)
    if _OUT in os.environ:
        found = drawn(asked.lesson[0], asked.count, asked.seed, asked.survivors)
        if found:
            judge_room(asked.lesson[0], found, Path(os.environ[_OUT]))
        return
    options = ["--count", str(asked.count), "--seed", str(asked.seed)]
    judge(asked.lesson, options + ["--survivors"] * asked.survivors)


if __name__ == "__main__":
    main()
