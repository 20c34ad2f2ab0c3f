"""A chain of stages: who moves where, how long it takes, where it ends, what a stage is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from keyacct_utils.lessons.relationship_stages.panels import Moves, moves
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import numeric_table, some

Floats = npt.NDArray[np.float64]
#: Rows add up to one within this; a smaller chance is none.
_CLOSE, _NONE = 1e-6, 1e-12


class Absorption(NamedTuple):
    """What becomes of each stage on its way to the stages that are never left."""

    #: Expected number of periods in each passing stage (columns), by the stage today (rows).
    visits: pd.DataFrame
    #: Expected periods until a stage that is never left.
    periods: pd.Series
    #: Chance to end in each of these (columns).
    odds: pd.DataFrame


def counts_of(found: Moves, chosen: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Moves counted, from (rows) to (columns); of the chosen ones only."""
    size = len(found.states)
    code = found.before * size + found.after
    code = code if chosen is None else code[chosen]
    return np.bincount(code, minlength=size * size).reshape(size, size).astype(float)


def transition_counts(panel: pd.DataFrame, states: Sequence[str] | None = None) -> pd.DataFrame:
    """How many moves were there from each stage to each stage, from one period to the next?

    Parameters
    ----------
    panel : DataFrame
        account_id, period, stage; an account that stays counts as a move to the same stage.
    states : order of the stages.

    Returns
    -------
    DataFrame : counts, from (rows) to (columns).

    Raises
    ------
    ValueError
        As `panels.moves` says, and where nobody is seen in two periods that follow each other.
    """
    found = moves(panel, states)
    if not len(found.before):
        raise ValueError(
            "panel: no account has a stage in two periods that follow each other, so there is no "
            "move; add periods, or take longer ones"
        )
    names = pd.Index(found.states)
    return pd.DataFrame(counts_of(found).astype(int), names.rename("from"), names.rename("to"))


def transition_matrix(
    panel: pd.DataFrame,
    states: Sequence[str] | None = None,
    *,
    unseen: Literal["raise", "stay"] = "raise",
) -> pd.DataFrame:
    """With which chance does an account move from one stage to another in a period?

    Parameters
    ----------
    panel : DataFrame
        account_id, period, stage.
    states : order of the stages.
    unseen : what of a stage that nobody was seen leaving or staying in: "raise", or "stay", which
        takes it as never left.

    Returns
    -------
    DataFrame : fractions from (rows) to (columns); rows add up to 1.

    Raises
    ------
    ValueError
        As `transition_counts`, and for an unseen stage.

    Notes
    -----
    p_ij = n_ij / n_i, the maximum-likelihood estimate of a first-order chain.

    References
    ----------
    Anderson & Goodman 1957, Annals of Mathematical Statistics 28(1) 89-110.
    """
    if unseen not in ("raise", "stay"):
        raise ValueError(f"unseen is {unseen!r}; use 'raise' or 'stay'")
    counted = transition_counts(panel, states)
    none = list(counted.index[counted.sum(axis=1) == 0])
    if none and unseen == "raise":
        raise ValueError(
            f"panel: no move out of {some(none)} is seen, so its row is not known; unseen='stay' "
            "takes it as never left, or leave it out of the panel"
        )
    matrix = shares_of_rows(counted.to_numpy(dtype=float))
    return pd.DataFrame(matrix, counted.index, counted.columns)


def shares_of_rows(counted: Floats) -> Floats:
    """Counts (..., from, to) as shares of their rows; a row without any stays where it is."""
    total = counted.sum(axis=-1, keepdims=True)
    stay = np.broadcast_to(np.eye(counted.shape[-1]), counted.shape)
    return np.where(total > 0, counted / np.where(total > 0, total, 1.0), stay)


