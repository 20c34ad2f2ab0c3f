"""The steps of lesson 11: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.relationship_stages import (
    LESSON,
    chain_tests,
    chains,
    figures,
    panels,
)
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.claims import (
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

Floats = npt.NDArray[np.float64]
#: Resamples of accounts for an interval, and of arrivals for the test of a change.
DRAWS = 400
#: Fewer accounts than these get no interval and no test; a stage with fewer moves is pointed out.
FEWEST_ACCOUNTS, FEWEST_MOVES = 20, 20
#: More accounts than these are drawn in so many random blocks.
BLOCKS = 2_000
#: A chance of a test that is smaller is told as this one.
LEAST_CHANCE = 1e-6
#: Periods of a year, by the step.
A_YEAR = {"month": 12, "quarter": 4, "half-year": 2, "year": 1}
#: The step of stages of one's own, by the months between their dates.
APART: Mapping[int, str] = {0: "quarter", 1: "month", 3: "quarter", 6: "half-year", 12: "year"}
#: The step by which a ledger is added up.
LEDGER_STEP: Mapping[str, panels.Step] = {
    "month": "month",
    "quarter": "quarter",
    "half-year": "quarter",
    "year": "year",
}
#: After so many periods nobody waits for half of the accounts to be lost.
LONGEST = 400
#: Resamples that differ by less are all the same; a chance that is off by less is one.
SAME, SURE = 1e-12, 1e-6
#: So many periods are as good as all.
FAR = 2**14
#: The stage that is aimed at and the one that counts as lost, where nobody names others.
BEST, LOST = "deep", "lapsed"
#: A difference of a chance that would change no decision.
MARGIN = 0.02


@dataclass(frozen=True)
class Stages(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    returns: str
    #: "month", "quarter" or "year"; "half-year" too, where stages of one's own stand so far apart.
    step: str
    #: The step that was asked for; stages of one's own keep theirs.
    asked: str
    #: Whether the stages are the book's own, or derived from the ledger.
    own: bool
    #: Whether it is known which stage is above which.
    ranked: bool
    #: account_id, period, stage, amount (missing where it is not known); no row where no stage is.
    panel: pd.DataFrame
    #: Stages in their order; the one of most weight, the one that counts as lost, where one begins.
    states: tuple[str, ...]
    best: str
    lost: str
    entry: str
    #: What ``amount`` is: "contribution", "margin", "sales", or empty where nothing is known.
    measure: str
    #: Net sales by account and whole period, where the ledger has dates.
    bought: pd.DataFrame
    #: The same before returns: who was credited more than it bought has bought.
    sold: pd.DataFrame
    rules: Mapping[str, float]
    labels: pd.Series
    #: Periods of the ledger that are not whole; rows without a date; amounts that are missing.
    cut_off: tuple[str, ...]
    undated: int
    blank: int

    @property
    def periods(self) -> list[str]:
        """Labels of the periods in which an account has a stage."""
        return sorted(self.panel["period"].unique())

    @property
    def last(self) -> str:
        """The last of them."""
        return self.periods[-1]

    def spans(self, number: int) -> str:
        """A number of periods in words: "4 quarters"."""
        return count(number, self.step)


class Ends(NamedTuple):
    """The limits of an interval; missing where none can be given (resamples that do not differ say
    nothing).
    """

    low: float
    high: float


@dataclass(frozen=True)
class Chain:
    """The chances that hold, and what each stage brings."""

    #: First period of arrival that counts; empty where all do.
    since: str
    matrix: pd.DataFrame
    counted: pd.DataFrame
    #: Accounts that were seen in each stage and a period later.
    leavers: pd.Series
    #: Mean amount of an account in a period, by stage; empty where no amount is known.
    reward: pd.Series
    #: Stages that nobody was seen in a period before the last: their row is not known.
    unseen: tuple[str, ...]
    #: Matrices and rewards of the resamples; empty where there are too few accounts.
    matrices: Floats
    rewards: Floats

    def ends(self, values: Floats) -> Ends:
        """The limits of what the resamples gave; missing without any."""
        sound = values[np.isfinite(values)]
        if not len(sound) or np.ptp(sound) < SAME:
            return Ends(np.nan, np.nan)
        return Ends(*percentile_limits(sound))

    def chance(self, start: str, end: str) -> tuple[float, float, float]:
        """A chance with its limits: of the resamples; by Wilson's interval where none or all of the
        cases moved so, in which resamples show no spread; missing without resamples. The moves of
        one account hang together, so an account is one case of it, however often it was there.
        """
        row, column = (self.matrix.index.get_loc(name) for name in (start, end))
        value = float(self.matrix.iloc[row, column])
        if not len(self.matrices):
            return value, np.nan, np.nan
        cases = float(self.leavers.iloc[row])
        if 0 < value < 1 or not cases:
            return value, *self.ends(self.matrices[:, row, column])
        low, high = proportion_confint(value * cases, cases, method="wilson")
        return value, float(low), float(high)


def stages(
    opened: Book,
    step: panels.Step = "quarter",
    best: str = BEST,
    lost: str = LOST,
    *,
    silent: int = 1,
    steady: int = 2,
    deep: float = 0.8,
    order: tuple[str, ...] | Literal["own"] = "own",
) -> Stages:
    """In which stage was each account, period by period?

    Parameters
    ----------
    opened : Book
    step : "month", "quarter" or "year", where stages are derived from the ledger.
    best, lost : names of the stage that is aimed at, and of the one that counts as lost.
    silent, steady, deep : rules for stages from the ledger, see `panels.stages_from_amounts`.
    order : stages of one's own from the lowest to the highest, the lost one aside; "own" where the
        names are those of the documents, or where what the stages bring shall order them.

    Raises
    ------
    ValueError
        For an odd rule or step, and where the ledger has no net sales above zero.
    """
    if step not in panels.STEPS:
        raise ValueError(f"step is {step!r}; use 'month', 'quarter' or 'year'")
    rules = {"silent": silent, "steady": steady, "deep": deep}
    for name in ("silent", "steady"):
        if rules[name] < 1:
            raise ValueError(f"{name} is {rules[name]}: expected a number of periods, 1 or more")
    fraction("deep", deep, one=False)
    if best == lost:
        raise ValueError(
            f"best and lost are both {best!r}: the stage that is aimed at is not the one that "
            "counts as lost"
        )
    named = () if order == "own" else tuple(order)
    history = opened.counted("stage_history") if opened.has("stage_history") else pd.DataFrame()
    dated = opened.has("ledger", "date")
    own = len(history) > 0
    asked, unit_step = step, _own_step(history) if own else step
    step = LEDGER_STEP[unit_step]
    ledger = _from_ledger(opened, step) if dated else _Ledger()
    bought, measure = ledger.bought, ledger.measure
    blank = 0
    if own:
        panel, measure = _own(history, unit_step)
        blank = int(panel["amount"].isna().sum()) if measure else 0
        states = _ordered(panel, lost, named)
    else:
        if not len(bought) or not (bought > 0).any(axis=None):
            if not dated or not len(bought.columns):
                panel = pd.DataFrame(columns=["account_id", "period", "stage", "amount"])
            else:
                raise ValueError(
                    "no account has net sales above zero in a whole period: check the sign of the "
                    "amounts, or take another step"
                )
        else:
            panel = _derived(ledger, silent, steady, deep)
        states = panels.STAGES
    _named(best, lost, set(panel["stage"]) if own else set(panels.STAGES))
    return Stages(
        name=opened.name,
        currency=opened.currency,
        returns=opened.returns,
        step=unit_step,
        asked=asked,
        own=own,
        ranked=not own or bool(named or measure) or set(states) <= set(panels.STAGES),
        panel=panel,
        states=states,
        best=best,
        lost=lost,
        entry=_entry(panel, states, best, lost),
        measure=measure,
        bought=bought,
        sold=ledger.sold,
        rules=rules,
        labels=opened.labels(),
        cut_off=ledger.cut_off if not own else (),
        undated=ledger.undated if not own else 0,
        blank=blank,
    )


def _named(best: str, lost: str, there: set[str]) -> None:
    """Refuses a name that somebody set and no stage has; what is left at its default is told later,
    since stages of one's own may have no such one.
    """
    for role, name, default in (("best", best, BEST), ("lost", lost, LOST)):
        alike = [each for each in there if each.strip().casefold() == name.strip().casefold()]
        if there and name not in there and (name != default or alike):
            raise ValueError(
                f"{role} is {name!r}, and no account is ever in a stage of that name: write one "
                f"of {', '.join(map(repr, sorted(there)))}"
            )


@dataclass(frozen=True)
class _Ledger:
    """What was bought, net and before returns, and what is left of it (``amounts``), by account and
    whole period; which of the two is counted; the periods that are not whole, and the rows without
    a date.
    """

    bought: pd.DataFrame = field(default_factory=pd.DataFrame)
    sold: pd.DataFrame = field(default_factory=pd.DataFrame)
    amounts: pd.DataFrame = field(default_factory=pd.DataFrame)
    measure: str = ""
    cut_off: tuple[str, ...] = ()
    undated: int = 0


def _from_ledger(opened: Book, step: panels.Step) -> _Ledger:
    rows = opened.rollup(period=step, by_line=False)
    undated = int(rows.loc[rows["period"] == "", "n_rows"].sum())
    rows = rows[rows["period"] != ""]
    if not len(rows):
        return _Ledger(measure="sales", undated=undated)
    named = sorted(rows["period"].unique())
    known = opened.totals().iloc[0]
    first, last = (pd.Period(known[name], "M") for name in ("first_date", "last_date"))
    last -= int(opened.cut_short() is not None)
    days = {name: opened.period_dates(name) for name in named}
    whole = [
        name
        for name, (start, end) in days.items()
        if first <= pd.Period(start, "M") and pd.Period(end, "M") <= last
    ]
    if not whole:
        return _Ledger(measure="sales", cut_off=tuple(named), undated=undated)
    span = pd.period_range(pd.Period(whole[0]), pd.Period(whole[-1])).astype(str)
    has_margin = opened.has("ledger", "cost_goods") and not float(rows["uncosted"].sum())
    value = "margin" if has_margin and float(rows["margin"].sum()) > 0 else "revenue"
    bought, sold, amounts = (
        rows.pivot_table(index="account_id", columns="period", values=of, aggfunc="sum")
        .reindex(columns=span)
        .fillna(0.0)
        for of in ("revenue", "sold", value)
    )
    left_out = tuple(name for name in named if name not in whole)
    measure = "margin" if value == "margin" else "sales"
    return _Ledger(bought, sold, amounts, measure, left_out, undated)


def _derived(ledger: _Ledger, silent: int, steady: int, deep: float) -> pd.DataFrame:
    wide = panels.stages_from_amounts(
        ledger.bought, sold=ledger.sold, silent=silent, steady=steady, deep=deep
    )
    if wide.isna().all(axis=None):
        return pd.DataFrame(columns=["account_id", "period", "stage", "amount"])
    return panels.as_panel(wide, ledger.amounts)


def _own_step(history: pd.DataFrame) -> str:
    """The step between the dates of the book's own stages."""
    months = (history["quarter"].dt.year * 12 + history["quarter"].dt.month).to_numpy()
    apart = int(np.gcd.reduce(months - months.min()))
    if apart not in APART:
        raise ValueError(
            f"stage_history.quarter: its dates are {apart} months apart; stages are followed by "
            "month, quarter, half-year or year, so write them down at one of these steps"
        )
    return APART[apart]


