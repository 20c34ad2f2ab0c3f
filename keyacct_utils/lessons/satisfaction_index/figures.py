"""The plots of lesson 06: the answers that are needed, the path diagram, the map of importance and
performance, the service gaps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import NullFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

#: Line width of a path of 1, in points.
WIDEST = 9.0
#: Index points shown on either side of the cut at least, so that noise does not fill the map.
LEAST_REACH = 5.0


def _stages(paths: pd.DataFrame) -> dict[str, int]:
    """How many arrows lie before each block, at most."""
    stage = dict.fromkeys([name for arrow in paths.index for name in arrow], 0)
    for _ in stage:
        for source, target in paths.index:
            stage[target] = max(stage[target], stage[source] + 1)
    return stage


def _box(axes: Axes, place: tuple[float, float], text: str) -> None:
    axes.annotate(
        label(text),
        place,
        ha="center",
        va="center",
        zorder=3,
        bbox={"boxstyle": "round,pad=0.6", "facecolor": FILL_COLOURS[3], "edgecolor": INK},
    )


@_styled
def answers_needed(sizes: pd.DataFrame, title: str) -> Figure:
    """How many answers does a statement take? A number at each point, few answers below.

    Parameters
    ----------
    sizes : DataFrame by points with know (one mean) and tell (two means, each)
    """
    _need("sizes", sizes, ("know", "tell"))
    fig, axes = _figure(title, "points (half-width, or difference to be seen)", "answers needed")
    names = {"tell": "tell two means apart, each", "know": "know one mean"}
    for (column, name), colour in zip(names.items(), LINE_COLOURS, strict=False):
        axes.plot(sizes.index, sizes[column], "o-", color=colour, markersize=5)
        for points, answers in sizes[column].items():
            axes.annotate(
                f"{answers:,}",
                (float(str(points)), answers),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                color=colour,
            )
        end = (float(sizes.index[-1]), float(sizes[column].iloc[-1]))
        axes.annotate(
            label(name), end, (12, 0), textcoords="offset points", va="center", color=colour
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    span = float(sizes.index[-1] - sizes.index[0])
    axes.set_xlim(float(sizes.index[0]) - 0.06 * span, float(sizes.index[-1]) + 0.45 * span)
    axes.set_xticks(list(sizes.index), [f"{points:g}" for points in sizes.index])
    axes.margins(y=0.15)
    return fig


@_styled
def path_diagram(
    paths: pd.DataFrame,
    title: str,
    names: Mapping[str, str] | None = None,
    r2: pd.Series | None = None,
    xlabel: str = "arrows: path corrected for errors of measurement (raw in brackets)",
) -> Figure:
    """What drives what: an arrow for each path, as wide as it is strong.

    Parameters
    ----------
    paths : DataFrame by (source, target) with estimate (raw) and disattenuated (corrected; drawn)
    names : words for the blocks; r2 : by target, share explained
    """
    _need("paths", paths, ("estimate", "disattenuated"))
    stage = _stages(paths)
    columns = [
        [name for name in stage if stage[name] == step] for step in range(max(stage.values()) + 1)
    ]
    place = {
        name: (float(step), (len(column) - 1) / 2 - row)
        for step, column in enumerate(columns)
        for row, name in enumerate(column)
    }
    fig, axes = _figure(title, xlabel, height=4.0)
    for source, target in paths.index:
        row = paths.loc[(source, target)]
        (x0, y0), (x1, y1) = place[source], place[target]
        strength = abs(row["disattenuated"])
        arrow = FancyArrowPatch(
            (x0, y0),
            (x1, y1),
            arrowstyle="-|>",
            mutation_scale=18,
            shrinkA=46,
            shrinkB=46,
            color=LINE_COLOURS[0],
            linewidth=max(WIDEST * min(strength, 1), 0.8),
        )
        axes.add_patch(arrow)
        text = f"{row['disattenuated']:.2f} ({row['estimate']:.2f})"
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        above = 8 + WIDEST * min(strength, 1) / 2
        axes.annotate(
            text,
            middle,
            (0, above),
            textcoords="offset points",
            ha="center" if y0 == y1 else "left" if y0 > y1 else "right",
            fontsize=10,
            zorder=4,
        )
    for name, point in place.items():
        explained = f"\nR² {r2[name]:.2f}" if r2 is not None and name in r2.index else ""
        _box(axes, point, f"{(names or {}).get(name, name)}{explained}")
    tallest = max(map(len, columns))
    axes.set(
        xlim=(-0.35, len(columns) - 0.65),
        ylim=(-tallest / 2 - 0.1, tallest / 2 + 0.1),
        xticks=[],
        yticks=[],
    )
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return fig


@_styled
def importance_performance_map(
    table: pd.DataFrame,
    title: str,
    cuts: tuple[float, float],
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Which driver matters and is done badly? Importance across, performance up, with the two cuts.

    Parameters
    ----------
    table : DataFrame by driver with importance and performance, optionally low and high (interval
        of the importance) and error (half-width of the interval of the performance)
    cuts : importance and performance at which high begins
    """
    _need("table", table, ("importance", "performance"))
    fig, axes = _figure(
        title,
        "importance: path to satisfaction (95 % interval)",
        "performance (index, 0 to 100)",
    )
    if {"low", "high"} <= set(table):
        axes.hlines(
            table["performance"], table["low"], table["high"], color=FILL_COLOURS[0], linewidth=4
        )
    if "error" in table:
        above, below = table["performance"] + table["error"], table["performance"] - table["error"]
        axes.vlines(table["importance"], below, above, color=FILL_COLOURS[0], linewidth=4)
    axes.plot(table["importance"], table["performance"], "o", markersize=9)
    for driver, row in table.iterrows():
        text = label((names or {}).get(str(driver), str(driver)))
        axes.annotate(
            text,
            (row["importance"], row["performance"]),
            (8, 12),
            textcoords="offset points",
            ha="left",
        )
    axes.axvline(cuts[0], color=LINE_COLOURS[-1], linestyle="--", linewidth=1.2)
    axes.axhline(cuts[1], color=LINE_COLOURS[-1], linestyle="--", linewidth=1.2)
    edges = [
        *table["importance"],
        *table.get("low", table["importance"]),
        *table.get("high", table["importance"]),
    ]
    pad = 0.15 * (np.ptp(edges) or 1)
    axes.set_xlim(min(edges) - pad, max(edges) + 2 * pad)
    reach = max(1.6 * np.abs(table["performance"] - cuts[1]).max(), LEAST_REACH)
    axes.set_ylim(cuts[1] - reach, cuts[1] + reach)
    corners = {
        (0, 0): "low priority",
        (1, 0): "improve first",
        (0, 1): "no more than now",
        (1, 1): "keep up",
    }
    for (x, y), text in corners.items():
        axes.annotate(
            text,
            (0.985 if x else 0.015, 0.97 if y else 0.03),
            xycoords="axes fraction",
            ha="right" if x else "left",
            va="top" if y else "bottom",
            color=LINE_COLOURS[-1],
            fontsize=10,
        )
    return fig


