"""What SECURITY.md promises: codes for names, names as data, nothing outside the book read or written, no address told."""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import hmac
import html
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import test_notebooks

from keyacct_utils.book import Book
from keyacct_utils.book.intake import pseudonyms
from keyacct_utils.book.intake.pseudonyms import Pseudonyms, check_key_file, counted_only
from keyacct_utils.contract.faults import BookFaults, Fault
from keyacct_utils.review.account_review import FORMULA_STARTS
from keyacct_utils.running import privacy, publishing
from keyacct_utils.running.outputs import read_hash
from keyacct_utils.running.parameters import InputError
from keyacct_utils.running.secrets import HIDDEN, hider

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
KEY = bytes(range(32))
#: Put into every name and id, so that each place that shows one is tried.
PAYLOAD = '<img src=x onerror="window.ran=1">![x](http://evil.example/a.png)[c](javascript:window.ran=1)<script>window.ran=1</script>'
ENDS = [
    "", " www.evil.com a@evil.com", r"$\href{javascript:window.ran=1}{x}$", "</td></table><h1 id=injected>", "<!-- x",
    "{{ 7*7 }} :math:`x`", "|a|", "<iframe src=//evil.example>", "evil.com/x", "&lt;b&gt;",
]  # fmt: skip
#: What must not be found in the results of a run under codes: in names, ids, remarks, the book's name and its folder.
TELLING = (
    "Zebrafisk",
    "QXID77K",
    "Umbrellacorp",
    "secretfolder",
    "Mgr77Q",
    "whispered",
    "Grp77Q",
    "evil",
)


