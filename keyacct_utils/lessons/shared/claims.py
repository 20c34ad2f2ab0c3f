"""What the documents claim and what a book says of it: one claim, one test, one verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

Verdict = Literal[
    "holds",
    "does not hold",
    "holds in part",
    "cannot be told from this book",
    "cannot be tested here",
]
UNTESTED: Verdict = "cannot be tested here"
UNTOLD: Verdict = "cannot be told from this book"
#: How far a share may lie from the round figure of a document ("80 %") before anybody would decide
#: otherwise. No document says; five points are half of the step between two such figures.
ABOUT = 0.05
#: Of a test that a verdict rests on: the chance of a decision where there is nothing to find. An
#: interval of 95 % is such a test.
LEVEL = 0.05


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
    #: Tests (or intervals of 95 %) that the verdict rests on; 0 where it is arithmetic without
    #: error, such as a document's own formula.
    tests: int = 1
    #: False where nothing but figures that the document names was reckoned: true on every book.
    of_this_book: bool = True

    @property
    def ruling(self) -> str:
        """The verdict with its reason."""
        return f"{self.verdict}: {self.why}" if self.why else self.verdict


def untested(source: str, says: str, test: str, why: str) -> Claim:
    """A claim that this book cannot test, with the column or the rows that would allow it."""
    return Claim(source, says, test, "-", UNTESTED, why, 0)


def by_chance(claims: Sequence[Claim], level: float = LEVEL) -> tuple[int, float]:
    """How many tests do these verdicts rest on, and how many would chance alone decide?

    Parameters
    ----------
    claims : of one table, those that could not be tested included
    level : chance of each test to decide where there is nothing to find

    Returns
    -------
    tuple : number of tests, and ``level`` times it

    Raises
    ------
    ValueError
        If the level is not a fraction between 0 and 1, or a claim says that it rests on fewer than
        0 tests.

    Notes
    -----
    The expected number of decisions by chance adds up whether or not the tests depend on each
    other; the chance of at least one does not, so it is not given.

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57(1), 289-300.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}: expected a fraction between 0 and 1")
    if odd := [claim.says for claim in claims if claim.tests < 0]:
        raise ValueError(f"tests of {odd[0]!r} are below 0: expected 0 or more")
    tests = sum(claim.tests for claim in claims if claim.verdict != UNTESTED)
    return tests, level * tests


def share_margin(name: str, margin: float) -> float:
    """A difference of two shares that changes no decision, if it is one: 5 would be five hundred
    points, and everything lies within them.

    Raises
    ------
    ValueError
        If it is below 0, or half of the whole or more.
    """
    if not 0 <= margin < 0.5:
        raise ValueError(
            f"{name} is {margin:g}: a difference of shares that changes no decision is a fraction "
            "of 0 or more and below 0.5, such as 0.05 for five points"
        )
    return margin


def by_interval(low: float, high: float, claimed: float, margin: float) -> Verdict:
    """Whether a value is about what is claimed, by its interval.

    An interval that merely holds the claimed value is no proof of it: a book of 30 accounts has
    an interval that holds almost anything. The claim holds where the whole interval lies within
    ``margin`` of it (a test of equivalence, two one-sided tests), does not hold where the whole
    interval lies outside, and cannot be told otherwise.

    Parameters
    ----------
    margin : float
        The difference from the claim that would change no decision, in the unit of the claim.

    Raises
    ------
    ValueError
        If the margin is negative.

    References
    ----------
    Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach,
    J Pharmacokinet Biopharm 15.
    """
    if margin < 0:
        raise ValueError(f"margin is {margin:g}; a difference that does not matter is 0 or more")
    if math.isnan(low) or math.isnan(high):
        return UNTOLD
    if claimed - margin <= low and high <= claimed + margin:
        return "holds"
    return "does not hold" if high < claimed - margin or low > claimed + margin else UNTOLD


def at_least(low: float, high: float, claimed: float, margin: float = 0.0) -> Verdict:
    """Whether a value is at least what is claimed, by its interval: decided only where the
    interval is on one side of the claim, or of the claim less the ``margin`` that would change no
    decision.
    """
    if math.isnan(low) or math.isnan(high):
        return UNTOLD
    bar = claimed - margin
    return "holds" if low >= bar else "does not hold" if high < bar else UNTOLD
