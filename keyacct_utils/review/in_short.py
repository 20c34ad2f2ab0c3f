"""The questions that a manager asks first, answered in five or six lines above the ten numbers."""

from __future__ import annotations

import pandas as pd

from keyacct_utils.lessons.shared.amounts import (
    FEW_SHARE,
    MAJOR_SHARE,
    abc_classes,
    accounts_to_reach,
    share_of_top,
)
from keyacct_utils.lessons.showing.words import count, money, percent
from keyacct_utils.review.account_review import Review, asked
from keyacct_utils.review.changes import Amounts, called, of_the_amount
from keyacct_utils.review.columns import KEY_CLASSES
from keyacct_utils.review.page import Line
from keyacct_utils.review.record import ACCOUNT_ID

_NAMED = 5
_MOVERS = 3
#: Who sends back at least so much of what they buy is named.
SENT_BACK = 0.10


def in_short(review: Review, amounts: Amounts, names: pd.Series, first: list[Line]) -> list[Line]:
    """Who the key accounts are, how concentrated the book is, on whom it depends and how far it
    would fall without the largest, who earns and who costs, who lost and rose, who sends goods
    back, and what to do first.

    Parameters
    ----------
    review : Review
    amounts : Amounts
        Of the period and of the year before.
    names : Series
        Display name of each account.
    first : list of Line
        The actions of the page, the most urgent at its head.
    """
    currency = str(review.run.get("currency", ""))
    bought = amounts.now[amounts.now > 0].sort_index()
    bought = bought.sort_values(ascending=False, kind="stable")
    lines = []
    if len(bought):
        of = of_the_amount(amounts.now)
        lines += [_key(review, bought, names, of), _concentrated(review, amounts, of)]
        lines += [_depends(bought, names, of, float(amounts.now.sum()))]
    lines += _earns(review, names)
    lines += _moved(amounts, names, currency)
    lines += _returns(amounts, names, currency)
    if not first:
        says = "No lesson of this run suggests an action."
        return [*lines, Line("what to do first", None, "", says)]
    stake, unit = first[0].figure, first[0].unit
    return [*lines, Line("what to do first", stake, unit, f"{first[0].what}: {first[0].says}")]


def _listed(names: pd.Series, amounts: pd.Series, form: str = "share") -> str:
    """Accounts with what each has, and how many more there are."""
    total = float(amounts.attrs.get("whole", 0)) or float(amounts.sum())
    shown = [
        f"{called(names, str(i))} {percent(value / total) if form == 'share' else money(value)}"
        for i, value in amounts.head(_NAMED).items()
    ]
    more = len(amounts) - _NAMED
    return "; ".join(shown) + (f"; and {more:,} more" if more > 0 else "")


def _key(review: Review, bought: pd.Series, names: pd.Series, of: str) -> Line:
    """By the rule or rank of lesson 02; by the amount alone where that lesson says nothing."""
    classes = review.column("02", "class")
    if classes is not None and classes.isin(KEY_CLASSES).any():
        ids = set(review.accounts.loc[classes.isin(KEY_CLASSES), ACCOUNT_ID])
        how = "by the classes of lesson 02"
    else:
        found = abc_classes(bought)
        ids = set(found.index[found == "A"])
        how = "by amount alone: those that bring the first 80 %"
    chosen = bought[bought.index.isin(list(ids))]
    chosen.attrs["whole"] = float(bought.sum())
    held = percent(float(chosen.sum() / bought.sum()))
    says = f"{held} {of}, {how}. {_listed(names, chosen)}."
    others = bought[~bought.index.isin(list(ids))]
    if len(chosen) and (larger := others[others > chosen.min()]).size:
        larger.attrs["whole"] = float(bought.sum())
        says += f" Not among them, though larger than the last: {_listed(names, larger)}."
    return Line("who are the key accounts", len(ids), "accounts", says)


