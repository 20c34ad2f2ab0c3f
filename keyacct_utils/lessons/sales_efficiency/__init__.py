"""Are the people effective?"""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="14",
    topic="sales_efficiency",
    title="Are the people effective?",
    title_zh="销售人员的效率如何?",
    question="Which customers did we keep, and which managers and targets look good by luck?",
    minutes=45,
    deeper_minutes=8,
    helpful=("01", "04"),
    needs=(Need("ledger", ("account_id", "revenue", "date")),),
)

__getattr__, __dir__ = public(__name__, "growth", "luck", "judges", "ratios", "findings")
