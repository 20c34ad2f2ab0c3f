"""Who owes how much, for how long (应收账款), lesson N08: invoices as known on one day.

Invoices are a DataFrame, one row each: account_id, issue and due (dates), amount (currency, a
credit note below zero), and where known paid_date (of the last payment, missing while unpaid) and
paid_amount (paid so far). Without a paid_amount a dated payment counts as full; without both
columns every invoice counts as open. What happens after ``as_of`` is not known on that day: an
invoice paid later is open. Of part payments only the last day is known, so until then the whole
amount is open.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from statsmodels.duration.survfunc import SurvfuncRight

from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons.shared.amounts import Interval
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "account_states",
    "ageing",
    "best_possible_dso",
    "chance_of_rolling",
    "collection_effectiveness",
    "days_sales_outstanding",
    "days_to_pay",
    "growth_of_falling_behind",
    "known_on",
    "late_share",
    "open_by_month",
    "open_long",
    "roll_counts",
    "roll_rates",
    "state_names",
]

#: Days past due at which one bucket ends and the next begins.
EDGES = (0, 30, 60, 90)
NOT_DUE, CURRENT, CREDIT = "not due", "current", "credit notes"
#: An amount below this is paid: half a cent.
NOTHING = 0.005
#: A row of a transition matrix sums to one within this.
ROUNDING = 1e-6
LONG = 90


class LateShare(NamedTuple):
    """How many invoices, and how much money, were late."""

    #: Late / judged: share by count, and by money (amounts of the late over those of the judged).
    by_count: float
    by_money: float
    #: Invoices judged, those of them that were late, and those late and still open.
    judged: int
    late: int
    open_late: int
    #: Open and not yet due: nobody knows. Paid in full without a date: nobody wrote it down.
    undecided: int
    undated: int
    #: The same shares over paid invoices alone, as is often done; missing where none is paid.
    paid_count: float
    paid_money: float


def _edges(edges: Sequence[float]) -> list[float]:
    found = [float(edge) for edge in edges]
    if len(found) < 2 or found[0] != 0 or any(b <= a for a, b in itertools.pairwise(found)):
        raise ValueError(
            f"edges is {tuple(edges)}: expected days past due that begin with 0 and rise, such as "
            f"{EDGES}"
        )
    return found


def bucket_names(edges: Sequence[float] = EDGES) -> list[str]:
    """The buckets of an ageing: "not due", "1-30", ..., "over 90"."""
    found = _edges(edges)
    between = [f"{a + 1:g}-{b:g}" for a, b in itertools.pairwise(found)]
    return [NOT_DUE, *between, f"over {found[-1]:g}"]


def state_names(edges: Sequence[float] = EDGES) -> list[str]:
    """The states of an account by its oldest overdue invoice: "current", "1-30", ..., "over 90"."""
    return [CURRENT, *bucket_names(edges)[1:]]


def _day(as_of: Any, name: str = "as_of") -> pd.Timestamp:
    found = pd.to_datetime(pd.Series([as_of], dtype="object"), errors="coerce").iloc[0]
    if pd.isna(found):
        raise ValueError(f"{name} is {as_of!r}: expected a day such as 2024-12-31")
    return pd.Timestamp(found)


def _dates(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("datetime64[s]")
    found = pd.to_datetime(values, errors="coerce", format="ISO8601")
    odd = values[found.isna() & values.notna()]
    if len(odd):
        raise ValueError(
            f"invoices.{column}: {len(odd)} values are no dates: {some(map(repr, odd))}; expected "
            "days such as 2024-03-31"
        )
    return found.astype("datetime64[s]")


def _refuse(bad: pd.Series, frame: pd.DataFrame, problem: str, way: str) -> None:
    if bad.any():
        ids = frame.loc[bad, "invoice_id"] if "invoice_id" in frame else frame.index[bad]
        raise ValueError(f"invoices: {int(bad.sum())} {problem} (first: {some(ids)}); {way}")


def known_on(invoices: pd.DataFrame, as_of: Any, columns: Iterable[str] = ()) -> pd.DataFrame:
    """What of each invoice is known on a day?

    Parameters
    ----------
    invoices : DataFrame, one row per invoice: account_id, due, amount; see the module.
    as_of : the day of the look.
    columns : further columns that have to be there.

    Returns
    -------
    DataFrame with the same index: account_id, issue (where given), due, amount, paid_date (missing
        where no payment is known on that day), open (currency, below zero for an open credit note),
        settled (day on which nothing was left open, missing while something is), undated (paid in
        full, but nobody wrote down when).

    Raises
    ------
    ValueError : no rows, missing columns, no day; amounts or due dates that are missing; due or
        paid before issued; issued after ``as_of``. Each says which and how to mend it.
    """
    need_columns(invoices, ("account_id", "due", "amount", *columns), "invoices")
    if not len(invoices):
        raise ValueError(
            "invoices has 0 rows: expected one or more; check the period or the filter before it"
        )
    day = _day(as_of)
    found = pd.DataFrame({"account_id": invoices["account_id"]})
    for name in ("issue", "due"):
        if name in invoices:
            found[name] = _dates(invoices, name)
    found["amount"] = to_number(invoices["amount"], "invoices.amount")
    _refuse(
        ~np.isfinite(found["amount"]),
        invoices,
        "have no amount",
        "fill invoices.amount or drop them",
    )
    _refuse(
        found["due"].isna(),
        invoices,
        "have no due date",
        "fill invoices.due, such as issue plus the days of your terms",
    )
    note = found["amount"] < 0
    paid_date = (
        _dates(invoices, "paid_date")
        if "paid_date" in invoices
        else pd.Series(pd.NaT, index=invoices.index, dtype="datetime64[s]")
    )
    if "issue" in found:
        _refuse(
            (found["due"] < found["issue"]) & ~note,
            invoices,
            "are due before they are issued",
            "mend invoices.due or invoices.issue: they may be swapped",
        )
        _refuse(
            (paid_date < found["issue"]) & ~note,
            invoices,
            "are paid before they are issued",
            "set invoices.paid_date to the day of issue where it is a prepayment",
        )
        _refuse(
            found["issue"] > day,
            invoices,
            f"are issued after as_of ({day:%Y-%m-%d})",
            "keep invoices[invoices.issue <= as_of], or give a later day",
        )
    found["paid_date"] = paid_date.mask(paid_date > day)
    if "paid_amount" in invoices:
        paid = to_number(invoices["paid_amount"], "invoices.paid_amount")
        paid = paid.where(paid.notna() | paid_date.isna(), found["amount"]).fillna(0.0)
    else:
        paid = found["amount"].where(paid_date.notna(), 0.0)
    later = paid_date > day
    paid = paid.mask(later, 0.0)
    left = found["amount"] - paid
    left = left.clip(lower=0).where(~note, left.clip(upper=0))
    found["open"] = left.mask(left.abs() < NOTHING, 0.0)
    done = found["open"] == 0
    found["settled"] = found["paid_date"].where(done)
    found["undated"] = done & found["paid_date"].isna() & (found["amount"].abs() >= NOTHING)
    return found


def _bucket(days: npt.NDArray[Any], edges: Sequence[float]) -> npt.NDArray[np.int64]:
    """Number of the bucket: 0 not due, 1 from one day past due."""
    return np.searchsorted(np.asarray(_edges(edges)), days, side="left").astype(np.int64)


def ageing(invoices: pd.DataFrame, as_of: Any, edges: Sequence[float] = EDGES) -> pd.DataFrame:
    """Who owes us how much, and for how long past due (账龄分析)?

    Parameters
    ----------
    invoices : DataFrame, one row per invoice; see the module.
    as_of : the day of the look.
    edges : days past due at which buckets end, from 0 on.

    Returns
    -------
    DataFrame by account_id, the largest total first, ties by id (currency): not due, 1-30, 31-60,
        61-90, over 90, credit notes (open ones, below zero), overdue (past due together), total
        (all of it, credit notes taken off). An invoice due on ``as_of`` is not past due.

    Raises
    ------
    ValueError : what `known_on` refuses; edges that do not rise from 0.

    References
    ----------
    Sources S000-3i, S000-9a. Brealey, Myers & Allen, Principles of Corporate Finance, ch. 30.
    """
    found, day = known_on(invoices, as_of), _day(as_of)
    names = bucket_names(edges)
    past = (day - found["due"]).dt.days.to_numpy()
    which = np.array(names, dtype=object)[_bucket(past, edges)]
    which = np.where(found["amount"] < 0, CREDIT, which)
    sums = found["open"].groupby([found["account_id"], pd.Series(which, index=found.index)]).sum()
    wide = sums.unstack(fill_value=0)
    wide = wide.reindex(columns=[*names, CREDIT], fill_value=0.0).round(2)
    wide.columns.name = None
    wide["overdue"] = wide[names[1:]].sum(axis=1)
    wide["total"] = wide[[*names, CREDIT]].sum(axis=1)
    wide = wide.sort_index().sort_values("total", ascending=False, kind="stable")
    return wide.rename_axis("account_id")


def open_by_month(
    invoices: pd.DataFrame, days: Sequence[Any], as_of: Any, edges: Sequence[float] = EDGES
) -> pd.DataFrame:
    """How did the receivables age from month to month?

    Parameters
    ----------
    invoices : DataFrame with issue too.
    days : the days that are looked at, such as ends of months, none after ``as_of``.
    as_of : the day up to which payments are known.

    Returns
    -------
    DataFrame, one row per day: open amount by bucket of `ageing`, credit notes left out (currency).
    """
    found, names = known_on(invoices, as_of, ["issue"]), bucket_names(edges)
    found = found[(found["amount"] > 0) & ~found["undated"]]
    part = found["open"].to_numpy()
    amount = found["amount"].to_numpy()
    issue, due, last = (found[name].to_numpy() for name in ("issue", "due", "paid_date"))
    rows = []
    for each in days:
        day = _day(each, "days")
        if day > _day(as_of):
            raise ValueError(f"days holds {day:%Y-%m-%d}, after as_of: payments are not known then")
        now = np.datetime64(day, "s")
        left = np.where(last <= now, part, amount) * (issue <= now)
        past = (now - due).astype("timedelta64[D]").astype(np.int64)
        rows.append(np.bincount(_bucket(past, edges), weights=left, minlength=len(names)))
    return pd.DataFrame(rows, index=pd.DatetimeIndex(list(map(pd.Timestamp, days))), columns=names)


def _ratio(name: str, value: float, what: str, least: float = 0.0) -> float:
    if not np.isfinite(value) or value < least:
        raise ValueError(f"{name} is {value}: expected {what}, {least:g} or more")
    return float(value)


def days_sales_outstanding(receivables: float, credit_sales: float, days: float) -> float:
    """How many days of sales are still unpaid (DSO, 应收账款周转天数)?

    Parameters
    ----------
    receivables : open at the end of the time (currency).
    credit_sales : sold on credit within it (currency), above zero.
    days : length of it, above zero.

    Returns
    -------
    float : receivables / credit sales x days.

    Raises
    ------
    ValueError : receivables below zero (a net credit balance is no receivable), no sales, no days.

    Notes
    -----
    A season moves it though everybody pays as before. Over fewer days than customers wait it falls
    in the months of high sales and rises after them; over more days than they wait it rises in
    them and falls after. So look at it over the same months of each year, or over twelve months.
    """
    owed = _ratio("receivables", receivables, "an amount owed to us")
    if not credit_sales > 0 or not np.isfinite(credit_sales):
        raise ValueError(
            f"credit_sales is {credit_sales}: expected sales above zero; without sales no number "
            "of days makes up the receivables"
        )
    if not days > 0 or not np.isfinite(days):
        raise ValueError(f"days is {days}: expected the length of the time, above zero")
    return owed / credit_sales * days


def best_possible_dso(current: float, credit_sales: float, days: float) -> float:
    """How many days would be unpaid if everybody paid on the day due?

    Parameters
    ----------
    current : receivables that are not yet due (currency); the others as `days_sales_outstanding`.

    Returns
    -------
    float : current / credit sales x days. DSO less this are the days of delay.
    """
    return days_sales_outstanding(
        _ratio("current", current, "an amount not yet due"), credit_sales, days
    )


def collection_effectiveness(
    opening: float, credit_sales: float, closing: float, current: float
) -> float:
    """Which part of what could be collected was collected (CEI)?

    Parameters
    ----------
    opening, closing : receivables at the start and at the end (currency).
    credit_sales : sold on credit in between.
    current : part of the closing receivables that is not yet due.

    Returns
    -------
    float : (opening + sales - closing) / (opening + sales - current); 1 where nothing is past due.

    Raises
    ------
    ValueError : amounts below zero, current above closing, nothing that could be collected.
    """
    start, sold, end, due_later = (
        _ratio(name, value, "an amount")
        for name, value in (
            ("opening", opening), ("credit_sales", credit_sales), ("closing", closing),
            ("current", current),
        )
    )  # fmt: skip
    if due_later > end:
        raise ValueError(
            f"current is {due_later:g}, more than closing ({end:g}): it is the part "
            "of closing that "
            "is not yet due"
        )
    could = start + sold - due_later
    if not could > 0:
        raise ValueError(
            "opening + credit_sales - current is not above zero: nothing could be collected, so no "
            "share of it is defined"
        )
    return (start + sold - end) / could


def late_share(invoices: pd.DataFrame, as_of: Any) -> LateShare:
    """Which share of the invoices was late, by count and by money?

    Parameters
    ----------
    invoices : DataFrame, one row per invoice; credit notes are left out.
    as_of : the day of the look.

    Returns
    -------
    LateShare : late are those paid after the day due and those still open past it; not late those
        paid by then. An open invoice that is not yet due is undecided and left out. Beside it the
        shares over paid invoices alone, which leave the worst payers out.

    Raises
    ------
    ValueError : what `known_on` refuses; no invoice that can be judged.
    """
    judged = judged_bills(known_on(invoices, as_of), _day(as_of))
    kept = judged[judged["fate"] != ""]
    if kept.empty:
        raise ValueError(
            f"invoices: none of {len(judged)} can be judged on "
            f"{_day(as_of):%Y-%m-%d}: all are open "
            "and not yet due, or paid without a date; give a later as_of"
        )
    late, amount = (kept["fate"] != "on time").to_numpy(), kept["amount"].to_numpy()
    paid = (kept["fate"] != "open late").to_numpy()
    both = late & paid
    return LateShare(
        by_count=float(late.mean()),
        by_money=float(amount[late].sum() / amount.sum()),
        judged=len(kept),
        late=int(late.sum()),
        open_late=int((~paid).sum()),
        undecided=int(((judged["fate"] == "") & ~judged["undated"]).sum()),
        undated=int(judged["undated"].sum()),
        paid_count=float(both.sum() / paid.sum()) if paid.any() else np.nan,
        paid_money=float(amount[both].sum() / amount[paid].sum()) if paid.any() else np.nan,
    )


def judged_bills(known: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Invoices above zero with their fate: "on time", "paid late", "open late", or "" where it is
    not known.
    """
    found = known[known["amount"] > 0]
    settled, due = found["settled"], found["due"]
    fate = np.select(
        [
            found["undated"],
            settled.notna() & (settled <= due),
            settled.notna(),
            (found["open"] > 0) & (due < day),
        ],
        ["", "on time", "paid late", "open late"],
        "",
    )
    return found.assign(fate=fate)


