"""Exercises of lesson 05: relationship levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from keyacct_utils.contract.conventions import DAYS_A_YEAR
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.showing.words import money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

VALUE = "account_value"
INSTEAD = "take the bundled book linjiang"
#: Names on the list of 05.1; the chance at which an account counts as lost: in 05.2, and the share of the lesson.
TEN, EMPTY, EMPTY_LESSON = 10, 0.10, 0.05
#: Months after which nothing is left of a new offer's extra, whatever its half-life (at most 36 months).
LONG_RUN = 1200.0
#: 05.3: the terms on trial.
TERMS: dict[str, float] = {"free": 2.0, "share": 0.5, "cap": 4.0}
#: 05.5: how many are lifted, what a shared portal costs (currency), horizon (years) and cost of capital.
LIFTED, MILLION = 20, 1_000_000
COSTS: dict[str, Any] = {"cost_once": 50_000.0, "cost_year": 15_000.0, "years": 5, "rate": 0.08}
#: 05.3 and 05.5: share of a year's purchases that a refusal costs, stated on the sheet; about what the bundled book shows.
LOST = 0.10


def _need(book: Book, **columns: tuple[str, ...]) -> None:
    if lacking := [
        f"{table}.{name}"
        for table, names in columns.items()
        for name in names
        if not book.has(table, name)
    ]:
        raise ValueError(f"it has no {', '.join(lacking)}; {INSTEAD}")


def disputed(book: Book) -> pd.DataFrame:
    """The ties on whose level two raters differ, by account."""
    _need(book, ties=("account_id", "bond_level", "bond_level_rater2"))
    ties = book.counted("ties").sort_values("account_id", kind="stable")
    if (found := ties[(ties["bond_level"] != ties["bond_level_rater2"]).fillna(False)]).empty:
        raise ValueError(f"its two raters agree on every account; {INSTEAD}")
    return found


def _settled(book: Book, cuts: Mapping[int, float] = rl.CUTS) -> dict[str, Any]:
    quarrel = disputed(book)
    levels = rl.score_ties(quarrel, cuts=cuts)["level"]
    by_first = levels == quarrel.set_index("account_id")["bond_level"]
    return {"levels": levels.head(TEN), "first": int(by_first.sum())}


def _social_first(book: Book) -> dict[str, Any]:
    shares = rl.score_ties(disputed(book)).head(TEN)
    return {
        "levels": pd.Series(
            np.select([shares["social"] >= 0.5, shares["structural"] >= 0.5], [2, 3], 1),
            shares.index,
        )
    }


def _first_of_ten(book: Book) -> int:
    """Of the ten on the desk alone, those that the rubric gives the first rater."""
    first = disputed(book).set_index("account_id")["bond_level"]
    return int((_settled(book)["levels"] == first.head(TEN)).sum())


def _other_rater(book: Book) -> dict[str, Any]:
    quarrel = disputed(book).set_index("account_id")
    by_second = rl.score_ties(quarrel.reset_index())["level"] == quarrel["bond_level_rater2"]
    return {"levels": quarrel["bond_level_rater2"].head(TEN), "first": int(by_second.sum())}


@lru_cache(maxsize=4)
def offers_of(book: Book) -> pd.DataFrame:
    """The offers with their gap and the ties of the account, where answer, level and account value are known."""
    _need(book, renewals=("date", "bond_level", "months_since_offer"), ties=("account_id", VALUE))
    offers = book.counted("renewals").merge(
        book.counted("ties"), on="account_id", suffixes=("", "_now")
    )
    offers = offers.dropna(subset=["bond_level", "renewed", VALUE]).reset_index(drop=True)
    if not {1, 2, 3} <= set(offers["bond_level"]):
        raise ValueError(f"its offers do not have all three levels; {INSTEAD}")
    return offers.assign(gap=rl.price_gap(offers))


@lru_cache(maxsize=8)
def fit_of(book: Book, by_value: bool = True, fades: bool = True) -> rl.RenewalFit:
    """The renewal model of the lesson, or one without the account value or without the half-life."""
    half_life: Literal["fit"] | None = "fit" if fades else None
    return rl.renewal_model(offers_of(book), [VALUE] if by_value else [], half_life=half_life)


def _chance(
    fit: rl.RenewalFit, gap: float, level: int = 1, value: float = 0.0, months: float = LONG_RUN
) -> float:
    offer = pd.DataFrame({"gap": [gap], VALUE: value, "months_since_offer": months})
    return float(rl.renewal_chance(fit, offer, level)["chance"].iloc[0])


def _gaps(
    book: Book, share: float = EMPTY, by_value: bool = True, fades: bool = True
) -> dict[str, float]:
    """The gaps at which an account of level 1 has this chance to renew, and its chance at level 3 then."""
    fit, cases = (
        fit_of(book, by_value, fades),
        {"old": (0.0, LONG_RUN), "new": (0.0, 0.0), "good": (1.0, LONG_RUN)},
    )
    gaps = {
        name: float(brentq(lambda gap, case=case: _chance(fit, gap, 1, *case) - share, -200, 200))
        for name, case in cases.items()
    }
    return gaps | {"level_3": _chance(fit, gaps["old"], 3)}


@lru_cache(maxsize=4)
def accounts_of(book: Book) -> pd.DataFrame:
    """Level at the last offer, account value, and revenue and margin a year, of each account that buys in the book's own period."""
    offers, (start, end) = offers_of(book), book.period_dates()
    years = max(1.0, (end - start).days / DAYS_A_YEAR) if start and end else 1.0
    sums = (
        book.rollup(start=start, end=end, by_line=False).set_index("account_id")[
            ["revenue", "cost"]
        ]
        / years
    )
    last = (
        offers.sort_values("date", kind="stable")
        .groupby("account_id")[["bond_level", VALUE]]
        .last()
    )
    return last.join(sums.assign(margin=(sums["revenue"] - sums["cost"]).round(2)), how="inner")


