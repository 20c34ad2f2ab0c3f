"""Lessons on what looks like another machine, their outputs compared with the committed ones.

nbval executes lessons 01, 04, 10 and 21 anew: under other kernels of OpenBLAS, locales and time
zones, from a folder whose path has blanks and Chinese characters, and with a home that cannot be
written.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path

from keyacct_utils.collection import ROOT
from keyacct_utils.lessons.catalogue import notebook_path
from tests.trust.results import table

TITLE = "Second machine"
LESSONS = ("01", "04", "10", "21")
_HERE = "as it is"
_PATH = "a path with blanks and Chinese characters"
_HOME = "a home that cannot be written"
_LOCALE = "locale zh_CN.GB18030"
#: What is set in the environment; an empty value takes the variable away.
MACHINES: dict[str, dict[str, str]] = {
    _HERE: {},
    "OpenBLAS for Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OpenBLAS for Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "OpenBLAS for Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "locale C": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": ""},
    _LOCALE: {"LC_ALL": "zh_CN.GB18030", "LANG": "zh_CN.GB18030", "PYTHONUTF8": ""},
    "time zone Asia/Shanghai": {"TZ": "Asia/Shanghai"},
    "time zone America/New_York": {"TZ": "America/New_York"},
    _PATH: {},
    _HOME: {},
}
_KERNEL = "import numpy, threadpoolctl as t; print(t.threadpool_info()[0].get('architecture'))"


@contextlib.contextmanager
def laid_out(machine: str, folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Where the project lies on such a machine, and the environment there."""
    more, root = dict(MACHINES[machine]), ROOT
    home = folder / "home"
    if machine == _LOCALE:
        made = folder / "locale"
        made.mkdir()
        asked = ["localedef", "-i", "zh_CN", "-f", "GB18030", str(made / "zh_CN.GB18030")]
        subprocess.run(asked, check=False, capture_output=True)
        if not any(made.iterdir()):
            raise LookupError("this machine cannot make the locale")
        more["LOCPATH"] = str(made)
    if machine == _PATH:
        root = folder / "客户 数据" / "key accounts"
        left = shutil.ignore_patterns(".git", ".venv", "build", "out", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, root, ignore=left)
    if machine == _HOME:
        home.mkdir()
        more |= {"HOME": str(home), "MPLCONFIGDIR": "", "IPYTHONDIR": "", "XDG_CACHE_HOME": ""}
        own = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(home)]
        if subprocess.run(own, check=False, capture_output=True).returncode:
            home.chmod(0o555)  # where this user may not mount, the mode binds him
            if os.access(home, os.W_OK):
                raise LookupError("this machine cannot make a folder that nobody can write")
    environment = os.environ | more | {"PYTHONPATH": str(root)}
    try:
        yield root, {name: value for name, value in environment.items() if value}
    finally:
        if machine == _HOME:
            subprocess.run(["umount", str(home)], check=False, capture_output=True)


def cells(root: Path, environment: Mapping[str, str], told: Path) -> Iterator[tuple[str, str, str]]:
    """Each cell of the lessons: the lesson, its number, and what differs, empty where nothing."""
    paths = [root / "notebooks" / notebook_path(code).name for code in LESSONS]
    asked = [
        *(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-o", "addopts="),
        *("--nbval", f"--nbval-sanitize-with={root / 'tests' / 'sanitize.cfg'}"),
        *(f"--junitxml={told}", *map(str, paths)),
    ]
    done = subprocess.run(asked, cwd=root, env=environment, check=False, capture_output=True)
    if not told.is_file():
        raise SystemExit(done.stderr.decode(errors="replace")[-2000:])
    for case in ElementTree.parse(told).iter("testcase"):
        wrong = [*case.iter("failure"), *case.iter("error")]
        said = " ".join("".join(one.itertext()) for one in wrong)
        lesson = re.search(r"(\d\d)_\w+", f"{case.get('classname')} {case.get('file')}")
        yield lesson[1] if lesson else "?", str(case.get("name")), re.sub(r"\s+", " ", said)[:300]


def run() -> Iterator[dict[str, object]]:
    """All lessons on all machines; a row for each cell that is compared."""
    for machine in MACHINES:
        row: dict[str, object] = {"machine": machine, "blas": "", "lesson": "", "cell": ""}
        with tempfile.TemporaryDirectory() as folder:
            try:
                with laid_out(machine, Path(folder)) as (root, environment):
                    asked = [sys.executable, "-c", _KERNEL]
                    found = subprocess.run(asked, env=environment, capture_output=True, text=True)
                    row["blas"] = found.stdout.strip()
                    for lesson, cell, wrong in cells(root, environment, Path(folder) / "told.xml"):
                        yield row | {"lesson": lesson, "cell": cell, "wrong": wrong}
            except LookupError as error:
                yield row | {"wrong": str(error)}
        print(machine, flush=True)


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    here = {
        (row["lesson"], row["cell"]) for row in rows if row["machine"] == _HERE and row["wrong"]
    }
    body, wrong = [], []
    for machine in dict.fromkeys(row["machine"] for row in rows):
        own = [row for row in rows if row["machine"] == machine and row["cell"]]
        apart = [row for row in own if row["wrong"]]
        new = [row for row in apart if (row["lesson"], row["cell"]) not in here]
        kernel = own[0]["blas"] if own else ""
        body.append((machine, kernel or "not tried", len(own), len(own) - len(apart), len(new)))
        wrong += [f"- {machine}, lesson {row['lesson']}, {row['cell']}" for row in new]
    stale = ", ".join(sorted({lesson for lesson, _ in here}))
    if here:
        wrong.append(f"{len(here)} cells of lesson {stale} differ on this machine as it is.")
    head = ("machine", "kernel of OpenBLAS", "cells", "equal", "differ here alone")
    return (
        f"Lessons {', '.join(LESSONS)} executed by nbval and compared with the committed outputs.\n\n"
        f"{table(head, body)}\n\n" + "\n".join(wrong)
    ).rstrip()
