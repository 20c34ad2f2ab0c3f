"""Plots of the credit lesson: scores by outcome, grades that move between two readings,
calibration.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import (
    _account_rows,
    _figure,
    _height,
    _need,
    _styled,
    percent_ticks,
)
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

__all__ = [
    "calibration_plot",
    "cost_plot",
    "grade_heatmap",
    "grade_rates",
    "migration_matrix",
    "score_histogram",
]
_POINTS_A_BAR = 5
_LEAST_WIDTH = 50.0


def _steps(n: int) -> list[tuple[float, ...]]:
    """Colours of ``n`` grades, one hue: the best light, the worst dark."""
    return [tuple(mpl.colormaps["Blues"](share)) for share in np.linspace(0.08, 0.95, n)]


@_styled
def grade_heatmap(
    grades: pd.DataFrame,
    title: str,
    xlabel: str,
    names: pd.Series | None = None,
    order: Sequence[str] = (),
) -> Figure:
    """Whose grade depends on how the rule is read? The grade per account and reading, darker for
    worse.

    Parameters
    ----------
    grades : DataFrame of text, indexed by account_id, one column per reading.
    order : the grades, the best first.
    """
    _need("grades", grades)
    text = grades.astype("str")
    place = {name: number for number, name in enumerate(order)}
    fig, axes = _figure(title, xlabel, height=_height(len(text)) + 0.9)
    sns.heatmap(
        text.apply(lambda column: column.map(place)).astype(int),
        annot=text.to_numpy(),
        fmt="",
        cmap=ListedColormap(_steps(len(order))),
        vmin=-0.5,
        vmax=len(order) - 0.5,
        cbar=False,
        linewidths=1,
        linecolor="white",
        ax=axes,
        annot_kws={"size": 7.5},
    )
    axes.set(xlabel=label(xlabel), ylabel="")
    axes.set_xticks(
        np.arange(text.shape[1]) + 0.5, list(text.columns), rotation=40, ha="right", fontsize=9
    )
    _account_rows(axes, text.index, names, 0.5)
    axes.grid(visible=False)
    return fig


@_styled
def grade_rates(rates: pd.DataFrame, title: str) -> Figure:
    """Does each grade default more often than the one above it? Shares with their intervals.

    Parameters
    ----------
    rates : by grade, the best first: accounts, defaults, rate, low, high.
    """
    _need("rates", rates, ["accounts", "defaults", "rate", "low", "high"])
    fig, axes = _figure(title, "share that defaulted, 95 % interval", height=_height(len(rates)))
    rows, colours = np.arange(len(rates)), _steps(len(rates))
    axes.hlines(rows, rates["low"], rates["high"], color=LINE_COLOURS[-1], linewidth=2)
    axes.scatter(rates["rate"], rows, s=70, color=colours, edgecolor=INK, zorder=3)
    for row, (_, found) in enumerate(rates.iterrows()):
        axes.annotate(
            f"{found['defaults']:,.0f} of {found['accounts']:,.0f}",
            (found["high"], row),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(rows, list(rates.index))
    axes.set_ylim(len(rates) - 0.5, -0.5)
    axes.set_xlim(0, min(1.15, float(rates["high"].max()) * 1.25))
    percent_ticks(axes.xaxis)
    return fig


@_styled
def score_histogram(
    score: pd.Series, default: pd.Series, title: str, xlabel: str = "credit score (points)"
) -> Figure:
    """Where do payers and defaulters lie on the score? Share of each group by bars of five points,
    above one another.

    Parameters
    ----------
    score : points per account.
    default : 0 or 1 per account, same order.
    """
    _need("score", score)
    low = min(float(score.min()), float(score.max()) - _LEAST_WIDTH)
    bins = (
        np.arange(np.floor(low / _POINTS_A_BAR), np.floor(score.max() / _POINTS_A_BAR) + 2)
        * _POINTS_A_BAR
    )
    edges = bins.tolist()
    fig, upper = _figure(title, xlabel, "share of payers", 5.0)
    grid = fig.add_gridspec(2, 1)
    upper.set_subplotspec(grid[0])
    lower = fig.add_subplot(
        grid[1], sharex=upper, sharey=upper, xlabel=xlabel, ylabel="share of defaulters"
    )
    for axes, mine, colour in (
        (upper, default == 0, FILL_COLOURS[0]),
        (lower, default == 1, FILL_COLOURS[1]),
    ):
        values = score[mine]
        axes.hist(
            values,
            bins=edges,
            weights=np.full(len(values), 1 / max(len(values), 1)),
            color=colour,
            edgecolor=INK,
            linewidth=0.6,
        )
        percent_ticks(axes.yaxis)
        axes.annotate(f"{len(values):,} accounts", (0.02, 0.9), xycoords="axes fraction", va="top")
    upper.tick_params(labelbottom=False)
    upper.set_xlabel("")
    return fig


@_styled
def migration_matrix(counts: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """Who moves from which grade to which? Numbers of accounts, the first reading in rows, the
    second in columns.

    Parameters
    ----------
    counts : square DataFrame of whole numbers, grades from best to worst on both axes.
    """
    _need("counts", counts)
    fig, axes = _figure(title, xlabel, ylabel, 4.6)
    shown = np.log1p(counts.to_numpy(dtype=float))
    sns.heatmap(
        shown,
        annot=counts.to_numpy(),
        fmt=",d",
        cmap="Blues",
        vmax=1.6 * max(shown.max(), 1),
        cbar=False,
        linewidths=2,
        annot_kws={"color": INK},
        ax=axes,
    )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_xticks(np.arange(counts.shape[1]) + 0.5, list(counts.columns))
    axes.set_yticks(np.arange(len(counts)) + 0.5, list(counts.index), rotation=0)
    axes.grid(visible=False)
    return fig


@_styled
def calibration_plot(tables: dict[str, pd.DataFrame], title: str) -> Figure:
    """Do as many default as foretold? Points with their intervals against the diagonal.

    Parameters
    ----------
    tables : mapping of label to the result of ``scorecard.calibration_table``.
    """
    if not tables:
        raise ValueError(
            "tables holds 0 tables: nothing to draw; give at least one label and calibration table"
        )
    fig, axes = _figure(title, "chance of default foretold", "share that defaulted", 4.6)
    top = 0.0
    for i, (name, table) in enumerate(tables.items()):
        _need(f"tables[{name!r}]", table, ["predicted", "observed", "low", "high"])
        reach = np.clip(
            [table["observed"] - table["low"], table["high"] - table["observed"]], 0, None
        )
        axes.errorbar(
            table["predicted"],
            table["observed"],
            yerr=reach,
            fmt="os^D"[i % 4] + "-",
            color=LINE_COLOURS[i],
            capsize=3,
            linewidth=1.2,
            label=name,
        )
        top = max(top, float(table["high"].max()), float(table["predicted"].max()))
    axes.plot([0, top], [0, top], color=LINE_COLOURS[-1], linestyle="--", linewidth=1)
    axes.text(
        0.72 * top,
        0.75 * top,
        "as foretold",
        rotation=45,
        rotation_mode="anchor",
        transform_rotates_text=True,
        color=LINE_COLOURS[-1],
    )
    axes.legend(loc="upper left")
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    return fig


@_styled
def cost_plot(
    curve: pd.DataFrame, best: float, title: str, ylabel: str, unit: float = 1.0
) -> Figure:
    """What does each cut-off cost? The two kinds of error and their sum.

    Parameters
    ----------
    curve : result of ``scorecard.cost_curve``; the last cut-off (everybody) is drawn one point
        above the best score.
    best : the cheapest cut-off, marked.
    unit : currency per unit of the axis, as ``ylabel`` names it.
    """
    _need("curve", curve, ["cutoff", "cost_missed", "cost_refused", "cost"])
    last = float(curve["cutoff"][np.isfinite(curve["cutoff"])].max()) + 1
    x = curve["cutoff"].clip(upper=last)
    fig, axes = _figure(title, "cut-off (points): below it a deposit is asked for", ylabel)
    names = {
        "cost_missed": "defaults let through",
        "cost_refused": "payers burdened",
        "cost": "both",
    }
    for i, (column, name) in enumerate(names.items()):
        axes.step(
            x,
            curve[column] / unit,
            where="pre",
            label=name,
            linestyle=("--", "-.", "-")[i],
            color=LINE_COLOURS[i],
        )
    axes.axvline(min(best, last), color=LINE_COLOURS[-1], linewidth=1.2, linestyle=":")
    axes.annotate(
        f"cheapest: {min(best, last):g}",
        (min(best, last), 1),
        (3, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
    )
    fig.legend(loc="outside lower center", ncols=3)
    axes.set_ylim(bottom=0)
    return fig
