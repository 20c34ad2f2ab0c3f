"""Chinese in figures: each character is drawn, none as an empty box. Pictures are compared, not warnings."""

from __future__ import annotations

import io
import re
import warnings
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from opened import bundled
from PIL import Image

from keyacct_utils.lessons.catalogue import NOTEBOOKS
from keyacct_utils.lessons.showing import style

EXECUTED = [*sorted(NOTEBOOKS.glob("*.ipynb")), *sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))]
UNKNOWN = "\U0010fffd"  # for private use: no font has it
SIZE = 40

needs_font = pytest.mark.skipif(
    style.cjk_font() is None, reason="no font with Chinese characters on this system"
)


def cut(pixels: np.ndarray) -> bytes:
    """The inked part of a picture, so that where a glyph stands does not count."""
    inked = np.argwhere(pixels > 0)
    if not len(inked):
        return b""
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0) + 1
    part = pixels[top:bottom, left:right]
    return repr(part.shape).encode() + part.tobytes()


def picture(text: str, families: list[str]) -> bytes:
    """What matplotlib draws for a text."""
    fig = Figure(figsize=(1, 1), dpi=60)
    with rc_context(style.house_style()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fig.text(0.2, 0.2, text, fontsize=SIZE, fontfamily=families)
        data = io.BytesIO()
        fig.savefig(data, format="png")
    return cut(255 - np.asarray(Image.open(data).convert("L")))


@cache
def cjk_face() -> FT2Font:
    found = font_manager.findfont(str(style.cjk_font()))
    return FT2Font(str(found), face_index=getattr(found, "face_index", 0))


def glyph(index: int) -> bytes:
    """The glyph with a number in the font with Chinese characters; 0 is its .notdef box."""
    face = cjk_face()
    face.clear()
    face.set_size(SIZE, 72)
    pixels = np.zeros((2 * SIZE, 2 * SIZE), dtype=np.uint8)
    face.draw_glyph_to_bitmap(pixels, 4, 4, face.load_glyph(index))
    return cut(pixels)


def names_of_the_book() -> str:
    book = bundled("linjiang")
    return " ".join([*book.names(), *book.table("accounts").get("name_zh", [])])


def characters() -> list[str]:
    """Every Chinese character of the names in the bundled book."""
    found = sorted({char for char in names_of_the_book() if style.CHINESE.match(char)})
    assert len(found) > 100
    return found


@needs_font
def test_the_font_holds_a_picture_of_its_own_for_every_character_of_the_names():
    face, box = cjk_face(), glyph(0)
    assert box
    drawn = {char: glyph(face.get_char_index(ord(char))) for char in characters()}
    assert [char for char, pixels in drawn.items() if pixels in (box, b"")] == []
    assert len(set(drawn.values())) == len(drawn)


@needs_font
def test_matplotlib_draws_every_character_and_no_box():
    families = style.house_style()["font.family"]
    drawn = {char: picture(char, families) for char in characters()}
    boxes = {picture(UNKNOWN, families), b""}
    assert [
        char
        for char, pixels in drawn.items()
        if pixels in boxes | {picture(char, [style.LATIN_FONT])}
    ] == []
    assert len(set(drawn.values())) == len(drawn)


def test_the_comparison_sees_a_box():
    latin = [style.LATIN_FONT]
    assert picture("户", latin) == picture("客", latin) != b""
    assert picture("A", latin) != picture("B", latin)


def shown() -> list[tuple[Path, nbformat.NotebookNode]]:
    return [
        (path, output)
        for path in EXECUTED
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if "<img" in output.get("data", {}).get("text/html", "")
    ]


@pytest.mark.parametrize(
    "path", EXECUTED, ids=lambda path: path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
)
def test_a_committed_figure_with_chinese_text_was_drawn_with_a_font_for_it(path):
    for output in [output for where, output in shown() if where == path]:
        said = output.metadata.get("keyacct")
        assert said is not None, (
            f"drawn before fonts were noted: make outputs LESSON={path.name[:2]}"
        )
        assert (said["cjk_font"] in style.CJK_FONTS) == said["chinese"]


def test_committed_figures_show_names_in_chinese():
    assert (
        sum(output.metadata.get("keyacct", {}).get("chinese", False) for _, output in shown()) >= 5
    )


#: Title, name of an axis, one tick of each axis, note, legend and its title, heading of the figure.
EVERYWHERE = 8


def figure_with(text: str) -> Figure:
    fig = Figure()
    axes = fig.add_subplot(title=text, xlabel=text)
    axes.plot([0, 1], label=text)
    axes.set_yticks([0, 1], [text, "b"])
    axes.set_xticks([0, 1], ["a", text], minor=False)
    axes.annotate(text, (0, 0))
    axes.legend(title=text)
    fig.suptitle(text)
    return fig


def texts(fig: Figure) -> list[str]:
    """The texts that are drawn: the second labels of ticks are not."""
    return [item.get_text() for item in fig.findobj(Text) if item.get_text() and item.get_visible()]


@pytest.mark.parametrize("fonts", ["with", "without"])
def test_no_text_reaches_a_figure_that_no_font_draws(fonts, monkeypatch, recwarn):
    if fonts == "without":
        monkeypatch.setattr(style, "cjk_font", lambda: None)
    bad = f"a{UNKNOWN}b" if fonts == "with" else "a户b"
    fig = figure_with(bad)
    style.png(fig)
    assert (
        not [text for text in texts(fig) if text == bad] and texts(fig).count("a?b") == EVERYWHERE
    )
    assert style._script(fig) == {"chinese": False, "cjk_font": None}
    assert not [item for item in recwarn if "Glyph" in str(item.message)]


def test_drawable_text_is_left_alone():
    fig = figure_with("power")
    style.png(fig)
    assert texts(fig).count("power") == EVERYWHERE


@needs_font
def test_a_figure_notes_its_chinese_text_and_the_font():
    fig = figure_with("临江")
    style.png(fig)
    assert style._script(fig) == {"chinese": True, "cjk_font": style.cjk_font()}


def test_a_long_name_is_shortened_and_a_title_is_not():
    name = "Linjiang Municipal Investment Holding and Development Company"
    assert style.label(name, "A1") == "Linjiang Municipal Investment Holding a\u2026"
    assert len(style.label(name, "A1")) == style.NAME_LENGTH
    assert style.label(name) == name
    assert style.label("x" * 40, "A1") == "x" * 40
    assert re.fullmatch(r"(\\\$){39}\u2026", style.label("$" * 50, "A1"))
