"""Anybody's credit data: features of any kind against a default flag, in bins whose risk rises or
falls all the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import comb
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from keyacct_utils.lessons.credit_grade import scorecard as sc

#: Columns of credit_features that are no features.
KNOWN = ("account_id", "defaulted", "date", "score", "rating", "exposure")
#: A feature with less information tells nobody apart (Siddiqi 2006).
LEAST_INFORMATION = 0.02
#: Values of a category that fewer accounts have are counted together: so many, and this share.
RARE, RARE_SHARE, OTHERS = 10, 0.02, "others"
#: Bins of a number to begin with; neighbours that break the order are then joined.
FINE = 20
#: Defaults, or payers if they are fewer, for each feature of a card.
PER_FEATURE = 10
#: Smallest bin of a number, a share of the accounts.
LEAST_SHARE = 0.05
BANDS = 5
#: A column that tells the fate without exception is named where luck makes one less often.
LEAK_CHANCE = 0.001
LEAK = "tells the fate without exception"


class Told(NamedTuple):
    """What a book brings of its own: features, and what was left out of them and why."""

    features: pd.DataFrame
    left_out: Mapping[str, str]


def gives_away(column: pd.Series, default: pd.Series, chance: float = LEAK_CHANCE) -> bool:
    """Does one column tell payers from defaulters without exception?

    Parameters
    ----------
    column : numbers or text, one per account; missing values are a value of their own.
    default : 0 or 1 by account; only those whose fate is known.
    chance : such a column is not named where it could be one by luck as often as this.

    Returns
    -------
    bool : each value (of text), or each side of one cut (of a number), holds one fate only. A
        column that does so is the outcome under another name, or was written after it.

    Notes
    -----
    k values or sides can be one fate each in 2^k ways, of C(n, d) in which d defaults among n
    accounts can fall: so few accounts may be told apart by luck. Kaufman et al. 2012, Leakage in
    data mining, ACM TKDD 6(4).
    """
    fate = default.loc[default.index.intersection(column.index)]
    values = column.loc[fate.index]
    blank = values.isna()
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        ends = values[~blank].groupby(fate[~blank]).agg(["min", "max"])
        apart = len(ends) < 2 or (
            ends["max"].iloc[0] < ends["min"].iloc[1] or ends["max"].iloc[1] < ends["min"].iloc[0]
        )
        kinds = len(ends) + int(blank.any())
    else:
        told_by = fate[~blank].groupby(values[~blank].astype("str")).nunique()
        apart, kinds = bool((told_by <= 1).all()), len(told_by) + int(blank.any())
    if not apart or fate[blank].nunique() > 1 or fate.nunique() < 2:
        return False
    ways = comb(len(fate), int(fate.sum()))
    return bool(2.0 ** min(kinds, 1000) < chance * ways)


def told(table: pd.DataFrame, default: pd.Series | None = None) -> Told:
    """The features of a table, indexed by account; what cannot be one is named.

    A column with one value, free text, and one that tells the fate without exception are no
    features.
    """
    given = table.set_index("account_id").drop(columns=[c for c in KNOWN[1:] if c in table])
    left_out: dict[str, str] = {}
    for name in map(str, given):
        column = given[name]
        if column.nunique(dropna=False) < 2:
            left_out[name] = "the same for all"
        elif not pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > len(column) / 2:
            left_out[name] = "free text"
        elif default is not None and gives_away(column, default):
            left_out[name] = LEAK
    return Told(given.drop(columns=list(left_out)), left_out)


def rising_edges(x: pd.Series, default: pd.Series, fine: int = FINE) -> list[float]:
    """Where should a number be cut, so that the share of defaults rises, or falls, all the way?

    Parameters
    ----------
    x : one number per account; missing values are a bin of their own and play no part.
    default : 0 or 1 per account, same order.
    fine : number of quantile bins to begin with.

    Returns
    -------
    list of float
        Inner edges; a bin holds its upper edge. Empty where all values are alike, or default moves
        neither way.

    Raises
    ------
    ValueError
        One class only, lengths differ, infinite values.

    Notes
    -----
    Bins of equal number; their shares of defaults are fitted by isotonic regression (pool adjacent
    violators), weighed by accounts and in the direction that fits better, and bins with one fitted
    share are joined; so are bins with less than ``LEAST_SHARE`` of the accounts, or in which all
    fared alike (Siddiqi 2006; Barlow et al. 1972).
    """
    known = x.notna()
    values, bad = x[known].astype(float), default[known]
    if values.nunique() < 2:
        return []
    table = sc.woe_table(values, bad, fine) if bad.nunique() > 1 else pd.DataFrame()
    if len(table) < 2:
        return []
    edges = sc.quantile_edges(values, fine)
    filled = np.unique(np.searchsorted(edges, values.to_numpy(), side="left"))
    edges, place = edges[filled[:-1]], np.arange(len(table))
    fitted = []
    for rising in (True, False):
        fit = IsotonicRegression(increasing=rising).fit_transform(
            place, table["bad_rate"], sample_weight=table["n"]
        )
        missed = float((table["n"] * (table["bad_rate"] - fit) ** 2).sum())
        fitted.append((missed, np.round(fit, 12)))
    best = min(fitted, key=lambda pair: pair[0])[1]
    kept = [float(edges[i]) for i in range(len(edges)) if best[i] != best[i + 1]]
    return _filled(values, bad, kept)


def _filled(values: pd.Series, bad: pd.Series, edges: list[float]) -> list[float]:
    """The edges without those of bins that are too small, or in which all fared alike: each is
    joined to the neighbour with the nearer share of defaults.
    """
    while edges:
        place = np.searchsorted(edges, values.to_numpy(), side="left")
        n = np.bincount(place, minlength=len(edges) + 1)
        hit = np.bincount(place, weights=bad.to_numpy(float), minlength=len(edges) + 1)
        poor = np.flatnonzero((n < LEAST_SHARE * len(values)) | (hit == 0) | (hit == n))
        if not len(poor):
            break
        rate = hit / np.maximum(n, 1)
        first = int(poor[np.argmin(n[poor])])
        left = abs(rate[first] - rate[first - 1]) if first else np.inf
        right = abs(rate[first + 1] - rate[first]) if first < len(edges) else np.inf
        del edges[first - 1 if left <= right else first]
    return edges


@dataclass(frozen=True)
class Coding:
    """How features are put into bins: edges of numbers, and the values of a category that stand
    alone.
    """

    edges: Mapping[str, list[float] | None]
    kept: Mapping[str, frozenset[str]]

    def coded(self, features: pd.DataFrame) -> pd.DataFrame:
        """The features with rare values of a category together."""
        out = features[list(self.edges)].copy()
        for name, values in self.kept.items():
            text = out[name].astype("str")
            out[name] = text.where(text.isin(list(values)) | text.isna(), OTHERS)
        return out


def coding(features: pd.DataFrame, default: pd.Series) -> Coding:
    """Bins of each feature: monotone ones of numbers, those with enough accounts of categories."""
    edges: dict[str, list[float] | None] = {}
    kept: dict[str, frozenset[str]] = {}
    least = max(RARE, RARE_SHARE * len(features))
    for name in map(str, features):
        if pd.api.types.is_numeric_dtype(features[name].dtype):
            edges[name] = rising_edges(features[name], default)
        else:
            counts = features[name].astype("str").value_counts()
            edges[name] = None
            kept[name] = frozenset(counts.index[counts >= least])
    return Coding(edges, kept)


def tables(coded: pd.DataFrame, default: pd.Series, how: Coding) -> dict[str, pd.DataFrame]:
    """The WOE table of each feature with two bins or more, the most informative first."""
    found = {name: sc.woe_table(coded[name], default, edges) for name, edges in how.edges.items()}
    found = {name: table for name, table in found.items() if len(table) > 1}
    return dict(sorted(found.items(), key=lambda item: -float(item[1]["iv"].sum())))


def chosen(found: Mapping[str, pd.DataFrame], default: pd.Series) -> list[str]:
    """The features of a card: those that carry information, as many as the defaults bear."""
    fewest = min(int(default.sum()), int((1 - default).sum()))
    carrying = [name for name, table in found.items() if table["iv"].sum() >= LEAST_INFORMATION]
    return carrying[: max(1, fewest // PER_FEATURE)]


def fitted(features: pd.DataFrame, default: pd.Series) -> tuple[sc.Scorecard, Coding]:
    """A scorecard of the features that carry information, and how they were coded.

    Raises
    ------
    ValueError
        As `scorecard.fit_scorecard`; no feature carries information.
    """
    how = coding(features, default)
    coded = how.coded(features)
    names = chosen(tables(coded, default, how), default)
    return sc.fit_scorecard(coded[names], default, {n: how.edges[n] for n in names}), how


def cross_chances(
    features: pd.DataFrame, default: pd.Series, folds: int = 5, seed: int = 0
) -> pd.Series:
    """Chance of default of each account, from a card that has not seen it: bins, choice of the
    features and points are made on the other folds. A fold without a card says the base rate.
    """
    folds = min(folds, int(default.sum()), int((1 - default).sum()))
    chance = pd.Series(float(default.mean()), index=default.index, name="chance")
    if folds < 2:
        return chance
    parted = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for fit_on, ask in parted.split(features, default):
        mine, theirs = default.iloc[fit_on], features.iloc[ask]
        try:
            card, how = fitted(features.iloc[fit_on], mine)
            chance.iloc[ask] = _probability(card, how.coded(theirs), float(mine.mean()))
        except ValueError:
            chance.iloc[ask] = mine.mean()
    return chance


def _probability(card: sc.Scorecard, coded: pd.DataFrame, base: float) -> pd.Series:
    """Chances; an account with a value that the card has not seen gets the base rate."""
    known = pd.Series(True, index=coded.index)
    for name in card.coefficients.index:
        bins = set(card.points.loc[card.points["variable"] == name, "bin"])
        if card.bins[name] is None:
            known &= coded[name].isin(list(bins)) | (coded[name].isna() & (sc.MISSING in bins))
        else:
            known &= coded[name].notna() | (sc.MISSING in bins)
    out = pd.Series(base, index=coded.index)
    if known.any():
        out[known] = card.probability(coded[known])
    return out


def alone(
    features: pd.DataFrame, default: pd.Series, folds: int = 5, seed: int = 0
) -> pd.DataFrame:
    """AUC of each feature alone, each account judged by bins that were made without it.

    Returns
    -------
    DataFrame by feature : estimate, low, high (95 % interval of `score_measures.gini_auc`).
    """
    folds = min(folds, int(default.sum()), int((1 - default).sum()))
    if folds < 2:
        return pd.DataFrame(columns=["estimate", "low", "high"])
    worth = pd.DataFrame(0.0, index=default.index, columns=list(map(str, features)))
    parted = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for fit_on, ask in parted.split(features, default):
        mine = default.iloc[fit_on]
        how = coding(features.iloc[fit_on], mine)
        seen, asked = how.coded(features.iloc[fit_on]), how.coded(features.iloc[ask])
        for name, edges in how.edges.items():
            table = sc.woe_table(seen[name], mine, edges)["woe"]
            labels = sc.bins_of(asked[name], edges)
            worth.loc[asked.index, name] = table.reindex(labels).fillna(0).to_numpy()
    rows = {name: sc.gini_auc(worth[name], default) for name in worth if worth[name].nunique() > 1}
    frame = pd.DataFrame(
        {name: {"estimate": f.auc, "low": f.low, "high": f.high} for name, f in rows.items()},
        index=["estimate", "low", "high"],
    ).T
    return frame.sort_values("estimate", ascending=False, kind="stable").rename_axis("feature")


def best_first(ratings: Iterable[str]) -> list[str]:
    """Ratings from the best to the worst: AAA before AA before A before B, A+ before A before A-,
    and numbers rising.
    """
    found = sorted(set(ratings))
    if all(re.fullmatch(r"[+-]?\d+(\.\d+)?", text) for text in found):
        return sorted(found, key=float)

    def place(text: str) -> tuple[str, int, int, str]:
        run = re.match(r"(.)\1*", text.upper())
        sign = {"+": 0, "-": 2}.get(text[-1:], 1)
        return (text[:1].upper(), -len(run[0]) if run else 0, sign, text)

    return sorted(found, key=place)


def bands(score: pd.Series, n: int = BANDS) -> pd.Series:
    """Bands of the score, as nearly equal as its ties allow; the first holds the most points."""
    edges = sc.quantile_edges(score, n) if score.nunique() > 1 else np.empty(0)
    place = np.searchsorted(edges, score.to_numpy(float), side="left")
    return pd.Series([f"band {len(edges) + 1 - p}" for p in place], index=score.index, dtype="str")
