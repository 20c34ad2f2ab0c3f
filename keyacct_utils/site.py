"""The web site: executed notebooks, glossary, data dictionary and function reference as pages that fetch nothing.

The source tree mirrors the repository (``notebooks/``, ``docs/``), so a relative link between lessons, or from a lesson to
the glossary, holds in JupyterLab and on the site alike. Sphinx runs in a process of its own with warnings as errors.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import nbformat

from keyacct_utils.wording import safe

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WELCOME = (
    "Each lesson takes a rule of key-account practice, tries it on data, and says whether it holds and how sure that is. "
    "Code and numbers stand beside each other; sentences about the book are written by the code."
)
FOLDERS = {"": "Lessons", "exercises": "Exercises", "solutions": "Solutions"}
TITLE = "Key-account analysis 大客户分析"
#: A file that marks a folder as a site of ours, which a new build may replace.
MARKER = ".keyacct-site"
MESSAGES_SHOWN = 20
NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx-mathjax-offline")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_CSS_REMOTE = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
_LOADING_LINKS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}


class SiteError(RuntimeError):
    """The site could not be built; the old one, if any, is untouched."""


def build(notebooks: Path, out: Path, title: str = TITLE, private: bool = False) -> Path:
    """Build the web site from executed notebooks and put it in place at once.

    Parameters
    ----------
    notebooks : Path
        Folder with ``NN_topic.ipynb``; its subfolders ``exercises`` and ``solutions`` are taken along.
    out : Path
        Folder of the site: absent, empty, or an earlier site, which is replaced only when the new one is complete.
    private : bool
        A review of own data: says on every page that it is not for publication, leaves out the notebooks' sources,
        the function reference and everything else that is about the package rather than about the data.

    Returns
    -------
    Path
        The ``index.html`` of the site.

    Raises
    ------
    ValueError
        If there is no notebook, or ``out`` holds something that is not a site.
    SiteError
        If Sphinx warns or fails, is not installed, or a page would load something from elsewhere.
    """
    found = [path for folder in FOLDERS for path in sorted((notebooks / folder).glob("*.ipynb"))]
    if not found:
        raise ValueError(f"notebooks: {notebooks} holds 0 notebooks; expected NN_topic.ipynb files that were executed")
    if out.exists() and not (out.is_dir() and ((out / MARKER).exists() or not any(out.iterdir()))):
        raise ValueError(f"out: {out} exists and is no site of this collection; give a new or empty folder, or delete it first")
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        source, pages = Path(scratch) / "source", Path(scratch) / "pages"
        # The theme puts the title into its pages as it is, and a book's name is data, never markup.
        title = title.translate(str.maketrans("<>&", "‹›+"))
        _write_sources(source, notebooks, found, title, private)
        _run_sphinx(source, pages, title, private)
        if remote := external_requests(pages):
            raise SiteError(f"{len(remote)} requests would leave the pages:\n" + "\n".join(remote[:MESSAGES_SHOWN]))
        (pages / MARKER).touch()
        _swap(pages, out, Path(scratch) / "old")
    return out / "index.html"


def _swap(new: Path, out: Path, aside: Path) -> None:
    if out.exists():
        out.rename(aside)
    try:
        new.rename(out)
    except OSError:
        if aside.exists():
            aside.rename(out)
        raise


def _write_sources(source: Path, notebooks: Path, found: list[Path], title: str, private: bool) -> None:
    kept = {source / "notebooks" / path.relative_to(notebooks): path for path in found}
    (source / "docs").mkdir(parents=True)
    shutil.copy(DOCS / "glossary.md", source / "docs")
    extras = ["docs/glossary"]
    if not private:
        shutil.copy(DOCS / "truth.md", source / "docs")
        extras.append("docs/truth")
    if dictionary := _optional("keyacct_utils.template", "data_dictionary"):
        (source / "docs" / "data_dictionary.md").write_text(f"# Data dictionary 数据字典\n\n{dictionary()}", encoding="utf-8")
        extras.append("docs/data_dictionary")
    if not private:
        (source / "docs" / "reference.md").write_text(_reference(), encoding="utf-8")
        extras.append("docs/reference")
    for target, path in kept.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        book = nbformat.read(path, as_version=4)
        book.metadata.setdefault("language_info", {"name": "python"})  # absent until a notebook has been executed
        for cell in book.cells:
            if cell.cell_type == "markdown":
                cell.source = _unlink_left_out(cell.source, target, source, set(kept))
        nbformat.write(book, target)
    names = [str(path.relative_to(source / "notebooks").with_suffix("").as_posix()) for path in kept]
    (source / "index.md").write_text(_index(title, names, extras, kept), encoding="utf-8")


def _unlink_left_out(text: str, page: Path, source: Path, kept: set[Path]) -> str:
    """Turn links to files of the repository that are not on this site into plain text; leave all others, broken ones too."""

    def plain(match: re.Match[str]) -> str:
        if ":" in match[2]:
            return match[0]
        target = Path((page.parent / match[2]).as_posix()).resolve()
        inside = target.relative_to(source.resolve()) if target.is_relative_to(source.resolve()) else None
        left_out = inside is not None and target not in kept and not target.exists() and (ROOT / inside).exists()
        return match[1] if left_out else match[0]

    return _LINK.sub(plain, text)


def _optional(module: str, name: str) -> Any:
    found: ModuleType | None = importlib.import_module(module) if importlib.util.find_spec(module) else None
    return getattr(found, name, None)


def _first_heading(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    lines = (line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)


def _index(title: str, names: list[str], extras: list[str], kept: dict[Path, Path]) -> str:
    lessons = {item.stem: item for item in _optional("keyacct_utils.lessons", "LESSONS") or ()}
    paths = dict(zip(names, kept.values(), strict=True))
    rows = []
    for name in (name for name in names if "/" not in name):
        item = lessons.get(name)
        cells: tuple[object, ...] = (f"[{_first_heading(paths[name])}](notebooks/{name}.ipynb)", "", "", "", "")
        if item:
            before = ", ".join([*item.necessary, *(f"({code})" for code in item.helpful)])
            tables = ", ".join(dict.fromkeys(need.table for need in item.needs))
            link = f"[{item.code} {item.title}](notebooks/{name}.ipynb) {item.title_zh}"
            cells = (link, item.question, item.minutes, before, tables)
        rows.append("| " + " | ".join(str(cell).replace("|", r"\|") or "-" for cell in cells) + " |")
    text = [
        f"# {safe(title)}",
        "",
        WELCOME,
        "",
        "| lesson | question | minutes | after (helpful) | tables |",
        "|---|---|---:|---|---|",
        *rows,
        "",
    ]
    text += [f"More: {', '.join(f'{{doc}}`{name}`' for name in extras)}.", ""]
    for folder, caption in FOLDERS.items():
        pages = [f"notebooks/{name}" for name in names if (name.rpartition("/")[0]) == folder]
        text += _toctree(caption, pages)
    return "\n".join([*text, *_toctree("Reference", extras)])


def _toctree(caption: str, pages: list[str]) -> list[str]:
    return ["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""] if pages else []


def _reference() -> str:
    package = ROOT / "keyacct_utils"
    modules = [path.stem for path in sorted(package.glob("*.py")) if not path.stem.startswith("_")]
    blocks = [f"## {name}\n\n```{{eval-rst}}\n.. automodule:: keyacct_utils.{name}\n```\n" for name in modules]
    return "\n".join(["# Function reference", "", "From the docstrings of `keyacct_utils`.", "", *blocks])


def _run_sphinx(source: Path, pages: Path, title: str, private: bool) -> None:
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        raise SiteError(f"not installed: {', '.join(missing)}; the site needs: pip install -e '.[site]'")
    settings = ["-D", f"project={title}", "-D", f"html_title={title}", *(["-t", "private"] if private else [])]
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "--no-color", "-E", "-c", str(DOCS)]
    done = subprocess.run(
        [*command, "-d", str(source.parent / "doctrees"), *settings, str(source), str(pages)],
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        lines = [line.replace(f"{source}/", "") for line in done.stderr.splitlines() if line.strip()]
        faults = [line for line in lines if "WARNING" in line or "ERROR" in line] or lines[-MESSAGES_SHOWN:]
        raise SiteError(f"Sphinx stopped ({len(faults)} messages):\n" + "\n".join(faults[:MESSAGES_SHOWN]))


class _Loads(HTMLParser):
    """Collects what a page makes the browser fetch; links that a reader may click are not among them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        addresses = [values.get(name, "") for name in ("src", "data", "poster", "srcset")]
        if tag == "link" and _LOADING_LINKS & set(values.get("rel", "").lower().split()):
            addresses.append(values.get("href", ""))
        if tag in {"image", "use"}:
            addresses += [values.get("href", ""), values.get("xlink:href", "")]
        self.found += [address for address in addresses if _REMOTE.match(address)]
        self.found += _CSS_REMOTE.findall(values.get("style", ""))


def external_requests(site: Path) -> list[str]:
    """Every script, style, font, image or frame that the pages would load from elsewhere, as ``page: address``."""

    def loads() -> Iterator[str]:
        for path in sorted(site.rglob("*")):
            if path.suffix not in {".html", ".css"}:
                continue
            text = path.read_text(encoding="utf-8")
            parser = _Loads()
            if path.suffix == ".html":
                parser.feed(text)
                text = "".join(re.findall(r"<style[^>]*>(.*?)</style>", text, flags=re.DOTALL | re.IGNORECASE))
            for address in [*parser.found, *_CSS_REMOTE.findall(text)]:
                yield f"{path.relative_to(site)}: {address}"

    return list(loads())


@click.command()
@click.argument("notebooks", type=click.Path(path_type=Path), default=ROOT / "notebooks")
@click.argument("out", type=click.Path(path_type=Path), default=ROOT / "out" / "site")
@click.option("--title", default=TITLE, show_default=True)
def main(notebooks: Path, out: Path, title: str) -> None:
    """Build the site in OUT from the executed notebooks in NOTEBOOKS."""
    try:
        click.echo(build(notebooks, out, title))
    except (ValueError, SiteError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
