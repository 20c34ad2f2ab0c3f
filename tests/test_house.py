"""The house as CONTRIBUTING draws it: what it names exists, imports go down, rooms do not know each other, a new room stands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from keyacct_utils import world
from keyacct_utils.contract.tables import TABLES
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


def modules(folder: str) -> set[str]:
    return {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}


def test_a_topic_with_planted_truth_bears_its_slug_wherever_it_is_planted_and_judged():
    topics = {item.topic for item in LESSONS if item.code != "00"}
    assert {topic for topic, *_ in world.ADDED} <= topics
    for topic in topics:
        assert (PACKAGE / "world" / f"{topic}.py").is_file()
        assert (PACKAGE / "truth" / f"{topic}.py").is_file()
        assert (ROOT / "tests" / f"test_findings_{topic}.py").is_file()
    for topic, module, _ in world.ADDED:
        assert module.__name__ == f"keyacct_utils.world.{topic}"


@pytest.mark.parametrize("folder", ["world", "world/distributor"])
def test_a_module_of_the_generator_is_a_topics_or_stands_on_the_page_of_the_house(folder):
    """No old name of a topic comes back: what is not a slug of the catalogue is named as shared."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    part = page[page.index(f"{Path(folder).name}/") :]
    part = part[: re.search(r"\n +\w+/ ", part).start()]
    shared = set(re.findall(r"\w+", part))
    topics = {item.topic for item in LESSONS}
    assert modules(folder) - topics <= shared, modules(folder) - topics - shared
    assert len(modules(folder) & topics) >= 2


def test_what_is_about_one_room_bears_its_slug_or_its_number():
    topics = {item.topic: item.code for item in LESSONS}
    for path in [*(ROOT / "tests").glob("test_*.py"), *(ROOT / "benchmarks").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        rooms = set(re.findall(r"keyacct_utils\.lessons\.(\w+)", text)) & set(topics)
        if len(rooms) == 1 and path.stem not in (
            "test_real_books",
            "test_made_books",
            "test_lesson_tables",
        ):
            (room,) = rooms
            assert room in path.stem or path.stem == f"test_exercises_{topics[room]}", path
    books = {path.stem for path in (ROOT / "tests" / "gallery").glob("books_*.py")}
    assert books <= {f"books_{topic}" for topic in topics}


def test_a_room_declares_the_tables_that_it_reads():
    """The map, the needs and the hash of a notebook know of the tables that are declared only."""
    for item in LESSONS:
        sources = (PACKAGE / "lessons" / item.topic).glob("*.py")
        text = "\n".join(
            path.read_text(encoding="utf-8") for path in sources if path.stem != "answers"
        )
        read = set(re.findall(r"\b(?:table|has)\(\s*\"(\w+)\"", text)) & set(TABLES)
        declared = {need.table for need in item.needs} | {"ledger", "accounts"}
        declared |= {need.instead[0] for need in item.needs if need.instead}
        if not item.needs:  # the lesson without needs reads all (catalogue.tables_of)
            declared = set(TABLES)
        assert read <= declared, f"{item.code} reads {read - declared} and does not declare it"


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
    early = tmp_path / "keyacct_utils" / "world" / "receivables.py"
    early.write_text("TABLES_BEFORE_THEIR_LESSON = 1\n", encoding="utf-8")
    assert early not in new_lesson.write("receivables", tmp_path, "16")
    assert early.read_text(encoding="utf-8").startswith("TABLES_BEFORE")
    with pytest.raises(ValueError, match="expected a slug"):
        new_lesson.write("White Space", tmp_path)
