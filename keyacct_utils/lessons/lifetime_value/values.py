"""What a stream of margins is worth: multiple, value, break-even, and the famous claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

from keyacct_utils.lessons.lifetime_value.buying import covariance_of

__all__ = [
    "Optimum",
    "Response",
    "best_spending",
    "break_even_margin",
    "claim_region",
    "customer_value",
    "fit_response",
    "herd_multiplier",
    "margin_multiple",
    "rescue_discount",
    "response",
    "retention_claim",
    "return_on_customer",
]

First = Literal["end", "now"]
#: Growth this near to discount and loss has no finite sum.
_SAME = 1e-12


def _number(name: str, value: float, low: float, high: float, words: str) -> float:
    """A finite number from low to high, or a ValueError in words."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}: expected {words}") from None
    if not (np.isfinite(found) and low <= found <= high):
        raise ValueError(f"{name} is {value!r}: expected {words}")
    return found


def _retention(value: float, name: str = "retention") -> float:
    return _number(name, value, 0.0, 1.0, "a fraction from 0 to 1; 86 % is 0.86")


def _discount(value: float) -> float:
    found = _number("discount", value, -1.0, 1.0, "a fraction a period from -1 to 1; 10 % is 0.1")
    if found == -1.0:
        raise ValueError("discount is -1: it has to lie above -1; 10 % a period is 0.1")
    return found


def _first(value: str) -> bool:
    """Whether the first margin comes now."""
    if value not in ("end", "now"):
        raise ValueError(
            f"first_margin is {value!r}: expected 'end' (of the first period, if it is still "
            "there then) or 'now' (at once and for sure)"
        )
    return value == "now"


def _step(retention: float, discount: float, growth: float) -> float:
    """What a margin of one period is worth a period later, seen from now."""
    grown = _number("growth", growth, -1.0, 1.0, "a fraction a period from -1 to 1; 2 % is 0.02")
    return _retention(retention) * (1 + grown) / (1 + _discount(discount))


def margin_multiple(
    retention: float,
    discount: float,
    growth: float = 0.0,
    horizon: float | None = None,
    first_margin: First = "end",
) -> float:
    """How many margins of a period is a customer worth?

    Parameters
    ----------
    retention : chance r to stay another period, a fraction.
    discount : i, a fraction a period.
    growth : g of the margin, a fraction a period.
    horizon : whole number of margins that count; None counts all.
    first_margin : "end" counts from the end of the first period, if the customer is still there
        then; "now" counts one margin at once and for sure. The documents do not say which they
        mean, and "now" is worth one margin more.

    Returns
    -------
    float : a number of margins.

    Raises
    ------
    ValueError
        For a retention outside 0 to 1, a discount of -1 or less, a discount or a growth above 1 (10
        for 10 %), a horizon that is no whole number above 0; and without a horizon where r (1 + g)
        is not below 1 + i: the sum has no end.

    Notes
    -----
    With v = r (1 + g) / (1 + i): "now" 1 + v + v^2 + ... = (1 + i) / (1 + i - r (1 + g)).
    "end" counts the first margin as m itself: v / (1 - v) / (1 + g), which is r / (1 + i - r) where
    nothing grows. With growth this house follows the form m r / (1 + i - r (1 + g)).

    References
    ----------
    Gupta & Lehmann (2005), Managing Customers as Investments; Pfeifer, Haskins & Conroy (2005),
    Customer lifetime value, customer profitability, and the treatment of acquisition spending,
    Journal of Managerial Issues 17(1). S000-4f.
    """
    step, now = _step(retention, discount, growth), _first(first_margin)
    scale = 1.0 if now else 1 / (1 + growth) if growth > -1 else np.nan
    if not now and growth == -1:
        return float(retention) / (1 + float(discount))
    if horizon is None:
        if step >= 1 - _SAME:
            raise ValueError(
                f"retention {retention:g} times growth {1 + growth:g} is not below 1 + discount "
                f"({1 + discount:g}): the sum has no end. Lower one of them, or pass a horizon"
            )
        return float((1.0 if now else step) / (1 - step) * scale)
    if not (float(horizon).is_integer() and horizon >= 1):
        raise ValueError(f"horizon is {horizon!r}: expected a whole number of margins, 1 or more")
    powers = step ** np.arange(int(horizon)) if now else step ** np.arange(1, int(horizon) + 1)
    return float(powers.sum() * scale)


