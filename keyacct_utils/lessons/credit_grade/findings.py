"""The steps of lesson 07: each a Finding from plain inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2, hypergeom, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.credit_grade import LESSON
from keyacct_utils.lessons.credit_grade import figures as cf
from keyacct_utils.lessons.credit_grade import own_features as of
from keyacct_utils.lessons.credit_grade import scorecard as sc
from keyacct_utils.lessons.credit_grade import scoring as cr
from keyacct_utils.lessons.credit_grade.cutoff_trial import CutoffTrial, parted, try_cutoffs
from keyacct_utils.lessons.credit_grade.repeated_folds import corrected_interval
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, at_least, untested
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.words import count, flat, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: With fewer defaults, or fewer that paid, no verdict is given.
MANY = 10
#: Resamples of an interval, and permutations of a reference.
DRAWS = 300
#: A test is passed below this chance of a false alarm.
LEVEL = 0.05
#: Accounts of a figure, rows of a table of names, events of a record that are written out.
DRAWN, NAMED, TOLD = 20, 8, 8
#: Fewer accounts of a year ago say nothing of a population that moves.
FEWEST_THEN = 10
#: More than this share of the defaulters in the best grade: the low grades miss too many.
MISSED = 0.10
#: A default that is more than this share of all that was lost decides the cut-off alone.
HEAVY = 0.25
FOLDS, GROUPS, SEED = 5, 4, 7
#: How often the accounts are parted anew to compare two forecasts; features of a book's own take
#: longer, since their bins are made anew each time.
REPEATS, REPEATS_OWN = 5, 2
#: How often the accounts are parted anew, to price a cut-off on those that did not choose it.
PARTED = 5
#: Bins of the sections: full points, and the steps of the rule below them.
EDGES = {
    "commercial": [9.9, 19.9, 29.9],
    "safety": [14.9, 19.9],
    "legal": [9.9, 29.9],
    "cooperation": [4.9, 9.9],
}
#: Bins of the whole score, for its chance of default: the limits of the grades.
SCORE_EDGES = [59.9, 69.9, 79.9, 89.9]
FULL = {section.name: cr.MAXIMUM[number] for number, section in cr.SECTIONS.items()}
#: A lighting user has so many points in each of two sections.
LIGHT = 50.0
Side = Literal["tells", "reversed", "coin", "few"]

#: When a line of the rule applies, in words; keys are those of ``rule_points``.
CONDITIONS: Mapping[str, str] = {
    "arrears x 1": "owed the bill of one month",
    "arrears x 2": "owed two months running, or one bill for two months",
    "arrears x 3": "owed three months running, or one bill for three months",
    "arrears_made_good": "for each month that was made good in the month after",
    "false_account": "each time a false bank account was given",
    "whereabouts_told": "told where a debtor who had gone away can be found",
    "arrears_free": "no arrears for a full year, and a customer for a year or more",
    "accident_inside": "for each accident inside the account's plant",
    "branch_switch_trip x 1": "a branch switch tripped and many were without power",
    "branch_switch_trip x 2": "again within a year",
    "substation_switch_trip": "for each trip of a switch at the substation",
    "accident_concealed": "for each accident that was concealed",
    "electrician_unqualified": "per person: each electrician without qualification",
    "operating_rules_deficient": "the rules for running the plant have gaps",
    "accident_free": "no accident for three years, and a customer for three years or more",
    "theft": "for each theft of electricity",
    "contract_breach x 1": "used electricity against the contract, once",
    "contract_breach x 2": "again within a year",
    "construction_obstructed": "obstructed the building of power lines",
    "facilities_damaged": "damaged facilities (the printed number is lost)",
    "offence_reported": "reported an offence and helped to clear it up",
    "bad_faith_contract": "signed or changed a contract in bad faith",
    "tests_refused": "did not cooperate in tests, or kept old equipment",
    "inspection_refused": "did not cooperate in an inspection",
    "not_rectified": "did not put things right by the deadline",
    "dispatch_rules_ignored": "ignored the Grid Dispatch Rules",
}
#: What the wording leaves open, by the field of a reading.
QUESTIONS: Mapping[str, str] = {
    "bands": "once 10, twice running 20: instead, or on top?",
    "floor": "can a section fall below 0?",
    "cap": "may bonuses lift a section above its maximum, or the total above 100?",
    "window_months": "how far back do events count?",
    "veto": "“3,5项若为0”: if either is 0, or if both are?",
    "rescue": "does the veto see the points after the bonuses?",
    "made_good": "+0.5 for each month made good, or once?",
    "damage": "扣留0分: 10, 0, 20 or 30?",
    "lighting": "does an offence of 30 cost a lighting user 30 of 50, or all?",
    "unnumbered": "offences printed without “each time”: each, or once?",
}
_FATES = "defaults.default_12m"
_NO_FATES = (
    "The book does not say who defaulted, or all its accounts had the same fate, so nothing can be "
    "said of default here; {column}, with some of both, would allow it."
)
_ONE_SCORE = (
    "All {accounts:count account} whose fate is known have the same score, which tells nobody "
    "apart; events that differ between accounts would allow a test."
)


@dataclass(frozen=True)
class OwnCredit:
    """A book's own score, rating and features against its own default flag."""

    features: pd.DataFrame
    #: Columns that are no features, and why.
    left_out: Mapping[str, str]
    #: Points, more is safer; None where the book has none.
    score: pd.Series | None
    #: None where the book has none.
    rating: pd.Series | None
    #: Whether `Record.bills` are amounts owed at default.
    exposed: bool


@dataclass(frozen=True)
class Record:
    """What a book knows of credit: events, accounts, and who defaulted."""

    name: str
    currency: str
    #: account_id, date, code; months, persons where known.
    events: pd.DataFrame
    #: All accounts to score, with what the rule asks of them.
    accounts: pd.DataFrame
    #: 1 for a default, 0 for a payer, by account; only those whose fate is known.
    default: pd.Series
    #: Day of scoring: events on it or later are left out.
    as_of: pd.Timestamp
    #: Whether the book says when the time of the defaults began.
    dated: bool
    #: How many different days it gives.
    days: int
    record_from: pd.Timestamp
    #: What each account was billed in a year, never below 0; None where nothing was billed.
    bills: pd.Series | None
    bills_dated: bool
    labels: pd.Series
    #: Of the twelve months before the day of scoring, how many the ledger reaches.
    bill_months: int = 12
    #: What the book brings of its own in the place of events (credit_features); None with events.
    own: OwnCredit | None = None
    #: Whether it brings both, so that credit_features is left out.
    both: bool = False

    @property
    def by_rule(self) -> int:
        """How many accounts the written rule scores."""
        return 0 if self.own is not None else len(self.accounts)

    @property
    def judged(self) -> bool:
        """Whether some defaulted and some paid."""
        return self.default.nunique() == 2

    @property
    def unit(self) -> str:
        """The currency as it stands after an amount."""
        if self.bills is None:
            return " amounts at risk"
        return f" {self.currency}" if self.currency else ""

    @property
    def months(self) -> int:
        """Months of the record and of the year of defaults."""
        if pd.isna(self.record_from):
            return 12
        last = self.as_of + pd.DateOffset(months=12)
        span = (last.year - self.record_from.year) * 12 + last.month - self.record_from.month
        return max(span, 1)

    def label(self, account: str) -> str:
        """How a reader sees an account."""
        return str(self.labels.get(account, account))


@dataclass(frozen=True)
class Scored:
    """Every account scored in one reading of the rule."""

    record: Record
    reading: cr.Reading
    cutoffs: Mapping[str, float]
    scores: pd.DataFrame
    grades: pd.Series

    @property
    def letters(self) -> list[str]:
        """The grades, the best first."""
        return [*self.cutoffs, cr.LOWEST]

    @property
    def edges(self) -> Mapping[str, Any]:
        """The bins of each feature."""
        return EDGES

    @property
    def score_edges(self) -> Any:
        """The bins of the whole score, for its chance of default."""
        return SCORE_EDGES

    @property
    def folds(self) -> int:
        """Into how many parts the accounts are divided: no more than there are of either fate."""
        bad = int(self.fate.sum())
        return min(FOLDS, bad, len(self.fate) - bad)

    def crossed(self, seed: int = SEED) -> pd.Series:
        """Chance of default of each account, from a card that has not seen it."""
        assert isinstance(self.card, sc.Scorecard)
        return _cross(self.even[list(self.card.coefficients.index)], self.fate, EDGES, seed)

    @cached_property
    def fate(self) -> pd.Series:
        """0 or 1 for the accounts whose fate is known, in the order of the scores."""
        found = self.record.default.reindex(self.scores.index).dropna()
        return found.astype(int)

    @cached_property
    def known(self) -> pd.DataFrame:
        """The scores of the accounts whose fate is known."""
        return self.scores.loc[self.fate.index]

    @property
    def few(self) -> bool:
        """Too few defaults, or too few that paid, for a verdict."""
        bad = int(self.fate.sum())
        return min(bad, len(self.fate) - bad) < MANY

    @cached_property
    def weights(self) -> pd.Series:
        """What each account was billed in a year; 1 for each where nobody knows."""
        bills = self.record.bills
        if bills is None:
            return pd.Series(1.0, index=self.scores.index)
        return bills.reindex(self.scores.index).fillna(0.0)

    @cached_property
    def even(self) -> pd.DataFrame:
        """Section points of those whose fate is known, a lighting user's 50 on the scale of 30."""
        known = self.known
        light = known["safety"].isna()
        return known[list(FULL)].assign(
            **{
                name: known[name] * np.where(light, FULL[name] / LIGHT, 1)
                for name in ("commercial", "legal")
            }
        )

    @cached_property
    def bins(self) -> dict[str, pd.DataFrame]:
        """The bins of each section that has two or more."""
        return _binned(self)

    @cached_property
    def by_section(self) -> pd.DataFrame:
        """AUC of each section alone, and of the score without it."""
        return _sections(self)

    @cached_property
    def card(self) -> sc.Scorecard | Finding:
        """The scorecard of the sections, or why there is none."""
        return _card(self)

    @cached_property
    def chances(self) -> pd.Series | Finding:
        """Chance of default from a card that has not seen the account, or why there is none."""
        return _chances(self)

    def again(self, **change: Any) -> pd.DataFrame:
        """The scores with one thing read otherwise."""
        return _points(self.record, dataclasses.replace(self.reading, **change))


@dataclass(frozen=True)
class OwnScored(Scored):
    """Every account with the book's own score and rating, or those of a card of its features."""

    #: Whether the score is the book's; else that of the card, on accounts it has not seen.
    given: bool = True
    graded: tuple[str, ...] = ()

    @property
    def letters(self) -> list[str]:
        """The book's own ratings, or the bands of the score, the best first."""
        return list(self.graded)

    @cached_property
    def coding(self) -> of.Coding:
        """How the features are put into bins."""
        assert self.record.own is not None
        return of.coding(self.record.own.features.loc[self.fate.index], self.fate)

    @property
    def edges(self) -> Mapping[str, Any]:
        """The bins of each feature: default rises or falls from one to the next."""
        return self.coding.edges

    @property
    def score_edges(self) -> Any:
        """Five bins of the score."""
        return of.BANDS

    @cached_property
    def even(self) -> pd.DataFrame:
        """The features, with rare values of a category together."""
        assert self.record.own is not None
        return self.coding.coded(self.record.own.features.loc[self.fate.index])

    @cached_property
    def bins(self) -> dict[str, pd.DataFrame]:
        """The bins of each feature that has two or more, the most informative first."""
        return of.tables(self.even, self.fate, self.coding)

    @cached_property
    def by_section(self) -> pd.DataFrame:
        """AUC of each feature alone, by bins that have not seen the account."""
        assert self.record.own is not None
        return of.alone(self.record.own.features.loc[self.fate.index], self.fate, FOLDS, SEED)

    def crossed(self, seed: int = SEED) -> pd.Series:
        """Chance of default of each account, from a card that has not seen it."""
        assert self.record.own is not None
        features = self.record.own.features.loc[self.fate.index]
        return of.cross_chances(features, self.fate, FOLDS, seed)


