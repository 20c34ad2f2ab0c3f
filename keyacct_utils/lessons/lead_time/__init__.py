"""Lead time: where the days of a connection go, and whether the green channel helped."""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="20",
    topic="lead_time",
    title="Where do the days go?",
    title_zh="接电的时间花在哪里?",
    question="How long does a connection take, where are the days, did the green channel help?",
    minutes=45,
    deeper_minutes=10,
    helpful=("05", "10"),
    needs=(
        Need("cases", ("case_id", "account_id", "start", "end")),
        Need(
            "cases",
            ("promise",),
            "the share that was done by the day promised",
            unless=("cases", ("dual_source",)),  # the documents' promises are by one source or two
        ),
        Need(
            "case_events",
            ("case_id", "activity", "start", "end"),
            "where the days go, and the promises of each step",
        ),
        Need("case_events", ("delay_days", "cause"), "which causes cost how many days"),
        Need(
            "cases",
            ("green_channel", "complexity", "priority", "dual_source", "kind"),
            "whether the channel made cases faster, others like them beside",
        ),
        Need("cases", ("district",), "where cases queue"),
        Need("cases", ("meetings", "return_visit"), "whether the channel's cadence was kept"),
        Need("feeders", ("kv", "amps", "load_a"), "which lines are full"),
        Need("calendar", ("date", "workday"), "working days with holidays; else Monday to Friday"),
    ),
    review=(
        ReviewColumn(
            "cases", "cases", "count", meaning="cases begun until {day}", sources=("S000-1a",)
        ),
        ReviewColumn(
            "cases_open",
            "cases open",
            "count",
            meaning="cases that were open on {day}",
            sources=("S000-1a", "S000-11c"),
        ),
        ReviewColumn(
            "open_longest",
            "longest open",
            "days",
            meaning="{unit} that its oldest open case had lasted on {day}",
            sources=("S000-11c",),
        ),
        ReviewColumn(
            "lead_median",
            "days of a case",
            "days",
            meaning="{unit} of its finished cases, the middle one; open cases are not in it, so it "
            "flatters",
            sources=("S000-1g",),
            detail=True,
        ),
        ReviewColumn(
            "cases_late",
            "promises broken",
            "count",
            meaning="cases not done by their promised day: done later, or still open on {day}",
            sources=("S000-1a",),
        ),
    ),
    headline=("done_by", "promises"),
)

__getattr__, __dir__ = public(
    __name__, "days", "activities", "waiting", "channel", "unseen", "findings"
)
