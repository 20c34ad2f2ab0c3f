"""The plots that only the lesson on lead time needs: a curve with open cases, boxes, a Pareto."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

#: A curve that rests on fewer cases than these is dotted.
FEW = 10


@_styled
def done_plot(
    curve: pd.DataFrame, alone: pd.Series, title: str, xlabel: str, ylabel: str
) -> Figure:
    """Which share is done after so many days, and what would be said without the open cases?

    Parameters
    ----------
    curve : DataFrame by days: at_risk, share, low, high. Where few were followed so long the line
        is dotted: its end at 100 % is that of the last one, and not of all.
    alone : share done by days, of the cases that are done.
    """
    _need("curve", curve, ("share", "at_risk"))
    fig, axes = _figure(title, xlabel, ylabel)
    at = np.r_[0, curve.index.to_numpy(dtype=float)]
    low, high = (np.r_[0, curve[name].ffill().fillna(0.0)] for name in ("low", "high"))
    axes.fill_between(at, low, high, step="post", color=FILL_COLOURS[0], alpha=0.5, linewidth=0)
    few = curve["at_risk"].to_numpy() < FEW
    share = np.r_[0, curve["share"]]
    axes.step(
        at, np.where(np.r_[False, few], np.nan, share), where="post", color=LINE_COLOURS[0],
        linewidth=2, label="open cases kept",
    )  # fmt: skip
    if few.any():
        begins = int(few.argmax())  # the last point before belongs to both, so that they meet
        axes.step(
            at[begins:], share[begins:], ":", where="post", color=LINE_COLOURS[0], linewidth=2,
            label=f"fewer than {FEW} followed so long",
        )  # fmt: skip
    axes.step(
        np.r_[0, alone.index.to_numpy(dtype=float)], np.r_[0, alone], "--", where="post",
        color=LINE_COLOURS[1], linewidth=2, label="done cases only",
    )  # fmt: skip
    axes.axhline(0.5, color=INK, linewidth=0.8, linestyle=":")
    percent_ticks(axes.yaxis)
    axes.set_ylim(0, 1)
    axes.set_xlim(left=0)
    fig.legend(loc="outside lower center", ncols=3)
    return fig


@_styled
def share_plot(
    table: pd.DataFrame, title: str, xlabel: str, reference: float | None = None
) -> Figure:
    """Shares with their limits, one row each.

    Parameters
    ----------
    table : DataFrame by name: share, low, high.
    """
    _need("table", table, ("share", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(2 * len(table)))
    at = np.arange(len(table))
    axes.hlines(at, table["low"], table["high"], color=FILL_COLOURS[0], linewidth=6)
    axes.plot(table["share"], at, "o", color=LINE_COLOURS[0], markersize=7)
    if reference is not None:
        axes.axvline(reference, color=INK, linewidth=1, linestyle=":")
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    percent_ticks(axes.xaxis)
    return fig


@_styled
def stage_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """How long does each activity take: half of all between the ends of the bar, nine of ten below
    the thin line's end.

    Parameters
    ----------
    table : DataFrame by activity: q25, median, q75, q90.
    """
    _need("table", table, ("q25", "median", "q75", "q90"))
    fig, axes = _figure(title, xlabel, height=_height(round(1.3 * len(table))))
    at = np.arange(len(table))
    axes.hlines(at, table["q75"], table["q90"], color=INK, linewidth=1.2, label="nine of ten")
    axes.hlines(
        at, table["q25"], table["q75"], color=FILL_COLOURS[0], linewidth=9, label="middle half"
    )
    axes.plot(table["median"], at, "o", color=LINE_COLOURS[0], markersize=6, label="median")
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(left=0)
    fig.legend(loc="outside lower center", ncols=3)
    return fig


@_styled
def pareto_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Which cause takes which share of the lost days, and of the delays by number?

    Parameters
    ----------
    table : DataFrame by cause: share, low, high, share_of_delays.
    """
    _need("table", table, ("share", "share_of_delays"))
    fig, axes = _figure(title, xlabel, height=_height(round(2.6 * len(table))))
    at = np.arange(len(table))
    axes.barh(at - 0.2, table["share"], height=0.4, color=FILL_COLOURS[0], label="of the days")
    axes.barh(
        at + 0.2, table["share_of_delays"], height=0.4, color=FILL_COLOURS[1],
        label="of the delays, by number",
    )  # fmt: skip
    told = table["low"].notna().to_numpy()
    axes.hlines(at[told] - 0.2, table["low"][told], table["high"][told], color=INK, linewidth=1.5)
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    percent_ticks(axes.xaxis)
    fig.legend(loc="outside lower center", ncols=2)
    return fig


@_styled
def forest_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Differences with their limits, one method a row.

    Parameters
    ----------
    table : DataFrame by method: value, low, high.
    """
    _need("table", table, ("value", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(round(1.8 * len(table))))
    at = np.arange(len(table))
    axes.axvline(0, color=INK, linewidth=1)
    axes.hlines(at, table["low"], table["high"], color=FILL_COLOURS[0], linewidth=6)
    axes.plot(table["value"], at, "o", color=LINE_COLOURS[0], markersize=7)
    axes.set_yticks(at, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    return fig
