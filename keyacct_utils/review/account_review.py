"""The account review as one table: joined from the lessons' records, written as Parquet and CSV,
read back.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from keyacct_utils.lessons.showing.words import count, rounded
from keyacct_utils.review.record import ACCOUNT_ID, METADATA, whole_file

NAME = "account"
#: Decimals of a number in the CSV: a share of 0.000001 is one account of a million.
_DIGITS = 6
#: What lesson 03 calls an account that bought nothing in the last months.
_GONE = "gone"
STEM = "account_review"
PARQUET = f"{STEM}.parquet"
#: With these a spreadsheet takes a text for a formula when the file is opened, edited or saved as
#: CSV (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Recorded:
    """Where a column comes from: the lesson, the name under which it was recorded, and what it
    says.
    """

    lesson: str
    name: str
    meaning: str


@dataclass(frozen=True)
class Review:
    """One row per account, sorted by rank, with what every lesson recorded.

    Parameters
    ----------
    accounts : DataFrame
        ``account`` (display name), ``account_id`` and one column per entry of ``columns``.
    columns : dict
        How each column was recorded, by its header.
    run : dict
        What made it: book, data_hash, currency, period, as_of, parameters, lessons, versions; as in
        ``run.json``.
    """

    accounts: pd.DataFrame
    columns: dict[str, Recorded]
    run: dict[str, Any] = field(default_factory=dict)

    #: Accounts that bought once and nothing since the last full months began, by the roll-up, and
    #: how many months these are.
    gone: frozenset[str] = frozenset()
    gone_months: int = 0
    #: The last of these months, where the book goes on after the period; else empty.
    gone_to: str = ""
    #: Of each account that counts with its group: the id of that.
    grouped: Mapping[str, str] = field(default_factory=dict)
    #: Whether the length of the period is known; without dates no amount is one of a year.
    dated: bool = True

    @property
    def left(self) -> pd.Series:
        """Of each row whether the account is gone, by the roll-up or by lesson 03: there is nothing
        to raise, to tie or to drop.
        """
        found = self.accounts[ACCOUNT_ID].isin(list(self.gone))
        cell = self.column("03", "value_cell")
        return found if cell is None else found | (cell == _GONE)

    @property
    def gone_rule(self) -> str:
        """What "gone" means on every page of the review: the one place that says it."""
        last = "the last months"
        if self.gone_months:
            to = f"up to {self.gone_to}" if self.gone_to else "of the data"
            last = f"the last {count(self.gone_months, 'full month')} {to} or since"
        return f"{_GONE}: it bought nothing in {last}"

    def column(self, lesson: str, name: str) -> pd.Series | None:
        """A recorded column, or None where the lesson recorded none of this name or nothing in
        it.
        """
        for label, recorded in self.columns.items():
            if (recorded.lesson, recorded.name) == (lesson, name) and self.accounts[
                label
            ].notna().any():
                return self.accounts[label]
        return None


def asked(run: Mapping[str, Any], topic: str, parameter: str, default: Any) -> Any:
    """With which value of a parameter a lesson ran: that of the command, else the book's own for
    the lesson, else the default.
    """
    given: Mapping[str, Any] = run.get("parameters", {})
    return given.get(parameter, given.get(f"{topic}.{parameter}", default))


def up_to(run: Mapping[str, Any]) -> str:
    """The day up to which the data of a run are: as declared, else that of the last row."""
    if run.get("as_of"):
        return f"data up to {run['as_of']}"
    return f"last row of {run['last_day']}" if run.get("last_day") else "data of no known day"


def join_records(
    folder: str | os.PathLike[str], names: pd.Series, run: dict[str, Any] | None = None
) -> Review:
    """Put the records of a run side by side.

    Parameters
    ----------
    folder : path
        Folder of the run, whose ``review/`` holds the records (see
        `keyacct_utils.review.record.record`).
    names : Series
        Display name of each account, indexed by account id. Every account of it gets a row, and so
        does every recorded one.
    run : dict, optional
        What made the records, for the metadata.

    Returns
    -------
    Review
        A column name that two lessons use gets the lesson's code: ``revenue (03)``.
    """
    tables = [pq.read_table(path) for path in sorted((Path(folder) / "review").glob("*.parquet"))]
    told = [json.loads(table.schema.metadata[METADATA]) for table in tables]
    used = [name for own in told for name in own["meaning"]] + [NAME]
    frames: list[pd.DataFrame] = []
    columns: dict[str, Recorded] = {}
    for table, own in zip(tables, told, strict=True):
        new = {
            name: f"{name} ({own['lesson']})" if used.count(name) > 1 else name
            for name in own["meaning"]
        }
        frames.append(table.to_pandas().set_index(ACCOUNT_ID).rename(columns=new))
        columns |= {
            new[name]: Recorded(own["lesson"], name, meaning)
            for name, meaning in own["meaning"].items()
        }
    ids = pd.Index(
        sorted(
            {str(i) for index in [names.index, *(frame.index for frame in frames)] for i in index}
        ),
        dtype="object",
    )
    known = names.astype("object").reindex(ids)
    first = pd.DataFrame(
        {NAME: known.where(known.notna(), pd.Series(ids, index=ids)), ACCOUNT_ID: ids}, index=ids
    )
    accounts = pd.concat([first, *(frame.reindex(ids) for frame in frames)], axis=1)
    if "rank" in accounts:
        accounts = accounts.sort_values("rank", kind="stable")
    elif "credit_score" in accounts:  # no money to rank by: the riskiest first, not "1, 10, 100"
        accounts = accounts.sort_values("credit_score", kind="stable")
    return Review(accounts.reset_index(drop=True), columns, run or {})


def write_parquet(review: Review, path: str | os.PathLike[str]) -> None:
    """Write the review as Parquet: plain text, typed numbers, and in the metadata what made it and
    what each column says.
    """
    table = pa.Table.from_pandas(review.accounts, preserve_index=False)
    told = {
        "run": review.run,
        "columns": {label: vars(recorded) for label, recorded in review.columns.items()},
    }
    own = {METADATA: json.dumps(told, ensure_ascii=False).encode()}
    with whole_file(Path(path)) as temporary:
        pq.write_table(
            table.replace_schema_metadata({**(table.schema.metadata or {}), **own}), temporary
        )


def write_csv(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    amounts: Collection[str] = (),
    digits: Mapping[str, int] | None = None,
) -> None:
    """Write a table as CSV that Excel and LibreOffice open right: UTF-8 with BOM, RFC 4180, text
    quoted.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP advises;
    Parquet keeps it plain. The columns in ``amounts`` are written with two decimals, those in
    ``digits`` with so many at most, all others with six at most; whole numbers without a point.
    """
    texts = frame.select_dtypes(["object", "str", "string"]).columns
    tame = frame.assign(**{str(name): [_tamed(value) for value in frame[name]] for name in texts})
    for label in frame.select_dtypes("float").columns.difference([*amounts]):
        most = (digits or {}).get(str(label), _DIGITS)
        numbers = [_number(value, most) for value in frame[label]]
        tame[label] = pd.Series(numbers, index=frame.index, dtype="object")
    for name in amounts:
        written = [_cents(value) for value in frame[name]]
        tame[name] = pd.Series(written, index=frame.index, dtype="object")
    tame.columns = pd.Index([_tamed(str(name)) for name in frame.columns])
    with whole_file(Path(path)) as temporary:
        tame.to_csv(
            temporary,
            index=False,
            encoding="utf-8-sig",
            quoting=csv.QUOTE_NONNUMERIC,
            lineterminator="\r\n",
        )


def _cents(value: float) -> Decimal | None:
    """An amount with its two decimals: a number to a writer of CSV, which leaves it unquoted."""
    known = not pd.isna(value) and math.isfinite(value)
    return Decimal(f"{rounded(value, 2):.2f}") if known else None


def _number(value: float, digits: int) -> Decimal | float | None:
    """A number with so many decimals at most, and no exponent."""
    if pd.isna(value):
        return None
    if not math.isfinite(value):
        return value
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Decimal("0" if text == "-0" else text)


def _tamed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\x00", "")  # a reader of CSV may end the text here
    # a lone "-" is how a lesson writes "none", and no formula
    return "'" + text if text.startswith(FORMULA_STARTS) and text != "-" else text


def read_review(path: str | os.PathLike[str]) -> Review:
    """Read the account review of an earlier run back.

    Parameters
    ----------
    path : path
        The folder of a run, or its ``account_review.parquet``.

    Raises
    ------
    ValueError
        For a folder without one, a file that is no account review, ids that are not text, missing
        or repeated.
    """
    given = Path(path)
    file = given / PARQUET if given.is_dir() else given
    if not file.is_file():
        what = f"a folder without {PARQUET}" if given.is_dir() else "no such folder or file"
        raise ValueError(
            f"{given}: {what}; give the folder that keyacct run wrote with --out, or run it again"
        )
    try:
        table = pq.read_table(file)
        told = json.loads((table.schema.metadata or {}).get(METADATA, b"{}"))
        columns = {label: Recorded(**item) for label, item in told["columns"].items()}
        accounts = table.to_pandas()
        ids = accounts[ACCOUNT_ID]
    except (pa.ArrowException, ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(
            f"{file.name} in {file.parent} is no account review; "
            f"expected the {PARQUET} that keyacct run wrote"
        ) from None
    if absent := [label for label in [NAME, *columns] if label not in accounts]:
        raise ValueError(
            f"{file}: {len(absent)} columns are gone: "
            f"{', '.join(absent[:5])}; it was changed after the run"
        )
    other = [value for value in ids if not isinstance(value, str)]
    twice = ids[ids.duplicated()].tolist()
    if other or twice:
        raise ValueError(
            f"{file}: {ACCOUNT_ID} has {len(other)} values that are no text "
            f"{other[:5]} and {len(twice)} repeated {twice[:5]}; "
            "expected each account once, its id as text"
        )
    return Review(accounts, columns, told.get("run", {}))
