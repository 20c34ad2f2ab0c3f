"""Did the green channel help? One question, five ways to compare, and what each rests on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from scipy.spatial.distance import cdist
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from keyacct_utils.lessons.lead_time.jackknife import Equations, Term, least_squares, spread
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

Floats = npt.NDArray[np.float64]
Method = Literal["naive", "regression", "ipw", "aipw", "matching"]
METHODS: tuple[Method, ...] = ("naive", "regression", "ipw", "aipw", "matching")
#: A chance so near to 0 or 1 means that nobody like this one was treated otherwise.
SURE = 1e-6
#: A standardised difference up to this is called balanced (Austin 2009).
BALANCED = 0.1
#: Cases of each kind for each column that they are compared on.
FEWEST = 2
#: Pairs that matching looks at, at the most: they stand in memory together.
MOST_PAIRS = 20_000_000

__all__ = [
    "BALANCED",
    "METHODS",
    "Effect",
    "Overlap",
    "chance_of_channel",
    "channel_effect",
    "standardised_differences",
]  # fmt: skip


class Overlap(NamedTuple):
    """Whether those in the channel have others like them."""

    #: Chances of the channel that occur in both groups.
    low: float
    high: float
    #: Cases outside of that range, in the channel and not.
    treated_outside: int
    others_outside: int
    #: For how many cases the weighted ones count.
    treated_effective: float
    others_effective: float


@dataclass(frozen=True)
class Effect:
    """What a method says of the channel, in the unit of the outcome."""

    method: str
    estimand: str
    value: float
    se: float
    low: float
    high: float
    treated: int
    others: int
    #: Cases with a missing value, left out.
    left_out: int
    #: By covariate: before, after (standardised differences); after is missing where a method has
    #: no weights.
    balance: pd.DataFrame
    #: None for the naive comparison and the regression.
    overlap: Overlap | None


def design_of(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Covariates as numbers: words as columns of 0 and 1; what never changes is left out."""
    parts = {}
    for name in columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            parts[name] = values.astype("float64")
            continue
        words = values.astype("str")
        for word in sorted(words.unique())[1:]:
            parts[f"{name}: {word}"] = (words == word).astype("float64")
    design = pd.DataFrame(parts, index=frame.index)
    return design.loc[:, design.nunique() > 1]


