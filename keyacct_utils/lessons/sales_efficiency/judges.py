"""Do judges agree, and who is harsh: concordance, intraclass correlation, severity (评委一致性),
lesson N14.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from scipy import stats
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, to_number

__all__ = ["Concordance", "intraclass_correlation", "judge_severity", "kendall_w"]

Kind = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


class Concordance(NamedTuple):
    """Kendall's W with the test of no agreement at all."""

    w: float
    chi2: float
    p: float
    cases: int
    judges: int


def _complete(ratings: pd.DataFrame) -> np.ndarray:
    """Cases x judges without gaps, at least two of each."""
    table = numeric_table(ratings, "ratings")
    if table.isna().any().any():
        raise ValueError(
            "ratings has gaps: keep the cases that every judge scored (ratings.dropna()), or look "
            "at who is harsh with judge_severity, which needs no full table"
        )
    if not np.isfinite(table.to_numpy()).all():
        raise ValueError("ratings has endless values: expected scores")
    if min(table.shape) < 2:
        raise ValueError(
            f"ratings has {len(table)} cases and {table.shape[1]} judges: expected two of each"
        )
    return table.to_numpy(dtype=float)


def kendall_w(ratings: pd.DataFrame) -> Concordance:
    """Do the judges put the cases in the same order (肯德尔和谐系数)?

    Parameters
    ----------
    ratings : cases x judges, scores (more is better, or less: only their order counts), no gaps.

    Returns
    -------
    Concordance : w from 0 (no common order) to 1 (the same order), chi2 and p of the test that
        there is none, cases, judges. The test is about "none at all": a small p does not say that
        the judges agree well.

    Raises
    ------
    ValueError : gaps, text, fewer than two cases or judges, a panel in which no judge tells any
        case from another.

    Notes
    -----
    W = (12 sum R^2 - 3 m^2 n (n + 1)^2) / (m^2 n (n^2 - 1) - m sum T), R the sum of ranks of a
    case, T = t^3 - t over ties; chi2 = m (n - 1) W with n - 1 degrees of freedom. The mean rank
    correlation of two judges is (m W - 1) / (m - 1). Source S003-4d.

    References
    ----------
    Kendall & Babington Smith 1939, Ann. Math. Stat. 10; Kendall 1948, Rank Correlation Methods.
    """
    scores = _complete(ratings)
    n, m = scores.shape
    ranks = stats.rankdata(scores, axis=0)
    ties = sum(
        float(((counts := np.unique(column, return_counts=True)[1]) ** 3 - counts).sum())
        for column in ranks.T
    )
    below = m**2 * n * (n**2 - 1) - m * ties
    if below <= 0:
        raise ValueError("ratings: no judge tells any case from another, so there is no order")
    w = float((12 * (ranks.sum(axis=1) ** 2).sum() - 3 * m**2 * n * (n + 1) ** 2) / below)
    chi2 = m * (n - 1) * w
    return Concordance(w, chi2, float(stats.chi2.sf(chi2, n - 1)), n, m)


