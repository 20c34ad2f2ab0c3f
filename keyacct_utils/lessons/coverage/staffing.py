"""How many managers are needed (客户经理配置), and when a department pays, lesson N12."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import pandas as pd

from keyacct_utils.lessons.shared.checks import some

__all__ = ["Staff", "department_break_even", "managers_needed", "workload"]

MINUTES_AN_HOUR = 60


class Staff(NamedTuple):
    """Managers that are needed, and how each factor got there, one after the other."""

    needed: float
    #: By the workload alone.
    plain: float
    with_surge: float
    with_support: float
    #: Those that have to be on the books, so that the needed ones are there: equals ``needed``.
    with_churn: float
    hours: float


def _number(
    name: str, value: object, low: float, high: float = math.inf, open_low: bool = False
) -> float:
    told = isinstance(value, Real) and not isinstance(value, bool)
    number = float(value) if told else math.nan  # type: ignore[arg-type]
    if not math.isfinite(number) or not low <= number < high or (open_low and number == low):
        least = f"above {low:g}" if open_low else f"of {low:g} or more"
        most = "" if math.isinf(high) else f" and below {high:g}"
        raise ValueError(f"{name} is {value!r}: expected a number {least}{most}")
    return number


def _by_class(
    name: str, value: Mapping[str, float] | float, classes: list[str], open_low: bool = False
) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return dict.fromkeys(classes, _number(name, value, 0.0, open_low=open_low))
    lost = [item for item in classes if item not in value]
    odd = [item for item in value if item not in classes]
    if lost or odd:
        raise ValueError(
            f"{name} has {some(value) or 'no class'}, accounts_per_class has {some(classes)}: "
            "expected the same classes"
        )
    return {
        item: _number(f"{name} of {item!r}", value[item], 0.0, open_low=open_low)
        for item in classes
    }


def workload(
    accounts_per_class: Mapping[str, float],
    calls: Mapping[str, float] | float,
    minutes: Mapping[str, float] | float,
    hours: float,
) -> pd.DataFrame:
    """How many hours does the promised service take in a year, and how many managers is that?

    Parameters
    ----------
    accounts_per_class : number of accounts by class.
    calls : visits (or calls) per account and year, by class or one for all.
    minutes : of one visit, way and preparation with it, by class or one for all.
    hours : that one manager has for accounts in a year: above 0.

    Returns
    -------
    DataFrame by class: accounts, calls, minutes, total (calls of all accounts a year), hours (a
    year)
        and managers (hours over ``hours``; a fraction, not rounded).

    Raises
    ------
    ValueError : no class, classes that differ, negative numbers, hours of zero or less.

    Notes
    -----
    Managers = sum over classes of accounts x calls x minutes / 60 / hours, all per year. A year on
    one side and a month on the other is the usual error. Source S000-5g.

    References
    ----------
    Talley 1961, Journal of Marketing 25(3), 7-13; Kotler, Marketing Management: 1,000 accounts with
    36 calls and 2,000 with 12 are 60,000 calls, 60 persons who make 1,000 each.
    """
    if not isinstance(accounts_per_class, Mapping) or not accounts_per_class:
        raise ValueError("accounts_per_class names no class: expected number of accounts by class")
    classes = [str(name) for name in accounts_per_class]
    n = _by_class("accounts_per_class", {str(k): v for k, v in accounts_per_class.items()}, classes)
    often = _by_class("calls", calls, classes)
    long = _by_class("minutes", minutes, classes)
    each = _number("hours", hours, 0.0, open_low=True)
    table = pd.DataFrame({"accounts": n, "calls": often, "minutes": long}).loc[classes]
    table["total"] = table["accounts"] * table["calls"]
    table["hours"] = table["total"] * table["minutes"] / MINUTES_AN_HOUR
    table["managers"] = table["hours"] / each
    return table.rename_axis("class")


def managers_needed(
    hours_needed: float,
    hours: float,
    surge: float = 0.0,
    support: float = 0.0,
    churn: float = 0.0,
    quality: float = 1.0,
) -> Staff:
    """How many managers must be on the books, so that the work is done?

    Parameters
    ----------
    hours_needed : of work in a year, as `workload` adds them up.
    hours : that one manager has for accounts in a year: above 0.
    surge : by what share demand in the season that must be staffed lies above the average: 0 or
        more.
    support : share of the work that the back office takes over: 0 or more, below 1.
    churn : share of the year in which a post stands empty because somebody left: 0 or more, below
        1.
    quality : hours of the average manager that one hour of ours is worth: above 0; 1.1 does a tenth
        more.

    Returns
    -------
    Staff : fractions of managers, not rounded.

    Raises
    ------
    ValueError : a number out of these limits.

    Notes
    -----
    hours needed x (1 + surge) x (1 - support) / (hours x quality x (1 - churn)). S000-5h names
    labour cost, quality, back-office support and surges and gives no number: all are 0 (or 1)
    unless set.
    """
    need = _number("hours_needed", hours_needed, 0.0)
    each = _number("hours", hours, 0.0, open_low=True)
    surge = _number("surge", surge, 0.0)
    support = _number("support", support, 0.0, 1.0)
    churn = _number("churn", churn, 0.0, 1.0)
    quality = _number("quality", quality, 0.0, open_low=True)
    plain = need / (each * quality)
    busy = plain * (1 + surge)
    helped = busy * (1 - support)
    booked = helped / (1 - churn)
    return Staff(booked, plain, busy, helped, booked, need)


def department_break_even(
    fixed: float,
    hours_per_account: float,
    manager_hour: float,
    executive_hour: float,
    gain: float = 0.0,
) -> float:
    """From how many key accounts on does a department of its own pay?

    Parameters
    ----------
    fixed : what the department costs a year before the first account: head, system (currency).
    hours_per_account : hours a year that an account takes: above 0.
    manager_hour, executive_hour : what an hour costs of a manager, and of the executives who look
        after the accounts today (currency).
    gain : what an account brings more a year when a manager looks after it (currency); 0 without
        proof.

    Returns
    -------
    float : number of accounts at which both cost the same; infinity where the department never
        pays.

    Raises
    ------
    ValueError : negative numbers, no hours.

    Notes
    -----
    fixed / (hours x (executive hour - manager hour) + gain). S000-3d: few accounts, the executives;
    many, a department.
    """
    fixed = _number("fixed", fixed, 0.0)
    hours = _number("hours_per_account", hours_per_account, 0.0, open_low=True)
    ours = _number("manager_hour", manager_hour, 0.0)
    theirs = _number("executive_hour", executive_hour, 0.0)
    saved = hours * (theirs - ours) + _number("gain", gain, 0.0)
    if saved <= 0:
        return 0.0 if fixed == 0 and saved == 0 else math.inf
    return fixed / saved
