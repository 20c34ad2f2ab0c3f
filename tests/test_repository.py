"""The repository's own promises: the form of the locks, links, no machine's traces."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from keyacct_utils.book.template import data_dictionary
from keyacct_utils.lessons.catalogue import LESSONS

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: the tracked files are not known")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-spark.lock"])
def test_lock_has_hashes_and_neither_addresses_nor_forks(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)(?: ; [^\\\n]*)? \\$", text, flags=re.M)
    assert len(pins) > 100 and len({package for package, _ in pins}) == len(pins)
    assert "://" not in text and not re.search(r"^--", text, flags=re.M)
    assert all(
        "--hash=sha256:" in block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    )


def test_every_import_is_a_declared_dependency():
    names = {
        "sklearn": "scikit-learn",
        "python_calamine": "python-calamine",
        "IPython": "ipykernel",
    }
    names |= {
        "cycler": "matplotlib",
        "PIL": "matplotlib",
        "jupyter_client": "nbclient",
        "bs4": "beautifulsoup4",
        "py4j": "pyspark",
        "myst_nb": "myst-nb",
        "sphinx_book_theme": "sphinx-book-theme",
    }
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = " ".join(
        [*PROJECT["project"]["dependencies"], *(name for extra in extras for name in extra)]
    )
    found = set()
    for path in (ROOT / "keyacct_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).partition(".")[0])
    import sys

    for name in found - set(sys.stdlib_module_names) - {"keyacct_utils"}:
        assert names.get(name, name) in declared, name


def test_only_truth_imports_the_generator():
    for path in (ROOT / "keyacct_utils").rglob("*.py"):
        if not {"truth", "world"} & set(path.relative_to(ROOT).parts):
            assert "keyacct_utils.world" not in path.read_text(encoding="utf-8"), path.name


def test_readme_names_every_lesson_and_its_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert f"notebooks/{lesson.stem}.ipynb" in text and f"| {lesson.minutes} " in text
    for page in ("README.md", "CONTRIBUTING.md", "datasets/raw_export/README.md"):
        for target in re.findall(
            r"\]\(([^)#:]+?)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8")
        ):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_commands_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make (\w+)", readme)) | set(
        re.findall(r"^make (\w+)", readme, flags=re.M)
    ) - {"help"}:
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


def test_the_data_dictionary_is_the_contracts():
    text = (ROOT / "datasets" / "linjiang" / "README.md").read_text(encoding="utf-8")
    assert data_dictionary().rstrip() in text


def test_nothing_of_a_machine_or_a_registry_is_tracked():
    words = re.compile(r"/(?:home|root|Users)/\w|https?://[^\s\"')]+/simple\b")
    for path in tracked():
        if path.suffix in (".png", ".xlsx", ".csv") or path.name in (
            "test_repository.py",
            "test_notebooks.py",
        ):
            continue
        found = words.search(
            path.read_text(encoding="utf-8", errors="replace")
        )  # some bad inputs are no UTF-8
        assert not found, f"{path.relative_to(ROOT)}: {found[0]}"


def test_no_tracked_file_is_large():
    for path in tracked():
        assert path.stat().st_size < 5_000_000, path.name


def test_each_fixture_says_where_it_comes_from():
    folder = ROOT / "tests" / "fixtures"
    told = (folder / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in folder.iterdir()} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in told} == set()
    named = set(re.findall(r"^\| (`.*?) \|", told, re.M))
    assert {name for cell in named for name in re.findall(r"`(\S+?)`", cell)} == files
