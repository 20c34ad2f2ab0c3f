"""The figures that only lesson 05 needs: renewal against the gap, intervals in rows, balance, and
survival.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keyacct_utils.lessons.showing import words
from keyacct_utils.lessons.showing.figures import _figure, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, LINE_COLOURS, label

_LINES, _MARKS = ("-", "--", "-.", ":"), "osD^vPX*"
#: Levels are ordered: one hue from light to dark, each with a contrast of 3:1 or more on white.
LEVEL_COLOURS = ("#4A90C8", "#1F5F99", "#0A2A4D")
#: The chance at which the name of a level stands beside its curve.
LABEL_AT = 0.3


def _level_colours(names: Sequence[object]) -> dict[object, str]:
    """A colour for each level, the lowest the lightest."""
    places = np.linspace(0, len(LEVEL_COLOURS) - 1, len(names)).round().astype(int)
    colours = [LEVEL_COLOURS[place] for place in places] if len(names) > 1 else LEVEL_COLOURS[1:2]
    return dict(zip(names, colours, strict=True))


def _at_the_end(axes: Axes, x: float, ends: Mapping[str, tuple[float, str]]) -> None:
    """Write each name at the end of its line, apart where lines end close together."""
    last = -1.0
    for name, (y, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        last = max(y, last + 0.07)
        axes.annotate(
            label(name),
            (x, last),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
        )


def _percent_axis(axes: Axes) -> None:
    axes.set_ylim(-0.02, 1.02)
    percent_ticks(axes.yaxis)


@_styled
def retention_curves(
    curves: pd.DataFrame,
    title: str,
    points: pd.DataFrame | None = None,
    xlabel: str = ("gap: how far the rival undercuts us (% of our price)"),
    ylabel: str = "share of offers renewed",
) -> Figure:
    """What share renews at which price gap, by level?

    Parameters
    ----------
    curves : DataFrame with level (text), gap (percent), chance, low, high (shares).
        The levels are ordered by their names, the first the lightest.
    points : DataFrame, optional, with level, gap, chance: shares observed, drawn as points.
    """
    _need("curves", curves, ["level", "gap", "chance", "low", "high"])
    fig, axes = _figure(title, xlabel, ylabel)
    colours = _level_colours(sorted(curves["level"].unique()))
    for i, (name, curve) in enumerate(curves.groupby("level", sort=True)):
        colour = colours[name]
        axes.fill_between(
            curve["gap"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0
        )
        axes.plot(curve["gap"], curve["chance"], color=colour, linestyle=_LINES[i % 4])
        if points is not None:
            seen = points[points["level"] == name]
            axes.plot(seen["gap"], seen["chance"], _MARKS[i % 8], color=colour, markersize=6)
        near = curve.iloc[(curve["chance"] - LABEL_AT).abs().argmin()]
        left = i == 0 and len(colours) > 1  # the lowest stands free on its left
        axes.annotate(
            label(str(name).partition(" (")[0]),
            (near["gap"], near["chance"]),
            (-8 if left else 10, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            color=colour,
            weight="bold",
        )
    axes.axhline(0.5, color=LINE_COLOURS[-1], linewidth=1)
    axes.set_xlim(curves["gap"].min(), curves["gap"].max())
    _percent_axis(axes)
    return fig


@_styled
def interval_rows(
    frame: pd.DataFrame,
    title: str,
    xlabel: str,
    references: Mapping[str, float] | None = None,
    percent: bool = False,
) -> Figure:
    """A point and an interval for each row, in the order given.

    Parameters
    ----------
    frame : DataFrame, index the labels of the rows
        estimate, low, high; a missing limit leaves the point alone.
    references : values by label, drawn as vertical lines.
    percent : whether the values are differences of shares, shown in percent beside a line at 0.
    """
    _need("frame", frame, ["estimate"])
    rows = np.arange(len(frame))
    fig, axes = _figure(title, xlabel, height=1.9 + 0.45 * len(frame))
    axes.hlines(rows, frame["low"], frame["high"], color=FILL_COLOURS[0], linewidth=5)
    axes.plot(frame["estimate"], rows, "o", color=LINE_COLOURS[0], markersize=7)
    for place, value in zip(rows, frame["estimate"], strict=True):
        text = words.percent(value, 0) if percent else f"{value:.1f}"
        axes.annotate(
            text, (value, place), (0, 8), textcoords="offset points", ha="center", fontsize=9
        )
    for name, value in (references or {}).items():
        axes.axvline(value, color=LINE_COLOURS[1], linewidth=1.5, linestyle="--")
        axes.annotate(
            label(name),
            (value, 1),
            (4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=9,
        )
    axes.set_yticks(rows, [label(name) for name in frame.index])
    axes.set_ylim(len(frame) - 0.5, -0.9)
    if percent:
        percent_ticks(axes.xaxis)
        axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1)
    return fig


@_styled
def love_plot(
    balance: pd.DataFrame,
    title: str,
    limit: float,
    xlabel: str = "difference of the means, in standard deviations (absolute)",
) -> Figure:
    """How far are the two groups apart in what is known of them? One mark per column of
    ``balance``, one row per covariate.
    """
    _need("balance", balance, list(balance.columns))
    rows = np.arange(len(balance))
    fig, axes = _figure(title, xlabel, height=2.2 + 0.4 * len(balance))
    axes.hlines(rows, 0, balance.abs().max(axis=1), color=FILL_COLOURS[3], linewidth=2)
    for i, name in enumerate(balance.columns):
        axes.plot(
            balance[name].abs(),
            rows,
            _MARKS[i % 8],
            color=LINE_COLOURS[i % len(LINE_COLOURS)],
            markersize=9,
            label=label(name),
        )
    axes.axvline(limit, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
    axes.annotate(
        f"balanced below {limit:g}",
        (limit, 1),
        (4, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        fontsize=9,
    )
    axes.set_yticks(rows, [label(name) for name in balance.index])
    axes.set_ylim(len(balance) - 0.5, -0.8)
    axes.set_xlim(left=0)
    fig.legend(loc="outside lower center", ncols=min(balance.shape[1], 4))
    return fig


@_styled
def survival_steps(
    curves: pd.DataFrame, title: str, xlabel: str, ylabel: str = "share that never refused"
) -> Figure:
    """What share of each level is still with us after so many offers or months (Kaplan-Meier steps
    with bands)?
    """
    _need("curves", curves, ["level", "time", "kept"])
    end = float(curves["time"].max()) * 1.08  # so that the last step shows
    fig, axes = _figure(title, xlabel, ylabel)
    colours = _level_colours(sorted(curves["level"].unique()))
    ends = {}
    for i, (name, curve) in enumerate(curves.groupby("level", sort=True)):
        colour = colours[name]
        time = np.r_[0, curve["time"], end]
        axes.step(
            time,
            np.r_[1, curve["kept"], curve["kept"].iloc[-1]],
            where="post",
            color=colour,
            linestyle=_LINES[i % 4],
        )
        low, high = (
            np.r_[1, limit, limit.iloc[-1]]
            for limit in (curve[side].fillna(curve["kept"]) for side in ("low", "high"))
        )
        axes.fill_between(time, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
        ends[str(name).partition(" (")[0]] = (float(curve["kept"].iloc[-1]), colour)
    _percent_axis(axes)
    axes.set_xlim(0, end)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _at_the_end(axes, end, ends)
    return fig
