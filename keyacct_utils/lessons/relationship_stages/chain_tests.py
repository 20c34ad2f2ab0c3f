"""Is a chain the right picture: does it remember more than today, and does it stay the same?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.relationship_stages.panels import Moves, moves
from keyacct_utils.lessons.shared.amounts import at_least, fraction

Floats = npt.NDArray[np.float64]


class ChainTest(NamedTuple):
    """A likelihood-ratio test: G squared, its degrees of freedom, and how often chance alone gives
    as much.
    """

    statistic: float
    df: int
    p_value: float
    moves: int


class Change(NamedTuple):
    """The period in which the chances changed most, and whether chance alone does as much."""

    #: The first period whose arrivals belong to the second part; missing where none was tried.
    period: Any
    statistic: float
    p_value: float
    #: Statistic by each period that was tried.
    tried: pd.Series


def _log_sum(counted: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Sum of n ln n, with 0 ln 0 = 0."""
    safe = np.where(counted > 0, counted, 1.0)
    return np.asarray((counted * np.log(safe)).sum(axis=axis), dtype=float)


def _homogeneity(counted: Floats) -> tuple[float, int]:
    """G squared and degrees of freedom of (stratum, group, to): do the groups of a stratum move
    alike? Cells that are empty in all groups count for nothing.
    """
    whole = counted.sum(axis=1)
    statistic = 2 * float(
        _log_sum(counted, (0, 1, 2))
        - _log_sum(counted.sum(axis=2), (0, 1))
        - _log_sum(whole, (0, 1))
        + _log_sum(whole.sum(axis=1), 0)
    )
    groups = (counted.sum(axis=2) > 0).sum(axis=1)
    cells = (whole > 0).sum(axis=1)
    df = int((np.clip(groups - 1, 0, None) * np.clip(cells - 1, 0, None)).sum())
    return max(statistic, 0.0), df


def _told(statistic: float, df: int, count: int) -> ChainTest:
    chance = float(stats.chi2.sf(statistic, df)) if df else np.nan
    return ChainTest(statistic, df, chance, count)


def _part(found: Moves, split: Any) -> npt.NDArray[np.bool_]:
    """Which moves arrive in the period of the split or later."""
    place = found.periods.get_indexer(pd.Index([split]))[0]
    if place < 0:
        raise ValueError(
            f"split is {split!r}: no period of the panel; it runs from {found.periods[0]} to "
            f"{found.periods[-1]}"
        )
    late = found.arrival >= place
    if late.all() or not late.any():
        raise ValueError(f"split is {split!r}: all moves lie on one side of it; choose another")
    return np.asarray(late)


def _some_moves(panel: pd.DataFrame) -> Moves:
    found = moves(panel)
    if not len(found.before):
        raise ValueError(
            "panel: no account has a stage in two periods that follow each other, so nothing can "
            "be tested; add periods"
        )
    return found


def order_test(panel: pd.DataFrame, order: int = 1, split: Any = None) -> ChainTest:
    """Does it take more than today's stage to foretell the next one?

    Parameters
    ----------
    panel : DataFrame
        account_id, period, stage.
    order : 0 asks whether today's stage says anything; 1 whether the stage before it says more.
    split : period from which other chances hold; the two parts are then tested apart and added up,
        so that a change of the chances is not taken for memory.

    Returns
    -------
    ChainTest : G squared, degrees of freedom, p-value (missing where nothing can differ), moves.

    Raises
    ------
    ValueError
        For another order, a panel without moves (order 1: without two moves in a row), a split
        that is no period.

    Notes
    -----
    G^2 = 2 sum n_ijk ln(n_ijk n_j / (n_ij n_jk)) for order 1, with n over the moves whose stage
    before is known; degrees of freedom by the cells that occur.

    References
    ----------
    Anderson & Goodman 1957, Annals of Mathematical Statistics 28(1) 89-110; Hoel 1954, Biometrika
    41.
    """
    if order not in (0, 1):
        raise ValueError(f"order is {order!r}: 0 (no memory) or 1 (memory of one period)")
    found = _some_moves(panel)
    late = np.zeros(len(found.before), dtype=bool) if split is None else _part(found, split)
    size, statistic, df, count = len(found.states), 0.0, 0, 0
    for part in (~late, late):
        kept = part & (found.earlier >= 0) if order else part
        shape = (size, size, size) if order else (1, size, size)
        group = found.earlier[kept] if order else found.before[kept]
        stratum = found.before[kept] if order else np.zeros(int(kept.sum()), dtype=np.int64)
        code = (stratum * size + group) * size + found.after[kept]
        counted = np.bincount(code, minlength=int(np.prod(shape))).reshape(shape).astype(float)
        more, free = _homogeneity(counted)
        statistic, df, count = statistic + more, df + free, count + int(kept.sum())
    if not count:
        raise ValueError(
            "panel: nobody is seen in three periods that follow each other, so memory cannot be "
            "tested; add periods"
        )
    return _told(statistic, df, count)


