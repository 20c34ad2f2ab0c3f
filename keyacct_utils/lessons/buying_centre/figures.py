"""The plots that only the lesson on buying centres needs: threads, a grid, a map, two shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch

from keyacct_utils.lessons.showing.figures import (
    _account_rows,
    _figure,
    _height,
    _need,
    _styled,
    percent_ticks,
)
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label
from keyacct_utils.lessons.showing.words import percent

#: Stance and its colour: for us, neither, against us, not written.
_STANCES = (
    ("for us", FILL_COLOURS[0]),
    ("neither", FILL_COLOURS[3]),
    ("against us", FILL_COLOURS[1]),
    ("not known", "#FFFFFF"),
)
#: Looks of up to four kinds of ties.
_DASHES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
#: Kinds of ties that keep their look from map to map.
_KINDS = ("reports", "advises", "meets")


@_styled
def thread_plot(bars: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Which share of the accounts, and of the sales, has how many people?

    Parameters
    ----------
    bars : DataFrame
        accounts and, if known, sales (shares), by number of people.
    """
    _need("bars", bars, ("accounts",))
    fig, axes = _figure(title, xlabel, "share")
    at, wide = np.arange(len(bars)), 0.8 / bars.shape[1]
    for place, name in enumerate(bars):
        where = at + (place - (bars.shape[1] - 1) / 2) * wide
        drawn = axes.bar(where, bars[name], width=wide, color=FILL_COLOURS[place], label=name)
        axes.bar_label(drawn, [percent(value, 0) for value in bars[name]], fontsize=9, padding=2)
    axes.set_xticks(at, [str(name) for name in bars.index])
    axes.set_ylim(0, 1.12 * float(bars.to_numpy().max()))
    percent_ticks(axes.yaxis)
    fig.legend(loc="outside lower center", ncols=2)
    return fig


@_styled
def grid_plot(
    rows: pd.DataFrame, order: Sequence[str], levels: Sequence[str], names: pd.Series, title: str
) -> Figure:
    """At which levels of each account was somebody met?

    Parameters
    ----------
    rows : DataFrame
        account_id, level, known, met.
    order, levels : accounts from above, levels from the left.
    """
    _need("rows", rows, ("account_id", "level", "known", "met"))
    known, met = (
        rows.pivot(index="account_id", columns="level", values=name)
        .reindex(index=list(order), columns=list(levels))
        .to_numpy(dtype=float)
        for name in ("known", "met")
    )
    share = np.where(known > 0, met / np.where(known > 0, known, 1), np.nan)
    fig, axes = _figure(title, "level", height=_height(len(order)))
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(known > 0):
        axes.text(
            column,
            row,
            f"{met[row, column]:.0f} of {known[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if share[row, column] > 0.6 else INK,
        )
    axes.set_xticks(range(len(levels)), [label(name) for name in levels])
    _account_rows(axes, pd.Index(order), names)
    axes.grid(visible=False)
    axes.set_xlabel("level: people met of people known", loc="right")
    return fig


@_styled
def support_plot(table: pd.DataFrame, title: str) -> Figure:
    """Where do the mean and the weighted stance disagree?

    Parameters
    ----------
    table : DataFrame
        mean and weighted by account.
    """
    _need("table", table, ("mean", "weighted"))
    fig, axes = _figure(title, "mean stance of the people", "stance weighted by power")
    turned = (table["mean"] > 0) & (table["weighted"] < 0)
    axes.axhline(0, color=LINE_COLOURS[-1], linewidth=1)
    axes.axvline(0, color=LINE_COLOURS[-1], linewidth=1)
    for chosen, colour, mark, name in (
        (~turned, LINE_COLOURS[0], "o", "all other accounts"),
        (turned, LINE_COLOURS[1], "D", "friendly on average, against us by weight"),
    ):
        rows = table[chosen]
        axes.scatter(
            rows["mean"], rows["weighted"], s=22 if mark == "o" else 44, marker=mark, color=colour,
            alpha=0.5 if mark == "o" else 1.0, label=f"{name} ({len(rows)})",
        )  # fmt: skip
    axes.set(xlim=(-2.1, 2.1), ylim=(-2.1, 2.1))
    fig.legend(loc="outside lower center", ncols=1)
    return fig


@_styled
def loss_plot(table: pd.DataFrame, title: str) -> Figure:
    """How often were accounts lost, with one thread and with several?

    Parameters
    ----------
    table : DataFrame
        share, low, high and cases by kind.
    """
    _need("table", table, ("share", "low", "high", "cases", "lost"))
    fig, axes = _figure(title, "accounts lost within six months", height=_height(len(table)))
    at = np.arange(len(table))
    axes.hlines(at, table["low"], table["high"], color=FILL_COLOURS[0], linewidth=6)
    axes.plot(table["share"], at, "o", color=LINE_COLOURS[0], markersize=8)
    names = {"single": "the one person left", "more": "others stayed"}
    axes.set_yticks(
        at,
        [
            f"{names.get(str(name), label(name))}\n{lost:,} of {cases:,}"
            for name, lost, cases in zip(table.index, table["lost"], table["cases"], strict=True)
        ],
    )
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(left=0)
    percent_ticks(axes.xaxis)
    return fig


