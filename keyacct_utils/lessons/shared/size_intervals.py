"""How sure is a measure of concentration, given that no book holds the largest account that there
could be: from a lognormal where the amounts fit one, else from a bootstrap with a Pareto tail.
"""

from __future__ import annotations

import warnings
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from keyacct_utils.lessons.shared.amounts import (
    Amounts,
    Floats,
    account_values,
    fraction,
    tails,
    top_count,
)
from keyacct_utils.lessons.shared.resampling import percentile_limits, tail_bootstrap_interval
from keyacct_utils.lessons.shared.size_models import (
    effective_number_draws,
    lognormal_effective_number,
    lognormal_gini,
    lognormal_top_share,
)

Measure = Literal["top_share", "gini", "effective_number"]
Way = Literal["lognormal", "Pareto tail"]

#: Books of fewer accounts cannot tell a lognormal from its likes, and for more than the second the
#: p value of the test is not known (Royston 1995): a Pareto tail is taken (assumption).
MODEL_FROM, MODEL_TO = 100, 5_000
#: A lognormal is refused below this p value of Shapiro and Wilk's test of the logarithms.
REFUSED = 0.05
#: Books simulated to see whether a lognormal has such an effective number.
LIKENESS_DRAWS = 400
#: Measured in 200 books of so many accounts (docs/coverage.md): the share of 95 % intervals that
#: hold the value of the process, for lognormal books (sigma 1 to 2.1), and the lowest of books
#: with other tails (Pareto 1.3 and 2, gamma 0.5, a mixture of two lognormals).
COVERED: dict[Measure, dict[int, tuple[float, float]]] = {
    "top_share": {30: (0.94, 0.85), 100: (0.92, 0.80), 600: (0.95, 0.94)},
    "gini": {30: (0.94, 0.85), 100: (0.92, 0.80), 600: (0.95, 0.94)},
    "effective_number": {30: (0.99, 0.98), 100: (0.94, 0.86), 600: (0.95, 0.94)},
}


#: What is measured stands for books of up to so many times the largest size simulated (assumption).
BEYOND = 2


class SizeInterval(NamedTuple):
    """A measure of concentration with the limits of its interval, and how they were found."""

    estimate: float
    low: float
    high: float
    way: Way
    #: Whether the estimate lay outside the limits of the model and stands in the place of one.
    widened: bool = False


def covered(measure: Measure, n: int) -> tuple[float, float]:
    """How often do such intervals hold the value, as measured: in lognormal books of about n
    accounts, and in books with the worst of the other tails?

    Books far larger than those simulated: other tails are told the lowest of all sizes, since more
    accounts do not help a heavy tail (Pareto 1.3, 4,317 accounts: share held in some 90 %).
    """
    lognormal, others = COVERED[measure][size_simulated(n)]
    if n > BEYOND * max(COVERED[measure]):
        others = min(worst for _, worst in COVERED[measure].values())
    return lognormal, others


def size_simulated(n: int) -> int:
    """The size of the simulated books that stand for books of n accounts: the nearest below."""
    sizes = COVERED["top_share"]
    return max((size for size in sizes if size <= n), default=min(sizes))


def sigma_limits(x: Amounts, confidence: float = 0.95) -> tuple[float, float]:
    """Between which limits lies the sigma of a lognormal, if the amounts are one?

    Parameters
    ----------
    x : at least 3 amounts per account, all positive.
    confidence : level of the interval.

    Returns
    -------
    tuple of two floats : sd of natural logs. Exact for lognormal amounts of any number.

    Notes
    -----
    s sqrt((n - 1) / chi2) at the upper and the lower quantile of chi-square with n - 1 degrees of
    freedom; s is the sample sd of the logs.

    References
    ----------
    Cochran 1934, Proceedings of the Cambridge Philosophical Society 30(2).
    """
    values = account_values(x, "positive")
    n = len(values)
    if n < 3:
        raise ValueError(f"x holds {n} accounts; expected at least 3 to fit a sigma")
    low, high = stats.chi2.ppf(tails(confidence)[::-1], n - 1)
    spread = np.log(values).std(ddof=1)
    return float(spread * np.sqrt((n - 1) / low)), float(spread * np.sqrt((n - 1) / high))


