"""Receivables."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="20",
    topic="receivables",
    title="Receivables",
    title_zh="",
    question="",
    minutes=5,
    helpful=("01",),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "measures", "findings")
