"""The steps of lesson 02: each a Finding from plain inputs."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.qualification import LESSON
from keyacct_utils.lessons.qualification import features as ql
from keyacct_utils.lessons.qualification import figures as drawn
from keyacct_utils.lessons.shared.amounts import top_count
from keyacct_utils.lessons.shared.claims import UNTESTED, UNTOLD, Claim, Verdict, untested
from keyacct_utils.lessons.shared.criteria_weights import (
    CONSISTENCY_LIMIT,
    RANDOM_INDEX_SAATY_1980,
)
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.shared.rules import columns_of
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import count, flat, money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples of an interval.
DRAWS = 1000
#: The line that the power company's rule is about, where a book can be judged by it.
POWER_LINE = "P"
#: Stands for that line, or for the whole book where accounts are classed by rank.
OF_THE_RULE = "rule"
#: Currencies in which the limits of the documents are stated.
YUAN = ("CNY", "RMB")
#: Rows of a ledger up to which list prices are read one by one.
MANY_ROWS = 5_000_000
#: Lines of a figure of accounts.
MOST = 24
#: Fewer accounts give no interval worth printing.
FEW = 30
#: Of fewer accounts the first 5 % are nobody, so they are not classed by rank (assumption).
FEWEST_RANKED = 20
#: Fewer months than these say nothing of their noise.
FEWEST_MONTHS = 3
#: Above this share of accounts without a class, a rule is judged by what the book has.
DOUBTFUL = 0.5
#: Kappa that Landis and Koch (1977) call substantial: a convention.
SUBSTANTIAL = 0.6
#: A smaller p value is not written out.
LEAST_P = 0.001
#: Two fees that differ by a smaller part are told as nearly the same.
SAME = 0.0005
#: The advice of McDonald and Woodburn on the length of a list: from, to, too many.
LENGTHS = (15, 35, 50)
POTENTIAL_FROM = next(
    test.threshold
    for test in ql.POWER_RULES[2].tests
    if isinstance(test, ql.Test) and test.column == "avg_monthly_fee"
)
#: The limits of the efficiency type by column, and what each test is called.
LIMITS: Mapping[str, float] = {
    test.column: test.threshold
    for test in ql.POWER_RULES[1].tests
    if isinstance(test, ql.Test) and not isinstance(test.threshold, ql.Open)
}
TESTED = {
    "voltage_kv": "voltage",
    "yoy": "growth",
    "power_factor": "power factor",
    "avg_monthly_fee": "fee",
    "fee_recovery": "recovery",
}
#: What the power company's rule looks at, in words.
FEATURES = {
    "voltage_kv": "supply voltage, kV",
    "avg_monthly_fee": "average monthly fee",
    "yoy": "growth on the year before",
    "power_factor": "power factor",
    "fee_recovery": "fees recovered",
    "important_type": "important type",
}
#: What hangs on the period: known only where the ledger has rows a year before it.
GROWTH = FEATURES["yoy"]
FEATURE_FORMS = {
    "voltage_kv": ",.1f",
    "avg_monthly_fee": "money",
    "yoy": "percent",
    "power_factor": ".3f",
    "fee_recovery": "percent",
    "important_type": ".2f",
}
CLASSES = ("important", "efficiency", "potential", "between", "none", "unknown")
TYPES = ("important", "efficiency", "potential")
LEADERS = ("VIP", "main")
KEY_TIERS = ("diamond", "platinum", "gold", "silver", "bronze", "crystal")
#: Schemes of other documents as a reader calls them, and how many parts each has.
TITLES = {
    "definition": "five criteria (S000-4a)",
    "hp_tests": "three tests (S003-7b)",
    "logistics_traits": "logistics traits (S000-2e)",
    "telecom_traits": "telecom traits (S000-6d)",
}
PARTS = {"definition": 5, "hp_tests": 3, "logistics_traits": 3, "telecom_traits": 6}
SAY_YES = ("key account", "priority project")
#: What a single change of the reading changes.
KNOBS = {
    "power_factor_limit": "the power-factor limit",
    "at_threshold": "以上 (≥ or >)",
    "combine": "all or four of five",
}
BANDS = {
    "within 10 %": 0.10,
    "10 to 25 %": 0.25,
    "25 to 50 %": 0.50,
    "further away": math.inf,
}

CLASS_COLUMNS = {
    "share": Shown("share of revenue", "percent"),
    "largest": Shown("largest account"),
}
NAME_COLUMNS = {
    "voltage_kv": Shown("kV", ",.0f"),
    "yoy": Shown("growth", "percent"),
    "power_factor": Shown("power factor", ".3f"),
    "avg_monthly_fee": Shown("fee", "money"),
    "fee_recovery": Shown("recovered", "percent"),
    "why": Shown("why the class is open"),
    "seen": Shown("classes in the readings"),
    "class": Shown("class"),
    "advice": Shown("advice"),
    "then": Shown("fee in {first_year}", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
    "p": Shown("draws that reach the cut", "percent0"),
}
KAPPA_COLUMNS = {
    "key": Shown("key accounts", ",.0f"),
    "share": Shown("share of revenue", "percent"),
    "kappa": Shown("kappa with {against}", ".2f"),
    "low": Shown("from", ".2f"),
    "high": Shown("to", ".2f"),
    "most": Shown("it could reach", ".2f"),
    "tau": Shown("tau-b", ".2f"),
}
CUT_COLUMNS = {
    "threshold": Shown("cut", "money"),
    "n_accounts": Shown("accounts", ",.0f"),
    "share_accounts": Shown("share of accounts", "percent"),
    "share_money": Shown("share of revenue", "percent"),
}


@dataclass(frozen=True)
class Accounts:
    """What is known of each account in a period, as the lesson judges it."""

    name: str
    currency: str
    #: One row per account, indexed by account_id: its master data and `features.account_features`.
    features: pd.DataFrame
    #: Columns with a value.
    known: frozenset[str]
    #: How a reader sees an account.
    labels: pd.Series
    #: The line judged; None takes all.
    line: str | None
    when: str
    #: Months of the period, and of the whole book; 1 and 0 without dates.
    months: int
    all_months: int
    idle: int
    #: The fee that earns a place on the list: asked for, used, and how many reach what was asked.
    asked: float
    cut: float
    reached: int
    #: The rules that the book can be judged by, those left out and why; none where it cannot.
    rules: tuple[ql.Rule, ...]
    left_out: pd.DataFrame
    #: Monthly fee by account and complete year, and revenue by account and month of the period.
    years: pd.DataFrame
    monthly: pd.DataFrame
    #: Months of the period with a sale, also where all of it came back.
    busy: pd.Series
    #: The criteria of S000-2b that the book has.
    criteria: pd.DataFrame
    matrices: Mapping[str, pd.DataFrame]
    #: Whether returns are taken off ("net") or left out ("gross").
    returns: str = "net"
    #: Rows of the period whose cost of goods is missing, and their revenue.
    uncosted: tuple[int, float] = (0, 0.0)
    #: Their cost as a share of their revenue, where the book assumes one.
    standard_cost: float | None = None
    #: Months that a fee is divided by: of a last month that breaks off, the part with days; and
    #: the last day posted, where it does.
    spread: float = 0.0
    cut_short: str = ""
    #: Whether the ledger has volume and date, so that growth hangs on the period alone.
    growing: bool = False

    @property
    def dated(self) -> bool:
        """Whether the ledger has dates."""
        return self.all_months > 0

    @property
    def yuan(self) -> bool:
        """Whether the limits that the documents state in yuan apply."""
        return self.currency in YUAN

    @property
    def power(self) -> bool:
        """Whether the power company's rule can be judged."""
        return bool(self.rules)

    @cached_property
    def flips(self) -> pd.DataFrame:
        """The class of each account under every reading that the wording allows."""
        return ql.flips(self.features, self.rules)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Which of the other documents' schemes the book can be judged by, and what it lacks."""
        return ql.applicable_schemes(self.known)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """How far each pair of ranking criteria agrees."""
        return _pairs(self.criteria.rename(columns=lambda name: name.replace("_", " ")))

    @property
    def fee(self) -> pd.Series:
        """Monthly fee by account; the whole amount without dates."""
        return self.features["avg_monthly_fee"]

    @property
    def revenue(self) -> pd.Series:
        """Revenue of the period by account."""
        return self.features["revenue"]

    @property
    def listed(self) -> pd.Series | None:
        """Who stands on the present list (0 or 1); None where the book has none."""
        if "listed_ka" not in self.known:
            return None
        return self.features["listed_ka"].fillna(0).astype(int)

    @property
    def where(self) -> str:
        """The line judged, as it stands in a sentence."""
        return f"line {self.line}" if self.line is not None else "all lines together"

    @property
    def feeword(self) -> str:
        """What stands for the fee."""
        return "average monthly fee" if self.dated else "amount"

    @property
    def per(self) -> str:
        """The time that a fee is for."""
        return "a month" if self.dated else "over the whole book"

    @property
    def unit(self) -> str:
        """The currency behind an amount."""
        return f" {self.currency}" if self.currency else ""

    def named(self, ids: Sequence[str] | pd.Index) -> list[str]:
        """Accounts as a reader sees them."""
        return [str(self.labels.get(i, i)) for i in ids]

    def held(self, chosen: pd.Series | np.ndarray) -> float:
        """The share of revenue that some accounts hold; one below zero holds nothing."""
        whole = self.revenue.clip(lower=0)
        return float(whole[chosen].sum() / whole.sum())

    def said(self, **more: Any) -> dict[str, Any]:
        """Numbers that many sentences name."""
        return {
            "accounts": len(self.features),
            "unit": self.unit,
            "cut": self.cut,
            "per": self.per,
            "feeword": self.feeword,
            "lacking": self.lacking,
            **more,
        }

    @property
    def lacking(self) -> list[str]:
        """What the power company's rule looks at and the book does not have."""
        return [text.split(",")[0] for column, text in FEATURES.items() if column not in self.known]


def accounts(
    opened: Book,
    period: str = "book",
    line: str = OF_THE_RULE,
    list_threshold: float = ql.LIST_THRESHOLD,
) -> Accounts:
    """What must be known of each account before anybody can judge it?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month
    line : code of the line judged; a book without it is judged on all its lines. "rule" takes line
        P where the book can be judged by the power company's rule, and else the whole book: a rank
        needs no line.
    list_threshold : float
        Monthly fee that earns a place on the list, in the book's currency. Where nobody pays it,
        and in a book that is not in yuan while the documents' 3 million are asked for, the fee of
        the top fifth is taken.

    Raises
    ------
    ValueError
        For a period without a sale, or a threshold that is not above 0.
    """
    if not list_threshold > 0:
        raise ValueError(f"list_threshold is {list_threshold}; expected a fee above 0")
    if line != OF_THE_RULE:
        return _accounts(opened, period, line, list_threshold)
    if opened.currency in YUAN and opened.has("accounts", "voltage_kv"):
        try:
            found = _accounts(opened, period, POWER_LINE, list_threshold)
        except ValueError:  # nothing was sold in the line: the whole book is asked below
            found = None
        if found is not None and found.power:
            return found
    return _accounts(opened, period, None, list_threshold)


def _accounts(opened: Book, period: str, line: str | None, list_threshold: float) -> Accounts:
    """What is known of each account, judged on a line, or on all of them."""
    start, end = opened.period_dates(period)
    everything = opened.rollup()
    now = opened.rollup(start=start, end=end)
    chosen = line if line in set(everything["line"]) else None
    sold = now if chosen is None else now[now["line"] == chosen]
    if not (_cents(sold) > 0).any():
        raise ValueError(
            "no account has a positive revenue in this period: choose another period or line, "
            "or check the sign of the amounts"
        )
    dated = bool(opened.has("ledger", "date") and everything["first_date"].notna().any())
    first, last = now["first_date"].min(), now["last_date"].max()
    if start:  # a month before the ledger begins, or after it ends, is no month without a sale
        first = max(pd.Timestamp(start), everything["first_date"].min())
        last = min(pd.Timestamp(end), everything["last_date"].max())
    months = 12 * (last.year - first.year) + last.month - first.month + 1 if dated else 1
    broken = opened.cut_short(end) if dated else None
    # a last month that breaks off counts as the part of it that has days
    part = broken.day / pd.Timestamp(broken).days_in_month if broken else 1.0
    spread = months - 1 + part if months > 1 else 1.0
    features = _features(opened, everything, now, (start, end), chosen, spread)
    idle = int(features["avg_monthly_fee"].isna().sum())
    features = features.fillna({"avg_monthly_fee": 0.0, "revenue": 0.0})
    known = frozenset(features.dropna(axis="columns", how="all").columns)
    fee = features["avg_monthly_fee"]
    yuan = opened.currency in YUAN
    asked = float(list_threshold)
    reached = int((fee >= asked).sum())
    cut = asked
    if not reached or (asked == ql.LIST_THRESHOLD and not yuan):
        paying = fee[fee > 0]
        cut = float(paying.nlargest(min(top_count(len(fee), 0.2), len(paying))).min())
    rules, left_out = _rules(features, known) if yuan else ((), _nothing_left_out())
    return Accounts(
        name=opened.name,
        currency=opened.currency,
        features=features,
        known=known,
        labels=opened.labels(),
        line=chosen,
        when=f"from {first:%Y-%m} to {last:%Y-%m}" if dated else "over all its rows",
        months=months,
        spread=spread,
        cut_short=f"{broken:%Y-%m-%d}" if broken and months > 1 else "",
        all_months=_months_posted(opened) if dated else 0,
        idle=idle,
        asked=asked,
        cut=cut,
        reached=reached,
        rules=rules,
        left_out=left_out,
        years=_years(opened, chosen, features.index) if dated else features[[]],
        monthly=(
            _monthly(
                opened, chosen, features.index, (start, end), pd.period_range(first, last, freq="M")
            )
            if dated
            else features[[]]
        ),
        busy=opened.rollup(by_line=False, line=chosen, start=start, end=end).set_index(
            "account_id"
        )["active_months"],
        criteria=_criteria(opened, everything, now, features, known, (start, end)),
        matrices=_matrices(opened),
        returns=opened.returns,
        uncosted=(
            (int(now["n_uncosted"].sum()), float(now["uncosted"].sum()))
            if opened.has("ledger", "cost_goods")
            else (0, 0.0)
        ),
        standard_cost=opened.standard_cost,
        growing=dated and opened.has("ledger", "volume"),
    )


