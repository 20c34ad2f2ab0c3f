"""Weights of criteria by judgement (AHP) or by the data (entropy), and the score they
give (赋权).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, some, to_number

#: Mean consistency index of random reciprocal matrices for n = 1, 2, ... 15: the table of Saaty
#: (1980). Later tables differ (Saaty 2008 prints 1.35 at n = 7, here 1.32): a ratio is comparable
#: within one table only.
RANDOM_INDEX_SAATY_1980 = (
    0.0,
    0.0,
    0.58,
    0.90,
    1.12,
    1.24,
    1.32,
    1.41,
    1.45,
    1.49,
    1.51,
    1.48,
    1.56,
    1.57,
    1.59,
)
#: Matrices above this ratio should be judged anew (Saaty 1980).
CONSISTENCY_LIMIT = 0.10
#: Below this an entropy gap or a spread is rounding noise of a constant column.
NOISE = 1e-12
#: Digits of a weight by judgement: those after it are noise of the eigenvector.
WEIGHT_DECIMALS = 12


def _comparisons(matrix: pd.DataFrame | ArrayLike, tolerance: float) -> pd.DataFrame:
    """The matrix with columns in the order of the rows, square, positive and reciprocal."""
    frame = matrix if isinstance(matrix, pd.DataFrame) else pd.DataFrame(np.asarray(matrix))
    n = len(frame)
    if n == 0 or frame.shape != (n, n):
        raise ValueError(f"matrix has shape {frame.shape}: expected n rows and n columns, n >= 1")
    if not frame.index.is_unique or set(frame.index) != set(frame.columns):
        raise ValueError(
            f"matrix: rows {some(frame.index)}, columns "
            f"{some(frame.columns)}: expected the same labels, each once"
        )
    table = numeric_table(frame[list(frame.index)], "matrix")
    values = table.to_numpy()

    def refuse(bad: np.ndarray, expected: str) -> None:
        cells = [
            f"({frame.index[i]}, {frame.index[j]}) = {values[i, j]:g}" for i, j in np.argwhere(bad)
        ]
        if cells:
            raise ValueError(
                f"matrix: {len(cells)} cell(s) {some(cells)}: "
                f"expected {expected}; correct the comparisons"
            )

    refuse(~(np.isfinite(values) & (values > 0)), "positive numbers")
    refuse(
        np.abs(values * values.T - 1) > tolerance,
        f"a_ij = 1 / a_ji within {tolerance:g} and 1 on the diagonal",
    )
    return table


def ahp_weights(
    matrix: pd.DataFrame | ArrayLike, tolerance: float = 1e-3
) -> tuple[pd.Series, float]:
    """Which weights do pairwise comparisons imply, and are the comparisons consistent (层次分析法)?

    Parameters
    ----------
    matrix : DataFrame or array, shape (n, n)
        How many times more important the row is than the column: positive, ones on the diagonal,
        a_ji = 1 / a_ij. In a DataFrame the columns may stand in another order than the rows.
    tolerance : float
        Largest \\|a_ij a_ji - 1\\| accepted; the default lets pass entries rounded to four digits
        (0.3333 for 1/3).

    Returns
    -------
    tuple of Series and float
        Weights by criterion, summing to 1, and the consistency ratio. The ratio is NaN, undefined,
        for n <= 2 (two criteria cannot contradict each other) and for n > 15 (the table of random
        indices ends there).

    Raises
    ------
    ValueError
        The matrix is not square, labels differ, or cells are missing, not positive or not
        reciprocal: the cells are named.

    Notes
    -----
    w is the principal eigenvector, A w = lambda_max w; CR = (lambda_max - n) / ((n - 1) RI),
    acceptable below 0.10. Used for S001-1d and S000-9c, which give criteria without weights.

    References
    ----------
    Saaty, T. L. (1980), The Analytic Hierarchy Process, McGraw-Hill (method and random indices).
    """
    frame = _comparisons(matrix, tolerance)
    n, values = len(frame), frame.to_numpy()
    roots, vectors = np.linalg.eig(values)
    first = int(np.argmax(roots.real))
    vector = np.abs(vectors[:, first].real)
    # equal judgements give equal weights: the last bits of an eigenvector differ between processors
    shares = np.round(vector / vector.sum(), WEIGHT_DECIMALS)
    weights = pd.Series(shares, index=frame.index, name="weight")
    if not 2 < n <= len(RANDOM_INDEX_SAATY_1980):
        return weights, float("nan")
    index = max(float(roots[first].real) - n, 0.0) / (n - 1)
    return weights, index / RANDOM_INDEX_SAATY_1980[n - 1]


def entropy_weights(table: pd.DataFrame) -> pd.Series:
    """Which criteria tell the accounts apart most, by the data alone (熵权法)?

    Parameters
    ----------
    table : DataFrame, one row per account, one column per criterion
        Amounts >= 0. Rows with a missing value are left out.

    Returns
    -------
    Series
        Weights by criterion, summing to 1. A constant criterion gets 0; if all are constant the
        weights are equal.

    Raises
    ------
    ValueError
        Negative or infinite values, a column that sums to 0, or fewer than two complete rows.

    Notes
    -----
    p_ij = x_ij / sum_i x_ij; e_j = -sum_i p_ij ln p_ij / ln n; w_j = (1 - e_j) / sum (1 - e). The
    weights follow the spread, not the importance: a skewed amount takes nearly all.

    References
    ----------
    Shannon, C. E. (1948), A mathematical theory of communication, Bell System Technical Journal 27.
    """
    complete = numeric_table(table, "table").dropna()
    if len(complete) < 2:
        found = f"{len(complete)} complete row(s) of {len(table)}"
        raise ValueError(f"table has {found}: expected at least 2; drop the sparse columns")
    total = complete.sum()
    bad = complete.columns[(complete.min() < 0) | ~((total > 0) & (total < np.inf))]
    if len(bad):
        raise ValueError(
            f"table: {len(bad)} column(s) with negative or infinite "
            f"values or sum 0: {some(bad)}; leave them out"
        )
    gap = 1 - stats.entropy(complete / total, axis=0) / np.log(len(complete))
    gap = np.where(gap < NOISE, 0.0, gap)
    return pd.Series(
        gap / gap.sum() if gap.any() else np.full(gap.shape, 1 / gap.size),
        index=complete.columns,
        name="weight",
    )


def weighted_score(
    table: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series,
    benefit: Mapping[str, bool] | None = None,
    missing: str = "unknown",
) -> pd.Series:
    """Which accounts score highest when every criterion is standardised and weighted?

    Parameters
    ----------
    table : DataFrame, one row per account
        Holds the criteria named in ``weights``, any unit.
    weights : mapping or Series, criterion -> weight >= 0
        Scaled to sum 1.
    benefit : mapping, criterion -> bool, optional
        False where less is better. Criteria not named are benefits.
    missing : {"unknown", "renormalise"}
        What a missing criterion does: the score is missing, or the weights of the criteria present
        are scaled to 1.

    Returns
    -------
    Series
        Score in standard deviations, index of ``table``; missing where no criterion is present.

    Raises
    ------
    ValueError
        Criteria absent or without numbers; weights negative, missing or all 0; an unknown name in
        ``benefit`` or ``missing``.

    Notes
    -----
    s_i = sum_j w_j z_ij, z = (x - mean) / sd with the population sd over the accounts present; z =
    0 for a constant criterion. For the five determinants of S001-1d the columns are
    ``FACTOR_COLUMNS``.
    """
    weight = to_number(pd.Series(dict(weights), dtype="object"), "weights")
    need_columns(table, weight.index, "table")
    if weight.empty or weight.isna().any() or (weight < 0).any() or not 0 < weight.sum() < np.inf:
        raise ValueError(
            f"weights are {some(weight.items())}: expected numbers >= 0 with a positive sum"
        )
    unknown = set(benefit or {}) - set(weight.index)
    if unknown:
        raise ValueError(
            f"benefit names {some(sorted(unknown))}: expected "
            f"criteria of weights, {some(weight.index)}"
        )
    if missing not in ("unknown", "renormalise"):
        raise ValueError(f"missing is {missing!r}: expected 'unknown' or 'renormalise'")
    values = numeric_table(table[list(weight.index)], "table")
    given = values.notna().to_numpy()
    total, present = np.zeros(len(values)), np.zeros(len(values))
    # Criterion by criterion: a matrix product may round equal accounts differently.
    for column, criterion in enumerate(weight.index):
        numbers, mask = values[criterion].to_numpy(), given[:, column]
        known = numbers if mask.all() else numbers[mask]
        spread = known.std() if len(known) else 0.0
        sign = 1 if (benefit or {}).get(criterion, True) else -1
        if spread > NOISE * np.abs(known).max(initial=0.0):
            total += np.where(
                mask, (numbers - known.mean()) * (sign * weight[criterion] / spread), 0.0
            )
        present += weight[criterion] * mask
    complete = given.all(axis=1) if missing == "unknown" else present > 0
    score = np.where(complete & (present > 0), total / np.where(present > 0, present, 1.0), np.nan)
    return pd.Series(score, index=table.index, name="score")
