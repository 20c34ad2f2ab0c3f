"""The plots that only the lesson on distributors needs: radar, flow, gaps and month-end peaks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import (
    _account_rows,
    _figure,
    _height,
    _need,
    _styled,
    percent_ticks,
)
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label


@_styled
def platform_radar(points: pd.DataFrame, title: str) -> Figure:
    """What is each distributor good for? One line per distributor, one spoke per platform.

    Parameters
    ----------
    points : DataFrame
        Points 0 to 100, indexed by what to call the distributor; three columns or more.
    """
    _need("points", points, tuple(points.columns))
    fig = Figure(figsize=(7.2, 4.6))
    axes = fig.add_subplot(projection="polar")
    fig.suptitle(label(title), x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
    spokes = np.linspace(0, 2 * np.pi, points.shape[1], endpoint=False)
    around = np.r_[spokes, spokes[:1]]
    for number, (name, row) in enumerate(points.iterrows()):
        values = row.to_numpy(dtype=float)
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        style = ("-", "--", ":")[number % 3]
        axes.plot(
            around, np.r_[values, values[:1]], style, color=colour, label=label(name), marker="o"
        )
    axes.set_xticks(spokes, [label(name) for name in points.columns])
    axes.set_ylim(-20, 105)  # whoever has 0 on each spoke is a triangle too, not a dot
    axes.set_yticks([0, 50, 100])
    axes.set_ylabel(label("points, 0 to 100"), labelpad=34)
    axes.set_theta_offset(np.pi / 2)  # type: ignore[attr-defined]
    fig.legend(loc="outside lower center", ncols=min(len(points), 3))
    return fig


def _cells(fig: Figure, axes: object, values: pd.DataFrame, write: str, text_at: float) -> None:
    for row, (_, line) in enumerate(values.iterrows()):
        for column, value in enumerate(line):
            if np.isfinite(value) and abs(value) >= text_at:
                axes.text(  # type: ignore[attr-defined]
                    column, row, format(value, write), ha="center", va="center", fontsize=8,
                    color=INK,
                )  # fmt: skip


@_styled
def flow_plot(flow: pd.DataFrame, home: Mapping[str, str], title: str) -> Figure:
    """In which districts do whose goods turn up?

    Parameters
    ----------
    flow : DataFrame
        Shares of the scans (fractions), rows distributors, columns districts.
    home : mapping
        District of each distributor: its cell is left empty.
    """
    _need("flow", flow)
    shown = flow.copy().astype(float)
    for name in shown.index:
        if home.get(name) in shown.columns:
            shown.loc[name, home[name]] = np.nan
    fig, axes = _figure(title, "district where it was found", height=_height(len(shown)) + 0.3)
    top = max(0.05, float(np.nanmax(shown.to_numpy())) if shown.notna().any().any() else 0.05)
    axes.imshow(shown.to_numpy(), cmap="Oranges", vmin=0, vmax=1.4 * top, aspect="auto")
    _cells(fig, axes, 100 * shown, ".0f", 1.5)
    axes.set_xticks(range(shown.shape[1]), [label(name) for name in shown.columns])
    _account_rows(axes, shown.index, None)
    axes.grid(False)  # its lines would run through the numbers
    return fig


@_styled
def gap_map(gain: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Where would a unit bring a distributor more than it costs him there?

    Parameters
    ----------
    gain : DataFrame
        Gain of a unit in money, rows distributors, columns districts; missing at home.
    """
    _need("gain", gain.notna())
    values = gain.to_numpy(dtype=float)
    reach = max(1.0, float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0)
    fig, axes = _figure(title, xlabel, height=_height(len(gain)) + 0.3)
    norm = TwoSlopeNorm(0.0, -1.3 * reach, 1.3 * reach)
    axes.imshow(values, cmap="PuOr_r", norm=norm, aspect="auto")
    _cells(fig, axes, gain.where(gain > 0), ".3g", 0.0)
    axes.set_xticks(range(gain.shape[1]), [label(name) for name in gain.columns])
    _account_rows(axes, gain.index, None)
    axes.grid(False)
    return fig


@_styled
def peak_plot(
    table: pd.DataFrame, title: str, xlabel: str, peak: float, names: pd.Series | None = None
) -> Figure:
    """Whose month ends in a peak, and whose next month pays for it?

    Parameters
    ----------
    table : DataFrame
        share, low, high, even, slope, judged, indexed by who.
    peak : points above an even share from which a peak counts (fraction).
    """
    _need("table", table, ("share", "low", "high", "even", "slope"))
    fig, axes = _figure(title, "share of the month in its last days", xlabel)
    kinds = list(dict.fromkeys(table["judged"]))
    for number, kind in enumerate(kinds):
        rows = table[table["judged"] == kind]
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        axes.hlines(rows["slope"], rows["low"], rows["high"], color=colour, alpha=0.35, linewidth=2)
        axes.plot(rows["share"], rows["slope"], "osD^"[number % 4], color=colour, label=label(kind))
    even = float(table["even"].mean())
    lines = (("--", even, "if even"), (":", even + peak, "no peak: ends before"))
    for dash, share, text in lines:
        axes.axvline(share, color=INK, linewidth=1.2, linestyle=dash, label=text)
    axes.axhline(0.0, color=INK, linewidth=1)
    low = table.nsmallest(3, "slope")
    high = table.nlargest(3, "share")
    named = table.loc[list(dict.fromkeys([*low.index, *high.index]))].sort_values("slope")
    for place, (name, row) in enumerate(named.iterrows()):
        shown = label(None if names is None else names.get(name), name)
        left = place % 2 == 0  # neighbours in height take turns, so that their names stand apart
        axes.annotate(
            shown, (row["share"], row["slope"]), (-6, -3) if left else (6, -3),
            textcoords="offset points", fontsize=9, ha="right" if left else "left",
        )  # fmt: skip
    percent_ticks(axes.xaxis)
    axes.margins(x=0.15, y=0.15)
    fig.legend(loc="outside lower center", ncols=3)
    return fig
