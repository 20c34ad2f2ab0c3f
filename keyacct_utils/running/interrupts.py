"""How a run, or any command, is told to end."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def on_interrupt(handler: Any = signal.default_int_handler) -> Iterator[None]:
    """Treat SIGTERM, and SIGHUP of a terminal that is closed, like SIGINT: raise KeyboardInterrupt,
    also in a background shell, or ``signal.SIG_IGN`` to finish first. A run started by nohup goes
    on when its terminal closes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        ends.append(signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in ends}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
