"""Ranks by many criteria (多指标排序): TOPSIS, how firm a grade is against the weights, and
who comes
next.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, hypergeom, norm, rankdata
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.shared.amounts import Floats, at_least, tails, top_count
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.criteria_weights import weighted_score

#: Grades by score and the share of the accounts at which each ends (assumption).
SHARES: Mapping[str, float] = MappingProxyType({"A": 0.05, "B": 0.20, "C": 1.0})
#: Certainty of the weights: 50 lets a weight of 0.25 vary with a standard deviation of 0.06
#: (assumption).
CERTAINTY = 50.0
Weights = Mapping[str, float] | Sequence[str]


class NextKeyAccounts(NamedTuple):
    """The pool in rank order, and how many of those picked came true."""

    ranking: pd.DataFrame
    hit_rate: pd.Series


def finite_columns(
    table: pd.DataFrame, columns: Iterable[str], argument: str = "table"
) -> pd.DataFrame:
    """The named columns as floats, finite or missing."""
    names = list(dict.fromkeys(columns))
    need_columns(table, names, argument)
    if table.empty or not names or not table.index.is_unique:
        twice = some(table.index[table.index.duplicated()]) or "none"
        raise ValueError(
            f"{argument}: {len(table)} accounts, columns "
            f"{some(names) or '-'}, repeated: {twice}; expected one row each"
        )
    values = pd.DataFrame(
        {name: to_number(table[name], f"{argument}.{name}") for name in names}, index=table.index
    )
    bad = [name for name in values if np.isinf(values[name]).any()]
    if len(bad):
        raise ValueError(
            f"{argument}: infinite values in {len(bad)} "
            f"column(s): {some(bad)}; repair or blank them"
        )
    return values


def scaled_weights(weights: Weights, argument: str) -> dict[str, float]:
    """Criterion -> weight, scaled to sum 1."""
    given = pd.Series(
        dict(weights) if isinstance(weights, Mapping) else dict.fromkeys(weights, 1.0),
        dtype="object",
    )
    numbers = to_number(given, argument)
    if (
        numbers.empty
        or numbers.isna().any()
        or (numbers < 0).any()
        or not 0 < numbers.sum() < np.inf
    ):
        raise ValueError(
            f"{argument} are {some(given.items())}: expected "
            "criteria with weights >= 0 and a positive sum"
        )
    # A criterion keeps its label: a table made of an array has whole numbers.
    share = numbers / numbers.sum()
    return dict(zip(given.index, share.astype(float).tolist(), strict=True))


def directions(names: Collection[str], benefit: Mapping[str, bool] | None) -> np.ndarray:
    """1 for each criterion of which more is better, -1 where less is."""
    unknown = set(benefit or {}) - set(names)
    if unknown:
        raise ValueError(f"benefit names {some(sorted(unknown))}: expected criteria, {some(names)}")
    return np.array([1.0 if (benefit or {}).get(name, True) else -1.0 for name in names])


def _by_criterion(given: Any, columns: Sequence[Any], argument: str) -> Any:
    """Numbers or flags in the order of the columns, by the name of the criterion; anything else as
    it is.
    """
    if (
        given is None
        or isinstance(given, Mapping | pd.Series)
        or any(isinstance(item, str) for item in given)
    ):
        return given
    if len(given) != len(columns):
        raise ValueError(
            f"{argument} has {len(given)} values for {len(columns)} "
            f"criteria: expected one for each, {some(columns)}"
        )
    return dict(zip(columns, given, strict=True))


def topsis(
    table: pd.DataFrame,
    weights: Weights | Sequence[float],
    benefit: Mapping[str, bool] | Sequence[bool] | None = None,
) -> pd.Series:
    """How close is each account to the best, and how far from the worst, on all criteria at once?

    Parameters
    ----------
    table : DataFrame, one row per account
        Criteria in any unit.
    weights : mapping, criterion -> weight >= 0; a list of criteria with equal weights; or numbers
        in the order of the columns Scaled to sum 1.
    benefit : mapping, criterion -> bool, or flags in the order of the columns, optional
        False where less is better.

    Returns
    -------
    Series
        Closeness, 0 (worst on every criterion) to 1 (best on every one). Missing where a criterion
        is; such accounts set neither best nor worst. If all accounts are equal nobody is closer to
        either: 0.5.

    Raises
    ------
    ValueError
        No account, repeated accounts, criteria absent, text or infinite, bad weights, an unknown
        name in ``benefit``.

    Notes
    -----
    r_ij = x_ij / sqrt(sum_i x_ij^2), v_ij = w_j r_ij; d+ and d- are the distances to the best and
    worst v of every criterion; closeness = d- / (d+ + d-). A weight counts squared, and one giant
    shrinks the differences of all others.

    References
    ----------
    Hwang & Yoon (1981), Multiple Attribute Decision Making, Springer.
    """
    share = scaled_weights(_by_criterion(weights, list(table), "weights"), "weights")
    values = finite_columns(table, share)
    better = _by_criterion(benefit, list(share), "benefit")
    known = values.dropna()
    largest = known.abs().max()  # divided by first, so that no square overflows
    scaled = known / largest.where(largest > 0, 1.0)
    length = np.sqrt((scaled**2).sum())
    v = (
        scaled / length.where(length > 0, 1.0) * pd.Series(share) * directions(share, better)
    ).to_numpy()
    if not len(v):
        return pd.Series(np.nan, index=table.index, name="closeness")
    best, worst = (
        np.sqrt(((v - ideal) ** 2).sum(axis=1)) for ideal in (v.max(axis=0), v.min(axis=0))
    )
    total = best + worst
    closeness = np.divide(worst, total, out=np.full(len(v), 0.5), where=total > 0)
    return pd.Series(closeness, index=known.index).reindex(table.index).rename("closeness")


def rank_stability(
    table: pd.DataFrame,
    weights: Weights,
    benefit: Mapping[str, bool] | None = None,
    shares: Mapping[str, float] = SHARES,
    certainty: float = CERTAINTY,
    draws: int = 500,
    random_state: int = 0,
) -> pd.DataFrame:
    """How often does each account keep its grade when the weights vary?

    Parameters
    ----------
    table, weights, benefit
        As in :func:`topsis`; the score is the weighted sum of the criteria in standard deviations.
    shares : mapping, grade -> share of the accounts at which it ends, rising to 1
        Accounts with equal scores share the better grade.
    certainty : float
        How sure the weights are: a weight w varies with the standard deviation sqrt(w (1 - w) /
        (certainty + 1)).
    draws, random_state : int
        Sets of weights, seed.

    Returns
    -------
    DataFrame by account
        score, grade (by ``weights``), kept (share of the draws with that grade) and one column per
        grade: the share of the draws that give it. "unknown" and missing where a criterion is.

    Raises
    ------
    ValueError
        As in :func:`topsis`; shares that do not rise to 1, a certainty that is not positive, fewer
        than one draw.

    Notes
    -----
    Weights are drawn from a Dirichlet distribution with mean w and parameters certainty x w; a
    weight of 0 stays 0. With equal weights and certainty = number of criteria every set of weights
    is as likely as any other.
    """
    share = scaled_weights(weights, "weights")
    ends = [float(end) for end in shares.values()]
    if (
        not ends
        or ends[0] <= 0
        or ends[-1] != 1
        or any(b <= a for a, b in itertools.pairwise(ends))
    ):
        raise ValueError(
            f"shares are {some(shares.items())}: expected "
            "grades with rising shares above 0, the last 1"
        )
    if not 0 < certainty < np.inf:
        raise ValueError(
            f"certainty is {certainty!r}: expected a positive number, such as {CERTAINTY:g}"
        )
    values = finite_columns(table, share)
    signs = dict(zip(share, directions(share, benefit) > 0, strict=True))
    known = values.dropna()
    out = pd.DataFrame(
        {"score": np.nan, "grade": "unknown", "kept": np.nan} | dict.fromkeys(shares, np.nan),
        index=table.index,
    )
    if known.empty:
        return out
    z = np.column_stack(
        [weighted_score(known, {name: 1.0}, {name: bool(signs[name])}) for name in share]
    )
    places = [len(z) - top_count(len(z), end) for end in ends[:-1]]

    def grade(score: np.ndarray) -> np.ndarray:
        score = np.round(score, 12)
        edges = np.partition(score, places)[places] if places else np.empty(0)
        return sum((score < edge for edge in edges), start=np.zeros(len(score), dtype=np.int8))

    base = z @ np.array([*share.values()])
    code, rng = grade(base), np.random.default_rng(random_state)
    hits = np.zeros((len(shares), len(z)), dtype=np.int32)
    for _ in range(at_least("draws", draws, 1)):
        drawn = rng.gamma(np.array([*share.values()]) * certainty)
        found = grade(z @ (drawn / max(drawn.sum(), np.finfo(float).tiny)))
        for each in range(len(shares)):
            hits[each] += found == each
    out.loc[known.index, "score"] = base
    out.loc[known.index, "grade"] = np.array([*shares], dtype=object)[code]
    out.loc[known.index, "kept"] = hits[code, np.arange(len(z))] / draws
    out.loc[known.index, [*shares]] = hits.T / draws
    return out.astype({"grade": "str"})


def next_key_accounts(
    accounts: pd.DataFrame,
    signals: Weights,
    benefit: Mapping[str, bool] | None = None,
    pool: pd.Series | None = None,
    outcome: pd.Series | None = None,
    top: int = 30,
    confidence: float = 0.95,
) -> NextKeyAccounts:
    """Who are the next key accounts, and would this choice have been better than chance?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        The signals as they stood *before* the year that ``outcome`` judges.
    signals, benefit
        As weights and benefit in :func:`topsis`; standardised within the pool.
    pool : Series of 0/1 or bool by account, optional
        Who may be picked; all by default.
    outcome : Series of 0/1 or bool by account, optional
        Who came true in the following year.
    top : int
        How many are picked; fewer where fewer of the pool have their signals.
    confidence : float
        Level of the Wilson interval of the hit rate.

    Returns
    -------
    NextKeyAccounts
        ranking (the pool in order: score, rank, picked, outcome if given; without a signal last,
        not ranked; ties by account) and hit_rate: pool, picked, hits, hit_rate, low, high,
        base_pool, base_book, most (best possible hit rate), at_random (chance that as many picks at
        random from the pool hit as often); empty without an outcome.

    Raises
    ------
    ValueError
        As in :func:`topsis`; flags that are not 0 or 1 or are not there for every account; an empty
        pool; top below 1.

    Notes
    -----
    at_random is the upper tail of the hypergeometric distribution. For S000-7c and S000-8c: look
    for the next ones among the smaller accounts, by what they could become.
    """
    share = scaled_weights(signals, "signals")
    signs = {
        name: bool(sign > 0) for name, sign in zip(share, directions(share, benefit), strict=True)
    }
    values = finite_columns(accounts, share, "accounts")
    inside = (
        pd.Series(True, index=values.index) if pool is None else _flags(pool, values.index, "pool")
    )
    if not inside.any():
        raise ValueError(
            f"pool holds none of {len(values)} accounts: "
            "expected at least one; widen the rule that made it"
        )
    score = (
        weighted_score(values[inside], share, signs)
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    ranking = pd.DataFrame({"score": score, "rank": np.arange(1, len(score) + 1)})
    ranking["rank"] = ranking["rank"].where(score.notna()).astype("Int64")
    ranking["picked"] = (ranking["rank"] <= at_least("top", top, 1)).fillna(False).astype(bool)
    if outcome is None:
        return NextKeyAccounts(ranking, pd.Series(dtype=float, name="hit_rate"))
    true = _flags(outcome, values.index, "outcome")
    ranking["outcome"] = true.reindex(ranking.index)
    picked, hits, came = (
        int(ranking["picked"].sum()),
        int(ranking.loc[ranking["picked"], "outcome"].sum()),
        int(true[inside].sum()),
    )
    low, high = (
        proportion_confint(hits, picked, 2 * tails(confidence)[0], "wilson")
        if picked
        else (np.nan, np.nan)
    )
    found = {
        "pool": len(ranking),
        "picked": picked,
        "hits": hits,
        "hit_rate": hits / picked if picked else np.nan,
        "low": low,
        "high": high,
        "base_pool": came / len(ranking),
        "base_book": true.mean(),
        "most": min(came, picked) / picked if picked else np.nan,
        "at_random": hypergeom.sf(hits - 1, len(ranking), came, picked),
    }
    return NextKeyAccounts(ranking, pd.Series(found, name="hit_rate", dtype=float))


def compare_choices(
    first: pd.DataFrame, second: pd.DataFrame, confidence: float = 0.95
) -> pd.Series:
    """Does one order of the same accounts foretell better than another?

    Two intervals that overlap are no test of two choices from one pool: both hold the same
    accounts, so that what is luck in one is luck in the other. The test is made on the difference.

    Parameters
    ----------
    first, second : DataFrame by account
        The ``ranking`` of :func:`next_key_accounts` for two sets of signals, with an outcome.
    confidence : float
        Level of the interval of ``gain``.

    Returns
    -------
    Series
        n (accounts that both orders rank), auc and auc_second (chance that an account that came
        true stands before one that did not, in either order), gain (their difference) with low and
        high, only_first and only_second (accounts that one alone picks), hits_first and hits_second
        (of these, came true), right_first and right_second (accounts on which one alone is right),
        p (McNemar, exact, two-sided, of these two). NaN where undefined: gain where nobody or
        everybody came true, its interval where fewer than two did or did not, p where both pick the
        same accounts.

    Raises
    ------
    ValueError
        Rankings without an outcome, or of other accounts.

    Notes
    -----
    With placements V10 (share of the others that an account that came true stands before) and V01,
    Var(gain) = Var(V10 - V10') / n1 + Var(V01 - V01') / n0: DeLong's covariance. McNemar counts the
    accounts on which one choice alone is right: picked and came true, or not picked and did not.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44(3). McNemar (1947), Psychometrika 12.
    """
    for name, ranking in (("first", first), ("second", second)):
        need_columns(ranking, ["score", "picked", "outcome"], name)
    if not first.index.is_unique or set(first.index) != set(second.index):
        raise ValueError(
            f"first ranks {len(first)} accounts, second {len(second)}: expected the same accounts"
        )
    second = second.loc[first.index]
    came = first["outcome"].to_numpy(dtype=bool)
    known = (first["score"].notna() & second["score"].notna()).to_numpy()
    out: dict[str, float] = {"n": int(known.sum())}
    yes, n1, n0 = came[known], int(came[known].sum()), int((~came[known]).sum())
    out |= dict.fromkeys(("auc", "auc_second", "gain", "low", "high"), float("nan"))
    if n1 and n0:
        (above, below), (above_2, below_2) = (
            _placements(order["score"].to_numpy(dtype=float)[known], yes)
            for order in (first, second)
        )
        out |= {"auc": above.mean(), "auc_second": above_2.mean()}
        out["gain"] = gain = above.mean() - above_2.mean()
        if min(n1, n0) > 1:
            variance = (above - above_2).var(ddof=1) / n1 + (below - below_2).var(ddof=1) / n0
            reach = norm.isf(tails(confidence)[0]) * np.sqrt(variance)
            out |= {"low": gain - reach, "high": gain + reach}
    mine, other = (order["picked"].to_numpy(dtype=bool) for order in (first, second))
    only, instead = mine & ~other, other & ~mine
    out |= {"only_first": only.sum(), "only_second": instead.sum()}
    out |= {"hits_first": (only & came).sum(), "hits_second": (instead & came).sum()}
    right, wrong = (only & came) | (instead & ~came), (only & ~came) | (instead & came)
    out |= {"right_first": right.sum(), "right_second": wrong.sum()}
    table = [[0, right.sum()], [wrong.sum(), 0]]
    out["p"] = float(mcnemar(table, exact=True).pvalue) if (only | instead).any() else np.nan
    return pd.Series(out, name="comparison", dtype=float)


def _placements(score: Floats, came: np.ndarray) -> tuple[Floats, Floats]:
    """For each that came true the share of the others below it; for each other the share of those
    that came true above it. A tie counts half.
    """
    place, n1, n0 = rankdata(score), came.sum(), (~came).sum()
    above = (place[came] - rankdata(score[came])) / n0
    below = 1 - (place[~came] - rankdata(score[~came])) / n1
    return above, below


def two_sided_chance(pool: int, came: int, picked: int, hits: int) -> float:
    """How often do picks at random from the pool give a number of hits as unlikely as this one?

    Parameters
    ----------
    pool, came : int
        Accounts in the pool, and those of them that came true.
    picked, hits : int
        Accounts picked, and those of them that came true.

    Returns
    -------
    float
        The exact two-sided probability: the sum over all numbers of hits that are no likelier than
        the one found. A doubled tail is another number wherever the distribution is skewed.

    Raises
    ------
    ValueError
        Counts that cannot be.

    Notes
    -----
    P(h) = C(came, h) C(pool - came, picked - h) / C(pool, picked); the point-probability rule.

    References
    ----------
    Fisher (1935), Journal of the Royal Statistical Society 98. Freeman & Halton (1951), Biometrika
    38.
    """
    table = [[hits, picked - hits], [came - hits, pool - picked - came + hits]]
    if min(map(min, table)) < 0:
        raise ValueError(
            f"{hits} hits of {picked} picked, {came} of {pool} in the pool came true: "
            "expected counts that fit"
        )
    return float(fisher_exact(table).pvalue)


def _flags(flags: pd.Series, index: pd.Index, argument: str) -> pd.Series:
    """A flag for every account, as bool."""
    if (
        not isinstance(flags, pd.Series)
        or not flags.index.is_unique
        or len(index.difference(flags.index))
    ):
        lacking = some(index.difference(flags.index)) if isinstance(flags, pd.Series) else "all"
        raise ValueError(
            f"{argument} lacks accounts ({lacking}) or repeats some: "
            "expected a Series with one flag for each account"
        )
    values = to_number(flags.reindex(index), argument)
    if not values.isin([0, 1]).all():
        raise ValueError(
            f"{argument} holds {some(values[~values.isin([0, 1])])}: "
            "expected 0 or 1 for each account"
        )
    return values == 1
