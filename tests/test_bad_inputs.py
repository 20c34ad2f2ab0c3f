"""The corpus of bad and odd inputs: each folder of bad_inputs/ as an analyst would have it, and what must be said of it."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import re
import sys
import tempfile
import tomllib
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.running import cli

ROOT = Path(__file__).parent / "bad_inputs"
CASES = sorted(path.parent.name for path in ROOT.glob("*/case.toml"))
#: What a program lets slip; a case names those that its own input holds (``written``).
SLIPS = (
    "Traceback",
    "KeyError",
    "nan",
    "None",
    "NaT",
    "<class",
    "object at 0x",
    "duckdb",
    "python",
)


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bad_inputs_make", ROOT / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _make()


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    """A folder for temporary files that must be empty again afterwards."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(cli, "_advise_on_fonts", lambda: None)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["keyacct", "check", *arguments])
        cli.main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out + err


def said(text: str) -> list[str]:
    """The lines about this book: faults or notes, without the map of the lessons."""
    if "the book can be used" in text:
        text = text.partition("\nNotes:\n")[2]
    return text.splitlines()


def clean(text: str, book: Path, case: dict[str, Any]) -> None:
    """Nothing that only the programmer understands, and no place of the machine but the book's."""
    text = text.replace(str(book), "").replace(str(book.with_name("aside.csv")), "")
    for word in case.get("written", ()):
        text = re.sub(rf"(['\"]){re.escape(word)}\1", "", text)
    slips = [word for word in SLIPS if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    assert not slips, f"{slips} in:\n{text}"
    assert str(book.parent.parent) not in text and tempfile.gettempdir() not in text, text
    assert len("\n".join(said(text))) <= case.get("longest", 2500), f"{len(text)} characters"


def same_notes(second: Book, text: str) -> None:
    """A second run finds the same data and says the same."""
    assert second.data_hash[:12] in text
    shown = text.partition("\nNotes:\n")[2].partition("\n\n")[0]
    # The screen breaks long notes into lines.
    assert "".join(shown.split()) == "".join("".join(second.notes).split()), (
        "a second run says something else"
    )


def refused(book: Path, code: int, text: str, case: dict[str, Any]) -> None:
    assert code == 2, text
    assert "to mend:" in text
    for piece in case["message"]:
        assert piece in text, f"{piece!r} is not in:\n{text}"
    with pytest.raises(BookFaults) as again:
        Book.open(book, quarantine=book.with_name("aside.csv") if case.get("quarantine") else None)
    assert f"Error: {again.value}\n" == text, "a second run says something else"


def accepted(book: Path, code: int, text: str, case: dict[str, Any]) -> None:
    assert code == 0, text
    opened = Book.open(book)
    same_notes(opened, text)
    rows, totals = opened.rollup(by_line=False), opened.totals()
    assert int(rows["n_rows"].sum()) == case["rows"]
    assert Decimal(f"{totals['revenue'][0]:.2f}") == Decimal(case["revenue"])
    assert len(rows) == case.get("accounts", len(rows))
    assert sorted(rows["account_id"]) == sorted(case.get("ids", rows["account_id"]))
    if wanted := case.get("row"):
        row = rows.set_index("account_id").loc[wanted["account_id"]]
        found = {"revenue": f"{row['revenue']:.2f}", "n_rows": row["n_rows"]}
        found |= {name: str(row[name])[:10] for name in ("first_date", "last_date")}
        assert {key: found[key] for key in wanted if key != "account_id"} == {
            k: v for k, v in wanted.items() if k != "account_id"
        }
    for piece in case.get("notes", ()):
        assert piece in "\n".join(opened.notes), f"{piece!r} is not in the notes {opened.notes}"
    if case.get("quiet"):
        assert opened.notes == []


def quarantined(book: Path, code: int, text: str, case: dict[str, Any]) -> None:
    assert code == 0, text
    aside = book.with_name("aside.csv")
    first = aside.read_bytes()
    opened = Book.open(book, quarantine=aside)
    same_notes(opened, text)
    assert aside.read_bytes() == first
    totals = {row["table"]: row for row in opened.reconciliation}["ledger"]
    assert (totals["rows used"], totals["rows set aside"]) == (case["used"], case["aside"])
    assert totals["rows"] == case["used"] + case["aside"]
    used, out = Decimal(case["money_used"]), Decimal(case["money_aside"])
    assert [
        Decimal(f"{totals[key]:.2f}") for key in ("money used", "money set aside", "money")
    ] == [used, out, used + out]
    with aside.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["table"] == "ledger"]
    assert sorted(int(row["line"]) for row in rows) == case["lines"]
    for piece in case["message"]:
        assert piece in "\n".join(row["reason"] for row in rows)


OUTCOMES = {"refused": refused, "accepted": accepted, "quarantined": quarantined}


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name, tmp_path, scratch, capsys):
    case = tomllib.loads((ROOT / name / "case.toml").read_text(encoding="utf-8"))
    book = make.lay_out(name, tmp_path / "book")
    for link, target in case.get("links", {}).items():
        (book.parent / link).symlink_to(target)
    before = contents(book.parent)
    set_aside = case["outcome"] == "quarantined" or case.get("quarantine")
    arguments = [
        str(book),
        *(["--quarantine", str(book.with_name("aside.csv"))] if set_aside else []),
    ]
    code, text = check(capsys, *arguments)
    clean(text, book, case)
    OUTCOMES[case["outcome"]](book, code, text, case)
    after = contents(book.parent)
    assert {file: digest for file, digest in after.items() if file in before} == before, (
        "an input was changed"
    )
    assert after.keys() - before.keys() == (
        {"aside.csv"} if case["outcome"] == "quarantined" else set()
    )
    assert list(scratch.iterdir()) == [], "temporary files were left"


def test_the_corpus_is_as_described():
    assert len(CASES) >= 75
    for name in CASES:
        case = tomllib.loads((ROOT / name / "case.toml").read_text(encoding="utf-8"))
        assert case["title"] and case["odd"] and case["outcome"] in OUTCOMES, name
        assert (
            sum(path.stat().st_size for path in (ROOT / name).iterdir() if path.is_file()) < 20_000
        ), name
    assert {name.split("/")[0] for name in make.FILES} <= set(CASES)
    assert all(len(build()) < 20_000 for build in make.FILES.values())
