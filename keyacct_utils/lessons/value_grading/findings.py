"""The steps of lesson 03: each a Finding from plain inputs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import bootstrap, fisher_exact
from scipy.stats import t as student
from sklearn.metrics import adjusted_rand_score
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared import claims as claims_of
from keyacct_utils.lessons.shared.amounts import abc_classes, top_count
from keyacct_utils.lessons.shared.claims import UNTESTED, UNTOLD, Claim, untested
from keyacct_utils.lessons.shared.comparison import (
    agreement,
    attainable_kappa,
    pairwise_agreement,
)
from keyacct_utils.lessons.shared.criteria_weights import entropy_weights
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.lessons.value_grading import LESSON
from keyacct_utils.lessons.value_grading import figures as plots
from keyacct_utils.lessons.value_grading import grades as vg

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples; the groups of accounts, which cost more, take a fixed part of them.
DRAWS = 500
#: A grade is firm when it is kept in so many draws, loose when in fewer than the second.
FIRM, LOOSE = 0.95, 0.80
#: Months set against as many before them: at most, and at least.
YEAR, FEWEST_MONTHS = 12, 3
#: Accounts on which the slower checks of groups are made.
SAMPLE = 1500
#: Fewest accounts that groups are formed on, that the best 30 % are called high of, and that get
#: grades: of fewer than twenty the best 5 % are nobody (assumptions).
FEWEST_POINTS, FEWEST_HIGH, FEWEST_GRADED = 30, 10, 20
#: So many accounts are named in a sentence; where there are more, it says so.
NAMED = 5
#: A result that chance brings less often is not put down to chance.
CHANCE = 0.05
#: Agreement of two axes (Kendall's tau) from which they say nearly the same (assumption).
SAME = 0.5
#: Common names from which two lists are nearly one; accounts that may change class where the class
#: does not hang on a choice; revenue that is little; what is most of a whole (assumptions).
ALIKE, MOVED, LITTLE, HALF = 0.9, 0.1, 0.05, 0.5
#: Accounts that change place from which two measures say different things (assumption).
DIFFERENT = 0.05
#: Prediction strength from which groups are found again (Tibshirani & Walther 2005: .8 to .9).
STRENGTH = 0.8
#: Key accounts that McDonald & Woodburn advise, and how many are too many.
ADVISED, TOO_MANY = (15, 35), 50

#: Accounts drawn around the end of grade A.
AROUND = 25

PROFILE = (
    "selling_cost",
    "industry_rank",
    "growth",
    "sales_potential",
    "social_value",
    "brand_harm",
    "business_attractiveness",
    "relationship_strength",
    "management_difficulty",
    "relative_strength",
    "product_fit",
)
#: Criteria of each axis with their source; none gives weights.
AXES: Mapping[str, Mapping[str, str]] = {
    "current": {"gross_profit": "S002-4e", "volume": "S002-4e", "selling_cost": "S002-4e"},
    "potential": {
        "industry_rank": "S002-4e",
        "tenure_y": "S002-4e",
        "since_first": "S002-4e",
        "satisfaction": "S002-4e",
        "growth": "assumption",
        "unsold": "assumption",
    },
    "social": {"social_value": "S001-1b"},
}
LESS_IS_BETTER = ("selling_cost", "industry_rank")
#: Criteria of tomorrow that look ahead: without one of them nothing is known of an account's
#: tomorrow, however long it has been a customer.
AHEAD = ("growth", "unsold", "industry_rank", "trend")
CELL = {
    "high/high": "invest",
    "low/high": "develop",
    "high/low": "hold",
    "low/low": "serve cheaply",
    "unknown": "unknown",
}
CELLS = [name for name in CELL.values() if name != "unknown"]
#: Accounts that stand in no cell: they left, or came so late that nothing looks ahead.
GONE, NEW = "gone", "new"
COLOURS_OF_PAINT = ["star", "cow", "dog", "wildcat"]
BOND = ["business_attractiveness", "relationship_strength"]
#: Fiocca's second step: its panel, and what the corners "attractiveness/relationship" say.
FIOCCA = "Fiocca's second step: key accounts"
WORTH_EFFORT, OTHER_CELLS = "attractive, weak bond", "other cells"
ADVICE_OF_FIOCCA = {"high/low": WORTH_EFFORT, "low/high": "unattractive, strong bond"}
OTHER_READING: Mapping[str, str] = {"any": "all", "all": "any"}
READING = {"any": "or", "all": "and"}

CLASS_COLUMNS = {
    "share": Shown("share of revenue", "percent"),
    "largest": Shown("largest account"),
}
RATE_COLUMNS = {
    "hits": Shown("doubled", ",.0f"),
    "hit_rate": Shown("hit rate", "percent"),
    "low": Shown("from", "percent"),
    "high": Shown("to", "percent"),
    "most": Shown("best possible", "percent"),
}
LEAK_COLUMNS = {
    "hits": Shown("doubled", ",.0f"),
    "hit_rate": Shown("hit rate", "percent"),
    "auc": Shown("AUC", ".2f"),
    "gain": Shown("less the first", "+.2f"),
    "low": Shown("from", "+.2f"),
    "high": Shown("to", "+.2f"),
}
INDEX_COLUMNS = {
    "index": Shown("adjusted Rand index", ".2f"),
    "ari": Shown("k-means", ".2f"),
    "low": Shown("from", ".2f"),
    "high": Shown("to", ".2f"),
    "nearest": Shown("centres known", ".2f"),
}

Told = Literal["works", "inverted", "not told"]
Cut = float | tuple[float, ...]


@dataclass(frozen=True)
class Accounts:
    """What a book says of each account, as the lesson looks at it."""

    name: str
    currency: str
    #: One row per account: revenue, line_revenue, and each criterion that the book has.
    facts: pd.DataFrame
    #: How a reader sees an account.
    labels: pd.Series
    #: "line P", or "all lines together": where volume, price and growth are read.
    where: str
    #: "from 2024-01 to 2024-12", or "over all its rows".
    when: str
    #: Revenue of the period, one column per line.
    lines: pd.DataFrame
    #: Months set against as many before them; 0 without a comparison.
    months: int
    #: First and last month of the earlier and of the later ones.
    earlier_is: str
    later_is: str
    #: Amounts of three spans of so many months, the last one last; empty without a comparison.
    spans: pd.DataFrame
    #: Months with a purchase among the earlier ones.
    busy: pd.Series
    #: Who bought before the later months, from their first day on, and after the period, over all
    #: lines: also in the days of a last month that growth leaves out.
    bought: pd.DataFrame
    #: Months that the ledger covers; 0 without dates.
    n_months: int
    #: Criteria of the case S002-1m; of arrears and cycle less is better.
    case: pd.DataFrame
    #: Accounts on the present list, where the book has one.
    listed: frozenset[str] | None
    #: Columns that the lesson would use and the book lacks.
    lacking: tuple[str, ...]
    #: Last day posted, where the last month was cut short and so is left out of growth; empty
    #: otherwise.
    cut_short: str = ""
    #: Whether returns are taken off ("net") or left out ("gross").
    returns: str = "net"
    #: By account, revenue of which no cost of goods is known; empty where the book assumes one.
    uncosted: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))

    @property
    def ids(self) -> pd.Index:
        """All accounts, in the order of their ids."""
        return self.facts.index

    @property
    def unit(self) -> str:
        """The currency with a blank before it; empty where the book names none."""
        return f" {self.currency}" if self.currency else ""

    @property
    def gone(self) -> pd.Series:
        """Who bought before the later months and nothing since they began, in any line: who buys
        again after an earlier period has not left.
        """
        if not self.months:
            return pd.Series(False, index=self.ids)
        return self.bought["before"] & ~self.bought[["after", "later"]].any(axis=1)

    @property
    def new(self) -> pd.Series:
        """Who bought for the first time since the later months began: an account without a growth
        rate.
        """
        if not self.months:
            return pd.Series(False, index=self.ids)
        return self.bought["after"] & ~self.bought["before"]

    def share(self, chosen: pd.Series) -> float:
        """Share of revenue that some accounts hold; an account that brought back more than it
        bought holds none.
        """
        held = self.facts["revenue"].clip(lower=0)
        return float(held[chosen].sum() / held.sum())

    def who(self, chosen: pd.Series, n: int) -> list[str]:
        """The largest of some accounts by revenue, as a reader sees them."""
        revenue = self.facts["revenue"][chosen].sort_values(ascending=False, kind="stable")
        return self.called(revenue.index[:n])

    def called(self, accounts: pd.Index) -> list[str]:
        """Accounts as a reader sees them."""
        return [str(self.labels.get(account, account)) for account in accounts]


# --- what the book says


def accounts(opened: Book, period: str = "book", line: str = "P") -> Accounts:
    """What does the book say of each account, today and tomorrow?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month
    line : code of the line whose volume, price and growth are read; a book without it is read over
        all lines

    Raises
    ------
    ValueError
        Where no account has a positive total.
    """
    start, end = opened.period_dates(period)
    everything, now = opened.rollup(), opened.rollup(start=start, end=end)
    chosen = line if line in set(everything["line"]) else None
    ids = pd.Index(np.sort(everything["account_id"].unique()), name="account_id")

    def total(column: str, rows: pd.DataFrame = now) -> pd.Series:
        return rows.groupby("account_id")[column].sum().reindex(ids, fill_value=0.0)

    in_line = now[now["line"] == chosen] if chosen else now
    whole = opened.rollup(by_line=False, start=start, end=end)
    if not chosen:
        in_line = whole
    facts = pd.DataFrame(
        {"revenue": total("revenue", whole), "line_revenue": total("revenue", in_line)}
    )
    if not (facts["revenue"] > 0).any():
        raise ValueError(
            "no account has a positive total of revenue in this period: choose another period, "
            "or check the sign of the amounts"
        )
    if opened.has("ledger", "volume"):
        facts["volume"] = total("volume", in_line)
    if opened.has("ledger", "cost_goods"):
        facts["gross_profit"] = total("margin", whole)
    uncosted = pd.Series(dtype=float)
    if "gross_profit" in facts and opened.standard_cost is None:
        uncosted = total("uncosted", whole)[total("n_uncosted", whole) > 0]
    facts = _with_profile(opened, facts)
    dated = opened.has("ledger", "date")
    cut = opened.cut_short(end) if dated else None
    wide = _monthly(opened, chosen, end, ids, cut) if dated else pd.DataFrame(index=ids)
    sold = _monthly(opened, chosen, end, ids, cut, "sold") > 0 if dated else wide
    months = min(YEAR, wide.shape[1] // 3)
    months = months if months >= FEWEST_MONTHS else 0
    spans = pd.DataFrame(index=ids)
    when_bought = pd.DataFrame(False, index=ids, columns=["before", "after", "later"])
    if months:
        # to the last day: who bought in the month that breaks off has not left
        whole = _monthly(opened, None, end, ids, amount="sold") > 0
        first_later = wide.columns[-months]
        when_bought["before"] = whole.loc[:, whole.columns < first_later].any(axis=1)
        when_bought["after"] = whole.loc[:, whole.columns >= first_later].any(axis=1)
        if end:
            since = opened.rollup(by_line=False, start=end + dt.timedelta(days=1))
            when_bought["later"] = ids.isin(since.loc[since["sold"] > 0, "account_id"])
        for back, name in enumerate(("after", "before", "earlier")):
            part = wide.iloc[:, wide.shape[1] - (back + 1) * months :].iloc[:, :months]
            spans[name] = part.sum(axis=1).round(2)
        before = spans["before"]
        facts["trend"] = (spans["after"] / before.where(before > 0) - 1).clip(-1, 10)
        if "tenure_y" not in facts:  # the ledger knows no more than the first purchase in it
            first = sold.to_numpy()[:, ::-1].cumsum(axis=1).argmax(axis=1)
            facts["since_first"] = first / 12
        facts["bought_months"] = sold.iloc[:, -months:].sum(axis=1)
    if "sales_potential" in facts:
        bought = facts["line_revenue"].where(facts["line_revenue"] > 0)
        facts["unsold"] = facts["sales_potential"] / bought
    listed = None
    if opened.has("accounts", "listed_ka"):
        table = opened.table("accounts")
        listed = frozenset(table.loc[table["listed_ka"] == 1, "account_id"])
    lines = now.pivot_table(index="account_id", columns="line", values="revenue", aggfunc="sum")
    lines = lines.reindex(ids).fillna(0.0)
    named = [f"{name}" for name in wide.columns]
    return Accounts(
        name=opened.name,
        currency=opened.currency,
        facts=facts,
        labels=opened.labels(),
        where=f"line {chosen}" if chosen else "all lines together",
        when=(
            f"from {now['first_date'].min():%Y-%m} to {now['last_date'].max():%Y-%m}"
            if dated and now["first_date"].notna().any()
            else "over all its rows"
        ),
        lines=lines,
        months=months,
        earlier_is=f"{named[-2 * months]} to {named[-months - 1]}" if months else "",
        later_is=f"{named[-months]} to {named[-1]}" if months else "",
        spans=spans,
        busy=(
            sold.iloc[:, -2 * months : -months].sum(axis=1).astype(float)
            if months
            else pd.Series(0.0, index=ids)
        ),
        bought=when_bought,
        n_months=wide.shape[1],
        case=_case(opened, facts, lines, period, bool(months)),
        listed=listed,
        lacking=_lacking(facts, opened),
        cut_short=f"{cut:%Y-%m-%d}" if months and cut else "",
        returns=opened.returns,
        uncosted=uncosted,
    )


def _with_profile(opened: Book, facts: pd.DataFrame) -> pd.DataFrame:
    """The facts, and each column of the profile, the years and the survey that holds a value."""
    held = {
        name: opened.table("account_profile").set_index("account_id")[name]
        for name in PROFILE
        if opened.has("account_profile", name)
    }
    if (years := opened.tenure()) is not None:
        held["tenure_y"] = years
    for name, values in held.items():
        if values.reindex(facts.index).notna().any():
            facts[name] = values.reindex(facts.index).astype(float)
    if opened.has("survey", "account_id", "S1", "S2", "S3"):
        answers = opened.table("survey").groupby("account_id")[["S1", "S2", "S3"]].mean()
        satisfaction = answers.mean(axis=1).reindex(facts.index)
        if satisfaction.notna().any():
            facts["satisfaction"] = satisfaction
    return facts


def _monthly(
    opened: Book,
    line: str | None,
    end: Any,
    ids: pd.Index,
    cut: Any = None,
    amount: str = "revenue",
) -> pd.DataFrame:
    """Revenue of the line (or what was "sold", before returns), accounts x months, up to the end of
    the period; without the month in which the ledger breaks off.
    """
    rows = opened.rollup(period="month", line=line, by_line=line is not None)
    rows = rows[rows["period"] != ""]
    if not len(rows):
        return pd.DataFrame(index=ids)
    last = min(rows["period"].max(), f"{end:%Y-%m}") if end else rows["period"].max()
    if cut:
        last = min(last, str(pd.Period(cut, "M") - 1))
    months = pd.period_range(rows["period"].min(), last, freq="M").astype(str)
    wide = rows.pivot_table(
        index="account_id", columns="period", values=amount, aggfunc="sum", fill_value=0.0
    )
    return wide.reindex(index=ids, columns=months, fill_value=0.0)


def _case(
    opened: Book,
    facts: pd.DataFrame,
    lines: pd.DataFrame,
    period: str,
    compared: bool,
) -> pd.DataFrame:
    """The criteria of S002-1m: sales, volume, arrears, purchase cycle; those that vary."""
    case = pd.DataFrame({"sales": facts["revenue"]})
    if "volume" in facts:
        case["volume"] = facts["volume"]
    if opened.has("invoices", "issue", "amount", "due", "paid_date"):
        bills = opened.table("invoices")
        start, end = opened.period_dates(period)
        if start:
            bills = bills[bills["issue"].between(pd.Timestamp(start), pd.Timestamp(end))]
        seen = bills[["issue", "paid_date"]].max().max()
        today = pd.Timestamp(opened.as_of) if opened.as_of else seen
        owed = bills["paid_date"].isna() & ~(bills["due"] >= today)
        late = (bills["paid_date"] > bills["due"]) | owed
        unpaid = bills["amount"].where(late, 0.0).groupby(bills["account_id"]).sum()
        billed = bills.groupby("account_id")["amount"].sum()
        case["arrears"] = (unpaid / billed.where(billed > 0)).clip(0, 1).reindex(facts.index)
    if compared:
        case["cycle"] = _cycle(opened, period).reindex(facts.index)
    if case.shape[1] == 1 and lines.shape[1] > 1:
        case = lines.copy()
    varying = case.loc[:, case.nunique() > 1]
    return varying if varying.shape[1] else case.iloc[:, :1]


def _cycle(opened: Book, period: str) -> pd.Series:
    """Months from one month with a purchase to the next, on average; where the account has been
    silent for longer since its last one, those months, which its cycle is not shorter than; for a
    single one, for the same reason, the months of the period.

    The rows of a ledger cannot be counted instead: an order may have many of them.
    """
    start, end = opened.period_dates(period)
    rows = opened.rollup(period="month", by_line=False, start=start, end=end)
    rows = rows[(rows["period"] != "") & (rows["sold"] > 0)]
    place = 12 * rows["period"].str[:4].astype(int) + rows["period"].str[5:].astype(int)
    found = place.groupby(rows["account_id"]).agg(["min", "max", "size"])
    between = (found["max"] - found["min"]) / (found["size"] - 1).where(found["size"] > 1)
    if not len(place):
        return between
    silent = place.max() - found["max"]
    return between.fillna(float(place.max() - place.min() + 1)).clip(lower=silent)


def _lacking(facts: pd.DataFrame, opened: Book) -> tuple[str, ...]:
    wanted = {
        "gross_profit": "ledger.cost_goods",
        "volume": "ledger.volume",
        "satisfaction": "survey.S1 to S3",
        **{name: f"account_profile.{name}" for name in PROFILE},
    }
    dates = () if opened.has("ledger", "date") else ("ledger.date",)
    return (*dates, *(column for name, column in wanted.items() if name not in facts))


def book_in_numbers(accounts: Accounts) -> Finding:
    """Which book, which time, how much; who is new and who is gone."""
    numbers = {
        "book": accounts.name,
        "accounts": len(accounts.ids),
        "revenue": float(accounts.facts["revenue"].sum()),
        "unit": accounts.unit,
        "when": accounts.when,
        "where": accounts.where,
        "months": accounts.months,
        "year": YEAR,
        "covered": accounts.n_months,
        "needed": 3 * FEWEST_MONTHS,
        "earlier": accounts.earlier_is,
        "later": accounts.later_is,
        "gone": int(accounts.gone.sum()),
        "new": int(accounts.new.sum()),
        "lacking": list(accounts.lacking),
        "cut_short": accounts.cut_short,
        "below": int((accounts.facts["revenue"] < 0).sum()),
    }
    says = [
        "**{book}**: {accounts:count account}, revenue {revenue:money}{unit} {when}. "
        "Volume, price and growth are those of {where}.",
        *(steps.SHARES_OF,) * bool(numbers["below"]),
        *steps.gross(accounts.returns),
    ]
    if accounts.months:
        says.append(
            "The last {months:count month} ({later}) are set against the {months} before them "
            "({earlier}): that is the growth used below."
        )
        if accounts.months < YEAR:
            says.append(
                "They are a third of the {covered:count month} of the ledger, since signals and "
                "outcome take three spans of one length; fewer than {year}, so the season plays a "
                "part."
            )
        if accounts.cut_short:
            says.append(
                "The ledger ends on {cut_short}, within a month: that month is not whole, so "
                "growth leaves it out; who bought in it is not gone."
            )
        says.append(
            "Accounts that bought before the later months and nothing since these began are gone: "
            "{gone:,}. Accounts that bought for the first time since then are new and have no "
            "growth: {new:,}."
        )
    else:
        says.append(
            "Dates over {needed:count month} or more would give growth and a following year; "
            "what rests on them is left out."
        )
    if accounts.lacking:
        says.append("Not in this book: {lacking:names}. What rests on them is left out.")
    return Finding(numbers, tuple(says))


# --- the axes of value


def _at_the_edge(accounts: Accounts) -> float:
    """The share of the accounts whose first purchase lies so near to the beginning of the ledger
    that they may have bought long before; nothing where the years of cooperation are known.
    """
    if "since_first" not in accounts.facts:
        return 0.0
    early = (accounts.n_months - FEWEST_MONTHS) / 12
    return float((accounts.facts["since_first"].round(9) >= round(early, 9)).mean())


def _criteria(accounts: Accounts) -> dict[str, dict[str, str]]:
    """The criteria at hand of each axis, with their source."""
    axes = {axis: dict(criteria) for axis, criteria in AXES.items()}
    if "gross_profit" not in accounts.facts:
        axes["current"] = {"revenue": "S002-1m", **axes["current"]}
    if "growth" not in accounts.facts:
        axes["potential"]["trend"] = "assumption"
    held = {
        axis: {name: source for name, source in criteria.items() if name in accounts.facts}
        for axis, criteria in axes.items()
    }
    if _at_the_edge(accounts) > HALF:
        held["potential"].pop("since_first", None)
    if not set(held["potential"]) & set(AHEAD):
        held["potential"] = {}
    return {axis: criteria for axis, criteria in held.items() if criteria}


def _without_tomorrow(accounts: Accounts, scores: pd.DataFrame) -> pd.DataFrame:
    """The scores, with nothing on tomorrow's axis for accounts that are gone, or of which no
    criterion looks ahead.
    """
    if "potential" not in scores:
        return scores
    ahead = [name for name in AHEAD if name in _criteria(accounts)["potential"]]
    nothing = accounts.gone | accounts.facts[ahead].isna().all(axis=1)
    known = scores["potential"].mask(nothing)
    return (
        scores.assign(potential=known) if known.notna().any() else scores.drop(columns="potential")
    )


def _at_most(accounts: Accounts, numbers: dict[str, Any]) -> list[str]:
    """What a profit is worth, where no cost of goods is known of a part of what was sold."""
    if not len(accounts.uncosted):
        return []
    numbers |= {
        "doubtful": len(accounts.uncosted),
        "uncosted": float(accounts.uncosted.sum()),
        "unit": accounts.unit,
    }
    return [
        "No cost of goods is known of {uncosted:money}{unit} of revenue: the gross profit of "
        "{doubtful:count account} is at most what is taken here."
    ]


def _less(criteria: Mapping[str, Any]) -> dict[str, bool]:
    """Of which of the criteria less is better."""
    names = {name for each in criteria.values() for name in each}
    return {name: False for name in LESS_IS_BETTER if name in names}


def _entropy(facts: pd.DataFrame, criteria: Sequence[str]) -> dict[str, float]:
    """Weights by the spread of the data; equal ones where they are not defined."""
    low, high = facts[list(criteria)].min(), facts[list(criteria)].max()
    spread = (facts[list(criteria)] - low) / (high - low).replace(0, 1)
    for name in LESS_IS_BETTER:
        if name in spread:
            spread[name] = 1 - spread[name]
    complete = spread.dropna()
    if len(complete) < 2 or (complete.sum() == 0).any():
        return dict.fromkeys(criteria, 1 / len(criteria))
    return {str(name): float(value) for name, value in entropy_weights(complete).items()}


def in_words(names: Sequence[str]) -> list[str]:
    """Criteria as a reader sees them."""
    words = {"tenure_y": "years of cooperation", "unsold": "sales still to be had"}
    words |= {"trend": "growth of its purchases", "growth": "growth of its business"}
    words |= {"since_first": "years since its first purchase in the ledger"}
    return [words.get(name, name.replace("_", " ")) for name in names]


#: What an age counted from the first purchase is worth: taken, or left out.
EDGE: Mapping[bool, str] = {
    True: "Of the accounts, {edge:percent0} bought in the first {opening} months of the ledger: "
    "how long they have been customers is not known, and they count as old as the ledger; "
    "accounts.start_date would tell.",
    False: "Of the accounts, {edge:percent0} bought in the first {opening} months of the ledger: "
    "how long these have been customers is not known, so the years since the first purchase are "
    "no criterion; accounts.start_date would tell.",
}


def axes(accounts: Accounts, weights: str = "equal") -> Finding:
    """Where does each account stand on the axes of value?

    ``numbers["scores"]`` holds them, one column per axis; weights: "equal", or "entropy" (by the
    spread of the data).
    """
    if weights not in ("equal", "entropy"):
        raise ValueError(f"weights is {weights!r}; use 'equal' or 'entropy'")
    criteria = _criteria(accounts)
    weighed = {
        axis: (
            _entropy(accounts.facts, list(names))
            if weights == "entropy"
            else dict.fromkeys(names, 1 / len(names))
        )
        for axis, names in criteria.items()
    }
    scores = vg.axis_scores(accounts.facts, weighed, _less(criteria))
    scores = _without_tomorrow(accounts, scores)
    numbers: dict[str, Any] = {
        "scores": scores,
        "weights": weighed,
        "kind": weights,
        "needed": 3 * FEWEST_MONTHS,
        "ahead": in_words(AHEAD),
    }
    says = []
    sentences = {
        "current": (
            "Today's axis is made of {current:names}; highest on it: {highest_current:names}."
        ),
        "potential": (
            "Tomorrow's axis is made of {potential:names}; highest on it: "
            "{highest_potential:names}."
        ),
        "social": (
            "The axis of social value is made of {social:names}; highest on it: "
            "{highest_social:names}."
        ),
    }
    flat = "The axis of {axis} value is the same for every account: it tells nobody apart."
    for axis in scores:
        numbers[axis] = in_words(list(criteria[axis]))
        if scores[axis].nunique() > 1:
            best = scores[axis].dropna().sort_values(ascending=False, kind="stable").index[:3]
            numbers[f"highest_{axis}"] = accounts.called(best)
            says.append(sentences[axis])
        else:
            says.append(flat.replace("{axis}", axis))
    if (edge := _at_the_edge(accounts)) and "potential" in scores:
        numbers |= {"edge": edge, "opening": FEWEST_MONTHS}
        says.append(EDGE["since_first" in criteria.get("potential", ())])
    if "gross_profit" in criteria.get("current", ()):
        says += _at_most(accounts, numbers)
    if "potential" not in scores:
        says.append(
            "Nothing in this book speaks of tomorrow: dates over {needed:count month} or more, "
            "or account_profile, would give the second axis (one of: {ahead:names})."
        )
    return Finding(numbers, tuple(says))


def recipe(accounts: Accounts, axes: Finding) -> Finding:
    """What each axis is made of: criteria, sources, weights, and who has a value."""
    table = pd.DataFrame(
        [
            {
                "axis": axis,
                "criterion": in_words([name])[0],
                "source": source,
                "better": "less" if name in LESS_IS_BETTER else "more",
                "weight": axes.numbers["weights"][axis][name],
                "valued": int(accounts.facts[name].notna().sum()),
            }
            for axis, criteria in _criteria(accounts).items()
            for name, source in criteria.items()
        ]
    )
    numbers = {
        "assumed": int((table["source"] == "assumption").sum()),
        "criteria": len(table),
    }
    columns = {
        "weight": Shown("weight", ".2f"),
        "valued": Shown("accounts with a value", ",.0f"),
    }
    says = (
        "Of {criteria:count criterion/criteria}, {assumed:,} stand in no document and are ours."
        if numbers["assumed"] > 1
        else "Of {criteria:count criterion/criteria}, {assumed:,} stands in no document and is "
        "ours."
        if numbers["assumed"]
        else "Each criterion stands in a document: {criteria:,} of {criteria:,}.",
    )
    return Finding(numbers, says, table.set_index(["axis", "criterion"]), columns)


def _by_class(
    accounts: Accounts, classes: pd.Series, order: Sequence[str], index: str
) -> pd.DataFrame:
    """Accounts, revenue, share and the largest of each class, in the given order."""
    kept = [*order, *sorted(set(classes) - set(order))]
    revenue = accounts.facts["revenue"]
    rows = {
        name: {
            "accounts": int((classes == name).sum()),
            "revenue": revenue[classes == name].sum(),
            "share": accounts.share(classes == name),
            "largest": accounts.who(classes == name, 1)[0],
        }
        for name in kept
        if (classes == name).any()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index)


def _edge(series: pd.Series, high: float) -> float:
    """The lowest value that is high on an axis."""
    known = series.dropna()
    return float(known.nlargest(top_count(len(known), high)).min())


def _edges(series: pd.Series, high: float) -> tuple[float, ...]:
    """The lowest values that are medium and high on an axis of three levels."""
    level = vg.grade_matrix(series.to_frame("axis"), top=high, levels=("low", "medium", "high"))
    found = (series[level["axis"] == name].min() for name in ("medium", "high"))
    return tuple(float(edge) for edge in found if not np.isnan(edge))


def _no_matrix(axes: Finding) -> Finding | None:
    """Why no matrix can be drawn on today's and tomorrow's axis; None where one can."""
    scores = axes.numbers["scores"]
    if len(scores) < FEWEST_HIGH:
        return unknown(
            "{accounts:count account}: classes of so few say less than their names, so none are "
            "made; it takes {needed:count account}.",
            accounts=len(scores),
            needed=FEWEST_HIGH,
        )
    if "potential" not in scores:
        return unknown(
            "A matrix needs two axes, and nothing in this book speaks of tomorrow: dates over "
            "{needed:count month} or more, or account_profile, would give the second.",
            needed=3 * FEWEST_MONTHS,
        )
    if (scores[["current", "potential"]].nunique() < 2).any():
        return unknown(
            "On one of the two axes every account stands at the same place, so nobody is high: "
            "criteria that differ between accounts ({columns:names}) would allow a matrix.",
            columns=["ledger.cost_goods", "ledger.date", "account_profile"],
        )
    return None


def _cells(accounts: Accounts, scores: pd.DataFrame, high: float) -> pd.Series:
    two = vg.grade_matrix(scores[["current", "potential"]], top=high)
    cell = two["cell"].map(CELL).astype("str")
    untold = scores["potential"].isna()
    cell = cell.mask(accounts.new & untold, NEW).mask(accounts.gone & untold, GONE)
    return cell.astype("str")


def cells(accounts: Accounts, axes: Finding, high: float = vg.HIGH) -> Finding:
    """Who is high today, tomorrow, on both?

    high : share of the accounts called high on an axis.
    """
    if (nothing := _no_matrix(axes)) is not None:
        return nothing
    scores = axes.numbers["scores"]
    cell = _cells(accounts, scores, high)
    revenue = accounts.facts["revenue"].sort_index()
    n_high = top_count(len(revenue), high)
    largest = revenue.rank(ascending=False, method="first") <= n_high
    numbers: dict[str, Any] = {
        "cell": cell,
        "high": high,
        "accounts": len(cell),
        "n_high": n_high,
        "invest": int((cell == "invest").sum()),
        "invest_share": accounts.share(cell == "invest"),
        "develop": int((cell == "develop").sum()),
        "develop_share": accounts.share(cell == "develop"),
        "hidden": int(((cell == "develop") & ~largest).sum()),
        "unknown": int((cell == "unknown").sum()),
        "gone": int((cell == GONE).sum()),
        "gone_share": accounts.share(cell == GONE),
        "new": int((cell == NEW).sum()),
        "new_share": accounts.share(cell == NEW),
        "counts": [f"{name} {int((cell == name).sum()):,}" for name in CELLS],
        "high_today": int(cell.isin(["invest", "hold"]).sum()),
        "high_tomorrow": int(cell.isin(["invest", "develop"]).sum()),
    }
    says = [
        "High on both axes: {invest:count account} with {invest_share:percent0} of revenue.",
        *_by_chance(cell, numbers),
        "High only tomorrow: {develop:count account} with {develop_share:percent0}; not among the "
        "{n_high:,} largest by revenue, so that a list by sales would not show them: {hidden:,}.",
    ]
    if max(numbers["high_today"], numbers["high_tomorrow"]) > n_high:
        says.append(
            "Accounts that are equal at the cut are all high, more than the {high:percent0} asked "
            "for: {high_today:,} today, {high_tomorrow:,} tomorrow."
        )
    if numbers["gone"]:
        says.append(
            "Gone, having bought nothing since the later months began, and so in no cell: "
            "{gone:count account} with {gone_share:percent0} of revenue."
        )
    if numbers["new"]:
        says.append(
            "New since the later months began and without a criterion that looks ahead, and so in "
            "no cell: "
            "{new:count account} with {new_share:percent0} of revenue."
        )
    if numbers["unknown"]:
        says.append("Without a value on one of the axes, and so in no cell: {unknown:,}.")
    drawn = scores[["current", "potential"]].assign(kind=cell).dropna()
    cuts = (_edge(scores["current"], high), _edge(scores["potential"], high))
    corners = {name: tuple(part == "high" for part in key.split("/")) for key, name in
               CELL.items() if "/" in key}  # fmt: skip
    picture = Picture(
        lambda title: plots.matrix_map(
            drawn,
            title,
            "current value (standard deviations)",
            "potential value (standard deviations)",
            cuts,
            corners,
        ),
        "High today and tomorrow: {invest} of {accounts:count account}; only tomorrow: {develop}",
        "Accounts as points on today's and tomorrow's axis, cut where the best {high:percent0} "
        "begin. Accounts in each cell: {counts:names}.",
    )
    table = _by_class(accounts, cell, [*CELLS, NEW, GONE], "cell")
    return Finding(numbers, tuple(says), table, CLASS_COLUMNS, picture)


#: A count in a cell is held against chance from so many accounts.
CHANCE_FROM = 20


def _by_chance(cell: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """How many would be high on both axes if these had nothing to do with each other."""
    both, tomorrow, today, neither = (
        int((cell == name).sum()) for name in ("invest", "develop", "hold", "serve cheaply")
    )
    known = both + tomorrow + today + neither
    if known < CHANCE_FROM:
        return []
    expected = (both + today) * (both + tomorrow) / known
    p = float(fisher_exact([[both, tomorrow], [today, neither]]).pvalue)
    numbers |= {
        "expected": expected,
        "both_p": "p < 0.01" if p < 0.01 else "p > 0.99" if p > 0.99 else f"p = {p:.2f}",
        "apart": p < CHANCE,
    }
    told = (
        "is within what chance gives"
        if p >= CHANCE
        else "is more than chance gives"
        if both > expected
        else "is fewer than chance gives"
    )
    return [
        "If the two axes had nothing to do with each other, {expected:.0f} would be; {invest:,} "
        f"{told} (Fisher's exact test, {{both_p}})."
    ]


def third_axis(accounts: Accounts, axes: Finding, high: float = vg.HIGH) -> Finding:
    """Whom would two axes alone have served cheaply, whatever they stand for in public?"""
    if (nothing := _no_matrix(axes)) is not None:
        return nothing
    scores = axes.numbers["scores"]
    if "social" not in scores or scores["social"].nunique() < 2:
        return unknown(
            "No social value that differs between accounts; account_profile.social_value would "
            "give the third axis."
        )
    cube = vg.grade_matrix(scores, top=high)
    cell = _cells(accounts, scores, high)
    social = cube["social"] == "high"
    numbers = {
        "social": int(social.sum()),
        "quiet": int((social & (cell == "serve cheaply")).sum()),
    }
    says = (
        "High in social value: {social:count account}; {quiet:,} of them stand in the cell *serve "
        "cheaply*.",
        "Two axes alone would have served these cheaply, whatever they stand for in public."
        if numbers["quiet"]
        else "The two axes alone would have served no one of them cheaply.",
    )
    table = _by_class(accounts, cube["cell"], [], "current/potential/social")
    return Finding(numbers, says, table, CLASS_COLUMNS)


def _flags(accounts: Accounts) -> list[str]:
    held = {"profit": "gross_profit", "brand_harm": "brand_harm"}
    return [flag for flag, name in held.items() if name in accounts.facts]


def _painted(accounts: Accounts, scores: pd.DataFrame, high: float, wildcat: str) -> pd.Series:
    facts, ids = accounts.facts, accounts.ids
    nothing = pd.Series(np.nan, index=ids)
    axes = scores.reindex(columns=["current", "potential"]).rename(columns={"potential": "future"})
    profit = facts.get("gross_profit", nothing) - facts.get("selling_cost", 0 * nothing).fillna(0)
    table = axes.assign(profit=profit, brand_harm=facts.get("brand_harm", nothing))
    painted = vg.paint_bcg(table, top=high, wildcat=wildcat, flags=_flags(accounts)).astype("str")
    untold = (painted == "unknown") & axes["future"].isna()
    painted = painted.mask(untold & accounts.new, NEW).mask(untold & accounts.gone, GONE)
    return painted.astype("str")


def paint(
    accounts: Accounts, axes: Finding, high: float = vg.HIGH, wildcat: str = "any"
) -> Finding:
    """Cow, star, dog or wildcat?

    wildcat : "any" = a loss or harm to the name makes one, "all" = both together.
    """
    scores, flags = axes.numbers["scores"], _flags(accounts)
    painted = _painted(accounts, scores, high, wildcat)
    other = _painted(accounts, scores, high, OTHER_READING[wildcat])
    wild, facts = painted == "wildcat", accounts.facts
    best = vg.grade_matrix(scores[["current"]], top=high)["current"] == "high"
    numbers: dict[str, Any] = {
        "paint": painted,
        "flags": [{"profit": "a loss", "brand_harm": "harm to the name"}[name] for name in flags],
        "n_flags": len(flags),
        "reading": READING[wildcat],
        "other": READING[OTHER_READING[wildcat]],
        "wild": int(wild.sum()),
        "wild_share": accounts.share(wild),
        "wild_other": int((other == "wildcat").sum()),
        "hanging": int((other != painted).sum()),
        "wild_high": int((wild & best).sum()),
        "value_share": accounts.share(painted.isin(["cow", "star"])),
        "unknown": int((painted == "unknown").sum()),
    }
    nothing = _no_matrix(axes)
    if nothing is not None and not wild.any():
        return Finding({**numbers, **nothing.numbers}, unknown=nothing.unknown)
    says = []
    if nothing is not None:
        says.append(
            "Without two axes that differ nobody can be told a cow from a star; the flags alone "
            "name wildcats."
        )
    if "gross_profit" in facts:
        says.append(
            "Profit is gross profit less the cost of selling; the cost to serve comes in lesson 04."
            if "selling_cost" in facts
            else "Profit is gross profit; the cost to serve comes in lesson 04."
        )
    says.append(
        {
            2: "Wildcats, read as *{reading}*: {wild:count account} with {wild_share:percent} of "
            "revenue; read as *{other}*: {wild_other:,}.",
            1: "Only one of the two flags is in this book ({flags:names}), so it alone makes a "
            "wildcat: {wild:count account}.",
            0: "Neither flag is in this book, so nobody can be called a wildcat; "
            "ledger.cost_goods or account_profile.brand_harm would allow it.",
        }[len(flags)]
    )
    if "profit" in flags and (doubt := _at_most(accounts, numbers)):
        says += [*doubt, "A loss may hide among these: the count of wildcats is at least this."]
    if numbers["wild_high"]:
        says.append(
            "High in current value among the wildcats: {wild_high:,}. Before you cut one, ask "
            "whether the loss is theirs or ours."
        )
    if numbers["unknown"]:
        says.append("A missing value could change the class of {unknown:count account}: unknown.")
    table = _by_class(accounts, painted, COLOURS_OF_PAINT, "class")
    return Finding(numbers, tuple(says), table, CLASS_COLUMNS)


def by_revenue(
    accounts: Accounts,
    axes: Finding,
    high: float = vg.HIGH,
    wildcat: str = "any",
    different: float = DIFFERENT,
) -> Finding:
    """Who changes class when revenue stands in the place of gross profit?

    different : profit and sales say different things where more than this share of the accounts
        changes class, or crosses the edge of today's axis; no source gives a limit
    """
    if (nothing := _no_matrix(axes)) is not None:
        return nothing
    if "gross_profit" not in accounts.facts:
        return unknown(
            "Today's axis already stands on revenue: ledger.cost_goods would allow the comparison "
            "with gross profit."
        )
    scores, weights = axes.numbers["scores"], axes.numbers["weights"]
    swapped = {
        ("revenue" if name == "gross_profit" else name): weight
        for name, weight in weights["current"].items()
    }
    again = vg.axis_scores(accounts.facts, {"current": swapped}, _less({"current": swapped}))
    moved = _painted(accounts, scores.assign(current=again["current"]), high, wildcat)
    first = _painted(accounts, scores, high, wildcat)
    best = [vg.grade_matrix(frame[["current"]], top=high)["current"] for frame in (scores, again)]
    numbers = {
        "moved": int((moved != first).sum()),
        "crossed": int((best[0] != best[1]).sum()),
        "accounts": len(first),
        "limit": different,
    }
    says = [
        "With revenue in the place of gross profit, {moved:,} of {accounts:count account} change "
        "class."
        if numbers["moved"] != 1
        else "With revenue in the place of gross profit, {moved:,} of {accounts:count account} "
        "changes class."
    ]
    if numbers["crossed"] > numbers["moved"]:
        says.append(
            "That hides a part: {crossed:,} pass from high to not high on today's axis, or back. A "
            "star or a wildcat stays one either way."
            if numbers["crossed"] != 1
            else "That hides a part: {crossed:,} passes from high to not high on today's axis, or "
            "back. A star or a wildcat stays one either way."
        )
    else:
        says.append("From high to not high on today's axis, or back: {crossed:,}.")
    says.append(
        "The larger count is above {limit:percent} of the accounts, a limit of ours: profit and "
        "sales tell different stories here."
        if max(numbers["moved"], numbers["crossed"]) > different * len(first)
        else "Neither count is above {limit:percent} of the accounts, a limit of ours: here the "
        "two say nearly the same on this axis."
    )
    return Finding(numbers, tuple(says))


# --- other matrices


def _needs(accounts: Accounts, names: Sequence[str], what: str) -> Finding | None:
    lacking = [name for name in names if name not in accounts.facts]
    if not lacking:
        return None
    table = {"volume": "ledger.volume"}
    columns = [table.get(name, f"account_profile.{name}") for name in lacking]
    return unknown("{what} needs {columns:names}, which this book lacks.",
                   what=what, columns=columns)  # fmt: skip


def fiocca_steps(accounts: Accounts, axes: Finding, high: float = vg.HIGH) -> Finding:
    """Who is key, who is difficult, and where does each key account stand?"""
    names = [*BOND, "management_difficulty"]
    if (nothing := _needs(accounts, names, "Fiocca's matrix")) is not None:
        return nothing
    facts = accounts.facts
    found = vg.fiocca(
        pd.DataFrame(
            {
                "importance": axes.numbers["scores"]["current"],
                "difficulty": facts["management_difficulty"],
                "attractiveness": facts["business_attractiveness"],
                "relationship": facts["relationship_strength"],
            }
        ),
        top=high,
    )
    key = found["step1"].str.startswith("key")
    placed = found.loc[key & found["step2"].str.contains("/"), "step2"].str.split("/")
    nine = pd.crosstab(placed.str[0], placed.str[1]) if len(placed) else pd.DataFrame()
    nine = nine.reindex(
        index=["high", "medium", "low"], columns=["low", "medium", "high"], fill_value=0
    )
    win = key & (found["step2"] == "high/low")
    steps_ = found["step1"].value_counts().sort_index()
    numbers = {
        "step1": [f"{name} {n:,}" for name, n in steps_.items()],
        "classes": found["step1"],
        "places": found["step2"].where(key, "-"),
        "high": high,
        "key": int(key.sum()),
        "win": int(win.sum()),
        "who": accounts.who(win, NAMED),
        "named": NAMED,
    }
    if not numbers["key"]:
        return unknown(
            "No account has both a value today and a difficulty, so Fiocca's first step finds no "
            "key account; account_profile.management_difficulty for more accounts would allow it."
        )
    says = (
        "Step one: {step1:names}.",
        "In step two the best {high:percent0} of all accounts are high on an axis, the last "
        "{high:percent0} low, the rest medium.",
        "Step two: {key:count key account}; {win:,} of them have an attractive business and a weak "
        "bond with us, the largest first: {who:names}."
        if 0 < numbers["win"] <= NAMED
        else "Step two: {key:count key account}; {win:,} of them have an attractive business and a "
        "weak bond with us; the {named} largest are {who:names}."
        if numbers["win"]
        else "Step two: of {key:count key account}, none has an attractive business and a weak "
        "bond with us.",
    )
    table = nine.rename_axis(index="attractiveness", columns=None).add_prefix("relationship ")
    columns = {name: Shown(name, ",.0f") for name in table}
    return Finding(numbers, says, table.astype("int64"), columns)


def mcdonald_woodburn_position(accounts: Accounts, high: float = vg.HIGH) -> Finding:
    """Do they want us: strategic, star, status or streamline?"""
    names = ["business_attractiveness", "relative_strength"]
    if (nothing := _needs(accounts, names, "The matrix of McDonald and Woodburn")) is not None:
        return nothing
    table = accounts.facts.rename(columns={"business_attractiveness": "attractiveness"})
    position = vg.mcdonald_woodburn(table, top=high)
    numbers = {
        "position": position,
        "strategic": int((position == "strategic").sum()),
        "star": int((position == "star").sum()),
        "share": accounts.share(position.isin(["strategic", "star"])),
    }
    says = (
        "{strategic:count strategic account} and {star:count star}: together {share:percent0} of "
        "revenue.",
    )
    shown = _by_class(accounts, position, list(vg.MCDONALD_WOODBURN.values()), "position")
    return Finding(numbers, says, shown, CLASS_COLUMNS)


def matrices(
    accounts: Accounts,
    axes: Finding,
    cells: Finding,
    paint: Finding,
    fiocca: Finding,
    position: Finding,
    high: float = vg.HIGH,
) -> Finding:
    """Up to four matrices side by side; Fiocca's holds the key accounts only."""
    facts, scores = accounts.facts, axes.numbers["scores"]
    panels: dict[str, tuple[pd.DataFrame, str]] = {}
    cuts: dict[str, tuple[Cut, Cut]] = {}
    if cells.known:
        base = pd.DataFrame(
            {"current value (sd)": scores["current"], "potential value (sd)": scores["potential"]}
        )
        panels["today and tomorrow"] = (base.assign(kind=cells.numbers["cell"]), "invest")
        panels["cow, star, dog, wildcat"] = (base.assign(kind=paint.numbers["paint"]), "star")
        edge = (_edge(scores["current"], high), _edge(scores["potential"], high))
        cuts = dict.fromkeys(panels, edge)
    up = {"attractiveness (points)": facts.get("business_attractiveness")}
    if fiocca.known:
        kind = fiocca.numbers["classes"]
        frame = pd.DataFrame(
            {"relationship (points)": facts["relationship_strength"], **up, "kind": kind}
        )
        # the key accounts only, by what the second step says of them
        second = fiocca.numbers["places"].map(ADVICE_OF_FIOCCA).fillna(OTHER_CELLS)
        panels[FIOCCA] = (frame.assign(kind=second)[kind.str.startswith("key")], WORTH_EFFORT)
        cuts[FIOCCA] = (
            _edges(facts["relationship_strength"], high),
            _edges(facts["business_attractiveness"], high),
        )
    if position.known:
        frame = pd.DataFrame(
            {
                "relative strength (points)": facts["relative_strength"],
                **up,
                "kind": position.numbers["position"],
            }
        )
        name = "McDonald & Woodburn"
        panels[name] = (frame, "strategic")
        cuts[name] = (
            _edge(facts["relative_strength"], high),
            _edge(facts["business_attractiveness"], high),
        )
    drawn = {name: (frame.dropna(), best) for name, (frame, best) in panels.items()}
    drawn = {name: pair for name, pair in drawn.items() if len(pair[0])}
    if not drawn:
        return unknown(
            "No matrix can be drawn on this book: two axes of value, or the points of "
            "account_profile, would allow it."
        )
    held = {
        name: int(frame["kind"].str.startswith(best).sum()) for name, (frame, best) in drawn.items()
    }
    numbers = {
        "panels": len(drawn),
        "fewest": min(held.values()),
        "most": max(held.values()),
        "best": [f"{name}: {drawn[name][1]} {n:,}" for name, n in held.items()],
        "key": len(drawn[FIOCCA][0]) if FIOCCA in drawn else 0,
    }
    frames = {name: frame for name, (frame, _) in drawn.items()}
    orders = {
        "today and tomorrow": CELLS,
        "cow, star, dog, wildcat": COLOURS_OF_PAINT,
        FIOCCA: [*ADVICE_OF_FIOCCA.values(), OTHER_CELLS],
        "McDonald & Woodburn": list(vg.MCDONALD_WOODBURN.values()),
    }
    others = set(drawn) - {"today and tomorrow", "cow, star, dog, wildcat"}
    says = (
        "Accounts in the best class of each: {best:names}.",
        *(
            (
                "Fiocca's panel holds the key accounts of his first step, {key:,} of them, each "
                "other panel all that have both values; axes and cuts differ too.",
            )
            if FIOCCA in drawn and len(drawn) > 1
            else ("The accounts are the same in every panel; the axes and the cuts are not.",)
            if others and len(drawn) > 1
            else (
                "Accounts, axes and cuts are the same in both panels; only what a class is made of "
                "differs.",
            )
            if len(drawn) > 1
            else ()
        ),
    )
    picture = Picture(
        lambda title: plots.matrix_panels(frames, title, cuts, orders),
        "One book, {panels:count matrix/matrices}: the best class holds {fewest} to "
        "{most:count account}"
        if numbers["fewest"] < numbers["most"]
        else "One book, {panels:count matrix/matrices}: the best class holds {most:count account}",
        "{panels:count matrix/matrices} as point clouds with the classes as colours. Accounts in "
        "the best class of each: {best:names}. Dashed lines mark the cuts.",
    )
    return Finding(numbers, says, picture=picture)


