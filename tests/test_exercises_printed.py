"""No answer can be copied from the lesson: what is right does not stand printed in its notebook."""

from __future__ import annotations

import re
from functools import lru_cache
from numbers import Real
from typing import Any

import nbformat
import pandas as pd
import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises.asked import DEPTHS, Exercise, Part, lessons, of_lesson
from keyacct_utils.exercises.checking import _computed
from keyacct_utils.exercises.sheets import SHEETS
from keyacct_utils.lessons.catalogue import notebook_path
from keyacct_utils.lessons.showing.words import money
from keyacct_utils.running.outputs import output_text

EXERCISES = [item for code in lessons() for item in of_lesson(code) if isinstance(item, Exercise)]
#: Smaller counts stand in any lesson by chance.
TINY = 30
#: What is printed and may be: the lesson shows it for another thing, or its number is round.
OTHERWISE: dict[tuple[str, str], str] = {
    ("01.6", "low"): "0.50 is the first share of the five accounts on the napkin",
    ("01.2", "top_fifth"): "there the Gini coefficient of a Pareto distribution",
    ("02.1", "all_five"): "there the priority projects",
    ("02.1", "four"): "there accounts of the two types that are not on the list",
    ("02.1", "any_one"): "all accounts of the book: that this is so is the point",
    ("02.3", "moved"): "there the size of one tier with all cuts a quarter higher",
    ("02.6", "share_four"): "there the revenue of one scheme's names, of another book",
    ("03.2", "moved"): "there the size of grade B",
    ("04.4", "miss"): "there the price rise that can be asked of one loss-maker",
    ("05.2", "old"): "there the effect of the club, in points",
    ("05.2", "new"): "there the median gap of all offers",
    ("05.5", "npv"): "there the limit of what a dearer lift brings",
    ("06.1", "alpha"): "two digits; there the limit of a path",
    ("06.4", "gain"): "two digits; there the limit of a reliability",
    ("06.4", "low"): "two digits; there the limit of another interval",
    ("06.6", "high"): "two digits; there the limit of another correlation",
    ("07.3", "auc"): "there the rule without the points of one section",
    ("07.5", "accounts"): "there all accounts that are known on the earlier day",
    ("19.2", "beta"): "two digits; there the limit of another beta",
    ("07.3", "rate"): "two digits; there the defaults of one band of points",
    ("14.1", "kept"): "there the renewals that one manager won, 8 of 10",
    ("14.5", "chance"): "two digits; there a chance of another year",
    ("17.4", "gain"): "there the limit of what is left on won bids",
    ("17.4", "lost"): "there the limit of a worth, with the other scores left out",
    ("22.4", "earning"): "there the limit of a list by lot",
    ("21.5", "lost"): "there the tolerance of the effect of an early renewal",
}
_NUMBER = re.compile(r"(?<![\w.,])[-+−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?: (?:%|bn|m|k)(?!\w))?")


@lru_cache
def printed(lesson: str) -> frozenset[str]:
    """The numbers in the committed outputs of a lesson, each with its unit where it has one."""
    found = set()
    for cell in nbformat.read(notebook_path(lesson), as_version=4).cells:
        text = re.sub(r"<[^>]*>|\\", " ", "\n".join(output_text(cell)))
        for number in _NUMBER.findall(text):
            plain = number.replace(",", "").replace("−", "-").lstrip("+")
            found.add(plain)
    return frozenset(found)


def forms(part: Part, value: float) -> set[str]:
    """How a lesson would print this value: with the decimals asked, in percent, as money."""
    asked = re.search(r"(\d) decimal", part.asks)
    if part.relative and not asked:
        return {money(value), f"{value:.0f}"}
    if asked and "million" in part.asks:
        return {f"{value:.{asked[1]}f}", money(1e6 * value)}
    if not asked:
        return {f"{value:.0f}"} if abs(value) >= TINY else set()
    digits = int(asked[1])
    found = {f"{value:.{digits}f}", re.sub(r"^(-?)0\.", r"\1.", f"{value:.{digits}f}")}
    if "percent" in part.asks:
        found.add(f"{value:.{digits}f} %")
    return found | ({f"{100 * value:.{digits - 2}f} %"} if "fraction" in part.asks else set())


@lru_cache
def other_book(lesson: str) -> Book:
    """The book that the sheet of a lesson names for its last exercise."""
    text = (SHEETS / notebook_path(lesson).name).read_text(encoding="utf-8")
    (name,) = re.findall(r'other_book: str = \\"(\w+)\\"', text)
    return bundled(name)


def book_of(item: Exercise, linjiang: Book) -> Book:
    """The book of an exercise."""
    return other_book(item.code[:2]) if item.depth == DEPTHS[-1] else linjiang


def printed_values(item: Exercise, book: Book) -> dict[str, list[str]]:
    """The parts whose value the lesson prints, and in which forms."""
    right = _computed(item.expected, book)
    right = right if item.parts[0].name else {"": right}
    found = {}
    for part in item.parts:
        value: Any = right.get(part.name)
        values = list(value) if isinstance(value, pd.Series) else [value]
        numbers = [one for one in values if isinstance(one, Real) and not isinstance(one, bool)]
        hits = sorted(
            {form for one in numbers for form in forms(part, float(one))} & printed(item.code[:2])
        )
        if hits and (len(hits) > 1 or not isinstance(value, pd.Series)):
            found[part.name] = hits
    return found


def test_another_book_is_the_second_one_where_it_has_the_tables():
    other = {item.code: other_book(item.code[:2]) for item in EXERCISES if item.depth == DEPTHS[-1]}
    names = {code: book.folder.name for code, book in other.items()}
    # 06.6 needs many managers, 07.5 credit events, 13.5 departures, 17.5 bids, 20.5 cases, 22.5 the
    # year's mechanisms: there another year
    assert names == dict.fromkeys(
        (
            *("01.6", "02.6", "03.6", "04.6", "08.6", "09.5", "10.5", "11.5", "12.5", "14.6"),
            "15.5",
            "16.6",
            "18.5",
            "19.5",
            "21.6",
        ),
        "yunhe",
    ) | dict.fromkeys(("06.6", "07.5", "13.5", "17.5", "20.5", "22.5"), "linjiang")


@pytest.mark.parametrize("item", EXERCISES, ids=lambda item: item.code)
def test_no_answer_stands_in_the_lesson(item, linjiang):
    found = printed_values(item, book_of(item, linjiang))
    copied = {name: hits for name, hits in found.items() if (item.code, name) not in OTHERWISE}
    assert not copied, f"{item.code}: ask for another account, year, line or book"


def test_what_is_excused_is_really_printed(linjiang):
    by_code = {item.code: item for item in EXERCISES}
    for code, name in OTHERWISE:
        item = by_code[code]
        assert name in printed_values(item, book_of(item, linjiang)), (code, name)


def test_a_value_is_found_in_each_form():
    assert forms(Part("x", "fraction, 3 decimals", 0.001), 0.7984) == {"0.798", ".798", "79.8 %"}
    assert forms(Part("x", "yuan", 0.001, True), 39_090_265.9) == {"39.09 m", "39090266"}
    assert forms(Part("x", "a count"), 29) == set() and forms(Part("x", "a count"), 129) == {"129"}
    assert "91.9 %" in printed("01") and "0.919" not in printed("01")