def _covered(book: Book, promised: bool = True) -> pd.DataFrame:
    """The offers of level 1 to accounts that hold a price guarantee, with their amounts."""
    _need(book, ties=("price_guarantee",))
    offers = offers_of(book)
    mine = offers[(offers["bond_level"] == 1) & ((offers["price_guarantee"] == 1) | (not promised))]
    mine = mine.merge(
        accounts_of(book)[["revenue"]].clip(lower=0), left_on="account_id", right_index=True
    )
    if mine.empty:
        raise ValueError(
            f"no account of level 1 with a price guarantee buys in its period; {INSTEAD}"
        )
    return mine.assign(
        amount=mine["revenue"], margin=mine["revenue"]
    )  # all of the sale as margin: what is kept is turnover


def _guarantee(
    book: Book,
    terms: Mapping[str, float] = TERMS,
    promised: bool = True,
    fades: bool = True,
    **changed: float,
) -> dict[str, float]:
    covered = _covered(book, promised).assign(**changed)
    found = rl.guarantee_cost(covered, fit_of(book, fades=fades), **{"lost": LOST, **terms})
    cost, idle, kept = found[["cost", "idle", "kept_margin"]].sum()
    return {"cost": cost / len(found), "idle": idle / cost, "margin_needed": cost / kept}


def _club(book: Book, method: Any, *covariates: str) -> float:
    _need(book, ties=("club_member",))
    offers = offers_of(book).dropna(subset=["club_member"])
    offers = offers.assign(
        level_2=(offers["bond_level"] == 2).astype(int),
        level_3=(offers["bond_level"] == 3).astype(int),
    )
    club: dict[str, Any] = {"treated": 1, "control": 0, "level": "club_member"}
    return rl.level_effect(offers, method, covariates=covariates, **club).estimate


