"""Forked kernels: the same results as any other kernel, and nothing left of them, however they or their owner end."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from processes import alive, wait_for

from keyacct_utils.running import execution, forking
from keyacct_utils.running.execution import Job

pytestmark = pytest.mark.skipif(not forking.can_fork(), reason="kernels are not forked here")
PROC = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")

#: What may depend on where and when a library was imported.
STATE = """
import locale, logging, warnings
import matplotlib, numpy as np, seaborn, sklearn, statsmodels.api, duckdb, pyarrow
options = {key: pd.get_option(key) for key in sorted(pd.core.config_init.cf._registered_options)
           if not pd.core.config_init.cf._get_deprecated_option(key)}
print({k: repr(v) for k, v in options.items() if not callable(v)})
print({key: matplotlib.rcParams[key] for key in sorted(matplotlib.rcParams) if "cycle" not in key})
print(np.get_printoptions(), np.geterr(), locale.getlocale(), sys.flags, sys.getrecursionlimit())
print(sorted({str(item[0]) + " " + item[2].__name__ for item in warnings.filters}))
print(logging.root.handlers, logging.root.level, sorted(sklearn.get_config().items()))
"""
LESSON = (
    "import os, sys\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport scipy.stats",
    "print(os.getcwd(), os.environ['KEYACCT_RUN_DIR'], sys.argv[0].rpartition('/')[2], sys.path)",
    "print({name: os.environ.get(name) for name in ('OMP_NUM_THREADS', 'MPLBACKEND', 'NOT_HERE')})",
    "plt.plot([1, 2, 3]); plt.title('drawn without a call of show')",
    "display(pd.DataFrame({'a': [1.5, None]}))\n'last value'",
    "import warnings; warnings.warn('told')",
    "!echo from a shell",
    STATE,
    "pd.DataFrame({f'column {i}': [i] for i in range(30)})",
    "1 / 0",
)
STARTS = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open("pids.tmp", "w").write(f"{os.getpid()} {child.pid}")
os.rename("pids.tmp", "pids")
import time
time.sleep(60)
"""


@pytest.fixture(autouse=True, scope="module")
def server(kernels: None) -> forking.Server | None:
    return forking._server


def job(folder: Path, *cells: str, timeout: float = 60) -> Job:
    made = new_notebook(cells=[new_code_cell(cell, id=f"c{i}") for i, cell in enumerate(cells)])
    env = execution.kernel_environment(folder)
    return Job("t", "t", made, {}, folder, env, folder, timeout)


def printed(done: Job) -> str:
    assert done.notebook is not None and done.failure is None, done.failure
    found = [item for cell in done.notebook.cells for item in cell.get("outputs", [])]
    return "".join(item.get("text", "") for item in found)


def pids(folder: Path) -> list[int]:
    wait_for((folder / "pids").exists)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


@contextlib.contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[forking.Server]:
    """A server beside that of the other tests."""
    monkeypatch.setattr(forking, "_server", None)
    monkeypatch.setattr(forking, "_users", 0)
    monkeypatch.setattr(forking, "STACK", ("ipykernel.kernelapp",))
    with forking.forked_kernels() as made:
        assert made
        yield made


def parent_of(folder: Path) -> int:
    return int(printed(execution.execute(job(folder, "import os; print(os.getppid())"))))


def test_a_forked_kernel_gives_what_any_other_gives(tmp_path, monkeypatch, server):
    forked = execution.execute(job(tmp_path, *LESSON))
    assert forked.manager and isinstance(forked.manager.provisioner, forking.ForkProvisioner)
    monkeypatch.setattr(forking, "_server", None)
    plain = execution.execute(job(tmp_path, *LESSON))
    assert str(forked.failure) == str(plain.failure) == (
        "code cell 10 (1 / 0): ZeroDivisionError: division by zero"
    )  # fmt: skip
    both = [
        [json.loads(json.dumps(c.outputs)) for c in made.notebook.cells if c.cell_type == "code"]
        for made in (forked, plain)
    ]
    said = both[0][5], both[1][5]  # the name of a cell's file holds the number of the process
    assert all("UserWarning: told" in str(item) for item in said)
    traces = [cells[9][0].pop("traceback") for cells in both]  # and so does a traceback
    assert len(traces[0]) == len(traces[1])
    del both[0][5], both[1][5]
    assert both[0] == both[1]
    assert "image/png" in both[0][3][0]["data"] or "image/png" in both[0][3][-1]["data"]


