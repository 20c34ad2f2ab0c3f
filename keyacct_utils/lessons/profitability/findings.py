"""The steps of lesson 04: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, norm, spearmanr
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from keyacct_utils.lessons.profitability import LESSON
from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.profitability import figures as own_figures
from keyacct_utils.lessons.profitability.costs import KNOWN, NEW, OLD, OTHERS, Costs, NoRates
from keyacct_utils.lessons.profitability.costs import known_costs as known_costs
from keyacct_utils.lessons.profitability.gain_draws import (
    Sums,
    by_action,
    gain_draws,
    part_of_year,
    plan_by_action,
)
from keyacct_utils.lessons.profitability.persistence import expected_margins, lasting_interval
from keyacct_utils.lessons.profitability.profit_actions import (
    AVOIDABLE_SERVICE,
    CREDIT,
    DROP,
    GROW,
    LEVERS,
    PRICE,
    SERVICE,
    SPECIAL,
    STANDARD,
    TOP_SHARE,
    WATCH,
)
from keyacct_utils.lessons.shared.amounts import share_of_top, top_count
from keyacct_utils.lessons.shared.claims import (
    ABOUT,
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.comparison import fisher_limits
from keyacct_utils.lessons.shared.resampling import tail_bootstrap_interval, tail_rows
from keyacct_utils.lessons.shared.size_intervals import size_interval
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import flat, money, percent

#: Resamples of an interval.
DRAWS = 500
#: Fewer accounts give no interval worth printing.
FEW = 30
#: Fewer accounts are told by name, not counted action by action (assumption).
FEWEST_LISTED = 10
#: Rates that tell less than this of the differences between pools should charge nobody. No source
#: says; half is where they tell more than they leave.
TOLD_LEAST = 0.5
#: Below this part of gross profit the cost to serve is called small. No source says.
SMALL_SERVICE = 0.05
#: A cause counts from this part of the fall on. No source says.
CAUSE = 0.1
#: The claim of the documents: so much of the profit.
CLAIMED = 0.8
#: Why the cost to serve is not known, and what would tell it.
NO_RATES: Mapping[NoRates, str] = {
    "no table": "The book has no activities with cost pools, so the cost to serve is left out of "
    "every profit here; activities.type, cost_pools.cost and the counts of drivers would add it.",
    "few": "There are {pools:count cost pool} with all counts for {drivers:count driver}: the "
    "rates need more pools than drivers, so the cost to serve is left out of every profit here.",
    "together": "The {drivers:count driver} go in proportion in all {pools:count cost pool}, so "
    "no rate can be told from another and the cost to serve is left out of every profit here; "
    "teams or months with another mix would allow it.",
    "free": "All {pools:count cost pool} cost nothing, so there is no cost to serve; "
    "cost_pools.cost would give one.",
    "idle": "No activity with an account falls into this period, so the cost to serve is left out "
    "of every profit here; activities.date and a longer period would add it.",
}
NO_SERVICE = (
    "Without a cost to serve there is no rate to get wrong; activities.type and cost_pools.cost "
    "with counts of drivers would give one."
)
NO_YEARS = (
    "What changed is asked between two full years; the ledger covers {years:count full year}. "
    "ledger.date and two years of rows would allow it."
)
NO_LENGTH = (
    "Without dates it is not known how long the rows took, so nothing can be said of what a plan "
    "brings in some months; ledger.date would allow it."
)
BILLS_LEFT_OUT = "Invoices without a date or an amount, left out: {left_out}."
NO_COSTS = (
    "The ledger has no cost of goods, so nothing can be said of profit; ledger.cost_goods would "
    "allow it."
)


P = ParamSpec("P")


def _of_profit(
    step: Callable[Concatenate[Costs, P], Finding],
) -> Callable[Concatenate[Costs, P], Finding]:
    """A step that needs a profit: unknown on a book without a cost of goods."""

    @wraps(step)
    def told(costs: Costs, *args: P.args, **given: P.kwargs) -> Finding:
        return step(costs, *args, **given) if costs.costed else unknown(NO_COSTS)

    return told


def _at_most(
    step: Callable[Concatenate[Costs, P], Finding],
) -> Callable[Concatenate[Costs, P], Finding]:
    """A step that tells profits: what they are worth where some rows have no cost of goods."""

    @wraps(step)
    def told(costs: Costs, *args: P.args, **given: P.kwargs) -> Finding:
        found = step(costs, *args, **given)
        if not costs.lacks_costs or not found.known:
            return found
        numbers = {
            "lacking": _cents(costs.uncosted[1]),
            "lacking_part": _part(max(costs.uncosted[1], 0.0), max(costs.revenue, 0.01)),
            "unit": costs.unit,
        }
        says = (
            "**At most**: {lacking:money}{unit} of revenue, {lacking_part:percent} of all, has no "
            "known cost and counts as profit here."
            if costs.uncosted[1] > 0
            else "Not known exactly: rows with {lacking:money}{unit} of revenue have no known cost."
        )
        return replace(found, numbers={**found.numbers, **numbers}, says=(*found.says, says))

    return told


def called(line: str) -> str:
    """A line as it stands in a sentence."""
    return f"line {line}" if line else "the whole book"


def _loses(costs: Costs, text: str) -> str:
    """A template on accounts of which none LOSES, with the doubt where a missing cost may hide a
    loss.
    """
    doubt = "is seen to lose money (a missing cost may hide a loss at {hidden:count account})"
    return text.replace("LOSES", doubt if costs.hidden else "loses money")


def _none_loses(costs: Costs, text: str) -> Finding:
    return unknown(_loses(costs, text), hidden=costs.hidden)


def _cents(amount: float) -> float:
    """Rounded to the cent, and never a minus before nothing."""
    return round(float(amount), 2) + 0.0


def _part(amount: float, whole: float) -> float:
    """A share; missing where there is no whole to take it of."""
    if not whole > 0:
        return np.nan
    share = float(amount) / float(whole)
    return abs(share) if abs(share) < 5e-5 else share


def _resampled(
    values: np.ndarray, of: Callable[[np.ndarray], float], draws: int
) -> tuple[float, float]:
    """95 % percentile interval over accounts drawn anew; rows of ``values`` are accounts.

    A draw without an answer counts as infinitely high; too few accounts give no interval.
    """
    n = len(values)
    if n < FEW:
        return np.nan, np.nan
    rng = np.random.default_rng(0)
    found = np.array([of(values[rng.integers(0, n, n)]) for _ in range(draws)])
    found = np.where(np.isnan(found), np.inf, found)
    low, high = np.quantile(found, [0.025, 0.975], method="nearest")
    return float(low), float(high)


def _axis(largest: float) -> tuple[float, str]:
    """The unit of an axis of amounts."""
    if largest >= 1e7:
        return 1e6, "million "
    return (1e3, "thousand ") if largest >= 1e4 else (1.0, "")


def _plain(driver: object) -> str:
    return str(driver).replace("_", " ")


def book_in_numbers(costs: Costs) -> Finding:
    """Which book, which time, how much, and which costs are known."""
    if not costs.costed:
        return _credit_alone(costs)
    numbers = {
        "book": costs.name,
        "when": costs.when,
        "accounts": len(costs.profits),
        "revenue": _cents(costs.revenue),
        "goods": _cents(costs.goods),
        "unit": costs.unit,
        "uncosted": costs.uncosted[0],
        "uncosted_revenue": _cents(costs.uncosted[1]),
        "uncosted_part": _part(max(costs.uncosted[1], 0.0), max(costs.revenue, 0.01)),
        "doubtful": int((costs.knowledge != KNOWN[0]).sum()),
        **{word.replace(" ", "_"): int((costs.knowledge == word).sum()) for word in KNOWN},
        "left_out": costs.bills_left_out,
    }
    if costs.standard_cost is not None:
        numbers["standard_cost"] = costs.standard_cost
    says = [
        "**{book}**, {when}: {accounts:count account}, revenue {revenue:money}{unit}, cost of "
        "goods {goods:money}{unit}.",
        *steps.gross(costs.returns),
    ]
    if costs.uncosted[0]:
        says += _without_cost(costs)
    if not costs.served:
        says.append(
            "It has no activities with cost pools that give rates, so the cost to serve is left "
            "out."
        )
    if not costs.invoiced:
        says.append(
            "It has no invoices with due dates in this period, so the cost of credit is left out; "
            "invoices.issue, due and amount would add it."
        )
    if costs.bills_left_out:
        says.append(BILLS_LEFT_OUT)
    if not costs.dated:
        says.append(
            "It has no dates, so gains are told in all and what changed cannot be asked; "
            "ledger.date would add it."
        )
    return Finding(numbers, tuple(says))


def _without_cost(costs: Costs) -> list[str]:
    """What a profit here is worth, where some of the rows have no cost of goods."""
    if costs.standard_cost is not None:
        return [
            "No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} "
            "of revenue, in {doubtful:count account}: {standard_cost:percent} of it is assumed, as "
            "book.toml says (standard_cost)."
        ]
    part = costs.revenue > 0 and costs.uncosted[1] > 0
    says = [
        "**No cost of goods is known of {uncosted:count row} with {uncosted_revenue:money}{unit} "
        "of revenue, {uncosted_part:percent} of all**: the profit of the book is at most what is "
        "shown, and less by what those goods cost."
        if part
        else "**No cost of goods is known of {uncosted:count row} with "
        "{uncosted_revenue:money}{unit} of revenue**: the profit of {doubtful:count account} is "
        "not known exactly."
    ]
    says.append(
        "So many accounts have a profit that is known: {known:,}; at most what is shown: "
        "{at_most:,}; at least that, where goods came back whose cost is missing: {at_least:,}."
    )
    if (costs.knowledge == "unknown").any():
        says.append(
            "Of {unknown:count account} no cost is known at all: what stands as profit is revenue."
        )
    return [*says, "standard_cost in book.toml would assume a share of the revenue."]


#: One unit of a driver in words.
ONE_OF = {
    "visits": "a visit",
    "calls": "a call",
    "quotes": "a quote",
    "cases": "a case",
    "urgent jobs": "an urgent job",
}
RATE_COLUMNS = {
    "rate": Shown("rate{inside} per unit", ",.1f"),
    "low": Shown("from", ",.1f"),
    "high": Shown("to", ",.1f"),
    "share": Shown("share of the cost of the pools", "percent"),
}


def rates(costs: Costs, draws: int | None = None, least: float = TOLD_LEAST) -> Finding:
    """What does one unit of each driver cost, and how much of the cost does no driver move?

    Parameters
    ----------
    costs : Costs
    least : rates that tell less than this share of the differences between pools charge nobody
    """
    counts, spent, why_not = costs.used
    if why_not:
        return unknown(NO_RATES[why_not], pools=len(spent), drivers=counts.shape[1])
    fit = costs.fit(draws or DRAWS)
    table = fit.rates
    table.index = table.index.map(_plain)
    width = (table["high"] - table["low"]) / table["rate"].where(table["rate"] > 0)
    known = width.notna().any()
    widest = str(width.idxmax()) if known else str(table.index[0])
    dearest, cheapest = str(table["rate"].idxmax()), str(table["rate"].idxmin())
    numbers: dict[str, Any] = {
        "pools": len(spent),
        "drivers": len(table),
        "unit": costs.unit,
        "inside": costs.inside,
        "moved": float(table["share"].sum()),
        "shares": [f"{name} {percent(value)}" for name, value in table["share"].items()],
        "widest": widest,
        "widest_share": float(table["share"][widest]),
        "dearest": ONE_OF.get(dearest, f"a unit of {dearest}"),
        "dear": float(table["rate"][dearest]),
        "dear_low": float(table["low"][dearest]),
        "dear_high": float(table["high"][dearest]),
        "cheapest": ONE_OF.get(cheapest, f"a unit of {cheapest}"),
        "cheap": float(table["rate"][cheapest]),
        "cheap_low": float(table["low"][cheapest]),
        "cheap_high": float(table["high"][cheapest]),
        "all": [
            f"{name} {row.rate:,.1f} ({row.low:,.1f} to {row.high:,.1f})"
            for name, row in zip(table.index, table.itertuples(), strict=True)
        ],
    }
    says = _without_driver(fit, numbers)
    if len(table) > 1:
        says.append("Their shares of the cost: {shares:names}.")
    if known and len(table) > 1:
        says.append(
            "The least sure, for its size, is the rate of {widest}, which is "
            "{widest_share:percent} of the cost."
        )
    if (table["rate"] <= 0).any():
        says.append(
            "A rate of zero means that the pools show no cost of that driver beside the others."
        )
    says += _told_of_others(fit, numbers, least)
    title = (
        "{dearest:start} costs {dear:,.0f}{unit} ({dear_low:,.0f} to {dear_high:,.0f}), {cheapest} "
        "{cheap:,.0f} ({cheap_low:,.0f} to {cheap_high:,.0f})"
        if len(table) > 1
        else "{dearest:start} costs {dear:,.0f}{unit} ({dear_low:,.0f} to {dear_high:,.0f})"
    )
    axis = f"{costs.currency or 'currency of the book'} per unit (95 % interval)"
    picture = Picture(
        lambda text: figures.ranked_intervals(
            table.rename(columns={"rate": "estimate"}), text, axis
        ),
        title,
        "Rate per unit of {drivers:count driver} with its interval: {all:names}.",
    )
    return Finding(numbers, tuple(says), table, RATE_COLUMNS, picture, show_table=False)


def _without_driver(fit: pf.PoolFit, numbers: dict[str, Any]) -> list[str]:
    """How much of the pools no driver moves; adds to the numbers."""
    own = fit.driverless_share
    if np.isnan(own.estimate):
        return [
            "From {pools:count pool} the rates cannot be told from a cost that no driver moves: "
            "such a cost would be in them. More teams or months with another mix would tell."
        ]
    numbers |= {
        "driverless": own.estimate,
        "driverless_low": own.low,
        "driverless_high": own.high,
        "a_pool": fit.driverless.estimate,
        "a_pool_low": fit.driverless.low,
        "a_pool_high": fit.driverless.high,
    }
    return [
        "From {pools:count pool}: drivers move {moved:percent} of the cost.",
        "A cost that every pool has and no driver moves is {driverless:percent} "
        "({driverless_low:percent} to {driverless_high:percent}), {a_pool:money}{unit} a pool "
        "({a_pool_low:money} to {a_pool_high:money}). No account is charged for it, so no profit "
        "here has paid it.",
    ]


def _told_of_others(fit: pf.PoolFit, numbers: dict[str, Any], least: float) -> list[str]:
    """What the rates tell of pools that they have not seen; adds to the numbers."""
    if np.isnan(fit.told.estimate):
        return ["All pools cost the same, so there is no difference that rates could tell."]
    numbers |= {
        "told": max(fit.told.estimate, 0.0),
        "told_low": max(fit.told.low, 0.0),
        "told_high": max(fit.told.high, 0.0),
        "least": least,
    }
    says = [
        "Of the differences between pools that they have not seen the rates tell {told:percent} "
        "({told_low:percent} to {told_high:percent}). Who takes the mean of all pools for each of "
        "them tells none of these differences."
    ]
    if fit.told.high < least:
        says.append("**That is less than {least:percent0}: charge nobody by these rates.**")
    elif fit.told.low < least:
        says.append(
            "Whether that is the {least:percent0} from which rates should charge anybody is open."
        )
    return says


def _charged(costs: Costs, numbers: dict[str, Any]) -> list[str]:
    """On which invoices credit is charged, and for how long; adds to the numbers."""
    if not costs.invoiced:
        return []
    numbers |= {
        "capital": costs.cost_of_capital,
        "on": called(costs.credit_line) if costs.credit_line else "all invoices",
        "days": [f"{code} {value:g}" for code, value in costs.standard.items()],
        "lag": f"{costs.billing_lag:g}",
    }
    return [
        "Credit is charged on {on} at {capital:percent} a year, for the standard days of each "
        "term: {days:names}."
        if costs.standard
        else "Credit is charged on {on} at {capital:percent} a year, from the invoice to its "
        "due date and {lag} days before the invoice."
        if costs.billing_lag
        else "Credit is charged on {on} at {capital:percent} a year, from the invoice to its "
        "due date."
    ]


#: Accounts that a table of the credit shows.
MOST_CREDIT = 20
CREDIT_COLUMNS = {
    "invoiced": Shown("invoiced on credit", "money"),
    "days": Shown("days of credit", ",.1f"),
    "credit": Shown("cost of credit", ",.2f"),
}


def _credit_by_account(costs: Costs) -> pd.DataFrame:
    """What each account was invoiced on credit, its days (weighted by amount) and its cost."""
    bills = costs.charged(costs.bills)
    invoiced = bills["amount"].groupby(bills["account_id"]).sum()
    at_one = costs.credit_of(costs.bills, rate=1)
    tied = pd.Series(dtype=float) if at_one is None else at_one * pf.DAYS_A_YEAR
    table = pd.DataFrame({"invoiced": invoiced, "tied": tied, "credit": costs.profits["credit"]})
    table["days"] = table["tied"] / table["invoiced"].where(table["invoiced"] > 0)
    return table.sort_values("credit", ascending=False, kind="stable").rename_axis("account_id")


def _credit_alone(costs: Costs) -> Finding:
    """What a book without a cost of goods tells: the credit that each account takes."""
    numbers: dict[str, Any] = {
        "book": costs.name,
        "when": costs.when,
        "accounts": len(costs.profits),
        "revenue": _cents(costs.revenue),
        "unit": costs.unit,
        "left_out": costs.bills_left_out,
    }
    says = [
        "**{book}**, {when}: {accounts:count account}, revenue {revenue:money}{unit}.",
        *steps.gross(costs.returns),
        "**The ledger has no cost of goods, so no profit is known**: the lesson tells the credit "
        "that each account takes, and ledger.cost_goods would add the rest.",
        *_charged(costs, numbers),
    ]
    if costs.bills_left_out:
        says.append(BILLS_LEFT_OUT)
    if not costs.invoiced:
        says.append(
            "No invoice with both dates and an amount falls into this period, so the cost of "
            "credit is not known either; another period may have some."
        )
        return Finding(numbers, tuple(says))
    table = _credit_by_account(costs)
    whole = float(table["credit"].sum())
    numbers |= {
        "credit": _cents(whole),
        "part": _part(whole, costs.revenue),
        "mean": _part(float(table["tied"].sum()), float(table["invoiced"].sum())),
        "first": costs.labels.get(table.index[0], table.index[0]),
        "most": _cents(table["credit"].iloc[0]),
        "shown": min(len(table), MOST_CREDIT),
    }
    says.append(
        "It costs {credit:,.2f}{unit} in all, {part:percent2} of revenue."
        if costs.revenue > 0
        else "It costs {credit:,.2f}{unit} in all."
    )
    if pd.notna(numbers["mean"]):
        says.append("Weighted by amount, an invoice runs {mean:,.1f} days.")
    if numbers["most"] > 0:
        says.append(
            "Most of it is that of **{first}**: {most:,.2f}{unit}."
            if numbers["most"] > whole / 2
            else "The largest part is that of **{first}**: {most:,.2f}{unit}."
        )
    if len(table) > MOST_CREDIT:
        says.append("Shown are the {shown} that take the most.")
    shown = table.head(MOST_CREDIT)[["invoiced", "days", "credit"]]
    shown.insert(0, "name", [costs.labels.get(i, i) for i in shown.index])
    return Finding(numbers, tuple(says), shown.reset_index(drop=True), CREDIT_COLUMNS)


LEFT_COLUMNS = {"share": Shown("share of gross profit", "percent")}
#: What turns accounts into loss-makers, cause by cause.
CAUSES = {
    "goods": "Sold below the cost of the goods: {accounts:count account}, a loss of "
    "{loss:money}{unit}.",
    "goods, credit": "Sold below the cost of the goods: {accounts:count account}, a loss of "
    "{loss:money}{unit} with the credit.",
    "goods, service": "Sold below the cost of the goods: {accounts:count account}, a loss of "
    "{loss:money}{unit} with the service.",
    "goods, credit, service": "Sold below the cost of the goods: {accounts:count account}, a loss "
    "of {loss:money}{unit} with the credit and the service.",
    "credit": "Turned into a loss by the credit: {accounts:count account}, {loss:money}{unit}.",
    "service": "Turned into a loss by the service, which is charged last: "
    "{accounts:count account}, {loss:money}{unit}.",
}
#: What decides where the service does not: whether credit is known, and turns an account.
DECIDES = {
    (False, False): "What decides is the price against the cost of the goods.",
    (True, False): "What decides is the price against the cost of the goods: credit makes losses "
    "larger, but turns no account into a loss-maker.",
    (True, True): "What decides is the price against the cost of the goods and of the credit.",
}


@_of_profit
@_at_most
def what_is_left(costs: Costs) -> Finding:
    """What is left of the revenue after goods, credit and service, and how many accounts lose?"""
    profits, losers = costs.profits, costs.losers
    gross, service = costs.gross, float(profits["service"].sum())
    left = gross - float(profits["credit"].sum()) - service
    made = {"revenue": costs.revenue, "gross profit": gross}
    made |= {"cost of credit": -profits["credit"].sum()} if costs.invoiced else {}
    made |= {"cost to serve": -service} if costs.served else {}
    table = pd.DataFrame({"amount": pd.Series({**made, "profit": left})})
    table["share"] = [np.nan, *(_part(amount, gross) for amount in table["amount"].iloc[1:])]
    by_cause = losers.groupby("loss_from")["profit"].agg(["size", "sum"])
    known = {"goods": True, "credit": costs.invoiced, "service": costs.served}
    causes = {
        name: {
            "accounts": int(by_cause["size"].get(name, 0)),
            "loss": _cents(-by_cause["sum"].get(name, 0.0)),
        }
        for name in known
        if known[name]
    }
    # What an account sold below cost loses counts its credit and service too.
    told = {name: name for name in causes} | {"goods": ", ".join(causes)}
    numbers = {
        "profit": _cents(left),
        "gross": _cents(gross),
        "losing": len(losers),
        "accounts": len(profits),
        "share_losing": len(losers) / len(profits),
        "returned": int((losers["revenue"] < 0).sum()),
        "service_part": _part(service, gross),
        "hidden": costs.hidden,
        "unit": costs.unit,
        **causes,
    }
    says: list[Sentence | str] = list(_charged(costs, numbers))
    says.append(
        "Of {accounts:count account}, {losing} lose money: {share_losing:percent}."
        if len(losers) > 1
        else "Of {accounts:count account}, {losing} loses money: {share_losing:percent}."
        if len(losers)
        else _loses(costs, "Of {accounts:count account}, none LOSES.")
    )
    says += [Sentence(CAUSES[told[name]], of=name) for name in causes if causes[name]["accounts"]]
    if numbers["returned"]:
        says.append(
            "Among these, more was returned than was sold: {returned:count account}. No price "
            "would mend that."
        )
    if costs.served and gross > 0:
        says.append("The cost to serve is {service_part:percent2} of gross profit.")
        few = causes["service"]["accounts"] < max(len(losers) / 4, 1)
        if len(losers):
            turned_last = losers[losers["loss_from"] == "service"]
            alone = turned_last["gross_profit"] < turned_last["service"]
            numbers["alone"] = int(alone.sum())
            if numbers["alone"] < len(turned_last):
                numbers["turned_last"] = len(turned_last)
                says.append(
                    "Of the {turned_last:count account} that it turns, {alone} would lose by the "
                    "service alone, without any credit."
                )
            low, high = proportion_confint(
                causes["service"]["accounts"], len(losers), method="wilson"
            )
            numbers |= {
                "by_service": causes["service"]["accounts"] / len(losers),
                "by_service_low": float(low),
                "by_service_high": float(high),
            }
        if service < SMALL_SERVICE * gross and few and len(losers):
            says.append(
                "**So here the cost to serve is small against the margin, and decides only the "
                "last few loss-makers**."
            )
            turned = costs.invoiced and causes["credit"]["accounts"] > 0
            says.append(DECIDES[costs.invoiced, turned])
        elif len(losers):
            says.append(
                "**Charged last, the service decides {by_service:percent0} of the loss-makers** "
                "(95 % interval {by_service_low:percent0} to {by_service_high:percent0})."
            )
    return Finding(numbers, tuple(says), table.rename_axis("step"), LEFT_COLUMNS)


#: The message over the whale curve: whether there are losses, and what is known of the peak.
WHALE_TITLES = {
    (False, "any"): "No account LOSES: none takes profit back",
    (True, "both"): "The curve peaks at {peak:percent0} ({low:percent0} to {high:percent0}) of the "
    "total profit, losses take {erosion:percent0} of the peak back",
    (True, "low"): "The curve peaks at {peak:percent0} ({low:percent0} or more) of the total "
    "profit, losses take {erosion:percent0} of the peak back",
    (True, "none"): "The curve peaks at {peak:percent0} of the total profit, losses take "
    "{erosion:percent0} of the peak back",
}
WHALE_COLUMNS = {
    "share_of_accounts": Shown("of the accounts", "percent"),
    "cumulative": Shown("made so far{inside}", "money"),
    "share_of_total": Shown("of the total", "percent"),
}


def _whole(costs: Costs) -> tuple[pf.WhalePeak | None, Finding | None]:
    """The peak, or why no share of the total profit can be told."""
    profit, total = costs.profit, _cents(costs.profit.sum())
    if total <= 0:
        return None, unknown(
            "All accounts together leave {total:money}{unit}: there is no profit to take a share "
            "of. Another period may have one, and so may a line of ledger.line.",
            total=total,
            unit=costs.unit,
        )
    return pf.whale_peak(profit), None


@_of_profit
@_at_most
def whale_shape(costs: Costs, q: float = TOP_SHARE, draws: int | None = None) -> Finding:
    """How does profit add up, and what do the loss-makers take back?"""
    top, why_not = _whole(costs)
    if top is None:
        assert why_not is not None
        return why_not
    profit = costs.profit
    band = pf.whale_band(profit, draws=draws or DRAWS) if len(profit) >= FEW else None
    low, high = (band.peak.low, band.peak.high) if band else (np.nan, np.nan)
    few = _few_make(costs, q, draws or DRAWS)
    numbers = {
        "accounts": len(profit),
        "peak": top.peak,
        "low": low,
        "high": high,
        "at": top.at_share,
        "losing": top.losing,
        "hidden": costs.hidden,
        "taken": _cents(top.at_peak - top.total),
        "erosion": abs(pf.erosion(profit)),
        "q": q,
        "unit": costs.unit,
        "covers": pf.peak_covered(len(profit)) if band else np.nan,
        **few,
    }
    known = "none" if band is None else "both" if np.isfinite(high) else "low"
    says = _says_few(few)
    if top.losing:
        says.append(
            {
                "both": "The peak is {peak:.2f} times the total (95 % interval {low:.2f} to "
                "{high:.2f}; such intervals hold it in {covers:percent0} or more of simulated "
                "books).",
                "low": "The peak is {peak:.2f} times the total; its 95 % interval begins at "
                "{low:.2f} and has no upper end (such intervals hold it in {covers:percent0} or "
                "more of simulated books).",
                "none": "The peak is {peak:.2f} times the total.",
            }[known]
        )
        says.append(
            "The losses of {losing:count account} take {taken:money}{unit} back, an erosion of "
            "{erosion:percent}."
        )
    else:
        says.append("The curve rises to the end: its peak is the total, and nothing is eroded.")
    says += _few_with_cost(costs, q, numbers)
    title = _loses(costs, WHALE_TITLES[(True, known) if top.losing else (False, "any")])
    curve = band.curve if band else _curve(profit)
    picture = Picture(
        lambda text: own_figures.whale_plot(curve, text, (top.at_share, top.peak)),
        title,
        "Whale curve of {accounts:count account}: it rises to {peak:percent0} of the total profit "
        "at {at:percent0} of the accounts and ends at the whole of it.",
    )
    return Finding(numbers, tuple(says), picture=picture if len(profit) > 1 else None)


#: What the few make, by what is known of the interval.
FEW_MAKE = {
    "both": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} ({best_low:percent0} to {best_high:percent0}) of the {left_of} of all.",
    "low": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} ({best_low:percent0} or more) of the {left_of} of all.",
    "none": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} of the {left_of} of all; too few accounts for an interval.",
    "one": "The best account makes {best_part:percent0} of the {left_of} of all; too few accounts "
    "for an interval.",
}


#: The same where it is more than all of it.
FEW_MAKE_MORE = {
    "both": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} ({best_low:percent0} to {best_high:percent0}) of the {left_of} of all. "
    "That is more than all of it: the others together take the rest back.",
    "low": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} ({best_low:percent0} or more) of the {left_of} of all. That is more than "
    "all of it: the others together take the rest back.",
    "none": "The best {best:count account}, {best_of:percent0} of the {bought} that bought, make "
    "{best_part:percent0} of the {left_of} of all; too few accounts for an interval. That is more "
    "than all of it: the others together take the rest back.",
    "one": "The best account makes {best_part:percent0} of the {left_of} of all; too few accounts "
    "for an interval. That is more than all of it: the others together take the rest back.",
}


def _bought(costs: Costs) -> pd.Series:
    """Profit of the accounts that bought: of no other is a share of them taken."""
    return costs.profit.reindex(costs.accounts["account_id"]).dropna()


def _of_best(bought: pd.Series, q: float, draws: int) -> tuple[float, float]:
    """The interval of the share of the best, the same as in lesson 01; none of too few accounts."""
    if len(bought) < FEW:
        return np.nan, np.nan
    found = size_interval(bought, "top_share", q, draws=draws)
    return found.low, found.high


def _few_make(costs: Costs, q: float, draws: int) -> dict[str, Any]:
    """What the most profitable of the accounts that bought make of the total of all of them."""
    bought = _bought(costs)
    if not bought.sum() > 0:
        return {}
    found = share_of_top(bought, q)
    low, high = _of_best(bought, q, draws)
    return {
        "best": found.counted,
        "bought": found.accounts,
        "best_of": found.counted / found.accounts,
        "best_part": found.share,
        "best_low": low,
        "best_high": high,
        "left_of": costs.left_of,
    }


def _few_with_cost(costs: Costs, q: float, numbers: dict[str, Any]) -> list[str]:
    """The same share of the rows with a cost alone, where others have none."""
    bought = _bought(costs.with_cost) if costs.lacks_costs else pd.Series(dtype=float)
    if not bought.sum() > 0:
        return []
    numbers["best_with_cost"] = share_of_top(bought, q).share
    return ["On the rows with a cost alone such a share is {best_with_cost:percent0}."]


def _says_few(few: Mapping[str, Any]) -> list[str]:
    if not few:
        return []
    known = "none" if np.isnan(few["best_low"]) else "low"
    known = "both" if known == "low" and np.isfinite(few["best_high"]) else known
    known = "one" if few["best"] == 1 and known == "none" else known
    return [(FEW_MAKE_MORE if few["best_part"] > 1 else FEW_MAKE)[known]]


def _curve(profit: pd.Series) -> pd.DataFrame:
    found = pf.whale_curve(profit)[["share_of_accounts", "share_of_total"]]
    found = found.rename(columns={"share_of_total": "estimate"})
    return pd.concat([pd.DataFrame({"share_of_accounts": [0.0], "estimate": [0.0]}), found])


@_of_profit
@_at_most
def whale_points(costs: Costs, parts: Sequence[float] = (0.01, 0.05, 0.2, 0.5, 1.0)) -> Finding:
    """The whale curve in numbers, and how unequal profits are."""
    top, why_not = _whole(costs)
    if top is None:
        assert why_not is not None
        return why_not
    points, profit = pf.whale_curve(costs.profit), costs.profit
    shares = {*parts, top.at_share}
    at = sorted({max(1, round(share * len(points))) for share in shares})
    columns = ["rank", "share_of_accounts", "cumulative", "share_of_total"]
    table = points.iloc[[place - 1 for place in at]][columns].set_index("rank")
    numbers: dict[str, Any] = {"inside": costs.inside, "gini": pf.adjusted_gini(profit)}
    says: tuple[str, ...] = ()
    if len(profit) > 1 and (profit < 0).any():
        numbers["unsigned"] = pf.adjusted_gini(profit.abs())
        says = (
            "The Gini coefficient adjusted for losses is {gini:.3f}; that of the amounts without "
            "their sign would be {unsigned:.3f} and would hide the losses.",
        )
    elif len(profit) > 1 and pd.notna(numbers["gini"]):
        says = (
            "The Gini coefficient of the profits is {gini:.3f}; there is no loss to adjust for.",
        )
    return Finding(numbers, says, table, WHALE_COLUMNS)


LOST_COLUMNS = {
    "profit": Shown("they make{inside}", "money"),
    "left": Shown("what is left{inside}", "money"),
    "share_of_total": Shown("of the total profit", "percent"),
}


@_of_profit
@_at_most
def best_lost(costs: Costs, counts: Sequence[int] = (1, 5, 10, 20, 50)) -> Finding:
    """What would be left without the most profitable accounts?"""
    profit = costs.profit
    if len(profit) < 2:
        return unknown(
            "There is {accounts:count account}: without it nothing is left. Two accounts would "
            "allow a comparison.",
            accounts=len(profit),
        )
    table, total = pf.dependence(profit, counts), _cents(profit.sum())
    fewest = _fewest(profit.to_numpy())
    low = high = np.nan
    if len(profit) >= FEW:
        _, low, high = tail_bootstrap_interval(profit, _fewest, draws=DRAWS)
    numbers = {
        "first": costs.labels.get(profit.idxmax(), profit.idxmax()),
        "profit": _cents(profit.max()),
        "share": _part(profit.max(), total),
        "accounts": len(profit),
        "fewest": int(fewest) if np.isfinite(fewest) else None,
        "fewest_low": int(low) if np.isfinite(low) else None,
        "fewest_high": int(high) if np.isfinite(high) else None,
        "unit": costs.unit,
        "inside": costs.inside,
    }
    says = [
        "The most profitable account is **{first}** with at most {profit:money}{unit}."
        if numbers["profit"] > 0 and costs.knowledge.get(profit.idxmax()) in ("at most", "unknown")
        else "The most profitable account is **{first}** with {profit:money}{unit}."
        if numbers["profit"] > 0
        else "No account makes a profit; nearest to one is **{first}** with {profit:money}{unit}."
    ]
    if total > 0:
        says.append("That is {share:percent} of the profit of all.")
        says.append(
            "Without the best {fewest:count account} of {accounts} the rest together would make "
            "nothing or lose money (95 % interval {fewest_low} to {fewest_high})."
            if numbers["fewest"] and numbers["fewest_low"] and numbers["fewest_high"]
            else "Without the best {fewest:count account} of {accounts} the rest together would "
            "make nothing or lose money."
            if numbers["fewest"]
            else "However many of the best were lost, the rest would not lose money."
        )
    if costs.lacks_costs and (sure := costs.with_cost.profit).max() > 0:
        first = sure.idxmax()
        numbers |= {"sure": costs.labels.get(first, first), "sure_profit": _cents(sure.max())}
        says.append(
            "On the rows with a cost alone **{sure}** leaves most, {sure_profit:money}{unit}."
        )
    if table.empty:  # nobody makes a profit, so nobody is the best
        return Finding(numbers, tuple(says))
    return Finding(numbers, tuple(says), table, LOST_COLUMNS, show_table=False)


def _fewest(profit: np.ndarray) -> float:
    """How many of the best have to go until the rest make nothing; infinite if none do."""
    made = np.cumsum(np.sort(profit)[::-1]).round(2)
    over = np.flatnonzero(made[:-1] >= made[-1])
    return float(over[0]) + 1 if len(over) and made[-1] > 0 else np.inf


def _ranks(costs: Costs, q: float) -> tuple[pd.DataFrame, int]:
    table = costs.profits[["revenue", "profit"]].assign(loses=costs.profit < 0)
    for column in ("revenue", "profit"):
        table[f"{column}_rank"] = (
            table[column].rank(method="first", ascending=False).astype("int64")
        )
    table["falls"] = table["profit_rank"] - table["revenue_rank"]
    return table, top_count(len(table), q)


@_of_profit
@_at_most
def large_and_profitable(costs: Costs, q: float = TOP_SHARE) -> Finding:
    """Are the large accounts the profitable ones?"""
    table, fifth = _ranks(costs, q)
    if len(table) < 3:
        return unknown(
            "There are too few accounts to compare two orders: {accounts}. Three would allow it.",
            accounts=len(table),
        )
    large = table[(table["revenue_rank"] <= fifth) & table["loses"]]
    falls = table.sort_values("falls", ascending=False, kind="stable").head(5)
    first = falls.iloc[0]
    varied = table["revenue"].nunique() > 1 and table["profit"].nunique() > 1
    agreement = float(spearmanr(table["revenue"], table["profit"]).statistic) if varied else np.nan
    low, high = _of_rank_correlation(agreement, len(table))
    numbers = {
        "accounts": len(table),
        "fifth": fifth,
        "losing": int(table["loses"].sum()),
        "hidden": costs.hidden,
        "large": len(large),
        "lost": _cents(-large["profit"].sum()),
        "agreement": 0.0 if abs(agreement) < 0.005 else agreement,
        "low": low,
        "high": high,
        "who": costs.labels.get(falls.index[0], falls.index[0]),
        "from_rank": int(first["revenue_rank"]),
        "to_rank": int(first["profit_rank"]),
        "next": [costs.labels.get(i, i) for i in falls.index[1:][falls["falls"].iloc[1:] > 0]],
        "unit": costs.unit,
        "frame": table,
    }
    says = []
    if varied:
        says.append(
            "The rank correlation of revenue and profit is {agreement:.2f}."
            if np.isnan(low)
            else "The rank correlation of revenue and profit is {agreement:.2f} (95 % interval "
            "{low:.2f} to {high:.2f})."
        )
    says.append(
        "Among the {fifth:count largest account} there are {large:count loss-maker}, with a loss "
        "of {lost:money}{unit}."
        if len(large) > 1
        else "Among the {fifth:count largest account} there is {large:count loss-maker}, with a "
        "loss of {lost:money}{unit}."
        if len(large)
        else _loses(costs, "No account among the {fifth:count largest account} LOSES.")
        if fifth > 1
        else "The largest account does not lose money."
    )
    if first["falls"] > 0:
        says.append(
            "The deepest fall is that of {who}: rank {from_rank} by revenue, {to_rank} by profit."
        )
        if numbers["next"]:
            says.append("After it the deepest falls are those of: {next:names}.")
        alt = (
            "Rank by revenue against rank by profit for {accounts:count account}; {losing} of them "
            "at a loss, {large} of these among the {fifth} largest. The deepest fall is that of "
            "{who}, from rank {from_rank} to {to_rank}."
        )
    else:
        says.append("No account stands lower by profit than by revenue.")
        alt = (
            "Rank by revenue against rank by profit for {accounts:count account}; none stands "
            "lower by profit than by revenue."
        )
    marked = falls.index[:1][falls["falls"].iloc[:1] > 0]
    picture = Picture(
        lambda text: own_figures.rank_plot(table, text, costs.labels, marked),
        "{large:count loss-maker} among the {fifth:count largest account}"
        if len(large)
        else "No loss-maker among the {fifth:count largest account}",
        alt,
    )
    return Finding(numbers, tuple(says), picture=picture)


def _of_rank_correlation(found: float, n: int) -> tuple[float, float]:
    """95 % interval of a rank correlation (Bonett & Wright 2000)."""
    if n < FEW or np.isnan(found) or abs(found) > 0.999:
        return np.nan, np.nan
    half = float(norm.ppf(0.975)) * np.sqrt((1 + found**2 / 2) / (n - 3))
    low, high = (flat(value) for value in fisher_limits(found, half))
    return low, high


#: Whether more lose again than if chance drew anew who loses.
AGAIN = {
    True: "If chance drew anew who loses, it would be {base:percent0}: losses last. So many or "
    "more would come by chance alone with a probability p {p} (Fisher's exact test).",
    False: "If chance drew anew who loses, it would be {base:percent0}: whether losses last cannot "
    "be told. So many or more would come by chance alone with a probability p {p} (Fisher's exact "
    "test).",
}


@_of_profit
def loses_again(costs: Costs, draws: int | None = None, level: float = 0.05) -> Finding:
    """Do loss-makers stay loss-makers, or was it the chance of a year?

    Those of one full year in the next, before credit and service, against what chance alone would
    give; and what each is expected to make in another year.

    Parameters
    ----------
    costs : Costs
    level : losses are said to last where chance gives as many with less than this probability
    """
    years = costs.years[-2:]
    if len(years) < 2:
        return unknown(NO_YEARS, years=len(years))
    frames = [
        costs.of_year(year).groupby("account_id")[["revenue", "cost"]].sum() for year in years
    ]
    gross = [(frame["revenue"] - frame["cost"]).round(2) for frame in frames]
    both = pd.DataFrame({"first": gross[0] < 0}).join((gross[1] < 0).rename("second"), how="inner")
    counts = pd.crosstab(both["first"], both["second"]).reindex(
        index=[True, False], columns=[True, False], fill_value=0
    )
    again, still = int(counts.loc[True, True]), int(counts.loc[True].sum())
    numbers: dict[str, Any] = {
        "first": years[0],
        "second": years[1],
        "losing": int((gross[0] < 0).sum()),
        "still": still,
        "again": again,
        "lost_then": _cents(-gross[0][both.index[both["first"]]].sum()),
        "lost_later": _cents(-gross[1][both.index[both["first"]]].sum()),
        "unit": costs.unit,
        "inside": costs.inside,
    }
    if not still:
        return Finding(
            numbers,
            (
                "Accounts sold below the cost of their goods in {first} that bought again in "
                "{second}: {still}.",
            ),
        )
    low, high = proportion_confint(again, still, method="wilson")
    p = float(fisher_exact(counts.to_numpy(), alternative="greater").pvalue)
    numbers |= {"share": again / still, "low": float(low), "high": float(high)}
    numbers |= {"base": float(both["second"].mean()), "p": "< 0.001" if p < 0.001 else f"= {p:.3f}"}
    says = [
        "{losing:count account} cost more than they brought in {first}, before credit and "
        "service; {still} of them bought in {second}."
        if numbers["losing"] > 1
        else "{losing:count account} cost more than it brought in {first}, before credit and "
        "service, and bought again in {second}.",
        "Below cost again: {again}, which is {share:percent0} of these (95 % interval "
        "{low:percent0} to {high:percent0}).",
        "Lost by these in {first}: {lost_then:money}{unit}; in {second}: {lost_later:money}{unit}."
        if numbers["lost_later"] > 0
        else "Lost by these in {first}: {lost_then:money}{unit}; in {second}: nothing in all.",
        AGAIN[p < level],
    ]
    numbers["groups"] = _expected(frames, years, numbers, says, draws or DRAWS)
    return Finding(numbers, tuple(says))


def _on_the_later_level(rows: pd.DataFrame, earlier: int) -> pd.DataFrame:
    """The margins, those of the earlier year moved by what the accounts of both years moved by.

    A tariff or a price of purchase that moves all of them is no chance of an account. The first
    ``earlier`` rows are those of the earlier year.
    """
    one, two = (part.set_index("account_id")["margin"] for part in (rows[:earlier], rows[earlier:]))
    moved = float((two - one).mean())
    if np.isnan(moved):
        return rows
    margin = rows["margin"].to_numpy().copy()
    margin[:earlier] += moved
    return rows.assign(margin=margin)


def _expected(
    frames: Sequence[pd.DataFrame],
    years: Sequence[str],
    numbers: dict[str, Any],
    says: list[str],
    draws: int,
) -> pd.DataFrame | None:
    """What the accounts of the later year are expected to make in another; adds to both."""
    sold = [frame[frame["revenue"] > 0] for frame in frames]
    rows = pd.concat(
        [(1 - frame["cost"] / frame["revenue"]).rename("margin").reset_index() for frame in sold]
    )
    twice = rows["account_id"].duplicated().sum()
    rows = _on_the_later_level(rows, len(sold[0]))
    if twice < FEW:
        numbers |= {"twice": int(twice), "few": FEW}
        says.append(
            "Bought in both years: {twice:count account}. It takes {few} to tell what lasts from "
            "the chance of a year."
        )
        return None
    found = expected_margins(rows)
    low, high = lasting_interval(rows, draws=draws)
    later = sold[1]
    booked = (later["revenue"] - later["cost"]).round(2)
    margin = 1 - later["cost"] / later["revenue"]
    hoped = (found.mean + found.lasting * (margin - found.mean)) * later["revenue"]
    losing = booked < 0
    numbers |= {
        "lasting": found.lasting,
        "lasting_low": low,
        "lasting_high": high,
        "losers": int(losing.sum()),
        "expected": int((hoped[losing] < 0).sum()),
        "booked": _cents(-booked[losing].sum()),
        "hoped": _cents(-hoped[losing].sum()),
    }
    says.append(
        "Of the differences between the margins of a year {lasting:percent0} "
        "({lasting_low:percent0} to {lasting_high:percent0}) last. What all moved by together from "
        "{first} to {second} is left out; what else moved is taken for the chance of a year, which "
        "returns to the mean."
    )
    if losing.any():
        says.append(
            "Of the {losers:count account} sold below cost in {second}, {expected} are expected to "
            "be so in another such year, and all of them together to lose {hoped:money}{unit} "
            "where they lost {booked:money}{unit}."
            if numbers["hoped"] > 0
            else "Of the {losers:count account} sold below cost in {second}, {expected} are "
            "expected to be so in another such year; together they lost {booked:money}{unit} "
            "and are expected to make no loss."
        )
    names = np.where(losing, f"lost in {years[1]}", f"did not lose in {years[1]}")
    table = pd.DataFrame({"booked": booked, "expected": hoped}).groupby(names).sum()
    table.insert(0, "accounts", pd.Series(names).value_counts())
    return table.rename_axis("group")


YEAR_COLUMNS = {
    "gross_profit": Shown("gross profit", "money"),
    "change": Shown("change of gross profit", "money"),
}


def _change(costs: Costs) -> tuple[pd.DataFrame, dict[str, float]]:
    """The full years, and what changed between the two that are compared."""
    assert costs.pair is not None
    table = costs.yearly.groupby("period")[["revenue", "cost"]].sum()
    table.insert(0, "accounts", costs.yearly.groupby("period")["account_id"].nunique())
    table["gross_profit"] = (table["revenue"] - table["cost"]).round(2)
    table["change"] = table["gross_profit"].diff()
    earlier, later = costs.pair
    moved = {
        name: _cents(table[name][later] - table[name][earlier])
        for name in ("revenue", "gross_profit")
    }
    return table, moved


def _pairs_of_case_d(table: pd.DataFrame) -> list[str]:
    """The pairs of years, one after the other, in which revenue rose and gross profit fell."""
    change = table[["revenue", "gross_profit"]].diff().round(2)
    pairs = zip(table.index[:-1], table.index[1:], strict=True)
    case_d = ((change["revenue"] > 0) & (change["gross_profit"] < 0)).iloc[1:]
    return [f"{one}-{two}" for (one, two), found in zip(pairs, case_d, strict=True) if found]


def _fall(costs: Costs) -> float:
    """By how much gross profit fell between the two years; 0 where it did not."""
    if costs.pair is None:
        return 0.0
    return max(0.0, _cents(-_change(costs)[1]["gross_profit"]))


MOVED = {
    ("revenue", 1): "From {earlier} to {later} revenue rose by {sold:money}{unit}.",
    ("revenue", -1): "From {earlier} to {later} revenue fell by {sold:money}{unit}.",
    ("revenue", 0): "From {earlier} to {later} revenue did not change.",
    ("profit", 1): "Gross profit rose by {made:money}{unit}.",
    ("profit", -1): "Gross profit fell by {made:money}{unit}.",
    ("profit", 0): "Gross profit did not change.",
}


@_of_profit
@_at_most
def years(costs: Costs) -> Finding:
    """Is this Case D: sales up, profit down?"""
    if costs.pair is None:
        return unknown(NO_YEARS, years=len(costs.years))
    table, change = _change(costs)
    sold, made = (int(np.sign(_cents(change[name]))) for name in ("revenue", "gross_profit"))
    case_d, others = sold > 0 > made, _pairs_of_case_d(table)
    numbers = {
        "elsewhere": others,
        "earlier": costs.pair[0],
        "later": costs.pair[1],
        "sold": _cents(abs(change["revenue"])),
        "made": _cents(abs(change["gross_profit"])),
        "years": len(table),
        "case_d": case_d,
        "unit": costs.unit,
    }
    says = [
        MOVED["revenue", sold],
        MOVED["profit", made],
        "**Sales up, profit down**: this is Case D."
        if case_d
        else "This is not Case D; the bridge says what moved all the same.",
    ]
    if others and not case_d:
        says.append(
            "Sales rose and profit fell in {elsewhere:names}: the parameter `compared` takes such "
            "a pair of years."
        )
    shown = table[["accounts", "revenue", "gross_profit", "change"]].rename_axis("year")
    return Finding(numbers, tuple(says), shown, YEAR_COLUMNS)


#: The message over the bridge: the group that lost most by price and cost.
TOOK = {
    NEW: "New customers took {took:money}{unit} by price and cost",
    OLD: "Old accounts, now sold to below cost, took {took:money}{unit} by price and cost",
    OTHERS: "Neither new customers nor loss-makers: the others took {took:money}{unit} by "
    "price and cost",
    "": "Gross profit from {earlier} to {later}: price and cost took nothing from any group",
}
#: What a cost that rose is of the way down from the first end of the bridge to the last.
ROSE = {
    "credit": "The cost of credit rose by {credit:money}{unit}: {credit_part:percent2} of the "
    "{fall:money}{unit} from the first end of the bridge to the last.",
    "service": "The cost to serve rose by {service:money}{unit}: {service_part:percent2} of the "
    "{fall:money}{unit} from the first end of the bridge to the last.",
}


def _steps(costs: Costs, bridge: pd.DataFrame) -> pd.DataFrame:
    assert costs.pair is not None
    parts = [costs.parts[year] for year in costs.pair]
    further = {}
    if costs.invoiced:
        credit = [
            0.0 if found is None else float(found.sum())
            for found in (costs.credit_of(part.bills) for part in parts)
        ]
        further["change of cost of credit"] = _cents(credit[0] - credit[1])
    if costs.served:
        counts = [costs.counts_of(part.activities) for part in parts]
        spent = [
            0.0 if found is None else float((found * costs.rates).to_numpy().sum())
            for found in counts
        ]
        further["change of cost to serve"] = _cents(spent[0] - spent[1])
    return pf.bridge_steps(bridge, costs.groups, further)


@_of_profit
@_at_most
def bridge(costs: Costs) -> Finding:
    """Which steps lead from the profit before to the profit after?"""
    if costs.pair is None:
        return unknown(NO_YEARS, years=len(costs.years))
    found = costs.bridge()
    earlier, later = costs.pair
    if found is None:
        return unknown(
            "Nothing was sold in {earlier}, so there is nothing to compare {later} with; another "
            "pair of years would allow it.",
            earlier=earlier,
            later=later,
        )
    walk = _steps(costs, found).rename(
        {"before": f"gross profit {earlier}", "after": f"{later}, after these steps"}
    )
    by_group = walk["amount"][
        [step for step in walk.index if str(step).startswith("price and cost: ")]
    ]
    worst = str(by_group.idxmin()).partition(": ")[2] if (by_group < -0.005).any() else ""
    size, word = _axis(float(walk["to"].abs().max()))
    numbers: dict[str, Any] = {
        "earlier": earlier,
        "later": later,
        "took": _cents(-by_group.min()) if worst else 0.0,
        "who": worst or "nobody",
        "service": _cents(-walk["amount"].get("change of cost to serve", 0.0)),
        "credit": _cents(-walk["amount"].get("change of cost of credit", 0.0)),
        # what the bridge itself falls by: the cost to serve is no part of a fall of gross profit
        "fall": max(0.0, _cents(walk["to"].iloc[0] - walk["to"].iloc[-1])),
        "steps": [f"{step} {money(_cents(value))}" for step, value in walk["amount"].items()],
        "frame": walk,
        "unit": costs.unit,
    }
    says = [
        *_ends(walk, numbers),
        "The largest loss by price and cost is that of the group: {who}."
        if worst
        else "No group lost by price and cost.",
    ]
    for name, said in ROSE.items():
        if numbers[name] > 0 and numbers["fall"] > 0:
            numbers[f"{name}_part"] = numbers[name] / numbers["fall"]
            if numbers[f"{name}_part"] < 1:
                says.append(said)
    if numbers.get("service_part", 1.0) < 0.1:
        says.append("Busy teams are what people see; most of the fall lies elsewhere.")
    if not costs.volumes:
        says.append(
            "Without volumes the bridge counts in units of revenue: price and unit cost together "
            "are the change of the margin. ledger.volume would tell them apart."
        )
    axis = f"{word}{costs.currency}".strip() or "currency of the book"
    picture = Picture(
        lambda text: own_figures.bridge_plot(walk / size, text, axis),
        TOOK.get(worst, TOOK[""]),
        "Bridge from the gross profit of {earlier} to {later}: {steps:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _ends(walk: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """Where the bridge starts and where it ends; adds to the numbers."""
    further = [step for step in walk.index if str(step).startswith("change of cost")]
    numbers |= {
        "start": _cents(walk["to"].iloc[0]),
        "end": _cents(walk["to"].iloc[-1]),
        "gross_later": _cents(walk["to"].iloc[-1] - walk["amount"][further].sum()),
        "taken": " and ".join(str(step).removeprefix("change of ") for step in further),
    }
    if not further:
        return [
            "The bridge starts at the gross profit of {earlier}, {start:money}{unit}, and ends at "
            "that of {later}, {end:money}{unit}."
        ]
    return [
        "The bridge starts at the gross profit of {earlier}, {start:money}{unit}. That of {later} "
        "is {gross_later:money}{unit}; less the change of {taken} it ends at "
        "{end:money}{unit}. What they cost in {earlier} already is in neither end."
    ]


#: What the book says of the two halves of the document's diagnosis: (new customers, lost ones).
DIAGNOSIS = {
    (True, True): "Both halves of the document's diagnosis fit: new customers took a part of the "
    "profit, and so did the loss of old ones.",
    (True, False): "One half of the document's diagnosis fits, new customers; the other does not: "
    "lost old customers took less than {part:percent0} of the fall.",
    (False, True): "One half of the document's diagnosis fits, profitable old customers were lost; "
    "the other does not: new customers took less than {part:percent0} of the fall.",
    (False, False): "Neither half of the document's diagnosis fits: neither new customers nor the "
    "loss of old ones took {part:percent0} of the fall.",
}


#: What price and unit cost did to the gross profit: whether they added, and more than all of it.
MOVED_BY_PRICE = {
    (False, False): "In {where} price and unit cost took {moved:percent} of its gross profit of "
    "{earlier}.",
    (False, True): "In {where} price and unit cost took {moved:.1f} times its gross profit of "
    "{earlier}.",
    (True, False): "In {where} price and unit cost added {moved:percent} to its gross profit of "
    "{earlier}.",
    (True, True): "In {where} price and unit cost added {moved:.1f} times its gross profit of "
    "{earlier}.",
}


class Causes(NamedTuple):
    """What the bridge says of the document's diagnosis, over all lines."""

    new: int
    #: Profit taken by price and cost of new customers, and profit that lost accounts had made.
    new_took: float
    lost: int
    lost_made: float
    fall: float


