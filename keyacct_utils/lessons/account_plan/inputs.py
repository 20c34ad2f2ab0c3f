"""What a plan rests on: one number per account for each input, with its interval, and which lesson
it is of. The book gives what its tables hold; what the lessons recorded in a run takes its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.owners import main_owner, owners_of
from keyacct_utils.lessons.shared.periods import sold_in

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["BASES", "FACTS", "Found", "Source", "found"]

Floats = npt.NDArray[np.float64]
Z = float(norm.ppf(0.975))
YEAR_DAYS = 365
#: Accounts without which no rate is counted and no line is drawn.
FEWEST, FEWEST_SURVEYED = 10, 20
#: Classes of silence in which the chance of buying nothing more is counted.
SILENCE_CLASSES = 4
#: Peers of like size, and the quantile of their spending that an account could reach.
PEER_GROUPS, PEER_QUANTILE = 3, 0.5
#: Two totals that differ by less are of the same line.
SAME_LINE = 0.01
MONTH_DAYS = 30.4375
MONTHS_A_YEAR, MONTHS_A_QUARTER = 12, 3
COVARIATES = ("price_gap", "missed_visits", "satisfaction")


class Source(NamedTuple):
    """Where an input stands: the lesson and its column of the account review, and what it is."""

    lesson: str
    column: str
    words: str
    #: Which columns of the book give it.
    needs: str

    @property
    def title(self) -> str:
        """Number and title of the lesson."""
        return f"{self.lesson} {catalogue.lesson(self.lesson).title}"


#: What an action can move, by input.
BASES: dict[str, Source] = {
    "room": Source("15", "gap", "what it could buy more in a year", "ledger.line or holdings"),
    "at_risk": Source("10", "expected_loss", "sales expected to go in a year", "ledger.date"),
    "overdue": Source("08", "overdue_amount", "bills past their day", "invoices"),
    "service": Source("04", "service", "cost of its service", "activities and cost_pools"),
    "visits": Source("12", "visits_made", "visits a quarter", "visits"),
}
#: What else stands on the page of an account, as the lessons recorded it.
FACTS: dict[str, Source] = {
    "stage": Source("11", "stage", "stage", "stage_history"),
    "satisfaction": Source("06", "satisfaction", "satisfaction, 0 to 100", "survey"),
    "credit": Source("07", "credit_grade", "credit", "credit_events"),
}


@dataclass(frozen=True)
class Found(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    returns: str
    labels: pd.Series
    #: "margin" where costs are known and it is above zero, else "sales".
    measure: str
    #: By account of the period: sales, and the measure.
    people: pd.DataFrame
    #: The measure by year: whole years of the book, the last first.
    years: pd.Series
    #: The measure by account of the period and of the year before; empty without dates.
    before: pd.DataFrame
    #: The measure by account and quarter.
    quarters: pd.DataFrame
    #: Who owns each account; empty where the book names nobody.
    owner: pd.Series
    #: Input x account: value, low, high; and the lessons or the book that gave it.
    facts: pd.DataFrame
    #: By input: "run" where a lesson recorded it, else "book".
    given: Mapping[str, str]
    #: Texts of the page by account.
    page: pd.DataFrame
    #: Visits by account and quarter; empty where only their mean is known.
    visits: pd.DataFrame
    #: The account that holds most of a line, of all lines the largest share; else the largest.
    leans: str
    #: Share of sales that is left of what inputs count in sales.
    margin_rate: float
    #: Trials of actions, of visits and of reminders, where the book has them.
    trials: Mapping[str, pd.DataFrame]

    @property
    def missing(self) -> dict[str, Source]:
        """Inputs that nothing gives."""
        every = BASES | FACTS
        return {name: source for name, source in every.items() if name not in self.given}


def _frame(value: pd.Series, low: pd.Series, high: pd.Series) -> pd.DataFrame:
    made = pd.DataFrame({"value": value, "low": low, "high": high}).dropna(subset=["value"])
    return made.clip(lower=0.0)


def _grouped(opened: Book, name: str) -> pd.DataFrame:
    """A table under the ids by which the book counts, without the accounts that it leaves out."""
    rows = opened.counted(name)
    groups = opened.grouped()
    if not len(groups) or "account_id" not in rows:
        return rows
    return rows.assign(account_id=rows["account_id"].replace(groups.to_dict()))


def _line_of(opened: Book, start: Any, end: Any, total: float) -> str:
    """The line whose sales of the period are this total; empty where there is none."""
    if not opened.has("ledger", "line"):
        return ""
    lines = opened.totals(by_line=True, start=start, end=end).set_index("line")["revenue"]
    near = (lines / total - 1).abs() if total else lines * np.inf
    return str(near.idxmin()) if len(near) and near.min() <= SAME_LINE else ""


def _log_line(x: Floats, y: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    """A value expected of a lognormal line at some points, with the 95 % limits of one account."""
    fit = sm.OLS(y, x).fit()
    spread = np.sqrt(fit.scale * (1 + np.einsum("ij,jk,ik->i", at, fit.normalized_cov_params, at)))
    middle = at @ fit.params
    reach = sm.stats.stattools.stats.t.ppf(0.975, fit.df_resid) if fit.df_resid > 0 else Z
    return (
        np.exp(middle + spread**2 / 2),
        np.exp(middle - reach * spread),
        np.exp(middle + reach * spread),
    )


def room_by_wallets(size: pd.Series, bought: pd.Series, wallet: pd.Series) -> pd.DataFrame:
    """What could each account buy more, by what some said of their whole wallets?

    A line of the logarithm of the wallet on those of size and purchases; of size alone for an
    account that buys nothing. A wallet that was asked for is taken as it was told.

    Raises
    ------
    ValueError
        If fewer than 20 accounts have a wallet, a size and purchases above zero.
    """
    frame = pd.DataFrame({"size": size, "bought": bought.clip(lower=0), "wallet": wallet})
    frame["bought"] = frame["bought"].fillna(0.0)
    frame = frame[frame["size"] > 0]
    asked = frame["wallet"] > 0
    parts = []
    for buys in (True, False):
        here = frame[(frame["bought"] > 0) == buys]
        drawn = frame[asked & (frame["bought"] > 0)] if buys else frame[asked]
        if not len(here):
            continue
        if len(drawn) < FEWEST_SURVEYED:
            raise ValueError(
                f"wallet: {len(drawn)} accounts have one beside a size and purchases; a line needs "
                f"{FEWEST_SURVEYED}"
            )
        columns = ["size", "bought"] if buys else ["size"]
        x = sm.add_constant(np.log(drawn[columns].to_numpy(dtype=float)), has_constant="add")
        at = sm.add_constant(np.log(here[columns].to_numpy(dtype=float)), has_constant="add")
        made = _log_line(x, np.log(drawn["wallet"].to_numpy(dtype=float)), at)
        parts.append(pd.DataFrame(dict(zip(("value", "low", "high"), made, strict=True)),
                                  index=here.index))  # fmt: skip
    told = pd.concat(parts).reindex(frame.index)
    for name in told:
        told[name] = told[name].where(~asked, frame["wallet"]) - frame["bought"]
    return _frame(told["value"], told["low"], told["high"])


def room_by_peers(rows: pd.DataFrame) -> pd.DataFrame:
    """What could each account buy more, by what accounts of like size buy of lines that it lacks?

    Parameters
    ----------
    rows : account_id, line, revenue

    Returns
    -------
    DataFrame : value, low and high by account; the limits are the quarter and three quarters of
        what the peers who buy the line spend on it, times the share of peers who buy it.
    """
    wide = rows.pivot_table(index="account_id", columns="line", values="revenue", aggfunc="sum")
    wide = wide.fillna(0.0).clip(lower=0.0)
    wide = wide[wide.sum(axis=1) > 0]
    if wide.shape[1] < 2 or len(wide) < FEWEST:
        return pd.DataFrame(columns=["value", "low", "high"])
    many = min(PEER_GROUPS, len(wide) // FEWEST)
    rank = wide.sum(axis=1).rank(method="first")
    group = pd.qcut(rank, many, labels=False) if many > 1 else rank * 0
    made = pd.DataFrame(0.0, index=wide.index, columns=["value", "low", "high"])
    for name in wide:
        for label in sorted(set(group)):
            here = wide[name][group == label]
            buyers = here[here > 0]
            if not len(buyers):
                continue
            share = len(buyers) / len(here)
            lacks = here.index[here <= 0]
            for column, q in (("value", PEER_QUANTILE), ("low", 0.25), ("high", 0.75)):
                made.loc[lacks, column] += share * float(buyers.quantile(q))
    return made


def losses_by_lines(lines: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """What of the lines of service of each account is expected to go within a year for a reason
    that can be prevented?

    A constant hazard for each line that goes with price gap, missed visits and satisfaction
    (Poisson regression of the ends on the logarithm of the months watched).

    Parameters
    ----------
    lines : account_id, start, end, end_reason, yearly_value and what of price_gap, missed_visits
        and satisfaction is known.
    start, end : first and last day that is watched.
    """
    gone = lines["end"].notna() & (lines["end"] <= end)
    last = lines["end"].where(gone, end)
    first = lines["start"].where(lines["start"] > start, start)
    months = ((last - first).dt.days / MONTH_DAYS).clip(lower=0.1)
    reason = lines["end_reason"] if "end_reason" in lines else pd.Series("", lines.index)
    lost = (gone & (reason.astype(object) != "own_business")).astype(float)
    known = [name for name in COVARIATES if name in lines and lines[name].notna().all()
             and lines[name].nunique() > 1]  # fmt: skip
    watched = (lines["start"] <= end).to_numpy()
    if lost[watched].sum() < FEWEST:
        return pd.DataFrame(columns=["value", "low", "high"])
    x = sm.add_constant(lines[known].to_numpy(dtype=float), has_constant="add")
    fit = sm.GLM(lost[watched], x[watched], family=sm.families.Poisson(),
                 offset=np.log(months[watched])).fit()  # fmt: skip
    running = watched & (~gone).to_numpy() & (lines["yearly_value"] > 0).to_numpy()
    hazard = np.exp(x[running] @ np.asarray(fit.params))
    value = lines["yearly_value"].to_numpy(dtype=float)[running]
    loss = value * -np.expm1(-12 * hazard)
    slope = (value * np.exp(-12 * hazard) * 12 * hazard)[:, None] * x[running]
    ids = lines["account_id"].to_numpy()[running]
    whole = pd.Series(loss).groupby(ids).sum()
    gradient = pd.DataFrame(slope).groupby(ids).sum().to_numpy()
    error = np.sqrt(np.einsum("ij,jk,ik->i", gradient, fit.cov_params(), gradient))
    ratio = np.exp(Z * error / whole)  # of a sum of hazards the logarithm is nearer to normal
    return _frame(whole, whole / ratio, whole * ratio)


def losses_by_silence(days: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """What of the sales of each account is expected to go within a year, from dates alone?

    As far back as the book allows (a year at most) accounts are sorted by how long they had been
    silent; of each class the share that bought nothing since is counted. Who is as silent today has
    that chance.

    Parameters
    ----------
    days : account_id, date, revenue: one row per account and day (or month) with sales above zero.
    end : last day of the book.
    """
    none = pd.DataFrame(columns=["value", "low", "high"])
    if not len(days):
        return none
    span = (end - days["date"].min()).days
    half = pd.Timedelta(days=min(YEAR_DAYS, span // 2))
    cut = end - half
    past = days[(days["date"] <= cut) & (days["date"] > cut - half)]
    then = (cut - past.groupby("account_id")["date"].max()).dt.days
    if len(then) < FEWEST or half.days < 2:
        return none
    still = set(days.loc[days["date"] > cut, "account_id"])
    gone = ~then.index.isin(list(still))
    many = max(1, min(SILENCE_CLASSES, len(then) // FEWEST))
    edges = np.unique(np.quantile(then, np.arange(1, many) / many))
    recent = days[days["date"] > end - half]
    amount = recent.groupby("account_id")["revenue"].sum() * YEAR_DAYS / half.days
    now = (end - recent.groupby("account_id")["date"].max()).dt.days
    made = []
    for label in range(len(edges) + 1):
        of_then = np.searchsorted(edges, then, side="left") == label
        here = now.index[np.searchsorted(edges, now, side="left") == label]
        n, k = int(of_then.sum()), int(gone[of_then].sum())
        if not n or not len(here):
            continue
        low, high = proportion_confint(k, n, method="wilson")
        made.append(_frame(*(amount[here] * chance for chance in (k / n, low, high))))
    return pd.concat(made) if made else none


def service_cost(rows: pd.DataFrame, pools: pd.DataFrame) -> pd.DataFrame:
    """What did the service of each account cost, at the rates that the pools give?

    Parameters
    ----------
    rows : account_id and type of each activity of the year.
    pools : cost and the counts of drivers by team and month; what no driver moves stays out.
    """
    drivers = [name for name in dict.fromkeys(DRIVER_OF_ACTIVITY.values()) if name in pools]
    whole = pools.dropna(subset=["cost", *drivers])
    counts = rows.assign(driver=rows["type"].map(DRIVER_OF_ACTIVITY))
    wide = counts.groupby(["account_id", "driver"]).size().unstack(fill_value=0)
    used = [name for name in drivers if name in wide]
    if not used or len(whole) < 2 * len(drivers) + 2 or not whole[drivers].std().gt(0).all():
        return pd.DataFrame(columns=["value", "low", "high"])
    x = sm.add_constant(whole[drivers].to_numpy(dtype=float), has_constant="add")
    fit = sm.OLS(whole["cost"].to_numpy(dtype=float), x).fit()
    at = np.zeros((len(wide), x.shape[1]))
    for name in used:
        at[:, 1 + drivers.index(name)] = wide[name].to_numpy(dtype=float)
    error = np.sqrt(np.einsum("ij,jk,ik->i", at, fit.cov_params(), at))
    cost = pd.Series(at @ fit.params, wide.index)
    return _frame(cost, cost - Z * error, cost + Z * error)


def overdue_bills(rows: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """What of the bills of each account was past its day and not paid on a day?"""
    due = rows["due"] if "due" in rows else rows["issue"]
    late = rows[(due <= end) & (rows["amount"] > 0)]
    paid = late["paid_date"]
    late = late[paid.isna() | (paid > end)]
    part = late["paid_amount"].where(late["paid_date"].isna()) if "paid_amount" in late else 0.0
    left = late["amount"] - (part.fillna(0.0) if isinstance(part, pd.Series) else part)
    total = left.clip(lower=0).groupby(late["account_id"]).sum()
    return _frame(total, total, total)


def _from_book(
    opened: Book, start: Any, end: Any, day: pd.Timestamp | None, rates: dict[str, str]
) -> dict[str, pd.DataFrame]:
    """The inputs that the tables of the book give."""
    made: dict[str, pd.DataFrame] = {}
    if opened.has("wallet_survey") and opened.has("account_sizes") and opened.has("holdings"):
        size, bought, wallet = (
            _grouped(opened, table).groupby("account_id")[column].sum()
            for table, column in (
                ("account_sizes", "size"), ("holdings", "spend"), ("wallet_survey", "wallet")
            )
        )  # fmt: skip
        rates["line"] = _line_of(opened, start, end, float(bought.sum()))
        both = wallet.index.intersection(bought.index[bought > 0]).intersection(size.index)
        if len(both) >= FEWEST_SURVEYED:
            made["room"] = room_by_wallets(size, bought, wallet)
    elif opened.has("ledger", "line"):
        rows = opened.rollup(start=start, end=end)
        made["room"] = room_by_peers(rows[rows["line"] != ""])
    if day is None:
        return made
    if opened.has("subscriptions", "yearly_value"):
        lines = _grouped(opened, "subscriptions")
        first = pd.Timestamp(opened.totals()["first_date"].iloc[0]).replace(day=1)
        made["at_risk"] = losses_by_lines(lines[lines["start"].notna()], first, day)
    elif opened.has("ledger", "date"):
        days = opened.rollup(period="month", by_line=False, end=end)
        days = days[(days["period"] != "") & (days["sold"] > 0)]
        days = days.assign(date=pd.to_datetime(days["last_date"]))
        made["at_risk"] = losses_by_silence(days[["account_id", "date", "revenue"]], day)
    if opened.has("invoices", "account_id", "amount", "paid_date"):
        made["overdue"] = overdue_bills(_grouped(opened, "invoices"), day)
    year = day - pd.Timedelta(days=YEAR_DAYS)
    if opened.has("activities", "account_id", "date", "type") and opened.has("cost_pools", "cost"):
        rows = _grouped(opened, "activities")
        rows = rows[(rows["date"] > year) & (rows["date"] <= day)]
        made["service"] = service_cost(rows, opened.table("cost_pools"))
    return made


def _visits(opened: Book, day: pd.Timestamp | None) -> pd.DataFrame:
    """Visits by account and quarter, the last four quarters to the day."""
    if day is None or not opened.has("visits", "account_id", "quarter", "visits"):
        return pd.DataFrame()
    rows = _grouped(opened, "visits")
    rows = rows[(rows["quarter"] <= day) & (rows["quarter"] > day - pd.Timedelta(days=366))]
    return rows.pivot_table(index="account_id", columns="quarter", values="visits", aggfunc="sum")


def _texts(opened: Book, day: pd.Timestamp | None) -> pd.DataFrame:
    """Stage, satisfaction and credit as the book's own tables give them, by account."""
    made: dict[str, pd.Series] = {}
    if opened.has("stage_history", "account_id", "quarter", "stage"):
        rows = _grouped(opened, "stage_history").sort_values("quarter", kind="stable")
        rows = rows if day is None else rows[rows["quarter"] <= day]
        made["stage"] = rows.groupby("account_id")["stage"].last().astype(object)
    if opened.has("survey", "account_id"):
        rows = _grouped(opened, "survey")
        items = [name for name in ("S1", "S2", "S3") if name in rows]
        if items:
            points = (rows[items].mean(axis=1) - 1) / 9 * 100
            mean = points.groupby(rows["account_id"]).mean().dropna()
            made["satisfaction"] = mean.map(lambda value: f"{value:.0f} of 100")
    if opened.has("credit_events", "account_id", "date"):
        rows = _grouped(opened, "credit_events")
        if day is not None:
            recent = rows["date"] > day - pd.Timedelta(days=YEAR_DAYS)
            rows = rows[recent & (rows["date"] <= day)]
        count = rows.groupby("account_id").size()
        made["credit"] = count.map(lambda n: f"{n} events in a year" if n > 1 else "1 event")
    return pd.DataFrame(made, dtype=object)


