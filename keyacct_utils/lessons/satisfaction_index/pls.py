"""What drives what, when each thing is measured by several items: the partial least squares path
model (偏最小二乘路径模型).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

import numpy as np
import pandas as pd

from keyacct_utils.lessons.satisfaction_index.reliability import (
    NO_SPREAD,
    alpha_of,
    item_table,
    with_spread,
)
from keyacct_utils.lessons.shared.amounts import Floats, Interval, at_least, tails
from keyacct_utils.lessons.shared.checks import need_columns, some

Scheme = Literal["centroid", "factor", "path"]
Arrow = tuple[str, str]
#: Paths as the scores give them, or corrected for errors of measurement.
Kind = Literal["estimate", "disattenuated"]
KINDS: tuple[Kind, Kind] = ("estimate", "disattenuated")
Paths = Sequence[tuple[str, str]] | Mapping[str, Sequence[str]]
#: Largest change of an outer weight (for a standardised item) in the last step.
CONVERGED = 1e-9
#: The same for resamples, whose spread is some 1e-2.
CLOSE_ENOUGH = 1e-6
MAX_STEPS = 300
#: Fewer answers than this are read, not modelled.
LEAST_ANSWERS = 10
#: What is said of a block beside its alpha, and the ends of its columns.
QUALITY = ("rho_a", "composite_reliability", "ave")
ENDS = ("", "_low", "_high")
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
        Correlation of each item with its own score, in which the item itself has a part: above
        the loading on what the block stands for.
    consistent_loadings : Series by item
        Loading on what the block stands for, without the item's own error (missing where rho_A
        is).
    paths : DataFrame
        One row per (source, target): estimate and disattenuated, each with low and high when
        resampled (the wider of two ways, see the notes of `pls_path_model`).
    r2 : Series by target
        Share of the variance of its score that its sources explain.
    r2_limits : DataFrame by target
        low and high of it; empty without resamples.
    blocks : DataFrame by block
        items; alpha (of standardised items); rho_a, composite_reliability and ave (average
        variance extracted), the last three each with _low and _high when resampled.
    scores : DataFrame
        One row per respondent, one column per block, mean 0, variance 1.
    correlations, latent_correlations : DataFrame
        Of the scores, and corrected for attenuation by rho_A.
    resampled : DataFrame
        One row per resample, columns (kind, source, target): the paths of each. Empty without
        resamples.
    """

    weights: pd.Series
    loadings: pd.Series
    consistent_loadings: pd.Series
    paths: pd.DataFrame
    r2: pd.Series
    r2_limits: pd.DataFrame
    blocks: pd.DataFrame
    scores: pd.DataFrame
    correlations: pd.DataFrame
    latent_correlations: pd.DataFrame
    resampled: pd.DataFrame


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
    correlation matrices of the items.

    ``start`` holds the first weights; an item stays out of the blocks in which its weight is 0.
    """
    weights, member = np.broadcast_to(start, (len(covariance), *start.shape)), start != 0
    before, settled = np.full(weights.shape, np.inf), np.zeros(len(covariance), dtype=bool)
    for _ in range(MAX_STEPS + 1):
        reach = covariance @ weights
        size = np.sqrt((weights * reach).sum(axis=1, keepdims=True))
        weights, reach = weights / size, reach / size
        corr = weights.swapaxes(1, 2) @ reach
        settled = np.abs(np.abs(weights) - np.abs(before)).max(axis=(1, 2)) < close
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


def _directions(items: Floats, loadings: Floats, member: np.ndarray) -> Floats:
    """For each item in its block 1, or -1 where it points against the others: as it loads on its
    score, or as it was asked where that makes the items agree more.
    """
    found = member.astype(float)
    for place, column in enumerate(member.T):
        part, signs = items[column][:, column], np.where(loadings[column, place] < 0, -1.0, 1.0)
        if signs @ part @ signs > part.sum():
            found[column, place] = signs
    return found


def _agreeing(items: Floats, weights: Floats, upright: Floats) -> Floats:
    """The weights, but for a block of which an item is weighed against the others: its neighbours
    have taught it nothing of its items, and they are weighed alike.
    """
    made = weights.copy()
    for place, column in enumerate(upright.T):
        own = np.flatnonzero(column)
        if len(own) == 1:
            continue
        part, given = items[:, own][:, :, own], weights[:, own, place]
        rest = np.einsum("bij,bj->bi", part, given) - given
        against = (given * rest <= 0).any(axis=1)
        alike = column[own]
        size = np.einsum("i,bij,j->b", alike, part[against], alike)
        made[np.ix_(against, own, np.array([place]))] = (alike / np.sqrt(size)[:, None])[:, :, None]
    return made


def _consistent(items: Floats, weights: Floats, upright: Floats) -> tuple[Floats, Floats, Floats]:
    """Correlations of the scores corrected for attenuation, rho_A of each block and the consistent
    loadings (draws, items, blocks); missing where rho_A is not above 0. ``upright`` holds the
    direction of each item in its block, 1 or -1.
    """
    weights = _agreeing(items, weights, upright)
    corr = weights.swapaxes(1, 2) @ items @ weights
    rho = np.ones((len(corr), corr.shape[1]))
    size = (weights**2).sum(axis=1)
    for place, column in enumerate(upright.T):
        own = np.flatnonzero(column)
        if len(own) == 1:
            continue
        off = ~np.eye(len(own), dtype=bool)
        own_weights = weights[:, own, place]
        outer = own_weights[:, :, None] * own_weights[:, None, :]
        seen = (outer * items[:, own][:, :, own] * off).sum(axis=(1, 2))
        weighed = (outer**2 * off).sum(axis=(1, 2))
        rho[:, place] = size[:, place] ** 2 * seen / weighed
    rho = np.where(rho > 0, np.minimum(rho, 1.0), np.nan)
    root = np.sqrt(rho)
    latent = corr / root[:, :, None] / root[:, None, :]
    diagonal = np.arange(corr.shape[1])
    latent[:, diagonal, diagonal] = 1
    return latent, rho, weights * (root / size)[:, None, :]


def _quality(loadings: Floats, rho: Floats, member: np.ndarray) -> dict[str, Floats]:
    """rho_A, composite reliability and AVE (draws, blocks) by the consistent loadings."""
    squared = np.where(member, loadings**2, 0.0).sum(axis=1)
    total = np.where(member, np.abs(loadings), 0.0).sum(axis=1) ** 2
    count = member.sum(axis=0)
    error = np.maximum(count - squared, 0.0)
    found = {"composite_reliability": total / (total + error), "ave": 1 - error / count}
    return {"rho_a": rho} | {name: np.where(np.isnan(rho), rho, x) for name, x in found.items()}


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


def _resampled(values: Floats, draws: int, random_state: int) -> Floats:
    """Correlation matrices of the items over resampled respondents, without those that lost an
    item's spread.
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
    return stack / root[:, :, None] / root[:, None, :]


