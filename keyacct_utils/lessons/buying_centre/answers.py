"""Exercises of lesson 13: the buying centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.buying_centre import losses, maps, people
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.showing.words import money

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The five people of 13.1, and the six of its map.
POWER, STANCE = (8.0, 5.0, 3.0, 2.0, 2.0), (-1.0, -2.0, 2.0, 1.0, 2.0)
TIES = ("AB", "BC", "CD", "DE", "CF")
#: Days of 13.2, and of the lesson.
WITHIN, USUAL = 270, 365
#: The day before which departures count in 13.3, and from which on in 13.5.
CUT, LATE = "2023-01-01", "2024-01-01"
#: The programme of 13.4: accounts, chance that a person leaves in a year, part that a lost account
#: buys less, cost in currency.
FIRST, LEAVE, PART, COST = 20, 0.15, 0.4, 200_000
VERDICTS = ("more is lost", "less is lost", "cannot be told")


def napkin() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The people of 13.1 with power and stance, and those of its map with their measures."""
    five = pd.DataFrame(
        {"contact_id": list("PQRST"), "account_id": "X", "power": POWER, "stance": STANCE}
    )
    six = pd.DataFrame({"contact_id": list("ABCDEF"), "account_id": "X"})
    edges = pd.DataFrame([tuple(pair) for pair in TIES], columns=["from_id", "to_id"])
    return people.support(five), maps.influence(six, edges)


def _by_hand(book: Book) -> dict[str, float]:
    weighted, placed = napkin()
    return {
        "support": float(weighted["weighted"].iloc[0]),
        "between": float(placed["betweenness"]["C"]),
    }


def _need(book: Book, table: str, *columns: str) -> None:
    if not book.has(table, *columns):
        lacks = table if not book.has(table) else f"{table}.{', '.join(columns)}"
        raise ValueError(f"it has no {lacks}; take the bundled book linjiang")


@lru_cache(maxsize=8)
def hanging(book: Book, within: int = USUAL, days: bool = True) -> pd.DataFrame:
    """Threads of each account, with sales of the book's period; every name counts without days."""
    _need(book, "contacts", "last_contact")
    _need(book, "ledger")
    if book.as_of is None:
        raise ValueError("it has no as_of, the day of the look; write one into its book.toml")
    contacts = book.counted("contacts")
    if not days:
        contacts = contacts.drop(columns="last_contact")
    return people.threads(contacts, sales(book), book.as_of, within=within)


@lru_cache(maxsize=4)
def rows_of(book: Book, at_stake: bool = False) -> pd.DataFrame:
    """Sales and margin of the book's period by account: of all lines, or of that which the
    departures tell of.
    """
    start, end = book.period_dates()
    line = None
    if at_stake:
        _need(book, "departures")
        if book.has("departures", "line"):
            named = book.counted("departures")["line"].dropna().unique()
            if len(named) > 1:
                raise ValueError("its departures tell of several lines; take the book linjiang")
            line = str(named[0]) if len(named) else None
    rows = book.rollup(start=start, end=end, by_line=False, line=line)
    return rows.set_index("account_id")[["revenue", "margin"]].astype(float)


def sales(book: Book) -> pd.Series:
    """Sales above zero, by account; who bought nothing has none."""
    sold = rows_of(book)["revenue"].clip(lower=0)
    return sold.reindex(
        sold.index.union(pd.Index(book.counted("contacts")["account_id"].unique())), fill_value=0.0
    )


def _window(book: Book, within: int = WITHIN, days: bool = True) -> dict[str, Any]:
    table = hanging(book, within, days)
    whole = float(table["money"].sum())
    if whole <= 0:
        raise ValueError("nothing was sold in its period; take the bundled book linjiang")
    return {
        "share": float(table.loc[table["single"], "money"].sum()) / whole,
        "nobody": int(table["nobody"].sum()),
    }


def _of_accounts(book: Book) -> dict[str, float]:
    return {"share": float(hanging(book, WITHIN)["single"].mean())}


def _of_services(book: Book) -> dict[str, float]:
    """With sales of the line that the departures tell of."""
    held = rows_of(book, True)["revenue"].clip(lower=0)
    return {"share": _share_of(book, held)}


