"""Run the lessons on a book: check first, execute two at a time, publish whole files only, say
what happened.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import nbformat

from keyacct_utils.book import BUNDLED, Book
from keyacct_utils.book.intake import checked
from keyacct_utils.book.intake.scratch import scratch_folder
from keyacct_utils.book.template import toml_text
from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons import catalogue as lessons
from keyacct_utils.lessons.catalogue import NOTEBOOKS
from keyacct_utils.review.handover import hand_on
from keyacct_utils.review.left_out import left_out
from keyacct_utils.review.page import Page, as_markdown
from keyacct_utils.running import (
    assumptions,
    execution,
    forking,
    interrupts,
    parameters,
    privacy,
    publishing,
)
from keyacct_utils.running.lesson_tables import Asked, open_book
from keyacct_utils.running.parameters import BOOK, InputError, Parameter, Value, is_story
from keyacct_utils.running.versions import versions

T = TypeVar("T")
_WORDS = {"full": "done", "part": "done in part", "skipped": "skipped", "failed": "FAILED"}
#: Causes of one problem that are told in its line.
_CAUSES = 5
#: Folder in the scratch folder for the figures that the kernels keep.
_DRAWN = "drawn"


@dataclass
class LessonResult:
    """What became of one lesson: ``full``, ``part``, ``skipped`` or ``failed``, in how many
    seconds, and why.
    """

    lesson: str
    notebook: str
    state: str
    seconds: float = 0.0
    reason: str = ""


@dataclass
class RunSummary:
    """What became of a run; ``str()`` is the report for the screen."""

    out: Path
    lessons: list[LessonResult]
    seconds: float = 0.0
    #: What failed outside the lessons: the workbook, the site.
    problems: list[str] = field(default_factory=list)
    #: What the book sets for the lessons that ran.
    assumed: list[str] = field(default_factory=list)
    #: Rows and money that stand in none of the results.
    left_out: list[str] = field(default_factory=list)
    #: What to look at before the results are handed on.
    advice: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 if every lesson ran or was skipped for want of data, 1 if something failed."""
        return int(bool(self.problems) or any(item.state == "failed" for item in self.lessons))

    def __str__(self) -> str:
        width = max((len(item.notebook) for item in self.lessons), default=0)
        lines = []
        for item in self.lessons:
            took = f"{item.seconds:7.1f} s" if item.seconds else " " * 9
            why = f": {item.reason}" if item.reason and item.state != "part" else ""
            lines.append(f"{item.notebook:<{width}} {took}  {_WORDS[item.state]}{why}")
        if any(item.state == "part" for item in self.lessons):
            lines.append("keyacct check BOOK says which columns the lessons done in part lack")
        return "\n".join(
            [
                *lines,
                *self.assumed,
                *self.problems,
                *self.left_out,
                *self.advice,
                f"{self.seconds:.1f} s in all; results in {self.out}",
            ]
        )


@dataclass
class _Plan:
    """A chosen lesson with its notebook as read, or the reason why it cannot run."""

    code: str
    path: Path
    state: str = "full"
    reason: str = ""
    notebook: nbformat.NotebookNode | None = None
    declared: dict[str, Parameter] = field(default_factory=dict)
    #: What the book sets for it, under codes where it hands out codes.
    assumed: dict[str, Any] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """What the lesson is called in ``book.toml``."""
        return lessons.lesson(self.code).topic

    def told(self) -> list[str]:
        """What the book sets for it, in a line."""
        shown = ", ".join(f"{key} = {toml_text(value)}" for key, value in self.assumed.items())
        return [f"{self.path.stem}: book.toml sets {shown}"] if shown else []


