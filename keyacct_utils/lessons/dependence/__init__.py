"""What if we lose one?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="19",
    topic="dependence",
    title="What if we lose one?",
    title_zh="失去一个大客户会怎样?",
    question="Who could sink us, how far would we fall, and which mix would risk less?",
    minutes=40,
    deeper_minutes=5,
    helpful=("01", "04"),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "how sure the shares are, and how accounts move with the rest"),
        Need("ledger", ("cost_goods",), "the fall of margin beside that of sales"),
        Need("ledger", ("line",), "which line depends on one account"),
        Need("accounts", ("sector",), "sectors: which depends on one, and how each moves"),
        Need("accounts", ("listed_ka",), "the share of the listed key accounts together"),
        Need("accounts", ("manager_id",), "which seller depends on one buyer"),
        Need(
            "invoices",
            ("account_id", "issue", "amount", "paid_date"),
            "the cash that the account owes on an average day",
        ),
        Need("invoices", ("paid_amount",), "the rest of a bill that was paid in part, as owed"),
        Need(
            "activities", ("account_id", "date", "minutes"), "the hours of service that fall idle"
        ),
        Need("market_index", ("month", "level"), "betas to the market and not to the rest of us"),
        Need(
            "sector_months",
            ("month", "sector", "contribution"),
            "sector betas from contributions that are adjusted for season",
        ),
        Need("sector_months", ("effort",), "the mix of effort that risks less at equal return"),
        Need(
            "account_months",
            ("month", "account_id", "contribution"),
            "accounts in conflict: one falls where the other grows",
        ),
        Need("account_profile", ("relationship_strength",), "a chance of staying by scorecard"),
    ),
    review=(
        ReviewColumn(
            "sales_fall",
            "sales fall without it",
            "share",
            meaning="fall of the book's sales without it, fraction of the sales of the period, "
            "net of returns; nobody else takes its place",
            sources=("S000-3j", "S003-10a"),
        ),
        ReviewColumn(
            "sales_left",
            "sales left without it",
            "money",
            meaning="sales of the period that the other accounts bring, each rounded to the cent, "
            "{currency}",
            sources=("S000-3j",),
            detail=True,
        ),
        ReviewColumn(
            "margin_fall",
            "margin falls without it",
            "share",
            meaning="fall of the book's margin (sales less cost of goods){rows} without it, "
            "fraction of the whole of it; below zero where the margin would rise",
            sources=("S000-3j",),
        ),
        ReviewColumn(
            "sinks_alone",
            "sinks us alone",
            meaning="yes where it alone brings more than the {cushion:percent0} of {measure} that "
            "can go before a loss (an assumption), else no; cannot be told where the costs that "
            "are missing decide it",
            sources=("S000-3j",),
        ),
        ReviewColumn(
            "beta",
            "beta",
            "points",
            meaning="change over {span}, in percent, when {market} changes by one percent; of "
            "{whose}, from growths that end in {since} to {until}",
            sources=("S003-12c",),
        ),
        ReviewColumn(
            "beta_low",
            "beta, low (95 %)",
            "points",
            meaning="lower end of the 95 % interval of the beta",
            detail=True,
        ),
        ReviewColumn(
            "beta_high",
            "beta, high (95 %)",
            "points",
            meaning="upper end of the 95 % interval of the beta",
            detail=True,
        ),
    ),
    headline=("who_could_sink_us",),
)

__getattr__, __dir__ = public(__name__, "measures", "betas", "portfolio", "findings")
