"""How do they answer a price?"""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="16",
    topic="price_response",
    title="How do they answer a price?",
    title_zh="客户对价格如何反应?",
    question="Who buys less when the price rises, who leaves, and whose discount pays?",
    minutes=45,
    deeper_minutes=10,
    helpful=("01", "05"),
    needs=(AMOUNTS,),
)

__getattr__, __dir__ = public(__name__, "response", "prices", "tariffs", "findings")
