"""Rows that take others back or stand twice: returns, red-ink invoices, an export that was read in
two files.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

import duckdb
import numpy as np

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.intake.staged_table import ROW, Staged
from keyacct_utils.contract.faults import Discreet
from keyacct_utils.contract.tables import MONEY_SCALE

_TOP, _TENTHS = 0.2, 10
_CENT = Decimal("0.01")


def money_of(amount: float) -> str:
    """An integer amount of 1/10,000 unit, for a reader: to the cent, half away from zero as in the
    roll-up.
    """
    return f"{(Decimal(int(amount)) / MONEY_SCALE).quantize(_CENT, ROUND_HALF_UP):,}"


def number_of(count: int, noun: str) -> str:
    """A number with its noun: "1 amount", "2 amounts"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def rows_of(count: int) -> str:
    """A number of rows: "1 row", "2 rows"."""
    return number_of(count, "row")


def _ranks(amounts: np.ndarray) -> np.ndarray:
    """Rank of each amount, the largest 1; of equals the earlier one is first."""
    rank = np.empty(len(amounts), dtype=np.int64)
    rank[np.argsort(-amounts, kind="stable")] = np.arange(1, len(amounts) + 1)
    return rank


def _top_share(amounts: np.ndarray) -> float:
    """What the top fifth of the accounts above zero hold, as the lessons count."""
    held = np.sort(amounts[amounts > 0])[::-1]
    few = int(np.ceil(round(_TOP * len(held), 9)))
    return float(held[:few].sum() / held.sum())


