"""Exercises of lesson 16: price response."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.price_response import prices, response, tariffs
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

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 16.1: units of five customers before and after a price that rose from 10 to 12.
BEFORE = {"Anhe": 500, "Boda": 400, "Chenxi": 300, "Dafeng": 200, "Enkang": 100}
AFTER = {"Anhe": 490, "Boda": 360, "Chenxi": 216, "Dafeng": 170, "Enkang": 74}
PRICES = 10, 12
#: First month of 16.2.
SINCE = "2023-01-01"
#: 16.3: part of the demand that is cut off, hours, worth of a kW, part handed on, cost of a kWh.
PART, HOURS, WORTH, HANDED_ON, COST = 0.20, 80, 400, 0.60, 0.75
#: The year of 16.3 to 16.5, the discount of 16.4, what the promise of 16.5 pays at most (percent).
YEAR, DISCOUNT, MOST = 2024, 0.04, 5.0
#: 16.6: a low price, and the ratio of high to low prices from which there are many.
LOW, MANY = 0.05, 1.10
VERDICTS = ("one price", "many prices")


def _five(book: Book) -> dict[str, float]:
    before, after = pd.Series(BEFORE), pd.Series(AFTER)
    rise = PRICES[1] / PRICES[0] - 1
    slope = (after / before - 1) / rise
    return {
        "elasticity": float(slope["Dafeng"]),
        "sensitive": int((slope < -1).sum()),
        "sales": float(after.sum() * PRICES[1] / (before.sum() * PRICES[0]) - 1),
    }


@lru_cache(maxsize=4)
def months_of(book: Book) -> pd.DataFrame:
    """The months with their prices in logs, or why there are none."""
    need = ("month", "account_id", "volume", "price", "list_price")
    if not book.has("price_months", *need):
        raise ValueError(
            "it has no price_months with price and list_price; take the bundled book linjiang"
        )
    rows = book.counted("price_months")
    rows = rows[(rows["volume"] > 0) & (rows["price"] > 0) & (rows["list_price"] > 0)]
    return rows.assign(log_list=np.log(rows["list_price"])).reset_index(drop=True)


def _since(book: Book, since: str = SINCE) -> pd.DataFrame:
    rows = months_of(book)
    rows = rows[rows["month"] >= pd.Timestamp(since)]
    if rows["month"].nunique() < response.FEWEST_MONTHS:
        raise ValueError(
            f"price_months has too few months since {since[:4]}; take the bundled book linjiang"
        )
    return rows


def _both(rows: pd.DataFrame, period: str | None = "month") -> dict[str, float]:
    return {
        "as_agreed": response.elasticity(rows, period=period).estimate,
        "repaired": response.elasticity(rows, instruments=["log_list"], period=period).estimate,
    }


def _reduced_form(book: Book) -> dict[str, float]:
    """The posted price in place of the price that was paid."""
    rows = _since(book)
    return {"repaired": response.elasticity(rows, price="list_price").estimate}


def _pooled(book: Book) -> dict[str, float]:
    rows = _since(book)
    return {
        "as_agreed": response.elasticity(rows, "pooled").estimate,
        "repaired": response.elasticity(rows, "pooled", instruments=["log_list"]).estimate,
    }


@lru_cache(maxsize=4)
def load_of(book: Book) -> pd.DataFrame:
    """The use of the year by the account with the largest demand."""
    need = ("month", "account_id", "peak_volume", "peak_price", "max_demand")
    if not book.has("tou_months", *need):
        raise ValueError("it has no tou_months with max_demand; take the bundled book linjiang")
    rows = book.counted("tou_months")
    rows = rows[(rows["month"].dt.year == YEAR) & (rows["peak_volume"] > 0)]
    if not len(rows):
        raise ValueError(f"tou_months has no use in {YEAR}; take the bundled book linjiang")
    largest = rows.groupby("account_id")["max_demand"].max().idxmax()
    return rows[rows["account_id"] == largest]


def _cut_off(
    book: Book, part: float = PART, handed_on: float = HANDED_ON, hours: float = HOURS
) -> dict[str, float]:
    loads = tariffs.yearly_loads(load_of(book))
    costs = tariffs.Costs(COST, 0, 0, 0, WORTH, interruptible=part, hours_off=hours)
    found = tariffs.tariff_simulator(loads, "interruptible", handed_on, costs).iloc[0]
    kw = part * float(load_of(book)["max_demand"].max())
    return {"credit": kw * handed_on * WORTH / 1e3, "margin": float(found["margin"]) / 1e3}


def _without_lost_sales(book: Book) -> dict[str, float]:
    return {"margin": _cut_off(book, hours=0)["margin"]}


def _all_price_lost(book: Book) -> dict[str, float]:
    """The whole price counted as lost, as if the power that is not used were bought all the
    same.
    """
    rows = load_of(book)
    kw = PART * float(rows["max_demand"].max())
    price = float((rows["peak_volume"] * rows["peak_price"]).sum() / rows["peak_volume"].sum())
    return {"margin": kw * (WORTH * (1 - HANDED_ON) - HOURS * price) / 1e3}


@lru_cache(maxsize=4)
def largest_of(book: Book) -> tuple[float, float]:
    """Part of the price that is left of the account with the largest blocks of the year, and of
    all accounts together.
    """
    rows = months_of(book)
    if "unit_cost" not in rows or rows["unit_cost"].isna().all():
        raise ValueError("its price_months has no unit_cost; take the bundled book linjiang")
    rows = rows[rows["month"].dt.year == YEAR]
    if not len(rows):
        raise ValueError(f"price_months has no month of {YEAR}; take the bundled book linjiang")
    bill, cost = rows["volume"] * rows["price"], rows["volume"] * rows["unit_cost"]
    sums = pd.DataFrame({"bill": bill, "cost": cost}).groupby(rows["account_id"]).sum()
    first = sums.sort_values("bill", kind="stable").iloc[-1]
    whole = sums.sum()
    return float(1 - first["cost"] / first["bill"]), float(1 - whole["cost"] / whole["bill"])


def needed(discount: float, margin: float) -> float:
    """The colleague's faulty rule of 16.4."""
    return discount / margin


