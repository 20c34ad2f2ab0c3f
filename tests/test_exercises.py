"""Exercises: sheets in step with their source, solutions right, empty sheets open, wrong answers told why, progress kept."""

from __future__ import annotations

import json
import math
import operator
import re
import shutil
from decimal import Decimal

import nbformat
import numpy as np
import pandas as pd
import pytest
from exercise_runs import read, run_all
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from keyacct_utils.book import DATASETS, Book
from keyacct_utils.exercises import asked as exercise_answers
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises import sheets as exercise_sheets
from keyacct_utils.exercises.asked import (
    DEPTHS,
    Exercise,
    Mistake,
    Part,
    Question,
    find,
    lessons,
    of_lesson,
    sheet_minutes,
)  # fmt: skip
from keyacct_utils.exercises.comparing import difference
from keyacct_utils.exercises.sheets import (
    END,
    SHEETS,
    SOURCES,
    START,
    TAG,
    by_exercise,
    exercise_sheet,
    explanations,
)
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS, lesson
from keyacct_utils.lessons.shared.exercise import by_the_bar, sound_bar

ITEMS = [item for code in lessons() for item in of_lesson(code)]
EXERCISES = [item for item in ITEMS if isinstance(item, Exercise)]
QUESTIONS = [item for item in ITEMS if isinstance(item, Question)]
MISTAKES = [(item, place) for item in EXERCISES for place in range(len(item.mistakes))]
#: What an exercise computes from a book, as the check itself keeps it: once for all tests.
computed = exercises._computed
every_lesson = pytest.mark.parametrize("code", lessons())
every_question = pytest.mark.parametrize("item", QUESTIONS, ids=lambda item: item.code)