def _places(
    contacts: pd.DataFrame, ties: pd.DataFrame, levels: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Where each person stands: one height for each level, neighbours near each other."""
    if not levels or "level" not in contacts:
        around = np.linspace(0, 2 * np.pi, len(contacts), endpoint=False)
        return {
            str(who): (0.5 + 0.42 * np.sin(angle), 0.5 + 0.42 * np.cos(angle))
            for who, angle in zip(contacts.index, around, strict=True)
        }
    known = [name for name in levels if (contacts["level"] == name).any()]
    rows = [contacts.index[contacts["level"] == name].tolist() for name in known]
    rest = contacts.index[~contacts["level"].isin(known)].tolist()
    rows += [rest] if rest else []
    beside: dict[str, list[str]] = {str(who): [] for who in contacts.index}
    for one, other in zip(ties["from_id"], ties["to_id"], strict=True):
        beside[one].append(other)
        beside[other].append(one)
    placed: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        means = {
            who: float(np.mean([placed[a][0] for a in beside[who] if a in placed] or [0.5]))
            for who in row
        }
        ordered = sorted(row, key=lambda who: (means[who], who))
        high = 1 - (number + 0.5) / len(rows)
        placed |= {who: ((place + 0.5) / len(row), high) for place, who in enumerate(ordered)}
    return placed


def _name_rows(
    axes: Axes, contacts: pd.DataFrame, placed: Mapping[str, tuple[float, float]]
) -> None:
    """The name of each level beside its row."""
    of = contacts["level"].fillna("level not known")
    heights = {name: placed[str(who)][1] for who, name in of.items()}
    axes.set_yticks(list(heights.values()), [label(name) for name in heights])
    axes.tick_params(axis="y", length=0)


def _tie(
    axes: Axes, ends: tuple[tuple[float, float], tuple[float, float]], look: tuple[str, str, float]
) -> None:
    """A line between two people; an arc within a row, where lines would hide each other."""
    (x0, y0), (x1, y1) = ends
    dash, colour, width = look
    bend = 0.0 if abs(y0 - y1) > 1e-9 else 0.12 + 0.25 * abs(x0 - x1)
    if x0 > x1:
        bend = -bend
    axes.add_patch(
        FancyArrowPatch(
            (x0, y0), (x1, y1), arrowstyle="-", connectionstyle=f"arc3,rad={-bend}",
            linestyle=dash, color=colour, linewidth=width, alpha=0.75, zorder=1,
        )
    )  # fmt: skip


@_styled
def map_plot(
    contacts: pd.DataFrame,
    ties: pd.DataFrame,
    measures: pd.DataFrame,
    levels: Sequence[str],
    title: str,
) -> Figure:
    """Who is tied to whom in an account, and who stands between?

    Parameters
    ----------
    contacts : DataFrame by contact_id
        name_zh, level and stance, if known.
    ties : DataFrame
        from_id, to_id, kind, among these people.
    measures : DataFrame by contact_id
        betweenness.
    levels : levels from above; none for a circle.
    """
    _need("contacts", contacts.assign(row=1), ("row",))
    ranked = "the highest level above; " if levels else ""
    fig, axes = _figure(title, f"{ranked}larger: more ways lead through", height=6.0)
    placed = _places(contacts, ties, levels)
    kinds = sorted(ties["kind"].dropna().unique())[: len(_DASHES)]
    looks = {
        name: (_DASHES[i], LINE_COLOURS[(2, 1, 5, 4)[i]], (1.4, 1.6, 1.0, 1.2)[i])
        for i, name in enumerate(list(_KINDS) if set(kinds) <= set(_KINDS) else kinds)
    }
    for one, other, kind in zip(ties["from_id"], ties["to_id"], ties["kind"], strict=True):
        look = looks.get(kind, ("-", LINE_COLOURS[-1], 0.8))
        _tie(axes, (placed[one], placed[other]), look)
    stance = contacts["stance"] if "stance" in contacts else pd.Series(np.nan, contacts.index)
    shade = np.select([stance > 0, stance == 0, stance < 0], [0, 1, 2], 3)
    for who, colour in zip(contacts.index, shade, strict=True):
        x, y = placed[who]
        between = float(measures["betweenness"].get(who, 0.0))
        axes.scatter(
            x, y, s=90 + 900 * between, color=_STANCES[int(colour)][1], edgecolors=INK,
            linewidths=1.8 if between == measures["betweenness"].max() > 0 else 0.8, zorder=2,
        )  # fmt: skip
        name = contacts["name_zh"].get(who) if "name_zh" in contacts else None
        own = label(name, who)
        text = own if own == str(who) else f"{own}\n{who}"
        axes.annotate(
            text,
            (x, y),
            (0, -8 - 9 * np.sqrt(between)),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8.5,
            zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
        )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.06, 1.04), xticks=[], yticks=[])
    if levels and "level" in contacts:
        _name_rows(axes, contacts, placed)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.grid(visible=False)
    handles: list[Line2D | Patch] = [
        Line2D([], [], linestyle=dash, color=colour, linewidth=width, label=label(name))
        for name, (dash, colour, width) in looks.items()
        if name in kinds
    ]
    seen = sorted(set(map(int, shade)))
    handles += [
        Patch(facecolor=_STANCES[i][1], edgecolor=INK, label=_STANCES[i][0])
        for i in seen
        if seen != [3]
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=4)
    return fig
