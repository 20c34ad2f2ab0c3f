"""Orders in time: stock that is pushed in at the end of a month, and orders above one's own
past.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import special, stats

from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, some, to_number

__all__ = [
    "RULES",
    "false_alarm_rate",
    "month_end_spike",
    "share_over_months",
    "unusual_orders",
    "usual_spread",
]

Rule = Literal["own_past", "six_months", "twice_12", "thrice_12"]
RULES: tuple[Rule, ...] = get_args(Rule)
#: Months that a rule looks back; of them so many with orders, or nothing is said.
WINDOW, HIGHEST_OF, FEWEST_WITH_ORDERS = 12, 6, 6
#: Months without which a share has no interval.
FEWEST_OF_A_SHARE = 3
#: Pairs of months without which nobody is said to load.
FEWEST_PAIRS = 12
#: Dates of fewer days of the month than this are dates of bills, not of orders.
FEWEST_DAYS = 5
#: A peak of less than this above an even share changes no decision; points of the month.
PEAK = 0.10
LEVEL = 0.05
MAD_SCALE, NOISE = 1.4826, 1e-9
Z_LIMIT = 5.0
#: Simulated buyers to whom nothing happens.
SIMULATED = 20_000
EVEN, INVOICED, LOADED, UNTOLD = "even", "late bills", "loading", "cannot be told"
KINDS = (LOADED, INVOICED, EVEN, UNTOLD)


def _workdays(first: pd.Period, last: pd.Period, calendar: pd.DataFrame | None) -> pd.DatetimeIndex:
    """Working days from the first month to the last: Monday to Friday where no calendar says."""
    days = pd.date_range(first.start_time, last.end_time.normalize(), freq="D")
    worked = pd.Series(days.day_of_week < 5, index=days)
    if calendar is not None and len(calendar):
        known = pd.Series(
            calendar["workday"].to_numpy(dtype=float) == 1, index=pd.DatetimeIndex(calendar["date"])
        )
        known = known[known.index.isin(days)]
        worked.loc[known.index] = known.to_numpy()
    return days[worked.to_numpy()]


def _ends(days: pd.DatetimeIndex, last: int) -> pd.DataFrame:
    """By month: the first of its last so many working days, and the part of its days they are."""
    month = days.to_period("M")
    rows = pd.Series(days, index=month).groupby(level=0)
    return pd.DataFrame(
        {
            "from": rows.apply(lambda found: found.iloc[-min(last, len(found))]),
            "even": rows.apply(lambda found: min(last, len(found)) / len(found)),
        }
    )


def _slope(tail: np.ndarray, total: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """How much less is ordered in the next month for each unit of the last days of this one, both
    in units of the level of their time; with its interval.
    """
    months = np.arange(len(total))
    level = np.exp(
        np.polyval(np.polyfit(months, np.log(np.maximum(total, total.mean() / 100)), 1), months)
    )
    x, y = tail[:-1] / level[:-1], total[1:] / level[1:]
    if x.std() < NOISE or len(x) < FEWEST_PAIRS:
        return np.nan, np.nan, np.nan
    fit = stats.linregress(x, y)
    reach = float(stats.t.ppf((1 + confidence) / 2, len(x) - 2)) * float(fit.stderr)
    return float(fit.slope), float(fit.slope) - reach, float(fit.slope) + reach


def share_over_months(
    part: np.ndarray | pd.Series, whole: np.ndarray | pd.Series, confidence: float = 1 - LEVEL
) -> tuple[float, float, float]:
    """Which share of all months together is the part, and how far would other months move it?

    Parameters
    ----------
    part, whole : arrays, one value per month
    confidence : float
        Of the interval, between 0 and 1.

    Returns
    -------
    tuple : share, low, high; both ends missing for fewer than three months

    Raises
    ------
    ValueError
        Where the lengths differ, a value is missing, or the whole is not above 0.

    Notes
    -----
    The share is a ratio of two sums; its standard error is the linearised one,
    sqrt(n / (n - 1) sum (part - share whole)^2) / sum whole, with Student's t (Cochran 1977,
    Sampling Techniques, ch. 6). Where each part lies between 0 and its whole, the ends are taken
    on the scale of log odds, so that they lie between 0 and 1 too.
    """
    tail, total = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    if tail.shape != total.shape or not np.isfinite(tail).all() or not np.isfinite(total).all():
        raise ValueError("part and whole: expected one number for each month in both, none missing")
    if not total.sum() > 0:
        raise ValueError("whole adds up to 0 or less: no share of it")
    share, n = float(tail.sum() / total.sum()), len(total)
    if n < FEWEST_OF_A_SHARE:
        return share, np.nan, np.nan
    error = np.sqrt(n / (n - 1) * ((tail - share * total) ** 2).sum()) / total.sum()
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * float(error)
    if 0 < share < 1 and (tail >= 0).all() and (tail <= total).all():  # a part of a whole
        odds, reach = float(special.logit(share)), reach / (share * (1 - share))
        return share, float(special.expit(odds - reach)), float(special.expit(odds + reach))
    return share, share - reach, share + reach


def month_end_spike(
    orders: pd.DataFrame, calendar: pd.DataFrame | None = None, last: int = 5, peak: float = PEAK
) -> pd.DataFrame:
    """Who orders at the end of the month, and is it stock that is missing in the next one (屯货)?

    Parameters
    ----------
    orders : DataFrame
        who, date, amount (units or money, of either sign).
    calendar : DataFrame, optional
        date, workday (1 or 0); else Monday to Friday.
    last : int
        Working days that count as the end of a month.
    peak : float
        A peak of less than this changes no decision: points of the month above an even share (0.1
        is ten).

    Returns
    -------
    DataFrame
        By who: months, share (of the last days), low, high, even (their share of the working days),
        slope (change of the next month for a unit of the last days), slope_low, slope_high, judged:
        "even", "late bills", "loading" or "cannot be told".

    Raises
    ------
    ValueError
        For no order, missing dates, or a number of days that is no whole number from 1 to 15.

    Notes
    -----
    A peak alone accuses nobody: who writes all bills on the last day has one too. Loaded stock is
    sold later, so the next month orders less: a slope of -1 takes all of it back, one of 0 none.
    A peak is told where the share's interval lies above an even share; it is loading where the
    slope's interval lies below 0 too. "even" is told where the share's interval ends below an even
    share plus ``peak``. Intervals are of 95 % for all of ``who`` together (Bonferroni). A trend is
    taken out; a season that all months share makes the slope larger, which accuses nobody.
    """
    need_columns(orders, ("who", "date", "amount"), "orders")
    if not len(orders):
        raise ValueError("orders has 0 rows: check the period")
    if isinstance(last, bool) or not isinstance(last, int | np.integer) or not 1 <= last <= 15:
        raise ValueError(f"last is {last!r}: expected a whole number of working days, 1 to 15")
    if not 0 <= peak < 1:
        raise ValueError(f"peak is {peak!r}: expected a fraction of the month, 0.1 for ten points")
    rows = orders.assign(
        date=pd.to_datetime(orders["date"]), amount=to_number(orders["amount"], "orders.amount")
    )
    if (bad := rows[["who", "date", "amount"]].isna().any(axis=1)).any():
        raise ValueError(
            f"orders: {int(bad.sum())} row(s) lack who, date or amount; drop them or fill them"
        )
    rows["month"] = rows["date"].dt.to_period("M")
    ends = _ends(_workdays(rows["month"].min(), rows["month"].max(), calendar), last)
    late = rows["date"] >= rows["month"].map(ends["from"])
    rows["tail"] = rows["amount"].where(late, 0.0)
    wide = rows.groupby(["who", "month"])[["amount", "tail"]].sum()
    dated = rows["date"].dt.day.nunique() >= FEWEST_DAYS
    names = list(dict.fromkeys(wide.index.get_level_values(0)))
    confidence = 1 - LEVEL / len(names)
    found = {name: _judged(wide.loc[name], ends["even"], confidence, peak, dated) for name in names}
    table = pd.DataFrame.from_dict(found, orient="index").rename_axis("who")
    return table.astype({"months": "int64"})


def _judged(
    one: pd.DataFrame, even: pd.Series, confidence: float, peak: float, dated: bool
) -> dict[str, object]:
    """What the months of one say."""
    one = one[one["amount"] > 0]
    if not len(one):
        nothing = dict.fromkeys(
            ("share", "low", "high", "even", "slope", "slope_low", "slope_high"), np.nan
        )
        return {"months": 0, **nothing, "judged": UNTOLD}
    total, tail = one["amount"].to_numpy(dtype=float), one["tail"].to_numpy(dtype=float)
    usual = float((even.reindex(one.index).to_numpy() * total).sum() / total.sum())
    share, low, high = share_over_months(tail, total, confidence)
    months = pd.period_range(one.index.min(), one.index.max(), freq="M")
    whole = one.reindex(months).fillna(0.0)
    slope, slope_low, slope_high = np.nan, np.nan, np.nan
    if len(months) > FEWEST_PAIRS:
        slope, slope_low, slope_high = _slope(
            whole["tail"].to_numpy(dtype=float), whole["amount"].to_numpy(dtype=float), confidence
        )
    judged = UNTOLD
    if dated and len(one) >= FEWEST_PAIRS and np.isfinite(slope) and np.isfinite(low):
        if low > usual:
            judged = LOADED if slope_high < 0 else INVOICED
        elif high <= usual + peak:
            judged = EVEN
    return {
        "months": len(one), "share": share, "low": low, "high": high, "even": usual,
        "slope": slope, "slope_low": slope_low, "slope_high": slope_high, "judged": judged,
    }  # fmt: skip


def _scale(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and robust standard deviation of the months with orders, along the last axis."""
    with np.errstate(all="ignore"):
        middle = np.nanmedian(logs, axis=-1)
        return middle, MAD_SCALE * np.nanmedian(np.abs(logs - middle[..., None]), axis=-1)


