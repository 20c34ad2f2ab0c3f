"""Which price to bid: expected profit, rivals by their past prices, what a win says of the cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.resampling import percentile_limits

__all__ = [
    "BestBid",
    "best_bid",
    "best_bid_interval",
    "chance_to_undercut",
    "fields",
    "friedman",
    "gates",
    "winners_curse",
]

Floats = npt.NDArray[np.float64]
#: Prices that are tried before the best of them is refined.
STEPS = 401
#: The search ends at so many times the cost where no ceiling is given.
FURTHEST = 2.0


class BestBid(NamedTuple):
    """The price that brings most on average, and what it brings."""

    bid: float
    chance: float
    #: Expected profit, in the unit of the cost: chance x (bid - cost).
    profit: float
    #: The ceiling (or the end of the search) is the best: more was not allowed.
    at_ceiling: bool


def _cost(cost: object) -> float:
    if not isinstance(cost, Real) or not np.isfinite(float(cost)) or float(cost) <= 0:
        raise ValueError(f"cost is {cost!r}: expected an amount above 0, in the unit of the bids")
    return float(cost)


def _true_cost(cost: object, curse: object, ceiling: float | None) -> tuple[float, float]:
    base = _cost(cost)
    if not isinstance(curse, Real) or not -1 < float(curse) < 10:
        raise ValueError(
            f"curse is {curse!r}: expected the share by which the cost of what is won comes out "
            "above the estimate, such as 0.05"
        )
    real = base * (1 + float(curse))
    top = FURTHEST * max(base, real) if ceiling is None else _cost(ceiling)
    if top <= real:
        raise ValueError(
            f"ceiling is {top:g}, not above the cost of {real:g}: no bid earns anything; do not bid"
        )
    return real, top


def best_bid(
    cost: float,
    chance: Callable[[Floats], Floats],
    ceiling: float | None = None,
    curse: float = 0.0,
) -> BestBid:
    """Which price brings most on average?

    Parameters
    ----------
    cost : what the order costs us, as we estimate it.
    chance : the chance to win at each of several prices: `win_probability`, `friedman`, `gates`, or
        one of your own.
    ceiling : no higher price is allowed (最高限价); by default twice the cost.
    curse : share by which the cost of what is won comes out above the estimate (`winners_curse`).

    Returns
    -------
    BestBid

    Raises
    ------
    ValueError
        For a cost that is none, a ceiling that is not above it, or a chance outside of 0 to 1.

    Notes
    -----
    max over b of (b - c (1 + curse)) P(b), by a grid and a bounded search around its best point.

    References
    ----------
    Friedman 1956, A competitive-bidding strategy, Operations Research 4(1), 104-112.
    """
    real, top = _true_cost(cost, curse, ceiling)
    prices = np.linspace(real, top, STEPS)
    chances = np.asarray(chance(prices), dtype=float)
    if chances.shape != prices.shape or not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("chance: expected a function from prices to as many chances from 0 to 1")
    profit = (prices - real) * chances
    if not profit.max() > 0:
        raise ValueError("chance is 0 at every price above the cost: this tender cannot be won")
    place = int(profit.argmax())
    low, high = prices[max(0, place - 1)], prices[min(STEPS - 1, place + 1)]
    found = minimize_scalar(
        lambda b: -(b - real) * float(np.asarray(chance(np.array([b])))[0]),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-9 * top},
    )
    best = float(found.x) if -found.fun >= profit[place] else float(prices[place])
    won = float(np.asarray(chance(np.array([best])))[0])
    return BestBid(best, won, (best - real) * won, bool(top - best < 1e-6 * top))


def best_bid_interval(
    cost: float,
    own: Mapping[str, float],
    rivals: pd.DataFrame,
    draws: pd.DataFrame,
    ceiling: float | None = None,
    curse: float = 0.0,
    confidence: float = 0.95,
    random_state: int = 0,
) -> tuple[float, float]:
    """How far could the best bid lie off, for weights and rivals that are known from few tenders?

    Parameters
    ----------
    cost, ceiling, curse : as for `best_bid`.
    own, rivals : as for `win_probability`; the fields of rivals are drawn anew each time.
    draws : weights of resampled tenders (`resampled_weights`); those with a weight of price of 0 or
        more, or missing, are left out.

    Returns
    -------
    tuple : percentile limits of the best bid.

    Raises
    ------
    ValueError
        As `best_bid`, and where no draw is left.
    """
    real, top = _true_cost(cost, curse, ceiling)
    names = list(draws.columns)
    need_columns(rivals, names, "rivals")
    known = draws.dropna()
    known = known[known["price"] < 0]
    if known.empty:
        raise ValueError("draws: in none is the weight of price below 0")
    prices = np.linspace(real, top, STEPS)
    field = pd.factorize(rivals["tender_id"])[0] if "tender_id" in rivals else None
    x, rng = rivals[names].to_numpy(dtype=float), np.random.default_rng(random_state)
    found = []
    for beta in known.to_numpy(dtype=float):
        level = dict(zip(names, beta, strict=True))
        v = x @ beta
        field_of = np.zeros(len(v), dtype=int) if field is None else field
        against = np.log(np.bincount(field_of, np.exp(v - v.max()))) + v.max()
        against = against[rng.integers(0, len(against), len(against))]
        mine = sum(level[n] * float(own[n]) for n in names if n != "price")
        chances = 1 / (1 + np.exp(against[None, :] - (mine + level["price"] * prices)[:, None]))
        found.append(prices[int(((prices - real) * chances.mean(axis=1)).argmax())])
    return percentile_limits(found, confidence)


def fields(
    bids: pd.DataFrame, rivals: int, draws: int = 500, random_state: int = 0
) -> pd.DataFrame:
    """Rivals as they may be met: so many bids of the past, in each of many fields.

    Parameters
    ----------
    bids : past bids of rivals, price and features in the unit of the weights.
    rivals : how many meet us.
    draws : fields.

    Returns
    -------
    DataFrame : the rows drawn, with ``tender_id`` the number of the field.

    Raises
    ------
    ValueError
        For no bid, or fewer than 1 rival or field.

    Notes
    -----
    Bids of one tender are drawn as they come, apart from each other: what all bidders of a tender
    share (a job that is dear for all) is lost. `win_probability` on the past fields keeps it.
    """
    need_columns(bids, (), "bids")
    if bids.empty:
        raise ValueError("bids has 0 rows: expected past bids of rivals")
    for name, value in (("rivals", rivals), ("draws", draws)):
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} is {value!r}: expected a whole number, 1 or more")
    rng = np.random.default_rng(random_state)
    drawn = bids.iloc[rng.integers(0, len(bids), rivals * draws)].reset_index(drop=True)
    return drawn.assign(tender_id=np.repeat(np.arange(draws), rivals))


def chance_to_undercut(bid: float | Floats, past: object) -> Floats:
    """What is the chance that one rival asks more than this?

    Parameters
    ----------
    bid : price over our cost estimate, or several.
    past : what this rival asked in the past, over our cost estimates of the same tenders.

    Returns
    -------
    array : share of the past ratios above the bid; equal ones count half. The first and the last
        are held off 0 and 1 by half a tender, since a rival can ask what it never asked.

    Raises
    ------
    ValueError
        For no past ratio, or one that is missing or not above 0.

    Notes
    -----
    (k + .5) / (n + 1) for k of n above.
    """
    ratios = to_number(pd.Series(past), "past").to_numpy(dtype=float)
    bad = ~(np.isfinite(ratios) & (ratios > 0))
    if not len(ratios) or bad.any():
        raise ValueError(
            f"past holds {len(ratios)} ratio(s), {int(bad.sum())} of them missing or not above 0 "
            f"(first: {some(ratios[bad][:3])}): expected the rival's price over our cost estimate"
        )
    asked = np.atleast_1d(np.asarray(bid, dtype=float))
    above = (ratios[None, :] > asked[:, None]).sum(axis=1)
    equal = (ratios[None, :] == asked[:, None]).sum(axis=1)
    found: Floats = (above + equal / 2 + 0.5) / (len(ratios) + 1)
    return found


def _chances(chances: object) -> Floats:
    found = np.atleast_1d(np.asarray(chances, dtype=float))
    if not found.size or not ((found >= 0) & (found <= 1)).all():
        raise ValueError("chances: expected the chance to beat each rival, from 0 to 1")
    return found


def friedman(chances: Sequence[float] | Floats) -> Floats | float:
    """What is the chance to beat all rivals, if they bid independently of each other?

    Parameters
    ----------
    chances : the chance to beat each rival; rows for prices, columns for rivals, or one row.

    Notes
    -----
    The product of the chances. Of equals it is too low: with three rivals each beaten by one half
    it gives one eighth, though one of four equals wins a quarter. What pulls all bids up and down
    together, such as the cost of the job, makes them dependent.

    References
    ----------
    Friedman 1956, Operations Research 4(1).
    """
    found = _chances(chances).prod(axis=-1)
    return float(found) if np.ndim(found) == 0 else np.asarray(found, dtype=float)


def gates(chances: Sequence[float] | Floats) -> Floats | float:
    """What is the chance to beat all rivals, if bids hang together as in a race of equals?

    Parameters
    ----------
    chances : as for `friedman`; 0 for a rival makes it 0.

    Notes
    -----
    1 / (1 + sum (1 - p) / p). It holds where P(i wins) is in proportion to a strength of each
    bidder, as in the conditional logit.

    References
    ----------
    Gates 1967, Bidding strategies and probabilities, Journal of the Construction Division 93(1);
    Skitmore, Pettitt & McVinish 2007, Gates' bidding model, Journal of Construction Engineering
    and Management 133(11).
    """
    p = _chances(chances)
    with np.errstate(divide="ignore"):
        found = 1 / (1 + ((1 - p) / p).sum(axis=-1))
    return float(found) if np.ndim(found) == 0 else np.asarray(found, dtype=float)


def winners_curse(estimate: pd.Series, actual: pd.Series, confidence: float = 0.95) -> Interval:
    """By which share does the cost of what we won come out above what we had estimated?

    Parameters
    ----------
    estimate, actual : cost of each tender that was won, before and after, in one unit; rows in
        which one is missing are left out.
    confidence : level of the interval.

    Returns
    -------
    Interval : mean of actual / estimate - 1, with limits by Student's t.

    Raises
    ------
    ValueError
        For amounts of 0 or less, lists of unequal length, or fewer than 2 tenders with both.

    Notes
    -----
    Who errs on the low side bids low and wins: estimates that are right on average are too low
    where they won. Before the bid it is the share by which the cost has to be raised.

    References
    ----------
    Capen, Clapp & Campbell 1971, Competitive bidding in high-risk situations, Journal of Petroleum
    Technology 23(6); Thaler 1988, Journal of Economic Perspectives 2(1).
    """
    before = to_number(pd.Series(estimate), "estimate").to_numpy(dtype=float)
    after = to_number(pd.Series(actual), "actual").to_numpy(dtype=float)
    if len(before) != len(after):
        raise ValueError(f"estimate has {len(before)} values and actual {len(after)}")
    both = np.isfinite(before) & np.isfinite(after)
    before, after = before[both], after[both]
    if len(before) < 2:
        raise ValueError(f"{len(before)} tender(s) with estimate and actual: expected 2 or more")
    if (before <= 0).any() or (after <= 0).any():
        raise ValueError("estimate and actual: expected costs above 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}: expected a fraction such as 0.95")
    over = after / before - 1
    half = float(student.isf((1 - confidence) / 2, len(over) - 1)) * over.std(ddof=1)
    half /= np.sqrt(len(over))
    return Interval(float(over.mean()), float(over.mean() - half), float(over.mean() + half))
