"""The lab: the copy never overwrites, and a notebook of each kind runs in JupyterLab in a real browser.

All of them are executed and compared by nbval; KEYACCT_EVERY_PAGE=1 runs all of them in the browser too.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.running import lab, lab_links

_LINK = re.compile(r"\[([^\]]*)\]\(([^\s)]+(?: \"[^\"]*\")?)\)")
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"


@pytest.fixture
def collection(tmp_path) -> Path:
    root = tmp_path / "collection"
    for name in (
        "notebooks/00_start_here.ipynb",
        "notebooks/exercises/01_a.ipynb",
        "docs/glossary.md",
        "README.md",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        put(root / name, f"first {name}")
    return root


def put(path: Path, text: str) -> None:
    """Write a file of the collection; a notebook holds the text as a cell, with an output."""
    shown = new_output("stream", text="an output\n")
    made = new_notebook(cells=[new_code_cell(repr(text), outputs=[shown], execution_count=3)])
    path.write_text(nbformat.writes(made) if path.suffix == ".ipynb" else text, encoding="utf-8")


def text_of(path: Path) -> str:
    return ast.literal_eval(nbformat.read(path, as_version=4).cells[0].source)


def test_first_start_copies_lessons_exercises_and_glossary(collection, tmp_path):
    changes = lab.copy_collection(tmp_path / "work", collection)
    assert changes.new == [
        "notebooks/00_start_here.ipynb",
        "notebooks/exercises/01_a.ipynb",
        "docs/glossary.md",
    ]
    assert (
        text_of(tmp_path / "work/notebooks/exercises/01_a.ipynb")
        == "first notebooks/exercises/01_a.ipynb"
    )
    assert not (tmp_path / "work/README.md").exists() and not list(
        (tmp_path / "work").rglob("*.tmp")
    )
    assert (
        str(lab.copy_collection(tmp_path / "work", collection)) == "nothing new in the collection"
    )


def test_a_trainees_work_is_never_overwritten_and_news_are_said(collection, tmp_path):
    lab.copy_collection(tmp_path / "work", collection)
    mine = tmp_path / "work/notebooks/00_start_here.ipynb"
    mine.write_text("my notes", encoding="utf-8")
    put(collection / "notebooks/00_start_here.ipynb", "second")
    put(collection / "notebooks/02_new.ipynb", "new")
    for new in (["notebooks/02_new.ipynb"], []):
        changes = lab.copy_collection(tmp_path / "work", collection)
        assert (changes.new, changes.updated) == (new, ["notebooks/00_start_here.ipynb"])
        assert mine.read_text() == "my notes" and "yours are kept" in str(changes)
    mine.rename(mine.with_name("old.ipynb"))
    assert lab.copy_collection(tmp_path / "work", collection).new == [
        "notebooks/00_start_here.ipynb"
    ]
    assert text_of(mine) == "second" and mine.with_name("old.ipynb").read_text() == "my notes"
    assert (
        str(lab.copy_collection(tmp_path / "work", collection)) == "nothing new in the collection"
    )


@pytest.mark.parametrize("record", ["", "{", "[]", "null", '{"notebooks/00_start_here.ipynb": 5}'])
def test_a_damaged_record_costs_nothing(record, collection, tmp_path):
    lab.copy_collection(tmp_path / "work", collection)
    (tmp_path / "work/notebooks/00_start_here.ipynb").write_text("my notes", encoding="utf-8")
    (tmp_path / "work" / lab.RECORD).write_text(record, encoding="utf-8")
    lab.copy_collection(tmp_path / "work", collection)
    assert (tmp_path / "work/notebooks/00_start_here.ipynb").read_text() == "my notes"
    assert json.loads((tmp_path / "work" / lab.RECORD).read_text())


def test_workspaces_that_cannot_be(collection):
    with pytest.raises(ValueError, match="is the collection itself"):
        lab.copy_collection(collection, collection)
    with pytest.raises(ValueError, match="is a file"):
        lab.copy_collection(collection / "README.md", collection)


def test_lessons_and_sheets_come_without_outputs_and_solutions_with(collection, tmp_path):
    (collection / "notebooks/solutions").mkdir()
    put(collection / "notebooks/solutions/01_a.ipynb", "solved")
    lab.copy_collection(tmp_path / "work", collection)
    kept = {}
    for path in sorted((tmp_path / "work").rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        cell = notebook.cells[0]
        kept[path.parent.name] = (len(cell.outputs), cell.execution_count)
    assert kept == {"notebooks": (0, None), "exercises": (0, None), "solutions": (1, 3)}
    # outputs that move in the collection are no news for a copy that has none
    put(collection / "notebooks/solutions/01_a.ipynb", "solved anew")
    for name in ("notebooks/00_start_here.ipynb", "notebooks/solutions/01_a.ipynb"):
        notebook = nbformat.read(collection / name, as_version=4)
        notebook.cells[0].outputs[0].text = "another output\n"
        nbformat.write(notebook, collection / name)
    assert lab.copy_collection(tmp_path / "work", collection).updated == [
        "notebooks/solutions/01_a.ipynb"
    ]


def test_the_committed_lessons_lose_their_outputs_in_the_copy(tmp_path):
    lab.copy_collection(tmp_path)
    sheets = [*tmp_path.glob("notebooks/*.ipynb"), *tmp_path.glob("notebooks/exercises/*.ipynb")]
    assert len(sheets) >= len(LESSONS)
    for path in sheets:
        copied = nbformat.read(path, as_version=4)
        source = nbformat.read(lab.ROOT / path.relative_to(tmp_path), as_version=4)
        assert not [cell for cell in copied.cells if cell.get("outputs")], path.name
        assert [_LINK.sub(r"\1", cell.source) for cell in copied.cells] == [
            _LINK.sub(r"\1", cell.source) for cell in source.cells
        ]


def test_ids_and_terms_are_links_that_lead_somewhere(tmp_path):
    lab.copy_collection(tmp_path)
    lesson = tmp_path / "notebooks" / "01_concentration.ipynb"
    text = "\n".join(cell.source for cell in nbformat.read(lesson, as_version=4).cells)
    links = dict(_LINK.findall(text))
    assert links["S000-2a"] == "../docs/sources/S000.md"
    assert links["**Gini coefficient**"].startswith('../docs/glossary.md "')
    for target in links.values():
        path = lesson.parent / target.partition(" ")[0]
        assert path.exists(), target
    page = (tmp_path / "docs/sources/S000.md").read_text(encoding="utf-8")
    assert "(../../notebooks/01_concentration.ipynb)" in page and "(s000-2)=" not in page


def test_links_leave_code_formulas_and_headings_alone():
    text = "# S000-2a\n`S000-2a` and $S000-2a$ and [S000-2a](x.md), then S000-2a"
    made = new_notebook(cells=[new_markdown_cell(text)])
    (cell,) = lab_links.link(made, "../", []).cells
    assert cell.source == text.removesuffix("S000-2a") + "[S000-2a](../docs/sources/S000.md)"


def test_every_lesson_is_copied():
    copied = {path.name for pattern in lab.COPIED for path in lab.ROOT.glob(pattern)}
    assert {f"{item.stem}.ipynb" for item in LESSONS} <= copied


# In a browser


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """JupyterLab as `make lab` starts it, on a copy of the collection; yields its address and the workspace."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    workspace = tmp_path_factory.mktemp("lab") / "workspace"
    lab.copy_collection(workspace)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--IdentityProvider.token=", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
               "--LabApp.expose_app_in_browser=True", "--ServerApp.log_level=ERROR"]  # fmt: skip
    quiet = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "HOME": str(workspace.parent),
    }
    process = subprocess.Popen(
        lab.command(workspace, *options),
        env=os.environ | quiet,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _awaited(f"http://127.0.0.1:{port}/lab", process), workspace
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _awaited(address: str, process: subprocess.Popen) -> str:
    for _ in range(300):
        assert process.poll() is None, "JupyterLab did not start"
        try:
            urllib.request.urlopen(address, timeout=1)
        except OSError:
            time.sleep(0.1)
        else:
            return address
    raise AssertionError("JupyterLab does not answer")


#: Milliseconds for a page and its kernel: on a machine that runs the other tests beside it.
PATIENCE = 240_000


async def _run_all(browser, address: str, name: str, outside: list[str]) -> dict:
    """Open a notebook, run all its cells, save it; what the page says of it."""
    page = await browser.new_page(viewport={"width": 1400, "height": 1000})
    own = address.removesuffix("/lab")
    page.on(
        "request",
        lambda request: (
            outside.append(request.url)
            if not request.url.startswith((own, "data:", "blob:"))
            else None
        ),
    )
    await page.goto(
        f"{address}/workspaces/{name.replace('/', '-').removesuffix('.ipynb')}/tree/{name}"
    )
    await page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell", timeout=PATIENCE)
    await page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=PATIENCE)
    dialogs = await page.locator(".jp-Dialog").count()
    toasts = await page.locator(".Toastify__toast:visible").all_inner_texts()
    ran = await page.evaluate(
        "async () => await window.jupyterapp.commands.execute('notebook:run-all-cells')"
    )
    await page.evaluate("async () => await window.jupyterapp.commands.execute('docmanager:save')")
    shown = await page.locator(".jp-NotebookPanel:visible .jp-OutputArea img").count()
    await page.evaluate(
        "async () => await window.jupyterapp.commands.execute('kernelmenu:shutdown')"
    )
    await page.close()
    return {"name": name, "dialogs": dialogs, "toasts": toasts, "ran": ran, "shown": shown}


