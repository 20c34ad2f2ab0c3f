"""The tools of ``make trust``: each calls a planted miss a miss, and the page is made of the rows that are kept."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tools are a package beside these tests

from keyacct_utils.lessons.showing.finding import Finding  # noqa: E402
from tests.trust import (  # noqa: E402
    bad_inputs,
    changed_data,
    changed_numbers,
    drawn_books,
    intervals,
    kills,
    machines,
    mutants,
    results,
)
from tests.trust.__main__ import PAGE, PARTS, page  # noqa: E402


def test_the_page_is_made_of_the_rows_that_are_kept():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_part_that_was_never_run_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert page().count("Not measured yet.") == len(PARTS)


def test_what_is_not_caught_is_counted_as_that():
    rows = [{"kind": "a row", "caught": "True"}, {"kind": "a row", "caught": "False"}]
    assert "| a row | 2 | 1 |" in results.caught(rows, "kind")


def test_a_file_that_is_as_it_was_is_no_change_that_the_hashes_see():
    hashes = changed_data.Hashes(ROOT / "datasets")
    path = ROOT / "datasets" / "linjiang" / "tenders.csv"
    assert not hashes.see("linjiang", path)


@pytest.mark.parametrize(
    ("text", "kind", "changed"),
    [
        ("| S1 | holds: it does |", "a verdict", "| S1 | does not hold: it does |"),
        ("| a |\n| --- |\n| 1 |\n", "a row", "| a |\n| --- |\n"),
        ("<h2>7</h2> of &frac12;", "a digit", ""),
    ],
)
def test_one_thing_is_changed_that_a_reader_sees(text, kind, changed):
    found = changed_numbers.KINDS[kind](text, random.Random(3))
    assert found != text and found is not None
    if kind == "a digit":  # neither the tag nor the entity
        assert found.startswith("<h2>") and found.endswith("</h2> of &frac12;")
    elif kind == "a row":
        assert found == changed
    else:
        assert found.startswith("| S1 | ") and found.endswith(": it does |")


def test_only_cells_that_nbval_compares_are_changed():
    shown = nbformat.v4.new_output("stream", text="7")
    cell = nbformat.v4.new_code_cell("1", outputs=[shown])
    assert changed_numbers.compared(cell)
    cell.metadata["tags"] = ["nbval-ignore-output"]
    assert not changed_numbers.compared(cell)


def test_a_mutant_that_survives_is_listed_and_one_that_is_equivalent_is_left_out(monkeypatch):
    one, two, three = mutants.mutants_of("01", "concentration")[::40][:3]
    assert mutants.changed(one) != mutants.changed(two)
    rows = [
        {
            "lesson": "01",
            "file": m.file,
            "code": m.code,
            "change": m.change,
            "fate": fate,
            "sites": "9",
        }
        for m, fate in ((one, "killed"), (two, "survived"), (three, "not touched"))
    ]
    monkeypatch.setattr(
        mutants, "equivalents", lambda: {(three.file, three.code, three.change): "no effect"}
    )
    said = mutants.told(rows)
    assert "| 01 | 9 | 3 | 1 | 1 | 50% |" in said
    through = said.partition("got through\n")[2].partition("### Equivalent")[0]
    assert two.change.replace("|", "\\|") in through and three.code not in through


def test_reasons_name_mutants_that_exist():
    rooms = {file: file.split("/")[2] for file, _, _ in mutants.equivalents()}
    there = {
        (one.file, one.code, one.change)
        for topic in set(rooms.values())
        for one in mutants.mutants_of("", topic)
    }
    assert set(mutants.equivalents()) <= there


@pytest.fixture
def place(tmp_path) -> kills.Place:
    found = kills.Place(tmp_path)
    for folder in (found.spill, found.out):
        folder.mkdir()
    found.whole = {
        f"{what} {data}": [{"a.csv": data.encode(), "b.csv": data.encode(), "run.json": b"{}"}]
        for what in ("run", "compare")
        for data in ("old", "new")
    }
    return found


@pytest.mark.parametrize(
    ("what", "files", "fault"),
    [
        ("run", {"a.csv": "old", "b.csv": "old", "run.json": "{}"}, ""),
        ("run", {"a.csv": "new", "b.csv": "old"}, ""),  # run.json is not there: no set of results
        ("run", {"a.csv": "new", "b.csv": "old", "run.json": "{}"}, "files of two runs"),
        ("compare", {"a.csv": "new", "b.csv": "old"}, "files of two runs"),
        ("run", {"a.csv": "ne"}, "not whole: a.csv"),
    ],
)
def test_what_a_kill_may_not_leave(place, what, files, fault):
    for name, text in files.items():
        (place.out / name).write_text(text)
    assert kills.faults(place, what, "nothing runs under this mark") == ([fault] if fault else [])


def test_an_end_in_order_leaves_nothing(place):
    (place.spill / "keyacct-x").mkdir()
    (place.out / ".run-x").mkdir()
    for name in ("a.csv", "b.csv"):
        (place.out / name).write_text("old")
    (place.out / "run.json").write_text("{}")
    assert kills.faults(place, "run", "none", told=130) == [
        "temporary files: keyacct-x",
        "the folder of an unfinished run",
    ]


@pytest.mark.parametrize(
    ("after", "wrong"),
    [
        ([5.0, 6.0, 7.0], ""),
        ([5.0, 6.0, None], ""),
        ([5.0, 6.0, 9.0], "'0.7' is read as '9.0'"),
        ([5.0, 8.0, 7.0], "other cells of amount are other values"),
        ([5.0, 6.0], "3 rows became 2"),
    ],
)
def test_a_silent_change_is_called_one(after, wrong):
    before = pd.DataFrame({"amount": [5.0, 6.0, 7.0]})
    assert bad_inputs.PLACE == 2
    assert bad_inputs.same(before, pd.DataFrame({"amount": after}), "amount", "0.7") == wrong


def test_a_column_that_another_fault_took_away_is_missed():
    before = pd.DataFrame({"amount": [5.0] * 3, "km": [1.0] * 3})
    assert bad_inputs.same(before, before[["amount"]], "amount", "5.0") == "column km is missing"


def test_a_cell_that_differs_on_another_machine_is_named():
    rows = [
        {"machine": "locale C", "blas": "Haswell", "lesson": "01", "cell": "Cell 3", "wrong": wrong}
        for wrong in ("", "text/plain differs")
    ]
    said = machines.told(rows)
    assert "| locale C | Haswell | 2 | 1 | 1 |" in said and "- locale C, lesson 01, Cell 3" in said
    said = machines.told([*rows, rows[1] | {"machine": "as it is"}])
    assert "| locale C | Haswell | 2 | 1 | 0 |" in said and "1 cells of lesson 01 differ" in said


def test_intervals_are_told_from_spans_of_time():
    lines = [
        "the top 20 % hold 80.0 % (78 % to 83 %)",
        "a gap of 3.0 % (95 % interval 1.9 to 4.0)",
        "17.81 k to 43.79 k (95 %)",
        "the last 12 whole months (2024-01-01 to 2024-12-31)",
        "from 3 to 4 visits",
    ]
    assert [intervals.printed([line]) for line in lines] == [1, 1, 1, 0, 0]


def test_a_book_on_which_a_sentence_is_wrong_or_a_lesson_breaks_is_told(monkeypatch):
    drawn = drawn_books.Drawn(
        seed=1, accounts=3, months=2, spread=0.5, often=1.0, returns=0.0, step=10.0,
        columns=frozenset({"date"}), first=2024 * 12, name="C",
    )  # fmt: skip

    def said(code, book):
        yield "one", Finding({"n": 1}, ("There are {n} accounts.",))
        raise {"01": KeyError("x"), "02": ValueError("nobody: choose another period")}[code]

    monkeypatch.setattr(drawn_books, "findings", said)
    taught, wrong = drawn_books.faults(drawn, ("01", "02"))
    assert taught == 2 and wrong == [
        "01 one: one of many: There are 1 accounts.",
        "01: KeyError: 'x'",
        "02 one: one of many: There are 1 accounts.",
    ]
    rows = [
        {"book": "a", "lessons": "9", "faults": ""},
        {"book": "b", "lessons": "8", "faults": "x"},
    ]
    text = drawn_books.told(rows)
    assert "drew 2 ledgers" in text and "17 in all" in text and "did not: 1." in text
    assert "| b | x |" in text