def _concentrated(review: Review, amounts: Amounts, of: str) -> Line:
    """The share of the top of those that bought, as lesson 01 has it: of their net total."""
    part = float(asked(review.run, "concentration", "q", FEW_SHARE))
    above = amounts.now[amounts.now > 0]
    net = amounts.now[amounts.bought()["period"].reindex(amounts.now.index, fill_value=False)]
    if not len(net) or not net.sum() > 0:
        net = above
    few, enough = share_of_top(net, part), accounts_to_reach(above)
    whose = "of their net total" if len(net) > len(above) else of
    among = " that bought" * (len(net) > len(above))
    says = (
        f"The top {percent(part, 0)}, {count(few.counted, 'account')} of {few.accounts:,}{among}, "
        f"{'hold' if few.counted > 1 else 'holds'} {percent(few.share)} {whose}; "
        f"{enough:,} {'holds' if enough == 1 else 'hold'} 80 %"
        f"{f' {of}' if whose != of else ''}."
    )
    return Line("how concentrated", few.share, whose, says, "0.0%")


def _depends(bought: pd.Series, names: pd.Series, of: str, net: float) -> Line:
    shares = bought / bought.sum()
    large = bought[shares >= MAJOR_SHARE]
    large.attrs["whole"] = float(bought.sum())
    largest = f"{called(names, str(bought.index[0]))} with {percent(float(shares.iloc[0]))}"
    says = (
        f"Accounts that bring {percent(MAJOR_SHARE, 0)} {of} or more: {_listed(names, large)}."
        if len(large)
        else f"No account brings {percent(MAJOR_SHARE, 0)} {of}; the largest is {largest}."
    )
    first = float(bought.iloc[0])
    # the amount of the book is net of accounts below zero, as the page has it elsewhere
    whole = net if net > 0 else float(bought.sum())
    says += (
        " It is the only one: without it nothing is left."
        if len(bought) == 1
        else f" Without {called(names, str(bought.index[0]))} the amount would fall from "
        f"{money(whole)} to {money(whole - first)}, by {percent(first / whole)}."
    )
    return Line("on whom the book depends", len(large), "accounts", says)


def _earns(review: Review, names: pd.Series) -> list[Line]:
    """Who leaves most and who loses most, as lesson 04 has it; none where it knows no profit."""
    found, known = review.column("04", "profit"), review.column("04", "profit_known")
    if found is None:
        return []
    sure = found if known is None else found[known != "unknown"]
    ids = review.accounts[ACCOUNT_ID].astype("object")
    bounded = set() if known is None else set(ids[known == "at most"])
    profit = sure.set_axis(review.accounts.loc[sure.index, ACCOUNT_ID].astype("object"))
    profit = profit.dropna().astype(float).round(2).sort_index()
    gains = profit[profit > 0].sort_values(ascending=False, kind="stable")
    floor = _with_cost(review, profit)
    losses = profit[profit < 0].sort_values(kind="stable")

    def named(chosen: pd.Series) -> str:
        return "; ".join(
            f"{called(names, str(i))} {'at most ' * (i in bounded)}{money(value)}"
            for i, value in chosen.head(_MOVERS).items()
        )

    says = f"Most is left by {named(gains)}. " if len(gains) else "Nobody leaves a profit. "
    if len(floor):  # the most that a profit can be ranks nobody
        shown = "; ".join(
            f"{called(names, str(i))} {money(value)}" for i, value in floor.head(_MOVERS).items()
        )
        says = f"Most is left, of the rows with a cost, by {shown}. "
        if len(gains) and gains.index[0] != floor.index[0]:
            says += f"With the rows without one it could be {named(gains.head(1))}. "
    if len(losses):
        lose = "loses" if len(losses) == 1 else "lose"
        least = " or more" * bool(bounded & set(losses.index))
        says += (
            f"{count(len(losses), 'account')} {lose} {money(-float(losses.sum()))}{least} in all, "
            f"most: {named(losses)}."
        )
    elif known is None or not known.isin(["at most", "unknown"]).any():
        says += "Nobody costs more than it brings."
    if known is not None and (known.notna() & (known != "known")).any():
        says += _in_doubt(known, len(losses))
    return [Line("who earns and who costs", len(losses), "accounts at a loss", says)]


