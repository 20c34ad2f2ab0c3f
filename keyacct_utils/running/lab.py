"""JupyterLab on a copy of the lessons: what a trainee has written stays, what is new in the
collection is said.

python -m keyacct_utils.running.lab [WORKSPACE]
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import nbformat

from keyacct_utils.collection import ROOT, WORK
from keyacct_utils.running.lab_links import glossary_terms, link, source_pages
from keyacct_utils.site.terms import Term

#: What is copied, with its folders, so that links between the files hold.
COPIED = (
    "notebooks/*.ipynb",
    "notebooks/exercises/*.ipynb",
    "notebooks/solutions/*.ipynb",
    "docs/glossary.md",
)
#: What is read, not worked on, keeps its outputs.
WITH_OUTPUTS = ("solutions",)
START = "notebooks/00_start_here.ipynb"
#: Which version of each file of the collection the workspace was given.
RECORD = ".keyacct-lab.json"
_LISTED = 8


@dataclass
class Changes:
    """What a start of the lab did to a workspace: paths relative to it."""

    #: Copied now.
    new: list[str] = field(default_factory=list)
    #: Changed in the collection since they were copied; the workspace's own stay as they are.
    updated: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        new = (
            ", ".join(self.new)
            if len(self.new) <= _LISTED
            else f"{len(self.new)} files, with {', '.join(self.new[:2])}"
        )
        lines = [f"new: {new}"] if self.new else []
        if self.updated:
            lines.append(f"changed in the collection, yours are kept: {', '.join(self.updated)}")
            lines.append("to get the new version of one, rename or delete yours and start again")
        return "\n".join(lines) or "nothing new in the collection"


def copy_collection(workspace: Path, root: Path = ROOT) -> Changes:
    """Copy what the workspace lacks, lessons and sheets without outputs; never overwrite.

    Parameters
    ----------
    workspace : Path
        Folder of the trainee, made if need be.
    root : Path
        The collection.

    Raises
    ------
    ValueError
        If ``workspace`` is a file, or is the collection itself.
    """
    if workspace.resolve() == root.resolve() or (workspace.exists() and not workspace.is_dir()):
        raise ValueError(
            f"workspace: {workspace} is "
            f"{'the collection itself' if workspace.is_dir() else 'a file'}; name a folder"
        )
    given, changes = _given(workspace), Changes()
    terms = glossary_terms(root)
    handed = {
        path.relative_to(root).as_posix(): _handed_out(path, root, terms)
        for pattern in COPIED
        for path in sorted(root.glob(pattern))
    }
    handed |= {name: text.encode() for name, text in source_pages(root).items()}
    for name, content in handed.items():
        target = workspace / name
        version = hashlib.sha256(content).hexdigest()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _put(target, content)
            given[name] = version
            changes.new.append(name)
        elif given.setdefault(name, version) != version:
            changes.updated.append(name)
    _put(workspace / RECORD, json.dumps(given, indent=1).encode())
    return changes


def _handed_out(source: Path, root: Path, terms: Sequence[Term]) -> bytes:
    """A file as a trainee gets it: a notebook with links to documents and glossary, and without
    outputs, so that there is something to find out.
    """
    content = source.read_bytes()
    if source.suffix != ".ipynb":
        return content
    notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
    link(notebook, "../" * (len(source.relative_to(root).parts) - 1), terms)
    if source.parent.name not in WITH_OUTPUTS:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    return (nbformat.writes(notebook) + "\n").encode("utf-8")


def _given(workspace: Path) -> dict[str, str]:
    """The versions of the last start; a record that cannot be read counts as none, because it
    holds nothing of the trainee's.
    """
    try:
        found = json.loads((workspace / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {str(name): str(version) for name, version in found.items()}
        if isinstance(found, dict)
        else {}
    )


def _put(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(target)


def command(workspace: Path, *options: str) -> list[str]:
    """The command that opens JupyterLab on the workspace at the first lesson."""
    jupyter = shutil.which("jupyter", path=str(Path(sys.executable).parent)) or "jupyter"
    # JupyterLab refuses root, who in a container is often the only user there is
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        jupyter,
        "lab",
        f"--ServerApp.root_dir={workspace}",
        f"--LabApp.default_url=/lab/tree/{START}",
        *root,
        *options,
    ]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("workspace", type=click.Path(path_type=Path), default=WORK / "workspace")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(workspace: Path, options: tuple[str, ...]) -> None:
    """Copy the lessons to WORKSPACE and open JupyterLab there; OPTIONS are JupyterLab's."""
    try:
        changes = copy_collection(workspace)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(changes)
    arguments = command(workspace, *options)
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
