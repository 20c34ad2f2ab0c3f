"""Sentences as whole templates with named fields, and the forms in which a field is written.

A sentence is written once, with names where numbers go:
``"The top {q:percent0} hold {share:percent} of {line}."``
It can be tested, listed and translated, which a sentence glued from clauses cannot.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from keyacct_utils.lessons.showing.words import (
    count,
    listing,
    money,
    money_span,
    percent,
    rounded,
    safe,
)

#: How a field is written: ``{share:percent0}``. What is not here is a format of Python.
FORMS: dict[str, Callable[[Any], str]] = {
    "percent": lambda value: percent(value),
    "percent0": lambda value: percent(value, 0),
    "percent2": lambda value: percent(value, 2),
    "percent3": lambda value: percent(value, 3),
    "points": lambda value: f"{rounded(100 * value, 1):.1f}",
    "money": money,
    "text": str,
    "link": str,
    "yes": lambda value: "yes" if value else "no",
}
#: Minus nothing: "-0.0" is "0.0".
_NOTHING = re.compile(r"^-(0(?:\.0*)?)$")
#: Formats of Python with a fixed number of decimals, which are rounded before they are written.
_FIXED = re.compile(r"[^%]*\.(\d+)f")
#: Two ends of an interval of money.
_SPAN = re.compile(r"\{(\w+):money\} to \{(\w+):money\}")
_NAMES, _COUNT, _START = "names", "count", "start"


class TemplateError(ValueError):
    """A sentence cannot be written: a field is not among the numbers, or its value is missing."""


def missing(value: object) -> bool:
    """Whether a value is None, NaN or NA; a collection never is."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))  # type: ignore[call-overload]


class _Writer(string.Formatter):
    def __init__(self, template: str, markup: bool) -> None:
        self.template, self.markup = template, markup

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if not isinstance(key, str) or key not in kwargs:
            known = ", ".join(map(str, kwargs)) or "nothing"
            raise TemplateError(f"{self.template!r} has a field {key!r}; the numbers are {known}")
        return kwargs[key]

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._written(value, format_spec)

    def _written(self, value: Any, form: str) -> str:
        if missing(value):
            raise TemplateError(f"{self.template!r}: a value is missing ({form or 'as text'})")
        kind, _, rest = form.partition(" ")
        if kind == _NAMES:
            return listing(value, markup=self.markup)
        if kind == _COUNT and rest:
            noun, _, plural = rest.partition("/")
            return count(int(value), noun, plural)
        if isinstance(value, str):
            text = safe(value) if self.markup else value
            return text[:1].upper() + text[1:] if form == _START else text
        if form in FORMS:
            return FORMS[form](value)
        if not form and not isinstance(value, int):
            raise TemplateError(
                f"{self.template!r}: {value!r} needs a form, such as percent or .2f"
            )
        try:
            fixed = _FIXED.fullmatch(form)
            plain = rounded(value, int(fixed[1])) if fixed else value
            return _NOTHING.sub(r"\1", format(plain, form or ","))
        except (ValueError, TypeError):
            known = ", ".join([*FORMS, _NAMES, f"{_COUNT} NOUN", _START])
            raise TemplateError(f"{self.template!r}: no form {form!r}; there are {known}") from None


def write(template: str, numbers: Mapping[str, Any], *, markup: bool = True) -> str:
    """Write a sentence from its template.

    Parameters
    ----------
    template : str
        Text with fields ``{name}`` or ``{name:form}``. A form is one of `FORMS`; ``count account``
        ("1 account", "2 accounts"; ``count country/countries``); ``names`` for a list; ``start``
        for a text that begins the sentence; or a format of Python. Texts are data: in Markdown
        their signs are escaped.
    numbers : mapping
        The values by name.
    markup : bool
        False writes plain text, for a title, an axis or an alt text.

    Raises
    ------
    TemplateError
        A ValueError: a field that the numbers lack, a missing value, a fraction without a form.
    """
    text = _SPAN.sub(lambda span: _in_one_unit(span, numbers), template)
    return _Writer(template, markup).vformat(text, (), numbers)


def _in_one_unit(span: re.Match[str], numbers: Mapping[str, Any]) -> str:
    """Two ends as they stand in the template; written out where the first would have no unit and
    the second one: "1.29 to 6.28 k" reads as 1.29 k.
    """
    ends: list[Any] = [numbers.get(name) for name in span.groups()]
    if any(map(missing, ends)):
        return span[0]
    plain = [money(end)[-1].isdigit() for end in ends]
    return money_span(*ends) if plain == [True, False] else span[0]


def fields(template: str) -> list[str]:
    """The names of the fields of a template, in their order."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def constant_text(template: str) -> str:
    """What stands in a template whatever the numbers are."""
    return " ".join(text for text, _, _, _ in string.Formatter().parse(template) if text)


def value_form(value: Any, form: str) -> str:
    """One value of a table in a form; a missing one is "-"."""
    return "-" if missing(value) else _Writer(form, markup=False)._written(value, form)


def with_interval(value: float, low: float, high: float, form: str = "percent0") -> str:
    """A value with its interval, as a table of claims writes it: "80 % (75 % to 84 %)"; the value
    alone where the interval is missing, "80 % (75 % or more)" where it has no upper end. Where
    whole percents would write both ends alike ("3 % (3 % to 3 %)"), all three get a decimal.
    """
    if missing(low) or missing(high):
        return value_form(value, form)
    if math.isinf(high):
        return f"{value_form(value, form)} ({value_form(low, form)} or more)"
    ends = [value_form(end, form) for end in (low, high)]
    if form == "percent0" and ends[0] == ends[1]:
        return with_interval(value, low, high, "percent")
    return f"{value_form(value, form)} ({ends[0]} to {ends[1]})"
