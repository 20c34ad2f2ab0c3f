"""Who is better, and who is lucky: shrinkage, funnels, a fair mix (收缩估计、漏斗图), N14."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "Shrinkage",
    "chance_of_best",
    "chance_to_attain",
    "expected_gain",
    "funnel_limits",
    "mix_adjusted",
    "pooled_variance",
    "shrink",
    "spread_limits",
]

#: Below so many units the spread between them cannot be told from what chance makes of equals.
FEWEST_UNITS = 4
Method = Literal["moments", "james_stein"]


class Shrinkage(NamedTuple):
    """What shrinkage makes of raw means."""

    #: By unit: mean, size, error (of the mean), weight, shrunk, low, high.
    table: pd.DataFrame
    #: To which value the means are drawn.
    centre: float
    #: Standard deviation of the true values, as estimated; 0 where chance explains all.
    spread: float


def _number(values: pd.Series | float, index: pd.Index, name: str) -> np.ndarray:
    series = values if isinstance(values, pd.Series) else pd.Series(values, index=index)
    if not series.index.is_unique or not index.isin(series.index).all():
        raise ValueError(f"{name} must name the same units as means, each once")
    found = to_number(series.reindex(index), name).to_numpy()
    if not np.isfinite(found).all():
        raise ValueError(f"{name} has values that are missing or endless: drop those units")
    return np.asarray(found, dtype=float)


def pooled_variance(values: pd.DataFrame) -> float:
    """How much does a unit vary around its own mean, from period to period?

    Parameters
    ----------
    values : units x periods; missing where a unit has no value.

    Returns
    -------
    float : sum of squares around each unit's mean over the periods less the units.

    Raises
    ------
    ValueError : no unit with two periods.
    """
    numbers = values.astype(float)
    counts = numbers.notna().sum(axis=1)
    freedom = int((counts - 1).clip(lower=0).sum())
    if freedom < 1:
        raise ValueError("values has no unit with two periods: how much each varies is unknown")
    around = numbers.sub(numbers.mean(axis=1), axis=0)
    return float((around**2).sum().sum()) / freedom


def _excess(spread2: float, x: np.ndarray, v: np.ndarray, expected: float) -> float:
    w = 1 / (v + spread2)
    return float(w @ (x - w @ x / w.sum()) ** 2) - expected


def _spread_of(x: np.ndarray, v: np.ndarray, expected: float) -> float:
    """Variance of the true values at which the weighted squares are what is expected of them, 0
    where chance alone makes so much: at units less one the estimate of Paule and Mandel (1982).
    """
    args = (x, v, expected)
    if _excess(0.0, *args) <= 0:
        return 0.0
    top = float(np.var(x, ddof=1)) + float(v.max())
    while _excess(top, *args) > 0:
        top *= 2
    return float(optimize.brentq(_excess, 0.0, top, args=args))


def shrink(
    means: pd.Series,
    variances: pd.Series | float,
    sizes: pd.Series | float,
    method: Method = "moments",
    confidence: float = 0.95,
    least: float = -np.inf,
) -> Shrinkage:
    """How good is each, once luck is taken out (经验贝叶斯收缩)?

    Parameters
    ----------
    means : raw mean by unit (manager, owner), in any unit of measure; at least four units.
    variances : variance of one observation, one number for all or one per unit, above zero.
    sizes : observations behind each mean, one number or one per unit, above zero.
    method : "moments" estimates the spread of the true values by Paule and Mandel and weighs each
        unit by its own error; "james_stein" is the estimator of Efron and Morris for equal errors.
    confidence : level of the intervals.
    least : below which none can lie (0 of a retention without returns): intervals end there.

    Returns
    -------
    Shrinkage : table (by unit: mean, size, error, weight, shrunk, low, high), centre, spread.

    Raises
    ------
    ValueError : fewer than four units, repeated or other units in variances or sizes, a variance or
        size of zero or less, missing values, errors that differ under "james_stein", a mean below
        ``least``.

    Notes
    -----
    shrunk = centre + weight (mean - centre), weight = spread^2 / (spread^2 + variance / size). The
    interval adds to the posterior variance what comes from an estimated centre and an estimated
    spread (Morris 1983); where the spread is estimated as zero it is that second part alone which
    keeps a unit apart. James-Stein: weight = 1 - (k - 3) v / sum (mean - centre)^2, at least 0.

    References
    ----------
    Efron & Morris 1975, JASA 70; Morris 1983, JASA 78; Paule & Mandel 1982, J. Res. NBS 87.
    """
    if not isinstance(means, pd.Series):
        raise ValueError(f"means is a {type(means).__name__}: expected a Series by unit")
    if len(means) < FEWEST_UNITS:
        raise ValueError(
            f"means has {len(means)} units: expected at least {FEWEST_UNITS}, since the spread "
            "between fewer cannot be told from luck"
        )
    if method not in ("moments", "james_stein"):
        raise ValueError(f"method is {method!r}: expected 'moments' or 'james_stein'")
    fraction("confidence", confidence, one=False)
    x = _number(means, means.index, "means")
    variance, size = (
        _number(values, means.index, name)
        for values, name in ((variances, "variances"), (sizes, "sizes"))
    )
    for name, found in (("variances", variance), ("sizes", size)):
        if (found <= 0).any():
            raise ValueError(f"{name} has a value of zero or less: drop that unit, or pool")
    if (x < least).any():
        raise ValueError(f"means has {x.min():g}, below least, {least:g}: where none can lie")
    v, k = variance / size, len(x)
    if method == "james_stein":
        if v.max() > v.min() * (1 + 1e-9):
            raise ValueError(
                "variances over sizes differ between units: James and Stein take equal errors; "
                "use method='moments'"
            )
        squares = float(((x - x.mean()) ** 2).sum())
        factor = max(0.0, 1 - (k - 3) * v[0] / squares) if squares > 0 else 0.0
        weight = np.full(k, factor)
        spread2 = factor * v[0] / (1 - factor) if factor < 1 else float(np.var(x, ddof=1))
    else:
        spread2 = _spread_of(x, v, k - 1)
        weight = spread2 / (spread2 + v)
    share = 1 / (v + spread2)
    centre = float(share @ x / share.sum())
    shrunk = centre + weight * (x - centre)
    around = (1 - weight) ** 2 / share.sum()
    unsure = 2 / (k - 3) * (1 - weight) ** 2 * (x - centre) ** 2
    reach = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(weight * v + around + unsure)
    table = pd.DataFrame(
        {
            "mean": x,
            "size": size,
            "error": np.sqrt(v),
            "weight": weight,
            "shrunk": shrunk,
            "low": np.maximum(shrunk - reach, least),
            "high": shrunk + reach,
        },
        index=means.index,
    )
    return Shrinkage(table, centre, float(np.sqrt(spread2)))


def spread_limits(found: Shrinkage, confidence: float = 0.95) -> tuple[float, float]:
    """Between which limits does the spread of the true values lie?

    Returns
    -------
    tuple : lower and upper limit, standard deviations; 0 where chance explains so much or more.

    Raises
    ------
    ValueError : a confidence that is no fraction.

    Notes
    -----
    The Q-profile: those spreads for which the weighted squares of ``shrink`` lie within the
    quantiles of their chi-squared distribution with units less one degrees of freedom.

    References
    ----------
    Viechtbauer 2007, Statistics in Medicine 26(1), 37-52.
    """
    fraction("confidence", confidence, one=False)
    x, v = found.table["mean"].to_numpy(), found.table["error"].to_numpy() ** 2
    tail, freedom = (1 - confidence) / 2, len(x) - 1
    most, least = (float(stats.chi2.ppf(q, freedom)) for q in (1 - tail, tail))
    return float(np.sqrt(_spread_of(x, v, most))), float(np.sqrt(_spread_of(x, v, least)))


def expected_gain(
    spread: float, error: float, units: int, books: int = 400, random_state: int = 0
) -> float:
    """How much nearer to the truth are shrunken means, on average over many simulated books?

    Parameters
    ----------
    spread, error : standard deviation of the true values, and of a raw mean around its own.
    units : units of a book, at least four.
    books, random_state : simulated books, seed.

    Returns
    -------
    float : mean over the books of the root mean squared error of the shrunken means over that of
        the raw ones; below one is a gain.

    Raises
    ------
    ValueError : a spread below zero, an error of zero or less, fewer than four units or one book.

    Notes
    -----
    One book is no judge: with 24 units the ratio is above 0.85 in about one book of four where its
    mean is 0.79.
    """
    if not spread >= 0 or not error > 0 or units < FEWEST_UNITS or books < 1:
        raise ValueError(
            f"spread {spread!r}, error {error!r}, units {units!r}, books {books!r}: expected 0 or "
            f"more, above 0, at least {FEWEST_UNITS}, at least 1"
        )
    rng = np.random.default_rng(random_state)
    ratios = np.empty(books)
    for book in range(books):
        truth = rng.normal(0, spread, units)
        raw = truth + rng.normal(0, error, units)
        # equal errors: Paule and Mandel's spread is what the variance of the means leaves
        left = max(0.0, float(np.var(raw, ddof=1)) - error**2)
        weight = left / (left + error**2)
        shrunk = raw.mean() + weight * (raw - raw.mean())
        ratios[book] = np.sqrt(((shrunk - truth) ** 2).mean() / ((raw - truth) ** 2).mean())
    return float(ratios.mean())


def chance_of_best(found: Shrinkage, draws: int = 4000, random_state: int = 0) -> pd.Series:
    """How likely is each unit the best of all, after shrinkage?

    Returns
    -------
    Series by unit, fractions that add up to 1, the likeliest first. Where the spread is estimated
        as zero, all are equal.

    Raises
    ------
    ValueError : fewer than one draw.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}: expected 1 or more")
    table = found.table
    if found.spread == 0:
        return pd.Series(1 / len(table), index=table.index, name="best")
    rng = np.random.default_rng(random_state)
    deviation = (table["weight"] * table["error"] ** 2) ** 0.5
    drawn = rng.normal(table["shrunk"], deviation, (draws, len(table)))
    counts = np.bincount(drawn.argmax(axis=1), minlength=len(table)) / draws
    best = pd.Series(counts, index=table.index, name="best")
    return best.sort_values(ascending=False, kind="stable")


