"""How long a lesson takes to read: by its words, tables, figures, cells and guesses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: Tag of the heading of a part that the core path does without.
DEEPER = "deeper"
#: A cell in which the reader writes a guess before the step that answers it.
GUESS = "guess = ..."
WORDS_A_MINUTE = 150
#: Minutes of one table, one figure, one guess, one cell of code.
TABLE, FIGURE, GUESSING, CELL = 1.0, 1.0, 1.0, 0.25
#: Minutes are told in steps of five.
STEP = 5

Cell = Mapping[str, Any]


def parts(cells: Iterable[Cell]) -> tuple[list[Cell], list[Cell]]:
    """The cells of the core path, and those under headings *Deeper*."""
    core: list[Cell] = []
    deeper: list[Cell] = []
    inside = False
    for cell in cells:
        if cell["cell_type"] == "markdown" and cell["source"].startswith("#"):
            inside = DEEPER in cell["metadata"].get("tags", [])
        (deeper if inside else core).append(cell)
    return core, deeper


def shown(cells: Iterable[Cell]) -> dict[str, int]:
    """How many words, tables, figures, guesses and code cells a reader meets."""
    counted = dict.fromkeys(("words", "tables", "figures", "guesses", "cells"), 0)
    for cell in cells:
        if cell["cell_type"] == "markdown":
            counted["words"] += len(re.findall(r"[A-Za-z0-9]+", cell["source"]))
            continue
        counted["cells"] += 1
        counted["guesses"] += cell["source"].strip() == GUESS
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/markdown", ""))
            if "<img" in (markup := "".join(data.get("text/html", ""))):
                counted["figures"] += 1
            elif "<table" in markup or "|:---" in text:
                counted["tables"] += 1
            else:
                counted["words"] += len(text.split())
    return counted


def reading_minutes(cells: Sequence[Cell]) -> int:
    """Minutes that cells take, in steps of five."""
    found = shown(cells)
    minutes = (
        found["words"] / WORDS_A_MINUTE
        + TABLE * found["tables"]
        + FIGURE * found["figures"]
        + GUESSING * found["guesses"]
        + CELL * found["cells"]
    )
    return STEP * round(minutes / STEP)
