"""What a book knows of its costs: one function reads the tables, and what follows from them is read
off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import costed_margin

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Discounts are read posting by posting: not of a longer ledger than this.
MOST_ROWS = 5_000_000
#: What an invoice needs to be charged.
BILL = ("account_id", "issue", "due", "amount")
DRIVERS = tuple(dict.fromkeys(DRIVER_OF_ACTIVITY.values()))
NEW, OLD, OTHERS = "new customers", "old accounts, now sold to below cost", "others"
#: How far the profit of an account is known. "at least": goods without a cost were sent back.
KNOWN = ("known", "part assumed", "unknown", "at most", "at least")
NoRates = Literal["", "no table", "few", "together", "free", "idle"]


class Pools(NamedTuple):
    """The cost pools from which rates are found: their counts of drivers and their cost."""

    counts: pd.DataFrame
    cost: pd.Series
    why_not: NoRates


class Yearly(NamedTuple):
    """A part of a book between two days: the invoices issued and the activities done."""

    bills: pd.DataFrame
    activities: pd.DataFrame


@dataclass(frozen=True)
class Costs:
    """What a book sold in a period and what is known of its costs, as the lesson looks at it."""

    name: str
    currency: str
    #: How a reader sees an account.
    labels: pd.Series
    #: "from 2024-01-01 to 2024-12-01", or "over all its rows".
    when: str
    n_months: int
    #: The same, where a last month that breaks off counts by its days.
    n_months_by_days: float
    months_known: int
    dated: bool
    #: Whether the ledger has a cost of goods; without one no profit is known.
    costed: bool
    revenue: float
    goods: float
    #: Revenue less cost of goods, rounded once.
    gross: float
    #: Rows whose cost of goods is missing, and their revenue.
    uncosted: tuple[int, float]
    #: Their cost as a share of their revenue, where the book assumes one.
    standard_cost: float | None
    #: One row per account, each rounded once: account_id, revenue, cost, margin, uncosted,
    #: n_uncosted, n_rows.
    accounts: pd.DataFrame
    #: One row per account and line: account_id, line, revenue, cost, volume, active_months.
    sales: pd.DataFrame
    metered: bool
    #: Cost pools and the activities of the period; empty frames where the book has none.
    pools: pd.DataFrame
    activities: pd.DataFrame
    #: The invoices of the period with issue, due, amount; empty where the book has none.
    bills: pd.DataFrame
    bills_left_out: int
    cost_of_capital: float
    #: Days from sale to payment by terms code; empty where the due dates are read.
    standard: Mapping[str, float]
    #: The line whose credit is charged; "" = every invoice.
    credit_line: str
    billing_lag: float
    as_of: dt.date | None
    #: By account, line and full year: account_id, line, period, revenue, cost, volume, sold.
    yearly: pd.DataFrame
    #: The first year in which an account stands in the ledger.
    first_year: pd.Series
    pair: tuple[str, str] | None
    parts: Mapping[str, Yearly]
    #: Largest price rise by account: the discount it has; None where none is known.
    discounts: pd.Series | None
    potential: pd.Series | None
    listed: frozenset[str] | None
    #: Whether returns are taken off ("net") or left out ("gross").
    returns: str = "net"

    @property
    def unit(self) -> str:
        """The currency behind an amount in a sentence."""
        return f" {self.currency}" if self.currency else ""

    @property
    def inside(self) -> str:
        """The currency in the header of a table."""
        return f", {self.currency}" if self.currency else ""

    @property
    def a_year(self) -> float:
        """Turns an amount of the period into one of a year; leaves it where no length is known."""
        return 12 / self.n_months_by_days

    @property
    def span(self) -> str:
        """The time that an amount is told for: without dates no length of the rows is known."""
        return "a year" if self.dated else "in all"

    @property
    def invoiced(self) -> bool:
        """Whether the cost of credit is known."""
        return len(self.bills) > 0

    @cached_property
    def used(self) -> Pools:
        """The pools with all counts, and the drivers that occur in them."""
        known = [name for name in DRIVERS if name in self.pools and self.pools[name].sum() > 0]
        full = self.pools.dropna(subset=[*known, "cost"]) if known else self.pools.head(0)
        known = [name for name in known if full[name].sum() > 0]
        counts = full[known].astype(float)
        cost = full["cost"].astype(float) if known else pd.Series(dtype=float)
        return Pools(counts, cost, self._why_no_rates(counts, cost))

    def _why_no_rates(self, counts: pd.DataFrame, cost: pd.Series) -> NoRates:
        if not len(self.pools) or not {"account_id", "type"} <= set(self.activities):
            return "no table"
        if len(counts) <= counts.shape[1] or not counts.shape[1]:
            return "few"
        if not cost.sum() > 0:
            return "free"
        scaled = counts.to_numpy() / np.linalg.norm(counts.to_numpy(), axis=0)
        if np.linalg.matrix_rank(scaled) < counts.shape[1]:
            return "together"
        return "" if len(self.activities) else "idle"

    @property
    def served(self) -> bool:
        """Whether the cost to serve is known."""
        return not self.used.why_not

    @cached_property
    def rates(self) -> pd.Series:
        """Cost of one unit of each driver; empty where it is not known."""
        if not self.served:
            return pd.Series(dtype=float)
        return self.fit(draws=1).rates["rate"]

    @property
    def driverless(self) -> bool:
        """Whether the pools can tell a cost that no driver moves from the rates."""
        counts = self.used.counts.assign(own=1.0).to_numpy()
        if len(counts) <= counts.shape[1]:
            return False
        scaled = counts / np.linalg.norm(counts, axis=0)
        return int(np.linalg.matrix_rank(scaled)) == counts.shape[1]

    def fit(self, draws: int) -> pf.PoolFit:
        """What the cost pools say, with a cost that no driver moves where they can tell it."""
        return pf.fit_pools(
            self.used.cost, self.used.counts, driverless=self.driverless, draws=draws
        )

    @cached_property
    def _rate_draws(self) -> dict[int, pd.DataFrame]:
        return {}

    def rate_draws(self, draws: int) -> pd.DataFrame | None:
        """The rates of so many resamples of the pools; None where no cost to serve is charged."""
        if self.counts_of(self.activities) is None:
            return None
        if draws not in self._rate_draws:
            self._rate_draws[draws] = pf.rate_draws(
                self.used.cost, self.used.counts, driverless=self.driverless, draws=draws
            )
        return self._rate_draws[draws]

    @property
    def left_of(self) -> str:
        """What a profit here is, in words: a gross margin where no other cost is known."""
        less = ["goods", *["credit"] * self.invoiced, *["service"] * self.served]
        if len(less) == 1:
            return "gross margin"
        return f"profit after {', '.join(less[:-1])} and {less[-1]}"

    def counts_of(self, activities: pd.DataFrame) -> pd.DataFrame | None:
        """Driver counts by account, of the drivers with a rate; None where there are none."""
        if not self.served or not len(activities):
            return None
        return pf.driver_counts(activities)[list(self.rates.index)]

    def charged(self, bills: pd.DataFrame) -> pd.DataFrame:
        """The invoices whose credit is charged."""
        return bills[bills["line"] == self.credit_line] if self.credit_line else bills

    def credit_of(self, bills: pd.DataFrame, rate: float | None = None) -> pd.Series | None:
        """Cost of credit by account; None where no invoice is charged."""
        mine = self.charged(bills)
        if not len(mine):
            return None
        return pf.credit_cost(
            mine,
            self.cost_of_capital if rate is None else rate,
            reading=dict(self.standard) if self.standard else "agreed",
            lag_days=self.billing_lag,
        )

    def with_credit(self, credit: pd.Series | None) -> pd.DataFrame:
        """Profit by account with this cost of credit; missing where no cost of goods is known."""
        counts = self.counts_of(self.activities)
        # so that what is left of it is the margin as it was rounded, once
        margin = self.accounts["margin"] if self.costed else 0.0
        sales = self.accounts.assign(cost=self.accounts["revenue"] - margin)
        found = pf.account_profit(sales, counts, None if counts is None else self.rates, credit)
        if self.costed:
            return found
        return found.assign(gross_profit=np.nan, profit=np.nan, margin=np.nan, loss_from="unknown")

    @property
    def knowledge(self) -> pd.Series:
        """By account, how far its profit is known: a word of `KNOWN`."""
        rows = self.accounts.set_index("account_id")
        lacking = rows["n_uncosted"] > 0
        chosen = [
            ~lacking,
            lacking & (self.standard_cost is not None),
            rows["n_uncosted"] == rows["n_rows"],
            rows["uncosted"] >= 0,
        ]
        return pd.Series(np.select(chosen, KNOWN[:4], KNOWN[4]), index=rows.index, dtype="str")

    @property
    def lacks_costs(self) -> bool:
        """Whether rows have a cost of goods that is neither known nor assumed."""
        return self.costed and self.uncosted[0] > 0 and self.standard_cost is None

    @cached_property
    def with_cost(self) -> Costs:
        """The same of the rows with a cost alone, after all of the credit and service."""
        rows = self.accounts
        return replace(
            self,
            revenue=self.revenue - self.uncosted[1],
            gross=self.gross - self.uncosted[1],
            uncosted=(0, 0.0),
            accounts=rows.assign(
                revenue=(rows["revenue"] - rows["uncosted"]).round(2),
                margin=costed_margin(rows),
                uncosted=0.0,
                n_rows=rows["n_rows"] - rows["n_uncosted"],
                n_uncosted=0,
            ),
        )

    @property
    def hidden(self) -> int:
        """Accounts behind whose profit a loss may hide, for want of a cost of goods."""
        return int(self.knowledge.isin(["unknown", "at most"]).sum())

    @cached_property
    def profits(self) -> pd.DataFrame:
        """What each account leaves: revenue, gross_profit, credit, service, profit, loss_from."""
        return self.with_credit(self.credit_of(self.bills) if self.invoiced else None)

    @property
    def profit(self) -> pd.Series:
        """What each account leaves, one amount per account."""
        return self.profits["profit"]

    @property
    def losers(self) -> pd.DataFrame:
        """The accounts that lose money."""
        return self.profits[self.profit < 0]

    @property
    def years(self) -> list[str]:
        """The full years of the ledger."""
        return sorted(set(self.yearly["period"]))

    @cached_property
    def volumes(self) -> bool:
        """Whether the bridge can count in units of volume."""
        if not self.metered or self.pair is None:
            return False
        before, after = (self.of_year(year) for year in self.pair)
        known = before["volume"].notna().all() and after["volume"].notna().all()
        return bool(known and (before["volume"] > 0).any())

    def of_year(self, year: str) -> pd.DataFrame:
        """The rows of a full year."""
        return self.yearly[self.yearly["period"] == year]

    def bridge(self, weights: Literal["now", "before", "mid"] = "now") -> pd.DataFrame | None:
        """The bridge between the two years compared; None where nothing was sold before."""
        if self.pair is None:
            return None
        before, after = (self.of_year(year) for year in self.pair)
        base: Literal["volume", "revenue"] = "volume" if self.volumes else "revenue"
        if not (before[base].groupby(before["line"]).sum() > 0).any():
            return None
        if not (before[base].groupby([before["account_id"], before["line"]]).sum() > 0).any():
            return None
        return pf.profit_bridge(before, after, base=base, weights=weights)

    @cached_property
    def fresh(self) -> frozenset[str]:
        """Accounts that stand in the ledger for the first time in the later of the two years, and
        bought in it: whoever only sent goods back had bought them before the ledger begins.
        """
        if self.pair is None:
            return frozenset()
        bought = self.of_year(self.pair[1]).groupby("account_id")["sold"].sum() > 0
        first = self.first_year.index[self.first_year == self.pair[1]]
        return frozenset(first.intersection(bought.index[bought]))

    @property
    def groups(self) -> dict[str, str]:
        """Who the steps of the bridge are told for: new customers, and old ones sold below cost."""
        sold = self.profits[self.profits["revenue"] > 0]
        below = set(sold.index[sold["loss_from"] == "goods"]) - self.fresh
        return dict.fromkeys(self.fresh, NEW) | dict.fromkeys(below, OLD)

    @property
    def main_line(self) -> str:
        """The line with the largest revenue in the later year."""
        assert self.pair is not None
        return str(self.of_year(self.pair[1]).groupby("line")["revenue"].sum().idxmax())


def known_costs(
    opened: Book,
    period: str = "book",
    compared: str = "worst",
    cost_of_capital: float = 0.08,
    credit_days: str = "",
    credit_line: str = "all",
    billing_lag: float = 0,
) -> Costs:
    """What did each account buy in the period, and which of its costs does the book know?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month
    compared : the two years of Case D: "worst" (the greatest fall of gross profit) or "2022-2023"
    cost_of_capital : interest a year on money tied up in credit, a fraction
    credit_days : days from sale to payment by terms code, "T1=35, T2=62"; read only where every
        invoice has one of these codes, else credit runs to the due date
    credit_line : the line whose credit is charged; every invoice if the book has no such line
    billing_lag : mean days from a sale to its invoice, where credit runs to the due date

    Raises
    ------
    ValueError
        Without a cost of goods and without invoices, for a rate, days or years that cannot be
        read, or where nothing was sold in the period.
    """
    costed = opened.has("ledger", "cost_goods")
    if not costed and not opened.has("invoices", *BILL):
        raise ValueError(
            "the ledger has no cost_goods, so no profit is known, and there are no invoices with "
            "issue, due and amount to tell the cost of credit: add the column to the book"
        )
    for name, value in (("cost_of_capital", cost_of_capital), ("billing_lag", billing_lag)):
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value!r}; expected a number of 0 or more (8 % is 0.08)")
    days = _days_by_terms(credit_days)
    start, end = opened.period_dates(period)
    dated = opened.has("ledger", "date")
    sales = opened.rollup(start=start, end=end)
    if sales.empty:
        raise ValueError(f"no account bought in the period {period!r}: choose another period")
    ids = set(sales["account_id"])
    totals, spanned = opened.totals(start=start, end=end).iloc[0], opened.totals().iloc[0]
    known_dates = dated and pd.notna(totals["first_date"])
    yearly, first_year, spans = _by_year(opened) if dated else (_no_years(sales), None, {})
    pair = _pair(yearly, compared) if costed else None
    every_bill, left_out = _bills(opened, ids)
    every_act = _activities(opened, ids)
    codes = every_bill["terms_code"] if "terms_code" in every_bill else pd.Series(dtype="str")
    by_terms = bool(days) and len(codes) > 0 and bool(codes.isin(list(days)).all())
    lines = set(every_bill["line"].dropna())
    return Costs(
        name=opened.name,
        currency=opened.currency,
        labels=opened.labels(),
        when=periods.in_words(totals),
        n_months=_months(totals) if known_dates else 12,
        n_months_by_days=_months_by_days(totals, opened.cut_short(end)) if known_dates else 12.0,
        months_known=_months(spanned) if known_dates else 0,
        dated=bool(known_dates),
        costed=costed,
        revenue=float(totals["revenue"]),
        goods=float(totals["cost"]),
        gross=float(totals["margin"]),
        uncosted=(int(totals["n_uncosted"]), float(totals["uncosted"])),
        standard_cost=opened.standard_cost,
        accounts=opened.rollup(by_line=False, start=start, end=end),
        sales=sales,
        metered=opened.has("ledger", "volume"),
        pools=opened.table("cost_pools") if opened.has("cost_pools", "cost") else pd.DataFrame(),
        activities=_between(every_act, "date", start, end),
        bills=_between(every_bill, "issue", start, end),
        bills_left_out=left_out,
        cost_of_capital=cost_of_capital,
        standard=days if by_terms else {},
        credit_line=credit_line if credit_line in lines else "",
        billing_lag=billing_lag,
        as_of=opened.as_of,
        yearly=yearly,
        first_year=pd.Series(dtype="str") if first_year is None else first_year,
        pair=pair,
        parts={
            year: Yearly(
                _between(every_bill, "issue", *spans[year]),
                _between(every_act, "date", *spans[year]),
            )
            for year in pair or ()
        },
        discounts=_discounts(opened, ids, int(totals["n_rows"]), start, end),
        potential=_potential(opened, ids) if known_dates else None,
        listed=_listed(opened, ids),
        returns=opened.returns,
    )


def _days_by_terms(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in text.split(",") if part.strip()]
        days = {code.strip(): float(value) for code, value in pairs}
    except ValueError:
        days = {"": -1.0}
    if any(not code or not 0 <= value < 3650 for code, value in days.items()):
        raise ValueError(
            f"credit_days is {text!r}; write 'T1=35, T2=62', or '' to read the due dates"
        )
    return days


def _months(totals: pd.Series) -> int:
    first, last = totals["first_date"], totals["last_date"]
    return int((last.year - first.year) * 12 + last.month - first.month + 1)


def _months_by_days(totals: pd.Series, broken_off: dt.date | None) -> float:
    whole = _months(totals)
    if broken_off is None:
        return float(whole)
    return whole - 1 + broken_off.day / pd.Timestamp(broken_off).days_in_month


def _no_years(sales: pd.DataFrame) -> pd.DataFrame:
    return sales.head(0).assign(period=pd.Series(dtype="str"))


def _by_year(opened: Book) -> tuple[pd.DataFrame, pd.Series, dict[str, tuple[Any, Any]]]:
    """The rows of full years, the first year of each account, and the days of each full year.

    A year is full where the ledger reaches its first and its last month.
    """
    rows = opened.rollup(period="year")
    rows = rows[rows["period"] != ""]
    first_year = rows.groupby("account_id")["period"].min()
    full, _ = opened.full_years()
    return rows[rows["period"].isin(list(full))], first_year, full


def _pair(yearly: pd.DataFrame, compared: str) -> tuple[str, str] | None:
    by_year = (yearly["revenue"] - yearly["cost"]).groupby(yearly["period"]).sum()
    years = [str(year) for year in by_year.index]
    if compared != "worst":
        earlier, _, later = compared.partition("-")
        if len(years) > 1 and (not {earlier, later} <= set(years) or earlier >= later):
            raise ValueError(
                f"compared is {compared!r}; use 'worst' or two full years of {', '.join(years)}, "
                f"such as '{years[0]}-{years[1]}'"
            )
        return (earlier, later) if len(years) > 1 else None
    if len(years) < 2:
        return None
    place = int(by_year.diff().to_numpy()[1:].argmin())
    return years[place], years[place + 1]


def _counted(opened: Book, name: str, ids: set[str]) -> pd.DataFrame:
    """A table by the accounts of the roll-up: groups count as one, excluded ones are left out."""
    frame = opened.counted(name).dropna(subset=["account_id"])
    if opened.has("accounts", "group_id") and name != "accounts":
        group = opened.table("accounts").set_index("account_id")["group_id"]
        grouped = frame["account_id"].map(group)
        own = grouped.where(grouped.isin(list(ids))).fillna(frame["account_id"])
        frame = frame.assign(account_id=own)
    return frame


def _between(frame: pd.DataFrame, day: str, start: Any, end: Any) -> pd.DataFrame:
    if start is None or day not in frame:
        return frame
    return frame[frame[day].between(pd.Timestamp(start), pd.Timestamp(end))]


def _bills(opened: Book, ids: set[str]) -> tuple[pd.DataFrame, int]:
    """Invoices with an account, both dates and an amount; and how many lack one of them."""
    if not opened.has("invoices", *BILL):
        return pd.DataFrame(columns=[*BILL, "line"]), 0
    every = _counted(opened, "invoices", ids)
    bills = every.dropna(subset=list(BILL))
    if "line" not in bills:
        bills = bills.assign(line=pd.Series(pd.NA, index=bills.index, dtype="str"))
    return bills, len(every) - len(bills)


def _activities(opened: Book, ids: set[str]) -> pd.DataFrame:
    if not opened.has("activities", "account_id", "type"):
        return pd.DataFrame()
    return _counted(opened, "activities", ids).dropna(subset=["type"])


def _postings(
    opened: Book, ids: set[str], n_rows: int, start: Any, end: Any
) -> pd.DataFrame | None:
    if n_rows > MOST_ROWS:
        return None
    return _between(_counted(opened, "ledger", ids), "date", start, end)


def _discounts(opened: Book, ids: set[str], n_rows: int, start: Any, end: Any) -> pd.Series | None:
    """By how much the price would rise if the discount were taken back, by account."""
    if not opened.has("ledger", "discount_pct"):
        return None
    posted = _postings(opened, ids, n_rows, start, end)
    if posted is None:
        return None
    listed = posted["revenue"] / (1 - posted["discount_pct"].fillna(0).clip(0, 99) / 100)
    listed, net = (
        column.groupby(posted["account_id"]).sum() for column in (listed, posted["revenue"])
    )
    return (listed / net.where(net > 0) - 1).clip(lower=0)


def _potential(opened: Book, ids: set[str]) -> pd.Series | None:
    if not opened.has("account_profile", "sales_potential"):
        return None
    return _counted(opened, "account_profile", ids).groupby("account_id")["sales_potential"].sum()


def _listed(opened: Book, ids: set[str]) -> frozenset[str] | None:
    if not opened.has("accounts", "listed_ka"):
        return None
    accounts = _counted(opened, "accounts", ids)
    return frozenset(accounts.loc[accounts["listed_ka"] == 1, "account_id"])
