"""What must stand in no result: addresses and passwords of databases, wherever a driver's message
repeats them.
"""

from __future__ import annotations

import html
import os
import re
import urllib.parse
from collections.abc import Callable, Iterable

#: What is written in their place.
HIDDEN = "(hidden)"
#: A shorter password, or one of digits only, is hidden where it stands in an address; elsewhere it
#: could be a number or a word.
_TELLING = 6
_USER_IN_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/@'\"<>]+@[^\s'\"<>]+", re.IGNORECASE)
_PASSWORD_IN_WORDS = re.compile(
    r"\b((?:password|passwd|pwd)\s*=\s*)(?!\s)('[^']*'|\"[^\"]*\"|[^\s,;&)'\"]+)", re.IGNORECASE
)


def hider(variables: Iterable[str]) -> Callable[[str], str]:
    """Make a function that takes the addresses in these environment variables, and their parts, out
    of a text.

    Hidden are the whole address, host and password as written, decoded and as HTML or Python write
    them, every URL with a user in it, and whatever follows ``password=``.
    """
    found = {part for name in variables for part in _parts(os.environ.get(name, ""))}
    forms = {
        form
        for part in found
        for form in (part, html.escape(part), repr(part)[1:-1], urllib.parse.quote(part, safe=""))
    }
    longest = "|".join(_whole(form) for form in sorted(forms, key=len, reverse=True))
    known = re.compile(longest or r"(?!)")

    def hide(text: str) -> str:
        text = _USER_IN_ADDRESS.sub(rf"\1{HIDDEN}", known.sub(HIDDEN, text))
        return _PASSWORD_IN_WORDS.sub(rf"\1{HIDDEN}", text)

    return hide


def _parts(address: str) -> set[str]:
    """The address, its host and its password."""
    if not address.strip():
        return set()
    try:
        split = urllib.parse.urlsplit(address)
        asked = urllib.parse.parse_qs(split.query)
        told = [
            split.hostname or "",
            split.password or "",
            urllib.parse.unquote(split.password or ""),
        ]
        told += [
            value for name in ("host", "hostaddr", "password") for value in asked.get(name, ())
        ]
    except (
        ValueError
    ):  # no URL that can be read: the part between ":" and "@" may still be a password
        told = re.findall(r":([^:/@]+)@", address)
    told += [
        value.strip("'")
        for value in re.findall(r"\b(?:host|hostaddr|password)\s*=\s*('[^']*'|[^\s&]+)", address)
    ]
    return {
        address.strip(),
        *(part for part in told if len(part) >= _TELLING and not part.isdigit()),
    }


def _whole(part: str) -> str:
    """The part by itself, not as a piece of a longer word."""
    before = r"(?<!\w)" if re.match(r"\w", part) else ""
    return before + re.escape(part) + (r"(?!\w)" if re.search(r"\w$", part) else "")
