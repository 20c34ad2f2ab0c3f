"""The runner's wall time divided by its floor, both measured here, one right after the other.

    python benchmarks/bench_runner.py [--notebooks 4] [--seconds 2] [--rounds 3]

The work is a few temporary notebooks that import pandas and matplotlib and then compute for some seconds each.

Floor: each notebook in a bare kernel (jupyter_client alone, no papermill, no writing, killed at the end): start of the kernel,
imports and cells. Two processes share the notebooks and run at the same time, as the runner's two kernels do, so that both
sides compete for the same processors. The floor is the longer side of the best division of these times over two workers,
found by trying all; nothing that starts one kernel per notebook and runs two at a time can be faster.
Runner: `keyacct_utils.runner.run` from its call to its return: check of the book, execution, notebooks, workbook, record. Printed
apart: the same as a whole command, with the start of Python and the imports, which are paid once for any number of lessons.
Each side is the median over the rounds. Aim: at most 1.3.
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
BOOK = 'contract_version = 1\nname = "Bench"\ncurrency = "CNY"\nperiod = "all"\n[tables.ledger]\npath = "ledger.csv"\n'
PARAMETERS = 'book: str = "linjiang"  # the book'
IMPORTS = "import matplotlib.pyplot as plt\nimport pandas as pd"
WORK = "import time\nend = time.perf_counter() + {}\nwhile time.perf_counter() < end:\n    sum(range(10_000))"
PLOT = "ax = pd.Series(range(100)).plot()"
DRIVER = """
import sys, time
from pathlib import Path
from keyacct_utils import cli, lessons
folder = Path(sys.argv[1])
lessons.NOTEBOOKS = folder
lessons.LESSONS = tuple(lessons.Lesson(path.stem[:2], path.stem[3:], "", "", "", 1) for path in sorted(folder.glob("*.ipynb")))
runner = cli.load_runner()
start = time.perf_counter()
summary = runner.run(folder / "book.toml", out=folder / "out", progress=False)
assert summary.exit_code == 0, str(summary)
print(time.perf_counter() - start)
"""


def collection(folder: Path, count: int, seconds: float) -> list[Path]:
    """Write the notebooks and their book."""
    (folder / "ledger.csv").write_text("account_id,revenue\nA1,100\nA2,50\n")
    (folder / "book.toml").write_text(BOOK)
    paths = []
    for number in range(1, count + 1):
        made = nbformat.v4.new_notebook()
        made.cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
        made.cells += [nbformat.v4.new_code_cell(source) for source in (IMPORTS, WORK.format(seconds), PLOT)]
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
            manager = KernelManager(kernel_name="python3", transport="ipc", connection_file=str(Path(sockets) / "k.json"))
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
    return min(max(sum(t for t, s in zip(times, side, strict=True) if s == k) for k in (0, 1)) for side in sides)


def measure(folder: Path, paths: list[Path]) -> tuple[float, float, float]:
    """Floor, runner and whole command, in seconds."""
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(len, ["warm", "up"])
        times = [t for side in pool.map(bare, [paths[k::WORKERS] for k in range(WORKERS)], chunksize=1) for t in side]
    start = time.perf_counter()
    ended = subprocess.run([sys.executable, "-c", DRIVER, str(folder)], capture_output=True, text=True, check=True)
    return best_division(times), float(ended.stdout), time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The runner's wall time divided by its floor.")
    parser.add_argument("--notebooks", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = collection(folder, given.notebooks, given.seconds)
        rounds = [measure(folder, paths) for _ in range(given.rounds)]
    floor, runner, command = (statistics.median(side) for side in zip(*rounds, strict=True))
    print(f"{given.notebooks} notebooks of {given.seconds:g} s work, {WORKERS} at a time, median of {given.rounds} rounds")
    print(f"floor {floor:.2f} s; runner {runner:.2f} s; whole command {command:.2f} s")
    print(f"runner / floor = {runner / floor:.2f} (aim: at most {AIM}); whole command / floor = {command / floor:.2f}")


if __name__ == "__main__":
    main()
