"""The plots that only the played year needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money

_OURS, _THEIRS, _THIRD = LINE_COLOURS[0], LINE_COLOURS[1], LINE_COLOURS[2]


def _in_money(value: float, position: object = None) -> str:
    return money(value)


@_styled
def years_plot(profit: np.ndarray, title: str, xlabel: str) -> Figure:
    """How do the profits of the drawn years lie?

    Parameters
    ----------
    profit : array
        Profit of each year; the line marks their mean.
    """
    _need("profit", pd.Series(profit))
    fig, axes = _figure(title, xlabel, "years")
    axes.hist(
        profit,
        bins=min(20, max(5, len(profit) // 8)),
        color=_OURS,
        alpha=0.85,
        histtype="stepfilled",
    )
    axes.axvline(float(np.mean(profit)), color=_THEIRS, linewidth=2)
    axes.xaxis.set_major_formatter(FuncFormatter(_in_money))
    axes.locator_params(axis="x", nbins=6)
    return fig


@_styled
def gains_plot(
    rows: pd.DataFrame, title: str, xlabel: str, second: str = "", first: str = ""
) -> Figure:
    """What does each bring, and how sure is that?

    Parameters
    ----------
    rows : DataFrame
        value, low and high by what to call each, the first on top; with value_2, low_2 and high_2 a
        second mark in each row.
    first, second : str
        What the two marks are, where there are two.
    """
    _need("rows", rows, ("value", "low", "high"))
    # the names of two marks stand in a row of their own, below the last
    spare = 1 if second else 0
    fig, axes = _figure(title, xlabel, height=_height(len(rows) + 1 + spare))
    at = np.arange(len(rows), dtype=float)
    marks = [("value", "low", "high", _OURS, first, -0.14 if second else 0.0)]
    if second:
        marks.append(("value_2", "low_2", "high_2", _THEIRS, second, 0.14))
    axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1)
    for value, low, high, colour, name, off in marks:
        axes.hlines(at + off, rows[low], rows[high], color=colour, linewidth=2)
        axes.plot(rows[value], at + off, "o", color=colour, label=name or None)
        for place, amount, end in zip(at + off, rows[value], rows[high], strict=True):
            axes.annotate(
                money(amount), (max(amount, end), place), (7, 0), textcoords="offset points",
                va="center", fontsize=8, color=INK,
            )  # fmt: skip
    axes.set_yticks(at, [label(name) for name in rows.index])
    axes.set_ylim(len(rows) - 0.4 + spare, -0.7)
    axes.margins(x=0.15)
    axes.xaxis.set_major_formatter(FuncFormatter(_in_money))
    axes.locator_params(axis="x", nbins=6)
    if second:
        axes.legend(loc="lower right", frameon=False, ncols=2)
    return fig


@_styled
def visits_plot(rows: pd.DataFrame, title: str, ylabel: str) -> Figure:
    """How many visits are made, and how many pay?

    Parameters
    ----------
    rows : DataFrame
        made and pays (visits a quarter) by class.
    """
    _need("rows", rows, ("made", "pays"))
    fig, axes = _figure(title, "class of the service plan", ylabel)
    at = np.arange(len(rows), dtype=float)
    axes.bar(at - 0.2, rows["made"], width=0.38, color=_OURS, label="made last year")
    axes.bar(at + 0.2, rows["pays"], width=0.38, color=_THIRD, label="that pay")
    axes.set_xticks(at, [label(name) for name in rows.index])
    axes.legend(frameon=False)
    return fig


@_styled
def curse_plot(own: pd.Series, others: pd.Series, title: str, xlabel: str) -> Figure:
    """What did the chosen policy bring where it was chosen, and elsewhere?

    Parameters
    ----------
    own, others : Series
        Gain of the chosen in its own year, and in the mean of the other years.
    """
    _need("own", own)
    fig, axes = _figure(title, xlabel, "years that choose")
    both = np.r_[own.to_numpy(dtype=float), others.to_numpy(dtype=float)]
    edges = np.histogram_bin_edges(both, bins=24).tolist()
    axes.hist(
        others, edges, histtype="stepfilled", color=_THIRD, alpha=0.8, label="in the other years"
    )
    axes.hist(
        own,
        edges,
        histtype="stepfilled",
        color=_THEIRS,
        alpha=0.7,
        label="in the year that chose it",
    )
    axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1)
    axes.xaxis.set_major_formatter(FuncFormatter(_in_money))
    axes.locator_params(axis="x", nbins=6)
    axes.legend(frameon=False)
    return fig
