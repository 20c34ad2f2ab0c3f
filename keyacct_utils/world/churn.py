"""Lines of service that end, each for a reason: what lesson 10 shall find.

Planted: three things that make a line leave for a reason that can be prevented, and leave alone
those whose customer fails in business (S000-5i); and authorities that hold 26.53 % of the money and
leave no oftener than others (S000-5j). Lines that ended before the book began are not in it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import fsolve
from scipy.stats import norm

from keyacct_utils.world.upstream import Built, Upstream, book_start, joined_month

#: Lines for each account, and how many of them leave within 48 months.
LINES_EACH, LOST_OF = 2.5, 374 / 1500
#: Hazard ratios of what can be prevented: for 5 points of price gap, for missed visits, and for 10
#: points of satisfaction.
RATIOS = {"price_gap": 2.2, "missed_visits": 1.6, "satisfaction": 0.667}
UNITS = {"price_gap": 5.0, "missed_visits": 1.0, "satisfaction": 10.0}
GAP_MEAN, GAP_SD, CONTENT_MEAN, CONTENT_SD = 4.0, 5.0, 70.0, 10.0
MISSED = 0.30
#: Correlation of satisfaction with missed visits, on the scale behind the flag.
MISSED_CONTENT = -0.3
#: S000-5i: causes of the loss; the rest (19.5 %) has no name there.
OWN_BUSINESS = "own_business"
CAUSES = {"rival_price": 0.32, "rival_product": 0.085, "other": 0.195}
OWN_SHARE = 0.40
#: S000-5j: what authorities, army and party hold of the loss, here of the money that runs.
AUTHORITIES, AUTHORITY_SHARE = "government", 0.2653
PRODUCTS = ("maintenance", "monitoring", "storage", "training", "power_quality")
RIVALS = ("R1", "R2", "R3")
#: Lines that were there when the book begins, and for how many months at most.
THERE_FROM_START, OLDEST = 0.7, 60.0
MEDIAN_VALUE, VALUE_SIGMA = 40_000, 1.0
DAYS_A_MONTH = 30.4375
#: Months at the end of the book that a health score has to foretell.
AHEAD = 12


def covariates(rng: np.random.Generator, account: np.ndarray, n: int) -> pd.DataFrame:
    """What is known of each line; missed visits and a part of satisfaction go with the account."""
    behind = rng.normal(size=account.max() + 1)[account]
    missed = behind > norm.isf(MISSED)
    content = MISSED_CONTENT * behind + np.sqrt(1 - MISSED_CONTENT**2) * rng.normal(size=n)
    return pd.DataFrame(
        {
            "price_gap": np.round(GAP_MEAN + GAP_SD * rng.normal(size=n), 1),
            "missed_visits": missed.astype(int),
            "satisfaction": np.round(CONTENT_MEAN + CONTENT_SD * content, 1).clip(0, 100),
        }
    )


def relative_hazard(lines: pd.DataFrame) -> np.ndarray:
    """How many times as often as a line of average price, visits kept and average satisfaction each
    leaves for a reason that can be prevented.
    """
    middle = {"price_gap": GAP_MEAN, "missed_visits": 0.0, "satisfaction": CONTENT_MEAN}
    log = sum(
        np.log(RATIOS[name]) * (lines[name].to_numpy(dtype=float) - middle[name]) / UNITS[name]
        for name in RATIOS
    )
    return np.asarray(np.exp(log))


def base_hazards(relative: np.ndarray, watched: np.ndarray, months: int) -> tuple[float, float]:
    """Monthly hazards, of what can be prevented and of failing in business, with which as many
    leave as planned, and 40 % of them for the second.
    """
    wanted = LOST_OF * len(relative) * min(1.0, months / 48)

    def off(logs: np.ndarray) -> np.ndarray:
        ours, own = np.exp(logs[0]) * relative, np.exp(logs[1])
        gone = 1 - np.exp(-(ours + own) * watched)
        each = [(ours / (ours + own) * gone).sum(), (own / (ours + own) * gone).sum()]
        return np.array(each) / wanted - [1 - OWN_SHARE, OWN_SHARE]

    found = fsolve(off, np.log([0.003, 0.003]), xtol=1e-10)
    return float(np.exp(found[0])), float(np.exp(found[1]))


def _values(rng: np.random.Generator, authority: np.ndarray) -> np.ndarray:
    """Yearly value of each line, of which authorities hold the share planted."""
    value = np.exp(np.log(MEDIAN_VALUE) + VALUE_SIGMA * rng.normal(size=len(authority)))
    if authority.any() and not authority.all():
        mine, rest = value[authority].sum(), value[~authority].sum()
        value[authority] *= AUTHORITY_SHARE / (1 - AUTHORITY_SHARE) * rest / mine
    return np.round(value, 2)


def starts(rng: np.random.Generator, joined: np.ndarray, months: int) -> np.ndarray:
    """Months from the start of the book to that of each line; below 0 where it was there before."""
    n = len(joined)
    before, within = -rng.uniform(0, OLDEST, n), rng.uniform(0, max(months - 6, 0), n)
    start = np.where(rng.random(n) < THERE_FROM_START, before, within)
    return np.where(joined > 0, np.maximum(joined, within), start)


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Lines of service with their covariates and ends; and the hazards that made them.

    Reads accounts and ledger.
    """
    accounts = upstream["accounts"]
    n = round(LINES_EACH * len(accounts))
    account = np.sort(np.concatenate([
        np.arange(len(accounts)), rng.integers(0, len(accounts), n - len(accounts))
    ]))  # fmt: skip
    lines = covariates(rng, account, n)
    sector = accounts["sector"].to_numpy()[account]
    value = _values(rng, sector == AUTHORITIES)
    start = starts(rng, joined_month(upstream)[account], months)
    watched = months - np.maximum(start, 0.0)
    relative = relative_hazard(lines)
    base, own = base_hazards(relative, watched, months)
    ours = base * relative
    waited = rng.exponential(1 / (ours + own))
    end = np.maximum(start, 0.0) + waited
    gone = end < months
    failed = rng.random(n) < own / (ours + own)
    weights = np.array(list(CAUSES.values()))
    named = np.array(list(CAUSES))[rng.choice(len(CAUSES), n, p=weights / weights.sum())]
    reason = np.where(failed, OWN_BUSINESS, named)
    rival = np.array(RIVALS)[rng.integers(0, len(RIVALS), n)]
    first = book_start(upstream)

    def day(month: np.ndarray) -> np.ndarray:
        return np.asarray(
            (first + pd.to_timedelta(np.floor(month * DAYS_A_MONTH), unit="D")).to_numpy()
        ).astype("datetime64[s]")

    taken = gone & np.char.startswith(reason.astype(str), "rival")
    table = pd.DataFrame(
        {
            "subscription_id": [f"B{number + 1:05d}" for number in range(n)],
            "account_id": accounts["account_id"].to_numpy()[account],
            "product": np.array(PRODUCTS)[rng.integers(0, len(PRODUCTS), n)],
            "start": day(start),
            "end": pd.Series(day(end)).where(gone),
            "end_reason": pd.Series(reason, dtype=object).where(gone),
            "rival": pd.Series(rival, dtype=object).where(taken),
            "yearly_value": value,
            **{name: lines[name] for name in RATIOS},
        }
    )
    running = (start < months - AHEAD) & (end >= months - AHEAD)
    truth = _truth(relative, base, own, watched, lines, sector, value)
    truth["foretold"] = float((1 - np.exp(-AHEAD * ours[running])).mean())
    return {"subscriptions": table}, truth


def _truth(
    relative: np.ndarray,
    base: float,
    own: float,
    watched: np.ndarray,
    lines: pd.DataFrame,
    sector: np.ndarray,
    value: np.ndarray,
) -> dict[str, object]:
    """What was planted, and what follows from it for the lines of this book."""
    ours = base * relative
    time = (1 - np.exp(-(ours + own) * watched)) / (ours + own)
    missed = lines["missed_visits"].to_numpy() == 1
    cases = ours * time
    ratio = RATIOS["missed_visits"]
    years = float(time.sum()) / 12
    mine = sector == AUTHORITIES
    return {
        "log_ratios": {name: float(np.log(value)) for name, value in RATIOS.items()},
        "units": dict(UNITS),
        "government": {"log_ratio": 0.0, "share_of_value": float(value[mine].sum() / value.sum())},
        "own_share": OWN_SHARE,
        "rate": float(((ours + own) * time).sum()) / years,
        "preventable_rate": float(cases.sum()) / years,
        "missed_fraction": float(cases[missed].sum() / cases.sum()) * (ratio - 1) / ratio,
        "hazards": {"preventable": base, "own_business": own},
        "expected_losses": float(((ours + own) * time).sum()),
    }
