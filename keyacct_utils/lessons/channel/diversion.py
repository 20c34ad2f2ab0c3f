"""Who sells outside his district, whether it pays him, and whether his quota drives him to it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, numeric_table, some, to_number

__all__ = [
    "arbitrage",
    "chain_flow",
    "expected_false_alarms",
    "out_of_district",
    "stress",
]

#: A median absolute deviation times this is the standard deviation of a normal distribution.
MAD_SCALE = 1.4826
#: Fewer distributors have no median to compare with; fewer scans of one tell nothing of him.
FEWEST_DISTRIBUTORS, FEWEST_SCANS = 5, 20
#: Where the median share is nothing (or all), half a scan of each distributor's number stands in
#: its place (or is missing from it).
HALF = 0.5
Z_LIMIT = 3.0
#: Whoever lies farther out than this many standard deviations is not taken for honest when the
#: honest ones are described: at a lower cut their own tail would be missing.
FAR_OUT = 4.0
#: Books of honest distributors that are simulated.
SIMULATED = 2_000

Floats = npt.NDArray[np.float64]


def chain_flow(scans: pd.DataFrame, downstream: pd.DataFrame) -> pd.Series:
    """Which scans lie in a store of a chain that the distributor supplies (良性窜货, benign flow)?

    Parameters
    ----------
    scans : DataFrame
        distributor_id, chain (the chain whose store it was; missing elsewhere).
    downstream : DataFrame
        distributor_id, chain (of a buyer that is a chain; missing elsewhere).

    Returns
    -------
    Series of bool
        One per scan.

    Notes
    -----
    A chain that buys in one district carries the goods to its stores in others (S003-3c): nobody
    dumped them, and it chose where they lie at home too. A store of a chain to which he sells
    nothing explains nothing.
    """
    need_columns(scans, ("distributor_id", "chain"), "scans")
    need_columns(downstream, ("distributor_id", "chain"), "downstream")
    named = downstream.dropna(subset=["chain"])
    named = named[named["chain"].astype(str) != ""]
    known = set(zip(named["distributor_id"], named["chain"], strict=True))
    pairs = zip(scans["distributor_id"], scans["chain"], strict=True)
    return pd.Series([pair in known for pair in pairs], index=scans.index, name="explained")


def _counts(scans: pd.DataFrame, territory: pd.Series, explained: pd.Series | None) -> pd.DataFrame:
    """By distributor: scans, those outside, those that chains explain, and those of them abroad."""
    who = scans["distributor_id"]
    home = who.map(territory)
    if (lost := home.isna()).any():
        raise ValueError(
            f"scans: {int(lost.sum())} row(s) of {some(who[lost].unique())}, whose district is not "
            "known; add the distributor to the table distributors, or drop the rows"
        )
    if (empty := scans["district"].isna()).any():
        raise ValueError(
            f"scans: {int(empty.sum())} row(s) have no district, of {some(who[empty].unique())}; "
            "fill it or drop the rows"
        )
    outside = scans["district"].astype(str) != home.astype(str)
    benign = pd.Series(False, index=scans.index) if explained is None else explained.astype(bool)
    rows = pd.DataFrame(
        {"who": who, "outside": outside, "explained": benign, "abroad": benign & outside}
    )
    found = rows.groupby("who").agg(
        scans=("outside", "size"),
        outside=("outside", "sum"),
        explained=("explained", "sum"),
        abroad=("abroad", "sum"),
    )
    return found.rename_axis("distributor_id")


def out_of_district(
    scans: pd.DataFrame,
    territory: pd.Series,
    explained: pd.Series | None = None,
    z_limit: float = Z_LIMIT,
) -> pd.DataFrame:
    """Whose goods turn up outside his district more often than those of the others?

    Parameters
    ----------
    scans : DataFrame, one row per case found
        distributor_id (read from its code), district (where it was found).
    territory : Series
        District of each distributor, by distributor_id.
    explained : Series of bool, optional
        Scans in stores of chains that he supplies (`chain_flow`): at home or abroad, they count
        neither way.
    z_limit : float
        Standard deviations above the median from which a share is flagged.

    Returns
    -------
    DataFrame
        By distributor: scans, outside, explained, abroad (of the explained, those outside), counted
        (scans less explained), share (of those counted, outside), z, flagged, judged (False where
        he has fewer than 20 scans, or where there are fewer than 5 distributors), and from all:
        expected (the median share) and spread (standard deviation of the honest shares beyond that
        of counting).

    Raises
    ------
    ValueError
        For no scan, a missing district, an unknown distributor, or a limit of 0 or less.

    Notes
    -----
    z = (p_i - p) / sqrt(p (1 - p) / n_i + s^2): p the median of the shares, s^2 = (1.4826 MAD)^2
    less the mean of p (1 - p) / n_i, at least 0. Counting alone explains the first part; borders,
    roads and commuters make honest districts differ, which is the second. The median and the MAD
    stand still while fewer than half of the distributors divert.

    Where a chain's goods lie is the chain's doing, at home as abroad (S003-3c). Were those at home
    left among the cases that count, whoever supplies a chain would look the better for it.
    """
    need_columns(scans, ("distributor_id", "district"), "scans")
    if not len(scans):
        raise ValueError("scans has 0 rows: nothing was scanned; check the period")
    if not z_limit > 0:
        raise ValueError(f"z_limit is {z_limit!r}: expected a number above 0, such as 3")
    found = _counts(scans, territory, explained)
    found["counted"] = found["scans"] - found["explained"]
    found = found[found["counted"] > 0]
    found["share"] = (found["outside"] - found["abroad"]) / found["counted"]
    enough = found["counted"] >= FEWEST_SCANS
    if int(enough.sum()) < FEWEST_DISTRIBUTORS:
        return found.assign(expected=np.nan, spread=np.nan, z=np.nan, flagged=False, judged=False)
    judged = found[enough]
    scores, middle, beyond = _scores(
        judged["share"].to_numpy(dtype=float), judged["counted"].to_numpy(dtype=float)
    )
    z = pd.Series(scores, index=judged.index).reindex(found.index)
    found["expected"], found["spread"] = float(middle[0]), float(beyond[0])
    found["z"] = z
    found["flagged"], found["judged"] = enough & (z > z_limit), enough
    return found


def _scores(share: Floats, counted: Floats) -> tuple[Floats, Floats, Floats]:
    """Standard score of each share, the median and the spread beyond counting, along the last
    axis.
    """
    middle = np.median(share, axis=-1, keepdims=True)
    half = HALF / counted
    usual = np.clip(middle, half, 1 - half)
    counting = usual * (1 - usual) / counted
    around = MAD_SCALE * np.median(np.abs(share - middle), axis=-1, keepdims=True)
    beyond = np.maximum(0.0, around**2 - counting.mean(axis=-1, keepdims=True))
    return (share - middle) / np.sqrt(counting + beyond), middle, np.sqrt(beyond)


def expected_false_alarms(
    found: pd.DataFrame, z_limit: float = Z_LIMIT, draws: int = SIMULATED
) -> float:
    """How many of these distributors would be flagged, on average, if all were honest?

    Parameters
    ----------
    found : DataFrame
        As `out_of_district` gives it.
    z_limit : float
        The limit that is asked about.
    draws : int
        Books that are simulated.

    Returns
    -------
    float
        Missing where nobody could be judged.

    Raises
    ------
    ValueError
        For missing columns, or a limit of 0 or less.

    Notes
    -----
    Books of as many distributors with as many scans are drawn, in which each share is
    beta-distributed with the mean and the spread of those here who are not more than 4 standard
    deviations out, and each book is judged by a median and a MAD of its own. A normal tail would
    promise too few: counts of rare things are skewed, and the median is an estimate too.
    """
    need_columns(found, ("counted", "share", "z", "judged"), "found")
    if not z_limit > 0:
        raise ValueError(f"z_limit is {z_limit!r}: expected a number above 0, such as 3")
    rows = found[found["judged"]]
    if not len(rows):
        return float("nan")
    number = rows["counted"].to_numpy(dtype=float)
    usual = rows[rows["z"] <= FAR_OUT]
    mean = float((usual["share"] * usual["counted"]).sum() / usual["counted"].sum())
    counting = mean * (1 - mean) * float((1 / usual["counted"]).mean())
    spread = max(0.0, float(usual["share"].var(ddof=1)) - counting)
    rng = np.random.default_rng(0)
    honest = np.full((draws, len(number)), mean)
    if 0 < spread < mean * (1 - mean):
        size = mean * (1 - mean) / spread - 1
        honest = rng.beta(mean * size, (1 - mean) * size, honest.shape)
    drawn = rng.binomial(number.astype(np.int64), honest) / number
    return float((_scores(drawn, number)[0] > z_limit).sum(axis=1).mean())


def arbitrage(
    offers: pd.DataFrame, prices: pd.Series, freight: pd.DataFrame, times: float = 1.0
) -> pd.DataFrame:
    """Where could each distributor sell below the local price and still gain (套利)?

    Parameters
    ----------
    offers : DataFrame, one row per distributor
        distributor_id, district, price (that he pays for a unit), rebate (fraction of it).
    prices : Series
        Price of a unit that small buyers pay, by district.
    freight : DataFrame
        from_district, to_district, freight (of one unit).
    times : float
        What freight costs, as a multiple of the table: 2 asks what happens if it doubles.

    Returns
    -------
    DataFrame
        One row per distributor and foreign district to which a freight is known: landed (price less
        rebate plus freight), local, gain (local less landed, of one unit), open (gain above 0).

    Raises
    ------
    ValueError
        For missing columns, missing or negative prices, a rebate that is no fraction, or times
        below 0.

    Notes
    -----
    The gate (S003-3a): price (1 - rebate) + freight < local price. Open says that it would pay, not
    that he does it.
    """
    need_columns(offers, ("distributor_id", "district", "price", "rebate"), "offers")
    need_columns(freight, ("from_district", "to_district", "freight"), "freight")
    if not times >= 0:
        raise ValueError(f"times is {times!r}: expected 0 or more, 1 for freight as it is")
    for name, values in (
        ("offers.price", offers["price"]),
        ("freight.freight", freight["freight"]),
    ):
        numbers = to_number(values, name)
        if (bad := ~(numbers >= 0)).any():
            raise ValueError(f"{name}: {int(bad.sum())} value(s) are missing or below 0")
    if (bad := ~offers["rebate"].between(0, 1)).any():
        raise ValueError(
            f"offers.rebate of {some(offers['distributor_id'][bad])}: expected a fraction, 0.03 "
            "for 3 %"
        )
    local = to_number(prices, "prices")
    pairs = offers.merge(freight, left_on="district", right_on="from_district")
    pairs = pairs[pairs["to_district"] != pairs["district"]]
    pairs = pairs[pairs["to_district"].isin(local.dropna().index)]
    landed = pairs["price"] * (1 - pairs["rebate"]) + times * pairs["freight"]
    found = pd.DataFrame(
        {
            "distributor_id": pairs["distributor_id"],
            "district": pairs["district"],
            "to_district": pairs["to_district"],
            "landed": landed,
            "local": pairs["to_district"].map(local).astype(float),
        }
    )
    found["gain"] = found["local"] - found["landed"]
    found["open"] = found["gain"] > 1e-9
    return found.sort_values(["distributor_id", "to_district"], ignore_index=True)


def stress(quota: pd.Series, demand: pd.Series, shipped: pd.Series | None = None) -> pd.DataFrame:
    """Does the quota ask for more than the district can take?

    Parameters
    ----------
    quota : Series
        Units a year that we ask for, by distributor.
    demand : Series
        Units a year that his own buyers take.
    shipped : Series, optional
        Units that we delivered in that year.

    Returns
    -------
    DataFrame
        quota, demand, stress (quota over demand; above 1 his buyers cannot take the quota), excess
        (the part of the quota that would have to go elsewhere), and with ``shipped``: met (shipped
        over quota) and left (part of what was shipped that his buyers did not take; below zero
        where they took more).

    Raises
    ------
    ValueError
        For ids that differ, values that are missing, or not above 0.

    Notes
    -----
    excess = max(0, 1 - demand / quota): at a stress of 1.2 one unit in six (S003-3b).
    """
    parts = {"quota": quota, "demand": demand} | ({} if shipped is None else {"shipped": shipped})
    for name, values in parts.items():
        if set(values.index) != set(quota.index) or not values.index.is_unique:
            raise ValueError(f"{name} and quota name other distributors, or one of them twice")
    table = numeric_table(pd.DataFrame(parts), "quota, demand and shipped")
    given = table.to_numpy(dtype=float)
    bad = table.index[~(np.isfinite(given) & (given > 0)).all(axis=1)]
    if len(bad):
        raise ValueError(
            f"quota, demand or shipped of {some(bad)}: expected a number above 0; leave out who "
            "has none"
        )
    found = table[["quota", "demand"]].copy()
    found["stress"] = found["quota"] / found["demand"]
    found["excess"] = (1 - found["demand"] / found["quota"]).clip(lower=0.0)
    if shipped is not None:
        found["met"] = table["shipped"] / found["quota"]
        found["left"] = 1 - found["demand"] / table["shipped"]
    return found
