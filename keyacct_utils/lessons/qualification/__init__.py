"""Who qualifies as a key account?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="02",
    topic="qualification",
    title="Who qualifies as a key account?",
    title_zh="谁够得上大客户?",
    question="Which names deserve the list, and which are missing?",
    minutes=45,
    deeper_minutes=35,
    necessary=("01",),
    helpful=("00",),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "monthly fees, and growth on the year before"),
        Need("ledger", ("volume",), "growth on the year before"),
        Need(
            "accounts", ("voltage_kv", "power_factor", "important_type"), "the power company's rule"
        ),
        Need("invoices", ("issue", "amount", "paid_amount"), "the share of fees recovered"),
        Need("accounts", ("listed_ka",), "who should join and leave the present list"),
        Need("accounts", ("sector",), "the grid of sectors and grades"),
        Need("accounts", ("central_purchase", "purchase_pattern"), "the three tests of purchase"),
        Need(
            "account_profile",
            ("employees", "revenue_m", "service_demand", "growth", "social_value"),
            "the five factors",
        ),
        Need(
            "ahp_matrices",
            ("matrix", "row", "column", "value"),
            "weights of criteria from judgements in pairs",
        ),
        Need("account_profile", ("innovation", "market_power"), "the five-criteria definition"),
        Need(
            "account_profile",
            ("credit_ext", "sales_potential"),
            "the five ranking criteria and their agreement",
        ),
    ),
    review=(
        ReviewColumn("class", "qualification", meaning="class by {class_by}"),
        ReviewColumn(
            "rule",
            "by which rule",
            meaning="source of the rule that decided, and what it found of the account",
        ),
        ReviewColumn(
            "boundary",
            "changes with the reading",
            meaning="does the class change between the allowed readings of the rule",
        ),
        ReviewColumn(
            "list_advice",
            "present list",
            meaning="present list against a cut of {cut:money}{unit} {per}: join, leave, stay",
        ),
        ReviewColumn(
            "n_schemes",
            "schemes that say key",
            "count",
            meaning="how many of {schemes} schemes call it a key account",
        ),
    ),
    gradings=(Grading("class", "qualification", "qualification", why="rule"),),
    headline=("classes", "schemes"),
)

__getattr__, __dir__ = public(__name__, "features", "findings")
