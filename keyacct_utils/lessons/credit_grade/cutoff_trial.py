"""Would a cut-off that was chosen on some accounts save anything on others?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedKFold

from keyacct_utils.lessons.credit_grade.score_measures import priced_accounts
from keyacct_utils.lessons.shared.amounts import at_least
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits

#: Numbers held in memory at once: draws are taken in portions.
_AT_ONCE = 2_000_000
#: Costs nearer to each other than this are alike, in the unit of the costs.
_ALIKE = 6


class CutoffTrial(NamedTuple):
    """What cut-offs cost on accounts that did not choose them, and how sure that is."""

    #: Cost of the cut-offs chosen on the other parts, of asking nobody, of asking everybody.
    cost: float
    nobody: float
    everybody: float
    #: Saving against the cheaper of the two, as a share of its cost; below 0 a loss.
    gain: float
    low: float
    high: float
    #: How often scores dealt out at random gain as much.
    chance: float
    #: Place of the account whose absence moves the gain most, and the gain without it.
    heaviest: int
    without: float


def parted(default: ArrayLike, folds: int, seed: int) -> np.ndarray:
    """The part of each account, 0 to ``folds`` - 1; each has its share of the defaulters."""
    bad = np.asarray(default)
    place = np.empty(len(bad), dtype=int)
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(bad)), bad)
    for number, (_, asked) in enumerate(split):
        place[asked] = number
    return place


def _cumulated(amounts: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """What lies below each cut-off, the lowest (nothing) first; one row for each draw."""
    sums = np.cumsum(np.add.reduceat(amounts, starts, axis=1), axis=1)
    return np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)


def _crossed(
    starts: np.ndarray, missed: np.ndarray, refused: np.ndarray, part: np.ndarray, folds: int
) -> np.ndarray:
    """Cost, by draw, of the cut-offs that are cheapest on the other parts; accounts by score."""
    loss, burden = _cumulated(missed, starts), _cumulated(refused, starts)
    rows, total = np.arange(len(missed)), np.zeros(len(missed))
    for number in range(folds):
        inside = part == number
        own_loss = _cumulated(np.where(inside, missed, 0.0), starts)
        own_burden = _cumulated(np.where(inside, refused, 0.0), starts)
        through = loss[:, -1:] - own_loss[:, -1:] - (loss - own_loss)
        chosen = np.round(through + burden - own_burden, _ALIKE).argmin(axis=1)
        total += own_loss[:, -1] - own_loss[rows, chosen] + own_burden[rows, chosen]
    return total


def _gain(cost: np.ndarray, missed: np.ndarray, refused: np.ndarray) -> np.ndarray:
    """Saving against the cheaper of asking nobody and everybody, by draw; 0 where that is free."""
    least = np.minimum(missed.sum(axis=1), refused.sum(axis=1))
    return np.where(least > 0, 1 - cost / np.where(least > 0, least, 1), 0.0)


def try_cutoffs(
    score: ArrayLike | pd.Series,
    default: ArrayLike | pd.Series,
    *,
    missed: ArrayLike | pd.Series,
    refused: ArrayLike | pd.Series,
    draws: int,
    folds: int = 5,
    repeats: int = 5,
    confidence: float = 0.95,
    candidates: int = 50,
    random_state: int = 0,
) -> CutoffTrial:
    """Does the score earn anything: a cut-off chosen on some accounts and priced on others?

    Parameters
    ----------
    score, default, missed, refused : as in
        :func:`~keyacct_utils.lessons.credit_grade.score_measures.cost_curve`
    draws : resamples of the interval, and deals of the scores at random.
    folds, repeats : into how many parts the accounts are divided, and how often anew. With fewer
        defaulters or payers than parts there are as many parts as those.
    confidence, random_state : level of the interval, seed.
    candidates : so many accounts, those with the largest amounts, are left out one at a time.

    Returns
    -------
    CutoffTrial

    Raises
    ------
    ValueError : as ``cost_curve``; fewer than two defaulters or payers, fewer than one draw.

    Notes
    -----
    gain = 1 - C / min(N, E): C is the cost of each part at the cut-off that is cheapest on the
    other parts (of several, the one that asks the fewest), N that of asking nobody, E that of
    asking everybody; the mean of ``repeats`` divisions. The interval is the percentile bootstrap
    over accounts, and copies of an account stay in one part. ``chance`` repeats choice and pricing
    with the scores dealt out anew: a cut-off that is chosen and priced on the same accounts saves
    something even then. Stone 1974, Journal of the Royal Statistical Society B 36(2); Efron &
    Tibshirani 1993; the reference by permutation: Ojala & Garriga 2010, JMLR 11.
    """
    values, bad, lost, burden = priced_accounts(score, default, missed, refused)
    folds = min(folds, int(bad.sum()), int((~bad).sum()))
    if folds < 2:
        raise ValueError(
            f"default: {bad.sum()} of {len(bad)} defaulted: expected two of each kind at least, "
            "so that one can judge what the other chose"
        )
    order, rng = np.argsort(values, kind="stable"), np.random.default_rng(random_state)
    starts = np.flatnonzero(np.append(True, np.diff(values[order]) > 0))
    miss, refuse = np.where(bad, lost, 0.0)[order], np.where(bad, 0.0, burden)[order]
    parts = [parted(bad[order], folds, random_state + k) for k in range(repeats)]
    n = len(values)

    def gains(weight: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        found = np.empty(len(weight))
        for at in range(0, len(weight), step := max(1, _AT_ONCE // n)):
            w = weight[at : at + step]
            take = slice(None) if places is None else places[at : at + step]
            m, r = (w * amounts[take] for amounts in (miss, refuse))
            each = [
                _crossed(starts, m, r, np.broadcast_to(part[take], m.shape), folds)
                for part in parts
            ]
            found[at : at + step] = _gain(np.mean(each, axis=0), m, r)
        return found

    whole, drawn = np.ones((1, n)), at_least("draws", draws, 1)
    cost = float(
        np.mean([_crossed(starts, miss[None], refuse[None], p[None], folds) for p in parts])
    )
    gain = float(gains(whole)[0])
    resampled = gains(drawn_counts(n, drawn, rng).astype(float))
    low, high = percentile_limits(resampled, confidence)
    dealt = gains(
        np.broadcast_to(1.0, (drawn, n)), np.array([rng.permutation(n) for _ in range(drawn)])
    )
    left = np.argsort(-np.maximum(miss, refuse), kind="stable")[:candidates]
    absent = np.ones((len(left), n))
    absent[np.arange(len(left)), left] = 0.0
    moved = gains(absent)
    most = int(np.abs(moved - gain).argmax())
    chance = (1 + int((dealt >= gain - 1e-12).sum())) / (1 + drawn)
    return CutoffTrial(
        cost, float(miss.sum()), float(refuse.sum()), gain, low, high, chance,
        int(order[left[most]]), float(moved[most]),
    )  # fmt: skip
