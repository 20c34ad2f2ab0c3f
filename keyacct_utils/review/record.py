"""The account review: the columns that each lesson adds to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from keyacct_utils.book.intake.scratch import scratch_folder
from keyacct_utils.contract.faults import nearest

if TYPE_CHECKING:
    from keyacct_utils.lessons.showing.finding import Finding

#: Set by the runner for its kernels: the folder of the run.
RUN_FOLDER = "KEYACCT_RUN_DIR"
ACCOUNT_ID = "account_id"
#: Key of this package's entry in a Parquet file's metadata.
METADATA = b"keyacct"
_SHOWN = 5


def record_finding(lesson: str, finding: Finding) -> Finding:
    """Add what a lesson found of each account to the review of the run; returns the finding, which
    says so.
    """
    if finding.known:
        record(lesson, finding.numbers["review"], meaning=finding.numbers["meaning"])
    return finding


def record(
    lesson: str,
    frame: pd.DataFrame,
    key: str = ACCOUNT_ID,
    meaning: Mapping[str, str] | None = None,
) -> None:
    """Add a lesson's columns to the account review of the run; does nothing outside a run.

    Parameters
    ----------
    lesson : str
        Code of the lesson, ``"01"``.
    frame : DataFrame
        One row per account. A fraction whose name has the part ``share``, or whose meaning gives
        ``share`` as its unit, is shown in percent.
    key : str
        Column that holds the account id, as text.
    meaning : mapping of str to str
        What each column other than the key says, with its unit.

    Raises
    ------
    ValueError
        For a code that is no text of two digits, a key that is absent, missing, repeated or not
        text, a column without a meaning or a meaning without a column.
    """
    meanings = dict(meaning or {})
    _check(lesson, frame, key, meanings)
    folder = os.environ.get(RUN_FOLDER)
    if not folder:
        return
    # a run that is over has removed its folder: a kernel that outlived it must not bring it back
    if not (target := Path(folder)).is_dir():
        raise ValueError(
            f"{RUN_FOLDER} names a folder that does not exist: "
            "the run it belongs to is over; unset the variable"
        )
    (target / "review").mkdir(exist_ok=True)
    columns = frame[[key, *meanings]].rename(columns={key: ACCOUNT_ID}).reset_index(drop=True)
    columns = columns.astype(
        {name: "str" for name in columns if isinstance(columns[name].dtype, pd.CategoricalDtype)}
    )
    try:
        table = pa.Table.from_pandas(columns, preserve_index=False)
    except pa.ArrowException as error:
        raise ValueError(
            "frame: a column holds values of more than one "
            f"kind ({error}); give each column one type"
        ) from None
    own = {
        METADATA: json.dumps({"lesson": lesson, "meaning": meanings}, ensure_ascii=False).encode()
    }
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **own})
    with whole_file(target / "review" / f"{lesson}.parquet") as temporary:
        pq.write_table(table, temporary)


def recorded(folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """What the lessons recorded of each account so far: in this run, or in the folder of one.

    Parameters
    ----------
    folder : path, optional
        The folder of a run that is going on; by default that of this kernel. Of a run that is
        over, `keyacct_utils.review.account_review.read_review` reads the whole review.

    Returns
    -------
    DataFrame
        account_id, lesson, name and value, one row per account and column; no rows outside a run.
    """
    given = folder or os.environ.get(RUN_FOLDER)
    parts = []
    for path in sorted((Path(given) / "review").glob("[0-9][0-9].parquet")) if given else []:
        frame = pq.read_table(path).to_pandas().astype(object)
        long = frame.melt(ACCOUNT_ID, var_name="name", value_name="value").dropna(subset="value")
        parts.append(long.assign(lesson=path.stem))
    columns = [ACCOUNT_ID, "lesson", "name", "value"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _check(lesson: str, frame: pd.DataFrame, key: str, meanings: Mapping[str, str]) -> None:
    if not isinstance(lesson, str) or not re.fullmatch(r"\d\d", lesson, re.ASCII):
        raise ValueError(
            f"lesson is {lesson!r}: expected the code as text of two digits, such as '01'"
        )
    names = [str(name) for name in frame.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"frame: {len(repeated)} column names occur twice: "
            f"{', '.join(repeated[:_SHOWN])}; rename them"
        )
    if key not in names:
        raise ValueError(
            f"key {key!r} is not a column of frame; {nearest(key, names)} It has {', '.join(names)}"
        )
    ids = frame[key]
    if ids.isna().any():
        raise ValueError(
            f"key {key!r}: {int(ids.isna().sum())} ids are "
            "missing; drop those rows or give them an account"
        )
    other = [value for value in ids if not isinstance(value, str)]
    if other:
        raise ValueError(
            f"key {key!r}: {len(other)} ids are not text: "
            f"{other[:_SHOWN]}; keep ids as text ('001' is not 1)"
        )
    twice = ids[ids.duplicated()].unique().tolist()
    if twice:
        raise ValueError(
            f"key {key!r}: {len(twice)} ids occur more than once: "
            f"{twice[:_SHOWN]}; expected one row per account"
        )
    silent = [name for name in names if name != key and not str(meanings.get(name, "")).strip()]
    if silent:
        raise ValueError(
            f"meaning: {len(silent)} columns have none: "
            f"{', '.join(silent[:_SHOWN])}; say what each holds"
        )
    extra = [name for name in meanings if name not in names or name == key]
    if extra:
        raise ValueError(
            f"meaning: {len(extra)} names are no column to add: "
            f"{', '.join(extra[:_SHOWN])}; {nearest(extra[0], names)}"
        )
    if key != ACCOUNT_ID and ACCOUNT_ID in names:
        raise ValueError(f"frame has the column {ACCOUNT_ID!r} besides the key {key!r}: rename it")


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Lend a temporary name beside ``target``, which takes the name of ``target`` only when all
    went well.
    """
    with scratch_folder(target.parent) as folder:
        yield folder / target.name
        (folder / target.name).replace(target)
