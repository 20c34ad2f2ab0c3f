"""What the pages of a report, a deck and one account share: head, style, answers, pictures. They
load nothing; what comes from a book is text.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from keyacct_utils.handing_on.headlines import Drawn, Headline
from keyacct_utils.handing_on.one_account import Said, Standing
from keyacct_utils.review.account_review import STEM, Review, up_to
from keyacct_utils.review.html_parts import name_of, table, text
from keyacct_utils.review.page import Line, Page, figure, in_order
from keyacct_utils.review.summary import FIRST, IN_SHORT

REPORT, DECK, PPTX = "report.html", "deck.html", "deck.pptx"
CRM = "crm/account_plan.csv"
#: What lies beside the pages of a run, by name, and what it is.
BESIDE = {
    f"{STEM}.xlsx": "the workbook, one row per account",
    REPORT: "the report",
    DECK: "the deck",
    PPTX: "the deck as slides to edit",
    CRM: "the plan for a CRM",
}
_UNIT = re.compile(r"(\d) (%|bn\b|m\b|k\b)")
#: Bars of sales, and of quarters in which more was returned.
_SOLD, _SENT_BACK = "#0072B2", "#D55E00"
#: Actions on the first page; the workbook has all of them.
ACTIONS = 5
STYLE = """
:root { --edge: #c5ccd4; --head: #eef1f5; --quiet: #565f69; --text: #1b1f24; --mark: #1f4e79; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; color: var(--text);
       background: #fff; margin: 0; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
p, li, dd { overflow-wrap: anywhere; }
img, svg { max-width: 100%; height: auto; }
a { color: var(--mark); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--quiet); padding: .2rem 0; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--edge); text-align: right;
         vertical-align: top; font-weight: normal; }
thead th { background: var(--head); }
th.text, td.text { text-align: left; }
bdi { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
figure { margin: .6rem 0; } figcaption { color: var(--quiet); font-size: .85rem; }
.quiet { color: var(--quiet); }
"""


@dataclass(frozen=True)
class Results:
    """What a run found, as far as it is handed on.

    Parameters
    ----------
    page : Page
        The answers, from `summary.summarise`.
    review : Review
        The account review as it was written.
    headlines : sequence of Headline
        What stands for each lesson that ran.
    left_out : sequence of str
        Rows and money that are in no number.
    history : DataFrame
        A row per account, a column per period with its sales; empty without dates.
    largest : sequence of str
        The accounts with a page of their own, by amount.
    until : str
        The day up to which the data are, where it cuts the last period of the history short.
    beside : mapping of str to str
        Files beside the report to lead on to: name to what it is.
    """

    page: Page
    review: Review
    headlines: Sequence[Headline]
    left_out: Sequence[str] = ()
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    largest: Sequence[str] = ()
    until: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


def document(title: str, style: str, body: Iterable[str], script: str = "") -> str:
    """A whole page whose policy lets it load nothing; the one script that it may hold is named by
    its hash.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    head = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{text(title)}</title>",
        f"<style>{STYLE}{style}</style>",
        "</head>",
        "<body>",
    ]
    end = [f"<script>{script}</script>"] if script else []
    return "\n".join([*head, *body, *end, "</body>", "</html>", ""])


def picture(drawn: Drawn) -> str:
    """A figure of a lesson as part of the page."""
    wide, high = (int.from_bytes(drawn.png[start : start + 4]) for start in (16, 20))
    data = base64.b64encode(drawn.png).decode("ascii")
    return (
        f'<img alt="{text(drawn.alt)}" width="{wide // 2}" height="{high // 2}" '
        f'src="data:image/png;base64,{data}">'
    )


def answers(page: Page, but: str = "") -> list[str]:
    """The questions of a manager, each with its figure and its answer; without the one named."""
    out = ['<dl class="answers">']
    for line in page.section(IN_SHORT).lines:
        if line.what.casefold() != but.casefold():
            what = line.what[:1].upper() + line.what[1:]
            out.append(f"<dt>{text(what)}{_figure(line)}</dt><dd>{said(line.says)}</dd>")
    return [*out, "</dl>"]


