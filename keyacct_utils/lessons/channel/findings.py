"""The steps of lesson 18: each a Finding from plain inputs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.channel import LESSON, diversion, figures, loading, platforms
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.claims import (
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.periods import sold_in
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: A year of deliveries, which the buyers of `downstream` are told for.
YEAR = 12
#: What stands in the documents: 80 % through channels (S003-5a), two wholesalers (S003-10c).
THROUGH_CHANNELS, ABOUT = 0.80, 0.05
WHOLESALERS = {"A": (100, 0.70), "B": (4, 0.75)}
#: A year's growths, month by month, without which two growths are not compared.
FEWEST_MONTHS = 12
#: Fewer distributors than this have no order worth ranking.
FEWEST_RANKED = 5
#: From so many times an even share on a district is called a cluster: our own margin.
CLUSTER = 2
#: Rows that a figure shows.
ROWS = 24
#: From this rank of a share on districts are shown.
DISTRICTS_SHOWN = 12
#: What is compared where the book has no such line.
ALL_LINES = "all lines"
#: Orders of all accounts together.
WHOLE = "the whole book"
#: Words for the rules of orders.
RULE_WORDS = {
    "own_past": "own past",
    "six_months": "highest of six months",
    "twice_12": "twice the mean of twelve",
    "thrice_12": "three times the mean of twelve",
}
By = Literal["district", "sector", "ownership"]


@dataclass(frozen=True)
class Channel(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    returns: str
    #: First month of the period; "" without dates.
    first: str
    #: Sales of the period by account, of either sign; by line and month without the accounts that
    #: are distributors too, and of all lines ("").
    sales: pd.Series
    direct: pd.DataFrame
    #: Sales by month of the period and account; empty without dates.
    months: pd.DataFrame
    #: Sales by whole month of the book until the end of the period; empty without dates.
    history: pd.DataFrame
    file: pd.DataFrame | None
    labels: pd.Series
    #: Orders: who, date, amount; and who that is.
    orders: pd.DataFrame
    whose: str
    unit: str
    distributors: pd.DataFrame | None
    #: Deliveries of whole months until the end of the period, and of the last twelve of these.
    shipments: pd.DataFrame | None
    year: pd.DataFrame | None
    scans: pd.DataFrame | None
    downstream: pd.DataFrame | None
    prices: pd.Series | None
    freight: pd.DataFrame | None
    calendar: pd.DataFrame | None

    @property
    def territory(self) -> pd.Series:
        """District of each distributor."""
        assert self.distributors is not None
        return self.distributors["district"]

    @property
    def monthly(self) -> pd.DataFrame:
        """Units by distributor and month; without deliveries, sales by account and month."""
        if self.shipments is None:
            return self.history
        rows = self.orders.assign(month=self.orders["date"].dt.strftime("%Y-%m"))
        return _wide(rows, "who", "month", "amount")

    @property
    def ordering(self) -> int:
        """How many distributors (or districts) ordered; the whole book is none of them."""
        return int((self.orders["who"].drop_duplicates() != WHOLE).sum())

    @property
    def buyer(self) -> str:
        """Whose months are judged."""
        return "account" if self.shipments is None else "distributor"


def _wide(rows: pd.DataFrame, who: str, month: str, value: str) -> pd.DataFrame:
    """Who x months, with a column for each month between the first and the last."""
    if not len(rows):
        return pd.DataFrame()
    wide = rows.pivot_table(index=who, columns=month, values=value, aggfunc="sum")
    months = pd.period_range(wide.columns.min(), wide.columns.max(), freq="M").strftime("%Y-%m")
    return wide.reindex(columns=months).fillna(0.0).sort_index()


def channel(opened: Book, period: str = "book") -> Channel:
    """What was sold in which district and through whom, and when?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month

    Raises
    ------
    ValueError
        Where no account has sales above zero in the period.
    """
    start, end = opened.period_dates(period)
    people = sold_in(opened, start, end)
    dated = opened.has("ledger", "date")
    totals = opened.totals(start=start, end=end).iloc[0]
    history = _months(opened, None, end) if dated else pd.DataFrame()
    inside = _months(opened, start, end) if dated else pd.DataFrame()
    first = totals["first_date"] if dated else None
    known = dated and pd.notna(first)
    shipments, year = _shipments(opened, end)
    orders, whose, unit = _orders(opened, shipments, end, dated)
    return Channel(
        name=opened.name,
        currency=opened.currency,
        when=periods.in_words(totals),
        returns=opened.returns,
        first=f"{start:%Y-%m}" if start else (f"{first:%Y-%m}" if known else ""),
        sales=people["revenue"].astype(float),
        direct=_direct(opened, start, end, shipments) if dated else pd.DataFrame(),
        months=inside,
        history=history,
        file=opened.table("accounts").set_index("account_id") if opened.has("accounts") else None,
        labels=opened.labels(),
        orders=orders,
        whose=whose,
        unit=unit,
        distributors=_distributors(opened),
        shipments=shipments,
        year=year,
        scans=_scans(opened, start, end),
        downstream=_of_distributors(opened, "downstream", "units"),
        prices=_prices(opened),
        freight=opened.table("district_freight") if opened.has("district_freight") else None,
        calendar=opened.table("calendar") if opened.has("calendar", "workday") else None,
    )


def _months(opened: Book, start: dt.date | None, end: dt.date | None) -> pd.DataFrame:
    """Sales by account and whole month: one in which the ledger breaks off would be a fall."""
    rows = opened.rollup(period="month", by_line=False, start=start, end=end)
    broken = opened.cut_short(end)
    kept = rows["period"] != ("" if broken is None else f"{broken:%Y-%m}")
    return _wide(rows[kept & (rows["period"] != "")], "account_id", "period", "revenue")


def _direct(
    opened: Book, start: dt.date | None, end: dt.date | None, shipments: pd.DataFrame | None
) -> pd.DataFrame:
    """Sales of the ledger by line and month, and of all lines (""), but those to distributors."""
    rows = opened.rollup(period="month", start=start, end=end)
    gone = set() if shipments is None else set(shipments["distributor_id"])
    rows = rows[(rows["period"] != "") & ~rows["account_id"].isin(gone)]
    both = pd.concat([rows.assign(line=""), rows[rows["line"] != ""]])
    return _wide(both, "line", "period", "revenue")


def _of_distributors(opened: Book, table: str, *columns: str) -> pd.DataFrame | None:
    """A table without the rows of distributors that the book leaves out; None without rows."""
    if not opened.has(table, "distributor_id", *columns):
        return None
    rows = opened.table(table)
    rows = rows[~rows["distributor_id"].isin(list(opened.excluded))].reset_index(drop=True)
    return rows if len(rows) else None


def _distributors(opened: Book) -> pd.DataFrame | None:
    rows = _of_distributors(opened, "distributors")
    return None if rows is None else rows.set_index("distributor_id").sort_index()


def _shipments(
    opened: Book, end: dt.date | None
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Deliveries of whole months until the end of the period, and those of the last twelve of
    these; no year where they begin later.
    """
    rows = _of_distributors(opened, "shipments", "date")
    if rows is None:
        return None, None
    rows = rows.assign(date=pd.to_datetime(rows["date"])).dropna(subset=["date"])
    kept = rows if end is None else rows[rows["date"] <= pd.Timestamp(end)]
    if not len(kept):
        return None, None
    if len(kept) == len(rows):  # where rows follow the period, its last month is whole
        own = opened.breaks_off(set(kept["date"].dt.date))
        whole = _whole_months(_whole_months(kept, own), opened.cut_short(end))
        kept = whole if len(whole) else kept
    month = kept["date"].dt.to_period("M")
    last = month.max()
    if (last - month.min()).n + 1 < YEAR:
        return kept, None
    return kept, kept[month > last - YEAR]


def _scans(opened: Book, start: dt.date | None, end: dt.date | None) -> pd.DataFrame | None:
    rows = _of_distributors(opened, "scans", "date", "district")
    if rows is None:
        return None
    date = pd.to_datetime(rows["date"])
    inside = date.notna()
    if start is not None:
        inside &= date >= pd.Timestamp(start)
    if end is not None:
        inside &= date <= pd.Timestamp(end)
    rows = rows[inside].reset_index(drop=True)
    return rows if len(rows) else None


def _prices(opened: Book) -> pd.Series | None:
    if not opened.has("district_prices"):
        return None
    return opened.table("district_prices").set_index("district")["price"].astype(float)


def _whole_months(rows: pd.DataFrame, broken: dt.date | None) -> pd.DataFrame:
    """Rows without the month in which a table breaks off, where it is their last and they do not
    reach its last week.
    """
    if broken is None:
        return rows
    month = pd.Period(broken, "M")
    if rows["date"].max() > month.end_time - pd.Timedelta(days=7):
        return rows
    return rows[rows["date"] < month.start_time]


def _orders(
    opened: Book, shipments: pd.DataFrame | None, end: dt.date | None, dated: bool
) -> tuple[pd.DataFrame, str, str]:
    """Orders by day of whole months: of distributors, else of districts, else of the whole book."""
    if shipments is not None:
        names = {"distributor_id": "who", "units": "amount"}
        rows = shipments.rename(columns=names)
        return rows[["who", "date", "amount"]], "distributor", "units"
    if not dated:
        return pd.DataFrame(columns=["who", "date", "amount"]), "book", "money"
    rows = opened.rollup(period="day", by_line=False, end=end)
    rows = rows[rows["period"] != ""].rename(columns={"period": "date", "revenue": "amount"})
    rows = rows.assign(who=WHOLE, date=pd.to_datetime(rows["date"]))
    rows = _whole_months(rows, opened.cut_short(end))
    if opened.has("accounts", "district"):
        district = opened.table("accounts").set_index("account_id")["district"]
        named = rows.assign(who=rows["account_id"].map(district)).dropna(subset=["who"])
        if named["who"].nunique() > 1:
            rows = pd.concat([rows, named], ignore_index=True)
            return rows[["who", "date", "amount"]], "district", "money"
    return rows[["who", "date", "amount"]], "book", "money"


