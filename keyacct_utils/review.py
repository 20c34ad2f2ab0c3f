"""The account review: the columns that each lesson adds, and the workbook with one row per account."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from keyacct_utils.faults import nearest

#: Set by the runner for its kernels: the folder of the run.
RUN_FOLDER = "KEYACCT_RUN_DIR"
ACCOUNT_ID = "account_id"
#: Key of this package's entry in a Parquet file's metadata.
_METADATA = b"keyacct"
#: With these a spreadsheet takes a text for a formula when it is edited or saved as CSV (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Rows of a sheet in .xlsx, one of them the header (ECMA-376).
SHEET_ROWS = 1_048_576
_SHOWN = 5
_WIDTHS = (8, 40)
_LARGE = 1_000
_SHARE_NAME = re.compile(r"(^|_)share(_|$)")
_SHARE_MEANING = re.compile(r"(^|[,(;]\s*)share\b")


def record(lesson: str, frame: pd.DataFrame, key: str = ACCOUNT_ID, meaning: Mapping[str, str] | None = None) -> None:
    """Add a lesson's columns to the account review of the run; does nothing outside a run.

    Parameters
    ----------
    lesson : str
        Code of the lesson, ``"01"``.
    frame : DataFrame
        One row per account. A fraction whose name has the part ``share``, or whose meaning gives ``share`` as its unit, is
        shown in percent.
    key : str
        Column that holds the account id, as text.
    meaning : mapping of str to str
        What each column other than the key says, with its unit.

    Raises
    ------
    ValueError
        For a code that is no text of two digits, a key that is absent, missing, repeated or not text, a column without a
        meaning or a meaning without a column.
    """
    meanings = dict(meaning or {})
    _check(lesson, frame, key, meanings)
    folder = os.environ.get(RUN_FOLDER)
    if not folder:
        return
    # a run that is over has removed its folder: a kernel that outlived it must not bring it back
    if not (target := Path(folder)).is_dir():
        raise ValueError(f"{RUN_FOLDER} names a folder that does not exist: the run it belongs to is over; unset the variable")
    (target / "review").mkdir(exist_ok=True)
    columns = frame[[key, *meanings]].rename(columns={key: ACCOUNT_ID}).reset_index(drop=True)
    columns = columns.astype({name: "str" for name in columns if isinstance(columns[name].dtype, pd.CategoricalDtype)})
    try:
        table = pa.Table.from_pandas(columns, preserve_index=False)
    except pa.ArrowException as error:
        raise ValueError(f"frame: a column holds values of more than one kind ({error}); give each column one type") from None
    own = {_METADATA: json.dumps({"lesson": lesson, "meaning": meanings}, ensure_ascii=False).encode()}
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **own})
    with _renamed(target / "review" / f"{lesson}.parquet") as temporary:
        pq.write_table(table, temporary)


def _check(lesson: str, frame: pd.DataFrame, key: str, meanings: Mapping[str, str]) -> None:
    if not isinstance(lesson, str) or not re.fullmatch(r"\d\d", lesson, re.ASCII):
        raise ValueError(f"lesson is {lesson!r}: expected the code as text of two digits, such as '01'")
    names = [str(name) for name in frame.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"frame: {len(repeated)} column names occur twice: {', '.join(repeated[:_SHOWN])}; rename them")
    if key not in names:
        raise ValueError(f"key {key!r} is not a column of frame; {nearest(key, names)} It has {', '.join(names)}")
    ids = frame[key]
    if ids.isna().any():
        raise ValueError(f"key {key!r}: {int(ids.isna().sum())} ids are missing; drop those rows or give them an account")
    other = [value for value in ids if not isinstance(value, str)]
    if other:
        raise ValueError(f"key {key!r}: {len(other)} ids are not text: {other[:_SHOWN]}; keep ids as text ('001' is not 1)")
    twice = ids[ids.duplicated()].unique().tolist()
    if twice:
        raise ValueError(f"key {key!r}: {len(twice)} ids occur more than once: {twice[:_SHOWN]}; expected one row per account")
    silent = [name for name in names if name != key and not str(meanings.get(name, "")).strip()]
    if silent:
        raise ValueError(f"meaning: {len(silent)} columns have none: {', '.join(silent[:_SHOWN])}; say what each holds")
    extra = [name for name in meanings if name not in names or name == key]
    if extra:
        raise ValueError(
            f"meaning: {len(extra)} names are no column to add: {', '.join(extra[:_SHOWN])}; {nearest(extra[0], names)}"
        )
    if key != ACCOUNT_ID and ACCOUNT_ID in names:
        raise ValueError(f"frame has the column {ACCOUNT_ID!r} besides the key {key!r}: rename it")


@contextlib.contextmanager
def _renamed(target: Path) -> Iterator[Path]:
    """Lend a temporary name beside ``target``, which takes the name of ``target`` only when all went well."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_workbook(run_folder: str | os.PathLike[str], path: str | os.PathLike[str], names: pd.Series) -> None:
    """Write ``account_review.xlsx``: one row per account with what every lesson recorded, by rank, and a legend.

    Parameters
    ----------
    run_folder : path
        Folder whose ``review/`` holds the records (see :func:`record`).
    path : path
        Where the workbook goes; it appears whole or not at all.
    names : Series
        Display name of each account, indexed by account id. Every account of it gets a row, and so does every recorded one.

    Raises
    ------
    ValueError
        For more accounts than a sheet has rows.

    Notes
    -----
    Names are data, never code: a text that starts like a formula is written as text and marked so.
    """
    accounts, legend = _joined(Path(run_folder), names)
    if "rank" in accounts:
        accounts = accounts.sort_values("rank", kind="stable")
    if len(accounts) >= SHEET_ROWS:
        raise ValueError(f"{len(accounts)} accounts, but a sheet holds {SHEET_ROWS - 1}; read review/*.parquet instead")
    book = Workbook(write_only=True)
    book.properties.creator = "keyacct"
    formats = [
        _number_format(accounts[name], str(name), meaning) for name, meaning in zip(accounts, legend["meaning"], strict=True)
    ]
    _sheet(book, "accounts", accounts, formats, frozen="C2")
    _sheet(book, "legend", legend, ["General"] * len(legend.columns), frozen="A2")
    with _renamed(Path(path)) as temporary:
        book.save(temporary)


