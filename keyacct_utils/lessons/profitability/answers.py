"""Exercises of lesson 04: profitability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.optimize import nnls

from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.profitability.profit_actions import AGREE, DROP, PRICE, STARTS
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.showing.words import money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 04.1, million yuan a year; S003-9b has the 10 % and no base. The rival's 15 % is the story's.
SALES, DELIVERY, LEVEL, RIVAL = 163.0, 28.5, 0.10, 0.15
#: Interest a year: of the lesson, and of 04.2.
LESSON_INTEREST, INTEREST = 0.08, 0.13
#: Half-year plan: the largest rise, its length, a year, the longest plan tried. Drop or fix: the largest rise, what leaves.
PLAN_RISE, PLAN_MONTHS, YEAR, LONGEST, CAP, CONTROLLER = 0.12, 6, 12, 120, 0.06, 0.90
#: The team of 04.4, and the column of ones beside the counts: the cost that no driver moves.
TEAM, OWN = "T3", "every_pool"
VERDICTS = ("new customers", "five accounts", "everybody", "nobody")
#: How many accounts the head of sales names in 04.6.
FEW = 5


@lru_cache(maxsize=4)
def rows_of(book: Book) -> pd.DataFrame:
    """Revenue and cost per account and line in the book's own period."""
    if not book.has("ledger", "cost_goods"):
        raise ValueError(
            "its ledger has no cost_goods, so there is no profit; take the bundled book linjiang"
        )
    start, end = book.period_dates()
    return book.rollup(start=start, end=end)


@lru_cache(maxsize=4)
def bills_of(book: Book) -> pd.DataFrame:
    """Invoices issued in the period to the accounts that bought in it."""
    if not book.has("invoices", "issue", "due"):
        raise ValueError(
            "it has no invoices with issue and due, so no cost of credit; take the bundled book linjiang"
        )
    ids, bills = set(rows_of(book)["account_id"]), book.table("invoices")
    if book.has("accounts", "group_id") and ids & set(book.table("accounts")["group_id"].dropna()):
        raise ValueError(
            "it counts a group as one account, and its invoices do not; take the bundled book linjiang"
        )
    start, end = book.period_dates()
    within = (
        bills["issue"].between(pd.Timestamp(str(start)), pd.Timestamp(str(end))) if start else True
    )
    return bills[bills["account_id"].isin(list(ids)) & within]


def with_credit(book: Book, interest: float = INTEREST, **how: Any) -> pd.DataFrame:
    """Profit by account after credit from the sale to the due date, as exercise 04.2 charges it."""
    how = {"lag_days": pf.BILLING_LAG, **how}
    return pf.account_profit(rows_of(book), credit=pf.credit_cost(bills_of(book), interest, **how))


def _dearer(book: Book, interest: float = INTEREST, **how: Any) -> dict[str, float]:
    table = with_credit(book, interest, **how)
    limit = interest * table["gross_profit"].sum() / table["credit"].sum()
    return {
        "losing": int((table["profit"] < 0).sum()),
        "erosion": pf.erosion(table["profit"]),
        "limit": float(limit),
    }


@lru_cache(maxsize=4)
def yearly_of(book: Book, least: int = 2) -> pd.DataFrame:
    """Rows per account, line and full calendar year; ValueError for fewer than ``least`` such years."""
    if not book.has("ledger", "date", "cost_goods"):
        raise ValueError(
            "its ledger lacks date or cost_goods, so no two years can be compared; take the bundled book linjiang"
        )
    rows, (full, _) = book.rollup(period="year"), book.full_years()
    rows = rows[rows["period"].isin(list(full))]
    if rows["period"].nunique() < least:
        raise ValueError(
            f"it does not have {least} full calendar years; take the bundled book linjiang"
        )
    return rows


