"""Lesson 17: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.tender import bidding, choice, wins
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.tender import (
    BETA,
    BIDS,
    OWN,
    REFERENCE_COST,
    TENDERS,
    USUAL,
    Drawn,
    draw,
    profit_kept,
)

#: Three standard errors each, from 40 seeds; less for the incumbent (2.6), the best bid (2.7) and
#: the curse (2.2), where three would let a wrong method pass or no decision hang on it.
_PRICE, _TECH, _INCUMBENT, _LOCAL = 2.8, 0.022, 0.043, 0.062
_BEST, _KEPT, _CURSE, _CHANCE = 0.035, 0.03, 0.033, 0.038
#: Close enough for a decision in a book of another size.
_NEAR_TECH, _NEAR_KEPT = 0.03, 0.98
FEATURES = tuple(name for name in BETA if name != "local")
POINTS = 10.0

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48
#: A larger book is simulated with as many accounts: it takes as long as all else of the lesson.
LARGEST = 3000

Tables = Mapping[str, pd.DataFrame]


def _bids(tables: Tables, vetoed: bool = False) -> pd.DataFrame:
    """Bids with their price over the budget; those that were vetoed only where asked for."""
    budget = tables["tenders"].set_index("tender_id")["budget"]
    bids = tables["bids"]
    entered = bids["tender_id"].isin(bids.loc[bids["ours"] == 1, "tender_id"])
    bids = bids.assign(price=bids["price"] / bids["tender_id"].map(budget), entered=entered)
    return bids if vetoed else bids[bids["veto"] == 0]


def _weights(tables: Tables, vetoed: bool = False) -> choice.Weights:
    return choice.implied_weights(_bids(tables, vetoed), FEATURES)


def _worth(tables: Tables, feature: str, step: float = 1.0, vetoed: bool = False) -> float:
    return choice.willingness_to_pay(_weights(tables, vetoed), feature, step=step).estimate


def _local(tables: Tables, service: bool = True) -> float:
    names = [name for name in BETA if service or name != "service"]
    return choice.willingness_to_pay(choice.implied_weights(_bids(tables), names), "local").estimate


def _asked(tables: Tables, feature: str, step: float = 1.0) -> float:
    """What bidders ask for a step more, taken for what it is worth to the panel."""
    return step * wins.asked_for_quality(_bids(tables), feature)


def _price_alone(tables: Tables) -> float:
    found = choice.implied_weights(_bids(tables), ["price"])
    return float(found.weight["price"])


def _rivals(bids: pd.DataFrame, entered: bool) -> pd.DataFrame:
    """Bids of others in the tenders that we entered, or in those that we did not. A tender counts
    as entered where our bid was vetoed too.
    """
    return bids[(bids["entered"] == entered) & (bids["ours"] == 0)]


def _best(tables: Tables, vetoed: bool = False) -> float:
    bids = _bids(tables, vetoed)
    chance = partial(
        choice.win_probability,
        own=OWN,
        rivals=_rivals(bids, True),
        weights=choice.implied_weights(bids, FEATURES),
    )
    return bidding.best_bid(REFERENCE_COST, lambda b: np.asarray(chance(b)), 1.0).bid


def _usual(tables: Tables) -> float:
    """What we usually ask, over what we usually reckon with."""
    bids = _bids(tables, vetoed=True)
    budget = tables["tenders"].set_index("tender_id")
    estimate = (budget["cost_estimate"] / budget["budget"]).dropna().mean()
    return REFERENCE_COST * float(bids.loc[bids["ours"] == 1, "price"].mean() / estimate)


def _curse(tables: Tables) -> float:
    rows = tables["tenders"]
    rows = rows[rows["cost_actual"].notna()]
    return bidding.winners_curse(rows["cost_estimate"], rows["cost_actual"]).estimate


def _skipped(tables: Tables) -> float:
    rivals = _rivals(_bids(tables), False)
    return float(choice.win_probability(USUAL, OWN, rivals, _weights(tables)))


def _won_where_entered(tables: Tables) -> float:
    bids = tables["bids"]
    return float(bids.loc[bids["ours"] == 1, "won"].mean())


ITEMS = (
    Item(
        "weight of price",
        stated("tender", "weights", "price"),
        _PRICE,
        (Naive("price alone, the scores left out", _price_alone),),
    ),
    Item(
        "ten technical points, in parts of the budget",
        stated("tender", "ten_points"),
        _TECH,
        (Naive("what bidders ask for them", lambda t: _asked(t, "tech", POINTS)),),
    ),
    Item(
        "having supplied before, in parts of the budget",
        stated("tender", "incumbent"),
        _INCUMBENT,
        (Naive("what such bidders ask for it", lambda t: _asked(t, "incumbent")),),
    ),
    Item(
        "a site in the district, in parts of the budget",
        stated("tender", "local"),
        _LOCAL,
        (Naive("service points left out", lambda t: _local(t, service=False)),),
    ),
    Item(
        "price of the set bid that brings most, at a cost of 0.70",
        stated("tender", "best_bid"),
        _BEST,
        (
            Naive("vetoed bids left in", lambda t: _best(t, vetoed=True)),
            Naive("the usual markup", _usual),
        ),
    ),
    Item(
        "share of the best expected profit that this bid brings",
        lambda truth: 1.0,
        _KEPT,
        (
            Naive("vetoed bids left in", lambda t: profit_kept(_best(t, vetoed=True))),
            Naive("the usual markup", lambda t: profit_kept(_usual(t))),
        ),
    ),
    Item(
        "cost of what was won above its estimate",
        stated("tender", "curse"),
        _CURSE,
        (Naive("estimates taken as they are", lambda t: 0.0),),
    ),
    Item(
        "chance of the set bid in skipped tenders, at 0.80 of the budget",
        stated("tender", "chance_skipped"),
        _CHANCE,
        (Naive("the win rate of those entered", _won_where_entered),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 17 finds in the tables of a world, by the names of ITEMS."""
    best = _best(tables)
    values = (
        float(_weights(tables).weight["price"]),
        _worth(tables, "tech", POINTS),
        _worth(tables, "incumbent"),
        _local(tables),
        best,
        profit_kept(best),
        _curse(tables),
        _skipped(tables),
    )
    return {item.name: found for item, found in zip(ITEMS, values, strict=True)}


