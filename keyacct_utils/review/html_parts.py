"""Pieces of HTML that load nothing: texts, names and tables; names are data, never markup."""

from __future__ import annotations

import html
from collections.abc import Container, Iterable, Sequence


def text(value: object) -> str:
    """A value as text, safe in content and in attributes."""
    return html.escape(str(value), quote=True)


def name_of(value: object) -> str:
    """A name keeps its own direction of writing, and may be broken anywhere."""
    return f"<bdi>{text(value)}</bdi>"


def table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    words: Container[int] = (0,),
) -> str:
    """A table whose first column heads its rows; the columns ``words`` hold words. Cells are HTML
    already.
    """
    kind = ['class="text"' if number in words else "" for number in range(len(headers))]
    head = "".join(
        f'<th scope="col" {own}>{text(header)}</th>'
        for header, own in zip(headers, kind, strict=True)
    )
    lines = [f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption)}"><table>']
    lines += [f"<caption>{text(caption)}</caption>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for row in rows:
        first = f'<th scope="row" {kind[0]}>{row[0]}</th>'
        rest = "".join(
            f"<td {own}>{cell}</td>" for cell, own in zip(row[1:], kind[1:], strict=True)
        )
        lines.append(f"<tr>{first}{rest}</tr>")
    return "\n".join([*lines, "</tbody></table></div>"])
