"""``report.html``: the answers on one page, then a page per lesson and one per large account; made
to be printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from keyacct_utils.handing_on.headlines import Headline
from keyacct_utils.handing_on.one_account import UNKNOWN, Account, Said, explained
from keyacct_utils.handing_on.pages import (
    REPORT,
    Results,
    answers,
    bars,
    document,
    first_actions,
    left_out_note,
    of_run,
    picture,
    said,
    said_table,
    standings_table,
)
from keyacct_utils.review.changes import called
from keyacct_utils.review.html_parts import name_of, text
from keyacct_utils.review.summary import FIRST

#: What a lesson lacked that a reader is told, and where one begins: "table.column: what for".
_LACKS, _LACKED = 3, re.compile(r"; (?=[a-z_0-9]+\.\w)")
_STYLE = """
body { max-width: 52rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.3rem; margin: .2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
section { border-top: 3px solid var(--mark); margin-top: 2.5rem; padding-top: .6rem; }
.facts { font-size: .85rem; margin: .1rem 0; }
.answers { margin: .8rem 0; }
.answers dt { font-weight: bold; color: var(--mark); margin-top: .5rem; }
.answers dd { margin: 0; }
.figure { font-weight: normal; color: var(--text); float: right; }
.eyebrow { margin: 0; color: var(--quiet); }
.do { border-left: .3rem solid #b7791f; padding: .1rem .8rem; margin: .5rem 0; }
.do p { margin: .2rem 0; }
.pairs { columns: 2; column-gap: 2rem; margin-top: .6rem; }
.pairs > div { break-inside: avoid; }
.pairs thead { position: absolute; clip-path: inset(50%); }
.pairs caption { color: var(--mark); font-weight: bold; padding-top: .5rem; }
.toc { columns: 2; font-size: .9rem; padding-left: 2rem; }
@media (max-width: 40rem) {
  .pairs, .toc { columns: 1; } .figure { float: none; }
  .classes thead { position: absolute; clip-path: inset(50%); }
  .classes tr, .classes th, .classes td { display: block; border: 0; }
  .classes tr { border-bottom: 1px solid var(--edge); padding: .3rem 0; }
}
@page { size: A4; margin: 14mm; }
@media print {
  .toc { columns: 3; font-size: .62rem; line-height: 1.15; margin: .1rem 0; }
  h3 { margin: .3rem 0 .1rem; }
  body { font-size: 9.5pt; max-width: none; padding: 0; }
  section { break-before: page; margin-top: 0; border-top: 0; padding-top: 0; }
  table, .facts { font-size: 8pt; } .wide { overflow: visible; }
  th, td { padding: .1rem .35rem; }
  tr, img, svg { break-inside: avoid; } h2, h3, caption { break-after: avoid; }
  img { max-height: 150mm; width: auto; } a { color: inherit; text-decoration: none; }
}
"""


def report_page(results: Results) -> str:
    """The report as one page of HTML."""
    body = [*_first(results), *_contents(results)]
    for item in results.headlines:
        body += _lesson(item, results)
    for place, account_id in enumerate(results.largest, 1):
        body += _account(explained(results.review, account_id), place, results)
    return document(results.page.title, _STYLE, body)


def _first(results: Results) -> list[str]:
    page = results.page
    beside = ", ".join(
        f'<a href="{text(name)}">{text(what)}</a>'
        for name, what in results.beside.items()
        if name != REPORT
    )
    return [
        "<header>",
        f"<h1>{text(page.title)}</h1>",
        *(f'<p class="facts quiet">{text(fact)}</p>' for fact in page.facts),
        "</header>",
        *answers(page, but=FIRST),
        f"<h3>{text(FIRST)}</h3>",
        *first_actions(page),
        *(f'<p class="facts quiet">{text(note)}</p>' for note in page.notes),
        *([f'<p class="facts">With this report: {beside}.</p>'] if beside else []),
    ]


def _contents(results: Results) -> list[str]:
    lessons = [
        f'<li><a href="#lesson-{item.lesson.code}">{text(item.lesson.title)}</a></li>'
        for item in results.headlines
    ]
    # with the id: two may bear one name
    names = results.review.accounts.set_index("account_id")["account"]
    accounts = [
        f'<li><a href="#account-{place}">{name_of(called(names, i))}</a></li>'
        for place, i in enumerate(results.largest, 1)
    ]
    return [
        '<nav aria-label="Contents">',
        *(
            ["<h3>What the lessons found</h3>", '<ul class="toc">', *lessons, "</ul>"]
            * bool(lessons)
        ),
        *(
            ["<h3>The largest accounts</h3>", '<ol class="toc">', *accounts, "</ol>"]
            * bool(accounts)
        ),
        "</nav>",
    ]


def _lesson(item: Headline, results: Results) -> list[str]:
    lesson = item.lesson
    question = lesson.question[:1].upper() + lesson.question[1:]
    none = "No figure of this lesson can be drawn from this book."
    lacks = f"This lesson ran {text(_first_lacks(item.lacks))}" if item.lacks else ""
    return [
        f'<section id="lesson-{lesson.code}">',
        f'<p class="eyebrow">{lesson.code} {text(lesson.title)} '
        f'<span lang="zh-Hans">{text(lesson.title_zh)}</span></p>',
        f"<h2>{text(question)}</h2>",
        f"<figure>{picture(item.drawn)}</figure>" if item.drawn else f"<p>{none}</p>",
        *(f"<p>{said(sentence)}</p>" for sentence in item.says),
        *([f'<p class="quiet">{lacks}.</p>'] if lacks else []),
        *left_out_note(results.left_out),
        "</section>",
    ]


def _first_lacks(lacks: str) -> str:
    """What a lesson went without, the first few; `keyacct check` lists all."""
    parts = _LACKED.split(lacks)
    more = len(parts) - _LACKS
    shown = "; ".join(parts[:_LACKS])
    return shown if more <= 0 else f"{shown}; and without {more} more, which keyacct check lists"


def account_body(account: Account, results: Results, details: bool = False) -> list[str]:
    """All of one account: what to do, sales over time, classes, and what each lesson says."""
    currency = str(results.review.run.get("currency", ""))
    shown = ""
    if account.account_id in results.history.index:
        rows = results.history.loc[[account.account_id]]
        shown = bars(rows.iloc[0], currency, results.until)
    return [
        '<div class="do">',
        *(f"<p>{text(item.header)}: <b>{text(item.value)}</b></p>" for item in account.action),
        *(["<p>No lesson of this run suggests an action.</p>"] * (not account.action)),
        "</div>",
        shown,
        standings_table(account.standings) if account.standings else "",
        '<div class="pairs">',
        *(
            f"<div>{said_table(lesson, told if details else _core(told))}</div>"
            for lesson, told in account.told.items()
            if details or _core(told)
        ),
        "</div>",
    ]


def _core(told: Iterable[Said]) -> list[Said]:
    """What is known and not a detail of its lesson."""
    return [item for item in told if not item.detail and item.value != UNKNOWN]


def _account(account: Account, place: int, results: Results) -> list[str]:
    currency = results.review.run.get("currency") or "no declared currency"
    return [
        f'<section id="account-{place}">',
        f'<p class="eyebrow">Account {place} of {len(results.largest)} by amount; '
        f"money in {text(currency)}</p>",
        f"<h2>{name_of(account.called)}</h2>",
        *account_body(account, results),
        *left_out_note(results.left_out),
        "</section>",
    ]


def account_page(account: Account, results: Results) -> str:
    """``explain_ID.html``: one account on a page of its own."""
    body = [
        f"<h1>{name_of(account.called)}</h1>",
        f'<p class="facts quiet">{text(of_run(results.review.run))}; money in '
        f"{text(account.currency or 'no declared currency')}</p>",
        *account_body(account, results, details=True),
    ]
    return document(account.called, _STYLE, body)
