"""Kernels forked from one process that has imported what the lessons import.

The imports of a lesson cost seconds in every kernel. Here a server process imports them once, stays
with one thread (no socket of ZMQ, no connection of DuckDB, no pool of BLAS), and forks a child for
each kernel, which takes the folder and environment of its job and goes on as ``ipykernel_launcher``
would. Where there is no such server, or anything about it fails, the kernel starts as any other
does.

Nothing is left behind: the server ends when the socket to its owner closes, however that died, and
kills every kernel with all that it started; a kernel ends when the server dies.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import contextlib
import ctypes
import gc
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupyter_client.manager
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import LocalProvisioner

#: One thread per kernel: a k-means took 6.5 s with the libraries' own choice and 0.09 s with one
#: thread.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
#: Set to "plain" it has every kernel start by itself.
CHOICE = "KEYACCT_KERNELS"
#: What every lesson comes to import, beside what its cells name.
STACK = (
    "numpy",
    "pandas",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.base",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "PIL.JpegImagePlugin",
    "seaborn",
    "duckdb",
    "networkx",
    "IPython",
    "ipykernel.kernelapp",
    "keyacct_utils",
)
#: Packages whose modules are imported ahead; others, such as a file beside a lesson, may do more
#: than define names.
_KNOWN = (
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "pyarrow",
    "duckdb",
    "networkx",
    "keyacct_utils",
)
#: Variables that are read while modules are imported, by the beginnings of their names.
_AT_START = (
    "PYTHON",
    "MPL",
    "MATPLOTLIB",
    "IPYTHON",
    "JUPYTER",
    "LC_",
    "LANG",
    "XDG_",
    "HOME",
    "TZ",
    "ARROW_",
    "SKLEARN_",
    "SCIPY_",
)
#: Seconds that the server has for its imports and a fork, and to end.
_PATIENCE, _END = 60.0, 5.0
_KERNEL, _FOLDER = b"k", b"f"
_PR_SET_PDEATHSIG = 1


class ForkedKernel:
    """A kernel that the server forked, as ``subprocess.Popen`` would present it; it leads its own
    process group.
    """

    stdin = stdout = stderr = None

    def __init__(self, channel: socket.socket):
        self._channel, self._lock, self._text = channel, threading.Lock(), b""
        self.returncode: int | None = None
        channel.settimeout(_PATIENCE)
        while b"\n" not in self._text:
            if not (found := channel.recv(256)):
                raise ConnectionError("the server of kernels has ended")
            self._text += found
        first, _, self._text = self._text.partition(b"\n")
        kind, number = first.split()
        if kind != b"pid":
            raise ConnectionError("the kernel ended before it began")
        self.pid = int(number)
        channel.setblocking(False)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the kernel lives."""
        with self._lock:
            while self.returncode is None:
                try:
                    found = self._channel.recv(256)
                except BlockingIOError:
                    return None
                except OSError:
                    found = b""
                self._text += found
                if self._text.endswith(b"\n"):
                    self._ended(int(self._text.split()[1]))
                elif not found:
                    # the server was killed, and the kernel with it; not what the kernel had started
                    with contextlib.suppress(OSError):
                        os.killpg(self.pid, signal.SIGKILL)
                    self._ended(-signal.SIGKILL)
        return self.returncode

    def _ended(self, code: int) -> None:
        self.returncode = code
        self._channel.close()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises ``subprocess.TimeoutExpired`` as Popen does."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and all that it started."""
        if self.poll() is None:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once, with all that it started."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Server:
    """The process that forks kernels, as its owner sees it.

    Parameters
    ----------
    modules : iterable of str
        What to import before the first fork; a name that cannot be imported is passed over.
    """

    def __init__(self, modules: Iterable[str]):
        self._control, theirs = socket.socketpair()
        self._lock, self.closed = threading.Lock(), False
        self._environment = _start_environment(os.environ)
        end = theirs.fileno()
        # the folder that -c puts first on the path could hide any module
        code = (
            "import sys; sys.path[:1] = sys.path[:1] if sys.path[0] "
            f"else []; from {__name__} import serve; serve({end})"
        )
        command = [sys.executable, "-c", code, json.dumps(list(modules))]
        env = {name: value for name, value in os.environ.items() if not name.startswith("JPY_")}
        env |= dict.fromkeys(THREAD_VARIABLES, "1")
        env |= {
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[end],
                    start_new_session=True,
                )
            except OSError:
                self._control.close()
                raise

    def fits(self, env: Mapping[str, str] | None) -> bool:
        """Whether a kernel with this environment would import the same in the same way."""
        return (
            not self.closed
            and _start_environment(os.environ if env is None else env) == self._environment
        )

    def start(self, arguments: list[str], cwd: str, env: Mapping[str, str]) -> ForkedKernel:
        """Fork a kernel.

        Parameters
        ----------
        arguments : list of str
            What ``ipykernel_launcher`` would be given.
        cwd : str
        env : mapping
            The whole environment of the kernel.

        Raises
        ------
        OSError
            If the server cannot do so; then it may have ended.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                ours.settimeout(_PATIENCE)
                self._send(_KERNEL, theirs)
            asked = json.dumps({"arguments": arguments, "cwd": cwd, "env": dict(env)})
            ours.sendall(asked.encode() + b"\n")
            return ForkedKernel(ours)
        except BaseException:
            ours.close()
            raise

    def remove_at_end(self, folder: Path) -> None:
        """Have the server remove a folder when it ends, for an owner that is killed and cannot do
        so itself.
        """
        ours, theirs = socket.socketpair()
        with theirs, ours, contextlib.suppress(OSError):
            ours.sendall(os.fsencode(folder.absolute()))
            self._send(_FOLDER, theirs)

    def _send(self, kind: bytes, end: socket.socket) -> None:
        with self._lock:
            socket.send_fds(self._control, [kind], [end.fileno()])

    def close(self) -> None:
        """End the server and every kernel that is left."""
        self.closed = True
        self._control.close()
        self._process.terminate()  # it may be at its imports, and looks at nothing then
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _start_environment(env: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in env.items()
        if name.startswith(_AT_START) and name != "MPLBACKEND"
    }


_lock = threading.Lock()
_server: Server | None = None
_users = 0


def can_fork() -> bool:
    """Whether kernels may be forked here; macOS's own libraries do not survive a fork."""
    wanted = os.environ.get(CHOICE) != "plain"
    return (
        wanted and hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.platform != "darwin"
    )