def _growth(book: Book) -> dict[str, Any]:
    margin, _ = largest_of(book)
    if margin <= DISCOUNT:
        raise ValueError("the margin of its largest account is too thin; take linjiang")
    return {"fault": "margin", "growth": prices.break_even_growth(DISCOUNT, margin)}


def _growth_of_all(book: Book) -> dict[str, float]:
    return {"growth": prices.break_even_growth(DISCOUNT, largest_of(book)[1])}


def _of_markup(book: Book) -> dict[str, float]:
    margin, _ = largest_of(book)
    return {"growth": prices.break_even_growth(DISCOUNT, margin / (1 - margin))}


@lru_cache(maxsize=4)
def offers_of(book: Book) -> pd.DataFrame:
    """The offers of the year, with the gap in percent of our price."""
    need = ("account_id", "date", "our_price", "rival_price", "renewed")
    if not book.has("renewals", *need):
        raise ValueError("it has no renewals with rivals' prices; take the bundled book linjiang")
    rows = book.counted("renewals")
    rows = rows[(rows["date"].dt.year == YEAR) & (rows["our_price"] > 0)]
    if not len(rows) or rows["renewed"].min() > 0:
        raise ValueError(f"it has no refused offer in {YEAR}; take the bundled book linjiang")
    return rows.assign(gap=100 * (1 - rows["rival_price"] / rows["our_price"]))


def _promise(book: Book, most: float = MOST) -> dict[str, float]:
    rows = offers_of(book)
    refused = rows[rows["renewed"] == 0]
    cost = prices.guarantee_cost(rows["gap"], pd.Series(1.0, rows.index), most=most) / len(rows)
    return {"cost": cost, "closed": float((refused["gap"] <= most).mean())}


def _whole_gap(book: Book) -> dict[str, float]:
    return {"cost": _promise(book, 100.0)["cost"]}


def _of_rivals_price(book: Book) -> dict[str, float]:
    rows = offers_of(book)
    gap = 100 * (rows["our_price"] / rows["rival_price"] - 1)
    return {"cost": float(np.clip(gap, 0, MOST).mean() / 100)}


