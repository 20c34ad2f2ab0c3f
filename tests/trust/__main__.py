"""Measure what the tests, the outputs and the intervals are worth, and write docs/trust.md.

    python -m tests.trust [PART ...]      every part, or some; --write runs none

The page is made from the rows below results/, so a part that is not run keeps what it said before.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from keyacct_utils.collection import ROOT
from keyacct_utils.running.interrupts import on_interrupt
from tests.trust.results import Row, keep, kept

PAGE = ROOT / "docs" / "trust.md"
#: In the order of the page; each has a TITLE, `run`, which gives a row for each trial, and `told`.
PARTS = (
    "changed_data",
    "changed_numbers",
    "mutants",
    "kills",
    "bad_inputs",
    "drawn_books",
    "machines",
    "speed",
    "intervals",
)
HEAD = (
    "# What the tests and the numbers are worth 可信度\n\nEach part is measured by `make trust`, or "
    "`make trust PART=kills` for one, and written from its rows in\n`tests/trust/results`. Nothing "
    "here is typed in.\n"
)


def page() -> str:
    """The page, from the rows that are kept."""
    parts = []
    for name in PARTS:
        module = import_module(f"tests.trust.{name}")
        rows = kept(name)
        said = module.told(rows) if rows else "Not measured yet."
        parts.append(f"## {module.TITLE}\n\n{said}\n")
    return "\n".join([HEAD, *parts])


def measure(name: str) -> None:
    """Run a part and write the page; each row is kept as it comes, for a run that is interrupted."""
    rows: list[Row] = []
    try:
        with on_interrupt():
            for row in import_module(f"tests.trust.{name}").run():
                rows.append(row)
                keep(name, rows)
    finally:
        PAGE.write_text(page(), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    """Run parts, each in turn, and write the page after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="only write the page anew")
    asked = parser.parse_args(argv)
    if wrong := set(asked.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    for name in () if asked.write else asked.part or PARTS:
        measure(name)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
