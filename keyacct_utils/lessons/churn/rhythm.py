"""Who has gone silent, measured by each account's own rhythm of buying."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import need_columns
from keyacct_utils.lessons.shared.periods import FEWEST_PURCHASES

__all__ = ["buying_days", "came_back", "lapsed", "regularity"]

#: Limits of the regularity that is looked for: below it gaps are wild, above it a calendar (months
#: of 28 to 31 days, weekends) decides and no longer the buyer.
LEAST, MOST = 0.2, 30.0
#: Gaps of an account without which its own rhythm says nothing.
FEWEST_GAPS = FEWEST_PURCHASES - 1


def buying_days(
    transactions: pd.DataFrame, *, account: str = "account_id", date: str = "date"
) -> pd.DataFrame:
    """One row per account and day on which it bought, in order; rows without a date are dropped.

    Raises
    ------
    ValueError : missing columns, no row with a date, dates that are no dates.
    """
    need_columns(transactions, (account, date), "transactions")
    try:
        day = pd.to_datetime(transactions[date]).dt.normalize()
    except (ValueError, TypeError):
        raise ValueError(
            f"transactions.{date} holds values that are no dates; convert it with pd.to_datetime"
        ) from None
    rows = pd.DataFrame({"account_id": transactions[account].to_numpy(), "day": day.to_numpy()})
    rows = rows.dropna().drop_duplicates().sort_values(["account_id", "day"], kind="stable")
    if not len(rows):
        raise ValueError("transactions has no row with an account and a date: nothing was bought")
    return rows.reset_index(drop=True)


def _gaps(days: pd.DataFrame) -> pd.DataFrame:
    """Days between purchases, by account."""
    gap = days.groupby("account_id")["day"].diff().dt.days
    return pd.DataFrame({"account_id": days["account_id"], "gap": gap}).dropna()


def regularity(transactions: pd.DataFrame, **columns: str) -> float:
    """How regular is the rhythm of buying in a book: 1 as by chance (a Poisson process), more is
    steadier, below 1 in bursts?

    Parameters
    ----------
    transactions : DataFrame with ``account_id`` and ``date`` (names by keyword: ``account``,
        ``date``); several rows of one day are one purchase.

    Returns
    -------
    float : shape k of gamma gaps that all accounts share, from 0.2 to 30; 1 where no account has
        two gaps.

    Notes
    -----
    Given what its gaps sum to, the gaps of an account are Dirichlet(k, ..., k) parts of that sum
    whatever its mean is; k maximises the likelihood of these parts over all accounts.

    References
    ----------
    Wheat & Morrison 1990, Journal of Marketing Research 27(1); Platzer & Reutterer 2016, Marketing
    Science 35(5).
    """
    return _regularity(_gaps(buying_days(transactions, **columns)))


def _regularity(gaps: pd.DataFrame) -> float:
    logs = np.log(gaps["gap"])
    by = pd.DataFrame({"gap": gaps["gap"], "log": logs}).groupby(gaps["account_id"])
    table = by.agg(n=("gap", "size"), whole=("gap", "sum"), logs=("log", "sum"))
    table = table[table["n"] >= FEWEST_GAPS]
    if not len(table):
        return 1.0
    n = table["n"].to_numpy(dtype=float)
    parts = float((table["logs"] - n * np.log(table["whole"])).sum())

    def against(log_k: float) -> float:
        k = np.exp(log_k)
        return -float((gammaln(n * k) - n * gammaln(k)).sum() + (k - 1) * parts)

    found = minimize_scalar(against, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def lapsed(
    transactions: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    level: float = 0.95,
    *,
    shape: float | None = None,
    longer_than_any: bool = True,
    account: str = "account_id",
    date: str = "date",
) -> pd.DataFrame:
    """Which accounts are silent for longer than their own past makes likely (流失预警)?

    Parameters
    ----------
    transactions : DataFrame, one row per purchase (returns left out); rows after ``as_of`` are not
        looked at, several of one day are one purchase.
    as_of : day of the look.
    level : how improbable a silence has to be: 0.95, a gap as long comes once in twenty.
    shape : regularity of the gaps (`regularity`, taken from these rows where it is None).
    longer_than_any : demand too that the silence is longer than each gap before: a buyer with a
        season has long gaps every year.

    Returns
    -------
    DataFrame by account_id: purchases (days), mean_gap, longest_gap, silence (days since the last
        purchase), limit (the silence, in days, from which it counts as lapsed), p (chance of a gap
        as long, by its own rhythm), chance (of a false alarm on a given day, had it not left: an
        expectation that takes the shared shape and the mean gap as known, and no bound), lapsed;
        first and last purchase, and ``since``, the day on which the limit was passed. With fewer
        than 3 purchases an account has no rhythm: mean_gap, longest_gap (below 2 purchases), limit,
        p, chance and ``judged`` (the day of the third purchase) are missing and lapsed is False.
        ``attrs`` holds shape and as_of.

    Raises
    ------
    ValueError : missing columns; a level outside 0 to 1; a day that is no date; no purchase up to
        that day; a shape that is not above 0.

    Notes
    -----
    With n gaps that sum to T, gamma of a known shape k, the next gap g has g n / T distributed as
    F(2 k, 2 n k), whatever the mean of the account: few gaps give a wide limit. For k = 1 the
    limit is T ((1 - level)^(-1/n) - 1).

    References
    ----------
    Lawless 2003, Statistical Models and Methods for Lifetime Data (prediction of the next gap);
    Fader & Hardie 2009, Journal of Interactive Marketing 23(1) (leaving that nobody announces).
    """
    fraction("level", level, one=False)
    if shape is not None and not (np.isfinite(shape) and shape > 0):
        raise ValueError(f"shape is {shape!r}: expected a number above 0; 1 is chance")
    day = pd.to_datetime(as_of, errors="coerce")
    if pd.isna(day):
        raise ValueError(f"as_of is {as_of!r}: expected a day such as '2024-12-31'")
    day = day.normalize()
    days = buying_days(transactions, account=account, date=date)
    days = days[days["day"] <= day]
    if not len(days):
        raise ValueError(f"transactions has no purchase up to {day:%Y-%m-%d}: take a later as_of")
    gaps = _gaps(days)
    k = _regularity(gaps) if shape is None else float(shape)
    bought = days.groupby("account_id")["day"].agg(["size", "min", "max"])
    by = gaps.groupby("account_id")["gap"]
    n, whole = by.size().reindex(bought.index), by.sum().reindex(bought.index)
    known = (n >= FEWEST_GAPS).fillna(False).to_numpy()
    mean = (whole / n).where(known)
    longest = by.max().reindex(bought.index)
    silence = (day - bought["max"]).dt.days
    limit = mean * stats.f.ppf(level, 2 * k, 2 * k * n)
    if longer_than_any:
        limit = limit.where(~(longest >= limit), longest + 1.0)
    p = pd.Series(stats.f.sf(silence / mean, 2 * k, 2 * k * n), index=bought.index).where(known)
    table = pd.DataFrame(
        {
            "purchases": bought["size"].astype("int64"),
            "mean_gap": mean,
            "longest_gap": longest,
            "silence": silence.astype("int64"),
            "limit": limit.where(known),
            "p": p,
            "chance": _false_alarm(limit / mean, k).where(known),
            "lapsed": (known & (silence >= limit).to_numpy()),
            "first": bought["min"],
            "last": bought["max"],
            "judged": _third(days).reindex(bought.index),
        }
    ).rename_axis("account_id")
    table["since"] = table["last"] + pd.to_timedelta(np.ceil(table["limit"]), unit="D")
    table.attrs |= {"shape": k, "as_of": day}
    return table


def _third(days: pd.DataFrame) -> pd.Series:
    """Day from which an account has a rhythm: that of its third purchase."""
    place = days.groupby("account_id").cumcount()
    return days[place == FEWEST_GAPS].set_index("account_id")["day"]


def _false_alarm(ratio: pd.Series, k: float) -> pd.Series:
    """Chance that the gap around a given day is already longer than so many mean gaps: the mean of
    what is beyond the limit over the mean gap.
    """
    x = ratio * k
    beyond = stats.gamma.sf(x, k + 1) - ratio * stats.gamma.sf(x, k)
    return pd.Series(beyond, index=ratio.index).clip(lower=0.0)


def came_back(
    transactions: pd.DataFrame,
    cut: str | dt.date | pd.Timestamp,
    *,
    account: str = "account_id",
    date: str = "date",
) -> pd.Series:
    """Which accounts that had bought up to a day bought again after it? True or False by
    account_id.

    Raises
    ------
    ValueError : as `lapsed`.
    """
    day = pd.to_datetime(cut, errors="coerce")
    if pd.isna(day):
        raise ValueError(f"cut is {cut!r}: expected a day such as '2023-12-31'")
    days = buying_days(transactions, account=account, date=date)
    before = days.loc[days["day"] <= day, "account_id"].unique()
    after = set(days.loc[days["day"] > day, "account_id"])
    if not len(before):
        raise ValueError(f"transactions has no purchase up to {day:%Y-%m-%d}: take a later cut")
    index = pd.Index(before, name="account_id")
    return pd.Series(index.isin(list(after)), index=index, name="came_back")
