"""Account plan."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="21",
    topic="account_plan",
    title="Account plan",
    title_zh="",
    question="",
    minutes=5,
    helpful=("01",),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "statements", "inputs", "actions", "goals")
