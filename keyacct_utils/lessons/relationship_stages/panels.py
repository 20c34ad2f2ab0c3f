"""Stages of accounts, period by period: from one's own records, or derived from what was bought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

#: The stages of the documents in their order (S003-7a): build, stabilise, strengthen; and lost.
STAGES = ("build", "stable", "deep", "lapsed")
STEPS = ("month", "quarter", "year")
_FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
Step = Literal["month", "quarter", "year"]


class Moves(NamedTuple):
    """Moves from one period to the next: one entry each, in the order of account and period."""

    #: Number of the account among ``accounts``; the period of arrival, counted from 0.
    account: npt.NDArray[np.int64]
    arrival: npt.NDArray[np.int64]
    #: Stage before and after, as numbers among ``states``.
    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    #: Stage one period earlier still; -1 where it is not known.
    earlier: npt.NDArray[np.int64]
    accounts: pd.Index
    #: Labels of all periods from the first to the last of the panel that occur in it.
    periods: pd.Index
    states: tuple[str, ...]


def clock(periods: pd.Series) -> npt.NDArray[np.int64]:
    """Periods as consecutive whole numbers from 0, so that neighbours differ by one.

    Parameters
    ----------
    periods : dates (a period is named by its first day), pandas Periods, whole numbers, or texts
        "2024", "2024Q1", "2024-03".

    Raises
    ------
    ValueError
        For a missing period or a text that names none.
    """
    if periods.isna().any():
        raise ValueError("panel.period: some are missing; drop these rows or date them")
    if isinstance(periods.dtype, pd.PeriodDtype):
        count = periods.astype("int64").to_numpy()
    elif pd.api.types.is_datetime64_any_dtype(periods):
        count = (periods.dt.year * 12 + periods.dt.month).to_numpy()
    elif pd.api.types.is_numeric_dtype(periods):
        count = periods.to_numpy()
    else:
        try:
            codes, found = pd.factorize(periods.astype(str))
            names = [pd.Period(name) for name in found]
            if len({name.freqstr for name in names}) > 1:
                raise ValueError
            count = np.array([name.ordinal for name in names])[codes]
        except ValueError:
            raise ValueError(
                f"panel.period: {some(sorted(set(map(str, periods))))} are no periods of one "
                "length; write 2024, 2024Q1 or 2024-03, or give dates or whole numbers"
            ) from None
    count = np.asarray(count, dtype=np.int64)
    count = count - count.min()
    step = int(np.gcd.reduce(count)) or 1
    return np.asarray(count // step, dtype=np.int64)


def states_of(panel: pd.DataFrame, states: Sequence[str] | None = None) -> tuple[str, ...]:
    """The stages of a panel in their order: as given, as its categories, those of the documents, or
    by name.
    """
    there = set(panel["stage"].astype(str))
    if states is not None:
        if lost := sorted(there - set(states)):
            raise ValueError(f"states lacks {some(lost)}, which the panel has; name all of them")
        return tuple(states)
    if isinstance(panel["stage"].dtype, pd.CategoricalDtype):
        return tuple(str(name) for name in panel["stage"].cat.categories if str(name) in there)
    if there <= set(STAGES):
        return tuple(name for name in STAGES if name in there)
    return tuple(sorted(there))


def moves(panel: pd.DataFrame, states: Sequence[str] | None = None) -> Moves:
    """Every move from one period to the next in a panel.

    Parameters
    ----------
    panel : DataFrame
        account_id, period (see `clock`), stage: one row per account and period. Where an account
        has no row for a period, no move into or out of it is counted.
    states : stages in the order in which they shall stand.

    Raises
    ------
    ValueError
        For a panel without rows, a missing account or stage, two rows of one account and period.
    """
    need_columns(panel, ("account_id", "period", "stage"), "panel")
    if panel.empty:
        raise ValueError("panel has 0 rows: expected one row per account and period")
    for column in ("account_id", "stage"):
        if panel[column].isna().any():
            raise ValueError(
                f"panel.{column}: {int(panel[column].isna().sum())} are missing; drop or name them"
            )
    names = states_of(panel, states)
    time = clock(panel["period"])
    account, accounts = pd.factorize(panel["account_id"], sort=True)
    stage = pd.Index(names).get_indexer(pd.Index(panel["stage"].astype(str)))
    order = np.lexsort((time, account))
    account, time, stage = account[order], time[order], stage[order]
    same = account[1:] == account[:-1]
    if (same & (time[1:] == time[:-1])).any():
        first = accounts[account[1:][same & (time[1:] == time[:-1])][0]]
        raise ValueError(
            f"panel: account {first} has two rows for one period; keep one stage per account and "
            "period"
        )
    next_one = same & (time[1:] == time[:-1] + 1)
    earlier = np.full(len(next_one), -1)
    earlier[1:][next_one[:-1]] = stage[:-2][next_one[:-1]]
    labels = pd.Series(panel["period"].to_numpy()[order], index=time)
    labels = labels[~labels.index.duplicated()].sort_index()
    full = labels.reindex(range(int(time.max()) + 1))
    return Moves(
        account[1:][next_one].astype(np.int64),
        time[1:][next_one],
        stage[:-1][next_one].astype(np.int64),
        stage[1:][next_one].astype(np.int64),
        earlier[next_one].astype(np.int64),
        pd.Index(accounts),
        pd.Index(full),
        names,
    )


def moves_of(stages: npt.NDArray[np.int64], states: Sequence[str]) -> Moves:
    """The moves of accounts x consecutive periods of stage numbers without a gap."""
    accounts, spans = stages.shape
    earlier = np.hstack([np.full((accounts, 1), -1, dtype=np.int64), stages[:, :-2]])
    return Moves(
        np.repeat(np.arange(accounts), spans - 1),
        np.tile(np.arange(1, spans), accounts),
        stages[:, :-1].ravel(),
        stages[:, 1:].ravel(),
        earlier.ravel(),
        pd.RangeIndex(accounts),
        pd.RangeIndex(spans),
        tuple(states),
    )


def stages_from_amounts(
    amounts: pd.DataFrame,
    *,
    silent: int = 1,
    steady: int = 2,
    deep: float = 0.8,
    sold: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which stage is each account in, by what it bought in each period?

    Parameters
    ----------
    amounts : DataFrame
        Accounts x consecutive periods: net amount bought, in currency; missing counts as nothing
        bought.
    silent : periods without a purchase after which an account counts as lapsed.
    steady : periods in a row with a purchase from which an account is no longer in build.
    deep : quantile (a fraction) of the amounts above zero from which a steady account is deep.
    sold : the same accounts and periods: what was bought before returns and credit notes, in
        currency. An account that was credited more than it bought in a period has bought in it;
        without this table a purchase is a net amount above zero.

    Returns
    -------
    DataFrame : the same shape, holding one of `STAGES`; missing before an account's first
        purchase, and in the first steady - 1 periods of the book, in which nobody can have been
        steady.

    Raises
    ------
    ValueError
        For a table without a row or column, an amount that is no number, silent or steady below 1,
        deep outside 0 to 1, no amount above zero, or sold of other accounts or periods.

    Notes
    -----
    An account that comes back after it has lapsed begins in build again: the reset of S003-7a.
    While it is silent for fewer than ``silent`` periods it keeps its stage. The documents name
    stages and no limits (S003-7a, S000-9d): all three numbers are assumptions.
    """
    if not len(amounts) or not amounts.shape[1]:
        raise ValueError(
            f"amounts has {len(amounts)} accounts and {amounts.shape[1]} periods: expected at "
            "least one of each"
        )
    for name, value in (("silent", silent), ("steady", steady)):
        if value < 1:
            raise ValueError(f"{name} is {value}: expected a number of periods, 1 or more")
    fraction("deep", deep, one=False)
    values = _wide(amounts, "amounts")
    if not (values > 0).any():
        raise ValueError("amounts holds none above zero: check the sign, or choose more periods")
    if sold is not None and not (
        sold.index.equals(amounts.index) and sold.columns.equals(amounts.columns)
    ):
        raise ValueError("sold has other accounts or periods than amounts: expected the same")
    bought = (values if sold is None else _wide(sold, "sold")) > 0
    cut = float(np.quantile(values[values > 0], deep, method="inverted_cdf"))
    run, quiet = np.zeros(len(values), dtype=int), np.zeros(len(values), dtype=int)
    began = np.zeros(len(values), dtype=bool)
    stage = np.full(values.shape, None, dtype=object)
    now = np.full(len(values), None, dtype=object)
    for period in range(values.shape[1]):
        here = bought[:, period]
        back = here & (quiet >= silent)
        run = np.where(back, 1, run + here)
        quiet, began = np.where(here, 0, quiet + 1), began | here
        grown = np.where(values[:, period] >= cut, STAGES[2], STAGES[1])
        now[here] = np.where(run >= steady, grown, STAGES[0])[here]
        now[began & (quiet >= silent)] = STAGES[3]
        if period >= steady - 1:
            stage[began, period] = now[began]
    return pd.DataFrame(stage, amounts.index, amounts.columns, dtype="str")


