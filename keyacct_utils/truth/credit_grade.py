"""Lesson 07: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.credit_grade import scorecard
from keyacct_utils.lessons.credit_grade import scoring as credit_rules
from keyacct_utils.lessons.credit_grade.readings import LIGHTING_MAXIMUM, MAXIMUM
from keyacct_utils.lessons.credit_grade.tally import DEFAULT_WINDOW
from keyacct_utils.truth.planted import Item, Naive, Truth, stated
from keyacct_utils.world import build_core
from keyacct_utils.world import credit_grade as generator

_SECTIONS = ("commercial", "safety", "legal", "cooperation")
_MOST = {name: MAXIMUM[number] for number, name in enumerate(_SECTIONS, 3)}
_FULL, _YEARS = 600, 48
#: Area under the curve of a coin, and how far off the planted value still counts as found.
_COIN, _NEAR = 0.5, 0.05
_PLANTED_AUC = 0.70
_FIRST = pd.Timestamp("2021-01-01")


def _as_set(*path: str) -> Callable[[Truth], set[str]]:
    return lambda truth: set(stated(*path)(truth))


def _verdict(score: float, letter: str) -> str:
    return f"{score:.6g} {letter}"


def _golden_by_hand(_: Truth) -> dict[str, str]:
    expected = credit_rules.golden_cases().expected
    readings = [credit_rules.Reading(**change) for change in expected["change"]]
    names = [
        f"{case} {reading}" for case, reading in zip(expected["account_id"], readings, strict=True)
    ]
    return dict(zip(names, map(_verdict, expected["score"], expected["grade"]), strict=True))


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

#: Standard deviation of each AUC over 150 books of 600 accounts and 48 months, with events and
#: defaults drawn anew; a recovered value may be three of them off.
SPREAD = {"score": 0.0323, "commercial": 0.0296, "safety": 0.0281}
_OFF = {name: round(3 * spread, 3) for name, spread in SPREAD.items()}
_WHOLE_RECORD = "the whole record, not its last year"
_SAFETY = "AUC of the safety section, which was drawn without the risk"


def golden_found() -> dict[str, str]:
    """What the program gives the golden accounts, in the words of the planted item."""
    golden = credit_rules.golden_cases()
    readings = [credit_rules.Reading(**change) for change in golden.expected["change"]]
    every = credit_rules.score_readings(
        golden.events,
        golden.accounts,
        dict(zip(map(str, readings), readings, strict=True)),
        as_of=credit_rules.GOLDEN_AS_OF,
    )
    found = {}
    for case, reading in zip(golden.expected["account_id"], readings, strict=True):
        scored = every[str(reading)]
        found[f"{case} {reading}"] = _verdict(
            scored.loc[case, "score"], credit_rules.grade(scored)[case]
        )
    return found


class _Scored(NamedTuple):
    """The record, the day before which it is judged, the points of each section and the fate."""

    events: pd.DataFrame
    as_of: pd.Timestamp
    scores: pd.DataFrame
    bad: pd.Series


def _scored(tables: Mapping[str, pd.DataFrame]) -> _Scored:
    events, defaults = tables["credit_events"], tables["defaults"].set_index("account_id")
    as_of = pd.Timestamp(defaults["window_start"].iloc[0])
    scores = credit_rules.score_events(events, tables["accounts"], as_of=as_of)
    bad = defaults["default_12m"].reindex(scores.index).astype(int)
    return _Scored(events, as_of, scores, bad)


# What somebody does who does not know the lesson.


def _uncapped(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    golden = credit_rules.golden_cases()
    lifted = credit_rules.score_events(
        golden.events,
        golden.accounts,
        reading=credit_rules.Reading(cap="none"),
        as_of=credit_rules.GOLDEN_AS_OF,
    )
    points, letters = lifted["score"].to_dict(), credit_rules.grade(lifted).to_dict()
    return {
        key: _verdict(points[key.split()[0]], letters[key.split()[0]]) for key in golden_found()
    }


def _half_as_line(*sections: str) -> tuple[Naive]:
    """Share of the accounts whose fate is that of their side of the line."""

    def finds(tables: Mapping[str, pd.DataFrame]) -> float:
        found = _scored(tables)
        points = found.scores[list(sections)].dropna(how="all").sum(axis=1)
        below = points < sum(_MOST[name] for name in sections) / 2
        return float((below.astype(int) == found.bad.loc[points.index]).mean())

    return (Naive("share rightly judged, with half of the points as the line", finds),)


def _ever(code: str) -> tuple[Naive]:
    def finds(tables: Mapping[str, pd.DataFrame]) -> set[str]:
        events, as_of, _, _ = _scored(tables)
        return set(events.loc[(events["code"] == code) & (events["date"] < as_of), "account_id"])

    return (Naive(_WHOLE_RECORD, finds),)


def _ever_in_arrears(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    events, as_of, _, _ = _scored(tables)
    return credit_rules.consecutive_arrears(events, as_of=as_of, window_months=None)


ITEMS = (
    Item(
        "scores of the ten golden accounts, worked by hand",
        _golden_by_hand,
        naive=(Naive("bonuses lift a section above its maximum", _uncapped),),
    ),
    Item(
        "AUC of sections 3 to 6",
        stated("credit_grade", "score_auc"),
        _OFF["score"],
        _half_as_line(*_SECTIONS),
    ),
    Item(
        "AUC of the commercial section alone",
        stated("credit_grade", "score_auc"),
        _OFF["commercial"],
        _half_as_line("commercial"),
    ),
    Item(_SAFETY, stated("credit_grade", "safety_auc"), _OFF["safety"], _half_as_line("safety")),
    Item(
        "accounts with arrears in two months running, by name",
        _as_set("credit_grade", "consecutive_arrears"),
        naive=(Naive(_WHOLE_RECORD, _ever_in_arrears),),
    ),
    Item(
        "accounts with a theft, by name",
        _as_set("credit_grade", "thefts"),
        naive=_ever("theft"),
    ),
    Item(
        "accounts that made arrears good, by name",
        _as_set("credit_grade", "made_good"),
        naive=_ever("arrears_made_good"),
    ),
)


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the lesson finds, by the names of ITEMS, in the tables of a book."""
    events, as_of, scores, bad = _scored(tables)
    points = scores[list(_SECTIONS)].fillna(0)
    judged = scores["safety"].notna()
    # A lighting user's 50 points stand for everybody else's 30.
    commercial = scores["commercial"] * np.where(judged, 1.0, MAXIMUM[3] / LIGHTING_MAXIMUM[3])
    since = as_of - pd.DateOffset(months=DEFAULT_WINDOW)
    recent = events[(events["date"] >= since) & (events["date"] < as_of)]

    def named(code: str) -> set[str]:
        return set(recent.loc[recent["code"] == code, "account_id"])

    return {
        "scores of the ten golden accounts, worked by hand": golden_found(),
        "AUC of sections 3 to 6": scorecard.gini_auc(points.sum(axis=1), bad).auc,
        "AUC of the commercial section alone": scorecard.gini_auc(commercial, bad).auc,
        _SAFETY: scorecard.gini_auc(scores.loc[judged, "safety"], bad[judged]).auc,
        "accounts with arrears in two months running, by name": credit_rules.consecutive_arrears(
            events, as_of=as_of
        ),
        "accounts with a theft, by name": named("theft"),
        "accounts that made arrears good, by name": named("arrears_made_good"),
    }


