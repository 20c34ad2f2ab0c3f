"""Groups of accounts found by the data (客户聚类): how many there are, and whether another sample
would find them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture

from keyacct_utils.lessons.shared.amounts import Floats, at_least
from keyacct_utils.lessons.shared.checks import some
from keyacct_utils.lessons.shared.resampling import percentile_limits
from keyacct_utils.lessons.value_grading.account_ranking import finite_columns

#: Rows on which k is chosen and the groups are fitted; the silhouette compares every pair of them.
SUBSAMPLE = 10_000
#: Restarts of k-means: the groups kept are those of the best of them.
RESTARTS = 25
#: Restarts where only the size of W_k counts: in the reference sets, and in the choice of k.
FEW_RESTARTS = 5
#: Uniform reference sets of the gap statistic.
REFERENCES = 20
#: Data sets without groups: where all of so many give less, chance does in 1 of 20.
WITHOUT = 19
#: Splits in half for the prediction strength.
SPLITS = 20


class Clusters(NamedTuple):
    """Groups of accounts, how their number was chosen, and how stable they are."""

    labels: pd.Series
    centres: pd.DataFrame
    criteria: pd.DataFrame
    stability: pd.Series


def _points(table: pd.DataFrame, scale: str) -> pd.DataFrame:
    """The complete rows of the table on the chosen scale."""
    if scale not in ("none", "z", "rank"):
        raise ValueError(
            f"scale is {scale!r}: expected 'none', 'z' (standard "
            "deviations) or 'rank' (share of accounts below)"
        )
    values = finite_columns(
        table, table.columns if isinstance(table, pd.DataFrame) else ()
    ).dropna()
    if scale == "rank" and len(values):
        return values.apply(lambda column: (rankdata(column) - 0.5) / len(column))
    if scale == "z":
        spread = values.std(ddof=0)
        return (values - values.mean()) / spread.where(spread > 0, 1.0)
    return values


def _distinct(points: Floats, k: int) -> None:
    found = len(np.unique(points, axis=0))
    if found <= k:
        raise ValueError(
            f"table has {len(points)} complete accounts, {found} "
            f"of them different: expected more than {k} to group"
        )


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _kmeans(points: Floats, k: int, restarts: int, rng: np.random.Generator) -> KMeans:
    """k-means on checked points; one group has the same centre from wherever it starts."""
    model = KMeans(k, n_init=restarts if k > 1 else 1, random_state=_seed(rng))
    with config_context(skip_parameter_validation=True, assume_finite=True):
        return model.fit(points)


def gap_statistic(
    points: pd.DataFrame,
    k: Iterable[int] = range(1, 8),
    references: int = REFERENCES,
    random_state: int = 0,
) -> pd.DataFrame:
    """How many groups are there, compared with data that have none?

    Parameters
    ----------
    points : DataFrame, one row per account
        Numbers on a common scale; rows with a missing value are left out.
    k : numbers of groups, rising by 1
    references : int
        Uniform data sets drawn over the box of the points.
    random_state : int

    Returns
    -------
    DataFrame, indexed by k
        log_w, gap, se and chosen: True for the smallest k with gap(k) >= gap(k + 1) - se(k + 1);
        for none if no k qualifies.

    Raises
    ------
    ValueError
        Columns that are no finite numbers, fewer different accounts than groups, ``k`` that does
        not rise by 1 from 1 or more.

    Notes
    -----
    W_k is the sum of squared distances to the centres; Gap(k) = mean_b log W*_kb - log W_k over the
    references b; se is their standard deviation times sqrt(1 + 1 / references). The box follows the
    columns (variant a of the paper).

    References
    ----------
    Tibshirani, Walther & Hastie (2001), Journal of the Royal Statistical Society B 63(2).
    """
    ks, values = list(k), _points(points, "none").to_numpy()
    if not ks or ks[0] < 1 or ks != list(range(ks[0], ks[0] + len(ks))):
        raise ValueError(
            f"k is {some(ks)}: expected whole numbers that rise by 1, such as range(1, 8)"
        )
    _distinct(values, ks[-1])
    rng = np.random.default_rng(random_state)

    def log_w(data: Floats) -> list[float]:
        return [float(np.log(_kmeans(data, n, FEW_RESTARTS, rng).inertia_)) for n in ks]

    found = np.array(log_w(values))
    box = values.min(axis=0), values.max(axis=0)
    drawn = np.array(
        [
            log_w(rng.uniform(*box, size=values.shape))
            for _ in range(at_least("references", references, 2))
        ]
    )
    gap, se = drawn.mean(axis=0) - found, drawn.std(axis=0) * np.sqrt(1 + 1 / references)
    enough = np.append(gap[:-1] >= gap[1:] - se[1:], False)
    chosen = enough & (np.cumsum(enough) == 1)
    return pd.DataFrame(
        {"log_w": found, "gap": gap, "se": se, "chosen": chosen}, index=pd.Index(ks, name="k")
    )


def group_numbers(
    points: pd.DataFrame, k_max: int = 7, references: int = REFERENCES, random_state: int = 0
) -> pd.DataFrame:
    """Which number of groups do three criteria prefer?

    Parameters
    ----------
    points, references, random_state
        As in :func:`gap_statistic`; of more than 10,000 accounts that many are drawn.
    k_max : int
        Largest number looked at, at least 3; fewer where the accounts do not allow it.

    Returns
    -------
    DataFrame, indexed by k = 1 ... k_max
        silhouette (-1 to 1, larger is better; undefined for k = 1), gap, se, bic (of a mixture of
        normal distributions, smaller is better) and, for each criterion, whether it prefers this k:
        by_silhouette, by_gap, by_bic.

    Raises
    ------
    ValueError
        As in :func:`gap_statistic`; fewer than four different accounts.

    References
    ----------
    Rousseeuw (1987), Journal of Computational and Applied Mathematics 20. Schwarz (1978), Annals of
    Statistics 6(2).
    """
    points = _points(points, "none")
    if len(points) > SUBSAMPLE:
        points = points.sample(SUBSAMPLE, random_state=random_state)
    values = points.to_numpy()
    _distinct(values, 3)
    top = min(at_least("k_max", k_max, 3), len(np.unique(values, axis=0)) - 1)
    ks, rng = range(1, top + 1), np.random.default_rng(random_state)
    table = (
        gap_statistic(points, ks, references, _seed(rng))
        .rename(columns={"chosen": "by_gap"})
        .drop(columns="log_w")
    )
    fitted = {k: _kmeans(values, k, FEW_RESTARTS, rng).labels_ for k in ks[1:]}
    table["silhouette"] = pd.Series(
        {k: silhouette_score(values, labels) for k, labels in fitted.items()}, dtype=float
    )
    mixtures = {
        k: GaussianMixture(
            k, n_init=2, reg_covar=1e-6 * values.var() + 1e-12, random_state=_seed(rng)
        )
        for k in ks
    }
    table["bic"] = pd.Series(
        {k: mixture.fit(values).bic(values) for k, mixture in mixtures.items()}
    )
    table["by_silhouette"] = table.index == table["silhouette"].idxmax()
    table["by_bic"] = table.index == table["bic"].idxmin()
    return table[["silhouette", "gap", "se", "bic", "by_silhouette", "by_gap", "by_bic"]]


def cluster_accounts(
    table: pd.DataFrame,
    k: int | None = None,
    scale: str = "z",
    k_max: int = 7,
    draws: int = 50,
    references: int = REFERENCES,
    subsample: int = SUBSAMPLE,
    random_state: int = 0,
) -> Clusters:
    """Into which groups do the accounts fall, and would another sample of accounts give the same
    groups?

    Parameters
    ----------
    table : DataFrame, one row per account
        Numbers, any unit. Accounts with a missing value get no group.
    k : int, optional
        Number of groups, at least 2; by default the k of the best silhouette (see
        :func:`group_numbers` for the others).
    scale : {"z", "rank", "none"}
        Standard deviations; share of accounts below; the columns as they are, which lets the one
        with the largest numbers rule.
    k_max, references
        As in :func:`group_numbers`; used only where ``k`` is not given.
    draws : int
        Bootstrap samples for the stability; 0 for none.
    subsample : int
        k, the groups and their stability are fitted on at most so many accounts; all others join
        the nearest centre.
    random_state : int

    Returns
    -------
    Clusters
        labels (Int64 by account, 1 = the group whose centre is highest over all columns, missing
        without values), centres (mean of the members by column in the unit of ``table``, with
        ``accounts``), criteria (:func:`group_numbers`; empty if
        ``k`` is given), stability (the adjusted Rand index of each draw).

    Raises
    ------
    ValueError
        Text, infinite values or repeated accounts; an unknown scale; k < 2; not more different
        accounts than groups.

    Notes
    -----
    k-means minimises sum_i ||x_i - m_c(i)||^2. Stability: fit again on accounts drawn with
    replacement, put all accounts to the nearest new centre, and compare with the groups by the
    adjusted Rand index: 1 the same, 0 what chance gives. S000-7c asks for such a grouping and
    leaves variables, k and scale open.

    References
    ----------
    MacQueen (1967), Fifth Berkeley Symposium. Hubert & Arabie (1985), Journal of Classification 2.
    Fang & Wang (2012), Computational Statistics & Data Analysis 56(3).
    """
    points = _points(table, scale)
    _distinct(points.to_numpy(), at_least("k", 2 if k is None else k, 2))
    rng = np.random.default_rng(random_state)
    size = min(at_least("subsample", subsample, 4), len(points))
    chosen = (
        points.to_numpy()
        if size == len(points)
        else points.to_numpy()[np.sort(rng.choice(len(points), size, replace=False))]
    )
    criteria = pd.DataFrame()
    if k is None:
        criteria = group_numbers(
            pd.DataFrame(chosen, columns=points.columns), k_max, references, _seed(rng)
        )
        k = int(criteria.index[criteria["by_silhouette"]][0])
    _distinct(chosen, k)
    fit = _kmeans(chosen, k, RESTARTS, rng)
    place = np.empty(k, dtype=int)
    place[np.argsort(-fit.cluster_centers_.sum(axis=1), kind="stable")] = np.arange(1, k + 1)
    labels = pd.Series(
        place[fit.predict(points.to_numpy())], index=points.index, dtype="Int64", name="cluster"
    )
    grouped = table.loc[points.index].groupby(labels)
    centres = grouped.mean().assign(accounts=grouped.size()).rename_axis("cluster")
    again = [
        adjusted_rand_score(
            fit.labels_,
            _kmeans(chosen[rng.integers(0, size, size)], k, FEW_RESTARTS, rng).predict(chosen),
        )
        for _ in range(at_least("draws", draws, 0))
    ]
    return Clusters(
        labels.reindex(table.index), centres, criteria, pd.Series(again, dtype=float, name="ari")
    )


class Firmness(NamedTuple):
    """Whether groups are found again, and whether data without groups would show as much."""

    #: Prediction strength of each split and direction.
    strength: pd.Series
    silhouette: float
    #: Mean silhouette of as many groups in each data set that has none.
    without: pd.Series

    @property
    def chance(self) -> float:
        """How often data without groups give a silhouette as large (Monte-Carlo test)."""
        return float((1 + (self.without >= self.silhouette).sum()) / (1 + len(self.without)))


def _agreeing_pairs(own: np.ndarray, other: np.ndarray, k: int) -> float:
    """Of the pairs within a group the share that the other half's centres keep together, in the
    group where it is least; 0 for a group of one, of which nothing can be found again.
    """
    table = np.zeros((k, k))
    np.add.at(table, (own, other), 1)
    size = table.sum(axis=1)
    kept = (table * (table - 1)).sum(axis=1) / np.maximum(size * (size - 1), 1)
    return float(kept.min())


def prediction_strength(
    points: pd.DataFrame, k: int, splits: int = SPLITS, random_state: int = 0
) -> pd.Series:
    """Would one half of the accounts have told the groups of the other half?

    Parameters
    ----------
    points : DataFrame, one row per account
        Numbers on a common scale; rows with a missing value are left out.
    k : int
        Number of groups, at least 2.
    splits, random_state : int
        Splits in half, each used in both directions; seed.

    Returns
    -------
    Series
        The prediction strength of each split and direction, 0 to 1.

    Raises
    ------
    ValueError
        As in :func:`cluster_accounts`; halves of no more different accounts than groups.

    Notes
    -----
    ps(k) = min_j sum_{i != i' in A_j} D(i, i') / (n_j (n_j - 1)): both halves are grouped; A_j are
    the groups of the one, and D is 1 where the centres of the other put both accounts together. The
    least group decides, so that three groups which are there do not hide a fourth that is not. The
    authors call groups found again where it is .8 to .9 or more.

    References
    ----------
    Tibshirani & Walther (2005), Journal of Computational and Graphical Statistics 14(3).
    """
    values = _points(points, "none").to_numpy()
    _distinct(values, at_least("k", k, 2))
    rng, half = np.random.default_rng(random_state), len(values) // 2
    found = []
    for _ in range(at_least("splits", splits, 1)):
        order = rng.permutation(len(values))
        halves = values[order[:half]], values[order[half:]]
        for part in halves:
            _distinct(part, k - 1)
        fits = [_kmeans(part, k, FEW_RESTARTS, rng) for part in halves]
        for here, there in ((0, 1), (1, 0)):
            told = fits[there].predict(halves[here])
            found.append(_agreeing_pairs(fits[here].labels_, told, k))
    return pd.Series(found, dtype=float, name="prediction strength")


def group_firmness(
    points: pd.DataFrame,
    k: int,
    splits: int = SPLITS,
    references: int = WITHOUT,
    random_state: int = 0,
) -> Firmness:
    """Are the groups found again, and is there more of them than in data that have none?

    Neither is enough. A box without groups is cut into about the same parts each time, so that
    stable groups need not be there. A silhouette above that of the box may come from one far
    account.

    Parameters
    ----------
    points : DataFrame, one row per account
        Numbers on a common scale.
    k : int
        Number of groups, at least 2.
    splits
        As in :func:`prediction_strength`.
    references : int
        Uniform data sets of as many accounts, each drawn over the box along the principal axes of
        the points.
    random_state : int

    Returns
    -------
    Firmness
        strength, silhouette, without, and chance: (1 + number of data sets without groups whose
        silhouette is as large) / (1 + references).

    Raises
    ------
    ValueError
        As in :func:`prediction_strength`.

    References
    ----------
    Tibshirani & Walther (2005), Journal of Computational and Graphical Statistics 14(3). Rousseeuw
    (1987), Journal of Computational and Applied Mathematics 20. Box along the principal axes:
    Tibshirani, Walther & Hastie (2001), Journal of the Royal Statistical Society B 63(2). Test:
    Hope (1968), Journal of the Royal Statistical Society B 30(3).
    """
    values = _points(points, "none").to_numpy()
    rng = np.random.default_rng(random_state)
    strength = prediction_strength(pd.DataFrame(values), k, splits, _seed(rng))
    middle = values.mean(axis=0)
    turn = np.linalg.svd(values - middle, full_matrices=False)[2]
    along = (values - middle) @ turn.T
    box = along.min(axis=0), along.max(axis=0)

    def silhouette(data: Floats) -> float:
        return float(silhouette_score(data, _kmeans(data, k, FEW_RESTARTS, rng).labels_))

    without = [
        silhouette(rng.uniform(*box, size=along.shape) @ turn)
        for _ in range(at_least("references", references, 1))
    ]
    return Firmness(strength, silhouette(values), pd.Series(without, dtype=float))


def stability_by_noise(
    centres: pd.DataFrame,
    shares: Sequence[float],
    noises: Iterable[float],
    accounts: int = 600,
    draws: int = 20,
    random_state: int = 0,
) -> pd.DataFrame:
    """How well would these groups be found if the axes were measured more or less exactly?

    Parameters
    ----------
    centres : DataFrame, one row per group
        Its true centre, columns in one unit.
    shares : numbers >= 0, one per group
        Share of the accounts in each; scaled to sum 1.
    noises : numbers > 0
        Standard deviation of a single account around its centre, unit of ``centres``.
    accounts, draws, random_state : int
        Size of each simulated book, books per noise, seed.

    Returns
    -------
    DataFrame, indexed by noise
        ari (mean adjusted Rand index of k-means with the true groups), low, high (2.5 and 97.5 % of
        the books), and nearest: the same for a judge who knows the centres, the most that any
        grouping by distance can reach.

    Raises
    ------
    ValueError
        Fewer than two groups, values that are no finite numbers, shares that do not fit, noise that
        is not positive.
    """
    middle, weight = _points(centres, "none").to_numpy(), np.asarray(shares, dtype=float)
    grid = [float(noise) for noise in noises]
    if (
        len(middle) < 2
        or weight.shape != (len(middle),)
        or not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0)
    ):
        raise ValueError(
            f"centres has {len(middle)} rows, shares are {some(weight)}: "
            "expected 2 groups or more, a share >= 0 each"
        )
    if not grid or not all(0 < noise < np.inf for noise in grid):
        raise ValueError(f"noises are {some(grid)}: expected at least one positive number")
    rng, rows = np.random.default_rng(random_state), []
    truth = np.repeat(
        np.arange(len(middle)),
        np.diff(np.round(np.append(0, np.cumsum(weight / weight.sum())) * accounts)).astype(int),
    )
    for noise in grid:
        found, best = [], []
        for _ in range(at_least("draws", draws, 1)):
            points = middle[truth] + noise * rng.normal(size=(len(truth), middle.shape[1]))
            nearest = ((points[:, None] - middle) ** 2).sum(axis=2).argmin(axis=1)
            found.append(
                adjusted_rand_score(truth, _kmeans(points, len(middle), FEW_RESTARTS, rng).labels_)
            )
            best.append(adjusted_rand_score(truth, nearest))
        low, high = percentile_limits(found)
        rows.append(
            {
                "noise": noise,
                "ari": np.mean(found),
                "low": low,
                "high": high,
                "nearest": np.mean(best),
            }
        )
    return pd.DataFrame(rows).set_index("noise")