def _of_all_offers(book: Book) -> dict[str, float]:
    return {"closed": float((offers_of(book)["gap"] <= MOST).mean())}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a part of the sales lies between 0 and 1.")


_follows = by_the_bar(
    "cost", "yes", operator.le, "the cost is {} your own bar", ("not above", "above")
)


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    rows, found = offers_of(book), _promise(book)
    kept = rows[rows["renewed"] == 1]
    paid = float(np.clip(kept["gap"], 0, MOST).sum() / np.clip(rows["gap"], 0, MOST).sum())
    refused = rows[rows["renewed"] == 0]
    share = len(refused) / len(rows)
    gap = refused["gap"].clip(lower=0)
    left = gap - gap.clip(upper=MOST)
    return {
        "yes": [
            f"{percent(share)} of the offers were refused, and in {percent(found['closed'])} of "
            "these the promise would have closed the whole gap.",
            f"In the refused offers it would have cut the mean gap from {gap.mean():.1f} to "
            f"{left.mean():.1f} percent of our price.",
        ],
        "no": [
            f"{percent(paid)} of the money would go to accounts that stayed without it.",
            f"In {percent(1 - found['closed'])} of the refused offers the rival would still be "
            "cheaper, and he can go lower.",
        ],
    }


@lru_cache(maxsize=4)
def unit_prices_of(book: Book, own_period: bool = False, all_lines: bool = False) -> pd.Series:
    """Price per unit of each account, in the line with the largest sales."""
    if not book.has("ledger", "volume"):
        raise ValueError("its ledger has no volume; take the bundled book yunhe")
    start, end = book.period_dates() if own_period else (None, None)
    rows = book.rollup(start=start, end=end)
    if not all_lines:
        sold = rows[rows["revenue"] > 0].groupby("line")["revenue"].sum()
        rows = rows[rows["line"] == sold.idxmax()]
    sums = rows.groupby("account_id")[["revenue", "volume"]].sum()
    sums = sums[(sums["revenue"] > 0) & (sums["volume"] > 0)]
    if len(sums) < 2:
        raise ValueError("fewer than two of its accounts have a price; take yunhe")
    return sums["revenue"] / sums["volume"]


def _spread(paid: pd.Series) -> dict[str, Any]:
    ratio = float(paid.quantile(0.9) / paid.quantile(0.1))
    return {
        "spread": ratio,
        "below": float((paid <= (1 - LOW) * paid.median()).mean()),
        "choice": VERDICTS[int(ratio >= MANY)],
    }


def _row_by_row(book: Book) -> dict[str, float]:
    """Each row of the ledger as a price of its own."""
    rows = book.counted("ledger")
    if "line" in rows:
        sold = rows[rows["revenue"] > 0].groupby("line")["revenue"].sum()
        rows = rows[rows["line"] == sold.idxmax()]
    rows = rows[(rows["revenue"] > 0) & (rows["volume"] > 0)]
    return _numbers(_spread((rows["revenue"] / rows["volume"]).astype(float)))


def _of_mean(book: Book) -> dict[str, float]:
    paid = unit_prices_of(book)
    return {"below": float((paid <= (1 - LOW) * paid.mean()).mean())}


