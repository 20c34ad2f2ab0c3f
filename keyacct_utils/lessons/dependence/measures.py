"""On whom a book depends, and how far it falls without them (客户依赖), lesson N19.

Amounts are one number per account (sales or margin, currency) in a Series by account_id; what is
refused, and how, says `keyacct_utils.lessons.shared.amounts`. Shares are fractions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons.shared.amounts import (
    Amounts,
    above,
    account_values,
    ascending_shares,
    by_account,
    descending,
    fraction,
)
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = [
    "accounts_to_sink",
    "depends_on_one",
    "drill",
    "herfindahl",
    "loss_drill",
    "owed_on_average",
    "shares",
]

HALF = 0.5
#: What the margin is called where some rows have no cost: they are left out of it.
UNPRICED = "margin of the rows with a cost"
MINUTES_AN_HOUR = 60


def shares(amounts: Amounts) -> pd.Series:
    """Which share of the book does each account hold?

    Parameters
    ----------
    amounts : n amounts per account (currency), none negative. One account holds all.

    Returns
    -------
    Series by account, named "share": fractions that add up to 1, the largest first, ties by
        account_id.

    Raises
    ------
    ValueError : no account, a value that is no finite number, a negative amount, a total of zero,
        repeated account ids.

    Notes
    -----
    s_i = x_i / sum x. Sources S000-3j, S003-10a.
    """
    series = descending(by_account(amounts, account_values(amounts)))
    largest = float(series.iloc[0])  # divided by it first, so that no sum overflows
    scaled = series / largest
    return pd.Series(scaled / scaled.sum(), name="share")


def herfindahl(amounts: Amounts) -> float:
    """How concentrated are the amounts (Herfindahl-Hirschman index, 赫芬达尔指数)?

    Parameters
    ----------
    amounts : n amounts per account or group, none negative.

    Returns
    -------
    float in (0, 1] : sum of squared shares, 1 for one account; times 10,000 it is in points. Its
        inverse is the effective number of accounts.

    References
    ----------
    Herfindahl 1950; U.S. Department of Justice, Herfindahl-Hirschman Index.
    """
    return float((ascending_shares(amounts) ** 2).sum())


def depends_on_one(amounts: pd.Series, limit: float = HALF) -> pd.DataFrame:
    """Does the book depend on one account, and which sellers depend on one buyer?

    Parameters
    ----------
    amounts : Series of amounts (currency), none negative: by account, for the book as a whole; or
        by (group, account), where a group is a seller, a line, a district. Repeated pairs are
        added up.
    limit : fraction above 0 and below 1; one account with more than that is one that the group
        depends on. S003-10a names half.

    Returns
    -------
    DataFrame by group ("all" without groups), the most dependent first: accounts (with an amount
        above zero), total, account (the largest, ties by id), amount, share, left (amount without
        it), depends (bool). A group without any amount above zero has no row.

    Raises
    ------
    ValueError : amounts is no Series, has an index of three levels or more, a limit that is no
        fraction, and what `shares` refuses.
    """
    if not isinstance(amounts, pd.Series):
        raise ValueError(
            f"amounts is a {type(amounts).__name__}: expected a Series by account, or by "
            "(group, account)"
        )
    if amounts.index.nlevels > 2:
        raise ValueError(
            f"amounts has an index of {amounts.index.nlevels} levels: expected account, or group "
            "and account"
        )
    fraction("limit", limit, one=False)
    values = pd.Series(account_values(amounts), index=amounts.index)
    if amounts.index.nlevels == 1:
        by_account(amounts, account_values(amounts))
        values = pd.concat({"all": values})
    values.index = values.index.set_names(["group", "account"])
    values = values.groupby(level=[0, 1]).sum()
    values = values[values > 0]
    table = values.reset_index(name="amount").sort_values("account", kind="stable")
    table = table.sort_values("amount", ascending=False, kind="stable")
    first = table.groupby("group").first()
    of = table.groupby("group")["amount"]
    found = pd.DataFrame(
        {
            "accounts": of.size(),
            "total": of.sum(),
            "account": first["account"],
            "amount": first["amount"],
        }
    )
    found["share"] = found["amount"] / found["total"]
    found["left"] = found["total"] - found["amount"]
    found["depends"] = above(found["share"], limit)
    return found.sort_values("share", ascending=False, kind="stable")


def accounts_to_sink(amounts: Amounts, cushion: float) -> int | None:
    """How many of the largest accounts must go until more is lost than the cushion?

    Parameters
    ----------
    amounts : n amounts per account (margin, or sales), of either sign.
    cushion : fraction of the net total that can go before the firm makes a loss: profit over
        margin, where the other costs stay; above 0 and at most 1.

    Returns
    -------
    int : 1 where one account alone could do it; None where not even all of them lose so much.

    Raises
    ------
    ValueError : a cushion that is no fraction; a net total of zero or less, of which nothing can
        go.

    Notes
    -----
    The smallest k for which the k largest add up to more than cushion x the net total. Source
    S000-3j: the loss of one key account can cripple a firm.
    """
    fraction("cushion", cushion)
    values = -np.sort(-account_values(amounts, "any"))
    total = float(values.sum())
    if not total > 0:
        raise ValueError(
            f"amounts: the net total of {len(values)} accounts is {total:g}: nothing is left to "
            "lose; look at sales instead of margin"
        )
    over = above(np.cumsum(values) / total, cushion)
    return int(np.argmax(over)) + 1 if over.any() else None


def drill(total: float, account: float) -> dict[str, float]:
    """What is left of a total without one account: all, account, left, and the fall as a share of
    all (missing where the total is not above zero).
    """
    fall = account / total if total > 0 else np.nan
    return {"all": total, "account": account, "left": total - account, "fall": fall}


def owed_on_average(invoices: pd.DataFrame, start: Any, end: Any) -> pd.Series:
    """How much does each account owe us on an average day?

    Parameters
    ----------
    invoices : DataFrame with account_id, issue (date), amount (currency) and, where they are known,
        paid_date and paid_amount; what is not paid is open until ``end``, and what was paid on an
        unknown day counts as never owed. A day of payment without an amount pays all.
    start, end : first and last day of the time that is looked at.

    Returns
    -------
    Series by account_id: what is open x days open within the time / days of the time, currency.

    Raises
    ------
    ValueError : missing columns; amounts that are no numbers; end before start.
    """
    need_columns(invoices, ("account_id", "issue", "amount"), "invoices")
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise ValueError(f"end is {last:%Y-%m-%d}, before start {first:%Y-%m-%d}: swap them")
    days = (last - first).days + 1
    after = last + pd.Timedelta(days=1)
    paid = (
        pd.to_datetime(invoices["paid_date"])
        if "paid_date" in invoices
        else pd.Series(pd.NaT, index=invoices.index)
    )
    amount = to_number(invoices["amount"], "invoices.amount")
    given = pd.Series(np.nan, index=invoices.index)
    if "paid_amount" in invoices:
        given = to_number(invoices["paid_amount"], "invoices.paid_amount")
    left = amount - given.where(given.notna() | paid.isna(), amount).fillna(0.0)
    left = left.clip(lower=0).where(amount >= 0, left.clip(upper=0))
    issue = pd.to_datetime(invoices["issue"])
    begin = issue.where(issue >= first, first)
    until = paid.where(paid <= after, after).where(paid.notna(), begin)
    paid_days = (until - begin).dt.days.clip(lower=0)
    left_days = (after - begin).dt.days.clip(lower=0)
    owed = ((amount - left) * paid_days + left * left_days) / days
    return owed.groupby(invoices["account_id"]).sum()


def loss_drill(book: Book, account_id: str, period: str = "book") -> pd.DataFrame:
    """If this account goes tomorrow, what goes with it?

    Parameters
    ----------
    book : Book
        With a ledger; costs, invoices and activities add a row each.
    account_id : str
        The account that is lost.
    period : "book", "all", a year, a quarter or a month

    Returns
    -------
    DataFrame, one row per thing that is known: sales, margin (sales less cost of goods; where rows
        have no cost, of the others), owed on an average day (currency), hours of service. Columns:
        all, account, left, fall (a fraction of all; missing where all is not above zero).

    Raises
    ------
    ValueError : an account that has no rows in the period.

    Notes
    -----
    The drill is arithmetic, no forecast: nobody else buys what the account bought, and no cost goes
    but that of its goods. Where the invoices begin within the period, the average day is one since
    the first of them: ``attrs["owed_since"]`` says which. Sources S000-3j, S003-10a.
    """
    start, end = book.period_dates(period)
    rows = book.rollup(by_line=False, start=start, end=end).set_index("account_id")
    if account_id not in rows.index:
        close = nearest(str(account_id), list(map(str, rows.index)))
        raise ValueError(
            f"account_id is {account_id!r}, which has no row in the period; "
            + (close or f"the book has {some(rows.index)}")
        )
    totals = book.totals(start=start, end=end).iloc[0]
    found = {"sales": drill(float(totals["revenue"]), float(rows["revenue"][account_id]))}
    if book.has("ledger", "cost_goods"):
        of = ("margin", float(totals["margin"]), float(rows["margin"][account_id]))
        if totals["n_uncosted"] and book.standard_cost is None:  # an unknown cost is not zero
            mine = float(rows["uncosted"][account_id])
            of = (UNPRICED, of[1] - float(totals["uncosted"]), of[2] - mine)
        found[of[0]] = drill(*of[1:])
    if start is None and pd.notna(totals.get("first_date")):
        start, end = totals["first_date"], totals["last_date"]
    if start is None or end is None:
        return pd.DataFrame(found).T
    since = ""
    if book.has("activities", "account_id", "date", "minutes"):
        jobs = book.counted("activities")
        inside = jobs["date"].between(pd.Timestamp(start), pd.Timestamp(end))
        hours = jobs[inside].groupby("account_id")["minutes"].sum() / MINUTES_AN_HOUR
    if book.has("invoices", "account_id", "issue", "amount"):
        bills = book.counted("invoices")
        first = pd.to_datetime(bills["issue"]).min()
        if pd.Timestamp(start) < first <= pd.Timestamp(end):  # before it nothing is known
            start, since = first, f"{first:%Y-%m-%d}"
        owed = owed_on_average(bills, start, end)
        mine = float(owed.get(account_id, 0.0))
        found["owed on an average day"] = drill(float(owed.sum()), mine)
    if book.has("activities", "account_id", "date", "minutes"):
        mine = float(hours.get(account_id, 0.0))
        found["hours of service"] = drill(float(hours.sum()), mine)
    table = pd.DataFrame(found).T
    table.attrs["owed_since"] = since
    return table
