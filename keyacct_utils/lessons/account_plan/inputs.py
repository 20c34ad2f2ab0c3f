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
from scipy.optimize import isotonic_regression
from scipy.stats import norm, quantile_test
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.owners import main_owner, owners_of
from keyacct_utils.lessons.shared.periods import Year, sold_in

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
#: Groups of peers of like size; the buyers of a line without which its median has no 95 % limits
#: (the least and the most of six hold it in 97 of 100).
PEER_GROUPS, FEWEST_BUYERS = 3, 6
#: Two totals that differ by less are of the same line.
SAME_LINE = 0.01
MONTH_DAYS = 30.4375
MONTHS_A_YEAR, MONTHS_A_QUARTER = 12, 3
#: Columns of an input by account: its value with 95 % limits; and, of these, what of the error is
#: shared by all accounts of one label (none where that is empty).
INPUT = ("value", "low", "high", "shared", "shared_low", "shared_high")
#: Trials by lot that tell what an action brings.
TRIALS = ("action_trials", "visit_trials", "reminders")
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
    #: The last whole months, a year of them at most: what "last year" means.
    year: Year
    #: By account: sales and the measure of these months, as of a year where they are fewer.
    people: pd.DataFrame
    #: Whole months that the book holds; 0 without dates.
    months: int
    #: Of a margin: sales of rows whose cost is not known, so that it is at most what is shown.
    uncosted: float
    #: The measure by years of twelve whole months that end with these, the earliest first.
    years: pd.Series
    #: The measure by account of the last of these years and of the one before; empty without two.
    before: pd.DataFrame
    #: Accounts that bought nothing in the last months, and how many these are.
    gone: frozenset[str]
    gone_months: int
    #: What silence tells of what is expected to go, where the ledger alone tells; None else.
    silence: Silence | None
    #: Accounts without a sale in these months.
    unsold: frozenset[str]
    #: Accounts that bought of late, of which nothing says what is expected to go: too few days of
    #: purchase, or no sale in these months.
    unsure: frozenset[str]
    #: Day on which bills were open; empty where none are known.
    due_day: str
    #: The measure by account and quarter.
    quarters: pd.DataFrame
    #: Who owns each account; empty where the book names nobody.
    owner: pd.Series
    #: Input x account: value, low, high, and what of that is shared (`INPUT`).
    facts: pd.DataFrame
    #: By input: "run" where a lesson recorded it, else "book".
    given: Mapping[str, str]
    #: By input: what part of the sales it is about, where that is not all.
    covers: Mapping[str, str]
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
    #: What a working hour of a manager costs, by salaries; missing where the book knows none.
    hour_cost: float = np.nan

    @property
    def missing(self) -> dict[str, Source]:
        """Inputs that nothing gives."""
        every = BASES | FACTS
        return {name: source for name, source in every.items() if name not in self.given}

    def covered(self, name: str) -> str:
        """What an input is, with the part of the sales that it is about."""
        return self.words(name) + (f" ({self.covers[name]})" if name in self.covers else "")

    def words(self, name: str) -> str:
        """What an input is, with the day that it is of."""
        source = (BASES | FACTS)[name]
        return f"{source.words} on {self.due_day}" if name == "overdue" else source.words


def _frame(
    value: pd.Series,
    low: pd.Series,
    high: pd.Series,
    shared: Any = "",
    of: tuple[pd.Series, pd.Series] | None = None,
) -> pd.DataFrame:
    """An input: where a label names what accounts share, ``of`` are the limits by that alone; by
    default all of the error is.
    """
    made = pd.DataFrame({"value": value, "low": low, "high": high}).dropna(subset=["value"])
    made = made.clip(lower=0.0)
    made["shared"] = shared
    ends = (made["low"], made["high"]) if of is None else of
    alone = made["shared"] == ""
    for name, end in zip(INPUT[-2:], ends, strict=True):
        made[name] = made["value"].where(alone, end.reindex(made.index).clip(lower=0.0))
    return made


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=list(INPUT))


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