def book_in_numbers(found: Channel) -> Finding:
    """Which book, how much, and through how many distributors."""
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when,
        "accounts": len(found.sales),
        "sales": float(found.sales.sum()),
        "unit": found.unit_of_money,
    }
    says = [
        "**{book}**, {when}: {accounts:count account}, sales of {sales:money}{unit}.",
        *steps.gross(found.returns),
    ]
    rows = found.shipments if found.year is None else found.year
    if rows is not None:
        ours, month = set(rows["distributor_id"]), rows["date"].dt.to_period("M")
        numbers |= {
            "distributors": len(ours),
            "bought": float(rows["revenue"].sum()),
            "units": float(rows["units"].sum()),
            "months": (month.max() - month.min()).n + 1 if found.year is None else YEAR,
            "until": str(month.max()),
            "both": len(ours & set(found.sales.index)),
        }
        says.append(
            "Deliveries to {distributors:count distributor} in the {months} months to {until}: "
            "{units:,.0f} units for {bought:money}{unit}."
            if found.year is not None
            else "Deliveries to {distributors:count distributor} in {months:count month} to "
            "{until}: {units:,.0f} units for {bought:money}{unit}. That is no year: what takes one "
            "is not told."
        )
        says.append(
            "They are not in the ledger, whose accounts are served directly."
            if not numbers["both"]
            else "Of these distributors {both} are accounts of the ledger too."
        )
    else:
        says.append(
            "No table of deliveries: what follows takes accounts in the place of distributors."
        )
    return Finding(numbers, tuple(says))


def _channel_share(found: Channel, line: str) -> dict[str, Any]:
    """Deliveries and direct sales over the whole months of the period that both tables cover, and
    the part of the first with its interval; empty where the book cannot tell.
    """
    if found.shipments is None or found.months.empty:
        return {}
    which = line if line in found.direct.index else ""
    nothing = pd.Series(dtype=float)  # where all accounts of the ledger are distributors
    direct = nothing if found.direct.empty else found.direct.T[which]
    month = found.shipments["date"].dt.strftime("%Y-%m")
    ledger = found.months.columns
    months = ledger[(ledger >= month.min()) & (ledger <= month.max())]
    if not len(months):
        return {}
    through = found.shipments["revenue"].groupby(month).sum()
    through, direct = (part.reindex(months).fillna(0.0) for part in (through, direct))
    if not (through + direct).sum() > 0 or direct.sum() < 0 or through.sum() < 0:
        return {}
    share, low, high = loading.share_over_months(through, through + direct)
    return {
        "through": float(through.sum()),
        "direct": float(direct.sum()),
        "common": len(months),
        "since": str(months[0]),
        "until": str(months[-1]),
        "of": f"line {which}" if which else ALL_LINES,
        "channel": share,
        "channel_low": low,
        "channel_high": high,
    }


def shares_by_channel(found: Channel, line: str = "E", by: By = "district") -> Finding:
    """Which part goes through distributors, and which part of the ledger to which district?

    Parameters
    ----------
    line : the line of the ledger that distributors sell too; all lines where the book has no such.
    by : column of accounts that tells the channel of an account.
    """
    if by not in ("district", "sector", "ownership"):
        raise ValueError(f"by is {by!r}: use 'district', 'sector' or 'ownership'")
    numbers: dict[str, Any] = {"unit": found.unit_of_money, "by": by}
    says: list[str] = []
    if part := _channel_share(found, line):
        numbers |= part
        says.append(
            "In {common:count month} that deliveries and ledger both cover, {since} to {until}: "
            "through distributors {through:money}{unit}, directly ({of}) {direct:money}{unit}. The "
            "channel has {channel:percent} ({channel_low:percent} to {channel_high:percent})."
            if np.isfinite(part["channel_low"])
            else "In {common:count month} that deliveries and ledger both cover, {since} to "
            "{until}: through distributors {through:money}{unit}, directly ({of}) "
            "{direct:money}{unit}. The channel has {channel:percent}."
        )
    table = _by_group(found, by)
    whole = bool(part) and part["of"] != ALL_LINES
    if table is None:
        why = (
            "Which part of the ledger goes to which {by} cannot be told: `accounts.{by}` would say."
        )
        return Finding(numbers, (*says, why)) if says else unknown(why, by=by)
    top = str(table.index[0])
    numbers |= {"groups": len(table), "top": top, "share": float(table["share"].iloc[0])}
    numbers["noun"] = {"district": "district", "sector": "sector", "ownership": "kind of owner"}[by]
    says.append(
        "All of the ledger is of one {noun}, {top}."
        if len(table) == 1
        else "Of all lines of the ledger together, {noun} {top} brings {share:percent}, the most "
        "of {groups}."
        if whole
        else "Of the ledger, {noun} {top} brings {share:percent}, the most of {groups}."
    )
    if table["low"].notna().all():
        numbers |= {"low": float(table["low"].iloc[0]), "high": float(table["high"].iloc[0])}
        says.append(
            "Had the months fallen otherwise, its share were {low:percent} to {high:percent} (95 "
            "%)."
        )
        shown = table[["accounts", "sales", "share", "low", "high"]]
    else:
        shown = table[["accounts", "sales", "share"]]
    columns = {
        "sales": Shown("sales, all lines" if whole else "sales", "money"),
        "share": Shown("share", "percent"),
        "low": Shown("low (95 %)", "percent"),
        "high": Shown("high (95 %)", "percent"),
    }
    return Finding(numbers, tuple(says), shown.head(DISTRICTS_SHOWN), columns)


def _by_group(found: Channel, by: str) -> pd.DataFrame | None:
    """Sales, accounts and share with its interval by a column of accounts; the largest first."""
    return found.once(("group", by), lambda: _grouped(found, by))


def _grouped(found: Channel, by: str) -> pd.DataFrame | None:
    if found.file is None or by not in found.file or not found.file[by].notna().any():
        return None
    group = found.file[by].reindex(found.sales.index)
    kept = found.sales[group.notna()]
    group = group[group.notna()].astype(str)
    sums = kept.groupby(group).sum()
    if not len(sums) or not sums.sum() > 0:
        return None
    table = pd.DataFrame({"sales": sums, "accounts": kept.groupby(group).size()})
    table["share"] = table["sales"] / table["sales"].sum()
    table["low"], table["high"] = np.nan, np.nan
    if found.months.shape[1] >= FEWEST_MONTHS:
        months = found.months.reindex(kept.index).fillna(0.0)
        whole = months.sum().to_numpy()
        for name, rows in months.groupby(group):
            _, low, high = loading.share_over_months(rows.sum().to_numpy(), whole)
            table.loc[name, ["low", "high"]] = low, high
    return table.sort_values(["sales"], ascending=False).rename_axis(by)


def wholesalers() -> Finding:
    """Two wholesalers that sell as much, and on how few buyers each hangs (S003-10c)."""
    rows = {
        name: platforms.downstream_concentration([held / number] * number, total=1.0)
        for name, (number, held) in WHOLESALERS.items()
    }
    return _concentrated(pd.DataFrame.from_dict(rows, orient="index"), "wholesaler")


def _concentrated(table: pd.DataFrame, noun: str) -> Finding:
    table = table.sort_values("hhi", ascending=False).rename_axis(noun)
    few, many = table.iloc[0], table.iloc[-1]
    numbers: dict[str, Any] = {
        "noun": noun,
        "count": len(table),
        "few": str(table.index[0]),
        "many": str(table.index[-1]),
        "few_hhi": float(few["hhi"]),
        "few_largest": float(few["largest"]),
        "few_most": float(few["most"]),
        "many_hhi": float(many["hhi"]),
        "many_largest": float(many["largest"]),
        "many_most": float(many["most"]),
        "frame": table,
    }
    says = [
        "{few} has the highest downstream concentration: without its largest buyer it loses "
        "{few_largest:percent2} of its volume; the squared shares of those named add up to "
        "{few_hhi:.4f}."
    ]
    if len(table) > 1:
        says.append(
            "{many} has the lowest: {many_largest:percent2} and {many_hhi:.4f}. Whatever the "
            "buyers are that nobody named, these sums are at most {few_most:.4f} and "
            "{many_most:.4f}."
        )
    columns = {
        "buyers": Shown("buyers named", ",.0f"),
        "named": Shown("take together", "percent"),
        "largest": Shown("the largest", "percent2"),
        "hhi": Shown("squared shares, least", ".4f"),
        "most": Shown("at most", ".4f"),
    }
    return Finding(numbers, tuple(says), table, columns, show_table=False)


NO_DISTRIBUTORS = (
    "This step needs the table distributors (a district, a price and a rebate for each) and "
    "shipments (what was delivered to each and when)."
)
NO_YEAR = (
    "The deliveries do not reach over twelve whole months, so what a distributor buys in a year is "
    "not known."
)
NO_DOWNSTREAM = (
    "This step needs the table downstream: who buys from each distributor, and how much."
)


def _structure(found: Channel) -> pd.DataFrame | None:
    """On how few buyers each distributor hangs."""
    rows = found.downstream
    return None if rows is None else found.once("structure", lambda: _concentrations(rows))


