"""The plots that only the lesson on stages needs: moves, chances, a share over time, a list."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money, percent

#: Labels of periods that fit below an axis.
_LABELS = 8


def _places(names: list[str], named: str = "") -> list[int]:
    """Which of the periods are named below an axis: as many as fit, evenly apart, among them the
    one that the text is about, or else the last.
    """
    every = max(1, -(-len(names) // _LABELS))
    kept = names.index(named) if named in names else len(names) - 1
    return list(range(kept % every, len(names), every))


def _periods(axes: object, names: list[str], named: str = "") -> None:
    places = _places(names, named)
    axes.set_xticks(places, [label(names[place]) for place in places])  # type: ignore[attr-defined]


@_styled
def flow_plot(flows: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """How many rose and came back, and how many fell and were lost?

    Parameters
    ----------
    flows : DataFrame
        Counts by period (rows): rose, back, fell, lost.
    """
    _need("flows", flows, ("rose", "back", "fell", "lost"))
    fig, axes = _figure(title, xlabel, ylabel)
    at = np.arange(len(flows))
    up, down = FILL_COLOURS[0], FILL_COLOURS[1]
    axes.bar(at, flows["rose"], color=up, label="rose")
    axes.bar(at, flows["back"], bottom=flows["rose"], color=up, hatch="///", label="came back")
    axes.bar(at, -flows["fell"], color=down, label="fell")
    axes.bar(at, -flows["lost"], bottom=-flows["fell"], color=down, hatch="///", label="were lost")
    axes.axhline(0, color=INK, linewidth=1)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    _periods(axes, [str(name) for name in flows.index])
    fig.legend(loc="outside lower center", ncols=4)
    return fig


@_styled
def chance_plot(matrix: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """From which stage to which, with which chance? Rows add up to all."""
    _need("matrix", matrix)
    fig, axes = _figure(title, xlabel, ylabel, height=_height(2 * len(matrix)))
    values = matrix.to_numpy(dtype=float)
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row in range(len(values)):
        for column in range(len(values)):
            axes.text(
                column,
                row,
                percent(values[row, column], 0),
                ha="center",
                va="center",
                color="white" if values[row, column] > 0.6 else INK,
            )
    names = [label(name) for name in matrix.index]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.grid(visible=False)
    return fig


@_styled
def path_plot(
    counted: pd.Series,
    forecasts: Mapping[str, pd.Series],
    title: str,
    xlabel: str,
    ylabel: str,
    named: str = "",
) -> Figure:
    """Where did the share go, and where would each set of chances have led?

    Parameters
    ----------
    counted : Series
        Share by period.
    forecasts : mapping of label to Series
        Shares by place among the periods of ``counted``.
    named : a period that stands below the axis in any case.
    """
    _need("counted", counted)
    fig, axes = _figure(title, xlabel, ylabel)
    axes.plot(np.arange(len(counted)), counted, "o", color=INK, markersize=5, label="counted")
    looks = (("-", LINE_COLOURS[0]), ("--", LINE_COLOURS[1]), (":", LINE_COLOURS[2]))
    for (name, line), (dash, colour) in zip(forecasts.items(), looks, strict=False):
        axes.plot(line.index, line, dash, color=colour, linewidth=2, label=label(name))
    percent_ticks(axes.yaxis)
    axes.set_ylim(bottom=0)
    _periods(axes, [str(name) for name in counted.index], named)
    fig.legend(loc="outside lower center", ncols=2)
    return fig


@_styled
def list_plot(table: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """What do the accounts on a frozen and on a renewed list bring?

    Parameters
    ----------
    table : DataFrame
        renewed and frozen by period, in currency.
    """
    _need("table", table, ("renewed", "frozen"))
    fig, axes = _figure(title, xlabel, ylabel)
    at = np.arange(len(table))
    axes.bar(at - 0.2, table["renewed"], width=0.4, color=FILL_COLOURS[0], label="renewed list")
    axes.bar(at + 0.2, table["frozen"], width=0.4, color=FILL_COLOURS[1], label="frozen list")
    axes.set_xticks(at, [str(name) for name in table.index])
    axes.yaxis.set_major_formatter(lambda value, _: money(value))
    axes.axhline(0, color=INK, linewidth=1)
    fig.legend(loc="outside lower center", ncols=2)
    return fig


@_styled
def worth_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """What is an account in each stage worth, and how sure is that?

    Parameters
    ----------
    table : DataFrame
        value, low and high by stage, in currency, in the order in which they shall stand.
    """
    _need("table", table, ("value", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(len(table)))
    at = np.arange(len(table))
    axes.hlines(at, table["low"], table["high"], color=FILL_COLOURS[0], linewidth=5)
    axes.plot(table["value"], at, "o", color=LINE_COLOURS[0], markersize=7)
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    if not (table[["low", "value"]] < 0).any(axis=None):
        # lengths are compared, so they begin at nothing
        axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(lambda value, _: money(value))
    return fig
