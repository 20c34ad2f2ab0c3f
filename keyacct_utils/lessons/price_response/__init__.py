"""How do they answer a price?"""

from keyacct_utils.lessons.shared.declaration import (
    AMOUNTS,
    Grading,
    Lesson,
    Need,
    ReviewColumn,
)
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="16",
    topic="price_response",
    title="How do they answer a price?",
    title_zh="客户对价格如何反应?",
    question="Who buys less when the price rises, who leaves, and whose discount pays?",
    minutes=45,
    deeper_minutes=5,
    helpful=("01", "05"),
    needs=(
        AMOUNTS,
        Need(
            "ledger",
            ("date", "volume"),
            "prices per unit: who pays less than peers, and an elasticity without a repair",
        ),
        Need("ledger", ("line",), "prices of one line are compared with each other"),
        Need("ledger", ("cost_goods",), "the margin that a discount is paid from"),
        Need("accounts", ("voltage_kv",), "peers of one voltage, where a tariff hangs on it"),
        Need(
            "price_months",
            ("month", "account_id", "volume", "price"),
            "elasticities from prices that were agreed, not divided",
        ),
        Need("price_months", ("list_price",), "the repair: what the posted price moved"),
        Need("price_months", ("risk",), "whether discounts follow the risk to lose the account"),
        Need("price_months", ("amount",), "what amount over volume would have said"),
        Need("price_months", ("unit_cost",), "whose discount pays"),
        Need(
            "renewals",
            ("account_id", "date", "our_price", "rival_price", "renewed"),
            "who leaves at which price gap",
        ),
        Need("renewals", ("bond_level", "months_since_offer"), "that by relationship level"),
        Need("ties", ("account_value",), "that for accounts of one value"),
        Need(
            "tou_months",
            (
                "month",
                "account_id",
                "peak_volume",
                "flat_volume",
                "valley_volume",
                "peak_price",
                "flat_price",
                "valley_price",
            ),
            "how use moves between peak and valley, and what tariffs would bring",
        ),
        Need("tou_months", ("max_demand", "holiday_volume"), "three more of the eight tariffs"),
        Need(
            "price_survey",
            ("too_cheap", "cheap", "expensive", "too_expensive"),
            "between which prices an offer would be bought",
        ),
    ),
    review=(
        ReviewColumn(
            "price_class",
            "price class",
            meaning="rigid, elastic or sensitive to price: the likeliest class, with the limits "
            "{cut:.1f} and {second:.1f} for the size of the elasticity (an assumption)",
            sources=("S000-7e",),
        ),
        ReviewColumn(
            "price_class_chance",
            "chance of that class",
            "share",
            meaning="chance that this is its class, given how all accounts answer",
        ),
        ReviewColumn(
            "elasticity",
            "elasticity",
            "points",
            meaning="percent of volume per percent of price that is to be expected of the account",
            sources=("S000-7e",),
        ),
        ReviewColumn(
            "elasticity_low",
            "elasticity, low (95 %)",
            "points",
            meaning="it lies above this with a chance of 97.5 %",
            detail=True,
        ),
        ReviewColumn(
            "elasticity_high",
            "elasticity, high (95 %)",
            "points",
            meaning="it lies below this with a chance of 97.5 %",
            detail=True,
        ),
        ReviewColumn(
            "price_to_peers",
            "price against peers",
            "share",
            meaning="price paid in its largest line, less that of accounts of its size, as a part "
            "of theirs; below zero where it pays less",
            sources=("S000-3f", "S004-1e"),
        ),
        ReviewColumn(
            "peers_price_more",
            "more at peers' price",
            "money",
            meaning="what its purchases would have brought more at the price of its peers, "
            "{currency}; below zero where less",
            detail=True,
        ),
        ReviewColumn(
            "discount_gain",
            "gain by a discount",
            "money",
            meaning="change of our margin in a year by a discount of {discount:percent}, "
            "{currency}; leaving is counted where a rival's offer is known",
            sources=("S004-1e",),
        ),
        ReviewColumn(
            "discount_verdict",
            "discount",
            meaning="whether that discount pays for itself, over the interval of the elasticity",
            detail=True,
        ),
    ),
    gradings=(Grading("price_class", "price", "price class", by="elasticity"),),
    headline=("elasticities", "classes"),
)

__getattr__, __dir__ = public(__name__, "response", "prices", "tariffs", "findings")
