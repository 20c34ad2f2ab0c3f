"""The runner under faults, on tiny notebooks and a tiny book."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from processes import alive, wait_for

from keyacct_utils.lessons import catalogue as lessons
from keyacct_utils.lessons.shared.declaration import Lesson, Need
from keyacct_utils.running import execution, interrupts, parameters, publishing, runner
from keyacct_utils.running.parameters import InputError

pytestmark = pytest.mark.usefixtures("kernels")

SECRET = "hunter2-not-for-anyone"
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
PARAMETERS = """\
# what a reader may change
book: str = "linjiang"  # the book
account_id: str = "A1"  # one account
top_share: float = 0.2  # share of accounts, 0-1, e.g. x = 0.5
rounds: int = -3
strict: bool = False"""
OK = f"""\
import os
from keyacct_utils.review.record import record
import pandas as pd
print(repr(account_id), repr(top_share), rounds, strict, os.path.basename(os.getcwd()), {{os.environ[n] for n in {execution.THREAD_VARIABLES}}})
print("book at", book)
record("01", pd.DataFrame({{"account_id": ["001", "=1+1"], "revenue": [100.5, 5.0]}}), meaning={{"revenue": "sales, CNY"}})"""
FAILS = "\n# the faulty step\nraise ZeroDivisionError(f'bad value in {book}\\nsecond line')"
RECORD_THEN_FAIL = OK.replace('"01"', '"02"') + "\nassert False, 'after the record'"


def book(folder: Path, rows: str = "001,100.5\n=1+1,5\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.csv").write_text("account_id,revenue\n" + rows)
    (folder / "book.toml").write_text(BOOK)
    return folder / "book.toml"


def notebook(folder: Path, stem: str, *cells: str, declared: str = PARAMETERS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook()
    links = "[here](01_ok.ipynb), [next](05_survey.ipynb), [web](https://x.example/a.ipynb)"
    made.cells = [nbformat.v4.new_markdown_cell(f"# A lesson\n{links}, [more](exercises/1.ipynb)")]
    made.cells += (
        [nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]})] if declared else []
    )
    made.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, folder / f"{stem}.ipynb")


def collection(monkeypatch: pytest.MonkeyPatch, folder: Path, **topics: tuple[str, ...]) -> None:
    """Replace the lessons by tiny ones: ``a01_ok=("cell", ...)`` becomes 01_ok.ipynb."""
    made = []
    for name, cells in topics.items():
        code, topic = name[1:].split("_", 1)
        needs = (Need("survey", ("year",)),) if topic == "survey" else ()
        made.append(Lesson(code, topic, topic, topic, "?", 1, needs=needs))
        if cells != ("absent",):
            notebook(folder, f"{code}_{topic}", *cells)
    monkeypatch.setattr(lessons, "LESSONS", tuple(made))
    monkeypatch.setattr(lessons, "NOTEBOOKS", folder)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    """One run in which nearly everything goes wrong that can, over the results of an earlier run."""
    folder = tmp_path_factory.mktemp("machine")
    out = folder / "out {braces}"
    (out / "notebooks").mkdir(parents=True)
    for stale in (
        "notebooks/02_fails.ipynb",
        "notebooks/17_gone.ipynb",
        "notebooks/mine.ipynb",
        "run.json",
    ):
        (out / stale).write_text("stale")
    (out / ".run-dead").mkdir()
    (out / ".run-dead" / "half.ipynb").write_text("{")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DB_PASSWORD", SECRET)
        patch.setenv("OMP_NUM_THREADS", "8")
        collection(
            patch, folder / "lessons", a01_ok=(OK,), a02_fails=("x = 1", RECORD_THEN_FAIL), a03_exit=("import sys; sys.exit(0)", "y = 1"),
            a04_sleeps=("import time; time.sleep(60)",), a05_survey=("1",), a06_quits=("exit()", "y = 1"), a07_dies=("import os; os._exit(0)",),
            a08_absent=("absent",), a09_message=(FAILS,),
        )  # fmt: skip
        here = Path.cwd()
        summary = runner.run(
            book(folder / "my_book"),
            out=out,
            parameters={"account_id": "001", "top_share": "0.5"},
            timeout=5,
            progress=False,
        )
        assert Path.cwd() == here
    return summary, out, folder


def result(done, code: str):
    return next(item for item in done[0].lessons if item.lesson == code)


def test_one_failing_notebook_does_not_stop_the_others(done):
    states = {item.notebook: item.state for item in done[0].lessons}
    assert states == {
        "01_ok": "full", "02_fails": "failed", "03_exit": "failed", "04_sleeps": "failed", "05_survey": "skipped",
        "06_quits": "failed", "07_dies": "failed", "08_absent": "failed", "09_message": "failed",
    }  # fmt: skip
    assert done[0].exit_code == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("02", "code cell 3 (import os): AssertionError: after the record"),
        ("03", "code cell 2 (import sys; sys.exit(0)): SystemExit: 0"),
        (
            "04",
            "code cell 2 (import time; time.sleep(60)): Timeout: not finished within 5 s; --timeout allows more",
        ),
        ("05", "the book has no survey.year"),
        ("06", "code cell 2 (exit()): KernelExit: the cell called exit() or quit()"),
        (
            "07",
            "code cell 2 (import os; os._exit(0)): DeadKernelError: the kernel died (out of memory, or the code ended the process)",
        ),
        ("08", "there is no notebook 08_absent.ipynb"),
        (
            "09",
            "code cell 2 (# the faulty step): ZeroDivisionError: bad value in my_book/book.toml",
        ),
    ],
)
def test_reason_names_cell_and_error_in_one_line(done, code, reason):
    assert result(done, code).reason == reason
    assert "Traceback" not in str(done[0])
    assert reason in str(done[0])


def test_layout_and_stale_results(done):
    failed = ("02_fails", "03_exit", "04_sleeps", "06_quits", "07_dies", "09_message")
    assert files(done[1]) == {
        "notebooks/01_ok.ipynb", "notebooks/mine.ipynb", *(f"notebooks/{stem}.failed.ipynb" for stem in failed),
        "review/01.parquet", "account_review.xlsx", "account_review.parquet", "account_review.csv", "run.json",
    }  # fmt: skip
    assert not list(done[1].glob(".*"))


def test_no_notebook_leads_to_what_is_not_there(done):
    # once: "Next" led to a lesson that was skipped, and "Exercises" to a folder that no run writes
    for name in ("01_ok", "02_fails.failed"):
        cells = nbformat.read(done[1] / "notebooks" / f"{name}.ipynb", 4).cells
        links = "[here](01_ok.ipynb), next, [web](https://x.example/a.ipynb), more"
        assert f"# A lesson\n{links}" in [cell.source for cell in cells]


def test_kernel_gets_typed_parameters_threads_and_its_folder(done):
    cells = nbformat.read(done[1] / "notebooks" / "01_ok.ipynb", 4).cells
    text = cells[3].outputs[0].text
    assert text.splitlines() == ["'001' 0.5 -3 False lessons {'1'}", "book at my_book/book.toml"]


def test_outputs_tell_nothing_of_the_machine(done):
    _, out, folder = done
    for name in files(out) - {
        "notebooks/mine.ipynb",
        "account_review.xlsx",
        "account_review.parquet",
        "review/01.parquet",
    }:
        text = (out / name).read_text()
        for forbidden in (
            SECRET,
            "DB_PASSWORD",
            str(folder),
            '"papermill": {',
            "start_time",
            "iopub",
        ):
            assert forbidden not in text, f"{forbidden} in {name}"
        assert not re.search(r"\"/(home|root|tmp|work|Users)/", text), name
    for name in ("account_review.xlsx", "account_review.parquet", "review/01.parquet"):
        assert SECRET.encode() not in (out / name).read_bytes()


def test_run_json(done):
    record = json.loads((done[1] / "run.json").read_text())
    assert record["book"]["name"] == "Tiny"
    assert re.fullmatch(r"[0-9a-f]{64}", record["book"]["data_hash"])
    assert record["parameters"] == {"account_id": "001", "top_share": "0.5"}
    assert {"keyacct", "python", "pandas", "duckdb", "papermill"} <= set(record["versions"])
    first = record["lessons"][0]
    assert (first["lesson"], first["state"], first["reason"]) == ("01", "full", "")
    assert 0 < first["seconds"] < 60


def test_success_is_repeatable_byte_for_byte(done, monkeypatch):
    folder = done[2]
    collection(
        monkeypatch, folder / "lessons", a01_ok=("absent",)
    )  # the notebook of the first run, as it lies there
    wanted = {"account_id": "001", "top_share": 0.5}
    again = runner.run(
        folder / "my_book" / "book.toml",
        out=folder / "out2",
        lessons=["01"],
        parameters=wanted,
        progress=False,
    )
    assert again.exit_code == 0
    for name in ("notebooks/01_ok.ipynb", "review/01.parquet"):
        assert (folder / "out2" / name).read_bytes() == (done[1] / name).read_bytes()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"top_shar": "1"},
            r"(?s)no chosen lesson has a parameter 'top_shar'; did you mean 'top_share'\?.*01_ok: top_share: float = 0.2",
        ),
        ({"rounds": "2.5"}, "rounds='2.5' must be a whole number: rounds: int = -3"),
        ({"top_share": "half"}, "top_share='half' must be a number"),
        ({"top_share": "nan"}, "must be a number"),
        ({"strict": "maybe"}, "must be true or false"),
        ({"account_id": 1}, "account_id=1 must be text"),
        ({"rounds": True}, "must be a whole number"),
        ({"book": "other"}, "--book"),
    ],
)
def test_wrong_parameters_stop_before_anything_runs(tmp_path, monkeypatch, wanted, message):
    collection(monkeypatch, tmp_path / "lessons", a01_ok=("raise SystemExit",))
    with pytest.raises(InputError, match=message):
        runner.run(book(tmp_path / "b"), out=tmp_path / "out", parameters=wanted)
    assert not (tmp_path / "out").exists()


def test_a_parameter_goes_only_to_the_lessons_that_declare_it():
    one = parameters.declared(
        {
            "cells": [
                {"cell_type": "code", "source": "a: int = 1", "metadata": {"tags": ["parameters"]}}
            ]
        }
    )
    two = parameters.declared(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": "b: str = 'x'",
                    "metadata": {"tags": ["parameters"]},
                }
            ]
        }
    )
    assert parameters.assign({"a": "2", "b": "001"}, {"01": one, "02": two}) == {
        "01": {"a": 2},
        "02": {"b": "001"},
    }


def test_declared_reads_comments_and_values_with_equals_signs():
    cell = 'rule: str = "a=b # c"  # 规则, x = y\nn: float = 1'
    found = parameters.declared(
        {"cells": [{"cell_type": "code", "source": cell, "metadata": {"tags": ["parameters"]}}]}
    )
    assert found["rule"] == parameters.Parameter("rule", "str", "a=b # c", "规则, x = y")
    assert parameters.parse(found["n"], "2") == 2.0


@pytest.mark.parametrize(
    "line",
    [
        "x = 1",
        "x: list = []",
        "x: int = 'a'",
        "x: int = y",
        "x: bool = 1",
        "import os",
        "x: int",
        "x: int =",
    ],
)
def test_a_parameters_cell_of_another_form_is_named(line):
    with pytest.raises(ValueError, match=r"parameters cell, line 2.*name: type = literal"):
        parameters.declared(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "source": f"a: int = 1\n{line}",
                        "metadata": {"tags": ["parameters"]},
                    }
                ]
            }
        )


@pytest.mark.parametrize("texts", [["x"], ["=1"], ["a=1", "a=2"]])
def test_split_refuses(texts):
    with pytest.raises(InputError, match="-p"):
        parameters.split(texts)


def test_split_keeps_text_and_further_equals_signs():
    assert parameters.split(["a=001", "b=x=y", "c="]) == {"a": "001", "b": "x=y", "c": ""}


def test_faulty_book_writes_nothing(tmp_path, monkeypatch):
    collection(monkeypatch, tmp_path / "lessons", a01_ok=("1",))
    with pytest.raises(InputError, match=r"ledger\.revenue"):
        runner.run(book(tmp_path / "b", rows="001,abc\n"), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unknown_lesson_and_unusable_out(tmp_path, monkeypatch):
    collection(monkeypatch, tmp_path / "notebooks", a01_ok=("1",))
    with pytest.raises(InputError, match=r"no lesson '1'; did you mean '01'.*01_ok"):
        runner.run(book(tmp_path / "b"), lessons=["1"], out=tmp_path / "out")
    with pytest.raises(InputError, match="overwrite the lessons"):
        runner.run(book(tmp_path / "b"), out=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        runner.run(book(tmp_path / "b"), out=tmp_path / "file")
    with pytest.raises(InputError, match="timeout"):
        runner.run(timeout=0)
    with (
        publishing.scratch_folder(tmp_path / "out"),
        pytest.raises(InputError, match="another run"),
    ):
        runner.run(book(tmp_path / "b"), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_problem_names_its_causes_where_they_stand_below_its_first_line(tmp_path, monkeypatch):
    from keyacct_utils import site

    def broken(*_args, **_kwargs):
        site._refuse(["glossary.html: #a is there twice"], "faults of links and anchors")

    collection(monkeypatch, tmp_path / "lessons", a01_ok=("1",))
    monkeypatch.setattr(site, "build", broken)
    summary = runner.run(book(tmp_path / "b"), out=tmp_path / "out", site=True, progress=False)
    told = "1 fault of links and anchors: glossary.html: #a is there twice"
    assert summary.problems == [f"site: FAILED: SiteError: {told}"]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["problems"] == summary.problems
    many = RuntimeError("7 faults:\n" + "\n".join("abcdefg"))
    assert runner._in_a_line(many) == "7 faults: a; b; c; d; e; and 2 more"
    assert runner._in_a_line(RuntimeError()) == ""


def test_site_and_workbook_problems_are_reported_and_nothing_else_is_lost(tmp_path, monkeypatch):
    from keyacct_utils import site

    def build(
        notebooks: Path, out: Path, title: str, private: bool, front: str, beside: list[str]
    ) -> None:
        assert [path.name for path in notebooks.iterdir()] == ["01_ok.ipynb"]
        assert (title, private) == ("Tiny", True)
        assert "## In short" in front and "## The book in ten numbers" in front
        # what lies beside the site, and no report that nobody asked for
        assert front.count('href="') == 1 and 'href="../account_review.xlsx"' in front
        assert {
            "account_review.xlsx", "report.html", "deck.html", "deck.pptx",
            "crm/account_plan.csv",
        } == set(beside)  # fmt: skip
        out.mkdir()
        (out / "index.html").write_text("new")

    collection(monkeypatch, tmp_path / "lessons", a01_ok=("1",), a02_bad=("1/0",))
    monkeypatch.setattr(site, "build", build)
    toml = book(tmp_path / "b")
    runner.run(toml, out=tmp_path / "out", site=True, progress=False)
    assert (tmp_path / "out" / "site" / "index.html").read_text() == "new"

    def broken(*_args, **_kwargs):
        raise RuntimeError(f"no room in {tmp_path / 'out'}\nsecond line")

    monkeypatch.setattr(site, "build", broken)
    summary = runner.run(toml, out=tmp_path / "out", lessons=["01"], site=True, progress=False)
    assert summary.problems == ["site: FAILED: RuntimeError: no room in out"]
    assert summary.exit_code == 1
    assert {"notebooks/01_ok.ipynb", "run.json"} <= files(tmp_path / "out")
    assert not (tmp_path / "out" / "site").exists()  # the old one would show other results


def start(tmp_path: Path, *cells: str) -> subprocess.Popen[str]:
    """A real run in a process of its own, in a new session as a terminal would give it."""
    script = tmp_path / "drive.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from keyacct_utils.running import cli
        from keyacct_utils.lessons import catalogue as lessons
        lessons.NOTEBOOKS = Path({str(tmp_path / "lessons")!r})
        lessons.LESSONS = tuple(lessons.Lesson(code, "topic", "t", "t", "?", 1) for code in ("01", "02"))
        sys.argv = ["keyacct", "run", "--book", {str(book(tmp_path / "b"))!r}, "--out", {str(tmp_path / "out")!r}]
        cli.main()
        """)
    )
    notebook(tmp_path / "lessons", "01_topic", "x = 1")
    notebook(tmp_path / "lessons", "02_topic", *cells)
    return subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


