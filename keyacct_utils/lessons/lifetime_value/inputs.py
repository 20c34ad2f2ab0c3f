"""What the lesson looks at in an open book: who buys month by month, and who when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keyacct_utils.lessons.lifetime_value import buying, contracts
from keyacct_utils.lessons.shared.amounts import at_least, fraction
from keyacct_utils.lessons.shared.named import Named

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: An account whose purchases span fewer months than these is not called steady.
SPAN = 6
YEAR = 12


@dataclass(frozen=True)
class Lifetimes(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    returns: str
    start: pd.Timestamp
    as_of: pd.Timestamp
    #: Rows without a date, which say nothing of when.
    undated: int
    #: "margin", or "sales" where no margin is known or it is not above zero.
    measure: str
    #: Of one unit of sales, over all dated rows up to ``as_of``; 1 for sales.
    rate: float
    uncosted: float
    #: By account: first, last (month numbers), active, sold, rate, year (a year of the measure),
    #: year_sales (net, of the last year), before (the year of the measure before that, where it
    #: was a customer throughout).
    people: pd.DataFrame
    #: Last whole month, as a month number.
    last_month: int
    steady_share: float
    silent: int
    #: Purchases by day of the accounts that buy when they need something.
    purchases: pd.DataFrame
    #: Orders of a book of their own, as purchases; None where there is none.
    orders: pd.DataFrame | None
    #: Contracts of a book of their own, and survivors by year of start for each kind of them.
    agreed: pd.DataFrame | None
    cohorts: Mapping[str, pd.DataFrame]
    trials: pd.DataFrame | None
    prospects: pd.DataFrame | None
    labels: pd.Series


def steady(people: pd.DataFrame, share: float) -> pd.Series:
    """Which accounts buy in so large a part of the months from their first to their last?"""
    span = people["last"] - people["first"] + 1
    return (people["active"] >= share * span - 1e-9) & (span >= SPAN)


def at_risk(
    people: pd.DataFrame, last_month: int, silent: int, share: float
) -> tuple[int, int, int]:
    """Steady accounts, months in which one could have left, and how many did: silent for so many
    months up to the last whole one.

    A month counts where a loss in it would have been seen: not before an account spans the months
    that make it steady (who left earlier is not called so), and not in the last ones, in which no
    silence can have become long enough.
    """
    mine = people[steady(people, share)]
    gone = last_month - mine["last"] >= silent
    seen = np.minimum(mine["last"], last_month - silent + 1)
    months = (seen - mine["first"] - (SPAN - 1)).clip(lower=0) + gone.astype(int)
    return len(mine), int(months.sum()), int(gone.sum())


def _month(days: pd.Series) -> pd.Series:
    return days.dt.year * YEAR + days.dt.month


def _people(rows: pd.DataFrame, bought: pd.DataFrame, measure: str, last: int) -> pd.DataFrame:
    """One row per account that bought: its months, its sales and a year of the measure."""
    month = _month(bought["date"])
    by = bought.assign(month=month).groupby("account_id")["month"]
    people = pd.DataFrame({"first": by.min(), "last": by.max(), "active": by.nunique()})
    value = "margin" if measure == "margin" else "revenue"
    totals = rows.groupby("account_id")[list({"revenue", value})].sum()
    people["sold"] = totals["revenue"].reindex(people.index)
    people["rate"] = (totals[value] / totals["revenue"].where(totals["revenue"] > 0)).reindex(
        people.index
    )
    months = _month(rows["date"])

    def of_year(back: int, what: str = value) -> pd.Series:
        inside = (months > last - YEAR * (back + 1)) & (months <= last - YEAR * back)
        sums = rows[inside].groupby("account_id")[what].sum()
        return sums.reindex(people.index, fill_value=0.0)

    # an account that joined within the year is taken for a whole one
    known = (last - people["first"] + 1).clip(1, YEAR)
    people["year"] = of_year(0) * YEAR / known
    people["year_sales"] = of_year(0, "revenue")
    both = people["first"] <= last - 2 * YEAR + 1
    people["before"] = of_year(1).where(both)
    return people


def _rows(opened: Book, end: object) -> tuple[pd.DataFrame, int]:
    """Account rows by day up to a day, and the rows without a date."""
    rows = opened.rollup(period="day", by_line=False, end=end)  # type: ignore[arg-type]
    undated = int(rows.loc[rows["period"] == "", "n_rows"].sum())
    if end is not None:  # a limit of dates drops the rows that have none
        whole = opened.rollup(period="year", by_line=False)
        undated = int(whole.loc[whole["period"] == "", "n_rows"].sum())
    rows = rows[rows["period"] != ""]
    return rows.assign(date=pd.to_datetime(rows["period"])), undated


def _orders(opened: Book, as_of: pd.Timestamp) -> pd.DataFrame | None:
    if not opened.has("orders"):
        return None
    rows = opened.table("orders").rename(columns={"customer_id": "account_id"})
    rows = rows[rows["date"] <= as_of]
    rows = rows.assign(revenue=rows.get("amount", np.nan))
    rows = rows[(rows["revenue"] > 0) | rows["revenue"].isna()]
    return rows[["account_id", "date", "revenue"]] if len(rows) else None


def _cohorts(agreed: pd.DataFrame | None, as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Survivors by year of start of each kind of contract, the largest kind first."""
    if agreed is None:
        return {}
    kinds = agreed["kind"].fillna("unnamed") if "kind" in agreed else "unnamed"
    found = {}
    named = agreed.assign(kind=kinds)
    for kind in named["kind"].value_counts().index:
        mine = named[(named["kind"] == kind) & (named["start"] <= as_of)]
        if len(mine) and len(table := contracts.survivors_of(mine, as_of)):
            found[str(kind)] = table
    return found


