"""The steps of lesson 01: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.concentration import LESSON
from keyacct_utils.lessons.concentration import measures as cn
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import (
    ABC_CUTS,
    MAJOR_SHARE,
    PositivePart,
    descending,
    fraction,
    top_count,
)
from keyacct_utils.lessons.shared.claims import (
    ABOUT,
    UNTESTED,
    Claim,
    by_interval,
    share_margin,
    untested,
)
from keyacct_utils.lessons.shared.resampling import LOOSE
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import ABOVE_ZERO, count, money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Fewer accounts give no interval worth printing.
FEW = 30
#: Resamples of an interval.
DRAWS = 500
#: Level of the intervals.
LEVEL = 0.95
#: Measured coverage of rank intervals (docs/coverage.md) and of those of sigma, lowest and highest.
RANKS_COVERED, SIGMA_COVERED = (0.93, 0.97), (0.90, 0.95)
#: Odds that would be written as 0 %, though they are never nothing.
RARE = 0.005
#: The case of Zhengzhou 2012: so many class-A accounts of so many, and what they took (S003-9a).
ZHENGZHOU = {"class A": 21, "accounts": 592, "all products": 0.40, "gasoline": 0.62}
#: Lines that a figure shows one beside the other.
LINES_DRAWN = 5
#: Lines or accounts of which a sentence each is written; the table has the others.
MOST_SAID = 6
#: Ranks (accounts x draws) that are held in memory to look for such accounts.
MOST_RANKS = 20_000_000
#: Fewer months than these say nothing of ranks.
FEWEST_MONTHS = 3
#: Fewer accounts have no common level to be pulled towards.
FEWEST_SHRUNK = 3
#: Fewer accounts are told by name, not sorted into classes (assumption).
FEWEST_CLASSED = 10
ALL = "all lines"
#: What is said of a rule: it holds, it does not (two ways), it cannot be told, too few, no total.
Rule = Literal["holds", "flatter", "steeper", "cannot be told", "too few", "no total"]
#: Other margins within which a reader might call a share "about 80 %".
MARGINS = (0.02, 0.05, 0.10)


#: What is said of margin where rows have no cost of goods: unknown, or assumed by the book.
NO_COST: Mapping[bool, str] = {
    False: "**No cost of goods is known of {uncosted:count row} with "
    "{uncosted_revenue:money}{unit} of revenue**: the margin here takes all of it for margin, "
    "which is the most it can be; "
    "standard_cost in book.toml would assume a cost.",
    True: "No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} "
    "of revenue: {standard_cost:percent} of it is assumed, as book.toml says (standard_cost).",
}


@dataclass(frozen=True)
class Sales:
    """What a book sold in a period, as the lesson looks at it: one positive amount per account and
    line.
    """

    name: str
    measure: str
    currency: str
    #: One row per account and line: account_id, line, revenue, cost, active_months, amount.
    rows: pd.DataFrame
    #: One row per account, each rounded once: revenue, margin, uncosted, amount.
    by_account: pd.DataFrame
    #: Positive amounts by account, for each line with any; the largest line first.
    lines: Mapping[str, pd.Series]
    #: Positive amounts by account over all lines.
    everyone: pd.Series
    #: Amounts of every account that bought, of either sign, by line: what a share is of.
    bought: Mapping[str, pd.Series]
    #: What was set apart, for each line and for all lines.
    apart: Mapping[str, PositivePart]
    #: The line looked at closely.
    chosen: str
    #: How a reader sees an account.
    labels: pd.Series
    #: "from 2024-01-01 to 2024-12-01", or "over all its rows".
    when: str
    n_rows: int
    net_revenue: float
    has_cost: bool
    #: Rows whose cost of goods is missing, and their revenue.
    uncosted: tuple[int, float]
    #: Their cost as a share of their revenue, where the book assumes one.
    standard_cost: float | None
    #: One row per account and month: account_id, period, sold (before returns), amount; empty
    #: without dates.
    months: pd.DataFrame
    #: The chosen line by complete years: account_id, period, amount; and the years cut short.
    years: pd.DataFrame
    cut_short: tuple[str, ...]
    #: Accounts on the present list, where the book has one.
    listed: frozenset[str] | None
    #: Whether returns are taken off ("net") or left out ("gross").
    returns: str = "net"
    #: Accounts with rows without a date, where the ledger has dates.
    undated: frozenset[str] = frozenset()

    @property
    def amounts(self) -> pd.Series:
        """Amounts of the chosen line, the largest first."""
        return self.lines[self.chosen].sort_values(ascending=False, kind="stable")

    @property
    def groups(self) -> dict[str, pd.Series]:
        """The lines, and all lines together where there are several."""
        return {**self.lines, **({ALL: self.everyone} if len(self.lines) > 1 else {})}

    def top(self, group: str, q: float) -> float:
        """The share of the net total of a line, or of all lines, that its top q make; missing where
        there is no total to have a share of.
        """
        amounts = self.bought[group]
        return cn.share_of_top(amounts, q).share if amounts.sum() > 0 else np.nan

    @property
    def n_months(self) -> int:
        """Months with a posting; 0 without dates."""
        return int(self.months["period"].nunique()) if len(self.months) else 0


def called(line: str) -> str:
    """A line as it stands in a sentence."""
    special = {
        "whole book": "the whole book",
        "no line": "what has no line",
        ALL: "all lines together",
    }
    return special.get(line, f"line {line}")


def sales(
    opened: Book, period: str = "book", measure: str = "revenue", line: str = "largest"
) -> Sales:
    """What did each account buy in the period, in each line of business?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month
    measure : "revenue", or "margin" (revenue less the cost of what was sold)
    line : code of the line looked at closely, or "largest"

    Raises
    ------
    ValueError
        For a measure or a line that the book does not have, or where no account has a positive
        total.
    """
    if measure not in ("revenue", "margin"):
        raise ValueError(f"measure is {measure!r}; use 'revenue' or 'margin'")
    has_cost = opened.has("ledger", "cost_goods")
    if measure == "margin" and not has_cost:
        raise ValueError(
            "measure is 'margin', but the ledger has no "
            "cost_goods: use 'revenue', or add the column"
        )
    start, end = opened.period_dates(period)
    rows = _measured(opened.rollup(start=start, end=end), measure)
    unnamed = "no line" if opened.has("ledger", "line") else "whole book"
    rows["line"] = rows["line"].where(rows["line"] != "", unnamed)
    parts = {
        str(code): cn.positive_part(frame.set_index("account_id")["amount"])
        for code, frame in rows.groupby("line")
        if (frame["amount"] > 0).any()
    }
    people = opened.rollup(by_line=False, start=start, end=end)
    people = _measured(people, measure).set_index("account_id")
    whole = people["amount"]
    if not parts or not (whole > 0).any():
        raise ValueError(
            f"no account has a positive total of {measure} in this period: choose another period, "
            "or check the sign of the amounts"
        )
    order = sorted(parts, key=lambda code: -parts[code].kept.sum())
    chosen = order[0] if line == "largest" else line
    if chosen not in parts:
        raise ValueError(f"line is {line!r}; the book has {', '.join(order)}")
    totals = opened.totals(start=start, end=end).iloc[0]
    dated = opened.has("ledger", "date")
    months = pd.DataFrame(columns=["account_id", "period", "sold", "amount"])
    undated: frozenset[str] = frozenset()
    if dated:
        months = _measured(
            opened.rollup(period="month", by_line=False, start=start, end=end), measure
        )
        undated = frozenset(months.loc[months["period"] == "", "account_id"])
        months = months.loc[months["period"] != "", ["account_id", "period", "sold", "amount"]]
    years, cut_short = _complete_years(opened, chosen, measure) if dated else (months, ())
    listed = None
    if opened.has("accounts", "listed_ka"):
        accounts = opened.table("accounts")
        listed = frozenset(accounts.loc[accounts["listed_ka"] == 1, "account_id"])
    everyone = cn.positive_part(whole)
    several = {ALL: _bought(people, "amount")} if len(parts) > 1 else {}
    return Sales(
        name=opened.name,
        measure=measure,
        currency=opened.currency,
        rows=rows,
        by_account=people,
        lines={code: parts[code].kept for code in order},
        everyone=everyone.kept,
        bought={
            code: _bought(rows[rows["line"] == code].set_index("account_id"), "amount")
            for code in order
        }
        | several,
        apart={**parts, **({ALL: everyone} if len(parts) > 1 else {})},
        chosen=chosen,
        labels=opened.labels(),
        when=periods.in_words(totals),
        n_rows=int(totals["n_rows"]),
        net_revenue=float(totals["revenue"]),
        has_cost=has_cost,
        uncosted=(int(totals["n_uncosted"]), float(totals["uncosted"])) if has_cost else (0, 0.0),
        standard_cost=opened.standard_cost,
        months=months,
        years=years,
        cut_short=cut_short,
        listed=listed,
        returns=opened.returns,
        undated=undated,
    )


def _bought(rows: pd.DataFrame, column: str) -> pd.Series:
    """An amount of each account that bought: sold something, whatever it brought in the end."""
    return rows.loc[rows["sold"] > 0, column].astype(float)


def _measured(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    return rows.assign(amount=rows[measure])


def _complete_years(opened: Book, line: str, measure: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The years whose first and last month the ledger reaches, and the others that it touches."""
    wanted = {"whole book": None, "no line": ""}.get(line, line)
    rows = _measured(opened.rollup(period="year", line=wanted, by_line=False), measure)
    full, cut_short = opened.full_years()
    kept = rows.loc[rows["period"].isin(list(full)), ["account_id", "period", "sold", "amount"]]
    return kept, tuple(year for year in cut_short if year in set(rows["period"]))


