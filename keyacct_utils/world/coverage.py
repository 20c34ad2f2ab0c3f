"""What is planted in the synthetic book for lesson 12: nothing yet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def build(
    rng: np.random.Generator, upstream: Mapping[str, pd.DataFrame], months: int
) -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """Tables of the lesson and what was planted in them; ``world.ADDED`` lists who adds some."""
    return {}, {}
