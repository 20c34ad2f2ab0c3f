"""The committed lessons: executed in order on the bundled book, shaped as agreed, and red when a number changes."""

from __future__ import annotations

import ast
import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile

from keyacct_utils.book import DATASETS, Book
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS, notebook_path
from keyacct_utils.lessons.showing.minutes import GUESS, STEP, parts, reading_minutes, shown
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.running.outputs import read_hash
from keyacct_utils.running.parameters import declared

ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
TAUGHT = [path for path in ALL if not path.name.startswith("00")]
#: Lessons and solutions are executed and compared; exercise sheets are neither (tests/test_exercises.py).
EXECUTED = ALL + sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
ANATOMY = [
    "You will be able to", "The data", "The method", "How sure are we", "What the documents claim", "Was the planted truth recovered",
    "On your own data", "What you can do now",
]  # fmt: skip
#: What a notebook of a lesson does without.
FORBIDDEN = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.While,
    ast.FunctionDef,
    ast.Lambda,
    ast.JoinedStr,
    ast.comprehension,
    ast.Try,
)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

LINKED = re.compile(r"\[(\d\d) ([^\]]+)\]\((?:\.\./)?(\d\d)_\w+\.ipynb\)")
by_name = pytest.mark.parametrize(
    "path", EXECUTED, ids=lambda path: path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
)
taught_by_name = pytest.mark.parametrize("path", TAUGHT, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_lesson_has_its_notebook_and_no_other_lies_there():
    assert [path.name for path in ALL] == [notebook_path(lesson.code).name for lesson in LESSONS]


@by_name
def test_executed_in_order_without_error_or_warning(path):
    notebook = read(path)
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source


@by_name
def test_outputs_come_from_the_bundled_book_as_it_is_now(path, linjiang):
    found = {"book": "linjiang", "data_hash": read_hash(linjiang, path)}
    assert read(path).metadata["keyacct"] == found


def test_a_notebook_depends_on_the_tables_that_its_lesson_reads(tmp_path):
    shutil.copytree(
        DATASETS / "linjiang", tmp_path / "book", ignore=shutil.ignore_patterns("truth")
    )
    toml = tmp_path / "book" / "book.toml"

    def hashes() -> dict[str, str]:
        book = Book.open(toml)
        return {"whole": book.data_hash} | {path.name[:2]: read_hash(book, path) for path in ALL}

    before = hashes()
    toml.write_text("# a comment\n" + toml.read_text(encoding="utf-8"), encoding="utf-8")
    assert hashes() == before
    survey = tmp_path / "book" / "survey.csv"
    survey.write_bytes(survey.read_bytes().rstrip(b"\n").rpartition(b"\n")[0] + b"\n")
    shorter = hashes()
    moved = [name for name in before if before[name] != shorter[name]]
    assert moved == ["whole", "00", "03", "06", "21"]


@by_name
def test_outputs_hold_no_path_of_a_machine(path):
    assert not re.search(
        r"/(home|root|Users|tmp|work)/|[A-Z]:\\\\", path.read_text(encoding="utf-8")
    )


@taught_by_name
def test_anatomy(path):
    notebook = read(path)
    headings = [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    assert [line[3:] for line in headings if line.startswith("## ")] == ANATOMY
    assert (
        headings[0].startswith(f"# {path.name[:2]} ")
        and sum(line.startswith("# ") for line in headings) == 1
    )
    first = notebook.cells[0].source
    for part in ("**Question:**", "**Time:**", "**Before this:**", "**Sources:**"):
        assert part in first
    lesson = next(item for item in LESSONS if item.code == path.name[:2])
    assert (
        lesson.title in first and lesson.title_zh in first and f"{lesson.minutes} minutes" in first
    )


@by_name
def test_a_link_to_a_lesson_says_its_title(path):
    titles = {lesson.code: lesson.title for lesson in LESSONS}
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for code, title, target in LINKED.findall(text):
        assert code == target and titles[code].startswith(title), title


@taught_by_name
def test_parameters_are_explained(path):
    notebook = read(path)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    assert next(iter(declared(notebook))) == "book"
    assert len(declared(notebook)) <= 5
    for line in [line for line in cell.source.splitlines() if line and not line.startswith("#")]:
        assert re.fullmatch(r"\w+: (str|int|float|bool) = .+  # .{10,}", line), line


@taught_by_name
def test_a_lesson_is_code_that_a_trainee_could_have_typed(path):
    """No hidden cell, no text put together, no decision about the book: these belong to findings."""
    lines = 0
    for cell in code_cells(read(path)):
        assert "hide-input" not in cell.metadata.get("tags", []), cell.source
        assert not cell.metadata.get("jupyter", {}).get("source_hidden"), cell.source
        own = [line for line in cell.source.splitlines() if line.strip()]
        assert max(map(len, own)) <= 100, cell.source
        lines += len(own)
        body = [line for line in own if not line.startswith(("import ", "from ", "    ", ")"))]
        assert len(body) <= 7, cell.source
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, FORBIDDEN), f"{type(node).__name__}: {cell.source}"
    assert lines <= 250


@taught_by_name
def test_a_lesson_lets_its_reader_guess_first(path):
    cells = code_cells(read(path))
    guesses = [number for number, cell in enumerate(cells) if cell.source.strip() == GUESS]
    assert 3 <= len(guesses) <= 5
    for number in guesses:
        assert any(".beside(guess" in cell.source for cell in cells[number + 1 : number + 4])


@taught_by_name
def test_the_core_path_is_short_and_its_minutes_are_true(path):
    lesson = next(item for item in LESSONS if item.code == path.name[:2])
    cells = read(path).cells
    core, deeper = parts(cells)
    assert abs(reading_minutes(core) - lesson.minutes) <= STEP, reading_minutes(core)
    assert abs(reading_minutes(deeper) - lesson.deeper_minutes) <= STEP, reading_minutes(deeper)
    sections = [
        cell.source.splitlines()[0] if cell.source.startswith("## ") else "" for cell in core
    ]
    method = core[sections.index("## The method") : sections.index("## What the documents claim")]
    found = shown(method)
    assert found["figures"] <= 6 and found["tables"] <= 8, found


@by_name
def test_every_figure_has_a_text_that_reaches_the_page(path):
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, f"shown without figures.show: {cell.source[:60]}"
            if "<img" in data.get("text/html", ""):
                alt = re.search(r'<img alt="([^"]*)"', data["text/html"])
                assert alt and len(alt[1]) > 40, cell.source[:60]


@taught_by_name
def test_every_planted_item_passes(path):
    text = "\n".join(
        str(output.get("data", {}).get("text/plain", ""))
        for cell in code_cells(read(path))
        for output in cell.outputs
    )
    assert text.count("PASS") >= 5 and "FAIL" not in text


@taught_by_name
def test_most_code_shows_something_for_nbval_to_compare(path):
    cells = code_cells(read(path))
    assert sum(bool(cell.outputs) for cell in cells) / len(cells) > 0.7


def compared_texts(output: nbformat.NotebookNode) -> list[tuple[nbformat.NotebookNode, str]]:
    """The texts of an output that nbval compares, as (holder, key)."""
    if output.output_type == "stream":
        return [(output, "text")]
    data = output.get("data", {})
    return [(data, key) for key in data if key.startswith("text/") and key != "text/latex"]


def changed(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@by_name
def test_nbval_sees_each_number_that_changes(path, request):
    file = IPyNbFile.from_parent(request.session, path=path)
    cells = {item.cell_num: item for item in file.collect()}
    seen = 0
    for number, cell in enumerate(code_cells(read(path))):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        item = cells[number]
        assert item.compare_outputs(copy.deepcopy(cell.outputs), cell.outputs)
        for place, output in enumerate(cell.outputs):
            for key in [key for _, key in compared_texts(output)]:
                stored = compared_texts(output)[0][0][key]
                picture = re.search(r'src="data:[^"]*"', stored)
                for found in NUMBER.finditer(stored):
                    if picture and picture.start() <= found.start() < picture.end():
                        continue
                    mutated = copy.deepcopy(cell.outputs)
                    text = stored[: found.start()] + changed(found[0]) + stored[found.end() :]
                    next(holder for holder, name in compared_texts(mutated[place]) if name == key)[
                        key
                    ] = text
                    assert not item.compare_outputs(mutated, cell.outputs), (
                        f"cell {number}: {found[0]} could change unseen"
                    )
                    seen += 1
    assert seen > (20 if path in TAUGHT else 3)


@pytest.mark.parametrize("path", TAUGHT[:1], ids=lambda path: path.stem)
def test_nbval_itself_goes_red_for_every_cell_with_a_changed_number(path, tmp_path):
    notebook = read(path)
    expected = set()
    for number, cell in enumerate(code_cells(notebook)):
        for output in cell.outputs:
            data = output.get("data", {})
            if "nbval-ignore-output" not in cell.metadata.get("tags", []) and (
                found := NUMBER.search(data.get("text/plain", ""))
            ):
                data["text/plain"] = data["text/plain"].replace(found[0], changed(found[0]), 1)
                expected.add(number)
                break
    copied = tmp_path / path.name
    nbformat.write(notebook, copied)
    config = Path(__file__).with_name("sanitize.cfg")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        f"--nbval-sanitize-with={config}",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    result = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", str(tmp_path), str(copied)],
        capture_output=True,
        text=True,
        check=False,
    )
    failed = {int(number) for number in re.findall(r"FAILED \S*::Cell (\d+)", result.stdout)}
    assert failed == expected, result.stdout[-3000:]


def test_percent_is_how_lessons_write_shares():
    assert percent(0.8) == "80.0 %" and percent(float("nan")) == "-"