def _cents(rows: pd.DataFrame) -> pd.Series:
    """Revenue by account in whole cents, added up as `features.account_features` does."""
    return (rows["revenue"] * 100).round().groupby(rows["account_id"]).sum()


def _features(
    opened: Book,
    everything: pd.DataFrame,
    now: pd.DataFrame,
    dates: tuple[Any, Any],
    line: str | None,
    months: float,
) -> pd.DataFrame:
    start, end = dates
    known = pd.DataFrame({"account_id": np.sort(everything["account_id"].unique())})
    for table in ("accounts", "account_profile"):
        if opened.has(table):
            known = known.merge(opened.table(table), on="account_id", how="left")
    if "tenure_y" not in known and (years := opened.tenure()) is not None:
        known["tenure_y"] = known["account_id"].map(years)
    before, grown, invoices = None, None, None
    if start:
        same = _same_months(opened, dates, everything)
        if same is not None:
            begin, finish = (day - pd.DateOffset(years=1) for day in same)
            finish += pd.offsets.MonthEnd(0)
            before = opened.rollup(start=begin.date(), end=finish.date())
            before = before if line is None or line in set(before["line"]) else None
            if before is not None and same != tuple(map(pd.Timestamp, dates)):
                grown = opened.rollup(start=same[0].date(), end=same[1].date())
    if opened.has("invoices", "issue", "amount", "paid_amount"):
        invoices = opened.table("invoices")
        if start:
            invoices = invoices[invoices["issue"].between(pd.Timestamp(start), pd.Timestamp(end))]
        if line is not None and "line" in invoices and line not in set(invoices["line"]):
            invoices = None
    features = ql.account_features(
        known, now, before, invoices, line=line, months=months, grown=grown
    )
    lines = now[now["sold"] > 0].groupby("account_id")["line"].nunique()
    features["n_lines"] = features["account_id"].map(lines)
    return features.set_index("account_id", drop=False).rename_axis(None)


