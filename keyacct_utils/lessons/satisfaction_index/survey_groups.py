"""What a survey can say about groups of its respondents (sectors, managers, complainers), and how
many answers it takes.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import f as fisher
from scipy.stats import norm, rankdata
from scipy.stats import t as student
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.power import TTestIndPower
from statsmodels.tools.sm_exceptions import ModelWarning

from keyacct_utils.lessons.satisfaction_index.reliability import item_table
from keyacct_utils.lessons.shared.amounts import Interval, at_least, fraction, tails
from keyacct_utils.lessons.shared.resampling import percentile_limits

#: Hours within which a complaint counts as answered promptly (an assumption; the documents name no
#: limit).
PROMPT_HOURS = 48.0
#: A half-width that is above the margin by less than this part of it is at the margin.
ROUNDING = 1e-9
#: The part of the groups that counts as the top.
TOP = 0.25


class GroupMeans(NamedTuple):
    """Means by group, and how much the groups differ beyond the noise of their answers.

    Parameters
    ----------
    table : DataFrame by group
        n, mean, standard_error, low, high, reliability, shrunken.
    between_sd, within_sd : float
        Between groups, and between answers within one.
    p_value : float
        Of no difference (F test).
    ratio : Interval
        Variance between groups over that within, with its interval (0 where it would be below).
    """

    table: pd.DataFrame
    between_sd: float
    within_sd: float
    p_value: float
    ratio: Interval


class RankAgreement(NamedTuple):
    """Two samples of n answers per group: rank correlation (mean, 95 % of the draws) and how often
    the best stays on top.
    """

    correlation: float
    low: float
    high: float
    best_stays: float
    by_chance: float
    groups: int


def _grouped(scores: pd.Series, groups: pd.Series, least: int = 2) -> pd.DataFrame:
    if len(scores) != len(groups) or not scores.index.equals(groups.index):
        raise ValueError(
            f"scores has {len(scores)} answers, groups {len(groups)}: "
            "expected one group for each, with the same index"
        )
    if groups.isna().any():
        raise ValueError(
            f"groups: {groups.isna().sum()} answers have none; drop them or give them a group"
        )
    table = item_table(scores.to_frame("score"), "scores").assign(group=groups.to_numpy())
    if table["group"].nunique() < least:
        raise ValueError(
            f"groups holds {table['group'].nunique()} different "
            f"groups: expected at least {least} to compare"
        )
    return table


def group_means(scores: pd.Series, groups: pd.Series, confidence: float = 0.95) -> GroupMeans:
    """Which groups differ, and how far may a group's mean be believed?

    Parameters
    ----------
    scores : one number per answer (index points)
    groups : the group of each answer (sector, account manager), with the same index

    Returns
    -------
    GroupMeans
        Its table has the interval of each mean (spread pooled over the groups), the reliability of
        the mean with its interval, 0 (noise) to 1, and the mean shrunken towards the mean of all by
        it.

    Raises
    ------
    ValueError : no answer, missing values, fewer than 2 groups, no group with 2 answers, all
        answers alike

    Notes
    -----
    One-way random effects: between^2 = max((MSB - MSW) / n0, 0), n0 = (N - sum n^2 / N) / (k - 1);
    reliability = between^2 / (between^2 + within^2 / n); shrunken = mean of all + reliability (mean
    - mean of all). Limits of the ratio between^2 / within^2: (F / F_q - 1) / n0, with F = MSB / MSW
    and F_q the quantiles of the F distribution with k - 1 and N - k degrees of freedom: exact where
    the groups are of one size, else approximate. Searle, Casella & McCulloch (1992), Variance
    Components.
    """
    data = _grouped(scores, groups)
    by = data.groupby("group")["score"]
    n, mean, total, overall = by.size(), by.mean(), len(data), float(data["score"].mean())
    k = len(n)
    if total <= k or data["score"].nunique() < 2:
        raise ValueError(
            f"scores: {total} answers in {k} groups: expected "
            "a group with 2 answers, and answers that differ"
        )
    within = float(((data["score"] - by.transform("mean")) ** 2).sum() / (total - k))
    among = float((n * (mean - overall) ** 2).sum() / (k - 1))
    typical = (total - (n**2).sum() / total) / (k - 1)
    between = max((among - within) / typical, 0.0)
    error = np.sqrt(within / n)
    reach = student.ppf(tails(confidence)[1], total - k) * error
    ratio = _ratio(among, within, typical, (k - 1, total - k), tails(confidence))
    trust, least, most = (n * 0.0 + 1 if math.isinf(r) else r * n / (1 + r * n) for r in ratio)
    table = pd.DataFrame(
        {
            "n": n,
            "mean": mean,
            "standard_error": error,
            "low": mean - reach,
            "high": mean + reach,
            "reliability": trust,
            "reliability_low": least,
            "reliability_high": most,
            "shrunken": overall + trust * (mean - overall),
        }
    )
    p_value = float(fisher.sf(among / within, k - 1, total - k)) if within else 0.0
    return GroupMeans(table, math.sqrt(between), math.sqrt(within), p_value, ratio)


def _ratio(
    among: float, within: float, typical: float, free: tuple[int, int], ends: tuple[float, float]
) -> Interval:
    """Variance between groups over that within; where answers within groups do not differ it is
    without end.
    """
    if not within:
        return Interval(math.inf, math.inf, math.inf)
    seen = among / within
    low, high = (seen / float(fisher.ppf(end, *free)) for end in reversed(ends))
    return Interval(*(max(each - 1, 0.0) / typical for each in (seen, low, high)))


def mean_reliability(means: GroupMeans, n: int) -> Interval:
    """How far may a mean of n answers of one group be believed?

    Parameters
    ----------
    means : of :func:`group_means`
    n : answers

    Returns
    -------
    Interval : 0 (noise) to 1: also the correlation to be expected of the means of two such samples
        of the same groups

    Raises
    ------
    ValueError : n below 1

    Notes
    -----
    R = n ratio / (1 + n ratio), and so its limits (Spearman 1910, Brown 1910). Searle, Casella &
    McCulloch (1992), Variance Components.
    """
    size = at_least("n", n, 1)
    return Interval(*(1.0 if math.isinf(r) else size * r / (1 + size * r) for r in means.ratio))


def _rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row with the row of the other; 0 where a row is constant."""
    one, other = (
        ranks - ranks.mean(axis=1, keepdims=True)
        for ranks in (rankdata(first, axis=1), rankdata(second, axis=1))
    )
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.divide((one * other).sum(axis=1), spread, out=np.zeros(len(spread)), where=spread > 0)


