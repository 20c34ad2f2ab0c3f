"""Every table of a book read, staged and checked, with all faults collected, or with faulty rows set aside."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from keyacct_utils.faults import BookFaults, Fault
from keyacct_utils.intake import checking, reading
from keyacct_utils.intake.checking import Staged
from keyacct_utils.intake.remarks import remarks
from keyacct_utils.intake.settings import Settings
from keyacct_utils.tables import MONEY_SCALE, TABLES

_OWNERS = {"account_id": "accounts", "manager_id": "managers"}
#: The relation that roll-ups read.
ROLLUP_SOURCE = "rollup_source"


class Loader:
    """Reads, stages and checks the tables of one book, collecting every fault."""

    def __init__(self, settings: Settings, connection: duckdb.DuckDBPyConnection, scratch: Path, lenient: bool):
        self.settings, self.connection, self.scratch, self.lenient = settings, connection, scratch, lenient
        self.staged: dict[str, Staged] = {}
        self.notes: list[str] = []
        self.faults: list[Fault] = []
        #: Faults of single rows, which may be set aside instead.
        self.row_checks: dict[str, list[checking.Condition]] = {}

    def load(self) -> None:
        """Read and check every table, owners of ids first. Raises BookFaults where a table cannot be staged at all."""
        order = sorted(self.settings.tables, key=lambda name: (name not in _OWNERS.values(), list(TABLES).index(name)))
        structural: list[Fault] = []
        answers = self._answers(structural)
        for name in order:
            source = self.settings.tables[name]
            if name in answers:
                parts, faults = [answers[name]], list[Fault]()
            else:
                parts, faults = reading.read_parts(self.connection, name, source, self.scratch)
            if faults or not parts:
                structural += faults
                continue
            columns, faults, notes = checking.map_columns(TABLES[name], source, parts[0].header)
            self.notes += notes
            if faults:
                structural += faults
                continue
            in_place = parts[0].native_types and not TABLES[name].key and not self.lenient
            staged = Staged(TABLES[name], source, parts, columns, materialised=not in_place)
            faults = checking.stage(self.connection, staged)
            self.faults += faults
            structural += [fault for fault in faults if not fault.first]
            owners = {key: owner for key, owner in _OWNERS.items() if owner in self.staged}
            checks = checking.conditions(staged, owners)
            self.faults += checking.check(self.connection, staged, checks)
            self.staged[name], self.row_checks[name] = staged, checks
            self._hand_out(staged)
        if structural:
            raise BookFaults([*structural, *(fault for fault in self.faults if fault not in structural)], self.settings.file.name)

    def _answers(self, structural: list[Fault]) -> dict[str, reading.Part]:
        """Tables that are given as SQL over the book's files, run where nothing outside can be reached."""
        asked = {name: source for name, source in self.settings.tables.items() if source.sql}
        if not asked:
            return {}
        inner = duckdb.connect()
        for name, source in self.settings.files.items():
            parts, faults = reading.read_parts(inner, name, source, self.scratch)
            structural += faults
            if parts and not faults:
                reading.create_typed(inner, name, parts)
        if structural:
            return {}
        inner.execute("SET enable_external_access = false; SET lock_configuration = true")
        answers = {}
        for name, source in asked.items():
            try:
                statements = inner.extract_statements(source.sql)
                if [str(item.type) for item in statements] != ["StatementType.SELECT"]:
                    raise ValueError("it is not one SELECT")
                answer = inner.sql(source.sql).to_arrow_table()
            except (duckdb.Error, ValueError) as error:
                text = str(error).splitlines()[0]
                tables = ", ".join(self.settings.files) or "none"
                structural.append(
                    Fault(name, f"the sql does not run: {text}", f"it can read the [files.*] of this book: {tables}")
                )
                continue
            self.connection.register(f"answer_{name}", answer)
            answers[name] = reading.Part(Path(f"sql of {name}"), answer.column_names, f"answer_{name}", native_types=True)
        return answers

    def _hand_out(self, staged: Staged) -> None:
        kept = ""
        if self.lenient:
            reasons = self._reasons(staged)
            self.connection.execute(
                f"CREATE TABLE aside_{staged.table.name} AS SELECT rowid AS aside_row, {reasons} AS reason FROM {staged.work} "
                f"WHERE {reasons} <> ''"
            )
            kept = f" WHERE rowid NOT IN (SELECT aside_row FROM aside_{staged.table.name})"
        names = ", ".join(reading.quoted(name) for name in staged.columns)
        self.connection.execute(f"CREATE VIEW {staged.table.name} AS SELECT {names} FROM {staged.work}{kept}")

    def _reasons(self, staged: Staged) -> str:
        texts = [
            f"CASE WHEN {item.predicate} THEN {reading.quoted(f'{item.column}: {item.problem}', chr(39))} END"
            for item in self.row_checks[staged.table.name]
        ]
        return f"concat_ws('; ', {', '.join(texts)})" if texts else "''"

    def set_aside(self, file: Path) -> list[dict[str, object]]:
        """Write the rows that were set aside, and reconcile rows and money of every table.

        Raises BookFaults, and writes nothing, where no row of a table would be left.
        """
        emptied = [name for name in self.staged if not self.connection.sql(f"SELECT 1 FROM {name} LIMIT 1").fetchall()]
        if emptied:
            raise BookFaults(self.faults, f"no row of {', '.join(emptied)} is without fault; {self.settings.file.name}")
        temporary = file.with_name(file.name + ".tmp")
        totals = []
        with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["table", "file", "line", "reason", "row"])
            for name, staged in self.staged.items():
                for row in self._aside_rows(staged):
                    writer.writerow([name, *row])
                totals.append(self._reconcile(staged))
        temporary.replace(file)
        return totals

    def _aside_rows(self, staged: Staged) -> Iterator[tuple[str, int, str, str]]:
        raws = ", ".join(reading.quoted("raw:" + name) for name in staged.columns)
        name = staged.table.name
        joined = f"aside_{name} JOIN {staged.work} ON {staged.work}.rowid = aside_row"
        query = f"SELECT aside_row, reason, {raws} FROM {joined} ORDER BY aside_row"
        rows = self.connection.execute(query).fetchall()
        for (place, line), row in zip(checking.locate(staged, [row[0] for row in rows]), rows, strict=True):
            yield place, line, row[1], json.dumps(dict(zip(staged.columns, row[2:], strict=True)), ensure_ascii=False)
        for part in staged.parts:
            for line, text in part.rejected:
                yield part.path.name, line, "the line does not split into the header's columns", text

    def _reconcile(self, staged: Staged) -> dict[str, object]:
        name, money = staged.table.name, staged.money_column
        rejected = sum(len(part.rejected) for part in staged.parts)
        total = f"coalesce(sum({reading.quoted(money)}), 0)" if money else "0"
        aside = f"rowid IN (SELECT aside_row FROM aside_{name})"
        money_aside_sum = f"coalesce(sum(CASE WHEN {aside} THEN {money or 'NULL'} END), 0)"
        query = f"SELECT count_if({aside}), {money_aside_sum}, {total} FROM {staged.work}"
        rows_aside, money_aside, money_all = self.connection.execute(query).fetchall()[0]
        return {
            "table": name,
            "rows": staged.rows + rejected,
            "rows used": staged.rows - rows_aside,
            "rows set aside": rows_aside + rejected,
            "money column": money,
            "money": float(money_all) / MONEY_SCALE,
            "money used": float(money_all - money_aside) / MONEY_SCALE,
            "money set aside": float(money_aside) / MONEY_SCALE,
        }

    def finish(self) -> None:
        """Make the relation that roll-ups read: accounts grouped and left out as the book says."""
        ledger = self.staged["ledger"]
        names = [reading.quoted(name) for name in ledger.columns if name != "account_id"]
        grouped = self.settings.group_by and "group_id" in (self.staged["accounts"].columns if "accounts" in self.staged else ())
        account = "coalesce(accounts.group_id, ledger.account_id)" if grouped else "ledger.account_id"
        join = " LEFT JOIN accounts ON accounts.account_id = ledger.account_id" if grouped else ""
        left_out = ", ".join(reading.quoted(key, "'") for key in self.settings.exclude)
        where = f" WHERE ledger.account_id NOT IN ({left_out})" if left_out else ""
        fields = ", ".join([f"{account} AS account_id", *(f"ledger.{name}" for name in names)])
        self.connection.execute(f"CREATE VIEW {ROLLUP_SOURCE} AS SELECT {fields} FROM ledger{join}{where}")
        self.notes += remarks(self.connection, self.staged, self.settings.exclude)
