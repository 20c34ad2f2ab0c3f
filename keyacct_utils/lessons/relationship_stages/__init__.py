"""Relationship stages."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="11",
    topic="relationship_stages",
    title="Relationship stages",
    title_zh="",
    question="",
    minutes=5,
    helpful=("01",),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "panels", "chains", "chain_tests", "findings")
