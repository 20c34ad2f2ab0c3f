"""Odd books of invoices: what the lesson on receivables has to stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

HEAD = "invoice_id,account_id,issue,due,amount,paid_date,paid_amount,terms_code"
Row = tuple[str, dt.date, dt.date, float, dt.date | None, str]


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _rows(
    accounts: int = 14,
    months: int = 15,
    seed: int = 1,
    terms: tuple[int, ...] = (30, 60),
    slow: float = 0.3,
    known: str = "2024-06-30",
) -> list[Row]:
    """Invoices at the end of each month; the slow part is paid late or not at all by the day."""
    rng, found = np.random.default_rng(seed), list[Row]()
    for number in range(accounts):
        wait = terms[number % len(terms)]
        for month in range(months):
            issue = dt.date(2023 + (month + 2) // 12, (month + 2) % 12 + 1, 1) - dt.timedelta(1)
            due = issue + dt.timedelta(wait)
            late = rng.random() < slow * (0.3 + number / accounts)
            paid = due + dt.timedelta(int(rng.integers(1, 150) if late else -rng.integers(0, 15)))
            when = paid if paid <= _day(known) else None
            amount = round(float(rng.lognormal(6, 1)), 2)
            found.append((f"R{number:02d}", issue, due, amount, when, f"N{wait}"))
    return found


def _csv(rows: list[Row], columns: str = HEAD) -> str:
    wanted = columns.split(",")
    lines = []
    for number, (account, issue, due, amount, paid, terms) in enumerate(rows, 1):
        every = {
            "invoice_id": f"B{number:04d}", "account_id": account, "issue": issue, "due": due,
            "amount": f"{amount:.2f}", "paid_date": paid or "", "terms_code": terms,
            "paid_amount": f"{amount:.2f}" if paid else "0.00", "disputed": int(number % 9 == 0),
        }  # fmt: skip
        lines.append(",".join(str(every[name]) for name in wanted))
    return columns + "\n" + "\n".join(lines) + "\n"


def _ledger(rows: list[Row], cost: float | None = 0.8) -> str:
    head = "account_id,date,revenue" + (",cost_goods" if cost is not None else "")
    tail = [f",{cost * row[3]:.2f}" if cost is not None else "" for row in rows]
    lines = [f"{row[0]},{row[1]},{row[3]:.2f}{end}" for row, end in zip(rows, tail, strict=True)]
    return head + "\n" + "\n".join(lines) + "\n"


AS_OF = "as_of = 2024-06-30\n"


def bills_without_a_ledger() -> dict[str, str]:
    """No ledger: revenue is what was invoiced."""
    return {"invoices.csv": _csv(_rows()), "toml": AS_OF + 'period = "2023"\ncurrency = "EUR"\n'}


def due_days_alone() -> dict[str, str]:
    """Neither a day of issue nor an as_of."""
    return {"invoices.csv": _csv(_rows(), "invoice_id,account_id,due,amount,paid_date")}


def issue_days_alone() -> dict[str, str]:
    return {"invoices.csv": _csv(_rows(), "invoice_id,account_id,issue,amount,paid_date")}


def open_items() -> dict[str, str]:
    """An export of what is open: nobody knows what was paid."""
    rows = [row for row in _rows() if row[4] is None]
    return {"invoices.csv": _csv(rows, "invoice_id,account_id,issue,due,amount"), "toml": AS_OF}


def paid_without_days() -> dict[str, str]:
    columns = "invoice_id,account_id,issue,due,amount,paid_amount"
    return {"invoices.csv": _csv(_rows(), columns), "toml": AS_OF}


def one_invoice() -> dict[str, str]:
    row: Row = ("Solo", _day("2024-01-31"), _day("2024-03-01"), 120.0, None, "N30")
    return {"invoices.csv": _csv([row]), "toml": AS_OF}


def one_invoice_not_due() -> dict[str, str]:
    row: Row = ("Solo", _day("2024-06-20"), _day("2024-07-20"), 120.0, None, "N30")
    return {"invoices.csv": _csv([row]), "toml": AS_OF}


def nobody_late() -> dict[str, str]:
    return {"invoices.csv": _csv(_rows(slow=0.0)), "toml": AS_OF}


def nobody_paid() -> dict[str, str]:
    """A column of payments with one in it, and all else open and past due."""
    rows = [(*row[:4], None, row[5]) for row in _rows(months=8)]
    rows[0] = (*rows[0][:4], rows[0][2], rows[0][5])
    return {"invoices.csv": _csv(rows), "toml": AS_OF}


def all_settled() -> dict[str, str]:
    rows = [(*row[:4], row[4] or _day("2024-06-29"), row[5]) for row in _rows(months=10)]
    return {"invoices.csv": _csv(rows), "toml": AS_OF}


def credit_notes() -> dict[str, str]:
    """Open credit notes, one account that has nothing else, and one that we owe."""
    rows = _rows(accounts=5)
    notes: list[Row] = [
        ("R00", _day("2024-02-01"), _day("2024-02-01"), -90_000.0, None, "N30"),
        ("Back", _day("2024-02-01"), _day("2024-02-01"), -50.0, None, "N30"),
        ("R01", _day("2023-05-01"), _day("2023-05-01"), -20.0, _day("2023-05-01"), "N30"),
    ]
    return {"invoices.csv": _csv(rows + notes), "toml": AS_OF}


def credit_notes_alone() -> dict[str, str]:
    rows: list[Row] = [("Back", _day("2024-02-01"), _day("2024-02-01"), -50.0, None, "N30")]
    return {"invoices.csv": _csv(rows), "toml": AS_OF}


def paid_before_issued() -> dict[str, str]:
    """Prepayments, and invoices of days after the look."""
    rows = _rows(accounts=12)
    rows = [(*row[:4], row[1] - dt.timedelta(5), row[5]) if n % 4 == 0 else row
            for n, row in enumerate(rows)]  # fmt: skip
    return {"invoices.csv": _csv(rows), "toml": "as_of = 2024-02-15\n"}


def many_terms() -> dict[str, str]:
    """Days of credit of every length, and no name for them; cash too."""
    rows = _rows(accounts=24, terms=(0, 7, 14, 21, 30, 45, 60, 75, 90, 120))
    columns = "invoice_id,account_id,issue,due,amount,paid_date"
    return {"invoices.csv": _csv(rows, columns), "toml": AS_OF, "ledger.csv": _ledger(rows)}


def one_kind_of_terms() -> dict[str, str]:
    rows = _rows(terms=(30,))
    return {"invoices.csv": _csv(rows), "toml": AS_OF, "ledger.csv": _ledger(rows, 1.1)}


def period_without_invoices() -> dict[str, str]:
    """The ledger goes on where the invoices end."""
    rows = _rows(months=6)
    later = _rows(accounts=3, months=15)
    toml = AS_OF + 'period = "2024"\n'
    return {"invoices.csv": _csv(rows), "ledger.csv": _ledger(later, None), "toml": toml}


def disputed() -> dict[str, str]:
    rows = _rows()
    return {"invoices.csv": _csv(rows, HEAD + ",disputed"), "toml": AS_OF}


def graded() -> dict[str, str]:
    """Grades that tell: the later the account, the worse."""
    rows = _rows(accounts=44, slow=0.9)
    grades = "account_id,credit_ext\n" + "".join(f"R{n:02d},{'ABCD'[n // 11]}\n" for n in range(44))
    book = {"invoices.csv": _csv(rows), "ledger.csv": _ledger(rows), "account_profile.csv": grades}
    return {**book, "toml": AS_OF}


def _trial(rows: list[tuple[str, int, int, int]], lot: bool = True) -> str:
    head = "reminder_id,account_id,reminded,paid" + (",by_lot" if lot else "")
    lines = [
        f"Q{n},{account},{sent},{paid}" + (f",{by}" if lot else "")
        for n, (account, sent, paid, by) in enumerate(rows)
    ]
    return head + "\n" + "\n".join(lines) + "\n"


def reminders_that_harm() -> dict[str, str]:
    """By choice alone, without a lot; of a ledger without invoices."""
    rows = [(f"R{n % 20:02d}", n % 2, int(n % 2 == 0 or n % 5 == 0), 0) for n in range(120)]
    return {"ledger.csv": _ledger(_rows(months=3)), "reminders.csv": _trial(rows, lot=False)}


def reminders_of_one() -> dict[str, str]:
    rows = [("R00", n % 2, n % 3 == 0, 1) for n in range(9)]
    trial = _trial([(a, b, int(c), d) for a, b, c, d in rows])
    return {"ledger.csv": _ledger(_rows(months=3)), "reminders.csv": trial}


def reminders_chosen_and_drawn() -> dict[str, str]:
    rows = [(f"R{n % 20:02d}", n % 2, int(n % 2 or n % 3 == 0), int(n < 80)) for n in range(160)]
    book = {"invoices.csv": _csv(_rows(accounts=20)), "reminders.csv": _trial(rows)}
    return {**book, "toml": AS_OF}


def goods_for_nothing() -> dict[str, str]:
    return {"ledger.csv": _ledger(_rows(months=3), 0.0)}


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        bills_without_a_ledger, due_days_alone, issue_days_alone, open_items, paid_without_days,
        one_invoice, one_invoice_not_due, nobody_late, nobody_paid, all_settled, credit_notes,
        credit_notes_alone, paid_before_issued, many_terms, one_kind_of_terms,
        period_without_invoices, disputed, graded, reminders_that_harm, reminders_of_one,
        reminders_chosen_and_drawn, goods_for_nothing,
    )
}  # fmt: skip