async def _visit(address: str, names: list[str], outside: list[str]) -> list[dict]:
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        gate = asyncio.Semaphore(2)

        async def one(name: str) -> dict:
            async with gate:
                return await _run_all(browser, address, name, outside)

        try:
            return await asyncio.gather(*(one(name) for name in names))
        finally:
            await browser.close()


def _pictures(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("data:image/png;base64,")


def test_a_notebook_of_each_kind_runs_in_the_lab(server):
    address, workspace = server
    kinds = ["notebooks/01*.ipynb", "notebooks/solutions/01*.ipynb"]
    if os.environ.get("KEYACCT_EVERY_PAGE"):
        kinds = ["notebooks/*.ipynb", "notebooks/solutions/*.ipynb"]
    names = [
        path.relative_to(workspace).as_posix()
        for kind in kinds
        for path in sorted(workspace.glob(kind))
    ]
    assert len(names) >= len(kinds)
    outside: list[str] = []
    for page in asyncio.run(_visit(address, names, outside)):
        assert (page["dialogs"], page["toasts"], page["ran"]) == (0, [], True), page
        cells = [
            cell
            for cell in nbformat.read(workspace / page["name"], as_version=4).cells
            if cell.cell_type == "code"
        ]
        assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), page
        assert not [
            output for cell in cells for output in cell.outputs if output.output_type == "error"
        ], page
        committed = _pictures(lab.ROOT / page["name"])
        assert _pictures(workspace / page["name"]) == committed
        assert page["shown"] > 0 or not committed, page
    assert outside == []
