"""Exercises that check themselves: ``from keyacct_utils import exercises``.

``exercises.use(book)`` names the book, ``check("01.2", answer)`` judges an answer, ``hint("01.2")`` gives the next hint,
``solution("01.2")`` shows the solution, ``reset("01.2")`` forgets what was tried, ``progress()`` says how far one is.

Right values are computed from the book at each check and never shown. Progress is kept in ``progress.json`` beside the
trainee's own copies of the sheets (a folder ``exercises``); where there is none, in a test or in the repository, for the
session only. The environment variable KEYACCT_PROGRESS may name another file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.exercise_answers import Exercise, Part, Question, find, lessons, of_lesson
from keyacct_utils.exercise_answers.comparing import choice_fault, difference, number_of
from keyacct_utils.exercise_sheets import explanations, solution_of
from keyacct_utils.faults import nearest
from keyacct_utils.lessons import NOTEBOOKS
from keyacct_utils.wording import count, safe, say, text_table

__all__ = ["check", "hint", "progress", "reset", "solution", "use"]

PROGRESS_FILE = "progress.json"
_SHEETS = "exercises"
_DEFAULT_BOOK = "linjiang"
_FIELDS = {"tries": int, "hints": int, "solved": bool, "shown": bool}

_book: Book | None = None
_session: dict[str, dict[str, Any]] = {}
_values: WeakKeyDictionary[Book, dict[Callable[[Book], Any], Any]] = WeakKeyDictionary()


def __dir__() -> list[str]:
    # What tab completion offers: no way to the answers.
    return __all__


class Outcome(NamedTuple):
    """What became of a check: "right", "wrong", "open" (nothing handed in) or "impossible" (not on this book)."""

    state: str
    text: str


def use(book: Book | str | os.PathLike[str] = _DEFAULT_BOOK) -> Book:
    """Work the exercises on a book: a bundled one by name, one's own by the path of its ``book.toml``, or an open one."""
    global _book
    _book = book if isinstance(book, Book) else Book.open(book)
    return _book


def check(code: str, answer: Any, book: Book | None = None) -> None:
    """Judge an answer: right or not, which part and why. The right value is not shown.

    Parameters
    ----------
    code : "01.2" for an exercise, "01.q1" for a question.
    answer : what the exercise asks for: a value, a Series, a DataFrame, a list, or a dict of its parts.
    book : the book it was worked on, where that is not the one of `use`.
    """
    item = find(code)
    outcome = judge(item, answer, book or _book or use())
    say(f"**{code}** {outcome.text}")
    if outcome.state in ("right", "wrong"):
        kept = _read().get(code, {})
        _note(code, tries=kept.get("tries", 0) + 1, solved=kept.get("solved", False) or outcome.state == "right")


def hint(code: str) -> None:
    """Show the next hint; each call shows one more."""
    item = find(code)
    if isinstance(item, Question):
        say(f"**{code}** A question has no hints: hand in one of {', '.join(explanations(code))}, and your choice is explained.")
        return
    seen = min(_read().get(code, {}).get("hints", 0) + 1, len(item.hints))
    say("\n\n".join(f"**{code}, hint {place} of {len(item.hints)}:** {item.hints[place - 1]}" for place in range(1, seen + 1)))
    _note(code, hints=seen)


def solution(code: str) -> None:
    """Show the solution as the notebook of solutions has it."""
    item = find(code)
    say("\n\n".join([f"**{code} {item.title}: the solution**", *solution_of(code)]))
    _note(code, shown=True)


def reset(code: str) -> None:
    """Forget what was tried in one exercise; the notebook itself is left as it is."""
    find(code)
    _note(code)
    say(f"**{code}** starts anew: tries, hints and result are forgotten. Your cell is left as it is.")


def progress(lesson: str = "") -> None:
    """Say how far one is, in one lesson or in all."""
    kept = _read()
    rows = []
    for number in [lesson] if lesson else lessons():
        for item in of_lesson(number):
            own = kept.get(item.code, {})
            tries = own.get("tries", 0)
            state = "solved" if own.get("solved") else f"tried {count(tries, 'time')}" if tries else "open"
            kind = "question" if isinstance(item, Question) else item.depth
            help_used = [count(own["hints"], "hint")] if own.get("hints") else []
            help_used += ["solution"] if own.get("shown") else []
            rows.append((item.code, item.title, kind, state, ", ".join(help_used) or "-"))
    table = pd.DataFrame(rows, columns=["code", "title", "kind", "state", "help"])
    file = _progress_file()
    where = (
        f"Kept in `{file.name}` beside the sheets."
        if file
        else "Kept for this session only, since this is not your own copy of the sheet."
    )
    say(f"**{(table['state'] == 'solved').sum()} of {len(table)}** solved. {where}")
    text_table(table)


