"""The plots that only the lesson on dependence needs: the drill, two growths, and the frontier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label

_WHOLE, _LOST, _LEFT = LINE_COLOURS[3], LINE_COLOURS[1], LINE_COLOURS[0]


@_styled
def drill_plot(steps: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """How far does the book fall, one account after the other?

    Parameters
    ----------
    steps : DataFrame
        lost and left (fractions of the whole), indexed by the account's label, the largest first.
    """
    _need("steps", steps, ("lost", "left"))
    fig, axes = _figure(title, xlabel, height=_height(len(steps) + 2))
    rows = np.arange(len(steps)) + 1
    axes.barh(0, 1.0, color=_WHOLE, height=0.65)
    axes.barh(rows, steps["lost"], left=steps["left"], color=_LOST, height=0.65)
    left = float(steps["left"].iloc[-1])
    axes.barh(len(steps) + 1, left, color=_LEFT, height=0.65)
    ends = [1.0, *(steps["left"] + steps["lost"]), max(left, 0.0)]
    texts = ["100.0 %", *(f"-{100 * lost:.1f} %" for lost in steps["lost"]), f"{100 * left:.1f} %"]
    for row, (end, text) in enumerate(zip(ends, texts, strict=True)):
        axes.annotate(
            text, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=9, color=INK
        )
    names = ["all accounts", *(f"without {name}" for name in steps.index), "what is left"]
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(min(0.0, left), 1.16)
    percent_ticks(axes.xaxis)
    return fig


@_styled
def growth_plot(growth: pd.DataFrame, title: str) -> Figure:
    """Does one grow where the other falls?

    Parameters
    ----------
    growth : DataFrame
        Two columns of growth by month (fractions), named as the axes shall say (ids are short).
    """
    _need("growth", growth)
    first, second = growth.columns
    fig, axes = _figure(title, f"growth of {first} a month", f"growth of {second} a month")
    x, y = growth.iloc[:, 0].to_numpy(dtype=float), growth.iloc[:, 1].to_numpy(dtype=float)
    axes.axhline(0, color=LINE_COLOURS[-1], linewidth=1)
    axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1)
    axes.plot(x, y, "o", color=_LEFT, markersize=5, alpha=0.8)
    slope, level = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, level + slope * ends, color=_LOST)
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


@_styled
def frontier_plot(
    frontier: pd.DataFrame,
    points: pd.DataFrame,
    title: str,
    xlabel: str = "standard deviation of a month, contribution per unit of effort",
    ylabel: str = "contribution per unit of effort",
) -> Figure:
    """Which mixes are on offer, and where do we stand?

    Parameters
    ----------
    frontier : DataFrame
        mean and sd, from `efficient_frontier`.
    points : DataFrame
        mean and sd of mixes to mark, indexed by what to call them.
    """
    _need("frontier", frontier, ("mean", "sd"))
    _need("points", points, ("mean", "sd"))
    fig, axes = _figure(title, xlabel, ylabel)
    axes.plot(frontier["sd"], frontier["mean"], color=_LEFT)
    for number, (name, row) in enumerate(points.iterrows()):
        colour = (_LOST, LINE_COLOURS[2])[number % 2]
        axes.plot(row["sd"], row["mean"], "o", color=colour, markersize=8)
        axes.annotate(
            label(name),
            (row["sd"], row["mean"]),
            (6, 8),
            textcoords="offset points",
            color=colour,
        )
    axes.margins(x=0.18, y=0.15)
    return fig
