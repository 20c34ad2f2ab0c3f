"""What a relationship level does to renewal, told four ways, how strong a hidden cause would have
to be, and how long its accounts stay (层级效应).
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.discrete_model import MNLogit
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from keyacct_utils.contract.conventions import DAYS_A_YEAR
from keyacct_utils.lessons.relationship_levels.renewals import (
    RenewalFit,
    checked_offers,
    offer_design,
    price_gap,
    renewal_chance,
    renewal_model,
)
from keyacct_utils.lessons.shared.amounts import Interval, tails
from keyacct_utils.lessons.shared.checks import need_columns, some

#: A propensity below this is called thin (Cole & Hernán 2008, American Journal of Epidemiology 168,
#: warn of such weights).
THIN = 0.05
#: A standardised difference above this is called unbalanced: Austin (2009), Statistics in Medicine
#: 28.
BALANCED = 0.1
#: Parts of the accounts for cross-fitting: each is judged by models of the other four
#: (Chernozhukov et al. 2018, The Econometrics Journal 21, use two to five).
FOLDS = 5
#: Mean length of a month in the Gregorian calendar.
DAYS_PER_MONTH = DAYS_A_YEAR / 12


@dataclass(frozen=True)
class LevelEffect:
    """Difference between two levels in the share of offers renewed: see :func:`level_effect`."""

    method: str
    estimate: float
    low: float
    high: float
    balance: pd.DataFrame
    overlap: pd.DataFrame
    #: Share renewed at the one level over that at the other ("aipw" only).
    ratio: Interval | None = None


def propensities(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    level: str = "bond_level",
    squares: bool = True,
    at: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How likely is each level for an offer, given what is known of its account?

    Parameters
    ----------
    frame : DataFrame with the level and the covariates, all present, at least two levels.
    covariates : names of numeric columns, at least one.
    squares : whether the squares of the covariates (but of flags) stand in the model too.
    at : the offers to be told, by default those that the model is fitted to.

    Returns
    -------
    DataFrame
        One column per level, shares that sum to 1 in each row of ``at``.

    Raises
    ------
    ValueError
        No covariate, a constant one, one level only, or a level that the covariates foretell (no
        overlap).

    Notes
    -----
    Multinomial logit of the level on the standardised covariates.
    """
    levels = sorted(frame[level].unique(), key=str)
    if len(levels) < 2 or not covariates:
        raise ValueError(
            f"{len(levels)} level(s) and {len(covariates)} "
            "covariate(s): expected at least 2 levels and 1 covariate"
        )
    x = frame[list(covariates)].astype(float)
    if constant := [name for name in covariates if x[name].nunique() < 2]:
        raise ValueError(f"covariates: {some(constant)} do not vary; leave them out")
    mean, spread = x.mean(), x.std(ddof=0)
    x = (x - mean) / spread
    curved = [
        name for name in covariates if squares and x[name].nunique() > 2
    ]  # the square of a flag is the flag again
    values = np.column_stack([np.ones(len(x)), x, x[curved] ** 2])
    asked = x if at is None else (at[list(covariates)].astype(float) - mean) / spread
    told = np.column_stack([np.ones(len(asked)), asked, asked[curved] ** 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would say is checked below
        try:
            fit = MNLogit(pd.Categorical(frame[level], levels).codes, values).fit(
                disp=0, maxiter=100
            )
            chance, sound = np.asarray(fit.predict(told)), bool(fit.mle_retvals["converged"])
        except np.linalg.LinAlgError:
            chance, sound = np.empty((0, len(levels))), False
    if not sound or not np.isfinite(chance).all():
        found = f"{some(covariates)} foretell the level perfectly or depend on each other"
        raise ValueError(f"{found}: no weights without overlap; drop or pool covariates or levels")
    return pd.DataFrame(chance, asked.index, levels)


def _balance(
    frame: pd.DataFrame, weight: pd.Series, covariates: Sequence[str], is_treated: pd.Series
) -> pd.DataFrame:
    """Standardised mean differences, treated less control, before and after weighting."""
    rows = []
    for name in covariates:
        sides = [(frame.loc[mine, name], weight[mine]) for mine in (is_treated, ~is_treated)]
        pooled = np.sqrt(np.mean([values.var(ddof=0) for values, _ in sides]))
        plain, weighted = (
            [float(np.average(values, weights=w if use else None)) for values, w in sides]
            for use in (False, True)
        )
        rows.append(
            [(means[0] - means[1]) / pooled if pooled > 0 else 0.0 for means in (plain, weighted)]
        )
    return pd.DataFrame(rows, pd.Index(covariates, name="covariate"), columns=["before", "after"])


def _weights(
    frame: pd.DataFrame, chance: pd.DataFrame, level: str, floor: float
) -> tuple[pd.Series, pd.DataFrame]:
    """1 / propensity of the own level; and by level: offers, propensity among all offers, thin
    share, effective offers.
    """
    own = chance.to_numpy()[
        np.arange(len(frame)), chance.columns.get_indexer(pd.Index(frame[level]))
    ]
    weight, rows = pd.Series(1 / np.maximum(own, floor), frame.index), {}
    for name in chance.columns:
        mine, share = frame[level] == name, chance[name]
        w = weight[mine]
        spread = [share.min(), share.median(), share.max(), (share < THIN).mean()]
        rows[name] = [int(mine.sum()), *spread, w.max(), w.sum() ** 2 / (w**2).sum()]
    columns = [
        "offers",
        "lowest",
        "median",
        "highest",
        "thin",
        "largest_weight",
        "effective_offers",
    ]
    return weight, pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(
        "level"
    )


def _difference(
    frame: pd.DataFrame, weight: pd.Series, is_treated: pd.Series
) -> tuple[float, float]:
    """Weighted difference of the shares renewed and its standard error, clustered by account."""
    y, parts, means = frame["renewed"], np.zeros(len(frame)), []
    for side, sign in ((is_treated, 1), (~is_treated, -1)):
        w = weight.where(side, 0.0)
        means.append(float((w * y).sum() / w.sum()))
        parts += sign * (w * (y - means[-1]) / w.sum()).to_numpy()
    return means[0] - means[1], float(
        np.sqrt((pd.Series(parts).groupby(frame["account_id"].to_numpy()).sum() ** 2).sum())
    )


def _standardised(
    fit: RenewalFit, offers: pd.DataFrame, pair: tuple[object, object]
) -> tuple[float, float]:
    """Mean difference of the fitted chances at two levels over all offers, and its standard
    error.
    """
    (first, second), chances = [offer_design(fit, offers, name).to_numpy() for name in pair], []
    gradient = np.zeros(len(fit.params))
    for x, sign in ((first, 1), (second, -1)):
        chance = expit(x @ fit.params.to_numpy())
        chances.append(chance)
        gradient += sign * (chance * (1 - chance)) @ x / len(x)
    difference = chances[0] - chances[1]
    spread = pd.Series(difference - difference.mean()).groupby(
        offers["account_id"].to_numpy()
    ).sum() / len(offers)
    return float(difference.mean()), float(
        np.sqrt(gradient @ fit.cov.to_numpy() @ gradient + (spread**2).sum())
    )


def _folds(accounts: pd.Series, folds: int) -> np.ndarray:
    """The part of each offer: all offers of an account in one, the parts of equal size."""
    codes, ids = pd.factorize(accounts, sort=True)
    return np.asarray(np.random.default_rng(0).permutation(len(ids))[codes] % folds)


def _augmented(
    renewals: pd.DataFrame,
    frame: pd.DataFrame,
    pair: tuple[object, object],
    covariates: Sequence[str],
    outcome: Sequence[str],
    how: tuple[str, bool, float],
) -> tuple[np.ndarray, np.ndarray]:
    """For each offer its part in the mean chance at either level, doubly robust and cross-fitted;
    rows of ``frame`` and ``renewals`` are the same offers.
    """
    level, squares, floor = how
    parts = _folds(frame["account_id"], FOLDS)
    scores = np.empty((2, len(frame)))
    offers = renewals.reset_index(drop=True).assign(gap=frame["gap"])
    for part in np.unique(parts):
        rest, mine = parts != part, parts == part
        fit = renewal_model(offers[rest], outcome, level=level)
        chance = propensities(frame[rest], covariates, level, squares, at=frame[mine])
        for row, name in enumerate(pair):
            told = renewal_chance(fit, offers[mine], name)["chance"].to_numpy()
            own = (frame.loc[mine, level] == name).to_numpy()
            weight = own / np.maximum(chance[name].to_numpy(), floor)
            scores[row, mine] = told + weight * (frame.loc[mine, "renewed"].to_numpy() - told)
    return scores[0], scores[1]


def _clustered(parts: np.ndarray, accounts: pd.Series) -> float:
    """Standard error of the mean of parts, clustered by account."""
    spread = pd.Series(parts - parts.mean()).groupby(accounts.to_numpy()).sum() / len(parts)
    return float(np.sqrt((spread**2).sum()))


def _doubly_robust(
    scores: tuple[np.ndarray, np.ndarray], accounts: pd.Series, z: float
) -> tuple[Interval, Interval | None]:
    """Difference and ratio of the two means, with intervals from their influence functions; no
    ratio where a mean is not above 0.
    """
    first, second = scores
    estimate, error = float((first - second).mean()), _clustered(first - second, accounts)
    difference = Interval(estimate, estimate - z * error, estimate + z * error)
    means = float(first.mean()), float(second.mean())
    if min(means) <= 0:
        return difference, None
    log, half = (
        math.log(means[0] / means[1]),
        z * _clustered(first / means[0] - second / means[1], accounts),
    )
    return difference, Interval(math.exp(log), math.exp(log - half), math.exp(log + half))


def e_value(ratio: float) -> float:
    """How strongly would a hidden cause have to go with level and renewal to explain a ratio away?

    Parameters
    ----------
    ratio : share renewed at one level over that at the other, above 0; for the strength that only
        takes the interval to 1, the limit that lies nearer to 1 (and 1 where it holds 1).

    Returns
    -------
    float
        The E-value: the hidden cause must multiply the chance of the level, and that of renewal, by
        so much each, beyond all covariates. 1 means that none is needed.

    Raises
    ------
    ValueError
        For a ratio that is no number above 0.

    Notes
    -----
    E = R + sqrt(R (R - 1)) with R = max(ratio, 1 / ratio): VanderWeele & Ding (2017), Sensitivity
    analysis in observational research, Annals of Internal Medicine 167.
    """
    if not 0 < ratio < np.inf:
        raise ValueError(f"ratio is {ratio!r}: expected a finite number above 0")
    high = max(ratio, 1 / ratio)
    return high + math.sqrt(high * (high - 1))


def _check_comparison(
    method: str, treated: object, control: object, floor: float, levels: list[object], level: str
) -> None:
    if method not in ("naive", "regression", "ipw", "aipw"):
        raise ValueError(f"method is {method!r}: expected 'naive', 'regression', 'ipw' or 'aipw'")
    for argument, name in (("treated", treated), ("control", control)):
        if name not in levels:
            raise ValueError(
                f"{argument} is {name!r}, but no offer has this {level}: it has {some(levels)}"
            )
    if not 0 <= floor < 1:
        raise ValueError(f"floor is {floor!r}: expected a share from 0 to below 1")
    if treated == control:
        raise ValueError(f"treated and control are both {treated!r}: expected two levels")


def level_effect(
    renewals: pd.DataFrame,
    method: Literal["naive", "regression", "ipw", "aipw"] = "regression",
    *,
    treated: object = 3,
    control: object = 1,
    covariates: Sequence[str] = ("account_value",),
    outcome: Sequence[str] | None = None,
    level: str = "bond_level",
    half_life: float | Literal["fit"] | None = None,
    squares: bool = True,
    floor: float = 0.0,
    confidence: float = 0.95,
) -> LevelEffect:
    """How many more offers would be renewed if all were at one level instead of another?

    Parameters
    ----------
    renewals : DataFrame, one row per offer
        As in :func:`keyacct_utils.lessons.relationship_levels.renewals.renewal_model`, with the
        covariates on each row.
    method : "naive": difference of the two shares. "regression": the renewal model with gap and
        covariates, its chances at either level averaged over all offers. "ipw": shares weighted by
        1 / propensity of the own level (Hajek). "aipw": the chances of the renewal model, mended by
        what is weighted of its errors (doubly robust): right if one of the two models is.
    treated, control : the levels compared; others stay in the regression, in the propensities and
        in the offers averaged over.
    covariates : what drives both the level and renewal; not what the level does (its ties), nor
        what drives the level alone.
    outcome : covariates of the renewal model ("aipw" only), by default ``covariates`` without the
        gap, which it has anyway.
    half_life, squares : of the renewal model ("regression" only); of the covariates in the
        propensities.
    floor : propensities below it are raised to it, 0 to below 1: smaller weights for a bias towards
        naive.

    Returns
    -------
    LevelEffect
        estimate, low, high (difference of shares, -1 to 1); ratio of the shares ("aipw");
        balance (by covariate: standardised difference, ``before`` and ``after`` weighting, the same
        without weights); overlap (by level: offers; lowest, median, highest propensity; thin, the
        share below 0.05; largest_weight; effective_offers by Kish), empty for "naive", which needs
        no covariate.

    Raises
    ------
    ValueError
        Another method, a level without offers, a floor that is no share, what the renewal model and
        the propensities refuse.

    Notes
    -----
    Causal only if ``covariates`` hold all that drives both; `e_value` says how far they may not.
    Errors clustered by account; with "ipw" they take the weights as known: a little too wide
    (Lunceford & Davidian 2004, Statistics in Medicine 23). "aipw": mean of m_a - m_b + 1[L=a] (y -
    m_a) / p_a - 1[L=b] (y - m_b) / p_b over all offers (Robins, Rotnitzky & Zhao 1994, Journal of
    the American Statistical Association 89), m and p from models of the other accounts in five
    parts (cross-fitting, Chernozhukov et al. 2018), error from the same sum by account. No
    benchmark of level effects is published.
    """
    frame = checked_offers(renewals, level, covariates)
    _check_comparison(
        method, treated, control, floor, sorted(frame[level].unique(), key=str), level
    )
    weight, overlap = pd.Series(1.0, frame.index), pd.DataFrame()
    if method != "naive":
        inverse, overlap = _weights(
            frame, propensities(frame, covariates, level, squares), level, floor
        )
        weight = weight if method == "regression" else inverse
    mine = frame[frame[level].isin((treated, control))]
    weight, is_treated = weight[mine.index], mine[level] == treated
    balance, z = (
        _balance(mine, weight, covariates, is_treated),
        float(stats.norm.isf(tails(confidence)[0])),
    )
    if method == "aipw":
        known = [name for name in covariates if name != "gap"] if outcome is None else outcome
        scores = _augmented(
            renewals, frame, (treated, control), covariates, known, (level, squares, floor)
        )
        found, ratio = _doubly_robust(scores, frame["account_id"], z)
        return LevelEffect(method, *found, balance, overlap, ratio)
    if method == "regression":
        fit = renewal_model(renewals, covariates, level=level, half_life=half_life)
        estimate, error = _standardised(
            fit, renewals.assign(gap=price_gap(renewals)), (treated, control)
        )
    else:
        estimate, error = _difference(mine, weight, is_treated)
    half = z * error
    return LevelEffect(method, estimate, estimate - half, estimate + half, balance, overlap)


def survival_by_level(
    renewals: pd.DataFrame,
    *,
    level: str = "bond_level",
    since: pd.Timestamp | str | None = None,
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, float]:
    """What share of the accounts of each level has never refused, after so many offers or months?

    Parameters
    ----------
    renewals : DataFrame
        account_id, date, renewed and the level; an account counts at the level of its first offer.
    since : date, optional
        Clock in months from this day (offers before it are left out); by default the clock counts
        the account's offers.

    Returns
    -------
    (DataFrame, float)
        One row per level and time: level, time, at_risk, lost, kept (Kaplan-Meier share), low, high
        (log-log interval of Greenwood's variance; NaN while nobody or everybody is lost). And the
        p-value of the log-rank test (NaN with one level, or where all are lost at once).

    Raises
    ------
    ValueError
        No row, columns lacking, answers that are not 0 or 1, a missing date or level.

    Notes
    -----
    The event is the first offer refused; an account that never refused is censored at its last
    offer. Kaplan & Meier (1958), Journal of the American Statistical Association 53. Levels were
    not dealt out at random: the curves compare naively.
    """
    need_columns(renewals, ["account_id", "date", "renewed", level], "renewals")
    frame = renewals.assign(
        date=pd.to_datetime(renewals["date"], errors="coerce", format="ISO8601")
    ).sort_values(["date", "account_id"], kind="stable")
    if since is not None:
        frame = frame[frame["date"] >= pd.Timestamp(since)]
    bad = frame[["account_id", "date", level]].isna().any(axis=1) | ~frame["renewed"].isin([0, 1])
    if frame.empty or bad.any():
        found = (
            f"{bad.sum()} of {len(frame)} row(s) without a date, a {level} or an answer of 0 or 1"
        )
        raise ValueError(f"renewals: {found}; expected one complete row per offer, at least one")
    months = (
        (frame["date"] - pd.Timestamp(since)).dt.days / DAYS_PER_MONTH
        if since is not None
        else None
    )
    frame["clock"] = (
        frame.groupby("account_id").cumcount() + 1 if months is None else np.floor(months) + 1
    )
    lost = frame[frame["renewed"] == 0].groupby("account_id")["clock"].min()
    accounts = frame.groupby("account_id").agg(level=(level, "first"), last=("clock", "max"))
    accounts["event"] = accounts.index.isin(lost.index).astype(int)
    accounts["time"] = lost.reindex(accounts.index).fillna(accounts["last"])
    curves = pd.concat(
        [_survival(name, mine, tails(confidence)[0]) for name, mine in accounts.groupby("level")],
        ignore_index=True,
    )
    several = accounts["level"].nunique() > 1 and accounts["event"].any()
    p_value = np.nan
    if several:
        with contextlib.suppress(np.linalg.LinAlgError):  # where all of them are lost at once
            p_value = float(
                survdiff(accounts["time"], accounts["event"], accounts["level"].astype(str))[1]
            )
    return curves, p_value


def _survival(name: object, mine: pd.DataFrame, tail: float) -> pd.DataFrame:
    times, event = mine["time"].to_numpy(dtype=float), mine["event"].to_numpy()
    if not event.any():
        ends = np.unique(times)
        at_risk = [(times >= t).sum() for t in ends]
        return pd.DataFrame(
            {
                "level": name,
                "time": ends,
                "at_risk": at_risk,
                "lost": 0,
                "kept": 1.0,
                "low": np.nan,
                "high": np.nan,
            }
        )
    curve = SurvfuncRight(times, event)
    kept, z = curve.surv_prob, stats.norm.isf(tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(
            (kept > 0) & (kept < 1), z * curve.surv_prob_se / (kept * np.log(kept)), np.nan
        )
        low, high = kept ** np.exp(-spread), kept ** np.exp(spread)
    return pd.DataFrame(
        {
            "level": name,
            "time": curve.surv_times,
            "at_risk": curve.n_risk.astype(int),
            "lost": curve.n_events.astype(int),
            "kept": kept,
            "low": np.fmin(low, high),
            "high": np.fmax(low, high),
        }
    )