def chance_to_attain(
    past: pd.DataFrame, sales: pd.Series, target: pd.Series, rest: pd.DataFrame, goal: float = 1.0
) -> pd.DataFrame:
    """How likely does each reach the target of the year, seen from within it (目标达成概率)?

    Parameters
    ----------
    past : attainment (sales over target, fractions) of units x periods that are over; of the year
        and, if there are any, before it. At least four units and two periods, without gaps.
    sales : by unit, sales of the year so far (currency).
    target : by unit, target of the whole year (currency), above zero.
    rest : targets (currency) of units x periods that are still to come, which are known.
    goal : part of the target that has to be reached, above zero.

    Returns
    -------
    DataFrame by unit: so_far (sales over the target of the whole year), needed (attainment that the
        rest has to have), expected (shrunken mean of the past), error (of the attainment of the
        rest around it), chance.

    Raises
    ------
    ValueError : units that differ between the arguments, gaps, targets that are not above zero, a
        past that never varies (see ``pooled_variance`` and ``shrink``).

    Notes
    -----
    The attainment of a period is normal around the unit's own mean, with the variance s^2 that all
    share. Of the mean the posterior of ``shrink`` is known, with variance v. The rest, with shares
    w of its target, has the mean of the posterior and the variance v + s^2 sum w^2; chance is
    that of needed or more by t of the degrees of freedom of s^2. A unit with nothing to come has
    a chance of 0 or 1. A trend, or a target that was moved after a look, is in none of it.

    References
    ----------
    Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., 5.4.
    """
    if not goal > 0:
        raise ValueError(f"goal is {goal!r}: expected a part of the target above 0; all of it is 1")
    if past.isna().any().any():
        raise ValueError("past has gaps: keep the units that are known in each period")
    whole = _number(target, past.index, "target")
    done = _number(sales, past.index, "sales")
    if not (rest.index.is_unique and past.index.isin(rest.index).all()):
        raise ValueError("rest must name the same units as past, each once")
    ahead = rest.reindex(past.index).to_numpy(dtype=float)
    if not np.isfinite(ahead).all() or (ahead <= 0).any() or (whole <= 0).any():
        raise ValueError("target and rest: expected amounts above 0, without gaps")
    variance = pooled_variance(past)
    found = shrink(past.mean(axis=1), variance, past.shape[1])
    reach = stats.norm.ppf(0.975)
    posterior = ((found.table["high"] - found.table["shrunk"]) / reach).to_numpy() ** 2
    table = pd.DataFrame({"so_far": done / whole}, index=past.index)
    if not ahead.shape[1]:
        table["needed"] = table["expected"] = table["error"] = np.nan
        return table.assign(chance=(table["so_far"] >= goal - 1e-12).astype(float))
    to_come = ahead.sum(axis=1)
    shares = ahead / to_come[:, None]
    table["needed"] = (goal * whole - done) / to_come
    table["expected"] = found.table["shrunk"]
    table["error"] = np.sqrt(posterior + variance * (shares**2).sum(axis=1))
    freedom = len(past) * (past.shape[1] - 1)
    table["chance"] = stats.t.sf((table["needed"] - table["expected"]) / table["error"], freedom)
    return table


