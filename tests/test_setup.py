"""The set-up does not rot: locks are complete, and no command that installs from one resolves."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_repository import PROJECT, ROOT, tracked

MAIN, SPARK = "requirements.lock", "requirements-spark.lock"
OPTIONAL = PROJECT["project"]["optional-dependencies"]
NEEDED = PROJECT["project"]["dependencies"]
MARKERS = ("sys_platform", "platform_system", "os_name", "platform_machine")
SYSTEMS = {
    "linux": ("linux", "Linux", "posix", "x86_64"),
    "macOS": ("darwin", "Darwin", "posix", "arm64"),
    "Windows": ("win32", "Windows", "nt", "AMD64"),
}
PYTHONS = pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])


class Pin(NamedTuple):
    version: str
    marker: Marker | None

    def holds(self, environment: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(environment)


Lock = dict[str, Pin]


def read_lock(name: str) -> Lock:
    lines = re.findall(r"^(\w\S*==.*?) \\$", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    pins = {}
    for requirement in map(Requirement, lines):
        (version,) = requirement.specifier
        pins[canonicalize_name(requirement.name)] = Pin(version.version, requirement.marker)
    return pins


def environment_of(python: str, system: str) -> dict[str, str]:
    """The markers of CPython on a usual machine of that system."""
    full = f"{python}.9"
    given = dict(zip(MARKERS, SYSTEMS[system], strict=True))
    given |= {"python_version": python, "python_full_version": full, "implementation_version": full}
    return {**default_environment(), **given}


def installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def faults(lock: Lock, roots: list[str], environment: dict[str, str]) -> tuple[list[str], set[str]]:
    """Walk from the roots through what each locked package requires there.

    Returns what the lock lacks, and the packages whose needs are not known: not installed here.
    """
    found: list[str] = []
    unknown: set[str] = set()
    to_do = [(item, "pyproject.toml", "") for item in roots]
    seen = set()
    while to_do:
        text, asked_by, extra = to_do.pop()
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({**environment, "extra": extra}):
            continue
        pin = lock.get(name)
        if pin is None or not pin.holds(environment):
            found.append(f"{asked_by} needs {text}: not locked")
            continue
        if not requirement.specifier.contains(pin.version, prereleases=True):
            found.append(f"{asked_by} needs {text}: locked is {pin.version}")
        package = installed(name)
        if package is None:
            unknown.add(name)
            continue
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                who = f"{name}[{wanted}]" if wanted else name
                to_do += [(item, who, wanted) for item in package.requires or []]
    return found, unknown


def excused(lock: Lock) -> set[str]:
    """Packages for another Python or system: what they need cannot be looked up here."""
    here = dict(default_environment())
    return {name for name, pin in lock.items() if not pin.holds(here)}


def test_what_is_installed_is_what_is_locked():
    """The other tests here read the requirements of the locked versions from what is installed."""
    here = dict(default_environment())
    pins = {name: pin for name, pin in read_lock(MAIN).items() if pin.holds(here)}
    versions = {name: package.version for name in pins if (package := installed(name))}
    locked = {name: pin.version for name, pin in pins.items()}
    other = [name for name in locked if versions.get(name) != locked[name]]
    assert not other, f"not as locked, make setup mends it: {other}"


@pytest.mark.parametrize("system", SYSTEMS)
@PYTHONS
def test_the_lock_holds_all_that_its_packages_need(python, system, record_property):
    lock = read_lock(MAIN)
    roots = [*NEEDED, *OPTIONAL["site"], *OPTIONAL["dev"]]
    found, unknown = faults(lock, roots, environment_of(python, system))
    assert not found
    assert unknown <= excused(lock)
    record_property("requirements not known on this Python and system", ", ".join(sorted(unknown)))


def test_the_two_locks_agree():
    main, spark = read_lock(MAIN), read_lock(SPARK)
    assert set(spark) - set(main) == {"pyspark", "py4j"}
    both = set(main) & set(spark)
    assert not [name for name in sorted(both) if main[name].version != spark[name].version]


@pytest.mark.parametrize("beside_the_main_lock", [True, False])
@PYTHONS
def test_the_lock_for_spark_holds_all_that_its_packages_need(python, beside_the_main_lock):
    lock, roots = read_lock(SPARK), [*NEEDED, *OPTIONAL["spark"]]
    if beside_the_main_lock:
        lock, roots = {**lock, **read_lock(MAIN)}, [*roots, *OPTIONAL["site"], *OPTIONAL["dev"]]
    found, unknown = faults(lock, roots, environment_of(python, "linux"))
    assert not found
    assert unknown <= excused(lock) | {"pyspark"}
    if "pyspark" in unknown:
        pytest.skip("all but PySpark's own requirements: it is not installed (make spark)")


@pytest.mark.parametrize(
    ("name", "pin", "words"),
    [
        ("click", None, r"pyproject\.toml needs click.*: not locked"),
        ("coverage", None, r"pytest-cov needs coverage\[toml\].*: not locked"),
        ("coverage", Pin("7.0", None), r"pytest-cov needs coverage\[toml\].*: locked is 7\.0"),
        ("markupsafe", Pin("3.0.2", Marker("os_name == 'nt'")), "jinja2 needs MarkupSafe.*: not"),
        ("psycopg-binary", None, r"psycopg\[binary\] needs psycopg-binary.*: not locked"),
    ],
)
def test_a_lock_that_lacks_something_is_found_out(name, pin, words):
    lock = read_lock(MAIN)
    assert name in lock
    del lock[name]
    if pin:
        lock[name] = pin
    found, _ = faults(lock, [*NEEDED, *OPTIONAL["dev"]], environment_of("3.12", "linux"))
    assert any(re.search(words, fault) for fault in found), found


COMMAND = re.compile(r"pip3? install\b[^`;&|#\n()<>]*")


def resolving(text: str) -> list[str]:
    """Commands in a text that install from a lock or the project, and resolve or skip hashes."""
    wrong = []
    for command in COMMAND.findall(re.sub(r"\\\n\s*", " ", text)):
        words = command.split()
        from_lock = any(word.endswith(".lock") for word in words)
        project = any(re.match(r"['\"]?\.(\[|['\"]?$)", word) for word in words)
        demanded = {"--no-deps"} if from_lock or project else set()
        demanded |= {"--require-hashes"} if from_lock else set()
        if not demanded <= set(words):
            wrong.append(command.strip())
    return wrong


def places() -> list[Path]:
    """Where a person or a machine is told how to install."""
    told = {".md", ".yml", ".yaml", ".toml", ".sh", ".ipynb"}

    def tells(path: Path) -> bool:
        package = "keyacct_utils" in path.relative_to(ROOT).parts and path.suffix == ".py"
        return package or path.suffix in told or path.name in ("Makefile", "run")

    return [path for path in tracked() if tells(path)]


def test_no_command_that_installs_from_a_lock_resolves():
    names = {path.name for path in places()}
    assert {"README.md", "CONTRIBUTING.md", "Makefile", "ci.yml", "environment.yml", "run"} <= names
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in places()}
    wrong = {name: found for name, text in texts.items() if (found := resolving(text))}
    assert not wrong


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("README.md", MAIN),
        ("Makefile", MAIN),
        ("Makefile", SPARK),
    ],
)
def test_pip_check_follows_each_lock(name, lock):
    text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text(encoding="utf-8"))
    after = re.split(rf"pip install[^\n]* -r {re.escape(lock)}\n", text)
    assert len(after) == 2 and "-m pip check\n" in "".join(after[1].splitlines(keepends=True)[:3])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("pip install --no-deps --require-hashes -r requirements.lock", False),
        ("pip install --no-deps \\\n\t--require-hashes -r requirements.lock", False),
        ("pip install --require-hashes -r requirements.lock  # --no-deps", True),
        ("pip install --no-deps -r requirements-spark.lock", True),
        ("pip install --quiet \\\n\t--require-hashes -r requirements.lock", True),
        ("pip install --no-deps --no-build-isolation -e .", False),
        ("pip install -e . && pip check --no-deps", True),
        ("`pip install -e '.[site]'`", True),
        ("pip install .", True),
        ("pip install pymysql", False),
    ],
)
def test_a_command_that_resolves_is_found_out(text, wrong):
    assert bool(resolving(text)) is wrong


def test_conda_brings_python_and_leaves_the_packages_to_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    minimum = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert environment["dependencies"] == [f"python={minimum}", "pip"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "conda env create -f environment.yml" in readme
    assert f"conda activate {environment['name']}" in readme


def test_what_is_cited_is_this_version_under_this_licence():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == PROJECT["project"]["version"]
    assert " AND ".join(cited["license"]) == PROJECT["project"]["license"]
    assert cited["cff-version"] == "1.2.0" and cited["authors"] and cited["message"]


def test_the_workflow_tries_every_python_that_the_lock_knows():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    matrix = jobs["everywhere"]["strategy"]["matrix"]
    assert matrix["python"] == PYTHONS.args[1]
    assert len(matrix["os"]) == len(SYSTEMS)
