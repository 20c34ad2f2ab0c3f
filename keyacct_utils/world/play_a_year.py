"""The next year, to be played: what lesson 22 asks the world.

Nothing is drawn here. The rules by which each account answers are the constants of the other
topics, written down with the place that each was read from; beside them stands what is hidden of
each account (how likely it defaults, how it answers a price, what it buys elsewhere). Two numbers
are this topic's own, since no topic plants them: what is lost of a defaulted bill, and how many
refused accounts stay and pay in advance.

What a few decisions bring on average is reckoned here on grids, by another way than the lesson
goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from keyacct_utils.lessons.credit_grade import scoring
from keyacct_utils.world import (
    churn,
    coverage,
    lead_time,
    ledger,
    margins,
    plan,
    price_response,
    profitability,
    relationship_levels,
)
from keyacct_utils.world.upstream import Built, Upstream, book_start

#: Share of what a defaulting account owes that is lost (Basel II, senior claims, paragraph 287);
#: share of refused accounts that stay and pay in advance (of our own).
LOSS_GIVEN_DEFAULT, STAYS = 0.45, 0.5
#: What the causes of leaving are measured in: a step of each multiplies the hazard by its ratio.
MEASURED_IN = {"price_gap": "percent", "missed_visits": "flag", "satisfaction": "points"}
#: Rules by name: unit, the lesson that finds it from data, module and constant, value.
RULES: tuple[tuple[str, str, str, str, float], ...] = (
    ("growth_mean", "share a year", "01", "plan.GROWTH_MEAN", plan.GROWTH_MEAN),
    ("growth_sd", "share a year", "01", "plan.GROWTH_SD", plan.GROWTH_SD),
    ("growth_low", "share a year", "01", "plan.GROWTH_LOW", plan.GROWTH_LOW),
    ("growth_high", "share a year", "01", "plan.GROWTH_HIGH", plan.GROWTH_HIGH),
    ("visit_ceiling", "percent of the margin", "12", "coverage.A", coverage.A),
    ("visit_rate", "per visit a quarter", "12", "coverage.K", coverage.K),
    ("visit_noise", "percent of the margin", "12", "coverage.TRIAL_SD", coverage.TRIAL_SD),
    *(
        (f"promise_{tier}", "visits a quarter", "12", "coverage.STANDARD", float(visits))
        for tier, visits in coverage.STANDARD.items()
    ),
    ("visit_minutes", "minutes", "12", "profitability.TYPES", profitability.TYPES["visit"][1]),
    ("visit_km", "km", "12", "profitability.TYPES", profitability.TYPES["visit"][2]),
    ("way_speed", "km an hour", "12", "coverage.SPEED", coverage.SPEED),
    ("call_minutes", "minutes", "12", "profitability.TYPES", profitability.TYPES["call"][1]),
    ("visit_cost", "yuan", "04", "profitability.RATES", profitability.RATES["visits"]),
    ("call_cost", "yuan", "04", "profitability.RATES", profitability.RATES["calls"]),
    ("capital", "share a year", "08", "margins.COST_OF_CAPITAL", margins.COST_OF_CAPITAL),
    *(
        (f"days_{code}", "days", "08", "margins.CREDIT_DAYS", float(days))
        for code, days in margins.CREDIT_DAYS.items()
    ),
    ("lost_of_default", "share", "07", "play_a_year.LOSS_GIVEN_DEFAULT", LOSS_GIVEN_DEFAULT),
    ("stays", "share", "07", "play_a_year.STAYS", STAYS),
    *(
        (f"tolerance_{level}", "percent", "05", "relationship_levels.TOLERANCE", value)
        for level, value in relationship_levels.TOLERANCE.items()
    ),
    (
        "tolerance_new", "percent", "05", "relationship_levels.TOLERANCE_NEW",
        relationship_levels.TOLERANCE_NEW,
    ),
    (
        "half_life", "months", "05", "relationship_levels.HALF_LIFE_MONTHS",
        relationship_levels.HALF_LIFE_MONTHS,
    ),
    ("slope", "percent", "05", "relationship_levels.SLOPE", relationship_levels.SLOPE),
    ("value_weight", "percent", "05", "relationship_levels.GAMMA", relationship_levels.GAMMA),
    ("most_gap", "percent", "05", "relationship_levels.MAX_GAP", relationship_levels.MAX_GAP),
    (
        "offer_months", "months", "05", "relationship_levels.MAX_OFFER_MONTHS",
        relationship_levels.MAX_OFFER_MONTHS,
    ),
    (
        "offer_power", "exponent", "05", "relationship_levels.OFFER_AGE_POWER",
        relationship_levels.OFFER_AGE_POWER,
    ),
    (
        "refusal_loss", "share", "05", "relationship_levels.REFUSAL_LOSS",
        relationship_levels.REFUSAL_LOSS,
    ),
    *(
        (f"care_{level}", "visits a year", "05", "relationship_levels.COUNTS", value)
        for level, value in zip((1, 2), relationship_levels.COUNTS["visits_year"], strict=False)
    ),
    *(
        (f"ratio_{name}", "times", "10", "churn.RATIOS", value)
        for name, value in churn.RATIOS.items()
    ),
    *(
        (f"unit_{name}", MEASURED_IN[name], "10", "churn.UNITS", value)
        for name, value in churn.UNITS.items()
    ),
    ("mean_price_gap", "percent", "10", "churn.GAP_MEAN", churn.GAP_MEAN),
    ("mean_satisfaction", "points", "10", "churn.CONTENT_MEAN", churn.CONTENT_MEAN),
    ("service_margin", "share", "04", "margins.OTHER_MARGIN", margins.OTHER_MARGIN["S"][0]),
    ("days_saved", "working days", "20", "lead_time.EFFECT", -lead_time.EFFECT),
    ("building_days", "working days", "20", "lead_time.BUILDING", lead_time.BUILDING),
    (
        "load_factor", "share", "16", "price_response.LOAD_FACTORS",
        sum(price_response.LOAD_FACTORS) / 2,
    ),
    *(
        (
            f"kwh_profit_{volts:g}", "yuan per kWh", "04", "ledger.TARIFF, margins.POWER_MARGIN",
            round(ledger.TARIFF[volts] * ledger.PRICE_STEPS[-1][1] * share, 6),
        )
        for volts, share in margins.POWER_MARGIN.items()
    ),
)  # fmt: skip
#: Hazards of a line of service, a month: they follow from the number of lines that were to leave.
HAZARDS = {"hazard_preventable": "preventable", "hazard_own": "own_business"}
#: What the documents advise, where they give a number, and where they give none, one of our own.
TOP_FIFTH, ADVISED_CUTOFF, ADVISED_DISCOUNT = 0.20, 60.0, 0.005
GRID = 80
MONTHS = 12


def rules(hazards: Mapping[str, float]) -> pd.DataFrame:
    """The table ``year_mechanisms``."""
    rows = [(name, value, unit, code, source) for name, unit, code, source, value in RULES]
    rows += [
        (name, float(hazards[key]), "a month", "10", "churn.base_hazards")
        for name, key in HAZARDS.items()
    ]
    return pd.DataFrame(rows, columns=["name", "value", "unit", "lesson", "source"])


def hidden(upstream: Upstream, truth: Mapping[str, Any], months: int) -> pd.DataFrame:
    """The table ``year_accounts``: what is hidden of each account, and its score and terms."""
    ids = upstream["accounts"]["account_id"]
    prices = truth["price_response"]
    classes = pd.Series(prices["class_of"], dtype=object).map(price_response.ELASTICITY)
    risk = truth["credit_grade"]["risk"].set_index("account_id")["default_probability"]
    wallet = truth["white_space"]["accounts"].set_index("account_id")["wallet"].reindex(ids)
    last = upstream["ledger"][
        upstream["ledger"]["date"] >= book_start(upstream) + pd.DateOffset(months=months - MONTHS)
    ]
    of_s = last[last["line"] == "S"].groupby("account_id")["revenue"].sum().reindex(ids)
    window = pd.Timestamp(upstream["defaults"]["window_start"].iloc[0])
    points = scoring.score_events(upstream["credit_events"], upstream["accounts"], as_of=window)
    done = upstream["activities"]
    done = done[done["date"] >= book_start(upstream) + pd.DateOffset(months=months - MONTHS)]
    each = pd.Series(
        profitability.type_cost(profitability.RATES), index=list(profitability.TYPES)
    ).drop("visit")
    cost = done["type"].map(each).fillna(0.0).groupby(done["account_id"]).sum()
    terms = upstream["latent"].set_index("account_id")["terms"]
    return pd.DataFrame(
        {
            "account_id": ids.to_numpy(),
            "terms_code": terms.reindex(ids).to_numpy(),
            "credit_score": points["score"].reindex(ids).round(2).to_numpy(),
            "default_chance": risk.reindex(ids).to_numpy(),
            "elasticity": classes.reindex(ids)
            .astype(float)
            .fillna(round(prices["mean_elasticity"], 6))
            .to_numpy(),
            "wallet_left": np.maximum(wallet - of_s.fillna(0.0), 0.0).round(2).to_numpy(),
            "other_service": cost.reindex(ids).fillna(0.0).round(2).to_numpy(),
        }
    )


def mean_growth() -> float:
    """Mean factor of an account's volume: the clipped normal of the plan, on a grid."""
    at = norm.ppf((np.arange(200_000) + 0.5) / 200_000, plan.GROWTH_MEAN, plan.GROWTH_SD)
    return 1 + float(np.clip(at, plan.GROWTH_LOW, plan.GROWTH_HIGH).mean())


