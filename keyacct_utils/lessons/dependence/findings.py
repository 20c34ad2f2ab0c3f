"""The steps of lesson 19: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.dependence import LESSON, betas, figures, measures, portfolio
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import (
    FEW_SHARE,
    Interval,
    above,
    costed_margin,
    descending,
    fraction,
    positive_part,
    share_of_top,
    top_count,
)
from keyacct_utils.lessons.shared.claims import LEVEL, UNTESTED, Claim, at_least, untested
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.periods import sold_in
from keyacct_utils.lessons.shared.resampling import (
    drawn_counts,
    pareto_tail,
    percentile_limits,
)
from keyacct_utils.lessons.shared.size_intervals import size_interval
from keyacct_utils.lessons.showing import figures as shared_figures
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples of an interval; of the share of the key accounts as many as lesson 01 takes, and no
#: fewer accounts than its tail needs.
DRAWS, KEY_DRAWS, FEWEST_DRAWN = 400, 500, 3
#: Fewer months than these say nothing of how sure a share is, or of a slope.
FEWEST_MONTHS = 6
#: Months of growth without which no account or sector is judged.
FEWEST_GROWTH = 8
#: Accounts whose rank may change from draw to draw, and accounts that get a beta of their own.
CONTENDERS, FOLLOWED = 50, 12
#: An account that buys in a smaller part of the months has no growth that says anything.
OFTEN = 0.5
#: A growth that moves by no more than this stands still.
STILL = 1e-9
#: Months with a mean below so many of its standard errors, some of them below zero, nearly cancel.
NEAR_ZERO = 2.0
#: Accounts that the drill loses one after the other.
FIRST = 5
#: Months of effort that count as the mix of today.
LAST_YEAR = 12
#: Sectors whose demand fell in the crisis (S003-12c).
CRISIS = ("coal", "steel", "textile", "chemical")
#: The two wholesalers of S003-10c: so many customers hold so much of the volume.
WHOLESALERS = {"A": (100, 0.70), "B": (4, 0.75)}
SEASONAL = "months are compared as they are, season and all"


@dataclass(frozen=True)
class Risk(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    returns: str
    #: One row per account of the period: revenue, margin (where costs are known), uncosted.
    people: pd.DataFrame
    #: Sales above zero by account, the largest first.
    sold: pd.Series
    #: Accounts with sales of zero or less.
    apart: int
    #: What can sink us: "margin", or "sales" where no margin is known or it is not above zero.
    measure: str
    #: That, by account, of either sign.
    amounts: pd.Series
    #: Sales by (group, account), of either sign, for each kind of group that the book knows.
    groups: Mapping[str, pd.Series]
    labels: pd.Series
    #: Accounts x months of the period: the measure of the first accounts, and of all together.
    contenders: pd.DataFrame
    monthly: pd.Series
    #: Key accounts of the book, and their sales by month of the period; listed or the top fifth.
    key: frozenset[str]
    listed: bool
    #: Levels by whole month, one column per sector or account, and what they are.
    levels: pd.DataFrame
    unit: str
    #: Where they come from: the tables of contributions, or the ledger.
    from_ledger: bool
    #: Level of the market by month, where the book has one.
    market: pd.Series | None
    #: Effort by month and sector.
    effort: pd.DataFrame | None
    #: Contribution by month of the accounts that are followed by name.
    followed: pd.DataFrame
    #: Whether these come from account_months, which need not add up to what the ledger holds.
    followed_apart: bool
    #: Sector by account, where it is known.
    sector: pd.Series | None
    #: Relationship strength, 0 to 10, by account.
    strength: pd.Series | None
    uncosted: float
    #: The share of sales that the book assumes as cost where none is known; None where it assumes
    #: nothing, and the margin is then that of the rows with a cost.
    standard_cost: float | None
    account: pd.DataFrame

    @property
    def total(self) -> float:
        """The total of the measure, net of accounts below zero."""
        return float(self.amounts.sum())

    @property
    def unpriced(self) -> pd.Series:
        """Sales by account of the rows whose cost is neither known nor assumed; empty where the
        measure does not hang on them.
        """
        rows = self.people
        if self.measure != "margin" or self.standard_cost is not None:
            return pd.Series(dtype=float)
        lacking = rows["n_uncosted"] > 0
        return rows["uncosted"].where(lacking, 0.0) if lacking.any() else pd.Series(dtype=float)

    @property
    def words(self) -> dict[str, str]:
        """What is counted, what its total is called, of what a share is one, and the verb."""
        if len(self.unpriced):
            return {
                "counted": measures.UNPRICED,
                "of": "net total",
                "net": "net margin of these rows",
                "falls": "falls",
            }
        margin = self.measure == "margin"
        if not margin and not float(self.people["revenue"].sum()) > 0:
            above_zero = "sales of the accounts above zero"
            return {"counted": above_zero, "of": "total", "net": above_zero, "falls": "fall"}
        return {
            "counted": self.measure,
            "of": "net total",
            "net": f"net {self.measure}",
            "falls": "falls" if margin else "fall",
        }

    @property
    def market_name(self) -> str:
        """What the growths are compared with."""
        return "the market" if self.market is not None else "the rest of the book"


def risk(opened: Book, period: str = "book") -> Risk:
    """What does each account bring, and how do the months move?

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
    sold = descending(positive_part(people["revenue"]).kept)
    totals = opened.totals(start=start, end=end).iloc[0]
    has_cost = opened.has("ledger", "cost_goods")
    margin = _margin(opened, people)
    measure = "margin" if has_cost and float(margin.sum()) > 0 else "sales"
    amounts = margin if measure == "margin" else people["revenue"]
    if not float(amounts.sum()) > 0:  # more was returned than sold: a share is of those above zero
        amounts = amounts.clip(lower=0.0)
    dated = opened.has("ledger", "date")
    file = opened.table("accounts").set_index("account_id") if opened.has("accounts") else None
    key, listed = _key_accounts(opened, file, sold)
    contenders, monthly = (
        _months(opened, measure, amounts, start, end)
        if dated
        else (
            pd.DataFrame(),
            pd.Series(dtype=float),
        )
    )
    levels, unit, from_ledger, followed = _levels(opened, measure, file, sold, dated)
    strength = None
    if opened.has("account_profile", "relationship_strength"):
        strength = opened.table("account_profile").set_index("account_id")["relationship_strength"]
        strength = strength.dropna().astype(float)
    first = str(sold.index[0])
    return Risk(
        name=opened.name,
        currency=opened.currency,
        when=periods.in_words(totals),
        returns=opened.returns,
        people=people,
        sold=sold,
        apart=len(people) - len(sold),
        measure=measure,
        amounts=amounts.astype(float),
        groups=_groups(opened, file, people["revenue"], start, end),
        labels=opened.labels(),
        contenders=contenders,
        monthly=monthly,
        key=key,
        listed=listed,
        levels=levels,
        unit=unit,
        from_ledger=from_ledger,
        market=_market(opened),
        effort=_effort(opened),
        followed=followed,
        followed_apart=opened.has("account_months"),
        sector=file["sector"].dropna() if file is not None and "sector" in file else None,
        strength=strength,
        uncosted=float(totals["uncosted"]) if has_cost else 0.0,
        standard_cost=opened.standard_cost,
        account=measures.loss_drill(opened, first, period),
    )


def _margin(opened: Book, rows: pd.DataFrame) -> pd.Series:
    """The margin of rows of a roll-up: of what has a cost, known or assumed by the book."""
    return rows["margin"] if opened.standard_cost is not None else costed_margin(rows)


def _key_accounts(
    opened: Book, file: pd.DataFrame | None, sold: pd.Series
) -> tuple[frozenset[str], bool]:
    """The listed key accounts; where there is no list, the top fifth by sales."""
    if file is not None and opened.has("accounts", "listed_ka"):
        listed = file.index[file["listed_ka"].fillna(0) == 1]
        if len(listed):
            return frozenset(map(str, listed)), True
    return frozenset(map(str, sold.index[: top_count(len(sold), FEW_SHARE)])), False


def _months(
    opened: Book, measure: str, amounts: pd.Series, start: Any, end: Any
) -> tuple[pd.DataFrame, pd.Series]:
    """The measure by month of the period: of the first accounts, and of all."""
    value = "margin" if measure == "margin" else "revenue"
    rows = opened.rollup(period="month", by_line=False, start=start, end=end)
    rows = rows[rows["period"] != ""].assign(margin=_margin(opened, rows))
    first = descending(amounts).index[:CONTENDERS]
    some = rows[rows["account_id"].isin(list(first))]
    wide = some.pivot_table(index="account_id", columns="period", values=value, aggfunc="sum")
    whole = rows.groupby("period")[value].sum()
    return wide.reindex(columns=whole.index).fillna(0.0), whole


