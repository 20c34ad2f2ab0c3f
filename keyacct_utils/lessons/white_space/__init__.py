"""White space and demand forecast."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="15",
    topic="white_space",
    title="White space and demand forecast",
    title_zh="还有多少没卖出去?明年要多少?",
    question="Where is what we could still sell, and what will be asked of us next?",
    minutes=45,
    deeper_minutes=5,
    helpful=("01", "05"),
    needs=(
        AMOUNTS,
        Need("ledger", ("line",), "who buys what: white space, affinity, gaps against peers"),
        Need("ledger", ("date",), "the forecast, and how well it would have done"),
        Need("ledger", ("volume",), "a forecast of quantities in the place of amounts"),
        Need(
            "holdings",
            ("account_id", "product", "spend"),
            "products in the place of lines",
        ),
        Need(
            "account_sizes", ("account_id", "size"), "a potential by size, and not by other sales"
        ),
        Need("accounts", ("sector",), "peers of the same industry"),
        Need("wallet_survey", ("account_id", "wallet"), "whether the gaps are true ones"),
        Need(
            "client_forecasts",
            ("month", "account_id", "forecast"),
            "what clients say beside what they buy",
        ),
        Need(
            "campaign_months",
            ("month", "branch", "running", "sales"),
            "what a campaign added",
        ),
    ),
    review=(
        ReviewColumn(
            "bought_of_us",
            "bought of us",
            "money",
            meaning="bought of us ({what}), {currency}; {years}",
            sources=("S000-11b",),
            detail=True,
        ),
        ReviewColumn(
            "potential",
            "potential",
            "money",
            meaning="what {q:percent0} of the buyers of its size stay below, {currency}; {years}",
            sources=("S000-11b",),
        ),
        ReviewColumn(
            "potential_low",
            "potential, low (95 %)",
            "money",
            meaning="lower end of the 95 % interval of that line, {currency}",
            detail=True,
        ),
        ReviewColumn(
            "potential_high",
            "potential, high (95 %)",
            "money",
            meaning="upper end of the 95 % interval of that line, {currency}",
            detail=True,
        ),
        ReviewColumn(
            "gap",
            "gap to peers",
            "money",
            meaning="potential less what is bought, nothing where it buys more than that, "
            "{currency}",
            sources=("S002-3a",),
        ),
        ReviewColumn(
            "wallet_share",
            "share of wallet",
            "share",
            meaning="bought of us, of what it spends on such products with all suppliers by its "
            "own word; only accounts that were asked",
            sources=("S002-3a",),
        ),
        ReviewColumn(
            "next_offer",
            "next offer",
            meaning="product that it does not hold, of the highest chance among accounts like it "
            "times what holders spend on it; a chance of holding it, not of saying yes",
            sources=("S000-6b",),
        ),
        ReviewColumn(
            "offer_value",
            "value of the offer",
            "money",
            meaning="that chance times the median spending of its holders (of like size, where "
            "these are five or more), {currency}; {years}",
            sources=("S000-6b",),
            detail=True,
        ),
    ),
    headline=("white_space", "potential"),
)

__getattr__, __dir__ = public(__name__, "gaps", "affinities", "demand", "campaigns", "findings")
