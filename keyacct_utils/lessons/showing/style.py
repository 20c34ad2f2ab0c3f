"""House style of the figures: colours, fonts that draw Chinese, and alt text that reaches the page.

Colours after Okabe & Ito (2008), Color Universal Design, darkened where a thin line on white would
be too pale.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import os
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from cycler import cycler
from IPython.display import display
from matplotlib import font_manager, ft2font, pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

#: Lines and points: each has a contrast of 3:1 or more on white (WCAG 2.1, 1.4.11); the last is for
#: what is secondary.
LINE_COLOURS = ("#0072B2", "#D55E00", "#007E5C", "#222222", "#B0578D", "#767676")
#: Areas that carry dark text (4.5:1 or more), in the order of hue of the lines.
FILL_COLOURS = (
    "#56B4E9",
    "#E69F00",
    "#7FCDB5",
    "#E8E8E8",
    "#E3B5CF",
    "#F0E442",
    "#B9A7E0",
    "#C8B08A",
)
INK = "#222222"
LATIN_FONT = "DejaVu Sans"  # ships with matplotlib, so every machine has it
CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans CJK JP",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Heiti TC",
    "STHeiti",
    "Arial Unicode MS",
    "Microsoft YaHei",
    "SimHei",
    "Noto Serif CJK SC",
    "Songti SC",
    "SimSun",
)
_CJK_FILES = (
    "notosanscjk",
    "notosanssc",
    "sourcehan",
    "wqy",
    "pingfang",
    "hiragino",
    "heiti",
    "msyh",
    "simhei",
    "simsun",
    "notoserif",
)
CJK_ADVICE = (
    "No font with Chinese characters was found: figures show English names or ids instead. "
    "Install one (Debian, Ubuntu: apt install fonts-noto-cjk; "
    "elsewhere: Noto Sans CJK SC) and start again."
)
SCREEN_DENSITY = 2  # image pixels per CSS pixel, so that figures are sharp on dense screens
NAME_LENGTH = 40  # characters: a longer name in a figure leaves no room for what it names
CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
#: Names the folder of a run in which each shown figure is kept as SVG too, with its title.
KEPT = "KEYACCT_FIGURES"
COLOURS_IN_PNG = 256  # a palette image: about a third of the bytes, no difference to the eye


@cache
def _charmap(path: str) -> frozenset[int]:
    return frozenset(ft2font.FT2Font(path).get_charmap())


@cache
def cjk_font() -> str | None:
    """Name of the first font on this system that draws Chinese; None if there is none (see
    ``CJK_ADVICE``).

    Fonts installed after matplotlib wrote its font cache are found too.
    """

    def known() -> str | None:
        paths = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
        good = (
            name
            for name in CJK_FONTS
            if name in paths and Path(paths[name]).exists() and ord("户") in _charmap(paths[name])
        )
        return next(good, None)

    name = known()
    if name is None:
        for path in sorted(font_manager.findSystemFonts()):
            if Path(path).name.lower().replace("-", "").startswith(_CJK_FILES):
                font_manager.fontManager.addfont(path)
        name = known()
    return name


def drawable(text: str) -> bool:
    """Whether the fonts at hand have a glyph for every character of the text."""
    fonts = [LATIN_FONT, *([font] if (font := cjk_font()) else [])]
    maps = [_charmap(str(font_manager.findfont(name))) for name in fonts]
    return all(any(ord(char) in glyphs for glyphs in maps) for char in text if char != "\n")


def _drawable_part(text: str) -> str:
    return "".join(char if drawable(char) else " " if char.isspace() else "?" for char in text)


def label(*candidates: object) -> str:
    """The first of the given names (Chinese, English, id) that can be drawn; ``$`` is kept from
    starting a formula.

    Several candidates are the names of an account: one longer than ``NAME_LENGTH`` ends in an
    ellipsis. A single text (a title, an axis) keeps its length.

    Raises
    ------
    ValueError
        If all candidates are empty.
    """
    known = [value for value in candidates if not pd.isna(value)]  # type: ignore[call-overload]
    texts = [text for value in known if (text := str(value).strip())]
    if not texts:
        raise ValueError(f"label: {len(candidates)} candidates, all empty; give at least the id")
    text = next((text for text in texts if drawable(text)), _drawable_part(texts[-1]))
    if len(candidates) > 1 and len(text) > NAME_LENGTH:
        text = text[: NAME_LENGTH - 1].rstrip() + "\u2026"
    return text.replace("$", r"\$")


def house_style() -> Any:  # matplotlib's stubs want a dict of 300 literal keys
    """The rcParams of the house style (for ``matplotlib.rc_context``)."""
    return {
        "font.family": [LATIN_FONT, *([font] if (font := cjk_font()) else [])],
        "font.size": 11,
        "axes.titlesize": 12.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelsize": 11,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "legend.fontsize": 10,
        "legend.frameon": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.edgecolor": "#767676",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#E3E3E3",
        "grid.linewidth": 0.7,
        "axes.axisbelow": True,
        "lines.linewidth": 2.0,
        "axes.prop_cycle": cycler(color=LINE_COLOURS),
        "image.cmap": "cividis",
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "figure.figsize": (7.2, 4.3),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
    }


def use_house_style() -> None:
    """Set the house style for all further figures of this process."""
    mpl.rcParams.update(house_style())


def _replace_undrawable(fig: Figure) -> bool:
    """Put "?" for what no font can draw in any text of a drawn figure; tells whether there was
    any.
    """
    bad = [text for text in fig.findobj(Text) if not drawable(text.get_text())]
    for axes in fig.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = [text.get_text() for text in axis.get_ticklabels()]
            if not all(
                map(drawable, ticks)
            ):  # a tick takes its text from the axis each time it is drawn
                axis.set_ticks(axis.get_ticklocs(), [_drawable_part(text) for text in ticks])
    for text in bad:
        text.set_text(_drawable_part(text.get_text()))
    return bool(bad)


def png(fig: Figure, width_px: int = 720) -> bytes:
    """The figure as a PNG ``SCREEN_DENSITY * width_px`` pixels wide; the same figure gives the same
    bytes.

    A character that no font at hand can draw becomes "?", never an empty box.
    """
    with mpl.rc_context(house_style()), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Glyph .* missing from font"
        )  # replaced, then drawn again
        fig.set_facecolor("white")
        # drawn at once: savefig would draw a figure with a layout once more, for nothing
        canvas = FigureCanvasAgg(fig)
        usual = fig.dpi
        fig.set_dpi(SCREEN_DENSITY * width_px / fig.get_figwidth())
        for _ in range(2):
            canvas.draw()
            if not _replace_undrawable(fig):
                break
        drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        fig.set_dpi(usual)
    packed = io.BytesIO()
    drawn.quantize(COLOURS_IN_PNG, dither=Image.Dither.NONE).save(packed, format="PNG")
    return packed.getvalue()


def _script(fig: Figure) -> dict[str, Any]:
    """Whether a figure holds Chinese text, and the font that drew it: kept in the notebook, so
    that a test can tell.
    """
    chinese = any(CHINESE.search(text.get_text()) for text in fig.findobj(Text))
    return {"chinese": chinese, "cjk_font": cjk_font() if chinese else None}


def picture_hash(content: bytes) -> str:
    """By which the SVG of a figure is found from its PNG."""
    return hashlib.sha256(content).hexdigest()[:16]


def _keep(fig: Figure, content: bytes, title: str) -> None:
    """Save a shown figure as SVG where the run asks for it; its glyphs are outlines, so that it
    needs no font.
    """
    folder = os.environ.get(KEPT)
    if not folder:
        return
    told = {"Title": title, "Date": None, "Creator": None}
    with mpl.rc_context({**house_style(), "svg.hashsalt": "keyacct", "svg.fonttype": "path"}):
        fig.savefig(Path(folder) / f"{picture_hash(content)}.svg", format="svg", metadata=told)


def show(fig: Figure, alt: str, width_px: int = 720, title: str = "") -> None:
    """Show a figure in a notebook with alt text that reaches JupyterLab, nbconvert and the web
    site; closes the figure.

    Parameters
    ----------
    fig : Figure
    alt : str
        What the figure shows, in a sentence or two, for a reader who cannot see it.
    width_px : int
        Width on the page in CSS pixels.
    title : str
        Its message, which goes into the SVG that a run keeps.

    Raises
    ------
    ValueError
        If ``alt`` is empty or ``width_px`` is not positive.
    """
    words = " ".join(alt.split())
    if not words:
        raise ValueError("alt is empty: say in a sentence what the figure shows")
    if width_px <= 0:
        raise ValueError(f"width_px is {width_px}; expected a width above 0 in pixels, such as 720")
    content = png(fig, width_px)
    data = base64.b64encode(content).decode("ascii")
    style = "max-width:100%;height:auto;background:#fff"
    tag = (
        f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}" '
        f'width="{width_px}" style="{style}">'
    )
    _keep(fig, content, title)
    pyplot.close(fig)
    display(
        {"text/html": tag, "text/plain": f"Figure: {words}"},
        raw=True,
        metadata={"keyacct": _script(fig)},
    )
