"""Ranks that allow for how noisy an account's months are: levels pulled together before they are
ranked (收缩估计).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

#: Months that do not vary at all are taken to vary by this part of their mean: no level is without
#: noise (assumption).
LEAST_NOISE = 0.01


def shrunken_ranks(amounts: pd.DataFrame) -> pd.DataFrame:
    """Which rank has each account once its level is pulled towards that of all, the more the
    noisier its months?

    Parameters
    ----------
    amounts : wide, one row per account (index account_id), one column per period, nothing missing;
        at least 2 periods and 3 accounts.

    Returns
    -------
    DataFrame by account_id, in the order of ``amounts`` : amount (sum), weight (of its own level,
        from 0 to 1), shrunk (level after shrinkage, per period), rank_shrunk (1 = largest, ties by
        account_id). Missing for an account whose sum is not positive: its logarithm does not exist.

    Raises
    ------
    ValueError : fewer periods or accounts with a positive sum; repeated accounts.

    Notes
    -----
    y_i = ln of the mean per period; v_i = its variance, that of the periods over (k mean^2), each
    period divided by the season, the mean of x_it / mean_i over the accounts. tau^2 is the variance
    between accounts by the method of Paule and Mandel. shrunk_i = exp(mu + b_i (y_i - mu)), b_i =
    tau^2 / (tau^2 + v_i), mu the mean weighted by 1 / (tau^2 + v_i). Where accounts differ far more
    than their months, b is near 1 and the rank stays.

    References
    ----------
    Morris 1983, JASA 78(381); Paule & Mandel 1982, J Res Natl Bur Stand 87(5).
    """
    if not amounts.index.is_unique:
        raise ValueError("amounts repeats accounts; sum per account first")
    totals = amounts.sum(axis=1)
    kept = amounts[totals > 0]
    n, periods = kept.shape
    if n < 3 or periods < 2:
        raise ValueError(
            f"amounts has {n} accounts with a positive sum and {periods} periods; "
            "expected at least 3 and 2"
        )
    mean = totals[kept.index].to_numpy(dtype=float) / periods
    rows = kept.to_numpy(dtype=float)
    # every account counts alike, so that no large one makes the season
    season = (rows / mean[:, None]).mean(axis=0)
    rows = rows / np.where(season > 0, season, np.nan)
    noise = np.nanvar(rows, axis=1, ddof=1) / (periods * mean**2)
    noise = np.maximum(noise, LEAST_NOISE**2 / periods)
    level = np.log(mean)
    found = combine_effects(level, noise, method_re="iterated")
    between = max(float(found.tau2), 0.0)
    centre = float(np.average(level, weights=1 / (between + noise)))
    weight = between / (between + noise)
    out = pd.DataFrame(
        {"weight": weight, "shrunk": np.exp(centre + weight * (level - centre))}, index=kept.index
    )
    order = out["shrunk"].sort_index().round(9).sort_values(ascending=False, kind="stable").index
    out["rank_shrunk"] = pd.Series(range(1, n + 1), index=order)
    out = out.reindex(amounts.index)
    out.insert(0, "amount", totals)
    return out.astype({"rank_shrunk": "Int64"})