def _same_months(
    opened: Book, dates: tuple[Any, Any], everything: pd.DataFrame
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The whole months of the period that the ledger has a year before too."""
    begins = everything["first_date"].min() + pd.DateOffset(years=1)
    ends = everything["last_date"].max() + pd.offsets.MonthEnd(0)
    if opened.cut_short():
        ends -= pd.offsets.MonthEnd(1)
    start = max(pd.Timestamp(dates[0]), begins.replace(day=1))
    end = min(pd.Timestamp(dates[1]), ends)
    return (start, end) if start <= end else None


def _nothing_left_out() -> pd.DataFrame:
    return pd.DataFrame(columns=["class", "why", "source"], dtype="str")


def _rules(
    features: pd.DataFrame, known: frozenset[str]
) -> tuple[tuple[ql.Rule, ...], pd.DataFrame]:
    """The power company's rule, or what of it the book can be judged by."""
    rules, left_out = ql.POWER_RULES, _nothing_left_out()
    if (ql.classify(features, rules) == "unknown").mean() > DOUBTFUL:
        kept, left_out = ql.applicable_rules(ql.POWER_RULES, known)
        rules = tuple(kept)
    judged = {"efficiency", "potential"} & {rule.label for rule in rules}
    return (rules, left_out) if judged else ((), left_out)


def _months_posted(opened: Book) -> int:
    return int(opened.rollup(period="month", by_line=False)["period"].replace("", np.nan).nunique())


def _years(opened: Book, line: str | None, ids: pd.Index) -> pd.DataFrame:
    """Monthly fee in each year whose first and last month the ledger reaches."""
    rows = opened.rollup(period="year", line=line)
    full, _ = opened.full_years()
    return pd.DataFrame(
        {
            year: _cents(rows[rows["period"] == year]).reindex(ids, fill_value=0.0) / (100 * 12)
            for year in full
        },
        index=ids,
    )


def _monthly(
    opened: Book, line: str | None, ids: pd.Index, dates: tuple[Any, Any], months: pd.PeriodIndex
) -> pd.DataFrame:
    rows = opened.rollup(period="month", line=line, start=dates[0], end=dates[1])
    return pd.DataFrame(
        {
            month: _cents(rows[rows["period"] == month]).reindex(ids, fill_value=0.0) / 100
            for month in months.astype("str")
        },
        index=ids,
    )


def _criteria(
    opened: Book,
    everything: pd.DataFrame,
    now: pd.DataFrame,
    features: pd.DataFrame,
    known: frozenset[str],
    dates: tuple[Any, Any],
) -> pd.DataFrame:
    """The five criteria of S000-2b, as far as the book has them."""
    start, end = dates
    sums = everything.groupby("account_id")["revenue"].sum(min_count=1)
    found = pd.DataFrame({"cumulative_sales": sums}).reindex(features.index)
    if "credit_ext" in known:
        grades = {"A": 4, "B": 3, "C": 2, "D": 1}
        found["credit_grade"] = features["credit_ext"].map(grades).astype(float)
    if opened.has("ledger", "cost_goods"):
        found["contribution"] = now.groupby("account_id")["margin"].sum(min_count=1)
    if "sales_potential" in known:
        found["sales_potential"] = features["sales_potential"]
    priced = opened.has("ledger", "cost_goods", "list_price", "volume")
    if priced and everything["n_rows"].sum() <= MANY_ROWS:
        rows = opened.table("ledger")
        if start:
            rows = rows[rows["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
        at_list = rows["volume"] * rows["list_price"] - rows["cost_goods"]
        found["theoretical_contribution"] = at_list.groupby(rows["account_id"]).sum(min_count=1)
    return found[[name for name in ql.RANKING_CRITERIA if name in found]].dropna(
        axis="columns", how="all"
    )


def _matrices(opened: Book) -> dict[str, pd.DataFrame]:
    if not opened.has("ahp_matrices"):
        return {}
    return {
        str(name): frame.pivot(index="row", columns="column", values="value")
        for name, frame in opened.table("ahp_matrices").groupby("matrix")
    }


# --- the data ---------------------------------------------------------------------------------


CUT_SHORT = (
    "The ledger ends on {cut_short}, within a month, which counts by its days: a fee is the amount "
    "over {spread:.2f} months."
)


def book_in_numbers(accounts: Accounts) -> Finding:
    """Which book, which time, which cut."""
    numbers = accounts.said(
        book=accounts.name,
        when=accounts.when,
        where=accounts.where,
        months=accounts.months,
        median=float(accounts.fee.median()),
        idle=accounts.idle,
        asked=accounts.asked,
        reached=accounts.reached,
        cut_short=accounts.cut_short,
        below=int((accounts.revenue < 0).sum()),
        spread=accounts.spread,
    )
    says = [
        "**{book}**: {accounts:count account}, judged on {where}, {when} ({months:count month})."
        if accounts.dated
        else "**{book}**: {accounts:count account}, judged on {where}, {when}: without dates the "
        "whole amount stands for the fee.",
        *(CUT_SHORT,) * bool(accounts.cut_short),
        *(steps.SHARES_OF,) * bool(numbers["below"]),
        "The median {feeword} is {median:money}{unit}.",
        *steps.gross(accounts.returns),
    ]
    if accounts.idle:
        says.append(
            "Without a sale in the period, and so with a fee of nothing: {idle:count account}."
        )
    if absent := [name for name in accounts.lacking if name != GROWTH or not accounts.growing]:
        numbers["absent"] = absent
        says.append("Of what the power company's rule looks at, this book lacks {absent:names}.")
    if accounts.growing and GROWTH in accounts.lacking:
        numbers["growth"] = GROWTH
        says.append(
            "The rule looks at {growth} too. The book has volume and date, and no row lies a year "
            "before this period, as where the period is the whole book: a later period, such as "
            "its last year, would tell the growth where the ledger goes back far enough."
        )
    if accounts.cut == accounts.asked:
        says.append("A place on the list costs {cut:money}{unit} {per}.")
    elif not accounts.reached:
        says.append(
            "Nobody pays {asked:money}{unit} {per}, so a place on the list costs what the top "
            "fifth reach: {cut:money}{unit}."
        )
    else:
        says.append(
            "The documents' {asked:money} are yuan, and this book does not name the yuan as its "
            "currency: a place on the list costs what the top fifth reach, {cut:money}{unit} {per}."
        )
    return Finding(numbers, tuple(says))


def features_in_numbers(accounts: Accounts) -> Finding:
    """How the features of the rule are spread."""
    rows = {}
    for column, text in FEATURES.items():
        if column not in accounts.known:
            continue
        values = accounts.features[column].astype(float)
        shown = [_form(value, FEATURE_FORMS[column]) for value in values.quantile([0.1, 0.5, 0.9])]
        rows[text] = [f"{int(values.notna().sum()):,}", *shown]
    table = pd.DataFrame(
        rows, index=["accounts with a value", "a tenth lie below", "median", "a tenth lie above"]
    ).T.rename_axis("feature")
    return Finding(accounts.said(features=len(table)), table=table)


def _form(value: float, form: str) -> str:
    if form == "money":
        return money(value)
    return percent(value) if form == "percent" else format(value, form)


# --- the power company's rule -----------------------------------------------------------------


def rule_as_data(reading: ql.Reading | None = None) -> Finding:
    """The power company's rule, test by test, with what its document leaves open."""
    table = ql.rule_table(ql.POWER_RULES, reading or ql.Reading())
    return Finding(
        {"tests": len(table), "open": int((table["left_open"] != "").sum())},
        ("Of {tests:count test}, {open} leave something to the reader.",),
        table.drop(columns="group"),
        prose=True,
    )


def classed(accounts: Accounts, reading: ql.Reading | None = None) -> pd.Series:
    """The class of each account: by the power company's rule, or by rank where the book cannot be
    judged by it.
    """
    if accounts.power:
        return ql.classify(accounts.features, accounts.rules, reading or ql.Reading()).astype("str")
    return _by_rank(accounts)


def _by_rank(accounts: Accounts) -> pd.Series:
    ranked = ql.rank_features(accounts.features, "avg_monthly_fee")
    return ql.classify(ranked, _pyramid_rules()).astype("str")


def _pyramid_rules() -> tuple[ql.Rule, ...]:
    return ql.tier_rules("rank_before", ql.PYRAMID, "<", source="S002-1g")


def _too_few_for_ranks(accounts: Accounts) -> bool:
    """Whether classes would be shares of so few accounts that there is nobody in some of them."""
    return not accounts.power and len(accounts.features) < FEWEST_RANKED


def _no_ranks(accounts: Accounts, **numbers: Any) -> Finding:
    return unknown(
        "{accounts:count account}: classes by a share of the accounts need {needed} or more, "
        "so none are made; read the names.",
        **accounts.said(needed=FEWEST_RANKED, **numbers),
    )


def _key_classes(accounts: Accounts) -> tuple[str, ...]:
    return TYPES if accounts.power else LEADERS


def _why_not(accounts: Accounts) -> str:
    """Why the power company's rule cannot be judged: a whole template."""
    if not accounts.yuan:
        return (
            "The power company's limits are yuan, and this book does not name the yuan as its "
            "currency; a book in CNY would allow it."
        )
    return (
        "The power company's rule cannot be judged without {lacking:names}; these columns would "
        "allow it."
    )


BY_RANK = {
    True: "This book cannot be judged by the power company's rule, for want of {lacking:names}. "
    "Its accounts are classed by rank: VIP, main, ordinary, small.",
    False: "The power company's limits are yuan, and this book does not name the yuan as its "
    "currency. Its accounts are classed by rank: VIP, main, ordinary, small.",
}


def classes(accounts: Accounts, reading: ql.Reading | None = None) -> Finding:
    """Which class does each account fall into, and how much money lies there?"""
    found = classed(accounts, reading)
    if _too_few_for_ranks(accounts):
        return _no_ranks(accounts, key=0, held=0.0)
    order = [rule.label for rule in (accounts.rules or _pyramid_rules())]
    order += ["none"] if accounts.power else []
    order += ["unknown"] if (found == "unknown").any() else []
    table = (
        pd.DataFrame(
            {"accounts": found.value_counts(), "revenue": accounts.revenue.groupby(found).sum()}
        )
        .reindex(order)
        .fillna(0)
        .rename_axis("class")
    )
    table["share"] = [accounts.held(found == label) for label in order]
    table["largest"] = [
        accounts.named([str(accounts.revenue[found == label].idxmax())])[0]
        if (found == label).any()
        else None
        for label in order
    ]
    key = found.isin(_key_classes(accounts))
    untold, between = found == "unknown", found == "between"
    corner = _corner(accounts, found)
    numbers = accounts.said(
        key=int(key.sum()),
        held=accounts.held(key),
        untold=int(untold.sum()),
        untold_held=accounts.held(untold),
        between=int(between.sum()),
        between_held=accounts.held(between),
        left_out=list(accounts.left_out["class"]),
        frame=found,
        **corner,
    )
    says = list(_of_classes(accounts, numbers))
    picture = _class_map(accounts, found) if accounts.power else None
    return Finding(numbers, tuple(says), table, CLASS_COLUMNS, picture)


def _of_classes(accounts: Accounts, numbers: Mapping[str, Any]) -> list[str]:
    if not accounts.power:
        return [
            BY_RANK[accounts.yuan],
            "Key accounts by rank, VIP and main: {key:,} of {accounts:,}, with {held:percent0} of "
            "revenue.",
        ]
    says = [
        "Key accounts by the types of this rule that can be judged: {key:,} of {accounts:,}, with "
        "{held:percent0} of revenue."
        if numbers["left_out"]
        else "Key accounts by this rule, its three types: {key:,} of {accounts:,}, with "
        "{held:percent0} of revenue."
    ]
    if numbers["between"]:
        says.append(
            "The hole between the types holds {between:count account} with "
            "{between_held:percent0} of revenue: large, but at the wrong voltage or with a failed "
            "test. A rule with such a hole needs a decision, not a formula."
        )
    if numbers["left_out"]:
        says.append(
            "Left out, for want of {lacking:names}: {left_out:names}. Their accounts fall to the "
            "other classes."
        )
    says.append(
        "A test that cannot be judged makes the class *unknown*, never a silent no: "
        "{untold:count account} with {untold_held:percent0} of revenue."
        if numbers["untold"]
        else "The class of every account is known: none lacks a feature that could change it."
    )
    if numbers["corner"] and numbers["others"]:
        says.append(
            "Voltage and fee alone do not decide. Their corner holds {corner:count account}: "
            "{right} efficiency type, {first} important, {waiting} of unknown class, and "
            "{failing} with a further test failed."
        )
    return says


def _corner(accounts: Accounts, found: pd.Series) -> dict[str, int]:
    """The accounts that voltage and fee alone would make efficiency type, and what they are."""
    if "voltage_kv" not in accounts.known or not any(
        rule.label == "efficiency" for rule in accounts.rules
    ):
        return dict.fromkeys(("corner", "right", "first", "waiting", "others", "failing"), 0)
    inside = found[
        (accounts.features["voltage_kv"] >= LIMITS["voltage_kv"])
        & (accounts.fee >= LIMITS["avg_monthly_fee"])
    ]
    kinds = {
        "right": int((inside == "efficiency").sum()),
        "first": int((inside == "important").sum()),
        "waiting": int((inside == "unknown").sum()),
    }
    rest = len(inside) - sum(kinds.values())
    others = len(inside) - kinds["right"]
    return {"corner": len(inside), **kinds, "others": others, "failing": rest}


def _size(amount: float) -> tuple[float, str]:
    """The unit of an axis of fees."""
    if amount >= 1e6:
        return 1e6, "million "
    return (1e3, "thousand ") if amount >= 1e4 else (1.0, "")


def _axis(accounts: Accounts, tail: str = "") -> str:
    """The label of an axis of fees."""
    inside = f"{_size(accounts.cut)[1]}{accounts.currency}".strip()
    word = accounts.feeword
    return f"{word} ({inside}){tail}" if inside else f"{word}{tail}"


def _class_map(accounts: Accounts, found: pd.Series) -> Picture | None:
    size, _ = _size(accounts.cut)
    shown = accounts.features.assign(shown=accounts.fee / size, **{"class": found})
    shown = shown[["shown", "voltage_kv", "class"]].dropna()
    if not (shown["shown"] > 0).any():
        return None
    high, low = LIMITS["avg_monthly_fee"] / size, POTENTIAL_FROM / size
    areas = {
        f"efficiency: {high:,g} and more": (high, math.inf, LIMITS["voltage_kv"], math.inf),
        f"potential: {low:,g} to {high:,g}": (low, high, 10, 35),
    }
    order = [label for label in CLASSES if label != "unknown" or (found == label).any()]
    return Picture(
        lambda title: figures.class_map(
            shown,
            title,
            _axis(accounts),
            columns=("shown", "voltage_kv", "class"),
            regions=areas,
            order=order,
        ),
        "{key:,} of {accounts:count account} belong to a type of the rule"
        if all(rule.label != "efficiency" for rule in accounts.rules)
        else "{corner:count account} in the corner of voltage and fee, of which {right} efficiency "
        "type"
        if _corner(accounts, found)["corner"]
        else "No account lies in the corner of voltage and fee",
        "Map of voltage and {feeword} with the regions of the rule. The corner of the efficiency "
        "type holds {corner:count account}, {right} of them in that class; the others are "
        "important, fail a further test or cannot be told.",
    )


def and_or(accounts: Accounts, reading: ql.Reading | None = None) -> Finding:
    """What would OR do to the class of every account?"""
    if (out := _no_efficiency(accounts)) is not None:
        return out
    base = reading or ql.Reading()
    ways = {"all five": "all", "four of five": "four_of_five", "any (OR)": "any"}
    found = {
        name: classed(accounts, ql.Reading(base.power_factor_limit, base.at_threshold, way))
        for name, way in ways.items()
    }
    labels = [
        label for label in CLASSES if any((classes == label).any() for classes in found.values())
    ]
    table = pd.DataFrame({name: classes.value_counts() for name, classes in found.items()})
    table = table.reindex(labels).fillna(0).astype(int).rename_axis("class")
    five, four, ored = found.values()
    numbers = accounts.said(
        by_or=int(_differ(ored, five).sum()),
        efficiency=int((ored == "efficiency").sum()),
        by_four=int(_differ(four, five).sum()),
    )
    says = (
        "With the limits chosen above, OR changes the class of {by_or:,} of "
        "{accounts:count account} and makes {efficiency:,} efficiency type; four of five changes "
        "{by_four:,}. Only accounts whose class is known both times are counted.",
    )
    return Finding(numbers, says, table, show_table=False)


def _no_efficiency(accounts: Accounts) -> Finding | None:
    """Why the five tests cannot be read in several ways on this book."""
    if not accounts.power:
        return unknown(_why_not(accounts), **accounts.said())
    if all(rule.label != "efficiency" for rule in accounts.rules):
        return unknown(
            "No test whose wording is open can be judged in this book: the efficiency type needs "
            "{lacking:names}.",
            **accounts.said(),
        )
    return None


def _differ(a: pd.Series, b: pd.Series) -> np.ndarray:
    """Which accounts have two classes, of those that can be told both times."""
    one, other = a.astype("str"), b.astype("str")
    return ((one != other) & (one != "unknown") & (other != "unknown")).to_numpy()


def boundary(accounts: Accounts) -> Finding:
    """Whose class hangs on how the rule is read, why, and how much money is that?"""
    if (out := _no_efficiency(accounts)) is not None:
        return out
    flips = accounts.flips
    edge = accounts.features[flips["boundary"]]
    readings = {str(each): each for each in ql.allowed_readings()}
    moved = {
        knob: np.logical_or.reduce(
            [
                _differ(flips[str(a)], flips[str(b)])
                for a, b in itertools.combinations(readings.values(), 2)
                if all(getattr(a, k) == getattr(b, k) for k in KNOBS if k != knob)
            ]
        )
        for knob in KNOBS
    }
    numbers = accounts.said(
        open=len(edge),
        readings=len(readings),
        money=float(edge["revenue"].sum()),
        held=accounts.held(flips["boundary"]),
        untold=int(flips["unknown"].sum()),
        largest=accounts.named(edge["revenue"].nlargest(5).index),
        factor=int(moved["power_factor_limit"].sum()),
        at=int(moved["at_threshold"].sum()),
        usual=int(moved["combine"].sum()),
        factor_money=float(accounts.revenue[moved["power_factor_limit"]].sum()),
        at_money=float(accounts.revenue[moved["at_threshold"]].sum()),
        usual_money=float(accounts.revenue[moved["combine"]].sum()),
        frame=flips,
    )
    says = []
    if flips["unknown"].any():
        says.append("Not to be told under at least one reading: {untold:count account}.")
    if edge.empty:
        nobody = (
            "No account that can be told changes class with the reading."
            if flips["unknown"].any()
            else "No account changes class with the reading: the wording decides all of them."
        )
        return Finding(numbers, (nobody, *says))
    says = [
        "**{open:count boundary account}** of {accounts:,}, with {money:money}{unit} or "
        "{held:percent} of revenue.",
        *says,
        "Changing one thing at a time, whatever the other two are, the power-factor limit moves "
        "{factor:count account} ({factor_money:money}{unit}), the meaning of 以上 {at} "
        "({at_money:money}{unit}), and all or four of five {usual} ({usual_money:money}{unit}). An "
        "account can be moved by more than one."
        if any(hit.any() for hit in moved.values())
        else "No single change moves an account from one class that can be told to another: it "
        "takes two at once, or the missing feature.",
        "The largest: {largest:names}.",
    ]
    if len(edge) > MOST:
        says.append("The figure shows the {drawn} largest of them; *Deeper* names all.")
    why, seen = _why_open(edge), _seen(flips, list(readings), edge.index)
    reasons = pd.DataFrame(
        {
            "accounts": why.value_counts(),
            "revenue": edge["revenue"].groupby(why).sum(),
            "seen": seen.groupby(why).first(),
        }
    ).sort_values(["accounts", "revenue"], ascending=False)
    columns = {"seen": Shown("classes in the {readings} readings, of the first")}
    numbers |= {"names": _boundary_names(accounts, edge, why, seen), "drawn": min(len(edge), MOST)}
    return Finding(
        numbers,
        tuple(says),
        reasons.rename_axis("why the class is open"),
        columns,
        _flip_picture(accounts, edge, why, flips, readings),
    )


def _why_open(edge: pd.DataFrame) -> pd.Series:
    """Which test of the efficiency type each account fails at the strictest limits, or meets by a
    hair.
    """
    strictest = max(each.power_factor_limit for each in ql.allowed_readings())
    limits = {**LIMITS, "power_factor": strictest}
    parts: dict[str, list[str]] = {str(account): [] for account in edge.index}
    exact: dict[str, list[str]] = {str(account): [] for account in edge.index}
    for column, word in TESTED.items():
        if column not in edge:
            continue
        values = edge[column].astype(float)
        fails = values <= limits[column] if column == "yoy" else values < limits[column]
        for account in edge.index[fails.to_numpy()]:
            parts[account].append(word)
        if column in ("avg_monthly_fee", "fee_recovery"):
            for account in edge.index[(values == limits[column]).to_numpy()]:
                exact[account].append(f"{word} exactly at the limit")
    texts = {
        account: "; ".join(
            ([f"fails {', '.join(parts[account])}"] if parts[account] else []) + exact[account]
        )
        or "a feature is missing"
        for account in parts
    }
    return pd.Series(texts, dtype="str").reindex(edge.index)


def _seen(flips: pd.DataFrame, readings: list[str], ids: pd.Index) -> pd.Series:
    """The classes of an account over the readings, counted: "efficiency 2, potential 10"."""
    rows = flips.loc[ids, readings].astype("str").to_numpy()
    counted = [sorted(Counter(row).items()) for row in rows]
    return pd.Series(
        [", ".join(f"{label} {n}" for label, n in row) for row in counted], index=ids, dtype="str"
    )


def _boundary_names(
    accounts: Accounts, edge: pd.DataFrame, why: pd.Series, seen: pd.Series
) -> pd.DataFrame:
    table = edge.assign(name=accounts.named(edge.index), why=why, seen=seen)
    kept = ["name", *TESTED, "why", "seen", "revenue"]
    table = table[[column for column in kept if column in table]]
    return table.sort_values("revenue", ascending=False, kind="stable").reset_index(drop=True)


def _flip_picture(
    accounts: Accounts,
    edge: pd.DataFrame,
    why: pd.Series,
    flips: pd.DataFrame,
    readings: Mapping[str, ql.Reading],
) -> Picture:
    """The heat map: reasons in the order of their largest account, within a reason the largest
    account on top.
    """
    shown = edge.loc[edge["revenue"].nlargest(MOST).index, ["revenue"]].assign(why=why)
    shown["first"] = shown.groupby("why")["revenue"].transform("max")
    order = shown.sort_values(["first", "why", "revenue"], ascending=[False, True, False]).index
    short = {
        name: f"{each.power_factor_limit:.2f} {'≥' if each.at_threshold == '>=' else '>'} "
        f"{5 if each.combine == 'all' else 4}/5"
        for name, each in readings.items()
    }
    heat = flips.loc[order, list(readings)].astype("str").rename(columns=short)
    held = [label for label in CLASSES if (heat == label).to_numpy().any()]
    return Picture(
        lambda title: figures.flip_heatmap(
            heat,
            title,
            "reading: limit, 以上, tests to pass",
            names=accounts.labels,
            order=held,
        ),
        "The class of {open:count account} hangs on how the rule is read"
        if len(shown) == len(edge)
        else "The class of {open:count account} hangs on how the rule is read; drawn are {drawn}",
        "Class of boundary accounts under each of the {readings} readings, {drawn} drawn: those "
        "open for the same reason together, the largest of them on top. One change alone moves: "
        "the power-factor limit {factor}, the meaning of 以上 {at}, all or four of five {usual}.",
    )


def boundary_names(accounts: Accounts, found: Finding | None = None) -> Finding:
    """The boundary accounts by name, with what makes their class open."""
    found = found or boundary(accounts)
    if not found.known:
        return found
    if not found.numbers["open"]:
        return Finding(found.numbers, ("There is no boundary account to name.",))
    return Finding(
        {"open": found.numbers["open"]},
        ("{open:count boundary account}, the largest first.",),
        found.numbers["names"],
        NAME_COLUMNS,
    )


def other_readings(accounts: Accounts, reading: ql.Reading | None = None) -> Finding:
    """How many accounts change class, and with how much money, under each other reading?"""
    if (out := _no_efficiency(accounts)) is not None:
        return out
    base = classed(accounts, reading)
    rows = {}
    for each in ql.allowed_readings():
        other = classed(accounts, each)
        hit = _differ(other, base)
        rows[str(each)] = [
            int(hit.sum()),
            accounts.revenue[hit].sum(),
            int((other == "efficiency").sum()),
        ]
    table = pd.DataFrame(rows, index=["changed", "revenue", "efficiency"]).T.rename_axis("reading")
    numbers = accounts.said(
        readings=len(table), most=int(table["changed"].max()), least=int(table["changed"].min())
    )
    columns = {
        "changed": Shown("accounts that change", ",.0f"),
        "revenue": Shown("their revenue", "money"),
        "efficiency": Shown("efficiency type", ",.0f"),
    }
    return Finding(
        numbers,
        ("Of {readings:count reading}, the one furthest from yours changes the class of "
         "{most:count account}.",),
        table,
        columns,
    )  # fmt: skip


# --- the list ---------------------------------------------------------------------------------


def list_errors(accounts: Accounts) -> pd.DataFrame | None:
    """The present list against the cut, account by account; None without a list."""
    if accounts.listed is None:
        return None
    return ql.static_list_error(accounts.listed, accounts.fee, accounts.cut)


NO_LIST = (
    "This book has no present list, so nobody can be said to join or leave; accounts.listed_ka "
    "would allow it. A list drawn at {cut:money}{unit} {per} would hold {reach:count account}."
)


def present_list(accounts: Accounts, reading: ql.Reading | None = None) -> Finding:
    """Who should join the present list and who should leave it, by the fee of today?"""
    errors, reach = list_errors(accounts), int((accounts.fee >= accounts.cut).sum())
    if errors is None:
        return unknown(NO_LIST, **accounts.said(reach=reach))
    place = _places(errors)
    revenue = accounts.revenue
    numbers = accounts.said(
        listed=int(errors["listed"].sum()),
        reach=reach,
        stay=int((place == "stay").sum()),
        missed=int((place == "join").sum()),
        kept=int((place == "leave").sum()),
        stay_money=float(revenue[place == "stay"].sum()),
        missed_money=float(revenue[place == "join"].sum()),
        kept_money=float(revenue[place == "leave"].sum()),
        blank=int(accounts.features["listed_ka"].isna().sum()),
        errors=errors,
        first_year=str(accounts.years.columns[0]) if len(accounts.years.columns) else "",
    )
    says = [
        "On the list: {listed:count account}. At {cut:money}{unit} {per} or more today: {reach:,}.",
        "**Should join: {missed:,}**, with {missed_money:money}{unit}. **Should leave: {kept:,}**, "
        "with {kept_money:money}{unit}. Rightly on it: {stay:,}, with {stay_money:money}{unit}.",
    ]
    if numbers["blank"]:
        says.append("Without an entry, and taken as not listed: {blank:count account}.")
    if numbers["missed_money"] > 0 and numbers["kept_money"] > 0:
        mean = numbers["kept_money"] / numbers["kept"]
        numbers["swap"] = numbers["missed_money"] / numbers["missed"] / mean
        says.append("On average one that should join brings {swap:.1f} times what a leaver does.")
    found = classed(accounts, reading)
    still = found[(place == "leave") & found.isin(_key_classes(accounts))]
    if len(still):
        numbers |= {
            "still": len(still),
            "kinds": [f"{label} {n:,}" for label, n in still.value_counts().items()],
        }
        says.append(
            "By the power company's rule {still:,} of those who should leave are key accounts all "
            "the same ({kinds:names}): the list and the rule do not ask the same question. A name "
            "leaves a list by a decision, not by a formula."
            if accounts.power
            else "By rank {still:,} of those who should leave are key accounts all the same "
            "({kinds:names}). A name leaves a list by a decision, not by a formula."
        )
    size, _ = _size(accounts.cut)
    picture = Picture(
        lambda title: drawn.list_map(
            accounts.fee / size,
            place,
            accounts.cut / size,
            title,
            _axis(accounts),
            f"cut: {money(accounts.cut, accounts.currency)}",
        ),
        "{missed:,} should join the list, {kept:,} should leave it",
        "Accounts on the list and not on it, by {feeword}, with the cut of {cut:money}{unit} as a "
        "line. On the list and at the cut: {stay:,}; below it: {kept:,}. At the cut and not on the "
        "list: {missed:,}.",
    )
    return Finding(numbers, tuple(says), _list_names(accounts, place, found), NAME_COLUMNS, picture)


def _places(errors: pd.DataFrame) -> pd.Series:
    """Where an account stands: join, leave, stay or no place."""
    wrong = errors["error"].map({"grower missed": "join", "decliner kept": "leave"})
    return wrong.fillna(errors["listed"].map({True: "stay", False: "no place"}))


def _list_names(accounts: Accounts, place: pd.Series, found: pd.Series) -> pd.DataFrame | None:
    wrong = place.index[place.isin(["join", "leave"])]
    if wrong.empty:
        return None
    table = pd.DataFrame(
        {
            "name": accounts.named(wrong),
            "advice": place[wrong],
            **({"then": accounts.years.iloc[:, 0][wrong]} if accounts.years.shape[1] else {}),
            "avg_monthly_fee": accounts.fee[wrong],
            "revenue": accounts.revenue[wrong],
            "class": found[wrong],
        }
    )
    return table.sort_values("revenue", ascending=False, kind="stable").reset_index(drop=True)


def slope(accounts: Accounts, step: float = 0.1) -> Finding:
    """How many places move when the cut moves?"""
    at, curve = _at_cuts(accounts, (1 - step, 1.0, 1 + step)), np.arange(5, 41) / 20
    grid = _at_cuts(accounts, curve)
    fee, cut = accounts.fee, accounts.cut
    above, below = fee[fee >= cut], fee[fee < cut]
    size, word = _size(cut)
    shares = grid.assign(cut=grid["threshold"] / size).set_index("cut")
    shares = shares[["share_accounts", "share_money"]].set_axis(
        ["of accounts", "of revenue"], axis="columns"
    )
    counts = at["n_accounts"].tolist()
    numbers = accounts.said(
        step=step,
        moved=counts[0] - counts[2],
        reach=counts[1],
        lower=counts[0],
        higher=counts[2],
        below_count=int(fee.between((1 - step) * cut, cut, inclusive="left").sum()),
        above_count=int(fee.between(cut, (1 + step) * cut, inclusive="left").sum()),
        last=float(above.min()) if len(above) else None,
        first=float(below.max()) if len(below) else None,
        accounts_from=float(shares["of accounts"].iloc[0]),
        accounts_to=float(shares["of accounts"].iloc[-1]),
        revenue_from=float(shares["of revenue"].iloc[0]),
        revenue_to=float(shares["of revenue"].iloc[-1]),
    )
    says = [
        "At the cut {reach:count account}; {step:percent0} lower {lower:,}, {step:percent0} higher "
        "{higher:,}."
    ]
    if len(below):
        last, first = numbers["last"], numbers["first"]
        numbers["gap"] = 1 - first / last
        says.append(
            "The last account above the cut and the first below it pay nearly the same, "
            "{last:money}{unit}."
            if numbers["gap"] < SAME or money(last) == money(first)
            else "The last account above the cut pays {last:money}{unit}, the first below it "
            "{first:money}{unit}: {gap:percent} less."
            if first > 0
            else "The last account above the cut pays {last:money}{unit}; the first below it pays "
            "nothing."
        )
        says.append(
            "Within {step:percent0} of the cut lie {below_count:,} below and {above_count:,} "
            "above: there is no gap in which to put a fence."
            if numbers["below_count"] and numbers["above_count"]
            else "Within {step:percent0} of the cut lie {below_count:,} below and {above_count:,} "
            "above: here the cut happens to stand beside a gap."
        )
    else:
        says.append("Nobody is below the cut.")
    picture = Picture(
        lambda title: figures.sensitivity_curve(
            100 * shares,
            title,
            f"cut ({f'{word}{accounts.currency} {accounts.per}'.strip()})",
            "percent above the cut",
            base=float(f"{cut / size:.4g}"),
        ),
        "A cut {step:percent0} lower makes {lower:count name}, {step:percent0} higher {higher:,}",
        "Share of accounts and of revenue above the cut, as the cut moves from a quarter to twice "
        "its value: accounts fall from {accounts_from:percent0} to {accounts_to:percent0}, revenue "
        "from {revenue_from:percent0} to {revenue_to:percent0}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _at_cuts(accounts: Accounts, factors: Sequence[float] | np.ndarray) -> pd.DataFrame:
    whole = accounts.features.assign(revenue=accounts.revenue.clip(lower=0))
    return ql.threshold_sensitivity(
        whole, accounts.cut * np.asarray(factors, dtype=float), money="revenue"
    )


def other_cuts(accounts: Accounts, factors: Sequence[float] = (0.8, 0.9, 1.0, 1.1, 1.2)) -> Finding:
    """Accounts and revenue above each of several cuts."""
    table = _at_cuts(accounts, factors)[list(CUT_COLUMNS)]
    table.index = pd.Index(
        [f"{percent(factor, 0)} of the cut" for factor in factors], name="cut at"
    )
    return Finding({"factors": list(factors)}, table=table, columns=CUT_COLUMNS)


def lengths(accounts: Accounts, names: Sequence[int] = LENGTHS) -> Finding:
    """Which fee would make a list of so many names, and what would it hold?"""
    listed = accounts.listed
    own = int(listed.sum()) if listed is not None else int((accounts.fee >= accounts.cut).sum())
    fee = accounts.fee.sort_values(ascending=False, kind="stable")
    kept = [n for n in sorted({*names, own}) if 0 < n <= len(fee)]
    numbers = accounts.said(
        own=own, upper=LENGTHS[1], many=LENGTHS[2], times=own / LENGTHS[1], shortest=min(names)
    )
    if not kept:
        return unknown(
            "This book has {accounts:count account}: fewer than the shortest list that is advised, "
            "{shortest} names.",
            **numbers,
        )
    table = pd.DataFrame(
        {
            "needed": [float(fee.iloc[n - 1]) for n in kept],
            "share": [accounts.held(accounts.fee.index.isin(fee.index[:n])) for n in kept],
        },
        index=pd.Index(kept, name="names"),
    )
    word = "present" if listed is not None else "new"
    says = {
        ("present", True): "The present list has {own:count name}, {times:.1f} times the upper "
        "end of the advice.",
        ("present", False): "The present list has {own:count name}, within the upper end of the "
        "advice.",
        ("new", True): "The cut would make a list of {own:count name}, {times:.1f} times the upper "
        "end of the advice.",
        ("new", False): "The cut would make a list of {own:count name}, within the upper end of "
        "the advice.",
    }[word, own > LENGTHS[1]]
    columns = {
        "needed": Shown("needs a fee of", "money"),
        "share": Shown("share of revenue", "percent"),
    }
    return Finding(numbers, (says,), table, columns)


def freezing(accounts: Accounts) -> Finding:
    """What does it cost to leave a list alone: the present one, and one that is a year old?"""
    years = accounts.years
    if years.shape[1] < 2:
        return _needs_years(accounts)
    renewed = _renewed(accounts)
    table = pd.DataFrame(
        {
            "reach": [(years[year] >= accounts.cut).sum() for year in years],
            "old_missed": [_count(renewed.get(year), "grower missed") for year in years],
            "old_kept": [_count(renewed.get(year), "decliner kept") for year in years],
        },
        index=pd.Index(years.columns, name="year"),
    )
    last = str(years.columns[-1])
    numbers = accounts.said(
        last=last, years=years.shape[1], wrong=int((renewed[last] != "none").sum())
    )
    if accounts.listed is None:
        says = ["A list drawn a year earlier is wrong about {wrong:count account} in {last}."]
    else:
        drift = {
            year: ql.static_list_error(accounts.listed, years[year], accounts.cut)["error"]
            for year in years
        }
        table["missed"] = [_count(drift[year], "grower missed") for year in years]
        table["kept"] = [_count(drift[year], "decliner kept") for year in years]
        table["revenue"] = [
            12 * years[year][drift[year] == "grower missed"].sum() for year in years
        ]
        numbers["present"] = int((drift[last] != "none").sum())
        says = [
            "In {last} the present list is wrong about {present:count account}, one drawn a year "
            "earlier about {wrong}."
        ]
        if 0 < numbers["wrong"] < numbers["present"]:
            says.append(
                "Freezing for a year has a price too; redrawing every year avoids the rest."
            )
    columns = {
        "reach": Shown("reach the cut", ",.0f"),
        "missed": Shown("present list: missed", ",.0f"),
        "kept": Shown("present list: kept", ",.0f"),
        "revenue": Shown("revenue missed", "money"),
        "old_missed": Shown("list of the year before: missed", ",.0f"),
        "old_kept": Shown("list of the year before: kept", ",.0f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _needs_years(accounts: Accounts) -> Finding:
    return unknown(
        "One year against the next needs complete years, two or more; the ledger of this book "
        "covers {years:count complete year}. Earlier rows would allow it."
        if accounts.dated
        else "One year against the next needs dated rows; ledger.date would allow it.",
        **accounts.said(years=accounts.years.shape[1]),
    )


def _renewed(accounts: Accounts) -> dict[str, pd.Series]:
    """For each year but the first: a list drawn a year earlier against it."""
    years, cut = accounts.years, accounts.cut
    return {
        later: ql.static_list_error((years[earlier] >= cut).astype(int), years[later], cut)["error"]
        for earlier, later in itertools.pairwise(years.columns)
    }


def _count(errors: pd.Series | None, kind: str) -> float:
    return math.nan if errors is None else int((errors == kind).sum())


# --- other definitions ------------------------------------------------------------------------


def _judge(accounts: Accounts, name: str, **change: Any) -> pd.Series:
    """The verdict of another document's scheme on each account."""
    scheme = ql.SCHEMES[name]
    year = 12 * accounts.cut if accounts.dated else accounts.cut
    reading = {"large_fee": accounts.cut, "large_potential": year, **change}
    reading = {key: value for key, value in reading.items() if key in scheme.base}
    return ql.classify(accounts.features, scheme, reading).astype("str")


def documents(accounts: Accounts, definition_needs: int = 2) -> Finding:
    """Which other documents' definitions can this book be judged by, and what do they leave
    open?
    """
    table = accounts.judged.drop(columns="classes")
    counts = []
    for name, able in table["judged"].items():
        if not able or name in ("four_types", "segments"):
            counts.append("-")
            continue
        change = {"combine": definition_needs} if name == "definition" else {}
        counts.append(f"{int(_judge(accounts, str(name), **change).isin(SAY_YES).sum()):,}")
    numbers = accounts.said(schemes=len(table), able=int(table["judged"].sum()))
    shown = pd.DataFrame(
        {
            "source": [scheme.rules[0].source for scheme in ql.SCHEMES.values()],
            "judged": table["judged"].map({True: "yes", False: "no"}),
            "lacks": table["lacks"].replace("", "-"),
            "key accounts": counts,
            "left open": [scheme.note or "-" for scheme in ql.SCHEMES.values()],
        },
        index=table.index,
    )
    says = ("Of {schemes:count other scheme}, this book can be judged by {able}.",)
    return Finding(numbers, says, shown, prose=True)


def parts(accounts: Accounts) -> Finding:
    """How many accounts are key, as more and more parts of a definition must hold?"""
    able = [name for name in PARTS if accounts.judged.loc[name, "judged"]]
    if not able:
        return unknown(
            "This book has the columns of none of these definitions; accounts.central_purchase, "
            "accounts.purchase_pattern and account_profile.product_fit would allow the shortest."
        )
    table = pd.DataFrame(
        {
            TITLES[name]: pd.Series(
                {
                    f"at least {k}": float(
                        (_judge(accounts, name, combine=k) == "key account").sum()
                    )
                    for k in range(1, PARTS[name] + 1)
                }
            )
            for name in able
        }
    )
    table = table.reindex(
        [f"at least {k}" for k in range(1, max(PARTS[name] for name in able) + 1)]
    )
    most = max(able, key=lambda name: PARTS[name])
    numbers = accounts.said(
        most=TITLES[most],
        by_or=int(table[TITLES[most]].iloc[0]),
        by_and=int(table[TITLES[most]].iloc[PARTS[most] - 1]),
    )
    says = (
        "Key accounts by the {most}: {by_or:,} where one part is enough, {by_and:,} where all of "
        "them must hold.",
    )
    columns = {TITLES[name]: Shown(TITLES[name], ",.0f") for name in able}
    return Finding(numbers, says, table.rename_axis("parts that hold"), columns)


def one_off(accounts: Accounts) -> Finding:
    """Which large accounts does a rule against single purchases strike out?"""
    if "purchase_pattern" not in accounts.known:
        return unknown(
            "Nothing is known of how the accounts buy; accounts.purchase_pattern would allow it."
        )
    once = accounts.features["purchase_pattern"] == "one_off"
    large = accounts.fee >= accounts.cut
    numbers = accounts.said(
        once=int((once & large).sum()),
        large=int(large.sum()),
        money=float(accounts.revenue[once & large].sum()),
    )
    says = (
        "One-off buyers at the cut: {once:,} of {large:count account}, with {money:money}{unit} in "
        "the period.",
    )
    return Finding(numbers, says)


def kinds(accounts: Accounts) -> Finding:
    """Accounts by the four types of S001-1c and the five segments of S000-6a."""
    judged, rows = accounts.judged["judged"], []
    for name, title in (("four_types", "S001-1c"), ("segments", "S000-6a")):
        if not judged[name]:
            continue
        found = _judge(accounts, name).value_counts()
        rows += [(title, str(label), int(n)) for label, n in found.items()]
    if not rows:
        return unknown(
            "Types and segments need accounts.sector, or accounts.priority_project, "
            "important_type, centre_of_influence and group_id."
        )
    numbers = accounts.said(outside=sum(n for _, label, n in rows if label == "none"))
    says = []
    if judged["segments"] and _other_sectors(accounts):
        says.append(
            "This book names its sectors in other words than the document, so no account falls "
            "into any of the segments."
        )
    elif judged["segments"]:
        says.append("In none of the segments: {outside:count account}.")
    table = pd.DataFrame(rows, columns=["source", "type or segment", "accounts"])
    return Finding(numbers, tuple(says), table)


def _other_sectors(accounts: Accounts) -> bool:
    return bool((_judge(accounts, "segments") == "none").all())


def tiers(accounts: Accounts, shift: float = 1.25) -> Finding:
    """The tiers of a telecom company at this book's scale, and what the assumed cuts change.

    Raises
    ------
    ValueError
        For a ``shift`` that would move a tier past its neighbour.
    """
    found, moved, cuts = _tiered(accounts, shift)
    table = pd.DataFrame(
        {
            "from": cuts,
            "cut": {
                label: "stated" if label in ql.TELECOM_STATED else "assumed"
                for label in ql.TELECOM_TIERS
            },
            "accounts": found.value_counts(),
            "moved": moved.value_counts(),
            "revenue": accounts.revenue.groupby(found).sum(),
        }
    ).reindex([*ql.TELECOM_TIERS, *(["none"] if (found == "none").any() else [])])
    table[["accounts", "moved", "revenue"]] = table[["accounts", "moved", "revenue"]].fillna(0)
    table["cut"] = table["cut"].fillna("below zero")
    changed, key = (found != moved).to_numpy(), found.isin(KEY_TIERS).to_numpy()
    numbers = accounts.said(
        shift=shift,
        changed=int(changed.sum()),
        changed_key=int((changed & key).sum()),
        key=int(key.sum()),
        crystal=int((found == "crystal").sum()),
        below=int((found == "A(A+)").sum()),
    )
    says = (
        "Accounts that change tier: {changed:,}, of which {changed_key:,} among the key accounts "
        "({key:,}).",
        "Who is a key account does not move, since that cut is stated; nor do crystal "
        "({crystal:,}) and A(A+) ({below:,}), the two tiers with both ends stated.",
    )
    columns = {
        "from": Shown("from ({per})", "money"),
        "moved": Shown("accounts if assumed cuts × {shift:g}", ",.0f"),
    }
    return Finding(numbers, says, table.rename_axis("tier"), columns)


def _tiered(accounts: Accounts, shift: float) -> tuple[pd.Series, pd.Series, dict[str, float]]:
    """The tier of each account, the same with assumed cuts shifted, and where each tier begins.

    Crystal begins at the cut itself: the cut divided and multiplied again may lie above the fee
    that it was taken from.
    """
    first = ql.TELECOM_TIERS["crystal"]
    cuts = {
        label: accounts.cut if label == "crystal" else value * accounts.cut / first
        for label, value in ql.TELECOM_TIERS.items()
    }
    shifted = {
        label: value * (1 if label in ql.TELECOM_STATED else shift) for label, value in cuts.items()
    }
    found, moved = (
        ql.classify(accounts.features, ql.tier_rules("avg_monthly_fee", limits)).astype("str")
        for limits in (cuts, shifted)
    )
    return found, moved, cuts


def _graded(
    accounts: Accounts, cuts: tuple[float, float], *, by_sector: bool = True
) -> tuple[pd.Series, pd.Series]:
    """Grade A, B, C by cumulated share of the revenue of the sector or of the book, and the
    sector.
    """
    rows = accounts.features[accounts.revenue > 0]
    sector = "sector" if "sector" in accounts.known and by_sector else None
    if sector:
        rows = rows.assign(sector=rows["sector"].fillna("(none)"))
    placed = ql.rank_features(rows, "revenue", sector)
    limits = {"A": cuts[0], "B": cuts[1], "C": math.inf}
    grade = ql.classify(placed, ql.tier_rules("share_before", limits, "<")).astype("str")
    where = rows["sector"] if sector else pd.Series("all accounts", index=rows.index)
    return grade, where


def grid(
    accounts: Accounts,
    cuts: tuple[float, float] = (0.7, 0.9),
    others: tuple[float, float] = (0.8, 0.95),
) -> Finding:
    """Sectors times grades, and how much hangs on the cuts and on the sector."""
    (grade, where), (second, _) = _graded(accounts, cuts), _graded(accounts, others)
    overall, _ = _graded(accounts, cuts, by_sector=False)
    table = pd.crosstab(where, grade).reindex(columns=list("ABC"), fill_value=0)
    numbers = accounts.said(
        rows=table.shape[0],
        empty=int((table == 0).sum().sum()),
        cells=table.size,
        grade_a=int((grade == "A").sum()),
        second_a=int((second == "A").sum()),
        changed=int((grade != second).sum()),
        regraded=int((grade != overall).sum()),
        first=[percent(cut, 0) for cut in cuts],
        others=[percent(cut, 0) for cut in others],
    )
    says = [
        "Of {cells:count cell}, {empty:count is/are} empty. Grade A at cuts of {first:names}: "
        "{grade_a:,}; at {others:names}: {second_a:,}. Accounts that change grade: {changed:,}."
    ]
    says.append(
        "Graded over the whole book instead of by sector, as in lesson 01, "
        "{regraded:count gets/get} another grade at the same cuts: a sector of small accounts has "
        "its own A."
        if "sector" in accounts.known and numbers["regraded"]
        else "Graded over the whole book instead of by sector, as in lesson 01, all get the same "
        "grade."
        if "sector" in accounts.known
        else "The book has no sector, so there is one row; accounts.sector would give the grid."
    )
    return Finding(numbers, tuple(says), table.rename_axis(index="sector", columns=None))


def pyramid(accounts: Accounts) -> Finding:
    """VIP, main, ordinary and small: who stands where, and with how much revenue?"""
    found = _by_rank(accounts)
    table = pd.DataFrame(
        {
            "accounts": found.value_counts(),
            "share": {label: accounts.held(found == label) for label in ql.PYRAMID},
            "least": accounts.fee.groupby(found).min(),
        }
    ).reindex(list(ql.PYRAMID))
    table["accounts"] = table["accounts"].fillna(0)
    table["who"] = [
        ", ".join(
            accounts.named(
                accounts.fee[found == label].sort_values(ascending=False, kind="stable").index[:3]
            )
        )
        or None
        for label in ql.PYRAMID
    ]
    numbers = accounts.said(first=float(table["share"].iloc[:3].sum()))
    columns = {
        "share": Shown("share of revenue", "percent"),
        "least": Shown("smallest {feeword}", "money"),
        "who": Shown("first three"),
    }
    if len(found) < FEWEST_RANKED:
        return _no_ranks(accounts, first=numbers["first"])
    return Finding(
        numbers,
        ("VIP, main and ordinary together hold {first:percent0} of revenue.",),
        table.rename_axis("class"),
        columns,
    )


# --- weights and ranks ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scores:
    weights: dict[str, pd.Series]
    scores: pd.DataFrame
    used: str


def _weighed(accounts: Accounts) -> tuple[dict[str, tuple[pd.Series, float]], dict[str, str]]:
    """Weights and consistency ratio of each matrix, and what is wrong with the others."""
    found, wrong = {}, {}
    for name, matrix in accounts.matrices.items():
        try:
            found[name] = ql.ahp_weights(matrix)
        except ValueError as error:
            wrong[name] = str(error)
    return found, wrong


def _of_factors(accounts: Accounts) -> str | None:
    """The matrix that compares the five factors."""
    found, _ = _weighed(accounts)
    return next(
        (name for name, (w, _) in found.items() if set(w.index) == set(ql.FACTOR_COLUMNS)), None
    )


def judgement(accounts: Accounts) -> Finding:
    """Which weights do pairwise judgements give, and do the judgements agree with each other?"""
    found, wrong = _weighed(accounts)
    if not found:
        return unknown(
            "This book has no matrix of judgements that could be read; a table ahp_matrices with "
            "matrix, row, column and value would give weights."
            if not wrong
            else "The matrices of this book cannot be read: {wrong:names}.",
            wrong=[f"{name} ({why})" for name, why in wrong.items()],
        )
    table_of = dict(enumerate(RANDOM_INDEX_SAATY_1980, 1))
    table = pd.DataFrame(
        [
            {
                "matrix": name,
                "criteria": len(weights),
                "index": table_of.get(len(weights), math.nan),
                "ratio": abs(ratio),
                "weights": ", ".join(
                    f"{label} {value:.3f}"
                    for label, value in weights.sort_values(ascending=False, kind="stable").items()
                ),
            }
            for name, (weights, ratio) in found.items()
        ]
    ).set_index("matrix")
    numbers: dict[str, Any] = {
        "matrices": len(table),
        "limit": CONSISTENCY_LIMIT,
        "above": int((table["ratio"] > CONSISTENCY_LIMIT).sum()),
        "wrong": [f"{name} ({why})" for name, why in wrong.items()],
    }
    says = [
        "Matrices with a ratio above {limit:g}, whose judgements should be made anew: {above} of "
        "{matrices}."
    ]
    if wrong:
        says.append("Left out, since it cannot be read: {wrong:names}.")
    columns = {
        "criteria": Shown("criteria", ",.0f"),
        "index": Shown("RI (Saaty 1980)", ".2f"),
        "ratio": Shown("CR", ".4f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def turned_round(accounts: Accounts) -> Finding:
    """What one judgement turned round does to weights and consistency ratio."""
    found, _ = _weighed(accounts)
    name = _of_factors(accounts) or next((n for n, (w, _) in found.items() if len(w) > 2), None)
    if name is None:
        return unknown(
            "No matrix of three criteria or more can be read here, so no judgement can be turned "
            "round; a table ahp_matrices would allow it."
        )
    matrix = accounts.matrices[name]
    matrix = matrix[list(matrix.index)]
    values = matrix.to_numpy(dtype=float)
    row, column = np.unravel_index(np.argmax(values - np.eye(len(values))), values.shape)
    changed = matrix.copy()
    changed.iloc[row, column], changed.iloc[column, row] = values[column, row], values[row, column]
    weights, ratio = found[name]
    wrong, wrong_ratio = ql.ahp_weights(changed)
    one, other = str(matrix.index[row]), str(matrix.index[column])
    numbers = {
        "matrix": name,
        "ratio": abs(ratio),
        "one": one,
        "other": other,
        "was": float(values[row, column]),
        "is": float(values[column, row]),
        "wrong": wrong_ratio,
        "limit": CONSISTENCY_LIMIT,
        "one_was": float(weights[one]),
        "one_is": float(wrong[one]),
        "other_was": float(weights[other]),
        "other_is": float(wrong[other]),
    }
    says = (
        "The matrix {matrix} has CR {ratio:.4f}. Turn one judgement round, {one} against {other}, "
        "so that {was:.2f} becomes {is:.3f}: CR is {wrong:.2f}.",
        "The weight of {one} goes from {one_was:.3f} to {one_is:.3f}, that of {other} from "
        "{other_was:.3f} to {other_is:.3f}.",
        "The program still prints weights. Only CR says that they rest on a contradiction."
        if wrong_ratio > CONSISTENCY_LIMIT
        else "CR stays below {limit:g}: a contradiction so small goes unseen.",
    )
    return Finding(numbers, says)


def _scored(accounts: Accounts, weights: str) -> _Scores | None:
    """Scores of the five factors under each set of weights; None where the book cannot give
    them.
    """
    columns = list(ql.FACTOR_COLUMNS.values())
    if not set(columns) <= accounts.known or len(accounts.features) < FEWEST_MONTHS:
        return None
    values = accounts.features[columns].set_axis(list(ql.FACTOR_COLUMNS), axis="columns")
    values = values.astype(float)
    judged, sets = _of_factors(accounts), {}
    if judged is not None:
        sets["ahp"] = _weighed(accounts)[0][judged][0].reindex(values.columns)
    entropy = _entropy(values)
    if entropy is not None:
        sets["entropy"] = entropy
    sets["equal"] = pd.Series(1 / len(columns), index=values.columns)
    scores = pd.DataFrame(
        {
            name: ql.weighted_score(values, each, missing="renormalise").astype(float)
            for name, each in sets.items()
        }
    )
    return _Scores(sets, scores, weights if weights in sets else "equal")


def _entropy(values: pd.DataFrame) -> pd.Series | None:
    """Entropy weights of criteria put on a scale from 0 to 1; a criterion that does not vary gets
    none.
    """
    complete = values.dropna()
    width = complete.max() - complete.min()
    varying = list(width.index[width > 0])
    if len(complete) < 2 or not varying:
        return None
    zero_one = (complete[varying] - complete[varying].min()) / width[varying]
    return ql.entropy_weights(zero_one).reindex(values.columns, fill_value=0.0)


def weight_sets(accounts: Accounts, weights: str = "ahp") -> Finding:
    """Three sets of weights for the five factors, and what each does to the order of accounts."""
    scored = _scored(accounts, weights)
    if scored is None:
        return _no_score(accounts)
    top = top_count(len(accounts.features), 0.05)
    leaders = {name: scored.scores[name].nlargest(top).index for name in scored.scores}
    agree = {
        name: {
            "set": name,
            "tau": flat(_agreed(scored.scores[scored.used], scored.scores[name])["tau"]),
            "common": len(set(leaders[scored.used]) & set(leaders[name])),
        }
        for name in scored.scores
        if name != scored.used
    }
    numbers: dict[str, Any] = accounts.said(
        used=scored.used,
        asked=weights,
        top=top,
        first=accounts.named(leaders[scored.used][:5]),
        **agree,
    )
    says: list[Sentence | str] = [
        "The score takes the weights *{used}*."
        if weights == scored.used
        else "The score takes the weights *{used}*: this book does not allow *{asked}*."
    ]
    says += [
        Sentence(
            "Against *{set}*: Kendall's tau-b {tau:.2f}, and {common:,} of the first "
            "{top:count name} in common."
            if not math.isnan(part["tau"])
            else "Against *{set}* there is no order to compare: one of the two says the same of "
            "all.",
            of=name,
        )
        for name, part in agree.items()
    ]
    if "entropy" in scored.weights:
        heaviest = scored.weights["entropy"]
        numbers |= {"heaviest": str(heaviest.idxmax()), "weight": float(heaviest.max())}
        says.append(
            "By entropy {heaviest} takes {weight:percent0} of the weight, being the most unequal. "
            "Unequal is not important."
        )
    says.append("First by *{used}*: {first:names}.")
    table = pd.DataFrame(scored.weights).rename_axis("factor")
    columns = {name: Shown(name, ".3f") for name in table}
    return Finding(numbers, tuple(says), table, columns)


def _no_score(accounts: Accounts) -> Finding:
    missed = [name for name in ql.FACTOR_COLUMNS.values() if name not in accounts.known]
    if missed:
        return unknown(
            "The five-factor score needs {missed:names} in account_profile.", missed=missed
        )
    return unknown(
        "A score compares accounts, and this book has {accounts}: three would allow it.",
        **accounts.said(),
    )


def _agreed(a: pd.Series, b: pd.Series) -> pd.Series:
    """`comparison.agreement`, missing where the two have nothing to compare."""
    both = a.notna() & b.notna()
    one, other = a[both], b[both]
    numbers = any(pd.api.types.is_float_dtype(side) for side in (a, b))
    if len(one) < 2 or not (numbers or set(one) & set(other)):
        names = ("kappa", "kappa_low", "kappa_high", "tau", "tau_low", "tau_high")
        return pd.Series(dict.fromkeys(names, math.nan) | {"n": len(one)})
    return ql.agreement(a, b)


#: What is said of contributions where rows have no cost of goods: unknown, or assumed by the book.
AT_MOST: Mapping[bool, str] = {
    False: "No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} "
    "of revenue. A contribution here is at most what it is ranked by, and its place may be lower.",
    True: "No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} "
    "of revenue: {standard_cost:percent} of it is assumed, as book.toml says (standard_cost).",
}


def rankings(accounts: Accounts, top: float = 0.05) -> Finding:
    """Do the five ranking criteria of a logistics firm put the accounts in one order?"""
    criteria = accounts.criteria.rename(columns=lambda name: name.replace("_", " "))
    missed = [
        name.replace("_", " ") for name in ql.RANKING_CRITERIA if name not in accounts.criteria
    ]
    pairs = accounts.orders
    told = pairs.dropna(subset=["tau"])
    if told.empty:
        return unknown(
            "Orders are compared by two criteria that vary; this book has {criteria:names}. "
            "Missing: {missed:names}.",
            criteria=list(criteria),
            missed=missed,
        )
    table = pd.DataFrame(
        np.eye(criteria.shape[1]), index=criteria.columns, columns=criteria.columns
    )
    for first, second, tau in zip(pairs["first"], pairs["second"], pairs["tau"], strict=True):
        table.loc[first, second] = table.loc[second, first] = float(tau)
    near, far = told.loc[told["tau"].idxmax()], told.loc[told["tau"].idxmin()]
    n = top_count(len(criteria), top)
    leaders = [
        set(criteria[name].dropna().sort_values(ascending=False, kind="stable").index[:n])
        for name in criteria
        if name != "credit grade"
    ]
    numbers = accounts.said(
        near=f"{near['first']} and {near['second']}",
        far=f"{far['first']} and {far['second']}",
        near_tau=flat(near["tau"]),
        far_tau=flat(far["tau"]),
        near_low=flat(near["tau_low"]),
        near_high=flat(near["tau_high"]),
        far_low=flat(far["tau_low"]),
        far_high=flat(far["tau_high"]),
        missed=missed,
        top=n,
        common=len(set.intersection(*leaders)),
        money=len(leaders),
        pairs=len(told),
    )
    firm = not np.isnan([near["tau_low"], far["tau_low"]]).any()
    says = []
    if len(told) > 1:
        says.append(
            "Closest are {near}, tau-b {near_tau:.2f} ({near_low:.2f} to {near_high:.2f}); "
            "furthest apart {far}, tau-b {far_tau:.2f} ({far_low:.2f} to {far_high:.2f})."
            if firm
            else "Closest are {near}, tau-b {near_tau:.2f}; furthest apart {far}, tau-b "
            "{far_tau:.2f}. Fewer than ten accounts give no interval."
        )
    else:
        says.append("Between {near} tau-b is {near_tau:.2f}.")
    if len(leaders) > 1:
        says.append(
            "The same by all {money} money criteria: {common:,} of the first {top:count name}."
        )
    if "credit grade" in criteria:
        says.append("Credit has few grades, hence many ties: it can sort out, not rank.")
    if accounts.uncosted[0] and "contribution" in criteria:
        rows, revenue = accounts.uncosted
        numbers |= {"uncosted": rows, "uncosted_revenue": revenue}
        if accounts.standard_cost is not None:
            numbers["standard_cost"] = accounts.standard_cost
        says.append(AT_MOST[accounts.standard_cost is not None])
    if missed:
        says.append("Left out, for want of columns: {missed:names}.")
    return Finding(
        numbers, tuple(says), table, {str(name): Shown(str(name), ".2f") for name in table}
    )


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    """`comparison.pairwise_agreement`, with a missing value where two columns cannot be
    compared.
    """
    rows = [
        {"first": x, "second": y, **_agreed(table[x], table[y])}
        for x, y in itertools.combinations(table.columns, 2)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "n", "kappa", "kappa_low", "kappa_high",
                                       "tau", "tau_low", "tau_high"])  # fmt: skip


# --- agreement --------------------------------------------------------------------------------


def schemes_of(
    accounts: Accounts,
    reading: ql.Reading | None = None,
    definition_needs: int = 2,
    weights: str = "ahp",
) -> pd.DataFrame:
    """Yes, no or cannot be told, of each scheme for each account."""
    found, by_rank = classed(accounts, reading), _by_rank(accounts)
    key = found.isin(_key_classes(accounts)).astype("boolean").mask(found == "unknown")
    yes: dict[str, pd.Series] = {"fee at the cut": accounts.fee >= accounts.cut}
    if accounts.listed is not None:
        yes["present list"] = accounts.listed == 1
    yes["power rule" if accounts.power else "pyramid: VIP, main"] = key
    if accounts.power:
        yes["pyramid: VIP, main"] = by_rank.isin(LEADERS)
    grade, _ = _graded(accounts, (0.7, 0.9))
    title = "grade A of its sector" if "sector" in accounts.known else "grade A"
    yes[title] = (grade == "A").reindex(accounts.features.index, fill_value=False)
    judged = accounts.judged["judged"]
    for name, words in {
        "definition": f"{definition_needs} of five criteria",
        "hp_tests": "three tests",
        "logistics_traits": "logistics traits",
        "telecom_traits": "telecom traits",
        "priority_project": "priority project",
    }.items():
        if judged[name]:
            change = {"combine": definition_needs} if name == "definition" else {}
            verdict = _judge(accounts, name, **change)
            yes[words] = verdict.isin(SAY_YES).astype("boolean").mask(verdict == "unknown")
    scored = _scored(accounts, weights)
    if scored is not None:
        size = (
            int(yes["present list"].sum())
            if "present list" in yes
            else top_count(len(accounts.features), 0.2)
        )
        rank = scored.scores[scored.used].rank(ascending=False, method="first")
        yes[f"first {size} by score"] = rank <= size
    return pd.DataFrame({name: flag.astype("boolean") for name, flag in yes.items()})


def schemes(
    accounts: Accounts,
    reading: ql.Reading | None = None,
    definition_needs: int = 2,
    weights: str = "ahp",
    draws: int | None = None,
) -> Finding:
    """Do the definitions name the same accounts, beyond what chance would do?"""
    schemes = schemes_of(accounts, reading, definition_needs, weights)
    usable = [name for name in schemes if schemes[name].nunique() > 1]
    same = [name for name in schemes if name not in usable]
    against = next(
        (name for name in ("present list", "fee at the cut", *usable) if name in usable), ""
    )
    flags = schemes[usable].astype("Int64")
    found = kappas(flags)[0] if len(usable) > 1 else pd.Series(dtype=float)
    each = found.dropna()
    if each.empty:
        return unknown(
            "Two schemes that tell accounts apart are needed to compare; here {same:names} say the "
            "same of every account. Columns such as accounts.listed_ka would allow it.",
            same=same,
        )
    square = pd.DataFrame(1.0, index=usable, columns=usable)
    for pair, value in found.items():
        first, second = map(str, pair)
        square.loc[first, second] = square.loc[second, first] = value
    best, worst = each.idxmax(), each.idxmin()
    low, high = _median_kappa(flags, draws or DRAWS)
    most = pd.Series(
        {pair: ql.attainable_kappa(flags[pair[0]], flags[pair[1]]) for pair in each.index}
    )
    beside = pd.DataFrame(
        {
            name: {
                **_agreed(flags[against], flags[name]),
                "most": ql.attainable_kappa(flags[against], flags[name]),
            }
            for name in usable
            if name != against
        }
    ).T.rename(columns={"kappa_low": "low", "kappa_high": "high"})
    beside = beside[["kappa", "low", "high", "most", "tau"]].rename_axis("scheme")
    if len(flags) < FEW:
        beside[["low", "high"]] = math.nan
    table = pd.DataFrame(
        {
            "key": schemes.sum().astype(int),
            "share": [accounts.held(schemes[name].fillna(False).astype(bool)) for name in schemes],
        }
    ).join(beside.drop(columns="tau"))
    everyone = int(schemes.fillna(False).all(axis=1).sum())
    nobody = int((~schemes.fillna(True)).all(axis=1).sum())
    numbers = accounts.said(
        schemes=schemes.shape[1],
        usable=len(usable),
        against=against,
        same=same,
        pairs=len(each),
        median=flat(each.median()),
        low=flat(low),
        high=flat(high),
        best=" and ".join(best),
        worst=" and ".join(worst),
        best_kappa=flat(each[best]),
        worst_kappa=flat(each[worst]),
        best_most=flat(most[best]),
        worst_most=flat(most[worst]),
        attainable=flat(most.median()),
        substantial=SUBSTANTIAL,
        capped=int((most < SUBSTANTIAL).sum()),
        nested=bool(np.allclose(each, most[each.index], rtol=0, atol=1e-9)),
        firm=int((beside["low"] > 0).sum()),
        others=len(beside),
        everyone=everyone,
        nobody=nobody,
        some=len(schemes) - everyone - nobody,
        frame=schemes,
        beside=beside,
    )
    says = [
        "The median kappa of {pairs:count pair} is {median:.2f} ({low:.2f} to {high:.2f}); lists "
        "of these lengths could reach {attainable:.2f}."
        if not math.isnan(low)
        else "The median kappa of {pairs:count pair} is {median:.2f}; lists of these lengths could "
        "reach {attainable:.2f}.",
        "Key accounts by all {schemes:count scheme}: {everyone:,}; by none: {nobody:,}; by some "
        "but not all: {some:,}.",
        "Schemes that agree with *{against}* beyond chance, the interval above zero: {firm} of "
        "{others}."
        if len(flags) >= FEW
        else "{accounts:count account}: too few for an interval.",
    ]
    if numbers["nested"]:
        says.append(
            "In every pair the shorter list stands wholly on the longer one: they differ in length "
            "and in nothing else."
        )
    if same:
        says.append("Not compared, since they say the same of every account: {same:names}.")
    if len(each) > 1 and best != worst:
        says.append(
            "Closest are {best} ({best_kappa:.2f} of {best_most:.2f} that their lengths allow), "
            "furthest apart {worst} ({worst_kappa:.2f} of {worst_most:.2f})."
        )
    drawable = len(usable) > 2 and not square.isna().to_numpy().any()
    picture = Picture(
        lambda title: figures.kappa_matrix(square, title),
        "{usable:count scheme}: kappa runs from {worst_kappa:.2f} to {best_kappa:.2f}",
        "Matrix of Cohen's kappa between {usable:count scheme}. Highest {best_kappa:.2f} ({best}), "
        "lowest {worst_kappa:.2f} ({worst}); the median is {median:.2f}.",
    )
    return Finding(numbers, tuple(says), table.rename_axis("scheme"), KAPPA_COLUMNS,
                   picture if drawable else None)  # fmt: skip


def kappas(flags: pd.DataFrame, weights: np.ndarray | None = None) -> pd.DataFrame:
    """Cohen's kappa of each pair of yes-or-no columns, once for each row of weights.

    Parameters
    ----------
    flags : DataFrame of 0, 1 or missing
    weights : array, draws x accounts, optional
        By default every account counts once.
    """
    counted = np.ones((1, len(flags))) if weights is None else weights
    told = flags.notna().to_numpy(dtype=float)
    yes = flags.fillna(0).to_numpy(dtype=float)
    pairs = list(itertools.combinations(range(flags.shape[1]), 2))
    x, y = np.array(pairs).T
    both = told[:, x] * told[:, y]
    # All pairs in one product: the weights, draws x accounts, are by far the largest table here.
    parts = np.hstack([both, yes[:, x] * both, yes[:, y] * both, yes[:, x] * yes[:, y] * both])
    total, first, second, agreed = np.split((counted @ parts).T, 4)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = first / total, second / total
        observed = (total - first - second + 2 * agreed) / total
        chance = p * q + (1 - p) * (1 - q)
        found = np.where(chance < 1, (observed - chance) / (1 - chance), np.nan)
    names = [(flags.columns[x], flags.columns[y]) for x, y in pairs]
    return pd.DataFrame(found, index=pd.MultiIndex.from_tuples(names, names=["first", "second"]))


def _median_kappa(flags: pd.DataFrame, draws: int) -> tuple[float, float]:
    """95 % interval of the median kappa, the accounts drawn anew; missing below `FEW` accounts."""
    n = len(flags)
    if n < FEW:
        return math.nan, math.nan
    weights = drawn_counts(n, draws, np.random.default_rng(0))
    medians = kappas(flags, weights.astype(float)).median().dropna()
    if medians.empty:
        return math.nan, math.nan
    return percentile_limits(medians)


def kappa_and_tau(found: Finding) -> Finding:
    """Kappa beside Kendall's tau-b, for each scheme against the same other."""
    if not found.known:
        return found
    table = found.numbers["beside"].sort_values("kappa", ascending=False, kind="stable")
    numbers = {name: found.numbers[name] for name in ("against", "capped", "pairs", "substantial")}
    says = (
        "Pairs whose lists are too different in length to reach {substantial:g}, whatever they "
        "name: {capped} of {pairs}.",
    )
    return Finding(numbers, says, table, KAPPA_COLUMNS)


# --- how sure ---------------------------------------------------------------------------------


def _noise(accounts: Accounts, draws: int) -> pd.DataFrame:
    """Fee of each account over months drawn anew: estimate, interval, share of draws at the cut."""
    months = accounts.monthly
    if months.shape[1] < FEWEST_MONTHS:
        return pd.DataFrame(columns=["estimate", "low", "high", "p"])
    k = months.shape[1]
    drawn = drawn_counts(k, draws, np.random.default_rng(0))
    weights = drawn / (accounts.spread or k)
    fees = (months.to_numpy() @ weights.T).round(6)
    return pd.DataFrame(
        {
            "estimate": accounts.fee,
            "low": np.quantile(fees, 0.025, axis=1),
            "high": np.quantile(fees, 0.975, axis=1),
            "p": (fees >= round(accounts.cut, 6)).mean(axis=1),
        },
        index=months.index,
    )


def near_the_cut(accounts: Accounts, draws: int | None = None) -> Finding:
    """Who reaches the cut only by the luck of months?"""
    noise = _noise(accounts, draws or DRAWS)
    if noise.empty:
        return unknown(
            "Months are drawn anew from {needed} or more; this period has {months}. A longer "
            "period, or ledger.date, would allow it.",
            needed=FEWEST_MONTHS,
            months=accounts.monthly.shape[1],
        )
    cut = accounts.cut
    unsure = noise[(noise["low"] < cut) & (noise["high"] >= cut)]
    errors = list_errors(accounts)
    advice = _places(errors).replace({"stay": "-", "no place": "-"}) if errors is not None else None
    numbers = accounts.said(unsure=len(unsure), draws=draws or DRAWS, frame=noise)
    if unsure.empty:
        return Finding(numbers, ("No account is within the noise of months of the cut.",))
    says = [
        "The interval of {unsure:count account} holds the cut: whether they reach it is noise."
        if len(unsure) > 1
        else "The interval of {unsure:count account} holds the cut: whether it reaches it is noise."
    ]
    if advice is not None:
        wrong = advice.isin(["join", "leave"])
        numbers |= {
            "loose": int(wrong[unsure.index].sum()),
            "errors": int(wrong.sum()),
        }
        says.append(
            "Of {errors:count account} that should join or leave, {loose:count is/are} among them."
        )
    says.append("Decide about these by knowledge, not by the second decimal.")
    around = noise.loc[(noise["estimate"] / cut - 1).abs().nsmallest(25).index]
    size, _ = _size(cut)
    numbers |= {
        "around": len(around),
        "across": int(((around["low"] < cut) & (around["high"] >= cut)).sum()),
    }
    table = unsure.assign(name=accounts.named(unsure.index), avg_monthly_fee=unsure["estimate"])
    columns = ["name", "avg_monthly_fee", "low", "high", "p"]
    if advice is not None:
        table["advice"] = advice[unsure.index]
        columns.append("advice")
    table = table.sort_values("avg_monthly_fee", ascending=False, kind="stable")
    picture = Picture(
        lambda title: figures.ranked_intervals(
            around[["estimate", "low", "high"]] / size,
            title,
            _axis(accounts, "\n95 % interval over months"),
            names=accounts.labels,
            reference=float(f"{cut / size:.4g}"),
        ),
        "{unsure:count account} could be on either side of the cut",
        "Fee and interval of {around:count account} nearest the cut, which is drawn as a line; "
        "the intervals of {across} reach across it."
        if numbers["across"] != 1
        else "Fee and interval of {around:count account} nearest the cut, which is drawn as a "
        "line; one interval reaches across it.",
    )
    return Finding(
        numbers,
        tuple(says),
        table[columns].reset_index(drop=True),
        NAME_COLUMNS,
        picture,
        show_table=False,
    )


def crossings(accounts: Accounts) -> Finding:
    """Of accounts at the same distance from the cut, how many stood on the other side a year
    later?
    """
    years, cut = accounts.years, accounts.cut
    if years.shape[1] < 2:
        return _needs_years(accounts)
    steps_of = pd.concat(
        [
            pd.DataFrame(
                {
                    "distance": (years[a] / cut - 1).abs(),
                    "crossed": (years[a] >= cut) != (years[b] >= cut),
                }
            )
            for a, b in itertools.pairwise(years.columns)
        ]
    )
    band = pd.cut(steps_of["distance"], [-1.0, *BANDS.values()], labels=list(BANDS))
    table = steps_of.groupby(band, observed=False)["crossed"].agg(["size", "sum", "mean"])
    near, far = table.iloc[0], table.iloc[-1]
    numbers = accounts.said(
        near=float(near["mean"]),
        far=float(far["mean"]),
        near_n=int(near["size"]),
        far_n=int(far["size"]),
        width=next(iter(BANDS.values())),
    )
    says = {
        (
            True,
            True,
        ): "Of {near_n:count account-year} within {width:percent0} of the cut, {near:percent0} "
        "ended on the other side a year later; of {far_n:,} further away than half of it, "
        "{far:percent}.",
        (True, False): "Of {near_n:count account-year} within {width:percent0} of the cut, "
        "{near:percent0} ended on the other side a year later.",
        (False, True): "No account came within {width:percent0} of the cut in these years.",
        (False, False): "No account came within {width:percent0} of the cut in these years.",
    }[near["size"] > 0, far["size"] > 0]
    columns = {
        "size": Shown("account-years", ",.0f"),
        "sum": Shown("on the other side a year later", ",.0f"),
        "mean": Shown("share", "percent"),
    }
    return Finding(numbers, (says,), table.rename_axis("distance from the cut"), columns)


# --- claims and review ------------------------------------------------------------------------


def claims(
    accounts: Accounts,
    reading: ql.Reading | None = None,
    agreed: Finding | None = None,
    tolerated: float = 0.1,
    weights: str = "ahp",
) -> Finding:
    """What the documents claim, each with its test on this book."""
    agreed = agreed or schemes(accounts, reading, weights=weights)
    found = classed(accounts, reading)
    return steps.verdicts(
        [
            _of_projects(accounts),
            _of_criteria(accounts),
            _of_traits(accounts),
            _of_grid(accounts),
            _of_definition(accounts),
            _of_tiers(accounts),
            _of_freezing(accounts, tolerated),
            _of_segments(accounts),
            _of_wording(accounts),
            _of_importance(accounts, found),
            _of_forerunners(accounts),
            _of_vips(accounts, found),
            untested(
                "S001-1c",
                "four types of key account",
                "the document's table",
                "the table is lost: our own tests would be judged",
            ),
            _of_factors_claim(accounts, weights),
            _rule(
                "S002-1g",
                "VIP, main, ordinary, small",
                "revenue of the first three classes",
                percent(float(pyramid(accounts).numbers["first"]), 0),
                "it ranks any book and cannot fail",
            ),
            _of_one_off(accounts),
            _of_standards(agreed),
            _of_length(accounts),
        ]
    )


def _rule(source: str, says: str, test: str, here: str, why: str) -> Claim:
    """A definition: nothing to refute, but this book says what it would do."""
    return Claim(source, says, test, here, UNTESTED, f"a rule, not a statement: {why}", tests=0)


def _of_projects(accounts: Accounts) -> Claim:
    head = (
        "S000-1i",
        "key, assigned and livelihood projects get priority",
        "projects below the cut by fee",
    )
    if "priority_project" not in accounts.known:
        return untested(*head, "needs accounts.priority_project")
    projects = accounts.features["priority_project"] == 1
    small = int((projects & (accounts.fee < accounts.cut)).sum())
    return _rule(
        *head,
        f"{small:,} of {int(projects.sum()):,}",
        "it adds names that size would miss" if small else "here it adds nobody",
    )


def _of_criteria(accounts: Accounts) -> Claim:
    head = ("S000-2b", "five criteria to grade by", "Kendall's tau-b between two of them")
    lacking = [name for name in ql.RANKING_CRITERIA if name not in accounts.criteria]
    found = rankings(accounts)
    if lacking or not found.known:
        return untested(*head, f"lacks {', '.join(lacking) or 'criteria that vary'}")
    low, high = found.numbers["far_tau"], found.numbers["near_tau"]
    return _rule(*head, f"{low:.2f} to {high:.2f}", "it does not say which of them to take")


def _of_traits(accounts: Accounts) -> Claim:
    head = (
        "S000-2e, S000-6d",
        "traits that mark a key account",
        "kappa between the traits of two documents",
    )
    judged = accounts.judged
    names = ("logistics_traits", "telecom_traits")
    if not all(judged.loc[name, "judged"] for name in names):
        lacks = dict.fromkeys(
            part for name in names for part in judged.loc[name, "lacks"].split(", ") if part
        )
        return untested(*head, f"lacks {', '.join(lacks)}")
    pair = []
    for name in names:
        verdict = _judge(accounts, name)
        pair.append(verdict.isin(SAY_YES).astype("Int64").mask(verdict == "unknown"))
    found = _agreed(*pair)
    if math.isnan(found["kappa"]):
        return untested(*head, "one of the two says the same of every account")
    here = (
        f"{found['kappa']:.2f} ({found['kappa_low']:.2f} to {found['kappa_high']:.2f}), of "
        f"{ql.attainable_kappa(*pair):.2f} that lists of these lengths could reach"
    )
    return _rule(*head, here, "the documents do not say how many traits are enough")


def _of_grid(accounts: Accounts) -> Claim:
    head = ("S000-3a", "nine industries × three grades", "cells in use")
    if "sector" not in accounts.known:
        return untested(*head, "needs accounts.sector")
    numbers = grid(accounts).numbers
    used = numbers["cells"] - numbers["empty"]
    return _rule(*head, f"{used} of {numbers['cells']}", "the document gives no cuts")


def _of_definition(accounts: Accounts) -> Claim:
    head = (
        "S000-4a",
        "five criteria define a key account",
        "accounts by OR and by AND",
    )
    row = accounts.judged.loc["definition"]
    if not row["judged"]:
        return untested(*head, f"lacks {row['lacks']}")
    by_or, by_and = (
        int((_judge(accounts, "definition", combine=k) == "key account").sum()) for k in (1, 5)
    )
    return _rule(*head, f"{by_or:,} and {by_and:,}", "undecided without its logic")


def _of_tiers(accounts: Accounts) -> Claim:
    numbers = tiers(accounts).numbers
    return _rule(
        "S000-5c",
        "six tiers by spend, one of them stated",
        "key accounts that change tier when assumed cuts rise by a quarter",
        f"{numbers['changed_key']:,} of {numbers['key']:,}",
        "the cuts above crystal are ours",
    )


def _of_freezing(accounts: Accounts, tolerated: float) -> Claim:
    head = (
        "S000-5e",
        "a list by fee may stay fixed for a year",
        "names that a list drawn a year earlier gets wrong, of all on the old list or the new, "
        "over all pairs of years (by account)",
    )
    if accounts.years.shape[1] < 2:
        return untested(*head, "needs two complete years in the ledger")
    reach = accounts.years >= accounts.cut
    pairs = list(itertools.pairwise(reach.columns))
    names = pd.DataFrame({later: reach[earlier] | reach[later] for earlier, later in pairs})
    wrong = pd.DataFrame({later: reach[earlier] != reach[later] for earlier, later in pairs})
    if not names.to_numpy().any():
        return untested(*head, "nobody reached the cut in these years")
    share, low, high = _pooled(wrong.sum(axis=1), names.sum(axis=1))
    verdict: Verdict = (
        "does not hold" if low > tolerated else "holds" if high <= tolerated else UNTOLD
    )
    counts = {
        year: (int(wrong[year].sum()), int(names[year].sum()))
        for year in names
        if names[year].any()
    }
    each = ", ".join(f"{year} {k} of {n}" for year, (k, n) in counts.items())
    here = (
        f"{wrong.to_numpy().sum()} of {names.to_numpy().sum()}: {with_interval(share, low, high)}"
    )
    why = f"held against {percent(tolerated, 0)}, a limit of ours"
    other = [
        str(year)
        for year, (k, n) in counts.items()
        if verdict != UNTOLD and (k / n > tolerated) != (verdict == "does not hold")
    ]
    if other:
        lie = "lies" if len(other) == 1 else "lie"
        why += f"; {' and '.join(other)} alone {lie} on the other side"
    return Claim(*head, f"{here}; {each}", verdict, why, tests=1)


def _pooled(hits: pd.Series, of: pd.Series) -> tuple[float, float, float]:
    """A share over several years with its 95 % interval, where the years of one account may be
    alike: Wilson's, of as many independent trials as the spread between accounts amounts to.
    """
    n = int(of.sum())
    share = float(hits.sum() / n)
    spread = float(((hits - share * of) ** 2).sum()) / n**2
    trials = share * (1 - share) / spread if spread else float((of > 0).sum())
    trials = min(trials, n)
    low, high = proportion_confint(share * trials, trials, method="wilson")
    return share, float(low), float(high)


def _of_segments(accounts: Accounts) -> Claim:
    head = ("S000-6a", "five industry segments", "accounts in none of them")
    if "sector" not in accounts.known:
        return untested(*head, "needs accounts.sector")
    if _other_sectors(accounts):
        return untested(*head, "this book names its sectors in other words")
    outside = int((_judge(accounts, "segments") == "none").sum())
    return _rule(*head, f"{outside:,}", "we put the sectors into its segments")


def _of_wording(accounts: Accounts) -> Claim:
    head = (
        "S000-8a",
        "efficiency type: five conditions",
        "accounts whose class the wording leaves open",
    )
    if _no_efficiency(accounts) is not None:
        return untested(*head, _short(accounts))
    changing, untold = (int(accounts.flips[name].sum()) for name in ("boundary", "unknown"))
    return _rule(
        *head,
        f"{changing:,}" + (f", and {untold:,} untold" if untold else ""),
        "its wording leaves accounts open" if changing or untold else "here its wording is enough",
    )


def _short(accounts: Accounts) -> str:
    if not accounts.yuan:
        return "its limits are yuan, and the book does not name the yuan"
    return f"lacks {', '.join(accounts.lacking)}"


def _of_importance(accounts: Accounts, found: pd.Series) -> Claim:
    head = (
        "S000-8b",
        "the important type comes before the fee",
        "important accounts below the list's cut",
    )
    if "important_type" not in accounts.known:
        return untested(*head, "needs accounts.important_type")
    important = accounts.features["important_type"] == 1
    small = int((important & (accounts.fee < accounts.cut)).sum())
    return _rule(
        *head,
        f"{small:,} of {int(important.sum()):,}",
        "size would miss them" if small else "here size would miss nobody",
    )


def _of_forerunners(accounts: Accounts) -> Claim:
    """Do accounts of the potential type at the start reach the fee of the efficiency type more
    often than those that paid less?

    The type is that of the first year, not of the last: an account that is of the type at the end
    has by definition not reached the fee. The first class that fits decides, so accounts of the
    important type are of no other and are left out on both sides; the counts with them stand
    beside. That a larger account reaches a fee sooner than a smaller one holds in nearly any book:
    the voltage would show among accounts of one fee only.
    """
    limit = LIMITS["avg_monthly_fee"]
    head = (
        "S000-8c",
        "potential type: forerunner of the efficiency type",
        "share that reached its fee by the last year, potential type of the first year against "
        "accounts that paid less then, the important type left out",
    )
    if not accounts.yuan or "voltage_kv" not in accounts.known:
        return untested(
            *head, _short(accounts) if not accounts.yuan else "needs accounts.voltage_kv"
        )
    if accounts.years.shape[1] < 2:
        return untested(*head, "needs two complete years in the ledger")
    first, last = accounts.years.columns[0], accounts.years.columns[-1]
    then = accounts.features.assign(avg_monthly_fee=accounts.years[first])
    potential = (ql.classify(then, ql.POWER_RULES[2:3]) == "potential").to_numpy()
    # who paid nothing then was no smaller account but none
    smaller = accounts.years[first].between(0, POTENTIAL_FROM, inclusive="neither").to_numpy()
    reached = (accounts.years[last] >= limit).to_numpy()
    important = np.zeros(len(reached), dtype=bool)
    if "important_type" in accounts.known:
        important = (accounts.features["important_type"] == 1).fillna(False).to_numpy(dtype=bool)

    def among(*kinds: np.ndarray) -> list[tuple[int, int]]:
        return [(int((reached & who).sum()), int(who.sum())) for who in kinds]

    groups = among(potential & ~important, smaller & ~important)
    if not all(n for _, n in groups):
        return untested(*head, f"needs accounts of both kinds in {first}")
    (a, m), (b, n) = groups
    low, high = confint_proportions_2indep(a, m, b, n, method="newcomb")
    chance = float(fisher_exact([[a, m - a], [b, n - b]]).pvalue)
    here = (
        f"{a} of {m} ({percent(a / m)}) against {b} of {n} ({percent(b / n)}); {a + b} of {m + n} "
        f"together ({percent((a + b) / (m + n))})"
    )
    (c, p), (d, q) = among(potential, smaller)
    if (p, q) != (m, n):
        here += f"; with the important type {c} of {p} against {d} of {q}"
    fee = accounts.years[first].between(POTENTIAL_FROM, limit, inclusive="left").to_numpy()
    [(e, s)] = among(fee & ~potential & ~important & then["voltage_kv"].notna().to_numpy())
    verdict: Verdict = "holds" if low > 0 else "does not hold" if high < 0 else UNTOLD
    odds = "below 0.001" if chance < LEAST_P else f"{chance:.3f}"
    why = f"{100 * low:.1f} to {100 * high:.1f} points apart, {first} to {last}; by chance {odds} "
    why += "(Fisher); it is the fee that is compared, not the voltage"
    if s:
        why += f": at the same fee and another voltage {e} of {s}"
    return Claim(*head, here, verdict, why, tests=1)


def _of_vips(accounts: Accounts, found: pd.Series) -> Claim:
    kinds = ("important", "efficiency") if accounts.power else LEADERS
    head = (
        "S000-11e",
        "VIPs are managed, key accounts not told apart",
        f"{' and '.join(kinds)} accounts that are not on the list",
    )
    if accounts.listed is None:
        return untested(*head, "needs accounts.listed_ka")
    untold = int((found == "unknown").sum())
    if untold:
        return untested(*head, f"the class of {count(untold, 'account')} cannot be told")
    told = found.isin(kinds)
    if not told.any():
        return untested(*head, "no account is of these classes")
    off = int((told & (accounts.listed == 0)).sum())
    low, high = proportion_confint(off, int(told.sum()), method="wilson")
    verdict: Verdict = "holds" if low > 0.5 else "does not hold" if high < 0.5 else UNTOLD
    here = f"{off:,} of {int(told.sum()):,}: {with_interval(off / told.sum(), low, high)}"
    return Claim(
        *head, here, verdict, "read as: the list leaves more than half of them out", tests=1
    )


def _of_factors_claim(accounts: Accounts, weights: str) -> Claim:
    head = ("S001-1d", "five determinants of value", "Kendall's tau-b of the score with the fee")
    scored = _scored(accounts, weights)
    if scored is None:
        return untested(*head, "needs the five factors in account_profile")
    found = _agreed(scored.scores[scored.used], accounts.fee)
    if math.isnan(found["tau"]):
        return untested(*head, "the score or the fee says the same of all")
    here = f"{found['tau']:.2f}"
    if not math.isnan(found["tau_low"]):
        here += f" ({found['tau_low']:.2f} to {found['tau_high']:.2f})"
    return _rule(*head, here, "a list of factors without weights")


def _of_one_off(accounts: Accounts) -> Claim:
    head = ("S003-7b", "one-off buyers are no key accounts", "listed accounts that buy one-off")
    if accounts.listed is None or "purchase_pattern" not in accounts.known:
        return untested(*head, "needs accounts.listed_ka and accounts.purchase_pattern")
    listed = accounts.listed == 1
    once = int((listed & (accounts.features["purchase_pattern"] == "one_off")).sum())
    return _rule(
        *head,
        f"{once:,} of {int(listed.sum()):,}",
        "it would strike names from the list" if once else "here it strikes out nobody",
    )


def _of_standards(agreed: Finding) -> Claim:
    head = (
        "S004-1f",
        "there is no standard to tell key accounts",
        "median kappa between the schemes",
    )
    if not agreed.known:
        return untested(*head, "needs two schemes that tell accounts apart")
    median, low, high = (agreed.numbers[name] for name in ("median", "low", "high"))
    if math.isnan(low):
        return untested(*head, "too few accounts for an interval")
    if agreed.numbers["nested"] and median < SUBSTANTIAL:
        why = "the lists are cut from one order and differ in length only"
        return Claim(*head, f"{median:.2f} ({low:.2f} to {high:.2f})", UNTOLD, why, tests=0)
    # lists whose lengths keep them below the bar would meet it whatever they name
    most = agreed.numbers["attainable"]
    bar = SUBSTANTIAL * most
    verdict: Verdict = "holds" if high < bar else "does not hold" if low >= bar else UNTOLD
    return Claim(
        *head,
        f"{median:.2f} ({low:.2f} to {high:.2f})",
        verdict,
        f"held against {bar:.2f}, which is {SUBSTANTIAL:g} of the {most:.2f} that lists of these "
        "lengths could reach",
        tests=1,
    )


def _of_length(accounts: Accounts) -> Claim:
    head = (
        "McDonald and Woodburn",
        "15 to 35 key accounts, more than 50 are too many",
        "names on the list",
    )
    if accounts.listed is None:
        return untested(*head, "needs accounts.listed_ka")
    own = int(accounts.listed.sum())
    low, high, many = LENGTHS
    place = (
        "within the advice"
        if low <= own <= high
        else "too many by the advice"
        if own > many
        else "outside the advice"
    )
    return _rule(*head, f"{own:,}", place)


#: What a rule looks at, as it is said of one account.
_FACTS: Mapping[str, Callable[[Any], str]] = {
    "important_type": lambda value: "on record as an important user",
    "voltage_kv": lambda value: f"{value:g} kV",
    "yoy": lambda value: f"{100 * value:+.1f} % on the year before",
    "power_factor": lambda value: f"power factor {value:.2f}",
    "avg_monthly_fee": lambda value: f"{money(value)} a month",
    "fee_recovery": lambda value: f"{percent(value)} of the bills paid",
}


def _rule_in_words(accounts: Accounts, found: pd.Series) -> pd.Series:
    """Which rule decided, with what it found of this account: "S000-8c: 10 kV, 4.28 m a month"."""
    says = found.map({"none": "no rule holds", "unknown": "a feature is missing"}).astype("object")
    features = accounts.features.reindex(found.index)
    for rule in accounts.rules:
        mine = found.index[(found == rule.label).to_numpy()]
        looked = [name for name in dict.fromkeys(columns_of(rule)) if name in features]
        for account in mine:
            facts = [
                _FACTS.get(name, str)(features.at[account, name])
                for name in looked
                if pd.notna(features.at[account, name])
            ]
            says[account] = f"{rule.source}: {', '.join(facts)}" if facts else rule.source
    if accounts.rules:
        return says
    place = features["avg_monthly_fee"].rank(method="first", ascending=False)
    line = f" in line {accounts.line}" if accounts.line else ""
    for account in found.index[says.isna().to_numpy()]:
        if pd.isna(place[account]):
            continue
        told = f"S002-1g: place {int(place[account]):,} of {len(found):,} by amount"
        if "revenue" in features:
            told += f", {money(features.at[account, 'revenue'])} in the period{line}"
        if accounts.dated:
            bought = count(int(accounts.busy.get(account, 0)), "month")
            told += f", {bought} of {accounts.months} with a purchase"
        says[account] = told
    return says.fillna("S002-1g")


def account_review(
    accounts: Accounts, reading: ql.Reading | None = None, agreed: Finding | None = None
) -> Finding:
    """What the account review takes from the lesson."""
    found, errors = classed(accounts, reading), list_errors(accounts)
    schemes = (
        agreed.numbers["frame"]
        if agreed is not None and agreed.known
        else schemes_of(accounts, reading)
    )
    frame = pd.DataFrame(
        {
            "account_id": accounts.features.index,
            "class": found.to_numpy(),
            "rule": _rule_in_words(accounts, found).to_numpy(),
            "boundary": "not judged",
            "list_advice": "-",
            "n_schemes": schemes.fillna(False).sum(axis=1).astype(int).to_numpy(),
        }
    )
    if _too_few_for_ranks(accounts):
        frame = frame.drop(columns=["class", "rule"])
    if accounts.power:
        frame["boundary"] = np.where(accounts.flips["boundary"], "yes", "no")
    if errors is not None:
        frame["list_advice"] = _places(errors).replace({"no place": "-"}).to_numpy()
    numbers = accounts.said(
        class_by="the power company's rule (S000-8)"
        if accounts.power
        else "rank: VIP, main, ordinary, small (S002-1g)",
        schemes=schemes.shape[1],
    )
    return steps.review(LESSON, frame, numbers)
