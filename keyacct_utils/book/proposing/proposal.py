"""A proposal for ``book.toml``, from a look at the files: which is which table, and what is still
to be decided.
"""

from __future__ import annotations

import datetime as dt
import glob
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keyacct_utils.book.intake.book_toml import ALONE, FEATURES
from keyacct_utils.book.proposing.credit import credit_list
from keyacct_utils.book.proposing.doubts import doubts, only_currency
from keyacct_utils.book.proposing.durations import cases
from keyacct_utils.book.proposing.guessing import guess, rows_as_accounts, seen
from keyacct_utils.book.proposing.joining import (
    Joined,
    derived,
    join,
    raw_options,
    sql_name,
    wide,
)
from keyacct_utils.book.proposing.judging import Judge, currency_of
from keyacct_utils.book.proposing.last_days import last_day
from keyacct_utils.book.proposing.matching import (
    WORDED,
    Choice,
    Found,
    Option,
    has_key,
    holds_returns,
    match,
    read_with,
    weight,
)
from keyacct_utils.book.proposing.naming import accounts_in_ledger
from keyacct_utils.book.proposing.peeking import LOOKED_ROWS, Peek, peek
from keyacct_utils.book.proposing.spreading import accounts_to_rows, periods_to_rows
from keyacct_utils.book.proposing.synonyms import NAME_NOT_ID, NOT_ALWAYS_A_SALE
from keyacct_utils.book.proposing.visits import activities
from keyacct_utils.contract.tables import TABLES

#: The environment variable that names the folder of files outside the book's own.
ROOT_ENV = "KEYACCT_DATA"
#: Rows kept of the second and further files with the same columns.
_KEPT_ROWS = 2_000
#: Files listed where none could be placed.
_MOST_FILES = 20
_NEEDED = (("account", "account_id"), ("amount", "revenue"))
_ACCOUNT_LEVEL = ("accounts", "account_profile", "ties", "defaults")


@dataclass
class Section:
    """A ``[tables.NAME]`` or ``[files.NAME]`` of the book."""

    label: str
    patterns: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    #: SQL instead of a path: one text, or several to choose from; unsure where a reason is given.
    sqls: list[str] = field(default_factory=list)
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    #: Columns of the contract that the SQL gives, and columns of the file that are left over.
    given: tuple[str, ...] = ()
    unused: list[str] = field(default_factory=list)
    #: Columns of the file with their first values, where nothing is sure.
    seen: list[str] = field(default_factory=list)
    #: What is unsure though every line is on: rows of the files that have faults.
    warnings: list[str] = field(default_factory=list)


@dataclass
class Proposal:
    """What ``keyacct init --from`` writes."""

    name: str
    root: Path
    outside: bool
    files: dict[str, Section] = field(default_factory=dict)
    tables: dict[str, Section] = field(default_factory=dict)
    currency: str = ""
    last_day: dt.date | None = None
    #: What must be decided or done that no line of the book says, and what could not be looked at.
    open_points: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def _groups(peeks: Sequence[Peek]) -> list[Found]:
    """Files with the same columns that are written alike, such as one a month."""
    groups: dict[tuple[object, ...], list[Peek]] = {}
    for item in peeks:
        alike = (
            item.kind,
            frozenset(item.header),
            item.sep,
            item.skip,
            item.blanks,
            repr(item.spread),
            holds_returns(Found([item])),
            tuple(item.readings)[:1],
        )
        place = (
            (item.path, item.part) if item.kind == "sqlite" else (item.part if item.named else "",)
        )
        group = groups.setdefault((*alike, *place), [])
        if group and len(item.rows) > _KEPT_ROWS:
            item.cut = True
            del item.rows[_KEPT_ROWS:]
        group.append(item)
    return [Found(items) for items in groups.values()]


def _common(texts: Sequence[str]) -> str:
    """The beginning that all texts share."""
    same = (
        signs[0]
        for signs in itertools.takewhile(
            lambda signs: len(set(signs)) == 1, zip(*texts, strict=False)
        )
    )
    return "".join(same)