def _own(history: pd.DataFrame, step: str) -> tuple[pd.DataFrame, str]:
    """The book's own stages: rows, and what they bring."""
    frequency = {"month": "M", "quarter": "Q", "half-year": "Q", "year": "Y"}[step]
    panel = pd.DataFrame(
        {
            "account_id": history["account_id"],
            "period": history["quarter"].dt.to_period(frequency).astype(str),
            "stage": history["stage"].astype("str"),
            "amount": history.get("contribution", np.nan),
        }
    )
    panel = panel.dropna(subset=["stage"]).drop_duplicates(["account_id", "period"], keep="last")
    return panel, "contribution" if panel["amount"].notna().any() else ""


def _ordered(panel: pd.DataFrame, lost: str, order: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Stages as they were ordered, or in the order of the documents; others by what they bring, the
    lost one last.
    """
    there = set(panel["stage"])
    if order:
        if set(order) - {lost} != there - {lost} or len(set(order)) < len(order):
            raise ValueError(
                f"order names {', '.join(map(repr, order))}; the stages are "
                f"{', '.join(map(repr, sorted(there - {lost})))}, each of them once"
            )
        return (*(name for name in order if name != lost), *({lost} & there))
    if there <= set(panels.STAGES):
        return tuple(name for name in panels.STAGES if name in there)
    mean = panel.groupby("stage")["amount"].mean().fillna(0.0)
    ordered = mean.sort_index().sort_values(kind="stable").index
    return (*(name for name in ordered if name != lost), *({lost} & there))


def _entry(panel: pd.DataFrame, states: tuple[str, ...], best: str, lost: str) -> str:
    """The stage in which most accounts begin or begin again."""
    if panels.STAGES[0] in states:
        return panels.STAGES[0]
    others = [name for name in states if name not in (best, lost)] or list(states)
    first = panel.sort_values("period", kind="stable").drop_duplicates("account_id")["stage"]
    begun = first[first.isin(others)].value_counts().sort_index()
    return str(begun.idxmax()) if len(begun) else others[0]


def _moves(found: Stages) -> panels.Moves | None:
    """All moves from a period to the next; none where nobody is seen in two."""
    if not len(found.panel):
        return None
    moved = panels.moves(found.panel, found.states)
    return moved if len(moved.before) else None


def _nothing(found: Stages) -> Finding:
    """Why there is no chain on this book."""
    if not len(found.panel):
        return unknown(
            "Stages take a dated ledger of {needed} whole {step}s or more, or the table "
            "stage_history; a shorter step would give more of them.",
            needed=int(found.rules["steady"]) + 1,
            step=found.step,
        )
    return unknown(
        "No account has a stage in two {step}s that follow each other: more {step}s would show "
        "moves.",
        step=found.step,
    )


def _no_stage(found: Stages, *names: str) -> Finding | None:
    """Why a step that asks for these stages has no answer; None where the book has them all."""
    for name, role in ((found.best, "best"), (found.lost, "lost")):
        if role in names and name not in set(found.panel["stage"]):
            return unknown(
                "No account is ever in a stage called {name}: set {role} to one of {states:names}."
                if found.own
                else "By the rules of this lesson no account of this ledger is ever in {name}, so "
                "there is nothing to say of it.",
                name=name,
                role=role,
                states=sorted(set(found.panel["stage"])),
            )
    return None


def book_in_numbers(found: Stages) -> Finding:
    """Which book, which stages, over which time?"""
    rules = found.rules
    numbers: dict[str, Any] = {
        "book": found.name,
        "accounts": found.panel["account_id"].nunique(),
        "step": found.step,
        "spans": found.spans(len(found.periods)) if len(found.panel) else "",
        "from": found.periods[0] if len(found.panel) else "",
        "to": found.last if len(found.panel) else "",
        "states": [name for name in found.states if name in set(found.panel["stage"])],
        "measure": found.measure,
        "left": list(found.cut_off),
        "undated": found.undated,
        "blank": found.blank,
        "silent": found.spans(int(rules["silent"])),
        "steady": found.spans(int(rules["steady"])),
        "deep": rules["deep"],
        "own": "yes" if found.own else "no",
        "asked": found.asked,
    }
    if not len(found.panel):
        says = ["**{book}**: no account has a stage.", *steps.gross(found.returns)]
        return Finding(numbers, tuple(says))
    says = [
        "**{book}**: {accounts:count account} with a stage, {spans} from {from} to {to}"
        + (
            "."
            if found.own
            else ". Every whole {step} from then on counts, whatever period the book names."
        ),
        "The stages are the book's own: {states:names}."
        if found.own
        else "The stages are derived from the ledger: lapsed after {silent} without a purchase; "
        "build until it has bought in {steady} in a row; then deep from the amount on that is "
        "above {deep:percent0} of all such amounts, else stable.",
        *_without_a_stage(found, numbers),
        "What an account brings is its {measure}."
        if found.measure
        else "What an account brings is not known: stage_history.contribution would say.",
        *steps.gross(found.returns if not found.own else "net"),
    ]
    for role, name in (("best", found.best), ("lost", found.lost)):
        if name not in set(found.panel["stage"]) and found.own:
            numbers[role] = name
            says.append(
                "No stage of this book is called {best}, so none is taken as the one that is aimed "
                "at: set `best`. Till then each step says which stage it shows."
                if role == "best"
                else "No stage of this book is called {lost}, so nobody counts as lost: set "
                "`lost`, or moves into that stage count as falls."
            )
    if found.own and found.asked != found.step:
        says.append(
            "They stand one {step} apart, so a step of one {asked} was not used: it counts only "
            "where stages are derived from the ledger."
        )
    if found.cut_off:
        says.append("Not whole, so left out: {left:names}.")
    if found.undated:
        says.append("Rows without a date are left out: {undated}.")
    if found.blank:
        says.append("Rows of stage_history without a contribution count for no mean: {blank}.")
    return Finding(numbers, tuple(says))


def _without_a_stage(found: Stages, numbers: dict[str, Any]) -> list[str]:
    """What is said of the first periods of a ledger, in which nobody can have been steady yet."""
    first = int(found.rules["steady"]) - 1
    if found.own or not first:
        return []
    sums = found.bought.sum()
    numbers |= {"early": found.spans(first), "held": float(sums.iloc[:first].sum() / sums.sum())}
    return [
        "Before that lies the first of them, {early}, in which nobody can have been steady yet: it "
        "gives no stage, and holds {held:percent} of the sales of all whole {step}s."
        if first == 1
        else "Before that lie the first of them, {early}, in which nobody can have been steady "
        "yet: they give no stage, and hold {held:percent} of the sales of all whole {step}s."
    ]


def pencil() -> pd.DataFrame:
    """Five accounts on a napkin: their stages in five quarters."""
    rows = {
        "Anhe": "build stable stable deep deep",
        "Boda": "build build lapsed lapsed build",
        "Chenxi": "stable stable deep stable stable",
        "Dafeng": "deep deep deep deep stable",
        "Enkang": "build stable lapsed lapsed lapsed",
    }
    quarters = [f"2024Q{n}" for n in range(1, 5)] + ["2025Q1"]
    return pd.DataFrame.from_dict(
        {name: text.split() for name, text in rows.items()}, orient="index", columns=quarters
    )


def spread(found: Stages) -> Finding:
    """How many accounts are in each stage, and what do they bring?"""
    if not len(found.panel):
        return _nothing(found)
    rows = {when: found.panel[found.panel["period"] == when] for when in found.periods}
    first, last = rows[found.periods[0]], rows[found.last]
    table = pd.DataFrame(
        {
            "then": first["stage"].value_counts(),
            "now": last["stage"].value_counts(),
        }
    )
    table = table.reindex(found.states).fillna(0).astype(int)
    table["share"] = table["now"] / len(last)
    numbers: dict[str, Any] = {
        "first": found.periods[0],
        "last": found.last,
        "all": len(last),
        "step": found.step,
        "measure": found.measure,
    }
    columns = {
        "then": Shown("accounts in {first}", ",.0f"),
        "now": Shown("accounts in {last}", ",.0f"),
        "share": Shown("share in {last}", "percent"),
        "brings": Shown("{measure} of one in a {step}, mean of all {step}s", "money"),
    }
    says: list[str] = []
    top = str(table["now"].idxmax())
    numbers |= {"top": top, "most": int(table["now"].max()), "part": float(table["share"].max())}
    first_by_far = int((table["now"] == table["now"].max()).sum()) == 1 and len(table) > 1
    says.append(
        "Of {all:count account} in {last}, {part:percent} stand in {top}, more than in any other "
        "stage."
        if first_by_far
        else "Of {all:count account} in {last}, {part:percent} stand in {top}."
    )
    step = table["now"] - table["then"]
    if step.abs().max() > 0:
        moved = str(step.abs().idxmax())
        numbers |= {
            "moved": moved,
            "was": int(table.loc[moved, "then"]),
            "became": int(table.loc[moved, "now"]),
        }
        says.append("Since {first} {moved} changed most, from {was} to {became:count account}.")
    if found.measure:
        sums = last.groupby("stage")["amount"].sum()
        table["brings"] = found.panel.groupby("stage")["amount"].mean().reindex(found.states)
        if found.best in sums and float(sums.sum()) > 0 and (sums >= 0).all():
            numbers |= {
                "best": found.best,
                "held": float(sums[found.best] / sums.sum()),
                "count": int(table.loc[found.best, "now"]),
            }
            says.append(
                "The {count:count account} in {best} bring {held:percent} of the {measure} of that "
                "{step}."
                if numbers["count"] != 1
                else "The one account in {best} brings {held:percent} of the {measure} of that "
                "{step}."
            )
    return Finding(numbers, tuple(says), table.rename_axis("stage"), columns)


def _place(found: Stages, moved: panels.Moves, since: str) -> int:
    """The number of the first period of arrival that counts."""
    return int(moved.periods.get_indexer(pd.Index([since]))[0]) if since else 0


def _blocked(account: npt.NDArray[np.int64], accounts: int) -> npt.NDArray[np.int64]:
    """Numbers of what is drawn: accounts, or random blocks of them where there are many."""
    if accounts <= BLOCKS:
        return account
    block = np.random.default_rng(1).permutation(accounts) % BLOCKS
    return np.asarray(block[account], dtype=np.int64)


def _accounts_of(moved: panels.Moves, late: npt.NDArray[np.bool_], size: int) -> Floats:
    """How many accounts were seen leaving each stage or staying in it; of all periods where none
    was among the chosen ones.
    """

    def of(chosen: npt.NDArray[np.bool_]) -> Floats:
        pairs = np.unique(moved.before[chosen] * len(moved.accounts) + moved.account[chosen])
        return np.bincount(pairs // len(moved.accounts), minlength=size).astype(float)

    some = of(late)
    return np.where(some > 0, some, of(np.ones(len(moved.before), dtype=bool)))


def _chain(found: Stages, since: str, draws: int | None) -> Chain | None:
    """Chances, rewards and resamples from a period of arrival on."""
    moved = _moves(found)
    if moved is None:
        return None
    late = moved.arrival >= _place(found, moved, since)
    size, accounts = len(found.states), len(moved.accounts)
    # where nobody left a stage since, what was seen of it before stands
    whole = chains.counts_of(moved)
    counted = chains.counts_of(moved, late)
    counted = np.where(counted.sum(axis=1, keepdims=True) > 0, counted, whole)
    who_left = _accounts_of(moved, late, size)
    rows = found.panel if not since else found.panel[found.panel["period"] >= since]
    known = rows[rows["amount"].notna()] if found.measure else rows.iloc[:0]
    code = pd.Index(found.states).get_indexer(pd.Index(known["stage"]))
    amount = known["amount"].to_numpy(dtype=float)
    sums = np.bincount(code, amount, minlength=size)
    times = np.bincount(code, minlength=size)
    there = np.isin(np.array(found.states), list(set(found.panel["stage"])))
    if found.measure:
        everywhere = found.panel.groupby("stage")["amount"].mean().reindex(found.states)
        mean = np.where(times > 0, sums / np.where(times > 0, times, 1), everywhere.fillna(0.0))
    else:
        mean = np.zeros(size)
    empty = np.zeros((0, size, size)), np.zeros((0, size))
    drawn = empty
    if accounts >= FEWEST_ACCOUNTS:
        rng = np.random.default_rng(0)
        blocks = min(accounts, BLOCKS)
        weights = drawn_counts(blocks, draws or DRAWS, rng).astype(float)
        place = _blocked(moved.account[late], accounts)
        flat = (place * size + moved.before[late]) * size + moved.after[late]
        each = np.bincount(flat, minlength=blocks * size * size).reshape(blocks, size * size)
        moved_to = (weights @ each).reshape(-1, size, size)
        some = moved_to.sum(axis=2, keepdims=True) > 0
        matrices = np.where(some, moved_to, counted)
        matrices = chains.shares_of_rows(matrices)
        who = _blocked(moved.accounts.get_indexer(pd.Index(known["account_id"])), accounts)
        flat = who * size + code
        of_sums = np.bincount(flat, amount, minlength=blocks * size).reshape(blocks, size)
        of_times = np.bincount(flat, minlength=blocks * size).reshape(blocks, size)
        often = weights @ of_times
        rewards = np.where(often > 0, (weights @ of_sums) / np.where(often > 0, often, 1), mean)
        drawn = matrices, rewards
    names = pd.Index(found.states)[there]
    kept = np.flatnonzero(there)
    inside = counted[np.ix_(kept, kept)]
    return Chain(
        since,
        pd.DataFrame(chains.shares_of_rows(inside), names.rename("from"), names.rename("to")),
        pd.DataFrame(inside, names, names),
        pd.Series(who_left[kept], names),
        pd.Series(mean[kept], names) if found.measure else pd.Series(dtype=float),
        tuple(str(name) for name in names[inside.sum(axis=1) == 0]),
        drawn[0][:, kept][:, :, kept],
        drawn[1][:, kept],
    )


def chances(found: Stages, *, draws: int | None = None) -> Finding:
    """From which stage to which do accounts move, all periods together?

    Parameters
    ----------
    draws : resamples of accounts for the interval.
    """
    chain = _chain(found, "", draws)
    if chain is None:
        return _nothing(found)
    matrix, counted = chain.matrix, chain.counted
    asked = found.best if found.best in matrix.index else str(matrix.index[0])
    left = int(counted.loc[asked].sum())
    numbers: dict[str, Any] = {
        "stage": asked,
        "n": left,
        "moves": int(counted.to_numpy().sum()),
        "step": found.step,
        "stays": float(matrix.loc[asked, asked]),
        "unseen": list(chain.unseen),
        "frame": matrix,
        "few": [str(i) for i in counted.index if 0 < counted.loc[i].sum() < FEWEST_MOVES],
        "fewest": FEWEST_MOVES,
    }
    says = []
    if asked not in chain.unseen:
        ends = Ends(*chain.chance(asked, asked)[1:])
        says.append(
            "An account in {stage} was there a {step} later in {stays:percent} of {n:count case}"
            + (
                "."
                if np.isnan(ends.low)
                else " ({low:percent} to {high:percent} with accounts drawn anew)."
            )
        )
        numbers |= {} if np.isnan(ends.low) else {"low": ends.low, "high": ends.high}
    if chain.unseen:
        says.append(
            "Seen in the last {step} only, so that nothing is known of what follows: "
            "{unseen:names}; the row stands as if it were never left."
        )
    if numbers["few"]:
        says.append("Fewer than {fewest} cases: {few:names}; read these rows with care.")
    picture = Picture(
        lambda title: figures.chance_plot(
            matrix, title, f"stage a {found.step} later", f"stage in a {found.step}"
        ),
        "{stays:percent0} of those in {stage} are there a {step} later"
        if asked not in chain.unseen
        else "Moves from stage to stage in a {step}",
        "Table of chances as colours: stage in a {step} in rows, stage a {step} later in columns; "
        "{stage} to {stage} {stays:percent0}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def flow(found: Stages) -> Finding:
    """How many rise, fall, are lost and come back, period by period?"""
    moved = _moves(found)
    if moved is None:
        return _nothing(found)
    lost = found.states.index(found.lost) if found.lost in found.states else -1
    kinds = {
        "rose": (moved.after > moved.before) & (moved.after != lost) & (moved.before != lost),
        "back": (moved.before == lost) & (moved.after != lost),
        "fell": (moved.after < moved.before) & (moved.before != lost),
        "lost": (moved.after == lost) & (moved.before != lost),
    }
    index = range(1, len(moved.periods))
    table = pd.DataFrame(
        {name: pd.Series(moved.arrival[kind]).value_counts() for name, kind in kinds.items()}
    )
    table = table.reindex(index).fillna(0).astype(int).set_axis(moved.periods[1:])
    kept = table[moved.periods[1:].notna()]
    year = kept.tail(A_YEAR[found.step])
    numbers: dict[str, Any] = {
        **{name: int(year[name].sum()) for name in kinds},
        "spans": found.spans(len(year)),
        "last": str(kept.index[-1]),
        "stay": int((moved.after == moved.before).sum()),
        "all": len(moved.before),
        "frame": kept,
    }
    says = (
        "In the {spans} up to {last}: {rose:count move} up, {fell:count move} down, {lost:count "
        "account} lost, {back:count return}."
        if found.lost in found.states
        else "In the {spans} up to {last}: {rose:count move} up, {fell:count move} down.",
    )
    if not found.ranked:
        numbers["moves"] = numbers["rose"] + numbers["fell"]
        return Finding(
            numbers,
            (
                "In the {spans} up to {last}: {moves:count move} between stages, {lost:count "
                "account} lost, {back:count return}."
                if found.lost in found.states
                else "In the {spans} up to {last}: {moves:count move} between stages.",
                "Which of them lead up is not known: name the stages in `order` from the lowest to "
                "the highest, or give stage_history.contribution.",
            ),
        )
    if not kept.to_numpy().sum():
        return Finding(numbers, ("Nobody changed its stage from one period to the next.",))
    up, down = numbers["rose"] + numbers["back"], numbers["fell"] + numbers["lost"]
    picture = Picture(
        lambda title: figures.flow_plot(kept, title, found.step, "accounts that moved"),
        "More moves led down or out than up or back in the {spans} up to {last}"
        if down > up
        else "More moves led up or back than down or out in the {spans} up to {last}"
        if up > down
        else "As many moves led up or back as down or out in the {spans} up to {last}",
        "Bars for each period: above the line accounts that rose or came back, below it those that "
        "fell or were lost. In the {spans} up to {last}: {rose}, {back}, {fell} and {lost}.",
    )
    return Finding(numbers, says, picture=picture)


def change(
    found: Stages, level: float = 0.05, *, least: float = 0.1, draws: int | None = None
) -> Finding:
    """Do the same chances hold all the time, and if not, from when on do others?

    Parameters
    ----------
    level : chance of a false alarm that is accepted, a fraction.
    least : part of all moves that lies on each side of a period that is tried, which a year at
        least has to do too: so no season is taken for a change.
    draws : how often arrivals are dealt out anew.
    """
    fraction("level", level, one=False)
    if not fraction("least", least, one=False) < 0.5:
        raise ValueError(f"least is {least:g}: each side cannot have half of the moves or more")
    moved = _moves(found)
    if moved is None:
        return _nothing(found)
    if (accounts := len(moved.accounts)) < FEWEST_ACCOUNTS:
        return unknown(
            "Whether the chances changed is tested on {needed} accounts or more; here are "
            "{accounts}.",
            needed=FEWEST_ACCOUNTS,
            accounts=accounts,
        )
    tried = chain_tests.change_in(moved, draws or DRAWS, least, A_YEAR[found.step])
    whole = chain_tests.stationarity_test(found.panel)
    if tried.period is None or np.isnan(whole.p_value):
        return unknown(
            "A change is looked for with {spans} of moves or more on each side, so that no season "
            "is taken for one; this book has {have} of moves, and all of them count.",
            spans=found.spans(A_YEAR[found.step]),
            have=found.spans(len(np.unique(moved.arrival))),
        )
    told = tried.p_value < level
    numbers: dict[str, Any] = {
        "period": str(tried.period),
        "since": str(tried.period) if told else "",
        "told": str(tried.period) if told else "none",
        "p": tried.p_value,
        # rounded up: one of 401 is not at most 0.2 %
        "p_most": float(np.ceil(round(1000 * tried.p_value, 9)) / 1000),
        "statistic": tried.statistic,
        "all": max(whole.p_value, LEAST_CHANCE),
        "draws": draws or DRAWS,
        "n": len(tried.tried),
        "step": found.step,
        "moves": len(moved.before),
        "frame": tried.tried,
        "level": level,
    }
    says = [
        "Each {step} against all: differences as large come by chance in {all:percent} of books "
        "whose chances never change.",
        "**The chances changed with {period}**: of {n:count cut} with a year or more on each side "
        "it has the largest difference, and chance makes one as large in "
        + (
            "at most {p_most:percent} of cases: in none of {draws} that were dealt."
            if tried.p_value < 1.5 / (1 + (draws or DRAWS))
            else "{p:percent} of cases."
        )
        if told
        else "**No change is told**: the largest difference of {n:count cut} with a year or more "
        "on each side is at {period}, and chance makes one as large in {p:percent} of cases.",
    ]
    if told:
        place = _place(found, moved, str(tried.period))
        inner = [
            chain_tests.stationarity_test(part)
            for part in _sides(found, moved, place)
            if part is not None
        ]
        rest = [test.p_value for test in inner if not np.isnan(test.p_value)]
        if rest:
            numbers |= {"inside": min(rest), "parts": len(rest)}
            says.append(
                "Within the two parts no further change shows (the smaller of their chances is "
                "{inside:percent})."
                if min(rest) >= level / len(rest)
                else "Within the parts the chances are not all the same either: there may be more "
                "than one change."
            )
    return Finding(numbers, tuple(says))


def _sides(found: Stages, moved: panels.Moves, place: int) -> list[pd.DataFrame | None]:
    """The rows whose moves lie before a period of arrival, and those from it on."""
    names = moved.periods
    early = found.panel[found.panel["period"].isin(list(names[:place]))]
    late = found.panel[found.panel["period"].isin(list(names[max(place - 1, 0) :]))]
    return [part if part["period"].nunique() > 2 else None for part in (early, late)]


def _since(changed: Finding) -> str:
    return str(changed.numbers.get("since", "")) if changed.known else ""


def memory(found: Stages, changed: Finding) -> Finding:
    """Is today's stage enough, or does the one before it say more?

    Parameters
    ----------
    changed : from `change`; the parts before and after are tested apart.
    """
    moved = _moves(found)
    if moved is None:
        return _nothing(found)
    since = _since(changed) or None
    if len(moved.accounts) < FEWEST_ACCOUNTS or not (moved.earlier >= 0).any():
        return unknown(
            "Memory is tested on {needed} accounts or more that are seen in three {step}s in a "
            "row.",
            needed=FEWEST_ACCOUNTS,
            step=found.step,
        )
    none = chain_tests.order_test(found.panel, 0, since)
    more = chain_tests.order_test(found.panel, 1, since)
    if np.isnan(none.p_value) or np.isnan(more.p_value):
        return unknown("Too few kinds of moves occur to test for memory.")
    numbers: dict[str, Any] = {
        "zero": max(none.p_value, LEAST_CHANCE),
        "one": max(more.p_value, LEAST_CHANCE),
        "moves": more.moves,
        "step": found.step,
        "first_order": "yes" if more.p_value >= 0.05 else "no",
    }
    says = [
        "Today's stage says something of the next one: were it not so, chance would give as much "
        "in {zero:percent} of cases."
        if none.p_value < 0.05
        else "That today's stage says anything of the next one is not told: chance gives as much "
        "in {zero:percent} of cases.",
        "The stage of the {step} before adds nothing that can be told (chance: {one:percent}; "
        "{moves} moves)."
        if more.p_value >= 0.05
        else "**The stage of the {step} before says more** (chance: {one:percent}; {moves} moves). "
        "Accounts of one stage are not alike: read what follows as an average of them, and trust "
        "it less the further it looks.",
    ]
    return Finding(numbers, tuple(says))


def current(found: Stages, changed: Finding, *, draws: int | None = None) -> Chain | None:
    """The chances that hold since the last change, with what each stage brings.

    Parameters
    ----------
    changed : from `change`.
    draws : resamples of accounts for all intervals.
    """
    return _chain(found, _since(changed), draws)


def _counted(found: Stages, stage: str) -> pd.Series:
    """Share of the accounts that are in a stage, by period."""
    here = (found.panel["stage"] == stage).groupby(found.panel["period"]).mean()
    return here.sort_index()


def pooled_misses(found: Stages, changed: Finding) -> Finding:
    """What do chances of all periods together get wrong, where they changed?

    Parameters
    ----------
    changed : from `change`.
    """
    since = _since(changed)
    moved = _moves(found)
    if moved is None:
        return _nothing(found)
    if not changed.known:
        return unknown(
            "Whether the chances changed was not tested, so chances of all {step}s are taken.",
            step=found.step,
        )
    if not since:
        return unknown("No change is told, so chances of all {step}s stand.", step=found.step)
    place = _place(found, moved, since)
    late = moved.arrival >= place
    names = list(found.states)
    parts = {
        "before": chains.shares_of_rows(chains.counts_of(moved, ~late)),
        "since": chains.shares_of_rows(chains.counts_of(moved, late)),
        "pooled": chains.shares_of_rows(chains.counts_of(moved)),
    }
    seen = [chains.counts_of(moved, part).sum(axis=1) > 0 for part in (~late, late)]
    rows = [
        (f"{one} to {other}", *(float(part[i, j]) for part in parts.values()))
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if seen[0][i] and seen[1][i]
    ]
    if not rows:
        return unknown("No stage is left both before {since} and since then.", since=since)
    table = pd.DataFrame(rows, columns=["move", *parts])
    table["off"] = table["pooled"] - table["since"]
    order = (table["since"] - table["before"]).abs().sort_values(ascending=False, kind="stable")
    table = table.loc[order.index].head(6).set_index("move")
    asked = found.best if found.best in set(found.panel["stage"]) else names[0]
    counted = _counted(found, asked)
    periods = [str(name) for name in moved.periods]
    start = found.panel[found.panel["period"] == periods[place - 1]]["stage"].value_counts()
    shares = start.reindex(names).fillna(0) / start.sum()
    ahead = len(periods) - place
    labels = {
        "since": f"chances since {since}",
        "pooled": f"chances of all {found.step}s",
        "before": f"chances before {since}",
    }
    column = names.index(asked)
    lines, ends = {}, {}
    for name, text in labels.items():
        frame = pd.DataFrame(parts[name], names, names)
        path = chains.shares_after(frame, shares, ahead).iloc[:, column]
        lines[text] = path.set_axis(range(place - 1, place + ahead))
        ends[name] = float(path.iloc[-1])
    worst = table.iloc[0]
    numbers: dict[str, Any] = {
        "since": since,
        "step": found.step,
        "stage": asked,
        "move": str(table.index[0]),
        "was": float(worst["before"]),
        "is": float(worst["since"]),
        "mixed": float(worst["pooled"]),
        "last": periods[-1],
        "counted": float(counted.iloc[-1]),
        "forecast": ends["pooled"],
        "old": ends["before"],
        "fitted": ends["since"],
        "ahead": found.spans(ahead),
        "frame": parts,
    }
    says = (
        "Most changed: {move}, from {was:percent} to {is:percent}. All {step}s together say "
        "{mixed:percent}, which held at no time.",
        "From the {step} before {since} on, {ahead} ahead, they put {forecast:percent} of the "
        "accounts in {stage}; the chances of before {old:percent}. Counted are {counted:percent}. "
        "(The chances since then, {fitted:percent}, were fitted to these very {step}s, and those "
        "of all {step}s in part: only those of before foretold anything.)",
    )
    columns = {
        "before": Shown("before {since}", "percent"),
        "since": Shown("since then", "percent"),
        "pooled": Shown("all together", "percent"),
        "off": Shown("all together less since then, points", "points"),
    }
    full = counted.reindex(periods)
    gap = abs(ends["pooled"] - float(counted.iloc[-1]))
    numbers["gap"] = gap
    picture = (
        Picture(
            lambda title: figures.path_plot(
                full, lines, title, found.step, f"share of accounts in {asked}", since
            ),
            "The chances of all {step}s together miss the share in {stage} by {gap:points} points",
            "Share of accounts in {stage} by period as dots, and three paths from before "
            "{since}: with the chances since then {fitted:percent}, of all {step}s "
            "{forecast:percent}, of before {old:percent}; counted {counted:percent}.",
        )
        if full.notna().all()
        else None
    )
    return Finding(numbers, says, table, columns, picture)


def _absorbed(matrix: Floats, lost: int) -> Floats:
    """Matrices (..., stages, stages) with one stage never left."""
    closed = np.array(matrix, dtype=float)
    closed[..., lost, :] = 0.0
    closed[..., lost, lost] = 1.0
    return closed


def _passage(matrices: Floats, target: int) -> Floats:
    """Expected periods to a stage, for many chains; missing where it may never be reached."""
    size = matrices.shape[-1]
    others = np.delete(np.arange(size), target)
    found = np.zeros(matrices.shape[:-1])
    if not len(others):
        return found
    inner = np.eye(size - 1) - matrices[:, others][:, :, others]
    # the chance to arrive at all, and the mean time; a chain that never moves has neither
    right = np.stack([matrices[:, others, target], np.ones((len(matrices), size - 1))], axis=-1)
    solvable = np.abs(np.linalg.det(inner)) > SAME
    both = np.full(right.shape, np.nan)
    both[solvable] = np.linalg.solve(inner[solvable], right[solvable])
    found[:, others] = np.where(np.abs(both[..., 0] - 1) < SURE, both[..., 1], np.nan)
    return found


def _half(matrix: Floats, start: int, lost: int) -> float:
    """Periods after which half of the accounts were lost at least once; missing if too many."""
    closed, now = _absorbed(matrix, lost), np.eye(len(matrix))[start]
    for period in range(1, LONGEST + 1):
        now = now @ closed
        if now[lost] >= 0.5:
            return float(period)
    return np.nan


def _lost_by(matrix: Floats, start: int, lost: int, periods: float) -> float:
    """Chance to be lost at least once within so many whole periods."""
    power = np.linalg.matrix_power(_absorbed(matrix, lost), int(periods + SURE))
    return float(power[start, lost])


def _seen_year(found: Stages, now: Chain) -> pd.DataFrame:
    """Lost at least once within a year, by stage: by the chain, and counted of those that were seen
    for so long since the chances hold; and whether the chain misses what was counted.

    The chain and the count are drawn with the same accounts, so that their difference has an
    interval of its own.
    """
    lost, spans = int(now.matrix.index.get_loc(found.lost)), A_YEAR[found.step]
    names = list(now.matrix.index)
    by_chain = np.linalg.matrix_power(_absorbed(now.matrix.to_numpy(dtype=float), lost), spans)
    moved = _moves(found)
    assert moved is not None
    rows = found.panel.assign(at=panels.clock(found.panel["period"]))
    rows = rows[rows["at"] >= max(_place(found, moved, now.since) - 1, 0)]
    wide = rows.pivot(index="account_id", columns="at", values="stage").reindex(moved.accounts)
    stage = pd.Index(names).get_indexer(pd.Index(wide.to_numpy().ravel())).reshape(wide.shape)
    size, last = len(names), wide.shape[1] - spans
    cases, gone = np.zeros((len(stage), size)), np.zeros((len(stage), size))
    for start in range(max(last, 0)):
        ahead = stage[:, start + 1 : start + 1 + spans]
        seen = (stage[:, start] >= 0) & (ahead >= 0).all(axis=1)
        place = np.flatnonzero(seen), stage[seen, start]
        cases[place] += 1
        gone[place] += (ahead[seen] == lost).any(axis=1)
    table = pd.DataFrame({"chain": by_chain[:, lost], "cases": cases.sum(axis=0)}, names)
    table["counted"] = gone.sum(axis=0) / table["cases"].where(table["cases"] > 0)
    table["off"] = False
    if not len(now.matrices):
        return table
    blocks = min(len(stage), BLOCKS)
    weights = drawn_counts(blocks, len(now.matrices), np.random.default_rng(0)).astype(float)
    block = _blocked(np.arange(len(stage), dtype=np.int64), len(stage))
    of_cases, of_gone = np.zeros((blocks, size)), np.zeros((blocks, size))
    np.add.at(of_cases, block, cases)
    np.add.at(of_gone, block, gone)
    often = weights @ of_cases
    counted = np.where(often > 0, weights @ of_gone, np.nan) / np.where(often > 0, often, 1)
    drawn = np.linalg.matrix_power(_absorbed(now.matrices, lost), spans)[..., lost] - counted
    for number, name in enumerate(names):
        low, high = now.ends(drawn[:, number])
        few = table.loc[name, "cases"] < FEWEST_MOVES
        table.loc[name, "off"] = not few and (low > MARGIN or high < -MARGIN)
    return table


def how_long(found: Stages, now: Chain | None) -> Finding:
    """How long until an account is lost, and how long until it is where we want it?

    Parameters
    ----------
    now : from `current`.
    """
    if now is None:
        return _nothing(found)
    if (lacking := _no_stage(found, "best", "lost")) is not None:
        return lacking
    matrix = now.matrix
    lost, best = (matrix.index.get_loc(name) for name in (found.lost, found.best))
    values = matrix.to_numpy(dtype=float)
    odds = _before(values, best, lost)
    table = pd.DataFrame(
        {
            "lost": _passage(values[None], lost)[0],
            "best": _passage(values[None], best)[0],
            "odds": odds,
        },
        index=matrix.index.rename("stage"),
    )
    table = table.drop(index=found.lost)
    asked = found.best
    numbers: dict[str, Any] = {
        "stage": asked,
        "entry": found.entry,
        "goal": found.best,
        "gone": found.lost,
        "step": found.step,
        "since": now.since,
    }
    year = A_YEAR[found.step]
    gone = float(np.linalg.matrix_power(_absorbed(values, int(lost)), year)[best, lost])
    drawn = np.linalg.matrix_power(_absorbed(now.matrices, int(lost)), year)[:, best, lost]
    ends = now.ends(drawn)
    numbers["year"] = gone
    numbers |= {} if np.isnan(ends.low) else {"year_low": ends.low, "year_high": ends.high}
    says = [
        "Of the accounts in {stage}, {year:percent} are in {gone} at least once within a year"
        + (
            "."
            if np.isnan(ends.low)
            else " ({year_low:percent} to {year_high:percent} with accounts drawn anew)."
        )
    ]
    seen = _seen_year(found, now).loc[asked]
    if seen["cases"]:
        numbers |= {"cases": int(seen["cases"]), "counted": float(seen["counted"])}
        says.append("Counted: {counted:percent} of {cases:count case} that were seen for a year.")
    if seen["off"]:
        numbers |= {"by_chain": gone, "year": float(seen["counted"])}
        says[0] = says[0].replace("Of the", "By the chain, of the").replace("{year:", "{by_chain:")
        says.append(
            "**The chain misses that**: accounts of one stage are not alike, the chances changed, "
            "or seasons count. Trust the count, and no time below further than the chain was right."
        )
    if np.isnan(table.loc[asked, "lost"]):
        says.append(
            "Not every account of {stage} is lost some day by these chances, so no mean time can "
            "be given."
        )
    else:
        numbers["time"] = float(table.loc[asked, "lost"])
        drawn = _passage(now.matrices, lost)[:, best] if len(now.matrices) else np.zeros(0)
        sound = drawn[np.isfinite(drawn)]
        ends = now.ends(drawn) if len(sound) == len(drawn) and len(drawn) else Ends(np.nan, np.nan)
        says.append(
            "If the chances of now hold, an account in {stage} is lost after {time:.1f} {step}s on "
            "average"
            + (
                "."
                if np.isnan(ends.low)
                else " ({low:.1f} to {high:.1f} with accounts drawn anew)."
            )
        )
        numbers |= {} if np.isnan(ends.low) else {"low": ends.low, "high": ends.high}
        half = _half(values, int(best), int(lost))
        if not np.isnan(half):
            numbers["half"] = found.spans(int(half))
            says.append("Half of them are lost within {half}.")
            if half < numbers["time"]:
                numbers["outlast"] = 1 - _lost_by(values, int(best), int(lost), numbers["time"])
                says[-1] = (
                    "Half of them are lost within {half}; {outlast:percent} stay longer than the "
                    "mean and draw it out."
                )
    if found.entry in table.index and found.entry != found.best:
        numbers["first"] = float(table.loc[found.entry, "odds"])
        drawn = _before(now.matrices, int(best), int(lost))
        place = matrix.index.get_loc(found.entry)
        ends = now.ends(drawn[:, place]) if len(drawn) else Ends(np.nan, np.nan)
        says.append(
            "One in {entry} gets to {goal} before it is lost with a chance of {first:percent}"
            + (
                "."
                if np.isnan(ends.low)
                else " ({odds_low:percent} to {odds_high:percent} with accounts drawn anew)."
            )
        )
        numbers |= {} if np.isnan(ends.low) else {"odds_low": ends.low, "odds_high": ends.high}
    numbers["frame"] = table
    columns = {
        "lost": Shown("{step}s until {gone}", ".1f"),
        "best": Shown("{step}s until {goal}", ".1f"),
        "odds": Shown("chance of {goal} before {gone}", "percent"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _before(matrices: Floats, best: int, lost: int) -> Floats:
    """Chance to be in one stage before another, by the stage today, for one chain or many."""
    closed = _absorbed(_absorbed(matrices, best), lost)
    return np.asarray(np.linalg.matrix_power(closed, FAR)[..., best], dtype=float)


def long_run(found: Stages, now: Chain | None) -> Finding:
    """Where does it lead, if the chances stay as they are: with accounts that come back, and
    without?

    Parameters
    ----------
    now : from `current`.
    """
    if now is None:
        return _nothing(found)
    try:
        shares = chains.stationary_shares(now.matrix)
    except ValueError:
        return unknown(
            "Some stages were never left for others, so the long run hangs on where accounts begin."
        )
    last = found.panel[found.panel["period"] == found.last]["stage"].value_counts(normalize=True)
    shares = shares.where(shares.abs() > SAME, 0.0)
    table = pd.DataFrame({"now": last.reindex(now.matrix.index).fillna(0.0), "then": shares})
    moved = str((table["then"] - table["now"]).abs().idxmax())
    numbers: dict[str, Any] = {
        "last": found.last,
        "stage": moved,
        "is": float(table.loc[moved, "now"]),
        "becomes": float(table.loc[moved, "then"]),
        "step": found.step,
        "gone": found.lost,
        "frame": table,
    }
    comes = found.lost in now.matrix.index and now.matrix.loc[found.lost, found.lost] < 1
    says = [
        "With accounts that come back as they do, {becomes:percent} would be in {stage} in the "
        "long run; in {last} it was {is:percent}."
        if comes
        else "If the chances of now hold, {becomes:percent} would be in {stage} in the long run; "
        "in {last} it was {is:percent}."
    ]
    if found.lost in now.matrix.index:
        back = 1 - float(now.matrix.loc[found.lost, found.lost])
        numbers["back"] = back
        if found.lost in now.unseen:
            says.append("Whether accounts come back from {gone} is not seen yet.")
        elif back > 0:
            says.append(
                "In a {step} {back:percent} of the lost come back. Were {gone} the end, all would "
                "be there in the long run: which of the two holds is the first thing to ask."
            )
        else:
            says.append("Nobody was seen coming back from {gone}.")
    columns = {
        "now": Shown("share in {last}", "percent"),
        "then": Shown("share in the long run", "percent"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("stage"), columns, show_table=False)


def _rate(found: Stages, discount: float) -> float:
    """The rate of a period from that of a year."""
    if not 0 < discount <= 1:
        raise ValueError(
            f"discount is {discount:g}: expected a rate a year as a fraction above 0 and up to 1, "
            "such as 0.12 for 12 %"
        )
    return float((1 + discount) ** (1 / A_YEAR[found.step]) - 1)


def _no_amounts(found: Stages) -> Finding:
    return unknown(
        "What a stage brings is not known: stage_history.contribution would allow it."
        if found.own
        else "What a stage brings is not known."
    )


def values(found: Stages, now: Chain | None, discount: float = 0.12) -> Finding:
    """What is an account in each stage worth, with all that may become of it?

    Parameters
    ----------
    now : from `current`.
    discount : rate a year, a fraction above 0; no document names one.
    """
    rate = _rate(found, discount)
    if now is None:
        return _nothing(found)
    if not len(now.reward):
        return _no_amounts(found)
    value = chains.stage_value(now.matrix, now.reward, rate)
    table = pd.DataFrame({"brings": now.reward, "value": value})
    sure = len(now.matrices) > 0
    asked = found.best if found.best in table.index else str(value.idxmax())
    drawn = np.zeros((0, len(value)))
    if sure:
        drawn = chains.worth(now.matrices, now.rewards, rate)
        ends = np.array([now.ends(drawn[:, place]) for place in range(len(value))])
        table["low"], table["high"] = ends[:, 0], ends[:, 1]
        sure = bool(table.loc[asked, ["low", "high"]].notna().all())
    top = table.loc[asked]
    numbers: dict[str, Any] = {
        "stage": asked,
        "value": float(top["value"]),
        "brings": float(top["brings"]),
        "discount": discount,
        "step": found.step,
        "measure": found.measure,
        "unit": found.unit_of_money,
        "since": now.since,
        "frame": table,
    }
    says = [
        "An account in {stage} is worth {value:money}{unit} ({low:money} to {high:money} with "
        "accounts drawn anew), at {discount:percent} a year."
        if sure
        else "An account in {stage} is worth {value:money}{unit} at {discount:percent} a year; no "
        "interval can be given, for the accounts are too few or all alike."
    ]
    numbers |= {"low": float(top["low"]), "high": float(top["high"])} if sure else {}
    if top["brings"] > 0:
        numbers["times"] = float(top["value"] / top["brings"])
        says.append("That is {times:.1f} times what it brings in a {step} ({brings:money}).")
    if found.entry in table.index and found.entry != asked:
        row = table.loc[found.entry]
        numbers |= {
            "entry": found.entry,
            "entry_brings": float(row["brings"]),
            "entry_value": float(row["value"]),
        }
        says.append(
            "One in {entry} costs more than it brings ({entry_brings:money} a {step}) and is worth "
            "{entry_value:money} all the same: for what it may become."
            if row["brings"] < 0 < row["value"]
            else "One in {entry} brings {entry_brings:money} a {step} and is worth "
            "{entry_value:money}."
        )
        says += _over_the_lost(found, now, table, drawn, numbers)
    if now.unseen:
        numbers["unseen"] = list(now.unseen)
        says.append("Taken as never left, since nobody was seen to: {unseen:names}.")
    columns = {
        "brings": Shown(
            "{measure} in a {step} since {since}" if now.since else "{measure} in a {step}", "money"
        ),
        "value": Shown("worth", "money"),
        "low": Shown("from", "money"),
        "high": Shown("to", "money"),
    }
    currency = f", {found.currency}" if found.currency else ""
    picture = (
        Picture(
            lambda title: figures.worth_plot(table, title, f"worth of an account{currency}"),
            "An account in {stage} is worth {value:money}{unit}",
            "Worth of an account by stage with its interval. {stage}: {value:money}, {low:money} "
            "to {high:money}.",
        )
        if sure and table[["low", "high"]].notna().all(axis=None)
        else None
    )
    return Finding(numbers, tuple(says), table.rename_axis("stage"), columns, picture)


def _over_the_lost(
    found: Stages, now: Chain, table: pd.DataFrame, drawn: Floats, numbers: dict[str, Any]
) -> list[str]:
    """What an account where relationships begin is worth more than a lost one, which may come back
    by itself: only that is what bringing it back may cost.
    """
    if found.lost not in table.index or found.lost in now.unseen:
        return []
    lost, entry = (int(table.index.get_loc(name)) for name in (found.lost, found.entry))
    value = table["value"].to_numpy(dtype=float)
    gain, ends = float(value[entry] - value[lost]), now.ends(drawn[:, entry] - drawn[:, lost])
    if not value[lost] > 0 or not gain > 0:
        return []
    numbers |= {"lost": found.lost, "lost_value": float(value[lost]), "gain": gain}
    numbers |= {} if np.isnan(ends.low) else {"gain_low": ends.low, "gain_high": ends.high}
    return [
        "One in {lost} is worth {lost_value:money} too, since accounts come back as they did: to "
        "be in {entry} and not in {lost} is worth {gain:money}"
        + ("." if np.isnan(ends.low) else " ({gain_low:money} to {gain_high:money}).")
        + " What the returns cost is known only as far as the contributions hold it."
    ]


def frozen_list(
    found: Stages,
    now: Chain | None,
    lift: float = 1.0,
    *,
    years: int = 1,
    draws: int | None = None,
) -> Finding:
    """What does a list of key accounts cost that stays as it is for a year?

    Parameters
    ----------
    now : from `current`.
    lift : part of an account's contribution that hangs on being on the list; no document says.
    years : how long the list stays as it is (S000-5e: one).
    draws : resamples of accounts for the interval of what was counted.
    """
    fraction("lift", lift)
    if years < 1:
        raise ValueError(f"years is {years}: expected 1 or more")
    if now is None:
        return _nothing(found)
    if (lacking := _no_stage(found, "best")) is not None:
        return lacking
    if not len(now.reward):
        return _no_amounts(found)
    last = found.panel[found.panel["period"] == found.last]["stage"].value_counts()
    start = last.reindex(now.matrix.index).fillna(0).astype(float)
    if not start[found.best]:
        return unknown(
            "In {last} no account is in {best}: there is nobody to put on a list.",
            last=found.last,
            best=found.best,
        )
    periods = years * A_YEAR[found.step]
    if periods < 2:
        return unknown(
            "A list that is drawn up anew each {step} is the one that stays as it is for {spans}: "
            "a shorter step would tell them apart.",
            step=found.step,
            spans=found.spans(periods),
        )
    table = chains.frozen_list_cost(
        now.matrix, now.reward, start, listed=[found.best], periods=periods, lift=lift
    )
    whole, cost = float(table["renewed"].sum()), float(table["cost"].sum())
    if not float(table["frozen"].sum()) > 0:
        return unknown(
            "The accounts listed as {best} would bring {brings:money}{unit} in {spans}: where that "
            "is not above zero, no list of them is worth its places.",
            best=found.best,
            brings=float(table["frozen"].sum()),
            unit=found.unit_of_money,
            spans=found.spans(periods),
        )
    numbers: dict[str, Any] = {
        "places": int(start[found.best]),
        "stage": found.best,
        "spans": found.spans(periods),
        "still": float(table["still"].iloc[-1]),
        "cost": cost,
        "lift": lift,
        "unit": found.unit_of_money,
        "measure": found.measure,
        "last": found.last,
        "step": found.step,
        "frame": table,
    }
    says = [
        "Of {places:count account} listed in {last}, {still:percent} would be in {stage} after "
        "{spans}, by the chances of now."
    ]
    place = np.array([now.matrix.index.get_loc(found.best)])
    ends = Ends(np.nan, np.nan)
    if len(now.matrices):
        drawn = chains.frozen_path(
            now.matrices, now.rewards, start.to_numpy(), place, periods, lift
        )
        ends = now.ends(drawn[:, :, 3].sum(axis=1))
    numbers |= {} if np.isnan(ends.low) else {"low": ends.low, "high": ends.high}
    numbers |= {"missed": cost / lift / whole, "by_chain": cost / lift / whole, "base": cost / lift}
    year = _counted_year(found, now, periods, draws)
    off = year is not None and _chain_is_off(now, year, numbers["still"])
    misses = year is not None and _cost_is_off(now, year)
    says.append(
        (
            "By the chain a list that stays frozen for {spans} costs {cost:money}{unit}"
            if off or misses
            else "**A list that stays frozen for {spans} costs {cost:money}{unit}**"
        )
        + ("" if np.isnan(ends.low) else " ({low:money} to {high:money} with accounts drawn anew)")
        + ": the accounts on it bring {by_chain:percent} less than as many on a list that is drawn "
        "up anew at the end of each {step}, and {lift:percent0} of what an account brings is taken "
        "to hang on the list. In the first {step} both lists are one, so nothing is missed yet."
    )
    if year is not None:
        numbers |= {"then": year.then, "kept": year.kept, "listed": year.listed}
        numbers |= {"was": lift * year.cost, "more": -lift * year.cost}
        says.append(
            (
                "Counted: of {listed:count account} in {stage} in {then}, {kept:percent} were "
                "there in {last}, and the list of {then} would have cost {was:money}{unit} by then"
                if year.cost >= 0
                else "Counted: of {listed:count account} in {stage} in {then}, {kept:percent} were "
                "there in {last}, and by then the list of {then} would have brought "
                "{more:money}{unit} more than a renewed one (cost {was:money})"
            )
            + (
                "."
                if np.isnan(year.low)
                else ": {was_low:money} to {was_high:money} with accounts drawn anew."
            )
        )
        if not np.isnan(year.low):
            numbers |= {"was_low": lift * year.low, "was_high": lift * year.high}
        if year.by_chain > 0 and year.whole > 0:
            numbers |= {"then_chain": lift * year.by_chain, "was_missed": year.cost / year.whole}
            numbers |= {"chain_misses": misses and not off, "counted_base": year.cost}
            says.append(
                "For that same list the chain gives {then_chain:money}{unit}, outside what was "
                "counted: **it misses the list of {then}**. In one list that may be luck; till "
                "another year is counted, {by_chain:percent} by the chain and {was_missed:percent} "
                "as counted are two readings of what is missed, and none is sure."
                if misses and not off
                else "For that same list the chain gives {then_chain:money}{unit}."
            )
    if year is not None and off:
        low, high = proportion_confint(year.kept * year.listed, year.listed, method="wilson")
        numbers |= {"kept_low": float(low), "kept_high": float(high), "base": year.cost}
        numbers["missed"] = year.cost / year.whole if year.whole > 0 else numbers["missed"]
        says.append(
            "**The chain does not describe this list**: of those counted another share stayed "
            "({kept_low:percent} to {kept_high:percent}). Accounts of one stage are not "
            "alike, or seasons count; trust the count."
        )
    columns = {
        "still": Shown("still in {stage}", "percent"),
        "frozen": Shown("frozen list", "money"),
        "renewed": Shown("renewed list", "money"),
        "cost": Shown("cost", "money"),
    }
    picture = Picture(
        lambda title: figures.list_plot(
            table,
            title,
            f"{found.step}s since the list was drawn up",
            f"{found.measure} of the listed" + (f", {found.currency}" if found.currency else ""),
        ),
        "A frozen list: cost of {cost:money} by the chain, of {was:money} as counted"
        if off
        else "A frozen list: cost of {cost:money} by the chain, which misses the list of {then}"
        if misses
        else "A list frozen for {spans} costs {cost:money}{unit}",
        "Pairs of bars for each {step} since the list was drawn up: what the accounts of a renewed "
        "and of a frozen list bring. The difference adds up to {cost:money}.",
    )
    return Finding(numbers, tuple(says), table, columns, picture, show_table=False)


class Year(NamedTuple):
    """A list of a year ago as it really went."""

    then: str
    listed: int
    #: Share of the listed that are in the best stage in the last period.
    kept: float
    #: What a list renewed each period would have brought more, and its interval.
    cost: float
    low: float
    high: float
    #: What the accounts of the renewed list brought.
    whole: float
    #: What the chain says that this same list cost.
    by_chain: float


def _chain_is_off(now: Chain, year: Year, still: float) -> bool:
    """Whether the share that stayed, as counted, is surely another one than that of the chain; not
    asked where the chances changed in between.
    """
    low, high = proportion_confint(year.kept * year.listed, year.listed, method="wilson")
    return (not now.since or now.since <= year.then) and not low <= still <= high


def _cost_is_off(now: Chain, year: Year) -> bool:
    """Whether what the chain says of the list of a year ago lies outside the interval of what was
    counted of that same list; not asked where the chances changed in between.
    """
    if np.isnan(year.low) or (now.since and now.since > year.then):
        return False
    return not year.low <= year.by_chain <= year.high


def _counted_year(found: Stages, now: Chain, periods: int, draws: int | None) -> Year | None:
    """The list of so many periods ago as it went; None where the book is too short, has a gap
    there, or lacks an amount.
    """
    moved = _moves(found)
    if moved is None or len(moved.periods) <= periods:
        return None
    span = [str(name) for name in moved.periods[-1 - periods :]]
    rows = found.panel[found.panel["period"].isin(span)]
    stage = rows.pivot(index="account_id", columns="period", values="stage").reindex(columns=span)
    amount = rows.pivot(index="account_id", columns="period", values="amount").reindex(columns=span)
    listed = (stage[span[0]] == found.best).to_numpy()
    whole = stage.notna().all(axis=1).to_numpy() & amount.notna().all(axis=1).to_numpy()
    if not (listed & whole).any() or (listed & ~whole).any():
        return None
    stage, amount, listed = stage[whole], amount[whole], listed[whole]
    ahead = now.matrix.to_numpy(dtype=float) @ now.reward.to_numpy(dtype=float)
    order = [str(now.matrix.index[place]) for place in np.argsort(-ahead, kind="stable")]
    # the first row is the book as it is, the others are resamples of its accounts
    weights = np.ones((1, len(stage)))
    if len(stage) >= FEWEST_ACCOUNTS:
        blocks = min(len(stage), BLOCKS)
        drawn = drawn_counts(blocks, draws or DRAWS, np.random.default_rng(0))
        place = _blocked(np.arange(len(stage), dtype=np.int64), len(stage))
        weights = np.vstack([weights, drawn[:, place]])
    seats, cost, best = weights @ listed, np.zeros(len(weights)), 0.0
    for before, after in pairwise(span):
        gain = amount[after].to_numpy(dtype=float)
        there = np.stack([(stage[before] == name).to_numpy() for name in order], axis=1)
        accounts = weights @ there
        sums = weights @ (there * gain[:, None])
        taken = np.clip(seats[:, None] - (np.cumsum(accounts, axis=1) - accounts), 0, accounts)
        mean = sums / np.where(accounts > 0, accounts, 1)
        renewed = (taken * mean).sum(axis=1)
        cost, best = cost + renewed - weights @ (listed * gain), best + float(renewed[0])
    ends = now.ends(cost[1:])
    kept = float((stage.loc[listed, span[-1]] == found.best).mean())
    start = stage[span[0]].value_counts().reindex(now.matrix.index).fillna(0).astype(float)
    told = chains.frozen_list_cost(
        now.matrix, now.reward, start, listed=[found.best], periods=periods
    )
    by_chain = float(told["cost"].sum())
    return Year(span[0], int(listed.sum()), kept, float(cost[0]), *ends, best, by_chain)


def other_lifts(
    found: Stages, frozen: Finding, lifts: tuple[float, ...] = (0.05, 0.1, 0.25, 1.0)
) -> Finding:
    """How does the cost of a frozen list move with what hangs on being listed?

    Parameters
    ----------
    frozen : from `frozen_list`.
    """
    if not lifts:
        raise ValueError("lifts is empty: give at least one fraction, as (0.1, 1.0)")
    for lift in lifts:
        fraction("lifts", lift)
    if not frozen.known:
        return Finding(frozen.numbers, unknown=frozen.unknown)
    whole = frozen.numbers["base"]
    if not whole > 0 and not frozen.numbers.get("was_high", np.inf) < 0:
        return unknown(
            "The list of the year that was counted cost no more than a renewed one, but it held "
            "{listed:count account} and chance can do as much: whether anything hangs on this "
            "assumption cannot be told.",
            listed=frozen.numbers.get("listed", frozen.numbers["places"]),
        )
    if not whole > 0:
        return unknown(
            "In the year that was counted the frozen list brought no less than a renewed one, so "
            "nothing hangs on this assumption."
        )
    table = pd.DataFrame({"lift": lifts, "cost": [lift * whole for lift in lifts]})
    numbers = {
        "low": float(table["cost"].min()),
        "high": float(table["cost"].max()),
        "unit": found.unit_of_money,
        "tried": len(table),
    }
    says = [
        "With {tried} assumptions of what hangs on the list, the cost runs from {low:money} to "
        "{high:money}{unit}: it is in proportion to it, and a trial with accounts drawn by lot "
        "would tell which holds."
    ]
    if frozen.numbers.get("chain_misses"):
        numbers |= {"then": frozen.numbers["then"], "counted": frozen.numbers["counted_base"]}
        says.append(
            "That is by the chain; the list of {then} as counted would have cost {counted:money} "
            "with all of it hanging on the list."
        )
    columns = {"lift": Shown("hangs on the list", "percent0"), "cost": Shown("cost", "money")}
    return Finding(numbers, tuple(says), table, columns, show_table=False)


def other_readings(
    found: Stages, now: Chain | None, discounts: tuple[float, ...] = (0.08, 0.12, 0.2)
) -> Finding:
    """How does the worth of a stage move with what no document says?

    Parameters
    ----------
    now : from `current`.
    discounts : rates a year; the middle one stands in the other readings.
    """
    if not discounts:
        raise ValueError("discounts is empty: give at least one rate a year, as (0.08, 0.12)")
    rates = [_rate(found, discount) for discount in discounts]
    if now is None:
        return _nothing(found)
    if not len(now.reward):
        return _no_amounts(found)
    middle = len(rates) // 2
    asked = found.best if found.best in now.matrix.index else str(now.matrix.index[0])
    rate = rates[middle]
    made = {
        f"{percent(discount)} a year": chains.stage_value(now.matrix, now.reward, each)[asked]
        for discount, each in zip(discounts, rates, strict=True)
    }
    at = percent(discounts[middle])
    made[f"{at}, first contribution a {found.step} later"] = chains.stage_value(
        now.matrix, now.reward, rate, first="end"
    )[asked]
    made[f"{at}, three years only"] = chains.stage_value(
        now.matrix, now.reward, rate, horizon=3 * A_YEAR[found.step]
    )[asked]
    if found.lost in now.matrix.index:
        place = now.matrix.index.get_loc(found.lost)
        closed = _absorbed(now.matrix.to_numpy(dtype=float), int(place))
        frame = pd.DataFrame(closed, now.matrix.index, now.matrix.columns)
        made[f"{at}, {found.lost} for good"] = chains.stage_value(frame, now.reward, rate)[asked]
    table = pd.DataFrame({"value": pd.Series(made)}).rename_axis("reading")
    numbers = {
        "stage": asked,
        "tried": len(table),
        "low": float(table["value"].min()),
        "high": float(table["value"].max()),
        "unit": found.unit_of_money,
        "least": str(table["value"].idxmin()),
    }
    says = (
        "In {tried} readings an account in {stage} is worth {low:money} to {high:money}{unit}; "
        "least with {least}.",
    )
    return Finding(numbers, says, table, {"value": Shown("worth of {stage}", "money")})


def _own_stays(found: Stages) -> float | None:
    """Share of the best stage that is there a period later, all periods together."""
    moved = _moves(found)
    if moved is None or found.best not in found.states:
        return None
    row = chains.counts_of(moved)[found.states.index(found.best)]
    return float(row[found.states.index(found.best)] / row.sum()) if row.sum() else None


def other_rules(
    found: Stages,
    rules: tuple[tuple[float, ...], ...] = ((1, 2, 0.8), (2, 2, 0.8), (1, 3, 0.8), (1, 2, 0.9)),
) -> Finding:
    """What would the ledger say by other rules for its stages?

    Parameters
    ----------
    rules : (silent, steady, deep) each, see `panels.stages_from_amounts`.
    """
    for rule in rules:
        if len(rule) != 3 or any(number != int(number) or number < 1 for number in rule[:2]):
            raise ValueError(
                f"rules has {tuple(rule)}: expected silent and steady, whole numbers of periods of "
                "1 or more, and the quantile from which on an account is deep, as (1, 2, 0.8)"
            )
    rows = []
    for silent, steady, deep in rules:
        if not found.bought.shape[1] or not (found.bought > 0).any(axis=None):
            break
        wide = panels.stages_from_amounts(
            found.bought, sold=found.sold, silent=int(silent), steady=int(steady), deep=deep
        )
        if wide.isna().all(axis=None):
            continue
        moved = panels.moves(panels.as_panel(wide), panels.STAGES)
        if not len(moved.before):
            continue
        counted = chains.counts_of(moved)
        active, top = counted[:3].sum(), counted[2].sum()
        rows.append(
            (
                int(silent),
                int(steady),
                deep,
                counted[2, 2] / top if top else np.nan,
                counted[:3, 3].sum() / active if active else np.nan,
            )
        )
    if not rows:
        return unknown(
            "Other rules are tried on a dated ledger of more whole {step}s than this book has.",
            step=LEDGER_STEP[found.step],
        )
    table = pd.DataFrame(rows, columns=["silent", "steady", "quantile", "stays", "lapses"])
    numbers: dict[str, Any] = {"tried": len(table), "step": LEDGER_STEP[found.step]}
    says = ["Rules of {tried} kinds, all of them on the ledger."]
    told = table["lapses"].dropna()
    if len(told) > 1:
        numbers |= {"low": float(told.min()), "high": float(told.max())}
        numbers |= {
            "stay_low": float(table["stays"].min()),
            "stay_high": float(table["stays"].max()),
        }
        says = [
            "By {tried} sets of rules on the ledger, {low:percent} to {high:percent} of the "
            "accounts lapse in a {step}."
            if numbers["high"] > numbers["low"]
            else "By each of {tried} sets of rules on the ledger, {low:percent} of the accounts "
            "lapse in a {step}."
        ]
        if table["stays"].notna().all():
            says.append(
                "Of the deep {stay_low:percent} to {stay_high:percent} stay deep by the ledger."
                if numbers["stay_high"] > numbers["stay_low"]
                else "Of the deep {stay_low:percent} stay deep by the ledger, by each of them."
            )
            if found.own and found.best == BEST and _own_stays(found) is not None:
                numbers["own_stays"] = _own_stays(found)
                says.append(
                    "Of those that are deep by stages of your own {own_stays:percent} stay so for "
                    "a {own_step}: the two are not the same thing."
                )
                numbers["own_step"] = found.step
    columns = {
        "silent": Shown("silent {step}s", ",.0f"),
        "steady": Shown("steady {step}s", ",.0f"),
        "quantile": Shown("deep from", "percent0"),
        "stays": Shown("deep stays deep", "percent"),
        "lapses": Shown("lapse in a {step}", "percent"),
    }
    return Finding(numbers, tuple(says), table, columns)


def long_path(found: Stages, now: Chain | None, years: int = 16) -> Finding:
    """How rare is it to stay so long where relationships begin (S000-12a: sixteen years)?

    Parameters
    ----------
    now : from `current`.
    years : without a break in the stage in which accounts begin, 1 or more.
    """
    if years < 1:
        raise ValueError(f"years is {years}: expected 1 or more")
    if now is None:
        return _nothing(found)
    if found.entry not in now.matrix.index or found.entry in now.unseen:
        return unknown("Nobody was seen leaving or staying in {stage}.", stage=found.entry)
    if not found.own:
        return unknown(
            "By the rule an account leaves {stage} once it has bought in {steady} in a row: how "
            "long a beginning can last, only stages of your own would show.",
            stage=found.entry,
            steady=found.spans(int(found.rules["steady"])),
        )
    stays = float(now.matrix.loc[found.entry, found.entry])
    numbers = {
        "stage": found.entry,
        "stays": stays,
        "step": found.step,
        "chance": stays ** (years * A_YEAR[found.step] - 1),
        "spans": found.spans(years * A_YEAR[found.step]),
    }
    numbers["moves"] = years * A_YEAR[found.step] - 1
    says = [
        "With a chance of {stays:percent} to stay in {stage} for one more {step}, {chance:percent} "
        "of those that begin there would be there for {spans} or more without a break: "
        "{moves:count time} they would have to stay."
    ]
    if 0 < numbers["chance"] < 1e-4:
        numbers["one_in"] = 1 / numbers["chance"]
        says.append("That is one of {one_in:money}.")
    return Finding(numbers, tuple(says))


def claims(found: Stages, changed: Finding, remembered: Finding, now: Chain | None) -> Finding:
    """What the documents claim of stages, each with its test on this book."""
    return steps.verdicts(
        [
            _of_lost(found, now),
            _of_chain(changed, remembered),
            _of_list(found),
            _of_moving(found, now),
            untested(
                "S000-12a",
                "sixteen years to begin, two to cooperate, then a strategic partner",
                "the same path in many accounts",
                "a case of one client",
            ),
            untested(
                "S003-5d",
                "selling turns from transactions to relationships",
                "what changed where a firm turned",
                "no book shows a firm that turned beside one that did not",
            ),
            _of_reset(found, now),
            _of_forecast(found, changed),
        ]
    )


def _told(
    now: Chain | None,
    claim: tuple[str, str, str],
    told: tuple[float, float, float],
    bar: float,
) -> Claim:
    """Whether a chance is at least a bar, by its interval."""
    if now is None or not len(now.matrices):
        return untested(*claim, f"needs moves of {FEWEST_ACCOUNTS} accounts")
    if np.isnan(told[0]):
        return untested(*claim, "needs accounts in that stage")
    return Claim(*claim, with_interval(*told, form="percent"), at_least(told[1], told[2], bar, 0.0))


def _of_lost(found: Stages, now: Chain | None) -> Claim:
    claim = (
        "S000-2c",
        "customers of transactions come and go, one of a relationship that leaves is lost for good",
        "share of the lost that come back in a period: none",
    )
    if now is not None and found.lost in now.unseen:
        return untested(*claim, "nobody was seen after it was lost")
    if now is None or not len(now.matrices) or found.lost not in now.matrix.index:
        return untested(*claim, f"needs a lost stage and {FEWEST_ACCOUNTS} accounts")
    stays, low, high = now.chance(found.lost, found.lost)
    return Claim(
        *claim,
        with_interval(1 - stays, 1 - high, 1 - low, form="percent"),
        by_interval(1 - high, 1 - low, 0.0, MARGIN),
        f"none is up to {percent(MARGIN, 0)} here",
    )


def _of_chain(changed: Finding, remembered: Finding) -> Claim:
    claim = (
        "S000-3c",
        "a Markov model describes how customers move",
        "tests that the stage of today is enough and that the chances stay",
    )
    if not (changed.known or remembered.known):
        return untested(*claim, f"needs {FEWEST_ACCOUNTS} accounts over several periods")
    tests = int(changed.known) + int(remembered.known)
    since = _since(changed)
    more = remembered.known and remembered.numbers["first_order"] == "no"
    told = changed.numbers["told"] if changed.known else "not tested"
    memory_of = "more" if more else "one period" if remembered.known else "not tested"
    here = f"change: {told}; memory: {memory_of}"
    if more:
        why = "the stage before says more"
        if not changed.known:
            why += ", or the chances changed: the book is too short to tell which"
        return Claim(*claim, here, "does not hold", why, tests)
    if since:
        return Claim(*claim, here, "holds in part", f"in two parts, cut at {since}", tests)
    why = "nothing speaks against it, which is no proof"
    if tests < 2:
        why = "one of the two tests could not be made, and the other speaks not against it"
    return Claim(*claim, here, UNTOLD, why, tests)


def _of_list(found: Stages) -> Claim:
    claim = (
        "S000-5e",
        "a list fixed for a year misses growers and keeps decliners",
        "share of the best stage of a year before that has left it, and of those there now that "
        "were not in it then: each at least a tenth",
    )
    moved, periods = _moves(found), A_YEAR[found.step]
    if moved is None or len(moved.periods) <= periods or len(moved.accounts) < FEWEST_ACCOUNTS:
        return untested(*claim, f"needs more than a year of {FEWEST_ACCOUNTS} accounts")
    rows = found.panel.set_index("account_id")
    then = rows["period"] == str(moved.periods[-1 - periods])
    listed = rows.index[then & (rows["stage"] == found.best)]
    after = rows.loc[rows["period"] == found.last, "stage"].reindex(listed).dropna()
    if not len(after):
        return untested(*claim, "nobody was in the best stage a year before")
    before = rows.loc[rows["period"] == str(moved.periods[-1 - periods]), "stage"]
    on_it = rows.index[(rows["period"] == found.last) & (rows["stage"] == found.best)]
    earlier = before.reindex(on_it).dropna()
    told, verdicts = [], []
    for word, part in (("left", after), ("new", earlier)):
        if not len(part):
            told.append(f"{word}: nobody was seen")
            verdicts.append(UNTOLD)
            continue
        other = int((part != found.best).sum())
        low, high = map(float, proportion_confint(other, len(part), method="wilson"))
        told.append(f"{word}: {with_interval(other / len(part), low, high, form='percent')}")
        verdicts.append(at_least(low, high, 0.1))
    here, kinds = "; ".join(told), set(verdicts)
    verdict: Verdict = verdicts[0] if len(kinds) == 1 else UNTOLD
    if len(kinds) == 2 and "holds" in kinds:
        verdict = "holds in part"
    return Claim(*claim, here, verdict, tests=sum(map(bool, (len(after), len(earlier)))))


def _of_moving(found: Stages, now: Chain | None) -> Claim:
    claim = (
        "S000-9d",
        "accounts have to be analysed anew, quarter by quarter",
        "share of accounts that change their stage in a period, at least a twentieth",
    )
    if not found.own and found.rules["steady"] > 1:
        return untested(
            *claim, "by the rules every account in build moves on; stages of your own would show it"
        )
    told = np.nan, np.nan, np.nan
    if now is not None:
        last = found.panel[found.panel["period"] == found.last]["stage"]
        weights = last.value_counts(normalize=True).reindex(now.matrix.index).fillna(0.0)
        stays = np.einsum("cii->ci", now.matrices) @ weights.to_numpy()
        here = float(np.diag(now.matrix.to_numpy(dtype=float)) @ weights.to_numpy())
        told = 1 - here, *now.ends(1 - stays)
        if len(now.matrices) and 1 - here < SAME:
            # nobody ever moved, so resamples show no spread; an account is one case
            accounts = found.panel["account_id"].nunique()
            low, high = proportion_confint(0, accounts, method="wilson")
            told = 0.0, float(low), float(high)
    return _told(now, claim, told, 0.05)


def _of_reset(found: Stages, now: Chain | None) -> Claim:
    claim = (
        "S003-7a",
        "a change of market or people may put a relationship back to the beginning",
        "chance to fall from the best stage to where accounts begin, at least 1 % in a period",
    )
    if not found.own and found.rules["steady"] > 1:
        return untested(
            *claim, "derived stages put only those back that were lost; stages of your own would"
        )
    told = np.nan, np.nan, np.nan
    there = set() if now is None else set(now.matrix.index) - set(now.unseen)
    if now is not None and {found.best, found.entry} <= there and found.best != found.entry:
        told = now.chance(found.best, found.entry)
    said = _told(now, claim, told, 0.01)
    if said.verdict != "holds":
        return said
    return said._replace(
        verdict="holds in part",
        why="they fall back so; that market or people did it, no table says",
    )


def _of_forecast(found: Stages, changed: Finding) -> Claim:
    claim = (
        "S001-1e",
        "consumption and class of an account can be forecast",
        "share in the best stage at the end, forecast with the chances of before",
    )
    if not changed.known or not changed.numbers["since"]:
        return untested(*claim, "needs a part of the book that the chances were not taken from")
    missed = pooled_misses(found, changed).numbers
    off = missed["old"] - missed["counted"]
    here = f"{percent(missed['old'])} forecast, {percent(missed['counted'])} counted"
    n = found.panel.loc[found.panel["period"] == found.last, "account_id"].nunique()
    share = missed["counted"]
    wide = 1.96 * float(np.sqrt(max(share * (1 - share), 1 / n) / n))
    verdict = by_interval(off - wide, off + wide, 0.0, MARGIN)
    why = "one forecast of one stage, across a change of the chances: within them it was not tried"
    return Claim(*claim, here, "does not hold" if verdict == "does not hold" else UNTOLD, why)


def account_review(found: Stages, now: Chain | None, discount: float = 0.12) -> Finding:
    """What the account review takes from the lesson.

    Parameters
    ----------
    now : from `current`.
    discount : rate a year.
    """
    rate = _rate(found, discount)
    if now is None:
        return _nothing(found)
    moved = _moves(found)
    assert moved is not None
    last = found.panel[found.panel["period"] == found.last].set_index("account_id")["stage"]
    frame = pd.DataFrame({"stage": last, "stage_since": _since_when(found).reindex(last.index)})
    if found.lost in now.matrix.index:
        seen = _seen_year(found, now).drop(found.lost)
        chance = seen["chain"].where(~seen["off"].astype(bool), seen["counted"])
        frame["lost_in_a_year"] = last.map(chance)
    if len(now.reward):
        value = chains.stage_value(now.matrix, now.reward, rate)
        frame["stage_worth"] = last.map(value).round(2)
        if len(now.matrices):
            drawn = chains.worth(now.matrices, now.rewards, rate)
            ends = np.array([now.ends(drawn[:, n]) for n in range(len(value))])
            for number, name in enumerate(("stage_worth_low", "stage_worth_high")):
                frame[name] = last.map(pd.Series(ends[:, number], value.index)).round(2)
    words = {
        "last": found.last,
        "step": found.step,
        "lost": found.lost,
        "measure": found.measure,
        "discount": discount,
        "currency": found.currency or "currency of the book",
        "whose": "the book's own" if found.own else "derived from the ledger",
    }
    return steps.review(LESSON, frame.sort_index().rename_axis("account_id").reset_index(), words)


def _since_when(found: Stages) -> pd.Series:
    """Periods in a row that each account is in its stage, up to the last."""
    rows = found.panel.assign(at=panels.clock(found.panel["period"]))
    rows = rows.sort_values(["account_id", "at"], kind="stable")
    same = (rows["account_id"] == rows["account_id"].shift()) & (
        rows["at"] == rows["at"].shift() + 1
    )
    new = ~(same & (rows["stage"] == rows["stage"].shift()))
    run = rows.groupby(new.cumsum()).cumcount() + 1
    return run.groupby(rows["account_id"]).last()


__all__ = [
    "Chain",
    "Stages",
    "account_review",
    "book_in_numbers",
    "chances",
    "change",
    "claims",
    "current",
    "flow",
    "frozen_list",
    "how_long",
    "long_path",
    "long_run",
    "memory",
    "other_lifts",
    "other_readings",
    "other_rules",
    "pencil",
    "pooled_misses",
    "spread",
    "stages",
    "values",
]
