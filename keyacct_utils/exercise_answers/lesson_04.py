"""Exercises of lesson 04: profitability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from keyacct_utils import profitability as pf
from keyacct_utils.exercise_answers import Exercise, Mistake, Part, Question
from keyacct_utils.profit_actions import AGREE, DROP, PRICE, STARTS
from keyacct_utils.tables import DRIVER_OF_ACTIVITY

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: The story of 04.1: million yuan a year; S003-9b has 10 % and no base, the rival's 15 % is the story's.
SALES, DELIVERY, LEVEL, RIVAL = 163.0, 28.5, 0.10, 0.15
#: Interest a year: of the lesson, and of the exercise.
LESSON_INTEREST, INTEREST = 0.08, 0.12
#: Half-year plan: largest rise of 04.3, length of the plan; no plan runs longer than ten years.
PLAN_RISE, PLAN_MONTHS, YEAR, LONGEST = 0.10, 6, 12, 120
#: Drop or fix: the largest rise that the contracts allow, and the part of the goods' cost that the controller sees leave.
CAP, CONTROLLER = 0.06, 0.90
VERDICTS = ("new customers", "old accounts", "nobody")


def _delivery(book: Book) -> dict[str, float]:
    saved = pf.delivery_readings([DELIVERY / SALES], LEVEL).iloc[0] * SALES
    return {"to": saved["saved_to"], "by": saved["saved_by"], "equal": RIVAL / (1 - RIVAL)}


def rows_of(book: Book) -> pd.DataFrame:
    """Revenue and cost per account and line in the book's own period."""
    if not book.has("ledger", "cost_goods"):
        raise ValueError("its ledger has no cost_goods, so there is no profit; take the bundled book linjiang")
    start, end = book.period_dates()
    return book.rollup(start=start, end=end)


def bills_of(book: Book) -> pd.DataFrame:
    """Invoices issued in the period to the accounts that bought in it."""
    if not book.has("invoices", "issue", "due"):
        raise ValueError("it has no invoices with issue and due, so no cost of credit; take the bundled book linjiang")
    ids = set(rows_of(book)["account_id"])
    if book.has("accounts", "group_id") and ids & set(book.table("accounts")["group_id"].dropna()):
        raise ValueError("it counts a group as one account, and its invoices do not; take the bundled book linjiang")
    bills = book.table("invoices")
    start, end = book.period_dates()
    within = bills["issue"].between(pd.Timestamp(start), pd.Timestamp(end)) if start else True
    return bills[bills["account_id"].isin(ids) & within]


def _profits(book: Book, interest: float, **how: Any) -> pd.DataFrame:
    return pf.account_profit(rows_of(book), credit=pf.credit_cost(bills_of(book), interest, **how))


def _with_credit(book: Book, interest: float = INTEREST, **how: Any) -> dict[str, float]:
    table = _profits(book, interest, **how)
    limit = interest * table["gross_profit"].sum() / table["credit"].sum()
    return {"losing": int((table["profit"] < 0).sum()), "erosion": pf.erosion(table["profit"]), "limit": float(limit)}


def _by_credit_alone(book: Book) -> dict[str, float]:
    table = _profits(book, INTEREST)
    peak = pf.whale_peak(table["profit"])
    tied = INTEREST * table["profit"].sum() / table["credit"].sum()
    return {"losing": int((table["loss_from"] == "credit").sum()), "erosion": peak.peak - 1, "limit": float(tied)}


def gross_profits(book: Book) -> pd.DataFrame:
    """Revenue less cost of goods by account, without credit and service."""
    return pf.account_profit(rows_of(book))


def yearly_of(book: Book) -> pd.DataFrame:
    """Rows per account, line and full calendar year; ValueError for fewer than two such years."""
    if not book.has("ledger", "date", "cost_goods"):
        raise ValueError("its ledger lacks date or cost_goods, so no two years can be compared; take the bundled book linjiang")
    rows = book.rollup(period="year")
    full = rows.groupby("period")["active_months"].max() == YEAR
    rows = rows[rows["period"].isin(list(full.index[full]))]
    if rows["period"].nunique() < 2:
        raise ValueError("it does not have two full calendar years; take the bundled book linjiang")
    return rows


def _fall(book: Book) -> float:
    by_year = yearly_of(book).groupby("period")[["revenue", "cost"]].sum()
    worst = float((by_year["revenue"] - by_year["cost"]).diff().min())
    if worst >= 0:
        raise ValueError("its gross profit never fell from one full year to the next; take the bundled book linjiang")
    return -worst