def _log_line(x: Floats, y: Floats, at: Floats) -> dict[str, Floats]:
    """A value expected of a lognormal line at some points, with the 95 % limits of one account, and
    those of the line alone.
    """
    fit = sm.OLS(y, x).fit()
    of_line = fit.scale * np.einsum("ij,jk,ik->i", at, fit.normalized_cov_params, at)
    spread = np.sqrt(fit.scale + of_line)
    middle = at @ fit.params
    reach = student.ppf(0.975, fit.df_resid) if fit.df_resid > 0 else Z
    value = np.exp(middle + spread**2 / 2)
    return {
        "value": value,
        "low": np.exp(middle - reach * spread),
        "high": np.exp(middle + reach * spread),
        "shared_low": value * np.exp(-reach * np.sqrt(of_line)),
        "shared_high": value * np.exp(reach * np.sqrt(of_line)),
    }


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
        parts.append(pd.DataFrame(made, index=here.index).assign(line="+".join(columns)))
    told = pd.concat(parts).reindex(frame.index)
    label = told.pop("line").where(~asked, "")
    for name in told:
        told[name] = told[name].where(~asked, frame["wallet"]) - frame["bought"]
    ends = (told["shared_low"], told["shared_high"])
    return _frame(told["value"], told["low"], told["high"], label, ends)


def _of_peers(spent: pd.Series) -> tuple[float, float, float] | None:
    """The share of peers who buy a line times what the median of these spends on it, with its 95 %
    limits (`gain_of` does the same product); None where fewer than six buy.
    """
    buyers = spent[spent > 0].to_numpy(dtype=float)
    if len(buyers) < FEWEST_BUYERS:
        return None
    share, middle = len(buyers) / len(spent), float(np.median(buyers))
    low, high = proportion_confint(len(buyers), len(spent), method="jeffreys")
    ends = quantile_test(buyers, q=0.0, p=0.5).confidence_interval()
    down = np.hypot(middle * (share - low), share * (middle - float(ends.low)))
    up = np.hypot(middle * (high - share), share * (float(ends.high) - middle))
    return share * middle, max(0.0, share * middle - float(down)), share * middle + float(up)


