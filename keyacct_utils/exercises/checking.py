"""Exercises that check themselves: ``from keyacct_utils import exercises``.

``exercises.use(book)`` names the book, ``check("01.2", answer)`` judges an answer, ``hint("01.2")``
gives the next hint,
``solution("01.2")`` shows the solution, ``reset("01.2")`` forgets what was tried, ``progress()``
says how far one is. Where a decision is asked, ``commit("01.5", bar=0.9)`` sets the trainee's own
bar before the look.

Right values are computed from the book at each check and never shown. Progress is kept in
``progress.json`` beside the trainee's own copies of the sheets (a folder ``exercises``); where
there is none, in a test or in the repository, for the session only. The environment variable
KEYACCT_PROGRESS may name another file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import nearest
from keyacct_utils.exercises.asked import Exercise, Part, Question, find, lessons, of_lesson
from keyacct_utils.exercises.comparing import choice_fault, difference, number_of
from keyacct_utils.exercises.sheets import SOURCES, debrief, explanations, solution_of
from keyacct_utils.lessons.catalogue import NOTEBOOKS
from keyacct_utils.lessons.shared.exercise import DEPTHS
from keyacct_utils.lessons.showing.words import count, safe, say, text_table

__all__ = ["check", "commit", "hint", "progress", "reset", "solution", "use"]

PROGRESS_FILE = "progress.json"
_SHEETS = "exercises"
_DEFAULT_BOOK = "linjiang"
#: Where a sentence ends, in English and in Chinese; 1.5 is no end.
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|[\u3002\uff01\uff1f]|\n")
_FIELDS = {"tries": int, "hints": int, "solved": bool, "shown": bool, "own": dict}

_book: Book | None = None
_session: dict[str, dict[str, Any]] = {}
_values: WeakKeyDictionary[Book, dict[Callable[[Book], Any], Any]] = WeakKeyDictionary()


def __dir__() -> list[str]:
    # What tab completion offers: no way to the answers.
    return __all__


class Outcome(NamedTuple):
    """What became of a check: "right", "wrong", "open" (nothing handed in) or "impossible" (not on
    this book).
    """

    state: str
    text: str


def use(book: Book | str | os.PathLike[str] = _DEFAULT_BOOK) -> Book:
    """Work the exercises on a book: a bundled one by name, one's own by the path of its
    ``book.toml``, or an open one.
    """
    global _book
    _book = book if isinstance(book, Book) else Book.open(book)
    return _book


def check(code: str, answer: Any, book: Book | None = None) -> None:
    """Judge an answer: right or not, which part and why. The right value is not shown.

    Parameters
    ----------
    code : "01.2" for an exercise, "01.q1" for a question.
    answer : what the exercise asks for: a value, a Series, a DataFrame, a list, or a dict of its
        parts.
    book : the book it was worked on, where that is not the one of `use`.
    """
    item = find(code)
    kept = _read().get(code, {})
    outcome = _committed(item, answer, kept.get("own", {})) or judge(
        item, answer, book or _book or use()
    )
    if outcome.state == "wrong" and book is None and _of_another_book(item):
        name = safe((_book or use()).name)
        outcome = outcome._replace(
            text=f"{outcome.text}\n\nIt was judged on {name}. Did you work on another book? Name "
            f'it: `exercises.check("{code}", answer, book=other)`.'
        )
    meaning = _meaning(item) if outcome.state == "right" else ""
    say(
        "\n\n".join(
            [f"**{code}** {outcome.text}", meaning] if meaning else [f"**{code}** {outcome.text}"]
        )
    )
    if outcome.state in ("right", "wrong"):
        _note(
            code,
            tries=kept.get("tries", 0) + 1,
            solved=kept.get("solved", False) or outcome.state == "right",
        )


def _of_another_book(item: Exercise | Question) -> bool:
    return isinstance(item, Exercise) and item.depth == DEPTHS[-1]


def commit(code: str, **own: Any) -> None:
    """Set your own numbers before you look: the bar of a decision. After the first check they
    stand.

    Parameters
    ----------
    code : "01.5", an exercise that asks for a decision.
    own : its own numbers by name: ``bar=0.9``.
    """
    item = find(code)
    parts = item.own if isinstance(item, Exercise) else ()
    if not parts:
        raise ValueError(f"{code} asks for no bar of your own")
    names = [part.name for part in parts]
    if set(own) != set(names):
        raise ValueError(
            f"exercises.commit takes {', '.join(f'{name}=...' for name in names)} for {code}"
        )
    if any(value is ... for value in own.values()):
        say(
            f"**{code}** Put your own number in place of `...` "
            "and run the cell, before you look at the book."
        )
        return
    numbers = {name: number_of(value) for name, value in own.items()}
    faults = [f"`{name}` {fault}." for name, fault in numbers.items() if isinstance(fault, str)]
    kept = _read().get(code, {})
    given = {name: float(value) for name, value in numbers.items() if not isinstance(value, str)}
    if faults or (faults := [item.sound(given)]) != [""]:  # type: ignore[union-attr]
        say(f"**{code}** Not kept: {' '.join(faults)}")
    elif kept.get("tries") and kept.get("own") and kept["own"] != given:
        say(
            f"**{code}** {_as_words(kept['own'])} stands: you have "
            f'looked since. `exercises.reset("{code}")` starts anew.'
        )
    else:
        _note(code, own=given)
        say(f"**{code}** Kept: {_as_words(given)}. Now look.")


def hint(code: str) -> None:
    """Show the next hint; each call shows one more."""
    item = find(code)
    if isinstance(item, Question):
        say(
            f"**{code}** A question has no hints: hand in one of "
            f"{', '.join(explanations(code))}, and your choice is explained."
        )
        return
    seen = min(_read().get(code, {}).get("hints", 0) + 1, len(item.hints))
    say(
        "\n\n".join(
            f"**{code}, hint {place} of {len(item.hints)}:** {item.hints[place - 1]}"
            for place in range(1, seen + 1)
        )
    )
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
    say(
        f"**{code}** starts anew: tries, hints and result "
        "are forgotten. Your cell is left as it is."
    )


def progress(lesson: str = "") -> None:
    """Say how far one is, in one lesson or in all."""
    kept = _read()
    rows = []
    for number in [lesson] if lesson else lessons():
        for item in of_lesson(number):
            own = kept.get(item.code, {})
            tries = own.get("tries", 0)
            state = (
                "solved"
                if own.get("solved")
                else f"tried {count(tries, 'time')}"
                if tries
                else "open"
            )
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
    given = (
        dict(answer)
        if named and isinstance(answer, Mapping | pd.Series)
        else answer
        if named
        else {"": answer}
    )
    if answer is ... or (
        isinstance(given, dict) and given and all(value is ... for value in given.values())
    ):
        return Outcome(
            "open", "is not answered yet. Put your answer in place of `...` and run the cell again."
        )
    if not isinstance(given, dict):
        wanted = ", ".join(f"`{part.name}`" for part in item.parts)
        return Outcome(
            "wrong",
            f"is **not right yet**: hand in a dict with {wanted}, not a {type(given).__name__}.",
        )
    try:
        value = _computed(item.expected, book)
        right = value if named else {"": value}
        faults = _faults(item, right, given, book)
    except ValueError as error:
        return Outcome(
            "impossible", f"cannot be worked on the book {safe(book.name)}: {safe(error)}"
        )
    measured = [part for part in item.parts if part.name in right and not part.choices]
    tolerance = ", ".join(
        f"`{part.name}` {part.allowed}" if named else part.allowed for part in measured
    )
    tolerance = f"Tolerance: {tolerance}." if tolerance else ""
    if not faults:
        sides = _both_sides(item, given, book)
        names = [part.name for part in item.own]
        own = "bar" if "bar" in names else "estimates"
        follows = f"follows from your own {own} and " if names else ""
        verdict = f"{follows}is **right**. {tolerance}".strip()
        return Outcome("right", "\n\n".join([verdict, sides] if sides else [verdict]))
    lines = "\n".join(f"- {fault}" for fault in faults) if named else faults[0]
    return Outcome(
        "wrong",
        (
            f"is **not right yet**.\n\n{lines}\n\n{tolerance} "
            f'`exercises.hint("{item.code}")` helps on.'
        ),
    )


def _as_words(own: Mapping[str, float]) -> str:
    return ", ".join(f"`{name}` {value:g}" for name, value in own.items())


def _meaning(item: Exercise | Question) -> str:
    """The debrief; empty in the notebook of solutions, where it stands below the check."""
    if Path.cwd().name == SOURCES.name:
        return ""
    try:
        text = debrief(item.code)
    except ValueError:  # the solutions are not there
        return ""
    return text if isinstance(item, Question) or not text else f"**What it means.** {text}"


def _committed(item: Exercise | Question, answer: Any, kept: Mapping[str, float]) -> Outcome | None:
    """What is wrong with the bar of a decision: none was set before the look, or it is another
    now.
    """
    if (
        not isinstance(item, Exercise)
        or not item.own
        or not isinstance(answer, Mapping | pd.Series)
    ):
        return None
    if all(
        value is ...
        for name, value in answer.items()
        if name not in {part.name for part in item.own}
    ):
        return None  # nothing is answered yet
    call = ", ".join(f"{part.name}={part.name}" for part in item.own)
    if not kept:
        return Outcome(
            "open",
            (
                "needs your own number first: run the cell with "
                f'`exercises.commit("{item.code}", {call})`.'
            ),
        )
    moved = [
        part.name
        for part in item.own
        if part.name in answer
        and answer[part.name] is not ...
        and number_of(answer[part.name]) != kept[part.name]
    ]
    if not moved:
        return None
    return Outcome(
        "wrong",
        f"is **not right yet**: {', '.join(f'`{name}`' for name in moved)} "
        "is another now than before you looked "
        f'({_as_words(kept)}). Keep it, or start anew with `exercises.reset("{item.code}")`.',
    )


def _both_sides(item: Exercise, given: Mapping[str, Any], book: Book) -> str:
    """The trainee's defence beside what speaks for each side."""
    sides = item.reasons(book, given)
    if not sides:
        return ""
    lengths = max(len(reasons) for reasons in sides.values())
    rows = [
        "| "
        + " | ".join(reasons[place] if place < len(reasons) else "" for reasons in sides.values())
        + " |"
        for place in range(lengths)
    ]
    head = ["| " + " | ".join(f"For “{side}”" for side in sides) + " |", "|" + ":---|" * len(sides)]
    own = (
        f"**Your defence of “{safe(given['choice'])}”**, "
        f"{_as_words({p.name: given[p.name] for p in item.own})}: "
    )
    words = " ".join(str(given["defence"]).split())
    note = "Nobody judges your words. Compare: what do they leave out?"
    return "\n\n".join([f"{own}“{safe(words)}”", "\n".join([*head, *rows]), note])


