"""Whom to visit, and with how many people?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="12",
    topic="coverage",
    title="Whom to visit, with how many?",
    title_zh="该拜访谁、需要多少客户经理?",
    question="Are visit standards met, how many managers are needed, and whom to visit?",
    minutes=45,
    deeper_minutes=15,
    helpful=("01", "04"),
    needs=(
        AMOUNTS,
        Need(
            "accounts",
            ("manager_id",),
            "accounts and money of each owner, and who has none",
            unless=("ledger", ("manager_id",)),
        ),
        Need(
            "ledger",
            ("manager_id",),
            "the same, by who sold the most to an account",
            unless=("accounts", ("manager_id",)),
        ),
        Need("visits", ("quarter", "account_id", "visits"), "how often promised visits are made"),
        Need("visits", ("tier",), "the promise of each class; without it listed or not, or size"),
        Need("visits", ("manager_id",), "owners as they stand in the last quarter"),
        Need("visits", ("monthly_spend", "minutes"), "whether service jumps at a cut"),
        Need(
            "visit_trials",
            ("visits", "lift_pct"),
            "what a visit brings, and the plan that brings the most",
        ),
        Need("visit_trials", ("by_lot",), "trials by lot apart from those that managers chose"),
        Need("ledger", ("cost_goods",), "the plan in margin, and levels of service"),
        Need("ledger", ("date",), "visits in peak and off season"),
        Need(
            "activities", ("account_id", "date", "type"), "visits, where there is no table of them"
        ),
        Need("activities", ("minutes", "km"), "the minutes of a visit, and what is asked for"),
        Need("managers", ("manager_id", "hours_per_month"), "how many there are, and their hours"),
        Need("accounts", ("listed_ka",), "listed accounts as a class of their own"),
        Need("accounts", ("district",), "who takes the accounts without an owner"),
        Need("calendar", ("date", "workday"), "visits outside of working days"),
    ),
    review=(
        ReviewColumn(
            "owners",
            "owners",
            "count",
            meaning="managers who are named as its owner; 0 where nobody is, 2 or more where it is "
            "open who answers for it",
            sources=("S000-1d",),
        ),
        ReviewColumn(
            "service_class",
            "class of service",
            meaning="its {classes}, by which visits are promised",
            sources=("S000-5c", "S000-5d"),
        ),
        ReviewColumn(
            "visits_made",
            "visits made on average",
            "points",
            meaning="visits made in an average {span} of the period",
            sources=("S000-5d",),
        ),
        ReviewColumn(
            "visits_promised",
            "visits promised",
            "points",
            meaning="visits that its class is promised in a {span}; empty without a promise",
            sources=("S000-1f", "S000-5d"),
            detail=True,
        ),
        ReviewColumn(
            "promise_kept",
            "promise kept",
            "share",
            meaning="part of the {span}s in which the promised visits were made, fraction",
            sources=("S000-5d",),
        ),
        ReviewColumn(
            "visits_best",
            "visits in the best plan",
            "count",
            meaning="visits in a {span} by the plan of as many visits that brings the most",
            sources=("S000-4e", "S002-5b"),
        ),
        ReviewColumn(
            "next_visit",
            "one more visit brings",
            "money",
            meaning="what one visit more than in that plan would add to its {base} of a {span}, "
            "{currency}",
            sources=("S000-5o",),
            detail=True,
        ),
    ),
    headline=("kept", "owners"),
)

__getattr__, __dir__ = public(
    __name__, "compliance", "staffing", "thresholds", "plans", "assignment", "findings"
)