def _patterns(found: Found, root: Path) -> list[str]:
    """One path, one glob that matches exactly these files, or a list."""
    paths = sorted({item.path for item in found.peeks})
    relative = [path.relative_to(root).as_posix() for path in paths]
    if len(paths) > 1 and len({path.parent for path in paths}) == 1:
        names = [path.name for path in paths]
        start = _common(names)
        end = _common([name[len(start) :][::-1] for name in names])[::-1]
        start, end = start.rstrip("0123456789"), end.lstrip("0123456789")
        pattern = f"{glob.escape(start)}*{glob.escape(end)}"
        if sorted(paths[0].parent.glob(pattern)) == paths:
            return [(paths[0].parent.relative_to(root) / pattern).as_posix()]
    return [glob.escape(text) for text in relative]


def _candidates(groups: Sequence[Found], judge: Judge) -> list[tuple[float, str, Found]]:
    """(weight, table, files) of every table that some files may be, the likeliest first."""
    found = []
    for group in groups:
        for name, table in TABLES.items():
            choices = match(table, group)
            if group.first.blanks or not choices or not has_key(table, choices, group):
                continue
            trial = Found(group.peeks)
            read_with(trial, choices, judge)
            fitting = [choice for choice in trial.choices if choice.sure or choice.column.required]
            if value := weight(table, fitting, group):
                found.append((value, name, trial))
    return sorted(found, key=lambda item: -item[0])


def _assign(candidates: list[tuple[float, str, Found]]) -> tuple[dict[str, Found], list[str]]:
    """Each file its likeliest table, each table one file; account-level tables may share a file.
    And what is left open.
    """
    tables: dict[str, Found] = {}
    served: dict[str, str] = {}
    open_points = []
    for _, name, found in candidates:
        label = found.label
        if label in served:
            continue
        served[label] = name
        if name not in tables:
            tables[name] = found
        elif name != "ledger" or not holds_returns(found):
            both = (
                f"{label} and {tables[name].label} both look like "
                f"{name}, with different columns or written differently"
            )
            open_points.append(
                f"{both}: the second is proposed; to have both, "
                "write sql with UNION ALL over [files.*]"
            )
    for _, name, found in candidates:
        used = {
            choice.own
            for other in tables.values()
            if other.label == found.label
            for choice in other.choices
        }
        plain = [choice for choice in found.choices if choice.rank <= WORDED and choice.sure]
        fresh = [
            choice
            for choice in plain
            if choice.own not in used and choice.column.name != "account_id"
        ]
        if name in _ACCOUNT_LEVEL and name not in tables and fresh and found.whole:
            key = [choice for choice in found.choices if choice.column.name == "account_id"]
            tables[name] = Found(found.peeks, found.options, key + fresh)
    return tables, open_points


def _ledger(
    groups: list[Found],
    candidates: list[tuple[float, str, Found]],
    tables: dict[str, Found],
    judge: Judge,
) -> Joined | None:
    """Where no file is surely the ledger: lines joined to their account, else the likeliest file,
    else none.
    """
    ledger = tables.get("ledger")
    if ledger and all(choice.sure for choice in ledger.choices if choice.column.required):
        return _with_signs(tables, candidates)
    if joined := join(groups, judge):
        tables.pop("ledger", None)
        orders = tables.get("orders")
        # a book of small orders is kept beside the ledger; those the ledger is made of are none
        if orders and orders.label in {found.label for found in joined.files.values()}:
            del tables["orders"]
        return joined
    possible = [found for _, name, found in candidates if name == "ledger"]
    if ledger is None and possible:
        tables["ledger"] = possible[0]
    if "ledger" not in tables:
        turned = [found for group in groups if (found := accounts_to_rows(group, judge))]
        found_there = [found for _, name, found in _candidates(turned, judge) if name == "ledger"]
        if found_there:
            tables["ledger"] = found_there[0]
    return _with_signs(tables, candidates) if "ledger" in tables else wide(groups)


def _with_signs(
    tables: dict[str, Found], candidates: list[tuple[float, str, Found]]
) -> Joined | None:
    """The ledger by SQL where it has to be reckoned, or returns stand in a file of their own."""
    ledger = tables["ledger"]
    returns = [
        found
        for _, name, found in candidates
        if name == "ledger" and holds_returns(found) and found.label != ledger.label
    ]
    if found := derived(ledger, returns[0] if returns else None):
        del tables["ledger"]
    return found


