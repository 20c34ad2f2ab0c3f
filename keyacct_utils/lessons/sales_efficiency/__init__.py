"""Are the people effective?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="14",
    topic="sales_efficiency",
    title="Are the people effective?",
    title_zh="销售人员的效率如何?",
    question="Which customers did we keep, and which managers and targets look good by luck?",
    minutes=45,
    deeper_minutes=10,
    helpful=("01", "04"),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "the bridge from one window to the next, and retention"),
        Need(
            "accounts",
            ("manager_id",),
            "retention per owner, with luck taken out",
            unless=("ledger", ("manager_id",)),
        ),
        Need("managers", ("manager_id", "name_zh"), "names of the managers beside their ids"),
        Need(
            "manager_results",
            ("manager_id", "period", "sales", "target"),
            "who is better at the target and who was lucky, judged by the next window",
        ),
        Need(
            "manager_results",
            (
                "workdays",
                "visits",
                "customer_days",
                "customers_visited",
                "customers_closed",
                "cash_collected",
                "receivables_opening",
                "receivables_new",
                "receivables_collected",
                "visit_cost",
            ),
            "the six ratios in both readings",
        ),
        Need("opportunities", ("manager_id", "outcome"), "win rates and the funnel"),
        Need("opportunities", ("kind",), "win rates with like set beside like"),
        Need(
            "judge_scores",
            ("round", "case_id", "judge_id", "criterion", "score"),
            "whether judges agree, and who is harsh",
        ),
        Need("judge_scores", ("group",), "who goes on in each branch, by fair points"),
        Need(
            "targets",
            ("measure", "kind", "goal", "reached", "out_of", "base"),
            "which targets are met, and how surely",
        ),
        Need("targets", ("period", "manager_id", "before"), "targets by year, manager and reading"),
    ),
    review=(
        ReviewColumn(
            "bridge_part",
            "part of the bridge",
            meaning="what became of it from {before} to {now}: lost, smaller, larger, back, new, "
            "or same",
            sources=("S000-5n",),
        ),
        ReviewColumn(
            "sales_change",
            "change of sales",
            "money",
            meaning="sales of {now} less those of {before}, {currency}",
            sources=("S000-5n",),
        ),
        ReviewColumn(
            "net_retention",
            "net retention",
            "share",
            meaning="sales of {now} as a fraction of those of {before}; above 1 it grew, missing "
            "where it bought nothing before",
            sources=("S000-5n",),
            detail=True,
        ),
        ReviewColumn(
            "owner_retention",
            "owner's net retention",
            "share",
            meaning="net retention of all customers of its owner ({owner}), fraction, with luck "
            "taken out (shrunken)",
            sources=("S000-9b",),
            detail=True,
        ),
        ReviewColumn(
            "owner_retention_low",
            "owner's net retention, low (95 %)",
            "share",
            meaning="lower end of its interval (95 % for all owners together)",
            detail=True,
        ),
        ReviewColumn(
            "owner_retention_high",
            "owner's net retention, high (95 %)",
            "share",
            meaning="upper end of its interval (95 % for all owners together)",
            detail=True,
        ),
    ),
    headline=("bridge", "lucky"),
)

__getattr__, __dir__ = public(__name__, "growth", "luck", "judges", "ratios", "findings")