def rank_agreement(
    scores: pd.Series, groups: pd.Series, n: int = 5, draws: int = 400, random_state: int = 0
) -> RankAgreement:
    """If each group had asked n other customers, would the ranking be the same?

    Parameters
    ----------
    scores, groups : as :func:`group_means`
    n : answers per group in each of two samples without a common answer; groups with fewer than 2 n
        answers are left out

    Returns
    -------
    RankAgreement : correlation of the two rankings (Spearman; 0 = noise); share of draws in which
        the best group of the first
    sample is in the top quarter of the second, and what chance alone would give

    Raises
    ------
    ValueError : as :func:`group_means`; fewer than 4 groups with 2 n answers
    """
    data = _grouped(scores, groups)
    answers = [
        part.to_numpy()
        for _, part in data.groupby("group")["score"]
        if len(part) >= 2 * at_least("n", n, 1)
    ]
    if len(answers) < 1 / TOP:
        raise ValueError(
            f"groups: {len(answers)} have {2 * n} answers or "
            f"more: expected at least {1 / TOP:.0f}; lower n"
        )
    rng, top = np.random.default_rng(random_state), math.ceil(TOP * len(answers))
    first, second = np.empty((2, at_least("draws", draws, 1), len(answers)))
    for draw in range(draws):
        picked = np.array([rng.permutation(part)[: 2 * n] for part in answers])
        first[draw], second[draw] = picked.reshape(-1, 2, n).mean(axis=2).T
    kept = _rank_correlations(first, second)
    of_best = np.take_along_axis(second, first.argmax(axis=1)[:, None], axis=1)
    stays = ((second > of_best).sum(axis=1) < top).sum()
    low, high = percentile_limits(kept)
    return RankAgreement(
        float(kept.mean()),
        float(low),
        float(high),
        float(stays / draws),
        top / len(answers),
        len(answers),
    )