def _table_section(name: str, tables: Mapping[str, Found], root: Path) -> Section:
    found = tables[name]
    # a column that another table takes from the same file is used
    of_file = [other for other in tables.values() if other.label == found.label]
    used = {choice.own for other in of_file for choice in other.choices}
    section = Section(found.label, _patterns(found, root), found.options, found.choices)
    if not found.whole:
        section.remarks.append(
            f"judged by the first {LOOKED_ROWS:,} rows, and {_KEPT_ROWS:,} of each further file"
        )
    section.unused = [own for own in found.first.header if own and own not in used]
    section.options += doubts(found, name in ("ledger", "invoices"))
    return section


def _names_that_are_keys(tables: dict[str, Found]) -> None:
    """Names that stand in for ids are sure where each stands once in the file of accounts, and the
    other tables have no name besides.
    """
    owner = tables.get("accounts")
    account = owner and _account(owner)
    if not owner or not account or not owner.whole or not owner.unique(account.own):
        return
    known = set(owner.values(account.own))
    remark = f"a name, and the key of {owner.label}"
    for found in tables.values():
        choice = _account(found)
        if (
            choice is None
            or NAME_NOT_ID not in choice.reason
            or ";" in choice.reason.partition(";")[2]
        ):
            continue
        if set(found.values(choice.own)) - {""} <= known:
            choice.reason, choice.remark = "", "; ".join(filter(None, (choice.remark, remark)))


def _account(found: Found) -> Choice | None:
    return next((item for item in found.choices if item.column.name == "account_id"), None)


def _won_deals(found: Found) -> None:
    """The value of a deal is a sale where another line asks which deals count."""
    if any(option.key.startswith("void.") and option.reason for option in doubts(found)):
        for choice in found.choices:
            if choice.column.name == "revenue" and choice.reason.endswith(NOT_ALWAYS_A_SALE):
                choice.reason, choice.remark = "", "of the deals that count"


def _joined_sections(joined: Joined, root: Path) -> tuple[dict[str, Section], Section]:
    files = {
        name: Section(found.label, _patterns(found, root), raw_options(found))
        for name, found in joined.files.items()
    }
    label = " with ".join(found.label for found in joined.files.values())
    return files, Section(
        label, [], joined.options, [], joined.sqls, joined.reason, joined.remarks, joined.columns
    )


def _root(folder: Path, paths: Sequence[Path]) -> tuple[Path, bool]:
    home = folder.resolve()
    if all(path.is_relative_to(home) for path in paths):
        return home, False
    return Path(os.path.commonpath([path.parent for path in paths])), True


def _grouped(
    peeks: Sequence[Peek], judge: Judge
) -> tuple[list[Found], list[tuple[float, str, Found]]]:
    """The files by likeness, and what they may be; with months beside each other as rows where no
    file is surely the ledger without.
    """
    turned = [periods_to_rows(item, judge) for item in peeks]
    groups = _groups(peeks)
    candidates = _candidates(groups, judge)
    if any(item.spread for item in turned) and not any(
        name == "ledger" and all(item.sure for item in found.choices if item.column.required)
        for _, name, found in candidates
    ):
        groups = _groups(turned)
        candidates = _candidates(groups, judge)
    return groups, candidates


def _visits(
    groups: Sequence[Found], tables: dict[str, Found], by_sql: dict[str, Joined], judge: Judge
) -> dict[str, Joined]:
    """A list of visits among the files that serve nothing else."""
    if "activities" in tables:
        return {}
    raw = {name: found for item in by_sql.values() for name, found in item.files.items()}
    busy = {found.label for found in (*tables.values(), *raw.values())}
    free = [group for group in groups if group.label not in busy]
    found = activities(free, list(raw), judge)
    return {"activities": found} if found else {}


def _cases(
    groups: Sequence[Found], tables: dict[str, Found], by_sql: dict[str, Joined], judge: Judge
) -> dict[str, Joined]:
    """Rows with a first and a last day as cases, whatever else their file serves."""
    if "cases" in tables:
        return {}
    raw = {name: found for item in by_sql.values() for name, found in item.files.items()}
    found = cases(groups, raw, judge)
    return {"cases": found} if found else {}