def by_arrival(found: Moves) -> Floats:
    """Moves counted by period of arrival: (period, from, to)."""
    size, spans = len(found.states), len(found.periods)
    code = (found.arrival * size + found.before) * size + found.after
    counted = np.bincount(code, minlength=spans * size * size)
    return counted.reshape(spans, size, size).astype(float)


def stationarity_test(panel: pd.DataFrame, split: Any = None) -> ChainTest:
    """Are the chances the same in all periods?

    Parameters
    ----------
    panel : DataFrame
        account_id, period, stage.
    split : a period that was named before the look: tests the periods before it against those from
        it on. None tests every period against all.

    Returns
    -------
    ChainTest : G squared, degrees of freedom, p-value (missing where nothing can differ), moves.

    Raises
    ------
    ValueError
        For a panel without moves, or a split that is no period or has all moves on one side.

    Notes
    -----
    G^2 = 2 sum n_ij(t) ln(p_ij(t) / p_ij); degrees of freedom (T - 1) m (m - 1) where each cell
    occurs, fewer where not.

    References
    ----------
    Anderson & Goodman 1957, Annals of Mathematical Statistics 28(1) 89-110.
    """
    found = _some_moves(panel)
    counted = by_arrival(found)
    if split is not None:
        late = _part(found, split)
        place = int(found.arrival[late].min())
        counted = np.stack([counted[:place].sum(axis=0), counted[place:].sum(axis=0)])
    return _told(*_homogeneity(counted.transpose(1, 0, 2)), len(found.before))


def find_change(
    panel: pd.DataFrame,
    *,
    draws: int = 400,
    least: float = 0.1,
    spans: int = 1,
    random_state: int = 0,
) -> Change:
    """In which period did the chances change, if they did?

    Parameters
    ----------
    panel : DataFrame
        account_id, period, stage.
    draws : how often the arrivals are dealt out anew among the periods.
    least : part of all moves (a fraction below one half) that each side must have.
    spans : periods that each side must have; a year of them keeps a season from being taken for a
        change.
    random_state : seed.

    Returns
    -------
    Change : the period whose split has the largest statistic, that statistic, and its p-value; the
        statistics of all periods tried. Where no period can be tried, they are missing.

    Raises
    ------
    ValueError
        For a panel without moves, least outside 0 to one half, no draw.

    Notes
    -----
    The largest of many statistics is large by chance too, so it is compared with the largest after
    dealing the arrivals of each stage at random to the periods, which keeps how many left each
    stage in each period and where all of them went (Patefield's algorithm).
    p = (1 + larger ones) / (1 + draws).

    References
    ----------
    Andrews 1993, Econometrica 61(4); Patefield 1981, Applied Statistics 30(1).
    """
    at_least("draws", draws, 1)
    if not fraction("least", least, one=False) < 0.5:
        raise ValueError(f"least is {least:g}: each side cannot have half of the moves or more")
    at_least("spans", spans, 1)
    return change_in(_some_moves(panel), draws, least, spans, random_state)


def change_in(
    found: Moves, draws: int, least: float, spans: int = 1, random_state: int = 0
) -> Change:
    """`find_change` on moves that are counted already."""
    counted = by_arrival(found)
    before = np.cumsum(counted.sum(axis=(1, 2)))[:-1] / len(found.before)
    places = 1 + np.flatnonzero((before >= least) & (before <= 1 - least))
    # arrivals begin in the second period
    places = places[(places > spans) & (places <= len(counted) - spans)]
    if not len(places):
        return Change(None, np.nan, np.nan, pd.Series(dtype=float))
    rng = np.random.default_rng(random_state)
    seen = np.zeros(len(counted) - 1)
    drawn = np.zeros((draws, len(counted) - 1))
    for stage in range(len(found.states)):
        mine = counted[:, stage]
        left, to = mine.sum(axis=1), mine.sum(axis=0)
        if not left.sum() or (to > 0).sum() < 2:
            continue
        seen += _split_statistics(mine[None])[0]
        dealt = stats.random_table(left, to[to > 0]).rvs(draws, random_state=rng)
        drawn += _split_statistics(np.asarray(dealt, dtype=float).reshape(draws, len(left), -1))
    tried = pd.Series(seen[places - 1], index=found.periods[places])
    largest = drawn[:, places - 1].max(axis=1)
    top = int(np.argmax(tried.to_numpy()))
    chance = (1 + int((largest >= tried.iloc[top] - 1e-9).sum())) / (1 + draws)
    return Change(tried.index[top], float(tried.iloc[top]), chance, tried)


def _split_statistics(counted: Floats) -> Floats:
    """G squared of each split in two of (draws, period, to)."""
    first = np.cumsum(counted, axis=1)[:, :-1]
    second = counted.sum(axis=1, keepdims=True) - first
    whole = counted.sum(axis=1)
    found = -_log_sum(whole, 1) + _log_sum(whole.sum(axis=1, keepdims=True), 1)
    parts = sum(
        _log_sum(side, 2) - _log_sum(side.sum(axis=2, keepdims=True), 2) for side in (first, second)
    )
    return np.asarray(2 * (parts + found[:, None]), dtype=float)


__all__ = ["ChainTest", "Change", "find_change", "order_test", "stationarity_test"]
