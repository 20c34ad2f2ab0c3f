"""What a distributor is for: his three platforms, his buyers, his own profit, and his rebate."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import Amounts, account_values
from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, some
from keyacct_utils.lessons.shared.criteria_weights import CONSISTENCY_LIMIT, ahp_weights

__all__ = [
    "PLATFORMS",
    "Downstream",
    "PlatformScores",
    "ahp_weights",
    "distributor_profit",
    "downstream_concentration",
    "judgement_matrix",
    "platform_scores",
    "rebate_break_even",
]

#: The three reasons for a distributor to exist (S003-10b).
PLATFORMS = ("sales", "logistics", "capital")
DAYS_OF_A_YEAR = 365


class Downstream(NamedTuple):
    """How much of a distributor's volume hangs on how few of his buyers."""

    buyers: int
    #: Share of the whole that the named buyers take.
    named: float
    #: Of the largest of them.
    largest: float
    #: Sum of squared shares of the named buyers: the least it can be, the rest being many.
    hhi: float
    #: The same if all that is not named went to one buyer: the most it can be.
    most: float


class PlatformScores(NamedTuple):
    """Points by platform and together, and what they rest on."""

    #: Points 0 to 100 by distributor and platform, and `total`.
    points: pd.DataFrame
    weights: pd.Series
    #: Consistency ratio of the judgements; missing for two platforms.
    consistency: float
    #: Whether that ratio is below Saaty's limit of 0.10.
    consistent: bool


def downstream_concentration(amounts: Amounts, total: float | None = None) -> Downstream:
    """On how few buyers does a distributor's volume hang?

    Parameters
    ----------
    amounts : Series or array
        Volume (units or money) by named buyer, zero or more.
    total : float, optional
        Volume of all his buyers, those that nobody named too; by default the sum of ``amounts``.

    Returns
    -------
    Downstream
        How many buyers are named, their share, the share of the largest, and the sum of squared
        shares (HHI as a fraction) between two bounds.

    Raises
    ------
    ValueError
        For no buyer, a missing or negative volume, nothing sold, or a total below the sum.

    Notes
    -----
    hhi = sum of (x_i / total)^2 over the named buyers. If the rest r = 1 - sum of shares went to
    one buyer, it were hhi + r^2. For the two wholesalers of S003-10c: 100 x 0.007^2 = 0.0049, and
    4 x 0.1875^2 = 0.1406.
    """
    values = account_values(amounts)
    sold = float(values.sum())
    whole = sold if total is None else float(total)
    if not whole >= sold * (1 - 1e-9) or not whole > 0:
        raise ValueError(
            f"total is {whole:g} and the named buyers take {sold:g}: expected the volume of all "
            "buyers, above 0 and no less than that of the named ones"
        )
    shares = values / whole
    rest = max(0.0, 1 - float(shares.sum()))
    index = float((shares**2).sum())
    return Downstream(
        len(values), min(1.0, sold / whole), float(shares.max()), index, index + rest**2
    )


def judgement_matrix(
    judgements: Mapping[tuple[str, str], float], names: tuple[str, ...] = PLATFORMS
) -> pd.DataFrame:
    """Pairwise judgements as the reciprocal matrix that AHP takes.

    Parameters
    ----------
    judgements : mapping
        ``{("sales", "logistics"): 3}``: sales count three times as much as logistics. One for each
        pair, in either order.

    Raises
    ------
    ValueError
        For a pair that is missing, judged twice, unknown, or not above zero.
    """
    for pair, value in judgements.items():
        if len(pair) != 2 or not set(pair) <= set(names) or pair[0] == pair[1]:
            raise ValueError(f"judgements has {pair!r}: expected two of {', '.join(names)}")
        if not (isinstance(value, int | float) and value > 0 and np.isfinite(value)):
            raise ValueError(
                f"judgements[{pair!r}] is {value!r}: expected a number above 0; 1/3 where the "
                "second counts three times as much"
            )
    matrix = pd.DataFrame(np.eye(len(names)), index=list(names), columns=list(names))
    for first, second in combinations(names, 2):
        both = [pair for pair in ((first, second), (second, first)) if pair in judgements]
        if len(both) != 1:
            how = "is missing" if not both else "is judged twice"
            raise ValueError(f"judgements: the pair {first}, {second} {how}")
        value = float(judgements[both[0]])
        value = value if both[0] == (first, second) else 1 / value
        matrix.loc[first, second], matrix.loc[second, first] = value, 1 / value
    return matrix


def platform_scores(
    money: pd.DataFrame, judgements: Mapping[tuple[str, str], float]
) -> PlatformScores:
    """Which distributor earns his place, as platform of sales, of logistics and of capital?

    Parameters
    ----------
    money : DataFrame, one row per distributor
        One column per platform: what he saves us, in currency per 100 of what he buys (more is
        better, below zero where he costs us). Two platforms or more.
    judgements : mapping
        How many times more the first of each pair of platforms counts (`judgement_matrix`).

    Returns
    -------
    PlatformScores

    Raises
    ------
    ValueError
        For no row, a missing or endless value, fewer than two platforms, or judgements that do not
        fit them.

    Notes
    -----
    points = 100 (x - min) / (max - min) of each column; a column in which all are alike gives 50 to
    each. total = sum of weight x points, weights by AHP (Saaty 1980). The scale hangs on who is
    compared: points of two lists cannot be compared, the money can.

    References
    ----------
    Saaty, T. L. (1980), The Analytic Hierarchy Process, McGraw-Hill.
    """
    table = numeric_table(money, "money")
    if table.shape[1] < 2:
        raise ValueError("money has one column: expected one per platform, two or more")
    bad = table.index[~np.isfinite(table.to_numpy(dtype=float)).all(axis=1)]
    if len(bad):
        raise ValueError(
            f"money: {len(bad)} row(s) hold a missing or endless value: {some(bad)}; leave them out"
        )
    weights, ratio = ahp_weights(judgement_matrix(judgements, tuple(map(str, table.columns))))
    spread = table.max() - table.min()
    flat = spread <= 1e-12 * (1 + table.abs().max())
    points = 100 * (table - table.min()) / spread.mask(flat, 1.0)
    points.loc[:, flat] = 50.0
    points["total"] = points.mul(weights, axis=1).sum(axis=1)
    consistent = bool(np.isnan(ratio) or ratio < CONSISTENCY_LIMIT)
    return PlatformScores(points, weights, ratio, consistent)