def intraclass_correlation(
    ratings: pd.DataFrame, kind: Kind = "2,1", confidence: float = 0.95
) -> Interval:
    """How much of the points is the case, and how much the judge and the day (组内相关系数)?

    Parameters
    ----------
    ratings : cases x judges, scores, no gaps.
    kind : "1,1" each case has other judges; "2,1" the same judges, any of their kind, who are to
        agree in points; "3,1" these very judges, who are to agree but for a constant. "1,k", "2,k",
        "3,k": the same of the mean of all judges.
    confidence : level of the interval.

    Returns
    -------
    Interval : the estimate, which is below zero where judges agree less than chance, and its
        limits.

    Raises
    ------
    ValueError : an unknown kind, gaps, text, fewer than two cases or judges, scores that never
        differ; of a mean, where it is the same for all cases.

    Notes
    -----
    From the mean squares of cases (B), within cases (W), judges (J) and the rest (E), with n cases
    and k judges: (1,1) (B-W)/(B+(k-1)W); (2,1) (B-E)/(B+(k-1)E+k(J-E)/n); (3,1)
    (B-E)/(B+(k-1)E); (1,k) (B-W)/B; (2,k) (B-E)/(B+(J-E)/n); (3,k) (B-E)/B. Intervals from F
    distributions; that of (2,1) by Satterthwaite's degrees of freedom.

    References
    ----------
    Shrout & Fleiss 1979, Psychological Bulletin 86(2), 420-428.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}: expected one of {', '.join(get_args(Kind))}")
    fraction("confidence", confidence, one=False)
    x = _complete(ratings)
    n, k = x.shape
    grand = x.mean()
    cases, judges = x.mean(axis=1), x.mean(axis=0)
    between = k * float(((cases - grand) ** 2).sum()) / (n - 1)
    judge = n * float(((judges - grand) ** 2).sum()) / (k - 1)
    within = float(((x - cases[:, None]) ** 2).sum()) / (n * (k - 1))
    rest = float(((x - cases[:, None] - judges + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    if between == 0 and within == 0:
        raise ValueError("ratings never differ: there is nothing to agree about")
    model, form = kind.split(",")
    if form == "k" and between == 0:
        raise ValueError(
            "ratings: the mean of the judges is the same for all cases; use kind='2,1'"
        )
    tail = (1 - confidence) / 2
    if model == "2":
        estimate, low, high = _two_way(between, judge, rest, n, k, tail)
    else:
        error = within if model == "1" else rest
        freedom = n * (k - 1) if model == "1" else (n - 1) * (k - 1)
        if error == 0:
            return Interval(1.0, 1.0, 1.0)
        ratio = between / error
        ends = (
            ratio / stats.f.isf(tail, n - 1, freedom),
            ratio,
            ratio * stats.f.isf(tail, freedom, n - 1),
        )
        low, estimate, high = ((f - 1) / (f + k - 1) for f in ends)
    if form == "k":
        estimate, low, high = (_stepped(value, k) for value in (estimate, low, high))
    return Interval(float(estimate), float(low), float(high))


def _stepped(value: float, k: int) -> float:
    """Of the mean of k judges, from that of one (Spearman and Brown)."""
    below = 1 + (k - 1) * value
    return float("-inf") if below <= 0 else k * value / below


def _two_way(
    between: float, judge: float, rest: float, n: int, k: int, tail: float
) -> tuple[float, float, float]:
    below = between + (k - 1) * rest + k * (judge - rest) / n
    if below <= 0:
        raise ValueError("ratings: the cases do not differ beyond the rest; no ratio is defined")
    rho = (between - rest) / below
    if rest == 0:
        return rho, rho, rho
    f = judge / rest
    top = (k - 1) * (n - 1) * (k * rho * f + n * (1 + (k - 1) * rho) - k * rho) ** 2
    bottom = (n - 1) * k**2 * rho**2 * f**2 + (n * (1 + (k - 1) * rho) - k * rho) ** 2
    freedom = top / bottom
    upper = stats.f.isf(tail, n - 1, freedom)
    lower = stats.f.isf(tail, freedom, n - 1)
    mixed = k * judge + (k * n - k - n) * rest
    low = n * (between - upper * rest) / (upper * mixed + n * between)
    high = n * (lower * between - rest) / (mixed + n * lower * between)
    return rho, float(low), float(high)


def judge_severity(
    scores: pd.DataFrame,
    case: str = "case_id",
    judge: str = "judge_id",
    score: str = "score",
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, pd.Series]:
    """Who judges harshly, and what would each case have with all judges (评委宽严)?

    Parameters
    ----------
    scores : one row per sheet: the case, the judge, the points. Not every judge needs to have
        scored every case. Several sheets of one judge on one case are averaged.
    case, judge, score : names of these columns.
    confidence : level of the intervals.

    Returns
    -------
    tuple : a DataFrame by judge (sheets, raw (mean of the points given less that of all sheets),
        severity (points above the mean judge; below zero is harsh), low, high), and a Series by
        case: points with the severity taken out. Limits are missing where nothing is left to judge
        the error by.

    Raises
    ------
    ValueError : missing columns, gaps, fewer than two judges or cases, or judges who have no case
        in common, even through others: then harsh judges and weak cases cannot be told apart.

    Notes
    -----
    Least squares of score = case + judge, the severities adding up to zero. Where all judges score
    all cases, severity changes no order; it does where each case has other judges. Source S003-4d.
    """
    need_columns(scores, (case, judge, score), "scores")
    fraction("confidence", confidence, one=False)
    rows = scores[[case, judge, score]]
    if not len(rows) or rows.isna().any().any():
        raise ValueError(f"scores has no row, or gaps in {case}, {judge} or {score}: drop those")
    rows = rows.assign(**{score: to_number(rows[score], f"scores.{score}")})
    sheets = rows.groupby([case, judge], sort=True)[score].mean().reset_index()
    of_case, cases = pd.factorize(sheets[case], sort=True)
    of_judge, judges = pd.factorize(sheets[judge], sort=True)
    n, m = len(cases), len(judges)
    if n < 2 or m < 2:
        raise ValueError(f"scores has {n} cases and {m} judges: expected two of each")
    links = coo_matrix((np.ones(len(sheets)), (of_case, of_judge + n)), shape=(n + m, n + m))
    groups, _ = connected_components(links, directed=False)
    if groups > 1:
        raise ValueError(
            f"scores falls into {groups} panels without a case in common: who is harsh and which "
            "case is weak cannot be told apart between them; look at each panel by itself"
        )
    y = sheets[score].to_numpy(dtype=float)
    effect = np.zeros((len(y), m))
    effect[np.arange(len(y)), of_judge] = 1.0
    effect = effect[:, :-1] - effect[:, [-1]]  # severities add up to zero
    counts = np.bincount(of_case)

    def inside(values: np.ndarray) -> np.ndarray:
        sums = np.zeros((n, *values.shape[1:]))
        np.add.at(sums, of_case, values)
        return values - (sums.T / counts).T[of_case]

    z, t = inside(effect), inside(y)
    inverse = np.linalg.inv(z.T @ z)
    beta = inverse @ z.T @ t
    whole = np.append(beta, -beta.sum())
    turn = np.vstack([np.eye(m - 1), -np.ones(m - 1)])
    left = len(y) - n - m + 1
    reach = np.full(m, np.nan)
    if left > 0:
        variance = float(((t - z @ beta) ** 2).sum()) / left
        error = np.sqrt(variance * np.einsum("ij,jk,ik->i", turn, inverse, turn))
        reach = float(stats.t.ppf((1 + confidence) / 2, left)) * error
    raw = sheets.groupby(judge)[score].agg(["size", "mean"]).reindex(judges)
    found = pd.DataFrame(
        {
            "sheets": raw["size"],
            "raw": raw["mean"] - y.mean(),
            "severity": whole,
            "low": whole - reach,
            "high": whole + reach,
        },
        index=pd.Index(judges, name=judge),
    )
    fair = pd.Series(y - whole[of_judge]).groupby(of_case).mean()
    return found, pd.Series(fair.to_numpy(), index=pd.Index(cases, name=case), name="fair")
