"""Print a page to PDF with the Chromium of this machine, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from keyacct_utils.review.record import whole_file

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: Seconds that a browser may take for a page.
PATIENCE = 180
_FLAGS = ("--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run")
_HINT = "open {page} in a browser and print it"


def browser() -> str | None:
    """The first Chromium on the path."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_pdf(page: Path, pdf: Path, patience: float = PATIENCE) -> str:
    """Print ``page`` to ``pdf``, whole or not at all; returns why it was not, empty where it was."""
    hint = _HINT.format(page=page.name)
    program = browser()
    if program is None:
        return f"{pdf.name} was not printed: no {' or '.join(BROWSERS)} is here; {hint}"
    # Chromium's sandbox refuses the superuser; the page is our own, and its policy loads nothing
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory(prefix="keyacct-", ignore_cleanup_errors=True) as profile,
        whole_file(pdf) as temporary,
    ):
        command = [
            program,
            *_FLAGS,
            *root,
            f"--user-data-dir={profile}",
            f"--print-to-pdf={temporary}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=patience, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            temporary.touch()
            why = f"{Path(program).name} failed ({type(error).__name__})"
        else:
            why = (
                "" if not done.returncode else f"{Path(program).name} ended with {done.returncode}"
            )
        if not why and not (temporary.is_file() and temporary.read_bytes()[:5] == b"%PDF-"):
            why = f"{Path(program).name} wrote no PDF"
        temporary.touch()
    if why:
        pdf.unlink()
        return f"{pdf.name} was not printed: {why}; {hint}"
    return ""
