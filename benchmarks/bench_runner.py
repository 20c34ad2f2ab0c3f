"""The runner's wall time divided by its floor, both measured here, one right after the other.

    python benchmarks/bench_runner.py [--notebooks 4] [--seconds 2] [--rounds 3] [--no-lessons]

The work is a few temporary notebooks that import pandas and matplotlib and then compute for some
seconds each.

Floor: each notebook in a bare kernel (jupyter_client alone, no papermill, no writing, killed at the
end): start of the kernel, imports and cells. Two processes share the notebooks and run at the same
time, as the runner's two kernels do, so that both sides compete for the same processors. The floor
is the longer side of the best division of these times over two workers, found by trying all;
nothing that starts one kernel per notebook and runs two at a time can be faster. Runner:
`keyacct_utils.running.runner.run` from its call to its return: check of the book, execution,
notebooks, workbook, record. Printed apart: the same as a whole command, with the start of Python
and the imports, which are paid once for any number of lessons. Each side is the median over the
rounds. Aim: at most 1.3.

Then the lessons themselves, in units of one import: the processor time of a fresh process that
imports the scientific stack. Per lesson: processor time of its cells after imports and opening.
Opening: a book that the run put down checked, in a forked kernel, and one that is read and checked
there. Run: wall time of all lessons without the site, as it is, and with kernels that start by
themselves and read the book each.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

AIM = 1.3
WORKERS = 2
BOOK = (
    'contract_version = 1\nname = "Bench"\ncurrency = '
    '"CNY"\nperiod = "all"\n[tables.ledger]\npath = "ledger.csv"\n'
)
PARAMETERS = 'book: str = "linjiang"  # the book'
IMPORTS = "import matplotlib.pyplot as plt\nimport pandas as pd"
WORK = (
    "import time\nend = time.perf_counter() + {}\nwhile "
    "time.perf_counter() < end:\n    sum(range(10_000))"
)
PLOT = "ax = pd.Series(range(100)).plot()"
DRIVER = """
import sys, time
from pathlib import Path
from keyacct_utils.running import cli
from keyacct_utils.lessons import catalogue as lessons
from keyacct_utils.lessons.shared.declaration import Lesson
folder = Path(sys.argv[1])
lessons.NOTEBOOKS = folder
lessons.LESSONS = tuple(Lesson(path.stem[:2], path.stem[3:], "", "", "", 1) for path in sorted(folder.glob("*.ipynb")))
runner = cli.load_runner()
start = time.perf_counter()
summary = runner.run(folder / "book.toml", out=folder / "out", progress=False)
assert summary.exit_code == 0, str(summary)
print(time.perf_counter() - start)
"""

STACK = (
    "import pandas, scipy.stats, sklearn.linear_model, "
    "sklearn.cluster, sklearn.metrics, statsmodels.api\n"
    "import matplotlib.pyplot, seaborn\nimport time; print(time.process_time())"
)
RUN = """
import os, sys, tempfile, time
from keyacct_utils.running import cli
from keyacct_utils.book import Book
runner = cli.load_runner()
if sys.argv[1] == "plain":
    os.environ["KEYACCT_KERNELS"] = "plain"
    Book.put_down = lambda book, place: False
with tempfile.TemporaryDirectory() as out:
    start = time.perf_counter()
    summary = runner.run("linjiang", out=out, progress=False)
    assert summary.exit_code == 0, str(summary)
    print(time.perf_counter() - start)