def _limits(found: Floats, quantiles: tuple[float, float]) -> Floats:
    """Percentile limits over the draws; missing where too many draws have no value."""
    lost = np.isnan(found).mean(axis=0) > LOST_DRAWS
    return np.where(lost, np.nan, np.nanquantile(np.where(lost, 0.0, found), quantiles, axis=0))


def _drawn(
    stack: Floats, draws: int, weights: Floats, upright: Floats, into: np.ndarray, scheme: str
) -> tuple[dict[Kind, Floats], Floats, dict[str, Floats]]:
    """Paths (draws, source, target), R2 of the scores and the quality of the blocks over resamples,
    each turned as the model that was found.
    """
    drawn, corr, settled = _fit(stack, weights, into, scheme, CLOSE_ENOUGH)
    if settled.sum() < (1 - LOST_DRAWS) * draws:
        found = f"only {settled.sum()} of {draws} resamples gave a model"
        raise ValueError(
            f"data: {found}; the answers are too few for "
            "intervals: set draws=0 or ask more respondents"
        )
    drawn, corr = _turned(drawn[settled], corr[settled], (drawn[settled] * weights).sum(axis=1))
    latent, rho, loadings = _consistent(stack[settled], drawn, upright)
    raw, r2 = _regress(corr, into)
    paths: dict[Kind, Floats] = {"estimate": raw, "disattenuated": _regress(latent, into)[0]}
    return paths, r2, _quality(loadings, rho, weights != 0)


def _weighed_alike(stack: Floats, upright: Floats, into: np.ndarray) -> dict[Kind, Floats]:
    """The paths of the same resamples where all items of a block are weighed alike: weights that
    were learned from nothing follow the chance of the answers, and resamples follow them.
    """
    size = np.sqrt(np.einsum("ik,bij,jk->bk", upright, stack, upright))
    weights = upright / np.maximum(size, np.sqrt(NO_SPREAD))[:, None, :]
    corr = weights.swapaxes(1, 2) @ stack @ weights
    latent = _consistent(stack, weights, upright)[0]
    return {"estimate": _regress(corr, into)[0], "disattenuated": _regress(latent, into)[0]}