def _plan(book: Book, rise: float = PLAN_RISE, agree: float = AGREE[PRICE]) -> dict[str, Any]:
    start, end = book.period_dates()
    if not start or not end or (end - start).days // 30 != YEAR:
        raise ValueError("its period is not a year, and the plan counts gains a year; set period in book.toml")
    actions = pf.action_list(gross_profits(book), max_rise=rise)
    gain = actions.groupby("action")[["gain", "gain_if_dropped"]].sum().reindex([PRICE, DROP], fill_value=0.0)
    asked, refused, dropped = gain.loc[PRICE, "gain"], gain.loc[PRICE, "gain_if_dropped"], gain.loc[DROP, "gain"]

    def brought(months: int, lost: float) -> float:
        year = agree * asked + (1 - agree) * lost
        return float(year * max(months - STARTS[PRICE], 0) + dropped * max(months - STARTS[DROP], 0)) / YEAR

    fall = _fall(book)
    months = next((n for n in range(1, LONGEST + 1) if brought(n, 0) >= fall * n / YEAR), None)
    if months is None:
        raise ValueError(f"the plan does not make up for the fall within {LONGEST} months; take the bundled book linjiang")
    return {"stay": brought(PLAN_MONTHS, 0), "leave": brought(PLAN_MONTHS, refused), "months": months}


def _months_to_repay(book: Book) -> dict[str, Any]:
    """The plan in its first half year, and the month in which it has brought the whole yearly fall."""
    found = pf.recovery_plan(pf.action_list(gross_profits(book), max_rise=PLAN_RISE), months=YEAR, leave_if_refused=())
    fall, year = _fall(book), found["gain_a_year"]
    waits = year * pd.Series(STARTS)
    return {"stay": float(year.sum() / 2), "months": int(np.ceil((fall * YEAR + waits.sum()) / year.sum()))}