def customer_value(
    margin: float,
    retention: float,
    discount: float,
    growth: float = 0.0,
    horizon: float | None = None,
    first_margin: First = "end",
    *,
    acquisition: float = 0.0,
) -> float:
    """What is a customer worth today?

    Parameters
    ----------
    margin : of one period, currency; of either sign.
    retention, discount, growth, horizon, first_margin : see `margin_multiple`.
    acquisition : spent to win it, currency; 0 for a customer that we have.

    Returns
    -------
    float : currency of today.

    Raises
    ------
    ValueError : as `margin_multiple`; a margin or an acquisition cost that is no finite number.

    Notes
    -----
    m r / (1 + i - r (1 + g)) - AC with the first margin at the end of the first period,
    m (1 + i) / (1 + i - r (1 + g)) - AC with one margin now: m more where nothing grows.

    References
    ----------
    As `margin_multiple`. S000-4f, S002-1b, S003-5b.
    """
    words = "a finite amount"
    size = _number("margin", margin, -np.inf, np.inf, words)
    spent = _number("acquisition", acquisition, -np.inf, np.inf, words)
    return size * margin_multiple(retention, discount, growth, horizon, first_margin) - spent


def break_even_margin(
    sales: float | Sequence[float],
    spending: float | Sequence[float],
    discount: float = 0.0,
    first_sale: First = "now",
) -> float:
    """Which margin does a deal need to earn what is spent on it (S003-7c)?

    Parameters
    ----------
    sales : of each period, currency.
    spending : on the deal, at the start of each period, currency.
    discount : a fraction a period.
    first_sale : "now" pays at the start of each period, "end" at its end.

    Returns
    -------
    float : the margin before that spending, as a fraction of sales, at which the present value is
        zero; above 1 no margin is enough.

    Raises
    ------
    ValueError
        Where sales or spending are empty, not finite or negative, or the sales add up to nothing.

    Notes
    -----
    sum_t spending_t (1 + i)^-t / sum_t sales_t (1 + i)^-(t + shift). A deal of 10 m that takes
    5 m: 50 %. Three years of 10 m with 0.5 m in the second and third: 20 % without discount,
    21.45 % at 10 %, 23.6 % where each year pays at its end.
    """
    late = 0 if _first(first_sale) else 1
    got, spent = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (sales, spending))
    for name, values in (("sales", got), ("spending", spent)):
        if not values.size or not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(
                f"{name} is {list(values)}: expected amounts of 0 or more, one a period"
            )
    factor = 1 + _discount(discount)
    present = float((got * factor ** -(np.arange(len(got)) + late)).sum())
    if not present > 0:
        raise ValueError("sales add up to nothing: no margin breaks even")
    return float((spent * factor ** -np.arange(len(spent), dtype=float)).sum() / present)


Reading = Literal["dupont", "roc", "assets"]
#: What each reading asks for.
_ASKED = {
    "dupont": ("profit", "sales", "assets"),
    "roc": ("cash_flow", "equity_open", "equity_close"),
    "assets": ("contribution", "receivables", "stock", "equipment"),
}


