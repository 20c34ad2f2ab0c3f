"""The plots that only lesson 15 needs: white space, potential, affinity, fan, lead, campaign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money

_FIRST, _SECOND, _THIRD, _GREY = (LINE_COLOURS[n] for n in (0, 1, 2, 5))


@_styled
def space_map(shares: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Where is the white space? Share of the accounts of a group that hold each product.

    Parameters
    ----------
    shares : DataFrame
        Products x groups, fractions; light is white space.
    """
    _need("shares", shares)
    fig, axes = _figure(title, xlabel, height=_height(len(shares)) + 0.6)
    text = shares.map(lambda value: f"{100 * value:.0f}")
    sns.heatmap(
        shares, annot=text, fmt="", cmap="Blues", vmin=0, vmax=1, cbar=False, linewidths=1,
        linecolor="white", ax=axes, annot_kws={"size": 9},
    )  # fmt: skip
    axes.set(xlabel=label(xlabel), ylabel="")
    axes.set_yticks(
        np.arange(len(shares)) + 0.5, [label(name) for name in shares.index], rotation=0
    )
    return fig


@_styled
def potential_plot(
    points: pd.DataFrame, line: pd.DataFrame, title: str, xlabel: str, ylabel: str
) -> Figure:
    """How much do accounts of each size buy, and what do the best-served of them buy?

    Parameters
    ----------
    points : DataFrame
        size, bought (nothing bought: a tick at the foot, since logarithms have no zero) and wallet
        (missing where it is not known).
    line : DataFrame
        potential, low, high, indexed by size, ascending.
    """
    _need("points", points, ("size", "bought"))
    _need("line", line, ("potential", "low", "high"))
    fig, axes = _figure(title, xlabel, ylabel)
    some, none = points[points["bought"] > 0], points[~(points["bought"] > 0)]
    axes.plot(some["size"], some["bought"], "o", color=_FIRST, markersize=3, alpha=0.45)
    known = points.dropna(subset=["wallet"])
    handles = ["bought of us"]
    if len(none):
        foot = np.full(len(none), 0.02)
        axes.plot(
            none["size"],
            foot,
            "|",
            color=_FIRST,
            markersize=8,
            transform=axes.get_xaxis_transform(),
        )
        handles.append("nothing bought")
    if len(known):
        axes.plot(known["size"], known["wallet"], "x", color=_THIRD, markersize=5)
        handles.append("whole wallet, as said")
    axes.plot(line.index, line["potential"], color=_SECOND)
    axes.fill_between(line.index, line["low"], line["high"], color=_SECOND, alpha=0.2, linewidth=0)
    axes.legend([*handles, "potential"], loc="upper left", frameon=False)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: money(value).replace(".00", ""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: money(value).replace(".00", ""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    return fig


@_styled
def affinity_plot(pairs: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """What is left of a tie when accounts of like size are compared?

    Parameters
    ----------
    pairs : DataFrame
        plain and odds (odds ratios) with odds_low and odds_high, and stands, indexed by the names
        of the pair.
    """
    _need("pairs", pairs, ("plain", "odds", "odds_low", "odds_high", "stands"))
    fig, axes = _figure(title, xlabel, height=_height(len(pairs)))
    rows = np.arange(len(pairs))
    axes.axvline(1.0, color=_GREY, linewidth=1)
    axes.hlines(rows, pairs["odds_low"], pairs["odds_high"], color=_FIRST, linewidth=3, alpha=0.4)
    for stands, fill, text in (
        (True, _FIRST, "alike: stands"),
        (False, "white", "alike: does not"),
    ):
        chosen = pairs["stands"].to_numpy(dtype=bool) == stands
        if chosen.any():
            axes.plot(
                pairs["odds"][chosen], rows[chosen], "o", markerfacecolor=fill,
                markeredgecolor=_FIRST, markersize=6, label=text,
            )  # fmt: skip
    axes.plot(pairs["plain"], rows, "D", color=_SECOND, markersize=5, label="as it looks")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(rows, [label(name) for name in pairs.index])
    # room below all bars, so that the dots of the legend are no pair
    axes.set_ylim(len(pairs) + 0.7, -0.5)
    axes.legend(loc="lower center", frameon=False, ncols=3, columnspacing=1, handletextpad=0.3)
    return fig


@_styled
def fan_plot(
    history: pd.Series, ahead: pd.DataFrame, naive: pd.Series, title: str, ylabel: str
) -> Figure:
    """What comes next, and how wide is it?

    Parameters
    ----------
    history : Series by month (Period), the last two years or so.
    ahead : DataFrame by month: low, middle, high.
    naive : Series by month: the seasonal naive forecast (or the naive one).
    """
    _need("history", history)
    _need("ahead", ahead, ("low", "middle", "high"))
    fig, axes = _figure(title, "month", ylabel)
    past, coming = (pd.PeriodIndex(index).to_timestamp() for index in (history.index, ahead.index))
    axes.plot(past, history, color=INK, label="came")
    axes.fill_between(coming, ahead["low"], ahead["high"], color=_FIRST, alpha=0.25, linewidth=0)
    axes.plot(coming, ahead["middle"], color=_FIRST, label="forecast")
    axes.plot(coming, naive, color=_SECOND, linestyle="--", label=label(naive.name))
    every = past.append(coming)
    # four of them: more run together in a narrow figure
    ticks = every[:: max(1, -(-len(every) // 4))]
    axes.set_xticks(ticks, [f"{tick:%Y-%m}" for tick in ticks])
    axes.yaxis.set_major_formatter(lambda value, _: money(value))
    axes.legend(loc="best", frameon=False)
    return fig


@_styled
def errors_plot(errors: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """Which of two forecasts errs less, series by series?

    Parameters
    ----------
    errors : DataFrame of two columns, one row per series: the first along, the second up.
    """
    _need("errors", errors)
    fig, axes = _figure(title, xlabel, ylabel)
    first, second = (errors.iloc[:, place] for place in (0, 1))
    reach = (0.0, 1.08 * float(errors.to_numpy().max()))
    axes.plot(reach, reach, color=_GREY, linewidth=1)
    less = second < first
    axes.plot(first[less], second[less], "o", color=_FIRST, label="less by its sector")
    axes.plot(first[~less], second[~less], "o", markerfacecolor="white", markeredgecolor=_FIRST,
        label="not less")  # fmt: skip
    axes.set(xlim=reach, ylim=reach)
    axes.legend(loc="upper left", frameon=False)
    return fig


@_styled
def lead_plot(table: pd.DataFrame, best: int, title: str, xlabel: str) -> Figure:
    """By how many months does the word run ahead?

    Parameters
    ----------
    table : DataFrame
        correlation, low, high by lead.
    """
    _need("table", table, ("correlation",))
    fig, axes = _figure(title, xlabel, "correlation of growth")
    colours = [_SECOND if lead == best else _FIRST for lead in table.index]
    axes.bar(table.index, table["correlation"], color=colours, width=0.7)
    axes.vlines(table.index, table["low"], table["high"], color=INK, linewidth=1.2)
    axes.axhline(0, color=_GREY, linewidth=1)
    axes.set_xticks(list(table.index))
    return fig


@_styled
def campaign_plot(path: pd.DataFrame, title: str, ylabel: str) -> Figure:
    """Did both sides move alike before, and apart after?

    Parameters
    ----------
    path : DataFrame
        gap, low, high (fractions) and after, by month.
    """
    _need("path", path, ("gap",))
    fig, axes = _figure(title, "month", ylabel)
    month = np.arange(len(path))
    axes.axhline(0, color=_GREY, linewidth=1)
    for after, colour, text in ((False, _FIRST, "before"), (True, _SECOND, "campaign")):
        chosen = (path["after"] == after).to_numpy()
        axes.vlines(
            month[chosen], path["low"][chosen], path["high"][chosen], color=colour, alpha=0.4
        )
        axes.plot(month[chosen], path["gap"][chosen], "o", color=colour, label=text)
    begin = int((~path["after"]).sum())
    axes.axvline(begin - 0.5, color=INK, linewidth=1, linestyle="--")
    step = max(1, len(path) // 6)
    names = [str(pd.Period(value, "M")) for value in path.index]
    axes.set_xticks(month[::step], names[::step])
    percent_ticks(axes.yaxis)
    # room above all bars, so that the dots of the legend are no months
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.15 * (high - low))
    axes.legend(loc="upper left", frameon=False, ncols=2)
    return fig
