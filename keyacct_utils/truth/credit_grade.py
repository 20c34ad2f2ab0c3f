"""Lesson 07: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.credit_grade import scorecard
from keyacct_utils.lessons.credit_grade import scoring as credit_rules
from keyacct_utils.lessons.credit_grade.readings import LIGHTING_MAXIMUM, MAXIMUM
from keyacct_utils.lessons.credit_grade.tally import DEFAULT_WINDOW
from keyacct_utils.truth.planted import Item, Truth, stated
from keyacct_utils.world import build_core
from keyacct_utils.world import credit_grade as generator

_SECTIONS = ("commercial", "safety", "legal", "cooperation")
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
_SAFETY = "AUC of the safety section, which was drawn without the risk"
ITEMS = (
    Item("scores of the ten golden accounts, worked by hand", _golden_by_hand),
    Item("AUC of sections 3 to 6", stated("credit_grade", "score_auc"), _OFF["score"]),
    Item(
        "AUC of the commercial section alone",
        stated("credit_grade", "score_auc"),
        _OFF["commercial"],
    ),
    Item(_SAFETY, stated("credit_grade", "safety_auc"), _OFF["safety"]),
    Item(
        ("accounts with arrears in two months running, by name"),
        _as_set("credit_grade", "consecutive_arrears"),
    ),
    Item("accounts with a theft, by name", _as_set("credit_grade", "thefts")),
    Item("accounts that made arrears good, by name", _as_set("credit_grade", "made_good")),
)


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


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the lesson finds, by the names of ITEMS, in the tables of a book."""
    events, defaults = tables["credit_events"], tables["defaults"].set_index("account_id")
    as_of = pd.Timestamp(defaults["window_start"].iloc[0])
    scores = credit_rules.score_events(events, tables["accounts"], as_of=as_of)
    bad = defaults["default_12m"].reindex(scores.index).astype(int)
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
        ("accounts with arrears in two months running, by name"): credit_rules.consecutive_arrears(
            events, as_of=as_of
        ),
        "accounts with a theft, by name": named("theft"),
        "accounts that made arrears good, by name": named("arrears_made_good"),
    }


#: What somebody does who does not know the lesson, by the item that it misses.
NAIVE: Mapping[str, str] = {
    "scores of the ten golden accounts, worked by hand": "bonuses lift a section above its maximum",
    "AUC of sections 3 to 6": "share rightly judged, with half of the points as the line",
    "AUC of the commercial section alone": (
        "share rightly judged, with half of the points as the line"
    ),
    _SAFETY: "share rightly judged, with half of the points as the line",
    "accounts with arrears in two months running, by name": "the whole record, not its last year",
    "accounts with a theft, by name": "the whole record, not its last year",
    "accounts that made arrears good, by name": "the whole record, not its last year",
}


def naive(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the methods of NAIVE find, by the names of ITEMS: none of it may pass for recovered."""
    events, defaults = tables["credit_events"], tables["defaults"].set_index("account_id")
    as_of = pd.Timestamp(defaults["window_start"].iloc[0])
    scores = credit_rules.score_events(events, tables["accounts"], as_of=as_of)
    bad = defaults["default_12m"].reindex(scores.index).astype(int)
    judged = scores["safety"].notna()
    most = {name: MAXIMUM[number] for number, name in zip((3, 4, 5, 6), _SECTIONS, strict=True)}

    def rightly(points: pd.Series, full: float) -> float:
        """Share of the accounts whose fate is that of their side of the line."""
        return float(((points < full / 2).astype(int) == bad.loc[points.index]).mean())

    def named(code: str) -> set[str]:
        return set(events.loc[(events["code"] == code) & (events["date"] < as_of), "account_id"])

    golden = credit_rules.golden_cases()
    uncapped = credit_rules.Reading(cap="none")
    lifted = credit_rules.score_events(
        golden.events, golden.accounts, reading=uncapped, as_of=credit_rules.GOLDEN_AS_OF
    )
    points, letters = lifted["score"].to_dict(), credit_rules.grade(lifted).to_dict()
    return {
        "scores of the ten golden accounts, worked by hand": {
            key: _verdict(points[key.split()[0]], letters[key.split()[0]]) for key in golden_found()
        },
        "AUC of sections 3 to 6": rightly(
            scores[list(_SECTIONS)].fillna(0).sum(axis=1), sum(most.values())
        ),
        "AUC of the commercial section alone": rightly(scores["commercial"], most["commercial"]),
        _SAFETY: rightly(scores.loc[judged, "safety"], most["safety"]),
        "accounts with arrears in two months running, by name": credit_rules.consecutive_arrears(
            events, as_of=as_of, window_months=None
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