def room_by_peers(rows: pd.DataFrame) -> pd.DataFrame:
    """What could each account buy more, by what accounts of like size buy of lines that it lacks?

    Parameters
    ----------
    rows : account_id, line, revenue of a year

    Returns
    -------
    DataFrame : value, low and high by account: of each line that it lacks, what the median of the
        peers who buy it spends on it, times the share of peers who buy it, with the 95 % limits of
        that product. All accounts of one size share the error, and it is taken as one over the
        lines. A line that fewer than six peers buy is no room.
    """
    wide = rows.pivot_table(index="account_id", columns="line", values="revenue", aggfunc="sum")
    wide = wide.fillna(0.0).clip(lower=0.0)
    wide = wide[wide.sum(axis=1) > 0]
    if wide.shape[1] < 2 or len(wide) < FEWEST:
        return _nothing()
    many = min(PEER_GROUPS, len(wide) // FEWEST)
    rank = wide.sum(axis=1).rank(method="first")
    group = (pd.qcut(rank, many, labels=False) if many > 1 else rank * 0).astype(int)
    made = pd.DataFrame(0.0, index=wide.index, columns=["value", "low", "high"])
    for name in wide:
        for label in sorted(set(group)):
            here = wide[name][group == label]
            found = _of_peers(here)
            if found is not None:
                made.loc[here.index[here <= 0]] += np.array(found)
    return _frame(made["value"], made["low"], made["high"], "peers of size " + group.astype(str))


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
        return _nothing()
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
    return _frame(whole, whole / ratio, whole * ratio, "hazards")


class Silence(NamedTuple):
    """What silence tells of the sales of a year that are expected to go."""

    #: The input by account.
    losses: pd.DataFrame
    #: By account of which it tells: sales of the last days at the pace of a year, and the chance
    #: of each unit of them to go.
    pace: pd.DataFrame
    #: How many these last days are.
    days: int
    #: Accounts watched, how many of them were lost, and their part of the money.
    watched: int
    lost: int
    lost_money: float
    #: Accounts that bought in these days, of which it tells nothing: too few days of purchase.
    few: frozenset[str]


def losses_by_silence(days: pd.DataFrame, end: pd.Timestamp) -> Silence | None:
    """What of the sales of each account is expected to go within a year, from dates alone? None
    where the book tells too little.

    As far back as the book allows (a year at most) accounts are sorted by how long they had been
    silent; of each class the share of its money is counted whose accounts bought nothing since.
    Of whoever is as silent today, each unit of sales has that chance. Of an account that bought
    on fewer than three days nothing is said, as in lesson 10, then and today.

    Parameters
    ----------
    days : account_id, date, revenue (net of what came back) and sold (what was bought): one row
        per account and day (or month). A purchase is a day on which something was sold; the money
        is net, whatever day the goods came back.
    end : last day of the book.
    """
    watched = silent_then(days, end)
    if watched is None:
        return None
    then, half = watched
    edges, chance = chances_by_silence(then["silence"], then["gone"], then["amount"])
    recent = days[days["date"] > end - half]
    last = recent[recent["sold"] > 0].groupby("account_id")["date"].max()
    known = last.index.isin(list(_often(days)))
    few, now = frozenset(last.index[~known]), (end - last[known]).dt.days
    amount = _net(recent, now.index) * YEAR_DAYS / half.days
    of_now = chance.iloc[np.searchsorted(edges, now, side="left")].set_axis(amount.index)
    told = of_now[["value", "low", "high"]].mul(amount, axis=0)
    whole = float(then["amount"].sum())
    return Silence(
        losses=_frame(told["value"], told["low"], told["high"], of_now["class"]),
        pace=pd.DataFrame({"pace": amount, "chance": of_now["value"]}),
        days=half.days,
        watched=len(then),
        lost=int(then["gone"].sum()),
        lost_money=float(then.loc[then["gone"], "amount"].sum()) / whole if whole else 0.0,
        few=few,
    )


def _net(days: pd.DataFrame, ids: pd.Index) -> pd.Series:
    """What each account bought net of what came back, nothing where more came back."""
    return days.groupby("account_id")["revenue"].sum().reindex(ids).clip(lower=0.0)


def _often(days: pd.DataFrame) -> pd.Index:
    """Accounts that bought on as many days as lesson 10 asks for."""
    each = days[days["sold"] > 0].groupby("account_id")["date"].nunique()
    return each.index[each >= periods.FEWEST_PURCHASES]


def silent_then(days: pd.DataFrame, end: pd.Timestamp) -> tuple[pd.DataFrame, pd.Timedelta] | None:
    """Of each account as far back as the book allows: days of silence, whether it bought nothing
    since (gone), and what it bought in as many days before (amount); and how far back that is. None
    where the book tells too little.
    """
    if not len(days):
        return None
    half = pd.Timedelta(days=min(YEAR_DAYS, (end - days["date"].min()).days // 2))
    cut = end - half
    past = days[days["date"] <= cut]
    often = _often(past)
    past = past[past["account_id"].isin(list(often)) & (past["date"] > cut - half)]
    last = past[past["sold"] > 0].groupby("account_id")["date"].max()
    then = pd.DataFrame({"silence": (cut - last).dt.days})
    if len(then) < FEWEST or half.days < 2:
        return None
    still = set(days.loc[(days["date"] > cut) & (days["sold"] > 0), "account_id"])
    return then.assign(gone=~then.index.isin(list(still)), amount=_net(past, then.index)), half


def chances_by_silence(
    then: pd.Series, gone: pd.Series, amount: pd.Series
) -> tuple[Floats, pd.DataFrame]:
    """The chance of a unit of money to go, by days of silence, never falling with these.

    Who was silent longer cannot have had the smaller chance: classes that say so are counted as one
    (isotonic regression). Money of accounts of unequal size tells as much as n = (sum a)^2 / sum
    a^2 accounts of one size do (Kish). Where the share s of it went, the chance is
    (n s + p) / (n + 1) with p the share of all classes together, so that a class that lost nothing
    is not safe; p is 1 / (2 n + 2) where nothing at all was lost. The interval is Jeffreys' of n s
    in n. All accounts of a class share its error.

    Parameters
    ----------
    then : days of silence by account.
    gone : whether it bought nothing since.
    amount : what it bought before.

    References
    ----------
    Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion, Statistical
    Science 16(2), 101-133. Kish (1965), Survey Sampling, Wiley, 11.7.

    Returns
    -------
    The days at which each class but the last ends; and by class value, low and high (95 %), and the
    class that it is counted with.
    """
    many = max(1, min(SILENCE_CLASSES, len(then) // FEWEST))
    cuts = np.unique(np.quantile(then, np.arange(1, many) / many))
    label = np.searchsorted(cuts, then, side="left")
    money = amount.astype(float).clip(lower=0.0)
    parts = pd.DataFrame({"lost": money.where(gone, 0.0), "all": money, "square": money**2})
    sums = parts.groupby(label).sum()
    edges = then.groupby(label).max().to_numpy(dtype=float)[:-1]
    share = (sums["lost"] / sums["all"].where(sums["all"] > 0)).fillna(0.0).to_numpy()
    blocks = isotonic_regression(share, weights=sums["all"].clip(lower=1e-9).to_numpy()).blocks
    pool = np.searchsorted(blocks, np.arange(len(sums)), side="right")
    k, n = _effective(sums.groupby(pool).transform("sum"))
    lost, every = _effective(sums.sum().to_frame().T)
    of_all = float((lost / every).iloc[0]) if lost.iloc[0] > 0 else 0.5 / (float(every.iloc[0]) + 1)
    value = (k + of_all) / (n + 1) if lost.iloc[0] > 0 else k + of_all
    value = value.cummax()
    low, high = proportion_confint(k, n, method="jeffreys")
    limits = {"low": np.minimum(low, value), "high": np.maximum(high, value)}
    names = [f"silence {number}" for number in pool]
    return edges, pd.DataFrame({"value": value, **limits, "class": names})


def _effective(sums: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """How many accounts of one size the money of each class stands for: of those that were lost,
    and of all.
    """
    n = sums["all"] ** 2 / sums["square"].where(sums["square"] > 0)
    share = sums["lost"] / sums["all"].where(sums["all"] > 0)
    return (share * n).fillna(0.0), n.fillna(0.0)


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
        return _nothing()
    x = sm.add_constant(whole[drivers].to_numpy(dtype=float), has_constant="add")
    fit = sm.OLS(whole["cost"].to_numpy(dtype=float), x).fit()
    at = np.zeros((len(wide), x.shape[1]))
    for name in used:
        at[:, 1 + drivers.index(name)] = wide[name].to_numpy(dtype=float)
    error = np.sqrt(np.einsum("ij,jk,ik->i", at, fit.cov_params(), at))
    cost = pd.Series(at @ fit.params, wide.index)
    return _frame(cost, cost - Z * error, cost + Z * error, "rates")


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


def _room(opened: Book, year: Year, rates: dict[str, Any]) -> pd.DataFrame:
    """What accounts could buy more in a year: by wallets where some were asked, else by peers."""
    if opened.has("wallet_survey") and opened.has("account_sizes") and opened.has("holdings"):
        size, bought, wallet = (
            _grouped(opened, table).groupby("account_id")[column].sum()
            for table, column in (
                ("account_sizes", "size"), ("holdings", "spend"), ("wallet_survey", "wallet")
            )
        )  # fmt: skip
        rates["line"] = _line_of(opened, year.start, year.end, float(bought.sum()))
        both = wallet.index.intersection(bought.index[bought > 0]).intersection(size.index)
        if len(both) >= FEWEST_SURVEYED:
            return room_by_wallets(size, bought, wallet)
    elif opened.has("ledger", "line"):
        rows = opened.rollup(start=year.start, end=year.end)
        rows = rows[rows["line"] != ""]
        return room_by_peers(rows.assign(revenue=rows["revenue"] * year.scale))
    return _nothing()


def _from_book(
    opened: Book,
    year: Year,
    end: dt.date | None,
    day: pd.Timestamp | None,
    rates: dict[str, Any],
) -> dict[str, pd.DataFrame]:
    """The inputs that the tables of the book give."""
    made = {"room": _room(opened, year, rates)}
    if day is None:
        return made
    if opened.has("subscriptions", "yearly_value"):
        lines = _grouped(opened, "subscriptions")
        first = pd.Timestamp(opened.totals()["first_date"].iloc[0]).replace(day=1)
        made["at_risk"] = losses_by_lines(lines[lines["start"].notna()], first, day)
    elif opened.has("ledger", "date"):
        days = opened.rollup(period="day", by_line=False, end=end)
        days = days[days["period"] != ""]
        days = days.assign(date=pd.to_datetime(days["last_date"]))
        told = losses_by_silence(days[["account_id", "date", "revenue", "sold"]], day)
        if told is not None:
            made["at_risk"], rates["silence"] = told.losses, told
    since = day - pd.Timedelta(days=YEAR_DAYS)
    if opened.has("activities", "account_id", "date", "type") and opened.has("cost_pools", "cost"):
        rows = _grouped(opened, "activities")
        rows = rows[(rows["date"] > since) & (rows["date"] <= day)]
        made["service"] = service_cost(rows, opened.table("cost_pools"))
    return made


def _bills(
    opened: Book, end: dt.date | None, day: pd.Timestamp
) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Bills past their day, and on which: the last day that the book knows of payments; where its
    ledger goes on after the period, the last of that.
    """
    if not opened.has("invoices", "account_id", "amount", "paid_date"):
        return _nothing(), day
    rows = _grouped(opened, "invoices")
    goes_on = end is not None and pd.Timestamp(opened.totals().iloc[0]["last_date"]) > pd.Timestamp(
        end
    )
    if not goes_on:
        known = [day, *(rows[name].max() for name in ("issue", "paid_date") if name in rows)]
        told = [pd.Timestamp(opened.as_of)] if opened.as_of else known
        day = max(moment for moment in (day, *told) if pd.notna(moment))
    return overdue_bills(rows, day), day


def _visits(opened: Book, day: pd.Timestamp | None) -> pd.DataFrame:
    """Visits by account and quarter, the last four quarters to the day."""
    if day is None or not opened.has("visits", "account_id", "quarter", "visits"):
        return pd.DataFrame()
    rows = _grouped(opened, "visits")
    rows = rows[(rows["quarter"] <= day) & (rows["quarter"] > day - pd.Timedelta(days=366))]
    return rows.pivot_table(index="account_id", columns="quarter", values="visits", aggfunc="sum")


def _texts(opened: Book, day: pd.Timestamp | None, every: pd.Series) -> pd.DataFrame:
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
        made["credit"] = _credit(_grouped(opened, "credit_events"), day, every)
    return pd.DataFrame(made, dtype=object)


def _credit(rows: pd.DataFrame, day: pd.Timestamp | None, every: pd.Series) -> pd.Series:
    """Events of credit of each account, in the last year for which there are any."""
    known = rows if day is None else rows[rows["date"] <= day]
    last = known["date"].max()
    if pd.isna(last):
        return pd.Series(dtype=object)
    known = known[known["date"] > last - pd.Timedelta(days=YEAR_DAYS)]
    count = known.groupby("account_id").size().reindex(every, fill_value=0)
    words = count.map({0: "no event", 1: "1 event"}).fillna(count.astype(str) + " events")
    return (words + f" in the year to {last:%Y-%m-%d}").astype(object)


def _recorded(
    recorded: pd.DataFrame | None,
    made: dict[str, pd.DataFrame],
    texts: pd.DataFrame,
    later: bool,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, dict[str, str]]:
    """The inputs, those that a run recorded in the place of what the book gives; but for bills,
    where the book knows of payments since (``later``).
    """
    given = {name: "book" for name, frame in made.items() if len(frame)}
    given |= dict.fromkeys(texts.columns, "book")
    if recorded is None or not len(recorded):
        return made, texts, given
    for name, source in (BASES | FACTS).items():
        rows = _values(recorded, source.lesson, source.column)
        if not len(rows) or (name == "overdue" and later):
            continue
        if name in FACTS:
            told = rows.map(lambda value: f"{value:.0f}" if isinstance(value, float) else value)
            texts = texts.drop(columns=name, errors="ignore").join(told.rename(name), how="outer")
        else:
            made[name] = _in_place(rows.astype(float), made.get(name), recorded, name)
        given[name] = "run"
    return made, texts, given


def _values(recorded: pd.DataFrame, lesson: str, column: str) -> pd.Series:
    """What a lesson recorded in one column, by account."""
    rows = recorded[(recorded["lesson"] == lesson) & (recorded["name"] == column)]
    return rows.set_index("account_id")["value"].dropna()


def _in_place(
    value: pd.Series, book: pd.DataFrame | None, recorded: pd.DataFrame, name: str
) -> pd.DataFrame:
    """A recorded input with limits: those that the lesson recorded, else as far off as those of the
    short form that the book gives.
    """
    known = (_nothing() if book is None else book).reindex(value.index)
    label = known["shared"].astype(object).where(known["shared"].notna(), "")
    base = known["value"].astype(float)
    ratio = {
        end: (known[end].astype(float) / base.where(base > 0)).fillna(1.0) for end in INPUT if
        end not in ("value", "shared")
    }  # fmt: skip
    low, high = value * ratio["low"], value * ratio["high"]
    if name == "room":  # the lesson records the limits of the potential
        bought = _values(recorded, "15", "bought_of_us").astype(float)
        low, high = (
            (_values(recorded, "15", f"potential_{end}").astype(float) - bought)
            .reindex(value.index).fillna(value)
            for end in ("low", "high")
        )  # fmt: skip
    ends = (value * ratio["shared_low"], value * ratio["shared_high"])
    return _frame(value, low, high, label, ends)


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


def _months(opened: Book, value: str, year: Year, end: dt.date | None) -> pd.DataFrame:
    """The measure by account and whole month, to the end of the period."""
    if not opened.has("ledger", "date"):
        return pd.DataFrame()
    rows = opened.rollup(period="month", by_line=False, end=end)
    rows = rows[rows["period"] != ""]
    wide = rows.pivot_table(index="account_id", columns="period", values=value, aggfunc="sum")
    if not wide.size:
        return pd.DataFrame()
    held = pd.PeriodIndex(wide.columns, freq="M")
    if year.end is None:
        return pd.DataFrame()
    wide.columns = held
    whole = pd.period_range(held.min(), pd.Period(year.end, "M"), freq="M")
    return wide.reindex(columns=whole).fillna(0.0).astype(float)


def _years(months: pd.DataFrame) -> pd.Series:
    """The measure in each year of twelve whole months, back from the last; by its last month."""
    total = months.sum()
    ends = range(len(total), MONTHS_A_YEAR - 1, -MONTHS_A_YEAR)
    made = {str(total.index[at - 1]): float(total.iloc[at - MONTHS_A_YEAR : at].sum())
            for at in ends}  # fmt: skip
    return pd.Series(made, dtype=float).iloc[::-1]


def _before(months: pd.DataFrame) -> pd.DataFrame:
    """The measure by account, of the last twelve whole months and of the twelve before."""
    if months.shape[1] < 2 * MONTHS_A_YEAR:
        return pd.DataFrame(columns=["now", "before"], dtype=float)
    last, first = months.iloc[:, -MONTHS_A_YEAR:], months.iloc[:, -2 * MONTHS_A_YEAR :]
    return pd.DataFrame(
        {"now": last.sum(axis=1), "before": first.iloc[:, :MONTHS_A_YEAR].sum(axis=1)}
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
    _, end = opened.period_dates(period)
    year = periods.last_year(opened, end)
    people = sold_in(opened, year.start, year.end)
    every = opened.rollup(by_line=False, end=end)["account_id"]
    has_cost = opened.has("ledger", "cost_goods") and float(people["margin"].sum()) > 0
    measure, value = ("margin", "margin") if has_cost else ("sales", "revenue")
    totals = opened.totals(end=end).iloc[0]
    dated = opened.has("ledger", "date") and pd.notna(totals["last_date"])
    day = periods.last_day(opened, totals["last_date"], end) if dated else None
    rates: dict[str, Any] = {}
    made = _from_book(opened, year, end, day, rates)
    due_day = day
    if day is not None:
        made["overdue"], due_day = _bills(opened, end, day)
    visits = _visits(opened, day)
    if len(visits):
        mean = visits.fillna(0.0).mean(axis=1)
        made["visits"] = _frame(mean, mean, mean)
    made, texts, given = _recorded(recorded, made, _texts(opened, day, every), later=due_day != day)
    gone, gone_months = _gone(opened, end, recorded)
    unsold = frozenset(every) - frozenset(people.index[people["sold"] > 0])
    silence = rates.get("silence") if given.get("at_risk") == "book" else None
    unsure = frozenset[str]()
    if silence is not None:
        told = frozenset(made["at_risk"].index)
        unsure = ((told & unsold) | silence.few) - gone
        made["at_risk"] = made["at_risk"].drop(index=list(unsold), errors="ignore")
    if "at_risk" in made:
        made["at_risk"] = made["at_risk"].drop(index=list(gone), errors="ignore")
    return Found(
        name=opened.name,
        currency=opened.currency,
        when=f"{year.start} to {year.end}" if year.months else periods.in_words(totals),
        returns=opened.returns,
        labels=opened.labels(),
        measure=measure,
        year=year,
        people=_people(people, every, value, year),
        uncosted=float(people["uncosted"].sum()) if has_cost else 0.0,
        **_of_months(_months(opened, value, year, end)),
        gone=gone,
        gone_months=gone_months,
        silence=silence,
        unsold=unsold,
        unsure=unsure,
        due_day="" if due_day is None or "overdue" not in given else f"{due_day:%Y-%m-%d}",
        owner=_owner(opened, year, end, every),
        facts=_facts(made, every),
        given=given,
        covers=_covers(opened, given, rates.get("line", "")),
        visits=visits,
        page=texts[texts.index.isin(list(every))],
        leans=_leans(opened, people["revenue"], year.start, year.end),
        margin_rate=_rate(opened, has_cost, rates.get("line", ""), year),
        trials={name: opened.counted(name) for name in TRIALS if opened.has(name)},
        hour_cost=_hour_cost(opened),
    )


def _hour_cost(opened: Book) -> float:
    """Salaries by the working hours that they pay, of managers of whom both are known."""
    if not opened.has("managers", "hours_per_month", "salary"):
        return np.nan
    known = opened.table("managers")[["hours_per_month", "salary"]].dropna()
    hours = MONTHS_A_YEAR * float(known["hours_per_month"].sum())
    return float(known["salary"].sum()) / hours if hours else np.nan


def _covers(opened: Book, given: Mapping[str, str], line: str) -> dict[str, str]:
    """What part of the sales the inputs are about: wallets are of the line whose sales the holdings
    are, losses of the subscriptions where the book has these.
    """
    made = {"room": f"line {line}"} if line else {}
    if opened.has("subscriptions", "yearly_value"):
        made["at_risk"] = "running subscriptions"
    return {name: words for name, words in made.items() if name in given}


def _gone(
    opened: Book, end: dt.date | None, recorded: pd.DataFrame | None
) -> tuple[frozenset[str], int]:
    """Accounts that are gone, by the ledger or as lesson 03 recorded them."""
    gone, months, _ = periods.gone_accounts(opened, end)
    if recorded is not None and len(recorded):
        told = recorded[(recorded["lesson"] == "03") & (recorded["value"] == "gone")]
        gone |= frozenset(told["account_id"].astype(str))
    return gone, months


def _people(people: pd.DataFrame, every: pd.Series, value: str, year: Year) -> pd.DataFrame:
    """Sales and the measure of a year by account; none where an account bought only before."""
    made = pd.DataFrame({"sales": people["revenue"], "amount": people[value]}).astype(float)
    whole = made.reindex(sorted(every)).fillna(0.0) * year.scale
    return whole.rename_axis("account_id")


def _of_months(months: pd.DataFrame) -> dict[str, Any]:
    """What is told by months: years, the last two by account, and quarters."""
    return {
        "months": months.shape[1],
        "years": _years(months) if months.size else pd.Series(dtype=float),
        "before": _before(months),
        "quarters": _quarters(months),
    }


def _owner(opened: Book, year: Year, end: dt.date | None, every: pd.Series) -> pd.Series:
    """Who owns each account: by the last year; where nobody sold to it then, by the time before."""
    owner = pd.Series(dtype="str")
    for start in (year.start, None):
        owners, _ = owners_of(opened, start, year.end if start else end)
        if owners is not None:
            told = main_owner(owners)
            owner = pd.concat([owner, told[~told.index.isin(list(owner.index))]])
    return owner[owner.index.isin(list(every))]


def _facts(made: dict[str, pd.DataFrame], every: pd.Series) -> pd.DataFrame:
    """Input x account."""
    there = {name: frame for name, frame in made.items() if len(frame)}
    none = pd.MultiIndex.from_arrays([[], []])
    facts = pd.concat(there) if there else _nothing().set_axis(none)
    facts = facts.rename_axis(["input", "account_id"])
    return facts[facts.index.get_level_values(1).isin(list(every))]


def _rate(opened: Book, has_cost: bool, line: str, year: Year) -> float:
    """Share of sales that is left, of the line that inputs are about or of the whole book; of the
    rows whose cost is known.
    """
    if not has_cost:
        return 1.0
    part = opened.totals(line=line or None, start=year.start, end=year.end).iloc[0]
    costed = float(part["revenue"] - part["uncosted"])
    return float(part["margin"] - part["uncosted"]) / costed if costed > 0 else 1.0
