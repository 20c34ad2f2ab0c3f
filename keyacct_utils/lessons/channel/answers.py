"""Exercises of lesson 18: distributors."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.channel import diversion, platforms
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

#: The story of 18.1: customers, and what they take together.
WHOLESALERS, SHOPS, HELD = 3, 80, 0.66
#: Freight of 18.2, the year of 18.3, the last working days of 18.5 and the peak that matters.
FREIGHT, YEAR, LAST, PEAK = 1.5, 2023, 4, 0.10
VERDICTS = ("peak", "no peak")


def _two(book: Book) -> dict[str, float]:
    few, many = (
        platforms.downstream_concentration([HELD / number] * number, 1.0)
        for number in (WHOLESALERS, SHOPS)
    )
    return {"few": few.hhi, "many": many.hhi, "lost": few.largest}


def _of_the_named(book: Book) -> dict[str, float]:
    return {"few": 1 / WHOLESALERS, "many": 1 / SHOPS}


def _with_the_rest(book: Book) -> dict[str, float]:
    rest = (1 - HELD) ** 2
    return {"few": _two(book)["few"] + rest, "many": _two(book)["many"] + rest}


def _need(book: Book, *tables: str) -> None:
    if lacking := [name for name in tables if not book.has(name)]:
        raise ValueError(f"it has no {lacking[0]}; take the bundled book linjiang")


@lru_cache(maxsize=8)
def gates(book: Book, times: float = FREIGHT, rebate: bool = True) -> pd.DataFrame:
    """Each way out of each district, at another freight."""
    _need(book, "distributors", "district_prices", "district_freight")
    shops = book.table("distributors")
    if not {"price", "rebate_pct"} <= set(shops):
        raise ValueError("its distributors have no price or rebate; take the bundled book linjiang")
    offers = shops.assign(rebate=shops["rebate_pct"] / 100 if rebate else 0.0)
    prices = book.table("district_prices").set_index("district")["price"]
    return diversion.arbitrage(offers, prices, book.table("district_freight"), times)


def _who_could(book: Book, times: float = FREIGHT, rebate: bool = True) -> dict[str, float]:
    found = gates(book, times, rebate)
    return {
        "count": int(found.loc[found["open"], "distributor_id"].nunique()),
        "gain": float(found["gain"].max()),
    }


def _twice(book: Book) -> dict[str, float]:
    """The gain at twice the freight; so many gates are open without the rebate too."""
    return {"gain": _who_could(book, 2.0)["gain"]}


def _ways(book: Book) -> dict[str, int]:
    return {"count": int(gates(book)["open"].sum())}


@lru_cache(maxsize=8)
def scanned(book: Book, year: int | None = YEAR, chains: bool = True) -> pd.DataFrame:
    """Shares outside in a year (or in all of them), with or without what chains carry."""
    _need(book, "scans", "distributors", "downstream")
    rows = book.table("scans")
    if "chain" not in rows or "chain" not in book.table("downstream"):
        raise ValueError("its scans name no chains; take the bundled book linjiang")
    if year is not None:
        rows = rows[pd.to_datetime(rows["date"]).dt.year == year]
    if not len(rows):
        raise ValueError(f"it has no scans of {year}; take the bundled book linjiang")
    home = book.table("distributors").set_index("distributor_id")["district"]
    explained = diversion.chain_flow(rows, book.table("downstream")) if chains else None
    return diversion.out_of_district(rows, home, explained)


def accused(book: Book) -> str:
    """Whom the colleague of 18.3 flags, and the chains clear: of them the one farthest above."""
    naive, right = scanned(book, chains=False), scanned(book)
    cleared = naive[naive["flagged"] & ~right["flagged"].reindex(naive.index, fill_value=False)]
    if not len(cleared):
        raise ValueError("nobody is cleared by his chains; take the bundled book linjiang")
    return str(cleared["z"].idxmax())


def _cleared(book: Book) -> dict[str, Any]:
    who, right = accused(book), scanned(book)
    return {
        "fault": "chains",
        "flagged": int(right["flagged"].sum()),
        "share": float(right["share"][who]),
    }


def _his_own(book: Book) -> dict[str, float]:
    naive = scanned(book, chains=False)
    return {"share": float(naive["share"][accused(book)])}


def _his_count(book: Book) -> dict[str, int]:
    return {"flagged": int(scanned(book, chains=False)["flagged"].sum())}


def _of_all_scans(book: Book) -> dict[str, float]:
    """The explained ones taken out above the line, and left in below it."""
    row = scanned(book).loc[accused(book)].to_dict()
    return {"share": float((row["outside"] - row["abroad"]) / row["scans"])}


def _only_abroad(book: Book) -> dict[str, float]:
    """The explained ones at home left in below the line."""
    row = scanned(book).loc[accused(book)].to_dict()
    return {"share": float((row["outside"] - row["abroad"]) / (row["scans"] - row["abroad"]))}


def _farthest(book: Book) -> tuple[str, pd.DataFrame]:
    found = scanned(book, None)
    return str(found["share"].idxmax()), found


def _letter(book: Book) -> dict[str, float]:
    who, found = _farthest(book)
    return {"share": float(found["share"][who]), "usual": float(found["share"].median())}


def _mean_of_all(book: Book) -> dict[str, float]:
    return {"usual": float(_farthest(book)[1]["share"].mean())}


def _with_chains(book: Book) -> dict[str, float]:
    found = scanned(book, None, chains=False)
    return {"share": float(found["share"].max())}


def _no_chain_store(book: Book) -> dict[str, float]:
    """Without any store of a chain, be he its supplier or not."""
    rows, home = book.table("scans"), book.table("distributors").set_index("distributor_id")
    in_a_chain = rows["chain"].notna() & (rows["chain"] != "")
    found = diversion.out_of_district(rows, home["district"], in_a_chain)
    return {"share": float(found["share"].max())}


def _of_last_year(book: Book) -> dict[str, float]:
    found = scanned(book, YEAR)
    return {"share": float(found["share"].max())}


_bar_is_sound = sound_bar(
    lambda bar: 0 < bar < 1, "a share of the cases found lies between 0 and 1."
)


_follows = by_the_bar("share", "yes", operator.gt, "the share is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    who, found = _farthest(book)
    bar, row = float(answer["bar"]), found.loc[who].to_dict()
    above = int((found["share"] > bar).sum())
    yes = [
        f"{percent(float(row['share']))} of the goods of {who} turn up outside his district, of the "
        f"usual distributor {percent(float(found['share'].median()))}."
    ]
    no = [
        "A scan says where goods were found, not who carried them there.",
        f"Inspectors found {count(int(row['counted']), 'case')} of his: if they looked where they "
        "suspected, the share is theirs and not his.",
    ]
    if above:
        yes.append(
            f"Above your bar lie {count(above, 'distributor')} of {len(found)}, what chains carry "
            "left out."
        )
    else:
        no.append(f"Above your bar lies none of {len(found)}, what chains carry left out.")
    if row["judged"] and not row["flagged"]:
        yes[0] = "He is the farthest of all: if anybody is written to, it is he."
        no.append("He lies within what honest distributors differ by.")
    return {"yes": yes, "no": no}


@lru_cache(maxsize=8)
def _last_days(
    book: Book,
    last: int = LAST,
    working: bool = True,
    own: bool = False,
    calendar: bool = True,
) -> dict[str, Any]:
    """Share of the sales in the last days of the months, and the even share of these days; where
    asked for by days of the calendar, of its own period, or Monday to Friday whatever it says.
    """
    if not book.has("ledger", "date"):
        raise ValueError("its ledger has no date; take the bundled book yunhe")
    start, end = book.period_dates() if own else (None, None)
    rows = book.rollup(period="day", by_line=False, start=start, end=end)
    sold = rows[rows["period"] != ""].groupby("period")["revenue"].sum()
    if not len(sold) or not sold.sum() > 0:
        raise ValueError("its sales do not add up to more than 0; take the bundled book yunhe")
    sold.index = pd.DatetimeIndex(sold.index)
    months = sold.index.to_period("M")
    days = pd.date_range(months.min().start_time, months.max().end_time.normalize(), freq="D")
    if working:
        days = days[_worked(book, days) if calendar else days.day_of_week < 5]
    ends = pd.Series(days, index=days.to_period("M")).groupby(level=0).tail(last)
    first = ends.groupby(level=0).min()
    late = sold.index >= pd.DatetimeIndex(first.reindex(months).to_numpy())
    share, even = float(sold[late].sum() / sold.sum()), len(ends) / len(days)
    choice = VERDICTS[0] if share > even + PEAK else VERDICTS[1]
    by_month = ends.groupby(level=0).size() / days.to_period("M").value_counts()
    return {"share": share, "even": even, "choice": choice, "mean": float(by_month.mean())}


def _of_the_book(book: Book) -> dict[str, Any]:
    found = _last_days(book)
    return {name: found[name] for name in ("share", "even", "choice")}


def _worked(book: Book, days: pd.DatetimeIndex) -> Any:
    """Working days by the calendar; Monday to Friday where there is none."""
    found = pd.Series(days.day_of_week < 5, index=days)
    if book.has("calendar", "workday"):
        table = book.table("calendar")
        known = pd.Series(table["workday"].to_numpy() == 1, index=pd.DatetimeIndex(table["date"]))
        known = known[known.index.isin(days)]
        found.loc[known.index] = known.to_numpy()
    return found.to_numpy()


def _numbers(made: dict[str, Any]) -> dict[str, float]:
    return {name: made[name] for name in ("share", "even")}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "18.1", "Three wholesalers and eighty shops", "redo by hand",
        (
            Part("few", "sum of squared shares of the three: fraction, 4 decimals", 0.0001),
            Part("many", "of the eighty: fraction, 4 decimals", 0.0001),
            Part("lost", "volume lost with one of the three: fraction, 3 decimals", 0.001),
        ),
        _two,
        (
            "Each of the three takes a third of 66 % of the whole volume.",
            "Square that share and multiply by three. Do the same for the eighty.",
            "The buyers whom nobody named are many and small: they add almost nothing to the sum.",
        ),
        (
            Mistake(_of_the_named, "These are shares of what the named buyers take. Take shares of the whole volume: 34 % of it goes to others."),
            Mistake(_with_the_rest, "This counts all who are not named as one buyer. That is the most it can be; here they are many and small."),
            Mistake(lambda book: {"lost": 1 / WHOLESALERS}, "This is a third of what the three take. How much is it of the whole volume?"),
            Mistake(lambda book: {"lost": HELD}, "This is all three of them. One is asked."),
        ),
    ),
    Exercise(
        "18.2", "When freight rises by half", "change an assumption",
        (
            Part("count", "distributors with an open gate: a count"),
            Part("gain", "the largest gain of a unit: yuan, 2 decimals", 0.01),
        ),
        _who_could,
        (
            "Landed is price less rebate, plus one and a half times the freight from his district.",
            "`district_freight` has a row for each way; merge it with `distributors` by the district he is in, and with `district_prices` by the one he goes to.",
            "A distributor counts once, however many ways are open to him. The gain is local price less landed.",
        ),
        (
            Mistake(lambda book: _who_could(book, 1.0), "This is freight as it is, as in the lesson. It shall rise by half."),
            Mistake(lambda book: _who_could(book, rebate=False), "This forgets the rebate, which makes his price lower."),
            Mistake(_twice, "This is twice the freight. It rises by half."),
            Mistake(_ways, "These are ways, from one district to another. Distributors are asked, each once."),
        ),
    ),
    Exercise(
        "18.3", "The colleague's list", "find the fault",
        (
            Part("fault", choices=("chains", "median", "limit", "district")),
            Part("flagged", "distributors that a sound list names: a count"),
            Part("share", "outside, of that one: fraction, 3 decimals", 0.001),
        ),
        _cleared,
        (
            "Look at where the goods of those on his list were found. Is anything special about the shops?",
            "A case in a store of a chain that the distributor supplies counts neither way, be the store abroad or at home: take it out above and below the line.",
            "`ch.chain_flow(scans, downstream)` says which scans these are; `ch.out_of_district` takes it as `explained`.",
        ),
        (
            Mistake(_his_own, "This is the colleague's own number."),
            Mistake(_his_count, "This is as long as the colleague's list."),
            Mistake(_of_all_scans, "These cases are out of the number above, and still in the number below: take them out of both."),
            Mistake(_only_abroad, "These are out above the line, and below it only those abroad. A case in such a store at home counts neither way too. If you left out both: all years give nearly this number, and the colleague takes 2023."),
            Mistake(lambda book: {"fault": "median"}, "The median is right: those who divert pull up a mean themselves. Look further."),
            Mistake(lambda book: {"fault": "limit"}, "Three standard deviations is a choice, and a fair one. Look further."),
            Mistake(lambda book: {"fault": "district"}, "His districts are those of the contracts. Look further."),
        ),
    ),
    Exercise(
        "18.4", "A letter to the farthest?", "decide and defend",
        (
            Part("choice", choices=("yes", "no")),
            Part("bar", "share outside from which on you write: fraction", own=True),
            Part("share", "of the distributor with the highest: fraction, 3 decimals", 0.001),
            Part("usual", "median of all distributors: fraction, 3 decimals", 0.001),
            DEFENCE,
        ),
        _letter,
        (
            "Set `bar` before you look. What share outside would you expect of an honest distributor at a border?",
            "Take all scans of the book, and leave out those in stores of chains that the distributor supplies.",
            "`ch.out_of_district` gives the share of each; take the highest and the median.",
        ),
        (
            Mistake(_mean_of_all, "This is the mean. Those who divert pull it up themselves: take the median."),
            Mistake(_with_chains, "This counts what chains carry. Leave it out."),
            Mistake(_no_chain_store, "This leaves out every store of a chain. Leave out those of chains that the distributor supplies: the store of another one is a fine place to hide."),
            Mistake(_of_last_year, "This is of the scans of 2023. Take all of them."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "18.5", "The last four days", "another book",
        (
            Part("share", "of the sales in these days: fraction, 3 decimals", 0.001),
            Part("even", "of the working days that they are: fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _of_the_book,
        (
            "`other.rollup(period=\"day\", by_line=False)` gives sales by day; `other.table(\"calendar\")` says which days are worked.",
            "Of the working days of each month take the last four: `groupby(month).tail(4)`. Sales from the first of them to the end of the month count.",
            "Even is four times the number of months over all their working days. Compare with ten points more.",
        ),
        (
            Mistake(lambda book: _numbers(_last_days(book, 5)), "These are the last five days, as in the lesson. Four are asked."),
            Mistake(lambda book: _numbers(_last_days(book, LAST, False)), "These are days of the calendar. Take working days."),
            Mistake(lambda book: _numbers(_last_days(book, calendar=False)), "These are days from Monday to Friday. The book has a calendar: a holiday is no working day, and some weekends are."),
            Mistake(lambda book: {"even": _last_days(book)["mean"]}, "This is the mean over the months. Take four times their number over all their working days, as the share of the sales is over all months."),
            Mistake(lambda book: {"share": _last_days(book, LAST, True, True)["share"]}, "This is the period that the book declares. Take all its rows."),
        ),
    ),
    Question("18.q1", "One month in seven", "c"),
    Question("18.q2", "An open gate", "b"),
    Question("18.q3", "Bills of the last day", "d"),
)  # fmt: skip
