"""How good is a credit score: discrimination, calibration, stability, expected loss and the cost
of each cut-off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared.amounts import at_least, tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

Edges = int | Sequence[float]

#: Population stability: below the first no change to speak of, above the second a new population
#: (Siddiqi 2006).
STABILITY_LIMITS = (0.10, 0.25)
#: Share given to an empty bin, so that its logarithm is finite.
_LEAST_SHARE = 1e-4


class Discrimination(NamedTuple):
    """Area under the ROC curve, Gini = 2 AUC - 1, and the limits of the AUC's interval."""

    auc: float
    gini: float
    low: float
    high: float


def outcome(default: ArrayLike | pd.Series, size: int | None = None) -> np.ndarray:
    """True for a default; both classes must occur."""
    values = to_number(pd.Series(default), "default").to_numpy()
    odd = values[~np.isin(values, (0.0, 1.0))]
    if len(odd):
        raise ValueError(
            f"default: {len(odd)} value(s) such as {some(odd)}: "
            "expected 0 (paid) or 1 (defaulted); drop the unknown"
        )
    if size is not None and len(values) != size:
        raise ValueError(
            f"default holds {len(values)} values for {size} "
            "accounts: expected one for each, in the same order"
        )
    bad = values == 1
    if bad.all() or not bad.any():
        raise ValueError(
            f"default: {bad.sum()} of {len(bad)} defaulted: "
            "expected some of both; a longer window may have some"
        )
    return bad


def _finite(values: ArrayLike | pd.Series, name: str) -> np.ndarray:
    out = to_number(pd.Series(values), name).to_numpy()
    if not len(out) or not np.isfinite(out).all():
        bad = np.flatnonzero(~np.isfinite(out))
        raise ValueError(
            f"{name}: {len(bad)} of {len(out)} are no finite "
            f"numbers (rows {some(bad)}); drop or fill them"
        )
    return out


def aligned(x: object, default: object) -> None:
    """Raise a ValueError where both carry an index and these differ: the pairs would be wrong."""
    if (
        isinstance(x, pd.Series | pd.DataFrame)
        and isinstance(default, pd.Series)
        and not x.index.equals(default.index)
    ):
        raise ValueError(
            "default has another index than the accounts: expected "
            "the same accounts in the same order; reindex it"
        )


def bin_edges(x: ArrayLike | pd.Series, bins: Edges = 5) -> np.ndarray:
    """Inner edges of the bins of a number: given, or quantiles, those that coincide once. A bin is
    (lower, upper]; where a quantile is the largest value, those who share it are a bin of their
    own.
    """
    if not isinstance(bins, int | np.integer):
        edges = np.asarray(bins, dtype=float)
        if edges.ndim != 1 or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
            raise ValueError(
                f"bins is {some(edges.ravel())}: expected a "
                "number of bins or finite rising inner edges"
            )
        return edges
    if bins < 2:
        raise ValueError(f"bins is {bins}: expected at least 2")
    values = np.asarray(x, dtype=float)
    values = values[~np.isnan(values)]
    if not len(values) or np.isinf(values).any():
        raise ValueError(
            f"x: {np.isinf(values).sum()} infinite of {len(values)} "
            "values: expected finite numbers to take quantiles of"
        )
    edges, top = np.unique(np.quantile(values, np.arange(1, bins) / bins)), values.max()
    if edges[-1] < top or not (values < top).any():
        return edges[edges < top]
    return np.unique([*edges[edges < top], values[values < top].max()])


