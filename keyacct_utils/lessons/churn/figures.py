"""The plots that only the lesson on churn needs: survival, causes, hazard ratios, calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

_OURS, _NOT_OURS = LINE_COLOURS[1], LINE_COLOURS[-1]


@_styled
def survival_plot(
    curve: pd.DataFrame, title: str, xlabel: str, ylabel: str, until: float
) -> Figure:
    """Which share is still there after a time?

    Parameters
    ----------
    curve : DataFrame
        From `survival.kaplan_meier`; limits that are missing are not drawn.
    until : float
        Last time drawn.
    """
    _need("curve", curve, ("survival",))
    fig, axes = _figure(title, xlabel, ylabel)
    shown = curve[curve.index <= until]
    time = np.concatenate([[0.0], shown.index.to_numpy(dtype=float), [until]])
    stay = np.concatenate([[1.0], shown["survival"], shown["survival"].tail(1)])
    if len(stay) < len(time):
        stay = np.append(stay, 1.0)
    low, high = (
        np.concatenate([[1.0], shown[name], shown[name].tail(1)]) if len(shown) else stay
        for name in ("low", "high")
    )
    axes.fill_between(time, low, high, step="post", color=FILL_COLOURS[0], alpha=0.5, linewidth=0)
    axes.step(time, stay, where="post", color=LINE_COLOURS[0])
    axes.set(xlim=(0, until), ylim=(0, 1.03))
    percent_ticks(axes.yaxis)
    return fig


@_styled
def causes_plot(causes: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Which reasons take most, and which of them could be acted on?

    Parameters
    ----------
    causes : DataFrame
        share (fraction) and ours (bool) by reason, the largest first.
    """
    _need("causes", causes, ("share", "ours"))
    fig, axes = _figure(title, xlabel, height=_height(len(causes)) + 0.5)
    rows = np.arange(len(causes))
    colours = [_OURS if ours else _NOT_OURS for ours in causes["ours"]]
    bars = axes.barh(rows, causes["share"], color=colours, height=0.65)
    axes.bar_label(bars, [f"{100 * s:.1f} %" for s in causes["share"]], padding=4, fontsize=9)
    axes.set_yticks(rows, [label(name) for name in causes.index])
    axes.set_ylim(len(causes) - 0.5, -0.5)
    axes.set_xlim(0, 1.2 * float(causes["share"].max()))
    percent_ticks(axes.xaxis)
    kinds = {"could be kept": _OURS, "could not": _NOT_OURS}
    fig.legend(
        handles=[Patch(color=colour, label=name) for name, colour in kinds.items()],
        loc="outside lower center",
        ncols=2,
    )
    return fig


@_styled
def forest_plot(ratios: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """How many times as often, with which interval?

    Parameters
    ----------
    ratios : DataFrame
        ratio, low, high by what it is for.
    """
    _need("ratios", ratios, ("ratio", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(len(ratios)))
    rows = np.arange(len(ratios))
    axes.axvline(1.0, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
    axes.hlines(rows, ratios["low"], ratios["high"], color=FILL_COLOURS[0], linewidth=5)
    axes.plot(ratios["ratio"], rows, "o", color=LINE_COLOURS[0], markersize=7)
    for row, value in zip(rows, ratios["ratio"], strict=True):
        axes.annotate(
            f"{value:.2f}", (value, row), (0, 9), textcoords="offset points", ha="center",
            fontsize=9, color=INK,
        )  # fmt: skip
    axes.set_xscale("log")
    low = min(0.5, float(ratios["low"].min()) * 0.9)
    high = max(2.0, float(ratios["high"].max()) * 1.1)
    axes.set_xlim(low, high)
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50) if low <= t <= high]
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
    axes.set_yticks(rows, [label(name) for name in ratios.index])
    axes.set_ylim(len(ratios) - 0.4, -0.7)
    return fig


@_styled
def calibration_plot(table: pd.DataFrame, title: str) -> Figure:
    """Do as many leave as was foretold?

    Parameters
    ----------
    table : DataFrame
        From `health.calibration`: foretold, observed, low, high.
    """
    _need("table", table, ("foretold", "observed", "low", "high"))
    fig, axes = _figure(title, "foretold: mean chance of the group", "left within the year")
    top = 1.08 * float(max(table["high"].max(), table["foretold"].max(), 0.01))
    axes.plot([0, top], [0, top], color=LINE_COLOURS[-1], linewidth=1, linestyle="--")
    axes.text(
        0.72 * top, 0.78 * top, "as foretold", rotation=45, rotation_mode="anchor",
        transform_rotates_text=True, color=LINE_COLOURS[-1], ha="center", fontsize=9,
    )  # fmt: skip
    axes.vlines(table["foretold"], table["low"], table["high"], color=FILL_COLOURS[0], linewidth=5)
    axes.plot(table["foretold"], table["observed"], "o", color=LINE_COLOURS[0], markersize=7)
    axes.set(xlim=(0, top), ylim=(0, top))
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


@_styled
def calls_plot(expected: pd.Series, title: str, xlabel: str) -> Figure:
    """Whom to call first?

    Parameters
    ----------
    expected : Series
        Expected loss, in the unit that ``xlabel`` names, by the account's label, the largest first.
    """
    _need("expected", expected)
    fig, axes = _figure(title, xlabel, height=_height(len(expected)))
    rows = np.arange(len(expected))
    bars = axes.barh(rows, expected, color=LINE_COLOURS[0], height=0.65)
    axes.bar_label(bars, [f"{value:,.1f}" for value in expected], padding=4, fontsize=9)
    axes.set_yticks(rows, [label(name) for name in expected.index])
    axes.set_ylim(len(expected) - 0.5, -0.5)
    axes.set_xlim(0, 1.18 * float(expected.max()))
    return fig
