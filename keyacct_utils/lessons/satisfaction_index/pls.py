"""What drives what, when each thing is measured by several items: the partial least squares path
model (偏最小二乘路径模型).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

import numpy as np
import pandas as pd

from keyacct_utils.lessons.satisfaction_index.reliability import (
    NO_SPREAD,
    composite_reliability,
    item_table,
    with_spread,
)
from keyacct_utils.lessons.shared.amounts import Floats, at_least, tails
from keyacct_utils.lessons.shared.checks import need_columns, some

Scheme = Literal["centroid", "factor", "path"]
Paths = Sequence[tuple[str, str]] | Mapping[str, Sequence[str]]
#: Largest change of an outer weight (for a standardised item) in the last step.
CONVERGED = 1e-9
#: The same for resamples, whose spread is some 1e-2.
CLOSE_ENOUGH = 1e-6
MAX_STEPS = 300
#: Fewer answers than this are read, not modelled.
LEAST_ANSWERS = 10
#: Share of resamples that may have to be thrown away (an item without spread) before intervals are
#: refused.
LOST_DRAWS = 0.05


@dataclass(frozen=True)
class PathModel:
    """A fitted path model.

    Parameters
    ----------
    weights : Series by item
        Such that each score has variance 1.
    loadings : Series by item
        Correlation of each item with its own score.
    paths : DataFrame
        One row per (source, target): estimate and disattenuated, each with low and high when
        resampled.
    r2 : Series by target
    goodness_of_fit : float
        Root of mean communality times mean R2.
    blocks : DataFrame by block
        items, alpha, composite_reliability, ave (mean communality).
    scores : DataFrame
        One row per respondent, one column per block, mean 0, variance 1.
    correlations, latent_correlations : DataFrame
        Of the scores, and corrected for attenuation.
    """

    weights: pd.Series
    loadings: pd.Series
    paths: pd.DataFrame
    r2: pd.Series
    goodness_of_fit: float
    blocks: pd.DataFrame
    scores: pd.DataFrame
    correlations: pd.DataFrame
    latent_correlations: pd.DataFrame


def _arrows(blocks: Mapping[str, Sequence[str]], paths: Paths) -> list[tuple[str, str]]:
    """The arrows (source, target), checked: known blocks, no repeats, no circle, every block on a
    path.
    """
    pairs = (
        [(s, t) for t, sources in paths.items() for s in sources]
        if isinstance(paths, Mapping)
        else list(paths)
    )
    if any(isinstance(pair, str) or len(pair) != 2 for pair in pairs) or not pairs:
        raise ValueError(
            f"paths is {some(pairs) or 'empty'}: expected "
            "pairs (source, target), or target -> sources"
        )
    arrows = [(str(source), str(target)) for source, target in pairs]
    named = {name for arrow in arrows for name in arrow}
    if unknown := sorted(named - set(blocks)):
        raise ValueError(f"paths names {some(unknown)}: expected the blocks {some(blocks)}")
    if alone := [name for name in blocks if name not in named]:
        raise ValueError(f"blocks {some(alone)} are on no path: leave them out or join them")
    if len(set(arrows)) < len(arrows):
        raise ValueError(
            f"paths repeats {some(sorted({a for a in arrows if arrows.count(a) > 1}))}: "
            "give each once"
        )
    try:
        sources_of: dict[str, set[str]] = {}
        for source, target in arrows:
            sources_of.setdefault(target, set()).add(source)
        TopologicalSorter(sources_of).prepare()
    except CycleError as error:
        raise ValueError(
            f"paths run in a circle: {' -> '.join(error.args[1])}; a path model runs one way"
        ) from None
    return arrows


def _design(
    data: pd.DataFrame, blocks: Mapping[str, Sequence[str]]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The items in the order of the blocks, and which item belongs to which block."""
    need_columns(data, (), "data")
    items = [
        str(item)
        for name in blocks
        for item in ([blocks[name]] if isinstance(blocks[name], str) else blocks[name])
    ]
    sizes = [1 if isinstance(items_, str) else len(items_) for items_ in blocks.values()]
    if len(blocks) < 2 or not all(sizes):
        raise ValueError(
            f"blocks holds {dict(zip(blocks, sizes, strict=True))} "
            "items: expected 2 or more blocks with an item each"
        )
    if twice := sorted({item for item in items if items.count(item) > 1}):
        raise ValueError(
            f"blocks: items {some(twice)} stand in more than one place; an item measures one block"
        )
    need_columns(data, items, "data")
    member = np.repeat(np.arange(len(sizes)), sizes)[:, None] == np.arange(len(sizes))
    return data[items], member