@pytest.fixture(autouse=True)
def no_session(monkeypatch, tmp_path):
    """Each test starts without progress, a book or a place to keep progress in."""
    monkeypatch.delenv("KEYACCT_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(exercises, "_session", {})
    monkeypatch.setattr(exercises, "_book", None)


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """What the exercises say, one text each."""
    texts: list[str] = []
    monkeypatch.setattr(exercises, "say", lambda *sentences: texts.append(" ".join(sentences)))
    monkeypatch.setattr(exercises, "text_table", lambda frame: texts.append(frame.to_string()))
    return texts


def test_sheets_are_in_step_with_their_source_and_the_answers():
    stems = [f"{lesson(code).stem}.ipynb" for code in lessons()]
    assert (
        [path.name for path in sorted(SOURCES.glob("*.ipynb"))]
        == stems
        == [path.name for path in sorted(SHEETS.glob("*.ipynb"))]
    )
    for stem in stems:
        made = nbformat.writes(exercise_sheet(nbformat.read(SOURCES / stem, as_version=4))) + "\n"
        assert (SHEETS / stem).read_text(encoding="utf-8") == made, f"{stem}: run make exercises"
    assert exercise_sheets.write_sheets() == [] and exercise_sheets.sheets_without_source() == []


@every_lesson
def test_sheets_hold_no_solution_and_no_output(code):
    sheet, source = read(SHEETS, code), read(SOURCES, code)
    nbformat.validate(sheet)
    text = "\n".join(cell.source for cell in sheet.cells)
    assert START not in text and END not in text and "**Solution" not in text
    assert not any(
        cell.get("outputs") or TAG in cell.metadata.get("tags", []) for cell in sheet.cells
    )
    for cell in source.cells:
        for region in exercise_sheets._regions("x", cell) if cell.cell_type == "code" else []:
            asked = re.compile(r' *"(\w+)": \1,')  # the trainee's own number, set above
            lines = [line for line in region.splitlines() if not asked.fullmatch(line)]
            assert not [line for line in lines if len(line) > 12 and line in text]
        if TAG in cell.metadata.get("tags", []):
            assert cell.source not in text
            assert cell.cell_type == "code" or cell.source.startswith("**Solution."), (
                "marked to the eye too"
            )


@every_lesson
def test_a_set_of_exercises_is_complete(code):
    own = [item for item in of_lesson(code) if isinstance(item, Exercise)]
    asked = [item for item in of_lesson(code) if isinstance(item, Question)]
    assert 4 <= len(own) <= 6 and len(asked) == 3
    assert [item.code for item in of_lesson(code)] == [
        f"{code}.{n + 1}" for n in range(len(own))
    ] + [f"{code}.q{n}" for n in (1, 2, 3)]
    steps = [DEPTHS.index(item.depth) for item in own]
    assert (
        steps == sorted(steps)
        and len(set(steps)) >= 4
        and DEPTHS.index("decide and defend") in steps
    )
    for item in own:
        assert (
            len(item.hints) >= 2
            and len(item.mistakes) >= 2
            and all(bool(part.asks) != bool(part.choices) for part in item.parts)
        )
        assert all(len(line) <= 88 for line in exercise_sheets.blank(item.code).splitlines()), (
            f"{item.code}: wider than a cell"
        )
        assert len(item.parts) == 1 or all(part.name.isidentifier() for part in item.parts)
        assert all(
            text.endswith((".", "?", "!"))
            for text in [*item.hints, *(mistake.hint for mistake in item.mistakes)]
        )


@every_lesson
def test_the_notebook_has_what_is_declared(code):
    cells = list(by_exercise(read(SOURCES, code)))
    text = "\n".join(cell.source for _, cell in cells if cell.cell_type == "markdown")
    headings = re.findall(rf"^## ({code}\.q?\d) (.+)$", text, flags=re.M)
    assert headings == [(item.code, item.title) for item in of_lesson(code)]
    own = next(item for item in LESSONS if item.code == code)
    first = cells[0][1].source
    assert (
        first.startswith(f"# {code} Exercises: {own.title}\n练习")
        and own.title_zh in first
        and "**Time:**" in first
    )
    assert f"](../{own.stem}.ipynb)" in first
    for item in of_lesson(code):
        mine = [cell for place, cell in cells if place == item.code]
        checks = [
            found
            for cell in mine
            for found in re.findall(r'exercises\.check\("([^"]+)", answer', cell.source)
        ]
        assert checks == [item.code]
        assert isinstance(item, Question) or any("**Hand in**" in cell.source for cell in mine), (
            item.code
        )
        assert any(
            cell.cell_type == "markdown" and TAG in cell.metadata.get("tags", []) for cell in mine
        ), item.code


@every_question
def test_each_choice_of_a_question_is_explained_and_one_is_right(item, said, linjiang):
    story = next(
        cell.source for code, cell in by_exercise(read(SHEETS, item.code[:2])) if code == item.code
    )
    choices = dict(re.findall(r"^- \((\w)\) (.+)$", story, flags=re.M))
    texts = explanations(item.code)
    assert (
        list(choices) == list(texts) == list("abcd")[: len(choices)]
        and len(set(texts.values())) == len(texts) >= 3
    )
    for letter, text in texts.items():
        outcome = exercises.judge(item, f" {letter.upper()}) ", linjiang)
        assert (
            outcome.state == ("right" if letter == item.right else "wrong") and text in outcome.text
        )
    for wrong in ("e", "", 1, None, "ab"):
        assert exercises.judge(item, wrong, linjiang).state == "wrong"
        assert "takes one of" in exercises.judge(item, wrong, linjiang).text


@every_lesson
def test_committed_solutions_pass_their_own_checks(code):
    shown = [
        str(output.get("data", {}).get("text/markdown", ""))
        for cell in read(SOURCES, code).cells
        if "exercises.check(" in cell.source
        for output in cell.outputs
    ]
    right = [re.match(r"\*\*(\S+)\*\* .*is \*\*right\*\*", text) for text in shown]
    assert [found and found[1] for found in right] == [item.code for item in of_lesson(code)]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_solutions_pass_when_run(item, solved):
    assert exercises.judge(item, *solved[item.code]).state == "right"


@every_lesson
def test_the_empty_sheet_runs_without_error_and_is_not_answered(code, said):
    answers, _ = run_all(read(SHEETS, code))
    assert list(answers) == [item.code for item in of_lesson(code)]
    checks = [text for text in said if text.startswith("**" + code)]
    asked = [text for text in checks if "Put your own number in place of `...`" in text]
    assert len(asked) == len(
        [item for item in of_lesson(code) if isinstance(item, Exercise) and item.own]
    )
    assert len(checks) == len(answers) + len(asked)
    assert all("is not answered yet" in text for text in checks if text not in asked)
    assert exercises._session == {}
    for item in of_lesson(code):
        assert (
            exercises.judge(item, *answers[item.code]).state
            == "open"
            == exercises.judge(item, ..., answers[item.code][1]).state
        )


@pytest.fixture(scope="module")
def another_book(tmp_path_factory) -> Book:
    """A book with other values, opened once for all sheets."""
    # the synthetic book a year earlier, without its largest account; stages (lesson 11) are taken
    # over all quarters, so there another history stands in: of half of the accounts
    folder = tmp_path_factory.mktemp("another") / "linjiang"
    shutil.copytree(DATASETS / "linjiang", folder)
    stages = pd.read_csv(folder / "stage_history.csv", dtype=str)
    stages[stages["account_id"] > "A0300"].to_csv(folder / "stage_history.csv", index=False)
    scans = pd.read_csv(folder / "scans.csv", dtype=str)  # and so are scans (lesson 18)
    scans[scans["date"] < "2024-07"].to_csv(folder / "scans.csv", index=False)
    text = (folder / "book.toml").read_text(encoding="utf-8")
    (folder / "book.toml").write_text(
        text.replace('period = "2024"', 'period = "2023"')
        + '\n[exclude]\nA0393 = "to see whether values move"\n',
        encoding="utf-8",
    )
    return Book.open(folder / "book.toml")


@every_lesson
def test_solutions_are_right_on_another_book_where_other_values_are_right(
    code, said, another_book, solved
):
    answers, _ = run_all(read(SOURCES, code), {"another": another_book}, book="another")
    checks = [text for text in said if text.startswith("**" + code) and "Kept:" not in text]
    assert len(checks) == len(of_lesson(code))
    assert all(
        "is **right**" in text or "cannot be worked on the book" in text for text in checks
    ), [t for t in checks if "is **right**" not in t and "cannot be worked" not in t]
    others = [
        exercises.judge(item, solved[item.code][0], answers[item.code][1]).state
        for item in of_lesson(code)
    ]
    assert "wrong" in others, "each check takes the values of the bundled book: are they typed in?"


@pytest.mark.parametrize(
    ("item", "place"), MISTAKES, ids=lambda value: getattr(value, "code", value)
)
def test_a_typical_wrong_answer_gets_the_hint_meant_for_it(item, place, solved):
    """The whole answer gets its hint; of a single part, where two mistakes give one value, either."""
    own, book = solved[item.code]
    values, hint = computed(item.mistakes[place].wrong, book), item.mistakes[place].hint
    whole = {**own, **values} if item.parts[0].name else values
    outcome = exercises.judge(item, whole, book)
    assert outcome.state == "wrong" and hint in outcome.text, (values, outcome.text)
    parts = {part.name: part for part in item.parts}
    for name, value in values.items() if parts.keys() - {""} else ():
        outcome = exercises.judge(item, {**own, name: value}, book)
        alike = [
            each.hint
            for each in item.mistakes
            if hint not in outcome.text
            and name in (other := computed(each.wrong, book))
            and not difference(other[name], value, parts[name])
        ]
        assert outcome.state == "wrong" and any(told in outcome.text for told in [hint, *alike]), (
            name,
            value,
            outcome.text,
        )


@pytest.mark.parametrize("item", EXERCISES, ids=lambda item: item.code)
def test_each_likely_mistake_has_a_value_of_its_own(item, solved):
    """None of them is right in any part, and no two of a part are the same."""
    book = solved[item.code][1]
    right = computed(item.expected, book)
    for part in item.parts:
        seen: list[object] = []
        for mistake in item.mistakes:
            wrong = computed(mistake.wrong, book)
            if part.name and part.name not in wrong:
                continue
            if part.choices and part.name and len(wrong) > 1:  # its numbers tell it from the others
                continue
            value, true = (wrong[part.name], right[part.name]) if part.name else (wrong, right)
            assert difference(value, true, part), f"{part.name}: “{mistake.hint}” is right"
            assert not any(_same(value, other) for other in seen), (
                f"{part.name}: “{mistake.hint}” has the value of another mistake, {value}"
            )
            seen.append(value)


def _same(value: object, other: object) -> bool:
    """Whether two wrong answers cannot be told apart."""
    if isinstance(value, pd.Series) and isinstance(other, pd.Series):
        return value.equals(other)
    return bool(value == other) if np.isscalar(value) and np.isscalar(other) else value is other


def rounded(value, part: Part):
    """A right value with as many decimals as the part asks for; as it is where it asks for none."""
    asked = re.search(r"(no|\d) decimal", part.asks)
    if not asked:
        return value
    digits = 0 if asked[1] == "no" else int(asked[1])
    return value.round(digits) if isinstance(value, pd.Series) else round(float(value), digits)


@pytest.mark.parametrize("item", EXERCISES, ids=lambda item: item.code)
def test_what_is_right_stays_right_when_rounded_as_asked(item, solved):
    for part in item.parts:
        # half a unit of the last decimal has to fit into the tolerance, whatever the book holds
        asked = re.search(r"(\d) decimal", part.asks)
        if asked and not part.relative:
            assert part.tolerance >= 0.5 * 10.0 ** -int(asked[1]), (item.code, part.name)
    own, book = solved[item.code]
    right = computed(item.expected, book)
    if item.parts[0].name:
        parts = {part.name: part for part in item.parts}
        handed = own | {name: rounded(value, parts[name]) for name, value in right.items()}
    else:
        handed = rounded(right, item.parts[0])
    outcome = exercises.judge(item, handed, book)
    assert outcome.state == "right", outcome.text


def test_parts_are_named_in_what_is_said(solved, linjiang):
    item, own = find("01.1"), solved["01.1"][0]
    text = exercises.judge(item, own | {"share": 61.7, "effective": ...}, linjiang).text
    assert (
        "`share` is given in percent" in text
        and "`effective` is not filled in yet" in text
        and "`net` ± 0.1" in text
    )
    assert "- `net`" not in text
    lacking = {name: value for name, value in own.items() if name != "share"} | {"shar": 0.617}
    text = exercises.judge(item, lacking, linjiang).text
    assert "`share` is missing" in text and "shar is not asked for. did you mean 'share'?" in text
    assert (
        "hand in a dict with `net`, `share`, `effective`, not a float"
        in exercises.judge(item, 0.0355, linjiang).text
    )
    assert exercises.judge(item, pd.Series(own), linjiang).state == "right"


SHARE = Part(tolerance=0.001)
EXACT = Part()
BY_ID = pd.Series([0.5, 0.3, 0.2], index=pd.Index(["A1", "A2", "A3"], name="account_id"))
CLASSES = pd.Series(["A", "B", "C"], index=BY_ID.index)


@pytest.mark.parametrize(
    ("expected", "answer", "part"),
    [
        (0.798, 0.7985, SHARE), (0.798, np.float32(0.798), SHARE), (0.798, Decimal("0.798"), SHARE), (0.798, np.array(0.798), SHARE),
        (129, 129, EXACT), (129, np.int64(129), EXACT), (129, 129.0, EXACT), (True, np.True_, EXACT), (0.0, 0, EXACT),
        (1_000_000.0, 1_000_900.0, Part(tolerance=0.001, relative=True)), ("rows", " Rows ", EXACT),
        (["A1", "A2"], np.array(["A1", "A2"]), EXACT), (["A1", "A2"], pd.Index(["A1", "A2"]), EXACT), ([0.5, 0.25], (0.5, 0.2504), SHARE),
        ({"A1", "A2"}, ["A2", "A1 "], EXACT), ({"A1", "A2"}, pd.Series(["A2", "A1"]), EXACT),
        (BY_ID, BY_ID[::-1].round(3), SHARE), (BY_ID, BY_ID.to_dict(), SHARE), (CLASSES, CLASSES.str.lower().astype("category"), EXACT),
        (BY_ID.where(BY_ID > 0.25), BY_ID.where(BY_ID > 0.25), SHARE), (BY_ID.to_frame("x"), BY_ID.to_frame("x").assign(y=1), SHARE),
    ],
)  # fmt: skip
def test_what_counts_as_right(expected, answer, part):
    assert difference(expected, answer, part) == ""


@pytest.mark.parametrize(
    ("expected", "answer", "part", "told"),
    [
        (0.798, 79.8, SHARE, "given in percent"), (0.798, 0.202, SHARE, "share of the others"), (0.798, -0.798, SHARE, "wrong sign"),
        (0.545, 0.455, Part("x", "mean absolute scaled error: 3 decimals", 0.0005), "too small"),
        (0.798, 0.80, SHARE, "rounded too far, or another number close by"), (0.798, 0.805, SHARE, "too large"), (0.64, 0.6, Part("x", "index", 0.01), "rounded too far"), (0.64, 0.62, Part("x", "index", 0.01), "too small"), (0.798, 0.9, SHARE, "too large"), (0.798, 0.5, SHARE, "too small"), (0.798, 1.8e300, SHARE, "too large"),
        (5_000_000.0, 500.0, SHARE, "10,000 times too small"), (5.0, 500, SHARE, "100 times too large"), (129, 130, EXACT, "too large"),
        (0.798, "79.8 %", SHARE, "the text “79.8 %”; a number is expected"), (0.798, None, SHARE, "missing"), (0.798, pd.NA, SHARE, "missing"),
        (0.798, math.nan, SHARE, "missing (NaN)"), (0.798, math.inf, SHARE, "divided by zero"), (0.798, True, SHARE, "is True; a number"),
        (0.798, BY_ID.sum, SHARE, "call it with ()"), (0.798, BY_ID, SHARE, "a Series of 3 values; a single number"),
        (0.798, [0.798], SHARE, "take the value itself"), (0.798, 1j, SHARE, "a complex; a number"), (0.798, ..., SHARE, "not filled in"),
        (True, 1, EXACT, "True or False"), (True, False, EXACT, "other way round"), ("rows", "order", EXACT, "not the right one"),
        ("rows", "lines", Part(choices=("rows", "order")), 'none of the choices; hand in "rows" or "order"'), ("rows", 3, EXACT, "a text is expected"),
        (["A1", "A2", "A3"], ["A3", "A2", "A1"], EXACT, "sorted the wrong way"), (["A1", "A2", "A3"], ["A2", "A1", "A3"], EXACT, "another order: the first wrong place is 1"),
        (["A1", "A2"], {"A1", "A2"}, EXACT, "no order"), (["A1", "A2"], ["A1"], EXACT, "1 items; 2 are expected"), (["A1", "A2"], "A1", EXACT, "a list is expected"),
        ({"A1", "A2"}, ["A1", "A9"], EXACT, "1 that do not belong (A9) and lacks 1 of 2"), ({"A1"}, BY_ID > 0.4, EXACT, "mask"),
        (BY_ID, 100 * BY_ID, SHARE, "in percent"), (BY_ID, BY_ID.to_numpy(), SHARE, "a Series indexed by account_id"), (BY_ID, BY_ID[:2], SHARE, "lacks 1 of 3 keys (A3)"),
        (BY_ID, pd.concat([BY_ID, BY_ID]), SHARE, "3 keys twice (A1, A2, A3)"), (BY_ID, BY_ID.rename({"A3": "B<3>"}), SHARE, "do not belong (B&lt;3&gt;)"),
        (BY_ID, BY_ID.where(BY_ID > 0.25), SHARE, "1 missing values (NaN), the first for A3"), (BY_ID, BY_ID.astype(str) + " %", SHARE, "no numbers"),
        (CLASSES, CLASSES.replace("C", "B"), EXACT, "wrong for 1 of 3, the first are A3"), (BY_ID, BY_ID.to_frame(), SHARE, "one column"),
        (BY_ID.to_frame("share"), BY_ID.to_frame("shares"), SHARE, "lacks the column share; did you mean 'shares'?"),
        (BY_ID.to_frame("share"), BY_ID.to_frame("share").reset_index(), SHARE, "set_index('account_id')"),
        (BY_ID.to_frame("share"), BY_ID.to_frame("share") * 100, SHARE, "column share is given in percent"), (BY_ID.to_frame("share"), BY_ID, SHARE, "a DataFrame with the columns share"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(expected, answer, part, told):
    assert told in difference(expected, answer, part)


ODD = st.one_of(
    st.floats(), st.integers(), st.text(max_size=5), st.none(), st.booleans(), st.lists(st.floats(0, 1), max_size=4),
    st.dictionaries(st.sampled_from(["A1", "A2", "A3", "A4"]), st.floats(), max_size=4), st.complex_numbers(), st.dates(), st.binary(max_size=3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    odd=ODD, kind=st.sampled_from(["number", "text", "list", "set", "Series", "DataFrame", "bool"])
)
def test_whatever_is_handed_in_is_answered_in_words_that_keep_the_secret(odd, kind):
    wanted = {
        "number": 0.73519, "text": "secret", "list": ["S1", "S2"], "set": {"S1", "S2"}, "bool": True,
        "Series": pd.Series([0.73519, 0.26481], index=["A1", "A2"]), "DataFrame": pd.DataFrame({"x": [0.73519]}, index=["A1"]),
    }[kind]  # fmt: skip
    for answer in (odd, pd.Series([odd, odd], index=["A1", "A2"]), [odd], {"A1": odd}):
        told = difference(wanted, answer, Part(tolerance=0.001))
        assert not re.search(r"0\.735|0\.264|secret|S1|S2", told)


def test_no_message_holds_the_right_value(solved):
    for item in EXERCISES:
        own, book = solved[item.code]
        value = computed(item.expected, book)
        right = value if item.parts[0].name else {"": value}
        values = {name: value for name, value in right.items() if isinstance(value, float)}
        wrong = {name: 1.7 * value + 0.013 for name, value in values.items()}
        text = exercises.judge(
            item, {**own, **wrong} if item.parts[0].name else wrong.get("", own), book
        ).text
        for value in values.values():
            assert f"{value:.3g}" not in text and f"{100 * value:.3g} %" not in text, item.code


TWO = Exercise(
    "99.1", "x", DEPTHS[0],
    (Part("a", "a count"), Part("b", "a count"), Part("c", "a count")),
    lambda book: {"a": 1, "b": 2, "c": 3},
    (),
    (
        Mistake(lambda book: {"c": 30}, "Only c is ten times too large."),
        Mistake(lambda book: {"a": 10, "b": 20, "c": 30}, "All three are ten times too large."),
        Mistake(lambda book: {"a": 10, "b": 2}, "The first was taken from the second line."),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        # all of its numbers were handed in: it is the cause, and the one with most numbers speaks
        ({"a": 10, "b": 20, "c": 30}, ["- `a`, `b`, `c`: All three are ten times too large."]),
        # a number that is right too belongs to the trap as well
        ({"a": 10, "b": 2, "c": 3}, ["- `a`: The first was taken from the second line."]),
        ({"a": 1, "b": 2, "c": 30}, ["- `c`: Only c is ten times too large."]),
        # some of its numbers: it could be
        ({"a": 1, "b": 20, "c": 3}, ["- `b` could be this: “All three are ten times too large.”"]),
        (
            {"a": 10, "b": 7, "c": 3},
            ["- `a` could be this: “All three are ten times too large.”", "- `b` is too large."],
        ),
        (
            {"a": 10, "b": 20, "c": 4},
            ["- `a`, `b` could be this: “All three", "- `c` is too large."],
        ),
        ({"a": 8, "b": 9, "c": 3}, ["- `a` is too large.", "- `b` is too large."]),
    ],
)
def test_a_trap_is_the_cause_only_where_all_its_numbers_fit(given, told, linjiang):
    text = exercises.judge(TWO, given, linjiang).text
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        line
        if line.endswith((".", "”"))
        else next(one for one in text.splitlines() if one.startswith(line))
        for line in told
    ]
    assert ("could be" in text) == any("could be" in line for line in told)


def test_returns_added_instead_of_taken_off_are_named(linjiang):
    item = find("01.1")
    added = {"net": 1110, "share": 660 / 1110, "effective": 2.4934}
    text = exercises.judge(item, added, linjiang).text
    assert (
        "`net`, `share`, `effective`: What came back was added." in text and "could be" not in text
    )
    text = exercises.judge(item, added | {"effective": 2.0}, linjiang).text
    assert "`net`, `share` could be this: “What came back was added." in text


def test_another_line_yuan_for_millions_and_naive_shares_are_named(linjiang, solved):
    own = solved["01.3"][0]
    of_the_largest = find("01.3").mistakes[0].wrong(linjiang)
    assert (
        "This is the largest line" in exercises.judge(find("01.3"), of_the_largest, linjiang).text
    )
    assert (
        "could be this: “This is the"
        in exercises.judge(find("01.3"), own | {"moved": 129}, linjiang).text
    )
    own = solved["05.5"][0]
    for factor, told in ((1e6, "This is in yuan"), (1e-6, "divided by a million twice")):
        assert (
            told in exercises.judge(find("05.5"), own | {"npv": own["npv"] * factor}, linjiang).text
        )
    (naive,) = [mistake for mistake in find("05.5").mistakes if "naive" in mistake.hint]
    assert naive.hint in exercises.judge(find("05.5"), own | naive.wrong(linjiang), linjiang).text


def test_right_comes_with_what_it_means_and_that_is_no_peeking(
    said, tmp_path, monkeypatch, solved, linjiang
):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("KEYACCT_PROGRESS", str(file))
    exercises.use(linjiang)
    exercises.check("01.1", {"net": 1, "share": 2, "effective": 3})
    assert "What it means" not in said[0]
    exercises.check("01.1", solved["01.1"][0])
    assert "is **right**" in said[1] and "**What it means.** Anhe holds 0.617" in said[1]
    assert "**Solution.**" not in said[1] and "```" not in said[1]
    exercises.check("01.q1", "a")
    exercises.check("01.q1", "c")
    assert (
        "The others" not in said[2]
        and "The others are not right:" in said[3]
        and "- (d) " in said[3]
    )
    kept = json.loads(file.read_text())
    assert kept == {"01.1": {"solved": True, "tries": 2}, "01.q1": {"solved": True, "tries": 2}}
    exercises.progress("01")
    assert "solution" not in said[-1]
    # in the notebook of solutions it stands below the check already
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path / "solutions")
    exercises.check("01.1", solved["01.1"][0])
    assert "is **right**" in said[-1] and "What it means" not in said[-1]


@every_lesson
def test_each_exercise_has_a_debrief_and_decisions_both_sides(code, linjiang, solved):
    for item in of_lesson(code):
        assert len(exercise_sheets.debrief(item.code)) > 60
        if not isinstance(item, Exercise):
            continue
        assert bool(item.own) == (item.depth == "decide and defend"), item.code
        if item.own:
            assert item.parts[0].name == "choice" and item.parts[-1].name == "defence"
            sides = item.reasons(linjiang, solved[item.code][0])
            assert len(sides) == 2 and all(len(reasons) >= 2 for reasons in sides.values())
            text = " ".join(reason for reasons in sides.values() for reason in reasons)
            assert re.search(r"\d", text) and not re.search(r"nan|None|  ", text)


def test_a_bar_comes_before_the_look_and_stands_after_it(
    said, tmp_path, monkeypatch, solved, linjiang
):
    monkeypatch.setenv("KEYACCT_PROGRESS", str(tmp_path / "progress.json"))
    exercises.use(linjiang)
    own = solved["01.5"][0]
    exercises.check("01.5", own)
    assert (
        'needs your own number first: run the cell with `exercises.commit("01.5", bar=bar)`'
        in said[-1]
    )
    for bar, told in (
        (..., "Put your own number"), ("0.9", "Not kept: `bar` is the text"), (0.3, "Name a bar above 0.5"),
        (0.8, "Kept: `bar` 0.8"), (0.9, "Kept: `bar` 0.9. Now look."),
    ):  # fmt: skip
        exercises.commit("01.5", bar=bar)
        assert told in said[-1], bar
    exercises.check("01.5", own | {"bar": 0.7})
    assert "`bar` is another now than before you looked (`bar` 0.9)" in said[-1]
    exercises.check("01.5", own)
    text = said[-1]
    assert "follows from your own bar and is **right**" in text
    assert "**Your defence of “no”**, `bar` 0.9: “No: one name in four" in text
    assert "| For “yes” | For “no” |" in text and "75.0 % of the 120 names" in text
    exercises.commit("01.5", bar=0.7)
    assert "`bar` 0.9 stands: you have looked since." in said[-1]
    exercises.commit("01.5", bar=0.9)
    assert "Kept" in said[-1]
    exercises.reset("01.5")
    exercises.commit("01.5", bar=0.7)
    assert "Kept: `bar` 0.7" in said[-1]
    for call in (lambda: exercises.commit("01.1", bar=1), lambda: exercises.commit("01.5", bars=1)):
        with pytest.raises(ValueError, match=r"no bar of your own|takes bar=\.\.\."):
            call()


def test_a_tolerance_is_written_without_powers_of_ten():
    """Once "± 5e-05"."""
    allowed = [Part("x", "fraction", tolerance).allowed for tolerance in (0.00005, 0.0006, 1.5, 0)]
    assert allowed == ["± 0.00005", "± 0.0006", "± 1.5", "exact"]


def test_a_defence_is_words_and_nobody_judges_them(solved, linjiang):
    item, own = find("01.5"), solved["01.5"][0]
    for words in ("", "  ", 3, None):
        text = exercises.judge(item, own | {"defence": words}, linjiang).text
        assert "`defence` is no text: write two sentences" in text
    for words in ("x", "No", "Not at 1.5 times the cost.", "…"):
        text = exercises.judge(item, own | {"defence": words}, linjiang).text
        assert "`defence` is one sentence: write two" in text, words
    for words in ("No. It costs 1.5 times that.", "不做。太贵。", "No! Never"):
        assert exercises.judge(item, own | {"defence": words}, linjiang).state == "right", words
    text = exercises.judge(item, own | {"defence": "<b>Never</b>\n| mine."}, linjiang).text
    assert (
        "is **right**" in text
        and "<b>" not in text
        and "“&lt;b&gt;Never&lt;/b&gt; \\| mine.”" in text
    )


@every_lesson
def test_a_sheet_says_its_minutes(code):
    minutes = sheet_minutes(code)
    own = [item for item in of_lesson(code) if isinstance(item, Exercise)]
    assert minutes % 5 == 0 and 10 * len(own) <= minutes <= 20 * len(own) + 10
    for folder in (SHEETS, SOURCES):
        assert f"**Time:** {minutes} minutes." in read(folder, code).cells[0].source
    with pytest.raises(ValueError, match="no exercises for lesson '00'"):
        sheet_minutes("00")


def test_hints_come_one_after_the_other(said, tmp_path, monkeypatch):
    monkeypatch.setenv("KEYACCT_PROGRESS", str(tmp_path / "p.json"))
    for _ in range(4):
        exercises.hint("01.1")
    steps = find("01.1").hints
    shown = [[step in text for step in steps] for text in said]
    assert shown == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
        [True, True, True],
    ]
    exercises.hint("01.q1")
    assert "no hints" in said[-1]


def test_the_solution_is_the_marked_one(said):
    exercises.solution("01.2")
    assert "sigma = cn.sigma_for_top_share(0.60, 0.10)" in said[0] and "**Solution.**" in said[0]
    assert "exercises.check" not in said[0] and START not in said[0]
    exercises.solution("01.q3")
    assert "- (d) " in said[1]


def test_completion_offers_no_way_to_the_answers_and_a_wrong_code_is_named():
    assert sorted(dir(exercises)) == [
        "check",
        "commit",
        "hint",
        "progress",
        "reset",
        "solution",
        "use",
    ]
    for call in (
        lambda: exercises.check("1.2", 3),
        lambda: exercises.hint("01.9"),
        lambda: exercises.reset("zz"),
    ):
        with pytest.raises(ValueError, match="there is no exercise"):
            call()
    with pytest.raises(ValueError, match="no exercises for lesson '00'"):
        exercises.progress("00")


def test_progress_is_kept_between_sessions_and_one_exercise_can_be_reset(
    said, tmp_path, monkeypatch, solved, linjiang
):
    sheets = tmp_path / "workspace" / "exercises"
    sheets.mkdir(parents=True)
    monkeypatch.chdir(sheets)
    exercises.use(linjiang)
    exercises.check("01.1", {"net": 1, "share": 2, "effective": 3})
    exercises.check("01.1", solved["01.1"][0])
    exercises.check("01.1", {"net": 1, "share": 2, "effective": 3})
    exercises.check("01.2", 3)
    exercises.check("01.3", ...)
    exercises.hint("01.2")
    exercises.solution("01.2")
    monkeypatch.setattr(exercises, "_session", {})
    monkeypatch.chdir(tmp_path / "workspace")
    exercises.progress("01")
    assert said[-2].startswith("**1 of 9** solved. Kept in `progress.json`")
    lines = {line.split()[1]: line for line in said[-1].splitlines()[1:]}
    assert (
        "solved" in lines["01.1"]
        and "tried 1 time " in lines["01.2"]
        and "1 hint, solution" in lines["01.2"]
        and "open" in lines["01.3"]
    )
    exercises.reset("01.1")
    exercises.progress("01")
    assert said[-2].startswith("**0 of 9** solved.") and "tried 1 time" in said[-1]
    assert [path.name for path in sheets.iterdir()] == ["progress.json"]


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"01.1": 3}', b'{"01.1": {"tries": "3"}}']
)
def test_a_damaged_file_is_set_aside_and_said(damage, said, tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("KEYACCT_PROGRESS", str(file))
    (tmp_path / "progress.damaged-1.json").write_text("an earlier one")
    file.write_bytes(damage)
    exercises.hint("01.1")
    assert (
        "set aside as `progress.damaged-2.json`" in said[0]
        and (tmp_path / "progress.damaged-2.json").read_bytes() == damage
    )
    exercises.hint("01.1")
    assert (
        len([text for text in said if "damaged" in text]) == 1 and '"hints": 2' in file.read_text()
    )


def test_a_check_holds_where_nothing_can_be_kept(said, tmp_path, monkeypatch, solved, linjiang):
    monkeypatch.setenv("KEYACCT_PROGRESS", str(tmp_path / "not there" / "progress.json"))
    exercises.use(linjiang)
    exercises.check("01.1", solved["01.1"][0])
    assert "is **right**" in said[0] and "could not be kept" in said[1]


def test_nothing_is_kept_in_the_repository_or_beside_solutions(said, tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    for folder in (NOTEBOOKS, SOURCES, SHEETS, NOTEBOOKS.parent, tmp_path / "solutions", tmp_path):
        monkeypatch.chdir(folder)
        assert exercises._progress_file() is None
    exercises.hint("01.1")
    exercises.progress("01")
    assert (
        "this session only" in said[-2]
        and not list(tmp_path.rglob("*.json"))
        and not (SHEETS / "progress.json").exists()
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("# solution\nanswer = 1\nexercises.check('01.1', answer)", "not in pairs"),
        ("answer = 1\n# end of solution", "not in pairs"),
        ("# end of solution\n# solution", "not in pairs"),
        ("answer = 1", "01.1: each exercise has one region"),
        (
            "# solution\nanswer = 1\n# end of solution\n# solution\nanswer = 1\n# end of solution",
            "01.1: each exercise has one region",
        ),
    ],
)
def test_a_marker_without_its_other_half_is_refused(source, told):
    notebook = new_notebook(
        cells=[new_markdown_cell("## 01.1 Five customers"), new_code_cell(source)]
    )
    with pytest.raises(ValueError, match=told):
        exercise_sheet(notebook)


def test_a_solution_outside_of_an_exercise_is_refused():
    notebook = new_notebook(cells=[new_code_cell("# solution\nanswer = 1\n# end of solution")])
    with pytest.raises(ValueError, match="outside of an exercise"):
        exercise_sheet(notebook)


def test_what_stands_in_place_of_a_solution():
    cells = [
        new_markdown_cell("## 01.5 x"),
        new_code_cell(
            "a = 1\n# solution\nanswer = 1\n# end of solution\nexercises.check('01.5', answer)"
        ),
    ]
    made = exercise_sheet(new_notebook(cells=cells)).cells[1].source
    assert made.startswith('a = 1\nanswer = {\n    "choice": ...,  # yes or no') and made.endswith(
        "}\nexercises.check('01.5', answer)"
    )
    names: dict[str, object] = {"bar": ...}
    exec(made.replace("exercises.check", "dict.fromkeys"), names)
    assert (
        set(names["answer"].values()) == {...}
        and "bar" in names["answer"]
        and list(names["answer"]) == [part.name for part in find("01.5").parts]
    )


def test_lessons_of_the_package_are_those_of_the_notebooks():
    assert list(exercise_answers.lessons()) == [
        path.name[:2] for path in sorted(SOURCES.glob("*.ipynb"))
    ]


def test_a_choice_follows_from_the_bar_or_is_told_why_not():
    follows = by_the_bar("share", "yes", operator.gt, "the share is {} your own bar")
    below = {"share": 0.2, "bar": 0.3}
    assert follows(None, {**below, "choice": "no"}) == ""
    assert follows(None, {**below, "choice": " Yes"}) == (
        "Your numbers contradict your choice: the share is not above your own bar, and you say “yes”."
    )
    assert "is above your own bar" in follows(None, {"share": 0.4, "bar": 0.3, "choice": "no"})
    sound = sound_bar(lambda bar: 0 < bar < 1, "a share lies between 0 and 1.")
    assert (
        sound({"bar": 0.5}) == ""
        and sound({"bar": 5}) == "`bar` is 5: a share lies between 0 and 1."
    )