def _concentrations(rows: pd.DataFrame) -> pd.DataFrame | None:
    named = rows["named"].fillna(1) == 1 if "named" in rows else pd.Series(True, index=rows.index)
    made = {}
    for who, mine in rows.groupby("distributor_id"):
        known = mine.loc[named[mine.index], "units"].dropna().astype(float)
        whole = float(mine["units"].sum())
        if len(known) and known.sum() > 0 and whole > 0:
            made[str(who)] = platforms.downstream_concentration(known, max(whole, known.sum()))
    return pd.DataFrame.from_dict(made, orient="index") if made else None


def who_hangs_on_few(found: Channel) -> Finding:
    """Which distributor hangs on how few of his buyers?"""
    table = _structure(found)
    return unknown(NO_DOWNSTREAM) if table is None else _concentrated(table, "distributor")


def _purchases(found: Channel) -> pd.DataFrame | None:
    """By distributor: units, purchases and what carriage cost us in the year; those above zero."""
    if found.year is None:
        return None
    money = [name for name in ("units", "revenue", "cost_goods", "freight") if name in found.year]
    rows = found.year.groupby("distributor_id")[money].sum(min_count=1)
    rows = rows[(rows["units"] > 0) & (rows["revenue"] > 0)]
    return rows if len(rows) else None


def _without_purchases(found: Channel) -> str:
    """Why nothing is known of what distributors buy in a year."""
    told = found.shipments is not None and found.year is None and found.distributors is not None
    return NO_YEAR if told else NO_DISTRIBUTORS


def _platform_money(
    found: Channel, cost_per_buyer: float, delivery: float, rate: float
) -> pd.DataFrame | str:
    """What each distributor saves us, per 100 of what he buys; else what is missing."""
    bought, shops = _purchases(found), found.distributors
    if bought is None or shops is None:
        return _without_purchases(found)
    if found.downstream is None or "amount" not in found.downstream:
        return NO_DOWNSTREAM
    if "freight" not in bought or "terms_days" not in found.downstream or "terms_days" not in shops:
        return (
            "This step needs shipments.freight (what we pay to carry), and terms_days in "
            "distributors and in downstream (when they pay)."
        )
    rows = found.downstream
    named = rows["named"].fillna(1) == 1 if "named" in rows else pd.Series(True, index=rows.index)
    buyers = rows[named].groupby("distributor_id").size()
    owed = (rows["amount"] * rows["terms_days"].fillna(0)).groupby(rows["distributor_id"]).sum()
    table = pd.DataFrame(index=bought.index)
    worth = bought["revenue"] / 100
    table["sales"] = buyers.reindex(table.index) * cost_per_buyer / worth
    table["logistics"] = (delivery * bought["units"] - bought["freight"]) / worth
    ours = bought["revenue"] * shops["terms_days"].reindex(table.index)
    waits = (owed.reindex(table.index) - ours) / platforms.DAYS_OF_A_YEAR
    table["capital"] = rate * waits / worth
    table = table.dropna()
    return table if len(table) else NO_DOWNSTREAM


def three_platforms(
    found: Channel,
    rate: float = 0.07,
    *,
    cost_per_buyer: float = 20_000.0,
    delivery: float = 30.0,
    sales_to_logistics: float = 3.0,
    sales_to_capital: float = 2.0,
    logistics_to_capital: float = 0.5,
) -> Finding:
    """What does each distributor do for us, as platform of sales, logistics and capital
    (S003-10b)?

    The platform of capital is the interest on what his buyers owe him, for which we would wait if
    we served them, less that on what he owes us, for which we wait now.

    Parameters
    ----------
    rate : interest a year, a fraction.
    cost_per_buyer : what it would cost us a year to serve one of his buyers ourselves, currency.
    delivery : what it would cost us to bring a unit to a buyer ourselves, currency.
    sales_to_logistics, sales_to_capital, logistics_to_capital : how many times more the first
        counts.
    """
    _rate(rate)
    for name, value in (("cost_per_buyer", cost_per_buyer), ("delivery", delivery)):
        if not value >= 0:
            raise ValueError(f"{name} is {value!r}: expected an amount of 0 or more")
    money = _platform_money(found, cost_per_buyer, delivery, rate)
    if isinstance(money, str):
        return unknown(money)
    judged = {
        ("sales", "logistics"): sales_to_logistics,
        ("sales", "capital"): sales_to_capital,
        ("logistics", "capital"): logistics_to_capital,
    }
    scored = platforms.platform_scores(money, judged)
    points = scored.points.sort_values("total", ascending=False, kind="stable")
    saved = money.sum(axis=1)
    table = points.assign(saved=saved.reindex(points.index)).rename_axis("distributor")
    best, worst = str(points.index[0]), str(points.index[-1])
    numbers: dict[str, Any] = {
        "distributors": len(points),
        "best": found.called(best),
        "worst": found.called(worst),
        "best_total": float(points["total"].iloc[0]),
        "worst_total": float(points["total"].iloc[-1]),
        "best_saved": float(saved[best]),
        "worst_saved": float(saved[worst]),
        "consistency": scored.consistency,
        "weights": scored.weights.to_dict(),
        **{f"weight_{name}": float(value) for name, value in scored.weights.items()},
        "most": found.called(saved.idxmax()),
        "most_saved": float(saved.max()),
        "hundred": 100,
        "points": points,
        "money": money,
        "unit": found.unit_of_money,
    }
    says = [
        "{best} has {best_total:.0f} of {hundred} points, {worst} {worst_total:.0f}."
        if len(points) > 1
        else "{best} is the only one, so it cannot be scored against others.",
        "In money they save us {best_saved:.2f} and {worst_saved:.2f}{unit} per {hundred} that "
        "they buy; nobody saves us more than {most}, {most_saved:.2f}."
        if len(points) > 1
        else "In money it saves us {best_saved:.2f}{unit} per {hundred} that it buys.",
        "The judgements weigh sales {weight_sales:percent0}, logistics "
        "{weight_logistics:percent0}, capital {weight_capital:percent0}; their consistency ratio "
        "is {consistency:.3f}.",
    ]
    if not scored.consistent:
        says.append("That is too high: judge the pairs anew before anything rests on these points.")
    columns = {
        **{name: Shown(name, ".0f") for name in platforms.PLATFORMS},
        "total": Shown("points", ".0f"),
        "saved": Shown("saves us per {hundred}", ".2f"),
    }
    drawn = points.iloc[[0, -1]] if len(points) > 1 else points
    drawn = drawn[list(platforms.PLATFORMS)].set_axis([found.called(i) for i in drawn.index])
    picture = Picture(
        lambda title: figures.platform_radar(drawn, title),
        "What {best} and {worst} do for us" if len(points) > 1 else "What {best} does for us",
        "Radar of three spokes, sales, logistics and capital, with a line each for the distributor "
        "of most points ({best}) and of fewest ({worst}).",
    )
    ends = table.iloc[[*range(min(3, len(table)))]]
    if len(table) > 3:
        ends = pd.concat([ends, table.iloc[max(3, len(table) - 3) :]])
    return Finding(numbers | {"frame": table}, tuple(says), ends, columns, picture)


def _rate(rate: float) -> None:
    if not (isinstance(rate, int | float) and 0 <= rate < 1):
        raise ValueError(f"rate is {rate!r}: expected a fraction a year; 7 % is 0.07")


def _own_profit(found: Channel, rate: float) -> pd.DataFrame | str:
    """What is left to each distributor himself; else what is missing."""
    bought, shops, rows = _purchases(found), found.distributors, found.downstream
    if bought is None or shops is None:
        return _without_purchases(found)
    if rows is None or "amount" not in rows or "terms_days" not in rows:
        return (
            "This step needs downstream with amount and terms_days: what his buyers pay and when."
        )
    if not {"costs", "rebate_pct"} <= set(shops):
        return "This step needs distributors.costs and distributors.rebate_pct."
    sums = (
        rows.assign(owed=rows["amount"] * rows["terms_days"].fillna(0))
        .groupby("distributor_id")[["units", "amount", "owed"]]
        .sum()
    )
    table = sums.join(bought[["units", "revenue"]].add_prefix("bought_"), how="inner").join(shops)
    table = table[table["amount"] > 0].dropna(subset=["costs", "rebate_pct"])
    if not len(table):
        return NO_DOWNSTREAM
    goods = table["units"] * table["bought_revenue"] / table["bought_units"]
    made = pd.DataFrame(
        {
            "sales": table["amount"],
            "goods": goods,
            "rebate": goods * table["rebate_pct"] / 100,
            "costs": table["costs"],
            "owed": table["owed"] / platforms.DAYS_OF_A_YEAR,
        }
    )
    if "terms_days" in table and table["terms_days"].notna().all():
        made["owes"] = goods * table["terms_days"] / platforms.DAYS_OF_A_YEAR
    return made[["sales"]].join(platforms.distributor_profit(made, rate))


