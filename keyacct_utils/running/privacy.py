"""What a run must not hand on: names behind codes, rows set aside, folders of this machine,
addresses of databases.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.book.intake.pseudonyms import (
    ACCOUNT,
    KEY_VARIABLE,
    KINDS,
    MANAGER,
    TELLING,
    Pseudonyms,
    check_key_file,
)
from keyacct_utils.review.account_review import write_csv
from keyacct_utils.running.parameters import InputError
from keyacct_utils.running.publishing import machine_folders, scrubber

FileName = str | os.PathLike[str]


def refuse_beside_results(
    out: Path, quarantine: FileName | None, key_file: FileName | None
) -> None:
    """See that neither the key nor the rows set aside, which tell the names behind the codes, would
    lie with the results.

    Raises
    ------
    InputError
        If one of them would, or if the key file is not safe to use.
    """
    if key_file is None:
        return
    try:
        check_key_file(Path(key_file), out)
    except (ValueError, OSError) as error:
        raise InputError(str(error)) from error
    if quarantine is not None and Path(quarantine).resolve().is_relative_to(out.resolve()):
        raise InputError(
            f"the quarantine file {quarantine} holds rows as they "
            f"are written, and lies in {out}; keep it elsewhere"
        )


def kernel_variables(
    lesson: str, scratch: Path, quarantine: FileName | None, key_file: FileName | None
) -> dict[str, str]:
    """How a lesson, which opens the book again, is told to set rows aside for itself and to hand
    out codes.
    """
    found = (
        {"KEYACCT_QUARANTINE": str(scratch / f"{lesson}.quarantine.csv")}
        if quarantine is not None
        else {}
    )
    return found | ({KEY_VARIABLE: str(Path(key_file).absolute())} if key_file is not None else {})


def coder(opened: Book) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What puts a code for each parameter that is the id of an account, where the book hands out
    codes.
    """
    accounts = set(opened.names().index) if opened.codes else set()
    codes = opened.codes
    return lambda values: codes.parameters(values, accounts) if codes else dict(values)


def advice(opened: Book) -> list[str]:
    """What a reader of codes may still tell from the book: for the screen."""
    return [note for note in opened.notes if TELLING in note] if opened.codes else []


def result_scrubber(
    project: Path, book: FileName, opened: Book, out: Path, scratch: Path, key_file: FileName | None
) -> Callable[[Any], Any]:
    """What takes folders and addresses, and the folder's name of a book under codes, out of the
    results.
    """
    code = opened.name if opened.codes else ""
    folders = machine_folders(project, opened.folder.absolute(), out, scratch, code)
    if key_file is not None:
        folders |= {Path(book).absolute(): code, Path(key_file).absolute(): "KEYFILE"}
    return scrubber(folders, opened.address_variables)


def reverse_table(book: FileName, key_file: FileName) -> pd.DataFrame:
    """Who stands behind the codes of accounts, groups and managers; for the analyst alone.

    Returns
    -------
    DataFrame
        ``kind`` (account or manager), ``code``, ``id`` and ``name``, sorted by kind and code.

    Raises
    ------
    ValueError
        If the book has faults, or there is no key that is safe to use.
    """
    codes, opened = Pseudonyms.from_file(Path(key_file)), Book.open(book)
    names = {ACCOUNT: opened.names(), MANAGER: pd.Series(dtype="str")}
    if opened.has("managers", "name_zh"):
        names[MANAGER] = opened.table("managers").set_index("manager_id")["name_zh"]
    found = {kind: set(known.index) for kind, known in names.items()}
    for table in [name for name in opened.tables if name != "ledger"]:
        frame = opened.table(table)
        for column in frame.columns.intersection(list(KINDS)):
            found[KINDS[column]] |= set(frame[column].dropna())
    parts = []
    for kind, ids in found.items():
        own = pd.Series(sorted(ids), dtype="str")
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "code": codes.codes(own, kind),
                    "id": own,
                    "name": own.map(names[kind]),
                }
            )
        )
    return pd.concat(parts).sort_values(["kind", "code"], ignore_index=True)


def write_reverse_table(table: pd.DataFrame, path: FileName) -> None:
    """Write the reverse table as CSV that only its owner can read."""
    before = os.umask(0o077)
    try:
        write_csv(table, path)
    finally:
        os.umask(before)
