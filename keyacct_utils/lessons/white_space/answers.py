"""Exercises of lesson 15: white space and demand forecast."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, money, percent
from keyacct_utils.lessons.white_space import demand, gaps

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The stories of 15.1: accounts, holders of two services, of both; months, what came, what was
#: said.
ACCOUNTS, MAINTENANCE, TRAINING, BOTH = 240, 144, 70, 57
HISTORY, CAME, SAID = (100, 104, 98, 106, 102), (107, 102), (104, 103)
#: The quantile of 15.2.
QUANTILE = 0.8
#: The lead of 15.3, and the pair of 15.4: who holds the first could use the second.
LEAD = 2
HAVE, FEATURE = "storage", "monitoring"
#: The line of 15.5, and the months that are forecast.
LINE, LAST = "B", 12
CHOICES = ("naive", "seasonal naive")


def _hand(book: Book) -> dict[str, float]:
    return {
        "chance": MAINTENANCE * TRAINING / ACCOUNTS,
        "lift": BOTH * ACCOUNTS / (MAINTENANCE * TRAINING),
        "mase": demand.mase(CAME, SAID, HISTORY),
    }


def _off(book: Book) -> float:
    return float(np.abs(np.subtract(CAME, SAID)).mean())


@lru_cache(maxsize=4)
def sizes_of(book: Book) -> tuple[pd.Series, pd.Series]:
    """Size, and what is bought of all products, of each account of known size."""
    if not (book.has("account_sizes") and book.has("holdings")):
        raise ValueError("it has no account_sizes and holdings; take the bundled book linjiang")
    size = book.counted("account_sizes").set_index("account_id")["size"]
    bought = book.counted("holdings").groupby("account_id")["spend"].sum()
    return size, bought.reindex(size.index).fillna(0.0)


def _gaps(book: Book, q: float = QUANTILE) -> dict[str, float]:
    size, bought = sizes_of(book)
    line = gaps.wallet(size, bought.where(bought > 0), q)
    gap = line.table["potential"] - bought.reindex(line.table.index)
    return {"slope": line.slope, "gap": float(gap.clip(lower=0).sum()) / 1e6}


def _mean_line(book: Book) -> dict[str, float]:
    size, bought = sizes_of(book)
    kept = bought > 0
    x = np.column_stack([np.ones(int(kept.sum())), np.log(size[kept])])
    a, b = OLS(np.log(bought[kept]).to_numpy(), x).fit().params
    gap = np.exp(a + b * np.log(size)) - bought
    return {"slope": float(b), "gap": float(gap.clip(lower=0).sum()) / 1e6}


def _net_gap(book: Book) -> dict[str, float]:
    size, bought = sizes_of(book)
    line = gaps.wallet(size, bought.where(bought > 0), QUANTILE)
    return {"gap": float((line.table["potential"] - bought).sum()) / 1e6}


def _buyers_only(book: Book) -> dict[str, float]:
    size, bought = sizes_of(book)
    line = gaps.wallet(size, bought.where(bought > 0), QUANTILE)
    gap = (line.table["potential"] - bought).clip(lower=0)
    return {"gap": float(gap[bought > 0].sum()) / 1e6}


@lru_cache(maxsize=4)
def forecasts_of(book: Book) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What clients said, and what they bought of line P, months x clients."""
    if not (book.has("client_forecasts") and book.has("ledger", "volume")):
        raise ValueError("it has no client_forecasts; take the bundled book linjiang")
    rows = book.counted("client_forecasts")
    said = rows.pivot(index="month", columns="account_id", values="forecast")
    bought = book.rollup(period="month", line="P")
    wide = bought.pivot_table(index="period", columns="account_id", values="volume", aggfunc="sum")
    came = wide.reindex(columns=list(said.columns)).fillna(0.0)
    came.index = pd.DatetimeIndex(came.index)
    return said, came


def _off_by(said: pd.DataFrame, came: pd.DataFrame, months: int) -> pd.Series:
    """How far each client is off in a month on average, where the word is set so many months on."""
    ratio = np.log((said.shift(months) / came).to_numpy())
    return pd.Series(np.expm1(np.nanmean(np.abs(ratio), axis=0)), came.columns)


