"""Who qualifies as a key account?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="02",
    topic="qualification",
    title="Who qualifies as a key account?",
    title_zh="谁够得上大客户?",
    question="Which names deserve the list, and which are missing?",
    minutes=80,
    necessary=("01",),
    helpful=("00",),
    needs=(
        AMOUNTS,
        Need("ledger", ("date", "volume"), "monthly fees, and growth on the year before"),
        Need(
            "accounts", ("voltage_kv", "power_factor", "important_type"), "the power company's rule"
        ),
        Need("invoices", ("amount", "paid_amount"), "the share of fees recovered"),
        Need("accounts", ("listed_ka",), "who should join and leave the present list"),
        Need("accounts", ("sector",), "the grid of sectors and grades"),
        Need("accounts", ("central_purchase", "purchase_pattern"), "the three tests of purchase"),
        Need(
            "account_profile",
            ("employees", "revenue_m", "service_demand", "growth", "social_value"),
            "the five factors",
        ),
        Need("account_profile", ("innovation", "market_power"), "the five-criteria definition"),
        Need(
            "account_profile",
            ("credit_ext", "sales_potential"),
            "the five ranking criteria and their agreement",
        ),
    ),
    review=(
        ReviewColumn("class", "qualification"),
        ReviewColumn("rule", "by which rule"),
        ReviewColumn("boundary", "changes with the reading"),
        ReviewColumn("list_advice", "present list"),
        ReviewColumn("n_schemes", "schemes that say key", "count"),
    ),
    gradings=(Grading("class", "qualification", "qualification"),),
)

__getattr__, __dir__ = public(__name__, "features")
