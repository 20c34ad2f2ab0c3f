"""What nbval leaves alone: warnings of the machine on stderr, and the exercise sheets, which wait for answers."""

from __future__ import annotations

from typing import Any

#: Sheets have no outputs to compare; tests/test_exercises.py runs them.
collect_ignore_glob = ["exercises/*.ipynb"]


def pytest_collectstart(collector: Any) -> None:
    """Called by pytest for each notebook that it collects."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