def _numbers(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without the choice, which may be right all the same."""
    return {name: value for name, value in found.items() if name != "choice"}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "16.1", "Five customers and a dearer price", "redo by hand",
        (
            Part("elasticity", "of Dafeng: percent of volume per percent of price, 2 decimals", 0.01),
            Part("sensitive", "customers whose volume moves more than the price: a count"),
            Part("sales", "change of all sales together: fraction, 3 decimals", 0.001),
        ),
        _five,
        (
            "By how many percent did the price rise? By how many did each volume fall?",
            "The elasticity is one over the other, both in percent of what was before.",
            "Sales are volume times price: add up both sides of the change.",
        ),
        (
            Mistake(lambda book: {"elasticity": 1 / _five(book)["elasticity"]}, "This is the change of price over that of volume. Turn it round."),
            Mistake(lambda book: {"elasticity": (170 / 200 - 1) / (1 - 10 / 12)}, "This takes the rise in percent of the new price, or logs of both changes (here the two are close). By hand, take percent of what was before."),
            Mistake(lambda book: {"elasticity": float((170 - 200) / (12 - 10))}, "These are units per yuan. Take both changes in percent."),
            Mistake(lambda book: {"sensitive": 1}, "Look at Enkang too: how many percent did its volume fall?"),
            Mistake(lambda book: {"sensitive": 3}, "One of these moves less than its price."),
            Mistake(lambda book: {"sales": sum(AFTER.values()) / sum(BEFORE.values()) - 1}, "This is the change of volume. The price changed too."),
            Mistake(lambda book: {"sales": PRICES[1] / PRICES[0] - 1}, "This is the change of the price. Volumes fell."),
        ),
    ),
    Exercise(
        "16.2", "Since 2023 only", "change an assumption",
        (
            Part("as_agreed", "elasticity with the price as agreed: 4 decimals", 0.0003),
            Part("repaired", "elasticity with the posted price as instrument: 4 decimals", 0.0003),
        ),
        lambda book: _both(_since(book)),
        (
            "Take logs of volume, price and list_price. From each take off the mean of its account and of its month, and add the mean of all.",
            "As agreed: the sum of price times volume over the sum of price squared.",
            "Repaired: the sum of list_price times volume over the sum of list_price times price. `pr.elasticity` does both.",
        ),
        (
            Mistake(lambda book: {"as_agreed": _both(months_of(book))["as_agreed"]}, "This takes all months. Begin with January 2023."),
            Mistake(lambda book: _both(_since(book), None), "This takes off the mean of the account, and not that of the month: seasons are left in it."),
            Mistake(lambda book: {"repaired": _both(months_of(book))["repaired"]}, "This takes all months. Begin with January 2023."),
            Mistake(_reduced_form, "This divides by the posted price's own square: it says what the posted price moved, not what the price that was paid did. Divide by list_price times price."),
            Mistake(_pooled, "This compares accounts with each other. Take off the mean of each account and month."),
            Mistake(lambda book: {"as_agreed": _both(_since(book))["repaired"], "repaired": _both(_since(book))["as_agreed"]}, "The two are in each other's place."),
        ),
    ),
    Exercise(
        "16.3", "The right to cut off", "change an assumption",
        (
            Part("credit", "what the account gets a year: 1,000 yuan, 1 decimal", 0.1),
            Part("margin", "what we gain a year: 1,000 yuan, 1 decimal", 0.1),
        ),
        _cut_off,
        (
            "The demand is the largest `max_demand` of 2024. A fifth of it can be cut off.",
            "The credit is that demand times 400 times the part that is handed on.",
            "We gain the rest of the 400 on each kW, and lose what we earn on each kWh that is not sold: the mean peak price (weighted by use) less its cost, for 80 hours.",
        ),
        (
            Mistake(_without_lost_sales, "In the hours of the cut nothing is sold. Take off what those kWh would have left."),
            Mistake(_all_price_lost, "What is not sold need not be bought either: only price less cost is lost."),
            Mistake(lambda book: {"credit": _cut_off(book, part=1.0)["credit"]}, "This is the whole demand. Only a fifth of it can be cut off."),
            Mistake(lambda book: {"credit": _cut_off(book, handed_on=1 - HANDED_ON)["credit"]}, "This is the part that we keep. The account gets 60 percent."),
            Mistake(lambda book: {"margin": _cut_off(book)["margin"] + _cut_off(book)["credit"]}, "The credit is paid by us: take it off."),
        ),
    ),
    Exercise(
        "16.4", "The colleague's break-even", "find the fault",
        (
            Part("fault", choices=("margin", "volume", "cost", "price")),
            Part("growth", "that pays for the discount: fraction, 3 decimals", 0.001),
        ),
        _growth,
        (
            "Take a price of 100 with 20 left, and 5 off. The colleague says a quarter more. Reckon the profit.",
            "After the discount each unit leaves less, the additional ones too.",
            "`pr.break_even_growth` takes discount and margin.",
        ),
        (
            Mistake(lambda book: {"growth": needed(DISCOUNT, largest_of(book)[0])}, "This is the colleague's own number."),
            Mistake(lambda book: {"growth": DISCOUNT / (largest_of(book)[0] + DISCOUNT)}, "This adds the discount to the margin. It takes from it: what is left of a unit gets less."),
            Mistake(lambda book: {"growth": needed(DISCOUNT, largest_of(book)[0]) / (1 - DISCOUNT)}, "This takes the discount as a part of the new price, and leaves the margin as it was. Of each unit the margin less the discount is left."),
            Mistake(lambda book: {"growth": DISCOUNT * (1 - DISCOUNT) / (largest_of(book)[0] - DISCOUNT)}, "This takes what is left as a part of the new price, and the discount as a part of the old. Take both as parts of the old."),
            Mistake(_growth_of_all, "This is the margin of all accounts together. Take that of the account."),
            Mistake(_of_markup, "This takes the margin as a part of the cost. It is a part of the price."),
            Mistake(lambda book: {"fault": "volume"}, "Volume is what is asked, and nothing is wrong with it. Look further."),
            Mistake(lambda book: {"fault": "cost"}, "The cost of a unit stays the same. Look further."),
            Mistake(lambda book: {"fault": "price"}, "That it is a part of the price before is as agreed. Look further."),
        ),
    ),
    Exercise(
        "16.5", "A promise to match prices?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "largest part of sales that the promise may cost: fraction", own=True),
            Part("cost", "mean over the offers, as a part of our price: fraction, 4 decimals", 0.0001),
            Part("closed", "of the refused offers, whose gap it closes: fraction, 3 decimals", 0.001),
            DEFENCE,
        ),
        _promise,
        (
            "Set `bar` before you look. How much of its sales may a promise cost?",
            "The gap is 100 (1 - rival_price / our_price). A gap below zero costs nothing, one above five costs five.",
            "Of the refused offers (renewed is 0), count those with a gap of five or less.",
        ),
        (
            Mistake(_whole_gap, "This matches each price, however low. The promise ends at five percent."),
            Mistake(_of_rivals_price, "This takes the gap as a part of the rival's price. Take it as a part of ours: the promise is paid on that."),
            Mistake(_of_all_offers, "This counts all offers. Take those that were refused."),
            Mistake(lambda book: {"closed": 1 - _promise(book)["closed"]}, "These are the refused offers whose gap stays open."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "16.6", "Another book, how many prices", "another book",
        (
            Part("spread", "90 % quantile over 10 % quantile: ratio, 4 decimals", 0.0005),
            Part("below", "who pay less by 5 % or more: fraction, 4 decimals", 0.0005),
            Part("choice", choices=VERDICTS),
        ),
        lambda book: _spread(unit_prices_of(book)),
        (
            "`other.rollup()` gives revenue and volume by account and line over all rows.",
            "Take the line with the largest sales, and accounts with both above zero. Price is revenue over volume.",
            "Less by 5 % or more: at most 0.95 times the median of these prices.",
        ),
        (
            Mistake(lambda book: _numbers(_spread(unit_prices_of(book, all_lines=True))), "This adds up all lines: then a price is a mix of products. Take the line with the largest sales."),
            Mistake(lambda book: _numbers(_spread(unit_prices_of(book, own_period=True))), "This is the period that the book declares. Take all rows."),
            Mistake(_row_by_row, "This takes each row as a price. Add up revenue and volume of an account first, then divide."),
            Mistake(_of_mean, "This compares with the mean. A few low prices pull it down: take the median."),
            Mistake(lambda book: {"spread": float(unit_prices_of(book).max() / unit_prices_of(book).min())}, "This is the highest price over the lowest: two accounts decide it. Take the quantiles."),
            Mistake(lambda book: {"spread": 1 / _spread(unit_prices_of(book))["spread"]}, "Turn it round: the high quantile over the low one."),
        ),
    ),
    Question("16.q1", "The meter reader's elasticity", "c"),
    Question("16.q2", "A discount that worked", "b"),
    Question("16.q3", "The most sensitive account", "a"),
)  # fmt: skip