def said(sentence: object) -> str:
    """A sentence as text, whose figures stay on one line with their units."""
    return _UNIT.sub("\\1\N{NO-BREAK SPACE}\\2", text(sentence))


def _figure(line: Line) -> str:
    if line.figure is None or isinstance(line.figure, str):
        return ""
    unit = line.unit.replace("accounts", "account") if line.figure == 1 else line.unit
    return f' <span class="figure">{text(figure(line))} {text(unit)}</span>'


def first_actions(page: Page) -> list[str]:
    """What to do first, as a table; or why there is nothing."""
    section = page.section(FIRST)
    if not section.lines:
        return [f"<p>{text(section.empty)}</p>"]
    rows = [
        [name_of(line.what), text(figure(line)), text(line.unit), said(line.says)]
        for line in section.lines[:ACTIONS]
    ]
    caption = in_order(section, len(rows)) if len(rows) > 1 or section.of else ""
    return [table(caption, section.headers[1:], rows, (0, 2, 3))]


def said_table(caption: str, told: Iterable[Said]) -> str:
    """What a lesson says of an account."""
    rows = [[text(item.header), text(item.value)] for item in told]
    return table(caption, ["what", "value"], rows, (0,))


def standings_table(standings: Iterable[Standing]) -> str:
    """The classes of an account, each by which rule and how far the next one is."""
    rows = [
        [
            f'{text(item.title)} <span class="quiet">{text(item.lesson)}</span>',
            f"<b>{text(item.value)}</b>",
            text(item.rule + (f": {item.why}" if item.why else "")),
            text(item.distance),
        ]
        for item in standings
    ]
    headers = ["class", "is", "by which rule, and why", "to another class"]
    made = table("Classes, by the rule of each", headers, rows, (0, 1, 2, 3))
    return f'<div class="classes">{made}</div>'


def left_out_note(lines: Sequence[str]) -> list[str]:
    """What is in no number, below a page."""
    if not lines:
        return ['<p class="quiet">In no number: no row is known to be left out.</p>']
    told = " ".join(said(line) for line in lines)
    return [f'<p class="quiet">In no number: {told}</p>']


def bars(amounts: pd.Series, currency: str, until: str = "") -> str:
    """Sales over time as bars, those of more returns than sales below the line; both ends, the
    largest and the lowest in words.

    Parameters
    ----------
    amounts : Series
        By quarter or year.
    currency : str
    until : str
        The day up to which the data are, where it cuts the last quarter or year short.
    """
    values = amounts.fillna(0.0).astype(float)
    if not values.any():
        return ""
    wide, high = 640, 120
    top, low = max(float(values.max()), 0.0), min(float(values.min()), 0.0)
    scale, step = high / (top - low), wide / len(values)
    drawn = [
        f'<rect x="{number * step + 1:.1f}" y="{scale * (top - max(value, 0.0)):.1f}" '
        f'width="{max(step - 2, 0.5):.1f}" height="{scale * abs(value):.1f}" '
        f'fill="{_SOLD if value >= 0 else _SENT_BACK}"/>'
        for number, value in enumerate(values)
    ]
    told = [f"most in {values.idxmax()}: {top:,.2f}"] if top else []
    if low:
        drawn.append(f'<path d="M0 {scale * top:.1f}H{wide}" stroke="#565f69"/>')
        told.append(f"more returned than sold in {values.idxmin()}: {low:,.2f}")
    last = str(amounts.index[-1])
    told += [f"{last} only up to {until}"] * bool(until)
    label = text(
        f"Sales from {amounts.index[0]} to {last}, {currency or 'no currency'}; {'; '.join(told)}"
    )
    shape = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    bars_of = [f'<svg {shape} role="img" aria-label="{label}">', *drawn, "</svg>"]
    return "\n".join(["<figure>", f"<figcaption>{label}</figcaption>", *bars_of, "</figure>"])


def of_run(run: Mapping[str, Any]) -> str:
    """What the pages are of, in a line."""
    made = str(run.get("data_hash", ""))[:12]
    version = run.get("versions", {}).get("keyacct", "")
    return f"{run.get('book', '')}; {up_to(run)}; data {made}, keyacct {version}"
