"""The comparison of two runs on the screen: short, names at the end of a line and free of control
characters.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from keyacct_utils.lessons.showing.words import count, money, rounded
from keyacct_utils.review.account_review import NAME
from keyacct_utils.review.comparison import JOINED, LEFT, Comparison
from keyacct_utils.review.record import ACCOUNT_ID

_MOVERS = 5
_NAME_WIDTH = 40


def screen(found: Comparison) -> str:
    """The comparison in lines for a terminal."""
    lines = [f"First of all: {printable(text)}." for text in found.differences]
    lines += [""] if lines else []
    width = max(map(len, found.measures))
    for measure in found.measures.values():
        figure, share = "-", ""
        if measure.value is not None:
            figure = f"{measure.value:,.0f}"
            if measure.base > 0 and measure.name.startswith(("revenue", "profit")):
                share = f" ({rounded(100 * measure.value / measure.base, 1):+.1f}%)"
        lines.append(
            f"{measure.name:<{width}} {figure:>16} {measure.unit}{share}  {measure.says}".rstrip()
        )
    for title, matrix in found.matrices.items():
        moves = found.moves[found.moves["grading"] == title]
        if len(moves):
            lines += ["", f"{title}: old (down) to new (across)", *_matrix_lines(matrix)]
            lines += [_move_text(row) for _, row in moves.head(_MOVERS).iterrows()]
    for title, rows, text in movers(found):
        lines += [
            "",
            title,
            *(f"  {text(row)}  {_name(row)}" for _, row in rows.head(_MOVERS).iterrows()),
        ]
    return "\n".join(lines)


def movers(found: Comparison) -> list[tuple[str, pd.DataFrame, Callable[[pd.Series], str]]]:
    """The lists of accounts worth naming: a title, rows, and how a row reads."""
    table = found.accounts
    lists: list[tuple[str, pd.DataFrame, Callable[[pd.Series], str]]] = []
    if "revenue_moved" in table:
        moved = table[(table["status"] == "stayed") & (table["revenue_moved"] != 0)]
        lists.append(("Most revenue moved", moved, _money_text))
    if "rank_moved" in table:
        ranked = table[table["rank_moved"].fillna(0) != 0]
        order = ranked["rank_moved"].abs().sort_values(ascending=False, kind="stable").index
        lists.append(("Moved most places in rank", ranked.loc[order], _rank_text))
    for status in (JOINED, LEFT):
        rows = table[table["status"] == status]
        lists.append(
            (
                f"Accounts that {status}",
                rows,
                _money_text if "revenue_moved" in table else lambda row: "",
            )
        )
    return [item for item in lists if len(item[1])]


def _move_text(row: pd.Series) -> str:
    """One pair of classes with the money behind it."""
    steps = [
        f"{printable(row['from'])} -> {printable(row['to'])}: {count(row['accounts'], 'account')}"
    ]
    for word in ("revenue", "profit"):
        if f"{word}_old" in row:
            steps.append(f"{word} {money(row[f'{word}_old'])} -> {money(row[f'{word}_new'])}")
    return "  " + ", ".join(steps)


def _money_text(row: pd.Series) -> str:
    old, new = (
        0.0 if pd.isna(row[name]) else float(row[name]) for name in ("revenue_old", "revenue_new")
    )
    return f"{money(old):>10} -> {money(new):>10}"


def _rank_text(row: pd.Series) -> str:
    behind = f"  {_money_text(row)}" if "revenue_old" in row else ""
    return f"{row['rank_moved']:+6.0f}  {row['rank_old']:>6.0f} -> {row['rank_new']:>6.0f}{behind}"


def _name(row: pd.Series) -> str:
    name, account_id = (printable(str(row[column])) for column in (NAME, ACCOUNT_ID))
    short = name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"
    return short if name == account_id else f"{short} ({account_id[:_NAME_WIDTH]})"


def _matrix_lines(matrix: pd.DataFrame) -> list[str]:
    labels = [printable(str(name)) for name in matrix.index]
    heads = [printable(str(name)) for name in matrix.columns]
    first = max(map(len, labels), default=0)
    widths = [max(len(head), 6) for head in heads]
    lines = [
        "  "
        + " " * first
        + "".join(f" {head:>{width}}" for head, width in zip(heads, widths, strict=True))
    ]
    for label, row in zip(labels, matrix.to_numpy(), strict=True):
        lines.append(
            f"  {label:<{first}}"
            + "".join(f" {value:>{width},}" for value, width in zip(row, widths, strict=True))
        )
    return lines


def printable(text: str) -> str:
    """A text that cannot steer the terminal: control characters and marks of direction become a
    replacement character.
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