def cost_price_bond(accounts: Accounts) -> Finding:
    """Dear to serve, low price, weak bond: who stands in the corner to avoid?"""
    names = ["selling_cost", "volume", "relationship_strength"]
    if (nothing := _needs(accounts, names, "The cube")) is not None:
        return nothing
    facts = accounts.facts
    buying = facts[(facts["volume"] > 0) & (facts["revenue"] > 0) & (facts["line_revenue"] > 0)]
    if not len(buying):
        return unknown(
            "Nobody bought a positive volume of {where}: ledger.volume would allow the cube.",
            where=accounts.where,
        )
    axes = pd.DataFrame(
        {
            "cost": buying["selling_cost"] / buying["revenue"],
            "price": buying["line_revenue"] / buying["volume"],
            "bond": buying["relationship_strength"],
        }
    )
    corner = vg.grade_matrix(axes, top=0.5)["cell"].reindex(accounts.ids, fill_value="-")
    avoid, want = corner == "high/low/low", corner == "low/high/high"
    numbers = {
        "accounts": len(buying),
        "avoid": int(avoid.sum()),
        "want": int(want.sum()),
        "avoid_share": accounts.share(avoid),
        "want_share": accounts.share(want),
    }
    says = (
        "Of {accounts:count account}, {avoid:,} stand in the corner to avoid with "
        "{avoid_share:percent} of revenue, {want:,} in the opposite one with {want_share:percent}.",
    )
    table = _by_class(accounts, corner, [], "cost to serve/net price/relationship")
    table = table.drop(index="-", errors="ignore").drop(columns=["share", "largest"])
    return Finding(numbers, says, table)


