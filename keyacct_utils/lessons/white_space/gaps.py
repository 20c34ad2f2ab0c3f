"""How much more could an account buy? Potential as a high quantile of its peers, with its error."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.quantile_regression import QuantReg

from keyacct_utils.lessons.shared.amounts import Interval, descending, fraction
from keyacct_utils.lessons.shared.checks import some, to_number
from keyacct_utils.lessons.shared.comparison import fisher_limits
from keyacct_utils.lessons.showing.words import count

__all__ = [
    "GapTest",
    "Wallet",
    "gap_matrix",
    "gap_test",
    "left_out_wallets",
    "survey_line",
    "wallet",
]

Floats = npt.NDArray[np.float64]
#: Accounts without which no line is drawn: fewer say nothing of a high quantile of a line.
FEWEST = 20
#: A group of peers with fewer buyers is joined with the other small ones.
FEWEST_PEERS = 8
OTHERS = "others"
#: Accounts that have to lie beyond the line: with fewer its interval holds less than it says.
BEYOND = 5
Z = float(stats.norm.ppf(0.975))
_ITERATIONS = 5_000


class Wallet(NamedTuple):
    """A line of spending on size, and what it gives for each account."""

    #: Of spending on size: in logarithms the percent of spending per percent of size.
    slope: float
    low: float
    high: float
    intercept: float
    #: Which quantile of the peers; 0.5 for the line through surveyed wallets.
    q: float
    #: Accounts that the line was drawn through.
    accounts: int
    #: By account: potential, low, high (95 % interval of the line there).
    table: pd.DataFrame
    #: Of all potentials together, with 95 % limits.
    total: Interval


def _series(values: pd.Series, argument: str) -> pd.Series:
    if not isinstance(values, pd.Series):
        raise ValueError(
            f"{argument} is a {type(values).__name__}: expected a Series with one number per "
            "account_id"
        )
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()]
        raise ValueError(f"{argument}: accounts are repeated ({some(twice)}); sum them first")
    return to_number(values, argument)


def _paired(size: pd.Series, spend: pd.Series, log: bool, name: str) -> pd.DataFrame:
    """Size and spending of the accounts through which the line is drawn."""
    both = pd.DataFrame({"x": size, "y": spend}).dropna()
    both = both.iloc[np.flatnonzero(np.isfinite(both.to_numpy()).all(axis=1))]
    if log:
        both = both[(both["x"] > 0) & (both["y"] > 0)]
    if len(both) < FEWEST:
        what = "above zero in both" if log else "in both"
        raise ValueError(
            f"{name} and size: {count(len(both), 'account')} with a value {what}; a line needs "
            f"{FEWEST} or more"
        )
    if both["x"].nunique() < 3:
        raise ValueError("size takes fewer than 3 values: a line on it cannot be drawn")
    if both["y"].nunique() < 3:
        raise ValueError(f"{name} takes fewer than 3 values: a line through it says nothing")
    return both


def _dummies(peers: pd.Series, index: pd.Index) -> pd.DataFrame:
    """One column per group of peers but the first; small groups are joined."""
    groups = peers.reindex(index).fillna(OTHERS).astype(str)
    counted = groups.value_counts()
    small = counted.index[counted < FEWEST_PEERS]
    groups = groups.where(~groups.isin(list(small)), OTHERS)
    return pd.get_dummies(groups, dtype=float).iloc[:, 1:]


def _design(x: pd.Series, log: bool, columns: pd.DataFrame | None) -> pd.DataFrame:
    frame = pd.DataFrame({"one": 1.0, "size": np.log(x) if log else x}, index=x.index)
    return frame if columns is None else frame.join(columns)


def _everybody(
    design: pd.DataFrame, beta: Floats, covariance: Floats, log: bool, reach: float
) -> tuple[pd.DataFrame, Interval]:
    """Potential with its limits for each row of a design, and of all of them together."""
    rows = design.to_numpy(dtype=float)
    line = rows @ beta
    error = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    ends = np.column_stack([line, line - reach * error, line + reach * error])
    values = np.exp(ends) if log else ends
    total = float(values[:, 0].sum())
    gradient = (values[:, [0]] * rows).sum(axis=0) if log else rows.sum(axis=0)
    spread = float(np.sqrt(gradient @ covariance @ gradient))
    # of a sum of exponentials the logarithm is nearer to normal
    together = (
        Interval(
            total, total * np.exp(-reach * spread / total), total * np.exp(reach * spread / total)
        )
        if log
        else Interval(total, total - reach * spread, total + reach * spread)
    )
    table = pd.DataFrame(values, design.index, ["potential", "low", "high"])
    return table, Interval(*map(float, together))


def _quantile_line(target: pd.Series, drawn: pd.DataFrame, q: float) -> tuple[Floats, Floats]:
    """Coefficients and their covariance. The first bandwidth asks for accounts beyond a high
    quantile that a small book does not have; the second needs fewer.
    """
    for bandwidth in ("hsheather", "chamberlain"):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            fit = QuantReg(target, drawn).fit(q=q, max_iter=_ITERATIONS, bandwidth=bandwidth)
        covariance = fit.cov_params().to_numpy()
        if np.isfinite(covariance).all() and (np.diag(covariance) > 0).all():
            return fit.params.to_numpy(), covariance
    raise ValueError(
        f"q is {q:g}, and the {len(drawn)} accounts are too few, or too many of them spend alike, "
        "to say how sure so high or low a quantile is; take one nearer to 0.5"
    )


def wallet(
    size: pd.Series,
    spend: pd.Series,
    q: float = 0.9,
    *,
    peers: pd.Series | None = None,
    log: bool = True,
) -> Wallet:
    """What could an account of this size buy, if it bought like the best-served of its peers?

    Parameters
    ----------
    size : by account_id: what the need grows with, told by something that is not the spending
        itself (installed load, staff). Each account with a size above zero gets a potential.
    spend : by account_id: what it buys of us (currency a year). Accounts with nothing bought are
        not among those that the line is drawn through.
    q : quantile of the peers that counts as potential, between 0 and 1.
    peers : by account_id: group of peers (a sector); each has a level of its own, and groups with
        fewer than 8 buyers are joined. All are peers where it is not given.
    log : logarithms of both (the default: sizes differ by a hundred times); else as they are.

    Returns
    -------
    Wallet : slope with its 95 % interval, intercept, q, accounts, table (potential, low, high by
        account), total (of all potentials, with limits).

    Raises
    ------
    ValueError : fewer than 20 accounts with both values, or fewer than 5 of them beyond the line, a
        constant size or spending, a quantile outside 0 to 1, repeated accounts, groups of peers
        that the size alone tells apart.

    Notes
    -----
    Quantile regression: the line that a share q of the peers stays below, min sum of
    rho(y - a - b x) with rho(u) = u (q - (u < 0)). A quantile of logarithms is the logarithm of the
    quantile, so no correction is needed on the way back. The error is that of the sandwich with a
    kernel (Powell), as statsmodels gives it, with Student's t of as many degrees of freedom as
    accounts lie beyond the line: with the normal one, an interval of a high quantile of a hundred
    accounts held less than it says.

    References
    ----------
    S000-11b. Koenker & Bassett 1978, Econometrica 46; Koenker & Hallock 2001, Journal of Economic
    Perspectives 15(4): food expenditure of Engel's households, the published check.
    """
    fraction("q", q, one=False)
    x, y = _series(size, "size"), _series(spend, "spend")
    both = _paired(x, y, log, "spend")
    known = x[np.isfinite(x) & ((x > 0) | (not log))]
    columns = None if peers is None else _dummies(peers, known.index)
    if columns is not None:
        seen = columns.loc[both.index].sum()
        columns = columns[seen.index[(seen > 0)]] if len(seen) else None
    every = _design(known, log, columns)
    drawn = every.loc[both.index]
    if np.linalg.matrix_rank(drawn.to_numpy()) < drawn.shape[1]:
        raise ValueError("peers: size tells the groups apart by itself; leave peers out")
    target = np.log(both["y"]) if log else both["y"]
    if round(len(both) * min(q, 1 - q), 9) < BEYOND:
        raise ValueError(
            f"q is {q:g}: fewer than {BEYOND} of {len(both)} accounts lie beyond such a line; take "
            f"one between {BEYOND / len(both):.2g} and {1 - BEYOND / len(both):.2g}"
        )
    beta, covariance = _quantile_line(target, drawn, q)
    reach = float(stats.t.ppf(0.975, len(both) * min(q, 1 - q)))
    table, total = _everybody(every, beta, covariance, log, reach)
    error = float(np.sqrt(covariance[1, 1]))
    slope = float(beta[1])
    return Wallet(
        slope,
        slope - reach * error,
        slope + reach * error,
        float(beta[0]),
        q,
        len(both),
        table,
        total,
    )


def survey_line(size: pd.Series, surveyed: pd.Series) -> Wallet:
    """What do accounts of this size spend with all their suppliers, by what some of them said?

    Parameters
    ----------
    size : by account_id, above zero; each such account gets a potential.
    surveyed : by account_id: what the asked accounts spend in a year with everybody (currency).

    Returns
    -------
    Wallet : as `wallet`; q is 0.5. The limits are of the line (the typical account of that size),
        not of one account.

    Raises
    ------
    ValueError : as `wallet`.

    Notes
    -----
    Least squares of the logarithms; exp of the line is the median, not the mean.
    """
    x, y = _series(size, "size"), _series(surveyed, "surveyed")
    both = _paired(x, y, True, "surveyed")
    every = _design(x[np.isfinite(x) & (x > 0)], True, None)
    fit = OLS(np.log(both["y"]), every.loc[both.index]).fit()
    low, high = fit.conf_int().loc["size"]
    reach = float(stats.t.ppf(0.975, fit.df_resid))
    beta, covariance = fit.params.to_numpy(), fit.cov_params().to_numpy()
    table, total = _everybody(every, beta, covariance, True, reach)
    return Wallet(
        float(fit.params["size"]), float(low), float(high), float(fit.params["one"]), 0.5,
        len(both), table, total,
    )  # fmt: skip


def left_out_wallets(size: pd.Series, surveyed: pd.Series) -> pd.Series:
    """What would the line of the other surveyed accounts say of each surveyed one?

    Parameters
    ----------
    size, surveyed : as `survey_line`.

    Returns
    -------
    Series by account_id, currency a year: each from a line that was drawn without it.

    Raises
    ------
    ValueError : as `survey_line`.
    """
    x, y = _series(size, "size"), _series(surveyed, "surveyed")
    both = _paired(x, y, True, "surveyed")
    fit = OLS(np.log(both["y"]), _design(both["x"], True, None)).fit()
    left = fit.resid / (1 - fit.get_influence().hat_matrix_diag)
    return np.exp(np.log(both["y"]) - left).rename("left_out")


def gap_matrix(spend: pd.DataFrame, size: pd.Series | None = None, q: float = 0.9) -> pd.DataFrame:
    """Potential less what is bought, account by account and product by product.

    Parameters
    ----------
    spend : accounts x products, what each bought (currency); nothing bought is 0 or missing.
    size : by account_id. Where it is not given, what an account buys of all other products stands
        for its size: a ledger alone is enough, and an account that buys one product only has no
        gap in it that could be told.
    q : quantile of the peers, see `wallet`.

    Returns
    -------
    DataFrame, accounts x products, currency: above zero where peers of that size buy more; missing
        where no potential can be told (no size, or fewer than 20 buyers of the product).

    Raises
    ------
    ValueError : no account or no product, names that repeat, a quantile outside 0 to 1; one product
        without size.
    """
    fraction("q", q, one=False)
    if not isinstance(spend, pd.DataFrame) or not spend.shape[0] or not spend.shape[1]:
        raise ValueError("spend is empty: expected one row per account and one column per product")
    if not (spend.index.is_unique and spend.columns.is_unique):
        raise ValueError("spend: an account or a product is repeated; sum them first")
    if size is None and spend.shape[1] < 2:
        raise ValueError("spend has one product and there is no size: give size, or two products")
    bought = spend.apply(lambda column: to_number(column, f"spend.{column.name}")).fillna(0.0)
    if not np.isfinite(bought.to_numpy()).all():
        raise ValueError("spend holds infinite amounts: repair or drop them")
    sold = bought.clip(lower=0.0)
    found = {}
    for product in bought:
        x = size if size is not None else sold.drop(columns=product).sum(axis=1)
        try:
            potential = wallet(x, bought[product], q).table["potential"]
        except ValueError:
            potential = pd.Series(dtype=float)
        found[product] = potential.reindex(bought.index) - bought[product]
    return pd.DataFrame(found, index=bought.index)


class GapTest(NamedTuple):
    """What a ranking of gaps is worth against wallets that are known."""

    #: Rank correlation of told and true gap, with its 95 % interval.
    rank: Interval
    #: Correlation of the told share of the wallet with the true one.
    share: Interval
    #: Of the so many largest true gaps, how many are among the so many largest told ones.
    hits: int
    first: int
    #: How many a ranking by lot would find on average.
    by_lot: float
    accounts: int


def gap_test(told: pd.Series, spend: pd.Series, known: pd.Series, first: int = 30) -> GapTest:
    """Does a potential rank the gaps as the known wallets do?

    Parameters
    ----------
    told : by account_id: potential or estimated wallet (currency); must not have been fitted to the
        very wallets it is tested on (`left_out_wallets`).
    spend : by account_id: what it buys of us.
    known : by account_id: its true wallet.
    first : how many of the largest gaps count.

    Returns
    -------
    GapTest : rank and share correlations with 95 % limits (Fisher's z), hits of first, by_lot,
        accounts.

    Raises
    ------
    ValueError : fewer than 8 accounts with all three, or so many ``first`` as accounts.

    Notes
    -----
    By lot first^2 / n of the first are found. The share is spending over wallet; accounts that buy
    nothing have none and are left out of its correlation, or they alone would make it.
    """
    both = pd.DataFrame({"told": told, "spend": spend, "known": known}).dropna()
    if len(both) < FEWEST_PEERS:
        raise ValueError(
            f"known: {count(len(both), 'account')} with all three; {FEWEST_PEERS} are needed"
        )
    if not 1 <= first < len(both):
        raise ValueError(f"first is {first}: expected 1 to {len(both) - 1}, fewer than accounts")
    gap, true = both["told"] - both["spend"], both["known"] - both["spend"]
    buying = both[(both["spend"] > 0) & (both["told"] > 0)]
    share = np.nan
    if len(buying) >= FEWEST_PEERS:
        one, two = buying["spend"] / buying["told"], buying["spend"] / buying["known"]
        share = float(np.corrcoef(one, two)[0, 1]) if min(one.std(), two.std()) > 0 else np.nan
    rank = float(stats.spearmanr(gap, true).statistic)
    found = set(descending(gap).index[:first]) & set(descending(true).index[:first])
    return GapTest(
        Interval(rank, *_fisher(rank, len(both), 1 + rank**2 / 2)),
        Interval(share, *_fisher(share, len(buying))),
        len(found),
        first,
        first**2 / len(both),
        len(both),
    )


def _fisher(correlation: float, n: int, inflated: float = 1.0) -> tuple[float, float]:
    """Limits by Fisher's z; of ranks its variance is larger (Bonett & Wright 2000)."""
    if np.isnan(correlation) or n < 4 or abs(correlation) >= 1:
        return np.nan, np.nan
    return fisher_limits(correlation, Z * np.sqrt(inflated / (n - 3)))
