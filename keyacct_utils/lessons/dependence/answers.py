"""Exercises of lesson 19: dependence."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.dependence import betas, measures
from keyacct_utils.lessons.shared.amounts import positive_part
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 19.1: margin of five customers and costs that stay, 10,000 yuan.
FIVE = {"Anhe": 240, "Boda": 120, "Chenxi": 90, "Dafeng": 30, "Enkang": 20}
COSTS = 410
#: The sector, the span and the fall of 19.2.
SECTOR, SPAN, FALL = "finance", 3, 0.10
LAST_YEAR = 12
#: The cushion of 19.5.
CUSHION = 0.25
VERDICTS = ("one alone", "several together", "nobody")


def _five(book: Book) -> dict[str, float]:
    margin = pd.Series(FIVE)
    profit = float(margin.sum()) - COSTS
    return {
        "cushion": profit / float(margin.sum()),
        "alone": int((margin > profit).sum()),
        "after": profit - float(margin.max()),
    }


def _who(book: Book) -> list[str]:
    """The names where a count is asked."""
    return [name for name, margin in FIVE.items() if margin > sum(FIVE.values()) - COSTS]


@lru_cache(maxsize=4)
def levels_of(book: Book) -> tuple[pd.DataFrame, pd.Series]:
    """Contribution by month and sector, and the level of the market."""
    if not (book.has("sector_months") and book.has("market_index")):
        raise ValueError(
            "it has no sector_months and no market_index; take the bundled book linjiang"
        )
    rows = book.table("sector_months")
    wide = rows.pivot(index="month", columns="sector", values="contribution").sort_index()
    market = book.table("market_index").set_index("month")["level"].sort_index()
    return wide, market


def growths(book: Book, span: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """Growth over so many months of the sectors and of the market."""
    wide, market = levels_of(book)
    index = betas.changes(market.to_frame("level"), lag=span)["level"]
    return betas.changes(wide, lag=span), index


def _beta(book: Book, sector: str, span: int) -> float:
    growth, market = growths(book, span)
    if sector not in growth:
        raise ValueError(f"it has no sector {sector}; take the bundled book linjiang")
    return betas.customer_beta(growth[sector], market).estimate


def _what_if(book: Book) -> dict[str, float]:
    beta = _beta(book, SECTOR, SPAN)
    year = float(levels_of(book)[0][SECTOR].tail(LAST_YEAR).sum())
    return {"beta": beta, "lost": FALL * beta * year}


def _ratio(book: Book) -> dict[str, float]:
    growth, market = growths(book, SPAN)
    return {"beta": float(growth[SECTOR].std() / market.std())}


def _turned(book: Book) -> dict[str, float]:
    growth, market = growths(book, SPAN)
    return {"beta": betas.customer_beta(market, growth[SECTOR]).estimate}


def _of_quarters(book: Book, level: str) -> dict[str, float]:
    """What comes out of quarters that share no month: of their last months, or of their sums."""
    wide, market = levels_of(book)
    y, x = (
        getattr(series.groupby(pd.DatetimeIndex(series.index).to_period("Q")), level)()
        .pct_change()
        .dropna()
        for series in (wide[SECTOR], market)
    )
    beta = betas.customer_beta(y, x).estimate
    year = float(wide[SECTOR].tail(LAST_YEAR).sum())
    return {"beta": beta, "lost": FALL * beta * year / 1e6}


QUARTERS = (
    "These are quarters, their ends or their sums, each beside the one before. Take growth over "
    "three months in every month: `pct_change(3)` of the months."
)


def _whole_span(book: Book) -> dict[str, float]:
    """The loss where the whole book is taken for the last year."""
    return {"lost": FALL * _beta(book, SECTOR, SPAN) * float(levels_of(book)[0][SECTOR].sum())}


def colleague(growth: pd.DataFrame, market: pd.Series) -> tuple[str, float]:
    """The faulty hedge of exercise 19.3: the sector that varies least, and its ratio of spreads."""
    ratio = growth.std() / market.std()
    return str(ratio.idxmin()), float(ratio.min())


def _hedge(book: Book) -> dict[str, Any]:
    growth, market = growths(book, 2)
    name, _ = colleague(growth, market)
    found = betas.customer_beta(growth[name], market).estimate
    return {"fault": "spread", "beta": found}


def _his_own(book: Book) -> dict[str, float]:
    return {"beta": colleague(*growths(book, 2))[1]}


def _correlation(book: Book) -> dict[str, float]:
    growth, market = growths(book, 2)
    name, _ = colleague(growth, market)
    return {"beta": float(growth[name].corr(market))}


@lru_cache(maxsize=4)
def lines_of(book: Book) -> pd.Series:
    """Sales above zero over all rows of the book, by line and account."""
    if not book.has("ledger", "line"):
        raise ValueError("its ledger has no line; take the bundled book linjiang")
    rows = book.rollup()
    rows = rows[(rows["revenue"] > 0) & (rows["line"] != "")]
    return rows.set_index(["line", "account_id"])["revenue"]


def _leaning(book: Book) -> tuple[str, pd.Series]:
    found = lines_of(book)
    line = str(measures.depends_on_one(found).index[0])
    return line, found.loc[line]


def _limit(book: Book) -> dict[str, float]:
    return _weighed(_leaning(book)[1])


def _weighed(sold: pd.Series) -> dict[str, float]:
    return {
        "share": float(measures.shares(sold).iloc[0]),
        "effective": 1 / measures.herfindahl(sold),
    }


def _of_all_lines(book: Book) -> dict[str, float]:
    return _weighed(lines_of(book).groupby(level=1).sum())


def _lines_of_period(book: Book) -> pd.Series:
    start, end = book.period_dates()
    rows = book.rollup(start=start, end=end)
    rows = rows[(rows["revenue"] > 0) & (rows["line"] != "")]
    if not len(rows):
        raise ValueError("it has no sales by line in its period")
    return rows.set_index(["line", "account_id"])["revenue"]


def _line_of_period(book: Book) -> dict[str, float]:
    found = _lines_of_period(book)
    return _weighed(found.loc[str(measures.depends_on_one(found).index[0])])


def _all_of_period(book: Book) -> dict[str, float]:
    return _weighed(_lines_of_period(book).groupby(level=1).sum())


def _without_the_first(book: Book) -> dict[str, float]:
    _, sold = _leaning(book)
    return {"share": float(sold.max() / (sold.sum() - sold.max()))}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a share of a line lies between 0 and 1.")


_follows = by_the_bar("share", "yes", operator.gt, "the share is {} your own bar")


def _given_away(shares: pd.Series, bar: float) -> float:
    """The least part of a line that has to go until nobody holds more than the bar of what is left;
    missing where so few accounts cannot come below it.
    """
    ordered = shares.sort_values(ascending=False).to_numpy()
    rest = 1 - ordered.cumsum()
    for cut in range(len(ordered)):
        # the first so many keep just the bar, of what they and the rest then bring
        if cut and cut * bar >= 1:
            break
        left = (rest[cut - 1] if cut else 1.0) / (1 - cut * bar)
        if ordered[cut] <= bar * left * (1 + 1e-9):
            return 1 - left
    return float("nan")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    line, sold = _leaning(book)
    ordered = (sold / sold.sum()).sort_values(ascending=False)
    bar, first = float(answer["bar"]), float(ordered.iloc[0])
    second = float(ordered.iloc[1]) if len(ordered) > 1 else 0.0
    yes = [
        f"One account brings {percent(first)} of line {line}, the next one {percent(second)}.",
        f"The {count(len(ordered), 'account')} of the line weigh as "
        f"{1 / measures.herfindahl(sold):.1f} of equal size.",
    ]
    if first <= bar:
        yes.append("The largest account is not above your bar: the limit refuses no order today.")
        no = ["The largest account is not above your bar: the limit would change nothing today."]
        return {"yes": yes, "no": no}
    yes.append(
        f"Others who buy {percent(first / bar - 1)} of the line more bring it down to your bar, "
        "and no order is refused."
    )
    away = _given_away(ordered, bar)
    no = [
        "So few accounts cannot come below your bar by selling less: one of them is always above."
        if pd.isna(away)
        else f"To come down to your bar by selling less gives {percent(away)} of the line away, "
        "and that at once.",
        "Until others are won the account knows of the limit, and may take its orders elsewhere.",
    ]
    return {"yes": yes, "no": no}


def _sold(book: Book) -> pd.Series:
    return positive_part(book.rollup(by_line=False).set_index("account_id")["revenue"]).kept


def _sinks(book: Book, cushion: float = CUSHION) -> dict[str, Any]:
    sold = _sold(book)
    found = measures.accounts_to_sink(sold, cushion)
    verdict = VERDICTS[2] if found is None else VERDICTS[0] if found == 1 else VERDICTS[1]
    return {
        "share": float(measures.shares(sold).iloc[0]),
        "count": found or 0,
        "choice": verdict,
    }


def _by_margin(book: Book) -> dict[str, float]:
    if not book.has("ledger", "cost_goods"):
        raise ValueError("its ledger has no cost_goods")
    margin = book.rollup(by_line=False).set_index("account_id")["margin"]
    if not margin.sum() > 0:
        raise ValueError("its margin is not above zero")
    return {"share": float(margin.max() / margin.sum())}


def _own_period(book: Book) -> dict[str, float]:
    start, end = book.period_dates()
    rows = book.rollup(by_line=False, start=start, end=end).set_index("account_id")["revenue"]
    return {"share": float(measures.shares(positive_part(rows).kept).iloc[0])}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "19.1", "Five customers and the rent", "redo by hand",
        (
            Part("cushion", "part of the margin that can go: fraction, 3 decimals", 0.001),
            Part("alone", "customers that alone could sink the firm: a count"),
            Part("after", "profit without the largest: 10,000 yuan, 1 decimal", 0.1),
        ),
        _five,
        (
            "Add up the margins and take the costs off: that is the profit.",
            "The cushion is profit over margin. Whoever brings more margin than the profit could sink the firm alone.",
            "The costs stay when a customer goes; its margin does not.",
        ),
        (
            Mistake(lambda book: {"cushion": (sum(FIVE.values()) - COSTS) / COSTS}, "This is profit over costs. What can go is a part of the margin."),
            Mistake(lambda book: {"cushion": COSTS / sum(FIVE.values())}, "This is the part that the costs take. The cushion is what they leave."),
            Mistake(lambda book: {"cushion": float(sum(FIVE.values()) - COSTS)}, "This is the profit in 10,000 yuan. The cushion is the part of the margin that it makes up."),
            Mistake(lambda book: {"alone": _who(book)}, "These are their names. Hand in how many they are."),
            Mistake(lambda book: {"alone": _five(book)["alone"] + 1}, "One of these brings just the profit. Without it the firm makes no loss, and no profit."),
            Mistake(lambda book: {"alone": 1}, "The largest is not the only one: whoever brings more than the profit counts."),
            Mistake(lambda book: {"after": float(sum(FIVE.values()) - max(FIVE.values()))}, "This is the margin that is left. The costs have to be paid from it."),
        ),
    ),
    Exercise(
        "19.2", "What if the market falls by a tenth", "change an assumption",
        (
            Part("beta", "of finance over three months: 2 decimals", 0.01),
            Part("lost", "of finance in a year: million yuan, 2 decimals", 0.005, relative=True),
        ),
        lambda book: {**_what_if(book), "lost": _what_if(book)["lost"] / 1e6},
        (
            "Growth over three months is the level over that of three months before, less one.",
            "Beta is the covariance of both growths over the variance of the market's: `y.cov(x) / x.var()`.",
            "The loss is a tenth, times beta, times what the sector brought in the last twelve months.",
        ),
        (
            Mistake(lambda book: {"beta": _beta(book, SECTOR, 1)}, "This is the beta of single months. Three months are asked: `pct_change(3)`."),
            Mistake(lambda book: _of_quarters(book, "last"), QUARTERS),
            Mistake(lambda book: _of_quarters(book, "sum"), QUARTERS),
            Mistake(_ratio, "This is how widely the sector varies beside the market. A beta counts only what it shares with the market."),
            Mistake(_turned, "This is how the market moves with the sector: divide by the variance of the market."),
            Mistake(lambda book: {"lost": _whole_span(book)["lost"] / 1e6}, "This takes all months of the book. A year is asked: the last twelve."),
            Mistake(lambda book: {"lost": _what_if(book)["lost"] / 1e6 / FALL * 0.2}, "This is a fall of a fifth, as in the lesson. A tenth is asked."),
        ),
    ),
    Exercise(
        "19.3", "The colleague's hedge", "find the fault",
        (
            Part("fault", choices=("months", "spread", "sign", "market")),
            Part("beta", "of the colleague's sector over two months: 3 decimals", 0.005),
        ),
        _hedge,
        (
            "What does the colleague divide by what? Is the market in the numerator at all?",
            "A sector that moves a lot by itself has a large spread and may have a beta of zero.",
            "Keep the sector and compute its beta: covariance over the variance of the market.",
        ),
        (
            Mistake(_his_own, "This is the colleague's own number: a ratio of two spreads."),
            Mistake(_correlation, "This is the correlation. It has no size: multiply by the ratio of the spreads."),
            Mistake(lambda book: {"beta": _beta(book, colleague(*growths(book, 2))[0], 1)}, "This is over single months. The colleague takes two."),
            Mistake(lambda book: {"fault": "months"}, "Growth over two months is a fair choice. Look further."),
            Mistake(lambda book: {"fault": "sign"}, "No sign is turned. Look further."),
            Mistake(lambda book: {"fault": "market"}, "It is the market index that the lesson takes too. Look further."),
        ),
    ),
    Exercise(
        "19.4", "A limit for one account?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "largest share of a line that one account may hold: fraction", own=True),
            Part("share", "of the largest account in that line: fraction, 3 decimals", 0.001),
            Part("effective", "effective number of accounts of that line: 2 decimals", 0.01),
            DEFENCE,
        ),
        _limit,
        (
            "Set `bar` before you look. What share of one line would let you sleep?",
            "`opened.rollup()` gives sales by account and line over all rows. Keep those above zero.",
            "In which line is the largest share largest? Its effective number is one over the sum of squared shares.",
        ),
        (
            Mistake(_of_all_lines, "This is the firm with all its lines. Take the line that leans hardest on one account."),
            Mistake(_line_of_period, "This is the period that the book declares. Take the sales of all its rows: `opened.rollup()` without dates."),
            Mistake(_all_of_period, "This is the firm with all its lines, in the period that the book declares. Take all rows, and of them the line that leans hardest on one account."),
            Mistake(_without_the_first, "This is the account over all the others. Its share is of the whole line."),
            Mistake(lambda book: {"effective": measures.herfindahl(_leaning(book)[1])}, "This is the sum of squared shares. The effective number is one over it."),
            Mistake(lambda book: {"effective": 1 / _limit(book)["share"]}, "This is one over the largest share. Square each share and add them up first."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "19.5", "Another book, another cushion", "another book",
        (
            Part("share", "of the largest account: fraction, 4 decimals", 0.0005),
            Part("count", "of the largest accounts that sink it: a count"),
            Part("choice", choices=VERDICTS),
        ),
        _sinks,
        (
            "`other.rollup(by_line=False)` gives one row per account over all rows. Keep the sales above zero.",
            "Add up from the largest. At which account is more gone than the cushion?",
            "`dp.accounts_to_sink` takes the amounts and the cushion.",
        ),
        (
            Mistake(_by_margin, "This is margin. It is what sinks a firm, but here sales are asked, which every ledger has."),
            Mistake(_own_period, "This is the period that the book declares. The question is about all its rows."),
            Mistake(lambda book: {"count": _sinks(book, 0.2)["count"]}, "This is a cushion of a fifth, as in the lesson. A quarter is asked."),
            Mistake(lambda book: {"count": _sinks(book)["count"] - 1}, "So many are not enough: what they bring together is not more than the cushion. Or is it margin? Sales are asked."),
        ),
    ),
    Question("19.q1", "A beta of nothing", "b"),
    Question("19.q2", "The largest and the riskiest", "c"),
    Question("19.q3", "The lowest of fifteen", "a"),
)  # fmt: skip
