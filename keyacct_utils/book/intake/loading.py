"""Every table of a book read, staged and checked, with all faults collected, or with faulty rows
set aside.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from keyacct_utils.book.intake import contract_checks as checking
from keyacct_utils.book.intake import source_files as reading
from keyacct_utils.book.intake import unused_columns
from keyacct_utils.book.intake.book_toml import Settings, Source
from keyacct_utils.book.intake.chosen_rows import OF_THE_MACHINE, own_names
from keyacct_utils.book.intake.columns_to_rows import spread
from keyacct_utils.book.intake.contract_checks import Staged
from keyacct_utils.book.intake.currency_marks import code_of
from keyacct_utils.book.intake.idle_options import idle_options
from keyacct_utils.book.intake.notes import remarks
from keyacct_utils.book.intake.progress import Progress, interruptible, silenced
from keyacct_utils.book.intake.raw_files import create_typed, reading_as
from keyacct_utils.book.intake.repeats_behind_sql import Repeated, told_of
from keyacct_utils.book.intake.sql_columns import uses
from keyacct_utils.book.intake.sql_rows import reads, rows_outside, unseen
from keyacct_utils.book.intake.totals_and_spellings import oversized, suspicions, type_faults
from keyacct_utils.book.intake.value_parsing import MACROS
from keyacct_utils.book.passes import limit_config
from keyacct_utils.contract.faults import BookFaults, Discreet, Fault, cut, nearest
from keyacct_utils.contract.tables import MONEY_SCALE, TABLES

_OWNERS = {"account_id": "accounts", "manager_id": "managers"}
#: Reading, parsing and checking of each table.
_STEPS = 3
#: How the reconciliation calls rows that an option leaves out, and how many entries it has else.
_LEFT_OUT = {
    "void": "void",
    "where": "left out by where",
    "duplicates": "dropped as repeated",
    "repeated_keys": "dropped for a repeated key",
}
_PLAIN_RECONCILIATION = 8
#: What DuckDB says of a column that no file has.
_NO_COLUMN = re.compile(
    r'(?:Table "(?P<file>[^"]+)" does not have a column named|Referenced column) '
    r'"(?P<column>[^"]+)"'
)
BY_SQL = "left out by sql"
#: And in how many of the rows the amount is empty or cannot be read, which is no zero.
UNKNOWN = "no amount in"
#: The relation that roll-ups read.
ROLLUP_SOURCE = "rollup_source"
#: Nothing outside can be reached: no file, no extension, no table of this program by its name in
#: the code; and so it stays.
_SHUT = (
    "SET python_enable_replacements = false; SET autoinstall_known_extensions "
    "= false; SET autoload_known_extensions = false; "
    "SET enable_external_access = false; SET lock_configuration = true"
)


def spill_folder() -> str:
    """Where DuckDB puts what does not fit into memory: with the run or the temporary files, never
    where the user works.
    """
    return str(
        Path(os.environ.get("KEYACCT_RUN_DIR") or tempfile.gettempdir())
        / f"keyacct-spill-{os.getpid()}"
    )


def _where_fails(table: str, source: Source, error: Exception) -> Fault:
    text = str(error).splitlines()[0].replace("where:", "")
    return Fault(table, f"where does not run: {text}", f"correct it: where = {source.where!r}")


class Loader:
    """Reads, stages and checks the tables of one book, collecting every fault."""

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        scratch: Path,
        lenient: bool,
    ):
        self.settings, self.connection, self.scratch, self.lenient = (
            settings,
            connection,
            scratch,
            lenient,
        )
        #: All on which a query may be under way, to be ended with the work.
        self.connections = [connection]
        self.staged: dict[str, Staged] = {}
        self.notes: list[str] = []
        #: Those of the notes that stand on the loaded tables.
        self.discreet: list[str] = []
        self.faults: list[Fault] = []
        #: Faults of single rows, which may be set aside instead.
        self.row_checks: dict[str, list[checking.Condition]] = {}
        #: Fingerprints of tables that no file holds.
        self.digests: dict[str, str] = {}
        #: What of the files behind sql was dropped as repeated.
        self.dropped_before: list[dict[str, object]] = []
        self.repeated: list[Repeated] = []
        #: Rows that the WHERE of a sql leaves out, in the form of its answer, and the words by
        #: which it may leave out others.
        self.outside: dict[str, str] = {}
        self.unseen: dict[str, list[str]] = {}
        #: SQL over account rows that a remote ledger gives: the account to count them under, and
        #: which to keep.
        self.counted_as, self.counted = "account_id", "1 = 1"

    def load(self) -> None:
        """Read and check every table, owners of ids first. Raises BookFaults where a table cannot
        be staged at all.
        """
        with Progress(self.connection, _STEPS * len(self.settings.tables)) as self.progress:
            interruptible(self._load, self.connections)

    def _load(self) -> None:
        order = sorted(
            self.settings.tables,
            key=lambda name: (name not in _OWNERS.values(), list(TABLES).index(name)),
        )
        structural: list[Fault] = []
        answers = self._answers(structural)
        for name in order:
            source = self.settings.tables[name]
            self.progress.step(f"reading {name}")
            if self._load_remote(name, source, structural):
                continue
            if name in answers:
                parts, faults = [answers[name]], list[Fault]()
            else:
                parts, faults = self._read(self.connection, name, source)
            if source.columns_to_rows and parts and not faults:
                parts, faults, notes = spread(self.connection, name, source, parts)
                self.notes += notes
            if faults or not parts:
                structural += faults
                continue
            table = checking.widened(self.connection, TABLES[name], source, parts[0])
            columns, faults, notes = checking.map_columns(
                table, source, parts[0].header, self._used_elsewhere(source)
            )
            self.notes += notes
            faults += type_faults(self.connection, table, parts, columns)
            if faults:
                structural += faults
                continue
            in_place = parts[0].native_types and not table.key and not self.lenient
            in_place = in_place and not source.drops
            staged = Staged(table, source, parts, columns, materialised=not in_place)
            if fault := self._meaning(staged):
                structural.append(fault)
                continue
            self.progress.step(f"parsing {name}")
            try:
                faults = checking.stage(self.connection, staged)
            except duckdb.Error as error:
                if not source.where:
                    raise
                structural.append(_where_fails(name, source, error))
                continue
            self.faults += faults
            structural += [fault for fault in faults if not fault.first]
            owners = {key: owner for key, owner in _OWNERS.items() if owner in self.staged}
            checks = checking.conditions(staged, owners, self.settings.currency, self.connection)
            self.progress.step(f"checking {name}")
            self.faults += checking.check(self.connection, staged, checks)
            structural += oversized(self.connection, staged)
            self.staged[name], self.row_checks[name] = staged, checks
            self._hand_out(staged)
            structural += unused_columns.currency_faults(
                self.connection, staged, self.settings.currency
            )
        self._tell_outside()
        if "ledger" in self.staged:
            structural += idle_options(self.settings, self.staged["ledger"].columns)
        elif "ledger" not in self.settings.tables:
            structural += idle_options(self.settings, None)
        accounts = self.staged["accounts"].columns if "accounts" in self.staged else ()
        failed = {fault.table for fault in structural}
        if self.settings.group_by and "group_id" not in accounts and "accounts" not in failed:
            mend = "map accounts.group_id, or leave group_by out"
            structural.append(
                Fault(
                    "accounts",
                    'group_by = "group_id" needs the group of each account',
                    mend,
                    "group_id",
                )
            )
        if structural:
            raise BookFaults(
                [*structural, *(fault for fault in self.faults if fault not in structural)],
                self.settings.file.name,
            )

    def _meaning(self, staged: Staged) -> Fault | None:
        """Find the columns that change what the amounts mean, and what each currency is worth."""
        table, source, header = staged.table, staged.source, staged.parts[0].header
        spoken = own_names(source, header)
        staged.odd = unused_columns.find(
            self.connection, table, source, staged.parts, staged.columns, spoken
        )
        if not source.currency_rates:
            return None
        own = unused_columns.currency_of(table, source, staged.odd, header)
        if isinstance(own, Fault):
            return own
        rates = {code_of(code): rate for code, rate in source.currency_rates.items()}
        if self.settings.currency:
            rates.setdefault(code_of(self.settings.currency), 1)
        staged.currency, staged.rates = own, rates
        if not source.currency_column:
            used = {own, *self._used_elsewhere(source)}
            self.notes += checking.unused_note(table, source, list(header), staged.columns, used)
        return None

    def _used_elsewhere(self, source: Source) -> set[str]:
        """The columns that other tables of the book take from the files of this one."""
        sheet = (source.sheet, source.table)
        others = [
            other
            for other in self.settings.tables.values()
            if other.name != source.name
            and (other.sheet, other.table) == sheet
            and {*other.paths} & {*source.paths}
        ]
        return {
            own
            for other in others
            for own in (
                *(other.columns.get(name, name) for name in TABLES[other.name].names),
                *other.void,
            )
        }

    def _read(
        self, connection: duckdb.DuckDBPyConnection, name: str, source: Source
    ) -> tuple[list[reading.Part], list[Fault]]:
        if not source.in_database:
            return reading.read_parts(connection, name, source, self.scratch)
        from keyacct_utils.book.engines import (
            database,
        )  # SQLAlchemy is slow to import, and few books need it

        try:
            part = database.read_table(connection, name, source)
        except BookFaults as error:
            return [], error.faults
        self.digests[name] = part.digest
        return [part], list(reading.header_faults(name, part))

    def _load_remote(self, name: str, source: Source, structural: list[Fault]) -> bool:
        """Stage a ledger that stays in its database or on its cluster; False where it is to be
        read row by row.
        """
        if name != "ledger" or not (source.database_env or source.spark):
            return False
        from keyacct_utils.book.engines import staging

        try:
            staged = staging.find(TABLES[name], source, self.settings, self.notes)
            if staged is None:
                return False
            self.staged[name], self.row_checks[name] = (
                staged,
                staging.conditions(staged, self._known_accounts()),
            )
            self.faults += checking.check(
                staged.engine(self.connection), staged, self.row_checks[name]
            )
            structural += unused_columns.currency_faults(
                staged.engine(self.connection), staged, self.settings.currency
            )
        except BookFaults as error:
            structural += error.faults
        else:
            self._hand_out(staged)
        return True

    def _known_accounts(self) -> set[str] | None:
        if "accounts" not in self.staged:
            return None
        return {row[0] for row in self.connection.sql("SELECT account_id FROM accounts").fetchall()}

    def _answers(self, structural: list[Fault]) -> dict[str, reading.Part]:
        """Tables that are given as SQL over the book's files, run where nothing outside can be
        reached.
        """
        asked = {name: source for name, source in self.settings.tables.items() if source.sql}
        if not asked:
            return {}
        inner = silenced(
            duckdb.connect(
                config={
                    "temp_directory": spill_folder(),
                    **limit_config(self.settings.memory_limit),
                }
            )
        )
        self.connections.append(inner)
        inner.execute(MACROS)
        used = uses(asked.values())
        for name, written in self.settings.files.items():
            source = reading_as(written, asked.values())
            parts, faults = self._read(inner, name, source)
            structural += faults
            if parts and not faults:
                loaded = create_typed(inner, source, parts, used, self.settings.currency)
                structural += loaded.faults
                self.notes += loaded.notes
                self.repeated += [loaded.repeated] if loaded.repeated else []
        if structural:
            return {}
        inner.execute(_SHUT)
        answers = {}
        for name, source in asked.items():
            try:
                statements = inner.extract_statements(source.sql)
                if [str(item.type) for item in statements] != ["StatementType.SELECT"]:
                    raise ValueError("it is not one SELECT")
                if asked_of := OF_THE_MACHINE.search(source.sql):
                    raise ValueError(f"{asked_of[0]} tells of this machine, not of the book")
                answer = inner.sql(source.sql).to_arrow_table()
            except (duckdb.Error, ValueError) as error:
                text = str(error).splitlines()[0]
                mend = self._what_sql_reads(inner, source.sql, text)
                structural.append(Fault(name, f"the sql does not run: {text}", mend))
                continue
            self.connection.register(f"answer_{name}", answer)
            answers[name] = reading.Part(
                Path(f"sql of {name}"), answer.column_names, f"answer_{name}", native_types=True
            )
            structural += reading.header_faults(name, answers[name])
            self._look_outside(inner, name, source)
        return answers

    def _what_sql_reads(self, inner: duckdb.DuckDBPyConnection, sql: str, error: str) -> str:
        """The way out of sql that does not run: the files that it can read, and where it asks for a
        column that is not there, the columns of those that it reads and the one most like it.
        """
        tables = ", ".join(self.settings.files) or "none"
        wrong = _NO_COLUMN.search(error)
        if not wrong:
            return f"it can read the [files.*] of this book: {tables}"
        asked = [name for name in self.settings.files if reads(sql, name)]
        if wrong["file"] in asked:
            asked = [wrong["file"]]
        columns = {name: inner.table(name).columns for name in asked}
        hint = nearest(wrong["column"], dict.fromkeys(itertools.chain(*columns.values())))
        has = "; ".join(f"{name} has {', '.join(map(cut, own))}" for name, own in columns.items())
        return f"{hint} {has}".strip() or f"it can read the [files.*] of this book: {tables}"

    def _look_outside(self, inner: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
        """Ask for what a table would be with the rows that its sql or ``duplicates`` leaves out."""
        self.unseen[name] = unseen(source.sql)
        if other := rows_outside(source.sql):
            try:
                answer = inner.sql(other).to_arrow_table()
            except duckdb.Error:  # what WHERE keeps away from the SELECT may be why
                self.unseen[name] = ["WHERE"]
            else:
                self.outside[name] = f"outside_{name}"
                self.connection.register(self.outside[name], answer)
        for number, item in enumerate(self.repeated):
            if not reads(source.sql, item.source.name):
                continue
            otherwise = item.ask_otherwise(inner, source.sql)
            if otherwise is not None:
                mine, other = f"answer_{name}", f"other_{name}_{number}"
                self.connection.register(other, otherwise)
                dropped = item.source.duplicates == "drop"
                item.answers[name] = (other, mine) if dropped else (mine, other)

    def _tell_outside(self) -> None:
        for name, staged in self.staged.items():
            if name in self.outside:
                every, _, _ = found = checking.rows_and_money(
                    self.connection,
                    replace(staged, source=replace(staged.source, void={}, where="")),
                    self.outside[name],
                )
                if every:
                    staged.outside = every, found[2]
            elif staged.money_column and self.unseen.get(name):
                self.notes.append(
                    f"{name}: its sql may leave rows out, which are told nowhere "
                    f'({", ".join(self.unseen[name])}); where = "..." in [tables.{name}] tells '
                    "them with rows and money"
                )
        for item in self.repeated:
            notes, line = told_of(self.connection, item, self.staged)
            self.notes += notes
            self.dropped_before += [line] if line else []

    def _hand_out(self, staged: Staged) -> None:
        kept = f" WHERE {staged.live}"
        if staged.remote:
            staged.unfaulty = f"{self._reasons(staged)} = ''" if self.lenient else ""
            kept = f" WHERE {staged.counted}"
            names = ", ".join(reading.quoted(name) for name in staged.columns)
            staged.remote.steps[staged.table.name] = f"SELECT {names} FROM {staged.work}{kept}"
            return
        if self.lenient:
            reasons = self._reasons(staged)
            self.connection.execute(
                f"CREATE TABLE aside_{staged.table.name} AS SELECT rowid AS "
                f"aside_row, {reasons} AS reason FROM {staged.work} "
                f"WHERE {reasons} <> ''"
            )
            staged.unfaulty = f"rowid NOT IN (SELECT aside_row FROM aside_{staged.table.name})"
            kept = f" WHERE {staged.counted}"
        names = ", ".join(staged.handed_out(name) for name in staged.columns)
        self.connection.execute(
            f"CREATE VIEW {staged.table.name} AS SELECT {names} FROM {staged.work}{kept}"
        )

    def _reasons(self, staged: Staged) -> str:
        texts = [
            (
                f"CASE WHEN {item.predicate} THEN "
                f"{reading.quoted(f'{item.column}: {item.problem}', chr(39))} END"
            )
            for item in self.row_checks[staged.table.name]
        ]
        return f"concat_ws('; ', {', '.join(texts)})" if texts else "''"

    def set_aside(self, file: Path) -> list[dict[str, object]]:
        """Write the rows that were set aside, and reconcile rows and money of every table.

        Raises BookFaults, and writes nothing, where no row of a table would be left.
        """
        some = {
            name: item.engine(self.connection)
            .sql(f"SELECT 1 AS one FROM {name} LIMIT 1")
            .fetchall()
            for name, item in self.staged.items()
        }
        emptied = [name for name, rows in some.items() if not rows]
        if emptied:
            raise BookFaults(
                self.faults,
                f"no row of {', '.join(emptied)} is without fault; {self.settings.file.name}",
            )
        temporary = file.with_name(file.name + ".tmp")
        try:
            totals = interruptible(lambda: self._write_aside(temporary), self.connections)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
        return totals

    def _write_aside(self, temporary: Path) -> list[dict[str, object]]:
        with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["table", "file", "line", "reason", "row"])
            for name, staged in self.staged.items():
                for row in self._aside_rows(staged):
                    writer.writerow([name, *row])
        return self.reconciliation()

    def reconciliation(self) -> list[dict[str, object]]:
        """Rows and money of each table; of a book without rows set aside, of those only from which
        something is left out, or falls out of every period.
        """
        found = [self._reconcile(staged) for staged in self.staged.values()]
        kept = [row for row in found if self.lenient or len(row) > _PLAIN_RECONCILIATION]
        return self.dropped_before + kept

    def _aside_rows(self, staged: Staged) -> Iterator[tuple[str, int, str, str]]:
        raws = ", ".join(reading.quoted("raw:" + name) for name in staged.columns)
        name = staged.table.name
        query = (
            f"SELECT aside_row, reason, {raws} FROM aside_{name} "
            f"JOIN {staged.work} ON {staged.work}.rowid = aside_row"
        )
        if staged.remote:
            reasons = self._reasons(staged)
            query = (
                f"SELECT 0 AS aside_row, {reasons} AS reason, "
                f"{raws} FROM {staged.work} WHERE {reasons} <> ''"
            )
        rows = sorted(
            staged.engine(self.connection).sql(query).fetchall(), key=lambda row: (row[0], str(row))
        )
        for (place, line), row in zip(
            checking.locate(staged, [row[0] for row in rows]), rows, strict=True
        ):
            yield (
                place,
                line,
                row[1],
                json.dumps(dict(zip(staged.columns, row[2:], strict=True)), ensure_ascii=False),
            )
        for part in staged.parts:
            for line, text in part.rejected:
                yield (
                    part.path.name,
                    line,
                    "the line does not split into the header's columns",
                    text,
                )

    def _reconcile(self, staged: Staged) -> dict[str, object]:
        name, money = staged.table.name, staged.money_column
        rejected = sum(len(part.rejected) for part in staged.parts)
        amount = reading.quoted(money) if money else "NULL"
        aside = "false"
        if self.lenient:
            aside = (
                f"{self._reasons(staged)} <> ''"
                if staged.remote
                else f"rowid IN (SELECT aside_row FROM aside_{name})"
            )
        tests = {"set aside": aside, **staged.left_out}
        if name == "ledger" and "date" in staged.columns:
            tests["without date"] = f"date IS NULL AND {staged.live} AND NOT ({aside})"
        sums = [
            f"count_if({test}), coalesce(sum(CASE WHEN {test} THEN {amount} END), 0), "
            f"count(CASE WHEN {test} THEN {amount} END)"
            for test in tests.values()
        ]
        query = f"SELECT {', '.join(sums)}, coalesce(sum({amount}), 0) FROM {staged.work}"
        *answer, total = map(int, staged.engine(self.connection).sql(query).fetchall()[0])
        rows = dict(zip(tests, answer[::3], strict=True))
        sums_of = dict(zip(tests, answer[1::3], strict=True))
        known = dict(zip(tests, answer[2::3], strict=True))
        undated = rows.pop("without date", 0), sums_of.pop("without date", 0)
        told: dict[str, object] = {}
        for option in staged.left_out:
            told[f"rows {_LEFT_OUT[option]}"] = rows[option]
            told[f"money {_LEFT_OUT[option]}"] = float(sums_of[option]) / MONEY_SCALE
            if money and (unknown := rows[option] - known[option]):
                told[f"{UNKNOWN} {_LEFT_OUT[option]}"] = unknown
        if undated[0]:
            told["rows without date"] = undated[0]
            told["money without date"] = float(undated[1]) / MONEY_SCALE
        if money and (unknown := rows["set aside"] + rejected - known["set aside"]):
            told[f"{UNKNOWN} set aside"] = unknown
        beyond, worth = staged.outside
        if beyond:
            told[f"rows {BY_SQL}"] = beyond
            told[f"money {BY_SQL}"] = float(worth) / MONEY_SCALE
        return {
            "table": name,
            "rows": staged.rows + rejected + beyond,
            "rows used": staged.rows - sum(rows.values()),
            "rows set aside": rows["set aside"] + rejected,
            "money column": money,
            "money": float(total + worth) / MONEY_SCALE,
            "money used": float(total - sum(sums_of.values())) / MONEY_SCALE,
            "money set aside": float(sums_of["set aside"]) / MONEY_SCALE,
            **told,
        }

    def finish(self) -> None:
        """Make the relation that roll-ups read: accounts grouped and left out as the book says."""
        if "ledger" not in self.staged:
            none = "SELECT '' AS account_id, CAST(0 AS BIGINT) AS revenue WHERE false"
            self.connection.execute(f"CREATE VIEW {ROLLUP_SOURCE} AS {none}")
            self._look_round()
            return
        ledger = self.staged["ledger"]
        names = [reading.quoted(name) for name in ledger.columns if name != "account_id"]
        grouped = self.settings.group_by and "group_id" in (
            self.staged["accounts"].columns if "accounts" in self.staged else ()
        )
        account = (
            "coalesce(accounts.group_id, ledger.account_id)" if grouped else "ledger.account_id"
        )
        join = " LEFT JOIN accounts ON accounts.account_id = ledger.account_id" if grouped else ""
        left_out = ", ".join(reading.quoted(key, "'") for key in self.settings.exclude)
        if ledger.remote:
            group = (
                "(SELECT group_id FROM accounts WHERE accounts.account_id = account_row.account_id)"
            )
            self.counted_as = (
                f"coalesce({group}, account_row.account_id)" if grouped else "account_id"
            )
            self.counted = f"account_id NOT IN ({left_out})" if left_out else "1 = 1"
            # here it is known by what each account bought and gave back
            query = (
                "SELECT account_id, CAST(sum(revenue) AS BIGINT) AS "
                "revenue FROM ledger GROUP BY account_id, revenue >= 0"
            )
            self.connection.register("account_row", ledger.remote.sql(query).to_arrow_table())
            self.connection.execute("CREATE TABLE ledger AS FROM account_row")
            counted = (
                f"SELECT {self.counted_as} AS account_id, "
                f"revenue FROM account_row WHERE {self.counted}"
            )
            self.connection.execute(f"CREATE TABLE {ROLLUP_SOURCE} AS {counted}")
            self.connection.unregister("account_row")
            self._refuse_misspelt_exclusions()
            self._look_round()
            return
        where = f" WHERE ledger.account_id NOT IN ({left_out})" if left_out else ""
        fields = ", ".join([f"{account} AS account_id", *(f"ledger.{name}" for name in names)])
        self.connection.execute(
            f"CREATE VIEW {ROLLUP_SOURCE} AS SELECT {fields} FROM ledger{join}{where}"
        )
        if not self.connection.execute(f"SELECT 1 FROM {ROLLUP_SOURCE} LIMIT 1").fetchall():
            fault = Fault(
                "book.toml",
                "exclude leaves no row of the ledger",
                "leave some of the ids out of [exclude]",
            )
            raise BookFaults([fault], self.settings.file.name)
        self._refuse_misspelt_exclusions()
        self._look_round()

    def _refuse_misspelt_exclusions(self) -> None:
        """An excluded id that the ledger writes otherwise would be counted, and nobody told."""
        if not self.settings.exclude:
            return
        alike = "ltrim(lower(trim({})), '0')"
        query = (
            "SELECT asked.id, min(account_id) FROM (SELECT DISTINCT account_id FROM ledger) "
            f"JOIN (SELECT unnest($ids) AS id) AS asked ON {alike.format('account_id')} = "
            f"{alike.format('asked.id')} GROUP BY asked.id "
            "HAVING NOT bool_or(account_id = asked.id) ORDER BY asked.id"
        )
        rows = self.connection.execute(query, {"ids": list(self.settings.exclude)}).fetchall()
        faults = [
            Fault(
                "book.toml",
                f"exclude: account {asked} is not in the ledger, {there} is",
                f'write "{there}" in [exclude], or leave {asked} out',
            )
            for asked, there in rows
        ]
        if faults:
            raise BookFaults(faults, self.settings.file.name)

    def _look_round(self) -> None:
        with Progress(self.connection, 1) as self.progress:
            self.progress.step("looking for returns, repeats and codes")
            found = interruptible(
                lambda: remarks(self.connection, self.staged, self.settings), self.connections
            )
            self.discreet = [remark for remark in found if isinstance(remark, Discreet)]
            self.notes += found + suspicions(self.connection, self.staged)
