"""The figure of lesson 02 that no other lesson draws: a list held against a fee."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.style import INK, LINE_COLOURS, house_style, label

#: What may be true of an account: its row, its side of the cut, and its colour.
PLACES = {
    "stay": (1, True, LINE_COLOURS[2]),
    "leave": (1, False, LINE_COLOURS[1]),
    "join": (0, True, LINE_COLOURS[0]),
    "no place": (0, False, LINE_COLOURS[-1]),
}


def list_map(
    fee: pd.Series, place: pd.Series, cut: float, title: str, xlabel: str, cut_label: str
) -> Figure:
    """Who stands on the list, and on which side of the cut?

    Parameters
    ----------
    fee : Series
        By account_id, in the unit of ``cut``; fees of 0 or less are drawn at the left edge.
    place : Series of str
        One of `PLACES` for each account.
    """
    paying = fee[fee > 0]
    if paying.empty:
        raise ValueError("fee has no value above 0: nothing to draw")
    least = float(min(paying.min(), cut)) / 1.3
    spread = (np.arange(len(fee)) * 0.618034 % 1 - 0.5) * 0.62
    with mpl.rc_context(house_style()):
        fig = Figure(figsize=(7.2, 3.6))
        axes = fig.add_subplot(xlabel=label(xlabel), xscale="log")
        fig.suptitle(label(title), x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
        for name, (row, _, colour) in PLACES.items():
            mine = (place == name).to_numpy()
            axes.scatter(
                fee[mine].clip(lower=least), row + spread[mine], s=16, color=colour, alpha=0.6
            )
        axes.axvline(cut, color=INK, linewidth=1.2, linestyle="--")
        axes.annotate(label(cut_label), (cut, 1), (4, 2), xycoords=("data", "axes fraction"),
                      textcoords="offset points", fontsize=9)  # fmt: skip
        for name, (row, right, colour) in PLACES.items():
            axes.annotate(
                f"{name}: {int((place == name).sum()):,}",
                (0.985 if right else 0.015, row + 0.4),
                xycoords=("axes fraction", "data"),
                ha="right" if right else "left",
                va="center",
                color=colour,
                fontweight="bold",
            )
        axes.set_yticks([0, 1], ["not on\nthe list", "on the\nlist"])
        axes.set_ylim(-0.5, 1.55)
        axes.set_xlim(least / 1.3, max(float(paying.max()), cut) * 1.6)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        axes.grid(visible=False, axis="y")
    return fig
