"""What lesson 12 looks at in a book: owners, visits, work and trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import abc_classes
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.owners import main_owner as shared_owner
from keyacct_utils.lessons.shared.owners import owners_of
from keyacct_utils.lessons.shared.periods import sold_in

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["Cover", "cover"]

#: Kinds of activity that a plan of visits promises; the others are asked for.
PLANNED = ("visit", "call")
DAYS_A_YEAR, QUARTERS_A_YEAR = 365.25, 4
#: Months that a look spans, by the number of different first days: what a row of visits is.
_SPANS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Cover(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    returns: str
    #: Net sales of the period by account, and what is left of them after the cost of goods.
    sales: pd.Series
    margin: pd.Series | None
    uncosted: float
    labels: pd.Series
    #: account_id and manager_id, one row per owner, weight where it is known; None without any.
    owners: pd.DataFrame | None
    #: "visits", "accounts" or "ledger": where the owners stand.
    owners_from: str
    #: The owner that the file of accounts names, where the owners are those of the visits.
    filed: pd.Series | None
    #: Managers who work here: manager_id, and hours_per_month where it is known.
    staff: pd.DataFrame | None
    #: One row per account and look: period, account_id, tier, visits; monthly_spend and minutes
    #: where they are known.
    looks: pd.DataFrame | None
    #: "visits" or "activities"; and "quarter", "month" or "year".
    looks_from: str
    span: str
    #: The same accounts and quarters with the visits of the activities (logged) beside those of the
    #: table; None where the book has not both.
    both: pd.DataFrame | None
    #: Rows of visits outside of the period.
    outside: int
    #: Class of each account: the promised one, listed or not, or by size.
    classes: pd.Series
    classes_are: str
    #: Activities of the period, and the years that it lasts.
    activities: pd.DataFrame | None
    years: float
    trials: pd.DataFrame | None
    #: Sales by month of the period, "2024-03".
    monthly: pd.Series
    workdays: pd.Series | None
    districts: pd.Series | None

    @property
    def looks_a_year(self) -> float:
        """Looks of a year: 4 quarters, 12 months or 1 year."""
        return 12 / _SPANS[self.span]

    @property
    def worth(self) -> pd.Series:
        """What an account leaves in a look's time: margin, or sales where no cost is known; never
        below zero.
        """
        base = self.sales if self.margin is None else self.margin
        return base.clip(lower=0.0) / max(self.years, 1e-9) / self.looks_a_year


def _ids(frame: pd.DataFrame, grouped: Mapping[str, str]) -> pd.DataFrame:
    """The same rows, by the accounts that the book counts."""
    own = frame["account_id"].astype(str)
    return frame.assign(account_id=[grouped.get(name, name) for name in own])


def _table(opened: Book, name: str, grouped: Mapping[str, str]) -> pd.DataFrame:
    rows = opened.counted(name)
    return _ids(rows.dropna(subset=["account_id"]), grouped)


def _span_of(days: pd.Series) -> str:
    """How long a look lasts, by the months in which looks begin."""
    months = days.dt.month[days.notna()]
    if not set(months) <= {1, 4, 7, 10}:
        return "month"
    years = days.dt.year.nunique()
    return "year" if set(months) == {1} and years > 1 else "quarter"


def _of_visits(
    opened: Book, grouped: Mapping[str, str], start: Any, end: Any
) -> tuple[pd.DataFrame | None, pd.DataFrame | None, str, int]:
    """Looks, owners of the last of them, their span, rows outside of the period."""
    rows = _table(opened, "visits", grouped)
    rows = rows.assign(period=pd.to_datetime(rows["quarter"]))
    if "manager_id" not in rows and rows.duplicated(["period", "account_id"]).any():
        repeated = int(rows.duplicated(["period", "account_id"]).sum())
        raise ValueError(
            f"visits: {repeated} rows repeat a quarter and an account, and no manager_id tells "
            "them "
            "apart: add the column, or add the rows up"
        )
    inside = rows["period"].notna()
    if start is not None:
        inside &= rows["period"].between(pd.Timestamp(str(start)), pd.Timestamp(str(end)))
    outside, rows = int((~inside).sum()), rows[inside]
    owners = None
    if "manager_id" in rows and rows["manager_id"].notna().any():
        last = rows[rows["period"] == rows["period"].max()]
        owners = last[["account_id", "manager_id"]].reset_index(drop=True)
    if not len(rows):
        return None, owners, "quarter", outside
    numbers = [name for name in ("visits", "calls", "minutes") if name in rows]
    values = rows[["period", "account_id"]].assign(
        **{name: rows[name].astype(float) for name in numbers}
    )
    keys = ["period", "account_id"]
    looks = values.groupby(keys)[numbers].sum(min_count=1).reset_index()
    told = [name for name in ("tier", "monthly_spend") if name in rows]
    if told:
        first = rows.groupby(keys)[told].first().reset_index()
        looks = looks.merge(first, on=keys)
    return looks, owners, _span_of(looks["period"]), outside


def _of_activities(
    rows: pd.DataFrame, accounts: pd.Index, start: Any, end: Any
) -> pd.DataFrame | None:
    """Visits by account and whole quarter, those without any too."""
    days = rows["date"].dropna()
    if not len(days):
        return None
    first = pd.Timestamp(str(start)) if start is not None else days.min().to_period("M").start_time
    last = pd.Timestamp(str(end)) if end is not None else days.max().to_period("M").end_time
    quarters = [
        quarter
        for quarter in pd.period_range(first, last, freq="Q")
        if quarter.start_time >= first and quarter.end_time.normalize() <= last
    ]
    if not quarters:
        return None
    visits = rows[rows["type"] == "visit"]
    of = visits["date"].dt.to_period("Q")
    counted = visits.groupby([of, visits["account_id"]]).size()
    index = pd.MultiIndex.from_product([quarters, accounts], names=["period", "account_id"])
    made = counted.reindex(index, fill_value=0).rename("visits").astype(float).reset_index()
    return made.assign(period=made["period"].map(lambda quarter: quarter.start_time))


def _both(looks: pd.DataFrame, span: str, activities: pd.DataFrame | None) -> pd.DataFrame | None:
    """Looks of the table visits with the visits of the same quarters in the activities."""
    if span != "quarter" or activities is None or not (activities["type"] == "visit").any():
        return None
    rows = activities[activities["type"] == "visit"]
    of = rows.groupby(["account_id", rows["date"].dt.to_period("Q").dt.start_time]).size()
    keys = pd.MultiIndex.from_frame(looks[["account_id", "period"]])
    whole = _whole_quarters(activities["date"])
    logged = of.reindex(keys, fill_value=0).to_numpy(dtype=float)
    found = looks.assign(logged=logged)[looks["period"].isin(whole)]
    return found if len(found) else None


def _whole_quarters(days: pd.Series) -> list[pd.Timestamp]:
    """First days of the quarters from the first month of the activities to their last."""
    first, last = days.min().to_period("M"), days.max().to_period("M")
    quarters = pd.period_range(first.start_time, last.end_time, freq="Q")
    return [
        quarter.start_time
        for quarter in quarters
        if quarter.start_time >= first.start_time and quarter.end_time <= last.end_time
    ]


def _classes(
    opened: Book, grouped: Mapping[str, str], looks: pd.DataFrame | None, sales: pd.Series
) -> tuple[pd.Series, str]:
    """The class of each account, and what the classes are."""
    if looks is not None and "tier" in looks and looks["tier"].notna().any():
        last = looks.dropna(subset=["tier"]).sort_values("period", kind="stable")
        return last.groupby("account_id")["tier"].last().astype(str), "class of service"
    if opened.has("accounts", "listed_ka"):
        file = _table(opened, "accounts", grouped)
        listed = set(file.loc[file["listed_ka"].fillna(0) == 1, "account_id"])
        if listed:
            index = sales.index[sales > 0]
            names = np.where(index.isin(list(listed)), "listed", "not listed")
            return pd.Series(names, index=index), "listed or not"
    return abc_classes(sales[sales > 0]).astype(str), "class by size"


def _monthly(opened: Book, start: Any, end: Any) -> pd.Series:
    if not opened.has("ledger", "date"):
        return pd.Series(dtype=float)
    rows = opened.rollup(period="month", by_line=False, start=start, end=end)
    rows = rows[rows["period"] != ""]
    return rows.groupby("period")["revenue"].sum().astype(float)


def cover(opened: Book, period: str = "book") -> Cover:
    """Who owns the accounts, who was visited, and what work was there?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month; visits and activities of other days are
        left out. Trials of visits bear no date: all of them count.

    Raises
    ------
    ValueError
        Where no account has sales above zero in the period; where visits repeat a quarter and an
        account.
    """
    start, end = opened.period_dates(period)
    people = sold_in(opened, start, end)
    grouped = {str(own): str(group) for own, group in opened.grouped().items()}
    totals = opened.totals(start=start, end=end).iloc[0]
    dated = opened.has("ledger", "date") and pd.notna(totals["first_date"])
    first, last = (totals["first_date"], totals["last_date"]) if dated else (None, None)
    begin, close = (start, end) if start is not None else (first, last)
    years = 1.0
    if begin is not None and close is not None:
        begin, close = pd.Timestamp(str(begin)), pd.Timestamp(str(close))
        if start is None:  # a ledger of monthly rows ends with the month, and not on its first day
            begin = begin.to_period("M").start_time
            close = close.to_period("M").end_time.normalize()
        years = _years(begin, close)
    sales = people["revenue"].astype(float)
    has_cost = opened.has("ledger", "cost_goods")
    margin = people["margin"].astype(float) if has_cost else None
    if margin is not None and not (margin > 0).any():
        margin = None
    looks, owners, span, outside, source = None, None, "quarter", 0, ""
    if opened.has("visits"):
        looks, owners, span, outside = _of_visits(opened, grouped, start, end)
        source = "visits" if looks is not None else ""
    activities = None
    if opened.has("activities", "account_id", "date", "type"):
        rows = _table(opened, "activities", grouped)
        if start is not None:
            rows = rows[rows["date"].between(pd.Timestamp(str(start)), pd.Timestamp(str(end)))]
        activities = rows[rows["date"].notna()].reset_index(drop=True)
        if not len(activities):
            activities = None
    if looks is None and activities is not None and (activities["type"] == "visit").any():
        buyers = sales.index[sales > 0]
        looks = _of_activities(activities, buyers, start, end)
        source = "activities" if looks is not None else ""
    owners_from, filed = "visits" if owners is not None else "", None
    if owners is None:
        owners, owners_from = owners_of(opened, start, end)
    elif (filed := _filed(opened)) is not None:
        same = owners["manager_id"].astype(str) == owners["account_id"].astype(str).map(filed)
        owners = owners.assign(weight=same.astype(float))
    classes, classes_are = _classes(opened, grouped, looks, sales)
    trials = opened.counted("visit_trials") if opened.has("visit_trials") else None
    workdays = None
    if opened.has("calendar", "workday"):
        days = opened.table("calendar").dropna(subset=["date", "workday"])
        workdays = pd.Series(
            days["workday"].to_numpy(dtype=int), index=pd.to_datetime(days["date"])
        )
    districts = None
    if opened.has("accounts", "district"):
        file = _table(opened, "accounts", grouped).drop_duplicates("account_id")
        districts = file.set_index("account_id")["district"].dropna().astype(str)
    return Cover(
        name=opened.name,
        currency=opened.currency,
        when=f"from {begin:%Y-%m-%d} to {close:%Y-%m-%d}" if dated else "over all its rows",
        returns=opened.returns,
        sales=sales,
        margin=margin,
        uncosted=float(totals["uncosted"]) if has_cost else 0.0,
        labels=opened.labels(),
        owners=None if owners is None else _with_all(owners, sales),
        owners_from=owners_from,
        filed=filed,
        staff=opened.table("managers") if opened.has("managers") else None,
        looks=looks,
        looks_from=source,
        span=span,
        both=_both(looks, span, activities) if looks is not None and source == "visits" else None,
        outside=outside,
        classes=classes,
        classes_are=classes_are,
        activities=activities,
        years=years,
        trials=trials,
        monthly=_monthly(opened, start, end),
        workdays=workdays,
        districts=districts,
    )


def _years(begin: pd.Timestamp, close: pd.Timestamp) -> float:
    """How long from one day to another: whole months are twelfths of a year, in leap years too."""
    after = close + pd.Timedelta(days=1)
    if begin.day == after.day == 1 and after > begin:
        return (12 * (after.year - begin.year) + after.month - begin.month) / 12
    return max((after - begin).days, 1) / DAYS_A_YEAR


def _filed(opened: Book) -> pd.Series | None:
    """The owner of each account by its file."""
    found, source = owners_of(opened)
    return shared_owner(found) if found is not None and source == "accounts" else None


def _with_all(owners: pd.DataFrame, sales: pd.Series) -> pd.DataFrame:
    """A row for each account that bought, without an owner where none is named."""
    known = set(owners["account_id"].astype(str))
    bought = [name for name in sales.index if str(name) not in known]
    lone = pd.DataFrame({"account_id": bought, "manager_id": pd.NA}).astype("str")
    lone["manager_id"] = None
    return pd.concat([owners, lone], ignore_index=True) if bought else owners


def main_owner(found: Cover) -> pd.Series:
    """The owner of each account that has one."""
    if found.owners is None:
        return pd.Series(dtype="str")
    return shared_owner(found.owners)
