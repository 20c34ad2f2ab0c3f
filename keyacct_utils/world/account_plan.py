"""What an hour of work brings at each account, and a plan whose numbers do not all add up: what
lesson 21 shall find.

Planted: trials by lot of three kinds of action, and beside them trials that managers chose, where
more would have come anyway; and a table of statements, some of them faulty in a way that can be
reckoned. What each action of each account truly brings is not drawn: it follows from what the other
topics planted (`true_gains`): wallets, hazards of the lines of service, driver rates, what a visit
brings, what a reminder brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY
from keyacct_utils.world.churn import AHEAD
from keyacct_utils.world.plan import scaled
from keyacct_utils.world.receivables import AFTER
from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts, spend

#: Share of its base that an action brings within a year: of the room in the wallet, of what
#: would be lost, of the cost of service.
EFFECTS = {"sell": 0.12, "keep": 0.50, "streamline": 0.12}
#: What comes without any action, and what more where managers chose: they went where it came.
ANYWAY = {"sell": 0.10, "keep": 0.40, "streamline": 0.11}
CHOSEN = {"sell": 0.12, "keep": 0.45, "streamline": 0.13}
#: Spread of one trial (a share of its base), trials by lot and by choice in a book of 600 accounts.
SPREAD = {"sell": 0.10, "keep": 0.45, "streamline": 0.11}
BY_LOT, BY_CHOICE = 240, 120
#: Hours of an action: mean, and spread of the logarithm.
HOURS = {"sell": 24.0, "keep": 4.0, "streamline": 12.0}
HOURS_SD = 0.25
#: Base of a trial: middle and spread of the logarithm (yuan).
BASE, BASE_SD = 11.5, 0.8
TRIAL_DAYS = 360
#: What the worth of an action hangs on besides: years that a gain lasts, the rate a year, what a
#: bill paid late costs (fraction of it), hours of a reminder and of one more visit each quarter.
HORIZON, RATE, LATE_COST = 3, 0.10, 0.05
REMINDER_HOURS, VISIT_HOURS, MOST_VISITS = 3.0, 7.0, 3
#: Statements of the plan: so many sound ones, and so many of each kind of fault.
SOUND_ONES, OF_EACH = 15, 2
SOUND = ("plain", "rounded", "converted")
KINDS = ("arithmetic", "scope", "incomplete", "unit", "misprint")
_TEN = 10


def lasting(horizon: int = HORIZON, rate: float = RATE) -> float:
    """What one yuan a year is worth that comes for so many years, the first in full."""
    return float(sum((1 + rate) ** -year for year in range(horizon)))


def _trials(rng: np.random.Generator, upstream: Upstream, months: int) -> pd.DataFrame:
    """Actions that were tried or left by lot, and some that managers chose."""
    ids = upstream["accounts"]["account_id"].to_numpy(dtype=object)
    lot, choice = (max(30, scaled(count, len(ids))) for count in (BY_LOT, BY_CHOICE))
    parts = []
    for kind, effect in EFFECTS.items():
        n = lot + choice
        by_lot = np.arange(n) < lot
        tried = np.where(by_lot, rng.random(n) < 0.5, rng.random(n) < 0.8)
        base = np.round(np.exp(BASE + BASE_SD * rng.normal(size=n)), 2)
        share = ANYWAY[kind] + effect * tried + rng.normal(0, SPREAD[kind], n)
        share += np.where(~by_lot & tried, CHOSEN[kind], 0.0)
        hours = np.where(tried, HOURS[kind] * np.exp(HOURS_SD * rng.normal(size=n)), 0.0)
        parts.append(
            pd.DataFrame(
                {
                    "account_id": rng.choice(ids, n),
                    "date": month_starts(book_start(upstream), np.full(n, months - 24)),
                    "kind": kind,
                    "by_lot": by_lot.astype(int),
                    "tried": tried.astype(int),
                    "hours": np.round(hours, 1),
                    "base": base,
                    "gain": np.round(share * base, 2),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    days = pd.to_timedelta(rng.integers(0, TRIAL_DAYS, len(table)), unit="D")
    table["date"] = (table["date"] + days).astype("datetime64[s]")
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    table.insert(0, "trial_id", [f"T{n:05d}" for n in range(1, len(table) + 1)])
    return table


def _split(rng: np.random.Generator, total: int, parts: int) -> list[int]:
    """A whole number in so many parts, none of them small."""
    weight = rng.dirichlet(np.full(parts, 6.0))
    cut = np.floor(weight * total).astype(int)
    cut[0] += total - int(cut.sum())
    return [int(value) for value in cut]


def _statement(rng: np.random.Generator, kind: str) -> list[dict[str, Any]]:
    """The numbers of one statement, with the fault of its kind (or none)."""
    total = int(rng.integers(300, 3_000)) * _TEN
    parts = _split(rng, total, int(rng.integers(2, 5)))
    row: dict[str, Any] = {
        "unit": "10k yuan",
        "begins": pd.Timestamp(2025, 1, 1),
        "ends": pd.Timestamp(2025, 12, 31),
        "covers": "all lines",
        "complete": 1,
    }
    written = [f"{value:,}" for value in (total, *parts)]
    frame = [
        {"role": "part" if at else "total", "written": text, **row}
        for at, text in enumerate(written)
    ]
    place = int(rng.integers(1, len(frame)))
    if kind == "arithmetic":
        frame[0]["written"] = f"{total + int(rng.integers(3, 15)) * total // 100:,}"
    elif kind == "scope":
        frame[place]["begins"] = pd.Timestamp(2023, 1, 1)
        frame[0]["written"] = f"{total + total // 5:,}"
    elif kind == "incomplete":
        del frame[place]
        frame = [item | {"complete": 0} for item in frame]
    elif kind == "unit":
        frame[place]["written"] = f"{parts[place - 1] * 10_000:,}"
    elif kind == "misprint":
        text = written[place]
        frame[place]["written"] = text[:-1] + "O" if text[-1] == "0" else "l" + text[1:]
    elif kind == "rounded":  # sound: each number is rounded by itself
        frame = [item | {"unit": "m yuan"} for item in frame]
        for item, value in zip(frame, (total, *parts), strict=True):
            item["written"] = f"{value / 100:.1f}"
    elif kind == "converted":  # sound: one part in another unit
        frame[place] |= {"unit": "yuan", "written": f"{parts[place - 1] * 10_000:,}"}
    return frame


def statements_of(rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, str]]:
    """The statements of a plan in a shuffled order, and the fault of each."""
    wanted = [SOUND[n % len(SOUND)] for n in range(SOUND_ONES)]
    wanted += [kind for kind in KINDS for _ in range(OF_EACH)]
    rows, truth = [], {}
    for number, place in enumerate(rng.permutation(len(wanted)), 1):
        code, kind = f"N{number:02d}", wanted[place]
        truth[code] = kind if kind in KINDS else "sound"
        for part, row in enumerate(_statement(rng, kind)):
            rows.append({"statement_id": code, "number": part, **row})
    return pd.DataFrame(rows), truth


def _known(upstream: Upstream, months: int) -> pd.DataFrame:
    """What of the last year everybody can see: margins, visits, service asked for; and what is past
    its day when payments are last known.
    """
    ids = pd.Index(upstream["accounts"]["account_id"])
    first = book_start(upstream) + pd.DateOffset(months=months - 12)
    ledger = upstream["ledger"]
    year = ledger[ledger["date"] >= first]
    margin = (year["revenue"] - year["cost_goods"]).groupby(year["account_id"]).sum()
    line = year[year["line"] == "S"]
    rate = float(1 - line["cost_goods"].sum() / line["revenue"].sum())
    bills = upstream["invoices"]
    known = book_start(upstream) + pd.DateOffset(months=months + AFTER)
    late = bills[(bills["due"] < known) & (bills["amount"] > 0)]
    late = late[late["paid_date"].isna() | (late["paid_date"] >= known)]
    paid = late["paid_amount"].where(late["paid_date"].isna(), 0.0).fillna(0.0)
    return pd.DataFrame(
        {
            "margin": margin.reindex(ids, fill_value=0.0),
            "rate": rate,
            "bought": spend(upstream, months, "S").reindex(ids),
            "overdue": (late["amount"] - paid).groupby(late["account_id"]).sum(),
        },
        index=ids,
    ).fillna({"overdue": 0.0})


def _visits(upstream: Upstream, margin: pd.Series, response: Mapping[str, float]) -> pd.DataFrame:
    """What one, two and three more visits a quarter add to the margin of a year: parts of what it
    would have been without any.
    """
    visits = upstream["visits"].groupby(["account_id", "quarter"])["visits"].sum().unstack()
    visits = visits.reindex(margin.index).fillna(0.0)
    a, k = response["a"] / 100, response["k"]
    without = margin.clip(lower=0) / (1 + a * -np.expm1(-k * visits)).mean(axis=1)
    found = {}
    for more in range(1, MOST_VISITS + 1):
        lift = a * (np.exp(-k * visits) - np.exp(-k * (visits + more)))
        found[f"visit_{more}"] = without * lift.mean(axis=1)
    return pd.DataFrame(found)


def true_gains(
    upstream: Upstream, truth: Mapping[str, Mapping[str, Any]], months: int
) -> pd.DataFrame:
    """What each action of each account brings, by what the topics planted (yuan of margin)."""
    known = _known(upstream, months)
    ids = known.index
    stays = lasting()
    wallet = truth["white_space"]["accounts"].set_index("account_id")["wallet"].reindex(ids)
    room = (wallet - known["bought"]).clip(lower=0) * known["rate"]
    lines = upstream["subscriptions"]
    lines = lines[lines["end"].isna()]
    churn = truth["churn"]
    middle = {"price_gap": 4.0, "missed_visits": 0.0, "satisfaction": 70.0}
    log = sum(
        churn["log_ratios"][name] * (lines[name] - middle[name]) / churn["units"][name]
        for name in middle
    )
    chance = 1 - np.exp(-AHEAD * churn["hazards"]["preventable"] * np.exp(log))
    lost = (lines["yearly_value"] * chance).groupby(lines["account_id"]).sum().reindex(ids)
    asked = upstream["activities"]
    first = book_start(upstream) + pd.DateOffset(months=months - 12)
    asked = asked[asked["date"] >= first]
    cost = asked["type"].map(DRIVER_OF_ACTIVITY).map(truth["profitability"]["rates"])
    service = cost.groupby(asked["account_id"]).sum().reindex(ids)
    lift = truth["receivables"]["reminder_lift"]
    found = pd.DataFrame(
        {
            "sell": EFFECTS["sell"] * room * stays,
            "keep": EFFECTS["keep"] * lost.fillna(0.0) * known["rate"] * stays,
            "collect": lift * known["overdue"] * LATE_COST,
            "streamline": EFFECTS["streamline"] * service.fillna(0.0) * stays,
        },
        index=ids,
    )
    found = found.join(_visits(upstream, known["margin"], truth["coverage"]["response"]))
    return found.round(2).rename_axis("account_id").reset_index()


def hours() -> dict[str, float]:
    """Expected hours of each action."""
    mean = float(np.exp(HOURS_SD**2 / 2))
    found = {kind: each * mean for kind, each in HOURS.items()} | {"collect": REMINDER_HOURS}
    return found | {f"visit_{n}": n * VISIT_HOURS for n in range(1, MOST_VISITS + 1)}


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``action_trials`` and ``plan_statements``; and what was planted in them.

    Reads accounts and ledger.
    """
    statements, kinds = statements_of(rng)
    tables = {"action_trials": _trials(rng, upstream, months), "plan_statements": statements}
    return tables, {"effects": dict(EFFECTS), "hours": hours(), "statements": kinds}