def _chain(matrix: pd.DataFrame) -> Floats:
    """The matrix as an array, or a ValueError that says what is no chain about it."""
    table = numeric_table(matrix, "matrix")
    if table.shape[0] != table.shape[1] or list(table.index) != list(table.columns):
        raise ValueError(
            f"matrix is {table.shape[0]} x {table.shape[1]}: expected the same stages as rows and "
            "columns, in the same order"
        )
    if not table.index.is_unique:
        raise ValueError("matrix names a stage twice: give each stage one row and one column")
    values = table.to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < -_NONE).any():
        raise ValueError("matrix holds a chance that is missing or below 0; repair it first")
    off = np.abs(values.sum(axis=1) - 1) > _CLOSE
    if off.any():
        first = table.index[off][0]
        raise ValueError(
            f"matrix: the row of {first} adds up to {values[off][0].sum():g}, not to 1; divide "
            "counts by their row totals (fractions, not percent)"
        )
    return values


def _stages(matrix: pd.DataFrame, names: Sequence[str], argument: str) -> npt.NDArray[np.int64]:
    if isinstance(names, str):
        raise ValueError(f"{argument} is one text: give a list of stages, as [{names!r}]")
    found = matrix.index.get_indexer(pd.Index(list(names), dtype=object))
    if (found < 0).any():
        lost = [name for name, place in zip(names, found, strict=True) if place < 0]
        raise ValueError(
            f"{argument}: no stage {some(map(repr, lost))}; there are {some(matrix.index)}"
        )
    return np.asarray(found, dtype=np.int64)


def _reaches(values: Floats, targets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """From which stages one of the targets can be reached at all."""
    found = np.zeros(len(values), dtype=bool)
    found[targets] = True
    for _ in values:
        found |= (values[:, found] > _NONE).any(axis=1)
    return found


def fundamental_matrix(matrix: pd.DataFrame, absorbing: Sequence[str] | None = None) -> Absorption:
    """How long until an account is lost for good, and where does it end?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns), rows add up to 1.
    absorbing : stages that shall count as never left, whatever their rows say, such as
        ["lapsed"]; by default those that stay with chance 1.

    Returns
    -------
    Absorption : visits (periods, stages that pass x stages that pass), periods until the end, odds
        of the ends.

    Raises
    ------
    ValueError
        For a matrix whose rows do not add up to 1, a stage that it does not have, no absorbing
        stage, only such, or a stage from which none can be reached.

    Notes
    -----
    N = (I - Q)^-1, t = N 1, B = N R, where Q holds the chances among stages that pass and R those
    to stages that are never left.

    References
    ----------
    Kemeny & Snell 1960, Finite Markov Chains; Grinstead & Snell 1997, Introduction to Probability,
    ch. 11.2.
    """
    values = _chain(matrix)
    stay = np.flatnonzero(np.abs(np.diag(values) - 1) <= _CLOSE)
    ends = stay if absorbing is None else np.union1d(stay, _stages(matrix, absorbing, "absorbing"))
    if not len(ends):
        raise ValueError(
            "matrix has no stage that is never left, so no account is ever lost for good; name "
            "one, as absorbing=['lapsed'], or use first_passage"
        )
    if len(ends) == len(values):
        raise ValueError(
            "matrix has only stages that are never left: nothing moves, nothing to ask"
        )
    stuck = ~_reaches(values, ends)
    if stuck.any():
        raise ValueError(
            f"matrix: from {some(matrix.index[stuck])} no stage of {some(matrix.index[ends])} can "
            "be reached; leave it out or name another end"
        )
    passing = np.setdiff1d(np.arange(len(values)), ends)
    visits = np.linalg.inv(np.eye(len(passing)) - values[np.ix_(passing, passing)])
    names = matrix.index[passing]
    return Absorption(
        pd.DataFrame(visits, names, names),
        pd.Series(visits.sum(axis=1), names, name="periods"),
        pd.DataFrame(visits @ values[np.ix_(passing, ends)], names, matrix.index[ends]),
    )


def first_passage(matrix: pd.DataFrame) -> pd.DataFrame:
    """How many periods until an account is in a stage for the first time?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns), rows add up to 1.

    Returns
    -------
    DataFrame : expected periods from (rows) to (columns); 0 on the diagonal, and infinity where a
        stage may never be reached.

    Raises
    ------
    ValueError
        As `fundamental_matrix` of the matrix itself.

    Notes
    -----
    m_ij = 1 + sum over k other than j of p_ik m_kj: the time to absorption with j made absorbing.

    References
    ----------
    Grinstead & Snell 1997, Introduction to Probability, ch. 11.5 (the Land of Oz).
    """
    values = _chain(matrix)
    size = len(values)
    found = np.zeros((size, size))
    for target in range(size):
        others = np.delete(np.arange(size), target)
        # sure to arrive: nothing on the way leads where the target cannot be reached from
        way = values.copy()
        way[target] = 0
        way[target, target] = 1
        lost = np.flatnonzero(~_reaches(way, np.array([target])))
        sure = others[~_reaches(way, lost)[others]] if len(lost) else others
        found[others, target] = np.inf
        if len(sure):
            inner = np.eye(len(sure)) - values[np.ix_(sure, sure)]
            found[sure, target] = np.linalg.solve(inner, np.ones(len(sure)))
    return pd.DataFrame(found, matrix.index, matrix.columns)


def stationary_shares(matrix: pd.DataFrame) -> pd.Series:
    """How would accounts spread over the stages in the long run, if chances stayed as they are?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns), rows add up to 1.

    Returns
    -------
    Series : shares by stage (fractions, sum 1), whatever the shares today.

    Raises
    ------
    ValueError
        For a matrix whose rows do not add up to 1, or one with several groups of stages that are
        never left: then the long run hangs on where accounts begin.

    Notes
    -----
    pi P = pi, sum pi = 1. A chain that runs in a circle has these shares on average over time.

    References
    ----------
    Grinstead & Snell 1997, ch. 11.3.
    """
    values = _chain(matrix)
    links = csr_array(values > _NONE)
    count, group = connected_components(links, directed=True, connection="strong")
    leaves = np.array(
        [(values[np.ix_(group == one, group != one)] > _NONE).any() for one in range(count)]
    )
    if (closed := int((~leaves).sum())) > 1:
        raise ValueError(
            f"matrix has {closed} groups of stages that are never left: the long run hangs on "
            "where accounts begin; use fundamental_matrix(...).odds"
        )
    size = len(values)
    system = np.vstack([values.T - np.eye(size), np.ones(size)])
    shares = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]
    return pd.Series(np.clip(shares, 0, None), matrix.index, name="share")


