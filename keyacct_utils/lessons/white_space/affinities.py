"""Which products go together beyond chance, and what to offer next?"""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from keyacct_utils.lessons.shared.amounts import Interval, fraction
from keyacct_utils.lessons.shared.checks import some

__all__ = ["BREADTH", "OfferTest", "affinity", "fair_offers", "next_offer", "offer_test"]

Floats = npt.NDArray[np.float64]
Z = float(stats.norm.ppf(0.975))
#: Accounts that chance alone would let hold both: a pair with fewer is not judged.
EXPECTED = 5
#: Weight, in accounts, of the share among all accounts beside that among the peers.
PRIOR = 10.0
#: Groups of accounts in which the offers are tried: made from the others, tested on these.
FOLDS = 5
#: Strata by the number of other products that the account holds.
BREADTH = "breadth"


def _baskets(baskets: pd.DataFrame) -> pd.DataFrame:
    """Accounts x products as True and False; only accounts that hold something."""
    if not isinstance(baskets, pd.DataFrame) or not baskets.shape[0]:
        raise ValueError("baskets is empty: expected one row per account, one column per product")
    if baskets.shape[1] < 2:
        raise ValueError(f"baskets has {baskets.shape[1]} product: a pair takes two")
    if not (baskets.index.is_unique and baskets.columns.is_unique):
        twice = baskets.index[baskets.index.duplicated()]
        raise ValueError(f"baskets: an account or a product is repeated ({some(twice)})")
    values = baskets.to_numpy(dtype=float, na_value=np.nan)
    if not np.isin(values, (0.0, 1.0)).all():
        raise ValueError("baskets must say yes or no (True/False, 1/0) in every cell: spend > 0")
    held = pd.DataFrame(values > 0, baskets.index, baskets.columns)
    held = held[held.any(axis=1)]
    if not len(held):
        raise ValueError("baskets: no account holds any product")
    return held


