"""``keyacct init --from`` over made-up files in many shapes: the proposal opens, or its faults are the lines left to decide."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_proposal import opened, proposed, says_what_is_undecided

from keyacct_utils.book.proposing.trying import first_choices

_LANGUAGES = {
    "en": ("Customer No", "Posting Date", "Net Amount", "Status", "Currency", "Total"),
    "de": ("Kundennummer", "Buchungsdatum", "Nettobetrag", "Belegstatus", "Währung", "Summe"),
    "zh": ("客户编号", "开票日期", "未税金额", "单据状态", "币种", "合计"),
    "fr": ("Code client", "Date de facture", "Montant HT", "Statut", "Devise", "Total"),
    "es": ("Código cliente", "Fecha factura", "Importe neto", "Estado", "Moneda", "Total"),
}


@dataclass(frozen=True)
class Shape:
    """What a made-up export looks like."""

    language: str
    amounts: tuple[int, ...]
    titles: int
    sep: str
    comma: bool
    form: str
    extra: str
    layout: str
    suffix: str


shapes = st.builds(
    Shape,
    language=st.sampled_from(sorted(_LANGUAGES)),
    amounts=st.lists(st.integers(1, 9_999_999), min_size=3, max_size=12).map(tuple),
    titles=st.integers(0, 3),
    sep=st.sampled_from(",;\t|"),
    comma=st.booleans(),
    form=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%m/%d/%Y %I:%M:%S %p"]),
    extra=st.sampled_from(["", "void", "currency", "sides", "total"]),
    layout=st.sampled_from(["rows", "months", "accounts", "no account", "no names"]),
    suffix=st.sampled_from(["csv", "xlsx"]),
)


def _written(cents: int, shape: Shape) -> str | float:
    if shape.suffix == "xlsx":
        return cents / 100
    text = f"{cents / 100:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if shape.comma else text.replace(",", "")


def _long(shape: Shape) -> tuple[list[list[object]], int]:
    account, date, amount, status, currency, total = _LANGUAGES[shape.language]
    header: list[object] = [account, date, amount]
    header += {"void": [status], "currency": [currency], "sides": ["D/C"]}.get(shape.extra, [])
    rows: list[list[object]] = []
    right = 0
    for place, cents in enumerate(shape.amounts):
        day = f"2024-{place % 9 + 1:02d}-{13 + place:02d}"
        written = dt.date.fromisoformat(day)
        stamp = dt.datetime.combine(written, dt.time(13))
        row: list[object] = [
            f"K{place % 3 + 1:03d}",
            stamp.strftime(shape.form),
            _written(cents, shape),
        ]
        odd = place % 3 == 2
        if shape.extra == "void":
            row.append("cancelled" if odd else "ok")
        elif shape.extra == "currency":
            row.append("EUR")
        elif shape.extra == "sides":
            row.append("C" if odd else "D")
        right += {"void": 0, "sides": -cents}.get(shape.extra, cents) if odd else cents
        rows.append(row)
    if shape.extra == "total":
        rows.append([total, "", _written(sum(shape.amounts), shape)])
    if shape.layout == "no account":
        header, rows = header[1:], [row[1:] for row in rows]
    if shape.layout == "no names":
        header = ["aa", "bb", "cc", "dd"][: len(header)]
    return [header, *rows], right


def _wide(shape: Shape) -> tuple[list[list[object]], int]:
    account, _, _, _, _, total = _LANGUAGES[shape.language]
    months = ["2024-01", "2024-02", "2024-03"]
    cells = [shape.amounts[i : i + 3] for i in range(0, len(shape.amounts), 3)]
    cells = [(*row, *[0] * (3 - len(row))) for row in cells]
    named = [f"K{place + 1:03d}" for place in range(len(cells))]
    if shape.layout == "accounts":
        header: list[object] = ["month", "Alpha", "Beta", "Gamma"]
        named = [f"2024-{place + 1:02d}" for place in range(len(cells))]
    else:
        header = [account, *months]
    rows: list[list[object]] = [
        [name, *(_written(cents, shape) for cents in row)]
        for name, row in zip(named, cells, strict=True)
    ]
    if shape.extra == "total":
        header.append(total)
        rows = [[*row, _written(sum(c), shape)] for row, c in zip(rows, cells, strict=True)]
    return [header, *rows], sum(shape.amounts)


def _save(shape: Shape, table: list[list[object]], folder: Path) -> Path:
    titles: list[list[object]] = [["Report", ""]] * shape.titles
    path = folder / f"sales.{shape.suffix}"
    if shape.suffix == "xlsx":
        workbook = openpyxl.Workbook()
        for row in [*titles, *table]:
            workbook.active.append(row)
        workbook.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=shape.sep).writerows([*titles, *table])
    return path


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(shape=shapes)
def test_made_up_files_open_or_say_what_is_undecided(shape):
    table, right = (_wide if shape.layout in ("months", "accounts") else _long)(shape)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        proposal, text = proposed(folder, _save(shape, table, folder))
        assert not proposal.unread
        says_what_is_undecided(folder, text)
        if shape.layout in ("rows", "months", "accounts"):
            book = opened(folder, first_choices(text))
            assert book.totals()["revenue"].tolist() == [right / 100], text.split("# ====")[0]
