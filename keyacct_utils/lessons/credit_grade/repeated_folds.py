"""Which of two forecasts is better on accounts that neither has seen: paired, and over many
partings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Interval, tails


def corrected_interval(
    differences: ArrayLike, test_to_train: float, *, confidence: float = 0.95
) -> Interval:
    """How sure is a mean difference over the parts of repeated cross-validation?

    Parameters
    ----------
    differences : one number for each part that was foretold, of all repeats: the measure of one
        forecast less that of the other.
    test_to_train : accounts foretold for each that was fitted on; with K parts 1 / (K - 1).
    confidence : level of the interval.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError : fewer than two differences, values that are not finite, a ratio not above 0.

    Notes
    -----
    mean -+ t(J - 1) sqrt[(1 / J + n_test / n_train) s^2] for J differences with variance s^2. The
    parts share most of the accounts that they are fitted on, so s^2 / J alone is far too small:
    with more repeats it would go to nothing. Nadeau & Bengio 2003, Inference for the generalization
    error, Machine Learning 52; for repeats: Bouckaert & Frank 2004.
    """
    values = np.asarray(differences, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"differences holds {values.size} values: expected two or more finite numbers"
        )
    if not test_to_train > 0:
        raise ValueError(f"test_to_train is {test_to_train!r}: expected a ratio above 0")
    spread = np.sqrt((1 / len(values) + test_to_train) * values.var(ddof=1))
    low, high = values.mean() + stats.t.ppf(tails(confidence), len(values) - 1) * spread
    return Interval(float(values.mean()), float(low), float(high))