def refused(level: np.ndarray, value: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Chance that an account turns down the year's offer, whose price is ``factor`` times that of
    the last; on a grid of gaps and of ages of the offer.
    """
    gap = (np.arange(GRID) + 0.5) * relationship_levels.MAX_GAP / GRID
    most = relationship_levels.MAX_OFFER_MONTHS
    months = np.arange(most)
    edges = (np.append(months, most) / most) ** (1 / relationship_levels.OFFER_AGE_POWER)
    met = 100 - (100 - gap) / factor[:, None] - relationship_levels.GAMMA * value[:, None]
    stays = np.empty(len(level))
    for bond in np.unique(level):
        mine = level == bond
        for month, share in zip(months, np.diff(edges), strict=True):
            bears = relationship_levels.tolerance(np.array([bond]), np.array([month]))
            room = (bears - met[mine]) / relationship_levels.SLOPE
            if month == 0:
                stays[mine] = 0.0
            if bond != 1:  # only the lowest level decays
                stays[mine] = expit(room).mean(axis=1)
                break
            stays[mine] += share * expit(room).mean(axis=1)
    return 1 - stays


def _start(upstream: Upstream, hid: pd.DataFrame, months: int) -> dict[str, Any]:
    """What each account brings and gets at the end of the book, in the order of ``hid``."""
    ids = pd.Index(hid["account_id"])
    led = upstream["ledger"]
    led = led[led["date"] >= book_start(upstream) + pd.DateOffset(months=months - MONTHS)]
    led = led.assign(margin=led["revenue"] - led["cost_goods"])
    wide = led.pivot_table(
        index="account_id", columns="line", values=["revenue", "margin"], aggfunc="sum"
    ).reindex(ids)
    wide = wide.fillna(0.0)
    ties = upstream["ties"].set_index("account_id").reindex(ids)
    visits = upstream["visits"].groupby(["account_id", "quarter"])["visits"].sum().unstack()
    file = upstream["accounts"].set_index("account_id").reindex(ids)
    return {
        "ids": ids,
        "sales": wide["revenue"]["P"].to_numpy(),
        "all_sales": np.asarray(wide["revenue"]).sum(axis=1),
        "margin": {line: wide["margin"][line].to_numpy() for line in ("P", "S", "E")},
        "level": ties["bond_level"].to_numpy(dtype=int),
        "value": ties["account_value"].to_numpy(dtype=float),
        "visits": visits.reindex(ids).fillna(0.0).to_numpy(dtype=float),
        "tier": upstream["visits"].groupby("account_id")["tier"].first().reindex(ids).to_numpy(),
        "listed": file["listed_ka"].to_numpy() == 1,
        "days": hid["terms_code"].map(margins.CREDIT_DAYS).to_numpy(dtype=float),
    }


def _lines(
    upstream: Upstream, at: Mapping[str, Any], missed: np.ndarray, hazards: Mapping[str, float]
) -> np.ndarray:
    """Margin of services that leave in the year, expected, by account."""
    rows = upstream["subscriptions"]
    rows = rows[rows["end"].isna() & rows["account_id"].isin(at["ids"])]
    place = at["ids"].get_indexer(rows["account_id"])
    now = rows.assign(missed_visits=missed[place].astype(int))
    hazard = hazards["preventable"] * churn.relative_hazard(now) + hazards["own_business"]
    # the share of twelve months that is lost where the line leaves after t of them
    t = (np.arange(GRID) + 0.5) * MONTHS / GRID
    left = hazard[:, None] * np.exp(-hazard[:, None] * t) * (1 - t / MONTHS)
    gone = left.mean(axis=1) * MONTHS
    worth = rows["yearly_value"].to_numpy() * margins.OTHER_MARGIN["S"][0] * gone
    return np.bincount(place, weights=worth, minlength=len(at["ids"]))


def _projects(upstream: Upstream) -> pd.Series:
    """What hastening each open case brings beyond its calls; nothing where it is in the green
    channel already.
    """
    rows = upstream["cases"]
    rows = rows[rows["end"].isna()].set_index("case_id")
    profit = rows["kv"].map(ledger.TARIFF) * ledger.PRICE_STEPS[-1][1]
    profit = profit * rows["kv"].map(margins.POWER_MARGIN)
    load = sum(price_response.LOAD_FACTORS) / 2
    inside = rows["green_channel"] == 1
    days = np.where(inside, 0.0, -lead_time.EFFECT * 7 / 5)
    weeks = np.ceil(lead_time.BUILDING / 5)
    worth: pd.Series = rows["capacity_kva"] * load * 24 * profit * days
    return worth - np.where(inside, 0.0, weeks * profitability.RATES["calls"])


def care_pays(hid: pd.DataFrame, at: Mapping[str, Any]) -> list[str]:
    """Accounts whose care brings more than its visits cost, all else as in the last year."""
    alike = np.ones(len(hid))
    low, high = (
        refused(level, at["value"], alike) for level in (at["level"], np.maximum(at["level"], 2))
    )
    whole = at["margin"]["P"] + at["margin"]["S"] + at["margin"]["E"]
    net = whole - at["sales"] * at["days"] / 365 * margins.COST_OF_CAPITAL
    alive = 1 - hid["default_chance"].to_numpy() / 2
    more = relationship_levels.REFUSAL_LOSS * 5.5 / MONTHS * (low - high) * net * alive
    care = relationship_levels.COUNTS["visits_year"]
    cost = (care[1] - care[0]) * profitability.RATES["visits"]
    return sorted(str(i) for i in at["ids"][mean_growth() * more > cost])


def _scale(at: Mapping[str, Any]) -> np.ndarray:
    """Part of an account's margin that would have come without the visits of the last year."""
    base = coverage.A / 100 * -np.expm1(-coverage.K * at["visits"])
    whole = at["margin"]["P"] + at["margin"]["S"] + at["margin"]["E"]
    return np.where(whole > 0, 1 / (1 + base.mean(axis=1)), 1.0)


def expected(
    upstream: Upstream,
    hid: pd.DataFrame,
    at: Mapping[str, Any],
    hazards: Mapping[str, float],
    **changed: Any,
) -> float:
    """Mean profit of the next year, where ``changed`` names what is decided otherwise than in the
    last: listed, visits (accounts x quarters), days, cutoff, discount, hasten.
    """
    listed = changed.get("listed", at["listed"])
    visits = changed.get("visits", at["visits"])
    days, discount = changed.get("days", at["days"]), changed.get("discount", 0.0)
    cut = hid["credit_score"].to_numpy() < changed.get("cutoff", 0.0)
    total = 0.0
    # those who keep their credit; then those who are refused, as far as they stay
    for share, due in (
        (np.where(cut, 0.0, 1.0), days),
        (np.where(cut, STAYS, 0.0), np.zeros_like(days)),
    ):
        if not share.any():
            continue
        k, given = margins.COST_OF_CAPITAL, np.where(cut, 0.0, discount)
        factor = (1 - given) * (1 - k * (due - at["days"]) / 365)
        volume = factor ** hid["elasticity"].to_numpy()
        lift = coverage.A / 100 * -np.expm1(-coverage.K * visits)
        scale = _scale(at)
        sold = at["sales"] * scale * volume * (1 - given)
        power = sold - (at["sales"] - at["margin"]["P"]) * scale * volume
        service = at["margin"]["S"] * scale
        margin = power + service + at["margin"]["E"] * scale
        more = lift.mean(axis=1)
        room = hid["wallet_left"].to_numpy() * margins.OTHER_MARGIN["S"][0]
        capped = np.maximum(more * np.maximum(service, 0.0) - room, 0.0)
        added = np.where(margin > 0, more * margin - capped, 0.0)
        # what visits add is sold on the account's terms as well
        billed = sold * (1 + added / np.where(margin > 0, margin, 1.0))
        margin = margin + added
        chance = hid["default_chance"].to_numpy()
        level = np.where(listed, np.maximum(at["level"], 2), at["level"])
        loses = (
            relationship_levels.REFUSAL_LOSS * 5.5 / MONTHS * refused(level, at["value"], factor)
        )
        alive = 1 - chance / 2
        kept = mean_growth() * alive * (1 - loses) * (margin - billed * due / 365 * k)
        owed = mean_growth() * billed * due / 365 * chance * LOSS_GIVEN_DEFAULT
        promised = np.array([4 * coverage.STANDARD.get(tier, 0) for tier in at["tier"]])
        lines = alive * _lines(upstream, at, visits.sum(axis=1) < promised, hazards)
        care = relationship_levels.COUNTS["visits_year"]
        made = visits.sum(axis=1) + listed * (care[1] - care[0])
        service_cost = made * profitability.RATES["visits"] + hid["other_service"].to_numpy()
        total += float((share * (kept - owed - lines - service_cost)).sum())
    worth = _projects(upstream).to_numpy()
    return total + float(worth[changed.get("hasten", np.zeros(len(worth), dtype=bool))].sum())


def advised(upstream: Upstream, hid: pd.DataFrame, at: Mapping[str, Any]) -> dict[str, Any]:
    """What the documents advise, taken literally, as the arguments of `expected`."""
    order = np.lexsort((np.asarray(at["ids"]), -at["all_sales"]))
    top = np.zeros(len(order), dtype=bool)
    top[order[: int(np.ceil(round(TOP_FIFTH * len(order), 9)))]] = True
    visits = np.array([coverage.STANDARD.get(tier, 0) for tier in at["tier"]], dtype=float)
    cases = upstream["cases"]
    waiting = cases[cases["end"].isna()]
    return {
        "listed": top,
        "visits": np.repeat(visits[:, None], 4, axis=1),
        "cutoff": ADVISED_CUTOFF,
        "discount": np.where(top, ADVISED_DISCOUNT, 0.0),
        "hasten": ((waiting["priority"] == 1) & (waiting["green_channel"] != 1)).to_numpy(),
    }


def build(truth: Mapping[str, Any], upstream: Upstream, months: int) -> Built:
    """Tables ``year_accounts`` and ``year_mechanisms``; and what a few decisions bring on average.

    Reads accounts, ledger, ties, visits, subscriptions, cases, activities, credit_events, defaults
    and latent; and what was planted for price_response, credit_grade, white_space and churn.
    """
    hid = hidden(upstream, truth, months)
    hazards = truth["churn"]["hazards"]
    at = _start(upstream, hid, months)
    advice = advised(upstream, hid, at)
    last = expected(upstream, hid, at, hazards)
    short = np.full(len(hid), float(margins.CREDIT_DAYS["T1"]))
    gains = {
        name: expected(upstream, hid, at, hazards, **{name: value}) - last
        for name, value in advice.items()
    }
    found: dict[str, object] = {
        "last_year": last,
        "advice": expected(upstream, hid, at, hazards, **advice) - last,
        "care": care_pays(hid, at),
        "hasten": sorted(str(i) for i, worth in _projects(upstream).items() if worth > 0),
        "gains": gains | {"days": expected(upstream, hid, at, hazards, days=short) - last},
    }
    return {"year_accounts": hid, "year_mechanisms": rules(hazards)}, found