@contextlib.contextmanager
def forked_kernels(notebooks: Iterable[Any] = ()) -> Iterator[Server | None]:
    """Keep a server of kernels while the block runs; one for all blocks of this process that run at
    the same time.

    Parameters
    ----------
    notebooks : iterable of notebooks
        What is to be executed: their imports are done ahead.

    Yields
    ------
    Server or None
        None where kernels cannot be forked.
    """
    global _server, _users
    with _lock:
        if _server is None and can_fork():
            with contextlib.suppress(OSError):
                _server = Server([*STACK, *imports(notebooks)])
        _users += 1
        server = _server
    try:
        yield server
    finally:
        with _lock:
            _users -= 1
            last = _server if not _users else None
            if last:
                _server = None
        if last:
            last.close()


def imports(notebooks: Iterable[Any]) -> list[str]:
    """Modules of the known packages that the code cells of notebooks import at their top level."""
    found: dict[str, None] = {}
    for cell in [
        cell for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "code"
    ]:
        try:
            body = ast.parse(cell["source"]).body
        except (SyntaxError, ValueError):
            continue
        for line in body:
            if isinstance(line, ast.Import):
                found |= dict.fromkeys(alias.name for alias in line.names)
            elif isinstance(line, ast.ImportFrom) and line.module and not line.level:
                found |= dict.fromkeys(
                    [line.module, *(f"{line.module}.{alias.name}" for alias in line.names)]
                )
    return [name for name in found if name.partition(".")[0] in _KNOWN]


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by a fork where there is a server of kernels, and as any other where not."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel; jupyter_client calls this."""
        server, env = _server, kwargs.get("env")
        plain = "ipykernel_launcher" in cmd and not {"stdin", "stdout", "stderr"} & set(kwargs)
        if server is None or not plain or not server.fits(env):
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        cwd = str(kwargs.get("cwd") or Path.cwd())
        try:
            process = server.start(arguments, cwd, os.environ if env is None else env)
        except (OSError, ValueError):
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        self.cwd = Path(cwd)
        return self.connection_info


