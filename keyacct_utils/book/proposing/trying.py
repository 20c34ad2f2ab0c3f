"""A proposal opened once over the whole files, so that what `keyacct check` would say of it stands
among what is left to decide.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from keyacct_utils.book.book import Book
from keyacct_utils.book.proposing.matching import Option
from keyacct_utils.book.proposing.proposal import ROOT_ENV, Proposal, Section, propose
from keyacct_utils.book.template import UNSURE, book_template
from keyacct_utils.contract.faults import BookFaults, Fault, cut
from keyacct_utils.contract.tables import TABLES

#: Above this many bytes of files a proposal is not tried.
_LARGEST = 2 << 30
_TRIES = 4
#: Columns that are worth a decision rather than being left out for a few wrong cells.
_KEPT = ("date", "line")
_OPTION = re.compile(r"# [\w.\"]+.* = ")
_SHOWN = 2


def tried(folder: Path, files: Sequence[Path]) -> tuple[Proposal, str]:
    """A proposal and the text of its ``book.toml``, after it was opened with the first of every
    choice: rows that have a fault are among the things to decide, optional columns with faults are
    off.
    """
    proposal = propose(folder, files)
    text = book_template(proposal)
    size = sum(path.stat().st_size for path in files if path.is_file())
    if not proposal.tables or size > _LARGEST:
        return proposal, text
    for _ in range(_TRIES):
        answered = [_answer(proposal, fault) for fault in _faults(text, proposal.root)]
        if not any(answered):
            break
        text = book_template(proposal)
    return proposal, text


def first_choices(text: str) -> str:
    """The text with the first line below every mark "# unsure:" switched on."""
    lines, asked, inside = [], False, False
    for line in text.split("\n"):
        if line.startswith(UNSURE):
            asked = True
        elif inside:
            line, inside = line.removeprefix("# "), line != '# """'
        elif asked and _OPTION.match(line):
            line, inside, asked = line[2:], line.endswith('"""'), False
        elif not line.startswith("#"):
            asked = False
        lines.append(line)
    return "\n".join(lines)


def _faults(text: str, root: Path) -> list[Fault]:
    """What opening the book says, its files below ``root``."""
    text = first_choices(text)
    if not re.search("(?m)^root_env = ", text):
        text = f'root_env = "{ROOT_ENV}"\n{text}'
    before = os.environ.get(ROOT_ENV)
    os.environ[ROOT_ENV] = str(root)
    try:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "book.toml").write_text(text, encoding="utf-8")
            Book.open(folder)
    except BookFaults as error:
        return error.faults
    except (OSError, ValueError, duckdb.Error):
        return []
    finally:
        if before is None:
            del os.environ[ROOT_ENV]
        else:
            os.environ[ROOT_ENV] = before
    return []


def _told(fault: Fault) -> str:
    first = ", ".join(
        f"line {line} {cut(value, 30)!r}" if value else f"line {line}"
        for line, value in fault.first[:_SHOWN]
        if line
    )
    rows = f"{fault.count:,} row{'s' if fault.count > 1 else ''}"
    return f"{rows}: {fault.problem}" + (f" ({first})" if first else "")


def _answer(proposal: Proposal, fault: Fault) -> bool:
    """Make a fault of rows a thing to decide; whether that changed the proposal."""
    section = proposal.tables.get(fault.table)
    if section is None or not fault.column or not fault.count:
        return False
    told = _told(fault)
    optional = not TABLES[fault.table].column(fault.column).required and fault.column not in _KEPT
    choice = next((item for item in section.choices if item.column.name == fault.column), None)
    if optional and choice and choice.sure:
        choice.reason = told
        return True
    if optional and fault.column in section.given:
        section.sqls = [_without(sql, fault.column) for sql in section.sqls]
        section.given = tuple(name for name in section.given if name != fault.column)
        section.remarks.append(f"{fault.column} is left out: {told}")
        return True
    if fault.column == "account_id" and fault.problem == "empty" and section.sqls:
        return _with_accounts_only(section, told)
    warning = f".{fault.column}: {told}: correct them, or set them aside with --quarantine FILE"
    if warning in section.warnings:
        return False
    section.warnings.append(warning)
    return True


def _without(sql: str, column: str) -> str:
    """SQL, as it is written here with a column on each line, without one of them."""
    kept = [line for line in sql.split("\n") if not re.search(rf" AS {column},?$", line)]
    place = next(i for i, line in enumerate(kept) if line.startswith("FROM ")) - 1
    kept[place] = kept[place].removesuffix(",")
    if not kept[0].startswith("SELECT "):
        kept[0] = f"SELECT {kept[0].strip()}"
    return "\n".join(kept)


def _with_accounts_only(section: Section, told: str) -> bool:
    """Offer ``where`` for rows without an account: unlike a WHERE of the sql it tells what it
    leaves out.
    """
    if any(option.key == "where" for option in section.options):
        return False
    reason = (
        f"account_id: {told}: this line leaves such rows out and tells them with their money; "
        "without it they are faults that --quarantine FILE sets aside"
    )
    section.options.append(Option("where", ("account_id IS NOT NULL",), reason))
    return True