def _plan(
    book: Book,
    rise: float = PLAN_RISE,
    wait: int = 1,
    months_if: str = "stay",
    grows: bool = True,
    half: bool = False,
) -> dict[str, Any]:
    start, end = book.period_dates()
    if not start or not end or (end - start).days // 30 != YEAR:
        raise ValueError(
            "its period is not a year, and the plan counts gains a year; set period in book.toml"
        )
    actions = pf.action_list(pf.account_profit(rows_of(book)), max_rise=rise)
    asked, dropped = (actions[actions["action"] == name] for name in (PRICE, DROP))
    years = yearly_of(book).groupby("period")[["revenue", "cost"]].sum()
    fall = -float((years["revenue"] - years["cost"]).diff().min())

    def brought(months: int, refused: str) -> float:
        lost = asked["gain_if_dropped"].sum() if refused == "leave" else 0.0
        year = AGREE[PRICE] * asked["gain"].sum() + (1 - AGREE[PRICE]) * lost
        works = {name: max(months - wait * STARTS[name], 0) / YEAR for name in (PRICE, DROP)}
        return float(year * works[PRICE] + dropped["gain"].sum() * works[DROP])

    months = next(
        (
            n
            for n in range(1, LONGEST + 1)
            if brought(n, months_if)
            >= fall * (PLAN_MONTHS if half else n if grows else YEAR) / YEAR
        ),
        None,
    )
    if fall <= 0 or months is None:
        raise ValueError(
            "its gross profit never fell, or the plan never makes up for it; take the bundled book linjiang"
        )
    return {
        "stay": brought(PLAN_MONTHS, "stay"),
        "leave": brought(PLAN_MONTHS, "leave"),
        "months": months,
    }


def pools_of(book: Book, every: bool = False) -> tuple[pd.DataFrame, pd.Series]:
    """Driver counts and cost of the cost pools of one team; the last column is what every pool has."""
    if not book.has("cost_pools"):
        raise ValueError(
            "it has no cost_pools, so there are no rates; take the bundled book linjiang"
        )
    table = book.table("cost_pools").dropna()
    if (table["team"] != TEAM).all():
        raise ValueError(f"it has no cost pools of team {TEAM}; take the bundled book linjiang")
    table = table if every else table[table["team"] == TEAM]
    drivers = [str(name) for name in table if name not in ("month", "team", "cost")]
    if drivers == sorted(drivers):
        raise ValueError(
            "its drivers stand in the order of the alphabet, so the fault does not show; take linjiang"
        )
    return table[drivers].astype(float).assign(**{OWN: 1.0}), table["cost"]


def colleague(counts: pd.DataFrame, cost: pd.Series) -> pd.Series:
    """The faulty rates of exercise 04.4: fitted in the order of the alphabet, named in the order of the table."""
    drivers = [str(name) for name in counts if name != OWN]
    found, _ = nnls(counts[[*sorted(drivers), OWN]].to_numpy(), cost.to_numpy())
    return pd.Series(found, index=counts.columns)


def _rates(counts: pd.DataFrame, cost: pd.Series) -> pd.Series:
    return pf.recover_driver_rates(cost, counts, driverless=False, draws=1)["rate"]


def _miss_otherwise(book: Book, of: Callable[[pd.Series, pd.Series], float]) -> float:
    counts, cost = pools_of(book)
    return float(of(counts @ colleague(counts, cost) - cost, cost))


def _miss(book: Book, fit: Callable[[pd.DataFrame, pd.Series], pd.Series]) -> float:
    counts, cost = pools_of(book)
    return float(((counts @ fit(counts, cost) - cost).abs() / cost.where(cost > 0)).mean())


def _miss_of_all(book: Book) -> float:
    counts, cost = pools_of(book)
    return float((counts @ colleague(counts, cost) - cost).abs().sum() / cost.sum())


def _repaired(book: Book) -> dict[str, Any]:
    return {"fault": "names", "rates": _rates(*pools_of(book)), "miss": _miss(book, colleague)}


@lru_cache(maxsize=4)
def losers_of(book: Book) -> pd.DataFrame:
    """The accounts that are sold to below cost."""
    table = pf.account_profit(rows_of(book))
    if (table["profit"] >= 0).all():
        raise ValueError(
            "none of its accounts loses money, so there is nothing to decide; take the bundled book linjiang"
        )
    return table[table["profit"] < 0].assign(goods=table["revenue"] - table["gross_profit"])


