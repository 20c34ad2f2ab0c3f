"""What decided: weights implied by who won (conditional logit), what a point is worth in price, and
the chance to win at a price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import norm

from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits

__all__ = [
    "Weights",
    "implied_weights",
    "resampled_weights",
    "score_columns",
    "willingness_to_pay",
    "win_probability",
]

Floats = npt.NDArray[np.float64]
#: A weight this large, in standard deviations of its feature, means that the feature (or several
#: together) tells the winner without fail.
SEPARATED = 30.0
#: So does a log-likelihood this near to 0 for each tender.
CERTAIN = 1e-6
ITERATIONS = 100
#: Newton's steps that resamples get before each is climbed by itself, and the step, in standard
#: deviations of a feature, from which on one has arrived.
NEWTON, ARRIVED = 12, 1e-6
#: Resamples x bids that are held in memory together, some ten times 8 bytes each.
TOGETHER = 2_000_000


@dataclass(frozen=True)
class Weights:
    """Weights that make the winners likely, and how sure they are."""

    #: weight, se, low, high by feature.
    table: pd.DataFrame
    covariance: pd.DataFrame
    log_likelihood: float
    #: Of bids that all had the same chance.
    without: float
    tenders: int
    bids: int

    @property
    def weight(self) -> pd.Series:
        """The weights alone, by feature."""
        return self.table["weight"]


@dataclass(frozen=True)
class _Tenders:
    """Bids as arrays: rows sorted by tender, where each tender begins, and which row won."""

    x: Floats
    group: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    won: npt.NDArray[np.bool_]
    names: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.starts)


def score_columns(bids: pd.DataFrame, known: Sequence[str]) -> tuple[str, ...]:
    """Which of these columns vary within tenders, so that they can say something of who won?"""
    need_columns(bids, ["tender_id"], "bids")
    found = []
    for name in known:
        if name in bids and bids[name].notna().all():
            values = to_number(bids[name], f"bids.{name}")
            if (values.groupby(bids["tender_id"]).transform("std").fillna(0) > 0).any():
                found.append(name)
    return tuple(found)


def _arrays(bids: pd.DataFrame, features: Sequence[str], tender: str, won: str) -> _Tenders:
    names = (features,) if isinstance(features, str) else tuple(features)
    if not names or len(set(names)) != len(names):
        raise ValueError(f"features is {features!r}: expected names of columns, each once")
    need_columns(bids, [tender, won, *names], "bids")
    if bids.empty:
        raise ValueError("bids has 0 rows: expected the bids of several tenders")
    if bids[tender].isna().any():
        raise ValueError(f"bids.{tender} is missing in {int(bids[tender].isna().sum())} row(s)")
    rows = bids.sort_values(tender, kind="stable")
    x = np.column_stack([to_number(rows[n], f"bids.{n}").to_numpy(dtype=float) for n in names])
    bad = ~np.isfinite(x).all(axis=0)
    if bad.any():
        where = [name for name, one in zip(names, bad, strict=True) if one]
        raise ValueError(f"bids has missing values in {some(where)}: fill them, or leave rows out")
    group, _ = pd.factorize(rows[tender])
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    winner = to_number(rows[won], f"bids.{won}").to_numpy(dtype=float) == 1
    winners = np.add.reduceat(winner.astype(int), starts)
    if (winners != 1).any():
        odd = rows[tender].to_numpy()[starts[winners != 1]]
        raise ValueError(
            f"{len(odd)} tender(s) have no winner or several (first: {some(odd[:3])}): leave out "
            "those without, and make a tender of each lot"
        )
    sizes = np.diff(np.append(starts, len(group)))
    if (sizes < 2).all():
        raise ValueError("no tender has two bids: with one bid nothing was chosen")
    return _Tenders(x, group, starts, winner, names)


def _scaled(data: _Tenders) -> Floats:
    """Standard deviation of each feature within tenders; a ValueError names one without any."""
    mean = np.add.reduceat(data.x, data.starts, axis=0)
    sizes = np.diff(np.append(data.starts, len(data.group)))
    spread = np.sqrt(((data.x - (mean / sizes[:, None])[data.group]) ** 2).mean(axis=0))
    scale = np.abs(data.x).max(axis=0)
    flat = [n for n, s, m in zip(data.names, spread, scale, strict=True) if s <= 1e-12 * max(m, 1)]
    if flat:
        raise ValueError(
            f"{', '.join(flat)} do(es) not vary within any tender: what all bidders of a tender "
            "share cannot have decided between them; leave it out"
        )
    return np.asarray(spread, dtype=float)


def _likelihood(
    beta: Floats, x: Floats, data: _Tenders, times: Floats
) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its slope, and minus its curvature, with each tender counted ``times``."""
    v = x @ beta
    top = np.maximum.reduceat(v, data.starts)
    e = np.exp(v - top[data.group])
    total = np.add.reduceat(e, data.starts)
    p = e / total[data.group]
    level = float(times @ (v[data.won] - top - np.log(total)))
    mean = np.add.reduceat(p[:, None] * x, data.starts, axis=0)
    slope = times @ (x[data.won] - mean)
    away = (x - mean[data.group]) * np.sqrt(p * times[data.group])[:, None]
    return level, slope, away.T @ away


