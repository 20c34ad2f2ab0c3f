"""What the score rule of a tender makes of a price: points, totals, the most that may be bid."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "RULES",
    "Audit",
    "Rule",
    "audit_wins",
    "benchmark",
    "most_we_may_bid",
    "price_points",
    "quality_cost_score",
    "score",
]

Floats = npt.NDArray[np.float64]
Rule = Literal["lowest", "mean", "second_mean"]
RULES: tuple[Rule, ...] = get_args(Rule)
#: Points taken off for each percent above and below a benchmark that is a mean. Tender documents
#: differ; twice as much above as below is common.
ABOVE, BELOW = 1.0, 0.5
#: Prices that are tried in the search for the most that may be bid.
STEPS = 4001
#: Points that count as equal.
EQUAL = 1e-9


def _amount(name: str, value: object) -> float:
    if not isinstance(value, Real) or not np.isfinite(float(value)) or float(value) <= 0:
        raise ValueError(f"{name} is {value!r}: expected an amount above 0")
    return float(value)


def _weight(name: str, value: object) -> float:
    if not isinstance(value, Real) or not np.isfinite(float(value)) or float(value) < 0:
        raise ValueError(f"{name} is {value!r}: expected points, 0 or more, such as 30 of 100")
    return float(value)


def _rule(rule: object) -> Rule:
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}: expected one of {', '.join(RULES)}")
    return rule


def _prices(values: object, argument: str) -> Floats:
    series = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(values))  # type: ignore[call-overload]
    found = to_number(series, argument).to_numpy(dtype=float)
    if not len(found):
        raise ValueError(f"{argument} holds no price: expected at least one bid")
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        raise ValueError(
            f"{argument}: {int(bad.sum())} of {len(found)} are missing, zero or negative "
            f"(first: {some(found[bad][:3])}): expected prices above 0; leave such bids out"
        )
    return found


def benchmark(bids: object, rule: Rule = "lowest", lowered: float = 0.0) -> float:
    """Which price gets full points?

    Parameters
    ----------
    bids : prices of the valid bids of one tender, in any unit of money.
    rule : "lowest": the lowest; "mean": the mean of all; "second_mean": the mean of those that are
        not above that mean.
    lowered : fraction by which a mean is lowered before it counts (下浮率).

    Returns
    -------
    float : the benchmark (评标基准价), in the unit of the bids.

    Raises
    ------
    ValueError
        For no bid, a price that is missing, zero or negative, or an unknown rule.

    Notes
    -----
    Tender documents know more rules, among them the mean of the lowest bid and the mean of all.
    The lowest price as benchmark is the rule for public purchases of goods in China (Ministry of
    Finance, order 87 of 2017, article 55); means are used in construction.
    """
    found, chosen = _prices(bids, "bids"), _rule(rule)
    if not isinstance(lowered, Real) or not 0 <= lowered < 1:
        raise ValueError(f"lowered is {lowered!r}: expected a fraction from 0 to below 1")
    if chosen == "lowest":
        return float(found.min())
    mean = found.mean()
    if chosen == "second_mean":
        mean = found[found <= mean * (1 + 1e-12)].mean()
    return float(mean * (1 - lowered))


def price_points(
    bid: float | Floats | pd.Series,
    benchmark: float,
    weight: float,
    rule: Rule = "lowest",
    above: float = ABOVE,
    below: float = BELOW,
) -> Any:
    """How many points does a price get?

    Parameters
    ----------
    bid : price, or several, in the unit of the benchmark.
    benchmark : price that gets full points; see `benchmark`.
    weight : points that price can bring, such as 30 of 100.
    rule : "lowest": benchmark / bid x weight; a mean: points are taken off for each percent of
        distance.
    above, below : points off for each percent above and below the mean; unused for "lowest".

    Returns
    -------
    float or array : points from 0 to the weight, like ``bid``.

    Raises
    ------
    ValueError
        For a price, benchmark or weight that is none, or a bid below the lowest.

    Notes
    -----
    "lowest": points = w B / b. A mean: points = max(0, w - a 100 (b - B) / B) above the benchmark
    B, with a other constant below it. Source: S003-2e, S003-2i; the case does not state its rule.
    """
    prices, base, chosen = _prices(bid, "bid"), _amount("benchmark", benchmark), _rule(rule)
    most = _weight("weight", weight)
    if chosen == "lowest":
        if (prices < base * (1 - 1e-12)).any():
            raise ValueError(
                f"bid is {some(prices[prices < base][:3])}, below the benchmark {base:g}: the "
                "lowest valid bid is the benchmark; hand in benchmark(bids), or another rule"
            )
        points = most * base / prices
    else:
        away = 100 * (prices - base) / base
        off = np.where(away > 0, _weight("above", above) * away, -_weight("below", below) * away)
        points = np.maximum(0.0, most - off)
    if isinstance(bid, pd.Series):
        return pd.Series(points, index=bid.index)
    return float(points[0]) if np.ndim(bid) == 0 else points


def _weights(weights: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(weights, Mapping) or "price" not in weights:
        raise ValueError(
            "weights lacks 'price': expected points by criterion, such as "
            "{'price': 30, 'tech': 50, 'service': 20}"
        )
    found = {name: _weight(f"weights[{name!r}]", value) for name, value in weights.items()}
    if not sum(found.values()) > 0:
        raise ValueError("weights are all 0: expected points that add up to more, such as 100")
    return found


def _valid(bids: pd.DataFrame, weights: Mapping[str, float], veto: str) -> pd.Series:
    """Which bids count; the criteria of those that do are checked."""
    need_columns(bids, weights, "bids")
    if bids.empty:
        raise ValueError("bids has 0 rows: expected the bids of one tender")
    valid = pd.Series(True, index=bids.index)
    if veto in bids:
        valid = bids[veto].fillna(0).astype(float) == 0
    if not valid.any():
        raise ValueError(f"all {len(bids)} bids are vetoed: the tender has no winner")
    for name in weights:
        if name == "price":
            continue
        points = to_number(bids.loc[valid, name], f"bids.{name}")
        bad = ~points.between(0, 100)
        if bad.any():
            raise ValueError(
                f"bids.{name}: {int(bad.sum())} of {len(points)} are missing or outside of 0 to "
                f"100 (first: {some(points[bad].head(3))}): expected scores out of 100"
            )
    return valid


def score(
    bids: pd.DataFrame,
    weights: Mapping[str, float],
    rule: Rule = "lowest",
    lowered: float = 0.0,
    above: float = ABOVE,
    below: float = BELOW,
    veto: str = "veto",
) -> pd.DataFrame:
    """Who is first by points?

    Parameters
    ----------
    bids : DataFrame
        The bids of one tender: price, a column of scores (0 to 100) for each other criterion, and
        perhaps a flag ``veto`` (1: rejected).
    weights : points by criterion, "price" among them: what a full score brings.
    rule, lowered, above, below : how price points are given; see `benchmark`, `price_points`.
    veto : name of the flag. A vetoed bid gets no points and does not enter the benchmark.

    Returns
    -------
    DataFrame
        Indexed like ``bids``: points by criterion, total, rank (1 is first; equal totals go to the
        lower price, then to the first row). A vetoed bid has no total and no rank.

    Raises
    ------
    ValueError
        For a missing column, a score outside of 0 to 100, a price that is none, or where all bids
        are vetoed.

    Notes
    -----
    total = price points + sum over other criteria of weight x score / 100. The veto comes first
    (S003-2h): a price that is thrown out must not set the benchmark for the others.
    """
    chosen = _weights(weights)
    valid = _valid(bids, chosen, veto)
    kept = bids[valid]
    prices = pd.Series(_prices(kept["price"], "bids.price"), index=kept.index)
    base = benchmark(prices, rule, lowered)
    points = pd.DataFrame(index=bids.index)
    for name, weight in chosen.items():
        if name == "price":
            found = price_points(prices, base, weight, rule, above, below)
        else:
            found = weight * to_number(kept[name], f"bids.{name}") / 100
        points[f"{name}_points"] = pd.Series(found, index=kept.index).reindex(bids.index)
    points["total"] = points.sum(axis=1).where(valid)
    order = kept.assign(total=points["total"].round(9), price=prices)
    order = order.sort_values(["total", "price"], ascending=[False, True], kind="stable")
    rank = pd.Series(np.arange(1, len(order) + 1), index=order.index)
    points["rank"] = rank.reindex(bids.index).astype("Int64")
    return points


def quality_cost_score(
    technical: object,
    price: object,
    weights: tuple[float, float] = (0.7, 0.3),
    scale: Literal["best", "raw"] = "best",
) -> Floats:
    """Which offer is first by quality and cost together?

    Parameters
    ----------
    technical : scores out of 100, one per offer.
    price : prices, one per offer, in the same order.
    weights : of quality and of cost; fractions that add up to 1.
    scale : "best": technical scores are scaled so that the best has 100; "raw": as they are. Two
        rules are in use: say which one is meant.

    Returns
    -------
    array : points out of 100.

    Raises
    ------
    ValueError
        For lists of unequal length, scores outside of 0 to 100, no score above 0, or prices that
        are none.

    Notes
    -----
    points = w_q S_t + w_c 100 B / b, with B the lowest price, and S_t = 100 T / max T ("best") or
    T ("raw").

    References
    ----------
    World Bank, Guidelines: Selection and Employment of Consultants (quality- and cost-based
    selection).
    """
    prices = _prices(pd.Series(price), "price")
    quality = to_number(pd.Series(technical), "technical").to_numpy(dtype=float)
    if len(quality) != len(prices):
        raise ValueError(f"technical has {len(quality)} values and price {len(prices)}")
    if not ((quality >= 0) & (quality <= 100)).all() or not quality.max() > 0:
        raise ValueError("technical: expected scores from 0 to 100, one of them above 0")
    if scale not in ("best", "raw"):
        raise ValueError(f"scale is {scale!r}: expected 'best' or 'raw'")
    if len(weights) != 2 or min(weights) < 0 or abs(sum(weights) - 1) > EQUAL:
        raise ValueError(f"weights is {weights!r}: expected two fractions that add up to 1")
    scaled = 100 * quality / quality.max() if scale == "best" else quality
    found: Floats = weights[0] * scaled + weights[1] * 100 * prices.min() / prices
    return found


def most_we_may_bid(
    bids: pd.DataFrame,
    bidder: str,
    weights: Mapping[str, float],
    rule: Rule = "lowest",
    ceiling: float | None = None,
    lowered: float = 0.0,
    above: float = ABOVE,
    below: float = BELOW,
    veto: str = "veto",
) -> float:
    """What is the most that a bidder may ask and still be first by points?

    Parameters
    ----------
    bids : as for `score`, indexed by bidder; the bids of the others are taken as known.
    bidder : whose price is moved.
    ceiling : no higher price is tried (最高限价); by default three times the highest bid.
    weights, rule, lowered, above, below, veto : as for `score`.

    Returns
    -------
    float : that price; missing where no price up to the ceiling is enough, the ceiling where every
        one is.

    Raises
    ------
    ValueError
        For a bidder that is not there or vetoed, a ceiling that is no amount, and as `score`.

    Notes
    -----
    Against one rival at price r, with a lead of L points in the other criteria and price points
    w B / b, it is r / (1 - L / w): without end once the lead is as large as the weight of price.
    With a mean as benchmark the own bid moves the benchmark too, so the price is searched for.
    """
    chosen, base = _weights(weights), bids[~bids.index.duplicated()]
    valid = _valid(bids, chosen, veto)
    if len(base) != len(bids) or bidder not in bids.index:
        raise ValueError(f"bids has no single row {bidder!r}: index it by bidder, one row each")
    if not bool(valid.to_dict()[bidder]):
        raise ValueError(f"{bidder!r} is vetoed: no price helps")
    rivals = bids[valid].drop(index=bidder)
    top = _amount("ceiling", ceiling) if ceiling is not None else 3 * float(bids["price"].max())
    if rivals.empty:
        return top
    scores = bids.loc[[bidder]].iloc[0].to_dict()
    own = sum(w * float(scores[n]) / 100 for n, w in chosen.items() if n != "price")
    others = sum(w * rivals[n].astype(float) / 100 for n, w in chosen.items() if n != "price")
    prices = pd.Series(_prices(rivals["price"], "bids.price"), index=rivals.index)
    given = (rule, lowered, above, below)

    def first(price: float) -> bool:
        mark = benchmark([*prices, price], rule, lowered)
        mine = own + price_points(price, mark, chosen["price"], *given[:1], *given[2:])
        theirs = others + price_points(prices, mark, chosen["price"], *given[:1], *given[2:])
        return bool(mine >= float(np.max(theirs)) - EQUAL)

    tried = np.linspace(top / STEPS, top, STEPS)
    won = np.array([first(price) for price in tried])
    if not won.any():
        return float("nan")
    last = int(np.flatnonzero(won).max())
    if last == len(tried) - 1:
        return top
    low, high = tried[last], tried[last + 1]
    while high - low > 1e-10 * top:
        middle = (low + high) / 2
        low, high = (middle, high) if first(middle) else (low, middle)
    return float(low)


class Audit(NamedTuple):
    """What a list of wins says of a claimed total."""

    listed: float
    #: Claimed less listed, and less listed and ``further``.
    gap: float
    least_gap: float
    #: How many amounts are told as "at least".
    open_ended: int
    #: Whether the list reaches over more time than the claim is for; None where it is not known.
    wider: bool | None
    #: "supported", "short" or "open".
    verdict: str


def audit_wins(
    wins: pd.DataFrame,
    claimed: float,
    further: float = 0.0,
    period: tuple[str, str] | None = None,
) -> Audit:
    """Do the wins that are listed add up to the total that is claimed?

    Parameters
    ----------
    wins : DataFrame
        ``amount`` in the unit of the claim; perhaps ``at_least`` (1: "2,100 and more"), ``start``
        and ``end`` (first and last day on which the win may lie).
    claimed : total that is claimed.
    further : amounts that belong to it beside the list, such as the order of the case itself.
    period : first and last day that the claim is for.

    Returns
    -------
    Audit
        Verdict "supported" where the list, with what is further, reaches the claim and lies within
        its time; "short" where all of it, counted for the claim, does not and no amount is open
        upwards; else "open".

    Raises
    ------
    ValueError
        For an empty list, an amount that is missing or below 0, or a claim that is none.

    Notes
    -----
    A list that reaches over more time than the claim can only flatter it: the gap is then a lower
    bound, as far as no amount is open upwards. Source: S003-2d.
    """
    need_columns(wins, ["amount"], "wins")
    amounts = to_number(wins["amount"], "wins.amount")
    if wins.empty or amounts.isna().any() or (amounts < 0).any():
        raise ValueError("wins.amount: expected at least one amount, none missing or below 0")
    asked, more = _amount("claimed", claimed), _weight("further", further)
    listed = float(amounts.sum())
    loose = int(wins["at_least"].fillna(0).astype(float).sum()) if "at_least" in wins else 0
    wider = None
    if period is not None and {"start", "end"} <= set(wins.columns):
        first, last = pd.Timestamp(period[0]), pd.Timestamp(period[1])
        begun, ended = pd.to_datetime(wins["start"]), pd.to_datetime(wins["end"])
        wider = bool((begun < first).any() or (ended > last).any())
    gap, least = asked - listed, asked - listed - more
    if least <= 0 and not wider:
        verdict = "supported"
    else:
        verdict = "short" if least > 0 and not loose else "open"
    return Audit(listed, gap, least, loose, wider, verdict)
