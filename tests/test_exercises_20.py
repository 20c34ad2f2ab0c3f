"""Exercises of lesson 20: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.lead_time import answers


def test_right_values_worked_by_hand(linjiang):
    # 28 (a Sunday), 29 and 30 April, 6, 7 and 8 May; 2 of 4 due; 3/5 x 1/2 are open
    assert find("20.1").expected(linjiang) == pytest.approx({"days": 6, "kept": 0.5, "done": 0.7})


def test_a_book_that_cannot_answer_says_so(write_book):
    book = Book.open(write_book("account_id,date,revenue\nA,2024-01-05,10\n"))
    for code in ("20.2", "20.3", "20.4", "20.5"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "no cases with an end" in exercises.judge(find(code), blank, book).text


def test_the_colleague_holds_equal_what_the_channel_changes(linjiang):
    found = find("20.3").expected(linjiang)
    own = answers.slope(linjiang, *answers.BEFOREHAND, "construction")
    assert found["fault"] == "after" and found["value"] < -4 and abs(own) < 0.5


def test_a_faster_plan_that_nobody_waits_for_saves_little(linjiang):
    found = find("20.2").expected(linjiang)
    assert found["plan"] < answers._share_of_later(linjiang)["plan"]
    assert answers._plan_alone(linjiang)["plan"] > 5 * found["plan"]
    # "three and a half days ... worth six tenths of one"
    assert answers._plan_alone(linjiang)["plan"] == pytest.approx(3.5, abs=0.1)
    assert found["plan"] == pytest.approx(0.63, abs=0.01)


def test_what_readers_got_in_the_place_of_the_right_value_is_named(linjiang):
    """Once: 2.53 days of equipment, and no word about it."""
    found = find("20.2").expected(linjiang)
    assert found["equipment"] == pytest.approx(2.391, abs=5e-4)
    handed = found | {"equipment": 2.53}
    said = exercises.judge(find("20.2"), handed, linjiang).text
    assert "cases that are still open too" in said
    said = exercises.judge(find("20.2"), found | {"plan": 0.0}, linjiang).text
    assert "compared the two means" in said
    # "in most cases the external one is later"
    outside, inside = (
        answers._by_activity(linjiang, f"{name}_plan") for name in ("external", "internal")
    )
    assert (outside > inside).mean() > 0.5
    value = find("20.3").expected(linjiang)["value"]
    assert value == pytest.approx(-5.655, abs=5e-4)
    # the formula of the sheet on the same cases, in calendar days, and of all years
    for wrong, word in ((-7.697, "calendar days"), (-5.885, "all years")):
        said = exercises.judge(find("20.3"), {"fault": "after", "value": wrong}, linjiang).text
        assert word in said
    # "these cases began so early that they are done"
    cases = linjiang.counted("cases")
    assert cases.loc[cases["start"] < answers.BEFORE, "end"].notna().all()


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    right = find("20.4").expected(linjiang)
    own = {"bar": 0.9, "choice": "promise", **right}
    assert "is below your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "no promise"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.75}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 90})
    assert set(answers._both_sides(linjiang, own)) == {"promise", "no promise"}


def test_forty_cases_do_not_tell_most(linjiang):
    found = find("20.5").expected(linjiang)
    assert found["share"] > 0.5 > found["low"] and found["choice"] == "cannot be told"
    # the textbook's interval is not taken for Wilson's
    wrong = found | answers._textbook(linjiang)
    said = exercises.judge(find("20.5"), wrong, linjiang)
    assert said.state == "wrong" and "1.96 standard errors" in said.text
    for share, word in ((0.825, "return visits"), (0.579, "ended in 2022")):
        said = exercises.judge(find("20.5"), found | {"share": share}, linjiang).text
        assert word in said
    # "94 %" of the solution, and "over all years the verdict is clear"
    assert answers._of_meetings(linjiang)["share"] == pytest.approx(0.94, abs=0.005)
    kept, owner = answers._kept(linjiang, None)
    worth = answers.waiting.effective_number(kept, owner)
    low, _ = answers.proportion_confint(kept.mean() * worth, worth, method="wilson")
    assert low > 0.5


def test_a_rounded_plan_is_not_taken_for_half_days(linjiang):
    found = find("20.2").expected(linjiang)
    for part, value, word in (
        ("plan", 0.616, "rounded half of a plan up"),
        ("plan", 0.62, "rounded half of a plan up"),
        ("plan", 0.635, "rounded half of a plan down"),
        ("plan", 0.89, "wherever it is the later one"),
        ("plan", 1.30, "not the sooner one"),
        ("equipment", 8.1, "what the lesson prints"),
        ("equipment", 8.12, "divided by the delays"),
        ("equipment", 8.11, "divided by the delays"),
    ):
        said = exercises.judge(find("20.2"), found | {part: value}, linjiang)
        assert said.state == "wrong" and word in said.text, (part, value)
    assert exercises.judge(find("20.2"), found | {"plan": 0.63}, linjiang).state == "right"


def test_each_mistake_of_the_promise_has_its_own_cause(linjiang):
    """Once, at 112 days: both sources gave 0.7325, open cases as late 0.7323."""
    right = find("20.4").expected(linjiang)
    own = {"bar": 0.99, "choice": "no promise", "defence": "Two. Sentences."}
    for how, word in (
        ("done", "left the open cases out"),
        ("open", "open cases as late"),
        ("all", "two sources too"),
        ("calendar", "calendar days"),
        ("weekdays", "Monday to Friday"),
        ("quarter", "a quarter later"),
    ):
        handed = own | right | {"share": answers._promise_otherwise(linjiang, how)["share"]}
        said = exercises.judge(find("20.4"), handed, linjiang).text
        causes = [m.hint for m in find("20.4").mistakes if m.hint in said]
        assert len(causes) == 1 and word in causes[0], how
    # "one customer in seven or so"
    assert 1 / (1 - right["share"]) == pytest.approx(7, abs=0.1)
