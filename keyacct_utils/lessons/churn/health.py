"""A health score that is fitted, calibrated and tested on a year it has not seen, in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.churn.survival import _design, _quiet, bands, periods
from keyacct_utils.lessons.shared.amounts import at_least, fraction
from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, to_number

__all__ = ["HealthScore", "calibration", "first_calls", "health_score", "typed_in_score"]


#: A weight of one standard deviation beyond this is no estimate: the losses are all on one side.
STEEP = 5.0


@dataclass(frozen=True)
class HealthScore:
    """A fitted health score: what it weighs, and the chance that it gives."""

    covariates: tuple[str, ...]
    #: Log odds of leaving in one period: constant, bands of time since the start, covariates.
    weights: pd.Series
    step: float
    losses: int
    lines: int
    spread: pd.Series = field(repr=False)

    def chance(self, lines: pd.DataFrame, *, age: str = "age", horizon: float = 12.0) -> pd.Series:
        """Chance to leave within ``horizon`` months, for lines that run now.

        Parameters
        ----------
        lines : DataFrame with the covariates and ``age``, months since the start.

        Returns
        -------
        Series of fractions by the index of ``lines``; missing where a covariate is.

        Raises
        ------
        ValueError : missing columns, an age below 0 or missing, a horizon that is not above 0.
        """
        if not (np.isfinite(horizon) and horizon > 0):
            raise ValueError(f"horizon is {horizon!r}: expected months above 0")
        need_columns(lines, (*self.covariates, age), "lines")
        x = numeric_table(lines[list(self.covariates)], "lines") if len(lines) else lines
        months = to_number(lines[age], f"lines.{age}").to_numpy()
        if not np.isfinite(months).all() or (months < 0).any():
            raise ValueError(f"lines.{age} holds months that are missing or below 0")
        whole = horizon / self.step
        part = x[list(self.covariates)].to_numpy(dtype=float) @ self.weights[
            list(self.covariates)
        ].to_numpy(dtype=float)
        log_stay = np.zeros(len(lines))
        for number in range(int(np.ceil(whole - 1e-9))):
            share = min(1.0, whole - number)
            names = [name for name in self.weights.index if str(name).startswith("band_")]
            found = bands_of(months + number * self.step, names)
            odds = found @ self.weights[names].to_numpy(dtype=float) + part
            log_stay -= share * np.logaddexp(0.0, odds)
        return pd.Series(1 - np.exp(log_stay), index=lines.index, name="chance")


def bands_of(months: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The columns of `survival.bands`, those that were fitted."""
    table = bands(np.concatenate([months, [0.0, 13.0, 37.0]])).iloc[: len(months)]
    return np.asarray(table.reindex(columns=list(names), fill_value=0.0).to_numpy(dtype=float))


def health_score(
    lines: pd.DataFrame,
    covariates: Sequence[str],
    *,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    step: float = 3.0,
) -> HealthScore:
    """What should a health score (健康度评分) weigh, by what was followed by a loss?

    Parameters
    ----------
    lines : DataFrame, one row per line, as it was known on the day of the fit: ``duration``,
        ``event``, ``entry`` as in `survival.hazard_model`.
    covariates : names of columns that are known before a loss.
    step : months of one period.

    Returns
    -------
    HealthScore : its ``chance(lines)`` is a chance, so it can be compared with what happened
        (`calibration`), multiplied by money and added up. No weight is typed in.

    Raises
    ------
    ValueError : as `survival.hazard_model`.

    Notes
    -----
    Logit of leaving in one period of ``step`` months on the covariates and bands of time since the
    start (12 and 36 months); the chance over a horizon is one minus the product of staying in each
    of its periods.

    References
    ----------
    Allison 1982, Sociological Methodology 13; Lemmens & Gupta 2020, Marketing Science 39(5) (rank
    by the money that a call can save, not by the chance alone).
    """
    x, time, left, begun = _design(lines, covariates, duration, event, entry, None)
    rows, happened, _ = periods(time, left, begun, step)
    if not 0 < happened.sum() < len(happened):
        raise ValueError("event: no period with and without a loss; take a shorter step")
    centre = x.mean()
    scale = x.std(ddof=0)
    standard = ((x - centre) / scale).iloc[rows["line"]].reset_index(drop=True)
    constant = bands(rows["time"].to_numpy())
    # a band in which nobody left has no finite weight: it joins the first
    lost = constant.T.to_numpy() @ happened
    keep = [name for name, n in zip(constant, lost, strict=True) if name == "band_0" or n > 0]
    design = pd.concat([constant[keep], standard], axis=1)
    fit = _quiet(sm.GLM(happened, design.to_numpy(), family=sm.families.Binomial()).fit)
    found = pd.Series(np.asarray(fit.params), index=design.columns)
    error = pd.Series(np.asarray(fit.bse), index=design.columns)
    found[list(covariates)] = found[list(covariates)] / scale
    error[list(covariates)] = error[list(covariates)] / scale
    middle = found[list(covariates)].to_numpy(dtype=float) @ centre.to_numpy(dtype=float)
    found["band_0"] = found["band_0"] - middle
    slopes = np.asarray(fit.params)[-len(scale) :]
    if not np.isfinite(found.to_numpy()).all() or (np.abs(slopes) > STEEP).any():
        raise ValueError("covariates: no finite weight; the losses lie all on one side of one")
    return HealthScore(tuple(covariates), found, step, int(happened.sum()), len(lines), error)


