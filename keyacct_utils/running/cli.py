"""The command ``keyacct``: run the lessons on a book, check a book, begin one, compare two runs,
explain one account, list the lessons.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click

from keyacct_utils.running.interrupts import on_interrupt
from keyacct_utils.running.parameters import InputError, split
from keyacct_utils.running.versions import versions

WRONG_INPUT, INTERRUPTED = 2, 130

EXIT_CODES = """\b
Exit codes:
  0    everything ran, or was skipped because the book lacks its columns
  1    a lesson, the account review or the site failed, or a condition of compare is met
  2    the input is wrong: a faulty book, an unknown lesson or parameter; nothing was written
  130  interrupted; the results of an earlier run are as they were
"""

_CONDITIONS = (
    'End with 1 if this holds, such as "grade changes '
    '> 5" or "revenue moved > 1%"; may be repeated.'
)
_CODES = (
    "Show codes instead of names and ids, made with the "
    "key in this file; a new key if there is no such file."
)


class WrongInput(click.ClickException):
    """An error in what the user gave."""

    exit_code = WRONG_INPUT


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Show what is wrong with the input as its text, without a traceback."""
    try:
        yield
    except (InputError, OSError) as error:
        raise WrongInput(str(error)) from error


def load_runner() -> ModuleType:
    """Import the runner.

    nbformat's validator builds a grammar of international web addresses when it is imported, more
    than half of the time of all imports, for a check that no notebook needs and that jsonschema
    leaves out where the package is absent.
    """
    grammar = "rfc3987_syntax"
    hidden = grammar not in sys.modules
    if hidden:
        sys.modules[grammar] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("keyacct_utils.running.runner")
    finally:
        if hidden:
            del sys.modules[grammar]


def _show_versions(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        found = versions()
        width = max(map(len, found))
        click.echo("\n".join(f"{name:<{width}} {version}" for name, version in found.items()))
        context.exit()


@click.group(
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_versions,
    help="Show all versions and exit.",
)
def cli() -> None:
    """Key-account (大客户) analysis: lessons that run on a synthetic book and on your own."""


@cli.command("run")
@click.option(
    "--book",
    default="linjiang",
    show_default=True,
    help="A bundled book, or the path of a book.toml.",
)
@click.option(
    "--out",
    default="out",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the results.",
)
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    metavar="NN...",
    help="Only these lessons, such as 01 04; may be repeated.",
)
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "-p",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the lessons; may be repeated.",
)
@click.option("--site", is_flag=True, help="Also build the web site.")
@click.option(
    "--report",
    is_flag=True,
    help="Also write report.html, report.pdf where a Chromium is here, figures/, and crm/, the "
    "account plan for a CRM.",
)
@click.option(
    "--deck", is_flag=True, help="Also write deck.html, one finding a slide, and figures/."
)
@click.option(
    "--quarantine",
    type=click.Path(path_type=Path),
    help="Set faulty rows of the book aside in this file and go on.",
)
@click.option("--timeout", default=600.0, show_default=True, help="Seconds allowed for one cell.")
@click.option("--pseudonymise", type=click.Path(path_type=Path), metavar="KEYFILE", help=_CODES)
def run_command(
    book: str,
    out: Path,
    lessons: tuple[str, ...],
    more: tuple[str, ...],
    assignments: tuple[str, ...],
    site: bool,
    report: bool,
    deck: bool,
    quarantine: Path | None,
    timeout: float,
    pseudonymise: Path | None,
) -> None:
    """Execute the lessons on a book, and write notebooks, account review and a record of the
    run.
    """
    if more and not lessons:
        raise click.UsageError(
            f"{more[0]!r} stands alone: name lessons after --lesson, as in keyacct run --lesson "
            "01 04, and a book after --book"
        )
    with _plain_errors():
        parameters = split(assignments)
        summary = load_runner().run(
            book=book,
            lessons=(*lessons, *more) or None,
            out=out,
            parameters=parameters,
            site=site,
            timeout=timeout,
            quarantine=quarantine,
            pseudonymise=pseudonymise,
            report=report,
            deck=deck,
        )
    click.echo(str(summary))
    _advise_on_fonts()
    sys.exit(summary.exit_code)


@cli.command("check")
@click.argument("book")
@click.option(
    "--quarantine",
    type=click.Path(path_type=Path),
    help="Set faulty rows aside in this file, with the reason for each.",
)
@click.option("--pseudonymise", type=click.Path(path_type=Path), metavar="KEYFILE", help=_CODES)
def check_command(book: str, quarantine: Path | None, pseudonymise: Path | None) -> None:
    """Check a book, and say which lessons run on it, which in part, and which column would unlock
    more.
    """
    from keyacct_utils.book.template import left_to_decide
    from keyacct_utils.running.lesson_tables import open_book
    from keyacct_utils.running.readiness import begin_with_void, readiness_lines

    open_points = left_to_decide(Path(book))
    with _plain_errors():
        try:
            opened, asked = open_book(book, quarantine, pseudonymise)
        except InputError as error:
            told = [str(error), *open_points, *begin_with_void(open_points, str(error))]
            raise InputError("\n".join(told)) from error
    click.echo("\n".join([*readiness_lines(opened, asked.lines()), *open_points]))
    _advise_on_fonts()


def _advise_on_fonts() -> None:
    """Say what to install where no font draws Chinese names."""
    from keyacct_utils.lessons.showing.style import CJK_ADVICE, cjk_font

    if cjk_font() is None:
        click.echo(CJK_ADVICE, err=True)


