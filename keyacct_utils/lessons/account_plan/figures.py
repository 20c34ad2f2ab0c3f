"""The plots of the account plan: the ladder, the value of an hour, a page, and the goal tree."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money

_MONEY = FuncFormatter(lambda value, _: money(value))


@_styled
def ladder_plot(rungs: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Where does an hour bring most?

    Parameters
    ----------
    rungs : DataFrame
        an_hour, low, high (of an hour) and kind in words, indexed by the account's label, the best
        first.
    """
    _need("rungs", rungs, ("an_hour", "low", "high", "kind"))
    fig, axes = _figure(title, textwrap.fill(xlabel, 40), height=_height(len(rungs)))
    kinds = list(dict.fromkeys(rungs["kind"]))
    for at, (_, row) in enumerate(rungs.iterrows()):
        colour = LINE_COLOURS[kinds.index(row["kind"]) % len(LINE_COLOURS)]
        axes.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=2)
        first = row["kind"] not in list(rungs["kind"].iloc[:at])
        axes.plot(row["an_hour"], at, "o", color=colour, label=row["kind"] if first else None)
    axes.set_yticks(range(len(rungs)), [label(name) for name in rungs.index])
    axes.set_ylim(len(rungs) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(_MONEY)
    axes.locator_params(axis="x", nbins=5)
    fig.legend(loc="outside lower left", ncols=min(len(kinds), 2), frameon=False)
    return fig


@_styled
def hours_plot(table: pd.DataFrame, now: float, title: str, ylabel: str) -> Figure:
    """What do more hours bring?

    Parameters
    ----------
    table : DataFrame
        gain by hours of each manager.
    now : float
        Hours of the plan.
    """
    _need("table", table, ("gain",))
    fig, axes = _figure(title, "hours of each manager", ylabel)
    axes.plot(table.index, table["gain"], "o-", color=LINE_COLOURS[0])
    axes.axvline(now, color=LINE_COLOURS[1], linewidth=1)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(_MONEY)
    return fig


@_styled
def page_plot(
    quarters: pd.Series,
    rungs: pd.DataFrame,
    title: str,
    measure: str,
    units: tuple[str, str],
    facts: Sequence[str],
) -> Figure:
    """One account on one page: how it went, and what an hour brings there.

    Parameters
    ----------
    quarters : Series
        The measure by quarter.
    rungs : DataFrame
        an_hour, low, high by action in words.
    measure : str
        What is counted.
    units : pair of str
        Its currency behind a comma, and over which years an hour counts.
    facts : sequence of str
        Lines of text.
    """
    _need("rungs", rungs, ("an_hour", "low", "high"))
    fig = Figure(figsize=(7.2, 5.6), layout="constrained")
    fig.suptitle(
        textwrap.fill(label(title), 60), x=0.01, ha="left", fontsize=12.5, fontweight="bold"
    )
    top, below = fig.subplots(2, 1, height_ratios=(1.0, 1.0))
    if len(quarters):
        top.bar(range(len(quarters)), quarters, color=LINE_COLOURS[0])
        step = max(1, -(-len(quarters) // 6))
        top.set_xticks(range(0, len(quarters), step), list(map(str, quarters.index[::step])))
    else:
        top.set_axis_off()
    top.set_ylabel(f"{measure} a quarter{units[0]}" if len(quarters) else "")
    top.yaxis.set_major_formatter(_MONEY)
    told = "\n".join(textwrap.fill(label(text), 64) for text in facts)
    top.set_title(told, fontsize=9, fontweight="normal", loc="left")
    spots = np.arange(len(rungs))
    below.hlines(spots, rungs["low"], rungs["high"], color=LINE_COLOURS[1], linewidth=2)
    below.plot(rungs["an_hour"], spots, "o", color=LINE_COLOURS[1])
    below.set_yticks(spots, [label(name) for name in rungs.index])
    below.set_ylim(len(rungs) - 0.5, -0.5)
    below.set_xlim(left=0)
    below.set_xlabel(f"{measure} that an hour brings{''.join(units)}")
    below.xaxis.set_major_formatter(_MONEY)
    below.locator_params(axis="x", nbins=6)
    return fig


@_styled
def tree_plot(levels: Sequence[Sequence[tuple[str, float]]], title: str) -> Figure:
    """From the goal down to the parts of next year, and the same year by account.

    Parameters
    ----------
    levels : sequence of rows
        Rows of (text, amount), the goal first. The last is another way to part the amount of next
        year, so it hangs on no box.
    """
    fig = Figure(figsize=(7.2, 4.8), layout="constrained")
    fig.suptitle(
        textwrap.fill(label(title), 60), x=0.01, ha="left", fontsize=12.5, fontweight="bold"
    )
    axes = fig.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(-len(levels) + 0.4, 0.6)
    box: dict[str, Any] = {"boxstyle": "round,pad=0.4", "facecolor": "white"}
    above: list[float] = []
    for depth, row in enumerate(levels):
        places = [(2 * at + 1) / (2 * len(row)) for at in range(len(row))]
        parent = above[0] if above else 0.5
        for x, (text, amount) in zip(places, row, strict=True):
            if 0 < depth < len(levels) - 1:
                axes.plot([parent, x], [1 - depth - 0.22, -depth + 0.22], color=INK, linewidth=0.8)
            colour = LINE_COLOURS[depth % len(LINE_COLOURS)]
            axes.text(
                x, -depth, f"{textwrap.fill(label(text), 16)}\n{money(amount)}",
                ha="center", va="center", fontsize=9, bbox=box | {"edgecolor": colour},
            )  # fmt: skip
        above = places
    axes.text(0, 1.5 - len(levels), "the same next year, by account:", fontsize=9, va="center")
    return fig