def _recorded(
    recorded: pd.DataFrame | None,
    made: dict[str, pd.DataFrame],
    texts: pd.DataFrame,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, dict[str, str]]:
    """The inputs, those that a run recorded in the place of what the book gives."""
    given = {name: "book" for name, frame in made.items() if len(frame)}
    given |= dict.fromkeys(texts.columns, "book")
    if recorded is None or not len(recorded):
        return made, texts, given
    for name, source in (BASES | FACTS).items():
        rows = recorded[
            (recorded["lesson"] == source.lesson) & (recorded["name"] == source.column)
        ].set_index("account_id")["value"].dropna()  # fmt: skip
        if not len(rows):
            continue
        if name in FACTS:
            told = rows.map(lambda value: f"{value:.0f}" if isinstance(value, float) else value)
            texts = texts.drop(columns=name, errors="ignore").join(told.rename(name), how="outer")
        else:
            value = rows.astype(float)
            error = {"low": value, "high": value}
            if name == "room":  # the lesson records the limits of the potential
                ends = {
                    end: recorded[
                        (recorded["lesson"] == "15") & (recorded["name"] == f"potential_{end}")
                    ].set_index("account_id")["value"].astype(float)
                    for end in ("low", "high")
                }  # fmt: skip
                has = recorded[(recorded["lesson"] == "15") & (recorded["name"] == "bought_of_us")]
                bought = has.set_index("account_id")["value"].astype(float)
                error = {end: (limit - bought).reindex(value.index) for end, limit in ends.items()}
            made[name] = _frame(value, error["low"].fillna(value), error["high"].fillna(value))
        given[name] = "run"
    return made, texts, given


