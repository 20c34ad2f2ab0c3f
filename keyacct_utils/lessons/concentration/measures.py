"""How few accounts carry the business: concentration of amounts over accounts (客户集中度),
lesson N01.

What counts as an amount, and which ones are refused, says `keyacct_utils.lessons.shared.amounts`.
All measures are scale-free; shares are fractions; top q means the ceil(q n) largest accounts.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import (
    SHARE_DECIMALS,
    Amounts,
    Interval,
    PositivePart,
    abc_classes,
    account_values,
    accounts_to_reach,
    ascending_shares,
    positive_part,
    share_of_top,
    top_count,
)
from keyacct_utils.lessons.shared.rank_shrinkage import shrunken_ranks
from keyacct_utils.lessons.shared.resampling import (
    bootstrap_interval,
    bootstrap_rank_intervals,
    tail_bootstrap_interval,
)
from keyacct_utils.lessons.shared.size_intervals import (
    Measure,
    SizeInterval,
    covered,
    fits_lognormal,
    sigma_limits,
    size_interval,
    size_simulated,
)
from keyacct_utils.lessons.shared.size_models import (
    fit_lognormal_sigma,
    flag_outliers,
    largest_share_draws,
    lognormal_effective_number,
    lognormal_gini,
    lognormal_sigma,
    lognormal_top_share,
    pareto_alpha,
    pareto_gini,
    sigma_for_top_share,
)

__all__ = [
    "HHI_GUIDELINES",
    "HHI_POINTS",
    "Interval",
    "Measure",
    "PositivePart",
    "SizeInterval",
    "abc_classes",
    "accounts_to_reach",
    "bootstrap_interval",
    "bootstrap_rank_intervals",
    "concentration_table",
    "covered",
    "effective_number",
    "fit_lognormal_sigma",
    "fits_lognormal",
    "flag_outliers",
    "gini",
    "hhi",
    "hhi_band",
    "largest_share_draws",
    "lognormal_effective_number",
    "lognormal_gini",
    "lognormal_sigma",
    "lognormal_top_share",
    "lorenz",
    "pareto_alpha",
    "pareto_gini",
    "positive_part",
    "share_of_top",
    "shrunken_ranks",
    "sigma_for_top_share",
    "sigma_limits",
    "size_interval",
    "size_simulated",
    "tail_bootstrap_interval",
    "top_count",
    "top_share",
]

#: HHI of a monopoly in points (shares in percent, squared).
HHI_POINTS = 10_000
PERCENT = 100
#: US merger guidelines by year: below the first, moderate; above the second, high (points). 2023:
#: with the DoJ's HHI page.
HHI_GUIDELINES = {"1992": (1_000, 1_800), "2010": (1_500, 2_500), "2023": (1_000, 1_800)}
TABLE_COLUMNS = (
    "accounts",
    "total",
    "top_share",
    "gini",
    "hhi",
    "effective_number",
    "accounts_to_reach",
    "largest_share",
    "left_out",
    "amount_left_out",
)


def lorenz(x: Amounts) -> pd.DataFrame:
    """Which share of the amount do the smallest p of the accounts hold (Lorenz curve, 洛伦兹曲线)?

    Parameters
    ----------
    x : n amounts per account, none negative.

    Returns
    -------
    DataFrame (n + 1 rows) : share_of_accounts, share_of_amount, from (0, 0) to (1, 1); one account
    gives these two points.

    References
    ----------
    Lorenz 1905, Publications of the American Statistical Association 9(70).
    """
    held = np.concatenate([[0.0], np.cumsum(ascending_shares(x))])
    held /= held[-1]
    return pd.DataFrame(
        {"share_of_accounts": np.linspace(0, 1, len(held)), "share_of_amount": held}
    )


def gini(x: Amounts) -> float:
    """How unequal are the accounts (Gini coefficient, 基尼系数)? 0 all alike.

    Parameters
    ----------
    x : n amounts per account, none negative. One account gives 0.

    Returns
    -------
    float in [0, 1).

    Notes
    -----
    sum((2i - n - 1) x_i) / (n sum x), x ascending: 1 - 2 x the area under the Lorenz curve.

    References
    ----------
    Gini 1912, Variabilità e mutabilità.
    """
    shares = ascending_shares(x)
    n = len(shares)
    return max(0.0, float(((2 * np.arange(1, n + 1) - n - 1) * shares).sum() / n))


def _monopoly(scale: float) -> float:
    """The index of a monopoly: shares in percent, squared, are points, and so is the index times
    10,000.
    """
    if scale not in (1, PERCENT, HHI_POINTS):
        raise ValueError(
            "scale must be 1 (shares as fractions), or 100 "
            f"or {HHI_POINTS} for points, got {scale!r}"
        )
    return 1 if scale == 1 else HHI_POINTS


def hhi(x: Amounts, scale: float = 1, *, total: float | None = None) -> float:
    """How concentrated is the amount (Herfindahl-Hirschman index)?

    Parameters
    ----------
    x : n amounts per account, none negative. One account gives 1, or 10,000 points.
    scale : 1 for shares as fractions; 100 (shares in percent) or 10,000 (the index of a monopoly)
        both give points.
    total : amount that the shares refer to, where x names only the large accounts; the rest counts
        as infinitely many small ones, so the result is a lower bound. Default: the sum of x.

    Returns
    -------
    float : sum of squared shares, between 1 / n and 1 (10,000 / n and 10,000 points) when ``total``
        is not given.

    References
    ----------
    Hirschman 1964, American Economic Review 54(5); S003-10c (the two wholesalers, with total).
    """
    monopoly = _monopoly(scale)
    shares = ascending_shares(x)
    named = 1.0
    if total is not None:
        named = (
            round(math.fsum(account_values(x)) / total, SHARE_DECIMALS)
            if math.isfinite(total) and total > 0
            else math.inf
        )
        if named > 1:
            raise ValueError(
                "total must be finite and at least the sum of x, "
                f"{math.fsum(account_values(x)):g}; got {total!r}"
            )
    return float(monopoly * named**2 * (shares**2).sum())


def effective_number(x: Amounts) -> float:
    """How many accounts of equal size would be as concentrated: 1 / HHI, between 1 and n (Adelman
    1969, REStat 51)?
    """
    return 1 / hhi(x)


def hhi_band(value: float, guideline: str = "2023", *, scale: float = 1) -> str:
    """What would a merger guideline call this HHI: "unconcentrated", "moderately concentrated" or
    "highly concentrated"?

    Parameters
    ----------
    value : HHI on the scale of ``scale`` (1, or 100 or 10,000 for points), as `hhi` gives it.
    guideline : US merger guidelines of "1992" or "2023" (1,000 / 1,800 points) or "2010" (1,500 /
        2,500); name the one used.

    Returns
    -------
    str : a value on a limit is "moderately concentrated".

    Notes
    -----
    Written for sellers in a market. For the customers of one seller it is an analogy: no authority
    set limits for these.
    """
    if str(guideline) not in HHI_GUIDELINES:
        raise ValueError(f"guideline must be one of {', '.join(HHI_GUIDELINES)}, got {guideline!r}")
    monopoly = _monopoly(scale)
    if not 0 < value <= monopoly:
        raise ValueError(
            f"value must be above 0 and at most {monopoly:g}, "
            f"got {value!r}; for points pass scale=10_000"
        )
    low, high = HHI_GUIDELINES[str(guideline)]
    points = round(value / monopoly * HHI_POINTS, 9)
    return (
        "unconcentrated"
        if points < low
        else "moderately concentrated"
        if points <= high
        else "highly concentrated"
    )


def top_share(x: Amounts, q: float = 0.2) -> float:
    """Which share of the amount do the top q of the accounts hold (S000-2a, S004-1a: "80/20")?

    Parameters
    ----------
    x : n amounts per account, none negative. One account gives 1.
    q : fraction of accounts, above 0 and at most 1; the ceil(q n) largest are counted, so at least
        one.

    Returns
    -------
    float in (0, 1], not falling in q.
    """
    shares = ascending_shares(x)
    return min(1.0, float(shares[len(shares) - top_count(len(shares), q) :].sum()))


def concentration_table(
    rollup: pd.DataFrame,
    by: str | None = "line",
    value: str = "revenue",
    *,
    q: float = 0.2,
    share: float = 0.8,
) -> pd.DataFrame:
    """How concentrated is each line (or other group), in one table?

    Parameters
    ----------
    rollup : rows with account_id, ``by`` and ``value`` (currency), several rows per account
        allowed: they are netted first.
    by : column of the groups; None for all rows as one group, "all".
    q, share : of `top_share` and `accounts_to_reach`.

    Returns
    -------
    DataFrame indexed by group : accounts (with a positive net amount), total (theirs), top_share,
        gini, hhi, effective_number, accounts_to_reach, largest_share, left_out (accounts with a net
        amount of zero or less) and amount_left_out. A group without a positive account has accounts
        0, total 0 and missing measures.

    Raises
    ------
    ValueError : a column is missing, no row, a missing group or account_id, an amount that is no
        finite number.
    """
    needed = ["account_id", value] + ([by] if by else [])
    missing = [name for name in needed if name not in rollup.columns]
    if missing:
        raise ValueError(f"rollup lacks {missing}; expected {needed}, found {list(rollup.columns)}")
    account_values(rollup[value], "any")
    frame = rollup[needed] if by else rollup[needed].assign(group="all")
    keys = [by or "group", "account_id"]
    blank = frame[keys].isna().any(axis=1)
    if blank.any():
        first = list(rollup.index[blank][:3])
        raise ValueError(
            f"rollup: {blank.sum()} rows have no {' or no '.join(keys)} "
            f"(first: {first}); fill or drop them"
        )
    rows = {}
    nets = frame.groupby(keys, observed=True)[value].sum().astype(float)
    for group, net in nets.groupby(level=0, observed=True):
        kept, rest = net[net > 0], net[net <= 0]
        row: dict[str, float] = {"accounts": len(kept), "total": math.fsum(kept)}
        if len(kept):
            row |= {"top_share": top_share(kept, q), "gini": gini(kept), "hhi": hhi(kept)}
            row |= {
                "effective_number": effective_number(kept),
                "accounts_to_reach": accounts_to_reach(kept, share),
            }
            row |= {"largest_share": float(ascending_shares(kept)[-1])}
        rows[group] = row | {"left_out": len(rest), "amount_left_out": math.fsum(rest)}
    table = (
        pd.DataFrame.from_dict(rows, orient="index")
        .reindex(columns=list(TABLE_COLUMNS))
        .rename_axis(keys[0])
    )
    return table.astype({"accounts": "int64", "accounts_to_reach": "Int64", "left_out": "int64"})