def votes(
    accounts: Accounts,
    cells: Finding,
    paint: Finding,
    fiocca: Finding,
    position: Finding,
    high: float = vg.HIGH,
) -> Finding:
    """Do the matrices send an account to the same place?"""
    for_it: dict[str, pd.Series] = {}
    if cells.known:
        for_it["value: invest, develop"] = cells.numbers["cell"].isin(["invest", "develop"])
        for_it["paint: star"] = paint.numbers["paint"] == "star"
    if fiocca.known:
        for_it["Fiocca: key"] = fiocca.numbers["classes"].str.startswith("key")
    if position.known:
        for_it["strategic, star"] = position.numbers["position"].isin(["strategic", "star"])
    place = accounts.facts["revenue"].rank(ascending=False, method="first")
    for_it["largest by revenue"] = place <= top_count(len(accounts.ids), high)
    table = pd.DataFrame(for_it).astype(int)
    usable = table.loc[:, table.nunique() > 1]
    pairs = pairwise_agreement(usable).dropna(subset="kappa") if usable.shape[1] > 1 else table[:0]
    if not len(pairs):
        return unknown(
            "There is only one scheme that tells accounts apart, and nothing to compare it with: "
            "a second axis of value or the points of account_profile would allow it."
        )
    pairs["most"] = [
        attainable_kappa(usable[one], usable[other])
        for one, other in pairs[["first", "second"]].itertuples(index=False)
    ]
    near, far = pairs.loc[pairs["kappa"].idxmax()], pairs.loc[pairs["kappa"].idxmin()]
    numbers = {
        "near_most": near["most"],
        "far_most": far["most"],
        "schemes": table.shape[1],
        "all": int(table.all(axis=1).sum()),
        "some": int((table.any(axis=1) & ~table.all(axis=1)).sum()),
        "none": int((~table.any(axis=1)).sum()),
        "near": near["first"],
        "near_to": near["second"],
        "near_kappa": near["kappa"],
        "far": far["first"],
        "far_from": far["second"],
        "far_kappa": far["kappa"],
        "middle": pairs["kappa"].median(),
    }
    says = [
        "In favour of all {schemes:count scheme}: {all:count account}; of some: {some:,}; of none: "
        "{none:,}."
    ]
    if len(pairs) > 1:
        says.append(
            "Closest are “{near}” and “{near_to}” (kappa {near_kappa:.2f} of {near_most:.2f} that "
            "lists of these lengths could reach), furthest apart “{far}” and “{far_from}” "
            "({far_kappa:.2f} of {far_most:.2f})."
        )
    else:
        says.append(
            "The two, “{near}” and “{near_to}”, agree with a kappa of {near_kappa:.2f}; lists of "
            "these lengths could reach {near_most:.2f}."
        )
    if numbers["middle"] < 0.3:
        says.append(
            "A kappa near zero is no fault: the matrices ask different questions. The fault is to "
            "use one as if it had answered all."
        )
    shown = pairs.assign(pair=pairs["first"] + " | " + pairs["second"]).set_index("pair")
    columns = {
        "kappa": Shown("kappa", ".2f"),
        "kappa_low": Shown("from", ".2f"),
        "kappa_high": Shown("to", ".2f"),
        "most": Shown("at most", ".2f"),
    }
    return Finding(numbers, tuple(says), shown[list(columns)], columns)


