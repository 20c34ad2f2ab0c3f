"""The command line: exit codes, plain errors, nothing heavy for a question."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from keyacct_utils.running import cli, readiness, runner

BOOK = """
contract_version = 1
name = "Tiny"
currency = "CNY"
period = "all"
[tables.ledger]
path = "ledger.csv"
[tables.ledger.columns]
account_id = "account_id"
revenue = "revenue"
"""


def command(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["keyacct", *arguments])
        cli.main()
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return ended.value.code, out, err


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "book.toml").write_text(BOOK)
    (tmp_path / "ledger.csv").write_text("account_id,revenue\n001,100.5\nA2,70\n")
    return tmp_path / "book.toml"


def test_help_shows_the_exit_codes(capsys):
    code, out, _ = command(capsys, "--help")
    assert code == 0
    for line in (
        "0    everything ran",
        "1    a lesson",
        "2    the input is wrong",
        "130  interrupted",
    ):
        assert line in out


def test_version_shows_package_python_and_libraries(capsys):
    code, out, _ = command(capsys, "--version")
    assert code == 0
    found = dict(line.split() for line in out.splitlines())
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"keyacct", "pandas", "duckdb", "papermill"} <= set(found)


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_a_question_imports_nothing_heavy(argument):
    code = (
        "import sys; sys.argv = ['keyacct', sys.argv[1]]; from keyacct_utils.running import cli\n"
        "try: cli.main()\n"
        "except SystemExit: print(sorted({'pandas', 'numpy', 'duckdb', 'papermill', 'pyarrow', 'openpyxl'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, argument], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_runner_loads_without_the_grammar_that_no_notebook_needs():
    code = "import sys; from keyacct_utils.running import cli; cli.load_runner(); print('rfc3987_syntax' in sys.modules, 'nbformat' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "True"]


def test_run_hands_everything_on_and_returns_the_exit_code(capsys, monkeypatch, tmp_path):
    seen = {}

    def run(**given):
        seen.update(given)
        failed = runner.LessonResult(
            "01", "01_x", "failed", 1.0, "code cell 2 (1/0): ZeroDivisionError: division by zero"
        )
        return runner.RunSummary(Path("review"), [failed], 1.0)

    monkeypatch.setattr(runner, "run", run)
    code, out, _ = command(
        capsys, "run", "--book", "b.toml", "--out", "review", "--lesson", "01", "--lesson", "02", "-p", "account_id=001",
        "-p", "rule=a=b", "--site", "--report", "--deck", "--quarantine", "q.csv", "--timeout", "30",
    )  # fmt: skip
    assert code == 1
    assert seen == {
        "book": "b.toml", "out": Path("review"), "lessons": ("01", "02"), "parameters": {"account_id": "001", "rule": "a=b"},
        "site": True, "report": True, "deck": True, "quarantine": Path("q.csv"), "timeout": 30.0, "pseudonymise": None,
    }  # fmt: skip
    assert "01_x     1.0 s  FAILED: code cell 2 (1/0): ZeroDivisionError: division by zero" in out


@pytest.mark.parametrize(
    "given", [["--lesson", "01", "02", "-p", "x=1"], ["--lesson", "01", "--lesson", "02"]]
)
def test_several_lessons_may_stand_behind_one_option(given, capsys, monkeypatch):
    seen = {}

    def run(**options):
        seen.update(options)
        return runner.RunSummary(Path("review"), [], 1.0)

    monkeypatch.setattr(runner, "run", run)
    assert command(capsys, "run", *given)[0] == 0  # once: "Got unexpected extra argument (02)"
    assert seen["lessons"] == ("01", "02")


def test_interrupt_is_130(capsys, monkeypatch):
    def run(**_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", run)
    code, _, err = command(capsys, "run")
    assert (code, err.strip()) == (130, "interrupted; nothing was changed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "-p", "x"], "not of the form name=value"),
        (["run", "--lesson", "99"], "no lesson '99'"),
        (["run", "--lesson", "01", "99"], "no lesson '99'"),
        (["run", "01"], "name lessons after --lesson, as in keyacct run --lesson 01 04"),
        (["run", "-p", "nonsense=1"], "no chosen lesson has a parameter 'nonsense'"),
        (["run", "--book", "nowhere"], "nowhere"),
        (["run", "--timeout", "0"], "timeout"),
        (["run", "--timeout", "soon"], "soon"),
        (["run", "--nonsense"], "No such option"),
        (["nonsense"], "No such command"),
        (["check"], "Missing argument"),
        (["check", "nowhere"], "nowhere"),
    ],
)
def test_wrong_input_is_2_and_writes_nothing(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = command(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_check_says_what_runs_and_what_would_unlock_more(capsys, book):
    code, out, _ = command(capsys, "check", str(book))
    assert code == 0
    assert out.startswith("Tiny: the book can be used")
    assert "01  in part   Is it really 80/20?\n      + ledger.date: the choice of a period" in out


def test_check_tells_the_total_of_what_counts(capsys, book):
    # once: no word of the sum where nothing is left out
    _, out, _ = command(capsys, "check", str(book))
    assert "Rows and amounts:\n  In the numbers of the lessons: 2 rows of ledger with" in out


def test_empty_cells_of_rows_that_may_be_void_lead_to_the_line_of_void(
    capsys, tmp_path, monkeypatch
):
    # once: 1,425 empty accounts, and as the way out only "fill the cells, or --quarantine"
    rows = [f"A{i % 7},{100 + i},Won" for i in range(40)] + [",,Lost", ",,Lost", "A1,,Lost"]
    (tmp_path / "deals.csv").write_text("\n".join(["account,close_value,deal_stage", *rows]) + "\n")
    command(capsys, "init", str(tmp_path / "b"), "--from", str(tmp_path / "deals.csv"))
    toml = tmp_path / "b" / "book.toml"
    monkeypatch.setenv("KEYACCT_DATA", str(tmp_path))
    code, _, err = command(capsys, "check", str(toml))
    assert code == 2 and "to mend:  fill the cells, leave out with void or where" in err
    lines = toml.read_text(encoding="utf-8").splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "unsure: ledger: void." in text]
    assert f"\nBegin with line {line}: cells that are empty in rows that do not count" in err


def test_check_reports_faults_or_sets_them_aside(capsys, book, tmp_path):
    (tmp_path / "ledger.csv").write_text("account_id,revenue\n001,1.5\nA2,oops\n")
    code, out, err = command(capsys, "check", str(book))
    assert (code, out) == (2, "")
    assert "ledger.revenue" in err
    assert "oops" in err
    code, out, _ = command(capsys, "check", str(book), "--quarantine", str(tmp_path / "q.csv"))
    assert code == 0
    assert (
        "ledger: rows 2, rows used 1, rows set aside 1; revenue 1.50, used 1.50, set aside unknown"
        in " ".join(out.split())
    )  # lines are wrapped to the terminal
    # once: "with 0.00 of 1.50 of revenue (0.0 %)", of an amount that nobody can read
    told = "Set aside as faulty, in no number here: 1 of 2 rows of ledger, without a known revenue."
    assert f"In no number of the lessons: {told}" in " ".join(out.split())
    assert "oops" in (tmp_path / "q.csv").read_text(encoding="utf-8")


def test_amounts_of_check_round_as_the_workbook_and_say_where_they_do_not_add_up():
    # once: .605 and .535 were printed as .60 and .54, with void .93 between them
    item = {
        "table": "ledger", "rows": 9, "rows used": 8, "rows void": 1, "money column": "revenue",
        "money": 817085.535, "money used": 816760.605, "money set aside": 0.0,
        "money void": 324.93, "money without date": 5.0,
    }  # fmt: skip
    told = "revenue 817,085.54, used 816,760.61, set aside 0.00, void 324.93, without date 5.00"
    assert readiness._reconciled(item) == f"ledger: rows 9, rows used 8, rows void 1; {told}"
    halves = item | {"money": 3.01, "money used": 1.505, "money void": 1.505}
    assert readiness._reconciled(halves).endswith("; each is rounded to the cent by itself")


def test_init_writes_a_template_and_never_overwrites(capsys, tmp_path):
    folder = tmp_path / "new" / "book"
    code, out, _ = command(capsys, "init", str(folder))
    assert code == 0
    assert f"keyacct check {folder / 'book.toml'}" in out
    written = tomllib.loads((folder / "book.toml").read_text(encoding="utf-8"))
    assert written["contract_version"] == 1
    (folder / "book.toml").write_text("mine")
    code, _, err = command(capsys, "init", str(folder))
    assert code == 2
    assert "exists and stays as it is" in err
    assert (folder / "book.toml").read_text() == "mine"


@pytest.mark.parametrize("code_page", ["cp1252", "cp437", "ascii"])
def test_a_pipe_that_lacks_a_character_never_ends_in_a_traceback(code_page, book, tmp_path):
    (tmp_path / "ledger.csv").write_text("account_id,revenue\nA1,临江\n", encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": code_page, "PYTHONUTF8": "0"}
    code = "from keyacct_utils.running import cli; cli.main()"
    for given, ends in ((["list"], 0), (["check", str(book)], 2)):
        ended = subprocess.run(
            [sys.executable, "-c", code, *given], capture_output=True, env=env, check=False
        )
        # click writes UTF-8 where a stream claims to know ASCII only
        told = (ended.stdout + ended.stderr).decode("utf-8" if code_page == "ascii" else code_page)
        assert "Traceback" not in told and ended.returncode == ends
        if code_page != "ascii":
            assert ("\\u5927" if ends == 0 else "\\u4e34\\u6c5f") in told


def test_list_names_every_lesson(capsys):
    from keyacct_utils.lessons.catalogue import LESSONS

    code, out, _ = command(capsys, "list")
    assert code == 0
    assert [line[:2] for line in out.splitlines() if line[:1] != " "] == [
        item.code for item in LESSONS
    ]


def test_an_out_that_cannot_be_written_is_wrong_input(capsys, book, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = command(
        capsys,
        "run",
        "--book",
        str(book),
        "--lesson",
        "00",
        "--out",
        str(tmp_path / "file" / "out"),
    )
    assert code == 2
    assert "not a folder that can be written" in err