def where_is_his_profit(
    found: Channel, rate: float = 0.07, *, credit: Literal["given", "net"] = "given"
) -> Finding:
    """What is left to a distributor after his costs and the interest on the credit that he gives?

    Parameters
    ----------
    rate : interest a year, a fraction.
    credit : by which of two reckonings they are ordered: "given" takes interest on all that his
        buyers owe him, "net" on that less what he owes us.
    """
    _rate(rate)
    if credit not in ("given", "net"):
        raise ValueError(f"credit is {credit!r}: use 'given' or 'net'")
    made = _own_profit(found, rate)
    if isinstance(made, str):
        return unknown(made)
    both = "net" in made
    if credit == "net" and not both:
        return unknown("What he owes us takes distributors.terms_days: when he pays us.")
    by = "margin_net" if credit == "net" else "margin"
    table = made.sort_values(by, kind="stable").rename_axis("distributor")
    numbers: dict[str, Any] = {
        "distributors": len(table),
        "who": found.called(table.index[0]),
        "margin": float(table["margin"].iloc[0]),
        "before": float(table["margin_before"].iloc[0]),
        "interest": float(table["interest"].iloc[0]),
        "best": found.called(table.index[-1]),
        "best_margin": float(table[by].iloc[-1]),
        "losing": int((table["profit"] < 0).sum()),
        "turned": _turned(found, table, "profit"),
        "rate": rate,
        "unit": found.unit_of_money,
        "frame": table,
    }
    says = [
        "{who} keeps least: {margin:percent2} of his sales, after {interest:money}{unit} of "
        "interest at {rate:percent} a year on the credit that he gives; without interest "
        "{before:percent2}.",
    ]
    if both:
        numbers |= {
            "margin_net": float(table["margin_net"].iloc[0]),
            "saved": float(table["saved"].iloc[0]),
            "losing_net": int((table["net"] < 0).sum()),
        }
        says.append(
            "He takes credit too: what he owes us saves him {saved:money}{unit} of interest. Set "
            "against the other, {margin_net:percent2} of his sales is left."
        )
    if len(table) > 1:
        says.append("{best} keeps most, {best_margin:percent2}.")
    says.append(
        "Of {distributors:count distributor}, so many lose money: {losing}; what they owe us set "
        "against it, {losing_net}."
        if both
        else "Of {distributors:count distributor}, so many lose money: {losing}."
    )
    if numbers["turned"]:
        says.append("The interest on what he gives turns a gain into a loss for {turned:names}.")
    columns = {
        "sales": Shown("sells for", "money"),
        "gross": Shown("gross", "money"),
        "rebate": Shown("rebate", "money"),
        "costs": Shown("costs", "money"),
        "interest": Shown("interest", "money"),
        "profit": Shown("left", "money"),
        "margin": Shown("of sales", "percent2"),
    }
    if both:
        columns["margin_net"] = Shown("net of our credit", "percent2")
    shown = table[list(columns)]
    shown = shown if len(shown) <= 4 else pd.concat([shown.head(3), shown.tail(1)])
    return Finding(numbers, tuple(says), shown, columns)


def _turned(found: Channel, table: pd.DataFrame, profit: str) -> list[str]:
    """Who would gain without interest and loses with it."""
    turned = table.index[(table["before"] >= 0) & (table[profit] < 0)]
    return [found.called(i) for i in turned]


NO_SCANS = (
    "Where goods turn up is told by the table scans (date, distributor_id and district of each "
    "case found), with the district of each distributor in the table distributors."
)


def _outside(found: Channel, z_limit: float, chains: bool = True) -> pd.DataFrame | None:
    """Who sells outside his district; with or without what chains carry."""
    if found.scans is None or found.distributors is None:
        return None
    table = found.once(("outside", chains), lambda: _scored(found, chains))
    if table is None:
        return None
    return table.assign(flagged=table["judged"] & (table["z"] > z_limit))


def _scored(found: Channel, chains: bool) -> pd.DataFrame | None:
    """The same before a limit is set."""
    assert found.scans is not None and found.distributors is not None
    rows = found.scans[found.scans["distributor_id"].isin(found.distributors.index)]
    if not len(rows):
        return None
    return diversion.out_of_district(
        rows, found.territory, _explained(found, rows) if chains else None
    )


def _explained(found: Channel, rows: pd.DataFrame) -> pd.Series | None:
    if "chain" not in rows or found.downstream is None or "chain" not in found.downstream:
        return None
    return diversion.chain_flow(rows, found.downstream)


def _limit(z_limit: float) -> None:
    if not (isinstance(z_limit, int | float) and z_limit > 0):
        raise ValueError(f"z_limit is {z_limit!r}: expected a number above 0, such as 3.0")


def who_sells_elsewhere(found: Channel, z_limit: float = 3.0) -> Finding:
    """Whose goods turn up outside his district, and is it dumping or a chain's own transport?

    Parameters
    ----------
    z_limit : standard deviations above the others from which a distributor is flagged.
    """
    _limit(z_limit)
    table, naive = _outside(found, z_limit), _outside(found, z_limit, chains=False)
    if table is None or naive is None:
        return unknown(NO_SCANS)
    if not table["judged"].any():
        return unknown(
            "Nobody can be judged: it takes {few} distributors with {scans} scans each, and here "
            "are {have} in all.",
            few=diversion.FEWEST_DISTRIBUTORS,
            scans=diversion.FEWEST_SCANS,
            have=int(table["counted"].sum()),
        )
    flagged = table[table["flagged"]].sort_values("z", ascending=False)
    cleared = sorted(set(naive.index[naive["flagged"]]) - set(flagged.index))
    carried = table.loc[cleared, "abroad"] / table.loc[cleared, "scans"]
    numbers: dict[str, Any] = {
        "distributors": len(table),
        "scans": int(table["scans"].sum()),
        "unjudged": int((~table["judged"]).sum()),
        "limit": z_limit,
        "flagged": [found.called(i) for i in flagged.index],
        "count": len(flagged),
        "usual": float(table["expected"].iloc[0]),
        "spread": float(table["spread"].iloc[0]),
        "false": diversion.expected_false_alarms(table, z_limit),
        "cleared": [found.called(i) for i in cleared],
        "frame": table,
    }
    says = [
        "Of {scans:count scan}, the usual distributor has {usual:percent} outside his district.",
    ]
    if len(flagged):
        numbers |= {
            "low": float(flagged["share"].min()),
            "high": float(flagged["share"].max()),
        }
        says.append(
            "More than {limit:.1f} standard deviations above that: {flagged:names}, with "
            "{low:percent} to {high:percent}."
            if len(flagged) > 1
            else "More than {limit:.1f} standard deviations above that: {flagged:names}, with "
            "{high:percent}."
        )
    else:
        says.append("Nobody lies more than {limit:.1f} standard deviations above that.")
    says.append("Were all honest, this limit would flag {false:.2f} of them on average.")
    if cleared:
        numbers["carried"] = float(carried.max())
        says.append(
            "Flagged only if the stores of chains that he supplies are counted: {cleared:names}, "
            "with up to {carried:percent} of the scans in such stores abroad."
        )
    elif _explained(found, found.scans) is None:
        says.append(
            "Which of it chains carried is not known: scans.chain and downstream.chain would say."
        )
    if numbers["unjudged"]:
        numbers["few"] = diversion.FEWEST_SCANS
        says.append("Fewer than {few} scans, so not judged: {unjudged:count distributor}.")
    view = table.sort_values("z", ascending=False)
    shown = view[["scans", "explained", "share", "z", "flagged"]].dropna(subset=["z"]).head(5)
    columns = {
        "scans": Shown("scans", ",.0f"),
        "explained": Shown("in stores of his chains", ",.0f"),
        "share": Shown("outside", "percent"),
        "z": Shown("standard deviations", ".1f"),
        "flagged": Shown("flagged", "yes"),
    }
    shown = shown.set_axis([found.called(i) for i in shown.index]).rename_axis("distributor")
    return Finding(numbers, tuple(says), shown, columns, _flow(found, view))


def _flow(found: Channel, order: pd.DataFrame) -> Picture:
    """Where whose goods were found, those of most standard deviations first."""
    assert found.scans is not None
    first = order.index[:ROWS]
    chains = _explained(found, found.scans)
    counted = found.scans if chains is None else found.scans[~chains]
    mine = counted[counted["distributor_id"].isin(first)]
    flow = pd.crosstab(mine["distributor_id"], mine["district"], normalize="index").reindex(first)
    most = counted["district"].value_counts().index[:DISTRICTS_SHOWN]
    flow = flow[sorted(flow.columns.intersection(most))]
    home = found.territory.astype(str).to_dict()
    named = flow.set_axis([found.called(i) for i in flow.index])
    homes = {found.called(i): str(home.get(i, "")) for i in flow.index}
    return Picture(
        lambda title: figures.flow_plot(named, homes, title),
        "Where goods turn up outside the district, percent of the scans of each",
        "Map of distributors (rows, those farthest above the others first) and districts "
        "(columns): the darker a cell, the more of his goods were found there; his own district is "
        "left empty. Cases in stores of chains that he supplies are left out. Flagged: "
        "{flagged:names}."
        if chains is not None
        else "Map of distributors (rows, those farthest above the others first) and districts "
        "(columns): the darker a cell, the more of his goods were found there; his own district is "
        "left empty. Flagged: {flagged:names}.",
    )


NO_PRICES = (
    "Whether it pays takes district_prices (what small buyers pay where), district_freight (what "
    "it costs to get there), and price and rebate_pct in distributors."
)


def _gates(found: Channel, times: float) -> pd.DataFrame | None:
    shops = found.distributors
    if shops is None or found.prices is None or found.freight is None:
        return None
    if not {"price", "rebate_pct"} <= set(shops):
        return None
    offers = shops[["district", "price"]].assign(rebate=shops["rebate_pct"].fillna(0) / 100)
    offers = offers.dropna(subset=["price"]).reset_index()
    made = diversion.arbitrage(offers, found.prices, found.freight, times)
    return made if len(made) else None