def lifetimes(
    opened: Book, period: str = "book", *, steady_share: float = 0.9, silent: int = 3
) -> Lifetimes:
    """Who buys month by month, who when needed, and what else does the book know?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month. All rows up to its end are looked at,
        since a life is longer than a year.
    steady_share : an account is steady if it bought in so large a part of the months from its
        first purchase to its last, both counted and six or more in all; a fraction.
    silent : a steady account has left when it has been silent for so many months.

    Raises
    ------
    ValueError
        Where no account has a day with sales above zero up to the end of the period, or a contract
        ends before it starts.
    """
    fraction("steady_share", steady_share)
    at_least("silent", silent, 1)
    end = opened.period_dates(period)[1]
    rows, undated = _rows(opened, end)
    bought = rows[rows["revenue"] > 0]
    if bought.empty:
        raise ValueError(
            "no account has a day with sales above zero up to the end of this period: choose "
            "another period, or check dates and the sign of the amounts"
        )
    last_day = rows["date"].max()
    broken = opened.cut_short(end)
    whole = last_day.year * YEAR + last_day.month - int(broken is not None)
    as_of = last_day if broken is not None else last_day + pd.offsets.MonthEnd(0)
    known = opened.has("ledger", "cost_goods")
    sales, margin = float(rows["revenue"].sum()), float(rows["margin"].sum()) if known else 0.0
    measure = "margin" if known and margin > 0 and sales > 0 else "sales"
    people = _people(rows, bought, measure, whole)
    needed = people.index[~steady(people, steady_share)]
    columns = ["account_id", "date", "revenue"]
    agreed = opened.table("contracts") if opened.has("contracts", "end") else None
    return Lifetimes(
        name=opened.name,
        currency=opened.currency,
        returns=opened.returns,
        start=rows["date"].min(),
        as_of=as_of,
        undated=undated,
        measure=measure,
        rate=margin / sales if measure == "margin" else 1.0,
        uncosted=float(rows["uncosted"].sum()) if known else 0.0,
        people=people,
        last_month=whole,
        steady_share=steady_share,
        silent=silent,
        purchases=bought.loc[bought["account_id"].isin(needed), columns].reset_index(drop=True),
        orders=_orders(opened, as_of),
        agreed=agreed,
        cohorts=_cohorts(agreed, as_of),
        trials=opened.table("spend_trials") if opened.has("spend_trials") else None,
        prospects=opened.table("prospects") if opened.has("prospects") else None,
        labels=opened.labels(),
    )


def history_of(purchases: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The history of each account, and the mean over all its purchases beside."""
    found = buying.buying_history(purchases, as_of)
    count = found["frequency"] + 1
    later = (found["mean_value"] * found["frequency"]).where(found["frequency"] > 0, 0.0)
    found["orders"] = count
    found["mean_order"] = (later + found["first_value"]) / count
    return found