@lru_cache(maxsize=4)
def _club_effects(book: Book) -> dict[str, Any]:
    at_both = _club(book, "regression", VALUE, "level_2", "level_3")
    return {
        "fault": "accounts",
        "same_value": _club(book, "regression", VALUE),
        "same_both": at_both,
    }


@lru_cache(maxsize=8)
def proposed(book: Book, by: str = VALUE) -> pd.DataFrame:
    """The twenty accounts of level 1 with the most of one thing, and their chances to renew, now and lifted to level 3."""
    _need(book, ledger=("cost_goods",))
    frame = accounts_of(book)
    frame = (
        frame[frame["bond_level"] == 1]
        .sort_index()
        .sort_values(by, ascending=False, kind="stable")
        .head(LIFTED)
    )
    if len(frame) < LIFTED:
        raise ValueError(f"it has fewer than {LIFTED} accounts at level 1; {INSTEAD}")
    gaps = offers_of(book)["gap"].to_numpy()
    wide = (
        frame[[VALUE]]
        .loc[frame.index.repeat(len(gaps))]
        .assign(gap=np.tile(gaps, LIFTED), months_since_offer=LONG_RUN)
    )
    chances = [
        rl.renewal_chance(fit_of(book), wide, level)["chance"].groupby(level=0).mean()
        for level in (1, 3)
    ]
    return frame.assign(now=chances[0], lifted=chances[1])


def _pays(frame: pd.DataFrame, **changes: Any) -> dict[str, Any]:
    found = rl.lift_payback(frame, **({"lost": LOST} | COSTS | changes))
    return {"npv": float(found["npv"].sum() / MILLION), "worth": int(found["worth"].sum())}


def _lifting(book: Book) -> dict[str, Any]:
    frame = proposed(book)
    half = _pays(frame.assign(lifted=(frame["now"] + frame["lifted"]) / 2))
    return _pays(frame) | {"worth_half": half["worth"]}


def _naive_lift(book: Book) -> dict[str, Any]:
    """The NPV with the share renewed at each level in place of the model's chances."""
    shares = offers_of(book).groupby("bond_level")["renewed"].mean()
    return {"npv": _pays(proposed(book).assign(now=shares[1], lifted=shares[3]))["npv"]}


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if own["bar"] in range(1, LIFTED + 1):
        return ""
    return (
        f"`bar` is {own['bar']:g}: it is a number of names. Name a whole number from 1 to {LIFTED}."
    )


