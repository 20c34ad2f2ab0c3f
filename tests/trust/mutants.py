"""Faults planted in the rooms of the lessons, and how many of them the room's own tests find.

One mutant is one changed node of the syntax tree: an operator, a comparison, a constant, a sort
direction, a dropped term, a flipped sign, a quantile that is off by one, a weight left out. A child
process takes the changed module in place of the file, runs the room's tests, those that touch the
changed line and the quickest first, and stops at the first that fails. Text and type hints are not changed.

    python -m tests.trust.mutants --lesson 01 --count 20 --seed 1
"""

from __future__ import annotations

import argparse
import ast
import csv
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

import coverage
import pytest

from keyacct_utils.lessons.catalogue import LESSONS

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


@dataclass(frozen=True)
class Mutant:
    """One change: where it stands, what it is, and what became of it."""

    lesson: str
    file: str
    line: int
    place: int
    kind: str
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
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            skipped |= {id(one) for one in ast.walk(node.returns)}
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
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = str(path.relative_to(ROOT))
            found += [
                Mutant(lesson, name, node.lineno, place, kind)
                for place, (node, kind, _) in enumerate(sites(tree))
            ]
    return found


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


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module the changed source."""

    def __init__(self, mutant: Mutant):
        self.name = mutant.file.removesuffix(".py").replace("/", ".")
        self.path, self.source = str(ROOT / mutant.file), changed(mutant)

    def find_spec(self, name: str, path: object, target: object = None):
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.path, "exec"), module.__dict__)


def tests_of(lesson: str, topic: str) -> list[str]:
    """The unit tests of a room."""
    names = (f"test_{topic}*.py", f"test_findings_{topic}*.py", f"test_exercises_{lesson}*.py")
    return sorted(
        str(path.relative_to(ROOT)) for name in names for path in (ROOT / "tests").glob(name)
    )


class _Times:
    """How long each test took, its fixtures in it, and whether it passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)


_QUIET = ["-q", "-n0", "-p", "no:cacheprovider", "-p", "no:nbval", "-o", "addopts=", "--no-header"]


def baseline(lesson: str, topic: str, place: Path) -> dict:
    """Which tests touch which line, and what each takes; run once, in a process of its own."""
    kept = place / f"{topic}.json"
    if not kept.exists():
        own = [sys.executable, "-m", "tests.trust.mutants", "--baseline", lesson, str(kept)]
        subprocess.run(own, cwd=ROOT, check=True)
    return json.loads(kept.read_text(encoding="utf-8"))


def _measure(lesson: str, kept: Path) -> None:
    topic = next(item.topic for item in LESSONS if item.code == lesson)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        measured = coverage.Coverage(data_file=str(data), source=[str(ROOMS / topic)])
        times = _Times()

        class Contexts:
            def pytest_runtest_logstart(self, nodeid: str) -> None:
                measured.switch_context(nodeid)

        measured.start()
        pytest.main([*_QUIET, *tests_of(lesson, topic)], plugins=[times, Contexts()])
        measured.stop()
        by_line = {
            str(Path(name).relative_to(ROOT)): {
                str(line): [test for test in tests if test]
                for line, tests in measured.get_data().contexts_by_lineno(name).items()
            }
            for name in measured.get_data().measured_files()
        }
    if times.failed:
        raise SystemExit(f"lesson {lesson}: unchanged, {times.failed[:3]} fail")
    kept.write_text(json.dumps({"seconds": times.seconds, "lines": by_line}), encoding="utf-8")


def judge(mutant: Mutant, known: dict) -> Mutant:
    """Run the tests that touch the line, in a child of this process, until one fails."""
    seconds = known["seconds"]
    touching = set(known["lines"].get(mutant.file, {}).get(str(mutant.line), []))
    if not touching:
        return Mutant(**(asdict(mutant) | {"fate": "not touched"}))
    # what one test computed is kept for others, which then do not touch the line: they run as well
    tests = sorted(seconds, key=lambda test: (test not in touching, seconds[test]))
    begun, patience = time.monotonic(), _PATIENCE + 3 * sum(seconds.get(test, 0) for test in tests)
    with tempfile.NamedTemporaryFile("r", suffix=".txt") as told:
        child = os.fork()
        if child == 0:
            _run(mutant, tests, told.name)
        status = _wait(child, begun + patience)
        by = told.read().strip()
    fate = {None: "killed by time", 0: "survived", 1: "killed"}.get(status, "killed")
    return Mutant(
        **(asdict(mutant) | {"fate": fate, "by": by, "seconds": round(time.monotonic() - begun, 1)})
    )


def _run(mutant: Mutant, tests: Sequence[str], told: str) -> None:
    """In the child: the module changed, the tests run, the first failure written down."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.setsid()
    sys.meta_path.insert(0, _Instead(mutant))
    for name in [name for name in sys.modules if name.partition(".")[0] == "keyacct_utils"]:
        del sys.modules[name]
    times = _Times()
    code = 1
    try:
        code = int(pytest.main([*_QUIET, "-x", *tests], plugins=[times]))
        Path(told).write_text(times.failed[0] if times.failed else "", encoding="utf-8")
    finally:
        os._exit(code)


def _wait(child: int, until: float) -> int | None:
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main(argv: Sequence[str] | None = None) -> None:
    """Judge a sample of mutants of each room and write a row for each to a CSV file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lesson", nargs="*", default=[item.code for item in LESSONS[1:]])
    parser.add_argument("--count", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--baseline", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.baseline:
        _measure(asked.baseline[0], Path(asked.baseline[1]))
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    for item in LESSONS:
        if item.code not in asked.lesson:
            continue
        known = baseline(item.code, item.topic, asked.out)
        drawn = mutants_of(item.code, item.topic)
        random.Random(f"{asked.seed} {item.code}").shuffle(drawn)
        with (asked.out / f"{item.code}_{asked.seed}.csv").open(
            "w", newline="", encoding="utf-8"
        ) as file:
            rows = csv.DictWriter(file, list(asdict(drawn[0])))
            rows.writeheader()
            for mutant in drawn[: asked.count]:
                rows.writerow(asdict(judge(mutant, known)))
                file.flush()


if __name__ == "__main__":
    main()