def flow(accounts: Accounts, cells: Finding, paint: Finding, position: Finding) -> Finding:
    """Where do the accounts of class A by revenue go in the other schemes?"""
    if not cells.known:
        return Finding(cells.numbers, unknown=cells.unknown)
    abc = abc_classes(accounts.facts["revenue"].clip(lower=0)).reindex(accounts.ids)
    cell = cells.numbers["cell"]
    bands = pd.DataFrame(
        {
            "by revenue (ABC)": abc.astype("str"),
            "today and tomorrow": cell,
            "cow, star, dog, wildcat": paint.numbers["paint"],
        }
    )
    orders = {
        "by revenue (ABC)": ["A", "B", "C"],
        "today and tomorrow": CELLS,
        "cow, star, dog, wildcat": COLOURS_OF_PAINT,
    }
    if position.known:
        bands["McDonald & Woodburn"] = position.numbers["position"]
        orders["McDonald & Woodburn"] = list(vg.MCDONALD_WOODBURN.values())
    numbers = {
        "a": int((abc == "A").sum()),
        "a_invest": int(((abc == "A") & (cell == "invest")).sum()),
        "c_develop": int(((abc == "C") & (cell == "develop")).sum()),
        "schemes": bands.shape[1] - 1,
    }
    says = (
        "Of class C, {c_develop:count account} stand in the cell *develop*: small today, and the "
        "ones to look at."
        if numbers["c_develop"] > 1
        else "Of class C, no account stands in the cell *develop*."
        if not numbers["c_develop"]
        else "Of class C, one account stands in the cell *develop*: small today, and the one to "
        "look at.",
    )
    picture = Picture(
        lambda title: plots.alluvial(bands, title, orders),
        "Of {a:count class A account}, {a_invest:count stands/stand} in invest",
        "Bands that follow each account from its class by revenue to its class in "
        "{schemes:count other scheme}. Of {a:count account} of class A, "
        "{a_invest:count reaches/reach} the cell invest; of class C, "
        "{c_develop:count reaches/reach} develop.",
    )
    return Finding(numbers, says, picture=picture)


# --- many criteria, and how firm a grade is


def _case_less(case: pd.DataFrame) -> dict[str, bool]:
    return {name: False for name in ("arrears", "cycle") if name in case}


def _normal_scores(case: pd.DataFrame) -> pd.DataFrame:
    """Each criterion as normal scores of its ranks, turned so that more is better."""
    return vg.axis_scores(case, {str(name): [str(name)] for name in case}, _case_less(case))


def _case_says(case: pd.DataFrame) -> tuple[dict[str, Any], list[str]]:
    """What the criteria of the case are on this book."""
    numbers = {
        "criteria": [str(name) for name in case],
        "n_criteria": case.shape[1],
        "short": [name for name in ("sales", "volume", "arrears", "cycle") if name not in case],
        "unranked": int(case.isna().any(axis=1).sum()),
    }
    says = ["Criteria here: {criteria:names}."]
    if "arrears" in case:
        says.append(
            "Arrears are the share of the amount invoiced that was paid late, or is overdue and "
            "not paid."
        )
    if "cycle" in case:
        says.append(
            "The cycle is the time in months from one month with a purchase to the next, on "
            "average, or the months since the last one where these are more; an account with a "
            "single such month counts with the whole period."
        )
    if numbers["short"]:
        says.append("Not in this book, or the same for all: {short:names}.")
    if numbers["unranked"]:
        says.append("Without one of them, and so without a grade: {unranked:count account}.")
    return numbers, says