def distributor_profit(table: pd.DataFrame, rate: float) -> pd.DataFrame:
    """What is left to the distributor himself, after his costs and the interest on the credit that
    he gives?

    Parameters
    ----------
    table : DataFrame, one row per distributor
        sales (to his buyers, a year), goods (what he paid for what he sold), rebate (that he gets
        from us), costs (of his house), owed (what his buyers owe him on an average day): currency,
        zero or more. Optional: owes (what he owes us on an average day).
    rate : float
        Interest a year, a fraction.

    Returns
    -------
    DataFrame
        gross, rebate, costs, before (profit without interest), interest, profit, margin (profit
        over sales), margin_before; with owes also saved (interest on it), net (profit plus saved)
        and margin_net.

    Raises
    ------
    ValueError
        For missing columns or values, amounts below zero, sales of zero, or a rate that is no
        fraction.

    Notes
    -----
    profit = sales - goods + rebate - costs - rate x owed (S003-10: the interest on what his buyers
    owe him is what distributor B asks about). That is the interest of somebody who pays for his
    goods at once; who pays later lets us wait in his place, and net = profit + rate x owes.
    """
    columns = ["sales", "goods", "rebate", "costs", "owed"]
    need_columns(table, tuple(columns), "table")
    columns += ["owes"] if "owes" in table else []
    if not 0 <= rate < 1:
        raise ValueError(f"rate is {rate!r}: expected a fraction a year, 0.07 for 7 %")
    rows = numeric_table(table[columns], "table")
    values = rows.to_numpy(dtype=float)
    bad = rows.index[~(np.isfinite(values) & (values >= 0)).all(axis=1)]
    if len(bad):
        raise ValueError(
            f"table: {len(bad)} row(s) hold a missing or negative amount: {some(bad)}; leave them "
            "out or correct them"
        )
    if len(none := rows.index[rows["sales"] == 0]):
        raise ValueError(f"table: sales are 0 for {some(none)}: no share of them; leave them out")
    found = pd.DataFrame({"gross": rows["sales"] - rows["goods"]}, index=rows.index)
    found["rebate"], found["costs"] = rows["rebate"], rows["costs"]
    found["before"] = found["gross"] + found["rebate"] - found["costs"]
    found["interest"] = rate * rows["owed"]
    found["profit"] = found["before"] - found["interest"]
    found["margin"] = found["profit"] / rows["sales"]
    found["margin_before"] = found["before"] / rows["sales"]
    if "owes" in rows:
        found["saved"] = rate * rows["owes"]
        found["net"] = found["profit"] + found["saved"]
        found["margin_net"] = found["net"] / rows["sales"]
    return found


def rebate_break_even(
    margin: float,
    rebate: float,
    growth: float = 1.0,
    taken: float = 0.0,
    on: Literal["all", "extra"] = "all",
) -> float:
    """By how much may the rebate rise if he sells so much more, until nothing is left of it?

    Parameters
    ----------
    margin : float
        What we keep of his purchases before rebate, a fraction: price less goods and carriage.
    rebate : float
        The rebate that he has, a fraction of his purchases.
    growth : float
        How much more he buys, as a fraction: 1 doubles his volume.
    taken : float
        Part of the growth that he takes from our other distributors, a fraction.
    on : "all", "extra"
        Whether the higher rate is paid on all that he buys or on what is more than before.

    Returns
    -------
    float
        The rise of the rate at which we earn what we earned before; a fraction, 0.021 is 2.1
        points.

    Raises
    ------
    ValueError
        For what is no fraction, a growth of 0 or less, or a margin that the rebate eats up already.

    Notes
    -----
    Without growth we earn V (m - r). With growth g, of which the part c was ours before, we earn
    V (1 + (1 - c) g) (m - r) - V (1 + g) d, if the rise d is paid on all. Equal: d = (m - r)
    (1 - c) g / (1 + g). Paid on the extra only: d = (m - r)(1 - c). S003-10g asks for it.
    """
    for name, value in (("margin", margin), ("rebate", rebate), ("taken", taken)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value!r}: expected a fraction, 0.1 for 10 %")
    if not (growth > 0 and np.isfinite(growth)):
        raise ValueError(f"growth is {growth!r}: expected a number above 0, 1 to double the volume")
    if on not in ("all", "extra"):
        raise ValueError(f"on is {on!r}: use 'all' or 'extra'")
    if margin <= rebate:
        raise ValueError(
            f"margin is {margin:g} and rebate {rebate:g}: nothing is left of a unit sold, so no "
            "rise can pay; check whether the margin is the one before rebate"
        )
    kept = (margin - rebate) * (1 - taken)
    return kept * growth / (1 + growth) if on == "all" else kept