def judge(item: Exercise | Question, answer: Any, book: Book) -> Outcome:
    """Judge an answer without showing or keeping anything; the text is Markdown."""
    if isinstance(item, Question):
        return _judge_choice(item, answer)
    named = bool(item.parts[0].name)
    given = dict(answer) if named and isinstance(answer, Mapping | pd.Series) else answer if named else {"": answer}
    if answer is ... or (isinstance(given, dict) and given and all(value is ... for value in given.values())):
        return Outcome("open", "is not answered yet. Put your answer in place of `...` and run the cell again.")
    if not isinstance(given, dict):
        wanted = ", ".join(f"`{part.name}`" for part in item.parts)
        return Outcome("wrong", f"is **not right yet**: hand in a dict with {wanted}, not a {type(given).__name__}.")
    try:
        value = _computed(item.expected, book)
        right = value if named else {"": value}
        faults = _faults(item, right, given, book)
    except ValueError as error:
        return Outcome("impossible", f"cannot be worked on the book {safe(book.name)}: {safe(error)}")
    measured = [part for part in item.parts if part.name in right and not part.choices]
    tolerance = ", ".join(f"`{part.name}` {part.allowed}" if named else part.allowed for part in measured)
    tolerance = f"Tolerance: {tolerance}." if tolerance else ""
    if not faults:
        return Outcome("right", f"is **right**. {tolerance}".strip())
    lines = "\n".join(f"- {fault}" for fault in faults) if named else faults[0]
    return Outcome("wrong", f'is **not right yet**.\n\n{lines}\n\n{tolerance} `exercises.hint("{item.code}")` helps on.')


def _computed(what: Callable[[Book], Any], book: Book) -> Any:
    """What is right, or a known wrong answer, computed once for a book: a second try does not wait."""
    known = _values.setdefault(book, {})
    if what not in known:
        known[what] = what(book)
    return known[what]


def _judge_choice(item: Question, answer: Any) -> Outcome:
    if answer is ...:
        return Outcome("open", "is not answered yet. Put the letter of your choice in place of `...` and run the cell again.")
    chosen = answer.strip().strip("()[].").lower() if isinstance(answer, str) else ""
    texts = explanations(item.code)
    if chosen not in texts:
        letters = ", ".join(f'"{letter}"' for letter in texts)
        return Outcome("wrong", f"takes one of {letters} as text.")
    state = "right" if chosen == item.right else "wrong"
    return Outcome(state, f"({chosen}) is **{'right' if state == 'right' else 'not right'}**. {texts[chosen]}")


def _faults(item: Exercise, right: Mapping[str, Any], given: Mapping[str, Any], book: Book) -> list[str]:
    """What is wrong, one sentence for each part."""
    found = {part.name: _fault(part, right, given) for part in item.parts}
    wrong = {name: f"{f'`{name}`' if name else 'It'} {text}." for name, text in found.items() if text}
    wrong |= _explained(item, wrong, given, book)
    known = [part.name for part in item.parts]
    unasked = [f"{safe(key)} is not asked for. {nearest(str(key), known)}".strip() for key in given if key not in known]
    sentences = [*wrong.values(), *unasked]
    if not sentences and (contradiction := item.consistent(book, given)):
        sentences = [contradiction]
    return sentences


def _fault(part: Part, right: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    if part.name not in given:
        return "is missing"
    value = given[part.name]
    if value is ...:
        return "is not filled in yet"
    if part.name in right:
        return difference(right[part.name], value, part)
    if part.choices:
        return choice_fault(value, part)
    number = number_of(value)
    return number if isinstance(number, str) else ""


def _explained(item: Exercise, wrong: Mapping[str, str], given: Mapping[str, Any], book: Book) -> dict[str, str]:
    """For the wrong parts that come from a known mistake, its hint; the first mistake that fits speaks."""
    parts = {part.name: part for part in item.parts}
    told: dict[str, str] = {}
    for compute, text in item.mistakes if wrong else ():
        try:
            values = _computed(compute, book)
        except ValueError:  # a mistake that nobody can make on this book
            continue
        for name, value in (values if isinstance(values, dict) else {"": values}).items():
            if name in wrong and name in given and name not in told and not difference(value, given[name], parts[name]):
                told[name] = f"`{name}`: {text}" if name else text
    return told


def _progress_file() -> Path | None:
    """Where progress is kept: beside the trainee's own sheets; None where there are none (the repository's own are no one's)."""
    if named := os.environ.get("KEYACCT_PROGRESS"):
        return Path(named)
    here = Path.cwd()
    for folder in (here, here / _SHEETS):
        if folder.name == _SHEETS and folder.is_dir() and NOTEBOOKS not in folder.resolve().parents:
            return folder / PROGRESS_FILE
    return None


def _read() -> dict[str, dict[str, Any]]:
    """What was tried so far, by code; a damaged file is set aside and said."""
    file = _progress_file()
    if file is None:
        return _session
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        sound = isinstance(kept, dict) and all(isinstance(own, dict) for own in kept.values())
        if not sound or any(type(own[key]) is not kind for own in kept.values() for key, kind in _FIELDS.items() if key in own):
            raise ValueError("not a file of progress")
    except OSError:  # none yet, or not ours to read
        return {}
    except ValueError:  # neither JSON nor UTF-8, or other contents
        aside = next(path for n in range(1, 1000) if not (path := file.with_name(f"{file.stem}.damaged-{n}.json")).exists())
        file.replace(aside)
        say(f"`{file.name}` was damaged. It was set aside as `{aside.name}`, and progress starts anew.")
        return {}
    return dict(kept)


def _note(code: str, **changes: int | bool) -> None:
    """Keep changes for one exercise; none forgets it. Read anew first: another sheet may have written."""
    kept = _read()
    if changes:
        kept[code] = kept.get(code, {}) | changes
    else:
        kept.pop(code, None)
    file = _progress_file()
    if file is None:
        return
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        say(f"Progress could not be kept in `{safe(file)}`: {safe(error.strerror)}. The check itself holds.")
