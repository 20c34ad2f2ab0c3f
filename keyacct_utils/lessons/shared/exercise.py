"""What an exercise asks and what is right: the form in which each room declares its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: From the first exercise of a lesson to its last.
DEPTHS = (
    "redo by hand",
    "change an assumption",
    "find the fault",
    "decide and defend",
    "another book",
)
#: Minutes of one exercise, by depth, and of one question; a sheet is told in steps of five.
MINUTES = dict(zip(DEPTHS, (10, 12, 12, 20, 18), strict=True))
QUESTION_MINUTES, MINUTE_STEP = 3, 5


def _plain(value: float) -> str:
    """A small number without a power of ten: 0.00005."""
    return np.format_float_positional(value, trim="-")


@dataclass(frozen=True)
class Part:
    """One thing that is handed in. An exercise with one part without a name takes the bare value,
    others a dict.
    """

    name: str = ""
    #: Unit and rounding, in a few words: "fraction, 4 decimals"; not for a choice.
    asks: str = ""
    #: Largest difference that still counts as right; 0 for counts, names and classes.
    tolerance: float = 0.0
    #: The tolerance is a fraction of the right value (money), not in its unit.
    relative: bool = False
    #: The texts to choose from, where it is a choice.
    choices: tuple[str, ...] = ()
    #: The trainee's own number, without a right value: set by `exercises.commit`, before the look.
    own: bool = False
    #: The trainee's own words, which nobody judges.
    words: bool = False

    @property
    def wanted(self) -> str:
        """What to hand in, in a few words."""
        return self.asks or " or ".join([", ".join(self.choices[:-1]), self.choices[-1]])

    @property
    def allowed(self) -> str:
        """The tolerance in words."""
        if not self.tolerance:
            return "exact"
        return f"± {100 * self.tolerance:g} %" if self.relative else f"± {_plain(self.tolerance)}"


class Mistake(NamedTuple):
    """A wrong answer that people give, computed from the book like the right one, and what to tell
    them.
    """

    wrong: Callable[[Book], Any]
    hint: str


#: What *decide and defend* asks beside the choice.
DEFENCE = Part("defence", "two sentences that you would say to the board", words=True)


def sound_bar(sound: Callable[[float], bool], says: str) -> Callable[[Mapping[str, float]], str]:
    """Whether the bar that a trainee sets beforehand is one: ``says`` what is expected of it."""

    def judged(own: Mapping[str, float]) -> str:
        return "" if sound(own["bar"]) else f"`bar` is {own['bar']:g}: {says}"

    return judged


def by_the_bar(
    part: str,
    choice: str,
    passes: Callable[[float, float], bool],
    says: str,
    words: tuple[str, str] = ("above", "not above"),
) -> Callable[[Book, Mapping[str, Any]], str]:
    """Whether ``choice`` was made where the number ``part`` passes the trainee's own bar, and only
    there.

    Parameters
    ----------
    passes : takes the number and the bar, such as `operator.gt`.
    says : "the share is {} your own bar", with one of ``words``: for a number that passes, and for
        one that does not.
    """

    def judged(book: Book, answer: Mapping[str, Any]) -> str:
        passed = passes(float(answer[part]), float(answer["bar"]))
        said = answer["choice"].strip().casefold()
        if (said == choice) == passed:
            return ""
        found = says.format(words[0] if passed else words[1])
        return f"Your numbers contradict your choice: {found}, and you say “{said}”."

    return judged


def _consistent(book: Book, answer: Mapping[str, Any]) -> str:
    return ""


def _sound(own: Mapping[str, float]) -> str:
    return ""


def _reasons(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    return {}


@dataclass(frozen=True)
class Exercise:
    """One exercise."""

    code: str
    title: str
    depth: str
    parts: tuple[Part, ...]
    #: The right value, or a dict of the parts that have one; ValueError where the book cannot
    #: answer.
    expected: Callable[[Book], Any]
    hints: tuple[str, ...]
    #: ``wrong`` gives a value, or a dict of the parts it is about. One whose values all were handed
    #: in is the cause; one of which some were, could be.
    mistakes: tuple[Mistake, ...] = ()
    #: What in a complete answer contradicts its own evidence, in words; empty where nothing does.
    consistent: Callable[[Book, Mapping[str, Any]], str] = _consistent
    #: What is wrong with the trainee's own numbers by themselves, in words: a bar of 7 for a share.
    sound: Callable[[Mapping[str, float]], str] = _sound
    #: Both sides of a decision, computed from the book: what speaks for which choice.
    reasons: Callable[[Book, Mapping[str, Any]], dict[str, list[str]]] = _reasons

    @property
    def own(self) -> tuple[Part, ...]:
        """The numbers that the trainee sets before the look."""
        return tuple(part for part in self.parts if part.own)


@dataclass(frozen=True)
class Question:
    """A multiple-choice question; what to say to each choice stands in its solution."""

    code: str
    title: str
    right: str