def _per_stage(matrix: pd.DataFrame, given: Any, argument: str) -> Floats:
    series = given if isinstance(given, pd.Series) else None
    if isinstance(given, Mapping):
        series = pd.Series(dict(given), dtype=float)
    if series is None:
        raise ValueError(
            f"{argument} is a {type(given).__name__}: expected a Series or dict by stage"
        )
    if lost := [name for name in matrix.index if name not in series.index]:
        raise ValueError(f"{argument} lacks {some(lost)}: give one number for each stage")
    values = series.reindex(matrix.index).to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise ValueError(f"{argument} holds a missing number: give one for each stage")
    return values


def worth(values: Floats, reward: Floats, discount: float) -> Floats:
    """(I - P / (1 + d))^-1 R for one chain or many (..., stages, stages)."""
    eye = np.eye(values.shape[-1])
    return np.asarray(
        np.linalg.solve(eye - values / (1 + discount), reward[..., None])[..., 0], dtype=float
    )


def stage_value(
    matrix: pd.DataFrame,
    reward: pd.Series | Mapping[str, float],
    discount: float,
    *,
    horizon: int | None = None,
    first: Literal["now", "end"] = "now",
) -> pd.Series:
    """What is an account in each stage worth, with all that may become of it?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns) in a period, rows add up to 1.
    reward : contribution of an account in a period, by stage (currency; below zero for a cost).
    discount : rate per period (a fraction above -1; above 0 without a horizon). A rate a year of d
        is (1 + d) ** (1 / 4) - 1 a quarter.
    horizon : periods that count, this one included; None counts all.
    first : "now" takes the reward of this period at once, "end" a period later.

    Returns
    -------
    Series : value by stage, currency.

    Raises
    ------
    ValueError
        For a matrix whose rows do not add up to 1, a reward that lacks a stage, a rate of -1 or
        less, or one of 0 or less without a horizon.

    Notes
    -----
    V = sum over t of (P / (1 + d))^t R = (I - P / (1 + d))^-1 R, with R received now.

    References
    ----------
    Pfeifer & Carraway 2000, Journal of Interactive Marketing 14(2) 43-55.
    """
    values, gain = _chain(matrix), _per_stage(matrix, reward, "reward")
    if not np.isfinite(discount) or discount <= -1:
        raise ValueError(f"discount is {discount:g}: expected a rate above -1, as 0.03 a quarter")
    if first not in ("now", "end"):
        raise ValueError(f"first is {first!r}; use 'now' or 'end'")
    if horizon is None:
        if discount <= 0:
            raise ValueError(
                f"discount is {discount:g}: without a horizon the sum has no end; give a rate "
                "above 0 or a horizon"
            )
        found = worth(values, gain, discount)
    else:
        if horizon < 1:
            raise ValueError(f"horizon is {horizon}: expected a number of periods, 1 or more")
        found, term = gain.copy(), gain
        for _ in range(horizon - 1):
            term = values @ term / (1 + discount)
            found = found + term
    return pd.Series(found / (1 + discount if first == "end" else 1), matrix.index, name="value")


