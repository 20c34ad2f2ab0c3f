"""What a refused offer costs: purchases after a refusal and after a renewal (拒绝的代价)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from keyacct_utils.lessons.shared.amounts import at_least, tails
from keyacct_utils.lessons.shared.checks import need_columns, some

#: Months before and after an offer in which purchases are compared.
WINDOW = 12
#: An account counts as a regular buyer from so many months with purchases in the window before an
#: offer: a change on next to nothing is none.
REGULAR = 3


@dataclass(frozen=True)
class RefusalLoss:
    """The share of purchases lost after a refusal: see :func:`refusal_loss`."""

    estimate: float
    low: float
    high: float
    #: Difference of the logarithms of purchases, refused less renewed, and its standard error.
    log_change: float
    error: float
    #: The same share by plain comparison.
    plain: float
    refused: int
    renewed: int

    @property
    def seen(self) -> bool:
        """Whether the whole interval lies above 0: this book shows a loss."""
        return self.low > 0

    def drawn(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Shares lost, drawn from their sampling distribution."""
        if not math.isfinite(self.log_change):
            return np.full(size, self.estimate)
        return np.asarray(1 - np.exp(rng.normal(self.log_change, self.error, size)))


def purchases_around(
    offers: pd.DataFrame, months: pd.DataFrame, *, window: int = WINDOW, regular: int = REGULAR
) -> pd.DataFrame:
    """What did each account buy in the months before an offer, and in those after it?

    Parameters
    ----------
    offers : DataFrame, one row per offer
        account_id and date.
    months : DataFrame, one row per account and month
        account_id, month (a whole number, counted in months: ``Period.ordinal``), revenue.
    window : months on either side; the month of the offer belongs to neither.
    regular : months with purchases that an account must have in the window before.

    Returns
    -------
    DataFrame, index of ``offers``
        The offers whose two windows lie within the ledger and whose account was a customer before
        the first of them, with before (above 0) and after (0 or more: what is returned on balance
        counts as nothing).

    Raises
    ------
    ValueError
        Columns lacking, a window or ``regular`` below 1.
    """
    need_columns(offers, ["account_id", "date"], "offers")
    need_columns(months, ["account_id", "month", "revenue"], "months")
    at_least("window", window, 1)
    at_least("regular", regular, 1)
    empty = offers.iloc[:0].assign(before=pd.Series(dtype=float), after=pd.Series(dtype=float))
    if offers.empty or months.empty:
        return empty
    sold = months.pivot_table(
        index="account_id", columns="month", values="revenue", aggfunc="sum", fill_value=0.0
    )
    first, last = int(sold.columns.min()), int(sold.columns.max())
    sold = sold.reindex(columns=range(first, last + 1), fill_value=0.0)
    bought = (sold > 0).to_numpy()
    joined = first + bought.argmax(axis=1)
    month = pd.to_datetime(offers["date"]).dt.to_period("M").astype("int64").to_numpy()
    row = sold.index.get_indexer(pd.Index(offers["account_id"]))
    inside = (row >= 0) & (month - window >= first) & (month + window <= last)
    inside &= np.where(row >= 0, joined[row], last) <= month - window
    kept, row, column = offers[inside], row[inside], month[inside] - first

    def sums(values: np.ndarray, start: np.ndarray) -> np.ndarray:
        total = np.concatenate([np.zeros((len(values), 1)), values.cumsum(axis=1)], axis=1)
        return np.asarray(total[row, start + window] - total[row, start])

    before, after = (sums(sold.to_numpy(), start) for start in (column - window, column + 1))
    frame = kept.assign(before=before, after=np.maximum(after, 0.0))
    return frame[(sums(bought.astype(int), column - window) >= regular) & (before > 0)]


def refusal_loss(
    around: pd.DataFrame,
    covariates: Sequence[str] = (),
    *,
    groups: Sequence[str] = ("bond_level", "year"),
    confidence: float = 0.95,
) -> RefusalLoss:
    """What share of its purchases does an account take elsewhere after it refused an offer?

    Parameters
    ----------
    around : DataFrame, one row per offer
        account_id, renewed (0/1), before (above 0), after (0 or more), the covariates and groups.
    covariates : names of numeric columns that decide both the answer and later purchases.
    groups : columns of which each value is allowed a growth of its own; those that the frame
        lacks, or that do not vary, are left out.

    Returns
    -------
    RefusalLoss
        estimate, low, high: 1 less the ratio of purchases after a refusal to those after a renewal
        (a share; below 0 where more is bought). log_change and error: the logarithm of that ratio.
        Where nobody who refused bought anything, the share is 1 and ``low`` the exact limit by
        accounts.

    Raises
    ------
    ValueError
        Columns lacking, or offers refused and renewed by fewer than two accounts.

    Notes
    -----
    log E[after / before] = a + b refused + c log(before) + growth of the groups + d covariates, by
    Poisson pseudo-likelihood (Santos Silva & Tenreyro 2006, The log of gravity, Review of
    Economics and Statistics 88): a logarithm that bears accounts that buy nothing more. Share lost
    = 1 - exp(b). Errors clustered by account (Liang & Zeger 1986, Biometrika 73). What an account
    always does cancels in the ratio; what makes it refuse and shrink in the same year does not,
    unless it is among the covariates. For S000-7a and S000-7b; no benchmark is published.
    """
    need_columns(around, ["account_id", "renewed", "before", "after", *covariates], "around")
    refused = (around["renewed"] == 0).to_numpy()
    sides = [around.loc[side, "account_id"].nunique() for side in (refused, ~refused)]
    if min(sides) < 2:
        raise ValueError(
            f"around: {sides[0]} account(s) that refused and {sides[1]} that renewed: expected 2 "
            f"or more of both; ids such as {some(around['account_id'].head(3))}"
        )
    ratio = (around["after"] / around["before"]).to_numpy(dtype=float)
    counts = int(refused.sum()), int((~refused).sum())
    plain = 1 - float(ratio[refused].mean() / ratio[~refused].mean())
    if not ratio[refused].sum() > 0:  # the logarithm has no finite value
        low = float(stats.beta.ppf(tails(confidence)[0], sides[0], 1))
        return RefusalLoss(1.0, low, 1.0, -np.inf, np.nan, 1.0, *counts)
    x = pd.DataFrame({"constant": 1.0, "refused": refused.astype(float)}, index=around.index)
    for name in groups:
        if name in around and around[name].nunique() > 1:
            dummies = pd.get_dummies(around[name], drop_first=True, dtype=float)
            x = x.join(dummies.set_axis([f"{name} {value}" for value in dummies], axis=1))
    scaled = around[list(covariates)].astype(float).assign(size=np.log(around["before"]))
    varies = scaled.loc[:, scaled.nunique() > 1]
    x = x.join(((varies - varies.mean()) / varies.std()).add_prefix("of "))
    fit = GLM(ratio, x.to_numpy(), family=Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(around["account_id"])[0]}
    )
    change, error = float(fit.params[1]), float(fit.bse[1])
    half = float(stats.norm.isf(tails(confidence)[0])) * error
    return RefusalLoss(
        1 - math.exp(change), 1 - math.exp(change + half), 1 - math.exp(change - half),
        change, error, plain, *counts,
    )  # fmt: skip
