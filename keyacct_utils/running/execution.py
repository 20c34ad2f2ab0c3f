"""One notebook in one kernel: papermill, with its traps closed.

papermill changes the working directory of the whole process, formats braces in paths, counts
``sys.exit(0)`` as success and writes paths into metadata. Here a notebook goes in and out as an
object, the kernel gets its own folder and environment, and what ran is read from the outputs. So
two notebooks can run in two threads of one process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from tqdm import tqdm

from keyacct_utils.running.forking import THREAD_VARIABLES, KernelManager
from keyacct_utils.running.parameters import Value

#: Seconds that a kernel has to answer for the first time.
START_TIMEOUT = 60
#: Longest path of a Unix socket on the systems in use (macOS 104, Linux 108), less the ending that
#: each channel adds.
SOCKET_PATH_LIMIT = 104 - len("-ipc-5")
INJECTED = "injected-parameters"
_SHOWN = 200

# what papermill and nbclient log is in the failure of the job
logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)


class KernelExit(RuntimeError):
    """A cell called ``exit()`` or ``quit()``, which IPython does not report as an error."""


@dataclass(frozen=True)
class Failure:
    """Where a notebook stopped: the code cell as counted in the lesson, its first line, and the
    error.
    """

    cell: int
    first_line: str
    error: str

    def __str__(self) -> str:
        return (
            f"code cell {self.cell} ({self.first_line}): {self.error}" if self.cell else self.error
        )


@dataclass
class Job:
    """A notebook to execute, and afterwards what became of it."""

    #: Short, for the names of sockets.
    name: str
    title: str
    source: nbformat.NotebookNode
    values: Mapping[str, Value]
    folder: Path
    env: Mapping[str, str]
    #: Folder for the kernel's sockets.
    sockets: Path
    #: Seconds allowed for one cell.
    timeout: float
    #: It waits for all that do not.
    after_all: bool = False
    on_cell: Callable[[], object] = lambda: None
    notebook: nbformat.NotebookNode | None = None
    failure: Failure | None = None
    seconds: float = 0.0
    current: Any = None
    stopped: bool = False
    manager: KernelManager | None = field(default=None, repr=False)

    def kernel(self) -> KernelManager:
        """Prepare the kernel of this job."""
        self.manager = socket_kernel(self.sockets / f"{self.name}.json")
        return self.manager

    def stop(self) -> None:
        """End the job from another thread: kill its kernel, or keep it from starting."""
        self.stopped = True
        self.kill()

    def kill(self) -> None:
        """Kill the kernel with everything it started; silent where there is none."""
        process = getattr(getattr(self.manager, "provisioner", None), "process", None)
        if process is not None and process.poll() is None:
            with contextlib.suppress(OSError):
                # the kernel leads its own process group
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()

    def started(self, cell: Any, cell_index: int) -> None:
        """Note which cell is at work; nbclient calls this before each cell."""
        if self.stopped:
            raise InterruptedError("the run was interrupted")
        self.current = cell

    def executed(self, execute_reply: Mapping[str, Any], **_: Any) -> None:
        """Report progress and refuse ``exit()``; nbclient calls this after each code cell."""
        if any(
            item.get("source") == "ask_exit" for item in execute_reply["content"].get("payload", [])
        ):
            raise KernelExit("the cell called exit() or quit()")
        self.on_cell()


def socket_kernel(connection_file: Path) -> KernelManager:
    """A kernel reached through files that only this user can open: no port, no port to race for."""
    ipc = os.name == "posix" and len(str(connection_file)) <= SOCKET_PATH_LIMIT
    transport = "ipc" if ipc else "tcp"
    return KernelManager(
        kernel_name="python3", transport=transport, connection_file=str(connection_file)
    )


class _Engine(NBClientEngine):
    """papermill's engine with a kernel of our own: its folder, its environment, its sockets."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, job: Job, **_: Any) -> Any:
        """Execute the notebook of one job; papermill calls this."""
        job.notebook = nb_man.nb
        client = PapermillNotebookClient(
            nb_man,
            km=job.kernel(),
            kernel_name=kernel_name,
            timeout=job.timeout,
            startup_timeout=START_TIMEOUT,
            shutdown_kernel="immediate",
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=job.started,
            on_cell_executed=job.executed,
            log=logging.getLogger("papermill"),
        )
        try:
            return client.execute(cleanup_kc=True, cwd=str(job.folder), env=dict(job.env))
        finally:
            job.kill()


papermill_engines.register("keyacct", _Engine)


