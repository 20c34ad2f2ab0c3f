"""Price or terms?"""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="08",
    topic="receivables",
    title="Price or terms?",
    title_zh="要价格还是要账期?",
    question="Who owes us how much, how late, and what discount is a prepayment worth?",
    minutes=50,
    deeper_minutes=5,
    helpful=("01", "04", "07"),
    needs=(
        Need(
            "invoices",
            ("account_id", "amount"),
            instead=("ledger", ("account_id", "revenue")),
            beyond="who owes how much",
        ),
        Need("invoices", ("due",), "which invoices are past due"),
        Need("invoices", ("issue",), "days to pay, and days of sales that are unpaid"),
        Need(
            "invoices",
            ("paid_date",),
            "which invoices were late, roll rates, and what the terms are worth",
        ),
        Need("invoices", ("paid_amount",), "part payments"),
        Need("invoices", ("terms_code",), "the terms by name; without it by their days"),
        Need("invoices", ("disputed",), "the late share without disputed invoices"),
        Need("ledger", ("cost_goods",), "the chance of payment from which credit pays"),
        Need("account_profile", ("credit_ext",), "whether a credit grade tells who pays late"),
        Need("reminders", ("account_id", "reminded", "paid"), "what a reminder brings"),
    ),
    review=(
        ReviewColumn(
            "open_amount",
            "owed",
            "money",
            meaning="owed on {day}, credit notes taken off, {currency}",
            sources=("S000-3i",),
        ),
        ReviewColumn(
            "overdue_amount",
            "past due",
            "money",
            meaning="part of it that was past due on {day}, at most what is owed: credit notes are "
            "taken off what is not yet due first, {currency}",
            sources=("S000-3i",),
        ),
        ReviewColumn(
            "oldest_days",
            "oldest, days past due",
            "count",
            meaning="days that its oldest open invoice was past due on {day}; 0 where none was",
            sources=("S000-9a",),
        ),
        ReviewColumn(
            "late_share",
            "late, of its money",
            "share",
            meaning="share of the amount of its invoices issued {when} that was paid late or is "
            "open past its day, as known on {as_of}; missing where none can be judged",
            sources=("S002-7i",),
        ),
        ReviewColumn(
            "days_to_pay",
            "days to pay",
            "days",
            meaning="mean days from issue to payment by money, of its invoices issued {when}; what "
            "is open counts up to {as_of} and may take longer, a part payment up to its last day",
            detail=True,
        ),
        ReviewColumn(
            "waiting_cost",
            "cost of waiting",
            "share",
            meaning="part of the amount of its invoices issued {when} that the wait cost at "
            "{rate:percent} a year, as a fraction; what is open counts as paid on {as_of}",
            sources=("S000-3i",),
            detail=True,
        ),
    ),
    headline=("who_owes_us", "how_late"),
)

__getattr__, __dir__ = public(__name__, "bills", "terms", "findings")