def _money_unit(currency: str) -> str:
    return f" {currency}" if currency else ""


#: Of accounts of zero or less: whether there are several, and whether any of them bought.
_APART: Mapping[tuple[bool, bool], str] = {
    (True, True): "In {where}, {accounts:count account} with a total of zero or less "
    "({amount:money}{unit}) stand apart, out of curve and classes. Of these bought, and count in "
    "the share of the top: {bought:,}.",
    (True, False): "In {where}, {accounts:count account} with a total of zero or less "
    "({amount:money}{unit}) stand apart: they have no share of anything.",
    (False, True): "In {where}, {accounts:count account} with a total of zero or less "
    "({amount:money}{unit}) stands apart, out of curve and classes. It bought, so it counts in the "
    "share of the top.",
    (False, False): "In {where}, {accounts:count account} with a total of zero or less "
    "({amount:money}{unit}) stands apart: it has no share of anything.",
}


def book_in_numbers(sales: Sales) -> Finding:
    """Which book, which time, how much."""
    apart = {
        code: {
            "where": called(code),
            "accounts": part.zero + part.negative,
            "amount": part.amount_left_out,
            "bought": len(sales.bought[code].index.difference(part.kept.index)),
        }
        for code, part in sales.apart.items()
        if part.zero + part.negative
    }
    numbers = {
        "book": sales.name,
        "when": sales.when,
        "rows": sales.n_rows,
        "accounts": sales.rows["account_id"].nunique(),
        "revenue": sales.net_revenue,
        "unit": _money_unit(sales.currency),
        "measure": sales.measure,
        "chosen": called(sales.chosen),
        **apart,
    }
    says: list[Sentence | str] = [
        "**{book}**, {when}: {rows:count row} of {accounts:count account}.",
        "Sales before returns are {revenue:,.2f}{unit}."
        if sales.returns == "gross"
        else "Sales after returns are {revenue:,.2f}{unit}.",
        *steps.gross(sales.returns),
        "The lesson looks at {measure}, and closely at {chosen}.",
    ]
    says += [
        Sentence(
            _APART[found["accounts"] > 1, found["bought"] > 0],
            of=code,
        )
        for code, found in apart.items()
    ]
    if not apart:
        says.append("Every account has a positive total; none stands apart.")
    if sales.measure == "margin":
        says += _without_cost(sales, numbers)
    return Finding(numbers, tuple(says))


def _without_cost(sales: Sales, numbers: dict[str, Any]) -> list[str]:
    """What a margin here is worth, where some of the rows have no cost of goods."""
    rows, revenue = sales.uncosted
    if not rows:
        return []
    numbers |= {"uncosted": rows, "uncosted_revenue": revenue, "unit": _money_unit(sales.currency)}
    if sales.standard_cost is not None:
        numbers["standard_cost"] = sales.standard_cost
    return [NO_COST[sales.standard_cost is not None]]


def _sure(
    amounts: pd.Series, q: float, draws: int | None = None, measure: cn.Measure = "top_share"
) -> cn.SizeInterval | None:
    """A measure of concentration with its 95 % interval; None below `FEW` accounts, and where the
    net total is no gain.
    """
    if len(amounts) < FEW or not amounts.sum() > 0:
        return None
    return cn.size_interval(amounts, measure, q, draws=draws or DRAWS)


def _limits(found: cn.SizeInterval | None) -> tuple[float, float]:
    return (np.nan, np.nan) if found is None else (found.low, found.high)


def _covers(found: cn.SizeInterval | None, n: int, measure: cn.Measure = "top_share") -> float:
    """How often such an interval holds what it is for, as measured (docs/coverage.md)."""
    if found is None:
        return np.nan
    return cn.covered(measure, n)[0 if found.way == "lognormal" else 1]


def _simulated(accounts: Iterable[int]) -> list[str]:
    """The sizes of the simulated books whose coverage stands for books of so many accounts."""
    sizes = {cn.size_simulated(n) for n in accounts if n >= FEW}
    return [f"{size:,}" for size in sorted(sizes)]


def _ruling(low: float, high: float, q: float, about: float = ABOUT) -> Rule:
    """The verdict on "the top q hold 1 - q", by an interval against the margin."""
    if np.isnan(low):
        return "too few"
    told = by_interval(low, high, 1 - q, about)
    if told == "holds":
        return "holds"
    return "cannot be told" if told != "does not hold" else "flatter" if high < 1 - q else "steeper"


#: What each ruling says of a line.
RULED: Mapping[Rule, str] = {
    "holds": "{where:start}: the top {q:percent0}, {top:,} of the {accounts:,} that bought, "
    "hold {share:percent} ({low:percent0} to {high:percent0}). The rule holds: the whole "
    "interval lies within {about:points} points of {rule:percent0}.",
    "flatter": "{where:start}: the top {q:percent0}, {top:,} of the {accounts:,} that bought, "
    "hold {share:percent} ({low:percent0} to {high:percent0}). The rule does not hold: this "
    "is flatter than {rule:percent0}, by more than {about:points} points.",
    "steeper": "{where:start}: the top {q:percent0}, {top:,} of the {accounts:,} that bought, "
    "hold {share:percent} ({low:percent0} to {high:percent0}). The rule does not hold: this "
    "is steeper than {rule:percent0}, by more than {about:points} points.",
    "cannot be told": "{where:start}: the top {q:percent0}, {top:,} of the {accounts:,} that "
    "bought, hold {share:percent} ({low:percent0} to {high:percent0}). Whether that is "
    "{rule:percent0} within {about:points} points cannot be told: the interval lies neither wholly "
    "inside nor wholly outside.",
    "too few": "{where:start}: the top {q:percent0} hold {share:percent} of its net total. With "
    "{accounts:count account} no interval is worth printing: read the names.",
    "no total": "{where:start}: its {accounts:count account} together make no {measure}, so "
    "nothing is a share of it.",
}
#: What stands behind a share above the whole.
ABOVE_ALL = "More than all of it: the other accounts together lose money."
SENT_BACK = "More than all of it: the other accounts together sent back more than they bought."
CURVE_COLUMNS = {
    "accounts": Shown("accounts that bought", ",.0f"),
    "total": Shown("net total", "money"),
    "gini": Shown("Gini", ".3f"),
    "top_share": Shown("top {q:percent0} hold", "percent"),
    "accounts_to_reach": Shown("accounts to reach 80 %", ",.0f"),
    "largest_share": Shown("largest account", "percent"),
    "gini_low": Shown("from", ".3f"),
    "gini_high": Shown("to", ".3f"),
    "low": Shown("from", "percent"),
    "high": Shown("to", "percent"),
    "covers": Shown("such intervals cover", "percent0"),
    "way": Shown("by"),
    "losing": Shown("accounts that lose money", ",.0f"),
}


