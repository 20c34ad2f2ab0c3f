"""Does a credit score foretell default, and where should the line be drawn (评分卡): WOE,
scorecard,
measures, cost.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.discrete_model import Logit

from keyacct_utils.lessons.credit_grade.score_measures import (
    STABILITY_LIMITS,
    Discrimination,
    Edges,
    aligned,
    best_cutoff,
    bin_edges,
    calibration_table,
    cost_curve,
    gini_auc,
    ks_interval,
    ks_statistic,
    outcome,
    population_stability,
    resampled_auc,
    stability_of_counts,
    stability_table,
)
from keyacct_utils.lessons.shared.checks import need_columns, some

__all__ = [
    "BASE_ODDS",
    "BASE_POINTS",
    "POINTS_TO_DOUBLE",
    "STABILITY_LIMITS",
    "Discrimination",
    "Scorecard",
    "best_cutoff",
    "bin_edges",
    "bins_of",
    "calibration_table",
    "coefficient_limits",
    "cost_curve",
    "expected_loss",
    "fit_scorecard",
    "gini_auc",
    "information_value",
    "ks_interval",
    "ks_statistic",
    "points_scaling",
    "population_stability",
    "quantile_edges",
    "resampled_auc",
    "stability_of_counts",
    "stability_table",
    "woe_table",
]
Sign = Literal["good/bad", "bad/good"]

#: Scale of Siddiqi 2006: 600 points where 50 are good for each that is bad, and 20 points more
#: double these odds.
BASE_POINTS, BASE_ODDS, POINTS_TO_DOUBLE = 600.0, 50.0, 20.0
#: Added to both counts of a bin in which one of them is 0, so that its WOE is finite (Agresti 2002,
#: section 2.3).
EMPTY_CELL = 0.5
MISSING = "missing"
_BINS = 5
_ITERATIONS = 1000
_TOLERANCE = 1e-10
#: Log odds beyond this mean that coefficients ran away: the classes are separated.
_LARGEST_LOG_ODDS = 30.0


def _binned(x: pd.Series, bins: Edges | None) -> tuple[np.ndarray, list[str]]:
    """Number of the bin of each value, and the labels in order; missing values are a bin of their
    own, the last.
    """
    if (
        bins is not None
        and pd.api.types.is_numeric_dtype(x.dtype)
        and not pd.api.types.is_bool_dtype(x.dtype)
    ):
        values = x.to_numpy(dtype=float, na_value=np.nan)
        edges, missing = bin_edges(values, bins), np.isnan(values)
        code = np.searchsorted(edges, values, side="left")
        shown = [f"{edge:.6g}" for edge in edges]
        labels = (
            [
                f"up to {shown[0]}",
                *(f"{a} to {b}" for a, b in itertools.pairwise(shown)),
                f"above {shown[-1]}",
            ]
            if shown
            else ["all"]
        )
    else:
        code, found = pd.factorize(x, sort=True)
        missing, labels = code < 0, [str(name) for name in found]
    return np.where(missing, len(labels), code), [*labels, MISSING]


def bins_of(x: pd.Series, bins: Edges | None) -> list[str]:
    """The name of the bin of each value, as :func:`woe_table` calls it."""
    code, labels = _binned(x, bins)
    return [labels[place] for place in code]


def quantile_edges(x: ArrayLike | pd.Series, bins: int) -> np.ndarray:
    """The inner edges of so many quantile bins; those that coincide once."""
    return bin_edges(x, bins)


def woe_table(
    x: ArrayLike | pd.Series,
    default: ArrayLike | pd.Series,
    bins: Edges | None = 5,
    *,
    sign: Sign = "good/bad",
) -> pd.DataFrame:
    """How much safer or riskier is each bin of one variable than all accounts together (证据权重)?

    Parameters
    ----------
    x : one value per account; text is taken as it is, numbers are binned; missing values are a bin
        of their own.
    default : 0 or 1 per account, same order.
    bins : number of quantile bins, inner edges (a bin holds its upper edge), or None: every value
        is a bin.
    sign : "good/bad": a positive WOE is safer than the whole (Siddiqi 2006); "bad/good": riskier,
        as some libraries have it.

    Returns
    -------
    DataFrame by bin
        n, good, bad (accounts), bad_rate (share), woe, iv (contribution; their sum is the
        information value).

    Raises
    ------
    ValueError : one class only, lengths differ, infinite values, bins that do not rise.

    Notes
    -----
    WOE = ln[(good in the bin / all good) / (bad in the bin / all bad)]; IV = sum of (share of
    good less share of bad) WOE, which the sign does not change. A bin without good or without bad
    gets half an account of each. Equal values of a number share a
    bin, so there may be fewer than asked for; the IV depends on the bins: say which. Splitting a
    bin never lowers the IV as long as all bins hold good and bad; where the half accounts come in,
    it may.
    Siddiqi 2006, Credit Risk Scorecards; Good 1950.
    """
    if sign not in ("good/bad", "bad/good"):
        raise ValueError(f"sign is {sign!r}: expected 'good/bad' (positive is safer) or 'bad/good'")
    aligned(x, default)
    series = x if isinstance(x, pd.Series) else pd.Series(np.asarray(x))
    bad = outcome(default, len(series))
    code, labels = _binned(series, bins)
    n = np.bincount(code, minlength=len(labels))
    hit = np.bincount(code[bad], minlength=len(labels))
    frame = pd.DataFrame({"n": n, "good": n - hit, "bad": hit}, index=pd.Index(labels, name="bin"))[
        n > 0
    ]
    patch = np.where((frame["good"] == 0) | (frame["bad"] == 0), EMPTY_CELL, 0.0)
    good_share, bad_share = (
        (frame["good"] + patch) / (~bad).sum(),
        (frame["bad"] + patch) / bad.sum(),
    )
    woe = np.log(good_share / bad_share)
    frame = frame.assign(
        bad_rate=frame["bad"] / frame["n"], woe=woe if sign == "good/bad" else -woe
    )
    return frame.assign(iv=(good_share - bad_share) * woe)


def information_value(
    x: ArrayLike | pd.Series, default: ArrayLike | pd.Series, bins: Edges | None = 5
) -> float:
    """How well does one variable tell good from bad (信息值)?

    The sum of ``iv`` of :func:`woe_table`; it depends on ``bins``.
    """
    return float(woe_table(x, default, bins)["iv"].sum())


def points_scaling(
    points: float = BASE_POINTS, odds: float = BASE_ODDS, double: float = POINTS_TO_DOUBLE
) -> tuple[float, float]:
    """Factor and offset of score = offset + factor ln(odds of good to bad), so that ``odds`` is
    worth ``points``.

    factor = double / ln 2 (``double`` points double the odds), offset = points - factor ln odds.
    Siddiqi 2006: 600 points at 50:1 and 20 to double give 28.8539 and 487.123.
    """
    if not (
        math.isfinite(points)
        and odds > 0
        and math.isfinite(odds)
        and double > 0
        and math.isfinite(double)
    ):
        raise ValueError(
            f"points {points}, odds {odds}, double {double}: "
            "expected finite numbers, odds and double above 0"
        )
    factor = double / math.log(2)
    return factor, points - factor * math.log(odds)


def expected_loss(
    probability: ArrayLike, lgd: ArrayLike, exposure: ArrayLike
) -> np.ndarray | float:
    """How much money will default cost in the mean? PD x LGD x EAD.

    Parameters
    ----------
    probability, lgd : chance of default and share lost when it happens, 0 to 1, numbers or arrays.
    exposure : amount owed at default, currency, not negative.

    Returns
    -------
    float, or array where an argument is one : currency.

    Raises
    ------
    ValueError : a share outside 0 to 1, an exposure below 0, values that are not finite.

    Notes
    -----
    Basel Committee 2006, International Convergence of Capital Measurement, paragraph 375.
    """
    parts = {"probability": probability, "lgd": lgd, "exposure": exposure}
    checked = []
    for name, part in parts.items():
        values = np.asarray(part, dtype=float)
        wrong = ~np.isfinite(values) | (values < 0) | ((values > 1) & (name != "exposure"))
        if wrong.any():
            limits = "0 or more" if name == "exposure" else "0 to 1; divide percent by 100"
            raise ValueError(
                f"{name}: {wrong.sum()} value(s) such as {some(values[wrong])}: expected {limits}"
            )
        checked.append(values)
    out = checked[0] * checked[1] * checked[2]
    return float(out) if out.ndim == 0 else out


@dataclass(frozen=True)
class Scorecard:
    """A fitted scorecard: ``points`` (variable, bin, n, bad_rate, woe, points), coefficients,
    factor and offset.
    """

    points: pd.DataFrame
    coefficients: pd.Series
    intercept: float
    factor: float
    offset: float
    bins: Mapping[str, Edges | None]

    def score(self, features: pd.DataFrame) -> pd.Series:
        """Points of each account (high is safe). A value that the card has not seen is a
        ValueError.
        """
        need_columns(features, self.coefficients.index, "features")
        total = np.zeros(len(features))
        for variable in self.coefficients.index:
            card = self.points[self.points["variable"] == variable].set_index("bin")["points"]
            code, labels = _binned(features[variable], self.bins[variable])
            worth = card.reindex(labels).to_numpy()[code]
            if np.isnan(worth).any():
                new = {labels[i] for i in np.unique(code[np.isnan(worth)])}
                raise ValueError(
                    f"features.{variable}: values unknown to the card: "
                    f"{some(sorted(new))}; it has {some(card.index)}"
                )
            total += worth
        return pd.Series(total, index=features.index, name="score")

    def probability(self, features: pd.DataFrame) -> pd.Series:
        """Chance of default of each account: 1 / (1 + odds), odds = exp((score - offset) /
        factor).
        """
        odds = np.exp((self.score(features) - self.offset) / self.factor)
        return (1 / (1 + odds)).rename("probability")


def fit_scorecard(
    features: pd.DataFrame,
    default: ArrayLike | pd.Series,
    bins: Edges | Mapping[str, Edges | None] | None = 5,
    *,
    points: float = BASE_POINTS,
    odds: float = BASE_ODDS,
    double: float = POINTS_TO_DOUBLE,
) -> Scorecard:
    """Which points should each bin of each variable be worth?

    Parameters
    ----------
    features : DataFrame, one row per account, one column per variable (text or numbers, missing
        allowed).
    default : 0 or 1 per account, same order.
    bins : as in :func:`woe_table`, for all variables or by name (others get 5).
    points, odds, double : the scale, as in :func:`points_scaling`.

    Returns
    -------
    Scorecard

    Raises
    ------
    ValueError : no variable, one class only, a variable with one bin, classes that the variables
        separate perfectly (no finite coefficients exist: merge bins or drop the variable).

    Notes
    -----
    Logistic regression without penalty on the WOE (good/bad): ln odds = a + sum b_j WOE_j. Points
    of a bin = factor (b_j WOE + a / k) + offset / k for k variables; a b_j below 0 says that a
    variable works against its own WOE, usually since another carries the same news. Siddiqi 2006.
    """
    need_columns(features, map(str, features), "features")
    if not features.shape[1] or not len(features):
        raise ValueError(
            f"features has {features.shape[0]} rows and "
            f"{features.shape[1]} columns: expected at least one of each"
        )
    aligned(features, default)
    bad = outcome(default, len(features))
    factor, offset = points_scaling(points, odds, double)
    chosen: dict[str, Edges | None] = {}
    tables, woe = {}, np.empty(features.shape)
    for column, name in enumerate(map(str, features)):
        wanted = bins.get(name, _BINS) if isinstance(bins, Mapping) else bins
        chosen[name] = None
        if wanted is not None and pd.api.types.is_numeric_dtype(features[name].dtype):
            # Quantiles are kept as edges, so that the card bins new accounts as it binned these.
            chosen[name] = bin_edges(
                features[name].to_numpy(dtype=float, na_value=np.nan), wanted
            ).tolist()
        tables[name] = woe_table(features[name], bad, chosen[name])
        if len(tables[name]) < 2:
            raise ValueError(
                f"features.{name} has one bin ({tables[name].index[0]}): "
                "it tells nobody apart; drop it or change bins"
            )
        code, labels = _binned(features[name], chosen[name])
        woe[:, column] = tables[name]["woe"].reindex(labels).to_numpy()[code]
    model = LogisticRegression(C=np.inf, max_iter=_ITERATIONS, tol=_TOLERANCE).fit(woe, ~bad)
    line = model.decision_function(woe)
    if line[~bad].min() >= line[bad].max() or np.abs(line).max() > _LARGEST_LOG_ODDS:
        raise ValueError(
            f"features separate the {bad.sum()} defaults perfectly: "
            "no finite points exist; merge bins or drop a column"
        )
    slope, start, k = (
        pd.Series(model.coef_[0], index=list(features)),
        float(model.intercept_[0]),
        features.shape[1],
    )
    card = pd.concat(tables, names=["variable"]).reset_index()
    worth = factor * (card["variable"].map(slope) * card["woe"] + start / k) + offset / k
    kept = card[["variable", "bin", "n", "bad_rate", "woe"]].assign(points=worth)
    return Scorecard(kept, slope, start, factor, offset, chosen)


def coefficient_limits(
    card: Scorecard,
    features: pd.DataFrame,
    default: ArrayLike | pd.Series,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How sure is the weight of each variable of a card?

    Parameters
    ----------
    card : Scorecard
    features, default : those that the card was fitted to.
    confidence : level of the intervals.

    Returns
    -------
    DataFrame by variable : estimate, low, high.

    Raises
    ------
    ValueError : as :meth:`Scorecard.score`; one class only.

    Notes
    -----
    Limits of Wald from the information of the logistic regression. They take the WOE of the bins as
    known, though it was counted on the same accounts, so they are a little too narrow. Hosmer,
    Lemeshow & Sturdivant 2013, section 2.3.
    """
    bad, woe = outcome(default, len(features)), np.ones((len(features), len(card.coefficients) + 1))
    for column, name in enumerate(card.coefficients.index, 1):
        code, labels = _binned(features[name], card.bins[name])
        known = card.points[card.points["variable"] == name].set_index("bin")["woe"]
        woe[:, column] = known.reindex(labels).to_numpy()[code]
    model = Logit((~bad).astype(float), woe)
    at = np.append(card.intercept, card.coefficients.to_numpy())
    spread = np.sqrt(np.diag(np.linalg.pinv(-model.hessian(at))))[1:]
    reach = stats.norm.ppf(0.5 + confidence / 2) * spread
    slope = card.coefficients
    return pd.DataFrame({"estimate": slope, "low": slope - reach, "high": slope + reach})
