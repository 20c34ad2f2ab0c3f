"""What a delay of payment is worth (账期), lesson N08: discounts, terms, credit and reminders.

Rates are fractions a year (8 % is 0.08) and days are calendar days; a year has 365.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
import statsmodels.api as sm

from keyacct_utils.lessons.receivables.bills import NOTHING, known_on
from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "annualised_discount_cost",
    "credit_decision",
    "late_fee",
    "prepayment_discount",
    "present_value",
    "reminder_effect",
    "set_off_share",
    "value_of_terms",
]

YEAR = 365
#: What becomes of money that is open on the day of the look.
OpenAs = Literal["lost", "dropped", "paid"]


class CreditDecision(NamedTuple):
    """What granting credit is expected to bring."""

    #: Expected profit of the first order, of the repeat order (missing without one), of both today.
    first: float
    again: float
    total: float
    #: Chance of payment at which the first order alone breaks even: cost / revenue.
    break_even: float
    grant: bool


def _rate(rate: float, name: str = "rate") -> float:
    if not np.isfinite(rate) or rate <= -1:
        raise ValueError(f"{name} is {rate}: expected a fraction a year above -1; 8 % is 0.08")
    return float(rate)


def _days(days: float, name: str = "days") -> float:
    if not np.isfinite(days) or days < 0:
        raise ValueError(f"{name} is {days}: expected 0 days or more")
    return float(days)


def _chance(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}: expected a chance from 0 to 1; 80 % is 0.8")
    return float(value)


def annualised_discount_cost(
    discount: float, discount_days: float, net_days: float, compounded: bool = False
) -> float:
    """What does a buyer pay a year who does not take the discount for early payment?

    Parameters
    ----------
    discount : fraction of the price, above 0 and below 1; "2/10 net 30" is 0.02, 10, 30.
    discount_days : last day on which the discount is given.
    net_days : day on which the full price is due, after it.
    compounded : True gives the effective rate, with interest on interest.

    Returns
    -------
    float : fraction a year. Nominal d/(1 - d) x 365/(N - n); effective
        (1 + d/(1 - d))^(365/(N - n)) - 1.

    Raises
    ------
    ValueError : a discount that is no fraction, days below zero, a net day not after the discount.

    References
    ----------
    Trade-credit algebra: 2/10 net 30 is 37.2 % simple, 44.6 % compounded. Source S000-3i.
    """
    if not 0 < discount < 1:
        raise ValueError(
            f"discount is {discount}: expected a fraction above 0 and below 1; 2 % is 0.02"
        )
    gained = _days(net_days, "net_days") - _days(discount_days, "discount_days")
    if gained <= 0:
        raise ValueError(
            f"net_days is {net_days:g}, not after discount_days "
            f"({discount_days:g}): who waits gains "
            "no day"
        )
    step = discount / (1 - discount)
    return float((1 + step) ** (YEAR / gained) - 1 if compounded else step * YEAR / gained)


def prepayment_discount(rate: float, days: float, default_loss: float = 0.0) -> float:
    """Which discount for payment at once leaves us no worse off than waiting?

    Parameters
    ----------
    rate : cost of capital, a fraction a year, above -1.
    days : that we would wait for the payment.
    default_loss : expected part of the money that never comes: chance of default x part lost then;
        from 0 to below 1. It is of those who would pay in advance.

    Returns
    -------
    float : d* = 1 - (1 - l)(1 + k)^(-t/365), a fraction of the price. A smaller discount pays us.

    References
    ----------
    Source S000-3i (a price concession tied to prepayment); Emery 1984, J. Financial and
    Quantitative Analysis 19(3).
    """
    if not 0 <= default_loss < 1:
        raise ValueError(
            f"default_loss is {default_loss}: expected a fraction from 0 to below 1 "
            "(chance of default "
            "times the part that is lost then)"
        )
    return float(1 - (1 - default_loss) * (1 + _rate(rate)) ** (-_days(days) / YEAR))


def present_value(
    cash: Sequence[float],
    days: Sequence[float],
    rate: float,
    survival: Sequence[float] | None = None,
) -> float:
    """What are payments of later days worth today?

    Parameters
    ----------
    cash, days : amounts (currency) and in how many days each comes, of one length.
    rate : cost of capital, a fraction a year.
    survival : chance that each still comes, from 0 to 1; 1 without it.

    Returns
    -------
    float : sum of CF_t S(t) / (1 + k)^(t/365), currency.
    """
    amounts, when = np.asarray(cash, dtype=float), np.asarray(days, dtype=float)
    comes = np.ones_like(amounts) if survival is None else np.asarray(survival, dtype=float)
    if not amounts.size or not amounts.shape == when.shape == comes.shape:
        raise ValueError(
            f"cash, days and survival have {amounts.size}, {when.size} and {comes.size} values: "
            "expected one of each for every payment, and one payment or more"
        )
    if not np.isfinite(amounts).all():
        raise ValueError("cash holds values that are no numbers: drop or fill them")
    if not (np.isfinite(when).all() and (when >= 0).all()):
        raise ValueError("days holds values below zero or none: expected 0 days or more")
    if not ((comes >= 0) & (comes <= 1)).all():
        raise ValueError("survival holds values outside 0 to 1: expected chances")
    return float((amounts * comes * (1 + _rate(rate)) ** (-when / YEAR)).sum())


def set_off_share(p_pay: float, days: float, rate: float) -> float:
    """Taking goods instead of money (抹账): what must they fetch to be no worse than waiting?

    Parameters
    ----------
    p_pay : chance that the money still comes.
    days : until it would come.
    rate : cost of capital, a fraction a year.

    Returns
    -------
    float : break-even share of the debt, p (1 + k)^(-t/365). Goods that fetch more of it, after the
        cost of selling them, are better than waiting.

    References
    ----------
    Source S002-5d (patience with customers in difficulty, even by setting off debts).
    """
    return present_value([1.0], [days], rate, [_chance("p_pay", p_pay)])


def late_fee(amount: float, days_late: float, daily_rate: float, free_days: float = 0) -> float:
    """Which fee is due on a late payment (违约金)?

    Parameters
    ----------
    amount : that is late (currency), 0 or more.
    days_late : days past due.
    daily_rate : fraction a day; 0.1 % is 0.001. The document names none (S002-6d).
    free_days : days of grace that cost nothing.

    Returns
    -------
    float : amount x rate x days beyond the grace, simple interest, currency.
    """
    if not np.isfinite(amount) or amount < 0:
        raise ValueError(f"amount is {amount}: expected a sum of 0 or more")
    if not 0 <= daily_rate < 1:
        raise ValueError(f"daily_rate is {daily_rate}: expected a fraction a day; 0.1 % is 0.001")
    return float(
        amount * daily_rate * max(_days(days_late, "days_late") - _days(free_days, "free_days"), 0)
    )


def credit_decision(
    revenue: float,
    cost: float,
    p_pay: float,
    p_pay_again: float | None = None,
    discount: float = 0.0,
) -> CreditDecision:
    """Should an order be delivered on credit?

    Parameters
    ----------
    revenue, cost : of the order (currency); cost is what is lost if nobody pays.
    p_pay : chance that the first order is paid.
    p_pay_again : chance that a repeat order of the same size is paid, by those who paid the first;
        None where there is none.
    discount : of the repeat order, a fraction from order to order.

    Returns
    -------
    CreditDecision : first = p (R - C) - (1 - p) C; again likewise; total = first + p x again /
        (1 + discount); grant where the total is above zero.

    Raises
    ------
    ValueError : a revenue of zero or less, a cost below zero, chances outside 0 to 1, a discount of
        -1 or less.

    References
    ----------
    Brealey, Myers & Allen, Principles of Corporate Finance, ch. 30 (revenue 1,200, cost 1,000,
    .8 and .95: -40 and 140).
    """
    if not np.isfinite(revenue) or revenue <= 0:
        raise ValueError(f"revenue is {revenue}: expected the price of the order, above zero")
    if not np.isfinite(cost) or cost < 0:
        raise ValueError(f"cost is {cost}: expected the cost of the order, 0 or more")
    p = _chance("p_pay", p_pay)
    first = p * revenue - cost
    again, total = np.nan, first
    if p_pay_again is not None:
        again = _chance("p_pay_again", p_pay_again) * revenue - cost
        total = first + p * again / (1 + _rate(discount, "discount"))
    return CreditDecision(float(first), float(again), float(total), cost / revenue, bool(total > 0))


def assumed(rate: float, open_as: str = "lost", lag_days: float = 0) -> tuple[float, float]:
    """The rate and the lag that a worth rests on, or a ValueError that names what is none."""
    if open_as not in get_args(OpenAs):
        raise ValueError(f"open_as is {open_as!r}; expected one of {', '.join(get_args(OpenAs))}")
    return _rate(rate), _days(lag_days, "lag_days")


def worth_by_invoice(
    invoices: pd.DataFrame, as_of: Any, rate: float, open_as: str, lag_days: float
) -> pd.DataFrame:
    """Of each invoice: amount that counts, its worth on the day of sale, and days until it came."""
    k, lag = assumed(rate, open_as, lag_days)
    known, day = known_on(invoices, as_of, ["issue"]), pd.Timestamp(as_of)
    paid = known["amount"] - known["open"]
    note = known["amount"] < 0
    judged = ~known["undated"] & (known["due"] < day)
    kept = judged | note
    left, counted, met = _set_against(known, judged)
    came = known["paid_date"].fillna(day).where(~note, known["issue"])
    days = ((came - known["issue"]).dt.days + lag).where(~note, 0.0)
    factor = (1 + k) ** (-days / YEAR)
    whole = known["amount"].where(~note, counted)
    amount = whole if open_as != "dropped" else paid.where(~note, counted + met)
    worth = (paid * factor).where(~note, counted + met)
    if open_as == "paid":
        later = (day - known["issue"]).dt.days + lag
        worth = worth + (left * (1 + k) ** (-later / YEAR)).where(~note, 0.0)
    table = pd.DataFrame(
        {"amount": amount, "worth": worth, "paid": paid.where(~note, 0.0), "days": days,
         "open": left.where(~note, 0.0), "billed": whole}
    )  # fmt: skip
    return table[kept]


def _set_against(known: pd.DataFrame, judged: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Open credit notes are set against what the same account still owes, since nobody pays them
    out before that: what is left open of each invoice; and of each note the amount that counts
    (without the part against invoices that are not judged) and the part of it that meets open
    money (above zero).
    """
    amount, note, account = known["amount"], known["amount"] < 0, known["account_id"]
    owed = known["open"].where(~note & ~known["undated"], 0.0)
    credit = (-known["open"]).where(note, 0.0)

    def of_account(values: pd.Series) -> pd.Series:
        return values.groupby(account).transform("sum")

    debt, notes = of_account(owed), of_account(credit)
    taken = np.minimum(debt, notes)
    share = (taken / notes.where(notes > 0)).fillna(0.0)
    ours = (of_account(owed.where(judged, 0.0)) / debt.where(debt > 0)).fillna(0.0)
    left = owed * (1 - (taken / debt.where(debt > 0)).fillna(0.0))
    met = credit * share * ours
    return left, amount + credit * share * (1 - ours), met


