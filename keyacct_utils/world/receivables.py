"""Invoices and how they are paid: one ageing state per account and month, drawn from a roll-rate
matrix. And a trial of reminders, for lesson 08.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from keyacct_utils.world.margins import COST_OF_CAPITAL
from keyacct_utils.world.plan import first_day
from keyacct_utils.world.upstream import Built, Upstream, book_start, month_starts

#: Ageing states at the end of a month: nothing past due, oldest open invoice 1-30, 31-60, 61-90,
#: over 90 days past due.
STATES = ("current", "1-30", "31-60", "61-90", "90+")
#: Monthly transitions by payment class; an invoice ages by one state a month at most.
ROLL = {
    "A": (
        (0.982, 0.018, 0, 0, 0),
        (0.640, 0.120, 0.240, 0, 0),
        (0.420, 0.110, 0.100, 0.370, 0),
        (0.330, 0.080, 0.060, 0.120, 0.410),
        (0.170, 0.050, 0.040, 0.040, 0.700),
    ),
    "B": (
        (0.942, 0.058, 0, 0, 0),
        (0.560, 0.130, 0.310, 0, 0),
        (0.340, 0.120, 0.110, 0.430, 0),
        (0.260, 0.080, 0.080, 0.140, 0.440),
        (0.130, 0.040, 0.040, 0.040, 0.750),
    ),
    "C": (
        (0.870, 0.130, 0, 0, 0),
        (0.460, 0.170, 0.370, 0, 0),
        (0.260, 0.120, 0.130, 0.490, 0),
        (0.200, 0.080, 0.080, 0.170, 0.470),
        (0.090, 0.040, 0.040, 0.040, 0.790),
    ),
}  # fmt: skip
#: Arrears creep up: the chance to fall behind grows by this factor a year.
CREEP = 1.14
#: Months from the month of issue to the month in which payment is due (on the 20th).
TERM_MONTHS = {"T1": 1, "T2": 2, "T3": 3}
DUE_DAY = 20
#: Months after the last invoice for which payments are known: as_of is the last day of March.
AFTER = 3
#: Share of payments made after the due day but within the month, by payment class.
LATE_IN_MONTH = {"A": 0.06, "B": 0.20, "C": 0.35}
#: Open share of the year's invoices planted by role; "recovery_exact" gives 90 % to the cent.
OPEN_SHARE = {"recovery_exact": 100, "recovery_only": 135}
#: No other recovery lies nearer to 90 % than this.
RECOVERY_LIMIT, RECOVERY_CLEAR = 0.90, 0.008
NEVER = 9_999
PART_PAID = 0.3
#: Shares of the payment classes A, B and C in a book that is drawn for itself.
EVEN_CLASSES = (0.56, 0.29, 0.15)
#: Roles whose class does not hang on the recovery.
FREE_ROLES = ("plain", "important", "between", "clear_35kv", "clear_110kv")
#: A yuan sold at terms T3 is worth this much less than one at T1, after interest and default: the
#: aim of `_shape_terms`, of which `t3_aimed_at` says what its last step makes.
T3_PENALTY = 0.024
#: A reminder lifts the share of overdue bills that is paid within 30 days by so much.
REMINDER_LIFT = 0.09
#: That share without a reminder, by payment class; and how often a clerk who chooses sends one.
PAID_UNREMINDED = {"A": 0.75, "B": 0.50, "C": 0.20}
CHOSEN = {"A": 0.08, "B": 0.50, "C": 0.95}
#: Bills of the trial per account, and the share of them for which a lot decides.
BILLS_EACH, BY_LOT = 5, 0.55
#: Days of January and February after the book on which it was decided.
TRIAL_DAYS = 40


def roll_matrices(months: int) -> dict[str, np.ndarray]:
    """The planted transition matrices by payment class (months x 5 x 5): the first row worsens
    with the years.
    """
    out = {}
    for quality, rows in ROLL.items():
        matrix = np.repeat(np.array(rows, dtype=float)[None], months, axis=0)
        matrix[:, 0, 1] *= CREEP ** (np.arange(months) // 12)
        matrix[:, 0, 0] = 1 - matrix[:, 0, 1]
        out[quality] = matrix
    return out


def ageing_states(
    rng: np.random.Generator, latent: pd.DataFrame, first_due: np.ndarray, months: int
) -> np.ndarray:
    """Ageing state of each account at the end of each month (accounts x months), 0 until the first
    payment is due.
    """
    matrices = roll_matrices(months)
    codes = latent["quality"].map({q: i for i, q in enumerate(matrices)}).to_numpy()
    edges = np.cumsum(np.stack(list(matrices.values())), axis=3)
    draws = rng.random((len(latent), months))
    state = np.zeros((len(latent), months), dtype=np.int64)
    for t in range(1, months):
        row = edges[codes, t, state[:, t - 1]]
        drawn = np.minimum(
            (draws[:, t, None] > row).sum(axis=1), np.minimum(state[:, t - 1] + 1, 4)
        )
        state[:, t] = np.where(t >= first_due, drawn, 0)
    return state


def payment_months(state: np.ndarray) -> np.ndarray:
    """Month in which the bills due in a month are paid (accounts x due months), oldest first; NEVER
    while open.

    An invoice due in month d is t - d + 1 months old at the end of month t; when the account's
    state falls to s, all bills older than s months are paid.
    """
    n, months = state.shape
    paid = np.full((n, months), NEVER)
    due = np.arange(months)
    age = np.zeros(n, dtype=np.int64)
    for t in range(months):
        age = np.where(state[:, t] == 4, np.maximum(age + 1, 4), state[:, t])
        settled = (due[None, :] <= t - age[:, None]) & (paid == NEVER)
        paid[settled] = t
    return paid


def _billed(latent: pd.DataFrame, ledger: pd.DataFrame, months: int) -> pd.DataFrame:
    """Amounts to invoice: line P monthly, S by quarter, E monthly for the larger buyers, else by
    quarter.
    """
    row = pd.Index(latent["account_id"]).get_indexer(ledger["account_id"])
    month = (
        (ledger["date"].dt.year.to_numpy() - first_day(months).year) * 12
        + ledger["date"].dt.month.to_numpy()
        - 1
    )
    cents = np.rint(ledger["revenue"].to_numpy() * 100).astype(np.int64)
    line = ledger["line"].to_numpy()
    equipment = np.bincount(row[line == "E"], weights=cents[line == "E"], minlength=len(latent))
    often = equipment >= np.quantile(equipment[equipment > 0], 0.6)
    quarterly = (line == "S") | ((line == "E") & ~often[row])
    issue = np.where(quarterly, month // 3 * 3 + 2, month)
    bills = pd.DataFrame({"issue": issue, "row": row, "line": line, "cents": cents})
    return (
        bills.groupby(["issue", "row", "line"], as_index=False)["cents"]
        .sum()
        .query("cents != 0")
        .reset_index(drop=True)
    )


def _leave_open(bills: pd.DataFrame, mask: np.ndarray, permille: int, horizon: int) -> None:
    """Make exactly permille / 1000 of the masked bills' total open: the latest stay open, the
    oldest of them in part.
    """
    chosen = bills.index[mask][np.argsort(bills.loc[mask, "issue"], kind="stable")]
    amounts = bills.loc[chosen, "cents"].to_numpy()
    target = int(amounts.sum()) * permille // 1000
    tail = np.cumsum(amounts[::-1])[::-1]
    is_open = tail - amounts < target
    part = amounts * ~is_open
    first = int(np.argmax(is_open))
    part[first] = tail[first] - target
    paid_in = np.minimum(bills.loc[chosen, "paid_in"].to_numpy(), horizon)
    paid_in = np.maximum(paid_in, bills.loc[chosen, "due_in"].to_numpy())
    bills.loc[chosen, "paid_cents"] = part
    bills.loc[chosen, "paid_in"] = np.where(part > 0, paid_in, NEVER)


def _settle(bills: pd.DataFrame, mask: np.ndarray, horizon: int) -> None:
    """Pay all masked bills in full by the horizon."""
    late = mask & (bills["paid_cents"] < bills["cents"]).to_numpy()
    bills.loc[late, "paid_in"] = np.maximum(horizon - 1, bills.loc[late, "due_in"])
    bills.loc[late, "paid_cents"] = bills.loc[late, "cents"]


def recovery(bills: pd.DataFrame, accounts: int, months: int) -> np.ndarray:
    """Share of the last year's line-P invoices that is paid, by account."""
    part = bills[(bills["line"] == "P") & (bills["issue"] >= months - 12)]
    paid = np.bincount(part["row"], weights=part["paid_cents"], minlength=accounts)
    return paid / np.maximum(np.bincount(part["row"], weights=part["cents"], minlength=accounts), 1)