def _wider(limits: Mapping[str, Floats], others: Mapping[str, Floats]) -> dict[str, Floats]:
    """The lower of two lower limits and the higher of two higher ones."""
    return {
        name: (np.fmin if name.endswith("low") else np.fmax)(limit, others[name])
        for name, limit in limits.items()
    }


def pls_path_model(
    data: pd.DataFrame,
    blocks: Mapping[str, Sequence[str]],
    paths: Paths,
    scheme: Scheme = "centroid",
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
    draws, confidence, random_state : resamples of respondents for the intervals (0: none), level,
        seed

    Returns
    -------
    PathModel
        A score is turned so that its loadings sum to more than 0. A block of one item has the
        reliability 1 by convention: nothing is known of its error. A disattenuated path is missing
        (NaN) where a block's rho_A is not above 0 (its items do not agree), or the corrected
        correlations of the sources contradict each other. A rho_A above 1, as small surveys give it
        now and then (a Heywood case), counts as 1.

    Raises
    ------
    ValueError
        Columns missing or not numeric, missing values, items without spread, fewer than 10
        respondents or not more than sources of a target + 1, blocks or paths that do not fit
        together, perfectly collinear sources, no convergence.

    Notes
    -----
    Items are standardised. Wold's algorithm: score Y_k = X_k w_k with variance 1; inner estimate
    Z_k = sum_j e_kj Y_j over joined blocks, e = sign(r), r, or regression (sources) and r
    (targets); new w_k = cov(X_k, Z_k); repeat. Then each target is regressed on its sources.
    Measurement error pulls these paths towards 0 on the whole. Consistent PLS (PLSc) takes it out:
    with S the correlations of a block's items, rho_A = (w'w)^2 (w'(S - diag S)w) / (w'(ww' - diag
    ww')w) is the reliability of its score, w sqrt(rho_A) / (w'w) are its loadings, and r /
    sqrt(rho_A rho_A') the correlations that
    are regressed. Alpha in the place of rho_A overshoots where loadings differ: it is the
    reliability of an unweighted sum. The limits of a path are the wider ones of two sets of
    percentiles of the same resamples: with weights learned anew, and with the items of a block
    weighed alike. A block whose neighbours do not move with it learns its weights from chance, and
    every resample follows them: the first set alone holds the raw path of such a driver, 0, in 88 %
    of surveys of 60, both in 96 % (docs/coverage.md). S002-7j names the index and no model; the
    model is that of Fornell et al. (1996).

    References
    ----------
    Wold, H. (1982), Soft modeling, in Systems under Indirect Observation II; Tenenhaus, Esposito
    Vinzi, Chatelin & Lauro (2005), Computational Statistics & Data Analysis 48(1), 159-205;
    Dijkstra, T. K. & Henseler, J. (2015), Consistent Partial Least Squares Path Modeling, MIS
    Quarterly 39(2), 297-316.
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
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    items = (values.T @ values / len(values))[None]
    weights, corr, settled = _fit(items, member.astype(float), into, scheme, CONVERGED)
    if not settled.all():
        raise ValueError(
            f"data: the weights did not settle in {MAX_STEPS} "
            "steps; do the items of each block hang together?"
        )
    loadings = (items @ weights)[0] * member
    weights, corr = _turned(weights, corr, loadings.sum(axis=0)[None])
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    beta, r2 = _regress(corr, into)
    if np.isnan(beta).any():
        raise ValueError(
            "data: the sources of a target are perfectly collinear, "
            "so their paths cannot be told apart; join them"
        )
    upright = _directions(items[0], loadings, member)
    latent, rho, consistent = _consistent(items, weights, upright)
    found: dict[str, Floats] = {"estimate": beta, "disattenuated": _regress(latent, into)[0]}
    quality = _quality(consistent, rho, member)
    where = tuple(
        np.array([[names.index(source), names.index(target)] for source, target in arrows]).T
    )
    index = pd.MultiIndex.from_tuples(arrows, names=["source", "target"])
    resampled, r2_limits = pd.DataFrame(), pd.DataFrame()
    own, targets = loadings.sum(axis=1), into.any(axis=0)
    foretold = pd.Index(np.array(names)[targets], name="target")
    if at_least("draws", draws, 0):
        stack = _resampled(values, draws, random_state)
        drawn, drawn_r2, drawn_quality = _drawn(stack, draws, weights[0], upright, into, scheme)
        r2_limits = pd.DataFrame(
            _limits(drawn_r2[:, targets], tails(confidence)).T, foretold, ["low", "high"]
        )
        alike = _weighed_alike(stack, upright, into)
        found |= _wider(*(_with_limits(each, tails(confidence)) for each in (drawn, alike)))
        quality |= _with_limits(drawn_quality, tails(confidence))
        resampled = pd.concat(
            {kind: pd.DataFrame(drawn[kind][:, *where], columns=index) for kind in KINDS}, axis=1
        )
    order = [f"{kind}{end}".removeprefix("estimate_") for kind in KINDS for end in ENDS]
    return PathModel(
        weights=pd.Series((weights[0] * member).sum(axis=1), index=chosen.columns, name="weight"),
        loadings=pd.Series(own, index=chosen.columns, name="loading"),
        consistent_loadings=pd.Series(
            (consistent[0] * member).sum(axis=1), index=chosen.columns, name="loading"
        ),
        paths=pd.DataFrame(
            {name: found[name][0][where] for name in order if name in found}, index=index
        ),
        r2=pd.Series(r2[0][targets], index=foretold, name="r2"),
        r2_limits=r2_limits,
        blocks=_block_table(items[0], upright, names, quality),
        scores=pd.DataFrame(values @ weights[0], index=table.index, columns=names),
        correlations=pd.DataFrame(corr[0], index=names, columns=names),
        latent_correlations=pd.DataFrame(latent[0], index=names, columns=names),
        resampled=resampled,
    )


def _with_limits(drawn: Mapping[Any, Floats], quantiles: tuple[float, float]) -> dict[str, Floats]:
    """The limits of each estimate over the draws, by its name with _low and _high; those of the
    raw paths are called low and high.
    """
    limits = {str(name): _limits(found, quantiles)[:, None] for name, found in drawn.items()}
    return {
        f"{name}{end}".removeprefix("estimate_"): each
        for name, both in limits.items()
        for end, each in zip(ENDS[1:], both, strict=True)
    }


def _block_table(
    items: Floats, upright: Floats, names: list[str], quality: Mapping[str, Floats]
) -> pd.DataFrame:
    """One row per block; alpha of its items, those that point against the others turned round."""
    turn = upright.sum(axis=1)
    turned = items * turn[:, None] * turn
    columns = {
        "items": (upright != 0).sum(axis=0),
        "alpha": [alpha_of(turned[own][:, own]) for own in (upright != 0).T],
    }
    order = [f"{name}{end}" for name in QUALITY for end in ENDS if f"{name}{end}" in quality]
    return pd.DataFrame(
        columns | {name: quality[name][0] for name in order}, index=pd.Index(names, name="block")
    )


def path_difference(
    model: PathModel,
    first: Arrow,
    second: Arrow,
    kind: Kind = "disattenuated",
    confidence: float = 0.95,
) -> Interval:
    """Is one path stronger than another of the same model, by more than chance?

    Parameters
    ----------
    model : PathModel, fitted with resamples
    first, second : arrows (source, target) of it
    kind : "disattenuated" (corrected for errors of measurement) or "estimate" (raw)

    Returns
    -------
    Interval : first less second, with its percentile interval; the ends are missing where more
        than 5 % of the resamples have no such path

    Raises
    ------
    ValueError : a model without resamples, an arrow that it lacks

    Notes
    -----
    Both paths come from the same resample, so what they share drops out. Two intervals that
    overlap say less: they take the paths for independent. Efron & Tibshirani (1993), An
    Introduction to the Bootstrap.
    """
    if model.resampled.empty:
        raise ValueError("model has no resamples: fit it with draws above 0")
    if lacking := [arrow for arrow in (first, second) if arrow not in model.paths.index]:
        raise ValueError(
            f"model lacks the path {' -> '.join(lacking[0])}; it has "
            f"{some(' -> '.join(arrow) for arrow in model.paths.index)}"
        )
    drawn = (model.resampled[(kind, *first)] - model.resampled[(kind, *second)]).to_numpy()
    low, high = _limits(drawn[:, None], tails(confidence))[:, 0]
    found = model.paths[kind]
    return Interval(float(found[first] - found[second]), float(low), float(high))
