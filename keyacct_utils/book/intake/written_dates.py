"""Dates as systems and languages write them: names of months, times of day, other eras, periods,
and what stands for no date.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from babel import Locale

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December")  # fmt: skip
#: Languages whose names of months do not contradict each other.
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_MORE = {1: ("jän", "jänner"), 3: ("mär", "mrz"), 6: ("jui",), 9: ("sept", "setiembre")}
_APART = r"[^\p{L}\p{M}]"


def _names() -> list[list[str]]:
    """The names of each month, longest first."""
    found: list[set[str]] = [set(_MORE.get(month, ())) for month in range(1, 13)]
    for language in _LANGUAGES:
        months = Locale(language).months["format"]
        for width in ("wide", "abbreviated"):
            for month, name in months[width].items():
                found[month - 1].add(name.lower().rstrip("."))
    return [sorted(names, key=lambda name: (-len(name), name)) for names in found]


_NAMES = _names()
_PATTERNS = ["|".join(map(re.escape, names)) for names in _NAMES]
_ANY_NAME = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_PATTERNS)})(?![^\W\d_])", re.IGNORECASE)


def english_sql(text: str, form: str) -> str:
    """SQL: a text with the names of months in English, as a format with ``%b`` or ``%B`` wants."""
    for short, long, names in zip(_ENGLISH, _LONG, _PATTERNS, strict=True):
        name = long if "%B" in form else short
        text = f"regexp_replace({text}, '(^|{_APART})(?:{names})({_APART}|$)', '\\1{name}\\2', 'i')"
    return f"regexp_replace({text}, '(\\p{{L}})\\.( |$)', '\\1\\2', 'g')"


def english(text: str, form: str = "%b") -> str:
    """What `english_sql` gives."""
    for short, long, names in zip(_ENGLISH, _LONG, _PATTERNS, strict=True):
        name = long if "%B" in form else short
        text = re.sub(rf"(?i)(?<![^\W\d_])(?:{names})(?![^\W\d_])", name, text, count=1)
    return re.sub(r"([^\W\d_])\.( |$)", r"\1\2", text)


#: Two numbers or a year of the Buddhist era, with what may follow.
_BE_DAY_FIRST = r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](2[4-6]\d\d)(?:[ T].*)?$"
_BE_YEAR_FIRST = r"^(2[4-6]\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?$"
_ERA = 543
_BUDDHIST = re.compile(rf"{_BE_DAY_FIRST}|{_BE_YEAR_FIRST}")
#: DuckDB macros that need no declaration of a book.
MACROS = f"""
CREATE MACRO buddhist_date(p) AS CAST(try_strptime(CASE
    WHEN regexp_matches(p, '{_BE_DAY_FIRST}') THEN
        (CAST(regexp_extract(p, '{_BE_DAY_FIRST}', 3) AS INTEGER) - {_ERA})
        || regexp_replace(p, '{_BE_DAY_FIRST}', '-\\2-\\1')
    WHEN regexp_matches(p, '{_BE_YEAR_FIRST}') THEN
        (CAST(regexp_extract(p, '{_BE_YEAR_FIRST}', 1) AS INTEGER) - {_ERA})
        || regexp_replace(p, '{_BE_YEAR_FIRST}', '-\\2-\\3') END, '%Y-%m-%d') AS DATE);
"""
_NO_DATE = re.compile(
    r"0{6,}|0{1,4}([-/.])0{1,2}\1(0{1,4})([ T].*)?|(1900[-/.]0?1[-/.]0?0|0?0[-/.]0?1[-/.]1900"
    r"|0?1[-/.]0?0[-/.]1900|00?-jan-(19)?00|0001-01-01|1899-12-3[01]|9999-12-31"
    r"|3[01][-/.]12[-/.]1899|12[-/.]3[01][-/.]1899|0?1[-/.]0?1[-/.]0001|31[-/.]12[-/.]9999"
    r"|12[-/.]31[-/.]9999)([ T].*)?",
    re.IGNORECASE,
)
_PERIODS = (
    (r"(19|20)\d\d[./]0(0[1-9]|1[0-2])", "%Y{0}0%m"),
    (r"0(0[1-9]|1[0-2])[./](19|20)\d\d", "0%m{0}%Y"),
    (r"(19|20)\d\d0(0[1-9]|1[0-2])", "%Y0%m"),
)
_SPECIAL_PERIOD = r"(19|20)\d\d[./]?01[3-6]|01[3-6][./](19|20)\d\d"


def no_dates(values: Iterable[str]) -> list[str]:
    """Those of the values that systems write for a date they do not know."""
    return [value for value in dict.fromkeys(values) if _NO_DATE.fullmatch(value)]


def buddhist_year(value: str) -> int:
    """The year of the Buddhist era that a date is written with; 0 where it is none."""
    found = _BUDDHIST.match(value)
    return int(found[3] or found[4]) if found else 0


def period_form(values: list[str]) -> str:
    """The format of SAP's periods of three digits (2024.001); empty where they are none."""
    for shape, form in _PERIODS:
        if values and all(re.fullmatch(shape, value) for value in values):
            return form.format(re.sub(r"\d", "", values[0]))
    return ""


def is_special_period(value: str) -> bool:
    """Whether a value is one of SAP's periods 13 to 16, which are no months."""
    return re.fullmatch(_SPECIAL_PERIOD, value) is not None


def time_form(rest: str) -> str | None:
    """The format of what follows a day: "" for nothing, " %I:%M:%S %p"; None where it is no
    time.
    """
    found = re.fullmatch(r"(,? +|T)(\d{1,2}):(\d{2})(:\d{2}(\.\d{1,6})?)?( ?)([AaPp][Mm])?", rest)
    if not rest or not found:
        return None if rest else ""
    before, _, _, seconds, fraction, blank, half = found.groups()
    hours = f"{'%I' if half else '%H'}:%M"
    tail = f"{':%S' if seconds else ''}{'.%f' if fraction else ''}{f'{blank}%p' if half else ''}"
    return before + hours + tail


def _form_of(value: str) -> str:
    """The format of one date with the name of its month; empty where that is not all it has."""
    text = english(value)
    rest = re.search(r"(,? +|T)\d{1,2}:\d\d.*$", text)
    time = time_form(rest[0]) if rest else ""
    form, named = _ANY_NAME.subn("%b", text[: rest.start()] if rest else text, count=1)
    numbers = re.findall(r"\d+", form)
    years = sum(len(number) == 4 for number in numbers)
    if not named or time is None or not numbers or years > 1 or len(numbers) > 2:
        return ""
    if any(len(number) not in (1, 2, 4) for number in numbers):
        return ""
    if years:
        form = re.sub(r"\d{4}", "%Y", form)
        form = re.sub(r"\d{1,2}", "%d", form)
    else:
        form = re.sub(r"\d{1,2}", "%d", form, count=1) if len(numbers) > 1 else form
        form = re.sub(r"\d{1,2}", "%y", form)
    return form + time


def form_of_names(values: list[str]) -> str:
    """The one format, with ``%b``, of dates whose months are named; empty where there is none."""
    forms = {_form_of(value) for value in values}
    form = next(iter(forms)) if len(forms) == 1 else ""
    try:
        for value in values if form else ():
            dt.datetime.strptime(english(value), form)
    except ValueError:
        return ""
    return form