def return_on_customer(*, reading: Reading, **amounts: float) -> float:
    """What do customers return (顾客资产回报率), in one of three readings?

    Parameters
    ----------
    reading : the document names the term alone (S002-1j), so the reading is a parameter:
        "dupont": ``profit``, ``sales``, ``assets``; profit / sales times sales / assets.
        "roc": ``cash_flow``, ``equity_open``, ``equity_close``; the cash of the year and the change
        of what all customers are worth, over what they were worth at its start.
        "assets": ``contribution``, ``receivables``, ``stock``, ``equipment``; contribution over
        what is tied up for them.
    amounts : currency, named as the reading asks.

    Returns
    -------
    float : a fraction a year.

    Raises
    ------
    ValueError
        For a reading that does not exist, an amount that is missing, unknown to it or not finite,
        and a divisor that is not above 0.

    References
    ----------
    Peppers & Rogers (2005), Return on Customer, for "roc"; the chart of DuPont for "dupont";
    "assets" is a reading of this house.
    """
    if reading not in _ASKED:
        raise ValueError(f"reading is {reading!r}: expected one of {', '.join(_ASKED)}")
    asked = _ASKED[reading]
    if odd := sorted(set(amounts) ^ set(asked)):
        raise ValueError(
            f"reading {reading!r} asks for {', '.join(asked)}; missing or unknown: {', '.join(odd)}"
        )
    found = {
        name: _number(name, amounts[name], -np.inf, np.inf, "a finite amount") for name in asked
    }
    if reading == "dupont":
        above, below = found["profit"], found["assets"]
        divisors = {"assets": below, "sales": found["sales"]}
    elif reading == "roc":
        above = found["cash_flow"] + found["equity_close"] - found["equity_open"]
        below = found["equity_open"]
        divisors = {"equity_open": below}
    else:
        above = found["contribution"]
        below = found["receivables"] + found["stock"] + found["equipment"]
        divisors = {"receivables + stock + equipment": below}
    for name, value in divisors.items():
        if not value > 0:
            raise ValueError(f"{name} is {value:g}: expected an amount above 0 to divide by")
    return above / below


def retention_claim(
    retention: float,
    discount: float,
    change: float = 0.05,
    *,
    relative: bool = False,
    first_margin: First = "end",
    acquisition: float = 0.0,
) -> float:
    """By how much does a customer's value rise if a little less is lost (S004-1d: 25-85 %)?

    Parameters
    ----------
    retention, discount : fractions a period.
    change : points of retention as a fraction (0.05 is five points), or with ``relative`` the part
        of the churn that is saved (0.05 takes churn of 10 % to 9.5 %); the claim leaves it open.
    first_margin : see `margin_multiple`.
    acquisition : in margins of a period, taken off both values.

    Returns
    -------
    float : rise as a fraction of the value before.

    Raises
    ------
    ValueError
        Where retention would pass 1, the sum has no end, or the value before is not above 0.

    Notes
    -----
    multiple(r + change) / multiple(r) - 1. Five points from .6, .7, .8, .9 at 10 %: +20.4, 22.4,
    27.5, 40.7 %; from .9 without discount: +111 %.

    References
    ----------
    Reichheld & Sasser (1990), Zero Defections, Harvard Business Review 68(5), 105-111: a thought
    experiment in which profit per customer grows with tenure.
    """
    stays = _retention(retention)
    more = _number("change", change, 0.0, 1.0, "a fraction from 0 to 1; five points are 0.05")
    then = stays + more * (1 - stays) if relative else stays + more
    if then > 1 + _SAME:
        raise ValueError(
            f"retention {stays:g} and {more:g} more are above 1: nobody can stay more often than "
            "always; use a smaller change, or relative=True"
        )
    values = [
        margin_multiple(share, discount, first_margin=first_margin) - acquisition
        for share in (stays, min(then, 1.0))
    ]
    if not values[0] > 0:
        raise ValueError(
            f"the value before is {values[0]:g} margins: nothing rises in percent from there; "
            "check acquisition and retention"
        )
    return values[1] / values[0] - 1


