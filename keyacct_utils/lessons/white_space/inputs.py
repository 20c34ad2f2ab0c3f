"""What lesson 15 looks at: who buys which product, how large the accounts are, and the months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import FEW_SHARE, descending, top_count
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.white_space import demand, gaps

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["Line", "Space", "space"]

#: Products that are looked at: those with the most buyers.
MOST_PRODUCTS = 40
#: Groups of size, as far as there are so many accounts for each.
GROUPS, FEWEST_IN_GROUP = 5, 8
#: A line with so much of the sales is forecast by itself; else all of them are.
MAIN_LINE = 0.5
#: Accounts that are followed month by month where no client foretells anything.
FOLLOWED = 24


class Line(NamedTuple):
    """Through which two amounts the line of potential is drawn."""

    size: pd.Series
    bought: pd.Series
    #: What is bought, and what stands for the size, in a few words.
    what: str
    by: str


@dataclass(frozen=True)
class Space(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    #: Time for which what is bought is counted, in words.
    years: str
    returns: str
    labels: pd.Series
    #: Accounts x products: net amounts, and whether anything of it was bought.
    spend: pd.DataFrame
    held: pd.DataFrame
    #: "product" or "line", and products that are left out since they have fewer buyers.
    unit: str
    left_out: int
    #: Net amounts that are in none of these: by product that nobody bought but something was booked
    #: of ("" where none is named), and of the products that are left out.
    unsold: pd.Series
    left_out_sum: float
    #: Size by account, where the book knows one.
    size: pd.Series | None
    sector: pd.Series | None
    #: Surveyed wallets by account.
    wallet: pd.Series
    #: Months x accounts of the largest line (or of all), quantity or sales; and all accounts added.
    followed: pd.DataFrame
    #: Accounts that buy in every month: the largest of them are followed.
    steady: int
    total: pd.Series
    #: What the others of their sector buy, by month, for each account that is followed; or why that
    #: is not known.
    factor: pd.DataFrame | str
    #: Sales by month of the key accounts (listed, else the first fifth) and of the others.
    key: pd.DataFrame
    demand: str
    #: What clients said, by the month in which they did.
    said: pd.DataFrame
    campaign: pd.DataFrame | None

    def lacking(self) -> tuple[str, ...]:
        """Tables without which parts of the lesson say nothing, and that the book does not hold."""
        held = {
            "account_sizes": self.size is not None,
            "wallet_survey": len(self.wallet) > 0,
            "client_forecasts": self.said.shape[1] > 0,
            "campaign_months": self.campaign is not None,
        }
        return tuple(table for table, there in held.items() if not there)

    @property
    def demand_unit(self) -> str:
        """The unit of what is forecast; empty where no currency is known."""
        return "units of ledger.volume" if self.demand.startswith("quantity") else self.currency

    def line(self) -> Line | None:
        """Size and purchases for the potential; None where the book allows no line.

        With a size known from outside: all products together. Else the product with the most
        buyers, and all other products for the size.
        """
        if self.size is not None:
            every = self.spend.clip(lower=0.0).sum(axis=1)
            what = (
                f"all {self.unit}s together"
                if self.spend.shape[1] > 1
                else str(self.spend.columns[0])
            )
            return Line(
                self.size, every.reindex(self.size.index.union(every.index)), what, "their size"
            )
        if self.spend.shape[1] < 2:
            return None
        net = self.spend.clip(lower=0.0)
        buyers = self.held.sum().sort_index().sort_values(ascending=False, kind="stable")
        product = buyers.index[0]
        rest = net.drop(columns=product).sum(axis=1)
        return Line(rest, net[product], str(product), f"what they buy of the other {self.unit}s")

    def groups(self) -> pd.Series | None:
        """Groups of like size: by the size, else by all that an account buys; as many as there are
        accounts for, five at most."""
        size = self.size if self.size is not None else self.spend.clip(lower=0.0).sum(axis=1)
        size = size.reindex(self.spend.index).dropna()
        many = min(GROUPS, len(size) // FEWEST_IN_GROUP)
        if many < 2 or size.nunique() < many:
            return None
        cut = pd.qcut(size.rank(method="first"), many, labels=False)
        return pd.Series(cut.to_numpy(dtype=int), size.index).reindex(self.spend.index).dropna()

    def strata(self) -> pd.Series | str:
        """Within what accounts are compared for affinity: groups of size where it is known from
        outside, else the number of other products."""
        found = self.groups() if self.size is not None else None
        if found is None or len(found) < len(self.spend):
            return "breadth"
        return found


def space(opened: Book, period: str = "book") -> Space:
    """Who buys what, how large are they, and how do the months run?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month; holdings are of the last twelve months of
        the book, and the months are all of them, whatever the period.

    Raises
    ------
    ValueError
        Where no account bought anything in the period.
    """
    start, end = opened.period_dates(period)
    people = opened.rollup(by_line=False, start=start, end=end).set_index("account_id")
    people = people[people["sold"] > 0]
    if not len(people):
        raise ValueError(
            "no account bought anything in this period: choose another period, or check the sign "
            "of the amounts"
        )
    spend, held, unit, unsold = _products(opened, people, start, end)
    first = held.sum().sort_index().sort_values(ascending=False, kind="stable").index
    first = first[:MOST_PRODUCTS]
    file = opened.counted("accounts").set_index("account_id") if opened.has("accounts") else None
    months = _months(opened)
    total, followed, key, words = _demand(opened, months, file)
    said = _said(opened)
    panel = _steady(followed)
    if len(said) and len(followed):
        both = [name for name in said if name in followed and (followed[name] > 0).all()]
        followed, said = (followed[both], said[both]) if both else (followed, pd.DataFrame())
    followed = _steady(followed)
    sector = file["sector"].dropna() if file is not None and "sector" in file else None
    chosen = followed if len(said) else _largest(followed)
    totals = opened.totals(start=start, end=end).iloc[0]
    when = periods.in_words(totals)
    return Space(
        name=opened.name,
        currency=opened.currency,
        when=when,
        years="the last twelve months of the book" if opened.has("holdings") else when,
        returns=opened.returns,
        labels=opened.labels(),
        spend=spend[list(first)],
        held=held[list(first)],
        unit=unit,
        left_out=held.shape[1] - len(first),
        unsold=unsold,
        left_out_sum=float(spend.drop(columns=first).to_numpy().sum()),
        size=_column(opened, "account_sizes", "size"),
        sector=sector,
        wallet=_known(opened, spend),
        followed=chosen,
        steady=followed.shape[1],
        total=total,
        factor=_factor(panel, sector, chosen),
        key=key,
        demand=words,
        said=said,
        campaign=opened.table("campaign_months") if opened.has("campaign_months") else None,
    )


def _products(
    opened: Book, people: pd.DataFrame, start: Any, end: Any
) -> tuple[pd.DataFrame, pd.DataFrame, str, pd.Series]:
    """Net amounts by account and product, whether anything of it was bought, what it is, and the
    net amounts of products that nobody bought."""
    nameless = 0.0
    if opened.has("holdings"):
        rows = _grouped(opened, opened.counted("holdings")).rename(columns={"product": "line"})
        rows = rows.assign(revenue=rows["spend"], sold=rows["spend"])
        unit = "product"
    else:
        rows = opened.rollup(start=start, end=end)
        if opened.has("ledger", "line"):
            nameless = float(rows.loc[rows["line"] == "", "revenue"].sum())
            rows = rows[rows["line"] != ""]
        unit = "line"
        if not len(rows) or not opened.has("ledger", "line"):
            rows, unit = rows.assign(line="all sales"), "line"
    wide = {
        value: rows.pivot_table(index="account_id", columns="line", values=value, aggfunc="sum")
        for value in ("revenue", "sold")
    }
    index = people.index.union(wide["sold"].index)
    held = wide["sold"].reindex(index).fillna(0.0) > 0
    held = held.loc[:, held.any()]
    spend = wide["revenue"].reindex(index).fillna(0.0)
    unsold = spend.drop(columns=held.columns).sum()
    if nameless:
        unsold[""] = nameless
    return spend[held.columns], held, unit, unsold[unsold.abs() >= 0.005]


def _grouped(opened: Book, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows under the ids that the book counts them by."""
    groups = opened.grouped()
    if not len(groups):
        return rows
    return rows.assign(account_id=rows["account_id"].replace(groups.to_dict()))


