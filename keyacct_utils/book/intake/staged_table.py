"""A table of the book while it is checked, and one thing that can be wrong with its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import duckdb

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.source_files import Part, quoted
from keyacct_utils.contract.tables import Table

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

#: The column of the working relation that says whether a row is declared void; there only where the
#: book declares it.
VOID = '"void:"'
#: And the one that says which of the declared values makes it so (`value_parsing`).
VOID_VALUE = '"void by:"'
#: Whether ``where`` leaves a row out, and for being there already, by which option.
OUTSIDE, AGAIN = '"outside:"', '"again:"'
#: One number for all that is written in a row.
ROW = '"row:"'
#: Above so many rows what groups them all is left.
HUGE = 20_000_000


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong with a row."""

    column: str
    predicate: str
    problem: str
    expected: str = ""


@dataclass(frozen=True)
class Odd:
    """A column of the file, and what its values say of the amounts beside it."""

    own: str
    kind: Literal["currency", "side", "state", "balance"]
    #: Those of its values that say so; of a currency all.
    values: tuple[str, ...] = ()


@dataclass
class Staged:
    """A table of the book as DuckDB holds it: ``work_NAME`` with written (``"raw:NAME"``) and
    parsed columns.
    """

    table: Table
    source: Source
    parts: list[Part]
    columns: dict[str, str]
    #: False where the files are left in place and read through a view.
    materialised: bool = True
    rows: int = 0
    #: Per column of ids: in how many rows blanks at the ends were trimmed.
    trimmed: dict[str, int] = field(default_factory=dict)
    #: Where the rows are, if not in DuckDB: then there are no lines and the working relation is a
    #: step of the engine's.
    remote: Remote | None = None
    #: Columns whose values came as text, so that the way in which they are written can be wrong.
    texts: set[str] = field(default_factory=set)
    #: Columns of ids that came as floats: from where on these no longer hold each whole number.
    floats: dict[str, int] = field(default_factory=dict)
    #: Columns that change what the amounts mean, kept beside them as ``"own:NAME"``.
    odd: list[Odd] = field(default_factory=list)
    #: What one unit of each currency is worth, and the column that names the currency.
    rates: dict[str, int | float] = field(default_factory=dict)
    currency: str = ""
    #: The condition on a row not to be set aside as faulty; empty where none is.
    unfaulty: str = ""
    #: Rows that hold the sum of others, perhaps by chance.
    sums_by_chance: list[int] = field(default_factory=list)

    #: Rows that the WHERE of its sql leaves out, and their money.
    outside: tuple[int, int] = (0, 0)

    @property
    def work(self) -> str:
        """Name of the relation that holds written and parsed values of every row."""
        return f"work_{self.table.name}"

    def engine(self, local: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | Remote:
        """What runs SQL over the working relation."""
        return self.remote or local

    @property
    def numbered(self) -> str:
        """The working relation with a ``rowid``, also where it is a view."""
        if self.remote:
            return f"(SELECT *, 0 AS rowid FROM {self.work}) AS numbered"
        return (
            self.work
            if self.materialised
            else f"(SELECT *, row_number() OVER () - 1 AS rowid FROM {self.work})"
        )

    @property
    def huge(self) -> bool:
        """Whether there are too many rows for what would group them all and is no check of the
        contract.
        """
        return self.rows > HUGE

    def handed_out(self, name: str) -> str:
        """A column as the roll-ups read it: an id that the checks found clean is not trimmed again
        in each of them.
        """
        clean = (
            self.table.column(name).required and self.trimmed.get(name) == 0 and not self.source.na
        )
        found = quoted("found:" + name)
        return (
            f"{found} AS {quoted(name)}"
            if clean and not self.materialised and not self.remote
            else quoted(name)
        )

    @property
    def live(self) -> str:
        """The condition on a row to count at all."""
        return " AND ".join(f"NOT ({test})" for test in self.left_out.values()) or "1 = 1"

    @property
    def left_out(self) -> dict[str, str]:
        """Why rows do not count by the book's own word: option -> which they are, none in two."""
        found = {"void": VOID} if self.source.void else {}
        if self.source.where:
            found["where"] = f"{OUTSIDE} AND NOT {VOID}" if found else OUTSIDE
        if self.source.drops and self.materialised:
            for option in ("duplicates", "repeated_keys"):
                if getattr(self.source, option) in ("drop", "first"):
                    found[option] = f"{AGAIN} = '{option}'"
        return found

    @property
    def kept(self) -> list[str]:
        """Own columns whose text is kept beside the columns of the contract."""
        return list(dict.fromkeys([*(odd.own for odd in self.odd), *filter(None, [self.currency])]))

    @property
    def repeats(self) -> bool:
        """Whether rows that are equal in every column are looked for: those of sql's answers may
        be of several rows, and where there is a key a repeat is a fault.
        """
        plain = not self.remote and not self.source.sql
        return plain and (not self.table.key or self.source.duplicates == "drop")

    @property
    def counted(self) -> str:
        """The condition on a row to be in the numbers: neither void nor set aside."""
        return f"{self.live} AND {self.unfaulty}" if self.unfaulty else self.live

    @property
    def money_column(self) -> str:
        """The amount by which the table's money is reconciled; empty where it has none."""
        names = [
            column.name
            for column in self.table.columns
            if column.kind == "money" and column.name in self.columns
        ]
        return names[0] if names else ""


def locate(staged: Staged, rowids: list[int]) -> list[tuple[str, int]]:
    """File and line of rows of the working relation."""
    if staged.remote:
        return [(staged.parts[0].path.name, 0)] * len(rowids)
    placed: dict[int, tuple[str, int]] = {}
    for part, following in zip(staged.parts, [*staged.parts[1:], None], strict=True):
        end = following.offset if following else staged.rows
        mine = [rowid for rowid in rowids if part.offset <= rowid < end]
        for rowid, line in zip(
            mine, part.lines([rowid - part.offset for rowid in mine]) if mine else [], strict=True
        ):
            placed[rowid] = (part.path.name, line)
    return [placed[rowid] for rowid in rowids]
