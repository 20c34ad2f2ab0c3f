"""The web site: executed notebooks, exercises, claims, sources, glossary and reference as pages
that fetch nothing.

The source tree mirrors the repository (``notebooks/``, ``docs/``), so a relative link between
lessons, or from a lesson to the glossary, holds in JupyterLab and on the site alike. Sphinx runs in
a process of its own with warnings as errors; what it wrote is checked for broken links and for
anything that a page would load from elsewhere before it takes the old site's place.

``python -m keyacct_utils.site`` builds it from the committed outputs.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from keyacct_utils.site.checking import broken_links, external_requests
from keyacct_utils.site.tree import DOCS, found_notebooks, write_sources

__all__ = ["MARKER", "TITLE", "SiteError", "broken_links", "build", "external_requests"]

TITLE = "Key-account analysis 大客户分析"
#: A file that marks a folder as a site of ours, which a new build may replace.
MARKER = ".keyacct-site"
MESSAGES_SHOWN = 20
#: Processes that read and write pages.
JOBS = 2
NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx-mathjax-offline")
_FAULT = re.compile(r"WARNING|ERROR|^\w*(?:Error|Exception): ")


class SiteError(RuntimeError):
    """The site could not be built; the old one, if any, is untouched."""


def _in_silence(step: str) -> None:
    return


def build(
    notebooks: Path,
    out: Path,
    title: str = TITLE,
    private: bool = False,
    front: str = "",
    beside: Collection[str] = (),
    progress: Callable[[str], object] = _in_silence,
) -> Path:
    """Build the web site from executed notebooks and put it in place at once.

    Parameters
    ----------
    notebooks : Path
        Folder with ``NN_topic.ipynb``; its subfolders ``exercises`` and ``solutions`` are taken
        along.
    out : Path
        Folder of the site: absent, empty, or an earlier site, which is replaced only when the new
        one is complete.
    private : bool
        A review of own data: says on every page that it is not for publication, leaves out the
        notebooks' sources, the function reference and everything else that is about the package
        rather than about the data.
    front : str
        Markdown for the first page, above the lessons: what a run found.
    beside : collection of str
        Files that will lie beside the folder of the site: links to them lead out of it.
    progress : callable
        Is told what is done next: the build takes a minute or two.

    Returns
    -------
    Path
        The ``index.html`` of the site.

    Raises
    ------
    ValueError
        If there is no notebook, a lesson's claims cannot be read, or ``out`` holds something that
        is not a site.
    SiteError
        If Sphinx warns or fails, is not installed, a link leads nowhere, or a page would load
        something from elsewhere.
    """
    found = found_notebooks(notebooks)
    if not found:
        raise ValueError(
            f"notebooks: {notebooks} holds 0 notebooks; "
            "expected NN_topic.ipynb files that were executed"
        )
    if out.exists() and not (out.is_dir() and ((out / MARKER).exists() or not any(out.iterdir()))):
        raise ValueError(
            f"out: {out} exists and is no site of this collection; "
            "give a new or empty folder, or delete it first"
        )
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        source, pages = Path(scratch) / "source", Path(scratch) / "pages"
        # The theme puts the title into its pages as it is, and a book's name is data, never markup.
        title = title.translate(str.maketrans("<>&", "‹›+"))
        progress(f"1/3 reading {len(found)} notebooks")
        pictures = write_sources(source, found, title, private, front)
        written = sum(1 for path in source.rglob("*") if path.suffix in (".md", ".ipynb"))
        progress(f"2/3 making {written} pages, which takes a minute or two")
        _run_sphinx(source, pages, title, private)
        for name, content in pictures.items():
            if not (private and name.endswith(".ipynb")):
                (pages / name).parent.mkdir(parents=True, exist_ok=True)
                (pages / name).write_bytes(content)
        progress("3/3 checking every link")
        _refuse(external_requests(pages), "requests that would leave the pages")
        _refuse(broken_links(pages, beside), "faults of links and anchors")
        (pages / MARKER).touch()
        _swap(pages, out, Path(scratch) / "old")
    return out / "index.html"


def _refuse(faults: list[str], what: str) -> None:
    if faults:
        one = what.replace("faults", "fault").replace("requests", "request")
        said = one if len(faults) == 1 else what
        raise SiteError(f"{len(faults)} {said}:\n" + "\n".join(faults[:MESSAGES_SHOWN]))


def _swap(new: Path, out: Path, aside: Path) -> None:
    if out.exists():
        out.rename(aside)
    try:
        new.rename(out)
    except OSError:
        if aside.exists():
            aside.rename(out)
        raise


def _run_sphinx(source: Path, pages: Path, title: str, private: bool) -> None:
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        mend = "make setup (or pip install --no-deps --require-hashes -r requirements.lock)"
        raise SiteError(f"not installed: {', '.join(missing)}; the site needs: {mend}")
    settings = [
        "-D",
        f"project={title}",
        "-D",
        f"html_title={title}",
        *(["-t", "private"] if private else []),
    ]
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "html",
        "-q",
        "-W",
        "--keep-going",
        "--no-color",
        "-E",
        "-c",
        str(DOCS),
    ]
    done = subprocess.run(
        [
            *command,
            "-j",
            str(JOBS),
            "-d",
            str(source.parent / "doctrees"),
            *settings,
            str(source),
            str(pages),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [
            line.replace(f"{source}/", "") for line in done.stderr.splitlines() if line.strip()
        ]
        faults = [line for line in lines if _FAULT.search(line)] or lines[-MESSAGES_SHOWN:]
        raise SiteError(
            f"Sphinx stopped ({len(faults)} messages):\n" + "\n".join(faults[:MESSAGES_SHOWN])
        )