def value_of_terms(
    invoices: pd.DataFrame,
    as_of: Any,
    rate: float = 0.08,
    *,
    by: str | pd.Series = "terms_code",
    open_as: OpenAs = "lost",
    lag_days: float = 0,
) -> pd.DataFrame:
    """What is one yuan that was invoiced worth on the day of issue, by terms?

    Parameters
    ----------
    invoices : DataFrame with issue too, one row per invoice. An open credit note is set against
        what its account owes; else credit notes count at once, in full. Invoices that are not past
        due on ``as_of`` are left out, since nobody knows.
    as_of : the day of the look.
    rate : cost of capital, a fraction a year.
    by : the column of the terms, or a Series by the index of ``invoices``.
    open_as : what is open on that day counts as "lost", is left out ("dropped"), or is "paid" on
        that day. The first and the last enclose what one terms will be worth; the difference of two
        is widest where the one is lost and the other paid.
    lag_days : days between sale and invoice, on top of the credit; 0 unless the book says so.

    Returns
    -------
    DataFrame by terms: invoices, amount (currency), days (until what was paid was paid, by money),
        open (share of the amount), worth (per unit of currency invoiced). Terms whose amounts do
        not add up to more than zero have no row.

    Raises
    ------
    ValueError : what `known_on` refuses; a reading or a column that does not exist; a rate of -1 or
        less; no terms with an amount above zero.

    Notes
    -----
    sum of paid x (1 + k)^(-days/365) / sum of amounts, 0 or more. What differs between terms need
    not be due to them: nobody drew by lot who gets which.
    """
    group = invoices[by] if isinstance(by, str) and by in invoices else by
    if isinstance(group, str):
        need_columns(invoices, (by,), "invoices")  # type: ignore[arg-type]
    rows = worth_by_invoice(invoices, as_of, rate, open_as, lag_days)
    group = group.reindex(rows.index)  # type: ignore[union-attr]
    table = rows.assign(weighted=rows["paid"] * rows["days"]).groupby(group).sum()
    size = rows.groupby(group).size()
    table = table[table["amount"] >= NOTHING]
    if table.empty:
        raise ValueError("invoices: no terms have amounts above zero, so nothing can be worth less")
    found = pd.DataFrame(
        {
            "invoices": size.reindex(table.index),
            "amount": table["billed"],
            "days": table["weighted"] / table["paid"].where(table["paid"] > 0),
            "open": table["open"] / table["billed"].where(table["billed"] > 0),
            "worth": (table["worth"] / table["amount"]).clip(lower=0.0),
        }
    )
    return found.rename_axis("terms")