class _ThisInterpreter(jupyter_client.manager.KernelManager):
    """Starts the interpreter that runs this, whatever kernelspec lies on the path."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """This interpreter."""
        if self._kernel_spec is None:
            self._kernel_spec = KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())
        return self._kernel_spec

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or kw.pop("kernel_id", os.urandom(16).hex())
            self.provisioner = ForkProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kw)


class KernelManager(_ThisInterpreter, jupyter_client.manager.AsyncKernelManager):
    """A kernel of this interpreter, forked where that is possible."""


class BlockingKernelManager(_ThisInterpreter):
    """The same for callers that wait."""


def serve(handle: int) -> None:
    """What the server does, in a process of its own: import, then fork until the owner is gone."""
    control, owner = socket.socket(fileno=handle), os.getppid()
    _import_pandas()
    for name in json.loads(sys.argv[1]):
        # what a lesson cannot import it says itself
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if _threads() > 1:  # a lock that another thread holds would stay locked in every child
        sys.exit("kernels are not forked: an import has started a thread")
    gc.collect()
    gc.freeze()
    if asked := _Forks(control, owner).until_the_end():
        _become_kernel(asked)
    # objects that were frozen would be told of as leaks
    os._exit(0)


def _import_pandas() -> None:
    """Have pandas find a notebook: when it is imported it decides how many columns it will show."""
    vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=True)
    try:
        with contextlib.suppress(Exception):
            pandas = importlib.import_module("pandas")
            pandas.set_option("display.encoding", "UTF-8")  # which it takes from stdout
    finally:
        del vars(builtins)["get_ipython"]


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


class _Forks:
    """The server's loop: kernels asked for, kernels that ended, the owner gone."""

    def __init__(self, control: socket.socket, owner: int):
        self.control, self.owner = control, owner
        self.kernels: dict[int, socket.socket] = {}
        self.folders: list[str] = []
        self.told = False
        self.woken, self.waker = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(self.waker, False)

    def until_the_end(self) -> socket.socket | None:
        """Serve; returns in each child, with the socket over which the kernel is described, and at
        the end with None.
        """
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # an exception could be raised in the midst of the end
        signal.signal(signal.SIGTERM, self._told_to_end)
        signal.set_wakeup_fd(self.waker)
        server = os.getpid()
        try:
            while os.getppid() == self.owner and not self.told:
                watched: list[Any] = [self.control, self.woken]
                ready, _, _ = select.select(watched, [], [], 1.0)
                if self.woken in ready:
                    os.read(self.woken, 4096)
                self._reap()
                if self.control in ready:
                    kind, handles, _, _ = socket.recv_fds(self.control, 1, 1)
                    if not kind:
                        break
                    channel = socket.socket(fileno=handles[0])
                    if kind == _FOLDER:
                        with channel:
                            self.folders.append(os.fsdecode(channel.recv(65536)))
                    elif not (child := os.fork()):
                        self._leave(server)
                        return channel
                    else:
                        self.kernels[child] = channel
        finally:
            if os.getpid() == server:
                self._end()
        return None

    def _told_to_end(self, *_: object) -> None:
        self.told = True

    def _reap(self) -> None:
        while self.kernels:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)  # what it started and left
            with self.kernels.pop(child) as channel, contextlib.suppress(OSError):
                channel.sendall(f"exit {os.waitstatus_to_exitcode(status)}\n".encode())

    def _end(self) -> None:
        for child in self.kernels:
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(OSError):  # that does not lead a group yet
                os.kill(child, signal.SIGKILL)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _leave(self, server: int) -> None:
        """Take off, in a child, what is the server's."""
        signal.set_wakeup_fd(-1)
        for number, handler in (
            (signal.SIGCHLD, signal.SIG_DFL),
            (signal.SIGTERM, signal.SIG_DFL),
            (signal.SIGINT, signal.default_int_handler),
        ):
            signal.signal(number, handler)
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)
        for other in self.kernels.values():
            other.close()
        self.control.close()
        os.close(self.woken)
        os.close(self.waker)


def _become_kernel(channel: socket.socket) -> None:
    """Take the folder and environment of the job, and run the kernel as ``ipykernel_launcher``
    does.
    """
    with channel, channel.makefile("rb") as stream:
        asked = json.loads(stream.readline())
        os.environ.clear()
        os.environ.update(asked["env"], JPY_PARENT_PID=str(os.getppid()))
        os.chdir(asked["cwd"])
        channel.sendall(f"pid {os.getpid()}\n".encode())
    _unshare()
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher and launcher.origin), *asked["arguments"]]
    from ipykernel.kernelapp import IPKernelApp

    try:
        IPKernelApp.launch_instance(parent_handle=os.getppid())
    finally:
        atexit._run_exitfuncs()


def _unshare() -> None:
    """Renew what each kernel has to have for itself: random numbers, the folder for temporary
    files, the time zone.
    """
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    tempfile.tempdir = None
    if hasattr(time, "tzset"):
        time.tzset()
