"""What the lessons cost, in units of one import of the scientific stack measured in the same run.

Processor time, which a busy machine changes less than wall time; benchmarks/ measures the rest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import nbformat

from benchmarks.bench_runner import STACK, of_lesson, printed
from keyacct_utils.collection import ROOT
from keyacct_utils.lessons.catalogue import LESSONS, notebook_path
from keyacct_utils.running.forking import forked_kernels
from keyacct_utils.running.outputs import checked_books
from tests.trust.results import table

TITLE = "Speed"
#: A run and what of its time is in no lesson, in one process that says so itself.
_RUN = """
import resource, sys, tempfile
from keyacct_utils.running import cli
with tempfile.TemporaryDirectory() as out:
    summary = cli.load_runner().run("linjiang", out=out, progress=False, site=sys.argv[1] == "site")
    assert summary.exit_code == 0, str(summary)
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(sum(each.ru_utime + each.ru_stime for each in used))
"""


def run() -> Iterator[dict[str, object]]:
    """Processor seconds of an import, of the cells of each lesson, and of a whole run."""
    unit = printed(STACK)
    yield {"what": "one import", "seconds": round(unit, 2), "imports": 1.0}
    paths = [notebook_path(item.code) for item in LESSONS]
    with (
        forked_kernels([nbformat.read(path, as_version=4) for path in paths]),
        checked_books() as (_, staged),
    ):
        for path in paths:
            seconds = of_lesson(path, staged)
            yield {
                "what": path.stem,
                "seconds": round(seconds, 2),
                "imports": round(seconds / unit, 2),
            }
            print(path.stem, round(seconds / unit, 2), flush=True)
    for what, how in (("a run of all lessons", "plain"), ("a run with its site", "site")):
        done = subprocess.run(
            [sys.executable, "-c", _RUN, how], cwd=ROOT, capture_output=True, text=True, check=True
        )
        seconds = float(done.stdout)
        yield {"what": what, "seconds": round(seconds, 2), "imports": round(seconds / unit, 2)}


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    lessons = [float(row["imports"]) for row in rows if row["what"][:2].isdigit()]
    body = [(row["what"], f"{float(row['imports']):.2f}") for row in rows[1:]]
    if lessons:
        body.insert(len(lessons), ("**all lessons**", f"{sum(lessons):.1f}"))
    return (
        "Processor time in units of one import of the scientific stack, measured in the same run: "
        "of a lesson its cells after the opening of the book, of a\nrun everything. `make bench` "
        "measures the roll-up, the methods and the runner, "
        f"[one machine or a cluster](scale.md) large ledgers.\n\n{table(('what', 'imports'), body)}"
    )
