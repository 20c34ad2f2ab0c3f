"""Our own side: whose accounts stay, once luck is taken out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["owner_retention"]

#: Fewer owners say nothing of how far owners differ.
FEWEST_OWNERS = 4


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
    takes t for known: with few owners it is too narrow. Where all stayed, or none, nothing is told.

    References
    ----------
    Paule & Mandel 1982, J Res Natl Bur Stand 87(5); Morris 1983, JASA 78(381).
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
    error = np.sqrt(b * v + (1 - b) ** 2 / weight.sum())
    table["shrunk"] = m + b * (x - m)
    table["low"] = (table["shrunk"] - 1.959964 * error).clip(0, 1)
    table["high"] = (table["shrunk"] + 1.959964 * error).clip(0, 1)
    return table
