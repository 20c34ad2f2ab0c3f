"""Which bond holds: levels told from ties, how long accounts stay, what lifting one pays and a
guarantee costs (关系层次).

Levels after Berry & Parasuraman (1991), Marketing Services: 1 financial, 2 social, 3 structural.
What a price gap does at each is in ``renewals``, what a level itself does in ``level_effects``,
what a refusal costs in ``refusals``; all are offered here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.relationship_levels.level_effects import (
    LevelEffect,
    e_value,
    level_effect,
    propensities,
    survival_by_level,
)
from keyacct_utils.lessons.relationship_levels.refusals import (
    RefusalLoss,
    purchases_around,
    refusal_loss,
)
from keyacct_utils.lessons.relationship_levels.renewals import (
    LEVEL_NAMES,
    RenewalFit,
    fading_p,
    level_worth,
    price_gap,
    renewal_chance,
    renewal_model,
    renewal_share,
)
from keyacct_utils.lessons.shared.amounts import at_least
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "CUTS",
    "INDICATORS",
    "LEVEL_NAMES",
    "Indicator",
    "LevelEffect",
    "RefusalLoss",
    "RenewalFit",
    "age_bands",
    "check_cuts",
    "e_value",
    "fading_p",
    "guarantee_cost",
]
__all__ += [
    "level_effect",
    "level_worth",
    "lift_payback",
    "price_gap",
    "propensities",
    "purchases_around",
    "refusal_loss",
    "renewal_chance",
    "renewal_model",
    "renewal_share",
    "score_ties",
]
__all__ += ["survival_by_level"]


class Indicator(NamedTuple):
    """One observable tie: the column of ``ties``, from which value on it counts, for which level,
    how much, and who says so.
    """

    column: str
    level: int
    at_least: float
    weight: float
    source: str


#: The sources name the ties; the values from which they count (twelve visits: one a month) and
#: equal weights are assumptions.
INDICATORS = (
    Indicator("rebate_pct", 1, 1, 1, "S000-6c, S000-7a"),
    Indicator("price_guarantee", 1, 1, 1, "S000-7b"),
    Indicator("named_contacts", 2, 3, 1, "S000-7a, S004-1e"),
    Indicator("visits_year", 2, 12, 1, "S000-1f, S001-1f"),
    Indicator("events_year", 2, 2, 1, "S001-1f"),
    Indicator("club_member", 2, 1, 1, "S000-7a, S001-1f"),
    Indicator("shared_system", 3, 1, 1, "S000-7a"),
    Indicator("joint_equipment", 3, 1, 1, "S000-7a"),
    Indicator("onsite_service", 3, 1, 1, "S000-7a"),
    Indicator("contract_years", 3, 3, 1, "S000-7a, S003-7a"),
)
#: Share of the weight of a level's ties that makes the level: an assumption, half of what is known.
CUTS = {2: 0.5, 3: 0.5}


def _usable(
    ties: pd.DataFrame, indicators: Sequence[Indicator], cuts: Mapping[int, float]
) -> list[Indicator]:
    """The indicators that the ties have, if rubric and cuts are sound."""
    used = [item for item in indicators if item.column in ties]
    if not used:
        raise ValueError(
            "ties has none of the rubric's columns "
            f"{some(item.column for item in indicators)}; add at least one"
        )
    if bad := [
        item for item in used if item.level not in LEVEL_NAMES or not 0 < item.weight < np.inf
    ]:
        raise ValueError(f"indicators: {some(bad)}: expected level 1, 2 or 3 and a weight above 0")
    check_cuts(cuts)
    return used


def check_cuts(cuts: Mapping[int, float]) -> None:
    """Refuse cuts that are no shares for levels 2 and 3 with a ValueError."""
    if set(cuts) != {2, 3} or not all(0 < cut <= 1 for cut in cuts.values()):
        raise ValueError(
            f"cuts is {dict(cuts)}: expected a share above "
            "0 and at most 1 for level 2 and for level 3"
        )


def score_ties(
    ties: pd.DataFrame,
    indicators: Sequence[Indicator] = INDICATORS,
    cuts: Mapping[int, float] = CUTS,
) -> pd.DataFrame:
    """Which level binds each account, and on what evidence?

    Parameters
    ----------
    ties : DataFrame, one row per account
        account_id and columns of ``indicators``; those it does not have are left out.
    indicators : the rubric.
    cuts : for levels 2 and 3 the share of the weight of its known ties (above 0, at most 1) from
        which an account has it.

    Returns
    -------
    DataFrame, index account_id
        level: 3 if the structural ties reach their cut, else 2 if the social ones do, else 1, also
        with no tie at all; financial, social, structural: shares of the weight of the known ties, 0
        where none is known; evidence_1 to evidence_3: the ties that counted, with their values ("-"
        if none); to_next: share of the weight still lacking for a higher level (NaN at level 3);
        missing: how many of the rubric's columns in ``ties`` are empty for the account (they count
        as unknown).

    Raises
    ------
    ValueError
        No row, account_id missing or repeated, no column of the rubric, infinite values or text, a
        weight that is not positive, cuts that are not shares for levels 2 and 3.
    """
    need_columns(ties, ["account_id"], "ties")
    if ties.empty or ties["account_id"].isna().any() or ties["account_id"].duplicated().any():
        twice = ties["account_id"][ties["account_id"].duplicated()]
        raise ValueError(
            f"ties: {len(ties)} rows, ids repeated: {some(twice) or 'none'}; "
            "expected one row per account, at least one"
        )
    used = _usable(ties, indicators, cuts)
    ids = pd.Index(ties["account_id"], name="account_id")
    values = {
        item.column: to_number(ties[item.column], f"ties.{item.column}").set_axis(ids)
        for item in used
    }
    if bad_columns := [name for name, column in values.items() if np.isinf(column).any()]:
        raise ValueError(f"ties: {some(bad_columns)} hold infinite values; repair or empty them")
    out = pd.DataFrame({"level": 1}, index=ids)
    for number, name in LEVEL_NAMES.items():
        out[name], out[f"evidence_{number}"] = _evidence(
            [item for item in used if item.level == number], values, ids
        )
    has = {number: out[LEVEL_NAMES[number]] >= cuts[number] - 1e-12 for number in cuts}
    out["level"] = np.select([has[3], has[2]], [3, 2], 1)
    lack = {number: (cuts[number] - out[LEVEL_NAMES[number]]).clip(lower=0) for number in cuts}
    out["to_next"] = np.select(
        [out["level"] == 1, out["level"] == 2], [np.minimum(lack[2], lack[3]), lack[3]], np.nan
    )
    out["missing"] = sum(column.isna().astype(int) for column in values.values())
    return out[
        [
            "level",
            *LEVEL_NAMES.values(),
            "evidence_1",
            "evidence_2",
            "evidence_3",
            "to_next",
            "missing",
        ]
    ]


def _evidence(
    mine: Sequence[Indicator], values: Mapping[str, pd.Series], ids: pd.Index
) -> tuple[pd.Series, pd.Series]:
    """Points of one level as a share of the weight that is known, and the ties that counted in
    words.
    """
    points, known, words = pd.Series(0.0, ids), pd.Series(0.0, ids), pd.Series("", ids, dtype="str")
    for item in mine:
        column = values[item.column]
        counts = column >= item.at_least
        points += item.weight * counts
        known += item.weight * column.notna()
        text = item.column + " " + column.map("{:g}".format).astype("str")
        words = words.where(~counts, words + np.where(words == "", "", ", ") + text)
    return (points / known.where(known > 0)).fillna(0.0), words.replace("", "-")


def _within(most: float, **numbers: float) -> None:
    for name, value in numbers.items():
        if not 0 <= value <= most:
            raise ValueError(f"{name} is {value!r}: expected a number from 0 to {most:g}")


def _columns(
    frame: pd.DataFrame, names: Sequence[str], argument: str, shares: Sequence[str] = ()
) -> pd.DataFrame:
    """These columns as finite numbers, those in ``shares`` from 0 to 1; a ValueError that names
    them if not.
    """
    need_columns(frame, names, argument)
    if frame.empty:
        raise ValueError(f"{argument} has 0 rows: expected at least one")
    numbers = pd.DataFrame(
        {name: to_number(frame[name], f"{argument}.{name}") for name in names}, index=frame.index
    )
    for name in names:
        bad = ~np.isfinite(numbers[name]) | (
            (numbers[name] < 0) | (numbers[name] > 1) if name in shares else False
        )
        if bad.any():
            wanted = "a share from 0 to 1" if name in shares else "a finite number"
            raise ValueError(
                f"{argument}.{name}: {bad.sum()} value(s) such as "
                f"{some(numbers.loc[bad, name])}: expected {wanted}"
            )
    return numbers


def _not_negative(**numbers: float) -> None:
    for name, value in numbers.items():
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} is {value!r}: expected a finite number of 0 or more")


def age_bands(
    renewals: pd.DataFrame,
    edges: Sequence[float],
    *,
    level: str = "bond_level",
    decaying: object = 1,
) -> pd.Series:
    """The level of each offer, with that of ``decaying`` split by the age of our offer: "1 (6 to
    under 24 months)".

    Parameters
    ----------
    renewals : DataFrame with the level and months_since_offer (months, 0 or more, present where the
        level is ``decaying``).
    edges : months at which a new band begins, increasing, above 0, at least one.

    Returns
    -------
    Series of text, to be given to :func:`renewal_model` as its level: the tolerance by age without
    an assumed form of decay.

    Raises
    ------
    ValueError
        Columns lacking, months missing or negative, edges that do not increase from above 0.
    """
    need_columns(renewals, [level, "months_since_offer"], "renewals")
    limits = [0.0, *edges, np.inf]
    if len(limits) < 3 or not (np.diff(limits) > 0).all():
        raise ValueError(
            f"edges is {list(edges)}: expected increasing months above 0, at least one"
        )
    age, mine = (
        to_number(renewals["months_since_offer"], "renewals.months_since_offer"),
        renewals[level] == decaying,
    )
    if bad := int((mine & ~(age >= 0)).sum()):
        raise ValueError(
            f"renewals.months_since_offer: {bad} value(s) of level "
            f"{decaying} missing or negative; drop these rows"
        )
    texts = [f"{decaying} ({a:g} to under {b:g} months)" for a, b in pairwise(limits[:-1])]
    texts.append(f"{decaying} ({limits[-2]:g} months or older)")
    band = pd.cut(age, limits, right=False, labels=texts)
    return renewals[level].astype("str").where(~mine, band.astype("str")).rename(None)


def lift_payback(
    accounts: pd.DataFrame,
    *,
    lost: float,
    cost_once: float,
    cost_year: float,
    years: int = 5,
    rate: float = 0.08,
) -> pd.DataFrame:
    """Is it worth lifting an account to a higher level, and when has it paid back?

    Parameters
    ----------
    accounts : DataFrame, one row per account
        margin (currency a year; negative allowed), now and lifted (chance to renew in a year,
        shares).
    lost : share of a year's purchases, and so of its margin, that a refusal costs, 0 to 1; as
        :func:`keyacct_utils.lessons.relationship_levels.refusals.refusal_loss` estimates it.
    cost_once, cost_year : currency per account, on the first day and for each year.
    years : horizon, at least 1; one renewal a year.
    rate : yearly cost of capital, a share of 0 or more.

    Returns
    -------
    DataFrame, index of ``accounts``
        gain (present value of the margin that refusals would have cost), cost (present value),
        npv, payback_years (first year in which the discounted gain covers the discounted cost so
        far; NaN: not within the horizon), margin_needed (margin a year at which npv is 0; infinite
        where lifting keeps nothing), worth (npv above 0).

    Raises
    ------
    ValueError
        No row, columns lacking, values that are no finite numbers or no shares, costs or rate
        negative, ``lost`` no share, years below 1.

    Notes
    -----
    gain = sum over t = 1..years of margin lost (lifted - now) / (1 + rate)^t, cost = cost_once +
    sum of cost_year / (1 + rate)^t. One renewal a year, each year paid at its end. A refusal ends
    no business: it costs its share of one year, and the account is there again the year after. The
    chance stays what it is: no learning, no decay.
    """
    numbers = _columns(accounts, ["margin", "now", "lifted"], "accounts", ["now", "lifted"])
    _not_negative(cost_once=cost_once, cost_year=cost_year, rate=rate)
    _within(1, lost=lost)
    worth_now = (1 + rate) ** -np.arange(1.0, at_least("years", years, 1) + 1)
    kept_a_year = (lost * (numbers["lifted"] - numbers["now"])).to_numpy()
    gained = numbers["margin"].to_numpy() * kept_a_year
    flow = np.outer(gained - cost_year, worth_now.cumsum()) - cost_once
    kept, cost = kept_a_year * worth_now.sum(), cost_once + cost_year * worth_now.sum()
    paid = flow >= 0
    back = np.where(paid.any(axis=1), paid.argmax(axis=1) + 1.0, np.nan)
    with np.errstate(over="ignore"):  # a chance raised by next to nothing needs an infinite margin
        needed = np.divide(cost, kept, out=np.full(len(kept), np.inf), where=kept > 0)
    columns = {
        "gain": gained * worth_now.sum(),
        "cost": cost,
        "npv": flow[:, -1],
        "payback_years": back,
        "margin_needed": needed,
    }
    return pd.DataFrame(columns | {"worth": flow[:, -1] > 0}, index=accounts.index)


def guarantee_cost(
    offers: pd.DataFrame,
    fit: RenewalFit | None = None,
    *,
    free: float = 0.0,
    share: float = 1.0,
    cap: float = 100.0,
    claims: float = 1.0,
    lost: float = 1.0,
) -> pd.DataFrame:
    """What does a promise of price compensation cost, and what does it keep?

    Parameters
    ----------
    offers : DataFrame, one row per offer
        gap (percent of our price), amount (yearly revenue at our price), and with ``fit`` margin
        (yearly, before compensation) and the columns that the fit needs.
    fit : RenewalFit, optional
        How the chance to renew depends on the gap. Without it every account is taken to renew: the
        highest cost, nothing kept.
    free : points of gap that are not compensated.
    share : of the gap above that which is paid, 0 to 1.
    cap : most that is paid, percent of our price, 0 to 100.
    claims : share of the offers on which the promise is claimed; 1 is the most it can cost.
    lost : share of a year's purchases that a refusal costs, 0 to 1; 1 is the most that it keeps.

    Returns
    -------
    DataFrame, index of ``offers``
        paid_points (percent of our price if claimed), stays_without, stays_with (chances), cost
        (expected, to accounts that renew), idle (the part of it paid to those who would have
        renewed anyway), kept_margin (what refusals would have cost those who would have refused),
        net (kept_margin - cost). Currency a year.

    Raises
    ------
    ValueError
        No row, columns lacking, values that are no finite numbers, amounts below 0, parameters
        outside their range.

    Notes
    -----
    S000-7b promises fair price compensation to a customer who is not satisfied, without amount or
    test; here the test is a rival's price. paid = min(cap, share max(0, gap - free)). The account
    then sees the gap less what is paid. kept_margin = margin lost (stays_with - stays_without).
    """
    numbers = _columns(offers, ["gap", "amount", *(["margin"] if fit else [])], "offers")
    if (low := numbers["amount"] < 0).any():
        raise ValueError(
            f"offers.amount: {low.sum()} value(s) below 0 "
            f"({some(numbers.loc[low, 'amount'])}): leave returns out"
        )
    _not_negative(free=free)
    _within(100, cap=cap)
    _within(1, share=share, claims=claims, lost=lost)
    paid = (share * (numbers["gap"] - free)).clip(lower=0, upper=cap)
    without = renewal_chance(fit, offers)["chance"] if fit else pd.Series(1.0, offers.index)
    claimed = (
        renewal_chance(fit, offers.assign(gap=numbers["gap"] - paid))["chance"] if fit else without
    )
    stays = without + claims * (claimed - without)
    each = numbers["amount"] * paid / 100 * claims
    margin = numbers["margin"] if fit else 0.0
    kept = (stays - without) * margin * lost
    columns = {
        "paid_points": paid,
        "stays_without": without,
        "stays_with": stays,
        "cost": each * claimed,
        "idle": each * without,
    }
    return pd.DataFrame(columns | {"kept_margin": kept, "net": kept - each * claimed})
