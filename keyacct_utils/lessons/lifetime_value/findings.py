"""The steps of lesson 09: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

from keyacct_utils.lessons.lifetime_value import LESSON, buying, contracts, figures, values
from keyacct_utils.lessons.lifetime_value.inputs import (
    SPAN,
    YEAR,
    Lifetimes,
    at_risk,
    history_of,
    lifetimes,
    steady,
)
from keyacct_utils.lessons.shared.amounts import Interval, at_least, fraction, years_ahead
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, Verdict, by_interval, untested
from keyacct_utils.lessons.shared.claims import at_least as holds_at_least
from keyacct_utils.lessons.shared.comparison import fisher_limits
from keyacct_utils.lessons.shared.resampling import percentile_limits
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

__all__ = ["Lifetimes", "lifetimes"]

#: Draws of what an account may bring.
DRAWS = 400
#: Lives of one contract or one steady account, and the longest of them in years.
LIVES, LONGEST = 20_000, 200
#: Fewer purchases or accounts than these are not tested against later ones.
FEWEST_LATER = 10
#: Account draws held in memory at once, and fewest draws of a large book.
_HELD, _LEAST_DRAWS = 4_000_000, 100
_CHUNK = 2_000
WEEKS_A_YEAR = 365.25 / buying.WEEK
#: The rise of value that is claimed, and what a dear new customer is said to cost.
CLAIMED, FIVE = (0.25, 0.85), 5.0
#: A ratio of costs this far from five is another ratio; half of it either way.
FIVE_MARGIN = 0.5
#: From this p value on nobody differs for sure.
LEVEL = 0.05
_SHOWN = 8
#: So near to the end of an interval, as a part of its width, a value lies only just within it.
_EDGE = 0.05
#: With so many still there, that fewer purchases come is not told as accounts that left.
_MOSTLY_THERE = 0.95
#: A standard error of a logarithm from which on a parameter may be ten times as large, or a tenth.
_WIDE = np.log(10) / 1.96
#: The larger books compare models on a draw of so many accounts.
_COMPARED = 2_500


def book_in_numbers(found: Lifetimes) -> Finding:
    """Which book, which time, how many accounts."""
    numbers = {
        "book": found.name,
        "start": f"{found.start:%Y-%m-%d}",
        "end": f"{found.as_of:%Y-%m-%d}",
        "accounts": len(found.people),
        "measure": found.measure,
        "undated": found.undated,
        "uncosted": found.uncosted,
        "unit": found.unit_of_money,
        "rate": found.rate,
    }
    says = [
        "**{book}**, from {start} to {end}, the end of the period: {accounts:count account} bought "
        "on a day that is known.",
        *steps.gross(found.returns),
    ]
    if found.measure == "margin":
        says.append(
            "What an account brings is counted in margin, {rate:percent} of all sales: the cost of "
            "serving and of winning it is not in it."
        )
    else:
        says.append(
            "What an account brings is counted in sales: no margin above zero is known "
            "(ledger.cost_goods would give one)."
        )
    if found.uncosted:
        says.append(
            "Rows with sales of {uncosted:money}{unit} have no cost: a margin is at most what "
            "stands."
        )
    if found.undated:
        says.append("Left out for want of a date: {undated:count row}.")
    return Finding(numbers, tuple(says))


def pencil(margin: float, retention: float, discount: float, years: int) -> pd.DataFrame:
    """A customer on a napkin: chance that it is there at the end of each year, margin to expect,
    and what that is worth today.
    """
    year = np.arange(1, years + 1)
    there = retention**year
    today = margin * there / (1 + discount) ** year
    frame = pd.DataFrame({"still there": there, "margin": margin * there, "today": today})
    frame["added up"] = frame["today"].cumsum()
    frame.index = pd.Index(year, name="end of year")
    return frame.round(2)


def two_kinds(found: Lifetimes) -> Finding:
    """Which accounts buy month by month, and which when they need something?"""
    mine = steady(found.people, found.steady_share)
    counts = mine.map({True: "month by month", False: "when needed"})
    table = pd.DataFrame(
        {
            "accounts": counts.value_counts(),
            "sold": found.people["sold"].groupby(counts).sum(),
        }
    ).reindex([name for name in ("month by month", "when needed") if (counts == name).any()])
    total = float(table["sold"].sum())
    numbers: dict[str, Any] = {
        "share": found.steady_share,
        "span": SPAN,
        "steady": int(mine.sum()),
        "needed": int((~mine).sum()),
        "total": total,
    }
    says = [
        "{steady:count account buys/accounts buy} month by month: in {share:percent0} or more of "
        "the months from the first purchase to the last, both counted and {span} or more in all. "
        "{needed:count account buys/accounts buy} "
        "when needed."
    ]
    if total > 0:
        table["part"] = table["sold"] / total
        if (table["sold"] >= 0).all() and len(table) > 1:
            numbers["part"] = float(table.loc["month by month", "part"])
            says.append("The first bring {part:percent} of all sales.")
    columns = {
        "accounts": Shown("accounts", ",.0f"),
        "sold": Shown("sales", "money"),
        "part": Shown("of all", "percent"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("buys"), columns, show_table=False)


def _of_contracts(found: Lifetimes) -> pd.DataFrame:
    """Of each kind of contract: retention, and whether chances differ."""
    rows = {}
    for kind, table in found.cohorts.items():
        kept = contracts.constant_retention(table)
        p = np.nan
        if 0 < kept.estimate < 1:
            try:
                p = contracts.likelihood_ratio(table).p
            except ValueError:  # nobody came to a second renewal
                p = np.nan
        rows[kind] = (int(table[0].sum()), kept.estimate, kept.low, kept.high, p)
    columns = ["started", "kept", "low", "high", "p"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    # the kind with most contracts first, among those that one chance fits where there are some
    table["differ"] = table["p"] < LEVEL
    return table.sort_values(["differ", "started"], ascending=[True, False], kind="stable")


def _curves(found: Lifetimes) -> dict[str, pd.DataFrame]:
    """By kind: how many are still there after each renewal, seen and as two models have it."""
    made = {}
    for kind, table in found.cohorts.items():
        kept = contracts.constant_retention(table).estimate
        ratio = []
        for n in range(1, table.shape[1]):
            both = table[[n - 1, n]].dropna()
            ratio.append(both[n].sum() / both[n - 1].sum() if both[n - 1].sum() > 0 else np.nan)
        seen = pd.Series([1.0, *ratio]).cumprod().dropna()
        renewals = seen.index.to_numpy(dtype=float)
        try:
            mixed = contracts.survival_sbg(contracts.fit_sbg(table), renewals)
        except ValueError:  # all stayed, or all left
            mixed = kept**renewals
        made[kind] = pd.DataFrame({"seen": seen, "one": kept**renewals, "mixed": mixed})
    return made


def _early_and_late(table: pd.DataFrame) -> tuple[float, float]:
    """Share kept at the first renewal, and at all later ones; missing where none came up."""
    asked, kept = np.zeros(2), np.zeros(2)
    for renewal in range(1, table.shape[1]):
        both = table[[renewal - 1, renewal]].dropna().sum()
        asked[min(renewal, 2) - 1] += both[renewal - 1]
        kept[min(renewal, 2) - 1] += both[renewal]
    early, late = np.divide(kept, asked, out=np.full(2, np.nan), where=asked > 0)
    return float(early), float(late)


def _not_asked(found: Lifetimes, table: pd.DataFrame) -> dict[str, int]:
    """By kind, in the order of the table: contracts of years whose first renewal has not come up
    for all.
    """
    assert found.agreed is not None
    kinds = found.agreed["kind"].fillna("unnamed") if "kind" in found.agreed else "unnamed"
    begun = found.agreed.assign(kind=kinds)
    begun = begun[begun["start"] <= found.as_of]
    counts = begun["kind"].value_counts().reindex(table.index, fill_value=0) - table["started"]
    return {str(name): int(count) for name, count in counts.items() if count > 0}


def retention(found: Lifetimes) -> Finding:
    """Which share stays another year, and does the chance differ between customers?

    Contracts are looked at where the book has them; else the accounts of the ledger that buy month
    by month.
    """
    if not found.cohorts:
        return _retention_of_ledger(found)
    table = _of_contracts(found)
    kind = str(table.index[0])
    first = table.loc[kind]
    differ = [str(name) for name in table.index[table["differ"]]]
    numbers: dict[str, Any] = {
        "source": "contracts",
        "kind": kind,
        "r": float(first["kept"]),
        "low": float(first["low"]),
        "high": float(first["high"]),
        "lost": 1 - float(first["kept"]),
        "started": int(first["started"]),
        "differ": differ,
        "level": LEVEL,
        "frame": table,
    }
    says = [
        "Of the {kind} contracts {r:percent} are kept at a renewal (95 % interval {low:percent} to "
        "{high:percent}, of {started:count contract} whose first renewal has come up)."
    ]
    if differ:
        says.append(
            "One chance for all does not fit: {differ:names} (likelihood ratio, p below "
            "{level:percent0}). There those that leave easily leave first, so that the others stay "
            "longer than one chance has it."
        )
        other = differ[0]
        early, late = _early_and_late(found.cohorts[other])
        if np.isfinite(late):
            numbers |= {
                "other": other,
                "pooled": float(table.loc[other, "kept"]),
                "early": early,
                "late": late,
            }
            says.append(
                "The {pooled:percent} of the {other} contracts mix them: at the first renewal "
                "{early:percent} are kept, at later ones {late:percent}."
            )
    if kind not in differ and pd.notna(first["p"]):
        says.append("For {kind} contracts nothing speaks against one chance for all.")
    unasked = _not_asked(found, table)
    numbers |= {"unasked": sum(unasked.values()), "unasked_of": unasked}
    if unasked:
        numbers["waiting"] = [f"{count:,} for {name}" for name, count in unasked.items()]
        says.append(
            "{unasked:count more contract/more contracts} began in years of which not all have "
            "come to a first renewal ({waiting:names}): of how many are kept they say nothing yet."
        )
    view = table.drop(columns=["p", "differ"]).rename_axis("kind")
    columns = {
        "started": Shown("contracts", ",.0f"),
        "kept": Shown("kept a year", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    curves = _curves(found)
    long = {name: curve for name, curve in curves.items() if len(curve) > 1}
    picture = Picture(
        lambda title: figures.survival_plot(long, title),
        "Of {kind} contracts {r:percent0} are kept a year",
        "Points of the share of contracts still there after each renewal, with the curve of one "
        "chance for all (dashed) and that of chances that differ (broad). Of {kind} contracts "
        "{r:percent} are kept a year.",
    )
    return Finding(numbers, tuple(says), view, columns, picture, show_table=len(view) > 1)


def _retention_of_ledger(found: Lifetimes) -> Finding:
    accounts, months, left = at_risk(
        found.people, found.last_month, found.silent, found.steady_share
    )
    if not months and accounts:
        return unknown(
            "{accounts:count account buys/accounts buy} month by month, but not yet for long "
            "enough that one could be seen to leave: it takes {span:count month} of buying and "
            "{silent:count month} of silence.",
            accounts=accounts,
            span=SPAN,
            silent=found.silent,
        )
    if not months:
        return unknown(
            "No account buys month by month, so there is no yearly retention: who buys when needed "
            "is looked at below. A table contracts with start and end would give one."
        )
    kept = contracts.monthly_retention(months, left)
    numbers = {
        "source": "ledger",
        "kind": "month by month",
        "r": kept.estimate,
        "low": kept.low,
        "high": kept.high,
        "lost": 1 - kept.estimate,
        "accounts": accounts,
        "months": months,
        "left": left,
        "silent": found.silent,
        "span": SPAN,
        # where nobody left there is one side only: the lower limit of a two-sided 90 % is one of 95
        "bound": contracts.monthly_retention(months, left, 0.90).low,
    }
    base = (
        "{accounts:count account buys/accounts buy} month by month and could have been seen to "
        "leave in {months:count month} taken together (not in the first {span}, which make an "
        "account one that buys month by month). "
    )
    if left:
        says = (
            base + "{left} did: silent for {silent:count month} or more. So {r:percent} stay a "
            "year (95 % interval {low:percent} to {high:percent}).",
        )
    else:
        says = (
            base + "Not one has been silent for {silent:count month} or more. That is no proof "
            "that all stay: with 95 % confidence, {bound:percent} or more stay a year.",
        )
    return Finding(numbers, says)


def _discount(discount: float) -> None:
    """A discount is a fraction from 0 to below 1; 0 counts all years alike."""
    if not isinstance(discount, Real) or not 0 <= discount < 1:
        raise ValueError(
            f"discount is {discount!r}: expected a fraction from 0 to below 1; 10 % is 0.1"
        )


def _endless(kept: Finding, discount: float) -> Finding | None:
    """Why there is no value without a discount: the sum has no end where all may stay."""
    if discount > 0 or float(kept.numbers["high"]) < 1:
        return None
    return unknown(
        "Without a discount the value of a customer that may stay for ever has no end, and here "
        "all may stay: choose a discount above 0."
    )


def _multiple(r: float, discount: float, first: Literal["end", "now"] = "end") -> float:
    return values.margin_multiple(r, discount, first_margin=first)


def _groups(found: Lifetimes, kept: Finding) -> dict[str, pd.Series]:
    """Margins of a year: of the contracts of the first kind by size, or of the steady accounts that
    are still there.
    """
    if kept.numbers["source"] == "contracts":
        assert found.agreed is not None
        rows = found.agreed
        if "margin" not in rows:
            return {}
        if "kind" in rows:
            rows = rows[rows["kind"].fillna("unnamed") == kept.numbers["kind"]]
        rows = rows[rows["start"] <= found.as_of].dropna(subset=["margin"])
        if "size" in rows and rows["size"].notna().any():
            groups = {str(name): part["margin"] for name, part in rows.groupby("size")}
        else:
            groups = {"all": rows["margin"]}
    else:
        mine = found.people[steady(found.people, found.steady_share)]
        there = mine[found.last_month - mine["last"] < found.silent]
        groups = {"month by month": there["year"]}
    groups = {name: margins for name, margins in groups.items() if len(margins)}
    return dict(sorted(groups.items(), key=lambda item: -item[1].mean()))


def _value_row(
    margins: pd.Series, kept: Finding, discount: float, rng: np.random.Generator
) -> dict[str, float]:
    """Mean margin, value at both timings, and the interval of the first from retention and mean."""
    n, mean = len(margins), float(margins.mean())
    r, low, high = (float(kept.numbers[name]) for name in ("r", "low", "high"))
    # the interval of retention taken for normal on the scale of the multiple
    ends = [_multiple(value, discount) for value in (low, high)]
    middle = _multiple(r, discount)
    draws = np.where(
        (z := rng.standard_normal(2_000)) < 0,
        middle + z / 1.96 * (middle - ends[0]),
        middle + z / 1.96 * (ends[1] - middle),
    )
    spread = float(margins.std(ddof=1)) / np.sqrt(n) if n > 1 else 0.0
    both = np.maximum(draws, 0) * (mean + spread * rng.standard_normal(2_000))
    limits = percentile_limits(both)
    return {
        "contracts": n,
        "margin": mean,
        "value": mean * middle,
        "low": limits[0],
        "high": limits[1],
        "now": mean * _multiple(r, discount, "now"),
    }


def contract_value(found: Lifetimes, kept: Finding, discount: float = 0.1) -> Finding:
    """What is a contract worth, and what do single ones bring?

    Parameters
    ----------
    kept : from `retention`.
    discount : a fraction a year.
    """
    _discount(discount)
    if not kept.known:
        return Finding(kept.numbers, unknown=kept.unknown)
    if endless := _endless(kept, discount):
        return endless
    groups = _groups(found, kept)
    if not groups:
        return unknown("No margin of a year is known: contracts.margin would give one.")
    rng = np.random.default_rng(0)
    rows = {name: _value_row(margins, kept, discount, rng) for name, margins in groups.items()}
    table = pd.DataFrame.from_dict(rows, orient="index")
    biggest = max(groups, key=lambda name: len(groups[name]))
    lives = _lives(groups[biggest], float(kept.numbers["r"]), discount, rng)
    row = table.loc[biggest]
    numbers: dict[str, Any] = {
        "group": biggest,
        "discount": discount,
        "r": kept.numbers["r"],
        "multiple": _multiple(float(kept.numbers["r"]), discount),
        "margin": float(row["margin"]),
        "value": float(row["value"]),
        "now": float(row["now"]),
        "low": float(row["low"]),
        "high": float(row["high"]),
        "half": float(np.median(lives)),
        "nothing": 1 - float(kept.numbers["r"]),
        "losing": float((groups[biggest] <= 0).mean()),
        "lives": len(lives),
        "measure": found.measure if kept.numbers["source"] == "ledger" else "margin",
        "unit": found.unit_of_money,
        "frame": table,
    }
    says = [
        "At {discount:percent0} and a retention of {r:percent}, a customer is worth "
        "{multiple:.2f} times its yearly {measure} where the first comes at the end of the year, "
        "and one yearly {measure} more where it comes now.",
        "In the group {group} that is {value:money}{unit} ({low:money} to {high:money}, 95 %, for "
        "what is not known of retention and the mean) or {now:money}{unit}."
        if len(groups[biggest]) > 1
        else "In the group {group} that is {value:money}{unit} ({low:money} to {high:money}, 95 %, "
        "for what is not known of retention alone: one customer does not tell how far a mean may "
        "be off) or {now:money}{unit}.",
        "That is a mean: of {lives:,} simulated lives half bring {half:money}{unit} or less, and "
        "{nothing:percent0} leave before the first."
        if not numbers["losing"]
        else "That is a mean: of {lives:,} simulated lives half bring {half:money}{unit} or less. "
        "{nothing:percent0} leave before the first, and of the yearly {measure} {losing:percent0} "
        "are not above zero, which has nothing to do with leaving.",
    ]
    if numbers["margin"] <= 0:
        says = says[:1]
    picture = None
    if numbers["margin"] > 0 and numbers["half"] < numbers["value"]:
        picture = Picture(
            lambda title: figures.lives_plot(
                lives,
                numbers["value"],
                numbers["half"],
                title,
                f"value today of one customer{found.unit_of_money}",
            ),
            "Worth {value:money} on average; half bring {half:money} or less",
            "Histogram of the values of simulated single lives in the group {group}, with their "
            "mean of {value:money} and the half below {half:money}. The last bar holds all above "
            "it.",
        )
    columns = {
        "contracts": Shown("customers", ",.0f"),
        "margin": Shown("{measure} a year", "money"),
        "value": Shown("value, first one at the end", "money"),
        "low": Shown("from", "money"),
        "high": Shown("to", "money"),
        "now": Shown("value, first one now", "money"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("group"), columns, picture)


def _lives(margins: pd.Series, r: float, discount: float, rng: np.random.Generator) -> np.ndarray:
    """Values of single lives: years until it leaves, and a margin out of those seen, today's
    currency.
    """
    years = np.minimum(rng.geometric(max(1 - r, 1e-9), LIVES) - 1, LONGEST).astype(float)
    margin = rng.choice(margins.to_numpy(dtype=float), LIVES)
    worth = (1 - (1 + discount) ** -years) / discount if discount > 0 else years
    return np.asarray(margin * worth)


def _rise(low: float, high: float, discount: float, change: float) -> tuple[float, float]:
    """Least and largest rise between two retentions."""
    grid = np.linspace(min(low, 1 - change), min(high, 1 - change), 41)
    rises = [values.retention_claim(r, discount, change) for r in grid if r > 0]
    return (min(rises), max(rises)) if rises else (np.nan, np.nan)


def famous_claim(
    found: Lifetimes,
    kept: Finding,
    discount: float = 0.1,
    *,
    change: float = 0.05,
    example: float = 0.8,
    discounts: tuple[float, ...] = (0.05, 0.10, 0.20),
) -> Finding:
    """Where does the claim hold that five points more retention are worth 25 to 85 % (S004-1d)?

    Parameters
    ----------
    kept : from `retention`.
    discount : a fraction a year.
    change : of retention, a fraction: five points are 0.05.
    example : retention of the example, a fraction.
    discounts : drawn beside it.
    """
    _discount(discount)
    fraction("change", change, one=False)
    if discount == 0:
        return unknown(
            "Without a discount a customer that never leaves is worth more than any number, so the "
            "rise has no limit; it takes a discount above 0."
        )
    low, high = CLAIMED
    rates = sorted({*discounts, discount})
    grid = np.round(np.linspace(0.05, 1 - change, 91), 4)
    grid = grid[grid > 0]
    lifts = pd.DataFrame(
        {
            f"{100 * rate:g} %": [values.retention_claim(r, rate, change) for r in grid]
            for rate in rates
        },
        index=grid,
    )
    numbers: dict[str, Any] = {
        "least": low,
        "most": high,
        "change": change,
        "discount": discount,
        "known": "yes" if kept.known else "no",
    }
    says = _claim_anywhere(discount, change, numbers)
    stays = min(fraction("example", example), 1 - change)
    numbers |= {"example": stays, "there": values.retention_claim(stays, discount, change)}
    says.append("Where {example:percent0} stay, it is {there:percent}.")
    here = _claim_here(kept, rates, discount, change, numbers, says)
    title = (
        "{change:points} points more retention: {rise:percent0} more value here"
        if here
        else "How much {change:points} points more retention are worth hangs on how many stay"
    )
    picture = Picture(
        lambda text: figures.claim_plot(lifts, CLAIMED, here, text),
        title,
        "Curves of the rise of a customer's value with {change:points} points more retention, by "
        "the retention before, one for each discount; the band between {least:percent0} and "
        "{most:percent0} is what is claimed.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _claim_anywhere(discount: float, change: float, numbers: dict[str, Any]) -> list[str]:
    """Where the claim holds at this discount, whatever the book; adds numbers, gives sentences."""
    low, high = CLAIMED
    region = values.claim_region(low, high, discounts=(discount,), change=change).iloc[0]
    numbers |= {"smallest": float(region["least"]), "top": float(region["largest"])}
    start, end, below = (float(region[name]) for name in ("start", "end", "below"))
    if end == 0:
        return [
            "At {discount:percent0}, {change:points} points more retention raise a customer's "
            "value by more than {most:percent0} whatever the retention: {smallest:percent} or more."
        ]
    numbers |= {
        name: value for name, value in (("start", start), ("end", end)) if np.isfinite(value)
    }
    if start == 0:
        return [
            "At {discount:percent0}, {change:points} points more retention raise a customer's "
            "value by {least:percent0} or more whatever the retention: {smallest:percent} or more."
        ]
    if np.isfinite(end):
        says = [
            "At {discount:percent0}, {change:points} points more retention raise a customer's "
            "value by {least:percent0} to {most:percent0} where {start:percent} to {end:percent} "
            "stay already, and by more above."
        ]
    elif np.isfinite(start):
        says = [
            "At {discount:percent0}, {change:points} points more retention raise a customer's "
            "value by {least:percent0} or more where {start:percent} or more stay already: by "
            "{top:percent} at most, never by {most:percent0} there."
        ]
    else:
        says = [
            "At {discount:percent0}, {change:points} points more retention raise a customer's "
            "value by less than {least:percent0} wherever more than {below:percent} stay."
        ]
    numbers |= {"below": below, "little": _multiple(below, discount)}
    says.append(
        "Where {below:percent} or fewer stay the percentage is as large again, but of next to "
        "nothing: such a customer is worth {little:.2f} margins of a year or less."
    )
    return says


def _claim_here(
    kept: Finding,
    rates: Sequence[float],
    discount: float,
    change: float,
    numbers: dict[str, Any],
    says: list[str],
) -> tuple[float, float] | None:
    """What the claim is at the retention of this book; adds numbers and sentences."""
    if not kept.known:
        return None
    r = float(kept.numbers["r"])
    numbers["r"] = r
    if r <= 0:
        says.append("Here nobody stays, so nothing can rise in percent.")
        return None
    numbers["relative"] = values.retention_claim(r, discount, change, relative=True)
    if r + change > 1:
        numbers["room"] = 1 - r
        says.append(
            "Here {r:percent} stay: there is no room for {change:points} points more, only for "
            "{room:points}."
        )
        return None
    rise = values.retention_claim(r, discount, change)
    bounds = _rise(float(kept.numbers["low"]), float(kept.numbers["high"]), discount, change)
    numbers |= {"rise": rise, "rise_low": bounds[0], "rise_high": bounds[1]}
    says.append(
        "Here, at {r:percent}, it is {rise:percent} ({rise_low:percent} to {rise_high:percent} "
        "over the interval of retention)."
        if float(kept.numbers["high"]) + change <= 1
        else "Here, at {r:percent}, it is {rise:percent} ({rise_low:percent} to "
        "{rise_high:percent} over that part of the interval of retention which leaves room for "
        "{change:points} points)."
    )
    if len(rates) > 1:
        numbers["over"] = {
            rate: Interval(
                values.retention_claim(r, rate, change),
                *_rise(float(kept.numbers["low"]), float(kept.numbers["high"]), rate, change),
            )
            for rate in rates
        }
        numbers |= {
            "least_rate": rates[0],
            "most_rate": rates[-1],
            "at_most": numbers["over"][rates[0]].estimate,
            "at_least": numbers["over"][rates[-1]].estimate,
        }
        says.append(
            "That hangs on the discount: it is {at_most:percent} at {least_rate:percent0} and "
            "{at_least:percent} at {most_rate:percent0}."
        )
    says.append(
        "Read as {change:percent0} fewer losses, as the claim can be, it is {relative:percent}."
    )
    return r, rise


def deal(
    sales: float = 10.0,
    cost: float = 5.0,
    later: float = 0.5,
    years: int = 3,
    discount: float = 0.1,
) -> Finding:
    """Is a deal of 10 m worth 5 m (S003-7c)?

    Parameters
    ----------
    sales : of each year, any currency.
    cost : spent to win it, at its start.
    later : spent at the start of each further year.
    years : that it lasts.
    discount : a fraction a year.
    """
    years_ahead("years", years, 2)
    longest = max(years + 2, 5)

    def margin(count: int, rate: float, first: Literal["now", "end"]) -> float:
        spending = [cost] + [later] * (count - 1)
        return values.break_even_margin([sales] * count, spending, rate, first)

    count = np.arange(1, longest + 1)
    curves = pd.DataFrame(
        {
            f"paid at the start of the year, {100 * discount:g} %": [
                margin(n, discount, "now") for n in count
            ],
            f"paid at its end, {100 * discount:g} %": [margin(n, discount, "end") for n in count],
            "without discount": [margin(n, 0.0, "now") for n in count],
        },
        index=count,
    )
    numbers = {
        "sales": sales,
        "cost": cost,
        "later": later,
        "years": years,
        "discount": discount,
        "once": margin(1, discount, "now"),
        "several": margin(years, discount, "now"),
        "late": margin(years, discount, "end"),
        "plain": margin(years, 0.0, "now"),
        "once_late": margin(1, discount, "end"),
    }
    says = (
        "A deal of {sales:g} that takes {cost:g} to win needs a margin of {once:percent} if it is "
        "the only one.",
        "If it comes {years} years in a row, with {later:g} in each further year, "
        "{several:percent} is enough at {discount:percent0}, where sales and spending fall at the "
        "start of each year.",
        "If the customer pays at the end of the year it is {late:percent}, without a discount "
        "{plain:percent}: say which.",
    )
    picture = Picture(
        lambda title: figures.deal_plot(curves, (1, years), title),
        "One order needs a margin of {once:percent}, {years} years of them {several:percent}",
        "Margin at which a deal breaks even, by the years that it lasts, for payment at the start "
        "of the year, at its end, and without a discount.",
    )
    return Finding(numbers, says, picture=picture)


def _source(found: Lifetimes) -> tuple[pd.DataFrame, str]:
    """Purchases of those that buy when they need something, and where they come from."""
    if found.orders is not None:
        return found.orders, "orders"
    return found.purchases, "ledger"


def _without(purchases: pd.DataFrame, source: str, repeats: int = 0) -> str:
    """Why no model of buying can be fitted; empty where it can."""
    accounts = purchases["account_id"].nunique()
    if accounts < buying.FEWEST:
        return (
            "Accounts that buy when they need something: {accounts}. A model of how they buy takes "
            "{fewest} or more."
        )
    if not repeats:
        return (
            "None of the {accounts:count account} that buy when they need something came back on "
            "another day: nothing tells how often they buy. It takes {fewest} accounts, and a "
            "longer time."
        )
    return ""


def _fitted(
    purchases: pd.DataFrame, as_of: pd.Timestamp, source: str
) -> tuple[pd.DataFrame, buying.BgNbd] | Finding:
    history = history_of(purchases, as_of) if len(purchases) else pd.DataFrame()
    repeats = int((history["frequency"] > 0).sum()) if len(history) else 0
    if reason := _without(purchases, source, repeats):
        return unknown(
            reason, accounts=purchases["account_id"].nunique(), fewest=buying.FEWEST, source=source
        )
    return history, buying.fit_bg_nbd(history)


def _draws(count: int, draws: int | None) -> int:
    wanted = draws or DRAWS
    return int(min(wanted, max(_LEAST_DRAWS, _HELD // max(count, 1))))


def bought_when_needed(
    found: Lifetimes, weeks: float = 26.0, *, draws: int | None = None
) -> Finding:
    """Who is still a customer, and what will be bought?

    Parameters
    ----------
    weeks : that are looked ahead.
    draws : of what may come.
    """
    if not weeks > 0:
        raise ValueError(f"weeks is {weeks!r}: expected a time above 0")
    purchases, source = _source(found)
    fitted = _fitted(purchases, found.as_of, source)
    if isinstance(fitted, Finding):
        return fitted
    history, model = fitted
    alive = buying.p_alive(model, history)
    expected = buying.expected_purchases(model, history, weeks)
    before = history["frequency"] / history["age"].clip(lower=1.0) * weeks
    rng = np.random.default_rng(0)
    totals = _totals(model, history, weeks, _draws(len(history), draws), rng)
    numbers: dict[str, Any] = {
        "source": source,
        "accounts": len(history),
        "repeats": int((history["frequency"] > 0).sum()),
        "once": int((history["frequency"] == 0).sum()),
        "alive": float(alive.mean()),
        "weeks": weeks,
        "expected": float(expected.sum()),
        "low": totals[0],
        "high": totals[1],
        "before": float(before.sum()),
        "less": 1 - float(expected.sum()) / float(before.sum()) if before.sum() > 0 else 0.0,
        "alive_back": float(alive[history["frequency"] > 0].mean()),
        "model": model,
        "at_limit": list(model.at_limit),
    }
    told = not _nobody_leaves(model)
    says = [
        "{accounts:count account} of the table orders: {repeats} came back on another day."
        if source == "orders"
        else "{accounts:count account} of the ledger that buy when they need something: {repeats} "
        "came back on another day.",
        "By the model {alive:percent} of all {accounts} are still customers, and of those that "
        "came back {alive_back:percent}."
        if told
        else "Whether they are still customers cannot be told: the fit lets nobody leave.",
        "In the next {weeks:g} weeks it expects {expected:,.0f} purchases of them all ({low:,.0f} "
        "to {high:,.0f} in 95 % of draws).",
    ]
    if expected.sum() < before.sum():
        says.append(
            "Had everybody gone on as before it would be {before:,.0f}: {less:percent0} fewer "
            "come, since some have left without a word and the rates of the busiest are partly "
            "luck."
            if told and numbers["alive_back"] < _MOSTLY_THERE
            else "Had everybody gone on as before it would be {before:,.0f}: {less:percent0} fewer "
            "come, since the rates of the busiest are partly luck."
        )
    if model.at_limit:
        says.append(
            "Some of its parameters are not held by these data ({at_limit:names} at the end of the "
            "search): trust the back-test and not them. The interval holds chance alone, not what "
            "the fit leaves open."
        )
    says += _flat(model, numbers)
    if not told:
        alive = alive * np.nan
    if numbers["once"]:
        says.append(
            "Who bought once only ({once:count account}) counts as a customer still: the model "
            "lets nobody leave before a second purchase."
        )
    table = _examples(history, alive, expected, found)
    columns = {
        "purchases": Shown("purchases", ",.0f"),
        "silent": Shown("weeks silent", ",.1f"),
        "usual": Shown("usual gap, weeks", ",.1f"),
        "alive": Shown("still a customer", "percent0"),
        "expected": Shown("purchases to come", ".2f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _flat(model: buying.BgNbd, numbers: dict[str, Any]) -> list[str]:
    """Which parameters the data hardly hold, where there are any; adds their names."""
    if model.covariance is None:
        return []
    wide = np.sqrt(np.diag(model.covariance)) > _WIDE
    if not wide.any():
        return []
    numbers["flat"] = [name for name, far in zip(model.names, wide, strict=True) if far]
    return [
        "The fit is almost flat in {flat:names}: its interval is a rough one, and wider than what "
        "is likely."
    ]


def _totals(
    model: buying.BgNbd,
    history: pd.DataFrame,
    weeks: float,
    draws: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Limits of what all accounts together buy, chance and the fit's own error in them."""
    total = np.zeros(draws)
    parameters = model.drawn(draws, rng)
    for start in range(0, len(history), _CHUNK):
        part = history.iloc[start : start + _CHUNK]
        total += buying.simulated_purchases(parameters, part, [weeks], rng)[0].sum(axis=1)
    return percentile_limits(total)


