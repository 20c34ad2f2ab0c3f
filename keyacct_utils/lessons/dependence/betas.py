"""How an account or a sector moves with the market: growth, customer beta, covariance."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Interval, fraction, tails
from keyacct_utils.lessons.shared.checks import numeric_table, some
from keyacct_utils.lessons.shared.comparison import fisher_limits

__all__ = [
    "beta_table",
    "changes",
    "correlation_interval",
    "customer_beta",
    "most_opposed",
    "single_index_covariance",
]

#: Fewer months give no slope with an interval.
FEWEST = 6
#: A spread below this share of the mean level is none.
NOTHING = 1e-12
#: Below that a month alone sets the line where it stands.
LONE = 1e-9


def changes(
    amounts: pd.DataFrame, *, lag: int = 1, base: Literal["before", "average"] = "before"
) -> pd.DataFrame:
    """How much does each column grow from month to month?

    Parameters
    ----------
    amounts : DataFrame, one row per month in order, one column per account or sector (currency).
    lag : months between the two that are compared; 12 takes the season out.
    base : what the change is a share of: "before", the earlier of the two months; or "average",
        the column's own average month, which suits accounts that do not buy every month, and adds
        up: the change of the whole is the average of the changes, weighted by size.

    Returns
    -------
    DataFrame of fractions, ``lag`` rows fewer.

    Raises
    ------
    ValueError : too few months; values that are no finite numbers; an amount of zero or less that
        a growth would be a share of.
    """
    if base not in ("before", "average"):
        raise ValueError(f"base is {base!r}; use 'before' or 'average'")
    table = numeric_table(amounts, "amounts")
    if not np.isfinite(table.to_numpy()).all():
        raise ValueError("amounts holds values that are missing or not finite: fill or drop them")
    if not isinstance(lag, int | np.integer) or lag < 1:
        raise ValueError(f"lag is {lag!r}: expected 1 month or more, in whole months")
    if len(table) <= lag:
        raise ValueError(f"lag is {lag} and amounts has {len(table)} months: take lag below that")
    earlier = table.shift(lag).iloc[lag:]
    below = earlier if base == "before" else table.mean()
    lowest: Any = earlier.min() if base == "before" else below
    bad = [name for name in table.columns if lowest[name] <= 0]
    if bad:
        raise ValueError(
            f"amounts: nothing grows from zero or less ({some(bad)}); take "
            "base='average', or leave these columns out"
        )
    return pd.DataFrame((table.iloc[lag:] - earlier) / below)


def _pair(growth: object, market: object) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(growth, pd.Series) and isinstance(market, pd.Series):
        both = pd.concat([growth.rename("g"), market.rename("m")], axis=1, join="inner")
        found = both["g"].to_numpy(dtype=float), both["m"].to_numpy(dtype=float)
    else:
        found = np.asarray(growth, dtype=float), np.asarray(market, dtype=float)
    y, x = found
    if y.ndim != 1 or x.shape != y.shape:
        raise ValueError(
            f"growth and market have shapes {y.shape} and {x.shape}: expected one value a month in "
            "each, for the same months"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("growth or market holds missing or infinite values: drop these months")
    if len(y) < FEWEST:
        raise ValueError(
            f"growth and market have {len(y)} months in common; at least {FEWEST} are needed"
        )
    if np.ptp(x) <= NOTHING * max(1.0, float(np.abs(x).max())):
        raise ValueError("market does not move at all: a slope on it is not defined")
    return y, x


def customer_beta(
    growth: pd.Series, market: pd.Series, *, overlap: int = 1, confidence: float = 0.95
) -> Interval:
    """By how many percent does an account or sector move when the market moves by one percent
    (customer beta, 客户贝塔)?

    Parameters
    ----------
    growth, market : growth by month (fractions), Series with the same index or arrays of one
        length; at least 6 months. Months that only one of two Series has are left out.
    overlap : months that two neighbouring growths share, plus one: the ``lag`` of `changes`. Above
        1 the standard error is Newey and West's with overlap - 1 lags where that is the larger.
    confidence : level of the interval.

    Returns
    -------
    Interval : estimate, low, high (a number without unit; 1 moves like the market).

    Raises
    ------
    ValueError : shapes that differ, missing values, too few months, a market that does not move.

    Notes
    -----
    beta = Cov(g, m) / Var(m), the slope of a straight line through the months. Its standard error
    is HC3, where each month is held against the line that the others give; the interval is
    Student's t with as many degrees of freedom as months that count, less one: 1 / sum of the
    squared shares that each month has in the spread of the market, between 1 and n - 2. A slope
    that hangs on one month has a wide interval, however well the line meets that month.

    References
    ----------
    Dhar & Glazer 2003, Hedging Customers, Harvard Business Review, May; MacKinnon & White 1985,
    Journal of Econometrics 29; Newey & West 1987, Econometrica 55(3).
    """
    fraction("confidence", confidence, one=False)
    if overlap < 1:
        raise ValueError(f"overlap is {overlap}; 1 is growths that share no month")
    y, x = _pair(growth, market)
    model = sm.OLS(y, sm.add_constant(x))
    fit = model.fit()
    apart = x - x.mean()
    spread = float(apart @ apart)
    weight = apart**2 / spread
    without = 1 - weight - 1 / len(x)  # of 1, what the other months say of the line at this one
    alone = without < LONE
    # A month that the line has to meet has no residual; that of the others stands for it.
    left = np.where(alone, np.sqrt(fit.ssr / (len(y) - 2)), fit.resid / np.where(alone, 1, without))
    error = float(np.sqrt((weight * left**2).sum() / spread))
    if overlap > 1:
        lags = min(overlap - 1, len(y) - 2)
        near = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags})
        error = max(error, float(near.bse[1]))
    counted = float(np.clip(1 / (weight @ weight) - 1, 1, len(y) - 2))
    half = float(stats.t.isf((1 - confidence) / 2, counted)) * error
    slope = float(fit.params[1])
    return Interval(slope, slope - half, slope + half)


def beta_table(growth: pd.DataFrame, market: pd.Series, *, overlap: int = 1) -> pd.DataFrame:
    """The betas of several accounts or sectors, the highest first.

    Parameters
    ----------
    growth : DataFrame, one row per month, one column each (fractions).
    market : Series by the same months; or a DataFrame with the same columns, where each is
        compared with a market of its own (the rest of the book without it).
    overlap : see `customer_beta`.

    Returns
    -------
    DataFrame by column: beta, low, high, volatility (standard deviation of growth, a fraction a
        month), explained (share of its variance that goes with the market), months. A column whose
        growth does not move has beta 0 in an interval of no width, explained 0.

    Raises
    ------
    ValueError : as `customer_beta`.
    """
    rows = {}
    for name in growth:
        own = market[name] if isinstance(market, pd.DataFrame) else market
        found = customer_beta(growth[name], own, overlap=overlap)
        y, x = _pair(growth[name], own)
        spread = float(np.std(y, ddof=1))
        explained = float(np.corrcoef(y, x)[0, 1] ** 2) if spread > NOTHING else 0.0
        rows[name] = (*found, spread, explained, len(y))
    columns = ["beta", "low", "high", "volatility", "explained", "months"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table["months"] = table["months"].astype("int64")
    return table.sort_values("beta", ascending=False, kind="stable")


def single_index_covariance(growth: pd.DataFrame, market: pd.Series) -> pd.DataFrame:
    """How do the growths move together, if only the market moves them together?

    Parameters
    ----------
    growth : DataFrame, one row per month, one column per sector (fractions).
    market : Series by the same months.

    Returns
    -------
    DataFrame, sectors x sectors: b b' Var(m) + diag(Var(e)). It has one number per sector to
        estimate where the plain covariance has one per pair, so few months are enough.

    Raises
    ------
    ValueError : as `customer_beta`.

    References
    ----------
    Sharpe 1963, A Simplified Model for Portfolio Analysis, Management Science 9(2).
    """
    beta, own = {}, {}
    months = growth.index.intersection(market.index)
    x = market.loc[months].to_numpy(dtype=float)
    for name in growth:
        beta[name] = customer_beta(growth[name], market).estimate
        y = growth[name].loc[months].to_numpy(dtype=float)
        error = y - y.mean() - beta[name] * (x - x.mean())
        own[name] = float((error**2).sum() / (len(y) - 2))
    b = np.array(list(beta.values()))
    found = np.outer(b, b) * float(np.var(x, ddof=1)) + np.diag(list(own.values()))
    return pd.DataFrame(found, index=list(beta), columns=list(beta))


def correlation_interval(
    first: pd.Series, second: pd.Series, *, confidence: float = 0.95, pairs: int = 1
) -> Interval:
    """Does one grow where the other falls: correlation of two growths with its interval?

    Parameters
    ----------
    first, second : growths by month.
    confidence : level of the interval.
    pairs : how many pairs were looked at to find this one; the interval is widened for them
        (Bonferroni), since the most extreme of many pairs is extreme by chance too.

    Returns
    -------
    Interval : estimate, low, high, in [-1, 1].

    Raises
    ------
    ValueError : as `customer_beta`; a growth that does not move; fewer than one pair.

    Notes
    -----
    Fisher's z with the months that count: n / (1 + 2 a b), where a and b are the correlations of
    each growth with its own month before. A month of much is followed by one of less, so the
    growths of accounts that buy now and then swing back and forth, and two such swings agree or
    disagree by chance more often than n independent months would.

    References
    ----------
    Fisher 1921, Metron 1; Bartlett 1935, Journal of the Royal Statistical Society 98(3).
    """
    if pairs < 1:
        raise ValueError(f"pairs is {pairs}; at least this one was looked at")
    y, x = _pair(first, second)
    if np.ptp(y) <= NOTHING:
        raise ValueError("first does not move at all: a correlation is not defined")
    r = float(np.clip(np.corrcoef(y, x)[0, 1], -1 + 1e-12, 1 - 1e-12))
    wide = stats.norm.isf(tails(confidence)[0] / pairs)
    again = max(0.0, _own_lag(y) * _own_lag(x))
    half = wide / np.sqrt(max(1.0, len(y) / (1 + 2 * again) - 3))
    return Interval(r, *fisher_limits(r, half))


def _own_lag(values: np.ndarray) -> float:
    """Correlation of a growth with its own month before; 0 where it does not move."""
    centred = values - values.mean()
    whole = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / whole if whole > 0 else 0.0


def most_opposed(growth: pd.DataFrame) -> tuple[str, str]:
    """Which two move most against each other: the pair with the lowest correlation of growth?

    Raises
    ------
    ValueError : fewer than two columns that move.
    """
    moving = growth.loc[:, growth.std() > NOTHING]
    if moving.shape[1] < 2:
        raise ValueError(f"growth has {moving.shape[1]} columns that move; a pair needs two")
    table = moving.corr().to_numpy(copy=True)
    table[np.triu_indices(len(table))] = np.inf
    row, column = np.unravel_index(int(np.argmin(table)), table.shape)
    low, high = sorted((int(row), int(column)))
    return str(moving.columns[low]), str(moving.columns[high])
