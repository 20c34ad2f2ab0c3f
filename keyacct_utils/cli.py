"""The command ``keyacct``: run the lessons on a book, check a book, begin one, list the lessons."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from keyacct_utils.running.parameters import InputError, split
from keyacct_utils.versions import versions

if TYPE_CHECKING:
    from keyacct_utils.book import Book

WRONG_INPUT, INTERRUPTED = 2, 130

EXIT_CODES = """\b
Exit codes:
  0    everything ran, or was skipped because the book lacks its columns
  1    a lesson, the account review or the site failed
  2    the input is wrong: a faulty book, an unknown lesson or parameter; nothing was written
  130  interrupted; the results of an earlier run are as they were
"""


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

    nbformat's validator builds a grammar of international web addresses when it is imported, more than half of the time of all
    imports, for a check that no notebook needs and that jsonschema leaves out where the package is absent.
    """
    grammar = "rfc3987_syntax"
    hidden = grammar not in sys.modules
    if hidden:
        sys.modules[grammar] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("keyacct_utils.runner")
    finally:
        if hidden:
            del sys.modules[grammar]


def _show_versions(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        found = versions()
        width = max(map(len, found))
        click.echo("\n".join(f"{name:<{width}} {version}" for name, version in found.items()))
        context.exit()


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_versions, help="Show all versions and exit."
)
def cli() -> None:
    """Key-account (大客户) analysis: lessons that run on a synthetic book and on your own."""


@cli.command("run")
@click.option("--book", default="linjiang", show_default=True, help="A bundled book, or the path of a book.toml.")
@click.option("--out", default="out", show_default=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--lesson", "lessons", multiple=True, metavar="NN", help="Only this lesson, such as 01; may be repeated.")
@click.option("-p", "assignments", multiple=True, metavar="NAME=VALUE", help="A parameter of the lessons; may be repeated.")
@click.option("--site", is_flag=True, help="Also build the web site.")
@click.option("--quarantine", type=click.Path(path_type=Path), help="Set faulty rows of the book aside in this file and go on.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds allowed for one cell.")
def run_command(
    book: str,
    out: Path,
    lessons: tuple[str, ...],
    assignments: tuple[str, ...],
    site: bool,
    quarantine: Path | None,
    timeout: float,
) -> None:
    """Execute the lessons on a book, and write notebooks, account review and a record of the run."""
    with _plain_errors():
        parameters = split(assignments)
        summary = load_runner().run(
            book=book, lessons=lessons or None, out=out, parameters=parameters, site=site, timeout=timeout, quarantine=quarantine
        )
    click.echo(str(summary))
    _advise_on_fonts()
    sys.exit(summary.exit_code)


@cli.command("check")
@click.argument("book")
@click.option(
    "--quarantine", type=click.Path(path_type=Path), help="Set faulty rows aside in this file, with the reason for each."
)
def check_command(book: str, quarantine: Path | None) -> None:
    """Check a book, and say which lessons run on it, which in part, and which column would unlock more."""
    from keyacct_utils.book import Book

    with _plain_errors():
        try:
            opened = Book.open(book, quarantine=quarantine)
        except ValueError as error:
            raise InputError(str(error)) from error
    click.echo("\n".join(_readiness_lines(opened)))
    _advise_on_fonts()


def _advise_on_fonts() -> None:
    """Say what to install where no font draws Chinese names."""
    from keyacct_utils.style import CJK_ADVICE, cjk_font

    if cjk_font() is None:
        click.echo(CJK_ADVICE, err=True)


def _readiness_lines(book: Book) -> list[str]:
    """The readiness map for the screen."""
    from keyacct_utils.lessons import readiness

    words = {"full": "runs", "part": "runs in part", "skipped": "skipped"}
    lines = [f"{book.name}: the book can be used (data {book.data_hash[:12]})", ""]
    for row in readiness(book).to_dict("records"):
        reason = f": {row['reason']}" if row["reason"] else ""
        lines.append(f"{row['lesson']}  {words[row['state']]}{reason}")
        lines += [f"      would be unlocked by {item}" for item in str(row["unlocks"]).split("; ") if item]
    lines += ["", "Notes:", *(f"  {note}" for note in book.notes)] if book.notes else []
    if book.reconciliation:
        lines += ["", "Rows and amounts:"]
        lines += ["  " + ", ".join(f"{key} {_number(value)}" for key, value in item.items()) for item in book.reconciliation]
    return lines


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


@cli.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init_command(folder: Path) -> None:
    """Begin a book of your own: write a commented book.toml into FOLDER. Never overwrites one."""
    from keyacct_utils.template import book_template

    target = folder / "book.toml"
    with _plain_errors():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as stream:
                stream.write(book_template())
        except FileExistsError:
            raise InputError(f"{target} exists and stays as it is; choose another folder, or delete it first") from None
    click.echo(f"{target} is written. Next:\n  edit it\n  keyacct check {target}\n  keyacct run --book {target} --out review")


@cli.command("list")
def list_command() -> None:
    """List the lessons."""
    from keyacct_utils.lessons import LESSONS

    for item in LESSONS:
        click.echo(f"{item.code}  {item.title} {item.title_zh} ({item.minutes} min)\n    {item.question}")


def main() -> None:
    """Run the command; an interrupt ends it with 130 (click alone would say 1)."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing was changed", err=True)
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
