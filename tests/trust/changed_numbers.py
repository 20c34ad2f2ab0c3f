"""Changes in committed outputs, and whether nbval sees each of them; changes of single cells of the
bundled data, and whether the hash of the book sees each.

Nothing is computed again: a kernel answers with the committed outputs, and nbval compares them with
a copy in which a digit, a name, a row or a verdict is another. Every changed cell has to fail, and
every other cell to pass.

    python -m tests.trust.changed_numbers --count 500 --cells 200 --seed 1
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from keyacct_utils.book import Book
from tests.trust.replay_kernel import FOLDER

ROOT = Path(__file__).parents[2]
#: A digit of a figure: not in a picture, a tag, a style or an entity.
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[A-Z][a-z]{3,}|[\u4e00-\u9fff]{2,}")
_VERDICTS = ("holds", "does not hold", "cannot be told", "cannot be tested")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
#: Not compared, as fonts differ between machines: CONTRIBUTING says so.
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
_SHOWN = ("text/html", "text/markdown", "text/plain")


def digit(text: str, dice: random.Random) -> str | None:
    """Another digit in one place that a reader sees."""
    seen = re.sub(r"<style.*?</style>|<[^>]*>|&\w+;", lambda m: " " * len(m[0]), text, flags=re.S)
    places = [hit.start() for hit in _DIGIT.finditer(seen)]
    if not places:
        return None
    place = dice.choice(places)
    other = dice.choice([d for d in "0123456789" if d != text[place]])
    return text[:place] + other + text[place + 1 :]


def name(text: str, dice: random.Random) -> str | None:
    """Two words of a table or sentence in each other's place."""
    seen = re.sub(r"<style.*?</style>|<[^>]*>|&\w+;", lambda m: " " * len(m[0]), text, flags=re.S)
    hits = list(_WORD.finditer(seen))
    pairs = [(a, b) for a, b in pairwise(hits) if a[0] != b[0]]
    if not pairs:
        return None
    a, b = dice.choice(pairs)
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


def row(text: str, dice: random.Random) -> str | None:
    """A table without one of its rows."""
    rows = list(_ROW.finditer(text))
    if len(rows) < 2:
        return None
    hit = dice.choice(rows[1:])
    return text[: hit.start()] + text[hit.end() :]


def verdict(text: str, dice: random.Random) -> str | None:
    """Another verdict on a claim."""
    hits = list(
        re.finditer(r"(?<=[>*])(?:does not hold|holds|cannot be told|cannot be tested)\b", text)
    )
    if not hits:
        return None
    hit = dice.choice(hits)
    other = dice.choice([word for word in _VERDICTS if word != hit[0]])
    return text[: hit.start()] + other + text[hit.end() :]


KINDS: dict[str, Callable[[str, random.Random], str | None]] = {
    "a digit": digit, "a name": name, "a row": row, "a verdict": verdict,
}  # fmt: skip


def compared(cell: NotebookNode) -> bool:
    """A cell whose outputs nbval compares."""
    tags = cell.get("metadata", {}).get("tags", [])
    return cell.cell_type == "code" and bool(cell.outputs) and "nbval-ignore-output" not in tags


def spoil(cell: NotebookNode, dice: random.Random) -> str | None:
    """Change one thing in the outputs of a cell; which kind it was, None where none can be made."""
    kinds = list(KINDS)
    dice.shuffle(kinds)
    # verdicts are few: where there is one, it is the change
    for kind in sorted(kinds, key=lambda one: one != "a verdict"):
        for output in dice.sample(cell.outputs, len(cell.outputs)):
            held = output.get("data", output)
            for key in _SHOWN if "data" in output else ("text",):
                text = held.get(key)
                if not isinstance(text, str) or _PICTURE.sub("", text) != text:
                    continue
                changed = KINDS[kind](text, dice)
                if changed is not None and changed != text:
                    held[key] = changed
                    return kind
    return None