def _causes(costs: Costs) -> Causes | None:
    found = costs.bridge()
    if found is None:
        return None
    fresh = found["account_id"].isin(list(costs.fresh))
    effect = found["price"] + found["unit_cost"]
    assert costs.pair is not None
    gone = set(costs.of_year(costs.pair[0])["account_id"])
    gone -= set(costs.of_year(costs.pair[1])["account_id"])
    lost = found["account_id"].isin(list(gone))
    return Causes(
        len(costs.fresh),
        _cents(-effect[fresh].sum()),
        len(gone),
        _cents(found.loc[lost, "profit_before"].sum()),
        _fall(costs),
    )


@_of_profit
def diagnosis(costs: Costs, part: float = CAUSE) -> Finding:
    """Did new customers and the loss of old ones take the profit, as the document says?

    Parameters
    ----------
    costs : Costs
    part : a cause counts from this part of the fall on, a fraction
    """
    causes = _causes(costs)
    if causes is None:
        return unknown(NO_YEARS, years=len(costs.years))
    found = costs.bridge()
    assert found is not None and costs.pair is not None
    mine = found[found["line"] == costs.main_line]
    effect, base = mine["price"] + mine["unit_cost"], float(mine["profit_before"].sum())
    fresh = mine["account_id"].isin(list(costs.fresh))
    moved, theirs = _cents(effect.sum()), _cents(effect[fresh].sum())
    numbers: dict[str, Any] = {
        "where": called(costs.main_line),
        "earlier": costs.pair[0],
        "part": part,
        "moved": _part(abs(moved), base),
        "effect": _part(moved, base),
        "new": causes.new,
        "buying": mine.loc[fresh, "account_id"].nunique(),
        "of_effect": _part(-theirs, -moved),
        "took": causes.new_took,
        "lost": causes.lost,
        "lost_made": causes.lost_made,
        "fall": causes.fall,
        "unit": costs.unit,
    }
    says = []
    if base > 0 and moved:
        says.append(MOVED_BY_PRICE[moved > 0, numbers["moved"] > 1])
    share = numbers["of_effect"]
    if not causes.new:
        says.append("No account is new.")
    elif moved < 0 and 0 < share <= 1:
        says.append(
            "Caused by {new:count new account}: {of_effect:percent} of that."
            if numbers["buying"] == causes.new
            else "Caused by the {buying:count new account} that bought there, of {new} in all: "
            "{of_effect:percent} of that."
            if numbers["buying"] > 1
            else "Caused by the one new account that bought there, of {new} in all: "
            "{of_effect:percent} of that."
        )
    elif moved < 0 and share > 1:
        says.append(
            "By price and cost {buying:count new account} took more than all of that, since the "
            "others gained."
        )
    else:
        says.append("New in the later year: {new:count account}.")
    says.append(
        "Lost between the two years: {lost:count account}, with a gross profit of "
        "{lost_made:money}{unit} before."
        if causes.lost
        else "No account was lost."
    )
    if causes.fall > 0:
        fits = (
            causes.new_took >= part * causes.fall and causes.new > 0,
            causes.lost_made >= part * causes.fall and causes.lost > 0,
        )
        says.append(DIAGNOSIS[fits])
        numbers["new_fits"], numbers["lost_fits"] = fits
    else:
        says.append("Gross profit did not fall, so there is nothing to diagnose.")
    return Finding(numbers, tuple(says))


