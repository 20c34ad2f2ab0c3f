"""What leaves a run: whole files or none, and nothing that tells of this machine.

A scratch folder inside ``out`` is lent to one run at a time; its files are published by renaming.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from keyacct_utils.running.execution import INJECTED
from keyacct_utils.running.parameters import InputError
from keyacct_utils.running.secrets import hider

SCRATCH_PREFIX = ".run-"
#: Names that a run may replace or remove; other files in ``out`` are left alone.
_OURS = {
    "notebooks": re.compile(r"\d\d_\w+(\.failed)?\.ipynb"),
    "review": re.compile(r"\d\d\.parquet"),
    "figures": re.compile(r"\d\d_\w+\.(png|svg)"),
    "crm": re.compile(r"account_plan(_\w+)?\.csv"),
}
#: Folders that are there only where somebody asked for what they hold.
_ASKED = ("figures", "crm")
#: Last, so that it stands for a complete set of results.
RECORD = "run.json"
_SINGLE = (
    "account_review.xlsx",
    "account_review.parquet",
    "account_review.csv",
    "report.html",
    "report.pdf",
    "deck.html",
    "deck.pptx",
    RECORD,
)
#: Pages of single accounts, which speak of the run that was there.
_EXPLAINED = "explain_*.html"


@contextlib.contextmanager
def scratch_folder(out: Path) -> Iterator[Path]:
    """Lend a new folder inside ``out`` (so on its file system), and clear what killed runs left
    there.

    Parameters
    ----------
    out : Path
        Folder of the results; created if need be, and removed again if it was new and nothing was
        published.

    Raises
    ------
    InputError
        If the folder cannot be written, or another run is at work in it.
    """
    existed = out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise InputError(
            f"out is {out}: not a folder that can be written ({error.strerror})"
        ) from error
    try:
        if _lock(handle, out):
            for left in out.glob(f"{SCRATCH_PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
        try:
            scratch = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=out))
        except OSError as error:
            raise InputError(f"out is {out}: cannot be written ({error.strerror})") from error
        try:
            for name in _OURS:
                (scratch / name).mkdir()
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            if not existed and not any(out.iterdir()):
                out.rmdir()
    finally:
        os.close(handle)


def _lock(handle: int, out: Path) -> bool:
    """Lock the folder; the system frees the lock when the process dies. False where there are no
    such locks.
    """
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"another run is writing to {out}; wait for it, or choose another folder with --out"
        ) from None
    except (ImportError, OSError):
        return False
    return True


def unlink_absent(folder: Path) -> None:
    """Turn links in the notebooks of a run to what the run did not write, such as a lesson that was
    skipped or its exercises, into plain text.
    """
    from keyacct_utils.site.notebooks import unlink

    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = unlink(cell.source, lambda file: not (folder / file).exists())
            for output in cell.get("outputs", []):
                if said := output.get("data", {}).get("text/markdown"):
                    output["data"]["text/markdown"] = unlink(
                        said, lambda file: not (folder / file).exists()
                    )
        nbformat.write(notebook, path)


def publish(scratch: Path, out: Path) -> None:
    """Replace the results in ``out`` by those in ``scratch``, file by file; results of an earlier
    run do not survive.

    ``run.json`` goes first and comes back last: where it stands, all results are of one run.
    """
    earlier = (out / RECORD).exists()
    (out / RECORD).unlink(missing_ok=True)
    for page in out.glob(_EXPLAINED) if earlier else ():
        page.unlink()
    for name, ours in _OURS.items():
        new = {path.name for path in (scratch / name).iterdir() if ours.fullmatch(path.name)}
        if not new and name in _ASKED and not (out / name).is_dir():
            continue
        (out / name).mkdir(exist_ok=True)
        for path in list((out / name).iterdir()):
            if ours.fullmatch(path.name) and path.name not in new:
                path.unlink()
        for file in sorted(new):
            (scratch / name / file).replace(out / name / file)
    for name in _ASKED:
        with contextlib.suppress(OSError):  # an earlier run's, where a person has put files too
            (out / name).rmdir()
    site, old = out / "site", scratch / "old_site"
    if site.exists() and (earlier or (scratch / "site").exists()):
        site.rename(old)
    if (scratch / "site").exists():
        (scratch / "site").rename(site)
    for file in _SINGLE:
        if (scratch / file).exists():
            (scratch / file).replace(out / file)
        else:
            (out / file).unlink(missing_ok=True)


def machine_folders(
    project: Path, book: Path, out: Path, scratch: Path, code: str = ""
) -> dict[Path, str]:
    """Folders of this machine, and what results say instead; ``code`` stands for a book whose name
    is not to be told.
    """
    named = {book: book.name, out: out.name, scratch: out.name}
    return {
        Path(tempfile.gettempdir()): "tmp",
        Path(sys.prefix): "python",
        project: project.name,
        **(dict(zip(named, (code, "out", "out"), strict=True)) if code else named),
        Path.home(): "~",
    }


def scrubber(paths: Mapping[Path, str], addresses: Iterable[str] = ()) -> Callable[[Any], Any]:
    """Make a function that replaces folders of this machine, and addresses of databases, in every
    text of a nested value.

    Parameters
    ----------
    paths : mapping of Path to str
        Folder -> what is written in its place; the longest folder wins, and only whole path
        segments match.
    addresses : iterable of str
        Environment variables with addresses of databases, which are hidden with their passwords.
    """
    known = {
        str(form): name
        for path, name in paths.items()
        for form in (path, path.resolve())
        if len(path.parts) > 1
    }
    home = str(Path.home())
    known |= {
        "~" + text[len(home) :]: name for text, name in known.items() if text.startswith(home + "/")
    }  # as in tracebacks
    longest = "|".join(re.escape(text) for text in sorted(known, key=len, reverse=True))
    # a path starts after no other part of a path, or right after the escape code of a colour
    pattern = re.compile(rf"(?:(?<![\w.-])|(?<=\x1b\[\d\dm))({longest})(?![\w-])")
    hide = hider(addresses)

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda match: known[match[1]], hide(value))
        if isinstance(
            value, dict
        ):  # pictures are base64, in which a short path can occur by chance
            return type(value)(
                {k: v if str(k).startswith("image/") else scrub(v) for k, v in value.items()}
            )
        return [scrub(item) for item in value] if isinstance(value, list) else value

    return scrub


def tidy(notebook: nbformat.NotebookNode, scrub: Callable[[Any], Any]) -> nbformat.NotebookNode:
    """Take papermill's metadata (paths, clock times, parameters) and this machine's paths out of
    an executed notebook.
    """
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
            cell["source"] = scrub(cell["source"])
        if cell.cell_type == "code":
            cell["outputs"] = [nbformat.from_dict(scrub(output)) for output in cell["outputs"]]
    return notebook
