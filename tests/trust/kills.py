"""Runs and comparisons that are ended at any moment, and what they leave.

Each trial begins with the results of an earlier run of other data in the folder. Afterwards every
file there has to be, byte for byte, one of the earlier or of the new run; where run.json stands all
are of the run that it tells of; no process of the trial lives, nothing lies in its folder for
temporary files; and the next run gives what a run gives that nobody disturbed.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from keyacct_utils.book.intake.scratch import PREFIX
from keyacct_utils.collection import ROOT
from tests.trust.results import caught

TITLE = "Kills"
#: Trials of each kind: 100.
KINDS = {
    "run, SIGKILL at any time": 24, "run, SIGKILL at a change of a file": 22,
    "run, Ctrl-C at any time": 12, "run, SIGTERM at any time": 6,
    "compare, SIGKILL at a change of a file": 10, "compare, Ctrl-C at any time": 8,
    "run, full disk": 8, "compare, full disk": 2, "run, read-only folder": 2,
    "run, two into one folder": 6,
}  # fmt: skip
_MARK = "KEYACCT_TRIAL"
_BOOK = 'contract_version = 1\nname = "Small"\ncurrency = "CNY"\nperiod = "all"\n[tables.ledger]\npath = "ledger.csv"\n'
_CELLS = (
    'book: str = "linjiang"  # the book',
    "import tempfile\nimport pandas as pd\nfrom keyacct_utils.book import Book\n"
    "from keyacct_utils.review.record import record\n"
    "rows = Book.open(book).rollup(by_line=False)[['account_id', 'revenue']]\n"
    'record("01", rows, meaning={"revenue": "sales, CNY"})\nrows',
)
#: The command as it is, its clock stopped so that two runs give the same bytes; ends itself by
#: SIGKILL at the change of a file with this number, or says how many there were.
_DRIVER = """
import atexit, os, signal, sys, time, types
from pathlib import Path
notebooks, out, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv[:4] = ["keyacct"]
begun, owner = left, os.getpid()
def seen(event, arguments):
    global left
    if event not in ("os.rename", "os.remove") or os.getpid() != owner:
        return
    place = os.fsdecode(arguments[1 if event == "os.rename" else 0])
    if place.startswith(out + os.sep) and os.sep + "." not in place[len(out):]:
        if not left:
            os.kill(owner, signal.SIGKILL)
        left -= 1
sys.addaudithook(seen)
from keyacct_utils.running import cli
load = cli.load_runner
def small():
    runner = load()
    from keyacct_utils.lessons import catalogue
    from keyacct_utils.running import execution
    catalogue.NOTEBOOKS = Path(notebooks)
    catalogue.LESSONS = (catalogue.Lesson("01", "small", "Small", "Small", "?", 1),)
    execution.time = types.SimpleNamespace(**{**vars(time), "perf_counter": lambda: 0.0})
    runner.time = execution.time
    return runner
