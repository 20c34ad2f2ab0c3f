"""Why do they leave?"""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="10",
    topic="churn",
    title="Why do they leave?",
    title_zh="客户为什么流失?",
    question="Who leaves, how often, for which reasons that we can act on, and whom to call first?",
    minutes=45,
    deeper_minutes=5,
    helpful=("01", "05"),
    needs=(
        Need("ledger", ("account_id", "revenue", "date")),
        Need(
            "subscriptions",
            ("account_id", "start", "end"),
            "lines that end on a known day, and not by silence alone",
        ),
        Need("subscriptions", ("end_reason",), "which losses could be acted on"),
        Need("subscriptions", ("yearly_value",), "losses in money, and whom to call first"),
        Need("subscriptions", ("price_gap",), "how much oftener the dear ones leave"),
        Need("subscriptions", ("missed_visits",), "how much missed visits add to the losses"),
        Need("subscriptions", ("satisfaction",), "how much the discontent leave oftener"),
        Need("subscriptions", ("product",), "rates by product"),
        Need("accounts", ("sector",), "rates by sector"),
        Need("accounts", ("district",), "rates by district"),
        Need("ledger", ("line",), "rates by the main line of an account"),
    ),
    review=(
        ReviewColumn(
            "silent",
            "silent too long",
            meaning="yes where the account was silent on {day} for longer than its own rhythm of "
            "buying allows ({level:percent0}); no rhythm: fewer than three purchase days",
            sources=("S002-1m",),
        ),
        ReviewColumn(
            "silence_days",
            "days silent",
            "count",
            meaning="days from the last purchase to {day}",
            detail=True,
        ),
        ReviewColumn(
            "silence_limit",
            "days that it may be silent",
            "count",
            meaning="silence, in days, from which the account counts as silent too long",
            detail=True,
        ),
        ReviewColumn(
            "expected_loss",
            "expected loss",
            "money",
            meaning="yearly value that is expected to leave within {months:count month} for a "
            "reason that can be acted on, {currency}: chance times value, over its lines that run",
            sources=("S000-5i",),
        ),
        ReviewColumn(
            "loss_chance",
            "chance of loss",
            "share",
            meaning="expected loss over the yearly value of its lines that run, fraction",
        ),
        ReviewColumn(
            "lines_lost",
            "lines lost",
            "count",
            meaning="lines that ended from {begin} to {day}, for any reason",
            detail=True,
        ),
    ),
    headline=("causes", "rates_by_group", "how_long"),
)

__getattr__, __dir__ = public(
    __name__, "rates", "spells", "survival", "rhythm", "health", "findings"
)
