"""What rows of a file may make amounts wrong where each counts as it stands: void ones, balances
among the postings, several currencies, debit and credit without a sign.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keyacct_utils.book.intake.currency_marks import CODES, code_of
from keyacct_utils.book.intake.telling_words import (
    ALIVE,
    BALANCES,
    CREDIT,
    DEAD,
    DEBIT,
    PLAIN_CODES,
    TOTALS,
    may_name_place,
    names_currency,
    names_state,
    of_document,
)
from keyacct_utils.book.proposing.matching import Found, Option
from keyacct_utils.book.proposing.peeking import STARS
from keyacct_utils.book.proposing.synonyms import (
    DEBIT_OR_CREDIT,
    STATUS,
    VOID_PARTS,
    key,
    keys,
    words,
)

_MOST_STATES = 15
_MOST_CURRENCIES = 40
#: Share of the values of a column that must be codes of currencies.
_CODED = 0.9
#: The option that settles a choice among currencies without leaving rows out.
RATES = "currency_rates"
_SHOWN = 6


@dataclass(frozen=True)
class Sides:
    """A column that says of each row whether its amount adds or subtracts."""

    own: str
    #: The values written on either side, those that usually subtract first.
    credit: tuple[str, ...]
    debit: tuple[str, ...]
    reason: str


def shown_counts(values: Iterable[str], most: int = _SHOWN) -> str:
    """How often each value stands, the most frequent first."""
    counts = Counter(values).most_common()
    listed = ", ".join(f"{value[:40] or '(empty)'} {count:,}" for value, count in counts[:most])
    return listed + (f" and {len(counts) - most} more" if len(counts) > most else "")


def _name(own: str) -> str:
    return repr(own[:40] + ("..." if len(own) > 40 else ""))


def _is_void(value: str) -> bool:
    return key(value) in words(DEAD) or any(part in key(value) for part in words(VOID_PARTS))


def void_rows(found: Found) -> Iterator[Option]:
    """Columns of a state, with the rows that may not count, as an option to take."""
    for own in found.first.header:
        listed = any(way in words(STATUS) for way in keys(own)) and of_document(own)
        if not listed and not names_state(own):
            continue
        values = found.values(own)
        counts = Counter(values)
        if may_name_place(own) and not any(_is_void(v) or key(v) in words(ALIVE) for v in counts):
            continue
        if not 1 < len(counts) <= _MOST_STATES and not any(map(_is_void, counts)):
            continue
        marked = [value for value in counts if _is_void(value)]
        reason = f"{_name(own)} holds {shown_counts(values, _MOST_STATES)}: every row counts, "
        if marked:
            reason += "unless this line names those that do not"
            yield Option(f"void.{own}", (marked,), reason)
        else:
            reason += "unless a line names those that do not; none of the words is known"
            rare = [value for value, _ in counts.most_common()[1:] if value]
            yield Option(f"void.{own}", tuple([value] for value in rare), reason)


def balances(found: Found) -> Iterator[Option]:
    """Rows that carry a balance or a sum among the postings."""
    known = words(BALANCES)
    for own in found.first.header:
        values = found.values(own) if own else []
        marked = Counter(value for value in values if value and key(value) in known)
        if marked and sum(marked.values()) < len(values):
            reason = (
                f"{_name(own)} holds {shown_counts(marked.elements())}: balances and sums "
                "among the postings, which count as sales unless this line leaves them out"
            )
            yield Option(f"void.{own}", (list(marked),), reason)


def totals(found: Found) -> Iterator[Option]:
    """Rows of sums, which a word tells in the place of an account; a word that the column of the
    contract allows is a value.
    """
    known = words(TOTALS)
    allowed = {choice.own: choice.column.allowed for choice in found.choices}
    for own in filter(None, found.first.header):
        values = found.values(own)
        told = (value for value in values if value and value not in allowed.get(own, ()))
        marked = Counter(value for value in told if key(value) in known)
        if marked and sum(marked.values()) < len(values) / 2:
            reason = (
                f"{_name(own)} holds {shown_counts(marked.elements())}: rows of sums, which "
                "would count once more unless this line leaves them out"
            )
            yield Option(f"void.{own}", (list(marked),), reason)


def drawn(found: Found) -> Iterator[Option]:
    """Rows of a list that are none: sums that a star marks in a column without a name, and lines
    drawn between the rows.
    """
    rows = [row for peek in found.peeks for row in peek.drawn]
    header = found.first.header
    marks: dict[int, set[str]] = {}
    for row in rows:
        cells = [row[place].strip() if place < len(row) else "" for place in range(len(header))]
        starred = [p for p, own in enumerate(header) if not own and STARS.fullmatch(cells[p])]
        place = next(iter([*starred, *(p for p, cell in enumerate(cells) if cell)]), None)
        if place is not None:
            marks.setdefault(place, set()).add(cells[place])
    for place, values in marks.items():
        own = header[place] or f"(column {place + 1})"
        remark = "lines drawn between the rows" if header[place] else "rows of sums"
        yield Option(f"void.{own}", (sorted(values),), remark=remark)


def currency_columns(found: Found) -> Iterator[tuple[str, Counter[str]]]:
    """Columns that name the currency of each row, with how often each stands."""
    for own in found.first.header:
        counts = Counter(value for value in (found.values(own) if own else []) if value)
        if not counts or len(counts) > _MOST_CURRENCIES:
            continue
        coded = sum(count for value, count in counts.items() if code_of(value) in CODES)
        plain = any(value.upper() in PLAIN_CODES for value in counts)
        if names_currency(own) or (plain and coded >= _CODED * counts.total()):
            yield own, counts


def _shown_code(written: str) -> str:
    code = code_of(written)
    return code if code in CODES else "USD"


def currencies(found: Found) -> Iterator[Option]:
    """Amounts in several currencies, whose sum is of nothing: one is chosen, or the others are
    converted.
    """
    for own, counts in currency_columns(found):
        if len(counts) < 2:
            continue
        order = [value for value, _ in counts.most_common()]
        reason = (
            f"the column {_name(own)} holds {shown_counts(counts.elements())}: amounts of several "
            "currencies make no sum. Each line below counts the rows of one currency only; to have "
            "all, give instead what one unit is worth in the book's currency, "
            f"{RATES} = {{ {_shown_code(order[-1])} = ... }}"
        )
        lines = tuple([value for value in order if value != kept] for kept in order[:_SHOWN])
        yield Option(f"void.{own}", lines, reason)


def sides(found: Found, amount: str) -> Sides | None:
    """The column that says which rows subtract, where the amounts themselves carry no sign."""
    pairs = [(words(c), words(d)) for c, d in zip(CREDIT, DEBIT, strict=True)]
    named = words(DEBIT_OR_CREDIT)
    for own in found.first.header:
        if not own or own == amount:
            continue
        values = found.values(own)
        counts = Counter(value for value in values if value)
        if not 1 <= len(counts) <= _MOST_STATES:
            continue
        for minus, plus in pairs:
            credit = tuple(value for value in counts if key(value) in minus)
            debit = tuple(value for value in counts if key(value) in plus)
            letters = all(len(value) == 1 and value.isascii() for value in counts)
            telling = any(way in named for way in keys(own)) or (credit and debit and not letters)
            if len(credit) + len(debit) < len(counts) or not credit or not telling:
                continue
            pairs_of = zip(values, found.values(amount), strict=True)
            signs = [_negative(value) for side, value in pairs_of if side in credit and value]
            if any(signs):
                continue
            return Sides(
                own,
                credit,
                debit,
                f"{_name(own)} holds {shown_counts(values)}, and no amount of "
                f"{', '.join(credit)} has a minus: the first sql subtracts these rows"
                + (f", the second those of {', '.join(debit)}" if debit else "")
                + ", the last adds all as they stand",
            )
    return None


def _negative(value: str) -> bool:
    return bool(re.match(r"^[(（]|^[-−–▲△﹣－]|.*-$", value.strip()))


def doubts(found: Found, money: bool = True) -> list[Option]:
    """All of the above that ``void`` can mend; of a table without amounts only rows that are no
    row.
    """
    ways = (void_rows, balances, totals, drawn, currencies) if money else (totals, drawn)
    options = [option for way in ways for option in way(found)]
    found_by: dict[str, Option] = {}
    for option in options:
        other = found_by.setdefault(option.key, option)
        if other is not option and len(option.values) == len(other.values) == 1:
            both = [*_listed(other.values[0]), *_listed(option.values[0])]
            other.values = (list(dict.fromkeys(both)),)
            other.reason = "; ".join(filter(None, (other.reason, option.reason)))
    return list(found_by.values())


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def only_currency(groups: Sequence[Found]) -> str:
    """The one code that columns of currencies hold; empty where there is none, or several."""
    seen: Mapping[str, int] = Counter(
        value.upper()
        for found in groups
        for _, counts in currency_columns(found)
        for value in counts
    )
    return next(iter(seen)) if len(seen) == 1 and code_of(next(iter(seen))) in CODES else ""
