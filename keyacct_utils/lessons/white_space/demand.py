"""Next months' demand: a forecast beside the naive one, judged on months that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.checks import some

__all__ = [
    "Backtest",
    "LeadLag",
    "backtest",
    "client_bias",
    "critical_ratio",
    "forecast",
    "lead_lag",
    "mase",
    "pinball",
    "safety_stock",
    "sector_factor",
]

Floats = npt.NDArray[np.float64]
Method = Literal[
    "naive",
    "seasonal naive",
    "regression",
    "regression with sector factor",
    "regression with indicator",
    "indicator",
]
#: Months of a year: the season.
SEASON = 12
#: The least, the middle and the most that a forecast names: in between lie 80 % of all cases.
LEVELS = (0.1, 0.5, 0.9)
#: Degrees of freedom without which no regression is drawn.
FEWEST_LEFT = 6
NAIVE, SEASONAL, REGRESSION = "naive", "seasonal naive", "regression"
WITH_SECTOR = "regression with sector factor"
WITH_INDICATOR, INDICATOR = "regression with indicator", "indicator"
METHODS = (NAIVE, SEASONAL, REGRESSION, WITH_SECTOR, WITH_INDICATOR, INDICATOR)
#: Other accounts that a sector factor is the mean of, at the least.
FEWEST_OTHERS = 5
#: Correlations of fewer months say nothing of a lead.
FEWEST_PAIRS = 6


def _months(series: pd.Series | pd.DataFrame, argument: str) -> pd.DataFrame:
    """One column per series, one row per month, without gaps."""
    frame = series.to_frame("series") if isinstance(series, pd.Series) else series
    if not isinstance(frame, pd.DataFrame) or not frame.size:
        raise ValueError(f"{argument} is empty: expected one value per month")
    try:
        index = pd.PeriodIndex(frame.index, freq="M")
    except (TypeError, ValueError):
        raise ValueError(
            f"{argument} is indexed by {frame.index.dtype}: expected months, such as '2024-03'"
        ) from None
    frame = frame.set_axis(index).sort_index()
    whole = pd.period_range(frame.index[0], frame.index[-1], freq="M")
    if len(whole) != len(frame):
        gone = [str(month) for month in whole if month not in frame.index]
        raise ValueError(
            f"{argument}: months are missing or stand twice ({some(gone)}); put zero where nothing "
            "was sold"
        )
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        bad = frame.columns[~np.isfinite(values).all(axis=0)]
        raise ValueError(f"{argument} holds missing or infinite values ({some(bad)}): fill them")
    return pd.DataFrame(values, frame.index, frame.columns)


def _at_least(name: str, value: int, least: int, most: int | None = None) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}: expected a whole number of {least} or more")
    if most is not None and value > most:
        raise ValueError(f"{name} is {value}: these months allow {most} at most")
    return int(value)


def mase(
    actual: Sequence[float], predicted: Sequence[float], history: Sequence[float], season: int = 1
) -> float:
    """How large is the error beside that of the naive forecast within the history?

    Parameters
    ----------
    actual, predicted : values of the months that were forecast.
    history : the months before, which the forecast was made from.
    season : 1 for the naive forecast (the last value), 12 for the seasonal one of monthly values.

    Returns
    -------
    float : mean absolute error over the mean absolute step of the history; below 1 where it errs
        less than the naive forecast did within the history.

    Raises
    ------
    ValueError : nothing to compare, lengths that differ, a history of ``season`` values or fewer or
        one that never moves.

    References
    ----------
    Hyndman & Koehler 2006, International Journal of Forecasting 22, 679-688.
    """
    a, f, h = (np.asarray(x, dtype=float) for x in (actual, predicted, history))
    if not a.size or a.shape != f.shape:
        raise ValueError(f"actual has {a.size} values and predicted {f.size}: give the same months")
    return float(np.abs(a - f).mean() / _scale(h, _at_least("season", season, 1)))


def _scale(history: Floats, season: int) -> float:
    if len(history) <= season:
        raise ValueError(f"history has {len(history)} values: a season of {season} needs more")
    scale = float(np.abs(history[season:] - history[:-season]).mean())
    if not scale > 0:
        raise ValueError("history never moves: an error cannot be measured by its steps")
    return scale


def pinball(actual: Sequence[float], quantile: Sequence[float], level: float) -> float:
    """How good is a forecast that says "not above this, with a chance of ``level``"?

    Parameters
    ----------
    actual : values that came.
    quantile : the value that was said to be exceeded with a chance of 1 - level.
    level : between 0 and 1.

    Returns
    -------
    float : mean of level x (actual - quantile) where it came above, (1 - level) x (quantile -
        actual) where below; in the unit of the values, less is better.

    Raises
    ------
    ValueError : lengths that differ, nothing to compare, a level outside 0 to 1.

    References
    ----------
    Koenker & Bassett 1978; Gneiting & Raftery 2007, JASA 102.
    """
    fraction("level", level, one=False)
    a, f = np.asarray(actual, dtype=float), np.asarray(quantile, dtype=float)
    if not a.size or a.shape != f.shape:
        raise ValueError(f"actual has {a.size} values and quantile {f.size}: give the same months")
    over = a - f
    return float(np.maximum(level * over, (level - 1) * over).mean())


def _design(first: pd.Period, count: int, season: bool) -> Floats:
    """Level, trend and months of the year for so many months."""
    t = np.arange(count, dtype=float)
    columns = [np.ones(count), t / SEASON]
    if season:
        month = (first.month - 1 + np.arange(count)) % SEASON
        columns += [(month == m).astype(float) for m in range(1, SEASON)]
    return np.column_stack(columns)


def _stepped(y: Floats, horizon: int, season: int) -> Floats:
    """The last value, or that of a year ago, for the months ahead."""
    ahead = np.arange(horizon)
    return y[len(y) + ahead % season - season]


def _regressed(
    first: pd.Period, y: Floats, horizon: int, regressor: Floats | None, season: bool = True
) -> tuple[Floats, Floats]:
    """Least squares on trend, months of the year (from two years on) and the regressor; and how far
    its own error promises to reach (Student's t).
    """
    n, width = y.shape
    design = _design(first, n + horizon, season and n >= 2 * SEASON)[None]
    if regressor is None:
        return _solved(design, y)
    there = np.isfinite(regressor[:n])
    found, reach = np.empty((horizon, width)), np.empty((horizon, width))
    # series whose regressor is known in the same months are solved at once
    for mask in np.unique(there, axis=1).T:
        same = (there == mask[:, None]).all(axis=0)
        given = regressor[: n + horizon, same].T[:, :, None]
        x = np.concatenate([np.repeat(design, same.sum(), axis=0), given], axis=2)
        kept = np.concatenate([mask, np.ones(horizon, dtype=bool)])
        found[:, same], reach[:, same] = _solved(x[:, kept], y[mask][:, same])
    return found, reach


def _solved(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Least squares of each column of y on its rows of x (one for all, or one each); what follows
    for the rows of x beyond those of y, and how far its error reaches there.
    """
    n = len(y)
    old, new, z = x[:, :n], x[:, n:], y.T[:, :, None]
    turned = np.swapaxes(old, 1, 2)
    inner = np.linalg.pinv(turned @ old)
    beta = inner @ (turned @ z)
    left = np.maximum(1, n - np.linalg.matrix_rank(old))
    spread = np.sqrt(((z - old @ beta) ** 2).sum(axis=1) / left[:, None])
    far = np.sqrt(1 + np.einsum("gij,gjk,gik->gi", new, inner, new))
    reach = stats.t.ppf(LEVELS[-1], left)[:, None] * far * spread
    return (new @ beta)[:, :, 0].T, reach.T


def _point(
    first: pd.Period, y: Floats, horizon: int, method: str, given: Floats | None
) -> tuple[Floats, Floats]:
    """What a method says of the months ahead, and how far it promises to reach by itself."""
    if method in (NAIVE, SEASONAL):
        point = _stepped(y, horizon, 1 if method == NAIVE else SEASON)
        return point, np.zeros_like(point)
    if method == INDICATOR:
        assert given is not None
        point = given[len(y) : len(y) + horizon]
        return point, np.zeros_like(point)
    if method == WITH_SECTOR:
        assert given is not None
        known = given[: len(y)]
        ahead, _ = _regressed(first, known, horizon, None)
        return _regressed(first, y, horizon, np.vstack([known, ahead]), season=False)
    return _regressed(first, y, horizon, given if method == WITH_INDICATOR else None)


def _earliest(months: int, method: str) -> int:
    """The first origin from which a method is tried: one that has the season where it will have
    it."""
    if method == NAIVE:
        return 1
    if method == SEASONAL:
        return SEASON
    if method == INDICATOR:
        return 2
    terms = 2 + (method == WITH_INDICATOR) + FEWEST_LEFT
    return max(2 * SEASON, terms + SEASON - 1) if months >= 2 * SEASON else terms


class _Tried:
    """A method tried from every origin in the months; each series on its own scale (logarithms
    where all is above zero)."""

    def __init__(
        self, frame: pd.DataFrame, horizon: int, method: str, given: Floats | None, ends: range
    ) -> None:
        self.values = frame.to_numpy()
        self.log = bool((self.values > 0).all())
        y = np.log(self.values) if self.log else self.values
        if given is not None and self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                given = np.where(given > 0, np.log(given), np.nan)
        self.y, self.horizon = y, horizon
        made = {end: _point(frame.index[0], y[:end], horizon, method, given) for end in ends}
        self.points = {end: point for end, (point, _) in made.items()}
        self.reach = {end: reach for end, (_, reach) in made.items()}

    def past(self, end: int, ahead: int) -> Floats:
        """Errors so many months ahead that were known at an origin: origins x series."""
        rows = [
            self.y[at + ahead - 1] - self.points[at][ahead - 1]
            for at in self.points
            if at + ahead <= end
        ]
        found = np.array(rows).reshape(len(rows), self.y.shape[1])
        return found[np.isfinite(found).all(axis=1)]

    def told(self, end: int) -> Floats:
        """Levels x months ahead x series, in the unit of the series: the point, and as far to both
        sides as four fifths of the method's own past errors reach."""
        point = self.points[end]
        found = np.stack([point] * len(LEVELS))
        wide = np.zeros(self.y.shape[1])
        for step in range(self.horizon):
            errors = np.sort(np.abs(self.past(end, step + 1)), axis=0)
            # the place that holds its promise for a month that is none of these
            place = int(np.ceil(round((LEVELS[-1] - LEVELS[0]) * (len(errors) + 1), 9)))
            reach = errors[min(place, len(errors)) - 1] if len(errors) else np.zeros_like(wide)
            if place > len(errors):  # too few for a promise by themselves
                reach = np.maximum(reach, self.reach[end][step])
            # further ahead is never surer
            wide = np.maximum(wide, reach)
            found[0, step] -= wide
            found[-1, step] += wide
        if self.log:
            return np.exp(found)
        # what was never below zero is not foretold to be
        return np.maximum(found, 0.0) if (self.values >= 0).all() else found


def _possible(months: int, method: str) -> str:
    """Why a method cannot be used on so many months; empty where it can."""
    if method == SEASONAL and months <= SEASON:
        return f"the seasonal naive forecast needs more than {SEASON} months"
    if method == NAIVE and months < 3:
        return "the naive forecast needs 3 months, for its errors"
    terms = 2 + (SEASON - 1 if months >= 2 * SEASON else 0) + (method == WITH_INDICATOR)
    if method == WITH_SECTOR and months < 2 * SEASON:
        return f"a sector factor is foretold by its months of the year, from {2 * SEASON} months on"
    if method in (REGRESSION, WITH_INDICATOR) and months < terms + FEWEST_LEFT:
        return f"a regression needs {terms + FEWEST_LEFT} months"
    return ""


def forecast(
    series: pd.Series,
    horizon: int = 6,
    method: Method = "regression",
    indicator: pd.Series | None = None,
    factor: pd.Series | None = None,
) -> pd.DataFrame:
    """What will the next months bring, and how sure is that?

    Parameters
    ----------
    series : one value per month without gaps, indexed by month ("2024-03", a Period or a date).
    horizon : months ahead.
    method : "naive" (the last value stays), "seasonal naive" (the same month of a year ago),
        "regression" (trend and months of the year), "regression with sector factor" (trend and what
        the others of its sector do, in the place of its own months of the year), "regression with
        indicator" (trend, months of the year and something that is known for the months ahead),
        "indicator" (its word as it stands).
    indicator : by the month that it speaks of, up to the last month ahead: what a client said
        about March stands at March.
    factor : of the months of the series, as `sector_factor` makes it.

    Returns
    -------
    DataFrame by month ahead: low, middle, high: with a chance of 10, 50 and 90 % the month comes
    below it. The middle is the forecast.

    Raises
    ------
    ValueError : gaps, missing values, a horizon below 1, too few months for the method, an
        indicator that does not reach as far.

    Notes
    -----
    Where all values are above zero their logarithms are taken; where none is below zero, no level
    is either. Below two years there are no months of the year in the regression. The factor of the
    months ahead is not known: at each origin it is foretold by its own trend and months of the year
    up to there. Low and high reach as far as four fifths of the errors that the method would have
    made from earlier months, so many months ahead (split conformal): a band from
    the scatter around the line is too narrow wherever growth changes.

    References
    ----------
    S000-3c, S000-9f, S000-11b. Hyndman & Athanasopoulos, Forecasting: Principles and Practice;
    Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World.
    """
    frame = _months(series, "series")
    if frame.shape[1] != 1:
        raise ValueError(f"series has {frame.shape[1]} columns: one at a time")
    horizon = _at_least("horizon", horizon, 1)
    _known_method(method)
    if why := _possible(len(frame), method):
        raise ValueError(f"series has {len(frame)} months: {why}")
    ahead = pd.period_range(frame.index[-1] + 1, periods=horizon, freq="M")
    given = _given(method, indicator, factor, frame, ahead)
    ends = range(min(_earliest(len(frame), method), len(frame)), len(frame) + 1)
    found = _Tried(frame, horizon, method, given, ends).told(len(frame))[:, :, 0]
    return pd.DataFrame(found.T, index=ahead, columns=["low", "middle", "high"])


def _known_method(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method is {method!r}: there are {', '.join(map(repr, METHODS))}")


def _given(
    method: str,
    indicator: pd.Series | pd.DataFrame | None,
    factor: pd.Series | pd.DataFrame | None,
    frame: pd.DataFrame,
    ahead: pd.Index,
) -> Floats | None:
    """What a method takes besides the series: through the months ahead, or up to them."""
    if method in (INDICATOR, WITH_INDICATOR):
        return _reaching(indicator, frame, ahead)
    return _reaching(factor, frame, ahead[:0], "factor") if method == WITH_SECTOR else None


def sector_factor(
    panel: pd.DataFrame, sector: pd.Series, fewest: int = FEWEST_OTHERS
) -> pd.DataFrame:
    """What do the others of its sector buy, month by month?

    Parameters
    ----------
    panel : months x accounts, values above zero; all accounts that buy in every month.
    sector : by account.
    fewest : other accounts of the sector, below which (and where the sector is not known) all
        other accounts of the panel stand for it.

    Returns
    -------
    DataFrame months x accounts: geometric mean of the others. An account is never among its own.

    Raises
    ------
    ValueError : gaps, values of zero or less, a panel of too few accounts, a ``fewest`` below 1.

    References
    ----------
    S000-11b, S000-3c.
    """
    fewest = _at_least("fewest", fewest, 1)
    frame = _months(panel, "panel")
    if (frame <= 0).any().any():
        bad = frame.columns[(frame <= 0).any()]
        raise ValueError(f"panel: {some(bad)} holds values of zero or less; leave it out")
    if frame.shape[1] <= fewest:
        raise ValueError(
            f"panel has {frame.shape[1]} accounts: a factor needs {fewest} besides the account"
        )
    groups = sector.reindex(frame.columns).fillna("")
    size = groups.map(groups.value_counts()).to_numpy(dtype=int)
    alone = (size <= fewest) | (groups == "").to_numpy()
    logs = _logs(frame)
    sums = logs.T.groupby(groups).transform("sum").T
    sums.loc[:, alone] = logs.sum(axis=1).to_numpy()[:, None]
    others = np.where(alone, frame.shape[1], size) - 1
    return pd.DataFrame(np.exp((sums - logs) / others), frame.index, frame.columns)


def _reaching(
    indicator: pd.Series | pd.DataFrame | None,
    frame: pd.DataFrame,
    ahead: pd.Index,
    what: str = "indicator",
) -> Floats:
    if indicator is None:
        raise ValueError(f"{what} is not given: this method needs it, by the month it speaks of")
    given = indicator.to_frame("series") if isinstance(indicator, pd.Series) else indicator
    given = given.set_axis(pd.PeriodIndex(given.index, freq="M"))
    if gone := [name for name in frame if name not in given]:
        raise ValueError(f"{what} lacks {some(gone)}: give one column for each series")
    values = given.reindex(frame.index.append(ahead))[list(frame)].to_numpy(dtype=float)
    if not np.isfinite(values[len(frame) :]).all():
        raise ValueError(f"{what} does not reach the last month ahead: shorten the horizon")
    if np.isfinite(values[: len(frame)]).sum(axis=0).min() < FEWEST_LEFT:
        raise ValueError(f"{what} has fewer than {FEWEST_LEFT} months beside the series")
    return values


class Backtest(NamedTuple):
    """Forecasts made again at earlier dates, against what then came."""

    #: One row per method: mase, pinball, inside (share of months within low and high), forecasts.
    table: pd.DataFrame
    #: MASE by series and method.
    each: pd.DataFrame
    #: Errors (came less forecast) of single months: series, method, origin, ahead, actual, error.
    errors: pd.DataFrame
    horizon: int
    origins: int
    #: Methods that these months do not allow, and why.
    left_out: dict[str, str]
    #: Months of the steps that errors are measured by: 12 from year to year, 1 from month to month.
    season: int

    def at(self, ahead: int) -> Backtest:
        """The same of the forecasts for the last of so many months ahead alone: how well is the
        third month told, and not the next three on average?

        Raises
        ------
        ValueError : months ahead that were not forecast.
        """
        _at_least("ahead", ahead, 1, self.horizon)
        there = self.errors[self.errors["ahead"] == ahead]
        return _summed(there, list(self.table.index), *self[3:])


def backtest(
    series: pd.Series | pd.DataFrame,
    horizon: int = 3,
    origins: int = 12,
    methods: Sequence[Method] = ("regression",),
    indicator: pd.Series | pd.DataFrame | None = None,
    season: int | None = None,
    factor: pd.Series | pd.DataFrame | None = None,
) -> Backtest:
    """How well would the forecast have done, had it been made at earlier dates?

    Parameters
    ----------
    series : one column per series (a Series for one), one row per month without gaps.
    horizon : months ahead of each origin; table and each are means over all of them, from the
        first on. See `Backtest.at` for one of them.
    origins : dates from which it is forecast, one a month, the last so that all months ahead are
        known. Each sees the months up to itself and no later one.
    methods : besides the naive and the seasonal naive forecast, which always stand beside.
    indicator : as `forecast`, one column per series. It must have been known at the origin: what
        is said two months before is no help for a horizon of three.
    season : months of the steps that errors are measured by, 12 or 1; by default see Notes. Errors
        of different horizons can be compared only in the same steps.
    factor : as `forecast`, one column per series: each origin sees the months up to itself.

    Returns
    -------
    Backtest : table by method (mase; pinball, the mean of the levels 10, 50 and 90 %, scaled as the
        MASE; inside, the share of months within low and high, of which 80 % were promised), each
        (MASE by series), errors, horizon, origins, left_out.

    Raises
    ------
    ValueError : as `forecast`; more origins than the months allow; a series that never moves.

    Notes
    -----
    The scale of a series at an origin is its mean absolute change against the year before within
    the months seen (against the month before where these are fewer than two years).

    References
    ----------
    S000-3c. Hyndman & Koehler 2006; Tashman 2000, International Journal of Forecasting 16.
    """
    frame = _months(series, "series")
    horizon = _at_least("horizon", horizon, 1)
    most = len(frame) - horizon - 2
    if most < 1:
        raise ValueError(
            f"series has {len(frame)} months: a backtest {horizon} ahead needs {horizon + 3}"
        )
    origins = _at_least("origins", origins, 1, most)
    shortest = len(frame) - horizon - origins + 1
    every = dict.fromkeys((NAIVE, SEASONAL, *methods))
    for method in every:
        _known_method(method)
    left_out = {method: why for method in every if (why := _possible(shortest, method))}
    used = [method for method in every if method not in left_out]
    if not used:
        raise ValueError(f"series has {len(frame)} months: {next(iter(left_out.values()))}")
    season = _season(season, shortest)
    parts = []
    for method in used:
        given = _given(method, indicator, factor, frame.iloc[:-horizon], frame.index[-horizon:])
        ends = range(min(_earliest(shortest, method), shortest), shortest + origins)
        tried = _Tried(frame, horizon, method, given, ends)
        for end in range(shortest, shortest + origins):
            seen, came = frame.iloc[:end], frame.iloc[end : end + horizon]
            scale = _scales(seen, season)
            parts.append(_errors(seen.index[-1], method, came, tried.told(end), scale))
    errors = pd.DataFrame(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    )
    return _summed(errors, used, horizon, origins, left_out, season)


def _season(season: int | None, shortest: int) -> int:
    if season is None:
        return SEASON if shortest >= 2 * SEASON else 1
    if season not in (1, SEASON):
        raise ValueError(f"season is {season!r}: {SEASON} (year to year) or 1 (month to month)")
    if shortest <= season:
        raise ValueError(f"season is {season}: the first date sees {shortest} months, too few")
    return season


def _scales(seen: pd.DataFrame, season: int) -> Floats:
    steps = seen.to_numpy()
    scale = np.abs(steps[season:] - steps[:-season]).mean(axis=0)
    if (scale <= 0).any():
        raise ValueError(
            f"series: {some(seen.columns[scale <= 0])} never moves: an error cannot be measured by "
            "its steps"
        )
    return np.asarray(scale)


def _errors(
    origin: pd.Period, method: str, came: pd.DataFrame, told: Floats, scale: Floats
) -> dict[str, npt.NDArray[Any]]:
    actual = came.to_numpy()
    over = actual - told
    loss = np.mean(
        [np.maximum(q * e, (q - 1) * e) for q, e in zip(LEVELS, over, strict=True)], axis=0
    )
    horizon, width = actual.shape
    return {
        "series": np.tile(np.array(came.columns, dtype=object), horizon),
        "method": np.full(actual.size, method, dtype=object),
        "origin": np.full(actual.size, str(origin), dtype=object),
        "ahead": np.repeat(np.arange(1, horizon + 1), width),
        "actual": actual.ravel(),
        "error": over[LEVELS.index(0.5)].ravel(),
        "scaled": (np.abs(over[LEVELS.index(0.5)]) / scale).ravel(),
        "pinball": (loss / scale).ravel(),
        "inside": ((actual >= told[0]) & (actual <= told[-1])).ravel(),
    }


def _summed(
    errors: pd.DataFrame,
    used: list[str],
    horizon: int,
    origins: int,
    left_out: dict[str, str],
    season: int,
) -> Backtest:
    by = errors.groupby("method", sort=False)
    table = by.agg(
        mase=("scaled", "mean"),
        pinball=("pinball", "mean"),
        inside=("inside", "mean"),
        forecasts=("scaled", "size"),
    )
    each = errors.groupby(["series", "method"], sort=False)["scaled"].mean().unstack("method")
    each = each.loc[errors["series"].unique()]
    return Backtest(table.loc[used], each[used], errors, horizon, origins, left_out, season)


class LeadLag(NamedTuple):
    """How many months does one series run ahead of another?"""

    #: By lead in months (below zero: it comes after): correlation, low, high (95 %), series.
    table: pd.DataFrame
    best: int
    correlation: Interval
    #: Whether the best lead is surely better than the next best: the interval of the difference of
    #: the two correlations, over series, lies above zero.
    sure: bool


def _logs(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.log(frame.to_numpy()), frame.index, frame.columns)


def lead_lag(indicator: pd.DataFrame, outcome: pd.DataFrame, most: int = 6) -> LeadLag:
    """By how many months does what a client says run ahead of what it buys?

    Parameters
    ----------
    indicator, outcome : months x series, the same names; the months of the indicator are those in
        which it was known. Values above zero.
    most : leads from -most to most are tried.

    Returns
    -------
    LeadLag : correlation by lead, with its interval over series; the best lead; whether it is sure.

    Raises
    ------
    ValueError : no name in both, a ``most`` below 1, fewer months than two years and six, values of
        zero or less.

    Notes
    -----
    Growth against the same month of the year before (logarithms) is compared, within each series:
    levels go together at every lead, since large clients are large in all months and seasons come
    back. The interval is over series (Student's t on Fisher's z); one series gives none.

    References
    ----------
    S000-9f, S000-3h.
    """
    most = _at_least("most", most, 1)
    names = [name for name in outcome if name in indicator]
    if not names:
        raise ValueError("indicator and outcome share no name: give the same series in both")
    said, came = _months(indicator[names], "indicator"), _months(outcome[names], "outcome")
    for name, frame in (("indicator", said), ("outcome", came)):
        if (frame <= 0).any().any():
            bad = frame.columns[(frame <= 0).any()]
            raise ValueError(f"{name}: {some(bad)} holds values of zero or less; leave it out")
    x, y = (_logs(frame).diff(SEASON).dropna() for frame in (said, came))
    rows = {}
    for lead in range(-most, most + 1):
        moved = x.set_axis(x.index + lead)
        both = moved.index.intersection(y.index)
        if len(both) >= FEWEST_PAIRS:
            rows[lead] = moved.loc[both].corrwith(y.loc[both])
    if not rows:
        raise ValueError(
            f"outcome has {len(came)} months: growth on the year before needs "
            f"{SEASON + FEWEST_PAIRS} or more"
        )
    wide = pd.DataFrame(rows).T.dropna(axis=1)
    if not wide.shape[1]:
        raise ValueError("indicator or outcome: no series moves, so nothing goes together")
    z = pd.DataFrame(np.arctanh(wide.clip(-0.999999, 0.999999)), wide.index, wide.columns)
    middle = z.mean(axis=1)
    reach = _over_series(z)
    table = pd.DataFrame(
        {
            "correlation": np.tanh(middle),
            "low": np.tanh(middle - reach),
            "high": np.tanh(middle + reach),
            "series": wide.shape[1],
        }
    ).rename_axis("lead")
    order = np.argsort(-middle.to_numpy(), kind="stable")
    best = int(middle.index[int(order[0])])
    sure = False
    if len(order) > 1:
        gap = pd.DataFrame(z.to_numpy()[[order[0]]] - z.to_numpy()[[order[1]]])
        sure = bool((gap.mean(axis=1) > _over_series(gap)).iloc[0])
    row = [float(value) for value in table.to_numpy()[int(order[0]), :3]]
    return LeadLag(table, best, Interval(*row), sure)


def _over_series(z: pd.DataFrame) -> pd.Series:
    """Half the width of a 95 % interval of the mean over series, row by row."""
    n = z.shape[1]
    if n < 2:
        return pd.Series(np.nan, index=z.index)
    return z.std(axis=1) / np.sqrt(n) * float(stats.t.ppf(0.975, n - 1))


def client_bias(said: pd.DataFrame, came: pd.DataFrame, lead: int) -> pd.DataFrame:
    """By how much does each client overstate what it will buy?

    Parameters
    ----------
    said : months x clients, by the month in which it was said.
    came : months x clients, by the month in which it was bought; values above zero.
    lead : months from the word to the month that it is about.

    Returns
    -------
    DataFrame by client, who overstates most first: bias (fraction; 0.25: a quarter more than came),
    low, high (95 %), off (mean error of a month without its sign), months.

    Raises
    ------
    ValueError : no client in both, values of zero or less, fewer than 6 months of both, a lead
        below 0.

    Notes
    -----
    Mean logarithm of said over came, with Student's t over months; one less than its exponential.

    References
    ----------
    S000-9f.
    """
    lead = _at_least("lead", lead, 0)
    names = [name for name in came if name in said]
    if not names:
        raise ValueError("said and came share no name: give the same clients in both")
    x, y = _months(said[names], "said"), _months(came[names], "came")
    for name, frame in (("said", x), ("came", y)):
        if (frame <= 0).any().any():
            bad = frame.columns[(frame <= 0).any()]
            raise ValueError(f"{name}: {some(bad)} holds values of zero or less; leave it out")
    x = x.set_axis(x.index + lead)
    both = x.index.intersection(y.index)
    if len(both) < FEWEST_PAIRS:
        raise ValueError(f"said and came share {len(both)} months: {FEWEST_PAIRS} are needed")
    ratio = _logs(x.loc[both]) - _logs(y.loc[both])
    reach = _over_series(ratio.T)
    table = pd.DataFrame(
        {
            "bias": np.expm1(ratio.mean()),
            "low": np.expm1(ratio.mean() - reach),
            "high": np.expm1(ratio.mean() + reach),
            "off": np.expm1(ratio.abs().mean()),
            "months": len(both),
        }
    )
    return table.rename_axis("account_id").sort_values("bias", ascending=False, kind="stable")


def critical_ratio(under: float, over: float) -> float:
    """Which service level pays: the chance, not to run out, at which one unit more costs as much
    as it saves (newsvendor)?

    Parameters
    ----------
    under : lost by one unit too few (currency).
    over : lost by one unit too many.

    Returns
    -------
    float : under / (under + over).

    Raises
    ------
    ValueError : a cost of zero or less.

    References
    ----------
    Arrow, Harris & Marschak 1951, Econometrica 19; Chopra & Meindl, Supply Chain Management.
    """
    for name, value in (("under", under), ("over", over)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value!r}: a cost above 0")
    return under / (under + over)


def safety_stock(
    sigma: float,
    lead_time: float,
    service: float = 0.95,
    *,
    demand: float = 0.0,
    lead_time_sd: float = 0.0,
) -> float:
    """How much to hold beyond what is expected, so as not to run out?

    Parameters
    ----------
    sigma : standard deviation of the error of the forecast in one period (unit of the demand), not
        of the demand itself: what was foreseen needs no stock.
    lead_time : periods until a new delivery comes.
    service : chance not to run out until then, between 0 and 1.
    demand, lead_time_sd : mean demand of a period and standard deviation of the lead time, where
        deliveries come late too.

    Returns
    -------
    float : z sqrt(LT sigma^2 + demand^2 sd_LT^2), in the unit of the demand; below zero for a
        service under one half.

    Raises
    ------
    ValueError : a spread, demand or lead time below zero, a service that is no chance.

    Notes
    -----
    Errors of single periods that go together add up faster than with the root of the lead time:
    take the error of the sum over the lead time then, with a lead time of 1.

    References
    ----------
    S000-3e. Chopra & Meindl, Supply Chain Management, chapter on safety inventory.
    """
    fraction("service", service, one=False)
    for name, value in (
        ("sigma", sigma), ("lead_time", lead_time),
        ("demand", demand), ("lead_time_sd", lead_time_sd),
    ):  # fmt: skip
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value!r}: expected 0 or more")
    z = float(stats.norm.ppf(service))
    return float(z * np.sqrt(lead_time * sigma**2 + demand**2 * lead_time_sd**2))