GROUP_COLUMNS = {
    "price": Shown("price", "money"),
    "unit_cost": Shown("unit cost", "money"),
    "together": Shown("together", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
    "change": Shown("change of gross profit", "money"),
    "change_low": Shown("from ", "money"),
    "change_high": Shown("to ", "money"),
}


def _of_groups(costs: Costs, mine: pd.DataFrame, of: pd.Series, draws: int | None) -> pd.DataFrame:
    """The 95 % limits of price and cost together and of the change, by group: accounts drawn anew,
    and with them the mean profit of a unit that a new account is held against.
    """
    names, ends = sorted(of.unique()), ["low", "high", "change_low", "change_high"]
    if len(mine) < FEW:
        return pd.DataFrame(np.nan, names, ends)
    assert costs.pair is not None
    base = "volume" if costs.volumes else "revenue"
    year = [costs.of_year(pair).query("line == @costs.main_line") for pair in costs.pair]
    sums = [rows.groupby("account_id")[["revenue", "cost", "volume"]].sum() for rows in year]
    before, after = (rows.reindex(mine["account_id"], fill_value=0.0) for rows in sums)
    units, fresh = before[base].to_numpy(float), (mine["status"] == "new").to_numpy()
    own = np.where(units > 0, (before["revenue"] - before["cost"]).to_numpy(float), 0.0)
    units = np.maximum(units, 0.0)
    mean, new = own.sum() / units.sum(), np.where(fresh, after[base].to_numpy(float), 0.0)
    effect = (mine["price"] + mine["unit_cost"]).to_numpy(float)
    member = np.stack([(of == name).to_numpy() for name in names], axis=1).astype(float)
    rng, n, found = np.random.default_rng(0), len(mine), []
    for _ in range(draws or DRAWS):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        sold = times @ units
        moved = new * (mean - (times @ own) / sold) if sold > 0 else 0.0
        together = (times * (effect + moved)) @ member
        found.append([together, (times * mine["change"].to_numpy(float)) @ member])
    limits = np.quantile(np.array(found), [0.025, 0.975], axis=0)
    return pd.DataFrame(np.hstack([limits[:, 0].T, limits[:, 1].T]), names, ends)


@_of_profit
def by_group(costs: Costs, draws: int | None = None) -> Finding:
    """Price and unit cost in the largest line, group by group."""
    found = costs.bridge()
    if found is None:
        return unknown(NO_YEARS, years=len(costs.years))
    mine = found[found["line"] == costs.main_line]
    of = mine["account_id"].map(costs.groups).astype("object").fillna(OTHERS)
    table = mine.groupby(of)[["price", "unit_cost"]].sum()
    table["together"] = table.sum(axis=1)
    table["change"] = (mine["profit_after"] - mine["profit_before"]).groupby(of).sum()
    table = table.join(_of_groups(costs, mine, of, draws))[list(GROUP_COLUMNS)]
    numbers = {"where": called(costs.main_line)}
    says = (
        "The table counts {where} alone, and the figure of the bridge all lines."
        if found["line"].nunique() > 1
        else "The table counts {where}.",
        "A tariff that passes a higher cost on shows as a gain in price and a loss in cost: read "
        "the two together.",
        *("From and to are 95 % intervals: had other accounts of this kind been won.",)
        * bool(table["low"].notna().any()),
    )
    shown = table.sort_values("together").rename_axis("group")
    return Finding(numbers, says, shown, GROUP_COLUMNS)


@_of_profit
def other_weights(costs: Costs) -> Finding:
    """How does the effect of price and cost move with the volume at which it is counted?"""
    ways: tuple[tuple[Literal["now", "mid", "before"], str], ...] = (
        ("now", "at the volume after (used here)"),
        ("mid", "half and half"),
        ("before", "at the volume before"),
    )
    rows = {}
    for weights, text in ways:
        found = costs.bridge(weights)
        if found is None:
            return unknown(NO_YEARS, years=len(costs.years))
        rows[text] = [
            found["volume"].sum() + found["mix"].sum(),
            (found["price"] + found["unit_cost"]).sum(),
        ]
    table = pd.DataFrame(rows, index=["volume and mix", "price and cost"]).T
    table = table.rename_axis("change of price and cost counted")
    numbers = {
        "low": _cents(table["price and cost"].min()),
        "high": _cents(table["price and cost"].max()),
        "unit": costs.unit,
    }
    says = (
        "The effect of price and cost lies between {low:money}{unit} and {high:money}{unit}."
        if numbers["low"] < numbers["high"]
        else "The effect of price and cost is {low:money}{unit} in all three.",
    )
    columns = {str(name): Shown(str(name), "money") for name in table}
    return Finding(numbers, says, table, columns)


#: The rules in their order: the account, the action, and the source. The first that holds decides.
RULES = (
    ("it loses money", SERVICE, "S002-8b: high cost to maintain"),
    ("it loses money", CREDIT, "S002-1m: some in arrears"),
    ("it loses money", PRICE, "ours: neither says it"),
    ("it loses money, no lever is enough", DROP, "S002-8b"),
    ("it loses money, dropping gains nothing", WATCH, "ours"),
    ("it is in the most profitable fifth", SPECIAL, "S002-1m, S002-8b"),
    ("it could buy twice as much", GROW, "S002-8b"),
    ("none of the other rules holds", STANDARD, "S002-1m"),
)
ACTION_COLUMNS = {
    "profit": Shown("profit of the period", "money"),
    "gain": Shown("gain {span} if it works", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
    "if_dropped": Shown("gain {span} if dropped", "money"),
    "dropped_low": Shown("from ", "money"),
    "dropped_high": Shown("to ", "money"),
}


def _acted(costs: Costs, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The list, with gains by the year."""
    found = pf.action_list(costs.profits, **settings)
    return found.assign(
        gain=found["gain"] * costs.a_year, gain_if_dropped=found["gain_if_dropped"] * costs.a_year
    )


#: Measured (docs/coverage.md): the lowest share of 95 % intervals of gains that hold what such
#: books bring on average, where an action has some 9 accounts or more, and where it has 2.
COVERED = (0.88, 0.74)


def _drawn(
    costs: Costs, of: Sums, settings: Mapping[str, Any], draws: int | None
) -> np.ndarray | None:
    """Sums of gains, by the year, over accounts and rates drawn anew (draws, sums); None where
    there are too few accounts.

    The same draws of the rates serve for all accounts; where no cost to serve is charged, none are
    drawn. Where the pools tell the rates well they add little: less than 1 part in 100 to the width
    in the synthetic book. How often the intervals hold is measured (docs/coverage.md).
    """
    if len(costs.profits) < FEW:
        return None
    many = draws or DRAWS
    found = gain_draws(
        costs.profits,
        of,
        settings,
        counts=costs.counts_of(costs.activities),
        rates=costs.rate_draws(many),
        draws=many,
    )
    return found * costs.a_year


def _edges(drawn: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % percentile limits of each sum; missing where nothing was drawn."""
    if drawn is None:
        return np.array(np.nan), np.array(np.nan)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def _gains_of(costs: Costs, settings: Mapping[str, Any], draws: int | None) -> pd.DataFrame:
    """The intervals of the gains of each action of a loss, if it works and if it is dropped."""
    limits = np.stack([np.broadcast_to(edge, 2 * len(LEVERS)) for edge in _edges(
        _drawn(costs, by_action, settings, draws)
    )])  # fmt: skip
    parts = np.vstack([limits[:, : len(LEVERS)], limits[:, len(LEVERS) :]])
    return pd.DataFrame(parts.T, list(LEVERS), ["low", "high", "dropped_low", "dropped_high"])


@_of_profit
@_at_most
def actions(
    costs: Costs,
    price_rise: float = 0.05,
    service_cut: float = 0.8,
    credit_cut: float = 0.5,
    avoidable_goods: float = 1.0,
    avoidable_service: float = AVOIDABLE_SERVICE,
    times: float = 2.0,
    fewest: int = FEWEST_LISTED,
    draws: int | None = None,
) -> Finding:
    """Drop it, fix it, or spend more on it: what do the rules say of each account?

    Parameters
    ----------
    costs : Costs
    price_rise : largest price rise where no discount is known, a fraction
    service_cut, credit_cut : largest part of service and of credit that can be taken back
    avoidable_goods, avoidable_service : part of each cost that ends when an account is dropped
    times : an account grows whose potential is so many times its revenue of a year
    fewest : of fewer accounts each is told by its name, not the number of each action
    """
    profits, profit = costs.profits, costs.profit
    rise: float | pd.Series = price_rise
    if costs.discounts is not None:
        rise = costs.discounts.reindex(profits.index).fillna(price_rise)
    potential = None
    if costs.potential is not None:
        hoped = costs.potential.reindex(profits.index)
        potential = hoped >= times * profits["revenue"] * costs.a_year
    settings = {
        "max_rise": rise,
        "potential": potential,
        "service_cut": service_cut,
        "credit_cut": credit_cut,
        "avoidable_goods": avoidable_goods,
        "avoidable_service": avoidable_service,
    }
    frame = _acted(costs, settings)
    order = [action for _, action, _ in RULES if (frame["action"] == action).any()]
    table = (
        frame.groupby("action")
        .agg(
            accounts=("profit", "size"),
            profit=("profit", "sum"),
            gain=("gain", "sum"),
            if_dropped=("gain_if_dropped", "sum"),
        )
        .loc[order]
    )
    # Neither gain is counted for an account that does not lose: nothing is known, not 0.
    table = table.join(_gains_of(costs, settings, draws))
    unasked = ["gain", "low", "high", "if_dropped", "dropped_low", "dropped_high"]
    table = table[["accounts", "profit", *unasked]]
    table.loc[table.index.isin([SPECIAL, GROW, STANDARD]), unasked] = np.nan
    losing = profit < 0
    numbers = {
        "losing": int(losing.sum()),
        "hidden": costs.hidden,
        "fixable": int(frame["action"].isin([SERVICE, CREDIT, PRICE]).sum()),
        "dropped": int((frame["action"] == DROP).sum()),
        "harmed": int((losing & (frame["gain_if_dropped"] < 0)).sum()),
        "grow": int((frame["action"] == GROW).sum()),
        "months": costs.n_months,
        "span": costs.span,
        "times": f"{times:g}",
        "rise": price_rise,
        "frame": frame,
        "settings": settings,
        "unit": costs.unit,
    }
    says = [
        "Of {losing:count loss-maker}, {fixable} can be fixed by one lever and {dropped} would be "
        "dropped."
        if losing.any()
        else _loses(costs, "No account LOSES, so there is nothing to fix or to drop.")
    ]
    if losing.any():
        says.append(
            "The limit of each price rise is the discount that the account has now."
            if costs.discounts is not None
            else "No discounts are known, so every price rise ends at {rise:percent0}; "
            "ledger.discount_pct would give each account its own limit."
        )
    if losing.any() and costs.n_months != 12:
        says.append(
            "The period has {months:count month}; what is gained in it is told for a year of such "
            "months."
        )
    if losing.any() and len(frame) >= fewest:
        says.append(
            "From and to are 95 % intervals of the gain: had other accounts of this kind been won"
            ", and the rates been found from other pools. In simulated books they held in "
            "{covers:percent0} or more, of an action of few accounts in {covers_few:percent0}."
            if len(frame) >= FEW and costs.served
            else "From and to are 95 % intervals of the gain: had other accounts of this kind been "
            "won. In simulated books they held in {covers:percent0} or more, of an action of few "
            "accounts in {covers_few:percent0}."
            if len(frame) >= FEW
            else "So few accounts give no interval of the gains: they are sums over these accounts."
        )
        if len(frame) >= FEW:
            numbers |= {"covers": COVERED[0], "covers_few": COVERED[1]}
    if numbers["harmed"]:
        says.append(
            "Dropping would make things worse with {harmed:count account}, since part of the cost "
            'stays: "loses money" alone is no reason to drop.'
        )
    says.append(
        "Neither losing nor among the best, and able to buy {times} times as much: "
        "{grow:count account}."
        if potential is not None
        else "Who could buy more is not known; account_profile.sales_potential and ledger.date "
        "would say."
    )
    if len(frame) < fewest:
        return _by_name(costs, numbers, says, fewest)
    return Finding(numbers, tuple(says), table, ACTION_COLUMNS)


def _by_name(costs: Costs, numbers: dict[str, Any], says: list[str], fewest: int) -> Finding:
    """The actions of a handful of accounts: who they are, since a fifth of them is no group."""
    frame = numbers["frame"].sort_values("profit", ascending=False, kind="stable")
    table = frame[["profit", "action", "gain", "gain_if_dropped"]]
    table = table.rename(columns={"gain_if_dropped": "if_dropped"})
    table.insert(0, "name", [costs.labels.get(i, i) for i in frame.index])
    table.loc[table["action"].isin([SPECIAL, GROW, STANDARD]), ["gain", "if_dropped"]] = np.nan
    largest = costs.profits["revenue"].idxmax()
    numbers |= {
        "accounts": len(frame),
        "fewest": fewest,
        "largest": costs.labels.get(largest, largest),
        "its_profit": _cents(costs.profit[largest]),
        "its_action": frame["action"][largest],
    }
    first = (
        "With {accounts:count account}, fewer than {fewest}, shares of the accounts are no groups: "
        "read the names."
    )
    its = (
        "The largest by sales is **{largest}**, with a profit of {its_profit:money}{unit}; the "
        "rules say: {its_action}."
    )
    columns = ACTION_COLUMNS | {"action": Shown("action")}
    return Finding(numbers, (first, its, *says), table.reset_index(drop=True), columns)


WORST_COLUMNS = {
    "action": Shown("action"),
    "needed_rise": Shown("price rise needed", "percent"),
    "could": Shown("rise that can be asked", "percent"),
    "needed_credit_cut": Shown("credit cut needed", "percent"),
    "needed_service_cut": Shown("service cut needed", "percent"),
}


@_of_profit
@_at_most
def worst_losses(costs: Costs, acted: Finding, rows: int = 4) -> Finding:
    """The greatest losses of each action, and what each lever would have to do."""
    frame, rise = acted.numbers["frame"], acted.numbers["settings"]["max_rise"]
    losing = frame[frame["profit"] < 0].sort_values("profit", kind="stable")
    if losing.empty:
        return _none_loses(costs, "No account LOSES, so no lever is needed; a loss would need one.")
    shown = losing.groupby("action", sort=False).head(rows).head(3 * rows)
    table = pd.DataFrame({"name": [costs.labels.get(i, i) for i in shown.index]}, index=shown.index)
    table = table.join(shown[["profit", "action"]])
    table["needed_rise"] = shown["needed_rise"]
    table["could"] = rise.reindex(shown.index) if isinstance(rise, pd.Series) else rise
    for name in ("needed_credit_cut", "needed_service_cut"):
        table[name] = shown[name].where(shown[name] <= 1)
    table["needed_rise"] = table["needed_rise"].where(np.isfinite(table["needed_rise"]))
    numbers = {
        "first": table["name"].iloc[0],
        "loss": _cents(-table["profit"].iloc[0]),
        "action": table["action"].iloc[0],
        "rows": rows,
        "unit": costs.unit,
    }
    says = (
        "The greatest loss is that of **{first}**, {loss:money}{unit}; the rules say: {action}.",
        "Shown are the greatest losses of each action, at most {rows} of each."
        if len(shown) < len(losing)
        else "Shown are all loss-makers.",
        'A "-" marks a lever that is not enough even if all of it is taken.',
    )
    return Finding(numbers, says, table.reset_index(drop=True), WORST_COLUMNS)


def _criteria(costs: Costs) -> tuple[pd.DataFrame, list[str]]:
    """The criteria of S002-1m that the book has, by account, and those in which less is better."""
    profits, sales = costs.profits, costs.sales
    criteria = pd.DataFrame({"sales": profits["revenue"]})
    if costs.metered and sales["volume"].notna().any():
        line = sales.groupby("line")["revenue"].sum().idxmax()
        bulk = sales[sales["line"] == line].groupby("account_id")["volume"].sum()
        criteria["volume"] = bulk.reindex(criteria.index).fillna(0.0)
    falling = []
    if costs.invoiced and "paid_date" in costs.bills:
        bills, last = costs.bills, costs.bills["issue"].max()
        overdue = bills[(bills["due"] <= last) & ~(bills["paid_date"] <= last)]
        owed = overdue.groupby("account_id")["amount"].sum()
        criteria["arrears"], falling = owed.reindex(criteria.index).fillna(0.0), ["arrears"]
    if costs.dated:
        # months in which anything was bought, of whatever line
        bought = costs.accounts.set_index("account_id")["active_months"]
        criteria["months with a purchase"] = bought.reindex(criteria.index).fillna(0)
    return criteria, falling


@_of_profit
def four_criteria(costs: Costs, acted: Finding) -> Finding:
    """Whom does the document's own remedy favour: the best fifth by sales, volume, arrears and
    purchase cycle?
    """
    profits = costs.profits
    criteria, falling = _criteria(costs)
    ruled = pf.active_best(criteria, falling)
    favoured = profits.loc[ruled.index[ruled["best"]]]
    favoured = favoured[favoured["profit"] < 0].sort_values("profit", kind="stable")
    frame = acted.numbers["frame"]
    best = set(frame.index[frame["action"] == SPECIAL])
    numbers: dict[str, Any] = {
        "criteria": list(criteria),
        "best": int(ruled["best"].sum()),
        "both": len(best & set(ruled.index[ruled["best"]])),
        "losing": len(favoured),
        "loss": _cents(-favoured["profit"].sum()),
        "unit": costs.unit,
    }
    says = [
        "Ranked by {criteria:names} with equal weight, the best fifth is {best:count account}; "
        "also among the best by profit: {both}."
        if criteria.shape[1] > 1
        else "Ranked by {criteria:names}, the best fifth is {best:count account}; also among the "
        "best by profit: {both}."
    ]
    if len(favoured):
        numbers["first"] = costs.labels.get(favoured.index[0], favoured.index[0])
        says.append(
            "**The rule gives special service to {losing:count loss-maker}** with a loss of "
            "{loss:money}{unit}; the greatest is that of {first}."
        )
    else:
        says.append("No account among them loses money.")
    return Finding(numbers, tuple(says))


PLAN_COLUMNS = {
    "gain_a_year": Shown("gain a year", "money"),
    "year_low": Shown("from", "money"),
    "year_high": Shown("to", "money"),
    "months_at_work": Shown("months at work", ",.0f"),
    "gain": Shown("gain in {months:count month}", "money"),
    "low": Shown("from ", "money"),
    "high": Shown("to ", "money"),
}


def _plan_drawn(
    costs: Costs, settings: Mapping[str, Any], accepts: tuple[float, ...], draws: int | None
) -> np.ndarray:
    """What the plan brings a year, in draws of accounts, of who accepts and of rates: (draws,
    shares that accept, `LEVERS`); one missing draw where there are too few accounts.
    """
    drawn = _drawn(costs, plan_by_action(accepts), settings, draws)
    if drawn is None:
        return np.full((1, len(accepts), len(LEVERS)), np.nan)
    return drawn.reshape(-1, len(accepts), len(LEVERS))


def _gaps(costs: Costs) -> pd.Series:
    """By how much each full year before the last one made more than the last; years that did."""
    gross = (costs.yearly["revenue"] - costs.yearly["cost"]).groupby(costs.yearly["period"]).sum()
    if len(gross) < 2:
        return pd.Series(dtype=float)
    gap = (gross.iloc[:-1] - gross.iloc[-1]).round(2)
    return gap[gap > 0]


@_of_profit
@_at_most
def plan(
    costs: Costs,
    acted: Finding,
    months: int = 6,
    accept: float = 0.7,
    fewer: float = 0.3,
    draws: int | None = None,
) -> Finding:
    """How much profit does the list bring back in so many months?

    Parameters
    ----------
    acted : from `actions`
    months : length of the plan
    accept : share of the accounts asked that accept a higher price; the others leave
    fewer : the same, if it goes badly
    """
    frame = acted.numbers["frame"]
    if not (frame["profit"] < 0).any():
        return _none_loses(costs, "No account LOSES, so there is no plan; a loss would need one.")
    if not costs.dated:
        return unknown(NO_LENGTH)
    table = pf.recovery_plan(frame, months=months, agree={PRICE: accept})
    less = pf.recovery_plan(frame, months=months, agree={PRICE: fewer})["gain"].sum()
    fall, brought = _fall(costs), _cents(table["gain"].sum())
    owed = fall * months / 12
    drawn = _plan_drawn(costs, acted.numbers["settings"], (accept, fewer), draws)
    work = part_of_year(months)
    for name, sums in (("", drawn[:, 0] * work), ("year_", drawn[:, 0])):
        ends = [f"{name}low", f"{name}high"]
        table = table.join(pd.DataFrame(np.stack(_edges(sums), axis=1), list(LEVERS), ends))
    # an action that nobody has was drawn nowhere: its limits are unknown, not 0
    ends = ["low", "high", "year_low", "year_high"]
    table.loc[table["accounts"] == 0, ends] = np.nan
    table = table[["accounts", *PLAN_COLUMNS]]
    (low, high), (full_low, full_high), (less_low, less_high) = (
        (float(edge) for edge in _edges(sums.sum(axis=1)))
        for sums in (drawn[:, 0] * work, drawn[:, 0], drawn[:, 1] * work)
    )
    numbers: dict[str, Any] = {
        "months": months,
        "brought": brought,
        "low": low,
        "high": high,
        "full_low": full_low,
        "full_high": full_high,
        "less_low": less_low,
        "less_high": less_high,
        "full": _cents(table["gain_a_year"].sum()),
        "accept": accept,
        "fewer": fewer,
        "less": _cents(less),
        "fall": fall,
        "owed": _cents(owed),
        "made_up": _part(brought, owed),
        "unit": costs.unit,
    }
    says = [
        "In {months:count month} the plan brings {brought:money}{unit}, at full speed "
        "{full:money}{unit} a year.",
        "Had other accounts of this kind been won, and others accepted, it would bring {low:money} "
        "to {high:money}{unit}, at full speed {full_low:money} to {full_high:money}{unit} a year "
        "(95 % intervals)."
        if np.isfinite(low)
        else "So few accounts give no interval.",
    ]
    if fall > 0:
        says += _against_the_fall(numbers)
    says += _against_the_years(costs, numbers)
    if (frame["action"] == PRICE).any():
        says.append(
            "If only {fewer:percent0} accept a higher price instead of {accept:percent0}, it "
            "brings {less:money}{unit} ({less_low:money} to {less_high:money})."
            if np.isfinite(less_low)
            else "If only {fewer:percent0} accept a higher price instead of {accept:percent0}, it "
            "brings {less:money}{unit}."
        )
        if less >= 0.9 * brought > 0:
            says.append(
                "Under these assumptions both answers help: the account pays, or it leaves with "
                "its loss."
            )
    return Finding(numbers, tuple(says), table, PLAN_COLUMNS)


#: Whether the plan makes up for the fall in its own time, by its interval.
MADE_UP = {
    "holds": "The fall was {fall:money}{unit} a year, {owed:money}{unit} in so many months: the "
    "plan makes up for it within its own time.",
    "does not hold": "The fall was {fall:money}{unit} a year, {owed:money}{unit} in so many "
    "months: the plan does not make up for it within its own time.",
    UNTOLD: "The fall was {fall:money}{unit} a year, {owed:money}{unit} in so many months: whether "
    "the plan makes up for it within its own time is open.",
}


def _against_the_fall(numbers: dict[str, Any]) -> list[str]:
    """The plan against the fall between the two years that are compared."""
    low, high = numbers["low"], numbers["high"]
    if np.isnan(low):
        low = high = numbers["brought"]
    return [MADE_UP[at_least(low, high, numbers["owed"])]]


def _against_the_years(costs: Costs, numbers: dict[str, Any]) -> list[str]:
    """The plan at full speed against each full year that was better than the last one."""
    if len(costs.years) < 3:
        return []
    gaps = _gaps(costs)
    numbers |= {
        "last_year": costs.years[-1],
        "years": len(costs.years) - 1,
        "better": len(gaps),
        "gaps": [f"{year} {money(gap)}" for year, gap in gaps.items()],
        "closed": int((gaps <= numbers["full"]).sum()),
        "closed_low": int((gaps <= numbers["full_low"]).sum()),
        "closed_high": int((gaps <= numbers["full_high"]).sum()),
    }
    if gaps.empty:
        return ["None of the {years:count full year} before {last_year} made more gross profit."]
    return [
        "Of the {years:count full year} before {last_year}, {better} made more gross profit: "
        "{gaps:names}. At full speed the plan would close the gap to {closed} of them."
        if numbers["closed_low"] == numbers["closed_high"] or np.isnan(numbers["full_low"])
        else "Of the {years:count full year} before {last_year}, {better} made more gross profit: "
        "{gaps:names}. At full speed the plan would close the gap to {closed} of them, by its "
        "interval to {closed_low} to {closed_high}."
    ]


@_of_profit
def plan_lengths(
    costs: Costs,
    acted: Finding,
    months: Sequence[int] = (3, 6, 9, 12),
    leaves: Sequence[float] = (1.0, 0.95, 0.90),
    accept: float = 0.7,
    draws: int | None = None,
) -> Finding:
    """The plan by its length, and by the part of the cost of goods that leaves with an account."""
    if not (costs.profit < 0).any():
        return _none_loses(costs, "No account LOSES, so there is no plan; a loss would need one.")
    if not costs.dated:
        return unknown(NO_LENGTH)
    table, columns = pd.DataFrame(index=pd.Index(months, name="months")), {}
    for part in leaves:
        settings = {**acted.numbers["settings"], "avoidable_goods": part}
        tried, name = _acted(costs, settings), f"{percent(part, 0)} leaves"
        table[name] = [
            pf.recovery_plan(tried, months=length, agree={PRICE: accept})["gain"].sum()
            for length in months
        ]
        columns[name] = Shown(name, "money")
        drawn = _plan_drawn(costs, settings, (accept,), draws)[:, 0]
        if np.isnan(drawn).any():
            continue
        edges = _edges(np.stack([drawn @ part_of_year(length) for length in months], axis=1))
        for word, edge in zip(("from", "to"), edges, strict=True):
            table[f"{name}, {word}"] = edge
            # a column's title may stand once: as many blanks as columns of this word before it
            columns[f"{name}, {word}"] = Shown(word + " " * leaves.index(part), "money")
    numbers = {"months": list(months), "leaves": list(leaves)}
    sure = any(name.endswith(", from") for name in table)
    says = ("From and to are 95 % intervals: other accounts, others who accept, other pools.",)
    return Finding(numbers, says if sure else (), table=table, columns=columns)


DELIVERY_COLUMNS = {
    "today": Shown("delivery cost today, of sales", "percent"),
    "saved_to": Shown("saved, if it falls to {level:percent0} of sales", "percent"),
    "saved_by": Shown("saved, if it falls by {level:percent0}", "percent"),
}


def delivery(
    costs: Costs,
    shares: Sequence[float] = (0.05, 0.10, 1 / 9, 0.15, 0.20, 0.30),
    level: float = 0.1,
) -> Finding:
    """Delivery falls "to" or "by" 10 %: what does each reading save?"""
    table = pf.delivery_readings(shares, level).rename_axis("today").reset_index()
    revenue, service = costs.profits["revenue"].sum(), costs.profits["service"].sum()
    numbers = {
        "level": level,
        "equal": level / (1 - level),
        "ratio": _part(service, revenue),
        "up": _cents((level * revenue - service) * costs.a_year),
        "saved": _cents(level * service * costs.a_year),
        "span": costs.span,
        "unit": costs.unit,
    }
    says = ["The two readings agree where delivery costs {equal:percent} of sales, and only there."]
    if costs.served and 0 < numbers["ratio"] < level:
        says.append(
            "In this book the cost to serve, the nearest thing to delivery that it has, is "
            "{ratio:percent3} of revenue. To bring it to {level:percent0} would be a rise of "
            "{up:money}{unit} {span}; to cut it by {level:percent0} saves {saved:money}{unit}."
        )
    else:
        says.append("The book has no delivery cost of this size to try it on.")
    says.append("A claim without its base cannot be used.")
    return Finding(numbers, tuple(says), table, DELIVERY_COLUMNS)


@_of_profit
def how_sure(costs: Costs, draws: int | None = None) -> Finding:
    """The intervals of the peak, of the erosion and of the share of loss-makers."""
    profit = costs.profit
    if len(profit) < FEW:
        return unknown(
            "There are too few accounts for an interval: {accounts}. It takes {few}; read the "
            "names instead.",
            accounts=len(profit),
            few=FEW,
        )
    top, why_not = _whole(costs)
    if top is None:
        assert why_not is not None
        return why_not
    band = pf.whale_band(profit, draws=draws or DRAWS).peak
    low, high = proportion_confint(top.losing, len(profit), method="wilson")
    numbers = {
        "peak": top.peak,
        "low": band.low,
        "high": band.high,
        "erosion": abs(pf.erosion(profit)),
        "erosion_low": 1 - 1 / band.low,
        "erosion_high": 1 - 1 / band.high,
        "share": top.losing / len(profit),
        "share_low": float(low),
        "share_high": float(high),
        "width": band.high / band.low,
    }
    says = ["Accounts at a loss: {share:percent} ({share_low:percent} to {share_high:percent})."]
    if top.losing:
        says.append(
            "Erosion: {erosion:percent} ({erosion_low:percent} to {erosion_high:percent})."
            if np.isfinite(band.high)
            else "Erosion: {erosion:percent} ({erosion_low:percent} or more)."
        )
        says.append(
            "Some draws leave no profit at all, so the peak has no upper limit."
            if not np.isfinite(band.high)
            else "The upper limit of the peak is {width:.1f} times the lower: the total hangs on a "
            "few large accounts."
            if numbers["width"] > 1.3
            else "The peak is {peak:.2f} times the total ({low:.2f} to {high:.2f}): the curve is "
            "firm."
        )
        numbers |= {"level": 0.95, "covers": pf.peak_covered(len(profit))}
        says.append(
            "Such an interval of {level:percent0} held the peak of the process in "
            "{covers:percent0} or more of simulated books of this size or the nearest below."
        )
    else:
        numbers["hidden"] = costs.hidden
        says.append(_loses(costs, "No account LOSES in this book, and so in no draw."))
    return Finding(numbers, tuple(says))


@_of_profit
def rates_wrong(
    costs: Costs,
    factors: Sequence[float] = (0.5, 1, 2, 3, 5, 10, 20, 30, 50),
    matters: float = 0.05,
) -> Finding:
    """If all rates were wrong, when would the cost to serve matter?

    Parameters
    ----------
    factors : all rates are multiplied by each of these
    matters : so many more loss-makers, as a share of the accounts, change the picture
    """
    if not costs.served:
        return unknown(NO_SERVICE)
    before = costs.profits["gross_profit"] - costs.profits["credit"]
    lose = pd.Series(
        {
            factor: float((before - factor * costs.profits["service"] < -5e-7).mean())
            for factor in factors
        }
    )
    now = float((costs.profit < 0).mean())
    largest = max(factors)
    turning = _turning(before, costs.profits["service"], now + matters)
    turning = turning if turning is not None and turning <= largest else None
    numbers = {
        "now": now,
        "matters": matters,
        "largest": f"{largest:g}",
        "at_largest": float(lose[largest]),
        "turning": turning,
        "curve": [f"{factor:g} times {percent(value)}" for factor, value in lose.items()],
    }
    says = (
        "Now {now:percent} of the accounts lose money; at {largest} times all rates it would be "
        "{at_largest:percent}.",
        "A change of {matters:points} points comes above {turning:.1f} times the rates found."
        if turning is not None
        else "No factor tried adds {matters:points} points.",
    )
    picture = Picture(
        lambda text: figures.sensitivity_curve(
            lose.to_frame("loss-makers") * 100,
            text,
            "all rates times",
            "accounts that lose money (%)",
            base=1,
        ),
        "Rates would have to be {turning:.1f} times as high for {matters:points} points more "
        "loss-makers"
        if turning is not None
        else "No rates up to {largest} times as high add {matters:points} points of loss-makers",
        "Share of accounts that lose money when all rates are multiplied: {curve:names}.",
    )
    return Finding(numbers, says, picture=picture)


def _turning(before: pd.Series, service: pd.Series, share: float) -> float | None:
    """By how much all rates must rise until so large a share of the accounts loses money."""
    even = pd.Series(np.inf, index=before.index).mask(before < -5e-7, 0.0)
    even = even.mask((before >= -5e-7) & (service > 0), before / service.where(service > 0))
    wanted = int(np.ceil(share * len(even) - 1e-9))
    found = float(np.sort(even.to_numpy())[wanted - 1]) if 0 < wanted <= len(even) else np.inf
    return found if np.isfinite(found) else None


@_of_profit
def one_rate_wrong(costs: Costs, factors: Sequence[float] = (0.5, 1, 2, 10)) -> Finding:
    """If one rate were wrong, how many accounts would lose money?"""
    counts = costs.counts_of(costs.activities)
    if counts is None:
        return unknown(NO_SERVICE)
    counts = counts.reindex(costs.profits.index).fillna(0)
    table = pd.DataFrame(
        {
            f"{factor:g} times": {
                _plain(name): int((costs.profit - (factor - 1) * rate * counts[name] < -5e-7).sum())
                for name, rate in costs.rates.items()
            }
            for factor in factors
        }
    ).rename_axis("one rate wrong")
    numbers = {
        "fewest": int(table.to_numpy().min()),
        "most": int(table.to_numpy().max()),
        "now": int((costs.profit < 0).sum()),
    }
    says = (
        "With one rate wrong the number of loss-makers lies between {fewest} and {most}; it is "
        "{now} now."
        if numbers["fewest"] < numbers["most"]
        else "With any one rate wrong the number of loss-makers is {now}, as it is now.",
    )
    return Finding(numbers, says, table)


STAYS_COLUMNS = {
    "leaves": Shown("cost of goods that leaves", "percent0"),
    "gain": Shown("gain {span} from dropping all loss-makers", "money"),
    "low": Shown("from", "money"),
    "high": Shown("to", "money"),
    "worse": Shown("accounts whose loss leaves a hole", ",.0f"),
}


@_of_profit
def what_stays(
    costs: Costs,
    acted: Finding,
    leaves: Sequence[float] = (1.0, 0.98, 0.95, 0.90, 0.85),
    draws: int | None = None,
) -> Finding:
    """What if part of the cost of goods stays when an account goes?"""
    losing = costs.profit < 0
    if not losing.any():
        return _none_loses(
            costs, "No account LOSES, so nobody would be dropped; a loss would ask for it."
        )
    rows = []
    for part in leaves:
        settings = {**acted.numbers["settings"], "avoidable_goods": part}
        gain = _acted(costs, settings).loc[losing, "gain_if_dropped"]
        drawn = _drawn(costs, by_action, settings, draws)
        low, high = _edges(None if drawn is None else drawn[:, len(LEVERS) :].sum(axis=1))
        rows.append((part, gain.sum(), float(low), float(high), int((gain < 0).sum())))
    table = pd.DataFrame(rows, columns=["leaves", "gain", "low", "high", "worse"])
    sure = bool(table["low"].notna().all())
    turn = table.loc[table["high" if sure else "gain"] < 0, "leaves"]
    doubt = table.loc[(table["low"] < 0) & (table["high"] >= 0), "leaves"]
    numbers = {
        "first": table["leaves"].iloc[0],
        "first_gain": _cents(table["gain"].iloc[0]),
        **{f"first_{end}": float(table[end].iloc[0]) for end in ("low", "high")},
        "span": costs.span,
        "turn": float(turn.iloc[0]) if len(turn) else None,
        "doubt": float(doubt.iloc[0]) if len(doubt) else None,
        "unit": costs.unit,
    }
    says = [
        "If {first:percent0} of the cost of goods leaves with an account, dropping every "
        "loss-maker changes profit by {first_gain:money}{unit} {span}, with other accounts and "
        "pools by {first_low:money} to {first_high:money}{unit} (95 % interval)."
        if sure
        else "If {first:percent0} of the cost of goods leaves with an account, dropping every "
        "loss-maker changes profit by {first_gain:money}{unit} {span}."
    ]
    if len(turn):
        says.append(
            "**If only {turn:percent0} leaves it costs money to drop them all.** Ask what the "
            "network, the contracts and the people cost once the account is gone."
            if turn.index[0] > 0
            else "**It costs money to drop them all, even so.** Ask what the network, the "
            "contracts and the people cost once the account is gone."
        )
    if len(doubt):
        says.append(
            "If only {doubt:percent0} leaves it is open whether dropping them all pays."
            if doubt.index[0] > 0
            else "Whether dropping them all pays is open, even so."
        )
    return Finding(numbers, tuple(says), table, STAYS_COLUMNS, show_table=False)


LAG_ASSUMED = (
    "No document says how long it takes from a sale to its invoice: the {lag} days are an "
    "assumption."
)
READING_COLUMNS = {
    "losing": Shown("accounts that lose", ",.0f"),
    "peak": Shown("peak", ".3f"),
    "erosion": Shown("erosion", "percent"),
}


def credit_readings(costs: Costs, billing_lag: float = pf.BILLING_LAG) -> Finding:
    """How do the results move with the reading of how long an account has credit?

    Parameters
    ----------
    billing_lag : mean days from a sale to its invoice, for the readings that count from the sale
    """
    if not costs.invoiced:
        return unknown(
            "Without invoices there is one reading: no credit. invoices.issue, due and amount "
            "would add others."
        )
    found = _by_reading(costs, billing_lag)
    if not costs.costed:
        return _cost_by_reading(costs, found, billing_lag)
    rows = {}
    for text, credit in found.items():
        profit = costs.with_credit(credit)["profit"]
        rows[text] = {
            "losing": int((profit < 0).sum()),
            "profit": profit.sum(),
            "peak": pf.whale_peak(profit).peak if profit.sum() > 0 else np.nan,
            "erosion": abs(pf.erosion(profit)) if (profit > 0).any() else np.nan,
        }
    table = pd.DataFrame(rows).T.rename_axis("reading").astype({"losing": "int64"})
    numbers = {
        "few": int(table["losing"].min()),
        "many": int(table["losing"].max()),
        "lag": f"{billing_lag:g}",
    }
    says = [
        "The readings move the number of loss-makers between {few} and {many}."
        if numbers["few"] < numbers["many"]
        else "The number of loss-makers is {few} by every reading.",
        LAG_ASSUMED,
    ]
    return Finding(numbers, tuple(says), table, READING_COLUMNS)


def _cost_by_reading(
    costs: Costs, found: Mapping[str, pd.Series | None], billing_lag: float
) -> Finding:
    """The readings on a book without a cost of goods: what the credit costs by each."""
    cost = {text: float(credit.sum()) for text, credit in found.items() if credit is not None}
    if not cost:
        return unknown(
            "No invoice of the period is charged for its credit; another credit_line would have "
            "some."
        )
    table = pd.DataFrame({"credit": cost}).rename_axis("reading")
    table["part"] = [_part(amount, costs.revenue) for amount in table["credit"]]
    numbers = {
        "low": _cents(table["credit"].min()),
        "high": _cents(table["credit"].max()),
        "lag": f"{billing_lag:g}",
        "unit": costs.unit,
    }
    says = (
        "The readings move the cost of credit between {low:,.2f}{unit} and {high:,.2f}{unit}."
        if numbers["low"] < numbers["high"]
        else "The cost of credit is {low:,.2f}{unit} by every reading.",
        LAG_ASSUMED,
    )
    columns = {
        "credit": Shown("cost of credit", ",.2f"),
        "part": Shown("of revenue", "percent2"),
    }
    return Finding(numbers, says, table, columns)


def _by_reading(costs: Costs, billing_lag: float) -> dict[str, pd.Series | None]:
    """Cost of credit by account, by each reading that the invoices allow."""
    charged, rate = costs.charged(costs.bills), costs.cost_of_capital

    def read(bills: pd.DataFrame, how: Any, lag: float) -> pd.Series | None:
        if bills.empty:
            return None
        last = str(costs.as_of or costs.bills["issue"].max().date())
        return pf.credit_cost(bills, rate, reading=how, as_of=last, lag_days=lag)

    used = "standard days by terms (used here)" if costs.standard else ""
    found: dict[str, pd.Series | None] = {"no credit charged": None}
    if costs.standard:
        found[used] = costs.credit_of(costs.bills)
    found["from the invoice to its due date"] = read(charged, "agreed", 0)
    found[f"{billing_lag:g} days more: from the sale to the due date"] = read(
        charged, "agreed", billing_lag
    )
    if "paid_date" in charged:
        found["from the sale until it was paid"] = read(charged, "paid", billing_lag)
    if len(charged) < len(costs.bills):
        found["from the sale to the due date, all lines"] = read(costs.bills, "agreed", billing_lag)
    return found


@_of_profit
@_at_most
def claims(costs: Costs, planned: Finding | None = None, q: float = TOP_SHARE) -> Finding:
    """What the documents claim of profit, each with its test on this book."""
    made = [*_of_the_fifth(costs, q), _of_the_list(costs), _of_the_small(costs, q)]
    made += [_of_service(costs), *_of_case_d(costs), _of_the_half_year(costs, planned)]
    made.append(
        untested(
            "S003-9b",
            "delivery brings cost by or to 10 %",
            "two readings",
            "no base is given; the readings agree at 11.1 % of sales only",
        )
    )
    return steps.verdicts(made)


def _signed(share: float) -> str:
    """Points, with as many digits as it takes to see on which side of zero they lie."""
    points = 100 * share
    digits = next((n for n in (1, 2, 3) if round(abs(points), n)), 1)
    return f"{points if abs(points) >= 5e-4 else 0.0:.{digits}f}"


def _share_claim(
    costs: Costs,
    head: tuple[str, str, str],
    of: Callable[[np.ndarray], float],
    best: float | None = None,
) -> Claim:
    """A claim that some accounts make 80 % of the profit; rows are profit, revenue, listed.

    Of the accounts that bought, as in `share_of_top`: with ``best``, the share of the most
    profitable, the same share and interval as in lesson 01. Of other accounts the large are drawn
    from a tail of revenue, each with the margin of one that is there.
    """
    profits = costs.profits.loc[_bought(costs).index]
    listed = profits.index.isin(list(costs.listed or ())).astype(float)
    values = np.column_stack([profits["profit"], profits["revenue"], listed])
    share = of(values)
    low, high = _of_rows(values, of) if best is None else _of_best(profits["profit"], best, DRAWS)
    if costs.lacks_costs:
        low, high = _widened(costs.with_cost, (low, high), of, best)
    verdict = by_interval(low, high, CLAIMED, ABOUT)
    here, points = with_interval(share, low, high), f"{100 * ABOUT:g} points"
    if np.isinf(high) and verdict != "does not hold":
        why = "the total is too near nothing for a share of it"
        return Claim(*head, here, UNTOLD, why)
    reason = {
        "holds": f"the whole interval lies within {points} of 80 %",
        UNTOLD: f"{len(profits)} accounts are too few for an interval"
        if np.isnan(low)
        else f"the interval reaches beyond {points} of 80 %",
        "does not hold": f"the whole interval lies {'above' if low > CLAIMED else 'below'} 80 % "
        f"by more than {points}",
    }[verdict]
    if costs.lacks_costs:
        reason += "; it spans the book with and without the rows that have no cost"
    if share > 1:
        reason += "; more than all of it, since losses take the rest back"
    return Claim(*head, here, verdict, reason, 0 if np.isnan(low) else 1)


def _widened(
    costs: Costs,
    limits: tuple[float, float],
    of: Callable[[np.ndarray], float],
    best: float | None,
) -> tuple[float, float]:
    """An interval that holds the one of the rows with a cost too; without end where they leave
    nothing to have a share of.
    """
    profits = costs.profits.loc[_bought(costs).index]
    if np.isnan(limits[0]):
        return limits
    if not profits["profit"].sum() > 0:
        return limits[0], np.inf
    listed = profits.index.isin(list(costs.listed or ())).astype(float)
    values = np.column_stack([profits["profit"], profits["revenue"], listed])
    low, high = _of_rows(values, of) if best is None else _of_best(profits["profit"], best, DRAWS)
    return float(np.fmin(low, limits[0])), float(np.fmax(high, limits[1]))


def _of_rows(values: np.ndarray, of: Callable[[np.ndarray], float]) -> tuple[float, float]:
    """The interval of a share, with a tail of revenue; a draw without a share is infinite."""
    if len(values) < FEW:
        return np.nan, np.nan
    found = np.array([of(rows) for rows in tail_rows(values, 1, (0, 1), DRAWS)])
    found = np.where(np.isnan(found), np.inf, found)
    low, high = np.quantile(found, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


def _net(profit: np.ndarray, chosen: np.ndarray) -> float:
    total = float(profit.sum())
    return float(profit[chosen].sum()) / total if total > 0 else np.nan


def _of_the_fifth(costs: Costs, q: float) -> list[Claim]:
    source, says = "S000-2a, S003-9c, S004-1a", "20 % of customers bring 80 % of profit"
    bought = _bought(costs)
    n = top_count(len(bought), q)
    tests = (
        f"{costs.left_of} of the {n} that make the most, of that of all {len(bought)} that bought",
        f"{costs.left_of} of the {n} largest by sales, of that of all {len(bought)} that bought",
    )
    if _cents(bought.sum()) <= 0:
        return [
            untested(source, says, test, "the accounts together make no profit") for test in tests
        ]

    def of_best(rows: np.ndarray) -> float:
        return share_of_top(rows[:, 0], q).share if rows[:, 0].sum() > 0 else np.nan

    def of_largest(rows: np.ndarray) -> float:
        return _net(rows[:, 0], np.argsort(-rows[:, 1], kind="stable")[:n])

    return [
        _share_claim(costs, (source, says, tests[0]), of_best, q),
        _share_claim(costs, (source, says, tests[1]), of_largest),
    ]


def _of_the_list(costs: Costs) -> Claim:
    head = (
        "S000-11a",
        "80 % of profit comes from key accounts",
        f"{costs.left_of} of the accounts on the present list, whoever should be on it, of that "
        "of all that bought",
    )
    if not costs.listed:
        return untested(*head, "needs accounts.listed_ka")
    if _cents(_bought(costs).sum()) <= 0:
        return untested(*head, "the accounts together make no profit")
    return _share_claim(costs, head, lambda rows: _net(rows[:, 0], rows[:, 2] == 1))


def _of_the_small(costs: Costs, q: float) -> Claim:
    head = (
        "S002-8a",
        "low profit is found among the small 80 %",
        "share that loses money: among the others, less that among the largest fifth; how low a "
        "profit above nothing is, is not asked",
    )
    table, fifth = _ranks(costs, q)
    large = table["revenue_rank"] <= fifth
    losing = [int(table.loc[mine, "loses"].sum()) for mine in (~large, large)]
    n = [int((~large).sum()), int(large.sum())]
    if not n[0] or not sum(losing):
        return untested(*head, "needs loss-makers and accounts outside the largest fifth")
    shares = [losing[0] / n[0], losing[1] / n[1]]
    low, high = confint_proportions_2indep(
        losing[0], n[0], losing[1], n[1], method="newcomb", compare="diff"
    )
    here = (
        f"{percent(shares[0], 0)} against {percent(shares[1], 0)}; difference "
        f"{_signed(shares[0] - shares[1])} points ({_signed(low)} to {_signed(high)})"
    )
    verdict: Verdict = "holds" if low > 0 else "does not hold" if high < 0 else UNTOLD
    why = {
        "holds": "a larger share of the small loses money",
        "does not hold": "a larger share of the large loses money",
        UNTOLD: "the interval of the difference holds zero",
    }[verdict]
    return Claim(*head, here, verdict, why)


def _of_service(costs: Costs) -> Claim:
    head = (
        "S002-8b",
        "drop what costs much to maintain and brings little",
        "loss-makers that service, charged after goods and credit, turns into a loss, of all "
        "loss-makers",
    )
    losers = costs.losers
    if not costs.served or losers.empty:
        return untested(*head, "needs activities with cost_pools, and loss-makers")
    hits = int((losers["loss_from"] == "service").sum())
    low, high = proportion_confint(hits, len(losers), method="wilson")
    verdict = at_least(low, high, 0.5)
    why = {
        "holds": "service makes most of the loss-makers",
        "does not hold": "the rule would miss most of the loss-makers",
        UNTOLD: "whether it is most of them is open",
    }[verdict]
    here = f"{hits} of {len(losers)}: {with_interval(hits / len(losers), low, high)}"
    return Claim(*head, here, verdict, why)


def _of_case_d(costs: Costs) -> list[Claim]:
    source = "S002-1m"
    heads = [
        (source, "sales up, profit down", "the two full years compared"),
        (source, "new customers are small", "revenue, new against old (medians)"),
        (
            source,
            "new customers are costly",
            "service per sales, new against old of like size (medians)",
        ),
        (source, "new customers bring losses", "new accounts that lose money"),
        (
            source,
            "profitable old customers were lost",
            "gross profit that lost accounts had made, of the fall",
        ),
    ]
    causes = _causes(costs)
    if causes is None or costs.pair is None:
        return [untested(*head, "needs two full years of ledger.date") for head in heads]
    return [
        _of_up_and_down(costs, heads[0]),
        _of_new_size(costs, heads[1]),
        _of_new_service(costs, heads[2]),
        _of_new_losses(costs, heads[3]),
        _of_the_lost(costs, causes, heads[4]),
    ]


def _moves(costs: Costs) -> pd.DataFrame:
    """By account: the change of revenue and of gross profit, and what an account that left made."""
    assert costs.pair is not None
    old, new = (
        costs.of_year(year).groupby("account_id")[["revenue", "cost"]].sum() for year in costs.pair
    )
    both = old.add_suffix("_0").join(new.add_suffix("_1"), how="outer")
    there, left = both["revenue_0"].notna(), both["revenue_1"].isna()
    both = both.fillna(0.0)
    made = both["revenue_0"] - both["cost_0"]
    return pd.DataFrame(
        {
            "sold": both["revenue_1"] - both["revenue_0"],
            "made": both["revenue_1"] - both["cost_1"] - made,
            "gone": made.where(left, 0.0),
            "there": there,
        }
    )


def _of_up_and_down(costs: Costs, head: tuple[str, str, str]) -> Claim:
    """Two parts, each with its own interval over accounts drawn anew."""
    assert costs.pair is not None
    moves = _moves(costs)
    sold, made = (_cents(moves[name].sum()) for name in ("sold", "made"))
    edges = [
        _resampled(moves[name].to_numpy(), lambda rows: float(rows.sum()), DRAWS)
        for name in ("sold", "made")
    ]
    told = [
        f"{word} {money(value)} ({money(low)} to {money(high)})"
        if np.isfinite(low)
        else f"{word} {money(value)}"
        for word, value, (low, high) in zip(
            ("revenue", "gross profit"), (sold, made), edges, strict=True
        )
    ]
    here = f"{costs.pair[0]} to {costs.pair[1]}: {', '.join(told)}"
    if np.isnan(edges[0][0]):
        return Claim(*head, here, UNTOLD, f"{len(moves)} accounts are too few for an interval", 0)
    up, down = at_least(*edges[0], 0.0), at_least(-edges[1][1], -edges[1][0], 0.0)
    whys: dict[Verdict, str] = {
        "holds": "sales rose and profit fell, each by its whole interval",
        "holds in part": "profit fell by its whole interval, and sales did not rise"
        if down == "holds"
        else "sales rose by its whole interval, and profit did not fall",
        "does not hold": "neither did sales rise nor profit fall",
        UNTOLD: "an interval of the change holds zero",
    }
    verdict: Verdict = up if up == down else UNTOLD if UNTOLD in (up, down) else "holds in part"
    others = _pairs_of_case_d(_change(costs)[0])
    elsewhere = f"; in {', '.join(others)} both did" if others and not sold > 0 > made else ""
    return Claim(*head, here, verdict, whys[verdict] + elsewhere, 2)  # sales, and profit


def _of_the_lost(costs: Costs, causes: Causes, head: tuple[str, str, str]) -> Claim:
    """Whether those lost had made so much of the fall that it is a cause."""
    moves = _moves(costs)
    part = f"{100 * CAUSE:g} % of the fall"
    if causes.fall <= 0:
        return untested(*head, "gross profit did not fall")
    if not causes.lost:
        there = int(moves["there"].sum())
        # A count of these years. What other years would lose is a share of the fall, and a bound
        # for the share of accounts says nothing of it: one account alone may have made a tenth.
        here = f"0 of {there} lost"
        return Claim(*head, here, "does not hold", "none was lost in these years: a count", 0)
    values = moves[["gone", "made"]].to_numpy()

    def of(rows: np.ndarray) -> float:
        fall = -float(rows[:, 1].sum())
        return float(rows[:, 0].sum()) / fall if fall > 0 else np.nan

    low, high = _resampled(values, of, DRAWS)
    here = f"{causes.lost} lost; {with_interval(of(values), low, high)} of the fall"
    if np.isnan(low):
        return Claim(*head, here, UNTOLD, f"{len(moves)} accounts are too few for an interval", 0)
    verdict = at_least(low, high, CAUSE)
    whys = {
        "holds": f"it is {part} or more",
        "does not hold": f"it is less than {part}",
        UNTOLD: f"whether it is {part} is open",
    }
    return Claim(*head, here, verdict, whys[verdict])


def _of_new_size(costs: Costs, head: tuple[str, str, str]) -> Claim:
    sizes = costs.profits["revenue"]
    sizes = sizes[sizes > 0]
    new = sizes.index.isin(list(costs.fresh))
    if new.sum() < 5 or (~new).sum() < 5:
        return untested(*head, "needs five new accounts and five old ones that buy in the period")
    times, low, high = _times(sizes.to_numpy(), new, ~new)
    verdict: Verdict = "holds" if high < 1 else "does not hold" if low > 1 else UNTOLD
    why = {
        "holds": "new ones are smaller",
        "does not hold": "new ones are larger",
        UNTOLD: "the interval holds 1: no difference",
    }[verdict]
    return Claim(*head, f"{times:.2f} times ({low:.2f} to {high:.2f})", verdict, why)


def _times(values: np.ndarray, mine: np.ndarray, others: np.ndarray) -> tuple[float, float, float]:
    """How many times the median of the others mine is, with its 95 % interval."""
    rng, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        drawn = [np.median(rng.choice(values[rows], int(rows.sum()))) for rows in (mine, others)]
        found.append(drawn[0] / drawn[1] if drawn[1] > 0 else np.inf)
    low, high = (float(value) for value in np.quantile(found, [0.025, 0.975], method="nearest"))
    return float(np.median(values[mine]) / np.median(values[others])), low, high


def _of_new_service(costs: Costs, head: tuple[str, str, str]) -> Claim:
    profits = costs.profits[costs.profits["revenue"] > 0]
    new = profits.index.isin(list(costs.fresh))
    if not costs.served or not new.any():
        return untested(*head, "needs activities with cost_pools, and new accounts")
    sizes = profits["revenue"][new]
    like = ~new & profits["revenue"].between(sizes.min(), sizes.max()).to_numpy()
    ratio = (profits["service"] / profits["revenue"]).to_numpy()
    if like.sum() < 5 or new.sum() < 5 or np.median(ratio[like]) <= 0:
        return untested(*head, "needs five new accounts and five old ones of like size")
    times, low, high = _times(ratio, new, like)
    upper = f"{low:.1f} to {high:.1f}" if np.isfinite(high) else f"{low:.1f} or more"
    verdict: Verdict = "holds" if low > 1 else "does not hold" if high < 1 else UNTOLD
    why = {
        "holds": "new ones take more service",
        "does not hold": "new ones take less service",
        UNTOLD: "the interval holds 1: no difference",
    }[verdict]
    return Claim(*head, f"{times:.1f} times ({upper})", verdict, why)


def _of_new_losses(costs: Costs, head: tuple[str, str, str]) -> Claim:
    mine = costs.profit[costs.profit.index.isin(list(costs.fresh))]
    if mine.empty:
        return untested(*head, "needs new accounts that buy in the period")
    losing = int((mine < 0).sum())
    low, high = proportion_confint(losing, len(mine), method="wilson")
    verdict = at_least(low, high, 0.5)
    why = {
        "holds": "most of them do",
        "does not hold": "fewer than half of them do",
        UNTOLD: "whether it is most of them is open",
    }[verdict]
    here = f"{losing} of {len(mine)}: {with_interval(losing / len(mine), low, high)}"
    return Claim(*head, here, verdict, why)


def _of_the_half_year(costs: Costs, planned: Finding | None) -> Claim:
    head = (
        "S002-1m",
        "half a year brought the profit back",
        "the plan against the fall in the same time",
    )
    if planned is None or not planned.known or planned.numbers["fall"] <= 0:
        if _fall(costs) > 0:
            return untested(*head, "needs a plan, and so an account that loses money")
        return untested(*head, "needs a fall of gross profit between two full years")
    brought, owed = planned.numbers["brought"], planned.numbers["owed"]
    return untested(
        *head,
        f"a plan is an assumption; under this one it brings {money(brought)} against a fall of "
        f"{money(owed)} in the same months",
    )


def account_review(costs: Costs, acted: Finding) -> Finding:
    """What the account review takes from the lesson."""
    words = {"currency": costs.currency or "currency of the book", "span": costs.span}
    words["bound"] = " (the most it can be, where a cost is missing)" * costs.lacks_costs
    profits = costs.profits
    if not costs.costed:
        known = {"credit": costs.invoiced, "service": costs.served}
        frame = profits[[name for name in known if known[name]]]
        if not frame.shape[1]:
            return unknown(NO_COSTS)
        return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
    frame = profits[["gross_profit", "credit", "service", "profit", "loss_from"]].join(
        acted.numbers["frame"][["action", "needed_rise", "gain"]]
    )
    # A cost that the book does not know is missing, not zero.
    frame["credit"] = frame["credit"] if costs.invoiced else np.nan
    frame["service"] = frame["service"] if costs.served else np.nan
    frame["profit_rank"] = profits["profit"].rank(method="first", ascending=False).astype("int64")
    if (costs.knowledge != KNOWN[0]).any():
        frame["profit_known"] = costs.knowledge.reindex(frame.index)
        uncosted = costs.accounts.set_index("account_id")["uncosted"]
        frame["uncosted"] = uncosted.reindex(frame.index)
    frame["why"] = frame["action"].map(
        {action: f"{who} ({source})" for who, action, source in RULES}
    )
    frame["needed_rise"] = frame["needed_rise"].where(np.isfinite(frame["needed_rise"]))
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
