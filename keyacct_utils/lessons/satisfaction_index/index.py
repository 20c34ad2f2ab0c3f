"""Satisfaction that predicts (客户满意度): index, gaps, recommendation, delivered value, and
how many
answers they need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as student

from keyacct_utils.lessons.satisfaction_index.pls import (
    PathModel,
    path_difference,
    pls_path_model,
)
from keyacct_utils.lessons.satisfaction_index.reliability import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    item_table,
)
from keyacct_utils.lessons.satisfaction_index.survey_groups import (
    PROMPT_HOURS,
    group_means,
    mean_reliability,
    rank_agreement,
    recovery_effect,
    required_sample_size,
)
from keyacct_utils.lessons.shared.amounts import tails
from keyacct_utils.lessons.shared.checks import need_columns, some

__all__ = [
    "PROMPT_HOURS",
    "SERVQUAL_ITEMS",
    "PathModel",
    "Promoters",
    "average_variance_extracted",
    "composite_reliability",
    "cronbach_alpha",
    "delivered_value",
    "group_means",
    "importance_performance",
    "index_score",
    "mean_reliability",
    "net_promoter_score",
    "path_difference",
    "pls_path_model",
    "rank_agreement",
    "recovery_effect",
    "required_sample_size",
    "servqual_gap",
    "servqual_pairs",
]

#: Answers from which a customer counts as a promoter, and up to which as a detractor (Reichheld
#: 2003).
PROMOTER, DETRACTOR = 9, 6
RATINGS = (0, 10)
#: The 22 items of SERVQUAL in their order, by dimension (Parasuraman, Zeithaml & Berry 1988).
SERVQUAL_ITEMS = {
    "tangibles": ("01", "02", "03", "04"),
    "reliability": ("05", "06", "07", "08", "09"),
    "responsiveness": ("10", "11", "12", "13"),
    "assurance": ("14", "15", "16", "17"),
    "empathy": ("18", "19", "20", "21", "22"),
}


Weights = pd.Series | Mapping[str, float]


class Promoters(NamedTuple):
    """Net promoter score in points (-100 to 100), its standard error and interval, and the three
    shares (fractions).
    """

    score: float
    standard_error: float
    low: float
    high: float
    promoters: float
    passives: float
    detractors: float
    n: int


def _within(table: pd.DataFrame, low: float, high: float, argument: str) -> pd.DataFrame:
    bad = np.asarray((table < low) | (table > high))
    if bad.any():
        found = (
            f"{bad.sum()} values outside {low:g}-{high:g}, in "
            f"{some(table.columns[np.flatnonzero(bad.any(axis=0))])}"
        )
        raise ValueError(
            f"{argument}: {found} (first: {some(table.to_numpy()[bad])}); "
            "recode them, or give the scale they are on"
        )
    return table


def _relative(weights: Weights | ArrayLike | None, names: pd.Index, argument: str) -> pd.Series:
    """Weights by name, divided by their sum; equal when none are given."""
    if weights is None:
        return pd.Series(1 / len(names), index=names)
    given = (
        pd.Series(dict(weights))
        if isinstance(weights, pd.Series | Mapping)
        else pd.Series(np.asarray(weights))
    )
    if isinstance(weights, pd.Series | Mapping):
        if set(given.index) != set(names):
            raise ValueError(
                f"{argument} names {some(given.index)}: expected one for each of {some(names)}"
            )
        given = given[list(names)]
    elif len(given) != len(names):
        raise ValueError(
            f"{argument} holds {len(given)} values: expected "
            f"{len(names)}, one for each of {some(names)}"
        )
    numbers = item_table(given.to_frame(argument), argument, least=1)[argument].to_numpy()
    if (numbers < 0).any() or numbers.sum() <= 0:
        raise ValueError(
            f"{argument} are {some(numbers)}: expected numbers of "
            "0 or more, not all 0; they are divided by their sum"
        )
    return pd.Series(numbers / numbers.sum(), index=names)


def index_score(
    items: pd.DataFrame | ArrayLike,
    weights: Weights | ArrayLike | None = None,
    low: float = 1,
    high: float = 10,
) -> pd.Series | float:
    """How satisfied, on a scale from 0 (all answers the worst) to 100 (all the best) (满意度指数)?

    Parameters
    ----------
    items : DataFrame of respondents x items, or one number per item (a respondent, or the item
        means) Answers on the scale from ``low`` to ``high``.
    weights : one per item, optional
        Relative: they are divided by their sum (the weights of a path model serve as they are).
        Equal by default.
    low, high : ends of the scale

    Returns
    -------
    Series by respondent, or float for one row of numbers : index points, 0 to 100

    Raises
    ------
    ValueError
        No item, missing values, answers off the scale, weights negative or all 0, ``low`` not below
        ``high``.

    Notes
    -----
    100 (sum w x / sum w - low) / (high - low). The index of the means is the mean of the indices.
    S002-7j.

    References
    ----------
    Fornell, C. et al. (1996), The American Customer Satisfaction Index, Journal of Marketing 60(4),
    7-18.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"low {low}, high {high}: expected the two ends of the scale, low below high"
        )
    single = not isinstance(items, pd.DataFrame) and np.ndim(items) == 1
    named = (
        pd.DataFrame([items.to_list()], columns=items.index)
        if isinstance(items, pd.Series)
        else items
    )
    table = _within(item_table(named, "items", least=1), low, high, "items")
    share = _relative(weights, table.columns, "weights")
    found = 100 * ((table * share).sum(axis=1) - low) / (high - low)
    return float(found.iloc[0]) if single else found.rename("index")