def _actions(book: Book, leaves: float = CONTROLLER, rise: float = CAP) -> pd.DataFrame:
    return pf.action_list(
        pf.account_profit(rows_of(book)), max_rise=rise, avoidable_goods=leaves
    ).loc[losers_of(book).index]


def _evidence(book: Book) -> dict[str, Any]:
    none, whole = (_actions(book, part)["gain_if_dropped"].sum() for part in (0.0, 1.0))
    return {"actions": _actions(book)["action"], "break_even": float(-none / (whole - none))}


def _estimates_are_sound(own: Mapping[str, float]) -> str:
    if all(0 <= value <= 1 for value in own.values()):
        return ""
    return "`leaves` and `accept` are parts from 0 to 1: 0.5 is one half."


def _both_ways(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for dropping all loss-makers, and what for the list."""
    gains = {part: _actions(book, part)["gain_if_dropped"].sum() for part in (1.0, CONTROLLER)}
    listed, lost = _actions(book), -losers_of(book)["profit"].sum()
    asked = int((listed["action"] == PRICE).sum())
    return {
        "drop all": [
            f"The {len(listed)} loss-makers lose {money(lost)} a year. If all of the goods' cost "
            f"leaves, dropping them gains {money(gains[1.0])}.",
            "It needs nobody's consent.",
        ],
        "use the list": [
            f"If {percent(CONTROLLER, 0)} of the goods' cost leaves, dropping all changes the profit "
            f"by {money(gains[CONTROLLER])}; below {percent(_evidence(book)['break_even'])} it loses.",
            f"{asked} of the {len(listed)} could be mended by a rise of at most {percent(CAP, 0)}.",
        ],
    }


def _vote_follows(book: Book, answer: Mapping[str, Any]) -> str:
    leaves, accept, choice = (
        float(answer["leaves"]),
        float(answer["accept"]),
        answer["choice"].strip().casefold(),
    )
    listed = _actions(book, leaves)
    by_list = listed["gain"].where(listed["action"] == DROP, accept * listed["gain"]).sum()
    ahead = listed["gain_if_dropped"].sum() - by_list  # of dropping them all over the list
    if (ahead < 0) if choice == "drop all" else (ahead > 0):
        return f"Your numbers contradict your choice: at your own `leaves` and `accept` the other way gains more than “{choice}”."
    return ""


def worst_years(book: Book) -> tuple[int, int]:
    """Places of the neighbouring full years between which gross profit fell most."""
    years = yearly_of(book).groupby("period")[["revenue", "cost"]].sum()
    moved = (years["revenue"] - years["cost"]).diff().to_numpy()[1:]
    place = int(moved.argmin())
    return place, place + 1


def bridge_of(
    book: Book, years: tuple[int, int] | None = None, by_line: bool = True
) -> pd.DataFrame:
    """The bridge between two full years, with effect (price and unit cost) and fresh (bought nothing in the earlier year)."""
    rows, years = yearly_of(book), years or worst_years(book)
    if not by_line:
        amounts = ["revenue", "cost", "volume"]
        rows = rows.groupby(["account_id", "period"], as_index=False)[amounts].sum()
    periods = sorted(rows["period"].unique())
    before, after = (rows[rows["period"] == periods[place]] for place in years)
    bridge = pf.profit_bridge(
        before, after, base="volume" if book.has("ledger", "volume") else "revenue"
    )
    bridge = bridge.assign(
        effect=bridge["price"] + bridge["unit_cost"],
        fresh=~bridge["account_id"].isin(list(before["account_id"])),
    )
    if not bridge["effect"].sum():
        raise ValueError(
            "price and unit cost moved nothing between those years; take the bundled book yunhe"
        )
    return bridge


def _few(bridge: pd.DataFrame, by: list[str]) -> float:
    """Part of the effect that the worst few caused."""
    effect = bridge.groupby(by)["effect"].sum()
    return float(effect.nsmallest(FEW).sum() / effect.sum())


def _again(
    book: Book, years: tuple[int, int] | None = None, by_line: bool = True
) -> dict[str, float]:
    years = years or worst_years(book)
    sales = yearly_of(book).groupby("period")["revenue"].sum().to_numpy()
    bridge = bridge_of(book, years, by_line)
    change, effect = bridge["change"].sum(), bridge["effect"].sum()
    return {
        "sales": sales[years[1]] - sales[years[0]],
        "rest": change - effect,
        "price_cost": effect,
        "newcomers": bridge["effect"][bridge["fresh"]].sum() / effect,
        "five": _few(bridge, ["account_id"]),
    }


def _lines_together(book: Book) -> dict[str, float]:
    found = _again(book, by_line=False)
    return {name: value for name, value in found.items() if name != "sales"}


def _one_alone(book: Book, column: str) -> dict[str, float]:
    """The parts where the unit cost, or the price, is taken for the whole effect."""
    bridge = bridge_of(book)
    bridge = bridge.assign(effect=bridge[column])
    effect = bridge["effect"].sum()
    return {
        "rest": float(bridge["change"].sum() - effect),
        "price_cost": float(effect),
        "newcomers": float(bridge["effect"][bridge["fresh"]].sum() / effect),
        "five": _few(bridge, ["account_id"]),
    }


def _five_largest(book: Book) -> float:
    """Part of the effect of the few that bought most in the later year."""
    bridge = bridge_of(book)
    effect = bridge.groupby("account_id")["effect"].sum()
    rows = yearly_of(book)
    later = sorted(rows["period"].unique())[worst_years(book)[1]]
    sold = rows[rows["period"] == later].groupby("account_id")["revenue"].sum()
    return float(effect[sold.nlargest(FEW).index].sum() / effect.sum())


def _of_the_change(book: Book) -> dict[str, float]:
    bridge = bridge_of(book)
    change = bridge.groupby("account_id")["change"].sum()
    fresh = bridge["change"][bridge["fresh"]].sum()
    return {
        "newcomers": float(fresh / change.sum()),
        "five": float(change.nsmallest(FEW).sum() / change.sum()),
    }


def _verdict_follows(book: Book, answer: Mapping[str, Any]) -> str:
    parts = (answer["newcomers"], answer["five"])
    more = [float(part) > 0.5 for part in parts]
    follows = VERDICTS[3] if answer["price_cost"] >= 0 else VERDICTS[[*more, True].index(True)]
    if answer["choice"].strip().casefold() == follows:
        return ""
    return "`choice` does not follow from your own numbers. Did price and cost take anything, and more than half of it at the newcomers or at the five?"


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise("04.1", "To ten or by ten", "redo by hand",
        (
            Part("to", "saved if the cost falls to 10 % of sales: million yuan, 1 decimal", 0.1),
            Part("by", "saved if it falls by 10 %: million yuan, 2 decimals", 0.01),
            Part("equal", "share of sales where 15 % means the same: fraction, 4 decimals", 0.0001),
        ),
        lambda book: {"to": DELIVERY - LEVEL * SALES, "by": LEVEL * DELIVERY, "equal": RIVAL / (1 - RIVAL)},
        (
            "What is saved is the cost today less the cost afterwards. Write down the cost afterwards for each reading.",
            "“To 10 %” is a part of the sales, “by 10 %” a part of the delivery cost. For `equal`, call the cost today s, a share of sales: s - 0.15 on one side, 0.15 s on the other.",
        ),
        (
            Mistake(lambda book: {"to": LEVEL * SALES, "by": (1 - LEVEL) * DELIVERY}, "This is what delivery costs afterwards, not what is saved."),
            Mistake(lambda book: {"to": LEVEL * DELIVERY, "by": LEVEL * SALES}, "The two bases are mixed up: “to” is a part of the sales, “by” a part of the delivery cost."),
            Mistake(lambda book: {"to": (1 - LEVEL) * DELIVERY}, "This cuts the delivery cost to a tenth of itself. The buyer reads: to 10 % of sales."),
            Mistake(lambda book: {"equal": LEVEL / (1 - LEVEL)}, "This is for 10 %. The rival says 15 %."),
            Mistake(lambda book: {"equal": RIVAL / (1 + RIVAL)}, "Mind the sign when s changes sides: s - 0.15 = 0.15 s."),
        ),
    ),
    Exercise("04.2", "Money gets dearer", "change an assumption",
        (
            Part("losing", "accounts that lose money at 13 %: a count"),
            Part("erosion", "what losses take back at 13 %: fraction, 3 decimals", 0.001),
            Part("limit", "interest at which nothing is left: fraction, 3 decimals", 0.001),
        ),
        _dearer,
        (
            "`pf.credit_cost` takes the invoices, the interest and `lag_days`, the days before the invoice; its other settings stay as they are. `pf.account_profit(rows, credit=...)` does the rest.",
            "The cost of credit is proportional to the interest. So `limit` is a quotient of two totals: gross profit, and credit at an interest of 100 %.",
        ),
        (
            Mistake(lambda book: {name: _dearer(book, LESSON_INTEREST)[name] for name in ("losing", "erosion")}, "This is at 8 %, the interest of the lesson. The bank takes 13 % now."),
            Mistake(lambda book: {name: _dearer(book, lag_days=0.0)[name] for name in ("erosion", "limit")}, "The 15 days between the sale and its invoice are missing."),
            Mistake(lambda book: {"limit": _dearer(book)["limit"] * 360 / 365}, "This counts a year of 360 days. The lesson takes 365."),
            Mistake(lambda book: {"losing": int((with_credit(book)["loss_from"] == "credit").sum())}, "These are only the ones that dear credit adds. Count all that lose."),
            Mistake(lambda book: {"erosion": pf.whale_peak(with_credit(book)["profit"]).peak - 1}, "This divides what is lost by the total. Divide it by what the profitable accounts make."),
            Mistake(lambda book: {"erosion": pf.whale_peak(with_credit(book)["profit"]).peak}, "This is the peak. The erosion is the part of the peak that the losses take back."),
            Mistake(lambda book: {"limit": float(pf.account_profit(rows_of(book))["profit"].sum() / bills_of(book)["amount"].sum())}, "This charges a whole year. An invoice runs for days."),
            Mistake(lambda book: {"erosion": pf.erosion(pf.account_profit(rows_of(book))["profit"])}, "This is without the credit. Take its cost off first."),
            Mistake(lambda book: {"limit": _dearer(book)["limit"] - INTEREST}, "This is what may be added to 13 %. The interest itself is asked."),
            Mistake(lambda book: {"limit": _dearer(book)["limit"] / INTEREST}, "So many times 13 % it would be. The interest itself is asked."),
        ),
    ),
    Exercise("04.3", "Those who refuse stay", "change an assumption",
        (
            Part("stay", "gain in 6 months if those who refuse stay: yuan", 0.001, relative=True),
            Part("leave", "gain in 6 months if they leave: yuan", 0.001, relative=True),
            Part("months", "months until it makes up for the fall, if they stay: a count"),
        ),
        _plan,
        (
            "`pf.action_list` takes the largest rise as `max_rise`, and `pf.recovery_plan` takes its list. Who leaves is said by `leave_if_refused`, a tuple of actions; an empty one means that nobody leaves.",
            "For `months`, try 1, 2, 3 and so on: the first n for which the gain in n months is at least fall x n / 12. The fall comes from `yearly`.",
        ),
        (
            Mistake(lambda book: {name: _plan(book, rise=0.05)[name] for name in ("stay", "leave")}, "At most 5 % more is asked for here. The limit is 12 %."),
            Mistake(lambda book: {"months": _plan(book, half=True)["months"]}, "So long it takes to bring half of the fall, what the plan has to bring in six months. The mark is no fixed sum: in n months it is n twelfths of the fall, and it grows with the months."),
            Mistake(lambda book: {"leave": _plan(book)["stay"]}, "This is the other case. Who leaves takes the loss along; who stays keeps it."),
            Mistake(lambda book: {"stay": _plan(book)["leave"]}, "So much the plan brings if all of those who refuse leave, and just as much if everybody accepts. Here 30 % refuse, stay and keep their loss."),
            Mistake(lambda book: _plan(book, wait=0), "This works from the first day. Each action takes its months to start."),
            Mistake(lambda book: {"months": _plan(book, grows=False)["months"]}, "So long it takes to make up for one year's fall. The mark is no fixed sum: in n months it is n twelfths of the fall, and it grows with the months."),
            Mistake(lambda book: {"months": _plan(book, months_if="leave")["months"]}, "So long it takes if those who refuse leave. Here they stay; and the mark is no fixed sum, it grows with the months: n twelfths of the fall."),
        ),
    ),
    Exercise("04.4", "Call less, visit more?", "find the fault",
        (
            Part("fault", choices=("fixed", "names", "years", "zero")),
            Part("rates", "Series of the right rates, every_pool with them: yuan, 1 decimal", 0.1),
            Part("miss", "mean miss of the colleague's rates on a pool: fraction, 3 decimals", 0.001),
        ),
        _repaired,
        (
            "The total fits. Look at single pools: `counts @ rates` against `cost`.",
            "In which order do the columns go into `nnls`, and in which order are names put beside what comes out? `pf.recover_driver_rates(cost, counts)` keeps names and rates together; what every pool has it gives apart, in `pf.fit_pools`.",
        ),
        (
            Mistake(lambda book: {"rates": colleague(*pools_of(book))}, "These are the colleague's own."),
            Mistake(lambda book: {"rates": pools_of(book)[1].sum() / pools_of(book)[0].sum()}, "Each driver is charged with the whole cost here, so it is counted as often as there are drivers."),
            Mistake(lambda book: {"rates": _rates(*pools_of(book, every=True))}, "These are the rates of all teams, as in the lesson. Take the pools of the one team."),
            Mistake(lambda book: {"miss": _miss_of_all(book)}, "This adds the misses of all pools up and divides by their cost. Take the part pool by pool, and then the mean."),
            Mistake(lambda book: {"miss": _miss_otherwise(book, lambda off, cost: (off / cost.where(cost > 0)).mean())}, "Here what is too much makes up for what is too little. Take the differences without their sign."),
            Mistake(lambda book: {"miss": _miss_otherwise(book, lambda off, cost: off.abs().mean())}, "These are yuan. Take each difference as a part of the cost of its pool."),
            Mistake(lambda book: {"miss": _miss(book, _rates)}, "This is the miss of the right rates. The colleague's is asked."),
            Mistake(lambda book: {"fault": "fixed"}, "What every pool costs whatever is done is in the fit, as `every_pool`. Without it the rates would be too high; they would not stand in another order. Look further."),
            Mistake(lambda book: {"fault": "years"}, "The lesson uses all months too: more pools, surer rates. Look further."),
            Mistake(lambda book: {"fault": "zero"}, "No rate is near zero, so forbidding negative ones changes nothing. Look further."),
        ),
    ),
    Exercise("04.5", "Drop them all?", "decide and defend",
        (
            Part("choice", choices=("drop all", "use the list")),
            Part("leaves", "your estimate, part of the goods' cost that leaves: 0 to 1", own=True),
            Part("accept", "your estimate, part of those asked who accept: 0 to 1", own=True),
            Part("actions", "Series by account_id: raise price, drop or keep and watch"),
            Part("break_even", "part at which dropping all gains nothing: fraction, 3 decimals", 0.001),
            DEFENCE,
        ),
        _evidence,
        (
            "Set `leaves` and `accept` first. The director's 1 and the controller's 0.9 are two answers; what would you bet on?",
            "For `actions`: `pf.action_list` with `max_rise` and `avoidable_goods`, then the rows of the accounts that lose money. For `break_even`: the cost that goes has to reach the revenue that goes.",
            "At your own `leaves`, dropping all gains the sum of `gain_if_dropped`. The list gains the whole `gain` of those it drops, and `accept` times the `gain` of those it asks.",
        ),
        (
            Mistake(lambda book: {"actions": _actions(book, 1.0)["action"]}, "This is the list where all of the goods' cost leaves, or nearly all. The controller says 0.9, whatever you estimate yourself: then dropping some gains nothing."),
            Mistake(lambda book: {"actions": _actions(book, rise=0.05)["action"]}, "At most 5 % more is asked for here. The contracts allow 6 %."),
            Mistake(lambda book: {"actions": _actions(book, rise=PLAN_RISE)["action"]}, "At most 12 % more is asked for here, as in 04.3. The contracts allow 6 %."),
            Mistake(lambda book: {"actions": pd.Series(DROP, index=losers_of(book).index)}, "This drops them all. The list asks first, and keeps where dropping gains nothing."),
            Mistake(lambda book: {"break_even": 1 - _evidence(book)["break_even"]}, "This is the part that may stay. Asked is the part that has to leave."),
            Mistake(lambda book: {"break_even": float(rows_of(book)["revenue"].sum() / rows_of(book)["cost"].sum())}, "These are all accounts. Only the loss-makers are dropped: take their sums."),
            Mistake(lambda book: {"break_even": float(losers_of(book)["goods"].sum() / losers_of(book)["revenue"].sum())}, "This is cost by revenue. Turn it round."),
            Mistake(lambda book: {"break_even": float(1 + losers_of(book)["profit"].sum() / losers_of(book)["revenue"].sum())}, "The loss is divided by the revenue here. Divide by what it is a part of: the cost of the goods."),
            Mistake(lambda book: {"break_even": float((losers_of(book)["revenue"] / losers_of(book)["goods"]).mean())}, "This is the mean over the accounts. They go together: take their sums."),
        ),
        _vote_follows, _estimates_are_sound, _both_ways,
    ),
    Exercise("04.6", "The same culprits again?", "another book",
        (
            Part("sales", "change of revenue: yuan", 0.001, relative=True),
            Part("rest", "change of gross profit without that effect: yuan", 0.001, relative=True),
            Part("price_cost", "effect of price and unit cost on gross profit: yuan", 0.001, relative=True),
            Part("newcomers", "part of that effect caused by newcomers: fraction, 3 decimals", 0.001),
            Part("five", "part caused by the five who lost most by it: fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _again,
        (
            "Which years? `full_years()` of the book gives the full ones. Gross profit is revenue less cost; look where it falls most from one to the next.",
            "`pf.profit_bridge(before, after)` takes the rows of one year each and gives the effects by account and line. Price and unit cost belong together.",
            "For a part, add up the effect by account first. The newcomers' sum, or that of the five smallest (`nsmallest`), over the sum of all is the part.",
        ),
        (
            Mistake(lambda book: _again(book, (-2, -1)), "These are the last two years. Take the two between which gross profit fell most."),
            Mistake(lambda book: {"rest": float(bridge_of(book)["change"].sum())}, "This is the whole change of gross profit. Take off what price and unit cost did."),
            Mistake(lambda book: _again(book, (0, -1)), "Between these two years lies another. Take two neighbours."),
            Mistake(lambda book: _one_alone(book, "unit_cost"), "This is the unit cost alone. Prices moved with it: price and unit cost belong together."),
            Mistake(lambda book: _one_alone(book, "price"), "This is the price alone. The unit cost moved with it: price and unit cost belong together."),
            Mistake(lambda book: {"newcomers": float(bridge_of(book).groupby("account_id")["fresh"].first().mean())}, "This counts accounts, and money is asked."),
            Mistake(lambda book: {"five": _few(bridge_of(book), ["account_id", "line"])}, "These are five rows of the bridge, and a row is one line of an account. Add up the lines of each account first."),
            Mistake(lambda book: {"five": _five_largest(book)}, "These are the five that buy most. Take the five that lost most by price and cost."),
            Mistake(_lines_together, "The lines of an account are added together before the bridge here, so a change of its mix counts as price. Give the bridge the rows by account and line."),
            Mistake(_of_the_change, "These are parts of the whole change. Volume and mix are in it too."),
        ),
        _verdict_follows,
    ),
    Question("04.q1", "A peak of a thousand", "c"),
    Question("04.q2", "Up in price, down in cost", "a"),
    Question("04.q3", "No visit without a call", "d"),
)  # fmt: skip
