"""The plots that only lesson 12 needs: owners, a jump, a response, two plans, hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from keyacct_utils.lessons.coverage.plans import Response, response
from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

_FIRST, _SECOND, _LAST = LINE_COLOURS[0], LINE_COLOURS[1], LINE_COLOURS[-1]


@_styled
def owners_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Who looks after how many accounts, and after how much money?

    Parameters
    ----------
    table : DataFrame
        of_accounts and share (fractions of all) by owner, in the order to draw.
    """
    _need("table", table, ("of_accounts", "share"))
    fig, axes = _figure(title, xlabel, height=_height(3 * len(table) // 2) + 0.4)
    rows = np.arange(len(table))
    axes.barh(rows - 0.2, table["of_accounts"], height=0.38, color=FILL_COLOURS[0])
    axes.barh(rows + 0.2, table["share"], height=0.38, color=_SECOND)
    axes.set_yticks(rows, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
    percent_ticks(axes.xaxis)
    kinds = {"of the accounts": FILL_COLOURS[0], "of the money": _SECOND}
    fig.legend(
        handles=[Patch(color=colour, label=name) for name, colour in kinds.items()],
        loc="outside lower center",
        ncols=2,
    )
    return fig


@_styled
def jump_plot(
    points: pd.DataFrame, lines: pd.DataFrame, cut: float, title: str, xlabel: str, ylabel: str
) -> Figure:
    """Does it jump at the cut?

    Parameters
    ----------
    points : DataFrame
        x and y of every account near the cut.
    lines : DataFrame
        x and y of the two lines that were fitted: two rows for each, by side ("below", "above").
    """
    _need("points", points, ("x", "y"))
    _need("lines", lines, ("x", "y", "side"))
    fig, axes = _figure(title, xlabel, ylabel)
    axes.plot(points["x"], points["y"], "o", color=FILL_COLOURS[0], markersize=4, alpha=0.45)
    for side, colour in (("below", _FIRST), ("above", _SECOND)):
        own = lines[lines["side"] == side]
        axes.plot(own["x"], own["y"], color=colour, linewidth=3)
    axes.axvline(cut, color=_LAST, linewidth=1.2, linestyle="--")
    if points["x"].min() > 0:
        axes.set_xscale("log")
        ticks = np.unique([*np.geomspace(points["x"].min(), points["x"].max(), 5).round(-2), cut])
        apart = [t for t in ticks if t == cut or (t > 0 and abs(np.log(t / cut)) > 0.12)]
        axes.set_xticks(apart, [f"{t:,.0f}" for t in apart])
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    return fig


@_styled
def response_plot(
    doses: pd.DataFrame, curve: Response, title: str, xlabel: str, ylabel: str
) -> Figure:
    """What do so many visits bring?

    Parameters
    ----------
    doses : DataFrame
        mean, low and high of the trials by number of visits.
    curve : Response
        Drawn only where the trials tell it.
    """
    _need("doses", doses, ("mean", "low", "high"))
    fig, axes = _figure(title, xlabel, ylabel)
    x = doses.index.to_numpy(dtype=float)
    axes.vlines(x, doses["low"], doses["high"], color=FILL_COLOURS[0], linewidth=4)
    axes.plot(x, doses["mean"], "o", color=_FIRST, markersize=6)
    grid = np.linspace(0, x.max(), 200)
    if curve.told:
        axes.plot(grid, response(grid, curve.a, curve.k), color=_SECOND)
    axes.set_xticks(x if len(x) <= 15 else x[:: len(x) // 10])
    axes.set_ylim(bottom=min(0.0, float(doses["low"].min())))
    return fig


@_styled
def plan_plot(groups: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """Where do visits go, and where would they bring the most?

    Parameters
    ----------
    groups : DataFrame
        now and best (visits per account) by group of accounts, in the order to draw.
    """
    _need("groups", groups, ("now", "best"))
    fig, axes = _figure(title, xlabel, ylabel)
    rows = np.arange(len(groups))
    axes.bar(rows - 0.2, groups["now"], width=0.38, color=FILL_COLOURS[0])
    axes.bar(rows + 0.2, groups["best"], width=0.38, color=_SECOND)
    axes.set_xticks(rows, [label(name) for name in groups.index])
    kinds = {"visits made": FILL_COLOURS[0], "best plan of as many": _SECOND}
    fig.legend(
        handles=[Patch(color=colour, label=name) for name, colour in kinds.items()],
        loc="outside lower center",
        ncols=2,
    )
    return fig


@_styled
def hours_plot(demand: pd.Series, supply: float | None, title: str, xlabel: str) -> Figure:
    """How many hours are needed, for what, and how many are there?

    Parameters
    ----------
    demand : Series
        Hours a year by what takes them.
    supply : float, optional
        Hours a year that are there.
    """
    _need("demand", demand)
    fig, axes = _figure(title, xlabel, height=3.2)
    left = 0.0
    for number, (name, hours) in enumerate(demand.items()):
        colour = FILL_COLOURS[number % len(FILL_COLOURS)]
        axes.barh(0, hours, left=left, color=colour, height=0.6, label=label(name))
        left += float(hours)
    names, ends = ["needed"], [left]
    if supply is not None:
        axes.barh(1, supply, color=_LAST, height=0.6)
        names, ends = ["needed", "there"], [left, supply]
    for row, end in enumerate(ends):
        axes.annotate(
            f"{end:,.0f}", (end, row), (4, 0), textcoords="offset points", va="center", color=INK
        )
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1.14 * max(ends))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    fig.legend(loc="outside lower center", ncols=3)
    return fig
