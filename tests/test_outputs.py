"""Rewriting the committed outputs: what moved is said, pictures are not compared, a failing lesson stays as it was."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from keyacct_utils.running import outputs
from keyacct_utils.running.execution import Job, execute

pytestmark = pytest.mark.usefixtures("kernels")


def test_a_rewrite_says_which_number_moved(tmp_path, capsys, monkeypatch):
    path = tmp_path / "01_x.ipynb"
    nbformat.write(
        new_notebook(cells=[new_code_cell("print('share', 1 + 1)"), new_code_cell("3 * 4")]), path
    )
    assert outputs.refresh(path, "hash") == ["  cell [1]", "    +share 2", "  cell [2]", "    +12"]
    assert outputs.refresh(path, "hash") == []
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata["keyacct"] == {"book": "linjiang", "data_hash": "hash"}
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    notebook.cells[1].source = "3 * 5"
    nbformat.write(notebook, path)
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    assert outputs.main(["01"]) == 0
    assert "    -12\n    +15" in capsys.readouterr().out


def test_what_is_printed_in_two_pieces_is_one_output(tmp_path):
    """On a busy machine the end of a line can come late: the outputs are the same all the same."""
    slow = (
        "import time\nprint('share', end='')\ntime.sleep(0.5)\nprint()\ntime.sleep(0.5)\nprint(2)"
    )
    path = tmp_path / "01_x.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(slow)]), path)
    outputs.refresh(path, "hash")
    job = Job("t", "t", nbformat.read(path, as_version=4), {}, tmp_path, {}, tmp_path, 60.0)
    for notebook in (nbformat.read(path, as_version=4), execute(job).notebook):
        (cell,) = (cell for cell in notebook.cells if cell.source == slow)
        assert [output.text for output in cell.outputs] == ["share\n2\n"]


def test_a_failing_lesson_stays_as_it_was(tmp_path, capsys, monkeypatch):
    path = tmp_path / "01_x.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), path)
    before = path.read_bytes()
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    assert outputs.main([]) == 1
    assert path.read_bytes() == before and [item.name for item in tmp_path.iterdir()] == [path.name]
    assert "ZeroDivisionError" in capsys.readouterr().err