def colleague(said: pd.DataFrame, came: pd.DataFrame) -> tuple[str, float]:
    """The faulty audit of exercise 15.3: the client that is least off, each month beside itself."""
    off = _off_by(said, came, 0)
    return str(off.idxmin()), float(off.min())


def _audit(book: Book) -> dict[str, Any]:
    said, came = forecasts_of(book)
    name, _ = colleague(said, came)
    table = demand.client_bias(said[[name]], came[[name]], LEAD)
    return {"fault": "lead", "off": float(table["off"].to_numpy()[0])}


def _shifted(book: Book, months: int) -> dict[str, float]:
    said, came = forecasts_of(book)
    return {"off": float(_off_by(said, came, months)[colleague(said, came)[0]])}


def _best_after(book: Book) -> dict[str, float]:
    """The client that is least off once the lead is right, in the place of the colleague's."""
    return {"off": float(_off_by(*forecasts_of(book), LEAD).min())}


def _signed(book: Book) -> dict[str, float]:
    """The bias in the place of how far off the client is."""
    said, came = forecasts_of(book)
    name, _ = colleague(said, came)
    table = demand.client_bias(said[[name]], came[[name]], LEAD)
    return {"off": float(table["bias"].to_numpy()[0])}


@lru_cache(maxsize=4)
def held_of(book: Book) -> pd.DataFrame:
    """Accounts x products: what each bought of each."""
    if not book.has("holdings"):
        raise ValueError("it has no holdings; take the bundled book linjiang")
    rows = book.counted("holdings")
    wide = rows.pivot_table(index="account_id", columns="product", values="spend", aggfunc="sum")
    if not {HAVE, FEATURE} <= set(wide):
        raise ValueError(f"it has no products {HAVE} and {FEATURE}; take the bundled book linjiang")
    return wide.fillna(0.0)


def _feature(book: Book) -> dict[str, float]:
    wide = held_of(book)
    have, want = wide[HAVE] > 0, wide[FEATURE] > 0
    share = float((have & want).sum() / have.sum())
    spent = float(wide.loc[want, FEATURE].median())
    without = int((have & ~want).sum())
    return {
        "accounts": without,
        "value": without * share * spent / 1e6,
        "share": share,
        "spent": spent,
    }


def _value(book: Book) -> dict[str, float]:
    found = _feature(book)
    return {name: found[name] for name in ("accounts", "value")}


def _without_chance(book: Book) -> dict[str, float]:
    found = _feature(book)
    return {"value": found["accounts"] * found["spent"] / 1e6}


def _of_everybody(book: Book) -> dict[str, float]:
    """With the share among all buyers in the place of that among those who hold the first."""
    wide, found = held_of(book), _feature(book)
    return {"value": found["accounts"] * float((wide[FEATURE] > 0).mean()) * found["spent"] / 1e6}


def _mean_spent(book: Book) -> dict[str, float]:
    wide, found = held_of(book), _feature(book)
    mean = float(wide.loc[wide[FEATURE] > 0, FEATURE].mean())
    return {"value": found["accounts"] * found["share"] * mean / 1e6}


def _all_without(book: Book) -> dict[str, float]:
    wide = held_of(book)
    return {"accounts": int((wide[FEATURE] == 0).sum())}


_bar_is_sound = sound_bar(lambda bar: bar > 0, "million yuan a year, above 0.")


