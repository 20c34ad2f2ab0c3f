"""The plots of the lesson on value grading; house rules as in ``figures``."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from scipy.cluster.hierarchy import dendrogram, linkage

from keyacct_utils.lessons.showing.figures import (
    _account_rows,
    _classes,
    _figure,
    _height,
    _need,
    _styled,
    label,
    percent_ticks,
)
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS

#: Most points drawn in one panel: the largest accounts, so that a large book stays readable.
SHOWN = 2_000
#: Classes in an order, the best darkest.
ORDERED = ("#0B4F8A", "#5BA3D0", "#CFE3F1")


@_styled
def matrix_map(
    frame: pd.DataFrame,
    title: str,
    xlabel: str,
    ylabel: str,
    cuts: tuple[float, float],
    corners: Mapping[str, tuple[bool, ...]],
) -> Figure:
    """Where do the accounts stand on two axes? Each cell is named in its corner.

    Parameters
    ----------
    frame : DataFrame
        Horizontal axis, vertical axis, cell.
    cuts : (x, y)
        Where the axes are cut, drawn as dashed lines.
    corners : mapping of cell to (right, up)
    """
    _need("frame", frame)
    across, up, group = frame.columns[:3]
    fig, axes = _figure(title, xlabel, ylabel, 5.2)
    for place, (name, (right, high)) in enumerate(corners.items()):
        mine = frame[frame[group] == name]
        colour, mark = LINE_COLOURS[place % len(LINE_COLOURS)], "osD^"[place % 4]
        axes.scatter(
            mine[across][:SHOWN], mine[up][:SHOWN], s=15, marker=mark, color=colour, alpha=0.6
        )
        axes.annotate(
            label(f"{name} {len(mine):,}"),
            (1 if right else 0, 1.01 if high else -0.13),
            xycoords="axes fraction",
            ha="right" if right else "left",
            va="bottom" if high else "top",
            color=colour,
            fontweight="bold",
        )
    axes.axvline(cuts[0], color=INK, linewidth=1, linestyle="--")
    axes.axhline(cuts[1], color=INK, linewidth=1, linestyle="--")
    return fig


@_styled
def matrix_panels(
    panels: Mapping[str, pd.DataFrame],
    title: str,
    cuts: Mapping[str, tuple[float | Sequence[float], float | Sequence[float]]] | None = None,
    orders: Mapping[str, Sequence[str]] | None = None,
) -> Figure:
    """Where do the classes of each matrix lie? One panel for each, at most four.

    Parameters
    ----------
    panels : mapping of panel title to DataFrame
        First column: horizontal axis, second: vertical axis (their names are the axis labels),
        third: class.
    cuts : mapping of panel title to (x, y), optional
        Where the axes are cut, once or several times, drawn as dashed lines.
    orders : mapping of panel title to classes, optional
        The best class first: it has the same colour in every panel.
    """
    if not 1 <= len(panels) <= 4:
        raise ValueError(f"panels holds {len(panels)} matrices: expected 1 to 4")
    rows = 1 if len(panels) == 1 else (len(panels) + 1) // 2
    fig = Figure(figsize=(7.2, 0.8 + 3.6 * rows))
    first: dict[tuple[str, str], Axes] = {}
    fig.suptitle(label(title), x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
    for place, (name, frame) in enumerate(panels.items(), 1):
        _need(f"panels[{name!r}]", frame)
        across, up, group = frame.columns[:3]
        like = first.get((str(across), str(up)))
        axes = fig.add_subplot(
            rows,
            min(len(panels), 2),
            place,
            xlabel=label(across),
            ylabel=label(up),
            sharex=like,
            sharey=like,
        )
        first.setdefault((str(across), str(up)), axes)
        axes.set_title(label(name), fontsize=11)
        for i, kind in enumerate(_classes(frame[group], (orders or {}).get(name))):
            if not (frame[group].astype(str) == kind).any():
                continue
            mine = frame[frame[group].astype(str) == kind].head(SHOWN)
            text = f"{label(kind)} ({(frame[group].astype(str) == kind).sum():,})"
            colour, mark = LINE_COLOURS[i % len(LINE_COLOURS)], "osD^vPX*"[i % 8]
            axes.scatter(
                mine[across], mine[up], s=13, marker=mark, color=colour, alpha=0.65, label=text
            )
        for draw, cut in zip(
            (axes.axvline, axes.axhline), (cuts or {}).get(name, ()), strict=False
        ):
            for edge in np.atleast_1d(cut):
                draw(edge, color=INK, linewidth=1, linestyle="--")
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.17),
            ncols=2,
            fontsize=8.5,
            handletextpad=0.2,
            columnspacing=0.8,
        )
    return fig


def _ribbon(
    axes: Axes, left: float, right: float, low: tuple[float, float], high: float, colour: str
) -> None:
    """A band of height ``high`` from (left, low[0]) to (right, low[1])."""
    middle, (a, b) = (left + right) / 2, low
    points = [
        (left, a),
        (middle, a),
        (middle, b),
        (right, b),
        (right, b + high),
        (middle, b + high),
        (middle, a + high),
        (left, a + high),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(
        PathPatch(Path([*points, points[0]], codes), facecolor=colour, alpha=0.55, linewidth=0)
    )


@_styled
def alluvial(
    classes: pd.DataFrame, title: str, orders: Mapping[str, Sequence[str]] | None = None
) -> Figure:
    """Which accounts does one scheme put where the next does not? Bands from class to class, their
    height the accounts.

    Parameters
    ----------
    classes : DataFrame
        Class names (text), one column per scheme in the order drawn, one row per account; two
        columns or more.
    orders : mapping of column to names, optional
        The classes of a column from the top down; others follow.
    """
    if classes.shape[1] < 2:
        raise ValueError(
            f"classes has {classes.shape[1]} column(s): expected at least 2 schemes to join"
        )
    _need("classes", classes)
    fig, axes = _figure(title, "scheme", height=5.2)
    gap, width, total, tops = 0.03 * len(classes), 0.09, len(classes), {}
    for place, name in enumerate(classes):
        order = [
            kind
            for kind in _classes(classes[name], (orders or {}).get(str(name)))
            if (classes[name] == kind).any()
        ]
        level = float(total)
        for kind in order:
            count = int((classes[name] == kind).sum())
            tops[name, kind] = level
            axes.bar(place, count, 2 * width, bottom=level - count, color=INK)
            side = {0: (-width - 0.02, "right"), classes.shape[1] - 1: (width + 0.02, "left")}.get(
                place, (0, "center")
            )
            text = f"{label(kind)} {count:,}"
            box = (
                {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}
                if side[1] == "center"
                else None
            )
            axes.text(
                place + side[0],
                level - count / 2,
                text,
                ha=side[1],
                va="center",
                fontsize=9,
                bbox=box,
                zorder=5,
            )
            level -= count + gap
    used = 0  # a colour stands for one class, so the next scheme goes on in the palette
    for place, (left, right) in enumerate(zip(classes.columns, classes.columns[1:], strict=False)):
        free = {key: top for key, top in tops.items() if key[0] in (left, right)}
        starts = [kind for name, kind in tops if name == left]
        ordered = place == 0 and len(starts) <= len(ORDERED)
        colours = ORDERED if ordered else (*FILL_COLOURS[used:], *FILL_COLOURS[:used])
        used = used if ordered else (used + len(starts)) % len(FILL_COLOURS)
        for i, a in enumerate(starts):
            for b in [kind for name, kind in tops if name == right]:
                if count := int(((classes[left] == a) & (classes[right] == b)).sum()):
                    free[left, a] -= count
                    free[right, b] -= count
                    low = (free[left, a], free[right, b])
                    _ribbon(
                        axes,
                        place + width,
                        place + 1 - width,
                        low,
                        count,
                        colours[i % len(colours)],
                    )
    axes.set(
        xlim=(-0.75, classes.shape[1] - 0.25),
        xticks=range(classes.shape[1]),
        xticklabels=["\n".join(textwrap.wrap(label(name), 16)) for name in classes],
    )
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    return fig


@_styled
def grade_shares(
    frame: pd.DataFrame, title: str, xlabel: str, names: pd.Series | None = None
) -> Figure:
    """How often does each account get each grade? Stacked bars.

    Parameters
    ----------
    frame : DataFrame
        Indexed by account_id, in the order drawn; one column per grade, shares that sum to 1.
    """
    _need("frame", frame)
    fig, axes = _figure(title, xlabel, height=_height(len(frame)) + 0.4)
    left = np.zeros(len(frame))
    for i, grade in enumerate(frame):
        axes.barh(
            np.arange(len(frame)),
            frame[grade],
            left=left,
            color=ORDERED[i] if frame.shape[1] <= len(ORDERED) else FILL_COLOURS[i],
            edgecolor="white",
            label=label(f"grade {grade}"),
        )
        left += frame[grade].to_numpy()
    _account_rows(axes, frame.index, names)
    axes.set_xlim(0, 1)
    percent_ticks(axes.xaxis)
    fig.legend(loc="outside lower center", ncols=frame.shape[1])
    return fig


@_styled
def number_of_groups(criteria: pd.DataFrame, title: str) -> Figure:
    """Which number of groups does each criterion prefer? Three panels; the choice is marked.

    Parameters
    ----------
    criteria : DataFrame
        As ``group_numbers`` returns it.
    """
    wanted = {
        "silhouette": "silhouette (high is good)",
        "gap": "gap (first that is enough)",
        "bic": "BIC (low is good)",
    }
    _need("criteria", criteria, ["gap", "se", "bic", "by_silhouette", "by_gap", "by_bic"])
    fig = Figure(figsize=(7.2, 3.2))
    fig.suptitle(label(title), x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
    for place, (name, text) in enumerate(wanted.items(), 1):
        axes = fig.add_subplot(1, 3, place, xlabel="number of groups")
        axes.set_title(text, fontsize=10)
        axes.errorbar(
            criteria.index,
            criteria[name],
            criteria["se"] if name == "gap" else None,
            marker="o",
            markersize=4,
            capsize=2,
        )
        chosen = criteria[criteria[f"by_{name}"]]
        axes.plot(
            chosen.index,
            chosen[name],
            "o",
            markersize=12,
            markerfacecolor="none",
            markeredgecolor=LINE_COLOURS[1],
            markeredgewidth=2,
        )
        axes.set_xticks(criteria.index)
    return fig


@_styled
def tree(points: pd.DataFrame, groups: int, title: str, leaves: int = 16) -> Figure:
    """Does a tree that joins the nearest accounts (Ward) show the same number of groups?

    Parameters
    ----------
    points : DataFrame
        Accounts on a common scale, at least 3; the tree is cut off at ``leaves`` branches, each
        labelled with its accounts.
    groups : int
        Number of groups asked for; the dashed line leaves so many branches.
    """
    _need("points", points)
    joined = linkage(points.to_numpy(), "ward")
    heights = np.sort(joined[:, 2])
    cut = (
        (heights[-groups] + heights[-groups + 1]) / 2
        if 1 < groups <= len(heights)
        else heights[-1] / 2
    )
    fig, axes = _figure(title, "accounts in the branch", "distance at which branches join (points)")
    colours = LINE_COLOURS[0]
    dendrogram(
        joined,
        p=leaves,
        truncate_mode="lastp",
        ax=axes,
        color_threshold=0,
        above_threshold_color=colours,
        leaf_rotation=90,
    )
    axes.axhline(cut, color=LINE_COLOURS[1], linewidth=1.4, linestyle="--")
    axes.annotate(
        f"{groups} branches",
        (1, cut),
        (-2, 3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )
    axes.grid(visible=False, axis="x")
    return fig