def _inner(scheme: str, corr: Floats, into: np.ndarray) -> Floats:
    """Inner weights of each draw: how each score is foretold by its neighbours. ``into[i, j]``: i
    points to j.
    """
    joined = into | into.T
    if scheme == "centroid":
        return np.sign(corr) * joined
    inner = corr * joined
    if scheme == "path":
        for target in np.flatnonzero(into.any(axis=0)):
            sources = np.flatnonzero(into[:, target])
            inner[:, sources, target] = np.linalg.solve(
                corr[:, sources][:, :, sources], corr[:, sources, target, None]
            )[..., 0]
    return inner


def _fit(
    covariance: Floats, start: Floats, into: np.ndarray, scheme: str, close: float
) -> tuple[Floats, Floats, np.ndarray]:
    """Outer weights (mode A), correlations of the scores, and which settled, for a stack of
    covariance matrices.

    ``start`` holds the first weights; an item stays out of the blocks in which its weight is 0.
    """
    weights, member = np.broadcast_to(start, (len(covariance), *start.shape)), start != 0
    spread = np.sqrt(np.einsum("bii->bi", covariance))[:, :, None]
    before, settled = np.full(weights.shape, np.inf), np.zeros(len(covariance), dtype=bool)
    for _ in range(MAX_STEPS + 1):
        reach = covariance @ weights
        size = np.sqrt((weights * reach).sum(axis=1, keepdims=True))
        weights, reach = weights / size, reach / size
        corr = weights.swapaxes(1, 2) @ reach
        settled = (np.abs(np.abs(weights) - np.abs(before)) * spread).max(axis=(1, 2)) < close
        if settled.all():
            break
        before, weights = weights, (reach @ _inner(scheme, corr, into)) * member
    return weights, corr, settled


