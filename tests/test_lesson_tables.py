"""What a book sets for the lessons: found in the calls, written into them, faults in words, one run from end to end."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import nbformat
import openpyxl
import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.book.template import book_template
from keyacct_utils.lessons.catalogue import LESSONS, lesson, notebook_path, readiness
from keyacct_utils.review.account_review import Review, asked, read_review
from keyacct_utils.review.comparison import differences
from keyacct_utils.review.summary import _facts
from keyacct_utils.running import cli, runner
from keyacct_utils.running.assumptions import Found, find, python_text, write
from keyacct_utils.running.kinds import fits, in_words, of_default, written_for
from keyacct_utils.running.lesson_tables import Asked, open_book, table_of
from keyacct_utils.running.lesson_tables import asked as read_tables
from keyacct_utils.running.parameters import InputError
from keyacct_utils.running.settable import settable_lines

IMPORTS = """\
from keyacct_utils.lessons import credit_grade as cr
from keyacct_utils.lessons.concentration import findings as lesson"""
PARAMETERS = 'book: str = "linjiang"  # the book\nq: float = 0.2  # share\n'


def notebook(*cells: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("`lesson.step(x, a=1)`"),
        nbformat.v4.new_code_cell(IMPORTS),
        *(nbformat.v4.new_code_cell(cell) for cell in cells),
    ]
    return made


def written(source: str, **values: object) -> str:
    """The source of one cell with values in it, without the remarks below it."""
    made = notebook(source)
    keys = {name.replace("__", "."): value for name, value in values.items()}
    return write(made, find(made), keys).cells[3].source.split("\n# ")[0]


@pytest.mark.parametrize(
    ("source", "values", "after"),
    [
        ("lesson.a(x, share=0.10)", {"a__share": 0.05}, "lesson.a(x, share=0.05)"),
        (
            "y = lesson.a(x,  share=0.10,  # 份额 of a line\n    cuts=(0.8, 0.95))  # end\ny",
            {"a__share": 0.5, "a__cuts": [0.7, 0.9]},
            "y = lesson.a(x,  share=0.5,  # 份额 of a line\n    cuts=(0.7, 0.9))  # end\ny",
        ),
        ('z = "份额"; lesson.a(x, k=-1)', {"a__k": 2}, 'z = "份额"; lesson.a(x, k=2)'),
        ("lesson.a(x, one=(1, 2))", {"a__one": [3]}, "lesson.a(x, one=(3,))"),
        ("lesson.a(x, one=[1, 2])", {"a__one": [3]}, "lesson.a(x, one=[3])"),
        ("lesson.a(x, w={'p': 1, 'q': (1, 2)})", {"a__w.q": [3, 4]}, "lesson.a(x, w={'p': 1, 'q': (3, 4)})"),
        ("m = {'up': 0.1, 'on': True}\nlesson.a(x, **m)", {"a__up": 0.2, "a__on": False}, "m = {'up': 0.2, 'on': False}\nlesson.a(x, **m)"),
        ("c = {'s': (0, 30_000)}\nlesson.a(x, c)", {"a__c.s": [1, 2]}, "c = {'s': (1, 2)}\nlesson.a(x, c)"),
        ("n = 3\nn = 4\nlesson.a(x, k=n)", {"a__k": 5}, "n = 3\nn = 5\nlesson.a(x, k=n)"),
        ("print(lesson.a(lesson.b(x, k=1), k=2))", {"a__k": 3, "b__k": 4}, "print(lesson.a(lesson.b(x, k=4), k=3))"),
        ("lesson.a(x, k=1); lesson.a(y, k=2)", {"a__k": 10}, "lesson.a(x, k=10); lesson.a(y, k=10)"),
        ("lesson.a(x, name='p')", {"a__name": 'say "份"\n'}, 'lesson.a(x, name="say \\"份\\"\\n")'),
        ("r = cr.Reading(cap='section')\nlesson.a(x, r)", {"Reading__cap": "none"}, 'r = cr.Reading(cap="none")\nlesson.a(x, r)'),
    ],
)  # fmt: skip
def test_only_the_literal_is_replaced(source, values, after):
    assert written(source, **values) == after
    compile(after, "cell", "exec")


def test_what_the_lesson_has_is_said_below_the_cell_and_the_original_stays():
    made = notebook("lesson.a(x, share=0.10, k=(1,\n  2))", "lesson.b(x, share=0.10)")
    before = [cell.source for cell in made.cells]
    after = write(made, find(made), {"a.share": 0.5, "a.k": [3]}).cells
    assert after[3].source.splitlines() == [
        "lesson.a(x, share=0.5, k=(3,))",
        "# a.share is set in book.toml; the lesson has 0.10",
        "# a.k is set in book.toml; the lesson has (1, 2)",
    ]
    assert [cell.source for cell in made.cells] == before
    assert after[4].source == before[4]


def test_two_calls_in_two_cells_are_both_set():
    made = notebook("lesson.a(x, k=1)", "lesson.a(y, k=2)")
    after = write(made, find(made), {"a.k": 5}).cells
    assert [cell.source.splitlines()[0] for cell in after[3:]] == [
        "lesson.a(x, k=5)",
        "lesson.a(y, k=5)",
    ]


def test_what_is_no_literal_of_a_step_is_not_offered():
    made = notebook(
        "%time x = 1", "napkin(five, k=1)\ncr.score(five, k=1)", "r = cr.Reading(cap='x')",
        "m = {}\nm['a'] = 1\nd = {'d': d}\nlesson.a(x, q, m, d, k=q, j=1 / 2, n=None, s={1: 2, 'a.b': 3})",
    )  # fmt: skip
    made.cells.append(
        nbformat.v4.new_code_cell("lesson.a(x, told=1)", metadata={"tags": ["story"]})
    )
    found = find(made)
    assert (found.assumptions, found.steps) == ({}, ["a"])
    assert found.elsewhere == {
        "a.x": "", "a.q": "q", "a.k": "q", "a.j": "", "a.n": "", "a.m": "", "a.d.d": "",
    }  # fmt: skip


@pytest.mark.parametrize("item", LESSONS, ids=lambda item: item.stem)
def test_every_lesson_can_be_read_and_its_own_values_fit_and_change_nothing(item):
    made = nbformat.read(notebook_path(item.code), as_version=4)
    found = find(made)
    for key, own in found.assumptions.items():
        assert fits(own.kind(), own.default), key
        again = write(made, found, {key: own.default})
        assert find(again).assumptions[key].default == own.default
    assert write(made, found, {}) == made


def test_a_lesson_has_its_assumptions_in_sight():
    keys = {
        code: set(table_of(lesson(code)).found.assumptions) for code in ("01", "02", "04", "05")
    }
    assert {"large_accounts.share", "classes.cuts", "ranks.draws"} <= keys["01"]
    assert {"Reading.at_threshold", "grid.cuts"} <= keys["02"]
    assert {"actions.price_rise", "known_costs.billing_lag"} <= keys["04"]
    assert {"plans.costs.social", "model.half_life"} <= keys["05"]


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "words"),
    [
        (float, [1, 0.5], [True, "1", float("nan"), float("inf"), [1]], "a number"),
        (int, [1], [1.0, True, "1"], "a whole number"),
        (bool, [True], [1, "yes"], "true or false"),
        (str, ["", "a"], [1], "text"),
        (int | None, [1], ["1"], "a whole number"),
        (float | Literal["fit"], [2, "fit"], ["fitt"], 'a number or "fit"'),
        (Literal["a", "b", "c"], ["a"], ["d", 1], 'one of "a", "b", "c"'),
        (tuple[float, float], [[1, 0.5]], [[1], [1, 2, 3], 1, ["a", "b"]], "a list of 2 numbers"),
        (Sequence[int], [[1], [1, 2]], [[], [1.5], 1], "a list of whole numbers"),
        (of_default((1, 2)), [[0.5]], [["a"]], "a list of numbers"),
        (of_default((1, "a")), [[0.5, "b"]], [1, []], "a list of values"),
    ],
)
def test_kinds(kind, right, wrong, words):
    assert all(fits(kind, value) for value in right)
    assert not any(fits(kind, value) for value in wrong)
    assert in_words(kind) == words


def test_what_was_meant():
    assert written_for(float, "0.1") == 0.1
    assert written_for(str, 2024) == "2024"
    assert written_for(Sequence[str], [2023, 2010]) == ["2023", "2010"]
    assert written_for(int, 0.5) is written_for(float, "half") is written_for(float, {}) is None
    assert python_text(True) == "True" and python_text([1, [2]], (1, (2,))) == "(1, (2,))"


LEDGER = "account_id,date,line,revenue\n" + "".join(
    f"A{account},{year}-{month:02d}-01,{'PQ'[account % 2]},{100 + 37 * account + month}.50\n"
    for account in range(1, 13)
    for year in (2023, 2024)
    for month in range(1, 13)
)


def faults(book: Path) -> str:
    with pytest.raises(InputError) as raised:
        open_book(book, None, None)
    return str(raised.value)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[lesson]\nconcentratoin.q = 1", ["[lesson] sets 'concentratoin'", "one of start_here, concentration,", "did you mean 'concentration'?"]),
        ("[lesson]\n01.q = 1", ["[lesson] sets '01'", "did you mean 'concentration'?"]),
        ("[lesson]\nconcentration = 5", ["[lesson.concentration]: is 5"]),
        ("[lesson.concentration]\nlarge_acounts.share = 1", ["no step 'large_acounts'", "a step: rule, ", "did you mean 'large_accounts'?"]),
        ("[lesson.concentration]\nlarge_accounts.shar = 1", ["large_accounts has no keyword 'shar'", "of large_accounts: share", "did you mean 'share'?"]),
        ("[lesson.concentration]\nranks.cuts = 1", ["ranks has no keyword 'cuts'", "did you mean classes.cuts or account_review.cuts?"]),
        ("[lesson.concentration]\nlarge_accounts = 0.05", ["large_accounts is a step, and is 0.05", "write large_accounts.share = 0.05"]),
        ("[lesson.concentration]\nshare = 0.05", ["no parameter 'share'", "did you mean large_accounts.share or yardsticks.share?"]),
        ("[lesson.concentration]\nmeasur = 'margin'", ["no parameter 'measur'", "a parameter: period, measure, line, q;", "did you mean 'measure'?"]),
        ("[lesson.concentration]\nxyzzy = 1", ["to mend:  see: keyacct parameters 01"]),
        ("[lesson.concentration]\nbook = 'x'", ["--book"]),
        ("[lesson.concentration]\nq = '0.1'", ['q is "0.1"', "expected: a number", "write q = 0.1"]),
        ("[lesson.concentration]\nq = nan", ["q is nan", "the lesson's own: q = 0.2"]),
        ("[lesson.concentration]\nq.share = 1", ["q is a section"]),
        ("[lesson.concentration]\nlarge_accounts.share = [0.1]", ["large_accounts.share is [0.1]", "expected: a number"]),
        ("[lesson.concentration]\nclasses.cuts = 0.7", ["classes.cuts is 0.7", "expected: a list of 2 numbers", "own: classes.cuts = [0.8, 0.95]"]),
        ("[lesson.concentration]\nclasses.cuts = [0.7]", ["classes.cuts is [0.7]", "expected: a list of 2 numbers"]),
        ("[lesson.concentration]\nguidelines.years = [2023]", ['write guidelines.years = ["2023"]']),
        ("[lesson.concentration]\nclasses.cuts = 2024-01-01", ["classes.cuts is 2024-01-01"]),
        ("[lesson.concentration]\nclasses.sales = 1", ["classes.sales is computed in the lesson"]),
        ("[lesson.concentration]\nranks.q = 0.1", ["ranks.q is given by the parameter q", "write q = ... in [lesson.concentration]"]),
        ("[lesson.value_grading]\ncells.high = 0.1", ["by the parameter high_share", "write high_share = ..."]),
        ("[lesson.relationship_levels]\nplans.costs = 5", ["plans.costs is a section", "write plans.costs.social = ..."]),
        ("[lesson.relationship_levels]\nplans.costs.sozial = [1, 2]", ["no keyword 'costs.sozial'", "did you mean 'costs.social' or"]),
        ("[lesson.satisfaction_index]\nsurvey.scheme = 'centriod'", ['one of "centroid", "factor", "path"']),
    ],
)  # fmt: skip
def test_faults_say_where_what_and_how_to_mend(write_book, toml, said):
    text = faults(write_book(LEDGER, toml=toml))
    assert "has 1 fault:" in text
    for part in said:
        assert part in text


def test_all_faults_come_at_once_with_those_of_the_book(write_book, tmp_path):
    toml = "[lesson.concentration]\nq = '1'\nlarge_accounts.shar = 1\n[lesson.profitability]\nyears = 3"
    rows = write_book(LEDGER.replace("138.50", "oops", 1), toml=toml)
    text = faults(rows)
    assert "book.toml has 4 faults" in text and "oops" in text
    with pytest.raises(InputError, match="has 3 faults"):
        open_book(rows, tmp_path / "q.csv", tmp_path / "k.key")
    assert not (tmp_path / "q.csv").exists() and not (tmp_path / "k.key").exists()
    rows.write_text("nmae = 1\n" + rows.read_text())
    assert "unknown key 'nmae'" in faults(rows) and "large_accounts" in faults(rows)
    rows.write_text("lesson = 3\n")
    assert "lesson is 3" in faults(rows)


def test_one_literal_for_two_keys_is_not_set_twice():
    made = notebook("n = 3\nlesson.a(x, k=n)\nlesson.b(x, k=n)")
    table = table_of(lesson("01"))
    table.found = find(made)
    table.read({"a": {"k": 4}, "b": {"k": 5}})
    assert "a.k and b.k are one in the lesson, and differ" in str(table.faults[0])


def test_a_book_opens_with_its_table_and_its_hash_of_tables_stays(write_book):
    plain = Book.open(write_book(LEDGER))
    before = plain.tables_hash(["ledger"])
    assert (
        Book.open(write_book(LEDGER, toml="[lesson.concentration]\nq = 0.1")).tables_hash(
            ["ledger"]
        )
        == before
    )
    assert read_tables("linjiang") == Asked()


def test_check_says_what_is_set_and_where_it_is_not(write_book, capsys):
    toml = "[lesson.concentration]\nq = 0.1\n[lesson.credit_grade]\ncosts.lgd = 1"
    with pytest.raises(SystemExit) as ended:
        cli.cli(["check", str(write_book(LEDGER, toml=toml))])
    out = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "01 q = 0.1 (the lesson has 0.2)" in out
    assert "07 costs.lgd = 1 (the lesson has 0.45, and keeps it in cost_of_limits.lgd," in out


def test_the_list_is_a_table_that_sets_nothing_new(write_book):
    text = "\n".join(settable_lines())
    assert tomllib.loads(text)["lesson"]["concentration"]["classes"]["cuts"] == [0.8, 0.95]
    _, wanted = open_book(write_book(LEDGER, toml=text), None, None)
    for table in wanted.tables.values():
        own = {name: item.default for name, item in table.declared.items() if name != "book"}
        assert table.parameters == own
        assert table.assumptions.keys() == table.found.assumptions.keys()
    assert len(settable_lines(["01"])) < 30
    assert "# classes: Who is class A" in text
    with pytest.raises(InputError, match="no lesson '1'; did you mean '"):
        settable_lines(["1"])


def test_the_template_shows_how(tmp_path):
    lines = [
        line[2:].strip()
        for line in book_template().splitlines()
        if line[2:].strip().startswith(("[lesson.", "large_accounts"))
    ]
    assert tomllib.loads("\n".join(lines)) == {
        "lesson": {"concentration": {"large_accounts": {"share": 0.05}}}
    }


def test_the_first_page_and_the_comparison_name_what_was_set():
    told = {f"concentration.step{number}.cuts": [0.7, 0.9] for number in range(6)}
    amounts = type("Amounts", (), {"start": None, "end": None})()
    _, *lines = _facts(Review(None, {}, {"parameters": {"period": "2024"} | told}), amounts, [])
    assert lines[0].startswith("Set for this run, not as the lessons have it: period = 2024; conc")
    assert len(lines) > 1 and all(len(line) <= 152 for line in lines)
    assert " ".join(lines).count("[0.7, 0.9]") == 6 and lines[-1].endswith(".")
    old, new = (
        Review(None, {}, {"parameters": own}) for own in ({}, {"concentration.classes.cuts": [1]})
    )
    assert differences(old, new) == [
        "parameter concentration.classes.cuts differs: as declared and [1]"
    ]
    assert asked({"parameters": {"q": 1, "concentration.q": 2}}, "concentration", "q", 3) == 1
    assert asked({"parameters": {"concentration.q": 2}}, "concentration", "q", 3) == 2
    assert asked({}, "concentration", "q", 3) == 3


def test_found_is_empty_for_a_notebook_without_steps():
    assert find(notebook("x = 1")) == Found()


@pytest.mark.usefixtures("kernels")
def test_a_run_shows_what_was_set(write_book, tmp_path):
    toml = (
        "[lesson.concentration]\nq = 0.1\nline = 'Q'\nlarge_accounts.share = 0.15\n"
        "classes.cuts = [0.5, 0.9]\nclasses.fewest = 5\n[lesson.credit_grade]\ncosts.lgd = 1"
    )
    summary = runner.run(
        write_book(LEDGER, toml=toml),
        lessons=["01", "07"],
        out=tmp_path / "out",
        parameters={"line": "P"},
        progress=False,
    )
    assert summary.exit_code == 0, str(summary)
    assert summary.assumed == [
        "01_concentration: book.toml sets q = 0.1, large_accounts.share = 0.15, classes.cuts = [0.5, 0.9], "
        "classes.fewest = 5"
    ]
    assert summary.assumed[0] in str(summary)
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    wanted = {
        "line": "P",
        "concentration.q": 0.1,
        "concentration.large_accounts.share": 0.15,
        "concentration.classes.cuts": [0.5, 0.9],
        "concentration.classes.fewest": 5,
    }
    assert record["parameters"] == wanted
    assert read_review(tmp_path / "out").run["parameters"] == wanted
    cells = nbformat.read(tmp_path / "out" / "notebooks" / "01_concentration.ipynb", 4).cells
    injected = next(
        cell.source for cell in cells if "injected-parameters" in cell.metadata.get("tags", [])
    )
    assert "q = 0.1" in injected and 'line = "P"' in injected
    large = next(cell for cell in cells if cell.source.startswith("lesson.large_accounts"))
    assert large.source == (
        "lesson.large_accounts(sales, share=0.15)\n"
        "# large_accounts.share is set in book.toml; the lesson has 0.10"
    )
    classes = next(cell for cell in cells if "lesson.classes(" in cell.source)
    assert "cuts=(0.5, 0.9), others=(0.7, 0.9), fewest=5)" in classes.source
    shown = "".join(str(output.get("data", {})) for output in classes.outputs)
    assert "cut at 50 % and 90 %" in shown and "cut at 80 %" not in shown
    sheet = openpyxl.load_workbook(tmp_path / "out" / "account_review.xlsx")["summary"]
    short = {row[1]: row[4] for row in sheet.iter_rows(values_only=True) if row[1] and len(row) > 4}
    assert str(short["how concentrated"]).startswith("The top 10 %, 2 accounts of 12, hold ")
    first = [str(row[0]) for row in sheet.iter_rows(max_row=5, values_only=True)]
    assert any("concentration.large_accounts.share = 0.15" in text for text in first)


def test_under_codes_an_account_in_a_value_becomes_its_code(write_book, tmp_path):
    book = Book.open(write_book(LEDGER), pseudonymise=tmp_path / "k.key")
    told = book.codes.parameters({"a": ["A1", 3], "b": "A2", "c": "A99"}, book.names().index)
    assert told == {"a": [book.codes.code("A1"), 3], "b": book.codes.code("A2"), "c": "A99"}


def test_a_column_is_not_asked_for_where_another_says_the_same(linjiang):
    """Owners stand in accounts and contacts, promises in the rules for one source and two."""
    states = readiness(linjiang).set_index("lesson")["state"]
    assert states[["12", "13", "20"]].eq("full").all()
    without = readiness(bundled("yunhe")).set_index("lesson")
    assert without.loc["12", "state"] == "part"
