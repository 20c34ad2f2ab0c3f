"""Stages of a relationship: how accounts move, and what a stage is worth."""

from keyacct_utils.lessons.shared.declaration import Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="11",
    topic="relationship_stages",
    title="Which way do relationships move?",
    title_zh="客户关系走向哪里?",
    question="How do accounts move between stages, how long does it take, what is a stage worth?",
    minutes=45,
    deeper_minutes=5,
    helpful=("01", "02"),
    needs=(
        Need(
            "ledger",
            ("account_id", "revenue", "date"),
            instead=("stage_history", ("quarter", "account_id", "stage")),
            beyond="what other rules would say",
        ),
        Need(
            "stage_history",
            ("quarter", "account_id", "stage"),
            "stages of your own, in place of stages derived from the ledger",
        ),
        Need(
            "stage_history",
            ("contribution",),
            "what a stage of your own leaves and is worth, and the cost of a frozen list",
        ),
        Need("ledger", ("cost_goods",), "the worth of derived stages in margin and not in sales"),
    ),
    review=(
        ReviewColumn(
            "stage",
            "stage",
            meaning="stage of the relationship in {last}; {whose}",
            sources=("S003-7a", "S000-9d"),
        ),
        ReviewColumn(
            "stage_since",
            "periods in it",
            "count",
            meaning="{step}s in a row in this stage until {last}, as far back as is known",
            sources=("S003-7a",),
            detail=True,
        ),
        ReviewColumn(
            "lost_in_a_year",
            "lost in a year",
            "share",
            meaning="chance (fraction) that an account of its stage is in {lost} at least once in "
            "the coming year, by the chain, or as counted where the chain misses the count; the "
            "same for all of the stage, none for those that are lost",
            sources=("S000-3c",),
        ),
        ReviewColumn(
            "stage_worth",
            "worth of its stage",
            "money",
            meaning="value of an average account of its stage with all that may become of it, in "
            "{measure}, at {discount:percent} a year, {currency}",
            sources=("S000-3c", "S001-1e"),
        ),
        ReviewColumn(
            "stage_worth_low",
            "worth, low (95 %)",
            "money",
            meaning="lower end of the 95 % interval of that value, {currency}",
            detail=True,
        ),
        ReviewColumn(
            "stage_worth_high",
            "worth, high (95 %)",
            "money",
            meaning="upper end of the 95 % interval of that value, {currency}",
            detail=True,
        ),
    ),
    gradings=(Grading("stage", "stage", "stage of the relationship"),),
    headline=("chances", "flow"),
)

__getattr__, __dir__ = public(__name__, "panels", "chains", "chain_tests", "findings")
