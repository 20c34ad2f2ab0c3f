"""The plots that only the lesson on lifetime value needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from keyacct_utils.lessons.shared.amounts import Floats
from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import money, percent

_MAIN, _OTHER, _THIRD, _GREY = LINE_COLOURS[0], LINE_COLOURS[1], LINE_COLOURS[2], LINE_COLOURS[5]

#: Width and opacity of a line under a thin one.
_BROAD, _PALE = 4.0, 0.35


@_styled
def survival_plot(curves: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """How many are still there after each renewal, beside one chance for all and a mixture?

    Parameters
    ----------
    curves : by kind a DataFrame by renewal with seen, one, mixed (fractions still there).
    """
    fig, axes = _figure(title, "renewals", "still there")
    for number, frame in enumerate(curves.values()):
        _need("curves", frame, ("seen", "one", "mixed"))
        colour = (_MAIN, _OTHER, _THIRD)[number % 3]
        # where both run on one line the dashes stay to be seen on the broad pale one
        axes.plot(frame.index, frame["mixed"], "-", color=colour, linewidth=_BROAD, alpha=_PALE)
        axes.plot(frame.index, frame["one"], "--", color=colour, linewidth=1.2)
        axes.plot(frame.index, frame["seen"], "o", color=colour, markersize=6)
    _beside_the_ends(axes, curves)
    axes.plot([], [], "o", color=INK, label="seen")
    axes.plot([], [], "--", color=INK, label="one chance for all")
    axes.plot([], [], "-", color=INK, linewidth=_BROAD, alpha=_PALE, label="chances that differ")
    axes.legend(loc="upper right", frameon=False)
    axes.set_ylim(0, 1.05)
    longest = max(float(frame.index[-1]) for frame in curves.values())
    axes.set_xlim(-0.02 * longest, 1.25 * longest)
    percent_ticks(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


#: Least distance of two labels, as a fraction of all.
_APART = 0.065


def _beside_the_ends(axes: Axes, curves: Mapping[str, pd.DataFrame]) -> None:
    """The name of each curve beside the end of its solid line, in order, none over another."""
    ends = {kind: (frame.index[-1], frame["mixed"].iloc[-1]) for kind, frame in curves.items()}
    height = np.inf
    for kind in sorted(ends, key=lambda name: -ends[name][1]):
        height = min(float(ends[kind][1]), height - _APART)
        place = list(curves).index(kind)
        axes.annotate(
            label(kind),
            (ends[kind][0], height),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=(_MAIN, _OTHER, _THIRD)[place % 3],
        )


def _tick(value: float) -> str:
    """An amount on an axis, without zeros behind the point: "20 k" for 20,000."""
    return re.sub(r"\.0+(?=\D|$)", "", money(value))


@_styled
def lives_plot(values: Floats, mean: float, median: float, title: str, xlabel: str) -> Figure:
    """What do single lives bring, beside their mean?

    Parameters
    ----------
    values : of simulated lives, currency.
    mean, median : marked, currency.
    """
    fig, axes = _figure(title, xlabel, "share of lives")
    top = float(np.quantile(values, 0.98)) or 1.0
    shown = np.minimum(values, top)
    axes.hist(
        shown, bins=40, range=(0, top), weights=np.full(len(shown), 1 / len(shown)), color=_MAIN
    )
    height = axes.get_ylim()[1]
    axes.set_ylim(0, 1.3 * height)
    # each label at its own line: the line of the smaller value reaches above the other's
    for level, (value, word, colour) in enumerate(
        sorted([(median, "half bring less", INK), (mean, "mean", _OTHER)], key=lambda one: -one[0])
    ):
        top_of_line = height * (1.08 + 0.12 * level)
        axes.plot([value, value], [0, top_of_line], color=colour, linewidth=1.5)
        axes.annotate(
            f"{word}: {money(value)}",
            (value, top_of_line),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    percent_ticks(axes.yaxis)
    return fig


@_styled
def claim_plot(
    lifts: pd.DataFrame, band: tuple[float, float], here: tuple[float, float] | None, title: str
) -> Figure:
    """By how much does value rise with five points of retention, at each discount?

    Parameters
    ----------
    lifts : rise (fraction) by retention, one column per discount, named as it shall be read.
    band : the rise that is claimed, fractions.
    here : retention and rise of this book, where they are known.
    """
    fig, axes = _figure(title, "retention before", "value rises by")
    top = max(1.2, band[1] * 1.3)
    axes.axhspan(*band, color=_GREY, alpha=0.18, linewidth=0)
    first = float(lifts.index[0])
    middle = (first + float(lifts.index[-1])) / 2
    axes.annotate(
        "claimed", (middle, band[1]), (0, -12), ha="center", textcoords="offset points", color=_GREY
    )
    for number, name in enumerate(lifts):
        curve = lifts[name].where(lifts[name] <= top).dropna()
        colour = LINE_COLOURS[(0, 2, 4, 3)[number % 4]]
        axes.plot(curve.index, curve, color=colour)
        axes.annotate(
            label(str(name)),
            (curve.index[-1], curve.iloc[-1]),
            (5, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
        )
    if here is not None and here[1] <= top:
        axes.plot(*here, "o", color=_OTHER, markersize=9, zorder=5)
        axes.annotate(
            "this book",
            here,
            (0.3, 0.48),
            textcoords="axes fraction",
            color=_OTHER,
            arrowprops={"arrowstyle": "-", "color": _OTHER, "linewidth": 0.8},
        )
    axes.set_ylim(0, top)
    axes.set_xlim(first, 1.03)
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


@_styled
def deal_plot(curves: pd.DataFrame, marked: Sequence[int], title: str) -> Figure:
    """Which margin does a deal need, by the years that it lasts?

    Parameters
    ----------
    curves : break-even margin (fraction of sales) by number of years, one column per timing.
    marked : years whose values are written beside the first curve.
    """
    fig, axes = _figure(title, "years that the deal lasts", "margin that breaks even")
    for number, name in enumerate(curves):
        colour = (_MAIN, _OTHER, _THIRD)[number % 3]
        style = ("o-", "s--", "^:")[number % 3]
        axes.plot(curves.index, curves[name], style, color=colour, label=label(str(name)))
    first = curves.iloc[:, 0]
    for year in marked:
        axes.annotate(
            percent(float(first[year])),
            (year, first[year]),
            (0, -26),
            textcoords="offset points",
            ha="center",
            color=_MAIN,
        )
    axes.legend(loc="upper right", frameon=False)
    axes.set_ylim(0, float(curves.to_numpy().max()) * 1.2)
    percent_ticks(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


@_styled
def back_test_plot(table: pd.DataFrame, title: str) -> Figure:
    """Did accounts buy later what the model had said, by how often they had bought before?

    Parameters
    ----------
    table : actual, model, before (mean purchases later), indexed by purchases before.
    """
    _need("table", table, ("actual", "model", "before"))
    fig, axes = _figure(title, "purchases before, after the first", "purchases later, mean")
    places = np.arange(len(table))
    axes.bar(places, table["actual"], color="#C9D6E2", width=0.7, label="bought")
    axes.plot(places, table["model"], "o-", color=_MAIN, label="model")
    axes.plot(places, table["before"], "s--", color=_OTHER, label="as before")
    axes.set_xticks(places, [str(name) for name in table.index])
    axes.legend(loc="upper left", frameon=False)
    axes.set_ylim(0, float(table.to_numpy(dtype=float).max()) * 1.15 or 1.0)
    return fig


@_styled
def worth_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """What is each of the most valuable accounts worth, and how far may it be off?

    Parameters
    ----------
    table : value, low, high (currency), indexed by the account's label, the largest first.
    """
    _need("table", table, ("value", "low", "high"))
    fig, axes = _figure(title, xlabel, height=_height(len(table)))
    rows = np.arange(len(table))
    axes.hlines(rows, table["low"], table["high"], color=_GREY, linewidth=2)
    axes.plot(table["value"], rows, "o", color=_MAIN, markersize=7)
    axes.set_yticks(rows, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(left=min(0.0, float(table["low"].min())))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    return fig
