"""Which lessons print intervals, and of which the coverage was measured or a planted value judged.

Read from what is committed: the outputs of the lessons, docs/coverage.md and docs/truth.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat

from keyacct_utils.collection import ROOT
from keyacct_utils.lessons.catalogue import LESSONS, notebook_path
from keyacct_utils.running.outputs import output_text
from tests.trust.results import table

TITLE = "Intervals"
_NUMBER = r"[+−-]?\d[\d,.]*(?: ?(?:%|k|m|bn|points|days|CNY))*"
#: "(78 % to 83 %)", "(95 % interval 1.9 to 4.0)", "44.4 to 54.3 days (95 % of draws)"
_INTERVAL = re.compile(
    rf"\((?:95 %[^()]{{0,12}}? ?)?{_NUMBER} to {_NUMBER}\)|{_NUMBER} to {_NUMBER}[^()|]{{0,12}} \(95 %"
)


def printed(lines: list[str]) -> int:
    """How many intervals stand in some lines of output."""
    return sum(len(_INTERVAL.findall(line.replace("\\", ""))) for line in lines)


def run() -> Iterator[dict[str, object]]:
    """A row for each lesson."""
    coverage = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    truth = (ROOT / "docs" / "truth.md").read_text(encoding="utf-8")
    for item in LESSONS[1:]:
        notebook = nbformat.read(notebook_path(item.code), as_version=4)
        lines = [line for cell in notebook.cells for line in output_text(cell)]
        yield {
            "lesson": item.code,
            "printed": printed(lines),
            "measured": "; ".join(re.findall(rf"^## (.*), lesson {item.code}$", coverage, re.M)),
            "judged": len(re.findall(rf"^\| {item.code} \|", truth, re.M)),
            "sound": len(re.findall(rf"^\| {item.code} \|.*\| sound \|$", truth, re.M)),
        }


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    without = [row["lesson"] for row in rows if int(row["printed"]) and not row["measured"]]
    body = [
        (row["lesson"], row["printed"], row["measured"] or "-", row["judged"], row["sound"])
        for row in rows
    ]
    head = ("lesson", "intervals printed", "coverage measured of", "planted items", "of them sound")
    return (
        "How often an interval holds the truth is in [coverage of intervals](coverage.md), whether "
        "planted values are found in [planted truth](truth.md).\nThe coverage of intervals of lessons "
        f"{', '.join(without)} was not measured.\n\n{table(head, body)}"
    )