@cache
def _core() -> dict[str, pd.DataFrame]:
    return build_core(_FULL, _YEARS)


def _drawn_book(accounts: int, months: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Accounts drawn from the synthetic book, with new events before a year of new defaults."""
    core, rows = _core(), rng.integers(0, _FULL, accounts)
    ids = pd.Index([f"A{i:05d}" for i in range(accounts)])
    people = core["accounts"].iloc[rows].assign(account_id=ids)
    # All are customers from the start: a book of another length begins on another day of the
    # synthetic one.
    people["start_date"] = people["start_date"].where(people["start_date"] <= _FIRST, _FIRST)
    hidden = core["latent"].iloc[rows].assign(account_id=ids)
    upstream = {"accounts": people, "ledger": pd.DataFrame({"date": [_FIRST]}), "latent": hidden}
    tables, _ = generator.build(rng, upstream, months)
    return tables | {"accounts": people}


def _answers(tables: Mapping[str, pd.DataFrame]) -> dict[str, bool]:
    defaults = tables["defaults"].set_index("account_id")
    as_of = pd.Timestamp(defaults["window_start"].iloc[0])
    scores = credit_rules.score_events(tables["credit_events"], tables["accounts"], as_of=as_of)
    bad = defaults["default_12m"].reindex(scores.index).astype(int)
    names = list(_STATEMENTS)
    if bad.nunique() < 2 or tables["credit_events"].empty:
        return dict.fromkeys(names, False)
    whole = scorecard.gini_auc(scores[list(_SECTIONS)].fillna(0).sum(axis=1), bad)
    judged = scores["safety"].notna()
    safety = (
        scorecard.gini_auc(scores.loc[judged, "safety"], bad[judged])
        if bad[judged].nunique() > 1
        else None
    )
    calm = safety is not None and safety.low <= _COIN <= safety.high
    held = (
        whole.low > _COIN,
        abs(whole.auc - _PLANTED_AUC) <= _NEAR,
        whole.high - whole.low <= 2 * _NEAR,
        calm,
        bool(safety and safety.high < whole.auc),
    )
    return dict(zip(names, held, strict=True))


_STATEMENTS = (
    "the score foretells default: the interval of its AUC lies above .50",
    "its AUC is within .05 of the planted .70",
    "the interval of its AUC is at most .10 wide",
    "safety is not taken for news: the interval of its AUC covers .50",
    "the interval of safety lies below the AUC of the score",
)


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    return () if months > generator.WINDOW_MONTHS else _STATEMENTS


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size does each statement of the lesson hold? Up to twelve months:
    no event to judge by.
    """
    found: dict[str, list[bool]] = {name: [] for name in _STATEMENTS}
    for _ in range(repeats):
        held = (
            _answers(_drawn_book(accounts, months, rng))
            if months > generator.WINDOW_MONTHS
            else dict.fromkeys(found, False)
        )
        for name, answer in held.items():
            found[name].append(bool(answer))
    return found