def part_payments(rng: np.random.Generator, bills: pd.DataFrame, months: int) -> None:
    """Some of the open bills are paid in part."""
    open_bill = (bills["paid_in"] == NEVER).to_numpy()
    part = open_bill & (rng.random(len(bills)) < PART_PAID)
    share = rng.integers(15, 60, len(bills))
    bills.loc[part, "paid_cents"] = (bills["cents"] * share // 100)[part]
    bills.loc[part, "paid_in"] = months + AFTER - 1


def _shape_recovery(bills: pd.DataFrame, latent: pd.DataFrame, months: int) -> None:
    """The planted recoveries; every other account is moved clear of the threshold."""
    horizon = months + AFTER - 1
    year = ((bills["line"] == "P") & (bills["issue"] >= months - 12)).to_numpy()
    rows = bills["row"].to_numpy()
    role = latent["role"].to_numpy()
    planted = np.isin(role, list(OPEN_SHARE))
    needs = ~planted & ~np.isin(role, FREE_ROLES)
    for account in np.flatnonzero(planted):
        _leave_open(bills, year & (rows == account), OPEN_SHARE[role[account]], horizon)
    value = recovery(bills, len(latent), months)
    near = (np.abs(value - RECOVERY_LIMIT) < RECOVERY_CLEAR) & ~planted
    _settle(bills, np.isin(rows, np.flatnonzero(near | (needs & (value < 0.91)))), horizon)


def worth(bills: pd.DataFrame, latent: pd.DataFrame, months: int) -> dict[str, float]:
    """Worth on the day of issue of one yuan invoiced, by terms: line P, last year, what is open at
    as_of counted as lost.
    """
    part = bills[(bills["line"] == "P") & (bills["issue"] >= months - 12)]
    days = (_paid_day(part, latent, months) - _day(part["issue"].to_numpy() + 1, 0, months)).astype(
        int
    )
    value = part["paid_cents"] * (1 + COST_OF_CAPITAL) ** (-days / 365)
    terms = latent["terms"].to_numpy()[part["row"]]
    return {
        term: float(value[terms == term].sum() / max(part["cents"][terms == term].sum(), 1))
        for term in TERM_MONTHS
    }


def _shape_terms(bills: pd.DataFrame, latent: pd.DataFrame, months: int) -> None:
    """Make long terms cost what is planted: some T3 accounts fail in January with the last three
    bills open.
    """
    horizon = months + AFTER - 1
    rows = bills["row"].to_numpy()
    year = ((bills["line"] == "P") & (bills["issue"] >= months - 12)).to_numpy()
    late = (latent["terms"] == "T3").to_numpy()
    usable = late & np.isin(latent["role"], FREE_ROLES)
    _settle(bills, np.isin(rows, np.flatnonzero(usable)), horizon)
    now = worth(bills, latent, months)
    invoiced = np.bincount(
        rows[year], weights=bills["cents"].to_numpy()[year], minlength=len(latent)
    )
    excess = (now["T3"] - (1 - T3_PENALTY) * now["T1"]) * invoiced[late].sum()
    discount = (1 + COST_OF_CAPITAL) ** (-31 * TERM_MONTHS["T3"] / 365)
    for account in np.argsort(-np.where(usable, latent["risk"], -np.inf), kind="stable")[
        : int(usable.sum())
    ]:
        own = year & (rows == account)
        last = own & (bills["due_in"] >= months).to_numpy()
        full = bills.loc[last, "cents"].sum() * discount
        if excess < 0.03 * invoiced[account]:
            if excess < 0.001 * invoiced[late].sum() * T3_PENALTY:
                break
            continue
        permille = int(min(excess, full) / discount / invoiced[account] * 1000)
        if abs(permille - 100) <= 1000 * RECOVERY_CLEAR:
            permille = 90
        _leave_open(bills, own, permille, horizon)
        excess -= permille / 1000 * invoiced[account] * discount


def t3_aimed_at(accounts: int = 3_000, months: int = 48) -> float:
    """How much less than T1 does the last step make T3 worth, by its parameters alone?

    A book of its own, in which all accounts buy the same each month, goes the way of the invoices.
    What comes out is above T3_PENALTY by .3 %: the step takes what it leaves open to have been paid
    after 31 days for each month of terms, and such bills are paid some 20 days earlier, so that
    each yuan left open takes off more than it reckons.
    """
    rng = np.random.default_rng(0)
    latent = pd.DataFrame(
        {
            "quality": rng.choice(list(ROLL), accounts, p=EVEN_CLASSES),
            "terms": rng.choice(list(TERM_MONTHS), accounts),
            "role": FREE_ROLES[0],
            "risk": rng.random(accounts),
        }
    )
    row, issue = np.divmod(np.arange(accounts * months), months)
    bills = pd.DataFrame({"issue": issue, "row": row, "line": "P", "cents": 10_000})
    pay(lambda name: rng, bills, latent, np.zeros(accounts, dtype=np.int64), months)
    part_payments(rng, bills, months)
    _shape_recovery(bills, latent, months)
    _shape_terms(bills, latent, months)
    found = worth(bills, latent, months)
    return 1 - found["T3"] / found["T1"]


def build_invoices(
    streams: Callable[[str], np.random.Generator],
    latent: pd.DataFrame,
    ledger: pd.DataFrame,
    months: int,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """The invoices with their payments up to the end of March after the book, and what was planted
    in them.
    """
    bills = _billed(latent, ledger, months)
    first_due = pay(
        streams,
        bills,
        latent,
        np.where(latent["new"], months - 24 + latent["start_month"], 0),
        months,
    )
    part_payments(streams("invoices.parts"), bills, months)
    _shape_recovery(bills, latent, months)
    _shape_terms(bills, latent, months)
    return invoice_table(bills, latent, months), _truth(bills, latent, first_due, months)


def pay(
    streams: Callable[[str], np.random.Generator],
    bills: pd.DataFrame,
    latent: pd.DataFrame,
    begin: np.ndarray,
    months: int,
) -> np.ndarray:
    """Add to the bills (issue, row, line, cents) when they are due and what is paid when; the first
    month due by account.

    ``latent`` needs terms and quality; ``begin`` is the first month of each account.
    """
    rng = streams("invoices.days")
    bills["draw"], bills["slow"] = rng.random(len(bills)), rng.random(len(bills))
    term = latent["terms"].map(TERM_MONTHS).to_numpy()
    first_due = np.asarray(begin + term)
    state = ageing_states(streams("invoices.states"), latent, first_due, months + AFTER)
    bills["due_in"] = bills["issue"] + term[bills["row"]]
    bills["paid_in"] = payment_months(state)[bills["row"], bills["due_in"]]
    bills["paid_cents"] = np.where(bills["paid_in"] == NEVER, 0, bills["cents"])
    note = (bills["cents"] < 0).to_numpy()
    bills.loc[note, "paid_in"] = bills.loc[note, "issue"]
    bills.loc[note, "paid_cents"] = bills.loc[note, "cents"]
    return first_due


def _truth(
    bills: pd.DataFrame, latent: pd.DataFrame, first_due: np.ndarray, months: int
) -> dict[str, object]:
    """Roll rates as planted and as expected over all accounts, and the worth of the terms."""
    matrices = roll_matrices(months)
    flow = np.zeros((5, 5))
    for quality, matrix in matrices.items():
        starts = first_due[(latent["quality"] == quality).to_numpy()]
        occupied = np.zeros(5)
        for t in range(1, months):
            occupied[0] += (starts == t).sum()
            step = occupied[:, None] * matrix[t]
            flow += step
            occupied = step.sum(axis=0)
    value = worth(bills, latent, months)
    share = latent["quality"].value_counts().sort_index()
    return {
        "states": list(STATES),
        "roll_by_quality_first_year": {
            quality: [list(row) for row in rows] for quality, rows in ROLL.items()
        },
        "accounts_by_quality": {str(quality): int(count) for quality, count in share.items()},
        "yearly_growth_of_falling_behind": CREEP,
        "roll_all_accounts_expected": np.round(flow / flow.sum(axis=1, keepdims=True), 4).tolist(),
        "roll_tolerance": 0.08,
        "state_of_account": (
            "end of month; oldest invoice that is due and not paid in full, all lines"
        ),
        "cost_of_capital": COST_OF_CAPITAL,
        "worth_of_one_yuan_by_terms": {term: round(x, 5) for term, x in value.items()},
        "t3_worth_less_than_t1": round(1 - value["T3"] / value["T1"], 5) if value["T1"] else None,
        "worth_counts": (
            "line-P invoices issued in the last year; open at "
            "as_of = lost; discounted from paid_date to issue"
        ),
    }


def _day(month: np.ndarray, number: np.ndarray | int, months: int) -> np.ndarray:
    first = np.datetime64(first_day(months), "M")
    return (first + month.astype("timedelta64[M]")).astype("datetime64[D]") + (
        np.asarray(number) - 1
    ).astype("timedelta64[D]")


def _paid_day(bills: pd.DataFrame, latent: pd.DataFrame, months: int) -> np.ndarray:
    """Day of the last payment: around the 20th in the month due, any day of a later one;
    meaningless while unpaid.
    """
    slow = bills["slow"] < latent["quality"].map(LATE_IN_MONTH).to_numpy()[bills["row"]]
    on_time = bills["paid_in"] == bills["due_in"]
    number = np.where(
        on_time,
        np.where(slow, 21 + bills["draw"] * 7, 4 + bills["draw"] * 17),
        1 + bills["draw"] * 28,
    ).astype(int)
    paid = _day(np.where(bills["paid_in"] == NEVER, 0, bills["paid_in"]), number, months)
    return np.where(bills["cents"] < 0, _day(bills["issue"].to_numpy() + 1, 0, months), paid)


def invoice_table(bills: pd.DataFrame, latent: pd.DataFrame, months: int) -> pd.DataFrame:
    """The bills as the table ``invoices``."""
    paid = pd.Series(_paid_day(bills, latent, months).astype("datetime64[s]"))
    return pd.DataFrame({
        "invoice_id": [f"I{i:06d}" for i in range(1, len(bills) + 1)],
        "account_id": latent["account_id"].to_numpy()[bills["row"]],
        "line": bills["line"].to_numpy(),
        "issue": _day(bills["issue"].to_numpy() + 1, 0, months).astype("datetime64[s]"),
        "due": _day(bills["due_in"].to_numpy(), DUE_DAY, months).astype("datetime64[s]"),
        "amount": bills["cents"].to_numpy() / 100,
        "paid_date": paid.mask((bills["paid_in"] == NEVER).to_numpy()),
        "paid_amount": bills["paid_cents"].to_numpy() / 100,
        "terms_code": latent["terms"].to_numpy()[bills["row"]],
    })  # fmt: skip


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Small bills for connection work, none of them among the invoices, that were overdue after the
    last month of the book: for some a lot decided who was reminded, for others a clerk.

    Reads latent and ledger.
    """
    latent = upstream["latent"]
    row = np.sort(rng.integers(0, len(latent), BILLS_EACH * len(latent)))
    quality = latent["quality"].to_numpy()[row]
    by_lot = rng.random(len(row)) < BY_LOT
    sent = np.where(by_lot, 0.5, pd.Series(quality).map(CHOSEN).to_numpy())
    reminded = rng.random(len(row)) < sent
    pays = pd.Series(quality).map(PAID_UNREMINDED).to_numpy() + REMINDER_LIFT * reminded
    first = month_starts(book_start(upstream), np.array([months]))[0]
    day = np.datetime64(first, "D") + rng.integers(0, TRIAL_DAYS, len(row))
    table = pd.DataFrame(
        {
            "reminder_id": [f"Q{i:05d}" for i in range(1, len(row) + 1)],
            "account_id": latent["account_id"].to_numpy()[row],
            "date": day.astype("datetime64[s]"),
            "amount": np.round(rng.lognormal(8, 0.8, len(row)), 2),
            "by_lot": by_lot.astype(int),
            "reminded": reminded.astype(int),
            "paid": (rng.random(len(row)) < pays).astype(int),
        }
    )
    return {"reminders": table}, {"reminder_lift": REMINDER_LIFT}