def _lift(n11: Floats, n1: Floats, n2: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """Lift with 95 % limits: by the delta method on its logarithm; exact ones where one of the four
    counts (both, one, the other, none) is small, since that error is nothing where all or none of
    the holders of one hold the other.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = n * n11 / (n1 * n2)
        spread = np.sqrt(np.maximum(0.0, 1 / n11 - 1 / n1 - 1 / n2 + (2 * lift - 1) / n))
        low, high = lift * np.exp(-Z * spread), lift * np.exp(Z * spread)
    few = np.minimum.reduce([n11, n1 - n11, n2 - n11, n - n1 - n2 + n11]) < EXPECTED
    for place in np.flatnonzero(few):
        both, one, two = (int(counts[place]) for counts in (n11, n1, n2))
        low[place], high[place] = _exact_limits(both, one, two, n)
    return lift, low, high


def _exact_limits(both: int, one: int, two: int, n: int) -> tuple[float, float]:
    """Exact 95 % limits of the lift, given how many hold each: the limits of the odds ratio that
    belong to Fisher's test, each as the lift that is expected at it."""
    cells = [[both, one - both], [two - both, n - one - two + both]]
    limits = stats.contingency.odds_ratio(cells).confidence_interval(0.95)
    chance = one * two / n
    least, most = max(0, one + two - n), min(one, two)

    def expected(odds: float) -> float:
        if odds <= 0 or np.isinf(odds):
            return float(least if odds <= 0 else most)
        return float(stats.nchypergeom_fisher.mean(n, one, two, odds))

    return expected(limits.low) / chance, expected(limits.high) / chance


def _within(tables: Floats) -> tuple[float, float, float, float]:
    """Common odds ratio of 2 x 2 tables (Mantel-Haenszel) with its 95 % limits and the p-value of
    no tie within strata (Cochran-Mantel-Haenszel); tables is 4 x strata: both, first, second, none.
    """
    a, b, c, d = tables[:, tables.sum(axis=0) > 1]
    n = a + b + c + d
    r, s = a * d / n, b * c / n
    expected = (a + b) * (a + c) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    if not variance.sum() > 0:
        return np.nan, np.nan, np.nan, np.nan
    p = float(stats.chi2.sf((a - expected).sum() ** 2 / variance.sum(), 1))
    big_r, big_s = r.sum(), s.sum()
    if big_r == 0 or big_s == 0:
        return (0.0 if big_r == 0 else np.inf), 0.0, np.inf, p
    one, two = (a + d) / n, (b + c) / n
    # Robins, Breslow & Greenland 1986
    spread = np.sqrt(
        (one * r).sum() / (2 * big_r**2)
        + (one * s + two * r).sum() / (2 * big_r * big_s)
        + (two * s).sum() / (2 * big_s**2)
    )
    odds = big_r / big_s
    return odds, odds * np.exp(-Z * spread), odds * np.exp(Z * spread), p


def _strata(strata: pd.Series | str | None, held: pd.DataFrame) -> npt.NDArray[Any] | str | None:
    if strata is None or (isinstance(strata, str) and strata == BREADTH):
        return strata
    if not isinstance(strata, pd.Series):
        raise ValueError(f"strata is {strata!r}: a Series by account_id, {BREADTH!r} or None")
    labels = strata.reindex(held.index)
    if labels.isna().any():
        raise ValueError(f"strata lacks {labels.isna().sum()} accounts of baskets: give each one")
    return np.asarray(pd.factorize(labels)[0])


def _counts(held: Floats, i: int, j: int, strata: npt.NDArray[Any] | str) -> Floats:
    others = held.sum(axis=1) - held[:, i] - held[:, j]
    group = others if isinstance(strata, str) else strata
    if held.shape[1] > 2:
        held, group = held[others > 0], group[others > 0]
    one, two = held[:, i], held[:, j]
    cell = np.where(one > 0, np.where(two > 0, 0, 1), np.where(two > 0, 2, 3))
    of = np.asarray(group).astype(int)
    if not len(of):
        return np.zeros((4, 1))
    return np.bincount(4 * of + cell, minlength=4 * (of.max() + 1)).reshape(-1, 4).T.astype(float)


def affinity(
    baskets: pd.DataFrame,
    strata: pd.Series | str | None = None,
    *,
    expected: float = EXPECTED,
    level: float = 0.05,
) -> pd.DataFrame:
    """Which products are held together more often than chance would have it?

    Parameters
    ----------
    baskets : accounts x products, True where the account holds the product. Accounts that hold
        nothing are left out.
    strata : by account_id, a group within which accounts are compared (size); or "breadth": the
        number of other products that the account holds. An account that buys everything holds
        every pair, and makes lifts that say nothing of the pair.
    expected : accounts that chance alone would let hold both, at least; a pair with fewer is
        seldom seen, and is left out, as is one of a product that every account holds.
    level : false discovery rate, for all pairs together.

    Returns
    -------
    DataFrame, one row per pair, the largest lift first: first, second, together (accounts),
    support (share that holds both), confidence (share of the holders of first that hold second),
    reverse (of the holders of second, first), lift, low, high (95 %), p (Fisher's exact test),
    told (stands after Benjamini-Hochberg over all pairs). With strata also odds, odds_low,
    odds_high (common odds ratio within strata), p_within and told_within.

    Raises
    ------
    ValueError : an empty table, one product, cells that are not yes or no, repeated names, a level
        or an expected number that is none, strata that lack an account.

    Notes
    -----
    Within strata a pair is judged among the accounts that hold some third product: among all that
    hold anything, who lacks the one holds the other more often, by the choice of the accounts.
    lift = P(both) / (P(first) P(second)): one where they have nothing to do with each other. Its
    error by the delta method, or exact where one of the four counts is below 5. Pairs are kept by
    what chance expects of them, not by what was seen, so that the choice does not favour the high
    ones.

    References
    ----------
    S000-6b. Agrawal, Imielinski & Swami 1993, SIGMOD; Tan, Steinbach & Kumar, Introduction to Data
    Mining (tea and coffee); Benjamini & Hochberg 1995, JRSS B 57; Mantel & Haenszel 1959.
    """
    fraction("level", level, one=False)
    if not expected > 0:
        raise ValueError(f"expected is {expected!r}: a number of accounts above 0")
    held = _baskets(baskets)
    groups = _strata(strata, held)
    table = _pairs(held, groups, expected, level)
    return _judged(table, len(held), level).drop(columns=["holders", "others"])


def _pairs(
    held: pd.DataFrame, groups: npt.NDArray[Any] | str | None, expected: float, level: float = 0.05
) -> pd.DataFrame:
    """Pairs that are seen often enough, with their counts and, where there are strata, the tie
    within them and whether it stands after all tests.
    """
    x, names = held.to_numpy(dtype=float), list(held.columns)
    n, holders = len(x), x.sum(axis=0)
    rows = []
    for i, j in combinations(range(len(names)), 2):
        # a product that everybody holds goes with each of them as often as with anybody
        if holders[i] * holders[j] / n < expected or n in (holders[i], holders[j]):
            continue
        both = float(x[:, i] @ x[:, j])
        # the rarer one first: its holders are who the other could be offered to
        i, j = (i, j) if holders[i] <= holders[j] else (j, i)
        row = [names[i], names[j], both, holders[i], holders[j]]
        within = _within(_counts(x, i, j, groups)) if groups is not None else ()
        rows.append([*row, *within])
    head = ["first", "second", "together", "holders", "others"]
    more = ["odds", "odds_low", "odds_high", "p_within"] if groups is not None else []
    table = pd.DataFrame(rows, columns=[*head, *more])
    return _standing(table, "p_within", "told_within", level) if more else table


def _standing(table: pd.DataFrame, p: str, told: str, level: float) -> pd.DataFrame:
    """Which p-values stand with a false discovery rate of ``level`` (Benjamini-Hochberg)."""
    sure = table[p].notna().to_numpy()
    found = np.zeros(len(table), dtype=bool)
    if sure.any():
        found[sure] = multipletests(table.loc[sure, p].astype(float), level, "fdr_bh")[0]
    return table.assign(**{told: found})


def _judged(table: pd.DataFrame, n: int, level: float) -> pd.DataFrame:
    """Support, confidence, lift with limits and what stands of it after all tests."""
    a, one, two = (table[name].to_numpy(dtype=float) for name in ("together", "holders", "others"))
    low_lift = _lift(a, one, two, n)
    table = table.assign(
        together=a.astype(int),
        support=a / n,
        confidence=a / one,
        reverse=a / two,
        lift=low_lift[0],
        low=low_lift[1],
        high=low_lift[2],
        p=[_exact(int(x), int(y), int(z), n) for x, y, z in zip(a, one, two, strict=True)],
    )
    table = _standing(table, "p", "told", level)
    order = ["first", "second", "together", "support", "confidence", "reverse", "lift", "low"]
    order += ["high", "p", "told"]
    table = table[[*order, *[name for name in table if name not in order]]]
    return table.sort_values(
        ["lift", "first", "second"], ascending=[False, True, True]
    ).reset_index(drop=True)


def _exact(both: int, one: int, two: int, n: int) -> float:
    cells = [[both, one - both], [two - both, n - one - two + both]]
    return float(stats.fisher_exact(cells).pvalue)


def _logits(train: pd.DataFrame, peers: pd.Series | pd.DataFrame | None, of: pd.Index) -> Floats:
    """Log odds of holding each product by the holders among the peers, for the accounts ``of``:
    each grouping moves them away from those of all accounts.
    """
    overall = train.mean().clip(1e-4, 1 - 1e-4)
    share = overall.to_numpy(dtype=float)
    level = np.log(share / (1 - share))
    found: Floats = np.tile(level, (len(of), 1))
    if peers is None:
        return found
    for _, group in (peers.to_frame() if isinstance(peers, pd.Series) else peers).items():
        label = group.reindex(train.index)
        summed = train.groupby(label).sum()
        counted = label.value_counts().reindex(summed.index)
        shrunk = (summed + PRIOR * overall).div(counted + PRIOR, axis=0).clip(1e-4, 1 - 1e-4)
        of_group = shrunk.to_numpy(dtype=float)
        odds = np.log(of_group / (1 - of_group))
        moved = pd.DataFrame(odds - level, shrunk.index)
        found = np.asarray(found + moved.reindex(group.reindex(of)).fillna(0.0).to_numpy())
    return np.asarray(found)


def _pull(sure: pd.DataFrame, names: pd.Index) -> Floats:
    """Log of the common odds ratio of each sure pair, products x products."""
    pull = pd.DataFrame(0.0, names, names)
    weights = np.log(np.clip(sure["odds"].to_numpy(dtype=float), 0.05, 20.0))
    for one, two, weight in zip(sure["first"], sure["second"], weights, strict=True):
        pull.loc[one, two] = pull.loc[two, one] = float(weight)
    return pull.to_numpy()


def _strongest(held: Floats, pull: Floats) -> Floats:
    """The strongest tie of each product to what an account holds: accounts x products. One tie
    only: several hang together, and to multiply them would count the same need twice.
    """
    found = np.zeros(held.shape)
    for place, ties in enumerate(np.maximum(pull, 0.0)):
        if ties.any():
            found = np.maximum(found, held[:, [place]] * ties)
    return found


def next_offer(
    baskets: pd.DataFrame,
    spend: pd.DataFrame | None = None,
    *,
    peers: pd.Series | pd.DataFrame | None = None,
    pairs: pd.DataFrame | None = None,
    groups: pd.Series | None = None,
) -> pd.DataFrame:
    """What to offer each account next, and what would it bring?

    Parameters
    ----------
    baskets : accounts x products, True where it holds the product; accounts that hold nothing get
        an offer too.
    spend : accounts x products, currency over one time: what an offer is worth is the median of
        what its holders spend on it in that time. Without it offers are ranked by their chance.
    peers : by account_id: group of peers (a sector), or several groupings as columns.
    pairs : from `affinity` with strata; only pairs that stand (``told_within``) are used.
    groups : by account_id, groups of like size: the median is that of the holders of the group,
        where it has five or more.

    Returns
    -------
    DataFrame by account_id: product, chance, worth (median spend of its holders, currency over the
    time of ``spend``), value (chance x worth), because (the held product that raises the chance
    most, or empty). Accounts that hold everything have no row.

    Raises
    ------
    ValueError : as `affinity`; a spend of other products.

    Notes
    -----
    The share of holders among the peers, drawn towards that among all (weight of 10 accounts); its
    odds times the common odds ratio of the strongest sure pair whose other product the account
    holds, over what such ties add on average. The chance is that of holding it among accounts like
    this one, not that of saying yes to a call.
    """
    held = _baskets(baskets)
    names = held.columns
    every = baskets.to_numpy(dtype=float) > 0
    pull = _pull(_sure(pairs), names)
    usual = _strongest(held.to_numpy(dtype=float), pull).mean(axis=0)
    logit = _logits(held, peers, baskets.index) + _strongest(every.astype(float), pull) - usual
    chance = 1 / (1 + np.exp(-logit))
    worth = np.ones(chance.shape)
    if spend is not None:
        if set(spend.columns) != set(names):
            raise ValueError("spend has other products than baskets: give the same")
        worth = _spent(spend.reindex(index=baskets.index, columns=names), groups)
    left = ~every.all(axis=1)
    best = np.where(every, -1.0, chance * worth).argmax(axis=1)
    row = np.arange(len(best))
    help_ = np.where(every, pull[best], 0.0)
    reason = np.where(
        help_.max(axis=1) > 0, np.asarray(names, dtype=object)[help_.argmax(axis=1)], ""
    )
    table = pd.DataFrame(
        {
            "product": np.asarray(names, dtype=object)[best],
            "chance": chance[row, best],
            "worth": worth[row, best],
            "value": chance[row, best] * worth[row, best],
            "because": reason,
        },
        index=baskets.index,
    )
    return table.iloc[np.flatnonzero(left)].rename_axis("account_id")


def _spent(spend: pd.DataFrame, groups: pd.Series | None) -> Floats:
    """What a holder of each product spends on it, for each account: the median of the holders of
    its group, else of all."""
    paid = spend.where(spend > 0)
    overall = paid.median().fillna(0.0)
    found = np.tile(overall.to_numpy(dtype=float), (len(spend), 1))
    if groups is None:
        return found
    label = groups.reindex(spend.index)
    median = paid.groupby(label).median()
    median = median.where(paid.groupby(label).count() >= EXPECTED).fillna(overall)
    mine = median.reindex(label).fillna(overall)
    return np.asarray(mine.to_numpy(dtype=float))


def _sure(pairs: pd.DataFrame | None) -> pd.DataFrame:
    if pairs is None:
        return pd.DataFrame(columns=["first", "second", "odds"])
    if "told_within" not in pairs:
        raise ValueError("pairs has no told_within: make it by affinity(baskets, strata=...)")
    return pairs[pairs["told_within"]]


def fair_offers(
    baskets: pd.DataFrame,
    peers: pd.Series | pd.DataFrame | None = None,
    strata: pd.Series | str = BREADTH,
) -> pd.DataFrame:
    """Where would a product that an account holds stand among the offers, were it not known?

    Parameters
    ----------
    baskets, peers, strata : as `next_offer` and `affinity`.

    Returns
    -------
    DataFrame, one row per account and product that it holds: account, product, candidates (the
    hidden product and those that the account does not hold), rank (of the hidden one among them, 1
    = first) by the offers, and popular (the same where the most common product is offered first).
    Both are made from other accounts.
    """
    held = _baskets(baskets)
    fold = np.arange(len(held)) % FOLDS
    rows = []
    for number in range(FOLDS):
        train, test = held[fold != number], held[(fold == number) & (held.sum(axis=1) > 1)]
        train = train[train.any(axis=1)]
        if not len(test) or not len(train):
            continue
        groups = strata if isinstance(strata, str) else strata.reindex(train.index)
        sure = _sure(_pairs(train, _strata(groups, train), EXPECTED))
        pull = _pull(sure, held.columns)
        share, x = train.mean().to_numpy(), test.to_numpy(dtype=float)
        usual = _strongest(train.to_numpy(dtype=float), pull).mean(axis=0)
        base = _logits(train, peers, test.index) - usual
        for hidden, product in enumerate(held.columns):
            who = np.flatnonzero(x[:, hidden])
            seen = x[who].copy()
            free = seen == 0
            seen[:, hidden] = 0.0
            score = base[who] + _strongest(seen, pull)
            found = {"candidates": free.sum(axis=1) + 1}
            for name, value in (("rank", score), ("popular", share + 0 * seen)):
                found[name] = ((value > value[:, [hidden]]) & free).sum(axis=1) + 1
            rows.append(pd.DataFrame({"account": test.index[who], "product": product, **found}))
    names = ["account", "product", "candidates", "rank", "popular"]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=names)