_follows = by_the_bar("value", "yes", operator.gt, "the value is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    wide, found = held_of(book), _feature(book)
    have, want = wide[HAVE] > 0, wide[FEATURE] > 0
    n = int(have.sum())
    spread = float(np.sqrt(found["share"] * (1 - found["share"]) / n))
    everybody = float(want.mean())
    return {
        "yes": [
            f"{percent(found['share'], 0)} of the {count(n, 'holder')} of {HAVE} buy {FEATURE}, "
            f"of all buyers {percent(everybody, 0)}.",
            f"{count(int(found['accounts']), 'account')} with {HAVE} lack it; half of all holders of "
            f"{FEATURE} spend {money(found['spent'])} a year or more.",
        ],
        "no": [
            "The share is that of those who chose it themselves. Who has not may have a reason.",
            f"Chance alone moves that share by {100 * 1.96 * spread:.0f} points to each side.",
            "It is revenue, not margin, and what the feature costs to run is not in it.",
        ],
    }


@lru_cache(maxsize=4)
def months_of(book: Book) -> pd.Series:
    """Sales by month of line B, or of all lines where there is none."""
    if not book.has("ledger", "date"):
        raise ValueError("its ledger has no date")
    rows = book.rollup(period="month")
    rows = rows[rows["period"] != ""]
    if LINE in set(rows["line"]):
        rows = rows[rows["line"] == LINE]
    months = rows.groupby("period")["revenue"].sum().sort_index()
    if len(months) < 2 * LAST + 1:
        raise ValueError(f"it has {len(months)} months; {2 * LAST + 1} are needed")
    return months


def _two_naive(months: pd.Series, scale: float | None = None) -> dict[str, float]:
    steps = (months.diff(LAST).iloc[:-LAST]).abs().mean() if scale is None else scale
    return {
        "naive": float(months.diff().tail(LAST).abs().mean() / steps),
        "seasonal": float(months.diff(LAST).tail(LAST).abs().mean() / steps),
    }


def _season(book: Book) -> dict[str, Any]:
    found = _two_naive(months_of(book))
    return {**found, "choice": CHOICES[int(found["seasonal"] < found["naive"])]}


def _by_months(book: Book) -> dict[str, float]:
    months = months_of(book)
    return _two_naive(months, float(months.diff().iloc[:-LAST].abs().mean()))


def _whole_scale(book: Book) -> dict[str, float]:
    months = months_of(book)
    return _two_naive(months, float(months.diff(LAST).abs().mean()))


def _all_lines(book: Book) -> dict[str, float]:
    rows = book.rollup(period="month", by_line=False)
    return _two_naive(rows[rows["period"] != ""].groupby("period")["revenue"].sum().sort_index())


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "15.1", "Two services and two months", "redo by hand",
        (
            Part("chance", "accounts that chance would let hold both: a count"),
            Part("lift", "of the pair: 2 decimals", 0.005),
            Part("mase", "of the two forecasts: 3 decimals", 0.002),
        ),
        _hand,
        (
            "If the two had nothing to do with each other, the share of both would be the product of the two shares.",
            "The lift is how many hold both over how many chance would let hold both.",
            "The MASE is the mean error without its sign, over the mean step without its sign from month to month before.",
        ),
        (
            Mistake(lambda book: {"lift": BOTH / TRAINING}, "This is the confidence: the share of training's holders that hold maintenance. Divide it by the share of all accounts that do."),
            Mistake(lambda book: {"lift": BOTH / MAINTENANCE}, "This is the confidence the other way round. The lift takes both shares into account."),
            Mistake(lambda book: {"lift": BOTH / ACCOUNTS}, "This is the support: the share that holds both."),
            Mistake(lambda book: {"chance": BOTH}, "This is how many do hold both. Chance knows only the two totals."),
            Mistake(lambda book: {"mase": demand.mase(CAME[:1], SAID[:1], HISTORY)}, "This is the error of the first of the two months alone. Take the mean of both."),
            Mistake(lambda book: {"mase": _off(book)}, "This is the mean error itself. Set it beside the steps of the months before."),
            Mistake(lambda book: {"mase": _off(book) / float(np.mean(HISTORY))}, "This is the error over the mean of the months. The MASE takes their steps."),
            Mistake(lambda book: {"mase": _off(book) / float(np.mean(np.abs(np.subtract(CAME, HISTORY[-1]))))}, "This is the error over that of the naive forecast in the same two months. The MASE takes the steps of the months before."),
        ),
    ),
    Exercise(
        "15.2", "The best fifth in the place of the best tenth", "change an assumption",
        (
            Part("slope", "percent of potential per percent of size: 3 decimals", 0.002),
            Part("gap", "of all accounts below the line: million yuan, 1 decimal", 0.005, relative=True),
        ),
        _gaps,
        (
            "Take the logarithms of size and of purchases, of the accounts that buy.",
            "`QuantReg(y, X).fit(q=0.8)` of statsmodels gives the line; `X` holds a column of ones and the logarithm of the size.",
            "Draw the potential for every account of known size, also for those that buy nothing. Where an account buys more than its potential the gap is nothing.",
        ),
        (
            Mistake(lambda book: _gaps(book, 0.9), "This is the quantile of the lesson. The best fifth is asked: 0.8."),
            Mistake(_mean_line, "This is the line through the middle (least squares). Potential is what the best-served buy: a high quantile."),
            Mistake(_net_gap, "Here accounts above the line pay for those below. A gap is nothing where an account buys more than its potential."),
            Mistake(_buyers_only, "These are the gaps of those that buy. Accounts that buy nothing have a potential too."),
        ),
    ),
    Exercise(
        "15.3", "The colleague's audit", "find the fault",
        (
            Part("fault", choices=("lead", "logarithm", "sign", "client")),
            Part("off", "mean error of that client: fraction, 3 decimals", 0.001),
        ),
        _audit,
        (
            "About which month does a client speak in March?",
            "What a client says goes with what it buys two months later: shift one of the two.",
            "`said[name].shift(2)` stands beside the month that it is about. Take the mean of the logarithms of said over came, without their sign, and go back with `np.expm1`.",
        ),
        (
            Mistake(lambda book: {"off": colleague(*forecasts_of(book))[1]}, "This is the colleague's own number: the word beside the month in which it was said."),
            Mistake(lambda book: _shifted(book, -LEAD), "This sets the word beside the month two months before it was said. Shift it the other way."),
            Mistake(_signed, "Here months above and below cancel out: that is the bias. How far off a month is has no sign."),
            Mistake(_best_after, "This is another client: the one that is least off after the shift. The colleague's client is asked."),
            Mistake(lambda book: _shifted(book, 1), "This is one month later. The lesson finds a lead of two."),
            Mistake(lambda book: {"fault": "logarithm"}, "The mean of logarithms is a fair way to average ratios. Look further."),
            Mistake(lambda book: {"fault": "sign"}, "An error without its sign is what was meant. Look further."),
            Mistake(lambda book: {"fault": "client"}, "The clients are the same in both tables. Look further."),
        ),
    ),
    Exercise(
        "15.4", "What is the feature worth?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "revenue a year for which it is worth building: million yuan", own=True),
            Part("accounts", "with storage and without monitoring: a count"),
            Part("value", "of the feature a year: million yuan, 2 decimals", 0.005, relative=True),
            DEFENCE,
        ),
        _value,
        (
            "Set `bar` before you look. What would the feature have to bring a year?",
            "Who holds storage and no monitoring could use it. Which share of storage's holders buys monitoring?",
            "The value is the number of accounts, times that share, times the median of what monitoring's holders spend on it.",
        ),
        (
            Mistake(_without_chance, "This takes it that each of them buys. Only a share of storage's holders does."),
            Mistake(_of_everybody, "This is the share among all buyers. Among those who hold storage it is another."),
            Mistake(_mean_spent, "This is the mean of what its holders spend on it, which a few large accounts make. Take the median."),
            Mistake(_all_without, "These are all without monitoring. Take those that hold storage."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "15.5", "Another book, another season", "another book",
        (
            Part("naive", "MASE of the naive forecast, one month ahead: 2 decimals", 0.01),
            Part("seasonal", "MASE of the seasonal naive forecast: 2 decimals", 0.01),
            Part("choice", choices=CHOICES),
        ),
        _season,
        (
            "Add the sales of line B up by month. The last twelve months are forecast, each from the months before it.",
            "The naive forecast of a month is the month before; the seasonal one the same month of the year before.",
            "Both errors are divided by the same scale: the mean absolute change against the year before, in the months before the last twelve.",
        ),
        (
            Mistake(_by_months, "This takes the steps from month to month for the scale. The task asks for the steps from year to year, for both."),
            Mistake(_whole_scale, "Here the scale knows the months that are forecast. Take the months before them only."),
            Mistake(_all_lines, "These are all lines. Line B is asked."),
            Mistake(lambda book: {"choice": "naive"}, "Compare the two errors: the smaller is the better one."),
        ),
    ),
    Question("15.q1", "Four out of five", "b"),
    Question("15.q2", "A line of ninety percent", "c"),
    Question("15.q3", "Who was chosen for the campaign", "a"),
)  # fmt: skip
