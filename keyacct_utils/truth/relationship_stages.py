"""Lesson 11: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.relationship_stages import chain_tests, chains, panels
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.relationship_stages import (
    AFTER,
    DISCOUNT,
    FROZEN,
    MONTHS,
    REWARD,
    STAGES,
    change_of,
    left_by,
    missed,
    walk,
)

#: What the brief allows of a chance, and of a value; all others from the table of 40 seeds.
_CHANCE, _VALUE, _VALUE_FAR = 0.04, 0.10, 0.18
_LOST, _SHARE, _DEEP, _FROZEN = 0.25, 0.08, 0.38, 0.05
#: Close enough for a decision in a book of another size.
_NEAR, _NEAR_VALUE, _NEAR_FROZEN, _FEWEST = 0.06, 0.2, 0.1, 4
_RATE = (1 + DISCOUNT) ** (1 / 4) - 1
_LEVEL, _DRAWS, _SIMULATED_DRAWS, _YEAR = 0.05, 200, 60, 4

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def _panel(tables: Tables) -> pd.DataFrame:
    rows = tables["stage_history"]
    return rows.rename(columns={"quarter": "period", "contribution": "amount"})


def _label(day: Any) -> str:
    return str(pd.Timestamp(day).to_period("Q"))


def _change(tables: Tables) -> str:
    found = chain_tests.find_change(_panel(tables), draws=_DRAWS, spans=_YEAR)
    return _label(found.period) if found.p_value < _LEVEL else "none"


def _halves(tables: Tables) -> str:
    days = sorted(_panel(tables)["period"].unique())
    return _label(days[len(days) // 2])


def _parts(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows before the change, and from the quarter before it on: each move in one of them."""
    panel = _panel(tables)
    day = pd.Timestamp(chain_tests.find_change(panel, draws=1, spans=_YEAR).period)
    start = day - pd.DateOffset(months=MONTHS)
    return panel[panel["period"] < day], panel[panel["period"] >= start]


def _chance(matrix: pd.DataFrame) -> dict[str, float]:
    return {f"{i} > {j}": float(matrix.loc[i, j]) for i in matrix.index for j in matrix.columns}


def _pooled(tables: Tables) -> pd.DataFrame:
    return chains.transition_matrix(_panel(tables), STAGES)


def _now(tables: Tables) -> pd.DataFrame:
    return chains.transition_matrix(_parts(tables)[1], STAGES)


def _reward_of(late: pd.DataFrame) -> pd.Series:
    """What each stage leaves in a quarter, without the quarter before the change."""
    since = late[late["period"] > late["period"].min()]
    return since.groupby("stage")["amount"].mean().reindex(STAGES)


def _reward(tables: Tables) -> pd.Series:
    return _reward_of(_parts(tables)[1])


def _logs(value: pd.Series, names: tuple[str, ...]) -> dict[str, float]:
    """Logarithms, so that a difference is a fraction; of nothing that of one yuan."""
    return {name: float(np.log(max(value[name], 1.0))) for name in names}


def _lost(matrix: pd.DataFrame) -> dict[str, float]:
    times = chains.fundamental_matrix(matrix, ["lapsed"]).periods
    return {str(name): float(np.log(time)) for name, time in times.items()}


def _lost_alone(tables: Tables) -> dict[str, float]:
    """One over the chance to lapse in a quarter, as if nobody moved first."""
    gone = _now(tables)["lapsed"].drop("lapsed")
    return {str(name): float(np.log(1 / chance)) for name, chance in gone.items()}


def _value(tables: Tables, matrix: pd.DataFrame) -> pd.Series:
    return chains.stage_value(matrix, _reward(tables), _RATE)


def _for_ever(tables: Tables) -> pd.Series:
    """A quarter's contribution as if the account stayed where it is."""
    return _reward(tables) * (1 + _RATE) / _RATE


def _no_return(matrix: pd.DataFrame) -> pd.DataFrame:
    """The chain with lapsed never left."""
    closed = matrix.copy()
    closed.loc["lapsed"] = 0.0
    closed.loc["lapsed", "lapsed"] = 1.0
    return closed


def _to_deep_of_those_seen(tables: Tables) -> float:
    """Mean wait of those who arrived, the others left out."""
    wide = _panel(tables).pivot(index="account_id", columns="period", values="stage")
    codes = wide.to_numpy()
    waits = []
    for row in codes:
        begun = np.flatnonzero(row == "build")
        arrived = np.flatnonzero(row == "deep")
        if len(begun) and len(later := arrived[arrived > begun[0]]):
            waits.append(later[0] - begun[0])
    return float(np.log(np.mean(waits)))


def _frozen_of(tables: Tables, now: pd.DataFrame, reward: pd.Series) -> pd.DataFrame:
    panel = _panel(tables)
    last = panel.loc[panel["period"] == panel["period"].max(), "stage"]
    start = last.value_counts().reindex(STAGES, fill_value=0)
    return chains.frozen_list_cost(now, reward, start, periods=FROZEN)


def _frozen(tables: Tables) -> pd.DataFrame:
    return _frozen_of(tables, _now(tables), _reward(tables))


def _missed(table: pd.DataFrame) -> float:
    return float(table["cost"].sum() / table["renewed"].sum())


def _truth_logs(names: tuple[str, ...], key: str) -> Any:
    return lambda truth: {
        name: float(np.log(truth["relationship_stages"][key][name])) for name in names
    }