SLEEPER = "import os, time; open('pid.tmp', 'w').write(str(os.getpid())); os.rename('pid.tmp', 'pid'); time.sleep({})"


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_killed_run_leaves_no_half_file_and_the_next_run_repairs(tmp_path):
    pid, out = tmp_path / "lessons" / "pid", tmp_path / "out"
    process = start(tmp_path, SLEEPER.format(60))
    wait_for(pid.exists)
    process.kill()
    process.communicate(timeout=10)
    assert not [name for name in files(out) if not name.startswith(".run-")]
    assert list(out.glob(".run-*"))
    wait_for(lambda: not alive(int(pid.read_text())))
    process = start(tmp_path, SLEEPER.format(0))
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert not list(out.glob(".*"))
    assert {"notebooks/01_topic.ipynb", "notebooks/02_topic.ipynb", "run.json"} <= files(out)
    assert "02_topic" not in errors  # a bar belongs on a terminal, not into a log
    assert re.search(r"01_topic +[\d.]+ s +done", text)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_run_stops_its_kernels_and_leaves_nothing(tmp_path, number):
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
    pid = tmp_path / "lessons" / "pid"
    try:
        process = start(tmp_path, SLEEPER.format(60))
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(pid.exists)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert not (tmp_path / "out").exists()
    assert not alive(int(pid.read_text()))
    assert "Traceback" not in errors
    assert errors.rstrip().endswith("interrupted; nothing was changed")


ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ends_are_interrupts_too_and_the_handlers_come_back(number, monkeypatch):
    old = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        before = [signal.getsignal(each) for each in ENDS]
        with pytest.raises(KeyboardInterrupt), interrupts.on_interrupt():
            os.kill(os.getpid(), number)
            time.sleep(5)
        assert [signal.getsignal(each) for each in ENDS] == before
    finally:
        signal.signal(signal.SIGHUP, old)


