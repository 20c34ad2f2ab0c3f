"""The exercises of a lesson, found in the answers of its room.

``lessons/<topic>/answers.py`` holds ``EXERCISES``, a tuple of `Exercise` and `Question`. Stories,
choices and what to say to each choice stand in the notebook (``notebooks/solutions``); what is
checked stands there.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.shared.exercise import (
    DEPTHS,
    MINUTE_STEP,
    MINUTES,
    QUESTION_MINUTES,
    Exercise,
    Mistake,
    Part,
    Question,
)

__all__ = [
    "DEPTHS",
    "MINUTES",
    "Exercise",
    "Mistake",
    "Part",
    "Question",
    "find",
    "lessons",
    "minutes",
    "of_lesson",
    "sheet_minutes",
]

_ROOMS = Path(catalogue.__file__).parent


def lessons() -> tuple[str, ...]:
    """The numbers of the lessons that have exercises."""
    return tuple(
        item.code for item in catalogue.LESSONS if (_ROOMS / item.topic / "answers.py").exists()
    )


def of_lesson(lesson: str) -> tuple[Exercise | Question, ...]:
    """Exercises and questions of a lesson, ``"01"``. Raises ValueError for a lesson without any."""
    if lesson not in lessons():
        raise ValueError(
            f"there are no exercises for lesson {lesson!r}; "
            f"there are some for {', '.join(lessons())}"
        )
    found: tuple[Exercise | Question, ...] = import_module(
        f"keyacct_utils.lessons.{catalogue.lesson(lesson).topic}.answers"
    ).EXERCISES
    return found


def sheet_minutes(code: str) -> int:
    """Minutes that the exercises of a lesson, ``"01"``, take. Raises ValueError for one without
    any.
    """
    items = of_lesson(code)
    depths = [item.depth for item in items if isinstance(item, Exercise)]
    asked = QUESTION_MINUTES * (len(items) - len(depths))
    minutes = sum(MINUTES[depth] for depth in depths) + asked
    return MINUTE_STEP * round(minutes / MINUTE_STEP)


def find(code: str) -> Exercise | Question:
    """The exercise or question with a code such as ``"01.2"`` or ``"01.q1"``. Raises ValueError
    for one that does not exist.
    """
    # only the lesson that the code names is imported: a fault in another's answers is not this
    # one's
    named = [lesson for lesson in lessons() if str(code).startswith(f"{lesson}.")]
    known = {item.code: item for lesson in named or lessons() for item in of_lesson(lesson)}
    if code not in known:
        raise ValueError(
            f"there is no exercise {code!r}; "
            f"{nearest(code, known) or 'there are ' + ', '.join(known)}"
        )
    return known[code]


def minutes() -> dict[str, int]:
    """Minutes of each sheet of exercises, by the number of its lesson."""
    return {code: sheet_minutes(code) for code in lessons()}
