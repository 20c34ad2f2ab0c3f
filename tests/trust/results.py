"""What a measurement found, kept as rows beside the tools, and how the page shows it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "results"
Row = Mapping[str, object]


def keep(part: str, rows: Sequence[Row]) -> None:
    """Put down what a part found, in place of what it found before."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{part}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def kept(part: str) -> list[dict[str, str]]:
    """What a part found when it was last run; empty where it never was."""
    path = FOLDER / f"{part}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def caught(rows: Iterable[Mapping[str, str]], kind: str) -> str:
    """How many of each kind were made and how many were caught, as a table."""
    kinds: dict[str, list[bool]] = {}
    for row in rows:
        kinds.setdefault(row[kind], []).append(row["caught"] == "True")
    body = [(name, len(each), sum(each)) for name, each in sorted(kinds.items())]
    total = ("**all**", sum(line[1] for line in body), sum(line[2] for line in body))
    return table((kind, "made", "caught"), [*body, total])