def test_a_run_under_nohup_outlives_its_terminal():
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.on_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, old)


def test_a_period_outside_the_book_is_refused_before_anything_runs(tmp_path):
    days = [f"20{year}-{month:02d}-05" for year in (23, 24) for month in range(1, 13)]
    made = book(tmp_path / "b")
    made.with_name("ledger.csv").write_text(
        "account_id,date,revenue\n" + "".join(f"A{n},{day},5\n" for n in (1, 2) for day in days)
    )
    with pytest.raises(runner.InputError) as caught:
        runner.run(made, out=tmp_path / "out", parameters={"period": "2019"}, progress=False)
    assert str(caught.value) == (
        "parameter period: period is '2019', but the ledger runs from 2023-01-05 to 2024-12-05: "
        "choose a period in that time; its whole years are 2023, 2024"
    )
    assert not (tmp_path / "out").exists()


def test_scrubber_takes_the_longest_whole_folder_and_leaves_pictures():
    scrub = publishing.scrubber(
        {Path("/data/al"): "B", Path("/data/al/out"): "out", Path("/"): "root"}
    )
    assert (
        scrub("/data/al/out/x /data/al/y /data/alice \x1b[32m/data/al\x1b[39m")
        == "out/x B/y /data/alice \x1b[32mB\x1b[39m"
    )
    assert scrub({"image/png": "/data/al", "t": ["/data/al", 1]}) == {
        "image/png": "/data/al",
        "t": ["B", 1],
    }
