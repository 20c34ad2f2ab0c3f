"""What departures did to accounts: loss with one thread and with several."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["Difference", "Loss", "by_the_ledger", "departure_loss", "share_difference"]


#: Months after a departure that are looked at, and before it: their own months of the year before,
#: so that no season is taken for a loss.
AFTER, YEAR = 6, 12
#: By how much less counts as lost: an assumption.
FALL = 0.33


class Difference(NamedTuple):
    """A difference of two shares with its 95 % interval."""

    value: float
    low: float
    high: float


class Loss(NamedTuple):
    """What departures did, by how many threads there were."""

    #: By "single" and "more": cases, lost, share, low, high (Wilson).
    table: pd.DataFrame
    #: Share of "single" less share of "more", as counted (Newcombe).
    gap: Difference
    #: Log of the ratio of the odds, and its standard error; missing where a cell is empty.
    log_odds: tuple[float, float]
    #: The gap at equal controls, by logistic regression; missing without controls.
    adjusted: Difference


def share_difference(a: int, of_a: int, b: int, of_b: int) -> Difference:
    """How far apart are two shares?

    Parameters
    ----------
    a, of_a : cases of the first, and out of how many; b, of_b : of the second.

    Returns
    -------
    Difference : a / of_a - b / of_b with its 95 % interval.

    Raises
    ------
    ValueError
        For counts that are no cases of their whole.

    Notes
    -----
    From the two intervals of Wilson (method 10 of Newcombe): it keeps within -1 and 1, and has a
    width where a share is 0.

    References
    ----------
    Newcombe 1998, Statistics in Medicine 17(8) 873-890.
    """
    for name, part, whole in (("a", a, of_a), ("b", b, of_b)):
        if whole < 1 or not 0 <= part <= whole:
            raise ValueError(f"{name} is {part} of {whole}: expected 0 or more cases of 1 or more")
    low, high = confint_proportions_2indep(a, of_a, b, of_b, method="newcomb", compare="diff")
    return Difference(a / of_a - b / of_b, float(low), float(high))


def by_the_ledger(
    cases: pd.DataFrame, monthly: pd.DataFrame, *, fall: float = FALL
) -> pd.DataFrame:
    """What does the ledger say of an account before and after a departure?

    Parameters
    ----------
    cases : DataFrame
        account_id and date, one row per departure.
    monthly : DataFrame
        account_id, period (months as "2024-01") and revenue: all months in which anything was sold.
    fall : float
        Part by which the months after have to be lower, above 0 and at most 1.

    Returns
    -------
    DataFrame with the index of ``cases``
        year (sales of the twelve months before the month of the departure), same (of those months
        of them that lie a year before the six after), after (sales of the six months after), fell
        (whether after is lower than same by ``fall`` or more). Missing where the ledger does not
        hold all of these months, and fell where nothing was bought before.

    Raises
    ------
    ValueError
        Where a column lacks, or for a fall that is no part of a whole.

    Notes
    -----
    The month of the departure itself counts on neither side.
    """
    need_columns(cases, ("account_id", "date"), "cases")
    need_columns(monthly, ("account_id", "period", "revenue"), "monthly")
    if not 0 < fall <= 1:
        raise ValueError(f"fall is {fall:g}: expected a fraction above 0 and at most 1")
    # a month is read once, not once a row
    of_row, named = pd.factorize(monthly["period"])
    months = pd.PeriodIndex(named, freq="M")
    found = pd.DataFrame(np.nan, index=cases.index, columns=["year", "same", "after"])
    if len(months):
        first = int(months.min().ordinal)
        width = int(months.max().ordinal) - first + 1
        code, ids = pd.factorize(monthly["account_id"])
        wide = np.zeros((len(ids) + 1, width))
        place = (months.asi8 - first)[of_row]
        np.add.at(wide, (code, place), monthly["revenue"].to_numpy(dtype=float))
        sums = np.pad(np.cumsum(wide, axis=1), ((0, 0), (1, 0)))
        known = cases["date"].notna()
        when = pd.to_datetime(cases.loc[known, "date"]).dt.to_period("M")
        at = when.map(lambda month: month.ordinal).to_numpy(dtype=int) - first
        inside = (at >= YEAR) & (at + AFTER < width)
        row = pd.Index(ids).get_indexer(cases.loc[known, "account_id"])[inside]  # -1: nothing
        at = at[inside]
        for name, low, high in (("year", -YEAR, 0), ("same", 1 - YEAR, 1 - YEAR + AFTER),
                                ("after", 1, 1 + AFTER)):  # fmt: skip
            found.loc[when.index[inside], name] = sums[row, at + high] - sums[row, at + low]
    told = found["same"] > 0
    found["fell"] = (found["after"] <= (1 - fall) * found["same"]).where(told)
    return found


def _adjusted(
    rows: pd.DataFrame, single: pd.Series, controls: Sequence[str]
) -> tuple[tuple[float, float], Difference]:
    """Log odds of one thread and the mean difference that it makes at the controls of each case."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

    nothing = (np.nan, np.nan), Difference(np.nan, np.nan, np.nan)
    design = np.column_stack(
        [np.ones(len(rows)), single.astype(float), *(rows[name] for name in controls)]
    )
    y = rows["lost"].to_numpy(dtype=float)
    if np.linalg.matrix_rank(design) < design.shape[1] or not 0 < y.sum() < len(y):
        return nothing
    if {(one, end) for one, end in zip(single, y, strict=True)} != {
        (one, end) for one in (True, False) for end in (0.0, 1.0)
    }:
        return nothing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PerfectSeparationWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            fitted = Logit(y, design).fit(disp=0)
    except (PerfectSeparationError, PerfectSeparationWarning, np.linalg.LinAlgError):
        return nothing
    if not fitted.mle_retvals["converged"]:
        return nothing
    log_odds = float(fitted.params[1]), float(fitted.bse[1])
    if not controls:
        return log_odds, nothing[1]
    with_one, with_more = design.copy(), design.copy()
    with_one[:, 1], with_more[:, 1] = 1.0, 0.0
    first, second = (1 / (1 + np.exp(-each @ fitted.params)) for each in (with_one, with_more))
    # the delta method: how the mean difference moves with each coefficient
    slope = (first * (1 - first)) @ with_one - (second * (1 - second)) @ with_more
    slope = slope / len(rows)
    error = float(np.sqrt(slope @ fitted.cov_params() @ slope))
    gap = float((first - second).mean())
    return log_odds, Difference(gap, gap - 1.959964 * error, gap + 1.959964 * error)