def funnel_limits(
    rate: float,
    sizes: pd.Series | list[int],
    levels: tuple[float, ...] = (0.95, 0.998),
    together: int | None = None,
) -> pd.DataFrame:
    """Within which rates does chance alone keep units of these sizes (漏斗图)?

    Parameters
    ----------
    rate : rate of all together, a fraction of 0 to 1.
    sizes : tries by unit, whole numbers of 1 or more.
    levels : of the limits, fractions below 1.
    together : tries of all, where those of each unit are among them; without it the rate is a
        standard from elsewhere.

    Returns
    -------
    DataFrame by unit (or 0, 1, ...): size, and low_95, high_95 (one pair per level): shares of the
        tries. A unit is outside where its rate is below low or above high.

    Raises
    ------
    ValueError : a rate outside 0 to 1, a size that is no whole number of 1 or more, no size, a
        level that is no fraction, a unit with more tries than all together.

    Notes
    -----
    Quantiles of the binomial distribution of the tries; they are discrete, so that chance keeps at
    least the level within. With ``together`` they are hypergeometric: whoever has n of all N tries
    pulls the rate along, so binomial limits are too wide by 1 over the root of 1 - n / N, and a
    unit within them may still be apart from the others.

    References
    ----------
    Spiegelhalter 2005, Funnel plots for comparing institutional performance, Stat. Med. 24.
    """
    if not (isinstance(rate, (int, float, np.floating)) and 0 <= rate <= 1):
        raise ValueError(f"rate is {rate!r}: expected a fraction from 0 to 1")
    of = pd.Series(sizes)
    if not len(of):
        raise ValueError("sizes is empty: expected the tries of at least one unit")
    numbers = to_number(of, "sizes")
    if not ((numbers >= 1) & (numbers % 1 == 0)).all():
        raise ValueError("sizes has values that are no whole numbers of 1 or more")
    if together is not None and (numbers > together).any():
        raise ValueError(f"sizes has {numbers.max():g}, more than together, {together:g}")
    counts = numbers.to_numpy().astype(int)
    equals = stats.binom(counts, rate)
    if together is not None:
        equals = stats.hypergeom(together, round(rate * together), counts)
    found = pd.DataFrame({"size": numbers.astype(int)})
    for level in levels:
        fraction("levels", level, one=False)
        name = f"{100 * level:g}"
        tail = (1 - level) / 2
        found[f"low_{name}"] = equals.ppf(tail) / numbers
        found[f"high_{name}"] = equals.isf(tail) / numbers
    return found.clip(lower=0.0)


