"""A bar on the terminal while a large book is opened."""

from __future__ import annotations

import threading
from types import TracebackType

import duckdb
from tqdm import tqdm

#: Seconds before anything is shown, and between two looks at the query under way.
_DELAY, _TICK = 2.0, 0.5


class Progress:
    """Steps of work, with DuckDB's own share of the query under way.

    Nothing is shown in the first two seconds, nor where stderr is no terminal (a notebook, a log), and nothing stays.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, steps: int):
        self._connection, self._done, self._ended = connection, -1, threading.Event()
        form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
        self._bar = tqdm(total=max(steps, 1), delay=_DELAY, disable=None, leave=False, bar_format=form, dynamic_ncols=True)
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
            self._ticker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join()
        self._bar.close()