ITEMS = (
    Item(
        "the quarter from which on other chances hold",
        stated("relationship_stages", "change"),
        naive=(Naive("the book cut into halves", _halves),),
    ),
    Item(
        "the sixteen chances before it",
        stated("relationship_stages", "before"),
        _CHANCE,
        (Naive("the chances from then on", lambda tables: _chance(_now(tables))),),
    ),
    Item(
        "the sixteen chances from then on",
        stated("relationship_stages", "after"),
        _CHANCE,
        (Naive("all quarters taken together", lambda tables: _chance(_pooled(tables))),),
    ),
    Item(
        "quarters until lapsed, which is made absorbing (logarithms)",
        _truth_logs(STAGES[:3], "quarters_to_lapsed"),
        _LOST,
        (
            Naive("one over the chance to lapse", _lost_alone),
            Naive("all quarters taken together", lambda tables: _lost(_pooled(tables))),
        ),
    ),
    Item(
        "quarters from build to deep, with re-entry (logarithm)",
        lambda truth: float(np.log(truth["relationship_stages"]["quarters_from_build_to_deep"])),
        _DEEP,
        (Naive("the mean wait of those who arrived", _to_deep_of_those_seen),),
    ),
    Item(
        "shares in the long run, with re-entry",
        stated("relationship_stages", "long_run"),
        _SHARE,
        (
            Naive(
                "the chain without re-entry",
                lambda t: chains.stationary_shares(_no_return(_now(t))).to_dict(),
            ),
            Naive(
                "all quarters taken together",
                lambda t: chains.stationary_shares(_pooled(t)).to_dict(),
            ),
        ),
    ),
    Item(
        "value of an account in stable and in deep (logarithms)",
        _truth_logs(STAGES[1:3], "value"),
        _VALUE,
        (
            Naive("as if it stayed for ever", lambda t: _logs(_for_ever(t), STAGES[1:3])),
            Naive(
                "all quarters taken together",
                lambda t: _logs(_value(t, _pooled(t)), STAGES[1:3]),
            ),
        ),
    ),
    Item(
        "value of an account in build and in lapsed (logarithms)",
        _truth_logs((STAGES[0], STAGES[3]), "value"),
        _VALUE_FAR,
        (
            Naive(
                "lapsed counted as lost for good",
                lambda t: _logs(_value(t, _no_return(_now(t))), (STAGES[0], STAGES[3])),
            ),
            Naive(
                "all quarters taken together",
                lambda t: _logs(_value(t, _pooled(t)), (STAGES[0], STAGES[3])),
            ),
        ),
    ),
    Item(
        "share of a year's contribution that a frozen list misses",
        stated("relationship_stages", "missed_by_a_frozen_list"),
        _FROZEN,
        (
            Naive(
                "the share of the listed that left their stage",
                lambda tables: 1 - float(_frozen(tables)["still"].iloc[-1]),
            ),
        ),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 11 finds in the tables of a world, by the names of ITEMS."""
    before, late = _parts(tables)
    now = chains.transition_matrix(late, STAGES)
    value = chains.stage_value(now, _reward_of(late), _RATE)
    to_deep = chains.first_passage(now).to_numpy(dtype=float)
    values = (
        _change(tables),
        _chance(chains.transition_matrix(before, STAGES)),
        _chance(now),
        _lost(now),
        float(np.log(to_deep[STAGES.index("build"), STAGES.index("deep")])),
        {str(name): float(share) for name, share in chains.stationary_shares(now).items()},
        _logs(value, STAGES[1:3]),
        _logs(value, (STAGES[0], STAGES[3])),
        _missed(_frozen_of(tables, now, _reward_of(late))),
    )
    return {item.name: found for item, found in zip(ITEMS, values, strict=True)}


def _tried(rng: np.random.Generator, accounts: int, quarters: int) -> dict[str, bool]:
    stage = walk(rng, accounts, quarters)
    left = left_by(rng, stage)
    changed = change_of(quarters)
    found = panels.moves_of(stage, STAGES)
    change = chain_tests.change_in(found, _SIMULATED_DRAWS, 0.1, _YEAR)
    late = found.arrival >= changed
    matrix = chains.shares_of_rows(chains.counts_of(found, late))
    true, gain = np.array(AFTER), np.array(REWARD)
    here = stage[:, changed:]
    reward = np.array(
        [left[:, changed:][here == one].mean() if (here == one).any() else 0.0 for one in range(4)]
    )
    value, planted = (chains.worth(m, r, _RATE) for m, r in ((matrix, reward), (true, gain)))
    last = np.bincount(stage[:, -1], minlength=4)
    frozen = True
    if last[2]:
        seats = np.array([STAGES.index("deep")])
        start = last.astype(float)
        table = chains.frozen_path(matrix[None], reward[None], start, seats, FROZEN, 1.0)[0]
        share = table[:, 3].sum() / table[:, 2].sum() if table[:, 2].sum() else np.inf
        frozen = bool(abs(share - missed(true, last)) <= _NEAR_FROZEN)
    told = bool(change.p_value < _LEVEL)
    return {
        "the change is told from chance": told,
        "the change is told and its quarter is the right one": told and change.period == changed,
        "all sixteen chances from then on are within 0.06": bool(
            (np.abs(matrix - true) <= _NEAR).all()
        ),
        "the value of each stage is within a fifth": bool(
            (np.abs(value / planted - 1) <= _NEAR_VALUE).all()
        ),
        "the share that a frozen list misses is within 10 points": frozen,
    }


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    found: dict[str, list[bool]] = {}
    quarters = max(_FEWEST, months // MONTHS)
    for _ in range(repeats):
        for name, answer in _tried(rng, accounts, quarters).items():
            found.setdefault(name, []).append(answer and months // MONTHS >= _FEWEST)
    return found
