"""Exercises of lesson 09: lifetime value."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from math import exp
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.optimize import brentq

from keyacct_utils.lessons.lifetime_value import values
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import money

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 09.1: margin of a year, retention, discount, points more.
MARGIN, STAYS, RATE, MORE = 300.0, 0.75, 0.08, 0.05
#: The claim and the discount of 09.2, the retention that leaves just five points, an example.
CLAIMED, LOW_RATE, LAST_ROOM, EXAMPLE = 0.85, 0.05, 0.95, 0.80
#: The kind of contract of 09.3 and the first year of those that are looked at.
KIND, SINCE = "maintenance", 2020
#: Spending of 09.4, and the discount of 09.5.
LITTLE, MUCH, OTHER_RATE = 500.0, 4000.0, 0.12
YEAR = 12


def _napkin(book: Book) -> dict[str, float]:
    return {
        "value": values.customer_value(MARGIN, STAYS, RATE),
        "now": values.customer_value(MARGIN, STAYS, RATE, first_margin="now"),
        "rise": values.retention_claim(STAYS, RATE, MORE),
    }


def _margins(stays: float) -> float:
    return values.margin_multiple(stays, RATE)


def _swapped(book: Book) -> dict[str, float]:
    right = _napkin(book)
    return {"value": right["now"], "now": right["value"]}


@lru_cache(maxsize=4)
def largest_account(book: Book) -> pd.Series:
    """The account row with the most sales in the last full year."""
    rows, _, last = two_years(book)
    mine = rows[rows["period"] == last].sort_values(["revenue", "account_id"])
    return mine.iloc[-1]


def _gain(book: Book, rate: float = LOW_RATE, column: str = "margin") -> float:
    margins = [values.margin_multiple(r, rate) for r in (EXAMPLE, EXAMPLE + MORE)]
    return float(largest_account(book)[column]) * (margins[1] - margins[0]) / 1e6


def _proof(book: Book) -> dict[str, float]:
    # M(r + .05) / M(r) = 1.85 by search; M(1) / M(.95) = (i + .05) / (.95 i) = 1.85 by hand
    retention = brentq(
        lambda r: values.retention_claim(r, LOW_RATE, MORE) - CLAIMED, 0.6, LAST_ROOM - 1e-6
    )
    return {
        "retention": float(retention),
        "discount": MORE / (LAST_ROOM * (1 + CLAIMED) - 1),
        "gain": _gain(book),
    }


def _proof_low(book: Book) -> dict[str, float]:
    """The other retention at which the rise is as large: both add up to 1 + i - .05."""
    return {"retention": 1 + LOW_RATE - MORE - _proof(book)["retention"]}


def _proof_now(book: Book) -> dict[str, float]:
    # (1 + i - r) / (1 + i - r - .05) = 1.85
    gap = MORE * (1 + CLAIMED) / CLAIMED
    return {"retention": 1 + LOW_RATE - gap, "discount": gap - (1 - LAST_ROOM)}


@lru_cache(maxsize=4)
def contracts_of(book: Book) -> pd.DataFrame:
    """Contracts of the kind asked for that began in the years asked for, with renewals that came up
    and renewals that were kept.
    """
    if not book.has("contracts", "kind", "end"):
        raise ValueError("it has no table contracts; take the bundled book linjiang")
    rows = book.table("contracts")
    rows = rows[(rows["kind"] == KIND) & (rows["start"].dt.year >= SINCE)]
    if rows.empty:
        raise ValueError(
            f"it has no {KIND} contracts since {SINCE}; take the bundled book linjiang"
        )
    today = rows["end"].max()
    until = rows["end"].fillna(today)
    months = (until.dt.year - rows["start"].dt.year) * YEAR + (
        until.dt.month - rows["start"].dt.month
    )
    came = months // YEAR
    gone = rows["end"].notna().astype(int)
    return rows.assign(came=came, kept=came - gone)


def _true_retention(book: Book) -> dict[str, Any]:
    rows = contracts_of(book)
    return {"fault": "ever", "retention": float(rows["kept"].sum() / rows["came"].sum())}


def colleague(rows: pd.DataFrame) -> float:
    """The faulty retention of exercise 09.3: the share of all contracts that still runs."""
    return float(rows["end"].isna().mean())


def _all_since_ever(book: Book) -> dict[str, float]:
    """The same for all years of starts."""
    rows = book.table("contracts")
    rows = rows[rows["kind"] == KIND]
    until = rows["end"].fillna(rows["end"].max())
    months = (until.dt.year - rows["start"].dt.year) * YEAR
    came = (months + until.dt.month - rows["start"].dt.month) // YEAR
    kept = came - rows["end"].notna().astype(int)
    return {"retention": float(kept.sum() / came.sum())}


def _first_renewal(book: Book) -> dict[str, float]:
    """The share kept at the first renewal alone."""
    rows = contracts_of(book)
    asked = rows[rows["came"] >= 1]
    return {"retention": float((asked["kept"] >= 1).mean())}


def _days_over_years(book: Book) -> dict[str, float]:
    """Renewals that came up by whole 365.25 days, which a year without a leap day does not fill."""
    rows = contracts_of(book)
    days = (rows["end"].fillna(rows["end"].max()) - rows["start"]).dt.days
    came = days // 365.25
    kept = came - rows["end"].notna()
    return {"retention": float(kept.sum() / came.sum())}


def _parts_of_years(book: Book) -> dict[str, float]:
    """Ends over the years that the contracts ran, whole or not."""
    rows = contracts_of(book)
    days = (rows["end"].fillna(rows["end"].max()) - rows["start"]).dt.days
    return {"retention": 1 - float(rows["end"].notna().sum() / (days.sum() / 365.25))}


def _until_new_year(book: Book) -> dict[str, float]:
    """Renewals that have come up by the first day of the year after the last end."""
    rows = contracts_of(book)
    until = rows["end"].fillna(pd.Timestamp(rows["end"].max().year + 1, 1, 1))
    months = (until.dt.year - rows["start"].dt.year) * YEAR
    came = (months + until.dt.month - rows["start"].dt.month) // YEAR
    return {"retention": 1 - float(rows["end"].notna().sum() / came.sum())}


def _lost_over_all(book: Book) -> dict[str, float]:
    """Ends of the last twelve months over all contracts, taken from one."""
    rows = contracts_of(book)
    lately = rows["end"] > rows["end"].max() - pd.DateOffset(months=YEAR)
    return {"retention": 1 - float(lately.mean())}


@lru_cache(maxsize=4)
def kept_by_spending(book: Book) -> pd.Series:
    """Share kept by what was spent on each."""
    if not book.has("spend_trials"):
        raise ValueError("it has no table spend_trials; take the bundled book linjiang")
    rows = book.table("spend_trials")
    shares = rows[rows["purpose"] == "keep"].groupby("spent")["success"].mean().astype(float)
    if not {LITTLE, MUCH} <= set(shares.index) or not shares[MUCH] > shares[LITTLE]:
        raise ValueError(
            f"nothing was gained there by spending {MUCH:g} and not {LITTLE:g} on each; take the "
            "bundled book linjiang"
        )
    return shares


def _one_more(book: Book) -> dict[str, float]:
    shares = kept_by_spending(book)
    return {
        "average": MUCH / float(shares[MUCH]),
        "more": (MUCH - LITTLE) / float(shares[MUCH] - shares[LITTLE]),
    }


def _kept_trials(book: Book) -> pd.DataFrame:
    kept_by_spending(book)
    rows = book.table("spend_trials")
    return rows[rows["purpose"] == "keep"].dropna(subset=["spent", "success"])


def _lesson_average(book: Book) -> dict[str, float]:
    """Spent for each kept over all amounts."""
    rows = _kept_trials(book)
    return {"average": float(rows["spent"].sum() / rows["success"].sum())}


def _lesson_more(book: Book) -> dict[str, float]:
    """What one more costs by the fitted curve at the mean of what was tried."""
    rows = _kept_trials(book)
    fit = values.fit_response(rows["spent"], rows["success"].astype(float), draws=1)
    slope = fit.ceiling * fit.rate * exp(-fit.rate * float(rows["spent"].mean()))
    return {"more": 1 / slope}


def _from_nothing(book: Book) -> dict[str, float]:
    shares = kept_by_spending(book)
    return {"more": MUCH / float(shares[MUCH] - shares.get(0.0, 0.0))}


def _whole_spending(book: Book) -> dict[str, float]:
    shares = kept_by_spending(book)
    return {"more": MUCH / float(shares[MUCH] - shares[LITTLE])}


_bar_is_sound = sound_bar(lambda bar: bar > 100, "what a customer is worth is asked for, in yuan.")


_follows = by_the_bar(
    "more",
    "yes",
    operator.le,
    "one more costs {} what it is worth to you",
    ("no more than", "more than"),
)


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    right, shares = _one_more(book), kept_by_spending(book)
    return {
        "yes": [
            f"Spread over all that are kept, {money(right['average'])} each looks cheap.",
            f"Of a hundred customers {100 * (shares[MUCH] - shares[LITTLE]):.1f} more stay.",
        ],
        "no": [
            f"One more that stays costs {money(right['more'])}: most of the money goes to those who "
            "would have stayed.",
            f"With {money(LITTLE)} on each, {100 * shares[LITTLE]:.0f} of a hundred stay already.",
        ],
    }


@lru_cache(maxsize=4)
def two_years(book: Book) -> tuple[pd.DataFrame, str, str]:
    """Account rows by year, and the names of the last two full years."""
    if not book.has("ledger", "date", "cost_goods"):
        raise ValueError("its ledger has no date or no cost_goods; take yunhe")
    years = sorted(book.full_years()[0])[-2:]
    if len(years) < 2:
        raise ValueError("it has no two full years; take yunhe")
    rows = book.rollup(period="year", by_line=False)
    return rows[rows["revenue"] > 0], years[0], years[1]


def _kept_accounts(book: Book) -> tuple[float, float, float]:
    """Share of the first year's buyers that bought in the second, its reverse, and the mean margin
    of those that did.
    """
    rows, first, second = two_years(book)
    before, after = (
        set(rows.loc[rows["period"] == year, "account_id"]) for year in (first, second)
    )
    both = before & after
    if not both:
        raise ValueError("nobody bought in both of its last two years; take yunhe")
    mine = rows[(rows["period"] == second) & rows["account_id"].isin(both)]
    return len(both) / len(before), len(both) / len(after), float(mine["margin"].mean())


def _elsewhere(book: Book, rate: float = OTHER_RATE) -> dict[str, Any]:
    kept, _, margin = _kept_accounts(book)
    return {
        "kept": kept,
        "value": values.customer_value(margin, kept, rate) / 1e4,
        "choice": "room" if kept + MORE <= 1 else "no room",
    }


def _elsewhere_now(book: Book) -> dict[str, float]:
    kept, _, margin = _kept_accounts(book)
    return {"value": values.customer_value(margin, kept, OTHER_RATE, first_margin="now") / 1e4}


def _all_buyers(book: Book) -> dict[str, float]:
    """The value with the mean margin of all buyers of the second year."""
    rows, _, second = two_years(book)
    kept = _kept_accounts(book)[0]
    mean = float(rows.loc[rows["period"] == second, "margin"].mean())
    return {"value": values.customer_value(mean, kept, OTHER_RATE) / 1e4}


def _left_as_nothing(book: Book) -> dict[str, float]:
    """The value with the margin of those that stayed over all buyers of the first year."""
    kept, _, margin = _kept_accounts(book)
    return {"value": values.customer_value(kept * margin, kept, OTHER_RATE) / 1e4}


def _year_before(book: Book) -> dict[str, float]:
    """The value with the mean margin of the buyers of the first year."""
    rows, first, _ = two_years(book)
    kept = _kept_accounts(book)[0]
    mean = float(rows.loc[rows["period"] == first, "margin"].mean())
    return {"value": values.customer_value(mean, kept, OTHER_RATE) / 1e4}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "09.1", "A cleaning contract", "redo by hand",
        (
            Part("value", "first margin at the end of the year: yuan, 1 decimal", 0.1),
            Part("now", "first margin now: yuan, 1 decimal", 0.1),
            Part("rise", "of the first value with five points more: fraction, 3 decimals", 0.001),
        ),
        _napkin,
        (
            "At the end of the first year it is there with a chance of .75, and a yuan of then is 1 / 1.08 of one today.",
            "The sum of all years is margin x retention / (1 + discount - retention).",
            "With a first margin today there is one margin more. For the rise, put .80 in place of .75.",
        ),
        (
            Mistake(_swapped, "The two are swapped: the one with a margin today is the larger."),
            Mistake(lambda book: {"value": MARGIN * STAYS / (1 - STAYS)}, "This is without a discount: a yuan in ten years counts as one of today."),
            Mistake(lambda book: {"value": MARGIN / (1 - STAYS)}, "This is the mean life of four years times the margin, without a discount and with a margin now."),
            Mistake(lambda book: {"value": MARGIN / (1 + RATE - STAYS)}, "This forgets that it has to stay until the end of the first year: one retention is missing above the line."),
            Mistake(lambda book: {"now": _napkin(book)["value"] * (1 + RATE)}, "This moves all margins up by a year. The later ones stay where they are: one margin more is all."),
            Mistake(lambda book: {"now": MARGIN / (1 + RATE - STAYS)}, "This puts every margin a year later than asked. The first comes now and counts in full."),
            Mistake(lambda book: {"rise": values.retention_claim(STAYS, RATE, MORE, relative=True)}, "This takes five percent off the losses: .25 to .2375. Five points are asked: .75 to .80."),
            Mistake(lambda book: {"rise": _margins(STAYS * (1 + MORE)) / _margins(STAYS) - 1}, "This takes five percent of the retention: .75 to .7875. Five points are asked: .75 to .80."),
            Mistake(lambda book: {"rise": 1 + _napkin(book)["rise"]}, "This is the new value over the old one. The rise is what lies above one."),
            Mistake(lambda book: {"rise": MORE / STAYS}, "This is the rise of the retention. The value rises by more, since who stays once more may stay again."),
            Mistake(lambda book: {"rise": values.retention_claim(STAYS, RATE, MORE, first_margin="now")}, "This is the rise of the second value, with a margin now. The first is asked."),
        ),
    ),
    Exercise(
        "09.2", "When five points give 85 %", "change an assumption",
        (
            Part("retention", "of one half or more, at 5 % discount: fraction, 3 decimals", 0.001),
            Part("discount", "the highest one, from a retention of .95: fraction, 3 decimals", 0.001),
            Part("gain", "from five points, of that account: million yuan, 2 decimals", 0.005, relative=True),
        ),
        _proof,
        (
            "The value is M(r) = r / (1 + i - r) margins. Set M(r + .05) / M(r) to 1.85.",
            "For the second, r is .95 and r + .05 is 1: M(1) is 1 / i. Solve for i.",
            "`lv.retention_claim(r, i)` gives the rise; try values of r until it says .85. The gain is the margin times M(.85) less M(.80).",
        ),
        (
            Mistake(lambda book: {"gain": _gain(book, 0.10)}, "This is at 10 %, as in the lesson. 5 % is asked."),
            Mistake(lambda book: {"gain": _gain(book, column="revenue")}, "This takes sales for margin: the cost of the goods goes off first."),
            Mistake(lambda book: {"retention": _proof_now(book)["retention"]}, "This counts the first margin now. Take it at the end of the year."),
            Mistake(lambda book: {"discount": _proof_now(book)["discount"]}, "This counts the first margin now. Take it at the end of the year."),
            Mistake(_proof_low, "The rise is 85 % there too, but of a value near nothing. The retention of one half or more is asked."),
            Mistake(lambda book: {"retention": _proof(book)["retention"] + MORE}, "This is the retention after the rise. That before is asked."),
            Mistake(lambda book: {"discount": MORE / (LAST_ROOM * CLAIMED)}, "The value rises to 1.85 times, not to .85 times."),
        ),
    ),
    Exercise(
        "09.3", "The colleague's retention", "find the fault",
        (
            Part("fault", choices=("ever", "margin", "discount", "kind")),
            Part("retention", "of these contracts a year: fraction, 4 decimals", 0.0002),
        ),
        _true_retention,
        (
            "A contract that began last month still runs. Was it ever asked to renew?",
            "For each contract: how many renewals had come up, and how many of them were kept? One that ended kept all but its last.",
            "Add up both over all contracts, and divide.",
        ),
        (
            Mistake(lambda book: {"retention": colleague(contracts_of(book))}, "This is the colleague's own number: the share that still runs."),
            Mistake(_all_since_ever, "This is of contracts of all years. Those since 2020 are asked."),
            Mistake(_first_renewal, "This is of the first renewal alone. All renewals that have come up are asked."),
            Mistake(_days_over_years, "A year of days is no year: 365 days over 365.25 are less than one, and a renewal that came up is lost. Count by the calendar."),
            Mistake(_parts_of_years, "This takes the years that they ran, parts of a year with them. A contract is asked once a year: count the renewals that came up."),
            Mistake(_until_new_year, "This counts renewals up to the end of the year. The last day known is that of the last end in these contracts."),
            Mistake(_lost_over_all, "This takes losses over contracts, not over renewals: a contract that ran four years was asked four times."),
            Mistake(lambda book: {"fault": "margin"}, "A retention counts contracts; no margin is needed for it. Look further."),
            Mistake(lambda book: {"fault": "discount"}, "A retention is no value: nothing is discounted in it. Look further."),
            Mistake(lambda book: {"fault": "kind"}, "The colleague takes one kind only, and says so. Look further."),
        ),
    ),
    Exercise(
        "09.4", "Four thousand to keep each?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "yuan: what one more customer that stays is worth to you", own=True),
            Part("average", "spent for each that is kept, at 4,000: yuan", 0.005, relative=True),
            Part("more", "spent for one more, from 500 to 4,000: yuan", 0.005, relative=True),
            DEFENCE,
        ),
        _one_more,
        (
            "Set `bar` before you look. What is a customer worth, with which first margin?",
            "Which share was kept where 500 was spent, and which where 4,000 was? Divide what more was spent by what more was kept.",
            "`opened.table(\"spend_trials\")`, the rows with purpose keep, `groupby(\"spent\")[\"success\"].mean()`.",
        ),
        (
            Mistake(lambda book: {"average": MUCH}, "This is what is spent on each that was tried. Some leave all the same: divide by the share that is kept."),
            Mistake(lambda book: {"average": LITTLE / float(kept_by_spending(book)[LITTLE])}, "This is at 500. The average at 4,000 is asked."),
            Mistake(lambda book: {"more": _one_more(book)["average"]}, "This is the average. It charges those who would have stayed anyway."),
            Mistake(_lesson_average, "This is the lesson's number, over all amounts that were tried. Only 4,000 is asked."),
            Mistake(_lesson_more, "This is the lesson's number: off the fitted curve, at the mean of what was tried. The step from 500 to 4,000 is asked, by the shares themselves."),
            Mistake(_from_nothing, "This is from nothing to 4,000. The step from 500 to 4,000 is asked."),
            Mistake(_whole_spending, "500 is spent already: only what comes on top buys the difference."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "09.5", "Another book", "another book",
        (
            Part("kept", "share of buyers that came back: fraction, 3 decimals", 0.001),
            Part("value", "of one such account: 10,000 yuan, 2 decimals", 0.001, relative=True),
            Part("choice", choices=("room", "no room")),
        ),
        _elsewhere,
        (
            "`other.full_years()` names the full years; `other.rollup(period=\"year\", by_line=False)` has a row for each account and year. Keep revenue above zero.",
            "Who bought in the year before the last, and who of them in the last? Those are the ones whose margin of the last year counts.",
            "Room means that five points more do not take the share above one.",
        ),
        (
            Mistake(lambda book: {"kept": _kept_accounts(book)[1]}, "This is the share of the second year's buyers that are old ones. The share of the first year's that came back is asked."),
            Mistake(_elsewhere_now, "This counts a first margin now. At the end of the year is asked."),
            Mistake(lambda book: {"value": _elsewhere(book, 0.10)["value"]}, "This is at 10 %, as in the lesson. 12 % is asked."),
            Mistake(_all_buyers, "This is the mean margin of all buyers of the last year, new ones too. That of those that bought in both is asked."),
            Mistake(_left_as_nothing, "This spreads the margin of those that stayed over all that bought in the first year, and then takes the retention again: the chance to stay counts twice."),
            Mistake(_year_before, "This is the mean margin of the year before. That of the last year is asked, of those that bought in both."),
            Mistake(lambda book: {"choice": "room" if _elsewhere(book)["choice"] == "no room" else "no room"}, "Add five points to your share. Is it above one?"),
        ),
    ),
    Question("09.q1", "One margin apart", "b"),
    Question("09.q2", "Twenty weeks of silence", "c"),
    Question("09.q3", "Five times as dear", "a"),
)  # fmt: skip