def _leans(opened: Book, sales: pd.Series, start: Any, end: Any) -> str:
    """The account on which a line hangs most; where there are no lines, the largest."""
    sold = sales.astype(float)
    if opened.has("ledger", "line"):
        rows = opened.rollup(start=start, end=end)
        rows = rows[(rows["line"] != "") & (rows["revenue"] > 0)]
        whole = rows.groupby("line")["revenue"].transform("sum")
        several = rows.groupby("line")["account_id"].transform("size") > 1
        rows = rows.assign(share=rows["revenue"] / whole)[several]
        if len(rows):
            return str(rows["account_id"].iloc[int(rows["share"].to_numpy().argmax())])
    return str(sold.sort_index().idxmax())


def _months(opened: Book, value: str, end: dt.date | None) -> pd.DataFrame:
    """The measure by account and month, to the end of the period; a row for each account."""
    if not opened.has("ledger", "date"):
        return pd.DataFrame()
    rows = opened.rollup(period="month", by_line=False, end=end)
    rows = rows[rows["period"] != ""]
    wide = rows.pivot_table(index="account_id", columns="period", values=value, aggfunc="sum")
    if not wide.size:
        return pd.DataFrame()
    wide.columns = pd.PeriodIndex(wide.columns, freq="M")
    whole = pd.period_range(wide.columns.min(), wide.columns.max(), freq="M")
    return wide.reindex(columns=whole).fillna(0.0).astype(float)