def _of_the_days(book: Book) -> dict[str, float]:
    """With the sales since a year before the day of the look, of which the ledger may lack some."""
    since = pd.Timestamp(str(book.as_of)) - pd.Timedelta(days=USUAL)
    rows = book.rollup(start=since.date(), end=book.as_of, by_line=False)
    return {"share": _share_of(book, rows.set_index("account_id")["revenue"].clip(lower=0))}


def _share_of(book: Book, money: pd.Series) -> float:
    table = hanging(book, WITHIN)
    held = money.reindex(table.index).fillna(0.0).astype(float)
    if held.sum() <= 0:
        raise ValueError("nothing of the kind was sold")
    return float(held[table["single"]].sum() / held.sum())


def _with_nobody(book: Book) -> dict[str, float]:
    table = hanging(book, WITHIN)
    chosen = table["single"] | table["nobody"]
    return {"share": float(table.loc[chosen, "money"].sum() / table["money"].sum())}


def cases(book: Book, early: bool) -> pd.DataFrame:
    """Departures before 2023, or from 2024 on."""
    _need(book, "departures", "date")
    rows = book.counted("departures")
    day = rows["date"]
    chosen = rows[day < pd.Timestamp(CUT) if early else day >= pd.Timestamp(LATE)]
    single = chosen["threads"] == 1
    if not single.any() or not (chosen["threads"] > 1).any():
        raise ValueError(
            f"it has no departures of either kind before {CUT}"
            if early
            else f"it has no departures of either kind from {LATE} on"
        )
    return chosen


def loss(book: Book, early: bool = True) -> losses.Loss:
    """What these departures did."""
    return losses.departure_loss(cases(book, early))


def _today(book: Book) -> float:
    """The colleague's gap: people counted in today's file."""
    now = hanging(book)["threads"]
    rows = cases(book, True)
    return losses.departure_loss(rows.assign(threads=rows["account_id"].map(now))).gap.value


def _fault(book: Book) -> dict[str, Any]:
    return {"fault": "today", "gap": loss(book).gap.value}


def _pooled(book: Book) -> dict[str, float]:
    """All departures, whenever."""
    return {"gap": losses.departure_loss(book.counted("departures")).gap.value}


def _left_aside(book: Book) -> dict[str, float]:
    """Threads without the one who left."""
    rows = cases(book, True)
    return {
        "gap": losses.departure_loss(rows.assign(threads=rows["threads"] - 1)).gap.value,
    }


def _turned_round(book: Book) -> dict[str, Any]:
    """The colleague's gap with its sign turned, by who saw the fault there."""
    return {"fault": "sign", "gap": -_today(book)}


def _ratio(book: Book) -> dict[str, float]:
    share = loss(book).table["share"]
    return {"gap": float(share["single"] / share["more"])}


def _twenty(book: Book, at_stake: bool = True, first: int | None = FIRST) -> pd.DataFrame:
    """Sales and margin of the single threads with most sales of the line, or of all lines."""
    table = hanging(book)
    alone = table.index[table["single"]]
    rows = rows_of(book, at_stake).reindex(alone.sort_values()).fillna(0.0)
    rows = rows.sort_values("revenue", ascending=False, kind="stable")
    return rows.head(first) if first else rows


def _programme(
    book: Book,
    first: int | None = FIRST,
    leave: float = LEAVE,
    of: str = "margin",
    part: float = PART,
    at_stake: bool = True,
) -> dict[str, float]:
    """What a second thread keeps at the first accounts with one: expected, and at the low end."""
    hanging(book)  # says first what it lacks of people
    _need(book, "ledger", "cost_goods")
    amount = float(_twenty(book, at_stake, first)[of].sum())
    gap = losses.departure_loss(book.counted("departures")).gap
    if amount <= 0:
        raise ValueError("no account with margin hangs on one person; take linjiang")
    amount *= leave * part / 1e6
    return {"kept": amount * gap.value, "low": amount * gap.low}