def _computed(what: Callable[[Book], Any], book: Book) -> Any:
    """What is right, or a known wrong answer, computed once for a book: a second try does not
    wait.
    """
    known = _values.setdefault(book, {})
    if what not in known:
        known[what] = what(book)
    return known[what]


def _judge_choice(item: Question, answer: Any) -> Outcome:
    if answer is ...:
        return Outcome(
            "open",
            (
                "is not answered yet. Put the letter of your "
                "choice in place of `...` and run the cell again."
            ),
        )
    chosen = answer.strip().strip("()[].").lower() if isinstance(answer, str) else ""
    texts = explanations(item.code)
    if chosen not in texts:
        letters = ", ".join(f'"{letter}"' for letter in texts)
        return Outcome("wrong", f"takes one of {letters} as text.")
    state = "right" if chosen == item.right else "wrong"
    return Outcome(
        state, f"({chosen}) is **{'right' if state == 'right' else 'not right'}**. {texts[chosen]}"
    )


def _faults(
    item: Exercise, right: Mapping[str, Any], given: Mapping[str, Any], book: Book
) -> list[str]:
    """What is wrong, one sentence for each part."""
    found = {part.name: _fault(part, right, given) for part in item.parts}
    wrong = {
        name: f"{f'`{name}`' if name else 'It'} {text}." for name, text in found.items() if text
    }
    wrong = _explained(item, wrong, given, book)
    known = [part.name for part in item.parts]
    unasked = [
        f"{safe(key)} is not asked for. {nearest(str(key), known)}".strip()
        for key in given
        if key not in known
    ]
    sentences = [*dict.fromkeys(wrong.values()), *unasked]
    if sentences and (told := _contradiction(item, right, given, list(wrong), book)):
        sentences.append(told)
    if not sentences:
        own = {part.name: float(given[part.name]) for part in item.own}
        contradiction = item.sound(own) or item.consistent(book, given)
        sentences = [contradiction] if contradiction else []
    return sentences


