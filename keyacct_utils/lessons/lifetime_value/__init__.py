"""What is an account worth?"""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="09",
    topic="lifetime_value",
    title="What is an account worth?",
    title_zh="一个客户终身价值几何?",
    question="What will each account still bring, and do the famous claims hold here?",
    minutes=45,
    deeper_minutes=10,
    helpful=("01", "04"),
    needs=(
        Need("ledger", ("account_id", "date", "revenue")),
        Need("ledger", ("cost_goods",), "values in margin and not in sales; price cuts"),
        Need(
            "contracts",
            ("start", "end"),
            "retention from contracts, and whether customers differ in it",
        ),
        Need("contracts", ("kind",), "the same for each kind of contract"),
        Need("contracts", ("margin", "size"), "the value of a contract, by size of the customer"),
        Need(
            "orders",
            ("customer_id", "date", "amount"),
            "who buys when needed, from a book of orders and not from the ledger",
        ),
        Need(
            "spend_trials",
            ("purpose", "spent", "success"),
            "what it costs to win one and to keep one, and how much to spend",
        ),
        Need(
            "prospects",
            ("heard", "joined"),
            "how many small customers follow a reference",
        ),
    ),
    review=(
        ReviewColumn(
            "buys",
            "buys",
            meaning="month by month: it bought in {share:percent0} or more of the months from its "
            "first purchase to its last, both counted and six or more in all; else when needed",
            sources=("S002-1b",),
        ),
        ReviewColumn(
            "still_customer",
            "still a customer",
            "share",
            meaning="chance that it is still a customer, fraction; of one that buys month by month "
            "0 after {silent:count silent month}, else 1; of the others missing where the fit "
            "lets nobody leave",
            sources=("S000-4f",),
        ),
        ReviewColumn(
            "orders_to_come",
            "purchases to come",
            "expected",
            meaning="purchases expected over {years:count year} of one that buys when needed",
            detail=True,
        ),
        ReviewColumn(
            "lifetime_value",
            "value to come",
            "money",
            meaning="{measure} expected over {years:count year}, each year's at its end, as of "
            "today at a discount of {discount:percent0} a year, {currency}",
            sources=("S000-4f", "S002-1b", "S003-5b"),
        ),
        ReviewColumn(
            "lifetime_low",
            "value to come, low",
            "money",
            meaning="lower end of what it may bring: 95 % of draws, or the value to come where "
            "that lies below, {currency}",
            detail=True,
        ),
        ReviewColumn(
            "lifetime_high",
            "value to come, high",
            "money",
            meaning="upper end of what it may bring: 95 % of draws, or the value to come where "
            "that lies above, {currency}",
            detail=True,
        ),
    ),
    headline=("account_values", "retention"),
)

__getattr__, __dir__ = public(__name__, "values", "contracts", "buying", "inputs", "findings")