def judged(folder: Path, kernels: Path) -> dict[tuple[str, int], bool]:
    """Whether each cell passed under nbval, by notebook and number of the code cell."""
    told = folder / "told.xml"
    environment = os.environ | {FOLDER: str(ROOT / "notebooks"), "JUPYTER_PATH": str(kernels)}
    asked = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts="),
        *("--nbval", "--nbval-kernel-name", "replay", f"--junitxml={told}"),
        f"--nbval-sanitize-with={ROOT / 'tests' / 'sanitize.cfg'}",
        *map(str, sorted(folder.glob("*.ipynb"))),
    ]
    subprocess.run(asked, cwd=ROOT, env=environment, check=False, capture_output=True)
    found = {}
    for case in ElementTree.parse(told).iter("testcase"):
        stem = case.get("classname", "").rpartition(".")[0].rpartition(".")[2] or case.get(
            "classname", ""
        )
        number = int(re.search(r"\d+$", case.get("name", ""))[0])  # type: ignore[index]
        found[stem, number] = not len(case.findall("failure")) and not len(case.findall("error"))
    return found


def outputs(count: int, seed: int) -> list[dict[str, str]]:
    """Change ``count`` cells of the lessons and ask nbval; a row for each change."""
    dice = random.Random(seed)
    notebooks = {
        path: nbformat.read(path, as_version=4)
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    rows: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as place:
        kernels = Path(place) / "jupyter"
        (kernels / "kernels" / "replay").mkdir(parents=True)
        argv = [sys.executable, "-m", "tests.trust.replay_kernel", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "replay", "language": "python"}
        (kernels / "kernels" / "replay" / "kernel.json").write_text(json.dumps(spec))
        turn = 0
        while len(rows) < count:
            turn += 1
            folder = Path(place) / f"turn{turn}"
            folder.mkdir()
            made: dict[tuple[str, int], str] = {}
            for path, whole in notebooks.items():
                copy = nbformat.from_dict(json.loads(json.dumps(whole)))
                code = [cell for cell in copy.cells if cell.cell_type == "code"]
                able = [number for number, cell in enumerate(code) if compared(cell)]
                for number in dice.sample(able, len(able) // 2):
                    if len(rows) + len(made) < count and (kind := spoil(code[number], dice)):
                        made[path.stem, number] = kind
                nbformat.write(copy, folder / path.name)
            fate = judged(folder, kernels)
            rows += [
                {
                    "notebook": stem,
                    "cell": str(number),
                    "kind": kind,
                    "caught": str(not fate[stem, number]),
                }
                for (stem, number), kind in made.items()
            ]
            for (stem, number), passed in fate.items():
                if not passed and (stem, number) not in made:
                    raise SystemExit(f"{stem}, cell {number} was left alone and fails")
    return rows


def data(count: int, seed: int) -> list[dict[str, str]]:
    """Change ``count`` single cells of the bundled book and ask its hash; a row for each."""
    dice = random.Random(seed)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "linjiang"
        shutil.copytree(
            ROOT / "datasets" / "linjiang", folder, ignore=shutil.ignore_patterns("truth")
        )
        before = Book.open(folder, quarantine=True).data_hash
        tables = sorted(folder.glob("*.csv"))
        for _ in range(count):
            path = dice.choice(tables)
            text = path.read_bytes()
            lines = list(csv.reader(text.decode("utf-8").splitlines()))
            line = dice.randrange(1, len(lines))
            filled = [place for place, value in enumerate(lines[line]) if value]
            column = dice.choice(filled)
            lines[line][column] = digit(lines[line][column], dice) or lines[line][column] + "x"
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(lines)
            try:
                caught = Book.open(folder, quarantine=True).data_hash != before
            except Exception as error:  # a fault is as good as another hash
                caught = bool(str(error))
            rows.append(
                {
                    "table": path.stem,
                    "line": str(line),
                    "column": lines[0][column],
                    "caught": str(caught),
                }
            )
            path.write_bytes(text)
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Write a row for each change to CSV files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500, help="changes of outputs")
    parser.add_argument("--cells", type=int, default=200, help="changes of the data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "changed")
    asked = parser.parse_args(argv)
    asked.out.mkdir(parents=True, exist_ok=True)
    for stem, rows in (
        ("outputs", outputs(asked.count, asked.seed) if asked.count else []),
        ("data", data(asked.cells, asked.seed) if asked.cells else []),
    ):
        if rows:
            with (asked.out / f"{stem}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)


if __name__ == "__main__":
    main()
