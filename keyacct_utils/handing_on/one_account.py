"""One account, as a run knows it: what to do, its classes with the rule of each and how far the
next one is, and what each lesson says. Read from the account review and what the rooms declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from keyacct_utils.contract.faults import Refusal, nearest
from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.lessons.showing.words import cents, percent, rounded
from keyacct_utils.review.account_review import NAME, Recorded, Review
from keyacct_utils.review.columns import GRADINGS, OWN, LessonGrading, shown
from keyacct_utils.review.record import ACCOUNT_ID

_DIGITS = {"points": 1, "days": 1, "expected": 2}
UNKNOWN = "not known"
NO_NUMBER = "no single number decides it, so no distance can be told"


@dataclass(frozen=True)
class Said:
    """One thing that a lesson recorded: header, value as text, and what it means."""

    header: str
    value: str
    meaning: str
    detail: bool = False
    money: bool = False


@dataclass(frozen=True)
class Standing:
    """A class of the account: by which rule, why, and which number would have to change for
    another.
    """

    lesson: str
    title: str
    value: str
    rule: str
    why: str
    distance: str


@dataclass(frozen=True)
class Account:
    """All that a run says of one account."""

    account_id: str
    name: str
    #: The recommended action, the rule that won, and the reasons against; empty without any.
    action: tuple[Said, ...]
    standings: tuple[Standing, ...]
    #: By lesson, "01 Is it really 80/20?": what it recorded besides the classes.
    told: dict[str, tuple[Said, ...]]
    currency: str = ""

    @property
    def called(self) -> str:
        """Its name with its id."""
        return self.name if self.name == self.account_id else f"{self.name} ({self.account_id})"


def explained(review: Review, account_id: str) -> Account:
    """What a run says of one account.

    Parameters
    ----------
    review : Review
        From `account_review.read_review`.
    account_id : str

    Raises
    ------
    Refusal
        For an account that the book leaves out, and for one that the review does not hold: with
        the ids nearest to it.
    """
    ids = review.accounts[ACCOUNT_ID].astype(str)
    if not (ids == account_id).any():
        left_out = review.run.get("excluded", {})
        if account_id in left_out:
            raise Refusal(
                f"account {account_id!r} is left out by book.toml ({left_out[account_id]}) and in "
                "no number of this run",
                "take it out of [exclude] and run again",
            )
        raise Refusal(
            f"account {account_id!r} is not in this run, which holds {len(ids):,}",
            _hint(account_id, dict(zip(ids, review.accounts[NAME].astype(str), strict=True))),
        )
    row = ids.index[ids == account_id][0]
    graded = {(item.lesson, item.name) for item in GRADINGS}
    graded |= {(item.lesson, item.why) for item in GRADINGS if item.why}
    told: dict[str, tuple[Said, ...]] = {}
    for lesson in LESSONS:
        own = [
            _said(review, label, item, row)
            for label, item in review.columns.items()
            if item.lesson == lesson.code and (item.lesson, item.name) not in graded
        ]
        if any(item.value != UNKNOWN for item in own):
            told[f"{lesson.code} {lesson.title}"] = tuple(own)
    names = [item.name for item in OWN]
    action = [
        _said(review, label, item, row)
        for label, item in review.columns.items()
        if not item.lesson and item.name in names
    ]
    standings = [_standing(review, item, row) for item in GRADINGS]
    return Account(
        account_id,
        str(review.accounts.at[row, NAME]),
        tuple(action),
        tuple(item for item in standings if item is not None),
        told,
        str(review.run.get("currency") or ""),
    )


def _hint(account_id: str, names: Mapping[str, str]) -> str:
    """Ids of this number or name, ids that begin like the one given, else those that look like
    it.
    """
    asked = account_id.casefold()
    for meant in (
        [i for i in names if asked and i.lstrip("0") == account_id.lstrip("0")],
        [i for i, name in names.items() if asked and name.casefold() == asked],
        [i for i in names if asked and i.casefold().startswith(asked)],
    ):
        if meant:
            return f"did you mean {' or '.join(repr(i) for i in sorted(meant)[:3])}?"
    return nearest(account_id, names) or "account_review.csv lists all"


def written(value: Any, kind: str) -> str:
    """A value of the review as text, by the kind of its column."""
    if value is None or pd.isna(value):
        return UNKNOWN
    if isinstance(value, str):
        return value or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "money":
        return cents(float(value))
    if kind == "share":
        return percent(float(value))
    return f"{rounded(value, _DIGITS.get(kind, 0)):,.{_DIGITS.get(kind, 0)}f}"


def _said(review: Review, label: str, item: Recorded, row: Any) -> Said:
    column = shown(item.lesson, item.name, label)
    value = written(review.accounts.at[row, label], column.kind)
    return Said(column.header, value, item.meaning, column.detail, column.kind == "money")


def _label(review: Review, lesson: str, name: str) -> str | None:
    """Under which header the review holds what a lesson recorded."""
    return next(
        (
            label
            for label, item in review.columns.items()
            if (item.lesson, item.name) == (lesson, name)
        ),
        None,
    )


def _standing(review: Review, grading: LessonGrading, row: Any) -> Standing | None:
    label = _label(review, grading.lesson, grading.name)
    if label is None:
        return None
    kind = shown(grading.lesson, grading.name, label).kind
    why = _label(review, grading.lesson, grading.why) if grading.why else None
    return Standing(
        grading.lesson,
        grading.title,
        written(review.accounts.at[row, label], kind),
        review.columns[label].meaning,
        written(review.accounts.at[row, why], "text") if why else "",
        _distance(review, grading, label, row),
    )


def _distance(review: Review, grading: LessonGrading, label: str, row: Any) -> str:
    """How far the neighbouring classes are, in the number that the classes cut.

    Notes
    -----
    The cut itself lies between the accounts on both sides of it. Told is the last account on its
    far side, which is the most that is needed while all others stay as they are.
    """
    if not grading.by:
        return NO_NUMBER
    by = _label(review, grading.lesson, grading.by)
    if by is None:
        return f"this run did not record {grading.by}, which the classes cut"
    known = review.accounts[[label, by]].dropna()
    if row not in known.index:
        return f"its {shown(grading.lesson, grading.by, by).header} is not known"
    values, kind = known[by].astype(float), shown(grading.lesson, grading.name, label).kind
    classes = known[label].map(lambda value: written(value, kind))
    groups = values.groupby(classes)
    order = [name for name in grading.order if name in groups.groups]
    if not grading.order:
        order = groups.median().sort_values(ascending=False, kind="stable").index.tolist()
    if classes[row] not in order:
        return f"{classes[row]} is none of the classes in order"
    place = order.index(classes[row])
    column = shown(grading.lesson, grading.by, by)
    own, parts = float(values[row]), [f"{column.header} {written(values[row], column.kind)}"]
    if place:
        above = order[place - 1]
        parts.append(_up(above, float(groups.min()[above]), own, column.kind))
    if place + 1 < len(order):
        below = order[place + 1]
        parts.append(_down(below, float(groups.max()[below]), own, column.kind))
    return (
        "; ".join(parts) if len(parts) > 1 else f"{parts[0]}; there is no other class in this run"
    )


def _up(name: str, cut: float, own: float, kind: str) -> str:
    if cut <= own:
        return (
            f"{name} has accounts with as little ({written(cut, kind)}): something else than this "
            "number keeps it out"
        )
    return f"the lowest in {name} has {written(cut, kind)}, {written(cut - own, kind)} more"


def _down(name: str, cut: float, own: float, kind: str) -> str:
    if cut >= own:
        return (
            f"{name} has accounts with as much ({written(cut, kind)}): something else than this "
            "number can lead there"
        )
    return f"the highest in {name} has {written(cut, kind)}, {written(own - cut, kind)} less"


def lines(account: Account) -> list[str]:
    """The account for the terminal."""
    out = [account.called, ""]
    out += [f"{item.header}: {item.value}" for item in account.action]
    for item in account.standings:
        out += ["", f"{item.title} ({item.lesson}): {item.value}", f"  rule: {item.rule}"]
        out += [f"  why: {item.why}"] if item.why else []
        out.append(f"  to another class: {item.distance}")
    for lesson, said in account.told.items():
        known = [item for item in said if item.value != UNKNOWN]
        out += ["", lesson, *(f"  {item.header}: {_with(item, account)}" for item in known)]
    return out


def _with(item: Said, account: Account) -> str:
    """A value for the terminal, an amount with its currency."""
    return f"{item.value} {account.currency}".rstrip() if item.money else item.value