def importance_performance(
    importance: pd.Series, performance: pd.Series, cuts: tuple[float, float] | None = None
) -> pd.DataFrame:
    """What should be improved first: what matters and is done badly (重要性-绩效分析)?

    Parameters
    ----------
    importance : by driver : its path to satisfaction
    performance : the same drivers : index points
    cuts : importance and performance that part high from low; by default the two means

    Returns
    -------
    DataFrame by driver, most important first : importance, performance, quadrant ("improve first",
        "keep up", "low priority",
    "no more than now"). At a cut counts as high.

    Raises
    ------
    ValueError : fewer than 2 drivers, different drivers, missing values

    Notes
    -----
    The quadrants depend on the cuts: with the means there is always something to improve. Martilla
    & James (1977), Journal of Marketing 41(1).
    """
    importance, performance = pd.Series(importance), pd.Series(performance)
    if set(importance.index) != set(performance.index) or len(importance) < 2:
        found = f"importance names {some(importance.index)}, performance {some(performance.index)}"
        raise ValueError(f"{found}: expected the same 2 or more drivers")
    both = item_table(
        pd.DataFrame({"importance": importance, "performance": performance}),
        "importance, performance",
    )
    matters, good = cuts or (both["importance"].mean(), both["performance"].mean())
    high, well = both["importance"] >= matters, both["performance"] >= good
    both["quadrant"] = np.select(
        [high & ~well, high & well, ~high & ~well],
        ["improve first", "keep up", "low priority"],
        "no more than now",
    )
    return (
        both.sort_index()
        .sort_values("importance", ascending=False, kind="stable")
        .rename_axis("driver")
    )


