"""Lesson 10: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from keyacct_utils.lessons.churn import health, rates, rhythm, spells, survival
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world import churn as planted
from keyacct_utils.world.churn import AHEAD, OWN_BUSINESS, RATIOS, UNITS

#: 3.2 standard errors of what some 374 losses give (see docs/truth.md for how often it holds).
_LOG_RATIO, _SHARE, _RATE, _OURS, _FRACTION, _GOVERNMENT = 0.45, 0.08, 0.016, 0.0125, 0.13, 0.68
_FORETOLD, _RANK = 0.022, 0.90
#: What a dashboard types in, in percent, and where less is worse.
TYPED, WORST = {"price_gap": 30, "missed_visits": 30, "satisfaction": 40}, {"satisfaction": "low"}
_COVARIATES = tuple(RATIOS)
_NEAR = (1.7, 2.8)
#: Of the buyers that are simulated: regularity, and the mean gap in days, lognormal.
_REGULARITY, _GAP, _GAP_SIGMA, _STOPPED, _SILENT_MONTHS, _LARGEST = 2.0, 30.0, 0.7, 0.2, 6, 100

Tables = Mapping[str, pd.DataFrame]


def _lines(tables: Tables) -> pd.DataFrame:
    """Lines as the lesson sees them over the whole book."""
    ledger = tables["ledger"]["date"]
    begin, end = ledger.min(), ledger.max() + pd.offsets.MonthEnd(0)
    rows = spells.of_subscriptions(tables["subscriptions"], begin, end)
    sector = tables["accounts"].set_index("account_id")["sector"]
    return rows.assign(sector=rows["account_id"].map(sector))


def _ours(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.assign(event=(lines["event"] == 1) & (lines["cause"] != OWN_BUSINESS))


def _ratios(lines: pd.DataFrame) -> dict[str, float]:
    found = survival.hazard_model(lines, _COVARIATES, entry="entry", units=UNITS)
    return {str(name): float(value) for name, value in found["log_ratio"].items()}


def _of_government(lines: pd.DataFrame) -> float:
    table = spells.by_group(lines, lines["sector"])
    return float(np.log(rates.exposure_adjusted_rates(table)["ratio"]["government"]))


def _share_taken_for_it(tables: Tables) -> float:
    """Its share of the lost value, over what each of the sectors would have if all had as much."""
    lines = _lines(tables)
    lost = lines[lines["event"] == 1]
    by = lost.groupby("sector")["value"].sum()
    return float(np.log(by["government"] / by.sum() * lines["sector"].nunique()))


def _rate(lines: pd.DataFrame) -> float:
    return float(lines["event"].sum() / (lines["duration"] - lines["entry"]).sum() * 12)


def _missed(lines: pd.DataFrame) -> float:
    """Share of the lines that left for a reason of ours whose visits were missed."""
    gone = lines[lines["event"] == 1]
    return float(gone["missed_visits"].mean())


def _before(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines as they were known a year before the end, and those that ran then."""
    ledger = tables["ledger"]["date"]
    cut = ledger.max() + pd.offsets.MonthEnd(0) - pd.DateOffset(months=AHEAD)
    known = spells.of_subscriptions(tables["subscriptions"], ledger.min(), cut)
    return _ours(known), known[known["event"] == 0].assign(age=lambda rows: rows["duration"])


def _chance(known: pd.DataFrame, running: pd.DataFrame) -> pd.Series:
    score = health.health_score(known, _COVARIATES, entry="entry")
    return score.chance(running, horizon=AHEAD)


def _typed(running: pd.DataFrame) -> pd.Series:
    return health.typed_in_score(running, TYPED, worst=WORST)


def _ranks_well(running: pd.DataFrame, urgency: pd.Series) -> bool:
    true = planted.relative_hazard(running)
    return bool(spearmanr(urgency, true).statistic >= _RANK)


