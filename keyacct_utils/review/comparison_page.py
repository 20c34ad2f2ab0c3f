"""The comparison of two runs as files: one self-contained page, and the accounts as CSV and
Parquet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from keyacct_utils.book.intake.scratch import scratch_folder
from keyacct_utils.lessons.showing.words import rounded
from keyacct_utils.review.account_review import NAME, write_csv
from keyacct_utils.review.columns import GRADINGS
from keyacct_utils.review.comparison import Comparison
from keyacct_utils.review.comparison_text import movers
from keyacct_utils.review.conditions import Verdict
from keyacct_utils.review.html_parts import name_of, table, text
from keyacct_utils.review.record import ACCOUNT_ID

#: Rows of each list of accounts; the CSV has all.
_ROWS = 50
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>What moved between two runs</title>
<style>
:root { color-scheme: light dark; --edge: #c5ccd4; --head: #eef1f5; --quiet: #565f69; --text: #1b1f24; --page: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --edge: #4a5360; --head: #262c34; --quiet: #a6b0bb; --text: #e4e8ec; --page: #15191e; }
}
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: var(--text); background: var(--page);
       max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: .25rem 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--edge); text-align: right; vertical-align: top; }
thead th { background: var(--head); }
th.text, td.text { text-align: left; min-width: 6rem; }
bdi { overflow-wrap: anywhere; }
.said { border-left: .3rem solid #b7791f; padding: .1rem 1rem; }
.quiet { color: var(--quiet); }
</style>
</head>
<body>
"""


def write_comparison(
    found: Comparison, folder: Path, titles: Sequence[str], verdicts: Sequence[Verdict] = ()
) -> list[Path]:
    """Write ``compare.csv``, ``compare.parquet`` and ``compare.html``, each whole or not at all, and
    never beside one of an earlier comparison.

    Parameters
    ----------
    found : Comparison
        From `comparison.compare`.
    folder : Path
        Where they go; made if need be.
    titles : two texts
        What the old and the new run are.
    verdicts : sequence of Verdict
        The conditions that were asked for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"compare.{ending}" for ending in ("csv", "parquet", "html")]
    names = map(str, found.accounts)
    money = [name for name in names if name.startswith(("revenue_", "profit_"))]
    with scratch_folder(folder) as place:
        csv, parquet, page = (place / file.name for file in files)
        write_csv(found.accounts, csv, money)
        pq.write_table(pa.Table.from_pandas(found.accounts, preserve_index=False), parquet)
        page.write_text(comparison_page(found, titles, verdicts), encoding="utf-8")
        for file in files:  # first, so that never files of two comparisons lie there
            file.unlink(missing_ok=True)
        for file in files:
            (place / file.name).replace(file)
    return files


def comparison_page(
    found: Comparison, titles: Sequence[str], verdicts: Sequence[Verdict] = ()
) -> str:
    """The page: differences first, then conditions, figures, transitions and accounts. It loads
    nothing; names are text.
    """
    parts = [_HEAD, "<h1>What moved between two runs</h1>"]
    parts.append(f'<p class="quiet">Old: {text(titles[0])}<br>New: {text(titles[1])}</p>')
    if found.differences:
        parts += [
            "<h2>First of all</h2>",
            '<div class="said"><ul>',
            *(f"<li>{text(item)}.</li>" for item in found.differences),
        ]
        parts.append("</ul></div>")
    if verdicts:
        parts += [
            "<h2>Conditions</h2>",
            "<ul>",
            *(f"<li>{text(verdict)}</li>" for verdict in verdicts),
            "</ul>",
        ]
    parts += ["<h2>In figures</h2>", _measures(found)]
    for title, matrix in found.matrices.items():
        parts += [f"<h2>{text(title)}</h2>", _matrix(title, matrix), _moves(found, title)]
    for title, rows, _ in movers(found):
        parts += [f"<h2>{text(title)}</h2>", _accounts(found, title, rows)]
    return "\n".join([*parts, "</body>", "</html>", ""])


def _number(value: Any) -> str:
    return "-" if pd.isna(value) else f"{value:,.0f}"


def _measures(found: Comparison) -> str:
    rows = []
    for item in found.measures.values():
        share = (
            f"{rounded(100 * item.value / item.base, 1):.1f}%"
            if item.value is not None and item.base > 0 and item.unit != "places"
            else "-"
        )
        figure = "-" if item.value is None else _number(item.value)
        rows.append([text(item.name), figure, text(item.unit), share, text(item.says)])
    return table(
        "Net figures; the percentage is of the old run",
        ["measure", "figure", "unit", "%", "what it says"],
        rows,
        (0, 2, 4),
    )


def _matrix(title: str, matrix: pd.DataFrame) -> str:
    rows = [
        [text(name), *(f"{int(value):,}" for value in row)]
        for name, row in zip(matrix.index, matrix.to_numpy(), strict=True)
    ]
    return table(
        f"{title}: accounts by old class (down) and new class (across)",
        ["old", *map(str, matrix.columns)],
        rows,
    )


def _moves(found: Comparison, title: str) -> str:
    moves = found.moves[found.moves["grading"] == title]
    if moves.empty:
        return '<p class="quiet">No account moved.</p>'
    money = [name for name in moves.columns if name.endswith(("_old", "_new"))]
    rows = [
        [
            f"{text(row['from'])} → {text(row['to'])}",
            f"{row['accounts']:,}",
            *(_number(row[name]) for name in money),
        ]
        for _, row in moves.iterrows()
    ]
    headers = ["move", "accounts", *(name.replace("_", ", ") for name in money)]
    return table(
        f"{title}: the money behind each move{f', {found.currency}' if found.currency else ''}",
        headers,
        rows,
    )


def _accounts(found: Comparison, title: str, rows: pd.DataFrame) -> str:
    figures = [
        name
        for word in ("revenue", "profit", "rank")
        for name in (f"{word}_old", f"{word}_new")
        if name in rows
    ]
    grades = [item for item in GRADINGS if f"{item.word}_old" in rows]
    shown = [
        _account_cells(row, figures, [item.word for item in grades])
        for _, row in rows.head(_ROWS).iterrows()
    ]
    caption = f"{title}: {min(len(rows), _ROWS):,} of {len(rows):,}, all in compare.csv"
    headers = [
        "account",
        "id",
        *(item.title for item in grades),
        *(name.replace("_", ", ") for name in figures),
    ]
    return table(caption, headers, shown, range(2 + len(grades)))


def _account_cells(row: pd.Series, figures: Sequence[str], words: Sequence[str]) -> list[str]:
    cells = [name_of(row[NAME]), name_of(row[ACCOUNT_ID])]
    for word in words:
        old, new = (
            "-" if pd.isna(row[f"{word}_{side}"]) else str(row[f"{word}_{side}"])
            for side in ("old", "new")
        )
        cells.append(text(old) if old == new else f"{text(old)} → {text(new)}")
    return cells + [_number(row[name]) for name in figures]