def _examples(
    history: pd.DataFrame, alive: pd.Series, expected: pd.Series, found: Lifetimes
) -> pd.DataFrame:
    """A few accounts from surely there to surely gone, among those that came back most."""
    often = history[history["frequency"] >= max(1, int(history["frequency"].quantile(0.75)))]
    order = alive[often.index].sort_index().sort_values(kind="stable").index
    picked = list(dict.fromkeys(order[np.linspace(0, len(order) - 1, 5).astype(int)]))
    mine = history.loc[picked]
    frame = pd.DataFrame(
        {
            "purchases": mine["orders"],
            "silent": mine["age"] - mine["recency"],
            "usual": mine["recency"] / mine["frequency"],
            "alive": alive[picked],
            "expected": expected[picked],
        }
    )
    frame.index = pd.Index(found.named(picked), name="account")
    return frame.iloc[::-1]


def _split(
    purchases: pd.DataFrame, as_of: pd.Timestamp, share: float
) -> tuple[pd.Timestamp, pd.DataFrame, pd.Series] | None:
    """A day within the time, the history of those that had bought by then, and what each bought
    later (days with a purchase).
    """
    start = purchases["date"].min()
    cut = (start + (as_of - start) * share).normalize()
    early = purchases[purchases["date"] <= cut]
    if early["account_id"].nunique() < buying.FEWEST or (as_of - cut).days < buying.WEEK:
        return None
    history = history_of(early, cut)
    days = purchases[purchases["date"] > cut].drop_duplicates(["account_id", "date"])
    later = days.groupby("account_id").size().reindex(history.index, fill_value=0)
    if not (history["frequency"] > 0).any() or later.sum() < FEWEST_LATER:
        return None
    return cut, history, later