cli.load_runner = small
atexit.register(lambda: print("changes", begun - left, file=sys.stderr))
cli.main()
"""


@dataclass
class Place:
    """Folders of the trials, and what undisturbed runs and comparisons give."""

    root: Path
    whole: dict[str, list[dict[str, bytes]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """Where the results of a trial go."""
        return self.root / "out"

    @property
    def spill(self) -> Path:
        """The folder for temporary files."""
        return self.root / "tmp"

    def command(self, what: str, data: str, at: int = -1) -> list[str]:
        """The command that runs on some data, or compares with a run of it."""
        own = {
            "run": ["run", "--book", str(self.root / data / "book.toml"), "--out", str(self.out)],
            "compare": ["compare", str(self.root / "run old"), str(self.root / f"run {data}"),
                        "--out", str(self.out)],
        }  # fmt: skip
        folders = [str(self.root / "lessons"), str(self.out)]
        return [sys.executable, "-c", _DRIVER, *folders, str(at), *own[what]]

    def begin(self, command: list[str], mark: str) -> subprocess.Popen[str]:
        """Start it as a terminal would."""
        environment = os.environ | {_MARK: mark, "TMPDIR": str(self.spill)}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def finish(self, command: list[str], mark: str = "whole") -> tuple[int, str]:
        """Let it run to its end."""
        running = self.begin(command, mark)
        errors = running.communicate(timeout=300)[1]
        return running.returncode, errors

    def undisturbed(self, what: str, data: str) -> None:
        """Keep what a run or comparison gives that nobody disturbs."""
        begun = time.monotonic()
        code, errors = self.finish(self.command(what, data))
        if code:
            raise SystemExit(f"{what} of {data} ended with {code}, undisturbed:\n{errors}")
        # of those over other results: replacing files takes more changes than making them
        made = int(errors.rpartition("changes ")[2].split()[0])
        self.seconds[what] = time.monotonic() - begun
        self.changes[what] = max(made, self.changes.get(what, 0))
        self.whole.setdefault(f"{what} {data}", []).append(contents(self.out))
        if not (self.root / f"{what} {data}").exists():
            shutil.copytree(self.out, self.root / f"{what} {data}")

    def reset(self, what: str) -> None:
        """The results of an earlier run, or comparison, lie in the folder."""
        for path in [*self.out.iterdir()] if self.out.exists() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.root / f"{what} old", self.out, dirs_exist_ok=True)


def held(path: Path) -> bytes:
    """The bytes of a file; of a workbook those of its parts, without the time of writing."""
    if path.suffix == ".xlsx":
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as book:
            names = sorted(set(book.namelist()) - {"docProps/core.xml"})
            return b"".join(name.encode() + book.read(name) for name in names)
    return path.read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but those of a run that is not finished."""
    return {
        str(path.relative_to(folder)): held(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not str(path.relative_to(folder)).startswith((".run-", PREFIX))
    }


def unfinished(place: Place) -> list[Path]:
    """Folders of runs and comparisons that came to no end, among the results."""
    return [*place.out.glob(".run-*"), *place.out.glob(f"{PREFIX}*")]


def prepare(root: Path) -> Place:
    """Write two books and a lesson, and keep what undisturbed runs give."""
    place = Place(root)
    place.spill.mkdir()
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell(_CELLS[0], metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(_CELLS[1]),
    ]
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
    (root / "lessons").mkdir()
    nbformat.write(made, root / "lessons" / "01_small.ipynb")
    for data in ("old", "new"):
        dice = random.Random(data)
        lines = [f"A{n:03d},2024-{n % 12 + 1:02d}-05,{dice.randint(1, 10**6)}" for n in range(200)]
        lines = lines[: 180 if data == "old" else 200]
        (root / data).mkdir()
        (root / data / "ledger.csv").write_text("\n".join(["account_id,date,revenue", *lines, ""]))
        (root / data / "book.toml").write_text(_BOOK)
    for what in ("run", "compare"):
        # the review of a run says what has moved since the run before, so it hangs on that too
        for data in ("old", "new", "new", "fresh"):
            if data == "fresh":
                shutil.rmtree(place.out)
            place.undisturbed(what, "new" if data == "fresh" else data)
        shutil.rmtree(place.out)
    return place


def living(mark: str) -> list[int]:
    """Processes of a trial that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ended = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if f"{_MARK}={mark}".encode() in (entry / "environ").read_bytes() and not ended:
                found.append(int(entry.name))
    return found


def faults(place: Place, what: str, mark: str, told: int | None = None) -> list[str]:
    """What is wrong after a trial; ``told`` is how the command said that it ended, if it did."""
    until = time.monotonic() + 20
    while (left := living(mark)) and time.monotonic() < until:
        time.sleep(0.1)
    found = [f"{len(left)} processes live on"] if left else []
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    if told is not None and (names := sorted(path.name for path in place.spill.iterdir())):
        found.append(f"temporary files: {', '.join(names)}")
    there, old, new = contents(place.out), place.whole[f"{what} old"], place.whole[f"{what} new"]
    known = [*old, *new]
    if strange := [name for name in there if not any(there[name] == k.get(name) for k in known)]:
        found.append(f"not whole: {', '.join(strange)}")
    apart = there not in known and not strange
    if apart and ("run.json" in there or (what == "compare" and _both(there, old[0], new))):
        found.append("files of two runs")
    if told is not None and told != 0 and there not in old:
        found.append(f"ended with {told} and the results are not those of before")
    if told is not None and unfinished(place):
        found.append("the folder of an unfinished run")
    if told is not None and told == 0 and there not in new:
        found.append("ended with 0 and the results are not whole")
    return found


def _both(there: dict[str, bytes], old: dict[str, bytes], new: list[dict[str, bytes]]) -> bool:
    """Whether some files are of the earlier run alone, and some of the new one alone."""
    of_new = {name for name in there if any(there[name] == k.get(name) for k in new)}
    return bool(of_new - old.keys() or {n for n in of_new if there[n] != old[n]}) and bool(
        there.keys() - of_new
    )


def repaired(place: Place, what: str) -> list[str]:
    """What is wrong after the next run, which nobody disturbs."""
    code, errors = place.finish(place.command(what, "new"))
    there, new = contents(place.out), place.whole[f"{what} new"]
    other = (
        [] if there in new else sorted(n for n in there | new[0] if there.get(n) != new[0].get(n))
    )
    other += [path.name for path in [*unfinished(place), *place.spill.iterdir()]]
    if code or other:
        return [
            f"the next run ended with {code}: {', '.join(other)} {errors[-200:] if code else ''}"
        ]
    return []


def killed(place: Place, what: str, mark: str, dice: random.Random, number: int) -> list[str]:
    """A signal at any time from the start of the command to a little after its end."""
    running = place.begin(place.command(what, "new"), mark)
    time.sleep(dice.uniform(0, 1.1 * place.seconds[what]))
    with contextlib.suppress(ProcessLookupError):
        # Ctrl-C reaches all that the terminal has started; a kill one process
        (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)
    errors = running.communicate(timeout=120)[1]
    told = running.returncode if running.returncode >= 0 else None
    return faults(place, what, mark, told) + traceback(errors)


def traceback(errors: str) -> list[str]:
    """The last call of a traceback, where one was shown."""
    calls = [line.strip() for line in errors.splitlines() if line.startswith('  File "')]
    where = calls[-1].replace(f"{ROOT}/", "") if calls else ""
    return [f"a traceback: {where}"] if "Traceback" in errors else []


def at_a_change(place: Place, what: str, mark: str, dice: random.Random) -> list[str]:
    """SIGKILL just before one of the changes of files in the folder of results."""
    code, _ = place.finish(place.command(what, "new", dice.randrange(place.changes[what])), mark)
    if code != -signal.SIGKILL:
        return [f"it was not killed but ended with {code}"]
    return faults(place, what, mark)


@contextlib.contextmanager
def disk(place: Place, size: int) -> Iterator[None]:
    """The folder of results on a small file system of its own."""
    shutil.rmtree(place.out, ignore_errors=True)
    place.out.mkdir()
    own = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place.out)]
    subprocess.run(own, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place.out)], check=True)
        place.out.rmdir()


def without_room(place: Place, what: str, mark: str, dice: random.Random) -> list[str]:
    """Too little room for the new results beside the earlier ones; then there is room again."""
    with disk(place, 1 << 26):
        place.reset(what)
        page = os.sysconf("SC_PAGESIZE")
        filled = shutil.disk_usage(place.out).used
        new = [path for path in (place.root / f"{what} new").rglob("*") if path.is_file()]
        more = sum(-(-path.stat().st_size // page) for path in new)
        size = filled + page * dice.randrange(1, more)
        subprocess.run(["mount", "-o", f"remount,size={size}", str(place.out)], check=True)
        code, errors = place.finish(place.command(what, "new"), mark)
        found = faults(place, what, mark, code) + traceback(errors)
        subprocess.run(["mount", "-o", f"remount,size={1 << 26}", str(place.out)], check=True)
        return found + repaired(place, what)


def read_only(place: Place, what: str, mark: str, dice: random.Random) -> list[str]:
    """Results that nobody may change; then they may be changed again."""
    with disk(place, 1 << 26):
        place.reset(what)
        subprocess.run(["mount", "-o", "remount,ro", str(place.out)], check=True)
        code, errors = place.finish(place.command(what, "new"), mark)
        found = faults(place, what, mark, code) + traceback(errors)
        found += [] if code == 2 else [f"it ended with {code}"]
        subprocess.run(["mount", "-o", "remount,rw", str(place.out)], check=True)
        return found + repaired(place, what)


def two_at_once(place: Place, what: str, mark: str, dice: random.Random) -> list[str]:
    """Two runs into one folder: the second waits for nobody and changes nothing, or comes after."""
    first = place.begin(place.command(what, "new"), mark)
    time.sleep(dice.uniform(0, place.seconds[what]))
    second = place.begin(place.command(what, "new"), mark)
    errors = [running.communicate(timeout=300)[1] for running in (first, second)]
    found = faults(place, what, mark, 0)
    for running, text in zip((first, second), errors, strict=True):
        refused = running.returncode == 2 and "another run is writing" in text
        if not refused and running.returncode != 0:
            found.append(f"one ended with {running.returncode}: {text[-200:]}")
    return found


def way(kind: str) -> Callable[[Place, str, str, random.Random], list[str]]:
    """How trials of a kind are made."""
    signals = {"SIGKILL": signal.SIGKILL, "Ctrl-C": signal.SIGINT, "SIGTERM": signal.SIGTERM}
    others = {
        "full disk": without_room, "read-only folder": read_only, "two into one folder": two_at_once,
    }  # fmt: skip
    how = kind.partition(", ")[2]
    if how.endswith("at a change of a file"):
        return at_a_change
    if how.endswith("at any time"):
        number = signals[how.partition(" ")[0]]
        return lambda place, what, mark, dice: killed(place, what, mark, dice, number)
    return others[how]


def run(seed: int = 1) -> Iterator[dict[str, object]]:
    """All trials in an order drawn by seed, a row for each."""
    trials = [(kind, number) for kind, count in KINDS.items() for number in range(count)]
    random.Random(seed).shuffle(trials)
    with tempfile.TemporaryDirectory() as folder:
        place = prepare(Path(folder))
        for kind, number in trials:
            what, mark = kind.partition(",")[0], f"{kind} {number}"
            place.reset(what)
            found = way(kind)(place, what, mark, random.Random(f"{seed} {mark}"))
            left = [path.name for path in [*place.spill.iterdir(), *unfinished(place)]]
            if "SIGKILL" in kind:  # after others everything has to be as it was
                found += repaired(place, what)
            for path in place.spill.iterdir():
                shutil.rmtree(path, ignore_errors=True)
            yield {
                "kind": kind,
                "caught": not found,
                "left": bool(left),
                "faults": "; ".join(found),
            }
            print(mark, found, flush=True)


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    said = caught(rows, "kind").replace("made | caught", "trials | clean")
    left = sum(row["left"] == "True" for row in rows if "SIGKILL" in row["kind"])
    wrong = [f"- {row['kind']}: {row['faults']}" for row in rows if row["faults"]]
    return (
        f"{len(rows)} runs and comparisons of a small book with one small lesson, ended at seeded "
        "moments. Clean: every file is byte for byte one of the\nearlier or the new run, all are of "
        "one run where run.json stands, no process lives on, no temporary file is left, and the next "
        "run gives what\nan undisturbed one gives. A process that is killed outright cannot remove its "
        f"folders: {left} of these left one, which the next run\nhas to remove.\n\n{said}\n\n"
        + "\n".join(wrong)
    ).rstrip()
