"""How the relationship with each account moved, quarter by quarter: what lesson 11 shall find.

Planted: a chain of four stages with re-entry (a lapsed account begins in build again) and reset (an
account may fall back to build); a rival's entry, from which on other chances hold; and what an
account in each stage leaves in a quarter. Two chains are read from it, and each is named where it
is used: with re-entry as it is, for shares in the long run, first passage and value; and with
lapsed made absorbing, for the time until an account is lost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts

STAGES = ("build", "stable", "deep", "lapsed")
#: Chance from (rows) to (columns) in a quarter, before the rival came and from then on.
BEFORE = (
    (0.70, 0.23, 0.00, 0.07),
    (0.06, 0.82, 0.09, 0.03),
    (0.03, 0.06, 0.90, 0.01),
    (0.16, 0.00, 0.00, 0.84),
)
AFTER = (
    (0.74, 0.17, 0.00, 0.09),
    (0.12, 0.78, 0.05, 0.05),
    (0.06, 0.15, 0.77, 0.02),
    (0.16, 0.00, 0.00, 0.84),
)
#: Shares of the stages in the first quarter.
START = (0.22, 0.33, 0.32, 0.13)
#: The first quarter with the other chances, as a part of the quarters of the book: the eleventh of
#: sixteen.
CHANGE = 10 / 16
#: Yuan that an account leaves in a quarter: to build costs more than it brings (S003-7a).
REWARD = (-5_000.0, 50_000.0, 80_000.0, 0.0)
#: Standard deviation of the logarithm, of an account and of a quarter.
ACCOUNT_SD, QUARTER_SD = 0.15, 0.30
#: Rate a year at which a stage is valued, and quarters that a list stays as it is.
DISCOUNT, FROZEN = 0.12, 4
MONTHS = 3


def change_of(quarters: int) -> int:
    """The first quarter (from 0) in which accounts arrive with the other chances."""
    return min(quarters - 1, max(2, round(CHANGE * quarters)))


def walk(rng: np.random.Generator, accounts: int, quarters: int) -> np.ndarray:
    """Stage numbers of accounts x quarters."""
    stage = np.zeros((accounts, quarters), dtype=np.int64)
    stage[:, 0] = np.searchsorted(np.cumsum(START), rng.random(accounts), side="right")
    for quarter in range(1, quarters):
        chances = np.array(AFTER if quarter >= change_of(quarters) else BEFORE)
        limits = chances.cumsum(axis=1)[stage[:, quarter - 1]]
        stage[:, quarter] = (rng.random(accounts)[:, None] > limits).sum(axis=1)
    return np.minimum(stage, len(STAGES) - 1)


def left_by(rng: np.random.Generator, stage: np.ndarray) -> np.ndarray:
    """What each account leaves in each quarter."""
    own = np.exp(rng.normal(-(ACCOUNT_SD**2) / 2, ACCOUNT_SD, (len(stage), 1)))
    noise = np.exp(rng.normal(-(QUARTER_SD**2) / 2, QUARTER_SD, stage.shape))
    return np.asarray(np.array(REWARD)[stage] * own * noise)


def _to_lost(chances: np.ndarray) -> dict[str, float]:
    """Quarters until lapsed, by the stage today."""
    inner = np.eye(3) - chances[:3, :3]
    return dict(zip(STAGES[:3], np.linalg.solve(inner, np.ones(3)).tolist(), strict=True))


def _to_deep(chances: np.ndarray) -> float:
    """Quarters from build until deep for the first time."""
    kept = [0, 1, 3]
    inner = np.eye(3) - chances[np.ix_(kept, kept)]
    return float(np.linalg.solve(inner, np.ones(3))[0])


def _long_run(chances: np.ndarray) -> dict[str, float]:
    power = np.linalg.matrix_power(chances, 4_096)
    return dict(zip(STAGES, power[0].tolist(), strict=True))


def _worth(chances: np.ndarray) -> dict[str, float]:
    rate = (1 + DISCOUNT) ** (1 / 4) - 1
    found = np.linalg.solve(np.eye(4) - chances / (1 + rate), np.array(REWARD))
    return dict(zip(STAGES, found.tolist(), strict=True))


def missed(chances: np.ndarray, accounts: np.ndarray) -> float:
    """Share of what a renewed list of deep accounts holds that a list frozen for a year misses,
    from so many accounts in each stage. A list is renewed at the end of the quarter before.
    """
    frozen = np.where(np.arange(4) == 2, accounts, 0.0)
    seats, everyone, kept, best = accounts[2], accounts.astype(float), 0.0, 0.0
    ahead = chances @ np.array(REWARD)
    for _ in range(FROZEN):
        deep = min(everyone[2], seats)
        stable = min(everyone[1], seats - deep)
        kept += float(frozen @ ahead)
        best += float(deep * ahead[2] + stable * ahead[1])
        frozen, everyone = frozen @ chances, everyone @ chances
    return 1 - kept / best


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Stages by quarter, and the two chains, the change, the values and the cost of a frozen list.

    Reads accounts and, for the first day, the ledger.
    """
    ids = np.sort(upstream["accounts"]["account_id"].to_numpy(dtype=object))
    quarters = months // MONTHS
    stage = walk(rng, len(ids), quarters)
    left = left_by(rng, stage)
    starts = month_starts(book_start(upstream), MONTHS * np.arange(quarters))
    table = pd.DataFrame(
        {
            "quarter": np.repeat(starts, len(ids)),
            "account_id": np.tile(ids, quarters),
            "stage": np.array(STAGES, dtype=object)[stage.T.ravel()],
            "contribution": np.round(left.T.ravel(), 2) + 0.0,
        }
    )
    now, last = np.array(AFTER), np.bincount(stage[:, -1], minlength=4)
    changed = pd.Timestamp(starts[change_of(quarters)])
    truth = {
        "stages": list(STAGES),
        "before": _named(BEFORE),
        "after": _named(AFTER),
        "change": f"{changed.year}Q{changed.quarter}",
        "reward": dict(zip(STAGES, REWARD, strict=True)),
        "discount": DISCOUNT,
        "quarters_to_lapsed": _to_lost(now),
        "quarters_from_build_to_deep": _to_deep(now),
        "long_run": _long_run(now),
        "value": _worth(now),
        "missed_by_a_frozen_list": missed(now, last),
    }
    return {"stage_history": table}, truth


def _named(chances: tuple[tuple[float, ...], ...]) -> dict[str, float]:
    """Chances by "from > to"."""
    return {
        f"{STAGES[i]} > {STAGES[j]}": chances[i][j]
        for i in range(len(STAGES))
        for j in range(len(STAGES))
    }