def does_it_pay(found: Channel, freight_times: float = 1.0, z_limit: float = 3.0) -> Finding:
    """Where could a distributor sell below the local price and still gain (S003-3a)?

    Parameters
    ----------
    freight_times : what freight costs, as a multiple of the table.
    z_limit : as in `who_sells_elsewhere`.
    """
    if not (isinstance(freight_times, int | float) and freight_times >= 0):
        raise ValueError(f"freight_times is {freight_times!r}: expected 0 or more")
    table = _gates(found, freight_times)
    if table is None:
        return unknown(NO_PRICES)
    best = table.groupby("distributor_id")["gain"].max().sort_values(ascending=False)
    gates = set(best.index[best > 0])
    outside = _outside(found, z_limit)
    top = table.loc[table["gain"].idxmax()]
    numbers: dict[str, Any] = {
        "distributors": len(best),
        "open": len(gates),
        "gates": sorted(gates),
        "pairs": int(table["open"].sum()),
        "ways": len(table),
        "who": found.called(top["distributor_id"]),
        "where": str(top["to_district"]),
        "gain": float(top["gain"]),
        "landed": float(top["landed"]),
        "local": float(top["local"]),
        "times": freight_times,
        "unit": found.unit_of_money,
        "frame": table,
    }
    says = [
        "The gate is open for {open} of {distributors:count distributor}, on {pairs} of {ways} "
        "ways out.",
        "Widest for {who} to district {where}: a unit costs him {landed:,.2f}{unit} there and the "
        "local price is {local:,.2f}.",
    ]
    if outside is not None and outside["judged"].any():
        flagged = set(outside.index[outside["flagged"]])
        numbers |= {"flagged": len(flagged), "both": len(flagged & gates)}
        says.append(
            "Of the {flagged} who are flagged, so many have an open gate: {both}. An open gate "
            "accuses nobody: it says what would pay."
        )
    wide = table.pivot(index="distributor_id", columns="to_district", values="gain")
    wide = wide.reindex(best.index[:ROWS])
    wide = wide.iloc[:, :DISTRICTS_SHOWN].set_axis([found.called(i) for i in wide.index])
    picture = Picture(
        lambda title: figures.gap_map(wide, title, "district he could sell to"),
        "What a unit gains there above what it costs him",
        "Map of distributors (rows) and districts (columns): a number where the local price lies "
        "above price less rebate plus freight. Open for {open} of {distributors:count "
        "distributor}.",
    )
    view = table[table["open"]].sort_values("gain", ascending=False).head(10)
    return Finding(numbers, tuple(says), view.drop(columns="open") if len(view) else None, {
        "landed": Shown("costs him", ",.2f"), "local": Shown("local price", ",.2f"),
        "gain": Shown("gain", ",.2f"),
    }, picture, show_table=False)  # fmt: skip


def _stressed(found: Channel) -> pd.DataFrame | None:
    """Quota over demand, by distributor."""
    shops, bought = found.distributors, _purchases(found)
    if shops is None or found.downstream is None or bought is None or "quota" not in shops:
        return None
    demand = found.downstream.groupby("distributor_id")["units"].sum().astype(float)
    table = shops[["quota"]].join(demand.rename("demand"), how="inner")
    table = table.join(bought["units"].rename("shipped"), how="inner").dropna()
    table = table[(table > 0).all(axis=1)].astype(float)
    if not len(table):
        return None
    return diversion.stress(table["quota"], table["demand"], table["shipped"])


def quota_stress(
    found: Channel, limit: float = 1.1, z_limit: float = 3.0, freight_times: float = 1.0
) -> Finding:
    """Whose quota asks for more than his district takes, and what becomes of it (S003-3b)?

    Parameters
    ----------
    limit : quota over demand from which a distributor counts as stressed.
    z_limit, freight_times : as in `who_sells_elsewhere` and `does_it_pay`.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit!r}: expected a number above 0, such as 1.1")
    table = _stressed(found)
    if table is None and _without_purchases(found) == NO_YEAR:
        return unknown(NO_YEAR)
    if table is None:
        return unknown(
            "Whether a quota is too high takes distributors.quota, shipments and downstream: what "
            "is asked for, delivered and taken."
        )
    table = table.sort_values("stress", ascending=False).rename_axis("distributor")
    gates, outside = _gates(found, freight_times), _outside(found, z_limit)
    hard = table["stress"] > limit
    numbers: dict[str, Any] = {
        "distributors": len(table),
        "limit": limit,
        "stressed": [found.called(i) for i in table.index[hard]],
        "count": int(hard.sum()),
        "who": found.called(table.index[0]),
        "stress": float(table["stress"].iloc[0]),
        "excess": float(table["excess"].iloc[0]),
        "frame": table,
    }
    says = [
        "Quota over what his buyers take is above {limit:.2f} for: {stressed:names}."
        if hard.any()
        else "No quota is above {limit:.2f} of what the buyers take.",
        "Highest for {who} with {stress:.2f}: {excess:percent} of his quota finds no buyer at "
        "home.",
    ]
    shown = table[["stress", "excess", "met", "left"]].copy()
    if gates is not None:
        best = gates.groupby("distributor_id")["gain"].max().reindex(shown.index)
        shown["gate"] = best > 0
    if outside is not None and outside["judged"].any():
        shown["flagged"] = outside["flagged"].reindex(shown.index, fill_value=False).astype(bool)
        numbers["both"] = int(shown.loc[hard, "flagged"].sum())
        numbers["neither"] = int(shown.loc[~hard, "flagged"].sum())
        says.append(
            "Flagged for selling elsewhere: {both} of those {count}, and {neither} of the others."
        )
    columns = {
        "stress": Shown("quota / demand", ".2f"),
        "excess": Shown("finds no buyer", "percent"),
        "met": Shown("delivered / quota", ".2f"),
        "left": Shown("not taken at home", "percent"),
        "gate": Shown("gate open", "yes"),
        "flagged": Shown("flagged", "yes"),
    }
    return Finding(numbers, tuple(says), shown.head(6), columns)


def _of_all(judged: str, bounded: bool) -> str:
    """What all accounts together say, with their interval where there is one."""
    if not bounded:
        return "All accounts together have {whole_share:percent} in them."
    return {
        loading.EVEN: "All accounts together have {whole_share:percent} in them "
        "({whole_low:percent} to {whole_high:percent}): no peak.",
        loading.INVOICED: "All accounts together have {whole_share:percent} in them "
        "({whole_low:percent} to {whole_high:percent}): a peak that the next month does not surely "
        "pay for.",
        loading.LOADED: "All accounts together have {whole_share:percent} in them "
        "({whole_low:percent} to {whole_high:percent}): a peak that the next month pays for.",
        loading.UNTOLD: "All accounts together have {whole_share:percent} in them "
        "({whole_low:percent} to {whole_high:percent}): whether that is a peak cannot be told.",
    }[judged]


def _largest(found: Channel, known: pd.DataFrame, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The largest share of those that can be judged, and whose it is; that of all together, and
    nobody's, where none can.
    """
    told = known[known["judged"] != loading.UNTOLD]
    if found.whose == "book" or not len(told):
        together = numbers.get("whole_share", float("nan"))
        share = together if np.isfinite(together) else float(known["share"].max())
        return {"largest": share, "largest_who": ""}
    first = told["share"].idxmax()
    return {"largest": float(told.loc[first, "share"]), "largest_who": found.called(first)}


def _of_the_rest(known: pd.DataFrame, peak: float, numbers: dict[str, Any]) -> list[str]:
    """Who has no peak, and why of the others nothing is told."""
    says = [
        "A peak is told where the interval of the share begins above an even one, and none where "
        "it ends below {limit:percent} ({peak:percent0} of the month above it): none with {steady} "
        "of {who}."
    ]
    open_ = known[known["judged"] == loading.UNTOLD]
    reaching = (open_["low"] <= open_["even"]) & (open_["high"] > open_["even"] + peak)
    numbers["reaching"] = int(reaching.sum())
    numbers["short"] = numbers["untold"] - numbers["reaching"]
    if numbers["reaching"]:
        says.append(
            "Cannot be told: {reaching}, whose interval reaches from an even share to beyond that "
            "limit (intervals are widened for all {who})."
        )
    if numbers["short"]:
        says.append("Cannot be told for want of months with orders: {short}.")
    return says


