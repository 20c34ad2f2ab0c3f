"""What lesson 05 takes from a book: ties, offers and amounts, the renewal model, and what lifting
pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit

from keyacct_utils.contract.conventions import DAYS_A_YEAR
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.lessons.relationship_levels.renewals import offer_design
from keyacct_utils.lessons.shared.amounts import years_ahead

if TYPE_CHECKING:
    from keyacct_utils.book import Book

VALUE, AGE = "account_value", "months_since_offer"
RATERS = {"bond_level": "first rater", "bond_level_rater2": "second rater"}
RUBRIC = "rubric"
#: Errors are clustered by account; below this many accounts such intervals mean nothing.
FEWEST_ACCOUNTS = 20
#: Months after which a concession counts as worn off.
LONG_RUN = 120.0
#: Draws of the coefficients, and of what a refusal costs, for the interval of a present value.
DRAWS = 200
#: Gaps at which the chance of an account is averaged: so many quantiles of the gaps of the book.
GAPS = 20
#: What lifting an account is assumed to cost, at once and a year; no document gives a cost.
COSTS: Mapping[str, tuple[float, float]] = {
    "social": (0.0, 30_000.0),
    "structural": (250_000.0, 60_000.0),
}
_NUMBERS = ("revenue", "cost")


def called(level: object) -> str:
    """A level as it stands in a sentence."""
    name = rl.LEVEL_NAMES.get(int(str(level)))
    return f"level {level} ({name})" if name else f"level {level}"


@dataclass(frozen=True)
class Bonds:
    """What binds the accounts of a book, and how they answered the offers of rivals."""

    name: str
    currency: str
    #: How a reader sees an account.
    labels: pd.Series
    #: One row per account, as the book has them.
    ties: pd.DataFrame
    #: Levels told from the ties (`rl.score_ties`); empty without a column of the rubric.
    scored: pd.DataFrame
    rubric: tuple[rl.Indicator, ...]
    #: One row per offer with answer, level, gap and, where known, the account value.
    offers: pd.DataFrame
    left_out: int
    #: Whether the level is the one written on the offer; else it is told from the ties.
    by_rater: bool
    has_value: bool
    #: Whether the age of every offer of level 1 is known.
    has_age: bool
    dated: bool
    #: Revenue and cost by account, for one year.
    yearly: pd.DataFrame
    #: Years that these were scaled from; 0 where the ledger has no dates.
    years: float
    has_cost: bool
    #: Revenue by account and whole month; empty without dates.
    months: pd.DataFrame
    #: Rows without a cost in the period of ``yearly``, and their revenue a year.
    uncosted: tuple[int, float] = (0, 0.0)
    #: Whether returns are taken off ("net") or left out ("gross").
    returns: str = "net"
    #: The accounts on the firm's own list of key accounts; None where the book has no list.
    listed: frozenset[str] | None = None

    @property
    def levels(self) -> list[int]:
        """The levels at which offers were made."""
        return [int(level) for level in sorted(self.offers["bond_level"].unique())]

    @property
    def base(self) -> int:
        """The lowest of them."""
        return self.levels[0]

    @property
    def top(self) -> int:
        """The highest of them."""
        return self.levels[-1]

    @property
    def accounts(self) -> int:
        """Accounts with offers."""
        return int(self.offers["account_id"].nunique())

    @property
    def covariates(self) -> list[str]:
        """What is known of an account before it was given its level."""
        return [VALUE] if self.has_value else []

    @property
    def unit(self) -> str:
        """The currency as it follows an amount."""
        return f" {self.currency}" if self.currency else ""

    @cached_property
    def around(self) -> pd.DataFrame:
        """The offers with what their account bought in the year before and in the year after, and
        the year of the offer; none where that is not on record.
        """
        if not self.dated or self.months.empty:
            return self.offers.iloc[:0]
        found = rl.purchases_around(self.offers, self.months)
        return found.assign(year=found["date"].dt.year)

    @cached_property
    def loss(self) -> rl.RefusalLoss | None:
        """What a refusal costs in this book; None where it cannot show it."""
        answers = [self.around[self.around["renewed"] == answer] for answer in (0, 1)]
        if min(side["account_id"].nunique() for side in answers) < FEWEST_ACCOUNTS:
            return None
        return rl.refusal_loss(self.around, self.covariates)

    @property
    def simulated_months(self) -> int:
        """Twelve months for each offer that an account has on average: the books of the size check
        have one offer a year.
        """
        return 12 * max(1, round(len(self.offers) / max(1, self.accounts)))

    @property
    def judged(self) -> dict[str, pd.Series]:
        """Each judgement of the level, by account."""
        ties = self.ties.set_index("account_id")
        found = {
            text: ties[name].astype("Int64")
            for name, text in RATERS.items()
            if name in ties and ties[name].notna().any()
        }
        return found | ({RUBRIC: self.scored["level"].astype("Int64")} if len(self.scored) else {})


def bonds(
    opened: Book,
    level_source: str = "rater",
    cut_social: float = rl.CUTS[2],
    cut_structural: float = rl.CUTS[3],
) -> Bonds:
    """What binds the accounts, and how did they answer when a rival undercut?

    Parameters
    ----------
    opened : Book
    level_source : "rater", the level written on the offer, or "rubric", the level told from the
        ties
    cut_social, cut_structural : share of the weight of the social and the structural ties that
        makes a level, above 0 and at most 1

    Raises
    ------
    ValueError
        For another source or a cut that is no share.
    """
    if level_source not in ("rater", RUBRIC):
        raise ValueError(f"level_source is {level_source!r}; use 'rater' or 'rubric'")
    ties, renewals = opened.counted("ties"), opened.counted("renewals")
    rubric = tuple(item for item in rl.INDICATORS if item.column in ties)
    cuts = {2: cut_social, 3: cut_structural}
    rl.check_cuts(cuts)
    scored = rl.score_ties(ties, cuts=cuts) if rubric and len(ties) else pd.DataFrame()
    by_rater = (
        level_source == "rater"
        and opened.has("renewals", "bond_level")
        and bool(renewals["bond_level"].notna().any())
    )
    offers = _offers(ties, renewals, scored, by_rater)
    has_value = VALUE in offers
    level_1 = offers.loc[offers["bond_level"] == 1]
    has_age = AGE in offers and len(level_1) > 0 and bool(level_1[AGE].notna().all())
    if AGE in offers:
        offers[AGE] = offers[AGE].astype(float)
    yearly, years, uncosted = _yearly(opened)
    return Bonds(
        name=opened.name,
        currency=opened.currency,
        labels=opened.labels(),
        ties=ties,
        scored=scored,
        rubric=rubric,
        offers=offers,
        left_out=len(renewals) - len(offers),
        by_rater=by_rater,
        has_value=has_value,
        has_age=has_age,
        dated="date" in offers and bool(offers["date"].notna().all()),
        yearly=yearly,
        years=years,
        has_cost=opened.has("ledger", "cost_goods"),
        months=_months(opened),
        uncosted=uncosted,
        returns=opened.returns,
        listed=_listed(opened),
    )


def _listed(opened: Book) -> frozenset[str] | None:
    if not opened.has("accounts", "listed_ka"):
        return None
    accounts = opened.counted("accounts")
    return frozenset(accounts.loc[accounts["listed_ka"] == 1, "account_id"])


def _offers(
    ties: pd.DataFrame, renewals: pd.DataFrame, scored: pd.DataFrame, by_rater: bool
) -> pd.DataFrame:
    """The offers with answer, level and prices; where the account value is known, those alone."""
    offers = renewals.copy()
    if not by_rater:
        level = scored["level"] if len(scored) else pd.Series(dtype="Int64")
        offers["bond_level"] = offers["account_id"].map(level)
    priced = (offers["our_price"] > 0) & (offers["rival_price"] > 0)
    offers = offers[priced.fillna(False) & offers[["bond_level", "renewed"]].notna().all(axis=1)]
    if VALUE in ties:
        valued = offers.drop(columns=VALUE, errors="ignore").merge(
            ties[["account_id", VALUE]].dropna(), on="account_id"
        )
        if valued[VALUE].nunique() > 1:
            offers = valued
    offers = offers.reset_index(drop=True).astype({"bond_level": int, "renewed": int})
    return offers.assign(gap=rl.price_gap(offers) if len(offers) else pd.Series(dtype=float))


def _yearly(opened: Book) -> tuple[pd.DataFrame, float, tuple[int, float]]:
    """Revenue and cost by account for one year of the book's period, how many years that is, and
    the rows without a cost with their revenue a year.
    """
    start, end = opened.period_dates("book")
    rows = opened.rollup(start=start, end=end, by_line=False)
    dated = opened.has("ledger", "date")
    if dated:  # days before the ledger begins, or after it ends, are no time without a sale
        known = opened.totals().iloc[0]
        first, last = known["first_date"], known["last_date"]
        if start is None or end is None:
            start, end = first, last
        elif pd.notna(first) and (rows["active_months"] > 1).any():
            reached = pd.Period(last, "M").end_time if opened.cut_short() is None else last
            start = max(pd.Timestamp(start), first.replace(day=1))
            end = min(pd.Timestamp(end), pd.Timestamp(reached).normalize())
    years = 0.0
    if start is not None and end is not None and pd.notna(start):
        years = ((pd.Timestamp(end) - pd.Timestamp(start)).days + 1) / DAYS_A_YEAR
        # the posting days of a year need not reach its first and its last day
        years = 1.0 if abs(years - 1) < 0.02 else years
    cost = ["cost"] if opened.has("ledger", "cost_goods") else []
    lacking = (0, 0.0)
    if cost:
        lacking = (int(rows["n_uncosted"].sum()), float(rows["uncosted"].sum() / (years or 1.0)))
    return rows.groupby("account_id")[["revenue", *cost]].sum() / (years or 1.0), years, lacking


def _months(opened: Book) -> pd.DataFrame:
    if not opened.has("ledger", "date"):
        return pd.DataFrame(columns=["account_id", "month", "revenue"])
    rows = opened.rollup(period="month", by_line=False)
    rows = rows[rows["period"] != ""]
    month = pd.PeriodIndex(rows["period"], freq="M").asi8
    months = rows[["account_id", "revenue"]].assign(month=month)
    if opened.cut_short() is not None:  # the last month is not over
        months = months[months["month"] < months["month"].max()]
    return months


Reason = Literal["none", "few", "won", "lost", "separated", "gap", "alike"]


@dataclass(frozen=True)
class Model:
    """The renewal model of a book, or the reason why it has none."""

    bonds: Bonds
    fit: rl.RenewalFit | None
    why: Reason | None = None
    #: Whether the extra of a new offer of level 1 is part of it.
    aged: bool = False

    @property
    def at(self) -> pd.DataFrame:
        """An account of mean value, its offer of level 1 of the median age."""
        offers = self.bonds.offers
        row = {"gap": [0.0]}
        if self.aged:
            row[AGE] = [float(offers.loc[offers["bond_level"] == 1, AGE].median())]
        if self.bonds.has_value:
            row[VALUE] = [float(offers[VALUE].mean())]
        return pd.DataFrame(row)

    @cached_property
    def adjusted(self) -> rl.LevelEffect | None:
        """The effect of the highest level by regression; None where the propensities, which it
        checks too, do not exist.
        """
        bonds = self.bonds
        try:
            return rl.level_effect(
                bonds.offers, "regression", treated=bonds.top, control=bonds.base
            )
        except ValueError:
            return None

    def chances(self, level: int, gaps: object) -> pd.DataFrame:
        """Chance to renew with its interval, for such an account at these gaps."""
        assert self.fit is not None
        where = np.atleast_1d(np.asarray(gaps, dtype=float))
        many = self.at.loc[self.at.index.repeat(len(where))].reset_index(drop=True)
        return rl.renewal_chance(self.fit, many.assign(gap=where), level).assign(gap=where)

    def shares(self, level: int, gaps: ArrayLike) -> pd.DataFrame:
        """Share of the level's own offers renewed, were all at these gaps, with its interval: the
        mean over the values of its accounts and the ages of its offers.
        """
        assert self.fit is not None
        mine = self.bonds.offers[self.bonds.offers["bond_level"] == level]
        if self.aged:  # which only matters at level 1, where it is always known
            mine = mine.assign(**{AGE: mine[AGE].fillna(0.0)})
        return rl.renewal_share(self.fit, mine, gaps, level)


def model(bonds: Bonds, half_life: float | Literal["fit"] = "fit") -> Model:
    """The renewal model: how the chance to renew falls with the gap, level by level.

    Parameters
    ----------
    bonds : Bonds
    half_life : months in which the extra of a new level-1 offer halves, or "fit"
    """
    offers = bonds.offers
    why: Reason | None = None
    if offers.empty:
        why = "none"
    elif bonds.accounts < FEWEST_ACCOUNTS:
        why = "few"
    elif offers["renewed"].nunique() < 2:
        why = "won" if offers["renewed"].iloc[0] else "lost"
    if why:
        return Model(bonds, None, why)
    for life in (half_life, None) if bonds.has_age else (None,):
        try:
            fit = rl.renewal_model(offers, bonds.covariates, half_life=life)
        except ValueError as refused:
            why = _reason(str(refused))
            continue
        return Model(bonds, fit, aged=life is not None)
    return Model(bonds, None, why)


def _reason(refused: str) -> Reason:
    if "separated" in refused:
        return "separated"
    return "gap" if "does not fall" in refused else "alike"


@dataclass(frozen=True)
class Plans:
    """What it would pay to lift each account, by (level now, level then)."""

    model: Model
    of: Mapping[tuple[int, int], pd.DataFrame]
    #: Cost at once and a year, for each lift.
    costs: Mapping[tuple[int, int], tuple[float, float]]
    years: int
    rate: float
    #: What a refusal costs; None where that is not known.
    loss: rl.RefusalLoss | None = None
    #: Why there is none.
    why: Literal["model", "cost", "nobody", "unseen", "free", ""] = ""

    def gained(self, draws: int | None = None) -> dict[tuple[int, int], np.ndarray]:
        """Present values of what each lift gains before its costs (accounts x draws), over the
        model's coefficients and over what a refusal costs, both drawn from their sampling
        distributions.
        """
        fit, loss = self.model.fit, self.loss
        assert fit is not None and loss is not None
        rng, size = np.random.default_rng(0), draws or DRAWS
        drawn = rng.multivariate_normal(
            fit.params.to_numpy(), fit.cov.to_numpy(), size, method="eigh"
        )
        lost = loss.drawn(rng, size).clip(0, 1)
        found = {}
        for pair, plan in self.of.items():
            now, lifted = (drawn_chances(self.model, plan, level, drawn) for level in pair)
            found[pair] = plan["margin"].to_numpy()[:, None] * lost * (lifted - now) * self._annuity
        return found

    def cost(self, pair: tuple[int, int], factor: float = 1.0) -> float:
        """Present value of the cost of one lift, or of so many times its cost."""
        once, year = self.costs[pair]
        return factor * (once + year * self._annuity)

    @property
    def _annuity(self) -> float:
        return float(((1 + self.rate) ** -np.arange(1.0, self.years + 1)).sum())

    def drawn(self, draws: int | None = None) -> dict[tuple[int, int], np.ndarray]:
        """Net present values (accounts x draws) of each lift: see `gained`."""
        return {pair: gain - self.cost(pair) for pair, gain in self.gained(draws).items()}

    @property
    def best(self) -> pd.DataFrame:
        """The best lift of each account: npv, to, and what goes with it."""
        rows = pd.concat(
            [plan.assign(now_at=pair[0], to=pair[1]) for pair, plan in self.of.items()]
        )
        rows = rows.sort_values("npv", ascending=False, kind="stable")
        return rows[~rows.index.duplicated()]


def liftable(model: Model) -> pd.DataFrame:
    """Accounts with offers, amounts and a level: level, margin (a year; missing without costs), the
    account value.
    """
    bonds = model.bonds
    known = bonds.scored[["level"]] if len(bonds.scored) else pd.DataFrame()
    if bonds.by_rater:
        order = bonds.offers.sort_values("date", kind="stable") if bonds.dated else bonds.offers
        latest = order.groupby("account_id")["bond_level"].last()
        index = known.index if len(known) else latest.index
        known = pd.DataFrame({"level": latest.reindex(index)})
    accounts = known.join(bonds.yearly, how="inner")
    if bonds.has_value:
        accounts[VALUE] = bonds.ties.set_index("account_id")[VALUE]
    accounts = accounts.dropna(subset=["level", *bonds.covariates]).astype({"level": int})
    accounts = accounts[accounts["level"].isin(bonds.levels)]
    margin = (accounts["revenue"] - accounts["cost"]).round(2) if bonds.has_cost else np.nan
    return accounts.drop(columns=list(_NUMBERS), errors="ignore").assign(margin=margin)


def _at_all_gaps(model: Model, accounts: pd.DataFrame) -> pd.DataFrame:
    """Each account at so many quantiles of the gaps of the book, its offer old."""
    gaps = model.bonds.offers["gap"].quantile((np.arange(GAPS) + 0.5) / GAPS).to_numpy()
    wide = accounts.loc[accounts.index.repeat(len(gaps))].assign(gap=np.tile(gaps, len(accounts)))
    wide[AGE] = LONG_RUN
    return wide


def mean_chance(model: Model, accounts: pd.DataFrame, level: int) -> np.ndarray:
    """Chance of each account to renew at a level, over the gaps that occur in the book."""
    assert model.fit is not None
    chance = rl.renewal_chance(model.fit, _at_all_gaps(model, accounts), level)["chance"]
    return np.asarray(chance.to_numpy().reshape(len(accounts), GAPS).mean(axis=1))


def drawn_chances(
    model: Model, accounts: pd.DataFrame, level: int, drawn: np.ndarray
) -> np.ndarray:
    """The same chances (accounts x draws) for drawn coefficients."""
    assert model.fit is not None
    x = offer_design(model.fit, _at_all_gaps(model, accounts), level).to_numpy()
    return np.asarray(expit(x @ drawn.T).reshape(len(accounts), GAPS, len(drawn)).mean(axis=1))


def priced(bonds: Bonds, lost: float | Literal["book"]) -> rl.RefusalLoss | None:
    """What a refusal costs: as the book shows it, or as it is assumed; None where neither says.

    Raises
    ------
    ValueError
        For an assumption that is no share.
    """
    if lost == "book":
        return bonds.loss
    if not 0 <= lost <= 1:
        raise ValueError(f"lost is {lost!r}: expected 'book' or a share from 0 to 1")
    change = np.log1p(-lost) if lost < 1 else -np.inf
    return rl.RefusalLoss(lost, lost, lost, float(change), 0.0, np.nan, 0, 0)


def plans(
    model: Model,
    costs: Mapping[str, tuple[float, float]] = COSTS,
    *,
    years: int = 5,
    capital_cost: float = 0.08,
    lost: float | Literal["book"] = "book",
) -> Plans:
    """What would it pay to lift each account to a higher level?

    Parameters
    ----------
    model : Model
    costs : what lifting to "social" and to "structural" is assumed to cost, at once and for each
        year; currency of the book
    years : horizon, from 1 to 30
    capital_cost : yearly cost of capital, a share of 0 or more
    lost : share of a year's purchases that a refusal costs: "book" as the book shows it, or an
        assumption from 0 to 1; nothing is priced where the book shows no loss
    """
    years_ahead("years", years)
    bonds, loss = model.bonds, priced(model.bonds, lost)
    why: Literal["model", "cost", "unseen", "free", ""] = (
        "model"
        if model.fit is None
        else "cost"
        if not bonds.has_cost
        else "unseen"
        if loss is None
        else ""
        if loss.seen
        else "free"
    )
    if why or loss is None:
        return Plans(model, {}, {}, years, capital_cost, loss, why)
    accounts, found, spent = liftable(model), {}, {}
    for now, then in ((1, 2), (1, 3), (2, 3)):
        mine = accounts[accounts["level"] == now]
        if then not in bonds.levels or mine.empty:
            continue
        once, year = spent[now, then] = costs[rl.LEVEL_NAMES[then]]
        mine = mine.assign(now=mean_chance(model, mine, now), lifted=mean_chance(model, mine, then))
        paid = rl.lift_payback(
            mine,
            lost=loss.estimate,
            cost_once=once,
            cost_year=year,
            years=years,
            rate=capital_cost,
        )
        found[now, then] = mine.join(paid)
    return Plans(model, found, spent, years, capital_cost, loss, "" if found else "nobody")