def _groups(
    opened: Book, file: pd.DataFrame | None, sales: pd.Series, start: Any, end: Any
) -> dict[str, pd.Series]:
    """Sales by (group, account): lines, sectors, sellers."""
    found: dict[str, pd.Series] = {}
    if opened.has("ledger", "line"):
        rows = opened.rollup(start=start, end=end)
        rows = rows[rows["line"] != ""]
        found["line"] = rows.set_index(["line", "account_id"])["revenue"]
    for kind, column in (("sector", "sector"), ("seller", "manager_id")):
        if file is not None and column in file:
            of = file[column].reindex(sales.index).dropna()
            index = pd.MultiIndex.from_arrays([of.astype(str), of.index])
            found[kind] = pd.Series(sales[of.index].to_numpy(), index=index)
    return {kind: series for kind, series in found.items() if (series > 0).any()}


def _whole_months(opened: Book, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of dated months without the last where the ledger breaks off in it."""
    rows = rows[rows["period"] != ""]
    broken = opened.cut_short()
    return rows if broken is None else rows[rows["period"] != f"{broken:%Y-%m}"]


def _wide(rows: pd.DataFrame, by: str, value: str) -> pd.DataFrame:
    """Months x columns, with a row for each month between the first and the last."""
    wide = rows.pivot_table(index="period", columns=by, values=value, aggfunc="sum")
    months = pd.period_range(wide.index.min(), wide.index.max(), freq="M").strftime("%Y-%m")
    return wide.reindex(months).fillna(0.0)


def _table_months(opened: Book, table: str, by: str, value: str = "contribution") -> pd.DataFrame:
    rows = opened.table(table)
    rows = rows.assign(period=pd.to_datetime(rows["month"]).dt.strftime("%Y-%m"))
    return _wide(rows, by, value) if len(rows) else pd.DataFrame()


def _levels(
    opened: Book, measure: str, file: pd.DataFrame | None, sold: pd.Series, dated: bool
) -> tuple[pd.DataFrame, str, bool, pd.DataFrame]:
    """Levels by month of the sectors, else of the largest accounts; what they are, whether the
    ledger gave them; and the levels of the accounts followed by name.
    """
    rows = pd.DataFrame(columns=["account_id", "period", "revenue"])
    if dated:
        rows = _whole_months(opened, opened.rollup(period="month", by_line=False))
        rows = rows.assign(margin=_margin(opened, rows))
    value = "margin" if measure == "margin" and "margin" in rows else "revenue"
    months = rows["period"].nunique()
    bought = rows.loc[rows["revenue"] > 0, "account_id"].value_counts()
    often = [i for i in sold.index if bought.get(i, 0) >= OFTEN * months]
    empty, first = pd.DataFrame(), often[:FOLLOWED]
    mine = rows[rows["account_id"].isin(first)]
    followed = empty
    if opened.has("account_months"):
        followed = _table_months(opened, "account_months", "account_id")
    elif len(mine):
        followed = _wide(mine, "account_id", value)
    if opened.has("sector_months"):
        return _table_months(opened, "sector_months", "sector"), "sector", False, followed
    if not len(rows):
        return empty, "account", True, followed
    sector = file["sector"].dropna() if file is not None and "sector" in file else None
    if sector is not None and sector.reindex(sold.index).nunique() > 1:
        named = rows.assign(sector=rows["account_id"].map(sector)).dropna(subset=["sector"])
        return _wide(named, "sector", value), "sector", True, followed
    others = rows.assign(who=rows["account_id"].where(rows["account_id"].isin(first), ""))
    return _wide(others, "who", value), "account", True, followed


def _market(opened: Book) -> pd.Series | None:
    if not opened.has("market_index"):
        return None
    rows = opened.table("market_index")
    months = pd.to_datetime(rows["month"]).dt.strftime("%Y-%m")
    level = pd.Series(rows["level"].to_numpy(dtype=float), index=months).sort_index()
    return level if len(level) > FEWEST_GROWTH else None


def _effort(opened: Book) -> pd.DataFrame | None:
    if not opened.has("sector_months", "effort"):
        return None
    return _table_months(opened, "sector_months", "sector", "effort")


def book_in_numbers(found: Risk) -> Finding:
    """Which book, which time, how much."""
    numbers = {
        "book": found.name,
        "when": found.when,
        "accounts": len(found.people),
        "sales": float(found.people["revenue"].sum()),
        "sold": float(found.sold.sum()),
        "unit": found.unit_of_money,
        "apart": found.apart,
        "verb": "has" if found.apart == 1 else "have",
        "measure": found.measure,
        "uncosted": found.uncosted,
        "part": found.uncosted / max(float(found.people["revenue"].sum()), 0.01),
        "assumed": found.standard_cost or 0.0,
        "counted": found.words["counted"],
    }
    says = [
        "**{book}**, {when}: {accounts:count account}, sales of {sales:money}{unit}.",
        *steps.gross(found.returns),
        "What can sink us is counted in {counted}.",
    ]
    if found.apart:
        says.append(
            "{apart:count account} of these {verb} sales of zero or less: a fall is one of all "
            "sales, net of these; the alarm, and shares of lines, sectors and sellers, are of the "
            "{sold:money}{unit} of the others."
        )
    if len(found.unpriced):
        says.append(
            "**No cost is known of rows with sales of {uncosted:money}{unit}, {part:percent} of "
            "all**: they stand apart, and each share of the margin is told with what they could "
            "change."
        )
    elif found.measure == "margin" and found.uncosted:
        says.append(
            "Rows with sales of {uncosted:money}{unit} have no cost: {assumed:percent} is assumed, "
            "as book.toml says (standard_cost)."
        )
    return Finding(numbers, tuple(says))


def wholesalers() -> Finding:
    """Two wholesalers that sell as much, and what the loss of one customer does to each
    (S003-10c).
    """
    rows = {
        name: (customers, held, held / customers, customers * (held / customers) ** 2)
        for name, (customers, held) in WHOLESALERS.items()
    }
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["customers", "held", "one", "index"]
    )
    numbers: dict[str, Any] = {
        name: {"one": one, "index": index} for name, (_, _, one, index) in rows.items()
    }
    says = tuple(
        Sentence(
            "Without one of its named customers wholesaler {who} loses {one:percent2} of its "
            "volume; their squared shares add up to {index:.4f}.",
            of=name,
        )
        for name in rows
    )
    for name, part in numbers.items():
        part["who"] = name
    columns = {
        "customers": Shown("customers named", ",.0f"),
        "held": Shown("hold together", "percent0"),
        "one": Shown("one of them gone", "percent2"),
        "index": Shown("sum of squared shares", ".4f"),
    }
    table = table.rename_axis("wholesaler")
    return Finding(numbers, says, table, columns, show_table=False)


def _by_draw(found: Risk, draws: int | None) -> tuple[np.ndarray, np.ndarray]:
    """What the first accounts, and all, bring in each resample of the months."""
    months = len(found.monthly)
    weights = drawn_counts(months, draws or DRAWS, np.random.default_rng(0))
    each = weights @ found.contenders.to_numpy(dtype=float).T
    return each, weights @ found.monthly.to_numpy(dtype=float)


def _share_interval(found: Risk, draws: int | None, account: str) -> tuple[float, float, float]:
    """Limits of an account's share of the measure over resampled months, and the share of draws in
    which it is the largest; missing below `FEWEST_MONTHS` months.
    """
    if len(found.monthly) < FEWEST_MONTHS or account not in found.contenders.index:
        return np.nan, np.nan, np.nan
    each, whole = _by_draw(found, draws)
    sound = whole > 0
    if not sound.any():
        return np.nan, np.nan, np.nan
    place = found.contenders.index.get_loc(account)
    share = each[sound, place] / whole[sound]
    return *percentile_limits(share), float((each.argmax(axis=1) == place).mean())


def _how_many(
    found: Risk, cushion: float, count: int | None, draws: int | None
) -> dict[str, float]:
    """What the largest so many bring over resampled months, and in which share of the draws so
    many, or fewer, are enough to sink us; empty where the draws hold too few accounts.
    """
    if count is None or count < 2 or count > len(found.contenders):
        return {}
    each, whole = _by_draw(found, draws)
    each, whole = each[whole > 0], whole[whole > 0]
    if not len(whole):
        return {}
    together = np.cumsum(-np.sort(-each, axis=1)[:, :count], axis=1) / whole[:, None]
    low, high = percentile_limits(together[:, -1])
    enough, fewer = (float(above(together[:, k], cushion).mean()) for k in (-1, -2))
    return {"taken_low": low, "taken_high": high, "enough": enough - fewer, "fewer": fewer}


def who_could_sink_us(
    found: Risk, cushion: float = 0.2, *, first: int = FIRST, draws: int | None = None
) -> Finding:
    """Who could sink us, and how far would we fall?

    Parameters
    ----------
    cushion : fraction of the measure that can go before we make a loss; no document says (S000-3j).
    first : how many accounts the drill loses one after the other.
    draws : resamples of months for the interval.
    """
    fraction("cushion", cushion)
    if not isinstance(first, int | np.integer) or first < 1:
        raise ValueError(f"first is {first!r}: the drill loses at least one account")
    by = descending(found.amounts)
    top, total = str(by.index[0]), found.total
    share, sales = float(by.iloc[0]) / total, float(found.people["revenue"].sum())
    count = measures.accounts_to_sink(by, cushion)
    low, high, firm = _share_interval(found, draws, top)
    head = by.head(first)
    table = pd.DataFrame(
        {
            "name": found.named(head.index),
            "amount": head.to_numpy(),
            "lost": head.to_numpy() / total,
            "left": 1 - head.cumsum().to_numpy() / total,
        },
        index=head.index.rename("account"),
    )
    numbers: dict[str, Any] = {
        "account": top,
        "who": found.called(top),
        "accounts": len(by),
        "measure": found.measure,
        "amount": float(by.iloc[0]),
        "total": total,
        "left": total - float(by.iloc[0]),
        "share": share,
        "cushion": cushion,
        "count": count or 0,
        "first": len(head),
        "together": float(head.sum()) / total,
        "unit": found.unit_of_money,
        "sinks": "yes" if count == 1 else "no",
        "buyer": found.called(found.sold.index[0]),
        "of_sales": float(found.sold.iloc[0] / (sales if sales > 0 else found.sold.sum())),
        **found.words,
    }
    unsure = _unpriced_shares(found, cushion)
    numbers |= unsure
    if unsure:
        numbers["sinks"] = {"one": "yes", "nobody": "no"}.get(unsure["alone"], "cannot be told")
    says: list[Sentence | str] = [_the_line(len(by), count, unsure.get("alone", ""))]
    says += _of_unpriced(unsure)
    if not np.isnan(low):
        numbers |= {"low": low, "high": high, "firm": firm, "months": len(found.monthly)}
        says.append(
            "Had the {months} months fallen otherwise, that share were {low:percent} to "
            "{high:percent} of the {net} (95 % of draws), and {who} the largest in "
            "{firm:percent0} of them."
        )
        if low <= cushion < high:
            says.append("The cushion lies inside that interval: other months could say otherwise.")
        if many := _how_many(found, cushion, count, draws):
            numbers |= many | {"taken": float(by.iloc[:count].sum()) / total}
            numbers["more"] = 1 - many["enough"] - many["fewer"]
            says.append(
                "The {count} largest bring {taken:percent} of the {net}, in such draws "
                "{taken_low:percent} to {taken_high:percent}: so many sink us in {enough:percent0} "
                "of them; in {fewer:percent0} it takes fewer, in {more:percent0} more."
            )
    else:
        numbers["needed"] = FEWEST_MONTHS
        says.append(
            "How sure that share is cannot be told: it takes dated rows of {needed} months or more."
        )
    if found.measure == "margin":
        says.append("Of the net sales, {buyer} brings most: {of_sales:percent}.")
    if len(head) > 1:
        says.append("The first {first} together bring {together:percent} of the {net}.")
    columns = {
        "amount": Shown("{measure}", "money"),
        "lost": Shown("falls by", "percent"),
        "left": Shown("left, of all", "percent"),
    }
    drawn = table.set_index("name")[["lost", "left"]]
    picture = Picture(
        lambda title: figures.drill_plot(drawn, title, f"share of the {found.words['net']}"),
        "Without {who}, {counted} {falls} by {share:percent} of the {of}",
        "Bars of the {counted} that is left when the {first:count largest account/largest "
        "accounts} go one after the other. The largest is {who} with {share:percent} of the {of}.",
    )
    return Finding(numbers, tuple(says), table, columns, picture, show_table=len(head) > 1)


def _the_line(accounts: int, count: int | None, alone: str = "") -> str:
    """The answer in one line; ``alone`` says what is left of it where costs are missing."""
    if accounts == 1:
        return (
            "**{who} is the only account**: without it, {counted} {falls} from {total:money}{unit} "
            "to nothing."
        )
    fall = (
        " Without {who}, {counted} {falls} from {total:money} to {left:money}{unit}, by "
        "{share:percent} of the {of}."
    )
    if alone == "cannot be told":
        return (
            "**Whether one account alone could sink us cannot be told: {cushion:percent} of "
            "{measure} can go, and too many costs are missing.**" + fall
        )
    if alone == "one":
        return (
            "**{surest} alone could sink us, whatever the missing costs are: {cushion:percent} of "
            "{measure} can go.**" + fall
        )
    if count == 1:
        return "**{who} alone could sink us: {cushion:percent} of {measure} can go.**" + fall
    if count is None:
        return "**Nobody could sink us: all of the {measure} can go before a loss.**" + fall
    return (
        "**No single account could sink us; the {count} largest together could: "
        "{cushion:percent} of {measure} can go.**" + fall
    )


def _open_shares(found: Risk) -> pd.DataFrame:
    """The least and the most of the margin that each account could hold, whatever the goods without
    a cost did cost, from nothing to all they brought; missing where no margin need be left.
    """
    sure, lacking = found.amounts, found.unpriced.reindex(found.amounts.index)
    up, down = lacking.clip(lower=0), lacking.clip(upper=0)
    least = found.total + down + (up.sum() - up)
    most = found.total + up + (down.sum() - down)
    low, high = (sure + down) / least.where(least > 0), (sure + up) / most.where(most > 0)
    return pd.DataFrame({"low": low, "high": high, "least": sure + down, "most": sure + up})


def _unpriced_shares(found: Risk, cushion: float) -> dict[str, Any]:
    """What rows without a cost leave open of who could sink us; empty where none lack one."""
    if not len(found.unpriced):
        return {}
    shares, top = _open_shares(found), str(descending(found.amounts).index[0])
    rivals = shares[(shares["most"] > shares.loc[top, "least"]) & (shares.index != top)]
    rivals = rivals.sort_values("most", ascending=False, kind="stable")
    told = "cannot be told"
    if above(shares["low"], cushion).any():
        told = "one"
    elif shares["high"].notna().all() and not above(shares["high"], cushion).any():
        told = "nobody"
    found_numbers = {
        "alone": told,
        "lacking": float(found.unpriced.sum()),
        "lacking_part": found.uncosted / max(float(found.people["revenue"].sum()), 0.01),
        "least": float(shares.loc[top, "low"]),
        "most": float(shares.loc[top, "high"]),
        "highest": float(shares["high"].max(skipna=False)),
        "rivals": len(rivals),
        "surest": found.called(shares["low"].fillna(-np.inf).idxmax()),
    }
    if len(rivals):
        found_numbers |= {
            "rival": found.called(rivals.index[0]),
            "rival_most": float(rivals["high"].iloc[0]),
        }
    return found_numbers


def _of_unpriced(unsure: Mapping[str, Any]) -> list[str]:
    """How far the answer hangs on the costs that are missing."""
    if not unsure:
        return []
    says = (
        "No cost is known of {lacking:money}{unit} of sales, {lacking_part:percent} of all. "
        "Had these goods cost anything from nothing to what they brought, {who} would hold "
        "{least:percent} to {most:percent} of the margin."
    )
    if np.isnan(unsure["least"]) or np.isnan(unsure["most"]):
        says = (
            "No cost is known of {lacking:money}{unit} of sales, {lacking_part:percent} of all: "
            "too much for any share of the whole margin."
        )
    if not unsure["rivals"]:
        return [says, "No other account could then be the largest."]
    if np.isnan(unsure["rival_most"]):
        return [says, "{rivals:count other account} could then be the largest."]
    return [
        says,
        "{rivals:count other account} could then be the largest, {rival} with up to "
        "{rival_most:percent}.",
    ]


def loss_drill(found: Risk) -> Finding:
    """If the largest buyer goes tomorrow, what goes with it?"""
    table = found.account.rename_axis("what")
    who = str(found.sold.index[0])
    numbers: dict[str, Any] = {
        "who": found.called(who),
        "sales": float(table.loc["sales", "fall"]) if found.total else 0.0,
        "rows": len(table),
    }
    says = ["The table drops {who}, the largest buyer, from the book, and nobody takes its place."]
    if "hours of service" in table.index and table.loc["hours of service", "all"] > 0:
        numbers |= {
            "hours": float(table.loc["hours of service", "account"]),
            "idle": float(table.loc["hours of service", "fall"]),
        }
        says.append(
            "Staff have {hours:,.0f} hours less to do, {idle:percent} of all: they are paid all "
            "the same until something is done about it."
        )
    if "owed on an average day" in table.index and table.loc["owed on an average day", "all"] > 0:
        numbers |= {
            "owed": float(table.loc["owed on an average day", "account"]),
            "unit": found.unit_of_money,
        }
        says.append(
            "On an average day it owes {owed:money}{unit}: set free if it leaves, lost if it fails."
        )
        if since := found.account.attrs.get("owed_since"):
            numbers["since"] = since
            says.append("Invoices are known since {since}: the average is of the days since then.")
    columns = {
        "all": Shown("all", "money"),
        "account": Shown("of this account", "money"),
        "left": Shown("left", "money"),
        "fall": Shown("falls by, of all", "percent"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _key_interval(found: Risk, draws: int | None) -> Interval:
    """Share of sales of the key accounts, with the interval of the process behind the book, which
    may bring a larger account than the book holds: the one that lesson 01 shows, and for a list the
    same tail.
    """
    key = found.sold.index.isin(list(found.key))
    values = found.sold.to_numpy(dtype=float)
    estimate = float(values[key].sum() / values.sum())
    if len(values) < FEWEST_DRAWN or key.all() or not key.any():
        return Interval(estimate, np.nan, np.nan)
    drawn = draws or KEY_DRAWS
    if not found.listed:  # who belongs to the top fifth differs from draw to draw
        found_by = size_interval(values, "top_share", FEW_SHARE, draws=drawn)
        return Interval(estimate, found_by.low, found_by.high)
    order = np.argsort(values, kind="stable")
    return Interval(estimate, *_listed_limits(values[order], key[order], drawn))


def _listed_limits(values: np.ndarray, key: np.ndarray, draws: int) -> tuple[float, float]:
    """Limits of the share of accounts on a list, from the smallest to the largest: the body drawn
    anew, the largest from a Pareto tail (`tail_bootstrap_interval`), on the list as often as they.
    """
    exponent, taken, start = pareto_tail(values)
    n, rng, found = len(values), np.random.default_rng(0), []
    body = n if np.isnan(exponent) else n - taken
    for _ in range(draws):
        picked = rng.integers(0, body, n)
        sample, listed = values[picked], key[picked]
        if body < n:
            large = np.flatnonzero(rng.random(n) < taken / n)
            sample[large] = start * (1 - rng.random(len(large))) ** (-1 / exponent)
            listed[large] = key[rng.integers(body, n, len(large))]
        found.append(sample[listed].sum() / sample.sum())
    return percentile_limits(found)


def alarm(found: Risk, limit: float = 0.5, *, draws: int | None = None) -> Finding:
    """Does the alarm of one half ring (S003-10a), in each of its two readings?

    Parameters
    ----------
    limit : fraction of sales; the document names half, and says neither of what nor of how many.
    """
    fraction("limit", limit, one=False)
    whole = measures.depends_on_one(found.sold, limit).iloc[0]
    key = _key_interval(found, draws)
    numbers = {
        "limit": limit,
        "who": found.called(whole["account"]),
        "one": float(whole["share"]),
        "key": key.estimate,
        "n_key": int(found.sold.index.isin(list(found.key)).sum()),
        "effective": 1 / measures.herfindahl(found.sold),
        "index": measures.herfindahl(found.sold),
        "accounts": len(found.sold),
    }
    says = [
        "**One account with more than {limit:percent0}:** the alarm rings, {who} has {one:percent}."
        if whole["depends"]
        else "**One account with more than {limit:percent0}:** the alarm is silent, {who} has "
        "{one:percent}.",
        _of_key(found, bool(above(key.estimate, limit))),
    ]
    if not np.isnan(key.low):
        numbers |= {"low": key.low, "high": key.high}
        says.append(
            "In the long run of such accounts that share lies at {low:percent} to {high:percent} "
            "(95 %)."
        )
    if found.apart:
        says.append("These shares are of the sales of the accounts above zero.")
    says.append(
        "The book hangs on its {accounts:count account} as it would on {effective:,.1f} of equal "
        "size (one over the sum of squared shares, {index:.4f})."
    )
    return Finding(numbers, tuple(says))


def _of_key(found: Risk, rings: bool) -> str:
    """The second reading of the alarm, by what the key accounts are."""
    which = "listed" if found.listed else "top"
    return {
        ("listed", True): "**The listed key accounts together:** the alarm rings, {n_key} of them "
        "hold {key:percent}.",
        ("listed", False): "**The listed key accounts together:** the alarm is silent, {n_key} of "
        "them hold {key:percent}.",
        ("top", True): "**The key accounts together** (no list: the top fifth, {n_key} here): the "
        "alarm rings at {key:percent}.",
        ("top", False): "**The key accounts together** (no list: the top fifth, {n_key} here): the "
        "alarm is silent at {key:percent}.",
    }[which, rings]


def who_leans_on_one(found: Risk, limit: float = 0.5, *, shown: int = 8) -> Finding:
    """Which lines, sectors and sellers depend on one buyer?

    Parameters
    ----------
    limit : fraction of a group's sales above which it depends on one account.
    shown : groups in the table, those that depend most.
    """
    parts, below = [], 0
    for kind, series in found.groups.items():
        series = series.groupby(level=[0, 1]).sum()
        below += int((series < 0).sum())
        part = measures.depends_on_one(series[series > 0], limit).reset_index()
        parts.append(part.assign(kind=kind))
    if not parts:
        return unknown(
            "The book knows no groups: ledger.line, accounts.sector or accounts.manager_id would "
            "tell who leans on one buyer."
        )
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values("share", ascending=False, kind="stable")
    several = table[table["accounts"] > 1]
    single = table[table["accounts"] == 1]
    numbers: dict[str, Any] = {
        "limit": limit,
        "groups": len(table),
        "depend": int(several["depends"].sum()),
        "several": len(several),
        "single": len(single),
        "below": below,
        "frame": table,
    }
    says: list[str] = []
    if len(several):
        top = several.iloc[0]
        numbers |= {
            "kind": top["kind"],
            "group": str(top["group"]),
            "who": found.called(top["account"]),
            "share": float(top["share"]),
        }
        says = [
            "Of {several:count group/groups} of two accounts or more, {depend} "
            "{verb} on one account for more than {limit:percent0} of sales.",
            "The one that leans hardest: {kind} {group}, where {who} has {share:percent}.",
        ]
        numbers["verb"] = "depends" if numbers["depend"] == 1 else "depend"
    if len(single):
        says.append("Groups with one account only: {single}.")
    if below:
        says.append(
            "In {below:count place} an account was credited more than it bought in a group: there "
            "it is left out, and the share is of what the others of the group bought."
        )
    table = table.head(shown).assign(account=found.named(table["account"].head(shown)))
    view = table[["kind", "group", "accounts", "account", "share"]].reset_index(drop=True)
    columns = {
        "kind": Shown("kind"),
        "group": Shown("group"),
        "account": Shown("largest account"),
        "share": Shown("its share", "percent"),
    }
    return Finding(numbers, tuple(says), view, columns)


@dataclass(frozen=True)
class Growth:
    """Growths of sectors or accounts, and of what each is compared with."""

    growth: pd.DataFrame
    market: pd.Series | pd.DataFrame
    #: Months that neighbouring growths share, plus one. A month of much in a ledger makes the next
    #: growth smaller, so these count as overlapping by one too.
    overlap: int
    #: Those whose months add up to about nothing, so that no growth in percent of it means a thing.
    near_zero: tuple[str, ...] = ()


def _near_zero(levels: pd.DataFrame) -> pd.Series:
    """Whether the months of a column nearly cancel out: some are below zero, and its mean is no
    more than `NEAR_ZERO` of its standard errors.
    """
    error = levels.std() / np.sqrt(len(levels))
    return (levels.min() < 0) & (levels.mean() < NEAR_ZERO * error)


def _growth(found: Risk, lag: int) -> Growth | None:
    """The growths, where there are months enough, and two that move."""
    levels = found.levels
    if not isinstance(lag, int | np.integer) or lag < 1:
        raise ValueError(f"lag is {lag!r}: expected 1 month or more, in whole months")
    if len(levels) < FEWEST_GROWTH + lag:
        return None
    overlap = max(lag, 2) if found.from_ledger else lag
    base: Any = "average" if found.from_ledger or (levels <= 0).any().any() else "before"
    none: tuple[str, ...] = ()
    if base == "average":
        near = _near_zero(levels) | (levels.mean() <= 0)
        none = tuple(name for name in levels.columns[near] if name != "")
        levels = levels.loc[:, ~near]
    if not levels.shape[1]:
        return None
    growth = betas.changes(levels, lag=lag, base=base)
    if found.market is not None:
        index = betas.changes(found.market.to_frame("level"), lag=lag)["level"]
        both = growth.index.intersection(index.index)
        if len(both) >= FEWEST_GROWTH and float(np.ptp(index.loc[both])) > STILL:
            kept = growth.loc[both, [name for name in growth if name != ""]]
            return Growth(kept, index.loc[both], overlap, none) if kept.shape[1] else None
    rest = levels.mul(-1).add(found.levels.sum(axis=1), axis=0)
    around = _near_zero(rest)
    none += tuple(str(name) for name in levels if name != "" and around[name])
    able = [
        name
        for name in levels
        if name != ""
        and rest[name].mean() > 0
        and not around[name]
        and float(np.ptp(rest[name])) > 0
    ]
    if not able:
        return None
    market = betas.changes(rest[able], lag=lag, base="average")
    able = [name for name in able if float(np.ptp(market[name])) > STILL]
    return Growth(growth[able], market[able], overlap, none) if able else None


def _too_few(found: Risk, lag: int) -> Finding:
    return unknown(
        "How accounts move with the rest takes dated rows of {needed} whole months, an account "
        "that buys in half of them or more, and others whose months differ; here are {months:count "
        "month} and {accounts:count account}.",
        needed=FEWEST_GROWTH + lag,
        months=len(found.levels),
        accounts=len(found.sold),
    )


def _span(lag: int) -> str:
    return f"{lag} months" if lag > 1 else "one month"


def customer_betas(found: Risk, lag: int = 1) -> Finding:
    """Who falls with the market, and who does not?

    Parameters
    ----------
    lag : months between the two that are compared; 12 takes the season out.
    """
    pair = _growth(found, lag)
    if pair is None:
        return _too_few(found, lag)
    table = betas.beta_table(pair.growth, pair.market, overlap=pair.overlap)
    top, last = table.iloc[0], table.iloc[-1]
    units = f"{found.unit}s" if len(table) > 1 else found.unit
    numbers: dict[str, Any] = {
        "units": units if found.unit == "sector" else f"{units} followed",
        "lag": lag,
        "span": _span(lag),
        "since": str(pair.growth.index[0]),
        "until": str(pair.growth.index[-1]),
        "source": "the ledger" if found.from_ledger else "sector_months",
        "n": len(table),
        "months": len(pair.growth),
        "market": found.market_name,
        "above": int((table["low"] > 1).sum()),
        "below": int((table["high"] < 1).sum()),
        "untold": int(((table["low"] <= 1) & (table["high"] >= 1)).sum()),
        "top": found.called(table.index[0]),
        "top_beta": float(top["beta"]),
        "top_low": float(top["low"]),
        "top_high": float(top["high"]),
        "last": found.called(table.index[-1]),
        "last_beta": float(last["beta"]),
        "last_low": float(last["low"]),
        "last_high": float(last["high"]),
        "season": SEASONAL,
        "frame": table,
    }
    says = [
        "Where {market} grows by one percent over {span}, {top} grows by {top_beta:.2f} "
        "({top_low:.2f} to {top_high:.2f})."
    ]
    if len(table) > 1:
        says.append(
            "The other end is {last} with {last_beta:.2f} ({last_low:.2f} to {last_high:.2f})."
        )
    says.append(
        "Of {n} {units}, so many surely move more than {market} (interval above one): {above}; "
        "surely less: {below}; not to be told: {untold}."
    )
    says.append(
        "These are {months} growths that end in {since} to {until}: the whole months of {source}, "
        "whatever the period."
    )
    if pair.near_zero:
        numbers["near_zero"] = found.named(pair.near_zero)
        says.append(
            "No beta is given of {near_zero:names}: the months, or those of the rest of the book, "
            "nearly cancel out, and a growth in percent of a mean near zero means nothing."
        )
    if found.unit == "account":
        numbers |= {"followed": FOLLOWED, "often": OFTEN}
        says.append(
            "Followed are the largest by sales that bought in {often:percent0} of the months or "
            "more, at most {followed}."
        )
    if found.from_ledger and lag != LAST_YEAR:
        says.append("Taken from the ledger: {season}, so a common season counts as a market too.")
    drawn = table.rename(columns={"beta": "estimate"})[["estimate", "low", "high"]]
    picture = Picture(
        lambda title: shared_figures.ranked_intervals(
            drawn, title, "beta (95 % interval)", names=found.labels, reference=1.0
        ),
        "{top} has the highest beta: {top_beta:.2f}",
        "Betas of {n} {units} with their intervals, the highest first. {top}: {top_beta:.2f}; "
        "{last}: {last_beta:.2f}. A line marks one.",
    )
    shown = {
        "beta": Shown("beta", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "volatility": Shown("sd of growth", "percent"),
        "explained": Shown("goes with {market}", "percent0"),
    }
    view = table.rename(index=found.called).rename_axis(found.unit)
    return Finding(numbers, tuple(says), view, shown, picture, show_table=False)


def shock(found: Risk, beta: Finding, fall: float = 0.2) -> Finding:
    """If the market falls, by how much do we (S003-12c)?

    Parameters
    ----------
    beta : from `customer_betas`.
    fall : of the market (or of the rest of the book), a fraction above 0 and below 1.
    """
    fraction("fall", fall, one=False)
    if not beta.known:
        return Finding(beta.numbers, unknown=beta.unknown)
    frame = beta.numbers["frame"]
    year = found.levels.tail(LAST_YEAR).sum().reindex(frame.index)
    # Nobody can buy less than nothing, whatever a straight line says.
    change, low, high = ((-fall * frame[name]).clip(lower=-1) for name in ("beta", "high", "low"))
    table = pd.DataFrame(
        {"year": year, "change": change, "low": low, "high": high, "money": change * year}
    ).sort_values("money", kind="stable")
    falls, rises = table["high"] < 0, table["low"] > 0
    told = table[falls & (table["money"] < 0)]
    numbers: dict[str, Any] = {
        "fall": fall,
        "market": found.market_name,
        "unit": found.unit_of_money,
        "told": int(falls.sum()),
        "rises": int(rises.sum()),
        "untold": int((~falls & ~rises).sum()),
        "n": len(table),
        "units": beta.numbers["units"],
        "span": beta.numbers["span"],
        "months": min(LAST_YEAR, len(found.levels)),
    }
    says = [
        "Of {n} {units}, so many surely fall where {market} falls over {span}: {told}; surely "
        "rise: {rises}; not to be told, since the interval reaches zero: {untold}."
    ]
    if len(told):
        numbers |= {
            "who": found.called(told.index[0]),
            "money": float(-told["money"].iloc[0]),
            "part": float(-told["change"].iloc[0]),
        }
        says.append(
            "If {market} falls by {fall:percent0}, {who} takes most from us: "
            "{money:money}{unit} of the last {months} months, {part:percent} of what it brought."
        )
    pair = _growth(found, beta.numbers["lag"])
    if found.market is not None and pair is not None and isinstance(pair.market, pd.Series):
        names = [name for name in frame.index if name in pair.growth]
        weights = year[names].clip(lower=0)
        if weights.sum() > 0:
            whole = pair.growth[names] @ (weights / weights.sum())
            of_all = betas.customer_beta(whole, pair.market, overlap=pair.overlap)
            numbers |= {
                "all": fall * of_all.estimate,
                "all_low": fall * of_all.low,
                "all_high": fall * of_all.high,
                "together": fall * of_all.estimate * float(weights.sum()),
            }
            says.append(
                "All together: a fall of {all:percent} ({all_low:percent} to {all_high:percent}), "
                "{together:money}{unit} of the last {months} months."
            )
    if beta.numbers["lag"] < LAST_YEAR:
        says.append("A fall that goes on for longer than {span} may take more, or less.")
    columns = {
        "year": Shown("last {months} months", "money"),
        "change": Shown("changes by", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
        "money": Shown("so much", "money"),
    }
    view = table.rename(index=found.called).rename_axis(found.unit)
    return Finding(numbers, tuple(says), view, columns)


def conflict(found: Risk, grow: float = 0.2, *, other_times: float = 1.0) -> Finding:
    """Does serving one account cost us another (S000-12g)?

    Parameters
    ----------
    grow : by how much the one that is served more shall grow, a fraction.
    other_times : how large the other account is, in times of what the book shows; the document does
        not give the ministry's share.
    """
    sizes = (grow, other_times)
    if not all(isinstance(one, Real) for one in sizes) or min(sizes) <= 0:
        raise ValueError(f"grow is {grow!r}, other_times {other_times!r}: both must be above 0")
    growth = _followed_growth(found)
    if growth is None:
        return unknown(
            "Two accounts in conflict are looked for among those with {needed} whole months; "
            "account_months, or a dated ledger of two accounts, would allow it.",
            needed=FEWEST_GROWTH + 1,
        )
    moving, wide = growth.shape[1], found.followed
    if moving < 2:
        return unknown("Fewer than two accounts change from month to month: none is in conflict.")
    pair = sorted(betas.most_opposed(growth), key=lambda name: -float(wide[name].sum()))
    first, other = pair
    pairs = moving * (moving - 1) // 2
    tie = betas.correlation_interval(growth[first], growth[other], pairs=pairs)
    # The pair was chosen among all, so its slope is widened as its correlation is.
    slope = betas.customer_beta(growth[other], growth[first], confidence=1 - LEVEL / pairs)
    year = wide.tail(LAST_YEAR).sum()
    gained = grow * float(year[first])
    moved = grow * slope.estimate * float(year[other]) * other_times
    source = "account_months" if found.followed_apart else "the ledger"
    numbers: dict[str, Any] = {
        "first": found.called(first),
        "other": found.called(other),
        "pair": (first, other),
        "correlation": tie.estimate,
        "low": tie.low,
        "high": tie.high,
        "pairs": pairs,
        "months": len(growth),
        "grow": grow,
        "change": grow * slope.estimate,
        "change_low": grow * slope.low,
        "change_high": grow * slope.high,
        "gained": gained,
        "lost": -moved,
        "unit": found.unit_of_money,
        "told": "yes" if tie.high < 0 else "no",
        "source": source,
        "span": min(LAST_YEAR, len(wide)),
        "moving": moving,
    }
    says = [
        "Of {pairs:count pair} of {moving} accounts followed, {first} and {other} move "
        "most against each other: correlation of "
        "growth {correlation:.2f} ({low:.2f} to {high:.2f}, widened for all pairs; {months} "
        "months)."
        if tie.estimate < 0
        else "Of {pairs:count pair} of {moving} accounts followed, none moves against the other: "
        "the lowest correlation of "
        "growth is {correlation:.2f} ({low:.2f} to {high:.2f}, widened for all pairs)."
    ]
    if tie.high < 0:
        says.append(
            "If {first} grows by {grow:percent0}, {other} is expected to change by "
            "{change:percent} ({change_low:percent} to {change_high:percent}, widened too): "
            "{gained:money} won, {lost:money}{unit} lost, by the amounts of {source} in the last "
            "{span} months."
        )
        says += _by_the_ledger(found, pair, numbers)
        even = gained / -moved * other_times if moved < 0 and gained > 0 else np.nan
        if not np.isnan(even):
            numbers["even"] = even
            says.append(
                "Nothing would be won if the other account were {even:.1f} times as large as "
                "{source} shows."
            )
    else:
        says.append("That interval does not lie below zero: a conflict is not shown.")
    drawn = growth[[first, other]]
    picture = (
        Picture(
            lambda title: figures.growth_plot(drawn, title),
            "Where {first} grows, {other} falls: correlation {correlation:.2f}"
            if tie.high < 0
            else "{first} and {other}: correlation {correlation:.2f}, no conflict shown",
            "Growth of {first} and of {other} in each of {months} months, with a line through "
            "them. Their correlation is {correlation:.2f}.",
        )
        if float(np.ptp(growth[first])) > STILL
        else None
    )
    return Finding(numbers, tuple(says), picture=picture)


def _followed_growth(found: Risk) -> pd.DataFrame | None:
    """The growths of the accounts followed by name that move; None where months are too few."""
    wide = found.followed
    if wide.shape[1]:
        wide = wide.loc[:, (wide.mean() > 0) & ~_near_zero(wide)]
    if wide.shape[1] < 2 or len(wide) < FEWEST_GROWTH + 1:
        return None
    base: Any = "before" if (wide > 0).all().all() else "average"
    growth = betas.changes(wide, base=base)
    return growth.loc[:, growth.std() > betas.NOTHING]


def _by_the_ledger(found: Risk, pair: Sequence[str], numbers: dict[str, Any]) -> list[str]:
    """What a conflict told by another table would win and lose by the sizes of the ledger."""
    if not found.followed_apart or not set(pair) <= set(found.amounts.index):
        return []
    first, other = (float(found.amounts[name]) for name in pair)
    numbers |= {
        "measure": found.measure,
        "ledger_first": first,
        "ledger_other": other,
        "ledger_gained": numbers["grow"] * first,
        "ledger_lost": -numbers["change"] * other,
    }
    return [
        "Those are not the amounts of the ledger, where the two bring {ledger_first:money} and "
        "{ledger_other:money}{unit} of {measure} in the period: by these, {ledger_gained:money} "
        "won and {ledger_lost:money}{unit} lost."
    ]


@dataclass(frozen=True)
class Mixes:
    """The mix of today, what its parts bring and how they move."""

    weights: pd.Series
    gain: pd.Series
    covariance: pd.DataFrame
    growth: pd.DataFrame
    #: Growth of the market, where the book has an index.
    market: pd.Series | None


def _mixes(found: Risk) -> Mixes | None:
    pair = _growth(found, 1)
    if found.effort is None or pair is None:
        return None
    effort = found.effort
    now = effort.tail(LAST_YEAR).sum()
    gain = found.levels.sum() / effort.sum()
    kept = [
        name
        for name in pair.growth
        if now.get(name, 0) > 0 and gain[name] > 0 and float(pair.growth[name].std()) > STILL
    ]
    if len(kept) < 2:
        return None
    market = pair.market if isinstance(pair.market, pd.Series) else None
    weights = now[kept] / now[kept].sum()
    return Mixes(
        weights,
        gain[kept],
        _spread(pair.growth[kept], market, gain[kept]),
        pair.growth[kept],
        market,
    )


def _spread(growth: pd.DataFrame, market: pd.Series | None, gain: pd.Series) -> pd.DataFrame:
    """Covariance of the contribution per unit of effort."""
    plain = growth.cov() if market is None else betas.single_index_covariance(growth, market)
    return plain.mul(gain, axis=0).mul(gain, axis=1)


def _parts(mixes: Mixes, weights: pd.Series, market: pd.Series) -> tuple[float, float, float]:
    """Beta of a mix over the months as they were, and the standard deviation that the market gives
    it and that it has beside, all as a share of what it brings.
    """
    brought = weights * mixes.gain
    growth = mixes.growth @ (brought / brought.sum())
    beta = betas.customer_beta(growth, market).estimate
    return beta, abs(beta) * float(market.std()), float((growth - beta * market).std())


def _saving(mixes: Mixes, best: pd.Series, covariance: pd.DataFrame) -> float:
    was = portfolio.portfolio_variance(mixes.weights, covariance)
    return 1 - float(np.sqrt(portfolio.portfolio_variance(best, covariance) / was))


def _limits(mixes: Mixes, bounds: tuple[float, float]) -> list[tuple[float, float]]:
    pair = np.shape(bounds) == (2,) and all(isinstance(one, Real) for one in bounds)
    if not pair or not 0 <= bounds[0] <= 1 <= bounds[1]:
        raise ValueError(
            f"bounds is {bounds!r}: least and most effort in times of today's, around 1"
        )
    return [(bounds[0] * share, min(1.0, bounds[1] * share)) for share in mixes.weights]


def better_mix(
    found: Risk, bounds: tuple[float, float] = (0.5, 1.5), *, draws: int | None = None
) -> Finding:
    """Which mix of effort would risk less and bring as much?

    Parameters
    ----------
    bounds : least and most effort for a sector, in times of what it gets today.
    """
    mixes = _mixes(found)
    if mixes is None:
        return unknown(
            "A better mix takes the effort that is spent on each sector: sector_months with month, "
            "sector, contribution and effort would allow it."
        )
    limits, mean = _limits(mixes, bounds), float(mixes.weights @ mixes.gain)
    try:
        best = portfolio.least_risk(mixes.gain, mixes.covariance, mean, limits)
        line = portfolio.efficient_frontier(mixes.gain, mixes.covariance, limits)
    except ValueError as error:
        return unknown("No mix could be reckoned: {why}.", why=str(error))
    sd = float(np.sqrt(portfolio.portfolio_variance(mixes.weights, mixes.covariance)))
    # What each mix brings in each month, so that a resample is a mean of months.
    moved = mixes.growth.to_numpy() @ (
        np.stack([mixes.weights, best.weights], axis=1) * mixes.gain.to_numpy()[:, None]
    )
    n = len(moved)
    picked = np.random.default_rng(0).integers(0, n, (draws or DRAWS, n))
    spread = moved[picked].std(axis=1)
    spread = spread[spread[:, 0] > 0]
    drawn = 1 - spread[:, 1] / spread[:, 0]
    low, high = percentile_limits(drawn)
    table = pd.DataFrame(
        {
            "gain": mixes.gain,
            "today": mixes.weights,
            "better": best.weights,
            "moved": best.weights / mixes.weights - 1,
        }
    ).sort_values("moved", kind="stable")
    numbers: dict[str, Any] = {
        "saved": 1 - best.sd / sd,
        "low": low,
        "high": high,
        "least": bounds[0],
        "most": bounds[1],
        "sd": sd,
        "best_sd": best.sd,
        "mean": mean,
        "less": [str(name) for name in table.index[table["moved"] < -0.005]],
        "more": [str(name) for name in table.index[table["moved"] > 0.005]],
        "weights": best.weights,
    }
    says = [
        "The same effort and the same contribution ({mean:.2f} per unit of effort) with "
        "{saved:percent} less standard deviation ({low:percent} to {high:percent} over resampled "
        "months), if each sector may get {least:.2f} to {most:.2f} times of today's effort.",
        "Less for {less:names}; more for {more:names}.",
    ]
    if mixes.market is not None:
        was, then = (_parts(mixes, each, mixes.market) for each in (mixes.weights, best.weights))
        numbers |= {"beta": was[0], "shared": was[1], "own": was[2]}
        numbers |= {"best_beta": then[0], "best_shared": then[1], "best_own": then[2]}
        says.append(
            "In these months the swing that the market gives the mix goes from {shared:percent2} "
            "to {best_shared:percent2} of what it brings (beta from {beta:.2f} to "
            "{best_beta:.2f}), its own swing from {own:percent2} to {best_own:percent2}."
        )
    points = pd.DataFrame(
        {"mean": [mean, best.mean], "sd": [sd, best.sd]}, index=["today", "same return, less risk"]
    )
    picture = Picture(
        lambda title: figures.frontier_plot(line, points, title),
        "{saved:percent} less risk at the same return",
        "Curve of the least risk at each return, with the mix of today to its right and the mix of "
        "equal return on it, which has {saved:percent} less standard deviation.",
    )
    columns = {
        "gain": Shown("per unit of effort", ".2f"),
        "today": Shown("effort today", "percent"),
        "better": Shown("effort then", "percent"),
        "moved": Shown("change", "percent0"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("sector"), columns, picture)


def other_bounds(
    found: Risk,
    choices: tuple[tuple[float, float], ...] = ((0.8, 1.2), (0.5, 1.5), (0.0, 3.0)),
) -> Finding:
    """How much of the saving hangs on how far effort may move?"""
    mixes = _mixes(found)
    if mixes is None:
        return unknown("Without effort by sector there is no mix whose limits could be tried.")
    mean, rows = float(mixes.weights @ mixes.gain), {}
    for bounds in choices:
        try:
            best = portfolio.least_risk(mixes.gain, mixes.covariance, mean, _limits(mixes, bounds))
        except ValueError as error:
            return unknown("No mix could be reckoned: {why}.", why=str(error))
        rows[bounds] = _saving(mixes, best.weights, mixes.covariance)
    tight, wide = min(rows.values()), max(rows.values())
    numbers = {"tight": tight, "wide": wide, "choices": len(rows), "saved": list(rows.values())}
    says = (
        "With {choices} limits, from tight to wide, the saving runs from {tight:percent} to "
        "{wide:percent}: it is the limit, a choice of ours, that decides.",
    )
    return Finding(numbers, says)


def value_at_risk_rate(
    found: Risk,
    beta: Finding,
    premium: float = 0.06,
    *,
    riskless: float = 0.03,
    retention: float = 0.85,
    margin: float = 100.0,
) -> Finding:
    """What is a customer worth at the rate that its beta asks for?

    Parameters
    ----------
    beta : from `customer_betas`.
    premium, riskless : a fraction a year; no document names them.
    retention : chance to stay another year.
    margin : of a year, currency.
    """
    portfolio.required_return(1.0, riskless, premium)
    if riskless > 1:
        raise ValueError(f"riskless is {riskless:g}: expected a fraction a year; 3 % is 0.03")
    if not beta.known:
        return Finding(beta.numbers, unknown=beta.unknown)
    frame = beta.numbers["frame"]

    def rate(slope: float) -> float:
        """No rate below zero is asked of a customer that moves against the market."""
        return max(0.0, riskless + premium * slope)

    def worth(slope: float) -> float:
        return portfolio.risk_adjusted_value(
            margin, retention, 0.0, riskless=rate(slope), premium=0.0
        )

    table = pd.DataFrame(
        {
            "beta": frame["beta"],
            "rate": frame["beta"].map(rate),
            "value": frame["beta"].map(worth),
            "low": frame["high"].map(worth),
            "high": frame["low"].map(worth),
        }
    )
    top, last = table.iloc[0], table.iloc[-1]
    numbers: dict[str, Any] = {
        "margin": margin,
        "retention": retention,
        "premium": premium,
        "riskless": riskless,
        "top": found.called(table.index[0]),
        "top_value": float(top["value"]),
        "last": found.called(table.index[-1]),
        "last_value": float(last["value"]),
        "gap": float(last["value"] / top["value"] - 1),
        "market": worth(1.0),
        "rate": rate(1.0),
        "frame": table,
    }
    kept = retention / (1 + numbers["rate"])
    numbers |= {"one": margin * kept, "two": margin * kept**2, "three": margin * kept**3}
    says = [
        "A margin of {margin:,.0f} a year, kept with a chance of {retention:percent0}, is worth "
        "{market:,.0f} at the rate of the market, {rate:percent}: {one:,.1f} for the first year "
        "that it stays, {two:,.1f} for the second, {three:,.1f} for the third, and so on."
    ]
    if len(table) > 1:
        apart = float(top["high"]) < float(last["low"])
        numbers["apart"] = "yes" if apart else "no"
        says.append(
            "With the beta of {top} it is worth {top_value:,.0f}, with that of {last} "
            "{last_value:,.0f}: a change of {gap:percent} for risk alone (safe money "
            "{riskless:percent0}, premium {premium:percent0}; no rate below zero)."
        )
        if not apart:
            says.append("The intervals of these two values overlap: no difference is shown.")
    columns = {
        "beta": Shown("beta", ".2f"),
        "rate": Shown("rate a year", "percent"),
        "value": Shown("value of {margin:,.0f} a year", ",.0f"),
        "low": Shown("from", ",.0f"),
        "high": Shown("to", ",.0f"),
    }
    view = table.rename(index=found.called).rename_axis(found.unit)
    return Finding(numbers, tuple(says), view, columns)


def scorecard(
    found: Risk, anchors: tuple[tuple[float, float], ...] = ((0, 0.5), (5, 0.85), (10, 0.97))
) -> Finding:
    """What is expected to go within a year, by a scorecard of relationships (Ryals & Knox)?

    Parameters
    ----------
    anchors : (points, chance of staying), as managers would set them; a judgement, not a measure.
    """
    strength = found.strength
    if strength is None or not len(strength.index.intersection(found.sold.index)):
        return unknown(
            "The book has no points for relationships: account_profile.relationship_strength "
            "would allow it."
        )
    both = strength.index.intersection(found.sold.index)
    chance = portfolio.scorecard_retention(strength.loc[both], anchors=dict(anchors))
    expected = (found.sold.loc[both] * (1 - chance)).sort_values(ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            "name": found.named(expected.index),
            "strength": strength.loc[expected.index].to_numpy(),
            "retention": chance.loc[expected.index].to_numpy(),
            "expected": expected.to_numpy(),
        },
        index=expected.index.rename("account"),
    ).head(FIRST)
    numbers = {
        "accounts": len(both),
        "expected": float(expected.sum()),
        "part": float(expected.sum() / found.sold.loc[both].sum()),
        "who": found.called(expected.index[0]),
        "most": float(expected.iloc[0]),
        "most_part": float(expected.iloc[0] / expected.sum()) if expected.sum() > 0 else 0.0,
        "unit": found.unit_of_money,
    }
    says = (
        "By these chances, sales of {expected:money}{unit} ({part:percent}) are expected to go "
        "within a year, of {accounts:count account}; the largest part, {most_part:percent} of it, "
        "with {who} ({most:money}).",
    )
    columns = {
        "strength": Shown("points", ".1f"),
        "retention": Shown("chance of staying", "percent0"),
        "expected": Shown("expected to go", "money"),
    }
    return Finding(numbers, says, table, columns)


def other_cushions(
    found: Risk, cushions: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.5)
) -> Finding:
    """How does the answer move with the cushion?"""
    table = pd.DataFrame(
        [
            (cushion, measures.accounts_to_sink(found.amounts, cushion) or np.nan)
            for cushion in cushions
        ],
        columns=["cushion", "count"],
    )
    table["alone"] = table["count"] == 1
    alone = [cushion for cushion, one in zip(cushions, table["alone"], strict=True) if one]
    numbers = {
        "measure": found.words["counted"],
        "tried": len(table),
        "alone": len(alone),
        "each": [
            f"{percent(cushion, 0)} by {'nobody' if np.isnan(count) else format(int(count), ',')}"
            for cushion, count in zip(table["cushion"], table["count"], strict=True)
        ],
    }
    says = [
        "With none of the {tried} cushions could one account alone sink us."
        if not alone
        else "With {alone} of the {tried} cushions one account alone could sink us.",
        "Cushion, and by how many of the largest accounts it is used up: {each:names}.",
    ]
    if len(found.unpriced):
        says.append("Rows without a cost are left out; who holds more with them is said above.")
    columns = {
        "cushion": Shown("of {measure} can go", "percent0"),
        "count": Shown("accounts that sink us", ",.0f"),
        "alone": Shown("one alone", "yes"),
    }
    return Finding(numbers, tuple(says), table, columns, show_table=False)


def other_lags(found: Risk, lags: tuple[int, ...] = (1, 6, 12)) -> Finding:
    """How do the betas move with the months that are compared?"""
    made, apart = {}, 0
    for lag in lags:
        pair = _growth(found, lag)
        if pair is not None:
            made[lag] = betas.beta_table(pair.growth, pair.market, overlap=pair.overlap)
            apart = (len(pair.growth) + lag - 1) // lag
    if len(made) < 2:
        return unknown(
            "Betas over other spans take more months than the {months} of this book.",
            months=len(found.levels),
        )
    frame = pd.DataFrame({lag: table["beta"] for lag, table in made.items()}).dropna()
    if not len(frame):
        return unknown("No account moves in each of the spans that were tried.")
    first, last = next(iter(made)), list(made)[-1]
    frame = frame.sort_values(first, ascending=False, kind="stable")
    moves = pd.DataFrame({lag: _sides(table, 0.0) for lag, table in made.items()}).loc[frame.index]
    wider = pd.DataFrame({lag: _sides(table, 1.0) > 0 for lag, table in made.items()})
    wider = wider.loc[frame.index]
    told = moves[first] != 0
    same = moves.eq(moves[first], axis=0).all(axis=1)
    spread = frame.max(axis=1) - frame.min(axis=1)
    numbers = {
        "n": len(frame),
        "units": (f"{found.unit}s" if len(frame) > 1 else found.unit)
        + ("" if found.unit == "sector" else " followed"),
        "market": found.market_name,
        "first": _span(first),
        "last": _span(last),
        "apart": apart,
        "told": int(told.sum()),
        "lost": found.named(frame.index[told & ~same]),
        "gained": found.named(frame.index[~told & ~same]),
        "wider": [found.called(name) for name in frame.index[wider[first]]],
        "always": found.named(frame.index[wider.all(axis=1)]),
        "who": found.called(spread.idxmax()),
        "low": float(frame.loc[spread.idxmax()].min()),
        "high": float(frame.loc[spread.idxmax()].max()),
        "frame": frame,
    }
    says = (
        "Of {n} {units}, so many surely move with {market} or against it over {first} (interval "
        "without zero): {told}. Another span does not bear that out for: {lost:names}; it tells "
        "where {first} does not: {gained:names}.",
        "Surely above one over {first}: {wider:names}; over each of the spans: {always:names}.",
        "The beta of {who} moves most, from {low:.2f} to {high:.2f}.",
        "Growths over {last} that share no month with each other: {apart}. Read that column with "
        "care.",
    )
    view = pd.DataFrame(
        {
            _span(lag): [
                with_interval(float(beta), float(low), float(high), form=".2f")
                for beta, low, high in table.loc[frame.index, ["beta", "low", "high"]].to_numpy()
            ]
            for lag, table in made.items()
        },
        index=pd.Index(found.named(frame.index), name=found.unit),
    )
    return Finding(numbers, says, view, {_span(lag): Shown(f"over {_span(lag)}") for lag in made})


def _sides(table: pd.DataFrame, line: float) -> pd.Series:
    """1 where the interval of a beta lies above a line, -1 where below it, 0 where it holds it."""
    return (table["low"] > line).astype(int) - (table["high"] < line).astype(int)


def claims(
    found: Risk, sunk: Finding, beta: Finding, opposed: Finding, cushion: float = 0.2
) -> Finding:
    """What the documents claim of dependence, each with its test on this book."""
    made = [_of_one(found, sunk, cushion), _of_half(found), _of_wholesalers(found)]
    made += [_of_conflict(found, opposed), _of_crisis(found, beta)]
    return steps.verdicts(made)


def _of_one(found: Risk, sunk: Finding, cushion: float) -> Claim:
    source, says = "S000-3j", "the loss of one key account can cripple a firm"
    test = f"share of the largest in {found.measure}, against a cushion of {percent(cushion, 0)}"
    if "low" not in sunk.numbers:
        return untested(source, says, test, f"needs dated rows of {FEWEST_MONTHS} months")
    low, high = sunk.numbers["low"], sunk.numbers["high"]
    why = "the cushion is an assumption"
    if "highest" in sunk.numbers:  # months and missing costs together
        low = float(np.fmin(low, np.nan_to_num(sunk.numbers["least"], nan=-np.inf)))
        high = float(np.fmax(high, np.nan_to_num(sunk.numbers["highest"], nan=np.inf)))
        why += "; the interval is widened for the costs that are missing"
        if not np.isfinite([low, high]).all():
            return untested(source, says, test, "too few costs are known")
    return Claim(
        source,
        says,
        test,
        with_interval(sunk.numbers["share"], low, high, form="percent"),
        at_least(low, high, cushion),
        why,
    )


def _of_half(found: Risk) -> Claim:
    top = share_of_top(found.sold)
    key = float(found.sold[found.sold.index.isin(list(found.key))].sum() / found.sold.sum())
    which = "listed" if found.listed else f"top {top.counted}"
    return untested(
        "S003-10a",
        "key accounts above half of sales are a risk",
        "their share, and what became of such firms",
        f"one book shows no firm that failed; its key accounts ({which}) hold {percent(key)}",
    )


def _of_wholesalers(found: Risk) -> Claim:
    sales = float(found.people["revenue"].sum())
    one = found.sold.iloc[0] / (sales if sales > 0 else found.sold.sum())
    return Claim(
        "S003-10c",
        "losing one customer costs a wholesaler 0.7 % of its volume, another 18.75 %",
        "share of the largest buyer here",
        percent(float(one)),
        UNTESTED,
        "a case of two firms, not a rule",
    )


def _of_conflict(found: Risk, opposed: Finding) -> Claim:
    claim = (
        "S000-12g",
        "serving one client puts the largest customer's market at risk",
        "lowest correlation of the largest buyer's growth with that of another, widened for all",
    )
    growth, top = _followed_growth(found), str(found.sold.index[0])
    if not opposed.known or growth is None:
        return untested(*claim, "needs account_months, or a dated ledger of two accounts")
    if top not in growth:
        return untested(*claim, "the largest buyer is not among the accounts followed")
    others = [name for name in growth if name != top]
    other = growth[others].corrwith(growth[top]).idxmin()
    tie = betas.correlation_interval(growth[top], growth[other], pairs=len(others))
    elsewhere = opposed.numbers["told"] == "yes" and top not in opposed.numbers["pair"]
    return Claim(
        *claim,
        with_interval(*tie, form=".2f"),
        at_least(-tie.high, -tie.low, 0.0),
        "the pair that parts does not hold the largest buyer"
        if elsewhere
        else "the months say whether they part, not why",
    )


def _of_crisis(found: Risk, beta: Finding) -> Claim:
    claim = (
        "S003-12c",
        "in a crisis coal, steel, textile and chemical accounts fall",
        "beta of the four together, at least that of the market",
    )
    pair = _growth(found, 1)
    there = [] if pair is None else [name for name in CRISIS if name in pair.growth]
    if not beta.known or pair is None or len(there) < len(CRISIS):
        return untested(*claim, "needs months of these four sectors")
    if not isinstance(pair.market, pd.Series):
        return untested(*claim, "needs market_index")
    year = found.levels[there].tail(LAST_YEAR).sum().clip(lower=0)
    if not year.sum() > 0:
        return untested(*claim, "the four brought nothing in the last twelve months")
    four = betas.customer_beta(pair.growth[there] @ (year / year.sum()), pair.market)
    return Claim(
        *claim,
        with_interval(*four, form=".2f"),
        at_least(four.low, four.high, 1.0),
        "no crisis lies in these months",
    )


def account_review(found: Risk, beta: Finding | None = None, cushion: float = 0.2) -> Finding:
    """What the account review takes from the lesson."""
    fraction("cushion", cushion)
    whole = float(found.people["revenue"].sum())
    sales = found.sold.reindex(found.people.index)
    frame = pd.DataFrame(
        {"sales_fall": sales / (whole if whole > 0 else np.nan), "sales_left": whole - sales}
    )
    if found.measure == "margin":
        frame["margin_fall"] = found.amounts / found.total
    sinks = np.where(above(found.amounts / found.total, cushion), "yes", "no").astype(object)
    if len(found.unpriced):
        open_ = _open_shares(found)
        sure = above(open_["low"], cushion) | ~above(open_["high"].fillna(np.inf), cushion)
        sinks = np.where(sure & open_["low"].notna(), sinks, "cannot be told")
    frame["sinks_alone"] = sinks
    whose, over = "the account itself", {}
    if beta is not None and beta.known:
        over = {name: beta.numbers[name] for name in ("span", "since", "until")}
        table = beta.numbers["frame"][["beta", "low", "high"]]
        if found.unit == "sector" and found.sector is not None:
            of = found.sector.reindex(frame.index)
            table, whose = table.reindex(of).set_index(frame.index), "its sector"
        if found.unit == "account" or found.sector is not None:
            names = {"low": "beta_low", "high": "beta_high"}
            frame = frame.join(table.rename(columns=names))
    words = {
        "currency": found.currency or "currency of the book",
        "cushion": cushion,
        "measure": found.measure,
        "rows": " of the rows with a cost" if len(found.unpriced) else "",
        "market": found.market_name,
        "whose": whose,
        **over,
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)


def pencil(amounts: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Five accounts on a napkin: amount, share, and what is left without each."""
    series = pd.Series(list(amounts), index=list(names), dtype=float)
    return pd.DataFrame(
        {"amount": series, "share": series / series.sum(), "left": series.sum() - series}
    )
