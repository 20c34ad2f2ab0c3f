"""A ledger where no header says so: columns told by their values, rows that are accounts of their
own, or at least what stands in each file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.proposing.joining import (
    Joined,
    column_of,
    row_options,
    select_from,
    sql_name,
)
from keyacct_utils.book.proposing.judging import Judge, codes
from keyacct_utils.book.proposing.matching import (
    SIMILAR,
    Choice,
    Found,
    examples,
    match,
    read_with,
)
from keyacct_utils.book.proposing.wording import speaks_of, tokens
from keyacct_utils.contract.tables import TABLES, Column

_LEDGER = TABLES["ledger"]
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,' ]*[)%]?-?")
_CENTS = re.compile(r"\D*\d[\d.,' ]*[.,]\d{1,2}\D*")
_MOST_ODD, _LEAST_FILLED, _LEAST_CENTS = 0.05, 0.5, 0.3
#: How many times an id stands at least, on average; and how many different ones there are.
_REPEATS, _FEWEST_IDS = 1.5, 2
_FEWEST_OF_MANY, _MANY = 20, 400
_MOST_OTHERS = 5


def _given(found: Found, own: str) -> list[str]:
    return [value for value in found.values(own) if value]


def money_like(found: Found, own: str) -> bool:
    """Numbers, a good part of them with cents."""
    given = _given(found, own)
    odd = sum(not _NUMBER.fullmatch(value) for value in given)
    cents = sum(bool(_CENTS.fullmatch(value)) for value in given)
    return bool(given) and odd <= _MOST_ODD * len(given) and cents >= _LEAST_CENTS * len(given)


def id_like(found: Found, own: str) -> bool:
    """Codes, each of which stands in several rows."""
    given = _given(found, own)
    different = len(set(given))
    fewest = _FEWEST_OF_MANY if len(given) >= _MANY else _FEWEST_IDS
    if different < fewest or len(given) < max(_REPEATS * different, _LEAST_FILLED * 1):
        return False
    lengths = Counter(map(len, given))
    even = lengths.most_common(1)[0][1] >= (1 - _MOST_ODD) * len(given)
    lettered = any(re.search(r"[^\W\d]", value) for value in given)
    return codes(given) and (lettered or (even and lengths.most_common(1)[0][0] > 2))


def date_like(found: Found, own: str, judge: Judge) -> bool:
    """Days, written in one way."""
    given = _given(found, own)
    if not given or all(value.isdigit() and len(value) != len("20240131") for value in given):
        return False
    column = _LEDGER.column("date")
    form = judge.dates(given, column, Source(name=""))
    way = Source(name="", date_format=form.form or (form.choices or ("",))[0])
    rows = judge.read(given, column, way)
    read = sum(count for _, value, count in rows if value is not None)
    return read >= (1 - _MOST_ODD) * len(given)


def _by_values(column: Column, owns: Sequence[str], found: Found, what: str) -> Choice:
    own = owns[0]
    given = _given(found, own)
    reason = (
        f"no header says so; the values of {own[:40]!r} are those of {what}: "
        f"{len(set(given)):,} different in {len(given):,} rows"
    )
    return Choice(column, own, SIMILAR, reason, others=dict.fromkeys(owns[1:_MOST_OTHERS], ""))


def _choices(found: Found, judge: Judge) -> list[Choice]:
    """Columns by name, and by value where no name tells them."""
    have = {choice.column.name: choice for choice in match(_LEDGER, found)}
    taken = {choice.own for choice in have.values()}
    free = [own for own in found.first.header if own and own not in taken]
    for name, what, kinds, like in (
        ("revenue", "an amount", {"id", "date", "rate", "quantity", "party"}, money_like),
        ("account_id", "an id", {"amount", "date", "rate", "quantity"}, id_like),
        ("date", "a day", {"amount", "rate", "quantity", "id"}, None),
    ):
        if name in have:
            continue
        owns = [
            own
            for own in free
            if not speaks_of(own) & kinds
            and (like(found, own) if like else date_like(found, own, judge))
        ]
        if owns:
            have[name] = _by_values(_LEDGER.column(name), owns, found, what)
            free = [own for own in free if own != owns[0]]
    return [have[name] for name in _LEDGER.names if name in have]


def guess(groups: Sequence[Found], judge: Judge) -> Found | None:
    """The file that is likeliest the ledger by its values: with choices, of which the amount may
    stand alone; None where no file has an amount.
    """
    best: tuple[tuple[bool, bool, int], Found] | None = None
    for group in groups:
        if group.first.blanks:
            continue
        found = Found(group.peeks)
        choices = _choices(found, judge)
        names = {choice.column.name for choice in choices}
        if "revenue" not in names:
            continue
        read_with(found, choices, judge)
        score = ("account_id" in names, "date" in names, len(found.first.rows))
        if best is None or score > best[0]:
            best = score, found
    return best[1] if best else None


def rows_as_accounts(found: Found) -> dict[str, Joined]:
    """Tables over a file whose every row is an account of its own, by SQL that numbers the rows."""
    name = sql_name(found, ())
    chosen = {choice.column.name: choice for choice in found.choices}
    amounts = [chosen["revenue"].own, *chosen["revenue"].others]
    fixed = {"account_id": f"{name}.rowid + 1"}
    sqls = [
        select_from(fixed | {"revenue": column_of(name, found, own)}, name)
        for own in amounts[:_MOST_OTHERS]
    ]
    told = chosen["revenue"].reason or f"{amounts[0][:40]} is the amount"
    more = "; the further ones take another amount" if len(sqls) > 1 else ""
    reason = (
        f"no column tells accounts apart: this sql counts each row as an account of its own; {told}"
        f"{more}"
    )
    tables = {
        "ledger": Joined(
            {name: found},
            sqls,
            reason,
            [],
            row_options(found, ("revenue",)),
            ("account_id", "revenue"),
        )
    }
    for own in found.first.header:
        if form := _default(own, column_of(name, found, own)):
            sql = select_from(fixed | {"default_12m": form}, name)
            remark = f"default_12m is {form} of {found.label}: {examples(found.values(own))}"
            tables["defaults"] = Joined(
                {name: found}, [sql], "", [remark], [], ("account_id", "default_12m")
            )
            break
    return tables


def _default(own: str, written: str) -> str:
    """What tells by a header who defaulted; empty where it speaks of something else."""
    held = tokens(own)
    if {"good", "bad"} <= held:
        bad = re.search(r"bad[_ =:]*([01])", own.casefold())
        good = re.search(r"good[_ =:]*([01])", own.casefold())
        told = bad[1] if bad else str(1 - int(good[1])) if good else ""
        return {"1": written, "0": f"1 - {written}"}.get(told, "")
    return written if "default" in speaks_of(own) and not speaks_of(own) & {"date"} else ""


def seen(found: Found) -> list[str]:
    """Each column of a file with its first values."""
    return [
        f"{own[:60]}: {examples(found.values(own)) or 'empty'}" for own in found.first.header if own
    ]