def _bands(frequency: pd.Series) -> pd.Series:
    """Accounts by purchases before, in at most seven bands of whole counts."""
    edges = [0, 1, 2, 3, 5, 8, 13]
    names = ["0", "1", "2", "3-4", "5-7", "8-12", "13+"]
    return pd.cut(frequency, [*edges, np.inf], right=False, labels=names)


def back_test(found: Lifetimes, share: float = 0.75, *, draws: int | None = None) -> Finding:
    """Would the model have foretold the last part of the time?

    Parameters
    ----------
    share : of the time that the model is fitted on, a fraction below 1.
    draws : of what may come.
    """
    fraction("share", share, one=False)
    purchases, _ = _source(found)
    made = _split(purchases, found.as_of, share) if len(purchases) else None
    if made is None:
        return unknown(
            "Nothing to test the model on: it takes {fewest} accounts, some of which came back in "
            "the first part of the time, and {later} purchases in the last.",
            fewest=buying.FEWEST,
            later=FEWEST_LATER,
        )
    cut, history, later = made
    model = buying.fit_bg_nbd(history)
    weeks = (found.as_of - cut).days / buying.WEEK
    expected = buying.expected_purchases(model, history, weeks)
    before = history["frequency"] / history["age"].clip(lower=1.0) * weeks
    rng = np.random.default_rng(0)
    low, high = _totals(model, history, weeks, _draws(len(history), draws), rng)
    actual = float(later.sum())
    numbers: dict[str, Any] = {
        "cut": f"{cut:%Y-%m-%d}",
        "accounts": len(history),
        "weeks": weeks,
        "actual": actual,
        "model": float(expected.sum()),
        "low": low,
        "high": high,
        "before": float(before.sum()),
        "off": float(expected.sum()) / actual - 1,
        "off_before": float(before.sum()) / actual - 1,
        "size": abs(float(expected.sum()) / actual - 1),
        "times": float(expected.sum()) / actual,
        "inside": "yes" if low <= actual <= high else "no",
    }
    says = [
        "Fitted on what was known on {cut}, the model expected {model:,.0f} purchases of "
        "{accounts:count account} in the {weeks:,.0f} weeks that followed; {actual:,.0f} came."
    ]
    near = _EDGE * (high - low)
    if low + near <= actual <= high - near:
        says.append("That lies within its interval, {low:,.0f} to {high:,.0f} (95 % of draws).")
    elif low <= actual <= high:
        says.append(
            "That lies only just within its interval, {low:,.0f} to {high:,.0f} (95 % of draws)."
        )
    elif actual < low:
        says.append(
            "That is fewer than its interval holds, {low:,.0f} to {high:,.0f} (95 % of draws): it "
            "promised too much here."
        )
    else:
        says.append(
            "That is more than its interval holds, {low:,.0f} to {high:,.0f} (95 % of draws): it "
            "promised too little here."
        )
    if model.covariance is None:
        says.append("The fit ended at a limit, so that this interval holds chance alone.")
    says += _flat(model, numbers)
    frame = pd.DataFrame({"actual": later, "model": expected, "before": before})
    bands = frame.groupby(_bands(history["frequency"]), observed=True).mean()
    bands.index = bands.index.astype(str)
    numbers |= {"bands": len(bands), "over": int((bands["model"] > bands["actual"]).sum())}
    says.append(
        "In all it was {times:.2f} times what came, and too high in {over} of the {bands} groups "
        "of the figure."
    )
    says.append("“As before”, the past rate of each, would have said {before:,.0f}.")
    picture = Picture(
        lambda title: figures.back_test_plot(bands, title),
        "{model:,.0f} purchases expected, {actual:,.0f} came",
        "Mean purchases in the last part of the time by purchases before: bars of what was bought, "
        "a line of what the model expected, and a dashed line of the past rate going on.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _amounts(history: pd.DataFrame) -> tuple[buying.GammaGamma | None, pd.DataFrame]:
    """The model of amounts over all purchases of an account, where it can be fitted."""
    whole = pd.DataFrame({"frequency": history["orders"], "mean_value": history["mean_order"]})
    known = whole[history["frequency"] > 0]
    try:
        return buying.fit_gamma_gamma(known), whole
    except ValueError:  # too few accounts with known amounts
        return None, whole


def _needed_values(
    found: Lifetimes, discount: float, years: int, draws: int
) -> pd.DataFrame | None:
    """Value of each ledger account that buys when needed: mean and limits of draws."""
    fitted = _fitted(found.purchases, found.as_of, "ledger")
    if isinstance(fitted, Finding):
        return None
    history, model = fitted
    spending, whole = _amounts(history)
    each = _expected_amount(spending, whole)
    told = not _nobody_leaves(model)
    rng = np.random.default_rng(0)
    parameters = model.drawn(draws, rng)
    horizons = [WEEKS_A_YEAR * year for year in range(1, years + 1)]
    rate = _measure_of_purchases(found, history.index)
    parts = []
    for start in range(0, len(history), _CHUNK):
        part = history.iloc[start : start + _CHUNK]
        counts = buying.simulated_purchases(parameters, part, horizons, rng)
        bought = np.diff(counts, axis=0, prepend=0)
        discounted = np.zeros(bought.shape[1:])
        scale = _order_scale(spending, whole.loc[part.index], draws, rng)
        for year, number in enumerate(bought, 1):
            amount = _sum_of_orders(spending, number, scale, rng)
            discounted += amount / (1 + discount) ** year
        mine = rate.loc[part.index].to_numpy()
        ends = np.quantile(discounted * mine, [0.025, 0.975], axis=0)
        coming = np.array([buying.expected_purchases(model, part, h) for h in horizons])
        worth = np.diff(coming, axis=0, prepend=0).T @ (1 + discount) ** -np.arange(1.0, years + 1)
        value = worth * each.loc[part.index].to_numpy() * mine
        parts.append(
            pd.DataFrame(
                {
                    "value": value,
                    "low": np.minimum(ends[0], value),
                    "high": np.maximum(ends[1], value),
                    "there": buying.p_alive(model, part) if told else np.nan,
                    "orders": coming[-1],
                },
                index=part.index,
            )
        )
    frame = pd.concat(parts).assign(buys="when needed")
    # equal histories have equal lines: the mean of their draws' limits
    alike = history[["frequency", "recency", "age", "mean_order"]].assign(rate=rate).round(9)
    for end in ("low", "high"):
        frame[end] = (
            frame[end].groupby(alike.groupby([*alike], dropna=False).ngroup()).transform("mean")
        )
    frame.attrs |= {
        "told": told,
        "chance_only": model.covariance is None,
        "returned": int((found.people["sold"].reindex(frame.index) <= 0).sum()),
    }
    return frame


def _nobody_leaves(model: buying.BgNbd) -> bool:
    """Whether the chance to leave ended at a limit of the search: then these data do not tell it,
    and everybody would be a customer for sure.
    """
    return bool({"a", "b"} & set(model.at_limit))


def _measure_of_purchases(found: Lifetimes, accounts: pd.Index) -> pd.Series:
    """What a unit of purchases leaves by account: what came back on other days goes off, and sales
    become margin where it is known; nothing where all came back.
    """
    mine = found.people.reindex(accounts)
    bought = found.purchases.groupby("account_id")["revenue"].sum().reindex(accounts)
    left = (mine["sold"] / bought.where(bought > 0)).clip(lower=0).fillna(0.0)
    if found.measure != "margin":
        return left
    return left * mine["rate"].where(np.isfinite(mine["rate"]), found.rate)


def _expected_amount(spending: buying.GammaGamma | None, whole: pd.DataFrame) -> pd.Series:
    """What a purchase of each account is expected to bring."""
    if spending is not None:
        return buying.expected_mean_value(spending, whole)
    mean = whole["mean_value"].astype(float)
    return mean.fillna(float(mean.mean()) if mean.notna().any() else 1.0)


def _order_scale(
    spending: buying.GammaGamma | None,
    whole: pd.DataFrame,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Scale of an order's gamma for each draw and account; its mean where no model is known."""
    mean = whole["mean_value"].to_numpy(dtype=float)
    if spending is None:
        everyone = float(np.nanmean(mean)) if np.isfinite(mean).any() else 1.0
        return np.broadcast_to(np.where(np.isfinite(mean), mean, everyone), (draws, len(whole)))
    count = np.where(np.isfinite(mean), whole["frequency"].to_numpy(dtype=float), 0.0)
    shape = spending.q + spending.p * count
    rate = spending.gamma + count * np.nan_to_num(mean)
    return np.asarray(rate / rng.gamma(np.broadcast_to(shape, (draws, len(whole)))))


def _sum_of_orders(
    spending: buying.GammaGamma | None,
    number: np.ndarray,
    scale: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    if spending is None:
        return np.asarray(number * scale)
    drawn = rng.gamma(np.maximum(spending.p * number, 1e-12)) * scale
    return np.where(number > 0, drawn, 0.0)


def _moves(mine: pd.DataFrame, there: np.ndarray) -> np.ndarray:
    """By what factor the measure of a year moved between the last two years, of the accounts that
    are still there and above zero in both, around its mean; nothing where they are too few.
    """
    both = mine[there & (mine["before"] > 0) & (mine["year"] > 0)]
    if len(both) < buying.FEWEST:
        return np.array([1.0])
    ratio = (both["year"] / both["before"]).to_numpy(dtype=float)
    ratio = np.clip(ratio, *np.quantile(ratio, [0.01, 0.99]))
    return np.asarray(ratio / ratio.mean())


def _steady_values(found: Lifetimes, discount: float, years: int) -> pd.DataFrame | None:
    """Value of each ledger account that buys month by month: mean and limits of draws."""
    mine = found.people[steady(found.people, found.steady_share)]
    _, months, left = at_risk(found.people, found.last_month, found.silent, found.steady_share)
    if not months:
        return None
    rng = np.random.default_rng(1)
    kept = (1 - rng.beta(left + 0.5, months - left + 0.5, LIVES)) ** YEAR
    there = (found.last_month - mine["last"] < found.silent).to_numpy()
    moves = _moves(mine, there)
    factors = (1 + discount) ** -np.arange(1.0, years + 1)
    added = np.concatenate([[0.0], np.cumsum(factors)])
    # credit notes above the sales of a year are none that come each year
    undone = (mine["year"] < 0) & (mine["year_sales"] <= 0) & there
    year = mine["year"].where(~undone, 0.0).to_numpy(dtype=float)
    # one yuan a year of an account: all have the same chances, so that equal ones get equal lines
    lived = np.minimum(rng.geometric(np.clip(1 - kept, 1e-12, 1)) - 1, years).astype(int)
    bring = percentile_limits(added[lived] * rng.choice(moves, len(kept)))
    ends = np.outer(bring, year)
    middle = year * float((kept[:, None] ** np.arange(1, years + 1) @ factors).mean())
    frame = pd.DataFrame(
        {
            "value": np.where(there, middle, 0.0),
            "low": np.where(there, np.minimum(ends.min(axis=0), middle), 0.0),
            "high": np.where(there, np.maximum(ends.max(axis=0), middle), 0.0),
            "there": there.astype(float),
        },
        index=mine.index,
    )
    fell, rose = percentile_limits(moves)
    frame.attrs |= {
        "undone": [str(name) for name in mine.index[undone]],
        "moved": len(moves) > 1,
        "fell": fell,
        "rose": rose,
        # what the chance to leave takes off, against nobody leaving
        "allowed": 1
        - float((kept[:, None] ** np.arange(1, years + 1) @ factors).mean()) / float(factors.sum()),
        "left": left,
        "stays": contracts.monthly_retention(months, left).estimate,
    }
    return frame.assign(buys="month by month")


def _below_zero(
    found: Lifetimes, frame: pd.DataFrame, monthly: pd.DataFrame | None, numbers: dict[str, Any]
) -> list[str]:
    """Whose last year is not one that goes on, and whose value lies below nothing; adds the
    numbers.
    """
    says = []
    if monthly is not None and (undone := monthly.attrs["undone"]):
        numbers |= {"undone": len(undone), "undone_who": found.named(undone)}
        says.append(
            "{undone:count account that buys/accounts that buy} month by month gave back as much "
            "as was bought in the last year, or more: valued at nothing, for what was credited "
            "once does not come each year. Look at these by hand: {undone_who:names}."
        )
    below = frame.loc[frame["value"] < 0, "value"]
    if len(below):
        numbers |= {"below": len(below), "lost": float(below.sum())}
        numbers["above"] = float(frame["value"].clip(lower=0).sum())
        says.append(
            "{below:count account is/accounts are} worth less than nothing, {lost:money}{unit} in "
            "all, if what is lost on {them} goes on; the others are worth {above:money}{unit}."
        )
        numbers["them"] = "it" if len(below) == 1 else "them"
    return says


def account_values(
    found: Lifetimes,
    discount: float = 0.1,
    years: int = 3,
    *,
    tested: Finding | None = None,
    shown: int = _SHOWN,
    draws: int | None = None,
) -> Finding:
    """What is each account of the ledger worth over the next years, and how far may that be off?

    Parameters
    ----------
    discount : a fraction a year.
    years : that are looked ahead, 30 at most; what comes in a year is counted at its end.
    tested : from `back_test`, whose miss is told beside the values that rest on the model.
    shown : accounts in the figure.
    draws : of what may come.
    """
    _discount(discount)
    years_ahead("horizon (years that are looked ahead)", years)
    at_least("shown", shown, 1)
    count = _draws(len(found.people), draws)
    monthly = _steady_values(found, discount, years)
    needed = _needed_values(found, discount, years, count)
    made = [frame for frame in (monthly, needed) if frame is not None]
    if not made:
        return unknown(
            "No account can be valued: none buys month by month, and too few buy when needed for a "
            "model ({fewest} accounts, some of which came back).",
            fewest=buying.FEWEST,
        )
    frame = pd.concat(made)
    frame = frame.sort_index().sort_values("value", ascending=False, kind="stable")
    top = frame.head(shown)
    total, first = float(frame["value"].sum()), frame.iloc[0]
    numbers: dict[str, Any] = {
        "accounts": len(frame),
        "left_out": len(found.people) - len(frame),
        "total": total,
        "years": years,
        "discount": discount,
        "who": found.called(frame.index[0]),
        "value": float(first["value"]),
        "low": float(first["low"]),
        "high": float(first["high"]),
        "first": len(top),
        "measure": found.measure,
        "unit": found.unit_of_money,
        "steady": int((frame["buys"] == "month by month").sum()),
        "needed": int((frame["buys"] == "when needed").sum()),
        "fewest": buying.FEWEST,
        "frame": frame,
    }
    says = [
        "Over {years:count year}, at {discount:percent0}, {accounts:count account is/accounts are} "
        "worth {total:money}{unit} of {measure} today; the most valuable is {who} with "
        "{value:money} ({low:money} to {high:money} in 95 % of draws)."
    ]
    if monthly is not None:
        numbers |= {name: monthly.attrs[name] for name in ("stays", "allowed", "fell", "rose")}
        says.append(
            "By the ledger {stays:percent} of those that buy month by month stay a year."
            if monthly.attrs["left"]
            else "By the ledger nobody that buys month by month has left yet. That is no proof "
            "that nobody will: the values are {allowed:percent2} lower than if nobody did."
        )
        says.append(
            "For accounts that buy month by month the draws hold the chance to leave, and how far "
            "such accounts moved between the last two years: nineteen of twenty moved to "
            "{fell:.2f} to {rose:.2f} times the mean move, and a move is thought to last."
            if monthly.attrs["moved"]
            else "For accounts that buy month by month the draws hold the chance to leave, not "
            "that one buys more or less than in the last year: for that, too few were there in "
            "both of the last two years."
        )
        if monthly.attrs["moved"]:
            says.append(
                "The dot is the {measure} of the last year going on; a few moved up by far more "
                "than the rest, so that the lines reach further up than down."
                if monthly.attrs["rose"] - 1 > 1 - monthly.attrs["fell"]
                else "The dot is the {measure} of the last year going on; a few fell by far more "
                "than the rest, so that the lines reach further down than up."
            )
    says += _below_zero(found, frame, monthly, numbers)
    if needed is not None and tested is not None and tested.numbers.get("inside") == "no":
        missed = "low" if tested.numbers["actual"] > tested.numbers["high"] else "high"
        numbers["missed"] = missed
        says.append(
            "The model missed the last part of the time: it was too {missed}. Take the values of "
            "those that buy when needed for an order, not for an amount."
        )
    if needed is not None:
        numbers |= {"returned": needed.attrs["returned"], "span": SPAN}
        if not needed.attrs["told"]:
            says.append(
                "Whether those that buy when needed are still customers cannot be told: the fit "
                "lets nobody leave, so their values are upper ones."
            )
        if needed.attrs["chance_only"]:
            says.append(
                "Their lines hold chance alone, not what the fit leaves open, since it ended at a "
                "limit."
            )
        if numbers["returned"]:
            says.append(
                "{returned:count account} gave back as much as was bought, or more: valued at "
                "nothing."
            )
    if numbers["left_out"]:
        says.append(
            "Without a value: {left_out:count account}, since fewer than {fewest} buy when needed, "
            "or none of them came back, or those that buy month by month did not for long enough."
        )
    columns = {
        "buys": Shown("buys"),
        "there": Shown("still a customer", "percent0"),
        "value": Shown("{measure} today", "money"),
        "low": Shown("from", "money"),
        "high": Shown("to", "money"),
    }
    view = top[["buys", "there", "value", "low", "high"]].copy()
    view.index = pd.Index(found.named(top.index), name="account")
    if not total > 0:
        return Finding(numbers, tuple(says), view, columns)
    picture = Picture(
        lambda title: figures.worth_plot(
            view[["value", "low", "high"]], title, f"{found.measure} today{found.unit_of_money}"
        ),
        "The most valuable is {who}, worth {value:money} over {years:count year}",
        "Points of what the {first:count most valuable account/most valuable accounts} will bring "
        "over {years:count year}, today's money, each with a line from low to high.",
    )
    return Finding(numbers, tuple(says), view, columns, picture, show_table=False)


def rescue(found: Lifetimes, kept: Finding, discount: float = 0.1, *, fall: float = 0.2) -> Finding:
    """Up to which price cut does it pay to hold an account that is about to leave (S002-8d)?

    Parameters
    ----------
    kept : from `retention`; a price cut is thought to bring the chance to stay back to it.
    discount : a fraction a year.
    fall : by which the chance to stay has fallen, a fraction.
    """
    _discount(discount)
    fraction("fall", fall, one=False)
    if not kept.known:
        return Finding(kept.numbers, unknown=kept.unknown)
    if endless := _endless(kept, discount):
        return endless
    groups = _groups(found, kept) if kept.numbers["source"] == "contracts" else {}
    of_ledger = kept.numbers["source"] == "ledger"
    if (of_ledger and found.measure != "margin") or (
        groups and not max(float(margins.mean()) for margins in groups.values()) > 0
    ):
        return unknown(
            "Without a margin above zero no price cut can be weighed: ledger.cost_goods, or "
            "contracts.margin for contracts, would allow it."
        )
    r = float(kept.numbers["r"])
    if r <= fall:
        return unknown(
            "The chance to stay, {r:percent}, cannot fall by {fall:points} points.", r=r, fall=fall
        )

    def cut(stays: float, lasts: Literal["ever", "once"]) -> float:
        low = max(stays - fall, 0.0)
        return values.rescue_discount(1.0, 1.0, low, stays, discount, lasts=lasts)

    span = np.linspace(float(kept.numbers["low"]), float(kept.numbers["high"]), 21)
    ends = {lasts: [cut(float(stays), lasts) for stays in (*span, r)] for lasts in ("ever", "once")}
    numbers = {
        "kind": kept.numbers["kind"],
        "rate": found.rate,
        "r": r,
        "before": r - fall,
        "ever": cut(r, "ever"),
        "once": cut(r, "once"),
        "low": min(ends["ever"]),
        "high": max(ends["ever"]),
        "once_low": min(ends["once"]),
        "once_high": max(ends["once"]),
        "discount": discount,
    }
    says = [
        "One of the {kind} contracts whose chance to stay has fallen from {r:percent} to "
        "{before:percent}: a price cut that brings it back pays up to {ever:.2f} of its yearly "
        "margin, each year, if it is given for ever ({low:.2f} to {high:.2f} over the interval of "
        "retention), and up to {once:.2f} yearly margins ({once_low:.2f} to {once_high:.2f}) if it "
        "is given in the first year only."
        if not of_ledger
        else "An account whose chance to stay has fallen from {r:percent} to {before:percent}: a "
        "price cut that brings it back pays up to {ever:.2f} of its yearly margin, each year, if "
        "it is given for ever ({low:.2f} to {high:.2f} over the interval of retention), and up to "
        "{once:.2f} yearly margins ({once_low:.2f} to {once_high:.2f}) if it is given in the first "
        "year only.",
    ]
    if of_ledger:
        numbers["ever_sales"] = numbers["ever"] * found.rate
        says.append(
            "At the book's margin of {rate:percent} the cut for ever is one of "
            "{ever_sales:percent} of sales."
        )
    says.append("Nobody knows in advance that the cut brings it back: that is the assumption.")
    return Finding(numbers, tuple(says))


def _cost_of_one(rows: pd.DataFrame, purpose: str) -> tuple[float, float, float] | None:
    """Spent for each success, its relative variance, and the mean spent; None where none came."""
    mine = rows[rows["purpose"] == purpose]
    won = float(mine["success"].sum())
    if not won or not float(mine["spent"].sum()) > 0:
        return None
    share = won / len(mine)
    return float(mine["spent"].sum()) / won, (1 - share) / won, float(mine["spent"].mean())


def _by_level(rows: pd.DataFrame) -> tuple[float, float] | None:
    """Least and largest ratio of what one costs, by the cheaper and the dearer half of what was
    tried on each side; None where one amount alone was tried, or a half has no success.
    """
    cost: dict[str, list[float]] = {}
    for purpose in ("win", "keep"):
        mine = rows[(rows["purpose"] == purpose) & (rows["spent"] > 0)]
        levels = np.sort(mine["spent"].unique())
        middle = float(np.median(levels)) if len(levels) else 0.0
        halves = (mine[mine["spent"] <= middle], mine[mine["spent"] > middle])
        if not all(half["success"].sum() > 0 for half in halves):
            return None
        cost[purpose] = [float(half["spent"].sum() / half["success"].sum()) for half in halves]
    return min(cost["win"]) / max(cost["keep"]), max(cost["win"]) / min(cost["keep"])


def winning_and_keeping(
    found: Lifetimes,
    worth: float = 20_000.0,
    *,
    claimed: float = FIVE,
    contract: Finding | None = None,
) -> Finding:
    """What does it cost to win one and to keep one, and where should the next yuan go (S004-1c)?

    Parameters
    ----------
    worth : value of a customer, currency.
    claimed : times that winning is said to be dearer.
    contract : from `contract_value`, whose values by size are set beside ``worth``.
    """
    if not worth > 0:
        raise ValueError(f"worth is {worth!r}: expected an amount above 0")
    if found.trials is None:
        return unknown(
            "What winning and keeping cost is not in the book: a table spend_trials (purpose, "
            "spent, success) would tell."
        )
    rows = found.trials.dropna(subset=["purpose", "spent", "success"])
    both = {name: _cost_of_one(rows, name) for name in ("win", "keep")}
    win, keep = both["win"], both["keep"]
    if win is None or keep is None:
        return unknown(
            "The table spend_trials has no success, or nothing spent, for one of the two purposes."
        )
    ratio = win[0] / keep[0]
    reach = stats.norm.ppf(0.975) * np.sqrt(win[1] + keep[1])
    numbers: dict[str, Any] = {
        "win": win[0],
        "keep": keep[0],
        "ratio": ratio,
        "low": ratio * np.exp(-reach),
        "high": ratio * np.exp(reach),
        "claimed": claimed,
        "worth": worth,
        "unit": found.unit_of_money,
    }
    says = [
        "Over all amounts that were tried, one that is won costs {win:money}{unit}, one that is "
        "kept {keep:money}{unit}: {ratio:.1f} times as much (95 % interval {low:.1f} to "
        "{high:.1f}; said to be {claimed:g})."
    ]
    if halves := _by_level(rows):
        numbers |= {"cheap": halves[0], "dear": halves[1]}
        says.append(
            "That ratio hangs on what was tried: with the cheaper or the dearer half of the "
            "amounts on either side it is {cheap:.1f} to {dear:.1f}."
        )
    made = _spending(rows, worth, {"win": win[2], "keep": keep[2]}, numbers, says)
    if contract is None or not contract.known or made.table is None:
        return made
    sizes = contract.numbers["frame"]["value"]
    if not (len(sizes) > 1 and float(sizes.min()) > 0):
        return made
    numbers |= {"least": float(sizes.min()), "largest": float(sizes.max())}
    says.append(
        "What one is worth was set, at {worth:money}: by size the contracts above are worth "
        "{least:money} to {largest:money}, and the larger may cost more."
    )
    return Finding(numbers, tuple(says), made.table, made.columns)


def _one_more(ceiling: float, rate: float, spent: float) -> float:
    """What one more costs where so much is spent on each; missing where spending buys nothing."""
    slope = float(ceiling * rate * np.exp(-rate * spent))
    return 1 / slope if slope > 0 else np.nan


def _spending(
    rows: pd.DataFrame,
    worth: float,
    mean: Mapping[str, float],
    numbers: dict[str, Any],
    says: list[str],
) -> Finding:
    """What one more costs and what to spend on one, where the response can be fitted."""
    table = {}
    for purpose in ("win", "keep"):
        mine = rows[rows["purpose"] == purpose]
        try:
            fit = values.fit_response(mine["spent"], mine["success"].astype(float), DRAWS)
        except ValueError:  # spent at too few levels, or too few of either outcome
            continue
        best = values.best_spending(worth, fit.ceiling, fit.rate, fit.floor)
        drawn = [] if fit.drawn is None else [values.best_spending(worth, *d) for d in fit.drawn]
        low, high = percentile_limits([one.spent for one in drawn]) if drawn else (np.nan, np.nan)
        one_more = _one_more(fit.ceiling, fit.rate, mean[purpose])
        many = (
            [] if fit.drawn is None else [_one_more(d[0], d[1], mean[purpose]) for d in fit.drawn]
        )
        ends = percentile_limits(many) if len(many) else (np.nan, np.nan)
        table[purpose] = (mean[purpose], one_more, *ends, best.spent, low, high)
    if len(table) < 2:
        return Finding(numbers, tuple(says))
    shown = pd.DataFrame.from_dict(
        table,
        orient="index",
        columns=["mean", "next", "next_low", "next_high", "best", "low", "high"],
    )
    numbers |= {
        "next_win": float(shown.loc["win", "next"]),
        "next_keep": float(shown.loc["keep", "next"]),
        "win_low": float(shown.loc["win", "next_low"]),
        "win_high": float(shown.loc["win", "next_high"]),
        "keep_low": float(shown.loc["keep", "next_low"]),
        "keep_high": float(shown.loc["keep", "next_high"]),
        "mean_win": mean["win"],
        "mean_keep": mean["keep"],
        "best_win": float(shown.loc["win", "best"]),
        "best_keep": float(shown.loc["keep", "best"]),
        "frame": shown,
    }
    columns = {
        "mean": Shown("mean of what was tried", "money"),
        "next": Shown("one more costs there", "money"),
        "next_low": Shown("one more: from", "money"),
        "next_high": Shown("one more: to", "money"),
        "best": Shown("best to spend on each", "money"),
        "low": Shown("best: from", "money"),
        "high": Shown("best: to", "money"),
    }
    if np.isfinite(shown[["next", "next_low", "next_high"]]).all(axis=None):
        says.append(
            "These are averages. One more costs {next_win:money} to win ({win_low:money} to "
            "{win_high:money}, 95 % of draws) where {mean_win:money} is spent on each, and "
            "{next_keep:money} to keep ({keep_low:money} to {keep_high:money}) where "
            "{mean_keep:money} is."
        )
    elif np.isfinite(shown["next"]).all():
        says.append(
            "These are averages. One more costs {next_win:money} to win where {mean_win:money} is "
            "spent on each, and {next_keep:money} to keep where {mean_keep:money} is; how far that "
            "may be off cannot be told."
        )
    if np.isfinite(shown["next"]).all():
        says.append(
            "Put the number of today's spending in place of these means of what was tried: the "
            "next money goes where one more costs less, as long as that is less than a customer is "
            "worth ({worth:money})."
        )
    return Finding(numbers, tuple(says), shown.rename_axis("purpose"), columns)


def herd(
    found: Lifetimes, small: float = 5_000.0, heard_by: float = 40.0, *, own: float = 20_000.0
) -> Finding:
    """How many small customers follow a reference, and what does that add to its value (S004-1g)?

    Parameters
    ----------
    small : value of a small customer that comes, currency.
    heard_by : small customers that hear of one reference.
    own : value of the reference by its own margins, currency.
    """
    if found.prospects is None:
        return unknown(
            "Who follows a reference is not in the book: a table prospects (heard, joined) would "
            "tell."
        )
    rows = found.prospects.dropna(subset=["heard", "joined"])
    heard, joined = rows["heard"].astype(float), rows["joined"].astype(float)
    if len(rows) < buying.FEWEST or heard.nunique() < 2 or joined.nunique() < 2:
        return unknown(
            "The table prospects does not tell whether hearing of a reference matters: it takes "
            "{fewest} rows or more, of which some heard of more than others, and some came.",
            fewest=buying.FEWEST,
        )
    design = np.column_stack([np.ones(len(rows)), heard])
    fit = OLS(joined.to_numpy(), design).fit(cov_type="HC1")
    slope, error = float(fit.params[1]), float(fit.bse[1])
    reach = stats.norm.ppf(0.975) * error
    numbers: dict[str, Any] = {
        "prospects": len(rows),
        "follow": slope,
        "low": slope - reach,
        "high": slope + reach,
        "small": small,
        "heard_by": heard_by,
        "own": own,
        "unit": found.unit_of_money,
        "none": float(joined[heard == 0].mean()) if (heard == 0).any() else np.nan,
    }
    says = [
        "Each further reference that a prospect has heard of goes with {follow:points} points more "
        "chance to come (95 % interval {low:points} to {high:points}, {prospects:count prospect})."
    ]
    if slope - reach > 0:
        numbers["factor"] = values.herd_multiplier(min(slope, 1.0), heard_by, small, own)
        numbers |= {
            "adds": min(slope, 1.0) * heard_by * small,
            "adds_low": (slope - reach) * heard_by * small,
            "adds_high": min(slope + reach, 1.0) * heard_by * small,
        }
        says.append(
            "If hearing of it is what makes them come, a reference worth {own:money}{unit} by its "
            "own margins, of which {heard_by:g} small customers worth {small:money} hear, brings "
            "{adds:money} more ({adds_low:money} to {adds_high:money}): it is worth {factor:.2f} "
            "times as much."
        )
    else:
        says.append("Whether references bring anybody cannot be told from these prospects.")
    says.append("Who hears of references may differ in other ways too: that is no trial.")
    return Finding(numbers, tuple(says))


def years_to_come(
    found: Lifetimes, discount: float = 0.1, *, years: tuple[int, ...] = (1, 2, 4, 6)
) -> Finding:
    """What does one chance for all miss, where the chances to leave differ?

    Parameters
    ----------
    discount : a fraction a year.
    years : of a contract's life that are looked at.
    """
    _discount(discount)
    rows = {}
    if not found.cohorts:
        return unknown(
            "Whether old customers stay longer than new ones takes a table contracts with start "
            "and end."
        )
    kinds = _of_contracts(found)
    for kind in kinds.index[kinds["differ"]]:
        table = found.cohorts[kind]
        model = contracts.fit_sbg(table)
        one = _multiple(contracts.constant_retention(table).estimate, discount)
        if discount == 0 and model.alpha <= 1:  # the years to come have no end
            continue
        for year in years:
            mixed = contracts.residual_lifetime_sbg(model, year, discount)
            rows[kind, year] = (one, mixed, mixed / one - 1)
    if not rows:
        return unknown(
            "In no kind of contract do the chances to leave differ so far as can be told: one "
            "chance for all misses nothing."
            if not kinds["differ"].any()
            else "Without a discount the years to come have no end where chances to leave differ "
            "as here; it takes a discount above 0."
        )
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["one", "mixed", "more"])
    table.index = pd.MultiIndex.from_tuples(table.index, names=["kind", "in year"])
    widest = table["more"].abs().idxmax()
    numbers = {
        "discount": discount,
        "kind": str(widest[0]),
        "year": int(widest[1]),
        "one": float(table.loc[widest, "one"]),
        "mixed": float(table.loc[widest, "mixed"]),
        "frame": table,
    }
    says = (
        "Widest apart in year {year} of the {kind} contracts: {one:.2f} discounted years to come "
        "by one chance for all, {mixed:.2f} where chances differ.",
    )
    columns = {
        "one": Shown("one chance for all", ".2f"),
        "mixed": Shown("chances that differ", ".2f"),
        "more": Shown("more", "percent0"),
    }
    view = table.reset_index()
    return Finding(numbers, says, view, columns)


def other_models(found: Lifetimes, share: float = 0.75) -> Finding:
    """Do other models of buying foretell the last part of the time better?

    BG/NBD lets an account leave after a purchase, Pareto/NBD at any time, BG/BB between the months
    in which it may buy or not.

    Parameters
    ----------
    share : of the time that they are fitted on.
    """
    purchases, _ = _source(found)
    made = _split(purchases, found.as_of, share) if len(purchases) else None
    if made is None:
        return unknown(
            "Nothing to compare models on: too few accounts came back, or too few purchases lie in "
            "the last part of the time."
        )
    cut, history, later = made
    if len(history) > _COMPARED:
        picked = np.random.default_rng(0).choice(len(history), _COMPARED, replace=False)
        history = history.iloc[np.sort(picked)]
        later = later.loc[history.index]
    weeks = (found.as_of - cut).days / buying.WEEK
    rows = {}
    for name, fit in (("BG/NBD", buying.fit_bg_nbd), ("Pareto/NBD", buying.fit_pareto_nbd)):
        model = fit(history)
        expected = buying.expected_purchases(model, history, weeks)
        rows[name] = _against(expected, later, model.log_likelihood)
    monthly = _monthly(purchases, history, cut, found.as_of)
    if monthly is not None:
        rows["BG/BB, months with a purchase"] = monthly
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["expected", "actual", "off", "error", "likelihood"]
    )
    # months with a purchase are not purchases: their totals are not compared
    timed = table.dropna(subset=["likelihood"])
    numbers = {
        "accounts": len(history),
        "better": str(timed["likelihood"].idxmax()),
        "closer": str(timed["off"].abs().idxmin()),
        "models": len(table),
    }
    says = [
        "On {accounts:count account}, {better} has the greater likelihood of the two in weeks (its "
        "logarithm is nearer to zero: what happened was less of a surprise to it), and the total "
        "of {closer} came closer."
    ]
    if monthly is not None:
        numbers |= {"months": monthly[1], "foretold": monthly[0]}
        says.append(
            "BG/BB foretells another thing, months with a purchase ({foretold:,.0f}, and "
            "{months:,.0f} came): how far it is off is not to be compared with the others."
        )
    columns = {
        "expected": Shown("expected", ",.0f"),
        "actual": Shown("came", ",.0f"),
        "off": Shown("off by", "percent"),
        "error": Shown("mean error of an account", ".2f"),
        "likelihood": Shown("log-likelihood", ",.1f"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("model"), columns)


def _against(
    expected: pd.Series, actual: pd.Series, likelihood: float
) -> tuple[float, float, float, float, float]:
    whole = float(actual.sum())
    error = float((expected - actual).abs().mean())
    off = float(expected.sum()) / whole - 1 if whole else np.nan
    return float(expected.sum()), whole, off, error, likelihood


def _monthly(
    purchases: pd.DataFrame, history: pd.DataFrame, cut: pd.Timestamp, as_of: pd.Timestamp
) -> tuple[float, float, float, float, float] | None:
    """BG/BB on months with a purchase; None where it cannot be fitted or tested."""
    month = purchases["date"].dt.year * YEAR + purchases["date"].dt.month
    mine = purchases.assign(month=month)[purchases["account_id"].isin(history.index)]
    # a month that the cut falls into belongs to what is foretold
    split = cut.year * YEAR + cut.month - int(not cut.is_month_end)
    end = as_of.year * YEAR + as_of.month
    early = mine[mine["month"] <= split].drop_duplicates(["account_id", "month"])
    by = early.groupby("account_id")["month"]
    counts = pd.DataFrame(
        {
            "frequency": by.size() - 1,
            "recency": by.max() - by.min(),
            "chances": split - by.min(),
        }
    )
    later = mine[mine["month"] > split].drop_duplicates(["account_id", "month"])
    actual = later.groupby("account_id").size().reindex(counts.index, fill_value=0)
    if end <= split or len(counts) < buying.FEWEST or not (counts["frequency"] > 0).any():
        return None
    if not actual.sum():
        return None
    model = buying.fit_bg_bb(counts)
    expected = buying.expected_purchases(model, counts, float(end - split))
    return _against(expected, actual, np.nan)


def amounts_and_rhythm(found: Lifetimes) -> Finding:
    """Does who buys often also buy for more? The model of amounts takes for granted that not."""
    purchases, source = _source(found)
    fitted = _fitted(purchases, found.as_of, source)
    if isinstance(fitted, Finding):
        return fitted
    history, _ = fitted
    mine = history[(history["frequency"] > 0) & (history["mean_order"] > 0)]
    x = np.log(mine["frequency"] / mine["age"].clip(lower=1.0))
    y = np.log(mine["mean_order"])
    if len(mine) < buying.FEWEST or x.std() < 1e-9 or y.std() < 1e-9:
        return unknown(
            "Whether amounts go with rhythm takes {fewest} accounts that came back, with amounts "
            "and rates that differ.",
            fewest=buying.FEWEST,
        )
    rho = float(np.clip(np.corrcoef(x, y)[0, 1], -0.999999, 0.999999))
    low, high = fisher_limits(rho, stats.norm.ppf(0.975) / np.sqrt(len(mine) - 3))
    model, whole = _amounts(history)
    numbers: dict[str, Any] = {"accounts": len(mine), "rho": rho, "low": low, "high": high}
    says = [
        "Logarithms of rate and of mean amount of {accounts:count account}: a correlation of "
        "{rho:.2f} (95 % interval {low:.2f} to {high:.2f})."
    ]
    if low > 0:
        says.append(
            "Who buys more often buys for more: the next purchase of the busiest is told too low, "
            "that of those that buy seldom too high."
        )
    elif high < 0:
        says.append(
            "Who buys more often buys for less: the next purchase of the busiest is told too high, "
            "that of those that buy seldom too low."
        )
    else:
        says.append("Nothing here speaks against the assumption.")
    if model is not None:
        top = mine["mean_order"].nlargest(max(1, len(mine) // 10)).index
        pulled = buying.expected_mean_value(model, whole)[top]
        numbers |= {
            "top": len(top),
            "own": float(mine.loc[top, "mean_order"].mean()),
            "next": float(pulled.mean()),
            "unit": found.unit_of_money,
        }
        says.append(
            "The {top:count account/accounts} with the largest mean bought for {own:money}{unit} a "
            "time; their next purchase is expected at {next:money}, since part of so large a mean "
            "is luck."
        )
    return Finding(numbers, tuple(says))


def other_rates(
    found: Lifetimes, kept: Finding, discounts: tuple[float, ...] = (0.05, 0.10, 0.15)
) -> Finding:
    """How much hangs on the discount, on the timing, and on what is not known of retention?"""
    for rate in discounts:
        fraction("discounts", rate, one=False)
    if not kept.known:
        return Finding(kept.numbers, unknown=kept.unknown)
    r, low, high = (float(kept.numbers[name]) for name in ("r", "low", "high"))
    table = pd.DataFrame(
        {
            "end": [_multiple(r, rate) for rate in discounts],
            "low": [_multiple(low, rate) for rate in discounts],
            "high": [_multiple(high, rate) for rate in discounts],
            "now": [_multiple(r, rate, "now") for rate in discounts],
        },
        index=pd.Index([f"{100 * rate:g} %" for rate in discounts], name="discount"),
    )
    numbers = {
        "r": r,
        "least": float(table["end"].min()),
        "most": float(table["now"].max()),
        "measure": found.measure if kept.numbers["source"] == "ledger" else "margin",
    }
    says = (
        "At a retention of {r:percent} a customer is worth {least:.2f} to {most:.2f} times its "
        "yearly {measure}, by discount and timing alone.",
    )
    columns = {
        "end": Shown("first at the end", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "now": Shown("first one now", ".2f"),
    }
    return Finding(numbers, says, table, columns)


def other_rules(
    found: Lifetimes,
    shares: tuple[float, ...] = (0.8, 0.9, 1.0),
    silences: tuple[int, ...] = (2, 3, 6),
) -> Finding:
    """How much hangs on who is called steady, and on how long a silence is a loss?"""
    rows = []
    for share in shares:
        fraction("shares", share)
        for silent in silences:
            at_least("silences", silent, 1)
            accounts, months, left = at_risk(found.people, found.last_month, silent, share)
            if months:
                kept = contracts.monthly_retention(months, left)
                rows.append((share, silent, accounts, left, *kept))
    if not rows:
        return unknown("With none of these rules an account buys month by month.")
    names = ["share", "silent", "accounts", "left", "r", "low", "high"]
    table = pd.DataFrame(rows, columns=names)
    numbers = {
        "rules": len(table),
        "least": float(table["r"].min()),
        "most": float(table["r"].max()),
    }
    says = [
        "By {rules} rules for the ledger, retention runs from {least:percent} to {most:percent}."
        if numbers["least"] < numbers["most"]
        else "By all {rules} rules for the ledger, retention is {most:percent}."
    ]
    columns = {
        "share": Shown("steady: of the months", "percent0"),
        "silent": Shown("silent months", ",.0f"),
        "left": Shown("left", ",.0f"),
        "r": Shown("stay a year", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    if numbers["least"] == numbers["most"] and table["left"].nunique() == 1:
        return Finding(numbers, tuple(says))  # a table of equal rows says nothing more
    return Finding(numbers, tuple(says), table, columns)


def customers_looked_at(found: Lifetimes) -> int:
    """How many customers the retention or the model of buying rests on."""
    purchases, _ = _source(found)
    return int(purchases["account_id"].nunique()) or len(found.people)


def months_looked_at(found: Lifetimes) -> int:
    """Months from the first row to the last that counts."""
    months = (found.as_of.year - found.start.year) * YEAR + found.as_of.month - found.start.month
    return months + 1


def claims(found: Lifetimes, rise: Finding, costs: Finding, followers: Finding) -> Finding:
    """What the documents claim of the worth of customers, each with its test on this book.

    Parameters
    ----------
    rise, costs, followers : from `famous_claim`, `winning_and_keeping` and `herd`.
    """
    return steps.verdicts([_of_25(rise), _of_five(costs), _of_deal(found), _of_herd(followers)])


def _of_25(rise: Finding) -> Claim:
    low, high = CLAIMED
    claim = (
        "S004-1d",
        "five points of retention raise profit by 25 to 85 %",
        "rise of a customer's value at the retention of this book",
    )
    if "rise" not in rise.numbers:
        return untested(*claim, "needs retention with room for it: a table contracts, or leavers")
    numbers = rise.numbers
    limits = Interval(numbers["rise"], numbers["rise_low"], numbers["rise_high"])
    over = numbers.get("over", {numbers["discount"]: limits})
    verdicts = {
        rate: by_interval(one.low, one.high, (low + high) / 2, (high - low) / 2)
        for rate, one in over.items()
    }

    def at(verdict: Verdict) -> str:
        return ", ".join(percent(rate, 0) for rate, one in verdicts.items() if one == verdict)

    found: set[Verdict] = set(verdicts.values())
    verdict: Verdict = (
        found.pop()
        if len(found) == 1
        else "holds in part"
        if {"holds", "does not hold"} <= found
        else UNTOLD
    )
    return Claim(
        *claim,
        with_interval(*limits, form="percent"),
        verdict,
        f"at a discount of {at('holds')}, not at {at('does not hold')}; it is value, not the "
        "profit of a year"
        if verdict == "holds in part"
        else "at each discount above; it is value, not the profit of a year"
        if verdict != UNTOLD
        else "the discount or the interval decides; it is value, not the profit of a year",
    )


def _of_five(costs: Finding) -> Claim:
    claim = (
        "S004-1c",
        "a new customer costs five times as much as an old one",
        "spent for each won over spent for each kept",
    )
    if not costs.known:
        return untested(*claim, "needs spend_trials")
    numbers = costs.numbers
    low = min(numbers["low"], numbers.get("cheap", np.inf))
    high = max(numbers["high"], numbers.get("dear", -np.inf))
    return Claim(
        *claim,
        with_interval(numbers["ratio"], numbers["low"], numbers["high"], form=".1f"),
        by_interval(low, high, FIVE, FIVE_MARGIN),
        f"by what was tried it is {numbers['cheap']:.1f} to {numbers['dear']:.1f}, and no average "
        "says where the next money goes"
        if "cheap" in numbers
        else "a ratio of averages; it does not say where the next money goes",
    )


def _of_deal(found: Lifetimes) -> Claim:
    return untested(
        "S003-7c",
        "a project of 10 m may need 5 m to win; with repeats only 0.5 m a year later",
        "spending on single deals",
        "no table holds what single deals took; the arithmetic stands above",
    )


def _of_herd(followers: Finding) -> Claim:
    claim = (
        "S004-1g",
        "small customers follow the large ones",
        "points of chance to come for each reference heard of",
    )
    if not followers.known:
        return untested(*claim, "needs prospects")
    numbers = followers.numbers
    return Claim(
        *claim,
        with_interval(numbers["follow"], numbers["low"], numbers["high"], form="percent"),
        holds_at_least(numbers["low"], numbers["high"], 0.0),
        "they go together; no trial says that one brings the other",
    )


def account_review(found: Lifetimes, worth: Finding) -> Finding:
    """What the account review takes from the lesson.

    Parameters
    ----------
    worth : from `account_values`.
    """
    if not worth.known:
        return Finding(worth.numbers, unknown=worth.unknown)
    frame = worth.numbers["frame"]
    review = pd.DataFrame(
        {
            "buys": frame["buys"],
            "still_customer": frame["there"],
            "lifetime_value": frame["value"],
            "lifetime_low": frame["low"],
            "lifetime_high": frame["high"],
        }
    )
    if "orders" in frame:
        review["orders_to_come"] = frame["orders"]
    words = {
        "currency": found.currency or "currency of the book",
        "measure": found.measure,
        "years": worth.numbers["years"],
        "discount": worth.numbers["discount"],
        "share": found.steady_share,
        "silent": found.silent,
    }
    return steps.review(LESSON, review.rename_axis("account_id").reset_index(), words)
