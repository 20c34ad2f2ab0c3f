"""Lead time: where the days of a connection go, and whether the green channel helped."""

from keyacct_utils.lessons.shared.declaration import Lesson, Need
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
    needs=(Need("cases", ("case_id", "start", "end")),),
)

__getattr__, __dir__ = public(__name__, "days", "activities", "waiting", "channel", "findings")