def typed_in_score(
    lines: pd.DataFrame, weights: Mapping[str, float], *, worst: Mapping[str, str] | None = None
) -> pd.Series:
    """The health score of a dashboard whose weights somebody typed in.

    Parameters
    ----------
    lines : DataFrame with the columns that are weighed.
    weights : how much each counts, above 0 (their sum does not matter).
    worst : by column, "high" where more is worse (a price gap), "low" where less is; "high" where
        none is named.

    Returns
    -------
    Series by the index of ``lines``: points from 0 (each column at its worst here) to 100. It is no
        chance and is calibrated to nothing.

    Raises
    ------
    ValueError : no weight, one that is not above 0, missing columns, another ``worst``.
    """
    if not weights or any(not (np.isfinite(w) and w > 0) for w in weights.values()):
        raise ValueError("weights is empty or holds a weight that is not above 0")
    need_columns(lines, weights, "lines")
    worst = worst or {}
    if bad := [name for name, side in worst.items() if side not in ("high", "low")]:
        raise ValueError(f"worst of {bad[0]!r} is neither 'high' nor 'low'")
    whole = sum(weights.values())
    points = pd.Series(0.0, index=lines.index)
    for name, weight in weights.items():
        values = to_number(lines[name], f"lines.{name}")
        low, high = float(values.min()), float(values.max())
        good = (high - values) / (high - low) if high > low else values * 0 + 1.0
        points += weight / whole * (1 - good if worst.get(name, "high") == "low" else good)
    return (100 * points).rename("health")


def calibration(chance: pd.Series, happened: pd.Series, *, groups: int = 5) -> pd.DataFrame:
    """Do as many leave as the score says (校准)?

    Parameters
    ----------
    chance : foretold, fractions.
    happened : 1 left, 0 stayed, by the same index, in the months after.
    groups : of equal size, by the chance, the lowest first; fewer where chances are alike.

    Returns
    -------
    DataFrame by group: lines, foretold (mean chance), left, observed (share), low, high (95 %
        Wilson interval of that share).

    Raises
    ------
    ValueError : an empty list, other lengths, values outside 0 to 1.
    """
    at_least("groups", groups, 1)
    foretold = to_number(pd.Series(chance), "chance")
    came = to_number(pd.Series(happened), "happened").reindex(foretold.index)
    if not len(foretold) or came.isna().any() or foretold.isna().any():
        raise ValueError("chance and happened: expected a value in each for the same lines")
    if not (foretold.between(0, 1).all() and came.isin([0, 1]).all()):
        raise ValueError("chance lies outside 0 to 1, or happened holds other values than 0 and 1")
    rank = foretold.rank(method="first")
    part = np.minimum((rank - 1) * groups // len(foretold), groups - 1).astype(int)
    by = pd.DataFrame({"foretold": foretold, "left": came}).groupby(part)
    table = by.agg(lines=("left", "size"), foretold=("foretold", "mean"), left=("left", "sum"))
    table["left"] = table["left"].astype("int64")
    table["observed"] = table["left"] / table["lines"]
    low, high = proportion_confint(table["left"], table["lines"], method="wilson")
    table["low"], table["high"] = np.clip(low, 0, 1), np.clip(high, 0, 1)
    table.index = pd.Index(range(1, len(table) + 1), name="group")
    return table


def first_calls(
    order: Mapping[str, pd.Series], lost: pd.Series, calls: int, *, saved: float = 1.0
) -> pd.DataFrame:
    """What would calling the first so many of each list have saved?

    Parameters
    ----------
    order : by name of the list, a number for each line, the most urgent highest.
    lost : money that each line lost in the months after (0 where it stayed), by the same index.
    calls : how many are called.
    saved : share of the loss that a call prevents, above 0 to 1; an assumption.

    Returns
    -------
    DataFrame by list: called, lost_lines (how many of them left), reached (their money), share (of
        all money lost), saved (money).

    Raises
    ------
    ValueError : fewer than one call, no list, a list that lacks lines, missing money.
    """
    at_least("calls", calls, 1)
    fraction("saved", saved)
    money = to_number(pd.Series(lost), "lost")
    if not order or not len(money) or money.isna().any():
        raise ValueError("order or lost is empty, or lost holds missing amounts")
    rows = {}
    for name, urgency in order.items():
        ranked = urgency.reindex(money.index)
        if ranked.isna().any():
            raise ValueError(f"order[{name!r}] lacks {int(ranked.isna().sum())} of the lines")
        first = ranked.sort_values(ascending=False, kind="stable").index[:calls]
        reached = float(money[first].sum())
        whole = float(money.sum())
        rows[name] = (
            len(first),
            int((money[first] > 0).sum()),
            reached,
            reached / whole if whole > 0 else np.nan,
            saved * reached,
        )
    columns = ["called", "lost_lines", "reached", "share", "saved"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("list")