def _all_lines_of_these(book: Book) -> dict[str, float]:
    """With the margin of all lines of the same accounts: the rate was counted on one line."""
    _need(book, "ledger", "cost_goods")
    margin = rows_of(book)["margin"].reindex(_twenty(book).index).fillna(0.0).sum()
    gap = losses.departure_loss(book.counted("departures")).gap
    amount = float(margin) * LEAVE * PART / 1e6
    return {"kept": amount * gap.value, "low": amount * gap.low}


def _others_services(book: Book) -> dict[str, float]:
    """With the services of the accounts that buy most of all lines."""
    _need(book, "ledger", "cost_goods")
    chosen = _twenty(book, at_stake=False).index
    margin = rows_of(book, True)["margin"].reindex(chosen).fillna(0.0).sum()
    gap = losses.departure_loss(book.counted("departures")).gap
    amount = float(margin) * LEAVE * PART / 1e6
    return {"kept": amount * gap.value, "low": amount * gap.low}


def _by_the_rate(book: Book) -> dict[str, float]:
    """With how often single accounts are lost, in place of how much oftener."""
    share = losses.departure_loss(book.counted("departures")).table["share"]
    gap = losses.departure_loss(book.counted("departures")).gap.value
    return {"kept": _programme(book)["kept"] / gap * float(share["single"])}


def _by_the_rates_low(book: Book) -> dict[str, float]:
    """With the low end of the single accounts' own share."""
    table = losses.departure_loss(book.counted("departures")).table
    gap = losses.departure_loss(book.counted("departures")).gap.value
    return {"low": _programme(book)["kept"] / gap * float(table["low"].iloc[0])}


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if own["bar"] > 0:
        return ""
    return f"`bar` is {own['bar']:g}: what is kept per yuan spent is a number above 0."


def _follows(book: Book, answer: Mapping[str, Any]) -> str:
    reached = float(answer["low"]) * 1e6 / COST
    if (answer["choice"].strip().casefold() == "run it") == (reached >= float(answer["bar"])):
        return ""
    return (
        f"Your numbers contradict your choice: at the low end {reached:.2f} is kept per yuan spent, "
        f"your bar is {float(answer['bar']):g}, and you say “{answer['choice']}”."
    )


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found = _programme(book)
    lines = float(rows_of(book)["revenue"].reindex(_twenty(book).index).fillna(0.0).sum())
    return {
        "run it": [
            f"Up to {money(found['kept'] * 1e6)} a year it would pay on average: at fewer accounts, "
            "or where a visit to somebody else costs no journey of its own.",
            f"The accounts of the programme buy {money(lines)} of all lines. If a person's "
            "leaving cost more than the line that was counted, it would show nowhere here.",
        ],
        "not now": [
            f"At the low end it keeps {money(found['low'] * 1e6)} of margin, on average "
            f"{money(found['kept'] * 1e6)}, for {money(COST)} spent.",
            "That a second thread made the difference is supposed, and the chance that a person "
            "leaves is a guess; both go into the number in proportion.",
        ],
    }


def _later(book: Book) -> dict[str, Any]:
    gap = loss(book, early=False).gap
    verdict = VERDICTS[0] if gap.low > 0 else VERDICTS[1] if gap.high < 0 else VERDICTS[2]
    return {"gap": gap.value, "low": gap.low, "choice": verdict}


def _textbook(book: Book) -> dict[str, float]:
    """The interval of plus and minus two standard errors."""
    table = loss(book, early=False).table
    error = float((table["share"] * (1 - table["share"]) / table["cases"]).sum() ** 0.5)
    return {"low": loss(book, early=False).gap.value - 1.959964 * error}


def _of_all(part: str) -> Callable[[Book], dict[str, float]]:
    def of(book: Book) -> dict[str, float]:
        gap = losses.departure_loss(book.counted("departures")).gap
        return {part: gap.value if part == "gap" else gap.low}

    return of


