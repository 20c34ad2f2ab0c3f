"""Credit events and defaults: is the published rule predictive (lesson 07).

Planted: every kind of event but safety is Poisson in the account's latent risk, safety events are
unrelated to it (a null), and default follows logit(-3.2 + 1.4 risk). The events lie before the
twelve months of the default window.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from keyacct_utils.contract.tables import CREDIT_CODES
from keyacct_utils.world.upstream import (
    Built,
    Upstream,
    book_start,
    joined_month,
    month_starts,
    normal_scores,
)

DEFAULT_INTERCEPT, DEFAULT_SLOPE = -3.2, 1.4
WINDOW_MONTHS = 12
#: Slope of the log rate on the risk by section; safety is the planted null.
SLOPES = {3: 1.35, 4: 0.0, 5: 1.2, 6: 0.9}
#: Events a year of the mean account (arrears: episodes; electricians: findings).
RATES = {
    "arrears": 0.48,
    "false_account": 0.014,
    "whereabouts_told": 0.010,
    "accident_inside": 0.060,
    "branch_switch_trip": 0.040,
    "substation_switch_trip": 0.010,
    "accident_concealed": 0.010,
    "electrician_unqualified": 0.060,
    "operating_rules_deficient": 0.050,
    "theft": 0.008,
    "contract_breach": 0.030,
    "construction_obstructed": 0.010,
    "facilities_damaged": 0.012,
    "offence_reported": 0.015,
    "bad_faith_contract": 0.012,
    "tests_refused": 0.040,
    "inspection_refused": 0.040,
    "not_rectified": 0.035,
    "dispatch_rules_ignored": 0.012,
}
#: Kinds of arrears episode: rows in consecutive months, months that each row says it lasted, share.
EPISODES = ((1, 1, 0.70), (2, 1, 0.10), (3, 1, 0.04), (1, 2, 0.11), (1, 3, 0.05))
CURED_SHARE = 0.5
#: Arrears creep up: they are this many times as frequent at the end of the months before the window
#: as at the start.
ARREARS_CREEP = 3.0
MAX_PERSONS = 3
DAYS_IN_MONTH = 28
LIGHTING_SECTIONS = (3, 5)


def _risk(upstream: Upstream) -> np.ndarray:
    """Standard normal scores of the hidden risk, the one that also drives late payment."""
    hidden = upstream["latent"].set_index("account_id")["risk"]
    return normal_scores(hidden.reindex(upstream["accounts"]["account_id"]))


def _occurrences(
    rng: np.random.Generator, risk: np.ndarray, code: str, section: int, months: int
) -> np.ndarray:
    """Row number of the account of each occurrence of one code."""
    slope = SLOPES[section]
    rate = RATES[code] * months / 12 * np.exp(slope * risk - slope**2 / 2)
    return np.repeat(np.arange(len(risk)), rng.poisson(rate))


def _arrears(rng: np.random.Generator, row: np.ndarray, months: int) -> pd.DataFrame:
    """Episodes as rows: consecutive months, or one row that lasted; half of the one-month ones are
    made good.
    """
    kind = rng.choice(len(EPISODES), size=len(row), p=[share for *_, share in EPISODES])
    rows, lasted = (np.array([episode[k] for episode in EPISODES])[kind] for k in (0, 1))
    # Density rising linearly from 1 to ARREARS_CREEP: the inverse of its distribution function.
    rise = ARREARS_CREEP**2 - 1
    when = (np.sqrt(1 + rise * rng.random(len(row))) - 1) / (ARREARS_CREEP - 1)
    first = np.floor(when * (months - rows * lasted + 1)).astype(int)
    cured = (rows * lasted == 1) & (rng.random(len(row)) < CURED_SHARE) & (first + 1 < months)
    spread = np.repeat(np.arange(len(row)), rows)
    step = np.arange(len(spread)) - np.repeat(np.cumsum(rows) - rows, rows)
    owed = pd.DataFrame(
        {
            "row": row[spread],
            "month": first[spread] + step,
            "code": "arrears",
            "months": lasted[spread],
        }
    )
    owed = owed.drop_duplicates(["row", "month"])
    good = pd.DataFrame({"row": row[cured], "month": first[cured] + 1, "code": "arrears_made_good"})
    # A month that is owed itself makes nothing good.
    clash = pd.MultiIndex.from_frame(good[["row", "month"]]).isin(
        pd.MultiIndex.from_frame(owed[["row", "month"]])
    )
    return pd.concat([owed, good.loc[~clash].drop_duplicates(["row", "month"])], ignore_index=True)


def _events(
    rng: np.random.Generator,
    accounts: pd.DataFrame,
    risk: np.ndarray,
    begin: np.ndarray,
    months: int,
) -> pd.DataFrame:
    """All events by row of the account and month: none before the account joined, two sections for
    lighting users.
    """
    parts: list[pd.DataFrame] = []
    for section, codes in CREDIT_CODES.items():
        for code in codes:
            if code == "arrears_made_good":
                continue
            row = _occurrences(rng, risk, code, section, months)
            if code == "arrears":
                part = _arrears(rng, row, months)
            else:
                part = pd.DataFrame(
                    {"row": row, "month": rng.integers(0, months, len(row)), "code": code}
                )
            parts.append(part.assign(section=section))
    events = pd.concat(parts, ignore_index=True)
    events["day"] = np.where(
        events["code"] == "arrears", 0, rng.integers(0, DAYS_IN_MONTH, len(events))
    )
    events["persons"] = np.where(
        events["code"] == "electrician_unqualified",
        rng.integers(1, MAX_PERSONS + 1, len(events)),
        np.nan,
    )
    events["account_id"] = accounts["account_id"].to_numpy()[events["row"].to_numpy()]
    lighting = accounts["lighting_user"].to_numpy()[events["row"].to_numpy()] == 1
    there = events["month"].to_numpy() >= begin[events["row"].to_numpy()]
    return events.loc[there & (~lighting | events["section"].isin(LIGHTING_SECTIONS))]


def _table(events: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "date": month_starts(start, events["month"].to_numpy())
            + events["day"].to_numpy().astype("timedelta64[D]"),
            "account_id": events["account_id"].to_numpy(),
            "section": events["section"].to_numpy(),
            "code": events["code"].to_numpy(),
            "months": events["months"].to_numpy(),
            "persons": events["persons"].to_numpy(),
        }
    ).astype({"months": "Int64", "persons": "Int64"})
    frame["note"] = (
        frame["code"].map({"arrears_made_good": "paid in the month after"}).astype("string")
    )
    frame = frame.sort_values(["date", "account_id", "code"], kind="stable", ignore_index=True)
    frame.insert(0, "event_id", [f"C{i:05d}" for i in range(1, len(frame) + 1)])
    return frame


def _defaulted(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """Systematic sampling along the risk: each account defaults with its chance, and their number
    hardly varies.
    """
    order = np.argsort(chance, kind="stable")
    steps = np.floor(np.cumsum(chance[order]) + rng.random())
    out = np.zeros(len(chance), dtype=int)
    out[order] = np.diff(steps, prepend=0.0) > 0
    return out


def _with(events: pd.DataFrame, code: str) -> list[str]:
    return sorted(events.loc[events["code"] == code, "account_id"].unique().tolist())


def _consecutive(events: pd.DataFrame) -> list[str]:
    """Accounts with arrears rows in two consecutive months."""
    owed = events.loc[events["code"] == "arrears", ["account_id", "date"]]
    month = owed["date"].dt.year * 12 + owed["date"].dt.month
    pairs = pd.MultiIndex.from_arrays([owed["account_id"], month])
    after = pd.MultiIndex.from_arrays([owed["account_id"], month + 1])
    return sorted(owed.loc[after.isin(pairs), "account_id"].unique().tolist())


def _truth(events: pd.DataFrame, window: pd.Timestamp) -> dict[str, object]:
    recent = events.loc[events["date"] >= window - pd.DateOffset(months=WINDOW_MONTHS)]
    return {
        "default_logit": [DEFAULT_INTERCEPT, DEFAULT_SLOPE],
        "default_share_allowed": [0.05, 0.11],
        "score_auc": 0.70,
        "score_reading": (
            "sections floored at 0, capped at their maximum; "
            "arrears bands replace each other; twelve months"
        ),
        "safety_auc": 0.50,
        "arrears_creep": ARREARS_CREEP,
        "slopes_by_section": {str(section): slope for section, slope in SLOPES.items()},
        "consecutive_arrears": _consecutive(recent),
        "thefts": _with(recent, "theft"),
        "made_good": _with(recent, "arrears_made_good"),
        "window_start": str(window.date()),
    }


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``credit_events`` and ``defaults`` with what was planted in them.

    Reads accounts (with lighting_user), ledger (for the first month) and latent (risk). Months:
    more than 12, since the last twelve are the default window. Of the truth, ``risk`` is a
    DataFrame (account_id, latent_risk, default_probability).

    Raises
    ------
    ValueError
        When the book leaves no month before the default window.
    """
    if months <= WINDOW_MONTHS:
        raise ValueError(
            f"months: got {months}, expected more than "
            f"{WINDOW_MONTHS}; the last twelve are the default window"
        )
    accounts = upstream["accounts"].reset_index(drop=True)
    start = book_start(upstream)
    window = start + pd.DateOffset(months=months - WINDOW_MONTHS)
    risk = _risk(upstream)
    events = _table(
        _events(rng, accounts, risk, joined_month(upstream), months - WINDOW_MONTHS), start
    )
    chance = expit(DEFAULT_INTERCEPT + DEFAULT_SLOPE * risk)
    defaults = pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "window_start": np.datetime64(window, "s"),
            "default_12m": _defaulted(rng, chance),
        }
    )
    hidden = pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "latent_risk": risk.round(6),
            "default_probability": chance.round(6),
        }
    )
    return {"credit_events": events, "defaults": defaults}, {
        "risk": hidden,
        **_truth(events, window),
    }
