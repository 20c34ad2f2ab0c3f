"""A book: the tables of one company, read, parsed and checked against the contract, with roll-ups
on request.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb
import numpy as np
import pandas as pd

from keyacct_utils.book.intake import checked
from keyacct_utils.book.intake.book_toml import ALONE, Settings, read_settings
from keyacct_utils.book.intake.contract_checks import Staged
from keyacct_utils.book.intake.fingerprint import data_hash, tables_hash
from keyacct_utils.book.intake.loading import ROLLUP_SOURCE, Loader, spill_folder
from keyacct_utils.book.intake.progress import silenced
from keyacct_utils.book.intake.pseudonyms import (
    ACCOUNT,
    KEY_VARIABLE,
    Pseudonyms,
    counted_only,
    telling_columns,
)
from keyacct_utils.book.intake.scratch import scratch_folder
from keyacct_utils.book.intake.value_parsing import MACROS
from keyacct_utils.book.passes import limit_config
from keyacct_utils.book.rollup import (
    Cut,
    Period,
    account_rows,
    added_up,
    as_frame,
    rollup,
    to_cents,
)
from keyacct_utils.collection import ROOT
from keyacct_utils.contract.conventions import DAYS_A_YEAR
from keyacct_utils.contract.faults import BookFaults, Fault, Refusal
from keyacct_utils.contract.tables import TABLES

if TYPE_CHECKING:
    from keyacct_utils.book.engines.remote import Remote

DATASETS = ROOT / "datasets"
#: The bundled books; the lessons' truth check knows what was planted in the first only.
BUNDLED = ("linjiang", "raw_export", "yunhe")
_WEEK = 7  # days
_PANDAS_KINDS = {
    "integer": "Int64",
    "flag": "Int64",
    "number": "float64",
    "id": "str",
    "text": "str",
    "category": "str",
}


def book_file(book: str | os.PathLike[str]) -> Path:
    """The ``book.toml`` of a bundled book by its name, or of one's own by its path or its
    folder's.
    """
    path = DATASETS / str(book) if str(book) in BUNDLED else Path(book)
    return path / "book.toml" if path.is_dir() else path


class Book:
    """The tables of one company. Open one with `Book.open`."""

    def __init__(
        self, settings: Settings, connection: duckdb.DuckDBPyConnection, staged: dict[str, Staged]
    ):
        self._settings = settings
        self._connection = connection
        self._staged = staged
        #: Fingerprints of tables that no file holds; how account rows of a remote ledger are
        #: counted.
        self._digests: dict[str, str] = {}
        self._counted = ("account_id", "1 = 1")
        self._hash = ""  # of a book taken up
        self._origin: checked.Origin | None = None
        self._said = checked.Notes([], [])
        self.codes: Pseudonyms | None = None  # that stand for names and ids
        self.notes: list[str] = []
        #: Per table: rows and money read, used and set aside.
        self.reconciliation: list[dict[str, object]] = []

    @classmethod
    def open(
        cls,
        book: str | os.PathLike[str] = "linjiang",
        quarantine: str | os.PathLike[str] | None = None,
        pseudonymise: str | os.PathLike[str] | None = None,
    ) -> Book:
        """Open a bundled book by name, or one's own by the path of its ``book.toml``.

        Parameters
        ----------
        book : str or path
            ``"linjiang"`` (found from any working directory), or the path of a ``book.toml`` or of
            the folder that holds it.
        quarantine : path, optional
            Set faulty rows aside in this CSV file, with the reason for each, instead of refusing
            the book. Where it is not given, the environment variable KEYACCT_QUARANTINE may name
            it: so a run tells its lessons.
        pseudonymise : path, optional
            Hand out codes for names and ids (`keyacct_utils.book.intake.pseudonyms`), made with the
            key in this file; where there is no such file one is made. A run tells its lessons by
            the environment variable KEYACCT_PSEUDONYMS.

        Raises
        ------
        BookFaults
            A ValueError whose text lists every fault: table, column, rows, values, what was
            expected, how to mend it.
        ValueError
            If the key file is not safe to use.
        """
        places = "" if quarantine or pseudonymise else os.environ.get(checked.VARIABLE, "")
        quarantine = quarantine or os.environ.get("KEYACCT_QUARANTINE") or None
        path = book_file(book)
        key_file = pseudonymise or os.environ.get(KEY_VARIABLE)
        if not key_file:
            return cls._read(path, quarantine, places)[0]
        with counted_only(hide=pseudonymise is None):
            opened, discreet = cls._read(path, quarantine, places)
        opened.codes = Pseudonyms.from_file(Path(key_file), create=pseudonymise is not None)
        opened._settings = opened.codes.settings(opened._settings)
        opened.notes = opened.codes.notes(opened.notes, discreet)
        if pseudonymise:  # lessons show no notes
            small = [(name, opened.table(name)) for name in opened.tables if not TABLES[name].large]
            opened.notes += telling_columns([*small, ("ledger", opened.rollup())])
        return opened

    @classmethod
    def _read(
        cls, path: Path, quarantine: str | os.PathLike[str] | None, places: str = ""
    ) -> tuple[Book, list[str]]:
        """The book as it is written, and the notes that quote nothing of it; taken up where a run
        has put it down checked.
        """
        settings = read_settings(path)
        config = {
            "preserve_insertion_order": True,
            "temp_directory": spill_folder(),
            **limit_config(settings.memory_limit),
        }
        for place in filter(None, places.split(os.pathsep)):
            found = checked.take_up(Path(place), settings, quarantine is not None, config)
            if found:
                return cls._taken_up(settings, found), found.notes.discreet
        began = checked.fingerprint(settings)
        connection = silenced(duckdb.connect(config=config))
        with scratch_folder() as scratch:
            connection.execute(MACROS)
            loader = Loader(settings, connection, scratch, quarantine is not None)
            loader.load()
            opened = cls(settings, connection, loader.staged)
            opened.notes = loader.notes
            if quarantine is not None:
                opened.reconciliation = loader.set_aside(Path(quarantine))
            elif loader.faults:
                raise BookFaults(loader.faults, settings.file.name)
            else:
                opened.reconciliation = loader.reconciliation()
            loader.finish()
            opened._digests, opened._counted = loader.digests, (loader.counted_as, loader.counted)
            opened._refuse_empty_period()
        opened._origin = checked.Origin(began, quarantine is not None)
        opened._said = checked.Notes(list(loader.notes), loader.discreet)
        return opened, loader.discreet

    @classmethod
    def _taken_up(cls, settings: Settings, found: checked.Found) -> Book:
        opened = cls(settings, silenced(found.connection), found.tables)
        opened.notes, opened.reconciliation = list(found.notes.notes), found.reconciliation
        opened._hash = found.data_hash
        return opened

    def put_down(self, place: Path) -> bool:
        """Leave the checked book in a new folder, for the kernels of one run: they open it in a
        moment.

        It lies there as it is written, also under codes, and is for its user alone.

        Returns
        -------
        bool
            False where that cannot be done: the ledger is elsewhere, a file has changed since, the
            disk is full.
        """
        if self._remote or self._origin is None:
            return False
        contents = checked.Contents(self._origin, self._said, self.reconciliation, self.data_hash)
        return checked.put_down(place, self._connection, self._settings, self._staged, contents)

    def _refuse_empty_period(self) -> None:
        """A period without a row would stop every lesson; said once, before any begins."""
        if self._remote and self.has("ledger", "date"):
            return
        try:
            self.period_dates()
        except Refusal as refused:
            fault = Fault("book.toml", refused.problem, refused.mend)
            raise BookFaults([fault], self._settings.file.name) from None

    @property
    def _remote(self) -> Remote | None:
        """Where the ledger is, if not here."""
        return self._staged["ledger"].remote if "ledger" in self._staged else None

    @property
    def name(self) -> str:
        """The book's name."""
        return self._settings.name

    @property
    def currency(self) -> str:
        """The currency of all amounts, as declared."""
        return self._settings.currency

    @property
    def as_of(self) -> dt.date | None:
        """The day up to which the book is complete, if declared."""
        return self._settings.as_of

    @property
    def period(self) -> str:
        """The period that the lessons look at by default: a year such as "2024", or "all"."""
        return self._settings.period

    @property
    def returns(self) -> str:
        """Whether returns are taken off ("net") or left out ("gross")."""
        return self._settings.conventions.returns

    @property
    def excluded_rows(self) -> tuple[int, float]:
        """Rows of the ledger whose account the book leaves out, and their revenue."""
        if not self.excluded:
            return 0, 0.0
        kept = self._settings.conventions.kept_sql
        query = f"SELECT count(*), sum(revenue) FROM ledger WHERE {kept}"
        rows, amount = (self._remote or self._connection).sql(query).fetchall()[0]
        # less what counts: under codes the ids of the book are not at hand
        counted = self.totals().iloc[0]
        whole = float(to_cents(np.array([int(amount or 0)]))[0])
        return int(rows) - int(counted["n_rows"]), round(whole - float(counted["revenue"]), 2)

    @property
    def standard_cost(self) -> float | None:
        """Cost of goods of the rows without one, as a share of their revenue; None where the book
        assumes none.
        """
        return self._settings.conventions.standard_cost

    @property
    def folder(self) -> Path:
        """The folder of the ``book.toml``."""
        return self._settings.folder

    @property
    def bundled(self) -> bool:
        """True for the synthetic book, whose planted truth is known."""
        return self.codes is None and self.folder.resolve() == (DATASETS / BUNDLED[0]).resolve()

    @property
    def address_variables(self) -> set[str]:
        """Environment variables that hold addresses of databases."""
        sources = [*self._settings.tables.values(), *self._settings.files.values()]
        return {source.database_env for source in sources if source.database_env}

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the book has."""
        return tuple(self._staged)

    @property
    def excluded(self) -> dict[str, str]:
        """Account ids that the book leaves out, with the reason for each."""
        return dict(self._settings.exclude)

    @property
    def data_hash(self) -> str:
        """SHA-256 over all that the book reads: its files, its ``book.toml``, and the rows that a
        database gave.
        """
        if self._hash:
            return self._hash
        elsewhere: dict[str, object] = dict(self._digests)
        if self._remote:
            elsewhere["ledger"] = account_rows(
                self._remote, "ledger", self._staged["ledger"].columns
            ).to_pylist()
        return data_hash(self._settings, elsewhere)

    def tables_hash(self, tables: Collection[str]) -> str:
        """SHA-256 over some of the tables, as far as files hold them: what a lesson read, and no
        more.
        """
        return tables_hash(self._settings, tables)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the book has the table, and all of these columns in it. Raises ValueError for a
        name not in the contract.
        """
        if table not in TABLES:
            raise ValueError(f"the contract has no table {table!r}; it has {', '.join(TABLES)}")
        for name in columns:
            TABLES[table].column(name)
        return table in self._staged and all(
            name in self._staged[table].columns for name in columns
        )

    def table(self, name: str) -> pd.DataFrame:
        """A table as a DataFrame with the contract's names; columns that the book lacks are absent.

        Ids, texts and categories are strings (missing where empty), amounts are floats in currency
        units rounded to cents, numbers floats, whole numbers and flags ``Int64``, dates
        ``datetime64``.

        Raises
        ------
        ValueError
            If the book has no such table.
        """
        if not self.has(name):
            raise ValueError(
                f"the book {self.name!r} has no table {name!r}; it has {', '.join(self.tables)}"
            )
        rows = (
            self._staged[name]
            .engine(self._connection)
            .sql(f"SELECT * FROM {name}")
            .to_arrow_table()
        )
        frame = rows.to_pandas(date_as_object=False)
        for column in self._staged[name].table.columns:
            if column.name not in frame:
                continue
            if column.kind == "money":
                values = frame[column.name]
                frame[column.name] = pd.Series(
                    to_cents(values.to_numpy("float64")), index=frame.index
                )
            elif column.kind == "date":
                frame[column.name] = frame[column.name].astype("datetime64[s]")
            else:
                frame[column.name] = frame[column.name].astype(_PANDAS_KINDS[column.kind])
        return self.codes.frame(frame, self._staged[name].table) if self.codes else frame

    def counted(self, name: str) -> pd.DataFrame:
        """A table as `table` gives it, without the rows of accounts that the book leaves out
        (``exclude``), which no roll-up counts either.
        """
        frame = self.table(name)
        if not self.excluded:
            return frame
        return frame[~frame["account_id"].isin(list(self.excluded))].reset_index(drop=True)

    def rollup(
        self,
        period: Period | None = None,
        by_line: bool = True,
        line: str | None = None,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
    ) -> pd.DataFrame:
        """Revenue, cost, volume and activity per account and line (and period); see
        `keyacct_utils.book.rollup.rollup`.

        Accounts are grouped and left out as ``book.toml`` says. ``start`` and ``end`` may be
        written "2024-01-01".
        """
        rows = self._rollup(None, self._cut(period, by_line, line, start, end))
        return self.codes.account_rows(rows) if self.codes else rows

    def by_person(
        self,
        column: Literal["contact_id", "manager_id"],
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
    ) -> pd.DataFrame:
        """Through whom each account bought: revenue and days with a sale per account and person.

        Parameters
        ----------
        column : "contact_id" for people of the account, "manager_id" for our own.
        start, end : first and last day, written "2024-01-01" or as dates.

        Returns
        -------
        DataFrame
            account_id, ``column`` (empty where nobody is named), revenue in currency units, days
            (with a sale above zero), last (the last of them; missing without dates).

        Raises
        ------
        ValueError
            If the ledger has no such column, or stays in another database, where it is not cut by
            person.
        """
        if self._remote or not self.has("ledger", column):
            why = "stays in another database" if self._remote else f"has no {column}"
            raise ValueError(f"the ledger {why}, so nothing is known of who bought through whom")
        cut = self._cut(None, False, None, start, end)
        dated = self.has("ledger", "date")
        day = "CASE WHEN revenue > 0 THEN date END" if dated else "CAST(NULL AS DATE)"
        query = (
            f"SELECT account_id, COALESCE({column}, '') AS {column}, "
            f"CAST(COALESCE(SUM(revenue), 0) AS BIGINT) AS revenue, "
            f"COUNT(DISTINCT {day}) AS days, MAX({day}) AS last "
            f"FROM {ROLLUP_SOURCE} WHERE {cut.kept} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        rows = self._connection.sql(query).to_arrow_table().to_pandas(date_as_object=False)
        rows = rows.astype({"account_id": "str", column: "str", "last": "datetime64[s]"})
        rows["revenue"] = to_cents(rows["revenue"].to_numpy("float64"))
        if self.codes:
            named = rows[column].where(rows[column] != "")
            rows = self.codes.frame(rows.assign(**{column: named})).fillna({column: ""})
            rows = rows.sort_values(["account_id", column], ignore_index=True)
        return rows

    def totals(
        self,
        period: Period | None = None,
        by_line: bool = False,
        line: str | None = None,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
    ) -> pd.DataFrame:
        """The same over all accounts: exact totals, rounded once (the sum of rounded account rows
        is not).
        """
        cut = self._cut(period, by_line, line, start, end)
        found = self._rollup("'total'", cut).drop(columns="account_id")
        if self.has("ledger") or period or by_line:
            return found
        counted = found.select_dtypes("number").columns.difference(["cost", "margin", "volume"])
        nothing = found.reindex([0]).astype({"line": found["line"].dtype.name})
        return nothing.fillna(dict.fromkeys(counted, 0)).astype(found[counted].dtypes.to_dict())

    def _cut(
        self,
        period: Period | None,
        by_line: bool,
        line: str | None,
        start: dt.date | str | None,
        end: dt.date | str | None,
    ) -> Cut:
        if not self.has("ledger"):  # there are no transactions that days could cut
            start = end = None
        first, last = (
            dt.date.fromisoformat(day) if isinstance(day, str) else day for day in (start, end)
        )
        return Cut(period, by_line, line, first, last, self._settings.conventions)

    def _rollup(self, account: str | None, cut: Cut) -> pd.DataFrame:
        columns: Collection[str] = ("account_id", "revenue")
        if "ledger" in self._staged:
            columns = self._staged["ledger"].columns
        if self._remote:
            rows = account_rows(self._remote, "ledger", columns, cut)
            own, kept = self._counted
            rows = added_up(self._connection, rows, account or own, kept)
            return as_frame(rows, columns, cut.period)
        source = (
            f"(SELECT * REPLACE ({account} AS account_id) FROM {ROLLUP_SOURCE})"
            if account
            else ROLLUP_SOURCE
        )
        return rollup(self._connection, source, cut, columns)

    def period_dates(self, period: str = "book") -> tuple[dt.date | None, dt.date | None]:
        """First and last day of a period: "book" (the book's own), "all", "2024", "2024Q1" or
        "2024-03".

        Raises
        ------
        ValueError
            If the period is written otherwise, or the ledger has no date or no row in it.
        """
        chosen = self.period if period == "book" else period
        if chosen == "all":
            return None, None
        start, end = self._settings.conventions.dates(chosen)
        if not self.has("ledger") and self.has("invoices"):
            return self._invoiced(chosen, start, end)
        if not self.has("ledger", "date"):
            raise Refusal(
                f"period is {chosen!r}, but the ledger has no date",
                "use period = 'all', or add ledger.date",
            )
        source = f"ledger WHERE {self._counted[1]}" if self._remote else ROLLUP_SOURCE
        within = f"count_if(date BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{end:%Y-%m-%d}')"
        query = f"SELECT min(date), max(date), {within} FROM {source}"
        first, last, rows = (self._remote or self._connection).sql(query).fetchall()[0]
        if first is None:
            raise Refusal(
                f"period is {chosen!r}, but no row of the ledger has a date", "use period = 'all'"
            )
        if not rows:
            raise Refusal(
                f"period is {chosen!r}, but the ledger runs from {first} to {last}",
                "choose a period in that time",
            )
        return start, end

    def _invoiced(self, chosen: str, start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
        """The days of a period in a book of invoices without a ledger: some are issued in it (or
        fall due, where only that is known).
        """
        day = "issue" if self.has("invoices", "issue") else "due"
        within = f"count_if({day} BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{end:%Y-%m-%d}')"
        query = f"SELECT min({day}), max({day}), {within} FROM invoices"
        engine = self._staged["invoices"].engine(self._connection)
        first, last, rows = engine.sql(query).fetchall()[0]
        if not rows:
            runs = f"the invoices run from {first} to {last}" if first else "no invoice has a date"
            raise Refusal(
                f"period is {chosen!r}, but {runs}",
                "choose a period in that time, or use period = 'all'",
            )
        return start, end

    def full_years(self) -> tuple[dict[str, tuple[dt.date, dt.date]], list[str]]:
        """The years whose first and last month the ledger reaches, with their days, and the names
        of the other years that it touches. None without dates. A last month in which the ledger
        breaks off (`cut_short`) is not reached.
        """
        if not self.has("ledger", "date"):
            return {}, []
        known = self.totals().iloc[0]
        touched = sorted(set(self.totals(period="year")["period"]) - {""})
        if not touched:
            return {}, []
        first, last = (pd.Period(known[name], "M") for name in ("first_date", "last_date"))
        last -= int(self.cut_short() is not None)
        days = {year: self._settings.conventions.dates(year) for year in touched}
        full = {
            year: span
            for year, span in days.items()
            if first <= pd.Period(span[0], "M") and pd.Period(span[1], "M") <= last
        }
        return full, [year for year in touched if year not in full]

    def cut_short(self, end: dt.date | None = None) -> dt.date | None:
        """The last day posted, where the ledger breaks off within its last month; None where that
        month is whole, and where rows follow ``end``.

        When it breaks off, `breaks_off` says.
        """
        if not self.has("ledger", "date"):
            return None
        source = f"ledger WHERE {self._counted[1]}" if self._remote else ROLLUP_SOURCE
        rows = (self._remote or self._connection).sql(f"SELECT DISTINCT date FROM {source}")
        days = sorted(day for (day,) in rows.fetchall() if day is not None)
        if not days or (end and days[-1] > end):
            return None
        return self.breaks_off(days)

    def breaks_off(self, days: Collection[dt.date]) -> dt.date | None:
        """The last of the days on which rows of a table stand, where they break off within its
        month; None where that month is whole.

        Rows break off where they are silent for the last week of a month or more. With ``as_of``
        in that month, the silence counts from that day, and only where other months are posted
        beyond it: a book of bills of the 1st misses nothing. Without, it has to be longer than 99
        of 100 silences before it, as few postings are no end, and longer than at the end of any
        month before in which something was posted, as some close before Christmas.
        """
        if not days:
            return None
        days = sorted(set(days))
        last = days[-1]
        whole = dt.date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
        known = max(last, self.as_of or last)
        if (whole - known).days < _WEEK:
            return None
        if self.as_of and self.as_of >= last.replace(day=1):
            earlier = (day.day for day in days if day < last.replace(day=1))
            return last if any(day > known.day for day in earlier) else None
        gaps = [(later - sooner).days for sooner, later in itertools.pairwise(days)]
        ends = {(day.year, day.month): day for day in days if day < last.replace(day=1)}
        silent = [calendar.monthrange(*month)[1] - day.day for month, day in ends.items()]
        usual = [np.quantile(gaps, 0.99), *silent] if gaps else []
        return last if usual and (whole - last).days > max(usual) else None

    def grouped(self) -> pd.Series:
        """Of each account that ``group_by`` counts under another id: which; none where no group is
        asked for.
        """
        if not self._settings.group_by or not self.has("accounts", "group_id"):
            return pd.Series([], index=pd.Index([], dtype="str", name="account_id"), dtype="str")
        groups = self.table("accounts").set_index("account_id")["group_id"].dropna()
        return groups[(groups != groups.index) & ~groups.index.isin(groups)]

    def names(self) -> pd.Series:
        """Display name of each account: Chinese, else English, else the id."""
        if not self.has("ledger"):
            # bids are of tenders, which say whose they are; an opportunity need not say
            named = [name for name in (*ALONE, "tenders") if "account_id" in TABLES[name].names]
            ids = [self.table(name)["account_id"] for name in named if self.has(name, "account_id")]
            found = {account for column in ids for account in column.dropna()}
        else:
            found = {
                row[0]
                for row in self._connection.execute(
                    f"SELECT DISTINCT account_id FROM {ROLLUP_SOURCE}"
                ).fetchall()
            }
            found = (
                set(self.codes.codes(pd.Series(list(found), dtype="str"), ACCOUNT))
                if self.codes
                else found
            )
        ids = pd.Index(sorted(found), dtype="str", name="account_id")
        if not self.has("accounts"):
            return pd.Series(ids, index=ids, name="name")
        accounts = self.table("accounts").set_index("account_id")
        index = accounts.index.union(ids).rename("account_id")
        shown = pd.Series(pd.NA, index=index, dtype="str", name="name")
        for column in ("name_zh", "name_en"):
            if column in accounts:
                shown = shown.fillna(accounts[column].reindex(index))
        return shown.fillna(pd.Series(index, index=index)).rename("name")

    def tenure(self) -> pd.Series | None:
        """Years of the relationship at the end of the book, by account: ``tenure_y``, or counted
        from ``start_date`` of the accounts; None where the book has neither.
        """
        wanted = next(
            (name for name in ("tenure_y", "start_date") if self.has("accounts", name)), ""
        )
        if not wanted:
            return None
        found = self.table("accounts").set_index("account_id")[wanted]
        if wanted == "tenure_y":
            return found.astype(float)
        last = self.totals()["last_date"].iloc[0] if self.has("ledger", "date") else None
        end = self.as_of if pd.isna(last) else last
        if end is None or pd.isna(end) or found.isna().all():
            return None
        years = (pd.Timestamp(end) - found).dt.days / DAYS_A_YEAR
        return years.clip(lower=0.0).round(1).rename("tenure_y")

    def labels(self) -> pd.Series:
        """How an account is shown to a reader: name, id and English gloss ("中港铁路集团 A0230,
        Zhonggang Rail").
        """
        names = self.names()
        shown = names.where(names == names.index, names + " " + names.index)
        if not self.has("accounts", "name_zh", "name_en"):
            return shown.rename("label")
        english = self.table("accounts").set_index("account_id")["name_en"].reindex(names.index)
        glossed = english.notna() & (english != names)
        return shown.mask(glossed, shown + ", " + english.fillna("")).rename("label")