ITEMS = (
    Item(
        "logarithms of the three hazard ratios, of losses that can be prevented",
        lambda truth: dict(truth["churn"]["log_ratios"]),
        _LOG_RATIO,
        (
            Naive(
                "per point instead of per unit of each",
                lambda tables: {
                    name: value / UNITS[name]
                    for name, value in _ratios(_ours(_lines(tables))).items()
                },
            ),
        ),
    ),
    Item(
        "logarithm of the hazard ratio of price, apart from failing in business",
        stated("churn", "log_ratios", "price_gap"),
        0.25,
        (
            Naive(
                "all causes together",
                lambda tables: _ratios(_lines(tables))["price_gap"],
            ),
        ),
    ),
    Item(
        "logarithm of the rate of authorities over that of the others",
        stated("churn", "government", "log_ratio"),
        _GOVERNMENT,
        (Naive("its share of the lost value over an even share", _share_taken_for_it),),
    ),
    Item(
        "share of the losses whose customer failed in business",
        stated("churn", "own_share"),
        _SHARE,
        (
            Naive(
                "all that no rival took",
                lambda tables: float(
                    tables["subscriptions"].dropna(subset=["end"])["rival"].isna().mean()
                ),
            ),
        ),
    ),
    Item(
        "lines lost a year, of those that ran",
        stated("churn", "rate"),
        _RATE,
        (
            Naive(
                "the share of all lines that ended",
                lambda tables: float(tables["subscriptions"]["end"].notna().mean()),
            ),
            Naive(
                "years counted from before anybody watched",
                lambda tables: _rate(_lines(tables).assign(entry=0.0)),
            ),
        ),
    ),
    Item(
        "lines lost a year that could be kept",
        stated("churn", "preventable_rate"),
        _OURS,
        (Naive("every loss taken for one that could be prevented", lambda t: _rate(_lines(t))),),
    ),
    Item(
        "share of these losses that missed visits add",
        stated("churn", "missed_fraction"),
        _FRACTION,
        (
            Naive(
                "the share of the lost whose visits were missed",
                lambda tables: _missed(_ours(_lines(tables))),
            ),
        ),
    ),
    Item(
        "chance to leave within a year, mean of what the health score foretold",
        stated("churn", "foretold"),
        _FORETOLD,
        (
            Naive(
                "100 less the typed-in points, read as a chance",
                lambda tables: float(1 - _typed(_before(tables)[1]).mean() / 100),
            ),
        ),
    ),
    Item(
        "its order has a rank correlation of 0.9 or more with the planted one",
        lambda truth: True,
        None,
        (
            Naive(
                "typed-in weights",
                lambda tables: _ranks_well(_before(tables)[1], -_typed(_before(tables)[1])),
            ),
        ),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 10 finds in the tables of a world, by the names of ITEMS."""
    lines = _lines(tables)
    ours = _ours(lines)
    found = _ratios(ours)
    known, running = _before(tables)
    chance = _chance(known, running)
    lost = lines[lines["event"] == 1]
    share = rates.cause_shares(lost["cause"])["share"]
    values = (
        found,
        found["price_gap"],
        _of_government(lines),
        float(share.get(OWN_BUSINESS, 0.0)),
        _rate(lines),
        _rate(ours),
        rates.attributable_fraction(_missed(ours), float(np.exp(found["missed_visits"]))),
        float(chance.mean()),
        _ranks_well(running, chance),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def _simulated(accounts: int, months: int, rng: np.random.Generator) -> pd.DataFrame:
    """Lines of so many accounts, watched for so many months, with what was planted."""
    n = max(2, round(planted.LINES_EACH * accounts))
    account = np.sort(rng.integers(0, accounts, n))
    lines = planted.covariates(rng, account, n)
    start = planted.starts(rng, np.zeros(n, dtype=int), months)
    begun, watched = np.maximum(-start, 0.0), months - np.maximum(start, 0.0)
    relative = planted.relative_hazard(lines)
    base, own = planted.base_hazards(relative, watched, months)
    wait = rng.exponential(1 / (base * relative + own))
    gone = wait < watched
    failed = rng.random(n) < own / (base * relative + own)
    return lines.assign(
        entry=begun,
        duration=begun + np.minimum(wait, watched),
        gone=gone.astype(int),
        event=(gone & ~failed).astype(int),
        small=rng.random(n) < 0.15,
        age=begun + watched,
    )


def _silent(accounts: int, months: int, rng: np.random.Generator) -> tuple[float, float]:
    """Shares that are called lapsed: of those that stopped half a year ago, and of those that still
    buy; missing where there are none.
    """
    n = min(accounts, _LARGEST)
    mean = _GAP * rng.lognormal(0, _GAP_SIGMA, n)
    days = months * planted.DAYS_A_MONTH
    count = int(np.ceil(2 * days / mean.min())) + 2
    gaps = rng.gamma(_REGULARITY, mean[:, None] / _REGULARITY, (n, min(count, 400)))
    bought = np.floor(np.cumsum(gaps, axis=1) - gaps[:, :1] * rng.random((n, 1)))
    stopped = rng.random(n) < _STOPPED
    until = np.where(stopped, days - _SILENT_MONTHS * planted.DAYS_A_MONTH, days)
    who, which = np.nonzero(bought < until[:, None])
    if not len(who):
        return np.nan, np.nan
    first = pd.Timestamp("2020-01-01")
    rows = pd.DataFrame(
        {"account_id": who, "date": first + pd.to_timedelta(bought[who, which], unit="D")}
    )
    table = rhythm.lapsed(rows, first + pd.Timedelta(days=float(np.floor(days))))
    told = table["lapsed"][table["limit"].notna()]
    gone = stopped[told.index]
    return (
        float(told[gone].mean()) if gone.any() else np.nan,
        float(told[~gone].mean()) if (~gone).any() else np.nan,
    )


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        lines = _simulated(accounts, months, rng)
        seen, again = _silent(accounts, months, rng)
        answers = [False] * 3
        try:
            table = survival.hazard_model(
                lines, _COVARIATES, method="logit", entry="entry", units=UNITS
            )
            chance = health.health_score(lines, _COVARIATES, entry="entry").chance(lines)
            answers = [
                _NEAR[0] <= table["ratio"]["price_gap"] <= _NEAR[1],
                bool(table["low"]["missed_visits"] > 1),
                _ranks_well(lines, chance),
            ]
        except ValueError:
            pass  # too few losses: nothing is found
        by = spells.by_group(lines.assign(event=lines["gone"]), lines["small"])
        ratio = rates.exposure_adjusted_rates(by)
        part = ratio.loc[True] if True in ratio.index else None
        covered = part is not None and bool(part["ratio_low"] <= 1 <= part["ratio_high"])
        statements = {
            "the hazard ratio of price lies between 1.7 and 2.8 (planted: 2.2)": answers[0],
            "missed visits are told: the interval of their ratio lies above 1": answers[1],
            "the health score ranks as the planted chance does (correlation .9)": answers[2],
            "the interval of a group that leaves as often as others holds 1": covered,
            "four in five that stopped half a year ago are called lapsed": bool(seen >= 0.8),
            "at most one in twenty that still buy is called lapsed": bool(again <= 0.05),
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48