def rescue_discount(
    sales: float,
    margin: float,
    retention: float,
    retention_then: float,
    discount: float,
    *,
    lasts: Literal["ever", "once"] = "ever",
    first_margin: First = "end",
) -> float:
    """Up to which price cut does it pay to keep an account that is about to leave (S002-8d)?

    Parameters
    ----------
    sales, margin : of one period at today's price, currency.
    retention, retention_then : chance to stay without and with the price cut, fractions.
    discount : a fraction a period.
    lasts : "ever" gives the cut in each period from now on, "once" in the first one only.
    first_margin : see `margin_multiple`. A cut given once comes off the first margin.

    Returns
    -------
    float : the largest price cut, as a fraction of sales, at which the account is worth no less
        than without it; 0 where the cut does not raise the chance to stay or the margin is not
        above 0.

    Raises
    ------
    ValueError
        For sales that are not above 0, and as `margin_multiple`.

    Notes
    -----
    ever: (m / s) (1 - M(r0) / M(r1)); once: m (M(r1) - M(r0)) / (s v), where v is what one unit of
    the first margin is worth: 1 now, r1 / (1 + i) at the end.
    """
    sold = _number("sales", sales, -np.inf, np.inf, "a finite amount")
    if not sold > 0:
        raise ValueError(f"sales is {sales!r}: expected an amount above 0")
    size = _number("margin", margin, -np.inf, np.inf, "a finite amount")
    if lasts not in ("ever", "once"):
        raise ValueError(f"lasts is {lasts!r}: expected 'ever' or 'once'")
    before = margin_multiple(retention, discount, first_margin=first_margin)
    after = margin_multiple(retention_then, discount, first_margin=first_margin)
    if size <= 0 or after <= before:
        return 0.0
    if lasts == "ever":
        return size / sold * (1 - before / after)
    first = margin_multiple(retention_then, discount, horizon=1, first_margin=first_margin)
    return size * (after - before) / (sold * first)


def response(
    spent: float | np.ndarray, ceiling: float, rate: float, floor: float = 0.0
) -> np.ndarray:
    """Which chance does spending buy: floor + ceiling (1 - exp(-rate x))?

    Parameters
    ----------
    spent : x, currency per customer or prospect.
    ceiling : a, what spending can add at most, a fraction.
    rate : k, per currency unit: how soon.
    floor : chance without spending, a fraction.

    Returns
    -------
    array : chances.

    Raises
    ------
    ValueError : where floor or ceiling is below 0, their sum above 1, or rate or spending below 0.

    References
    ----------
    Blattberg & Deighton (1996), Manage marketing by the customer equity test, Harvard Business
    Review 74(4), 136-144.
    """
    low = _number("floor", floor, 0, 1, "a fraction from 0 to 1")
    added = _number("ceiling", ceiling, 0, 1, "a fraction from 0 to 1")
    fast = _number("rate", rate, 0, np.inf, "a number of 0 or more")
    x = np.asarray(spent, dtype=float)
    if low + added > 1 + 1e-9:
        raise ValueError(f"floor {low:g} and ceiling {added:g} add up to more than 1")
    if not np.isfinite(x).all() or (x < 0).any():
        raise ValueError("spent holds amounts below 0 or missing ones: expected 0 or more")
    return np.asarray(low - added * np.expm1(-fast * x))


class Response(NamedTuple):
    """What spending buys, as fitted: see `response`."""

    ceiling: float
    #: Per currency unit.
    rate: float
    floor: float
    #: Draws x (ceiling, rate, floor) of what the data leave open; None where that cannot be told.
    drawn: np.ndarray | None


#: Trials of each outcome that a fit takes.
_FEWEST = 20


