"""Lesson 21: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.truth.planted import Item

ITEMS: tuple[Item, ...] = ()


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the lesson finds in the tables of a world, by the names of ITEMS."""
    return {}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many random books of this size does each statement of the lesson hold?"""
    return {}