def _wide(amounts: pd.DataFrame, what: str) -> npt.NDArray[np.float64]:
    wide = pd.DataFrame({name: to_number(amounts[name], f"{what}.{name}") for name in amounts})
    return np.asarray(wide.fillna(0.0), dtype=np.float64)


def as_panel(wide: pd.DataFrame, amounts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Accounts x periods as rows of account_id, period, stage (and amount); gaps are left out.

    Raises
    ------
    ValueError
        For a table without a stage in it.
    """
    need_columns(wide, (), "wide")
    kept = wide.notna().to_numpy()
    if not kept.any():
        raise ValueError("wide holds no stage: expected accounts x periods with a stage in each")
    rows, columns = np.nonzero(kept)
    panel = pd.DataFrame(
        {
            "account_id": wide.index.to_numpy()[rows],
            "period": wide.columns.to_numpy()[columns],
            "stage": wide.to_numpy()[rows, columns],
        }
    )
    if amounts is not None:
        same = amounts.reindex(index=wide.index, columns=wide.columns)
        panel["amount"] = same.to_numpy(dtype=float)[rows, columns]
    return panel


def stage_panel(
    transactions: pd.DataFrame,
    period: Step = "quarter",
    *,
    silent: int = 1,
    steady: int = 2,
    deep: float = 0.8,
) -> pd.DataFrame:
    """Which stage was each account in, quarter by quarter, from a ledger alone?

    Parameters
    ----------
    transactions : DataFrame
        account_id, date and revenue (currency, of either sign), one row per posting.
    period : "month", "quarter" or "year" of the calendar. The first and the last one are taken as
        whole: cut off what is not.
    silent, steady, deep : the rules, see `stages_from_amounts`.

    Returns
    -------
    DataFrame : account_id, period (as "2024Q1"), stage, amount; the input of the other functions.

    Raises
    ------
    ValueError
        For a missing column, no rows, no date that can be read, and what `stages_from_amounts`
        says.

    References
    ----------
    Pfeifer & Carraway 2000, Journal of Interactive Marketing 14(2) 43-55, whose states are made of
    recency; the stages are those of S003-7a.
    """
    need_columns(transactions, ("account_id", "date", "revenue"), "transactions")
    if transactions.empty:
        raise ValueError("transactions has 0 rows: expected one per posting")
    if period not in STEPS:
        raise ValueError(f"period is {period!r}; use {', '.join(map(repr, STEPS))}")
    try:
        days = pd.to_datetime(transactions["date"])
    except (ValueError, TypeError) as error:
        raise ValueError(f"transactions.date cannot be read as dates: {error}") from None
    for column, values in (("account_id", transactions["account_id"]), ("date", days)):
        if values.isna().any():
            raise ValueError(
                f"transactions.{column}: {int(values.isna().sum())} are missing; drop these rows "
                "and say how many there were"
            )
    amount = to_number(transactions["revenue"], "transactions.revenue")
    if amount.isna().any():
        raise ValueError(
            f"transactions.revenue: {int(amount.isna().sum())} are missing; drop these rows and "
            "say how many there were"
        )
    when = days.dt.to_period(_FREQUENCY[period])
    span = pd.period_range(when.min(), when.max(), freq=_FREQUENCY[period])
    by = [transactions["account_id"].astype(str).rename("account_id"), when]
    wide, sold = (
        each.groupby(by).sum().unstack().reindex(columns=span).fillna(0.0)
        for each in (amount, amount.clip(lower=0))
    )
    wide.columns = sold.columns = span.astype(str)
    found = stages_from_amounts(wide, sold=sold, silent=silent, steady=steady, deep=deep)
    if found.isna().all(axis=None):
        raise ValueError(
            f"transactions span {len(span)} {period}(s): with steady={steady} no stage is known "
            "before the last of them; take shorter periods"
        )
    return as_panel(found, wide)


__all__ = ["STAGES", "as_panel", "stage_panel", "stages_from_amounts"]
