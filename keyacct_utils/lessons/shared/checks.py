"""What a function demands of its DataFrames, and how it says what it found instead."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from keyacct_utils.contract.faults import ROWS_SHOWN, nearest


def some(values: Iterable[object]) -> str:
    """The first few values, for a message."""
    listed = list(values)
    return ", ".join(str(value) for value in listed[:ROWS_SHOWN]) + (
        ", ..." if len(listed) > ROWS_SHOWN else ""
    )


def need_columns(frame: pd.DataFrame, columns: Iterable[str], argument: str) -> None:
    """Raise a ValueError that names the columns ``frame`` lacks, those it has and those that look
    similar.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(f"{argument} is a {type(frame).__name__}: expected a DataFrame")
    missing = [column for column in dict.fromkeys(columns) if column not in frame.columns]
    numbers = [label for label in frame.columns if not isinstance(label, str)]
    if missing and {str(label) for label in numbers} & {str(column) for column in missing}:
        raise ValueError(
            f"{argument} has labels that are numbers ({some(numbers)}) where "
            f"{some(map(repr, missing))} is asked for: name its columns, or make their labels "
            f"text with {argument}.columns = {argument}.columns.map(str)"
        )
    if missing:
        found = (
            f"{argument} lacks {len(missing)} column(s): "
            f"{some(missing)}; it has {some(frame.columns)}"
        )
        raise ValueError(
            ". ".join(
                filter(None, [found, *(nearest(column, frame.columns) for column in missing)])
            )
        )


def to_number(values: pd.Series, argument: str) -> pd.Series:
    """``values`` as floats, missing as NaN; text that is no number is a ValueError that shows
    it.
    """
    if values.dtype == "float64":
        return values
    if pd.api.types.is_numeric_dtype(values.dtype):  # no text to look for
        return values.astype("float64")
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    bad = values[numbers.isna() & values.notna()]
    if len(bad):
        raise ValueError(
            f"{argument}: {len(bad)} value(s) are not numbers: "
            f"{some(map(repr, bad))}; convert the column first"
        )
    return numbers


def numeric_table(table: pd.DataFrame, argument: str) -> pd.DataFrame:
    """All columns of ``table`` as floats; raises a ValueError where it is empty or holds text that
    is no number.
    """
    need_columns(table, (), argument)
    if table.empty:
        raise ValueError(
            f"{argument} has {len(table)} rows and {table.shape[1]} "
            "columns: expected at least one of each"
        )
    return pd.DataFrame(
        {column: to_number(table[column], f"{argument}.{column}") for column in table.columns},
        index=table.index,
    )