def _years(opened: Book, months: pd.DataFrame) -> pd.Series:
    """The measure in each whole year of the book."""
    if not months.size:
        return pd.Series(dtype=float)
    total = months.sum()
    made = {}
    for year, (first, last) in opened.full_years()[0].items():
        of_year = total[
            (total.index >= pd.Period(first, "M")) & (total.index <= pd.Period(last, "M"))
        ]
        if len(of_year) == MONTHS_A_YEAR:
            made[year] = float(of_year.sum())
    return pd.Series(made, dtype=float).sort_index()


def _before(months: pd.DataFrame, start: dt.date | None, end: dt.date | None) -> pd.DataFrame:
    """The measure by account, of the period's months and of the same months a year before."""
    none = pd.DataFrame(columns=["now", "before"], dtype=float)
    if not months.size:
        return none
    held = pd.PeriodIndex(months.columns)
    last: pd.Period = pd.Period(end, "M") if end else held[-1]
    first: pd.Period = pd.Period(start, "M") if start else last - MONTHS_A_YEAR + 1
    if first - MONTHS_A_YEAR < held[0] or last > held[-1]:
        return none
    now = (held >= first) & (held <= last)
    before = (held >= first - MONTHS_A_YEAR) & (held <= last - MONTHS_A_YEAR)
    return pd.DataFrame(
        {"now": months.loc[:, now].sum(axis=1), "before": months.loc[:, before].sum(axis=1)}
    )


