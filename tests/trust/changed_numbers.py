"""Changes in committed outputs, and whether nbval sees each of them.

Nothing is computed again: a kernel answers with the committed outputs, and nbval compares them with
a copy in which a digit, a name, a row or a verdict is another. Every changed cell has to fail, and
every other cell to pass.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tests.trust.replay_kernel import FOLDER
from tests.trust.results import caught

TITLE = "Changed numbers"

ROOT = Path(__file__).parents[2]
#: A digit of a figure: not in a picture, a tag, a style or an entity.
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[A-Z][a-z]{3,}|[\u4e00-\u9fff]{2,}")
_VERDICTS = ("holds", "does not hold", "cannot be told", "cannot be tested")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_LINE = re.compile(r"^\|.*\|$\n?", re.MULTILINE)
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
    # the first rows are the heading, in Markdown with a rule below it
    rows = [*list(_ROW.finditer(text))[1:], *list(_LINE.finditer(text))[2:]]
    if not rows:
        return None
    hit = dice.choice(rows)
    return text[: hit.start()] + text[hit.end() :]


def verdict(text: str, dice: random.Random) -> str | None:
    """Another verdict on a claim."""
    hits = list(
        re.finditer(
            r"(?:(?<=[>*])|(?<=\| ))(?:does not hold|holds|cannot be told|cannot be tested)\b", text
        )
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


def run(count: int = 500, seed: int = 1) -> list[dict[str, str]]:
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


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    return (
        f"{len(rows)} seeded cells of the committed lessons have one thing changed that a reader "
        "sees. A kernel that answers with what is committed stands in\nfor the lesson, and nbval "
        "compares: each changed cell has to fail, every other cell to pass.\n\n"
        + caught(rows, "kind")
    )
