"""One account, one story: of all that the lessons say of an account, the one action that comes
first, the rule that decided, and what speaks against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.account_plan import REMIND
from keyacct_utils.lessons.showing.words import count, money, percent
from keyacct_utils.review.account_review import NAME, Recorded, Review
from keyacct_utils.review.changes import Amounts, called
from keyacct_utils.review.columns import KEY_CLASSES, OWN, RETURNED
from keyacct_utils.review.in_short import SENT_BACK
from keyacct_utils.review.page import Line
from keyacct_utils.review.record import ACCOUNT_ID

ACTION, RULE, AGAINST = (column.name for column in OWN)
_MEANINGS = {
    ACTION: "the one action that comes first: a loss is mended before what lesson 21 plans, before "
    "a tie is closer, before the present list, before credit, before care; none where no lesson "
    "suggests one",
    RULE: "which rule decided, with the account's own figures",
    AGAINST: "what other lessons say of the account that speaks for another course",
}
#: Levers of lesson 04 that mend a loss, and the one that ends it.
_LEVERS, _DROP = ("raise price", "cut service", "shorten credit"), "drop"
_NOTHING = "nothing"
#: Of whom there is no action: no cell is empty without a word.
NONE = "none"
#: Recommended where nothing is to be begun.
IDLE = (NONE, "standard service", "hold", "serve cheaply", "keep and watch")
_PLAN = ("plan_rank", "plan_first", "plan_gain", "plan_gain_low", "plan_gain_high", "plan_hours",
         "plan_years", "plan_rests_on", "plan_owner")  # fmt: skip
_NO_RULE, _NO_HOURS = "no lesson suggests an action", " that is known to pay in the hours there are"
_WITH_GROUP = "counts with"
#: An action for a larger part of the accounts than this is no order of work.
_MOST = 0.5
#: What speaks against a course: a loss is mended with care for whoever brings much.
_PLANNED, _DOUBT, _SILENT = "planned", "doubt", "silent"
#: Courses that suppose that the account goes on buying.
_BUYS = ("more", "mend", _PLANNED)
_OTHER = {"more": "less", "less": "more", "mend": "more", _PLANNED: "less"}


def with_returns(review: Review, amounts: Amounts) -> Review:
    """The review with the part of its purchases that each account sent back; unchanged where
    nobody did.
    """
    if amounts.sold is None or amounts.returned is None or not (amounts.returned > 0).any():
        return review
    part = amounts.returned / amounts.sold.where(amounts.sold > 0)
    found = part.reindex(review.accounts[ACCOUNT_ID].astype("object")).to_numpy(float)
    told = Recorded("", RETURNED.name, "returns of the period, share of its sales")
    frame = review.accounts.assign(**{RETURNED.name: found})
    return replace(review, accounts=frame, columns=dict(review.columns) | {RETURNED.name: told})


class _Said(NamedTuple):
    """One thing that a lesson says: of whom, in which words, and for which course it speaks."""

    holds: pd.Series
    words: pd.Series
    course: str


class _Rule(NamedTuple):
    """A rule of the ladder: the action, of whom, why, and which course it takes."""

    holds: pd.Series
    action: pd.Series
    why: pd.Series
    course: str


def with_recommendation(review: Review) -> Review:
    """The review with three columns before all others; unchanged where no lesson decides
    anything.
    """
    rules = list(_rules(review))
    if not rules:
        return review
    index = review.accounts.index
    action, why, course = (pd.Series("", index=index, dtype="object") for _ in range(3))
    for rule in rules:
        mine = rule.holds.fillna(False).astype(bool) & (action == "") & ~review.left
        action[mine], why[mine], course[mine] = rule.action[mine], rule.why[mine], rule.course
    against = _against(review, action, course)
    decided = action != ""
    no_rule = pd.Series(_NO_RULE + _hours(review), index=index, dtype="object").mask(
        review.left, review.gone_rule + _still_in_rhythm(review)
    )
    names = review.accounts.set_index(ACCOUNT_ID)[NAME]
    groups = review.accounts[ACCOUNT_ID].map(dict(review.grouped))
    with_group = groups.map(
        lambda group: f"{_WITH_GROUP} {called(names, str(group))} (group_by)", na_action="ignore"
    )
    no_rule = no_rule.mask(groups.notna(), with_group)
    columns = {
        ACTION: action.where(decided, NONE),
        RULE: why.where(decided, no_rule),
        AGAINST: against.mask(against == "", _NOTHING),
    }
    own = [NAME, ACCOUNT_ID]
    frame = pd.concat(
        [review.accounts[own], pd.DataFrame(columns), review.accounts.drop(columns=own)], axis=1
    )
    told = {name: Recorded("", name, _MEANINGS[name]) for name in columns}
    return replace(review, accounts=frame, columns=told | dict(review.columns))


def _against(review: Review, action: pd.Series, course: pd.Series) -> pd.Series:
    """What speaks against the action of each row, in the words of the lessons that say it."""
    against = pd.Series("", index=action.index, dtype="object")
    for said in _sayings(review):
        other = course.map(_OTHER) == said.course
        doubt = (course != "") & (said.course == _DOUBT)
        doubt |= (course != _PLANNED) & (said.course == _PLANNED) & (course != "")
        doubt |= course.isin(_BUYS) & (action != REMIND) & (said.course == _SILENT)
        mine = said.holds.fillna(False).astype(bool) & (other | doubt)
        joined = against.where(against == "", against + "; ") + said.words
        against = against.mask(mine, joined)
    return against


def _still_in_rhythm(review: Review) -> pd.Series:
    """Of who is gone by the months and not by its own rhythm: both are told; else empty."""
    told = "; not silent too long by its own rhythm" + _silence(review)
    return told.where(_taker(review)("10", "silent") == "no", "")


def _silence(review: Review) -> pd.Series:
    """The days of silence, and from how many on lesson 10 calls them too long."""
    take = _taker(review)
    both = zip(take("10", "silence_days"), take("10", "silence_limit"), strict=True)
    words = [
        f": {days:,.0f} days, too long from {math.ceil(limit):,}"
        if pd.notna(days) and pd.notna(limit)
        else ""
        for days, limit in both
    ]
    return pd.Series(words, index=review.accounts.index, dtype="object") + " (10)"


def over(years: float) -> str:
    """Over which time a planned gain is counted; empty where a run did not record it."""
    return "" if pd.isna(years) else f" over {count(int(years), 'year')}"


def _hours(review: Review) -> str:
    """The plan of lesson 21 leaves out what its hours do not reach."""
    return _NO_HOURS if len(planned(review)) else ""


def planned(review: Review) -> pd.DataFrame:
    """What lesson 21 plans at each account that is not gone: its columns of the review."""
    own = {name: review.column("21", name) for name in _PLAN}
    found = pd.DataFrame(own, index=review.accounts.index)
    return found[found["plan_first"].notna() & found["plan_gain"].notna() & ~review.left]


def actions_counted(review: Review, told_first: bool = False) -> list[Line]:
    """The line that says of how many accounts which action is recommended; none where no lesson
    decides anything.

    Parameters
    ----------
    review : Review
    told_first : bool
        Whether the page says what to do first.
    """
    action = review.column("", ACTION)
    if action is None:
        return []
    counted = action[action != NONE].value_counts().sort_index()
    counted = counted.sort_values(ascending=False, kind="stable")
    told = [f"{number:,} {name}" for name, number in counted.items()]
    gone = int(((action == NONE) & review.left).sum())
    merged = (action == NONE) & ~review.left & _merged(review)
    rest = int((action == NONE).sum()) - gone - int(merged.sum())
    told += [f"{gone:,} none: {review.gone_rule}"] * bool(gone)
    told += [_merged_told(int(merged.sum()))] * bool(merged.any())
    told += [f"{rest:,} none: no lesson suggests one{_hours(review)}"] * bool(rest)
    says = f"Of {count(len(action), 'account')}: {'; '.join(told)}."
    name, most = (str(counted.index[0]), int(counted.iloc[0])) if len(counted) else ("", 0)
    if most > _MOST * len(action) and name not in set(planned(review)["plan_first"]):
        says += (
            f" {name[:1].upper() + name[1:]!r} for more than {percent(_MOST, 0)} of them is no "
            "order of work: each was judged alone, and nobody asked for how many there is time."
        )
        says += " 'What to do first' says where to begin." if told_first else ""
    return [Line("which action for how many", int(counted.sum()), "accounts", says)]


def _merged_told(number: int) -> str:
    return (
        f"{number:,} none: {'it counts' if number == 1 else 'they count'} with another (group_by)"
    )


def _merged(review: Review) -> pd.Series:
    """Of each row whether the account counts with its group, and so has no numbers of its own."""
    return review.accounts[ACCOUNT_ID].isin([*review.grouped])


def _rules(review: Review) -> Iterator[_Rule]:
    """The ladder, the first that holds of an account wins; only of what the lessons recorded."""
    take = _taker(review)
    own, unknown = take("04", "action"), take("04", "profit_known") == "unknown"
    loss = (-take("04", "profit").astype("float64")).map(money)
    if review.column("04", "action") is not None:
        mends = _among(review, levers(review))
        why = "loses " + loss + ": " + take("04", "why").astype("object")
        yield _Rule(mends & (own != _DROP), own, why, "mend")
        yield _Rule(mends, own, why, "less")
    if (holds := _among(review, planned(review))).any():
        brings = take("21", "plan_gain").astype("float64").map(money).astype("object")
        during = take("21", "plan_years").map(over).astype("object")
        why = _place(review) + ", brings " + brings + during + " (lesson 21)"
        yield _Rule(holds, take("21", "plan_first"), why, _PLANNED)
    yield from _of_ties_and_lists(review)
    if review.column("07", "credit_grade") is not None:
        yield _rule(take("07", "credit_grade") == "D", "no credit without security",
                    "credit grade D (lesson 07)", "less")  # fmt: skip
    classes = take("02", "class")
    if review.column("02", "class") is not None:
        why = classes.astype("object") + " by " + take("02", "rule").astype("object")
        held = classes.isin(KEY_CLASSES)
        yield _Rule(held, _constant(review, "care as a key account"), why, "more")
    if review.column("04", "action") is not None:
        yield _Rule((own == "grow") & ~unknown, own, take("04", "why"), "more")
    cell = take("03", "value_cell")
    if review.column("03", "value_cell") is not None:
        told = "current x potential value (lesson 03): " + cell.astype("object")
        yield _Rule(cell.isin(["invest", "develop"]), cell, told, "more")
    if review.column("04", "action") is not None:
        yield _Rule((own == "special service") & ~unknown, own, take("04", "why"), "more")
        yield _Rule(own == "keep and watch", own, take("04", "why"), "less")
    if review.column("03", "value_cell") is not None:
        yield _Rule(cell.isin(["hold", "serve cheaply"]), cell, told, "less")
    if review.column("04", "action") is not None:
        yield _Rule(own.notna(), _constant(review, "standard service"),
                    _constant(review, "no other rule holds"), "less")  # fmt: skip


def _among(review: Review, some: pd.DataFrame) -> pd.Series:
    """Of each row whether it is one of these."""
    index = review.accounts.index
    return pd.Series(index.isin(some.index), index=index)


def _place(review: Review) -> pd.Series:
    """The place of each account in the plan, in words."""
    rank = _taker(review)("21", "plan_rank")
    words = [f"place {place:.0f} in the plan" if pd.notna(place) else "" for place in rank]
    return pd.Series(words, index=rank.index, dtype="object")


def levers(review: Review) -> pd.DataFrame:
    """What lesson 04 would do about a loss, and what it gains: ``action`` and ``gain``."""
    take = _taker(review)
    own, gain = take("04", "action"), take("04", "gain").astype("float64")
    mends = (gain > 0) & own.isin([*_LEVERS, _DROP]) & (take("04", "profit_known") != "unknown")
    return pd.DataFrame({"action": own, "gain": gain})[mends & ~review.left]


def _of_ties_and_lists(review: Review) -> Iterator[_Rule]:
    take = _taker(review)
    if review.column("05", "lift_npv") is not None:
        worth = take("05", "lift_npv").astype("float64")
        why = "a lift of the relationship is worth " + worth.map(money) + " (lesson 05)"
        yield _Rule(worth > 0, _constant(review, "tie closer"), why, "more")
    advice = take("02", "list_advice")
    for word, action, course in (
        ("join", "put on the list", "more"),
        ("leave", "take off the list", "less"),
    ):
        if (advice == word).any():
            told = "present list against a cut of the fee (lesson 02)"
            yield _rule(advice == word, action, told, course)


def _sayings(review: Review) -> Iterator[_Said]:
    """What the lessons say of an account, each for more care or for less."""
    take = _taker(review)
    classes, cell = take("02", "class"), take("03", "value_cell")
    picture = take("03", "paint_class")
    profit = take("04", "profit").astype("float64")
    yield _said(take("01", "abc") == "A", "class A by amount (01)", "more")
    yield _Said(classes.isin(KEY_CLASSES), classes.astype("object") + " (02)", "more")
    yield _said(take("03", "grade") == "A", "value grade A (03)", "more")
    for word, course in (
        ("invest", "more"), ("develop", "more"), ("serve cheaply", "less"),
    ):  # fmt: skip
        yield _said(cell == word, f"{word} (03)", course)
    for word, course in (("star", "more"), ("dog", "less"), ("wildcat", "less")):
        yield _said(picture == word, f"{word} (03)", course)
    yield _said(take("04", "action") == "special service", "in the most profitable fifth (04)",
                "more")  # fmt: skip
    yield _Said(profit < 0, "loses " + (-profit).map(money) + " (04)", "less")
    words = _place(review) + ": " + take("21", "plan_first").astype("object") + " (21)"
    yield _Said(_among(review, planned(review)), words, _PLANNED)
    yield _said(take("02", "list_advice") == "leave", "take off the list (02)", "less")
    yield _said(take("02", "list_advice") == "join", "put on the list (02)", "more")
    yield _said(take("05", "lift_npv").astype("float64") > 0, "tie closer (05)", "more")
    yield _said(take("07", "credit_grade") == "D", "credit grade D (07)", "less")
    silent = "silent too long" + _silence(review)
    yield _Said(take("10", "silent") == "yes", silent, _SILENT)
    back = take("", RETURNED.name).astype("float64")
    yield _Said(back >= SENT_BACK, "sends back " + back.map(percent) + " of it", "less")
    known = take("04", "profit_known")
    doubtful = known.isin(["unknown", "at most", "at least"])
    yield _Said(doubtful, "profit is " + known.astype("object") + " (04)", _DOUBT)


def _taker(review: Review) -> Callable[[str, str], pd.Series]:
    def take(lesson: str, name: str) -> pd.Series:
        found = review.column(lesson, name)
        return pd.Series(np.nan, index=review.accounts.index) if found is None else found

    return take


def _constant(review: Review, text: str) -> pd.Series:
    return pd.Series(text, index=review.accounts.index, dtype="object")


def _rule(holds: pd.Series, action: str, why: str, course: str) -> _Rule:
    first, second = (pd.Series(text, index=holds.index, dtype="object") for text in (action, why))
    return _Rule(holds, first, second, course)


def _said(holds: pd.Series, words: str, course: str) -> _Said:
    return _Said(holds, pd.Series(words, index=holds.index, dtype="object"), course)