@cli.command("pseudonyms")
@click.argument("book")
@click.argument("key_file", metavar="KEYFILE", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The table, as CSV that only you can read.",
)
def pseudonyms_command(book: str, key_file: Path, out: Path) -> None:
    """Write who stands behind the codes of a run made with --pseudonymise KEYFILE. For you alone:
    do not hand it on.
    """
    from keyacct_utils.running.privacy import reverse_table, write_reverse_table

    with _plain_errors():
        try:
            table = reverse_table(book, key_file)
        except ValueError as error:
            raise InputError(str(error)) from error
        write_reverse_table(table, out)
    click.echo(f"{out}: {len(table):,} codes. Keep it as carefully as {key_file}.")


@cli.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from",
    "files",
    multiple=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True),
)
@click.argument("more", nargs=-1, metavar="", type=click.Path(path_type=Path, exists=True))
def init_command(folder: Path, files: tuple[Path, ...], more: tuple[Path, ...]) -> None:
    """Begin a book of your own: write a commented book.toml into FOLDER. Never overwrites one.

    With --from FILE... (text, workbooks, Parquet, SQLite) it proposes which file is which table and
    which column is which, and lists what is left for you to decide.
    """
    from keyacct_utils.book.template import book_template, first_steps

    if more and not files:
        raise click.UsageError("name the files after --from: keyacct init FOLDER --from FILE...")
    target = folder / "book.toml"
    with _plain_errors():
        exists = InputError(
            f"{target} exists and stays as it is; choose another folder, or delete it first"
        )
        if target.exists():
            raise exists
        proposal, text = None, book_template()
        if files:
            from keyacct_utils.book.proposing.trying import tried

            proposal, text = tried(folder, [*files, *more])
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            raise exists from None
    click.echo("\n".join(first_steps(target, text, proposal)))


@cli.command("compare")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for compare.csv, .parquet and .html.",
)
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help=_CONDITIONS)
def compare_command(old: Path, new: Path, out: Path | None, conditions: tuple[str, ...]) -> None:
    """Say what moved between two runs: folders of results, or their account_review.parquet."""
    from keyacct_utils.review.account_review import read_review
    from keyacct_utils.review.comparison import compare, title_of
    from keyacct_utils.review.comparison_page import write_comparison
    from keyacct_utils.review.comparison_text import screen
    from keyacct_utils.review.conditions import judge, parse

    with _plain_errors():
        try:
            reviews = read_review(old), read_review(new)
            found = compare(*reviews)
            verdicts = judge(parse(conditions, found.measures), found)
        except ValueError as error:
            raise InputError(str(error)) from error
        files = (
            write_comparison(found, out, [title_of(item) for item in reviews], verdicts)
            if out
            else []
        )
    click.echo(screen(found))
    click.echo(
        "\n".join(["", *map(str, verdicts), *(f"{file} is written" for file in files)]).rstrip()
    )
    sys.exit(int(any(verdict.met for verdict in verdicts)))


@cli.command("explain")
@click.argument("account")
@click.option(
    "--run",
    "folder",
    default="out",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the results of a run.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for explain_ACCOUNT.html; that of the run, if not given.",
)
def explain_command(account: str, folder: Path, out: Path | None) -> None:
    """Explain one ACCOUNT of a run: what to do, its classes, the rule of each, and which number
    would have to change for another.
    """
    from keyacct_utils.handing_on.explain import explain

    with _plain_errors():
        try:
            lines, page = explain(account, folder, out or folder)
        except ValueError as error:
            raise InputError(str(error)) from error
    click.echo("\n".join([*lines, "", f"{page} is written"]))


@cli.command("list")
def list_command() -> None:
    """List the lessons."""
    from keyacct_utils.lessons.catalogue import LESSONS

    for item in LESSONS:
        click.echo(
            f"{item.code}  {item.title} {item.title_zh} ({item.minutes} min)\n    {item.question}"
        )


@cli.command("lab", context_settings={"ignore_unknown_options": True})
@click.argument("workspace", type=click.Path(path_type=Path), required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def lab_command(context: click.Context, workspace: Path | None, options: tuple[str, ...]) -> None:
    """Copy the lessons and their exercises to WORKSPACE and open JupyterLab there; OPTIONS are
    JupyterLab's.
    """
    from keyacct_utils.collection import WORK
    from keyacct_utils.running import lab

    context.invoke(lab.main, workspace=workspace or WORK / "workspace", options=options)


@cli.command("parameters")
@click.argument("codes", nargs=-1, metavar="[NN]...")
def parameters_command(codes: tuple[str, ...]) -> None:
    """List what can be set for the lessons, or for those named (01 02): parameters, and what each
    step assumes.

    In the form of a book.toml: copy a line below its [lesson.*] into yours and change the value.
    Parameters can also be given to keyacct run with -p.
    """
    from keyacct_utils.running.settable import settable_lines

    with _plain_errors():
        lines = settable_lines(codes)
    click.echo("\n".join(lines))


def main() -> None:
    """Run the command; an interrupt ends it with 130 (click alone would say 1). Characters that the
    screen, file or pipe has no code for are written as escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with on_interrupt():
            code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        with contextlib.suppress(OSError):  # the terminal may be gone
            click.echo("interrupted; nothing was changed", err=True)
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