def _earlier(part: str) -> Callable[[Book], dict[str, float]]:
    def of(book: Book) -> dict[str, float]:
        gap = loss(book).gap
        return {part: gap.value if part == "gap" else gap.low}

    return of


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "13.1", "Five people, and six on a map", "redo by hand",
        (
            Part("support", "stance weighted by power: 2 decimals", 0.005),
            Part("between", "betweenness of C: fraction, 2 decimals", 0.005),
        ),
        _by_hand,
        (
            "Power times stance, added up; divided by the sum of the powers.",
            "Write down the ten pairs of the five others. For how many does the shortest way lead through C?",
            "A and B meet without C; D and E do too. All other pairs need C.",
        ),
        (
            Mistake(lambda book: {"support": sum(STANCE) / 5}, "This is the plain mean. Each stance counts by the person's power."),
            Mistake(lambda book: {"support": sum(p * s for p, s in zip(POWER, STANCE, strict=True)) / 5}, "You divided by the number of people. Divide by the sum of the powers."),
            Mistake(lambda book: {"support": sum(p * s for p, s in zip(POWER, STANCE, strict=True))}, "This is the sum. Divide it by the sum of the powers."),
            Mistake(lambda book: {"support": sum(p * s for p, s in zip(POWER, STANCE, strict=True) if s > 0) / sum(POWER)}, "You left out those who are against us."),
            Mistake(lambda book: {"between": 3 / 5}, "This is the share of the others that C is tied to: its degree. Asked is how many pairs need C."),
            Mistake(lambda book: {"between": 8 / 15}, "You divided by all fifteen pairs. Those in which C is one of the two do not count: ten are left."),
            Mistake(lambda book: {"between": 13 / 15}, "You counted the pairs of C itself. Count the pairs of two others."),
            Mistake(lambda book: {"between": 4 / 10}, "This is the betweenness of B and of D. Asked is that of C."),
        ),
    ),
    Exercise(
        "13.2", "What if nine months count", "change an assumption",
        (
            Part("share", "of the sales that hangs on one person: fraction, 4 decimals", 0.0001),
            Part("nobody", "accounts at which nobody was met"),
        ),
        _window,
        (
            "`bc.threads(contacts, money, as_of, within=...)` gives the threads of each account.",
            "The money is a Series by account: `start, end = opened.period_dates()`, then `opened.rollup(start=start, end=end, by_line=False).set_index(\"account_id\")[\"revenue\"]`. The people are `opened.counted(\"contacts\")`.",
            "`single` marks the accounts with one thread; `nobody` those without any. `money` stands beside them.",
        ),
        (
            Mistake(lambda book: _window(book, USUAL), "This is with 365 days, as in the lesson. Here 270 are asked."),
            Mistake(_of_accounts, "This is the share of the accounts. Asked is that of the sales."),
            Mistake(_with_nobody, "You took in the accounts at which nobody was met. They hang on nobody."),
            Mistake(lambda book: _window(book, WITHIN, False), "You counted every name in the file, whenever it was met."),
            Mistake(_of_services, "These are sales of services alone. Asked are those of all lines."),
            Mistake(_of_the_days, "These are the sales since a year before the day of the look, and the ledger ends earlier. Asked are those of the book's period."),
        ),
    ),
    Exercise(
        "13.3", "The colleague sees no difference", "find the fault",
        (
            Part("fault", choices=("today", "period", "sign", "lost")),
            Part("gap", "lost, one thread less several: fraction, 3 decimals", 0.0006),
        ),
        _fault,
        (
            "When were the threads counted, and when did the person leave?",
            "The table of departures has a column of its own for it.",
            "`bc.departure_loss(cases).gap` gives the difference; take the departures before 2023 as they stand.",
        ),
        (
            Mistake(lambda book: {"gap": _today(book)}, "This is the colleague's own number."),
            Mistake(_pooled, "This is of all departures. The colleague takes those before 2023, and is right to."),
            Mistake(_left_aside, "Two ways lead here. Either the one who left was left out: the column counts the people met before, that one among them. Or this is the colleague's difference with its sign turned: the people of today are in it all the same."),
            Mistake(_turned_round, "You turned the sign of the colleague's difference. One less several is right; look at how the people were counted."),
            Mistake(_ratio, "This is a ratio. Asked is a difference of two shares."),
            Mistake(lambda book: {"gap": -loss(book).gap.value}, "This is several less one. Asked is one less several."),
            Mistake(lambda book: {"gap": float(loss(book).table["share"].iloc[0])}, "This is the share lost with one thread. Take off that with several."),
            Mistake(lambda book: {"fault": "period"}, "Departures before 2023 have had their six months long ago. Look further."),
            Mistake(lambda book: {"fault": "sign"}, "One less several is what is asked. Look further."),
            Mistake(lambda book: {"fault": "lost"}, "The outcome is that of each departure. Look further."),
        ),
    ),
    Exercise(
        "13.4", "A programme of second visits", "decide and defend",
        (
            Part("choice", choices=("run it", "not now")),
            Part("bar", "margin kept per yuan spent, at the low end: number", own=True),
            Part("kept", "margin kept in a year: million yuan, 4 decimals", 0.002, relative=True),
            Part("low", "the same at the low end of the interval: million yuan, 4 decimals", 0.002, relative=True),
            DEFENCE,
        ),
        _programme,
        (
            "Set `bar` before you look. Then: margin of services of the twenty accounts, times the chance that the person leaves, times 0.4, times the difference of the departures.",
            "`opened.rollup(start=start, end=end, by_line=False, line=\"S\")` has a column `margin`; `bc.departure_loss(...)` of all departures has `gap.value` and `gap.low`.",
            "The twenty are those with most sales of services among the accounts with one thread, within 365 days.",
        ),
        (
            Mistake(_all_lines_of_these, "This is the margin of all lines. The difference was counted on services: whoever ended them went on buying power."),
            Mistake(lambda book: _programme(book, at_stake=False), "These are the twenty with most sales of all lines, and their margin of all lines. The difference was counted on services: choose the twenty by services, and take the margin of those."),
            Mistake(_others_services, "These are the services of the twenty with most sales of all lines. The programme is for those with most sales of services."),
            Mistake(lambda book: _programme(book, part=1.0), "As if a lost account bought no services any more. It buys 0.4 less."),
            Mistake(lambda book: _programme(book, of="revenue"), "This is sales. Services cost something too: what is kept is margin."),
            Mistake(lambda book: _programme(book, None), "This is of all accounts with one thread. The programme is for twenty."),
            Mistake(lambda book: _programme(book, leave=0.1), "This is with a chance of 0.1, as in the lesson. Here it is 0.15."),
            Mistake(lambda book: _programme(book, leave=1.0), "As if every one of these people left. Multiply by the chance that one does."),
            Mistake(_by_the_rate, "You took how often such accounts are lost. Some are lost with two threads as well: take the difference."),
            Mistake(_by_the_rates_low, "You took the low end of how often such accounts are lost. Take that of the difference."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "13.5", "Half a year alone", "another book",
        (
            Part("gap", "one thread less several: fraction, 3 decimals", 0.0006),
            Part("low", "low end of its 95 % interval: fraction, 3 decimals", 0.0006),
            Part("choice", choices=VERDICTS),
        ),
        _later,
        (
            "`bc.departure_loss(cases).gap` has value, low and high.",
            "Take the departures from 1 January 2024 on.",
            "The verdict follows from the interval, not from the value.",
        ),
        (
            Mistake(_of_all("gap"), "This is of all departures. Take those from 2024 on."),
            Mistake(_earlier("gap"), "This is of the departures before 2023. Take those from 2024 on."),
            Mistake(_of_all("low"), "This is the low end of all departures. Take those from 2024 on."),
            Mistake(_earlier("low"), "This is the low end of the departures before 2023."),
            Mistake(_textbook, "This is the textbook's interval of plus and minus two standard errors. With few losses it is not good enough: take Newcombe's."),
            Mistake(lambda book: {"choice": "more is lost"}, "The interval holds zero, so nothing of the kind is shown."),
            Mistake(lambda book: {"choice": "less is lost"}, "For that the whole interval has to lie below zero."),
        ),
    ),
    Question("13.q1", "Thirteen names", "b"),
    Question("13.q2", "The clerk in the middle", "c"),
    Question("13.q3", "A small favour", "d"),
)  # fmt: skip
