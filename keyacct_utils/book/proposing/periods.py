"""Headers that name a month, a week, a quarter or a year, and the day it begins with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from keyacct_utils.book.proposing.synonyms import simplified

_MONTHS = """jan january januar janvier janv enero ene|feb february februar fevrier fevr febrero|mar march marz maerz mrz
    mars marzo|apr april avril avr abril abr|may mai mayo|jun june juni juin junio|jul july juli juillet juil julio|aug august
    aout agosto ago|sep sept september septembre septiembre set|oct october oktober okt octobre octubre|nov november novembre
    noviembre|dec december dezember dez decembre diciembre dic"""
_NUMBER = {
    word: place for place, names in enumerate(_MONTHS.split("|"), 1) for word in names.split()
}
_CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_NUMBER |= {f"{sign}月": place for place, sign in enumerate(_CHINESE, 1)}
_YEAR = r"(?:19|20)\d{2}"
#: What may stand around the name of a period: what the amounts are.
_AROUND = re.compile(
    r"销售额|销售收入|销售|金额|收入|合计|sum of|sales|amount|revenue|umsatz|ventes|ventas"
    r"|求和项[::]?"
)
_FORMS = (
    (rf"({_YEAR})[-/.年 ](0?[1-9]|1[0-2])月?(?:份)?|({_YEAR})(0[1-9]|1[0-2])", "ym"),
    (rf"({_YEAR})[-/.年](0?[1-9]|1[0-2])[-/.月](\d{{1,2}})日?(?:[t ][\d:.]+)?", "ymd"),
    (rf"(0?[1-9]|1[0-2])[-/.]({_YEAR})", "my"),
    (rf"({_YEAR})[-/ ]?m(0?[1-9]|1[0-2])", "ym"),
    (r"(0?[1-9]|1[0-2])月(?:份)?|m(0?[1-9]|1[0-2])|month (0?[1-9]|1[0-2])", "m"),
    (rf"({_YEAR})[-/ 年]?(?:w|wk|week|kw|第)? ?([0-5]?\d)周", "yw"),
    (rf"({_YEAR})[-/ ]?(?:w|wk|week|kw) ?([0-5]?\d)", "yw"),
    (r"(?:w|wk|week|kw|woche|semaine|semana) ?([0-5]?\d)|第?([0-5]?\d)周", "w"),
    (rf"(?:kw|w) ?([0-5]?\d)[-/ ]({_YEAR})", "wy"),
    (rf"({_YEAR})[-/ 年]?第?(?:[qt]([1-4])|([一二三四1-4])季度?)", "yq"),
    (rf"q([1-4])[-/ ]?({_YEAR})", "qy"),
    (r"q([1-4])|第?([一二三四1-4])季度?", "q"),
    (rf"({_YEAR})年?(?:度)?|(?:fy) ?({_YEAR})", "y"),
)  # fmt: skip
_COMPILED = tuple((re.compile(form), kind) for form, kind in _FORMS)
_QUARTER = {sign: place for place, sign in enumerate("一二三四", 1)}
_LONGEST = 40
_WEEK_OF_YEAR_ONE = 4


def _parts(label: str) -> tuple[str, tuple[int, ...]] | None:
    """The kind of period that a header names, and its numbers."""
    plain = " ".join(_AROUND.sub(" ", simplified(label[:_LONGEST])).split()).strip("_-:( )")
    for form, kind in _COMPILED:
        if found := form.fullmatch(plain):
            given = [part for part in found.groups() if part]
            return kind, tuple(_QUARTER.get(part) or int(part) for part in given)
    word = re.fullmatch(rf"([^\W\d]+)\.?(?:[-/. ']*({_YEAR}|\d{{2}}))?", plain)
    if word and word[1] in _NUMBER:
        month = _NUMBER[word[1]]
        if not word[2]:
            return "m", (month,)
        year = int(word[2])
        return "ym", (year if year > 99 else 2000 + year, month)
    return None


def names_period(label: str) -> bool:
    """Whether a header is the name of a month, week, quarter or year."""
    return _parts(label) is not None


def _day(kind: str, numbers: tuple[int, ...], year: int) -> dt.date | None:
    try:
        if kind in ("ym", "my"):
            first, second = numbers
            return dt.date(first, second, 1) if kind == "ym" else dt.date(second, first, 1)
        if kind == "ymd":
            return dt.date(*numbers)
        if kind == "y":
            return dt.date(numbers[0], 1, 1)
        if kind in ("yw", "wy", "w"):
            whole = {"yw": numbers, "wy": numbers[::-1], "w": (year, *numbers)}[kind]
            return dt.date.fromisocalendar(whole[0], whole[1], _WEEK_OF_YEAR_ONE)
        if kind in ("yq", "qy", "q"):
            whole = {"yq": numbers, "qy": numbers[::-1], "q": (year, *numbers)}[kind]
            return dt.date(whole[0], 3 * whole[1] - 2, 1)
        return dt.date(year, numbers[0], 1)
    except ValueError:
        return None


def needs_year(labels: Sequence[str]) -> bool:
    """Whether the headers name months, weeks or quarters without their year."""
    return any((parts := _parts(label)) is not None and parts[0] in "mwq" for label in labels)


def years_in(text: str) -> list[int]:
    """The years that a title, a sheet or a file names."""
    return sorted({int(year) for year in re.findall(rf"(?<!\d){_YEAR}(?!\d)", text)})


def first_days(labels: Sequence[str], year: int) -> dict[str, dt.date] | None:
    """The day with which the period of each header begins (of a week, the Thursday that gives it
    its year); None where one names none, or two the same.
    """
    found: dict[str, dt.date] = {}
    for label in labels:
        parts = _parts(label)
        day = _day(*parts, year) if parts else None
        if day is None:
            return None
        found[label] = day
    return found if len(set(found.values())) == len(labels) else None
