"""Which bond holds?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="05",
    topic="relationship_levels",
    title="Which bond holds?",
    title_zh="哪一种纽带真正留得住客户?",
    question=(
        "Which accounts are tied by price, by people or by "
        "structure, and which bond holds when a rival undercuts?"
    ),
    minutes=45,
    deeper_minutes=35,
    helpful=("01", "02"),
    needs=(
        AMOUNTS,
        Need("renewals", ("our_price", "rival_price", "renewed")),
        Need("ties", ("account_id",)),
        Need("renewals", ("date",), "how long accounts stay, by level"),
        Need("accounts", ("listed_ka",), "whether listed key accounts are predictable"),
        Need("renewals", ("bond_level",), "the level at the time of the offer"),
        Need("renewals", ("months_since_offer",), "whether a price concession wears off"),
        Need("ties", ("account_value",), "the effect of a level apart from that of the account"),
        Need("ties", ("rebate_pct", "price_guarantee"), "the financial ties of the rubric"),
        Need(
            "ties",
            ("named_contacts", "visits_year", "events_year", "club_member"),
            "the social ties of the rubric",
        ),
        Need(
            "ties",
            ("shared_system", "joint_equipment", "onsite_service", "contract_years"),
            "the structural ties of the rubric",
        ),
        Need("ties", ("bond_level", "bond_level_rater2"), "the agreement of two raters"),
        Need(
            "ledger", ("cost_goods",), "the payback of lifting an account, the net of a guarantee"
        ),
    ),
    review=(
        ReviewColumn(
            "bond_level",
            "relationship level",
            "rank",
            meaning=("relationship level told from the ties: 1 financial, 2 social, 3 structural"),
            sources=("S000-7a",),
        ),
        ReviewColumn(
            "renewal_share",
            "chance to renew",
            "share",
            meaning=(
                "share: chance to renew at the present level, over the "
                "gaps of this book; empty at the highest level"
            ),
            sources=("S000-7a",),
        ),
        ReviewColumn(
            "lift_to",
            "lift to level",
            "rank",
            meaning="level to which lifting pays best; empty where none pays",
        ),
        ReviewColumn(
            "lift_npv",
            "value of the lift",
            "money",
            meaning=(
                "net present value of the best lift, by what a refusal costs in this book; empty "
                "where that is not known or nothing, {currency}"
            ),
        ),
        ReviewColumn(
            "evidence_1",
            "financial ties",
            "text",
            meaning="financial ties that count, with their values",
            sources=("S000-6c", "S000-7a", "S000-7b"),
            detail=True,
        ),
        ReviewColumn(
            "evidence_2",
            "social ties",
            "text",
            meaning="social ties that count, with their values",
            sources=("S000-7a", "S001-1f", "S004-1e"),
            detail=True,
        ),
        ReviewColumn(
            "evidence_3",
            "structural ties",
            "text",
            meaning="structural ties that count, with their values",
            sources=("S000-7a", "S003-7a"),
            detail=True,
        ),
    ),
    gradings=(Grading("bond_level", "level", "relationship level", ("3", "2", "1")),),
    headline=("tolerance", "effect"),
)

__getattr__, __dir__ = public(
    __name__, "levels", "renewals", "level_effects", "refusals", "inputs", "findings"
)
