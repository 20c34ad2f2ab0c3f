"""Which data a result comes from: one hash over everything that a book reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from keyacct_utils.book.intake.book_toml import Settings

_CHUNK = 1 << 20


def data_hash(settings: Settings, elsewhere: Mapping[str, object]) -> str:
    """SHA-256 over the book's files and its ``book.toml`` in the order of their names, and over
    what no file holds.

    Parameters
    ----------
    elsewhere : mapping of table to fingerprint
        Tables read from a database or left there.
    """
    total = hashlib.sha256()
    sources = [*settings.tables.values(), *settings.files.values()]
    for path in [settings.file, *sorted({path for source in sources for path in source.paths})]:
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        total.update(path.name.encode() + digest.digest())
    for name, fingerprint in sorted(elsewhere.items()):
        total.update(f"{name} {fingerprint}".encode())
    return total.hexdigest()
