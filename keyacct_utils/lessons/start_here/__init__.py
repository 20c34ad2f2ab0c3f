"""Start here: who are the key accounts?"""

from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="00",
    topic="start_here",
    title="Start here: who are the key accounts?",
    title_zh="从这里开始:谁是大客户?",
    question="What is key-account management, and which lesson answers your question?",
    minutes=10,
)

__getattr__, __dir__ = public(__name__, "findings")
