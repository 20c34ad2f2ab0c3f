"""What the documents claim and what a book says of it: one claim, one test, one verdict."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

Verdict = Literal["holds", "does not hold", "holds in part", "not decided", "cannot be tested here"]
UNTESTED: Verdict = "cannot be tested here"


class Claim(NamedTuple):
    """A claim of the documents, and what came of it on one book."""

    #: Ids of the passages, as "S000-2a, S000-9a".
    source: str
    says: str
    test: str
    #: The number of this book with its interval, written out.
    here: str
    verdict: Verdict
    #: What the verdict rests on, in a few words.
    why: str = ""

    @property
    def ruling(self) -> str:
        """The verdict with its reason."""
        return f"{self.verdict}: {self.why}" if self.why else self.verdict


def untested(source: str, says: str, test: str, why: str) -> Claim:
    """A claim that this book cannot test, with the column or the rows that would allow it."""
    return Claim(source, says, test, "-", UNTESTED, why)


def by_interval(low: float, high: float, claimed: float) -> Verdict:
    """Whether an interval holds the claimed value: a value outside refutes, one inside does not
    prove.
    """
    if math.isnan(low) or math.isnan(high):
        return "not decided"
    return "holds" if low <= claimed <= high else "does not hold"


def at_least(low: float, high: float, claimed: float) -> Verdict:
    """Whether a value is at least what is claimed, by its interval: decided only where the
    interval is on one side.
    """
    if math.isnan(low) or math.isnan(high):
        return "not decided"
    return "holds" if low >= claimed else "does not hold" if high < claimed else "not decided"
