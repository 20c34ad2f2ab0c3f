"""What nbval does not compare: warnings of the machine on stderr."""

from __future__ import annotations

from typing import Any


def pytest_collectstart(collector: Any) -> None:
    """Called by pytest for each notebook that it collects."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