def fit_response(spent: pd.Series, success: pd.Series, draws: int = 400) -> Response:
    """Which chance does spending buy, from trials?

    Parameters
    ----------
    spent : currency, one value a trial, 0 or more, at three levels or more.
    success : 1 where it was won (or kept), 0 where it was not.
    draws : of the parameters, from the normal approximation.

    Returns
    -------
    Response : the floor is fitted where some trials spent nothing, else it is 0.

    Raises
    ------
    ValueError
        Where the two differ in length, hold missing values or others than these, spend at fewer
        than three levels, or have fewer than 20 successes or failures.

    Notes
    -----
    Greatest likelihood of floor + ceiling (1 - exp(-rate x)), a yes or no a trial.

    References
    ----------
    As `response`.
    """
    x, y = np.asarray(spent, dtype=float), np.asarray(success, dtype=float)
    if len(x) != len(y):
        raise ValueError(f"spent has {len(x)} values and success {len(y)}: one of each a trial")
    if not (np.isfinite(x).all() and (x >= 0).all()):
        raise ValueError("spent holds amounts below 0 or missing ones: expected 0 or more")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("success holds other values than 0 and 1")
    levels, place = np.unique(x, return_inverse=True)
    if len(levels) < 3:
        raise ValueError(f"spent has {len(levels)} level(s): a curve takes three or more")
    if min(y.sum(), len(y) - y.sum()) < _FEWEST:
        raise ValueError(
            f"success: {int(y.sum())} of {len(y)} succeeded: a fit takes {_FEWEST} of either kind"
        )
    count = np.bincount(place).astype(float)
    won = np.bincount(place, weights=y)
    scale, free = float(x.mean()), bool((levels == 0).any())

    def opened(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        floor = expit(values[..., 2]) if free else np.zeros(values.shape[:-1])
        ceiling = (1 - floor) * expit(values[..., 0])
        return ceiling, np.exp(values[..., 1]) / scale, floor

    def negative(values: np.ndarray) -> float:
        ceiling, rate, floor = opened(values)
        chance = np.clip(floor - ceiling * np.expm1(-rate * levels), 1e-9, 1 - 1e-9)
        return -float(won @ np.log(chance) + (count - won) @ np.log1p(-chance))

    start = [0.0, 0.0, logit(min(max(won[0] / count[0], 0.02), 0.98))][: 3 if free else 2]
    bounds = [(-8.0, 8.0), (-4.0, 4.0), (-8.0, 8.0)][: len(start)]
    found = minimize(negative, start, method="L-BFGS-B", bounds=bounds)
    at_limit = any(
        min(value - low, high - value) < 1e-3
        for value, (low, high) in zip(found.x, bounds, strict=True)
    )
    spread = None if at_limit else covariance_of(negative, found.x)
    drawn = None
    if spread is not None:
        rng = np.random.default_rng(0)
        many = rng.multivariate_normal(found.x, spread, size=draws)
        drawn = np.column_stack(opened(np.clip(many, -8.0, 8.0)))
    ceiling, rate, floor = (float(value) for value in opened(found.x))
    return Response(ceiling, rate, floor, drawn)


class Optimum(NamedTuple):
    """How much to spend on one customer or prospect, and what it brings."""

    #: Currency per customer.
    spent: float
    #: The chance that it buys.
    chance: float
    #: Chance times value less what is spent.
    net: float
    #: Spent on all over those won or kept: what is usually told.
    average: float
    #: Spent for one more: at the optimum the value of one.
    marginal: float


def best_spending(value: float, ceiling: float, rate: float, floor: float = 0.0) -> Optimum:
    """How much should be spent on each prospect (or customer), where one that is won (or kept) is
    worth ``value``?

    Parameters
    ----------
    value : of one that is won or kept, currency.
    ceiling, rate, floor : see `response`.

    Returns
    -------
    Optimum

    Raises
    ------
    ValueError : for a value that is not finite, and as `response`.

    Notes
    -----
    max_x value p(x) - x gives a k value exp(-k x) = 1, so x = ln(a k value) / k, or nothing where
    a k value <= 1. One more costs 1 / p'(x), which there is the value itself, for winning as for
    keeping: so that winning costs five times as much as keeping says nothing of where to spend.

    References
    ----------
    Pfeifer (2005), The optimal ratio of acquisition and retention costs, Journal of Targeting,
    Measurement and Analysis for Marketing 13(2), 179-188.
    """
    worth = _number("value", value, -np.inf, np.inf, "a finite amount")
    response(0.0, ceiling, rate, floor)
    gain = ceiling * rate * worth
    spent = float(np.log(gain) / rate) if gain > 1 else 0.0
    chance = float(response(spent, ceiling, rate, floor))
    slope = ceiling * rate * float(np.exp(-rate * spent))
    return Optimum(
        spent,
        chance,
        chance * worth - spent,
        spent / chance if chance > 0 else np.nan,
        1 / slope if slope > 0 else np.inf,
    )


def herd_multiplier(follow: float, heard: float, small_value: float, own_value: float) -> float:
    """By what factor is a reference worth more than its own margins (从众, S004-1g)?

    Parameters
    ----------
    follow : chance that a small customer comes because of one reference that it hears of, a
        fraction.
    heard : how many small customers hear of it, a count.
    small_value : value of a small customer that came, currency.
    own_value : value of the reference by its own margins, currency.

    Returns
    -------
    float : (own + follow x heard x small) / own; 1 for an account that nobody follows.

    Raises
    ------
    ValueError : for a chance outside 0 to 1, a count below 0, an own value that is not above 0.
    """
    chance = _number("follow", follow, 0, 1, "a fraction from 0 to 1")
    count = _number("heard", heard, 0, np.inf, "a count of 0 or more")
    small = _number("small_value", small_value, -np.inf, np.inf, "a finite amount")
    own = _number("own_value", own_value, -np.inf, np.inf, "a finite amount")
    if not own > 0:
        raise ValueError(f"own_value is {own:g}: expected an amount above 0 to divide by")
    return 1 + chance * count * small / own


def claim_region(
    low: float = 0.25,
    high: float = 0.85,
    *,
    discounts: Sequence[float] = (0.05, 0.10, 0.15, 0.20),
    change: float = 0.05,
) -> pd.DataFrame:
    """From which retention to which does the claim of ``low`` to ``high`` hold, at each discount?

    Parameters
    ----------
    low, high : rise of the value that is claimed, fractions above 0.
    discounts : fractions a period.
    change : points of retention as a fraction.

    Returns
    -------
    DataFrame by discount : start, end (retention from which the rise is ``low`` and ``high`` or
        more; 0 where it is so at each retention, missing where no retention reaches it on the way
        up), below (retention up to which it is ``low`` or more too, of a value near nothing), least
        (smallest rise of all), largest (where nobody leaves after the change).

    Raises
    ------
    ValueError : as `retention_claim`; for a rise that is not above 0.

    Notes
    -----
    The rise is c (1 + i) / (r (1 + i - c - r)): least at r = (1 + i - c) / 2, the same as far below
    as above it, and without limit as r goes to 0.
    """
    top, rows = 1 - _number("change", change, 0.0, 1.0, "a fraction; five points are 0.05"), {}
    levels = [
        _number(name, level, 1e-9, np.inf, "a rise above 0")
        for name, level in (("low", low), ("high", high))
    ]
    for discount in discounts:
        middle = (1 + _discount(discount) - change) / 2
        apart = [middle**2 - change * (1 + discount) / level for level in levels]
        starts = [
            0.0
            if square <= 0
            else middle + np.sqrt(square)
            if middle + np.sqrt(square) <= top
            else np.nan
            for square in apart
        ]
        below = middle - np.sqrt(apart[0]) if apart[0] > 0 else np.nan
        least, largest = (retention_claim(r, discount, change) for r in (min(middle, top), top))
        rows[discount] = (*starts, min(below, top), least, largest)
    names = ["start", "end", "below", "least", "largest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("discount")