def fits_lognormal(x: Amounts, level: float = REFUSED) -> bool:
    """Could the amounts be lognormal, by Shapiro and Wilk's test of their logarithms (1965)?

    Never said of fewer accounts than `MODEL_FROM` or more than `MODEL_TO`, nor where an amount is
    zero or negative, nor where all are alike.
    """
    values = account_values(x, "any")
    if not MODEL_FROM <= len(values) <= MODEL_TO or values.min() <= 0 or not np.ptp(values) > 0:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a range that is nearly zero: its p value is low
        return bool(stats.shapiro(np.log(values)).pvalue >= level)


def _of_such_a_book(values: Floats) -> bool:
    """Whether a lognormal of this sigma and size has such an effective number, in the middle 95 %
    of its books: one account on top of a lognormal shows here, not in a test of the logarithms.
    """
    spread = float(np.log(values).std(ddof=1))
    books = effective_number_draws(spread, len(values), LIKENESS_DRAWS)
    low, high = percentile_limits(books)
    return bool(low <= _effective(values) <= high)


def _shares(values: Floats, q: float) -> float:
    """The share of the top q of the net total; beyond all bounds where that is no gain."""
    few = top_count(len(values), q)
    total = values.sum()
    best = np.partition(values, len(values) - few)[len(values) - few :].sum()
    return float(best / total) if total > 0 else np.inf


def _gini(values: Floats) -> float:
    n, ordered = len(values), np.sort(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def _effective(values: Floats) -> float:
    return float(values.sum() ** 2 / (values**2).sum())


def size_interval(
    x: Amounts,
    measure: Measure = "top_share",
    q: float = 0.2,
    *,
    draws: int = 500,
    confidence: float = 0.95,
    random_state: int = 0,
) -> SizeInterval:
    """Between which limits lies a measure of concentration of the process behind a book?

    Parameters
    ----------
    x : at least 3 amounts per account, the net total positive. For "gini" and "effective_number"
        none is negative.
    measure : "top_share" (of the net total, `share_of_top`), "gini" or "effective_number".
    q : the few of "top_share".
    draws, confidence, random_state : resamples, level of the interval, seed.

    Returns
    -------
    SizeInterval : estimate (of the book), low, high, way ("lognormal" or "Pareto tail"), widened
        (the estimate is itself one of the limits, since it lay outside those of the model).

    Notes
    -----
    Another book of the same process lies outside more often than its process does, since it has a
    luck of its own: the interval is no forecast.

    Plain resampling of accounts is too narrow here: no draw holds a larger account than the book,
    and it covers the top share in 56-92 % and the effective number in 74-87 % of lognormal books.
    So: where the amounts could be lognormal (`fits_lognormal`), the largest of them too, the limits
    are the measure at the `sigma_limits`: the share and the Gini of an unlimited number of
    accounts, each with the value found put in where it lies outside, and the median effective
    number of books of as many accounts. That last interval is of a typical book: the number hangs
    on the largest few, and of lognormal books one in four to three in four lie outside their own.
    Else the body is resampled and the tail drawn from a fitted Pareto
    (`tail_bootstrap_interval`), which is wide. How often each covers is measured: `COVERED`.

    References
    ----------
    Aitchison & Brown 1957, The Lognormal Distribution; Davidson & Flachaire 2007, Journal of
    Econometrics 141(1).
    """
    fraction("q", q)
    values = account_values(x, "any" if measure == "top_share" else "nonnegative")
    if not values.sum() > 0:
        raise ValueError(f"x: the net total of {len(values)} accounts is not positive")
    found = {
        "top_share": lambda v: _shares(v, q),
        "gini": _gini,
        "effective_number": _effective,
    }[measure]
    estimate = found(values)
    if fits_lognormal(values) and _of_such_a_book(values):
        limits = sigma_limits(values, confidence)
        if measure == "effective_number":
            high, low = (lognormal_effective_number(s, len(values)) for s in limits)
            return SizeInterval(estimate, low, high, "lognormal")
        if measure == "gini":
            low, high = (lognormal_gini(s) for s in limits)
        else:
            low, high = (lognormal_top_share(s, q) for s in limits)
        widened = not low <= estimate <= high
        return SizeInterval(estimate, min(low, estimate), max(high, estimate), "lognormal", widened)
    drawn = tail_bootstrap_interval(
        values, found, draws=draws, confidence=confidence, random_state=random_state
    )
    return SizeInterval(estimate, drawn.low, drawn.high, "Pareto tail")
