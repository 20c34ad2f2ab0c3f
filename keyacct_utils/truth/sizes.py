"""The outcome of the sample-size step for the size of the bundled book, kept: to simulate 200 books
anew takes longer than all the rest of a lesson.

    python -m keyacct_utils.truth.sizes [--lesson NN ...]

writes it anew, whole (many minutes) or the rows of these lessons. A test simulates the first books
again and compares.
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import pandas as pd

from keyacct_utils.lessons.catalogue import LESSONS

BOOKS, SEED = 200, 0
KEPT = Path(__file__).with_suffix(".csv")


@functools.cache
def _table() -> pd.DataFrame:
    return pd.read_csv(KEPT, dtype={"lesson": "str", "held": "str"})


def kept(lesson: str, accounts: int, months: int) -> dict[str, list[bool]]:
    """For each statement, whether it held in each of the `BOOKS` books of this size; nothing for a
    size that is not kept.
    """
    table = _table()
    rows = table[table[["lesson", "accounts", "months"]].eq([lesson, accounts, months]).all(axis=1)]
    return {
        statement: [digit == "1" for digit in held]
        for statement, held in zip(rows["statement"], rows["held"], strict=True)
    }


def main() -> None:
    """Simulate the books of lessons and write the table."""
    from keyacct_utils.truth import simulated, topic_of

    codes = [item.code for item in LESSONS if item.code != "00"]
    parser = argparse.ArgumentParser(description="Keep the outcome of the sample-size step.")
    parser.add_argument("--lesson", nargs="+", choices=codes, help="these lessons alone")
    chosen = parser.parse_args().lesson or codes
    old = _table()
    rows = [row for row in old.itertuples(index=False, name=None) if row[0] not in chosen]
    for lesson in chosen:
        accounts, months = topic_of(lesson).BUNDLED_SIZE
        for statement, held in simulated(lesson, accounts, months, BOOKS, SEED).items():
            digits = "".join(str(int(each)) for each in held)
            rows.append((lesson, accounts, months, statement, digits))
        print(f"lesson {lesson}: {BOOKS} books of {accounts} accounts and {months} months")
    table = pd.DataFrame(rows, columns=old.columns).sort_values("lesson", kind="stable")
    table.to_csv(KEPT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