"""
CLOCK = "import time as _time; _opened = _time.process_time()"
READ = "print(_time.process_time() - _opened)"
OPENS = """
import time
from keyacct_utils.book import Book
imported = time.process_time()
Book.open("linjiang")
print(time.process_time() - imported)
"""


def collection(folder: Path, count: int, seconds: float) -> list[Path]:
    """Write the notebooks and their book."""
    (folder / "ledger.csv").write_text("account_id,revenue\nA1,100\nA2,50\n")
    (folder / "book.toml").write_text(BOOK)
    paths = []
    for number in range(1, count + 1):
        made = nbformat.v4.new_notebook()
        made.cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
        made.cells += [
            nbformat.v4.new_code_cell(source) for source in (IMPORTS, WORK.format(seconds), PLOT)
        ]
        paths.append(folder / f"{number:02d}_bench.ipynb")
        nbformat.write(made, paths[-1])
    return paths


def bare(paths: list[Path]) -> list[float]:
    """Seconds of each notebook in a bare kernel."""
    from jupyter_client.manager import KernelManager

    sources = [[cell.source for cell in nbformat.read(path, as_version=4).cells] for path in paths]
    times = []
    for cells in sources:
        with tempfile.TemporaryDirectory() as sockets:
            start = time.perf_counter()
            manager = KernelManager(
                kernel_name="python3",
                transport="ipc",
                connection_file=str(Path(sockets) / "k.json"),
            )
            manager.start_kernel(env={**os.environ, "OMP_NUM_THREADS": "1"})
            client = manager.client()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            for source in cells:
                reply = client.execute_interactive(source, output_hook=lambda message: None)
                assert reply["content"]["status"] == "ok", reply["content"]
            manager.shutdown_kernel(now=True)
            client.stop_channels()
            times.append(time.perf_counter() - start)
    return times


def best_division(times: list[float]) -> float:
    """The longer side of the best division of the times over two workers."""
    sides = itertools.product((0, 1), repeat=len(times))
    return min(
        max(sum(t for t, s in zip(times, side, strict=True) if s == k) for k in (0, 1))
        for side in sides
    )


def measure(folder: Path, paths: list[Path]) -> tuple[float, float, float]:
    """Floor, runner and whole command, in seconds."""
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(len, ["warm", "up"])
        times = [
            t
            for side in pool.map(bare, [paths[k::WORKERS] for k in range(WORKERS)], chunksize=1)
            for t in side
        ]
    start = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", DRIVER, str(folder)], capture_output=True, text=True, check=True
    )
    return best_division(times), float(ended.stdout), time.perf_counter() - start


def printed(code: str, *arguments: str) -> float:
    """The number that a program prints, median of three."""
    command = [sys.executable, "-c", code, *arguments]
    found = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    return statistics.median(float(ended.stdout) for ended in found)


def last_output(notebook: nbformat.NotebookNode, staged: str) -> float:
    """Execute a notebook in a kernel of the collection; the number that its last cell prints."""
    from nbclient import NotebookClient

    from keyacct_utils.book.intake import checked
    from keyacct_utils.lessons.catalogue import NOTEBOOKS
    from keyacct_utils.running.execution import kernel_environment, socket_kernel

    with tempfile.TemporaryDirectory() as folder:
        env = kernel_environment(Path(folder), {checked.VARIABLE: staged})
        kernel = socket_kernel(Path(folder) / "k.json")
        resources = {"metadata": {"path": str(NOTEBOOKS)}}
        client = NotebookClient(notebook, km=kernel, timeout=600, resources=resources)
        client.execute(cleanup_kc=True, env=env)
    return float(notebook.cells[-1].outputs[-1].text)


def of_lesson(path: Path, staged: str) -> float:
    """Processor time of the cells of a lesson after the one that opens the book."""
    made = nbformat.read(path, as_version=4)
    places = [
        i
        for i, cell in enumerate(made.cells)
        if cell.cell_type == "code" and "Book.open(" in cell.source
    ]
    made.cells.insert(places[0] + 1, nbformat.v4.new_code_cell(CLOCK))
    made.cells.append(nbformat.v4.new_code_cell(READ))
    return last_output(made, staged)


def measure_lessons() -> None:
    """Measure the lessons in units of one import, and print."""
    from keyacct_utils.lessons.catalogue import NOTEBOOKS
    from keyacct_utils.running.forking import forked_kernels
    from keyacct_utils.running.outputs import checked_books

    unit = printed(STACK)
    print(f"one import = {unit:.2f} s of processor time")
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    opening = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(OPENS)])
    with (
        forked_kernels([nbformat.read(path, as_version=4) for path in paths]),
        checked_books() as (_, staged),
    ):
        for text, place in (("checked", staged), ("read and checked", "")):
            print(f"opening, {text:<18} {last_output(opening, place) / unit:6.2f}")
        for path in paths:
            print(f"{path.stem:<27} {of_lesson(path, staged) / unit:6.2f}")
    now, before = (printed(RUN, kind) for kind in ("forked", "plain"))
    print(
        f"run of {len(paths)} lessons: {now / unit:.1f} ({now:.1f} "
        f"s); plain kernels, book read in each: {before / unit:.1f}"
    )
    print(f"forked and put down / plain = {now / before:.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The runner's wall time divided by its floor.")
    parser.add_argument("--notebooks", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-lessons", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = collection(folder, given.notebooks, given.seconds)
        rounds = [measure(folder, paths) for _ in range(given.rounds)]
    floor, runner, command = (statistics.median(side) for side in zip(*rounds, strict=True))
    print(
        f"{given.notebooks} notebooks of {given.seconds:g} s work, "
        f"{WORKERS} at a time, median of {given.rounds} rounds"
    )
    print(f"floor {floor:.2f} s; runner {runner:.2f} s; whole command {command:.2f} s")
    print(
        f"runner / floor = {runner / floor:.2f} (aim: at most "
        f"{AIM}); whole command / floor = {command / floor:.2f}"
    )
    if not given.no_lessons:
        measure_lessons()


if __name__ == "__main__":
    main()
