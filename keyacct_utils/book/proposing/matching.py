"""Which column of a file may be which column of the contract, with what speaks for it and what
against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.proposing.judging import (
    Dates,
    Judge,
    codes,
    decimal_sign,
    missing_codes,
    unit_in,
)
from keyacct_utils.book.proposing.peeking import Peek
from keyacct_utils.book.proposing.synonyms import (
    NAME_NOT_ID,
    NAMED,
    keys,
    known_as,
    simplified,
)
from keyacct_utils.book.proposing.wording import speaks_of, worded
from keyacct_utils.contract.faults import nearest
from keyacct_utils.contract.tables import TABLES, Column, Table

#: What a file of returns weighs of what it would weigh as sales.
_RETURNS = 0.4
_SHOWN, _SHOWN_LENGTH = 3, 24
_OWN, _PLAIN, WORDED, _DOUBTFUL, SIMILAR = range(5)


@dataclass
class Choice:
    """A column of the contract and the column of the file that is proposed for it; unsure where a
    reason is given.
    """

    column: Column
    own: str
    rank: int = _OWN
    reason: str = ""
    remark: str = ""
    examples: str = ""
    #: Other columns of the file that it may be as well, with their first values.
    others: dict[str, str] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Nothing speaks against it."""
        return not self.reason


@dataclass
class Option:
    """A key of ``book.toml`` with its value, or several to choose from; unsure where a reason is
    given.
    """

    key: str
    values: tuple[object, ...]
    reason: str = ""
    remark: str = ""


@dataclass
class Found:
    """Files with the same columns, written alike: one table, or one raw file."""

    peeks: list[Peek]
    options: list[Option] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)

    @property
    def first(self) -> Peek:
        """The file that stands for all."""
        return self.peeks[0]

    @property
    def label(self) -> str:
        """The files in words."""
        return self.first.label + (
            f" and {len(self.peeks) - 1} more" if len(self.peeks) > 1 else ""
        )

    @property
    def whole(self) -> bool:
        """Whether every row of every file was looked at."""
        return all(peek.whole for peek in self.peeks)

    def values(self, own: str) -> list[str]:
        """A column over all files."""
        return (
            self.first.values(own)
            if len(self.peeks) == 1
            else [value for peek in self.peeks for value in peek.values(own)]
        )

    def unique(self, own: str) -> bool:
        """Whether each value of a column stands once and none is missing."""
        values = self.values(own)
        return all(values) and len(set(values)) == len(values)


def examples(values: Iterable[str]) -> str:
    """The first distinct values, shortened."""
    found: dict[str, None] = {}
    for value in values:
        if value:
            found.setdefault(value[:_SHOWN_LENGTH] + ("..." if len(value) > _SHOWN_LENGTH else ""))
        if len(found) == _SHOWN:
            break
    return ", ".join(found)


def _ranked(table: Table, found: Found) -> Iterator[tuple[int, int, str, str]]:
    """(rank, place of the column, header, reason) of every pair that may belong together."""
    for place, column in enumerate(table.columns):
        known = known_as(table.name, column)
        for own in found.first.header:
            ways = [known[way] for way in keys(own) if way in known]
            told = None if ways else worded(table.name, column.name, own)
            if told is not None:
                ways = [(_DOUBTFUL if told else WORDED, told)]
            if ways and _language_fits(column, found, own):
                rank, reason = min(ways)
                yield rank, place, own, reason


def _language_fits(column: Column, found: Found, own: str) -> bool:
    if column.name not in ("name_zh", "name_en"):
        return True
    chinese = [
        any("\u3400" <= sign <= "\u9fff" for sign in value) for value in found.values(own) if value
    ]
    return bool(chinese) and (sum(chinese) * 2 > len(chinese)) == (column.name == "name_zh")


def _similar(column: Column, table: Table, headers: Sequence[str]) -> str:
    """A header that holds a name of the column, or looks like one."""
    names = [name for name, (rank, _) in known_as(table.name, column).items() if rank <= _PLAIN]
    long = [name for name in names if len(name) > (2 if not name.isascii() else 5)]
    holding = [
        own
        for own in headers
        if len(own) < 60 and any(name in way for name in long for way in keys(own))
    ]
    hint = nearest(column.name, headers) if not holding else ""
    return holding[0] if holding else next((own for own in headers if repr(own) in hint), "")


def match(table: Table, found: Found) -> list[Choice]:
    """The columns of the contract that the headers speak for; each header is used once, the surest
    names first.
    """
    chosen: dict[str, Choice] = {}
    used: set[str] = set()
    rivals: dict[str, list[str]] = {}
    for rank, place, own, reason in sorted(
        _ranked(table, found), key=lambda item: (item[0], item[1])
    ):
        column = table.columns[place]
        if own in used:
            continue
        if column.name not in chosen:
            chosen[column.name] = Choice(
                column, own, rank, f"{_shown(own)} is {reason}" if reason else ""
            )
            used.add(own)
        elif rank == chosen[column.name].rank:
            rivals.setdefault(column.name, []).append(own)
    for name, others in rivals.items():
        if free := [own for own in others if own not in used]:
            choice = chosen[name]
            several = f"{', '.join(_shown(own) for own in [choice.own, *free])} may all be it"
            choice.reason = choice.reason + "; " + several if choice.reason else several
            choice.others = dict.fromkeys(free, "")
    for column in table.columns:
        left = [own for own in found.first.header if own and own not in used]
        if column.required and column.name not in chosen and (own := _similar(column, table, left)):
            chosen[column.name] = Choice(
                column, own, SIMILAR, f"only the name {_shown(own)} is similar"
            )
            used.add(own)
    order = {name: place for place, name in enumerate(table.names)}
    return sorted(chosen.values(), key=lambda choice: order[choice.column.name])


