"""The plots that the lessons share.

Every plot takes a ``title`` that states its message and axis labels that name the unit, returns a
``matplotlib.figure.Figure`` (show it with ``show``), and raises a ValueError on an empty or
incomplete input. Account names come in ``names``, a Series by account_id; a name that the fonts at
hand cannot draw is shown as its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import pairwise, product
from typing import ParamSpec
from unicodedata import east_asian_width

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from keyacct_utils.lessons.shared.amounts import Floats, descending
from keyacct_utils.lessons.showing.style import (
    FILL_COLOURS,
    INK,
    LINE_COLOURS,
    cjk_font,
    house_style,
    label,
    show,
    use_house_style,
)
from keyacct_utils.lessons.showing.words import percent

__all__ = [
    "cjk_font",
    "class_map",
    "flip_heatmap",
    "kappa_matrix",
    "label",
    "lorenz_plot",
    "pareto_bars",
]
__all__ += ["ranked_intervals", "sensitivity_curve", "show", "use_house_style"]
P = ParamSpec("P")


def _need(argument: str, data: pd.DataFrame | pd.Series, columns: Sequence[str] = ()) -> None:
    if len(data) == 0:
        raise ValueError(
            f"{argument} has 0 rows: nothing to draw; check "
            "the filter or the period that produced it"
        )
    if missing := [name for name in columns if name not in data]:
        raise ValueError(
            f"{argument} lacks {len(missing)} columns: "
            f"{', '.join(missing)}; it has {', '.join(map(str, data))}"
        )
    if gaps := int((data[list(columns)] if columns else data).isna().to_numpy().sum()):
        raise ValueError(f"{argument} has {gaps} missing values; drop or fill them before drawing")


def _styled(plot: Callable[P, Figure]) -> Callable[P, Figure]:
    @wraps(plot)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(house_style()):
            return plot(*args, **kwargs)

    return styled


def _figure(title: str, xlabel: str, ylabel: str = "", height: float = 4.3) -> tuple[Figure, Axes]:
    fig = Figure(figsize=(7.2, height))
    axes = fig.add_subplot(xlabel=label(xlabel), ylabel=label(ylabel) if ylabel else "")
    fig.suptitle(label(title), x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
    return fig, axes


def _account_rows(axes: Axes, ids: pd.Index, names: pd.Series | None, offset: float = 0) -> None:
    axes.set_yticks(
        np.arange(len(ids)) + offset,
        [label(None if names is None else names.get(i), i) for i in ids],
        rotation=0,
    )
    axes.set_ylim(len(ids) - 0.5 + offset, -0.5 + offset)


def _height(rows: int) -> float:
    return 1.5 + 0.27 * max(
        rows, 4
    )  # inches: a readable line for each row below title and axis label


def _largest(data: pd.Series, n: int) -> pd.Index:
    if n < 1:
        raise ValueError(f"n is {n}; expected the number of accounts to show, 1 or more")
    return descending(data).head(n).index


def _classes(values: Iterable[object], order: Sequence[str] | None) -> list[str]:
    """The classes that occur, in the given order first, so that a class keeps its colour from
    figure to figure.
    """
    found = sorted({str(value) for value in values})
    classes = [*(order or []), *(name for name in found if name not in (order or []))]
    if len(classes) > len(FILL_COLOURS):
        raise ValueError(
            f"{len(classes)} classes ({', '.join(classes[:5])}, "
            f"...); at most {len(FILL_COLOURS)} can be told apart"
        )
    return classes


_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}


#: Parts of a square of curves: the width of a character of 10 points, half the height of its line,
#: and how far from its curve a name may stand; all but the nearest have an arrow.
CHARACTER, HALF_LINE = 0.0195, 0.028
BESIDE = (0.015, 0.06, 0.12, 0.18, 0.24, 0.3, 0.36, 0.42)


def _path(frame: pd.DataFrame) -> Floats:
    """Points of a curve, near to each other where it is flat and where it is steep."""
    grid, (x, y) = np.linspace(0, 1, 501), frame.iloc[:, :2].to_numpy(float).T
    return np.vstack(
        [
            np.column_stack([grid, np.interp(grid, x, y)]),
            np.column_stack([np.interp(grid, y, x), grid]),
        ]
    )


def _path_of_box(left: float, width: float, height: float) -> Floats:
    """Points of a line of text."""
    along = np.linspace(left, left + width, 60)
    return np.vstack([np.column_stack([along, np.full(60, height + d)]) for d in (-0.02, 0, 0.02)])


def _beside(
    frame: pd.DataFrame, own: Floats, others: Floats, width: float
) -> tuple[tuple[float, float], float]:
    """Where the name of a curve lies on nothing else: the point of the curve, and the left end of
    the name at the same height.
    """
    best: tuple[float, tuple[float, float], float] = (np.inf, (0.5, 0.5), 0.0)
    for height in np.arange(0.06, 0.95, 0.02):
        across = float(np.interp(height, frame.iloc[:, 1], frame.iloc[:, 0]))
        for gap, on_right in product(BESIDE, (False, True)):
            left = across + gap if on_right else across - gap - width
            if not 0.01 <= left <= 0.99 - width:
                continue
            low, high = (across, left) if on_right else (left + width, across)
            hidden = _inside(others, left - 0.012, left + width + 0.012, height, HALF_LINE)
            hidden += _inside(own, left, left + width, height, HALF_LINE)
            crossed = _inside(others, low, high, height, 0.003)
            cost = 10 * hidden + crossed + 20 * (gap - BESIDE[0]) + 2 * abs(height - 0.5)
            best = min(best, (cost, (across, float(height)), left))
    return best[1:]


def _inside(points: Floats, left: float, right: float, height: float, half: float) -> int:
    """How many points lie in a box."""
    x, y = points.T
    return int(((left < x) & (x < right) & (np.abs(y - height) < half)).sum())


def _label_curves(axes: Axes, curves: Mapping[str, pd.DataFrame], taken: list[Floats]) -> None:
    """Write the name of each curve beside it, or with an arrow where there is no room, so that no
    legend is needed; ``taken`` are points that no name may cover.
    """
    places = {
        name: float(np.trapezoid(frame.iloc[:, 1], frame.iloc[:, 0]))
        for name, frame in curves.items()
    }
    flattest_first = sorted(places, key=lambda name: -places[name])
    drawn = dict(zip(curves, axes.lines[-len(curves) :], strict=True))
    paths = {name: _path(frame) for name, frame in curves.items()}
    for name in flattest_first:
        text = label(name)
        width = CHARACTER * sum(1 + (east_asian_width(sign) in "WF") for sign in text)
        others = np.vstack([*(paths[other] for other in curves if other != name), *taken])
        at, left = _beside(curves[name], paths[name], others, width)
        taken.append(_path_of_box(left, width, at[1]))
        on_right = left > at[0]
        apart = left - at[0] if on_right else at[0] - left - width
        axes.annotate(
            text,
            at,
            (left if on_right else left + width, at[1]),
            ha="left" if on_right else "right",
            va="center",
            fontsize=10,
            color=drawn[name].get_color(),
            arrowprops={"arrowstyle": "-|>", "color": drawn[name].get_color(), "linewidth": 0.8}
            if apart > BESIDE[0] + 1e-9
            else None,
        )


def percent_ticks(axis: Axis) -> None:
    """Ticks in round steps, each with the percent at which it stands: a step of 2.5 without its
    decimal would read 88, 90, 92, 95. Ticks that are set, and those of logarithms, stay.
    """
    if axis.get_scale() == "linear" and not isinstance(axis.get_major_locator(), FixedLocator):
        axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(100 * value, 6) + 0.0:g}%"))


@_styled
def lorenz_plot(
    curves: Mapping[str, pd.DataFrame],
    title: str,
    xlabel: str = "share of accounts, smallest first",
    ylabel: str = "share of the amount",
    point: tuple[float, float] | None = (0.2, 0.8),
    point_label: str = "",
) -> Figure:
    """How far is each distribution from equal shares?

    Parameters
    ----------
    curves : mapping of label to DataFrame
        Lorenz curves; the first column is the share of accounts (smallest first), the second their
        share of the amount.
    point : (float, float), optional
        A rule to compare with: the top share of accounts and the share they are said to hold.
    point_label : str, optional
        What to call it; default: "rule: the top 20 % hold 80 %", with the numbers of ``point``.
    """
    if not curves:
        raise ValueError(
            "curves holds 0 curves: nothing to draw; give at least one label and Lorenz frame"
        )
    fig, axes = _figure(title, xlabel, ylabel, 5.2)
    axes.plot([0, 1], [0, 1], color=LINE_COLOURS[-1], linewidth=1, linestyle="--")
    axes.text(
        0.3,
        0.32,
        "equal shares",
        rotation=45,
        rotation_mode="anchor",
        transform_rotates_text=True,
        color=LINE_COLOURS[-1],
    )
    for i, (name, frame) in enumerate(curves.items()):
        _need(f"curves[{name!r}]", frame)
        axes.plot(frame.iloc[:, 0], frame.iloc[:, 1], linestyle=("-", "--", "-.", ":")[i % 4])
    grid = np.linspace(0, 1, 201)
    taken = [np.column_stack([grid, grid]), np.column_stack([grid, grid + 0.03])[60:110]]
    if point is not None:
        # the text of the point is 46 points to the left and 34 above, where the side has 313
        to = np.array([1 - point[0], 1 - point[1]])
        corner = to + np.array([-46, 34]) / 313
        taken += [_path_of_box(corner[0] - 0.28, 0.28, corner[1] + up) for up in (0.02, 0.06)]
        taken.append(np.linspace(to, corner, 60))
    _label_curves(axes, curves, taken)
    if point is not None:
        rule = point_label or f"rule: the top {percent(point[0], 0)}\nhold {percent(point[1], 0)}"
        axes.plot(1 - point[0], 1 - point[1], "o", color=INK)
        axes.annotate(
            label(rule),
            (1 - point[0], 1 - point[1]),
            (-46, 34),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8},
            bbox=_ON_WHITE,
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


def _reached(amounts: pd.Series, whole: float, cuts: Sequence[float]) -> list[int]:
    """How many of the largest accounts reach each share."""
    held = np.cumsum(np.sort(amounts.to_numpy(float))[::-1]) / whole
    return [int((np.round(held, 9) < round(cut, 9)).sum()) + 1 for cut in cuts]


@_styled
def pareto_bars(
    amounts: pd.Series,
    title: str,
    xlabel: str,
    n: int = 20,
    names: pd.Series | None = None,
    total: float | None = None,
    cuts: Sequence[float] = (),
) -> Figure:
    """Which accounts carry the amount, and how fast does it add up?

    Parameters
    ----------
    amounts : Series
        Amount by account_id, in the unit that ``xlabel`` names; the ``n`` largest are shown (ties
        by account_id).
    total : float, optional
        What the cumulative share is taken of, in the same unit; the sum of ``amounts`` by default.
    cuts : sequence of float
        Cumulative shares at which a class ends: a dashed line each, with the accounts that reach
        it.
    """
    _need("amounts", amounts)
    whole = float(amounts.sum()) if total is None else total
    if whole <= 0:
        raise ValueError(f"total is {whole:g}; cumulative shares need a total above 0")
    top = amounts.loc[_largest(amounts, n)]
    shares, rows = top.cumsum() / whole, np.arange(len(top))
    fig, axes = _figure(title, xlabel, height=_height(len(top)))
    grid = fig.add_gridspec(1, 2)
    axes.set_subplotspec(grid[0])
    right = fig.add_subplot(grid[1], sharey=axes, xlim=(0, 1.02))
    axes.bar_label(
        axes.barh(rows, top, color=LINE_COLOURS[0]),
        [f"{value:,.1f}" for value in top],
        padding=3,
        fontsize=9,
    )
    axes.set_xlim(min(0.0, float(top.min())), float(top.max()) * 1.3)
    _account_rows(axes, top.index, names)
    right.plot(shares, rows, "o-", color=LINE_COLOURS[1], markersize=4)
    right.annotate(
        percent(float(shares.iloc[-1])),
        (shares.iloc[-1], rows[-1]),
        (-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
    )
    if cuts:
        right.set_xlim(0, 1.16)
    for cut, reached in zip(cuts, _reached(amounts, whole, cuts), strict=True):
        first = cut == min(cuts)  # to the left of its line, the other to the right of its own
        right.axvline(cut, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
        right.annotate(
            f"{percent(cut, 0)}: the first {reached:,}",
            (cut, 0.5),
            (-2 if first else 2, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            ha="right" if first else "left",
            va="center",
            fontsize=9,
            color=LINE_COLOURS[-1],
        )
    right.set_xlabel(f"cumulative share\n({len(top)} of {len(amounts)} accounts)", loc="right")
    percent_ticks(right.xaxis)
    right.tick_params(left=False, labelleft=False)
    return fig


@_styled
def ranked_intervals(
    frame: pd.DataFrame,
    title: str,
    xlabel: str,
    columns: tuple[str, str, str] = ("estimate", "low", "high"),
    n: int = 25,
    names: pd.Series | None = None,
    reference: float | None = None,
    smallest_first: bool = False,
) -> Figure:
    """How sure is the order of the accounts? A point and an interval for each, the ``n`` largest
    first.

    Parameters
    ----------
    frame : DataFrame
        Indexed by account_id; ``columns`` names the estimate and the two ends. ``reference`` is
        drawn as a vertical line.
    """
    _need("frame", frame, columns)
    sign = -1 if smallest_first else 1
    top = frame.loc[_largest(sign * frame[columns[0]], n), list(columns)]
    fig, axes = _figure(title, xlabel, height=_height(len(top)))
    axes.hlines(
        np.arange(len(top)), top[columns[1]], top[columns[2]], color=FILL_COLOURS[0], linewidth=4
    )
    axes.plot(top[columns[0]], np.arange(len(top)), "o", color=LINE_COLOURS[0], markersize=6)
    if reference is not None:
        axes.axvline(reference, color=LINE_COLOURS[1], linewidth=1.5, linestyle="--")
        axes.annotate(
            f"{reference:,g}",
            (reference, 1),
            (3, 2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
        )
    _account_rows(axes, top.index, names)
    # long names leave less room beside them than the label needs: it may reach under the names
    axes.set_xlabel(axes.get_xlabel(), loc="right")
    return fig


@_styled
def flip_heatmap(
    classes: pd.DataFrame,
    title: str,
    xlabel: str = "reading of the rule",
    names: pd.Series | None = None,
    order: Sequence[str] | None = None,
) -> Figure:
    """Whose class depends on how the rule is read? Colour and letter of the class per account and
    reading.

    Parameters
    ----------
    classes : DataFrame
        Class names (text), indexed by account_id, one column per reading. ``order`` fixes the
        colours of the classes.
    """
    _need("classes", classes)
    text = classes.astype(str)
    found = _classes(text.to_numpy().ravel(), order)
    width = next(n for n in range(1, 100) if len({name[:n] for name in found}) == len(found))
    keys = {name: (name[:width] if name.isupper() else name[:width].capitalize()) for name in found}
    fig, axes = _figure(title, xlabel, height=_height(len(text)) + 0.8)
    palette = ListedColormap(FILL_COLOURS[: len(found)])
    sns.heatmap(
        text.map(found.index),
        annot=text.map(keys.get),
        fmt="",
        cmap=palette,
        vmin=-0.5,
        vmax=len(found) - 0.5,
        cbar=False,
        linewidths=1,
        linecolor="white",
        ax=axes,
        annot_kws={"color": INK, "size": 9},
    )
    axes.set(xlabel=label(xlabel), ylabel="")
    _account_rows(axes, text.index, names, 0.5)
    patches = [
        Patch(color=palette(i), label=f"{keys[name]}  {label(name)}")
        for i, name in enumerate(found)
    ]
    fig.legend(handles=patches, loc="outside lower center", ncols=min(len(found), 4))
    return fig


@_styled
def kappa_matrix(
    kappa: pd.DataFrame, title: str, xlabel: str = "Cohen's kappa (1 full agreement, 0 chance)"
) -> Figure:
    """Which schemes agree? The lower triangle of a symmetric matrix of agreement (-1 to 1), the
    same schemes both ways.
    """
    if len(kappa) < 2 or not kappa.index.equals(kappa.columns):
        raise ValueError(
            f"kappa is {' x '.join(map(str, kappa.shape))}; expected "
            "2 or more schemes, the same as index and columns"
        )
    hidden = np.triu(np.ones(kappa.shape, dtype=bool))
    _need("kappa below its diagonal", kappa.mask(hidden, 0))
    fig, axes = _figure(title, xlabel, height=_height(2 * len(kappa)))
    style = {
        "annot": True,
        "fmt": ".2f",
        "cmap": "Blues",
        "cbar": False,
        "square": True,
        "linewidths": 2,
    }
    sns.heatmap(kappa.iloc[1:, :-1], mask=hidden[1:, :-1], vmin=0, vmax=1, ax=axes, **style)
    axes.set(xlabel=label(xlabel), ylabel="")
    axes.set_yticks(axes.get_yticks(), [label(name) for name in kappa.index[1:]], rotation=0)
    axes.grid(visible=False)
    return fig


@_styled
def sensitivity_curve(
    frame: pd.DataFrame, title: str, xlabel: str, ylabel: str, base: float | None = None
) -> Figure:
    """How far does the answer move with an assumption?

    Parameters
    ----------
    frame : DataFrame
        Indexed by the value of the assumption, one column per answer. ``base`` marks the value that
        the lesson uses.
    """
    _need("frame", frame)
    fig, axes = _figure(title, xlabel, ylabel)
    lines = axes.plot(
        frame.index, frame.to_numpy(), marker="o" if len(frame) <= 15 else "", markersize=4
    )
    places = frame.iloc[-1].to_numpy(dtype=float, copy=True)
    gap = 0.06 * (float(np.ptp(frame.to_numpy())) or 1)  # a line of text is 6 % of the axis high
    for lower, upper in pairwise(np.argsort(places, kind="stable")):
        places[upper] = max(places[upper], places[lower] + gap)
    for line, name, place in zip(lines, frame.columns, places, strict=True):
        axes.annotate(
            label(name),
            (frame.index[-1], place),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
        )
    if base is not None:
        axes.axvline(base, color=LINE_COLOURS[-1], linewidth=1.2, linestyle="--")
        axes.annotate(
            f"used here: {base:g}",
            (base, 1),
            (3, 2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
        )
    return fig


@_styled
def class_map(
    frame: pd.DataFrame,
    title: str,
    xlabel: str,
    ylabel: str = "supply voltage (kV)",
    columns: tuple[str, str, str] = ("avg_monthly_fee", "voltage_kv", "class"),
    regions: Mapping[str, tuple[float, float, float, float]] | None = None,
    order: Sequence[str] | None = None,
) -> Figure:
    """Where do the classes lie on the map of voltage and monthly fee (log axis)?

    Parameters
    ----------
    frame : DataFrame
        One row per account; ``columns`` names the fee (rows of 0 or less are left out), the voltage
        and the class.
    regions : mapping of label to (fee from, fee to, voltage from, voltage to), optional
        Rectangles of the rule, limits included; an infinite limit reaches the edge.
    """
    _need("frame", frame, columns)
    x, y, group = columns
    shown = frame[frame[x] > 0].reset_index(drop=True)
    _need(f"frame with {x} above 0", shown[list(columns)])
    levels, found = sorted(shown[y].unique()), _classes(shown[group], order)
    rows = (
        shown[y].map(levels.index) + (shown.index * 0.618034 % 1 - 0.5) * 0.55
    )  # golden-ratio jitter: even and repeatable
    fig, axes = _figure(title, xlabel, ylabel)
    for i, name in enumerate(found):
        mine = shown[group].astype(str) == name
        text, mark, colour = (
            f"{label(name)} ({mine.sum()})",
            "osD^vPX*"[i],
            LINE_COLOURS[i % len(LINE_COLOURS)],
        )
        axes.scatter(
            shown.loc[mine, x], rows[mine], s=22, marker=mark, color=colour, alpha=0.75, label=text
        )
    axes.set(
        xscale="log", yticks=range(len(levels)), yticklabels=[f"{level:g}" for level in levels]
    )
    left, right = axes.get_xlim()
    for name, (x0, x1, y0, y1) in (regions or {}).items():
        if inside := [i for i, level in enumerate(levels) if y0 <= level <= y1]:
            corner, width = (max(x0, left), inside[0] - 0.42), min(x1, right) - max(x0, left)
            axes.add_patch(
                Rectangle(
                    corner, width, len(inside) - 0.16, fill=False, edgecolor=INK, linestyle="--"
                )
            )
            axes.annotate(
                label(name),
                (corner[0], inside[-1] + 0.42),
                (2, 2),
                textcoords="offset points",
                fontsize=9,
            )
    axes.set_xlim(left, right)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=False, axis="y")
    fig.legend(loc="outside lower center", ncols=min(len(found), 4))
    return fig