def _column(opened: Book, table: str, value: str) -> pd.Series | None:
    """A number by account, added up within groups; None where too few accounts have one."""
    if not opened.has(table):
        return None
    rows = _grouped(opened, opened.counted(table))
    found = rows.groupby("account_id")[value].sum(min_count=1).dropna().astype(float)
    return found if len(found) >= gaps.FEWEST else None


def _known(opened: Book, spend: pd.DataFrame) -> pd.Series:
    """Surveyed wallets."""
    if not opened.has("wallet_survey"):
        return pd.Series(dtype=float)
    rows = _grouped(opened, opened.counted("wallet_survey"))
    return rows.groupby("account_id")["wallet"].sum().astype(float)


def _months(opened: Book) -> pd.DataFrame:
    """The roll-up by month, without a last month in which the ledger breaks off."""
    if not opened.has("ledger", "date"):
        return pd.DataFrame(columns=["account_id", "period", "line", "revenue", "volume"])
    rows = opened.rollup(period="month")
    rows = rows[rows["period"] != ""]
    broken = opened.cut_short()
    return rows if broken is None else rows[rows["period"] != f"{broken:%Y-%m}"]


def _wide(rows: pd.DataFrame, by: str, value: str, whole: pd.PeriodIndex) -> pd.DataFrame:
    wide = rows.pivot_table(index="period", columns=by, values=value, aggfunc="sum")
    wide.index = pd.PeriodIndex(wide.index, freq="M")
    return wide.reindex(whole).fillna(0.0)