def _shown(own: str) -> str:
    return repr(own[:40] + ("..." if len(own) > 40 else ""))


def has_key(table: Table, choices: Sequence[Choice], found: Found) -> bool:
    """Whether the required columns are there and a key of one column is a key in the values too."""
    own = {choice.column.name: choice.own for choice in choices}
    if not all(name in own for name in table.required):
        return False
    return len(table.key) != 1 or found.unique(own[table.key[0]])


def weight(table: Table, choices: Sequence[Choice], found: Found) -> float:
    """How much speaks for a table: sure columns, those that few tables have counting most, and the
    name of the file.
    """
    share = {name: sum(name in other.names for other in TABLES.values()) for name in table.names}
    telling = [
        choice
        for choice in choices
        if choice.rank <= WORDED and choice.column.name not in ("account_id", "manager_id")
    ]
    if not telling and len(choices) <= len(table.required) and table.name != "ledger":
        return 0.0
    name = simplified(f"{found.first.path.stem} {found.first.part}")
    named = (
        any(simplified(word) in name for word in NAMED.get(table.name, "").split())
        or table.name in name
    )
    doubts = sum(choice.rank > WORDED for choice in choices if choice.column.required)
    told = sum(1 / share[choice.column.name] for choice in telling) + 0.5 * named + 0.1
    return (told - 0.4 * doubts) * (_RETURNS if holds_returns(found) else 1)


def holds_returns(found: Found) -> bool:
    """Whether a file or sheet is named for what came back."""
    return "return" in speaks_of(f"{found.first.path.stem} {found.first.part}")


def read_with(found: Found, choices: list[Choice], judge: Judge) -> None:
    """Judge the values: fills in examples, reasons and remarks, and the options with which the
    files are read.
    """
    first = found.first
    numeric = [choice for choice in choices if choice.column.kind in ("money", "number", "integer")]
    sign, doubt = decimal_sign(
        (value for choice in numeric for value in found.values(choice.own)), first.sep
    )
    sure, unsure = missing_codes((choice.column, found.values(choice.own)) for choice in choices)
    source = Source(name="", decimal=sign, na=tuple(sure))
    options = file_options(first)
    if sign == "," or doubt:
        options.append(Option("decimal", (sign,), doubt))
    if sure:
        options.append(Option("na", (sure,), remark="written for missing values"))
    for code, why in unsure.items():
        instead = " (then this line instead of na above)" if sure else ""
        options.append(Option("na", ([*sure, code],), f"{code!r} may mean missing: {why}{instead}"))
    for choice in choices:
        values = found.values(choice.own)
        choice.examples = examples(value for value in values if value not in source.na)
        choice.others = {own: examples(found.values(own)) for own in choice.others}
        ways = source
        if choice.column.kind == "date":
            dates = judge.dates(values, choice.column, source)
            options += _date_options(choice.column, dates)
            ways = replace(source, date_format=dates.form or (dates.choices or ("",))[0])
        title = "" if "元" in choice.own else first.title
        if choice.column.kind == "money" and (unit := unit_in(choice.own) or unit_in(title)):
            where = (
                "the header" if unit_in(choice.own) else f"the line above the header ({title[:40]})"
            )
            options.append(Option(f"unit.{choice.column.name}", (unit,), remark=f"from {where}"))
        fit = judge.fit(values, choice.column, ways)
        told = first.doubts.get(choice.own, "")
        if choice.column.name == "account_id" and NAME_NOT_ID in choice.reason and codes(values):
            choice.reason, choice.rank = "", WORDED
        choice.reason = "; ".join(text for text in (choice.reason, told, fit.reason) if text)
        choice.remark = fit.remark
    found.options, found.choices = options, choices


def _date_options(column: Column, dates: Dates) -> list[Option]:
    name = f"date_format.{column.name}"
    if dates.form:
        return [Option(name, (dates.form,), remark=dates.reason)]
    return [Option(name, dates.choices or ("%d.%m.%Y",), dates.reason)] if dates.reason else []


def file_options(peek: Peek) -> list[Option]:
    """How the bytes become rows: encoding, separator, lines above the header, sheet or table."""
    options = []
    if peek.kind == "sqlite":
        options.append(Option("table", (peek.part,)))
    if peek.named and peek.kind == "sheet":
        options.append(Option("sheet", (peek.part,)))
    if peek.readings:
        shown = "; ".join(f"as {name}: {_shown(text)}" for name, text in peek.readings.items())
        reason = (
            "the bytes are no UTF-8 and do not say what they "
            f"are; the first of these reads best: {shown}"
        )
        options.append(Option("encoding", tuple(peek.readings), reason))
    if peek.kind == "text" and peek.sep != ",":
        options.append(Option("sep", (peek.sep,)))
    if peek.skip:
        options.append(Option("skip", (peek.skip,), remark=f"above the header: {peek.title[:50]}"))
    if peek.spread:
        options.append(
            Option("columns_to_rows", peek.spread, peek.spread_doubt, peek.spread_remark)
        )
    return options