def servqual_gap(
    perceived: pd.DataFrame,
    expected: pd.DataFrame,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    weights: Weights | None = None,
    low: float = 1,
    high: float = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Where does service fall short of what customers expect (服务质量差距)?

    Parameters
    ----------
    perceived, expected : DataFrames of the same respondents and the same items, in scale points
    dimensions : mapping of dimension -> items; by default each item by itself
    weights : by dimension, relative; equal by default
    low, high : ends of the scale; confidence : level of the intervals

    Returns
    -------
    DataFrame by dimension, then "all" : items, perceived, expected, gap (perceived - expected),
    standard_error, low, high. With one respondent no error can be known: the last three are missing
    (NaN).

    Raises
    ------
    ValueError : different respondents or items, missing values, answers off the scale, a dimension
        that names unknown items

    Notes
    -----
    A respondent's gap on a dimension is the mean over its items; t interval over respondents. "all"
    weighs the dimensions, not the items. Parasuraman, Zeithaml & Berry (1988), Journal of Retailing
    64(1), 12-40.
    """
    tables = [
        _within(item_table(f, name, least=1), low, high, name)
        for f, name in ((perceived, "perceived"), (expected, "expected"))
    ]
    if not tables[0].index.equals(tables[1].index) or list(tables[0]) != list(tables[1]):
        raise ValueError(
            f"perceived is {tables[0].shape}, expected {tables[1].shape}: "
            "expected the same respondents and item names"
        )
    given = dimensions or {str(item): [str(item)] for item in tables[0]}
    groups = {str(name): list(items) for name, items in given.items()}
    if not groups or not all(groups.values()) or "all" in groups:
        raise ValueError(
            f"dimensions are {some(groups) or 'none'}: expected "
            "at least one, each with items, none called 'all'"
        )
    need_columns(tables[0], [item for items in groups.values() for item in items], "perceived")
    share = _relative(weights, pd.Index(groups), "weights")
    means = [
        pd.DataFrame({name: table[items].mean(axis=1) for name, items in groups.items()})
        for table in tables
    ]
    means = [mean.assign(all=(mean * share).sum(axis=1)) for mean in means]
    difference, n = means[0] - means[1], len(means[0])
    error = difference.std() / math.sqrt(n)
    reach = student.ppf(tails(confidence)[1], max(n - 1, 1)) * error
    gap = difference.mean()
    sizes = {
        **{name: len(items) for name, items in groups.items()},
        "all": sum(map(len, groups.values())),
    }
    columns = {
        "items": pd.Series(sizes),
        "perceived": means[0].mean(),
        "expected": means[1].mean(),
        "gap": gap,
    }
    return pd.DataFrame(
        {**columns, "standard_error": error, "low": gap - reach, "high": gap + reach}
    ).rename_axis("dimension")


def servqual_pairs(survey: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The perceived and the expected answers of a survey under the same item names, of those who
    answered all of them.

    Parameters
    ----------
    survey : DataFrame with columns perceived_01, expected_01 and so on

    Returns
    -------
    tuple of DataFrames : perceived, expected, one column per item of both ("01"), the index of the
        survey

    Raises
    ------
    ValueError : no item in both
    """
    items = [
        name.removeprefix("perceived_")
        for name in map(str, survey)
        if name.startswith("perceived_")
    ]
    items = [item for item in items if f"expected_{item}" in survey]
    if not items:
        raise ValueError(
            "survey has no perceived_ and expected_ columns "
            f"of the same item; it has {some(survey.columns)}"
        )
    first, second = (
        survey[[prefix + item for item in items]].set_axis(items, axis=1)
        for prefix in ("perceived_", "expected_")
    )
    answered = first.notna().all(axis=1) & second.notna().all(axis=1)
    return first[answered], second[answered]


def net_promoter_score(scores: pd.Series | ArrayLike, confidence: float = 0.95) -> Promoters:
    """How many more would recommend us than warn of us, and how sure is that (净推荐值)?

    Parameters
    ----------
    scores : one answer from 0 to 10 per respondent

    Returns
    -------
    Promoters : score = 100 (share of 9-10 less share of 0-6), in points, with standard error and
        normal interval, kept in +-100

    Raises
    ------
    ValueError : no answer, missing values, answers outside 0-10

    Notes
    -----
    An answer counts as +1, 0 or -1: variance = p + d - (p - d)^2, standard error = 100
    sqrt(variance / n). When all answer alike it is 0, which does not mean that the score is
    certain. Reichheld (2003), Harvard Business Review 81(12).
    """
    table = _within(
        item_table(pd.DataFrame({"scores": scores}), "scores", least=1), *RATINGS, "scores"
    )["scores"]
    up, down = float((table >= PROMOTER).mean()), float((table <= DETRACTOR).mean())
    score, error = (
        100 * (up - down),
        100 * math.sqrt(max(up + down - (up - down) ** 2, 0.0) / len(table)),
    )
    reach = float(norm.ppf(tails(confidence)[1])) * error
    return Promoters(
        score,
        error,
        max(score - reach, -100.0),
        min(score + reach, 100.0),
        up,
        1 - up - down,
        down,
        len(table),
    )


def delivered_value(values: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """What does a customer get, less all that it costs him (客户让渡价值)?

    Parameters
    ----------
    values, costs : DataFrames of the same respondents, one column per part
        Product, service, personnel, image; money, time, energy, mental: points, none negative.

    Returns
    -------
    DataFrame by respondent : total_value, total_cost, delivered (their difference), in points

    Raises
    ------
    ValueError : no respondent, different respondents, missing or negative values

    Notes
    -----
    delivered = sum V_j - sum C_k. The source (S002-1i) names the eight parts and no unit: in points
    every part weighs the same. Kotler, Marketing Management.
    """
    totals = {
        f"total_{name}": _within(
            item_table(frame, f"{name}s", least=1), 0, math.inf, f"{name}s"
        ).sum(axis=1)
        for name, frame in (("value", values), ("cost", costs))
    }
    found = pd.DataFrame(totals)
    if len(found) != len(values) or len(values) != len(costs):
        raise ValueError(
            f"values has {len(values)} respondents, costs {len(costs)}: expected the same ones"
        )
    return found.assign(delivered=found["total_value"] - found["total_cost"])
