"""Exercises of lesson 01: concentration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.concentration import measures as cn
from keyacct_utils.lessons.shared.amounts import descending
from keyacct_utils.lessons.shared.claims import ABOUT, by_interval
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 01.1: what each of five customers bought and sent back, in 10,000 yuan.
FIVE = {
    "Anhe": (620, 40),
    "Boda": (180, 0),
    "Chenxi": (95, 30),
    "Dafeng": (70, 5),
    "Enkang": (60, 10),
}
#: METHODS N01: which spread makes the top 10 % hold 60 %?
FEW, HELD = 0.10, 0.60
LOW_CUTS = (0.7, 0.9)
#: The few of 01.4.
QUARTER = 0.25
#: Fewer accounts give no interval worth printing (lesson 01).
TOO_FEW = 30
#: Of fewer there is no tail to fit.
FEWEST = 3
VERDICTS = (
    "holds",
    "flatter",
    "steeper",
    "cannot be told",
    "too few",
)


@lru_cache(maxsize=4)
def rows_of(book: Book) -> pd.DataFrame:
    """Revenue and cost per account and line in the book's own period."""
    start, end = book.period_dates()
    return book.rollup(start=start, end=end)


def sales_of(book: Book) -> pd.Series:
    """Positive revenue per account."""
    return cn.positive_part(rows_of(book).groupby("account_id")["revenue"].sum().round(2)).kept


def line_of(book: Book, place: int = 0, all_years: bool = False) -> pd.Series:
    """Positive revenue per account of a line: 0 the line with the most of it, 1 the next."""
    rows = rows_of(book)
    lines = rows[rows["revenue"] > 0].groupby("line")["revenue"].sum().sort_values(ascending=False)
    line = lines.index[min(place, len(lines) - 1)]
    rows = book.rollup() if all_years else rows
    return cn.positive_part(rows[rows["line"] == line].set_index("account_id")["revenue"]).kept


def _five(book: Book, returned: int = -1) -> dict[str, float]:
    """The three numbers of 01.1; with 1 for ``returned`` what came back is added, with 0 left out."""
    net = pd.Series({name: sold + returned * back for name, (sold, back) in FIVE.items()})
    return {
        "net": float(net.sum()),
        "share": cn.top_share(net),
        "effective": cn.effective_number(net),
    }


def _tenth(book: Book) -> dict[str, float]:
    sigma = cn.sigma_for_top_share(HELD, FEW)
    return {
        "sigma": sigma,
        "top_fifth": cn.lognormal_top_share(sigma, 0.2),
        "here": cn.top_share(line_of(book, all_years=True), FEW),
    }


def _list_of_70(book: Book) -> dict[str, Any]:
    return _cut(line_of(book, 1))


def _cut(sales: pd.Series) -> dict[str, Any]:
    classes = cn.abc_classes(sales, LOW_CUTS)
    return {"classes": classes, "moved": int((classes != cn.abc_classes(sales)).sum())}


def _cumulated_classes(amounts: pd.Series) -> pd.Series:
    """Classes by the cumulated share itself: the account that crosses a cut falls into the worse class."""
    return pd.cut(
        amounts.cumsum() / amounts.sum(), [0, *LOW_CUTS, 1.001], labels=list("ABC")
    ).astype("str")


def _from_the_smallest(book: Book) -> dict[str, Any]:
    return {"classes": _cumulated_classes(line_of(book, 1).sort_values())}


def _crossing_out(book: Book) -> dict[str, Any]:
    sales = line_of(book, 1)
    classes = _cumulated_classes(sales.sort_values(ascending=False, kind="stable"))
    return {
        "classes": classes,
        "moved": int((classes != cn.abc_classes(sales).reindex(classes.index)).sum()),
    }


def _by_count(book: Book) -> dict[str, Any]:
    place = line_of(book, 1).rank(ascending=False, method="first", pct=True)
    return {"classes": pd.cut(place, [0, *LOW_CUTS, 1], labels=list("ABC")).astype("str")}


def colleague(rows: pd.DataFrame, q: float = QUARTER) -> float:
    """The faulty share of exercise 01.4: it counts rows, and an account has a row for each line."""
    amounts = rows["revenue"].sort_values(ascending=False)
    few = math.ceil(q * len(amounts))
    return float(amounts.head(few).sum() / amounts.sum())


def _of_several_lines(book: Book) -> pd.DataFrame:
    rows = rows_of(book)
    if not rows["account_id"].duplicated().any():
        raise ValueError(
            "every account buys in one line only, so the fault does not show; take the bundled book linjiang"
        )
    return rows


def _repaired(book: Book) -> dict[str, Any]:
    _of_several_lines(book)
    return {"fault": "rows", "share": cn.top_share(sales_of(book), QUARTER)}


