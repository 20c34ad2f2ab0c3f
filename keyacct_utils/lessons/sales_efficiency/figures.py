"""The plots that only the lesson on sales efficiency needs: the bridge, luck, and the funnel."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money

_WHOLE, _UP, _DOWN, _QUIET = LINE_COLOURS[3], LINE_COLOURS[2], LINE_COLOURS[1], LINE_COLOURS[5]


def _tall(rows: int) -> float:
    """Inches for one line per manager, below a title and a legend."""
    return 1.8 + 0.19 * max(rows, 6)


def _legend(axes: Axes) -> None:
    """Between title and axes, where no label of an axis stands."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncol=4, frameon=False, fontsize=9, borderpad=0.1
    )


@_styled
def bridge_plot(parts: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """From the sales of one window to those of the next, part by part.

    Parameters
    ----------
    parts : amount by name: first the total before, then the changes, last the total now.
    """
    _need("parts", parts, ("amount",))
    fig, axes = _figure(title, xlabel, height=_height(len(parts)))
    amounts = parts["amount"].to_numpy(dtype=float)
    level, ends = 0.0, []
    for row, amount in enumerate(amounts):
        whole = row in (0, len(amounts) - 1)
        left = 0.0 if whole else level
        colour = _WHOLE if whole else _UP if amount >= 0 else _DOWN
        axes.barh(row, amount, left=left, color=colour, height=0.62)
        level = amount if whole else level + amount
        ends.append(max(left, left + amount))
    for row, (amount, end) in enumerate(zip(amounts, ends, strict=True)):
        whole = row in (0, len(amounts) - 1)
        text = money(amount) if whole or amount <= 0 else f"+{money(amount)}"
        axes.annotate(
            text, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=9, color=INK
        )
    axes.set_yticks(range(len(parts)), [label(name) for name in parts.index])
    axes.set_ylim(len(parts) - 0.5, -0.5)
    top = max(ends)
    axes.set_xlim(min(0.0, *(float(a) for a in amounts[[0, -1]])), top * 1.18 if top > 0 else 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))
    axes.locator_params(axis="x", nbins=6)
    return fig


@_styled
def shrink_plot(
    table: pd.DataFrame,
    title: str,
    xlabel: str,
    centre: float,
    names: pd.Series,
    later: pd.Series | None = None,
    n: int = 30,
) -> Figure:
    """Where does each stand by its raw mean, and where once luck is taken out?

    Parameters
    ----------
    table : by unit: mean, shrunk, low, high; the best first. Of more than ``n`` the first and the
        last are drawn.
    centre : where the means are drawn to, a vertical line.
    names : how a unit is shown.
    later : what each reached in the next window.
    """
    _need("table", table, ("mean", "shrunk", "low", "high"))
    shown = table
    if len(table) > n:
        shown = pd.concat([table.head(n // 2), table.tail(n // 2)])
    rows = np.arange(len(shown))
    fig, axes = _figure(title, xlabel, height=_tall(len(shown)))
    axes.axvline(centre, color=_QUIET, linewidth=1.2, linestyle="--", zorder=0, label="mean of all")
    axes.hlines(rows, shown["low"], shown["high"], color=FILL_COLOURS[0], linewidth=5, zorder=1)
    axes.plot(shown["mean"], rows, "o", color=_DOWN, markersize=5, mfc="white", label="raw")
    axes.plot(shown["shrunk"], rows, "o", color=LINE_COLOURS[0], markersize=6, label="shrunken")
    if later is not None:
        axes.plot(
            later.reindex(shown.index), rows, "x", color=_WHOLE, markersize=6, label="next window"
        )
    axes.set_yticks(rows, [label(names.get(i), i) for i in shown.index])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    percent_ticks(axes.xaxis)
    _legend(axes)
    return fig


@_styled
def funnel_plot(
    rates: pd.DataFrame,
    limits: pd.DataFrame,
    whole: float,
    title: str,
    names: pd.Series,
) -> Figure:
    """Which win rates does chance alone not make?

    Parameters
    ----------
    rates : by unit: tries, rate, low, high, outside (bool: named, with its interval).
    limits : by number of tries, in this order: low and high of one unit, low and high of all
        together.
    whole : the rate of all.
    """
    _need("rates", rates, ("tries", "rate", "low", "high", "outside"))
    fig, axes = _figure(title, "tries that were decided", "share won")
    for place, (style, text) in enumerate(
        (("-", "limits of one"), ("--", "limits of all together"))
    ):
        for end in (0, 1):
            axes.plot(
                limits.index,
                limits.iloc[:, 2 * place + end],
                style,
                color=_QUIET,
                linewidth=1.2,
                label=None if end else text,
            )
    axes.axhline(whole, color=_WHOLE, linewidth=1)
    out = rates[rates["outside"]].sort_values("rate")
    inside = rates[~rates["outside"]]
    axes.plot(inside["tries"], inside["rate"], "o", color=LINE_COLOURS[0], markersize=5)
    axes.vlines(out["tries"], out["low"], out["high"], color=FILL_COLOURS[0], linewidth=4, zorder=1)
    axes.plot(out["tries"], out["rate"], "D", color=_WHOLE, markersize=6)
    width = float(rates["tries"].max() - rates["tries"].min()) or 1.0
    placed: list[tuple[float, float]] = []
    for unit, row in out.iterrows():
        x, y = float(row["tries"]), float(row["rate"])
        while any(abs(y - v) < 0.05 and abs(x - u) < 0.3 * width for u, v in placed):
            y += 0.05
        placed.append((x, y))
        axes.annotate(
            label(names.get(unit), unit), (x, y), (7, 0), textcoords="offset points", va="center",
            fontsize=9, color=INK,
        )  # fmt: skip
    percent_ticks(axes.yaxis)
    axes.margins(x=0.15)
    _legend(axes)
    return fig


@_styled
def gap_plot(
    table: pd.DataFrame,
    title: str,
    xlabel: str,
    names: pd.Series,
    n: int = 30,
    form: str = "percent",
) -> Figure:
    """Who is apart from what was to be expected, which is at 0?

    Parameters
    ----------
    table : by unit: gap, low, high, told (bool: the interval leaves zero out); raw, optional.
    form : "percent" of fractions, or "points".
    """
    _need("table", table, ("gap", "low", "high", "told"))
    shown = table
    if len(table) > n:
        shown = pd.concat([table.head(n // 2), table.tail(n // 2)])
    rows = np.arange(len(shown))
    fig, axes = _figure(title, xlabel, height=_tall(len(shown)))
    axes.axvline(0, color=_QUIET, linewidth=1.2, linestyle="--", zorder=0)
    axes.hlines(rows, shown["low"], shown["high"], color=FILL_COLOURS[0], linewidth=5, zorder=1)
    told = shown["told"].to_numpy(dtype=bool)
    axes.plot(
        shown["gap"][~told], rows[~told], "o", color=LINE_COLOURS[0], markersize=6, label="fair"
    )
    axes.plot(
        shown["gap"][told], rows[told], "D", color=_WHOLE, markersize=6, label="fair, surely apart"
    )
    if "raw" in shown:
        axes.plot(shown["raw"], rows, "o", color=_DOWN, markersize=5, mfc="white", label="raw")
    axes.set_yticks(rows, [label(names.get(i), i) for i in shown.index])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    if form == "percent":
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{100 * value:+.0f}" if round(100 * value) else "0")
        )
    _legend(axes)
    return fig
