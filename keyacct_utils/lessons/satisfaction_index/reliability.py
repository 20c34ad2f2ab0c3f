"""How reliable is a score made of several answers (信度): the checks of a table of items, alpha and
composite reliability.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from keyacct_utils.lessons.shared.amounts import Floats
from keyacct_utils.lessons.shared.checks import some, to_number

#: A spread below this share of the values is rounding noise of a constant item.
NO_SPREAD = 1e-10


def item_table(
    items: pd.DataFrame | ArrayLike, argument: str = "items", least: int = 2
) -> pd.DataFrame:
    """Items as a table of finite floats, one row per respondent; raises a ValueError that names
    what is wrong.
    """
    frame = (
        items if isinstance(items, pd.DataFrame) else pd.DataFrame(np.atleast_2d(np.asarray(items)))
    )
    if len(frame) < least or frame.shape[1] == 0:
        raise ValueError(
            f"{argument} has {len(frame)} rows and {frame.shape[1]} "
            f"columns: expected at least {least} respondents and 1 item"
        )
    if not frame.columns.is_unique:
        raise ValueError(
            f"{argument} repeats {some(frame.columns[frame.columns.duplicated()])}: "
            "give each item once"
        )
    numbers = pd.DataFrame(
        {name: to_number(frame[name], f"{argument}.{name}") for name in frame}, index=frame.index
    )
    bad = ~np.isfinite(numbers.to_numpy())
    if bad.any():
        rows, where = numbers.index[bad.any(axis=1)], numbers.columns[bad.any(axis=0)]
        found = (
            f"{bad.sum()} values are missing or infinite, "
            f"in {some(where)} of respondents {some(rows)}"
        )
        raise ValueError(
            f"{argument}: {found}; expected numbers: drop these "
            "respondents (dropna) or fill the gaps and say so"
        )
    return numbers


def with_spread(table: pd.DataFrame, argument: str) -> Floats:
    """The items as an array; raises a ValueError for an item with the same answer everywhere."""
    values = table.to_numpy()
    flat = np.ptp(values, axis=0) <= NO_SPREAD * np.abs(values).max(axis=0)
    if flat.any():
        raise ValueError(
            f"{argument}: {flat.sum()} items have the same answer "
            f"everywhere ({some(table.columns[flat])}); drop them"
        )
    return values


def cronbach_alpha(items: pd.DataFrame | ArrayLike, standardized: bool = False) -> float:
    """How much of the variance of a sum of items is common to them (信度)?

    Parameters
    ----------
    items : DataFrame or array, one row per respondent, one column per item
        All worded in the same direction. At least 2 items.
    standardized : bool
        Give each item the same variance first.

    Returns
    -------
    float
        1 when the items move as one, 0 when they share nothing; below 0 when they contradict each
        other.

    Raises
    ------
    ValueError
        Fewer than 2 items or 2 respondents, missing values, an item without spread, items that
        cancel to a constant sum.

    Notes
    -----
    alpha = k / (k - 1) (1 - sum of item variances / variance of the sum).

    References
    ----------
    Cronbach, L. J. (1951), Psychometrika 16(3), 297-334.
    """
    table = item_table(items)
    if table.shape[1] < 2:
        raise ValueError(
            f"items holds 1 item ({some(table)}): expected at least "
            "2, since one item says nothing of its own error"
        )
    values = with_spread(table, "items")
    covariance: Floats = np.atleast_2d(np.corrcoef(values.T) if standardized else np.cov(values.T))
    if covariance.sum() <= NO_SPREAD * np.trace(covariance):
        raise ValueError(
            "items: their sum is the same for every respondent, "
            "so alpha is not defined; turn reversed items round"
        )
    return alpha_of(covariance)


def alpha_of(covariance: Floats) -> float:
    """Cronbach's alpha by the covariances of the items; 1 by convention for a single one."""
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())) if k > 1 else 1.0


def composite_reliability(loadings: pd.Series | ArrayLike) -> float:
    """How reliable is the sum of the items of a block, given how strongly each loads on what the
    block stands for (组合信度)?

    Parameters
    ----------
    loadings : one per item
        On what the block stands for, such as the consistent loadings of a path model. The
        correlation of an item with a score in which it has a part is larger, and so is the
        reliability that it gives.

    Returns
    -------
    float
        Dillon-Goldstein's rho, 0 to 1.

    Raises
    ------
    ValueError
        No loading, loadings outside -1 to 1, or all zero.

    Notes
    -----
    rho = (sum l)^2 / ((sum l)^2 + sum(1 - l^2)). It does not ask that all items load alike, as
    alpha does.

    References
    ----------
    Werts, Linn & Joereskog (1974), Educational and Psychological Measurement 34(1), 25-33.
    """
    found = _loadings(loadings)
    total = found.sum() ** 2
    return float(total / (total + (1 - found**2).sum()))


def average_variance_extracted(loadings: pd.Series | ArrayLike) -> float:
    """How much of the variance of its items does a block share (平均方差提取量)?

    Parameters
    ----------
    loadings : as :func:`composite_reliability`

    Returns
    -------
    float
        Mean of the squared loadings, 0 to 1. Above .5 the block shares more than error takes.

    Raises
    ------
    ValueError
        As :func:`composite_reliability`.

    References
    ----------
    Fornell & Larcker (1981), Journal of Marketing Research 18(1), 39-50.
    """
    return float((_loadings(loadings) ** 2).mean())


def _loadings(loadings: pd.Series | ArrayLike) -> Floats:
    found = item_table(np.asarray(loadings, dtype=object), "loadings", least=1).to_numpy()[0]
    if np.abs(found).max() > 1 + NO_SPREAD or not found.any():
        raise ValueError(
            f"loadings are {some(found)}: expected correlations from -1 to 1, not all 0"
        )
    return found