def margins(book: Book) -> pd.DataFrame:
    """Sales and margin before cost to serve of each account that buys."""
    if not book.has("ledger", "cost_goods"):
        raise ValueError(
            "its ledger has no cost_goods, so there is no margin to compare; take the bundled book linjiang"
        )
    frame = rows_of(book).groupby("account_id")[["revenue", "cost"]].sum()
    frame["margin"] = (frame["revenue"] - frame["cost"]).round(2)
    return frame[frame["revenue"] > 0]


def _largest(amounts: pd.Series) -> pd.Index:
    return descending(amounts).index[: cn.top_count(len(amounts), 0.2)]


def _two_lists(book: Book) -> dict[str, Any]:
    frame = margins(book)
    by_sales, by_margin = _largest(frame["revenue"]), _largest(frame["margin"])
    both = len(by_sales.intersection(by_margin)) / len(by_sales)
    return {"in_both": both, "losing": int((frame["margin"][by_sales] < 0).sum())}


def _two_shares(book: Book) -> dict[str, float]:
    frame = margins(book)
    held = frame["margin"][_largest(frame["revenue"])].sum() / frame["margin"].sum()
    return {"in_both": float(held), "losing": int((frame["margin"] < 0).sum())}


def _both_otherwise(book: Book, whole: bool) -> float:
    """Names on both lists as a part of the names on either list, or of all accounts."""
    frame = margins(book)
    by_sales, by_margin = _largest(frame["revenue"]), _largest(frame["margin"])
    of = frame.index if whole else by_sales.union(by_margin)
    return len(by_sales.intersection(by_margin)) / len(of)


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if 0.5 < own["bar"] <= 1:
        return ""
    return f"`bar` is {own['bar']:g}: a list that need not share half of its names is no list. Name a bar above 0.5 and at most 1."