def mix_adjusted(
    tries: pd.DataFrame,
    owner: str = "manager_id",
    kind: str = "kind",
    won: str = "won",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Who wins more, or less, than the others would have with the same mix (间接标准化)?

    Parameters
    ----------
    tries : one row per try that is decided: the owner, what kind it was, and whether it was won
        (0 or 1).
    owner, kind, won : names of these columns.
    confidence : level of the intervals, for each owner by itself.

    Returns
    -------
    DataFrame by owner: tries, won, rate, expected (rate of the others at this mix), gap (rate less
        expected), low, high (of the gap), and compared (tries of a kind that others had too; the
        rate, the expected one and the gap are of those).

    Raises
    ------
    ValueError : missing columns or values, a result that is neither 0 nor 1, fewer than two owners,
        an owner without a try that others had too is left out; none left.

    Notes
    -----
    Indirect standardisation: expected = sum over kinds of n_k p_k / n, with p_k the rate of all
    other owners. Variance of the gap: (sum n_k p_k q_k + n_k^2 p_k q_k / m_k) / n^2, m_k the tries
    of the others; a kind without any chance (p of 0 or 1) takes (w + 1/2) / (m + 1) there. The
    limits stay within -1 and 1. An average of groups can turn around what is true in each of them
    (Simpson).

    References
    ----------
    Simpson 1951, JRSS B 13; Breslow & Day 1987, Statistical Methods in Cancer Research II.
    """
    need_columns(tries, (owner, kind, won), "tries")
    fraction("confidence", confidence, one=False)
    rows = tries[[owner, kind, won]]
    if not len(rows) or rows.isna().any().any():
        raise ValueError(
            f"tries has no row, or gaps in {owner}, {kind} or {won}: drop those rows and say so"
        )
    result = to_number(rows[won], f"tries.{won}")
    if not result.isin([0.0, 1.0]).all():
        raise ValueError(f"tries.{won} has {some(result[~result.isin([0, 1])])}: expected 0 or 1")
    rows = rows.assign(**{won: result})
    if rows[owner].nunique() < 2:
        raise ValueError("tries has one owner: there is nobody to compare with")
    cells = rows.groupby([owner, kind])[won].agg(["size", "sum"]).reset_index()
    whole = cells.groupby(kind)[["size", "sum"]].transform("sum")
    others, others_won = whole["size"] - cells["size"], whole["sum"] - cells["sum"]
    cells = cells.assign(m=others, w=others_won)[others > 0]
    if not len(cells):
        raise ValueError("no kind was tried by two owners: nothing can be compared")
    p = cells["w"] / cells["m"]
    open_p = p.where((p > 0) & (p < 1), (cells["w"] + 0.5) / (cells["m"] + 1))
    spread = open_p * (1 - open_p)
    cells["expected"] = cells["size"] * p
    cells["variance"] = cells["size"] * spread + cells["size"] ** 2 * spread / cells["m"]
    sums = cells.groupby(owner)[["size", "sum", "expected", "variance"]].sum()
    n = sums["size"]
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * sums["variance"] ** 0.5 / n
    all_tries = rows.groupby(owner)[won].agg(["size", "sum"]).reindex(sums.index)
    found = pd.DataFrame(
        {
            "tries": all_tries["size"],
            "won": all_tries["sum"].astype(int),
            "rate": sums["sum"] / n,
            "expected": sums["expected"] / n,
        }
    )
    found["gap"] = found["rate"] - found["expected"]
    found["low"] = (found["gap"] - reach).clip(lower=-1.0)
    found["high"] = (found["gap"] + reach).clip(upper=1.0)
    found["compared"] = n.astype(int)
    return found