class OfferTest(NamedTuple):
    """Share of hidden products that were among the first offers."""

    offers: float
    popular: float
    #: Difference of the two, with 95 % limits over accounts.
    gain: Interval
    hidden: int
    accounts: int
    first: int
    #: Hidden products that any offers would have named, and that are not counted: their account has
    #: no more blanks than there are offers.
    sure: int


def offer_test(
    baskets: pd.DataFrame,
    *,
    peers: pd.Series | pd.DataFrame | None = None,
    strata: pd.Series | str = BREADTH,
    first: int = 3,
    tried: pd.DataFrame | None = None,
) -> OfferTest:
    """Would the offers have named a product that the account does hold, and oftener than if the
    most common product were offered?

    Parameters
    ----------
    baskets, peers, strata : as `next_offer` and `affinity`.
    first : so many offers are made.
    tried : from `fair_offers`, where it was made already.

    Returns
    -------
    OfferTest : share of hidden products among the first offers, the same by popularity, the
        difference with its 95 % interval, how many were hidden, of how many accounts; and how many
        more could not be missed.

    Raises
    ------
    ValueError : as `affinity`; fewer than 10 accounts that hold two products or more and have more
        to be offered than ``first``.

    Notes
    -----
    Each product of each account is hidden once; peers and pairs come from the other four fifths of
    the accounts. The interval is over accounts, since what one holds is not independent. A hidden
    product is not counted where the account has so few others to be offered that any ``first``
    offers name it.
    """
    made = fair_offers(baskets, peers, strata) if tried is None else tried
    found = made[made["candidates"] > first]
    if not len(found) or found["account"].nunique() < 2 * EXPECTED:
        raise ValueError(
            f"baskets: too few accounts hold two products or more and lack so many that {first} "
            f"offers could miss one; {2 * EXPECTED} are needed"
        )
    hit = (found[["rank", "popular"]] <= first).astype(float)
    each = hit.groupby(found["account"]).agg(["sum", "count"])
    gain = each["rank", "sum"] - each["popular", "sum"]
    total = float(each["rank", "count"].sum())
    mean = float(gain.sum()) / total
    n = len(each)
    left = gain - mean * each["rank", "count"]
    spread = float(np.sqrt((left**2).sum() * n / (n - 1))) / total
    reach = float(stats.t.ppf(0.975, n - 1)) * spread
    return OfferTest(
        float(hit["rank"].mean()),
        float(hit["popular"].mean()),
        Interval(mean, mean - reach, mean + reach),
        len(found),
        n,
        first,
        len(made) - len(found),
    )
