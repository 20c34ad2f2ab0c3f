"""Today's and tomorrow's key accounts (价值分级): the axes of value and the matrices drawn
on them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from keyacct_utils.lessons.shared.amounts import top_count
from keyacct_utils.lessons.shared.checks import some
from keyacct_utils.lessons.shared.classification import classify
from keyacct_utils.lessons.shared.criteria_weights import weighted_score
from keyacct_utils.lessons.shared.rules import Rule, Test
from keyacct_utils.lessons.value_grading.account_clusters import (
    Clusters,
    Firmness,
    cluster_accounts,
    gap_statistic,
    group_firmness,
    group_numbers,
    prediction_strength,
    stability_by_noise,
)
from keyacct_utils.lessons.value_grading.account_ranking import (
    SHARES,
    NextKeyAccounts,
    Weights,
    compare_choices,
    directions,
    finite_columns,
    next_key_accounts,
    rank_stability,
    scaled_weights,
    topsis,
    two_sided_chance,
)

__all__ = [
    "BOND_GROUPS",
    "MCDONALD_WOODBURN",
    "SHARES",
    "Clusters",
    "Firmness",
    "NextKeyAccounts",
    "axis_scores",
    "cluster_accounts",
    "compare_choices",
    "corner_names",
    "fiocca",
    "gap_statistic",
    "grade_matrix",
    "group_firmness",
    "group_numbers",
    "mcdonald_woodburn",
    "next_key_accounts",
    "paint_bcg",
    "prediction_strength",
    "rank_stability",
    "stability_by_noise",
    "topsis",
    "two_sided_chance",
]

#: Share of the accounts that counts as high on an axis where no cut is given: no document states
#: one (assumption).
HIGH = 0.3
#: The four corners of attractiveness x relationship, in words (Fiocca 1982 draws nine; the words
#: are ours).
BOND_GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "high/high": "key today",
        "high/low": "key tomorrow",
        "low/high": "harvest",
        "low/low": "maintain",
    }
)
#: Names of the four cells of account attractiveness x relative business strength (McDonald &
#: Woodburn).
MCDONALD_WOODBURN: Mapping[str, str] = MappingProxyType(
    {
        "high/high": "strategic",
        "high/low": "star",
        "low/high": "status",
        "low/low": "streamline",
    }
)
Cuts = Mapping[str, float | Sequence[float]]


def axis_scores(
    table: pd.DataFrame,
    axes: Mapping[str, Weights],
    benefit: Mapping[str, bool] | None = None,
    scale: str = "rank",
    missing: str = "renormalise",
) -> pd.DataFrame:
    """Where does each account stand on the axes of value: today, tomorrow, in public?

    Parameters
    ----------
    table : DataFrame, one row per account
        The criteria, any unit.
    axes : mapping, axis -> criteria
        Criterion -> weight (scaled to sum 1), or a list of criteria with equal weights.
    benefit : mapping, criterion -> bool, optional
        False where less is better, such as a selling cost or a rank in the industry.
    scale : {"rank", "z"}
        "rank": the normal score of the rank, so that one giant does not set the scale; "z": the
        value itself.
    missing : {"renormalise", "unknown"}
        As in ``weighted_score``.

    Returns
    -------
    DataFrame
        One column per axis, in standard deviations of its criteria: sum_j w_j z_ij; missing where
        no criterion is present. A criterion that is the same for all counts 0.

    Raises
    ------
    ValueError
        No axis or account, repeated accounts, criteria absent, text or infinite, bad weights, an
        unknown name.

    Notes
    -----
    For S001-1b (current, potential and social value) and S002-4e (gross profit, volume, selling
    cost; industry position, years of cooperation, satisfaction). The documents give no weights.
    """
    if not axes or scale not in ("rank", "z"):
        raise ValueError(
            f"axes are {some(axes) or '-'}, scale {scale!r}: "
            "expected at least one axis, and 'rank' or 'z'"
        )
    weights = {axis: scaled_weights(criteria, f"axes[{axis!r}]") for axis, criteria in axes.items()}
    values = finite_columns(table, [name for each in weights.values() for name in each])
    sign = dict(zip(values, directions([*map(str, values)], benefit) > 0, strict=True))
    if scale == "rank":
        values = values.apply(
            lambda column: norm.ppf(
                (rankdata(column, nan_policy="omit") - 0.5) / max(column.count(), 1)
            ),
            result_type="broadcast",
        )
    return pd.DataFrame(
        {
            axis: weighted_score(values, each, {name: bool(sign[name]) for name in each}, missing)
            for axis, each in weights.items()
        }
    )


def grade_matrix(
    scores: pd.DataFrame,
    cuts: Cuts | None = None,
    top: float = HIGH,
    levels: Sequence[str] = ("low", "high"),
) -> pd.DataFrame:
    """Which cell of the value matrix does each account fall into?

    Parameters
    ----------
    scores : DataFrame, one row per account, one column per axis
        Two axes (current x potential), three with social value, or more.
    cuts : mapping, axis -> rising cut(s) in the unit of the axis, one fewer than ``levels``
        A score at a cut belongs to the level above it. By default each axis is cut by ``top``.
    top : float
        Share of the accounts in the highest of two levels, in (0, 1]; of three, the same share each
        in highest and lowest. Accounts equal to the last of the best share its level.
    levels : names, lowest first

    Returns
    -------
    DataFrame
        The level on each axis ("unknown" without a score) and ``cell``: the levels joined by "/",
        "unknown" if one is.

    Raises
    ------
    ValueError
        No axis or account, text or infinite scores, cuts that do not rise or do not fit ``levels``.
    """
    values = finite_columns(
        scores, scores.columns if isinstance(scores, pd.DataFrame) else (), "scores"
    )
    if cuts is None and len(levels) > 3:
        raise ValueError(
            f"levels are {some(levels)}: with more than 3 give cuts, one list per axis"
        )
    given = (
        cuts
        if cuts is not None
        else {axis: _share_cuts(values[axis], top, len(levels)) for axis in values}
    )
    need, place = len(levels) - 1, np.zeros(len(values), dtype=int)
    names, known, out = (
        np.array([*levels, "unknown"], dtype=object),
        np.ones(len(values), dtype=bool),
        {},
    )
    for axis in map(str, values):
        edges = np.atleast_1d(np.asarray(given.get(axis, ()), dtype=float))
        if len(edges) != need or need < 1 or np.isnan(edges).any() or (np.diff(edges) < 0).any():
            raise ValueError(
                f"cuts[{axis!r}] is {some(edges)}: expected {need} "
                f"rising number(s) between the levels {some(levels)}"
            )
        level = np.where(
            values[axis].isna(),
            -1,
            np.searchsorted(edges, values[axis], side="right").clip(max=need),
        )
        out[axis], known, place = (
            pd.Series(names[level], index=values.index, dtype="str"),
            known & (level >= 0),
            place * len(levels) + level,
        )
    cells = np.array(
        ["/".join(cell) for cell in itertools.product(levels, repeat=values.shape[1])], dtype=object
    )
    cell = np.where(known, cells[np.where(known, place, 0)], "unknown")
    return pd.DataFrame({**out, "cell": pd.Series(cell, index=values.index, dtype="str")})


def corner_names(centres: pd.DataFrame, names: Mapping[str, str] = BOND_GROUPS) -> pd.Series:
    """What to call each group by the corner of two axes in which its centre lies.

    Parameters
    ----------
    centres : DataFrame, one row per group, two columns
        As of :func:`cluster_accounts`; each axis is cut half-way between its lowest and highest
        centre.
    names : mapping, cell -> name
        "high/low" and so on; two groups in one corner get the same name.

    Returns
    -------
    Series of text by group

    Raises
    ------
    ValueError
        As in :func:`grade_matrix`.
    """
    cuts = {str(axis): float(centres[axis].min() + centres[axis].max()) / 2 for axis in centres}
    return grade_matrix(centres, cuts)["cell"].map(dict(names)).astype("str")


def _share_cuts(score: pd.Series, top: float, levels: int) -> list[float]:
    ordered = np.sort(score.dropna().to_numpy())
    if not len(ordered):
        return [np.inf] * (levels - 1)
    count = top_count(len(ordered), top)
    high = float(ordered[-count])
    return (
        [high] if levels == 2 else [min(float(ordered[min(count, len(ordered) - 1)]), high), high]
    )


def paint_bcg(
    accounts: pd.DataFrame,
    cuts: Cuts | None = None,
    top: float = HIGH,
    wildcat: str = "any",
    flags: Sequence[str] = ("profit", "brand_harm"),
) -> pd.Series:
    """Cow, star, dog or wildcat (金牛, 明星, 瘦狗, 野猫)?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        ``current`` and ``future`` value (any unit) and the columns of ``flags``.
    cuts, top
        As in :func:`grade_matrix`, for ``current`` and ``future``.
    wildcat : {"any", "all"}
        Reading of S003-8b: a loss *or* harm to the brand makes a wildcat, or both together.
    flags : columns
        profit (below 0 counts) and brand_harm (1 counts); leave out what the book lacks; without
        any there are no wildcats.

    Returns
    -------
    Series of category by account
        wildcat, star, cow, dog; "unknown" where a missing value could change the class.

    Raises
    ------
    ValueError
        Columns absent, text or infinite; an unknown flag or reading.

    Notes
    -----
    In this order: wildcat by the flags; star where the future is high (also a beginner: today may
    be low); cow where only today is high; dog. A wildcat is no question mark of the Boston matrix:
    that is high growth at a low share, here a star.
    """
    tests = {
        "profit": Test("profit", "<", 0, "S003-8b"),
        "brand_harm": Test("brand_harm", "==", 1, "S003-8b"),
    }
    if set(flags) - set(tests) or wildcat not in ("any", "all"):
        raise ValueError(
            f"flags are {some(flags)}, wildcat is {wildcat!r}: "
            f"expected some of {some(tests)}, and 'any' or 'all'"
        )
    values = finite_columns(accounts, ["current", "future", *flags], "accounts")
    edges = {
        axis: (cuts or {}).get(axis, _share_cuts(values[axis], top, 2)[0])
        for axis in ("current", "future")
    }
    first = (
        (Rule("wildcat", tuple(tests[flag] for flag in flags), "S003-8b", wildcat),)
        if flags
        else ()
    )
    high = [
        Rule(name, (Test(axis, ">=", edges[axis], "S003-8b"),), "S003-8b")
        for name, axis in (("star", "future"), ("cow", "current"))
    ]
    rules = (*first, *high, Rule("dog", (), "S003-8b"))
    keyed = values.assign(account_id=pd.Series(values.index.astype("str"), index=values.index))
    return classify(keyed, rules).set_axis(accounts.index).rename("paint")


def mcdonald_woodburn(
    accounts: pd.DataFrame, cuts: Cuts | None = None, top: float = HIGH
) -> pd.Series:
    """Strategic, star, status or streamline account?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        ``attractiveness`` of the account to us and our ``relative_strength`` against the best rival
        as the account sees it, for the coming three years.
    cuts, top
        As in :func:`grade_matrix`.

    Returns
    -------
    Series of text by account
        ``MCDONALD_WOODBURN``, or "unknown".

    Raises
    ------
    ValueError
        As in :func:`grade_matrix`; a column is absent.

    References
    ----------
    McDonald & Woodburn (2011), Key Account Management: The Definitive Guide, 3rd edition.
    """
    graded = grade_matrix(
        finite_columns(accounts, ["attractiveness", "relative_strength"], "accounts"), cuts, top
    )
    return (
        graded["cell"]
        .map(dict(MCDONALD_WOODBURN))
        .fillna("unknown")
        .astype("str")
        .rename("position")
    )


def fiocca(accounts: pd.DataFrame, cuts: Cuts | None = None, top: float = HIGH) -> pd.DataFrame:
    """Which accounts are key, which of them are difficult, and where does each key account stand?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        Step 1: ``importance`` and ``difficulty`` of managing. Step 2: ``attractiveness`` of the
        account's own business and strength of the ``relationship``. Any unit, more is more.
    cuts : mapping, optional
        One cut for importance and difficulty, two rising ones for attractiveness and relationship.
    top : float
        As in :func:`grade_matrix`, where no cut is given.

    Returns
    -------
    DataFrame by account
        step1: key difficult, key easy, other difficult, other easy, unknown. step2 of the key
        accounts: one of nine cells "attractiveness/relationship" in low, medium, high; "-" for the
        others.

    Raises
    ------
    ValueError
        As in :func:`grade_matrix`; a column is absent.

    References
    ----------
    Fiocca (1982), Industrial Marketing Management 11(1), 53-62.
    """
    values = finite_columns(
        accounts, ["importance", "difficulty", "attractiveness", "relationship"], "accounts"
    )
    first = grade_matrix(values[["importance", "difficulty"]], cuts, top)
    second = grade_matrix(
        values[["attractiveness", "relationship"]], cuts, top, ("low", "medium", "high")
    )
    words = {
        "high/high": "key difficult",
        "high/low": "key easy",
        "low/high": "other difficult",
        "low/low": "other easy",
    }
    key = first["importance"] == "high"
    steps = {
        "step1": first["cell"].map(words).fillna("unknown"),
        "step2": second["cell"].where(key, "-"),
    }
    return pd.DataFrame(steps, index=accounts.index).astype("str")
