"""What is no fault of a book but worth knowing before its numbers are used."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from keyacct_utils.intake.checking import MISSING_CODES, Staged
from keyacct_utils.intake.reading import quoted
from keyacct_utils.tables import MONEY_SCALE


def remarks(connection: duckdb.DuckDBPyConnection, staged: Mapping[str, Staged], excluded: Mapping[str, str]) -> list[str]:
    """What is no fault but worth knowing: returns, zero amounts, blanks that were trimmed, codes that may mean missing."""
    found = []
    for name, item in staged.items():
        have = [row[0] for row in connection.execute(f"SELECT column_name FROM (DESCRIBE {item.work})").fetchall()]
        for trimmed in [column for column in have if column.startswith("blanks:")]:
            count = connection.execute(f"SELECT count_if({quoted(trimmed)}) FROM {item.work}").fetchall()[0][0]
            if count:
                found.append(f"{name}.{trimmed.removeprefix('blanks:')}: blanks at the ends were trimmed in {count:,} rows")
        for column in (item.table.column(own) for own in item.columns):
            raw, parsed = quoted("raw:" + column.name), quoted(column.name)
            if column.kind not in ("money", "number") or column.low is not None or column.above is not None:
                continue
            codes = ", ".join(quoted(code, "'") for code in MISSING_CODES)
            counts = f"count_if({raw} IN ({codes})), count_if({parsed} < 0), sum(least({parsed}, 0)), count_if({parsed} = 0)"
            coded, negative, amount, zero = connection.execute(f"SELECT {counts} FROM {item.work}").fetchall()[0]
            if coded:
                found.append(
                    f"{name}.{column.name}: {coded:,} rows hold a number that often means missing ({codes}); declare na if so"
                )
            if column.kind == "money" and negative:
                text = f"{negative:,} negative amounts, {float(amount) / MONEY_SCALE:,.2f} in all, count as returns"
                found.append(f"{name}.{column.name}: {text}")
            if column.kind == "money" and zero:
                found.append(f"{name}.{column.name}: {zero:,} amounts are zero")
    if excluded and "ledger" in staged:
        for account, reason in excluded.items():
            count = connection.execute("SELECT count(*) FROM ledger WHERE account_id = ?", [account]).fetchall()[0][0]
            found.append(
                f"excluded: account {account} ({reason}), {count:,} rows" + ("" if count else ": the id is not in the ledger")
            )
    return found
