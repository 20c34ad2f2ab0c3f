"""How much less do they buy when the price rises: elasticity (价格弹性), per book and per account.

An elasticity of -0.5 says: one percent more price, half a percent less volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.shared.amounts import Interval, tails
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "CLASSES",
    "Elasticity",
    "account_elasticities",
    "class_summary",
    "division_bent",
    "division_free",
    "elasticity",
    "elasticity_class",
    "mean_elasticity",
    "price_left",
    "price_spread",
    "unit_prices",
]

#: The classes of S000-7e, from those who hardly answer to those who answer most.
CLASSES = ("rigid", "elastic", "sensitive")
#: Fewest accounts that say how elasticities are spread; months of an account that give a slope.
FEWEST_ACCOUNTS, FEWEST_MONTHS = 10, 8
#: Width of a step of the grid on which the spread of elasticities is estimated; rounds of it; width
#: of the kernel that smooths it, in median errors: without it the intervals of accounts are too
#: narrow, since the estimate piles up on a few points.
STEP, ROUNDS, SMOOTH = 0.05, 300, 0.4
#: A first stage with a smaller F tells nothing reliable (Staiger & Stock 1997, Econometrica 65).
WEAK = 10.0
#: A price that moves by less than this (standard deviation of its log) stands still.
STILL = 1e-6
#: Turns at most in which means of accounts and months are taken off, and when they have settled.
TURNS, SETTLED = 2_000, 1e-10


@dataclass(frozen=True)
class Elasticity:
    """An elasticity of a whole book: see :func:`elasticity`."""

    estimate: float
    low: float
    high: float
    error: float
    #: Partial F of the instruments in the first stage; missing where there are none.
    strength: float
    #: Standard deviation of the log price beside the other columns: what the estimate rests on.
    spread: float
    accounts: int
    rows: int
    #: Half the interval, had errors been clustered by the first column alone (the same with one).
    one_way: float
    #: Clusters of the kind that has fewer.
    fewest: int


def unit_prices(
    rows: pd.DataFrame, *, amount: str = "revenue", volume: str = "volume"
) -> pd.DataFrame:
    """Rows with a price per unit: amount over volume, where both are above zero.

    Parameters
    ----------
    rows : DataFrame, one row per account and month (and line)
    amount, volume : names of its columns

    Returns
    -------
    DataFrame
        The rows that have a price, with the column ``price``; ``attrs["left_out"]`` counts the
        others (returns, corrections, missing volumes).

    Raises
    ------
    ValueError
        Columns lacking; text in them; no row with both above zero.

    Notes
    -----
    An error in the volume stands on both sides then: too high a volume makes too low a price. That
    pulls the elasticity towards -1 (division bias, Borjas 1980, Journal of Human Resources 15).
    """
    need_columns(rows, [amount, volume], "rows")
    money, units = (
        to_number(rows[amount], f"rows.{amount}"),
        to_number(rows[volume], f"rows.{volume}"),
    )
    sound = (money > 0) & (units > 0) & np.isfinite(money) & np.isfinite(units)
    if not sound.any():
        raise ValueError(
            f"rows: none of {len(rows)} has {amount} and {volume} above zero: a price is what one "
            "unit costs, so both are needed; give the quantity as column volume"
        )
    found = rows[sound].assign(price=(money / units)[sound])
    found.attrs["left_out"] = int((~sound).sum())
    return found


def _prepared(
    months: pd.DataFrame, price: str, volume: str, unit: str, others: Sequence[str]
) -> pd.DataFrame:
    """Logs of price and volume with the other columns as numbers, checked."""
    need_columns(months, [unit, price, volume, *others], "months")
    if not len(months):
        raise ValueError("months has 0 rows: expected one row per account and month")
    frame = pd.DataFrame({"unit": months[unit].to_numpy()}, index=months.index)
    for name in (price, volume, *others):
        values = to_number(months[name], f"months.{name}")
        positive = name in (price, volume)
        bad = ~np.isfinite(values) | (positive & (values <= 0))
        if bad.any():
            wanted = "a finite number above zero" if positive else "a finite number"
            raise ValueError(
                f"months.{name}: {int(bad.sum())} row(s) without {wanted}, such as row(s) "
                f"{some(months.index[bad])}; leave returns and empty months out first "
                "(unit_prices does)"
            )
        frame[name] = np.log(values) if positive else values
    if frame["unit"].isna().any():
        raise ValueError(f"months.{unit}: {int(frame['unit'].isna().sum())} row(s) without one")
    return frame


def _repeated(unit: np.ndarray, period: np.ndarray | None) -> np.ndarray:
    """Rows of accounts and months that have another row each: the others say nothing."""
    kept = np.ones(len(unit), dtype=bool)
    while True:
        good = kept.copy()
        for codes in (unit, period):
            if codes is not None:
                good &= np.bincount(codes[kept], minlength=codes.max() + 1)[codes] > 1
        if (good == kept).all():
            return kept
        kept = good


def _within(values: np.ndarray, unit: np.ndarray, period: np.ndarray | None) -> np.ndarray:
    """Columns less what the account, and the month, explain: means are taken off in turn until
    none is left.
    """
    out = values.astype(float)
    kinds = [codes for codes in (unit, period) if codes is not None]
    counts = [np.bincount(codes)[:, None] for codes in kinds]
    for _ in range(TURNS):
        moved = 0.0
        for codes, count in zip(kinds, counts, strict=True):
            sums = np.column_stack([np.bincount(codes, column) for column in out.T])
            off = (sums / count)[codes]
            out = out - off
            moved = max(moved, float(np.abs(off).max()))
        if len(kinds) == 1 or moved < SETTLED:
            break
    return np.asarray(out)


def _log_prices(
    months: pd.DataFrame, price: str, unit: str, period: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Log prices with the accounts' codes; which rows share account and month with others, and the
    codes of both among these.
    """
    frame = _prepared(months, price, price, unit, [])
    need_columns(months, [period], "months")
    unit_of, period_of = frame["unit"].factorize()[0], pd.factorize(months[period])[0]
    kept = _repeated(unit_of, period_of)
    codes = [pd.factorize(of[kept])[0] for of in (unit_of, period_of)]
    return frame[[price]].to_numpy(dtype=float), unit_of, kept, codes


