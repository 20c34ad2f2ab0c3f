"""Exercises of lesson 17: tender."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.lessons.tender import bidding, choice, scoring, wins
from keyacct_utils.lessons.tender.inputs import Tenders, tenders

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 17.1: price in million yuan, technical score, rejected or not; and its weights.
FOUR = {
    "Anhe": (30.0, 80, 0),
    "Boda": (24.0, 70, 0),
    "Chenxi": (26.0, 85, 0),
    "Dafeng": (18.0, 60, 1),
}
WEIGHTS = {"price": 40.0, "tech": 60.0}
#: The weight of price from which on a call counts in 17.2.
HEAVY = 50.0
FEATURES = ("price", "tech", "service", "incumbent")
POINTS = 10.0
#: The cost of 17.4, a part of the budget.
COST = 0.65
#: The year and the claim of 17.5.
YEAR, CLAIMED = "2023", 1 / 3
VERDICTS = ("more", "less", "cannot be told")


def four() -> pd.DataFrame:
    """The bids of 17.1."""
    return pd.DataFrame.from_dict(FOUR, orient="index", columns=["price", "tech", "veto"])


def _by_hand(book: Book) -> dict[str, Any]:
    made = scoring.score(four(), WEIGHTS)
    first = str(made["rank"].idxmin())
    return {
        "first": first,
        "points": float(made.loc[first, "total"]),  # type: ignore[arg-type]
        "most": scoring.most_we_may_bid(four(), first, WEIGHTS),
    }


def _no_veto(book: Book) -> dict[str, float]:
    bids, first = four(), _by_hand(book)["first"]
    made = scoring.score(bids, WEIGHTS, veto="none")
    return {"points": float(made.loc[first, "total"])}


def _no_veto_most(book: Book) -> dict[str, float]:
    first = _by_hand(book)["first"]
    return {"most": scoring.most_we_may_bid(four(), first, WEIGHTS, veto="none")}


def _mixed_most(mark: bool, total: bool) -> Callable[[Book], dict[str, float]]:
    """The rejected price as benchmark on one side only: of the price that is moved, or of the total
    of the second.
    """
    lowest = min(price for price, _, veto in FOUR.values() if not veto)
    rejected = min(price for price, _, _ in FOUR.values())

    def most(book: Book) -> dict[str, float]:
        first = _by_hand(book)["first"]
        base = rejected if total else lowest
        second = max(
            WEIGHTS["price"] * base / price + WEIGHTS["tech"] * tech / 100
            for name, (price, tech, veto) in FOUR.items()
            if not veto and name != first
        )
        left = second - WEIGHTS["tech"] * FOUR[first][1] / 100
        return {"most": WEIGHTS["price"] * (rejected if mark else lowest) / left}

    return most


def _third_most(book: Book) -> dict[str, float]:
    """Drawn level with the third in place of the second."""
    first = _by_hand(book)["first"]
    total = scoring.score(four(), WEIGHTS)["total"].dropna().drop(first)
    left = float(total.min()) - WEIGHTS["tech"] * FOUR[first][1] / 100
    return {"most": WEIGHTS["price"] * min(p for p, _, veto in FOUR.values() if not veto) / left}


def _straight(book: Book) -> dict[str, float]:
    """Price points that fall in a straight line."""
    first = _by_hand(book)["first"]
    price, tech, _ = FOUR[first]
    low = min(one for one, _, veto in FOUR.values() if not veto)
    return {"points": WEIGHTS["price"] * (2 - price / low) + WEIGHTS["tech"] * tech / 100}


def _full_score(book: Book) -> dict[str, float]:
    """The technical score taken for its points."""
    first = _by_hand(book)["first"]
    price, tech, _ = FOUR[first]
    low = min(one for one, _, veto in FOUR.values() if not veto)
    return {"points": WEIGHTS["price"] * low / price + tech}


@lru_cache(maxsize=8)
def found_in(book: Book, period: str = "all") -> Tenders:
    """The tenders of a book; a ValueError where it has no bids."""
    if not book.has("bids"):
        raise ValueError("it has no bids; take the bundled book linjiang")
    return tenders(book, period)


def _heavy(
    book: Book, vetoed: bool = False, least: float = HEAVY, more: bool = False
) -> pd.DataFrame:
    found = found_in(book)
    if "price_weight" not in found.rows:
        raise ValueError("its tenders have no price_weight; take the bundled book linjiang")
    weight = found.bids["tender_id"].map(found.rows["price_weight"])
    kept = weight > least if more else weight >= least
    bids = found.bids[kept & (vetoed | found.bids["valid"])]
    if bids.empty:
        raise ValueError("price weighs so much in none of its calls")
    return bids


def _cheap(bids: pd.DataFrame) -> dict[str, float]:
    won = bids["won"] == 1
    return {
        "share": float((wins.price_ranks(bids)[won] == 1).mean()),
        "over": wins.price_premium(bids).estimate,
    }


def _model(book: Book, vetoed: bool = False) -> pd.DataFrame:
    found = found_in(book)
    bids = found.bids if vetoed else found.valid
    return bids.assign(price=bids["share"])


def _needed(book: Book) -> None:
    lacking = [name for name in FEATURES if name not in found_in(book).features()]
    if lacking:
        raise ValueError(f"its bids lack {', '.join(lacking)}; take the bundled book linjiang")


@lru_cache(maxsize=8)
def _weights(
    book: Book, vetoed: bool = False, features: tuple[str, ...] = FEATURES
) -> choice.Weights:
    _needed(book)
    return choice.implied_weights(_model(book, vetoed), features)


def _worth(
    book: Book,
    vetoed: bool = False,
    features: tuple[str, ...] = FEATURES,
    of: str = "service",
) -> float:
    """What ten points are worth, by the weights of these features."""
    weights = _weights(book, vetoed, features)
    return choice.willingness_to_pay(weights, of, step=POINTS).estimate


def _with_the_site(book: Book) -> dict[str, float]:
    """The weights of the lesson, the site among them."""
    if "local" not in found_in(book).features():
        raise ValueError("it does not know who has a site")
    return {"worth": _worth(book, features=(*FEATURES, "local"))}


def colleague(bids: pd.DataFrame) -> float:
    """The faulty worth of 17.3: the slope of price on service, times ten."""
    return float(POINTS * np.polyfit(bids["service"], bids["price"], 1)[0])


def _markup(book: Book) -> float:
    found = found_in(book)
    if not found.ours_known or "cost_estimate" not in found.rows:
        raise ValueError("it has no bids.ours or no tenders.cost_estimate; take linjiang")
    mine = found.bids[found.bids["ours"] == 1]
    ratio = mine["price"] / mine["tender_id"].map(found.rows["cost_estimate"]).astype(float)
    return float(ratio.mean())


def _meeting(book: Book) -> tuple[pd.DataFrame, dict[str, float]]:
    """Valid bids of rivals where we bid; and our usual scores, as no incumbent."""
    found = found_in(book)
    valid = _model(book)
    ours = valid[valid["ours"] == 1]
    entered = found.bids.loc[found.bids["ours"] == 1, "tender_id"]
    rivals = found.bids[found.bids["valid"] & found.bids["tender_id"].isin(entered)]
    rivals = rivals[rivals["ours"] == 0].assign(price=lambda rows: rows["share"])
    own = {name: float(ours[name].median()) for name in ("tech", "service")}
    return rivals, own | {"incumbent": 0.0}


@lru_cache(maxsize=8)
def _raise(book: Book) -> dict[str, float]:
    rivals, own = _meeting(book)
    weights = _weights(book)

    def at(price: Any) -> Any:
        return np.asarray(choice.win_probability(price, own, rivals, weights))

    best = bidding.best_bid(COST, at, 1.0)
    usual = COST * _markup(book)
    chance = float(at(np.array([usual]))[0])
    return {
        "gain": best.profit / ((usual - COST) * chance) - 1,
        "lost": chance - best.chance,
        "usual": usual,
        "best": best.bid,
    }


def _decision(book: Book) -> dict[str, float]:
    made = _raise(book)
    return {name: made[name] for name in ("gain", "lost")}


def _over_price(book: Book) -> dict[str, float]:
    made = _raise(book)
    return {"gain": made["best"] / made["usual"] - 1}


def _of_revenue(book: Book) -> dict[str, float]:
    """Expected sales in the place of expected profit."""
    made = _raise(book)
    rivals, own = _meeting(book)
    chances = choice.win_probability(
        np.array([made["usual"], made["best"]]), own, rivals, _weights(book)
    )
    usual, best = np.asarray(chances)
    return {"gain": float(made["best"] * best / (made["usual"] * usual) - 1)}


def _relative(book: Book) -> dict[str, float]:
    made = _raise(book)
    rivals, own = _meeting(book)
    usual = float(choice.win_probability(made["usual"], own, rivals, _weights(book)))
    return {"lost": made["lost"] / usual}


_bar_is_sound = sound_bar(
    lambda bar: 0 <= bar < 1, "a gain of expected profit is a fraction from 0 to below 1."
)


_follows = by_the_bar("gain", "raise", operator.gt, "the gain is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    made = _raise(book)
    return {
        "raise": [
            f"Expected profit is {percent(made['gain'])} higher at {percent(made['best'])} of the "
            f"budget than at the usual {percent(made['usual'])}.",
            "What is won tends to cost more than reckoned (the winner's curse), which speaks for a "
            "higher price still.",
        ],
        "keep": [
            f"The chance to win falls by {100 * made['lost']:.1f} points, and with it the work for "
            "people who are paid all the same.",
            "The weights are known from these tenders only; rivals may answer a higher price.",
        ],
    }


def _tries(book: Book, period: str = YEAR) -> pd.DataFrame:
    """Our bids of the year; of a book without bids the opportunities that were decided."""
    if book.has("bids", "ours") and book.has("tenders", "date"):
        found = tenders(book, period)
    elif book.has("opportunities"):
        found = tenders(book, "all")
    else:
        raise ValueError("it has no bids of ours with a date, and no opportunities; take linjiang")
    if found.tries.empty:
        raise ValueError("none of its tries is decided in that year")
    return found.tries


def _rate(book: Book, tries: pd.DataFrame | None = None) -> dict[str, Any]:
    row = wins.win_rates(_tries(book) if tries is None else tries).iloc[0]
    verdict = (
        VERDICTS[0]
        if row["low"] > CLAIMED
        else VERDICTS[1]
        if row["high"] < CLAIMED
        else VERDICTS[2]
    )
    return {"rate": float(row["rate"]), "low": float(row["low"]), "choice": verdict}


def _no_vetoed(book: Book) -> dict[str, float]:
    tries = _tries(book)
    if "valid" not in tries:
        raise ValueError("it knows no veto")
    return {"rate": _rate(book, tries[tries["valid"]])["rate"]}


def _normal(book: Book) -> dict[str, float]:
    tries = _tries(book)["won"]
    rate = float(tries.mean())
    return {"low": rate - 1.96 * float(np.sqrt(rate * (1 - rate) / len(tries)))}


def _everybody(book: Book) -> dict[str, float]:
    """Of all bids, those of rivals too."""
    return {"rate": float(tenders(book, YEAR).bids["won"].mean())}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "17.1", "Four bids and a veto", "redo by hand",
        (
            Part("first", choices=tuple(FOUR)),
            Part("points", "of the first: 2 decimals", 0.01),
            Part("most", "that the first could ask and stay first: million yuan, 2 decimals", 0.01),
        ),
        _by_hand,
        (
            "Take the rejected bid out before anything else. The benchmark is the lowest price that is left.",
            "Price points are 40 times benchmark over price; technical points 60 times the score over 100.",
            "The most that the first may ask: its technical points, plus 40 times benchmark over price, equal the total of the second.",
        ),
        (
            Mistake(_no_veto, "The rejected price of 18 is the benchmark here. A bid that is out sets none."),
            Mistake(_mixed_most(mark=True, total=True), "Here the rejected price of 18 is the benchmark. A bid that is out sets none."),
            Mistake(_mixed_most(mark=True, total=False), "Here the rejected price of 18 is the benchmark of the price that is moved. A bid that is out sets none."),
            Mistake(_mixed_most(mark=False, total=True), "Here the total of the second has the rejected price of 18 as its benchmark. A bid that is out sets none."),
            Mistake(_third_most, "At this price the first draws level with Anhe, who is third. Boda is second and has more."),
            Mistake(_no_veto_most, "Here the rejected price of 18 is the benchmark. A bid that is out sets none."),
            Mistake(_straight, "These points fall in a straight line with the price. Here they are the benchmark over the price, times 40."),
            Mistake(_full_score, "The technical score is out of 100, and brings 60 points at most: take 60 hundredths of it."),
            Mistake(lambda book: {"first": "Dafeng"}, "Dafeng was rejected, whatever its price."),
            Mistake(lambda book: {"first": "Boda"}, "Boda is the cheapest. The points of both kinds count."),
        ),
    ),
    Exercise(
        "17.2", "Where price weighs most", "change an assumption",
        (
            Part("share", "won by the lowest valid bid: fraction, 3 decimals", 0.001),
            Part("over", "winner above the lowest valid bid, mean: fraction, 4 decimals", 0.0002),
        ),
        lambda book: _cheap(_heavy(book)),
        (
            "Keep the bids of tenders with price_weight of 50 or more, and drop the vetoed ones.",
            "Rank the prices within each tender: `groupby(\"tender_id\")[\"price\"].rank(method=\"min\")`.",
            "The share is that of the winners with rank 1; the mean is of winning price over lowest price, less one.",
        ),
        (
            Mistake(lambda book: _cheap(_heavy(book, vetoed=True)), "The vetoed bids are among these. What could not win is not the lowest bid."),
            Mistake(lambda book: _cheap(_heavy(book, least=0.0)), "These are all tenders. Those with a weight of price of 50 or more are asked."),
            Mistake(lambda book: _cheap(_heavy(book, more=True)), "You left out the calls with a weight of just 50."),
        ),
    ),
    Exercise(
        "17.3", "The colleague's worth of service", "find the fault",
        (
            Part("fault", choices=("asked", "budget", "vetoed", "points")),
            Part("worth", "of ten service points, part of the budget: fraction, 4 decimals", 0.0005),
        ),
        lambda book: {"fault": "asked", "worth": _worth(book)},
        (
            "Does the colleague use who won at all?",
            "A slope of prices on scores says what bidders ask. What panels give shows in whom they choose.",
            "With x the columns price (over the budget), tech, service and incumbent of the valid bids, and `won` their column: `ConditionalLogit(won, x, groups=tender_id).fit(disp=0).params` are the weights, and so are `td.implied_weights(rows, [\"price\", \"tech\", \"service\", \"incumbent\"]).weight`. The worth is minus ten times the weight of service over that of price.",
        ),
        (
            Mistake(lambda book: {"worth": colleague(_model(book))}, "This is the colleague's own number: what bidders ask."),
            Mistake(lambda book: {"worth": _worth(book, vetoed=True)}, "The vetoed bids are among these. A low price that was thrown out looks like one that lost."),
            Mistake(_with_the_site, "The site in the district is among your weights, as in the lesson. Asked are price, tech, service and incumbent."),
            Mistake(lambda book: {"worth": _worth(book, features=("price", "service", "incumbent"))}, "The technical score is left out here, and service stands for a part of it."),
            Mistake(lambda book: {"worth": _worth(book, features=("price", "service"))}, "Only price and service are weighed here, and service stands for a part of what else decides: who is good at one thing is good at another."),
            Mistake(lambda book: {"worth": _worth(book, features=("price", "tech", "service"))}, "Having supplied before is left out of your weights."),
            Mistake(lambda book: {"worth": _worth(book, of="tech")}, "This is the worth of ten technical points. Those of service are asked."),
            Mistake(lambda book: {"worth": _worth(book) / POINTS}, "This is one point. Ten are asked."),
            Mistake(lambda book: {"fault": "budget"}, "The colleague does divide by the budget. Look further."),
            Mistake(lambda book: {"fault": "vetoed"}, "The colleague does drop the vetoed bids. Look further."),
            Mistake(lambda book: {"fault": "points"}, "Ten points are ten times the slope. Look further."),
        ),
    ),
    Exercise(
        "17.4", "Raise the price?", "decide and defend",
        (
            Part("choice", choices=("raise", "keep")),
            Part("bar", "least gain of expected profit for which you would: fraction", own=True),
            Part("gain", "of expected profit, best over usual price: fraction, 3 decimals", 0.005),
            Part("lost", "of the chance to win, usual less best: fraction, 3 decimals", 0.002),
            DEFENCE,
        ),
        _decision,
        (
            "The usual price is 0.65 times our mean markup: our price over our estimate, over all our bids.",
            "Fit price, tech, service and incumbent. Rivals are the valid bids of others in the tenders that we entered; our scores are the medians of our valid bids, without being the incumbent.",
            "The chance is a function of the price: `chance = lambda bid: td.win_probability(bid, own, rivals, weights)`, with `weights` from `td.implied_weights`, `own = {\"tech\": ..., \"service\": ..., \"incumbent\": 0}`, and `rivals` the rows of bids with their price over the budget.",
            "`td.best_bid(0.65, chance, 1.0)` gives the best; expected profit at the usual price is its chance times (price less 0.65).",
        ),
        (
            Mistake(_over_price, "This is how much higher the price is. The expected profit is asked."),
            Mistake(_of_revenue, "This is expected sales. Take the cost off before you multiply by the chance."),
            Mistake(lambda book: {"gain": -_raise(book)["gain"] / (1 + _raise(book)["gain"])}, "This is usual over best. Best over usual, less one, is asked."),
            Mistake(_relative, "This is the loss as a part of the chance. The difference of both chances is asked."),
        ),
        _follows, _bar_is_sound, _both_sides,
    ),
    Exercise(
        "17.5", "Another year, another claim", "another book",
        (
            Part("rate", "won of our bids: fraction, 3 decimals", 0.001),
            Part("low", "lower end of its 95 % interval (Wilson): fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _rate,
        (
            "Keep the tenders opened in 2023, and of these our own bids; a vetoed one is a try too.",
            "`proportion_confint(won, tries, method=\"wilson\")` of statsmodels, or `td.win_rates`.",
            "More or less is said only where the whole interval lies on one side of a third.",
        ),
        (
            Mistake(_no_vetoed, "You left our vetoed bids out. They were tries, and lost."),
            Mistake(lambda book: {name: value for name, value in _rate(book, _tries(book, "all")).items() if name != "choice"}, "These are all years. The bids of 2023 are asked."),
            Mistake(_everybody, "These are the bids of all. Our own are asked."),
            Mistake(_normal, "This interval is symmetric. Wilson's is asked."),
        ),
    ),
    Question("17.q1", "A mean as benchmark", "b"),
    Question("17.q2", "The cost of what we won", "d"),
    Question("17.q3", "The firm from here", "c"),
)  # fmt: skip