def test_it_is_the_servers_child_and_has_its_own_random_numbers(tmp_path, server):
    cell = "import os; print(os.getppid()); import numpy as np, random; print(np.random.rand(), random.random())"
    first, second = (printed(execution.execute(job(tmp_path, cell))).split() for _ in range(2))
    assert int(first[0]) == int(second[0]) == server._process.pid
    assert not {*first[1:]} & {*second[1:]}


def test_stdout_of_a_program_and_files_for_temporary_things_are_the_jobs(tmp_path):
    made = job(tmp_path, "import tempfile; print(tempfile.gettempdir())")
    made.env = {**made.env, "TMPDIR": str(tmp_path)}
    assert printed(execution.execute(made)).strip() == str(tmp_path)


@PROC
@pytest.mark.parametrize("end", ["timeout", "stop"])
def test_a_kernel_is_killed_with_what_it_started(tmp_path, end):
    made = job(tmp_path, STARTS, timeout=3 if end == "timeout" else 60)
    thread = threading.Thread(target=execution.execute, args=(made,))
    thread.start()
    found = pids(tmp_path)
    assert all(map(alive, found))
    if end == "stop":
        made.stop()
    thread.join(30)
    assert made.failure is not None
    wait_for(lambda: not any(map(alive, found)))


@PROC
def test_what_a_kernel_leaves_when_it_ends_by_itself_is_killed_too(tmp_path):
    ends = STARTS.replace("import time\ntime.sleep(60)\n", "os._exit(3)")
    made = execution.execute(job(tmp_path, ends))
    assert made.failure and "DeadKernelError" in made.failure.error
    wait_for(lambda: not any(map(alive, pids(tmp_path))))


def test_the_exit_code_is_that_of_the_kernel(tmp_path, server):
    connection = tmp_path / "none.json"
    for code, arguments in ((0, ["--help"]), (1, ["--no-such-option=1", "-f", str(connection)])):
        kernel = server.start(arguments, str(tmp_path), os.environ)
        if code == 0:
            assert kernel.wait(30) == 0
            assert kernel.poll() == 0
            kernel.kill()  # silent
        else:
            kernel.kill()
            assert kernel.wait(30) == -signal.SIGKILL
    with pytest.raises(subprocess.TimeoutExpired):
        kernel = server.start(["-f", str(connection)], str(tmp_path), os.environ)
        kernel.wait(0.1)
    kernel.terminate()
    assert kernel.wait(30) in (0, -signal.SIGTERM)


def test_a_kernel_that_cannot_begin_is_an_error(tmp_path, server):
    with pytest.raises(OSError, match="before it began"):
        server.start([], str(tmp_path / "no folder"), os.environ)


DRIVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_forking import STARTS, execution, forking, job
from keyacct_utils.running import interrupts
folder, data = Path({folder!r}), Path({data!r})
forking.STACK = ("ipykernel.kernelapp",)
with interrupts.on_interrupt(), forking.forked_kernels() as server:
    server.remove_at_end(data)
    (folder / "server").write_text(str(server._process.pid))
    execution.execute_all([job(folder, STARTS)], 1, False)