@dataclass(frozen=True)
class Ways:
    """The grades of every account under every reading of the rule."""

    scored: Scored
    changes: Mapping[str, cr.Reading]
    #: Grade under each single change, with worst, best, n_grades, flips.
    flips: pd.DataFrame
    #: Share of all combinations that give each grade.
    spread: pd.DataFrame
    combinations: int

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Whether a single change moves an account to another grade."""
        return pd.DataFrame(
            {
                name: self.flips[name].astype("str") != self.flips["base"].astype("str")
                for name in self.changes
                if name != "base"
            }
        )


def record(opened: Book) -> Record:
    """What does the book know of the credit of its accounts?

    Parameters
    ----------
    opened : Book

    Raises
    ------
    ValueError
        Where no credit event is on record, or nothing in the place of events tells accounts apart.
    """
    if not opened.has("credit_events"):
        return _own_record(opened)
    events = opened.counted("credit_events")
    if events.empty:
        raise ValueError(
            "credit_events has no row, so no account can be scored: add what happened "
            "(account_id, date, code), or leave lesson 07 out"
        )
    parts = {
        "accounts": ["lighting_user", "start_date", "tenure_y"],
        "account_profile": ["operation_score", "development_score"],
        "defaults": ["default_12m", "window_start"],
    }
    tables = {name: opened.counted(name) for name in parts if opened.has(name)}
    ids = sorted({*events["account_id"]}.union(*(set(t["account_id"]) for t in tables.values())))
    accounts = pd.DataFrame({"account_id": pd.array(ids, dtype="str")})
    for name, table in tables.items():
        kept = ["account_id", *(column for column in parts[name] if opened.has(name, column))]
        accounts = accounts.merge(table[kept], on="account_id", how="left")
    accounts = accounts.dropna(axis="columns", how="all")
    days = (
        accounts["window_start"].dropna()
        if "window_start" in accounts
        else pd.Series(dtype="datetime64[s]")
    )
    after = (events["date"].max() + pd.offsets.MonthBegin(1)).normalize()
    as_of = pd.Timestamp(days.min()) if len(days) else after
    default = (
        accounts.set_index("account_id")["default_12m"].dropna().astype(int)
        if "default_12m" in accounts
        else pd.Series(dtype=int)
    )
    bills, bills_dated, bill_months = _bills(opened, ids, as_of)
    return Record(
        name=opened.name,
        currency=opened.currency,
        events=events,
        accounts=accounts,
        default=default,
        as_of=as_of,
        dated=len(days) > 0,
        days=int(days.nunique()),
        record_from=events["date"].min().to_period("M").to_timestamp(),
        bills=bills,
        bills_dated=bills_dated,
        labels=opened.labels(),
        bill_months=bill_months,
        both=opened.has("credit_features"),
    )


def _own_record(opened: Book) -> Record:
    """A book with a score, a rating or features of its own in the place of events."""
    table = opened.counted("credit_features")
    ids = table["account_id"]
    default = table.set_index("account_id")["defaulted"].dropna().astype(int)
    told = of.told(table, default)

    def own(name: str) -> pd.Series | None:
        held = table.set_index("account_id")[name] if name in table else pd.Series(dtype=float)
        return held if held.nunique() > 1 else None

    score, rating = own("score"), own("rating")
    exposure = table.set_index("account_id")["exposure"] if "exposure" in table else None
    if exposure is not None and not (exposure > 0).any():
        exposure = None
    if score is None and rating is None and told.features.empty:
        raise ValueError(
            "credit_features holds no score, no rating and no further column in which accounts "
            "differ, so nothing can be set against default: add one of them, or credit_events"
        )
    days = table["date"].dropna() if "date" in table else pd.Series(dtype="datetime64[s]")
    as_of = pd.Timestamp(days.min()) if len(days) else pd.NaT
    bills, dated, reached = exposure, False, 12
    if exposure is None:
        bills, dated, reached = (
            _bills(opened, list(ids), as_of) if len(days) else _all_bills(opened, list(ids))
        )
    kinds = {"event_id": "str", "account_id": "str", "date": "datetime64[s]", "code": "str"}
    return Record(
        name=opened.name,
        currency=opened.currency,
        events=pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}),
        accounts=pd.DataFrame({"account_id": ids}),
        default=default,
        as_of=as_of,
        dated=len(days) > 0,
        days=int(days.nunique()),
        record_from=pd.NaT,
        bills=bills.clip(lower=0).fillna(0.0) if bills is not None else None,
        bills_dated=dated,
        labels=opened.labels(),
        bill_months=reached,
        own=OwnCredit(told.features, told.left_out, score, rating, exposure is not None),
    )


def _all_bills(opened: Book, ids: list[str]) -> tuple[pd.Series | None, bool, int]:
    """What each account was billed over the whole ledger, where no day of scoring is known."""
    sold = opened.rollup(by_line=False).set_index("account_id")["revenue"]
    bills = sold.reindex(ids).fillna(0.0).clip(lower=0)
    return (bills if bills.sum() > 0 else None), False, 12


def _bills(opened: Book, ids: list[str], as_of: pd.Timestamp) -> tuple[pd.Series | None, bool, int]:
    if not opened.has("ledger", "revenue"):
        return None, False, 12
    dated = opened.has("ledger", "date")
    span = (
        {
            "start": (as_of - pd.DateOffset(years=1)).date(),
            "end": (as_of - pd.DateOffset(days=1)).date(),
        }
        if dated
        else {}
    )
    sold = opened.rollup(by_line=False, **span).set_index("account_id")["revenue"]
    bills = sold.reindex(ids).fillna(0.0).clip(lower=0)
    reached = _months_reached(opened, as_of) if dated else 12
    return (bills if bills.sum() > 0 else None), dated, reached


def _months_reached(opened: Book, as_of: pd.Timestamp) -> int:
    """Months of the year before a day that lie between the first and the last posting."""
    known = opened.totals().iloc[0]
    if pd.isna(known["first_date"]):
        return 12
    start, end = as_of - pd.DateOffset(years=1), as_of - pd.DateOffset(days=1)
    first = max(pd.Timestamp(known["first_date"]), start).to_period("M")
    last = min(pd.Timestamp(known["last_date"]), end).to_period("M")
    return int(np.clip((last - first).n + 1, 0, 12))


#: Said where a month's bill is a twelfth of less than a year.
_PART_OF_A_YEAR = (
    "The ledger reaches {bill_months} of the twelve months before the day of scoring. A month's "
    "bill is taken as a twelfth of them all the same, so the amounts at risk are too small."
)


def book_in_numbers(record: Record) -> Finding:
    """Which book, how many events, and who defaulted."""
    if record.own is not None:
        return _own_in_numbers(record, record.own)
    events = record.events
    before = events[events["date"] < record.as_of]
    common = before["code"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    numbers = {
        "book": record.name,
        "accounts": len(record.accounts),
        "events": len(events),
        "first": f"{events['date'].min():%Y-%m}",
        "last": f"{events['date'].max():%Y-%m}",
        "day": f"{record.as_of:%Y-%m-%d}",
        "days": record.days,
        "later": len(events) - len(before),
        "common": [f"{code} ({n:,})" for code, n in common.head(4).items()],
        "fates": len(record.default),
        "defaults": int(record.default.sum()),
    }
    if record.judged:
        numbers["rate"] = float(record.default.mean())
    says = [
        "**{book}**: {accounts:count account}, {events:count event} from {first} to {last}.",
        "Every account is scored as of {day}."
        if record.dated
        else "The book names no day of scoring (defaults.window_start), so the first day after the "
        "last month of events is taken: {day}.",
    ]
    if record.both:
        says.append(
            "The book has credit_features too, which is left out here: without credit_events the "
            "lesson would judge it."
        )
    if numbers["later"]:
        says.append("{later:count event} of that day or later stand apart.")
    if numbers["days"] > 1:
        says.append("The book gives {days} such days; the first is taken for all.")
    says.append(
        "The commonest entries before it: {common:names}."
        if len(common)
        else "No event lies before it, so every account keeps its points."
    )
    if not record.judged:
        says.append(
            "The book does not say who defaulted, or all had the same fate: the rule "
            "can be applied here, but not judged."
        )
    elif record.dated:
        says.append(
            "In the twelve months after that day {defaults:count account} of "
            "{fates:,} defaulted, {rate:percent}."
        )
    else:
        says.append(
            "{defaults:count account} of {fates:,} defaulted, {rate:percent}. The book does not "
            "say when (defaults.window_start): an event may be later than the default that it "
            "seems to foretell."
        )
    return Finding(numbers, tuple(says))


def _own_in_numbers(record: Record, own: OwnCredit) -> Finding:
    """Which book, what it brings in the place of events, and who defaulted."""
    numbers: dict[str, Any] = {
        "book": record.name,
        "accounts": len(record.accounts),
        "has": [
            *(["a score"] if own.score is not None else []),
            *(["a rating"] if own.rating is not None else []),
            *(["amounts owed at default"] if own.exposed else []),
        ],
        "features": own.features.shape[1],
        "fates": len(record.default),
        "defaults": int(record.default.sum()),
        "rate": float(record.default.mean()) if len(record.default) else 0.0,
        "left": [f"{name} ({why})" for name, why in own.left_out.items()],
        "days": record.days,
    }
    says = [
        "**{book}** has no credit_events, so the written rule scores nobody; the lesson judges "
        "what credit_features brings: {accounts:count account}, {features:count feature}.",
        "{defaults:count account} of {fates:,} defaulted, {rate:percent}.",
    ]
    if numbers["has"]:
        says.append("Of its own it has: {has:names}.")
    if numbers["left"]:
        says.append("No features are: {left:names}.")
    gives = [name for name, why in own.left_out.items() if why == of.LEAK]
    if gives:
        numbers["gives"] = gives
        says.append(
            "Left out because each tells payers from defaulters without exception: {gives:names}. "
            "Such a column is the outcome under another name, or was written down after it; put "
            "it back only if it was known before."
        )
    if record.dated:
        numbers["day"] = f"{record.as_of:%Y-%m-%d}"
        says.append(
            "The features are those of {day}."
            if record.days == 1
            else "The features are of {days} days, the first of them {day}."
        )
    else:
        says.append(
            "The book does not say when the features were known (credit_features.date), so no "
            "window of the defaults can be named: a feature may be later than the default that it "
            "seems to foretell."
        )
    return Finding(numbers, tuple(says))


#: What the steps of the written rule say of a book without events.
_NO_RULE = (
    "This step reads the written rule, and the book has no events to read it on; credit_events "
    "(account_id, date, code) would allow it."
)


RULE_COLUMNS = {
    "points": Shown("points"),
    "left_open": Shown("left open"),
}


def rule_lines(reading: cr.Reading = cr.Reading()) -> Finding:  # noqa: B008 - frozen
    """The rule as a table: sections as it numbers them, what happened, when it applies, points."""
    number = {section.name: key for key, section in cr.SECTIONS.items()}
    frame = cr.rule_points(reading)
    frame["code"] = frame["code"].astype("str")
    frame["when"] = frame["code"].map(CONDITIONS)
    rows, alike = [], {"not_rectified", "dispatch_rules_ignored"}
    for row in frame.itertuples(index=False):
        if row.code in alike:
            continue
        first = row.code == "bad_faith_contract"
        codes = [row.code, *sorted(alike, reverse=True)] if first else [row.code]
        when = "; ".join(CONDITIONS[code] for code in codes)
        title = f"{number[row.section]} {row.section} ({cr.MAXIMUM[number[row.section]]:g})"
        points = "0" if row.points == 0 else f"{row.points:+g}"
        rows.append((title, ", ".join(codes), when, points, row.left_open, row.source))
    judged = "0 to 5 each, as field staff judge; full points where nobody did"
    rows.append(("7 operation (5), 8 development (5)", "-", judged, "-", "", "S002-7f"))
    table = pd.DataFrame(
        rows, columns=["section (full points)", "event", "when", "points", "left_open", "source"]
    )
    numbers = {"lines": len(frame), "full": sum(FULL.values()), "sections": len(FULL)}
    return Finding(
        numbers,
        (
            "{sections} sections, {full:.0f} points in all, {lines} lines.",
            "A section keeps its full points, less what events cost, plus what they earn.",
        ),
        table,
        RULE_COLUMNS,
        prose=True,
    )


def by_hand() -> Finding:
    """Ten accounts worked with a pencil beside what the program gives them."""
    golden, rows = cr.golden_cases(), []
    what = golden.accounts.set_index("account_id")["what"]
    readings = [cr.Reading(**change) for change in golden.expected["change"]]
    every = cr.score_readings(
        golden.events, golden.accounts, dict(zip(map(str, readings), readings, strict=True)),
        as_of=cr.GOLDEN_AS_OF,
    )  # fmt: skip
    for row, reading in zip(golden.expected.to_dict("records"), readings, strict=True):
        account, scored = row["account_id"], every[str(reading)]
        got = (float(scored.loc[account, "score"]), str(cr.grade(scored)[account]))
        pencil = (float(row["score"]), str(row["grade"]))
        same = round(got[0], 2) == round(pencil[0], 2) and got[1] == pencil[1]
        written = [f"{points:.4g} {letter}" for points, letter in (pencil, got)]
        rows.append((account, what[account], str(reading), *written, same))
    table = pd.DataFrame(
        rows, columns=["account", "what happened", "reading", "by hand", "program", "same"]
    )
    numbers = {"same": int(table["same"].sum()), "cases": len(table)}
    return Finding(numbers, ("{same} of {cases:count score} agree with the pencil.",), table)


def limits(best: float = 90.0, step: float = 10.0) -> dict[str, float]:
    """Smallest score of each grade but the last: ``best`` for AAA, ``step`` less for each next."""
    if not step > 0:
        raise ValueError(
            f"step is {step!r}: expected points between one grade and the next, above 0"
        )
    return {letter: best - place * step for place, letter in enumerate(cr.CUTOFFS)}


def _points(record: Record, reading: cr.Reading) -> pd.DataFrame:
    return cr.score_events(
        record.events,
        record.accounts,
        reading=reading,
        as_of=record.as_of,
        record_from=record.record_from,
    )


def score_all(
    record: Record,
    reading: cr.Reading = cr.Reading(),  # noqa: B008 - frozen
    cutoffs: Mapping[str, float] = cr.CUTOFFS,
) -> Scored:
    """Score and grade every account."""
    if record.own is not None:
        return _own_scored(record, record.own, reading)
    scores = _points(record, reading)
    return Scored(record, reading, dict(cutoffs), scores, cr.grade(scores, cutoffs))


def _own_scored(record: Record, own: OwnCredit, reading: cr.Reading) -> OwnScored:
    """The book's own score and rating; a card of the features and bands of the score where it has
    none.
    """
    fate, ratings = record.default, None
    score = own.score.dropna() if own.score is not None else None
    given = score is not None
    if own.rating is not None:
        ratings = own.rating.dropna().astype("str")
    order = of.best_first(ratings) if ratings is not None else []
    if score is None and ratings is not None:
        score, given = ratings.map({name: float(-p) for p, name in enumerate(order)}), True
    if score is None and not own.features.empty and fate.nunique() == 2:
        chance = of.cross_chances(own.features.loc[fate.index], fate, FOLDS, SEED)
        chance = chance.clip(1e-6, 1 - 1e-6)
        factor, offset = sc.points_scaling()
        # with the digits of the review, so that a cut-off parts what is written as it says
        points = (offset + factor * np.log((1 - chance) / chance)).round(1)
        score = pd.Series(points, index=chance.index)
    if score is None:
        raise ValueError(
            "credit_features holds features alone, and all accounts have the same fate or none is "
            "known, so no score can be made: add a score, or defaults of both kinds"
        )
    if ratings is None:
        ratings = of.bands(score)
        order = sorted(set(ratings))
    ids = score.index.intersection(ratings.index)
    scores = pd.DataFrame({"score": score.loc[ids].astype(float), "veto": False})
    kind = pd.CategoricalDtype(order, ordered=True)
    grades = ratings.loc[ids].astype(kind)
    return OwnScored(record, reading, {}, scores, grades, given=given, graded=tuple(order))


OWN_GRADE_COLUMNS = {
    "middle": Shown("median score", ",.4g"),
    "defaults": Shown("defaulted", ",.0f"),
    "rate": Shown("share that defaulted", "percent"),
}


def _own_accounts(scored: OwnScored) -> Finding:
    """How many accounts have which rating of their own."""
    own, text = scored.record.own, scored.grades.astype("str")
    assert own is not None
    fate = scored.fate.groupby(text.loc[scored.fate.index])
    table = pd.DataFrame(
        {
            "accounts": text.value_counts(),
            "middle": scored.scores["score"].groupby(text).median(),
            "defaults": fate.sum(),
            "rate": fate.mean(),
        }
    ).reindex(scored.letters)
    table = table.rename_axis("grade")
    numbers = {
        "accounts": len(scored.scores),
        "grades": len(table),
        "first": scored.letters[0],
        "last": scored.letters[-1],
        "unscored": len(scored.record.accounts) - len(scored.scores),
    }
    says = [
        "The score is the book's own."
        if own.score is not None
        else "The book has no score of its own: the place of the rating stands for it."
        if scored.given
        else "The book has no score of its own: the score is that of a card fitted to its "
        "features, each account judged by a card that has not seen it.",
        "Its ratings, the best first, run from {first} to {last}."
        if own.rating is not None
        else "It has no rating: {grades:count band} of the score stand for one.",
    ]
    if numbers["unscored"]:
        says.append("Without a score or a rating, and left out: {unscored:count account}.")
    return Finding(numbers, tuple(says), table, OWN_GRADE_COLUMNS)


GRADE_COLUMNS = {
    "from": Shown("from (points)", ".4g"),
    "lowest": Shown("lowest score", ",.1f"),
    "vetoed": Shown("by veto", ",.0f"),
    "part": Shown("share of the bills", "percent"),
    "defaults": Shown("defaulted", ",.0f"),
}


def every_account(scored: Scored) -> Finding:
    """How many accounts get which grade, and for how many the veto decides."""
    if isinstance(scored, OwnScored):
        return _own_accounts(scored)
    grades, scores, letters = scored.grades, scored.scores, scored.letters
    at, text = scored.weights, scored.grades.astype("str")
    table = pd.DataFrame(
        {
            "accounts": text.value_counts().reindex(letters).fillna(0).astype(int),
            "from": pd.Series(dict(scored.cutoffs)).reindex(letters),
            "lowest": scores["score"].groupby(text).min().reindex(letters),
            "vetoed": scores["veto"].groupby(text).sum().reindex(letters).fillna(0).astype(int),
        }
    ).rename_axis("grade")
    if scored.record.bills is not None:
        table["part"] = at.groupby(text).sum().reindex(letters).fillna(0) / at.sum()
    decided = scores["veto"] & (scores["score"] >= min(scored.cutoffs.values()))
    low = grades.astype("str") == cr.LOWEST
    fate = scored.fate
    numbers = {
        "accounts": len(scores),
        "top": letters[0],
        "best": int((text == letters[0]).sum()),
        "last": int(low.sum()),
        "vetoed": int(scores["veto"].sum()),
        "decided": int(decided.sum()),
        "light": int(scores["safety"].isna().sum()),
        "known": int(low.reindex(fate.index).sum()),
        "bad": int(fate[low.reindex(fate.index)].sum()),
        "defaults": int(fate.sum()),
        "fates": len(fate),
    }
    says = ["{accounts:count account}: {best:,} in grade {top}, {last:,} in D."]
    if numbers["decided"]:
        says.append(
            "Vetoed: {vetoed:count account}, of which {decided:,} would have a better grade by "
            "their points alone."
        )
    if numbers["light"]:
        says.append("Judged on two sections only: {light:count lighting user}.")
    if scored.record.judged and numbers["known"]:
        says.append(
            "Of {known:count D account} whose fate is known, {bad:,} defaulted; of all "
            "{fates:count account} {defaults:,} did."
        )
        if abs(numbers["known"] - numbers["defaults"]) <= 0.1 * numbers["defaults"]:
            says.append(
                "The two numbers are alike and the accounts are not: {bad:,} are both D and "
                "defaulted."
            )
    return Finding(numbers, tuple(says), table, GRADE_COLUMNS)


def every_reading(scored: Scored) -> Ways:
    """Grade every account under every single change, and under every combination of readings."""
    if scored.record.own is not None:
        return Ways(scored, {}, pd.DataFrame(), pd.DataFrame(), 0)
    record, changes = scored.record, cr.single_changes(scored.reading)
    options: dict[str, Any] = {
        "as_of": record.as_of, "record_from": record.record_from, "cutoffs": scored.cutoffs
    }  # fmt: skip
    flips = cr.reading_flips(record.events, record.accounts, changes, **options)
    every = cr.all_readings(scored.reading)
    spread = cr.reading_range(record.events, record.accounts, every, **options)
    return Ways(scored, changes, flips, spread, len(every))


READING_COLUMNS = {
    "accounts": Shown("accounts that change grade", ",.0f"),
    "to_d": Shown("of them to D", ",.0f"),
    "part": Shown("share of the bills", "percent"),
}


def _short(change: str) -> str:
    return change.replace("window_months", "months").removesuffix(".0")


def open_points(ways: Ways) -> Finding:
    """What the wording leaves open, and how many grades hang on each answer."""
    if ways.scored.record.own is not None:
        return unknown(_NO_RULE)
    scored, moved = ways.scored, ways.moved
    lowest = ways.flips["base"].astype("str") == cr.LOWEST
    at = scored.weights
    rows = []
    for name in moved:
        field, _, value = str(name).partition(" ")
        fell = int(((ways.flips[name].astype("str") == cr.LOWEST) & ~lowest).sum())
        rows.append(
            {
                "question": QUESTIONS[field],
                "answer": str(getattr(scored.reading, field)).removesuffix(".0"),
                "instead": value.removesuffix(".0"),
                "called": _short(str(name)),
                "accounts": int(moved[name].sum()),
                "to_d": fell,
                "part": float(at[moved[name]].sum() / at.sum()) if at.sum() > 0 else np.nan,
            }
        )
    table = pd.DataFrame(rows).sort_values("accounts", ascending=False, kind="stable")
    open_ids = ways.flips.index[ways.flips["flips"]]
    settled = int((ways.spread.max(axis=1) == 1).sum())
    numbers = {
        "accounts": len(ways.flips),
        "open": len(open_ids),
        "combinations": ways.combinations,
        "unsettled": len(ways.flips) - settled,
        "settled": settled,
        "wide": int(((ways.spread > 0).sum(axis=1) >= 4).sum()),
        "four": 4,
        "most": table["called"].iloc[0],
        "most_moved": int(table["accounts"].iloc[0]),
        "falls": table.sort_values("to_d", ascending=False, kind="stable")["called"].iloc[0],
        "fallen": int(table["to_d"].max()),
        "shown": min(len(open_ids), DRAWN),
    }
    if scored.record.bills is None:
        table = table.drop(columns="part")
    table = table.reset_index(drop=True)
    says = [
        "Of {accounts:count account}, {open:,} change grade when one answer changes; over all "
        "{combinations:,} combinations {unsettled:,} do, and {settled:,} have one grade however "
        "the rule is read."
    ]
    if not len(open_ids):
        says = [
            "No grade of {accounts:count account} hangs on a single answer; over all "
            "{combinations:,} combinations {unsettled:,} can change."
        ]
        return Finding(numbers, tuple(says), table, READING_COLUMNS)
    if numbers["wide"]:
        says.append("{wide:count account} can have {four} grades or more.")
    if numbers["fallen"] and numbers["falls"] == numbers["most"]:
        says.append(
            "The answer that moves most is “{most}” ({most_moved:count account}); it also sends "
            "most to D ({fallen:,})."
        )
    else:
        says.append("The answer that moves most is “{most}” ({most_moved:count account}).")
    if numbers["fallen"] and numbers["falls"] != numbers["most"]:
        says.append("The one that sends most to D is “{falls}” ({fallen:count account}).")
    return Finding(numbers, tuple(says), table, READING_COLUMNS, _flip_picture(ways, open_ids))


def _flip_picture(ways: Ways, open_ids: pd.Index) -> Picture | None:
    scored = ways.scored
    order = (
        ways.flips.loc[open_ids]
        .assign(at=scored.weights.reindex(open_ids))
        .sort_values(["n_grades", "at"], ascending=False, kind="stable")
        .index[:DRAWN]
    )
    moving = [name for name in ways.moved if ways.moved[name].loc[order].any()]
    shown = ways.flips.loc[order, ["base", *moving]].astype("str")
    shown.columns = ["as read here", *map(_short, moving)]
    return Picture(
        lambda title: cf.grade_heatmap(
            shown,
            title,
            "one answer changed at a time",
            names=scored.record.labels,
            order=scored.letters,
        ),
        "{open:,} of {accounts:count grade} hang on how the rule is read"
        if len(order) == len(open_ids)
        else "{open:,} of {accounts:count grade} hang on how the rule is read; drawn are {shown}",
        "Grades of {shown:count account} under the readings that move one of them: "
        "the accounts in rows, one changed answer in each column.",
    )


def two_in_a_row(scored: Scored) -> Finding:
    """Arrears in two months running: the same year of events, a good grade or D."""
    if scored.record.own is not None:
        return unknown(_NO_RULE)
    record, reading = scored.record, scored.reading
    runs = cr.arrears_runs(record.events, as_of=record.as_of, window_months=reading.window_months)
    two_ids = cr.consecutive_arrears(
        record.events, as_of=record.as_of, window_months=reading.window_months
    )
    if not len(runs) or runs["months"].max() < 2:
        return unknown(
            "No account owes two months running in the window, so the bands of arrears make no "
            "difference here; events with the code arrears would show it."
        )
    replaced, added = (
        cr.grade(scored.again(bands=bands), scored.cutoffs).astype("str")
        for bands in ("replace", "cumulate")
    )
    matrix = pd.crosstab(replaced, added).reindex(
        index=scored.letters, columns=scored.letters, fill_value=0
    )
    longest = runs.groupby("account_id")["months"].max().reindex(replaced.index).fillna(0)
    two = longest == 2
    to_d = (added == cr.LOWEST) & (replaced != cr.LOWEST)
    numbers = {
        "moved": int((added != replaced).sum()),
        "to_d": int(to_d.sum()),
        "to_d_two": int((to_d & two).sum()),
        "to_d_more": int((to_d & (longest > 2)).sum()),
        "to_d_one": int((to_d & (longest < 2)).sum()),
        "same": int((added == replaced).sum()),
        "accounts": len(replaced),
        "running": len(two_ids),
        "two": int(two.sum()),
        "more": int((longest > 2).sum()),
        "d_replace": int((replaced[two] == cr.LOWEST).sum()),
        "d_cumulate": int((added[two] == cr.LOWEST).sum()),
        "matrix": matrix,
    }
    says = [
        "The longest run of arrears is two months for {two:count account} and longer for {more:,}. "
        "Of all these, {running:,} have entries in months that follow each other; the others have "
        "one entry for several months."
        if numbers["running"] < numbers["two"] + numbers["more"]
        else "The longest run of arrears is two months for {two:count account} and longer for "
        "{more:,}."
    ]
    if numbers["two"]:
        says.append(
            "Of those with two months, {d_replace:,} are D if the bands replace each other, "
            "{d_cumulate:,} if they cumulate."
        )
    if numbers["to_d"]:
        says.append(
            "Of all accounts {to_d:,} fall to D when the bands cumulate: {to_d_two:,} with two "
            "months, {to_d_more:,} with more, {to_d_one:,} with single months only."
        )
    return Finding(
        numbers,
        tuple(says),
        picture=Picture(
            lambda title: cf.migration_matrix(
                matrix,
                title,
                "grade if the bands cumulate",
                "grade if the bands replace each other",
            ),
            "{to_d:count grade} of {accounts:,} fall to D when the bands of arrears cumulate"
            if numbers["to_d"]
            else "No grade falls to D when the bands of arrears cumulate",
            "Matrix of grades under the two readings of the bands: {same:count account} with the "
            "same grade under both, {to_d:,} that fall to D.",
        ),
    )


SECTION_POINTS = {
    name: Shown(name, ",.1f") for name in ("commercial", "safety", "legal", "cooperation", "score")
} | {"veto": Shown("veto", "yes")}


def _event(row: Mapping[Hashable, Any]) -> str:
    """An event with what the rule asks of it: the months owed, the persons."""
    more = ""
    if row["code"] == "arrears":
        months = row.get("months")
        more = f" ({count(1 if pd.isna(months) else int(months), 'month')} owed)"
    elif row["code"] == "electrician_unqualified":
        persons = row.get("persons")
        more = f" ({count(1 if pd.isna(persons) else int(persons), 'person')})"
    return f"{row['date']:%Y-%m-%d} {row['code']}{more}"


def one_account(ways: Ways) -> Finding:
    """The account for which most depends on the reading: what changes its points or its grade."""
    if ways.scored.record.own is not None:
        return unknown(_NO_RULE)
    scored, spread = ways.scored, ways.spread
    record = scored.record
    entropy = -(spread.where(spread > 0) * np.log(spread.where(spread > 0))).sum(axis=1)
    case = str(entropy.round(9).sort_index().idxmax())
    if (spread.loc[case] > 0).sum() < 2:
        return unknown(
            "Every account has one grade however the rule is read; no event here touches what the "
            "wording leaves open."
        )
    mine = record.events[record.events["account_id"] == case]
    told = mine[mine["date"] < record.as_of].sort_values("date", ignore_index=True)
    every = cr.score_readings(
        mine,
        record.accounts[record.accounts["account_id"] == case],
        ways.changes,
        as_of=record.as_of,
        record_from=record.record_from,
    )
    rows = {}
    for name, found in every.items():
        rows["as read here" if name == "base" else _short(name)] = {
            **found[["commercial", "safety", "legal", "cooperation", "score", "veto"]].iloc[0],
            "grade": str(cr.grade(found, scored.cutoffs).iloc[0]),
        }
    table = pd.DataFrame(rows).T.rename_axis("reading")
    table = table.astype(dict.fromkeys(list(SECTION_POINTS)[:5], float) | {"veto": bool})
    changes = [
        not table.loc[name].equals(table.iloc[0]) or name == "as read here" for name in table.index
    ]
    months = scored.reading.window_months
    since = None if months is None else record.as_of - pd.DateOffset(months=months)
    numbers = {
        "name": record.label(case),
        "events": len(told),
        "inside": len(told) if since is None else int((told["date"] >= since).sum()),
        "combinations": ways.combinations,
        "grades": [
            f"{letter} in {percent(share, 0)}"
            for letter, share in spread.loc[case].items()
            if share > 0
        ],
        "told": [_event(row) for row in told.tail(TOLD).to_dict("records")],
        "earlier": max(len(told) - TOLD, 0),
        "changing": sum(changes) - 1,
        "others": len(changes) - sum(changes),
    }
    says = [
        "**{name}**: {events:count event} on record, {inside:,} in the window.",
        "Over all {combinations:,} combinations it is {grades:names}.",
    ]
    if len(told):
        says.append("Its events: {told:names}.")
    if numbers["earlier"]:
        says.append("{earlier:count earlier event} left out.")
    says.append(
        "{changing:count other answer} changes something for it; {others:,} change nothing and are "
        "left out of the table."
        if numbers["changing"] == 1
        else "{changing:count other answer} change something for it; {others:,} change nothing and "
        "are left out of the table."
    )
    return Finding(numbers, tuple(says), table[changes], SECTION_POINTS)


def _arguable(ways: Ways) -> pd.Series:
    low = ways.scored.grades.astype("str") == cr.LOWEST
    return low & (ways.spread[cr.LOWEST] < 1)


def _counted(scored: Scored, ids: pd.Index) -> list[str]:
    """What happened to each account within the time that counts, the latest last."""
    events, day = scored.record.events, scored.record.as_of
    months = scored.reading.window_months
    inside = events["date"] < day
    if months is not None:
        inside &= events["date"] >= day - pd.DateOffset(months=months)
    mine = events[inside & events["account_id"].isin(list(ids))].sort_values("date")
    told = {
        account: "; ".join(_event(row) for row in rows.tail(TOLD).to_dict("records"))
        for account, rows in mine.groupby("account_id")
    }
    return [told.get(account, "-") for account in ids]


def appeal(ways: Ways) -> Finding:
    """Which D accounts have a case, since the same words bear a better grade?"""
    if ways.scored.record.own is not None:
        return unknown(_NO_RULE)
    scored = ways.scored
    low = scored.grades.astype("str") == cr.LOWEST
    if not low.any():
        return unknown("No account is D in this reading, so nobody has a D to appeal.")
    arguable = _arguable(ways)
    ids = scored.scores.index[arguable]
    singles = [name for name in ways.changes if name != "base"]
    better = pd.DataFrame({n: ways.flips[n].astype("str") != cr.LOWEST for n in singles})
    lifts = better[low].sum()
    strongest = str(lifts.idxmax())
    numbers = {
        "low": int(low.sum()),
        "arguable": len(ids),
        "strongest": _short(strongest),
        "lifts": int(lifts.max()),
    }
    says = [
        "In grade D: {low:count account}. With a case, since another reading of the same words "
        "gives a better grade: {arguable:,}."
    ]
    if not len(ids):
        return Finding(numbers, tuple(says))
    if numbers["lifts"]:
        says.append(
            "The strongest single argument is “{strongest}”: it lifts {lifts:count account}."
        )
    table = pd.DataFrame(
        {
            "account": [scored.record.label(i) for i in ids],
            "score": scored.scores.loc[ids, "score"].to_numpy(),
            "veto": scored.scores.loc[ids, "veto"].to_numpy(),
            "argument": [
                ", ".join(_short(name) for name in singles if better.loc[i, name])
                or "two changes at once"
                for i in ids
            ],
            "events": _counted(scored, ids),
            "count": better.loc[ids].sum(axis=1).to_numpy(),
            "at": scored.weights.reindex(ids).to_numpy(),
        }
    )
    table = table.sort_values(["count", "at"], ascending=False, kind="stable", ignore_index=True)
    numbers["table"] = table
    says.append("Those with most arguments:")
    columns = SECTION_POINTS | {
        "argument": Shown("single changes that lift it"),
        "events": Shown("what was counted"),
    }
    return Finding(
        numbers, tuple(says), table.head(NAMED).drop(columns=["count", "at"]), columns, prose=True
    )


def _side(found: sc.Discrimination, few: bool) -> Side:
    if few:
        return "few"
    return "tells" if found.low > 0.5 else "reversed" if found.high < 0.5 else "coin"


#: What each side of a coin says of the whole score, and the title of its figure.
SCORE_SAYS: Mapping[Side, str] = {
    "tells": "The interval lies above {coin}: the score foretells default.",
    "reversed": "The interval lies below {coin}: the score is reversed. Here accounts with more "
    "points default more often; look at the sign of the points, or at who is looked after.",
    "coin": "{coin} lies in the interval: this book does not show that the score foretells "
    "default.",
    "few": "With {bad:count default} and {good:count payer} no verdict is given; {many} of each "
    "are the least.",
}
SCORE_TITLES: Mapping[Side, str] = {
    "tells": "Defaulters have fewer points, but the groups overlap: AUC {auc:.2f} "
    "({low:.2f} to {high:.2f})",
    "reversed": "The score is reversed, defaulters have more points: AUC {auc:.2f} "
    "({low:.2f} to {high:.2f})",
    "coin": "The score does not tell the groups apart: AUC {auc:.2f} ({low:.2f} to {high:.2f})",
    "few": "Too few to judge: AUC {auc:.2f} ({low:.2f} to {high:.2f})",
}


def _untestable(scored: Scored) -> Finding | None:
    if not scored.record.judged:
        return unknown(_NO_FATES, column=_FATES)
    if scored.known["score"].nunique() < 2:
        return unknown(_ONE_SCORE, accounts=len(scored.fate))
    return None


def _in_best(scored: Scored) -> pd.Series:
    """Who has the points of the best grade, or, without limits in points, stands in it."""
    top = scored.letters[0]
    if top in scored.cutoffs:
        return scored.known["score"] >= scored.cutoffs[top]
    return scored.grades.loc[scored.fate.index].astype("str") == top


def score_and_default(scored: Scored, draws: int | None = None) -> Finding:
    """Does the score foretell default? Its AUC with the interval, and the scores of both groups."""
    if (why := _untestable(scored)) is not None:
        return why
    y, score = scored.fate, scored.known["score"]
    whole, top = sc.gini_auc(score, y), scored.letters[0]
    side = _side(whole, scored.few)
    middle = score.groupby(y).median()
    numbers = {
        **whole._asdict(),
        **_ks(scored, draws),
        "coin": "0.5",
        "side": side,
        "bad": int(y.sum()),
        "good": int((1 - y).sum()),
        "many": MANY,
        "top": top,
        "high_up": int(_in_best(scored)[y == 1].sum()),
        "payer": float(middle[0]),
        "defaulter": float(middle[1]),
    }
    numbers["high_share"] = numbers["high_up"] / numbers["bad"]
    if top in scored.cutoffs:
        numbers["limit"] = float(scored.cutoffs[top])
    says = [
        "AUC {auc:.3f}, 95 % interval {low:.3f} to {high:.3f}.",
        SCORE_SAYS[side],
        "Of {bad:count defaulter}, {high_up:,} ({high_share:percent0}) had the {limit:.4g} points "
        "of {top} or more."
        if top in scored.cutoffs
        else "Of {bad:count defaulter}, {high_up:,} ({high_share:percent0}) stood in the best "
        "grade, {top}.",
    ]
    if isinstance(scored, OwnScored) and of.gives_away(score, y):
        says.append(
            "The score separates payers from defaulters without exception. No score made "
            "beforehand does: look whether it was made after the defaults."
        )
    return Finding(
        numbers,
        tuple(says),
        picture=Picture(
            lambda title: cf.score_histogram(score, y, title),
            SCORE_TITLES[side],
            "Histograms of the score, payers above defaulters: the median payer has {payer:.1f} "
            "points, the median defaulter {defaulter:.1f}; AUC {auc:.2f}.",
        ),
    )


def _ks(scored: Scored, draws: int | None) -> dict[str, float]:
    """KS of the score with its limits."""
    found = sc.ks_interval(
        scored.known["score"], scored.fate, draws=draws or DRAWS, random_state=SEED
    )
    return {"ks": found.estimate, "ks_low": found.low, "ks_high": found.high}


def measures(scored: Scored, draws: int | None = None) -> Finding:
    """The same score in three measures: AUC, Gini, KS."""
    if (why := _untestable(scored)) is not None:
        return why
    found = sc.gini_auc(scored.known["score"], scored.fate)
    numbers = {**found._asdict(), **_ks(scored, draws)}
    numbers["gini_low"], numbers["gini_high"] = 2 * found.low - 1, 2 * found.high - 1
    return Finding(
        numbers,
        (
            "AUC {auc:.3f} ({low:.3f} to {high:.3f}); Gini {gini:.3f} ({gini_low:.3f} to "
            "{gini_high:.3f}); KS {ks:.3f} ({ks_low:.3f} to {ks_high:.3f}).",
        ),
    )


RATE_COLUMNS = {
    "defaults": Shown("defaults", ",.0f"),
    "rate": Shown("defaulted", "percent"),
    "low": Shown("from", "percent"),
    "high": Shown("to", "percent"),
}


def _trend(rates: pd.DataFrame) -> float:
    """Chance of so strong a rise of default from grade to grade (Cochran-Armitage, one side)."""
    place = np.arange(len(rates))
    n, bad = rates["accounts"].to_numpy(float), rates["defaults"].to_numpy(float)
    p = bad.sum() / n.sum()
    mean = (n * place).sum() / n.sum()
    spread = p * (1 - p) * (n * (place - mean) ** 2).sum()
    z = ((place - mean) * (bad - n * p)).sum() / np.sqrt(spread) if spread > 0 else 0.0
    return float(norm.sf(z))


def _rates(scored: Scored) -> pd.DataFrame:
    letter = scored.grades.loc[scored.fate.index].astype("str")
    grouped = scored.fate.groupby(letter)
    frame = pd.DataFrame({"accounts": grouped.size(), "defaults": grouped.sum()})
    frame = frame.reindex(scored.letters).dropna().astype(int).rename_axis("grade")
    frame["rate"] = frame["defaults"] / frame["accounts"]
    frame["low"], frame["high"] = proportion_confint(
        frame["defaults"], frame["accounts"], method="wilson"
    )
    return frame


def _firm_steps(rates: pd.DataFrame, side: Literal["greater", "less"] = "greater") -> int:
    """Steps down at which default rises (or falls) by more than chance: Fisher's exact test, one
    side, and Holm's allowance for so many steps.
    """
    bad, n = (rates[column].to_numpy() for column in ("defaults", "accounts"))
    both = n[:-1] + n[1:], bad[:-1] + bad[1:], n[1:]
    # how the defaults of two neighbours fall on the lower one if both are alike
    chances = (
        hypergeom.sf(bad[1:] - 1, *both) if side == "greater" else hypergeom.cdf(bad[1:], *both)
    )
    return int(multipletests(chances, alpha=LEVEL, method="holm")[0].sum()) if len(chances) else 0


def grades_and_default(scored: Scored) -> Finding:
    """Is each grade worse than the one above it?"""
    if not scored.record.judged:
        return unknown(_NO_FATES, column=_FATES)
    rates = _rates(scored)
    if len(rates) < 2:
        return unknown(
            "All accounts whose fate is known have one grade, {grade}: "
            "there is no step to look at. Other limits of the grades would make some.",
            grade=str(rates.index[0]),
        )
    down = rates["rate"].diff().dropna()
    wrong = [
        f"{a} to {b}"
        for a, b, step in zip(rates.index[:-1], rates.index[1:], down, strict=True)
        if step <= 0
    ]
    last = rates.index[-1]
    numbers = {
        "rates": rates,
        "steps": len(down),
        "firm": _firm_steps(rates),
        "fallen": _firm_steps(rates, "less"),
        "wrong": wrong,
        "trend": _trend(rates),
        "level": LEVEL,
        "worst": str(last),
        "worst_accounts": int(rates["accounts"].iloc[-1]),
        "worst_defaults": int(rates["defaults"].iloc[-1]),
        "worst_paid": int(rates["accounts"].iloc[-1] - rates["defaults"].iloc[-1]),
        "defaults": int(rates["defaults"].sum()),
        "accounts": int(rates["accounts"].sum()),
        "low": float(rates["low"].iloc[-1]),
        "high": float(rates["high"].iloc[-1]),
        "rate": float(rates["rate"].iloc[-1]),
        "best": str(rates.index[0]),
        "best_rate": float(rates["rate"].iloc[0]),
        "many": MANY,
        "found": [f"{grade} {percent(rate)}" for grade, rate in rates["rate"].items()],
    }
    trend = float(numbers["trend"])
    numbers["chance"] = f"= {trend:.3f}" if trend >= 0.001 else "below 0.001"
    numbers["ordered"] = not scored.few and not wrong and trend < LEVEL
    numbers["rises"] = not scored.few and trend < LEVEL
    numbers["falls"] = not scored.few and trend > 1 - LEVEL
    says = [
        "Of {worst_accounts:count account} in {worst}, {worst_defaults:,} defaulted and "
        "{worst_paid:,} paid; {defaults:count account} defaulted in all."
    ]
    if scored.few:
        says.append(
            "A grade should be worse than the one above it. With fewer than {many} that "
            "defaulted, or that paid, nobody can say."
        )
    elif numbers["ordered"]:
        says.append(
            "Default rises with every step down, and the rise as a whole is more than chance "
            "(p {chance})."
        )
        says.append(
            "Step by step, {firm} of {steps} can be told from chance (p below {level:g}, with an "
            "allowance for so many looks)."
            if numbers["firm"]
            else "Of the {steps} steps none can be told from chance by itself (p below {level:g}, "
            "with an allowance for so many looks)."
        )
    elif numbers["rises"]:
        says.append(
            "Default rises from the best grade to the worst, by more than chance (p {chance}), "
            "but it does not rise from {wrong:names}."
        )
    elif numbers["falls"]:
        says.append(
            "Default falls from the best grade to the worst: the order of the grades is reversed "
            "here."
        )
    else:
        says.append("No rise of default from grade to grade can be told from chance (p {chance}).")
    title = (
        "Default by grade: too few to judge"
        if scored.few
        else "Default rises from {best_rate:percent0} in {best} to {rate:percent0} in {worst} "
        "({low:percent0} to {high:percent0})"
        if numbers["rises"]
        else "Default does not rise from grade to grade here"
    )
    picture = Picture(
        lambda words: cf.grade_rates(rates, words),
        title,
        "Share that defaulted in each grade, with 95 % intervals: {found:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


SECTION_COLUMNS = {
    "estimate": Shown("AUC alone", ".3f"),
    "low": Shown("from", ".3f"),
    "high": Shown("to", ".3f"),
    "without": Shown("AUC of the rest, rescaled to 100", ".3f"),
    "less": Shown("less that of all, from", "+.3f"),
    "more": Shown("to ", "+.3f"),
    "hit": Shown("accounts that lost points", "percent"),
}


def _rest(scored: Scored, section: str) -> pd.Series:
    """The score without a section, on 100 points again."""
    known, there = scored.known, scored.even[section].notna()
    most = np.where(known["safety"].notna(), FULL[section], LIGHT)
    return (known["score"] - known[section].fillna(0)) / (1 - np.where(there, most, 0) / 100)


def _sections(scored: Scored) -> pd.DataFrame:
    """AUC of each section alone, and of the score without it; sections that differ only."""
    y, even, rows = scored.fate, scored.even, {}
    for section, full in FULL.items():
        there = even[section].notna()
        if y[there].nunique() < 2 or even.loc[there, section].round(6).nunique() < 2:
            continue
        alone = sc.gini_auc(even.loc[there, section], y[there])
        rest = _rest(scored, section)
        rows[section] = {
            "estimate": alone.auc,
            "low": alone.low,
            "high": alone.high,
            "without": sc.gini_auc(rest, y).auc,
            "hit": float((even.loc[there, section] < full - 1e-6).mean()),
        }
    columns = ["estimate", "low", "high", "without", "hit"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("section")


#: What is said of safety, by what its section shows.
SAFETY_SAYS: Mapping[str, str] = {
    "none": "No account differs in safety, so nothing can be said of that section.",
    "tells": "Safety: AUC {safety:.3f} ({safety_low:.3f} to {safety_high:.3f}). In this book it "
    "does say something about default.",
    "reversed": "Safety: AUC {safety:.3f} ({safety_low:.3f} to {safety_high:.3f}), the wrong way "
    "round: those who lost points for safety paid more often.",
    "coin": "Safety: AUC {safety:.3f} ({safety_low:.3f} to {safety_high:.3f}): as a sign of "
    "default its {safety_full:.0f} points cannot be told from a coin.",
    "few": "Safety: AUC {safety:.3f} ({safety_low:.3f} to {safety_high:.3f}); too few defaults to "
    "say more.",
}


def sections(scored: Scored) -> Finding:
    """Which sections carry the score?"""
    if (why := _untestable(scored)) is not None:
        return why
    frame = scored.by_section
    if isinstance(scored, OwnScored):
        return _own_sections(scored, frame)
    if frame.empty:
        return unknown(
            "No section differs between accounts of both fates; events of more accounts would "
            "allow a test."
        )
    sides = {
        name: _side(sc.Discrimination(row.estimate, 0.0, row.low, row.high), scored.few)
        for name, row in zip(frame.index, frame.itertuples(), strict=True)
    }
    carry = [name for name, side in sides.items() if side == "tells"]
    back = [name for name, side in sides.items() if side == "reversed"]
    numbers: dict[str, Any] = {
        "frame": frame,
        "sides": sides,
        "judged": len(frame),
        "carry": carry,
        "n_carry": len(carry),
        "back": back,
        "coins": sum(side == "coin" for side in sides.values()),
        "alike": [name for name in FULL if name not in frame.index],
        "found": [
            f"{name} {row.estimate:.2f} ({row.low:.2f} to {row.high:.2f})"
            for name, row in zip(frame.index, frame.itertuples(), strict=True)
        ],
        "safety_full": FULL["safety"],
    }
    key = "none"
    if "safety" in frame.index and _has_safety(scored):
        key = sides["safety"]
        row = frame.loc["safety"]
        numbers |= {
            "safety": row["estimate"], "safety_low": row["low"], "safety_high": row["high"]
        }  # fmt: skip
    says = []
    if scored.few:
        says.append("With so few defaults no section is judged.")
    else:
        says.append(
            "Sections that foretell default: {carry:names} ({n_carry} of {judged})."
            if carry
            else "No section foretells default here ({judged} looked at)."
        )
        if back:
            says.append("The wrong way round: {back:names}.")
        if numbers["coins"]:
            says.append("Not to be told from a coin: {coins:count section}.")
    if numbers["alike"]:
        says.append("All accounts alike, so left out: {alike:names}.")
    if key != "none" or "safety" not in numbers["alike"]:
        says.append(SAFETY_SAYS[key])
    title = (
        "AUC of each section: too few defaults to judge"
        if scored.few
        else "Sections that foretell default: {carry:names}; "
        "{coins} of {judged} cannot be told from a coin"
        if carry
        else "No section foretells default here"
    )
    picture = Picture(
        lambda words: figures.ranked_intervals(
            frame, words, "AUC of the section alone, 95 % interval (.5 is a coin)", reference=0.5
        ),
        title,
        "AUC of each section alone: {found:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _own_sections(scored: OwnScored, frame: pd.DataFrame) -> Finding:
    """Which features foretell default, each alone and on accounts that its bins have not seen?"""
    if frame.empty:
        return unknown(
            "The book has no feature that differs between accounts of both fates; further columns "
            "of credit_features would allow a test."
        )
    carry = [] if scored.few else list(frame.index[frame["low"] > 0.5])
    numbers = {
        "frame": frame,
        "judged": len(frame),
        "drawn": min(len(frame), DRAWN),
        "carry": carry[:5],
        "n_carry": len(carry),
        "more": max(len(carry) - 5, 0),
        "coins": len(frame) - len(carry),
        "coin": "0.5",
        "found": [
            f"{name} {row.estimate:.2f} ({row.low:.2f} to {row.high:.2f})"
            for name, row in zip(frame.index[:DRAWN], frame.head(DRAWN).itertuples(), strict=True)
        ],
    }
    says = [
        "With so few defaults no feature is judged."
        if scored.few
        else "Features that foretell default, the best first: {carry:names} and {more} more "
        "({n_carry} of {judged})."
        if numbers["more"]
        else "Features that foretell default, the best first: {carry:names} ({n_carry} of "
        "{judged})."
        if carry
        else "No feature foretells default here ({judged} looked at).",
        "Each account is judged by bins that were made without it, so a feature that carries "
        "nothing lies at {coin} or a little below.",
    ]
    picture = Picture(
        lambda words: figures.ranked_intervals(
            frame.head(DRAWN),
            words,
            "AUC of the feature alone, 95 % interval (.5 is a coin)",
            reference=0.5,
        ),
        "AUC of each feature: too few defaults to judge"
        if scored.few
        else "{n_carry} of {judged:count feature} foretell default alone"
        if carry and len(frame) <= DRAWN
        else "{n_carry} of {judged:count feature} foretell default alone; drawn are {drawn}"
        if carry
        else "No feature foretells default here",
        "AUC of each feature alone: {found:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _has_safety(scored: Scored) -> bool:
    """Whether any event before the day of scoring concerns safety."""
    before = scored.record.events["date"] < scored.record.as_of
    codes = set(cr.SECTIONS[4].codes)
    return bool(scored.record.events.loc[before, "code"].isin(codes).any())


def sections_in_numbers(scored: Scored, draws: int | None = None) -> Finding:
    """Each section alone, and the total without it."""
    if (why := _untestable(scored)) is not None:
        return why
    frame = scored.by_section
    if frame.empty:
        return unknown("No section differs between accounts of both fates.")
    if "without" in frame:
        values = [scored.known["score"], *(_rest(scored, str(name)) for name in frame.index)]
        drawn = sc.resampled_auc(
            np.column_stack(values), scored.fate, draws=draws or DRAWS, random_state=SEED
        )
        low, high = np.quantile(drawn[:, 1:] - drawn[:, :1], [0.025, 0.975], axis=0)
        limits = {"less": [flat(x, 3) for x in low], "more": [flat(x, 3) for x in high]}
        place = frame.columns.get_loc("without") + 1
        frame = frame.copy()
        frame.insert(place, "less", limits["less"])
        frame.insert(place + 1, "more", limits["more"])
    return Finding({"sections": len(frame)}, table=frame, columns=SECTION_COLUMNS)


def _has_bins(scored: Scored, section: str) -> str:
    """The section asked for; of a book with features of its own the most informative one."""
    if isinstance(scored, OwnScored) and section not in scored.bins:
        return next(iter(scored.bins), section)
    return section


WOE_COLUMNS = {
    "n": Shown("accounts", ",.0f"),
    "good": Shown("paid", ",.0f"),
    "bad": Shown("defaulted", ",.0f"),
    "bad_rate": Shown("default rate", "percent"),
    "woe": Shown("WOE (good/bad)", ".3f"),
    "iv": Shown("part of IV", ".3f"),
    "points": Shown("points", ".1f"),
}


def _binned(scored: Scored) -> dict[str, pd.DataFrame]:
    """The bins of each section that has two or more."""
    tables = {
        name: sc.woe_table(scored.even[name], scored.fate, edges) for name, edges in EDGES.items()
    }
    return {name: table for name, table in tables.items() if len(table) > 1}


_ONE_BIN = (
    "No section has accounts in two bins, so no bin can be compared with another; events that "
    "differ between accounts would allow it."
)


def evidence(scored: Scored, section: str = "commercial") -> Finding:
    """How much safer or riskier is each bin of a section?"""
    if scored.record.own is None and section not in EDGES:
        raise ValueError(f"section is {section!r}; use one of {', '.join(EDGES)}")
    if not scored.record.judged:
        return unknown(_NO_FATES, column=_FATES)
    section = _has_bins(scored, section)
    table = scored.bins.get(section)
    if table is None:
        return unknown(
            "All accounts lie in one bin of the section {section}: it tells nobody apart.",
            section=section,
        )
    numbers = {
        "section": section,
        "iv": float(table["iv"].sum()),
        "bins": len(table),
        "cuts": [f"{edge:g}" for edge in scored.edges[section] or ()],
        "chance": _by_chance(scored, len(table)),
    }
    own = scored.record.own is not None
    return Finding(
        numbers,
        (
            "Feature {section}, cut at {cuts:names} so that default rises or falls all the way: "
            "{bins} bins in use, information value {iv:.3f}."
            if own and numbers["cuts"]
            else "Feature {section}, value by value: {bins} bins in use, information value "
            "{iv:.3f}."
            if own
            else "Section {section}, cut at {cuts:names} points: {bins} bins in use, information "
            "value {iv:.3f}. So many bins that know nothing reach {chance:.3f} in one book of "
            "twenty.",
        ),
        table.rename_axis("value of the feature" if own else "points of the section"),
        WOE_COLUMNS,
    )


def _by_chance(scored: Scored, bins: int) -> float:
    """Information value that bins without news reach in one book of twenty, with so few defaults:
    the quantile of chi-squared with ``bins`` - 1 degrees of freedom, times 1 / good + 1 / bad
    (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14(4)). It holds for bins that were
    made without a look at who defaulted.
    """
    bad = int(scored.fate.sum())
    return float(chi2.ppf(1 - LEVEL, bins - 1) * (1 / bad + 1 / (len(scored.fate) - bad)))


def information(scored: Scored, quantiles: tuple[int, ...] = (2, 4, 10)) -> Finding:
    """How the information value moves with the bins."""
    if not scored.record.judged:
        return unknown(_NO_FATES, column=_FATES)
    tables, y = scored.bins, scored.fate
    if not tables:
        return unknown(_ONE_BIN)
    own = scored.record.own is not None
    rows = {
        section: {
            "bins as above": table["iv"].sum(),
            **({} if own else {"by chance": _by_chance(scored, len(table))}),
            **{
                f"{n} quantile bins": sc.information_value(scored.even[section], y, n)
                for n in quantiles
            },
            **({} if own else {"rising bins of 5 % or more": _rising(scored.even[section], y)}),
            "every value a bin": sc.information_value(scored.even[section], y, None),
        }
        for section, table in list(tables.items())[:DRAWN]
    }
    table = pd.DataFrame(rows).T.rename_axis("section")
    most = str(table["bins as above"].idxmax())
    numbers = {
        "most": most,
        "value": float(table.loc[most, "bins as above"]),
        "every": float(table.loc[most, "every value a bin"]),
    }
    columns = {str(name): Shown(str(name), ".2f") for name in table}
    says = [
        "The largest is that of {most}: {value:.2f} with the bins above, {every:.2f} with "
        "every value a bin of its own."
    ]
    if not own:
        above = table["bins as above"] > table["by chance"]
        numbers["firm"], numbers["judged"] = [str(name) for name in table.index[above]], len(table)
        says.append(
            "Above what bins without news reach in one book of twenty: {firm:names}, of {judged} "
            "looked at."
            if numbers["firm"]
            else "No section is above what bins without news reach in one book of twenty."
        )
    return Finding(
        numbers,
        tuple(says),
        table,
        columns,
    )


def _rising(points: pd.Series, y: pd.Series) -> float:
    """Information value of the bins whose default rises or falls all the way."""
    return sc.information_value(points, y, of.rising_edges(points, y))


def _card(scored: Scored) -> sc.Scorecard | Finding:
    """The scorecard of the sections, or why there is none."""
    if not scored.record.judged:
        return unknown(_NO_FATES, column=_FATES)
    own = scored.record.own is not None
    used = of.chosen(scored.bins, scored.fate) if own else list(scored.bins)
    if own and not (used and scored.bins):
        return unknown(
            "No feature carries information on default (an information value of {least:.2f} or "
            "more), so no card is fitted; other columns of credit_features would allow one.",
            least=of.LEAST_INFORMATION,
        )
    if not used:
        return unknown(_ONE_BIN)
    try:
        return sc.fit_scorecard(
            scored.even[used], scored.fate, {name: scored.edges[name] for name in used}
        )
    except ValueError:
        return unknown(
            "No scorecard can be fitted: a bin in which all {bad:count default} or none lie leaves "
            "no finite points. More defaults would allow it."
            if own
            else "No scorecard can be fitted: the sections separate the {bad:count default} from "
            "the payers without exception, so no finite points exist. More defaults would allow "
            "it.",
            bad=int(scored.fate.sum()),
        )


def card(scored: Scored) -> Finding:
    """Which points would the data give?"""
    made = scored.card
    if isinstance(made, Finding):
        return made
    span = made.points.groupby("variable", sort=False)["points"].agg(np.ptp)
    limits = sc.coefficient_limits(made, scored.even[list(made.coefficients.index)], scored.fate)
    numbers = {
        "factor": made.factor,
        "offset": made.offset,
        "coefficients": [
            f"{name} {row.estimate:.2f} ({row.low:.2f} to {row.high:.2f})"
            for name, row in zip(limits.index, limits.itertuples(), strict=True)
        ],
        "spans": [f"{name} {value:.0f}" for name, value in span.items()],
    }
    own = scored.record.own
    says: list[str] = []
    if own is not None:
        numbers |= {"taken": len(span), "judged": own.features.shape[1]}
        numbers |= {"least": of.LEAST_INFORMATION, "each": of.PER_FEATURE}
        if len(span) < own.features.shape[1]:
            says.append(
                "The card takes {taken} of {judged:count feature}: those with an information "
                "value of {least:.2f} or more, the most informative first, and no more than one "
                "for {each} defaults or payers, whichever are fewer."
            )
    table = made.points.set_index("variable").rename_axis("section" if own is None else "feature")
    return Finding(
        numbers,
        (
            *says,
            "Factor {factor:.4f}, offset {offset:.3f}. Coefficients: {coefficients:names}.",
            "Points between the best and the worst bin: {spans:names}.",
        ),
        table,
        WOE_COLUMNS | {"bin": Shown("bin"), "woe": Shown("WOE (good/bad)", ".2f")},
    )


def _cross(
    features: pd.DataFrame, y: pd.Series, bins: Mapping[str, Any], seed: int = SEED
) -> pd.Series:
    """Chance of default of each account, from a card fitted on the other folds."""
    folds = min(FOLDS, int(y.sum()), int((1 - y).sum()))
    chance = pd.Series(float(y.mean()), index=y.index, name="chance")
    if folds < 2:
        return chance
    part = parted(y, folds, seed)
    for number in range(folds):
        ask = part == number
        try:
            card = sc.fit_scorecard(features[~ask], y[~ask], bins)
            chance[ask] = card.probability(features[ask])
        except ValueError:  # a fold with a bin it has not seen, or without one, says the base rate
            chance[ask] = y[~ask].mean()
    return chance


def _chances(scored: Scored) -> pd.Series | Finding:
    made = scored.card
    if isinstance(made, Finding):
        return made
    if min(int(scored.fate.sum()), int((1 - scored.fate).sum())) < 2:
        return unknown(
            "A card is tested on accounts that it has not seen; that needs two defaults and two "
            "payers at least."
        )
    return scored.crossed()


COMPARE_COLUMNS = {"AUC": Shown("AUC", ".3f"), "Brier": Shown("Brier", ".4f")}


def _foretold(scored: Scored, repeats: int) -> pd.DataFrame:
    """AUC and Brier of rule, card and base rate in each part that none of them has seen."""
    y, score = scored.fate, scored.known["score"]
    rows = []
    for seed in range(SEED, SEED + repeats):
        part = parted(y, scored.folds, seed)
        card = scored.crossed(seed)
        band = _cross(score.to_frame(), y, {"score": scored.score_edges}, seed)
        for number in range(scored.folds):
            ask = part == number
            fate, base = y[ask], float(y[~ask].mean())
            rows.append(
                {
                    "card AUC": sc.gini_auc(card[ask], fate, high_is_safe=False).auc,
                    "rule AUC": sc.gini_auc(score[ask], fate).auc,
                    "card Brier": float(((card[ask] - fate) ** 2).mean()),
                    "rule Brier": float(((band[ask] - fate) ** 2).mean()),
                    "base Brier": float(((base - fate) ** 2).mean()),
                }
            )
    return pd.DataFrame(rows)


def card_and_rule(scored: Scored, repeats: int | None = None) -> Finding:
    """Does the fitted card foretell better than the written rule, on accounts it has not seen?

    Parameters
    ----------
    scored : Scored
    repeats : how often the accounts are parted anew; by default `REPEATS`, with features of a
        book's own `REPEATS_OWN`
    """
    made, cross = scored.card, scored.chances
    if isinstance(made, Finding) or isinstance(cross, Finding):
        return made if isinstance(made, Finding) else cross  # type: ignore[return-value]
    if isinstance(scored, OwnScored) and not scored.given:
        return unknown(
            "The score is that of the card itself, so there is nothing to compare the card with; "
            "credit_features.score would allow it."
        )
    own = scored.record.own is not None
    times = repeats or (REPEATS_OWN if own else REPEATS)
    rule = "own score" if own else "written rule"
    found, test_to_train = _foretold(scored, times), 1 / (scored.folds - 1)
    mean = found.mean()
    table = pd.DataFrame(
        {
            rule: {"AUC": mean["rule AUC"], "Brier": mean["rule Brier"]},
            "scorecard": {"AUC": mean["card AUC"], "Brier": mean["card Brier"]},
            "one chance for everybody": {"AUC": 0.5, "Brier": mean["base Brier"]},
        }
    ).T.rename_axis("forecast of accounts not seen")
    numbers: dict[str, Any] = {"table": table, "rule": rule, "parts": len(found), "times": times}
    for name, measure in (("gain", "AUC"), ("worse", "Brier")):
        between = corrected_interval(
            found[f"card {measure}"] - found[f"rule {measure}"], test_to_train
        )
        digits = 3 if measure == "AUC" else 4
        numbers[name] = flat(between.estimate, digits)
        numbers[f"{name}_low"], numbers[f"{name}_high"] = (
            flat(between.low, digits),
            flat(between.high, digits),
        )
    says = (
        "On accounts that it has not seen, the AUC of the card less that of the {rule} is "
        "{gain:+.3f} ({gain_low:+.3f} to {gain_high:+.3f}). The accounts were parted {times} "
        "times, and both are compared on the same {parts} parts.",
        "With so few defaults no verdict is given."
        if scored.few
        else "The data find better points than the authors of the rule did."
        if numbers["gain_low"] > 0
        else "The {rule} foretells better than points fitted to these data."
        if numbers["gain_high"] < 0
        else "Which of the two foretells better cannot be told from this book.",
        "The Brier of the card less that of the bands of the {rule} is {worse:+.4f} "
        "({worse_low:+.4f} to {worse_high:+.4f}); less is better.",
    )
    return Finding(numbers, says, table, COMPARE_COLUMNS)


CALIBRATION_COLUMNS = {
    "n": Shown("accounts", ",.0f"),
    "predicted": Shown("foretold", "percent"),
    "observed": Shown("defaulted", "percent"),
    "low": Shown("from", "percent"),
    "high": Shown("to", "percent"),
}


def _failing(rows: pd.DataFrame, groups: int) -> list[str]:
    """The groups whose chance lies outside the interval, by their place."""
    ends = {0: "the safest", groups - 1: "the riskiest"}
    return [
        f"{ends.get(int(place), f'number {int(place) + 1} from the safest')} "
        f"({percent(row['predicted'])} foretold, {percent(row['observed'])} defaulted, "
        f"{percent(row['low'])} to {percent(row['high'])})"
        for place, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]


def calibration(scored: Scored, groups: int = GROUPS) -> Finding:
    """Do as many default as the card foretells?"""
    made, cross = scored.card, scored.chances
    if isinstance(made, Finding) or isinstance(cross, Finding):
        return made if isinstance(made, Finding) else cross  # type: ignore[return-value]
    y = scored.fate
    same = made.probability(scored.even[list(made.coefficients.index)])
    tables = {
        "same accounts": sc.calibration_table(same, y, groups),
        "cross-validated": sc.calibration_table(cross, y, groups),
    }
    shown = tables["cross-validated"]
    inside = shown["predicted"].between(shown["low"], shown["high"])
    failing = _failing(shown[~inside], len(shown))
    riskiest = shown.iloc[-1]
    numbers = {
        "covered": int(inside.sum()),
        "groups": len(shown),
        "failing": failing,
        "foretold": float(riskiest["predicted"]),
        "came": float(riskiest["observed"]),
        "low": float(riskiest["low"]),
        "high": float(riskiest["high"]),
    }
    picture = Picture(
        lambda title: cf.calibration_plot(tables, title),
        "Cross-validated, the chance foretold lies in the interval in {covered} of "
        "{groups:count group}",
        "Share that defaulted against the chance foretold: in the riskiest group "
        "{foretold:percent} were foretold to default and {came:percent} did.",
    )
    says = [
        "In {covered} of {groups:count group} the chance foretold lies inside the interval of "
        "the share that defaulted."
    ]
    if failing:
        says.append("It lies outside in: {failing:names}.")
    if len(shown) > 1:
        says.append(
            "In the riskiest group {foretold:percent} were foretold to default and {came:percent} "
            "({low:percent} to {high:percent}) did."
        )
    return Finding(
        numbers,
        tuple(says),
        shown.rename_axis("group, safest first"),
        CALIBRATION_COLUMNS,
        picture,
    )


def without_safety(scores: pd.DataFrame) -> pd.Series:
    """The score without section 4, on 100 points again; lighting users never had it."""
    rest = scores["score"] - scores["safety"].fillna(0)
    return (rest * np.where(scores["safety"].notna(), 100 / 80, 1.0)).rename("score")


REPAIR_COLUMNS = {
    "AUC": Shown("AUC", ".3f"),
    "low": Shown("gain in AUC, from", "+.3f"),
    "high": Shown("to", "+.3f"),
}


def repairs(scored: Scored, times: int = 2, draws: int | None = None) -> Finding:
    """Do two changes mend the rule: a longer look back, and no safety in the score?"""
    if scored.record.own is not None:
        return unknown(_NO_RULE)
    if (why := _untestable(scored)) is not None:
        return why
    months = scored.reading.window_months
    longer = scored.again(window_months=None if months is None else times * months)
    y = scored.fate
    kinds = {
        "as written": scored.scores["score"],
        "1. looking back longer": longer["score"],
        "2. without safety": without_safety(scored.scores),
        "both": without_safety(longer),
    }
    unsafe = _has_safety(scored)
    if not unsafe:  # no event of safety, so nothing to leave out
        kinds = {name: kinds[name] for name in ("as written", "1. looking back longer")}
    values = pd.DataFrame(kinds).loc[y.index]
    drawn = sc.resampled_auc(values.to_numpy(), y, draws=draws or DRAWS, random_state=SEED)
    gains = np.quantile(drawn - drawn[:, :1], [0.025, 0.975], axis=0)
    table = pd.DataFrame(
        {
            name: {
                "AUC": sc.gini_auc(values[name], y).auc,
                "low": flat(gains[0, place], 3),
                "high": flat(gains[1, place], 3),
            }
            for place, name in enumerate(kinds)
        }
    ).T.rename_axis("rule")
    both = table.iloc[-1]
    if all((values[name].round(9) == values["as written"].round(9)).all() for name in kinds):
        return unknown(
            "Neither change moves a score here: no event lies further back than the rule looks, "
            "and all accounts have lost the same on safety. Older events, or events of safety, "
            "would allow a comparison."
        )
    numbers = {
        "before": float(table.loc["as written", "AUC"]),
        "after": float(both["AUC"]),
        "gain": flat(both["AUC"] - table.loc["as written", "AUC"], 3),
        "low": float(both["low"]),
        "high": float(both["high"]),
        "times": times,
        "draws": draws or DRAWS,
    }
    says = [
        "Both together take the AUC from {before:.3f} to {after:.3f}: {gain:+.3f} "
        "({low:+.3f} to {high:+.3f}, paired bootstrap)."
        if unsafe
        else "No event of safety is on record, so the second change has nothing to take out. The "
        "first takes the AUC from {before:.3f} to {after:.3f}: {gain:+.3f} ({low:+.3f} to "
        "{high:+.3f}, paired bootstrap).",
        "With so few defaults no verdict is given."
        if scored.few
        else "The gain is more than chance on these accounts."
        if numbers["low"] > 0
        else "The loss is more than chance: here the change makes the rule worse."
        if numbers["high"] < 0 and not unsafe
        else "The loss is more than chance: here the two changes make the rule worse."
        if numbers["high"] < 0
        else "The interval holds zero, so a gain is not shown here.",
    ]
    return Finding(numbers, tuple(says), table, REPAIR_COLUMNS)


@dataclass(frozen=True)
class _Price:
    """What errors cost: amounts at risk, the loss of a default, the burden on a payer."""

    at_risk: pd.Series
    missed: pd.Series
    refused: pd.Series
    curve: pd.DataFrame
    best: pd.Series


def _price(scored: Scored, lgd: float, months_at_risk: float, burden: float) -> _Price | Finding:
    for name, value, top in (("lgd", lgd, 1.0), ("burden", burden, np.inf)):
        if not 0 <= value <= top:
            raise ValueError(f"{name} is {value!r}: expected a share, 0 or more")
    if not months_at_risk > 0:
        raise ValueError(f"months_at_risk is {months_at_risk!r}: expected months above 0")
    if (why := _untestable(scored)) is not None:
        return why
    y = scored.fate
    at_risk = scored.weights.loc[y.index]
    own = scored.record.own
    if scored.record.bills is not None and not (own is not None and own.exposed):
        at_risk = at_risk * months_at_risk / 12
    if not (at_risk[y == 1] > 0).any():
        return unknown(
            "Nothing was billed to an account that defaulted, so no cut-off can save a loss; bills "
            "of the year before the day of scoring (ledger.revenue) would allow it."
        )
    missed, refused = lgd * at_risk, burden * at_risk
    curve = sc.cost_curve(scored.known["score"].round(6), y, missed=missed, refused=refused)
    return _Price(at_risk, missed, refused, curve, sc.best_cutoff(curve))


def _saved(price: _Price) -> float:
    nobody = float(price.curve["cost"].iloc[0])
    return 1 - float(price.best["cost"]) / nobody if nobody > 0 else 0.0


def _trial(scored: Scored, price: _Price, draws: int) -> CutoffTrial | None:
    """Cut-offs chosen on part of the accounts and priced on the rest; None where one fate is too
    rare for that.
    """
    if scored.folds < 2:
        return None
    return try_cutoffs(
        scored.known["score"].round(6),
        scored.fate,
        missed=price.missed,
        refused=price.refused,
        draws=draws,
        folds=FOLDS,
        repeats=PARTED,
        random_state=SEED,
    )


def _of_bills(record: Record) -> tuple[dict[str, int], list[str]]:
    """What the amounts at risk rest on, where that is not a full year of dated bills."""
    if record.bills is None:
        return {}, [
            "The book has no bills, so every account counts alike, and costs are in amounts at "
            "risk: that of one account is 1."
        ]
    if record.own is not None and record.own.exposed:
        return {}, ["At risk is what each account owed at default (credit_features.exposure)."]
    if not record.bills_dated:
        return {}, [
            "The ledger has no dates, or no day of scoring is known, so all its bills count as one "
            "year. If they cover more years, the amounts at risk are too large by as many times."
        ]
    if record.bill_months < 12:
        return {"bill_months": record.bill_months}, [_PART_OF_A_YEAR]
    return {}, []


#: What is said of the cheapest cut-off, by whom it asks.
CHEAPEST: Mapping[str, str] = {
    "nobody": "At these costs the cheapest is to ask nobody: no cut-off saves anything.",
    "everybody": "At these costs the cheapest is to ask everybody ({best:money}{unit}): "
    "the score is not needed for that.",
    "some": "The cheapest cut-off is {cutoff:.10g} points with {best:money}{unit}: "
    "{asked:count account} asked, {caught:,} of {bad:count defaulter} among them, and "
    "{payers:count payer} burdened.",
}
#: What is said of cut-offs on accounts that did not choose them.
TRIED = (
    "Chosen on part of the accounts and priced on the rest, the cut-offs cost "
    "{priced:money}{unit}. Against the cheaper of asking nobody and asking everybody the cost "
    "changes by {change:percent0} ({change_low:percent0} to {change_high:percent0}, accounts drawn "
    "anew).",
    "Scores dealt out at random, chosen and priced alike, do as well in {chance:percent0} of "
    "draws.",
    "Most hangs on {heaviest}: without that account the cost changes by {change_without:percent0}.",
)
COST_ALT = (
    "Cost of each cut-off, as what defaults cost, what payers bear, and both: asking nobody "
    "costs {nobody:money}{unit}, everybody {everybody:money}{unit}, the cheapest "
    "{best:money}{unit}."
)
COST_TITLES: Mapping[str, str] = {
    "nobody": "At these costs the cheapest is a deposit from nobody",
    "everybody": "At these costs the cheapest is a deposit from everybody",
    "some": "Cheapest on these accounts: a deposit below {cutoff:.10g} points, "
    "{saving:percent0} less than asking nobody",
}


def _alike(record: Record, says: Sequence[str]) -> list[str]:
    """Sentences on costs; where every account counts alike, costs are plain numbers, and none
    weighs more than another.
    """
    if record.bills is not None:
        return list(says)
    return [text.replace(":money}", ":,.1f}") for text in says if "{heaviest}" not in text]


def _told_cutoff(score: pd.Series, cutoff: float) -> float:
    """A cut-off with four figures, or as many more as part the accounts as it does."""
    value = min(cutoff, float(score.max()) + 1)
    below = int((score.round(6) < value).sum())
    told = (float(f"{value:.{figures}g}") for figures in range(4, 10))
    return next((t for t in told if int((score.round(6) < t).sum()) == below), value)


def _tried(trial: CutoffTrial, heaviest: str) -> dict[str, Any]:
    """The numbers of cut-offs on accounts that did not choose them, and whether they earn anything:
    more than the cheaper of asking nobody and everybody, and more than scores without news.
    """
    low, high = flat(trial.low, 4), flat(trial.high, 4)
    worth = at_least(low, high, 0.0)
    if worth == "holds" and (low == 0 or trial.chance >= LEVEL):
        worth = UNTOLD
    return {
        "priced": trial.cost,
        "gain": flat(trial.gain, 4),
        "gain_low": low,
        "gain_high": high,
        "change": flat(-trial.gain, 2),
        "change_low": flat(-trial.high, 2),
        "change_high": flat(-trial.low, 2),
        "chance": trial.chance,
        "heaviest": heaviest,
        "change_without": flat(-trial.without, 2),
        "worth": "does not hold" if high <= 0 else worth,
    }


def costs(
    scored: Scored,
    lgd: float = 0.45,
    months_at_risk: float = 2.0,
    burden: float = 0.06,
    draws: int | None = None,
) -> Finding:
    """What does each cut-off cost, and does the cheapest one save anything on other accounts?

    Parameters
    ----------
    scored : Scored
    lgd : share of what is owed that is lost at default, 0 to 1
    months_at_risk : monthly bills owed at default
    burden : yearly cost of asking a payer for a deposit, share of the amount at risk
    draws : resamples of the interval, and deals of the score at random to compare with
    """
    price = _price(scored, lgd, months_at_risk, burden)
    if isinstance(price, Finding):
        return price
    curve, best, y, record = price.curve, price.best, scored.fate, scored.record
    losses = price.missed[y == 1]
    heavy = str(losses.idxmax())
    key = "nobody" if not best["treated"] else "everybody" if best["treated"] == len(y) else "some"
    trial = _trial(scored, price, draws or DRAWS)
    numbers: dict[str, Any] = {
        "nobody": float(curve["cost"].iloc[0]),
        "everybody": float(curve["cost"].iloc[-1]),
        "best": float(best["cost"]),
        "unit": record.unit,
        "asks": key,
        "cutoff": _told_cutoff(scored.known["score"], float(best["cutoff"])),
        "asked": int(best["treated"]),
        "caught": int(best["caught"]),
        "payers": int(best["refused"]),
        "bad": int(y.sum()),
        "saving": _saved(price),
        "name": record.label(heavy),
        "heavy": float(losses.max() / losses.sum()) if losses.sum() > 0 else 0.0,
        "heavy_score": float(scored.known.loc[heavy, "score"]),
        "draws": draws or DRAWS,
    }
    says = [
        "Asking nobody costs {nobody:money}{unit}, asking everybody {everybody:money}{unit}.",
        CHEAPEST[key],
    ]
    if key == "some" and numbers["heavy"] > HEAVY and len(losses) > 1:
        says.append(
            "One default, {name} with {heavy_score:.4g} points, is {heavy:percent0} of all that "
            "was lost."
        )
    if trial is not None:
        numbers |= _tried(trial, record.label(str(y.index[trial.heaviest])))
        says += TRIED
        says.append(
            "With so few defaults no verdict is given."
            if scored.few
            else "So the score earns its keep on other accounts."
            if numbers["worth"] == "holds"
            else "So the score earns nothing on other accounts: the cheaper of asking nobody and "
            "everybody does as well."
            if numbers["worth"] == "does not hold"
            else "The interval holds zero, so whether the score earns anything on other "
            "accounts cannot be told from this book."
            if numbers["gain_low"] <= 0
            else "Chance does as well too often, so whether the score earns anything on other "
            "accounts cannot be told from this book."
        )
    told, bills = _of_bills(record)
    numbers |= told
    says = [*_alike(record, says), *bills]
    size, word = (1e6, "million ") if numbers["nobody"] >= 1e7 else (1.0, "")
    picture = Picture(
        lambda title: cf.cost_plot(
            curve,
            float(best["cutoff"]),
            title,
            f"cost ({word}{record.unit.strip() or 'currency of the book'})",
            size,
        ),
        COST_TITLES[key],
        _alike(record, [COST_ALT])[0],
    )
    return Finding(numbers, tuple(says), picture=picture)


COST_COLUMNS = {
    "cutoff": Shown("cut-off"),
    "treated": Shown("asked", ",.0f"),
    "caught": Shown("defaulters asked", ",.0f"),
    "refused": Shown("payers asked", ",.0f"),
    "cost_missed": Shown("lost by default", "money"),
    "cost_refused": Shown("burden", "money"),
    "cost": Shown("cost,{unit}", "money"),
}


def _below(scored: Scored, price: _Price, letter: str) -> dict[str, Any]:
    """A row of :func:`sc.cost_curve` for a deposit from all that are graded worse than this, by
    points or by veto.
    """
    y, grades = scored.fate, scored.grades.loc[scored.fate.index].astype("str")
    asked = grades.isin(scored.letters[scored.letters.index(letter) + 1 :])
    vetoed = asked & (scored.known["score"].round(6) >= scored.cutoffs[letter])
    lost = float(price.missed[(y == 1) & ~asked].sum())
    burden = float(price.refused[(y == 0) & asked].sum())
    return {
        "cutoff": f"{scored.cutoffs[letter]:,.1f}{' or veto' if vetoed.any() else ''}",
        "treated": int(asked.sum()),
        "caught": int(y[asked].sum()),
        "refused": int((1 - y[asked]).sum()),
        "cost_missed": lost,
        "cost_refused": burden,
        "cost": lost + burden,
    }


def cost_of_limits(
    scored: Scored, lgd: float = 0.45, months_at_risk: float = 2.0, burden: float = 0.06
) -> Finding:
    """What a deposit below each grade would cost: the grades as they stand, a veto included."""
    price = _price(scored, lgd, months_at_risk, burden)
    if isinstance(price, Finding):
        return price
    columns = list(COST_COLUMNS)
    nobody, cheapest, everybody = (
        row[columns].to_dict()
        | {
            "cutoff": "nobody"
            if not row["treated"]
            else f"{row['cutoff']:,.1f}"
            if np.isfinite(row["cutoff"])
            else "all"
        }
        for row in (price.curve.iloc[0], price.best, price.curve.iloc[-1])
    )
    rows: dict[Any, Any] = {"nobody": nobody}
    rows |= {f"below {letter}": _below(scored, price, letter) for letter in scored.cutoffs}
    rows |= {"the cheapest": cheapest, "everybody": everybody}
    table = pd.DataFrame(rows).T.rename_axis("a deposit for")[columns]
    told, bills = _of_bills(scored.record)
    numbers: dict[str, Any] = {"unit": scored.record.unit, **told}
    says = list(bills)
    if table["cutoff"].str.endswith("veto").any():
        least = min(scored.cutoffs.values())
        lifted = scored.known["veto"] & (scored.known["score"].round(6) >= least)
        numbers |= {"lowest": cr.LOWEST, "lifted": int(lifted.sum()), "least": float(least)}
        if numbers["lifted"]:
            says.append(
                "Whoever is vetoed is {lowest} and is asked with it: {lifted:count account} with "
                "{least:.4g} points or more. The cheapest cut-off looks at points alone."
            )
    return Finding(numbers, tuple(says), table, COST_COLUMNS)


LOSS_COLUMNS = {
    "at": Shown("at risk", "money"),
    "pd": Shown("mean PD", "percent"),
    "expected": Shown("expected loss", "money"),
    "came": Shown("loss that came", "money"),
}


EXPECTED = (
    "Expected loss of all accounts: {expected:money}{unit}; what came, at the same loss "
    "given default: {came:money}{unit} ({low:money} to {high:money}, accounts drawn anew).",
    "The largest expected loss is that of {name}: {largest:money}{unit}, {part:percent0} "
    "of the whole.",
)


def expected_loss_by_grade(
    scored: Scored, lgd: float = 0.45, months_at_risk: float = 2.0, draws: int | None = None
) -> Finding:
    """Chance of default, loss given default and exposure, multiplied and added up by grade."""
    price = _price(scored, lgd, months_at_risk, 0.0)
    cross = scored.chances
    if isinstance(price, Finding) or isinstance(cross, Finding):
        return price if isinstance(price, Finding) else cross  # type: ignore[return-value]
    y, at_risk, record = scored.fate, price.at_risk, scored.record
    loss = pd.Series(sc.expected_loss(cross.to_numpy(), lgd, at_risk.to_numpy()), index=y.index)
    came = y * price.missed
    drawn = drawn_counts(len(y), draws or DRAWS, np.random.default_rng(SEED))
    low, high = percentile_limits(drawn @ came.to_numpy(float))
    letter = scored.grades.loc[y.index].astype("str")
    table = pd.DataFrame(
        {
            "accounts": letter.value_counts(),
            "at": at_risk.groupby(letter).sum(),
            "pd": cross.groupby(letter).mean(),
            "expected": loss.groupby(letter).sum(),
            "came": came.groupby(letter).sum(),
        }
    )
    table = table.reindex(scored.letters).dropna().rename_axis("grade")
    top = str(loss.idxmax())
    numbers = {
        "expected": float(loss.sum()),
        "came": float(came.sum()),
        "low": float(low),
        "high": float(high),
        "unit": record.unit,
        "name": record.label(top),
        "largest": float(loss.max()),
        "part": float(loss.max() / loss.sum()) if loss.sum() > 0 else 0.0,
    }
    told, bills = _of_bills(record)
    return Finding(
        numbers | told,
        (
            *_alike(record, EXPECTED),
            *bills,
        ),
        table,
        LOSS_COLUMNS,
    )


def few_defaults(scored: Scored) -> Finding:
    """How wide is the interval, and what would narrow it?"""
    if (why := _untestable(scored)) is not None:
        return why
    found = sc.gini_auc(scored.known["score"], scored.fate)
    numbers = {
        "bad": int(scored.fate.sum()),
        "wide": found.high - found.low,
        "low": found.low,
        "high": found.high,
    }
    return Finding(
        numbers,
        (
            "{bad:count default} leave the AUC between {low:.2f} and {high:.2f}, an interval "
            "{wide:.2f} wide. Four times as many would halve it.",
        )
        if numbers["bad"] != 1 and 0 < found.auc < 1
        else (
            "All pairs of a payer and a defaulter are in one order; with {bad:count default} that "
            "is no proof: the AUC may lie between {low:.2f} and {high:.2f}.",
        )
        if numbers["bad"] != 1
        else ("A single default leaves the AUC anywhere.",),
    )


def other_limits(scored: Scored, step: float = 5.0) -> Finding:
    """How do grades and their default move with limits that nobody gave?"""
    if scored.record.own is not None:
        return unknown(_NO_RULE)
    cuts = scored.cutoffs
    ways: dict[str, Mapping[str, float]] = {
        "as used": cuts,
        f"{step:g} points lower": {name: value - step for name, value in cuts.items()},
        f"{step:g} points higher": {name: value + step for name, value in cuts.items()},
        "a local rule: three grades": dict(cr.LOCAL_CUTOFFS),
    }
    y, rows = scored.fate, {}
    for name, cutoffs in ways.items():
        letter = cr.grade(scored.scores, cutoffs).astype("str")
        ends = [letter == next(iter(cutoffs)), letter == cr.LOWEST]
        row: dict[str, float] = {"best": int(ends[0].sum()), "last": int(ends[1].sum())}
        if scored.record.judged:
            row["best_rate"], row["last_rate"] = (y[end.reindex(y.index)].mean() for end in ends)
        row["moved"] = float((letter != scored.grades.astype("str")).mean())
        rows[name] = row
    table = pd.DataFrame(rows).T.rename_axis("limits")
    names = list(ways)
    numbers = {
        "step": step,
        "lower": float(table.loc[names[1], "moved"]),
        "higher": float(table.loc[names[2], "moved"]),
        "table": table,
        "used": float(table.loc["as used", "best"]),
    }
    says = (
        "{lower:percent0} of the accounts change grade if every limit is {step:g} points lower, "
        "{higher:percent0} if it is {step:g} points higher.",
    )
    columns = {
        "best": Shown("in the best grade", ",.0f"),
        "last": Shown("in the last grade", ",.0f"),
        "best_rate": Shown("of them defaulted", "percent"),
        "last_rate": Shown("of them defaulted ", "percent"),
    }
    return Finding(numbers, says, table.drop(columns="moved"), columns)


#: What the population stability index says, by its usual limits and its whole interval.
STABILITY_SAYS: Mapping[str, str] = {
    "none": "The whole interval lies below {near:g}: no change to speak of.",
    "some": "The whole interval lies between {near:g} and {far:g}: some change.",
    "new": "The whole interval lies above {far:g}: another population.",
    "untold": "The interval holds a limit ({near:g} no change to speak of, {far:g} another "
    "population), so this book does not tell on which side the change lies.",
}


def _moved(
    then: np.ndarray, now: np.ndarray, grades: int, draws: int
) -> tuple[float, float, float]:
    """Limits of the population stability index of the same accounts on two days, and how often an
    exchange of both days at random, account by account, moves the population as far.

    The interval is the percentile bootstrap over accounts. Both days are one account's, so the pair
    is drawn; two samples drawn apart would be as far from each other as other accounts are.
    """
    pairs = np.bincount(then * grades + now, minlength=grades * grades)
    rng, n = np.random.default_rng(SEED), len(then)
    drawn = rng.multinomial(n, pairs / n, size=draws).reshape(draws, grades, grades)
    table = pairs.reshape(grades, grades)
    upper = np.triu_indices(grades, 1)
    both = (table + table.T)[upper]
    swapped = np.zeros((draws, grades, grades))
    swapped[:, upper[0], upper[1]] = rng.binomial(both, 0.5, size=(draws, len(both)))
    swapped[:, upper[1], upper[0]] = both - swapped[:, upper[0], upper[1]]
    swapped[:, np.arange(grades), np.arange(grades)] = np.diag(table)

    def index(tables: np.ndarray) -> np.ndarray:
        return np.array(
            [sc.stability_of_counts(t.sum(axis=1), t.sum(axis=0))["psi"].sum() for t in tables]
        )

    found = index(table[None])[0]
    low, high = percentile_limits(index(drawn))
    hits = int((index(swapped) >= found - 1e-12).sum())
    return low, high, (1 + hits) / (1 + draws)


def stability(scored: Scored, draws: int | None = None) -> Finding:
    """Has the population moved since a year ago? Grades then and now, the veto included.

    Parameters
    ----------
    scored : Scored
    draws : resamples of the accounts, and exchanges of both days
    """
    if scored.record.own is not None:
        return unknown(
            "Whether the population has moved takes scores of two days; credit_features holds one "
            "row for each account."
        )
    record, months = scored.record, scored.reading.window_months
    earlier = record.as_of - pd.DateOffset(years=1)
    old = (
        record.accounts["start_date"] < earlier
        if "start_date" in record.accounts
        else pd.Series(True, index=record.accounts.index)
    )
    reach = earlier - pd.DateOffset(months=months or 12)
    if record.record_from > reach or int(old.sum()) < FEWEST_THEN:
        return unknown(
            "The record is too short to grade the same accounts a year earlier: it would have to "
            "begin by {since} and hold {needed:count account}.",
            since=f"{reach:%Y-%m-%d}",
            needed=FEWEST_THEN,
        )
    people = record.accounts[old]
    then = cr.grade(
        cr.score_events(
            record.events[record.events["account_id"].isin(set(people["account_id"]))],
            people,
            reading=scored.reading,
            as_of=earlier,
            record_from=record.record_from,
        ),
        scored.cutoffs,
    )
    now = scored.grades.loc[then.index]
    edges = np.arange(len(scored.letters) - 1) + 0.5
    table = sc.stability_table(then.cat.codes, now.cat.codes, list(edges))
    table.index = pd.Index(list(now.cat.categories), name="grade")
    psi, (near, far) = float(table["psi"].sum()), sc.STABILITY_LIMITS
    owed = record.events[record.events["code"] == "arrears"]
    mine = owed["account_id"].isin(set(people["account_id"]))
    year = [
        (owed["date"] >= day - pd.DateOffset(years=1)) & (owed["date"] < day)
        for day in (earlier, record.as_of)
    ]
    low, high, chance = _moved(
        then.cat.codes.to_numpy(int), now.cat.codes.to_numpy(int), len(scored.letters),
        draws or DRAWS,
    )  # fmt: skip
    worse = int((now.cat.codes < then.cat.codes).sum())
    numbers = {
        "psi": psi,
        "low": low,
        "high": high,
        "chance": chance,
        "near": near,
        "far": far,
        "then": f"{earlier:%Y-%m-%d}",
        "now": f"{record.as_of:%Y-%m-%d}",
        "arrears_then": int((year[0] & mine).sum()),
        "arrears_now": int((year[1] & mine).sum()),
        "arrears_new": int((year[1] & ~mine).sum()),
        "arrears_all": int(year[1].sum()),
        "worse": worse,
        "better": int((now.cat.codes > then.cat.codes).sum()),
        "accounts": len(then),
        "table": table,
    }
    key = (
        "none"
        if high < near
        else "new"
        if low > far
        else "some"
        if low >= near and high <= far
        else "untold"
    )
    columns = {
        "expected": Shown("share on {then}", "percent"),
        "actual": Shown("share on {now}", "percent"),
        "psi": Shown("part of the index", ".4f"),
    }
    return Finding(
        numbers,
        (
            "The population stability index between {then} and {now} is {psi:.3f} ({low:.3f} to "
            "{high:.3f}).",
            STABILITY_SAYS[key],
            "Both days have the same {accounts:count account}, those known on the earlier one: "
            "{worse:,} stand lower now and {better:,} higher. With both days exchanged at random "
            "the index is as large in {chance:percent0} of draws.",
            "Their entries of arrears in the year before: {arrears_then:,} then, {arrears_now:,} "
            "now. Accounts that came in between have {arrears_new:,} more, which makes "
            "{arrears_all:,} in all.",
        ),
        table.drop(columns="upto").iloc[::-1],
        columns,
    )


def other_costs(
    scored: Scored, lgd: float = 0.45, months_at_risk: float = 2.0, burden: float = 0.06
) -> Finding:
    """Where does the cheapest cut-off go with half and double of each assumption?"""
    base = _price(scored, lgd, months_at_risk, burden)
    if isinstance(base, Finding):
        return base
    y, score = scored.fate, scored.known["score"].round(6)
    above, least = float(score.max()) + 1, float(score.min())
    grid = pd.DataFrame(
        {
            f"burden {share:g}": {
                f"loss given default {lost:g}": sc.best_cutoff(
                    sc.cost_curve(
                        score, y, missed=lost * base.at_risk, refused=share * base.at_risk
                    )
                )["cutoff"]
                for lost in (lgd / 2, lgd, min(1.0, 2 * lgd))
            }
            for share in (burden / 2, burden, 2 * burden)
        }
    ).clip(upper=above)
    alike = sc.best_cutoff(sc.cost_curve(score, y, missed=lgd, refused=burden))["cutoff"]
    numbers = {
        "low": float(grid.to_numpy().min()),
        "high": float(grid.to_numpy().max()),
        "alike": float(min(alike, above)),
        "tries": grid.size,
        "nobody": int((grid <= least).to_numpy().sum()),
        "everybody": int((grid >= above).to_numpy().sum()),
    }
    some = grid.where((grid > least) & (grid < above))
    says = []
    if some.notna().any(axis=None):
        numbers["low"], numbers["high"] = float(some.min(axis=None)), float(some.max(axis=None))
        says.append(
            "Half and double of each assumption leave the cheapest cut-off at {low:.4g} points."
            if numbers["low"] == numbers["high"]
            else "Half and double of each assumption move the cheapest cut-off between {low:.4g} "
            "and {high:.4g} points."
        )
    if numbers["nobody"] or numbers["everybody"]:
        says.append(
            "Of {tries} combinations {nobody} ask nobody and {everybody} everybody: there the "
            "score is not needed."
        )
    says.append(
        "With every account counting alike the cheapest is to ask nobody."
        if numbers["alike"] <= least
        else "With every account counting alike the cheapest is to ask everybody."
        if numbers["alike"] >= above
        else "With every account counting alike it is {alike:.4g}."
    )
    shown = grid.map(
        lambda cut: "nobody" if cut <= least else "everybody" if cut >= above else f"{cut:.1f}"
    )
    columns = {str(name): Shown(str(name)) for name in grid}
    return Finding(numbers, tuple(says), shown.rename_axis("cheapest cut-off, points"), columns)


def claims(scored: Scored, ways: Ways, priced: Finding) -> Finding:
    """What the documents claim of credit grades, each with its test on this book."""
    if scored.record.own is not None:
        made = [
            _of_deposits(scored, priced),
            untested(
                ", ".join(f"S002-7{letter}" for letter in "abcdefgh"),
                "a written rule turns events into six grades",
                "the rule on this book's events",
                "needs credit_events: this book is judged by a score of its own",
            ),
            _of_measures(scored),
        ]
        return steps.verdicts(made)
    moved = ways.moved
    made = [
        _of_section(
            scored, "S000-9a", "arrears matter", ("commercial",), "AUC of the commercial section"
        ),
        _of_deposits(scored, priced),
        _of_wording(
            moved,
            "lighting",
            "S002-7a",
            "lighting users: two sections of 50 points, and it is clear how points come off",
            "the scaling",
            bool(scored.scores["safety"].isna().any()) or "no lighting user is scored here",
        ),
        _of_bands(scored),
        _of_section(
            scored, "S002-7c", "safety is part of credit", ("safety",), "AUC of the safety section"
        ),
        _of_wording(
            moved,
            "damage",
            "S002-7d",
            "theft empties the section; damage costs what is printed",
            "the lost digit",
            bool((scored.record.events["code"] == "facilities_damaged").any())
            or "nobody damaged facilities",
        ),
        _of_section(
            scored,
            "S002-7e",
            "cooperation is part of credit",
            ("cooperation",),
            "AUC of the cooperation section",
        ),
        _of_section(
            scored,
            "S002-7f",
            "field staff judge operation and development",
            ("operation", "development"),
            "AUC of the two sections",
        ),
        _of_veto(scored),
        _of_order(scored),
        _of_specification(ways),
        _of_measures(scored),
    ]
    return steps.verdicts(made)


_NEEDS_FATES = "needs defaults.default_12m with accounts of both fates"


def _of_section(scored: Scored, source: str, says: str, names: tuple[str, ...], test: str) -> Claim:
    if not scored.record.judged:
        return untested(source, says, test, _NEEDS_FATES)
    frame = scored.by_section
    rows = [frame.loc[name] for name in names if name in frame.index]
    if not rows or (names == ("safety",) and not _has_safety(scored)):
        return untested(source, says, test, "no account differs in it")
    here = " and ".join(
        f"{row['estimate']:.2f} ({row['low']:.2f} to {row['high']:.2f})" for row in rows
    )
    sides = [
        _side(sc.Discrimination(row["estimate"], 0.0, row["low"], row["high"]), scored.few)
        for row in rows
    ]
    if scored.few:
        return Claim(source, says, test, here, UNTOLD, f"fewer than {MANY} of one fate", 0)
    told = sides.count("tells")
    if told == len(names):
        return Claim(source, says, test, here, "holds", "the interval lies above .5", told)
    if told:
        why = f"{told} of {len(names)} above .5"
        return Claim(source, says, test, here, "holds in part", why, len(rows))
    if sides.count("reversed") == len(names):
        why = "it points the wrong way"
        return Claim(source, says, test, here, "does not hold", why, len(rows))
    return Claim(source, says, test, here, UNTOLD, "not to be told from a coin", len(rows))


def _of_deposits(scored: Scored, priced: Finding) -> Claim:
    claim = (
        "S000-3i",
        "review credit strictly; ask doubtful buyers for prepayment",
        "saving of a cut-off on accounts that did not choose it, against the cheaper of asking "
        "nobody and everybody",
    )
    if not priced.known:
        return untested(*claim, "needs accounts of both fates, scores that differ, and bills")
    found = priced.numbers
    if "gain" not in found:
        return untested(*claim, "needs two accounts of each fate")
    here = (
        f"{percent(found['gain'], 0)} ({percent(found['gain_low'], 0)} to "
        f"{percent(found['gain_high'], 0)})"
    )
    if scored.few:
        return Claim(*claim, here, UNTOLD, f"fewer than {MANY} of one fate", 0)
    chance = f"random scores do as well in {percent(found['chance'], 0)} of draws"
    why = f"the whole interval lies above zero, and {chance}"
    if found["worth"] == UNTOLD:
        why = "the interval holds zero" if found["gain_low"] <= 0 else chance
    if found["worth"] == "does not hold":
        nobody = found["nobody"] <= found["everybody"]
        why = "at the assumed costs {} need be asked".format(
            "nobody" if nobody else "everybody, without a score,"
        )
    return Claim(*claim, here, found["worth"], why)


def _of_wording(
    moved: pd.DataFrame, field: str, source: str, says: str, what: str, seen: bool | str
) -> Claim:
    test = f"accounts whose grade hangs on {what}"
    if seen is not True:
        return untested(source, says, test, str(seen))
    columns = [name for name in moved if str(name).startswith(f"{field} ")]
    count = int(moved[columns].any(axis=1).sum())
    if not count:
        return untested(source, says, test, "it makes no difference to a grade here")
    return Claim(source, says, test, f"{count:,}", "does not hold", "the text leaves it open", 0)


def _of_bands(scored: Scored) -> Claim:
    claim = (
        "S002-7b",
        "bands of 10, 20, 30 for arrears, and it is clear how they add",
        "accounts whose grade hangs on replace or cumulate",
    )
    found = two_in_a_row(scored)
    if not found.known:
        return untested(*claim, "no arrears in two months running in the window")
    if not found.numbers["moved"]:
        return untested(*claim, "it makes no difference to a grade here")
    here = f"{found.numbers['moved']:,}, {found.numbers['to_d']:,} of them to D"
    return Claim(*claim, here, "does not hold", "the text leaves it open", 0)


def _of_veto(scored: Scored) -> Claim:
    claim = (
        "S002-7g",
        "an empty section 3 or 5 is grade D",
        "default among the vetoed and the others, and the difference",
    )
    if not scored.record.judged:
        return untested(*claim, _NEEDS_FATES)
    y, veto = scored.fate, scored.known["veto"]
    n, hits = int(veto.sum()), int(y[veto].sum())
    if not n or n == len(y):
        return untested(*claim, "the veto tells no account from another here")
    low, high = confint_proportions_2indep(
        hits, n, int(y[~veto].sum()), len(y) - n, method="newcomb", compare="diff"
    )
    here = (
        f"{hits:,} of {n:,}, and {int(y[~veto].sum()):,} of {len(y) - n:,}; difference "
        f"{percent(flat(low, 3), 0)} to {percent(flat(high, 3), 0)}"
    )
    if scored.few:
        return Claim(*claim, here, UNTOLD, f"fewer than {MANY} of one fate", 0)
    if low > 0:
        return Claim(*claim, here, "holds", "the vetoed default more often")
    if high < 0:
        return Claim(*claim, here, "does not hold", "the vetoed default less often")
    return Claim(*claim, here, UNTOLD, "the difference may be nothing")


def _of_order(scored: Scored) -> Claim:
    claim = ("S002-7g", "six grades, each worse than the one above", "default by grade, its trend")
    found = grades_and_default(scored)
    if not found.known:
        return untested(*claim, "needs two grades with accounts whose fate is known")
    numbers = found.numbers
    level = len(numbers["wrong"])
    here = f"{level} of {numbers['steps']} steps without a rise; p {numbers['chance']}"
    if scored.few:
        return Claim(*claim, here, UNTOLD, f"fewer than {MANY} of one fate", 0)
    steps_of_rule = len(scored.letters) - 1
    looks = 2  # the trend, and the steps, which Holm's allowance holds to one level together
    if numbers["ordered"] and numbers["firm"] == numbers["steps"] == steps_of_rule:
        return Claim(*claim, here, "holds", "every step is more than chance", looks)
    if numbers["ordered"] and numbers["firm"] == numbers["steps"]:
        grades = f"{numbers['steps'] + 1} of {len(scored.letters)}"
        why = f"every step is more than chance, but only {grades} grades have accounts"
        return Claim(*claim, here, "holds in part", why, looks)
    if numbers["falls"]:
        return Claim(*claim, here, "does not hold", "the order is reversed", looks)
    if numbers["fallen"]:
        why = f"default falls at {numbers['fallen']} of {numbers['steps']} steps"
        return Claim(*claim, here, "does not hold", why, looks)
    if numbers["rises"]:
        firm = numbers["firm"] or "none"
        why = f"the whole rise is more than chance, of the {numbers['steps']} steps {firm} alone"
        return Claim(*claim, here, "holds in part", why, looks)
    return Claim(*claim, here, UNTOLD, "no trend to be told from chance", looks)


def _of_specification(ways: Ways) -> Claim:
    claim = (
        "S002-7h",
        "the rule is fully specified",
        "accounts with one grade under every reading",
    )
    settled, n = int((ways.spread.max(axis=1) == 1).sum()), len(ways.spread)
    if settled == n:
        return untested(*claim, "no event here touches what the wording leaves open")
    return Claim(*claim, f"{settled:,} of {n:,}", "does not hold", "grades hang on the reading", 0)


def _of_measures(scored: Scored) -> Claim:
    claim = (
        "S002-7i",
        "treat by grade to avoid risk",
        f"defaulters in the best grade, at most {percent(MISSED, 0)}",
    )
    if not scored.record.judged:
        return untested(*claim, _NEEDS_FATES)
    y = scored.fate
    if scored.grades.loc[y.index].nunique() < 2:
        return untested(*claim, "needs two grades with accounts whose fate is known")
    bad, top = int(y.sum()), scored.letters[0]
    hits = int(((scored.grades.loc[y.index].astype("str") == top) & (y == 1)).sum())
    low, high = proportion_confint(hits, bad, method="wilson")
    here = f"{hits:,} of {bad:,} ({percent(low, 0)} to {percent(high, 0)})"
    if scored.few:
        return Claim(*claim, here, UNTOLD, f"fewer than {MANY} of one fate", 0)
    # at most the limit: what is not in the best grade is at least the rest
    verdict = at_least(1 - high, 1 - low, 1 - MISSED)
    why = {
        "does not hold": "the low grades alone miss many",
        "holds": "the grade finds most of them",
    }.get(verdict, "the interval holds the limit")
    return Claim(*claim, here, verdict, f"{why}; the limit is ours")


def account_review(scored: Scored, ways: Ways) -> Finding:
    """What the account review takes from the lesson."""
    if isinstance(scored, OwnScored):
        return _own_review(scored)
    letters, spread = scored.letters, ways.spread
    ids, grades = scored.scores.index, scored.grades.astype("str")
    frame = pd.DataFrame(
        {
            "account_id": ids,
            "credit_score": scored.scores["score"].round(1).to_numpy(),
            "credit_grade": grades.to_numpy(),
            "credit_veto": np.where(scored.scores["veto"], "yes", "no"),
        }
    )
    for name, order in (("grade_worst", letters[::-1]), ("grade_best", letters)):
        frame[name] = pd.array((spread.loc[ids, order] > 0).idxmax(axis=1).to_numpy(), dtype="str")
    frame["credit_kept_share"] = [
        float(spread.loc[i, letter]) for i, letter in zip(ids, grades, strict=True)
    ]
    frame["appeal"] = np.where(_arguable(ways), "has a case", "-")
    words = {
        "graded": "grade by assumed limits of {} points, D by veto".format(
            ", ".join(f"{limit:g}" for limit in scored.cutoffs.values())
        ),
        "scored": f"points by the written rule (S002-7) as of {scored.record.as_of:%Y-%m-%d}",
        "limits": ", ".join(f"{limit:g}" for limit in scored.cutoffs.values()),
        "combinations": ways.combinations,
    }
    return steps.review(LESSON, frame, words)


def _own_review(scored: OwnScored) -> Finding:
    """The book's own score and rating, or those of the card, for the account review."""
    frame = pd.DataFrame(
        {
            "account_id": scored.scores.index,
            # a score of the book's own may lie between 0 and 1
            "credit_score": scored.scores["score"].round(6).to_numpy(),
            "credit_grade": scored.grades.astype("str").to_numpy(),
        }
    )
    own = scored.record.own
    assert own is not None
    words = {
        "graded": "rating of the book"
        if own.rating is not None
        else "band of the score, the first holds the most points",
        "scored": "score of the book"
        if own.score is not None
        else "place of the rating, the best highest"
        if scored.given
        else "points of a card fitted to the features, on accounts it has not seen",
        "combinations": 0,
    }
    return steps.review(LESSON, frame, words)