def shares_after(
    matrix: pd.DataFrame, start: pd.Series | Mapping[str, float], periods: int
) -> pd.DataFrame:
    """How are accounts spread over the stages in the coming periods?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns), rows add up to 1.
    start : accounts or shares by stage today, none negative.
    periods : how many periods to go, 1 or more.

    Returns
    -------
    DataFrame : one row per period from 0 (today), one column per stage, in the unit of start.

    Raises
    ------
    ValueError
        For a matrix that is no chain, a start that lacks a stage or is negative, no period.
    """
    values, now = _chain(matrix), _per_stage(matrix, start, "start")
    if (now < 0).any():
        raise ValueError("start is negative in a stage: give accounts or shares, none below 0")
    if periods < 1:
        raise ValueError(f"periods is {periods}: expected 1 or more")
    rows = [now]
    for _ in range(periods):
        rows.append(rows[-1] @ values)
    return pd.DataFrame(rows, columns=matrix.index).rename_axis("period")


def path_odds(matrix: pd.DataFrame, path: Sequence[tuple[str, int]]) -> float:
    """With which chance does an account stay so long in one stage, then so long in the next?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns) in a period, rows add up to 1.
    path : (stage, periods in it) in their order, the account being in the first one today.

    Returns
    -------
    float : chance (fraction) of exactly this path; the last stage lasts at least so long.

    Raises
    ------
    ValueError
        For a matrix that is no chain, an unknown stage, a path without a step, fewer than one
        period in a stage.

    Notes
    -----
    p_11^(n_1 - 1) p_12 p_22^(n_2 - 1) ...: the source gives years of three stages (S000-12a).
    """
    values = _chain(matrix)
    if not len(path):
        raise ValueError("path is empty: give at least one (stage, periods)")
    places = _stages(matrix, [stage for stage, _ in path], "path")
    chance = 1.0
    for number, (place, (stage, length)) in enumerate(zip(places, path, strict=True)):
        if length < 1:
            raise ValueError(f"path: {length} periods in {stage}; expected 1 or more")
        chance *= float(values[place, place]) ** (length - 1)
        if number:
            chance *= float(values[places[number - 1], place])
    return chance