def _joined(run_folder: Path, names: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All records side by side, and what each column means; a name that two lessons use gets the lesson's code."""
    tables = [pq.read_table(path) for path in sorted((run_folder / "review").glob("*.parquet"))]
    told = [json.loads(table.schema.metadata[_METADATA]) for table in tables]
    used = [name for own in told for name in own["meaning"]] + ["account"]
    frames, legend = [], [("account", "", "display name"), (ACCOUNT_ID, "", "account, as in the book")]
    for table, own in zip(tables, told, strict=True):
        new = {name: f"{name} ({own['lesson']})" if used.count(name) > 1 else name for name in own["meaning"]}
        frames.append(table.to_pandas().set_index(ACCOUNT_ID).rename(columns=new))
        legend += [(new[name], own["lesson"], meaning) for name, meaning in own["meaning"].items()]
    ids = pd.Index(sorted({str(i) for index in [names.index, *(frame.index for frame in frames)] for i in index}), dtype="object")
    shown = names.astype("object").reindex(ids)
    first = pd.DataFrame({"account": shown.where(shown.notna(), pd.Series(ids, index=ids)), ACCOUNT_ID: ids}, index=ids)
    accounts = pd.concat([first, *(frame.reindex(ids) for frame in frames)], axis=1)
    return accounts, pd.DataFrame(legend, columns=["column", "lesson", "meaning"])


def _number_format(values: pd.Series, name: str, meaning: str) -> str:
    """Percent for shares, thousands for large numbers, days for dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "yyyy-mm-dd"
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "General"
    whole = bool((values.dropna() % 1 == 0).all())
    count = whole and bool((values.abs() > 1).any())
    if pd.api.types.is_float_dtype(values) and not count and (_SHARE_NAME.search(name) or _SHARE_MEANING.search(meaning)):
        return "0.0%"
    large = bool((values.abs() >= _LARGE).any())
    if whole:
        return "0"
    return "#,##0" if large else "0.000"


def _sheet(book: Workbook, title: str, frame: pd.DataFrame, formats: list[str], frozen: str) -> None:
    """One sheet with a bold frozen header, filters, and columns as wide as their content."""
    sheet = book.create_sheet(title)
    sheet.freeze_panes = frozen
    columns = [[_value(value) for value in frame[name]] for name in frame]
    for number, (name, values) in enumerate(zip(frame, columns, strict=True), 1):
        widest = max((_width(value) for value in [str(name), *values]), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(widest + 2, _WIDTHS[0]), _WIDTHS[1])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
    header = [_cell(sheet, str(name), "General") for name in frame]
    for cell in header:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.append(header)
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value, style) for value, style in zip(row, formats, strict=True)])


def _value(value: Any) -> Any:
    """A value as a sheet can hold it: missing is empty, an infinite number and anything unknown is text."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(None).to_pydatetime()
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool | int | dt.date) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))


def _width(value: Any) -> int:
    """Width in characters of a sheet; a Chinese character takes two."""
    text = f"{value:.3f}" if isinstance(value, float) else str("" if value is None else value)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cell(sheet: Any, value: Any, number_format: str) -> Any:
    """A cell; text stays text whatever it begins with."""
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # openpyxl takes "=..." for a formula and "#N/A" for an error
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
    else:
        cell.number_format = number_format
    return cell
