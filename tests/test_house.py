"""The house as CONTRIBUTING draws it: what it names exists, imports go down, rooms do not know each other, a new room stands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.running import new_lesson

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "keyacct_utils"


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("keyacct_utils", exclude_type_checking_imports=True, cache_dir=None)


def drawn() -> list[str]:
    """The folders of the package that the page of the house names, as paths below it."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    inside = page[page.index("keyacct_utils/") :].splitlines()[1:]
    parents: dict[int, str] = {}
    found = []
    for line in inside:
        depth = len(line) - len(line.lstrip())
        for name in re.findall(r"(?<!\S)(\w+)/", line[: depth + 76]):
            above = [parents[level] for level in sorted(parents) if level < depth]
            found.append("/".join([*above, name]))
        if match := re.match(r"\s+(\w+)/", line):
            parents = {level: name for level, name in parents.items() if level < depth}
            parents[depth] = match[1]
    return found


def test_the_page_of_the_house_is_the_tree():
    there = {
        path.parent.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("__init__.py")
        if path.parent != PACKAGE
    }
    assert set(drawn()) == there


def test_imports_go_down():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-2000:]


def test_rooms_do_not_know_each_other(graph):
    rooms = [f"keyacct_utils.lessons.{item.topic}" for item in LESSONS]
    for room in rooms:
        for other in set(rooms) - {room}:
            found = graph.find_shortest_chains(importer=room, imported=other, as_packages=True)
            assert not found, f"{room} imports {other}: {found}"


def test_a_topic_has_one_slug():
    for item in LESSONS:
        assert (PACKAGE / "lessons" / item.topic).is_dir()
        assert (ROOT / "notebooks" / f"{item.code}_{item.topic}.ipynb").is_file()
        if item.code != "00":
            assert (PACKAGE / "truth" / f"{item.topic}.py").is_file()


def test_a_new_room_is_whole_and_is_written_once(tmp_path):
    files = new_lesson.write("white_space", tmp_path, "15")
    assert {path.relative_to(tmp_path).parts[0] for path in files} == {
        "keyacct_utils",
        "notebooks",
        "tests",
    }
    ruff = Path(sys.executable).parent / "ruff"
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for command in (["check"], ["format", "--check"]):
        made = subprocess.run(
            [str(ruff), *command, "."], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout
    with pytest.raises(ValueError, match="is there already"):
        new_lesson.write("white_space", tmp_path, "15")
    with pytest.raises(ValueError, match="expected a slug"):
        new_lesson.write("White Space", tmp_path)
