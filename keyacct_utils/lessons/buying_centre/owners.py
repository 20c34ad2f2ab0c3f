"""Our own side: whose accounts stay, once luck is taken out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["owner_retention"]

#: Fewer owners say nothing of how far owners differ.
FEWEST_OWNERS = 4
#: Spreads between owners, from 0 to 1/2, over which an interval is averaged.
SPREADS = 501


def owner_retention(cases: pd.DataFrame) -> pd.DataFrame:
    """Whose accounts stayed, and how much of the difference is luck (收缩估计)?

    Parameters
    ----------
    cases : DataFrame
        manager_id and stayed (0 or 1): one row per account that bought before.

    Returns
    -------
    DataFrame by manager_id
        accounts, stayed, share, shrunk (share drawn to that of all, the more the fewer accounts),
        low and high (95 %, of shrunk).

    Raises
    ------
    ValueError
        Where a column lacks, a value is neither 0 nor 1, or there are fewer than four owners.

    Notes
    -----
    shrunk = m + b (x - m), b = t / (t + v), v = p (1 - p) / n with p the share of all, t the
    variance between owners by Paule and Mandel, m their mean weighted by 1 / (t + v). The interval
    holds that t is estimated: the mean square error around shrunk, averaged over the values that t
    may have after the data, with the standard deviation between owners taken as equally likely up
    to 1/2, its largest. So it is the wider the fewer accounts an owner has, also where t is put at
    0. Where all stayed, or none, nothing is told.

    References
    ----------
    Paule & Mandel 1982, J Res Natl Bur Stand 87(5); Morris 1983, JASA 78(381); Gelman 2006,
    Bayesian Analysis 1(3), 515-534.
    """
    need_columns(cases, ("manager_id", "stayed"), "cases")
    stayed = to_number(cases["stayed"], "cases.stayed")
    odd = stayed[~stayed.isin([0.0, 1.0])]
    if len(odd):
        raise ValueError(f"cases.stayed: {some(odd)} is neither 0 nor 1")
    of = stayed.groupby(cases["manager_id"])
    table = pd.DataFrame({"accounts": of.size(), "stayed": of.sum().astype(int)})
    if len(table) < FEWEST_OWNERS:
        raise ValueError(
            f"cases: {len(table)} owners; expected at least {FEWEST_OWNERS}, since fewer say "
            "nothing of how far owners differ"
        )
    table["share"] = table["stayed"] / table["accounts"]
    p = float(stayed.mean())
    if not 0 < p < 1:
        return table.assign(shrunk=p, low=np.nan, high=np.nan)
    v = p * (1 - p) / table["accounts"].to_numpy(dtype=float)
    x = table["share"].to_numpy(dtype=float)
    t = max(float(combine_effects(x, v, method_re="iterated").tau2), 0.0)
    weight = 1 / (t + v)
    m, b = float(weight @ x / weight.sum()), t / (t + v)
    table["shrunk"] = m + b * (x - m)
    error = _error(x, v, table["shrunk"].to_numpy())
    table["low"] = (table["shrunk"] - 1.959964 * error).clip(0, 1)
    table["high"] = (table["shrunk"] + 1.959964 * error).clip(0, 1)
    return table


def _error(x: np.ndarray, v: np.ndarray, shrunk: np.ndarray) -> np.ndarray:
    """Root mean square error of shrunk shares, over the spreads that the data leave open."""
    t = np.linspace(0, 0.5, SPREADS)[:, None] ** 2
    w = 1 / (t + v)
    total = w.sum(axis=1, keepdims=True)
    m = (w * x).sum(axis=1, keepdims=True) / total
    fit = 0.5 * (np.log(w) - w * (x - m) ** 2).sum(axis=1) - 0.5 * np.log(total[:, 0])
    likely = np.exp(fit - fit.max())[:, None]
    b = t * w
    square = b * v + (1 - b) ** 2 / total + (m + b * (x - m) - shrunk) ** 2
    return np.sqrt((likely * square).sum(axis=0) / likely.sum())