def _lift_or_not(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for the twenty, and what against them."""
    frame, found = proposed(book), _lifting(book)
    each = rl.lift_payback(frame, lost=LOST, **COSTS)["npv"].sort_values(ascending=False)
    losing = int((frame["margin"] < 0).sum())
    return {
        "yes": [
            f"By the model the {LIFTED} bring an NPV of {money(found['npv'] * MILLION)}; {found['worth']} of them pay.",
            f"The chance to renew rises from {percent(frame['now'].mean(), 0)} to "
            f"{percent(frame['lifted'].mean(), 0)} on average.",
        ],
        "no": [
            f"With half the effect {found['worth_half']} of {LIFTED} pay.",
            f"{losing} of the names lose money today, and without the best three the NPV is {money(each.iloc[3:].sum())}.",
        ],
    }


def _decision_follows(book: Book, answer: Mapping[str, Any]) -> str:
    bar, half, choice = (
        float(answer["bar"]),
        float(answer["worth_half"]),
        answer["choice"].strip().casefold(),
    )
    if (choice == "yes") == (half >= bar):
        return ""
    found = "reach" if half >= bar else "do not reach"
    return f"Your numbers contradict your choice: the names that pay with half the effect {found} your own bar, and you say “{choice}”."


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "05.1", "Ten disputed accounts", "redo by hand",
        (
            Part("levels", "Series of 1, 2, 3 by account_id, ten accounts"),
            Part("first", "of all disputes, those the rubric gives the first rater: a count"),
        ),
        _settled,
        (
            "Begin with structure: count the ties of level 3 that reach their value. Only if they are too few, look at level 2.",
            "Levels 2 and 3 have four ties each. The cut is a half, and it is enough to reach it.",
            "`rl.score_ties` settles all disputes at once. Compare its level with `bond_level`, account by account.",
        ),
        (
            Mistake(lambda book: _settled(book, cuts={2: 0.51, 3: 0.51}), "Here a share has to pass the cut. In the lesson two ties of four are enough: the cut has to be reached."),
            Mistake(_social_first, "This looks at level 2 before level 3. An account with both is structural."),
            Mistake(lambda book: {"levels": disputed(book).set_index("account_id")["bond_level"].head(TEN)}, "This is the first rater. Let the rubric judge."),
            Mistake(_other_rater, "This is the second rater. Let the rubric judge, and count for the first rater."),
            Mistake(lambda book: {"first": _first_of_ten(book)}, "This counts among the ten on her desk. Count among all disputes."),
            Mistake(lambda book: {"first": _settled(book)["first"] / len(disputed(book))}, "This is a share of the disputes. A count is asked."),
            Mistake(lambda book: {"first": int((rl.score_ties(book.counted("ties"))["level"].to_numpy() == book.counted("ties")["bond_level"]).sum())}, "This counts all accounts, also those on which nobody quarrels. Count among the disputes."),
        ),
    ),
    Exercise(
        "05.2", "The gap that loses an account of level 1", "change an assumption",
        (
            Part("old", "old offer, account value 0: percent of our price, 1 decimal", 0.1),
            Part("new", "first day, account value 0: percent of our price, 1 decimal", 0.1),
            Part("good", "old offer, account value 1: percent of our price, 1 decimal", 0.1),
            Part("level_3", "chance at level 3 and the gap `old`: fraction, 3 decimals", 0.001),
        ),
        _gaps,
        (
            "Write the formula of the lesson with 0.1 on its left side and solve it for the gap. Which numbers of the fit does it take?",
            "The gap is the tolerance, plus gamma times the value, plus the slope times ln(0.9 / 0.1).",
            "They are `fit.tolerance`, `fit.value_effects`, `fit.slope`, and for the first day `fit.new_offer`. The last is a whole tolerance, no extra.",
        ),
        (
            Mistake(lambda book: _gaps(book, EMPTY_LESSON), "This is where the chance is one in twenty. Here it is one in ten."),
            Mistake(lambda book: _gaps(book, 0.5), "This is the tolerance: the chance is a half there."),
            Mistake(lambda book: _gaps(book, 1 - EMPTY), "Here the chance is nine in ten: the logarithm has the wrong sign."),
            Mistake(lambda book: {"old": _gaps(book)["old"] - fit_of(book).slope.estimate * math.log(9) * (1 - math.log10(math.e))}, "This takes the common logarithm. The logit takes the natural one."),
            Mistake(lambda book: dict(list(_gaps(book, by_value=False).items())[:2]), "This model does not know the account value, so it mixes the level with the accounts. Put the value in."),
            Mistake(lambda book: {name: _gaps(book, fades=False)[name] for name in ("old", "good", "level_3")}, "This model has no half-life, so its level 1 mixes new offers with old ones. Fit one."),
            Mistake(lambda book: dict.fromkeys(("old", "good"), _gaps(book)["new"]), "This is an offer on its first day. Ask for one that the rival has long copied."),
            Mistake(lambda book: {"new": _gaps(book)["new"] + float(fit_of(book).tolerance["tolerance"][1])}, "`fit.new_offer` is the tolerance on the first day. Do not add that of the long run to it."),
            Mistake(lambda book: dict.fromkeys(("new", "good"), _gaps(book)["old"]), "This is the same as `old`. Something has to differ."),
        ),
    ),
    Exercise(
        "05.3", "A cheaper promise", "change an assumption",
        (
            Part("cost", "a year, mean over the offers covered: currency, no decimals", 0.001, True),
            Part("idle", "part of the cost that is idle: fraction, 3 decimals", 0.001),
            Part("margin_needed", "margin over sales to break even: fraction, 3 decimals", 0.001),
        ),
        _guarantee,
        (
            "Which offers are covered? Those of level 1 to accounts with `price_guarantee`. Each has a gap, and its account a revenue.",
            "`rl.guarantee_cost` takes the three terms as `free`, `share` and `cap`, and wants columns `amount` and `margin`.",
            "Let `margin` be `amount`. Then `kept_margin` is the turnover that the promise keeps, and the margin needed is the cost over it.",
        ),
        (
            Mistake(lambda book: _guarantee(book, {"free": 0.0, "share": 1.0, "cap": 5.0}), "These are the terms of the lesson. Put in the new ones."),
            Mistake(lambda book: _guarantee(book, TERMS | {"free": 2 * TERMS["free"]}), "This halves the whole gap and takes two points off then. Take the two points off first."),
            Mistake(lambda book: _guarantee(book, TERMS | {"cap": TERMS["share"] * TERMS["cap"]}), "This halves the upper limit too. One half of the rest is paid, up to the full limit."),
            Mistake(lambda book: _guarantee(book, TERMS | {"cap": 100.0}), "This promise has no upper limit."),
            Mistake(lambda book: {name: _guarantee(book, promised=False)[name] for name in ("cost", "idle")}, "These are all offers of level 1. Only some of the accounts hold the promise."),
            Mistake(lambda book: _guarantee(book, months_since_offer=LONG_RUN), "This takes the tolerance of the long run for every offer. Take each at its own age."),
            Mistake(lambda book: {name: _guarantee(book, fades=False)[name] for name in ("cost", "margin_needed")}, "This model has no half-life, so a new offer holds no better than an old one. Fit one."),
            Mistake(lambda book: {"cost": float(rl.guarantee_cost(_covered(book), None, **TERMS)["cost"].mean())}, "Here every account stays and is paid. Only those who stay cost anything: give the fit to the function."),
            Mistake(lambda book: {"cost": _guarantee(book)["cost"] * len(_covered(book))}, "This is the sum over the offers. Their mean is asked."),
            Mistake(lambda book: {"cost": _guarantee(book)["cost"] * _guarantee(book)["idle"]}, "The promise pays two kinds of accounts, and both cost: those it keeps, and those who would have stayed anyway."),
            Mistake(lambda book: {"margin_needed": _guarantee(book, TERMS | {"lost": 1.0})["margin_needed"]}, "This takes all the purchases of a year for lost after a refusal. It costs a tenth of them."),
            Mistake(lambda book: {"margin_needed": _guarantee(book)["cost"] / float(_covered(book)["amount"].mean())}, "This divides by all the sales covered. Divide by those that the promise keeps."),
        ),
    ),
    Exercise(
        "05.4", "The club's seventeen points", "find the fault",
        (
            Part("fault", choices=("accounts", "few", "gaps", "rows")),
            Part("same_value", "effect at equal account value: fraction, 3 decimals", 0.001),
            Part("same_both", "effect at equal value and level: fraction, 3 decimals", 0.001),
        ),
        _club_effects,
        (
            "Group the offers by `club_member`: how many there are, of how many accounts, their mean gap, value and level. In what do members differ?",
            '`rl.level_effect` compares any two groups: `treated=1, control=0, level="club_member"`, method "regression".',
            "A level is no quantity. Give it as two columns of 0 and 1, one for level 2 and one for level 3, beside the value.",
        ),
        (
            Mistake(lambda book: dict.fromkeys(("same_value", "same_both"), _club(book, "naive")), "This is the colleague's own number. Nothing is held equal yet."),
            Mistake(lambda book: {"same_value": _club_effects(book)["same_both"]}, "This holds the level equal too. First hold the value alone."),
            Mistake(lambda book: {"same_both": _club_effects(book)["same_value"]}, "This holds the value equal, not the level."),
            Mistake(lambda book: {"same_value": _club(book, "ipw", VALUE), "same_both": _club(book, "ipw", VALUE, "level_2", "level_3")}, "This is the weighted effect. The regression is asked."),
            Mistake(lambda book: {"same_value": _club(book, "ipw", VALUE, "gap"), "same_both": _club(book, "ipw", VALUE, "level_2", "level_3", "gap")}, "This is the weighted effect, with the gap in the weights. The regression is asked."),
            Mistake(lambda book: {"same_both": _club(book, "regression", "level_2", "level_3")}, "This holds the level equal, not the value."),
            Mistake(lambda book: {"same_both": _club(book, "regression", VALUE, "bond_level")}, "This takes the level for a quantity, as if from 1 to 2 were as far as from 2 to 3. Give it as two columns of 0 and 1."),
            Mistake(lambda book: {"fault": "few"}, "Count them: hundreds of accounts on both sides. Look further."),
            Mistake(lambda book: {"fault": "gaps"}, "Compare the mean gaps: they hardly differ. Look further."),
            Mistake(lambda book: {"fault": "rows"}, "Offers are what is renewed, so offers are counted; the lesson does the same. Look further."),
        ),
    ),
    Exercise(
        "05.5", "Twenty accounts to level 3?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "names of 20 that must pay with half the effect: whole number", own=True),
            Part("npv", "of all twenty by the model: currency, millions, 3 decimals", 0.001),
            Part("worth", "names with an NPV above 0 by the model: a count"),
            Part("worth_half", "the same with half the effect: a count"),
            DEFENCE,
        ),
        _lifting,
        (
            "Set `bar` before you compute anything. How sure must the twenty be, if the tie does only half of what it seems to?",
            "For one account: put every gap of `offers` into the formula at its own value, once with the tolerance of level 1 and once with that of level 3, and take the two means.",
            "`rl.lift_payback` takes `margin`, `now` and `lifted`. For half the effect, `lifted` lies halfway between the two chances.",
        ),
        (
            Mistake(lambda book: {"npv": _lifting(book)["npv"] * MILLION}, "This is in yuan. The sheet asks for millions."),
            Mistake(lambda book: {"npv": _lifting(book)["npv"] / MILLION}, "This was divided by a million twice. Millions are asked: once is enough."),
            Mistake(_naive_lift, "These are the naive chances: the plain share renewed at each level, weighted by nothing. Take the model's chances for each account."),
            Mistake(lambda book: {"npv": _pays(proposed(book, "revenue"))["npv"]}, "These are the twenty with the largest revenue. The proposal goes by account value."),
            Mistake(lambda book: {"npv": _pays(proposed(book, "margin"))["npv"]}, "These are the twenty with the largest margin. The proposal goes by account value."),
            Mistake(lambda book: {"npv": _pays(proposed(book), lost=1.0)["npv"]}, "This takes all the margin of a year for lost after a refusal. It costs a tenth of it."),
            Mistake(lambda book: {"npv": _pays(proposed(book), rate=0.0)["npv"]}, "This counts a yuan in five years like one today. Discount at 8 %."),
            Mistake(lambda book: {"worth": int((proposed(book)["margin"] > 0).sum())}, "This counts the accounts with a positive margin. The margin kept must also cover the costs."),
            Mistake(lambda book: {"worth_half": _pays(proposed(book).assign(lifted=proposed(book)["lifted"] / 2))["worth"]}, "This halves the chance itself. Halve its rise: from now to halfway."),
        ),
        _decision_follows,
        _bar_is_sound,
        _lift_or_not,
    ),
    Question("05.q1", "Fourteen per cent cheaper", "b"),
    Question("05.q2", "A fresher score", "d"),
    Question("05.q3", "Accounts that never had it", "c"),
)  # fmt: skip
