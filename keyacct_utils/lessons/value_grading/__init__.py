"""Today's and tomorrow's key accounts"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="03",
    topic="value_grading",
    title="Today's and tomorrow's key accounts",
    title_zh="今天和明天的大客户",
    question="Where to invest, hold, milk or leave, and who is the next key account?",
    minutes=50,
    deeper_minutes=30,
    necessary=("01",),
    helpful=("02",),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "growth, and the test of last year's choice"),
        Need("ledger", ("cost_goods",), "gross profit, and losses that make a wildcat"),
        Need(
            "ledger", ("volume", "line"), "quantity sold in one line of business, and its net price"
        ),
        Need(
            "invoices", ("issue", "due", "amount", "paid_date"), "arrears among the four criteria"
        ),
        Need(
            "account_profile",
            ("selling_cost",),
            "marketing cost on today's axis, and the cost to serve",
        ),
        Need(
            "account_profile",
            ("industry_rank", "growth", "sales_potential"),
            "tomorrow's axis, and the signals",
        ),
        Need("account_profile", ("social_value",), "the third axis of value"),
        Need("account_profile", ("brand_harm",), "wildcats by harm to the name"),
        Need(
            "account_profile",
            ("business_attractiveness", "relationship_strength"),
            "the groups on the two axes of Fiocca",
        ),
        Need(
            "account_profile",
            ("management_difficulty", "relative_strength"),
            "Fiocca's first step, McDonald & Woodburn",
        ),
        Need("account_profile", ("product_fit",), "the pool of potential key accounts"),
        Need("survey", ("S1", "S2", "S3"), "satisfaction on tomorrow's axis"),
        Need("accounts", ("listed_ka",), "the comparison with the present list"),
    ),
    review=(
        ReviewColumn("grade", "value grade", meaning="grade A (5 %), B (to 20 %), C by {criteria}"),
        ReviewColumn(
            "grade_kept_share",
            "value grade kept: share of draws",
            "share",
            meaning="share of the draws of the weights that keep the grade",
        ),
        ReviewColumn(
            "value_cell",
            "current x potential value",
            "text",
            meaning="current x potential value: invest, develop, hold, serve cheaply; new or gone "
            "in the last months; unknown without a value on one of the axes",
            sources=("S001-1b", "S002-4e"),
        ),
        ReviewColumn(
            "paint_class",
            "cow, star, dog, wildcat",
            "text",
            meaning="cow, star, dog or wildcat (S003-8b); new or gone in the last months; unknown "
            "where a value that is missing could change it",
            sources=("S003-8b",),
        ),
        ReviewColumn(
            "position",
            "position",
            "text",
            meaning="attractiveness x relative strength (McDonald & Woodburn)",
            detail=True,
        ),
        ReviewColumn(
            "group",
            "group",
            "text",
            meaning="group by k-means on {variables}",
            sources=("S000-7c",),
            detail=True,
        ),
        ReviewColumn(
            "next_rank",
            "rank among the next",
            "rank",
            meaning="rank among the potential key accounts, by signals before the last year",
            sources=("S000-7c", "S000-8c"),
        ),
    ),
    gradings=(Grading("grade", "grade", "value grade", ("A", "B", "C")),),
    headline=("cells", "grades"),
)

__getattr__, __dir__ = public(__name__, "grades", "account_clusters", "account_ranking", "findings")