@_styled
def gap_radar(gaps: pd.DataFrame, title: str, limits: tuple[float, float]) -> Figure:
    """Where does service fall short? Expected and perceived as polygons, and beside them the gaps
    with their intervals.

    Parameters
    ----------
    gaps : DataFrame by dimension with perceived, expected, gap, low, high, in points of the scale
    limits : the ends of the radial axis, in points; the rim is the second
    """
    _need("gaps", gaps, ("perceived", "expected", "gap", "low", "high"))
    fig, axes = _figure(title, "gap (points, 95 % interval)", height=max(_height(len(gaps)), 4.3))
    grid = fig.add_gridspec(1, 2, width_ratios=[1, 1.05])
    axes.set_subplotspec(grid[1])
    radar = fig.add_subplot(grid[0], projection="polar")
    angles = np.linspace(0, 2 * np.pi, len(gaps), endpoint=False)
    for column, colour, style in (
        ("expected", LINE_COLOURS[1], "--"),
        ("perceived", LINE_COLOURS[0], "-"),
    ):
        values = gaps[column].to_numpy()
        radar.plot([*angles, angles[0]], [*values, values[0]], style, color=colour, label=column)
    radar.set(xticks=angles, xticklabels=[label(name) for name in gaps.index], ylim=limits)
    radar.set_theta_zero_location("N")  # type: ignore[attr-defined]
    radar.tick_params(axis="x", pad=14, labelsize=9)
    radar.tick_params(axis="y", labelsize=8)
    radar.set_rlabel_position(180 / len(gaps))  # type: ignore[attr-defined]
    radar.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    ordered = gaps.sort_values("gap", kind="stable")
    rows = np.arange(len(ordered))
    axes.hlines(rows, ordered["low"], ordered["high"], color=FILL_COLOURS[0], linewidth=4)
    axes.plot(ordered["gap"], rows, "o", color=LINE_COLOURS[0], markersize=6)
    axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
    axes.set_yticks(rows, [label(name) for name in ordered.index])
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    return fig
