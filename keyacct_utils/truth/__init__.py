"""What was planted in the synthetic book: was it recovered, and would it be found in a book of
another size?

Only this package and ``world`` know the truth; no analysis reads it. Each topic is a module with
``ITEMS`` (what was planted),
``recover(tables)`` (what the lesson finds in a world) and ``sample_size(accounts, months, repeats,
rng)`` (how often the method finds it in a book of another size).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.book import BUNDLED, DATASETS, Book
from keyacct_utils.contract.faults import nearest
from keyacct_utils.lessons.catalogue import lesson as lesson_named
from keyacct_utils.lessons.showing.finding import Finding, Shown, unknown
from keyacct_utils.truth import sizes
from keyacct_utils.truth.planted import AtLeast, Item

__all__ = ["check", "found_in_size", "known", "naive", "recovered", "sample_size_check"]
_FEWEST, _LARGEST = 5, 5_000
#: So many books show a lesson how often its method is right, where their outcome is not kept.
SIMULATED_BOOKS = 60


def topic_of(lesson: str) -> ModuleType:
    """The module that holds what was planted for a lesson."""
    topic = lesson_named(lesson).topic
    try:
        return import_module(f"keyacct_utils.truth.{topic}")
    except ModuleNotFoundError:
        raise ValueError(
            f"nothing was planted for lesson {lesson!r}: it has no truth and no sample-size check"
        ) from None


def read_folder(folder: Path) -> dict[str, Any]:
    """The truth files: JSON by the name of the topic, CSV by the name of the file."""
    truth: dict[str, Any] = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    return truth | {
        path.name: pd.read_csv(path, dtype={"account_id": "str"}) for path in folder.glob("*.csv")
    }


def known(name: str) -> dict[str, Any]:
    """The truth files of a bundled book by its name: what was planted in ``"linjiang"`` or
    ``"yunhe"``.

    Items to compare with, and how they are recovered: the topics of this package for linjiang, and
    the module of the book's name (`keyacct_utils.truth.yunhe`) for another book.
    """
    folder = DATASETS / name / "truth"
    if name not in BUNDLED or not folder.is_dir():
        raise ValueError(
            f"no truth is known of the book {name!r}: it is known of bundled synthetic books only"
        )
    return read_folder(folder)


def compare(planted: Any, found: Any, tolerance: float | None) -> tuple[bool, str, str]:
    """Whether it was recovered, and both sides in a few characters."""
    if isinstance(planted, AtLeast):
        reached = planted.score(found)
        return bool(reached >= planted.least), f"{planted.least:g} or more", f"{reached:.4f}"
    if isinstance(planted, set):
        extra, missed = set(found) - planted, planted - set(found)
        detail = f"{len(set(found) & planted)}, {len(missed)} missed, {len(extra)} too many"
        return not extra and not missed, f"{len(planted)} names", detail
    if isinstance(planted, dict) and tolerance is None:
        right = sum(found.get(key) == value for key, value in planted.items())
        return right == len(planted), str(len(planted)), str(right)
    if isinstance(planted, dict):
        worst = max(abs(planted[key] - found.get(key, np.inf)) for key in planted)
        off = np.format_float_positional(worst, precision=1, fractional=False, trim="-")
        return bool(worst <= tolerance), f"{len(planted)} values", f"off by at most {off}"
    if tolerance is None:
        return bool(planted == found), str(planted), str(found)
    return bool(abs(planted - found) <= tolerance), f"{planted:.4f}", f"{found:.4f}"


def check(book: Book, lesson: str, found: Mapping[str, Any]) -> pd.DataFrame | str:
    """Was the planted truth of a lesson recovered?

    Parameters
    ----------
    book : Book
    lesson : str
        Number of the lesson, "01".
    found : mapping
        What the lesson found, by the names of the ITEMS of its topic.

    Returns
    -------
    DataFrame or str
        One row per planted item: planted, found, tolerance, verdict (PASS or FAIL). On a book of
        one's own a sentence that says that there is no truth to compare with.

    Raises
    ------
    ValueError
        If ``found`` names an item that was not planted or, on the synthetic book, lacks one.
    """
    items = topic_of(lesson).ITEMS
    names = [item.name for item in items]
    for name in found:
        if name not in names:
            raise ValueError(
                f"nothing was planted under {name!r}; "
                f"{nearest(name, names) or 'see ITEMS of the topic'}"
            )
    if not book.bundled:
        return (
            "What was planted is known of the bundled book linjiang "
            "only; here there is no truth to compare with."
        )
    if missing := [name for name in names if name not in found]:
        raise ValueError(f"found lacks {', '.join(missing)}: every planted item is checked")
    truth = read_folder(book.folder / "truth")
    rows = []
    for item in items:
        recovered, planted, value = compare(item.planted(truth), found[item.name], item.tolerance)
        allowed = "equal" if item.tolerance is None else f"± {item.tolerance:g}"
        rows.append(
            {
                "item": item.name,
                "planted": planted,
                "found": value,
                "tolerance": allowed,
                "verdict": "PASS" if recovered else "FAIL",
            }
        )
    return pd.DataFrame(rows).set_index("item")


class _Tables(Mapping[str, pd.DataFrame]):
    """The tables of a book by name, each read when it is asked for: a topic needs a few of them."""

    def __init__(self, book: Book):
        self.book, self.read = book, dict[str, pd.DataFrame]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.book.tables:
            raise KeyError(name)
        if name not in self.read:
            self.read[name] = self.book.table(name)
        return self.read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.book.tables)

    def __len__(self) -> int:
        return len(self.book.tables)


def naive(book: Book, lesson: str, items: Sequence[Item] | None = None) -> pd.DataFrame:
    """Would the wrong methods that people use have passed for the right one?

    A tolerance that a wrong method passes too proves nothing of the right one.

    Parameters
    ----------
    book : Book
        The bundled book, whose truth is known.
    lesson : str
        Number of the lesson, "01".
    items : sequence of Item, optional
        In the place of the lesson's own: those of another book whose truth is known.

    Returns
    -------
    DataFrame
        One row per item and wrong method (``Item.naive``): item, method, planted, found, verdict,
        which has to be FAIL.
    """
    tables, truth = _Tables(book), read_folder(book.folder / "truth")
    rows = []
    for item in topic_of(lesson).ITEMS if items is None else items:
        for method in item.naive:
            passed, planted, found = compare(
                item.planted(truth), method.finds(tables), item.tolerance
            )
            rows.append((item.name, method.name, planted, found, "PASS" if passed else "FAIL"))
    return pd.DataFrame(rows, columns=["item", "method", "planted", "found", "verdict"])


def recovered(book: Book, lesson: str) -> Finding:
    """Was the planted truth of a lesson recovered by its methods? On a book of one's own there is
    none to compare with.
    """
    if not book.bundled:
        return unknown(
            "What was planted is known of the synthetic book "
            "only; here there is no truth to compare with."
        )
    table = check(book, lesson, topic_of(lesson).recover(_Tables(book)))
    assert isinstance(table, pd.DataFrame)
    numbers = {"items": len(table), "recovered": int((table["verdict"] == "PASS").sum())}
    return Finding(
        numbers,
        ("{recovered} of {items:count planted value} came back within the tolerance.",),
        table,
    )


def _largest(lesson: str) -> int:
    return int(getattr(topic_of(lesson), "LARGEST", _LARGEST))


def found_in_size(
    lesson: str,
    accounts: int,
    months: int = 12,
    books: int | None = None,
    *,
    lacking: Sequence[str] = (),
) -> Finding:
    """Would the method find what is there in a book of this size? Simulated, with the spread that
    was planted.

    Parameters
    ----------
    lesson : str
        Number of the lesson.
    accounts, months : int
        Size of the book; 0 months, of a book without dates, counts as 12. Where the topic says so
        by ``UNIT``, others than accounts are counted.
    books : int, optional
        Simulated books; by default as many as `keyacct_utils.truth.sizes` keeps for this size, and
        `SIMULATED_BOOKS` for any other.
    lacking : sequence of str
        Tables that the book does not hold: what the topic's ``TAKES`` says needs one of them is
        named, and not tried.
    """
    unit = getattr(topic_of(lesson), "UNIT", "account")
    if accounts == 0:
        return unknown(
            f"No {unit} of this book was judged by what is simulated here, so its size is not "
            "tried."
        )
    if accounts < _FEWEST:
        return unknown(
            f"{{accounts:count {unit}}}: too few to simulate. What stands above are facts about "
            "this book and nothing more.",
            accounts=accounts,
        )
    takes: Mapping[str, Sequence[str]] = getattr(topic_of(lesson), "TAKES", {})
    beyond = [name for name, tables in takes.items() if set(tables) & set(lacking)]
    months, largest = months or 12, _largest(lesson)
    repeats = books or (sizes.BOOKS if sizes.kept(lesson, accounts, months) else SIMULATED_BOOKS)
    table = sample_size_check(lesson, accounts, months, repeats).drop(index=beyond)
    if not len(table):
        return unknown(
            "What is simulated here takes tables that this book does not hold: {lacking:names}.",
            lacking=list(lacking),
        )
    tried = table["held in"].dropna()
    numbers: dict[str, Any] = {
        "accounts": min(accounts, largest),
        "months": months,
        "books": repeats,
        "own": accounts,
    }
    says = [
        f"{{books:count book}} of {{accounts:count {unit}}} and {{months:count month}} were "
        "simulated, with what was planted in the synthetic book."
    ]
    if accounts > largest:
        says.append(
            f"A book of more than that counts as one of that size, this one too, which stands for "
            f"{{own:count {unit}}}: a larger book finds more."
        )
    if len(tried):
        numbers |= {"weakest": str(tried.idxmin()), "held": tried.min()}
        says.append(
            "The statement that held least often: {weakest} ({held:percent0} of the books)."
            if tried.min() < 1
            else "Each statement held in all of these books."
        )
    if untried := [str(name) for name in table.index.difference(tried.index, sort=False)]:
        numbers["untried"] = untried
        says.append(
            "Not tried, since in a book of this size there is nothing that could show it: "
            "{untried:names}."
        )
    if beyond:
        numbers |= {"beyond": beyond, "lacking": list(lacking)}
        says.append("Not tried, since this book lacks {lacking:names}: {beyond:names}.")
    shown = {
        "held in": Shown("held in", "percent0"),
        "low": Shown("from", "percent0"),
        "high": Shown("to", "percent0"),
    }
    return Finding(numbers, tuple(says), table, shown)


def sample_size_check(
    lesson: str, accounts: int, months: int, repeats: int = 200, seed: int = 0
) -> pd.DataFrame:
    """How often would a lesson's method find what is there, in a book of this size?

    Books of this many accounts are drawn with the planted effects of the synthetic book, and the
    method is run on each.

    Parameters
    ----------
    lesson : str
        Number of the lesson.
    accounts, months : int
        Size of the book in question; at least 5 accounts and 1 month. A book of more accounts
        than the topic's ``LARGEST`` (5,000) is judged as one of that size: a larger one finds more.
    repeats : int
        Simulated books.

    Returns
    -------
    DataFrame
        One row per statement: the share of books in which it held, with its Wilson 95 % interval;
        missing where the topic's ``untried`` says that no book of this size could show it.

    Raises
    ------
    ValueError
        For a lesson without such a check, or a size too small to simulate.
    """
    if accounts < _FEWEST or months < 1 or repeats < 1:
        raise ValueError(
            f"accounts {accounts}, months {months}, repeats {repeats}: "
            "at least 5 accounts, 1 month and 1 repeat are needed"
        )
    found = sizes.kept(lesson, accounts, months) if seed == sizes.SEED else {}
    if not found or repeats > sizes.BOOKS:
        found = simulated(lesson, accounts, months, repeats, seed)
    table = pd.DataFrame(
        {name: answers[:repeats] for name, answers in found.items()}
    ).T.rename_axis("in a book of this size")
    low, high = proportion_confint(table.sum(axis=1), repeats, method="wilson")
    shares = pd.DataFrame({"held in": table.mean(axis=1), "low": low, "high": high})
    impossible = getattr(topic_of(lesson), "untried", lambda accounts, months: ())
    shares.loc[list(impossible(min(accounts, _largest(lesson)), months))] = float("nan")
    return shares


def simulated(
    lesson: str, accounts: int, months: int, repeats: int, seed: int
) -> dict[str, list[bool]]:
    """For each statement of a lesson, whether it held in each of so many simulated books. Book by
    book from one stream of random numbers: fewer books are the first of more.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, list[bool]] = topic_of(lesson).sample_size(
        min(accounts, _largest(lesson)), months, repeats, rng
    )
    return found