def kernel_environment(run_folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment of the kernels: this process's, one thread per library, inline figures, and the
    run's folder.
    """
    env = {
        name: value for name, value in os.environ.items() if name != "MPLBACKEND"
    }  # it would switch inline figures off
    env |= dict.fromkeys(THREAD_VARIABLES, "1")
    return env | {"KEYACCT_RUN_DIR": str(run_folder)} | dict(extra or {})


def execute(job: Job) -> Job:
    """Execute a job in a kernel of its own and say what became of it; never raises for what the
    notebook does.

    Parameters
    ----------
    job : Job
        Filled in place: ``notebook`` (as far as it came), ``failure`` (None for success),
        ``seconds``.

    Returns
    -------
    Job
        The same object.
    """
    start = time.perf_counter()
    error: Exception | None = None
    for _ in range(
        2
    ):  # a kernel that dies before its first cell (a busy machine) gets a second chance
        if job.stopped:
            error = InterruptedError("the run was interrupted")
            break
        try:
            error = None
            papermill.execute_notebook(
                job.source,
                None,
                parameters=dict(job.values) or None,
                engine_name="keyacct",
                kernel_name="python3",
                language="python",
                progress_bar=False,
                job=job,
            )
        except Exception as caught:
            error = caught
        if error is None or job.current is not None:
            break
    job.failure = _failure(job, error)
    job.seconds = time.perf_counter() - start
    return job


def _failure(job: Job, error: Exception | None) -> Failure | None:
    """What went wrong, from the outputs first: papermill takes ``sys.exit(0)`` for success and
    skips the rest.
    """
    cells = [
        cell for cell in (job.notebook or {"cells": []})["cells"] if cell["cell_type"] == "code"
    ]
    for cell in cells:
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                return _at(job, cell, f"{output['ename']}: {output['evalue']}")
    if error is None:
        skipped = [
            cell for cell in cells if cell["source"].strip() and cell["execution_count"] is None
        ]
        return (
            _at(job, skipped[0], "not executed: an earlier cell ended the notebook")
            if skipped
            else None
        )
    if isinstance(error, CellTimeoutError):
        return _at(
            job,
            job.current,
            f"Timeout: not finished within {job.timeout:g} s; --timeout allows more",
        )
    if isinstance(error, DeadKernelError):
        return _at(
            job,
            job.current,
            "DeadKernelError: the kernel died (out of memory, or the code ended the process)",
        )
    return _at(job, job.current, f"{type(error).__name__}: {error}")


def _at(job: Job, cell: Any, error: str) -> Failure:
    """Name a cell by its number among the code cells of the lesson (the injected cell is not the
    lesson's).
    """
    error = error.strip().partition("\n")[0][:_SHOWN]
    if cell is None or job.notebook is None:
        return Failure(0, "", error)
    own = [
        c
        for c in job.notebook["cells"]
        if c["cell_type"] == "code" and INJECTED not in c["metadata"].get("tags", [])
    ]
    number = next((i for i, c in enumerate(own, 1) if c is cell), 0)
    lines = [line.strip() for line in cell["source"].splitlines() if line.strip()]
    return Failure(number, lines[0][:80] if lines else "", error)


def execute_all(jobs: Sequence[Job], workers: int, progress: bool) -> None:
    """Execute the jobs in threads, some at a time, with one progress bar; on an interrupt stop the
    kernels and wait for them.
    """
    cells = {
        job.name: sum(cell["cell_type"] == "code" for cell in job.source["cells"])
        + bool(job.values)
        for job in jobs
    }
    bar = tqdm(
        total=sum(cells.values()),
        unit="cell",
        file=sys.stderr,
        disable=None if progress else True,
        dynamic_ncols=True,
    )
    at_work: list[str] = []

    def work(job: Job) -> None:
        done = 0

        def on_cell() -> None:
            nonlocal done
            done += 1
            bar.update()

        job.on_cell = on_cell
        at_work.append(job.title)
        bar.set_description(" + ".join(at_work))
        try:
            execute(job)
        finally:
            at_work.remove(job.title)
            bar.set_description(" + ".join(at_work))
            bar.update(cells[job.name] - done)

    pool = ThreadPoolExecutor(workers)
    try:
        for after in (False, True):  # who reads what the others recorded waits for them
            for future in [pool.submit(work, job) for job in jobs if job.after_all == after]:
                future.result()
    except KeyboardInterrupt:
        for job in jobs:
            job.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        bar.close()