def departure_loss(cases: pd.DataFrame, controls: Sequence[str] = ()) -> Loss:
    """How much oftener is an account lost where the one person we knew leaves?

    Parameters
    ----------
    cases : DataFrame
        One row per departure: threads (people met in the year before, who left included; rows with
        0 are left out, since nobody we knew left), lost (0 or 1).
    controls : sequence of str
        Columns of numbers that single and other accounts may differ in, such as log of sales.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        Where a column lacks, a number is odd, or one of the two kinds has no case.

    Notes
    -----
    The threads are those of the day of the departure. Whoever counts today's file counts the people
    that were met after the loss, and in the accounts that stayed.
    Adjusted: logit P(lost) = a + b single + c'controls; the mean over the cases of the difference
    that ``single`` makes, its interval by the delta method. No document of the collection tests it:
    S003-9e speaks of our own staff.

    References
    ----------
    Newcombe 1998, Statistics in Medicine 17(8) 873-890; Greene 2018, Econometric Analysis, ch. 17.
    """
    need_columns(cases, ("threads", "lost", *controls), "cases")
    rows = cases.dropna(subset=["threads", "lost", *controls]).copy()
    for name in ("threads", "lost", *controls):
        rows[name] = to_number(rows[name], f"cases.{name}")
    odd = rows.loc[~rows["lost"].isin([0.0, 1.0]), "lost"]
    if len(odd):
        raise ValueError(f"cases.lost: {some(odd)} is neither 0 nor 1")
    if (rows["threads"] < 0).any():
        raise ValueError("cases.threads: a number of people is 0 or more")
    rows = rows[rows["threads"] >= 1]
    single = rows["threads"] == 1
    if not single.any() or single.all():
        which = "more than one thread" if single.any() or not len(rows) else "a single thread"
        raise ValueError(
            f"cases: no departure from an account with {which}, so there is nothing to compare"
        )
    found = []
    for name, chosen in (("single", single), ("more", ~single)):
        n, lost = int(chosen.sum()), int(rows.loc[chosen, "lost"].sum())
        low, high = proportion_confint(lost, n, method="wilson")
        found.append((name, n, lost, lost / n, float(low), float(high)))
    table = pd.DataFrame(found, columns=["kind", "cases", "lost", "share", "low", "high"])
    table = table.set_index("kind")
    gap = share_difference(
        int(table["lost"].iloc[0]),
        int(table["cases"].iloc[0]),
        int(table["lost"].iloc[1]),
        int(table["cases"].iloc[1]),
    )
    log_odds, adjusted = _adjusted(rows, single, list(controls))
    return Loss(table, gap, log_odds, adjusted)
