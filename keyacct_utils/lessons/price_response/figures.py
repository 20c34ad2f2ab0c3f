"""The plots that only the lesson on prices needs: estimates, classes, renewals, peers, tariffs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, label

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_PALE = "#9A9A9A"
#: One colour for each of eight tariffs.
_EIGHT = (*LINE_COLOURS, "#8C6D1F", "#56B4E9")


@_styled
def ladder_plot(ladder: pd.DataFrame, title: str) -> Figure:
    """How does the estimate move from one method to the next?

    Parameters
    ----------
    ladder : DataFrame
        estimate, low, high, indexed by what was done.
    """
    _need("ladder", ladder, ("estimate", "low", "high"))
    fig, axes = _figure(title, "elasticity: percent of volume per percent of price")
    fig.set_figheight(_height(len(ladder) + 1))
    rows = np.arange(len(ladder))
    axes.axvline(0, color=_PALE, linewidth=1)
    axes.hlines(rows, ladder["low"], ladder["high"], color=LINE_COLOURS[0], linewidth=3)
    axes.plot(ladder["estimate"], rows, "o", color=LINE_COLOURS[0], markersize=7)
    for row, value in enumerate(ladder["estimate"]):
        axes.annotate(
            f"{value:.2f}", (value, row), (0, 8), textcoords="offset points", ha="center", color=INK
        )
    axes.set_yticks(rows, [label(name) for name in ladder.index])
    axes.set_ylim(len(ladder) - 0.4, -0.8)
    axes.margins(x=0.12)
    return fig


@_styled
def classes_plot(accounts: pd.DataFrame, cuts: tuple[float, float], title: str) -> Figure:
    """What did each account seem to do, and what is to be expected of it?

    Parameters
    ----------
    accounts : DataFrame
        elasticity, shrunk and class by account.
    cuts : sizes of elasticity at which the classes part
    """
    _need("accounts", accounts, ("elasticity", "shrunk", "class"))
    ordered = accounts.sort_values("shrunk", ascending=False, kind="stable")
    fig, axes = _figure(title, "accounts, from rigid to sensitive", "elasticity")
    rank = np.arange(1, len(ordered) + 1)
    axes.plot(rank, ordered["elasticity"], ".", color=_PALE, markersize=4, label="own months alone")
    for number, (name, part) in enumerate(ordered.groupby("class", sort=False)):
        axes.plot(
            rank[(ordered["class"] == name).to_numpy()], part["shrunk"], _MARKS[number],
            color=LINE_COLOURS[number], markersize=3.5, label=f"expected: {name}",
        )  # fmt: skip
    for cut in cuts:
        axes.axhline(-cut, color=INK, linewidth=1, linestyle="--")
    low, high = np.quantile(ordered["elasticity"], [0.01, 0.99])
    axes.set_ylim(min(low, -cuts[1]) - 0.2, max(high, 0.0) + 0.2)
    axes.legend(loc="lower left", frameon=False)
    return fig


@_styled
def leaving_plot(curves: pd.DataFrame, seen: pd.DataFrame, title: str) -> Figure:
    """How does the chance to stay fall with the gap to a rival's price?

    Parameters
    ----------
    curves : DataFrame
        Chance to stay by gap in percent (index), one column per group.
    seen : DataFrame
        group, gap (middle of a band) and renewed (share of its offers).
    """
    _need("curves", curves)
    fig, axes = _figure(title, "a rival undercuts us by, percent of our price", "share that stays")
    for number, name in enumerate(curves):
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        axes.plot(curves.index, curves[name], color=colour, label=label(name))
        part = seen[seen["group"] == name]
        axes.plot(
            part["gap"], part["renewed"], _MARKS[number % len(_MARKS)], color=colour, markersize=6
        )
    axes.set_ylim(-0.02, 1.02)
    percent_ticks(axes.yaxis)
    axes.legend(loc="upper right", frameon=False)
    return fig


@_styled
def peers_plot(gaps: pd.DataFrame, limit: float, title: str, xlabel: str) -> Figure:
    """Who pays less than accounts of its size?

    Parameters
    ----------
    gaps : DataFrame
        amount (above zero), gap (a fraction of the peers' price) and low (whether it is surely
        below the limit).
    limit : the fraction below which a price counts as low
    """
    _need("gaps", gaps, ("amount", "gap", "low"))
    fig, axes = _figure(title, xlabel, "price paid, against that of peers")
    for low, colour, mark, text in (
        (False, _PALE, "o", "others"),
        (True, LINE_COLOURS[1], "s", "surely lower than that"),
    ):
        part = gaps[gaps["low"] == low]
        if len(part):
            axes.plot(
                part["amount"], part["gap"], mark, color=colour, markersize=4, alpha=0.8, label=text
            )
    axes.axhline(0, color=INK, linewidth=1)
    axes.axhline(-limit, color=LINE_COLOURS[1], linewidth=1, linestyle="--")
    axes.set_xscale("log")
    low, high = np.quantile(gaps["gap"], [0.005, 0.995])
    axes.set_ylim(min(low, -limit) - 0.05, max(high, 0.0) + 0.05)
    percent_ticks(axes.yaxis)
    axes.legend(loc="upper right", frameon=False)
    return fig


@_styled
def frontier_plot(frontier: pd.DataFrame, names: dict[str, str], title: str, unit: str) -> Figure:
    """What do the accounts save with each tariff, and what does it bring us?

    Parameters
    ----------
    frontier : DataFrame
        instrument, size, saved and margin.
    names : what each instrument is called
    """
    _need("frontier", frontier, ("instrument", "size", "saved", "margin"))
    fig, axes = _figure(
        title, f"the accounts save together, million{unit} a year", f"our margin, million{unit}"
    )
    axes.axhline(0, color=_PALE, linewidth=1)
    axes.axvline(0, color=_PALE, linewidth=1)
    for number, (name, part) in enumerate(frontier.groupby("instrument", sort=False)):
        axes.plot(
            part["saved"] / 1e6, part["margin"] / 1e6, marker=_MARKS[number % len(_MARKS)],
            color=_EIGHT[number % len(_EIGHT)], markersize=5, label=names[str(name)],
        )  # fmt: skip
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8)
    return fig


@_styled
def meter_plot(curves: pd.DataFrame, points: dict[str, float], title: str, xlabel: str) -> Figure:
    """At which prices do the four curves of the survey meet?

    Parameters
    ----------
    curves : DataFrame
        too_cheap, cheap, expensive, too_expensive (shares), indexed by price; not_cheap and
        not_expensive, where they bound the range.
    points : prices to mark, by name
    """
    _need("curves", curves, ("too_cheap", "cheap", "expensive", "too_expensive"))
    fig, axes = _figure(title, xlabel, "share of respondents")
    extra = [name for name in ("not_cheap", "not_expensive") if name in curves]
    for number, name in enumerate(("too_cheap", "cheap", "expensive", "too_expensive", *extra)):
        axes.plot(
            curves.index, curves[name], color=LINE_COLOURS[number], label=name.replace("_", " "),
            linestyle="-" if number in (1, 2) else "--" if number < 4 else ":",
        )  # fmt: skip
    for place, (name, price) in enumerate(points.items()):
        axes.axvline(price, color=INK, linewidth=1, linestyle=":")
        axes.annotate(
            name, (price, 1.0 - 0.08 * place), (4, 0), textcoords="offset points", fontsize=8
        )
    axes.set_ylim(0, 1.08)
    percent_ticks(axes.yaxis)
    axes.legend(loc="center right", frameon=False)
    return fig
