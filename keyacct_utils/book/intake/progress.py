"""While a large book is opened: a bar on the terminal, and an end at once on Ctrl-C."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import TypeVar

import duckdb
from tqdm import tqdm

#: Seconds before anything is shown, and between two looks at the query under way.
_DELAY, _TICK = 2.0, 0.5
#: Seconds between two looks at work that is to end, and after how many of them it is told again.
_PATIENCE, _AGAIN = 0.05, 20
_Result = TypeVar("_Result")


def interruptible(
    work: Callable[[], _Result], connections: Sequence[duckdb.DuckDBPyConnection]
) -> _Result:
    """Do work in a thread of its own, and end it, with the queries under way, on Ctrl-C.

    A query that runs in the main thread itself may lose the interrupt and run on, or end as a
    RuntimeError.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    with ThreadPoolExecutor(max_workers=1) as pool:
        future: Future[_Result] = pool.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            turn = 0
            while not future.done():
                if turn % _AGAIN == 0:  # a callback that happens to run may swallow it
                    _raise_in(pool._threads)
                turn += 1
                for connection in connections:
                    connection.interrupt()
                wait([future], _PATIENCE)
            raise


def _raise_in(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
        )


def silenced(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection that draws no bar of its own, which in a notebook would stand among the
    results.
    """
    # without ipywidgets DuckDB can draw none in a notebook, and refuses the setting
    with contextlib.suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar_print = false")
    return connection


class Progress:
    """Steps of work, with DuckDB's own share of the query under way.

    Nothing is shown in the first two seconds, nor where stderr is no terminal (a notebook, a log),
    and nothing stays.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, steps: int):
        self._connection, self._done, self._ended = connection, -1, threading.Event()
        form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
        self._bar = tqdm(
            total=max(steps, 1),
            delay=_DELAY,
            disable=None,
            leave=False,
            bar_format=form,
            dynamic_ncols=True,
        )
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def step(self, text: str) -> None:
        """Begin the next step; the one before is done."""
        self._done += 1
        self._bar.set_description_str(text, refresh=False)

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            query = max(self._connection.query_progress(), 0.0) / 100
            at = min(max(self._done, 0) + query, self._bar.total)
            self._bar.update(max(at - self._bar.n, 0))

    def __enter__(self) -> Progress:
        if not self._bar.disable:
            # without this DuckDB does not tell how far a query is; its own bar would go to stdout
            self._connection.execute(
                "SET enable_progress_bar = true; SET enable_progress_bar_print = false"
            )
            self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join()
        self._bar.close()