def _limits(past: np.ndarray, rule: Rule, z: float, floor: float) -> np.ndarray:
    """The limit that each row's twelve months set for the next; missing where they tell nothing."""
    past = np.maximum(past, 0.0)
    if rule == "six_months":
        highest = past[:, -HIGHEST_OF:].max(axis=1)
        return np.where(highest > 0, highest, np.nan)
    if rule != "own_past":
        mean = past.mean(axis=1)
        return np.where(mean > 0, (2 if rule == "twice_12" else 3) * mean, np.nan)
    enough = (past > 0).sum(axis=1) >= FEWEST_WITH_ORDERS
    logs = np.full(past.shape, np.nan)
    np.log(past, out=logs, where=past > 0)
    limits = np.full(len(past), np.nan)
    if enough.any():
        middle, scale = _scale(logs[enough])
        limits[enough] = np.exp(middle + z * np.maximum(scale, floor))
    return limits


def _floor(values: np.ndarray) -> float:
    """The spread of `usual_spread`, of an array."""
    spreads = []
    for row in values:
        logs = np.log(row[row > 0])
        if len(logs) >= FEWEST_WITH_ORDERS:  # changes from order to order: a trend is not in them
            steps = np.diff(logs)
            spreads.append(MAD_SCALE * float(np.median(np.abs(steps - np.median(steps)))))
    return float(np.median(spreads)) / np.sqrt(2) if spreads else 0.0


