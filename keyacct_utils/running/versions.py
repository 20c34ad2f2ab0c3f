"""Which versions made an output."""

from __future__ import annotations

import functools
import platform
import re
from importlib import metadata


@functools.cache
def versions() -> dict[str, str]:
    """List the version of this package, of Python and of every package it depends on; imports none
    of them.
    """
    needed = [
        re.split(r"[^\w.-]", text, maxsplit=1)[0]
        for text in metadata.requires("keyacct") or ()
        if "extra ==" not in text
    ]
    found = {"keyacct": metadata.version("keyacct"), "python": platform.python_version()}
    for name in sorted(needed):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