def _frame(drawn: Drawn) -> pd.DataFrame:
    number = len(drawn.won)
    rows = pd.DataFrame(
        {
            "tender_id": np.repeat(np.arange(number), BIDS),
            "ours": (np.arange(BIDS)[None, :] < drawn.entered[:, None]).ravel().astype(int),
            "won": (np.arange(BIDS)[None, :] == drawn.won[:, None]).ravel().astype(int),
            "entered": np.repeat(drawn.entered, BIDS),
        }
        | {name: getattr(drawn, name).ravel() for name in (*FEATURES, "veto")}
    )
    first = np.tile(np.arange(BIDS) == 0, number)
    return rows.assign(ours=rows["ours"].where(first, 0))[~rows["veto"]]


_STATEMENTS = (
    "the dearer bid loses: the interval of the weight of price lies below 0",
    "ten technical points are worth something: their interval lies above 0",
    "their worth is within 3 % of the budget",
    "the interval of their worth holds the truth",
    "having supplied before is worth something: its interval lies above 0",
    "the best bid brings 98 % or more of the best expected profit",
    "the winner's curse is told: its interval lies above 0",
)


def _tried(rng: np.random.Generator, number: int) -> dict[str, bool]:
    found = dict.fromkeys(_STATEMENTS, False)
    if number < 1:
        return found
    drawn = draw(rng, number)
    bids = _frame(drawn)
    try:
        weights = choice.implied_weights(bids, FEATURES)
        worth = choice.willingness_to_pay(weights, "tech", step=POINTS)
        again = choice.willingness_to_pay(weights, "incumbent")
        rivals = _rivals(bids, True)
        best = bidding.best_bid(
            REFERENCE_COST,
            lambda b: np.asarray(choice.win_probability(b, OWN, rivals, weights)),
            1.0,
        )
        mine = drawn.entered & (drawn.won == 0)
        curse = bidding.winners_curse(pd.Series(drawn.estimate[mine]), pd.Series(drawn.cost[mine]))
    except ValueError:
        return found
    true = POINTS * BETA["tech"] / -BETA["price"]
    answers = (
        float(weights.table["high"].to_dict()["price"]) < 0,
        worth.low > 0,
        abs(worth.estimate - true) <= _NEAR_TECH,
        worth.low <= true <= worth.high,
        again.low > 0,
        profit_kept(best.bid) >= _NEAR_KEPT,
        curse.low > 0,
    )
    return {name: bool(answer) for name, answer in zip(found, answers, strict=True)}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold? Tenders come two to three accounts in four years, as in the bundled book.
    """
    number = round(TENDERS * accounts / 600 * months / 48)
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        for name, answer in _tried(rng, number).items():
            found.setdefault(name, []).append(answer)
    return found
