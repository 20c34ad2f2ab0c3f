"""Is it really 80/20?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="01",
    topic="concentration",
    title="Is it really 80/20?",
    title_zh="真的是二八定律吗?",
    question="How few accounts carry the business, and is the rule true here?",
    minutes=40,
    deeper_minutes=10,
    helpful=("00",),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "the choice of a period, and rank intervals"),
        Need("ledger", ("line",), "one answer for each line of business"),
        Need("ledger", ("cost_goods",), "whether margin is as concentrated as sales"),
    ),
    review=(
        ReviewColumn(
            "rank", "rank by amount", "rank", meaning="rank by amount, ties by account_id"
        ),
        ReviewColumn(
            "rank_low",
            "rank, best (95 %)",
            "rank",
            meaning="best rank in 95 % of draws of months, by dated rows; an account of few "
            "purchases is often absent from a draw, so that its rank may lie outside",
        ),
        ReviewColumn(
            "rank_high",
            "rank, worst (95 %)",
            "rank",
            meaning="worst rank in 95 % of draws of months, by dated rows; an account of few "
            "purchases is often absent from a draw, so that its rank may lie outside",
        ),
        ReviewColumn("amount", "amount", "money", meaning="{measure} of the period, {currency}"),
        ReviewColumn(
            "share",
            "share of the book",
            "share",
            meaning="share of the book's {measure}{above_zero}",
            sources=("S000-2a", "S004-1a"),
        ),
        ReviewColumn(
            "abc",
            "ABC class",
            "text",
            meaning="class A, B, C at {first:percent0} and {last:percent0} of the cumulated share",
            sources=("S000-3a", "S003-8a"),
        ),
        ReviewColumn(
            "share_of_draws_in_top",
            "in the top: share of draws",
            "share",
            meaning="share of the same draws in which the account is in the top {q:percent0}",
        ),
    ),
    gradings=(Grading("abc", "abc", "ABC class", ("A", "B", "C"), by="amount"),),
    headline=("curves", "classes"),
    answered_by="rule",
)

__getattr__, __dir__ = public(__name__, "measures", "findings")
