"""Features that tell the fate of every account without an exception: known only afterwards, as a
rule.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import Staged
from keyacct_utils.contract.faults import Discreet, cut

#: What is no feature of `credit_features`.
_NO_FEATURES = ("account_id", "defaulted", "date", "exposure")
#: Accounts of each fate below which to tell them apart may be chance, and accounts for each value
#: of a category below which it names accounts rather than kinds of them.
FEWEST_OF_EACH, FEWEST_A_VALUE = 5, 10
LEAK = "a leak, perhaps"


def leaks(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """A note for each feature by which those that defaulted and those that paid are told apart
    without an exception.

    Notes
    -----
    Such is a number of which all defaults lie on one side of all payers, a value, a missing one
    too, that always comes with the same fate, and a column that is filled in for one fate only.
    Kaufman, Rosset, Perlich and Stitelman (2012), *Leakage in data mining*, ACM TKDD 6 (4).
    """
    given = f"{item.work} WHERE {item.counted} AND defaulted IS NOT NULL"
    names = [name for name in item.columns if name not in _NO_FEATURES]
    bad, good = connection.sql(
        f"SELECT count_if(defaulted = 1), count_if(defaulted = 0) FROM {given}"
    ).fetchall()[0]
    for name in names if min(bad, good) >= FEWEST_OF_EACH else ():
        own = quoted(name)
        values, mixed = connection.sql(
            "SELECT count(*), count_if(fates > 1) FROM "
            f"(SELECT count(DISTINCT defaulted) AS fates FROM {given} GROUP BY {own})"
        ).fetchall()[0]
        alone = not mixed and values * FEWEST_A_VALUE <= bad + good
        ends = ", ".join(
            f"{ask}({own}) FILTER (WHERE defaulted = {fate})"
            for ask in ("count", "min", "max")
            for fate in (0, 1)
        )
        paid, failed, low0, low1, high0, high1 = connection.sql(
            f"SELECT {ends} FROM {given}"
        ).fetchall()[0]
        alone = alone or (paid, failed) in ((good, 0), (0, bad))
        if item.table.column(name).kind in ("number", "integer") and (paid, failed) == (good, bad):
            alone = alone or high0 < low1 or high1 < low0
        if alone:
            yield Discreet(
                f"{item.table.name}.{cut(name)}: tells the fate of all {bad + good:,} accounts "
                f"without an exception ({LEAK}): a column that is filled in afterwards makes every "
                "score of lesson 07 as good as the answer itself, or all scores equal. Leave it "
                f"out: sql = 'SELECT * EXCLUDE ({quoted(cut(name))}) FROM ...'"
            )
