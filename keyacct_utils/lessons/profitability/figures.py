"""The plots that only the lesson on profit needs: whale curve with its band, rank against rank,
and the bridge.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import percent

_GAIN, _LOSS = LINE_COLOURS[0], LINE_COLOURS[1]
#: Shares of the total beyond this are cut off: a resample with a total near 0 has no useful share.
_HIGHEST = 4.0


@_styled
def whale_plot(curve: pd.DataFrame, title: str, peak: tuple[float, float] | None = None) -> Figure:
    """How does profit add up from the best account to the worst?

    Parameters
    ----------
    curve : DataFrame
        share_of_accounts, estimate and, for a band, low and high (shares of the total profit), from
        `whale_band`.
    peak : (share of accounts, share of the total), optional
        The highest point, which is marked.
    """
    _need("curve", curve, ("share_of_accounts", "estimate"))
    fig, axes = _figure(
        title, "share of accounts, most profitable first", "cumulated share of the total profit"
    )
    x = curve["share_of_accounts"]
    if "low" in curve:
        high = curve["high"].clip(upper=_HIGHEST)
        axes.fill_between(
            x, curve["low"].clip(lower=-1), high, color=FILL_COLOURS[0], alpha=0.45, linewidth=0
        )
        middle = len(x) // 2
        axes.annotate(
            "95 % band",
            (x.iloc[middle], high.iloc[middle]),
            (0, 3),
            textcoords="offset points",
            ha="center",
        )
    axes.plot(x, curve["estimate"], color=_GAIN)
    axes.axhline(1, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
    axes.annotate(
        "the total", (0.3, 1), (0, -14), textcoords="offset points", color=LINE_COLOURS[-1]
    )
    if peak is not None:
        axes.plot(*peak, "o", color=_LOSS)
        text = f"peak {percent(peak[1], 0)}\nat {percent(peak[0], 0)} of accounts"
        line = {"arrowstyle": "-", "color": INK, "linewidth": 0.8}
        axes.annotate(
            text,
            peak,
            (min(peak[0], 0.85), 0.6),
            textcoords="data",
            ha="center",
            va="center",
            arrowprops=line,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


@_styled
def rank_plot(
    ranks: pd.DataFrame, title: str, names: pd.Series | None = None, marked: pd.Index | None = None
) -> Figure:
    """Are the large accounts the profitable ones?

    Parameters
    ----------
    ranks : DataFrame
        revenue_rank and profit_rank (1 = largest) and loses (bool), indexed by account_id.
    marked : Index, optional
        Accounts to name.
    """
    _need("ranks", ranks, ("revenue_rank", "profit_rank", "loses"))
    fig, axes = _figure(
        title, "rank by revenue (1 = largest)", "rank by profit (1 = most profitable)", height=5.2
    )
    groups = (
        ("makes a profit", ~ranks["loses"], "o", _GAIN),
        ("loses money", ranks["loses"], "X", _LOSS),
    )
    for name, mine, mark, colour in groups:
        if mine.any():
            shown = ranks[mine]
            text = f"{name} ({mine.sum()})"
            axes.scatter(
                shown["revenue_rank"],
                shown["profit_rank"],
                s=20,
                marker=mark,
                color=colour,
                alpha=0.75,
                label=text,
            )
    n = len(ranks)
    axes.plot([1, n], [1, n], color=LINE_COLOURS[-1], linewidth=1, linestyle="--")
    for account in ranks.index[:0] if marked is None else marked:
        point = (ranks.loc[account, "revenue_rank"], ranks.loc[account, "profit_rank"])
        text = label(None if names is None else names.get(account), account)
        line = {"arrowstyle": "-", "color": INK, "linewidth": 0.8}
        axes.annotate(
            text, point, (0, 62), textcoords="offset points", ha="left", fontsize=9, arrowprops=line
        )
    axes.set(xlim=(-0.02 * n, 1.02 * n + 1), ylim=(1.02 * n + 1, -0.02 * n))
    fig.legend(loc="outside lower center", ncols=2)
    return fig


@_styled
def bridge_plot(steps: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Which steps lead from the profit before to the profit after?

    Parameters
    ----------
    steps : DataFrame
        amount and to, indexed by step, in the unit of ``xlabel``; first and last are levels (from
        `bridge_steps`).
    """
    _need("steps", steps, ("amount", "to"))
    fig, axes = _figure(title, xlabel, height=_height(len(steps)) + 0.8)
    rows, amount, to = np.arange(len(steps)), steps["amount"].to_numpy(), steps["to"].to_numpy()
    level = (rows == 0) | (rows == len(steps) - 1)
    left = np.where(level, 0, to - amount)
    colour = np.where(level, LINE_COLOURS[3], np.where(amount < 0, _LOSS, _GAIN))
    axes.barh(rows, amount, left=left, color=colour, height=0.65)
    for row in rows[:-1]:
        axes.plot([to[row]] * 2, [row, row + 1], color=LINE_COLOURS[-1], linewidth=1)
    ends = np.maximum(left, left + amount)
    for row, end, value in zip(rows, ends, amount, strict=True):
        text = f"{value:,.1f}" if level[row] else f"{value:+,.1f}"
        axes.annotate(
            text, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=9, color=INK
        )
    axes.set_yticks(rows, [label(step) for step in steps.index])
    axes.set_ylim(len(steps) - 0.5, -0.5)
    low, high = min(0.0, float(np.minimum(left, left + amount).min())), float(ends.max())
    axes.set_xlim(low, high + 0.14 * (high - low))
    return fig