def _both_lists(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for one list and what for two."""
    frame, found = margins(book), _two_lists(book)
    names = _largest(frame["revenue"])
    best = frame["margin"][_largest(frame["margin"])].sum()
    apart = len(names) - round(found["in_both"] * len(names))
    return {
        "yes": [
            f"{percent(found['in_both'])} of the {len(names)} names are on both lists.",
            f"Its names bring {percent(frame['margin'][names].sum() / best)} of the margin that the "
            "profit list brings, and a second list costs work.",
        ],
        "no": [
            f"{count(apart, 'name')} would be looked after and are not among the best by margin.",
            f"{count(found['losing'], 'name')} on the sales list cost more than they bring.",
        ],
    }


def _follows_from_the_bar(book: Book, answer: Mapping[str, Any]) -> str:
    bar, both, choice = (
        float(answer["bar"]),
        float(answer["in_both"]),
        answer["choice"].strip().casefold(),
    )
    if (choice == "yes") != (both >= bar):
        found = "reach" if both >= bar else "do not reach"
        return f"Your numbers contradict your choice: the names on both lists {found} your own bar, and you say “{choice}”."
    return ""


def whole_history(book: Book) -> pd.Series:
    """Positive revenue per account over all rows of a book."""
    return cn.positive_part(book.rollup(by_line=False).set_index("account_id")["revenue"]).kept


def _measured(amounts: pd.Series) -> dict[str, Any]:
    kept = cn.positive_part(amounts).kept
    return {"accounts": len(kept), "share": cn.top_share(kept)}


def _other_book(book: Book) -> dict[str, Any]:
    sales = whole_history(book)
    if len(sales) < FEWEST:
        raise ValueError(f"it has {count(len(sales), 'account')}, too few for an interval")
    interval = cn.size_interval(sales)
    return _measured(sales) | {"low": interval.low, "high": interval.high}


def _verdict_follows(book: Book, answer: Mapping[str, Any]) -> str:
    low, high = float(answer["low"]), float(answer["high"])
    told = by_interval(low, high, 0.8, ABOUT)
    follows = VERDICTS[0] if told == "holds" else VERDICTS[3]
    if told == "does not hold":
        follows = VERDICTS[1] if high < 0.8 else VERDICTS[2]
    if answer["accounts"] < TOO_FEW:
        follows = VERDICTS[4]
    if answer["choice"].strip().casefold() == follows:
        return ""
    if follows == VERDICTS[4]:
        return f"`choice`: this book has fewer than {TOO_FEW} accounts. No verdict rests on so few, whatever the interval says."
    return "`choice` does not follow from your own interval. Does all of it lie within five points of 80 %, all of it outside, or neither?"


def _resampled(book: Book) -> dict[str, float]:
    interval = cn.bootstrap_interval(whole_history(book), cn.top_share)
    return {"low": interval.low}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "01.1", "Five customers and their returns", "redo by hand",
        (
            Part("net", "of all five after returns: 10,000 yuan, 1 decimal", 0.1),
            Part("share", "held by the top 20 % of the five: fraction, 3 decimals", 0.001),
            Part("effective", "effective number of customers: 2 decimals", 0.01),
        ),
        _five,
        (
            "Take what came back off what was sold, customer by customer. All that follows is of these net amounts.",
            "The top 20 % of five is one customer: ceil(0.2 x 5).",
            "The effective number is 1 over the sum of the squared shares.",
        ),
        (
            Mistake(lambda book: _five(book, 1), "What came back was added. A return makes a sale smaller: take it off."),
            Mistake(lambda book: _five(book, 0), "This is what was sold. Some of it came back: take the returns off first."),
            Mistake(lambda book: {"share": max(sold - back for sold, back in FIVE.values()) / sum(sold for sold, _ in FIVE.values())}, "Above the line is a net amount, below it a total before returns. Take both after returns."),
            Mistake(lambda book: {"effective": 1 / _five(book)["effective"]}, "This is the sum of the squared shares, the HHI. The effective number is 1 over it."),
            Mistake(lambda book: {"effective": 1 / _five(book)["share"]}, "This is 1 over the largest share. Square each of the five shares and add them up first."),
        ),
    ),
    Exercise(
        "01.2", "When a tenth makes sixty", "change an assumption",
        (
            Part("sigma", "where the top 10 % hold 60 %: 3 decimals", 0.001),
            Part("top_fifth", "held by the top 20 % there: fraction, 3 decimals", 0.001),
            Part("here", "top 10 % of the largest line, all years: fraction, 3 decimals", 0.001),
        ),
        _tenth,
        (
            "Two functions of the lesson are each other's inverse: `cn.lognormal_top_share` and `cn.sigma_for_top_share`.",
            "`cn.sigma_for_top_share` takes the share first and the few second, both as fractions.",
            "For `here`, take the rows of one line, all years added up, one amount per account, and `cn.top_share` with its second argument changed.",
        ),
        (
            Mistake(lambda book: {"sigma": cn.sigma_for_top_share(0.8, 0.2)}, "This is the spread of 80/20. Put in 60 % and 10 %."),
            Mistake(lambda book: {"sigma": cn.sigma_for_top_share(HELD, 0.2)}, "This is the spread at which the top 20 % hold 60 %. The few are 10 % here."),
            Mistake(lambda book: {"sigma": cn.sigma_for_top_share(0.8, FEW)}, "This is the spread at which the top 10 % hold 80 %. They hold 60 % here."),
            Mistake(lambda book: {"sigma": cn.pareto_alpha(HELD, FEW)}, "This belongs to the Pareto distribution. The question is about a lognormal."),
            Mistake(lambda book: {"top_fifth": HELD, "here": cn.top_share(line_of(book, all_years=True), 0.2)}, "Mind which few are meant: 10 % or 20 %."),
            Mistake(lambda book: {"here": cn.top_share(whole_history(book), FEW)}, "This is the firm with all its lines. Keep the rows of the largest line only."),
            Mistake(lambda book: {"here": cn.top_share(sales_of(book), FEW)}, "This is the firm with all its lines, in the period that the book declares. Keep the rows of the largest line, of all years."),
            Mistake(lambda book: {"here": cn.top_share(line_of(book), FEW)}, "This is the period that the book declares. All its years are asked: a rollup without dates."),
        ),
    ),
    Exercise(
        "01.3", "Another cut, another list", "change an assumption",
        (
            Part("classes", "Series of A, B, C by account_id"),
            Part("moved", "accounts with another class than at 80 % and 95 %: a count"),
        ),
        _list_of_70,
        (
            "Keep the rows of one line: then there is one amount per account. Leave out amounts of zero or less.",
            "`cn.abc_classes` takes the two cuts as its second argument. It keeps the account ids.",
            "For `moved`, compare two Series of classes with `!=` and count. They must have the same accounts in the same order.",
        ),
        (
            Mistake(lambda book: _cut(line_of(book)), "This is the largest line. The line with the second largest revenue is asked."),
            Mistake(lambda book: {"classes": _cut(sales_of(book))["classes"]}, "This is the firm with all its lines. Keep the rows of the one line that is asked."),
            Mistake(lambda book: {"classes": cn.abc_classes(line_of(book, 1))}, "These are the classes at 80 % and 95 %. Cut at 70 % and 90 %."),
            Mistake(_from_the_smallest, "This adds up from the smallest account. The list starts with the largest: sort the other way round."),
            Mistake(_crossing_out, "The account that crosses a cut is in the worse class here. In the lesson it goes to the better one: A holds at least 70 %."),
            Mistake(_by_count, "This cuts the number of accounts. Cut the amount they hold together."),
            Mistake(lambda book: {"moved": cn.accounts_to_reach(line_of(book, 1), 0.8) - cn.accounts_to_reach(line_of(book, 1), 0.7)}, "This counts class A only. An account can also move between B and C."),
        ),
    ),
    Exercise(
        "01.4", "The colleague's top quarter", "find the fault",
        (
            Part("fault", choices=("order", "rows", "rounding", "total")),
            Part("share", "held by the top 25 % of the accounts: fraction, 3 decimals", 0.001),
        ),
        _repaired,
        (
            "Look at the first rows of `rows`. What is one row?",
            "How many rows are there, and how many accounts? Which of the two is a quarter taken of?",
            "Sum the revenue per account, then do the same.",
        ),
        (
            Mistake(lambda book: {"share": colleague(_of_several_lines(book))}, "This is the colleague's own number."),
            Mistake(lambda book: {"share": cn.top_share(sales_of(book))}, "This is the top 20 %, as in the lesson. A quarter is asked."),
            Mistake(lambda book: {"share": cn.top_share(line_of(book), QUARTER)}, "This is the largest line alone. The accounts of all lines are asked: add up the lines of each account, and drop none."),
            Mistake(lambda book: {"share": float(cn.concentration_table(_of_several_lines(book), q=QUARTER)["top_share"].mean())}, "This is the mean of the lines' shares. A mean of shares is not the share of the whole."),
            Mistake(lambda book: {"share": float(sales_of(book).nsmallest(cn.top_count(len(sales_of(book)), QUARTER)).sum() / sales_of(book).sum())}, "This is the bottom quarter: the amounts are sorted the wrong way."),
            Mistake(lambda book: {"fault": "order"}, "The largest stand first, as they should. Look further."),
            Mistake(lambda book: {"fault": "rounding"}, "`ceil` is the lesson's own rule, and one account more or less moves the share little. Look further."),
            Mistake(lambda book: {"fault": "total"}, "The total is that of all rows, which is that of the firm. Look further."),
        ),
    ),
    Exercise(
        "01.5", "One list for sales and profit?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "part of the names that must be on both lists: fraction above 0.5", own=True),
            Part("in_both", "part of the sales list on both lists: fraction, 3 decimals", 0.001),
            Part("losing", "names on the sales list with a negative margin: a count"),
            DEFENCE,
        ),
        _two_lists,
        (
            "Set `bar` before you compute anything. What would you accept if it were your commission?",
            "Each list is the top fifth of the same accounts, once sorted by sales and once by margin. The two are equally long.",
            "`margin.reindex(sales_list)` looks up the margin of the accounts on the sales list; count those below zero.",
        ),
        (
            Mistake(_two_shares, "This is about the whole firm or about money. The question is about the names on the sales list."),
            Mistake(lambda book: {"in_both": round(_two_lists(book)["in_both"] * cn.top_count(len(margins(book)), 0.2))}, "This is a count. Divide it by the length of the sales list."),
            Mistake(lambda book: {"in_both": _both_otherwise(book, False)}, "This divides by the names on either list. Divide by the length of the sales list."),
            Mistake(lambda book: {"in_both": _both_otherwise(book, True)}, "This divides by all accounts. Divide by the length of the sales list."),
        ),
        _follows_from_the_bar,
        _bar_is_sound,
        _both_lists,
    ),
    Exercise(
        "01.6", "Another book, all its years", "another book",
        (
            Part("accounts", "with a positive total over all rows: a count"),
            Part("share", "held by the top 20 % of them: fraction, 3 decimals", 0.001),
            Part("low", "lower limit of its interval: fraction, 2 decimals", 0.01),
            Part("high", "upper limit: fraction, 2 decimals", 0.01),
            Part("choice", choices=VERDICTS),
        ),
        _other_book,
        (
            "`other.rollup(by_line=False)` gives one row per account over all rows of the book. No dates are needed.",
            "`cn.positive_part(amounts).kept` are the accounts that count; `cn.size_interval(kept)` gives estimate, low, high and the way they were found.",
            f"The rule holds where the whole interval lies within five points of 80 %. With fewer than {TOO_FEW} accounts there is no verdict.",
        ),
        (
            Mistake(lambda book: {"share": cn.top_share(sales_of(book))}, "This is the period that the book declares. The question is about all its rows."),
            Mistake(lambda book: {"accounts": cn.top_count(len(whole_history(book)), 0.2)}, "This is the length of the top fifth. All accounts with a positive total are asked."),
            Mistake(_resampled, "This resamples the accounts and no more. It is too narrow: no draw holds a larger account than the book. Take `cn.size_interval`."),
            Mistake(lambda book: _measured(book.rollup()["revenue"]), "This counts an account once for each line. Sum over the lines: by_line=False."),
        ),
        _verdict_follows,
    ),
    Question("01.q1", "What 80/20 says", "c"),
    Question("01.q2", "Four hundred small accounts more", "b"),
    Question("01.q3", "Twenty-four books in a hundred", "d"),
)  # fmt: skip
