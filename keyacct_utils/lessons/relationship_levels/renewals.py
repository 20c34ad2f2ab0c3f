"""What a price gap does at each relationship level: the offers and the renewal model (续约模型).

An offer is one row: our price, the rival's price, the level at the time, renewed or not. The gap is
100 (1 - rival_price / our_price) percent of our price; it is negative where the rival is dearer.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, stats
from scipy.special import expit, logit
from statsmodels.discrete.discrete_model import Logit

from keyacct_utils.lessons.shared.amounts import Interval, tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

LEVEL_NAMES = {1: "financial", 2: "social", 3: "structural"}
#: A coefficient (of a column scaled to 1) with a larger variance than this is checked for
#: separation.
SUSPICIOUS_VARIANCE = 64.0
#: Limits of a fitted half-life in months.
HALF_LIFE_LIMITS = (1.0, 36.0)
#: Half-lives between them that the test of fading looks through, and draws of its null.
_LIVES, _DRAWS = 15, 5_000
_PRICES = ("our_price", "rival_price")
_AGE, _GAP, _NEW, _LIFE = "months_since_offer", "gap", "new offer", "half-life"


@dataclass(frozen=True)
class RenewalFit:
    """A fitted renewal model: see :func:`renewal_model`."""

    tolerance: pd.DataFrame
    slope: Interval
    value_effects: pd.DataFrame
    new_offer: Interval | None
    half_life: Interval | None
    level: str
    decaying: object
    confidence: float
    log_likelihood: float
    params: pd.Series = field(repr=False)
    cov: pd.DataFrame = field(repr=False)


def price_gap(renewals: pd.DataFrame) -> pd.Series:
    """By how many percent of our price does the rival undercut us? Negative where he is dearer.

    Raises
    ------
    ValueError
        Columns ``our_price`` or ``rival_price`` lacking, or prices that are no finite numbers above
        0.
    """
    need_columns(renewals, _PRICES, "renewals")
    prices = pd.DataFrame({name: to_number(renewals[name], f"renewals.{name}") for name in _PRICES})
    bad = (~(np.isfinite(prices) & (prices > 0))).any(axis=1)
    if bad.any():
        found = some(prices[bad].head().itertuples(index=False, name=None))
        raise ValueError(
            f"renewals: {bad.sum()} row(s) without a finite price "
            f"above 0 on both sides: {found}; repair or drop them"
        )
    return 100 * (1 - prices["rival_price"] / prices["our_price"])


def checked_offers(
    renewals: pd.DataFrame, level: str, covariates: Sequence[str] = ()
) -> pd.DataFrame:
    """The offers with their gap: ids, answers, levels and covariates present and finite, or a
    ValueError that names them.
    """
    need_columns(renewals, ["account_id", *_PRICES, "renewed", level, *covariates], "renewals")
    if renewals.empty:
        raise ValueError(
            "renewals has 0 rows: expected one row per offer; check the filter or the period"
        )
    frame = renewals[["account_id", level]].assign(gap=price_gap(renewals))
    for name in ("renewed", *covariates):
        frame[name] = to_number(renewals[name], f"renewals.{name}")
        if bad := int((~np.isfinite(frame[name])).sum()):
            raise ValueError(
                f"renewals.{name}: {bad} value(s) are missing "
                "or infinite; fill or drop these rows first"
            )
    if len(other := frame.loc[~frame["renewed"].isin([0, 1]), "renewed"]):
        raise ValueError(
            f"renewals.renewed: {len(other)} value(s) are not "
            f"0 or 1: {some(other)}; leave open offers out"
        )
    if bad := int(frame[["account_id", level]].isna().any(axis=1).sum()):
        raise ValueError(
            f"renewals: {bad} row(s) without account_id or "
            f"{level}; score_ties gives a level to every account"
        )
    return frame.reset_index(drop=True)


def separating(x: pd.DataFrame, y: np.ndarray) -> list[str]:
    """Which columns separate the answers perfectly, or nearly? Empty where the logit has a finite
    maximum.

    Notes
    -----
    Linear programme of Konis (2007, thesis, Oxford): maximise the sum of (2y-1) x b subject to
    (2y-1) x b >= 0, -1 <= b <= 1.
    """
    signed = x.to_numpy(dtype=float) * (2 * y - 1)[:, None]
    scaled = signed / np.abs(signed).max(axis=0).clip(min=np.finfo(float).tiny)
    found = optimize.linprog(
        -scaled.sum(axis=0), A_ub=-scaled, b_ub=np.zeros(len(y)), bounds=(-1, 1)
    )
    slack = 1e-6  # of HiGHS, which solves it
    return (
        [str(name) for name, b in zip(x.columns, found.x, strict=True) if abs(b) > slack]
        if found.fun < -slack
        else []
    )


def fit_logit(
    x: pd.DataFrame, y: np.ndarray, accounts: pd.Series
) -> tuple[pd.Series, pd.DataFrame, float]:
    """Logit of y on x: coefficients, their covariance clustered by account, log-likelihood; a
    ValueError where there is none.
    """
    codes, ids = pd.factorize(accounts)
    if len(np.unique(y)) < 2 or len(ids) < 2:
        found = f"{len(y)} offers of {len(ids)} account(s), {int(y.sum())} renewed"
        raise ValueError(
            f"renewals: {found}: a model needs offers won and lost, from 2 accounts or more"
        )
    scale = x.abs().max().clip(lower=np.finfo(float).tiny).to_numpy()
    values = x.to_numpy(dtype=float) / scale
    if np.linalg.matrix_rank(values.T @ values) < x.shape[1]:
        raise ValueError(
            f"the columns {some(x.columns)} depend on each other or do not vary: drop a covariate"
        )
    fit = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would say is checked below
        with contextlib.suppress(np.linalg.LinAlgError):
            fit = Logit(y, values).fit(
                disp=0, maxiter=100, cov_type="cluster", cov_kwds={"groups": codes}
            )
    if (
        fit is None
        or not fit.mle_retvals["converged"]
        or not np.diag(fit.normalized_cov_params).max() < SUSPICIOUS_VARIANCE
    ):
        if names := separating(x, y):
            way = "pool levels, drop the column, or collect offers on both sides"
            raise ValueError(
                f"renewed is separated perfectly by {some(names)}: "
                f"the logit has no finite estimate; {way}"
            )
        if fit is None or not fit.mle_retvals["converged"]:
            raise ValueError(
                f"the logit on {some(x.columns)} did not converge "
                f"with {len(y)} offers: drop a covariate"
            )
    return (
        pd.Series(fit.params / scale, x.columns),
        pd.DataFrame(fit.cov_params() / np.outer(scale, scale), x.columns, x.columns),
        float(fit.llf),
    )


def _design(
    frame: pd.DataFrame, names: Sequence[str], level: str, decaying: object, life: float | None
) -> pd.DataFrame:
    """The columns of the logit by their names in the fit; ``frame`` holds gap, level, the
    covariates and months if needed.
    """
    columns: dict[str, Any] = {}
    age = frame[_AGE] if life is not None else None
    for name in names:
        if name.startswith("level "):
            columns[name] = (frame[level].astype(str) == name.removeprefix("level ")).astype(float)
        elif name == _GAP:
            columns[name] = -frame["gap"]
        elif name in (_NEW, _LIFE) and age is not None and life is not None:
            kept = (frame[level] == decaying) * 0.5 ** (age / life)
            columns[name] = kept if name == _NEW else kept * np.log(2) * age / life**2
        else:
            columns[name] = frame[name]
    return pd.DataFrame(columns, index=frame.index).astype(float)


def _ratio(
    params: pd.Series, cov: pd.DataFrame, top: Sequence[str], z: float, less: Sequence[str] = ()
) -> Interval:
    """Sum of the named coefficients, less those in ``less``, over that of the gap, with its
    delta-method interval.
    """
    value = (params[list(top)].sum() - params[list(less)].sum()) / params[_GAP]
    gradient = pd.Series(0.0, index=params.index)
    gradient[list(top)] = 1 / params[_GAP]
    gradient[list(less)] = -1 / params[_GAP]
    gradient[_GAP] = -value / params[_GAP]
    half = z * math.sqrt(gradient.to_numpy() @ cov.to_numpy() @ gradient.to_numpy())
    return Interval(float(value), float(value - half), float(value + half))


def level_worth(fit: RenewalFit, level: object, other: object) -> Interval:
    """How many more points of gap does one level bear than another, with its interval?

    Raises
    ------
    ValueError
        For a level that the fit does not have.
    """
    if bad := [name for name in (level, other) if name not in fit.tolerance.index]:
        raise ValueError(f"levels: {some(bad)}: the model knows {some(fit.tolerance.index)}")
    z = float(stats.norm.isf(tails(fit.confidence)[0]))
    return _ratio(fit.params, fit.cov, [f"level {level}"], z, [f"level {other}"])


def _with_months(
    frame: pd.DataFrame, renewals: pd.DataFrame, half_life: object, level: str, decaying: object
) -> pd.DataFrame:
    """The offers with the months since the offer, checked where these matter."""
    if half_life != "fit" and not (isinstance(half_life, int | float) and 0 < half_life < np.inf):
        raise ValueError(f"half_life is {half_life!r}: expected months above 0, 'fit' or None")
    need_columns(renewals, [_AGE], "renewals")
    age = to_number(renewals[_AGE], f"renewals.{_AGE}").reset_index(drop=True)
    mine = frame[level] == decaying
    if not mine.any():
        raise ValueError(
            f"decaying is {decaying!r}, but no offer has that "
            f"{level}: it has {some(frame[level].unique())}"
        )
    if bad := int((mine & ~(age >= 0) | np.isinf(age)).sum()):
        raise ValueError(
            f"renewals.{_AGE}: {bad} value(s) are missing, negative "
            "or infinite; pass half_life=None without them"
        )
    return frame.assign(**{_AGE: age.fillna(0)})


def renewal_model(
    renewals: pd.DataFrame,
    covariates: Sequence[str] = (),
    *,
    level: str = "bond_level",
    half_life: float | Literal["fit"] | None = None,
    decaying: object = 1,
    confidence: float = 0.95,
) -> RenewalFit:
    """How large a price gap does each level bear before it is as likely to leave as to stay?

    Parameters
    ----------
    renewals : DataFrame, one row per offer
        account_id, our_price, rival_price, renewed (0/1), the level, the covariates;
        months_since_offer with ``half_life``.
    covariates : names of numeric columns in any unit; tolerances hold for an account with 0 in all
        of them.
    level : column of the level; any labels.
    half_life : months, "fit" or None
        With a number or "fit" the level ``decaying`` bears more while its offer is new: tolerance +
        extra * 0.5^(months / half_life), and its tolerance is that of the long run. "fit" estimates
        the half-life within 1 to 36 months.

    Returns
    -------
    RenewalFit
        tolerance (by level: tolerance, low, high in percent of our price; offers; renewed, a
        share), slope (percent points of gap per unit of log odds), value_effects (points of
        tolerance per unit of each covariate), new_offer (tolerance of
        ``decaying`` on its first day), half_life (its limits are NaN where it was given or ends at
        1 or 36 months).

    Raises
    ------
    ValueError
        No row; columns lacking; values missing or infinite; prices of 0 or less; answers all alike;
        fewer than 2 accounts; columns that depend on each other; perfect separation (a level that
        kept every offer); renewal that does not fall with the gap.

    Notes
    -----
    P(renewed) = logistic((tolerance[level] - gap + gamma x) / slope): S000-7a as a logit. Tolerance
    = coefficient of the level / that of -gap, delta-method interval, errors clustered by account
    (Liang & Zeger 1986, Biometrika 73). A half-life that is fitted widens all intervals, since its
    derivative stands in the model as a column. Berry & Parasuraman (1991) name the levels; no
    published benchmark says how much a level bears.
    """
    z, frame = (
        float(stats.norm.isf(tails(confidence)[0])),
        checked_offers(renewals, level, covariates),
    )
    names = [
        *(f"level {name}" for name in sorted(frame[level].unique(), key=str)),
        _GAP,
        *covariates,
    ]
    if half_life is not None:
        frame, names = _with_months(frame, renewals, half_life, level, decaying), [*names, _NEW]

    def fit_at(
        life: float | None, names: Sequence[str] = names
    ) -> tuple[pd.Series, pd.DataFrame, float]:
        return fit_logit(
            _design(frame, names, level, decaying, life),
            frame["renewed"].to_numpy(),
            frame["account_id"],
        )

    life = (
        None
        if half_life is None
        else Interval(np.nan if half_life == "fit" else float(half_life), np.nan, np.nan)
    )
    if half_life == "fit":
        life, names = _fitted_half_life(fit_at, names, z)
    params, cov, likelihood = fit_at(life.estimate if life else None, names)
    return _summary(frame, params, cov, likelihood, covariates, level, decaying, life, confidence)


def _summary(
    frame: pd.DataFrame,
    params: pd.Series,
    cov: pd.DataFrame,
    likelihood: float,
    covariates: Sequence[str],
    level: str,
    decaying: object,
    life: Interval | None,
    confidence: float,
) -> RenewalFit:
    """The coefficients as tolerances."""
    z, names, levels = (
        float(stats.norm.isf(tails(confidence)[0])),
        list(params.index),
        sorted(frame[level].unique(), key=str),
    )
    if params[_GAP] <= 0:
        raise ValueError(
            "renewals: renewal does not fall as the gap grows, "
            "so no tolerance is defined; are the prices swapped?"
        )
    counts = (
        frame.groupby(level)["renewed"]
        .agg(["size", "mean"])
        .set_axis(["offers", "renewed"], axis=1)
    )
    found = [_ratio(params, cov, [f"level {name}"], z) for name in levels]
    tolerance = (
        pd.DataFrame(found, pd.Index(levels, name=level))
        .set_axis(["tolerance", "low", "high"], axis=1)
        .join(counts)
    )
    effects = pd.DataFrame(
        [_ratio(params, cov, [name], z) for name in covariates],
        list(covariates),
        ["gamma", "low", "high"],
    )
    steep, half = (
        float(params[_GAP]),
        z * math.sqrt(float(cov.to_numpy()[names.index(_GAP), names.index(_GAP)])),
    )
    slope = Interval(1 / steep, 1 / (steep + half), 1 / (steep - half) if steep > half else np.inf)
    new = _ratio(params, cov, [f"level {decaying}", _NEW], z) if life else None
    return RenewalFit(
        tolerance, slope, effects, new, life, level, decaying, confidence, likelihood, params, cov
    )


def _fitted_half_life(
    fit_at: Callable[..., tuple[pd.Series, pd.DataFrame, float]], names: list[str], z: float
) -> tuple[Interval, list[str]]:
    """The half-life of the highest likelihood, and the names of the columns with its derivative
    among them.
    """
    ends = tuple(np.log(HALF_LIFE_LIMITS))
    best = optimize.minimize_scalar(
        lambda log: -fit_at(float(np.exp(log)))[2], bounds=ends, options={"xatol": 0.01}
    )
    life = float(np.exp(best.x))
    if (
        min(abs(best.x - end) for end in ends) < 0.05
    ):  # at a limit the likelihood has no maximum inside
        return Interval(life, np.nan, np.nan), names
    params, cov, _ = fit_at(life, [*names, _LIFE])
    half = z * math.sqrt(float(np.diag(cov)[-1])) / abs(params[_NEW]) / life
    return Interval(life, life * float(np.exp(-half)), life * float(np.exp(half))), [*names, _LIFE]


def fading_p(
    renewals: pd.DataFrame,
    covariates: Sequence[str] = (),
    *,
    level: str = "bond_level",
    decaying: object = 1,
    seed: int = 0,
) -> float:
    """Could chance alone make a level's tolerance seem to change with the age of its offers?

    Parameters
    ----------
    renewals, covariates, level, decaying : as in :func:`renewal_model`; months_since_offer is
        needed at the level ``decaying``.

    Returns
    -------
    float
        p-value, above 0.

    Raises
    ------
    ValueError
        What :func:`renewal_model` refuses.

    Notes
    -----
    Without fading there is no half-life, so a likelihood ratio at the half-life that fits best is
    no chi-square of 1 degree of freedom: it is the largest of many. The statistic is the largest
    squared score, over half-lives from 1 to 36 months, of the column of the extra in the model
    without it, each by its variance clustered by account. Its null is drawn with normal
    multipliers, one per account, the same for all half-lives.

    References
    ----------
    Hansen (1996), Inference when a nuisance parameter is not identified under the null hypothesis,
    Econometrica 64(2), 413-430.
    """
    frame = checked_offers(renewals, level, covariates)
    names = [*(f"level {x}" for x in sorted(frame[level].unique(), key=str)), _GAP, *covariates]
    frame = _with_months(frame, renewals, "fit", level, decaying)
    null = _design(frame, names, level, decaying, None)
    params, _, _ = fit_logit(null, frame["renewed"].to_numpy(), frame["account_id"])
    lives = np.geomspace(*HALF_LIFE_LIMITS, _LIVES)
    extra = np.column_stack(
        [_design(frame, [_NEW], level, decaying, float(life)).to_numpy()[:, 0] for life in lives]
    )
    x = null.to_numpy()
    chance = expit(x @ params.to_numpy())
    weighted = x * (chance * (1 - chance))[:, None]
    # what of each column the model without it does not hold already
    left = extra - x @ np.linalg.lstsq(weighted.T @ x, weighted.T @ extra, rcond=None)[0]
    parts = left * (frame["renewed"].to_numpy() - chance)[:, None]
    scores = pd.DataFrame(parts).groupby(frame["account_id"].to_numpy()).sum().to_numpy()
    scores = scores[:, (left**2).sum(axis=0) > 1e-12 * (extra**2).sum(axis=0)]
    if not scores.shape[1]:  # all offers of one age: nothing to see
        return 1.0
    unit = scores / np.sqrt((scores**2).sum(axis=0))
    seen = float((unit.sum(axis=0) ** 2).max())
    draws = np.random.default_rng(seed).normal(size=(_DRAWS, len(unit))) @ unit
    return float((1 + ((draws**2).max(axis=1) >= seen).sum()) / (1 + _DRAWS))


def offer_design(
    fit: RenewalFit, offers: pd.DataFrame, level: object | None = None
) -> pd.DataFrame:
    """The columns of a fit for other offers, at their own level or all at ``level``; raises what
    :func:`renewal_chance` does.
    """
    frame = offers.copy()
    if level is not None:
        frame = frame.assign(**{fit.level: level})  # type: ignore[arg-type]
    numeric = ["gap", *fit.value_effects.index, *([_AGE] if fit.half_life else [])]
    need_columns(frame, [*numeric, fit.level], "offers")
    if unknown := set(frame[fit.level].astype(str)) - {str(name) for name in fit.tolerance.index}:
        raise ValueError(
            f"offers.{fit.level} holds {some(sorted(unknown))}: "
            f"the model knows {some(fit.tolerance.index)}"
        )
    for name in numeric:
        frame[name] = to_number(frame[name], f"offers.{name}")
    if bad := int((~np.isfinite(frame[numeric])).any(axis=1).sum()):
        raise ValueError(
            f"offers: {bad} row(s) with a missing or infinite "
            f"value in {some(numeric)}; fill or drop them"
        )
    life = fit.half_life.estimate if fit.half_life else None
    return _design(frame, list(fit.params.index), fit.level, fit.decaying, life)


def renewal_chance(
    fit: RenewalFit, offers: pd.DataFrame, level: object | None = None
) -> pd.DataFrame:
    """How likely is each offer to be renewed, at its own level or at another?

    Parameters
    ----------
    fit : RenewalFit
    offers : DataFrame with gap (percent of our price), the level unless ``level`` is given, the
        covariates of the fit, and months_since_offer if the fit has a half-life.
    level : a level of the fit, for all offers.

    Returns
    -------
    DataFrame, index of ``offers``
        chance, low, high: shares with the pointwise interval of the fit.

    Raises
    ------
    ValueError
        Columns lacking, values that are no finite numbers, a level that the fit does not have.
    """
    x = offer_design(fit, offers, level).to_numpy()
    odds, z = x @ fit.params.to_numpy(), stats.norm.isf(tails(fit.confidence)[0])
    half = z * np.sqrt(np.einsum("ij,ij->i", x @ fit.cov.to_numpy(), x))
    return pd.DataFrame(
        {"chance": expit(odds), "low": expit(odds - half), "high": expit(odds + half)},
        index=offers.index,
    )


def renewal_share(
    fit: RenewalFit, offers: pd.DataFrame, gaps: ArrayLike, level: object | None = None
) -> pd.DataFrame:
    """Which share of some offers would be renewed, were all made at the same gap?

    Parameters
    ----------
    fit : RenewalFit
    offers : DataFrame with account_id and what :func:`renewal_chance` takes, except for the gap:
        each offer keeps its own account value and its own age.
    gaps : percent of our price.
    level : a level of the fit, for all offers; by default each has its own.

    Returns
    -------
    DataFrame, one row per gap
        gap, share, low, high.

    Raises
    ------
    ValueError
        No offer, or what :func:`renewal_chance` raises.

    Notes
    -----
    Standardisation (the parametric g-formula): the mean of the chances. It is not the chance of the
    account of mean value: where accounts differ, the mean falls more gradually with the gap. The
    error has two parts, that of the coefficients (delta method) and, clustered by account, that of
    which accounts are there; the interval is laid on the logit, so it stays within 0 and 1.

    References
    ----------
    Robins (1986), Mathematical Modelling 7. Muller and MacLehose (2014), Estimating predicted
    probabilities from logistic regression, International Journal of Epidemiology 43(3).
    """
    if offers.empty:
        raise ValueError("offers: none, so no share of them")
    z = float(stats.norm.isf(tails(fit.confidence)[0]))
    rows = []
    for gap in np.atleast_1d(np.asarray(gaps, dtype=float)):
        x = offer_design(fit, offers.assign(gap=gap), level).to_numpy()
        chance = expit(x @ fit.params.to_numpy())
        share = float(chance.mean())
        gradient = (chance * (1 - chance)) @ x / len(x)
        spread = pd.Series(chance - share).groupby(offers["account_id"].to_numpy()).sum() / len(x)
        error = math.sqrt(gradient @ fit.cov.to_numpy() @ gradient + float((spread**2).sum()))
        inside = share * (1 - share)
        half = z * error / inside if inside > 0 else 0.0
        rows.append((gap, share, *expit(logit(share) + np.array([-half, half]))))
    return pd.DataFrame(rows, columns=["gap", "share", "low", "high"])