def month_end(found: Channel, last: int = 5, peak: float = 0.10) -> Finding:
    """Who orders at the end of the month, and is that stock missing in the next one (S003-10h)?

    Parameters
    ----------
    last : working days that count as the end of a month.
    peak : a peak below this changes no decision, points of the month.
    """
    if not len(found.orders):
        return unknown("Month ends need dates: `ledger.date`, or the table shipments.")
    rows = found.orders.dropna(subset=["date", "amount"])
    broken = rows["date"].dt.day.nunique() < loading.FEWEST_DAYS
    if not len(rows) or broken:
        return unknown(
            "These dates stand on {days:count day} of the month only: they are dates of bills, and "
            "say nothing of when in the month was ordered.",
            days=int(rows["date"].dt.day.nunique()),
        )
    whole = rows["who"] == WHOLE
    apart, alone = found.whose == "district", found.whose == "book"
    table = found.once(
        ("month end", last, peak, apart),
        lambda: loading.month_end_spike(
            rows[~whole] if apart else rows, found.calendar, last, peak
        ),
    )
    known = table[table["share"].notna()]
    if not len(known):
        return unknown("Nobody here ordered more than was returned in any month.")
    words = {
        kind: [found.called(i) for i in table.index[table["judged"] == kind]]
        for kind in loading.KINDS
    }
    numbers: dict[str, Any] = {
        "noun": found.whose,
        "months": int(table["months"].max()),
        "who": len(table),
        "last": last,
        "even": float(known["even"].mean()),
        "loading": words[loading.LOADED],
        "invoiced": words[loading.INVOICED],
        "steady": len(words[loading.EVEN]),
        "untold": len(words[loading.UNTOLD]),
        "peak": peak,
        "limit": float(known["even"].mean()) + peak,
        "frame": table,
    }
    since, until = rows["date"].min(), rows["date"].max()
    numbers |= {"since": f"{since:%Y-%m}", "until": f"{until:%Y-%m}"}
    says = [
        "The last {last} working days are {even:percent} of a month, and would have as much of the "
        "orders of {months:count month}, {since} to {until}, if nobody minded."
    ]
    if numbers["since"] < found.first:
        numbers["period"] = found.first
        says.append("All whole months of the book count here, those before {period} too.")
    if apart or alone:
        all_in_one = loading.month_end_spike(rows[whole], found.calendar, last, peak).loc[WHOLE]
        numbers |= {f"whole_{name}": float(all_in_one[name]) for name in ("share", "low", "high")}
        numbers["whole_judged"] = str(all_in_one["judged"])
        says.append(_of_all(numbers["whole_judged"], np.isfinite(numbers["whole_low"])))
    numbers |= _largest(found, known, numbers)
    if numbers["largest_who"]:
        says.append(
            "Of those that can be judged, {largest_who} has the largest share in them: "
            "{largest:percent}."
        )
    if words[loading.LOADED]:
        who = table.loc[table["judged"] == loading.LOADED]
        numbers |= {
            "loaded_share": float(who["share"].max()),
            "back": float(-who["slope"].mean()),
        }
        says.append(
            "Loading: {loading:names}. Up to {loaded_share:percent} of the orders fall in these "
            "days, and for each unit of it {back:.2f} are missing in the next month."
        )
    elif alone:
        says.append(
            "Who loads cannot be told from a sum: `accounts.district` or the table shipments would "
            "say."
        )
    else:
        says.append("Nobody is told to load.")
    if words[loading.INVOICED] and not alone:
        numbers["peaks"] = float(table.loc[table["judged"] == loading.INVOICED, "share"].max())
        says.append(
            "A peak of up to {peaks:percent} that the next month does not surely pay for: "
            "{invoiced:names}. Late bills (月末集中开票) look like that, and are called so here."
        )
    if not alone:
        says += _of_the_rest(known, peak, numbers)
    columns = {
        "share": Shown("in these days", "percent"),
        "even": Shown("if even", "percent"),
        "slope": Shown("next month, per unit", ".2f"),
        "slope_high": Shown("at most", ".2f"),
        "judged": Shown("judged"),
    }
    drawn = known[np.isfinite(known["slope"])]
    names = pd.Series({i: found.called(i) for i in drawn.index})
    picture = (
        Picture(
            lambda title: figures.peak_plot(
                drawn, title, "next month's change, per unit", peak, names
            ),
            "A peak at the end of the month is loading only where the next month pays for it",
            "Points, one per {noun}: the share of orders in the last {last} working days with its "
            "interval, and how much the next month changes for each unit of it; lines at an even "
            "share and at {limit:percent}. Loading: {loading:names}.",
        )
        if len(drawn)
        else None
    )
    shown = known.sort_values("slope_high", kind="stable", na_position="last")
    shown = shown[["share", "even", "slope", "slope_high", "judged"]]
    shown = pd.concat([shown[shown["judged"] == k] for k in (loading.LOADED, loading.INVOICED)])
    shown = shown.set_axis([found.called(i) for i in shown.index]).rename_axis(numbers["noun"])
    return Finding(
        numbers, tuple(says), shown if len(shown) else None, columns, picture,
        show_table=False,
    )  # fmt: skip


def orders_above_their_past(found: Channel, z: float = 5.0) -> Finding:
    """Which months lie above the buyer's own past, and how often would each rule cry wolf?

    Parameters
    ----------
    z : robust standard deviations above the median of the logarithms of twelve months.
    """
    if not (isinstance(z, int | float) and z > 0):
        raise ValueError(f"z is {z!r}: expected a number above 0, such as 5.0")
    monthly, since = found.monthly, found.first
    if monthly.empty or monthly.shape[1] <= loading.WINDOW:
        return unknown(
            "An order is set against the {window} months before it: dated rows of more months than "
            "that are needed.",
            window=loading.WINDOW,
        )
    rules = {rule: loading.unusual_orders(monthly, rule, z, since) for rule in loading.RULES}
    ours = rules["own_past"]
    if not len(ours):
        return unknown(
            "Nobody ordered in {few} of the {window} months before, so no past is known.",
            few=loading.FEWEST_WITH_ORDERS,
            window=loading.WINDOW,
        )
    spread, quiet = _usual_spread(monthly), _quiet(monthly, ours)
    keys = pd.MultiIndex.from_frame(ours[["who", "month"]])
    same = {
        rule: made.set_index(["who", "month"])["flagged"].reindex(keys, fill_value=False)
        for rule, made in rules.items()
    }
    chances = {rule: loading.false_alarm_rate(rule, spread, z, quiet) for rule in rules}
    table = pd.DataFrame(
        {
            "rule": [RULE_WORDS[rule] for rule in rules],
            "flagged": [int(made.sum()) for made in same.values()],
            "chance": [chance * len(ours) for chance in chances.values()],
        }
    )
    flagged = ours[ours["flagged"]].sort_values("times", ascending=False)
    numbers: dict[str, Any] = {
        "z": z,
        "buyers": int(ours["who"].nunique()),
        "judged": len(ours),
        "count": len(flagged),
        "names": [
            f"{found.called(a)} {b}" for a, b in zip(flagged["who"], flagged["month"], strict=True)
        ],
        "spread": spread,
        "chance": float(table["chance"].iloc[0]),
        "six": int(table["flagged"].iloc[1]),
        "six_chance": float(table["chance"].iloc[1]),
        "noun": found.buyer,
        "frame": ours,
    }
    says = [
        "Of {judged:count month} of {buyers:count account}, so many lie above the own past: "
        "{count}."
        if found.shipments is None
        else "Of {judged:count month} of {buyers:count distributor}, so many lie above the own "
        "past: {count}."
    ]
    if len(flagged) and np.isfinite(flagged["times"].iloc[0]):
        numbers["times"] = float(flagged["times"].iloc[0])
        says.append("{names:names}; the largest is {times:.1f} times a usual month.")
    says.append(
        "The rule of the highest of six months flags {six}. Were all buyers alike, without growth "
        "or season, and nothing the matter, it would flag {six_chance:.0f}, ours {chance:.1f}."
    )
    columns = {
        "rule": Shown("above"),
        "flagged": Shown("flagged", ",.0f"),
        "chance": Shown("by chance, if all are alike", ".1f"),
    }
    return Finding(numbers, tuple(says), table.set_index("rule"), columns)


def _quiet(monthly: pd.DataFrame, judged: pd.DataFrame) -> float:
    """Part of the months without orders, of the buyers that are judged; to the percent."""
    months = monthly.loc[judged["who"].unique()].iloc[:, -2 * loading.WINDOW :]
    return min(round(float((months <= 0).to_numpy().mean()), 2), 0.9)


def _usual_spread(monthly: pd.DataFrame) -> float:
    """How much months of a usual buyer vary: standard deviation of the logarithm."""
    return max(round(loading.usual_spread(monthly), 2), 0.01)


def rebate_for_more(
    found: Channel, growth: float = 1.0, taken: float = 0.4, *, who: str = ""
) -> Finding:
    """By how much may the rebate of a distributor rise if he sells so much more (S003-10g)?

    Parameters
    ----------
    growth : how much more he buys, a fraction: 1.0 doubles his volume.
    taken : part of that which he takes from our other distributors, a fraction.
    who : his distributor_id; the largest where nobody is named.
    """
    made = _margin_of(found, who)
    if isinstance(made, str):
        return unknown(made)
    name, months, rebate = made
    margin, low, high = loading.share_over_months(months["kept"], months["revenue"])
    if not margin > rebate:
        return unknown(
            "{who} leaves {margin:percent} before a rebate of {rebate:percent}: nothing is left "
            "that a higher rate could be paid from.",
            who=found.called(name),
            margin=margin,
            rebate=rebate,
        )
    each = platforms.rebate_break_even(margin, rebate, growth, taken)
    slope = each / (margin - rebate)
    numbers: dict[str, Any] = {
        "who": found.called(name),
        "margin": margin,
        "rebate": rebate,
        "growth": growth,
        "taken": taken,
        "rise": each,
        "rate": rebate + each,
        "extra": platforms.rebate_break_even(margin, rebate, growth, taken, on="extra"),
        "bought": float(months["revenue"].sum()),
        "unit": found.unit_of_money,
    }
    says = [
        "{who} leaves us {margin:percent} before rebate and has a rebate of {rebate:percent}. If "
        "he buys {growth:percent0} more, of which {taken:percent0} was ours before, the rate may "
        "rise "
        "by {rise:points} points, if it is paid on all that he buys.",
        "If it is paid on the extra only, by {extra:points} points.",
    ]
    if np.isfinite(low):
        numbers |= {"low": slope * (low - rebate), "high": slope * (high - rebate)}
        says.append(
            "Had the months fallen otherwise, between {low:points} and {high:points} points on all "
            "(95 %)."
        )
    rows = [
        (text, platforms.rebate_break_even(margin, rebate, growth, taken, on=on))
        for text, on in (("on all that he buys", "all"), ("on the extra only", "extra"))
    ]
    table = pd.DataFrame(rows, columns=["paid", "rise"]).set_index("paid")
    return Finding(
        numbers, tuple(says), table, {"rise": Shown("points", "points")}, show_table=False
    )


