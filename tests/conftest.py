"""What several tests share: a small book written to a folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

# As the Makefile sets it: with more threads small problems take many times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# In the background of a script Ctrl-C is ignored, also by all that the tests start: those of interrupts would wait.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pandas as pd
import pytest
from exercise_runs import Solved
from hypothesis import settings
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.running.forking import forked_kernels

# How long one example takes says how busy the machine is, not whether the code is right: speed is measured in benchmarks/.
settings.register_profile("keyacct", deadline=None)
settings.load_profile("keyacct")

LEDGER = "account_id,date,revenue\nA1,2024-01-05,100.00\nA2,2024-02-05,50.00\nA1,2024-03-05,25.50\n"


@pytest.fixture
def write_book(tmp_path: Path) -> Callable[..., Path]:
    """Write files and a book.toml; returns the path of the book.toml."""

    def write(
        ledger: str | bytes = LEDGER,
        toml: str = "",
        options: str = "",
        name: str = "ledger.csv",
        **files: str | bytes,
    ) -> Path:
        for file, content in {
            name: ledger,
            **{key.replace("__", "."): value for key, value in files.items()},
        }.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / file).write_bytes(data)
        text = f'contract_version = 1\nname = "Test"\n{toml}\n' if "[tables.ledger]" in toml else (
            f'contract_version = 1\nname = "Test"\n[tables.ledger]\npath = "{name}"\n{options}\n{toml}\n'
        )  # fmt: skip
        book = tmp_path / "book.toml"
        book.write_text(text, encoding="utf-8")
        return book

    return write


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; skips where the environment does not name one."""
    folder = os.environ.get("KEYACCT_REAL_DATA", "")
    if not folder:
        pytest.skip("KEYACCT_REAL_DATA is not set: trials on real data are left out")
    return Path(folder)


@pytest.fixture(scope="session")
def cdnow(real_data, tmp_path_factory) -> Book:
    """The ledger of CDNOW's customers; equal rows are two purchases."""
    folder = tmp_path_factory.mktemp("cdnow")
    rows = pd.read_csv(
        real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    rows["date"] = pd.to_datetime(rows["date"].astype(str)).dt.strftime("%Y-%m-%d")
    rows = rows.rename(columns={"customer_id": "account_id", "dollar_value": "revenue"})
    rows[["account_id", "date", "revenue"]].to_csv(folder / "ledger.csv", index=False)
    (folder / "book.toml").write_text(
        'contract_version = 1\nname = "CDNOW"\n[tables.ledger]\npath = "ledger.csv"\n'
        'duplicates = "keep"\n',
        encoding="utf-8",
    )
    return Book.open(folder / "book.toml")


@pytest.fixture(scope="session")
def kernels() -> Iterator[None]:
    """One server of kernels for all tests that run notebooks."""
    with forked_kernels():
        yield


@pytest.fixture(scope="session")
def linjiang() -> Book:
    """The bundled book, opened once."""
    return bundled("linjiang")


@pytest.fixture(scope="session")
def yunhe() -> Book:
    """The second bundled book, opened once."""
    return bundled("yunhe")


@pytest.fixture(scope="session")
def solved() -> Solved:
    """The answers of all solutions with their books, as the notebooks stand."""
    return Solved()
