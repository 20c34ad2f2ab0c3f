"""``deck.html``: one finding a slide, moved through with the arrow keys or by scrolling, printed
one slide a page.
"""

from __future__ import annotations

from keyacct_utils.handing_on.headlines import Headline
from keyacct_utils.handing_on.pages import (
    Results,
    answers,
    document,
    first_actions,
    left_out_note,
    of_run,
    picture,
    said,
)
from keyacct_utils.review.html_parts import text
from keyacct_utils.review.summary import FIRST

#: Sentences beside a figure: a slide is looked at, the report is read.
SENTENCES = 2
PART = "Done in part, for want of columns: the report and keyacct check name them."
#: Keys of a presenter: on, back, first, last.
SCRIPT = """
const slides = [...document.querySelectorAll("section")];
const steps = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1,
               ArrowLeft: -1, ArrowUp: -1, PageUp: -1};
let at = 0;
const show = (place) => {
  at = Math.max(0, Math.min(slides.length - 1, place));
  slides[at].scrollIntoView();
};
addEventListener("scroll", () => {
  const middle = innerHeight / 2;
  const now = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > middle);
  if (now >= 0) at = now;
}, {passive: true});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in steps) { event.preventDefault(); show(at + steps[event.key]); }
  if (event.key === "Home") { event.preventDefault(); show(0); }
  if (event.key === "End") { event.preventDefault(); show(slides.length - 1); }
});
"""
_STYLE = """
html { scroll-snap-type: y proximity; }
section { min-height: 100vh; padding: 2.2rem 3rem 1.4rem; display: flex; flex-direction: column;
          scroll-snap-align: start; border-bottom: 1px solid var(--edge); }
h1 { font-size: 2rem; margin: 0 0 .8rem; color: var(--mark); }
.eyebrow { margin: 0 0 .2rem; color: var(--quiet); }
.content { flex: 1; display: flex; gap: 2.2rem; align-items: center; }
.content figure { margin: 0; flex: 3; min-width: 0; } .content .said { flex: 2; min-width: 0; }
.content img { width: 100%; max-height: 70vh; object-fit: contain; }
.said p { font-size: 1.1rem; }
.answers { columns: 2; column-gap: 2.5rem; margin: 0; }
.answers dt { font-weight: bold; color: var(--mark); break-after: avoid; }
.answers dd { margin: 0 0 .7rem; break-inside: avoid; font-size: .95rem; }
.figure { font-weight: normal; color: var(--text); }
.foot { font-size: .75rem; color: var(--quiet); display: flex; gap: 1rem;
        justify-content: space-between; }
.foot p { margin: 0; }
@media (max-width: 50rem) {
  html { scroll-snap-type: none; }
  section { padding: 1.2rem 1rem; } h1 { font-size: 1.35rem; }
  .content { flex-direction: column; align-items: stretch; gap: .6rem; }
  .content figure, .content .said { flex: none; }
  .answers { columns: 1; } .foot { flex-direction: column; }
}
@page { size: 338mm 190mm; margin: 0; }
@media print {
  html { scroll-snap-type: none; }
  section { min-height: 0; height: 190mm; break-after: page; border: 0; overflow: hidden;
            padding: 12mm 16mm 8mm; }
  .content img { max-height: 128mm; } .wide { overflow: visible; }
}
"""


def deck_page(results: Results) -> str:
    """The deck as one page of HTML: the answers, a slide per lesson, what to do first."""
    page, total = results.page, len(results.headlines) + 2
    opening = [f"<h1>{text(page.title)}</h1>", *answers(page)]
    closing = [f"<h1>{text(FIRST)}</h1>", *first_actions(page), *left_out_note(results.left_out)]
    slides = [opening, *(_finding(item) for item in results.headlines), closing]
    body: list[str] = []
    for number, slide in enumerate(slides, 1):
        foot = f"<p>{text(of_run(results.review.run))}</p><p>{number} / {total}</p>"
        body += [
            f'<section id="slide-{number}">',
            *_filled(slide),
            f'<div class="foot">{foot}</div>',
        ]
        body.append("</section>")
    return document(page.title, _STYLE, body, SCRIPT)


def _filled(slide: list[str]) -> list[str]:
    """A slide whose own content stands above its foot."""
    if any('class="content"' in part for part in slide):
        return slide
    return [slide[0], '<div class="content"><div class="said">', *slide[1:], "</div></div>"]


def _finding(item: Headline) -> list[str]:
    lesson = item.lesson
    question = lesson.question[:1].upper() + lesson.question[1:]
    figure = f"<figure>{picture(item.drawn)}</figure>" if item.drawn else ""
    sentences = [f"<p>{said(sentence)}</p>" for sentence in item.says[:SENTENCES]]
    lacks = [f'<p class="quiet">{PART}</p>'] if item.lacks else []
    return [
        f'<p class="eyebrow">{lesson.code} {text(lesson.title)}</p>',
        f"<h1>{text(question)}</h1>",
        f'<div class="content">{figure}<div class="said">',
        *sentences,
        *lacks,
        "</div></div>",
    ]