def _demand(
    opened: Book, rows: pd.DataFrame, file: pd.DataFrame | None
) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame, str]:
    """By month: all accounts together and each, of the largest line; and the sales of the key
    accounts and of the others."""
    if not len(rows):
        return pd.Series(dtype=float), pd.DataFrame(), pd.DataFrame(), "sales"
    months = pd.PeriodIndex(sorted(set(rows["period"])), freq="M")
    whole = pd.period_range(months[0], months[-1], freq="M")
    sold = rows.groupby("account_id")["revenue"].sum()
    ids = set(descending(sold).index[: top_count(len(sold), FEW_SHARE)])
    if file is not None and "listed_ka" in file:
        ids = set(file.index[file["listed_ka"].fillna(0) == 1]) or ids
    who = np.where(rows["account_id"].isin(list(ids)), "key", "others")
    key = _wide(rows.assign(who=who), "who", "revenue", whole)
    part, words = rows, "sales"
    named = rows[rows["line"] != ""]
    if len(named):
        by_line = named.groupby("line")["revenue"].sum()
        line = str(by_line.sort_index().idxmax())
        if len(by_line) > 1 and by_line[line] >= MAIN_LINE * by_line.sum():
            part, words = named[named["line"] == line], f"sales of {line}"
    value, one = "revenue", part["line"].nunique() <= 1
    if (
        one
        and opened.has("ledger", "volume")
        and part["volume"].notna().all()
        and part["volume"].sum() > 0
    ):
        value, words = "volume", words.replace("sales", "quantity", 1)
    wide = _wide(part, "account_id", value, whole)
    return wide.sum(axis=1), wide, key, words


def _steady(wide: pd.DataFrame) -> pd.DataFrame:
    """The accounts that buy in every month."""
    if not wide.size:
        return pd.DataFrame()
    return wide.loc[:, (wide > 0).all() & (wide.nunique() > 1)]


def _largest(steady: pd.DataFrame) -> pd.DataFrame:
    if not steady.shape[1]:
        return steady
    return steady[list(descending(steady.sum()).index[:FOLLOWED])]


def _factor(
    panel: pd.DataFrame, sector: pd.Series | None, chosen: pd.DataFrame
) -> pd.DataFrame | str:
    """The sector factor of the accounts that are followed, made from all that buy in every month;
    or what it takes."""
    if sector is None or not len(sector):
        return "accounts.sector"
    if panel.shape[1] <= demand.FEWEST_OTHERS:
        return f"{demand.FEWEST_OTHERS + 1} accounts or more that buy in every month"
    return demand.sector_factor(panel, sector)[list(chosen)]


def _said(opened: Book) -> pd.DataFrame:
    """What clients said, months x accounts; only those who said something in each month."""
    if not opened.has("client_forecasts"):
        return pd.DataFrame()
    rows = _grouped(opened, opened.counted("client_forecasts"))
    rows = rows.assign(month=pd.PeriodIndex(pd.to_datetime(rows["month"]), freq="M"))
    wide = rows.pivot_table(index="month", columns="account_id", values="forecast", aggfunc="sum")
    if not len(wide):
        return pd.DataFrame()
    wide = wide.reindex(pd.period_range(wide.index[0], wide.index[-1], freq="M"))
    return wide.loc[:, (wide > 0).all() & wide.notna().all()]
