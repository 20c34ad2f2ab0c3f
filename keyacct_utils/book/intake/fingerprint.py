"""Which data a result comes from: one hash over everything that a book reads."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path

from keyacct_utils.book.intake.book_toml import Settings

_CHUNK = 1 << 20
#: Tables and keys of ``book.toml`` that do not say what the data are.
_NO_DATA = ("lesson", "period")


def data_hash(settings: Settings, elsewhere: Mapping[str, object]) -> str:
    """SHA-256 over the book's files in the order of their names, over what its ``book.toml`` says
    of them, and over what no file holds.

    What ``book.toml`` sets for the lessons, and the period that they look at, are no data: a run
    names them beside the hash.

    Parameters
    ----------
    elsewhere : mapping of table to fingerprint
        Tables read from a database or left there.
    """
    total = hashlib.sha256()
    sources = [*settings.tables.values(), *settings.files.values()]
    said = tomllib.loads(settings.file.read_text(encoding="utf-8-sig"))
    kept = {name: value for name, value in said.items() if name not in _NO_DATA}
    total.update(json.dumps(kept, sort_keys=True, default=str).encode())
    for path in sorted({path for source in sources for path in source.paths}):
        total.update(path.name.encode() + _digest(path))
    for name, fingerprint in sorted(elsewhere.items()):
        total.update(f"{name} {fingerprint}".encode())
    return total.hexdigest()


def tables_hash(settings: Settings, tables: Collection[str]) -> str:
    """SHA-256 over some tables: the bytes of their files, and how ``book.toml`` has them read and
    counted. A comment in ``book.toml``, or another table, does not change it.
    """
    total = hashlib.sha256()
    counted = (
        settings.name,
        settings.currency,
        settings.as_of,
        settings.period,
        settings.group_by,
        sorted(settings.exclude.items()),
        settings.conventions,
        *filter(None, [settings.conventions.standard_cost]),
    )
    total.update(repr(counted).encode())
    for name in sorted(set(tables) & set(settings.tables)):
        source = settings.tables[name]
        read = [source, *settings.files.values()] if source.sql else [source]
        total.update(repr([replace(part, paths=()) for part in read]).encode())
        for part in read:  # options that came later count only where a book gives them
            later = {item.name: getattr(part, item.name) for item in fields(part) if not item.repr}
            if given := {key: value for key, value in later.items() if value}:
                total.update(repr(given).encode())
        for path in sorted({path for part in read for path in part.paths}):
            total.update(path.name.encode() + _digest(path))
    return total.hexdigest()


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()