def recovery_effect(
    loyalty: pd.Series,
    satisfaction: pd.Series,
    hours: pd.Series,
    limit: float = PROMPT_HOURS,
    confidence: float = 0.95,
) -> Interval:
    """How much more loyal are complainers who were answered in time (投诉补救), at equal
    satisfaction?

    Parameters
    ----------
    loyalty, satisfaction : one number per respondent, in points
    hours : until the complaint was answered; missing for those who did not complain (or were never
        answered): left out
    limit : an answer in fewer hours is in time

    Returns
    -------
    Interval : difference in loyalty between answered in time and later, in its unit, with its t
        interval

    Raises
    ------
    ValueError : other missing values, different respondents, fewer than 2 complainers on one side
        of the limit or 5 in all

    Notes
    -----
    Least squares of loyalty on satisfaction and "in time" (0/1). It is an effect only if the hours
    do not depend on who complains; if the best accounts are answered first, it is a mere
    difference. S002-1l, S002-8e.
    """
    if not loyalty.index.equals(satisfaction.index) or not loyalty.index.equals(hours.index):
        raise ValueError(
            f"loyalty, satisfaction, hours: {len(loyalty)}, "
            f"{len(satisfaction)}, {len(hours)} answers; expected the same"
        )
    kept = hours.notna()
    columns = {"loyalty": loyalty[kept], "satisfaction": satisfaction[kept], "hours": hours[kept]}
    data = item_table(pd.DataFrame(columns), "loyalty, satisfaction, hours", least=5)
    prompt = (data["hours"] < limit).to_numpy()
    if min(prompt.sum(), (~prompt).sum()) < 2:
        raise ValueError(
            f"hours: {prompt.sum()} complaints answered within "
            f"{limit:g} h, {(~prompt).sum()} later: expected 2 of each"
        )
    design = np.column_stack(
        [np.ones(len(data)), prompt, data["satisfaction"] - data["satisfaction"].mean()]
    )
    with warnings.catch_warnings():
        # satisfaction that is the same for all tells nothing and takes no degree of freedom
        warnings.simplefilter("ignore", ModelWarning)
        fitted = OLS(data["loyalty"].to_numpy(), design).fit()
    low, high = fitted.conf_int(1 - fraction("confidence", confidence, one=False))[1]
    return Interval(float(fitted.params[1]), float(low), float(high))


def required_sample_size(
    margin: float,
    sd: float,
    confidence: float = 0.95,
    population: int | None = None,
    power: float | None = None,
) -> int:
    """How many answers does a mean need, or a comparison of two means (样本量)?

    Parameters
    ----------
    margin : half-width of the interval; with ``power``: the difference between two groups that
        should be seen
    sd : standard deviation of one answer, in the unit of the margin
    population : accounts that could be asked: asking a large part of them needs fewer
    power : chance of seeing the difference; then the result is the number in each of the two groups

    Returns
    -------
    int : the smallest that is enough, at least 2 (1 answer has no spread), at most the population

    Raises
    ------
    ValueError : a margin or sd that is not above 0, a confidence or power outside 0 to 1, a
        population below 1, both of the last

    Notes
    -----
    The smallest n with t sd / sqrt(n) sqrt((N - n) / (N - 1)) <= margin; the last root is 1 without
    a population of N. t is the quantile with n - 1 degrees of freedom, so n stands on both sides
    and is tried upwards from the n of the normal quantile, which is too few: the spread has to be
    learned from the same answers. To compare: the smallest n with which the two-sided t test of two
    groups of n has the power (noncentral t). Cochran (1977), Sampling Techniques, 3rd ed., 4.4-4.6;
    Cohen (1988), Statistical Power Analysis, 2nd ed., table 2.4.1.
    """
    for name, value in (("margin", margin), ("sd", sd)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(
                f"{name} is {value!r}: expected a number above 0, in points of the scale"
            )
    upper = tails(confidence)[1]
    if power is not None:
        if population is not None:
            raise ValueError(
                "population and power are both given: the size of "
                "a comparison is not corrected for the population"
            )
        wanted = fraction("power", power, one=False)
        start = 2 * ((norm.ppf(upper) + norm.ppf(wanted)) * sd / margin) ** 2
        test, level = TTestIndPower(), 2 * (1 - upper)
        return _smallest(start, lambda n: test.power(margin / sd, n, level) >= wanted)
    if population is not None and at_least("population", population, 1) == 1:
        return 1
    start = (norm.ppf(upper) * sd / margin) ** 2
    bound = margin * (1 + ROUNDING) / sd
    if population is None:
        return _smallest(start, lambda n: student.ppf(upper, n - 1) / math.sqrt(n) <= bound)

    def enough(n: int) -> bool:
        left = math.sqrt((population - n) / (population - 1)) if n < population else 0.0
        return bool(student.ppf(upper, n - 1) / math.sqrt(n) * left <= bound)

    return min(_smallest(start / (1 + (start - 1) / population), enough), population)


def _smallest(start: float, enough: Callable[[int], bool]) -> int:
    """The first whole number from ``start`` on, and from 2, that is enough."""
    n = max(math.floor(start), 2)
    while not enough(n):
        n += 1
    return n