def _best_places(accounts: Floats, gain: Floats, places: float) -> Floats:
    """Gain of so many places given to the accounts that bring most."""
    order = np.argsort(-gain, axis=-1, kind="stable")
    ordered = np.take_along_axis(accounts, order, axis=-1)
    before = np.cumsum(ordered, axis=-1) - ordered
    taken = np.clip(places - before, 0, ordered)
    return np.asarray((taken * np.take_along_axis(gain, order, axis=-1)).sum(axis=-1), dtype=float)


def frozen_list_cost(
    matrix: pd.DataFrame,
    reward: pd.Series | Mapping[str, float],
    start: pd.Series | Mapping[str, float],
    *,
    listed: Sequence[str] = ("deep",),
    periods: int = 4,
    lift: float = 1.0,
) -> pd.DataFrame:
    """What does a list of key accounts cost that is drawn up once and then left as it is?

    Parameters
    ----------
    matrix : DataFrame
        Chances from (rows) to (columns) in a period, rows add up to 1.
    reward : contribution of an account in a period, by stage, currency.
    start : accounts by stage on the day on which the list is drawn up.
    listed : stages whose accounts are put on it; so many places it has.
    periods : how long it stays as it is; 4 quarters in S000-5e.
    lift : part of an account's contribution that hangs on being on the list (a fraction above 0);
        no document says.

    Returns
    -------
    DataFrame : by period from 1: still (share of the listed that are still in a listed stage),
        frozen and renewed (contribution of the accounts on either list), cost (lift times their
        difference), all in the unit of start times reward. A renewed list has as many places. It is
        drawn up at the end of the period before, when what comes is not known yet, and gives the
        places to the stages that are expected to bring most; so both lists are one in the first
        period.

    Raises
    ------
    ValueError
        For a matrix that is no chain, a stage that is not there, nobody to list, no period, a lift
        outside 0 to 1.

    Notes
    -----
    frozen_t = s_L P^t R, where s_L holds the accounts of the listed stages; renewed_t takes the
    same number of accounts from s P^(t-1), those of the largest P R first.
    """
    values = _chain(matrix)
    gain, now = _per_stage(matrix, reward, "reward"), _per_stage(matrix, start, "start")
    places = _stages(matrix, listed, "listed")
    fraction("lift", lift)
    if periods < 1:
        raise ValueError(f"periods is {periods}: expected 1 or more")
    if (now < 0).any():
        raise ValueError("start is negative in a stage: give accounts, none below 0")
    if not now[places].sum() > 0:
        raise ValueError(f"start holds no account in {some(listed)}: nobody would be on the list")
    return pd.DataFrame(
        frozen_path(values[None], gain[None], now, places, periods, lift)[0],
        index=pd.RangeIndex(1, periods + 1, name="period"),
        columns=["still", "frozen", "renewed", "cost"],
    )


def frozen_path(
    values: Floats,
    gain: Floats,
    now: Floats,
    places: npt.NDArray[np.int64],
    periods: int,
    lift: float,
) -> Floats:
    """The table of `frozen_list_cost` for many chains at once: (chains, periods, 4)."""
    on = np.zeros(len(now))
    on[places] = now[places]
    seats = float(on.sum())
    list_now = np.broadcast_to(on, (len(values), len(now)))
    all_now = np.broadcast_to(now, (len(values), len(now)))
    found, ahead = [], np.einsum("cij,cj->ci", values, gain)
    for _ in range(periods):
        frozen = (list_now * ahead).sum(axis=1)
        renewed = np.maximum(frozen, _best_places(all_now, ahead, seats))
        list_now = np.einsum("ci,cij->cj", list_now, values)
        all_now = np.einsum("ci,cij->cj", all_now, values)
        still = list_now[:, places].sum(axis=1) / seats
        found.append(np.stack([still, frozen, renewed, lift * (renewed - frozen)], axis=1))
    return np.stack(found, axis=1)


__all__ = [
    "Absorption",
    "first_passage",
    "frozen_list_cost",
    "fundamental_matrix",
    "path_odds",
    "shares_after",
    "stage_value",
    "stationary_shares",
    "transition_counts",
    "transition_matrix",
]
