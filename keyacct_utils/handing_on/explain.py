"""``keyacct explain``: one account of a run, for the terminal and as a page."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from keyacct_utils.handing_on.one_account import explained, lines
from keyacct_utils.handing_on.pages import Results
from keyacct_utils.handing_on.report import account_page
from keyacct_utils.review.account_review import read_review
from keyacct_utils.review.page import Page
from keyacct_utils.review.record import whole_file

#: Characters of an id in the name of a file.
_LONGEST = 60
_NO_NAME = re.compile(r"[^\w.-]")


def explain(account_id: str, folder: Path, out: Path) -> tuple[list[str], Path]:
    """Read the review of a run and write ``explain_ID.html``; returns the lines and the page.

    Raises
    ------
    ValueError
        For a folder without a run, and for an account that it does not hold.
    """
    review = read_review(folder)
    account = explained(review, account_id)
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"explain_{file_name(account_id)}.html"
    with whole_file(target) as temporary:
        page = account_page(account, Results(Page(account.called, [], []), review, ()))
        temporary.write_text(page, encoding="utf-8")
    return lines(account), target


def file_name(account_id: str) -> str:
    """An id as part of a file's name; where it cannot be one, two ids still give two names."""
    name = _NO_NAME.sub("_", account_id)[:_LONGEST]
    if name == account_id:
        return name
    return f"{name}_{hashlib.sha256(account_id.encode()).hexdigest()[:8]}"