def pools_of(book: Book) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Driver counts, cost and month of the cost pools."""
    if not book.has("cost_pools"):
        raise ValueError("it has no cost_pools, so there are no rates; take the bundled book linjiang")
    table = book.table("cost_pools").dropna()
    drivers = [name for name in dict.fromkeys(DRIVER_OF_ACTIVITY.values()) if name in table]
    if drivers == sorted(drivers):
        raise ValueError("its drivers stand in the order of the alphabet, so the fault does not show; take linjiang")
    return table[drivers].astype(float), table["cost"], table["month"]


def colleague(counts: pd.DataFrame, cost: pd.Series) -> pd.Series:
    """The faulty rates of exercise 04.4: fitted in the order of the alphabet, named in the order of the table."""
    found, _ = nnls(counts[sorted(counts)].to_numpy(), cost.to_numpy())
    return pd.Series(found, index=counts.columns)


def _miss(rates: pd.Series, counts: pd.DataFrame, cost: pd.Series) -> float:
    return float(((counts @ rates - cost).abs() / cost).mean())


def _repaired(book: Book) -> dict[str, Any]:
    counts, cost, _ = pools_of(book)
    rates = pf.recover_driver_rates(cost, counts, draws=1)["rate"]
    return {"fault": "names", "rates": rates, "miss": _miss(colleague(counts, cost), counts, cost)}


def _colleagues_own(book: Book) -> dict[str, Any]:
    counts, cost, _ = pools_of(book)
    rates = colleague(counts, cost)
    return {"rates": rates, "miss": abs(float((counts @ rates).sum() / cost.sum()) - 1)}


def _last_year_only(book: Book) -> dict[str, Any]:
    counts, cost, month = pools_of(book)
    late = month.dt.year == month.dt.year.max()
    return {"rates": pf.recover_driver_rates(cost[late], counts[late], draws=1)["rate"]}


def _each_alone(book: Book) -> dict[str, Any]:
    counts, cost, _ = pools_of(book)
    return {"rates": cost.sum() / counts.sum(), "miss": _miss(_repaired(book)["rates"], counts, cost)}


def _rent_too(book: Book) -> dict[str, Any]:
    counts, cost, _ = pools_of(book)
    return {"rates": pf.recover_driver_rates(cost, counts.assign(rent=1.0), draws=1)["rate"].drop("rent")}


def _actions(book: Book, leaves: float, rise: float = CAP) -> pd.DataFrame:
    """The list of the loss-makers."""
    listed = pf.action_list(gross_profits(book), max_rise=rise, avoidable_goods=leaves)
    losing = listed[listed["profit"] < 0]
    if losing.empty:
        raise ValueError("none of its accounts loses money, so there is nothing to decide; take the bundled book linjiang")
    return losing


def _list_of(book: Book) -> dict[str, Any]:
    none, whole = (_actions(book, part)["gain_if_dropped"].sum() for part in (0.0, 1.0))
    return {"actions": _actions(book, CONTROLLER)["action"], "break_even": float(-none / (whole - none))}


def _sums(book: Book, losing: bool = True) -> pd.Series:
    table = gross_profits(book)
    return table[(table["profit"] < 0) | (not losing)][["revenue", "gross_profit"]].sum()


def _vote_follows(book: Book, answer: Mapping[str, Any]) -> str:
    for name in ("leaves", "accept"):
        if not 0 <= float(answer[name]) <= 1:
            return f"`{name}` is {float(answer[name]):g}: a part from 0 to 1 is expected, 0.5 for one half."
    listed = _actions(book, float(answer["leaves"]))
    dropping, all_gone = (listed["action"] == DROP), listed["gain_if_dropped"].sum()
    by_list = listed["gain"][dropping].sum() + float(answer["accept"]) * listed["gain"][~dropping].sum()
    chosen, other = (all_gone, by_list) if answer["choice"].strip().casefold() == "drop all" else (by_list, all_gone)
    if chosen < other:
        return f"Your numbers contradict your choice: at your own `leaves` and `accept` the other way gains more than “{answer['choice']}”."
    return ""


def _bridge(book: Book, years: tuple[int, int] = (-2, -1), by_line: bool = True) -> tuple[pd.DataFrame, pd.Series]:
    """The bridge between two full years of a book, and whether each row is an account that bought nothing in its first."""
    rows = yearly_of(book)
    periods = sorted(rows["period"].unique())
    if not by_line:
        rows = rows.groupby(["period", "account_id"], as_index=False)[["revenue", "cost", "volume"]].sum()
    before, after = (rows[rows["period"] == periods[place]] for place in years)
    old = set(rows.loc[rows["period"] == periods[0], "account_id"])
    bridge = pf.profit_bridge(before, after, base="volume" if book.has("ledger", "volume") else "revenue")
    return bridge, ~bridge["account_id"].isin(list(old))


def _case_d(book: Book, years: tuple[int, int] = (-2, -1), by_line: bool = True) -> dict[str, float]:
    by_year = yearly_of(book).groupby("period")["revenue"].sum()
    bridge, fresh = _bridge(book, years, by_line)
    effect = bridge["price"] + bridge["unit_cost"]
    if not effect.sum():
        raise ValueError("price and unit cost moved nothing between its last two full years; take raw_export")
    found = {"sales": float(by_year.iloc[years[1]] - by_year.iloc[years[0]]), "profit": float(bridge["change"].sum())}
    return found | {"price_cost": float(effect.sum()), "newcomers": float(effect[fresh].sum() / effect.sum())}


def _other_shares(book: Book) -> dict[str, float]:
    bridge, fresh = _bridge(book)
    return {"price_cost": float(bridge["unit_cost"].sum()), "newcomers": float(bridge["account_id"][fresh].nunique() / bridge["account_id"].nunique())}


def _verdict_follows(book: Book, answer: Mapping[str, Any]) -> str:
    follows = VERDICTS[2] if answer["price_cost"] >= 0 else VERDICTS[0] if answer["newcomers"] > 0.5 else VERDICTS[1]
    if answer["choice"].strip().casefold() == follows:
        return ""
    return "`choice` does not follow from your own numbers. Did price and cost take anything, and did the newcomers cause more than half of it?"


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "04.1", "To ten or by ten", "redo by hand",
        (
            Part("to", "saved if the cost falls to 10 % of sales: million yuan, 1 decimal", 0.1),
            Part("by", "saved if it falls by 10 %: million yuan, 2 decimals", 0.01),
            Part("equal", "share of sales where 15 % means the same: fraction, 4 decimals", 0.0001),
        ),
        _delivery,
        (
            "What is saved is the cost today less the cost afterwards. Write down the cost afterwards for each reading.",
            "“To 10 %” names a part of the sales. “By 10 %” names a part of the delivery cost.",
            "For `equal`, let s be the cost as a share of sales: s - 0.15 on one side, 0.15 s on the other.",
        ),
        (
            Mistake(lambda book: {"to": LEVEL * SALES, "by": (1 - LEVEL) * DELIVERY, "equal": LEVEL / (1 - LEVEL)}, "For `to` and `by` this is what delivery costs afterwards, not what is saved; for `equal` it is the answer for 10 %, and the rival says 15 %."),
            Mistake(lambda book: {"to": LEVEL * DELIVERY, "by": LEVEL * SALES, "equal": RIVAL / (1 + RIVAL)}, "The two bases are mixed up: “to” is of the sales, “by” is of the delivery cost. For `equal`: s - 0.15 = 0.15 s, mind the sign when s changes sides."),
            Mistake(lambda book: {"to": (1 - LEVEL) * DELIVERY, "equal": RIVAL}, "For `to` this takes 10 % of the delivery cost as what is left; for `equal`, at 15 % of sales the first reading saves nothing and the second does."),
            Mistake(lambda book: {"to": DELIVERY - RIVAL * SALES, "by": RIVAL * DELIVERY}, "This is the rival's 15 %. The first haulier says 10 %."),
        ),
    ),
    Exercise(
        "04.2", "Money gets dearer", "change an assumption",
        (
            Part("losing", "accounts that lose money at 12 %: a count"),
            Part("erosion", "what losses take back at 12 %: fraction, 3 decimals", 0.001),
            Part("limit", "interest at which nothing is left: fraction, 3 decimals", 0.001),
        ),
        _with_credit,
        (
            "`pf.credit_cost` takes the invoices and the interest. Its other settings stay as they are.",
            "`pf.account_profit(rows, credit=...)` takes one amount of credit per account. It keeps the accounts without invoices.",
            "The cost of credit is proportional to the interest. So `limit` is a quotient of two totals: gross profit, and credit at an interest of 100 %.",
        ),
        (
            Mistake(lambda book: _with_credit(book, LESSON_INTEREST) | {"limit": INTEREST}, "This is at another interest than asked, or the interest itself."),
            Mistake(lambda book: _with_credit(book, lag_days=0.0), "The 15 days between the sale and its invoice are missing."),
            Mistake(_by_credit_alone, "For `losing` count all loss-makers, not only those that credit turns. Erosion is 1 - total / what the profitable accounts make. For `limit`, start from the gross profit."),
            Mistake(lambda book: {"losing": int((gross_profits(book)["profit"] < 0).sum()), "erosion": pf.erosion(gross_profits(book)["profit"])}, "No credit is charged here."),
            Mistake(lambda book: {"erosion": float((_profits(book, INTEREST)["profit"] < 0).mean()), "limit": float(gross_profits(book)["profit"].sum() / bills_of(book)["amount"].sum())}, "For `erosion` this counts accounts, where money is asked. For `limit` it charges a whole year: an invoice runs for days."),
        ),
    ),
    Exercise(
        "04.3", "Those who refuse stay", "change an assumption",
        (
            Part("stay", "gain in 6 months if those who refuse stay: yuan", 0.001, relative=True),
            Part("leave", "gain in 6 months if they leave: yuan", 0.001, relative=True),
            Part("months", "months until it makes up for the fall, if they stay: a count"),
        ),
        _plan,
        (
            "`pf.action_list` takes the largest rise as `max_rise`. `pf.recovery_plan` takes its list.",
            "Who leaves is said by `leave_if_refused`: a tuple of actions. An empty tuple means that nobody leaves.",
            "For `months`, try 1, 2, 3 and so on: the first n for which the gain in n months is at least fall x n / 12. The fall comes from `yearly`.",
        ),
        (
            Mistake(lambda book: _plan(book, rise=0.05), "At most 5 % is asked for here. The limit is 10 %."),
            Mistake(lambda book: {name: value for name, value in _plan(book, agree=1.0).items() if name == "stay"}, "Everybody agrees here. 70 % do."),
            Mistake(_months_to_repay, "`stay`: half of a year's gain forgets that an action takes months to start. `months`: this waits until the plan has brought the fall of a whole year; compare with the fall in the same n months."),
            Mistake(lambda book: {"stay": _plan(book)["leave"], "leave": _plan(book)["stay"]}, "This is the other case. Who leaves takes the whole loss along; who stays keeps it."),
        ),
    ),
    Exercise(
        "04.4", "Call less, visit more?", "find the fault",
        (
            Part("fault", choices=("names", "rent", "years", "zero")),
            Part("rates", "Series of the right rates by driver: yuan, 1 decimal", 0.1),
            Part("miss", "mean miss of the colleague's rates on a pool: fraction, 3 decimals", 0.001),
        ),
        _repaired,
        (
            "The total fits. Look at single pools: `counts @ rates` against `cost`.",
            "In which order do the columns go into `nnls`, and in which order are the names put beside what comes out?",
            "For `miss`: the difference without its sign, divided by the cost of that pool, then the mean over the pools. `pf.recover_driver_rates(cost, counts)` gives rates with their own names.",
        ),
        (
            Mistake(_colleagues_own, "For `rates` these are the colleague's own. For `miss` this compares the totals, where the errors cancel: compare pool by pool."),
            Mistake(_last_year_only, "These rates use the last year alone. Use all pools."),
            Mistake(_each_alone, "For `rates`, each driver is charged the whole cost, so it is counted as often as there are drivers. For `miss`, these are the right rates; the colleague's are asked."),
            Mistake(_rent_too, "These rates leave room for a fixed cost in each pool. The method of the lesson has none."),
            Mistake(lambda book: {"fault": "rent"}, "A fixed cost would push all rates up together. Look further."),
            Mistake(lambda book: {"fault": "years"}, "The lesson uses all months too, and the rates of single years are nearly the same. Look further."),
            Mistake(lambda book: {"fault": "zero"}, "No rate is near zero, so forbidding negative ones changes nothing. Look further."),
        ),
    ),
    Exercise(
        "04.5", "Drop them all?", "decide and defend",
        (
            Part("choice", choices=("drop all", "use the list")),
            Part("leaves", "your estimate, part of the goods' cost that leaves: 0 to 1"),
            Part("accept", "your estimate, part of those asked who accept: 0 to 1"),
            Part("actions", "the controller's list, a Series of actions by account_id"),
            Part("break_even", "leaving cost at which dropping all gains 0: fraction, 3 decimals", 0.001),
        ),
        _list_of,
        (
            "Write down `leaves` and `accept` first: what would you bet on? The director's 1 and the controller's 0.9 are two answers.",
            "For `actions`: `pf.action_list` with `max_rise` and `avoidable_goods`, then the rows of the accounts that lose money. For `break_even`: revenue that goes against cost that goes.",
            "At your own `leaves`, dropping all gains the sum of `gain_if_dropped`. The list gains `gain` of those dropped, and `accept` times `gain` of those asked.",
        ),
        (
            Mistake(lambda book: {"actions": _actions(book, 1.0)["action"], "break_even": float(1 - 1 / (1 - _sums(book)["gross_profit"] / _sums(book)["revenue"]))}, "For `actions` this is the director's list: all of the goods' cost leaves; the controller says 0.9. For `break_even` this is the part that may stay."),
            Mistake(lambda book: {"actions": _actions(book, CONTROLLER, 0.05)["action"], "break_even": float(1 + _sums(book)["gross_profit"] / _sums(book)["revenue"])}, "For `actions` at most 5 % is asked for; the contracts allow 6 %. For `break_even` the loss is divided by the revenue; the cost of the goods is the base."),
            Mistake(lambda book: {"break_even": float(1 - _sums(book)["gross_profit"] / _sums(book)["revenue"])}, "This is cost by revenue. Turn it round: the cost that leaves has to reach the revenue that goes."),
            Mistake(lambda book: {"break_even": float((lambda t: (t["revenue"] / (t["revenue"] - t["gross_profit"]))[t["profit"] < 0].mean())(gross_profits(book)))}, "This is the mean over the accounts. They go together: take their sums."),
        ),
        _vote_follows,
    ),
    Exercise(
        "04.6", "The same culprits again?", "another book",
        (
            Part("sales", "change of revenue: yuan", 0.001, relative=True),
            Part("profit", "change of gross profit: yuan", 0.001, relative=True),
            Part("price_cost", "effect of price and unit cost on it: yuan", 0.001, relative=True),
            Part("newcomers", "part of that effect caused by newcomers: fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _case_d,
        (
            "`other.rollup(period=\"year\")` gives one row per account, line and year. Take two of its years.",
            "`pf.profit_bridge(before, after)` gives the effects by account and line; price and unit cost belong together.",
            "A newcomer has no row in the first full year of the book. Its part is the effect summed over the newcomers, divided by the effect of all.",
        ),
        (
            Mistake(lambda book: _case_d(book, (-3, -2)), "This compares the two years before. Take the last two full years."),
            Mistake(lambda book: {name: value for name, value in _case_d(book, by_line=False).items() if name in ("price_cost", "newcomers")}, "The lines are added up first, and kWh do not add up with pieces. Keep account and line."),
            Mistake(_other_shares, "For `price_cost`, price and unit cost belong together. For `newcomers` this counts accounts, where money is asked."),
            Mistake(lambda book: {"newcomers": float((lambda b, new: (b["change"][new].sum()) / b["change"].sum())(*_bridge(book)))}, "This is their part of the whole change. Volume and mix are in it too."),
        ),
        _verdict_follows,
    ),
    Question("04.q1", "A peak of a thousand", "c"),
    Question("04.q2", "Up in price, down in cost", "a"),
    Question("04.q3", "No visit without a call", "d"),
)  # fmt: skip
