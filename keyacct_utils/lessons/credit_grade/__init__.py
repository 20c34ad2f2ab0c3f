"""Credit grade of an electricity account"""

from keyacct_utils.lessons.shared.declaration import Grading, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

_OWN = ("credit_features", ("account_id", "defaulted"))

LESSON = Lesson(
    code="07",
    topic="credit_grade",
    title="Credit grade of an electricity account",
    title_zh="电力客户信用等级评定",
    question="Is the published scoring rule usable, and does it foretell default?",
    minutes=50,
    deeper_minutes=25,
    helpful=("01", "02"),
    needs=(
        Need(
            "credit_events",
            ("account_id", "date", "code"),
            instead=_OWN,
        ),
        Need(
            "credit_events",
            ("months", "persons"),
            "arrears of several months, or several electricians, in one row",
            instead=_OWN,
        ),
        Need(
            "accounts",
            ("lighting_user",),
            "lighting users scored on their two sections",
            instead=_OWN,
        ),
        Need("accounts", ("start_date",), "the bonuses for clean years", instead=_OWN),
        Need(
            "account_profile",
            ("operation_score", "development_score"),
            "the judgement of field staff (two sections)",
            instead=_OWN,
        ),
        Need(
            "defaults",
            ("default_12m",),
            "the test of the score against default, the scorecard, the cost of a cut-off",
            instead=_OWN,
        ),
        Need(
            "defaults",
            ("window_start",),
            "the day of scoring",
            instead=("credit_features", ("date",)),
        ),
        Need(
            "ledger",
            ("revenue",),
            "the money at stake and the expected loss",
            instead=("credit_features", ("exposure",)),
        ),
    ),
    review=(
        ReviewColumn(
            "credit_grade",
            "credit grade",
            "text",
            meaning="{graded}",
            sources=("S002-7g",),
        ),
        ReviewColumn(
            "credit_kept_share",
            "credit grade kept: share of readings",
            "share",
            meaning="share of {combinations:,} readings of the rule that give this grade",
            sources=("S002-7",),
        ),
        ReviewColumn(
            "grade_worst",
            "credit grade, worst reading",
            "text",
            meaning="worst grade under {combinations:,} readings of the rule",
            sources=("S002-7g",),
        ),
        ReviewColumn(
            "grade_best",
            "credit grade, best reading",
            "text",
            meaning="best grade under {combinations:,} readings of the rule",
            sources=("S002-7g",),
        ),
        ReviewColumn(
            "credit_score",
            "credit score",
            "points",
            meaning="{scored}",
        ),
        ReviewColumn(
            "credit_veto",
            "credit veto",
            "text",
            meaning="is section 3 or 5 empty, which makes it D whatever the points",
            sources=("S002-7",),
            detail=True,
        ),
        ReviewColumn(
            "appeal",
            "ground for appeal",
            meaning="D here, better under another reading that the wording bears",
        ),
    ),
    gradings=(
        Grading(
            "credit_grade",
            "credit",
            "credit grade",
            ("AAA", "AA", "A", "B", "C", "D"),
            by="credit_score",
        ),
    ),
    headline=("score_and_default", "open_points"),
)

__getattr__, __dir__ = public(
    __name__,
    "scoring",
    "readings",
    "events",
    "tally",
    "golden_rules",
    "scorecard",
    "score_measures",
    "own_features",
    "findings",
)