def _whole(share: float) -> str:
    """What a share above one is one of, since accounts below zero lessen it; else nothing."""
    return "the net total of " if share > 1 else ""


def curves(sales: Sales, q: float = 0.2, draws: int | None = None) -> Finding:
    """Who holds what: the Lorenz curve, the Gini coefficient and the largest share of each line."""
    frames = {
        called(code): cn.lorenz(sales.lines[code]) for code in list(sales.lines)[:LINES_DRAWN]
    }
    spans = {code: _sure(amounts, q, draws, "gini") for code, amounts in sales.groups.items()}
    widened = pd.Series({code: bool(span and span.widened) for code, span in spans.items()})
    table = pd.DataFrame(
        {
            code: {
                "accounts": len(sales.bought[code]),
                "total": sales.bought[code].sum(),
                "gini": cn.gini(amounts),
                **dict(zip(("gini_low", "gini_high"), _limits(spans[code]), strict=True)),
                "top_share": sales.top(code, q),
                "accounts_to_reach": cn.accounts_to_reach(amounts),
                "largest_share": _part_of(amounts.max(), sales.bought[code].sum()),
            }
            for code, amounts in sales.groups.items()
        }
    ).T.rename_axis("line")
    lines = table.loc[list(sales.lines)]
    most, least = lines["gini"].idxmax(), lines["gini"].idxmin()
    held = [
        f"{percent(share, 0)} of {_whole(share)}{called(code)}"
        for code, share in lines["top_share"].iloc[:LINES_DRAWN].items()
    ]
    numbers = {
        "q": q,
        "rule": 1 - q,
        "measure": sales.measure,
        "held": ", ".join(held),
        "share": float(table["top_share"][sales.chosen]),
        "gini": float(table["gini"][sales.chosen]),
        "chosen": called(sales.chosen),
        "most": called(str(most)),
        "least": called(str(least)),
        "drawn": len(held),
        "of_lines": len(sales.lines),
        "most_gini": float(lines["gini"][most]),
        "least_gini": float(lines["gini"][least]),
    }
    one = "The Gini coefficient of {chosen} is {gini:.3f}."
    several = (
        "The most concentrated is {most} with a Gini coefficient of {most_gini:.3f}, "
        "the least {least} with {least_gini:.3f}."
    )
    says = [several if round(numbers["most_gini"] - numbers["least_gini"], 3) > 0 else one]
    if any(part.zero + part.negative for part in sales.apart.values()):
        says.append(
            "A share is of the net total of those that bought, and every account that bought "
            "counts in it; the curve, the Gini coefficient and the accounts to reach a share "
            "leave out those of zero or less."
        )
    says += _own_limits(widened, numbers)
    return Finding(
        numbers,
        tuple(says),
        table,
        CURVE_COLUMNS,
        Picture(
            lambda title: figures.lorenz_plot(
                frames, title=title, point=(q, 1 - q), ylabel=f"share of {sales.measure}"
            ),
            "The top {q:percent0} hold {held}",
            "Lorenz curves of {measure}. The top {q:percent0} of accounts hold {held}. "
            "The point marks where they would hold {rule:percent0}."
            if len(held) == len(sales.lines)
            else "Lorenz curves of {measure}, of the largest {drawn} of {of_lines} lines. "
            "The top {q:percent0} of accounts hold {held}. "
            "The point marks where they would hold {rule:percent0}.",
        ),
    )


def rule(sales: Sales, q: float = 0.2, about: float = ABOUT, draws: int | None = None) -> Finding:
    """Does the rule hold in each line, given how sure its share is?

    Parameters
    ----------
    sales : Sales
    q : the few; the rule says that they hold 1 - q
    about : how far from 1 - q a share may lie before anybody would decide otherwise (assumption)
    draws : resamples of an interval

    Raises
    ------
    ValueError
        If ``about`` is no difference of two shares, such as 5 for five points.
    """
    share_margin("about", about)
    table, parts = _ruled(sales, q, about, draws), {}
    for code, row in zip(table.index, table.to_dict("records"), strict=True):
        parts[code] = {
            "where": called(code),
            "accounts": len(sales.bought[code]),
            "top": top_count(len(sales.bought[code]), q),
            "share": row["top_share"],
            **{name: row[name] for name in ("low", "high", "ruling", "covers")},
        }
    says: list[Sentence | str] = []
    for code in list(sales.lines)[:MOST_SAID]:
        says.append(Sentence(RULED[parts[code]["ruling"]], of=code))
        if parts[code]["share"] > 1:
            says.append(ABOVE_ALL if sales.measure != "revenue" else SENT_BACK)
    if beyond := _beyond(len(sales.lines)):
        says.append("In the table alone: {beyond:count more line}.")
    columns = CURVE_COLUMNS | {"ruling": Shown("{rule:percent0} by {q:percent0}")}
    numbers = {
        "q": q,
        "rule": 1 - q,
        "about": about,
        "measure": sales.measure,
        "ruling": parts[sales.chosen]["ruling"],
        "beyond": beyond,
        **parts,
    }
    if table["covers"].notna().any():
        sizes = _simulated(len(sales.bought[code]) for code in table.index)
        numbers |= {"covers": float(table["covers"].min()), "level": LEVEL, "sizes": sizes}
        says.append(
            "An interval is meant to hold the share of the process behind the book in "
            "{level:percent0} of books. In simulated books of {sizes:names} accounts, the nearest "
            "sizes below, it did in {covers:percent0} or more."
            if len(sizes) > 1
            else "An interval is meant to hold the share of the process behind the book in "
            "{level:percent0} of books. In simulated books of {sizes:names} accounts, the nearest "
            "size below, it did in {covers:percent0} or more."
        )
    says += _own_limits(table.pop("widened"), numbers)
    return Finding(numbers, tuple(says), table, columns)


def _part_of(amount: float, whole: float) -> float:
    """A share; missing where there is no whole to take it of."""
    return float(amount / whole) if whole > 0 else np.nan


