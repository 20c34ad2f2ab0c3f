"""Accounts that buy when they need something: how often, how long, for how much, and are they gone?

Each model has a likelihood that hangs on a few numbers per account, so that equal accounts are
counted once. Time is in units of the history (weeks by default).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1, logsumexp
from scipy.stats import gamma, poisson

from keyacct_utils.lessons.shared.amounts import Floats
from keyacct_utils.lessons.shared.checks import need_columns, to_number

__all__ = [
    "BgBb",
    "BgNbd",
    "GammaGamma",
    "ParetoNbd",
    "bg_bb_likelihood",
    "bg_nbd_likelihood",
    "buying_history",
    "expected_mean_value",
    "expected_new",
    "expected_purchases",
    "fit_bg_bb",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_pareto_nbd",
    "gamma_gamma_likelihood",
    "p_alive",
    "pareto_nbd_likelihood",
    "simulated_purchases",
]

#: Days of the unit of time: published fits count in weeks.
WEEK = 7.0
#: The logarithm of a parameter stays in here; a fit that ends at a limit says so.
LIMITS = (-7.0, 9.0)
_NEAR = 1e-3
_STEP = 1e-4
#: Fewer accounts than these fit no model of four parameters.
FEWEST = 20


@dataclass(frozen=True)
class _Model:
    """What all fitted models have."""

    log_likelihood: float
    #: Accounts that the fit rests on.
    accounts: int
    #: Covariance of the logarithms of the parameters (of q - 1 for q), where it can be told.
    covariance: np.ndarray | None
    #: Names of the parameters that ended at a limit of the search: the data do not hold them.
    at_limit: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, in the order of the covariance."""
        return tuple(self.__dataclass_fields__)[4:]

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: float(getattr(self, name)) for name in self.names}

    def drawn(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draws x parameters from the normal approximation of their logarithms; the fit itself
        where its covariance cannot be told.
        """
        centre = np.log(self._inner())
        if self.covariance is None:
            return self._outer(np.exp(np.tile(centre, (draws, 1))))
        found = rng.multivariate_normal(centre, self.covariance, size=draws)
        return self._outer(np.exp(np.clip(found, *LIMITS)))

    def _inner(self) -> Floats:
        return np.array(list(self.parameters.values()))

    @staticmethod
    def _outer(found: Floats) -> Floats:
        return found


@dataclass(frozen=True)
class BgNbd(_Model):
    """Purchases at a rate that differs (gamma: r, alpha), and after each a chance to leave for good
    that differs too (beta: a, b).
    """

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class ParetoNbd(_Model):
    """Purchases at a rate that differs (gamma: r, alpha), and a life that may end at any time, at a
    rate that differs too (gamma: s, beta).
    """

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True)
class GammaGamma(_Model):
    """Amounts of a purchase around a mean that differs between accounts (p, q, gamma)."""

    p: float
    q: float
    gamma: float

    def _inner(self) -> Floats:
        return np.array([self.p, self.q - 1, self.gamma])

    @staticmethod
    def _outer(found: Floats) -> Floats:
        return found + np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class BgBb(_Model):
    """A yes or no at each of a row of chances to buy: the chance differs (beta: alpha, beta), and
    so does the chance to leave before the next (beta: gamma, delta).
    """

    alpha: float
    beta: float
    gamma: float
    delta: float


def buying_history(
    transactions: pd.DataFrame,
    as_of: Any = None,
    *,
    account: str = "account_id",
    date: str = "date",
    amount: str = "revenue",
    unit: float = WEEK,
) -> pd.DataFrame:
    """When and for how much has each account bought, in the numbers that the models need?

    Parameters
    ----------
    transactions : one row per posting: an account, a date, and an amount where one is known.
        Postings of one account on one day are one purchase; a day whose postings add up to zero or
        less is none (a return). Rows after ``as_of`` are left out.
    as_of : last day that is observed; None takes the last date of the rows.
    account, date, amount : names of the columns; ``amount`` may be absent.
    unit : days of the unit of time; 7 counts in weeks, 1 in days.

    Returns
    -------
    DataFrame by account, accounts with one purchase at least : frequency (purchases after the
        first, a count), recency (time from the first to the last), age (time from the first to
        ``as_of``), mean_value (mean amount of the purchases after the first, currency; missing
        where there is none or a single amount is), first_value (amount of the first).

    Raises
    ------
    ValueError
        Where a column is missing, dates cannot be read or are missing, no row lies on or before
        ``as_of``, no day has an amount above zero, or the unit is not above 0.

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).
    """
    need_columns(transactions, (account, date), "transactions")
    if not unit > 0:
        raise ValueError(f"unit is {unit!r}: expected days above 0, 7 for weeks")
    if not len(transactions):
        raise ValueError("transactions holds no row: expected one purchase at least")
    try:
        days = pd.to_datetime(transactions[date]).dt.normalize()
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"transactions.{date} holds what is no date: {error}") from None
    if days.isna().any() or transactions[account].isna().any():
        gone = int((days.isna() | transactions[account].isna()).sum())
        raise ValueError(f"transactions: {gone} row(s) lack {account} or {date}; leave them out")
    end = days.max() if as_of is None else pd.Timestamp(as_of).normalize()
    frame = pd.DataFrame({"account": transactions[account], "date": days})
    frame["amount"] = 1.0
    known = amount in transactions
    if known:
        frame["amount"] = to_number(transactions[amount], f"transactions.{amount}")
    frame = frame[frame["date"] <= end]
    if frame.empty:
        raise ValueError(f"as_of is {end:%Y-%m-%d}: no row lies on or before it")
    frame["missing"] = frame["amount"].isna()
    day = frame.groupby(["account", "date"], sort=True).agg(
        amount=("amount", "sum"), missing=("missing", "max")
    )
    day = day[(day["amount"] > 0) | day["missing"]].reset_index()
    if day.empty:
        raise ValueError("transactions: no day has an amount above zero; check its sign")
    day.loc[day["missing"], "amount"] = np.nan
    first = day.drop_duplicates("account").set_index("account")
    by = day.groupby("account")
    later = day[day.duplicated("account")].groupby("account")
    whole = later["missing"].max().astype(bool)
    mean = later["amount"].mean().where(~whole).reindex(first.index)
    last, count = by["date"].max(), by.size()
    found = pd.DataFrame(
        {
            "frequency": count - 1,
            "recency": (last - first["date"]).dt.days / unit,
            "age": (end - first["date"]).dt.days / unit,
            "mean_value": mean if known else np.nan,
            "first_value": first["amount"] if known else np.nan,
        }
    )
    return found.rename_axis(account)


def _history(history: pd.DataFrame, columns: Sequence[str]) -> list[Floats]:
    """The columns as floats; a ValueError where they contradict each other."""
    need_columns(history, columns, "history")
    if not len(history):
        raise ValueError("history holds no account: expected one at least")
    values = [to_number(history[name], f"history.{name}").to_numpy() for name in columns]
    for name, column in zip(columns, values, strict=True):
        if not np.isfinite(column).all():
            raise ValueError(f"history.{name} has missing values: leave these accounts out")
        if (column < 0).any():
            raise ValueError(f"history.{name} has values below 0: expected 0 or more")
    return values


def _times(history: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    x, t, age = _history(history, ("frequency", "recency", "age"))
    if (t > age + 1e-9).any():
        raise ValueError("history: recency is above age: the last purchase lies after the end")
    if ((x == 0) & (t > 0)).any():
        raise ValueError(
            "history: recency is above 0 where frequency is 0: nothing was bought then"
        )
    return x, t, age


def _enough(x: Floats) -> None:
    if len(x) < FEWEST:
        raise ValueError(f"history holds {len(x)} accounts: a fit takes {FEWEST} or more")
    if not (x > 0).any():
        raise ValueError(
            "history: no account bought a second time, so nothing tells how often they buy or when "
            "they leave; take a longer time"
        )


def _fit(
    negative: Callable[[Floats], float],
    start: Sequence[float],
    names: Sequence[str],
    slope: Callable[[Floats], Floats] | None = None,
) -> tuple[Floats, float, np.ndarray | None, tuple[str, ...]]:
    """Logarithms of the parameters of the greatest likelihood, it, their covariance, and what ended
    at a limit.
    """
    best: Any = None
    at_limit: tuple[str, ...] = ()
    for scale in (0.0, 0.7):  # a second start only where the first ends at a limit
        found = minimize(
            negative,
            np.log(start) + scale,
            jac=slope,
            method="L-BFGS-B",
            bounds=[LIMITS] * len(start),
            options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-6},
        )
        if best is None or found.fun < best.fun - 1e-9:
            best = found
        at_limit = tuple(
            name
            for name, value in zip(names, best.x, strict=True)
            if min(value - LIMITS[0], LIMITS[1] - value) < _NEAR
        )
        if found.success and not at_limit:
            break
    covariance = None if at_limit else covariance_of(negative, best.x)
    return best.x, -float(best.fun), covariance, at_limit


def covariance_of(negative: Callable[[Floats], float], at: Floats) -> np.ndarray | None:
    """Inverse of the second derivatives; None where they give no variances."""
    size, step = len(at), 10 * _STEP
    second = np.empty((size, size))
    moves = np.eye(size) * step
    for i in range(size):
        for j in range(i, size):
            corners = [
                negative(at + si * moves[i] + sj * moves[j])
                for si, sj in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            second[i, j] = second[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (
                4 * step**2
            )
    if not np.isfinite(second).all():
        return None
    values, vectors = np.linalg.eigh(second)
    if values.min() <= 1e-6 * max(values.max(), 1e-12):
        return None
    return np.asarray((vectors / values) @ vectors.T)


def _grouped(*columns: Floats) -> tuple[list[Floats], Floats]:
    """The rows that differ, and how often each stands there."""
    rows, count = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return list(rows.T), count.astype(float)


def bg_nbd_likelihood(
    x: Floats, t: Floats, age: Floats, r: float, alpha: float, a: float, b: float
) -> Floats:
    """Logarithm of the likelihood of each account under the BG/NBD model.

    Parameters
    ----------
    x, t, age : frequency, recency and age (time units).
    r, alpha, a, b : parameters, above 0.

    Notes
    -----
    B(a, b + x) / B(a, b) Gamma(r + x) alpha^r / (Gamma(r) (alpha + T)^(r+x)) + [x > 0]
    B(a + 1, b + x - 1) / B(a, b) Gamma(r + x) alpha^r / (Gamma(r) (alpha + t)^(r+x)).
    """
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    safe = np.maximum(x, 1)
    left = betaln(a + 1, b + safe - 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
    return np.asarray(rate + np.where(x > 0, np.logaddexp(stays, left), stays))


def _bg_nbd_slope(
    x: Floats, t: Floats, age: Floats, r: float, alpha: float, a: float, b: float
) -> Floats:
    """Derivatives of `bg_nbd_likelihood` by the logarithms of r, alpha, a, b: one row each."""
    safe, both = np.maximum(x, 1), digamma(a + b) - digamma(a + b + x)
    stays = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = betaln(a + 1, b + safe - 1) - (r + x) * np.log(alpha + t)
    there = np.where(x > 0, expit(stays - left), 1.0)
    gone = 1 - there
    rate = digamma(r + x) - digamma(r) + np.log(alpha)
    rate = rate - there * np.log(alpha + age) - gone * np.log(alpha + t)
    scale = r / alpha - (r + x) * (there / (alpha + age) + gone / (alpha + t))
    leave = both + gone / a
    remain = there * digamma(b + x) + gone * digamma(b + safe - 1) - digamma(b) + both
    return np.array([r * rate, alpha * scale, a * leave, b * remain])


def fit_bg_nbd(history: pd.DataFrame) -> BgNbd:
    """How often do accounts buy, and after which purchase do they leave (BG/NBD)?

    Parameters
    ----------
    history : frequency, recency, age per account, from `buying_history`.

    Returns
    -------
    BgNbd

    Raises
    ------
    ValueError
        Fewer than 20 accounts, none that bought twice, missing or negative values, a recency above
        the age.

    Notes
    -----
    Greatest likelihood in the logarithms of the parameters (`bg_nbd_likelihood`).

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way: an alternative to the
    Pareto/NBD model, Marketing Science 24(2), 275-284. S000-4f.
    """
    x, t, age = _times(history)
    _enough(x)
    (gx, gt, ga), weight = _grouped(x, t, age)

    def negative(logs: Floats) -> float:
        return -float(weight @ bg_nbd_likelihood(gx, gt, ga, *np.exp(logs)))

    def slope(logs: Floats) -> Floats:
        return -np.asarray(_bg_nbd_slope(gx, gt, ga, *np.exp(logs)) @ weight)

    start = (1.0, max(float(age.mean()), 1e-2), 1.0, 2.0)
    logs, best, covariance, at_limit = _fit(negative, start, ("r", "alpha", "a", "b"), slope)
    return BgNbd(best, len(x), covariance, at_limit, *map(float, np.exp(logs)))


def _pareto_tail(
    x: Floats, t: Floats, age: Floats, r: float, alpha: float, s: float, beta: float
) -> Floats:
    """Logarithm of A0: the part of the likelihood in which the account has left."""
    total = r + s + x
    # the hypergeometric series in the smaller of the two scales, so that its argument is below 1
    second: Any
    if alpha >= beta:
        second, gap, base = s + 1, alpha - beta, alpha
    else:
        second, gap, base = r + x, beta - alpha, beta

    def part(time: Floats) -> Floats:
        # Euler's transformation: 2F1(A, B; A + 1; z) = (1 - z)^(1 - B) 2F1(1, A + 1 - B; A + 1; z),
        # which does not overflow
        share = gap / (base + time)
        series = hyp2f1(1.0, total + 1 - second, total + 1, share)
        return np.asarray(
            np.log(series) + (1 - second) * np.log1p(-share) - total * np.log(base + time)
        )

    early, late = part(t), part(age)
    with np.errstate(divide="ignore"):
        return np.asarray(early + np.log1p(-np.exp(np.minimum(late - early, 0.0))))


def pareto_nbd_likelihood(
    x: Floats, t: Floats, age: Floats, r: float, alpha: float, s: float, beta: float
) -> Floats:
    """Logarithm of the likelihood of each account under the Pareto/NBD model.

    Parameters
    ----------
    x, t, age : frequency, recency and age (time units).
    r, alpha, s, beta : parameters, above 0.

    Notes
    -----
    Gamma(r + x) alpha^r beta^s / Gamma(r) {1 / ((alpha + T)^(r+x) (beta + T)^s) + s / (r + s + x)
    A0}, A0 a difference of two hypergeometric functions.

    References
    ----------
    Fader & Hardie (2005), A note on deriving the Pareto/NBD model and related expressions.
    """
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    stays = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    left = np.log(s) - np.log(r + s + x) + _pareto_tail(x, t, age, r, alpha, s, beta)
    return np.asarray(rate + np.logaddexp(stays, left))


def fit_pareto_nbd(history: pd.DataFrame) -> ParetoNbd:
    """How often do accounts buy, and how long do they live (Pareto/NBD)?

    Parameters
    ----------
    history : frequency, recency, age per account, from `buying_history`.

    Returns
    -------
    ParetoNbd

    Raises
    ------
    ValueError : as `fit_bg_nbd`.

    Notes
    -----
    `pareto_nbd_likelihood`. An account may leave between purchases, so silence counts also for one
    that bought once, which under `fit_bg_nbd` is alive for sure.

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33(1), 1-24.
    """
    x, t, age = _times(history)
    _enough(x)
    (gx, gt, ga), weight = _grouped(x, t, age)

    def negative(logs: Floats) -> float:
        found = pareto_nbd_likelihood(gx, gt, ga, *np.exp(logs))
        total = float(weight @ found)
        return -total if np.isfinite(total) else 1e12

    middle = max(float(age.mean()), 1e-2)
    logs, best, covariance, at_limit = _fit(
        negative, (1.0, middle, 1.0, middle), ("r", "alpha", "s", "beta")
    )
    return ParetoNbd(best, len(x), covariance, at_limit, *map(float, np.exp(logs)))


def bg_bb_likelihood(
    x: Floats, t: Floats, n: Floats, alpha: float, beta: float, gamma: float, delta: float
) -> Floats:
    """Logarithm of the likelihood of each account under the BG/BB model.

    Parameters
    ----------
    x, t, n : how often bought, at which chance last, and how many chances there were.
    alpha, beta, gamma, delta : parameters, above 0.

    Notes
    -----
    B(alpha + x, beta + n - x) / B(alpha, beta) B(gamma, delta + n) / B(gamma, delta) + sum over
    i = 0 ... n - t - 1 of B(alpha + x, beta + t - x + i) / B(alpha, beta) B(gamma + 1, delta + t +
    i) / B(gamma, delta).
    """
    parts = [betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n)]
    for i in range(int((n - t).max())):
        inside = i < n - t
        misses = np.where(inside, t - x + i, 0.0)
        left = betaln(alpha + x, beta + misses) + betaln(gamma + 1, delta + t + i)
        parts.append(np.where(inside, left, -np.inf))
    whole = logsumexp(np.array(parts), axis=0)
    return np.asarray(whole - betaln(alpha, beta) - betaln(gamma, delta))


def _chances(history: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    x, t, n = _history(history, ("frequency", "recency", "chances"))
    if any((values != np.round(values)).any() for values in (x, t, n)):
        raise ValueError(
            "history: frequency, recency and chances are counts; expected whole numbers"
        )
    if (t > n).any() or (x > t).any() or ((x == 0) != (t == 0)).any():
        raise ValueError(
            "history: expected frequency <= recency <= chances, and recency 0 just where frequency "
            "is 0"
        )
    return x, t, n


def fit_bg_bb(history: pd.DataFrame) -> BgBb:
    """Who says yes at each of a row of chances, and who has left (BG/BB)?

    Parameters
    ----------
    history : frequency (chances that were used), recency (number of the last one that was, 0 for
        none) and chances (how many there were after the first purchase), whole numbers.

    Returns
    -------
    BgBb

    Raises
    ------
    ValueError : as `fit_bg_nbd`; numbers that are not whole or contradict each other.

    References
    ----------
    Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting,
    Marketing Science 29(6), 1086-1108.
    """
    x, t, n = _chances(history)
    _enough(x)
    (gx, gt, gn), weight = _grouped(x, t, n)

    def negative(logs: Floats) -> float:
        return -float(weight @ bg_bb_likelihood(gx, gt, gn, *np.exp(logs)))

    names = ("alpha", "beta", "gamma", "delta")
    logs, best, covariance, at_limit = _fit(negative, (1.0, 1.0, 1.0, 3.0), names)
    return BgBb(best, len(x), covariance, at_limit, *map(float, np.exp(logs)))


def gamma_gamma_likelihood(x: Floats, mean: Floats, p: float, q: float, gamma: float) -> Floats:
    """Logarithm of the density of the mean amount of each account.

    Parameters
    ----------
    x : purchases that the mean is of, 1 or more.
    mean : currency, above 0.
    p, q, gamma : parameters, above 0.

    Notes
    -----
    Gamma(p x + q) / (Gamma(p x) Gamma(q)) gamma^q m^(p x - 1) x^(p x) / (gamma + x m)^(p x + q).
    """
    whole = p * x
    return np.asarray(
        gammaln(whole + q)
        - gammaln(whole)
        - gammaln(q)
        + q * np.log(gamma)
        + (whole - 1) * np.log(mean)
        + whole * np.log(x)
        - (whole + q) * np.log(gamma + x * mean)
    )


def fit_gamma_gamma(history: pd.DataFrame) -> GammaGamma:
    """For how much does an account buy, each around a mean of its own (gamma-gamma)?

    Parameters
    ----------
    history : frequency and mean_value (currency); accounts without a mean or with one that is not
        above 0 are left out.

    Returns
    -------
    GammaGamma : q above 1, so that a mean exists.

    Raises
    ------
    ValueError : fewer than 20 accounts that bought twice for a known amount above 0.

    Notes
    -----
    `gamma_gamma_likelihood`. It takes for granted that how much an account spends has nothing to
    do with how often it buys; test that.

    References
    ----------
    Fader & Hardie (2013), The gamma-gamma model of monetary value; Colombo & Jiang (1999), A
    stochastic RFM model, Journal of Interactive Marketing 13(3).
    """
    need_columns(history, ("frequency", "mean_value"), "history")
    x = to_number(history["frequency"], "history.frequency").to_numpy()
    mean = to_number(history["mean_value"], "history.mean_value").to_numpy()
    with np.errstate(invalid="ignore"):
        kept = (x > 0) & (mean > 0) & np.isfinite(mean)
    if kept.sum() < FEWEST:
        raise ValueError(
            f"history: {int(kept.sum())} accounts bought a second time for a known amount above 0: "
            f"a fit takes {FEWEST} or more"
        )
    x, mean = x[kept], mean[kept]
    scale = float(np.mean(mean))
    (gx, gm), weight = _grouped(x, mean / scale)

    def negative(logs: Floats) -> float:
        p, more, gamma = np.exp(logs)
        return -float(weight @ gamma_gamma_likelihood(gx, gm, p, 1 + more, gamma))

    logs, best, covariance, at_limit = _fit(negative, (3.0, 2.0, 1.0), ("p", "q", "gamma"))
    p, more, gamma = map(float, np.exp(logs))
    best -= len(x) * np.log(scale)  # the density is of currency, not of its multiple of the mean
    return GammaGamma(best, len(x), covariance, at_limit, p, 1 + more, gamma * scale)


def expected_mean_value(model: GammaGamma, history: pd.DataFrame) -> pd.Series:
    """How much will a purchase of each account bring: between its own mean and that of all?

    Parameters
    ----------
    model : from `fit_gamma_gamma`.
    history : frequency, mean_value (currency; missing where nothing was bought a second time).

    Returns
    -------
    Series by account, currency : p (gamma + x m) / (p x + q - 1), which for x = 0 is the mean of
        all, p gamma / (q - 1).

    Raises
    ------
    ValueError : where a column is missing, or the model is another one.
    """
    if not isinstance(model, GammaGamma):
        raise ValueError(f"model is a {type(model).__name__}: expected one of fit_gamma_gamma")
    need_columns(history, ("frequency", "mean_value"), "history")
    mean = to_number(history["mean_value"], "history.mean_value")
    x = to_number(history["frequency"], "history.frequency").where(mean > 0, 0.0)
    known = (x * mean).fillna(0.0)
    return model.p * (model.gamma + known) / (model.p * x + model.q - 1)


def _horizon(value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"horizon is {value!r}: expected a time above 0, in units of the history")
    return float(value)


def _bg_odds(model: BgNbd, x: Floats, t: Floats, age: Floats) -> Floats:
    """Odds of having left after the last purchase."""
    logs = np.log(model.a) - np.log(np.maximum(model.b + np.maximum(x, 1) - 1, 1e-12))
    logs = logs + (model.r + x) * (np.log(model.alpha + age) - np.log(model.alpha + t))
    return np.where(x > 0, np.exp(np.minimum(logs, 700.0)), 0.0)


@singledispatch
def _alive(model: Any, history: pd.DataFrame) -> Floats:
    raise ValueError(
        f"model is a {type(model).__name__}: expected one of fit_bg_nbd, fit_pareto_nbd, fit_bg_bb"
    )


@_alive.register
def _(model: BgNbd, history: pd.DataFrame) -> Floats:
    return np.asarray(1 / (1 + _bg_odds(model, *_times(history))))


@_alive.register
def _(model: ParetoNbd, history: pd.DataFrame) -> Floats:
    x, t, age = _times(history)
    r, alpha, s, beta = model.parameters.values()
    logs = _pareto_tail(x, t, age, r, alpha, s, beta) + np.log(s) - np.log(r + s + x)
    logs = logs + (r + x) * np.log(alpha + age) + s * np.log(beta + age)
    return np.asarray(1 / (1 + np.exp(np.minimum(logs, 700.0))))


@_alive.register
def _(model: BgBb, history: pd.DataFrame) -> Floats:
    x, t, n = _chances(history)
    alpha, beta, gamma, delta = model.parameters.values()
    there = betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n + 1)
    there = there - betaln(alpha, beta) - betaln(gamma, delta)
    return np.asarray(np.exp(there - bg_bb_likelihood(x, t, n, alpha, beta, gamma, delta)))


def p_alive(model: BgNbd | ParetoNbd | BgBb, history: pd.DataFrame) -> pd.Series:
    """How likely is each account still a customer?

    Parameters
    ----------
    model : from `fit_bg_nbd`, `fit_pareto_nbd` or `fit_bg_bb`.
    history : as the model was fitted on.

    Returns
    -------
    Series by account : fractions; for `BgBb` at the next chance.

    Raises
    ------
    ValueError : for another model, and values that contradict each other.

    Notes
    -----
    BG/NBD: 1 / (1 + [x > 0] a / (b + x - 1) ((alpha + T) / (alpha + t))^(r + x)): an account that
    bought once is alive for sure, since it leaves only after a purchase that was counted.
    """
    return pd.Series(_alive(model, history), index=history.index, name="p_alive")


@singledispatch
def _expected(model: Any, history: pd.DataFrame, horizon: float) -> Floats:
    raise ValueError(
        f"model is a {type(model).__name__}: expected one of fit_bg_nbd, fit_pareto_nbd, fit_bg_bb"
    )


def _off_one(value: float) -> float:
    """The expectation has a gap at one, and none beside it."""
    return value if abs(value - 1) > 1e-6 else 1 + 1e-6


@_expected.register
def _(model: BgNbd, history: pd.DataFrame, horizon: float) -> Floats:
    x, t, age = _times(history)
    a = _off_one(model.a)
    share = horizon / (model.alpha + age + horizon)
    # Euler's transformation of the series of the paper: the purchases stand in one place only
    with np.errstate(invalid="ignore", over="ignore"):  # what overflows is summed below
        series = hyp2f1(a + model.b - 1 - model.r, a - 1, a + model.b + x - 1, share)
        kept = np.exp((a - 1) * np.log1p(-share)) * series
        whole = (a + model.b + x - 1) / (a - 1) * (1 - kept)
    whole = _where_no_series(model, x, age, horizon, whole)
    return np.asarray(whole / (1 + _bg_odds(model, x, t, age)))


def _where_no_series(model: BgNbd, x: Floats, age: Floats, horizon: float, whole: Floats) -> Floats:
    """Expected purchases of one that is alive, by summing over time where the series overflows or
    cancels: nobody leaves, or many purchases.
    """
    rate = (model.r + x) / (model.alpha + age) * horizon
    odd = ~np.isfinite(whole) | (whole < 0) | (whole > rate * (1 + 1e-9)) | (model.a > 1e3)
    odd |= model.b > 1e3
    if not odd.any():
        return whole
    found = whole.copy()
    # a gamma rate by its quantiles; the chance to stay through k purchases from the beta
    nodes = (np.arange(64) + 0.5) / 64
    for place in np.flatnonzero(odd):
        rates = gamma.ppf(nodes, model.r + x[place]) / (model.alpha + age[place]) * horizon
        top = int(min(poisson.ppf(1 - 1e-9, rates.max()) + 1, 20_000))
        k = np.arange(1, top + 1)
        stays = np.exp(
            betaln(model.a, model.b + x[place] + k - 1) - betaln(model.a, model.b + x[place])
        )
        reach = poisson.sf(k[:, None] - 1, rates[None, :]).mean(axis=1)
        found[place] = float(stays @ reach)
    return found


@_expected.register
def _(model: ParetoNbd, history: pd.DataFrame, horizon: float) -> Floats:
    x, _, age = _times(history)
    r, alpha, s, beta = model.r, model.alpha, _off_one(model.s), model.beta
    there = _alive(model, history)
    factor = -np.expm1((s - 1) * np.log((beta + age) / (beta + age + horizon)))
    return np.asarray((r + x) * (beta + age) / ((alpha + age) * (s - 1)) * factor * there)


@_expected.register
def _(model: BgBb, history: pd.DataFrame, horizon: float) -> Floats:
    x, t, n = _chances(history)
    if not float(horizon).is_integer():
        raise ValueError(
            f"horizon is {horizon!r}: the model counts chances; expected a whole number"
        )
    alpha, beta, gamma, delta = model.parameters.values()
    likelihood = bg_bb_likelihood(x, t, n, alpha, beta, gamma, delta)
    base = betaln(alpha + x + 1, beta + n - x) - betaln(alpha, beta) - betaln(gamma, delta)
    later = np.arange(1, int(horizon) + 1)
    stays = np.exp(betaln(gamma, delta + n[:, None] + later) + (base - likelihood)[:, None])
    return np.asarray(stays.sum(axis=1))


def expected_purchases(
    model: BgNbd | ParetoNbd | BgBb, history: pd.DataFrame, horizon: float
) -> pd.Series:
    """How many purchases are expected of each account from now on?

    Parameters
    ----------
    model : from `fit_bg_nbd`, `fit_pareto_nbd` or `fit_bg_bb`.
    history : as the model was fitted on.
    horizon : time in units of the history (chances for `BgBb`), above 0.

    Returns
    -------
    Series by account : expected counts.

    Raises
    ------
    ValueError : for another model, a horizon not above 0, values that contradict each other.

    Notes
    -----
    Closed forms of the papers. BG/NBD: (a + b + x - 1) / (a - 1) [1 - ((alpha + T) / (alpha + T +
    h))^(r+x) 2F1(r + x, b + x; a + b + x - 1; h / (alpha + T + h))] times the chance to be alive.
    """
    found = _expected(model, history, _horizon(horizon))
    return pd.Series(found, index=history.index, name="expected_purchases")


def expected_new(model: BgNbd, horizon: float | Floats) -> Floats:
    """How many purchases after its first does a new account make within a time?

    Parameters
    ----------
    model : from `fit_bg_nbd`.
    horizon : one time or several, units of the history.

    Returns
    -------
    array of expected counts.

    Notes
    -----
    (a + b - 1) / (a - 1) [1 - (alpha / (alpha + h))^r 2F1(r, b; a + b - 1; h / (alpha + h))].
    """
    times = np.atleast_1d(np.asarray(horizon, dtype=float))
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "age": [0.0]})
    return np.array([_expected(model, new, _horizon(float(time)))[0] for time in times])


def simulated_purchases(
    parameters: Floats,
    history: pd.DataFrame,
    horizons: Sequence[float],
    rng: np.random.Generator,
) -> np.ndarray:
    """What may each account buy from now on, under BG/NBD: draws and not the mean?

    Parameters
    ----------
    parameters : draws x 4 (r, alpha, a, b), as `BgNbd.drawn` gives them.
    history : frequency, recency, age.
    horizons : rising times; purchases are counted up to each.
    rng : random numbers.

    Returns
    -------
    array of whole numbers, horizons x draws x accounts.

    Notes
    -----
    Given its history and that it is alive, the rate of an account is gamma (r + x, alpha + T), and
    its chance to leave is beta (a, b + x), independent of each other; it is alive with `p_alive`.
    Purchases up to h are the smaller of a Poisson count and the number up to the one after which it
    leaves.
    """
    x, t, age = _times(history)
    r, alpha, a, b = (np.asarray(parameters, dtype=float)[:, [i]] for i in range(4))
    logs = np.log(a) - np.log(np.maximum(b + np.maximum(x, 1) - 1, 1e-12))
    logs = logs + (r + x) * (np.log(alpha + age) - np.log(alpha + t))
    odds = np.where(x > 0, np.exp(np.minimum(logs, 700.0)), 0.0)
    alive = rng.random(odds.shape) < 1 / (1 + odds)
    rate = rng.gamma(np.broadcast_to(r + x, odds.shape)) / (alpha + age)
    leave = np.clip(rng.beta(np.broadcast_to(a, odds.shape), b + x), 1e-12, 1.0)
    until = rng.geometric(leave)
    count = np.zeros(odds.shape)
    found, before = [], 0.0
    for horizon in horizons:
        count = count + rng.poisson(rate * (horizon - before))
        before = horizon
        found.append(np.where(alive, np.minimum(count, until), 0))
    return np.asarray(found)