def topsis_ranks(accounts: Accounts, best: float = 0.2) -> Finding:
    """TOPSIS beside a plain sum of normal scores: same criteria, same weights, the same order?"""
    case = accounts.case
    # rounded, so that accounts which are alike but for the arithmetic share a rank
    closeness = vg.topsis(case, list(case), _case_less(case)).round(9)
    summed = _normal_scores(case).mean(axis=1, skipna=False).round(9)
    table = pd.DataFrame(
        {
            "closeness": closeness,
            "topsis": closeness.rank(ascending=False, method="min"),
            "summed": summed.rank(ascending=False, method="min"),
            "revenue": accounts.facts["revenue"],
        }
    ).dropna()
    table = table.sort_index().sort_values("closeness", ascending=False, kind="stable")
    alike = min(summed[table.index].nunique(), table["closeness"].nunique()) < 2
    if len(table) < 3 or alike:
        return unknown(
            "{n:count account} with all criteria that differ: three would allow two orders to be "
            "compared ({criteria:names} are at hand).",
            n=len(table),
            criteria=[str(name) for name in case],
        )
    n_best = top_count(len(table), best)
    by_sum = summed[table.index].sort_values(ascending=False, kind="stable").index[:n_best]
    numbers, says = _case_says(case)
    numbers |= {
        "tau": agreement(table["closeness"], summed[table.index])["tau"],
        "best": best,
        "n_best": n_best,
        "both": len(set(table.index[:n_best]) & set(by_sum)),
    }
    says.append(
        "TOPSIS against the sum of normal scores: Kendall's tau {tau:.2f}; {both:,} of the best "
        "{n_best:,} ({best:percent0}) are the same."
    )
    if numbers["tau"] < 0.8:
        says.append(
            "The formula is a choice like the weights. In TOPSIS one giant shrinks the differences "
            "of all others on that criterion; ranks do not let it."
        )
    shown = table.head(8)
    shown = shown.set_axis(pd.Index(accounts.called(shown.index), name="account"))
    columns = {
        "closeness": Shown("closeness", ".3f"),
        "topsis": Shown("TOPSIS rank", ",.0f"),
        "summed": Shown("rank by sum", ",.0f"),
    }
    return Finding(numbers, tuple(says), shown, columns)


GRADE_COLUMNS = {
    "firm": Shown("kept in {sure:percent0} of the draws", ",.0f"),
    "loose": Shown("kept in less than {unsure:percent0}", ",.0f"),
    "average": Shown("kept on average", "percent0"),
}


