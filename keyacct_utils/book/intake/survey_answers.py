"""Answers of a survey that were given on another scale than the contract's, or that are none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import duckdb

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Staged

#: Answers that a family of items needs before its scale is judged.
_FEW = 20
_FIVE, _UNKNOWN = 5, (8, 9)


def scale_remarks(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """A scale of five where ten points are meant, and answers of 8 or 9 that stand apart from all
    others: together for the items that a survey asks alike (S1, S2, S3).
    """
    names = [
        column.name
        for column in item.table.columns
        if column.name in item.columns and column.unit == "points 1-10"
    ]
    fives: list[str] = []
    for _, family in groupby(names, key=lambda name: name.rstrip("0123456789")):
        of_family = list(family)
        counts = _counts(connection, item, of_family)
        apart = [code for code in _UNKNOWN if code in counts]
        rest = {answer: count for answer, count in counts.items() if answer not in apart}
        if sum(rest.values()) < _FEW or max(rest) > _FIVE or 10 in counts:
            continue
        if not apart:
            fives += of_family
        else:
            shown = " and ".join(f"{counts[code]:,} of {code}" for code in apart)
            yield (
                f"{item.table.name}.{_span(of_family)}: no answer above {_FIVE} but {shown}; "
                "if that stands for no answer, take it out with sql, such as "
                f"nullif({of_family[0]}, {apart[-1]})"
            )
    if fives:
        yield (
            f"{item.table.name}: no answer above {_FIVE} in {_span(fives)}, where the scale is "
            "1 to 10: is it a scale of five? If so, double the answers with sql, such as "
            f"2 * {fives[0]}; as they stand every score is half of what was meant"
        )


def _counts(
    connection: duckdb.DuckDBPyConnection, item: Staged, names: list[str]
) -> dict[int, int]:
    """How often each answer was given, over several items."""
    answers = " UNION ALL ".join(
        f"SELECT {quoted(name)} AS answer FROM {item.work} WHERE {item.counted}" for name in names
    )
    query = f"SELECT answer, count(*) FROM ({answers}) WHERE answer IS NOT NULL GROUP BY 1"
    return dict(connection.sql(query).fetchall())


def _span(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