def _own_limits(widened: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """Of which groups the book's own value stands in the place of a limit of the model."""
    if not (own := [called(str(code)) for code in widened.index[widened.astype(bool)]]):
        return []
    numbers["own_limits"] = own
    return [
        "Of {own_limits:names} the value of the book lies outside what a lognormal of its spread "
        "gives, and stands as one of the limits itself."
    ]


def _ruled(sales: Sales, q: float, about: float, draws: int | None = None) -> pd.DataFrame:
    """Share, interval and ruling of each line, and of all lines together."""
    rows = {}
    for code in sales.groups:
        amounts, share = sales.bought[code], sales.top(code, q)
        found = _sure(amounts, q, draws)
        low, high = _limits(found)
        ruling: Rule = "no total" if np.isnan(share) else _ruling(low, high, q, about)
        rows[code] = {
            "top_share": share,
            "low": low,
            "high": high,
            "covers": _covers(found, len(amounts)),
            "way": found.way if found else None,
            "ruling": ruling,
            "widened": bool(found and found.widened),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("line")


def other_margins(
    sales: Sales,
    q: float = 0.2,
    margins: Sequence[float] = MARGINS,
    draws: int | None = None,
) -> Finding:
    """How does the verdict move with what "about" means?"""
    for margin in margins:
        share_margin("margins", margin)
    first, names = _ruled(sales, q, margins[0], draws), {}
    for margin in margins:
        names[f"within {100 * margin:g} points"] = [
            row["ruling"]
            if row["ruling"] in ("too few", "no total")
            else _ruling(row["low"], row["high"], q, margin)
            for row in first.to_dict("records")
        ]
    table = pd.DataFrame(names, index=first.index)
    moved = int((table.nunique(axis=1) > 1).sum())
    numbers = {"margins": list(margins), "moved": moved, "groups": len(table)}
    says = (
        "Lines whose verdict changes with the margin, of {groups}: {moved}. No document gives one: "
        "it is the difference that would change no decision.",
    )
    return Finding(numbers, says, table)


def _beyond(found: int) -> int:
    """How many have no sentence of their own."""
    return max(0, found - MOST_SAID)


def classes(
    sales: Sales,
    cuts: tuple[float, float] = (0.8, 0.95),
    others: tuple[float, float] = (0.7, 0.9),
    fewest: int = FEWEST_CLASSED,
) -> Finding:
    """Who is class A, and how much hangs on where it is cut?

    Parameters
    ----------
    sales : Sales
    cuts, others : the cumulated shares at which A and B end, and another choice of them
    fewest : of fewer accounts no class is told, only names
    """
    amounts = sales.amounts
    first, second = cn.abc_classes(amounts, cuts), cn.abc_classes(amounts, others)
    heads = [f"cut at {percent(pair[0], 0)} and {percent(pair[1], 0)}" for pair in (cuts, others)]
    table = pd.DataFrame(
        {
            head: found.value_counts().reindex(list("ABC"), fill_value=0)
            for head, found in zip(heads, (first, second), strict=True)
        }
    ).rename_axis("class")
    shown = min(20, len(amounts))
    size, word = _unit(amounts.iloc[0])
    numbers = {
        "where": called(sales.chosen),
        "first": int((first == "A").sum()),
        "second": int((second == "A").sum()),
        "cut": cuts[0],
        "other": others[0],
        "moved": int((first != second).sum()),
        "accounts": len(amounts),
        "shown": shown,
        "held": amounts.iloc[:shown].sum() / amounts.sum(),
        "last_cut": cuts[1],
        "until_last": int((first != "C").sum()),
        "largest": [sales.labels.get(i, i) for i in amounts.index[:3]],
        "by_name": [
            f"{sales.labels.get(i, i)} {percent(amount / amounts.sum())}"
            for i, amount in amounts.iloc[:3].items()
        ],
        "fewest": fewest,
    }
    few = len(amounts) < fewest
    by_name = (
        "In {where} there is {accounts:count account}, {by_name:names}: nothing is left to "
        "sort into classes."
        if len(amounts) == 1
        else "In {where} there are {accounts:count account}; of fewer than {fewest} no class "
        "is told, and the names say more. The largest: {by_name:names}."
    )
    by_class = (
        (
            "In {where}, {first:count account reaches/accounts reach} "
            "{cut:percent0}; {second:count reaches/reach} {other:percent0}."
        ),
        "Of {accounts:count account}, {moved:count changes/change} class with the cuts.",
        "A class is a convention, not a property of the account."
        if numbers["moved"]
        else "Here the cuts make no difference.",
    )
    return Finding(
        numbers,
        (by_name,) if few else by_class,
        None if few else table,
        picture=Picture(
            lambda title: figures.pareto_bars(
                amounts / size,
                title,
                f"{sales.measure} ({word}{sales.currency})".replace(" )", ")").replace(" ()", ""),
                n=shown,
                names=sales.labels,
                total=amounts.sum() / size,
                cuts=() if few else cuts,
            ),
            "In {where} the first {shown} of {accounts} hold {held:percent0}"
            if shown < len(amounts)
            else "In {where} there are {accounts:count account}",
            "Bars of the {shown:count largest account/largest accounts} of {where} with their "
            "cumulated share, which reaches {held:percent}. The largest: {largest:names}."
            if few
            else "Bars of the {shown:count largest account/largest accounts} of {where} with their "
            "cumulated share, which reaches {held:percent}. Dashed lines mark the cuts: "
            "{cut:percent0}, reached by the first {first:,}, and {last_cut:percent0}, by the first "
            "{until_last:,}. The largest: {largest:names}.",
        ),
    )


def _unit(largest: float) -> tuple[float, str]:
    """The unit of an axis of amounts."""
    if largest >= 1e7:
        return 1e6, "million "
    return (1e3, "thousand ") if largest >= 1e4 else (1.0, "")


GUIDELINE_COLUMNS = {
    "estimate": Shown("effective number", ",.1f"),
    "low": Shown("from", ",.1f"),
    "high": Shown("to", ",.1f"),
    "covers": Shown("such intervals cover", "percent0"),
    "points": Shown("HHI points", ",.0f"),
}


def _beside_the_typical(found: float, low: float, high: float) -> str:
    """Where a typical book of the process lies, and this one beside it."""
    if found < low:
        return (
            "A typical book of the same process and size would have {low:,.1f} to {high:,.1f}. "
            "This one lies below: the number hangs on the largest few, and here they are larger "
            "than in a typical book."
        )
    if found > high:
        return (
            "A typical book of the same process and size would have {low:,.1f} to {high:,.1f}. "
            "This one lies above: the number hangs on the largest few, and here they are smaller "
            "than in a typical book."
        )
    return (
        "A typical book of the same process and size would have {low:,.1f} to {high:,.1f}: the "
        "number hangs on the largest few."
    )


def effective_number(sales: Sales, draws: int | None = None) -> Finding:
    """On how many accounts' worth of business does each line stand?"""
    rows = {}
    for code, amounts in sales.lines.items():
        found = _sure(amounts, 1.0, draws, "effective_number")
        low, high = _limits(found)
        rows[code] = {
            "estimate": cn.effective_number(amounts),
            "low": low,
            "high": high,
            "covers": _covers(found, len(amounts), "effective_number"),
            "accounts": len(amounts),
            "points": cn.hhi(amounts, scale=cn.HHI_POINTS),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("line")
    thinnest = str(table["estimate"].idxmin())
    numbers = {
        "where": called(thinnest),
        "effective": float(table["estimate"][thinnest]),
        "accounts": int(table["accounts"][thinnest]),
        "lines": [
            f"{code} {row.estimate:.1f} of {row.accounts:,.0f}"
            for code, row in zip(table.index, table.itertuples(), strict=True)
        ],
    }
    says = [
        "{where:start} has {accounts:count account}; its amount is spread as if there were "
        "{effective:,.1f} equal ones."
    ]
    if not np.isnan(low := float(table["low"][thinnest])):
        numbers |= {"low": low, "high": float(table["high"][thinnest])}
        numbers |= {"covers": float(table["covers"].min()), "level": LEVEL}
        numbers["sizes"] = _simulated(table["accounts"])
        says.append(_beside_the_typical(numbers["effective"], low, numbers["high"]))
        says.append(
            "Of such intervals of {level:percent0}, {covers:percent0} or more held the number of "
            "the typical book in simulated books of {sizes:names} accounts."
        )
    else:
        says.append("With so few accounts no interval is worth printing.")
    drawn = table.dropna(subset=["low", "high"]).iloc[:25]
    picture = Picture(
        lambda title: figures.ranked_intervals(
            drawn[["estimate", "low", "high"]],
            title,
            "effective number: point, this book; bar, a typical one (95 % interval)",
        ),
        "{where:start} stands on {effective:.0f} accounts' worth of business"
        if numbers["effective"] >= 1.5
        else "{where:start} stands on one account",
        "Effective number of accounts by line: {lines:names}. Beside the point of each line "
        "stands the interval of a typical book of its process; a point may lie outside it.",
    )
    return Finding(
        numbers, tuple(says), table, GUIDELINE_COLUMNS, picture if len(drawn) > 1 else None
    )


def guidelines(sales: Sales, years: Sequence[str] = ("2023", "2010")) -> Finding:
    """How would merger guidelines call each line? An analogy: they were written for sellers in a
    market.
    """
    points = {code: cn.hhi(amounts, scale=cn.HHI_POINTS) for code, amounts in sales.lines.items()}
    table = pd.DataFrame({"points": pd.Series(points)}).rename_axis("line")
    for year in years:
        table[f"guideline of {year}"] = [
            cn.hhi_band(value, year, scale=cn.HHI_POINTS) for value in table["points"]
        ]
    numbers = {"years": list(years), "differ": int((table.iloc[:, 1] != table.iloc[:, -1]).sum())}
    says = ("Lines that another year's guideline calls otherwise: {differ}.",)
    return Finding(numbers, says, table, GUIDELINE_COLUMNS)


def yardsticks(share: float = 0.8, q: float = 0.2) -> Finding:
    """Which spread makes the rule: the lognormal and the Pareto distribution for which it is
    true.
    """
    sigma, alpha = cn.sigma_for_top_share(share, q), cn.pareto_alpha(share, q)
    table = pd.DataFrame(
        {
            "parameter": [f"sigma {sigma:.3f}", f"alpha {alpha:.3f}"],
            "gini": [cn.lognormal_gini(sigma), cn.pareto_gini(alpha)],
        },
        index=pd.Index(["lognormal", "Pareto"], name="distribution"),
    )
    return Finding({"sigma": sigma, "alpha": alpha, "share": share, "q": q}, table=table)


def spreads(sales: Sales, q: float = 0.2, draws: int | None = None) -> Finding:
    """Which spread of a lognormal fits each line, and which share would it imply?"""
    fits = {
        code: cn.fit_lognormal_sigma(amounts, draws=draws or DRAWS)
        for code, amounts in sales.lines.items()
        if len(amounts) >= FEW
    }
    if not fits:
        return unknown("No line has {few:count account}: no spread is fitted to fewer.", few=FEW)
    table = pd.DataFrame(
        {
            code: [
                *fit,
                cn.lognormal_top_share(fit.estimate, q),
                sales.top(code, q),
            ]
            for code, fit in fits.items()
        },
        index=["sigma", "low", "high", "implied", "found"],
    ).T.rename_axis("line")
    rule = cn.sigma_for_top_share(1 - q, q) if q < 0.5 else np.inf
    parts = {
        code: {
            "where": called(code),
            "sigma": fit.estimate,
            "low": fit.low,
            "high": fit.high,
            "rule_sigma": rule,
            "rule": 1 - q,
            "q": q,
        }
        for code, fit in fits.items()
    }
    inside = (
        "For {where} sigma is {sigma:.2f} ({low:.2f} to {high:.2f}), which "
        "includes the {rule_sigma:.3f} of {rule:percent0} by {q:percent0}."
    )
    outside = "For {where} sigma is {sigma:.2f} ({low:.2f} to {high:.2f})."
    says: list[Sentence | str] = [
        Sentence(inside if fits[code].low <= rule <= fits[code].high else outside, of=code)
        for code in list(fits)[:MOST_SAID]
    ]
    beyond: dict[str, float] = {"beyond": _beyond(len(fits)), "level": LEVEL}
    beyond |= {"least": SIGMA_COVERED[0], "most": SIGMA_COVERED[1]}
    if beyond["beyond"]:
        says.append("In the table alone: {beyond:count more line}.")
    says.append(
        "Sigma is the slope of the ordered logarithms on the quantiles of a normal curve: the "
        "standard deviation of the logarithms where the amounts are lognormal, and near it "
        "elsewhere."
    )
    says.append(
        "In simulated lognormal books, such intervals of {level:percent0} held sigma in "
        "{least:percent0} to {most:percent0}."
    )
    columns = {
        "sigma": Shown("sigma, by quantiles", ".3f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "implied": Shown("share that a lognormal implies", "percent"),
        "found": Shown("share found", "percent"),
    }
    return Finding(parts | beyond, tuple(says), table, columns)


def _zhengzhou_models() -> pd.DataFrame:
    """The two lognormal models of the case, each through the one point that is known."""
    few, n = ZHENGZHOU["class A"], ZHENGZHOU["accounts"]
    table = pd.DataFrame(
        {"held": [ZHENGZHOU["all products"], ZHENGZHOU["gasoline"]]},
        index=pd.Index(["all products", "gasoline"], name="Zhengzhou 2012"),
    )
    table["times"] = [(held / few) / ((1 - held) / (n - few)) for held in table["held"]]
    table["sigma"] = [cn.sigma_for_top_share(held, few / n) for held in table["held"]]
    table["top_share"] = [cn.lognormal_top_share(sigma, 0.2) for sigma in table["sigma"]]
    return table


def zhengzhou_models() -> Finding:
    """Which spread would give the numbers of the case, and what would its top fifth hold?"""
    numbers = {"few": ZHENGZHOU["class A"], "n": ZHENGZHOU["accounts"], "fifth": 0.2}
    columns = {
        "held": Shown("held by the {few}", "percent0"),
        "times": Shown("average class A against the others", ".1f"),
        "sigma": Shown("sigma", ".3f"),
        "top_share": Shown("its top {fifth:percent0} would hold", "percent"),
    }
    return Finding(numbers, table=_zhengzhou_models(), columns=columns)


def zhengzhou(sales: Sales) -> Finding:
    """The case of 21 among 592 accounts, and the same share of accounts here."""
    few, n = ZHENGZHOU["class A"], ZHENGZHOU["accounts"]
    grid = (np.arange(1, n + 1) - 0.5) / n
    overlay = {called(sales.chosen): cn.lorenz(sales.amounts)} | {
        f"Zhengzhou, {name}": cn.lorenz(np.exp(sigma * norm.ppf(grid)))
        for name, sigma in _zhengzhou_models()["sigma"].items()
    }
    here = sales.top(sales.chosen, few / n)
    if np.isnan(here):
        return unknown(
            "The accounts of {where} together make no {measure}, so nothing is a share of it.",
            where=called(sales.chosen),
            measure=sales.measure,
        )
    numbers = {
        "few": few,
        "n": n,
        "part": few / n,
        "products": ZHENGZHOU["all products"],
        "gasoline": ZHENGZHOU["gasoline"],
        "here": here,
        "where": called(sales.chosen),
        "taken": cn.top_count(len(sales.bought[sales.chosen]), few / n),
    }
    place = (
        "more than the {gasoline:percent0} of gasoline there"
        if here > ZHENGZHOU["gasoline"]
        else (
            "between the {products:percent0} of all products "
            "and the {gasoline:percent0} of gasoline there"
        )
        if here >= ZHENGZHOU["all products"]
        else "less than the {products:percent0} of all products there"
    )
    says = (
        "{few} of {n} is {part:percent3} of the accounts.",
        "The same share of {where}, {taken:count account}, holds {here:percent} of its net total: "
        f"{place}.",
        "The two curves of Zhengzhou are lognormal models, each drawn through the one point that "
        "is known of it.",
    )
    picture = Picture(
        lambda title: figures.lorenz_plot(
            overlay,
            title=title,
            point=(few / n, ZHENGZHOU["all products"]),
            point_label=f"Zhengzhou: {few} of {n}\nhold {percent(ZHENGZHOU['all products'], 0)}",
        ),
        "{part:percent} of accounts: {products:percent0} at Zhengzhou, {here:percent0} in "
        f"{_whole(here)}{{where}}",
        "Lorenz curve of {where} beside the two lognormal curves of the Zhengzhou case. The top "
        "{few} of {n} hold {products:percent0} of all products and {gasoline:percent0} of gasoline "
        f"there, {{here:percent}} in {_whole(here)}{{where}}.",
    )
    return Finding(numbers, says, picture=picture)


def large_accounts(sales: Sales, share: float = MAJOR_SHARE) -> Finding:
    """Which accounts are so much of a line that they are looked at by name, and does size alone
    explain it?
    """
    rows, judged = [], 0
    fraction("share", share)
    for code, amounts in sales.lines.items():
        if len(amounts) < 1 / share:
            continue
        judged += 1
        for account, row in cn.flag_outliers(amounts, share).query("flagged").iterrows():
            spread = cn.lognormal_sigma(amounts.drop(account))
            odds = cn.flag_outliers(amounts, share, sigma=spread)["probability"][account]
            rows.append((code, account, sales.labels.get(account, account), row["share"], odds))
    numbers: dict[str, object] = {
        "limit": share,
        "lines": judged,
        "needed": int(np.ceil(1 / share)),
    }
    numbers["skipped"] = len(sales.lines) - judged
    small, apart = _small_lines(sales, numbers, share)
    columns = {"odds": Shown("books with one so large", "percent0")}
    few = pd.DataFrame(apart, columns=["line", "name", "share", "odds"]).astype({"odds": float})
    if not judged or (not rows and _beyond(len(apart))):
        none = "No account reaches {limit:percent0} of a line of {needed:count account} or more."
        says = (none, *small) if judged else small
        return Finding(numbers, says, few, columns, show_table=_beyond(len(apart)) > 0)
    if not rows:
        none = "No account reaches {limit:percent0} of a line."
        some = "No account reaches {limit:percent0} of a line of {needed:count account} or more."
        return Finding(numbers, (some, *small) if numbers["skipped"] else (none,))
    table = pd.DataFrame(rows, columns=["line", "account_id", "name", "share", "odds"])
    parts = {
        f"{row.line} {row.account_id}": {
            "where": called(row.line), "name": row.name, "share": row.share, "odds": row.odds
        }
        for row in table.itertuples(index=False)
    }  # fmt: skip
    often = (
        "**{name}** is {share:percent} of {where}. Of lognormal books with the spread of the "
        "other accounts, {odds:percent0} have an account so large."
    )
    seldom = (
        "**{name}** is {share:percent} of {where}. Of lognormal books with the spread of the "
        "other accounts, fewer than one in two hundred have an account so large."
    )
    told: list[Sentence | str] = [
        Sentence(seldom if parts[key]["odds"] < RARE else often, of=key)
        for key in list(parts)[:MOST_SAID]
    ]
    numbers["beyond"] = _beyond(len(parts))
    if numbers["beyond"]:
        told.append("In the table alone: {beyond:count more account}.")
    table = pd.concat([table.drop(columns="account_id"), few]) if apart else table[list(few)]
    cut = _beyond(len(parts)) + _beyond(len(apart)) > 0
    return Finding(
        numbers | parts, (*told, *small), table.reset_index(drop=True), columns, show_table=cut
    )


def _small_lines(
    sales: Sales, numbers: dict[str, object], share: float
) -> tuple[tuple[Sentence | str, ...], list[tuple[str, str, float, float]]]:
    """Of lines so small that somebody has to be that large: how much hangs on the largest, in
    sentences and as rows of the table.
    """
    if not numbers["skipped"]:
        return (), []
    says: list[Sentence | str] = [
        "Lines with fewer than {needed:count account}, in which somebody has to hold so much: "
        "{skipped}. There the size of the largest says how much hangs on it."
    ]
    lines = [(code, amounts) for code, amounts in sales.lines.items() if len(amounts) < 1 / share]
    rows = []
    for code, amounts in lines:
        first = amounts.idxmax()
        held = float(amounts.max() / amounts.sum())
        rows.append((code, str(sales.labels.get(first, first)), held, np.nan))
        if len(rows) > MOST_SAID:
            continue
        numbers[f"small {code}"] = {
            "where": called(code),
            "name": sales.labels.get(first, first),
            "share": held,
            "accounts": len(amounts),
            "even": 1 / len(amounts),
        }
        text = (
            "**{name}** is {share:percent} of {where}; an equal part of {accounts:count account} "
            "would be {even:percent0}."
            if len(amounts) > 1
            else "**{name}** is the only account of {where}."
        )
        says.append(Sentence(text, of=f"small {code}"))
    numbers["beyond_small"] = _beyond(len(lines))
    if numbers["beyond_small"]:
        says.append("In the table alone: {beyond_small:count more line}.")
    return tuple(says), rows


def margin_and_sales(sales: Sales, q: float = 0.2, draws: int | None = None) -> Finding:
    """Is the margin held by the same few as the sales?"""
    if not sales.has_cost:
        return unknown(
            "The ledger has no cost of goods, so nothing can be said of margin; "
            "ledger.cost_goods would allow it."
        )
    sold, profit = (_bought(sales.by_account, name) for name in ("revenue", "margin"))
    if not (sold.sum() > 0 and profit.sum() > 0):
        return unknown(
            "The accounts together make no sales or no margin, so nothing is a share of it."
        )
    count_top = cn.top_count(len(sold), q)
    groups = [set(descending(amounts).index[:count_top]) for amounts in (sold, profit)]
    both, losing = len(groups[0] & groups[1]), int((profit < 0).sum())
    spans = [_sure(amounts, q, draws) for amounts in (sold, profit)]
    table = pd.DataFrame(
        [
            {
                "accounts": len(amounts),
                "top_share": cn.share_of_top(amounts, q).share,
                "low": _limits(span)[0],
                "high": _limits(span)[1],
                "covers": _covers(span, len(amounts)),
                "losing": int((amounts < 0).sum()),
            }
            for amounts, span in zip((sold, profit), spans, strict=True)
        ],
        index=pd.Index(["sales", "margin"], name="amount"),
    )
    numbers = {
        "q": q,
        "sales": float(table["top_share"]["sales"]),
        "margin": float(table["top_share"]["margin"]),
        "low": float(table["low"]["margin"]),
        "high": float(table["high"]["margin"]),
        "both": both,
        "kept": both / count_top,
        "first": count_top,
        "accounts": len(sold),
        "losing": losing,
        "lost": float(profit[profit < 0].sum()),
        "unit": _money_unit(sales.currency),
    }
    at_most = "at most " if sales.uncosted[0] and sales.standard_cost is None else ""
    span = "" if spans[1] is None else " ({low:percent0} to {high:percent0})"
    says = [
        "The top {q:percent0} by sales hold {sales:percent} of sales. The top {q:percent0} by "
        f"margin hold {{margin:percent}} of the net margin{span}, and every account that bought "
        "counts.",
        "Either group has {first:count account} of {accounts:,}; {both:count is/are} in both, "
        "{kept:percent0}.",
        *_without_cost(sales, numbers),
    ]
    if numbers["margin"] > 1:
        says.insert(1, ABOVE_ALL)
    if losing:
        says.append(
            f"{{losing:count account}} cost more than they bring: {at_most}"
            "{lost:money}{unit} of margin."
            if losing != 1
            else f"{{losing:count account}} costs more than it brings: {at_most}"
            "{lost:money}{unit} of margin."
        )
    return Finding(numbers, tuple(says), table, CURVE_COLUMNS, show_table=False)


def _ranks_about_the_edge(
    months: pd.DataFrame, q: float, edge: int, n: int, draws: int
) -> pd.DataFrame:
    """Rank intervals of the first accounts: of as many as come into the top in some draws."""
    reach = min(n, max(25, 2 * edge))
    while True:
        table = cn.bootstrap_rank_intervals(months, "amount", q=q, draws=draws, top=reach)
        beyond = table["p_top"].iloc[edge + edge // 2 :]
        wider = min(n, 2 * reach)
        if wider == reach or wider * draws > MOST_RANKS or not (beyond >= LOOSE[0]).any():
            return table
        reach = wider


def _shrunken(months: pd.DataFrame) -> pd.DataFrame:
    """`shrunken_ranks` of the months; empty where there are too few accounts."""
    wide = months.pivot_table(
        index="account_id", columns="period", values="amount", aggfunc="sum", fill_value=0.0
    )
    if (wide.sum(axis=1) > 0).sum() < FEWEST_SHRUNK:
        return pd.DataFrame(columns=["rank_shrunk", "weight"], dtype=float)
    return cn.shrunken_ranks(wide)


#: What the draws of months do not tell of some accounts.
OUTSIDE = (
    "Of the {ranked:count account} looked at, {outside:count stands/stand} at a rank outside the "
    "interval drawn for it: who bought in few months is absent from many draws."
)
UNDATED = (
    "Rows without a date are in no draw, though the review ranks by all rows: of "
    "{undated:count account} with such rows the rank here may be another."
)


def ranks(sales: Sales, q: float = 0.2, draws: int | None = None) -> Finding:
    """Which ranks are firm against the noise of months?"""
    # as in the rest of the lesson, an account with a total of zero or less stands apart
    months = sales.months[sales.months["account_id"].isin(sales.everyone.index)]
    if months["period"].nunique() < FEWEST_MONTHS:
        return unknown(
            "Ranks are judged by dated rows of {needed} months or more; here there are {months}. "
            "A longer period, or ledger.date, would allow it.",
            needed=FEWEST_MONTHS,
            months=int(months["period"].nunique()),
        )
    n = months["account_id"].nunique()
    edge = cn.top_count(n, q)
    table = _ranks_about_the_edge(months, q, edge, n, draws or DRAWS)
    table.insert(0, "name", [sales.labels.get(i, i) for i in table.index])
    shrunken = _shrunken(months).reindex(table.index)
    table.insert(3, "rank_shrunk", shrunken["rank_shrunk"])
    table["weight"] = shrunken["weight"]
    head = table.head(25)
    wide = (head["high"] - head["low"]).idxmax()
    loose = table.loc[table["p_top"].between(*LOOSE), "rank"]
    numbers = {
        "q": q,
        "edge": edge,
        "accounts": n,
        "shown": len(head),
        "firm": int((head["low"] == head["high"]).sum()),
        "loose": len(loose),
        "sometimes": LOOSE[0],
        "often": LOOSE[1],
        "loose_first": int(loose.min()) if len(loose) else 0,
        "loose_last": int(loose.max()) if len(loose) else 0,
        "widest": head["name"][wide],
        "low": int(head["low"][wide]),
        "high": int(head["high"][wide]),
        "draws": draws or DRAWS,
        "ranked": len(table),
        "outside": int((~table["rank"].between(table["low"], table["high"])).sum()),
        "undated": len(sales.undated & set(sales.everyone.index)),
        "moved": int((head["rank"] != head["rank_shrunk"]).sum()),
        "weight": float(head["weight"].min()),
        "frame": table,
    }
    if numbers["firm"] == len(head):
        says = [
            "All of the {shown:count first rank/first ranks} are the same in nearly every draw."
        ]
    else:
        says = [
            "Of the first {shown:count rank}, {firm:count is/are} the same in nearly every draw.",
            "The widest interval is that of {widest}: rank {low} to {high}.",
        ]
    says.append(
        "{loose:count account}, with ranks from {loose_first} to {loose_last}, are inside the top "
        "{q:percent0} (rank {edge}) in {sometimes:percent0} to {often:percent0} of the draws: "
        "their place on the list is noise."
        if numbers["loose"] > 1
        else "{loose:count account}, of rank {loose_first}, is inside the top {q:percent0} (rank "
        "{edge}) in {sometimes:percent0} to {often:percent0} of the draws: its place on the list "
        "is noise."
        if numbers["loose"]
        else "No account is both inside the top {q:percent0} (rank {edge}) and outside it in one "
        "draw of twenty or more."
    )
    if head["weight"].notna().all():
        says.append(
            "Shrinkage pulls each account towards the level of all, the more the noisier its "
            "months. Of the first {shown}, {moved:count changes/change} rank by it: the one pulled "
            "most keeps {weight:percent} of its distance."
            if numbers["moved"]
            else "Shrinkage pulls each account towards the level of all, the more the noisier its "
            "months. Of the first {shown} none changes rank by it: the one pulled most keeps "
            "{weight:percent} of its distance."
        )
    numbers |= {"level": LEVEL, "least": RANKS_COVERED[0], "most": RANKS_COVERED[1]}
    says.append(
        "In simulated books, such intervals of {level:percent0} held the true rank of "
        "{least:percent0} to {most:percent0} of the accounts."
    )
    if numbers["outside"]:
        says.append(OUTSIDE)
    if numbers["undated"]:
        says.append(UNDATED)
    columns = {
        "low": Shown("from", ",.0f"),
        "high": Shown("to", ",.0f"),
        "p_top": Shown("in the top {q:percent0}", "percent"),
        "rank_shrunk": Shown("rank, shrunk", ",.0f"),
    }
    drawn = head.rename(columns={"rank": "estimate"})[["estimate", "low", "high"]]
    picture = Picture(
        lambda title: figures.ranked_intervals(
            drawn,
            title,
            "rank (95 % interval over resampled months)",
            names=sales.labels,
            smallest_first=True,
        ),
        "{firm} of the first {shown} ranks are firm",
        "Ranks of the {shown:count largest account/largest "
        "accounts} with intervals. A single rank: {firm}. "
        "The widest is that of {widest}: rank {low} to {high}.",
    )
    return Finding(
        numbers, tuple(says), head.head(8).drop(columns=["amount", "weight"]), columns, picture
    )


def other_fews(sales: Sales, parts: Sequence[float] = (0.01, 0.05, 0.10, 0.20, 0.30)) -> Finding:
    """How does the answer move with what "the few" means?"""
    table = pd.DataFrame(
        {
            f"top {percent(part, 0)}": {code: sales.top(code, part) for code in sales.groups}
            for part in parts
        }
    ).rename_axis("line")
    columns = {str(name): Shown(str(name), "percent") for name in table}
    return Finding({"parts": list(parts)}, table=table, columns=columns)


def by_year(sales: Sales, q: float = 0.2) -> Finding:
    """How does the answer move with the year?"""
    positive = sales.years[sales.years["amount"] > 0]
    left = {"cut": list(sales.cut_short), "n_cut": len(sales.cut_short)}
    if not len(positive):
        return unknown(
            "The ledger has no complete year of {where}, so no other year can be compared.",
            where=called(sales.chosen),
        )
    table = cn.concentration_table(sales.years, by="period", value="amount", q=q)
    table = table.loc[table["accounts"] > 0, ["accounts", "top_share", "gini", "accounts_to_reach"]]
    table["accounts_to_reach"] = table["accounts_to_reach"].astype("int64")
    for year, rows in sales.years.groupby("period"):
        amounts = _bought(rows, "amount")
        if year in table.index:
            table.loc[year, "accounts"] = len(amounts)
            table.loc[year, "top_share"] = (
                cn.share_of_top(amounts, q).share if amounts.sum() > 0 else np.nan
            )
    told = table["top_share"].dropna()
    void = [str(year) for year in table.index if year not in told.index]
    numbers = left | {
        "q": q,
        "where": called(sales.chosen),
        "years": len(told),
        "void": void,
        **({"first": str(told.index[0]), "last": str(told.index[-1])} if len(told) else {}),
        "low": told.min(),
        "high": told.max(),
        "moves": float(told.max() - told.min()),
    }
    says = [
        "Over the {years:count complete year} from {first} to "
        "{last}, the top {q:percent0} of {where} "
        "hold between {low:percent} and {high:percent}: {moves:points} points apart."
        if len(told) > 1
        else "Only {first} is complete in this book; two complete years are needed to compare. The "
        "table is of {where}."
        if len(table) == 1 and not void
        else "Two complete years in which {where} has a total above zero are needed to compare."
    ]
    if void:
        says.append(
            "No share is told where all that bought sent back as much or more: {void:names}."
        )
    if sales.cut_short:
        says.append("Left out, since the ledger does not cover the whole year: {cut:names}.")
    return Finding(numbers, tuple(says), table.rename_axis("year"), CURVE_COLUMNS)


def claims(sales: Sales, about: float = ABOUT, draws: int | None = None) -> Finding:
    """What the documents claim of the few, each with its test on this book; ``about`` as in
    `rule`.
    """
    share_margin("about", about)
    fifth = 0.2
    revenue = {
        str(code): cn.positive_part(frame.set_index("account_id")["revenue"]).kept
        for code, frame in sales.rows.groupby("line")
        if (frame["revenue"] > 0).any()
    }
    made = [_of_the_rule(sales, fifth, about, draws)]
    made.append(_of_margin(sales, fifth, about, draws))
    made += _of_lines(sales, revenue, fifth, about, draws)
    reach = [cn.accounts_to_reach(amounts) / len(amounts) for amounts in sales.lines.values()]
    made.append(
        untested(
            "S003-8a",
            "add up to 80 %: these are the key accounts",
            "accounts needed, as a share of all",
            f"it is a rule, not a statement; it takes {percent(min(reach), 0)} to "
            f"{percent(max(reach), 0)} of the accounts of a line"
            if len(reach) > 1
            else f"it is a rule, not a statement; it takes {percent(reach[0], 0)} of the accounts",
        )
    )
    made += [_of_zhengzhou(sales), _of_activity(sales), _of_the_month(sales)]
    return steps.verdicts(made)


def _of_the_rule(sales: Sales, q: float, about: float, draws: int | None = None) -> Claim:
    head = (
        "S000-2a, S000-9a",
        "20 % of customers bring 80 % of sales",
        "share of the top 20 % by sales, all lines, of the net total",
    )
    return _of_the_few(head, _bought(sales.by_account, "revenue"), q, about, draws)


def _of_the_few(
    head: tuple[str, str, str],
    amounts: pd.Series,
    q: float,
    about: float,
    draws: int | None,
    *more: str,
) -> Claim:
    """The verdict on 80/20 of some amounts, by the interval of the share of their net total."""
    if not amounts.sum() > 0:
        return untested(*head, "the accounts together make nothing, so nothing is a share of it")
    share = cn.share_of_top(amounts, q).share
    low, high = _limits(_sure(amounts, q, draws))
    why = [_reason(low, high, q, len(amounts), about)]
    if share > 1:
        why.append("more than all of it, since the others together lose money")
    return Claim(
        *head,
        with_interval(share, low, high, form="percent"),
        by_interval(low, high, 1 - q, about),
        "; ".join([*why, *more]),
        tests=0 if np.isnan(low) else 1,
    )


def _reason(low: float, high: float, q: float, accounts: int, about: float) -> str:
    points = f"{100 * about:g} points"
    return {
        "holds": f"the whole interval lies within {points} of {percent(1 - q, 0)}",
        "cannot be told": "the interval lies neither inside nor outside "
        f"{points} of {percent(1 - q, 0)}",
        "flatter": f"flatter, by more than {points}",
        "steeper": f"steeper, by more than {points}",
        "too few": f"{count(accounts, 'account')} are too few for an interval",
    }[_ruling(low, high, q, about)]


def _of_margin(sales: Sales, q: float, about: float, draws: int | None = None) -> Claim:
    head = (
        "S000-2a, S003-9c, S004-1a",
        "20 % of customers bring 80 % of profit",
        "the same for margin before cost to serve, losses counted",
    )
    if not sales.has_cost:
        return untested(*head, "needs ledger.cost_goods")
    more = ["margins are at most these: part of the revenue has no cost"] * bool(sales.uncosted[0])
    return _of_the_few(head, _bought(sales.by_account, "margin"), q, about, draws, *more)


def _of_lines(
    sales: Sales,
    revenue: Mapping[str, pd.Series],
    q: float,
    about: float = ABOUT,
    draws: int | None = None,
) -> list[Claim]:
    shares = {code: cn.top_share(amounts, q) for code, amounts in revenue.items()}
    spans = {code: _limits(_sure(amounts, q, draws)) for code, amounts in revenue.items()}
    judged = {code: span for code, span in spans.items() if not np.isnan(span[0])}
    following = sum(_ruling(*span, q, about) == "holds" for span in judged.values())
    sure = [shares[code] for code in judged]
    differs = (
        "S000-4g",
        "the ratio differs from firm to firm",
        "share of the top 20 %, line by line"
        if len(judged) in (0, len(revenue))
        else "share of the top 20 %, of the lines with an interval",
    )
    if len(judged) < 2:
        first = untested(*differs, "one book is one firm; it needs books of several")
    else:
        apart = max(low for low, _ in judged.values()) > min(high for _, high in judged.values())
        first = Claim(
            *differs,
            f"{percent(min(sure), 0)} to {percent(max(sure), 0)}",
            UNTESTED,
            "one book is one firm; its lines differ by more than chance"
            if apart
            else "one book is one firm; the intervals of its lines overlap",
            tests=0,
        )
    abroad = untested(
        "S001-1a",
        "80/20 abroad, not yet in the domestic trade",
        "lines with the rule",
        f"one book is one firm; here {following} of {count(len(judged), 'line')} with an interval "
        f"{'follows' if following == 1 else 'follow'} the rule"
        if judged
        else f"one book is one firm; here no line has {FEW} accounts",
    )
    return [first, abroad, _of_the_list(sales, revenue)]


def _of_the_list(sales: Sales, revenue: Mapping[str, pd.Series]) -> Claim:
    claim = (
        "S003-2a",
        "key accounts are 5-10 % of sales, in some products 80 %",
        "share of the listed key accounts, line by line",
    )
    if not sales.listed:
        return untested(*claim, "needs accounts.listed_ka")
    if len(revenue) < 2:
        return untested(*claim, "needs two lines")
    shares = {
        code: amounts[amounts.index.isin(sales.listed)].sum() / amounts.sum()
        for code, amounts in revenue.items()
    }
    low, high = min(shares.values()), max(shares.values())
    return Claim(
        *claim,
        f"{percent(low, 0)} to {percent(high, 0)}",
        UNTESTED,
        "it is said of appliance makers, and whom this book lists its owner chose",
        tests=0,
    )


def _of_zhengzhou(sales: Sales) -> Claim:
    part = ZHENGZHOU["class A"] / ZHENGZHOU["accounts"]
    claim = (
        "S003-9a",
        "21 of 592 accounts take 40 % (62 % of gasoline)",
        f"share of the top 21/592 in {called(sales.chosen)}",
    )
    if len(sales.bought[sales.chosen]) < FEW:
        return untested(*claim, f"{count(len(sales.bought[sales.chosen]), 'account')} are too few")
    share = sales.top(sales.chosen, part)
    if np.isnan(share):
        return untested(*claim, "its accounts together make nothing")
    low, high = _limits(_sure(sales.bought[sales.chosen], part))
    return Claim(
        *claim,
        with_interval(share, low, high, form="percent"),
        UNTESTED,
        "it is a fact of another firm in one year; this is ours beside it",
        tests=0,
    )


def _of_activity(sales: Sales) -> Claim:
    claim = (
        "S002-8a",
        "20 % of customers are active, 80 % are not",
        "accounts with a purchase in half of the months or more",
    )
    if sales.n_months < FEWEST_MONTHS:
        return untested(*claim, f"needs dated rows of {FEWEST_MONTHS} months")
    active = sales.months[sales.months["sold"] > 0].groupby("account_id")["period"].nunique()
    n = sales.rows["account_id"].nunique()
    busy = int((active >= sales.n_months / 2).sum())
    low, high = proportion_confint(busy, n, method="wilson")
    return Claim(
        *claim,
        with_interval(busy / n, low, high, form="percent"),
        UNTESTED,
        "the document does not say what active is; half of the months is our reading",
        tests=0,
    )


def _of_the_month(sales: Sales) -> Claim:
    claim = (
        "S000-5b",
        "an average key account spends 10,000 yuan a month or more",
        "mean month of the listed key accounts, all lines",
    )
    if not sales.n_months:
        return untested(*claim, "needs ledger.date")
    if sales.currency not in ("CNY", "RMB"):
        return untested(
            *claim, f"the limit is in yuan, the book in {sales.currency or 'no named currency'}"
        )
    if not sales.listed:
        return untested(*claim, "needs accounts.listed_ka: a class A of ours is large by its cut")
    spent = sales.rows.groupby("account_id")["revenue"].sum() / sales.n_months
    spent = spent[spent.index.isin(sales.listed)]
    if len(spent) < FEW:
        return untested(*claim, f"{count(len(spent), 'listed account')} are too few")
    found = cn.tail_bootstrap_interval(spent, lambda values: float(values.mean()), draws=DRAWS)
    low, high = (money(value) for value in (found.low, found.high))
    return Claim(
        *claim,
        f"{money(found.estimate, sales.currency)} ({low} to {high})",
        UNTESTED,
        "said of a telecom's customers; a list drawn by the fee passes any limit below its cut",
        tests=0,
    )


def account_review(
    sales: Sales,
    ranked: Finding | None = None,
    q: float = 0.2,
    *,
    cuts: tuple[float, float] = ABC_CUTS,
) -> Finding:
    """What the account review takes from the lesson; ``cuts`` are those of its ABC classes."""
    amounts = sales.everyone
    frame = pd.DataFrame(
        {
            "rank": amounts.sort_index().rank(method="first", ascending=False).astype("Int64"),
            # with those that have no rank and no share: what they return is the book's too
            "amount": sales.by_account["amount"],
            "share": amounts / amounts.sum(),
            "abc": cn.abc_classes(amounts, cuts),
        }
    )
    if ranked is not None and ranked.known:
        found = ranked.numbers["frame"][["low", "high", "p_top"]]
        frame = frame.join(
            found.rename(
                columns={"low": "rank_low", "high": "rank_high", "p_top": "share_of_draws_in_top"}
            )
        )
    words = {
        "measure": sales.measure,
        "currency": sales.currency or "currency of the book",
        "q": q,
        "first": cuts[0],
        "last": cuts[1],
        "above_zero": ABOVE_ZERO if (sales.by_account["amount"] < 0).any() else "",
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