def reminder_effect(trial: pd.DataFrame) -> Interval:
    """By how much does a reminder lift the share that pays (催收)?

    Parameters
    ----------
    trial : DataFrame, one row per overdue bill: account_id, reminded (0 or 1), paid (0 or 1: within
        the time that was agreed), and by_lot (0 or 1) where not all were drawn by lot; then only
        those are compared.

    Returns
    -------
    Interval : share that paid with a reminder less that without, with 95 % limits, errors clustered
        by account.

    Raises
    ------
    ValueError : missing columns; values other than 0 and 1; fewer than two accounts; no bill drawn
        by lot; nobody reminded or nobody left alone.

    Notes
    -----
    Where clerks choose whom to remind, they choose the worst payers, and reminders seem to harm.
    Only the lot makes both groups alike.

    References
    ----------
    Source S002-6e (a call centre that duns). Liang & Zeger 1986, Biometrika 73(1), for errors by
    cluster.
    """
    need_columns(trial, ("account_id", "reminded", "paid"), "trial")
    flags = [name for name in ("reminded", "paid", "by_lot") if name in trial]
    values = {name: to_number(trial[name], f"trial.{name}") for name in flags}
    for name, column in values.items():
        odd = column[~column.isin([0, 1])]
        if len(odd):
            raise ValueError(f"trial.{name}: {len(odd)} values are not 0 or 1: {some(odd)}")
    lot = values["by_lot"] == 1 if "by_lot" in values else pd.Series(True, index=trial.index)
    if not lot.any():
        raise ValueError(
            "trial.by_lot: no bill was drawn by lot, so no effect can be told from choice"
        )
    reminded, paid = values["reminded"][lot].to_numpy(), values["paid"][lot].to_numpy()
    groups = pd.factorize(trial["account_id"][lot])[0]
    if not 0 < reminded.sum() < len(reminded) or groups.max() < 1:
        raise ValueError(
            "trial.reminded: expected some bills with and some without a reminder, "
            "of two accounts or "
            "more"
        )
    model = sm.OLS(paid, sm.add_constant(reminded)).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    low, high = model.conf_int()[1]
    return Interval(float(model.params[1]), float(low), float(high))