def price_spread(
    months: pd.DataFrame, *, price: str = "price", unit: str = "account_id", period: str = "month"
) -> float:
    """How far do prices move within account and month: standard deviation of their logs?

    Parameters
    ----------
    months : DataFrame, as for :func:`elasticity`

    Returns
    -------
    float
        0 where no account has two months that others share.

    Raises
    ------
    ValueError
        Columns lacking; prices that are missing or not above zero.
    """
    logs, _, kept, codes = _log_prices(months, price, unit, period)
    if not kept.any():
        return 0.0
    left = _within(logs[kept], *codes)
    free = max(1, len(left) - codes[0].max() - codes[1].max() - 1)
    return float(np.sqrt((left**2).sum() / free))


def price_left(
    months: pd.DataFrame, *, price: str = "price", unit: str = "account_id", period: str = "month"
) -> float:
    """How much of how prices move within an account is left once each month's mean is off?

    Parameters
    ----------
    months : DataFrame, as for :func:`elasticity`

    Returns
    -------
    float
        Part of the variance of the log price within the account: 0 where prices moved for all
        alike, or not at all; 1 where the months had nothing in common.

    Raises
    ------
    ValueError
        Columns lacking; prices that are missing or not above zero.
    """
    logs, unit_of, kept, codes = _log_prices(months, price, unit, period)
    if not kept.any():
        return 0.0
    whole = float((_within(logs, unit_of, None) ** 2).sum())
    left = float((_within(logs[kept], *codes) ** 2).sum())  # rows without another: nothing
    return left / whole if whole > STILL**2 * len(logs) else 0.0


