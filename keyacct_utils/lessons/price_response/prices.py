"""Who pays less than others, whose discount pays, and what price people would bear."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from keyacct_utils.lessons.price_response.response import unit_prices
from keyacct_utils.lessons.shared.amounts import Interval, fraction, tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "Meter",
    "break_even_growth",
    "discount_targets",
    "guarantee_cost",
    "price_dispersion",
    "price_sensitivity_meter",
    "price_tolerance",
]

#: The four prices that van Westendorp asks for, from the lowest on.
ASKED = ("too_cheap", "cheap", "expensive", "too_expensive")
#: Peers that a price is compared with at least, and months that an interval needs.
FEWEST_PEERS, FEWEST_MONTHS = 5, 3
#: Chances that are all nearer to what happened than this: the answers are parted perfectly.
_APART = 1e-3
#: Cells that are sorted at once.
_CELLS = 3_000_000


def _peer_median(table: np.ndarray, size: np.ndarray, peers: int) -> tuple[np.ndarray, np.ndarray]:
    """Median of each column over the accounts nearest in size, without the account itself, and how
    many of them had a price (accounts x months).
    """
    n = len(size)
    if peers >= n - 1:
        return _median_of_others(table)
    order = np.argsort(size, kind="stable")
    ordered = table[order]
    place = np.arange(n)
    start = np.clip(place - peers // 2, 0, n - peers - 1)
    window = start[:, None] + np.arange(peers + 1)
    window = window[window != place[:, None]].reshape(n, peers)
    middle, many = np.full(table.shape, np.nan), np.zeros(table.shape, dtype=int)
    for some_of in np.array_split(place, max(1, n * peers * table.shape[1] // _CELLS + 1)):
        rows = np.sort(ordered[window[some_of]], axis=1)  # missing ones last
        count = np.isfinite(rows).sum(axis=1)
        low, high = (np.maximum(count - 1, 0) // 2)[:, None], (count // 2)[:, None]
        high = np.minimum(high, peers - 1)
        pair = np.take_along_axis(rows, low, 1) + np.take_along_axis(rows, high, 1)
        middle[order[some_of]] = pair[:, 0] / 2
        many[order[some_of]] = count
    return middle, many


def _median_of_others(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same with all others as peers: each column is sorted once, and the account's own place
    is jumped over.
    """
    there = np.isfinite(table)
    place = np.argsort(table, axis=0, kind="stable")  # missing ones last
    ordered = np.take_along_axis(table, place, axis=0)
    rank = np.empty_like(place)
    np.put_along_axis(rank, place, np.arange(len(table))[:, None], axis=0)
    many = there.sum(axis=0) - there
    pair = []
    for wanted in (np.maximum(many - 1, 0) // 2, many // 2):
        jumped = wanted + (there & (wanted >= rank))
        pair.append(np.take_along_axis(ordered, np.minimum(jumped, len(table) - 1), axis=0))
    return np.where(many > 0, (pair[0] + pair[1]) / 2, np.nan), many


def price_dispersion(
    rows: pd.DataFrame,
    *,
    peers: int = 20,
    fewest_peers: int = FEWEST_PEERS,
    group: str = "line",
    period: str = "month",
    unit: str = "account_id",
    amount: str = "revenue",
    volume: str = "volume",
    reference: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Who pays less, or more, than accounts of the same size for the same line in the same month?

    Parameters
    ----------
    rows : DataFrame, one row per account, line and month
        With amount and volume; several rows of one are added up.
    peers : accounts of the nearest size (mean monthly volume in the line) to compare with
    fewest_peers : a month in which fewer of them bought is left out
    group : column of what is bought; only prices of one and the same are compared
    reference : column of a price per unit that differs between accounts for a reason of its own
        Such as a list price by voltage: prices are then compared as parts of it.

    Returns
    -------
    DataFrame
        Indexed by account and line: price (paid on average), gap (log price less that of the
        peers, weighted by volume), low, high (from the months), months, amount, forgone (what the
        peers' price would have brought more; below zero where less). ``attrs["left_out"]`` counts
        rows without a price.

    Raises
    ------
    ValueError
        As `unit_prices`; fewer than ``fewest_peers`` + 1 accounts in every line.

    Notes
    -----
    Size is taken over all months, not of the month itself: an error in the month's volume would
    make its price and its size wrong in opposite ways. The interval treats months as independent.
    S000-3f, S004-1e.
    """
    for name, value, least in (("peers", peers, 2), ("fewest_peers", fewest_peers, 2)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"{name} is {value!r}: expected a whole number of {least} or more")
    wanted = [unit, group, period, amount, volume, *([reference] if reference else [])]
    need_columns(rows, wanted, "rows")
    priced = unit_prices(rows, amount=amount, volume=volume)
    if reference:
        norm = to_number(priced[reference], f"rows.{reference}") * priced[volume].astype(float)
        priced = priced.assign(norm=norm)[norm > 0]
    else:
        priced = priced.assign(norm=priced[volume].astype(float))
    keys = [group, unit, period]
    sums = priced.groupby(keys, sort=True)[[amount, volume, "norm"]].sum().astype(float)
    sums = sums.set_axis(["amount", "volume", "norm"], axis=1)
    sums["gap"] = _gaps(sums, peers, fewest_peers)
    kept = sums.dropna(subset="gap")
    if not len(kept):
        raise ValueError(
            f"rows: in no {group} and month did {fewest_peers + 1} accounts buy: there are no "
            "peers to compare with; lower fewest_peers or take longer periods than months"
        )
    found = _weighted(kept, [group, unit], confidence).swaplevel()
    found.attrs["left_out"] = priced.attrs.get("left_out", 0)
    return found


def _gaps(sums: pd.DataFrame, peers: int, fewest: int) -> np.ndarray:
    """Log price of each line, account and month less that of its peers; missing where they are too
    few.
    """
    frame = sums.reset_index()
    line, who, when = (pd.factorize(frame[name], sort=True)[0] for name in frame.columns[:3])
    price = np.log((frame["amount"] / frame["norm"]).to_numpy())
    volume = frame["volume"].to_numpy()
    gaps = np.full(len(frame), np.nan)
    for rows in np.split(np.arange(len(frame)), np.flatnonzero(np.diff(line)) + 1):
        accounts, row = np.unique(who[rows], return_inverse=True)
        months, column = np.unique(when[rows], return_inverse=True)
        table = np.full((len(accounts), len(months)), np.nan)
        table[row, column] = price[rows]
        size = np.bincount(row, volume[rows]) / np.bincount(row)
        middle, many = _peer_median(table, np.log(size), peers)
        enough = many[row, column] >= fewest
        gaps[rows] = np.where(enough, price[rows] - middle[row, column], np.nan)
    return gaps


def _weighted(kept: pd.DataFrame, keys: list[str], confidence: float) -> pd.DataFrame:
    """Price and gap of each account and line over its months, with the interval of the gap."""
    frame = kept.reset_index().set_index(keys)
    groups = frame.groupby(level=keys, sort=True)
    total = groups["volume"].transform("sum")
    weighed = frame["gap"] * frame["volume"]
    mean = weighed.groupby(level=keys).transform("sum") / total
    frame = frame.assign(
        mean=weighed / total,
        left=((frame["gap"] - mean) * frame["volume"] / total) ** 2,
        forgone=frame["amount"] * np.expm1(-frame["gap"]),
    )
    sums = frame.groupby(level=keys, sort=True)[
        ["amount", "volume", "mean", "left", "forgone"]
    ].sum()
    count = groups.size()
    error = np.sqrt(sums["left"] * count / np.maximum(count - 1, 1))
    half = stats.t.isf(tails(confidence)[0], np.maximum(count - 1, 1)) * error
    half = half.where(count >= FEWEST_MONTHS)
    return pd.DataFrame(
        {
            "price": sums["amount"] / sums["volume"],
            "gap": sums["mean"],
            "low": sums["mean"] - half,
            "high": sums["mean"] + half,
            "months": count,
            "amount": sums["amount"],
            "forgone": sums["forgone"],
        }
    )


def break_even_growth(discount: float, margin: float) -> float:
    """By what part must volume grow so that a price cut costs nothing?

    Parameters
    ----------
    discount : part of the price that is given away; below zero is a price rise
    margin : part of the price that is left after what the unit costs us

    Raises
    ------
    ValueError
        If the discount takes the whole margin or more (no volume makes up for that), or one of both
        is no fraction.

    Notes
    -----
    d / (m - d), for a price rise the part that may be lost (below zero). Nagle & Holden, The
    Strategy and Tactics of Pricing, ch. 3.
    """
    if not (np.isfinite(discount) and np.isfinite(margin) and discount < 1 and margin < 1):
        raise ValueError(
            f"discount is {discount!r}, margin {margin!r}: expected parts of the price below 1, "
            "such as 0.05 for 5 %"
        )
    if discount >= margin:
        raise ValueError(
            f"discount {discount:g} takes the whole margin of {margin:g}: no growth makes up for it"
        )
    return float(discount / (margin - discount))


def _stays(gap: np.ndarray, tolerance: np.ndarray, slope: float) -> np.ndarray:
    return np.asarray(expit((tolerance - gap) / slope))


def _gain(
    frame: pd.DataFrame, elasticity: np.ndarray, discount: float, slope: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """What a discount brings by volume and by keeping, a year."""
    q, p, c = (frame[name].to_numpy(dtype=float) for name in ("volume", "price", "unit_cost"))
    before, after = (p - c) * q, (p * (1 - discount) - c) * q * (1 - discount) ** elasticity
    if slope is None:
        return after - before, np.zeros(len(q))
    gap, tolerance = (frame[name].to_numpy(dtype=float) for name in ("gap", "tolerance"))
    now = _stays(gap, tolerance, slope)
    then = _stays(100 - (100 - gap) / (1 - discount), tolerance, slope)
    return now * (after - before), (then - now) * after


def discount_targets(
    accounts: pd.DataFrame, discount: float = 0.05, *, slope: float | None = None
) -> pd.DataFrame:
    """Whose discount brings more than it costs: by volume, and by keeping the account?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        volume (a year), price, unit_cost, elasticity; low and high, the ends of its interval, where
        known. With ``slope`` also gap (percent by which a rival undercuts us) and tolerance (the
        gap at which the account is as likely to leave as to stay).
    discount : part of the price; below zero asks what a price rise brings
    slope : percent points of gap per unit of log odds; None: nobody leaves

    Returns
    -------
    DataFrame
        margin (part of the price), by_volume, by_keeping, gain (their sum, currency a year), low
        and high of the gain, verdict: "pays" or "does not pay" where the whole interval does, else
        "cannot be told" (also without an interval).

    Raises
    ------
    ValueError
        No row; columns lacking; values that are missing or not above zero; an account sold below
        cost is not one (it stays, with its negative margin).

    Notes
    -----
    Gain = P(gap after) (p(1-d) - c) q (1-d)^e - P(gap) (p - c) q, with P(gap) the chance to stay,
    logistic((tolerance - gap) / slope). The interval is that of the elasticity alone. S004-1e.
    """
    need = ["volume", "price", "unit_cost", "elasticity", *(["gap", "tolerance"] if slope else [])]
    need_columns(accounts, need, "accounts")
    if not len(accounts):
        raise ValueError("accounts has 0 rows: expected one row per account")
    if not -1 < discount < 1 or discount == 0:
        raise ValueError(f"discount is {discount!r}: expected a part of the price, such as 0.05")
    if slope is not None and not slope > 0:
        raise ValueError(f"slope is {slope!r}: expected points of gap above 0")
    ends = [name for name in ("low", "high") if name in accounts]
    frame = pd.DataFrame(
        {name: to_number(accounts[name], f"accounts.{name}") for name in [*need, *ends]},
        index=accounts.index,
    )
    for name in need:
        values = frame[name]
        bad = ~np.isfinite(values) | ((name in ("volume", "price")) & (values <= 0))
        if bad.any():
            raise ValueError(
                f"accounts.{name}: {int(bad.sum())} row(s) without a sound value: "
                f"{some(accounts.index[bad])}; drop them"
            )
    volume, kept = _gain(frame, frame["elasticity"].to_numpy(), discount, slope)
    sides = [np.add(*_gain(frame, frame[name].to_numpy(), discount, slope)) for name in ends]
    found = pd.DataFrame(
        {
            "margin": 1 - frame["unit_cost"] / frame["price"],
            "by_volume": volume,
            "by_keeping": kept,
            "gain": volume + kept,
        },
        index=accounts.index,
    )
    found["low"] = np.min(sides, axis=0) if len(sides) == 2 else np.nan
    found["high"] = np.max(sides, axis=0) if len(sides) == 2 else np.nan
    verdict = np.select(
        [found["low"] > 0, found["high"] < 0], ["pays", "does not pay"], "cannot be told"
    )
    return found.assign(verdict=verdict)


def guarantee_cost(
    gap: Sequence[float] | pd.Series,
    amount: Sequence[float] | pd.Series,
    *,
    most: float = 100.0,
    claimed: float = 1.0,
) -> float:
    """What does it cost to match every rival's price (S000-7b)?

    Parameters
    ----------
    gap : percent by which a rival undercuts us, one per account; below zero costs nothing
    amount : what the account buys in the time that is guaranteed
    most : percent of the price that is paid back at most
    claimed : part of those with a claim who make it

    Raises
    ------
    ValueError
        Lists of different length, missing values, amounts below zero, a part that is no fraction.
    """
    gaps, amounts = np.asarray(gap, dtype=float), np.asarray(amount, dtype=float)
    if gaps.shape != amounts.shape or not gaps.size:
        raise ValueError(
            f"gap has {gaps.size} value(s), amount {amounts.size}: expected one of both per account"
        )
    if not np.isfinite(gaps).all() or not (np.isfinite(amounts) & (amounts >= 0)).all():
        raise ValueError(
            "gap and amount: values are missing, or an amount is below zero; drop them"
        )
    fraction("claimed", claimed)
    if not most >= 0:
        raise ValueError(f"most is {most!r}: expected percent of the price, 0 or more")
    return float(claimed * (np.clip(gaps, 0, most) / 100 * amounts).sum())


@dataclass(frozen=True)
class Meter:
    """The price points of a survey: see :func:`price_sensitivity_meter`."""

    #: As many find it expensive as find it cheap.
    indifference: float
    #: As few find it too expensive as too cheap.
    optimum: float
    #: The range that is borne.
    cheapest: float
    dearest: float
    respondents: int
    #: Left out: answers that are missing or not in order.
    left_out: int
    #: Share of respondents by price: too cheap, cheap, expensive, too expensive.
    curves: pd.DataFrame


def _crossing(price: np.ndarray, falling: np.ndarray, rising: np.ndarray) -> float:
    """Where a rising curve meets a falling one, along straight lines between the prices."""
    gap = rising - falling
    above = np.flatnonzero(gap >= 0)
    if not len(above):
        return float(price[-1])
    k = int(above[0])
    if k == 0 or gap[k] == 0:
        return float(price[k])
    part = -gap[k - 1] / (gap[k] - gap[k - 1])
    return float(price[k - 1] + part * (price[k] - price[k - 1]))


def price_sensitivity_meter(
    answers: pd.DataFrame, limits: Literal["not", "other"] = "not"
) -> Meter:
    """Between which prices would people buy (van Westendorp: 价格敏感度测试)?

    Parameters
    ----------
    answers : DataFrame, one row per respondent
        too_cheap (so low that the quality is doubted), cheap, expensive, too_expensive: prices.
    limits : "not" or "other"
        The range ends where "too cheap" meets "not cheap" and "too expensive" meets "not
        expensive" ("not", as published), or where they meet "expensive" and "cheap" ("other", as
        many tools have it, which gives a narrower range).

    Returns
    -------
    Meter

    Raises
    ------
    ValueError
        Columns lacking; text; prices below zero; no respondent whose four prices are in order.

    Notes
    -----
    Van Westendorp (1976), NSS Price Sensitivity Meter, ESOMAR Congress. What people say they would
    pay is not what they pay. S000-2d.
    """
    if limits not in ("not", "other"):
        raise ValueError(f"limits is {limits!r}: expected 'not' or 'other'")
    need_columns(answers, ASKED, "answers")
    frame = pd.DataFrame({name: to_number(answers[name], f"answers.{name}") for name in ASKED})
    if (frame < 0).any(axis=None):
        bad = frame.index[(frame < 0).any(axis=1)]
        raise ValueError(f"answers: price(s) below zero in row(s) {some(bad)}; mend or drop them")
    values = frame.to_numpy(dtype=float)
    sound = np.isfinite(values).all(axis=1) & (np.diff(values, axis=1) >= 0).all(axis=1)
    if not sound.any():
        raise ValueError(
            f"answers: none of {len(frame)} respondent(s) gave four prices in the order "
            "too_cheap, cheap, expensive, too_expensive"
        )
    kept = values[sound]
    price = np.unique(kept)
    falling = [1 - np.searchsorted(np.sort(kept[:, k]), price, "left") / len(kept) for k in (0, 1)]
    rising = [np.searchsorted(np.sort(kept[:, k]), price, "right") / len(kept) for k in (2, 3)]
    too_cheap, cheap, expensive, too_expensive = *falling, *rising
    if limits == "not":
        ends = (
            _crossing(price, too_cheap, 1 - cheap),
            _crossing(price, 1 - expensive, too_expensive),
        )
    else:
        ends = _crossing(price, too_cheap, expensive), _crossing(price, cheap, too_expensive)
    curves = pd.DataFrame(dict(zip(ASKED, (*falling, *rising), strict=True)), index=price)
    return Meter(
        _crossing(price, cheap, expensive),
        _crossing(price, too_cheap, too_expensive),
        *ends,
        len(kept),
        int((~sound).sum()),
        curves.rename_axis("price"),
    )


def price_tolerance(
    renewals: pd.DataFrame,
    group: str = "bond_level",
    *,
    controls: Sequence[str] = (),
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, Interval]:
    """How large a price gap does each group of accounts bear before it is as likely to leave?

    Parameters
    ----------
    renewals : DataFrame, one row per offer
        account_id, our_price, rival_price, renewed (0 or 1), the group, the controls.
    group : column of the group
    controls : columns held at 0, such as the account's value in standard deviations

    Returns
    -------
    tuple
        tolerance, low, high (percent of our price), offers and renewed by group, all of an account
        whose controls are 0; and the slope: points of gap per unit of log odds.
        ``attrs`` of the table: the controls, and params and cov of the logit (of the groups, of the
        gap, of the controls).

    Raises
    ------
    ValueError
        Columns lacking; prices not above zero; answers other than 0 and 1; a group that always or
        never renewed; renewals that do not fall with the gap.

    Notes
    -----
    P(renewed) = logistic((tolerance[group] - gap) / slope), S000-7a; errors clustered by account,
    intervals by the delta method. Lesson 05 asks what the bond itself is worth; here the question
    is what a price does.
    """
    need = ["account_id", "our_price", "rival_price", "renewed", group, *controls]
    need_columns(renewals, need, "renewals")
    frame = renewals[need].dropna()
    number = {name: to_number(frame[name], f"renewals.{name}") for name in need[1:4]}
    if not len(frame) or (number["our_price"] <= 0).any() or (number["rival_price"] <= 0).any():
        raise ValueError("renewals: expected offers with both prices above zero; drop the others")
    if not number["renewed"].isin([0, 1]).all():
        raise ValueError("renewals.renewed: expected 0 or 1; leave open offers out")
    share = number["renewed"].groupby(frame[group]).agg(["size", "mean"])
    if stuck := list(share.index[share["mean"].isin([0, 1])]):
        raise ValueError(
            f"renewals.{group}: {some(stuck)} renewed always or never: no tolerance can be told; "
            "pool groups or collect offers on both sides"
        )
    names = list(share.index)
    columns = [(frame[group] == name).astype(float) for name in names]
    columns.append(-100 * (1 - number["rival_price"] / number["our_price"]))
    columns += [to_number(frame[name], f"renewals.{name}") for name in controls]
    x = np.column_stack(columns)
    if np.linalg.matrix_rank(x) < x.shape[1] or frame["account_id"].nunique() < 2:
        raise ValueError(
            "renewals: the gap or a control does not vary, or there is one account only"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = Logit(number["renewed"].to_numpy(), x).fit(
            disp=0, cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["account_id"])[0]}
        )
        apart = np.abs(fit.predict() - number["renewed"].to_numpy()).max() < _APART
    if apart or not fit.mle_retvals["converged"]:
        raise ValueError(
            "renewals: the gap parts those who renewed from those who left without one exception, "
            "so how blurred the edge is cannot be told; collect offers near it"
        )
    table, slope = _tolerances(fit.params, fit.cov_params(), names, share, confidence)
    table.attrs |= {
        "controls": tuple(controls),
        "params": tuple(fit.params),
        "cov": tuple(map(tuple, fit.cov_params())),
    }
    return table, slope


def _tolerances(
    params: np.ndarray, cov: np.ndarray, names: list[object], share: pd.DataFrame, confidence: float
) -> tuple[pd.DataFrame, Interval]:
    """Tolerances and slope with their intervals, from the coefficients of the logit."""
    k = len(names)
    steep = params[k]
    if not steep > 0:
        raise ValueError("renewals do not fall with the gap in this book: there is no tolerance")
    z = float(stats.norm.isf(tails(confidence)[0]))
    rows = []
    for place in range(k):
        value = params[place] / steep
        gradient = np.zeros(len(params))
        gradient[place], gradient[k] = 1 / steep, -value / steep
        half = z * float(np.sqrt(gradient @ cov @ gradient))
        rows.append((value, value - half, value + half))
    table = pd.DataFrame(rows, columns=["tolerance", "low", "high"], index=share.index)
    slope, half = 1 / steep, z * float(np.sqrt(cov[k, k])) / steep**2
    found = table.assign(offers=share["size"], renewed=share["mean"])
    return found, Interval(float(slope), float(slope - half), float(slope + half))
