"""What lesson 15 says of small books worked by hand, of real books, and of the bundled one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gallery import books, books_white_space

from keyacct_utils.book import Book
from keyacct_utils.lessons.white_space import findings as lesson
from keyacct_utils.review.columns import COLUMNS  # noqa: F401