def standardised_differences(
    design: pd.DataFrame, treated: Any, weights: Any | None = None
) -> pd.Series:
    """How unlike are the two groups, in standard deviations, for each covariate?

    Parameters
    ----------
    design : numbers, a column for each covariate.
    treated : 1 or 0 for each row.
    weights : of each row; all 1 without them.

    Returns
    -------
    Series by covariate: difference of the (weighted) means over the root of the mean of both
        unweighted variances. Up to 0.1 either way is called balanced. Missing where both groups do
        not vary.

    Raises
    ------
    ValueError
        Lists of other lengths, or a group without rows.

    References
    ----------
    Austin 2009, Statistics in Medicine 28, 3083-3107.
    """
    flag = np.asarray(treated, dtype=float) == 1
    weight = np.ones(len(flag)) if weights is None else np.asarray(weights, dtype=float)
    if len(flag) != len(design) or len(weight) != len(design):
        raise ValueError("design, treated and weights have other lengths: one row for each case")
    if flag.all() or not flag.any():
        raise ValueError("treated: one of the two groups is empty; there is nothing to compare")
    x = design.to_numpy(dtype=float)
    means = [np.average(x[here], axis=0, weights=weight[here]) for here in (flag, ~flag)]
    spread = [x[here].var(axis=0, ddof=1) if here.sum() > 1 else 0.0 for here in (flag, ~flag)]
    root = np.sqrt((spread[0] + spread[1]) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(root > 0, (means[0] - means[1]) / root, np.nan)
    return pd.Series(found, index=design.columns)


def _column(values: Floats) -> Floats:
    return values.reshape(-1, 1)


class Chance(NamedTuple):
    """Chances of the channel and what they were estimated from."""

    of: Floats
    #: Columns of the model, the one of 1 first, and how fast a chance rises with its sum.
    x: Floats
    rise: Floats

    def equations(self, flag: Floats) -> tuple[Floats, Term]:
        """What each row adds to the equations of the chances, and the slopes of it."""
        odd = self.rise / (self.of * (1 - self.of))
        every = slice(0, self.x.shape[1])
        parts = self.x * _column((flag - self.of) * odd)
        return parts, Term(every, every, -self.x * _column(odd * self.rise), self.x)


def chance_of_channel(
    design: pd.DataFrame, treated: Any, link: Literal["logit", "probit"] = "logit"
) -> pd.Series:
    """With which chance would a case like this have gone through the channel (propensity score)?

    Parameters
    ----------
    design : numbers, a column for each covariate.
    treated : 1 or 0 for each row.
    link : form of the model.

    Returns
    -------
    Series of chances by the index of ``design``.

    Raises
    ------
    ValueError
        Where the covariates decide who was treated: then nobody can be compared.

    References
    ----------
    Rosenbaum & Rubin 1983, Biometrika 70(1), 41-55.
    """
    return pd.Series(_chances(design, treated, link).of, index=design.index)


def _chances(design: pd.DataFrame, treated: Any, link: str) -> Chance:
    if link not in ("logit", "probit"):
        raise ValueError(f"link is {link!r}; use 'logit' or 'probit'")
    y = np.asarray(treated, dtype=float)
    x = _with_one(design)
    model = (sm.Logit if link == "logit" else sm.Probit)(y, x)
    alone = (
        "treated follows from the covariates: no case in the channel has one like it outside; "
        "leave out the covariate that decides, or compare only cases that could have been either"
    )
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chance = np.asarray(model.fit(disp=0, maxiter=100, warn_convergence=False).predict(x))
    except (PerfectSeparationError, np.linalg.LinAlgError):
        raise ValueError(alone) from None
    if not np.isfinite(chance).all() or not len(np.unique(y)) == 2:
        raise ValueError(alone)
    inside, outside = chance[y == 1], chance[y == 0]
    if inside.min() < SURE or outside.max() > 1 - SURE or inside.min() > outside.max():
        raise ValueError(alone)
    density = chance * (1 - chance) if link == "logit" else stats.norm.pdf(stats.norm.ppf(chance))
    return Chance(chance, x, density)


def _with_one(design: pd.DataFrame) -> Floats:
    """Columns as standard scores behind a column of 1."""
    if not design.shape[1]:
        return np.ones((len(design), 1))
    x = design.to_numpy(dtype=float)
    scaled = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    return np.column_stack([np.ones(len(x)), scaled])


def _weights(flag: Floats, chance: Floats, estimand: str) -> Floats:
    ate = flag / chance + (1 - flag) / (1 - chance)
    return ate if estimand == "ate" else flag + (1 - flag) * chance / (1 - chance)


def _of_means(y: Floats, flag: Floats) -> tuple[float, Equations]:
    """Difference of two means."""
    means = float(y[flag == 1].mean()), float(y[flag == 0].mean())
    one, first, second = np.ones((len(y), 1)), slice(0, 1), slice(1, 2)
    parts = np.column_stack([flag * (y - means[0]), (1 - flag) * (y - means[1])])
    terms = (Term(first, first, _column(-flag), one), Term(second, second, _column(flag - 1), one))
    return means[0] - means[1], Equations(parts, terms, np.array([1.0, -1.0]))


def _of_squares(y: Floats, flag: Floats, x: Floats) -> tuple[float, Equations]:
    """Coefficient of the channel by least squares."""
    z = np.column_stack([flag, x])
    if np.linalg.matrix_rank(z) < z.shape[1]:
        raise ValueError(
            "covariates: they decide who was treated, or say the same twice; leave one out"
        )
    return least_squares(y, z, 0)


def _of_weights(y: Floats, flag: Floats, chance: Chance, estimand: str) -> tuple[float, Equations]:
    """Weighted difference of means."""
    e, k = chance.of, chance.x.shape[1]
    weight = _weights(flag, e, estimand)
    w1, w0 = flag * weight, (1 - flag) * weight
    mean1, mean0 = float(w1 @ y / w1.sum()), float(w0 @ y / w0.sum())
    # how the weights move with the chances
    move1 = -flag / e**2 * chance.rise * (estimand == "ate")
    move0 = (1 - flag) / (1 - e) ** 2 * chance.rise
    score, slope = chance.equations(flag)
    of, first, second = slice(0, k), slice(k, k + 1), slice(k + 1, k + 2)
    one = np.ones((len(y), 1))
    terms = (
        slope,
        Term(first, of, _column(move1 * (y - mean1)), chance.x),
        Term(second, of, _column(move0 * (y - mean0)), chance.x),
        Term(first, first, _column(-w1), one),
        Term(second, second, _column(-w0), one),
    )
    parts = np.column_stack([score, w1 * (y - mean1), w0 * (y - mean0)])
    return mean1 - mean0, Equations(parts, terms, np.r_[np.zeros(k), 1.0, -1.0])


def _of_both(
    y: Floats, flag: Floats, chance: Chance, z: Floats, estimand: str
) -> tuple[float, Equations]:
    """Weighted, with a regression on z in each group."""
    e, k, q = chance.of, chance.x.shape[1], z.shape[1]
    there, left = flag == 1, 1 - flag
    of1, of0 = (np.linalg.lstsq(z[here], y[here], rcond=None)[0] for here in (there, ~there))
    r1, r0 = y - z @ of1, y - z @ of0
    if estimand == "ate":
        each = z @ of1 - z @ of0 + flag * r1 / e - left * r0 / (1 - e)
        counts, by1, by0 = np.ones(len(y)), 1 - flag / e, left / (1 - e) - 1
        move = -(flag * r1 / e**2 + left * r0 / (1 - e) ** 2) * chance.rise
    else:
        each = (flag - left * e / (1 - e)) * r0
        counts, by1, by0 = flag, np.zeros(len(y)), left * e / (1 - e) - flag
        move = -left * r0 / (1 - e) ** 2 * chance.rise
    value = float(each.sum() / counts.sum())
    score, slope = chance.equations(flag)
    of, in1, in0 = slice(0, k), slice(k, k + q), slice(k + q, k + 2 * q)
    last, one = slice(k + 2 * q, k + 2 * q + 1), np.ones((len(y), 1))
    terms = (
        slope,
        Term(in1, in1, -z * _column(flag), z),
        Term(in0, in0, -z * _column(left), z),
        Term(last, of, _column(move), chance.x),
        Term(last, in1, one, z * _column(by1)),
        Term(last, in0, one, z * _column(by0)),
        Term(last, last, _column(-counts), one),
    )
    parts = np.column_stack(
        [score, z * _column(flag * r1), z * _column(left * r0), each - counts * value]
    )
    return value, Equations(parts, terms, np.r_[np.zeros(k + 2 * q), 1.0])


def _nearest(apart: Floats, number: int) -> list[npt.NDArray[np.int64]]:
    """For each row the nearest columns, and all that are as near as the last of them."""
    number = min(number, apart.shape[1])
    limit = np.partition(apart, number - 1, axis=1)[:, number - 1]
    close = apart <= (limit * (1 + 1e-9) + 1e-12)[:, None]
    return [np.flatnonzero(row) for row in close]


def _matched(
    y: Floats, flag: Floats, x: Floats, estimand: str, neighbours: int, adjusted: bool
) -> tuple[float, float, Floats]:
    """Difference of matched cases, its standard error, and how often each case was used.

    Abadie & Imbens 2006 (variance with two neighbours of the own group), 2011 (adjustment).
    """
    there = flag == 1
    metric = {"VI": np.linalg.pinv(np.atleast_2d(np.cov(x, rowvar=False)))}
    n = len(y)
    own, used, twice = np.zeros(n), np.zeros(n), np.zeros(n)
    spread = np.zeros(n)
    for here in (there, ~there):
        at, other = np.flatnonzero(here), np.flatnonzero(~here)
        apart = cdist(x[at], x[other], "mahalanobis", **metric)
        slope = np.linalg.lstsq(
            np.column_stack([np.ones(len(other)), x[other]]), y[other], rcond=None
        )[0][1:]
        for one, close in zip(at, _nearest(apart, neighbours), strict=True):
            partner = other[close]
            guess = y[partner] + ((x[one] - x[partner]) @ slope if adjusted else 0.0)
            own[one] = guess.mean()
            if estimand == "ate" or there[one]:
                used[partner] += 1 / len(partner)
                twice[partner] += 1 / len(partner) ** 2
        among = cdist(x[at], x[at], "mahalanobis", **metric)
        np.fill_diagonal(among, np.inf)
        if len(at) > 1:
            for one, close in zip(at, _nearest(among, 2), strict=True):
                spread[one] = np.append(y[at[close]], y[one]).var(ddof=1)
    each = np.where(there, y - own, own - y)
    if estimand == "ate":
        value = float(each.mean())
        total = ((each - value) ** 2).sum() + (spread * (used**2 + 2 * used - twice)).sum()
        return value, float(np.sqrt(total) / n), 1 + used
    value = float(each[there].mean())
    total = ((each[there] - value) ** 2).sum() + (spread * (used**2 - twice))[~there].sum()
    return value, float(np.sqrt(total) / there.sum()), np.where(there, 1.0, used)


def _overlap(flag: Floats, chance: Floats, weight: Floats) -> Overlap:
    there = flag == 1
    low = max(chance[there].min(), chance[~there].min())
    high = min(chance[there].max(), chance[~there].max())
    outside = (chance < low) | (chance > high)
    worth = [weight[here].sum() ** 2 / (weight[here] ** 2).sum() for here in (there, ~there)]
    return Overlap(
        float(low), float(high), int((outside & there).sum()), int((outside & ~there).sum()),
        float(worth[0]), float(worth[1]),
    )  # fmt: skip


def channel_effect(
    cases: pd.DataFrame,
    covariates: Sequence[str] = (),
    method: Method = "aipw",
    *,
    outcome: str = "days",
    treated: str = "green_channel",
    estimand: Literal["ate", "att"] = "ate",
    outcome_covariates: Sequence[str] | None = None,
    clusters: str | None = None,
    neighbours: int = 1,
    adjusted: bool = True,
    link: Literal["logit", "probit"] = "logit",
    leave_out: bool = True,
    confidence: float = 0.95,
) -> Effect:
    """By how many days do cases of the channel differ from others like them (绿色通道效应)?

    Parameters
    ----------
    cases : DataFrame
        One row for each case: ``outcome`` (a number), ``treated`` (1 or 0), the covariates. A row
        with a missing value in one of them is left out and counted.
    covariates : what was known of a case before it was let into the channel; words become columns
        of 0 and 1.
    method : "naive" (difference of means), "regression" (least squares with the covariates), "ipw"
        (weights of one over the chance of what happened), "aipw" (the same, with a regression in
        each group: right if either of the two models is), "matching" (each case beside the nearest
        of the other group, by Mahalanobis distance, with replacement; ties all count).
    estimand : "ate", the effect on all cases; "att", on those that were in the channel.
    outcome_covariates : other covariates for the regressions of "aipw", if they shall differ.
    clusters : column of what hangs together (the account): its cases are added up before the error
        is taken. "matching" knows no clusters, and leaves this out.
    neighbours, adjusted : of "matching": how many, and whether a regression takes out what is left
        of the differences between neighbours.
    link : model of the chance.
    leave_out : the error leaves out each account (each case, without ``clusters``) in turn; False
        takes that of a large sample, as published and as other programs print it. On books as large
        as the bundled one that is too small by a twentieth.

    Returns
    -------
    Effect : value (outcome in the channel less outcome without; below 0 is faster), se, low, high,
        number of cases of both kinds, balance and overlap.

    Raises
    ------
    ValueError
        Unknown words; columns that are missing; a flag that is not 0 or 1; a group of fewer than 2
        cases for each covariate; covariates that decide who was treated.

    Notes
    -----
    All but "naive" take for granted that nothing else drives both the channel and the days
    (unconfoundedness) and that cases of every kind went either way (overlap). The second is looked
    at, the first cannot be. All but "matching" solve equations, those of the chances among them,
    and `jackknife.spread` takes their error; limits by the t distribution with one degree less than
    accounts. "matching" has the error of Abadie & Imbens, and limits of the normal distribution.
    How often the limits hold the truth is measured in docs/coverage.md.

    References
    ----------
    S000-1e. Rosenbaum & Rubin 1983; Robins, Rotnitzky & Zhao 1994; Abadie & Imbens 2006, 2011;
    Cattaneo 2010, Journal of Econometrics 155 (the data of the check).
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; use one of {', '.join(METHODS)}")
    if estimand not in ("ate", "att"):
        raise ValueError(f"estimand is {estimand!r}; use 'ate' or 'att'")
    if isinstance(covariates, str):
        raise ValueError(f"covariates is one text; write [{covariates!r}]")
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}: expected 1 or more")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence:g}: expected a fraction such as 0.95")
    further = tuple(covariates if outcome_covariates is None else outcome_covariates)
    wanted = [outcome, treated, *covariates, *further, *([clusters] if clusters else ())]
    need_columns(cases, wanted, "cases")
    if treated in covariates or outcome in covariates:
        raise ValueError("covariates holds the outcome or the channel itself; take it out")
    frame = cases[list(dict.fromkeys(wanted))].dropna()
    y = to_number(frame[outcome], f"cases.{outcome}").to_numpy(dtype=float)
    flag = to_number(frame[treated], f"cases.{treated}").to_numpy(dtype=float)
    if not np.isin(flag, (0.0, 1.0)).all():
        raise ValueError(f"cases.{treated} holds {some(np.unique(flag))}: expected 0 or 1")
    design = design_of(frame, list(covariates))
    number, rest = int(flag.sum()), int((1 - flag).sum())
    columns = 0 if method == "naive" else design.shape[1]
    if min(number, rest) < FEWEST * (columns + 1):
        raise ValueError(
            f"cases: {number} in the channel and {rest} not; {FEWEST * (columns + 1)} of each are "
            f"needed for {columns} columns of covariates: take more cases or fewer covariates"
        )
    if method not in ("naive", "regression") and not design.shape[1]:
        raise ValueError("covariates is empty, or none of them changes: name what differs")
    owner = frame[clusters].to_numpy() if clusters else None
    if owner is not None and len(np.unique(owner.astype("str"))) < 2:
        raise ValueError(f"cases.{clusters} has one value only; two or more are needed")
    before = standardised_differences(design, flag) if design.shape[1] else pd.Series(dtype=float)
    after, overlap = pd.Series(np.nan, index=before.index), None
    chance = None if method in ("naive", "regression") else _chances(design, flag, link)
    if method == "matching":
        if number * rest > MOST_PAIRS:
            raise ValueError(
                f"cases: matching lays {number:,} beside {rest:,}, too many; draw a sample "
                "of them, or take another method"
            )
        x = _with_one(design)[:, 1:]
        value, se, weight = _matched(y, flag, x, estimand, neighbours, adjusted)
        reach = float(stats.norm.isf((1 - confidence) / 2))
    else:
        z = _with_one(design_of(frame, further if method == "aipw" else list(covariates)))
        value, equations = _solved(y, flag, z, chance, method, estimand)
        se, groups = spread(equations, owner, leave_out)
        reach = float(stats.t.isf((1 - confidence) / 2, groups - 1))
        weight = np.ones(len(y)) if chance is None else _weights(flag, chance.of, estimand)
    if chance is not None:
        after = standardised_differences(design, flag, weight)
        overlap = _overlap(flag, chance.of, weight)
    return Effect(
        method, estimand, value, se, value - reach * se, value + reach * se, number, rest,
        len(cases) - len(frame), pd.DataFrame({"before": before, "after": after}), overlap,
    )  # fmt: skip


def _solved(
    y: Floats, flag: Floats, z: Floats, chance: Chance | None, method: Method, estimand: str
) -> tuple[float, Equations]:
    if method == "naive":
        return _of_means(y, flag)
    if chance is None:
        return _of_squares(y, flag, z)
    if method == "ipw":
        return _of_weights(y, flag, chance, estimand)
    return _of_both(y, flag, chance, z, estimand)
