"""What nbval leaves alone: warnings of the machine on stderr, and the exercise sheets, which wait
for answers.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
from typing import Any

import nbval.kernel
from opened import staged

from keyacct_utils.book.intake import checked
from keyacct_utils.running.forking import BlockingKernelManager, forked_kernels

#: Sheets have no outputs to compare; tests/test_exercises.py runs them.
collect_ignore_glob = ["exercises/*.ipynb"]


def pytest_collectstart(collector: Any) -> None:
    """Called by pytest for each notebook that it collects."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)


@functools.cache
def forking() -> None:
    """Begin to fork kernels in this process."""
    stack = contextlib.ExitStack()
    stack.enter_context(forked_kernels())
    atexit.register(stack.close)


def start_new_kernel(
    startup_timeout: float = 60, kernel_name: str = "", **options: Any
) -> tuple[Any, Any]:
    """A kernel for nbval, which would start one that imports everything anew."""
    options.pop("stderr").close()
    forking()
    manager = BlockingKernelManager()
    manager.start_kernel(env={**os.environ, checked.VARIABLE: staged()}, **options)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=startup_timeout)
    return manager, client


nbval.kernel.start_new_kernel = start_new_kernel