def grades(accounts: Accounts, certainty: float = 50.0, draws: int | None = None) -> Finding:
    """Whose grade hangs on the weights?

    certainty : how sure the weights are; 50 lets a weight of 0.25 vary by about 0.06.
    """
    case = accounts.case
    scores = _normal_scores(case)
    found = vg.rank_stability(scores, list(scores), certainty=certainty, draws=draws or DRAWS)
    graded = found[found["grade"] != "unknown"]
    numbers, says = _case_says(case)
    if not len(graded):
        return unknown(
            "No account has all the criteria ({criteria:names}), so none is graded: values for the "
            "missing ones would allow it.",
            **numbers,
        )
    if len(graded) < FEWEST_GRADED:
        return _none_graded(len(graded), **numbers)
    order = list(vg.SHARES)
    first, second = (list(vg.SHARES.values())[place] for place in (0, 1))
    firm, loose = graded[graded["kept"] >= FIRM], graded[graded["kept"] < LOOSE]
    rows = {
        grade: {
            "accounts": int((graded["grade"] == grade).sum()),
            "firm": int((firm["grade"] == grade).sum()),
            "loose": int((loose["grade"] == grade).sum()),
            "average": graded.loc[graded["grade"] == grade, "kept"].mean(),
        }
        for grade in order
        if (graded["grade"] == grade).any()
    }
    ordered = graded.sort_index().sort_values("score", ascending=False, kind="stable")
    best = order[0]
    firm_a = ordered[(ordered["kept"] >= FIRM) & (ordered["grade"] == best)]
    n_a = int((graded["grade"] == best).sum())
    before = max(n_a - AROUND // 2, 0)
    head = ordered.iloc[before : before + AROUND]
    numbers |= {
        "grades": found,
        "sure": FIRM,
        "unsure": LOOSE,
        "first": first,
        "second": second,
        "graded": len(graded),
        "firm": len(firm),
        "loose": len(loose),
        "n_a": n_a,
        "firm_a": len(firm_a),
        "who": accounts.called(firm_a.index[:NAMED]),
        "named": NAMED,
        "shown": len(head),
        "from_place": before + 1,
        "to_place": before + len(head),
        "head_sure": int((head["kept"] >= FIRM).sum()),
        "loosest": accounts.called(pd.Index([head["kept"].idxmin()]))[0],
        "loosest_kept": head["kept"].min(),
        "certainty": certainty,
    }
    if graded["score"].nunique() < 2:
        return unknown(
            "All accounts have the same score on {criteria:names}, so no grade tells them apart: "
            "criteria that differ (ledger.volume, invoices, ledger.date) would allow it.",
            **numbers,
        )
    says.append(
        "Grade A is the best {first:percent0}, B reaches to {second:percent0}, C is the rest."
    )
    if case.shape[1] == 1:
        says.append(
            "With a single criterion there is nothing to weigh, so nothing is said of how firm a "
            "grade is."
        )
        return Finding(numbers, tuple(says), _grade_table(rows)[["accounts"]])
    says.append(
        "Kept in {sure:percent0} of the draws or more: {firm:,} of {graded:count grade}; in grade "
        "A {firm_a:,} of {n_a:,}, the best first: {who:names}."
        if 0 < len(firm_a) <= NAMED
        else "Kept in {sure:percent0} of the draws or more: {firm:,} of {graded:count grade}; in "
        "grade A {firm_a:,} of {n_a:,}; the {named} best are {who:names}."
        if len(firm_a)
        else "Kept in {sure:percent0} of the draws or more: {firm:,} of {graded:count grade}; none "
        "of them in grade A."
    )
    if len(loose):
        says.append(
            "Kept in less than {unsure:percent0} of the draws: {loose:count grade}. Argue about "
            "these, not about the weights."
        )
    if numbers["loosest_kept"] < 1 and len(head) > 1:
        says.append(
            "Least sure around the end of grade A, at the places {from_place:,} to {to_place:,}, "
            "is {loosest}: it keeps its grade in {loosest_kept:percent0} of the draws."
        )
    picture = Picture(
        lambda title: plots.grade_shares(
            head[order], title, "share of draws of the weights", names=accounts.labels
        ),
        "Around the end of grade A {head_sure} of {shown} keep their grade in {sure:percent0} of "
        "the draws",
        "Bars of the accounts at the places {from_place:,} to {to_place:,} by score, around the "
        "end of grade A, split by the share of draws that grade them A, B or C. {head_sure} keep "
        "their grade in {sure:percent0} of the draws or more; least sure is {loosest} with "
        "{loosest_kept:percent0}."
        if numbers["loosest_kept"] < 1
        else "Bars of the accounts at the places {from_place:,} to {to_place:,} by score, around "
        "the end of grade A, split by the share of draws that grade them A, B or C. All keep their "
        "grade in every draw.",
    )
    shown = picture if len(head) > 1 else None
    return Finding(numbers, tuple(says), _grade_table(rows), GRADE_COLUMNS, shown)


def _none_graded(graded: int, criteria: Sequence[str], **numbers: Any) -> Finding:
    """Why so few accounts get no grade."""
    return unknown(
        "{graded:count account} with all criteria ({criteria:names}): of so few the best "
        "{first:percent0} are nobody, so none is graded; it takes {needed:count account}.",
        **numbers,
        graded=graded,
        criteria=criteria,
        needed=FEWEST_GRADED,
        first=next(iter(vg.SHARES.values())),
    )


def _grade_table(rows: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("grade")


def certainties(
    accounts: Accounts, levels: Sequence[float] = (15, 50, 500), draws: int | None = None
) -> Finding:
    """How many grades are firm, the surer one is of the weights?

    The first row is that of any weights at all: a certainty equal to the number of criteria.
    """
    case = accounts.case
    scores = _normal_scores(case)
    if case.shape[1] == 1:
        return unknown(
            "One criterion only ({criteria:names}): there are no weights to be sure of. "
            "ledger.volume, ledger.date or invoices would give more.",
            criteria=[str(name) for name in case],
        )
    tried = dict.fromkeys([float(case.shape[1]), *map(float, levels)])
    repeats = draws or DRAWS  # those of the grades, so that both tables count the same
    kept = {
        level: vg.rank_stability(scores, list(scores), certainty=level, draws=repeats)
        for level in tried
    }
    table = pd.DataFrame(
        {
            "certainty": list(kept),
            "firm": [int((found["kept"] >= FIRM).sum()) for found in kept.values()],
            "firm_a": [
                int(((found["kept"] >= FIRM) & (found["grade"] == "A")).sum())
                for found in kept.values()
            ],
        }
    ).sort_values("certainty", kind="stable")
    least = kept[float(case.shape[1])]
    held = least.loc[least["kept"] >= FIRM, "grade"]
    numbers = {
        "sure": FIRM,
        "graded": int((least["grade"] != "unknown").sum()),
        "any": len(held),
        "any_a": int((held == "A").sum()),
        "most": table["certainty"].max(),
        "most_firm": int(table["firm"].iloc[-1]),
    }
    if not numbers["graded"]:
        return unknown(
            "No account has all the criteria ({criteria:names}): values for the missing ones would "
            "allow grades.",
            criteria=[str(name) for name in case],
        )
    if numbers["graded"] < FEWEST_GRADED:
        return _none_graded(numbers["graded"], [str(name) for name in case])
    says = [
        "If any weights were possible, {any:,} of {graded:count grade} would be firm, {any_a:,} of "
        "them A."
    ]
    if len(held) and (held == "C").mean() > 0.8:
        says.append(
            "Most of these firm grades are C: accounts that are small on everything need no debate."
        )
    says.append("With a certainty of {most:g}, {most_firm:,} are firm.")
    columns = {
        "firm": Shown("grades kept in {sure:percent0} of the draws", ",.0f"),
        "firm_a": Shown("of them grade A", ",.0f"),
    }
    table["certainty"] = [f"{level:g}" for level in table["certainty"]]
    return Finding(numbers, tuple(says), table.set_index("certainty"), columns)


# --- groups from the data


@dataclass(frozen=True)
class _Points:
    table: pd.DataFrame
    scale: str
    about: str

    @property
    def scaled(self) -> pd.DataFrame:
        """On the scale on which distances are taken."""
        if self.scale == "none":
            return self.table
        return (self.table - self.table.mean()) / self.table.std(ddof=0)


def _points(accounts: Accounts, axes: Finding) -> _Points | None:
    """What groups are formed on: the points of the profile, else the two axes, else the lines."""
    facts, scores = accounts.facts, axes.numbers["scores"]
    options = []
    if all(name in facts for name in BOND):
        about = "attractiveness of the business and strength of the relationship, in points"
        options.append((facts[BOND], "none", about))
    if "potential" in scores:
        options.append((scores[["current", "potential"]], "z", "current and potential value"))
    if accounts.lines.shape[1] > 2:
        lines = np.log1p(accounts.lines.clip(lower=0))
        lines.columns = [f"log revenue of {name}" for name in lines]
        options.append((lines, "z", "the logarithm of revenue in each line"))
    for table, scale, about in options:
        complete = table.dropna()
        complete = complete.loc[:, complete.nunique() > 1]
        if complete.shape[1] > 1 and len(complete.drop_duplicates()) >= FEWEST_POINTS:
            return _Points(complete, scale, about)
    return None


def how_many(accounts: Accounts, axes: Finding, draws: int | None = None) -> Finding:
    """How many groups are there? Three criteria."""
    points = _points(accounts, axes)
    if points is None:
        return unknown(
            "No two columns with different values for {needed:count account}, so no groups are "
            "formed: account_profile.business_attractiveness and relationship_strength, or dates, "
            "would allow it.",
            needed=FEWEST_POINTS,
        )
    found = vg.group_numbers(points.scaled, references=max((draws or DRAWS) // 25, 2))
    by = {
        name: [int(k) for k in found.index[found[f"by_{name}"]]]
        for name in ("silhouette", "gap", "bic")
    }
    most = int(found.index.max())
    gap = f"{by['gap'][0]}" if by["gap"] else f"none up to {most}"
    numbers: dict[str, Any] = {
        "criteria": found,
        "points": points,
        "about": points.about,
        "accounts": len(points.table),
        "silhouette": by["silhouette"][0],
        "gap": gap,
        "bic": by["bic"][0],
        "most": most,
        "agree": by["gap"] == by["silhouette"] == by["bic"],
    }
    says = [
        "Variables: {about}; {accounts:count account} have them."
        if numbers["accounts"] != 1
        else "Variables: {about}.",
        "The silhouette prefers {silhouette}, the gap statistic {gap}, the BIC {bic}.",
        "They agree."
        if numbers["agree"]
        else "They do not agree, so not all of them can be right; which one is, they do not say: "
        "a person decides.",
    ]
    if by["gap"] == [1] or by["bic"] == [1]:
        says.append(
            "A criterion that prefers a single group says that there may be none at all: what "
            "follows then shows what k-means makes of that."
        )
    picture = Picture(
        lambda title: plots.number_of_groups(found, title),
        "How many groups? Silhouette {silhouette}, gap {gap}, BIC {bic}",
        "Three criteria against the number of groups, up to {most}: the silhouette prefers "
        "{silhouette}, the gap statistic {gap}, the BIC {bic}. The preferred number is circled.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def criteria(many: Finding) -> Finding:
    """The three criteria for the number of groups, number by number."""
    if not many.known:
        return Finding(many.numbers, unknown=many.unknown)
    columns = {
        "silhouette": Shown("silhouette", ".3f"),
        "gap": Shown("gap", ".3f"),
        "se": Shown("its error", ".3f"),
        "bic": Shown("BIC", ",.0f"),
    }
    return Finding(table=many.numbers["criteria"][list(columns)], columns=columns)


#: What the two tests of the groups say of them.
FIRMNESS = {
    "firm": "Found again, and more than in data without groups: these are firm.",
    "loose": "More than in data without groups, but half of the accounts would not tell the groups "
    "of the other half: give these no names.",
    "care": "More than in data without groups; whether they are found again cannot be told, since "
    "the interval holds the limit: handle them with care.",
    "none": "Data without groups give as much: so much comes from k-means alone, and these groups "
    "should get no names.",
}


def _firmness(low: float, high: float, limit: float, chance: float) -> str:
    if chance > CHANCE:
        return "none"
    return {"holds": "firm", "does not hold": "loose"}.get(
        claims_of.at_least(low, high, limit), "care"
    )


def groups(
    accounts: Accounts,
    many: Finding,
    k: int = 0,
    strength: float = STRENGTH,
    draws: int | None = None,
) -> Finding:
    """Which groups does k-means form, would other accounts form them again, and is there more than
    in data without groups?

    k : number of groups, 2 or more; 0 = the number that the silhouette prefers. strength : the
    prediction strength from which groups are called found again.
    """
    if not many.known:
        return Finding(many.numbers, unknown=many.unknown)
    points: _Points = many.numbers["points"]
    k = k or many.numbers["silhouette"]
    different = len(points.table.drop_duplicates())
    if different < 4 * k:
        return unknown(
            "{k:count group} of {different:count different account}: a half of them would not tell "
            "so many groups of the other half, so none are formed; fewer groups (k) would do.",
            k=k,
            different=different,
        )
    repeats = max((draws or DRAWS) // 10, 2)
    clusters = vg.cluster_accounts(points.table, k=k, scale=points.scale, draws=repeats)
    flat = clusters.centres[list(points.table)]
    plain = pd.Series([f"group {number}" for number in flat.index], index=flat.index)
    on_bond = list(points.table) == BOND
    names = vg.corner_names(flat) if on_bond and k == len(vg.BOND_GROUPS) else plain
    named = on_bond and names.is_unique and names is not plain
    names = names if named else plain
    sample = points.scaled
    sample = sample if len(sample) <= SAMPLE else sample.sample(SAMPLE, random_state=0)
    tested = vg.group_firmness(sample, k, splits=max((draws or DRAWS) // 25, 2))
    again, low, high = _mean_of_splits(tested.strength)
    firm = _firmness(low, high, strength, tested.chance)
    group = clusters.labels.map(names).reindex(accounts.ids)
    numbers: dict[str, Any] = {
        "clusters": clusters,
        "group": group,
        "points": points,
        "k": k,
        "named": bool(named),
        "variables": " and ".join(name.replace("_", " ") for name in points.table),
        "draws": repeats,
        "ari": clusters.stability.mean(),
        "ari_low": clusters.stability.quantile(0.025),
        "again": again,
        "low": low,
        "high": high,
        "strength": strength,
        "splits": len(tested.strength) // 2,
        "silhouette": tested.silhouette,
        "without": float(tested.without.max()),
        "references": len(tested.without),
        "chance": tested.chance,
        "firm": firm,
    }
    says = ["The lesson goes on with {k:count group}."]
    if named:
        says.append(
            "They are named by their corner: attractive and close is *key today*, attractive and "
            "distant *key tomorrow*, close without a future *harvest*, the rest *maintain*."
        )
    says += [
        "Drawn anew {draws:count time}, the groups agree with these with an adjusted Rand index of "
        "{ari:.2f} on average, {ari_low:.2f} at the low end.",
        "Split in half {splits:count time}, one half tells the groups of the other with a "
        "prediction strength of {again:.2f} ({low:.2f} to {high:.2f}); asked for is "
        "{strength:.2f}.",
        "The silhouette is {silhouette:.2f}; of {references:count data set} without groups the "
        "highest has {without:.2f} (chance {chance:.2f}).",
        FIRMNESS[firm],
    ]
    table = clusters.centres.assign(
        share=[accounts.share(group == names[number]) for number in clusters.centres.index]
    ).set_axis(pd.Index(names.tolist(), name="group"))
    words = {"business_attractiveness": "attractiveness", "relationship_strength": "relationship"}
    columns = {
        str(name): Shown(_literal(words.get(str(name), str(name))), ".2f") for name in points.table
    }
    return Finding(numbers, tuple(says), table, columns | CLASS_COLUMNS)


def _mean_of_splits(strength: pd.Series) -> tuple[float, float, float]:
    """The mean over the splits with its 95 % interval. Both directions of a split share their
    halves, so that a split counts once.
    """
    each = strength.to_numpy().reshape(-1, 2).mean(axis=1)
    mean = float(each.mean())
    reach = float(student.isf(0.025, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)))
    return mean, mean - reach, min(mean + reach, 1.0)


def _literal(text: str) -> str:
    """A text as a template that is written as it stands."""
    return text.replace("{", "{{").replace("}", "}}")


def _on_sample(groups: Finding) -> tuple[pd.DataFrame, pd.Series]:
    """Accounts on the scale of the groups, at most `SAMPLE`, and their groups."""
    points: _Points = groups.numbers["points"]
    whole = groups.numbers["clusters"].labels.dropna()
    frame = points.scaled.loc[whole.index]
    frame = frame if len(frame) <= SAMPLE else frame.sample(SAMPLE, random_state=0)
    return frame, whole[frame.index]


def tree(groups: Finding) -> Finding:
    """Does a method that joins the nearest accounts step by step (Ward) find the same groups?"""
    if not groups.known:
        return Finding(groups.numbers, unknown=groups.unknown)
    frame, labels = _on_sample(groups)
    k = groups.numbers["k"]
    ward = fcluster(linkage(frame.to_numpy(), "ward"), k, "maxclust")
    numbers = {"k": k, "index": adjusted_rand_score(labels, ward), "leaves": min(16, len(frame))}
    picture = Picture(
        lambda title: plots.tree(frame, k, title),
        "A tree cut at {k:count branch/branches} agrees with k-means: adjusted Rand index "
        "{index:.2f}",
        "Tree of the accounts joined by Ward's method, {leaves} branches shown. Cut at "
        "{k:count branch/branches} it agrees with the groups of k-means with an adjusted Rand "
        "index of {index:.2f}.",
    )
    says = (
        "A method that works the other way round, joining the nearest accounts step by step, gives "
        "an index of {index:.2f} with the groups above.",
    )
    return Finding(numbers, says, picture=picture)


def scales(accounts: Accounts, groups: Finding) -> Finding:
    """The same accounts and columns in other units: what is left of the groups?"""
    if not groups.known:
        return Finding(groups.numbers, unknown=groups.unknown)
    points: _Points = groups.numbers["points"]
    table, scale, k = points.table, points.scale, groups.numbers["k"]
    whole = groups.numbers["clusters"].labels.dropna()
    money = table.assign(money=accounts.facts["revenue"])
    first = table.columns[0]
    added = "revenue in currency added, no scaling"
    variants = {"as used above": (table, scale)}
    if scale != "z":
        variants["standard deviations"] = (table, "z")
    variants |= {
        "ranks": (table, "rank"),
        f"{str(first).replace('_', ' ')} in units a tenth as large": (
            table.assign(**{str(first): table[first] * 10}),
            "none",
        ),
        added: (money, "none"),
        "revenue added, standard deviations": (money, "z"),
    }
    index = {
        name: adjusted_rand_score(
            whole, vg.cluster_accounts(data, k=k, scale=how, draws=0).labels[whole.index]
        )
        for name, (data, how) in variants.items()
    }
    numbers = {"added": index[added], "ranks": index["ranks"]}
    says = [
        "Revenue added without scaling leaves an index of {added:.2f}: the groups are then groups "
        "of revenue and nothing else. No error is raised, and the table looks like any other."
        if index[added] < 0.5
        else "Revenue added without scaling leaves an index of {added:.2f}: here the scale does "
        "little harm. That is luck, and has to be looked at each time."
    ]
    if index["ranks"] < 0.5:
        says.append(
            "Ranks, right for an axis of skewed amounts, do harm here (index {ranks:.2f}): they "
            "pull a dense crowd apart and push distant groups together."
        )
    shown = pd.DataFrame({"index": index}).rename_axis("points")
    return Finding(numbers, tuple(says), shown, INDEX_COLUMNS)


def collapse(
    groups: Finding,
    times: Sequence[float] = (0.5, 1.0, 1.3, 1.57, 2.0, 3.0),
    draws: int | None = None,
) -> Finding:
    """Would the groups be found again if the axes were measured less exactly?

    times : the noise, as multiples of the noise found; 1 must be among them.
    """
    if not groups.known:
        return Finding(groups.numbers, unknown=groups.unknown)
    points: _Points = groups.numbers["points"]
    clusters: vg.Clusters = groups.numbers["clusters"]
    flat = clusters.centres[list(points.table)]
    whole = clusters.labels.dropna()
    off = points.table.loc[whole.index].to_numpy() - flat.loc[whole].to_numpy()
    noise = float(np.sqrt((off**2).mean()))
    if noise == 0:
        return unknown(
            "Every account lies exactly on the centre of its group: points that differ within the "
            "groups (account_profile) would allow the noise to be varied."
        )
    found = vg.stability_by_noise(
        flat,
        clusters.centres["accounts"],
        noise * np.asarray(times),
        accounts=min(len(points.table), 600),
        draws=max((draws or DRAWS) // 25, 1),
    ).assign(times=list(times))
    at, known = (found.set_index("times")[name] for name in ("ari", "nearest"))
    more = min((time for time in times if time > 1), default=1.0)
    more = next((time for time in times if time >= 1.5), more)
    most = max(times)
    numbers = {
        "noise": noise,
        "unit": "points" if points.scale == "none" else "units of the axes",
        "at_one": at[1.0],
        "more": more,
        "at_more": at[more],
        "known": known[more],
        "most": most,
        "at_most": at[most],
        "curve": found,
        "steps": [f"{time:g} times {value:.2f}" for time, value in at.items()],
    }
    falls = at[1.0] - at[more] >= 0.05
    says = (
        "At the noise found ({noise:.2f} {unit} around a centre) the index is {at_one:.2f}; at "
        "{more:g} times of it {at_more:.2f}, at {most:g} times {at_most:.2f}.",
        "Who knew the centres would have {known:.2f} at {more:g} times: nobody does better by "
        "distance, and what k-means has less is lost by looking for the centres.",
        "Nothing warns you: k-means returns the same number of groups, with centres and names. "
        "Groups that are scored by opinion should be scored twice, by two people, before anybody "
        "acts on them.",
    )
    drawn = found.set_index("times")[["ari", "nearest"]]
    drawn = drawn.rename(columns={"ari": "k-means", "nearest": "centres known"})
    picture = Picture(
        lambda title: figures.sensitivity_curve(
            drawn,
            title,
            "noise of the axes, as a multiple of the noise found",
            "adjusted Rand index (1 = the same groups)",
            base=1,
        ),
        "At {more:g} times the noise the index falls from {at_one:.2f} to {at_more:.2f}"
        if falls
        else "At {more:g} times the noise the index is {at_more:.2f}, at the noise found "
        "{at_one:.2f}",
        "Adjusted Rand index of k-means against the noise of the axes: {steps:names}.",
    )
    return Finding(numbers, says, picture=picture)


# --- the next key accounts


@dataclass(frozen=True)
class _Trial:
    """A choice that can be tested: who may be picked, by which signals, who came true."""

    pool: pd.Series
    by_group: bool
    signals: pd.DataFrame
    up: dict[str, bool]
    from_profile: bool
    came: pd.Series

    def judged(self, signals: pd.DataFrame, up: Mapping[str, bool], top: int) -> vg.NextKeyAccounts:
        """The pool in the order of the signals, with what came true."""
        return vg.next_key_accounts(signals, list(signals), up, self.pool, self.came, top)


def _trial(accounts: Accounts, groups: Finding) -> _Trial:
    """The pool, the signals, and who doubled in the later months.

    What comes from the ledger is dated before these months; the profile bears no date.
    """
    facts, spans = accounts.facts, accounts.spans
    before, after = spans["before"], spans["after"]
    came = (before > 0) & (after >= 2 * before)
    by_group = (
        groups.known
        and groups.numbers["named"]
        and "product_fit" in facts
        and bool((groups.numbers["group"] == "key tomorrow").any())
    )
    if by_group:
        pool = (groups.numbers["group"] == "key tomorrow").fillna(False) & (
            facts["product_fit"] == 1
        )
    else:
        n = top_count(len(before), 0.2)
        pool = (before > 0) & (before.rank(ascending=False, method="first") > n)
    profile = ("growth", "sales_potential", "industry_rank")
    if all(name in facts for name in profile):
        signals = pd.DataFrame(
            {
                "growth": facts["growth"],
                "sales_potential": _log(facts["sales_potential"] / before.clip(lower=1.0)),
                "industry_rank": _log(facts["industry_rank"]),
            }
        )
        return _Trial(pool, by_group, signals, {"industry_rank": False}, True, came)
    earlier = spans["earlier"]
    signals = pd.DataFrame(
        {
            "trend before": _log(before.where(before > 0) / earlier.where(earlier > 0)),
            "months with purchases": accounts.busy,
        }
    )
    return _Trial(pool, by_group, signals.loc[:, signals[pool].nunique() > 1], {}, False, came)


def _log(values: pd.Series) -> pd.Series:
    """The logarithm of what is positive; missing elsewhere."""
    return np.log(values.where(values > 0))


def _two_sided(rate: pd.Series) -> float:
    """How often picks at random from the pool would hit a number of times as unlikely as this."""
    pool, picked, hits = (int(rate[name]) for name in ("pool", "picked", "hits"))
    return vg.two_sided_chance(pool, round(rate["base_pool"] * pool), picked, hits)


def _told(rate: pd.Series) -> Told:
    if _two_sided(rate) >= CHANCE:
        return "not told"
    return "works" if rate["hit_rate"] > rate["base_pool"] else "inverted"


POOLS = {
    True: "The pool: accounts of the group *key tomorrow* whose need our product fits, {pool:,} of "
    "{n:,}.",
    False: "The pool: accounts whose purchases less returns in the {months} months before were "
    "above zero, outside the top {fifth:percent0} by the amount of those months; {pool:,} of "
    "{n:,}.",
}
SIGNALS = {
    True: "The signals, with equal weights: growth of the account's own business, sales still to "
    "be had (potential sales over revenue of the months *before*, logarithm), rank in the industry "
    "(logarithm, less is better).",
    False: "The signals, with equal weights: {signals:names}.",
}
#: Where the signals come from a table without dates.
UNDATED = (
    "The profile bears no date: of these signals only the revenue is known to be from before. If "
    "the rest was written down after the year, the choice knows the answer."
)
CHOICE: dict[Told, str] = {
    "works": "Picks at random from the pool give a number of hits as unlikely as this, many or "
    "few, in {chance:percent2} of draws: the signals carry something.",
    "not told": "Picks at random from the pool give a number of hits as unlikely as this, many or "
    "few, in {chance:percent} of draws: this book cannot tell whether the signals foretell "
    "anything, so no ranking is offered.",
    "inverted": "That is less than the base rate, and picks at random give a number of hits as "
    "unlikely as this, many or few, in {chance:percent2} of draws only: here the signals point the "
    "wrong way, so no ranking is offered.",
}
#: The same where chance brings it so seldom that its share would be written as nothing.
SURELY: dict[Told, str] = CHOICE | {
    "works": "Picks at random from the pool give a number of hits as unlikely as this, many or "
    "few, in less than {small:percent} of draws: the signals carry something.",
    "inverted": "That is less than the base rate, and picks at random give a number of hits as "
    "unlikely as this, many or few, in less than {small:percent} of draws: here the signals point "
    "the wrong way, so no ranking is offered.",
}


def next_accounts(accounts: Accounts, groups: Finding, top: int = 30) -> Finding:
    """Would picks by what was known before have found those who doubled after?

    ``numbers["told"]`` says whether the signals work on this book; only then is their ranking
    offered.
    """
    if not accounts.months:
        return unknown(
            "This book has no following year to test a choice on: dates over {needed:count month} "
            "or more (ledger.date) would give one.",
            needed=3 * FEWEST_MONTHS,
        )
    trial = _trial(accounts, groups)
    numbers: dict[str, Any] = {
        "trial": trial,
        "n": len(accounts.ids),
        "top": top,
        "pool": int(trial.pool.sum()),
        "fifth": 0.2,
        "months": accounts.months,
        "where": accounts.where,
        "signals": list(trial.signals),
    }
    if not numbers["pool"] or not len(trial.signals.columns):
        return unknown(
            "{pool:count account} in the pool, with {k:count signal} that differ: the book is too "
            "small for this test. More accounts that bought in both spans of months would allow "
            "it.",
            **numbers,
            k=len(trial.signals.columns),
        )
    chosen = trial.judged(trial.signals, trial.up, top)
    rate, ranking = chosen.hit_rate, chosen.ranking
    signalled = int(ranking["rank"].notna().sum())
    came = int(ranking["outcome"].sum())
    numbers |= {"signalled": signalled, "came": came, "half": max(signalled // 2, 1)}
    if signalled < 2 or ranking["score"].nunique() < 2:
        return unknown(
            "{signalled:count account} of the pool with signals that differ: an order needs two. "
            "Purchases over three spans of {months:count month}, or account_profile.growth, "
            "sales_potential and industry_rank, would give signals.",
            **numbers,
        )
    if rate["picked"] >= signalled:
        return unknown(
            "The pool holds {signalled:count account} with signals, and {top:,} are to be picked: "
            "everybody is picked, and such a choice tests nothing. A shorter list (top = {half}) "
            "would allow the test.",
            **numbers,
        )
    if came in (0, len(ranking)):
        return unknown(
            "Of {pool:count account} in the pool, {came:,} at least doubled: where all fare alike "
            "there is nothing to foretell. A year in which some of the pool doubled would allow "
            "the test.",
            **numbers,
        )
    told, chance = _told(rate), _two_sided(rate)
    numbers |= {
        "told": told,
        "chance": chance,
        "ranking": ranking,
        "rate": rate,
        **{name: float(rate[name]) for name in ("hit_rate", "low", "high", "base_pool")},
        "base_book": float(rate["base_book"]),
        "most": float(rate["most"]),
        "picked": int(rate["picked"]),
        "hits": int(rate["hits"]),
        "at_random": float(rate["picked"] * rate["base_pool"]),
        "best": int(min(rate["picked"], came)),
        "gone": int((trial.pool & accounts.gone).sum()),
        "small": 0.001,
    }
    says = [
        POOLS[trial.by_group],
        SIGNALS[trial.from_profile],
        *([UNDATED] if trial.from_profile else []),
        "Picked: {picked:,} of {pool:,}. **At least doubled ({where}, the last {months} months "
        "against the {months} before): {hits:,}, a hit rate of {hit_rate:percent}** "
        "({low:percent0} to {high:percent0}).",
        "Base rate in the pool {base_pool:percent}, in the whole book {base_book:percent}; more "
        "than {most:percent0} was not to be had."
        if round(numbers["most"], 2) < 1
        else "Base rate in the pool {base_pool:percent}, in the whole book {base_book:percent}.",
        (SURELY if chance < numbers["small"] else CHOICE)[told],
    ]
    if numbers["gone"]:
        says.append(
            "Of the pool, {gone:count account} bought nothing since the later months began: gone. "
            "They count here as not doubled, and get no rank in the review."
            if told == "works" and numbers["gone"] > 1
            else "Of the pool, {gone:count account} bought nothing since the later months began: "
            "gone. It counts here as not doubled, and gets no rank in the review."
            if told == "works"
            else "Of the pool, {gone:count account} bought nothing since the later months began: "
            "gone, and counted here as not doubled."
        )
    table = pd.DataFrame(
        {
            "of": [numbers["picked"], numbers["pool"], numbers["n"]],
            "hits": [numbers["hits"], came, int(trial.came.sum())],
            "hit_rate": [numbers[name] for name in ("hit_rate", "base_pool", "base_book")],
        },
        index=pd.Index(["picked", "the pool", "the whole book"], name="who"),
    )
    columns = RATE_COLUMNS | {"hit_rate": Shown("rate", "percent")}
    picture = Picture(
        lambda title: _gained(numbers, title),
        "The first {picked} of {pool} hold {hits} of the {came} in the pool who doubled",
        "Accounts that doubled against the number picked. At {picked:count pick} the signals have "
        "found {hits:,}, chance would find {at_random:.1f}, the best possible choice {best:,}.",
    )
    return Finding(numbers, tuple(says), table, columns, picture)


def _gained(numbers: Mapping[str, Any], title: str) -> Any:
    order = numbers["ranking"].dropna(subset="rank").head(numbers["picked"])
    place = np.arange(1, len(order) + 1)
    frame = pd.DataFrame(
        {
            "by the signals": order["outcome"].cumsum().to_numpy(),
            "at random": place * numbers["base_pool"],
            "best possible": np.minimum(place, numbers["came"]),
        },
        index=place,
    )
    return figures.sensitivity_curve(frame, title, "accounts picked", "of them doubled (accounts)")


def first_ten(accounts: Accounts, chosen: Finding) -> Finding:
    """The first of the ranking, with what they bought before and after."""
    if not chosen.known:
        return Finding(chosen.numbers, unknown=chosen.unknown)
    if chosen.numbers["told"] != "works":
        return unknown(
            "The signals were not better than chance on this book, so no names are offered: "
            "another year, or signals of account_profile dated before it, would allow a new test."
        )
    ranking = chosen.numbers["ranking"].head(10)
    table = pd.DataFrame(
        {
            "score": ranking["score"],
            "before": accounts.spans["before"][ranking.index],
            "after": accounts.spans["after"][ranking.index],
            "outcome": ranking["outcome"],
        }
    ).set_axis(pd.Index(accounts.called(ranking.index), name="account"))
    columns = {
        "score": Shown("score", ".2f"),
        "before": Shown("{months:count month} before", "money"),
        "after": Shown("last {months:count month}", "money"),
        "outcome": Shown("doubled", "yes"),
    }
    numbers = {"months": accounts.months, "hits": int(ranking["outcome"].sum()), "n": len(ranking)}
    says = ("Of the first {n:count account} in the order, {hits:,} doubled.",)
    return Finding(numbers, says, table, columns)


def leak(accounts: Accounts, chosen: Finding) -> Finding:
    """Other choices: a signal that already knows the answer, each signal alone, size."""
    if not chosen.known:
        return Finding(chosen.numbers, unknown=chosen.unknown)
    trial: _Trial = chosen.numbers["trial"]
    if not trial.from_profile:
        return unknown(
            "The leak cannot be shown here: it needs account_profile.growth, sales_potential and "
            "industry_rank."
        )
    top, after, before = chosen.numbers["top"], accounts.spans["after"], accounts.spans["before"]
    leaky = trial.signals.assign(
        sales_potential=_log(accounts.facts["sales_potential"] / after.clip(lower=1.0))
    )
    tried = {
        "the three signals": (trial.signals, trial.up),
        "with the revenue of the later months (leak)": (leaky, trial.up),
    }
    for name in trial.signals:
        up = {key: way for key, way in trial.up.items() if key == name}
        tried[f"{name.replace('_', ' ')} alone"] = (trial.signals[[name]], up)
    tried["largest by revenue before"] = (before.to_frame("size"), {})
    judged = {name: trial.judged(signals, up, top) for name, (signals, up) in tried.items()}
    table = pd.DataFrame({name: each.hit_rate for name, each in judged.items()}).T
    pairs = pd.DataFrame(
        {
            name: vg.compare_choices(each.ranking, chosen.numbers["ranking"])
            for name, each in judged.items()
        }
    ).T[["auc", "gain", "low", "high"]]
    table = table[["hits", "hit_rate"]].join(pairs).rename_axis("picked by")
    itself = table.index[0]
    table.loc[itself, ["gain", "low", "high"]] = np.nan
    leaked, size = table.iloc[1], table.iloc[-1]
    numbers = {
        "leak": leaked["hit_rate"],
        "hit_rate": chosen.numbers["hit_rate"],
        "size": size["hit_rate"],
        "auc": table.loc[itself, "auc"],
        "leak_auc": leaked["auc"],
        "leak_gain": leaked["gain"],
        "leak_low": leaked["low"],
        "leak_high": leaked["high"],
        "size_auc": size["auc"],
        "size_gain": size["gain"],
        "size_low": size["low"],
        "size_high": size["high"],
    }
    says = [
        "With the leak the hit rate is {leak:percent} instead of {hit_rate:percent}; size alone "
        "gives {size:percent}."
    ]
    if not np.isnan(leaked["low"]) and not np.isnan(size["low"]):
        says += [
            "The AUC is the chance that an account that doubled stands before one that did not; "
            "one half is chance. With the leak it is {leak_auc:.2f} instead of {auc:.2f}, a "
            "difference of {leak_gain:+.2f} ({leak_low:+.2f} to {leak_high:+.2f}) on the same "
            "accounts.",
            "Here the leak makes the choice look worse."
            if leaked["high"] < 0
            else "Here the leak makes the choice look better than it was."
            if leaked["low"] > 0
            else "Whether the leak changes the choice, this book cannot tell.",
            "By size the AUC is {size_auc:.2f}, a difference of {size_gain:+.2f} "
            "({size_low:+.2f} to {size_high:+.2f}).",
        ]
    return Finding(numbers, tuple(says), table, LEAK_COLUMNS)


def lengths(chosen: Finding, tried: Sequence[int] = (5, 10, 20, 40)) -> Finding:
    """A short list has the better names and the wider interval: how far does the answer hang on
    its length?
    """
    if not chosen.known:
        return Finding(chosen.numbers, unknown=chosen.unknown)
    trial: _Trial = chosen.numbers["trial"]
    counts = sorted({n for n in (*tried, chosen.numbers["top"]) if n < chosen.numbers["signalled"]})
    rates = {n: trial.judged(trial.signals, trial.up, n).hit_rate for n in counts}
    table = pd.DataFrame(rates).T.rename_axis("picked")
    numbers = {
        "lengths": len(table),
        "above": int((table["low"] > table["base_pool"]).sum()),
        "works": sum(_told(rate) == "works" for rate in rates.values()),
        "inverted": sum(_told(rate) == "inverted" for rate in rates.values()),
        "limit": CHANCE,
    }
    says = (
        "The interval lies wholly above the base rate of the pool for {above:,} of "
        "{lengths:count length} of the list.",
        "Better than chance (a number of hits as unlikely comes in less than {limit:percent0} of "
        "draws): {works:,} of them; worse: {inverted:,}.",
    )
    return Finding(numbers, says, table[["hits", "hit_rate", "low", "high", "most"]], RATE_COLUMNS)


# --- how sure


def choices(accounts: Accounts, axes: Finding, cells: Finding, high: float = vg.HIGH) -> Finding:
    """Change one choice at a time: how many accounts change cell?"""
    if not cells.known:
        return Finding(cells.numbers, unknown=cells.unknown)
    facts, scores, weights = accounts.facts, axes.numbers["scores"], axes.numbers["weights"]
    cell = cells.numbers["cell"]
    names = {axis: list(held) for axis, held in weights.items()}

    def scored(table: pd.DataFrame, made_of: Mapping[str, Any], scale: str = "rank") -> Any:
        found = vg.axis_scores(table, made_of, _less(made_of), scale=scale)
        return _without_tomorrow(accounts, found)

    even = {axis: dict.fromkeys(held, 1.0) for axis, held in names.items()}
    tilted = {
        axis: {name: 2.0 if place == 0 else 1.0 for place, name in enumerate(held)}
        for axis, held in names.items()
    }
    fewer = {axis: dict.fromkeys(held[1:] or held, 1.0) for axis, held in names.items()}
    as_used = f"as used (high = {percent(high, 0)}, {axes.numbers['kind']} weights, ranks)"
    trials = {
        as_used: (scores, high),
        "high = 20 %": (scores, 0.2),
        "high = 40 %": (scores, 0.4),
        "equal weights": (scored(facts, even), high),
        "first criterion of each axis counts double": (scored(facts, tilted), high),
        "first criterion of each axis left out": (scored(facts, fewer), high),
        "plain values instead of ranks": (scored(facts, weights, "z"), high),
    }
    if "selling_cost" in facts:
        bought = facts["revenue"].where(facts["revenue"] > 0)
        per_sale = facts.assign(selling_cost=facts["selling_cost"] / bought)
        if per_sale["selling_cost"].notna().any():
            name = "cost of selling per unit of revenue, not in all"
            trials[name] = (scored(per_sale, weights), high)
    # a choice that comes to the one used is no other choice
    trials = {
        name: (tried, share)
        for name, (tried, share) in trials.items()
        if name == as_used
        or share != high
        or not np.allclose(
            tried.to_numpy(float), scores[list(tried)].to_numpy(float), equal_nan=True
        )
    }
    found = {name: _cells(accounts, table, share) for name, (table, share) in trials.items()}
    table = pd.DataFrame(
        {
            name: {
                "invest": int((again == "invest").sum()),
                "develop": int((again == "develop").sum()),
                "moved": int((again != cell).sum()),
            }
            for name, again in found.items()
        }
    ).T.rename_axis("choice")
    always = pd.DataFrame(found).eq("invest").all(axis=1)
    cut = pd.Series({name: share != high for name, (_, share) in trials.items()})
    near = table["invest"][~cut].drop(index=as_used)
    numbers = {
        "invest": int(table.loc[as_used, "invest"]),
        "near": _from_to(near),
        "cut": _from_to(table["invest"][cut]),
        "accounts": len(cell),
        "worst": str(table["moved"].idxmax()),
        "moved": int(table["moved"].max()),
        "choices": len(table) - 1,
        "always": int(always.sum()),
        "who": accounts.who(always, NAMED),
        "named": NAMED,
    }
    says = (
        "The choice that moves most is “{worst}”: {moved:,} of {accounts:count account} change "
        "cell."
        if numbers["moved"]
        else "Not one of {choices:count other choice} moves an account.",
        "The count of *invest*, {invest:,} as used, is {near} where weights, criteria or scale "
        "change, and {cut} where another share is called high."
        if len(near)
        else "The count of *invest*, {invest:,} as used, is {cut} where another share is called "
        "high.",
        "In *invest* as used and under {choices:count other choice}: {always:count account}, the "
        "largest first: {who:names}."
        if 0 < numbers["always"] <= NAMED
        else "In *invest* as used and under {choices:count other choice}: {always:count account}; "
        "the {named} largest are {who:names}."
        if numbers["always"]
        else "No account is in *invest* as used and under {choices:count other choice}.",
    )
    columns = {"moved": Shown("change cell", ",.0f")}
    return Finding(numbers, says, table, columns)


def _from_to(counts: pd.Series) -> str:
    if not len(counts):
        return "-"
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


# --- what the documents claim


def _shares(count: int, of: int, tried: int = 1) -> tuple[str, float, float]:
    """A share with its interval; of the largest of several that were tried, the level is divided
    among them (Bonferroni).
    """
    low, high = proportion_confint(count, of, CHANCE / tried, method="wilson")
    return with_interval(count / of, low, high), float(low), float(high)


def claims(
    accounts: Accounts,
    axes: Finding,
    cells: Finding,
    paint: Finding,
    grades: Finding,
    groups: Finding,
    chosen: Finding,
    choices: Finding,
    same: float = SAME,
    alike: float = ALIKE,
    moved: float = MOVED,
    little: float = LITTLE,
    half: float = HALF,
) -> Finding:
    """What the documents claim of today's and tomorrow's accounts, each with its test here.

    No document gives a limit; each stands with its test. same : Kendall's tau from which two axes
    say nearly the same. alike : share of common names from which two lists are nearly one. moved :
    share of the accounts that may change class where the class does not hang on a choice. little :
    share of revenue that is little. half : share of a whole that is most of it.
    """
    two_axes = "account_profile, or dates over nine months"
    made = [
        _of_two(axes, "potential", "S000-4e", "prioritise by value and potential",
                "size does not answer the second question", two_axes, same),
        _of_groups(groups),
        _of_two(axes, "social", "S001-1b", "current, potential and social value",
                "a third axis of its own", "account_profile.social_value", same),
        _of_indicators(accounts),
        _of_case(accounts, grades, alike),
        _of_weights(accounts, choices, two_axes, moved),
        _of_size(accounts, chosen),
        _of_kinds(accounts, paint, moved),
        _of_wildcats(accounts, paint, half, little),
        *_of_invest(accounts, cells, two_axes, half),
    ]  # fmt: skip
    return steps.verdicts(made)


def _below(low: float, high: float, limit: float) -> claims_of.Verdict:
    """Whether a value is below a limit, by its interval."""
    return claims_of.at_least(-high, -low, -limit)


def _ruled(
    claim: tuple[str, str, str], here: str, verdict: claims_of.Verdict, holds: str, fails: str
) -> Claim:
    """The claim with the reason that goes with its verdict."""
    why = {"holds": holds, "does not hold": fails}.get(verdict, "the interval holds the limit")
    return Claim(*claim, here, verdict, why)


def _of_two(
    axes: Finding, other: str, source: str, says: str, apart: str, needs: str, same: float
) -> Claim:
    scores = axes.numbers["scores"]
    claim = (source, says, f"Kendall's tau of current and {other} value, below {same:g}")
    if other not in scores:
        return untested(*claim, f"needs {needs}")
    pair = scores[["current", other]].dropna()
    if len(pair) < 10 or (pair.nunique() < 2).any():
        return untested(*claim, "needs ten accounts that differ on both axes")
    found = agreement(pair["current"], pair[other])
    tau, low, high = (float(found[name]) for name in ("tau", "tau_low", "tau_high"))
    here = with_interval(tau, low, high, form=".2f")
    if np.isnan(low):  # all pairs in one order
        low = high = tau
    return _ruled(claim, here, _below(low, high, same), apart, "the two say nearly the same")


def _of_groups(groups: Finding) -> Claim:
    claim = (
        "S000-7c",
        "score the smaller ones, let the computer group them",
        "prediction strength of the groups, and their silhouette above that without groups",
    )
    if not groups.known:
        return untested(*claim, _reason(groups))
    found = groups.numbers
    test = f"{claim[2]}; limit {found['strength']:g}"
    claim = (claim[0], claim[1], test)
    here = with_interval(found["again"], found["low"], found["high"], form=".2f")
    here += f"; {found['silhouette']:.2f} against {found['without']:.2f}"
    ruled = {
        "firm": Claim(*claim, here, "holds", "found again, and more than without groups"),
        "loose": Claim(*claim, here, "does not hold", "other accounts give other groups"),
        "care": Claim(*claim, here, UNTOLD, "the interval holds the limit"),
        "none": Claim(*claim, here, UNTOLD, "data without groups give as much"),
    }
    # two tests: found again by other accounts, and more than data without groups
    return ruled[found["firm"]]._replace(tests=2)


def _reason(finding: Finding) -> str:
    """Why a step has no answer, as it stands behind a colon."""
    text = finding.sentences(markup=False)[0].rstrip(".")
    return text[:1].lower() + text[1:]


def _of_indicators(accounts: Accounts) -> Claim:
    facts = accounts.facts
    # an age counted from the first purchase is none where most bought when the ledger began
    aged = "tenure_y" in facts or ("since_first" in facts and _at_the_edge(accounts) <= HALF)
    measured = {
        "profit": "gross_profit" in facts,
        "repurchase": "bought_months" in facts,
        "length of cooperation": aged,
        "transactions": "revenue" in facts,
    }
    held = [name for name, known in measured.items() if known]
    return untested(
        "S002-1c",
        ", ".join(measured),
        "criteria at hand",
        f"indicators, not a statement; {len(held)} of {len(measured)} are measured"
        + (f": {', '.join(held)}" if held else ""),
    )


def _of_case(accounts: Accounts, grades: Finding, alike: float) -> Claim:
    claim = (
        "S002-1m",
        "rank by sales, volume, arrears and cycle; take the best 20 %",
        f"overlap with the best 20 % by sales alone, below {percent(alike, 0)}",
    )
    case = accounts.case
    if not grades.known or case.shape[1] < 2 or "sales" not in case:
        return untested(*claim, "needs sales and one of volume, arrears, cycle")
    found = grades.numbers["grades"]
    graded = found[found["grade"] != "unknown"]
    best = graded["grade"].isin(["A", "B"])
    place = accounts.facts["revenue"].reindex(graded.index).rank(ascending=False, method="first")
    here, low, high = _shares(int((best & (place <= best.sum())).sum()), int(best.sum()))
    return _ruled(
        claim,
        here,
        _below(low, high, alike),
        "the other criteria change the list",
        "nearly the list by sales",
    )


def _of_weights(accounts: Accounts, choices: Finding, needs: str, moved: float) -> Claim:
    claim = (
        "S002-4e",
        "these indicators give the value",
        "accounts that change cell with weights, criteria or cut, in the choice that moves most "
        f"(interval for the largest of all), at most {percent(moved, 0)}",
    )
    if not choices.known:
        return untested(*claim, f"needs {needs}")
    tried = max(choices.numbers["choices"], 1)
    here, low, high = _shares(choices.numbers["moved"], len(accounts.ids), tried)
    fails = "not without weights that nobody states"
    return _ruled(claim, here, _below(low, high, moved), "robust here", fails)


def _of_size(accounts: Accounts, chosen: Finding) -> Claim:
    claim = (
        "S002-6b",
        "the computer mines the target customers",
        "AUC of the signals less that of size, on the same accounts; beside it the picks, by the "
        "accounts on which one choice alone is right (McNemar)",
    )
    if not chosen.known:
        return untested(*claim, _reason(chosen))
    if not chosen.numbers["trial"].from_profile:
        columns = "growth, sales_potential and industry_rank"
        return untested(*claim, f"needs account_profile.{columns}: signals beside the ledger")
    found = chosen.numbers
    trial: _Trial = found["trial"]
    size = trial.judged(accounts.spans["before"].to_frame("size"), {}, found["top"])
    pair = vg.compare_choices(found["ranking"], size.ranking)
    if np.isnan(pair["low"]):
        return untested(*claim, "needs two in the pool who doubled and two who did not")
    gain = with_interval(pair["gain"], pair["low"], pair["high"], form="+.2f")
    here = f"{pair['auc']:.2f} against {pair['auc_second']:.2f}: {gain}"
    if not np.isnan(pair["p"]):
        hits = f"{pair['hits_first']:.0f} of {pair['only_first']:.0f}"
        instead = f"{pair['hits_second']:.0f} of {pair['only_second']:.0f}"
        right, wrong = (int(pair[f"right_{which}"]) for which in ("first", "second"))
        here += f"; picks of one only came true: {hits} against {instead}; right where the other "
        here += (
            f"is wrong, picked or passed over: {right:,} against {wrong:,} (p = {pair['p']:.3f})"
        )
    if pair["low"] > 0:
        shown = pair["p"] < CHANCE and pair["right_first"] > pair["right_second"]
        order = "the order by the signals beats that by size, if the profile, which bears no date, "
        order += "was written before the year"
        picks = "" if shown else f"; of the {found['picked']:,} picked no gain is shown"
        return Claim(*claim, here, "holds", order + picks)
    if pair["high"] < 0:
        return Claim(*claim, here, "does not hold", "size beats the signals")
    return Claim(*claim, here, UNTOLD, "the difference may be none")


def _of_kinds(accounts: Accounts, paint: Finding, moved: float) -> Claim:
    found = paint.numbers
    claim = (
        "S003-8b",
        "four types: cow, star, dog, wildcat",
        "accounts whose type hangs on reading a loss and harm to the name as or, or as and, at "
        f"most {percent(moved, 0)}",
    )
    if found["n_flags"] < 2:
        flags = {"profit": "ledger.cost_goods", "brand_harm": "account_profile.brand_harm"}
        lacking = [column for flag, column in flags.items() if flag not in _flags(accounts)]
        return untested(*claim, f"needs {' and '.join(lacking)}")
    share, low, high = _shares(found["hanging"], len(accounts.ids))
    both = [found["wild"], found["wild_other"]]
    counts = both if found["reading"] == "or" else both[::-1]
    here = f"{share}; wildcats {counts[0]:,} / {counts[1]:,}"
    fails = "the reading decides who is a wildcat"
    return _ruled(claim, here, _below(low, high, moved), "few hang on the reading", fails)


def _lacks_of_wildcats(accounts: Accounts, paint: Finding) -> str:
    """What of it the book lacks, by its columns."""
    if not paint.numbers["n_flags"]:
        return "needs a flag of wildcats: ledger.cost_goods or account_profile.brand_harm"
    if not paint.known:
        return "needs two axes of value: ledger.date, or account_profile, gives tomorrow's"
    return "needs an account that is high on both axes: none is a star"


def _of_wildcats(accounts: Accounts, paint: Finding, half: float, little: float) -> Claim:
    found = paint.numbers
    claim = (
        "S003-8c",
        "cow and star are the value accounts; cut the wildcats",
        f"share of revenue: cow and star, {percent(half, 0)} or more; wildcats, at most "
        f"{percent(little, 0)}",
    )
    if not found["n_flags"] or not paint.known or not (found["paint"] == "star").any():
        return untested(*claim, _lacks_of_wildcats(accounts, paint))
    if not found["wild"]:
        why = f"needs a wildcat; cow and star hold {percent(found['value_share'], 0)} of revenue"
        return untested(*claim, why)
    of_value = _revenue_share(accounts, found["paint"].isin(["cow", "star"]))
    of_wild = _revenue_share(accounts, found["paint"] == "wildcat")
    here = f"{with_interval(*of_value)}; {with_interval(*of_wild)}"
    value = claims_of.at_least(of_value[1], of_value[2], half)
    wild = _below(of_wild[1], of_wild[2], little)
    if value == wild == "holds":
        return Claim(*claim, here, "holds", "little revenue is at stake", 2)
    if value == wild == "does not hold":
        why = "cow and star hold less, and wildcats a lot"
        return Claim(*claim, here, "does not hold", why, 2)
    if {value, wild} == {"holds", "does not hold"}:
        why = (
            "cutting them cuts revenue: mend first"
            if value == "holds"
            else "cow and star hold less than that"
        )
        return Claim(*claim, here, "holds in part", why, 2)
    return Claim(*claim, here, UNTOLD, "an interval holds its limit", 2)


def _revenue_share(
    accounts: Accounts, chosen: pd.Series, draws: int = DRAWS
) -> tuple[float, float, float]:
    """Share of revenue that some accounts hold, with its 95 % interval (bootstrap over
    accounts).
    """
    held = accounts.facts["revenue"].clip(lower=0)
    part = (held * chosen).to_numpy()

    def share(whole: Any, some: Any, axis: int = -1) -> Any:
        total = whole.sum(axis=axis)
        return np.divide(some.sum(axis=axis), total, out=np.zeros_like(total), where=total > 0)

    found = bootstrap(
        (held.to_numpy(), part), share, paired=True, n_resamples=draws, method="percentile",
        random_state=0,
    ).confidence_interval  # fmt: skip
    return float(part.sum() / held.sum()), float(found.low), float(found.high)


def _of_invest(accounts: Accounts, cells: Finding, needs: str, half: float) -> list[Claim]:
    advice = (
        "McDonald & Woodburn",
        f"{ADVISED[0]} to {ADVISED[1]} key accounts, more than {TOO_MANY} are too many",
        "accounts in the cell invest",
    )
    listed = (
        "the present list",
        "the list holds the key accounts",
        f"accounts to invest in that are on it, {percent(half, 0)} or more",
    )
    if not cells.known:
        return [untested(*advice, f"needs {needs}"), untested(*listed, f"needs {needs}")]
    invest = cells.numbers["cell"] == "invest"
    n = int(invest.sum())
    place = (
        "within the advice"
        if ADVISED[0] <= n <= ADVISED[1]
        else "too many by the advice"
        if n > TOO_MANY
        else "outside the advice"
    )
    why = f"a rule, not a statement: {place} at the cut chosen here"
    first = Claim(*advice, f"{n:,}", UNTESTED, why, 0)
    if accounts.listed is None:
        return [first, untested(*listed, "needs accounts.listed_ka")]
    if not n:
        return [first, untested(*listed, "no account is in the cell invest")]
    on = int(invest[invest.index.isin(accounts.listed)].sum())
    share, low, high = _shares(on, n)
    here = f"{on:,} of {n:,}: {share}"
    verdict = claims_of.at_least(low, high, half)
    return [first, _ruled(listed, here, verdict, "it holds most of them", "it misses most of them")]


# --- the account review


def account_review(
    accounts: Accounts,
    cells: Finding,
    paint: Finding,
    grades: Finding,
    position: Finding,
    groups: Finding,
    chosen: Finding,
) -> Finding:
    """What the account review takes from the lesson; a ranking only where the signals work."""
    frame = pd.DataFrame(index=accounts.ids)
    if grades.known:
        frame["grade"] = grades.numbers["grades"]["grade"]
        if grades.numbers["n_criteria"] > 1:
            frame["grade_kept_share"] = grades.numbers["grades"]["kept"].round(4)
    if paint.known:
        frame["paint_class"] = paint.numbers["paint"]
    if cells.known:
        frame["value_cell"] = cells.numbers["cell"]
    if position.known:
        frame["position"] = position.numbers["position"]
    if groups.known:
        frame["group"] = groups.numbers["group"].astype("str")
    if chosen.known and chosen.numbers["told"] == "works":
        rank = chosen.numbers["ranking"]["rank"].reindex(accounts.ids)
        frame["next_rank"] = rank.mask(accounts.gone)
    if not frame.shape[1]:
        return unknown(
            "Nothing in this book tells the accounts apart, so the review takes no column from "
            "this lesson; ledger.date, ledger.volume or account_profile would give some."
        )
    words = {
        "criteria": ", ".join(map(str, accounts.case)),
        "variables": groups.numbers["variables"] if groups.known else "",
    }
    return steps.review(LESSON, frame.reset_index(), words)
