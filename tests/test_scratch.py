"""Folders for what is needed while a book is read: gone at the end, and after a kill with the next process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from processes import wait_for

from keyacct_utils.book import Book
from keyacct_utils.book.intake.scratch import PREFIX, scratch_folder
from keyacct_utils.review.record import whole_file

pytest.importorskip("fcntl")

HOLDER = """
import sys, time
from keyacct_utils.book.intake.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "rows.csv").write_text("a name")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def holder(place: Path) -> tuple[subprocess.Popen[str], Path]:
    running = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(place)},
    )
    assert running.stdout
    return running, Path(running.stdout.readline().strip())


def test_what_a_killed_process_left_goes_with_the_next_and_what_is_in_use_stays(
    place, write_book, tmp_path
):
    killed, left = holder(place)
    running, held = holder(place)
    killed.kill()
    killed.communicate()
    assert left.name.startswith(PREFIX) and (left / "rows.csv").exists()
    Book.open(write_book())
    assert not left.exists() and (held / "rows.csv").exists()
    running.terminate()
    running.communicate()


def test_it_is_gone_at_the_end_and_after_an_error(place):
    with scratch_folder() as folder:
        assert folder.parent == place and not list(folder.iterdir())
    with pytest.raises(KeyboardInterrupt), scratch_folder():
        raise KeyboardInterrupt
    wait_for(lambda: not list(place.iterdir()), 1)


def test_a_link_of_somebody_else_is_not_followed(place, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("x")
    (place / f"{PREFIX}trap").symlink_to(tmp_path / "mine")
    with scratch_folder():
        pass
    assert (tmp_path / "mine" / "kept").exists()


def test_a_file_that_a_killed_process_was_writing_goes_with_the_next(tmp_path):
    left = tmp_path / f"{PREFIX}killed"
    left.mkdir()
    (left / "a.csv").write_text("half")
    with whole_file(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
        assert not (tmp_path / "a.csv").exists()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "whole"}
    with pytest.raises(OSError, match="no room"), whole_file(tmp_path / "a.csv") as temporary:
        temporary.write_text("ha")
        raise OSError("no room")
    assert (tmp_path / "a.csv").read_text() == "whole" and len(list(tmp_path.iterdir())) == 1