"""


@PROC
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_owner_is_killed(tmp_path, number):
    data = tmp_path / "data"
    data.mkdir()
    (data / "plain.csv").write_text("a name")
    tests = str(Path(__file__).parent)
    code = textwrap.dedent(DRIVER).format(tests=tests, folder=str(tmp_path), data=str(data))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    found = [*pids(tmp_path), int((tmp_path / "server").read_text())]
    assert all(map(alive, found))
    process.send_signal(number)
    process.communicate(timeout=20)  # ends when the last who holds the pipe has ended
    wait_for(lambda: not any(map(alive, found)), 5)
    assert not data.exists()


@PROC
def test_kernels_end_with_their_server_and_others_take_their_place(tmp_path, monkeypatch):
    with own_server(monkeypatch) as made:
        running = job(tmp_path, STARTS)
        thread = threading.Thread(target=execution.execute, args=(running,))
        thread.start()
        found = pids(tmp_path)
        os.kill(made._process.pid, signal.SIGKILL)
        thread.join(30)
        assert running.failure and "DeadKernelError" in running.failure.error
        wait_for(lambda: not any(map(alive, found)))
        assert parent_of(tmp_path) == os.getpid()  # as any other kernel


@PROC
def test_leaving_the_block_ends_the_server_at_once_even_at_its_imports(monkeypatch):
    monkeypatch.setattr(forking, "STACK", ("statsmodels.api", "seaborn"))
    monkeypatch.setattr(forking, "_server", None)
    monkeypatch.setattr(forking, "_users", 0)
    start = time.monotonic()
    with forking.forked_kernels() as made, forking.forked_kernels() as inner:
        assert made is inner
        pid = made._process.pid
    assert time.monotonic() - start < 1
    assert not alive(pid)
    assert not made.fits(None)


def test_a_server_ends_in_silence_whenever_it_is_told_to():
    code = (
        "import time\nfrom keyacct_utils.running import forking\n"
        "forking.STACK = ('duckdb',)\nfor i in range(12):\n"
        "    with forking.forked_kernels() as server:\n"
        "        time.sleep(0.1 * i if i < 10 else 2)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_where_there_is_no_fork_kernels_start_as_any_other(tmp_path, monkeypatch):
    monkeypatch.setattr(forking, "_server", None)
    monkeypatch.setattr(forking, "_users", 0)
    with monkeypatch.context() as patch:
        patch.delattr(os, "fork")
        with forking.forked_kernels() as made:
            assert made is None
            assert parent_of(tmp_path) == os.getpid()
    monkeypatch.setenv(forking.CHOICE, "plain")
    assert not forking.can_fork()


@pytest.mark.parametrize("fault", ["thread", "no such interpreter", "ends at once"])
def test_a_server_that_fails_takes_nothing_with_it(tmp_path, monkeypatch, fault):
    monkeypatch.setattr(forking, "_server", None)
    monkeypatch.setattr(forking, "_users", 0)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    )
    (tmp_path / "ends_at_once.py").write_text("import os\nos._exit(3)")
    modules = {"thread": "starts_a_thread", "ends at once": "ends_at_once"}
    monkeypatch.setattr(forking, "STACK", (modules.get(fault, "json"),))
    program = sys.executable if fault != "no such interpreter" else str(tmp_path / "python")
    with contextlib.ExitStack() as stack:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", program)
            made = stack.enter_context(forking.forked_kernels())
        assert (made is None) == (fault == "no such interpreter")
        assert parent_of(tmp_path) == os.getpid()


def test_a_kernel_whose_start_depends_on_other_variables_is_not_forked(server):
    assert forking._start_environment(os.environ) == server._environment
    assert server.fits(
        {**os.environ, "KEYACCT_RUN_DIR": "/x", "DB_PASSWORD": "y", "MPLBACKEND": "agg"}
    )
    assert not server.fits({**os.environ, "PYTHONPATH": "/elsewhere"})
    assert not server.fits({**os.environ, "MPLCONFIGDIR": "/elsewhere"})


def test_the_interpreter_is_this_one_whatever_kernelspec_lies_on_the_path(tmp_path, monkeypatch):
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    text = json.dumps({"argv": ["false"], "display_name": "x", "language": "python"})
    (spec / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    found = printed(execution.execute(job(tmp_path, "import sys; print(sys.executable)")))
    assert found.strip() == sys.executable


def test_imports_are_those_of_known_packages_at_the_top_of_cells():
    cells = [
        "import numpy as np, os\nfrom scipy.stats import norm\nfrom . import x",
        "from keyacct_utils import truth\nimport my_module\nif x:\n    import pandas",
        "%matplotlib inline\nimport seaborn",
    ]
    made = new_notebook(
        cells=[*map(new_code_cell, cells), nbformat.v4.new_markdown_cell("import pandas")]
    )
    assert forking.imports([made]) == [
        "numpy", "scipy.stats", "scipy.stats.norm", "keyacct_utils", "keyacct_utils.truth",
    ]  # fmt: skip


def test_the_server_imports_no_module_that_would_keep_figures_from_the_outputs():
    assert "matplotlib_inline.backend_inline" not in forking.STACK
    assert ast.parse(Path(forking.__file__).read_text())
