"""``deck.pptx``: the slides of ``deck.html`` with text that can be edited, by python-pptx."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keyacct_utils.handing_on.deck import PART, SENTENCES
from keyacct_utils.handing_on.headlines import Headline
from keyacct_utils.handing_on.pages import ACTIONS, PPTX, Results, of_run
from keyacct_utils.review.page import Line, figure, in_order
from keyacct_utils.review.record import whole_file
from keyacct_utils.review.summary import FIRST, IN_SHORT

INSTALL = f"{PPTX} was not written: python-pptx is not installed; pip install 'keyacct[deck]'"
#: Inches: a wide slide, its margin, where its content begins, and the height of its foot.
_WIDE, _HIGH, _MARGIN, _TOP, _FOOT = 13.333, 7.5, 0.6, 1.5, 0.5
#: Width of a figure beside its sentences.
_FIGURE = 7.6
_LARGE, _TITLE, _TEXT, _SMALL = 32, 26, 16, 10


def write_pptx(results: Results, path: Path) -> None:
    """Write the deck with native text, whole or not at all.

    Parameters
    ----------
    results : Results
        As for ``deck.html``.
    path : Path
        Of the file.
    """
    from pptx import Presentation  # an extra of the collection
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDE), Inches(_HIGH)
    deck.core_properties.title = results.page.title
    page, run = results.page, of_run(results.review.run)
    _answers(deck, page.title, page.section(IN_SHORT).lines)
    for item in results.headlines:
        _finding(deck, item)
    _first(deck, results)
    for number, slide in enumerate(deck.slides, 1):
        foot = f"{run}    {number} / {len(deck.slides)}"
        _write(slide, [(foot, _SMALL)], _MARGIN, _HIGH - _FOOT, _WIDE - 2 * _MARGIN, _FOOT)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        deck.save(file)


def _slide(deck: Any, title: str, size: int = _TITLE) -> Any:
    """A slide with its title in the place for it, so that an outline shows it."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    place = slide.shapes.title
    place.left, place.top = Inches(_MARGIN), Inches(0.4)
    place.width, place.height = Inches(_WIDE - 2 * _MARGIN), Inches(_TOP - 0.5)
    place.text_frame.text = title
    place.text_frame.word_wrap = True
    place.text_frame.paragraphs[0].font.size = Pt(size)
    place.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    return slide


def _write(
    slide: Any, said: Iterable[tuple[str, int]], left: float, top: float, wide: float, high: float
) -> None:
    """Paragraphs, each with its size in points, in a box that shrinks what does not fit."""
    from pptx.enum.text import MSO_AUTO_SIZE
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(*map(Inches, (left, top, wide, high))).text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    for place, (text, size) in enumerate(said):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = _printable(text)
        paragraph.font.size, paragraph.space_after = Pt(size), Pt(size / 3)


def _printable(text: str) -> str:
    """Without the control characters that a file of this kind cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _answers(deck: Any, title: str, lines: Iterable[Line]) -> None:
    slide = _slide(deck, title, _LARGE)
    said = [f"{line.what[:1].upper()}{line.what[1:]}: {line.says}" for line in lines]
    half = next(
        n for n in range(1, len(said) + 1) if len("".join(said[:n])) * 2 >= len("".join(said))
    )
    wide, high = (_WIDE - 3 * _MARGIN) / 2, _HIGH - _TOP - _FOOT
    for place, part in enumerate((said[:half], said[half:])):
        left = _MARGIN + place * (wide + _MARGIN)
        _write(slide, [(text, 12) for text in part], left, _TOP, wide, high)


def _finding(deck: Any, item: Headline) -> None:
    from pptx.util import Inches

    question = item.lesson.question[:1].upper() + item.lesson.question[1:]
    slide = _slide(deck, f"{item.lesson.code} {question}")
    left, high = _MARGIN, _HIGH - _TOP - _FOOT
    if item.drawn:
        shape = slide.shapes.add_picture(
            io.BytesIO(item.drawn.png), Inches(_MARGIN), Inches(_TOP), width=Inches(_FIGURE)
        )
        if shape.height > Inches(high):
            shape.width = int(shape.width * Inches(high) / shape.height)
            shape.height = Inches(high)
        shape._element.nvPicPr.cNvPr.set("descr", _printable(item.drawn.alt))
        left += shape.width / Inches(1) + 0.4
    said = [*item.says[:SENTENCES], *([PART] if item.lacks else [])]
    _write(slide, [(text, _TEXT) for text in said], left, _TOP, _WIDE - left - _MARGIN, high)


def _first(deck: Any, results: Results) -> None:
    section = results.page.section(FIRST)
    slide = _slide(deck, FIRST)
    said = [
        f"{line.what}: {figure(line)} {line.unit}. {line.says}" for line in section.lines[:ACTIONS]
    ] or [section.empty]
    order = [f"{in_order(section, len(said))}."] if section.of and section.lines else []
    left_out = [f"In no number: {' '.join(results.left_out)}"] if results.left_out else []
    texts = [(text, _TEXT) for text in said] + [(text, _SMALL) for text in [*order, *left_out]]
    _write(slide, texts, _MARGIN, _TOP, _WIDE - 2 * _MARGIN, _HIGH - _TOP - _FOOT)
