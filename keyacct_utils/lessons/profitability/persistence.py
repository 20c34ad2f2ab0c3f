"""Does a margin last, or was it the chance of a year: how far each account's margin is expected to
return to the mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import Floats
from keyacct_utils.lessons.shared.checks import need_columns, to_number
from keyacct_utils.lessons.shared.resampling import percentile_limits


class Lasting(NamedTuple):
    """How much of the differences between margins lasts, and what is expected of each account."""

    #: Variances of the margin: between accounts, and between the years of one account.
    between: float
    within: float
    #: between / (between + within): the part of the differences of one year that lasts.
    lasting: float
    mean: float
    #: By account_id: years, margin (mean of its years), kept (how much of its distance from the
    #: mean is kept) and expected (margin of another year).
    accounts: pd.DataFrame


def _components(n: Floats, mean: Floats, inside: Floats) -> tuple[float, float]:
    """Variance between and within groups of unequal size, from their size, mean and inner sum of
    squares.
    """
    total, groups = float(n.sum()), len(n)
    within = float(inside.sum()) / (total - groups)
    grand = float((n * mean).sum()) / total
    between_mean_square = float((n * (mean - grand) ** 2).sum()) / (groups - 1)
    size = (total - float((n**2).sum()) / total) / (groups - 1)
    return max(0.0, (between_mean_square - within) / size), within


def _groups(margins: pd.DataFrame) -> pd.DataFrame:
    need_columns(margins, ("account_id", "margin"), "margins")
    value = to_number(margins["margin"], "margins.margin")
    bad = int((~np.isfinite(value) | margins["account_id"].isna()).sum())
    if bad:
        raise ValueError(f"margins: {bad} of {len(margins)} rows lack an account_id or a margin")
    by = value.groupby(margins["account_id"])
    inside = (value - by.transform("mean")) ** 2
    out = pd.DataFrame({"years": by.size(), "margin": by.mean()})
    out["inside"] = inside.groupby(margins["account_id"]).sum()
    if len(out) < 2 or len(value) <= len(out):
        raise ValueError(
            f"margins has {len(value)} rows of {len(out)} accounts; expected at least two accounts "
            "and one with two years, since one year cannot tell chance from what lasts"
        )
    return out


def expected_margins(margins: pd.DataFrame) -> Lasting:
    """Which margin is expected of each account in another year, if a part of this one was chance?

    Parameters
    ----------
    margins : DataFrame
        account_id and margin (a fraction of revenue), one row per account and year; accounts may
        have unequal numbers of years.

    Returns
    -------
    Lasting

    Raises
    ------
    ValueError
        A missing value, one account alone, or no account with two years.

    Notes
    -----
    Random effects of one way, unequal groups: with ``k`` accounts, ``N`` rows, ``MSW`` on ``N - k``
    and ``MSB`` on ``k - 1`` degrees of freedom and ``n0 = (N - sum n_i^2 / N) / (k - 1)``, the
    variance between accounts is ``max(0, (MSB - MSW) / n0)``. An account keeps
    ``b_i = between / (between + within / n_i)`` of its distance from the mean (回归均值):
    ``expected = mean + b_i (margin_i - mean)``, the mean weighted by ``1 / (between + within /
    n_i)``. It takes the spread of the years to be alike in all accounts, and no trend. S002-1m,
    S002-8b drop or favour accounts by one year.

    References
    ----------
    Searle, Casella & McCulloch 1992, Variance Components, chapters 3 and 7; Efron & Morris 1977,
    Scientific American 236(5).
    """
    groups = _groups(margins)
    n = groups["years"].to_numpy(dtype=float)
    between, within = _components(n, groups["margin"].to_numpy(), groups["inside"].to_numpy())
    spread = between + within / n
    kept = np.divide(between, spread, out=np.ones(len(n)), where=spread > 0)
    weight = np.divide(1.0, spread, out=np.ones(len(n)), where=spread > 0)
    mean = float((weight * groups["margin"]).sum() / weight.sum())
    accounts = groups[["years", "margin"]].assign(
        kept=kept, expected=mean + kept * (groups["margin"] - mean)
    )
    whole = between + within
    return Lasting(between, within, between / whole if whole > 0 else 1.0, mean, accounts)


def lasting_interval(
    margins: pd.DataFrame, *, draws: int = 500, random_state: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of ``expected_margins(margins).lasting``, over accounts drawn anew.

    Raises
    ------
    ValueError
        As for `expected_margins`.

    References
    ----------
    Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8 (groups are drawn,
    not rows).
    """
    groups = _groups(margins)
    values = groups[["years", "margin", "inside"]].to_numpy(dtype=float)
    rng, k, found = np.random.default_rng(random_state), len(values), []
    for _ in range(draws):
        n, mean, inside = values[rng.integers(0, k, k)].T
        if n.sum() > k:
            between, within = _components(n, mean, inside)
            found.append(between / (between + within) if between + within > 0 else 1.0)
    return percentile_limits(found)
