"""What to do about each account: the rules of S002-8b and S002-1m with every assumption a
parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.amounts import Floats, at_least, fraction, top_count
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

#: Assumptions of the lesson, not of a source: how far each lever goes before it is given up.
SERVICE_CUT, CREDIT_CUT, PRICE_RISE = 0.8, 0.5, 0.05
#: Part of the cost to serve that ends with the account within the year; the rest is people who
#: stay.
AVOIDABLE_SERVICE = 0.5
TOP_SHARE = 0.2
PRICE, SERVICE, CREDIT, DROP, WATCH = (
    "raise price",
    "cut service",
    "shorten credit",
    "drop",
    "keep and watch",
)
#: What is done about a loss, the mildest first.
LEVERS = (SERVICE, CREDIT, PRICE, DROP, WATCH)
SPECIAL, GROW, STANDARD = "special service", "grow", "standard service"
#: Half-year plan: share of the accounts asked that agree, and months until it works.
AGREE = {PRICE: 0.7, SERVICE: 1.0, CREDIT: 0.7, DROP: 1.0}
STARTS = {PRICE: 2, SERVICE: 1, CREDIT: 2, DROP: 3}


def _share(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}; expected a fraction from 0 to 1; 80 % is 0.8")
    return float(value)


def _rises(max_rise: float | pd.Series, ids: pd.Index) -> pd.Series:
    rises = (
        to_number(max_rise, "max_rise").reindex(ids)
        if isinstance(max_rise, pd.Series)
        else pd.Series(max_rise, index=ids, dtype=float)
    )
    if bad := int((~np.isfinite(rises) | (rises < 0)).sum()):
        raise ValueError(
            f"max_rise: {bad} of {len(ids)} accounts have none, or "
            "one below 0; give a fraction (5 % is 0.05) for each"
        )
    return rises


class Levers(NamedTuple):
    """What the rules say of accounts, in their order."""

    #: Fraction at which an account breaks even by one lever alone: service, credit, rise.
    need: dict[str, Floats]
    #: Place in `LEVERS`; -1 for an account that does not lose.
    code: np.ndarray
    #: Currency, 0 for an account that does not lose: if the lever works, and if it is dropped.
    gain: Floats
    dropped: Floats


@dataclass(frozen=True)
class Limits:
    """How far each lever goes, checked: the assumptions of `action_list`."""

    rises: Floats
    service_cut: float
    credit_cut: float
    avoidable_goods: float
    avoidable_service: float

    @classmethod
    def of(cls, ids: pd.Index, settings: Mapping[str, Any]) -> Limits:
        """From keywords of `action_list`, its defaults where one is not given."""
        given = {
            "service_cut": SERVICE_CUT,
            "credit_cut": CREDIT_CUT,
            "avoidable_goods": 1.0,
            "avoidable_service": AVOIDABLE_SERVICE,
        }
        parts = {name: _share(name, settings.get(name, usual)) for name, usual in given.items()}
        return cls(_rises(settings.get("max_rise", PRICE_RISE), ids).to_numpy(), **parts)

    def levers(
        self, revenue: Floats, gross_profit: Floats, credit: Floats, service: Floats, profit: Floats
    ) -> Levers:
        """What each account needs, gets and gains."""
        loss = np.maximum(-profit, 0.0)
        losing, need = loss > 0, {}
        for name, base in (("service", service), ("credit", credit), ("rise", revenue)):
            parts = np.divide(loss, base, out=np.full(len(loss), np.inf), where=base > 0)
            need[name] = np.where(losing, parts, 0.0)
        goods = (revenue - gross_profit) * self.avoidable_goods
        traded = np.where(revenue >= 0, goods - revenue, 0.0)
        dropped = np.where(losing, traded + credit + service * self.avoidable_service, 0.0)
        tests = [
            need["service"] <= self.service_cut,
            need["credit"] <= self.credit_cut,
            need["rise"] <= self.rises,
            dropped > 0,
        ]
        code = np.where(losing, np.select(tests, [0, 1, 2, 3], 4), -1)
        # A lever is counted to the point of no loss, not beyond.
        gain = np.select([(code >= 0) & (code <= 2), code == 3], [loss, dropped], 0.0)
        return Levers(need, code, gain, dropped)


def action_list(
    profits: pd.DataFrame,
    *,
    max_rise: float | pd.Series = PRICE_RISE,
    service_cut: float = SERVICE_CUT,
    credit_cut: float = CREDIT_CUT,
    avoidable_goods: float = 1.0,
    avoidable_service: float = AVOIDABLE_SERVICE,
    top_share: float = TOP_SHARE,
    potential: pd.Series | None = None,
) -> pd.DataFrame:
    """Drop it, fix it, or spend more on it: what do the rules say of each account?

    Parameters
    ----------
    profits : DataFrame
        From `account_profit`: revenue, gross_profit, credit, service, profit by account_id.
    max_rise : float or Series by account_id
        Largest price rise that can be asked for, a fraction of revenue; the discount given away is
        a natural limit.
    service_cut, credit_cut : float
        Largest part of the service and of the credit that can be taken back, fractions.
    avoidable_goods, avoidable_service : float
        Part of the cost of goods and of service that ends when the account is dropped, fractions.
    top_share : float
        The accounts that get special service: the most profitable ceil(q n), if they make a profit.
    potential : Series of bool by account_id, optional
        Accounts that could buy much more.

    Returns
    -------
    DataFrame indexed by account_id
        profit, action, needed_service_cut, needed_credit_cut, needed_rise (fractions at which the
        account breaks even by this lever alone; 0 for one that makes a profit, infinite without a
        base), gain (currency a year if the action succeeds) and gain_if_dropped.

    Raises
    ------
    ValueError
        A column or value that is missing, or a fraction outside 0 to 1.

    Notes
    -----
    A loss-maker gets the mildest lever that alone brings it to 0: less service, shorter credit, a
    higher price; else it is dropped where that gains anything, and kept and watched where it does
    not. Others: S002-8b spends more on the active fifth and on potential; S002-1m gives standard
    service to the rest. Of an account that returned more than it bought the goods are back already:
    dropping it avoids what it costs in credit and service, and no more. Giving up a customer can
    pay less than it seems: costs that stay fall on the others, and a rival served by dear customers
    is a weaker one.

    References
    ----------
    Subramanian, Raju & Zhang 2014, Management Science 60(2).
    """
    columns = ("revenue", "gross_profit", "credit", "service", "profit")
    need_columns(profits, columns, "profits")
    table = pd.DataFrame(
        {name: to_number(profits[name], f"profits.{name}") for name in columns}, index=profits.index
    ).sort_index()
    if table.empty or not np.isfinite(table).all(axis=None) or not table.index.is_unique:
        raise ValueError(
            f"profits has {len(table)} rows; expected one "
            "per account_id, each once, all amounts finite"
        )
    limits = Limits.of(
        table.index,
        {
            "max_rise": max_rise,
            "service_cut": service_cut,
            "credit_cut": credit_cut,
            "avoidable_goods": avoidable_goods,
            "avoidable_service": avoidable_service,
        },
    )
    found = limits.levers(**{name: table[name].to_numpy(float) for name in columns})
    best = np.zeros(len(table), dtype=bool)
    best[
        np.argsort(-table["profit"].to_numpy(), kind="stable")[
            : top_count(len(table), fraction("top_share", top_share))
        ]
    ] = True
    grows = (
        np.zeros(len(table), dtype=bool)
        if potential is None
        else potential.reindex(table.index).fillna(False).to_numpy(dtype=bool)
    )
    served = best & (table["profit"].to_numpy() > 0)
    others = np.select([served, grows], [SPECIAL, GROW], STANDARD)
    return pd.DataFrame(
        {
            "profit": table["profit"],
            "action": np.where(found.code >= 0, np.array(LEVERS)[found.code], others),
            "needed_service_cut": found.need["service"],
            "needed_credit_cut": found.need["credit"],
            "needed_rise": found.need["rise"],
            "gain": found.gain,
            "gain_if_dropped": found.dropped,
        }
    )


def recovery_plan(
    actions: pd.DataFrame,
    *,
    months: int = 6,
    agree: Mapping[str, float] | None = None,
    starts: Mapping[str, int] | None = None,
    leave_if_refused: Sequence[str] = (PRICE,),
) -> pd.DataFrame:
    """How much profit does the list bring back in so many months?

    Parameters
    ----------
    actions : DataFrame
        From `action_list`.
    months : int
        Length of the plan.
    agree : mapping of action to fraction
        Share of the accounts asked that agree (defaults: `AGREE`); only given actions change.
    starts : mapping of action to months
        Months until the action works (defaults: `STARTS`).
    leave_if_refused : sequence of actions
        Those whose refusal ends the business: the account is then as if dropped.

    Returns
    -------
    DataFrame indexed by action
        accounts, gain_a_year (expected, once it works), months_at_work and gain (within the plan),
        currency.

    Raises
    ------
    ValueError
        An unknown action, a fraction outside 0 to 1, months below 1 or a start below 0.

    Notes
    -----
    ``gain = (a gain + (1 - a) gain_if_dropped) x max(months - start, 0) / 12``. S002-1m says the
    half year recovered the profit and gives no number; every number here is an assumption.
    """
    need_columns(actions, ("action", "gain", "gain_if_dropped"), "actions")
    shares, waits = {**AGREE, **(agree or {})}, {**STARTS, **(starts or {})}
    odd = sorted(({*shares, *waits, *leave_if_refused}) - set(AGREE))
    if odd:
        raise ValueError(
            f"agree, starts or leave_if_refused name {some(odd)}; expected {some(AGREE)}"
        )
    length = at_least("months", months, 1)
    rows = {}
    for name in AGREE:
        chosen = actions[actions["action"] == name]
        share, wait = (
            _share(f"agree[{name!r}]", shares[name]),
            at_least(f"starts[{name!r}]", waits[name], 0),
        )
        refused = chosen["gain_if_dropped"].sum() if name in leave_if_refused else 0.0
        year = share * chosen["gain"].sum() + (1 - share) * refused
        work = max(length - wait, 0)
        rows[name] = {
            "accounts": len(chosen),
            "gain_a_year": year,
            "months_at_work": work,
            "gain": year * work / 12,
        }
    return (
        pd.DataFrame(rows).T.astype({"accounts": int, "months_at_work": int}).rename_axis("action")
    )


def active_best(
    criteria: pd.DataFrame, falling: Sequence[str] = (), top_share: float = TOP_SHARE
) -> pd.DataFrame:
    """Which accounts does the rule of Case D call the best fifth: by sales, volume, arrears and
    purchase cycle?

    Parameters
    ----------
    criteria : DataFrame
        One row per account_id, one column per criterion, none missing.
    falling : sequence of columns
        Those in which less is better (arrears, days between purchases).
    top_share : float
        The fraction of accounts that is best.

    Returns
    -------
    DataFrame indexed by account_id
        score (mean of the percentile ranks, 0 worst, 1 best) and best (bool; ceil(q n) accounts,
        ties by account_id).

    Raises
    ------
    ValueError
        No account or criterion, a value that is missing, or a ``falling`` column that does not
        exist.

    Notes
    -----
    S002-1m names the criteria and no weights: they weigh the same here. Equal values share their
    mean rank.
    """
    need_columns(criteria, falling, "criteria")
    if (
        criteria.empty
        or not np.isfinite(criteria.astype(float)).all(axis=None)
        or not criteria.index.is_unique
    ):
        raise ValueError(
            f"criteria is {len(criteria)} x {criteria.shape[1]}; "
            "expected finite numbers, at least 1 x 1, each account once"
        )
    table = criteria.astype(float).sort_index()
    signs = np.where(table.columns.isin(list(falling)), -1.0, 1.0)
    n = len(table)
    score = ((table * signs).rank(method="average") - 1).mean(axis=1) / max(n - 1, 1)
    best = np.zeros(n, dtype=bool)
    best[
        np.argsort(-score.to_numpy().round(12), kind="stable")[
            : top_count(n, fraction("top_share", top_share))
        ]
    ] = True
    return pd.DataFrame({"score": score, "best": best})


def delivery_readings(cost_shares: Sequence[float], level: float = 0.10) -> pd.DataFrame:
    """Delivery "reduces cost to / by about 10 %" (S003-9b): what does each reading save?

    Parameters
    ----------
    cost_shares : fractions of sales that delivery costs today, 0 to 1.
    level : the 10 % of the document.

    Returns
    -------
    DataFrame indexed by the cost share today
        saved_to (cost falls to ``level`` of sales) and saved_by (cost falls by ``level`` of
        itself), fractions of sales; a negative number is a rise.

    Raises
    ------
    ValueError
        No share, or one outside 0 to 1.

    Notes
    -----
    ``s - level`` against ``s x level``: the same at ``s = level / (1 - level)``, 11.1 % for 10 %.
    """
    shares = np.array([_share("cost_shares", share) for share in cost_shares])
    if not len(shares):
        raise ValueError("cost_shares holds 0 values; give at least one fraction of sales")
    at = _share("level", level)
    return pd.DataFrame(
        {"saved_to": shares - at, "saved_by": shares * at},
        index=pd.Index(shares, name="cost share today"),
    )