def usual_spread(monthly: pd.DataFrame) -> float:
    """How much do the months of a usual buyer vary around their own level?

    Parameters
    ----------
    monthly : DataFrame, rows who, columns months in order
        As in `unusual_orders`.

    Returns
    -------
    float
        Median over the buyers with six months of orders of the robust standard deviation of the
        logarithm, taken from the changes between one order and the next (a trend is not in them);
        0 where there are no such buyers. `unusual_orders` grants everybody this much: twelve months
        measure the own spread badly.

    Raises
    ------
    ValueError
        For a table without rows, or text in it.
    """
    return _floor(np.maximum(numeric_table(monthly, "monthly").to_numpy(dtype=float), 0.0))


def unusual_orders(
    monthly: pd.DataFrame, rule: Rule = "own_past", z: float = Z_LIMIT, since: str = ""
) -> pd.DataFrame:
    """Which months lie above what the buyer's own past makes likely?

    Parameters
    ----------
    monthly : DataFrame, rows who, columns months in order
        Units (or money) ordered in each month; 0 where nothing was. Amounts below zero count as 0.
    rule : str
        "own_past": above exp(median + z x robust standard deviation) of the logarithms of the
        twelve months before. "six_months": above the highest of the six months before. "twice_12",
        "thrice_12": above two or three times the mean of the twelve months before.
    z : float
        Robust standard deviations, for "own_past".
    since : str
        First month to judge, as it stands in the columns; all that have twelve months before them
        by default.

    Returns
    -------
    DataFrame
        who, month, amount, limit, times (amount over the median of the twelve months before, or
        missing), flagged: one row for each month that could be judged.

    Raises
    ------
    ValueError
        For an unknown rule, a z of 0 or less, a table without rows, missing values, or months that
        do not stand in order.

    Notes
    -----
    The three rules beside ours are methods that a former inspector named and an expert reckoned in
    the litigation on opioids (McCann 2019: highest month of the six before, twice and three times
    the mean of the twelve before). The report then counts every later order of that buyer too,
    until somebody has asked, which is not done here.

    References
    ----------
    McCann, C. J. (2019), Expert report, In re National Prescription Opiate Litigation, MDL 2804
    (N.D. Ohio), doc. 1999-13. The rules as listed by the Washington Post's R package arcos,
    vignette on the detection of suspicious orders.
    """
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}: use one of {', '.join(RULES)}")
    if not z > 0:
        raise ValueError(f"z is {z!r}: expected a number above 0, such as 5")
    table = numeric_table(monthly, "monthly")
    values = table.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        gaps = table.index[~np.isfinite(values).all(axis=1)]
        raise ValueError(
            f"monthly: missing or endless values of {some(gaps)}; a month without orders is 0"
        )
    months = [str(month) for month in table.columns]
    if months != sorted(months) or len(set(months)) < len(months):
        raise ValueError("monthly: its columns are no months in order, each once (2024-01, ...)")
    floor = _floor(np.maximum(values, 0.0))
    parts = []
    for place in range(WINDOW, len(months)):
        if months[place] < since:
            continue
        past = values[:, place - WINDOW : place]
        limit = _limits(past, rule, z, floor)
        told = np.isfinite(limit)
        usual = np.median(past, axis=1)
        amount = values[:, place]
        parts.append(
            pd.DataFrame(
                {
                    "who": table.index[told],
                    "month": months[place],
                    "amount": amount[told],
                    "limit": limit[told],
                    "times": np.where(usual > 0, amount / np.where(usual > 0, usual, 1), np.nan)[
                        told
                    ],
                    "flagged": amount[told] > limit[told] * (1 + NOISE),
                }
            )
        )
    empty = pd.DataFrame(columns=["who", "month", "amount", "limit", "times", "flagged"])
    return pd.concat(parts, ignore_index=True) if parts else empty.astype({"flagged": bool})


