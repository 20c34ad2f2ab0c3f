"""How long do they stay, and what makes them leave: survival with lines that still run and lines
that were there before anybody watched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from keyacct_utils.lessons.shared.amounts import tails
from keyacct_utils.lessons.shared.checks import need_columns, numeric_table

__all__ = [
    "LogRank",
    "cumulative_incidence",
    "hazard_model",
    "kaplan_meier",
    "log_rank",
    "proportional_test",
    "survival_at",
]

Floats = npt.NDArray[np.float64]
#: Losses for each covariate below which no model is fitted.
LOSSES_EACH = 5
#: A logarithm of a hazard ratio beyond this is no estimate: the losses are all on one side.
WILD = 15.0
#: Accounts below which nothing is said of lines that leave together.
FEWEST_CLUSTERS = 20
#: A survival below this is none.
DUST = 1e-14


def _times(
    durations: ArrayLike, event: ArrayLike | None, entry: ArrayLike | None, status: str = "event"
) -> tuple[Floats, npt.NDArray[Any], Floats | None]:
    """Durations, event and entry as arrays that fit together, or a ValueError that says why not."""
    time = np.asarray(durations, dtype=float)
    if time.ndim != 1 or not len(time):
        raise ValueError("durations is empty or no list: expected one duration for each line")
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError(
            "durations holds values that are missing or below 0: an end lies before its start, or "
            "a date is missing"
        )
    happened = np.asarray(event)
    if happened.shape != time.shape:
        raise ValueError(f"{status} has {happened.size} entries, durations {len(time)}")
    if status == "event":
        flags = pd.Series(happened)
        if flags.isna().any() or not flags.isin([0, 1, True, False]).all():
            raise ValueError("event holds other values than 0 and 1: 1 is left, 0 is still there")
        happened = flags.to_numpy().astype(int)
    if entry is None:
        return time, happened, None
    begun = np.asarray(entry, dtype=float)
    if begun.shape != time.shape:
        raise ValueError(f"entry has {begun.size} entries, durations {len(time)}")
    if not np.isfinite(begun).all() or (begun < 0).any() or (begun >= time).any():
        raise ValueError(
            "entry holds values that are missing, below 0, or not below the duration: a line is "
            "watched for some time before it ends, or it is left out"
        )
    return time, happened, begun


def kaplan_meier(
    durations: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which share is still there after a time (Kaplan-Meier, 生存曲线)?

    Parameters
    ----------
    durations : time from the start to the end, or to the last day seen (months, say), 0 or more.
    event : 1 where it left, 0 where it was still there on the last day (censored).
    entry : time at which it came under watch, where that is later than its start: what left before
        nobody saw. Only from then on does it count as one that could have left.
    confidence : level of the intervals, point by point.

    Returns
    -------
    DataFrame by time (the times at which somebody left): at_risk, left, survival, low, high
        (shares). Its ``attrs["median"]`` is the time by which half have left, infinite where fewer
        have. Without any loss it has no row. Limits are missing where all have left.

    Raises
    ------
    ValueError : an empty list; durations below 0 or missing; lists of other lengths; an entry that
        is not before the duration.

    Notes
    -----
    S(t) = product over times t_i <= t of (1 - d_i / n_i), with d_i that left of n_i at risk.
    Variance by Greenwood; limits on the scale log(-log S), which keeps them between 0 and 1.

    References
    ----------
    Kaplan & Meier 1958, Journal of the American Statistical Association 53; Kalbfleisch & Prentice
    2002, The Statistical Analysis of Failure Time Data.
    """
    time, left, begun = _times(durations, event, entry)
    columns = ["at_risk", "left", "survival", "low", "high"]
    if not left.any():
        table = pd.DataFrame(columns=columns, dtype=float)
        table.attrs["median"] = np.inf
        return table.rename_axis("time")
    fit = SurvfuncRight(time, left, entry=begun)
    spread = np.asarray(fit.surv_prob_se)
    # once all that were at risk have left the product is 0 and stays so; the library leaves dust
    surv = np.where(np.asarray(fit.surv_prob) < DUST, 0.0, fit.surv_prob)
    wide = stats.norm.isf(tails(confidence)[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = wide * spread / (surv * np.abs(np.log(surv)))
        low, high = surv ** np.exp(reach), surv ** np.exp(-reach)
    sound = (surv > 0) & (surv < 1)
    data = {
        "at_risk": np.asarray(fit.n_risk, dtype=int),
        "left": np.asarray(fit.n_events, dtype=int),
        "survival": surv,
        "low": np.where(sound, low, np.nan),
        "high": np.where(sound, high, np.nan),
    }
    table = pd.DataFrame(data, index=pd.Index(fit.surv_times, name="time"), columns=columns)
    half = table.index[table["survival"] <= 0.5 + 1e-12]
    table.attrs["median"] = float(half[0]) if len(half) else np.inf
    return table


def survival_at(curve: pd.DataFrame, time: float) -> tuple[float, float, float]:
    """The share that is still there at a time, with its limits, from `kaplan_meier`; all before
    the first loss, and then without limits.
    """
    before = curve[curve.index <= time]
    if not len(before):
        return 1.0, np.nan, np.nan
    last = before.iloc[-1]
    return float(last["survival"]), float(last["low"]), float(last["high"])


@dataclass(frozen=True)
class LogRank:
    """A test of groups: its statistic, degrees of freedom and p-value; observed and expected."""

    statistic: float
    df: int
    p: float
    table: pd.DataFrame


def log_rank(
    durations: ArrayLike, event: ArrayLike, group: ArrayLike, entry: ArrayLike | None = None
) -> LogRank:
    """Do the groups stay equally long (log-rank test, 对数秩检验)?

    Parameters
    ----------
    durations, event, entry : as in `kaplan_meier`.
    group : name of the group of each line; at least two groups.

    Returns
    -------
    LogRank : chi-squared statistic with (groups - 1) degrees of freedom, p-value; table by group:
        lines, left.

    Raises
    ------
    ValueError : as `kaplan_meier`; a missing group; fewer than two groups; nobody left; a group
        that is never watched together with the others.

    References
    ----------
    Mantel 1966, Cancer Chemotherapy Reports 50; Peto & Peto 1972, Journal of the Royal Statistical
    Society A 135.
    """
    time, left, begun = _times(durations, event, entry)
    names = pd.Series(np.asarray(group, dtype=object))
    if len(names) != len(time):
        raise ValueError(f"group has {len(names)} entries, durations {len(time)}")
    if names.isna().any():
        raise ValueError("group holds missing names: leave these lines out, or name them")
    names = names.astype(str)
    if names.nunique() < 2:
        raise ValueError(f"group has {names.nunique()} group: a comparison needs two or more")
    if not left.any():
        raise ValueError("event holds no loss: where nobody left no group left sooner")
    try:
        statistic, p = survdiff(time, left, names.to_numpy(), entry=begun)
    except np.linalg.LinAlgError:
        raise ValueError(
            "group: one of the groups was never watched together with another, so they cannot be "
            "compared; join small groups"
        ) from None
    by = pd.DataFrame({"group": names, "left": left}).groupby("group")["left"]
    counted = pd.DataFrame({"lines": by.size(), "left": by.sum()})
    return LogRank(float(statistic), int(names.nunique() - 1), float(p), counted)


def cumulative_incidence(
    durations: ArrayLike, cause: ArrayLike, entry: ArrayLike | None = None
) -> pd.DataFrame:
    """Which share has left for each cause after a time, where leaving for one cause rules out the
    others (累积发生率)?

    Parameters
    ----------
    durations, entry : as in `kaplan_meier`.
    cause : name of the cause; missing (or 0, or an empty text) where it is still there.

    Returns
    -------
    DataFrame by time (the times at which somebody left), one column per cause, in the order of
        names (shares). Together with the survival they add up to 1.

    Raises
    ------
    ValueError : as `kaplan_meier`; no loss at all.

    Notes
    -----
    F_k(t) = sum over times t_i <= t of S(t_i-) d_ki / n_i (Aalen-Johansen). One minus the
    Kaplan-Meier curve that takes all other causes for censored is larger: it asks what would be if
    those that failed in business could still have gone to the rival.

    References
    ----------
    Aalen & Johansen 1978, Scandinavian Journal of Statistics 5; Putter, Fiocco & Geskus 2007,
    Statistics in Medicine 26.
    """
    reasons = pd.Series(np.asarray(cause, dtype=object))
    gone = reasons.notna() & ~reasons.isin([0, ""])
    time, left, begun = _times(durations, gone.to_numpy().astype(int), entry)
    if not left.any():
        raise ValueError("cause names no loss: where nobody left there is no incidence")
    curve = kaplan_meier(time, left, begun)
    before = curve["survival"].shift(fill_value=1.0) / curve["at_risk"]
    lost = pd.crosstab(time[gone], reasons[gone].astype(str).to_numpy())
    found = lost.reindex(curve.index).fillna(0).mul(before, axis=0).cumsum()
    return found.rename_axis(index="time", columns=None)


def _design(
    lines: pd.DataFrame,
    covariates: Sequence[str],
    duration: str,
    event: str,
    entry: str | None,
    units: Mapping[str, float] | None,
) -> tuple[pd.DataFrame, Floats, npt.NDArray[Any], Floats | None]:
    if not covariates:
        raise ValueError("covariates is empty: name at least one column")
    need_columns(lines, (*covariates, duration, event, *([entry] if entry else [])), "lines")
    time, left, begun = _times(
        lines[duration].to_numpy(), lines[event].to_numpy(), lines[entry] if entry else None
    )
    x = numeric_table(lines[list(covariates)], "lines")
    if not np.isfinite(x.to_numpy()).all():
        raise ValueError(
            "lines: a covariate is missing or not finite in some rows; leave these rows out"
        )
    for name, size in (units or {}).items():
        if name not in x:
            raise ValueError(f"units names {name!r}; the covariates are {', '.join(covariates)}")
        if not size > 0:
            raise ValueError(f"units[{name!r}] is {size!r}: expected a number above 0")
        x[name] = x[name] / size
    if still := [str(name) for name in x if np.ptp(x[name].to_numpy()) == 0]:
        raise ValueError(f"lines: {', '.join(still)} is the same for all; leave it out")
    if np.linalg.matrix_rank(x.to_numpy() - x.to_numpy().mean(axis=0)) < x.shape[1]:
        raise ValueError("covariates: one follows from the others; leave one of them out")
    if left.sum() < LOSSES_EACH * x.shape[1]:
        raise ValueError(
            f"event: {int(left.sum())} losses are too few for {x.shape[1]} covariates; at least "
            f"{LOSSES_EACH} for each are needed"
        )
    return x, time, left, begun


def hazard_model(
    lines: pd.DataFrame,
    covariates: Sequence[str],
    *,
    method: Literal["cox", "logit"] = "cox",
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    cluster: str | None = None,
    units: Mapping[str, float] | None = None,
    step: float = 3.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How many times as often does a line leave with one unit more of something (hazard ratio,
    风险比)?

    Parameters
    ----------
    lines : DataFrame, one row per line: ``duration`` (months), ``event`` (1 left, 0 still there),
        the covariates (numbers known before the end) and, where lines were there before anybody
        watched, ``entry`` (months from the start until then).
    covariates : names of columns. At least 5 losses are needed for each.
    method : "cox", proportional hazards, in which the time since the start may do what it likes; or
        "logit", the chance to leave within the next ``step`` months, by bands of that time.
    cluster : column that names what belongs together (the account): standard errors then allow
        lines of one account to leave together.
    units : size of one unit by covariate, such as {"price_gap": 5}; 1 where none is named.
    step : months of one period of "logit".

    Returns
    -------
    DataFrame by covariate: log_ratio, se, ratio, low, high (hazard ratios; odds ratios of one
        period with "logit", which are close to them while few leave in a period), p.

    Raises
    ------
    ValueError : missing columns; covariates that are missing, constant, or follow from each other;
        too few losses; losses that lie all on one side of a covariate.

    Notes
    -----
    Cox: h(t | x) = h_0(t) exp(b x), ties by Efron; with ``entry`` a line is at risk only from then
    on. Logit: log odds of leaving in a period = a band of time since the start + b x; periods that
    nobody watched to the end are left out.

    References
    ----------
    Cox 1972, Journal of the Royal Statistical Society B 34; Efron 1977, JASA 72; Allison 1982,
    Sociological Methodology 13; Lin & Wei 1989, JASA 84 (errors by account).
    """
    if method not in ("cox", "logit"):
        raise ValueError(f"method is {method!r}: use 'cox' or 'logit'")
    x, time, left, begun = _design(lines, covariates, duration, event, entry, units)
    together = None
    if cluster is not None:
        need_columns(lines, (cluster,), "lines")
        together = pd.factorize(lines[cluster])[0]
        if together.max() + 1 < FEWEST_CLUSTERS:
            raise ValueError(
                f"cluster: all lines belong to {together.max() + 1} of them; errors that allow "
                f"lines to leave together need {FEWEST_CLUSTERS} or more"
            )
    if method == "cox":
        beta, se = _cox(x, time, left, begun, together)
    else:
        rows, happened, _ = periods(time, left, begun, step)
        design = pd.concat(
            [bands(rows["time"].to_numpy()), x.iloc[rows["line"]].reset_index(drop=True)], axis=1
        )
        groups = None if together is None else together[rows["line"]]
        beta, se = _logit(design, happened, groups)
        beta, se = beta[-x.shape[1] :], se[-x.shape[1] :]
    if not (np.isfinite(beta).all() and np.isfinite(se).all()) or (np.abs(beta) > WILD).any():
        raise ValueError(
            "covariates: no finite ratio; the losses lie all on one side of one of them"
        )
    wide = stats.norm.isf(tails(confidence)[0])
    with np.errstate(over="ignore"):
        limits = {"low": np.exp(beta - wide * se), "high": np.exp(beta + wide * se)}
    data = {"log_ratio": beta, "se": se, "ratio": np.exp(beta), **limits}
    data["p"] = 2 * stats.norm.sf(np.abs(beta / se))
    return pd.DataFrame(data, index=pd.Index(list(covariates), name="covariate"))


def _quiet(fit: Any, **options: Any) -> Any:
    """A fit whose failure is an error and not a warning."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", HessianInversionWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return fit(**options)
        except (np.linalg.LinAlgError, ValueError):
            raise ValueError(
                "covariates: no finite ratio; the losses lie all on one side of one of them"
            ) from None


def _cox(
    x: pd.DataFrame,
    time: Floats,
    left: npt.NDArray[Any],
    begun: Floats | None,
    together: npt.NDArray[Any] | None,
) -> tuple[Floats, Floats]:
    centred = x.to_numpy() - x.to_numpy().mean(axis=0)
    model = PHReg(time, centred, status=left, entry=begun, ties="efron")
    fit = _quiet(model.fit, disp=0)
    spread = np.asarray(fit.bse, dtype=float)
    if together is not None:
        spread = _clustered(fit, together)
    return np.asarray(fit.params, dtype=float), spread


def _clustered(fit: Any, together: npt.NDArray[Any]) -> Floats:
    """Standard errors that allow lines of one account to leave together (Lin & Wei)."""
    inverse = np.asarray(fit.cov_params(), dtype=float)
    residuals = np.nan_to_num(np.asarray(fit.score_residuals, dtype=float))
    sums = pd.DataFrame(residuals).groupby(together).sum().to_numpy()
    accounts = len(sums)
    inside = sums.T @ sums * (accounts / max(1, accounts - 1))
    return np.asarray(np.sqrt(np.diag(inverse @ inside @ inverse)))


def periods(
    time: Floats, left: npt.NDArray[Any], begun: Floats | None, step: float
) -> tuple[pd.DataFrame, npt.NDArray[Any], npt.NDArray[Any]]:
    """One row per line and period of ``step`` months that was watched to its end, or in which the
    line left: its line and the months since the start; whether it left; and the line numbers.
    """
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"step is {step!r}: expected months above 0")
    first = np.zeros(len(time), int) if begun is None else np.ceil(begun / step - 1e-9).astype(int)
    last = np.where(left == 1, np.ceil(time / step - 1e-9), np.floor(time / step + 1e-9))
    last = np.maximum(last, np.where(left == 1, 1, 0)).astype(int)
    count = np.maximum(last - first, 0)
    line = np.repeat(np.arange(len(time)), count)
    number = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count) + first[line]
    happened = ((left[line] == 1) & (number == last[line] - 1)).astype(int)
    return pd.DataFrame({"line": line, "time": number * step}), happened, line


#: Months since the start at which the chance to leave may change.
BAND_EDGES = (12.0, 36.0)


def bands(time: npt.NDArray[Any], edges: Sequence[float] = BAND_EDGES) -> pd.DataFrame:
    """A constant and one column for each later band of time since the start that occurs."""
    band = np.searchsorted(edges, time, side="right")
    found = {"band_0": np.ones(len(time))}
    found |= {f"band_{n}": (band == n).astype(float) for n in range(1, len(edges) + 1)}
    table = pd.DataFrame(found)
    return table.loc[:, (table.iloc[:, :1].columns.tolist() + _mixed(table))]


def _mixed(table: pd.DataFrame) -> list[str]:
    """Bands that some rows are in and some are not."""
    return [str(name) for name in table.columns[1:] if 0 < table[name].sum() < len(table)]


def _logit(
    design: pd.DataFrame, happened: npt.NDArray[Any], groups: npt.NDArray[Any] | None
) -> tuple[Floats, Floats]:
    if not 0 < happened.sum() < len(happened):
        raise ValueError("event: no period with and without a loss; take a shorter step")
    model = sm.GLM(happened, design.to_numpy(), family=sm.families.Binomial())
    options = {} if groups is None else {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    fit = _quiet(model.fit, **options)
    return np.asarray(fit.params, dtype=float), np.asarray(fit.bse, dtype=float)


def proportional_test(
    lines: pd.DataFrame,
    covariates: Sequence[str],
    *,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    units: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Is a hazard ratio the same in the first month and after years, as the Cox model takes it?

    Parameters
    ----------
    lines, covariates, duration, event, entry, units : as in `hazard_model`.

    Returns
    -------
    DataFrame by covariate: correlation of its Schoenfeld residuals with the rank of time (-1 to 1;
        above 0 the effect grows with time), p.

    Raises
    ------
    ValueError : as `hazard_model`.

    References
    ----------
    Schoenfeld 1982, Biometrika 69; Grambsch & Therneau 1994, Biometrika 81.
    """
    x, time, left, begun = _design(lines, covariates, duration, event, entry, units)
    model = PHReg(time, x.to_numpy() - x.to_numpy().mean(axis=0), status=left, entry=begun)
    residuals = np.asarray(_quiet(model.fit, disp=0).schoenfeld_residuals)
    rows = {}
    for number, name in enumerate(covariates):
        known = (left == 1) & np.isfinite(residuals[:, number])
        rows[name] = stats.pearsonr(stats.rankdata(time[known]), residuals[known, number])[:2]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["correlation", "p"])
    return table.rename_axis("covariate")
