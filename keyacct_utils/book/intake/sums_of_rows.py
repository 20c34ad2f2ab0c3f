"""Rows that hold the sum of others, told by arithmetic: subtotals and totals in any language.

A row is one of totals where its amount is the sum of the rows above it since the last such row, or
of all rows that are none, and every row of its id is so. Alone that may be a coincidence: what more
is needed stands with each kind below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Staged

#: A printed report is no longer than this.
_MOST_ROWS = 300_000
#: Rows that a sum needs to be worth a remark, and to be none by chance.
_FEW, _SURE = 3, 5
#: Words of totals, within an id; and ids that hold no letter and no digit ("*", "**", nothing).
_WORDS = re.compile(
    r"(?<![^\W\d_])(sub-?)?(totals?|totale[ns]?|totaal|totalt|total[ae]s|result|sum|summ?[ae]|soma"
    r"|somme|ergebnis|итого|всего|итоги?|razem|celkem|spolu|összesen|összeg|yhteensä|toplam|jumlah"
    r"|tổng|ukupno|kokku|kopā|iš viso|σύνολο|المجموع|סה\"כ|รวม|योग|कुल)(?![^\W\d_])"
    r"|gesamt|zwischensumme|endsumme|[合总總小共累汇匯]\s*[计計总總]|総計|合計|합계|소계|총계",
    re.IGNORECASE,
)
_SIGNS_ONLY = re.compile(r"[\W_]*")
_ROUNDS = 20


@dataclass
class Sums:
    """Rows of totals by their ``rowid``: those whose id says it too, those that only arithmetic
    tells, and those that may be chance.
    """

    named: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    chance: list[int] = field(default_factory=list)


def says_total(name: str) -> bool:
    """Whether an id is written like a total's: with such a word in it, or without any letter."""
    return bool(_WORDS.search(name) or _SIGNS_ONLY.fullmatch(name))


def _of_account(name: str, account: str) -> bool:
    """Whether an id names the account above it and says something more: "Acme (all)"."""
    if len(account) < 2 or name == account or says_total(account):
        return False
    if not account.isascii() and name.startswith(account):
        return True
    return re.search(rf"(?<!\w){re.escape(account)}(?!\w)", name) is not None


class _File:
    """The rows of one file, in order."""

    def __init__(self, ids: Sequence[str], amounts: Sequence[int]):
        self.ids, self.amounts = ids, amounts
        self.counts = Counter(ids)
        self.saying = {name for name in self.counts if says_total(name)}

    def scan(self, barred: Collection[str] = (), also: str = "") -> dict[int, int]:
        """The places of rows that may be totals, with how many rows each adds up; ``also``: an id
        that says nothing of it and is looked at all the same.
        """
        found: dict[int, int] = {}
        total = rows = run_total = run_rows = 0
        starts, above = {0: 0}, ""
        for place, (name, amount) in enumerate(zip(self.ids, self.amounts, strict=True)):
            start = total - amount
            if amount and rows and name not in barred:
                says, added = name in self.saying or name == also, 0
                if start == run_total and (says or _of_account(name, above)):
                    added = rows - run_rows
                elif start in starts and says:
                    added = rows - starts[start]
                if added:
                    found[place], starts[total], above = added, rows, ""
                    run_total, run_rows = total, rows
                    continue
            if name != above:
                above, run_total, run_rows = name, total, rows
            total, rows = total + amount, rows + 1
        return found

    def settled(self) -> dict[int, int]:
        """Rows that may be totals, and whose id has no other rows."""
        barred: set[str] = set()
        for _ in range(_ROUNDS):
            found = self.scan(barred)
            of_id = Counter(self.ids[place] for place in found)
            mixed = {name for name, count in of_id.items() if count < self.counts[name]}
            if not mixed:
                return found
            barred |= mixed
        return {}

    def named(self) -> set[int]:
        """Totals whose id says it, or names the account above: a word with two rows added up, an
        account's name with three, two such rows, or a last row that adds up only without them.

        With these there, also those of a single row.
        """
        found = self.settled()
        firm = {place for place, added in found.items() if added > 1}
        sure = {place for place in firm if self.ids[place] in self.saying or found[place] >= _FEW}
        return set(found) if sure or len(firm) > 1 or self.whole(set(found))[0] else set()

    def repeated(self, known: set[int]) -> set[int]:
        """Totals under one id that says nothing: three or more of differing amounts, of two rows
        each on the average, which together cover the file.
        """
        total, seen, likely = 0, set[str](), []
        for place, (name, amount) in enumerate(zip(self.ids, self.amounts, strict=True)):
            if place in known:
                continue
            if name not in seen and amount and amount == total and self.counts[name] >= _FEW:
                likely.append(name)
            seen.add(name)
            total += amount
        taken: set[int] = set()
        for name in likely:
            found = self.scan(also=name)
            places = {place for place in found if self.ids[place] == name}
            rows = sum(place not in found for place in range(max(places, default=0)))
            if (
                len(places) == self.counts[name]
                and sum(found[place] for place in places) == rows >= 2 * len(places)
                and max(places) + 2 >= len(self.ids)
                and len({self.amounts[place] for place in places}) >= _FEW
            ):
                taken |= places
        return taken

    def whole(self, known: set[int]) -> tuple[set[int], set[int]]:
        """The last row, or the first, where it is the sum of all others and its id stands nowhere
        else: told, or (of few rows) perhaps by chance.
        """
        rest = [place for place in range(len(self.ids)) if place not in known]
        total = sum(self.amounts[place] for place in rest)
        for place in {rest[-1], rest[0]} if len(rest) > _FEW else ():
            amount = self.amounts[place]
            if amount and 2 * amount == total and self.counts[self.ids[place]] == 1:
                sure = known or len(rest) > _SURE
                return ({place}, set()) if sure else (set(), {place})
        return set(), set()


def _told(files: Iterable[tuple[list[int], _File]]) -> Sums:
    """What the files of a table say together: an id that is an account in one is so in all."""
    files, kinds = list(files), ("named", "told", "chance")
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in kinds}
    for rowids, file in files:
        named = file.named()
        told = file.repeated(named)
        whole, chance = file.whole(named | told)
        for kind, places in zip(kinds, (named, told | whole, chance), strict=True):
            found[kind] += [(rowids[place], file.ids[place]) for place in sorted(places)]
    rows = sum((file.counts for _, file in files), Counter[str]())
    sums = Counter(name for kind in kinds for _, name in found[kind])
    return Sums(*([row for row, name in found[kind] if sums[name] == rows[name]] for kind in kinds))


def sums_of_rows(connection: duckdb.DuckDBPyConnection, staged: Staged) -> Sums:
    """Rows of totals in files of text and in sheets, whose order is that of a report."""
    if (
        "account_id" not in staged.columns
        or not staged.money_column
        or staged.remote
        or not staged.materialised
        or any(part.native_types for part in staged.parts)
        or staged.rows > _MOST_ROWS
    ):
        return Sums()
    money = quoted(staged.money_column)
    query = (
        f"SELECT \"part:\", rowid, coalesce(account_id, ''), {money} FROM {staged.work} "
        f"WHERE {staged.live} AND {money} IS NOT NULL ORDER BY rowid"
    )
    files: dict[int, tuple[list[int], list[str], list[int]]] = {}
    for part, rowid, name, amount in connection.sql(query).fetchall():
        rowids, names, amounts = files.setdefault(part, ([], [], []))
        rowids.append(rowid)
        names.append(name)
        amounts.append(amount)
    return _told((rowids, _File(ids, amounts)) for rowids, ids, amounts in files.values())