@lru_cache(maxsize=64)
def false_alarm_rate(
    rule: Rule, spread: float, z: float = Z_LIMIT, quiet: float = 0.0, draws: int = SIMULATED
) -> float:
    """Of the months of a buyer to whom nothing happens, what share does a rule flag?

    Parameters
    ----------
    rule : str
        As in `unusual_orders`.
    spread : float
        Standard deviation of the logarithm of his months with orders.
    z : float
        For "own_past".
    quiet : float
        Part of the months in which he orders nothing, a fraction below 1.
    draws : int
        Buyers that are simulated.

    Returns
    -------
    float
        Of the months that "own_past" can judge (six of twelve with orders), whatever the rule.

    Raises
    ------
    ValueError
        For an unknown rule, a spread or z of 0 or less, or a part that is no fraction below 1.

    Notes
    -----
    Simulated: thirteen independent months, lognormal or quiet, the last judged by the twelve
    before. For "six_months" without quiet months it is 1/7 whatever the spread: of seven months one
    is the highest.
    """
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}: use one of {', '.join(RULES)}")
    if not spread > 0 or not z > 0:
        raise ValueError(f"spread is {spread!r} and z {z!r}: expected numbers above 0")
    if not 0 <= quiet < 1:
        raise ValueError(f"quiet is {quiet!r}: expected a fraction from 0 to below 1")
    rng = np.random.default_rng(0)
    drawn = np.exp(spread * rng.standard_normal((draws, WINDOW + 1)))
    drawn[rng.random(drawn.shape) < quiet] = 0.0
    drawn = drawn[(drawn[:, :-1] > 0).sum(axis=1) >= FEWEST_WITH_ORDERS]
    if not len(drawn):
        return float("nan")
    # a buyer of many: he is granted the usual spread
    return float((drawn[:, -1] > _limits(drawn[:, :-1], rule, z, spread)).mean())