def code_of(text: str, kind: str = "account", key: bytes = KEY) -> str:
    """Worked out by another way than the package's."""
    digest = hmac.new(key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()
    return f"{'AM'[kind == 'manager']}-{base64.b32encode(digest).decode()[:10]}"


# Codes


def test_a_code_is_the_start_of_the_keyed_hash():
    codes = Pseudonyms(KEY)
    found = codes.codes(
        pd.Series(["001", None, "1", "001", "临江钢铁"], index=[4, 3, 2, 1, 0], dtype="str"),
        "account",
    )
    assert found.tolist()[:1] + found.tolist()[2:] == [
        code_of("001"),
        code_of("1"),
        code_of("001"),
        code_of("临江钢铁"),
    ]
    assert pd.isna(found.iloc[1]) and found.index.tolist() == [4, 3, 2, 1, 0]
    assert codes.codes(pd.Series([], dtype="str"), "account").empty
    assert codes.code("M1", "manager") == code_of("M1", "manager") != code_of("M1")


def test_the_key_decides_the_codes_and_nothing_else_does():
    ids = pd.Series([f"A{i}" for i in range(2_000)], dtype="str")
    forwards = Pseudonyms(KEY).codes(ids, "account")
    one_by_one = Pseudonyms(KEY)
    assert [one_by_one.code(text) for text in reversed(ids)] == forwards.tolist()[::-1]
    assert not set(forwards) & set(Pseudonyms(KEY[::-1]).codes(ids, "account"))
    assert forwards.nunique() == 2_000 and forwards.str.fullmatch(r"A-[A-Z2-7]{10}").all()


def test_two_ids_with_one_code_are_refused(monkeypatch):
    monkeypatch.setattr(pseudonyms, "_SHORT", 1)
    with pytest.raises(
        ValueError,
        match=r"two of 40 account ids have the same code under this key: take another key file",
    ):
        Pseudonyms(KEY).codes(pd.Series(range(40)).astype("str"), "account")


def test_a_key_is_made_once_and_for_its_owner(tmp_path):
    file = tmp_path / "k"
    first = Pseudonyms.from_file(file, create=True).code("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(bytes.fromhex(file.read_text())) == 32
    assert (
        Pseudonyms.from_file(file, create=True).code("x")
        == first
        == code_of("x", key=bytes.fromhex(file.read_text()))
    )


def test_a_key_that_is_not_safe_is_refused(tmp_path):
    file = tmp_path / "k"
    for text in ("", "hunter2", "0" * 63, "0" * 65, "g" * 64):
        file.write_text(text)
        file.chmod(0o600)
        with pytest.raises(ValueError, match=r"holds no key; expected 64 hexadecimal digits"):
            check_key_file(file)
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        with pytest.raises(
            ValueError, match=rf"can be read by others \(mode {mode:o}\): chmod 600"
        ):
            check_key_file(file)
    with pytest.raises(ValueError, match="is no file"):
        check_key_file(tmp_path)
    with pytest.raises(ValueError, match="there is no folder"):
        check_key_file(tmp_path / "none" / "k")
    with pytest.raises(ValueError, match="there is no key file"):
        Pseudonyms.from_file(tmp_path / "absent")
    (tmp_path / "link").symlink_to(tmp_path / "out")
    for inside in (
        tmp_path / "out" / "k",
        tmp_path / "out" / "a" / ".." / "k",
        tmp_path / "link" / "k",
    ):
        with pytest.raises(ValueError, match="would be handed on with the results"):
            check_key_file(inside, tmp_path / "out")


def test_neither_key_nor_rows_set_aside_lie_with_the_results(tmp_path):
    with pytest.raises(InputError, match="handed on"):
        privacy.refuse_beside_results(tmp_path, None, tmp_path / "k")
    with pytest.raises(InputError, match=r"quarantine file .* holds rows as they are written"):
        privacy.refuse_beside_results(tmp_path / "out", tmp_path / "out" / "q.csv", tmp_path / "k")
    privacy.refuse_beside_results(tmp_path / "out", tmp_path / "q.csv", tmp_path / "k")
    privacy.refuse_beside_results(tmp_path / "out", tmp_path / "out" / "q.csv", None)
    assert list(tmp_path.iterdir()) == []


ACCOUNTS = "account_id,name_zh,name_en,group_id,manager_id,sector\nA1,甲,Alpha,A3,M1,x\nA2,,Beta,,M1,y\nA3,,,,,x\nA4,丁,Delta,,M2,y\n"
MORE = (
    '[tables.accounts]\npath = "accounts.csv"\n[tables.managers]\npath = "managers.csv"\n'
    '[tables.activities]\npath = "activities.csv"\n[tables.credit_events]\npath = "events.csv"\n[exclude]\nA4 = "Delta is ours"\n'
)
FILES = {
    "ledger": "account_id,revenue,Remarks on Delta\nA1,10.25,x\nA2,5,y\nA3,1.5,z\nA4,100,w\n",
    "accounts__csv": ACCOUNTS,
    "managers__csv": "manager_id,name_zh\nM1,王敏\nM2,\n",
    "activities__csv": "activity_id,date,account_id,manager_id,type\nV1,2024-01-05,A1,M1,visit\nV2,2024-01-06,A2,,call\n",
    "events__csv": "event_id,date,account_id,code,note\nC1,2024-01-05,A2,arrears,whispered\nC2,2024-01-05,A2,arrears,\n",
}


@pytest.fixture
def coded(write_book, tmp_path):
    """A small book as it is, and under codes with the known key."""
    path = write_book(
        toml='group_by = "group_id"\n[tables.ledger]\npath = "ledger.csv"\n' + MORE, **FILES
    )
    key_file = tmp_path / "k.key"
    key_file.touch(mode=0o600)
    key_file.write_text(KEY.hex())
    return Book.open(path), Book.open(path, pseudonymise=key_file), path, key_file


def test_tables_hand_out_codes(coded):
    _, book, _, _ = coded
    accounts = book.table("accounts")
    a1, a2, a3, a4 = (code_of(text) for text in ("A1", "A2", "A3", "A4"))
    assert accounts["account_id"].tolist() == [a1, a2, a3, a4]
    assert accounts["name_zh"].fillna("-").tolist() == [a1, "-", "-", a4]
    assert accounts["name_en"].fillna("-").tolist() == [a1, a2, "-", a4]
    assert accounts["group_id"].fillna("-").tolist() == [
        a3,
        "-",
        "-",
        "-",
    ]  # a group is coded as the account of that id
    assert accounts["manager_id"].fillna("-").tolist() == [
        code_of(m, "manager") if m else "-" for m in ("M1", "M1", "", "M2")
    ]
    assert accounts["sector"].tolist() == ["x", "y", "x", "y"]
    assert book.table("managers")["name_zh"].fillna("-").tolist() == [code_of("M1", "manager"), "-"]
    assert book.table("activities")["activity_id"].str.fullmatch(r"R-[A-Z2-7]{16}").all()
    assert book.table("credit_events")["note"].fillna("-").tolist() == ["withheld", "-"]
    assert set(book.table("ledger")["account_id"]) == {a1, a2, a3, a4}


def test_roll_ups_are_those_of_the_plain_book(coded):
    plain, book, _, _ = coded
    expected = plain.rollup().assign(account_id=lambda frame: frame["account_id"].map(code_of))
    pd.testing.assert_frame_equal(
        book.rollup(), expected.sort_values("account_id", ignore_index=True)
    )
    assert book.rollup().set_index("account_id")["revenue"].to_dict() == {
        code_of("A2"): 5.0,
        code_of("A3"): 11.75,
    }
    pd.testing.assert_frame_equal(book.totals(), plain.totals())
    assert book.names().to_dict() == {code: code for code in map(code_of, ("A1", "A2", "A3", "A4"))}
    assert book.data_hash == plain.data_hash


def test_name_notes_and_what_is_left_out_tell_nothing(coded):
    plain, book, _, _ = coded
    assert plain.name == "Test" and book.name.startswith("B-") and len(book.name) == 12
    assert plain.excluded == {"A4": "Delta is ours"} and book.excluded == {
        code_of("A4"): "withheld"
    }
    assert any("Delta" in note for note in plain.notes) and not any(
        "Delta" in note for note in book.notes
    )
    withheld = len(plain.notes) - sum(note in plain.notes for note in book.notes)
    assert (
        withheld >= 2
        and f"{withheld} notes quote the book: keyacct check without --pseudonymise shows them"
        in book.notes
    )


def test_only_remarks_that_are_known_to_quote_nothing_are_kept():
    known = "ledger.revenue: 3 amounts are zero"
    told = [
        "excluded: account A4 (Delta), 1 row",
        "ledger: 2 rows are void (state: Zebrafisk), and do not count",
        "new: Zebrafisk",
    ]
    kept = Pseudonyms(KEY).notes(["a header", known, *told], [known])
    assert kept == [
        known,
        "4 notes quote the book: keyacct check without --pseudonymise shows them",
    ]


def test_a_category_as_telling_as_a_name_is_warned_of(write_book, tmp_path):
    table = '[tables.accounts]\npath = "accounts.csv"\n'
    path = write_book(toml=table, accounts__csv="account_id,sector,district\nA1,a,N\nA2,b,N\n")
    book = Book.open(path, pseudonymise=tmp_path / "k.key")
    assert [note for note in book.notes if pseudonyms.TELLING in note] == [
        f"accounts.sector: 2 values for 2 accounts {pseudonyms.TELLING}"
    ]
    assert privacy.advice(book) == book.notes[-1:] and privacy.advice(Book.open(path)) == []


def test_planted_truth_is_not_compared_under_codes(tmp_path, monkeypatch):
    assert Book.open("linjiang").bundled
    assert not Book.open("linjiang", pseudonymise=tmp_path / "k.key").bundled


def test_a_lesson_opens_the_book_under_the_codes_of_its_run(coded, monkeypatch):
    plain, book, path, key_file = coded
    for name, value in privacy.kernel_variables("01", path.parent, None, key_file).items():
        assert KEY.hex() not in value
        monkeypatch.setenv(name, value)
    assert Book.open(path).names().equals(book.names()) and not Book.open(path).names().equals(
        plain.names()
    )


def test_faults_that_a_lesson_meets_quote_nothing():
    fault = Fault("ledger", "not an amount", "correct it", first=((2, "Zebrafisk"),), count=1)
    with (
        pytest.raises(
            ValueError, match="the book has 1 faults that it had not when the run began"
        ) as told,
        counted_only(True),
    ):
        raise BookFaults([fault])
    assert "Zebrafisk" not in str(told.value) and told.value.__suppress_context__
    with pytest.raises(BookFaults, match="Zebrafisk"), counted_only(False):
        raise BookFaults([fault])


def test_a_parameter_that_is_an_account_gets_its_code(coded):
    plain, book, _, _ = coded
    given = {"account": "A2", "line": "P", "q": 0.2, "flag": True}
    assert privacy.coder(book)(given) == {**given, "account": code_of("A2")}
    assert privacy.coder(plain)(given) == given


def test_the_reverse_table_is_the_owners(coded, tmp_path):
    _, _, path, key_file = coded
    table = privacy.reverse_table(path, key_file)
    assert table.set_index("code")["id"].to_dict() == {
        **{code_of(i): i for i in ("A1", "A2", "A3", "A4")}, **{code_of(m, "manager"): m for m in ("M1", "M2")}
    }  # fmt: skip
    assert table.set_index("id")["name"].fillna("-").to_dict() == {
        "A1": "甲", "A2": "Beta", "A3": "A3", "A4": "丁", "M1": "王敏", "M2": "-"
    }  # fmt: skip
    privacy.write_reverse_table(table, tmp_path / "who.csv")
    assert stat.S_IMODE((tmp_path / "who.csv").stat().st_mode) == 0o600
    assert "甲" in (tmp_path / "who.csv").read_text(encoding="utf-8-sig")


# Two runs of the lessons on a book whose names are as hostile and as telling as can be


def write_hostile_book(folder: Path) -> Path:
    """Fourteen accounts; those with the lowest numbers are the largest and are shown most."""
    folder.mkdir(parents=True)
    rng = random.Random(3)
    starts = ["", "=1+", "@", "+", "-", "\t="]
    names = [f"{starts[i % 6]}Zebrafisk{i}{PAYLOAD}{ENDS[i % len(ENDS)]}" for i in range(14)]
    ids = [
        f"{starts[(i + 1) % 6]}QXID77K{i:02d}{PAYLOAD}{ENDS[(i + 3) % len(ENDS)]}"
        for i in range(14)
    ]
    with (folder / "accounts.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["account_id", "name_en", "sector", "listed_ka", "voltage_kv", "manager_id", "group_id"]
        )
        for i, (account, name) in enumerate(zip(ids, names, strict=True)):
            group = f"Grp77Q{PAYLOAD}" if i in (11, 12) else ""
            writer.writerow(
                [
                    account,
                    name,
                    ["steel", "coal", "textile"][i % 3],
                    i % 2,
                    [10, 35][i % 2],
                    f"Mgr77Q{i % 2}",
                    group,
                ]
            )
    with (folder / "ledger.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            [
                "account_id",
                "date",
                "line",
                "revenue",
                "cost_goods",
                "volume",
                "Umbrellacorp's remarks",
            ]
        )
        for i, account in enumerate(ids):
            for month in range(24):
                revenue = rng.lognormvariate(8 - i / 5, 0.3)
                day, line = f"{2023 + month // 12}-{month % 12 + 1:02d}-05", "PE"[i % 3 == 0]
                cost = revenue * rng.uniform(0.6, 1.1)
                writer.writerow(
                    [
                        account,
                        day,
                        line,
                        f"{revenue:.2f}",
                        f"{cost:.2f}",
                        f"{2 * revenue:.1f}",
                        "whispered",
                    ]
                )
    excluded = json.dumps(ids[13], ensure_ascii=False)
    (folder / "book.toml").write_text(
        f'contract_version = 1\nname = \'<script>window.ran=1</script> Umbrellacorp\'\ncurrency = "CNY"\nperiod = "2024"\n'
        f'group_by = "group_id"\n[tables.ledger]\npath = "ledger.csv"\n[tables.accounts]\npath = "accounts.csv"\n'
        f'[exclude]\n{excluded} = "whispered"\n',
        encoding="utf-8",
    )
    return folder / "book.toml"


def snapshot(*folders: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file, but for bytecode and what libraries keep for themselves."""
    kept = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    own = {"__pycache__", "matplotlib", ".ipython"}
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in kept
        if not own & set(path.parts)
    }


def run_from_elsewhere(folder: Path, out: Path, *arguments: str) -> tuple[dict, dict]:
    """`keyacct run` from a copy of the project, with a home, working directory and temporary files of its own.

    Returns the files of all of these before and after.
    """
    project = folder / "project"
    for part in ("keyacct_utils", "notebooks", "docs", "datasets"):
        if not (project / part).exists():
            shutil.copytree(
                ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__", "_build")
            )
    places = {name: folder / name for name in ("home", "cwd", "tmp")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(places["home"]),
        "TMPDIR": str(places["tmp"]),
        "OMP_NUM_THREADS": "1",
    }
    environment |= {"PYTHONPATH": str(project)}
    watched = (*places.values(), folder / "secretfolder", project)
    before = snapshot(*watched)
    done = subprocess.run(
        [sys.executable, "-m", "keyacct_utils.running.cli", "run", "--book", str(folder / "secretfolder" / "book.toml"), "--out", str(out), *arguments],
        cwd=places["cwd"], env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return before, snapshot(*watched)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Lessons 01 to 04 on the hostile book, and 01 and 02 under codes."""
    folder = tmp_path_factory.mktemp("analyst")
    write_hostile_book(folder / "secretfolder")
    lessons = [part for code in ("00", "01", "02", "03", "04") for part in ("--lesson", code)]
    trees = run_from_elsewhere(folder, folder / "plain", *lessons, "--site")
    key = ["--pseudonymise", str(folder / "k.key")]
    trees_coded = run_from_elsewhere(
        folder, folder / "coded", "--lesson", "01", "--lesson", "02", "--site", *key
    )
    return folder, trees, trees_coded


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder as text: archives unpacked, Parquet decoded, pictures left out (see `Book.names`)."""
    found = {}
    for path in [
        path for path in folder.rglob("*") if path.is_file() and "_static" not in path.parts
    ]:
        name = str(path.relative_to(folder))
        found[f"{name} (name)"] = name
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                found |= {
                    f"{name}/{part}": archive.read(part).decode("utf-8", "replace")
                    for part in archive.namelist()
                }
        elif path.suffix == ".parquet":
            table = pq.read_table(path)
            found[name] = f"{table.schema.metadata} {table.to_pydict()}"
        found[f"{name} (raw)"] = path.read_bytes().decode("utf-8", "replace")
    return found


PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")


def without_pictures(text: str) -> str:
    """The text without the letters of pictures: in half a million of them any short word stands by chance.

    Only what decodes to a PNG is taken out; what the figures draw is looked at by a test of its own.
    """

    def taken_out(match: re.Match[str]) -> str:
        try:
            data = base64.b64decode(match[0], validate=True)
        except ValueError:
            return match[0]
        return "PICTURE" if data.startswith(b"\x89PNG") else match[0]

    return PICTURE.sub(taken_out, text)


def test_only_pictures_are_left_out_of_the_search():
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()
    text = f'<img alt="evil" src="data:image/png;base64,{png}"> Zebrafisk'
    assert (
        without_pictures(text) == '<img alt="evil" src="data:image/png;base64,PICTURE"> Zebrafisk'
    )
    hidden = "data:image/png;base64," + base64.b64encode(b"no picture: evil").decode()
    assert without_pictures(hidden) == hidden
    assert without_pictures("data:image/png;base64,evil") == "data:image/png;base64,evil"


def test_no_byte_of_a_run_under_codes_tells_a_name(runs):
    folder, _, _ = runs
    plain = " ".join(texts(folder / "plain").values())
    assert all(
        word in plain for word in ("Zebrafisk", "QXID77K", "Umbrellacorp")
    )  # they are found where they are
    key = (folder / "k.key").read_text().strip()
    files = texts(folder / "coded")
    assert {
        "run.json (raw)",
        "account_review.csv (raw)",
        "review/01.parquet",
        "site/index.html (raw)",
    } <= set(files)
    for name, text in files.items():
        searched = without_pictures(text).lower()
        for word in (*TELLING, key, str(folder)):
            assert word.lower() not in searched, f"{word} in {name}"


def test_what_the_figures_of_a_run_under_codes_draw(runs):
    folder, _, _ = runs
    names = Book.open(folder / "secretfolder", pseudonymise=folder / "k.key").names()
    assert (names == names.index).all() and names.str.fullmatch(r"A-[A-Z2-7]{10}").all()
    drawn = (folder / "coded" / "notebooks" / "01_concentration.ipynb").read_text(encoding="utf-8")
    assert sum(name in drawn for name in names) >= 5


def test_totals_ranks_and_shares_are_those_of_the_plain_run(runs):
    folder, _, _ = runs
    codes = Pseudonyms.from_file(folder / "k.key")
    for lesson in ("01", "02"):
        plain, coded = (
            pd.read_parquet(folder / kind / "review" / f"{lesson}.parquet")
            for kind in ("plain", "coded")
        )
        expected = (
            plain.assign(account_id=codes.codes(plain["account_id"], "account"))
            .set_index("account_id")
            .sort_index()
        )
        assert (
            list(expected.columns) == list(coded.columns.drop("account_id"))
            and len(expected.columns) >= 3
        )
        drawn = [
            name
            for name in expected
            if "low" in name or "high" in name or "stab" in name or "interval" in name
        ]
        pd.testing.assert_frame_equal(
            coded.set_index("account_id").sort_index().drop(columns=drawn),
            expected.drop(columns=drawn),
            check_dtype=False,
        )


def test_a_run_writes_below_out_and_nowhere_else(runs):
    _, trees, trees_coded = runs
    for before, after in (trees, trees_coded):
        assert {path for path in after if after[path] != before.get(path)} == set()
        assert set(before) <= set(after)


def test_nothing_of_the_machine_is_in_the_results(runs):
    folder, _, _ = runs
    for kind in ("plain", "coded"):
        for name, text in texts(folder / kind).items():
            assert str(folder) not in text, name


PROBE = """() => ({
    ran: window.ran ?? null,
    foreign: [...document.querySelectorAll(
        '#injected, [onerror], [onload]:not(body), iframe, img[src="x"], [src*="evil"], [href*="evil"], a[href^="javascript"], mjx-container a'
    )].map(item => item.outerHTML.slice(0, 200)),
    formulas: document.querySelectorAll('.cell_output .dataframe mjx-container').length,
})"""


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium: the pages cannot be opened")
def test_names_are_text_in_a_browser(runs):
    sync_api = pytest.importorskip("playwright.sync_api")
    pages = sorted((runs[0] / "plain" / "site").rglob("*.html"))
    asked, said = [], []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        seen = 0
        for path in [path for path in pages if "_static" not in path.parts]:
            page.goto(path.as_uri())
            page.wait_for_function(
                "() => !window.MathJax || (MathJax.startup?.promise !== undefined)"
            )
            page.evaluate("() => window.MathJax?.startup?.promise")
            assert page.evaluate(PROBE) == {"ran": None, "foreign": [], "formulas": 0}, path.name
            seen += page.evaluate("() => document.body.innerText.includes('onerror=')")
        browser.close()
    assert seen >= 4  # the names are there, as text
    assert (
        said == []
        and [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    )


def test_alt_texts_hold_names_as_text(runs):
    for path in (runs[0] / "plain" / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                shown = output.get("data", {}).get("text/html", "")
                assert (
                    "<script" not in shown
                    and "<iframe" not in shown
                    and 'src="x"' not in shown
                    and "<img src=x" not in shown
                )
                assert "<script" not in output.get("data", {}).get("text/markdown", ""), path.name


def test_no_cell_of_the_workbook_and_no_field_of_the_csv_is_a_formula(runs):
    folder, _, _ = runs
    texts_seen = 0
    for sheet in openpyxl.load_workbook(folder / "plain" / "account_review.xlsx"):
        for cell in [
            cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
        ]:
            ours = cell.hyperlink is None or not (
                cell.hyperlink.target or ""
            )  # links within the book are ours
            assert ours and (cell.data_type == "s" or "Zebrafisk" not in cell.value), (
                cell.coordinate
            )
            if cell.value.startswith(FORMULA_STARTS) and cell.data_type == "s":
                assert cell.quotePrefix, cell.coordinate
                texts_seen += 1
    assert texts_seen >= 10
    with zipfile.ZipFile(folder / "plain" / "account_review.xlsx") as archive:
        for name in archive.namelist():
            formulas = archive.read(name).decode("utf-8", "replace").split("<f>")[1:]
            assert not any(
                "QXID77K" in text.partition("</f>")[0] or "Zebrafisk" in text.partition("</f>")[0]
                for text in formulas
            )
    with (folder / "plain" / "account_review.csv").open(encoding="utf-8-sig", newline="") as stream:
        fields = [field for row in csv.reader(stream) for field in row]
    assert sum("Zebrafisk" in field for field in fields) >= 12
    # a lone sign, which lessons write for "none", is no formula
    assert [
        field
        for field in fields
        if field.startswith(FORMULA_STARTS) and not _is_number(field) and len(field) > 1
    ] == []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# What a book may read


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "/etc/*", "../out.csv", "in/../../out.csv", "*/../../*.csv", "**/../out.csv", "link.csv", "far/out.csv",
        "far/*.csv", "*/out.csv", "**/out.csv", r"C:\\out.csv", "C:out.csv", r"\\\\server\\share\\out.csv", "//server/share/out.csv",
        r"..\\out.csv", "~/out.csv", "$HOME/out.csv", "file:///etc/passwd", "http://x.example/out.csv", "s3://bucket/out.csv", "",
        ".", r"ledger.csv\u0000",
    ],
)  # fmt: skip
def test_paths_out_of_the_books_folder_are_refused(tmp_path, path):
    folder, outside = tmp_path / "book", tmp_path / "out.csv"
    (folder / "in").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for file in (outside, tmp_path / "elsewhere" / "out.csv", folder / "ledger.csv"):
        file.write_text("account_id,revenue\nA1,1\n")
    (folder / "link.csv").symlink_to(outside)
    (folder / "far").symlink_to(tmp_path / "elsewhere")
    (folder / "book.toml").write_text(f'contract_version = 1\n[tables.ledger]\npath = "{path}"\n')
    with pytest.raises(
        BookFaults,
        match=r"out of the book's folder|there is no file|no file matches|is a folder|does not say where its rows",
    ):
        Book.open(folder)


def test_root_env_is_the_one_way_out(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ledger.csv").write_text("account_id,revenue\nA1,1\n")
    toml = 'contract_version = 1\nroot_env = "MY_DATA"\n[tables.ledger]\npath = "{}"\n'
    (tmp_path / "book" / "book.toml").write_text(toml.format("ledger.csv"))
    monkeypatch.setenv("MY_DATA", str(tmp_path / "data"))
    assert Book.open(tmp_path / "book").totals()["revenue"].tolist() == [1.0]
    (tmp_path / "book" / "book.toml").write_text(toml.format("../data/ledger.csv"))
    with pytest.raises(BookFaults, match="leads out of the book's folder"):
        Book.open(tmp_path / "book")


SQL = [
    "SELECT content AS account_id, 1 AS revenue FROM read_text('{0}')", "SELECT * FROM read_csv('{0}')", "SELECT * FROM '{0}'",
    "FROM read_blob('{0}')", "SELECT * FROM read_json('{0}')", "SELECT * FROM parquet_scan('{0}')", "SELECT * FROM sniff_csv('{0}')",
    "SELECT file AS account_id, 1 AS revenue FROM glob('/*')", "SELECT * FROM query('FROM read_text(''{0}'')')",
    "SELECT * FROM 'https://x.example/x.csv'", "SELECT * FROM sqlite_scan('{0}', 'x')", "SELECT * FROM postgres_scan('', '', 'x')",
    "COPY f TO '{0}.csv'", "COPY (SELECT 1) TO '{0}.csv'", "ATTACH '{0}.db' AS x", "PRAGMA database_list", "CALL pragma_version()",
    "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "RESET lock_configuration", "EXPORT DATABASE '{0}.d'",
    "IMPORT DATABASE '{0}.d'", "CREATE TABLE x AS SELECT 1", "DROP TABLE f", "SELECT 1; SELECT 2", "EXPLAIN ANALYZE SELECT 1",
    "SELECT getenv('HOME') AS account_id, 1 AS revenue", "SELECT current_setting('temp_directory') AS account_id, 1 AS revenue",
    "SELECT value AS account_id, 1 AS revenue FROM duckdb_settings()", "SELECT setting AS account_id, 1 AS revenue FROM pg_settings",
    "SELECT * FROM duckdb_secrets()", "SELECT * FROM duckdb_extensions()", "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT account_id, 1 AS revenue FROM answer", "SELECT account_id, 1 AS revenue FROM own",
]  # fmt: skip


@pytest.mark.parametrize("sql", SQL)
def test_sql_reaches_nothing_but_the_files_of_the_book(tmp_path, monkeypatch, sql):
    outside = tmp_path / "outside.txt"
    outside.write_text("account_id,revenue\nZebrafisk,1\n")
    folder = tmp_path / "book"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "f.csv").write_text("account_id,revenue\nA1,1\n")
    asked = sql.format(outside)
    (folder / "book.toml").write_text(
        'contract_version = 1\n[files.f]\npath = "f.csv"\n[tables.accounts]\nsql = "SELECT account_id FROM f"\n'
        f'[tables.ledger]\nsql = """{asked}"""\n'
    )
    own = pd.DataFrame(
        {"account_id": ["Zebrafisk"]}
    )  # a table of the calling program is not one of the book
    with pytest.raises(BookFaults, match=r"the sql does not run") as told:
        Book.open(folder)
    assert "Zebrafisk" not in str(told.value) and len(own) == 1
    assert {path.name for path in tmp_path.rglob("*")} == {
        "outside.txt",
        "book",
        "f.csv",
        "book.toml",
    }


def test_what_does_not_fit_into_memory_stays_out_of_the_working_directory(
    tmp_path, monkeypatch, write_book
):
    monkeypatch.setenv("KEYACCT_RUN_DIR", str(tmp_path / "run"))
    book = Book.open(write_book())
    place = book._connection.sql("SELECT current_setting('temp_directory')").fetchall()[0][0]
    assert Path(place).parent == tmp_path / "run"


def test_no_shell_no_eval_and_no_format_that_runs_code():
    for path in (ROOT / "keyacct_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {
                    "eval",
                    "exec",
                    "compile",
                    "__import__",
                    "os.system",
                    "os.popen",
                    "yaml.load",
                }, path.name
                assert not any(key.arg == "shell" for key in node.keywords), path.name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not names & {"pickle", "marshal", "shelve", "dill", "joblib"}, path.name


# Addresses and passwords

ADDRESS = "postgresql://ana:tr%C3%A9s+s3cret!@db.corp.example:5433/sales?sslmode=require"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"cannot open {ADDRESS}", f"cannot open {HIDDEN}"),
        ("password trés+s3cret! refused", f"password {HIDDEN} refused"),
        ("password tr%C3%A9s+s3cret! refused", f"password {HIDDEN} refused"),
        (html.escape("host 'db.corp.example' (10.0.0.7)"), f"host &#x27;{HIDDEN}&#x27; (10.0.0.7)"),
        ("postgresql+psycopg://ana:***@db.corp.example/sales", f"postgresql+psycopg://{HIDDEN}"),
        ("mysql://u:p@h/x failed", f"mysql://{HIDDEN} failed"),
        ("host=db.corp.example password=p dbname=x", f"host={HIDDEN} password={HIDDEN} dbname=x"),
        (
            "notdb.corp.example stays, and 2024 and ana too",
            "notdb.corp.example stays, and 2024 and ana too",
        ),
        ("see http://x.example/a@b, and a@b.c", "see http://x.example/a@b, and a@b.c"),
    ],
)
def test_addresses_are_hidden_wherever_a_driver_repeats_them(monkeypatch, said, shown):
    monkeypatch.setenv("SALES_DB", ADDRESS)
    assert hider(["SALES_DB"])(said) == shown


@pytest.mark.parametrize(
    ("address", "said", "shown"),
    [
        ("host=db.corp.example user=ana password='my secret'", "FATAL for my secret at db.corp.example", f"FATAL for {HIDDEN} at {HIDDEN}"),
        ("postgresql://ana:2024@localhost/x", "2024 rows of 2024", "2024 rows of 2024"),
        ("postgresql://[broken:pw-of-ana@h", "pw-of-ana", HIDDEN),
        ("postgresql://h/x?password=long-secret", "long-secret", HIDDEN),
        ("", "nothing to hide", "nothing to hide"),
    ],
)  # fmt: skip
def test_addresses_of_other_forms(monkeypatch, address, said, shown):
    monkeypatch.setenv("SALES_DB", address)
    assert hider(["SALES_DB", "NOT_SET"])(said) == shown


def test_the_scrubber_of_a_run_hides_addresses_in_every_text(monkeypatch):
    monkeypatch.setenv("SALES_DB", ADDRESS)
    scrub = publishing.scrubber({Path("/data/acme"): "acme"}, {"SALES_DB"})
    outputs = [
        {
            "text": f"/data/acme/x {ADDRESS}",
            "traceback": ["db.corp.example"],
            "image/png": "db.corp.example",
        }
    ]
    assert scrub(outputs) == [
        {"text": f"acme/x {HIDDEN}", "traceback": [HIDDEN], "image/png": "db.corp.example"}
    ]


def test_a_run_scrubs_the_variables_that_its_book_names(tmp_path, write_book, monkeypatch):
    monkeypatch.setenv("SALES_DB", ADDRESS)
    book = Book.open(write_book())
    assert book.address_variables == set()
    monkeypatch.setattr(Book, "address_variables", {"SALES_DB"})
    scrub = privacy.result_scrubber(
        ROOT / "notebooks",
        tmp_path / "book.toml",
        book,
        tmp_path / "out",
        tmp_path / "out" / ".run",
        None,
    )
    assert scrub(f"at {tmp_path}/out/x: {ADDRESS}") == f"at out/x: {HIDDEN}"


# What may be committed


def with_outputs() -> list[Path]:
    """Every notebook of the repository that shows an output: lessons, exercises and solutions."""
    found = []
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        if ".ipynb_checkpoints" not in path.parts and any(cell.get("outputs") for cell in cells):
            found.append(path)
    return found


def test_every_committed_output_comes_from_the_bundled_book():
    assert len(with_outputs()) >= len(test_notebooks.ALL)
    book = Book.open("linjiang")
    for path in with_outputs():
        expected = {"book": "linjiang", "data_hash": read_hash(book, path)}
        assert nbformat.read(path, as_version=4).metadata.get("keyacct") == expected, path.name


def test_a_notebook_that_ran_on_another_book_would_turn_the_tests_red(runs):
    path = runs[0] / "plain" / "notebooks" / "01_concentration.ipynb"
    with pytest.raises(AssertionError):
        test_notebooks.test_outputs_come_from_the_bundled_book_as_it_is_now(
            path, Book.open("linjiang")
        )
    assert (
        nbformat.read(path, as_version=4).metadata["keyacct"]["data_hash"]
        == Book.open(runs[0] / "secretfolder").data_hash
    )


def test_keys_and_results_are_kept_out_of_the_repository():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"out/", "workspace/", "*.key"} <= set(ignored)