def _margin_of(found: Channel, who: str) -> tuple[str, pd.DataFrame, float] | str:
    """A distributor, what he left us before rebate by month, and his rebate."""
    bought, shops = _purchases(found), found.distributors
    if bought is None or shops is None or found.year is None:
        return _without_purchases(found)
    if "cost_goods" not in found.year or found.year["cost_goods"].isna().any():
        return "What he leaves us needs shipments.cost_goods in every row."
    if who and who not in bought.index:
        raise ValueError(
            f"who is {who!r}: no deliveries to it; there are "
            f"{', '.join(map(str, bought.index[:5]))}"
        )
    ids = bought["revenue"].reindex(shops.index).dropna()
    if who:
        ids = ids[ids.index == who]
    if not len(ids) or "rebate_pct" not in shops or pd.isna(shops.loc[ids.idxmax(), "rebate_pct"]):
        return NO_DISTRIBUTORS
    name = str(ids.idxmax())
    mine = found.year[found.year["distributor_id"] == name]
    freight = mine["freight"].fillna(0) if "freight" in mine else 0.0
    rows = mine.assign(kept=mine["revenue"] - mine["cost_goods"] - freight)
    months = rows.groupby(rows["date"].dt.to_period("M"))[["revenue", "kept"]].sum()
    return name, months, float(shops.loc[name, "rebate_pct"]) / 100


def other_limits(found: Channel, limits: Sequence[float] = (2.0, 2.5, 3.0, 4.0)) -> Finding:
    """How many are flagged at another limit, and how many of them by chance?

    Parameters
    ----------
    limits : standard deviations.
    """
    for limit in limits:
        _limit(limit)
    made = {limit: _outside(found, limit) for limit in limits}
    first = next(iter(made.values()), None)
    if first is None or not first["judged"].any():
        return unknown(NO_SCANS)
    table = pd.DataFrame(
        {
            "limit": list(made),
            "flagged": [int(rows["flagged"].sum()) for rows in made.values() if rows is not None],
            "chance": [
                diversion.expected_false_alarms(rows, limit)
                for limit, rows in made.items()
                if rows is not None
            ],
        }
    )
    numbers: dict[str, Any] = {
        "lowest": float(table["limit"].min()),
        "highest": float(table["limit"].max()),
        "most": int(table["flagged"].max()),
        "least": int(table["flagged"].min()),
        "chance": float(table["chance"].max()),
        "frame": table,
    }
    says = (
        "Flagged at a limit of {lowest:.1f} standard deviations: {most}, at {highest:.1f}: "
        "{least}. "
        "Were all honest, the lowest limit would flag {chance:.1f} of them on average.",
    )
    columns = {
        "limit": Shown("limit", ".1f"),
        "flagged": Shown("flagged", ",.0f"),
        "chance": Shown("by chance, if all are honest", ".2f"),
    }
    return Finding(numbers, says, table.set_index("limit"), columns)


def other_rebates(
    found: Channel,
    growths: Sequence[float] = (0.25, 0.5, 1.0),
    takens: Sequence[float] = (0.0, 0.2, 0.4, 0.6),
) -> Finding:
    """How much hangs on how much more he sells, and on whom he takes it from?

    Parameters
    ----------
    growths, takens : as in `rebate_for_more`.
    """
    made = _margin_of(found, "")
    if isinstance(made, str):
        return unknown(made)
    name, months, rebate = made
    margin = float(months["kept"].sum() / months["revenue"].sum())
    if not margin > rebate:
        return unknown(
            "{who} leaves nothing that a higher rate could be paid from.", who=found.called(name)
        )
    table = pd.DataFrame(
        {
            f"taken {percent(taken, 0)}": [
                platforms.rebate_break_even(margin, rebate, growth, taken) for growth in growths
            ]
            for taken in takens
        },
        index=pd.Index([percent(growth, 0) for growth in growths], name="buys more"),
    )
    numbers = {
        "who": found.called(name),
        "least": float(table.to_numpy().min()),
        "most": float(table.to_numpy().max()),
        "frame": table,
    }
    says = (
        "For {who} the rise at which nothing is gained lies between {least:points} and "
        "{most:points} points, by what is assumed.",
    )
    return Finding(numbers, says, table, {str(name): Shown(str(name), "points") for name in table})


def _wilson(count: int, number: int) -> tuple[float, float]:
    """Limits of a share of 95 % (Wilson)."""
    z = float(stats.norm.ppf(0.975))
    share = count / number
    middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    reach = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    return middle - float(reach), middle + float(reach)


def difference_of_shares(
    first: int, of_first: int, second: int, of_second: int
) -> tuple[float, float, float]:
    """A share less another, with its interval of 95 % (Newcombe's hybrid of Wilson intervals).

    Parameters
    ----------
    first, of_first, second, of_second : counts

    Returns
    -------
    tuple : difference, low, high

    Raises
    ------
    ValueError
        For counts that are no part of their number, or a number of 0.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17(8), 873-890 (method 10).
    """
    for count, number in ((first, of_first), (second, of_second)):
        if not 0 <= count <= number or number < 1:
            raise ValueError(
                f"{count} of {number}: expected a count from 0 to a number of 1 or more"
            )
    a, b = first / of_first, second / of_second
    (low_a, high_a), (low_b, high_b) = _wilson(first, of_first), _wilson(second, of_second)
    down = np.sqrt((a - low_a) ** 2 + (high_b - b) ** 2)
    up = np.sqrt((high_a - a) ** 2 + (b - low_b) ** 2)
    return a - b, a - b - float(down), a - b + float(up)


def claims(
    found: Channel,
    z_limit: float = 3.0,
    freight_times: float = 1.0,
    rate: float = 0.07,
    *,
    line: str = "E",
) -> Finding:
    """What the documents claim of distributors, each with its test on this book."""
    _limit(z_limit)
    _rate(rate)
    outside = _outside(found, z_limit)
    told = outside if outside is not None and outside["judged"].any() else None
    made = [
        _of_channels(found, line),
        _of_gates(found, told, freight_times),
        _of_quotas(found, told),
        _of_chains(found, z_limit, told),
        _of_few_buyers(found),
        _of_growth(found),
        _of_interest(found, rate),
        _of_loading(found),
        _of_terms(found),
        _of_regions(found),
        _of_overlap(found),
    ]
    return steps.verdicts(made)


def _of_channels(found: Channel, line: str) -> Claim:
    claim = (
        "S003-5a",
        "80 % is sold through channels, and key accounts are served directly",
        f"share of distributors in what they and the ledger sell, within {percent(ABOUT, 0)}",
    )
    part = _channel_share(found, line)
    if not part:
        return untested(*claim, "needs shipments beside a dated ledger")
    share, low, high = part["channel"], part["channel_low"], part["channel_high"]
    return Claim(
        *claim,
        with_interval(share, low, high, form="percent") if np.isfinite(low) else percent(share),
        by_interval(low, high, THROUGH_CHANNELS, ABOUT),
        f"{part['of']} of the ledger, {part['since']} to {part['until']}",
    )


def _of_two_groups(
    claim: tuple[str, str, str], inside: pd.Series, flagged: pd.Series, names: tuple[str, str]
) -> Claim:
    """Whether more of those inside are flagged than of the others."""
    inside = inside.reindex(flagged.index).fillna(False).astype(bool)
    n, m = int(inside.sum()), int((~inside).sum())
    if not n or not m:
        return untested(*claim, f"needs distributors {names[0]} and {names[1]}")
    a, b = int(flagged[inside].sum()), int(flagged[~inside].sum())
    _, low, high = difference_of_shares(a, n, b, m)
    here = f"{a} of {n} {names[0]}, {b} of {m} {names[1]}"
    return Claim(
        *claim, here, at_least(np.nextafter(low, -1), high, 0.0), "by counts, not by causes"
    )


def _of_gates(found: Channel, told: pd.DataFrame | None, times: float) -> Claim:
    claim = (
        "S003-3a",
        "different prices and rebates make large distributors sell in other districts",
        "share flagged where the gate is open, less that where it is closed",
    )
    gates = _gates(found, times)
    if told is None or gates is None:
        return untested(*claim, "needs scans, district_prices and district_freight")
    best = gates.groupby("distributor_id")["gain"].max() > 0
    flagged = told.loc[told["judged"], "flagged"]
    return _of_two_groups(claim, best, flagged, ("with an open gate", "without"))


def _of_quotas(found: Channel, told: pd.DataFrame | None, limit: float = 1.1) -> Claim:
    claim = (
        "S003-3b",
        "quotas above what can be sold end in dumping",
        f"share flagged where quota over demand is above {limit:g}, less that of the others",
    )
    table = _stressed(found)
    if told is None or table is None:
        return untested(*claim, "needs scans, distributors.quota, shipments and downstream")
    flagged = told.loc[told["judged"], "flagged"]
    flagged = flagged[flagged.index.isin(table.index)]
    return _of_two_groups(claim, table["stress"] > limit, flagged, ("above it", "not"))


def _of_chains(found: Channel, z_limit: float, told: pd.DataFrame | None) -> Claim:
    claim = (
        "S003-3c",
        "part of the flow across districts is the chains' own transport, and nobody's dumping",
        "distributors above the limit only if the stores of their chains are counted",
    )
    naive = _outside(found, z_limit, chains=False)
    if told is None or naive is None or _explained(found, found.scans) is None:
        return untested(*claim, "needs scans.chain and downstream.chain")
    cleared = naive["flagged"] & ~told["flagged"].reindex(naive.index, fill_value=False)
    return Claim(
        *claim,
        f"{int(cleared.sum())} of {len(told)}",
        "holds" if cleared.any() else UNTOLD,
        "" if cleared.any() else "none such was found",
    )