def _turned(weights: Floats, corr: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Weights and correlations with the scores turned by ``sign`` (draws, blocks), where 0 leaves
    a score as it is.
    """
    sign = np.where(sign < 0, -1.0, 1.0)
    return weights * sign[:, None, :], corr * sign[:, :, None] * sign[:, None, :]


def _corrected(
    corr: Floats, covariance: Floats, member: np.ndarray, upright: Floats
) -> tuple[Floats, Floats]:
    """Correlations corrected for attenuation, and the alphas, of each draw; missing where an alpha
    is not above 0.
    """
    turned = covariance * upright[:, None] * upright
    alphas = np.stack(
        [
            np.ones(len(turned))
            if (k := len(own := np.flatnonzero(column))) == 1
            else k
            / (k - 1)
            * (1 - np.einsum("bii->b", part := turned[:, own][:, :, own]) / part.sum(axis=(1, 2)))
            for column in member.T
        ],
        axis=1,
    )
    root = np.sqrt(np.where(alphas > 0, alphas, np.nan))
    latent = corr / root[:, :, None] / root[:, None, :]
    diagonal = np.arange(corr.shape[1])
    latent[:, diagonal, diagonal] = 1
    return latent, alphas


def _regress(corr: Floats, into: np.ndarray) -> tuple[Floats, Floats]:
    """Standardised coefficients (draws, source, target) and R2 (draws, target); missing where
    sources are collinear.
    """
    beta, r2 = np.zeros_like(corr), np.zeros(corr.shape[:2])
    for target in np.flatnonzero(into.any(axis=0)):
        sources = np.flatnonzero(into[:, target])
        among, with_target = corr[:, sources][:, :, sources], corr[:, sources, target]
        sound = np.asarray(
            np.isfinite(among).all(axis=(1, 2)) & np.isfinite(with_target).all(axis=1)
        )
        sound[sound] = np.linalg.eigvalsh(among[sound])[:, 0] > NO_SPREAD
        found = np.full(with_target.shape, np.nan)
        found[sound] = np.linalg.solve(among[sound], with_target[sound][..., None])[..., 0]
        beta[:, sources, target], r2[:, target] = found, (found * with_target).sum(axis=1)
    return beta, r2


def _resampled(values: Floats, scaled: bool, draws: int, random_state: int) -> Floats:
    """Covariance (or correlation) matrices of the items over resampled respondents, without those
    that lost an item's spread.
    """
    rng, n = np.random.default_rng(random_state), len(values)
    stack = np.empty((draws, values.shape[1], values.shape[1]))
    for draw in range(draws):
        sample = values[rng.integers(0, n, n)]
        sample = sample - sample.mean(axis=0)
        stack[draw] = sample.T @ sample / n
    variance = np.einsum("bii->bi", stack)
    stack = stack[(variance > NO_SPREAD * values.var(axis=0)).all(axis=1)]
    root = np.sqrt(np.einsum("bii->bi", stack))
    return stack / root[:, :, None] / root[:, None, :] if scaled else stack


def _limits(found: Floats, quantiles: tuple[float, float]) -> Floats:
    """Percentile limits over the draws; missing where too many draws have no value."""
    lost = np.isnan(found).mean(axis=0) > LOST_DRAWS
    return np.where(lost, np.nan, np.nanquantile(np.where(lost, 0.0, found), quantiles, axis=0))


def _intervals(
    stack: Floats,
    draws: int,
    weights: Floats,
    upright: Floats,
    into: np.ndarray,
    scheme: str,
    quantiles: tuple[float, float],
) -> dict[str, Floats]:
    """Limits (source, target) of the paths and of the corrected paths."""
    drawn, corr, settled = _fit(stack, weights, into, scheme, CLOSE_ENOUGH)
    if settled.sum() < (1 - LOST_DRAWS) * draws:
        found = f"only {settled.sum()} of {draws} resamples gave a model"
        raise ValueError(
            f"data: {found}; the answers are too few for "
            "intervals: set draws=0 or ask more respondents"
        )
    drawn, corr = _turned(drawn[settled], corr[settled], (drawn[settled] * weights).sum(axis=1))
    latent, _ = _corrected(corr, stack[settled], weights != 0, upright)
    raw, corrected = (_limits(_regress(each, into)[0], quantiles) for each in (corr, latent))
    return {
        "low": raw[0],
        "high": raw[1],
        "disattenuated_low": corrected[0],
        "disattenuated_high": corrected[1],
    }


def pls_path_model(
    data: pd.DataFrame,
    blocks: Mapping[str, Sequence[str]],
    paths: Paths,
    scheme: Scheme = "centroid",
    scaled: bool = True,
    *,
    draws: int = 200,
    confidence: float = 0.95,
    random_state: int = 0,
) -> PathModel:
    """What drives what among things that are measured by several items each, and how strongly?

    Parameters
    ----------
    data : DataFrame, one row per respondent
        Numbers; every item must be answered and must vary. Other columns are ignored.
    blocks : mapping of block -> its items (columns of ``data``)
        Reflective (mode A): the items mirror what the block stands for. An item belongs to one
        block.
    paths : pairs (source, target), or mapping of target -> sources
        Arrows between blocks; no circle.
    scheme : "centroid", "factor" or "path"
        How neighbouring scores pull at each other while the weights are found; the results hardly
        differ.
    scaled : bool
        Standardise the items first. False keeps their variances: only for items on one scale.
    draws, confidence, random_state : resamples of respondents for the intervals (0: none), level,
        seed

    Returns
    -------
    PathModel
        A score is turned so that its loadings sum to more than 0. A block of one item has alpha 1
        by convention: nothing is known of its error. A disattenuated path is missing (NaN) where a
        block's alpha is not above 0, or the corrected correlations of the sources contradict each
        other.

    Raises
    ------
    ValueError
        Columns missing or not numeric, missing values, items without spread, fewer than 10
        respondents or not more than sources of a target + 1, blocks or paths that do not fit
        together, perfectly collinear sources, no convergence.

    Notes
    -----
    Wold's algorithm: score Y_k = X_k w_k with variance 1; inner estimate Z_k = sum_j e_kj Y_j over
    joined blocks, e = sign(r), r, or regression (sources) and r (targets); new w_k = cov(X_k, Z_k);
    repeat. Then each target is regressed on its sources. Measurement error pulls these paths
    towards 0 on the whole: corrected correlations are r / sqrt(alpha alpha') (Spearman 1904).
    S002-7j names the index and no model; the model is that of Fornell et al. (1996).

    References
    ----------
    Wold, H. (1982), Soft modeling, in Systems under Indirect Observation II; Tenenhaus, Esposito
    Vinzi, Chatelin & Lauro (2005), Computational Statistics & Data Analysis 48(1), 159-205;
    Spearman, C. (1904), American Journal of Psychology 15(1), 72-101.
    """
    if scheme not in ("centroid", "factor", "path"):
        raise ValueError(f"scheme is {scheme!r}: expected 'centroid', 'factor' or 'path'")
    chosen, member = _design(data, blocks)
    arrows, names = _arrows(blocks, paths), [str(name) for name in blocks]
    into = np.zeros((len(names), len(names)), dtype=bool)
    for source, target in arrows:
        into[names.index(source), names.index(target)] = True
    table = item_table(chosen, "data", least=max(LEAST_ANSWERS, into.sum(axis=0).max() + 2))
    values = with_spread(table, "data")
    values = (values - values.mean(axis=0)) / (values.std(axis=0) if scaled else 1.0)
    covariance = (values.T @ values / len(values))[None]
    weights, corr, settled = _fit(covariance, member.astype(float), into, scheme, CONVERGED)
    if not settled.all():
        raise ValueError(
            f"data: the weights did not settle in {MAX_STEPS} "
            "steps; do the items of each block hang together?"
        )
    spread = np.sqrt(np.diag(covariance[0]))
    loadings = (covariance @ weights)[0] / spread[:, None] * member
    weights, corr = _turned(weights, corr, loadings.sum(axis=0)[None])
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    beta, r2 = _regress(corr, into)
    if np.isnan(beta).any():
        raise ValueError(
            "data: the sources of a target are perfectly collinear, "
            "so their paths cannot be told apart; join them"
        )
    upright = np.where(loadings.sum(axis=1) < 0, -1.0, 1.0)
    latent, alphas = _corrected(corr, covariance, member, upright)
    corrected = _regress(latent, into)[0]
    columns = {"estimate": beta[0], "disattenuated": corrected[0]}
    if at_least("draws", draws, 0):
        stack = _resampled(values, scaled, draws, random_state)
        columns |= _intervals(stack, draws, weights[0], upright, into, scheme, tails(confidence))
    order = ["estimate", "low", "high", "disattenuated", "disattenuated_low", "disattenuated_high"]
    where = tuple(
        np.array([[names.index(source), names.index(target)] for source, target in arrows]).T
    )
    index = pd.MultiIndex.from_tuples(arrows, names=["source", "target"])
    own, targets = loadings.sum(axis=1), into.any(axis=0)
    return PathModel(
        weights=pd.Series((weights[0] * member).sum(axis=1), index=chosen.columns, name="weight"),
        loadings=pd.Series(own, index=chosen.columns, name="loading"),
        paths=pd.DataFrame(
            {name: columns[name][where] for name in order if name in columns}, index=index
        ),
        r2=pd.Series(
            r2[0][targets], index=pd.Index(np.array(names)[targets], name="target"), name="r2"
        ),
        goodness_of_fit=_goodness(own, member, r2[0][targets]),
        blocks=_block_table(own, member, names, alphas[0]),
        scores=pd.DataFrame(values @ weights[0], index=table.index, columns=names),
        correlations=pd.DataFrame(corr[0], index=names, columns=names),
        latent_correlations=pd.DataFrame(latent[0], index=names, columns=names),
    )


def _goodness(loadings: Floats, member: np.ndarray, r2: Floats) -> float:
    """Root of mean communality times mean R2; a block of one item says nothing of its fit and is
    left out of the first.
    """
    several = member[:, member.sum(axis=0) > 1].any(axis=1)
    return (
        float(np.sqrt((loadings[several] ** 2).mean() * r2.mean()))
        if several.any()
        else float("nan")
    )


def _block_table(
    loadings: Floats, member: np.ndarray, names: list[str], alphas: Floats
) -> pd.DataFrame:
    own = [loadings[column] for column in member.T]
    columns = {
        "items": [len(part) for part in own],
        "alpha": alphas,
        "composite_reliability": [
            composite_reliability(pd.Series(np.abs(part))) if len(part) > 1 else 1.0 for part in own
        ],
        "ave": [float((part**2).mean()) for part in own],
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="block"))
