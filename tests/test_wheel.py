"""What a wheel gives away from the clone: the same lessons, books and numbers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_repository import ROOT, tracked

LESSONS = ("01", "08")


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder beside an installed wheel, which is not the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for path in tracked():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    alone = ["--no-deps", "--no-index"]
    built = ["wheel", *alone, "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run([*pip, *built], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", *alone, "-t", str(folder / "lib"), str(wheel)], check=True)
    shutil.rmtree(source)
    (folder / "empty").mkdir()
    return folder


def keyacct(away: Path, *arguments: str) -> str:
    """The command as it is installed in the wheel, in the empty folder."""
    # a module run by name would leave its own bytecode in the folder
    environment = os.environ | {"PYTHONPATH": str(away / "lib"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=away / "empty", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_is_read_and_not_the_clone(away):
    asked = "import keyacct_utils.collection as c; print(c.CLONED, c.ROOT)"
    (away / "empty" / "where.py").write_text(asked, encoding="utf-8")
    cloned, root = keyacct(away, "where").split(maxsplit=1)
    (away / "empty" / "where.py").unlink()
    assert cloned == "False" and Path(root.strip()).is_relative_to(away / "lib")


def test_every_file_of_the_collection_is_in_it(away):
    inside = away / "lib" / "keyacct_utils" / "_collection"
    wanted = {
        path.relative_to(ROOT)
        for path in tracked()
        if path.relative_to(ROOT).parts[0] in ("notebooks", "datasets", "docs")
    }
    found = {
        path.relative_to(inside)
        for path in inside.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert found == wanted
    assert all((inside / path).read_bytes() == (ROOT / path).read_bytes() for path in wanted)


def test_lessons_run_from_an_empty_folder_with_the_numbers_of_the_clone(away):
    asked = [part for code in LESSONS for part in ("--lesson", code)]
    keyacct(away, "keyacct_utils.running.cli", "run", "--out", "out", *asked)
    out = away / "empty" / "out"
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [item["lesson"] for item in run["lessons"]] == [*LESSONS]
    assert {item["state"] for item in run["lessons"]} <= {"full", "part"} and not run["problems"]
    assert {path.name for path in (away / "empty").iterdir()} == {"out"}
    for code in LESSONS:
        (made,), (committed,) = (
            [*folder.glob(f"{code}_*.ipynb")] for folder in (out / "notebooks", ROOT / "notebooks")
        )
        assert said(made) == said(committed)


def said(path: Path) -> list[str]:
    """The sentences that the cells of an executed notebook print."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [item for cell in cells for item in cell.get("outputs", ())]
    texts = [item.get("data", {}).get("text/markdown", "") for item in outputs]
    return ["".join(text) for text in texts if text]


def test_the_lab_copies_the_lessons_out_of_the_wheel(away):
    asked = "from pathlib import Path\nfrom keyacct_utils.running.lab import copy_collection\n"
    script = away / "empty" / "copy_them.py"
    script.write_text(asked + 'print(copy_collection(Path("work")))\n', encoding="utf-8")
    keyacct(away, "copy_them")
    copied = {path.name for path in (away / "empty" / "work" / "notebooks").glob("*.ipynb")}
    assert copied == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
