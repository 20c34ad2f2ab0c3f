"""Folders for what is needed while a book is read, a run is at work or a file is written.

A process that is killed cannot remove its own: each is locked while it is in use, and the next
process of the same user removes those that nobody holds. The system frees a lock when its process
dies.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

#: Short, as kernels have their sockets below it, and the path of a socket may not be long.
PREFIX = ".keyacct."


@contextlib.contextmanager
def scratch_folder(place: Path | None = None) -> Iterator[Path]:
    """Lend an empty folder in a place, which is that of the temporary files where none is named;
    clear those that killed processes left there.
    """
    place = place or Path(tempfile.gettempdir())
    for left in place.glob(f"{PREFIX}*"):
        _clear(left)
    new = Path(tempfile.mkdtemp(prefix=".keyacct-", dir=place))
    handle = _locked(new)
    # under its lasting name it is locked already, so that nobody takes it for one left behind
    folder = new if handle is None else new.rename(place / new.name.replace(".keyacct-", PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _locked(folder: Path) -> int | None:
    """Hold the folder of this user; None where somebody does, or where there are no such locks."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (ImportError, AttributeError, OSError):
        return None
    try:
        if os.fstat(handle).st_uid == os.getuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def _clear(folder: Path) -> None:
    """Remove a folder that nobody holds."""
    handle = _locked(folder)
    if handle is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
