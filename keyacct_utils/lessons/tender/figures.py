"""The plots that only the lesson on tenders needs: points by premium, chances, expected profit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

Floats = npt.NDArray[np.float64]


@_styled
def premium_plot(lost: pd.DataFrame, mark: float, title: str) -> Figure:
    """How many points does a premium cost, by the weight of price?

    Parameters
    ----------
    lost : DataFrame
        Points lost, indexed by premium over the rival (a fraction), a column for each weight.
    mark : premium that is marked.
    """
    _need("lost", lost)
    fig, axes = _figure(title, "premium over the lowest bid", "points lost")
    for number, weight in enumerate(lost.columns):
        axes.plot(lost.index, lost[weight], color=LINE_COLOURS[number % 4])
        axes.annotate(
            f"price weighs {weight:g}", (lost.index[-1], lost[weight].iloc[-1]), (4, 0),
            textcoords="offset points", va="center", color=LINE_COLOURS[number % 4],
        )  # fmt: skip
    axes.axvline(mark, color=INK, linewidth=1, linestyle=":")
    percent_ticks(axes.xaxis)
    axes.set_xlim(0, float(lost.index[-1]) * 1.28)
    axes.set_ylim(bottom=0)
    return fig


@_styled
def rates_plot(
    table: pd.DataFrame, title: str, xlabel: str, reference: float | None = None
) -> Figure:
    """Shares with their intervals, one row each.

    Parameters
    ----------
    table : DataFrame by name: rate, low, high.
    reference : a share that all of them are set beside.
    """
    _need("table", table, ("rate", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(round(1.6 * len(table)) + 1))
    at = np.arange(len(table))
    axes.hlines(at, table["low"], table["high"], color=FILL_COLOURS[0], linewidth=7)
    axes.plot(table["rate"], at, "o", color=LINE_COLOURS[0], markersize=7)
    if reference is not None:
        axes.axvline(reference, color=INK, linewidth=1, linestyle=":")
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    percent_ticks(axes.xaxis)
    return fig


@_styled
def worth_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """What is each step of a feature worth, and what do bidders ask for it?

    Parameters
    ----------
    table : DataFrame by name: worth, low, high, asked (fractions); an infinite limit is cut.
    """
    _need("table", table, ("worth", "asked"))
    fig, axes = _figure(title, xlabel, height=_height(2 * len(table) + 2))
    at = np.arange(len(table))
    reach = 2.5 * max(float(table[["worth", "asked"]].abs().to_numpy().max()), 0.01)
    low, high = (table[end].clip(-reach, reach) for end in ("low", "high"))
    axes.hlines(at, low, high, color=FILL_COLOURS[0], linewidth=7, label="95 % interval")
    axes.plot(table["worth"], at, "o", color=LINE_COLOURS[0], markersize=7, label="worth to panels")
    axes.plot(
        table["asked"], at, "D", color=LINE_COLOURS[1], markersize=6, label="asked by bidders"
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    percent_ticks(axes.xaxis)
    fig.legend(loc="outside lower center", ncols=3)
    return fig


@_styled
def chance_plot(
    prices: Floats, leads: Floats, chance: Floats, title: str, xlabel: str, ylabel: str
) -> Figure:
    """What is the chance to win, by price and by the lead in points?

    Parameters
    ----------
    prices, leads : the grid; ``chance`` has a row for each lead.
    """
    fig, axes = _figure(title, xlabel, ylabel)
    drawn = axes.contourf(prices, leads, chance, levels=np.linspace(0, 1, 11), cmap="cividis")
    lines = axes.contour(prices, leads, chance, levels=[0.1, 0.25, 0.5, 0.75], colors="white")
    axes.clabel(lines, fmt=lambda value: f"{100 * value:.0f} %", fontsize=9)
    bar = fig.colorbar(drawn, ax=axes)
    percent_ticks(bar.ax.yaxis)
    bar.set_label("chance to win")
    percent_ticks(axes.xaxis)
    axes.grid(visible=False)
    return fig


@_styled
def profit_plot(
    curve: pd.DataFrame, marks: Mapping[str, float], span: tuple[float, float], title: str,
    xlabel: str,
) -> Figure:  # fmt: skip
    """Expected profit and the chance to win, by price.

    Parameters
    ----------
    curve : DataFrame by price: profit (expected, over the unit), chance.
    marks : prices that are marked, by what to call them.
    span : interval of the best price; missing ends are not drawn.
    """
    _need("curve", curve, ("profit", "chance"))
    fig, axes = _figure(title, xlabel, "expected profit")
    if np.isfinite(span).all():
        axes.axvspan(*span, color=FILL_COLOURS[3], linewidth=0)
    axes.plot(curve.index, curve["profit"], color=LINE_COLOURS[0])
    percent_ticks(axes.yaxis)
    other = axes.twinx()
    other.plot(curve.index, curve["chance"], "--", color=LINE_COLOURS[1])
    other.set_ylabel("chance to win (dashed)", color=LINE_COLOURS[1])
    other.set_ylim(0, 1)
    percent_ticks(other.yaxis)
    other.grid(visible=False)
    for number, (name, price) in enumerate(marks.items()):
        axes.axvline(price, color=INK, linewidth=1, linestyle=":")
        axes.annotate(
            label(name), (price, 0.04 + 0.09 * number), (4, 0),
            xycoords=("data", "axes fraction"), textcoords="offset points", color=INK, fontsize=9,
        )  # fmt: skip
    percent_ticks(axes.xaxis)
    axes.set_ylim(bottom=0)
    return fig