def run(
    book: str | os.PathLike[str] = "linjiang",
    lessons: Sequence[str] | None = None,
    out: str | os.PathLike[str] = "out",
    parameters: Mapping[str, Value] | None = None,
    site: bool = False,
    timeout: float = 600,
    workers: int = 2,
    quarantine: str | os.PathLike[str] | None = None,
    progress: bool = True,
    pseudonymise: str | os.PathLike[str] | None = None,
    report: bool = False,
    deck: bool = False,
) -> RunSummary:
    """Execute lessons on a book and publish notebooks, account review and a record of the run.

    Parameters
    ----------
    book : str or path
        A bundled book by name, or a ``book.toml``.
    lessons : sequence of str, optional
        Codes such as ``"01"``; all lessons by default.
    out : path
        Folder of the results: ``notebooks/``, ``review/``, ``account_review`` as .xlsx, .parquet
        and .csv, ``run.json`` and
        ``site/``. It changes only when the run has come to its end; results of an earlier run are
        replaced then.
    parameters : mapping of str to value, optional
        Values for the lessons that declare the name. Text is read by the declared type.
    site : bool
        Also build the web site.
    timeout : float
        Seconds allowed for one cell.
    workers : int
        Kernels at a time.
    quarantine : path, optional
        Set faulty rows of the book aside in this file.
    progress : bool
        Show a progress bar on stderr.
    pseudonymise : path, optional
        File of the key with which names and ids become codes in every result; made where there is
        none. Neither it nor the quarantine file, which stays as the book is written, may lie in
        ``out``.
    report, deck : bool
        Also write ``report.html`` (and ``.pdf`` where a Chromium is here, and ``crm/``, the account
        plan for a CRM), ``deck.html``, and for either ``figures/``.

    Returns
    -------
    RunSummary
        One result per chosen lesson; a failing lesson does not stop the others.

    Raises
    ------
    InputError
        For a faulty book, an unknown lesson or parameter, a value of the wrong type, or an ``out``
        that cannot be used. Nothing has been written to ``out`` then.
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after the kernels have been stopped; ``out`` is as it was before.
    """
    start = time.perf_counter()
    if timeout <= 0 or workers < 1:
        raise InputError(
            f"timeout must be above 0 seconds and workers at least 1, not {timeout} and {workers}"
        )
    target = Path(out).absolute()
    plans = _plans(lessons)
    values = _values(plans, parameters or {})
    if (target / "notebooks").resolve() in {plan.path.parent.resolve() for plan in plans}:
        raise InputError(
            f"out is {out}: the results would overwrite the "
            "lessons themselves; choose another folder"
        )
    privacy.refuse_beside_results(target, quarantine, pseudonymise)
    read = [plan.notebook for plan in plans if plan.notebook]
    with forking.forked_kernels(read) as server:  # which imports while the book is checked
        opened, asked = open_book(book, quarantine, pseudonymise)
        coded = privacy.coder(opened)
        _assume(plans, values, asked, coded)
        _refuse_other_times(values, opened)
        _judge(plans, opened)
        with interrupts.on_interrupt(), publishing.scratch_folder(target) as scratch:
            scrub = privacy.result_scrubber(
                NOTEBOOKS.parent, book, opened, target, scratch, pseudonymise
            )
            shown = str(book) if str(book) in BUNDLED else str(Path(book).absolute())
            variables = partial(
                privacy.kernel_variables,
                scratch=scratch,
                quarantine=quarantine,
                key_file=pseudonymise,
            )
            kept = _kept_figures(scratch) if report or deck else {}
            with scratch_folder() as sockets:
                staged = _put_down(opened, sockets, server)
                jobs = {}
                for plan in [plan for plan in plans if plan.state in ("full", "part")]:
                    own, extra = coded(values[plan.path.stem]), variables(plan.code) | staged | kept
                    jobs[plan.code] = _job(plan, own, shown, scratch, sockets, timeout, extra)
                execution.execute_all(list(jobs.values()), workers, progress)
            origin = {"book": opened.name, "data_hash": opened.data_hash}
            results = [_result(plan, jobs.get(plan.code), origin, scratch, scrub) for plan in plans]
            ran = [plan for plan in plans if plan.code in jobs]
            summary = RunSummary(Path(out), results, advice=privacy.advice(opened))
            summary.assumed = [text for plan in ran for text in plan.told()]
            wanted = coded(parameters or {}) | {
                f"{plan.topic}.{key}": value for plan in ran for key, value in plan.assumed.items()
            }
            told = partial(_told, opened, summary, wanted, scrub)
            period = str(wanted.get("period", "book"))
            aside = _attempt(summary, "rows left out", lambda: left_out(opened, period), scrub)
            summary.left_out = scrub(aside or [])
            page = _attempt(
                summary, "account review", lambda: hand_on(scratch, target, opened, told()), scrub
            )
            if page and kept:
                write = partial(_for_readers, scratch, page, told(), opened, report, deck)
                summary.advice += scrub(_attempt(summary, "report", write, scrub) or [])
            if site:
                front = _front(page, scratch) if page else ""
                make = partial(_site, scratch, opened.name, str(book) not in BUNDLED, front)
                _attempt(summary, "site", make, scrub)
            publishing.unlink_absent(scratch / "notebooks")  # a site has links of its own
            summary.seconds = time.perf_counter() - start
            (scratch / publishing.RECORD).write_text(
                json.dumps(told(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            with interrupts.on_interrupt(
                signal.SIG_IGN
            ):  # a matter of milliseconds, and never half done
                publishing.publish(scratch, target)
    return summary


def _plans(wanted: Sequence[str] | None) -> list[_Plan]:
    """Read the notebooks of the chosen lessons; one that cannot be read fails alone."""
    known = [item.code for item in lessons.LESSONS]
    for code in wanted or ():
        if code not in known:
            stems = ", ".join(item.stem for item in lessons.LESSONS)
            raise InputError(
                f"there is no lesson {code!r}; {nearest(code, known)} The lessons are {stems}"
            )
    plans = []
    for code in known if not wanted else [code for code in known if code in wanted]:
        plan = _Plan(code, lessons.notebook_path(code))
        try:
            plan.notebook = nbformat.read(plan.path, as_version=4)
            plan.declared = parameters.declared(plan.notebook)
        except FileNotFoundError:
            plan.state, plan.reason = "failed", f"there is no notebook {plan.path.name}"
        except Exception as error:  # nbformat raises whatever its parser does
            plan.state, plan.reason = (
                "failed",
                f"{plan.path.name} cannot be read: {error!s}".partition("\n")[0],
            )
        plans.append(plan)
    return plans


def _values(plans: Sequence[_Plan], wanted: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    return parameters.assign(wanted, {plan.path.stem: plan.declared for plan in plans})


def _assume(
    plans: Sequence[_Plan],
    values: dict[str, dict[str, Value]],
    asked: Asked,
    coded: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> None:
    """Give each lesson what the book sets for it: parameters that the command line does not, and
    what its steps assume, written into their calls.
    """
    for plan in plans:
        table = asked.tables.get(plan.topic)
        if table is None or plan.notebook is None:
            continue
        given = values[plan.path.stem]
        own = coded({name: v for name, v in table.parameters.items() if name not in given})
        written = coded(table.assumptions)
        values[plan.path.stem] = given | own
        plan.notebook = assumptions.write(plan.notebook, table.found, written)
        plan.assumed = own | written


def _refuse_other_times(values: Mapping[str, Mapping[str, Value]], book: Book) -> None:
    """A period outside the book would fail in every lesson; said before any begins."""
    for period in dict.fromkeys(own["period"] for own in values.values() if "period" in own):
        try:
            book.period_dates(str(period))
        except ValueError as refused:
            years = ", ".join(book.full_years()[0])
            whole = f"; its whole years are {years}" if years else ""
            raise InputError(f"parameter period: {refused}{whole}") from None


def _put_down(book: Book, folder: Path, server: forking.Server | None) -> dict[str, str]:
    """Leave the checked book for the kernels; returns the variable that tells them where."""
    if server:
        server.remove_at_end(folder)
    place = folder / "book"
    return {checked.VARIABLE: str(place)} if book.put_down(place) else {}


def _judge(plans: Sequence[_Plan], book: Book) -> None:
    """Mark the lessons that the book lacks the tables for, or runs in part only; on a book of one's
    own no
    lesson tells the story of the synthetic company.
    """
    ready = lessons.readiness(book).set_index("lesson")
    for plan in plans:
        if not book.bundled and plan.notebook is not None:
            plan.notebook.cells = [cell for cell in plan.notebook.cells if not is_story(cell)]
        state = str(ready.at[plan.code, "state"])
        if state == "skipped":
            plan.state, plan.reason = state, str(ready.at[plan.code, "reason"])
        elif state == "part" and plan.state == "full":
            plan.state, plan.reason = state, "without " + str(ready.at[plan.code, "unlocks"])


def _job(
    plan: _Plan,
    values: Mapping[str, Value],
    book: str,
    scratch: Path,
    sockets: Path,
    timeout: float,
    extra: Mapping[str, str],
) -> execution.Job:
    """Prepare the execution of one lesson."""
    own: dict[str, Value] = {BOOK: book} if BOOK in plan.declared else {}
    return execution.Job(
        name=plan.code,
        title=plan.path.stem,
        source=plan.notebook,
        values=own | dict(values),
        folder=plan.path.parent,
        env=execution.kernel_environment(scratch, extra),
        sockets=sockets,
        timeout=timeout,
        after_all=lessons.lesson(plan.code).after_all,
    )


def _result(
    plan: _Plan,
    job: execution.Job | None,
    origin: Mapping[str, str],
    scratch: Path,
    scrub: Callable[[Any], Any],
) -> LessonResult:
    """Write the executed notebook, marked with its book; drop the account-review record of a
    lesson that failed after it.
    """
    result = LessonResult(plan.code, plan.path.stem, plan.state, reason=scrub(plan.reason))
    if job is None:
        return result
    result.seconds = round(job.seconds, 3)
    ending = "ipynb"
    if job.failure is not None:
        result.state, result.reason, ending = "failed", scrub(str(job.failure)), "failed.ipynb"
        (scratch / "review" / f"{plan.code}.parquet").unlink(missing_ok=True)
    notebook = publishing.tidy(job.notebook or job.source, scrub)
    notebook.metadata["keyacct"] = dict(origin)
    nbformat.write(notebook, scratch / "notebooks" / f"{plan.path.stem}.{ending}")
    return result


def _attempt(
    summary: RunSummary, what: str, action: Callable[[], T], scrub: Callable[[Any], Any]
) -> T | None:
    """Do what comes after the lessons; a failure is reported and takes no lesson with it."""
    try:
        return action()
    except Exception as error:
        summary.problems.append(
            scrub(f"{what}: FAILED: {type(error).__name__}: {_in_a_line(error)}")
        )
    return None


def _in_a_line(error: Exception) -> str:
    """A message with its causes: what stands below a first line that ends with a colon."""
    first, *below = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    if not first.endswith(":") or not below:
        return first
    more = len(below) - _CAUSES
    rest = [f"and {more} more"] if more > 0 else []
    return f"{first} {'; '.join([*below[:_CAUSES], *rest])}"


def _kept_figures(scratch: Path) -> dict[str, str]:
    """Where the kernels keep their figures as SVG."""
    from keyacct_utils.lessons.showing.style import KEPT

    folder = scratch / _DRAWN
    folder.mkdir()
    return {KEPT: str(folder)}


def _for_readers(
    scratch: Path, page: Page, record: dict[str, Any], book: Book, report: bool, deck: bool
) -> list[str]:
    """Report, deck and figures; returns what could not be had."""
    from keyacct_utils.handing_on.files import write_files

    return write_files(scratch, page, record, book, report, deck, scratch / _DRAWN)


def _front(page: Page, scratch: Path) -> str:
    """The first page of the site: the answers, and what lies beside the site."""
    from keyacct_utils.handing_on.pages import BESIDE

    links = [
        f'<a href="../{name}">{what}</a>'
        for name, what in BESIDE.items()
        if (scratch / name).is_file()
    ]
    beside = f"Beside these pages: {', '.join(links)}.\n\n" if links else ""
    return beside + as_markdown(page)


def _site(scratch: Path, title: str, private: bool, front: str) -> None:
    from keyacct_utils import site
    from keyacct_utils.handing_on.pages import BESIDE

    good = scratch / "site_notebooks"
    good.mkdir()
    for path in (scratch / "notebooks").glob("*.ipynb"):
        if not path.name.endswith(".failed.ipynb"):
            shutil.copy(path, good)
    site.build(good, scratch / "site", title, private=private, front=front, beside=[*BESIDE])


def _plain(value: Any) -> Any:
    """A value that JSON does not know: numpy's numbers as numbers, dates as text."""
    return value.item() if hasattr(value, "item") else str(value)


def _told(
    book: Book, summary: RunSummary, wanted: Mapping[str, Any], scrub: Callable[[Any], Any]
) -> dict[str, Any]:
    """The record as JSON tells it, free of this machine's folders."""
    told: dict[str, Any] = json.loads(
        json.dumps(scrub(_record(book, summary, wanted)), default=_plain)
    )
    return told


def _record(book: Book, summary: RunSummary, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What made these results: versions, data, parameters, and what became of each lesson. Nothing
    of the environment.
    """
    return {
        "versions": versions(),
        "book": {
            "name": book.name,
            "data_hash": book.data_hash,
            "bundled": book.bundled,
            "currency": book.currency,
            "as_of": book.as_of,
            "period": book.period,
            "notes": book.notes,
            "excluded": dict(book.excluded),
            "reconciliation": book.reconciliation,
        },
        "parameters": dict(wanted),
        "seconds": round(summary.seconds, 3),
        "lessons": [asdict(item) for item in summary.lessons],
        "problems": summary.problems,
        "left_out": summary.left_out,
    }