def _with_cost(review: Review, profit: pd.Series) -> pd.Series:
    """What is left of the rows with a cost, where it is above zero; empty where all have one."""
    lacking = review.column("04", "uncosted")
    if lacking is None:
        return pd.Series(dtype=float)
    lacking = lacking.set_axis(review.accounts[ACCOUNT_ID].astype("object")).reindex(profit.index)
    if not (lacking.fillna(0.0) > 0).any():
        return pd.Series(dtype=float)
    floor = (profit - lacking.fillna(0.0).clip(lower=0)).round(2)
    return floor[floor > 0].sort_values(ascending=False, kind="stable")


def _in_doubt(known: pd.Series, losing: int) -> str:
    """Of whom the profit is not fully known, and what that leaves open."""
    sure, least = int((known == "known").sum()), int((known == "at least").sum())
    hidden = int(known.isin(["at most", "unknown"]).sum())
    if hidden and not losing:
        or_more = f", and {least:,} whose profit is what stands or more," if least else ""
        return (
            f"Of the {count(sure, 'account')} whose profit is known{or_more} nobody costs more "
            f"than it brings; at {count(hidden, 'account')} a missing cost may hide a loss."
        )
    rest = int((known.notna() & (known != "known")).sum())
    return f" Of {count(rest, 'account')} the profit is not fully known (lesson 04)."


def _moved(amounts: Amounts, names: pd.Series, currency: str) -> list[Line]:
    if amounts.before is None:
        says = f"Nothing to compare with: {amounts.reason}."
        return [Line("who lost and rose", None, "", says)] if len(amounts.now) else []
    both = pd.concat([amounts.compared, amounts.before], axis=1).fillna(0.0)
    moved = (both.iloc[:, 0] - both.iloc[:, 1]).round(2).sort_index()
    days = f" (both years {amounts.days})" if amounts.days else ""
    lines = []
    for what, chosen, word in (
        ("who lost most", moved[moved < 0].sort_values(kind="stable"), "brought less"),
        (
            "who rose most",
            moved[moved > 0].sort_values(ascending=False, kind="stable"),
            "brought more",
        ),
    ):
        if len(chosen):
            named = "; ".join(
                f"{called(names, str(i))} {money(value)}"
                for i, value in chosen.head(_MOVERS).items()
            )
            says = f"{count(len(chosen), 'account')} {word} than the year before{days}: {named}."
            lines.append(Line(what, float(chosen.iloc[0]), currency, says, "#,##0.00"))
    return lines


def _returns(amounts: Amounts, names: pd.Series, currency: str) -> list[Line]:
    """Who sends back what they buy: the first ten by sales, of whom those with a tenth or more."""
    back = amounts.returned
    if amounts.sold is None or back is None or not (back > 0).any():
        return []
    part = (back / amounts.sold.where(amounts.sold > 0)).dropna().sort_index()
    heavy = part[part >= SENT_BACK].sort_values(ascending=False, kind="stable")
    first = amounts.sold.sort_index().sort_values(ascending=False, kind="stable").index[:10]
    among = [i for i in first if i in heavy.index]
    total = amounts.returned_total
    says = f"{percent(total / amounts.sold_total)} of sales. " if amounts.sold_total > 0 else ""
    says += (
        f"{count(len(heavy), 'account')} sent back {percent(SENT_BACK, 0)} or more of what "
        f"{'it' if len(heavy) == 1 else 'they'} bought."
    )
    if among:  # how many in all and how many of the ten are two counts
        named = "; ".join(f"{called(names, str(i))} {percent(float(heavy[i]))}" for i in among)
        did = f"Of the {len(first)} largest by sales, {len(among)} did: {named}."
        says += f" {did}" if len(first) > 1 else f" That is {named}."
    return [Line("who sends goods back", total, currency, says, "#,##0.00")]
