"""Price response."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="16",
    topic="price_response",
    title="Price response",
    title_zh="",
    question="",
    minutes=5,
    helpful=("01",),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "measures", "findings")
