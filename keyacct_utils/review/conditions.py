"""The conditions of ``keyacct compare --fail-if``: a measure, a sign, a number; read by a small
grammar, never evaluated.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from keyacct_utils.contract.faults import nearest
from keyacct_utils.review.comparison import Comparison, Measure

FORM = 'MEASURE > NUMBER, or with %: "grade changes > 5", "revenue moved > 1%"'
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
)
_GRAMMAR = re.compile(r"([a-z]+(?: [a-z]+)*) ?(>=|<=|>|<|=) ?([+-]?\d+(?:\.\d+)?) ?(%?)", re.ASCII)
#: Decimals to which figures are compared: below a cent, above the noise of sums.
_DECIMALS = 6


@dataclass(frozen=True)
class Condition:
    """A condition as it was written, and its parts."""

    text: str
    measure: str
    sign: str
    limit: float
    percent: bool


@dataclass(frozen=True)
class Verdict:
    """A condition with the figure it was judged by."""

    condition: Condition
    figure: float
    met: bool

    def __str__(self) -> str:
        unit = " %" if self.condition.percent else ""
        found = (
            f"{self.figure:,.6g}{unit}"
            if math.isfinite(self.figure)
            else "a change from nothing, which no percentage measures"
        )
        return (
            f"{'MET' if self.met else 'not met'}: {self.condition.text} "
            f"({self.condition.measure} is {found})"
        )


def parse(texts: Iterable[str], known: Iterable[str]) -> list[Condition]:
    """Read conditions.

    Parameters
    ----------
    texts : iterable of str
        Such as ``"grade changes > 5"``; case and further blanks do not matter; numbers have a point
        and no separators.
    known : iterable of str
        Names of the measures.

    Raises
    ------
    ValueError
        For a text of another form or an unknown measure; lists the measures.
    """
    names = list(known)
    listed = f"the measures are {', '.join(names)}"
    found = []
    for text in texts:
        match = _GRAMMAR.fullmatch(" ".join(text.split()).lower())
        if match is None:
            raise ValueError(
                f"--fail-if {text!r} cannot be read; expected "
                f"{FORM}; signs {' '.join(_OPERATORS)}; {listed}"
            )
        name, sign, number, percent = match.groups()
        if name not in names:
            hint = nearest(name, names)
            raise ValueError(
                f"--fail-if {text!r}: there is no measure "
                f"{name!r}; {hint + ' ' if hint else ''}{listed}"
            )
        found.append(Condition(text, name, sign, float(number), bool(percent)))
    return found


def judge(conditions: Iterable[Condition], comparison: Comparison) -> list[Verdict]:
    """Hold each condition against the comparison.

    Raises
    ------
    ValueError
        Where a measure cannot be told from these two runs: a gate that cannot be judged must not
        pass in silence.
    """
    verdicts = []
    for condition in conditions:
        measure = comparison.measures[condition.measure]
        if measure.value is None:
            raise ValueError(f"--fail-if {condition.text!r}: {measure.name} {measure.says}")
        if condition.percent and measure.base < 0:
            raise ValueError(
                f"--fail-if {condition.text!r}: {measure.name} is no part of a loss, which the old "
                f"run has ({measure.base:,.0f}); name an amount instead of a percentage"
            )
        figure = round(_percent(measure) if condition.percent else measure.value, _DECIMALS)
        verdicts.append(
            Verdict(condition, figure, _OPERATORS[condition.sign](figure, condition.limit))
        )
    return verdicts


def _percent(measure: Measure) -> float:
    """The value in percent of its base; without a base any change is more than every percentage."""
    value = measure.value or 0.0
    if not measure.base:
        return math.copysign(math.inf, value) if value else 0.0
    return 100.0 * value / measure.base
