"""What the sql of a book does with the columns of its files: which it counts with, and which reach
the book as ids, amounts or days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.contract.tables import TABLES

#: What a column becomes by being counted with, beside the kinds of the contract.
COUNTED = "counted with"
#: ... and by being taken apart as text or cast, which is then written for the text of the file.
TAKEN_AS_TEXT = "taken as text"
_ARITHMETIC = (exp.Mul, exp.Div, exp.IntDiv, exp.Sub, exp.Add, exp.Mod, exp.Neg)
_NUMBERS_OF = (exp.Sum, exp.Avg, exp.Round, exp.Abs, exp.Floor, exp.Ceil, exp.Sign)
_COMPARED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between, exp.In)
_TEXT_OF = (exp.Cast, exp.Replace, exp.RegexpReplace, exp.Trim, exp.Substring, exp.Concat)
#: What hands a value on as it is.
_HANDED_ON = (
    exp.Paren, exp.Coalesce, exp.Case, exp.If, exp.Nullif, exp.Max, exp.Min, exp.AnyValue,
    exp.First, exp.Last, exp.Greatest, exp.Least,
)  # fmt: skip


@dataclass(frozen=True)
class Uses:
    """Per name of a column, in small letters: the kinds of the contract that it feeds, and whether
    it is counted with.
    """

    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Names that the sql speaks of at all.
    named: frozenset[str] = frozenset()
    #: Whether some sql takes all columns as they are.
    star: bool = False

    def of(self, name: str) -> frozenset[str]:
        """The uses of one column."""
        return self.kinds.get(name.lower(), frozenset())

    def as_id(self, name: str) -> bool:
        """Whether a column reaches the book as an id or text, and is not counted with."""
        found = self.of(name)
        return bool(found & {"id", "text", "category"}) and COUNTED not in found

    def as_number(self, name: str) -> bool:
        """Whether a column is counted with, or reaches the book as an amount or number."""
        found = self.of(name)
        numbers = {COUNTED} if TAKEN_AS_TEXT in found else {COUNTED, "money", "number", "integer"}
        return bool(found & numbers) and not self.as_id(name)

    def counted(self, name: str) -> bool:
        """Whether a column is counted with, and reaches the book as no id."""
        return COUNTED in self.of(name) and self.as_number(name)

    def speaks_of(self, name: str) -> bool:
        """Whether some sql reads the column."""
        return self.star or name.lower() in self.named


def uses(sources: Iterable[Source]) -> Uses:
    """What the sql of these tables does with columns, by their names; a statement that cannot be
    read tells nothing, and DuckDB says why.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    same: list[tuple[str, str]] = []
    named: set[str] = set()
    star = False
    for source in sources:
        table = TABLES[source.name]
        for column in table.columns:
            kinds[source.columns.get(column.name, column.name).lower()].add(column.kind)
        try:
            statement = sqlglot.parse_one(source.sql, read="duckdb")
        except sqlglot.ParseError:
            star = True
            continue
        star = star or any(
            not isinstance(found.parent, exp.Count) for found in statement.find_all(exp.Star)
        )
        for column in statement.find_all(exp.Column):
            named.add(column.name.lower())
            if counted_with(column):
                kinds[column.name.lower()].add(COUNTED)
            elif alias := _handed_on_as(column):
                same.append((alias, column.name.lower()))
            elif isinstance(column.parent, _TEXT_OF):
                kinds[column.name.lower()].add(TAKEN_AS_TEXT)
        for equal in statement.find_all(exp.EQ):
            if isinstance(equal.this, exp.Column) and isinstance(equal.expression, exp.Column):
                pair = equal.this.name.lower(), equal.expression.name.lower()
                same += [pair, pair[::-1]]
    _spread(kinds, same)
    return Uses({name: frozenset(found) for name, found in kinds.items()}, frozenset(named), star)


def counted_with(column: exp.Column) -> bool:
    """Whether the value itself enters arithmetic, a sum, or a comparison with a number; what is
    cast first is the writer's own affair.
    """
    inner: exp.Expression = column
    while (outer := inner.parent) is not None:
        if isinstance(outer, (*_ARITHMETIC, *_NUMBERS_OF)):
            return True
        if isinstance(outer, _COMPARED):
            others = [part for part in outer.iter_expressions() if part is not inner]
            return any(_is_number(part) for part in others)
        if not isinstance(outer, _HANDED_ON) or (
            outer.args.get("this") is inner and isinstance(outer, exp.If)
        ):
            return False
        inner = outer
    return False


def _is_number(part: exp.Expression) -> bool:
    bare = part.this if isinstance(part, exp.Neg) else part
    return isinstance(bare, exp.Literal) and not bare.is_string


def _handed_on_as(column: exp.Column) -> str:
    """The name under which a value leaves its SELECT as it is; empty where it does not."""
    inner: exp.Expression = column
    while isinstance(inner.parent, _HANDED_ON):
        inner = inner.parent
    if isinstance(inner.parent, exp.Alias):
        return inner.parent.alias.lower()
    return ""


def _spread(kinds: dict[str, set[str]], same: list[tuple[str, str]]) -> None:
    """What a name becomes later is what the column is that it was made of."""
    moved = True
    while moved:
        before = sum(map(len, kinds.values()))
        for later, sooner in same:
            kinds[sooner] |= kinds[later]
        moved = sum(map(len, kinds.values())) > before
