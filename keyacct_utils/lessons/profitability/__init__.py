"""Who makes the profit?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="04",
    topic="profitability",
    title="Who makes the profit?",
    title_zh="利润究竟来自谁?",
    question=(
        "Sales grew and profit fell: which accounts did it, and what should be done about each?"
    ),
    minutes=55,
    deeper_minutes=15,
    necessary=("01",),
    needs=(
        AMOUNTS,
        Need(
            "ledger",
            ("cost_goods",),
            instead=("invoices", ("account_id", "issue", "due", "amount")),
            beyond="the profit of each account; without it the cost of credit alone is told",
        ),
        Need("ledger", ("date",), "the choice of a period, and the bridge between years"),
        Need("ledger", ("volume",), "price and unit cost in the bridge, beside the margin"),
        Need("ledger", ("line",), "each account compared with its own line"),
        Need("ledger", ("discount_pct",), "a limit of its own for each price rise"),
        Need("activities", ("account_id", "type", "date"), "the cost to serve"),
        Need("cost_pools", ("cost",), "the rates of the cost to serve"),
        Need(
            "cost_pools",
            ("visits", "calls", "quotes", "cases", "urgent_jobs"),
            "a rate of the cost to serve for each kind of activity",
        ),
        Need("invoices", ("issue", "due", "amount"), "the cost of credit"),
        Need("invoices", ("line",), "the credit of one line, apart from the others"),
        Need("invoices", ("terms_code",), "the standard days of credit"),
        Need("invoices", ("paid_date", "paid_amount"), "credit as it was taken, and arrears"),
        Need("accounts", ("listed_ka",), "the share of profit of the present list"),
        Need("account_profile", ("sales_potential",), "the accounts to grow"),
    ),
    review=(
        ReviewColumn(
            "profit",
            "profit",
            "money",
            meaning="what it leaves after the costs that are known, {currency}",
            sources=("S000-2d", "S002-4e"),
        ),
        ReviewColumn(
            "profit_known",
            "profit is",
            meaning="known; at most or at least what stands, for want of a cost of goods in some "
            "rows; unknown where no row has one; part assumed by standard_cost of book.toml",
        ),
        ReviewColumn(
            "uncosted",
            "revenue without a cost",
            "money",
            meaning="revenue of the rows that have no cost of goods, {currency}",
        ),
        ReviewColumn(
            "profit_rank",
            "rank by profit",
            "rank",
            meaning="rank by profit{bound}, ties by account_id",
        ),
        ReviewColumn(
            "gross_profit",
            "gross profit",
            "money",
            meaning="revenue less cost of goods, {currency}",
            sources=("S002-4e",),
            detail=True,
        ),
        ReviewColumn(
            "credit",
            "cost of credit",
            "money",
            meaning="cost of the credit it takes, {currency}; empty where it is not known",
            sources=("S000-3i", "S002-4e"),
            detail=True,
        ),
        ReviewColumn(
            "service",
            "cost to serve",
            "money",
            meaning="cost to serve, {currency}; empty where it is not known",
            sources=("S000-2d",),
            detail=True,
        ),
        ReviewColumn(
            "action",
            "suggested action",
            meaning="what the rules of S002-8b and S002-1m say",
            last=True,
        ),
        ReviewColumn(
            "why",
            "why",
            meaning="the condition of the rule that the account meets, and its source",
            last=True,
        ),
        ReviewColumn(
            "loss_from",
            "the loss comes from",
            meaning="what turns it into a loss: goods, credit, service, or none",
            last=True,
        ),
        ReviewColumn(
            "needed_rise",
            "price rise to break even",
            "share",
            meaning="price rise at which it breaks even, share of revenue after returns, which are "
            "then credited at the new price too",
            last=True,
        ),
        ReviewColumn(
            "gain",
            "gain a year",
            "money",
            meaning="gain {span} if the action works, {currency}",
            last=True,
        ),
    ),
    headline=("whale_shape", "large_and_profitable"),
)

__getattr__, __dir__ = public(
    __name__, "account_profit", "whale", "profit_bridge", "profit_actions"
)
