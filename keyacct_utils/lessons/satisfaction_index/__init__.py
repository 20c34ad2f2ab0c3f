"""Satisfaction that predicts"""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="06",
    topic="satisfaction_index",
    title="Satisfaction that predicts",
    title_zh="能预测的满意度",
    question="What should we fix first, and which results of a survey are only noise?",
    minutes=50,
    deeper_minutes=25,
    helpful=("01",),
    needs=(
        Need("survey", ("account_id", "S1", "S2", "S3")),
        Need(
            "survey",
            ("E1", "E2", "E3", "Q1", "Q2", "Q3", "V1", "V2", "V3"),
            "the drivers of satisfaction",
        ),
        Need("survey", ("L1", "L2"), "the link to loyalty"),
        Need("survey", ("manager_id",), "ranking of managers, put to the test"),
        Need("survey", ("year",), "the choice of a year"),
        Need("survey", ("hours_to_answer",), "the worth of a prompt answer to a complaint"),
        Need("survey", ("recommend",), "the net promoter score"),
        Need(
            "survey",
            ("perceived_01", "expected_01"),
            "the service gaps (22 pairs, to perceived_22 and expected_22)",
        ),
        Need(
            "survey",
            ("value_product", "value_service", "value_personnel", "value_image"),
            "delivered value",
        ),
        Need(
            "survey",
            ("cost_money", "cost_time", "cost_energy", "cost_mental"),
            "delivered value (with the four values)",
        ),
        Need("accounts", ("sector",), "how many answers each sector needs"),
    ),
    review=(
        ReviewColumn(
            "satisfaction",
            "satisfaction",
            "points",
            meaning="satisfaction index, points 0-100, mean of its answers",
            sources=("S002-7j",),
        ),
        ReviewColumn(
            "satisfaction_low",
            "satisfaction, from (95 %)",
            "points",
            meaning="low end of its 95 % interval, points 0-100, by the spread of answers within "
            "accounts",
            sources=("S002-7j",),
        ),
        ReviewColumn(
            "satisfaction_high",
            "satisfaction, to (95 %)",
            "points",
            meaning="high end of its 95 % interval, points 0-100, by the spread of answers within "
            "accounts",
            sources=("S002-7j",),
        ),
        ReviewColumn("answers", "answers", "count", meaning="questionnaires answered"),
        ReviewColumn(
            "loyalty", "loyalty", "points", meaning="loyalty index, points 0-100", detail=True
        ),
        ReviewColumn(
            "delivered_value",
            "delivered value",
            "points",
            meaning="customer delivered value, points: total value less total cost",
            sources=("S002-1i",),
            detail=True,
        ),
        ReviewColumn(
            "late_answers",
            "late answers to complaints",
            "count",
            meaning="complaints answered after {prompt_hours:g} hours or more",
            detail=True,
        ),
    ),
    headline=("fix_first", "drivers"),
)

__getattr__, __dir__ = public(__name__, "index", "pls", "reliability", "survey_groups", "findings")