def _climb(x: Floats, data: _Tenders, times: Floats, start: Floats) -> Floats:
    """The weights at which the likelihood is largest."""
    result = minimize(
        lambda b: tuple(-part for part in _likelihood(b, x, data, times)[:2]),
        start,
        jac=True,
        hess=lambda b: _likelihood(b, x, data, times)[2],
        method="trust-exact",
        options={"gtol": 1e-7, "maxiter": ITERATIONS},
    )
    return np.asarray(result.x, dtype=float)


def _all_at_once(
    x: Floats, data: _Tenders, times: Floats, start: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Newton's steps for all resamples together: the weights, and for which they have arrived."""
    draws, features = len(times), x.shape[1]
    beta = np.tile(start, (draws, 1))
    size = np.full(draws, np.inf)
    for _ in range(NEWTON):
        v = beta @ x.T
        e = np.exp(v - np.maximum.reduceat(v, data.starts, axis=1)[:, data.group])
        p = e / np.add.reduceat(e, data.starts, axis=1)[:, data.group]
        mean = np.stack([np.add.reduceat(p * one, data.starts, axis=1) for one in x.T], axis=2)
        slope = np.einsum("dt,dtk->dk", times, x[data.won] - mean)
        counted = p * times[:, data.group]
        products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        curve = (counted @ products).reshape(draws, features, features)
        curve -= np.einsum("dt,dtj,dtk->djk", times, mean, mean, optimize=True)
        try:
            step = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            return beta, np.zeros(draws, dtype=bool)
        size = np.abs(step).max(axis=1)
        if not np.isfinite(size).all() or size.max() < ARRIVED:
            break
        beta = np.clip(beta + step, -2 * SEPARATED, 2 * SEPARATED)
    return beta, size < ARRIVED


def _centred(data: _Tenders) -> tuple[Floats, Floats]:
    """Features less the mean of their tender, in standard deviations; and these."""
    spread = _scaled(data)
    sizes = np.diff(np.append(data.starts, len(data.group)))
    mean = np.add.reduceat(data.x, data.starts, axis=0) / sizes[:, None]
    return (data.x - mean[data.group]) / spread, spread


def implied_weights(
    bids: pd.DataFrame,
    features: Sequence[str] = ("price", "tech", "service", "incumbent"),
    tender: str = "tender_id",
    won: str = "won",
    confidence: float = 0.95,
) -> Weights:
    """Which weights did those who decided give to price and scores?

    Parameters
    ----------
    bids : DataFrame
        One row per bid that could have won (leave the vetoed out): tender, won (1 or 0), and the
        features as numbers; price in one unit for all, such as a fraction of the budget.
    features : what may have decided. What all bidders of a tender share cannot.
    tender, won : names of these columns. Each tender has one winner.
    confidence : level of the intervals.

    Returns
    -------
    Weights

    Raises
    ------
    ValueError
        For missing columns or values, a tender without a winner or with several, a feature that
        varies in no tender, features that say the same, or that tell the winner without fail.

    Notes
    -----
    Conditional logit: P(i wins) = exp(b x_i) / sum over the bidders j of exp(b x_j). Errors from
    the inverse of the information. With one winner in each tender the likelihood has this short
    form, so it is climbed with scipy here; statsmodels' ConditionalLogit, which the tests compare
    with, sums over subsets and takes too long for resampling. Time grows as bids x features
    squared. Source: S003-2e, S003-2i.

    References
    ----------
    McFadden 1974, Conditional logit analysis of qualitative choice behavior, in Zarembka (ed.),
    Frontiers in Econometrics; Greene, Econometric Analysis, example of travel modes.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}: expected a fraction such as 0.95")
    data = _arrays(bids, features, tender, won)
    if data.count <= len(data.names):
        raise ValueError(
            f"{data.count} tender(s) for {len(data.names)} feature(s): expected more tenders than "
            "features; leave features out"
        )
    x, spread = _centred(data)
    if np.linalg.matrix_rank(x, tol=1e-8 * np.sqrt(len(x))) < x.shape[1]:
        raise ValueError(
            f"features ({', '.join(data.names)}) say the same of each other: leave one of those "
            "that go together out"
        )
    times = np.ones(data.count)
    beta = _climb(x, data, times, np.zeros(x.shape[1]))
    level, _, curve = _likelihood(beta, x, data, times)
    if np.abs(beta).max() > SEPARATED or level > -CERTAIN * data.count:
        worst = data.names[int(np.abs(beta).argmax())]
        raise ValueError(
            f"{worst} (or features together) tells the winner without fail: no weight is large "
            "enough, so there is none to estimate; add tenders or leave it out"
        )
    covariance = np.linalg.inv(curve) / np.outer(spread, spread)
    weight, se = beta / spread, np.sqrt(np.diag(covariance))
    z = norm.isf((1 - confidence) / 2)
    table = pd.DataFrame(
        {"weight": weight, "se": se, "low": weight - z * se, "high": weight + z * se},
        index=pd.Index(data.names, name="feature"),
    )
    sizes = np.diff(np.append(data.starts, len(data.group)))
    return Weights(
        table,
        pd.DataFrame(covariance, table.index, table.index),
        level,
        -float(np.log(sizes).sum()),
        data.count,
        len(data.group),
    )


def resampled_weights(
    bids: pd.DataFrame,
    features: Sequence[str] = ("price", "tech", "service", "incumbent"),
    tender: str = "tender_id",
    won: str = "won",
    draws: int = 200,
    random_state: int = 0,
) -> pd.DataFrame:
    """The weights of so many resamples of the tenders: one row each, one column per feature.

    A resample in which the winner is told without fail has missing weights.

    Raises
    ------
    ValueError
        As `implied_weights`, and for draws below 1.
    """
    if not isinstance(draws, Integral) or draws < 1:
        raise ValueError(f"draws is {draws!r}: expected a whole number, 1 or more")
    first = implied_weights(bids, features, tender, won)
    data = _arrays(bids, features, tender, won)
    x, spread = _centred(data)
    start = first.weight.to_numpy() * spread
    counts = drawn_counts(data.count, int(draws), np.random.default_rng(random_state))
    times = counts.astype(float)
    parts = np.array_split(times, -(-times.shape[0] * len(x) // TOGETHER))
    together = [_all_at_once(x, data, part, start) for part in parts if len(part)]
    found = np.concatenate([beta for beta, _ in together])
    for number in np.flatnonzero(~np.concatenate([done for _, done in together])):
        found[number] = _climb(x, data, times[number], start)
        level = _likelihood(found[number], x, data, times[number])[0]
        if level > -CERTAIN * data.count:
            found[number] = np.nan
    found[np.abs(found).max(axis=1) > SEPARATED] = np.nan
    return pd.DataFrame(found / spread, columns=first.table.index)


def _fieller(
    a: float, b: float, vaa: float, vbb: float, vab: float, z: float
) -> tuple[float, float]:
    """Limits of a / b; without end on a side where b may be zero."""
    curve = b * b - z * z * vbb
    spare = z * z * (vaa * vbb - vab * vab)
    half = z * np.sqrt(max(0.0, vaa * b * b - 2 * vab * a * b + vbb * a * a - spare))
    middle = a * b - z * z * vab
    if curve <= 0:
        return -np.inf, np.inf
    ends = (middle - half) / curve, (middle + half) / curve
    return float(min(ends)), float(max(ends))


def willingness_to_pay(
    weights: Weights,
    feature: str,
    price: str = "price",
    step: float = 1.0,
    method: Literal["fieller", "delta", "bootstrap"] = "fieller",
    draws: pd.DataFrame | None = None,
    confidence: float = 0.95,
) -> Interval:
    """How much dearer may a bid be for one step more of a feature, at the same chance to win?

    Parameters
    ----------
    weights : from `implied_weights`.
    feature, price : which two are traded.
    step : how much more of the feature: 10 for ten points.
    method : "fieller": limits that hold where the weight of price is loose too; "delta": the usual
        symmetric ones; "bootstrap": percentiles of ``draws`` (`resampled_weights`).
    confidence : level of the interval.

    Returns
    -------
    Interval : in the unit of the price (a fraction of the budget); limits are infinite where the
        weight of price cannot be told from zero.

    Raises
    ------
    ValueError
        For a feature that has no weight, a step of zero, or where the dearer bid does not lose: no
        price can be told then.

    Notes
    -----
    -step b_feature / b_price. Delta: variance from the gradient. Fieller: the values r for which
    b_feature + r b_price does not differ from zero.

    References
    ----------
    Fieller 1954, Journal of the Royal Statistical Society B 16(2); Hole 2007, Health Economics 16,
    827-840 (comparison of the methods).
    """
    for name in (feature, price):
        if name not in weights.table.index:
            raise ValueError(f"{name!r} has no weight; there are {some(weights.table.index)}")
    if feature == price or not isinstance(step, Real) or not step or not np.isfinite(step):
        raise ValueError(f"feature is {feature!r}, step is {step!r}: expected another and not 0")
    a, b = float(weights.weight[feature]), float(weights.weight[price])
    if b >= 0:
        raise ValueError(
            f"the weight of {price} is {b:.3g}: the dearer bid does not lose here, so no price can "
            "be put on the rest; check that price is in one unit, such as a fraction of the budget"
        )
    z = float(norm.isf((1 - confidence) / 2))
    cov = weights.covariance
    vaa, vbb, vab = (
        float(cov.loc[one, two])
        for one, two in ((feature, feature), (price, price), (feature, price))
    )
    ratio = a / b
    if method == "delta":
        se = np.sqrt(vaa + ratio**2 * vbb - 2 * ratio * vab) / abs(b)
        ends = ratio - z * se, ratio + z * se
    elif method == "fieller":
        ends = _fieller(a, b, vaa, vbb, vab, z)
    elif method == "bootstrap" and draws is not None:
        need_columns(draws, [feature, price], "draws")
        known = draws[[feature, price]].dropna()
        known = known[known[price] < 0]
        if known.empty:
            raise ValueError("draws: in none is the weight of price below 0")
        ends = percentile_limits(known[feature] / known[price], confidence)
    else:
        raise ValueError(
            f"method is {method!r}: expected 'fieller', 'delta', or 'bootstrap' with draws"
        )
    limits = sorted(-step * end for end in ends)
    return Interval(-step * ratio, limits[0], limits[1])


def win_probability(
    bid: float | Floats | Sequence[float],
    own: Mapping[str, float],
    rivals: pd.DataFrame,
    weights: Weights | Mapping[str, float] | pd.Series,
    price: str = "price",
    tender: str = "tender_id",
) -> float | Floats:
    """What is the chance to win at this price?

    Parameters
    ----------
    bid : price, or several, in the unit of the weights (a fraction of the budget).
    own : our other features, such as {"tech": 80, "service": 75, "incumbent": 0}.
    rivals : DataFrame
        One row per rival's bid, with price and features. With a column ``tender`` each tender is a
        field that may be met, and the chance is the mean over them.
    weights : weights by feature (`implied_weights`), price among them.

    Returns
    -------
    float or array : like ``bid``.

    Raises
    ------
    ValueError
        For a feature that is missing in ``own`` or ``rivals``, no rival, or a price that is no
        number.
    """
    beta = weights.weight if isinstance(weights, Weights) else pd.Series(dict(weights), dtype=float)
    if price not in beta.index:
        raise ValueError(f"weights lacks {price!r}; it has {some(beta.index)}")
    others = [name for name in beta.index if name != price]
    if lacking := [name for name in others if name not in own]:
        raise ValueError(f"own lacks {some(lacking)}: expected our {', '.join(others)}")
    need_columns(rivals, beta.index, "rivals")
    if rivals.empty:
        raise ValueError("rivals has 0 rows: expected at least one bid of another")
    prices = np.atleast_1d(np.asarray(bid, dtype=float))
    if prices.ndim != 1 or not np.isfinite(prices).all():
        raise ValueError(f"bid is {bid!r}: expected prices")
    x = rivals[list(beta.index)].astype(float)
    if x.isna().to_numpy().any():
        raise ValueError("rivals has missing values in its features: fill them or leave rows out")
    v = x.to_numpy() @ beta.to_numpy()
    field = pd.factorize(rivals[tender])[0] if tender in rivals else np.zeros(len(v), dtype=int)
    against = np.log(np.bincount(field, np.exp(v - v.max()))) + v.max()
    mine = sum(float(beta[name]) * float(own[name]) for name in others) + beta[price] * prices
    found = (1 / (1 + np.exp(against[None, :] - np.asarray(mine)[:, None]))).mean(axis=1)
    return float(found[0]) if np.ndim(bid) == 0 else np.asarray(found, dtype=float)