def returns(
    connection: duckdb.DuckDBPyConnection, counted: Literal["net", "gross"]
) -> Iterator[str]:
    """What changes between sales less returns (net) and sales alone (gross), over the whole
    book.
    """
    query = (
        "SELECT account_id, CAST(sum(revenue) AS BIGINT) AS net, "
        "CAST(sum(greatest(revenue, 0)) AS BIGINT) AS gross, "
        "count_if(revenue < 0) AS negative, count_if(revenue >= 0) "
        "AS kept FROM rollup_source GROUP BY 1 ORDER BY 1"
    )
    found = connection.sql(query).fetchnumpy()
    net, gross, negative = (
        np.asarray(found[name], dtype=np.int64) for name in ("net", "gross", "negative")
    )
    if not negative.sum():
        return
    if net.sum() <= 0:
        yield (
            f"returns: {money_of(gross.sum() - net.sum())} of them, "
            f"not less than the sales of {money_of(gross.sum())}"
        )
        return
    taken = (gross.sum() - net.sum()) / gross.sum()
    before, after = _ranks(gross), _ranks(net)
    tenths = [-(-_TENTHS * rank // len(net)) for rank in (before, after)]
    moved, decile = int((before != after).sum()), int((tenths[0] != tenths[1]).sum())
    gone = int((np.asarray(found["kept"]) == 0).sum())
    yield Discreet(
        f'returns: counted {counted} (returns = "net" or "gross" in book.toml). '
        f"They take {100 * taken:.2f} % off gross sales "
        f"of {money_of(gross.sum())} in the whole book. "
        f"The top 20 % hold {100 * _top_share(gross):.2f} % gross "
        f"(of {number_of(int((gross > 0).sum()), 'account')} above zero), "
        f"{100 * _top_share(net):.2f} % net (of {(net > 0).sum():,}). "
        + _moved(moved, int(np.abs(before - after).max()), decile)
        + _only_returns(gone)
    )


def _moved(moved: int, furthest: int, decile: int) -> str:
    """How many accounts returns move up or down the list of accounts by size."""
    if not moved:
        return "They move no account up or down the list."
    others = f", {decile:,} of them into another tenth" if decile else ""
    return (
        f"They move {number_of(moved, 'account')} up or down the list, by "
        f"{number_of(furthest, 'place')} at most{others}."
    )


def _only_returns(gone: int) -> str:
    if not gone:
        return ""
    have = "has" if gone == 1 else "have"
    return f" {number_of(gone, 'account')} {have} returns only, and no sales."


def red_ink(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """Credit notes, and payments that do not fit their invoice: what they do to recovery, arrears
    and days of credit.
    """
    if item.table.name != "invoices":
        return
    paid = "paid_amount" if "paid_amount" in item.columns else "CAST(NULL AS BIGINT)"
    too_much = f"amount > 0 AND {paid} > amount"
    open_ = "paid_date IS NULL" if "paid_date" in item.columns else "false"
    query = (
        "SELECT count_if(amount < 0), coalesce(sum(least(amount, "
        f"0)), 0), count_if(amount < 0 AND {open_}), "
        f"count_if({too_much}), coalesce(sum(CASE WHEN {too_much} THEN {paid} - amount END), 0), "
        f"count_if(sign(amount) * sign({paid}) < 0) FROM invoices"
    )
    negative, total, unsettled, over, excess, against = connection.sql(query).fetchall()[0]
    if negative:
        each = (
            "SELECT least(count_if(amount > 0), count_if(amount < "
            "0)) AS n FROM invoices GROUP BY account_id, abs(amount)"
        )
        pairs = connection.sql(f"SELECT sum(n) FROM ({each})").fetchall()[0][0]
        yield (
            f"invoices.amount: {number_of(negative, 'red-ink invoice')} "
            f"({'credit note' if negative == 1 else 'credit notes'}), "
            f"{money_of(total)} in all; {int(pairs):,} of them "
            f"{'takes' if pairs == 1 else 'take'} back an invoice of the same account and amount"
        )
        if unsettled:
            yield (
                "invoices.paid_date: 1 red-ink invoice has none, so it counts as open and lowers "
                "what its account owes; where the invoice it takes back was paid, write the day "
                "of the settlement"
                if unsettled == 1
                else f"invoices.paid_date: {unsettled:,} red-ink invoices have "
                "none, so they count as open and lower what their "
                "accounts owe; where the invoice they take back was "
                "paid, write the day of the settlement"
            )
    if over:
        yield (
            f"invoices.paid_amount: {number_of(over, 'payment')} "
            f"{'exceeds its' if over == 1 else 'exceed their'} invoice, "
            f"by {money_of(excess)} in all; the share of fees "
            "recovered counts it and may pass 100 %"
        )
    if against:
        yield (
            f"invoices.paid_amount: {number_of(against, 'payment')} "
            f"{'runs against the sign of its' if against == 1 else 'run against the sign of their'}"
            " invoice; a refund is negative"
        )


def repeated_rows(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """Rows of one file that stand, equal in every column, in an earlier file of the same table as
    well.
    """
    if len(item.parts) < 2 or item.huge or not _overlap(connection, item):
        return
    money = quoted(item.money_column) if item.money_column else "NULL"
    written = ", ".join(quoted("raw:" + name) for name in item.columns)
    marked = (
        f'SELECT "part:" AS part, hash({written}) AS row_hash, '
        f"{money} AS money FROM {item.work} WHERE {item.counted}"
    )
    query = (
        f"WITH marked AS ({marked}), origin AS (SELECT row_hash, "
        "min(part) AS first FROM marked GROUP BY row_hash) "
        "SELECT part, first, count(*), sum(money) FROM marked JOIN "
        "origin USING (row_hash) WHERE first < part "
        "GROUP BY ALL ORDER BY ALL"
    )
    for part, first, count, amount in connection.sql(query).fetchall():
        worth = f", {money_of(amount or 0)} of {item.money_column}" if item.money_column else ""
        yield (
            f"{item.table.name}: {rows_of(count)} of {item.parts[part].path.name}{worth}, "
            f"{'stands' if count == 1 else 'stand'} in {item.parts[first].path.name} as well; "
            f"{'it counts' if count == 1 else 'they count'} twice: if it is the same export, "
            "drop one"
        )


def equal_rows(connection: duckdb.DuckDBPyConnection, item: Staged) -> Iterator[str]:
    """Rows that repeat an earlier row of the same file in every column, and count."""
    if not item.repeats or item.source.duplicates == "drop":
        return
    money = quoted(item.money_column) if item.money_column else "NULL"
    each = (
        f"SELECT count(*) - 1 AS more, any_value({money}) AS money FROM {item.work} "
        f'WHERE {item.counted} GROUP BY "part:", {ROW}'
    )
    count, amount, every = connection.sql(
        f"SELECT sum(more), sum(more * money), sum(more + 1) FROM ({each})"
    ).fetchall()[0]
    if count:
        one, worth = count == 1, ""
        if item.money_column:
            worth = f" with {money_of(amount or 0)} of {item.money_column}"
        way = (
            'duplicates = "keep"'
            if item.source.duplicates
            else 'if they are copies, declare duplicates = "drop", else duplicates = "keep"'
        )
        yield Discreet(
            f"{item.table.name}: {rows_of(int(count))} of {int(every):,}{worth} "
            f"{'repeats' if one else 'repeat'} an earlier row of the same file in every column, "
            f"and {'counts' if one else 'count'}: {way}"
        )


def _overlap(connection: duckdb.DuckDBPyConnection, item: Staged) -> bool:
    """Whether any two files may hold the same day: files of months need no closer look."""
    days = [
        column.name
        for column in item.table.columns
        if column.kind == "date" and column.name in item.columns
    ]
    if not days:
        return True
    query = (
        f"SELECT min({quoted(days[0])}) AS first, max({quoted(days[0])}) "
        f'FROM {item.work} GROUP BY "part:" ORDER BY first'
    )
    spans = [span for span in connection.sql(query).fetchall() if span[0] is not None]
    return any(later[0] <= earlier[1] for earlier, later in pairwise(spans))
