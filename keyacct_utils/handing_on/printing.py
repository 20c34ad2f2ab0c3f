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
#: What a browser sends by itself: nothing, and no name leads anywhere.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_HINT = "open {page} in a browser and print it"


def browser() -> str | None:
    """The first Chromium on the path."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_pdf(page: Path, pdf: Path, patience: float = PATIENCE) -> str:
    """Print ``page`` to ``pdf``, whole or not at all; returns why it was not, else nothing."""
    hint = _HINT.format(page=page.name)
    program = browser()
    if program is None:
        return f"{pdf.name} was not printed: no {' or '.join(BROWSERS)} is here; {hint}"
    with tempfile.TemporaryDirectory(prefix="keyacct-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / pdf.name
        why = _print(program, page, printed, Path(folder), patience)
        if why:
            return f"{pdf.name} was not printed: {Path(program).name} {why}; {hint}"
        with whole_file(pdf) as temporary:
            shutil.copyfile(printed, temporary)
    return ""


def _print(program: str, page: Path, printed: Path, profile: Path, patience: float) -> str:
    # Chromium's sandbox refuses the superuser; the page is our own, and its policy loads nothing
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = [f"--user-data-dir={profile / 'profile'}", f"--print-to-pdf={printed}"]
    command = [program, *_FLAGS, *_QUIET, *root, *own, page.resolve().as_uri()]
    places = {name: str(profile / name) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=patience, check=False, env=os.environ | places
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {patience:g} seconds"
    except OSError as error:
        return f"could not be started ({error.strerror})"
    if done.returncode:
        return f"ended with {done.returncode}"
    good = printed.is_file() and printed.read_bytes()[:5] == b"%PDF-"
    return "" if good else "wrote no PDF"