def _both(
    score: ArrayLike | pd.Series, default: ArrayLike | pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    aligned(score, default)
    values = _finite(score, "score")
    return values, outcome(default, len(values))


def ks_statistic(score: ArrayLike | pd.Series, default: ArrayLike | pd.Series) -> float:
    """How far apart are defaulters and payers at the best cut (Kolmogorov-Smirnov)?

    Parameters
    ----------
    score : one number per account; it may point either way.
    default : 0 or 1 per account, same order.

    Returns
    -------
    float : max over cuts of |share of defaulters below - share of payers below|, 0 to 1; equal
        scores fall on one side together.

    Raises
    ------
    ValueError : one class only, lengths differ, a score that is no finite number.
    """
    values, bad = _both(score, default)
    order = np.argsort(values)
    ranked, hit = values[order], bad[order]
    last = np.append(ranked[1:] != ranked[:-1], True)
    below_bad = np.cumsum(hit)
    below_good = np.arange(1, len(hit) + 1) - below_bad
    gap = below_bad[last] / below_bad[-1] - below_good[last] / below_good[-1]
    return float(np.abs(gap).max())


def gini_auc(
    score: ArrayLike | pd.Series,
    default: ArrayLike | pd.Series,
    *,
    high_is_safe: bool = True,
    confidence: float = 0.95,
) -> Discrimination:
    """How often does the score put a payer above a defaulter?

    Parameters
    ----------
    score, default : as in :func:`ks_statistic`
    high_is_safe : False for a score that is high for risky accounts, such as a probability of
        default.
    confidence : level of the interval.

    Returns
    -------
    Discrimination
        auc: 1 perfect, .5 no better than a coin, below .5 the score points the other way; gini = 2
        auc - 1; low and high. With a single defaulter or payer the interval is 0 to 1.

    Raises
    ------
    ValueError : as :func:`ks_statistic`.

    Notes
    -----
    AUC = P(score of a payer > score of a defaulter) + half the chance of a tie. DeLong, DeLong &
    Clarke-Pearson 1988, Biometrics 44(3): variance = S01 / defaulters + S10 / payers.
    """
    values, bad = _both(score, default)
    risky, safe = np.sort(values[bad]), np.sort(values[~bad])
    below = (np.searchsorted(safe, risky, "left") + np.searchsorted(safe, risky, "right")) / (
        2 * len(safe)
    )
    auc = float(1 - below.mean())
    low, high = 0.0, 1.0
    if min(len(risky), len(safe)) > 1:
        under = (np.searchsorted(risky, safe, "left") + np.searchsorted(risky, safe, "right")) / (
            2 * len(risky)
        )
        spread = np.sqrt(below.var(ddof=1) / len(risky) + under.var(ddof=1) / len(safe))
        reach = float(stats.norm.ppf(tails(confidence)[1]) * spread)
        low, high = max(0.0, auc - reach), min(1.0, auc + reach)
    if not high_is_safe:
        auc, low, high = 1 - auc, 1 - high, 1 - low
    return Discrimination(auc, 2 * auc - 1, low, high)


def resampled_auc(
    scores: np.ndarray, default: ArrayLike | pd.Series, *, draws: int, random_state: int = 0
) -> np.ndarray:
    """How far would the AUC of each score move with other accounts of the same kind?

    Parameters
    ----------
    scores : array, accounts x scores, each high for safe accounts.
    default : 0 or 1 per account, same order.
    draws, random_state : resamples, seed.

    Returns
    -------
    array, draws x scores : the ``auc`` of :func:`gini_auc` in each resample. Payers and defaulters
        are drawn apart; a row holds the same accounts for all scores, so that differences between
        its columns are paired.

    Raises
    ------
    ValueError : one class only, lengths differ, a score that is no finite number, fewer than one
        draw.
    """
    bad = outcome(default, len(scores))
    places = [np.unique(_finite(column, "scores"), return_inverse=True)[1] for column in scores.T]
    rng, payers, defaulters = (
        np.random.default_rng(random_state), np.flatnonzero(~bad), np.flatnonzero(bad)
    )  # fmt: skip
    found = np.empty((at_least("draws", draws, 1), len(places)))
    for draw in range(draws):
        safe, risky = (rng.choice(group, len(group)) for group in (payers, defaulters))
        for column, place in enumerate(places):
            # Accounts at each value of the score, lowest first: counting needs no sorting anew.
            size = place.max() + 1
            good, hit = (np.bincount(place[rows], minlength=size) for rows in (safe, risky))
            above = len(safe) - np.cumsum(good) + good / 2
            found[draw, column] = hit @ above / (len(safe) * len(risky))
    return found


def stability_table(
    expected: ArrayLike | pd.Series, actual: ArrayLike | pd.Series, bins: Edges = 10
) -> pd.DataFrame:
    """In which bins of the score has the population shifted?

    Parameters
    ----------
    expected, actual : scores of the population that the score was made for, and of the one it is
        used on.
    bins : number of quantile bins of ``expected``, or inner edges.

    Returns
    -------
    DataFrame, lowest bin first : upto (upper edge, inf for the last), expected, actual (shares),
        psi (contribution).

    Raises
    ------
    ValueError : no scores, values that are not finite, fewer than 2 bins asked for.

    Notes
    -----
    PSI = sum of (actual - expected) ln(actual / expected); an empty bin counts as a share of
    0.0001. Siddiqi 2006.
    """
    first, second = _finite(expected, "expected"), _finite(actual, "actual")
    edges = bin_edges(first, bins)
    shares = []
    for values in (first, second):
        share = np.bincount(
            np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1
        ) / len(values)
        shares.append(np.maximum(share, _LEAST_SHARE))
    before, after = shares
    psi = (after - before) * np.log(after / before)
    return pd.DataFrame(
        {"upto": np.append(edges, np.inf), "expected": before, "actual": after, "psi": psi}
    )


def population_stability(
    expected: ArrayLike | pd.Series, actual: ArrayLike | pd.Series, bins: Edges = 10
) -> float:
    """Has the population shifted since the score was made? The sum of ``psi`` of
    :func:`stability_table`.

    Below 0.10 no change to speak of, above 0.25 a new population (Siddiqi 2006, a rule of thumb:
    see ``STABILITY_LIMITS``).
    """
    return float(stability_table(expected, actual, bins)["psi"].sum())


def calibration_table(
    probability: ArrayLike | pd.Series, default: ArrayLike | pd.Series, bins: int = 5
) -> pd.DataFrame:
    """Do as many accounts default as the probabilities say?

    Parameters
    ----------
    probability : chance of default per account, 0 to 1.
    default : 0 or 1 per account, same order.
    bins : number of groups of (nearly) equal size by probability; equal probabilities stay
        together.

    Returns
    -------
    DataFrame, safest group first : n, predicted (mean), observed (share), low, high (Wilson 95 %
        interval of the share).

    Raises
    ------
    ValueError : a probability outside 0 to 1, one class only, fewer than 2 bins.
    """
    values, bad = _both(probability, default)
    odd = values[(values < 0) | (values > 1)]
    if len(odd):
        raise ValueError(
            f"probability: {len(odd)} value(s) such as "
            f"{some(odd)}: expected 0 to 1; divide percent by 100"
        )
    group = pd.Series(np.searchsorted(bin_edges(values, bins), values, side="left"))
    frame = pd.DataFrame({"probability": values, "bad": bad}).groupby(group, sort=True)
    table = frame.agg(
        n=("bad", "size"), predicted=("probability", "mean"), observed=("bad", "mean")
    ).reset_index(drop=True)
    hits = (table["observed"] * table["n"]).round()
    low, high = proportion_confint(hits, table["n"], method="wilson")
    return table.assign(low=low, high=high)


def _costs(cost: ArrayLike | pd.Series, name: str, size: int) -> np.ndarray:
    values = _finite(np.atleast_1d(np.asarray(cost, dtype=float)), name)
    if len(values) not in (1, size) or (values < 0).any():
        raise ValueError(
            f"{name}: {len(values)} value(s), smallest "
            f"{values.min():g}: expected one or {size}, none below 0"
        )
    return np.broadcast_to(values, size)


def cost_curve(
    score: ArrayLike | pd.Series,
    default: ArrayLike | pd.Series,
    *,
    missed: ArrayLike | pd.Series,
    refused: ArrayLike | pd.Series,
) -> pd.DataFrame:
    """What does each cut-off cost: defaults let through, and good accounts treated as bad?

    Parameters
    ----------
    score, default : as in :func:`ks_statistic`; a high score is safe. An account below the cut-off
        must pay a deposit (or is refused), one at the cut-off or above need not.
    missed : cost of a default that was let through, currency, one for all or one per account.
    refused : cost of treating an account that would have paid, likewise.

    Returns
    -------
    DataFrame, one row per cut-off, the lowest (treat nobody) first
        cutoff, treated (accounts below), caught (defaulters among them), missed, refused
        (accounts), cost_missed, cost_refused, cost (currency). The last cut-off, infinity, treats
        everybody.

    Raises
    ------
    ValueError : as :func:`ks_statistic`; a cost below 0 or of another length.
    """
    values, bad = _both(score, default)
    lost, burden = _costs(missed, "missed", len(values)), _costs(refused, "refused", len(values))
    first, order, cost_missed, charged = _priced(values, bad, lost, burden)
    caught = np.append(0, np.cumsum(bad[order]))[first]
    return pd.DataFrame(
        {
            "cutoff": np.append(values[order], np.inf)[first],
            "treated": first,
            "caught": caught,
            "missed": int(bad.sum()) - caught,
            "refused": first - caught,
            "cost_missed": cost_missed,
            "cost_refused": charged,
            "cost": cost_missed + charged,
        }
    )


def _priced(
    values: np.ndarray, bad: np.ndarray, lost: np.ndarray, burden: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Accounts below each cut-off, the order of the scores, and both kinds of cost of each
    cut-off; nothing is checked.
    """
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    first = np.append(np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])), len(ranked))
    saved, charged = (
        np.append(0.0, np.cumsum(amounts[order]))[first]
        for amounts in (np.where(bad, lost, 0), np.where(bad, 0, burden))
    )
    return first, order, (lost[bad].sum() - saved).clip(0), charged


def costs_by_chance(
    score: ArrayLike | pd.Series,
    default: ArrayLike | pd.Series,
    *,
    missed: ArrayLike | pd.Series,
    refused: ArrayLike | pd.Series,
    draws: int,
    random_state: int = 0,
) -> np.ndarray:
    """What would the cheapest cut-off cost if the scores were dealt out at random?

    Parameters
    ----------
    score, default, missed, refused : as in :func:`cost_curve`
    draws, random_state : permutations of the scores, seed.

    Returns
    -------
    array : the least ``cost`` of :func:`cost_curve` in each draw, currency.

    Raises
    ------
    ValueError : as :func:`cost_curve`; fewer than one draw.
    """
    values, bad = _both(score, default)
    lost, burden = _costs(missed, "missed", len(values)), _costs(refused, "refused", len(values))
    rng, least = np.random.default_rng(random_state), np.empty(at_least("draws", draws, 1))
    for draw in range(draws):
        _, _, cost_missed, charged = _priced(rng.permutation(values), bad, lost, burden)
        least[draw] = (cost_missed + charged).min()
    return least


def best_cutoff(curve: pd.DataFrame) -> pd.Series:
    """The row of :func:`cost_curve` that costs least; of several, the one that treats the fewest
    accounts.
    """
    need_columns(curve, ["cutoff", "treated", "cost"], "curve")
    if curve.empty:
        raise ValueError("curve has 0 rows: expected the result of cost_curve")
    return curve.iloc[np.lexsort((curve["treated"], curve["cost"]))[0]]