def _quarters(months: pd.DataFrame) -> pd.DataFrame:
    """The measure by account and quarter; a last quarter that is not whole stays out."""
    if not months.size:
        return pd.DataFrame()
    quarters = pd.PeriodIndex(months.columns).asfreq("Q")
    whole = [q for q, n in quarters.value_counts().sort_index().items() if n == MONTHS_A_QUARTER]
    made = months.T.groupby(quarters).sum().T
    return made[whole].rename(columns=str)


def found(opened: Book, period: str = "book", recorded: pd.DataFrame | None = None) -> Found:
    """What is known of each account that a plan can rest on?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month: the time that the plan starts from.
    recorded : account_id, lesson, name and value: what the lessons recorded of each account in a
        run (`keyacct_utils.review.record.recorded`). It takes the place of what the tables give.

    Raises
    ------
    ValueError
        Where no account has sales above zero in the period.
    """
    start, end = opened.period_dates(period)
    people = sold_in(opened, start, end)
    totals = opened.totals(start=start, end=end).iloc[0]
    has_cost = opened.has("ledger", "cost_goods") and float(people["margin"].sum()) > 0
    measure, value = ("margin", "margin") if has_cost else ("sales", "revenue")
    dated = opened.has("ledger", "date") and pd.notna(totals["last_date"])
    last = end or (pd.Timestamp(totals["last_date"]).date() if dated else None)
    day = None if last is None else pd.Timestamp(last)
    rates: dict[str, str] = {}
    made = _from_book(opened, start, end, day, rates)
    visits = _visits(opened, day)
    if len(visits):
        mean = visits.fillna(0.0).mean(axis=1)
        made["visits"] = _frame(mean, mean, mean)
    made, texts, given = _recorded(recorded, made, _texts(opened, day))
    rate = 1.0
    if has_cost:
        part = opened.totals(line=rates.get("line") or None, start=start, end=end).iloc[0]
        rate = float(part["margin"] / part["revenue"]) if part["revenue"] > 0 else 1.0
    owners, _ = owners_of(opened, start, end)
    owner = main_owner(owners) if owners is not None else pd.Series(dtype="str")
    months = _months(opened, value, end)
    facts = pd.concat({name: frame for name, frame in made.items() if len(frame)}) if any(
        len(frame) for frame in made.values()
    ) else pd.DataFrame(columns=["value", "low", "high"],
                        index=pd.MultiIndex.from_arrays([[], []]))  # fmt: skip
    facts = facts.rename_axis(["input", "account_id"])
    facts = facts[facts.index.get_level_values(1).isin(list(people.index))]
    trials = {name: opened.counted(name) for name in ("action_trials", "visit_trials", "reminders")
              if opened.has(name)}  # fmt: skip
    return Found(
        name=opened.name,
        currency=opened.currency,
        when=periods.in_words(totals),
        returns=opened.returns,
        labels=opened.labels(),
        measure=measure,
        people=pd.DataFrame({"sales": people["revenue"], "amount": people[value]}).astype(float),
        years=_years(opened, months),
        before=_before(months, start, end),
        quarters=_quarters(months),
        owner=owner[owner.index.isin(list(people.index))],
        facts=facts,
        given=given,
        visits=visits,
        page=texts[texts.index.isin(list(people.index))],
        leans=_leans(opened, people["revenue"], start, end),
        margin_rate=rate,
        trials=trials,
    )