def elasticity(
    months: pd.DataFrame,
    method: Literal["pooled", "within"] = "within",
    *,
    instruments: Sequence[str] = (),
    controls: Sequence[str] = (),
    price: str = "price",
    volume: str = "volume",
    unit: str = "account_id",
    period: str | None = "month",
    cluster: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Elasticity:
    """By how many percent does volume change when the price rises by one percent?

    Parameters
    ----------
    months : DataFrame, one row per account and month
        Price and volume above zero (their logs are taken here); instruments and controls as they
        are to enter (take the log of a price first).
    method : "pooled" or "within"
        "pooled" compares all rows with each other: large accounts buy more and pay less, whatever
        they answer. "within" compares each account with itself and, unless ``period`` is None, each
        month with its own mean: where a price moved for all alike, nothing is left of it then
        (`price_left` says how much is).
    instruments : columns that move the price and nothing else
        Such as a list price or a cost. None: the price as it was agreed, which a seller may have
        set by what he knew of the volume.
    controls : columns that are held fixed
    unit : column of what is compared with itself: the account, or the account in one line
    period : column of the month, whose mean is taken off by "within"; None: only the unit's
    cluster : column within which errors may hang together; by default the unit
        Two columns, such as account and month: within each of them (what hits all accounts of a
        month at once, or a posted price that they share, is no news of each).

    Returns
    -------
    Elasticity

    Raises
    ------
    ValueError
        No row; columns lacking; values missing; price or volume not above zero; fewer than 3
        accounts (or clusters of another kind); a price or an instrument that does not move; columns
        that depend on each other; more than two clusters.

    Notes
    -----
    Two-stage least squares of ln volume on ln price; errors are robust and clustered by account
    with the factor G/(G-1) (N-1)/(N-K) (one row per account: HC1). Two ways: the sum of both less
    that of their intersection, each with its own factor; Student's t with the fewer clusters less
    one. S000-7e. Stock & Watson, Introduction to Econometrics, ch. 12; Cameron, Gelbach & Miller
    2011, Journal of Business & Economic Statistics 29.
    """
    if method not in ("pooled", "within"):
        raise ValueError(f"method is {method!r}: expected 'pooled' or 'within'")
    others = [*instruments, *controls]
    frame = _prepared(months, price, volume, unit, others)
    values = frame[[volume, price, *others]].to_numpy(dtype=float)
    groups = _cluster_codes(months, frame["unit"], cluster)
    absorbed = 0
    if method == "within":
        unit_of, period_of = pd.factorize(frame["unit"])[0], None
        if period is not None:
            need_columns(months, [period], "months")
            period_of = pd.factorize(months[period])[0]
        kept = _repeated(unit_of, period_of)
        if not kept.any():
            shared = "" if period is None else f", in {period}s that others share"
            raise ValueError(
                f"months: no {unit} has two rows{shared}: nothing can be compared with itself; "
                "take longer periods or coarser lines"
            )
        values, groups, unit_of = values[kept], groups[kept], pd.factorize(unit_of[kept])[0]
        period_of = None if period_of is None else pd.factorize(period_of[kept])[0]
        absorbed = 0 if period_of is None else int(period_of.max())
        values = _within(values, unit_of, period_of)
    else:
        values = np.column_stack([values, np.ones(len(values))])
    codes = [pd.factorize(column)[0] for column in groups.T]
    _enough(codes, unit, cluster)
    y, p = values[:, 0], values[:, 1]
    z, w = values[:, 2 : 2 + len(instruments)], values[:, 2 + len(instruments) :]
    if _spread(p, w) < STILL:
        raise ValueError(
            f"months.{price} does not move within an account beside the other columns: an "
            "elasticity needs a price that changes and is not the same for everybody in a month"
        )
    return _two_stages(y, p, z, w, codes, absorbed, confidence)


def _cluster_codes(
    months: pd.DataFrame, unit: pd.Series, cluster: str | Sequence[str] | None
) -> np.ndarray:
    """Codes of the clusters of each row: one column, or both and their intersection."""
    names = [cluster] if isinstance(cluster, str) else list(cluster or ())
    if len(names) > 2:
        raise ValueError(f"cluster is {names!r}: one column or two")
    need_columns(months, names, "months")
    codes = [pd.factorize(months[name])[0] for name in names] or [pd.factorize(unit)[0]]
    if len(codes) == 2:
        codes.append(codes[0] * (int(codes[1].max()) + 1) + codes[1])
    return np.column_stack(codes)


def _enough(codes: list[np.ndarray], unit: str, cluster: str | Sequence[str] | None) -> None:
    """At least three clusters of each kind."""
    first = int(codes[0].max()) + 1
    if first < 3:
        raise ValueError(
            f"months has {first} account(s): an interval needs 3 or more; for fewer look at "
            "their months one by one"
        )
    if len(codes) > 1 and codes[1].max() < 2:
        raise ValueError(
            f"months has {int(codes[1].max()) + 1} cluster(s) of {list(cluster or [unit])[1]}: an "
            "interval needs 3 or more"
        )


def _off(values: np.ndarray, w: np.ndarray) -> np.ndarray:
    """What w does not explain."""
    if not w.shape[1]:
        return values
    found, *_ = np.linalg.lstsq(w, values, rcond=None)
    return np.asarray(values - w @ found)


def _spread(p: np.ndarray, w: np.ndarray) -> float:
    return float(np.sqrt(np.mean(_off(p, w) ** 2)))


def _clustered(scores: np.ndarray, codes: list[np.ndarray], columns: int) -> np.ndarray:
    """Sum of outer products of the scores of each cluster; two ways: both less the intersection,
    or the larger of both where the scores leave nothing else above zero.
    """
    found = [_one_way(scores, each, columns) for each in codes]
    if len(found) == 1:
        return found[0]
    both = found[0] + found[1] - found[2]
    sound = np.linalg.eigvalsh(both).min() > 0
    return both if sound else max(found[:2], key=np.trace)


def _one_way(scores: np.ndarray, codes: np.ndarray, columns: int) -> np.ndarray:
    """Sum of outer products of the scores of each cluster, with the factor for few of them."""
    sums = np.column_stack([np.bincount(codes, column) for column in scores.T])
    groups, rows = len(sums), len(scores)
    factor = groups / (groups - 1) * (rows - 1) / max(rows - columns, 1)
    return np.asarray(factor * sums.T @ sums)


def _two_stages(
    y: np.ndarray,
    p: np.ndarray,
    z: np.ndarray,
    w: np.ndarray,
    codes: list[np.ndarray],
    absorbed: int,
    confidence: float,
) -> Elasticity:
    """Two stages after the controls are taken off all columns."""
    y, p, z = _off(y, w), _off(p, w), _off(z, w)
    columns, strength, fitted = 1 + w.shape[1] + absorbed, np.nan, p
    if z.shape[1]:
        if np.linalg.matrix_rank(z) < z.shape[1] or (np.std(z, axis=0) < STILL).any():
            raise ValueError(
                "instruments: one of them does not move, or says the same as another column: "
                "drop it"
            )
        first, *_ = np.linalg.lstsq(z, p, rcond=None)
        fitted = z @ first
        exact = float(((p - fitted) ** 2).sum()) < STILL**2 * float((p**2).sum())
        bread = np.linalg.inv(z.T @ z)
        scores = z * (p - fitted)[:, None]
        cov = bread @ _clustered(scores, codes, columns + z.shape[1] - 1) @ bread
        # a price that is its own instrument is told without a rest: the matrix would be singular
        strength = np.inf if exact else float(first @ np.linalg.solve(cov, first) / z.shape[1])
    slope = float(fitted @ y / (fitted @ fitted))
    scores = (fitted * (y - slope * p))[:, None]
    tail, whole = tails(confidence)[0], float(fitted @ fitted)
    counts = [int(each.max()) + 1 for each in codes[:2]]
    error, alone = (
        float(np.sqrt(_clustered(scores, which, columns)[0, 0])) / whole
        for which in (codes, codes[:1])
    )
    half = float(stats.t.isf(tail, min(counts) - 1)) * error
    one_way = float(stats.t.isf(tail, counts[0] - 1)) * alone
    return Elasticity(
        slope, slope - half, slope + half, error, strength,
        float(np.sqrt(np.mean(p**2))), counts[0], len(y), one_way, min(counts),
    )  # fmt: skip


def division_free(estimate: float, spread: float, error: float) -> float:
    """What would the elasticity be without an error in the volume that also made the price?

    Parameters
    ----------
    estimate : elasticity from prices that are amount over volume
    spread : standard deviation of the log of these prices (``Elasticity.spread``)
    error : standard deviation of the log error in volume: 0.05 for about 5 %

    Returns
    -------
    float
        Missing where the error is as large as the whole spread: then the prices say nothing.

    Raises
    ------
    ValueError
        A spread that is not above zero, an error below zero.

    Notes
    -----
    With price = amount / volume an error u stands in ln p with -u and in ln q with +u, so the
    estimate tends to (e s^2 - u^2) / (s^2 + u^2), where s is the spread of the true price; this is
    solved for e. Borjas (1980), Journal of Human Resources 15.
    """
    if not (np.isfinite(spread) and spread > 0 and np.isfinite(error) and error >= 0):
        raise ValueError(f"spread is {spread!r}, error {error!r}: expected above 0, and 0 or more")
    left = spread**2 - error**2
    return float((estimate * spread**2 + error**2) / left) if left > 0 else float("nan")


def division_bent(elasticity: float, spread: float, error: float) -> float:
    """What would amount over volume say, with an error in the volume: the reverse of
    `division_free`?

    Parameters
    ----------
    elasticity : from prices that were agreed
    spread : standard deviation of the log of these prices (``Elasticity.spread``)
    error : standard deviation of the log error in volume: 0.05 for about 5 %

    Raises
    ------
    ValueError
        A spread that is not above zero, an error below zero.

    Notes
    -----
    (e s^2 - u^2) / (s^2 + u^2), as there.
    """
    if not (np.isfinite(spread) and spread > 0 and np.isfinite(error) and error >= 0):
        raise ValueError(f"spread is {spread!r}, error {error!r}: expected above 0, and 0 or more")
    return float((elasticity * spread**2 - error**2) / (spread**2 + error**2))


def account_elasticities(
    months: pd.DataFrame,
    *,
    instrument: str | None = None,
    controls: Sequence[str] = (),
    price: str = "price",
    volume: str = "volume",
    unit: str = "account_id",
    period: str = "month",
    fewest: int = FEWEST_MONTHS,
) -> pd.DataFrame:
    """The elasticity of each account by its own months, with its standard error.

    Parameters
    ----------
    months : DataFrame, as for :func:`elasticity`
    instrument : column that moves the price and nothing else, in logs where it is a price
    controls : columns whose effect is the same for all accounts
    fewest : months that an account needs

    Returns
    -------
    DataFrame
        elasticity, error, months, indexed by account; ``attrs["left_out"]`` names the accounts with
        too few months or a price that does not move.

    Raises
    ------
    ValueError
        As for :func:`elasticity`; and where no account is left.

    Notes
    -----
    ln q[it] = a[i] + e[i] ln p[it] + m[t] + c x[it] + u[it]. The months' effects m and the effects
    c of the controls are common, and are found after each account's own a and e are taken off
    (Frisch & Waugh), all accounts together; then each account has its own regression. Each
    account's months are taken as independent once these are off.
    """
    others = ([instrument] if instrument else []) + list(controls)
    frame = _prepared(months, price, volume, unit, others)
    need_columns(months, [period], "months")
    if not isinstance(fewest, int) or fewest < 4:
        raise ValueError(f"fewest is {fewest!r}: a slope with its error needs 4 months or more")
    frame["period"] = months[period].to_numpy()
    if frame.duplicated(["unit", "period"]).any():
        twice = frame.loc[frame.duplicated(["unit", "period"]), "unit"].unique()
        raise ValueError(
            f"months: account(s) {some(twice)} have two rows in one {period}: add them up first"
        )
    cubes = _cubes(frame, [volume, price, instrument or price, *controls], fewest)
    if cubes is None:
        raise ValueError(
            f"months: no account has {fewest} months with a price that moves: longer series "
            "are needed"
        )
    kept, left_out, mask, data = cubes
    slope, error = _own_slopes(mask, data)
    found = pd.DataFrame(
        {"elasticity": slope, "error": error, "months": mask.sum(axis=1).astype(int)},
        index=pd.Index(kept, name=unit),
    )
    found.attrs["left_out"] = left_out
    return found


def _cubes(
    frame: pd.DataFrame, names: Sequence[str], fewest: int
) -> tuple[pd.Index, list[str], np.ndarray, np.ndarray] | None:
    """Accounts x months of each column (0 where there is no row) with the mask of rows."""
    counted = frame.groupby("unit", sort=True)[list(dict.fromkeys(names[1:3]))].agg(["size", "std"])
    enough = counted[(names[1], "size")] >= fewest
    moves = (counted[(names[1], "std")] > STILL) & (counted[(names[2], "std")] > STILL)
    kept = counted.index[enough & moves]
    if not len(kept):
        return None
    rows = frame[frame["unit"].isin(kept)]
    i = kept.get_indexer(pd.Index(rows["unit"]))
    t, periods = pd.factorize(rows["period"], sort=True)
    mask = np.zeros((len(kept), len(periods)))
    mask[i, t] = 1
    data = np.zeros((len(names), *mask.shape))
    for k, name in enumerate(names):
        data[k, i, t] = rows[name]
    return kept, [str(name) for name in counted.index.difference(kept)], mask, data


def _own_slopes(mask: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and error of each account, once the effects of months and controls are off."""
    y, p, z, controls = data[0], data[1], data[2], data[3:]
    count = mask.sum(axis=1)

    def centred(values: np.ndarray) -> np.ndarray:
        mean = values.sum(axis=-1) / count
        return np.asarray((values - mean[..., None]) * mask)

    y, p, z = centred(y), centred(p), centred(z)
    power = (z * p).sum(axis=1)
    # what moves with the months and the controls: one matrix per account, months in its rows
    months = centred(np.eye(mask.shape[1])[:, None, :] * mask)
    design = np.concatenate([months, centred(controls)]) if len(controls) else months
    off = np.einsum("kit,it->ki", design, z) / power
    rest = design - off[:, :, None] * p
    rest_y = y - ((z * y).sum(axis=1) / power)[:, None] * p
    gram = np.einsum("kit,lit->kl", design, rest, optimize=True)
    moment = np.einsum("kit,it->k", design, rest_y)
    common, *_ = np.linalg.lstsq(gram, moment, rcond=1e-9)
    y = y - np.einsum("kit,k->it", design, common)
    slope = (z * y).sum(axis=1) / power
    left = (y - slope[:, None] * p) * mask
    # each account pays for its constant, its slope and its part of the common effects
    spent = 2 + np.linalg.matrix_rank(gram) * count / count.sum()
    variance = (left**2).sum(axis=1) / np.maximum(count - spent, 1)
    return slope, np.sqrt(variance * (z**2).sum(axis=1)) / np.abs(power)


def _likelihood(
    estimate: np.ndarray, error: np.ndarray, freedom: np.ndarray, grid: np.ndarray
) -> np.ndarray:
    """How likely each estimate is under each elasticity of the grid: t, since its error is an
    estimate too.
    """
    found = stats.t.pdf((estimate[:, None] - grid) / error[:, None], freedom[:, None])
    return np.asarray(np.maximum(found, np.finfo(float).tiny))


def _spread_of_truth(
    estimate: np.ndarray, error: np.ndarray, freedom: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The spread of true elasticities behind noisy ones: points of a grid and their weights."""
    low = max(float(estimate.min()), float(np.median(estimate)) - 6.0)
    high = min(float(estimate.max()), float(np.median(estimate)) + 6.0)
    grid = (np.arange(np.floor(low / STEP), np.ceil(high / STEP) + 1) + 0.5) * STEP
    like = _likelihood(estimate, error, freedom, grid)
    weight = np.full(len(grid), 1 / len(grid))
    for _ in range(ROUNDS):
        weight = weight * (like / (like @ weight)[:, None]).mean(axis=0)
    kernel = stats.norm.pdf((grid[:, None] - grid) / (SMOOTH * np.median(error)))
    kernel = np.maximum(kernel, np.finfo(float).tiny)
    return grid, kernel / kernel.sum(axis=0) @ weight


def elasticity_class(
    accounts: pd.DataFrame, cuts: tuple[float, float] = (0.2, 1.0), *, confidence: float = 0.95
) -> pd.DataFrame:
    """Which accounts are rigid, elastic or sensitive, and how likely is that?

    Parameters
    ----------
    accounts : DataFrame
        elasticity, error and months by account, from :func:`account_elasticities`.
    cuts : sizes of the elasticity below which an account is rigid, and above which sensitive
        S000-7e names the classes and no cut-offs: an assumption.

    Returns
    -------
    DataFrame
        elasticity, error, months, shrunk (what is to be expected of the account, given how all
        accounts are spread), low, high (in which it lies with that confidence), rigid, elastic,
        sensitive (chance of each class), class (the most likely one).

    Raises
    ------
    ValueError
        Columns lacking; fewer than 10 accounts; errors that are not above zero; cuts that are not
        in order.

    Notes
    -----
    An account's own estimate is noisy: the extreme ones are extreme by luck too. The spread of the
    true elasticities is estimated from all accounts without assuming its form (nonparametric
    maximum likelihood: Kiefer & Wolfowitz 1956; EM of Laird 1978; smoothed), and each account's
    estimate is read against it (Bayes' rule). A price rise that seems to raise volume counts as
    rigid.
    """
    need_columns(accounts, ["elasticity", "error", "months"], "accounts")
    _cuts(cuts)
    tails(confidence)
    estimate, error = (
        to_number(accounts[name], f"accounts.{name}").to_numpy(dtype=float)
        for name in ("elasticity", "error")
    )
    if len(accounts) < FEWEST_ACCOUNTS:
        raise ValueError(
            f"accounts has {len(accounts)} row(s): how elasticities are spread needs "
            f"{FEWEST_ACCOUNTS} or more; read the intervals of so few one by one"
        )
    bad = ~(np.isfinite(estimate) & np.isfinite(error) & (error > 0))
    if bad.any():
        raise ValueError(
            f"accounts: {int(bad.sum())} row(s) without an elasticity, or with an error that is "
            f"not above zero: {some(accounts.index[bad])}; drop them"
        )
    months = to_number(accounts["months"], "accounts.months").to_numpy(dtype=float)
    freedom = np.maximum(months - 2, 1)
    grid, weight = _spread_of_truth(estimate, error, freedom)
    chance = weight * _likelihood(estimate, error, freedom, grid)
    chance /= chance.sum(axis=1, keepdims=True)
    sort = np.where(grid > -cuts[0], 0, np.where(grid >= -cuts[1], 1, 2))
    found = accounts[["elasticity", "error", "months"]].assign(shrunk=chance @ grid)
    below = chance.cumsum(axis=1)
    for name, side, part in (("low", -1, (1 - confidence) / 2), ("high", 1, (1 + confidence) / 2)):
        found[name] = grid[(below >= part - 1e-9).argmax(axis=1)] + side * STEP / 2
    for k, name in enumerate(CLASSES):
        found[name] = chance[:, sort == k].sum(axis=1)
    found["class"] = np.array(CLASSES)[found[list(CLASSES)].to_numpy().argmax(axis=1)]
    return found


def _cuts(cuts: tuple[float, float]) -> None:
    if not (isinstance(cuts, tuple | list) and len(cuts) == 2 and 0 <= cuts[0] < cuts[1] < np.inf):
        raise ValueError(
            f"cuts is {cuts!r}: expected two sizes of elasticity in order, such as (0.2, 1.0)"
        )


def class_summary(classes: pd.DataFrame) -> pd.DataFrame:
    """How many accounts are in each class, and how elastic they are: sums of chances.

    Parameters
    ----------
    classes : DataFrame, from :func:`elasticity_class`

    Returns
    -------
    DataFrame
        expected (accounts in the class, the sum of chances), likeliest (accounts whose likeliest
        class it is), elasticity (mean of the accounts' own estimates, weighted by their chance of
        the class; missing where nobody is in it), by class.

    Raises
    ------
    ValueError
        Columns lacking.
    """
    need_columns(classes, [*CLASSES, "elasticity", "class"], "classes")
    expected = classes[list(CLASSES)].sum()
    total = classes[list(CLASSES)].mul(classes["elasticity"], axis=0).sum()
    return pd.DataFrame(
        {
            "expected": expected,
            "likeliest": classes["class"].value_counts().reindex(CLASSES, fill_value=0),
            "elasticity": (total / expected).where(expected > 0.5),
        }
    ).rename_axis("class")


def mean_elasticity(accounts: pd.DataFrame, confidence: float = 0.95) -> Interval:
    """The mean elasticity of the accounts, with its interval from how they differ."""
    values = accounts["elasticity"].to_numpy(dtype=float)
    half = float(stats.t.isf(tails(confidence)[0], len(values) - 1)) * values.std(ddof=1)
    half /= np.sqrt(len(values))
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half))