def days_to_pay(invoices: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """How long does an invoice stay unpaid, the open ones counted for as long as they are known?

    Parameters
    ----------
    invoices : DataFrame with issue too; credit notes and payments without a date are left out.
    as_of : the day of the look.

    Returns
    -------
    DataFrame by days since issue: unpaid (share of the invoices, Kaplan-Meier), paid_only (share of
        those that are paid by now that were still unpaid then, which leaves the open ones out).
        No rows where none is paid.

    Raises
    ------
    ValueError : what `known_on` refuses; only credit notes.

    Notes
    -----
    S(t) = prod over days u <= t of (1 - paid on u / unpaid and known before u).

    References
    ----------
    Kaplan & Meier 1958, J. American Statistical Association 53(282).
    """
    found, day = known_on(invoices, as_of, ["issue"]), _day(as_of)
    time, paid = durations(found, day)
    if time.empty:
        raise ValueError(
            "invoices: all are credit notes or paid without a date; none was waited for"
        )
    curve = SurvfuncRight(time.to_numpy(dtype=float), paid.to_numpy(dtype=int))
    table = pd.DataFrame({"unpaid": curve.surv_prob}, index=curve.surv_times.astype(int))
    known = np.sort(time[paid].to_numpy())
    after = len(known) - np.searchsorted(known, table.index.to_numpy(), side="right")
    table["paid_only"] = after / max(len(known), 1)
    return table.rename_axis("days")


def durations(known: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.Series, pd.Series]:
    """Days from issue to payment, or to the day of the look while open; and whether it is paid."""
    found = known[(known["amount"] > 0) & ~known["undated"]]
    paid = found["settled"].notna()
    end = found["settled"].fillna(day)
    return (end - found["issue"]).dt.days, paid


def typical_days(time: pd.Series, paid: pd.Series) -> float:
    """Days after which half of the invoices are paid, the open ones counted for as long as they are
    known (Kaplan-Meier); missing where not half are paid yet. ``time`` and ``paid`` from
    `durations`.
    """
    if not len(time):
        return np.nan
    curve = SurvfuncRight(time.to_numpy(dtype=float), paid.to_numpy(dtype=int))
    return float(curve.quantile(0.5))


def open_long(
    invoices: pd.DataFrame, as_of: Any, days: int = LONG, by: pd.Series | None = None
) -> pd.DataFrame:
    """Which part of the money is still open so many days after it was due?

    Parameters
    ----------
    days : days past due after which money counts as hardly to be had, 0 or more.
    by : Series by the index of ``invoices`` (a grade, a group); one group "all" without it.

    Returns
    -------
    DataFrame by group: invoices (above zero and due so long ago), amount, open, share. A group
        without such an invoice has no row.
    """
    _ratio("days", days, "days past due")
    found = known_on(invoices, as_of)
    old = (found["amount"] > 0) & ((_day(as_of) - found["due"]).dt.days > days)
    found = found[old]
    group = pd.Series("all", index=found.index) if by is None else by.reindex(found.index)
    table = found.groupby(group).agg(
        invoices=("amount", "size"), amount=("amount", "sum"), open=("open", "sum")
    )
    table["share"] = table["open"] / table["amount"]
    return table.rename_axis("group")


def account_states(
    invoices: pd.DataFrame, days: Sequence[Any], as_of: Any, edges: Sequence[float] = EDGES
) -> pd.DataFrame:
    """In which state is each account at the end of each month?

    Parameters
    ----------
    invoices : DataFrame, one row per invoice; credit notes and payments without a date are left
        out.
    days : ends of months in their order, none after ``as_of``.
    as_of : the day up to which payments are known.
    edges : days past due at which states end.

    Returns
    -------
    DataFrame accounts x days: the state by the oldest invoice that is past due and not paid in full
        ("current", "1-30", ..., "over 90"); missing before the first day that is followed by a due
        date of the account.
    """
    found, names = known_on(invoices, as_of), state_names(edges)
    found = found[(found["amount"] > 0) & ~found["undated"]]
    if found.empty:
        raise ValueError(
            "invoices: all are credit notes or paid without a date; no account has a state"
        )
    ids, row = np.unique(
        found["account_id"].to_numpy(dtype=object).astype(str), return_inverse=True
    )
    due, settled = found["due"].to_numpy(), found["settled"].to_numpy()
    ends = pd.DatetimeIndex([_day(each, "days") for each in days])
    if not len(ends) or not ends.is_monotonic_increasing or ends[-1] > _day(as_of):
        raise ValueError("days: expected ends of months in their order, none after as_of")
    states = np.zeros((len(ids), len(ends)), dtype=np.int64)
    for place, end in enumerate(ends.to_numpy().astype("datetime64[s]")):
        behind = (due < end) & ~(settled <= end)
        past = (end - due[behind]).astype("timedelta64[D]").astype(np.int64)
        np.maximum.at(states[:, place], row[behind], _bucket(past, edges))
    first = found.groupby(row)["due"].min().to_numpy().astype("datetime64[s]")
    following = np.append(
        ends.to_numpy().astype("datetime64[s]")[1:], np.datetime64("2262-01-01", "s")
    )
    named = np.array(names, dtype=object)[states]
    named[following[None, :] < first[:, None]] = None
    return pd.DataFrame(named, index=pd.Index(ids, name="account_id"), columns=ends)


def _coded(
    states: pd.DataFrame, order: Sequence[str] | None
) -> tuple[npt.NDArray[np.int64], list[str]]:
    if not isinstance(states, pd.DataFrame) or states.shape[1] < 2 or not len(states):
        shape = states.shape if isinstance(states, pd.DataFrame) else type(states).__name__
        raise ValueError(
            f"states is {shape}: expected a DataFrame of accounts x months with two months or more"
        )
    there = set(pd.unique(states.to_numpy().ravel())) - {None, np.nan}
    there = {str(name) for name in there if not pd.isna(name)}
    names = list(order) if order else [n for n in state_names() if n in there] or sorted(there)
    if not order and there - set(names):
        names = sorted(there)
    if odd := there - set(names):
        raise ValueError(
            f"states holds {some(sorted(odd))}, which are not in order ({some(names)})"
        )
    place = {name: number for number, name in enumerate(names)}
    flat = [
        place.get(str(value), -1) if value is not None else -1
        for value in states.to_numpy().ravel()
    ]
    return np.array(flat, dtype=np.int64).reshape(states.shape), names


def roll_counts(states: pd.DataFrame, order: Sequence[str] | None = None) -> pd.DataFrame:
    """How often did each account go from one state to another within a month?

    Returns
    -------
    DataFrame by account, one column per pair (from, to); see `roll_rates`.
    """
    codes, names = _coded(states, order)
    n = len(names)
    before, after = codes[:, :-1], codes[:, 1:]
    seen = (before >= 0) & (after >= 0)
    pair = np.where(seen, before * n + after, n * n)
    each = pair + np.arange(len(codes))[:, None] * (n * n + 1)
    counts = np.bincount(each.ravel(), minlength=len(codes) * (n * n + 1)).reshape(len(codes), -1)
    columns = pd.MultiIndex.from_product([names, names], names=["from", "to"])
    return pd.DataFrame(counts[:, :-1], index=states.index, columns=columns)


def roll_rates(states: pd.DataFrame, order: Sequence[str] | None = None) -> pd.DataFrame:
    """Of the accounts in one state, which part is in each state a month later (滚动率)?

    Parameters
    ----------
    states : DataFrame accounts x months in their order, of state names, missing where not known.
    order : the states from the best to the worst; by default those of `state_names`, or the order
        of the alphabet.

    Returns
    -------
    DataFrame from (rows) x to (columns): shares that add up to 1 in each row. A state that no
        account was ever seen to leave or to keep has no row.

    Raises
    ------
    ValueError : fewer than two months, a state that ``order`` lacks, no transition at all.

    References
    ----------
    Cyert, Davidson & Thompson 1962, Estimation of the allowance for doubtful accounts by Markov
    chains, Management Science 8(3).
    """
    counts = roll_counts(states, order).sum().unstack("to")
    names = list(dict.fromkeys(counts.columns))
    order = list(order) if order else [n for n in state_names() if n in names] or names
    counts = counts.reindex(index=order, columns=order).fillna(0)
    whole = counts.sum(axis=1)
    if not whole.sum():
        raise ValueError("states: no account is known in two months that follow each other")
    return counts[whole > 0].div(whole[whole > 0], axis=0)


def chance_of_rolling(rates: pd.DataFrame, to: str = "over 90", cured: str = CURRENT) -> pd.Series:
    """With which chance does an account get to the last state before it is cured?

    Parameters
    ----------
    rates : square DataFrame of monthly transition shares, rows sum to 1; see `roll_rates`.
    to, cured : the two states at which we stop looking.

    Returns
    -------
    Series by the states between them: chance to reach ``to`` before ``cured``.

    Raises
    ------
    ValueError : a matrix that is not square, with shares outside 0 to 1 or rows that do not sum to
        1; states that it lacks; no state between the two; a state that is never left.

    Notes
    -----
    (I - Q)^-1 R: Q are the rates among the states between, R those into ``to``. The months are
    taken to be alike, and an account's past beyond its state to say nothing.

    References
    ----------
    Kemeny & Snell 1960, Finite Markov Chains, theorem 3.3.7.
    """
    need_columns(rates, (), "rates")
    if list(rates.index) != list(rates.columns):
        raise ValueError(
            f"rates has rows {some(rates.index)} and columns {some(rates.columns)}: expected the "
            "same states in the same order"
        )
    values = rates.to_numpy(dtype=float)
    if (values < 0).any() or not np.allclose(values.sum(axis=1), 1, atol=ROUNDING):
        raise ValueError("rates: expected shares of 0 or more whose rows sum to 1")
    for name, state in (("to", to), ("cured", cured)):
        if state not in rates.index:
            close = nearest(state, list(map(str, rates.index)))
            raise ValueError(f"{name} is {state!r}; {close or 'rates has ' + some(rates.index)}")
    between = [state for state in rates.index if state not in (to, cured)]
    if to == cured or not between:
        raise ValueError("rates: no state lies between to and cured, so nothing rolls")
    stuck = [state for state in between if rates.loc[state, state] >= 1 - ROUNDING]
    if stuck:
        raise ValueError(
            f"rates: {some(stuck)} is never left: nobody there is cured or gets further"
        )
    inner = np.eye(len(between)) - rates.loc[between, between].to_numpy()
    try:
        found = np.linalg.solve(inner, rates.loc[between, to].to_numpy(dtype=float))
    except np.linalg.LinAlgError:
        raise ValueError("rates: some states are never left together; merge them") from None
    return pd.Series(found, index=pd.Index(between, name="from"), name="chance")


def growth_of_falling_behind(states: pd.DataFrame) -> Interval:
    """By which factor does the chance to fall behind grow in a year?

    Parameters
    ----------
    states : accounts x ends of months, from `account_states`; two years or more.

    Returns
    -------
    Interval : factor a year (1 is no growth) with its 95 % limits, errors clustered by account. Of
        the accounts that were current a month ago; Poisson regression on the calendar year.

    Raises
    ------
    ValueError : columns that are no days; fewer than two years in which accounts fell behind; one
        account.
    """
    ends = states.columns
    if not isinstance(ends, pd.DatetimeIndex):
        raise ValueError("states: expected ends of months as columns, from account_states")
    before, after = states.iloc[:, :-1].to_numpy(), states.iloc[:, 1:].to_numpy()
    at_risk = (before == CURRENT) & ~pd.isna(after)
    fell = at_risk & (after != CURRENT)
    years = ends[1:].year
    rows = [
        pd.DataFrame(
            {
                "account": np.arange(len(states)),
                "year": year,
                "months": at_risk[:, years == year].sum(axis=1),
                "fell": fell[:, years == year].sum(axis=1),
            }
        )
        for year in sorted(set(years))
    ]
    table = pd.concat(rows, ignore_index=True)
    table = table[table["months"] > 0]
    per_year = table.groupby("year")["fell"].sum()
    if (per_year > 0).sum() < 2 or table["account"].nunique() < 2:
        raise ValueError(
            "states: accounts fell behind in fewer than two years, or there is one account only; a "
            "growth takes more months"
        )
    design = sm.add_constant((table["year"] - table["year"].min()).to_numpy(dtype=float))
    model = sm.GLM(
        table["fell"].to_numpy(dtype=float),
        design,
        family=sm.families.Poisson(),
        exposure=table["months"].to_numpy(dtype=float),
    ).fit(cov_type="cluster", cov_kwds={"groups": table["account"].to_numpy()})
    low, high = model.conf_int()[1]
    return Interval(*(float(np.exp(value)) for value in (model.params[1], low, high)))