def _of_few_buyers(found: Channel) -> Claim:
    claim = (
        "S003-10c",
        "who sells to four wholesalers loses far more with one of them than who sells to a hundred",
        "volume lost with the largest buyer: who names fewest buyers beside who names most",
    )
    table = _structure(found)
    if table is None or len(table) < 2:
        return untested(*claim, "needs downstream of two distributors")
    table = table.sort_values(["buyers", "largest"], ascending=[True, False], kind="stable")
    first, last = table.iloc[0], table.iloc[-1]
    if first["buyers"] == last["buyers"]:
        return untested(*claim, "needs distributors who name more and fewer buyers")
    few, many = float(first["largest"]), float(last["largest"])
    here = " beside ".join(
        f"{percent(float(row['largest']), 2)} ({found.called(who)}, {int(row['buyers'])} named)"
        for who, row in ((table.index[0], first), (table.index[-1], last))
    )
    verdict = "holds" if few > many else "does not hold"
    return Claim(*claim, here, verdict, "arithmetic of the buyers named", 0)


def _of_growth(found: Channel) -> Claim:
    claim = (
        "S003-10d",
        "the distributor who hangs on few buyers grows more slowly than the others",
        "who is most concentrated: its months over those of the year before, as a multiple of the "
        "same of the others, less 1 (geometric mean of 12 months)",
    )
    table, monthly = _structure(found), found.monthly
    enough = found.shipments is not None and monthly.shape[1] >= 2 * FEWEST_MONTHS
    if table is None or len(table) < 2 or not enough:
        return untested(*claim, "needs downstream, and shipments of two years")
    few = str(table["hhi"].idxmax())
    if few not in monthly.index or len(monthly) < 2:
        return untested(*claim, "needs shipments of the distributor with the highest concentration")
    one, rest = monthly.loc[few], monthly.drop(few).sum()
    pairs = pd.DataFrame({"one": one, "rest": rest}).tail(2 * FEWEST_MONTHS)
    if not (pairs > 0).all(axis=None):
        return untested(*claim, "needs orders in each of 24 months")
    logs = np.log(pairs).to_numpy()
    steps_of = (logs[FEWEST_MONTHS:] - logs[:FEWEST_MONTHS]) @ np.array([1.0, -1.0])
    mean, error = float(steps_of.mean()), float(steps_of.std(ddof=1) / np.sqrt(len(steps_of)))
    reach = float(stats.t.ppf(0.975, len(steps_of) - 1)) * error
    low, high = mean - reach, mean + reach
    verdict = at_least(-high, -low, 0.0)
    here = with_interval(np.expm1(mean), np.expm1(low), np.expm1(high), form="percent")
    return Claim(*claim, f"{found.called(few)}: {here}", verdict, "two firms, not a cause")


def _of_interest(found: Channel, rate: float) -> Claim:
    claim = (
        "S003-10e, S003-10f",
        "who gives credit to wholesalers has nothing left after interest",
        "what is left of his sales to the distributor of the highest concentration",
    )
    made, table = _own_profit(found, rate), _structure(found)
    if isinstance(made, str) or table is None:
        return untested(*claim, "needs downstream.terms_days, distributors.costs and shipments")
    few = str(table["hhi"].idxmax())
    if few not in made.index:
        return untested(
            *claim, "needs costs and deliveries of the distributor with the highest concentration"
        )
    left = float(made.loc[few, "margin"])
    net = float(made.loc[few, "margin_net"]) if "margin_net" in made else left
    if (left <= 0) != (net <= 0):
        verdict: Verdict = "holds in part"
    else:
        verdict = "holds" if left <= 0 else "does not hold"
    here = f"{found.called(few)}: {percent(left, 2)}"
    if "margin_net" in made:
        here += f"; {percent(net, 2)} with what he owes us set against it"
    return Claim(*claim, here, verdict, f"at {percent(rate, 0)} a year; arithmetic of his file", 0)


def _of_terms(found: Channel) -> Claim:
    claim = (
        "S000-3f",
        "policy is tilted to large customers, by discounts and rebates",
        "rank correlation of units bought and price less rebate, by distributor",
    )
    shops, bought = found.distributors, _purchases(found)
    if shops is None or bought is None or not {"price", "rebate_pct"} <= set(shops):
        return untested(*claim, "needs distributors.price, distributors.rebate_pct and shipments")
    paid = (shops["price"] * (1 - shops["rebate_pct"].fillna(0) / 100)).rename("paid")
    pairs = bought[["units"]].join(paid, how="inner").dropna()
    if len(pairs) < FEWEST_RANKED or (pairs.nunique() < 2).any():
        return untested(*claim, f"needs {FEWEST_RANKED} distributors whose prices differ")
    rank = float(stats.spearmanr(pairs["units"], pairs["paid"]).statistic)
    error = np.sqrt((1 + rank**2 / 2) / (len(pairs) - 3))  # Bonett & Wright 2000
    middle = np.arctanh(np.clip(rank, -1 + 1e-9, 1 - 1e-9))
    reach = float(stats.norm.ppf(0.975)) * error
    low, high = float(np.tanh(middle - reach)), float(np.tanh(middle + reach))
    here = f"{rank:.2f} ({low:.2f} to {high:.2f})"
    return Claim(*claim, here, at_least(-high, -low, 0.0), "an order of all of them, no cause")


def _of_regions(found: Channel) -> Claim:
    claim = (
        "S002-4b",
        "business customers cluster in regions",
        f"share of the largest district in sales, against {CLUSTER:g} times an even share",
    )
    table = _by_group(found, "district")
    if table is None or len(table) <= CLUSTER or table["low"].isna().any():
        return untested(*claim, "needs accounts.district, three of them or more, and 12 months")
    share, low, high = (float(table[name].iloc[0]) for name in ("share", "low", "high"))
    here = f"{table.index[0]}: {with_interval(share, low, high, form='percent')}"
    limit = CLUSTER / len(table)
    return Claim(
        *claim, here, at_least(low, high, limit), f"{percent(limit)} is our margin, not theirs"
    )


def _of_overlap(found: Channel) -> Claim:
    claim = (
        "S004-1f",
        "agents and the firm itself serve the same customers",
        "named buyers of distributors whose id is an account of the ledger too",
    )
    rows = found.downstream
    if rows is None or "buyer_id" not in rows:
        return untested(*claim, "needs downstream.buyer_id, with the ids of the ledger")
    named = rows["named"].fillna(1) == 1 if "named" in rows else pd.Series(True, index=rows.index)
    ids = set(rows.loc[named, "buyer_id"])
    both = len(ids & set(found.sales.index))
    here = f"{both:,} of {len(ids):,}"
    if both:
        return Claim(*claim, here, "holds", "a count of ids", 0)
    return Claim(*claim, here, UNTOLD, "two files may name one buyer by two ids", 0)


def _of_loading(found: Channel) -> Claim:
    claim = (
        "S003-10h",
        "stock is pushed in at the end of a month to reach targets",
        "a peak in the last five working days that the next month pays for, widened for all",
    )
    made = month_end(found)
    if not made.known:
        return untested(*claim, "needs dates of orders, on more days than the first of the month")
    table = made.numbers["frame"]
    loaded = int((table["judged"] == loading.LOADED).sum())
    if not loaded and made.numbers.get("whole_judged") == loading.LOADED:
        here = f"all accounts together; none of {len(table)} by itself"
        return Claim(*claim, here, "holds", "a slope, not a motive")
    if found.whose == "book":
        if loaded:
            return Claim(*claim, "all accounts together", "holds", "a slope, not a motive")
        return untested(*claim, "a sum hides who loads: needs shipments or accounts.district")
    if loaded:
        return Claim(*claim, f"{loaded} of {len(table)}", "holds", "a slope, not a motive")
    untold = int((table["judged"] == loading.UNTOLD).sum())
    verdict = UNTOLD if untold else "does not hold"
    return Claim(*claim, f"none of {len(table)} told, {untold} open", verdict)


def account_review(found: Channel, z: float = 5.0, z_limit: float = 3.0) -> Finding:
    """What the account review takes from the lesson."""
    frame = pd.DataFrame(index=found.sales.index.rename("account_id"))
    since = found.first
    if found.history.shape[1] > loading.WINDOW:
        made = loading.unusual_orders(found.history, "own_past", z, since)
        made = made[made["who"].isin(frame.index)]
        if len(made):
            of = made.groupby("who")
            frame["orders_above_past"] = of["flagged"].sum().reindex(frame.index).astype("Float64")
            frame["orders_largest"] = of["times"].max().reindex(frame.index)
    outside = _outside(found, z_limit)
    if outside is not None and outside.index.isin(frame.index).any():
        frame["sold_outside"] = outside["share"].reindex(frame.index)
        judged = outside.loc[outside["judged"], "flagged"].map({True: "yes", False: "no"})
        frame["dumps"] = judged.reindex(frame.index)
    words: Mapping[str, Any] = {
        "since": since or "the first row",
        "z": z,
        "fewest": loading.FEWEST_WITH_ORDERS,
        "limit": z_limit,
    }
    if frame.shape[1] == 0:
        return unknown(
            "The account review takes nothing from here: orders against their past need dated rows "
            "of more than {window} months.",
            window=loading.WINDOW,
        )
    return steps.review(LESSON, frame.reset_index(), words)


def pencil(scans: Sequence[int], outside: Sequence[int], names: Sequence[str]) -> pd.DataFrame:
    """Five distributors on a napkin: scans, found outside, and their share."""
    found = pd.DataFrame({"scans": list(scans), "outside": list(outside)}, index=list(names))
    return found.assign(share=found["outside"] / found["scans"])