def _contradiction(
    item: Exercise,
    right: Mapping[str, Any],
    given: Mapping[str, Any],
    wrong: Sequence[str],
    book: Book,
) -> str:
    """What contradicts its own evidence whatever the wrong parts are: as they were handed in, and
    with the right values in their place. Empty where a wrong part has none, or cannot be compared.
    """
    if not set(wrong) <= set(right) or item.sound({p.name: float(given[p.name]) for p in item.own}):
        return ""
    mended = {**given, **{name: right[name] for name in wrong}}
    try:
        told = [item.consistent(book, answer) for answer in (given, mended)]
    except (KeyError, TypeError, ValueError):
        return ""
    return told[0] if all(told) else ""


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
    if part.words:
        return _words_fault(value)
    number = number_of(value)
    return number if isinstance(number, str) else ""


def _words_fault(value: Any) -> str:
    """Why words are no two sentences; what they say is not judged."""
    if not isinstance(value, str) or not value.strip():
        return "is no text: write two sentences"
    pieces = _SENTENCE_END.split(value)
    if sum(any(letter.isalpha() for letter in piece) for piece in pieces) < 2:
        return "is one sentence: write two, each with its full stop"
    return ""


def _explained(
    item: Exercise, wrong: Mapping[str, str], given: Mapping[str, Any], book: Book
) -> dict[str, str]:
    """The wrong parts with what is known of them.

    A mistake whose values all were handed in is the cause, and of several the one with most values.
    A mistake of which only some were handed in could be the cause, and is told as such.
    """
    parts = {part.name: part for part in item.parts}
    known: list[tuple[bool, list[str], str]] = []
    for compute, text in item.mistakes if wrong else ():
        try:
            values = _computed(compute, book)
        except ValueError:  # a mistake that nobody can make on this book
            continue
        values = values if isinstance(values, dict) else {"": values}
        same = [
            name
            for name, value in values.items()
            if name in given and not difference(value, given[name], parts[name])
        ]
        if hit := [name for name in same if name in wrong]:
            known.append((len(same) == len(values), hit, text))
    told: dict[str, str] = {}
    for whole, names, text in sorted(known, key=lambda one: (not one[0], -len(one[1]))):
        if not (names := [name for name in names if name not in told]):
            continue
        called = ", ".join(f"`{name}`" for name in names if name)
        if whole:
            told |= dict.fromkeys(names, f"{called}: {text}" if called else text)
        else:
            told |= dict.fromkeys(names, f"{called} could be this: “{text}”")
    return {**wrong, **told}


def _progress_file() -> Path | None:
    """Where progress is kept: beside the trainee's own sheets; None where there are none (the
    repository's own are no one's).
    """
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
        if not sound or any(
            type(own[key]) is not kind
            for own in kept.values()
            for key, kind in _FIELDS.items()
            if key in own
        ):
            raise ValueError("not a file of progress")
    except OSError:  # none yet, or not ours to read
        return {}
    except ValueError:  # neither JSON nor UTF-8, or other contents
        aside = next(
            path
            for n in range(1, 1000)
            if not (path := file.with_name(f"{file.stem}.damaged-{n}.json")).exists()
        )
        file.replace(aside)
        say(
            f"`{file.name}` was damaged. It was set aside "
            f"as `{aside.name}`, and progress starts anew."
        )
        return {}
    return dict(kept)


def _note(code: str, **changes: Any) -> None:
    """Keep changes for one exercise; none forgets it. Read anew first: another sheet may have
    written.
    """
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
        say(
            f"Progress could not be kept in `{safe(file)}`: "
            f"{safe(error.strerror)}. The check itself holds."
        )