def propose(folder: Path, files: Sequence[Path]) -> Proposal:
    """Look at files, and propose a book over them.

    Parameters
    ----------
    folder : path
        The folder of the book; files outside it are named below their common folder, which an
        environment variable gives.
    files : sequence of path
        Text, gzipped text, workbooks, Parquet and SQLite files.

    Returns
    -------
    Proposal
        Sections with what is sure and, with the reason, what is not. What cannot be read is among
        the open points.
    """
    paths = list(dict.fromkeys(path.resolve() for path in files))
    root, outside = _root(folder, paths)
    proposal = Proposal(folder.resolve().name or "book", root, outside)
    peeks: list[Peek] = []
    for path in paths:
        found, problems = peek(path)
        peeks += found
        proposal.unread += problems
    judge = Judge()
    groups, candidates = _grouped(peeks, judge)
    credit = credit_list(groups)
    if credit:
        groups = [group for group in groups if group is not credit[0]]
        candidates = [item for item in candidates if item[2].label != credit[0].label]
    tables, open_points = _assign(candidates)
    joined = _ledger(groups, candidates, tables, judge)
    proposal.open_points += open_points
    _names_that_are_keys(tables)
    if "ledger" in tables:
        _won_deals(tables["ledger"])
    by_sql = {"ledger": joined} if joined else {}
    guessed = None if joined or "ledger" in tables else guess(groups, judge)
    if guessed and any(choice.column.name == "account_id" for choice in guessed.choices):
        tables["ledger"] = guessed
    elif guessed:
        by_sql = rows_as_accounts(guessed)
        joined = by_sql["ledger"]
        tables = {name: found for name, found in tables.items() if name not in by_sql}
    if "ledger" in tables and "accounts" not in {*tables, *by_sql}:
        named = accounts_in_ledger(tables["ledger"], judge)
        tables |= {"accounts": named} if named else {}
    by_sql |= _visits(groups, tables, by_sql, judge)
    by_sql |= _cases(groups, tables, by_sql, judge)
    if credit and FEATURES not in tables:
        by_sql[FEATURES] = credit[1]
    for name, item in by_sql.items():
        raw, proposal.tables[name] = _joined_sections(item, root)
        proposal.files |= raw
    proposal.tables |= {name: _table_section(name, tables, root) for name in tables}
    if guessed and "ledger" in tables:
        section = proposal.tables["ledger"]
        section.seen = [text for text in seen(guessed) if text.split(": ")[0] in section.unused]
        section.unused = []
    if not {"ledger", *ALONE} & proposal.tables.keys():
        proposal.open_points.insert(0, _missing(groups))
        proposal.files |= _as_they_are(groups, root)
    serving = (
        [tables["ledger"]] if "ledger" in tables else list(joined.files.values()) if joined else []
    )
    proposal.last_day = last_day(serving[::-1], judge)
    proposal.currency = _currency(serving) or only_currency(serving)
    by_name = [found for item in by_sql.values() for found in item.files.values()]
    served = {found.label for found in (*tables.values(), *by_name)}
    proposal.unused = [group.label for group in groups if group.label not in served]
    return proposal


def _as_they_are(groups: Sequence[Found], root: Path) -> dict[str, Section]:
    """Files that could not be placed: how they are read, and what stands in them."""
    files: dict[str, Section] = {}
    for found in groups[:_MOST_FILES]:
        name = sql_name(found, list(files))
        files[name] = Section(found.label, _patterns(found, root), raw_options(found))
        files[name].seen = seen(found)
    return files


def _missing(groups: Sequence[Found]) -> str:
    """Why no file is the ledger."""
    seen = []
    for group in groups:
        own = {choice.column.name: choice.own[:40] for choice in match(TABLES["ledger"], group)}
        parts = [f"{word} {own[name]!r}" if name in own else f"no {word}" for word, name in _NEEDED]
        seen.append(f"{group.label} has {' and '.join(parts)}")
    found = f" ({'; '.join(seen)})" if seen else ""
    return (
        "[tables.ledger] is missing: no file has transactions "
        f"with an account and an amount in one row{found}"
    )


def _currency(serving: Sequence[Found]) -> str:
    texts = [
        text for found in serving for item in found.peeks for text in (*item.header, item.title)
    ]
    money = [
        (found, choice.own)
        for found in serving
        for choice in found.choices
        if choice.column.kind == "money"
    ]
    return currency_of(
        [*texts, *(value for found, own in money for value in found.values(own)[:_KEPT_ROWS])]
    )
